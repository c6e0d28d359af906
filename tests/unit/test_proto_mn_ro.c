/* Return routability between a mobile node and a correspondent: the procedure, data both
 * ways, loss, time, movement.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <criterion/criterion.h>

#include "mn_cn_pair.h"

TestSuite(proto_mn_ro, .init = setup, .fini = teardown);

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
