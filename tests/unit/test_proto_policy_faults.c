/* A policy is code of others: what it names and is not there must do nothing but be traced.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "ha_harness.h"

enum { BUSY_PACKETS = 50, BUSY_BYTES = 50000 };

static mip6_choice answer;      /* what the policy says, whatever it sees */
static uint32_t candidates_seen;

static mip6_choice say(const mip6_view *view)
{
    candidates_seen = view->n_candidates;
    return answer;
}

static const mip6_policy parrot = {.abi = MIP6_POLICY_ABI, .name = "parrot",
                                   .advertises_load = true, .look = say, .first_bu = say};

/* One busy agent with a node, which knows another agent; peers[1] has no load report. */
static h_world *asked(mip6_choice choice)
{
    h_world *w = h_new(1, "hybrid", MIP6_PROFILE_SAFE);
    w->config[0].policy = &parrot;
    w->config[0].max_lifetime_s = 100000;
    h_boot(w);
    h_register(w, 0, 1, 1);
    h_wait(w, 3 * H_S);
    h_report(w, 0, 1, 0, 0);
    answer = choice;
    h_queue(w, 0, BUSY_PACKETS, BUSY_BYTES);
    h_wait(w, 5 * H_S);
    return w;
}

static void is_fault(mip6_choice choice, mip6_policy_fault fault, int64_t value)
{
    h_world *w = asked(choice);
    cr_assert_eq(candidates_seen, 1, "it was not asked");
    cr_assert_eq(h_count(w, 0, MIP6_MSG_SWITCH), 0);
    cr_assert_eq(h_traced(w, 0, MIP6_TRACE_DECISION), 0);
    cr_assert_gt(h_traced(w, 0, MIP6_TRACE_POLICY_FAULT), 0);
    const mip6_trace *t = h_last_trace(w, 0, MIP6_TRACE_POLICY_FAULT);
    cr_assert_eq(t->code, fault);
    cr_assert_eq(t->value, value);
    h_free_world(w);
}

Test(proto_policy_faults, what_is_there_is_done)
{
    h_world *w = asked((mip6_choice){MIP6_BRANCH_QUOTA, 0, 0});
    cr_assert_gt(h_count(w, 0, MIP6_MSG_SWITCH), 0);
    cr_assert_eq(h_traced(w, 0, MIP6_TRACE_POLICY_FAULT), 0);
    h_free_world(w);
}

Test(proto_policy_faults, none_is_no_fault_whatever_else_it_says)
{
    h_world *w = asked((mip6_choice){MIP6_BRANCH_NONE, UINT32_MAX, UINT32_MAX});
    cr_assert_eq(h_count(w, 0, MIP6_MSG_SWITCH), 0);
    cr_assert_eq(h_traced(w, 0, MIP6_TRACE_POLICY_FAULT), 0);
    h_free_world(w);
}

Test(proto_policy_faults, a_peer_that_is_not_there)
{
    is_fault((mip6_choice){MIP6_BRANCH_QUOTA, 1, 0}, MIP6_FAULT_PEER, 1);
    is_fault((mip6_choice){MIP6_BRANCH_QUOTA, UINT32_MAX, 0}, MIP6_FAULT_PEER, UINT32_MAX);
}

Test(proto_policy_faults, a_candidate_that_is_not_there)
{
    is_fault((mip6_choice){MIP6_BRANCH_QUOTA, 0, 1}, MIP6_FAULT_CANDIDATE, 1);
    is_fault((mip6_choice){MIP6_BRANCH_QUOTA, 0, UINT32_MAX}, MIP6_FAULT_CANDIDATE, UINT32_MAX);
}

Test(proto_policy_faults, a_branch_that_is_not_there)
{
    is_fault((mip6_choice){MIP6_N_BRANCHES, 0, 0}, MIP6_FAULT_BRANCH, MIP6_N_BRANCHES);
    mip6_choice c = {MIP6_BRANCH_QUOTA, 0, 0};
    memset(&c.branch, 0xff, sizeof c.branch);
    is_fault(c, MIP6_FAULT_BRANCH, UINT32_MAX);
}

/* The first BU of a node that comes now: served here, whatever was said. */
Test(proto_policy_faults, at_a_first_update_the_node_is_served_here)
{
    static const struct { mip6_choice said; mip6_policy_fault fault; } cases[] = {
        {{MIP6_BRANCH_FIRST_BU, 7, 0}, MIP6_FAULT_PEER},
        {{MIP6_N_BRANCHES, 0, 0}, MIP6_FAULT_BRANCH}};
    h_world *w = asked((mip6_choice){MIP6_BRANCH_NONE, 0, 0});
    for (uint32_t i = 0; i < 2; i++) {
        h_bu bu = {.home = h_home(i + 2), .care_of = h_care_of(2), .sequence = 1,
                   .lifetime_units = 30, .redirectable = true};
        answer = cases[i].said;
        h_update(w, 0, &bu);
        cr_assert_eq(candidates_seen, 0, "it was not asked");
        answer = (mip6_choice){MIP6_BRANCH_NONE, 0, 0};
        h_wait(w, 3 * H_S);
        cr_assert_eq(h_last(w, 0, MIP6_MSG_BA)->msg.u.ba.status, 0);
        cr_assert_eq(h_last_trace(w, 0, MIP6_TRACE_POLICY_FAULT)->code, cases[i].fault);
        cr_assert_eq(h_traced(w, 0, MIP6_TRACE_DECISION), 0);
        h_report(w, 0, 1, 0, 0);
    }
    h_free_world(w);
}

/* There is no candidate to choose at a first BU: whatever number it says means nothing. */
Test(proto_policy_faults, at_a_first_update_a_candidate_is_not_looked_at)
{
    h_world *w = asked((mip6_choice){MIP6_BRANCH_NONE, 0, 0});
    h_bu bu = {.home = h_home(2), .care_of = h_care_of(2), .sequence = 1, .lifetime_units = 30,
               .redirectable = true};
    answer = (mip6_choice){MIP6_BRANCH_FIRST_BU, 0, 9};
    h_update(w, 0, &bu);
    cr_assert_eq(h_last(w, 0, MIP6_MSG_BA)->msg.u.ba.status, MIP6_STATUS_PROHIBITED);
    cr_assert_eq(h_traced(w, 0, MIP6_TRACE_POLICY_FAULT), 0);
    h_free_world(w);
}
