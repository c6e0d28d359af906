/* IPv6 header and extension headers.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "wire_samples.h"

#include <criterion/criterion.h>
#include <string.h>

#define SRC "20010db8000200000000000000000005"
#define DST "20010db8000300000000000000000009"
#define HOME "20010db8000100000000000000000077"

/* Option of a Home Address, and a whole header with it; a whole routing header. */
#define HOA "c910" HOME
#define HOA_HEADER(next) next "0201020000" HOA
#define RH2_HEADER(next) next "02020100000000" HOME

/* An IPv6 packet whose payload begins with `chain` (hexadecimal), the first of it of
 * kind `first`, and ends with a UDP header of the right checksum where `udp`. */
struct packet {
    uint8_t b[512];
    size_t len;
};

static struct packet build(unsigned first, const char *chain, bool udp, bool home, bool final)
{
    struct packet p;
    mip6_header h = {.has_home = home, .has_final = final};
    size_t n;

    p.len = wire_hex("6000000000000040" SRC DST, p.b, sizeof(p.b));
    p.b[6] = (uint8_t)first;
    n = wire_hex(chain, p.b + 40, sizeof(p.b) - 40);
    p.len += n;
    if (udp) {
        memset(p.b + p.len, 0, 16);
        p.b[p.len + 5] = 16;
        memcpy(&h.src, p.b + 8, 16);
        memcpy(&h.dst, p.b + 24, 16);
        h.home = wire_addr("2001:db8:1::77");
        h.final = h.home;
        wire_fix_checksum(p.b, p.len + 16, &h, p.len, 17);
        p.len += 16;
    }
    mip6_put16(p.b + 4, (uint16_t)(p.len - 40));
    return p;
}

/* The packet's cause; NONE needs the UDP behind the chain to be found and right. */
static void expect(const char *what, unsigned first, const char *chain, mip6_drop cause)
{
    bool home = strstr(chain, HOA) != NULL;
    bool final = strstr(chain, "020201" "00000000" HOME) != NULL;
    struct packet p = build(first, chain, true, home, final);

    wire_expect_drop(what, p.b, p.len, cause);
}

Test(proto_wire_header, fixed_part)
{
    struct packet p = build(17, "", true, false, false);
    mip6_header h;
    mip6_drop cause;

    cr_assert_eq(mip6_decode_header(p.b, p.len, 0, &h, &cause), 0);
    cr_assert_eq(h.hop_limit, 0x40);
    cr_assert_eq(h.upper_offset, 40);
    cr_assert_eq(h.upper_len, 16);
    cr_assert_eq(h.next_header, 17);
    cr_assert_eq(mip6_header_source(&h), &h.src);
    cr_assert_eq(mip6_header_destination(&h), &h.dst);
    for (size_t n = 0; n < 40; n++)
        wire_expect_drop("fixed part", p.b, n, MIP6_DROP_TOO_SHORT);
    p.b[0] = 0x45;
    wire_expect_drop("version 4", p.b, p.len, MIP6_DROP_BAD_VALUE);
    p.b[0] = 0x6f; /* traffic class and flow label are nothing to us */
    wire_expect_drop("traffic class", p.b, p.len, MIP6_DROP_NONE);
    p.b[8] = 0xff;
    wire_expect_drop("multicast source", p.b, p.len, MIP6_DROP_BAD_VALUE);
    p = build(17, "", true, false, false);
    memset(p.b + 24, 0, 16);
    wire_expect_drop("no destination", p.b, p.len, MIP6_DROP_BAD_VALUE);
}

Test(proto_wire_header, next_headers)
{
    struct packet p = build(59, "", false, false, false);

    wire_expect_drop("nothing", p.b, p.len, MIP6_DROP_NONE);
    p = build(59, "0102030405", false, false, false);
    wire_expect_drop("bytes behind 59", p.b, p.len, MIP6_DROP_NONE);
    expect("TCP", 6, "", MIP6_DROP_UNKNOWN_HEADER);
    expect("ESP", 50, "", MIP6_DROP_UNKNOWN_HEADER);
    expect("behind options", 60, "3200010400000000", MIP6_DROP_UNKNOWN_HEADER);
}

Test(proto_wire_header, hop_by_hop_options)
{
    expect("router alert", 0, "1100050200000100", MIP6_DROP_NONE);
    expect("two octets of 8", 0, "1101010c000000000000000000000000", MIP6_DROP_NONE);
    expect("not the first", 60, "00000104000000001100010400000000", MIP6_DROP_UNKNOWN_HEADER);
    expect("home address there", 0, HOA_HEADER("11"), MIP6_DROP_UNKNOWN_HEADER);
    expect("jumbo", 0, "1100c20400010000", MIP6_DROP_UNKNOWN_HEADER);
}

/* RFC 8200 section 4.2: the two high bits. */
Test(proto_wire_header, unknown_options)
{
    expect("00", 60, "11001e0400000000", MIP6_DROP_NONE);
    expect("00, may change", 60, "11003e0400000000", MIP6_DROP_NONE);
    expect("01", 60, "11005e0400000000", MIP6_DROP_UNKNOWN_HEADER);
    expect("10", 60, "11009e0400000000", MIP6_DROP_UNKNOWN_HEADER);
    expect("11", 60, "1100de0400000000", MIP6_DROP_UNKNOWN_HEADER);
}

Test(proto_wire_header, option_lengths)
{
    expect("Pad1 alone", 60, "1100000000000000", MIP6_DROP_NONE);
    expect("PadN of 6", 60, "1100010400000000", MIP6_DROP_NONE);
    expect("one too long", 60, "1100010500000000", MIP6_DROP_BAD_LENGTH);
    expect("much too long", 60, "110001ff00000000", MIP6_DROP_BAD_LENGTH);
    expect("type without length", 60, "1100010300000001", MIP6_DROP_BAD_LENGTH);
    expect("header past the packet", 60, "11ff010400000000", MIP6_DROP_BAD_LENGTH);
}

Test(proto_wire_header, header_cut_by_the_end)
{
    struct packet p = build(60, "11000104", false, false, false);

    wire_expect_drop("4 bytes", p.b, p.len, MIP6_DROP_TOO_SHORT);
    p = build(60, "", false, false, false);
    wire_expect_drop("no byte", p.b, p.len, MIP6_DROP_TOO_SHORT);
    p = build(44, "11000000", false, false, false);
    wire_expect_drop("fragment", p.b, p.len, MIP6_DROP_TOO_SHORT);
}

/* Payload may be virtual, headers may not. */
Test(proto_wire_header, virtual_part_of_a_header)
{
    struct packet p = build(60, "3b01010c00000000" "0000000000000000", false, false, false);
    mip6_header h;
    mip6_drop cause;

    cr_assert_eq(mip6_decode_header(p.b, p.len, 0, &h, &cause), 0);
    cr_assert_eq(mip6_decode_header(p.b, p.len - 1, 1, &h, &cause), MIP6_ERR_MALFORMED);
    cr_assert_eq(cause, MIP6_DROP_BAD_LENGTH);
    cr_assert_eq(mip6_decode_header(p.b, p.len - 9, 9, &h, &cause), MIP6_ERR_MALFORMED);
    cr_assert_eq(cause, MIP6_DROP_TOO_SHORT);
}

Test(proto_wire_header, home_address)
{
    struct packet p = build(60, HOA_HEADER("11"), true, true, false);
    mip6_header h;
    mip6_message msg;
    mip6_drop cause;

    cr_assert_eq(mip6_decode(p.b, p.len, 0, &h, &msg, &cause), 0);
    cr_assert(h.has_home);
    cr_assert_eq(mip6_header_source(&h), &h.home);
    cr_assert_eq(mip6_header_destination(&h), &h.dst);
    cr_assert_eq(h.upper_offset, 64);
    cr_assert_eq(msg.kind, MIP6_MSG_DATA);
    /* Its alignment is the sender's duty, not a condition. */
    expect("at 8n+2", 60, "1102" HOA "01020000", MIP6_DROP_NONE);
    expect("twice in one", 60, "1104" HOA HOA "0100", MIP6_DROP_BAD_VALUE);
    expect("twice, two headers", 60, HOA_HEADER("3c") HOA_HEADER("11"), MIP6_DROP_BAD_VALUE);
    expect("length 15", 60, "1102" "01020000" "c90f" HOME, MIP6_DROP_BAD_LENGTH);
    expect("length 1", 60, "1102" "01020000" "c901" HOME, MIP6_DROP_BAD_LENGTH);
    expect("length 17", 60, "1102" "010100" "c911" HOME "00", MIP6_DROP_BAD_LENGTH);
}

/* RFC 6275 section 6.3: a unicast routable address. */
Test(proto_wire_header, home_addresses_that_are_not_routable)
{
    expect("unspecified", 60, "110201020000c910" "00000000000000000000000000000000",
           MIP6_DROP_BAD_VALUE);
    expect("loopback", 60, "110201020000c910" "00000000000000000000000000000001",
           MIP6_DROP_BAD_VALUE);
    expect("link-local", 60, "110201020000c910" "fe800000000000000000000000000001",
           MIP6_DROP_BAD_VALUE);
    expect("multicast", 60, "110201020000c910" "ff0e0000000000000000000000000001",
           MIP6_DROP_BAD_VALUE);
}

/* RFC 6275 section 6.3: behind the routing header, before the fragment header. */
Test(proto_wire_header, place_of_the_home_address)
{
    expect("before a routing header", 60, HOA_HEADER("2b") RH2_HEADER("11"),
           MIP6_DROP_BAD_VALUE);
    expect("behind one", 43, RH2_HEADER("3c") HOA_HEADER("11"), MIP6_DROP_NONE);
    expect("behind a fragment header", 44, "3c00000000000001" HOA_HEADER("11"),
           MIP6_DROP_BAD_VALUE);
    expect("before one", 60, HOA_HEADER("2c") "1100000000000001", MIP6_DROP_NONE);
}

Test(proto_wire_header, routing_header)
{
    struct packet p = build(43, RH2_HEADER("11"), true, false, true);
    mip6_header h;
    mip6_message msg;
    mip6_drop cause;

    cr_assert_eq(mip6_decode(p.b, p.len, 0, &h, &msg, &cause), 0);
    cr_assert(h.has_final);
    cr_assert_eq(h.segments_left, 1);
    cr_assert_eq(mip6_header_destination(&h), &h.final);
    expect("twice", 43, RH2_HEADER("2b") RH2_HEADER("11"), MIP6_DROP_BAD_VALUE);
    expect("two addresses", 43, "1104020100000000" HOME HOME, MIP6_DROP_BAD_LENGTH);
    expect("no address", 43, "1100020100000000", MIP6_DROP_BAD_LENGTH);
    expect("segments left 2", 43, "1102020200000000" HOME, MIP6_DROP_BAD_VALUE);
    expect("link-local", 43, "1102020100000000fe800000000000000000000000000001",
           MIP6_DROP_BAD_VALUE);
    /* RFC 8200 section 4.4, RFC 5095. */
    expect("type 0", 43, "1102000100000000" HOME, MIP6_DROP_BAD_VALUE);
    expect("type 0, consumed", 43, "1102000000000000" HOME, MIP6_DROP_NONE);
    p.b[24] = 0xff;
    wire_expect_drop("to a group", p.b, p.len, MIP6_DROP_BAD_VALUE);
}

/* Consumed, the destination is the final one and the checksum is over it. */
Test(proto_wire_header, consumed_routing_header)
{
    struct packet p = build(43, "1102020000000000" HOME, true, false, false);
    mip6_header h;
    mip6_message msg;
    mip6_drop cause;

    cr_assert_eq(mip6_decode(p.b, p.len, 0, &h, &msg, &cause), 0);
    cr_assert(h.has_final);
    cr_assert_eq(h.segments_left, 0);
    cr_assert_eq(mip6_header_destination(&h), &h.dst);
}

Test(proto_wire_header, encapsulation_limit)
{
    struct packet p = build(60, "1100040103010100", false, false, false);
    mip6_header h;
    mip6_drop cause;

    cr_assert_eq(mip6_decode_header(p.b, p.len, 0, &h, &cause), 0);
    cr_assert(h.has_encap_limit);
    cr_assert_eq(h.encap_limit, 3);
    p = build(60, "1100010400000000", false, false, false);
    cr_assert_eq(mip6_decode_header(p.b, p.len, 0, &h, &cause), 0);
    cr_assert(!h.has_encap_limit);
}

static void expect_fragment(const char *chain, uint16_t offset, bool more)
{
    struct packet p = build(44, chain, false, false, false);
    mip6_header h;
    mip6_message msg;
    mip6_drop cause;

    cr_assert_eq(mip6_decode(p.b, p.len, 0, &h, &msg, &cause), 0);
    cr_assert(h.is_fragment);
    cr_assert_eq(h.fragment_offset, offset);
    cr_assert_eq(h.more_fragments, more);
    cr_assert_eq(h.fragment_id, 0xdeadbeef);
    cr_assert_eq(h.upper_offset, 48);
    cr_assert_eq(msg.kind, MIP6_MSG_OTHER);
}

Test(proto_wire_header, fragments)
{
    expect_fragment("11000001deadbeef" "0001020304050607", 0, true);
    expect_fragment("11000009deadbeef" "0001020304050607", 8, true);
    expect_fragment("1100000edeadbeef" "00010203", 8, false); /* reserved bits */
    expect_fragment("3c00ffe0deadbeef" "00010203", 65504, false);
    expect("M and 4 bytes", 44, "11000001deadbeef" "00010203", MIP6_DROP_BAD_LENGTH);
    expect("past 65535", 44, "1100fff8deadbeef" "00010203", MIP6_DROP_BAD_LENGTH);
    expect("two headers", 44, "2c000000deadbeef" "11000000deadbeef", MIP6_DROP_BAD_VALUE);
    expect("whole packet", 44, "11000000deadbeef", MIP6_DROP_NONE);
}

/* A chain of n headers of 8 bytes. */
static int decode_chain(unsigned n, mip6_header *h, mip6_drop *cause)
{
    static uint8_t pkt[40 + 65528];
    size_t len = 40 + 8 * (size_t)n;

    wire_hex("6000000000003c40" SRC DST, pkt, 40);
    mip6_put16(pkt + 4, (uint16_t)(8 * n));
    for (size_t at = 40; at < len; at += 8)
        memcpy(pkt + at, (const uint8_t[8]){60, 0, 1, 4}, 8);
    pkt[len - 8] = 59;
    return mip6_decode_header(pkt, len, 0, h, cause);
}

/* A host may limit the chain (RFC 8504 section 5.3). Ours also keeps every offset
 * within 16 bits: 65528 bytes of options would end at 65568. */
Test(proto_wire_header, long_chain)
{
    mip6_header h;
    mip6_drop cause;

    cr_assert_eq(decode_chain(256, &h, &cause), 0);
    cr_assert_eq(h.upper_offset, 40 + 2048);
    cr_assert_eq(h.upper_len, 0);
    cr_assert_eq(decode_chain(257, &h, &cause), MIP6_ERR_MALFORMED);
    cr_assert_eq(cause, MIP6_DROP_BAD_LENGTH);
    cr_assert_eq(decode_chain(8191, &h, &cause), MIP6_ERR_MALFORMED);
    cr_assert_eq(cause, MIP6_DROP_BAD_LENGTH);
}
