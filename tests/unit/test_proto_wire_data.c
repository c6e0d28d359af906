/* The data path: checksums, UDP and tunnel headers, virtual bytes, fragments.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "wire_samples.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* Bytes that differ from run to run of no test. */
static void fill(uint8_t *p, size_t n, uint32_t seed)
{
    for (size_t i = 0; i < n; i++) {
        seed = seed * 1664525u + 1013904223u;
        p[i] = (uint8_t)(seed >> 24);
    }
}

/* ---- Checksum ------------------------------------------------------------------ */

Test(proto_wire_data, checksum_agrees_with_the_reference)
{
    mip6_addr src, dst;
    uint8_t p[300 + 8];

    for (unsigned round = 0; round < 8; round++) {
        fill(src.b, 16, round);
        fill(dst.b, 16, round + 100);
        fill(p, sizeof(p), round + 200);
        for (size_t len = 0; len <= 300; len++) {
            const uint8_t *at = p + round; /* every alignment */

            cr_assert_eq(mip6_checksum(&src, &dst, 17, at, len, 0),
                         wire_reference_checksum(&src, &dst, 17, at, len), "%zu", len);
        }
    }
}

/* All carries: the largest packet of ones. */
Test(proto_wire_data, checksum_of_ones)
{
    static uint8_t p[65535];
    mip6_addr ones;

    memset(p, 0xff, sizeof(p));
    memset(&ones, 0xff, sizeof(ones));
    for (size_t len = 0; len <= sizeof(p); len += len < 64 ? 1 : 5453)
        cr_assert_eq(mip6_checksum(&ones, &ones, 255, p, len, 0),
                     wire_reference_checksum(&ones, &ones, 255, p, len), "%zu", len);
}

Test(proto_wire_data, checksum_of_virtual_zeros)
{
    static uint8_t p[1500];
    mip6_addr src = wire_addr("2001:db8::1"), dst = wire_addr("2001:db8::2");

    for (size_t real = 0; real < 40; real++) {
        memset(p, 0, sizeof(p));
        fill(p, real, 7);
        for (size_t n = real; n < sizeof(p); n += 13)
            cr_assert_eq(mip6_checksum(&src, &dst, 17, p, real, (uint32_t)(n - real)),
                         wire_reference_checksum(&src, &dst, 17, p, n), "%zu, %zu", real, n);
    }
    /* The length is 32 bits of the pseudo-header. */
    cr_assert_neq(mip6_checksum(&src, &dst, 17, p, 8, 0x10000),
                  mip6_checksum(&src, &dst, 17, p, 8, 0));
}

/* RFC 1071 section 3: the example's sum is ddf2; here the rest of the sum is 0. */
Test(proto_wire_data, checksum_of_rfc_1071)
{
    static const uint8_t p[8] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
    mip6_addr src = {{0}}, dst = {{0}};

    /* 8, the length, is taken back by an address: 0xffff - 8. */
    mip6_put16(src.b, 0xffff - 8);
    cr_assert_eq(mip6_checksum(&src, &dst, 0, p, 8, 0), (uint16_t)~0xddf2u);
}

/* ---- UDP --------------------------------------------------------------------------- */

static int decode(const uint8_t *p, size_t len, uint32_t virtual_bytes, mip6_drop *cause)
{
    mip6_header h;
    mip6_message msg;
    int r = mip6_decode(p, len, virtual_bytes, &h, &msg, cause);

    cr_assert(r != 0 || msg.kind == MIP6_MSG_DATA);
    return r;
}

static void udp(uint8_t out[48], uint32_t payload)
{
    mip6_addr src = wire_addr("2001:db8:3::9"), dst = wire_addr("2001:db8:1::77");

    mip6_udp_header(out, &src, &dst, 5000, 6000, payload, 63);
}

/* Laid out by hand: ports 5000 and 6000, 4 bytes of payload. */
Test(proto_wire_data, udp_header_bytes)
{
    uint8_t out[48], wanted[48];

    wire_hex("60000000000c113f" "20010db8000300000000000000000009"
             "20010db8000100000000000000000077" "13881770000c" "0000", wanted, 48);
    mip6_put16(wanted + 46, wire_reference_checksum((const mip6_addr *)(const void *)(wanted + 8),
               (const mip6_addr *)(const void *)(wanted + 24), 17,
               (const uint8_t[12]){0x13, 0x88, 0x17, 0x70, 0, 12}, 12));
    udp(out, 4);
    cr_assert_eq(memcmp(out, wanted, 48), 0);
}

Test(proto_wire_data, virtual_payload_is_as_good_as_real_zeros)
{
    static const uint32_t payloads[] = {0, 1, 2, 3, 7, 8, 100, 1001, 1452, 65527};
    static uint8_t whole[48 + 65527];
    mip6_drop cause;

    for (unsigned i = 0; i < sizeof(payloads) / sizeof(payloads[0]); i++) {
        uint32_t n = payloads[i];

        udp(whole, n);
        for (uint32_t real = 0; real <= n; real += real < 20 ? 1 : 997) {
            uint8_t *p = malloc(48 + real);

            cr_assert_not_null(p);
            memcpy(p, whole, 48 + real);
            cr_assert_eq(decode(p, 48 + real, n - real, &cause), 0, "%u of %u", real, n);
            /* Bytes behind the payload, present or virtual, are nothing to it. */
            cr_assert_eq(decode(p, 48 + real, n - real + 3, &cause), 0);
            if (n > real) {
                cr_assert_eq(decode(p, 48 + real, n - real - 1, &cause), MIP6_ERR_MALFORMED);
                cr_assert_eq(cause, MIP6_DROP_BAD_LENGTH);
            }
            free(p);
        }
    }
}

/* A checksum that comes out as 0 is sent as ffff. RFC 8200 section 8.1. */
Test(proto_wire_data, udp_checksum_is_never_0)
{
    mip6_addr src = wire_addr("2001:db8:3::9"), dst = wire_addr("2001:db8:1::77");
    unsigned folded = 0;
    uint8_t out[48];
    mip6_drop cause;

    for (unsigned port = 0; port < 65536; port++) {
        mip6_udp_header(out, &src, &dst, (uint16_t)port, 1, 4, 64);
        cr_assert_neq(mip6_get16(out + 46), 0);
        cr_assert_eq(decode(out, 48, 4, &cause), 0);
        if (mip6_get16(out + 46) != 0xffff)
            continue;
        folded++;
        mip6_put16(out + 46, 0); /* the same number, and yet forbidden */
        cr_assert_eq(decode(out, 48, 4, &cause), MIP6_ERR_CHECKSUM);
    }
    cr_assert_eq(folded, 1);
}

Test(proto_wire_data, udp_errors)
{
    uint8_t p[48 + 4] = {0};
    mip6_drop cause;

    udp(p, 4);
    for (unsigned n = 0; n < 8; n++) {
        mip6_put16(p + 44, (uint16_t)n);
        cr_assert_eq(decode(p, 52, 0, &cause), MIP6_ERR_MALFORMED);
        cr_assert_eq(cause, MIP6_DROP_BAD_LENGTH, "length %u", n);
    }
    mip6_put16(p + 44, 13);
    cr_assert_eq(decode(p, 52, 0, &cause), MIP6_ERR_MALFORMED);
    cr_assert_eq(cause, MIP6_DROP_BAD_LENGTH);
    udp(p, 4);
    mip6_put16(p + 46, 0);
    cr_assert_eq(decode(p, 52, 0, &cause), MIP6_ERR_CHECKSUM);
    cr_assert_eq(cause, MIP6_DROP_CHECKSUM);
    udp(p, 4);
    p[50] = 1;
    cr_assert_eq(decode(p, 52, 0, &cause), MIP6_ERR_CHECKSUM);
    mip6_put16(p + 4, 7);
    cr_assert_eq(decode(p, 52, 0, &cause), MIP6_ERR_MALFORMED);
    cr_assert_eq(cause, MIP6_DROP_TOO_SHORT);
}

/* UDP may end before its packet does: the sum is over what its own length says. */
Test(proto_wire_data, udp_shorter_than_its_packet)
{
    uint8_t p[48 + 8];
    mip6_drop cause;

    udp(p, 4);
    memset(p + 48, 0, 4);
    memset(p + 52, 0xee, 4);
    mip6_put16(p + 4, 16);
    cr_assert_eq(decode(p, 56, 0, &cause), 0);
}

/* As mip6_udp_header promises: the addresses may move into extension headers. */
Test(proto_wire_data, checksum_stays_right_when_addresses_move)
{
    static const char *const chains[] = {"2001:db8:2::5", "2001:db8:9::5"};
    uint8_t p[48], q[48 + 24];
    mip6_addr coa = wire_addr(chains[0]);
    mip6_drop cause;

    udp(p, 200);
    memcpy(q, p, 40);
    memcpy(q + 64, p + 40, 8);
    mip6_put16(q + 4, 8 + 200 + 24);
    q[6] = MIP6_NH_DSTOPTS;
    wire_hex("110201020000c910", q + 40, 8);
    memcpy(q + 48, p + 8, 16);
    memcpy(q + 8, &coa, 16);
    cr_assert_eq(decode(q, 72, 200, &cause), 0);
    q[6] = MIP6_NH_ROUTING;
    wire_hex("1102020100000000", q + 40, 8);
    memcpy(q + 48, p + 24, 16);
    memcpy(q + 8, p + 8, 16);
    memcpy(q + 24, &coa, 16);
    cr_assert_eq(decode(q, 72, 200, &cause), 0);
}

/* ---- Tunnel ---------------------------------------------------------------------- */

Test(proto_wire_data, tunnel_header)
{
    mip6_addr ha = wire_addr("2001:db8:1::1"), coa = wire_addr("2001:db8:2::5");
    uint8_t p[88], wanted[40];
    mip6_header h;
    mip6_message msg;
    mip6_drop cause;

    udp(p + 40, 100);
    memset(p, 0xaa, 40);
    mip6_tunnel_header(p, &ha, &coa, 148, 64);
    wire_hex("6000000000942940" "20010db8000100000000000000000001"
             "20010db8000200000000000000000005", wanted, 40);
    cr_assert_eq(memcmp(p, wanted, 40), 0);
    cr_assert_eq(mip6_decode(p, 88, 100, &h, &msg, &cause), 0);
    cr_assert_eq(msg.kind, MIP6_MSG_DATA);
    cr_assert_eq(h.next_header, MIP6_NH_IPV6);
    cr_assert_eq(h.upper_offset, 40);
    cr_assert_eq(h.upper_len, 148);
    cr_assert_eq(decode(p + 40, 48, 100, &cause), 0);
    p[40] = 0x45;
    cr_assert_eq(decode(p, 88, 100, &cause), MIP6_ERR_MALFORMED);
    cr_assert_eq(cause, MIP6_DROP_BAD_VALUE);
    for (uint16_t n = 0; n < 40; n++) {
        mip6_put16(p + 4, n);
        cr_assert_eq(decode(p, 88, 0, &cause), MIP6_ERR_MALFORMED);
        cr_assert_eq(cause, MIP6_DROP_TOO_SHORT);
    }
}

/* ---- Fragments ------------------------------------------------------------------ */

struct whole {
    uint8_t b[4000];
    size_t real;
    uint32_t virtual_bytes;
    size_t headers; /* per-fragment headers */
};

/* Put fragments together as RFC 8200 section 4.5 says, and compare with the whole. */
static void expect_fragments(const struct whole *w, uint32_t mtu, unsigned expected)
{
    static uint8_t got[4000];
    size_t total = w->real + w->virtual_bytes, next = 0;
    uint8_t buf[1500];
    uint32_t tail;
    unsigned i;
    int n;

    memset(got, 0xcc, sizeof(got));
    for (i = 0; (n = mip6_fragment(w->b, w->real, w->virtual_bytes, mtu, 77, i, buf,
                                   sizeof(buf), &tail)) > 0; i++) {
        mip6_header h;
        mip6_drop cause;

        cr_assert_leq((uint32_t)n + tail, mtu);
        cr_assert_eq(mip6_decode_header(buf, (size_t)n, tail, &h, &cause), 0);
        cr_assert_eq(40u + mip6_get16(buf + 4), (uint32_t)n + tail);
        cr_assert(h.is_fragment);
        cr_assert_eq(h.fragment_id, 77);
        cr_assert_eq(h.fragment_offset, next);
        cr_assert_eq(h.upper_offset, w->headers + 8);
        cr_assert(mip6_addr_equal(&h.src, (const mip6_addr *)(const void *)(w->b + 8)));
        memcpy(got + w->headers + next, buf + h.upper_offset, (size_t)n - h.upper_offset);
        memset(got + w->headers + next + n - h.upper_offset, 0, tail);
        next += h.upper_len;
        cr_assert_eq(h.more_fragments, w->headers + next < total);
    }
    cr_assert_eq(n, 0);
    cr_assert_eq(i, expected);
    cr_assert_eq(w->headers + next, total);
    cr_assert_eq(memcmp(got + w->headers, w->b + w->headers, total - w->headers), 0);
}

static struct whole make_whole(size_t real, uint32_t virtual_bytes)
{
    struct whole w = {.real = real, .virtual_bytes = virtual_bytes, .headers = 40};
    mip6_addr src = wire_addr("2001:db8::1"), dst = wire_addr("2001:db8::2");

    fill(w.b + 40, real - 40, 3);
    mip6_tunnel_header(w.b, &src, &dst, (uint32_t)real + virtual_bytes - 40, 64);
    return w;
}

Test(proto_wire_data, fragments_of_a_tunnel_packet)
{
    struct whole w = make_whole(1500, 0);

    expect_fragments(&w, 1280, 2);
    w = make_whole(1281, 0);
    expect_fragments(&w, 1280, 2);
    w = make_whole(3999, 0);
    expect_fragments(&w, 1280, 4);
    expect_fragments(&w, 1289, 4);
    expect_fragments(&w, 1500, 3);
}

Test(proto_wire_data, fragments_with_a_virtual_tail)
{
    for (size_t real = 48; real <= 3000; real += real == 48 ? 40 : 331) {
        struct whole w = make_whole(real, (uint32_t)(3001 - real));

        expect_fragments(&w, 1280, 3);
    }
}

/* The first and the last fragment of 1281 bytes, by hand: 1232 is the largest
 * multiple of 8 in 1280 - 48. */
Test(proto_wire_data, fragment_bytes)
{
    struct whole w = make_whole(1281, 0);
    uint8_t buf[1280], head[8];
    uint32_t tail = 5;

    cr_assert_eq(mip6_fragment(w.b, 1281, 0, 1280, 0x01020304, 0, buf, 1280, &tail), 1280);
    cr_assert_eq(tail, 0);
    cr_assert_eq(buf[6], MIP6_NH_FRAGMENT);
    cr_assert_eq(mip6_get16(buf + 4), 1240);
    wire_hex("2900000101020304", head, 8);
    cr_assert_eq(memcmp(buf + 40, head, 8), 0);
    cr_assert_eq(mip6_fragment(w.b, 1281, 0, 1280, 0x01020304, 1, buf, 1280, &tail), 57);
    wire_hex("290004d001020304", head, 8);
    cr_assert_eq(memcmp(buf + 40, head, 8), 0);
    cr_assert_eq(memcmp(buf + 48, w.b + 1272, 9), 0);
    cr_assert_eq(mip6_fragment(w.b, 1281, 0, 1280, 0x01020304, 2, buf, 1280, &tail), 0);
    cr_assert_eq(mip6_fragment(w.b, 1281, 0, 1280, 0x01020304, 2000000, buf, 1280, &tail), 0);
}

/* Routing header and Home Address option stand in each fragment, other destination
 * options in the first alone. RFC 8200 section 4.5, RFC 6275 section 6.3. */
Test(proto_wire_data, headers_of_every_fragment)
{
    struct whole w = make_whole(2000, 0);

    w.b[6] = MIP6_NH_HOPOPTS;
    wire_hex("2b00050200000100" "3c02020100000000" "20010db8000100000000000000000077"
             "3c0201020000c910" "20010db8000100000000000000000078" "1100010400000000",
             w.b + 40, 64);
    w.headers = 40 + 8 + 24 + 24;
    expect_fragments(&w, 1280, 2);
    memcpy(w.b + 40 + 8, "\x11", 1); /* the routing header is the last that matters */
    w.headers = 40 + 8 + 24;
    expect_fragments(&w, 1280, 2);
    wire_hex("3b00050200000100", w.b + 40, 8);
    w.headers = 48;
    expect_fragments(&w, 1280, 2);
    w.b[6] = MIP6_NH_DSTOPTS;
    w.headers = 40;
    expect_fragments(&w, 1280, 2);
}

Test(proto_wire_data, fragment_refusals)
{
    struct whole w = make_whole(1500, 0);
    uint8_t buf[1500];
    uint32_t tail;
    int n;

    cr_assert_eq(mip6_fragment(w.b, 1500, 0, 1279, 1, 0, buf, 1500, &tail), MIP6_ERR_INVALID);
    cr_assert_eq(mip6_fragment(w.b, 1500, 0, 1500, 1, 0, buf, 1500, &tail), MIP6_ERR_INVALID);
    cr_assert_eq(mip6_fragment(w.b, 1499, 0, 1280, 1, 0, buf, 1500, &tail), MIP6_ERR_INVALID);
    cr_assert_eq(mip6_fragment(w.b, 1500, 0, 1280, 1, 0, buf, 1279, &tail), MIP6_ERR_SPACE);
    n = mip6_fragment(w.b, 1500, 0, 1280, 1, 0, buf, 1280, &tail);
    cr_assert_eq(n, 1280);
    mip6_put16(w.b + 4, 1460);
    memcpy(w.b + 40, buf + 40, 8);
    w.b[6] = MIP6_NH_FRAGMENT;
    w.b[43] &= 0xfe;
    cr_assert_eq(mip6_fragment(w.b, 1500, 0, 1280, 1, 0, buf, 1500, &tail), MIP6_ERR_INVALID);
}
