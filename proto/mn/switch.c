/* A reassignment: the unsolicited DHAAD reply, and how the old agent is left.
 *
 *   draft-deng-mip6-ha-loadbalance-01 section 8; PROTOCOL 5
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "mn.h"

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
    if (reply->n != 1 || mip6_addr_is_multicast(reply->addresses) ||
        !mip6_addr_same_prefix(reply->addresses, &mn->config->home_prefix, 64) ||
        mip6_addr_equal(reply->addresses, &mn->home))
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

int mip6_mn_on_switch(mip6_mn *mn, const mip6_header *h, const mip6_dhaad *reply,
                      int64_t now_ns)
{
    mip6_drop cause = objection(mn, h, reply);
    if (cause != MIP6_DROP_NONE) {
        mip6_mn_trace(mn, MIP6_TRACE_MN_SWITCH_IGNORED, &h->src, (uint8_t)cause, 0, now_ns);
        return mip6_mn_ignore(mn, cause);
    }
    mip6_addr target = reply->addresses[0];
    if (under_way(mn->work, &target))
        return 0;
    mn_work *w = mip6_mn_get_work(mn);
    if (!w)
        return MIP6_ERR_NOMEM;      /* the agent sends it again */
    mip6_mn_trace(mn, MIP6_TRACE_MN_SWITCH, &target, 0, 0, now_ns);
    w->target = target;
    if (mn->config->handover == MIP6_HANDOVER_DEREGISTER) {
        mip6_mn_retry_stop(&w->reg.retry);
        mip6_mn_dhaad_stop(mn);
        w->searching = false;
        if (!w->target_waits) {
            mip6_mn_old_release(mn);
            deregister_old(mn, &mn->agent, now_ns);
        }
        w->target_waits = true;
    } else {
        set_aside(mn, now_ns);
        mip6_mn_register(mn, &target, now_ns);
    }
    return 0;
}

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
    mip6_mn_register(mn, &w->target, now_ns);
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

void mip6_mn_old_expire(mip6_mn *mn, int64_t now_ns)
{
    mn_work *w = mn->work;
    bool leaving = w->old.lifetime_units == 0;
    unsigned sends = leaving ? mn->config->deregister_retries + 1 : 0;
    if (now_ns >= w->old_until_ns)
        mip6_mn_old_release(mn);
    switch (mip6_mn_retry_due(&w->old.retry, mn->config->max_timeout_ns, sends, now_ns)) {
    case MN_DUE_NOT:
        break;
    case MN_DUE_SEND:
        mip6_mn_txn_send(mn, &w->old, now_ns);
        break;
    case MN_DUE_FAILED:
        mip6_mn_trace(mn, MIP6_TRACE_MN_TIMEOUT, &w->old.peer, 0, 0, now_ns);
        if (leaving)
            left(mn, now_ns);
        break;
    }
}
