/* A mobile node and a correspondent, each the real one, and a network between them that
 * may lose. The home agent is a tunnel's end that, where it is told to, accepts all.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef TESTS_MN_CN_PAIR_H
#define TESTS_MN_CN_PAIR_H

#include <criterion/criterion.h>

#include "mn_harness.h"
#include "proto/core/shared.h"

typedef struct pair {
    mn_world w;
    void *storage;
    mip6_cn *cn;
    mip6_cn_config config;
    unsigned seen;              /* of w.sent */
    uint32_t lost;              /* kinds of message the network loses, a bit each */
    GRand *rand;
    int loss_percent;
    bool agent_answers;         /* ha1 accepts whatever comes */
    int64_t sent_ns[MIP6_N_MESSAGES][4];    /* to the correspondent, the last four */
    uint8_t last_bu[MIP6_MAX_PACKET];
    uint32_t last_bu_len;
} pair;

static pair p;

static inline void start(bool route_optimise)
{
    world_init(&p.w, MIP6_MN_ROUTE_OPTIMISE);
    p.config = (mip6_cn_config){.address = named("cn"), .route_optimise = route_optimise};
    p.storage = malloc(mip6_cn_size());
    p.cn = mip6_cn_init(p.storage, p.w.shared, &p.config, 77, 0);
    p.seen = 0;
    p.lost = 0;
    p.rand = NULL;
    p.agent_answers = false;
    memset(p.sent_ns, 0, sizeof p.sent_ns);
    bootstrap(&p.w);
    p.seen = p.w.n_sent;
}

static inline void setup(void)
{
    start(true);
}

static inline void teardown(void)
{
    mip6_cn_free(p.cn);
    free(p.storage);
    world_free_all(&p.w);
    cr_assert_eq(p.w.live, 0);
}

static inline mip6_message_kind kind_of(const uint8_t *pkt, size_t len, mip6_header *h)
{
    mip6_message m;
    mip6_drop cause;
    cr_assert_eq(mip6_decode(pkt, len, 0, h, &m, &cause), 0);
    return m.kind;
}

static inline bool is_lost(mip6_message_kind kind);

/* To the node: its home address by way of the agent's tunnel, unless it is at home. */
static inline void to_mobile(const uint8_t *pkt, size_t len)
{
    uint8_t buf[MIP6_MAX_PACKET + 40];
    mip6_addr home = named("home"), agent = named("ha1"), care_of = figures(&p.w).care_of;
    mip6_addr dst;
    memcpy(dst.b, pkt + 24, 16);
    memcpy(buf + 40, pkt, len);
    if (mip6_addr_equal(&dst, &home) && !mip6_addr_equal(&care_of, &home)) {
        mip6_tunnel_header(buf, &agent, &care_of, (uint32_t)len, 64);
        feed_bytes(&p.w, buf, len + 40);
    } else if (mip6_addr_equal(&dst, &care_of)) {
        feed_bytes(&p.w, buf + 40, len);
    }
}

static inline void poll_cn(void)
{
    uint8_t buf[MIP6_MAX_PACKET];
    mip6_action a;
    mip6_header h;
    while (mip6_cn_poll(p.cn, &a, buf, sizeof buf, p.w.now_ns)) {
        cr_assert_eq(a.kind, MIP6_ACTION_SEND);
        world_stamp(&p.w);
        describe_packet(p.w.log, buf, a.len);
        g_string_append_c(p.w.log, '\n');
        cr_assert_eq(kind_of(buf, a.len, &h), a.message);
        if (!is_lost(a.message))
            to_mobile(buf, a.len);
    }
}

static inline void to_cn(const uint8_t *pkt, uint32_t len)
{
    uint8_t buf[MIP6_MAX_PACKET + 64];
    mip6_packet packet = {.data = buf + 64, .len = len, .headroom = 64};
    mip6_rx rx = {0};
    mip6_route route;
    memcpy(buf + 64, pkt, len);
    if (mip6_cn_input(p.cn, &rx, &packet, &route, p.w.now_ns) == MIP6_LOCAL)
        mip6_cn_receive(p.cn, &rx, packet.data, packet.len, p.w.now_ns);
    poll_cn();
}

static inline bool is_lost(mip6_message_kind kind)
{
    return (p.lost & 1u << kind) ||
           (p.rand && g_rand_int_range(p.rand, 0, 100) < p.loss_percent);
}

/* MAX_UPDATE_RATE of each type. RFC 6275 section 11.8. */
static inline void check_rate(mip6_message_kind kind)
{
    int64_t *sent_ns = p.sent_ns[kind];
    memmove(sent_ns, sent_ns + 1, 3 * sizeof *sent_ns);
    sent_ns[3] = p.w.now_ns;
    cr_assert(sent_ns[0] == 0 || sent_ns[3] - sent_ns[0] >= SEC, "%s",
              mip6_message_name(kind));
}

/* What the home agent makes of a packet for it. */
static inline void to_agent(mip6_message_kind kind, const uint8_t *pkt, uint32_t len)
{
    mip6_header h;
    mip6_message m;
    mip6_drop cause;
    if (!p.agent_answers || is_lost(kind))
        return;
    mip6_decode(pkt, len, 0, &h, &m, &cause);
    if (kind == MIP6_MSG_DHAAD_REQUEST)
        feed_dhaad(&p.w, "ha1", m.u.dhaad.id, "ha1");
    else if (kind == MIP6_MSG_BU)
        feed_ba(&p.w, "ha1", 0, m.u.bu.sequence, m.u.bu.lifetime_units * 4u);
}

/* Carries what either has sent until both are silent. */
static inline void pump(void)
{
    while (p.seen != p.w.n_sent) {
        const uint8_t *pkt = p.w.sent[p.seen % 16];
        uint32_t len = p.w.sent_len[p.seen++ % 16];
        mip6_addr cn = named("cn");
        mip6_header h;
        if (pkt[6] == MIP6_NH_IPV6) {
            pkt += 40;
            len -= 40;
        }
        mip6_message_kind kind = kind_of(pkt, len, &h);
        if (!mip6_addr_equal(&h.dst, &cn)) {
            to_agent(kind, pkt, len);
            continue;
        }
        check_rate(kind);
        if (kind == MIP6_MSG_BU) {
            memcpy(p.last_bu, pkt, len);
            p.last_bu_len = len;
        }
        if (!is_lost(kind))
            to_cn(pkt, len);
    }
}

static inline void run(int64_t to_ns)
{
    for (;;) {
        int64_t mn_ns = mip6_mn_next_expiry(p.w.mn), cn_ns = mip6_cn_next_expiry(p.cn);
        int64_t next_ns = mn_ns < cn_ns ? mn_ns : cn_ns;
        if (next_ns > to_ns)
            break;
        if (next_ns > p.w.now_ns)
            p.w.now_ns = next_ns;
        mip6_cn_expire(p.cn, p.w.now_ns);
        poll_cn();
        advance(&p.w, p.w.now_ns);
        pump();
    }
    p.w.now_ns = to_ns;
}

/* A data packet of the correspondent; true where it arrives. *routed: not tunnelled. */
static inline bool data_down(bool *routed)
{
    uint8_t buf[64 + 48 + 100] = {0};
    mip6_addr cn = named("cn"), home = named("home");
    mip6_addr agent = named("ha1"), care_of = figures(&p.w).care_of;
    mip6_packet packet = {.data = buf + 64, .len = 48, .headroom = 64,
                          .virtual_bytes = 100};
    mip6_rx rx = {.virtual_bytes = 100};
    mip6_route route;
    mip6_udp_header(packet.data, &cn, &home, 1, 2, 100, 64);
    cr_assert_eq(mip6_cn_output(p.cn, &packet, &route, p.w.now_ns), MIP6_SEND_ON);
    *routed = packet.len == 72;
    if (!*routed) {
        packet.data -= 40;
        packet.len += 40;
        packet.headroom -= 40;
        mip6_tunnel_header(packet.data, &agent, &care_of, 148, 64);
    }
    mip6_verdict v = mip6_mn_input(p.w.mn, &rx, &packet, &route, p.w.now_ns);
    if (v == MIP6_DELIVER) {
        cr_assert_eq(packet.len, 48);
        cr_assert_eq(memcmp(packet.data + 24, home.b, 16), 0);
        cr_assert_eq(packet.data[6], MIP6_NH_UDP);
    }
    drain(&p.w);
    pump();
    return v == MIP6_DELIVER;
}

/* The other way. */
static inline bool data_up(bool *routed)
{
    uint8_t buf[64 + 48];
    mip6_addr cn = named("cn"), home = named("home");
    mip6_packet packet = {.data = buf + 64, .len = 48, .headroom = 64,
                          .virtual_bytes = 100};
    mip6_rx rx = {.virtual_bytes = 100};
    mip6_route route;
    mip6_udp_header(packet.data, &home, &cn, 1, 2, 100, 64);
    if (mip6_mn_output(p.w.mn, &packet, &route, p.w.now_ns) != MIP6_SEND_ON)
        return false;
    *routed = !route.tunnelled;
    if (route.tunnelled) {
        packet.data += 40;
        packet.len -= 40;
    }
    mip6_verdict v = mip6_cn_input(p.cn, &rx, &packet, &route, p.w.now_ns);
    if (v == MIP6_DELIVER) {
        cr_assert_eq(packet.len, 48);
        cr_assert_eq(memcmp(packet.data + 8, home.b, 16), 0);
    }
    poll_cn();
    return v == MIP6_DELIVER;
}

static inline void optimise(void)
{
    bool routed;
    cr_assert(data_down(&routed));
    cr_assert_not(routed);
    cr_assert(data_down(&routed));
    cr_assert(routed);
    take(&p.w);
}

#endif
