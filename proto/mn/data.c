/* The mobile node's data path.
 *
 *   RFC 6275 sections 11.3.1 and 11.3.3; RFC 2473 section 3
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "mn.h"

#include <string.h>

static mip6_verdict drop(const mip6_mn *mn, mip6_route *route, mip6_drop cause)
{
    mip6_mn_ignore(mn, cause);
    route->cause = cause;
    return MIP6_DROP;
}

/* Move the fixed header by `by` bytes towards the end (consume) or the front (insert). */
static void shift_header(mip6_packet *p, int by)
{
    uint16_t payload = mip6_get16(p->data + 4);
    uint8_t *to = p->data + by;
    memmove(to, p->data, MIP6_IPV6_HEADER);
    p->data = to;
    p->len = (uint32_t)((int64_t)p->len - by);
    p->headroom = (uint32_t)((int64_t)p->headroom + by);
    mip6_put16(p->data + 4, (uint16_t)(payload - by));
}

/* The same checksum is right before and after: it covers the home address anyway. */
static void insert_home_option(const mip6_mn *mn, mip6_packet *p)
{
    static const uint8_t head[8] = {0, MIP6_HOA_HEADER / 8 - 1, 1, 2, 0, 0, 0xc9, 16};
    shift_header(p, -(int)MIP6_HOA_HEADER);
    uint8_t *option = p->data + MIP6_IPV6_HEADER;
    memcpy(option, head, sizeof head);
    memcpy(option + 8, mn->home.b, 16);
    option[0] = p->data[6];
    p->data[6] = MIP6_NH_DSTOPTS;
    memcpy(p->data + 8, mn->care_of.b, 16);
}

static bool optimised(mip6_mn *mn, const mip6_packet *p, int64_t now_ns)
{
    mip6_addr dst;
    if (!mn->ro || p->data[6] == MIP6_NH_HOPOPTS ||
        mip6_get16(p->data + 4) > UINT16_MAX - MIP6_HOA_HEADER)
        return false;
    memcpy(dst.b, p->data + 24, 16);
    mn_ro *ro = mip6_mn_ro_find(mn, &dst);
    if (!ro || !ro->bound || now_ns >= ro->expires_ns ||
        !mip6_addr_equal(&ro->care_of, &mn->care_of))
        return false;
    ro->used = true;
    return true;
}

mip6_verdict mip6_mn_output(mip6_mn *mn, mip6_packet *packet, mip6_route *route,
                            int64_t now_ns)
{
    memset(route, 0, sizeof *route);
    assert(packet->len >= MIP6_IPV6_HEADER && packet->headroom >= MIP6_IPV6_HEADER);
    if (mn->link == MN_LINK_HOME)
        return MIP6_SEND_ON;
    if (mn->link == MN_LINK_NONE)
        return drop(mn, route, MIP6_DROP_UNREGISTERED);
    if (optimised(mn, packet, now_ns)) {
        insert_home_option(mn, packet);
        return MIP6_SEND_ON;
    }
    if (!mip6_mn_is(mn, MN_REGISTERED) || now_ns >= mn->expires_ns)
        return drop(mn, route, MIP6_DROP_UNREGISTERED);
    uint32_t inner = packet->len + packet->virtual_bytes;
    if (inner > UINT16_MAX)
        return drop(mn, route, MIP6_DROP_TOO_BIG);
    packet->data -= MIP6_IPV6_HEADER;
    packet->len += MIP6_IPV6_HEADER;
    packet->headroom -= MIP6_IPV6_HEADER;
    mip6_tunnel_header(packet->data, &mn->care_of, &mn->agent, inner, MN_HOP_LIMIT);
    route->tunnelled = true;
    return MIP6_SEND_ON;
}

/* The current agent, or the one that was left and still drains. */
static bool from_agent(const mip6_mn *mn, const mip6_addr *src, bool *draining)
{
    const mn_work *w = mn->work;
    *draining = false;
    if (mip6_mn_is(mn, MN_REGISTERED) && mip6_addr_equal(src, &mn->agent))
        return true;
    if (mn->config->any_agent && mip6_addr_same_prefix(src, &mn->config->home_prefix, 64) &&
        !mip6_addr_equal(src, &mn->home))
        return true;
    *draining = w && w->old_until_ns != MIP6_NEVER && mip6_addr_equal(src, &w->old.peer);
    return *draining;
}

static bool is_test(mip6_message_kind kind)
{
    return kind == MIP6_MSG_HOTI || kind == MIP6_MSG_HOT || kind == MIP6_MSG_COTI ||
           kind == MIP6_MSG_COT;
}

/* The packet is the inner one now. */
static mip6_verdict inner(mip6_mn *mn, mip6_packet *p, mip6_route *route, int64_t now_ns)
{
    mip6_header h;
    mip6_message m;
    mip6_drop cause = MIP6_DROP_NONE;
    if (mip6_decode(p->data, p->len, p->virtual_bytes, &h, &m, &cause) != 0)
        return drop(mn, route, cause);
    if (!mip6_addr_equal(&h.dst, &mn->home) || h.has_final || h.has_home ||
        mip6_addr_equal(&h.src, &mn->home))
        return drop(mn, route, MIP6_DROP_NOT_FOR_US);
    if (m.kind != MIP6_MSG_DATA && m.kind != MIP6_MSG_OTHER) {
        mn->state |= MN_TUNNELLED;
        if (!is_test(m.kind) && m.kind != MIP6_MSG_ICMP_ERROR)
            mip6_mn_ro_heard(mn, &h.src, now_ns);
        return MIP6_LOCAL;
    }
    mip6_mn_ro_heard(mn, &h.src, now_ns);
    return MIP6_DELIVER;
}

/* RFC 6275 section 11.3.3, first method. */
static mip6_verdict tunnelled(mip6_mn *mn, mip6_packet *p, const mip6_header *h,
                              mip6_route *route, int64_t now_ns)
{
    if (!from_agent(mn, &h->src, &route->draining))
        return drop(mn, route, MIP6_DROP_BAD_TUNNEL_SOURCE);
    if (h->is_fragment)     /* the host reassembles first */
        return drop(mn, route, MIP6_DROP_NOT_ACCEPTED);
    if (p->len < h->upper_offset + MIP6_IPV6_HEADER)
        return drop(mn, route, MIP6_DROP_TOO_SHORT);
    p->data += h->upper_offset;
    p->len -= h->upper_offset;
    p->headroom += h->upper_offset;
    route->tunnelled = true;
    mip6_verdict verdict = inner(mn, p, route, now_ns);
    mip6_mn_settle(mn);
    return verdict;
}

/* RFC 6275 section 11.3.3, second method: consume the routing header. */
static mip6_verdict routed(mip6_mn *mn, mip6_packet *p, const mip6_header *h,
                           mip6_route *route)
{
    mn_ro *ro = mip6_mn_ro_find(mn, &h->src);
    if (h->segments_left != 1 || !mip6_addr_equal(&h->final, &mn->home) || h->has_home ||
        p->data[6] != MIP6_NH_ROUTING)
        return drop(mn, route, MIP6_DROP_BAD_VALUE);
    uint8_t next_header = p->data[MIP6_IPV6_HEADER];
    shift_header(p, (int)MIP6_RH2_HEADER);
    p->data[6] = next_header;
    memcpy(p->data + 24, mn->home.b, 16);
    if (ro)
        ro->used = true;
    return MIP6_DELIVER;
}

static bool is_data(const mip6_message *m)
{
    return m->kind == MIP6_MSG_DATA || m->kind == MIP6_MSG_OTHER;
}

mip6_verdict mip6_mn_input(mip6_mn *mn, const mip6_rx *rx, mip6_packet *packet,
                           mip6_route *route, int64_t now_ns)
{
    mip6_header h;
    mip6_message m;
    mip6_drop cause = MIP6_DROP_NONE;
    memset(route, 0, sizeof *route);
    mn->state &= (uint8_t)~MN_TUNNELLED;
    (void)rx;
    if (mn->link == MN_LINK_NONE)
        return drop(mn, route, MIP6_DROP_NOT_ACCEPTED);
    if (mip6_decode(packet->data, packet->len, packet->virtual_bytes, &h, &m, &cause) != 0) {
        if (cause == MIP6_DROP_UNKNOWN_MESSAGE && mip6_addr_equal(&h.dst, &mn->care_of))
            mip6_mn_unknown_type(mn, &h, now_ns);
        return drop(mn, route, cause);
    }
    if (mip6_addr_is_multicast(&h.dst))
        return MIP6_LOCAL;
    bool to_home = mip6_addr_equal(&h.dst, &mn->home);
    if (!mip6_addr_equal(&h.dst, &mn->care_of) || (to_home && mn->link != MN_LINK_HOME))
        return drop(mn, route, MIP6_DROP_NOT_FOR_US);
    if (!is_data(&m))
        return MIP6_LOCAL;
    if (h.next_header == MIP6_NH_IPV6 && !h.has_final)
        return tunnelled(mn, packet, &h, route, now_ns);
    if (h.has_final)
        return routed(mn, packet, &h, route);
    if (h.has_home)
        return drop(mn, route, MIP6_DROP_NO_BINDING);
    return MIP6_DELIVER;
}
