/* The data path: tunnel, reverse tunnel, relay, in one call and without allocation.
 *
 *   RFC 6275 sections 10.4.1, 10.4.2, 10.4.5, RFC 2473
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "ha_internal.h"

#include <string.h>

#define MAX_NESTING 4u              /* RFC 2473 6.6: default encapsulation limit */
#define OPT_ENCAPSULATION_LIMIT 4u  /* RFC 2473 4.1.1 */

enum { UNREACHABLE = 1, TOO_BIG = 2, TIME_EXCEEDED = 3 };
enum { CODE_ADDRESS = 3 };

static mip6_verdict lose(mip6_ha *ha, mip6_route *route, mip6_drop cause)
{
    route->cause = cause;
    mip6_ha_drop(ha, cause, 0);
    return MIP6_DROP;
}

static mip6_addr address_at(const uint8_t *p)
{
    mip6_addr a;
    memcpy(&a, p, sizeof a);
    return a;
}

/* A router's share of a packet's hops: RFC 8200 3, RFC 2473 3.1. */
static bool take_hop(mip6_ha *ha, mip6_packet *packet)
{
    if (packet->data[7] <= 1) {
        mip6_ha_push_icmp(ha, packet->data, packet->len, TIME_EXCEEDED, 0, 0);
        return false;
    }
    packet->data[7]--;
    return true;
}

/* Tunnels within this packet, itself not counted, as far as headers are at hand. */
static unsigned nesting(const mip6_packet *packet)
{
    const uint8_t *p = packet->data;
    uint32_t left = packet->len;
    unsigned depth = 0;
    while (left >= 2 * MIP6_IPV6_HEADER && p[6] == MIP6_NH_IPV6 && depth <= MAX_NESTING) {
        p += MIP6_IPV6_HEADER;
        left -= MIP6_IPV6_HEADER;
        depth++;
    }
    return depth;
}

/* A Tunnel Encapsulation Limit of 0 right behind the header: no further tunnel. */
static bool limit_is_used_up(const mip6_packet *packet)
{
    const uint8_t *p = packet->data;
    if (p[6] != MIP6_NH_DSTOPTS || packet->len < MIP6_IPV6_HEADER + 8)
        return false;
    const uint8_t *option = p + MIP6_IPV6_HEADER + 2;
    return option[0] == OPT_ENCAPSULATION_LIMIT && option[1] == 1 && option[2] == 0;
}

/* RFC 2473 7.1: what is above the tunnel's MTU is sent back, but what any link must
 * carry goes in; the host then fragments the outer packet (mip6_fragment). */
static bool fits(mip6_ha *ha, const mip6_packet *packet)
{
    uint32_t size = packet->len + packet->virtual_bytes;
    uint32_t mtu = ha->config->tunnel_mtu - MIP6_IPV6_HEADER;
    if (size <= mtu || size <= MIP6_MIN_MTU)
        return true;
    mip6_ha_push_icmp(ha, packet->data, packet->len, TOO_BIG, 0,
                      mtu > MIP6_MIN_MTU ? mtu : MIP6_MIN_MTU);
    return false;
}

static mip6_verdict encapsulate(mip6_ha *ha, const mip6_addr *to, mip6_packet *packet,
                                mip6_route *route)
{
    if (nesting(packet) >= MAX_NESTING || limit_is_used_up(packet))
        return lose(ha, route, MIP6_DROP_NESTING);
    if (!fits(ha, packet))
        return lose(ha, route, MIP6_DROP_TOO_BIG);
    assert(packet->headroom >= MIP6_IPV6_HEADER);
    uint32_t size = packet->len + packet->virtual_bytes;
    packet->data -= MIP6_IPV6_HEADER;
    packet->len += MIP6_IPV6_HEADER;
    packet->headroom -= MIP6_IPV6_HEADER;
    mip6_tunnel_header(packet->data, &ha->config->global, to, size, MIP6_HA_HOP_LIMIT);
    route->tunnelled = true;
    return MIP6_SEND_ON;
}

static mip6_verdict tunnel(mip6_ha *ha, mip6_binding *b, mip6_packet *packet, mip6_route *route)
{
    mip6_verdict verdict = encapsulate(ha, &b->care_of, packet, route);
    if (verdict == MIP6_SEND_ON)
        mip6_ha_rate_add(b, packet->len + packet->virtual_bytes, ha->now_ns);
    route->draining = b->state == MIP6_BINDING_DRAINING;
    return verdict;
}

/* Another agent serves the address; this one has what it takes. */
static mip6_verdict stand_in(mip6_ha *ha, const mip6_addr *to, mip6_packet *packet,
                             mip6_route *route)
{
    return take_hop(ha, packet) ? encapsulate(ha, to, packet, route)
                                : lose(ha, route, MIP6_DROP_HOP_LIMIT);
}

/* Nothing is bound here: where the address went, if that is known (PROTOCOL 1). */
static bool relay(const mip6_ha *ha, const mip6_addr *dst, mip6_route *route)
{
    const mip6_neighbour *n = mip6_ha_neighbour(ha, dst);
    if (n)
        route->next_hop = n->lladdr;
    return n != NULL;
}

/* ---- From the home link ----------------------------------------------------------- */

/* Neighbour unreachability detection asks the home address itself (RFC 6275 10.4.1): for
 * the library, bound here or no longer, and never for a tunnel or another link. */
static bool is_nd(const mip6_packet *packet)
{
    const uint8_t *p = packet->data;
    return p[6] == MIP6_NH_ICMPV6 && p[7] == 255 && packet->len > MIP6_IPV6_HEADER &&
           p[MIP6_IPV6_HEADER] >= 133 && p[MIP6_IPV6_HEADER] <= 137;
}

static mip6_verdict intercepted(mip6_ha *ha, const mip6_addr *dst, mip6_packet *packet,
                                mip6_route *route)
{
    if (is_nd(packet))
        return MIP6_LOCAL;
    mip6_addr to;
    mip6_binding *b = mip6_ha_forwarding(ha, dst);
    if (!b && mip6_ha_stands_in(ha, dst, &to))
        return stand_in(ha, &to, packet, route);
    if (!b && !relay(ha, dst, route))
        return lose(ha, route, MIP6_DROP_NO_BINDING);
    if (!b)
        return take_hop(ha, packet) ? MIP6_RELAY : lose(ha, route, MIP6_DROP_HOP_LIMIT);
    if (!take_hop(ha, packet))
        return lose(ha, route, MIP6_DROP_HOP_LIMIT);
    return tunnel(ha, b, packet, route);
}

/* ---- From a mobile node ----------------------------------------------------------- */

/* Where the inner header begins: behind the outer header and, it may be, destination
 * options with an encapsulation limit. 0: this is no tunnel. */
static uint32_t inner_offset(const mip6_packet *packet)
{
    const uint8_t *p = packet->data;
    if (p[6] == MIP6_NH_IPV6)
        return MIP6_IPV6_HEADER;
    if (p[6] != MIP6_NH_DSTOPTS || packet->len < MIP6_IPV6_HEADER + 8 ||
        p[MIP6_IPV6_HEADER] != MIP6_NH_IPV6)
        return 0;
    return MIP6_IPV6_HEADER + 8 * (1 + (uint32_t)p[MIP6_IPV6_HEADER + 1]);
}

static bool is_whole(const uint8_t *p, uint32_t len, uint32_t virtual_bytes)
{
    return len >= MIP6_IPV6_HEADER && p[0] >> 4 == 6 &&
           mip6_get16(p + 4) + (uint64_t)MIP6_IPV6_HEADER <= (uint64_t)len + virtual_bytes;
}

/* What follows a whole packet is the link's padding: it goes no further. */
static void trim(mip6_packet *packet)
{
    uint32_t size = mip6_get16(packet->data + 4) + MIP6_IPV6_HEADER;
    if (packet->len > size)
        packet->len = size;
    packet->virtual_bytes = size - packet->len;
}

/* The inner packet goes on: into another mobile node's tunnel, to where an address went,
 * or by its destination. */
static mip6_verdict decapsulated(mip6_ha *ha, mip6_packet *packet, mip6_route *route)
{
    mip6_addr dst = address_at(packet->data + 24);
    if (!mip6_ha_routable(&dst) || mip6_addr_equal(&dst, &ha->config->global))
        return lose(ha, route, MIP6_DROP_NOT_FOR_US);
    if (!take_hop(ha, packet))
        return lose(ha, route, MIP6_DROP_HOP_LIMIT);
    mip6_addr to;
    mip6_binding *b = mip6_ha_forwarding(ha, &dst);
    if (b)
        return tunnel(ha, b, packet, route);
    if (mip6_ha_stands_in(ha, &dst, &to))
        return encapsulate(ha, &to, packet, route);
    return relay(ha, &dst, route) ? MIP6_RELAY : MIP6_SEND_ON;
}

/* Another agent that has taken a packet for a node served here. */
static bool is_peer(const mip6_ha *ha, const mip6_addr *outer)
{
    return ha->keeper && ha->keeper->is_peer && ha->keeper->is_peer(ha->keeper_self, outer);
}

static mip6_verdict reverse_tunnel(mip6_ha *ha, uint32_t offset, mip6_packet *packet,
                                   mip6_route *route)
{
    mip6_addr outer = address_at(packet->data + 8);
    const uint8_t *inner = packet->data + offset;
    if (offset > packet->len || !is_whole(inner, packet->len - offset, packet->virtual_bytes))
        return lose(ha, route, MIP6_DROP_TOO_SHORT);
    mip6_addr home = address_at(inner + 8);
    mip6_binding *b = mip6_ha_forwarding(ha, &home);
    /* RFC 6275 10.4.5: else anyone could send through the agent. */
    bool good = b && mip6_addr_equal(&b->care_of, &outer);
    if (!good && !is_peer(ha, &outer))
        return lose(ha, route, b ? MIP6_DROP_BAD_TUNNEL_SOURCE : MIP6_DROP_NO_BINDING);
    if (good)
        mip6_ha_rate_add(b, packet->len + packet->virtual_bytes, ha->now_ns);
    packet->data += offset;
    packet->len -= offset;
    packet->headroom += offset;
    trim(packet);
    route->tunnelled = true;
    route->draining = good && b->state == MIP6_BINDING_DRAINING;
    return decapsulated(ha, packet, route);
}

static mip6_verdict to_self(mip6_ha *ha, mip6_packet *packet, mip6_route *route)
{
    uint32_t offset = inner_offset(packet);
    return offset == 0 ? MIP6_LOCAL : reverse_tunnel(ha, offset, packet, route);
}

/* ---- Entry ------------------------------------------------------------------------ */

static mip6_verdict decide(mip6_ha *ha, mip6_packet *packet, mip6_route *route)
{
    if (packet->len < MIP6_IPV6_HEADER)
        return lose(ha, route, MIP6_DROP_TOO_SHORT);
    if (packet->data[0] >> 4 != 6)
        return lose(ha, route, MIP6_DROP_BAD_VALUE);
    if (!is_whole(packet->data, packet->len, packet->virtual_bytes))
        return lose(ha, route, MIP6_DROP_BAD_LENGTH);
    trim(packet);
    mip6_addr dst = address_at(packet->data + 24);
    if (mip6_addr_is_multicast(&dst) || mip6_addr_equal(&dst, &ha->anycast) ||
        mip6_addr_equal(&dst, &ha->config->link_local))
        return MIP6_LOCAL;
    if (!ha->serving)
        return lose(ha, route, MIP6_DROP_NOT_FOR_US);
    if (mip6_addr_equal(&dst, &ha->config->global))
        return to_self(ha, packet, route);
    if (mip6_ha_on_home_link(ha, &dst))
        return intercepted(ha, &dst, packet, route);
    if (mip6_addr_is_link_local(&dst) && mip6_ha_binding_of_target(ha, &dst)) {
        if (is_nd(packet))
            return MIP6_LOCAL;
        /* RFC 6275 10.4.2: never into the tunnel. */
        mip6_ha_push_icmp(ha, packet->data, packet->len, UNREACHABLE, CODE_ADDRESS, 0);
    }
    return lose(ha, route, MIP6_DROP_NOT_FOR_US);
}

static bool is_plain(const mip6_ha *ha, const mip6_packet *packet)
{
    uint32_t size = packet->len + packet->virtual_bytes;
    return packet->len >= MIP6_IPV6_HEADER && packet->data[0] >> 4 == 6 &&
           mip6_get16(packet->data + 4) + MIP6_IPV6_HEADER == size && packet->data[7] > 1 &&
           size + MIP6_IPV6_HEADER <= ha->config->tunnel_mtu && !is_nd(packet) &&
           packet->data[6] != MIP6_NH_IPV6 && packet->data[6] != MIP6_NH_DSTOPTS;
}

mip6_binding *mip6_ha_would_tunnel(const mip6_ha *ha, const mip6_packet *packet,
                                   mip6_addr *care_of)
{
    if (!ha->serving || !is_plain(ha, packet))
        return NULL;
    mip6_addr dst = address_at(packet->data + 24);
    if (mip6_addr_is_multicast(&dst) || mip6_addr_equal(&dst, &ha->anycast) ||
        mip6_addr_equal(&dst, &ha->config->global) || !mip6_ha_on_home_link(ha, &dst))
        return NULL;
    mip6_binding *b = mip6_ha_forwarding(ha, &dst);
    if (b)
        *care_of = b->care_of;
    return b;
}

void mip6_ha_tunnel(mip6_ha *ha, mip6_binding *binding, mip6_packet *packet, int64_t now_ns)
{
    mip6_route route;
    mip6_ha_set_now(ha, now_ns);
    packet->data[7]--;
    mip6_verdict verdict = tunnel(ha, binding, packet, &route);
    assert(verdict == MIP6_SEND_ON);
    (void)verdict;
    ha->load.forwarded += packet->len + packet->virtual_bytes;
}

mip6_verdict mip6_ha_forward(mip6_ha *ha, const mip6_rx *rx, mip6_packet *packet,
                             mip6_route *route, int64_t now_ns)
{
    (void)rx;
    mip6_ha_set_now(ha, now_ns);
    memset(route, 0, sizeof *route);
    mip6_verdict verdict = decide(ha, packet, route);
    if (verdict == MIP6_SEND_ON || verdict == MIP6_RELAY)
        ha->load.forwarded += packet->len + packet->virtual_bytes;
    return verdict;
}
