/* Binding Updates: tests in the order of the RFC, registration, deregistration.
 *
 *   RFC 6275 sections 9.5.1, 9.5.4, 10.3.1, 10.3.2; RFC 6463; PROTOCOL 6, 9
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "ha_internal.h"

/* A Binding Update with what its packet says about it. */
typedef struct request {
    mip6_addr home;
    mip6_addr source;
    mip6_addr care_of;
    bool has_home;          /* a Home Address option was there */
    mip6_lladdr lladdr;     /* of the frame */
    const mip6_bu *bu;
} request;

/* ---- Answers ---------------------------------------------------------------------- */

static mip6_intent *push_ba(mip6_ha *ha, const request *r, uint8_t status, uint16_t sequence,
                            uint16_t lifetime_units)
{
    mip6_intent *i = mip6_ha_push(ha, MIP6_ACTION_SEND, MIP6_MSG_BA);
    i->dst = r->source;
    i->home = r->home;
    i->routing_header = r->has_home;
    i->code = status;
    i->sequence = sequence;
    i->lifetime_units = lifetime_units;
    /* A node back home does not answer for its address yet: 10.3.2. */
    i->has_lladdr = mip6_addr_equal(&r->source, &r->home) && !mip6_lladdr_is_zero(&r->lladdr);
    i->lladdr = r->lladdr;
    return i;
}

/* To the Source Address of the update (9.5.4), at most three a second: by the binding
 * where there is one. NULL: not now, or not before others know. */
static mip6_intent *answer(mip6_ha *ha, const request *r, mip6_binding *b, uint8_t status,
                           uint16_t sequence, uint16_t lifetime_units)
{
    bool allowed = b ? mip6_window_take(b->ba_sent, &b->ba_n, ha->now_ns)
                     : mip6_ha_limit(ha, &r->home, MIP6_MSG_BA);
    if (!allowed) {
        mip6_ha_drop(ha, MIP6_DROP_RATE_LIMITED, 0);
        return NULL;
    }
    mip6_intent *ba = push_ba(ha, r, status, sequence, lifetime_units);
    if (status >= MIP6_STATUS_UNSPECIFIED || !mip6_ha_holds_back(ha, &r->home))
        return ba;
    mip6_ha_hold_back(ha, ba);
    ha->ring_tail--;
    return NULL;
}

static int refuse(mip6_ha *ha, const request *r, mip6_binding *b, uint8_t status,
                  uint16_t sequence)
{
    mip6_ha_trace(ha, MIP6_TRACE_BINDING_REFUSED, status, sequence, &r->home, &r->care_of);
    answer(ha, r, b, status, sequence, 0);
    return 0;
}

/* After DAD the update is no longer at hand: its care-of address stands for its
 * source, from which it differs only where an alternate care-of address was given. */
void mip6_ha_acknowledge(mip6_ha *ha, mip6_binding *b, uint8_t status)
{
    request r = {.home = b->node.key, .source = b->care_of, .care_of = b->care_of,
                 .has_home = true};
    answer(ha, &r, b, status, b->sequence,
           status < MIP6_STATUS_UNSPECIFIED ? b->lifetime_units : 0);
}

/* Lifetimes compare in units of 4 s: 10.3.1. */
uint8_t mip6_ha_accepted_status(const mip6_ha *ha, const mip6_binding *b)
{
    int64_t prefix_units = ha->config->prefix_valid_s / MIP6_LIFETIME_UNIT_S;
    bool infinite = ha->config->prefix_valid_s >= UINT32_MAX;
    return !infinite && b->lifetime_units >= prefix_units ? MIP6_STATUS_PREFIX_DISCOVERY
                                                          : MIP6_STATUS_ACCEPTED;
}

static uint16_t granted_units(const mip6_ha *ha, const request *r)
{
    int64_t units = r->bu->lifetime_units;
    int64_t most = ha->config->max_lifetime_s / MIP6_LIFETIME_UNIT_S;
    int64_t prefix = ha->config->prefix_valid_s / MIP6_LIFETIME_UNIT_S;
    units = units < most ? units : most;
    return (uint16_t)(units < prefix ? units : prefix);
}

/* ---- Deregistration --------------------------------------------------------------- */

/* With the entry of a move that lives, *yield* keeps forwarding (PROTOCOL 5); otherwise
 * the entry stays for its sequence number alone (10.3.2). */
static void part(mip6_ha *ha, const request *r, mip6_binding *b, mip6_handoff *e, bool home)
{
    bool drains = e && !home && ha->tuning->handover == MIP6_HANDOVER_YIELD;
    b->sequence = r->bu->sequence;
    if (b->state == MIP6_BINDING_DRAINING && !home)
        return;
    if (b->state == MIP6_BINDING_VALID)
        mip6_ha_tell(ha, b, MIP6_SYNC_GONE);
    if (b->state == MIP6_BINDING_VALID && drains) {
        mip6_ha_trace(ha, MIP6_TRACE_BINDING_DRAINING, 0, 0, &b->node.key, &e->target->address);
        mip6_ha_binding_retire(ha, b, MIP6_BINDING_DRAINING);
        return;
    }
    mip6_ha_trace(ha, MIP6_TRACE_BINDING_GONE, MIP6_GONE_DEREGISTERED, 0, &b->node.key,
                  &b->care_of);
    mip6_ha_binding_retire(ha, b, MIP6_BINDING_DELETED);
}

static int deregister(mip6_ha *ha, const request *r, mip6_binding *b)
{
    bool home = mip6_addr_equal(&r->care_of, &r->home);
    mip6_handoff *e = mip6_ha_handoff(ha, &r->home);
    if (e)
        mip6_ha_handoff_answered(ha, e);
    if (e && home) {
        mip6_ha_handoff_clear(ha, e, MIP6_HANDOFF_RETURNED);
        e = NULL;
    }
    if (!b || b->state == MIP6_BINDING_DELETED)
        return refuse(ha, r, b, MIP6_STATUS_NOT_HOME_AGENT, r->bu->sequence);
    part(ha, r, b, e, home);
    if (home && !mip6_lladdr_is_zero(&r->lladdr) && mip6_addr_equal(&r->source, &r->home))
        mip6_ha_neighbour_learn(ha, &r->home, &r->lladdr);
    answer(ha, r, b, MIP6_STATUS_ACCEPTED, r->bu->sequence, 0);
    return 0;
}

/* ---- Registration ----------------------------------------------------------------- */

static void refresh(mip6_ha *ha, const request *r, mip6_binding *b)
{
    bool moved = !mip6_addr_equal(&b->care_of, &r->care_of);
    b->sequence = r->bu->sequence;
    b->care_of = r->care_of;
    b->lifetime_units = granted_units(ha, r);
    mip6_ha_binding_set_expiry(ha, b, ha->now_ns + (int64_t)b->lifetime_units *
                                                       MIP6_LIFETIME_UNIT_S * MIP6_SECOND_NS);
    if (moved)
        mip6_ha_push_addr(ha, MIP6_ACTION_TUNNEL_SET, &r->home, &r->care_of);
    /* The node was elsewhere in between and has come back (*register at once* leaves the
     * old binding): neighbours must learn it anew, 10.4.1. */
    if (b->overridden)
        mip6_ha_push_override_na(ha, &r->home);
    b->overridden = false;
    mip6_ha_trace(ha, MIP6_TRACE_BINDING_REFRESHED, 0, b->sequence, &r->home, &r->care_of);
    mip6_ha_tell(ha, b, MIP6_SYNC_REFRESH);
    answer(ha, r, b, mip6_ha_accepted_status(ha, b), b->sequence, b->lifetime_units);
    mip6_handoff *e = mip6_ha_handoff(ha, &r->home);
    if (e && mip6_ha_takes_over(ha, e))
        mip6_ha_taken(ha, e);
    else if (e)
        mip6_ha_repeat_switch(ha, e, &r->care_of, MIP6_BRANCH_NONE);
    mip6_ha_trigger(ha);
}

/* A retransmission during DAD: one acknowledgement will come, for the newest number. */
static void update_tentative(mip6_ha *ha, const request *r, mip6_binding *b)
{
    b->sequence = r->bu->sequence;
    b->care_of = r->care_of;
    b->lifetime_units = granted_units(ha, r);
}

/* Is it for the policy to say where this first update is served? A binding that drains is one
 * that is here; of a deleted one nothing is but its sequence number. Who cannot be redirected
 * is served where it arrives. */
static bool is_redirected(mip6_ha *ha, const request *r, const mip6_binding *b, mip6_addr *target)
{
    return r->bu->opt.redirect_capable && (!b || b->state == MIP6_BINDING_DELETED) &&
           mip6_ha_first_bu(ha, &r->home, target);
}

/* RFC 6463 has the session made at the target first and says success; here the node asks
 * there itself, and nothing of it is kept. */
static int redirect(mip6_ha *ha, const request *r, mip6_binding *b, const mip6_addr *target)
{
    mip6_intent *ba = answer(ha, r, b, MIP6_STATUS_PROHIBITED, r->bu->sequence, 0);
    if (ba)
        ba->peer = *target;
    return 0;
}

/* No binding serves this address here: the first registration, or a return. */
static int first_registration(mip6_ha *ha, const request *r, mip6_binding *b)
{
    uint16_t sequence = r->bu->sequence;
    mip6_addr target;
    if (is_redirected(ha, r, b, &target))
        return redirect(ha, r, b, &target);
    if (ha->config->max_bindings != 0 &&
        ha->mn_count + ha->tentative >= ha->config->max_bindings)
        return refuse(ha, r, b, MIP6_STATUS_RESOURCES, sequence);
    if (!b)
        b = mip6_ha_binding_create(ha, &r->home);
    if (!b)
        return mip6_ha_drop(ha, MIP6_DROP_NO_MEMORY, MIP6_ERR_NOMEM);
    b->link_local = r->bu->flags & MIP6_BU_LINK_LOCAL;
    update_tentative(ha, r, b);
    mip6_ha_dad_start(ha, b);
    return 0;
}

static bool serves(const mip6_binding *b)
{
    return b && (b->state == MIP6_BINDING_VALID || b->state == MIP6_BINDING_TENTATIVE);
}

static int register_home(mip6_ha *ha, const request *r, mip6_binding *b)
{
    uint16_t sequence = r->bu->sequence;
    if (!mip6_ha_on_home_link(ha, &r->home))
        return refuse(ha, r, b, MIP6_STATUS_NOT_HOME_SUBNET, sequence);
    /* A node on its home link is not away, and a tunnel there could be a loop. What is no
     * unicast address at all the decoder has discarded (6.1.7). */
    if (mip6_ha_on_home_link(ha, &r->care_of))
        return refuse(ha, r, b, MIP6_STATUS_BAD_COA, sequence);
    if (ha->leaving && mip6_ha_leave_refuses(ha, &r->home, b))
        return refuse(ha, r, b, MIP6_STATUS_PROHIBITED, sequence);
    /* An agent's own address is not for registration. */
    if (mip6_addr_equal(&r->home, &ha->config->global) ||
        mip6_addr_equal(&r->home, &ha->anycast) || mip6_ha_peer_of(ha, &r->home) >= 0)
        return refuse(ha, r, b, MIP6_STATUS_PROHIBITED, sequence);
    if (!serves(b)) {
        mip6_handoff *e = mip6_ha_handoff(ha, &r->home);
        if (e && mip6_ha_takes_over(ha, e)) {
            mip6_ha_taken(ha, e);
            e = NULL;
        }
        if (!e)
            return first_registration(ha, r, b);
        refuse(ha, r, b, MIP6_STATUS_PROHIBITED, sequence);
        mip6_ha_repeat_switch(ha, e, &r->care_of, MIP6_BRANCH_FIRST_BU);
        return 0;
    }
    if (b->state == MIP6_BINDING_TENTATIVE)
        update_tentative(ha, r, b);
    else
        refresh(ha, r, b);
    return 0;
}

/* ---- Validation ------------------------------------------------------------------- */

/* Less or equal: the last number and the 32768 before it. 9.5.1. */
static bool is_stale(uint16_t last, uint16_t sequence)
{
    return (uint16_t)(last - sequence) <= 32768;
}

static request read_request(const mip6_rx *rx, const mip6_header *h, const mip6_bu *bu)
{
    return (request){
        .home = *mip6_header_source(h),
        .source = h->src,
        .care_of = bu->opt.has_alt_coa ? bu->opt.alt_coa : h->src,
        .has_home = h->has_home,
        .lladdr = rx->src,
        .bu = bu,
    };
}

/* What 9.5.1 discards in silence. */
static mip6_drop invalid(const mip6_ha *ha, const mip6_header *h, const request *r, bool deletes)
{
    if (!mip6_addr_equal(&h->dst, &ha->config->global))
        return MIP6_DROP_NOT_FOR_US;
    if (!mip6_ha_routable(&r->home) || !mip6_ha_routable(&h->src))
        return MIP6_DROP_BAD_VALUE;
    if ((r->bu->flags & MIP6_BU_HOME) && r->bu->opt.has_nonces)
        return MIP6_DROP_BAD_VALUE;
    /* 10.3.1: a registration needs the Home Address option; a deregistration does not. */
    if (!deletes && !r->has_home)
        return MIP6_DROP_NOT_ACCEPTED;
    return MIP6_DROP_NONE;
}

int mip6_ha_on_bu(mip6_ha *ha, const mip6_rx *rx, const mip6_header *h, const mip6_bu *bu)
{
    request r = read_request(rx, h, bu);
    bool deletes = bu->lifetime_units == 0 || mip6_addr_equal(&r.care_of, &r.home);
    mip6_drop cause = invalid(ha, h, &r, deletes);
    if (cause != MIP6_DROP_NONE)
        return mip6_ha_drop(ha, cause, MIP6_ERR_IGNORED);
    mip6_binding *b = mip6_ha_binding(ha, &r.home);
    if (!(bu->flags & MIP6_BU_HOME)) {
        /* An agent is no correspondent: it has no nonces to check these by. */
        if (!b || b->state == MIP6_BINDING_DELETED)
            return mip6_ha_drop(ha, MIP6_DROP_NOT_ACCEPTED, MIP6_ERR_IGNORED);
        return refuse(ha, &r, b, MIP6_STATUS_TYPE_CHANGE, bu->sequence);
    }
    if (b && is_stale(b->sequence, bu->sequence)) {
        mip6_ha_drop(ha, MIP6_DROP_STALE_SEQUENCE, 0);
        return refuse(ha, &r, b, MIP6_STATUS_SEQUENCE, b->sequence);
    }
    return deletes ? deregister(ha, &r, b) : register_home(ha, &r, b);
}
