/* The agent and RFC 5142's Home Agent Switch: what it sends, when again, and the node that does
 * not know the message.
 *
 *   RFC 5142 sections 5.1 to 5.3; PROTOCOL 10
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "ha_harness.h"

/* One agent that advertises load, busy, with ha 9 light: it moves the first that it may. */
static h_world *busy(mip6_profile profile, int handover)
{
    h_world *w = h_new(1, "hybrid", profile);
    w->tuning.switch_message = MIP6_SWITCH_HOME_AGENT;
    w->tuning.handover = handover;
    w->tuning.reg_timeout_max_ns = 2 * H_S;
    h_boot(w);
    h_bound(w, 0, 1);
    return w;
}

static void overload(h_world *w)
{
    h_report(w, 0, 9, 0, 0);
    h_queue(w, 0, (uint32_t)w->tuning.reference_packets, (uint64_t)w->tuning.reference_bytes);
}

/* Reported each two seconds, so that the light agent stays in the list. */
static void pass(h_world *w, int64_t ns)
{
    for (int64_t end = w->now + ns; w->now < end;) {
        h_report(w, 0, 9, 0, 0);
        h_run(w, end < w->now + 2 * H_S ? end : w->now + 2 * H_S);
    }
}

static int complain(h_world *w, uint8_t status, const mip6_addr *from)
{
    mip6_header h = {.src = *from, .dst = w->config[0].global};
    mip6_message msg = {.kind = MIP6_MSG_BE, .u.be = {.status = status}};
    return h_send(w, 0, NULL, &h, &msg);
}

Test(proto_ha_switch, names_the_target_behind_a_routing_header)
{
    h_world *w = busy(MIP6_PROFILE_SAFE, MIP6_HANDOVER_DEREGISTER);
    overload(w);
    pass(w, 4 * H_S);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_SWITCH), 0);
    const h_act *a = h_last(w, 0, MIP6_MSG_HAS);
    mip6_addr home = h_home(1), care_of = h_care_of(1), target = h_reporter(9);
    cr_assert(mip6_addr_equal(&a->h.src, &w->config[0].global));
    cr_assert(mip6_addr_equal(&a->h.dst, &care_of));
    cr_assert(a->h.has_final && mip6_addr_equal(&a->h.final, &home));
    cr_assert_eq(a->msg.u.has.n, 1);
    cr_assert(mip6_addr_equal(&a->msg.u.has.addresses[0], &target));
    cr_assert_not(a->msg.u.has.has_refresh, "it serves no longer than it must");
    h_free_world(w);
}

Test(proto_ha_switch, yield_gives_twelve_seconds)
{
    h_world *w = busy(MIP6_PROFILE_TUNED, MIP6_HANDOVER_YIELD);
    overload(w);
    pass(w, 8 * H_S);
    const h_act *a = h_last(w, 0, MIP6_MSG_HAS);
    cr_assert(a->msg.u.has.has_refresh);
    cr_assert_eq(a->msg.u.has.refresh_units, 3);
    h_free_world(w);
}

/* When each Home Agent Switch of the log went, in seconds after the first. */
static void resent_at(h_world *w, const int *seconds, size_t n)
{
    int64_t first = -1;
    size_t k = 0;
    for (size_t i = 0; i < w->n_log; i++) {
        const h_act *a = &w->log[i];
        if (a->action.kind != MIP6_ACTION_SEND || a->action.message != MIP6_MSG_HAS)
            continue;
        first = first < 0 ? a->at_ns : first;
        cr_assert_lt(k, n, "one more, after %g s", (double)(a->at_ns - first) / 1e9);
        cr_assert_eq(a->at_ns - first, seconds[k] * H_S, "%zu: after %g s", k,
                     (double)(a->at_ns - first) / 1e9);
        k++;
    }
    cr_assert_eq(k, n, "%zu of them", k);
}

/* After 5, 10 and 20 s; then the switch has failed, and 20 s later begins anew. */
Test(proto_ha_switch, resent_as_the_dhaad_reply_is)
{
    h_world *w = busy(MIP6_PROFILE_SAFE, MIP6_HANDOVER_DEREGISTER);
    overload(w);
    pass(w, 50 * H_S);
    resent_at(w, (const int[]){0, 5, 15, 35}, 4);
    h_free_world(w);
}

/* With 12 s of advice: not before half of them, or 5 s, whatever resend-first says. */
Test(proto_ha_switch, resending_waits_while_the_node_has_time)
{
    h_world *w = busy(MIP6_PROFILE_TUNED, MIP6_HANDOVER_YIELD);
    w->tuning.resend_first_ns = H_S;
    overload(w);
    pass(w, 31 * H_S);
    resent_at(w, (const int[]){0, 5, 10, 15, 24}, 5);
    h_free_world(w);
}

/* Without advice resend-first stands. */
Test(proto_ha_switch, resending_does_not_wait_without_advice)
{
    h_world *w = busy(MIP6_PROFILE_SAFE, MIP6_HANDOVER_DEREGISTER);
    w->tuning.resend_first_ns = H_S;
    overload(w);
    pass(w, 12 * H_S);
    resent_at(w, (const int[]){0, 1, 3, 7}, 4);
    h_free_world(w);
}

/* It is marked: no more are sent, it is served as before, and another node is moved instead. */
Test(proto_ha_switch, a_node_that_does_not_know_it)
{
    h_world *w = busy(MIP6_PROFILE_SAFE, MIP6_HANDOVER_DEREGISTER);
    overload(w);
    pass(w, 4 * H_S);
    mip6_addr care_of = h_care_of(1);
    cr_assert_eq(complain(w, 2, &care_of), 0);
    cr_assert_eq(h_last_trace(w, 0, MIP6_TRACE_HANDOFF_CLEARED)->code, MIP6_HANDOFF_UNKNOWN);
    cr_assert_eq(h_figures(w, 0).handoff_entries, 0);
    h_forget(w);
    pass(w, 60 * H_S);
    cr_assert_eq(h_register(w, 0, 1, 2), 0);
    cr_assert_eq(h_last(w, 0, MIP6_MSG_BA)->msg.u.ba.status, MIP6_STATUS_ACCEPTED);
    pass(w, 60 * H_S);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_HAS), 0);
    cr_assert_eq(h_register(w, 0, 2, 1), 0);
    pass(w, 10 * H_S);
    care_of = h_care_of(2);
    cr_assert(mip6_addr_equal(&h_last(w, 0, MIP6_MSG_HAS)->h.dst, &care_of));
    h_free_world(w);
}

/* In literal a switch is forgotten, and the binding is back in its order: it is taken out. */
Test(proto_ha_switch, a_node_that_does_not_know_it_where_switches_are_forgotten)
{
    h_world *w = busy(MIP6_PROFILE_LITERAL, MIP6_HANDOVER_DEREGISTER);
    overload(w);
    pass(w, 4 * H_S);
    cr_assert_gt(h_count(w, 0, MIP6_MSG_HAS), 1);
    mip6_addr care_of = h_care_of(1);
    cr_assert_eq(complain(w, 2, &care_of), 0);
    h_forget(w);
    pass(w, 100 * H_S);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_HAS), 0);
    h_free_world(w);
}

/* The complaint of somebody else, of another status, or without a cause, marks nobody. */
Test(proto_ha_switch, other_complaints_are_counted)
{
    h_world *w = busy(MIP6_PROFILE_SAFE, MIP6_HANDOVER_DEREGISTER);
    mip6_addr care_of = h_care_of(1), other = h_care_of(2);
    cr_assert_eq(complain(w, 2, &care_of), MIP6_ERR_IGNORED, "nothing was sent to it yet");
    overload(w);
    pass(w, 4 * H_S);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_HAS), 1);
    cr_assert_eq(complain(w, 1, &care_of), MIP6_ERR_IGNORED);
    cr_assert_eq(complain(w, 2, &other), MIP6_ERR_IGNORED);
    cr_assert_eq(h_figures(w, 0).drops[MIP6_DROP_NOT_ACCEPTED], 3);
    pass(w, 6 * H_S);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_HAS), 2, "it is resent");
    h_free_world(w);
}

/* The node has moved: the resend goes to its new address, and so does the mark. */
Test(proto_ha_switch, the_complaint_comes_from_where_the_last_one_went)
{
    h_world *w = busy(MIP6_PROFILE_SAFE, MIP6_HANDOVER_DEREGISTER);
    overload(w);
    pass(w, 4 * H_S);
    h_bu b = {.home = h_home(1), .care_of = h_care_of(77), .sequence = 2, .lifetime_units = 30};
    h_update(w, 0, &b);     /* accepted, and the same target again */
    mip6_addr old = h_care_of(1), care_of = h_care_of(77);
    cr_assert(mip6_addr_equal(&h_last(w, 0, MIP6_MSG_HAS)->h.dst, &care_of));
    cr_assert_eq(complain(w, 2, &old), MIP6_ERR_IGNORED);
    cr_assert_eq(complain(w, 2, &care_of), 0);
    h_free_world(w);
}

/* The same message from an agent to an agent is nothing. */
Test(proto_ha_switch, an_agent_is_nobodys_node)
{
    h_world *w = busy(MIP6_PROFILE_SAFE, MIP6_HANDOVER_DEREGISTER);
    mip6_addr target = h_reporter(9);
    mip6_header h = {.src = h_reporter(8), .dst = w->config[0].global};
    mip6_message msg = {.kind = MIP6_MSG_HAS, .u.has = {.n = 1, .addresses = &target}};
    cr_assert_eq(h_send(w, 0, NULL, &h, &msg), MIP6_ERR_IGNORED);
    cr_assert_eq(h_figures(w, 0).drops[MIP6_DROP_NOT_ACCEPTED], 1);
    h_free_world(w);
}

/* ---- Leaving ---------------------------------------------------------------------------- */

/* `n` nodes at agent 0, which is told to stop; agents 8 and 9 are scripts that report a load. */
static h_world *leaving(uint32_t n, int handover)
{
    h_world *w = h_new(1, "hybrid", MIP6_PROFILE_SAFE);
    w->tuning.handover = handover;
    h_boot(w);
    h_report(w, 0, 8, 0, 0);
    h_report(w, 0, 9, 0, 0);
    for (uint32_t i = 1; i <= n; i++)
        h_register(w, 0, i, 1);
    h_wait(w, H_S);
    cr_assert_eq(h_figures(w, 0).mn_count, n);
    h_forget(w);
    mip6_ha_stop(w->ha[0], w->now);
    h_settle(w);
    return w;
}

/* Agents 8 and 9 go on reporting. */
static void go_on(h_world *w, int64_t ns)
{
    for (int64_t end = w->now + ns; w->now < end;) {
        h_report(w, 0, 8, 0, 0);
        h_report(w, 0, 9, 0, 0);
        h_run(w, end < w->now + 2 * H_S ? end : w->now + 2 * H_S);
    }
}

static unsigned last_lifetime(h_world *w)
{
    return h_last(w, 0, MIP6_MSG_RA)->msg.u.ra.router_lifetime_s;
}

/* 60 nodes in 30 s: one each half second, evenly to both others; it neither reports its load nor
 * says goodbye before. */
Test(proto_ha_switch, leaving_tells_all_at_a_steady_rate)
{
    h_world *w = leaving(60, MIP6_HANDOVER_DEREGISTER);
    int64_t begun = w->now;
    go_on(w, 30 * H_S);
    uint32_t told = 0, to_8 = 0;
    bool of[61] = {false};
    mip6_addr eight = h_reporter(8);
    for (size_t i = 0; i < w->n_log; i++) {
        const h_act *a = &w->log[i];
        if (a->action.kind != MIP6_ACTION_SEND || a->action.message != MIP6_MSG_HAS)
            continue;
        uint32_t node = mip6_get32(a->h.final.b + 12);
        if (of[node])
            continue;       /* resent */
        of[node] = true;
        cr_assert_eq(a->at_ns, begun + told * H_S / 2);
        to_8 += mip6_addr_equal(&a->msg.u.has.addresses[0], &eight);
        told++;
    }
    cr_assert_eq(told, 60);
    cr_assert(to_8 >= 25 && to_8 <= 35, "%u to one of two", to_8);
    cr_assert_gt(last_lifetime(w), 0);
    cr_assert_not(h_last(w, 0, MIP6_MSG_RA)->msg.u.ra.has_load);
    cr_assert_eq(h_traced(w, 0, MIP6_TRACE_DECISION), 0, "no policy decided this");
    cr_assert_eq(mip6_ha_stopped_ns(w->ha[0]), MIP6_NEVER);
    h_free_world(w);
}

/* All have gone: the last word at once. */
Test(proto_ha_switch, leaving_ends_with_the_last_node)
{
    h_world *w = leaving(3, MIP6_HANDOVER_DEREGISTER);
    go_on(w, 25 * H_S);
    for (uint32_t i = 1; i <= 2; i++)
        h_deregister(w, 0, i, 2);
    cr_assert_eq(h_last(w, 0, MIP6_MSG_BA)->msg.u.ba.status, 0);
    cr_assert_gt(last_lifetime(w), 0);
    h_deregister(w, 0, 3, 2);
    cr_assert_eq(last_lifetime(w), 0);
    cr_assert_eq(mip6_ha_stopped_ns(w->ha[0]), w->now);
    cr_assert_eq(h_register(w, 0, 4, 1), MIP6_ERR_IGNORED, "it serves no more");
    h_free_world(w);
}

/* After 5, 10, 20 s and each 20 s, until the binding ends at 119 s. */
Test(proto_ha_switch, leaving_repeats_while_the_binding_lives)
{
    h_world *w = leaving(1, MIP6_HANDOVER_DEREGISTER);
    go_on(w, 118 * H_S);
    resent_at(w, (const int[]){0, 5, 15, 35, 55, 75, 95, 115}, 8);
    cr_assert_gt(last_lifetime(w), 0);
    go_on(w, 2 * H_S);
    cr_assert_eq(last_lifetime(w), 0);
    h_free_world(w);
}

/* A refresh is refused once its node was told, accepted before; new nodes are refused. */
Test(proto_ha_switch, leaving_refuses)
{
    h_world *w = leaving(2, MIP6_HANDOVER_DEREGISTER);
    go_on(w, H_S);
    mip6_addr told = h_last(w, 0, MIP6_MSG_HAS)->h.final;
    uint32_t first = mip6_get32(told.b + 12), second = 3 - first;
    h_register(w, 0, first, 2);
    cr_assert_eq(h_last(w, 0, MIP6_MSG_BA)->msg.u.ba.status, MIP6_STATUS_PROHIBITED);
    h_register(w, 0, second, 2);
    cr_assert_eq(h_last(w, 0, MIP6_MSG_BA)->msg.u.ba.status, MIP6_STATUS_ACCEPTED);
    h_register(w, 0, 7, 1);
    cr_assert_eq(h_last(w, 0, MIP6_MSG_BA)->msg.u.ba.status, MIP6_STATUS_PROHIBITED);
    go_on(w, 15 * H_S);
    h_register(w, 0, second, 3);
    cr_assert_eq(h_last(w, 0, MIP6_MSG_BA)->msg.u.ba.status, MIP6_STATUS_PROHIBITED);
    h_free_world(w);
}

/* Balancing by the same message goes on accepting. */
Test(proto_ha_switch, balancing_accepts_a_refresh)
{
    h_world *w = busy(MIP6_PROFILE_SAFE, MIP6_HANDOVER_DEREGISTER);
    overload(w);
    pass(w, 4 * H_S);
    h_register(w, 0, 1, 2);
    cr_assert_eq(h_last(w, 0, MIP6_MSG_BA)->msg.u.ba.status, MIP6_STATUS_ACCEPTED);
    h_free_world(w);
}

/* Nodes that do not know the message are told once and left to find out; nobody waits for them. */
Test(proto_ha_switch, leaving_does_not_wait_for_those_who_do_not_know_it)
{
    h_world *w = leaving(2, MIP6_HANDOVER_DEREGISTER);
    mip6_addr one = h_care_of(1), two = h_care_of(2);
    go_on(w, 16 * H_S);
    cr_assert_eq(complain(w, 2, &one), 0);
    cr_assert_gt(last_lifetime(w), 0);
    h_register(w, 0, 1, 2);
    cr_assert_eq(h_last(w, 0, MIP6_MSG_BA)->msg.u.ba.status, MIP6_STATUS_PROHIBITED);
    cr_assert_eq(complain(w, 2, &two), 0);
    cr_assert_eq(last_lifetime(w), 0);
    cr_assert_eq(h_figures(w, 0).mn_count, 0, "given back");
    h_free_world(w);
}

/* A node that was refused chooses for itself: whatever agent it is, the address is not defended. */
Test(proto_ha_switch, leaving_yields_to_every_agent)
{
    h_world *w = leaving(1, MIP6_HANDOVER_DEREGISTER);
    go_on(w, H_S);
    mip6_addr home = h_home(1), target = h_last(w, 0, MIP6_MSG_HAS)->msg.u.has.addresses[0];
    mip6_addr eight = h_reporter(8);
    mip6_lladdr other = {{2, 0, 0, 0, 2, mip6_addr_equal(&target, &eight) ? 9 : 8}};
    mip6_lladdr stranger = {{2, 0, 0, 0, 7, 7}};
    h_forget(w);
    h_probe(w, 0, &home, &stranger);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_NA), 1, "it defends it against others");
    h_probe(w, 0, &home, &other);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_NA), 1);
    h_override_na(w, 0, &home, &other);
    mip6_binding_info info;
    cr_assert(h_find(w, 0, 1, &info) && info.draining);
    cr_assert_gt(h_count(w, 0, MIP6_MSG_RA) ? last_lifetime(w) : 9, 0, "what is on its way");
    go_on(w, 10 * H_S);
    cr_assert_eq(last_lifetime(w), 0);
    h_free_world(w);
}

/* With yield the node gets twelve seconds to make the other binding first. */
Test(proto_ha_switch, leaving_with_yield)
{
    h_world *w = leaving(1, MIP6_HANDOVER_YIELD);
    go_on(w, H_S);
    cr_assert_eq(h_last(w, 0, MIP6_MSG_HAS)->msg.u.has.refresh_units, 3);
    h_free_world(w);
}

/* The target dies: the node is told of the other one. */
Test(proto_ha_switch, leaving_tells_anew_where_a_target_is_gone)
{
    h_world *w = leaving(1, MIP6_HANDOVER_DEREGISTER);
    h_run(w, w->now + H_MS);
    mip6_addr target = h_last(w, 0, MIP6_MSG_HAS)->msg.u.has.addresses[0], eight = h_reporter(8);
    uint8_t alive = mip6_addr_equal(&target, &eight) ? 9 : 8;
    mip6_addr other = h_reporter(alive);
    for (int i = 0; i < 45; i++) {
        h_report(w, 0, alive, 0, 0);
        h_wait(w, H_S);
    }
    target = h_last(w, 0, MIP6_MSG_HAS)->msg.u.has.addresses[0];
    cr_assert(mip6_addr_equal(&target, &other));
    h_free_world(w);
}

/* To the lightest: the draft's ordering. */
Test(proto_ha_switch, leaving_sends_to_the_lightest)
{
    static const struct {
        uint16_t queue_8, count_8, queue_9, count_9;
        uint8_t lightest;
    } cases[] = {
        {60000, 1, 100, 50, 9},         /* below LIGHT before not */
        {100, 50, 200, 49, 9},          /* both below: the smaller count */
        {60000, 1, 50000, 50, 9},       /* neither: the smaller queue */
        {50000, 50, 60000, 1, 8},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        h_world *w = h_new(1, "hybrid", MIP6_PROFILE_SAFE);
        h_boot(w);
        h_bound(w, 0, 1);
        h_report(w, 0, 8, cases[i].queue_8, cases[i].count_8);
        h_report(w, 0, 9, cases[i].queue_9, cases[i].count_9);
        h_forget(w);
        mip6_ha_stop(w->ha[0], w->now);
        h_wait(w, H_MS);
        mip6_addr expected = h_reporter(cases[i].lightest);
        cr_assert(mip6_addr_equal(&h_last(w, 0, MIP6_MSG_HAS)->msg.u.has.addresses[0], &expected),
                  "case %zu", i);
        h_free_world(w);
    }
}

/* Between two reports what was sent counts: 40 nodes within one second go half to each, though one
 * was lighter by a node at its report. */
Test(proto_ha_switch, leaving_counts_what_it_has_sent)
{
    h_world *w = h_new(1, "hybrid", MIP6_PROFILE_SAFE);
    w->tuning.drain_ns = H_S;
    h_boot(w);
    for (uint32_t i = 1; i <= 40; i++)
        h_register(w, 0, i, 1);
    h_wait(w, H_S);
    h_report(w, 0, 8, 0, 4);
    h_report(w, 0, 9, 0, 5);
    h_forget(w);
    mip6_ha_stop(w->ha[0], w->now);
    h_wait(w, H_S);
    mip6_addr eight = h_reporter(8);
    unsigned told = 0, to_8 = 0;
    for (size_t i = 0; i < w->n_log; i++) {
        const h_act *a = &w->log[i];
        if (a->action.kind != MIP6_ACTION_SEND || a->action.message != MIP6_MSG_HAS)
            continue;
        told++;
        to_8 += mip6_addr_equal(&a->msg.u.has.addresses[0], &eight);
    }
    cr_assert_eq(told, 40);
    cr_assert(to_8 == 20 || to_8 == 21, "%u", to_8);
    h_free_world(w);
}

/* However busy it is: its policy is not asked any more. */
Test(proto_ha_switch, leaving_does_not_balance)
{
    h_world *w = busy(MIP6_PROFILE_SAFE, MIP6_HANDOVER_DEREGISTER);
    h_register(w, 0, 2, 1);
    h_wait(w, H_S);
    h_report(w, 0, 9, 0, 0);
    mip6_ha_stop(w->ha[0], w->now);
    h_forget(w);
    overload(w);
    pass(w, 10 * H_S);
    cr_assert_eq(h_traced(w, 0, MIP6_TRACE_DECISION), 0);
    h_free_world(w);
}

/* Nowhere to go, nobody to tell, or drain-time = 0: it says goodbye at once. */
Test(proto_ha_switch, leaving_at_once)
{
    for (int i = 0; i < 4; i++) {
        h_world *w = h_new(1, "hybrid", MIP6_PROFILE_SAFE);
        w->tuning.drain_ns = i == 0 ? 0 : 30 * H_S;
        w->config[0].legacy = i == 1;
        h_boot(w);
        if (i != 2)
            h_report(w, 0, 9, 0, 0);
        if (i != 3)
            h_bound(w, 0, 1);
        h_forget(w);
        mip6_ha_stop(w->ha[0], w->now);
        h_settle(w);
        cr_assert_eq(last_lifetime(w), 0, "case %d", i);
        cr_assert_eq(h_count(w, 0, MIP6_MSG_HAS), 0);
        cr_assert_eq(mip6_ha_stopped_ns(w->ha[0]), w->now);
        h_free_world(w);
    }
}

/* A second stop does not wait. */
Test(proto_ha_switch, leaving_cut_short)
{
    h_world *w = leaving(100, MIP6_HANDOVER_DEREGISTER);
    go_on(w, H_S);
    mip6_ha_stop(w->ha[0], w->now);
    h_settle(w);
    cr_assert_eq(last_lifetime(w), 0);
    h_forget(w);
    h_wait(w, 100 * H_S);
    cr_assert_eq(h_actions(w, 0, MIP6_ACTION_SEND, NULL), 0, "not a word more");
    h_free_world(w);
}

/* The table's bound is no reason to stay silent: those that have gone make room. */
Test(proto_ha_switch, leaving_with_a_full_table)
{
    h_world *w = h_new(1, "hybrid", MIP6_PROFILE_SAFE);
    w->tuning.handoff_bound = 2;
    h_boot(w);
    h_report(w, 0, 9, 0, 0);
    for (uint32_t i = 1; i <= 6; i++)
        h_register(w, 0, i, 1);
    h_wait(w, H_S);
    mip6_ha_stop(w->ha[0], w->now);
    for (int i = 0; i < 60; i++) {
        h_report(w, 0, 9, 0, 0);
        h_wait(w, H_S);
        if (h_count(w, 0, MIP6_MSG_HAS) > 0) {
            mip6_addr home = h_last(w, 0, MIP6_MSG_HAS)->h.final;
            h_deregister(w, 0, mip6_get32(home.b + 12), 2);
            h_forget(w);
        }
    }
    cr_assert_neq(mip6_ha_stopped_ns(w->ha[0]), MIP6_NEVER);
    h_free_world(w);
}

/* Many nodes: no instant tells more than one, or gives back more than a lot. */
Test(proto_ha_switch, leaving_costs_no_instant_all_nodes)
{
    enum { NODES = 3000 };
    h_world *w = h_new(1, "hybrid", MIP6_PROFILE_SAFE);
    h_boot(w);
    h_report(w, 0, 9, 0, 0);
    for (uint32_t i = 1; i <= NODES; i++) {
        h_register(w, 0, i, 1);
        h_forget(w);
        if (i % 100 == 0)
            h_wait(w, H_MS);
    }
    for (int i = 0; i < 1000; i++) {
        h_wait(w, H_MS);
        h_forget(w);
    }
    cr_assert_eq(h_figures(w, 0).mn_count, NODES);
    h_report(w, 0, 9, 0, 0);
    mip6_ha_stop(w->ha[0], w->now);
    h_settle(w);
    size_t most = 0, told = 0;
    for (int i = 0; i < 3000; i++) {    /* the first three seconds of thirty */
        h_forget(w);
        h_run(w, w->now + H_MS);
        size_t now = h_count(w, 0, MIP6_MSG_HAS);
        most = now > most ? now : most;
        told += now;
    }
    cr_assert_eq(most, 1);
    cr_assert(told >= 299 && told <= 301, "%zu", told);
    h_forget(w);
    mip6_ha_stop(w->ha[0], w->now);
    h_settle(w);
    cr_assert_eq(h_actions(w, 0, MIP6_ACTION_TUNNEL_GONE, NULL), MIP6_HA_GIVE_BACK);
    for (int i = 0; i < 20; i++) {
        h_forget(w);
        h_run(w, w->now + H_MS);
        cr_assert_leq(h_actions(w, 0, MIP6_ACTION_TUNNEL_GONE, NULL), MIP6_HA_GIVE_BACK);
    }
    cr_assert_eq(h_figures(w, 0).mn_count, 0);
    h_free_world(w);
}

/* ---- A target that dies ------------------------------------------------------------------- */

static void goodbye(h_world *w, uint8_t who)
{
    mip6_lladdr ll = {{2, 0, 0, 0, 2, who}};
    mip6_header h = {.src = mip6_addr_link_local(&ll), .dst = mip6_addr_all_nodes(),
                     .hop_limit = 255};
    mip6_message msg = {.kind = MIP6_MSG_RA, .u.ra = {.flags = MIP6_RA_HOME_AGENT}};
    h_send(w, 0, &ll, &h, &msg);
}

/* `n` nodes at agent 0, which tells one each millisecond; all are told, in turn of 8 and 9. */
static h_world *told_all(uint32_t n)
{
    h_world *w = h_new(1, "hybrid", MIP6_PROFILE_SAFE);
    w->tuning.drain_ns = n * H_MS;
    h_boot(w);
    h_report(w, 0, 8, 0, 0);
    h_report(w, 0, 9, 0, 0);
    for (uint32_t i = 1; i <= n; i++) {
        h_register(w, 0, i, 1);
        h_wait(w, i % 100 == 0 ? H_MS : 0);
        h_forget(w);
    }
    for (int i = 0; i < 1000; i++) {
        h_wait(w, H_MS);
        h_forget(w);
    }
    mip6_ha_stop(w->ha[0], w->now);
    for (uint32_t i = 0; i < n + 10; i++) {
        h_forget(w);
        h_wait(w, H_MS);
    }
    h_forget(w);
    cr_assert_eq(h_figures(w, 0).handoff_entries, n);
    return w;
}

/* No instant clears more than a lot, yet all of its entries are none from the start, and stay so
 * where the agent comes back at once. */
static void target_dies(uint32_t n)
{
    h_world *w = told_all(n);
    uint32_t to_9 = w->ha[0]->targets->n, cleared = 0;
    mip6_addr nine = h_reporter(9);
    if (!mip6_addr_equal(&w->ha[0]->targets->address, &nine))
        to_9 = n - to_9;
    cr_assert(to_9 > n / 3 && to_9 < n - n / 3, "%u of %u", to_9, n);
    goodbye(w, 9);
    cr_assert_eq(h_figures(w, 0).handoff_entries, n - to_9);
    h_report(w, 0, 9, 0, 0);
    cr_assert_eq(h_figures(w, 0).handoff_entries, n - to_9);
    for (int i = 0; i < 20; i++) {
        size_t now = h_traced(w, 0, MIP6_TRACE_HANDOFF_CLEARED);
        cr_assert_leq(now, MIP6_HA_GIVE_BACK, "%zu in one step", now);
        for (size_t k = 0; k < w->n_traces; k++)
            cr_assert(w->traces[k].t.kind != MIP6_TRACE_HANDOFF_CLEARED ||
                      (w->traces[k].t.code == MIP6_HANDOFF_TARGET_GONE &&
                       mip6_addr_equal(&w->traces[k].t.peer, &nine)));
        cleared += (uint32_t)now;
        h_forget(w);
        h_wait(w, H_MS);
    }
    cr_assert_eq(cleared, to_9);
    cr_assert_eq(w->ha[0]->n_gone, 0);
    cr_assert_null(w->ha[0]->gone_targets);
    h_free_world(w);
}

Test(proto_ha_switch, a_target_that_dies_costs_no_instant_all_nodes)
{
    target_dies(60);
    target_dies(3000);
}

/* In the time until its entry is cleared a node is one that was not told: its refresh is taken, its
 * complaint is nobody's, nothing is resent, and it is told of another. */
Test(proto_ha_switch, an_entry_whose_target_is_gone_is_none)
{
    enum { NODES = 2000 };
    h_world *w = told_all(NODES);
    mip6_addr nine = h_reporter(9);
    goodbye(w, 9);
    mip6_target *t = w->ha[0]->gone_targets;
    cr_assert(t && mip6_addr_equal(&t->address, &nine) && t->n > 500);
    uint32_t node = mip6_get32(t->last->node.key.b + 12), other;
    other = mip6_get32(t->last->same_prev->node.key.b + 12);
    h_register(w, 0, node, 2);
    cr_assert_eq(h_last(w, 0, MIP6_MSG_BA)->msg.u.ba.status, MIP6_STATUS_ACCEPTED);
    mip6_addr care_of = h_care_of(other);
    cr_assert_eq(complain(w, 2, &care_of), MIP6_ERR_IGNORED);
    mip6_addr home = h_home(node);
    cr_assert_null(mip6_ha_handoff(w->ha[0], &home));
    mip6_handoff *e;
    mip6_addr eight = h_reporter(8);
    cr_assert_eq(mip6_ha_handoff_set(w->ha[0], &home, &eight, &e), 0);
    cr_assert_eq(mip6_ha_handoff(w->ha[0], &home), e);
    h_forget(w);
    for (int i = 0; i < 20; i++) {
        h_wait(w, H_MS);
        h_forget(w);
    }
    cr_assert_eq(mip6_ha_handoff(w->ha[0], &home), e, "cleared with those of the one before");
    h_free_world(w);
}

/* What the one before has not answered is neither resent nor owed by the one that came back, and
 * who is told anew before the entry is cleared may complain. */
Test(proto_ha_switch, an_entry_whose_target_is_gone_waits_for_nobody)
{
    enum { NODES = 2000 };
    h_world *w = told_all(NODES);
    mip6_ha *ha = w->ha[0];
    goodbye(w, 9);
    h_report(w, 0, 9, 0, 0);
    mip6_addr nine = h_reporter(9);
    mip6_peer *back = &ha->peers[mip6_ha_peer_of(ha, &nine)];
    cr_assert_eq(back->unanswered, 0);
    mip6_ha_peer_unanswered(ha, &nine, 5);
    mip6_handoff *resent = ha->gone_targets->last, *again = resent->same_prev, *e;
    mip6_addr home = again->node.key, care_of = h_care_of(mip6_get32(home.b + 12));
    cr_assert(resent->waiting && again->waiting);
    mip6_timer_set(&ha->resend_timers, &resent->timer, w->now + 1);
    mip6_ha_update_next(ha);
    cr_assert_eq(mip6_ha_handoff_set(ha, &home, &nine, &e), 0);
    mip6_ha_push_switch(ha, e, &care_of);
    cr_assert_eq(complain(w, 2, &care_of), 0);
    h_forget(w);
    h_run(w, w->now + 1);
    cr_assert_eq(h_traced(w, 0, MIP6_TRACE_SWITCH_UNANSWERED), 0);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_HAS), 0);
    h_forget(w);
    for (int i = 0; i < 20; i++) {
        h_wait(w, H_MS);
        h_forget(w);
    }
    const mip6_target *t = ha->targets;     /* of those told anew */
    while (!mip6_addr_equal(&t->address, &nine))
        t = t->next;
    cr_assert_eq(back->unanswered, 5 + t->waiting);
    h_free_world(w);
}

/* Where the table is full those whose target is gone make room. */
Test(proto_ha_switch, an_entry_whose_target_is_gone_makes_room)
{
    enum { NODES = 1200 };
    h_world *w = told_all(NODES);
    goodbye(w, 9);
    mip6_target *t = w->ha[0]->gone_targets;
    cr_assert(t && t->n > 200);
    w->ha[0]->handoff_pool.limit = w->ha[0]->handoff_pool.in_use;
    mip6_addr home = h_home(NODES + 1), eight = h_reporter(8);
    mip6_handoff *e;
    cr_assert_eq(mip6_ha_handoff_set(w->ha[0], &home, &eight, &e), 0);
    cr_assert_eq(h_figures(w, 0).handoff_full, 0);
    h_free_world(w);
}
