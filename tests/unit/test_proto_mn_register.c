/* The mobile node's discovery, registration, retransmission, statuses, movement.
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

TestSuite(proto_mn_register, .init = setup, .fini = teardown);

Test(proto_mn_register, bootstrap_and_refresh)
{
    attach(&w, "coa1");
    cr_assert_eq(figures(&w).state, MIP6_MN_DISCOVERING);
    w.now_ns = 20 * MS;
    cr_assert_eq(feed_dhaad(&w, "ha2", dhaad_id(&w), "ha1 ha2"), 0);
    cr_assert_eq(figures(&w).state, MIP6_MN_REGISTERING);
    w.now_ns = 1030 * MS;
    cr_assert_eq(accept_bu(&w, "ha1"), 0);
    cr_assert_eq(figures(&w).state, MIP6_MN_REGISTERED);
    /* The lifetime counts from the update, not from its answer. */
    cr_assert_eq(figures(&w).expires_ns, 120 * SEC + 20 * MS);
    advance(&w, 61 * SEC);
    accept_bu(&w, "ha1");
    cr_assert_str_eq(take(&w),
        "0 dhaad-request coa1>anycast\n"
        "0.02 * mn-dhaad-done ha2 code=0 value=2\n"
        "0.02 binding-update coa1>ha1 #1 lifetime=120 HA hoa alt=coa1\n"
        "1.03 * mn-registered ha1 code=0 value=120\n"
        "1.03 tunnel-set ha1\n"
        "60.02 binding-update coa1>ha1 #2 lifetime=120 HA hoa alt=coa1\n"
        "61 * mn-registered ha1 code=1 value=120\n");
    cr_assert_eq(mip6_mn_next_expiry(w.mn), 120 * SEC + 20 * MS);
}

Test(proto_mn_register, node_at_rest_is_small)
{
    cr_assert_leq(mip6_mn_size(), MIP6_MN_STORAGE);
}

/* INITIAL_DHAAD_TIMEOUT 3 s doubling, DHAAD_RETRIES 4, then a pause and a new one. */
/* MAX_UPDATE_RATE: at most three a second, however often the node moves (PROTOCOL 2). */
Test(proto_mn_register, dhaad_of_a_node_that_moves_fast)
{
    for (int i = 0; i < 6; i++) {
        advance(&w, SEC + i * SEC / 10);
        attach(&w, i % 2 ? "coa2" : "coa1");
    }
    advance(&w, 3 * SEC);
    cr_assert_str_eq(take(&w),
        "1 dhaad-request coa1>anycast\n"
        "1.1 dhaad-request coa2>anycast\n"
        "1.2 dhaad-request coa1>anycast\n"
        "2 dhaad-request coa2>anycast\n");
}

Test(proto_mn_register, dhaad_schedule)
{
    attach(&w, "coa1");
    uint16_t id = dhaad_id(&w);
    cr_assert_neq(id, 0);
    advance(&w, 92 * SEC);
    cr_assert_eq(dhaad_id(&w), id);
    advance(&w, 104 * SEC);
    cr_assert_neq(dhaad_id(&w), id);
    cr_assert_str_eq(take(&w),
        "0 dhaad-request coa1>anycast\n"
        "3 dhaad-request coa1>anycast\n"
        "9 dhaad-request coa1>anycast\n"
        "21 dhaad-request coa1>anycast\n"
        "45 dhaad-request coa1>anycast\n"
        "93 * mn-dhaad-failed - code=0 value=0\n"
        "103 dhaad-request coa1>anycast\n");
}

/* 1.5 s doubling to 32 s, then the next address, then a new DHAAD. RFC 6275 11.8. */
Test(proto_mn_register, first_registration_schedule)
{
    attach(&w, "coa1");
    feed_dhaad(&w, "ha1", dhaad_id(&w), "ha1 ha2");
    take(&w);
    w.traces = false;
    advance(&w, 159 * SEC);
    cr_assert_str_eq(take(&w),
        "1.5 binding-update coa1>ha1 #2 lifetime=120 HA hoa alt=coa1\n"
        "4.5 binding-update coa1>ha1 #3 lifetime=120 HA hoa alt=coa1\n"
        "10.5 binding-update coa1>ha1 #4 lifetime=120 HA hoa alt=coa1\n"
        "22.5 binding-update coa1>ha1 #5 lifetime=120 HA hoa alt=coa1\n"
        "46.5 binding-update coa1>ha1 #6 lifetime=120 HA hoa alt=coa1\n"
        "78.5 binding-update coa1>ha2 #7 lifetime=120 HA hoa alt=coa1\n"
        "80 binding-update coa1>ha2 #8 lifetime=120 HA hoa alt=coa1\n"
        "83 binding-update coa1>ha2 #9 lifetime=120 HA hoa alt=coa1\n"
        "89 binding-update coa1>ha2 #10 lifetime=120 HA hoa alt=coa1\n"
        "101 binding-update coa1>ha2 #11 lifetime=120 HA hoa alt=coa1\n"
        "125 binding-update coa1>ha2 #12 lifetime=120 HA hoa alt=coa1\n"
        "157 dhaad-request coa1>anycast\n");
}

/* 1 s where there is a binding; at its end the binding has expired, too. */
Test(proto_mn_register, refresh_schedule_and_expiry)
{
    bootstrap(&w);
    advance(&w, 124 * SEC);
    cr_assert_str_eq(take(&w),
        "60 binding-update coa1>ha1 #2 lifetime=120 HA hoa alt=coa1\n"
        "61 binding-update coa1>ha1 #3 lifetime=120 HA hoa alt=coa1\n"
        "63 binding-update coa1>ha1 #4 lifetime=120 HA hoa alt=coa1\n"
        "67 binding-update coa1>ha1 #5 lifetime=120 HA hoa alt=coa1\n"
        "75 binding-update coa1>ha1 #6 lifetime=120 HA hoa alt=coa1\n"
        "91 binding-update coa1>ha1 #7 lifetime=120 HA hoa alt=coa1\n"
        "120 * mn-expired ha1 code=0 value=0\n"
        "120 tunnel-gone ha1\n"
        "123 * mn-timeout ha1 code=0 value=0\n"
        "123 dhaad-request coa1>anycast\n");
    /* The agent that failed is not the first to be tried again... */
    feed_dhaad(&w, "ha1", dhaad_id(&w), "ha1 ha2");
    cr_assert_str_eq(take(&w),
        "124 * mn-dhaad-done ha1 code=0 value=2\n"
        "124 binding-update coa1>ha2 #8 lifetime=120 HA hoa alt=coa1\n");
}

Test(proto_mn_register, only_agent_is_tried_again)
{
    bootstrap(&w);
    advance(&w, 124 * SEC);
    take(&w);
    feed_dhaad(&w, "ha1", dhaad_id(&w), "ha1");
    cr_assert_str_eq(take(&w),
        "124 * mn-dhaad-done ha1 code=0 value=1\n"
        "124 binding-update coa1>ha1 #8 lifetime=120 HA hoa alt=coa1\n");
}

static void unreachable(const char *agent)
{
    mip6_addr a = named(agent);
    mip6_mn_unreachable(w.mn, &a, w.now_ns);
    drain(&w);
}

/* The host knows that nothing can be said to the agent: on, without the rest of the schedule. */
Test(proto_mn_register, an_agent_that_cannot_be_reached_has_failed_at_once)
{
    bootstrap(&w);
    take(&w);
    unreachable("ha1");
    cr_assert_str_eq(take(&w), "", "nothing is under way with it");
    advance(&w, 62 * SEC);
    take(&w);
    unreachable("ha2");
    cr_assert_str_eq(take(&w), "", "that is another one");
    unreachable("ha1");
    cr_assert_str_eq(take(&w),
        "62 * mn-timeout ha1 code=0 value=0\n"
        "62 dhaad-request coa1>anycast\n");
    feed_dhaad(&w, "ha1", dhaad_id(&w), "ha1 ha2");
    cr_assert_str_eq(take(&w),
        "62 * mn-dhaad-done ha1 code=0 value=2\n"
        "62 binding-update coa1>ha2 #4 lifetime=120 HA hoa alt=coa1\n");
    feed_ba(&w, "ha2", 0, 4, 120);
    cr_assert(take(&w) && figures(&w).state == MIP6_MN_REGISTERED);
}

/* On a list it is the next one's turn. */
Test(proto_mn_register, the_next_address_follows_one_that_cannot_be_reached)
{
    attach(&w, "coa1");
    feed_dhaad(&w, "ha1", dhaad_id(&w), "ha1 ha2");
    take(&w);
    advance(&w, 2 * SEC);
    take(&w);
    w.traces = false;
    unreachable("ha1");
    cr_assert_str_eq(take(&w), "2 binding-update coa1>ha2 #3 lifetime=120 HA hoa alt=coa1\n");
}

Test(proto_mn_register, granted_lifetime_and_refresh_advice)
{
    attach(&w, "coa1");
    feed_dhaad(&w, "ha1", dhaad_id(&w), "ha1");
    mip6_header h = header_from(&w, "ha1", true);
    mip6_message m = {.kind = MIP6_MSG_BA};
    m.u.ba.sequence = 1;
    m.u.ba.lifetime_units = 20;
    m.u.ba.opt.has_refresh = true;
    m.u.ba.opt.refresh_units = 5;
    cr_assert_eq(feed(&w, &h, &m), 0);
    cr_assert_eq(figures(&w).expires_ns, 80 * SEC);
    cr_assert_eq(mip6_mn_next_expiry(w.mn), 20 * SEC);
}

Test(proto_mn_register, never_more_than_asked_for)
{
    attach(&w, "coa1");
    feed_dhaad(&w, "ha1", dhaad_id(&w), "ha1");
    feed_ba(&w, "ha1", 0, 1, 4000);
    cr_assert_eq(figures(&w).expires_ns, 120 * SEC);
}

/* Each of RFC 6275 11.7.3's tests of a BA fails, and nothing changes. */
Test(proto_mn_register, acknowledgements_that_do_not_count)
{
    attach(&w, "coa1");
    feed_dhaad(&w, "ha1", dhaad_id(&w), "ha1");
    take(&w);
    cr_assert_eq(feed_ba(&w, "ha2", 0, 1, 120), MIP6_ERR_IGNORED, "another agent");
    cr_assert_eq(feed_ba(&w, "ha1", 0, 2, 120), MIP6_ERR_IGNORED, "sequence ahead");
    cr_assert_eq(feed_ba(&w, "ha1", 0, 0, 120), MIP6_ERR_IGNORED, "sequence behind");
    mip6_header h = header_from(&w, "ha1", false);
    mip6_message m = {.kind = MIP6_MSG_BA};
    m.u.ba.sequence = 1;
    m.u.ba.lifetime_units = 30;
    cr_assert_eq(feed(&w, &h, &m), MIP6_ERR_IGNORED, "no routing header");
    h = header_from(&w, "ha1", true);
    h.final = named("cn");
    cr_assert_lt(feed(&w, &h, &m), 0, "another home address");
    h.final = named("home");
    h.dst = named("coa2");
    cr_assert_lt(feed(&w, &h, &m), 0, "another care-of address");
    cr_assert_str_eq(take(&w), "");
    cr_assert_eq(figures(&w).state, MIP6_MN_REGISTERING);
    cr_assert_geq(mip6_shared_mn_drops(w.shared)[MIP6_DROP_NOT_ACCEPTED], 3);
}

/* The answer to the first of two updates is still one to an outstanding update. */
Test(proto_mn_register, older_outstanding_sequence)
{
    attach(&w, "coa1");
    feed_dhaad(&w, "ha1", dhaad_id(&w), "ha1");
    advance(&w, 1600 * MS);
    cr_assert_eq(figures(&w).sequence, 2);
    cr_assert_eq(feed_ba(&w, "ha1", 0, 1, 120), 0);
    cr_assert_eq(figures(&w).state, MIP6_MN_REGISTERED);
    cr_assert_eq(figures(&w).expires_ns, 120 * SEC);
}

Test(proto_mn_register, lifetime_zero_is_no_registration)
{
    attach(&w, "coa1");
    feed_dhaad(&w, "ha1", dhaad_id(&w), "ha1 ha2");
    take(&w);
    cr_assert_eq(feed_ba(&w, "ha1", 0, 1, 0), 0);
    cr_assert_str_eq(take(&w),
        "0 * mn-refused ha1 code=130 value=0\n"
        "0 binding-update coa1>ha2 #2 lifetime=120 HA hoa alt=coa1\n");
}

/* 129 to 133, 139, and 134 in the configuration that returns: the next agent. */
Test(proto_mn_register, final_statuses_go_to_the_next_agent)
{
    static const uint8_t statuses[] = {129, 130, 131, 132, 133, 134, 139};
    for (size_t i = 0; i < sizeof statuses; i++) {
        world_free_all(&w);
        world_init(&w, 0);
        attach(&w, "coa1");
        feed_dhaad(&w, "ha1", dhaad_id(&w), "ha1 ha2");
        take(&w);
        cr_assert_eq(feed_ba(&w, "ha1", statuses[i], 1, 0), 0);
        char *expected = g_strdup_printf(
            "0 * mn-refused ha1 code=%u value=0\n"
            "0 binding-update coa1>ha2 #2 lifetime=120 HA hoa alt=coa1\n", statuses[i]);
        cr_assert_str_eq(take(&w), expected);
        g_free(expected);
        /* The last of the list refuses as well: a pause, not a storm. */
        feed_ba(&w, "ha2", statuses[i], 2, 0);
        take(&w);
        advance(&w, 11 * SEC);
        cr_assert_str_eq(take(&w), "10 dhaad-request coa1>anycast\n");
    }
}

/* 128, 136 to 138, 174 and unknown ones may pass: the schedule goes on. */
Test(proto_mn_register, passing_statuses_keep_the_schedule)
{
    static const uint8_t statuses[] = {128, 136, 137, 138, 140, 174, 255};
    for (size_t i = 0; i < sizeof statuses; i++) {
        world_free_all(&w);
        world_init(&w, 0);
        attach(&w, "coa1");
        feed_dhaad(&w, "ha1", dhaad_id(&w), "ha1 ha2");
        cr_assert_eq(feed_ba(&w, "ha1", statuses[i], 1, 0), 0);
        take(&w);
        advance(&w, 79 * SEC);
        char *chart = g_strdup(take(&w));
        cr_assert(g_str_has_prefix(chart, "1.5 binding-update coa1>ha1 #2"));
        cr_assert(g_str_has_suffix(chart,
            "78.5 binding-update coa1>ha2 #7 lifetime=120 HA hoa alt=coa1\n"), "%s", chart);
        g_free(chart);
    }
}

Test(proto_mn_register, status_one_is_acceptance)
{
    attach(&w, "coa1");
    feed_dhaad(&w, "ha1", dhaad_id(&w), "ha1");
    cr_assert_eq(feed_ba(&w, "ha1", 1, 1, 120), 0);
    cr_assert_eq(figures(&w).state, MIP6_MN_REGISTERED);
}

/* 135: the returned number, at once, but no more than MAX_UPDATE_RATE a second and no
 * more than three times. */
Test(proto_mn_register, sequence_out_of_window)
{
    attach(&w, "coa1");
    feed_dhaad(&w, "ha1", dhaad_id(&w), "ha1");     /* time 0 counts as 1 ns */
    take(&w);
    w.now_ns = 100 * MS;
    cr_assert_eq(feed_ba(&w, "ha1", 135, 700, 0), 0);
    cr_assert_str_eq(take(&w),
        "0.1 * mn-refused ha1 code=135 value=700\n"
        "0.1 binding-update coa1>ha1 #701 lifetime=120 HA hoa alt=coa1\n");
    cr_assert_eq(feed_ba(&w, "ha1", 0, 1, 120), MIP6_ERR_IGNORED, "was refused");
    w.now_ns = 200 * MS;
    feed_ba(&w, "ha1", 135, 800, 0);
    w.now_ns = 300 * MS;
    feed_ba(&w, "ha1", 135, 900, 0);    /* the fourth within a second: deferred */
    cr_assert_eq(figures(&w).sequence, 900);
    take(&w);
    advance(&w, 1050 * MS);
    cr_assert_str_eq(take(&w),
        "1.000000001 binding-update coa1>ha1 #901 lifetime=120 HA hoa alt=coa1\n");
    feed_ba(&w, "ha1", 135, 1000, 0);   /* no more at once */
    cr_assert_str_eq(take(&w), "1.05 * mn-refused ha1 code=135 value=1000\n");
    advance(&w, 3 * SEC);
    cr_assert_str_eq(take(&w),
        "2.500000001 binding-update coa1>ha1 #1001 lifetime=120 HA hoa alt=coa1\n");
}

/* A number behind ours does not turn the counter back. */
Test(proto_mn_register, sequence_never_runs_back)
{
    attach(&w, "coa1");
    feed_dhaad(&w, "ha1", dhaad_id(&w), "ha1");
    feed_ba(&w, "ha1", 135, 65000, 0);
    cr_assert_eq(figures(&w).sequence, 2);
    feed_ba(&w, "ha1", 135, 2, 0);
    cr_assert_eq(figures(&w).sequence, 3);
}

/* One counter for all agents: PROTOCOL 2. */
Test(proto_mn_register, sequence_is_monotone_across_agents)
{
    bootstrap(&w);
    feed_dhaad(&w, "ha1", 0, "ha2");
    take(&w);
    cr_assert_eq(figures(&w).sequence, 2);
    accept_bu(&w, "ha1");
    cr_assert_eq(figures(&w).sequence, 3);
}

Test(proto_mn_register, abandon_after_dad_failure)
{
    w.config.return_after_dad = false;
    attach(&w, "coa1");
    feed_dhaad(&w, "ha1", dhaad_id(&w), "ha1 ha2");
    take(&w);
    cr_assert_eq(feed_ba(&w, "ha1", 134, 1, 0), 0);
    cr_assert_eq(figures(&w).state, MIP6_MN_GIVEN_UP);
    cr_assert_eq(mip6_mn_next_expiry(w.mn), MIP6_NEVER);
    attach(&w, "coa2");
    cr_assert_eq(mip6_mn_next_expiry(w.mn), MIP6_NEVER);
    cr_assert_str_eq(take(&w), "0 * mn-refused ha1 code=134 value=0\n");
    attach_home(&w);
    cr_assert_eq(figures(&w).state, MIP6_MN_HOME);
}

/* A refusal of a refresh: 133 and 129 say that there is no binding any more. */
Test(proto_mn_register, refresh_refused)
{
    bootstrap(&w);
    advance(&w, 60 * SEC);
    take(&w);
    feed_ba(&w, "ha1", 133, 2, 0);
    cr_assert_eq(figures(&w).state, MIP6_MN_DISCOVERING);
    cr_assert_str_eq(take(&w),
        "60 * mn-refused ha1 code=133 value=0\n"
        "60 tunnel-gone ha1\n"
        "60 dhaad-request coa1>anycast\n");
}

/* 130 leaves the binding in force until it ends. */
Test(proto_mn_register, refresh_refused_for_resources)
{
    bootstrap(&w);
    advance(&w, 60 * SEC);
    feed_ba(&w, "ha1", 130, 2, 0);
    cr_assert_eq(figures(&w).state, MIP6_MN_REGISTERED);
    cr_assert_str_eq(take(&w),
        "60 binding-update coa1>ha1 #2 lifetime=120 HA hoa alt=coa1\n"
        "60 * mn-refused ha1 code=130 value=0\n"
        "60 dhaad-request coa1>anycast\n");
    advance(&w, 62 * SEC);
    feed_dhaad(&w, "ha2", dhaad_id(&w), "ha1 ha2");
    cr_assert_str_eq(take(&w),
        "62 * mn-dhaad-done ha2 code=0 value=2\n"
        "62 binding-update coa1>ha2 #3 lifetime=120 HA hoa alt=coa1\n");
}

/* ---- Movement */

Test(proto_mn_register, movement_updates_the_current_agent)
{
    bootstrap(&w);
    w.now_ns = 10 * SEC;
    mip6_mn_detached(w.mn, w.now_ns);
    w.now_ns = 11 * SEC;
    attach(&w, "coa2");
    accept_bu(&w, "ha1");
    cr_assert_str_eq(take(&w),
        "11 binding-update coa2>ha1 #2 lifetime=120 HA hoa alt=coa2\n"
        "11 * mn-registered ha1 code=1 value=120\n");
    cr_assert_eq(figures(&w).expires_ns, 131 * SEC);
}

/* No more than three of a type a second to one peer, however fast the node moves. */
Test(proto_mn_register, rate_of_updates)
{
    bootstrap(&w);
    w.now_ns = 10 * SEC;
    for (int i = 0; i < 10; i++) {
        attach(&w, i % 2 ? "coa1" : "coa2");
        w.now_ns += 10 * MS;
    }
    w.traces = false;
    advance(&w, 12 * SEC);
    cr_assert_str_eq(take(&w),
        "10 binding-update coa2>ha1 #2 lifetime=120 HA hoa alt=coa2\n"
        "10.01 binding-update coa1>ha1 #3 lifetime=120 HA hoa alt=coa1\n"
        "10.02 binding-update coa2>ha1 #4 lifetime=120 HA hoa alt=coa2\n"
        "11 binding-update coa1>ha1 #5 lifetime=120 HA hoa alt=coa1\n"
        "12 binding-update coa1>ha1 #6 lifetime=120 HA hoa alt=coa1\n");
}

/* Also where the agent was forgotten in between, and found again. */
Test(proto_mn_register, rate_survives_a_refusal)
{
    bootstrap(&w);
    advance(&w, 60 * SEC);
    feed_ba(&w, "ha1", 135, 500, 0);
    feed_ba(&w, "ha1", 135, 600, 0);
    feed_ba(&w, "ha1", 133, figures(&w).sequence, 0);
    w.traces = false;
    take(&w);
    feed_dhaad(&w, "ha1", dhaad_id(&w), "ha1");
    advance(&w, 61 * SEC);
    cr_assert_str_eq(take(&w),
        "61 binding-update coa1>ha1 #602 lifetime=120 HA hoa alt=coa1\n");
}

Test(proto_mn_register, movement_during_discovery)
{
    attach(&w, "coa1");
    uint16_t id = dhaad_id(&w);
    w.now_ns = SEC;
    attach(&w, "coa2");
    cr_assert_eq(feed_dhaad(&w, "ha1", id, "ha1"), MIP6_ERR_IGNORED);
    cr_assert_eq(feed_dhaad(&w, "ha1", dhaad_id(&w), "ha1"), 0);
    take(&w);
    w.now_ns = 1200 * MS;
    attach(&w, "coa1");
    advance(&w, 3 * SEC);
    cr_assert_str_eq(take(&w),
        "1.2 binding-update coa1>ha1 #2 lifetime=120 HA hoa alt=coa1\n"
        "2.7 binding-update coa1>ha1 #3 lifetime=120 HA hoa alt=coa1\n");
}

/* While detached nothing is sent and no timer runs; then what is due happens. */
Test(proto_mn_register, detached)
{
    bootstrap(&w);
    mip6_mn_detached(w.mn, SEC);
    cr_assert_eq(mip6_mn_next_expiry(w.mn), MIP6_NEVER);
    mip6_mn_expire(w.mn, 70 * SEC);
    drain(&w);
    cr_assert_eq(feed_ba(&w, "ha1", 0, 1, 120), -100 - MIP6_DROP_NOT_ACCEPTED);
    cr_assert_str_eq(take(&w), "");
    w.now_ns = 71 * SEC;
    attach(&w, "coa1");
    cr_assert_str_eq(take(&w),
        "71 binding-update coa1>ha1 #2 lifetime=120 HA hoa alt=coa1\n");
    mip6_mn_detached(w.mn, 72 * SEC);
    w.now_ns = 200 * SEC;
    attach(&w, "coa2");
    cr_assert_str_eq(take(&w),
        "200 * mn-expired ha1 code=0 value=0\n"
        "200 tunnel-gone ha1\n"
        "200 binding-update coa2>ha1 #3 lifetime=120 HA hoa alt=coa2\n");
}

/* ---- Discovery */

Test(proto_mn_register, replies_that_do_not_count)
{
    attach(&w, "coa1");
    take(&w);
    cr_assert_eq(feed_dhaad(&w, "ha1", (uint16_t)(dhaad_id(&w) + 1), "ha1"),
                 MIP6_ERR_IGNORED);
    cr_assert_eq(feed_dhaad(&w, "ha1", dhaad_id(&w), ""), MIP6_ERR_IGNORED);
    cr_assert_eq(feed_dhaad(&w, "ha1", dhaad_id(&w), "all-nodes router"),
                 MIP6_ERR_IGNORED);
    cr_assert_str_eq(take(&w), "");
    cr_assert_eq(feed_dhaad(&w, "ha1", dhaad_id(&w), "ha1"), 0);
    cr_assert_eq(feed_dhaad(&w, "ha1", dhaad_id(&w), "ha2"), MIP6_ERR_IGNORED, "answered");
}

Test(proto_mn_register, reply_to_everyone)
{
    uint8_t buf[MIP6_MAX_PACKET];
    mip6_rx rx = {0};
    mip6_addr agent = named("ha1");
    attach(&w, "coa1");
    mip6_header h = {.src = agent, .dst = named("all-nodes"), .hop_limit = 64};
    mip6_message m = {.kind = MIP6_MSG_DHAAD_REPLY};
    m.u.dhaad.id = dhaad_id(&w);
    m.u.dhaad.n = 1;
    m.u.dhaad.addresses = &agent;
    int len = mip6_encode(buf, sizeof buf, &h, &m);
    cr_assert_eq(mip6_mn_receive(w.mn, &rx, buf, (size_t)len, 0), MIP6_ERR_IGNORED);
    cr_assert_eq(figures(&w).state, MIP6_MN_DISCOVERING);
}

/* All 77 addresses in the order of the reply. */
Test(proto_mn_register, longest_list)
{
    GString *list = g_string_new(NULL);
    for (int i = 0; i < 77; i++)
        g_string_append_printf(list, "%s2001:db8:1::%x", i ? " " : "", 0x1000 + i);
    attach(&w, "coa1");
    cr_assert_eq(feed_dhaad(&w, "ha1", dhaad_id(&w), list->str), 0);
    for (int i = 0; i < 77; i++) {
        char agent[32];
        snprintf(agent, sizeof agent, "2001:db8:1::%x", 0x1000 + i);
        w.now_ns += SEC;
        cr_assert_eq(feed_ba(&w, agent, 130, figures(&w).sequence, 0), 0, "%s", agent);
    }
    cr_assert_eq(figures(&w).sequence, 77);
    cr_assert_eq(figures(&w).state, MIP6_MN_DISCOVERING);
    g_string_free(list, TRUE);
}

/* ---- Errors */

Test(proto_mn_register, binding_error_of_the_agent)
{
    bootstrap(&w);
    w.now_ns = 10 * SEC;
    mip6_header h = header_from(&w, "ha1", false);
    mip6_message m = {.kind = MIP6_MSG_BE};
    m.u.be.status = 1;
    m.u.be.home = named("home");
    cr_assert_eq(feed(&w, &h, &m), 0);
    cr_assert_str_eq(take(&w),
        "10 binding-update coa1>ha1 #2 lifetime=120 HA hoa alt=coa1\n");
    h.src = named("ha2");
    cr_assert_eq(feed(&w, &h, &m), MIP6_ERR_IGNORED);
}

Test(proto_mn_register, agent_without_mobility)
{
    attach(&w, "coa1");
    feed_dhaad(&w, "ha1", dhaad_id(&w), "ha1 ha2");
    unsigned at = (w.n_sent - 1) % 16;
    mip6_header h = header_from(&w, "ha1", false);
    mip6_message m = {.kind = MIP6_MSG_ICMP_ERROR};
    m.u.icmp.type = 4;
    m.u.icmp.code = 1;
    m.u.icmp.value = 40;
    m.u.icmp.packet = w.sent[at];
    m.u.icmp.packet_len = (uint16_t)w.sent_len[at];
    take(&w);
    cr_assert_eq(feed(&w, &h, &m), 0);
    cr_assert_str_eq(take(&w),
        "0 binding-update coa1>ha2 #2 lifetime=120 HA hoa alt=coa1\n");
}

