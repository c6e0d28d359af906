/* The mobile node and a Redirect: who carries the option, what is followed, and how it goes on
 * where it is not.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <criterion/criterion.h>

#include "mn_harness.h"

static mn_world w;

static void setup(void)
{
    world_init(&w, MIP6_MN_REDIRECT);
}

static void teardown(void)
{
    world_free_all(&w);
    cr_assert_eq(w.live, 0);
}

TestSuite(proto_mn_redirect, .init = setup, .fini = teardown);

static uint64_t dropped(mip6_drop cause)
{
    return mip6_shared_mn_drops(w.shared)[cause];
}

/* The first Binding Update is out, to ha1; ha2 is next in the list. */
static void ask(void)
{
    attach(&w, "coa1");
    feed_dhaad(&w, "ha1", dhaad_id(&w), "ha1 ha2");
    take(&w);
}

Test(proto_mn_redirect, followed_at_once_and_without_the_option)
{
    attach(&w, "coa1");
    feed_dhaad(&w, "ha1", dhaad_id(&w), "ha1 ha2");
    w.now_ns = 20 * MS;
    cr_assert_eq(feed_redirect(&w, "ha1", "ha3"), 0);
    cr_assert_eq(figures(&w).state, MIP6_MN_REGISTERING);
    advance(&w, 1600 * MS);
    accept_bu(&w, "ha3");
    cr_assert_str_eq(take(&w),
        "0 dhaad-request coa1>anycast\n"
        "0 * mn-dhaad-done ha1 code=0 value=2\n"
        "0 binding-update coa1>ha1 #1 lifetime=120 HA hoa alt=coa1 redirectable\n"
        "0.02 * mn-redirected ha3 code=0 value=0\n"
        "0.02 binding-update coa1>ha3 #2 lifetime=120 HA hoa alt=coa1\n"
        "1.52 binding-update coa1>ha3 #3 lifetime=120 HA hoa alt=coa1\n"
        "1.6 * mn-registered ha3 code=0 value=120\n"
        "1.6 tunnel-set ha3\n");
    cr_assert_eq(dropped(MIP6_DROP_NOT_ACCEPTED) + dropped(MIP6_DROP_BAD_VALUE), 0);
}

Test(proto_mn_redirect, retransmissions_carry_the_option_and_refreshes_do_not)
{
    ask();
    advance(&w, 2 * SEC);
    accept_bu(&w, "ha1");
    advance(&w, 62 * SEC);
    w.traces = false;
    accept_bu(&w, "ha1");
    attach(&w, "coa2");
    cr_assert_str_eq(take(&w),
        "1.5 binding-update coa1>ha1 #2 lifetime=120 HA hoa alt=coa1 redirectable\n"
        "2 * mn-registered ha1 code=0 value=120\n"
        "2 tunnel-set ha1\n"
        "61.5 binding-update coa1>ha1 #3 lifetime=120 HA hoa alt=coa1\n"
        "62 binding-update coa2>ha1 #4 lifetime=120 HA hoa alt=coa2\n");
}

/* The update was sent again, and the agent, which knows nothing of the first, may say otherwise
 * to it: only the answer to the last one counts. */
Test(proto_mn_redirect, a_late_answer_waits_for_the_next)
{
    for (int accepted = 0; accepted < 2; accepted++) {
        world_free_all(&w);
        world_init(&w, MIP6_MN_REDIRECT);
        ask();
        advance(&w, 2 * SEC);
        cr_assert_eq(figures(&w).sequence, 2);
        take(&w);
        mip6_header h = header_from(&w, "ha1", true);
        mip6_message m = {.kind = MIP6_MSG_BA};
        m.u.ba = (mip6_ba){.status = MIP6_STATUS_PROHIBITED, .sequence = 1};
        m.u.ba.opt.has_redirect = true;
        m.u.ba.opt.redirect = named("ha3");
        cr_assert_eq(feed(&w, &h, &m), 0);
        cr_assert_str_eq(take(&w), "2 * mn-redirect-ignored ha1 code=10 value=0\n");
        cr_assert_eq(dropped(MIP6_DROP_STALE_SEQUENCE), 1);
        if (accepted)
            accept_bu(&w, "ha1");
        else
            feed_redirect(&w, "ha1", "ha3");
        cr_assert_str_eq(take(&w), accepted
            ? "2 * mn-registered ha1 code=0 value=120\n"
              "2 tunnel-set ha1\n"
            : "2 * mn-redirected ha3 code=0 value=0\n"
              "2 binding-update coa1>ha3 #3 lifetime=120 HA hoa alt=coa1\n");
    }
}

/* A registration is over when it has succeeded: the next one may be redirected again. */
Test(proto_mn_redirect, a_later_registration_asks_anew)
{
    ask();
    feed_redirect(&w, "ha1", "ha3");
    accept_bu(&w, "ha3");
    take(&w);
    mip6_mn_detached(w.mn, w.now_ns);
    w.now_ns = 200 * SEC;
    w.traces = false;
    attach(&w, "coa2");
    cr_assert_str_eq(take(&w),
        "200 tunnel-gone ha3\n"
        "200 binding-update coa2>ha3 #3 lifetime=120 HA hoa alt=coa2 redirectable\n");
    feed_redirect(&w, "ha3", "ha2");
    cr_assert_str_eq(take(&w), "200 binding-update coa2>ha2 #4 lifetime=120 HA hoa alt=coa2\n");
}

Test(proto_mn_redirect, a_new_care_of_address_on_the_way)
{
    ask();
    w.traces = false;
    attach(&w, "coa2");
    feed_redirect(&w, "ha1", "ha3");
    attach(&w, "coa1");
    cr_assert_str_eq(take(&w),
        "0 binding-update coa2>ha1 #2 lifetime=120 HA hoa alt=coa2 redirectable\n"
        "0 binding-update coa2>ha3 #3 lifetime=120 HA hoa alt=coa2\n"
        "0 binding-update coa1>ha3 #4 lifetime=120 HA hoa alt=coa1\n");
}

Test(proto_mn_redirect, after_a_home_visit)
{
    ask();
    feed_redirect(&w, "ha1", "ha3");
    accept_bu(&w, "ha3");
    attach_home(&w);
    feed_ba(&w, "ha3", 0, figures(&w).sequence, 0);
    take(&w);
    w.traces = false;
    attach(&w, "coa1");
    cr_assert_not_null(strstr(take(&w),
        "binding-update coa1>ha3 #4 lifetime=120 HA hoa alt=coa1 redirectable\n"));
}

/* A deregistration, at home or on the way to another agent, carries nothing; nor does the
 * registration to which a switch leads: the old agent has said where to go. */
Test(proto_mn_redirect, a_switch_has_said_where)
{
    bootstrap(&w);
    w.traces = false;
    feed_dhaad(&w, "ha1", 0, "ha2");
    feed_ba(&w, "ha1", 0, 2, 0);
    feed_redirect(&w, "ha2", "ha3");
    cr_assert_str_eq(take(&w),
        "0 binding-update coa1>ha1 #2 lifetime=0 HA hoa alt=coa1\n"
        "0 tunnel-gone ha1\n"
        "0 binding-update coa1>ha2 #3 lifetime=120 HA hoa alt=coa1\n"
        "0 dhaad-request coa1>anycast\n");
    cr_assert_eq(dropped(MIP6_DROP_NOT_ACCEPTED), 1);
}

/* The same by Home Agent Switch; one that names nobody leaves it to discovery, which asks. */
Test(proto_mn_redirect, a_home_agent_switch_has_said_where)
{
    mip6_addr ha2 = named("ha2");
    for (uint8_t n = 0; n < 2; n++) {
        world_free_all(&w);
        world_init(&w, MIP6_MN_REDIRECT | MIP6_MN_HOME_AGENT_SWITCH);
        w.traces = false;
        bootstrap(&w);
        mip6_header h = header_from(&w, "ha1", true);
        mip6_message m = {.kind = MIP6_MSG_HAS};
        m.u.has = (mip6_has){.n = n, .addresses = &ha2};
        cr_assert_eq(feed(&w, &h, &m), 0);
        feed_ba(&w, "ha1", 0, 2, 0);
        if (n == 0)
            feed_dhaad(&w, "ha2", dhaad_id(&w), "ha2");
        const char *chart = take(&w);
        const char *bu = strstr(chart, "coa1>ha2 #3 lifetime=120 HA hoa alt=coa1");
        cr_assert(bu, "%s", chart);
        cr_assert_eq(strstr(bu, "redirectable") != NULL, n == 0, "%s", chart);
    }
}

/* ---- What is not followed ---- */

/* As after a plain 129, and counted; and the rest of this registration is without the option. */
static void expect_refused(const char *target, mip6_drop cause)
{
    char *expected = g_strdup_printf("0 * mn-redirect-ignored ha1 code=%u value=0\n"
                                     "0 * mn-refused ha1 code=129 value=0\n"
                                     "0 binding-update coa1>ha2 #2 lifetime=120 HA hoa alt=coa1\n",
                                     cause);
    ask();
    cr_assert_eq(feed_redirect(&w, "ha1", target), 0);
    const char *got = take(&w);
    cr_assert_str_eq(got, expected, "%s: %s", target, got);
    cr_assert_eq(dropped(cause), 1);
    g_free(expected);
}

static const char *const no_agents[] = {"outside", "home",    "ha1",     "::", "ff02::1",
                                        "fe80::a2", "anycast", "2001:db8:1::"};

/* Outside the home prefix, the node's own, the agent's that says so, nobody's, many's. */
Test(proto_mn_redirect, to_what_is_no_other_agent)
{
    for (size_t i = 0; i < G_N_ELEMENTS(no_agents); i++) {
        expect_refused(no_agents[i], MIP6_DROP_BAD_VALUE);
        world_free_all(&w);
        world_init(&w, MIP6_MN_REDIRECT);
    }
}

/* Each of two agents says that the other should: the second was not asked. */
Test(proto_mn_redirect, a_loop_between_two_agents)
{
    ask();
    feed_redirect(&w, "ha1", "ha2");
    feed_redirect(&w, "ha2", "ha1");
    cr_assert_eq(dropped(MIP6_DROP_NOT_ACCEPTED), 1);
    cr_assert_str_eq(take(&w),
        "0 * mn-redirected ha2 code=0 value=0\n"
        "0 binding-update coa1>ha2 #2 lifetime=120 HA hoa alt=coa1\n"
        "0 * mn-redirect-ignored ha2 code=9 value=0\n"
        "0 * mn-refused ha2 code=129 value=0\n"
        "0 binding-update coa1>ha2 #3 lifetime=120 HA hoa alt=coa1\n");
    feed_redirect(&w, "ha2", "ha1");
    advance(&w, 10 * SEC);
    feed_dhaad(&w, "ha1", dhaad_id(&w), "ha1 ha2");
    cr_assert_str_eq(take(&w),
        "0 * mn-redirect-ignored ha2 code=9 value=0\n"
        "0 * mn-refused ha2 code=129 value=0\n"
        "10 dhaad-request coa1>anycast\n"
        "10 * mn-dhaad-done ha1 code=0 value=2\n"
        "10 binding-update coa1>ha1 #4 lifetime=120 HA hoa alt=coa1\n",
        "the first agent may not send it away again");
}

/* The target is silent or refuses: on to the next agent, and nobody redirects any more. */
Test(proto_mn_redirect, the_target_refuses)
{
    ask();
    feed_redirect(&w, "ha1", "ha3");
    take(&w);
    feed_ba(&w, "ha3", MIP6_STATUS_RESOURCES, figures(&w).sequence, 0);
    cr_assert_str_eq(take(&w),
        "0 * mn-refused ha3 code=130 value=0\n"
        "0 binding-update coa1>ha2 #3 lifetime=120 HA hoa alt=coa1\n");
}

Test(proto_mn_redirect, the_target_is_silent)
{
    ask();
    feed_redirect(&w, "ha1", "ha3");
    take(&w);
    w.traces = false;
    w.config.max_timeout_ns = 2 * SEC;
    advance(&w, 4 * SEC);
    cr_assert_str_eq(take(&w),
        "1.5 binding-update coa1>ha3 #3 lifetime=120 HA hoa alt=coa1\n"
        "3.5 binding-update coa1>ha2 #4 lifetime=120 HA hoa alt=coa1\n");
}

/* Without a Binding Update it answers, no acknowledgement is taken, whatever is in it. */
Test(proto_mn_redirect, to_a_node_that_asked_nothing)
{
    bootstrap(&w);
    cr_assert_eq(feed_redirect(&w, "ha1", "ha2"), MIP6_ERR_IGNORED);
    cr_assert_eq(feed_redirect(&w, "ha2", "ha3"), MIP6_ERR_IGNORED);
    cr_assert_eq(dropped(MIP6_DROP_NOT_ACCEPTED), 2);
    cr_assert_str_eq(take(&w), "");
    cr_assert_eq(figures(&w).state, MIP6_MN_REGISTERED);
}

/* The refresh at the agent that has the binding does not ask: a plain 129. */
Test(proto_mn_redirect, an_answer_to_a_refresh)
{
    bootstrap(&w);
    advance(&w, 60 * SEC);
    take(&w);
    feed_redirect(&w, "ha1", "ha3");
    cr_assert_str_eq(take(&w),
        "60 * mn-redirect-ignored ha1 code=9 value=0\n"
        "60 * mn-refused ha1 code=129 value=0\n"
        "60 tunnel-gone ha1\n"
        "60 dhaad-request coa1>anycast\n");
    cr_assert_eq(dropped(MIP6_DROP_NOT_ACCEPTED), 1);
}

/* RFC 6463's own use of it, with success, is not this one: the binding is where it is. */
Test(proto_mn_redirect, beside_a_success)
{
    mip6_header h;
    mip6_message m = {.kind = MIP6_MSG_BA};
    ask();
    h = header_from(&w, "ha1", true);
    m.u.ba.sequence = 1;
    m.u.ba.lifetime_units = 30;
    m.u.ba.opt.has_redirect = true;
    m.u.ba.opt.redirect = named("ha2");
    cr_assert_eq(feed(&w, &h, &m), 0);
    cr_assert_str_eq(take(&w),
        "0 * mn-redirect-ignored ha1 code=9 value=0\n"
        "0 * mn-registered ha1 code=0 value=120\n"
        "0 tunnel-set ha1\n");
}

static mn_world plain;

/* A node of RFC 6275 alone. */
Test(proto_mn_redirect, a_node_that_does_not_know_it)
{
    world_init(&plain, 0);
    attach(&plain, "coa1");
    feed_dhaad(&plain, "ha1", dhaad_id(&plain), "ha1 ha2");
    take(&plain);
    feed_redirect(&plain, "ha1", "ha3");
    cr_assert_str_eq(take(&plain),
        "0 * mn-redirect-ignored ha1 code=9 value=0\n"
        "0 * mn-refused ha1 code=129 value=0\n"
        "0 binding-update coa1>ha2 #2 lifetime=120 HA hoa alt=coa1\n");
    cr_assert_eq(mip6_shared_mn_drops(plain.shared)[MIP6_DROP_NOT_ACCEPTED], 1);
    world_free_all(&plain);
}
