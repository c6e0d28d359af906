/* Every message: bytes of the RFCs, round trips, cuts and corruptions.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "wire_samples.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* A copy of exactly n bytes, so that a sanitizer sees any read behind them. */
static uint8_t *exact_copy(const uint8_t *p, size_t n)
{
    uint8_t *copy = malloc(n > 0 ? n : 1);

    cr_assert_not_null(copy);
    memcpy(copy, p, n);
    return copy;
}

static bool is_mobility(mip6_message_kind kind)
{
    return kind >= MIP6_MSG_BRR && kind <= MIP6_MSG_HAS;
}

Test(proto_wire_message, every_kind_has_a_sample)
{
    bool seen[MIP6_N_MESSAGES] = {false};
    struct wire_sample s;

    for (unsigned i = 0; i < wire_sample_count(); i++) {
        wire_sample_get(i, &s);
        seen[s.msg.kind] = true;
    }
    for (unsigned k = MIP6_MSG_RS; k < MIP6_MSG_OTHER; k++)
        cr_assert(seen[k], "%s", mip6_message_name((mip6_message_kind)k));
}

Test(proto_wire_message, encode_writes_the_bytes_of_the_rfc)
{
    struct wire_sample s;
    uint8_t buf[MIP6_MAX_PACKET];

    for (unsigned i = 0; i < wire_sample_count(); i++) {
        wire_sample_get(i, &s);
        cr_assert_eq(mip6_encode(buf, sizeof(buf), &s.h, &s.msg), (int)s.len, "%s", s.name);
        for (size_t k = 0; k < s.len; k++)
            cr_assert_eq(buf[k], s.packet[k], "%s: byte %zu is %02x, not %02x", s.name, k,
                         buf[k], s.packet[k]);
    }
}

Test(proto_wire_message, decode_reads_the_bytes_of_the_rfc)
{
    struct wire_sample s;
    mip6_header h;
    mip6_message msg;
    mip6_drop cause = MIP6_DROP_NONE;

    for (unsigned i = 0; i < wire_sample_count(); i++) {
        wire_sample_get(i, &s);
        cr_assert_eq(mip6_decode(s.packet, s.len, 0, &h, &msg, &cause), 0, "%s: %s", s.name,
                     mip6_drop_name(cause));
        wire_expect_header(s.name, &s.h, &h);
        wire_expect_message(s.name, &s.msg, &msg);
        cr_assert_eq(h.upper_offset, wire_upper(&s), "%s", s.name);
        cr_assert_eq(h.upper_len, s.len - wire_upper(&s), "%s", s.name);
        cr_assert_eq(h.next_header, is_mobility(msg.kind) ? 135 : 58, "%s", s.name);
        cr_assert(!h.is_fragment && !h.has_encap_limit);
    }
}

/* What decode reads, encode writes. */
Test(proto_wire_message, decoded_packets_encode_to_the_same_bytes)
{
    struct wire_sample s;
    mip6_header h;
    mip6_message msg;
    mip6_drop cause;
    uint8_t buf[MIP6_MAX_PACKET];

    for (unsigned i = 0; i < wire_sample_count(); i++) {
        wire_sample_get(i, &s);
        cr_assert_eq(mip6_decode(s.packet, s.len, 0, &h, &msg, &cause), 0, "%s", s.name);
        cr_assert_eq(mip6_encode(buf, sizeof(buf), &h, &msg), (int)s.len, "%s", s.name);
        cr_assert_eq(memcmp(buf, s.packet, s.len), 0, "%s", s.name);
    }
}

Test(proto_wire_message, encode_needs_room_and_writes_nothing_behind_it)
{
    struct wire_sample s;

    for (unsigned i = 0; i < wire_sample_count(); i++) {
        wire_sample_get(i, &s);
        for (size_t cap = 0; cap < s.len; cap++) {
            uint8_t *buf = malloc(cap > 0 ? cap : 1);

            cr_assert_eq(mip6_encode(buf, cap, &s.h, &s.msg), MIP6_ERR_SPACE, "%s, %zu", s.name,
                         cap);
            free(buf);
        }
    }
}

Test(proto_wire_message, a_cut_packet_is_dropped)
{
    struct wire_sample s;

    for (unsigned i = 0; i < wire_sample_count(); i++) {
        wire_sample_get(i, &s);
        for (size_t n = 0; n < s.len; n++) {
            uint8_t *cut = exact_copy(s.packet, n);

            wire_expect_drop(s.name, cut, n, n < 40 ? MIP6_DROP_TOO_SHORT : MIP6_DROP_BAD_LENGTH);
            free(cut);
        }
    }
}

/* True where a message of this kind may end after `n` bytes of its upper layer. */
static bool may_end(mip6_message_kind kind, size_t n)
{
    switch (kind) {
    case MIP6_MSG_RS:
        return n >= 8 && n % 8 == 0;
    case MIP6_MSG_RA:
        return n == 16 || n == 24 || n == 32 || n == 64 || (n >= 96 && n % 8 == 0);
    case MIP6_MSG_NS:
    case MIP6_MSG_NA:
        return n >= 24 && n % 8 == 0;
    case MIP6_MSG_DHAAD_REQUEST:
        return n >= 8;
    case MIP6_MSG_DHAAD_REPLY:
    case MIP6_MSG_SWITCH:
        return n >= 8 && n % 16 == 8;
    case MIP6_MSG_ICMP_ERROR:
        return n >= 8;
    default:
        return false; /* a mobility header says its length itself */
    }
}

static int decode_only(const uint8_t *pkt, size_t len)
{
    mip6_header h;
    mip6_message msg;
    mip6_drop cause;

    return mip6_decode(pkt, len, 0, &h, &msg, &cause);
}

Test(proto_wire_message, a_cut_packet_with_fitting_length_is_dropped)
{
    struct wire_sample s;

    for (unsigned i = 0; i < wire_sample_count(); i++) {
        wire_sample_get(i, &s);
        for (size_t n = 40; n < s.len; n++) {
            uint8_t *cut = exact_copy(s.packet, n);

            mip6_put16(cut + 4, (uint16_t)(n - 40));
            cr_assert_neq(decode_only(cut, n), 0, "%s, %zu", s.name, n);
            free(cut);
        }
    }
}

/* Length and checksum agree with the cut: accepted exactly where a message may end. */
Test(proto_wire_message, a_cut_packet_with_right_checksum_ends_where_it_may)
{
    struct wire_sample s;

    for (unsigned i = 0; i < wire_sample_count(); i++) {
        wire_sample_get(i, &s);
        for (size_t n = wire_upper(&s) + 8; n < s.len; n++) {
            uint8_t *cut = exact_copy(s.packet, n);
            size_t upper = wire_upper(&s);

            mip6_put16(cut + 4, (uint16_t)(n - 40));
            wire_fix_checksum(cut, n, &s.h, upper, is_mobility(s.msg.kind) ? 135 : 58);
            cr_assert_eq(decode_only(cut, n) == 0, may_end(s.msg.kind, n - upper), "%s, %zu",
                         s.name, n);
            free(cut);
        }
    }
}

/* True where the checksum covers byte k: the addresses that stand for sender and
 * receiver, and the upper layer. */
static bool covered(const struct wire_sample *s, size_t k)
{
    size_t home = 40u + (s->h.has_final ? 24u : 0u);

    if (k < 8)
        return false;
    if (k < 24)
        return !s->h.has_home;
    if (k < 40)
        return !s->h.has_final;
    if (s->h.has_final && k < 64)
        return k >= 48;
    if (s->h.has_home && k < home + 24)
        return k >= home + 8;
    return true;
}

Test(proto_wire_message, no_corrupted_byte_is_accepted)
{
    struct wire_sample s;

    for (unsigned i = 0; i < wire_sample_count(); i++) {
        wire_sample_get(i, &s);
        for (size_t k = 0; k < s.len; k++) {
            for (unsigned mask = 1; mask < 256; mask++) {
                int r;

                s.packet[k] ^= (uint8_t)mask;
                r = decode_only(s.packet, s.len);
                cr_assert(r != 0 || !covered(&s, k), "%s: byte %zu ^ %02x", s.name, k, mask);
                s.packet[k] ^= (uint8_t)mask;
            }
        }
    }
}

/* Random bytes in place of one, checksum right: no crash, and what is accepted encodes. */
Test(proto_wire_message, altered_packets_with_right_checksum_decode_or_drop)
{
    struct wire_sample s;
    mip6_header h;
    mip6_message msg;
    mip6_drop cause;
    uint8_t buf[MIP6_MAX_PACKET];
    unsigned accepted = 0;

    for (unsigned i = 0; i < wire_sample_count(); i++) {
        wire_sample_get(i, &s);
        for (size_t k = wire_upper(&s) + 1; k < s.len; k++) {
            for (unsigned v = 0; v < 256; v++) {
                uint8_t *copy = exact_copy(s.packet, s.len);

                copy[k] = (uint8_t)v;
                wire_fix_checksum(copy, s.len, &s.h, wire_upper(&s),
                                  is_mobility(s.msg.kind) ? 135 : 58);
                if (mip6_decode(copy, s.len, 0, &h, &msg, &cause) == 0 &&
                    !(msg.kind == MIP6_MSG_DHAAD_REQUEST && msg.u.dhaad.id == 0)) {
                    cr_assert_gt(mip6_encode(buf, sizeof(buf), &h, &msg), 0, "%s %zu %02x",
                                 s.name, k, v);
                    accepted++;
                }
                free(copy);
            }
        }
    }
    cr_assert_gt(accepted, 1000);
}

/* Bytes behind the payload length are a link's padding. RFC 894 pads to 46. */
Test(proto_wire_message, bytes_behind_the_payload_are_not_read)
{
    struct wire_sample s;
    uint8_t padded[256 + 6];
    mip6_header h;
    mip6_message msg;
    mip6_drop cause;

    for (unsigned i = 0; i < wire_sample_count(); i++) {
        wire_sample_get(i, &s);
        memcpy(padded, s.packet, s.len);
        memset(padded + s.len, 0xa5, 6);
        cr_assert_eq(mip6_decode(padded, s.len + 6, 0, &h, &msg, &cause), 0, "%s", s.name);
        wire_expect_message(s.name, &s.msg, &msg);
    }
}

/* Only payload may be virtual: a message must lie in memory to its end. */
Test(proto_wire_message, virtual_bytes_do_not_complete_a_message)
{
    struct wire_sample s;
    mip6_header h;
    mip6_message msg;
    mip6_drop cause;

    for (unsigned i = 0; i < wire_sample_count(); i++) {
        wire_sample_get(i, &s);
        if (s.msg.kind == MIP6_MSG_ICMP_ERROR)
            continue;
        memset(s.packet + s.len - 2, 0, 2);
        wire_fix_checksum(s.packet, s.len, &s.h, wire_upper(&s),
                          is_mobility(s.msg.kind) ? 135 : 58);
        cr_assert_eq(mip6_decode(s.packet, s.len - 2, 2, &h, &msg, &cause),
                     MIP6_ERR_MALFORMED, "%s", s.name);
    }
}

/* An error quotes what is there of the invoking packet; its rest may be virtual. */
Test(proto_wire_message, an_error_about_a_packet_with_virtual_payload)
{
    struct wire_sample s;
    mip6_header h;
    mip6_message msg;
    mip6_drop cause;

    wire_sample_find("icmp-too-big", &s);
    mip6_put16(s.packet + 4, (uint16_t)(s.len - 40 + 501));
    memset(s.packet + s.len, 0, 150);
    mip6_put16(s.packet + 42, 0);
    mip6_put16(s.packet + 42,
               mip6_checksum(&s.h.src, &s.h.dst, 58, s.packet + 40, s.len - 40, 501));
    cr_assert_eq(mip6_decode(s.packet, s.len, 501, &h, &msg, &cause), 0);
    cr_assert_eq(msg.u.icmp.packet_len, 40);
    cr_assert_eq(mip6_decode(s.packet, s.len + 150, 351, &h, &msg, &cause), 0);
    cr_assert_eq(msg.u.icmp.packet_len, 190);
}

/* The field has 32 bits. */
Test(proto_wire_message, mtu_of_an_error)
{
    struct wire_sample s;
    uint8_t buf[MIP6_MAX_PACKET];
    mip6_header h;
    mip6_message msg;
    mip6_drop cause;
    int n;

    wire_sample_find("icmp-too-big", &s);
    s.msg.u.icmp.value = 0x12345678;
    n = mip6_encode(buf, sizeof(buf), &s.h, &s.msg);
    cr_assert_eq(n, (int)s.len);
    cr_assert_eq(mip6_get32(buf + 44), 0x12345678);
    cr_assert_eq(mip6_decode(buf, s.len, 0, &h, &msg, &cause), 0);
    cr_assert_eq(msg.u.icmp.value, 0x12345678);
}

Test(proto_wire_message, an_error_quotes_as_much_as_the_minimum_mtu_takes)
{
    static const uint8_t big[2000] = {0x60};
    struct wire_sample s;
    uint8_t buf[MIP6_MAX_PACKET];
    mip6_header h;
    mip6_message msg;
    mip6_drop cause;

    wire_sample_find("icmp-too-big", &s);
    s.msg.u.icmp.packet = big;
    s.msg.u.icmp.packet_len = sizeof(big);
    cr_assert_eq(mip6_encode(buf, sizeof(buf), &s.h, &s.msg), 1280);
    cr_assert_eq(mip6_decode(buf, 1280, 0, &h, &msg, &cause), 0);
    cr_assert_eq(msg.u.icmp.packet_len, 1280 - 48);
}

Test(proto_wire_message, a_reply_holds_77_addresses_and_no_more)
{
    static mip6_addr many[MIP6_DHAAD_MAX + 1];
    struct wire_sample s;
    uint8_t buf[MIP6_MAX_PACKET + 64];
    mip6_header h;
    mip6_message msg;
    mip6_drop cause = MIP6_DROP_NONE;

    wire_sample_find("dhaad-reply", &s);
    for (unsigned i = 0; i < MIP6_DHAAD_MAX + 1; i++)
        many[i].b[15] = (uint8_t)i;
    s.msg.u.dhaad.addresses = many;
    s.msg.u.dhaad.n = MIP6_DHAAD_MAX;
    cr_assert_eq(mip6_encode(buf, sizeof(buf), &s.h, &s.msg), 1280);
    cr_assert_eq(mip6_decode(buf, 1280, 0, &h, &msg, &cause), 0);
    cr_assert_eq(msg.u.dhaad.n, MIP6_DHAAD_MAX);
    cr_assert_eq(memcmp(msg.u.dhaad.addresses, many, sizeof(many) - sizeof(many[0])), 0);
    /* One more, and one behind a routing header, are above 1280 bytes. */
    s.msg.u.dhaad.n = MIP6_DHAAD_MAX + 1;
    cr_assert_eq(mip6_encode(buf, sizeof(buf), &s.h, &s.msg), MIP6_ERR_INVALID);
    s.msg.u.dhaad.n = MIP6_DHAAD_MAX;
    s.h.has_final = true;
    s.h.final = wire_addr("2001:db8::1");
    cr_assert_eq(mip6_encode(buf, sizeof(buf), &s.h, &s.msg), MIP6_ERR_INVALID);
    /* On the wire it is dropped. */
    s.h.has_final = false;
    cr_assert_eq(mip6_encode(buf, sizeof(buf), &s.h, &s.msg), 1280);
    memset(buf + 1280, 0, 16);
    mip6_put16(buf + 4, 8 + 78 * 16);
    wire_fix_checksum(buf, 1296, &s.h, 40, 58);
    wire_expect_drop("78 addresses", buf, 1296, MIP6_DROP_BAD_LENGTH);
}

Test(proto_wire_message, kinds_without_an_encoding_are_refused)
{
    struct wire_sample s;
    uint8_t buf[MIP6_MAX_PACKET];

    wire_sample_find("brr", &s);
    for (unsigned i = 0; i < 3; i++) {
        static const mip6_message_kind kinds[] = {MIP6_MSG_NONE, MIP6_MSG_DATA, MIP6_MSG_OTHER};

        s.msg.kind = kinds[i];
        cr_assert_eq(mip6_encode(buf, sizeof(buf), &s.h, &s.msg), MIP6_ERR_INVALID);
    }
}

static void expect_refused(struct wire_sample *s)
{
    uint8_t buf[MIP6_MAX_PACKET];

    cr_assert_eq(mip6_encode(buf, sizeof(buf), &s->h, &s->msg), MIP6_ERR_INVALID, "%s", s->name);
}

/* Encode refuses what decode would drop. */
Test(proto_wire_message, encode_refuses_what_must_not_be_sent)
{
    struct wire_sample s;

    wire_sample_find("ns", &s);
    s.h.hop_limit = 64;
    expect_refused(&s);
    wire_sample_find("ns-probe", &s);
    s.msg.u.nd.has_lladdr = true;
    expect_refused(&s);
    wire_sample_find("na-override", &s);
    s.msg.u.nd.solicited = true;
    expect_refused(&s);
    wire_sample_find("ra-full", &s);
    s.h.src = wire_addr("2001:db8::1");
    expect_refused(&s);
    wire_sample_find("ra-full", &s);
    s.msg.u.ra.prefixes[1].length = 129;
    expect_refused(&s);
    wire_sample_find("ra-full", &s);
    s.msg.u.ra.n_prefixes = MIP6_RA_PREFIXES + 1;
    expect_refused(&s);
    wire_sample_find("bu-home", &s);
    s.h.home = wire_addr("ff02::1");
    expect_refused(&s);
    wire_sample_find("bu-home", &s);
    s.msg.u.bu.opt.alt_coa = wire_addr("fe80::1");
    expect_refused(&s);
    wire_sample_find("switch", &s);
    s.h.final = wire_addr("::1");
    expect_refused(&s);
    wire_sample_find("be", &s);
    s.h.src = wire_addr("ff02::1");
    expect_refused(&s);
    wire_sample_find("dhaad-request", &s);
    s.msg.u.dhaad.id = 0;
    expect_refused(&s);
    wire_sample_find("icmp-too-big", &s);
    s.msg.u.icmp.type = 5;
    expect_refused(&s);
}

/* The draft's unsolicited reply is a DHAAD reply whose identifier is 0. */
Test(proto_wire_message, identifier_0_makes_a_reply_a_switch)
{
    struct wire_sample s;
    uint8_t buf[MIP6_MAX_PACKET];
    mip6_header h;
    mip6_message msg;
    mip6_drop cause;
    int n;

    wire_sample_find("dhaad-reply", &s);
    s.msg.kind = MIP6_MSG_SWITCH;
    n = mip6_encode(buf, sizeof(buf), &s.h, &s.msg);
    cr_assert_eq(mip6_decode(buf, (size_t)n, 0, &h, &msg, &cause), 0);
    cr_assert_eq(msg.kind, MIP6_MSG_SWITCH);
    cr_assert_eq(msg.u.dhaad.id, 0);
    cr_assert_eq(msg.u.dhaad.n, 2);
}

Test(proto_wire_message, an_authenticator_put_in_later)
{
    static const uint8_t zero[12];
    static const char *const names[] = {"bu-correspondent", "ba-auth"};
    struct wire_sample s;
    uint8_t buf[MIP6_MAX_PACKET];
    uint8_t auth[12];
    int n;

    for (unsigned i = 0; i < 2; i++) {
        mip6_mobility_options *opt;

        wire_sample_find(names[i], &s);
        opt = s.msg.kind == MIP6_MSG_BU ? &s.msg.u.bu.opt : &s.msg.u.ba.opt;
        memcpy(auth, opt->auth, sizeof(auth));
        memcpy(opt->auth, zero, sizeof(zero));
        opt->auth_offset = 0;
        n = mip6_encode(buf, sizeof(buf), &s.h, &s.msg);
        cr_assert_eq(n, (int)s.len);
        cr_assert_eq(memcmp(buf + opt->auth_offset, zero, 12), 0);
        mip6_wire_auth_finish(buf, (size_t)n, opt->auth_offset, auth);
        cr_assert_eq(memcmp(buf, s.packet, s.len), 0, "%s", s.name);
    }
}
