/* Headers that the data path writes, and fragments.
 *
 *   RFC 2473 section 3 (tunnel header), RFC 768 (UDP), RFC 8200 section 4.5
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "wire_internal.h"

#include <assert.h>

void mip6_tunnel_header(uint8_t *out, const mip6_addr *src, const mip6_addr *dst,
                        uint32_t payload_len, uint8_t hop_limit)
{
    static const uint8_t version[4] = {0x60};

    assert(payload_len <= UINT16_MAX);
    memcpy(out, version, sizeof(version));
    mip6_put16(out + 4, (uint16_t)payload_len);
    out[6] = MIP6_NH_IPV6;
    out[7] = hop_limit;
    memcpy(out + 8, src, sizeof(*src));
    memcpy(out + 24, dst, sizeof(*dst));
}

void mip6_udp_header(uint8_t out[48], const mip6_addr *src, const mip6_addr *dst,
                     uint16_t src_port, uint16_t dst_port, uint32_t payload_len,
                     uint8_t hop_limit)
{
    uint32_t udp_len = MIP6_UDP_HEADER + payload_len;
    uint8_t *udp = out + MIP6_IPV6_HEADER;
    uint16_t sum;

    mip6_tunnel_header(out, src, dst, udp_len, hop_limit);
    out[6] = MIP6_NH_UDP;
    mip6_put16(udp, src_port);
    mip6_put16(udp + 2, dst_port);
    mip6_put16(udp + 4, (uint16_t)udp_len);
    /* Of the numbers, not of the bytes just written: a load would wait for the stores. */
    sum = wire_sum_finish(wire_sum_pseudo(src, dst, udp_len, MIP6_NH_UDP) +
                          wire_net16(src_port) + wire_net16(dst_port) +
                          wire_net16((uint16_t)udp_len));
    /* 0 would say "no checksum", which IPv6 forbids. RFC 8200 section 8.1. */
    mip6_put16(udp + UDP_CHECKSUM_OFFSET, sum == 0 ? UINT16_MAX : sum);
}

/* ---- Fragments ---------------------------------------------------------------- */

/* Where the per-fragment headers end, and where the last of them names its successor:
 * all up to the routing header, and a Home Address option (RFC 6275 section 6.3). */
struct split {
    size_t headers;
    size_t next_at;
};

/* True where a destination options header, well-formed, has a Home Address option. */
static bool holds_home(const uint8_t *p)
{
    size_t n = (p[1] + 1u) * 8u;

    for (size_t i = 2; i < n; i += p[i] == 0 ? 1u : 2u + p[i + 1]) {
        if (p[i] == OPTION_HOME_ADDRESS)
            return true;
    }
    return false;
}

static struct split find_split(const uint8_t *pkt, const mip6_header *h)
{
    struct split s = {MIP6_IPV6_HEADER, 6};
    size_t at = MIP6_IPV6_HEADER;
    size_t next_at = 6;

    while (at < h->upper_offset) {
        uint8_t kind = pkt[next_at];
        bool home = kind == MIP6_NH_DSTOPTS && holds_home(pkt + at);

        next_at = at;
        at += (pkt[at + 1] + 1u) * 8u;
        if (home || kind == MIP6_NH_ROUTING || kind == MIP6_NH_HOPOPTS)
            s = (struct split){at, next_at};
    }
    return s;
}

static void put_fragment(uint8_t *buf, const uint8_t *pkt, const struct split *s,
                         uint32_t id, size_t from, size_t real, size_t length, bool more)
{
    uint8_t *f = buf + s->headers;

    memcpy(buf, pkt, s->headers);
    mip6_put16(buf + 4,
               (uint16_t)(s->headers - MIP6_IPV6_HEADER + MIP6_FRAGMENT_HEADER + length));
    f[0] = buf[s->next_at];
    f[1] = 0;
    mip6_put16(f + 2, (uint16_t)(from | (more ? 1u : 0u)));
    mip6_put32(f + 4, id);
    buf[s->next_at] = MIP6_NH_FRAGMENT;
    memcpy(f + MIP6_FRAGMENT_HEADER, pkt + s->headers + from, real);
}

/* True where a Fragment header is among the extension headers. */
static bool has_fragment_header(const uint8_t *pkt, const mip6_header *h)
{
    size_t at = MIP6_IPV6_HEADER;
    uint8_t kind = pkt[6];

    while (at < h->upper_offset && kind != MIP6_NH_FRAGMENT) {
        kind = pkt[at];
        at += (pkt[at + 1] + 1u) * 8u;
    }
    return at < h->upper_offset;
}

int mip6_fragment(const uint8_t *pkt, size_t len, uint32_t virtual_bytes, uint32_t mtu,
                  uint32_t id, unsigned i, uint8_t *buf, size_t cap, uint32_t *virtual_out)
{
    mip6_header h;
    mip6_drop cause;
    struct split s;
    size_t end, chunk, from, length, real;

    if (mtu < MIP6_MIN_MTU || mip6_decode_header(pkt, len, virtual_bytes, &h, &cause) != 0 ||
        has_fragment_header(pkt, &h))
        return MIP6_ERR_INVALID;
    end = h.upper_offset + h.upper_len;
    s = find_split(pkt, &h);
    if (end <= mtu || s.headers + MIP6_FRAGMENT_HEADER + 8 > mtu)
        return MIP6_ERR_INVALID;
    chunk = (mtu - s.headers - MIP6_FRAGMENT_HEADER) & ~(size_t)7;
    from = i * chunk;
    if (from >= end - s.headers)
        return 0;
    length = end - s.headers - from < chunk ? end - s.headers - from : chunk;
    real = len > s.headers + from ? len - s.headers - from : 0;
    if (real > length)
        real = length;
    if (s.headers + MIP6_FRAGMENT_HEADER + real > cap)
        return MIP6_ERR_SPACE;
    put_fragment(buf, pkt, &s, id, from, real, length, s.headers + from + length < end);
    *virtual_out = (uint32_t)(length - real);
    return (int)(s.headers + MIP6_FRAGMENT_HEADER + real);
}
