/* What the files of proto/wire share: sums, a bounded writer, and the codecs that
 * message.c dispatches to. Nothing here is part of the interface.
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#ifndef MIP6_WIRE_INTERNAL_H
#define MIP6_WIRE_INTERNAL_H

#include "mip6_wire.h"

#include <string.h>

/* ICMPv6 types. RFC 4443 section 3, RFC 4861 section 4, RFC 6275 sections 6.5, 6.6. */
enum {
    ICMP_UNREACHABLE = 1,
    ICMP_TOO_BIG = 2,
    ICMP_TIME_EXCEEDED = 3,
    ICMP_PARAMETER = 4,
    ICMP_RS = 133,
    ICMP_RA = 134,
    ICMP_NS = 135,
    ICMP_NA = 136,
    ICMP_DHAAD_REQUEST = 144,
    ICMP_DHAAD_REPLY = 145,
};

#define OPTION_HOME_ADDRESS 0xc9 /* RFC 6275 section 6.3 */

#define ICMP_CHECKSUM_OFFSET 2u
#define MH_CHECKSUM_OFFSET 4u
#define UDP_CHECKSUM_OFFSET 6u

/* An upper layer as the header reader found it. */
struct wire_in {
    const uint8_t *p;       /* its first byte */
    size_t real;            /* bytes of it at hand */
    size_t len;             /* bytes of it, virtual ones included */
    size_t offset;          /* of p in the packet */
    const mip6_header *h;
};

/* A writer that counts past its end instead of writing there, so that encoders
 * need no check of their own. */
struct wire_out {
    uint8_t *p;
    size_t cap;
    size_t len;
};

static inline uint8_t *wire_take(struct wire_out *out, size_t n)
{
    size_t at = out->len;

    out->len += n;
    return out->len <= out->cap ? out->p + at : NULL;
}

static inline void wire_put(struct wire_out *out, const void *bytes, size_t n)
{
    uint8_t *p = wire_take(out, n);

    if (p != NULL && n != 0)
        memcpy(p, bytes, n);
}

static inline void wire_put_zero(struct wire_out *out, size_t n)
{
    uint8_t *p = wire_take(out, n);

    if (p != NULL && n != 0)
        memset(p, 0, n);
}

static inline void wire_put8(struct wire_out *out, uint8_t v)
{
    wire_put(out, &v, 1);
}

static inline void wire_put16(struct wire_out *out, uint16_t v)
{
    uint8_t b[2];

    mip6_put16(b, v);
    wire_put(out, b, sizeof(b));
}

static inline void wire_put32(struct wire_out *out, uint32_t v)
{
    uint8_t b[4];

    mip6_put32(b, v);
    wire_put(out, b, sizeof(b));
}

/* A 16-bit number in the order of memory. The one's complement sum does not depend
 * on byte order (RFC 1071 section 2 (B)), so it runs in the machine's own. */
static inline uint16_t wire_net16(uint16_t v)
{
    uint8_t b[2];
    uint16_t r;

    mip6_put16(b, v);
    memcpy(&r, b, sizeof(r));
    return r;
}

static inline uint64_t wire_sum8(const uint8_t *p)
{
    uint64_t w;

    memcpy(&w, p, sizeof(w));
    return (w & UINT32_MAX) + (w >> 32);
}

/* Unfolded sum of both addresses, length and next header. RFC 8200 section 8.1. */
static inline uint64_t wire_sum_pseudo(const mip6_addr *src, const mip6_addr *dst,
                                       uint32_t len, uint8_t next_header)
{
    return wire_sum8(src->b) + wire_sum8(src->b + 8) + wire_sum8(dst->b) +
           wire_sum8(dst->b + 8) + wire_net16((uint16_t)(len >> 16)) +
           wire_net16((uint16_t)len) + wire_net16(next_header);
}

/* Fold, invert, and return the number as the field holds it. */
static inline uint16_t wire_sum_finish(uint64_t sum)
{
    uint16_t folded;
    uint8_t b[2];

    sum = (sum & UINT32_MAX) + (sum >> 32);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    folded = (uint16_t)~sum;
    memcpy(b, &folded, sizeof(b));
    return mip6_get16(b);
}

/* Not unspecified, loopback, link-local or multicast. RFC 6275 sections 6.3, 6.4. */
bool mip6_wire_routable(const mip6_addr *a);

/* header.c: IPv6 header and extension headers; the payload length is left 0. */
void mip6_wire_put_headers(struct wire_out *out, const mip6_header *h, uint8_t next_header);

/* Codecs. Decoders return the cause of the drop, NONE for success; what they are
 * given has a right checksum. Encoders write the upper layer with checksum 0 and
 * return 0 or MIP6_ERR_INVALID. */
mip6_drop mip6_wire_decode_nd(const struct wire_in *in, mip6_message *msg);
int mip6_wire_encode_nd(struct wire_out *out, const mip6_header *h, const mip6_message *msg);

mip6_drop mip6_wire_decode_dhaad(const struct wire_in *in, mip6_message *msg);
int mip6_wire_encode_dhaad(struct wire_out *out, const mip6_message *msg);

mip6_drop mip6_wire_decode_icmp_error(const struct wire_in *in, mip6_message *msg);
int mip6_wire_encode_icmp_error(struct wire_out *out, const mip6_message *msg);

mip6_drop mip6_wire_decode_mobility(const struct wire_in *in, mip6_message *msg);
int mip6_wire_encode_mobility(struct wire_out *out, const mip6_header *h, mip6_message *msg);

/* mobility_options.c. `at`: where the options begin within the mobility header. */
mip6_drop mip6_wire_decode_options(const struct wire_in *in, size_t at, size_t end,
                                   mip6_mobility_options *opt);
void mip6_wire_encode_options(struct wire_out *out, size_t mh, mip6_mobility_options *opt);

#endif
