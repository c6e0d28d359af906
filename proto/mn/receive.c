/* Signalling that a mobile node receives.
 *
 *   RFC 6275 sections 11.2, 11.3.5, 11.3.6, 11.7.3, 11.7.4
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "mn.h"

#include <string.h>

/* Is the packet addressed to this node in a way that its link allows? */
static bool for_us(const mip6_mn *mn, const mip6_header *h, bool tunnelled)
{
    if (h->has_final && (h->segments_left != 1 || !mip6_addr_equal(&h->final, &mn->home)))
        return false;
    if (mip6_addr_is_multicast(&h->dst))
        return !tunnelled;
    if (mip6_addr_equal(&h->dst, &mn->home))
        return mn->link == MN_LINK_HOME || tunnelled;
    return !tunnelled && mip6_addr_equal(&h->dst, &mn->care_of);
}

static int on_ba(mip6_mn *mn, const mip6_header *h, const mip6_ba *ba, const uint8_t *pkt,
                 int64_t now_ns)
{
    /* RFC 6275 sections 6.1.8 and 9.5.4: by way of a type 2 routing header, or to the
     * home address of a node at home. */
    if (!mip6_addr_equal(mip6_header_destination(h), &mn->home))
        return mip6_mn_ignore(mn, MIP6_DROP_NOT_FOR_US);
    if (mip6_mn_ro_find(mn, &h->src))
        return mip6_mn_on_ro_ba(mn, h, ba, pkt, now_ns);
    return mip6_mn_on_ba(mn, h, ba, now_ns);
}

/* An agent asks for a refresh by Binding Refresh Advice (RFC 6275 section 9.5.5), but
 * a request is followed as well. */
static int on_brr(mip6_mn *mn, const mip6_header *h, int64_t now_ns)
{
    if (!mip6_addr_equal(&h->src, &mn->agent) || !mip6_mn_is(mn, MN_REGISTERED))
        return mip6_mn_on_ro_brr(mn, h, now_ns);
    mip6_mn_begin(mn, now_ns);
    return 0;
}

/* RFC 6275 section 11.3.6. */
static int on_be(mip6_mn *mn, const mip6_header *h, const mip6_be *be, int64_t now_ns)
{
    mn_work *w = mn->work;
    bool unknown_type = be->status != 1;
    if (mip6_mn_ro_find(mn, &h->src))
        return mip6_mn_on_ro_be(mn, h, be, now_ns);
    if (unknown_type && mn->link == MN_LINK_FOREIGN && w && w->reg.retry.active &&
        mip6_addr_equal(&w->reg.peer, &h->src)) {
        mip6_mn_register_failed(mn, MIP6_STATUS_NO_HOME_REGISTRATION, now_ns);
        return 0;
    }
    if (unknown_type || mn->link != MN_LINK_FOREIGN || !mip6_mn_is(mn, MN_REGISTERED) ||
        !mip6_addr_equal(&h->src, &mn->agent) || !mip6_addr_equal(&be->home, &mn->home))
        return mip6_mn_ignore(mn, MIP6_DROP_NOT_ACCEPTED);
    mip6_mn_begin(mn, now_ns);
    return 0;
}

/* A parameter problem about a packet of ours: its receiver knows no Mobile IPv6.
 * RFC 6275 section 11.3.5. Code 2 (the Home Address option) should be logged and
 * discarded by that section; going on would lose every packet, so it counts alike. */
static int on_icmp(mip6_mn *mn, const mip6_header *h, const mip6_icmp_error *e,
                   int64_t now_ns)
{
    mn_work *w = mn->work;
    mip6_addr src, dst;
    if (e->type != 4 || (e->code != 1 && e->code != 2) || e->packet_len < MIP6_IPV6_HEADER)
        return 0;       /* other errors are the application's */
    memcpy(src.b, e->packet + 8, 16);
    memcpy(dst.b, e->packet + 24, 16);
    if (!mip6_addr_equal(&dst, &h->src) ||
        (!mip6_addr_equal(&src, &mn->home) && !mip6_addr_equal(&src, &mn->care_of)))
        return mip6_mn_ignore(mn, MIP6_DROP_NOT_ACCEPTED);
    if (mip6_mn_ro_find(mn, &dst))
        return mip6_mn_on_ro_refused(mn, &dst, now_ns);
    if (mn->link == MN_LINK_FOREIGN && w && w->reg.retry.active &&
        mip6_addr_equal(&w->reg.peer, &dst))
        mip6_mn_register_failed(mn, MIP6_STATUS_NO_HOME_REGISTRATION, now_ns);
    return 0;
}

static int dispatch(mip6_mn *mn, const mip6_rx *rx, const mip6_header *h,
                    const mip6_message *m, const uint8_t *pkt, int64_t now_ns)
{
    switch (m->kind) {
    case MIP6_MSG_NS:
        return mip6_mn_on_ns(mn, rx, h, &m->u.nd);
    case MIP6_MSG_DHAAD_REPLY:
        return mip6_mn_on_dhaad(mn, h, &m->u.dhaad, now_ns);
    case MIP6_MSG_SWITCH:
        return mip6_mn_on_switch(mn, h, &m->u.dhaad, now_ns);
    case MIP6_MSG_HAS:
        return mip6_mn_on_has(mn, h, &m->u.has, now_ns);
    case MIP6_MSG_BA:
        return on_ba(mn, h, &m->u.ba, pkt, now_ns);
    case MIP6_MSG_BRR:
        return on_brr(mn, h, now_ns);
    case MIP6_MSG_BE:
        return on_be(mn, h, &m->u.be, now_ns);
    case MIP6_MSG_HOT:
        return mip6_mn_on_hot(mn, h, &m->u.rr, now_ns);
    case MIP6_MSG_COT:
        return mip6_mn_on_cot(mn, h, &m->u.rr, now_ns);
    case MIP6_MSG_ICMP_ERROR:
        return on_icmp(mn, h, &m->u.icmp, now_ns);
    case MIP6_MSG_RS:
    case MIP6_MSG_RA:
    case MIP6_MSG_NA:
    case MIP6_MSG_OTHER:
        return 0;       /* movement detection and neighbours are the host's */
    default:
        return mip6_mn_ignore(mn, MIP6_DROP_UNKNOWN_MESSAGE);
    }
}

int mip6_mn_receive(mip6_mn *mn, const mip6_rx *rx, const uint8_t *pkt, size_t len,
                    int64_t now_ns)
{
    mip6_header h;
    mip6_message m;
    mip6_drop cause = MIP6_DROP_NONE;
    bool tunnelled = mip6_mn_is(mn, MN_TUNNELLED);
    mn->state &= (uint8_t)~MN_TUNNELLED;
    if (mn->link == MN_LINK_NONE)
        return mip6_mn_ignore(mn, MIP6_DROP_NOT_ACCEPTED);
    int err = mip6_decode(pkt, len, rx->virtual_bytes, &h, &m, &cause);
    if (err) {
        mip6_mn_ignore(mn, cause);
        return err;
    }
    if (!for_us(mn, &h, tunnelled))
        return mip6_mn_ignore(mn, MIP6_DROP_NOT_FOR_US);
    if (h.has_home)     /* nothing that a node is sent comes from another mobile node */
        return mip6_mn_ignore(mn, MIP6_DROP_NOT_ACCEPTED);
    err = dispatch(mn, rx, &h, &m, pkt, now_ns);
    if (err == MIP6_ERR_NOMEM)
        mip6_mn_ignore(mn, MIP6_DROP_NO_MEMORY);
    mip6_mn_settle(mn);
    return err;
}
