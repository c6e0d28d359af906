/* VRRPv3 advertisements for IPv6: bytes to fields and back.
 *
 *   RFC 5798 sections 5.1, 5.2, 7.1, 7.3
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "mip6_vrrp.h"

#include <string.h>

#define VERSION_AND_TYPE 0x31u      /* version 3, ADVERTISEMENT */
#define MAX_INTERVAL 0xfffu         /* 12 bits */
#define HOP_LIMIT 255u

mip6_addr mip6_addr_all_vrrp(void)
{
    return (mip6_addr){{0xff, 0x02, [15] = 0x12}};
}

mip6_lladdr mip6_vrrp_lladdr(uint8_t vrid)
{
    return (mip6_lladdr){{0x00, 0x00, 0x5e, 0x00, 0x02, vrid}};
}

/* ---- Reading ---------------------------------------------------------------------- */

/* p: the VRRP message, len bytes at hand and by the IPv6 header. */
static mip6_drop read_fields(const uint8_t *p, size_t len, mip6_vrrp_advert *out)
{
    if (p[0] != VERSION_AND_TYPE)
        return p[0] >> 4 == 3 ? MIP6_DROP_UNKNOWN_MESSAGE : MIP6_DROP_BAD_VALUE;
    out->vrid = p[1];
    out->priority = p[2];
    out->n = p[3];
    out->interval_ns = (mip6_get16(p + 4) & MAX_INTERVAL) * MIP6_VRRP_UNIT_NS;
    out->addresses = (const mip6_addr *)(const void *)(p + MIP6_VRRP_FIXED);
    if (len != MIP6_VRRP_FIXED + out->n * sizeof(mip6_addr))
        return MIP6_DROP_BAD_LENGTH;
    if (out->vrid == 0 || out->n == 0 || out->interval_ns == 0 ||
        !mip6_addr_is_link_local(&out->addresses[0]))
        return MIP6_DROP_BAD_VALUE;
    return MIP6_DROP_NONE;
}

static mip6_drop read_packet(const uint8_t *pkt, size_t len, mip6_vrrp_advert *out)
{
    mip6_header h;
    mip6_drop cause = MIP6_DROP_NONE;
    if (mip6_decode_header(pkt, len, 0, &h, &cause) != 0)
        return cause;
    const mip6_addr group = mip6_addr_all_vrrp();
    const uint8_t *p = pkt + h.upper_offset;
    if (h.next_header != MIP6_NH_VRRP)
        return MIP6_DROP_UNKNOWN_HEADER;
    if (h.hop_limit != HOP_LIMIT)
        return MIP6_DROP_HOP_LIMIT;
    if (!mip6_addr_equal(&h.dst, &group) || !mip6_addr_is_link_local(&h.src) || h.has_home ||
        h.has_final || h.is_fragment)
        return MIP6_DROP_BAD_VALUE;
    if (h.upper_len < MIP6_VRRP_FIXED)
        return MIP6_DROP_TOO_SHORT;
    if (mip6_checksum(&h.src, &h.dst, MIP6_NH_VRRP, p, h.upper_len, 0) != 0)
        return MIP6_DROP_CHECKSUM;
    out->source = h.src;
    return read_fields(p, h.upper_len, out);
}

int mip6_vrrp_decode(const uint8_t *pkt, size_t len, mip6_vrrp_advert *out, mip6_drop *cause)
{
    *cause = read_packet(pkt, len, out);
    if (*cause == MIP6_DROP_NONE)
        return 0;
    return *cause == MIP6_DROP_CHECKSUM ? MIP6_ERR_CHECKSUM : MIP6_ERR_MALFORMED;
}

/* ---- Writing ---------------------------------------------------------------------- */

static bool is_valid(const mip6_vrrp_advert *a)
{
    return a->vrid > 0 && a->n > 0 && a->interval_ns > 0 &&
           a->interval_ns <= MIP6_VRRP_MAX_INTERVAL_NS &&
           a->interval_ns % MIP6_VRRP_UNIT_NS == 0 && mip6_addr_is_link_local(&a->source) &&
           mip6_addr_is_link_local(&a->addresses[0]);
}

int mip6_vrrp_encode(uint8_t *buf, size_t cap, const mip6_vrrp_advert *advert)
{
    if (!is_valid(advert))
        return MIP6_ERR_INVALID;
    const mip6_addr group = mip6_addr_all_vrrp();
    size_t addresses = advert->n * sizeof(mip6_addr);
    size_t upper = MIP6_VRRP_FIXED + addresses;
    if (cap < MIP6_IPV6_HEADER + upper)
        return MIP6_ERR_SPACE;
    uint8_t *p = buf + MIP6_IPV6_HEADER;
    mip6_tunnel_header(buf, &advert->source, &group, (uint32_t)upper, HOP_LIMIT);
    buf[6] = MIP6_NH_VRRP;
    p[0] = VERSION_AND_TYPE;
    p[1] = advert->vrid;
    p[2] = advert->priority;
    p[3] = advert->n;
    mip6_put16(p + 4, (uint16_t)(advert->interval_ns / MIP6_VRRP_UNIT_NS));
    mip6_put16(p + 6, 0);
    memcpy(p + MIP6_VRRP_FIXED, advert->addresses, addresses);
    mip6_put16(p + 6, mip6_checksum(&advert->source, &group, MIP6_NH_VRRP, p, upper, 0));
    return (int)(MIP6_IPV6_HEADER + upper);
}
