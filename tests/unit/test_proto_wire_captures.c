/* Packets that another project recorded or built: an independent word on the format.
 * They lie in the folder `shared` beside the checkout (MIP6_SHARED names another
 * place) and are not part of it: without them these tests are skipped.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "wire_samples.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ETHERNET_HEADER 14u
#define MAX_PACKETS 32

struct capture {
    uint8_t *bytes;
    size_t n;
    const uint8_t *packets[MAX_PACKETS]; /* behind the Ethernet header */
    size_t lengths[MAX_PACKETS];         /* as captured */
};

static uint32_t little32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint8_t *read_file(const char *name, size_t *len)
{
    const char *shared = getenv("MIP6_SHARED");
    char path[4096];
    uint8_t *bytes;
    FILE *f;

    snprintf(path, sizeof(path), "%s/captures/%s", shared != NULL ? shared : "../shared", name);
    f = fopen(path, "rb");
    if (f == NULL) {
        fprintf(stderr, "skipped: no %s (MIP6_SHARED names its folder)\n", path);
        cr_skip_test("no %s", path);
    }
    bytes = malloc(65536);
    cr_assert_not_null(bytes);
    *len = fread(bytes, 1, 65536, f);
    cr_assert_lt(*len, 65536u);
    fclose(f);
    return bytes;
}

/* Little-endian microsecond pcap of Ethernet, as all of these are. */
static struct capture load(const char *name)
{
    struct capture c = {0};
    size_t len, at = 24;

    c.bytes = read_file(name, &len);
    cr_assert_geq(len, 24u);
    cr_assert_eq(little32(c.bytes), 0xa1b2c3d4u, "%s", name);
    cr_assert_eq(little32(c.bytes + 20), 1, "%s", name);
    while (at < len) {
        size_t captured = little32(c.bytes + at + 8);

        cr_assert(at + 16 + captured <= len && captured > ETHERNET_HEADER && c.n < MAX_PACKETS);
        c.packets[c.n] = c.bytes + at + 16 + ETHERNET_HEADER;
        c.lengths[c.n++] = captured - ETHERNET_HEADER;
        at += 16 + captured;
    }
    return c;
}

static void unload(struct capture *c)
{
    free(c->bytes);
}

/* Decode copies of every length, none longer than the bytes that it says. A packet that
 * is cut is dropped, with a cause. */
static void cut_everywhere(const uint8_t *p, size_t len)
{
    for (size_t n = 0; n < len; n++) {
        uint8_t *cut = malloc(n > 0 ? n : 1);
        mip6_header h;
        mip6_message msg;
        mip6_drop cause = MIP6_DROP_NONE;

        cr_assert_not_null(cut);
        memcpy(cut, p, n);
        cr_assert_eq(mip6_decode(cut, n, 0, &h, &msg, &cause), MIP6_ERR_MALFORMED, "%zu", n);
        cr_assert_neq(cause, MIP6_DROP_NONE);
        free(cut);
    }
}

static void decode(const struct capture *c, size_t i, mip6_header *h, mip6_message *msg)
{
    mip6_drop cause = MIP6_DROP_NONE;

    cr_assert_lt(i, c->n);
    cr_assert_eq(mip6_decode(c->packets[i], c->lengths[i], 0, h, msg, &cause), 0, "%zu: %s",
                 i + 1, mip6_drop_name(cause));
    cut_everywhere(c->packets[i], c->lengths[i]);
}

static void drops(const struct capture *c, size_t i, mip6_drop wanted)
{
    cr_assert_lt(i, c->n);
    wire_expect_drop("capture", c->packets[i], c->lengths[i], wanted);
    cut_everywhere(c->packets[i], c->lengths[i]);
}

/* What was captured, of one message without options, is what encode writes. */
static void encodes_back(const struct capture *c, const mip6_header *h, mip6_message *msg)
{
    uint8_t buf[MIP6_MAX_PACKET];

    cr_assert_eq(mip6_encode(buf, sizeof(buf), h, msg), (int)c->lengths[0]);
    cr_assert_eq(memcmp(buf, c->packets[0], c->lengths[0]), 0);
}

#define OPEN(file)                    \
    struct capture c = load(file);    \
    mip6_header h;                    \
    mip6_message msg

#define ONE(file)            \
    OPEN(file);              \
    cr_assert_eq(c.n, 1);    \
    decode(&c, 0, &h, &msg)

Test(proto_wire_captures, mip6_brr)
{
    ONE("mip6_brr.pcap");
    cr_assert_eq(msg.kind, MIP6_MSG_BRR);
    encodes_back(&c, &h, &msg);
    unload(&c);
}

static const uint8_t cookie_1[8] = {0, 0, 0, 0, 0, 0, 0, 1};
static const uint8_t cookie_15[8] = {0, 0, 0, 0, 0, 0, 0, 15};
static const uint8_t token_255[8] = {0, 0, 0, 0, 0, 0, 0, 255};

Test(proto_wire_captures, mip6_hoti)
{
    ONE("mip6_hoti.pcap");
    cr_assert_eq(msg.kind, MIP6_MSG_HOTI);
    cr_assert_eq(memcmp(msg.u.rr.cookie, cookie_1, 8), 0);
    encodes_back(&c, &h, &msg);
    unload(&c);
}

Test(proto_wire_captures, mip6_coti)
{
    ONE("mip6_coti.pcap");
    cr_assert_eq(msg.kind, MIP6_MSG_COTI);
    cr_assert_eq(memcmp(msg.u.rr.cookie, cookie_1, 8), 0);
    encodes_back(&c, &h, &msg);
    unload(&c);
}

static void expect_answer(const mip6_message *msg)
{
    cr_assert_eq(msg->u.rr.nonce_index, 13);
    cr_assert_eq(memcmp(msg->u.rr.cookie, cookie_15, 8), 0);
    cr_assert_eq(memcmp(msg->u.rr.token, token_255, 8), 0);
}

Test(proto_wire_captures, mip6_hot)
{
    ONE("mip6_hot.pcap");
    cr_assert_eq(msg.kind, MIP6_MSG_HOT);
    expect_answer(&msg);
    encodes_back(&c, &h, &msg);
    unload(&c);
}

Test(proto_wire_captures, mip6_cot)
{
    ONE("mip6_cot.pcap");
    cr_assert_eq(msg.kind, MIP6_MSG_COT);
    expect_answer(&msg);
    encodes_back(&c, &h, &msg);
    unload(&c);
}

Test(proto_wire_captures, mip6_bu)
{
    ONE("mip6_bu.pcap");
    cr_assert_eq(msg.kind, MIP6_MSG_BU);
    cr_assert_eq(msg.u.bu.sequence, 37);
    cr_assert_eq(msg.u.bu.flags, MIP6_BU_ACK | MIP6_BU_HOME | MIP6_BU_KEY);
    cr_assert_eq(msg.u.bu.lifetime_units, 3);
    cr_assert(!msg.u.bu.opt.has_alt_coa && !msg.u.bu.opt.has_auth && !h.has_home);
    encodes_back(&c, &h, &msg);
    unload(&c);
}

Test(proto_wire_captures, mip6_back)
{
    ONE("mip6_back.pcap");
    cr_assert_eq(msg.kind, MIP6_MSG_BA);
    cr_assert_eq(msg.u.ba.status, MIP6_STATUS_ACCEPTED);
    cr_assert_eq(msg.u.ba.sequence, 42);
    cr_assert_eq(msg.u.ba.lifetime_units, 8);
    cr_assert(msg.u.ba.key);
    encodes_back(&c, &h, &msg);
    unload(&c);
}

Test(proto_wire_captures, mip6_be)
{
    mip6_addr home = wire_addr("2001:78:1:32::1");

    ONE("mip6_be.pcap");
    cr_assert_eq(msg.kind, MIP6_MSG_BE);
    cr_assert_eq(msg.u.be.status, 1);
    cr_assert(mip6_addr_equal(&msg.u.be.home, &home));
    encodes_back(&c, &h, &msg);
    unload(&c);
}

Test(proto_wire_captures, ipv6_mobile_hoa)
{
    mip6_addr home = wire_addr("2001:78:1:32::1");

    ONE("ipv6-mobile-hoa.pcap");
    cr_assert_eq(msg.kind, MIP6_MSG_DATA);
    cr_assert(h.has_home && mip6_addr_equal(mip6_header_source(&h), &home));
    unload(&c);
}

Test(proto_wire_captures, ipv6_mobile_routing)
{
    mip6_addr home = wire_addr("2001:78:1:32::1");

    ONE("ipv6-mobile-routing.pcap");
    cr_assert_eq(msg.kind, MIP6_MSG_DATA);
    cr_assert(h.has_final && mip6_addr_equal(mip6_header_destination(&h), &home));
    cr_assert_eq(h.segments_left, 1);
    unload(&c);
}

Test(proto_wire_captures, six_in_six_in_six)
{
    mip6_drop cause;
    size_t at = 0;

    ONE("6in6in6.pcap");
    for (unsigned depth = 0; depth < 2; depth++) {
        cr_assert_eq(h.next_header, MIP6_NH_IPV6);
        at += h.upper_offset;
        cr_assert_eq(mip6_decode(c.packets[0] + at, c.lengths[0] - at, 0, &h, &msg, &cause), 0);
        cr_assert_eq(msg.kind, MIP6_MSG_DATA);
    }
    cr_assert_eq(h.next_header, MIP6_NH_UDP);
    unload(&c);
}

static void expect_nd_packet(size_t i, const mip6_header *h, const mip6_message *msg)
{
    static const mip6_lladdr router = {{0xc2, 0x00, 0x54, 0xf5, 0x00, 0x00}};
    mip6_addr prefix = wire_addr("2001:db8:0:1::");

    if (msg->kind == MIP6_MSG_NS) {
        cr_assert(mip6_addr_is_unspecified(&h->src) && !msg->u.nd.has_lladdr, "%zu", i);
    } else if (msg->kind == MIP6_MSG_NA) {
        cr_assert(msg->u.nd.router && msg->u.nd.override && !msg->u.nd.solicited);
        cr_assert(msg->u.nd.has_lladdr && mip6_lladdr_equal(&msg->u.nd.lladdr, &router));
    } else if (msg->kind == MIP6_MSG_RA) {
        cr_assert_eq(msg->u.ra.flags & MIP6_RA_HOME_AGENT, 0);
        cr_assert(msg->u.ra.has_slla && mip6_lladdr_equal(&msg->u.ra.slla, &router));
        cr_assert(msg->u.ra.has_mtu && msg->u.ra.mtu == 1500);
        cr_assert_eq(msg->u.ra.n_prefixes, 1);
        cr_assert_eq(msg->u.ra.prefixes[0].length, 64);
        cr_assert(mip6_addr_equal(&msg->u.ra.prefixes[0].prefix, &prefix));
        cr_assert(!msg->u.ra.has_load && !msg->u.ra.has_ha_info);
    }
}

Test(proto_wire_captures, icmp6_nd_options)
{
    /* In order: S solicits, A advertises a neighbour; R is a router; M is MLD. */
    static const char order[] = "SARMMSMMARRMrSRMSSMM";

    OPEN("icmp6-nd-options.pcap");
    cr_assert_eq(c.n, 20);
    for (size_t i = 0; i < c.n; i++) {
        mip6_message_kind wanted = order[i] == 'S'   ? MIP6_MSG_NS
                                   : order[i] == 'A' ? MIP6_MSG_NA
                                   : order[i] == 'R' ? MIP6_MSG_RA
                                   : order[i] == 'r' ? MIP6_MSG_RS
                                                     : MIP6_MSG_OTHER;

        decode(&c, i, &h, &msg);
        cr_assert_eq(msg.kind, wanted, "%zu: %s", i + 1, mip6_message_name(msg.kind));
        expect_nd_packet(i, &h, &msg);
    }
    unload(&c);
}

Test(proto_wire_captures, icmp6_router_advert)
{
    ONE("icmp6-router-advert.pcap");
    cr_assert_eq(msg.kind, MIP6_MSG_RA);
    cr_assert_eq(msg.u.ra.flags, MIP6_RA_MANAGED | MIP6_RA_HOME_AGENT | MIP6_RA_PRF);
    cr_assert(!msg.u.ra.has_slla && !msg.u.ra.has_load && !msg.u.ra.has_ha_info);
    cr_assert_eq(msg.u.ra.n_prefixes, 0);
    encodes_back(&c, &h, &msg);
    unload(&c);
}

Test(proto_wire_captures, mip6_bad_mh_chksum)
{
    struct capture c = load("mip6-bad-mh-chksum.pcap");

    drops(&c, 0, MIP6_DROP_CHECKSUM);
    unload(&c);
}

Test(proto_wire_captures, ip6_hoa_udp_bad_chksum)
{
    struct capture c = load("ip6-hoa-udp-bad-chksum.pcap");

    drops(&c, 0, MIP6_DROP_CHECKSUM);
    unload(&c);
}

Test(proto_wire_captures, ipv6_mobility_dst_opts)
{
    struct capture c = load("ipv6-mobility-dst-opts.pcap");

    cr_assert_eq(c.n, 3);
    drops(&c, 0, MIP6_DROP_BAD_LENGTH);
    drops(&c, 1, MIP6_DROP_BAD_LENGTH);
    drops(&c, 2, MIP6_DROP_BAD_LENGTH);
    unload(&c);
}

Test(proto_wire_captures, icmp6_nd_short_options)
{
    static const unsigned too_short[] = {1, 3, 5, 13, 14, 15};
    static const unsigned redirects[] = {7, 8, 12, 16};

    OPEN("icmp6-nd-short-options.pcap");
    cr_assert_eq(c.n, 16);
    for (unsigned i = 0; i < 6; i++)
        drops(&c, too_short[i] - 1, MIP6_DROP_TOO_SHORT);
    for (unsigned i = 0; i < 4; i++) {
        decode(&c, redirects[i] - 1, &h, &msg);
        cr_assert_eq(msg.kind, MIP6_MSG_OTHER);
    }
    decode(&c, 1, &h, &msg);
    cr_assert(msg.kind == MIP6_MSG_RA && msg.u.ra.has_slla);
    decode(&c, 3, &h, &msg); /* its option is no advertisement's: not looked at */
    cr_assert(msg.kind == MIP6_MSG_NA && !msg.u.nd.has_lladdr);
    decode(&c, 5, &h, &msg);
    cr_assert(msg.kind == MIP6_MSG_NS && msg.u.nd.has_lladdr);
    decode(&c, 8, &h, &msg);
    cr_assert(msg.kind == MIP6_MSG_RA && !msg.u.ra.has_slla);
    decode(&c, 9, &h, &msg);
    cr_assert(msg.kind == MIP6_MSG_NA && !msg.u.nd.has_lladdr);
    decode(&c, 10, &h, &msg);
    cr_assert(msg.kind == MIP6_MSG_NS && !msg.u.nd.has_lladdr);
    unload(&c);
}
