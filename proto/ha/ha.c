/* The home agent: life of the object, dispatch of packets, timers, figures.
 *
 *   RFC 6275 (home agent: section 10), RFC 4861, RFC 4862, RFC 2473,
 *   draft-deng-mip6-ha-loadbalance-01
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "ha_internal.h"

#include <string.h>

size_t mip6_ha_size(void)
{
    return sizeof(mip6_ha);
}

/* ---- Small things -------------------------------------------------------------- */

int mip6_ha_drop(mip6_ha *ha, mip6_drop cause, int error)
{
    ha->drops[cause]++;
    return error;
}

void mip6_ha_trace(const mip6_ha *ha, mip6_trace_kind kind, unsigned code, int64_t value,
                   const mip6_addr *home, const mip6_addr *peer)
{
    mip6_trace trace = {.kind = kind, .code = (uint8_t)code, .now_ns = ha->now_ns,
                        .value = value};
    if (home)
        trace.home = *home;
    if (peer)
        trace.peer = *peer;
    mip6_shared_trace(ha->shared, ha->cookie, &trace);
}

void mip6_ha_set_now(mip6_ha *ha, int64_t now_ns)
{
    assert(now_ns >= ha->now_ns);
    ha->now_ns = now_ns;
}

bool mip6_ha_routable(const mip6_addr *a)
{
    static const mip6_addr loopback = {{[15] = 1}};
    return !mip6_addr_is_unspecified(a) && !mip6_addr_is_multicast(a) &&
           !mip6_addr_is_link_local(a) && !mip6_addr_equal(a, &loopback);
}

bool mip6_ha_on_home_link(const mip6_ha *ha, const mip6_addr *a)
{
    return mip6_addr_same_prefix(a, &ha->config->global, ha->config->prefix_len);
}

/* ---- Life ------------------------------------------------------------------------ */

static bool config_is_sane(const mip6_ha_config *c)
{
    const mip6_ha_tuning *t = c->tuning;
    return t && c->policy && c->policy->abi == MIP6_POLICY_ABI &&
           c->policy->state_size <= MIP6_POLICY_MAX_STATE &&
           c->prefix_len <= 64 && c->ra_min_ns > 0 && c->max_lifetime_s >= MIP6_LIFETIME_UNIT_S &&
           c->prefix_valid_s >= MIP6_LIFETIME_UNIT_S && c->dad_timeout_ns >= 0 &&
           c->sa_setup_delay_ns >= 0 && c->tunnel_mtu > MIP6_IPV6_HEADER &&
           c->refresh_advice_ppm >= 0 && c->refresh_advice_ppm < 1000000 &&
           t->reference_packets > 0 && t->reference_bytes > 0 && t->mn_count_unit > 0 &&
           t->light_ppm >= 0 && t->light_ppm <= 1000000 && t->rate_per_s > 0 &&
           t->handoff_bound > 0 && t->drain_ns >= 0 &&
           !(t->switch_message == MIP6_SWITCH_HOME_AGENT &&
             t->handover == MIP6_HANDOVER_REGISTER);
}

static void init_pools(mip6_ha *ha)
{
    uint32_t bound = ha->tuning->handoff_bound > UINT32_MAX ? 0
                                                             : (uint32_t)ha->tuning->handoff_bound;
    mip6_pool_init(&ha->binding_pool, 0);
    mip6_pool_init(&ha->handoff_pool, bound);
    mip6_pool_init(&ha->target_pool, 0);
    mip6_pool_init(&ha->neighbour_pool, bound);
}

static bool init_memory(mip6_ha *ha)
{
    const mip6_env *env = &ha->shared->env;
    const uint64_t secret[2] = {
        mip6_shared_random(ha->shared, ha->cookie, MIP6_RANDOM_SECRET, 0),
        mip6_shared_random(ha->shared, ha->cookie, MIP6_RANDOM_SECRET, 1),
    };
    size_t state_size = ha->config->policy->state_size;
    if (state_size > 0) {
        ha->policy_state = env->alloc(env->user, state_size);
        if (!ha->policy_state)
            return false;
        memset(ha->policy_state, 0, state_size);
    }
    if (mip6_index_init(&ha->bindings, env, secret) != 0 ||
        mip6_index_init(&ha->handoffs, env, secret) != 0 ||
        mip6_index_init(&ha->told, env, secret) != 0 ||
        mip6_index_init(&ha->neighbours, env, secret) != 0)
        return false;
    ha->foreseen_hash = mip6_index_hash(&ha->bindings, &ha->foreseen);
    return true;
}

mip6_ha *mip6_ha_init(void *storage, mip6_shared *shared, const mip6_ha_config *config,
                      uint64_t cookie, int64_t now_ns)
{
    assert(storage && shared && config && config_is_sane(config));
    mip6_ha *ha = storage;
    memset(ha, 0, sizeof *ha);
    ha->shared = shared;
    ha->config = config;
    ha->tuning = config->tuning;
    ha->cookie = cookie;
    ha->now_ns = now_ns;
    ha->next_ns = ha->ra_ns = ha->list_ns = ha->look_ns = MIP6_NEVER;
    ha->leave_ns = ha->stopped_ns = ha->sweep_ns = MIP6_NEVER;
    ha->due_ns = ha->last_start_ns = INT64_MIN;
    ha->rate_mhz = ha->tuning->rate_per_s * 1000;
    ha->anycast = mip6_addr_ha_anycast(&config->global);
    init_pools(ha);
    mip6_ha_load_init(ha);
    if (init_memory(ha))
        return ha;
    mip6_ha_free(ha);
    return NULL;
}

void mip6_ha_free(mip6_ha *ha)
{
    const mip6_env *env = &ha->shared->env;
    mip6_index_free(&ha->bindings, env);
    mip6_index_free(&ha->handoffs, env);
    mip6_index_free(&ha->told, env);
    mip6_index_free(&ha->neighbours, env);
    mip6_index_free(&ha->held, env);
    mip6_pool_free(&ha->held_pool, env);
    mip6_pool_free(&ha->binding_pool, env);
    mip6_pool_free(&ha->handoff_pool, env);
    mip6_pool_free(&ha->target_pool, env);
    mip6_pool_free(&ha->neighbour_pool, env);
    mip6_ha_list_free(ha);
    if (ha->policy_state)
        env->free(env->user, ha->policy_state, ha->config->policy->state_size);
    ha->policy_state = NULL;
}

void mip6_ha_push_groups(mip6_ha *ha, mip6_action_kind kind)
{
    const mip6_addr groups[] = {
        mip6_addr_all_nodes(),
        mip6_addr_all_routers(),
        mip6_addr_solicited_node(&ha->config->link_local),
        mip6_addr_solicited_node(&ha->config->global),
        mip6_addr_solicited_node(&ha->anycast),
    };
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
        mip6_ha_push_addr(ha, kind, &groups[i], NULL);
}

void mip6_ha_start(mip6_ha *ha, int64_t now_ns)
{
    mip6_ha_set_now(ha, now_ns);
    if (ha->standing_by && mip6_ha_room(ha)) {
        mip6_ha_resume(ha);
    } else if (!ha->serving && mip6_ha_room(ha)) {
        ha->serving = true;
        mip6_ha_push_groups(ha, MIP6_ACTION_JOIN);
        mip6_ha_ra_start(ha);
    }
    mip6_ha_update_next(ha);
}

void mip6_ha_stop(mip6_ha *ha, int64_t now_ns)
{
    mip6_ha_set_now(ha, now_ns);
    if (ha->serving && mip6_ha_room(ha) && (ha->leaving || !mip6_ha_leave_begin(ha)))
        mip6_ha_leave_end(ha);
    mip6_ha_update_next(ha);
}

int64_t mip6_ha_stopped_ns(const mip6_ha *ha)
{
    return ha->stopped_ns;
}

/* ---- Packets ---------------------------------------------------------------------- */

static bool is_own(const mip6_ha *ha, const mip6_addr *a)
{
    return mip6_addr_equal(a, &ha->config->global) ||
           mip6_addr_equal(a, &ha->config->link_local) || mip6_addr_equal(a, &ha->anycast);
}

/* An unknown mobility header is answered, once its checksum was right: RFC 6275 9.2. */
static int malformed(mip6_ha *ha, const uint8_t *pkt, size_t len, uint32_t virtual_bytes,
                     mip6_drop cause, int error)
{
    mip6_header h;
    mip6_drop ignored;
    if (cause == MIP6_DROP_UNKNOWN_MESSAGE &&
        mip6_decode_header(pkt, len, virtual_bytes, &h, &ignored) == 0 &&
        h.next_header == MIP6_NH_MOBILITY && is_own(ha, &h.dst))
        mip6_ha_push_be(ha, &h.src, h.has_home ? &h.home : NULL, 2);
    return mip6_ha_drop(ha, cause, error);
}

/* Data for the agent itself. With a Home Address option that no binding of the same
 * care-of address bears out: RFC 6275 9.3.1. */
static int on_data(mip6_ha *ha, const mip6_header *h)
{
    if (h->has_home) {
        mip6_binding *b = mip6_ha_forwarding(ha, &h->home);
        if (!b || !mip6_addr_equal(&b->care_of, &h->src)) {
            mip6_ha_push_be(ha, &h->src, &h->home, 1);
            return mip6_ha_drop(ha, MIP6_DROP_NO_BINDING, MIP6_ERR_IGNORED);
        }
    }
    return mip6_ha_drop(ha, MIP6_DROP_NOT_FOR_US, MIP6_ERR_IGNORED);
}

static int dispatch(mip6_ha *ha, const mip6_rx *rx, const mip6_header *h,
                    const mip6_message *msg)
{
    if (ha->standing_by && msg->kind != MIP6_MSG_RA)
        return mip6_ha_drop(ha, MIP6_DROP_NOT_FOR_US, MIP6_ERR_IGNORED);
    switch (msg->kind) {
    case MIP6_MSG_RS:
        mip6_ha_on_rs(ha);
        return 0;
    case MIP6_MSG_RA:
        return mip6_ha_on_ra(ha, h, &msg->u.ra);
    case MIP6_MSG_NS:
        return mip6_ha_on_ns(ha, rx, h, &msg->u.nd);
    case MIP6_MSG_NA:
        return mip6_ha_on_na(ha, rx, &msg->u.nd);
    case MIP6_MSG_DHAAD_REQUEST:
        return mip6_ha_on_dhaad_request(ha, h, &msg->u.dhaad);
    case MIP6_MSG_BU:
        return mip6_ha_on_bu(ha, rx, h, &msg->u.bu);
    case MIP6_MSG_BE:
        return mip6_ha_on_be(ha, h, &msg->u.be);
    case MIP6_MSG_DATA:
        return on_data(ha, h);
    default:
        return mip6_ha_drop(ha, MIP6_DROP_NOT_ACCEPTED, MIP6_ERR_IGNORED);
    }
}

static int receive_decoded(mip6_ha *ha, const mip6_rx *rx, const mip6_header *h,
                           const mip6_message *msg)
{
    /* A neighbour asks a home address itself when it checks reachability. */
    mip6_addr to;
    bool proxied = msg->kind == MIP6_MSG_NS && (mip6_ha_binding_of_target(ha, &h->dst) ||
                                                mip6_ha_stands_in(ha, &h->dst, &to));
    if (!is_own(ha, &h->dst) && !mip6_addr_is_multicast(&h->dst) && !proxied)
        return mip6_ha_drop(ha, MIP6_DROP_NOT_FOR_US, MIP6_ERR_IGNORED);
    return dispatch(ha, rx, h, msg);
}

static int receive(mip6_ha *ha, const mip6_rx *rx, const uint8_t *pkt, size_t len)
{
    mip6_header h;
    mip6_message msg;
    mip6_drop cause = MIP6_DROP_NONE;
    int error = mip6_decode(pkt, len, rx->virtual_bytes, &h, &msg, &cause);
    if (error)
        return malformed(ha, pkt, len, rx->virtual_bytes, cause, error);
    return receive_decoded(ha, rx, &h, &msg);
}

/* Not off duty, and not its own multicast. */
static bool listens(const mip6_ha *ha, const mip6_rx *rx)
{
    return (ha->serving || ha->standing_by) &&
           !mip6_lladdr_equal(&rx->src, &ha->config->lladdr);
}

int mip6_ha_receive(mip6_ha *ha, const mip6_rx *rx, const uint8_t *pkt, size_t len,
                    int64_t now_ns)
{
    mip6_ha_set_now(ha, now_ns);
    if (!mip6_ha_room(ha))
        return MIP6_ERR_FULL;
    int result = listens(ha, rx) ? receive(ha, rx, pkt, len)
                                 : mip6_ha_drop(ha, MIP6_DROP_NOT_FOR_US, MIP6_ERR_IGNORED);
    mip6_ha_update_next(ha);
    return result;
}

int mip6_ha_receive_decoded(mip6_ha *ha, const mip6_rx *rx, const mip6_header *h,
                            const mip6_message *msg, int64_t now_ns)
{
    mip6_ha_set_now(ha, now_ns);
    if (!mip6_ha_room(ha))
        return MIP6_ERR_FULL;
    int result = listens(ha, rx) ? receive_decoded(ha, rx, h, msg)
                                 : mip6_ha_drop(ha, MIP6_DROP_NOT_FOR_US, MIP6_ERR_IGNORED);
    mip6_ha_update_next(ha);
    return result;
}

/* ---- Timers ----------------------------------------------------------------------- */

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t handoff_next(const mip6_ha *ha)
{
    return ha->handoff_first ? ha->handoff_first->expires_ns : MIP6_NEVER;
}

void mip6_ha_update_next(mip6_ha *ha)
{
    int64_t next = earlier(ha->load.sample_ns, mip6_timers_next(&ha->binding_timers));
    next = earlier(next, mip6_timers_next(&ha->resend_timers));
    next = earlier(next, earlier(handoff_next(ha), ha->list_ns));
    next = earlier(next, earlier(ha->ra_ns, ha->look_ns));
    next = earlier(next, earlier(ha->leave_ns, ha->sweep_ns));
    ha->next_ns = earlier(next, mip6_ha_pending_next(ha));
    if (ha->released_first || ha->sweeping)
        ha->next_ns = INT64_MIN;
}

int64_t mip6_ha_next_expiry(const mip6_ha *ha)
{
    return ha->next_ns;
}

/* The first thing that is due, in a fixed order: what a look or an advertisement reads
 * comes before it. */
static bool run_one(mip6_ha *ha)
{
    int64_t due = ha->due_ns;
    if (ha->load.sample_ns <= due)
        mip6_ha_load_sample(ha);
    else if (ha->list_ns <= due)
        mip6_ha_list_due(ha);
    else if (ha->sweep_ns <= due)
        mip6_ha_handoff_sweep(ha);
    else if (mip6_timers_next(&ha->binding_timers) <= due)
        mip6_ha_binding_due(ha);
    else if (handoff_next(ha) <= due)
        mip6_ha_handoff_clear(ha, ha->handoff_first, MIP6_HANDOFF_EXPIRED);
    else if (mip6_timers_next(&ha->resend_timers) <= due)
        mip6_ha_resend_due(ha);
    else if (ha->leave_ns <= due)
        mip6_ha_leave_due(ha);
    else if (mip6_ha_pending_next(ha) <= due)
        mip6_ha_pending_due(ha);
    else if (ha->ra_ns <= due)
        mip6_ha_ra_due(ha);
    else if (ha->look_ns <= due)
        mip6_ha_trigger(ha);
    else if (ha->released_first)
        mip6_ha_released_due(ha);
    else if (ha->sweeping)
        mip6_ha_sweep_due(ha);
    else
        return false;
    return true;
}

bool mip6_ha_run_due(mip6_ha *ha)
{
    bool any = false;
    while (mip6_ha_room(ha) && run_one(ha))
        any = true;
    return any;
}

void mip6_ha_expire(mip6_ha *ha, int64_t now_ns)
{
    mip6_ha_set_now(ha, now_ns);
    ha->due_ns = now_ns;
    mip6_ha_run_due(ha);
    mip6_ha_update_next(ha);
}

/* ---- Queries ---------------------------------------------------------------------- */

void mip6_ha_get_figures(const mip6_ha *ha, mip6_ha_figures *out, int64_t now_ns)
{
    assert(now_ns >= ha->now_ns);
    memset(out, 0, sizeof *out);
    out->mn_count = ha->mn_count;
    out->draining = ha->draining;
    out->tentative = ha->tentative;
    out->handoff_entries = ha->handoffs.count - ha->n_gone;
    out->peers = ha->n_peers;
    out->queue_wire = mip6_ha_queue_wire(ha);
    out->serving = ha->serving && !ha->leaving;
    memcpy(out->drops, ha->drops, sizeof out->drops);
    out->handoff_full = ha->handoff_full;
    out->looks = ha->looks;
}

static void describe(const mip6_binding *b, mip6_binding_info *out)
{
    *out = (mip6_binding_info){
        .home = b->node.key,
        .care_of = b->care_of,
        .sequence = b->sequence,
        .draining = b->state == MIP6_BINDING_DRAINING,
        .tentative = b->state == MIP6_BINDING_TENTATIVE,
        .expires_ns = b->expires_ns,
        .lifetime_units = b->lifetime_units,
        .link_local = b->link_local,
    };
}

bool mip6_ha_find(const mip6_ha *ha, const mip6_addr *home, mip6_binding_info *out)
{
    const mip6_binding *b = mip6_ha_binding(ha, home);
    if (!b || b->state == MIP6_BINDING_DELETED)
        return false;
    describe(b, out);
    return true;
}

bool mip6_ha_next(const mip6_ha *ha, const mip6_addr *home, mip6_binding_info *out)
{
    const mip6_binding *b = home ? mip6_ha_binding(ha, home) : NULL;
    if (home && !b)
        return false;
    do {
        b = (const mip6_binding *)mip6_index_next(&ha->bindings, b ? &b->node : NULL);
    } while (b && b->state == MIP6_BINDING_DELETED);
    if (b)
        describe(b, out);
    return b != NULL;
}
