/* Redirection at registration: the agent that a node asked first names another.
 *
 *   RFC 6463 sections 4 and 5.2, for RFC 6275's registration; PROTOCOL 9
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "mn.h"

/* A switch and a Redirect both say where: who was told does not ask again, so that two agents
 * cannot send a node to and fro. */
bool mip6_mn_redirectable(const mip6_mn *mn, const mip6_addr *agent)
{
    bool registered = mip6_mn_is(mn, MN_REGISTERED) && mip6_addr_equal(agent, &mn->agent);
    return (mn->flags & MIP6_MN_REDIRECT) && !registered && !mn->work->told;
}

/* The addresses of a subnet that no single agent has: the subnet router anycast address (RFC
 * 4291 section 2.6.1) and that of discovery. */
static bool is_anycast(const mip6_addr *a)
{
    mip6_addr subnet = *a, agents = mip6_addr_ha_anycast(a);
    for (unsigned i = 8; i < sizeof subnet.b; i++)
        subnet.b[i] = 0;
    return mip6_addr_equal(a, &subnet) || mip6_addr_equal(a, &agents);
}

/* Why it is not followed; MIP6_DROP_NONE: it is. */
static mip6_drop objection(const mip6_mn *mn, const mip6_ba *ba)
{
    const mip6_addr *target = &ba->opt.redirect;
    const mn_txn *reg = &mn->work->reg;
    if (!reg->redirectable || ba->status != MIP6_STATUS_PROHIBITED)
        return MIP6_DROP_NOT_ACCEPTED;      /* nobody asked, or it was not refused */
    if (!mip6_addr_same_prefix(target, &mn->config->home_prefix, 64) || is_anycast(target) ||
        mip6_addr_equal(target, &mn->home) || mip6_addr_equal(target, &reg->peer))
        return MIP6_DROP_BAD_VALUE;
    return MIP6_DROP_NONE;
}

static void count(mip6_mn *mn, mip6_drop cause, int64_t now_ns)
{
    mip6_mn_trace(mn, MIP6_TRACE_MN_REDIRECT_IGNORED, &mn->work->reg.peer, (uint8_t)cause, 0,
                  now_ns);
    mip6_mn_ignore(mn, cause);
}

/* The agent keeps nothing of who was redirected: a later update, sent before this answer came,
 * may have made a binding there. Its answer is waited for. */
static bool is_late(const mip6_mn *mn, const mip6_ba *ba)
{
    return ba->sequence != mn->work->reg.last_seq;
}

bool mip6_mn_on_redirect(mip6_mn *mn, const mip6_ba *ba, int64_t now_ns)
{
    mip6_drop cause = objection(mn, ba);
    if (cause == MIP6_DROP_NONE && is_late(mn, ba)) {
        count(mn, MIP6_DROP_STALE_SEQUENCE, now_ns);
        return true;
    }
    if (mn->work->reg.redirectable && ba->status == MIP6_STATUS_PROHIBITED)
        mn->work->told = true;
    if (cause != MIP6_DROP_NONE) {
        count(mn, cause, now_ns);
        return false;
    }
    mip6_mn_trace(mn, MIP6_TRACE_MN_REDIRECTED, &ba->opt.redirect, 0, 0, now_ns);
    mip6_mn_register(mn, &ba->opt.redirect, now_ns);
    return true;
}
