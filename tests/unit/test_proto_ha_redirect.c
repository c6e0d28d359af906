/* The home agent and a first Binding Update: when a policy is asked where it is served, what
 * the answer says, and what is not kept.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "ha_harness.h"

static unsigned asked;
static bool stays;      /* the policy says: here */

static mip6_choice send_away(const mip6_view *view)
{
    asked++;
    cr_assert_eq(view->n_candidates, 0);
    return (mip6_choice){view->n_peers && !stays ? MIP6_BRANCH_FIRST_BU : MIP6_BRANCH_NONE, 0, 0};
}

static const mip6_policy away = {.abi = MIP6_POLICY_ABI, .name = "away", .advertises_load = true,
                                 .first_bu = send_away};

/* An agent that sends everyone to a second one, which is not in the world. */
static h_world *world(mip6_profile profile)
{
    h_world *w = h_new(1, "hybrid", profile);
    asked = 0;
    stays = false;
    w->config[0].policy = &away;
    h_boot(w);
    h_report(w, 0, 1, 4000, 17);
    h_forget(w);
    return w;
}

static void update(h_world *w, uint32_t n, uint16_t sequence, bool redirectable)
{
    h_bu bu = {.home = h_home(n), .care_of = h_care_of(n), .sequence = sequence,
               .lifetime_units = 30, .redirectable = redirectable};
    h_update(w, 0, &bu);
}

static const mip6_ba *last_ba(const h_world *w)
{
    return &h_last(w, 0, MIP6_MSG_BA)->msg.u.ba;
}

static void expect_redirected(const h_world *w, uint16_t sequence)
{
    mip6_addr target = h_reporter(1);
    const mip6_ba *ba = last_ba(w);
    cr_assert_eq(ba->status, MIP6_STATUS_PROHIBITED);
    cr_assert_eq(ba->sequence, sequence);
    cr_assert_eq(ba->lifetime_units, 0);
    cr_assert(ba->opt.has_redirect && mip6_addr_equal(&ba->opt.redirect, &target));
}

static void expect_served(h_world *w, uint32_t n)
{
    mip6_binding_info info;
    h_wait(w, H_S);
    cr_assert(h_find(w, 0, n, &info) && !info.tentative);
    cr_assert_eq(last_ba(w)->status, 0);
    cr_assert_not(last_ba(w)->opt.has_redirect);
}

Test(proto_ha_redirect, nothing_is_kept_of_a_node_that_was_redirected)
{
    h_world *w = world(MIP6_PROFILE_SAFE);
    mip6_binding_info info;
    update(w, 1, 7, true);
    expect_redirected(w, 7);
    cr_assert_not(h_find(w, 0, 1, &info));
    cr_assert_eq(h_figures(w, 0).handoff_entries, 0);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_NS), 0, "no DAD");
    cr_assert_eq(h_count(w, 0, MIP6_MSG_SWITCH), 0);
    h_wait(w, 2 * H_S);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_BA), 1);
    h_free_world(w);
}

Test(proto_ha_redirect, the_decision_is_traced)
{
    h_world *w = world(MIP6_PROFILE_SAFE);
    mip6_addr target = h_reporter(1), home = h_home(1);
    h_wait(w, H_S / 2);
    update(w, 1, 7, true);
    cr_assert_eq(h_traced(w, 0, MIP6_TRACE_DECISION), 1);
    const mip6_trace *t = h_last_trace(w, 0, MIP6_TRACE_DECISION);
    cr_assert(mip6_addr_equal(&t->home, &home) && mip6_addr_equal(&t->peer, &target));
    cr_assert_eq(t->decision->branch, MIP6_BRANCH_FIRST_BU);
    cr_assert_not(t->decision->repeated);
    cr_assert_eq(t->decision->target_queue, 4000);
    cr_assert_eq(t->decision->target_count, 17);
    cr_assert_eq(t->decision->information_age_ns, H_S / 2);
    cr_assert_eq(h_traced(w, 0, MIP6_TRACE_BINDING_REFUSED), 0, "it is no failure");
    cr_assert_eq(w->ha[0]->peers[0].sent_count, 1);
    h_free_world(w);
}

Test(proto_ha_redirect, who_does_not_know_it_is_served_here)
{
    h_world *w = world(MIP6_PROFILE_SAFE);
    update(w, 1, 1, false);
    cr_assert_eq(asked, 0);
    expect_served(w, 1);
    h_free_world(w);
}

Test(proto_ha_redirect, a_policy_may_say_here)
{
    h_world *w = world(MIP6_PROFILE_SAFE);
    stays = true;
    update(w, 1, 1, true);
    cr_assert_eq(asked, 1);
    expect_served(w, 1);
    cr_assert_eq(h_traced(w, 0, MIP6_TRACE_DECISION), 0);
    h_free_world(w);
}

/* A binding that is here: valid, in the middle of DAD, or draining without an entry. */
Test(proto_ha_redirect, an_update_of_a_binding_that_is_here_is_not_the_first)
{
    h_world *w = world(MIP6_PROFILE_SAFE);
    mip6_binding_info info;
    update(w, 1, 1, false);
    update(w, 1, 2, true);
    cr_assert(h_find(w, 0, 1, &info) && info.tentative && info.sequence == 2);
    expect_served(w, 1);
    update(w, 1, 3, true);
    cr_assert_eq(last_ba(w)->status, 0);
    cr_assert_eq(asked, 0);
    h_free_world(w);
}

/* The entry of a handoff says where a node is to go, before any policy does. */
Test(proto_ha_redirect, a_live_handoff_entry_goes_first)
{
    h_world *w = world(MIP6_PROFILE_SAFE);
    mip6_addr home = h_home(1), target = h_reporter(1);
    mip6_handoff *e;
    w->ha[0]->now_ns = w->now;
    cr_assert_eq(mip6_ha_handoff_set(w->ha[0], &home, &target, &e), 0);
    update(w, 1, 1, true);
    cr_assert_eq(asked, 0);
    cr_assert_eq(last_ba(w)->status, MIP6_STATUS_PROHIBITED);
    cr_assert_not(last_ba(w)->opt.has_redirect);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_SWITCH), 1);
    h_free_world(w);
}

/* Its agent has left the list, so its entry is gone, while the binding still drains. */
Test(proto_ha_redirect, a_draining_binding_is_here)
{
    h_world *w = world(MIP6_PROFILE_TUNED);
    mip6_addr home = h_home(1), target = h_reporter(1);
    mip6_binding_info info;
    mip6_handoff *e;
    update(w, 1, 1, false);
    expect_served(w, 1);
    cr_assert_eq(mip6_ha_handoff_set(w->ha[0], &home, &target, &e), 0);
    h_deregister(w, 0, 1, 2);
    cr_assert(h_find(w, 0, 1, &info) && info.draining);
    mip6_ha_handoff_clear(w->ha[0], e, MIP6_HANDOFF_TARGET_GONE);
    update(w, 1, 3, true);
    cr_assert_eq(asked, 0);
    expect_served(w, 1);
    h_free_world(w);
}

/* Of a binding that was deregistered only its sequence number is there: that of a node which
 * leaves home again within ten seconds, or comes back by itself. */
Test(proto_ha_redirect, a_deleted_binding_is_not_here)
{
    h_world *w = world(MIP6_PROFILE_SAFE);
    mip6_binding_info info;
    update(w, 1, 1, false);
    expect_served(w, 1);
    h_deregister(w, 0, 1, 2);
    update(w, 1, 2, true);
    cr_assert_eq(last_ba(w)->status, MIP6_STATUS_SEQUENCE, "the window goes first");
    cr_assert_eq(asked, 0);
    h_wait(w, 2 * H_S);
    update(w, 1, 3, true);
    expect_redirected(w, 3);
    cr_assert_not(h_find(w, 0, 1, &info));
    cr_assert_eq(h_figures(w, 0).mn_count, 0);
    h_free_world(w);
}

/* Sent elsewhere before it is counted: an agent at its bound has room for that. */
Test(proto_ha_redirect, an_agent_without_room_redirects)
{
    h_world *w = world(MIP6_PROFILE_SAFE);
    w->config[0].max_bindings = 1;
    update(w, 1, 1, false);
    expect_served(w, 1);
    update(w, 2, 1, true);
    expect_redirected(w, 1);
    update(w, 2, 2, false);
    cr_assert_eq(last_ba(w)->status, MIP6_STATUS_RESOURCES);
    h_free_world(w);
}

/* What is refused for another reason is not asked about. */
Test(proto_ha_redirect, other_refusals_go_first)
{
    h_world *w = world(MIP6_PROFILE_SAFE);
    h_bu bu = {.home = h_addr("2001:db8:77::1"), .care_of = h_care_of(1), .sequence = 1,
               .lifetime_units = 30, .redirectable = true};
    h_update(w, 0, &bu);
    cr_assert_eq(last_ba(w)->status, MIP6_STATUS_NOT_HOME_SUBNET);
    bu.home = h_reporter(1);
    h_update(w, 0, &bu);
    cr_assert_eq(last_ba(w)->status, MIP6_STATUS_PROHIBITED);
    cr_assert_not(last_ba(w)->opt.has_redirect);
    bu.home = h_home(1);
    bu.lifetime_units = 0;
    h_update(w, 0, &bu);
    cr_assert_eq(last_ba(w)->status, MIP6_STATUS_NOT_HOME_AGENT);
    cr_assert_eq(asked, 0);
    h_free_world(w);
}

Test(proto_ha_redirect, a_legacy_agent_asks_no_policy)
{
    h_world *w = h_new(1, "hybrid", MIP6_PROFILE_SAFE);
    asked = 0;
    w->config[0].policy = &away;
    w->config[0].legacy = true;
    h_boot(w);
    h_report(w, 0, 1, 0, 0);
    update(w, 1, 1, true);
    cr_assert_eq(asked, 0);
    expect_served(w, 1);
    h_free_world(w);
}

/* At most three answers a second to one node, redirections too. */
Test(proto_ha_redirect, answers_are_limited)
{
    h_world *w = world(MIP6_PROFILE_SAFE);
    for (uint16_t i = 0; i < 5; i++)
        update(w, 1, (uint16_t)(i + 1), true);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_BA), 3);
    cr_assert_eq(h_figures(w, 0).drops[MIP6_DROP_RATE_LIMITED], 2);
    h_free_world(w);
}

/* Two agents, the second lighter; the node asks there without the option. */
Test(proto_ha_redirect, two_agents)
{
    h_world *w = h_new(2, "redirect", MIP6_PROFILE_SAFE);
    mip6_binding_info info;
    h_boot(w);
    h_wait(w, 5 * H_S);
    h_register(w, 0, 1, 1);
    h_wait(w, 5 * H_S);
    update(w, 2, 1, true);
    cr_assert_eq(last_ba(w)->status, MIP6_STATUS_PROHIBITED);
    cr_assert(mip6_addr_equal(&last_ba(w)->opt.redirect, &w->config[1].global));
    h_register(w, 1, 2, 2);
    h_wait(w, H_S);
    cr_assert(h_find(w, 1, 2, &info) && !info.tentative);
    cr_assert_not(h_find(w, 0, 2, &info));
    h_free_world(w);
}
