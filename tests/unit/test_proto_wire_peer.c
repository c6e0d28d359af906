/* Messages between agents: every type there and back, and nothing that is cut off, claims more
 * than it holds, or is for another protocol gets through.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "mip6_peer.h"
#include "proto/core/shared.h"

#define NOW (50 * MIP6_SECOND_NS)

static const mip6_addr one = {{0x20, 0x01, 0x0d, 0xb8, [15] = 1}};
static const mip6_addr two = {{0x20, 0x01, 0x0d, 0xb8, [15] = 2}};
static const mip6_addr homes[3] = {{{0x20, 0x01, 0x0d, 0xb8, [15] = 0x71}},
                                   {{0x20, 0x01, 0x0d, 0xb8, [15] = 0x72}},
                                   {{0x20, 0x01, 0x0d, 0xb8, [15] = 0x73}}};
static const uint8_t body[13] = "a body of 13";

static mip6_cache_line line(uint8_t cache)
{
    return (mip6_cache_line){.cache = cache, .version = 77, .base_version = 70,
                             .lineage = UINT64_C(0x500000009),
                             .base_lineage = UINT64_C(0x400000003)};
}

static void set_records(mip6_peer_records *r)
{
    r->line = line(3);
    r->n = 5;
    for (unsigned i = 0; i < 5; i++)
        r->records[i] = (mip6_sync_record){
            .kind = (mip6_sync_kind)(MIP6_SYNC_NEW + i), .cache = 3, .link_local = i == 0,
            .taken = i == 3,
            .sequence = (uint16_t)(1000 + i), .lifetime_units = 30,
            .expires_ns = NOW + 119 * MIP6_SECOND_NS + 5, .home = homes[i % 3], .care_of = two};
}

enum { SAMPLES = 8 };

static mip6_peer_message sample(unsigned i)
{
    mip6_peer_message m = {.type = (mip6_peer_type)(i + 1), .from = 0xf0000001, .to = 0x10000003,
                           .session = 4, .sequence = 0x80000001};
    switch (i) {
    case 0:
        m.u.hello = (mip6_peer_hello){.loading = true, .report = {30000, 9, 100000, 1000000},
                                      .n = 2, .caches = {line(0), line(31)}};
        break;
    case 1:
        break;
    case 2:
        set_records(&m.u.records);
        break;
    case 3:
        m.u.request.cache = 7;
        m.u.request.n = 3;
        m.u.request.homes = homes;
        break;
    case 4:
        m.u.end.line = line(2);
        m.u.end.complete = true;
        break;
    case 5:
        m.u.system.code = 200;
        m.u.system.len = sizeof body;
        m.u.system.body = body;
        break;
    case 6:     /* as full as it can be */
        m.type = MIP6_PEER_RECORDS;
        set_records(&m.u.records);
        m.u.records.n = MIP6_PEER_MAX_RECORDS;
        for (unsigned k = 5; k < MIP6_PEER_MAX_RECORDS; k++)
            m.u.records.records[k] = m.u.records.records[k % 5];
        break;
    case 7:
        m.type = MIP6_PEER_HELLO;
        m.u.hello = (mip6_peer_hello){.goodbye = true, .n = MIP6_PEER_MAX_CACHES};
        for (unsigned k = 0; k < MIP6_PEER_MAX_CACHES; k++)
            m.u.hello.caches[k] = line((uint8_t)k);
        break;
    }
    return m;
}

static size_t encode(unsigned i, uint8_t buf[MIP6_MAX_PACKET])
{
    mip6_peer_message m = sample(i);
    int len = mip6_peer_encode(buf, MIP6_MAX_PACKET, &one, &two, &m, NOW);
    cr_assert_gt(len, 0, "sample %u", i);
    return (size_t)len;
}

static int decode(const uint8_t *pkt, size_t len, mip6_peer_message *m, mip6_drop *cause)
{
    mip6_header h;
    return mip6_peer_decode(pkt, len, &h, m, cause, NOW);
}

static void fix_checksum(uint8_t *pkt, size_t len)
{
    mip6_addr src, dst;
    memcpy(&src, pkt + 8, 16);
    memcpy(&dst, pkt + 24, 16);
    mip6_put16(pkt + 44, 0);
    mip6_put16(pkt + 44, mip6_checksum(&src, &dst, MIP6_NH_MOBILITY, pkt + 40, len - 40, 0));
}

Test(proto_wire_peer, what_is_read_is_what_was_written)
{
    uint8_t first[MIP6_MAX_PACKET], second[MIP6_MAX_PACKET];
    for (unsigned i = 0; i < SAMPLES; i++) {
        mip6_peer_message m, want = sample(i);
        mip6_drop cause;
        size_t len = encode(i, first);
        cr_assert(mip6_peer_is(first, len));
        cr_assert_eq(decode(first, len, &m, &cause), 0, "sample %u: %s", i,
                     mip6_drop_name(cause));
        cr_assert_eq(m.type, want.type);
        cr_assert(m.from == want.from && m.to == want.to && m.session == 4 &&
                  m.sequence == want.sequence);
        cr_assert_eq(mip6_peer_encode(second, sizeof second, &one, &two, &m, NOW), (int)len);
        cr_assert_arr_eq(first, second, len, "sample %u", i);
    }
}

Test(proto_wire_peer, the_fields_of_a_record)
{
    uint8_t buf[MIP6_MAX_PACKET];
    mip6_peer_message m;
    mip6_drop cause;
    size_t len = encode(2, buf);
    cr_assert_eq(decode(buf, len, &m, &cause), 0);
    const mip6_peer_records *r = &m.u.records;
    cr_assert(r->n == 5 && !r->unversioned && r->line.cache == 3 && r->line.version == 77);
    cr_assert(r->line.base_version == 70 && r->line.lineage == UINT64_C(0x500000009) &&
              r->line.base_lineage == UINT64_C(0x400000003));
    cr_assert(r->records[0].link_local && !r->records[1].link_local);
    cr_assert(r->records[3].taken && !r->records[0].taken);
    cr_assert_eq(r->records[1].kind, MIP6_SYNC_REFRESH);
    cr_assert_eq(r->records[4].sequence, 1004);
    /* What is left, in ms, rounded down. */
    cr_assert_eq(r->records[0].expires_ns, NOW + 119 * MIP6_SECOND_NS);
    cr_assert(mip6_addr_equal(&r->records[1].home, &homes[1]));
    cr_assert(mip6_addr_equal(&r->records[1].care_of, &two));
}

/* With the lengths as they were, and with those of what is left. */
Test(proto_wire_peer, cut_at_each_byte)
{
    uint8_t whole[MIP6_MAX_PACKET];
    for (unsigned i = 0; i < SAMPLES; i++) {
        size_t len = encode(i, whole);
        for (size_t cut = 0; cut < len; cut++) {
            uint8_t *pkt = malloc(cut ? cut : 1);   /* so that a sanitizer sees its end */
            mip6_peer_message m;
            mip6_drop cause = MIP6_DROP_NONE;
            memcpy(pkt, whole, cut);
            cr_assert_neq(decode(pkt, cut, &m, &cause), 0, "sample %u cut at %zu", i, cut);
            cr_assert_neq(cause, MIP6_DROP_NONE);
            if (cut >= 48 && cut % 8 == 0) {
                mip6_put16(pkt + 4, (uint16_t)(cut - 40));
                pkt[41] = (uint8_t)((cut - 40) / 8 - 1);
                fix_checksum(pkt, cut);
                cr_assert_eq(decode(pkt, cut, &m, &cause), MIP6_ERR_MALFORMED,
                             "sample %u made whole at %zu", i, cut);
            }
            free(pkt);
        }
    }
}

/* One count too many, of everything that is counted. */
Test(proto_wire_peer, claims_more_than_it_holds)
{
    static const struct { unsigned sample, at, bytes; } counts[] = {
        {0, 40 + 24 + 12, 1}, {2, 40 + 24 + 28, 1}, {3, 40 + 24, 1}, {5, 40 + 24 + 1, 4},
        {6, 40 + 24 + 28, 1}, {7, 40 + 24 + 12, 1}};
    uint8_t buf[MIP6_MAX_PACKET];
    for (unsigned i = 0; i < sizeof counts / sizeof *counts; i++) {
        mip6_peer_message m;
        mip6_drop cause;
        size_t len = encode(counts[i].sample, buf);
        buf[counts[i].at] = (uint8_t)(buf[counts[i].at] + counts[i].bytes);
        fix_checksum(buf, len);
        cr_assert_eq(decode(buf, len, &m, &cause), MIP6_ERR_MALFORMED, "count %u", i);
        cr_assert_eq(cause, MIP6_DROP_BAD_LENGTH, "count %u: %s", i, mip6_drop_name(cause));
    }
}

/* And one too few: what is behind the end is not ours to overlook. */
Test(proto_wire_peer, holds_more_than_it_claims)
{
    uint8_t buf[MIP6_MAX_PACKET];
    mip6_peer_message m;
    mip6_drop cause;
    size_t len = encode(2, buf);
    buf[40 + 24 + 28]--;
    fix_checksum(buf, len);
    cr_assert_eq(decode(buf, len, &m, &cause), MIP6_ERR_MALFORMED);
    cr_assert_eq(cause, MIP6_DROP_BAD_LENGTH);
}

Test(proto_wire_peer, no_records_at_all)
{
    uint8_t buf[MIP6_MAX_PACKET];
    mip6_peer_message m = sample(2);
    m.u.records.n = 0;
    cr_assert_eq(mip6_peer_encode(buf, sizeof buf, &one, &two, &m, NOW), MIP6_ERR_INVALID);
}

static void expect_bad_record(size_t at, uint8_t value)
{
    uint8_t buf[MIP6_MAX_PACKET];
    mip6_peer_message m;
    mip6_drop cause;
    size_t len = encode(2, buf);
    buf[40 + 24 + 32 + at] = value;
    fix_checksum(buf, len);
    cr_assert_eq(decode(buf, len, &m, &cause), MIP6_ERR_MALFORMED, "byte %zu", at);
    cr_assert_eq(cause, MIP6_DROP_BAD_VALUE);
}

Test(proto_wire_peer, records_that_can_be_nobodys)
{
    expect_bad_record(0, 0);        /* kind */
    expect_bad_record(0, MIP6_N_SYNC_KINDS);
    expect_bad_record(12, 0xff);    /* home address: multicast */
    expect_bad_record(28, 0xff);    /* care-of address */
}

Test(proto_wire_peer, unknown_subtype)
{
    uint8_t buf[MIP6_MAX_PACKET];
    mip6_peer_message m;
    mip6_drop cause;
    size_t len = encode(1, buf);
    buf[46] = MIP6_N_PEER_TYPES;
    fix_checksum(buf, len);
    cr_assert_eq(decode(buf, len, &m, &cause), MIP6_ERR_MALFORMED);
    cr_assert_eq(cause, MIP6_DROP_UNKNOWN_MESSAGE);
}

Test(proto_wire_peer, checksum_covers_every_byte)
{
    uint8_t buf[MIP6_MAX_PACKET];
    size_t len = encode(2, buf);
    for (size_t i = 46; i < len; i++) {
        mip6_peer_message m;
        mip6_drop cause;
        buf[i] ^= 0x40;
        cr_assert_eq(decode(buf, len, &m, &cause), MIP6_ERR_CHECKSUM, "byte %zu", i);
        buf[i] ^= 0x40;
    }
}

Test(proto_wire_peer, another_to_whom)
{
    uint8_t buf[MIP6_MAX_PACKET];
    mip6_header h;
    mip6_peer_message m;
    mip6_drop cause;
    size_t len = encode(5, buf);
    mip6_peer_readdress(buf, len, &homes[0], 5, 6, 7);
    cr_assert_eq(mip6_peer_decode(buf, len, &h, &m, &cause, NOW), 0);
    cr_assert(mip6_addr_equal(&h.dst, &homes[0]) && m.to == 5 && m.session == 6 &&
              m.sequence == 7);
    cr_assert_arr_eq(m.u.system.body, body, sizeof body);
}

/* Bytes changed at random, the checksum right: an error or a message that can be written. */
Test(proto_wire_peer, ten_thousand_mutations)
{
    uint8_t buf[MIP6_MAX_PACKET], again[MIP6_MAX_PACKET];
    unsigned taken = 0;
    for (unsigned i = 0; i < 10000; i++) {
        size_t len = encode(i % SAMPLES, buf);
        uint64_t draw = mip6_mix64(i + 1);
        mip6_peer_message m;
        mip6_drop cause = MIP6_DROP_NONE;
        for (unsigned k = 0; k < 1 + draw % 3; k++) {
            uint64_t what = mip6_mix64(draw + k);
            buf[46 + what % (len - 46)] = (uint8_t)(what >> 40);
        }
        fix_checksum(buf, len);
        int r = decode(buf, len, &m, &cause);
        cr_assert((r == 0) == (cause == MIP6_DROP_NONE));
        if (r == 0) {
            taken++;
            cr_assert_eq(mip6_peer_encode(again, sizeof again, &one, &two, &m, NOW), (int)len);
        }
    }
    cr_assert_gt(taken, 1000);
}
