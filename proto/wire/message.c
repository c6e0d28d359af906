/* Whole packets: which codec, checksum, length.
 *
 *   RFC 8200 section 8.1, RFC 4443 section 2.3, RFC 768
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "wire_internal.h"

#include <assert.h>

/* ---- Decode ----------------------------------------------------------------------- */

static uint16_t checksum_of(const struct wire_in *in, uint8_t next_header, size_t len)
{
    size_t real = in->real < len ? in->real : len;

    return mip6_checksum(mip6_header_source(in->h), mip6_header_destination(in->h),
                         next_header, in->p, real, (uint32_t)(len - real));
}

static mip6_drop decode_udp(const struct wire_in *in)
{
    size_t len;

    if (in->real < MIP6_UDP_HEADER)
        return MIP6_DROP_TOO_SHORT;
    len = mip6_get16(in->p + 4);
    if (len < MIP6_UDP_HEADER || len > in->len)
        return MIP6_DROP_BAD_LENGTH;
    /* IPv6 knows no "no checksum". RFC 8200 section 8.1. */
    if (mip6_get16(in->p + UDP_CHECKSUM_OFFSET) == 0 ||
        checksum_of(in, MIP6_NH_UDP, len) != 0)
        return MIP6_DROP_CHECKSUM;
    return MIP6_DROP_NONE;
}

static mip6_drop decode_tunnelled(const struct wire_in *in)
{
    if (in->real < MIP6_IPV6_HEADER)
        return MIP6_DROP_TOO_SHORT;
    return in->p[0] >> 4 == 6 ? MIP6_DROP_NONE : MIP6_DROP_BAD_VALUE;
}

static mip6_drop decode_icmp(const struct wire_in *in, mip6_message *msg)
{
    if (in->real < 4)
        return MIP6_DROP_TOO_SHORT;
    if (checksum_of(in, MIP6_NH_ICMPV6, in->len) != 0)
        return MIP6_DROP_CHECKSUM;
    switch (in->p[0]) {
    case ICMP_UNREACHABLE:
    case ICMP_TOO_BIG:
    case ICMP_TIME_EXCEEDED:
    case ICMP_PARAMETER:
        return mip6_wire_decode_icmp_error(in, msg);
    case ICMP_RS:
    case ICMP_RA:
    case ICMP_NS:
    case ICMP_NA:
        return mip6_wire_decode_nd(in, msg);
    case ICMP_DHAAD_REQUEST:
    case ICMP_DHAAD_REPLY:
        return mip6_wire_decode_dhaad(in, msg);
    default:
        msg->kind = MIP6_MSG_OTHER;
        return MIP6_DROP_NONE;
    }
}

/* The pseudo-header counts the mobility header alone: behind it is nothing (next
 * header 59). RFC 6275 section 6.1.1. */
static mip6_drop decode_mobility(const struct wire_in *in, mip6_message *msg)
{
    size_t len;

    if (in->real < 8)
        return MIP6_DROP_TOO_SHORT;
    len = (in->p[1] + 1u) * 8u;
    if (len > in->real)
        return MIP6_DROP_BAD_LENGTH;
    if (checksum_of(in, MIP6_NH_MOBILITY, len) != 0)
        return MIP6_DROP_CHECKSUM;
    return mip6_wire_decode_mobility(in, msg);
}

static mip6_drop decode_upper(const struct wire_in *in, mip6_message *msg)
{
    switch (in->h->next_header) {
    case MIP6_NH_UDP:
        msg->kind = MIP6_MSG_DATA;
        return decode_udp(in);
    case MIP6_NH_IPV6:
        msg->kind = MIP6_MSG_DATA;
        return decode_tunnelled(in);
    case MIP6_NH_ICMPV6:
        return decode_icmp(in, msg);
    case MIP6_NH_MOBILITY:
        return decode_mobility(in, msg);
    case MIP6_NH_NONE:
        msg->kind = MIP6_MSG_OTHER;
        return MIP6_DROP_NONE;
    default:
        return MIP6_DROP_UNKNOWN_HEADER;
    }
}

int mip6_decode(const uint8_t *pkt, size_t len, uint32_t virtual_bytes,
                mip6_header *h, mip6_message *msg, mip6_drop *cause)
{
    struct wire_in in = {.h = h};
    mip6_drop drop;
    int r = mip6_decode_header(pkt, len, virtual_bytes, h, cause);

    if (r != 0)
        return r;
    if (h->is_fragment) {
        msg->kind = MIP6_MSG_OTHER;
        return 0;
    }
    in.offset = h->upper_offset;
    in.p = pkt + in.offset;
    in.len = h->upper_len;
    in.real = in.len < len - in.offset ? in.len : len - in.offset;
    drop = decode_upper(&in, msg);
    if (drop == MIP6_DROP_NONE)
        return 0;
    *cause = drop;
    return drop == MIP6_DROP_CHECKSUM ? MIP6_ERR_CHECKSUM : MIP6_ERR_MALFORMED;
}

/* ---- Encode ----------------------------------------------------------------------- */

static bool valid_header(const mip6_header *h)
{
    if (mip6_addr_is_multicast(&h->src) || mip6_addr_is_unspecified(&h->dst))
        return false;
    if (h->has_home && !mip6_wire_routable(&h->home))
        return false;
    return !h->has_final ||
           (mip6_wire_routable(&h->final) && !mip6_addr_is_multicast(&h->dst));
}

static int encode_upper(struct wire_out *out, const mip6_header *h, mip6_message *msg)
{
    switch (msg->kind) {
    case MIP6_MSG_RS:
    case MIP6_MSG_RA:
    case MIP6_MSG_NS:
    case MIP6_MSG_NA:
        return mip6_wire_encode_nd(out, h, msg);
    case MIP6_MSG_DHAAD_REQUEST:
    case MIP6_MSG_DHAAD_REPLY:
    case MIP6_MSG_SWITCH:
        return mip6_wire_encode_dhaad(out, msg);
    case MIP6_MSG_ICMP_ERROR:
        return mip6_wire_encode_icmp_error(out, msg);
    default:
        return mip6_wire_encode_mobility(out, h, msg);
    }
}

static uint8_t next_header_of(mip6_message_kind kind)
{
    switch (kind) {
    case MIP6_MSG_NONE:
    case MIP6_MSG_DATA:
    case MIP6_MSG_OTHER:
        return MIP6_NH_NONE;
    case MIP6_MSG_RS:
    case MIP6_MSG_RA:
    case MIP6_MSG_NS:
    case MIP6_MSG_NA:
    case MIP6_MSG_DHAAD_REQUEST:
    case MIP6_MSG_DHAAD_REPLY:
    case MIP6_MSG_SWITCH:
    case MIP6_MSG_ICMP_ERROR:
        return MIP6_NH_ICMPV6;
    default:
        return MIP6_NH_MOBILITY;
    }
}

static void put_checksum(uint8_t *upper, size_t len, const mip6_header *h, uint8_t next_header)
{
    size_t at = next_header == MIP6_NH_ICMPV6 ? ICMP_CHECKSUM_OFFSET : MH_CHECKSUM_OFFSET;

    mip6_put16(upper + at, 0);
    mip6_put16(upper + at,
               mip6_checksum(mip6_header_source(h), h->has_final ? &h->final : &h->dst,
                             next_header, upper, len, 0));
}

int mip6_encode(uint8_t *buf, size_t cap, const mip6_header *h, mip6_message *msg)
{
    struct wire_out out = {.p = buf, .cap = cap};
    uint8_t next_header = next_header_of(msg->kind);
    size_t upper;
    int r;

    if (next_header == MIP6_NH_NONE || !valid_header(h))
        return MIP6_ERR_INVALID;
    mip6_wire_put_headers(&out, h, next_header);
    upper = out.len;
    r = encode_upper(&out, h, msg);
    if (r != 0)
        return r;
    if (out.len > MIP6_MAX_PACKET)
        return MIP6_ERR_INVALID;
    if (out.len > cap)
        return MIP6_ERR_SPACE;
    mip6_put16(buf + 4, (uint16_t)(out.len - MIP6_IPV6_HEADER));
    put_checksum(buf + upper, out.len - upper, h, next_header);
    return (int)out.len;
}

void mip6_wire_auth_finish(uint8_t *pkt, size_t len, uint16_t auth_offset,
                           const uint8_t auth[12])
{
    mip6_header h;
    mip6_drop cause;
    int r = mip6_decode_header(pkt, len, 0, &h, &cause);

    assert(r == 0 && h.next_header == MIP6_NH_MOBILITY);
    assert(auth_offset >= h.upper_offset && auth_offset + 12u <= len);
    memcpy(pkt + auth_offset, auth, 12);
    put_checksum(pkt + h.upper_offset, h.upper_len, &h, MIP6_NH_MOBILITY);
}
