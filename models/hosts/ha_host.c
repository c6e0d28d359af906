/* Home agents: the data path, signalling, the queue the library is told of.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/hosts/ha_host.h"

#include <string.h>

#include "mip6_peer.h"
#include "models/config/config_ipsec.h"
#include "models/network/ahead.h"
#include "models/network/sites.h"
#include "models/systems/haha_host.h"
#include "models/systems/ipsec.h"
#include "models/systems/virtual.h"
#include "models/world_parts.h"

enum { PORT_EXPIRY = 2, PORT_QUEUE = 3, PORT_FAULT = 4 };

/* ---- the queue ------------------------------------------------------------------- */

static bool is_outside(const model_ha_host *h)
{
    const model_occupancy *q = &h->queue.now;
    return q->packets < h->band.packets_low || q->packets > h->band.packets_high ||
           q->bytes < h->band.bytes_low || q->bytes > h->band.bytes_high;
}

static void measure_queue(model_ha_host *h)
{
    model_measure_queue(h->world->measure, h->index, h->queue.now.packets, h->queue.now.bytes);
}

void model_ha_host_catch_up(model_ha_host *h)
{
    sim_engine *engine = h->world->engine;
    model_ahead_take(h);
    sim_moment by = h->taking ? h->taken : sim_engine_present(engine);
    for (int64_t at; model_ha_queue_left(&h->queue, by, &at);) {
        int64_t now = sim_engine_pretend(engine, at);
        measure_queue(h);
        sim_engine_pretend(engine, now);
    }
}

void model_ha_hosts_catch_up(model_world *w)
{
    for (uint32_t i = 0; i < w->n_agents; i++)
        model_ha_host_catch_up(&w->agents[i]);
}

static void report_queue(model_ha_host *h, int64_t now)
{
    model_ha_host_catch_up(h);
    if (h->reported.packets == h->queue.now.packets && h->reported.bytes == h->queue.now.bytes)
        return;
    h->reported = h->queue.now;
    mip6_ha_queue_changed(h->ha, h->reported.packets, h->reported.bytes, now);
}

/* Everything the agent sends goes through the queue, its own signalling too. */
static bool enqueue(model_ha_host *h, sim_packet *packet, bool signalling)
{
    model_ha_host_catch_up(h);
    bool taken = model_ha_queue_accept(&h->queue, packet, signalling);
    if (taken)
        measure_queue(h);
    return taken;
}

bool model_ha_host_enqueue(model_ha_host *h, sim_packet *packet, bool signalling)
{
    bool taken = enqueue(h, packet, signalling);
    if (taken)
        model_ha_queue_keep(&h->queue, packet, signalling);
    return taken;
}

/* Nothing that was in it has been sent ahead: when failures come was known. */
static void lose_queue(model_ha_host *h, unsigned cause)
{
    model_ha_host_catch_up(h);
    g_assert(h->queue.now.packets == h->account.held);
    model_ha_queue_flush(&h->queue, cause);
    measure_queue(h);
}

/* ---- the library ------------------------------------------------------------------- */

bool model_ha_host_passes_hang(const model_ha_host *h, unsigned message)
{
    if (message == MIP6_MSG_RA || message == MIP6_MSG_RS || message == MIP6_MSG_VRRP ||
        message == MIP6_MSG_PEER_HELLO)
        return !h->mute;
    return message == MIP6_MSG_NS || message == MIP6_MSG_NA;
}

static void say(model_ha_host *h, const mip6_action *action)
{
    model_world *w = h->world;
    sim_packet *p = model_world_signal(w, &h->account, action, h->n_signals++);
    if (w->ipsec && !(p = model_ipsec_agent_out(h, p)))
        return;
    if (h->hung && !model_ha_host_passes_hang(h, action->message))
        model_lose(&w->net, &h->account, p, MODEL_CAUSE_AGENT_HUNG);
    else
        model_ha_host_enqueue(h, p, true);
}

static void apply(model_ha_host *h, const mip6_action *action)
{
    switch (action->kind) {
    case MIP6_ACTION_SEND:
        say(h, action);
        break;
    case MIP6_ACTION_JOIN:
        model_home_link_group_join(h->link, h->member, &action->addr);
        break;
    case MIP6_ACTION_LEAVE:
        model_home_link_group_leave(h->link, h->member, &action->addr);
        break;
    /* Frames come to whom neighbour caches name, and the library forwards by its own
     * bindings: a proxy or a tunnel needs nothing more here. */
    case MIP6_ACTION_PROXY_START:
    case MIP6_ACTION_PROXY_STOP:
    case MIP6_ACTION_TUNNEL_SET:
    case MIP6_ACTION_TUNNEL_GONE:
        break;
    }
}

static void arm(model_ha_host *h, int64_t now)
{
    int64_t next = mip6_ha_next_expiry(h->ha);
    if (h->haha)
        next = MIN(next, model_haha_next_expiry(h->haha));
    if (next == MIP6_NEVER || (sim_timer_armed(&h->expiry) && h->armed_ns <= next))
        return;
    h->armed_ns = MAX(next, now + 1);
    sim_timer_set(h->world->engine, &h->expiry, h->id, PORT_EXPIRY, h->armed_ns);
}

static bool poll(model_ha_host *h, mip6_action *action, int64_t now)
{
    model_world *w = h->world;
    return mip6_ha_poll(h->ha, action, w->scratch, sizeof w->scratch, now) ||
           (h->haha && model_haha_poll(h->haha, action, w->scratch, sizeof w->scratch, now));
}

/* Carry out what the library wants; what it sends changes the queue it looks at. */
static void settle(model_ha_host *h, int64_t now)
{
    mip6_action action;
    do {
        report_queue(h, now);
        while (poll(h, &action, now)) {
            apply(h, &action);
            report_queue(h, now);
        }
        mip6_ha_queue_band(h->ha, &h->band);
    } while (is_outside(h) && (h->reported.packets != h->queue.now.packets ||
                               h->reported.bytes != h->queue.now.bytes));
    arm(h, now);
}

static void check_band(model_ha_host *h, int64_t now)
{
    if (h->virtuals)
        model_virtuals_queue_changed(h->virtuals, now);
    else if (is_outside(h))
        settle(h, now);
}

void model_ha_host_signal(model_ha_host *h, const mip6_action *action)
{
    say(h, action);
    check_band(h, sim_now(h->world->engine));
}

/* ---- packets -------------------------------------------------------------------------- */

static unsigned new_drop(model_ha_host *h, int64_t now)
{
    mip6_ha_figures figures;
    mip6_ha_get_figures(h->ha, &figures, now);
    return model_new_drop(figures.drops, h->drops);
}

static void receive_peer(model_ha_host *h, sim_packet *packet, int64_t now)
{
    mip6_drop cause;
    if (model_haha_receive(h->haha, packet, &cause, now) == 0)
        model_consume(&h->world->net, &h->account, packet);
    else
        model_lose(&h->world->net, &h->account, packet, cause);
    settle(h, now);
}

static void receive(model_ha_host *h, sim_packet *packet, const mip6_rx *rx, int64_t now)
{
    model_net *net = &h->world->net;
    report_queue(h, now);
    if (h->haha && mip6_peer_is(packet->bytes + packet->head, packet->len)) {
        receive_peer(h, packet, now);
        return;
    }
    /* What the data path dropped is booked already. */
    new_drop(h, now);
    if (packet->message == MIP6_MSG_BU)
        model_measure_update(h->world->measure, h->index);
    int result = mip6_ha_receive(h->ha, rx, packet->bytes + packet->head, packet->len, now);
    if (result == 0)
        model_consume(net, &h->account, packet);
    else
        model_lose(net, &h->account, packet, new_drop(h, now));
    settle(h, now);
}

static void forward(model_ha_host *h, sim_packet *packet, const mip6_route *route,
                    const mip6_lladdr *next_hop, int64_t now)
{
    model_set_lladdr(packet->lladdr_dst, next_hop);
    if (route->tunnelled)
        packet->flags = (uint16_t)(h->index + 1);
    if (h->world->ipsec && route->tunnelled && !(packet = model_ipsec_agent_out(h, packet)))
        return;
    uint32_t bytes = sim_packet_bytes(packet);
    bool taken = enqueue(h, packet, false);
    if (taken && !(next_hop == &h->world->router_lladdr && model_ahead_send(h, packet)))
        model_ha_queue_keep(&h->queue, packet, false);
    if (route->tunnelled)
        model_measure_offered(h->world->measure, h->index, bytes, taken);
    check_band(h, now);
}

void model_ha_host_tunnelled(model_ha_host *h, sim_packet *packet, int64_t now)
{
    mip6_route route = {.tunnelled = true};
    forward(h, packet, &route, &h->world->router_lladdr, now);
}

static void frame(model_ha_host *h, sim_packet *packet, int64_t now)
{
    if (h->hung && !model_ha_host_passes_hang(h, packet->message)) {
        model_lose(&h->world->net, &h->account, packet, MODEL_CAUSE_AGENT_HUNG);
        return;
    }
    if (h->world->ipsec && !(packet = model_ipsec_agent_in(h, packet, now)))
        return;
    if (h->virtuals) {
        model_virtuals_frame(h->virtuals, packet, now);
        return;
    }
    mip6_rx rx = model_rx(packet);
    mip6_packet view = model_lend(packet);
    mip6_route route = {0};
    mip6_verdict verdict = mip6_ha_forward(h->ha, &rx, &view, &route, now);
    if (verdict == MIP6_LOCAL) {
        receive(h, packet, &rx, now);
        return;
    }
    model_take_back(packet, &view);
    switch (verdict) {
    case MIP6_SEND_ON:
        forward(h, packet, &route, &h->world->router_lladdr, now);
        break;
    case MIP6_RELAY:
        forward(h, packet, &route, &route.next_hop, now);
        break;
    default:
        model_lose(&h->world->net, &h->account, packet, route.cause);
        settle(h, now);     /* there may be an ICMPv6 error */
    }
}

/* Whom a multicast concerns. An advertisement about an address: those that are in its group, which
 * an agent that serves it has joined; others hold nothing under it, as a rule. */
static void find_concerned(model_world *w, model_heard *heard)
{
    const mip6_addr *target = &heard->message.u.nd.target;
    heard->n_concerned = UINT32_MAX;
    if (!heard->valid || heard->message.kind != MIP6_MSG_NA || w->n_sites > 1)
        return;
    if (!mip6_shared_minds(w->shared, target)) {
        mip6_addr group = mip6_addr_solicited_node(target);
        heard->n_concerned =
            model_home_link_group(w->home_link, &group, heard->concerned, MODEL_HEARD_BY);
    }
    for (uint32_t i = 0; heard->n_concerned > MODEL_HEARD_BY && i < w->n_agents; i++)
        if (w->agents[i].ha)
            mip6_ha_foresee(w->agents[i].ha, target);
}

/* The multicast at hand, decoded once for all agents. No other has its place in memory at the
 * same instant: what comes at an instant was sent before it. */
static const model_heard *hear(model_world *w, const sim_packet *packet, int64_t now)
{
    model_heard *heard = &w->heard;
    mip6_drop cause;
    if (heard->packet == packet && heard->at_ns == now)
        return heard;
    heard->packet = packet;
    heard->at_ns = now;
    heard->valid = mip6_decode(packet->bytes + packet->head, packet->len, packet->virtual_bytes,
                               &heard->header, &heard->message, &cause) == 0;
    find_concerned(w, heard);
    return heard;
}

/* A model_home_link_minds. */
static bool minds(void *self, const sim_packet *packet, int64_t now)
{
    const model_ha_host *h = self;
    const model_heard *heard = hear(h->world, packet, now);
    if (heard->n_concerned > MODEL_HEARD_BY)
        return true;
    for (uint32_t i = 0; i < heard->n_concerned; i++)
        if (heard->concerned[i] == h->id)
            return true;
    return false;
}

/* Lent: the home link books it. */
static void multicast(void *self, sim_packet *packet, int64_t now)
{
    model_ha_host *h = self;
    mip6_rx rx = model_rx(packet);
    if (h->hung && !model_ha_host_passes_hang(h, packet->message))
        return;
    if (h->virtuals) {
        model_virtuals_multicast(h->virtuals, packet, now);
        return;
    }
    model_ahead_stop(h);
    report_queue(h, now);
    const model_heard *heard = hear(h->world, packet, now);
    if (heard->valid)
        mip6_ha_receive_decoded(h->ha, &rx, &heard->header, &heard->message, now);
    else
        mip6_ha_receive(h->ha, &rx, packet->bytes + packet->head, packet->len, now);
    settle(h, now);
}

static void served(model_ha_host *h, const sim_event *event)
{
    model_world *w = h->world;
    sim_packet *packet = model_ha_queue_served(&h->queue, event);
    for (uintptr_t at = 0; at < 4 * 64; at += 64)      /* what is served next, for then */
        __builtin_prefetch((const void *)((uintptr_t)h->queue.serving + at));
    model_book_sent(&w->net, &h->account, packet);
    if (h->virtuals) {
        model_virtuals_sent(h->virtuals, packet, event->time_ns);
        model_home_link_send_as(h->link, h->member, packet);
    } else {
        model_home_link_send(h->link, h->member, packet);
    }
    model_ha_host_catch_up(h);
    check_band(h, event->time_ns);
}

/* ---- events --------------------------------------------------------------------------- */

static void expired(model_ha_host *h, const sim_event *event)
{
    sim_timer_fired(h->world->engine, &h->expiry, event);
    report_queue(h, event->time_ns);
    mip6_ha_expire(h->ha, event->time_ns);
    if (h->haha)
        model_haha_expire(h->haha, event->time_ns);
    settle(h, event->time_ns);
}

static void arm_fault(model_ha_host *h)
{
    model_fault_kind kind;
    int64_t next = model_faults_next(&h->faults, &kind);
    h->certain_until_ns = MIN(next, h->world->end_ns);
    sim_timer_set(h->world->engine, &h->faults.timer, h->id, PORT_FAULT, next);
}

/* What it has queued is lost, its neighbours' answers too; the library lives on, and with it the
 * lifetimes of its bindings. */
static void hang(model_ha_host *h, bool control, int64_t now)
{
    h->hung = true;
    h->mute = !control;
    lose_queue(h, MODEL_CAUSE_AGENT_HUNG);
    check_band(h, now);
}

/* A virtual agent does not leave: another one serves on (PEERS 4). */
static void leave(model_ha_host *h, int64_t now)
{
    if (h->virtuals) {
        model_virtuals_leave(h->virtuals, now);
        return;
    }
    mip6_ha_stop(h->ha, now);
    settle(h, now);
}

/* When its last word was said; MIP6_NEVER: not yet. */
static int64_t left_ns(const model_ha_host *h)
{
    return h->virtuals ? model_faults_failure(&h->faults)->at_ns : mip6_ha_stopped_ns(h->ha);
}

static void begin_failure(model_ha_host *h, const model_failure *failure, int64_t now)
{
    model_ha_hosts_catch_up(h->world);
    model_measure_failed(h->world->measure, failure);
    switch (failure->kind) {
    case MODEL_FAILURE_CRASH:
        model_ha_host_crash(h, now);
        break;
    case MODEL_FAILURE_HANG:
        hang(h, failure->hang_control, now);
        break;
    case MODEL_FAILURE_ISOLATE:
        model_home_link_cut(h->link, h->member, MODEL_CAUSE_ISOLATED);
        break;
    case MODEL_FAILURE_LEAVE:
        leave(h, now);
        break;
    }
}

static void end_failure(model_ha_host *h, const model_failure *failure, int64_t now)
{
    model_measure_returned(h->world->measure, h->index);
    switch (failure->kind) {
    case MODEL_FAILURE_CRASH:
    case MODEL_FAILURE_LEAVE:
        model_ha_host_boot(h, now);
        break;
    case MODEL_FAILURE_HANG:
        h->hung = h->mute = false;
        break;
    case MODEL_FAILURE_ISOLATE:
        model_home_link_set_up(h->link, h->member, true);
        break;
    }
}

/* What comes after the fault at hand. */
static int64_t fault_after(const model_ha_host *h)
{
    model_fault_kind kind;
    model_faults later = h->faults;
    model_faults_happened(&later);
    return model_faults_next(&later, &kind);
}

/* When an agent that leaves is down: a moment after its last word, which comes when its nodes
 * have gone, and in time for it to come back. */
static int64_t gone_at(model_ha_host *h, int64_t now)
{
    int64_t back = fault_after(h);
    if (left_ns(h) == MIP6_NEVER && now > back - 2 * MODEL_LEAVE_NS) {
        mip6_ha_stop(h->ha, now);
        settle(h, now);
    }
    int64_t stopped = left_ns(h);
    int64_t at = (stopped == MIP6_NEVER ? now : stopped) + MODEL_LEAVE_NS;
    return MIN(at, back - 1);
}

static void fault(model_ha_host *h, const sim_event *event)
{
    model_fault_kind kind;
    sim_timer_fired(h->world->engine, &h->faults.timer, event);
    model_faults_next(&h->faults, &kind);
    int64_t at = kind == MODEL_FAULT_GONE ? gone_at(h, event->time_ns) : 0;
    if (at > event->time_ns) {
        sim_timer_set(h->world->engine, &h->faults.timer, h->id, PORT_FAULT, at);
        return;
    }
    const model_failure *failure = model_faults_failure(&h->faults);
    const char *name = model_fault_name(kind, failure);
    if (name)
        model_measure_agent(h->world->measure, h->index, name,
                            kind != MODEL_FAULT_JOIN && *failure->name ? failure->name : NULL);
    switch (kind) {
    case MODEL_FAULT_BEGIN: begin_failure(h, failure, event->time_ns); break;
    case MODEL_FAULT_GONE: model_ha_host_crash(h, event->time_ns); break;
    case MODEL_FAULT_END: end_failure(h, failure, event->time_ns); break;
    default: model_ha_host_boot(h, event->time_ns); break;
    }
    model_faults_happened(&h->faults);
    arm_fault(h);
}

static void handle(void *self, const sim_event *event)
{
    model_ha_host *h = self;
    bool changes_nothing = event->src == event->dst &&
                           (event->port == PORT_QUEUE || event->port == MODEL_AHEAD_PORT);
    if (!changes_nothing)
        model_ahead_stop(h);
    if (event->src == event->dst) {
        switch (event->port) {
        case PORT_QUEUE: served(h, event); return;
        case MODEL_AHEAD_PORT: model_ahead_due(h, event); return;
        case PORT_EXPIRY: expired(h, event); return;
        case PORT_FAULT: fault(h, event); return;
        case MODEL_HA_PORT_IKE: model_ipsec_agent_timer(h, event); return;
        default: model_virtuals_timer(h->virtuals, event); return;
        }
    }
    sim_packet *packet =
        model_home_link_receive(h->link, h->member, &h->account, event);
    if (packet)
        frame(h, packet, event->time_ns);
}

static void discard(void *self, void *payload)
{
    model_ha_host *h = self;
    sim_packet_unref(h->world->net.packets, payload);
}

static const sim_entity_class ha_class = {
    .kind = "home-agent", .handle = handle, .discard = discard};

/* ---- life ------------------------------------------------------------------------------- */

bool model_ha_host_is_up(const model_ha_host *h)
{
    return h->virtuals ? model_virtuals_are_up(h->virtuals) : h->ha != NULL;
}

const mip6_addr *model_ha_host_address(const model_ha_host *h)
{
    const struct model_virtual_agents *v = h->world->virtual_agents;
    return v && h->index < v->n ? &v->groups[h->index].global : &h->config.global;
}

bool model_ha_host_is_reached(const model_ha_host *h)
{
    return model_ha_host_is_up(h) && !h->hung &&
           model_home_link_is_up(h->link, h->member);
}

void model_ha_host_install(model_ha_host *h, const mip6_binding_info *binding, int64_t now)
{
    model_ahead_stop(h);
    report_queue(h, now);
    if (mip6_ha_install(h->ha, binding, now) != 0)
        g_error("%s: a binding was refused", h->name);
    settle(h, now);
}

void model_ha_host_hand_on(model_ha_host *h, const mip6_addr *home, const mip6_addr *to,
                           int64_t now)
{
    model_ahead_stop(h);
    report_queue(h, now);
    if (mip6_ha_hand_on(h->ha, home, to, now) != 0)
        g_error("%s: there is no binding to hand on", h->name);
    settle(h, now);
}

/* The library's agent of its own, with nothing. */
static void start_agent(model_ha_host *h, int64_t now)
{
    model_world *w = h->world;
    h->ha = mip6_ha_init(h->storage, w->shared, &h->config,
                         model_cookie(MODEL_KIND_HA, h->incarnation, h->index), now);
    if (!h->ha)
        g_error("out of memory");
    mip6_ha_start(h->ha, now);
    if (h->haha)
        model_haha_boot(h->haha, now);
    settle(h, now);
}

void model_ha_host_boot(model_ha_host *h, int64_t now)
{
    g_assert(!model_ha_host_is_up(h));
    if (h->member != MODEL_NO_MEMBER)
        model_home_link_leave(h->link, h->member);
    h->member = model_home_link_join(h->link, h->id, &h->lladdr, h, multicast, &h->account);
    if (h->world->fuse_arrivals)
        model_home_link_ask(h->link, h->member, model_ahead_expect);
    if (!h->virtuals && !h->haha)
        model_home_link_filter(h->link, h->member, minds);
    h->incarnation++;
    h->reported = (model_occupancy){0, 0};
    memset(h->drops, 0, sizeof h->drops);
    if (h->virtuals)
        model_virtuals_boot(h->virtuals, now);
    else
        start_agent(h, now);
}

void model_ha_host_crash(model_ha_host *h, int64_t now)
{
    model_world *w = h->world;
    g_assert(model_ha_host_is_up(h));
    if (w->ipsec)
        model_ipsec_agent_down(h, now);
    if (h->virtuals)
        model_virtuals_crash(h->virtuals);
    if (h->haha)
        model_haha_crash(h->haha);
    g_clear_pointer(&h->ha, mip6_ha_free);
    sim_timer_cancel(w->engine, &h->expiry);
    lose_queue(h, MODEL_CAUSE_AGENT_DOWN);
    if (!h->virtuals)       /* of a virtual agent's bindings others have copies */
        model_measure_emptied(w->measure, h->index);
    model_home_link_set_up(h->link, h->member, false);
}

void model_ha_host_figures(model_ha_host *h, mip6_ha_figures *out, int64_t now)
{
    memset(out, 0, sizeof *out);
    if (h->virtuals)
        model_virtuals_figures(h->virtuals, out, now);
    if (!h->ha)
        return;
    report_queue(h, now);
    mip6_ha_get_figures(h->ha, out, now);
}

void model_ha_hosts_new(model_world *w)
{
    w->n_agents = w->settings->n_agents;
    w->agents = g_new0(model_ha_host, w->n_agents);
    for (uint32_t i = 0; i < w->n_agents; i++) {
        w->agents[i].world = w;
        w->agents[i].index = i;
        w->agents[i].name = w->settings->agents[i].name;
        w->agents[i].member = MODEL_NO_MEMBER;
        w->agents[i].storage = g_malloc0(mip6_ha_size());
    }
}

void model_ha_hosts_register(model_world *w)
{
    for (uint32_t i = 0; i < w->n_agents; i++)
        sim_engine_add(w->engine, w->agents[i].name, &ha_class, &w->agents[i], &w->agents[i].id);
}

static void configure(model_ha_host *h)
{
    model_world *w = h->world;
    const model_home_agents_config *all = w->settings->home_agents;
    const model_home_agent_config *own = &w->settings->agents[h->index].own;
    h->lladdr = model_directory_lladdr(w->directory, h->name);
    h->config = (mip6_ha_config){
        .tuning = &w->tuning,
        .policy = w->settings->policy_class->policy,
        .policy_config = w->policy_config,
        .link_local = mip6_addr_link_local(&h->lladdr),
        .global = model_directory_add(w->directory, h->name, MODEL_FIRST_AGENT + h->index),
        .prefix_len = 64,
        .lladdr = h->lladdr,
        .ifindex = 0,
        .preference = (uint16_t)own->preference,
        .capacity_kbps = (uint32_t)MIN(own->capacity_bps / 1000, UINT32_MAX),
        .legacy = own->legacy,
        .dad = w->settings->home_link->dad == MODEL_DAD_RFC,
        .dad_timeout_ns = w->settings->home_link->dad_timeout_ns,
        .ra_min_ns = all->ra_min_ns,
        .refresh_advice_ppm = all->refresh_advice_ppm,
        .max_lifetime_s = all->max_lifetime_ns / SIM_SECOND_NS,
        .sa_setup_delay_ns = all->sa_setup_delay_ns,
        .prefix_valid_s = all->prefix_lifetime_ns / SIM_SECOND_NS,
        .max_bindings = (uint32_t)own->max_bindings,
        .tunnel_mtu = model_settings_inner_mtu(w->settings) + MIP6_IPV6_HEADER,
        .key_mobility = model_ipsec_by_ike(w->settings),
    };
    bool looks = w->settings->policy_class->policy->look && !own->legacy &&
                 w->tuning.queue_signal == MIP6_SIGNAL_INSTANTANEOUS;
    h->virtuals = model_virtuals_new(h);
    h->minds_departures = looks || h->virtuals;
    h->queue_config = (model_ha_queue_config){
        .rate_bps = own->capacity_bps, .per_packet_ns = own->per_packet_ns,
        .limit_packets = own->queue_packets, .limit_bytes = own->queue_bytes,
        .signalling_priority = all->signalling_priority,
        .exponential = all->service == MODEL_SERVICE_EXPONENTIAL};
}

static void start_one(model_ha_host *h)
{
    model_world *w = h->world;
    configure(h);
    h->haha = model_haha_new(h);
    h->link = model_site_of(w, h->index)->link;
    model_account_init(&h->account, h->name, h->id, model_world_cell(w, h->id), &h->detail);
    sim_stream service = sim_stream_init(w->seed, w->replication, h->name, "service");
    model_ha_queue_init(&h->queue, &w->net, &h->account, &h->queue_config, h->id, PORT_QUEUE,
                        &service);
    char text[MIP6_ADDR_TEXT];
    w->sink->cls->node(w->sink, &(sim_row_node){h->id, "home-agent", h->name,
                                               mip6_addr_format(&h->config.global, text)});
    sim_stream boot = sim_stream_init(w->seed, w->replication, h->name, "boot");
    h->faults.settings = &w->settings->agents[h->index];
    h->faults.leave_ns = model_settings_leave_ns(w->settings);
    h->faults.boot_ns =
        sim_uniform_ns(sim_stream_at(&boot, 0), 1, w->settings->home_agents->boot_window_ns);
    arm_fault(h);
}

void model_ha_hosts_start(model_world *w)
{
    w->virtual_agents = model_virtual_agents_new(w);
    w->hahas = model_hahas_new(w);
    for (uint32_t i = 0; i < w->n_agents; i++)
        start_one(&w->agents[i]);
}

void model_ha_hosts_free(model_world *w)
{
    for (uint32_t i = 0; w->agents && i < w->n_agents; i++) {
        model_haha_free(w->agents[i].haha);
        if (w->agents[i].ha)
            mip6_ha_free(w->agents[i].ha);
        model_virtuals_free(w->agents[i].virtuals);
        model_ha_queue_clear(&w->agents[i].queue);
        model_lane_clear(&w->agents[i].arrivals, w->net.packets);
        g_free(w->agents[i].storage);
    }
    g_clear_pointer(&w->agents, g_free);
    g_clear_pointer(&w->virtual_agents, model_virtual_agents_free);
    g_clear_pointer(&w->hahas, model_hahas_free);
}
