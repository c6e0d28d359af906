/* Reassignment: who is eligible, when to look, how often to act. What to do is the
 * policy's.
 *
 *   draft-deng section 8; RFC 5142 section 7; RFC 6463; PROTOCOL 4, 9
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "ha_internal.h"

#define MILLI UINT64_C(1000)
#define RATE_FLOOR_MHZ 100      /* an adaptive rate never stops trying */

/* ---- The view --------------------------------------------------------------------- */

static uint64_t draw(const mip6_view *view)
{
    mip6_ha *ha = view->random_state;
    return mip6_shared_random(ha->shared, ha->cookie, MIP6_RANDOM_DECISION,
                              ha->decision_draws++);
}

void mip6_ha_view(mip6_ha *ha, mip6_view *view)
{
    const mip6_ha_tuning *t = ha->tuning;
    *view = (mip6_view){
        .now_ns = ha->now_ns,
        .self = ha->config->global,
        .queue = mip6_ha_queue_wire(ha),
        .light = mip6_ha_light(ha),
        .mn_count = mip6_ha_count_wire(ha),
        .capacity_kbps = t->advertise_capacity ? ha->config->capacity_kbps : 0,
        .queue_bytes = mip6_ha_queue_bytes(ha),
        .light_bytes = mip6_muldiv((uint64_t)t->light_ppm, mip6_ha_reference_bytes(ha), 1000000),
        .queue_tau_ns = t->queue_signal == MIP6_SIGNAL_INSTANTANEOUS ? 0 : t->queue_tau_ns,
        .queue_is_rate = t->queue_signal == MIP6_SIGNAL_RATE,
        .mn_count_unit = (uint32_t)t->mn_count_unit,
        .n_peers = ha->n_peers,
        .peers = ha->peers,
        .config = ha->config->policy_config,
        .state = ha->policy_state,
        .random64 = draw,
        .random_state = ha,
    };
}

/* ---- Eligibility ------------------------------------------------------------------ */

/* RegTIMEOUT = MinRtrAdvInterval / QSI, within the profile's bounds. */
static int64_t reg_timeout_ns(const mip6_ha *ha)
{
    const mip6_ha_tuning *t = ha->tuning;
    int64_t floor_ns = t->reg_timeout_floor_ns ? t->reg_timeout_floor_ns
                                               : ha->config->ra_min_ns;
    if (ha->load.qsi == 0)
        return t->reg_timeout_max_ns > floor_ns ? t->reg_timeout_max_ns : floor_ns;
    int64_t ns = ha->config->ra_min_ns / ha->load.qsi;
    ns = ns < t->reg_timeout_max_ns ? ns : t->reg_timeout_max_ns;
    return ns > floor_ns ? ns : floor_ns;
}

/* How long a binding waits in an order: RegTIMEOUT; the dwell after a registration; and
 * where switches are forgotten, the spacing that keeps repeats at three a second. */
static int64_t wait_ns(const mip6_ha *ha, mip6_order order)
{
    int64_t ns = reg_timeout_ns(ha), least = 0;
    if (order == MIP6_ORDER_FRESH)
        least = ha->tuning->dwell_ra_intervals * ha->config->ra_min_ns;
    else if (!ha->tuning->resend)
        least = MIP6_WINDOW_TICKS * (INT64_C(1) << 20) / MIP6_WINDOW_MESSAGES + (1 << 20);
    return ns > least ? ns : least;
}

static int64_t eligible_at(const mip6_ha *ha, mip6_order order)
{
    const mip6_binding *b = ha->order[order].first;
    return b ? b->since_ns + wait_ns(ha, order) : MIP6_NEVER;
}

static int64_t head_ns(const mip6_ha *ha)
{
    int64_t fresh = eligible_at(ha, MIP6_ORDER_FRESH);
    int64_t returned = eligible_at(ha, MIP6_ORDER_RETURNED);
    return fresh < returned ? fresh : returned;
}

/* The first eligible ones of both orders, by `since`. */
static uint32_t collect(mip6_ha *ha, mip6_binding *found[MIP6_MAX_CANDIDATES])
{
    mip6_binding *next[MIP6_N_ORDERS] = {NULL};
    int64_t until[MIP6_N_ORDERS] = {0};
    uint32_t n = 0;
    for (int o = MIP6_ORDER_FRESH; o < MIP6_N_ORDERS; o++) {
        next[o] = ha->order[o].first;
        until[o] = ha->now_ns - wait_ns(ha, (mip6_order)o);
    }
    while (n < MIP6_MAX_CANDIDATES) {
        int best = MIP6_ORDER_NONE;
        for (int o = MIP6_ORDER_FRESH; o < MIP6_N_ORDERS; o++)
            if (next[o] && next[o]->since_ns <= until[o] &&
                (best == MIP6_ORDER_NONE || next[o]->since_ns < next[best]->since_ns))
                best = o;
        if (best == MIP6_ORDER_NONE)
            break;
        found[n++] = next[best];
        next[best] = next[best]->next;
        ha->scanned++;
    }
    return n;
}

/* ---- Rate ------------------------------------------------------------------------- */

/* When the next switch may be started. RFC 5142 section 7. */
static int64_t token_ns(const mip6_ha *ha)
{
    if (ha->tuning->rate_limit == MIP6_RATE_UNLIMITED || ha->last_start_ns == INT64_MIN)
        return INT64_MIN;
    return ha->last_start_ns + (int64_t)(MILLI * (uint64_t)MIP6_SECOND_NS /
                                         (uint64_t)ha->rate_mhz);
}

void mip6_ha_switch_result(mip6_ha *ha, bool answered)
{
    if (ha->tuning->rate_limit == MIP6_RATE_ADAPTIVE) {
        int64_t first = ha->tuning->rate_per_s * 1000;
        int64_t most = ha->tuning->rate_max_per_s * 1000;
        most = most > first ? most : first;
        int64_t rate = answered ? ha->rate_mhz + 1000 : ha->rate_mhz / 2;
        rate = rate > RATE_FLOOR_MHZ ? rate : RATE_FLOOR_MHZ;
        ha->rate_mhz = rate < most ? rate : most;
    }
    mip6_ha_trigger(ha);
}

/* ---- Looks ------------------------------------------------------------------------ */

static bool may_look(const mip6_ha *ha)
{
    return ha->serving && !ha->leaving && ha->config->policy->look && !ha->config->legacy;
}

void mip6_ha_trigger(mip6_ha *ha)
{
    ha->look_ns = MIP6_NEVER;
    ha->look_pending = may_look(ha);
}

/* Nothing to do now: wake up when the head becomes eligible or a token comes. Where both
 * are there and the policy said no, only a change can make it say yes. */
void mip6_ha_look_schedule(mip6_ha *ha)
{
    int64_t head = head_ns(ha), token = token_ns(ha);
    int64_t at = head == MIP6_NEVER ? MIP6_NEVER : head > token ? head : token;
    ha->look_pending = false;
    ha->look_ns = at > ha->now_ns ? at : MIP6_NEVER;
}

static void trace_decision(mip6_ha *ha, const mip6_addr *home, const mip6_addr *target,
                           mip6_branch branch, bool repeated)
{
    mip6_decision d = {
        .branch = branch,
        .repeated = repeated,
        .own_queue = mip6_ha_queue_wire(ha),
        .own_count = mip6_ha_count_wire(ha),
        .information_age_ns = -1,
    };
    int i = mip6_ha_peer_of(ha, target);
    if (i >= 0 && ha->peers[i].has_load) {
        d.target_queue = ha->peers[i].queue;
        d.target_count = ha->peers[i].mn_count;
        d.information_age_ns = ha->now_ns - ha->peers[i].reported_at_ns;
    }
    mip6_trace trace = {.kind = MIP6_TRACE_DECISION, .now_ns = ha->now_ns,
                        .home = *home, .peer = *target, .decision = &d};
    mip6_shared_trace(ha->shared, ha->cookie, &trace);
}

/* The switch is out: where it is resent the binding waits outside the order for an
 * answer, else its timer starts again. */
static void take_out(mip6_ha *ha, mip6_binding *b, mip6_handoff *e)
{
    mip6_ha_order_remove(ha, b);
    if (!ha->tuning->resend)
        mip6_ha_order_append(ha, b, MIP6_ORDER_RETURNED);
    else if (!e->waiting)
        mip6_ha_handoff_wait(ha, e);
}

static void trace_fault(mip6_ha *ha, mip6_policy_fault fault, int64_t value)
{
    mip6_trace trace = {.kind = MIP6_TRACE_POLICY_FAULT, .now_ns = ha->now_ns,
                        .code = (uint8_t)fault, .value = value};
    mip6_shared_trace(ha->shared, ha->cookie, &trace);
}

/* A choice that something can be done about. A policy is code of others: what it names need
 * not be there. n_candidates: 0 where it chooses none. */
static bool names_a_move(mip6_ha *ha, const mip6_choice *c, uint32_t n_candidates)
{
    if (c->branch == MIP6_BRANCH_NONE)
        return false;
    if ((uint32_t)c->branch >= MIP6_N_BRANCHES)
        trace_fault(ha, MIP6_FAULT_BRANCH, (int64_t)c->branch);
    else if (c->peer >= ha->n_peers)
        trace_fault(ha, MIP6_FAULT_PEER, c->peer);
    else if (n_candidates > 0 && c->candidate >= n_candidates)
        trace_fault(ha, MIP6_FAULT_CANDIDATE, c->candidate);
    else if (!ha->peers[c->peer].has_load)
        trace_fault(ha, MIP6_FAULT_NO_LOAD, c->peer);
    else
        return true;
    return false;
}

static bool start_switch(mip6_ha *ha, mip6_binding *b, mip6_peer *peer, mip6_branch branch)
{
    mip6_handoff *e = mip6_ha_handoff(ha, &b->node.key);
    bool repeated = e != NULL;
    if (!repeated) {
        if (peer->blocked || mip6_ha_handoff_set(ha, &b->node.key, &peer->address, &e) != 0)
            return false;
        peer->sent_count++;
        peer->sent_rate += mip6_ha_rate(b, ha->now_ns);
    }
    ha->last_start_ns = ha->now_ns;
    trace_decision(ha, &e->node.key, &e->target->address, branch, repeated);
    take_out(ha, b, e);
    mip6_ha_push_switch(ha, e, &b->care_of);
    return true;
}

static bool ask(mip6_ha *ha)
{
    mip6_binding *found[MIP6_MAX_CANDIDATES];
    mip6_candidate candidates[MIP6_MAX_CANDIDATES];
    uint32_t n = collect(ha, found);
    if (n == 0)
        return false;
    for (uint32_t i = 0; i < n; i++)
        candidates[i] = (mip6_candidate){.home = found[i]->node.key,
                                         .rate = mip6_ha_rate(found[i], ha->now_ns),
                                         .since_ns = found[i]->since_ns};
    mip6_view view;
    mip6_ha_view(ha, &view);
    view.n_candidates = n;
    view.candidates = candidates;
    ha->looks++;
    mip6_choice c = ha->config->policy->look(&view);
    return names_a_move(ha, &c, n) &&
           start_switch(ha, found[c.candidate], &ha->peers[c.peer], c.branch);
}

bool mip6_ha_look(mip6_ha *ha)
{
    if (!ha->look_pending)
        return false;
    if (head_ns(ha) <= ha->now_ns && token_ns(ha) <= ha->now_ns && ask(ha))
        return true;
    mip6_ha_look_schedule(ha);
    return false;
}

/* ---- Because of a Binding Update -------------------------------------------------- */

void mip6_ha_repeat_switch(mip6_ha *ha, mip6_handoff *e, const mip6_addr *care_of,
                           mip6_branch branch)
{
    trace_decision(ha, &e->node.key, &e->target->address, branch, true);
    mip6_ha_push_switch(ha, e, care_of);
}

/* No handoff entry: the target is where the node is from the start, and nothing would ever
 * have to be repeated. */
bool mip6_ha_first_bu(mip6_ha *ha, const mip6_addr *home, mip6_addr *target)
{
    const mip6_policy *policy = ha->config->policy;
    if (!policy->first_bu || ha->config->legacy)
        return false;
    mip6_view view;
    mip6_ha_view(ha, &view);
    ha->looks++;
    mip6_choice c = policy->first_bu(&view);
    if (!names_a_move(ha, &c, 0) || ha->peers[c.peer].blocked)
        return false;
    *target = ha->peers[c.peer].address;
    trace_decision(ha, home, target, c.branch, false);
    ha->peers[c.peer].sent_count++;
    return true;
}
