/* Mobile nodes.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/hosts/mn_host.h"

#include <string.h>

#include "models/hosts/ha_host.h"
#include "models/mobility/movement.h"
#include "models/network/access.h"
#include "models/systems/ipsec.h"
#include "models/traffic/flows.h"
#include "models/world_parts.h"
#include "sim/engine/block.h"

static model_mn_at_home *at_home(const model_mn_host *h)
{
    return &model_mn_world(h)->at_home[model_mn_index(h)];
}

/* ---- out ------------------------------------------------------------------------------ */

static void send(model_mn_host *h, sim_packet *packet)
{
    model_world *w = model_mn_world(h);
    switch ((model_attachment)h->attachment) {
    case MODEL_ATTACHED:
        memset(packet->lladdr_dst, 0, 6);
        model_book_sent(&w->net, &h->account, packet);
        model_access_send_up(w->access, h->cell, packet);
        return;
    case MODEL_AT_HOME:
        model_book_sent(&w->net, &h->account, packet);
        model_home_link_send(w->home_link, at_home(h)->member, packet);
        return;
    case MODEL_NO_ATTACHMENT:
        break;
    }
    model_lose(&w->net, &h->account, packet, MODEL_CAUSE_NO_LINK);
}

/* At home an agent is a neighbour, whose link-layer address advertisements have told (R bit,
 * source link-layer address; RFC 6275 11.5.5); all else goes to the router. */
static sim_packet *make_signal(model_mn_host *h, const mip6_action *action)
{
    model_world *w = model_mn_world(h);
    sim_packet *p = model_world_signal(w, &h->account, action, h->account.made++);
    const mip6_addr *dst = model_destination(p);
    if (h->attachment != MODEL_AT_HOME || action->has_lladdr ||
        !mip6_addr_same_prefix(dst, &w->home_prefix, 64))
        return p;
    uint32_t agent = model_directory_find(w->directory, dst) - MODEL_FIRST_AGENT;
    if (agent < w->n_agents)
        model_set_lladdr(p->lladdr_dst, &w->agents[agent].lladdr);
    return p;
}

void model_mn_host_send(model_mn_host *h, sim_packet *packet)
{
    send(h, packet);
}

void model_mn_host_signal(model_mn_host *h, const mip6_action *action)
{
    sim_packet *p = make_signal(h, action);
    if (model_mn_world(h)->ipsec)
        p = model_ipsec_node_out(h, p, sim_now(model_mn_world(h)->engine));
    if (p)
        send(h, p);
}

static void apply(model_mn_host *h, const mip6_action *action)
{
    model_world *w = model_mn_world(h);
    if (action->kind == MIP6_ACTION_SEND)
        model_mn_host_signal(h, action);
    else if (h->attachment != MODEL_AT_HOME)
        return;     /* groups matter on the home link alone */
    else if (action->kind == MIP6_ACTION_JOIN)
        model_home_link_group_join(w->home_link, at_home(h)->member, &action->addr);
    else if (action->kind == MIP6_ACTION_LEAVE)
        model_home_link_group_leave(w->home_link, at_home(h)->member, &action->addr);
}

static void settle(model_mn_host *h, int64_t now)
{
    model_world *w = model_mn_world(h);
    mip6_action action;
    while (mip6_mn_poll(model_mn_of(h), &action, w->scratch, sizeof w->scratch, now))
        apply(h, &action);
    int64_t next = mip6_mn_next_expiry(model_mn_of(h));
    if (next == MIP6_NEVER || (sim_timer_armed(&h->expiry) && h->armed_ns <= next))
        return;
    h->armed_ns = MAX(next, now + 1);
    sim_timer_set(w->engine, &h->expiry, h->account.node, MODEL_MN_PORT_EXPIRY, h->armed_ns);
}

void model_mn_host_output(model_mn_host *h, sim_packet *packet, int64_t now)
{
    model_net *net = &model_mn_world(h)->net;
    g_assert(h->account.originated < UINT32_MAX);
    model_book_originated(net, &h->account, packet);
    if (h->attachment == MODEL_NO_ATTACHMENT) {
        model_lose(net, &h->account, packet, MODEL_CAUSE_NO_LINK);
        return;
    }
    mip6_packet view = model_lend(packet);
    mip6_route route = {0};
    mip6_verdict verdict = mip6_mn_output(model_mn_of(h), &view, &route, now);
    model_take_back(packet, &view);
    model_set_lladdr(packet->lladdr_dst, &model_mn_world(h)->router_lladdr);
    if (verdict != MIP6_SEND_ON)
        model_lose(net, &h->account, packet, route.cause);
    else if (!model_mn_world(h)->ipsec || (packet = model_ipsec_node_out(h, packet, now)))
        send(h, packet);
    if (h->optimises)
        settle(h, now);
}

/* ---- in ------------------------------------------------------------------------------- */

/* What the library of all nodes has dropped that it had not when last asked. */
static unsigned new_drop(model_world *w)
{
    return model_new_drop(mip6_shared_mn_drops(w->shared), w->mn_drops);
}

static void receive(model_mn_host *h, sim_packet *packet, const mip6_rx *rx, int64_t now)
{
    model_net *net = &model_mn_world(h)->net;
    /* What the data path dropped is booked already. */
    new_drop(model_mn_world(h));
    int result =
        mip6_mn_receive(model_mn_of(h), rx, packet->bytes + packet->head, packet->len, now);
    if (result == 0)
        model_consume(net, &h->account, packet);
    else
        model_lose(net, &h->account, packet, new_drop(model_mn_world(h)));
    settle(h, now);
}

/* Booked as received. */
static void input(model_mn_host *h, sim_packet *packet, int64_t now)
{
    if (model_mn_world(h)->ipsec && !(packet = model_ipsec_node_in(h, packet, now)))
        return;
    mip6_rx rx = model_rx(packet);
    mip6_packet view = model_lend(packet);
    mip6_route route = {0};
    mip6_verdict verdict = mip6_mn_input(model_mn_of(h), &rx, &view, &route, now);
    model_take_back(packet, &view);     /* signalling may have come out of a tunnel, too */
    switch (verdict) {
    case MIP6_LOCAL:
        receive(h, packet, &rx, now);
        return;
    case MIP6_DELIVER:
        model_flows_delivered_down(model_mn_world(h), packet, model_mn_index(h));
        model_consume(&model_mn_world(h)->net, &h->account, packet);
        if (h->optimises)
            settle(h, now);
        return;
    default:
        model_lose(&model_mn_world(h)->net, &h->account, packet, route.cause);
        settle(h, now);
    }
}

void model_mn_host_arrived(model_mn_host *h, sim_packet *packet, int64_t now)
{
    g_assert(h->account.received < UINT32_MAX);
    model_book_received(&model_mn_world(h)->net, &h->account);
    input(h, packet, now);
}

bool model_mn_host_in_cell(const model_mn_host *h, uint32_t cell)
{
    return h->attachment == MODEL_ATTACHED && h->cell == cell;
}

static void multicast(void *self, sim_packet *packet, int64_t now)
{
    model_mn_host *h = self;
    mip6_rx rx = model_rx(packet);
    mip6_mn_receive(model_mn_of(h), &rx, packet->bytes + packet->head, packet->len, now);
    settle(h, now);
}

bool model_mn_host_assign(model_mn_host *h, const mip6_addr *agent, int64_t now)
{
    model_access_catch_up(model_mn_world(h)->access, h->cell);
    if (mip6_mn_assign(model_mn_of(h), agent, now) != 0)
        return false;
    settle(h, now);
    return true;
}

/* ---- links ---------------------------------------------------------------------------- */

void model_mn_host_attach(model_mn_host *h, int64_t now)
{
    model_world *w = model_mn_world(h);
    g_assert(h->attachment == MODEL_NO_ATTACHMENT && h->cell != MODEL_NO_CELL_HERE);
    if (h->cell == (uint32_t)w->settings->access->home_cell) {
        model_mn_at_home *own = at_home(h);
        h->attachment = MODEL_AT_HOME;
        own->member = model_home_link_join(w->home_link, h->account.node, &own->lladdr, h,
                                           multicast, &h->account);
        mip6_mn_attached_home(model_mn_of(h), &own->lladdr, now);
    } else {
        h->attachment = MODEL_ATTACHED;
        mip6_addr care_of = model_access_prefix(h->cell);
        memcpy(care_of.b + 8, model_mn_home(h)->b + 8, 8);
        mip6_mn_attached(model_mn_of(h), &care_of, now);
    }
    settle(h, now);
}

void model_mn_host_detach(model_mn_host *h, int64_t now)
{
    if (h->attachment == MODEL_AT_HOME) {
        model_home_link_leave(model_mn_world(h)->home_link, at_home(h)->member);
        at_home(h)->member = MODEL_NO_MEMBER;
    }
    h->attachment = MODEL_NO_ATTACHMENT;
    mip6_mn_detached(model_mn_of(h), now);
    settle(h, now);
}

void model_mn_host_unreachable(model_mn_host *h, const mip6_addr *agent, int64_t now)
{
    mip6_mn_unreachable(model_mn_of(h), agent, now);
    settle(h, now);
}

/* ---- events --------------------------------------------------------------------------- */

static void handle_timer(model_mn_host *h, const sim_event *event)
{
    switch (event->port) {
    case MODEL_MN_PORT_EXPIRY:
        sim_timer_fired(model_mn_world(h)->engine, &h->expiry, event);
        mip6_mn_expire(model_mn_of(h), event->time_ns);
        settle(h, event->time_ns);
        break;
    case MODEL_MN_PORT_MOVE:
        model_movement_moved(model_mn_world(h)->movement, h, event);
        break;
    case MODEL_MN_PORT_IKE:
        model_ipsec_node_timer(h, event);
        break;
    case MODEL_MN_PORT_ATTACH:
        model_movement_linked(model_mn_world(h)->movement, h, event);
        break;
    default:
        g_assert_not_reached();
    }
}

static void handle(void *self, const sim_event *event)
{
    model_mn_host *h = self;
    model_world *w = model_mn_world(h);
    model_access_catch_up(w->access, h->cell);
    if (event->src == event->dst) {
        handle_timer(h, event);
        return;
    }
    sim_packet *packet =
        model_home_link_receive(w->home_link, at_home(h)->member, &h->account, event);
    if (packet)
        input(h, packet, event->time_ns);
}

static void discard(void *self, void *payload)
{
    model_mn_host *h = self;
    sim_packet_unref(model_mn_world(h)->net.packets, payload);
}

static const sim_entity_class mn_class = {
    .kind = "mobile-node", .handle = handle, .discard = discard};

/* ---- all of them ------------------------------------------------------------------------ */

const char *model_mn_host_name(const model_world *w, uint32_t node, char buf[16])
{
    return model_movement_name(w->movement, node, buf);
}

bool model_mn_hosts_new(model_world *w, GError **error)
{
    w->movement = model_movement_new(w->settings, w->seed, w->replication, error);
    if (!w->movement)
        return false;
    w->n_nodes = model_movement_n_nodes(w->movement);
    w->n_base_nodes = w->n_nodes - (uint32_t)w->settings->mobile_nodes->crowd;
    w->nodes = sim_block_new(w->n_nodes, sizeof *w->nodes);
    if (w->settings->access->home_cell >= 0)
        w->at_home = sim_block_new(w->n_nodes, sizeof *w->at_home);
    return true;
}

void model_mn_hosts_register(model_world *w)
{
    for (uint32_t i = 0; i < w->n_nodes; i++) {
        char buf[16];
        sim_engine_add(w->engine, model_mn_host_name(w, i, buf), &mn_class, &w->nodes[i],
                       &w->nodes[i].account.node);
    }
}

static bool drawn(const model_world *w, const char *name, const char *purpose, int64_t ppm)
{
    if (ppm == 0)
        return false;
    if (ppm <= 0 || ppm >= 1000000)
        return ppm > 0;
    sim_stream draw = sim_stream_init(w->seed, w->replication, name, purpose);
    return sim_below(sim_stream_at(&draw, 0), 1000000) < (uint64_t)ppm;
}

static int64_t start_time(const model_world *w, uint32_t node, const char *name)
{
    const model_mobile_nodes_config *c = w->settings->mobile_nodes;
    bool crowd = node >= w->n_base_nodes;
    int64_t from = crowd ? c->crowd_start_ns : w->start_ns;
    sim_stream draw = sim_stream_init(w->seed, w->replication, name, "start");
    return from + sim_uniform_ns(sim_stream_at(&draw, 0), 0,
                                 (crowd ? c->crowd_window_ns : c->start_window_ns) - 1);
}

static void start_one(model_world *w, uint32_t i)
{
    const model_mobile_nodes_config *c = w->settings->mobile_nodes;
    model_mn_host *h = &w->nodes[i];
    char buf[16], text[MIP6_ADDR_TEXT];
    const char *name = model_mn_host_name(w, i, buf);
    sim_id id = h->account.node;
    model_account_init(&h->account, name, id, model_world_group_cell(w, name, id), &w->mn_detail);
    if (w->at_home)
        w->at_home[i] = (model_mn_at_home){MODEL_NO_MEMBER,
                                           model_directory_lladdr(w->directory, name)};
    mip6_addr home = model_directory_add(w->directory, name, i);
    uint32_t flags = drawn(w, name, "unmodified", c->unmodified_ppm) ? MIP6_MN_UNMODIFIED : 0;
    if (drawn(w, name, "knows-switch", c->knows_switch_ppm))
        flags |= MIP6_MN_HOME_AGENT_SWITCH;
    h->optimises = drawn(w, name, "route-optimise", c->route_optimise_ppm);
    if (h->optimises)
        flags |= MIP6_MN_ROUTE_OPTIMISE;
    if (drawn(w, name, "knows-redirect", model_settings_redirect_ppm(w->settings)))
        flags |= MIP6_MN_REDIRECT;
    mip6_mn_init(h->library, w->shared, &w->mn_config, &home, flags,
                 model_cookie(MODEL_KIND_MN, 0, i));
    w->sink->cls->node(w->sink, &(sim_row_node){id, "mobile-node", name,
                                               mip6_addr_format(&home, text)});
    model_movement_begin(w->movement, h, start_time(w, i, name));
}

void model_mn_hosts_start(model_world *w)
{
    for (uint32_t i = 0; i < w->n_nodes; i++)
        start_one(w, i);
}

void model_mn_hosts_free(model_world *w)
{
    for (uint32_t i = 0; w->nodes && i < w->n_nodes; i++)
        if (w->nodes[i].account.detail)     /* it was started */
            mip6_mn_free(model_mn_of(&w->nodes[i]));
    g_clear_pointer(&w->nodes, sim_block_free);
    g_clear_pointer(&w->at_home, sim_block_free);
    g_clear_pointer(&w->movement, model_movement_free);
}
