/* Route optimisation where things go wrong: restarts, refusals, forgeries, chaos.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <criterion/criterion.h>

#include "mn_cn_pair.h"

TestSuite(proto_mn_ro_errors, .init = setup, .fini = teardown);

/* Sequence numbers of a correspondent start at random. One that is behind what the
 * correspondent has is told so, and the next is right. */
Test(proto_mn_ro_errors, sequence_behind)
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
Test(proto_mn_ro_errors, nonces_always_expired)
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

/* An acknowledgement without, or with a wrong authenticator, or to another update. */
Test(proto_mn_ro_errors, forged_acknowledgement)
{
    bool routed;
    p.lost = 1u << MIP6_MSG_BA;
    data_down(&routed);
    mip6_header h = header_from(&p.w, "cn", true);
    mip6_message m = {.kind = MIP6_MSG_BA};
    m.u.ba.sequence = mip6_get16(p.last_bu + 64 + 6);
    m.u.ba.lifetime_units = 30;
    cr_assert_eq(feed(&p.w, &h, &m), MIP6_ERR_IGNORED);
    m.u.ba.opt.has_auth = true;
    cr_assert_eq(feed(&p.w, &h, &m), MIP6_ERR_IGNORED);
    m.u.ba.status = 135;
    cr_assert_eq(feed(&p.w, &h, &m), MIP6_ERR_IGNORED);
    m.u.ba.status = 136;
    m.u.ba.sequence++;
    cr_assert_eq(feed(&p.w, &h, &m), MIP6_ERR_IGNORED);
    cr_assert_eq(mip6_shared_mn_drops(p.w.shared)[MIP6_DROP_STALE_SEQUENCE], 1);
    cr_assert(data_up(&routed));
    cr_assert_not(routed);
}

/* Binding Error 2 counts where an answer is waited for, and ends the attempts. */
Test(proto_mn_ro_errors, unknown_mobility_header)
{
    bool routed;
    p.lost = 1u << MIP6_MSG_HOTI | 1u << MIP6_MSG_COTI;
    data_down(&routed);
    take(&p.w);
    mip6_header h = header_from(&p.w, "cn", false);
    mip6_message m = {.kind = MIP6_MSG_BE};
    m.u.be.status = 2;
    cr_assert_eq(feed(&p.w, &h, &m), 0);
    run(59 * SEC);
    cr_assert_str_eq(take(&p.w), "");
    cr_assert_eq(feed(&p.w, &h, &m), MIP6_ERR_IGNORED, "nothing is waited for");
}

/* Another mobile node's option: nothing here has its binding. */
Test(proto_mn_ro_errors, home_address_option_to_a_mobile_node)
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
Test(proto_mn_ro_errors, plain_correspondent)
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
Test(proto_mn_ro_errors, binding_error)
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
Test(proto_mn_ro_errors, nonces_forgotten)
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
Test(proto_mn_ro_errors, refresh_request)
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
Test(proto_mn_ro_errors, tests_that_do_not_count)
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
Test(proto_mn_ro_errors, allocations_fail)
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

Test(proto_mn_ro_errors, chaos)
{
    for (guint32 seed = 1; seed <= 30; seed++) {
        chaos(seed);
        teardown();
        start(true);
    }
}
