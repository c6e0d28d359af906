/* models/measure/bound: what is charged to whom, and that no run lies below the bound.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <math.h>

#include "effort.h"
#include "models/config/config.h"
#include "world_fixture.h"

enum { MOST_ROWS = 64 };

typedef struct bound_sink {
    tally_sink tally;
    sim_sink_class cls;
    sim_row_bound rows[MOST_ROWS];
    unsigned n;
} bound_sink;

static void keep(sim_sink *s, const sim_row_bound *row)
{
    bound_sink *b = (bound_sink *)(void *)s;
    cr_assert_lt(b->n, (unsigned)MOST_ROWS);
    b->rows[b->n++] = *row;
}

static void run(const char *text, uint64_t seed, bound_sink *b)
{
    char fp[33];
    memset(b, 0, sizeof *b);
    tally_init(&b->tally);
    b->cls = tally_class;
    b->cls.bound = keep;
    b->tally.base.cls = &b->cls;
    cr_assert_eq(run_text(text, seed, &b->tally, fp), SIM_STOP_END);
}

/* Ends in [mobile-nodes]. */
#define BASE(agents, nodes) \
    "[scenario]\nduration = 45 s\nwarm-up = 15 s\n[correspondents]\ncount = 2\n" \
    "route-optimise = 100 %\n[home-agents]\ncapacity = 2 Mbit/s\ncount = " agents "\n" \
    "[mobile-nodes]\ncount = " nodes "\n"
#define CBR(rate, direction) \
    "[traffic]\nmodel = cbr\nnode-rate = " rate "\npacket-size = 500 B\n" \
    "direction = " direction "\n"

/* 100 packets a second of 500 B and 40 B around them, at the one agent there is. */
Test(models_bound, bytes_with_the_outer_header_over_the_capacity)
{
    static bound_sink b;
    run(BASE("1", "1") CBR("400 kbit/s", "down"), 1, &b);
    cr_assert_eq(b.n, 3, "whole intervals with a binding from their beginning: %u", b.n);
    for (unsigned i = 0; i < b.n; i++) {
        cr_assert_eq(b.rows[i].t_ns, (i + 1) * 10 * SIM_SECOND_NS);
        cr_assert_float_eq(b.rows[i].load, 100 * 540 * 8 / 2e6, 0.001);
        cr_assert_eq(b.rows[i].lower, b.rows[i].load);
        cr_assert_float_eq(b.rows[i].lpt, b.rows[i].load, 1e-12);
    }
    cr_assert_float_eq(tally_metric_of(&b.tally, "peak_load"), 0.216, 0.001);
    cr_assert_float_eq(tally_metric_of(&b.tally, "lpt_limit"), 1, 1e-12);
    tally_clear(&b.tally);
    run(BASE("1", "1") CBR("400 kbit/s", "up"), 1, &b);
    cr_assert_float_eq(b.rows[1].load, 100 * 500 * 8 / 2e6, 0.001);
    tally_clear(&b.tally);
    /* 1,900 B leave in two fragments, each with headers of its own. */
    run(BASE("1", "1") "[traffic]\nmodel = cbr\nnode-rate = 152 kbit/s\n"
        "packet-size = 1900 B\ndirection = down\n", 1, &b);
    cr_assert_float_eq(b.rows[1].load, 10 * (1900 + 56 + 2 * 40) * 8 / 2e6, 0.001);
    tally_clear(&b.tally);
}

/* The load is the peak: of two nodes at two agents it is one node's, or both's where one agent has
 * them; the bound and LPT know but the first. */
Test(models_bound, the_peak_is_the_one_agent_that_carries_most)
{
    static bound_sink b;
    unsigned apart = 0, together = 0;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        run(BASE("2", "2") CBR("400 kbit/s", "down"), seed, &b);
        const sim_row_bound *r = &b.rows[b.n - 1];
        cr_assert_float_eq(r->lower, 0.216, 0.001);
        cr_assert_float_eq(r->lpt, 0.216, 0.001);
        apart += fabs(r->load - 0.216) < 0.001;
        together += fabs(r->load - 0.432) < 0.001;
        tally_clear(&b.tally);
    }
    cr_assert_eq(apart + together, 12);
    cr_assert(apart > 0 && together > 0, "%u, %u", apart, together);
}

/* The metrics are of the intervals that begin when the warm-up is over: at 20 and 30 s. */
Test(models_bound, the_warm_up_does_not_count)
{
    static bound_sink b;
    run(BASE("1", "1") CBR("400 kbit/s", "down") "[traffic early]\nmodel = cbr\n"
        "node-rate = 400 kbit/s\npacket-size = 500 B\ndirection = down\nstop = 19 s\n", 1, &b);
    cr_assert_eq(b.rows[0].t_ns, 10 * SIM_SECOND_NS);
    cr_assert_gt(b.rows[0].load, 0.4);
    cr_assert_float_eq(tally_metric_of(&b.tally, "peak_load"), 0.216, 0.001);
    cr_assert_float_eq(tally_metric_of(&b.tally, "peak_load_bound"), 0.216, 0.001);
    cr_assert_float_eq(tally_metric_of(&b.tally, "peak_load_lpt"), 0.216, 0.001);
    tally_clear(&b.tally);
}

/* What is known of LPT is known where capacities are equal. */
Test(models_bound, the_limit_of_lpt_is_of_equal_agents)
{
    static bound_sink b;
    run(BASE("3", "3") CBR("100 kbit/s", "down"), 1, &b);
    cr_assert_float_eq(tally_metric_of(&b.tally, "lpt_limit"), 4.0 / 3 - 1.0 / 9, 1e-12);
    tally_clear(&b.tally);
    run(BASE("3", "3") "[home-agent ha1]\ncapacity = 3 Mbit/s\n" CBR("100 kbit/s", "down"), 1,
        &b);
    cr_assert_null(g_hash_table_lookup(b.tally.metrics, "lpt_limit"));
    cr_assert_gt(tally_metric_of(&b.tally, "peak_load_lpt"), 0);
    tally_clear(&b.tally);
}

/* Twice the capacity is offered, and half of it lost: it counts. */
Test(models_bound, what_is_lost_counts)
{
    static bound_sink b;
    run(BASE("1", "10") "[home-agent ha0]\nqueue-limit = 20 packets\n" CBR("400 kbit/s", "down"),
        1, &b);
    cr_assert_float_eq(b.rows[1].load, 2.16, 0.01);
    cr_assert_gt(tally_metric_of(&b.tally, "loss_ratio"), 0.4);
    tally_clear(&b.tally);
}

Test(models_bound, is_off_with_an_interval_of_zero)
{
    static bound_sink b;
    run(BASE("2", "4") CBR("100 kbit/s", "both") "[record]\nbound-interval = 0 s\n", 1,
        &b);
    cr_assert_eq(b.n, 0);
    cr_assert_null(g_hash_table_lookup(b.tally.metrics, "peak_load"));
    tally_clear(&b.tally);
    run(BASE("2", "4") CBR("100 kbit/s", "both") "[record]\nbound-interval = 5 s\n", 1,
        &b);
    cr_assert_eq(b.n, 7, "from 10 s to 45 s: %u", b.n);
    tally_clear(&b.tally);
}

Test(models_bound, without_a_limit_of_capacity_there_is_none)
{
    static bound_sink b;
    run(BASE("2", "4") CBR("100 kbit/s", "both")
        "[home-agent ha1]\ncapacity = unlimited\n", 1, &b);
    cr_assert_eq(b.n, 0);
    tally_clear(&b.tally);
}

/* Routes past the agents are nobody's load: with them the agents' is less. */
Test(models_bound, what_passes_by_the_agents_does_not_count)
{
    static bound_sink b;
    run(BASE("1", "4") CBR("100 kbit/s", "both"), 1, &b);
    double without = b.rows[b.n - 1].load;
    tally_clear(&b.tally);
    run(BASE("1", "4") "route-optimise = 100 %\n" CBR("100 kbit/s", "both"), 1, &b);
    cr_assert_gt(without, 0.15);
    double with = b.n > 0 && b.rows[b.n - 1].t_ns == 30 * SIM_SECOND_NS ? b.rows[b.n - 1].load : 0;
    /* A node that only sends to a correspondent goes on through the tunnel. */
    cr_assert_lt(with, without / 4, "%g", with);
    tally_clear(&b.tally);
}

#define BUSY \
    "[scenario]\nduration = 60 s\nwarm-up = 15 s\n" \
    "[home-agents]\ncount = 4\ncapacity = 1 Mbit/s\n" \
    "[home-agent ha1]\ncapacity = 3 Mbit/s\nfail = 22 s\nrecover = 38 s\n" \
    "[home-agent ha3]\nlegacy = yes\njoin = 25 s\n" \
    "[mobile-nodes]\ncount = 20\nunmodified = 20 %\nroute-optimise = 30 %\n" \
    "[correspondents]\ncount = 3\nroute-optimise = 50 %\n" \
    "[access]\nrouters = 4\nhome-cell = 1\n[mobility]\nmodel = random-waypoint\n" \
    "speed-max = 40 m/s\n" \
    "[traffic]\nmodel = pareto\nload = 70 %\nrates = zipf\npacket-size = 500 B\n" \
    "direction = both\n"

Test(models_bound, no_run_lies_below_it)
{
    const sim_variant *variants;
    size_t n;
    variants = model_policy_variants(&n);
    static bound_sink b;
    unsigned apart = 0, seeds = effort(3);
    for (size_t v = 0; v < n; v++)
        for (uint64_t seed = 1; seed <= seeds; seed++) {
            char *name = g_strdup(variants[v].name), *colon = strchr(name, ':');
            *(colon ? colon : name + strlen(name)) = '\0';
            g_autofree char *text =
                g_strdup_printf("%s[policy]\nname = %s\nprofile = %s\n", BUSY, name,
                                colon ? colon + 1 : "safe");
            g_free(name);
            run(text, seed, &b);
            cr_assert_geq(b.n, 4, "%s: %u", variants[v].name, b.n);
            for (unsigned i = 0; i < b.n; i++) {
                const sim_row_bound *r = &b.rows[i];
                cr_assert(r->lower > 0 && r->lower <= r->load, "%s, seed %d, %g s: %g < %g",
                          variants[v].name, (int)seed, (double)r->t_ns / 1e9, r->load, r->lower);
                cr_assert_leq(r->lower, r->lpt * (1 + 1e-9));
                apart += r->load > r->lower * 1.05;
            }
            tally_clear(&b.tally);
        }
    cr_assert_gt(apart, 50 * seeds / 3, "policies are not all at the bound");
}
