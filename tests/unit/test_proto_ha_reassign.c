/* Reassignment: eligibility, looks, limits, resending, the handoff table, the three
 * handovers, each row of PROTOCOL 4's table.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "ha_harness.h"

enum { BUSY_PACKETS = 50, BUSY_BYTES = 50000 };     /* QSI 50 */

/* Two agents that know each other; the first has n nodes, eligible once it is busy. */
static h_world *pair(mip6_profile profile, uint32_t n)
{
    h_world *w = h_new(2, "hybrid", profile);
    h_boot(w);
    h_wait(w, 4 * H_S);
    for (uint32_t i = 1; i <= n; i++)
        h_register(w, 0, i, 1);
    h_wait(w, 3 * H_S);
    h_forget(w);
    return w;
}

/* One agent with n nodes that hears of others by h_report alone. */
static h_world *single(mip6_profile profile, uint32_t n)
{
    h_world *w = h_new(1, "hybrid", profile);
    w->config[0].max_lifetime_s = 100000;
    h_boot(w);
    for (uint32_t i = 1; i <= n; i++)
        h_register(w, 0, i, 1);
    h_wait(w, 3 * H_S);
    h_forget(w);
    return w;
}

/* Where a moving average is the figure, let it arrive. */
static void make_busy(h_world *w, int agent)
{
    h_queue(w, agent, BUSY_PACKETS, BUSY_BYTES);
}

/* Time of the n-th switch in the log, -1 without. */
static int64_t switched_at(const h_world *w, size_t nth)
{
    for (size_t i = 0; i < w->n_log; i++)
        if (w->log[i].action.message == MIP6_MSG_SWITCH && nth-- == 0)
            return w->log[i].at_ns;
    return -1;
}

/* The node that a switch is for. */
static uint32_t node_of(const h_act *act)
{
    return mip6_get32(act->h.final.b + 12);
}

/* ---- Eligibility and looks ---- */

Test(proto_ha_reassign, switch_is_what_the_draft_says)
{
    h_world *w = pair(MIP6_PROFILE_LITERAL, 1);
    mip6_addr home = h_home(1), coa = h_care_of(1);
    make_busy(w, 0);
    const h_act *act = h_last(w, 0, MIP6_MSG_SWITCH);
    cr_assert_eq(act->msg.kind, MIP6_MSG_SWITCH);
    cr_assert_eq(act->msg.u.dhaad.id, 0);
    cr_assert_eq(act->msg.u.dhaad.n, 1);
    cr_assert(mip6_addr_equal(&act->msg.u.dhaad.addresses[0], &w->config[1].global));
    cr_assert(mip6_addr_equal(&act->h.dst, &coa));
    cr_assert(act->h.has_final && mip6_addr_equal(&act->h.final, &home));
    cr_assert(mip6_addr_equal(&act->h.src, &w->config[0].global));
    const mip6_trace *t = h_last_trace(w, 0, MIP6_TRACE_DECISION);
    cr_assert_eq(t->decision->branch, MIP6_BRANCH_QUEUE_LIGHT);
    cr_assert_not(t->decision->repeated);
    cr_assert_eq(t->decision->own_queue, 32767);
    cr_assert_eq(t->decision->own_count, 1);
    cr_assert_eq(t->decision->target_queue, 0);
    cr_assert_geq(t->decision->information_age_ns, 0);
    cr_assert_leq(t->decision->information_age_ns, 3 * H_S);
    cr_assert(mip6_addr_equal(&t->peer, &w->config[1].global));
    cr_assert_eq(h_figures(w, 0).handoff_entries, 1);
    h_free_world(w);
}

/* RegTIMEOUT = Min / QSI, 60 s at 0: by QSI and by profile's floor. */
Test(proto_ha_reassign, eligible_after_reg_timeout)
{
    const struct { uint32_t packets; int64_t wait_ns; int64_t floor_ns; } cases[] = {
        {21, H_S / 21, H_MS},       {50, H_S / 50, H_MS},   {100, H_S / 100, H_MS},
        {10000, H_S / 100, H_MS},   {50, 100 * H_MS, 100 * H_MS}, {50, H_S, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        h_world *w = h_new(1, "hybrid", MIP6_PROFILE_LITERAL);
        w->tuning.reg_timeout_floor_ns = cases[i].floor_ns;
        w->config[0].dad = false;
        h_boot(w);
        h_queue(w, 0, cases[i].packets, 0);
        h_report(w, 0, 1, 0, 0);
        h_wait(w, 100 * H_MS);
        h_register(w, 0, 1, 1);
        int64_t since = w->now;
        h_wait(w, 2 * H_S);
        cr_assert_eq(switched_at(w, 0), since + cases[i].wait_ns, "case %zu: %ld", i,
                     (long)(switched_at(w, 0) - since));
        h_free_world(w);
    }
}

/* With an empty queue the count branch alone can fire, after RegTIMEOUT's maximum. */
Test(proto_ha_reassign, empty_queue_waits_a_minute)
{
    h_world *w = h_new(1, "hybrid", MIP6_PROFILE_LITERAL);
    w->config[0].dad = false;
    h_boot(w);
    h_register(w, 0, 1, 1);
    int64_t since = w->now;
    while (w->now < since + 61 * H_S) {
        h_report(w, 0, 1, 0, 0);
        h_wait(w, H_S);
    }
    cr_assert_eq(switched_at(w, 0), since + 60 * H_S);
    cr_assert_eq(h_last_trace(w, 0, MIP6_TRACE_DECISION)->decision->branch,
                 MIP6_BRANCH_COUNT_TOP);
    h_free_world(w);
}

Test(proto_ha_reassign, refresh_does_not_start_the_timer_again)
{
    h_world *w = h_new(1, "hybrid", MIP6_PROFILE_LITERAL);
    w->config[0].dad = false;
    w->tuning.reg_timeout_floor_ns = 10 * H_S;
    h_boot(w);
    h_queue(w, 0, BUSY_PACKETS, 0);
    h_register(w, 0, 1, 1);
    int64_t since = w->now;
    for (uint16_t i = 2; w->now < since + 9 * H_S; i++) {
        h_report(w, 0, 1, 0, 0);
        h_register(w, 0, 1, i);
        h_wait(w, H_S);
    }
    h_wait(w, 2 * H_S);
    cr_assert_eq(switched_at(w, 0), since + 10 * H_S);
    h_free_world(w);
}

Test(proto_ha_reassign, a_report_wakes_those_that_waited)
{
    h_world *w = single(MIP6_PROFILE_LITERAL, 1);
    make_busy(w, 0);
    h_wait(w, 5 * H_S);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_SWITCH), 0, "N < 2");
    uint64_t looks = h_figures(w, 0).looks;
    h_report(w, 0, 1, 65535, 0);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_SWITCH), 0, "none light, oneself not top");
    cr_assert_eq(h_figures(w, 0).looks, looks + 1);
    h_wait(w, H_S);
    cr_assert_leq(h_figures(w, 0).looks, looks + 1, "no look without a change");
    h_report(w, 0, 1, 100, 0);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_SWITCH), 1);
    h_free_world(w);
}

/* The rule is asked anew before each move: the host reports in between. */
Test(proto_ha_reassign, one_move_a_poll)
{
    h_world *w = single(MIP6_PROFILE_LITERAL, 10);
    h_report(w, 0, 1, 0, 60000);
    mip6_ha_queue_changed(w->ha[0], BUSY_PACKETS, BUSY_BYTES, w->now);
    uint8_t buf[MIP6_MAX_PACKET];
    mip6_action action;
    for (int i = 0; i < 4; i++) {
        cr_assert(mip6_ha_poll(w->ha[0], &action, buf, sizeof buf, w->now));
        cr_assert_eq(action.message, MIP6_MSG_SWITCH);
    }
    mip6_ha_queue_changed(w->ha[0], 5, 5000, w->now);
    while (mip6_ha_poll(w->ha[0], &action, buf, sizeof buf, w->now))
        cr_assert_neq((int)action.message, MIP6_MSG_SWITCH);
    cr_assert_eq(h_figures(w, 0).handoff_entries, 4);
    h_free_world(w);
}

Test(proto_ha_reassign, heads_of_the_order_go_first)
{
    h_world *w = h_new(1, "hybrid", MIP6_PROFILE_SAFE);
    w->tuning.queue_signal = MIP6_SIGNAL_INSTANTANEOUS;
    h_boot(w);
    const uint32_t nodes[] = {5, 3, 9};
    for (int i = 0; i < 3; i++) {
        h_register(w, 0, nodes[i], 1);
        h_wait(w, 2 * H_S);
    }
    make_busy(w, 0);
    for (int i = 0; i < 3; i++) {
        h_report(w, 0, 1, 0, 0);
        cr_assert_eq(h_count(w, 0, MIP6_MSG_SWITCH), (size_t)i + 1, "one a second");
        cr_assert_eq(node_of(h_last(w, 0, MIP6_MSG_SWITCH)), nodes[i]);
        h_wait(w, H_S - 1);
        h_report(w, 0, 1, 0, 0);
        cr_assert_eq(h_count(w, 0, MIP6_MSG_SWITCH), (size_t)i + 1);
        h_wait(w, 1);
    }
    h_free_world(w);
}

/* A hundred thousand bindings that could be moved and are not: a look sees 16 at most. */
Test(proto_ha_reassign, cost_does_not_grow_with_idle_bindings)
{
    enum { N = 100000 };
    h_world *w = h_new(1, "hybrid", MIP6_PROFILE_SAFE);
    w->tuning.queue_signal = MIP6_SIGNAL_INSTANTANEOUS;
    w->config[0].dad = false;
    h_boot(w);
    for (uint32_t i = 0; i < N; i++) {
        h_register(w, 0, i, 1);
        h_forget(w);
    }
    cr_assert_eq(h_figures(w, 0).mn_count, N);
    h_wait(w, 2 * H_S);
    h_forget(w);
    uint64_t scanned = w->ha[0]->scanned, looks = h_figures(w, 0).looks;
    make_busy(w, 0);
    for (int i = 0; i < 20; i++) {
        h_report(w, 0, 1, 60000, 0);
        h_report(w, 0, 1, 0, 0);
        h_wait(w, H_S);
    }
    looks = h_figures(w, 0).looks - looks;
    scanned = w->ha[0]->scanned - scanned;
    cr_assert_geq(h_count(w, 0, MIP6_MSG_SWITCH), 20);
    cr_assert(looks >= 20 && looks < 200, "%lu looks", (unsigned long)looks);
    cr_assert_leq(scanned, looks * MIP6_MAX_CANDIDATES);
    h_free_world(w);
}

/* ---- Literal: forgotten at once, repeated to the same target ---- */

Test(proto_ha_reassign, literal_repeats_the_recorded_target_three_times_a_second)
{
    h_world *w = pair(MIP6_PROFILE_LITERAL, 1);
    make_busy(w, 0);
    int64_t first = w->now;
    h_wait(w, 10 * H_S);
    size_t n = h_count(w, 0, MIP6_MSG_SWITCH);
    cr_assert(n >= 28 && n <= 31, "%zu", n);
    for (size_t i = 3; i < n; i++)
        cr_assert_gt(switched_at(w, i) - switched_at(w, i - 3), H_S);
    cr_assert_eq(switched_at(w, 0), first);
    cr_assert(h_last_trace(w, 0, MIP6_TRACE_DECISION)->decision->repeated);
    cr_assert_eq(h_traced(w, 0, MIP6_TRACE_HANDOFF_SET), 1);
    cr_assert_eq(h_traced(w, 0, MIP6_TRACE_SWITCH_UNANSWERED), 0);
    h_free_world(w);
}

Test(proto_ha_reassign, literal_has_no_limit_on_starts)
{
    h_world *w = pair(MIP6_PROFILE_LITERAL, 200);
    make_busy(w, 0);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_SWITCH), 200, "all at one instant");
    h_free_world(w);
}

/* ---- Safe: one a second, resent, given up ---- */

Test(proto_ha_reassign, unanswered_switch_is_resent_after_5_10_20)
{
    h_world *w = pair(MIP6_PROFILE_SAFE, 1);
    w->tuning.queue_signal = MIP6_SIGNAL_INSTANTANEOUS;
    make_busy(w, 0);
    int64_t first = w->now;
    h_run(w, first + 54 * H_S);
    const int64_t at[] = {0, 5 * H_S, 15 * H_S, 35 * H_S};
    cr_assert_eq(h_count(w, 0, MIP6_MSG_SWITCH), 4);
    for (size_t i = 0; i < 4; i++)
        cr_assert_eq(switched_at(w, i), first + at[i]);
    cr_assert_eq(h_traced(w, 0, MIP6_TRACE_DECISION), 1, "a resending decides nothing");
    cr_assert_eq(h_traced(w, 0, MIP6_TRACE_SWITCH_UNANSWERED), 3);
    cr_assert_eq(w->ha[0]->peers[0].unanswered, 1);
    /* 20 s after the last one it is back in the order, since = now. */
    h_run(w, first + 55 * H_S + 50 * H_MS);
    cr_assert_eq(h_last_trace(w, 0, MIP6_TRACE_SWITCH_UNANSWERED)->value, 3);
    cr_assert_eq(w->ha[0]->peers[0].unanswered, 0);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_SWITCH), 4);
    h_run(w, first + 55 * H_S + 100 * H_MS);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_SWITCH), 5);
    cr_assert(h_last_trace(w, 0, MIP6_TRACE_DECISION)->decision->repeated, "180 s");
    h_free_world(w);
}

Test(proto_ha_reassign, deregistration_answers_a_switch)
{
    h_world *w = pair(MIP6_PROFILE_SAFE, 1);
    w->tuning.queue_signal = MIP6_SIGNAL_INSTANTANEOUS;
    make_busy(w, 0);
    h_wait(w, 100 * H_MS);
    h_deregister(w, 0, 1, 2);
    cr_assert_eq(h_last(w, 0, MIP6_MSG_BA)->msg.u.ba.status, 0);
    cr_assert_eq(h_traced(w, 0, MIP6_TRACE_SWITCH_ANSWERED), 1);
    mip6_binding_info info;
    cr_assert_not(h_find(w, 0, 1, &info), "deregister first: gone at once");
    h_wait(w, 60 * H_S);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_SWITCH), 1);
    cr_assert_eq(h_figures(w, 0).handoff_entries, 1, "the entry outlives the move");
    h_free_world(w);
}

/* ---- Handoff table ---- */

Test(proto_ha_reassign, update_while_the_binding_is_here_is_accepted_and_told_again)
{
    h_world *w = pair(MIP6_PROFILE_SAFE, 1);
    w->tuning.queue_signal = MIP6_SIGNAL_INSTANTANEOUS;
    make_busy(w, 0);
    h_forget(w);
    h_wait(w, H_S);
    h_register(w, 0, 1, 2);
    cr_assert_eq(h_last(w, 0, MIP6_MSG_BA)->msg.u.ba.status, 0);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_SWITCH), 1);
    cr_assert(h_last_trace(w, 0, MIP6_TRACE_DECISION)->decision->repeated);
    for (uint16_t i = 3; i < 10; i++)
        h_register(w, 0, 1, i);
    cr_assert_leq(h_count(w, 0, MIP6_MSG_SWITCH), 3, "11.8");
    h_free_world(w);
}

Test(proto_ha_reassign, update_after_the_move_is_129_and_told_again)
{
    h_world *w = pair(MIP6_PROFILE_SAFE, 1);
    w->tuning.queue_signal = MIP6_SIGNAL_INSTANTANEOUS;
    make_busy(w, 0);
    h_deregister(w, 0, 1, 2);
    h_wait(w, 5 * H_S);
    h_forget(w);
    h_register(w, 0, 1, 2);
    cr_assert_eq(h_last(w, 0, MIP6_MSG_BA)->msg.u.ba.status, MIP6_STATUS_SEQUENCE,
                 "the window goes first");
    cr_assert_eq(h_count(w, 0, MIP6_MSG_SWITCH), 0);
    h_register(w, 0, 1, 3);
    cr_assert_eq(h_last(w, 0, MIP6_MSG_BA)->msg.u.ba.status, MIP6_STATUS_PROHIBITED);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_SWITCH), 1);
    cr_assert(mip6_addr_equal(&h_last(w, 0, MIP6_MSG_SWITCH)->msg.u.dhaad.addresses[0],
                              &w->config[1].global));
    h_deregister(w, 0, 1, 4);
    cr_assert_eq(h_last(w, 0, MIP6_MSG_BA)->msg.u.ba.status, MIP6_STATUS_NOT_HOME_AGENT);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_SWITCH), 1, "a deregistration triggers none");
    /* Past its time the entry is as good as none. */
    h_queue(w, 0, 0, 0);
    h_wait(w, 180 * H_S);
    cr_assert_eq(h_last_trace(w, 0, MIP6_TRACE_HANDOFF_CLEARED)->code, MIP6_HANDOFF_EXPIRED);
    h_register(w, 0, 1, 5);
    h_wait(w, H_S);
    cr_assert_eq(h_last(w, 0, MIP6_MSG_BA)->msg.u.ba.status, 0);
    h_free_world(w);
}

/* A packet may come before the timer that is due: time decides, not the timer. */
Test(proto_ha_reassign, an_entry_past_its_time_is_none_before_its_timer_runs)
{
    for (int late = 0; late < 2; late++) {
        h_world *w = single(MIP6_PROFILE_LITERAL, 1);
        h_report(w, 0, 1, 0, 0);
        make_busy(w, 0);
        int64_t set_ns = switched_at(w, 0);
        cr_assert_eq(set_ns, w->now);
        h_deregister(w, 0, 1, 2);
        h_forget(w);
        w->now = set_ns + 180 * H_S - 1 + late;
        h_register(w, 0, 1, 3);
        cr_assert_eq(h_count(w, 0, MIP6_MSG_SWITCH), late ? 0 : 1);
        cr_assert_eq(h_count(w, 0, MIP6_MSG_NS), late ? 1 : 0, "DAD of a first registration");
        h_free_world(w);
    }
}

Test(proto_ha_reassign, return_home_clears_the_entry)
{
    h_world *w = pair(MIP6_PROFILE_SAFE, 1);
    w->tuning.queue_signal = MIP6_SIGNAL_INSTANTANEOUS;
    make_busy(w, 0);
    h_bu b = {.home = h_home(1), .care_of = h_home(1), .sequence = 2, .no_home_option = true};
    h_update(w, 0, &b);
    cr_assert_eq(h_last_trace(w, 0, MIP6_TRACE_HANDOFF_CLEARED)->code, MIP6_HANDOFF_RETURNED);
    cr_assert_eq(h_figures(w, 0).handoff_entries, 0);
    h_free_world(w);
}

Test(proto_ha_reassign, entry_goes_with_its_target)
{
    h_world *w = pair(MIP6_PROFILE_SAFE, 2);
    w->tuning.queue_signal = MIP6_SIGNAL_INSTANTANEOUS;
    make_busy(w, 0);
    cr_assert_eq(h_figures(w, 0).handoff_entries, 1);
    mip6_ha_stop(w->ha[1], w->now);
    h_settle(w);
    cr_assert_eq(h_last_trace(w, 0, MIP6_TRACE_HANDOFF_CLEARED)->code,
                 MIP6_HANDOFF_TARGET_GONE);
    cr_assert_eq(h_figures(w, 0).handoff_entries, 0);
    /* The node is in the order again, and goes to the next agent that comes. */
    h_forget(w);
    h_wait(w, 5 * H_S);
    h_report(w, 0, 7, 0, 0);
    h_wait(w, 2 * H_S);
    mip6_addr target = h_reporter(7);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_SWITCH), 2);
    cr_assert(mip6_addr_equal(&h_last(w, 0, MIP6_MSG_SWITCH)->msg.u.dhaad.addresses[0],
                              &target));
    h_free_world(w);
}

Test(proto_ha_reassign, full_table_refuses_and_counts)
{
    h_world *w = h_new(1, "hybrid", MIP6_PROFILE_LITERAL);
    w->tuning.handoff_bound = 3;
    w->tuning.handoff_lifetime_ns = 20 * H_S;
    w->config[0].max_lifetime_s = 100000;
    h_boot(w);
    for (uint32_t i = 1; i <= 5; i++)
        h_register(w, 0, i, 1);
    h_wait(w, 3 * H_S);
    h_report(w, 0, 1, 0, 0);
    make_busy(w, 0);
    int64_t first = w->now;
    cr_assert_eq(h_figures(w, 0).handoff_entries, 3);
    cr_assert_geq(h_figures(w, 0).handoff_full, 1);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_SWITCH), 3);
    while (w->now < first + 19 * H_S) {
        h_report(w, 0, 1, 0, 0);
        h_wait(w, H_S);
    }
    cr_assert_eq(h_figures(w, 0).handoff_entries, 3);
    cr_assert_eq(h_traced(w, 0, MIP6_TRACE_HANDOFF_SET), 3);
    h_report(w, 0, 1, 0, 0);
    h_wait(w, 2 * H_S);
    cr_assert_gt(h_traced(w, 0, MIP6_TRACE_HANDOFF_SET), 3, "expired ones make room");
    h_free_world(w);
}

/* ---- Handover ---- */

/* Until the switch is out, by instantaneous queues. */
static h_world *handover(mip6_profile profile, int64_t how)
{
    h_world *w = h_new(2, "hybrid", profile);
    w->tuning.queue_signal = MIP6_SIGNAL_INSTANTANEOUS;
    w->tuning.handover = how;
    h_boot(w);
    h_wait(w, 4 * H_S);
    h_bound(w, 0, 1);
    h_wait(w, 4 * H_S);
    make_busy(w, 0);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_SWITCH), 1);
    h_queue(w, 0, 0, 0);
    return w;
}

/* By RFC 6275 10.3.1 the old agent still defends: the draft's own handover deadlocks. */
Test(proto_ha_reassign, register_at_once_meets_the_old_agents_defence)
{
    h_world *w = handover(MIP6_PROFILE_LITERAL, MIP6_HANDOVER_REGISTER);
    h_register(w, 1, 1, 2);
    cr_assert_eq(h_last(w, 1, MIP6_MSG_BA)->msg.u.ba.status, MIP6_STATUS_DAD_FAILED);
    cr_assert_eq(h_traced(w, 0, MIP6_TRACE_DAD_DEFENDED), 1);
    cr_assert_eq(h_figures(w, 0).mn_count, 1);
    h_free_world(w);
}

Test(proto_ha_reassign, register_at_once_works_without_dad)
{
    h_world *w = h_new(2, "hybrid", MIP6_PROFILE_LITERAL);
    w->config[0].dad = w->config[1].dad = false;
    h_boot(w);
    h_wait(w, 4 * H_S);
    h_register(w, 0, 1, 1);
    make_busy(w, 0);
    h_wait(w, H_S);
    h_register(w, 1, 1, 2);
    cr_assert_eq(h_last(w, 1, MIP6_MSG_BA)->msg.u.ba.status, 0);
    cr_assert_eq(h_traced(w, 0, MIP6_TRACE_SWITCH_ANSWERED), 0, "never, in register at once");
    cr_assert_eq(h_figures(w, 0).mn_count, 1, "and the old binding lives on");
    h_free_world(w);
}

/* The old binding lives on, so the node's way back is a refresh; the router must hear of
 * it all the same. */
Test(proto_ha_reassign, coming_back_to_an_old_binding_is_announced)
{
    h_world *w = h_new(2, "hybrid", MIP6_PROFILE_LITERAL);
    w->config[0].dad = w->config[1].dad = false;
    h_boot(w);
    h_wait(w, 4 * H_S);
    h_register(w, 0, 1, 1);
    h_register(w, 1, 1, 2);
    h_forget(w);
    h_register(w, 0, 1, 3);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_NA), 1);
    cr_assert(h_last(w, 0, MIP6_MSG_NA)->msg.u.nd.override);
    h_wait(w, H_S);
    h_register(w, 0, 1, 4);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_NA), 1, "once");
    h_register(w, 1, 1, 5);
    cr_assert_eq(h_count(w, 1, MIP6_MSG_NA), 1, "and so does the other one");
    h_free_world(w);
}

Test(proto_ha_reassign, deregister_first_needs_no_deviation)
{
    h_world *w = handover(MIP6_PROFILE_SAFE, MIP6_HANDOVER_DEREGISTER);
    h_deregister(w, 0, 1, 2);
    h_register(w, 1, 1, 3);
    h_wait(w, H_S);
    cr_assert_eq(h_last(w, 1, MIP6_MSG_BA)->msg.u.ba.status, 0);
    cr_assert_eq(h_traced(w, 0, MIP6_TRACE_DAD_DEFENDED), 0);
    cr_assert_eq(h_figures(w, 0).mn_count + h_figures(w, 1).mn_count, 1);
    /* Late packets at the old agent follow the address. */
    const mip6_neighbour *n = mip6_ha_neighbour(w->ha[0], &(mip6_addr){{0x20, 1, 0xd, 0xb8,
                                                            [9] = 0xa, [15] = 1}});
    mip6_addr home = h_home(1);
    n = mip6_ha_neighbour(w->ha[0], &home);
    cr_assert(n && mip6_lladdr_equal(&n->lladdr, &w->config[1].lladdr));
    h_free_world(w);
}

Test(proto_ha_reassign, yield_makes_before_it_breaks)
{
    h_world *w = handover(MIP6_PROFILE_TUNED, MIP6_HANDOVER_YIELD);
    mip6_addr home = h_home(1);
    h_forget(w);
    h_register(w, 1, 1, 2);
    const mip6_trace *t = h_last_trace(w, 0, MIP6_TRACE_DAD_YIELDED);
    cr_assert(mip6_addr_equal(&t->peer, &w->config[1].global));
    cr_assert_eq(h_count(w, 0, MIP6_MSG_NA), 0);
    /* The old agent serves on until the new one's override NA. */
    mip6_binding_info info;
    h_wait(w, H_S - 1);
    cr_assert(h_find(w, 0, 1, &info) && !info.draining);
    cr_assert_eq(h_actions(w, 0, MIP6_ACTION_PROXY_STOP, &home), 0);
    h_wait(w, 1);
    cr_assert_eq(h_last(w, 1, MIP6_MSG_BA)->msg.u.ba.status, 0);
    cr_assert_eq(h_actions(w, 0, MIP6_ACTION_PROXY_STOP, &home), 1);
    cr_assert_eq(h_actions(w, 0, MIP6_ACTION_TUNNEL_GONE, &home), 0, "it still forwards");
    cr_assert_eq(h_traced(w, 0, MIP6_TRACE_SWITCH_ANSWERED), 1);
    cr_assert(h_find(w, 0, 1, &info) && info.draining);
    cr_assert_eq(h_figures(w, 0).mn_count, 0);
    cr_assert_eq(h_figures(w, 0).draining, 1);
    cr_assert_eq(h_figures(w, 1).mn_count, 1);
    int64_t drained = w->now + 10 * H_S;
    /* The node's deregistration at the old agent changes nothing any more. */
    h_deregister(w, 0, 1, 3);
    cr_assert_eq(h_last(w, 0, MIP6_MSG_BA)->msg.u.ba.status, 0);
    h_run(w, drained - 1);
    cr_assert(h_find(w, 0, 1, &info) && info.draining);
    h_run(w, drained);
    cr_assert_not(h_find(w, 0, 1, &info));
    cr_assert_eq(h_last_trace(w, 0, MIP6_TRACE_BINDING_GONE)->code, MIP6_GONE_DRAINED);
    cr_assert_eq(h_actions(w, 0, MIP6_ACTION_TUNNEL_GONE, &home), 1);
    h_free_world(w);
}

Test(proto_ha_reassign, yield_survives_a_lost_advertisement)
{
    h_world *w = handover(MIP6_PROFILE_TUNED, MIP6_HANDOVER_YIELD);
    h_register(w, 1, 1, 2);
    w->cut = true;
    h_wait(w, H_S);
    w->cut = false;
    mip6_binding_info info;
    cr_assert(h_find(w, 0, 1, &info) && !info.draining, "the NA was lost");
    h_deregister(w, 0, 1, 3);
    cr_assert(h_find(w, 0, 1, &info) && info.draining);
    cr_assert_eq(h_traced(w, 0, MIP6_TRACE_SWITCH_ANSWERED), 1);
    h_free_world(w);
}

Test(proto_ha_reassign, yield_defends_against_anyone_else)
{
    h_world *w = handover(MIP6_PROFILE_TUNED, MIP6_HANDOVER_YIELD);
    mip6_addr home = h_home(1), other = h_home(2);
    mip6_lladdr stranger = {{2, 0, 0, 0, 5, 5}};
    h_forget(w);
    h_probe(w, 0, &home, &stranger);
    cr_assert_eq(h_traced(w, 0, MIP6_TRACE_DAD_DEFENDED), 1);
    h_bound(w, 0, 2);
    h_probe(w, 0, &other, &w->config[1].lladdr);
    cr_assert_eq(h_traced(w, 0, MIP6_TRACE_DAD_DEFENDED), 1, "the target, but not for this one");
    /* An override NA of a stranger takes nothing over. */
    h_override_na(w, 0, &home, &stranger);
    cr_assert_eq(h_figures(w, 0).draining, 0);
    h_free_world(w);
}

/* ---- Tuned ---- */

static h_world *tuned(uint32_t n)
{
    h_world *w = h_new(1, "hybrid", MIP6_PROFILE_TUNED);
    w->tuning.queue_signal = MIP6_SIGNAL_INSTANTANEOUS;
    w->config[0].max_lifetime_s = 100000;
    h_boot(w);
    for (uint32_t i = 1; i <= n; i++)
        h_register(w, 0, i, 1);
    h_wait(w, 10 * H_S);
    h_forget(w);
    return w;
}

Test(proto_ha_reassign, tuned_has_one_unanswered_switch_a_target)
{
    h_world *w = tuned(5);
    make_busy(w, 0);
    h_report(w, 0, 1, 0, 0);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_SWITCH), 1);
    h_wait(w, 2 * H_S);
    h_report(w, 0, 1, 0, 0);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_SWITCH), 1, "still out");
    h_report(w, 0, 2, 0, 0);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_SWITCH), 2, "another target is free");
    mip6_addr second = h_reporter(2);
    cr_assert(mip6_addr_equal(&h_last(w, 0, MIP6_MSG_SWITCH)->msg.u.dhaad.addresses[0], &second));
    uint32_t node = node_of(h_last(w, 0, MIP6_MSG_SWITCH));
    h_wait(w, H_S);
    h_deregister(w, 0, node, 2);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_SWITCH), 3, "answered: the next one at once");
    h_free_world(w);
}

/* The address of an agent ends before its entry does (draft 5): the switch to it is off, and
 * with it what kept others from going there once the address is told again. */
Test(proto_ha_reassign, tuned_target_without_an_address_owes_no_answer)
{
    h_world *w = tuned(5);
    make_busy(w, 0);
    mip6_addr target = h_reporter(1);
    h_report(w, 0, 1, 0, 0);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_SWITCH), 1);
    int i = mip6_ha_peer_of(w->ha[0], &target);
    w->ha[0]->entries[i].valid_until_ns[0] = w->now + H_S;
    w->ha[0]->list_ns = w->now + H_S;
    mip6_ha_update_next(w->ha[0]);
    h_wait(w, 2 * H_S);
    cr_assert_eq(h_figures(w, 0).handoff_entries, 0);
    cr_assert_eq(h_figures(w, 0).peers, 1, "the agent is still there");
    h_report(w, 0, 1, 0, 0);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_SWITCH), 2, "free again");
    h_free_world(w);
}

/* Starts at 1/s, +1/s a success, halved a failure, at most 10/s. */
Test(proto_ha_reassign, tuned_rate_follows_the_answers)
{
    h_world *w = tuned(60);
    w->tuning.one_unanswered = 0;
    make_busy(w, 0);
    h_report(w, 0, 1, 0, 0);
    cr_assert_eq(w->ha[0]->rate_mhz, 1000);
    size_t answered = 0;
    for (int i = 0; i < 200 && answered < 12; i++) {
        if (h_count(w, 0, MIP6_MSG_SWITCH) > 0) {
            uint32_t node = node_of(h_last(w, 0, MIP6_MSG_SWITCH));
            w->n_log = 0;
            answered++;
            h_deregister(w, 0, node, 2);
            int64_t want = 1000 + 1000 * (int64_t)answered;
            cr_assert_eq(w->ha[0]->rate_mhz, want < 10000 ? want : 10000);
        }
        h_report(w, 0, 1, 0, 0);
        h_wait(w, 100 * H_MS);
    }
    cr_assert_eq(answered, 12);
    h_forget(w);
    h_run(w, w->now + H_S - 1);
    size_t n = h_count(w, 0, MIP6_MSG_SWITCH);
    cr_assert(n >= 9 && n <= 11, "10/s: %zu", n);
    int64_t first = w->now;
    while (h_traced(w, 0, MIP6_TRACE_SWITCH_UNANSWERED) == 0 ||
           h_last_trace(w, 0, MIP6_TRACE_SWITCH_UNANSWERED)->value < 3) {
        h_report(w, 0, 1, 65535, 60000);
        h_wait(w, 100 * H_MS);
        cr_assert_lt(w->now, first + 60 * H_S);
    }
    cr_assert_leq(w->ha[0]->rate_mhz, 5000, "a failure halves it");
    h_wait(w, 70 * H_S);
    cr_assert_geq(w->ha[0]->rate_mhz, 100, "and never stops it");
    h_free_world(w);
}

Test(proto_ha_reassign, tuned_dwells_three_intervals_after_a_registration)
{
    h_world *w = h_new(1, "hybrid", MIP6_PROFILE_TUNED);
    w->tuning.queue_signal = MIP6_SIGNAL_INSTANTANEOUS;
    w->config[0].dad = false;
    h_boot(w);
    make_busy(w, 0);
    h_report(w, 0, 1, 0, 0);
    h_register(w, 0, 1, 1);
    int64_t since = w->now;
    h_wait(w, 4 * H_S);
    cr_assert_eq(switched_at(w, 0), since + 3 * H_S);
    h_free_world(w);
}

Test(proto_ha_reassign, information_counts_what_was_sent_since_the_report)
{
    h_world *w = tuned(10);
    w->tuning.one_unanswered = 0;
    w->tuning.rate_limit = MIP6_RATE_UNLIMITED;
    make_busy(w, 0);
    h_report(w, 0, 1, 0, 0);
    cr_assert_eq(w->ha[0]->peers[0].sent_count, 10);
    h_report(w, 0, 1, 0, 0);
    cr_assert_eq(w->ha[0]->peers[0].sent_count, 0);
    h_free_world(w);
}

/* ---- Others ---- */

Test(proto_ha_reassign, static_and_legacy_agents_move_nobody)
{
    for (int legacy = 0; legacy < 2; legacy++) {
        h_world *w = h_new(1, legacy ? "hybrid" : "static-dhaad", MIP6_PROFILE_LITERAL);
        w->config[0].legacy = legacy;
        h_boot(w);
        h_bound(w, 0, 1);
        make_busy(w, 0);
        for (int i = 0; i < 70; i++) {
            h_report(w, 0, 1, 0, 0);
            h_wait(w, H_S);
        }
        cr_assert_eq(h_count(w, 0, MIP6_MSG_SWITCH), 0);
        cr_assert_eq(h_figures(w, 0).looks, 0);
        mip6_band band;
        mip6_ha_queue_band(w->ha[0], &band);
        cr_assert_eq(band.packets_high, UINT32_MAX);
        h_free_world(w);
    }
}
