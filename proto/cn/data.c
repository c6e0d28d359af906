/* The correspondent's data path.
 *
 *   RFC 6275 sections 9.3.1 and 9.3.2
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "cn.h"

#include <string.h>

static mip6_verdict drop(mip6_cn *cn, mip6_route *route, mip6_drop cause)
{
    mip6_cn_ignore(cn, cause);
    route->cause = cause;
    return MIP6_DROP;
}

/* Take the Home Address option's header out; the home address is the source again. */
static bool consume_home_option(mip6_packet *p, const mip6_addr *home)
{
    uint8_t *option = p->data + MIP6_IPV6_HEADER;
    if (p->data[6] != MIP6_NH_DSTOPTS || option[1] != MIP6_HOA_HEADER / 8 - 1)
        return false;
    uint8_t next_header = option[0];
    uint16_t payload = mip6_get16(p->data + 4);
    memmove(p->data + MIP6_HOA_HEADER, p->data, MIP6_IPV6_HEADER);
    p->data += MIP6_HOA_HEADER;
    p->len -= MIP6_HOA_HEADER;
    p->headroom += MIP6_HOA_HEADER;
    p->data[6] = next_header;
    mip6_put16(p->data + 4, (uint16_t)(payload - MIP6_HOA_HEADER));
    memcpy(p->data + 8, home->b, 16);
    return true;
}

/* Section 9.3.1: the option counts only where the binding says the same. */
static mip6_verdict from_mobile(mip6_cn *cn, const mip6_header *h, mip6_packet *p,
                                mip6_route *route, int64_t now_ns)
{
    cn_binding *b = mip6_cn_find_live(cn, &h->home, now_ns);
    if (!b || !mip6_addr_equal(&b->care_of, &h->src)) {
        mip6_cn_binding_error(cn, h, 1, now_ns);
        return drop(cn, route, MIP6_DROP_NO_BINDING);
    }
    if (!consume_home_option(p, &h->home))
        return drop(cn, route, MIP6_DROP_UNKNOWN_HEADER);
    return MIP6_DELIVER;
}

static mip6_verdict plain_input(mip6_cn *cn, const mip6_header *h, mip6_packet *p,
                                mip6_route *route)
{
    mip6_header whole;
    mip6_message m;
    mip6_drop cause = MIP6_DROP_NONE;
    if (h->has_home || h->next_header == MIP6_NH_MOBILITY)
        return MIP6_LOCAL;      /* for the errors of a node that knows neither */
    if (h->has_final)
        return drop(cn, route, MIP6_DROP_UNKNOWN_HEADER);
    if (mip6_decode(p->data, p->len, p->virtual_bytes, &whole, &m, &cause) != 0)
        return drop(cn, route, cause);
    return MIP6_DELIVER;
}

static bool is_local(const mip6_message *m)
{
    return m->kind != MIP6_MSG_DATA && m->kind != MIP6_MSG_OTHER &&
           m->kind != MIP6_MSG_ICMP_ERROR;
}

mip6_verdict mip6_cn_input(mip6_cn *cn, const mip6_rx *rx, mip6_packet *packet,
                           mip6_route *route, int64_t now_ns)
{
    mip6_header h;
    mip6_message m;
    mip6_drop cause = MIP6_DROP_NONE;
    (void)rx;
    memset(route, 0, sizeof *route);
    if (mip6_decode_header(packet->data, packet->len, packet->virtual_bytes, &h,
                           &cause) != 0)
        return drop(cn, route, cause);
    if (!mip6_addr_equal(&h.dst, &cn->config->address))
        return drop(cn, route, MIP6_DROP_NOT_FOR_US);
    if (!cn->config->route_optimise)
        return plain_input(cn, &h, packet, route);
    if (h.next_header == MIP6_NH_MOBILITY)
        return MIP6_LOCAL;
    if (h.has_final)
        return drop(cn, route, MIP6_DROP_NOT_FOR_US);
    if (mip6_decode(packet->data, packet->len, packet->virtual_bytes, &h, &m, &cause) != 0)
        return drop(cn, route, cause);
    if (h.has_home)
        return from_mobile(cn, &h, packet, route, now_ns);
    return is_local(&m) ? MIP6_LOCAL : MIP6_DELIVER;
}

/* Section 9.3.2. The checksum stays right: it covers the final destination anyway. */
static void insert_routing_header(const mip6_addr *care_of, mip6_packet *p)
{
    uint16_t payload = mip6_get16(p->data + 4);
    uint8_t *to = p->data - MIP6_RH2_HEADER;
    memmove(to, p->data, MIP6_IPV6_HEADER);
    p->data = to;
    p->len += MIP6_RH2_HEADER;
    p->headroom -= MIP6_RH2_HEADER;
    uint8_t *rh = to + MIP6_IPV6_HEADER;
    memset(rh, 0, 8);
    rh[0] = to[6];
    rh[1] = MIP6_RH2_HEADER / 8 - 1;
    rh[2] = 2;      /* type */
    rh[3] = 1;      /* segments left */
    memcpy(rh + 8, to + 24, 16);
    to[6] = MIP6_NH_ROUTING;
    mip6_put16(to + 4, (uint16_t)(payload + MIP6_RH2_HEADER));
    memcpy(to + 24, care_of->b, 16);
}

mip6_verdict mip6_cn_output(mip6_cn *cn, mip6_packet *packet, mip6_route *route,
                            int64_t now_ns)
{
    mip6_addr dst;
    memset(route, 0, sizeof *route);
    assert(packet->len >= MIP6_IPV6_HEADER && packet->headroom >= MIP6_RH2_HEADER);
    if (cn->live == 0 || packet->data[6] == MIP6_NH_HOPOPTS ||
        mip6_get16(packet->data + 4) > UINT16_MAX - MIP6_RH2_HEADER)
        return MIP6_SEND_ON;
    memcpy(dst.b, packet->data + 24, 16);
    cn_binding *b = mip6_cn_find_live(cn, &dst, now_ns);
    if (b) {
        b->used = true;
        insert_routing_header(&b->care_of, packet);
    }
    return MIP6_SEND_ON;
}
