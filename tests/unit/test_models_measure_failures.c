/* models/measure/measure_outages, measure_failures, failure_survival: outages, storms and herds
 * from a few events worked out by hand.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/measure/measure_failures.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "net_fixture.h"

#define S SIM_SECOND_NS
#define MS SIM_MS_NS
enum { AGENTS = 3, NODES = 3, UP = 0, DOWN = 1, ROUTER = 300 };

static fixture f;
static model_measure *m;
static model_account accounts[AGENTS], *account_list[AGENTS];
static model_detail details[AGENTS];
static const sim_id agent_ids[AGENTS] = {100, 101, 102};
static const sim_id node_ids[NODES] = {200, 201, 202};
static const int64_t capacities[AGENTS] = {8000000, 8000000, 16000000};
static mip6_addr addresses[AGENTS];
/* Flow 2 * node + direction; node 2 has none that counts. */
static const uint32_t ends[6] = {0, 1, 2, 3, UINT32_MAX, UINT32_MAX};
static GArray *outages, *storms, *failures;
static GHashTable *metrics;

#define KEEP(table) \
    static void on_##table(sim_sink *sink, const sim_row_##table *row) \
    { \
        (void)sink; \
        g_array_append_vals(table##s, row, 1); \
    }
KEEP(outage)
KEEP(storm)
KEEP(failure)

static void on_metric(sim_sink *sink, const sim_row_metric *row)
{
    double value = row->has_value ? row->value : -1;
    (void)sink;
    if (row->node_id == SIM_NO_NODE)
        g_hash_table_insert(metrics, g_strdup(row->name), g_memdup2(&value, sizeof value));
}

static const sim_sink_class sink_class = {
    .metric = on_metric, .outage = on_outage, .storm = on_storm, .failure = on_failure};
static sim_sink sink = {.cls = &sink_class};

static double metric(const char *name)
{
    double *value = g_hash_table_lookup(metrics, name);
    cr_assert_not_null(value, "no %s", name);
    return *value;
}

static void begin(void)
{
    fixture_init(&f);
    fixture_seal(&f);
    for (unsigned i = 0; i < AGENTS; i++) {
        addresses[i] = (mip6_addr){{0x20, 1, [15] = (uint8_t)(i + 1)}};
        accounts[i].detail = &details[i];
        account_list[i] = &accounts[i];
    }
    outages = g_array_new(FALSE, FALSE, sizeof(sim_row_outage));
    storms = g_array_new(FALSE, FALSE, sizeof(sim_row_storm));
    failures = g_array_new(FALSE, FALSE, sizeof(sim_row_failure));
    metrics = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    static model_measure_setup setup;
    setup = (model_measure_setup){
        .net = &f.net, .sink = &sink, .n_agents = AGENTS, .n_nodes = NODES,
        .n_flows = G_N_ELEMENTS(ends), .flow_ends = ends, .agent_ids = agent_ids,
        .node_ids = node_ids, .agent_capacity_bps = capacities, .agent_addresses = addresses,
        .agent_accounts = account_list, .end_ns = 1000 * S, .sample_ns = S,
        .step_ns = SIM_NEVER, .mn_count_unit = 1};
    m = model_measure_new(&setup);
}

static void finish(void)
{
    model_measure_finish(m, &(model_measure_totals){0});
}

static void clear(void)
{
    model_measure_free(m);
    fixture_clear(&f);
    g_array_unref(outages);
    g_array_unref(storms);
    g_array_unref(failures);
    g_hash_table_unref(metrics);
}

TestSuite(models_measure_failures, .init = begin, .fini = clear);

static sim_packet *packet_of(uint32_t flow, int64_t age_ns)
{
    sim_packet *p = sim_packet_new(f.net.packets, 48);
    p->flow = flow;
    p->created_ns = sim_now(f.net.engine) - age_ns;
    return p;
}

/* via: the agent that tunnelled it, or -1. */
static void lost_via(uint32_t flow, sim_id where, int via, unsigned cause)
{
    sim_packet *p = packet_of(flow, 0);
    p->flags = (uint16_t)(via + 1);
    model_measure_lost(m, where, p, cause);
    sim_packet_unref(f.net.packets, p);
}

static void lost(uint32_t flow, sim_id where, unsigned cause)
{
    lost_via(flow, where, -1, cause);
}

static void delivered(uint32_t flow, int64_t age_ns)
{
    sim_packet *p = packet_of(flow, age_ns);
    model_measure_delivered(m, p, flow / 2, 0, flow % 2);
    sim_packet_unref(f.net.packets, p);
}

static void trace(uint32_t node, mip6_trace_kind kind, unsigned peer)
{
    mip6_trace t = {.kind = kind, .now_ns = sim_now(f.net.engine), .peer = addresses[peer]};
    model_measure_trace(m, UINT32_MAX, UINT32_MAX, node, node, &t);
}

static void holds(uint32_t agent, uint32_t node)
{
    mip6_trace t = {.kind = MIP6_TRACE_BINDING_NEW, .now_ns = sim_now(f.net.engine)};
    model_measure_trace(m, agent, agent, UINT32_MAX, node, &t);
}

static model_failure crash(uint32_t agent)
{
    return (model_failure){.name = "x", .agent = agent, .kind = MODEL_FAILURE_CRASH};
}

static const sim_row_outage *outage_at(guint i)
{
    cr_assert_lt(i, outages->len);
    return &g_array_index(outages, sim_row_outage, i);
}

static void is_outage(guint i, int64_t failure, uint32_t node, const char *direction,
                      int64_t began_ns, int64_t ended_ns, bool censored)
{
    const sim_row_outage *o = outage_at(i);
    cr_assert_eq(o->failure, failure);
    cr_assert_eq(o->mn_id, node_ids[node]);
    cr_assert_str_eq(o->direction, direction);
    cr_assert_eq(o->began_ns, began_ns, "%g", (double)o->began_ns / 1e9);
    cr_assert_eq(o->ended_ns, ended_ns, "%g", (double)o->ended_ns / 1e9);
    cr_assert_eq(o->censored, censored);
}

/* ---- outages ----------------------------------------------------------------------------- */

/* What was under way when the first was lost ends nothing; directions are apart. */
Test(models_measure_failures, an_outage_is_from_the_first_lost_to_the_first_sent_later)
{
    model_failure a = crash(0);
    trace(0, MIP6_TRACE_MN_REGISTERED, 0);
    trace(1, MIP6_TRACE_MN_REGISTERED, 0);
    trace(2, MIP6_TRACE_MN_REGISTERED, 0);
    run_to(&f, 9 * S);
    lost(DOWN, ROUTER, MODEL_CAUSE_NO_NEIGHBOUR);       /* nobody has failed */
    run_to(&f, 10 * S);
    model_measure_failed(m, &a);
    lost(DOWN, ROUTER, MODEL_CAUSE_QUEUE_FULL);         /* not its doing */
    run_to(&f, 11 * S);
    lost(DOWN, agent_ids[0], MODEL_CAUSE_AGENT_DOWN);
    lost(4, agent_ids[0], MODEL_CAUSE_AGENT_DOWN);      /* does not count */
    run_to(&f, 12 * S);
    lost(DOWN, ROUTER, MODEL_CAUSE_RESOLVING);
    delivered(DOWN, 1001 * MS);                         /* sent before the first was lost */
    delivered(UP, 0);
    run_to(&f, 13 * S);
    delivered(DOWN, 2000 * MS);
    cr_assert_eq(outages->len, 1);
    is_outage(0, 1, 0, "down", 11 * S, 13 * S, false);
    run_to(&f, 14 * S);
    lost(UP, 200, MIP6_DROP_UNREGISTERED);
    run_to(&f, 20 * S);
    finish();
    is_outage(1, 1, 0, "up", 14 * S, 20 * S, true);
    cr_assert_eq(outages->len, 2);
    cr_assert_eq(metric("failure_outages"), 2);
    cr_assert_eq(metric("failure_outages_unfinished"), 1);
    cr_assert_eq(metric("failure_nodes_hit"), 1);
    cr_assert_eq(metric("failure_nodes_unhurt"), 1, "node 1; of node 2 nothing can be told");
    cr_assert_eq(g_array_index(failures, sim_row_failure, 0).nodes_bound, 2);
}

/* Once it has registered again, what it loses is no failure's doing, until the next. */
Test(models_measure_failures, a_node_gets_over_a_failure_by_registering)
{
    model_failure a = crash(0), b = crash(1);
    trace(0, MIP6_TRACE_MN_REGISTERED, 0);
    trace(1, MIP6_TRACE_MN_REGISTERED, 1);
    run_to(&f, 10 * S);
    model_measure_failed(m, &a);
    trace(0, MIP6_TRACE_MN_EXPIRED, 0);
    lost(UP, 200, MIP6_DROP_UNREGISTERED);              /* it was at the one that failed */
    lost(2, 201, MIP6_DROP_UNREGISTERED);               /* it was not */
    run_to(&f, 15 * S);
    trace(0, MIP6_TRACE_MN_REGISTERED, 1);
    delivered(UP, 0);
    run_to(&f, 16 * S);
    lost(DOWN, ROUTER, MODEL_CAUSE_NO_NEIGHBOUR);
    cr_assert_eq(outages->len, 1);
    is_outage(0, 1, 0, "up", 10 * S, 15 * S, false);
    run_to(&f, 20 * S);
    model_measure_failed(m, &b);
    lost(DOWN, ROUTER, MODEL_CAUSE_NO_NEIGHBOUR);
    run_to(&f, 21 * S);
    trace(0, MIP6_TRACE_MN_DEREGISTERED, 1);            /* it is at home */
    delivered(DOWN, 0);
    lost(DOWN, ROUTER, MODEL_CAUSE_NO_NEIGHBOUR);
    finish();
    cr_assert_eq(outages->len, 2);
    is_outage(1, 2, 0, "down", 20 * S, 21 * S, false);
    cr_assert_eq(g_array_index(failures, sim_row_failure, 1).nodes_bound, 2);
}

/* Its outages of two failures take turns: it is one node to each. */
Test(models_measure_failures, a_node_is_counted_once_for_each_failure)
{
    model_failure a = crash(0), b = crash(1);
    trace(0, MIP6_TRACE_MN_REGISTERED, 0);
    run_to(&f, 10 * S);
    model_measure_failed(m, &a);
    model_measure_failed(m, &b);
    for (unsigned i = 0; i < 4; i++) {
        lost(UP, agent_ids[i % 2], MODEL_CAUSE_AGENT_DOWN);
        run_to(&f, (11 + i) * S);
        delivered(UP, 0);
    }
    finish();
    cr_assert_eq(outages->len, 4);
    is_outage(3, 2, 0, "up", 13 * S, 14 * S, false);
    for (guint i = 0; i < 2; i++)
        cr_assert_eq(g_array_index(failures, sim_row_failure, i).nodes_hit, 1);
    cr_assert_eq(g_array_index(failures, sim_row_failure, 0).nodes_unhurt, 0);
}

/* It has left its agent for one that does not answer. */
Test(models_measure_failures, a_handover_to_an_agent_that_has_failed)
{
    model_failure b = crash(1);
    trace(0, MIP6_TRACE_MN_REGISTERED, 0);
    run_to(&f, 10 * S);
    lost(UP, 200, MIP6_DROP_UNREGISTERED);
    model_measure_failed(m, &b);
    trace(0, MIP6_TRACE_MN_SWITCH, 1);
    trace(0, MIP6_TRACE_MN_DEREGISTERED, 0);
    run_to(&f, 11 * S);
    lost(UP, 200, MIP6_DROP_UNREGISTERED);
    run_to(&f, 12 * S);
    trace(0, MIP6_TRACE_MN_REGISTERED, 0);
    delivered(UP, 0);
    finish();
    cr_assert_eq(outages->len, 1);
    is_outage(0, 1, 0, "up", 11 * S, 12 * S, false);
    cr_assert_eq(metric("failure_nodes_hit"), 1, "though it was never registered there");
    cr_assert_eq(metric("failure_nodes_unhurt"), 0);
}

/* It was told to go, has gone, and loses on its way: it was there when the agent began to leave. */
Test(models_measure_failures, who_loses_on_the_way_out_is_not_unhurt)
{
    model_failure a = crash(0);
    a.kind = MODEL_FAILURE_LEAVE;
    trace(0, MIP6_TRACE_MN_REGISTERED, 0);
    trace(1, MIP6_TRACE_MN_REGISTERED, 0);
    run_to(&f, 10 * S);
    model_measure_failed(m, &a);
    trace(0, MIP6_TRACE_MN_SWITCH, 1);
    trace(0, MIP6_TRACE_MN_DEREGISTERED, 0);
    lost(UP, 200, MIP6_DROP_UNREGISTERED);              /* nothing of its new agent is wrong */
    run_to(&f, 11 * S);
    trace(0, MIP6_TRACE_MN_REGISTERED, 1);
    lost(DOWN, agent_ids[0], MODEL_CAUSE_AGENT_DOWN);   /* the router has not learned it yet */
    run_to(&f, 12 * S);
    delivered(DOWN, 0);
    finish();
    cr_assert_eq(outages->len, 1);
    is_outage(0, 1, 0, "down", 11 * S, 12 * S, false);
    cr_assert_eq(metric("failure_nodes_hit"), 1);
    cr_assert_eq(metric("failure_nodes_unhurt"), 1, "node 1");
}

/* An agent that was cut off still tunnels, to where the node no longer is. */
Test(models_measure_failures, a_stale_binding)
{
    model_failure a = crash(0);
    a.kind = MODEL_FAILURE_ISOLATE;
    holds(0, 0);
    trace(0, MIP6_TRACE_MN_REGISTERED, 0);
    run_to(&f, 10 * S);
    lost_via(DOWN, 200, 0, MIP6_DROP_NOT_ACCEPTED);     /* nothing has failed */
    model_measure_failed(m, &a);
    holds(1, 0);
    trace(0, MIP6_TRACE_MN_REGISTERED, 1);
    run_to(&f, 20 * S);
    model_measure_returned(m, 0);
    lost_via(DOWN, 200, 1, MIP6_DROP_NOT_ACCEPTED);     /* by its agent: no */
    lost_via(DOWN, 200, 2, MIP6_DROP_NOT_ACCEPTED);     /* by one that never failed */
    lost_via(UP, 400, 0, MODEL_CAUSE_QUEUE_FULL);
    lost_via(DOWN, 400, 0, MODEL_CAUSE_DETACHED);
    run_to(&f, 22 * S);
    delivered(DOWN, 0);
    model_measure_emptied(m, 0);
    lost_via(DOWN, 400, 0, MODEL_CAUSE_DETACHED);       /* it holds nothing any more */
    finish();
    cr_assert_eq(outages->len, 1);
    is_outage(0, 1, 0, "down", 20 * S, 22 * S, false);
    cr_assert_eq(metric("failure_nodes_hit"), 1);
    cr_assert_eq(metric("failure_nodes_unhurt"), 0);
}

/* A node that is gone for good is known no longer. */
Test(models_measure_failures, a_node_that_is_gone_is_censored_there)
{
    model_failure a = crash(0);
    trace(0, MIP6_TRACE_MN_REGISTERED, 0);
    model_measure_failed(m, &a);
    lost(DOWN, agent_ids[0], MODEL_CAUSE_AGENT_HUNG);
    run_to(&f, 3 * S);
    model_measure_gone(m, 0);
    run_to(&f, 30 * S);
    finish();
    cr_assert_eq(outages->len, 1);
    is_outage(0, 1, 0, "down", 0, 3 * S, true);
}

/* ---- storms and herds ------------------------------------------------------------------- */

static void second(int64_t s, const uint32_t bytes[AGENTS], int down)
{
    for (uint32_t i = 0; i < AGENTS; i++)
        model_measure_offered(m, i, bytes[i], true);
    run_to(&f, (s + 1) * S - 1);
    for (uint32_t i = 0; i < AGENTS; i++)
        model_measure_second(m, i, (int)i == down ? NULL : &(mip6_ha_figures){.mn_count = 1}, s);
    run_to(&f, (s + 1) * S);
}

static const sim_row_storm *storm_of(int64_t failure, uint32_t agent)
{
    for (guint i = 0; i < storms->len; i++) {
        const sim_row_storm *row = &g_array_index(storms, sim_row_storm, i);
        if (row->failure == failure && row->node_id == agent_ids[agent])
            return row;
    }
    cr_assert(false, "no storm of failure %d at agent %u", (int)failure, agent);
    return NULL;
}

static void updates(uint32_t agent, unsigned n)
{
    while (n-- > 0)
        model_measure_update(m, agent);
}

Test(models_measure_failures, a_storm_lasts_until_the_next_failure)
{
    model_failure a = crash(0), b = crash(1), c = crash(2);
    model_measure_queue(m, 1, 90, 9000);
    updates(1, 50);
    run_to(&f, S + 500 * MS);
    model_measure_queue(m, 1, 4, 400);
    model_measure_failed(m, &a);
    updates(1, 3);
    run_to(&f, 2 * S - 1);
    updates(1, 4);
    run_to(&f, 2 * S);
    updates(1, 5);
    model_measure_queue(m, 2, 30, 100);
    model_measure_queue(m, 2, 0, 0);
    run_to(&f, 3 * S);
    model_measure_failed(m, &b);        /* two at a time have one storm */
    model_measure_failed(m, &c);
    updates(0, 2);
    model_measure_queue(m, 2, 10, 700);
    finish();
    cr_assert_eq(storms->len, 3 * AGENTS);
    cr_assert_eq(storm_of(1, 1)->peak_bu_per_s, 7);
    cr_assert_eq(storm_of(1, 1)->peak_queue_packets, 4);
    cr_assert_eq(storm_of(1, 2)->peak_queue_packets, 30);
    cr_assert_eq(storm_of(1, 2)->peak_queue_bytes, 100);
    for (int64_t failure = 2; failure <= 3; failure++) {
        cr_assert_eq(storm_of(failure, 0)->peak_bu_per_s, 2);
        cr_assert_eq(storm_of(failure, 1)->peak_bu_per_s, 0);
        cr_assert_eq(storm_of(failure, 2)->peak_queue_packets, 10);
    }
    cr_assert_eq(metric("storm_bu_per_s"), 7);
    cr_assert_eq(metric("storm_queue_packets"), 30);
    cr_assert_eq(metric("peak_queue_packets"), 90, "the whole run's is what it was");
}

/* Loads over capacity: 1, 3 and 2 of the same unit while ha0 is down the survivors have 3 and 2. */
Test(models_measure_failures, survivors_are_compared_and_a_return_is_followed)
{
    model_failure a = crash(0);
    const uint32_t before[AGENTS] = {1000, 1000, 2000}, without[AGENTS] = {0, 3000, 2000},
                   after[AGENTS] = {1000, 1500, 3000}, herd[AGENTS] = {6000, 0, 0};
    int64_t s = 0;
    while (s < 10)
        second(s++, before, -1);
    model_measure_failed(m, &a);
    for (; s < 30; s++)
        second(s, without, 0);
    model_measure_returned(m, 0);
    for (; s < 34; s++)
        second(s, without, -1);         /* back, and empty */
    for (; s < 60; s++)
        second(s, after, -1);           /* 1 : 1.5 : 1.5 */
    for (; s < 80; s++)
        second(s, herd, -1);
    finish();
    const sim_row_failure *row = &g_array_index(failures, sim_row_failure, 0);
    cr_assert_eq(row->began_ns, 10 * S);
    cr_assert_eq(row->ended_ns, 30 * S);
    /* 10 seconds into the failure the window holds the survivors' 3 : 1 alone; before, a mix. */
    cr_assert_gt(row->survivors_peak_to_mean_load, 1.2);
    cr_assert_lt(row->survivors_peak_to_mean_load, 1.5);
    cr_assert_lt(row->survivors_jain_load, 1);
    /* Four seconds of 0 : 3 : 1, then k of 1 : 1.5 : 1.5 : 0.8 of the mean when the window has them
     * out, k = 10: 10 / 13.33 is 0.75, so not before the herd. */
    cr_assert_eq(row->share_ns % S, 0);
    cr_assert_gt(row->share_ns, 30 * S, "not by the steady state, 75 %% of the mean");
    cr_assert_float_eq(row->overshoot, 3, 1e-9);
    cr_assert_float_eq(metric("return_overshoot"), 3, 1e-9);
    cr_assert_eq(metric("returns_without_share"), 0);
}

/* One that hangs is up, yet no survivor: what it still seems to carry is not compared. */
Test(models_measure_failures, who_hangs_is_no_survivor)
{
    model_failure a = crash(0);
    const uint32_t loads[AGENTS] = {9000, 1000, 2000};
    int64_t s = 0;
    a.kind = MODEL_FAILURE_HANG;
    while (s < 10)
        second(s++, loads, -1);
    model_measure_failed(m, &a);
    for (; s < 30; s++)
        second(s, loads, -1);
    model_measure_returned(m, 0);
    second(s, loads, -1);
    finish();
    const sim_row_failure *row = &g_array_index(failures, sim_row_failure, 0);
    cr_assert_float_eq(row->survivors_peak_to_mean_load, 1, 1e-9);
    cr_assert_float_eq(row->survivors_jain_load, 1, 1e-9);
}

/* An overshoot is one of ten seconds that lie after the return: three of a herd and seven in
 * which all carry the same are 25 : 7 : 7. */
Test(models_measure_failures, the_overshoot_is_of_ten_seconds)
{
    model_failure a = crash(0);
    const uint32_t even[AGENTS] = {1000, 1000, 2000}, herd[AGENTS] = {6000, 0, 0};
    int64_t s = 0;
    model_measure_failed(m, &a);
    while (s < 10)
        second(s++, even, 0);
    model_measure_returned(m, 0);
    while (s < 13)
        second(s++, herd, -1);
    while (s < 40)
        second(s++, even, -1);
    finish();
    const sim_row_failure *row = &g_array_index(failures, sim_row_failure, 0);
    cr_assert_float_eq(row->overshoot, 25 / 13.0, 1e-9);
}

/* ---- Kaplan and Meier --------------------------------------------------------------------- */

static void puts_in(GArray *list, const int64_t *seconds, guint n)
{
    for (guint i = 0; i < n; i++) {
        int64_t ns = seconds[i] * S;
        g_array_append_val(list, ns);
    }
}

static model_survival survival(const int64_t *lengths, guint n, const int64_t *unfinished, guint k)
{
    g_autoptr(GArray) a = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_autoptr(GArray) b = g_array_new(FALSE, FALSE, sizeof(int64_t));
    model_survival out;
    puts_in(a, lengths, n);
    puts_in(b, unfinished, k);
    cr_assert_eq(model_survival_of(a, b, &out), n + k > 0);
    return out;
}

/* Freireich's 6-MP group, which every textbook works out: median 23 weeks, survival 0.448 after 23
 * to the end at 35; the area below is 23.287. */
Test(models_measure_failures, survival_agrees_with_the_textbook)
{
    static const int64_t ended[] = {10, 6, 7, 6, 13, 16, 22, 6, 23};
    static const int64_t censored[] = {6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35};
    model_survival s = survival(ended, G_N_ELEMENTS(ended), censored, G_N_ELEMENTS(censored));
    cr_assert_float_eq(s.median_s, 23, 1e-12);
    cr_assert_lt(s.p99_s, 0, "it never comes down to there");
    cr_assert_float_eq(s.mean_s, 23.287, 0.001, "%.6f", s.mean_s);
}

Test(models_measure_failures, survival_without_censoring_is_the_plain_mean)
{
    int64_t hundred[100];
    for (int i = 0; i < 100; i++)
        hundred[i] = (i * 37) % 100 + 1;
    model_survival s = survival(hundred, 100, NULL, 0);
    cr_assert_float_eq(s.mean_s, 50.5, 1e-9);
    cr_assert_float_eq(s.median_s, 50, 1e-9);
    cr_assert_float_eq(s.p99_s, 99, 1e-9);
    s = survival(NULL, 0, hundred, 3);
    cr_assert_lt(s.median_s, 0, "nothing has ended");
    survival(NULL, 0, NULL, 0);
}
