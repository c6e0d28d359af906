/* A reassignment: the unsolicited DHAAD reply or the Home Agent Switch, and how the old agent
 * is left.
 *
 *   draft-deng-mip6-ha-loadbalance-01 section 8; RFC 5142 section 6; PROTOCOL 5, 10
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "mn.h"

/* An address that an agent of the home link may have. */
static bool may_be_agent(const mip6_mn *mn, const mip6_addr *a)
{
    return !mip6_addr_is_multicast(a) &&
           mip6_addr_same_prefix(a, &mn->config->home_prefix, 64) &&
           !mip6_addr_equal(a, &mn->home);
}

/* Why a switch is not followed; MIP6_DROP_NONE: it is. PROTOCOL 5. */
static mip6_drop objection(const mip6_mn *mn, const mip6_header *h, const mip6_dhaad *reply)
{
    if (mn->flags & MIP6_MN_UNMODIFIED)
        return MIP6_DROP_UNKNOWN_MESSAGE;   /* identifier 0 answers no request */
    if (mn->link != MN_LINK_FOREIGN || !mip6_mn_is(mn, MN_REGISTERED) ||
        !mip6_addr_equal(&h->src, &mn->agent))
        return MIP6_DROP_NOT_ACCEPTED;
    if (!mip6_addr_equal(&h->dst, &mn->care_of) || !h->has_final ||
        !mip6_addr_equal(&h->final, &mn->home))
        return MIP6_DROP_NOT_FOR_US;
    if (reply->n != 1 || !may_be_agent(mn, reply->addresses))
        return MIP6_DROP_BAD_VALUE;
    if (mip6_addr_equal(reply->addresses, &mn->agent))
        return MIP6_DROP_NOT_ACCEPTED;      /* we are there */
    return MIP6_DROP_NONE;
}

/* The same target again, while we are on our way to it: a resend. */
static bool under_way(const mn_work *w, const mip6_addr *target)
{
    if (!w)
        return false;
    if (w->target_waits)
        return mip6_addr_equal(&w->target, target);
    return w->reg.retry.active && mip6_addr_equal(&w->reg.peer, target);
}

/* What runs with the current agent goes on beside the registration elsewhere. */
static void set_aside(mip6_mn *mn, int64_t now_ns)
{
    mn_work *w = mn->work;
    bool refreshing =
        w->reg.retry.active && mip6_addr_equal(&w->reg.peer, &mn->agent);
    mip6_mn_retry_stop(&w->reg.retry);
    mip6_mn_dhaad_stop(mn);
    w->searching = false;
    if (refreshing)
        mip6_mn_keep(mn, now_ns);
}

static void deregister_old(mip6_mn *mn, const mip6_addr *peer, int64_t now_ns)
{
    mip6_addr old = *peer;
    mip6_mn_txn_start(mn, &mn->work->old, &old, 0, mn->config->initial_timeout_ns, now_ns);
}

/* First the old agent lets go, then on to w->target. */
static void let_go(mip6_mn *mn, int64_t now_ns)
{
    mn_work *w = mn->work;
    mip6_mn_retry_stop(&w->reg.retry);
    mip6_mn_dhaad_stop(mn);
    w->searching = false;
    if (!w->target_waits) {
        mip6_mn_old_release(mn);
        deregister_old(mn, &mn->agent, now_ns);
    }
    w->target_waits = true;
}

static int ignore_switch(mip6_mn *mn, const mip6_header *h, mip6_drop cause, int64_t now_ns)
{
    mip6_mn_trace(mn, MIP6_TRACE_MN_SWITCH_IGNORED, &h->src, (uint8_t)cause, 0, now_ns);
    return mip6_mn_ignore(mn, cause);
}

int mip6_mn_on_switch(mip6_mn *mn, const mip6_header *h, const mip6_dhaad *reply,
                      int64_t now_ns)
{
    mip6_drop cause = objection(mn, h, reply);
    if (cause != MIP6_DROP_NONE)
        return ignore_switch(mn, h, cause, now_ns);
    mip6_addr target = reply->addresses[0];
    if (under_way(mn->work, &target))
        return 0;
    mn_work *w = mip6_mn_get_work(mn);
    if (!w)
        return MIP6_ERR_NOMEM;      /* the agent sends it again */
    mip6_mn_trace(mn, MIP6_TRACE_MN_SWITCH, &target, 0, 0, now_ns);
    w->target = target;
    w->told = true;
    if (mn->config->handover == MIP6_HANDOVER_DEREGISTER) {
        let_go(mn, now_ns);
    } else {
        set_aside(mn, now_ns);
        mip6_mn_register(mn, &target, now_ns);
    }
    return 0;
}

/* ---- RFC 5142 ---------------------------------------------------------------------- */

static bool from_current(const mip6_mn *mn, const mip6_header *h)
{
    return mip6_mn_is(mn, MN_REGISTERED) && mip6_addr_equal(&h->src, &mn->agent);
}

/* An agent of the home link that names itself, and nobody else, takes a node over. */
static bool takes_over(const mip6_mn *mn, const mip6_header *h, const mip6_has *has)
{
    return !from_current(mn, h) && may_be_agent(mn, &h->src) && has->n == 1 &&
           mip6_addr_equal(&has->addresses[0], &h->src);
}

/* The first address of the list that is one of the home link's other agents (RFC 5142 6.2:
 * one of another link would need another home address). Without a list: unspecified. */
static mip6_drop choose(const mip6_mn *mn, const mip6_has *has, mip6_addr *target)
{
    *target = (mip6_addr){{0}};
    for (unsigned i = 0; i < has->n; i++) {
        const mip6_addr *a = &has->addresses[i];
        if (may_be_agent(mn, a) && !mip6_addr_equal(a, &mn->agent)) {
            *target = *a;
            return MIP6_DROP_NONE;
        }
    }
    return has->n > 0 ? MIP6_DROP_BAD_VALUE : MIP6_DROP_NONE;
}

/* Two agents that send a node to each other would keep it moving: it does not go back to an
 * agent that it was told to leave a moment ago. */
static bool goes_round(const mn_work *w, const mip6_addr *target)
{
    return w && w->left_until_ns != MIP6_NEVER && mip6_addr_equal(&w->left, target);
}

static mip6_drop objection_to_has(const mip6_mn *mn, const mip6_header *h, const mip6_has *has,
                                  mip6_addr *target)
{
    if (mn->link != MN_LINK_FOREIGN || mip6_mn_is(mn, MN_ABANDONED))
        return MIP6_DROP_NOT_ACCEPTED;
    if (!mip6_addr_equal(&h->dst, &mn->care_of) || !h->has_final)
        return MIP6_DROP_NOT_FOR_US;
    mip6_drop cause = MIP6_DROP_NONE;
    if (from_current(mn, h))
        cause = choose(mn, has, target);
    else if (takes_over(mn, h, has))
        *target = h->src;
    else
        return MIP6_DROP_NOT_ACCEPTED;
    if (cause == MIP6_DROP_NONE && goes_round(mn->work, target))
        return MIP6_DROP_NOT_ACCEPTED;
    return cause;
}

static void note_left(mip6_mn *mn, int64_t now_ns)
{
    if (!mip6_mn_is(mn, MN_REGISTERED) || mn->config->old_agent_ns == 0)
        return;
    mn->work->left = mn->agent;
    mn->work->left_until_ns = now_ns + mn->config->old_agent_ns;
}

/* A node that makes first uses what time it is given; else the deregistration is the answer. */
static void follow(mip6_mn *mn, const mip6_has *has, bool current, int64_t now_ns)
{
    mn_work *w = mn->work;
    bool soft = mn->config->handover == MIP6_HANDOVER_YIELD && has->has_refresh &&
                has->refresh_units > 0 && !mip6_addr_is_unspecified(&w->target);
    if (current && !soft) {
        let_go(mn, now_ns);
        return;
    }
    w->target_waits = false;
    set_aside(mn, now_ns);
    mip6_mn_register(mn, &w->target, now_ns);
    if (current)
        w->leave_by_ns =
            now_ns + (int64_t)has->refresh_units * MIP6_LIFETIME_UNIT_S * MIP6_SECOND_NS;
}

int mip6_mn_on_has(mip6_mn *mn, const mip6_header *h, const mip6_has *has, int64_t now_ns)
{
    mip6_addr target;
    if (!(mn->flags & MIP6_MN_HOME_AGENT_SWITCH)) {
        mip6_mn_unknown_type(mn, h, now_ns);
        return ignore_switch(mn, h, MIP6_DROP_UNKNOWN_MESSAGE, now_ns);
    }
    mip6_drop cause = objection_to_has(mn, h, has, &target);
    if (cause != MIP6_DROP_NONE)
        return ignore_switch(mn, h, cause, now_ns);
    if (under_way(mn->work, &target))
        return 0;
    mn_work *w = mip6_mn_get_work(mn);
    if (!w)
        return MIP6_ERR_NOMEM;      /* the agent sends it again */
    mip6_mn_trace(mn, MIP6_TRACE_MN_SWITCH, &target, 0, 0, now_ns);
    bool current = from_current(mn, h);
    w->target = target;
    w->told |= !mip6_addr_is_unspecified(&target);
    note_left(mn, now_ns);
    follow(mn, has, current, now_ns);
    return 0;
}

/* The time that a soft move was given is over: the old agent lets go. */
static void time_is_up(mip6_mn *mn, int64_t now_ns)
{
    mn_work *w = mn->work;
    w->leave_by_ns = MIP6_NEVER;
    if (mip6_mn_is(mn, MN_REGISTERED) && !mip6_addr_equal(&mn->agent, &w->target) &&
        w->reg.retry.active && mip6_addr_equal(&w->reg.peer, &w->target))
        let_go(mn, now_ns);
}

/* ---- The old agent ------------------------------------------------------------------ */

void mip6_mn_old_release(mip6_mn *mn)
{
    mn_work *w = mn->work;
    if (w->old_until_ns == MIP6_NEVER)
        return;
    w->old_until_ns = MIP6_NEVER;
    w->gone_pending = true;
    w->gone = w->old.peer;
}

void mip6_mn_switch_done(mip6_mn *mn, int64_t now_ns)
{
    mn_work *w = mn->work;
    mip6_addr old = mn->agent;
    mip6_mn_retry_stop(&w->old.retry);
    mip6_mn_old_release(mn);
    mip6_mn_set_agent(mn, &w->reg.peer);
    if (mn->config->handover == MIP6_HANDOVER_YIELD) {
        w->old.peer = old;
        w->old_until_ns = now_ns + mn->config->old_agent_ns;
        deregister_old(mn, &old, now_ns);
    } else {
        w->gone = old;
        w->gone_pending = true;
    }
}

/* The old agent has let go, or nobody answers there: on to the new one. */
static void left(mip6_mn *mn, int64_t now_ns)
{
    mn_work *w = mn->work;
    mip6_mn_retry_stop(&w->old.retry);
    if (!w->target_waits)
        return;
    w->target_waits = false;
    if (mip6_mn_is(mn, MN_REGISTERED))
        mip6_mn_unregister(mn);
    if (!mip6_addr_is_unspecified(&w->target)) {
        mip6_mn_register(mn, &w->target, now_ns);
        return;
    }
    w->avoid = mn->agent;
    mip6_mn_set_agent(mn, &(mip6_addr){{0}});
    mip6_mn_dhaad_start(mn, now_ns);
}

void mip6_mn_on_old_ba(mip6_mn *mn, const mip6_ba *ba, int64_t sent_ns, int64_t now_ns)
{
    (void)sent_ns;
    bool done = ba->status < MIP6_STATUS_UNSPECIFIED ||
                ba->status == MIP6_STATUS_NOT_HOME_AGENT;
    mip6_mn_trace(mn, done ? MIP6_TRACE_MN_DEREGISTERED : MIP6_TRACE_MN_REFUSED,
                  &mn->work->old.peer, ba->status, 0, now_ns);
    if (done)
        left(mn, now_ns);   /* other refusals: the schedule, then on without it */
}

void mip6_mn_old_failed(mip6_mn *mn, int64_t now_ns)
{
    mip6_mn_trace(mn, MIP6_TRACE_MN_TIMEOUT, &mn->work->old.peer, 0, 0, now_ns);
    if (mn->work->old.lifetime_units == 0)
        left(mn, now_ns);
}

void mip6_mn_old_expire(mip6_mn *mn, int64_t now_ns)
{
    mn_work *w = mn->work;
    bool leaving = w->old.lifetime_units == 0;
    unsigned sends = leaving ? mn->config->deregister_retries + 1 : 0;
    if (now_ns >= w->leave_by_ns)
        time_is_up(mn, now_ns);
    if (now_ns >= w->old_until_ns)
        mip6_mn_old_release(mn);
    switch (mip6_mn_retry_due(&w->old.retry, mn->config->max_timeout_ns, sends, now_ns)) {
    case MN_DUE_NOT:
        break;
    case MN_DUE_SEND:
        mip6_mn_txn_send(mn, &w->old, now_ns);
        break;
    case MN_DUE_FAILED:
        mip6_mn_old_failed(mn, now_ns);
        break;
    }
}

/* ---- The host's own hand ------------------------------------------------------------------ */

static bool is_busy(const mn_work *w)
{
    return w && (w->reg.retry.active || w->old.retry.active || w->target_waits ||
                 w->dhaad_phase != MN_DHAAD_IDLE);
}

int mip6_mn_assign(mip6_mn *mn, const mip6_addr *agent, int64_t now_ns)
{
    mip6_addr old = mn->agent;
    if (mn->link != MN_LINK_FOREIGN || !mip6_mn_is(mn, MN_REGISTERED) || is_busy(mn->work) ||
        mip6_addr_equal(&old, agent))
        return MIP6_ERR_IGNORED;
    mn_work *w = mip6_mn_get_work(mn);
    if (!w)
        return MIP6_ERR_NOMEM;
    mip6_mn_trace(mn, MIP6_TRACE_MN_SWITCH, agent, 0, 0, now_ns);
    mip6_mn_old_release(mn);
    mip6_mn_set_agent(mn, agent);
    w->old.peer = old;
    w->old_until_ns = now_ns + mn->config->old_agent_ns;
    mn->pend |= MN_PEND_TUNNEL_SET;
    mip6_mn_trace(mn, MIP6_TRACE_MN_REGISTERED, agent, 0,
                  (mn->expires_ns - now_ns) / MIP6_SECOND_NS, now_ns);
    mip6_mn_settle(mn);
    return 0;
}
