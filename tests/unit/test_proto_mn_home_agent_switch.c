/* The mobile node and RFC 5142's Home Agent Switch: whose it follows, how, and what it answers
 * where it does not know it.
 *
 *   RFC 5142 sections 4, 5.3 and 6; RFC 6275 sections 9.2 and 9.3.3; PROTOCOL 10
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <criterion/criterion.h>

#include "mn_harness.h"

static mn_world w;

static void setup(void)
{
    world_init(&w, MIP6_MN_HOME_AGENT_SWITCH);
}

static void teardown(void)
{
    world_free_all(&w);
    cr_assert_eq(w.live, 0);
}

TestSuite(proto_mn_home_agent_switch, .init = setup, .fini = teardown);

static void begin(int handover)
{
    w.config.handover = handover;
    bootstrap(&w);
    w.now_ns = 10 * SEC;
}

/* Written by `from` with a space-separated list of names; units of refresh advice, 0: none. */
static int write_has(uint8_t *buf, const char *from, const char *list, uint16_t units)
{
    mip6_addr addresses[8];
    mip6_header h = header_from(&w, from, true);
    mip6_message m = {.kind = MIP6_MSG_HAS};
    char **names = g_strsplit(list, " ", -1);
    uint8_t n = 0;
    for (; names[n] && names[n][0]; n++)
        addresses[n] = named(names[n]);
    g_strfreev(names);
    m.u.has = (mip6_has){.n = n, .addresses = addresses, .has_refresh = units > 0,
                         .refresh_units = units};
    return mip6_encode(buf, MIP6_MAX_PACKET, &h, &m);
}

static int feed_has(const char *from, const char *list, uint16_t units)
{
    uint8_t buf[MIP6_MAX_PACKET];
    int len = write_has(buf, from, list, units);
    cr_assert_gt(len, 0);
    return feed_bytes(&w, buf, (size_t)len);
}

/* One byte of the mobility header, with its checksum made right. */
static void change(uint8_t *buf, size_t len, size_t at, uint8_t value)
{
    size_t mh = MIP6_IPV6_HEADER + 24;      /* behind the routing header */
    mip6_addr src, home = named("home");
    memcpy(src.b, buf + 8, 16);
    buf[mh + at] = value;
    mip6_put16(buf + mh + 4, 0);
    mip6_put16(buf + mh + 4, mip6_checksum(&src, &home, MIP6_NH_MOBILITY, buf + mh, len - mh, 0));
}

static void ignored(int result, mip6_drop cause, const char *sender)
{
    char *expected = g_strdup_printf("10 * mn-switch-ignored %s code=%u value=0\n", sender,
                                     cause);
    cr_assert_eq(result, MIP6_ERR_IGNORED);
    cr_assert_str_eq(take(&w), expected);
    cr_assert_eq(mip6_shared_mn_drops(w.shared)[cause], 1);
    g_free(expected);
}

/* ---- Followed ----------------------------------------------------------------------- */

/* RFC 5142 6.1: the deregistration is the answer, whatever the draft's handover would be. */
static void answered_by_the_deregistration(int handover, uint16_t units)
{
    begin(handover);
    cr_assert_eq(feed_has("ha1", "ha2", units), 0);
    cr_assert_eq(feed_has("ha1", "ha2", units), 0, "a resend changes nothing");
    w.now_ns = 10050 * MS;
    feed_ba(&w, "ha1", 0, 2, 0);
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

Test(proto_mn_home_agent_switch, deregisters_first)
{
    answered_by_the_deregistration(MIP6_HANDOVER_DEREGISTER, 0);
}

Test(proto_mn_home_agent_switch, deregisters_first_although_it_was_given_time)
{
    answered_by_the_deregistration(MIP6_HANDOVER_DEREGISTER, 3);
}

Test(proto_mn_home_agent_switch, deregisters_first_where_it_was_given_no_time)
{
    answered_by_the_deregistration(MIP6_HANDOVER_YIELD, 0);
}

Test(proto_mn_home_agent_switch, deregisters_first_where_a_dhaad_reply_would_register_at_once)
{
    answered_by_the_deregistration(MIP6_HANDOVER_REGISTER, 0);
}

/* A Binding Refresh Advice of 12 s: the new binding first. */
Test(proto_mn_home_agent_switch, yield_makes_before_it_breaks)
{
    begin(MIP6_HANDOVER_YIELD);
    cr_assert_eq(feed_has("ha1", "ha2", 3), 0);
    w.now_ns = 11 * SEC;
    accept_bu(&w, "ha2");
    feed_ba(&w, "ha1", 0, 3, 0);
    advance(&w, 60 * SEC);
    cr_assert_str_eq(take(&w),
        "10 * mn-switch ha2 code=0 value=0\n"
        "10 binding-update coa1>ha2 #2 lifetime=120 HA hoa alt=coa1\n"
        "11 * mn-registered ha2 code=0 value=120\n"
        "11 tunnel-set ha2\n"
        "11 binding-update coa1>ha1 #3 lifetime=0 HA hoa alt=coa1\n"
        "11 * mn-deregistered ha1 code=0 value=0\n"
        "21 tunnel-gone ha1\n");
    cr_assert_eq(mip6_mn_next_expiry(w.mn), 70 * SEC, "at rest, until the refresh");
}

/* The target is silent, and the time is over: the old binding goes all the same. */
Test(proto_mn_home_agent_switch, yield_lets_go_when_its_time_is_over)
{
    w.traces = false;
    begin(MIP6_HANDOVER_YIELD);
    cr_assert_eq(feed_has("ha1", "ha2", 3), 0);
    advance(&w, 22 * SEC);
    feed_ba(&w, "ha1", 0, figures(&w).sequence, 0);
    cr_assert_str_eq(take(&w),
        "10 binding-update coa1>ha2 #2 lifetime=120 HA hoa alt=coa1\n"
        "11.5 binding-update coa1>ha2 #3 lifetime=120 HA hoa alt=coa1\n"
        "14.5 binding-update coa1>ha2 #4 lifetime=120 HA hoa alt=coa1\n"
        "20.5 binding-update coa1>ha2 #5 lifetime=120 HA hoa alt=coa1\n"
        "22 binding-update coa1>ha1 #6 lifetime=0 HA hoa alt=coa1\n"
        "22 tunnel-gone ha1\n"
        "22 binding-update coa1>ha2 #7 lifetime=120 HA hoa alt=coa1\n");
}

/* From another agent of the home link that lists itself alone: the current one may be dead. */
Test(proto_mn_home_agent_switch, an_agent_that_takes_over)
{
    begin(MIP6_HANDOVER_DEREGISTER);
    cr_assert_eq(feed_has("ha3", "ha3", 0), 0);
    w.now_ns = 11 * SEC;
    accept_bu(&w, "ha3");
    cr_assert_str_eq(take(&w),
        "10 * mn-switch ha3 code=0 value=0\n"
        "10 binding-update coa1>ha3 #2 lifetime=120 HA hoa alt=coa1\n"
        "11 * mn-registered ha3 code=0 value=120\n"
        "11 tunnel-set ha3\n"
        "11 tunnel-gone ha1\n");
}

/* It takes over a node that is looking for an agent, too. */
Test(proto_mn_home_agent_switch, taken_over_in_the_middle_of_a_discovery)
{
    w.traces = false;
    attach(&w, "coa1");
    take(&w);
    cr_assert_eq(feed_has("ha3", "ha3", 0), 0);
    accept_bu(&w, "ha3");
    advance(&w, 30 * SEC);
    cr_assert_str_eq(take(&w), "0 binding-update coa1>ha3 #1 lifetime=120 HA hoa alt=coa1\n"
                               "0 tunnel-set ha3\n");
}

/* RFC 5142 6.2: in order, of those of the home link; ours is not another. */
Test(proto_mn_home_agent_switch, the_first_that_will_do)
{
    w.traces = false;
    begin(MIP6_HANDOVER_DEREGISTER);
    cr_assert_eq(feed_has("ha1", "outside ha1 home ha3 ha2", 0), 0);
    feed_ba(&w, "ha1", 0, 2, 0);
    cr_assert_str_eq(take(&w),
        "10 binding-update coa1>ha1 #2 lifetime=0 HA hoa alt=coa1\n"
        "10 tunnel-gone ha1\n"
        "10 binding-update coa1>ha3 #3 lifetime=120 HA hoa alt=coa1\n");
}

/* RFC 5142 4: without an address the node must discover; the one left is not the first choice. */
Test(proto_mn_home_agent_switch, without_a_list)
{
    w.traces = false;
    begin(MIP6_HANDOVER_DEREGISTER);
    cr_assert_eq(feed_has("ha1", "", 0), 0);
    cr_assert_eq(feed_has("ha1", "", 0), 0, "a resend changes nothing");
    feed_ba(&w, "ha1", 0, 2, 0);
    feed_dhaad(&w, "ha1", dhaad_id(&w), "ha1 ha2");
    cr_assert_str_eq(take(&w),
        "10 binding-update coa1>ha1 #2 lifetime=0 HA hoa alt=coa1\n"
        "10 tunnel-gone ha1\n"
        "10 dhaad-request coa1>anycast\n"
        "10 binding-update coa1>ha2 #3 lifetime=120 HA hoa alt=coa1\n");
}

/* ---- Dropped and counted -------------------------------------------------------------- */

Test(proto_mn_home_agent_switch, from_an_agent_that_is_not_its)
{
    begin(MIP6_HANDOVER_DEREGISTER);
    ignored(feed_has("ha3", "ha2", 0), MIP6_DROP_NOT_ACCEPTED, "ha3");
}

Test(proto_mn_home_agent_switch, an_agent_that_lists_itself_and_another)
{
    begin(MIP6_HANDOVER_DEREGISTER);
    ignored(feed_has("ha3", "ha3 ha2", 0), MIP6_DROP_NOT_ACCEPTED, "ha3");
}

Test(proto_mn_home_agent_switch, an_agent_that_is_not_its_with_no_list)
{
    begin(MIP6_HANDOVER_DEREGISTER);
    ignored(feed_has("ha3", "", 0), MIP6_DROP_NOT_ACCEPTED, "ha3");
}

Test(proto_mn_home_agent_switch, from_outside_the_home_prefix)
{
    begin(MIP6_HANDOVER_DEREGISTER);
    ignored(feed_has("outside", "outside", 0), MIP6_DROP_NOT_ACCEPTED, "outside");
}

Test(proto_mn_home_agent_switch, to_outside_the_home_prefix)
{
    begin(MIP6_HANDOVER_DEREGISTER);
    ignored(feed_has("ha1", "outside", 0), MIP6_DROP_BAD_VALUE, "ha1");
}

Test(proto_mn_home_agent_switch, to_its_own_address)
{
    begin(MIP6_HANDOVER_DEREGISTER);
    ignored(feed_has("ha1", "home", 0), MIP6_DROP_BAD_VALUE, "ha1");
}

Test(proto_mn_home_agent_switch, to_where_it_is)
{
    begin(MIP6_HANDOVER_DEREGISTER);
    ignored(feed_has("ha1", "ha1", 0), MIP6_DROP_BAD_VALUE, "ha1");
}

/* One that has never registered anywhere. */
Test(proto_mn_home_agent_switch, to_a_node_that_has_no_agent)
{
    attach(&w, "coa1");
    w.now_ns = 10 * SEC;
    take(&w);
    ignored(feed_has("ha1", "ha2", 0), MIP6_DROP_NOT_ACCEPTED, "ha1");
}

Test(proto_mn_home_agent_switch, without_its_routing_header)
{
    mip6_addr target = named("ha2");
    mip6_message m = {.kind = MIP6_MSG_HAS};
    m.u.has = (mip6_has){.n = 1, .addresses = &target};
    begin(MIP6_HANDOVER_DEREGISTER);
    mip6_header h = header_from(&w, "ha1", false);
    ignored(feed(&w, &h, &m), MIP6_DROP_NOT_FOR_US, "ha1");
}

Test(proto_mn_home_agent_switch, at_home)
{
    begin(MIP6_HANDOVER_DEREGISTER);
    attach_home(&w);
    feed_ba(&w, "ha1", 0, 2, 0);
    take(&w);
    mip6_addr target = named("ha2");
    mip6_header h = {.src = named("ha1"), .dst = named("home"), .hop_limit = 64};
    mip6_message m = {.kind = MIP6_MSG_HAS};
    m.u.has = (mip6_has){.n = 1, .addresses = &target};
    ignored(feed(&w, &h, &m), MIP6_DROP_NOT_ACCEPTED, "ha1");
}

/* ha1 says ha2, ha2 says ha1 at once: the node stays. Ten seconds later it may go. */
Test(proto_mn_home_agent_switch, two_agents_that_send_it_to_each_other)
{
    w.traces = false;
    begin(MIP6_HANDOVER_DEREGISTER);
    cr_assert_eq(feed_has("ha1", "ha2", 0), 0);
    feed_ba(&w, "ha1", 0, 2, 0);
    w.now_ns = 11 * SEC;
    accept_bu(&w, "ha2");
    take(&w);
    cr_assert_eq(feed_has("ha2", "ha1", 0), MIP6_ERR_IGNORED);
    advance(&w, 19 * SEC);
    cr_assert_eq(feed_has("ha2", "ha1", 0), MIP6_ERR_IGNORED);
    cr_assert_eq(mip6_shared_mn_drops(w.shared)[MIP6_DROP_NOT_ACCEPTED], 2);
    cr_assert_str_eq(take(&w), "");
    advance(&w, 20 * SEC);
    cr_assert_eq(feed_has("ha2", "ha1", 0), 0);
    cr_assert_str_eq(take(&w), "20 binding-update coa1>ha2 #4 lifetime=0 HA hoa alt=coa1\n");
}

/* The same between two that take it over in turn. */
Test(proto_mn_home_agent_switch, two_agents_that_take_it_from_each_other)
{
    w.traces = false;
    begin(MIP6_HANDOVER_YIELD);
    cr_assert_eq(feed_has("ha2", "ha2", 0), 0);
    accept_bu(&w, "ha2");
    take(&w);
    for (int i = 0; i < 9; i++) {
        cr_assert_eq(feed_has("ha1", "ha1", 0), MIP6_ERR_IGNORED);
        w.now_ns += SEC;
    }
    cr_assert_eq(mip6_shared_mn_drops(w.shared)[MIP6_DROP_NOT_ACCEPTED], 9);
    mip6_addr ha2 = named("ha2"), agent = figures(&w).agent;
    cr_assert(mip6_addr_equal(&agent, &ha2));
}

/* Cut off at each byte, as it is and with the length of its header made right. */
Test(proto_mn_home_agent_switch, truncated_at_each_byte)
{
    uint8_t buf[MIP6_MAX_PACKET];
    w.traces = false;
    begin(MIP6_HANDOVER_DEREGISTER);
    size_t len = (size_t)write_has(buf, "ha1", "ha2 ha3", 3);
    uint64_t before = 0;
    for (size_t cut = 0; cut < len; cut++) {
        if (cut >= MIP6_IPV6_HEADER)
            mip6_put16(buf + 4, (uint16_t)(cut - MIP6_IPV6_HEADER));
        cr_assert_neq(feed_bytes(&w, buf, cut), 0, "%zu bytes of %zu", cut, len);
        uint64_t sum = 0;
        for (unsigned i = 0; i < MIP6_N_DROPS; i++)
            sum += mip6_shared_mn_drops(w.shared)[i];
        cr_assert_eq(sum, before + 1, "%zu bytes of %zu are not counted", cut, len);
        before = sum;
    }
    cr_assert_str_eq(take(&w), "", "nothing was answered");
    mip6_put16(buf + 4, (uint16_t)(len - MIP6_IPV6_HEADER));
    cr_assert_eq(feed_bytes(&w, buf, len), 0, "whole it is followed");
}

/* More addresses than there are. */
Test(proto_mn_home_agent_switch, a_list_that_runs_out_of_the_message)
{
    uint8_t buf[MIP6_MAX_PACKET];
    begin(MIP6_HANDOVER_DEREGISTER);
    int len = write_has(buf, "ha1", "ha2", 0);
    change(buf, (size_t)len, 6, 2);
    cr_assert_eq(feed_bytes(&w, buf, (size_t)len), -100 - MIP6_DROP_BAD_LENGTH);
    cr_assert_eq(mip6_shared_mn_drops(w.shared)[MIP6_DROP_BAD_LENGTH], 1);
    cr_assert_str_eq(take(&w), "");
}

/* ---- Not known -------------------------------------------------------------------------- */

static void does_not_know_it(int handover)
{
    world_free_all(&w);
    world_init(&w, 0);
    begin(handover);
}

/* From the care-of address, without a home address (9.3.3). */
Test(proto_mn_home_agent_switch, an_ignorant_node_says_so)
{
    does_not_know_it(MIP6_HANDOVER_DEREGISTER);
    cr_assert_eq(feed_has("ha1", "ha2", 0), MIP6_ERR_IGNORED);
    cr_assert_eq(mip6_shared_mn_drops(w.shared)[MIP6_DROP_UNKNOWN_MESSAGE], 1);
    char *expected = g_strdup_printf("10 * mn-switch-ignored ha1 code=%d value=0\n"
                                     "10 binding-error coa1>ha1 status=2 ::\n",
                                     MIP6_DROP_UNKNOWN_MESSAGE);
    cr_assert_str_eq(take(&w), expected);
    g_free(expected);
}

/* So does every node, of a type that nobody knows. */
Test(proto_mn_home_agent_switch, an_unknown_type_is_answered_alike)
{
    uint8_t buf[MIP6_MAX_PACKET];
    w.traces = false;
    begin(MIP6_HANDOVER_DEREGISTER);
    int len = write_has(buf, "ha1", "ha2", 0);
    change(buf, (size_t)len, 2, 99);
    cr_assert_eq(feed_bytes(&w, buf, (size_t)len), -100 - MIP6_DROP_UNKNOWN_MESSAGE);
    cr_assert_eq(mip6_shared_mn_drops(w.shared)[MIP6_DROP_UNKNOWN_MESSAGE], 1);
    cr_assert_str_eq(take(&w), "10 binding-error coa1>ha1 status=2 ::\n");
}

/* At most three a second. */
Test(proto_mn_home_agent_switch, complaints_are_bounded)
{
    does_not_know_it(MIP6_HANDOVER_DEREGISTER);
    w.traces = false;
    for (int i = 0; i < 1000; i++) {
        feed_has("ha1", "ha2", 0);
        w.now_ns += 10 * MS;
    }
    unsigned n = 0;
    for (const char *at = take(&w); (at = strstr(at, "binding-error")); at++)
        n++;
    cr_assert(n >= 27 && n <= 30, "%u in ten seconds", n);
}
