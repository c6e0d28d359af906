/* models/measure/oracle: as good as LPT, no message, no packet lost by a move, and no scenario that
 * it cannot run.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <math.h>

#include "effort.h"
#include "models/config/config.h"
#include "world_fixture.h"

#define QUIET(load) \
    "[scenario]\nduration = 60 s\nwarm-up = 15 s\n" \
    "[home-agents]\ncount = 3\ncapacity = 2 Mbit/s\n" \
    "[home-agent ha1]\ncapacity = 4 Mbit/s\n" \
    "[mobile-nodes]\ncount = 30\nlifetime = 20 s\nunmodified = 50 %\n" \
    "[correspondents]\ncount = 2\n" \
    "[mobility]\nmodel = static\n" \
    "[traffic]\nmodel = poisson\nload = " load "\nrates = zipf\npacket-size = 500 B\n" \
    "direction = both\n"

static void run(const char *text, const char *policy, uint64_t seed, names_sink *n)
{
    char fp[33];
    g_autofree char *whole = g_strdup_printf("%s[policy]\nname = %s\n", text, policy);
    names_init(n);
    cr_assert_eq(run_text(whole, seed, &n->tally, fp), SIM_STOP_END);
}

/* Nodes of any stack are moved, all the time, and nothing is lost by it. */
Test(models_oracle, moves_cost_no_packet_and_no_message)
{
    for (uint64_t seed = 1; seed <= 5; seed++) {
        names_sink oracle, plain;
        run(QUIET("30 %"), "oracle", seed, &oracle);
        run(QUIET("30 %"), "static-dhaad", seed, &plain);
        cr_assert_gt(tally_metric_of(&oracle.tally, "moves"), 20);
        cr_assert_eq(tally_metric_of(&oracle.tally, "lost_packets"), 0);
        cr_assert_eq(tally_metric_of(&oracle.tally, "double_binding_seconds"), 0);
        cr_assert_eq(packets_of(oracle.sent, "binding-update"),
                     packets_of(plain.sent, "binding-update"));
        cr_assert_eq(packets_of(oracle.sent, "binding-acknowledgement"),
                     packets_of(plain.sent, "binding-acknowledgement"));
        cr_assert_eq(packets_of(oracle.sent, "unsolicited-dhaad-reply"), 0);
        cr_assert_eq(tally_metric_of(&oracle.tally, "registered_at_end"), 30);
        names_clear(&oracle);
        names_clear(&plain);
    }
}

/* With everybody registered it is LPT itself. */
Test(models_oracle, is_longest_processing_time_first)
{
    for (uint64_t seed = 1; seed <= 5; seed++) {
        names_sink n;
        run(QUIET("60 %"), "oracle", seed, &n);
        double load = tally_metric_of(&n.tally, "peak_load");
        double lpt = tally_metric_of(&n.tally, "peak_load_lpt");
        /* It keeps what is as good, and that may be better. */
        cr_assert(load <= lpt * (1 + 1e-9) && load > 0.99 * lpt, "%.17g, LPT %.17g", load, lpt);
        cr_assert_leq(tally_metric_of(&n.tally, "peak_load_bound"), load);
        names_clear(&n);
    }
}

#define BUSY \
    "[scenario]\nduration = 90 s\nwarm-up = 15 s\n" \
    "[home-agents]\ncount = 5\ncapacity = 1 Mbit/s\n" \
    "[home-agent ha1]\ncapacity = 3 Mbit/s\nfail = 22 s, 55 s\nrecover = 38 s, 57 s\n" \
    "[home-agent ha2]\nmax-bindings = 4\n" \
    "[home-agent ha3]\nlegacy = yes\njoin = 25 s\n" \
    "[failure one]\nagent = ha0\nkind = hang\nat = 40 s\nuntil = 52 s\n" \
    "[failure two]\nagent = ha4\nkind = isolate\nat = 60 s\nuntil = 71 s\n" \
    "[failure three]\nagent = ha4\nkind = leave\nat = 80 s\n" \
    "[mobile-nodes]\ncount = 20\nlifetime = 20 s\nunmodified = 20 %\nroute-optimise = 30 %\n" \
    "crowd = 5\ncrowd-start = 35 s\n" \
    "[correspondents]\ncount = 3\nroute-optimise = 50 %\n" \
    "[access]\nrouters = 4\nhome-cell = 1\n" \
    "[mobility]\nmodel = exponential-sojourn\nmean-sojourn = 15 s\n" \
    "[traffic]\nmodel = pareto\nload = 70 %\nrates = zipf\npacket-size = 500 B\n" \
    "direction = both\n"

/* Everything at once: what would break a sum aborts the run. */
Test(models_oracle, agents_that_fail_nodes_that_move_and_go_home)
{
    double moves = 0;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        names_sink n;
        run(BUSY, "oracle", seed, &n);
        moves += tally_metric_of(&n.tally, "moves");
        cr_assert_leq(tally_metric_of(&n.tally, "peak_load_bound"),
                      tally_metric_of(&n.tally, "peak_load"));
        names_clear(&n);
    }
    cr_assert_gt(moves, 300);
}

static double mean_peak(const char *text, const char *policy)
{
    double sum = 0;
    for (uint64_t seed = 1; seed <= effort(6); seed++) {
        names_sink n;
        run(text, policy, seed, &n);
        sum += tally_metric_of(&n.tally, "peak_load") / effort(6);
        names_clear(&n);
    }
    return sum;
}

/* In the mean of six seeds; in that of fewer, chance can be on another's side. */
Test(models_oracle, no_policy_is_better)
{
    const char *texts[] = {QUIET("60 %"), BUSY};
    for (size_t t = 0; t < G_N_ELEMENTS(texts); t++) {
        double oracle = mean_peak(texts[t], "oracle");
        const mip6_policy *p;
        for (size_t i = 0; (p = mip6_policy_at(i)) != NULL; i++) {
            double other = mean_peak(texts[t], p->name) * (effort(6) < 6 ? 1.1 : 1.001);
            cr_assert_lt(oracle, other, "%s: %g, the oracle %g", p->name, other, oracle);
        }
    }
}

#define EVEN(agents) \
    "[scenario]\nduration = 60 s\nwarm-up = 15 s\n[home-agents]\ncapacity = 2 Mbit/s\n" agents \
    "[mobile-nodes]\ncount = 24\nlifetime = 600 s\n[mobility]\nmodel = static\n" \
    "[traffic]\nmodel = cbr\nnode-rate = 80 kbit/s\npacket-size = 1000 B\n"

/* Those that register between two times at which all are shared out go to whom has least, within a
 * second: here nobody is there yet at the first time, and the second never comes. */
Test(models_oracle, who_has_registered_is_placed)
{
    for (uint64_t seed = 1; seed <= 3; seed++) {
        names_sink n;
        g_autofree char *whole =
            g_strconcat(EVEN("count = 4\n"), "[policy]\nname = oracle\ninterval = 600 s\n", NULL);
        char fp[33];
        names_init(&n);
        cr_assert_eq(run_text(whole, seed, &n.tally, fp), SIM_STOP_END);
        cr_assert_float_eq(tally_metric_of(&n.tally, "peak_load"),
                           tally_metric_of(&n.tally, "peak_load_lpt"), 0.005);
        names_clear(&n);
    }
}

/* Whoever hangs has a third of 240 packets a second, from 25 s to the next time at which all are
 * shared out, and nothing for the rest of its hang. */
Test(models_oracle, who_hangs_is_given_nobody)
{
    names_sink n;
    run(EVEN("count = 3\n[failure a]\nagent = ha0\nkind = hang\nat = 25 s\nuntil = 55 s\n"),
        "oracle", 1, &n);
    size_t lost = packets_of(n.lost, "agent-hung");
    cr_assert(lost > 240 / 3 * 4 && lost < 240 / 3 * 6, "%zu", lost);
    names_clear(&n);
}

/* An unlimited agent has no share; all are taken for equal. */
Test(models_oracle, without_capacities_it_shares_out_bytes)
{
    names_sink n;
    run("[scenario]\nduration = 40 s\nwarm-up = 15 s\n[home-agents]\ncount = 4\n"
        "capacity = unlimited\n[mobile-nodes]\ncount = 20\n[mobility]\nmodel = static\n"
        "[traffic]\nmodel = cbr\nnode-rate = 100 kbit/s\n", "oracle", 1, &n);
    cr_assert_float_eq(tally_metric_of(&n.tally, "jain_load"), 1, 0.02);
    names_clear(&n);
}

Test(models_oracle, its_name_is_taken)
{
    char *refused = NULL;
    GError *error = NULL;
    g_autoptr(sim_config) config =
        config_from("[home-agents]\nnames = oracle, b\n[policy]\nname = oracle\n", &refused);
    cr_assert_not_null(config, "%s", refused);
    cr_assert_null(model_world_new(config, 1, 0, sim_sink_null(), &error));
    cr_assert(strstr(error->message, "oracle"), "%s", error->message);
    g_error_free(error);
}
