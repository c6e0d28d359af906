/* What RFC 4861 and RFC 6275 say MUST be discarded, one rule a line.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "wire_samples.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

/* A sample that tests alter before they expect a cause. */
struct altered {
    struct wire_sample s;
    size_t upper;
};

static struct altered take(const char *name)
{
    struct altered a;

    wire_sample_find(name, &a.s);
    a.upper = wire_upper(&a.s);
    return a;
}

static uint8_t next_header(const struct altered *a)
{
    return wire_checksum_at(&a->s) == a->upper + 4 ? MIP6_NH_MOBILITY : MIP6_NH_ICMPV6;
}

/* Length and checksum made right; then what the decoder makes of it. */
static int result(struct altered *a, mip6_header *h, mip6_message *msg, mip6_drop *cause)
{
    struct wire_sample *s = &a->s;

    *cause = MIP6_DROP_NONE;
    memcpy(&s->h.src, s->packet + 8, 16);
    memcpy(&s->h.dst, s->packet + 24, 16);
    mip6_put16(s->packet + 4, (uint16_t)(s->len - 40));
    wire_fix_checksum(s->packet, s->len, &s->h, a->upper, next_header(a));
    return mip6_decode(s->packet, s->len, 0, h, msg, cause);
}

static void expect(const char *what, struct altered a, mip6_drop wanted)
{
    mip6_header h;
    mip6_message msg;
    mip6_drop cause;
    int r = result(&a, &h, &msg, &cause);

    cr_assert_eq(cause, wanted, "%s: %s, expected %s", what, mip6_drop_name(cause),
                 mip6_drop_name(wanted));
    cr_assert_eq(r, wanted == MIP6_DROP_NONE ? 0 : MIP6_ERR_MALFORMED, "%s", what);
}

/* `name` with the upper layer's byte `at` set to v. */
static void expect_byte(const char *what, const char *name, size_t at, unsigned v,
                        mip6_drop wanted)
{
    struct altered a = take(name);

    a.s.packet[a.upper + at] = (uint8_t)v;
    expect(what, a, wanted);
}

/* `name` with `hex` put at the upper layer's byte `at`, which ends it. */
static struct altered with_tail(const char *name, size_t at, const char *hex)
{
    struct altered a = take(name);

    a.s.len = a.upper + at;
    a.s.len += wire_hex(hex, a.s.packet + a.s.len, sizeof(a.s.packet) - a.s.len);
    if (next_header(&a) == MIP6_NH_MOBILITY)
        a.s.packet[a.upper + 1] = (uint8_t)((a.s.len - a.upper) / 8 - 1);
    return a;
}

static void expect_tail(const char *what, const char *name, size_t at, const char *hex,
                        mip6_drop wanted)
{
    expect(what, with_tail(name, at, hex), wanted);
}

/* ---- Neighbor Discovery --------------------------------------------------------- */

static const char *const nd_samples[] = {"rs", "ra-full", "ra-plain", "ns", "ns-probe",
                                         "na-solicited", "na-override"};
#define N_ND (sizeof(nd_samples) / sizeof(nd_samples[0]))

Test(proto_wire_rules, nd_comes_from_the_link)
{
    for (unsigned i = 0; i < N_ND; i++) {
        static const uint8_t limits[] = {0, 1, 64, 254};

        for (unsigned k = 0; k < 4; k++) {
            struct altered a = take(nd_samples[i]);

            a.s.packet[7] = limits[k];
            expect(nd_samples[i], a, MIP6_DROP_HOP_LIMIT);
        }
    }
}

Test(proto_wire_rules, nd_has_code_0)
{
    for (unsigned i = 0; i < N_ND; i++)
        expect_byte(nd_samples[i], nd_samples[i], 1, 1, MIP6_DROP_BAD_VALUE);
}

Test(proto_wire_rules, nd_option_lengths)
{
    expect_tail("RS", "rs", 8, "0100001122334455", MIP6_DROP_BAD_LENGTH);
    expect_tail("RA", "ra-plain", 16, "0600000000000000", MIP6_DROP_BAD_LENGTH);
    expect_tail("NS", "ns", 24, "0100001122334455", MIP6_DROP_BAD_LENGTH);
    expect_tail("NA", "na-bare", 24, "0200001122334455", MIP6_DROP_BAD_LENGTH);
    expect_tail("past the end", "ra-plain", 16, "0602000000000000", MIP6_DROP_BAD_LENGTH);
    expect_tail("7 bytes", "ra-plain", 16, "06010000000000", MIP6_DROP_BAD_LENGTH);
    expect_tail("1 byte", "ra-plain", 16, "06", MIP6_DROP_BAD_LENGTH);
    expect_tail("unknown", "ra-plain", 16, "0602000000000000" "0000000000000000",
                MIP6_DROP_NONE);
    expect_tail("MTU of 16", "ra-plain", 16, "0502000000000000" "0000000000000000",
                MIP6_DROP_BAD_LENGTH);
    expect_tail("prefix of 24", "ra-plain", 16, "030340c000000001" "0000000100000000"
                "20010db800010000", MIP6_DROP_BAD_LENGTH);
    expect_tail("interval of 16", "ra-plain", 16, "0702000000000000" "0000000000000000",
                MIP6_DROP_BAD_LENGTH);
    expect_tail("HA info of 16", "ra-plain", 16, "0802000000000000" "0000000000000000",
                MIP6_DROP_BAD_LENGTH);
    expect_tail("address of 14", "ns", 24, "0102001122334455" "0000000000000000",
                MIP6_DROP_BAD_LENGTH);
}

/* 253 and 254 belong to every experiment: of another length they are another's. */
Test(proto_wire_rules, experimental_options_of_another_length)
{
    struct altered a = with_tail("ra-plain", 16, "fd02000000010002" "0000000000000000"
                                                 "fe02000000010002" "0000000000000000");
    mip6_header h;
    mip6_message msg;
    mip6_drop cause;

    cr_assert_eq(result(&a, &h, &msg, &cause), 0);
    cr_assert(!msg.u.ra.has_load && !msg.u.ra.has_capacity);
}

Test(proto_wire_rules, first_of_options_given_twice)
{
    struct altered a = with_tail("ra-plain", 16, "fd01000000010002" "fd01000000030004"
                                                 "0101001122334455" "0101006666666666"
                                                 "08010000000500060801000000070008"
                                                 "0501000000000500" "0501000000000501"
                                                 "0701000000000007" "0701000000000008"
                                                 "fe01000000000009" "fe0100000000000a");
    mip6_header h;
    mip6_message msg;
    mip6_drop cause;

    cr_assert_eq(result(&a, &h, &msg, &cause), 0);
    cr_assert_eq(msg.u.ra.load_queue, 1);
    cr_assert_eq(msg.u.ra.load_mn_count, 2);
    cr_assert_eq(msg.u.ra.slla.b[1], 0x11);
    cr_assert_eq(msg.u.ra.ha_preference, 5);
    cr_assert_eq(msg.u.ra.ha_lifetime_s, 6);
    cr_assert_eq(msg.u.ra.mtu, 0x500);
    cr_assert_eq(msg.u.ra.interval_ms, 7);
    cr_assert_eq(msg.u.ra.capacity_kbps, 9);
}

#define PREFIX(n) "030440c000000001000000010000000020010db8000" n "00000000000000000001"

Test(proto_wire_rules, further_prefixes_are_skipped)
{
    struct altered a = with_tail("ra-plain", 16, PREFIX("1") PREFIX("2") PREFIX("3")
                                                 PREFIX("4") PREFIX("5") "fd01000000010002");
    mip6_header h;
    mip6_message msg;
    mip6_drop cause;

    cr_assert_eq(result(&a, &h, &msg, &cause), 0, "%s", mip6_drop_name(cause));
    cr_assert_eq(msg.u.ra.n_prefixes, 4);
    cr_assert_eq(msg.u.ra.prefixes[3].prefix.b[5], 4);
    cr_assert(msg.u.ra.has_load);
}

Test(proto_wire_rules, router_advertisement)
{
    struct altered a = take("ra-full");

    a.s.packet[8] = 0x20;
    expect("global source", a, MIP6_DROP_BAD_VALUE);
    expect_tail("prefix length 129", "ra-plain", 16,
                "030481c000000001000000010000000020010db8000100000000000000000001",
                MIP6_DROP_BAD_VALUE);
    expect_tail("prefix length 128", "ra-plain", 16,
                "030480c000000001000000010000000020010db8000100000000000000000001",
                MIP6_DROP_NONE);
    expect_tail("15 bytes", "ra-plain", 15, "", MIP6_DROP_TOO_SHORT);
    expect_tail("8 bytes", "ra-plain", 8, "", MIP6_DROP_TOO_SHORT);
}

/* RFC 4861 section 6.1.1. */
Test(proto_wire_rules, router_solicitation)
{
    struct altered a = with_tail("rs", 8, "0101001122334455");

    expect("with its address", a, MIP6_DROP_NONE);
    memset(a.s.packet + 8, 0, 16);
    expect("of no source, with an address", a, MIP6_DROP_BAD_VALUE);
    a = take("rs");
    memset(a.s.packet + 8, 0, 16);
    expect("of no source", a, MIP6_DROP_NONE);
    expect_tail("7 bytes are not there", "rs", 8, "00", MIP6_DROP_BAD_LENGTH);
}

/* RFC 4861 section 7.1.1. */
Test(proto_wire_rules, neighbour_solicitation)
{
    struct altered a = take("ns-probe");

    expect_byte("target a group", "ns", 8, 0xff, MIP6_DROP_BAD_VALUE);
    expect_tail("23 bytes", "ns", 23, "", MIP6_DROP_TOO_SHORT);
    expect_tail("probe with address", "ns-probe", 24, "0101001122334455", MIP6_DROP_BAD_VALUE);
    expect_tail("probe with a nonce", "ns-probe", 24, "0e01001122334455", MIP6_DROP_NONE);
    a.s.packet[35] = 0; /* ff02::ff00:77 */
    expect("probe to another group", a, MIP6_DROP_BAD_VALUE);
    a = take("ns-probe");
    a.s.packet[36] = 0xfe; /* ff02::1:fe00:77 */
    expect("probe to a group beside", a, MIP6_DROP_BAD_VALUE);
    a = take("ns");
    memcpy(a.s.packet + 24, a.s.packet + a.upper + 8, 16);
    expect("to the target itself", a, MIP6_DROP_NONE);
    /* An option of the other direction is not looked at. */
    expect_tail("option 2", "ns-probe", 24, "0201001122334455", MIP6_DROP_NONE);
}

/* RFC 4861 section 7.1.2. */
Test(proto_wire_rules, neighbour_advertisement)
{
    expect_byte("target a group", "na-bare", 8, 0xff, MIP6_DROP_BAD_VALUE);
    expect_tail("23 bytes", "na-bare", 23, "", MIP6_DROP_TOO_SHORT);
    expect_byte("solicited, to a group", "na-override", 4, 0xe0, MIP6_DROP_BAD_VALUE);
    expect_byte("reserved bits", "na-bare", 4, 0x5f, MIP6_DROP_NONE);
    expect_tail("option 1", "na-bare", 24, "0102001122334455" "0000000000000000",
                MIP6_DROP_NONE);
}

/* ---- DHAAD and other ICMPv6 ----------------------------------------------------- */

Test(proto_wire_rules, dhaad)
{
    expect_byte("request, code 1", "dhaad-request", 1, 1, MIP6_DROP_BAD_VALUE);
    expect_byte("reply, code 1", "dhaad-reply", 1, 1, MIP6_DROP_BAD_VALUE);
    expect_byte("switch, code 255", "switch", 1, 255, MIP6_DROP_BAD_VALUE);
    expect_byte("reserved", "dhaad-request", 6, 255, MIP6_DROP_NONE);
    expect_tail("longer request", "dhaad-request", 8, "0011223344", MIP6_DROP_NONE);
    expect_tail("15 bytes of an address", "dhaad-reply", 8, "20010db80001000000000000000001",
                MIP6_DROP_BAD_LENGTH);
    expect_tail("17 bytes", "dhaad-empty", 8, "20010db8000100000000000000000001ff",
                MIP6_DROP_BAD_LENGTH);
}

Test(proto_wire_rules, other_icmp_is_well_formed_and_not_ours)
{
    static const uint8_t types[] = {0, 5, 100, 127, 128, 129, 130, 131, 132,
                                    137, 138, 143, 146, 147, 200, 255};

    for (unsigned i = 0; i < sizeof(types); i++) {
        struct altered a = take("dhaad-request");
        mip6_header h;
        mip6_message msg;
        mip6_drop cause;

        a.s.packet[a.upper] = types[i];
        cr_assert_eq(result(&a, &h, &msg, &cause), 0);
        cr_assert_eq(msg.kind, MIP6_MSG_OTHER, "%u", types[i]);
    }
}

Test(proto_wire_rules, icmp_below_its_fixed_part)
{
    static const uint8_t types[] = {1, 2, 3, 4, 133, 134, 135, 136, 144, 145};

    for (unsigned i = 0; i < sizeof(types); i++) {
        struct altered a = take("dhaad-request");
        mip6_drop cause;
        mip6_header h;
        mip6_message msg;

        for (size_t n = 0; n < 8; n++) {
            a.s.packet[7] = 255;
            a.s.packet[40] = types[i];
            mip6_put16(a.s.packet + 4, (uint16_t)n);
            mip6_put16(a.s.packet + 42, 0);
            mip6_put16(a.s.packet + 42, wire_reference_checksum(&a.s.h.src, &a.s.h.dst, 58,
                                                                a.s.packet + 40, n));
            cr_assert_eq(mip6_decode(a.s.packet, 40 + n, 0, &h, &msg, &cause),
                         MIP6_ERR_MALFORMED);
            cr_assert_eq(cause, MIP6_DROP_TOO_SHORT, "%u of type %u: %s", (unsigned)n,
                         types[i], mip6_drop_name(cause));
        }
    }
}

/* ---- Mobility header -------------------------------------------------------------- */

/* RFC 6275 section 9.2. */
Test(proto_wire_rules, mobility_header)
{
    expect_byte("payload protocol 58", "be", 0, 58, MIP6_DROP_BAD_VALUE);
    expect_byte("payload protocol 41", "brr", 0, 41, MIP6_DROP_BAD_VALUE);
    expect_byte("reserved", "bu-home", 3, 255, MIP6_DROP_NONE);
    for (unsigned type = 0; type < 256; type++) {
        if ((type >= 8 && type <= 11) || type > 12)
            expect_byte("unknown type", "be", 2, type, MIP6_DROP_UNKNOWN_MESSAGE);
    }
}

/* An unknown type is answered with a Binding Error, for which the header must hold. */
Test(proto_wire_rules, header_of_an_unknown_message)
{
    struct altered a = take("bu-home");
    mip6_header h;
    mip6_message msg;
    mip6_drop cause;

    a.s.packet[a.upper + 2] = 13;
    cr_assert_eq(result(&a, &h, &msg, &cause), MIP6_ERR_MALFORMED);
    cr_assert_eq(cause, MIP6_DROP_UNKNOWN_MESSAGE);
    wire_expect_header("unknown", &a.s.h, &h);
}

Test(proto_wire_rules, mobility_header_lengths)
{
    static const char *const names[] = {"hoti", "coti", "hot", "cot", "bu-bare", "ba-refresh",
                                        "be"};
    static const size_t minimum[] = {16, 16, 24, 24, 16, 16, 24};

    for (unsigned i = 0; i < 7; i++) {
        for (size_t n = 8; n < minimum[i]; n += 8)
            expect_tail(names[i], names[i], n, "", MIP6_DROP_BAD_LENGTH);
        expect_tail(names[i], names[i], minimum[i], "", MIP6_DROP_NONE);
        expect_tail(names[i], names[i], minimum[i], "0106000000000000", MIP6_DROP_NONE);
        expect_tail(names[i], names[i], minimum[i], "0107000000000000", MIP6_DROP_BAD_LENGTH);
    }
    expect_tail("HAS without its address", "has", 16, "", MIP6_DROP_BAD_LENGTH);
    expect_tail("HAS, half an option", "has", 24, "0204000f01020000", MIP6_DROP_BAD_LENGTH);
    expect_byte("HAS of 2 addresses", "has", 6, 2, MIP6_DROP_BAD_LENGTH);
    expect_byte("HAS of 255", "has", 6, 255, MIP6_DROP_BAD_LENGTH);
}

Test(proto_wire_rules, mobility_options)
{
    expect_tail("Pad1 only", "bu-bare", 12, "00000000", MIP6_DROP_NONE);
    expect_tail("unknown", "bu-bare", 12, "30020001", MIP6_DROP_NONE);
    expect_tail("unknown, too long", "bu-bare", 12, "30030001", MIP6_DROP_BAD_LENGTH);
    expect_tail("type at the end", "bu-bare", 12, "010100" "03", MIP6_DROP_BAD_LENGTH);
    expect_tail("unknown type there", "bu-bare", 12, "010100" "30", MIP6_DROP_BAD_LENGTH);
    expect_tail("advice of 1", "ba-refresh", 12, "02010f00", MIP6_DROP_BAD_LENGTH);
    expect_tail("advice of 3", "ba-refresh", 12, "0203000f00" "010500" "00000000",
                MIP6_DROP_BAD_LENGTH);
    expect_tail("nonces of 3", "bu-bare", 12, "0403000100" "0105" "0000000000",
                MIP6_DROP_BAD_LENGTH);
    expect_tail("alternate of 15", "bu-bare", 12,
                "0100" "030f" "20010db8000200000000000000000005", MIP6_DROP_BAD_LENGTH);
    expect_tail("authenticator of 11", "bu-bare", 12,
                "010400000000" "050b" "000102030405060708090a0b", MIP6_DROP_BAD_LENGTH);
}

/* RFC 6463 section 4: lengths and flags, and what is reserved may be anything. */
Test(proto_wire_rules, redirect_options)
{
    const char *target = "20010db8000100000000000000000002";
    char option[64];

    expect_tail("capability", "bu-bare", 12, "2e02ffff", MIP6_DROP_NONE);
    expect_tail("capability of 0", "bu-bare", 12, "2e000100", MIP6_DROP_BAD_LENGTH);
    expect_tail("capability of 1", "bu-bare", 12, "2e010000", MIP6_DROP_BAD_LENGTH);
    expect_tail("capability of 4", "bu-bare", 12, "2e04000000000104" "00000000",
                MIP6_DROP_BAD_LENGTH);
    expect_tail("IPv4", "ba-redirect", 12, "2f064000c0000201" "01020000", MIP6_DROP_NONE);
    expect_tail("IPv4 of 4", "ba-redirect", 12, "2f0440000000" "0104" "00000000",
                MIP6_DROP_BAD_LENGTH);
    for (unsigned flags = 0; flags < 4; flags++) {
        snprintf(option, sizeof option, "2f12%02x00%s", flags << 6 | 0x3f, target);
        expect_tail("K and N", "ba-redirect", 12, option,
                    flags == 2 ? MIP6_DROP_NONE
                    : flags == 1 ? MIP6_DROP_BAD_LENGTH : MIP6_DROP_BAD_VALUE);
    }
}

/* Cut at each byte of the option, the rest of the message made right. */
Test(proto_wire_rules, redirect_cut_short)
{
    static const char *const samples[] = {"bu-redirectable", "ba-redirect"};
    static const size_t at[] = {32, 12}, whole[] = {2, 18};

    for (unsigned i = 0; i < 2; i++) {
        for (size_t n = 0; n <= whole[i]; n++) {
            struct altered a = take(samples[i]);
            size_t end = at[i] + 2 + n;

            a.s.packet[a.upper + at[i] + 1] = (uint8_t)n;
            memset(a.s.packet + a.upper + end, 0, 8);       /* Pad1 */
            a.s.len = a.upper + (end + 7) / 8 * 8;
            a.s.packet[a.upper + 1] = (uint8_t)((end + 7) / 8 - 1);
            expect(samples[i], a, n == whole[i] ? MIP6_DROP_NONE : MIP6_DROP_BAD_LENGTH);
        }
    }
}

/* Each belongs to one message; of two of a kind the first counts. */
Test(proto_wire_rules, redirect_options_of_another_message)
{
    mip6_header h;
    mip6_message msg;
    mip6_drop cause;
    struct altered a = with_tail("bu-bare", 12, "2f128000" "20010db8000100000000000000000002");

    cr_assert_eq(result(&a, &h, &msg, &cause), 0);
    cr_assert(!msg.u.bu.opt.has_redirect && !msg.u.bu.opt.redirect_capable);
    a = with_tail("ba-redirect", 12, "2e020000" "2f128000" "20010db8000100000000000000000002"
                                     "2f128000" "20010db8000100000000000000000003");
    cr_assert_eq(result(&a, &h, &msg, &cause), 0);
    cr_assert(msg.u.ba.opt.has_redirect && !msg.u.ba.opt.redirect_capable);
    cr_assert_eq(msg.u.ba.opt.redirect.b[15], 2);
}

/* RFC 6275 section 6.2.7. */
Test(proto_wire_rules, authorisation_is_the_last)
{
    expect_tail("last", "bu-bare", 12, "010400000000" "050c" "000102030405060708090a0b",
                MIP6_DROP_NONE);
    expect_tail("padded", "bu-bare", 12, "0100" "050c" "000102030405060708090a0b" "01020000",
                MIP6_DROP_BAD_VALUE);
    expect_tail("Pad1 behind", "bu-bare", 12,
                "01030000" "00" "050c" "000102030405060708090a0b" "00", MIP6_DROP_BAD_VALUE);
    expect_tail("twice", "bu-bare", 12, "050c" "000102030405060708090a0b"
                "050c" "000102030405060708090a0b", MIP6_DROP_BAD_VALUE);
}

/* RFC 6275 sections 6.1.7, 9.5.1. */
Test(proto_wire_rules, addresses_of_a_binding_update)
{
    struct altered a = take("bu-bare");

    expect_byte("alternate is a group", "bu-home", 16, 0xff, MIP6_DROP_BAD_VALUE);
    memcpy(a.s.packet + 8, (const uint8_t[2]){0xfe, 0x80}, 2);
    expect("link-local source", a, MIP6_DROP_BAD_VALUE);
    memset(a.s.packet + 8, 0, 16);
    expect("no source", a, MIP6_DROP_BAD_VALUE);
    a = take("bu-home");
    memcpy(a.s.packet + 8, (const uint8_t[2]){0xfe, 0x80}, 2);
    expect("the alternate stands for the source", a, MIP6_DROP_NONE);
}

Test(proto_wire_rules, reserved_flags_of_a_binding_update)
{
    struct altered a = take("bu-home");
    mip6_header h;
    mip6_message msg;
    mip6_drop cause;

    a.s.packet[a.upper + 8] |= 0x0f;
    a.s.packet[a.upper + 9] = 0xff;
    cr_assert_eq(result(&a, &h, &msg, &cause), 0);
    cr_assert_eq(msg.u.bu.flags, MIP6_BU_ACK | MIP6_BU_HOME | MIP6_BU_LINK_LOCAL);
}

/* Behind the header is nothing, its payload protocol says (RFC 8200 section 4.7). */
Test(proto_wire_rules, bytes_behind_a_mobility_header)
{
    struct altered a = take("be");

    memset(a.s.packet + a.s.len, 0x5a, 8);
    mip6_put16(a.s.packet + 4, (uint16_t)(a.s.len - 40 + 8));
    wire_expect_drop("behind", a.s.packet, a.s.len + 8, MIP6_DROP_NONE);
}
