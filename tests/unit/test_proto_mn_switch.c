/* The mobile node and a reassignment: acceptance, three handovers, the old agent.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <criterion/criterion.h>

#include "mn_harness.h"

static mn_world w;

static void setup(void)
{
    world_init(&w, 0);
}

static void teardown(void)
{
    world_free_all(&w);
    cr_assert_eq(w.live, 0);
}

TestSuite(proto_mn_switch, .init = setup, .fini = teardown);

static void begin(int handover)
{
    w.config.handover = handover;
    bootstrap(&w);
    w.now_ns = 10 * SEC;
}

/* Register at once: the draft. The old agent is heard until the new BA, not after. */
Test(proto_mn_switch, register_at_once)
{
    begin(MIP6_HANDOVER_REGISTER);
    cr_assert_eq(feed_dhaad(&w, "ha1", 0, "ha2"), 0);
    cr_assert_eq(feed_dhaad(&w, "ha1", 0, "ha2"), 0, "a resend changes nothing");
    advance(&w, 12 * SEC);
    accept_bu(&w, "ha2");
    advance(&w, 60 * SEC);
    cr_assert_str_eq(take(&w),
        "10 * mn-switch ha2 code=0 value=0\n"
        "10 binding-update coa1>ha2 #2 lifetime=120 HA hoa alt=coa1\n"
        "11.5 binding-update coa1>ha2 #3 lifetime=120 HA hoa alt=coa1\n"
        "12 * mn-registered ha2 code=0 value=120\n"
        "12 tunnel-set ha2\n"
        "12 tunnel-gone ha1\n");
}

Test(proto_mn_switch, deregister_first)
{
    begin(MIP6_HANDOVER_DEREGISTER);
    cr_assert_eq(feed_dhaad(&w, "ha1", 0, "ha2"), 0);
    w.now_ns = 10050 * MS;
    feed_ba(&w, "ha1", 0, 2, 0);
    cr_assert_eq(figures(&w).state, MIP6_MN_REGISTERING);
    w.now_ns = 11100 * MS;
    accept_bu(&w, "ha2");
    cr_assert_str_eq(take(&w),
        "10 * mn-switch ha2 code=0 value=0\n"
        "10 binding-update coa1>ha1 #2 lifetime=0 HA hoa alt=coa1\n"
        "10.05 * mn-deregistered ha1 code=0 value=0\n"
        "10.05 tunnel-gone ha1\n"
        "10.05 binding-update coa1>ha2 #3 lifetime=120 HA hoa alt=coa1\n"
        "11.1 * mn-registered ha2 code=0 value=120\n"
        "11.1 tunnel-set ha2\n");
}

/* Three retransmissions without an answer, then on; 133 counts as success. */
Test(proto_mn_switch, deregister_first_unanswered)
{
    begin(MIP6_HANDOVER_DEREGISTER);
    w.traces = false;
    feed_dhaad(&w, "ha1", 0, "ha2");
    advance(&w, 26 * SEC);
    cr_assert_str_eq(take(&w),
        "10 binding-update coa1>ha1 #2 lifetime=0 HA hoa alt=coa1\n"
        "11 binding-update coa1>ha1 #3 lifetime=0 HA hoa alt=coa1\n"
        "13 binding-update coa1>ha1 #4 lifetime=0 HA hoa alt=coa1\n"
        "17 binding-update coa1>ha1 #5 lifetime=0 HA hoa alt=coa1\n"
        "25 tunnel-gone ha1\n"
        "25 binding-update coa1>ha2 #6 lifetime=120 HA hoa alt=coa1\n");
}

/* Nor is it waited for one to whom nothing can be said. */
Test(proto_mn_switch, deregister_first_unreachable)
{
    mip6_addr old = named("ha1");
    begin(MIP6_HANDOVER_DEREGISTER);
    w.traces = false;
    feed_dhaad(&w, "ha1", 0, "ha2");
    advance(&w, 12 * SEC);
    take(&w);
    mip6_mn_unreachable(w.mn, &old, w.now_ns);
    drain(&w);
    cr_assert_str_eq(take(&w),
        "12 tunnel-gone ha1\n"
        "12 binding-update coa1>ha2 #4 lifetime=120 HA hoa alt=coa1\n");
}

Test(proto_mn_switch, deregister_first_133_is_success)
{
    begin(MIP6_HANDOVER_DEREGISTER);
    feed_dhaad(&w, "ha1", 0, "ha2");
    take(&w);
    feed_ba(&w, "ha1", 133, 2, 0);
    cr_assert_str_eq(take(&w),
        "10 * mn-deregistered ha1 code=133 value=0\n"
        "10 tunnel-gone ha1\n"
        "10 binding-update coa1>ha2 #3 lifetime=120 HA hoa alt=coa1\n");
}

/* After 134 back to the old agent. PROTOCOL 2. */
Test(proto_mn_switch, deregister_first_returns_after_dad_failure)
{
    begin(MIP6_HANDOVER_DEREGISTER);
    feed_dhaad(&w, "ha1", 0, "ha2");
    feed_ba(&w, "ha1", 0, 2, 0);
    take(&w);
    feed_ba(&w, "ha2", 134, 3, 0);
    cr_assert_str_eq(take(&w),
        "10 * mn-refused ha2 code=134 value=0\n"
        "10 binding-update coa1>ha1 #4 lifetime=120 HA hoa alt=coa1\n");
    accept_bu(&w, "ha1");
    cr_assert_str_eq(take(&w),
        "10 * mn-registered ha1 code=0 value=120\n"
        "10 tunnel-set ha1\n");
}

/* A target that refuses for another reason, or is silent: discovery. */
Test(proto_mn_switch, deregister_first_target_refuses)
{
    begin(MIP6_HANDOVER_DEREGISTER);
    feed_dhaad(&w, "ha1", 0, "ha2");
    feed_ba(&w, "ha1", 0, 2, 0);
    take(&w);
    feed_ba(&w, "ha2", 130, 3, 0);
    cr_assert_str_eq(take(&w),
        "10 * mn-refused ha2 code=130 value=0\n"
        "10 dhaad-request coa1>anycast\n");
    feed_dhaad(&w, "ha1", dhaad_id(&w), "ha2 ha3");
    take(&w);
    feed_ba(&w, "ha3", 130, 4, 0);
    advance(&w, 21 * SEC);
    cr_assert_str_eq(take(&w),
        "10 * mn-refused ha3 code=130 value=0\n"
        "20 dhaad-request coa1>anycast\n", "a list at its end: after a pause");
}

static int data_from(const char *agent, bool *draining)
{
    uint8_t buf[64 + 40 + 48];
    mip6_addr src = named(agent), dst = figures(&w).care_of, cn = named("cn"),
              home = named("home");
    mip6_packet p = {.data = buf + 64, .len = 88, .virtual_bytes = 100, .headroom = 64};
    mip6_rx rx = {.virtual_bytes = 100};
    mip6_route route;
    mip6_udp_header(buf + 104, &cn, &home, 1, 2, 100, 64);
    mip6_tunnel_header(buf + 64, &src, &dst, 148, 64);
    mip6_verdict v = mip6_mn_input(w.mn, &rx, &p, &route, w.now_ns);
    *draining = route.draining;
    drain(&w);
    return v == MIP6_DELIVER ? 1 : -100 - (int)route.cause;
}

/* Where the tunnel of an outgoing packet ends. */
static const char *output_to(void)
{
    static uint8_t buf[64 + 48];
    mip6_addr cn = named("cn"), home = named("home"), outer;
    mip6_packet p = {.data = buf + 64, .len = 48, .virtual_bytes = 100, .headroom = 64};
    mip6_route route;
    mip6_udp_header(buf + 64, &home, &cn, 1, 2, 100, 64);
    if (mip6_mn_output(w.mn, &p, &route, w.now_ns) != MIP6_SEND_ON)
        return "dropped";
    memcpy(outer.b, p.data + 24, 16);
    return name_of(&outer);
}

/* Yield: through the old agent until the BA, from both for ten seconds after, and a
 * deregistration there with the usual retransmission. PROTOCOL 5. */
Test(proto_mn_switch, yield)
{
    bool draining;
    begin(MIP6_HANDOVER_YIELD);
    cr_assert_eq(feed_dhaad(&w, "ha1", 0, "ha2"), 0);
    cr_assert_str_eq(output_to(), "ha1");
    cr_assert_eq(data_from("ha1", &draining), 1);
    cr_assert_eq(data_from("ha2", &draining), -100 - MIP6_DROP_BAD_TUNNEL_SOURCE);
    w.now_ns = 11 * SEC;
    accept_bu(&w, "ha2");
    cr_assert_str_eq(output_to(), "ha2");
    cr_assert_eq(data_from("ha1", &draining), 1);
    cr_assert(draining);
    cr_assert_eq(data_from("ha2", &draining), 1);
    cr_assert_not(draining);
    advance(&w, 20 * SEC);
    cr_assert_eq(data_from("ha1", &draining), 1);
    advance(&w, 27 * SEC);
    cr_assert_eq(data_from("ha1", &draining), -100 - MIP6_DROP_BAD_TUNNEL_SOURCE);
    cr_assert_str_eq(take(&w),
        "10 * mn-switch ha2 code=0 value=0\n"
        "10 binding-update coa1>ha2 #2 lifetime=120 HA hoa alt=coa1\n"
        "11 * mn-registered ha2 code=0 value=120\n"
        "11 tunnel-set ha2\n"
        "11 binding-update coa1>ha1 #3 lifetime=0 HA hoa alt=coa1\n"
        "12 binding-update coa1>ha1 #4 lifetime=0 HA hoa alt=coa1\n"
        "14 binding-update coa1>ha1 #5 lifetime=0 HA hoa alt=coa1\n"
        "18 binding-update coa1>ha1 #6 lifetime=0 HA hoa alt=coa1\n"
        "21 tunnel-gone ha1\n"
        "26 * mn-timeout ha1 code=0 value=0\n");
    /* At rest again: the next thing is the refresh at the new agent. */
    cr_assert_eq(mip6_mn_next_expiry(w.mn), 70 * SEC);
}

Test(proto_mn_switch, yield_answered)
{
    begin(MIP6_HANDOVER_YIELD);
    feed_dhaad(&w, "ha1", 0, "ha2");
    accept_bu(&w, "ha2");
    take(&w);
    feed_ba(&w, "ha1", 133, 3, 0);
    cr_assert_str_eq(take(&w), "10 * mn-deregistered ha1 code=133 value=0\n");
    cr_assert_eq(mip6_mn_next_expiry(w.mn), 20 * SEC);
}

/* The target refuses: the old agent still serves, nothing is lost. */
Test(proto_mn_switch, yield_refused)
{
    static const uint8_t statuses[] = {129, 130, 131, 132, 133, 134};
    for (size_t i = 0; i < sizeof statuses; i++) {
        world_free_all(&w);
        world_init(&w, 0);
        begin(MIP6_HANDOVER_YIELD);
        feed_dhaad(&w, "ha1", 0, "ha2");
        feed_ba(&w, "ha2", statuses[i], 2, 0);
        cr_assert_str_eq(output_to(), "ha1");
        cr_assert_eq(figures(&w).state, MIP6_MN_REGISTERED);
        take(&w);
        advance(&w, 60 * SEC);
        cr_assert_str_eq(take(&w),
            "60 binding-update coa1>ha1 #3 lifetime=120 HA hoa alt=coa1\n");
    }
}

/* Movement in the middle: both learn the care-of address. */
Test(proto_mn_switch, yield_and_movement)
{
    begin(MIP6_HANDOVER_YIELD);
    w.traces = false;
    feed_dhaad(&w, "ha1", 0, "ha2");
    w.now_ns = 10500 * MS;
    attach(&w, "coa2");
    feed_ba(&w, "ha1", 0, 4, 120);
    w.now_ns = 12 * SEC;
    advance(&w, w.now_ns);
    feed_ba(&w, "ha2", 0, figures(&w).sequence, 120);
    cr_assert_str_eq(take(&w),
        "10 binding-update coa1>ha2 #2 lifetime=120 HA hoa alt=coa1\n"
        "10.5 binding-update coa2>ha2 #3 lifetime=120 HA hoa alt=coa2\n"
        "10.5 binding-update coa2>ha1 #4 lifetime=120 HA hoa alt=coa2\n"
        "12 binding-update coa2>ha2 #5 lifetime=120 HA hoa alt=coa2\n"
        "12 tunnel-set ha2\n"
        "12 binding-update coa2>ha1 #6 lifetime=0 HA hoa alt=coa2\n");
}

/* A refresh that falls due meanwhile goes to the agent that still serves. */
Test(proto_mn_switch, refresh_while_the_target_is_silent)
{
    begin(MIP6_HANDOVER_YIELD);
    w.traces = false;
    w.now_ns = 50 * SEC;
    feed_dhaad(&w, "ha1", 0, "ha2");
    advance(&w, 60 * SEC);
    feed_ba(&w, "ha1", 0, figures(&w).sequence, 120);
    cr_assert_eq(figures(&w).expires_ns, 180 * SEC);
    advance(&w, 62 * SEC);
    cr_assert_str_eq(take(&w),
        "50 binding-update coa1>ha2 #2 lifetime=120 HA hoa alt=coa1\n"
        "51.5 binding-update coa1>ha2 #3 lifetime=120 HA hoa alt=coa1\n"
        "54.5 binding-update coa1>ha2 #4 lifetime=120 HA hoa alt=coa1\n"
        "60 binding-update coa1>ha1 #5 lifetime=120 HA hoa alt=coa1\n"
        "60.5 binding-update coa1>ha2 #6 lifetime=120 HA hoa alt=coa1\n");
}

/* The agent that still serves says that it does not: nothing is left but the target. */
Test(proto_mn_switch, refresh_refused_while_the_target_is_silent)
{
    begin(MIP6_HANDOVER_YIELD);
    w.now_ns = 59 * SEC;
    feed_dhaad(&w, "ha1", 0, "ha2");
    advance(&w, 60 * SEC);
    take(&w);
    feed_ba(&w, "ha1", 133, figures(&w).sequence, 0);
    cr_assert_eq(figures(&w).state, MIP6_MN_REGISTERING);
    cr_assert_str_eq(take(&w),
        "60 * mn-refused ha1 code=133 value=0\n"
        "60 tunnel-gone ha1\n");
}

/* Found by discovery while the old agent refused to refresh: left like any other. Its
 * switch, if it fails, leaves the node where it is. */
Test(proto_mn_switch, refresh_waits_for_the_deregistration)
{
    begin(MIP6_HANDOVER_DEREGISTER);
    w.traces = false;
    w.now_ns = 59500 * MS;
    feed_dhaad(&w, "ha1", 0, "ha2");
    advance(&w, 61 * SEC);
    cr_assert_str_eq(take(&w),
        "59.5 binding-update coa1>ha1 #2 lifetime=0 HA hoa alt=coa1\n"
        "60.5 binding-update coa1>ha1 #3 lifetime=0 HA hoa alt=coa1\n");
}

/* The deregistration at the old agent goes on from the new care-of address. */
Test(proto_mn_switch, movement_after_the_switch)
{
    begin(MIP6_HANDOVER_YIELD);
    w.traces = false;
    feed_dhaad(&w, "ha1", 0, "ha2");
    accept_bu(&w, "ha2");
    take(&w);
    w.now_ns = 10400 * MS;
    attach(&w, "coa2");
    cr_assert_str_eq(take(&w),
        "10.4 binding-update coa2>ha2 #5 lifetime=120 HA hoa alt=coa2\n"
        "10.4 binding-update coa2>ha1 #4 lifetime=0 HA hoa alt=coa2\n");
}

Test(proto_mn_switch, after_a_search)
{
    begin(MIP6_HANDOVER_YIELD);
    w.traces = false;
    advance(&w, 60 * SEC);
    feed_ba(&w, "ha1", 130, 2, 0);
    advance(&w, 61 * SEC);
    feed_dhaad(&w, "ha3", dhaad_id(&w), "ha2 ha3");
    feed_ba(&w, "ha2", 130, 3, 0);
    accept_bu(&w, "ha3");
    feed_ba(&w, "ha1", 0, 5, 0);
    w.now_ns = 65 * SEC;
    cr_assert_eq(feed_dhaad(&w, "ha3", 0, "ha2"), 0);
    feed_ba(&w, "ha2", 130, 6, 0);
    cr_assert_str_eq(output_to(), "ha3");
    advance(&w, 90 * SEC);
    cr_assert_str_eq(take(&w),
        "60 binding-update coa1>ha1 #2 lifetime=120 HA hoa alt=coa1\n"
        "60 dhaad-request coa1>anycast\n"
        "61 binding-update coa1>ha2 #3 lifetime=120 HA hoa alt=coa1\n"
        "61 binding-update coa1>ha3 #4 lifetime=120 HA hoa alt=coa1\n"
        "61 tunnel-set ha3\n"
        "61 binding-update coa1>ha1 #5 lifetime=0 HA hoa alt=coa1\n"
        "65 binding-update coa1>ha2 #6 lifetime=120 HA hoa alt=coa1\n"
        "71 tunnel-gone ha1\n");
}

Test(proto_mn_switch, literal_abandons)
{
    w.config.return_after_dad = false;
    begin(MIP6_HANDOVER_REGISTER);
    feed_dhaad(&w, "ha1", 0, "ha2");
    take(&w);
    feed_ba(&w, "ha2", 134, 2, 0);
    cr_assert_eq(figures(&w).state, MIP6_MN_GIVEN_UP);
    cr_assert_str_eq(output_to(), "dropped");
    cr_assert_eq(mip6_mn_next_expiry(w.mn), MIP6_NEVER);
    cr_assert_str_eq(take(&w),
        "10 * mn-refused ha2 code=134 value=0\n"
        "10 tunnel-gone ha1\n");
}

/* A second switch before the old agent of the first has drained. */
Test(proto_mn_switch, twice_in_ten_seconds)
{
    begin(MIP6_HANDOVER_YIELD);
    w.traces = false;
    feed_dhaad(&w, "ha1", 0, "ha2");
    accept_bu(&w, "ha2");
    feed_ba(&w, "ha1", 0, 3, 0);
    w.now_ns = 12 * SEC;
    cr_assert_eq(feed_dhaad(&w, "ha2", 0, "ha3"), 0);
    accept_bu(&w, "ha3");
    take(&w);
    bool draining;
    cr_assert_eq(data_from("ha1", &draining), -100 - MIP6_DROP_BAD_TUNNEL_SOURCE);
    cr_assert_eq(data_from("ha2", &draining), 1);
    cr_assert_eq(data_from("ha3", &draining), 1);
    feed_ba(&w, "ha2", 0, figures(&w).sequence, 0);
    advance(&w, 30 * SEC);
    cr_assert_str_eq(take(&w), "22 tunnel-gone ha2\n");
}

/* ---- The acceptance rule */

static void expect_ignored(int result, mip6_drop cause, const char *sender)
{
    char *expected = g_strdup_printf("10 * mn-switch-ignored %s code=%u value=0\n", sender,
                                     cause);
    cr_assert_eq(result, MIP6_ERR_IGNORED);
    cr_assert_str_eq(take(&w), expected);
    cr_assert_eq(mip6_shared_mn_drops(w.shared)[cause], 1);
    g_free(expected);
}

Test(proto_mn_switch, only_from_the_current_agent)
{
    begin(MIP6_HANDOVER_REGISTER);
    expect_ignored(feed_dhaad(&w, "ha3", 0, "ha2"), MIP6_DROP_NOT_ACCEPTED, "ha3");
}

Test(proto_mn_switch, not_without_a_registration)
{
    attach(&w, "coa1");
    feed_dhaad(&w, "ha1", dhaad_id(&w), "ha1");
    take(&w);
    w.now_ns = 10 * SEC;
    expect_ignored(feed_dhaad(&w, "ha1", 0, "ha2"), MIP6_DROP_NOT_ACCEPTED, "ha1");
}

Test(proto_mn_switch, exactly_one_address)
{
    begin(MIP6_HANDOVER_REGISTER);
    expect_ignored(feed_dhaad(&w, "ha1", 0, "ha2 ha3"), MIP6_DROP_BAD_VALUE, "ha1");
}

Test(proto_mn_switch, no_address)
{
    begin(MIP6_HANDOVER_REGISTER);
    expect_ignored(feed_dhaad(&w, "ha1", 0, ""), MIP6_DROP_BAD_VALUE, "ha1");
}

Test(proto_mn_switch, inside_the_home_prefix)
{
    begin(MIP6_HANDOVER_REGISTER);
    expect_ignored(feed_dhaad(&w, "ha1", 0, "outside"), MIP6_DROP_BAD_VALUE, "ha1");
}

Test(proto_mn_switch, to_our_own_address)
{
    begin(MIP6_HANDOVER_REGISTER);
    expect_ignored(feed_dhaad(&w, "ha1", 0, "home"), MIP6_DROP_BAD_VALUE, "ha1");
}

Test(proto_mn_switch, to_where_we_are)
{
    begin(MIP6_HANDOVER_REGISTER);
    expect_ignored(feed_dhaad(&w, "ha1", 0, "ha1"), MIP6_DROP_NOT_ACCEPTED, "ha1");
}

Test(proto_mn_switch, with_a_routing_header)
{
    begin(MIP6_HANDOVER_REGISTER);
    mip6_addr target = named("ha2");
    mip6_header h = header_from(&w, "ha1", false);
    mip6_message m = {.kind = MIP6_MSG_SWITCH};
    m.u.dhaad.n = 1;
    m.u.dhaad.addresses = &target;
    expect_ignored(feed(&w, &h, &m), MIP6_DROP_NOT_FOR_US, "ha1");
}

Test(proto_mn_switch, unmodified_node_discards)
{
    world_free_all(&w);
    world_init(&w, MIP6_MN_UNMODIFIED);
    begin(MIP6_HANDOVER_REGISTER);
    expect_ignored(feed_dhaad(&w, "ha1", 0, "ha2"), MIP6_DROP_UNKNOWN_MESSAGE, "ha1");
}
