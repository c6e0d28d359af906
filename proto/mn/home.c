/* Returning home, being there, leaving again.
 *
 *   RFC 6275 section 11.5.5; RFC 4861 section 7.2
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "mn.h"

/* RFC 4861 section 10. */
#define MAX_NEIGHBOR_ADVERTISEMENT 3
#define RETRANS_TIMER_NS MIP6_SECOND_NS

/* Where a binding of this node may be besides at `primary`: a registration that was
 * under way, or an old agent that has not let go. Unspecified: nowhere. */
static mip6_addr second_holder(const mn_work *w, const mip6_addr *primary)
{
    if (w->reg.retry.active && !mip6_addr_equal(&w->reg.peer, primary))
        return w->reg.peer;
    if (w->old.retry.active && !mip6_addr_equal(&w->old.peer, primary))
        return w->old.peer;
    return (mip6_addr){{0}};
}

/* RFC 6275 section 11.5.5: lifetime 0, from the home address, for the home address. */
static void deregister(mip6_mn *mn, int64_t now_ns)
{
    mn_work *w = mn->work;
    int64_t timeout_ns = mn->config->initial_timeout_ns;
    mip6_addr primary = mip6_mn_is(mn, MN_REGISTERED) ? mn->agent : w->reg.peer;
    mip6_addr second = second_holder(w, &primary);
    w->target_waits = false;
    mip6_mn_dhaad_stop(mn);
    mip6_mn_old_release(mn);
    mip6_mn_retry_stop(&w->old.retry);
    mip6_mn_txn_start(mn, &w->reg, &primary, 0, timeout_ns, now_ns);
    if (!mip6_addr_is_unspecified(&second))
        mip6_mn_txn_start(mn, &w->old, &second, 0, timeout_ns, now_ns);
}

void mip6_mn_home_announce(mip6_mn *mn, int64_t now_ns)
{
    mn->pend |= MN_PEND_NA;
    mn->na_left--;
    mn->refresh_ns = mn->na_left ? now_ns + RETRANS_TIMER_NS : MIP6_NEVER;
}

void mip6_mn_home_begin(mip6_mn *mn, int64_t now_ns)
{
    if (!mip6_mn_is(mn, MN_RETURNING)) {
        if (mn->na_left)
            mip6_mn_home_announce(mn, now_ns);
    } else if (mip6_mn_get_work(mn)) {
        deregister(mn, now_ns);
    } else {
        mn->refresh_ns = now_ns + MN_NOMEM_AGAIN_NS;
    }
}

void mip6_mn_home_done(mip6_mn *mn, int64_t now_ns)
{
    if (mn->work) {
        mip6_mn_retry_stop(&mn->work->reg.retry);
        mn->work->told = false;
    }
    if (mip6_mn_is(mn, MN_REGISTERED))
        mip6_mn_unregister(mn);
    mn->state &= (uint8_t)~MN_RETURNING;
    mn->na_left = MAX_NEIGHBOR_ADVERTISEMENT;
    mip6_mn_home_announce(mn, now_ns);
    mip6_mn_ro_home(mn, now_ns);
}

void mip6_mn_home_leave(mip6_mn *mn)
{
    mn->state &= (uint8_t)~(MN_AT_HOME | MN_RETURNING);
    mn->pend &= (uint8_t)~(MN_PEND_JOIN | MN_PEND_NA | MN_PEND_ANSWER);
    mn->pend |= MN_PEND_LEAVE;
    mn->na_left = 0;
    mn->refresh_ns = MIP6_NEVER;
    if (mn->work) {
        mip6_mn_retry_stop(&mn->work->reg.retry);
        mip6_mn_retry_stop(&mn->work->old.retry);
    }
    mip6_mn_ro_leave(mn);
}

void mip6_mn_attached_home(mip6_mn *mn, const mip6_lladdr *ll, int64_t now_ns)
{
    bool was_here = mip6_mn_is(mn, MN_AT_HOME);
    mn->link = MN_LINK_HOME;
    mn->ll = *ll;
    mn->care_of = mn->home;
    mn->state = (uint8_t)((mn->state | MN_AT_HOME) & ~MN_ABANDONED);
    if (!was_here) {
        mn->pend &= (uint8_t)~MN_PEND_LEAVE;
        mn->pend |= MN_PEND_JOIN;
        mip6_mn_ro_halt(mn);
    }
    if (mip6_mn_is(mn, MN_REGISTERED) && now_ns >= mn->expires_ns) {
        mip6_mn_trace(mn, MIP6_TRACE_MN_EXPIRED, &mn->agent, 0, 0, now_ns);
        mip6_mn_unregister(mn);
    }
    bool may_be_bound = mip6_mn_is(mn, MN_REGISTERED) ||
                        (mn->work && mn->work->reg.retry.active);
    if (may_be_bound) {
        mn->state |= MN_RETURNING;
        mip6_mn_home_begin(mn, now_ns);
    } else {
        mip6_mn_home_done(mn, now_ns);
    }
    mip6_mn_settle(mn);
}

/* Asked while DAD probes, too: a node that holds an address says so. The answer is
 * built at the next poll; a second question before it replaces the first. */
int mip6_mn_on_ns(mip6_mn *mn, const mip6_rx *rx, const mip6_header *h, const mip6_nd *ns)
{
    if (mn->link != MN_LINK_HOME || !mip6_addr_equal(&ns->target, &mn->home))
        return mip6_mn_ignore(mn, MIP6_DROP_NOT_FOR_US);
    if (mn->pend & MN_PEND_TUNNEL_GONE)
        return mip6_mn_ignore(mn, MIP6_DROP_NOT_ACCEPTED);
    mn->other = h->src;
    mn->asker_ll = rx->src;
    mn->pend |= MN_PEND_ANSWER;
    mn->pend &= (uint8_t)~MN_PEND_ERROR;    /* one asker at a time */
    return 0;
}

/* To all nodes, or solicited to the one that asked: RFC 4861 section 7.2.4. */
static void advertise(const mip6_mn *mn, const mip6_addr *asker, mip6_action *action,
                      uint8_t *buf, size_t cap)
{
    bool solicited = asker && !mip6_addr_is_unspecified(asker);
    mip6_header h = {.src = mn->home, .hop_limit = 255};
    mip6_message m = {.kind = MIP6_MSG_NA};
    h.dst = solicited ? *asker : mip6_addr_all_nodes();
    m.u.nd.target = mn->home;
    m.u.nd.solicited = solicited;
    m.u.nd.override = true;
    m.u.nd.has_lladdr = true;
    m.u.nd.lladdr = mn->ll;
    int len = mip6_encode(buf, cap, &h, &m);
    assert(len > 0);
    action->kind = MIP6_ACTION_SEND;
    action->message = MIP6_MSG_NA;
    action->len = (uint32_t)len;
    action->has_lladdr = true;
    action->dst = solicited ? mn->asker_ll : mip6_lladdr_multicast(&h.dst);
}

bool mip6_mn_home_poll(mip6_mn *mn, mip6_action *action, uint8_t *buf, size_t cap)
{
    if (mn->pend & (MN_PEND_LEAVE | MN_PEND_JOIN)) {
        bool leave = (mn->pend & MN_PEND_LEAVE) != 0;
        mn->pend &= (uint8_t)~(leave ? MN_PEND_LEAVE : MN_PEND_JOIN);
        action->kind = leave ? MIP6_ACTION_LEAVE : MIP6_ACTION_JOIN;
        action->addr = mip6_addr_solicited_node(&mn->home);
        return true;
    }
    if (mn->link != MN_LINK_HOME)
        return false;
    if (mn->pend & MN_PEND_ANSWER) {
        mn->pend &= (uint8_t)~MN_PEND_ANSWER;
        advertise(mn, &mn->other, action, buf, cap);
        return true;
    }
    if (mn->pend & MN_PEND_NA) {
        mn->pend &= (uint8_t)~MN_PEND_NA;
        advertise(mn, NULL, action, buf, cap);
        return true;
    }
    return false;
}
