/* Home registration: what is sent, and what each answer means.
 *
 *   RFC 6275 sections 11.7.1, 11.7.3 and 6.1.8; PROTOCOL 2
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "mn.h"

static uint16_t lifetime_units(const mip6_mn *mn)
{
    uint32_t units = mn->config->lifetime_s / MIP6_LIFETIME_UNIT_S;
    return units > UINT16_MAX ? UINT16_MAX : (uint16_t)units;
}

/* A first registration leaves the agent time for DAD. RFC 6275 section 11.8. */
static int64_t first_timeout(const mip6_mn *mn, const mip6_addr *agent)
{
    bool bound = mip6_mn_is(mn, MN_REGISTERED) && mip6_addr_equal(agent, &mn->agent);
    return bound ? mn->config->initial_timeout_ns : mn->config->first_timeout_ns;
}

void mip6_mn_register(mip6_mn *mn, const mip6_addr *agent, int64_t now_ns)
{
    mip6_addr peer = *agent;    /* may lie in the transaction itself */
    mip6_mn_txn_start(mn, &mn->work->reg, &peer, lifetime_units(mn),
                      first_timeout(mn, &peer), now_ns);
    mn->work->reg.redirectable = mip6_mn_redirectable(mn, &peer);
}

void mip6_mn_keep(mip6_mn *mn, int64_t now_ns)
{
    mn_work *w = mn->work;
    if (!mip6_mn_is(mn, MN_REGISTERED))
        return;
    if (w->old.retry.active && !mip6_addr_equal(&w->old.peer, &mn->agent)) {
        mn->refresh_ns = now_ns + mn->config->initial_timeout_ns;
        return;
    }
    mip6_mn_old_release(mn);
    mip6_mn_txn_start(mn, &w->old, &mn->agent, lifetime_units(mn),
                      mn->config->initial_timeout_ns, now_ns);
}

void mip6_mn_unregister(mip6_mn *mn)
{
    mn->state &= (uint8_t)~(MN_REGISTERED | MN_KNOWN);
    mn->expires_ns = MIP6_NEVER;
    mn->refresh_ns = MIP6_NEVER;
    mn->pend &= (uint8_t)~(MN_PEND_TUNNEL_SET | MN_PEND_ANSWER | MN_PEND_ERROR);
    mn->pend |= MN_PEND_TUNNEL_GONE;
    mn->other = mn->agent;
    mip6_mn_ro_halt(mn);
}

/* RFC 6275 section 11.7.1: status 134 ends the use of the home address. */
static void abandon(mip6_mn *mn)
{
    mn_work *w = mn->work;
    if (mip6_mn_is(mn, MN_REGISTERED))
        mip6_mn_unregister(mn);
    mn->state |= MN_ABANDONED;
    mn->refresh_ns = MIP6_NEVER;
    mip6_mn_retry_stop(&w->old.retry);
    mip6_mn_old_release(mn);
    mip6_mn_dhaad_stop(mn);
    w->others_until_ns = MIP6_NEVER;    /* nothing more is sent */
    mip6_mn_ro_clear(mn);
}

/* The agent says that it has no binding of this node: 133 by RFC 6275, 129 by the
 * handoff table (PROTOCOL 6). */
static bool says_unbound(uint8_t status)
{
    return status == MIP6_STATUS_NOT_HOME_AGENT || status == MIP6_STATUS_PROHIBITED;
}

void mip6_mn_register_failed(mip6_mn *mn, uint8_t status, int64_t now_ns)
{
    mn_work *w = mn->work;
    bool was_current = mip6_addr_equal(&w->reg.peer, &mn->agent);
    mip6_mn_retry_stop(&w->reg.retry);
    if (status == MIP6_STATUS_DAD_FAILED && !mn->config->return_after_dad) {
        abandon(mn);
        return;
    }
    if (mip6_mn_is(mn, MN_REGISTERED) && !was_current && !w->searching)
        return;     /* a switch that failed: the old agent still serves */
    if (mip6_mn_is(mn, MN_REGISTERED) && says_unbound(status))
        mip6_mn_unregister(mn);
    w->avoid = w->reg.peer;
    if (status == MIP6_STATUS_DAD_FAILED && !was_current && !w->searching &&
        !mip6_addr_is_unspecified(&mn->agent)) {
        mip6_mn_register(mn, &mn->agent, now_ns);
        return;
    }
    if (!mip6_mn_is(mn, MN_REGISTERED))
        mip6_mn_set_agent(mn, &(mip6_addr){{0}});
    mip6_mn_next_agent(mn, status != 0, now_ns);
}

/* Times of the binding just granted. RFC 6275 section 11.7.3: the lifetime counts
 * from the Binding Update, and is never more than was asked for. */
static void granted(mip6_mn *mn, const mn_txn *txn, const mip6_ba *ba, int64_t sent_ns)
{
    int64_t units = ba->lifetime_units;
    if (units > txn->lifetime_units)
        units = txn->lifetime_units;
    int64_t lifetime_ns = units * MIP6_LIFETIME_UNIT_S * MIP6_SECOND_NS;
    int64_t refresh_ns = lifetime_ns / 1000000 * (int64_t)mn->config->refresh_ppm;
    if (ba->opt.has_refresh && ba->opt.refresh_units != 0) {
        int64_t advised_ns =
            (int64_t)ba->opt.refresh_units * MIP6_LIFETIME_UNIT_S * MIP6_SECOND_NS;
        if (advised_ns < refresh_ns)
            refresh_ns = advised_ns;
    }
    mn->expires_ns = sent_ns + lifetime_ns;
    mn->refresh_ns = sent_ns + refresh_ns;
}

static void registered(mip6_mn *mn, const mip6_ba *ba, int64_t sent_ns, int64_t now_ns)
{
    mn_work *w = mn->work;
    bool bound = mip6_mn_is(mn, MN_REGISTERED);
    bool same = bound && mip6_addr_equal(&w->reg.peer, &mn->agent);
    mip6_mn_retry_stop(&w->reg.retry);
    if (bound && !same)
        mip6_mn_switch_done(mn, now_ns);
    mip6_mn_set_agent(mn, &w->reg.peer);
    mn->state |= MN_REGISTERED | MN_KNOWN;
    granted(mn, &w->reg, ba, sent_ns);
    if (!same)
        mn->pend |= MN_PEND_TUNNEL_SET;
    w->told = false;
    mip6_mn_dhaad_stop(mn);
    mip6_mn_trace(mn, MIP6_TRACE_MN_REGISTERED, &mn->agent, same,
                  (mn->expires_ns - sent_ns) / MIP6_SECOND_NS, now_ns);
    mip6_mn_ro_kick(mn, now_ns);
}

/* Refusals that the same agent would repeat. The others may pass: the schedule of
 * retransmission goes on, and the next agent is at its end. PROTOCOL 2. */
static bool is_final(uint8_t status)
{
    switch (status) {
    case MIP6_STATUS_PROHIBITED:
    case MIP6_STATUS_RESOURCES:
    case MIP6_STATUS_NO_HOME_REGISTRATION:
    case MIP6_STATUS_NOT_HOME_SUBNET:
    case MIP6_STATUS_NOT_HOME_AGENT:
    case MIP6_STATUS_DAD_FAILED:
    case MIP6_STATUS_TYPE_CHANGE:
        return true;
    default:
        return false;
    }
}

static void refused(mip6_mn *mn, uint8_t status, int64_t now_ns)
{
    mip6_mn_trace(mn, MIP6_TRACE_MN_REFUSED, &mn->work->reg.peer, status, 0, now_ns);
    if (is_final(status))
        mip6_mn_register_failed(mn, status, now_ns);
}

/* Status 135: go on from the agent's number, where that is ahead of ours: the counter
 * never runs back. RFC 6275 section 11.7.3. */
static void resynchronise(mip6_mn *mn, mn_txn *txn, uint16_t sequence, int64_t now_ns)
{
    mip6_mn_trace(mn, MIP6_TRACE_MN_REFUSED, &txn->peer, MIP6_STATUS_SEQUENCE, sequence,
                  now_ns);
    if ((uint16_t)(sequence - mn->sequence) < 0x8000)
        mn->sequence = sequence;
    if (txn->resyncs >= MN_MAX_RESYNC)
        return;
    txn->resyncs++;
    txn->retry.sends = 0;       /* what was outstanding has been refused */
    mip6_mn_txn_send(mn, txn, now_ns);
}

static bool outstanding(const mn_txn *txn, const mip6_header *h, const mip6_ba *ba)
{
    if (!txn->retry.active || txn->retry.sends == 0 ||
        !mip6_addr_equal(&txn->peer, &h->src))
        return false;
    return ba->status == MIP6_STATUS_SEQUENCE ||
           (uint16_t)(ba->sequence - txn->first_seq) <=
               (uint16_t)(txn->last_seq - txn->first_seq);
}

/* RFC 6275 section 11.5.5: what the agent answers to a deregistration at home. */
static void home_answered(mip6_mn *mn, uint8_t status, int64_t now_ns)
{
    bool done = status < MIP6_STATUS_UNSPECIFIED || status == MIP6_STATUS_NOT_HOME_AGENT;
    mip6_mn_trace(mn, done ? MIP6_TRACE_MN_DEREGISTERED : MIP6_TRACE_MN_REFUSED,
                  &mn->work->reg.peer, status, 0, now_ns);
    if (done || is_final(status))
        mip6_mn_home_done(mn, now_ns);
}

static void reg_answered(mip6_mn *mn, const mip6_ba *ba, int64_t sent_ns, int64_t now_ns)
{
    if (ba->opt.has_redirect && mip6_mn_on_redirect(mn, ba, now_ns))
        return;
    if (mn->link == MN_LINK_HOME)
        home_answered(mn, ba->status, now_ns);
    else if (ba->status >= MIP6_STATUS_UNSPECIFIED)
        refused(mn, ba->status, now_ns);
    else if (ba->lifetime_units == 0)
        refused(mn, MIP6_STATUS_RESOURCES, now_ns);  /* a binding of no length is none */
    else
        registered(mn, ba, sent_ns, now_ns);
}

/* The acknowledgement of keeping the binding while a switch is under way. */
static void kept(mip6_mn *mn, const mip6_ba *ba, int64_t sent_ns, int64_t now_ns)
{
    mn_txn *old = &mn->work->old;
    if (ba->status < MIP6_STATUS_UNSPECIFIED) {
        mip6_mn_retry_stop(&old->retry);
        mn->state |= MN_KNOWN;
        granted(mn, old, ba, sent_ns);
        mip6_mn_trace(mn, MIP6_TRACE_MN_REGISTERED, &mn->agent, 1,
                      (mn->expires_ns - sent_ns) / MIP6_SECOND_NS, now_ns);
        mip6_mn_ro_kick(mn, now_ns);
    } else {
        mip6_mn_trace(mn, MIP6_TRACE_MN_REFUSED, &old->peer, ba->status, 0, now_ns);
        if (is_final(ba->status))
            mip6_mn_retry_stop(&old->retry);
        if (says_unbound(ba->status))
            mip6_mn_unregister(mn);
    }
}

int mip6_mn_on_ba(mip6_mn *mn, const mip6_header *h, const mip6_ba *ba, int64_t now_ns)
{
    mn_work *w = mn->work;
    mn_txn *txn = NULL;
    if (w && outstanding(&w->reg, h, ba))
        txn = &w->reg;
    else if (w && outstanding(&w->old, h, ba))
        txn = &w->old;
    if (!txn)
        return mip6_mn_ignore(mn, MIP6_DROP_NOT_ACCEPTED);
    int64_t sent_ns = ba->sequence == txn->last_seq ? txn->last_ns : txn->first_ns;
    if (ba->status == MIP6_STATUS_SEQUENCE)
        resynchronise(mn, txn, ba->sequence, now_ns);
    else if (txn == &w->reg)
        reg_answered(mn, ba, sent_ns, now_ns);
    else if (txn->lifetime_units != 0)
        kept(mn, ba, sent_ns, now_ns);
    else
        mip6_mn_on_old_ba(mn, ba, sent_ns, now_ns);
    return 0;
}
