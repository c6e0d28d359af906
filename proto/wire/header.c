/* IPv6 header and extension headers.
 *
 *   RFC 8200 sections 3, 4 (headers, options, fragments)
 *   RFC 6275 sections 6.3 (Home Address option), 6.4, 11.3.3 (type 2 routing header)
 *   RFC 2473 section 4.1.1 (tunnel encapsulation limit)
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "wire_internal.h"

enum {
    OPTION_PAD1 = 0,
    OPTION_PADN = 1,
    OPTION_ENCAPSULATION_LIMIT = 4,
};

#define ROUTING_TYPE_2 2

/* A longer chain is nobody's honest packet, and its offsets would leave 16 bits.
 * RFC 8504 section 5.3 lets a host limit it. */
#define MAX_EXTENSIONS 2048u

const mip6_addr *mip6_header_source(const mip6_header *h)
{
    return h->has_home ? &h->home : &h->src;
}

const mip6_addr *mip6_header_destination(const mip6_header *h)
{
    /* Once it is consumed (segments left 0) the destination is the final one. */
    return h->has_final && h->segments_left > 0 ? &h->final : &h->dst;
}

/* A walk along the chain of extension headers. */
struct walk {
    const uint8_t *pkt;
    size_t at;          /* the header in hand */
    size_t real;        /* end of the bytes at hand */
    size_t end;         /* end of the payload, virtual bytes included */
    bool fragmented;    /* a Fragment header was seen */
};

/* RFC 6275 section 6.3: once, behind the routing header, before the fragment header. */
static mip6_drop read_home_address(const struct walk *w, const uint8_t *data, size_t n,
                                   mip6_header *h)
{
    if (n != sizeof(h->home))
        return MIP6_DROP_BAD_LENGTH;
    if (h->has_home || w->fragmented)
        return MIP6_DROP_BAD_VALUE;
    memcpy(&h->home, data, sizeof(h->home));
    if (!mip6_wire_routable(&h->home))
        return MIP6_DROP_BAD_VALUE;
    h->has_home = true;
    return MIP6_DROP_NONE;
}

static mip6_drop read_option(const struct walk *w, const uint8_t *option, mip6_header *h)
{
    bool destination = h->next_header == MIP6_NH_DSTOPTS;
    size_t n = option[1];

    if (option[0] == OPTION_PADN)
        return MIP6_DROP_NONE;
    if (option[0] == OPTION_HOME_ADDRESS && destination)
        return read_home_address(w, option + 2, n, h);
    if (option[0] == OPTION_ENCAPSULATION_LIMIT && destination && n == 1) {
        h->has_encap_limit = true;
        h->encap_limit = option[2];
        return MIP6_DROP_NONE;
    }
    /* The two high bits say what a node does that does not know the option: 00 skips,
     * all others discard the packet. RFC 8200 section 4.2. */
    return (option[0] & 0xc0) == 0 ? MIP6_DROP_NONE : MIP6_DROP_UNKNOWN_HEADER;
}

static mip6_drop read_options(const struct walk *w, size_t n, mip6_header *h)
{
    const uint8_t *p = w->pkt + w->at;
    mip6_drop cause = MIP6_DROP_NONE;

    for (size_t i = 2; i < n && cause == MIP6_DROP_NONE;) {
        if (p[i] == OPTION_PAD1) {
            i++;
            continue;
        }
        if (n - i < 2 || n - i - 2 < p[i + 1])
            return MIP6_DROP_BAD_LENGTH;
        cause = read_option(w, p + i, h);
        i += 2u + p[i + 1];
    }
    return cause;
}

/* RFC 6275 sections 6.4.1 and 11.3.3; for other types RFC 8200 section 4.4. */
static mip6_drop read_routing(const struct walk *w, size_t n, mip6_header *h)
{
    const uint8_t *p = w->pkt + w->at;

    if (h->has_home)
        return MIP6_DROP_BAD_VALUE;
    if (p[2] != ROUTING_TYPE_2)
        return p[3] == 0 ? MIP6_DROP_NONE : MIP6_DROP_BAD_VALUE;
    if (n != MIP6_RH2_HEADER)
        return MIP6_DROP_BAD_LENGTH;
    if (p[3] > 1 || h->has_final || mip6_addr_is_multicast(&h->dst))
        return MIP6_DROP_BAD_VALUE;
    memcpy(&h->final, p + 8, sizeof(h->final));
    if (!mip6_wire_routable(&h->final))
        return MIP6_DROP_BAD_VALUE;
    h->has_final = true;
    h->segments_left = p[3];
    return MIP6_DROP_NONE;
}

/* RFC 8200 section 4.5. One with neither offset nor M is a whole packet. */
static mip6_drop read_fragment(struct walk *w, mip6_header *h)
{
    const uint8_t *p = w->pkt + w->at;
    size_t payload = w->end - w->at - MIP6_FRAGMENT_HEADER;

    if (w->fragmented)
        return MIP6_DROP_BAD_VALUE;
    w->fragmented = true;
    h->fragment_offset = mip6_get16(p + 2) & 0xfff8u;
    h->more_fragments = (p[3] & 1) != 0;
    h->fragment_id = mip6_get32(p + 4);
    h->is_fragment = h->fragment_offset != 0 || h->more_fragments;
    if ((h->more_fragments && payload % 8 != 0) || h->fragment_offset + payload > UINT16_MAX)
        return MIP6_DROP_BAD_LENGTH;
    return MIP6_DROP_NONE;
}

/* Reads the header at w->at, whose kind is h->next_header, and moves behind it. */
static mip6_drop read_extension(struct walk *w, mip6_header *h)
{
    const uint8_t *p = w->pkt + w->at;
    mip6_drop cause;
    size_t n;

    if (w->real - w->at < 8)
        return MIP6_DROP_TOO_SHORT;
    n = h->next_header == MIP6_NH_FRAGMENT ? MIP6_FRAGMENT_HEADER : (p[1] + 1u) * 8u;
    if (n > w->real - w->at || w->at + n > MIP6_IPV6_HEADER + MAX_EXTENSIONS)
        return MIP6_DROP_BAD_LENGTH;
    if (h->next_header == MIP6_NH_ROUTING)
        cause = read_routing(w, n, h);
    else if (h->next_header == MIP6_NH_FRAGMENT)
        cause = read_fragment(w, h);
    else if (h->next_header == MIP6_NH_HOPOPTS && w->at != MIP6_IPV6_HEADER)
        cause = MIP6_DROP_UNKNOWN_HEADER; /* RFC 8200 section 4.1 */
    else
        cause = read_options(w, n, h);
    h->next_header = p[0];
    w->at += n;
    return cause;
}

static bool is_extension(uint8_t next_header)
{
    return next_header == MIP6_NH_HOPOPTS || next_header == MIP6_NH_ROUTING ||
           next_header == MIP6_NH_FRAGMENT || next_header == MIP6_NH_DSTOPTS;
}

static void read_fixed(const uint8_t *pkt, mip6_header *h)
{
    memcpy(&h->src, pkt + 8, sizeof(h->src));
    memcpy(&h->dst, pkt + 24, sizeof(h->dst));
    memset(&h->home, 0, sizeof(h->home));
    memset(&h->final, 0, sizeof(h->final));
    h->has_home = false;
    h->has_final = false;
    h->has_encap_limit = false;
    h->encap_limit = 0;
    h->is_fragment = false;
    h->hop_limit = pkt[7];
    h->segments_left = 0;
    h->next_header = pkt[6];
    h->fragment_offset = 0;
    h->more_fragments = false;
    h->fragment_id = 0;
}

/* On every packet's path: without a call. */
static bool is_zero(const uint8_t *addr)
{
    uint64_t high, low;

    memcpy(&high, addr, 8);
    memcpy(&low, addr + 8, 8);
    return (high | low) == 0;
}

static mip6_drop read_headers(const uint8_t *pkt, size_t len, uint32_t virtual_bytes,
                              mip6_header *h)
{
    struct walk w = {.pkt = pkt, .at = MIP6_IPV6_HEADER};
    mip6_drop cause = MIP6_DROP_NONE;

    if (len < MIP6_IPV6_HEADER)
        return MIP6_DROP_TOO_SHORT;
    w.end = MIP6_IPV6_HEADER + mip6_get16(pkt + 4);
    w.real = w.end < len ? w.end : len;
    if (w.end - w.real > virtual_bytes)
        return MIP6_DROP_BAD_LENGTH;
    read_fixed(pkt, h);
    /* RFC 4291 sections 2.5.2 and 2.7: never a source, never a destination. */
    if (pkt[0] >> 4 != 6 || pkt[8] == 0xff || is_zero(pkt + 24))
        return MIP6_DROP_BAD_VALUE;
    while (is_extension(h->next_header) && !h->is_fragment && cause == MIP6_DROP_NONE)
        cause = read_extension(&w, h);
    h->upper_offset = (uint16_t)w.at;
    h->upper_len = (uint32_t)(w.end - w.at);
    return cause;
}

int mip6_decode_header(const uint8_t *pkt, size_t len, uint32_t virtual_bytes,
                       mip6_header *h, mip6_drop *cause)
{
    mip6_drop drop = read_headers(pkt, len, virtual_bytes, h);

    if (drop == MIP6_DROP_NONE)
        return 0;
    *cause = drop;
    return MIP6_ERR_MALFORMED;
}

static void put_routing(struct wire_out *out, const mip6_addr *final, uint8_t next_header)
{
    const uint8_t fixed[8] = {next_header, MIP6_RH2_HEADER / 8 - 1, ROUTING_TYPE_2, 1};

    wire_put(out, fixed, sizeof(fixed));
    wire_put(out, final, sizeof(*final));
}

static void put_home(struct wire_out *out, const mip6_addr *home, uint8_t next_header)
{
    /* PadN of 4 bytes brings the option to 8n+6. */
    const uint8_t fixed[8] = {next_header, MIP6_HOA_HEADER / 8 - 1, OPTION_PADN, 2, 0, 0,
                              OPTION_HOME_ADDRESS, sizeof(*home)};

    wire_put(out, fixed, sizeof(fixed));
    wire_put(out, home, sizeof(*home));
}

void mip6_wire_put_headers(struct wire_out *out, const mip6_header *h, uint8_t next_header)
{
    uint8_t after_routing = h->has_home ? MIP6_NH_DSTOPTS : next_header;
    uint8_t *p = wire_take(out, MIP6_IPV6_HEADER);

    if (p != NULL)
        mip6_tunnel_header(p, &h->src, &h->dst, 0, h->hop_limit);
    if (p != NULL)
        p[6] = h->has_final ? MIP6_NH_ROUTING : after_routing;
    if (h->has_final)
        put_routing(out, &h->final, after_routing);
    if (h->has_home)
        put_home(out, &h->home, next_header);
}
