/* models/world: whole runs, small and short.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <glib/gstdio.h>
#include <math.h>

#include "world_fixture.h"

#define SMALL \
    "[scenario]\nduration = 30 s\nwarm-up = 12 s\n" \
    "[home-agents]\ncount = 3\ncapacity = 2 Mbit/s\n" \
    "[mobile-nodes]\ncount = 12\n" \
    "[correspondents]\ncount = 2\n" \
    "[mobility]\nmodel = random-waypoint\n"

#define LOAD "[traffic]\nmodel = poisson\nload = 50 %\npacket-size = 500 B\ndirection = both\n"

static void sums_hold(const tally_sink *t)
{
    double sent = tally_metric_of(t, "sent_packets");
    cr_assert_eq(sent, tally_metric_of(t, "delivered_packets") +
                           tally_metric_of(t, "lost_packets") +
                           tally_metric_of(t, "in_flight_packets"));
    /* Losses by cause are of the whole run, the figures of what was sent after the warm-up. */
    cr_assert_geq((double)t->application_lost, tally_metric_of(t, "lost_packets"));
    cr_assert_geq(t->lost, t->application_lost);
}

Test(models_world, every_node_registers_and_packets_arrive)
{
    tally_sink t;
    char fp[33];
    tally_init(&t);
    cr_assert_eq(run_text(SMALL LOAD, 1, &t, fp), SIM_STOP_END);
    sums_hold(&t);
    cr_assert_eq(tally_metric_of(&t, "registered_at_end"), 12);
    /* 500 B of 6 Mbit/s at 50 %, mean of 500 and 540 B in the queue, for 18 s. */
    double expected = 0.5 * 6e6 / (8 * 520) * 18;
    cr_assert_float_eq(tally_metric_of(&t, "sent_packets"), expected, 0.05 * expected);
    cr_assert_gt(tally_metric_of(&t, "delivered_packets"),
                 0.95 * tally_metric_of(&t, "sent_packets"));
    cr_assert_eq(t.samples, 3 * 30);
    cr_assert_lt(t.last_sample_ns, 30 * SIM_SECOND_NS);
    cr_assert_gt(t.fingerprints, 0);
    cr_assert_gt(t.signalling, 12 * 2);
    tally_clear(&t);
}

Test(models_world, the_same_run_twice_has_one_fingerprint)
{
    char a[33], b[33], c[33];
    run_text(SMALL LOAD, 1, NULL, a);
    run_text(SMALL LOAD, 1, NULL, b);
    run_text(SMALL LOAD, 2, NULL, c);
    cr_assert_str_eq(a, b);
    cr_assert_str_neq(a, c);
}

Test(models_world, the_order_of_groups_is_nothing)
{
    char a[33], b[33];
    run_text(SMALL LOAD "[policy]\nname = hybrid\n", 1, NULL, a);
    run_text("[policy]\nname = hybrid\n" LOAD
             "[mobility]\nmodel = random-waypoint\n[correspondents]\ncount = 2\n"
             "[mobile-nodes]\ncount = 12\n[home-agents]\ncapacity = 2 Mbit/s\ncount = 3\n"
             "[scenario]\nwarm-up = 12 s\nduration = 30 s\n", 1, NULL, b);
    cr_assert_str_eq(a, b);
}

/* A node more, which starts when the run is over: every rank shifts, no trace does. */
Test(models_world, an_idle_node_more_changes_nothing)
{
    char a[33], b[33];
    const char *base = "[scenario]\nduration = 30 s\n[home-agents]\ncount = 3\n"
                       "capacity = 2 Mbit/s\n[mobility]\nmodel = random-waypoint\n" LOAD
                       "[policy]\nname = hybrid\n[mobile-nodes]\ncount = 12\n";
    g_autofree char *more = g_strconcat(
        base, "crowd = 1\ncrowd-start = 29.999 s\ncrowd-window = 1 h\n", NULL);
    run_text(base, 1, NULL, a);
    run_text(more, 1, NULL, b);
    cr_assert_str_eq(a, b);
}

Test(models_world, seeds_of_traffic_and_decisions_are_their_own)
{
    char a[33], b[33], c[33];
    const char *same = "[scenario]\nduration = 20 s\n" LOAD;
    const char *traffic = "[scenario]\nduration = 20 s\ntraffic-seed = 7\n" LOAD;
    const char *ones = "[scenario]\nduration = 20 s\ntraffic-seed = 1\ndecision-seed = 1\n" LOAD;
    run_text(same, 1, NULL, a);
    run_text(traffic, 1, NULL, b);
    run_text(ones, 1, NULL, c);
    cr_assert_str_neq(a, b);
    cr_assert_str_eq(a, c);
}

/* Common random numbers: what is sent does not depend on who carries it. */
Test(models_world, policies_see_the_same_arrivals)
{
    static const char *const policies[] = {"static-dhaad", "hybrid"};
    double sent[2];
    int64_t tunnelled[2];
    for (int i = 0; i < 2; i++) {
        tally_sink t;
        char fp[33];
        g_autofree char *text = g_strdup_printf(
            SMALL "[traffic]\nmodel = pareto\nload = 70 %%\nrates = zipf\npacket-size = 500 B\n"
            "direction = both\n[policy]\nname = %s\n", policies[i]);
        tally_init(&t);
        run_text(text, 5, &t, fp);
        sent[i] = tally_metric_of(&t, "sent_packets");
        tunnelled[i] = t.tunnelled;
        tally_clear(&t);
    }
    cr_assert_gt(sent[0], 1000);
    cr_assert_eq(sent[0], sent[1]);
    cr_assert_neq(tunnelled[0], tunnelled[1]);
}

Test(models_world, agents_fail_come_back_and_join)
{
    tally_sink t;
    char fp[33];
    tally_init(&t);
    run_text("[scenario]\nduration = 60 s\n"
             "[home-agents]\nnames = ha_east_1, it's, west\ncapacity = 3 Mbit/s\n"
             "[home-agent it's]\nfail = 20 s, 50 s\nrecover = 30 s\n"
             "[home-agent west]\njoin = 15 s\n"
             "[mobile-nodes]\ncount = 20\nlifetime = 20 s\ncrowd = 5\ncrowd-start = 40 s\n"
             "[mobility]\nmodel = exponential-sojourn\nmean-sojourn = 20 s\n"
             LOAD "[policy]\nname = hybrid\n", 3, &t, fp);
    sums_hold(&t);
    cr_assert_eq(tally_kind(&t, "agent-failed"), 2);
    cr_assert_eq(tally_kind(&t, "agent-recovered"), 1);
    cr_assert_eq(tally_kind(&t, "agent-joined"), 1);
    cr_assert_gt(t.decisions, 0);
    tally_clear(&t);
}

/* Nodes go home and leave again: what they register at home must not make agents and router
 * pass packets round until their hop limit is gone. */
/* In good order: the others know at once, and the node finds the other agent. */
Test(models_world, an_agent_leaves_and_comes_back)
{
    char fp[33];
    tally_sink t;
    tally_init(&t);
    run_text("[scenario]\nduration = 120 s\n[home-agents]\ncount = 2\n[home-agent ha1]\n"
             "fail = 10 s, 50 s\nrecover = 45 s, 90 s\nfailure = leave\n"
             "[mobile-nodes]\ncount = 4\n[traffic]\nmodel = cbr\nload = 10 %\n", 1, &t, fp);
    cr_assert_eq(tally_kind(&t, "agent-left"), 2);
    cr_assert_eq(tally_kind(&t, "agent-failed"), 0);
    cr_assert_eq(tally_kind(&t, "agent-recovered"), 2);
    tally_clear(&t);
}

Test(models_world, nodes_go_home_and_leave)
{
    tally_sink t;
    char fp[33];
    tally_init(&t);
    run_text("[scenario]\nduration = 120 s\n[home-agents]\ncount = 2\n"
             "[mobile-nodes]\ncount = 8\n[access]\nhome-cell = 1\nrouters = 4\n"
             "[mobility]\nmodel = exponential-sojourn\nmean-sojourn = 15 s\n"
             "[traffic]\nmodel = cbr\nrate = 800 kbit/s\ndirection = both\n", 1, &t, fp);
    sums_hold(&t);
    cr_assert_gt(tally_metric_of(&t, "registered_at_end"), 6);
    cr_assert_gt(tally_metric_of(&t, "delivered_packets"),
                 0.8 * tally_metric_of(&t, "sent_packets"));
    tally_clear(&t);
}

/* Home tests come to the node out of its tunnel; from then on agents see nothing. */
/* 2,000 node-seconds after the warm-up at one change in 5 s; none without movement. */
Test(models_world, changes_of_cell_are_counted_after_the_warm_up)
{
    tally_sink t;
    char fp[33];
    tally_init(&t);
    run_text("[scenario]\nduration = 50 s\nwarm-up = 30 s\n[mobile-nodes]\ncount = 100\n"
             "[mobility]\nmodel = exponential-sojourn\nmean-sojourn = 5 s\n"
             "[traffic]\nload = 0 %\n", 1, &t, fp);
    cr_assert_float_eq(tally_metric_of(&t, "handovers_per_mn_hour"), 720, 4 * 720 / sqrt(400));
    tally_clear(&t);
    tally_init(&t);
    run_text("[mobility]\nmodel = static\n", 1, &t, fp);
    cr_assert_eq(tally_metric_of(&t, "handovers_per_mn_hour"), 0);
    tally_clear(&t);
}

Test(models_world, optimised_routes_pass_by_the_agents)
{
    tally_sink t, plain;
    char fp[33];
    const char *base = "[scenario]\nduration = 60 s\nwarm-up = 20 s\n"
                       "[mobility]\nmodel = exponential-sojourn\nmean-sojourn = 30 s\n"
                       "[traffic]\nmodel = cbr\nrate = 1 Mbit/s\ndirection = both\n"
                       "[correspondents]\ncount = 2\nroute-optimise = 100 %\n";
    g_autofree char *text = g_strconcat(base, "[mobile-nodes]\nroute-optimise = 100 %\n", NULL);
    tally_init(&t);
    tally_init(&plain);
    run_text(text, 1, &t, fp);
    run_text(base, 1, &plain, fp);
    sums_hold(&t);
    cr_assert_gt(t.tunnelled, 0);
    cr_assert_lt(t.tunnelled, plain.tunnelled / 3);
    cr_assert_gt(tally_metric_of(&t, "delivered_packets"),
                 0.9 * tally_metric_of(&t, "sent_packets"));
    tally_clear(&t);
    tally_clear(&plain);
}

/* PROTOCOL 5: by the letter of the draft the old agent defends the address. */
Test(models_world, the_draft_to_the_letter_fails_with_dad_and_works_without)
{
    const char *base = "[scenario]\nduration = 60 s\n[home-agents]\ncount = 3\n"
                       "[mobile-nodes]\ncount = 20\n[mobility]\nmodel = static\n"
                       "[traffic]\nmodel = cbr\nload = 0 %\n"
                       "[policy]\nname = hybrid\nprofile = literal\n";
    g_autofree char *without = g_strconcat(base, "[home-link]\ndad = off\n", NULL);
    tally_sink t;
    char fp[33];
    tally_init(&t);
    run_text(base, 1, &t, fp);
    cr_assert_gt(tally_metric_of(&t, "failed_registrations_134"), 0);
    cr_assert_eq(tally_metric_of(&t, "moves"), 0);
    tally_clear(&t);
    tally_init(&t);
    run_text(without, 1, &t, fp);
    cr_assert_gt(tally_metric_of(&t, "moves"), 0);
    cr_assert_eq(tally_metric_of(&t, "failed_registrations"), 0);
    tally_clear(&t);
}

Test(models_world, a_queue_overflows_at_its_limit)
{
    tally_sink t;
    char fp[33];
    tally_init(&t);
    run_text("[scenario]\nduration = 20 s\n[home-agents]\ncount = 1\ncapacity = 1 Mbit/s\n"
             "queue-limit = 20 packets\n[mobility]\nmodel = static\n"
             "[traffic]\nmodel = poisson\nload = 200 %\n", 1, &t, fp);
    sums_hold(&t);
    cr_assert_eq(tally_metric_of(&t, "peak_queue_packets"), 20);
    cr_assert_gt(tally_metric_of(&t, "lost_packets"),
                 0.3 * tally_metric_of(&t, "sent_packets"));
    tally_clear(&t);
}

/* No share of what has no limit, but for none. */
Test(models_world, no_load_on_agents_without_a_limit)
{
    char fp[33];
    tally_sink t;
    tally_init(&t);
    run_text("[scenario]\nduration = 10 s\n[home-agents]\ncapacity = unlimited\n"
             "[traffic]\nmodel = cbr\nload = 0 %\n", 1, &t, fp);
    cr_assert_eq(tally_metric_of(&t, "sent_packets"), 0);
    tally_clear(&t);
}

Test(models_world, rates_and_limits_of_links_count)
{
    tally_sink t;
    char fp[33];
    tally_init(&t);
    run_text(SMALL LOAD "[access]\nrate = 1 Mbit/s\nqueue-limit = 10 packets\nloss = 1 %\n"
             "routers = 4\n[home-link]\nrate = 100 Mbit/s\n"
             "[record]\nper-mobile-node = on\nsample = 500 ms\n", 1, &t, fp);
    sums_hold(&t);
    cr_assert_gt(tally_metric_of(&t, "lost_packets"), 0);
    cr_assert_eq(t.samples, 3 * 60);
    tally_clear(&t);
}

Test(models_world, datagrams_too_large_for_tunnels_go_in_fragments)
{
    tally_sink t;
    char fp[33];
    tally_init(&t);
    run_text("[scenario]\nduration = 40 s\nwarm-up = 10 s\n[mobility]\nmodel = static\n"
             "[traffic]\nmodel = cbr\nrate = 1 Mbit/s\npacket-size = 4000 B\n"
             "direction = both\n", 1, &t, fp);
    sums_hold(&t);
    /* 3,960 B of payload are three fragments. */
    double expected = 3 * 1e6 / (8 * 4000) * 30;
    cr_assert_float_eq(tally_metric_of(&t, "sent_packets"), expected, 0.05 * expected);
    cr_assert_eq(tally_metric_of(&t, "lost_packets"), 0);
    tally_clear(&t);
}

/* Of a trace, a node is there while its trace is: it neither sends nor counts later. */
Test(models_world, nodes_of_a_trace_come_and_go)
{
    tally_sink t;
    char fp[33];
    tally_init(&t);
    g_autofree char *folder = g_dir_make_tmp("mip6-trace-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "two.movements", NULL);
    cr_assert(g_file_set_contents(path, "0 10 10 60 20 10\n0 900 10 20 910 10\n", -1, NULL));
    g_autofree char *text = g_strdup_printf(
        "[scenario]\nduration = 60 s\n[mobility]\nmodel = trace\nfile = %s\n"
        "[traffic]\nmodel = cbr\nnode-rate = 80 kbit/s\npacket-size = 1000 B\n", path);
    run_text(text, 1, &t, fp);
    sums_hold(&t);
    cr_assert_eq(tally_metric_of(&t, "registered_at_end"), 1);
    /* Ten packets a second for 60 and 20 s. */
    cr_assert_float_eq(tally_metric_of(&t, "sent_packets"), 800, 12);
    g_unlink(path);
    g_rmdir(folder);
    tally_clear(&t);
}

static void interrupt_it(sim_engine *engine, void *user)
{
    (void)user;
    sim_engine_interrupt(engine);
}

Test(models_world, an_interrupted_run_writes_what_it_has)
{
    tally_sink t;
    char *refused = NULL;
    GError *error = NULL;
    tally_init(&t);
    g_autoptr(sim_config) config = config_from(SMALL LOAD, &refused);
    model_world *w = model_world_new(config, 1, 0, &t.base, &error);
    sim_engine_set_progress(model_world_engine(w), 50000, interrupt_it, NULL);
    cr_assert_eq(model_world_run(w), SIM_STOP_INTERRUPTED);
    cr_assert_lt(sim_now(model_world_engine(w)), model_world_end_ns(w));
    sums_hold(&t);
    cr_assert_gt(t.signalling, 0);
    model_world_free(w);
    tally_clear(&t);
}

Test(models_world, a_sink_that_fails_stops_the_run)
{
    tally_sink t;
    char *refused = NULL;
    GError *error = NULL;
    tally_init(&t);
    g_autoptr(sim_config) config = config_from(SMALL LOAD, &refused);
    model_world *w = model_world_new(config, 1, 0, &t.base, &error);
    t.base.failed = true;
    cr_assert_eq(model_world_run(w), SIM_STOP_FAILED);
    cr_assert_lt(sim_now(model_world_engine(w)), 2 * SIM_SECOND_NS);
    model_world_free(w);
    tally_clear(&t);
}
