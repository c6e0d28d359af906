/* Virtual agents: frames to groups, what groups send, who serves.
 *
 *   RFC 5798 sections 6.4, 7; PROTOCOL 12
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/systems/virtual.h"

#include <stdio.h>
#include <string.h>

#include "mip6_active_standby.h"
#include "mip6_peer.h"
#include "models/config/config_system.h"
#include "models/systems/ipsec.h"
#include "models/world_parts.h"

/* One group at this host. */
typedef struct role {
    mip6_ha_config config;
    mip6_ha *ha;                /* NULL: the host is down */
    void *storage;
    sim_timer expiry;
    int64_t armed_ns;
    model_occupancy reported;
    mip6_band band;
    uint64_t drops[MIP6_N_DROPS];
} role;

struct model_virtuals {
    model_ha_host *host;
    uint32_t n;
    role *roles;
    mip6_ha **agents;           /* of the roles, as the library wants them */
    mip6_vrrp_config *vrrp;
    mip6_active_standby_config config;
    mip6_active_standby *system;    /* NULL: the host is down */
    void *storage;
    sim_timer timer;            /* of the elections */
    int64_t armed_ns;
    mip6_peers_config peers_config;
    mip6_peers *peers;          /* the control plane's end here; NULL: the host is down */
    void *peers_storage;
    sim_timer peers_timer;
    int64_t peers_armed_ns;
};

enum { PORT_SYSTEM = MODEL_VIRTUAL_PORT, PORT_PEERS, PORT_ROLE };

/* ---- the groups of a world ------------------------------------------------------------ */

static model_virtual_group make_group(model_world *w, uint32_t g)
{
    char name[32];
    snprintf(name, sizeof name, "virtual-agent%u", g);
    model_virtual_group group = {
        .lladdr = mip6_vrrp_lladdr(model_system_vrid(w->settings, g)),
        .global = model_directory_add(w->directory, name, MODEL_FIRST_AGENT + w->n_agents + g)};
    /* RFC 5798 7.4: no interface identifier is made of the virtual address. */
    group.link_local = (mip6_addr){{0xfe, 0x80}};
    memcpy(group.link_local.b + 8, group.global.b + 8, 8);
    return group;
}

struct model_virtual_agents *model_virtual_agents_new(model_world *w)
{
    if (!model_system_is_active_standby(w->settings))
        return NULL;
    uint32_t n = (uint32_t)w->settings->system->groups;
    struct model_virtual_agents *v =
        g_malloc0(sizeof *v + n * sizeof v->groups[0]);
    v->n = n;
    v->members = g_new0(mip6_addr, w->n_agents);
    for (uint32_t g = 0; g < n; g++)
        v->groups[g] = make_group(w, g);
    w->virtual_agents = v;
    model_virtual_measure_new(w);
    return v;
}

void model_virtual_agents_free(struct model_virtual_agents *v)
{
    g_free(v->members);
    g_free(v->answers);
    g_free(v);
}

static model_virtual_group *group_of(const model_virtuals *v, uint32_t g)
{
    return &v->host->world->virtual_agents->groups[g];
}

/* ---- the queue ------------------------------------------------------------------------ */

static bool is_outside(const model_virtuals *v, const role *x)
{
    const model_occupancy *q = &v->host->queue.now;
    return q->packets < x->band.packets_low || q->packets > x->band.packets_high ||
           q->bytes < x->band.bytes_low || q->bytes > x->band.bytes_high;
}

static bool is_reported(const model_virtuals *v, const role *x)
{
    return x->reported.packets == v->host->queue.now.packets &&
           x->reported.bytes == v->host->queue.now.bytes;
}

static void report_queue(const model_virtuals *v, role *x, int64_t now)
{
    model_ha_host_catch_up(v->host);
    if (is_reported(v, x))
        return;
    x->reported = v->host->queue.now;
    mip6_ha_queue_changed(x->ha, x->reported.packets, x->reported.bytes, now);
}

/* ---- what is sent --------------------------------------------------------------------- */

static void say(const model_virtuals *v, const mip6_lladdr *from, const mip6_action *action)
{
    model_ha_host *h = v->host;
    sim_packet *p = model_world_signal(h->world, &h->account, action, h->n_signals++);
    if (h->world->ipsec && !(p = model_ipsec_agent_out(h, p)))
        return;
    model_set_lladdr(p->lladdr_src, from);
    if (h->hung && !model_ha_host_passes_hang(h, action->message))
        model_lose(&h->world->net, &h->account, p, MODEL_CAUSE_AGENT_HUNG);
    else if (model_ha_host_enqueue(h, p, true) && action->message == MIP6_MSG_BA)
        model_virtual_measure_answer(h->world, h->world->scratch, action->len);
}

void model_virtuals_signal(model_virtuals *v, const mip6_addr *from, const mip6_action *action)
{
    uint32_t g = 0;
    while (g + 1 < v->n && !mip6_addr_equal(&group_of(v, g)->global, from))
        g++;
    say(v, &group_of(v, g)->lladdr, action);
    model_virtuals_queue_changed(v, sim_now(v->host->world->engine));
}

static void apply(const model_virtuals *v, uint32_t g, const mip6_action *action)
{
    model_home_link *link = v->host->world->home_link;
    if (action->kind == MIP6_ACTION_SEND)
        say(v, &group_of(v, g)->lladdr, action);
    else if (action->kind == MIP6_ACTION_JOIN)
        model_home_link_group_join(link, v->host->member, &action->addr);
    else if (action->kind == MIP6_ACTION_LEAVE)
        model_home_link_group_leave(link, v->host->member, &action->addr);
}

static void arm(const model_virtuals *v, sim_timer *timer, int64_t *armed_ns, uint32_t port,
                int64_t next, int64_t now)
{
    if (next == MIP6_NEVER || (sim_timer_armed(timer) && *armed_ns <= next))
        return;
    *armed_ns = MAX(next, now + 1);
    sim_timer_set(v->host->world->engine, timer, v->host->id, (uint16_t)port, *armed_ns);
}

/* As a host of one agent does; other groups' bands may be left meanwhile. */
static void settle_role(const model_virtuals *v, uint32_t g, int64_t now)
{
    role *x = &v->roles[g];
    model_world *w = v->host->world;
    mip6_action action;
    do {
        report_queue(v, x, now);
        while (mip6_ha_poll(x->ha, &action, w->scratch, sizeof w->scratch, now)) {
            apply(v, g, &action);
            report_queue(v, x, now);
        }
        mip6_ha_queue_band(x->ha, &x->band);
    } while (is_outside(v, x) && !is_reported(v, x));
    arm(v, &x->expiry, &x->armed_ns, PORT_ROLE + g, mip6_ha_next_expiry(x->ha), now);
}

void model_virtuals_queue_changed(model_virtuals *v, int64_t now)
{
    for (uint32_t g = 0; v->system && g < v->n; g++)
        if (model_virtuals_serve(v, g) && is_outside(v, &v->roles[g]) &&
            !is_reported(v, &v->roles[g]))
            settle_role(v, g, now);
}

/* ---- elections ------------------------------------------------------------------------ */

static void advertise(const model_virtuals *v, const mip6_active_standby_action *a)
{
    const mip6_addr group = mip6_addr_all_vrrp();
    say(v, &group_of(v, a->group)->lladdr,
        &(mip6_action){.kind = MIP6_ACTION_SEND, .message = MIP6_MSG_VRRP,
                                    .len = a->len, .has_lladdr = true,
                                    .dst = mip6_lladdr_multicast(&group)});
}

/* Who gives up leaves its security associations to who has served beside it: after a partition. */
static void take_associations(const model_virtuals *v, uint32_t group, bool serves)
{
    model_world *w = v->host->world;
    uint32_t master = serves ? v->host->index : model_virtual_master(w, group);
    if (master < w->n_agents)
        model_ipsec_take_group(&w->agents[master], group, sim_now(w->engine));
}

static void became(const model_virtuals *v, const mip6_active_standby_action *a)
{
    bool serves = a->kind == MIP6_VRRP_SERVE;
    char detail[16];
    snprintf(detail, sizeof detail, "%u", a->group);
    model_measure_agent(v->host->world->measure, v->host->index,
                        serves ? "group-taken" : "group-given-up", detail);
    take_associations(v, a->group, serves);
    if (serves)
        model_virtual_measure_master(v->host->world, v->host->index, a->group);
}

/* Agents know each other's link-layer addresses: nobody resolves them. */
static void to_member(const model_virtuals *v, mip6_action *action)
{
    const model_world *w = v->host->world;
    mip6_addr dst;
    memcpy(dst.b, w->scratch + 24, sizeof dst.b);
    uint32_t member = model_directory_find(w->directory, &dst) - MODEL_FIRST_AGENT;
    g_assert(member < w->n_agents);
    action->has_lladdr = true;
    action->dst = w->agents[member].lladdr;
}

static void settle_peers(model_virtuals *v, int64_t now)
{
    model_world *w = v->host->world;
    mip6_action action;
    while (mip6_peers_poll(v->peers, &action, w->scratch, sizeof w->scratch, now)) {
        to_member(v, &action);
        say(v, &v->host->lladdr, &action);
    }
    arm(v, &v->peers_timer, &v->peers_armed_ns, PORT_PEERS, mip6_peers_next_expiry(v->peers), now);
}

static void settle_system(model_virtuals *v, int64_t now)
{
    model_world *w = v->host->world;
    mip6_active_standby_action a;
    while (mip6_active_standby_poll(v->system, &a, w->scratch, sizeof w->scratch, now)) {
        if (a.kind == MIP6_VRRP_SEND)
            advertise(v, &a);
        else
            became(v, &a);
        settle_role(v, a.group, now);
    }
    arm(v, &v->timer, &v->armed_ns, PORT_SYSTEM, mip6_active_standby_next_expiry(v->system), now);
}

/* After a call of the system's or of the control plane's: either may have changed any agent. */
static void settle_all(model_virtuals *v, int64_t now)
{
    settle_system(v, now);
    for (uint32_t g = 0; g < v->n; g++)
        settle_role(v, g, now);
    settle_peers(v, now);
    model_virtuals_queue_changed(v, now);
}

/* ---- frames --------------------------------------------------------------------------- */

/* The group that a link-layer address is of; n: none. */
static uint32_t role_at(const model_virtuals *v, const uint8_t lladdr[6])
{
    uint32_t g = 0;
    while (g < v->n && memcmp(group_of(v, g)->lladdr.b, lladdr, 6) != 0)
        g++;
    return g;
}

static unsigned new_drop(role *x, int64_t now)
{
    mip6_ha_figures figures;
    mip6_ha_get_figures(x->ha, &figures, now);
    return model_new_drop(figures.drops, x->drops);
}

static void receive(model_virtuals *v, uint32_t g, sim_packet *packet, const mip6_rx *rx,
                    int64_t now)
{
    model_ha_host *h = v->host;
    role *x = &v->roles[g];
    report_queue(v, x, now);
    new_drop(x, now);       /* what the data path dropped is booked already */
    if (packet->message == MIP6_MSG_BU)
        model_measure_update(h->world->measure, h->index);
    int result = mip6_ha_receive(x->ha, rx, packet->bytes + packet->head, packet->len, now);
    if (result == 0)
        model_consume(&h->world->net, &h->account, packet);
    else
        model_lose(&h->world->net, &h->account, packet, new_drop(x, now));
    settle_role(v, g, now);
}

static void frame_for(model_virtuals *v, uint32_t g, sim_packet *packet, int64_t now);

/* To the group's next hop, which may be another group of this very host. */
static void forward(model_virtuals *v, uint32_t g, sim_packet *packet, const mip6_route *route,
                    const mip6_lladdr *next_hop, int64_t now)
{
    model_ha_host *h = v->host;
    uint32_t here = role_at(v, next_hop->b);
    if (here < v->n && here != g && model_virtuals_serve(v, here)) {
        frame_for(v, here, packet, now);
        return;
    }
    model_set_lladdr(packet->lladdr_dst, next_hop);
    model_set_lladdr(packet->lladdr_src, &group_of(v, g)->lladdr);
    if (route->tunnelled) {
        packet->flags = (uint16_t)(h->index + 1);
        model_virtual_measure_tunnel(h->world, v->roles[g].ha, packet);
    }
    if (h->world->ipsec && route->tunnelled && !(packet = model_ipsec_agent_out(h, packet)))
        return;
    uint32_t bytes = sim_packet_bytes(packet);
    bool taken = model_ha_host_enqueue(h, packet, false);
    if (route->tunnelled)
        model_measure_offered(h->world->measure, h->index, bytes, taken);
}

static void frame_for(model_virtuals *v, uint32_t g, sim_packet *packet, int64_t now)
{
    model_ha_host *h = v->host;
    mip6_rx rx = model_rx(packet);
    mip6_packet view = model_lend(packet);
    mip6_route route = {0};
    mip6_verdict verdict = mip6_ha_forward(v->roles[g].ha, &rx, &view, &route, now);
    if (verdict == MIP6_LOCAL) {
        receive(v, g, packet, &rx, now);
        return;
    }
    model_take_back(packet, &view);
    switch (verdict) {
    case MIP6_SEND_ON:
        forward(v, g, packet, &route, &h->world->router_lladdr, now);
        break;
    case MIP6_RELAY:
        forward(v, g, packet, &route, &route.next_hop, now);
        break;
    default:
        model_lose(&h->world->net, &h->account, packet, route.cause);
        settle_role(v, g, now);     /* there may be an ICMPv6 error */
    }
}

/* To the host's own address: from another member, or in vain. */
static void own_frame(model_virtuals *v, sim_packet *packet, int64_t now)
{
    model_ha_host *h = v->host;
    const uint8_t *bytes = packet->bytes + packet->head;
    bool taken = mip6_peer_is(bytes, packet->len) &&
                 mip6_peers_receive(v->peers, bytes, packet->len, now) == 0;
    if (taken)
        model_consume(&h->world->net, &h->account, packet);
    else
        model_lose(&h->world->net, &h->account, packet, MIP6_DROP_NOT_FOR_US);
    settle_all(v, now);
}

/* What a group's agent has changed goes to the other members. */
void model_virtuals_frame(model_virtuals *v, sim_packet *packet, int64_t now)
{
    uint32_t g = role_at(v, packet->lladdr_dst);
    bool signalling = packet->message != MIP6_MSG_DATA;
    if (g == v->n) {
        own_frame(v, packet, now);
        return;
    }
    frame_for(v, g, packet, now);
    if (signalling)
        settle_peers(v, now);
    model_virtuals_queue_changed(v, now);
}

/* ---- multicasts ----------------------------------------------------------------------- */

/* The load report of a group that this host serves itself is no reason to move a node there: its
 * queue is the same one. */
static void hide_load(mip6_message *msg)
{
    if (msg->kind != MIP6_MSG_RA)
        return;
    msg->u.ra.has_load = false;
    if (msg->u.ra.flags & MIP6_RA_LOAD)
        msg->u.ra.has_ha_info = false;
}

/* from: the group that sent it, n: none of this host. */
static void hear(model_virtuals *v, uint32_t from, const sim_packet *packet, int64_t now)
{
    mip6_rx rx = model_rx(packet);
    mip6_header h;
    mip6_message msg;
    mip6_drop cause;
    if (mip6_decode(packet->bytes + packet->head, packet->len, packet->virtual_bytes, &h, &msg,
                    &cause) != 0)
        return;
    if (from < v->n)
        hide_load(&msg);
    for (uint32_t g = 0; g < v->n; g++) {
        if (g == from || (msg.kind != MIP6_MSG_RA && !model_virtuals_serve(v, g)))
            continue;
        report_queue(v, &v->roles[g], now);
        mip6_ha_receive_decoded(v->roles[g].ha, &rx, &h, &msg, now);
        settle_role(v, g, now);
    }
}

static bool is_vrrp(const sim_packet *packet)
{
    return packet->len > MIP6_IPV6_HEADER && packet->bytes[packet->head + 6] == MIP6_NH_VRRP;
}

void model_virtuals_multicast(model_virtuals *v, sim_packet *packet, int64_t now)
{
    if (is_vrrp(packet)) {
        mip6_active_standby_receive(v->system, packet->bytes + packet->head, packet->len, now);
        settle_all(v, now);
    } else {
        hear(v, v->n, packet, now);
        settle_peers(v, now);
        model_virtuals_queue_changed(v, now);
    }
}

void model_virtuals_sent(model_virtuals *v, const sim_packet *packet, int64_t now)
{
    if (v->system && v->n > 1 && (packet->lladdr_dst[0] & 1) && !is_vrrp(packet))
        hear(v, role_at(v, packet->lladdr_src), packet, now);
}

/* ---- events --------------------------------------------------------------------------- */

void model_virtuals_timer(model_virtuals *v, const sim_event *event)
{
    int64_t now = event->time_ns;
    if (event->port == PORT_SYSTEM) {
        sim_timer_fired(v->host->world->engine, &v->timer, event);
        mip6_active_standby_expire(v->system, now);
        settle_all(v, now);
    } else if (event->port == PORT_PEERS) {
        sim_timer_fired(v->host->world->engine, &v->peers_timer, event);
        mip6_peers_expire(v->peers, now);
        settle_all(v, now);
    } else {
        uint32_t g = event->port - PORT_ROLE;
        sim_timer_fired(v->host->world->engine, &v->roles[g].expiry, event);
        report_queue(v, &v->roles[g], now);
        mip6_ha_expire(v->roles[g].ha, now);
        settle_role(v, g, now);
        settle_peers(v, now);
        model_virtuals_queue_changed(v, now);
    }
}

/* ---- life ----------------------------------------------------------------------------- */

/* Of what belongs to a group; of the rest, behind the last one. */
static uint64_t cookie_of(const model_virtuals *v, uint32_t g)
{
    return model_cookie(MODEL_KIND_HA, v->host->incarnation << 8 | g, v->host->index);
}

uint32_t model_virtual_group_of(uint64_t cookie)
{
    return cookie >> 32 & 0xff;
}

static void init_role(model_virtuals *v, uint32_t g, int64_t now)
{
    role *x = &v->roles[g];
    model_world *w = v->host->world;
    x->reported = (model_occupancy){0, 0};
    memset(x->drops, 0, sizeof x->drops);
    x->ha = mip6_ha_init(x->storage, w->shared, &x->config,
                         cookie_of(v, g), now);
    if (!x->ha)
        g_error("out of memory");
    v->agents[g] = x->ha;
}

static void start_peers(model_virtuals *v, int64_t now)
{
    model_world *w = v->host->world;
    for (uint32_t i = 0; i < w->n_agents; i++)
        w->virtual_agents->members[i] = w->agents[i].config.global;
    v->peers = mip6_peers_init(v->peers_storage, w->shared, &v->peers_config,
                               mip6_active_standby_ops(), v->system,
                               cookie_of(v, v->n), now);
    mip6_active_standby_share(v->system, v->peers);
    mip6_peers_start(v->peers, now);
}

void model_virtuals_boot(model_virtuals *v, int64_t now)
{
    const mip6_addr group = mip6_addr_all_vrrp();
    model_home_link_group_join(v->host->world->home_link, v->host->member, &group);
    for (uint32_t g = 0; g < v->n; g++)
        init_role(v, g, now);
    v->system = mip6_active_standby_init(v->storage, &v->config, now);
    start_peers(v, now);
    mip6_active_standby_start(v->system, now);
    settle_all(v, now);
}

void model_virtuals_crash(model_virtuals *v)
{
    sim_engine *engine = v->host->world->engine;
    for (uint32_t g = 0; g < v->n; g++) {
        sim_timer_cancel(engine, &v->roles[g].expiry);
        g_clear_pointer(&v->roles[g].ha, mip6_ha_free);
    }
    sim_timer_cancel(engine, &v->timer);
    sim_timer_cancel(engine, &v->peers_timer);
    g_clear_pointer(&v->peers, mip6_peers_free);
    v->system = NULL;
}

void model_virtuals_leave(model_virtuals *v, int64_t now)
{
    mip6_active_standby_stop(v->system, now);
    settle_all(v, now);
    mip6_peers_stop(v->peers, now);
    settle_all(v, now);
}

bool model_virtuals_are_up(const model_virtuals *v)
{
    return v->system != NULL;
}

static void configure_role(model_virtuals *v, uint32_t g)
{
    const model_ha_host *h = v->host;
    const model_settings *s = h->world->settings;
    const model_virtual_group *group = group_of(v, g);
    mip6_ha_config *c = &v->roles[g].config;
    *c = h->config;
    c->lladdr = group->lladdr;
    c->link_local = group->link_local;
    c->global = group->global;
    v->roles[g].storage = g_malloc0(mip6_ha_size());
    v->vrrp[g] = (mip6_vrrp_config){
        .vrid = model_system_vrid(s, g), .priority = model_system_priority(s, h->index, g),
        .preempt = s->system->preempt, .interval_ns = s->system->interval_ns,
        .link_local = h->config.link_local, .addresses = {group->link_local, group->global}};
}

static void configure_peers(model_virtuals *v)
{
    const model_ha_host *h = v->host;
    const model_system_config *system = h->world->settings->system;
    mip6_peers_config *c = &v->peers_config;
    mip6_peers_config_defaults(c);
    c->members = h->world->virtual_agents->members;
    c->n_members = (uint8_t)h->world->n_agents;
    c->self = (uint8_t)h->index;
    c->n_caches = (uint8_t)v->n;
    c->home_prefix = h->world->home_prefix;
    c->prefix_len = h->config.prefix_len;
    c->hello_ns = system->hello_ns;
    c->missed = (uint32_t)system->missed;
    c->sync_rate = (uint32_t)system->sync_rate;
    v->peers_storage = g_malloc0(mip6_peers_size());
}

model_virtuals *model_virtuals_new(model_ha_host *h)
{
    if (!h->world->virtual_agents)
        return NULL;
    model_virtuals *v = g_new0(model_virtuals, 1);
    v->host = h;
    v->n = h->world->virtual_agents->n;
    v->roles = g_new0(role, v->n);
    v->agents = g_new0(mip6_ha *, v->n);
    v->vrrp = g_new0(mip6_vrrp_config, v->n);
    for (uint32_t g = 0; g < v->n; g++)
        configure_role(v, g);
    v->config = (mip6_active_standby_config){
        .n_groups = (uint8_t)v->n, .vrrp = v->vrrp, .agents = v->agents,
        .before_ack = h->world->settings->system->sync == MODEL_SYNC_BEFORE_ACK};
    v->storage = g_malloc0(mip6_active_standby_size());
    configure_peers(v);
    return v;
}

void model_virtuals_free(model_virtuals *v)
{
    if (!v)
        return;
    for (uint32_t g = 0; g < v->n; g++) {
        g_clear_pointer(&v->roles[g].ha, mip6_ha_free);
        g_free(v->roles[g].storage);
    }
    g_clear_pointer(&v->peers, mip6_peers_free);
    g_free(v->peers_storage);
    g_free(v->roles);
    g_free(v->agents);
    g_free(v->vrrp);
    g_free(v->storage);
    g_free(v);
}

/* ---- queries -------------------------------------------------------------------------- */

bool model_virtuals_serve(const model_virtuals *v, uint32_t g)
{
    return v->system && mip6_active_standby_serves(v->system, (uint8_t)g);
}

uint32_t model_virtual_master(const model_world *w, uint32_t g)
{
    for (uint32_t i = 0; i < w->n_agents; i++)
        if (model_virtuals_serve(w->agents[i].virtuals, g))
            return i;
    return UINT32_MAX;
}

bool model_virtuals_serve_at(const model_virtuals *v, const mip6_addr *address)
{
    for (uint32_t g = 0; g < v->n; g++)
        if (mip6_addr_equal(&group_of(v, g)->global, address))
            return model_virtuals_serve(v, g);
    return false;
}

const mip6_ha *model_virtuals_agent(const model_virtuals *v, uint32_t g)
{
    return v->roles[g].ha;
}

/* As many peers as there are other agents, where each group that it serves knows all others. */
void model_virtuals_figures(model_virtuals *v, mip6_ha_figures *out, int64_t now)
{
    bool all_known = true;
    for (uint32_t g = 0; v->system && g < v->n; g++) {
        mip6_ha_figures f;
        report_queue(v, &v->roles[g], now);
        mip6_ha_get_figures(v->roles[g].ha, &f, now);
        for (unsigned i = 0; i < MIP6_N_DROPS; i++)
            out->drops[i] += f.drops[i];
        out->queue_wire = MAX(out->queue_wire, f.queue_wire);
        if (!model_virtuals_serve(v, g))
            continue;
        out->serving = true;
        out->mn_count += f.mn_count;
        out->draining += f.draining;
        out->tentative += f.tentative;
        out->handoff_entries += f.handoff_entries;
        out->handoff_full += f.handoff_full;
        out->looks += f.looks;
        all_known = all_known && f.peers + 1 >= v->n;
    }
    out->peers = all_known ? v->host->world->n_agents - 1 : 0;
}
