/* A mobile node and a correspondent, each the real one: return routability, data both
 * ways, movement, errors. The home agent between them is a tunnel's end.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

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

static void start(bool route_optimise)
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

static void setup(void)
{
    start(true);
}

static void teardown(void)
{
    mip6_cn_free(p.cn);
    free(p.storage);
    world_free_all(&p.w);
    cr_assert_eq(p.w.live, 0);
}

TestSuite(proto_mn_ro, .init = setup, .fini = teardown);

static mip6_message_kind kind_of(const uint8_t *pkt, size_t len, mip6_header *h)
{
    mip6_message m;
    mip6_drop cause;
    cr_assert_eq(mip6_decode(pkt, len, 0, h, &m, &cause), 0);
    return m.kind;
}

static bool is_lost(mip6_message_kind kind);

/* To the node: its home address by way of the agent's tunnel, unless it is at home. */
static void to_mobile(const uint8_t *pkt, size_t len)
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

static void poll_cn(void)
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

static void to_cn(const uint8_t *pkt, uint32_t len)
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

static bool is_lost(mip6_message_kind kind)
{
    return (p.lost & 1u << kind) ||
           (p.rand && g_rand_int_range(p.rand, 0, 100) < p.loss_percent);
}

/* MAX_UPDATE_RATE of each type. RFC 6275 section 11.8. */
static void check_rate(mip6_message_kind kind)
{
    int64_t *sent_ns = p.sent_ns[kind];
    memmove(sent_ns, sent_ns + 1, 3 * sizeof *sent_ns);
    sent_ns[3] = p.w.now_ns;
    cr_assert(sent_ns[0] == 0 || sent_ns[3] - sent_ns[0] >= SEC, "%s",
              mip6_message_name(kind));
}

/* What the home agent makes of a packet for it. */
static void to_agent(mip6_message_kind kind, const uint8_t *pkt, uint32_t len)
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
static void pump(void)
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

static void run(int64_t to_ns)
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
static bool data_down(bool *routed)
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
static bool data_up(bool *routed)
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

static void optimise(void)
{
    bool routed;
    cr_assert(data_down(&routed));
    cr_assert_not(routed);
    cr_assert(data_down(&routed));
    cr_assert(routed);
    take(&p.w);
}

/* The whole procedure: RFC 6275 section 5.2.5 and 5.2.6. */
Test(proto_mn_ro, return_routability)
{
    bool routed;
    p.w.now_ns = 10 * SEC;
    cr_assert(data_down(&routed));
    cr_assert_not(routed);
    char *chart = g_strdup(take(&p.w));
    char **lines = g_strsplit(chart, "\n", -1);
    cr_assert_str_eq(lines[0], "10 [coa1>ha1] home-test-init home>cn");
    cr_assert_str_eq(lines[1], "10 care-of-test-init coa1>cn");
    cr_assert_str_eq(lines[2], "10 home-test cn>home");
    cr_assert_str_eq(lines[3], "10 care-of-test cn>coa1");
    cr_assert(g_str_has_prefix(lines[4], "10 binding-update coa1>cn #"), "%s", chart);
    /* At most what is left of the home registration. Section 11.7.2. */
    cr_assert(g_str_has_suffix(lines[4], " lifetime=108A hoa auth"), "%s", lines[4]);
    cr_assert_str_eq(lines[5], "10 * cn-binding-new coa1 code=0 value=108");
    cr_assert(g_str_has_suffix(lines[6], " lifetime=108 auth rh2=home"), "%s", lines[6]);
    cr_assert_str_eq(lines[7], "10 * mn-route-optimised cn code=0 value=108");
    cr_assert_eq(mip6_cn_bindings(p.cn), 1);
    cr_assert(data_down(&routed) && routed);
    cr_assert(data_up(&routed) && routed);
    g_strfreev(lines);
    g_free(chart);
}

/* ---- The authenticator, computed anew from RFC 6275's text alone */

static void first_64(const uint8_t key[20], const mip6_addr *address,
                     const uint8_t nonce[8], uint8_t last, uint8_t out[8])
{
    uint8_t digest[20];
    gsize n = 20;
    GHmac *mac = g_hmac_new(G_CHECKSUM_SHA1, key, 20);
    g_hmac_update(mac, address->b, 16);
    g_hmac_update(mac, nonce, 8);
    g_hmac_update(mac, &last, 1);
    g_hmac_get_digest(mac, digest, &n);
    g_hmac_unref(mac);
    memcpy(out, digest, 8);
}

static void put64(uint8_t out[8], uint64_t v)
{
    for (int i = 0; i < 8; i++)
        out[i] = (uint8_t)(v >> (56 - 8 * i));
}

/* What the correspondent (cookie 77) drew: two words for its hash, three for Kcn, one
 * for the first index, then the first nonce. */
static void secrets(uint8_t kcn[24], uint8_t nonce[8])
{
    for (uint64_t i = 0; i < 3; i++)
        put64(kcn + 8 * i, world_random(&p.w, 77, MIP6_RANDOM_SECRET, 2 + i));
    put64(nonce, world_random(&p.w, 77, MIP6_RANDOM_SECRET, 6));
}

static void expected_kbm(uint8_t kbm[20])
{
    uint8_t kcn[24], nonce[8], tokens[16];
    mip6_addr home = named("home"), coa = named("coa1");
    gsize n = 20;
    secrets(kcn, nonce);
    first_64(kcn, &home, nonce, 0, tokens);
    first_64(kcn, &coa, nonce, 1, tokens + 8);
    GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA1);
    g_checksum_update(sum, tokens, 16);
    g_checksum_get_digest(sum, kbm, &n);
    g_checksum_free(sum);
}

/* The BU is 40 bytes of IPv6, 24 of options, then the mobility header; the last 12 are
 * the authenticator, the checksum at 4 counts as zero. Section 6.2.7. */
Test(proto_mn_ro, authenticator_from_the_text)
{
    uint8_t kbm[20], digest[20], zero[2] = {0};
    mip6_addr coa = named("coa1"), cn = named("cn");
    gsize n = 20;
    optimise();
    cr_assert_gt(p.last_bu_len, 64 + 12);
    const uint8_t *mh = p.last_bu + 64;
    size_t mh_len = p.last_bu_len - 64;
    expected_kbm(kbm);
    GHmac *mac = g_hmac_new(G_CHECKSUM_SHA1, kbm, 20);
    g_hmac_update(mac, coa.b, 16);
    g_hmac_update(mac, cn.b, 16);
    g_hmac_update(mac, mh, 4);
    g_hmac_update(mac, zero, 2);
    g_hmac_update(mac, mh + 6, (gssize)(mh_len - 6 - 12));
    g_hmac_get_digest(mac, digest, &n);
    g_hmac_unref(mac);
    cr_assert_eq(memcmp(digest, mh + mh_len - 12, 12), 0);
    cr_assert_eq(mh[mh_len - 14], 5);
    cr_assert_eq(mh[mh_len - 13], 12);
}

/* Any bit of the Binding Update that is wrong, and it is discarded in silence. */
Test(proto_mn_ro, tampered_update)
{
    p.lost = 1u << MIP6_MSG_BU;
    bool routed;
    data_down(&routed);
    p.lost = 0;
    take(&p.w);
    uint8_t buf[MIP6_MAX_PACKET];
    for (uint32_t at = 64 + 6; at < p.last_bu_len; at++) {
        memcpy(buf, p.last_bu, p.last_bu_len);
        buf[at] ^= 0x10;
        mip6_header h;
        mip6_drop cause;
        cr_assert_eq(mip6_decode_header(buf, p.last_bu_len, 0, &h, &cause), 0);
        buf[68] = buf[69] = 0;
        mip6_put16(buf + 68, mip6_checksum(&h.home, &h.dst, MIP6_NH_MOBILITY, buf + 64,
                                           p.last_bu_len - 64, 0));
        to_cn(buf, p.last_bu_len);
        cr_assert_eq(mip6_cn_bindings(p.cn), 0, "byte %u", at);
    }
    to_cn(p.last_bu, p.last_bu_len);
    cr_assert_eq(mip6_cn_bindings(p.cn), 1);
}

/* Replayed: the sequence number is not greater. 135 carries the last one, signed. */
Test(proto_mn_ro, replayed_update)
{
    optimise();
    to_cn(p.last_bu, p.last_bu_len);
    char *chart = g_strdup(take(&p.w));
    cr_assert(strstr(chart, "binding-acknowledgement cn>coa1 status=135"), "%s", chart);
    cr_assert(strstr(chart, "auth rh2=home"), "%s", chart);
    g_free(chart);
}

/* ---- Loss */

/* Three tests a second apart and doubling, then the tunnel for a minute. */
Test(proto_mn_ro, nobody_answers_the_tests)
{
    bool routed;
    p.lost = 1u << MIP6_MSG_HOTI | 1u << MIP6_MSG_COTI;
    data_down(&routed);
    run(30 * SEC);
    cr_assert_str_eq(take(&p.w),
        "0 [coa1>ha1] home-test-init home>cn\n"
        "0 care-of-test-init coa1>cn\n"
        "1 [coa1>ha1] home-test-init home>cn\n"
        "1 care-of-test-init coa1>cn\n"
        "3 [coa1>ha1] home-test-init home>cn\n"
        "3 care-of-test-init coa1>cn\n");
    cr_assert(data_down(&routed));
    cr_assert_str_eq(take(&p.w), "", "paused");
    run(59 * SEC);
    run(68 * SEC);
    take(&p.w);
    p.lost = 0;
    cr_assert(data_down(&routed));
    cr_assert_eq(mip6_cn_bindings(p.cn), 1);
}

/* Retransmitted tests carry new cookies. Section 11.8. */
Test(proto_mn_ro, new_cookies)
{
    bool routed;
    uint8_t first[8];
    p.lost = 1u << MIP6_MSG_COTI;
    data_down(&routed);
    memcpy(first, p.w.sent[(p.w.n_sent - 1) % 16] + 40 + 8, 8);
    run(SEC);
    const uint8_t *second = p.w.sent[(p.w.n_sent - 1) % 16];
    cr_assert_eq(second[42], 2, "a care-of test init");
    cr_assert_neq(memcmp(second + 40 + 8, first, 8), 0);
}

Test(proto_mn_ro, lost_acknowledgement)
{
    bool routed;
    p.lost = 1u << MIP6_MSG_BA;
    data_down(&routed);
    cr_assert(data_up(&routed));
    cr_assert_not(routed, "no acknowledgement, no Home Address option");
    p.lost = 0;
    run(2 * SEC);
    cr_assert(data_up(&routed) && routed);
}

/* ---- Time */

/* In use: renewed with the tokens while they are fresh, by new tests after 210 s. */
Test(proto_mn_ro, renewed_before_expiry)
{
    bool routed;
    optimise();
    for (int64_t s = 1; s < 400; s++) {
        run(s * SEC);
        uint16_t sequence = figures(&p.w).sequence;
        mip6_mn_figures f = figures(&p.w);
        if (f.expires_ns - p.w.now_ns < 60 * SEC) {     /* the agent's part */
            feed_ba(&p.w, "ha1", 0, sequence, 120);
            pump();
        }
        cr_assert(data_down(&routed) && routed, "at %d s", (int)s);
    }
    char *chart = g_strdup(take(&p.w));
    int tests = 0;
    for (const char *at = chart; (at = strstr(at, "home-test-init")) != NULL; at++)
        tests++;
    cr_assert_eq(tests, 1, "%s", chart);
    cr_assert_null(strstr(chart, "status=13"), "no token was used too long: %s", chart);
    g_free(chart);
}

/* Not in use: it ends, and the entry of either goes. */
Test(proto_mn_ro, unused_binding_ends)
{
    bool routed;
    data_down(&routed);
    cr_assert_eq(mip6_cn_bindings(p.cn), 1);
    run(119 * SEC);
    take(&p.w);
    run(121 * SEC);
    cr_assert_eq(mip6_cn_bindings(p.cn), 0);
    run(241 * SEC);
    cr_assert_eq(mip6_cn_next_expiry(p.cn), MIP6_NEVER, "forgotten after its nonce");
    cr_assert_eq(p.w.shared->route_optimised.in_use, 0);
}

/* ---- Movement */

/* The home token is used again while it is fresh: only the care-of test. */
Test(proto_mn_ro, movement_reuses_the_home_token)
{
    bool routed;
    optimise();
    p.w.now_ns = 20 * SEC;
    attach(&p.w, "coa2");
    pump();
    cr_assert(data_up(&routed));
    cr_assert_not(routed, "the correspondent does not know yet");
    take(&p.w);
    accept_bu(&p.w, "ha1");
    pump();
    char *chart = g_strdup(take(&p.w));
    cr_assert_null(strstr(chart, "home-test-init"), "%s", chart);
    cr_assert_not_null(strstr(chart, "20 care-of-test-init coa2>cn\n"), "%s", chart);
    cr_assert_not_null(strstr(chart, "mn-route-optimised"), "%s", chart);
    cr_assert(data_up(&routed) && routed);
    cr_assert(data_down(&routed) && routed);
    cr_assert_eq(mip6_cn_bindings(p.cn), 1);
    g_free(chart);
}

/* No test before the agent knows the care-of address. Section 11.7.2. */
Test(proto_mn_ro, no_test_before_the_agent_knows)
{
    bool routed;
    p.w.now_ns = 20 * SEC;
    attach(&p.w, "coa2");
    take(&p.w);
    cr_assert(data_down(&routed));
    cr_assert_str_eq(take(&p.w), "");
    accept_bu(&p.w, "ha1");
    pump();
    cr_assert_eq(mip6_cn_bindings(p.cn), 1);
}

Test(proto_mn_ro, movement_after_the_home_token)
{
    optimise();
    for (int64_t s = 50; s <= 250; s += 50) {
        bool routed;
        run(s * SEC);
        accept_bu(&p.w, "ha1");
        pump();
        data_up(&routed);
        data_down(&routed);
    }
    take(&p.w);
    run(255 * SEC);
    attach(&p.w, "coa2");
    accept_bu(&p.w, "ha1");
    pump();
    cr_assert_eq(mip6_cn_bindings(p.cn), 1);
}

/* At home: the home test alone, lifetime 0, from the home address. Section 11.7.2. */
Test(proto_mn_ro, deregistration_at_home)
{
    bool routed;
    optimise();
    p.w.now_ns = 20 * SEC;
    p.w.traces = false;
    attach_home(&p.w);
    pump();
    cr_assert_eq(mip6_cn_bindings(p.cn), 1, "not before the agent has let go");
    feed_ba(&p.w, "ha1", 0, figures(&p.w).sequence, 0);
    pump();
    char *chart = g_strdup(take(&p.w));
    cr_assert(strstr(chart, "20 binding-update home>cn #"), "%s", chart);
    cr_assert(strstr(chart, " lifetime=0A auth\n"), "%s", chart);
    cr_assert_null(strstr(chart, "test-init"), "%s", chart);
    cr_assert(strstr(chart, "binding-acknowledgement cn>home status=0"), "%s", chart);
    cr_assert_eq(mip6_cn_bindings(p.cn), 0);
    run(30 * SEC);
    cr_assert_eq(mip6_mn_next_expiry(p.w.mn), MIP6_NEVER);
    uint8_t buf[64 + 48];
    mip6_addr cn = named("cn"), home = named("home");
    mip6_packet packet = {.data = buf + 64, .len = 48, .headroom = 64};
    mip6_route route;
    mip6_udp_header(packet.data, &cn, &home, 1, 2, 0, 64);
    mip6_cn_output(p.cn, &packet, &route, p.w.now_ns);
    cr_assert_eq(packet.len, 48);
    g_free(chart);
    (void)routed;
}

Test(proto_mn_ro, deregistration_at_home_unanswered)
{
    optimise();
    p.lost = 1u << MIP6_MSG_BU;
    attach_home(&p.w);
    feed_ba(&p.w, "ha1", 0, figures(&p.w).sequence, 0);
    pump();
    run(60 * SEC);
    cr_assert_eq(p.w.shared->route_optimised.in_use, 0);
    cr_assert_eq(mip6_mn_next_expiry(p.w.mn), MIP6_NEVER);
}

/* ---- Errors */

/* Sequence numbers of a correspondent start at random. One that is behind what the
 * correspondent has is told so, and the next is right. */
Test(proto_mn_ro, sequence_behind)
{
    bool routed, told = false;
    uint8_t udp[48];
    mip6_addr home = named("home"), cn = named("cn");
    for (uint64_t cookie = 2; cookie < 12; cookie++) {
        mip6_mn_free(p.w.mn);
        p.w.mn = mip6_mn_init(p.w.storage, p.w.shared, &p.w.config, &home,
                              MIP6_MN_ROUTE_OPTIMISE, cookie);
        bootstrap(&p.w);
        mip6_udp_header(udp, &cn, &home, 1, 2, 0, 64);
        to_mobile(udp, sizeof udp);
        pump();
        cr_assert(data_up(&routed) && routed);
        told = strstr(take(&p.w), "status=135") != NULL || told;
    }
    cr_assert(told);
}

/* One that calls every nonce expired is left alone after three rounds. */
Test(proto_mn_ro, nonces_always_expired)
{
    bool routed;
    p.lost = 1u << MIP6_MSG_BU;
    data_down(&routed);
    p.lost |= 1u << MIP6_MSG_BA;
    take(&p.w);
    for (int i = 0; i < 10; i++) {
        mip6_header h = header_from(&p.w, "cn", true);
        mip6_message m = {.kind = MIP6_MSG_BA};
        m.u.ba.status = 137;
        m.u.ba.sequence = mip6_get16(p.last_bu + 64 + 6);
        feed(&p.w, &h, &m);
        pump();
        p.w.now_ns += SEC;
        advance(&p.w, p.w.now_ns);
        pump();
    }
    char **rounds = g_strsplit(take(&p.w), "* mn-refused", -1);
    cr_assert_eq(g_strv_length(rounds), 5, "%u", g_strv_length(rounds));
    g_strfreev(rounds);
}

/* Another mobile node's option: nothing here has its binding. */
Test(proto_mn_ro, home_address_option_to_a_mobile_node)
{
    uint8_t buf[72] = {0};
    mip6_addr src = named("coa2"), other = named("cn2"), coa = named("coa1");
    static const uint8_t option[8] = {17, 2, 1, 2, 0, 0, 0xc9, 16};
    mip6_packet packet = {.data = buf, .len = 72};
    mip6_rx rx = {0};
    mip6_route route;
    mip6_udp_header(buf + 24, &other, &coa, 1, 2, 0, 64);
    memmove(buf, buf + 24, 40);
    mip6_put16(buf + 4, 32);
    buf[6] = 60;
    memcpy(buf + 8, src.b, 16);
    memcpy(buf + 40, option, 8);
    memcpy(buf + 48, other.b, 16);
    cr_assert_eq(mip6_mn_input(p.w.mn, &rx, &packet, &route, 0), MIP6_DROP);
    cr_assert_eq(route.cause, MIP6_DROP_NO_BINDING);
}

/* A correspondent that knows no Mobile IPv6: code 1, and no more attempts. */
Test(proto_mn_ro, plain_correspondent)
{
    bool routed;
    teardown();
    start(false);
    p.w.traces = false;
    cr_assert(data_down(&routed));
    cr_assert_str_eq(take(&p.w),
        "0 [coa1>ha1] home-test-init home>cn\n"
        "0 care-of-test-init coa1>cn\n"
        "0 icmp-error cn>home type=4 code=1 value=6\n"
        "0 icmp-error cn>coa1 type=4 code=1 value=6\n");
    run(59 * SEC);
    cr_assert(data_down(&routed));
    cr_assert_str_eq(take(&p.w), "");
}

/* The correspondent forgets the binding (a restart): its Binding Error ends the use of
 * the option, and a second later the procedure begins anew. */
Test(proto_mn_ro, binding_error)
{
    bool routed;
    optimise();
    mip6_cn_free(p.cn);
    p.cn = mip6_cn_init(p.storage, p.w.shared, &p.config, 78, p.w.now_ns);
    cr_assert_not(data_up(&routed));
    cr_assert_str_eq(take(&p.w), "0 binding-error cn>coa1 status=1 home\n");
    cr_assert(data_up(&routed));
    cr_assert_not(routed);
    run(2 * SEC);
    data_down(&routed);
    cr_assert(data_up(&routed) && routed);
}

/* Tokens of a correspondent that has restarted: 136 to 138, and new tests. */
Test(proto_mn_ro, nonces_forgotten)
{
    bool routed;
    optimise();
    mip6_cn_free(p.cn);
    p.cn = mip6_cn_init(p.storage, p.w.shared, &p.config, 78, p.w.now_ns);
    p.w.now_ns = 10 * SEC;
    attach(&p.w, "coa2");
    accept_bu(&p.w, "ha1");
    pump();
    char *chart = g_strdup(take(&p.w));
    cr_assert(strstr(chart, "status=136"), "%s", chart);
    cr_assert(strstr(chart, "home-test-init"), "%s", chart);
    cr_assert(data_up(&routed) && routed);
    g_free(chart);
}

/* A refresh request is followed only for a correspondent of the list. */
Test(proto_mn_ro, refresh_request)
{
    optimise();
    p.w.now_ns = 30 * SEC;
    mip6_header h = {.src = named("cn"), .dst = named("home"), .hop_limit = 64};
    mip6_message m = {.kind = MIP6_MSG_BRR};
    cr_assert_eq(feed_tunnelled(&p.w, "ha1", &h, &m), 0);
    pump();
    cr_assert(strstr(take(&p.w), "binding-update coa1>cn"));
    h.src = named("cn2");
    p.w.now_ns = 31 * SEC;
    mip6_mn_free(p.w.mn);       /* nothing of cn2 may be there */
    mip6_addr home = named("home");
    p.w.mn = mip6_mn_init(p.w.storage, p.w.shared, &p.w.config, &home, 0, 1);
    bootstrap(&p.w);
    cr_assert_eq(feed_tunnelled(&p.w, "ha1", &h, &m), MIP6_ERR_IGNORED);
}

/* Wrong cookie, wrong way, twice: ignored. Section 11.6.2. */
Test(proto_mn_ro, tests_that_do_not_count)
{
    bool routed;
    p.lost = 1u << MIP6_MSG_HOTI | 1u << MIP6_MSG_COTI;
    data_down(&routed);
    mip6_header h = {.src = named("cn"), .dst = named("home"), .hop_limit = 64};
    mip6_message m = {.kind = MIP6_MSG_HOT};
    cr_assert_eq(feed_tunnelled(&p.w, "ha1", &h, &m), MIP6_ERR_IGNORED, "cookie");
    const uint8_t *hoti = p.w.sent[(p.w.n_sent - 2) % 16];
    memcpy(m.u.rr.cookie, hoti + 80 + 8, 8);
    h.dst = named("coa1");
    cr_assert_eq(feed(&p.w, &h, &m), MIP6_ERR_IGNORED, "not in the tunnel");
    h.dst = named("home");
    cr_assert_eq(feed_tunnelled(&p.w, "ha1", &h, &m), 0);
    cr_assert_eq(feed_tunnelled(&p.w, "ha1", &h, &m), MIP6_ERR_IGNORED, "twice");
}

/* Every allocation fails once, and data still flows by way of the agent. */
Test(proto_mn_ro, allocations_fail)
{
    for (long n = 1; n <= 4; n++) {
        bool routed;
        teardown();
        start(true);
        p.w.fail_at = p.w.allocations + n;
        cr_assert(data_down(&routed));
        run(SEC);
        p.w.fail_at = 0;
        run(2 * SEC);
        cr_assert(data_down(&routed));
        run(400 * SEC);
    }
}

/* ---- Anything may happen */

static void event(void)
{
    bool routed;
    switch (g_rand_int_range(p.rand, 0, 10)) {
    case 0:
    case 1:
        attach(&p.w, g_rand_boolean(p.rand) ? "coa1" : "coa2");
        break;
    case 2:
        attach_home(&p.w);
        break;
    case 3:
        mip6_mn_detached(p.w.mn, p.w.now_ns);
        break;
    case 4:
        p.w.fail_at = p.w.fail_at ? 0 : 1;
        break;
    case 5:
        p.loss_percent = g_rand_int_range(p.rand, 0, 101);
        break;
    case 6:
        data_up(&routed);
        break;
    case 7:     /* the correspondent starts anew */
        if (g_rand_int_range(p.rand, 0, 4) == 0) {
            mip6_cn_free(p.cn);
            p.w.fail_at = 0;
            p.cn = mip6_cn_init(p.storage, p.w.shared, &p.config, g_rand_int(p.rand),
                                p.w.now_ns);
        }
        break;
    default:
        data_down(&routed);
    }
    pump();
}

/* Afterwards the optimised route works both ways, and nothing is left over. */
static void chaos(guint32 seed)
{
    bool routed = false;
    p.rand = g_rand_new_with_seed(seed);
    p.agent_answers = true;
    for (int i = 0; i < 300; i++) {
        event();
        run(p.w.now_ns + g_rand_int_range(p.rand, 1, 4000) * MS);
        take(&p.w);
    }
    p.w.fail_at = 0;
    p.loss_percent = 0;
    attach(&p.w, "coa1");
    pump();
    run(p.w.now_ns + 400 * SEC);    /* longer than any pause */
    for (int i = 0; i < 3; i++) {
        data_down(&routed);
        run(p.w.now_ns + 3 * SEC);
    }
    cr_assert(data_down(&routed) && routed, "seed %u: %s", seed, take(&p.w));
    cr_assert(data_up(&routed) && routed, "seed %u", seed);
    attach_home(&p.w);
    pump();
    run(p.w.now_ns + 400 * SEC);
    cr_assert_eq(p.w.shared->route_optimised.in_use, 0, "seed %u", seed);
    cr_assert_eq(p.w.shared->dhaad.in_use, 0, "seed %u", seed);
    cr_assert_eq(mip6_cn_bindings(p.cn), 0, "seed %u", seed);
    g_rand_free(p.rand);
    p.rand = NULL;
}

Test(proto_mn_ro, chaos)
{
    for (guint32 seed = 1; seed <= 30; seed++) {
        chaos(seed);
        teardown();
        start(true);
    }
}
