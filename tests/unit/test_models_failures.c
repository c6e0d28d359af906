/* models/hosts/ha_host, faults: what an agent does while it fails, and what it has afterwards.
 * Sums are checked by every run itself.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "world_fixture.h"

enum { RATE = 10, NODES = 6 };

/* Two agents; all nodes at ha0, by preference; 10 packets a second each way for each node. */
#define DOMAIN(seconds, lifetime, failure) \
    "[scenario]\nduration = " seconds "\n[home-agents]\ncount = 2\nboot-window = 1 ms\n" \
    "[home-agent ha0]\npreference = 9\n[mobile-nodes]\ncount = 6\nlifetime = " lifetime "\n" \
    "[mobility]\nmodel = static\n[traffic]\nmodel = cbr\nnode-rate = 16 kbit/s\n" \
    "packet-size = 100 B\ndirection = both\nstart = 15 s\n" \
    "[failure one]\nagent = ha0\nat = 20 s\n" failure

static void run_names(const char *text, names_sink *n)
{
    char fp[33];
    names_init(n);
    cr_assert_eq(run_text(text, 1, &n->tally, fp), SIM_STOP_END);
    cr_assert_eq((double)n->tally.application_lost,
                 tally_metric_of(&n->tally, "sent_packets") -
                     tally_metric_of(&n->tally, "delivered_packets") -
                     tally_metric_of(&n->tally, "in_flight_packets"));
}

static double lost(const names_sink *n, const char *cause)
{
    return (double)packets_of(n->lost, cause);
}

/* Five seconds of both directions, and a little at the edges. */
static void five_seconds_are_lost(const names_sink *n, const char *cause)
{
    const double expected = 5.0 * 2 * RATE * NODES;
    cr_assert_float_eq(lost(n, cause), expected, 0.02 * expected, "%s %g", cause, lost(n, cause));
    cr_assert_float_eq((double)n->tally.application_lost, expected, 0.02 * expected);
    cr_assert_eq(tally_metric_of(&n->tally, "failure_outages"), 2 * NODES);
    cr_assert_eq(tally_metric_of(&n->tally, "failure_outages_unfinished"), 0);
    cr_assert_eq(tally_metric_of(&n->tally, "failure_nodes_hit"), NODES);
    cr_assert_float_eq(tally_metric_of(&n->tally, "failure_outage_median"), 5, 0.1);
}

Test(models_failures, who_hung_goes_on_with_what_it_had)
{
    names_sink n;
    run_names(DOMAIN("60 s", "600 s", "kind = hang\nuntil = 25 s\n"), &n);
    five_seconds_are_lost(&n, "agent-hung");
    cr_assert_eq(tally_kind(&n.tally, "agent-hung"), 1);
    cr_assert_eq(tally_kind(&n.tally, "agent-recovered"), 1);
    cr_assert_eq(packets_of(n.sent, "binding-update"), NODES, "nobody had to register again");
    names_clear(&n);
}

Test(models_failures, who_was_isolated_goes_on_with_what_it_had)
{
    names_sink n;
    run_names(DOMAIN("60 s", "600 s", "kind = isolate\nuntil = 25 s\n"), &n);
    five_seconds_are_lost(&n, "agent-isolated");
    cr_assert_eq(tally_kind(&n.tally, "agent-isolated"), 1);
    cr_assert_eq(packets_of(n.sent, "binding-update"), NODES);
    names_clear(&n);
}

/* Empty: what comes for its nodes is lost until they register again, a minute or more later. */
Test(models_failures, who_crashed_or_left_comes_back_empty)
{
    static const char *const kinds[] = {"kind = crash\nuntil = 25 s\n",
                                        "kind = leave\nuntil = 25 s\n"
                                        "[policy]\ndrain-time = 0 s\n"};
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        names_sink n;
        g_autofree char *text = g_strconcat(DOMAIN("60 s", "600 s", ""), kinds[i], NULL);
        run_names(text, &n);
        cr_assert_gt((double)n.tally.application_lost, 30.0 * 2 * RATE * NODES, "%zu", i);
        cr_assert_gt(lost(&n, "agent-down"), 100);
        cr_assert_gt(lost(&n, "no-neighbour"), 0, "nobody answers for its nodes");
        names_clear(&n);
    }
}

/* Its bindings run out while it hangs, so that its nodes are strangers to it when it goes on; by
 * then they have asked whoever answers for the anycast address, which may be itself. */
Test(models_failures, who_hangs_long_has_nothing_left)
{
    names_sink n;
    run_names(DOMAIN("250 s", "40 s", "kind = hang\nuntil = 100 s\n"), &n);
    cr_assert_eq(tally_kind(&n.tally, "mn-expired"), NODES);
    cr_assert_gt(lost(&n, "unregistered"), 30.0 * RATE * NODES);
    cr_assert_gt(packets_of(n.sent, "binding-acknowledgement"), NODES + NODES);
    cr_assert_eq(tally_metric_of(&n.tally, "registered_at_end"), NODES);
    names_clear(&n);
}

/* Advertisements go on unless they are said not to: those that it makes then are lost at once. */
Test(models_failures, a_hung_agent_advertises_itself_or_does_not)
{
    names_sink n;
    double gone[2];
    size_t made[2];
    for (int i = 0; i < 2; i++) {
        g_autofree char *text = g_strconcat(DOMAIN("200 s", "600 s", "kind = hang\n"),
                                            "hang-control = ", i ? "on" : "off", "\n", NULL);
        run_names(text, &n);
        gone[i] = lost(&n, "agent-hung");
        made[i] = packets_of(n.sent, "router-advertisement");
        names_clear(&n);
    }
    cr_assert_eq(made[0], made[1]);
    cr_assert_gt(gone[0] - gone[1], 180.0 / 3, "%g, %g", gone[0], gone[1]);
}

/* Any kind, any number of times, of several agents, with everything else that can happen. */
Test(models_failures, all_kinds_at_once)
{
    static const char *const policies[] = {"static-dhaad", "hybrid:literal", "hybrid:safe",
                                           "hybrid:tuned"};
    for (size_t i = 0; i < G_N_ELEMENTS(policies); i++) {
        names_sink n;
        g_autofree char *text = g_strconcat(
            "[scenario]\nduration = 120 s\n[home-agents]\ncount = 3\ncapacity = 2 Mbit/s\n"
            "[failure a]\nagent = ha0\nkind = hang\nat = 6 s\nuntil = 25 s\n"
            "[failure b]\nagent = ha1\nkind = isolate\nat = 20 s\nuntil = 40 s\n"
            "[failure c]\nagent = ha2\nkind = crash\nat = 20 s\nuntil = 30 s\n"
            "[failure d]\nagent = ha0\nkind = leave\nat = 50 s\nuntil = 55 s\n"
            "[failure e]\nagent = ha1\nkind = crash\nat = 55 s\nuntil = 70 s\n"
            "[failure f]\nagent = ha2\nkind = hang\nat = 55 s\nuntil = 90 s\n"
            "hang-control = off\n"
            "[failure g]\nagent = ha0\nkind = isolate\nat = 56 s\nuntil = 80 s\n"
            "[failure h]\nagent = ha0\nkind = isolate\nat = 110 s\nuntil = 120 s\n"
            "[failure i]\nagent = ha1\nkind = hang\nat = 110 s\n"
            "[failure j]\nagent = ha2\nkind = crash\nat = 110 s\n"
            "[mobile-nodes]\ncount = 30\nlifetime = 12 s\nroute-optimise = 20 %\n"
            "[correspondents]\nroute-optimise = 100 %\n[access]\nhome-cell = 2\n"
            "[mobility]\nmodel = exponential-sojourn\nmean-sojourn = 10 s\n"
            "[traffic]\nmodel = poisson\nload = 60 %\ndirection = both\n[policy]\nname = ",
            policies[i], "\ndrain-time = 3 s\n", NULL);
        run_names(text, &n);
        cr_assert_eq(tally_kind(&n.tally, "agent-hung"), 3);
        cr_assert_eq(tally_kind(&n.tally, "agent-isolated"), 3);
        cr_assert_eq(tally_kind(&n.tally, "agent-failed"), 3);
        cr_assert_eq(tally_kind(&n.tally, "agent-left"), 1);
        cr_assert_eq(tally_kind(&n.tally, "agent-recovered"), 7);
        cr_assert_gt(lost(&n, "agent-hung"), 0);
        cr_assert_gt(lost(&n, "agent-isolated"), 0);
        names_clear(&n);
    }
}
