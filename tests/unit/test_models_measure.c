/* models/measure/measure: each figure of PROTOCOL section 8 from a few events worked out by hand.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/measure/measure.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>

#include "models/measure/measure_internal.h"
#include "models/world.h"
#include "net_fixture.h"

#define S SIM_SECOND_NS
#define MS SIM_MS_NS
#define AGENTS 3
#define NODES 4
#define MAX_ROWS 4000

static fixture f;
static model_measure *m;
static model_measure_setup setup;
static model_account accounts[AGENTS], *account_list[AGENTS];
static model_detail details[AGENTS];
static const sim_id agent_ids[AGENTS] = {100, 101, 102};
static const sim_id node_ids[NODES] = {200, 201, 202, 203};
static mip6_addr addresses[AGENTS];
static int64_t capacities[AGENTS] = {8000000, 8000000, 16000000};

/* ---- Rows as they come ------------------------------------------------------------- */

static struct {
    int64_t node;
    char name[48], unit[16];
    bool has;
    double value;
} metrics[MAX_ROWS];
static unsigned n_metrics, n_bins;
static uint64_t in_bins;
static sim_row_ha_sample sample;
static sim_row_decision decision;
static char events[4096], decisions[4096];

static void on_metric(sim_sink *sink, const sim_row_metric *row)
{
    (void)sink;
    cr_assert_lt(n_metrics, MAX_ROWS);
    cr_assert(isfinite(row->value), "%s", row->name);
    metrics[n_metrics].node = row->node_id;
    metrics[n_metrics].has = row->has_value;
    metrics[n_metrics].value = row->value;
    snprintf(metrics[n_metrics].name, sizeof metrics[0].name, "%s", row->name);
    snprintf(metrics[n_metrics++].unit, sizeof metrics[0].unit, "%s", row->unit);
}

static void on_sample(sim_sink *sink, const sim_row_ha_sample *row)
{
    (void)sink;
    sample = *row;
}

static void on_decision(sim_sink *sink, const sim_row_decision *row)
{
    (void)sink;
    size_t at = strlen(decisions);
    decision = *row;
    snprintf(decisions + at, sizeof decisions - at, "%s:%s ", row->branch, row->outcome);
}

static void on_event(sim_sink *sink, const sim_row_event *row)
{
    (void)sink;
    size_t at = strlen(events);
    snprintf(events + at, sizeof events - at, "%s(%lld,%lld,%lld%s%s) ", row->kind,
             (long long)row->mn_id, (long long)row->from_node_id, (long long)row->to_node_id,
             row->detail ? "," : "", row->detail ? row->detail : "");
}

static void on_histogram(sim_sink *sink, const sim_row_histogram *row)
{
    (void)sink;
    n_bins++;
    in_bins += row->node_id == SIM_NO_NODE ? (uint64_t)row->count : 0;
    cr_assert_gt(row->bin_high, row->bin_low);
}

static const sim_sink_class sink_class = {
    .metric = on_metric, .ha_sample = on_sample, .decision = on_decision, .event = on_event,
    .histogram = on_histogram};
static sim_sink sink = {.cls = &sink_class};

/* The value of a metric written once; NULL is -1. */
static double metric(int64_t node, const char *name)
{
    double value = NAN;
    for (unsigned i = 0; i < n_metrics; i++) {
        if (metrics[i].node != node || strcmp(metrics[i].name, name) != 0)
            continue;
        cr_assert(isnan(value), "%s is there twice", name);
        value = metrics[i].has ? metrics[i].value : -1;
    }
    cr_assert_not(isnan(value), "no %s", name);
    return value;
}

static bool is_there(const char *name)
{
    for (unsigned i = 0; i < n_metrics; i++)
        if (strcmp(metrics[i].name, name) == 0)
            return true;
    return false;
}

static void near(double got, double expected)
{
    cr_assert_float_eq(got, expected, 1e-9 * fabs(expected) + 1e-12, "%.17g, expected %.17g", got,
                       expected);
}

/* ---- The run -------------------------------------------------------------------------- */

static void start(void)
{
    fixture_init(&f);
    fixture_seal(&f);
    n_metrics = n_bins = 0;
    in_bins = 0;
    events[0] = decisions[0] = '\0';
    for (unsigned i = 0; i < AGENTS; i++) {
        addresses[i] = (mip6_addr){{0x20, 1, [15] = (uint8_t)(i + 1)}};
        details[i] = (model_detail){0};
        accounts[i] = (model_account){.detail = &details[i]};
        account_list[i] = &accounts[i];
    }
    setup = (model_measure_setup){
        .net = &f.net, .sink = &sink, .n_agents = AGENTS, .n_nodes = NODES, .n_flows = 0,
        .agent_ids = agent_ids, .node_ids = node_ids, .agent_capacity_bps = capacities,
        .agent_addresses = addresses, .agent_accounts = account_list, .warm_up_ns = 10 * S,
        .end_ns = 1000 * S, .sample_ns = S, .step_ns = SIM_NEVER, .light_ppm = 200000,
        .mn_count_unit = 1, .events = true, .decisions = true};
}

static void begin(void)
{
    m = model_measure_new(&setup);
}

static void finish(const model_measure_totals *totals)
{
    static const model_measure_totals none;
    model_measure_finish(m, totals ? totals : &none);
    model_measure_free(m);
    fixture_clear(&f);
}

TestSuite(models_measure, .init = start);

static void delivered(uint32_t node, uint32_t via, bool down, int64_t delay_ns)
{
    sim_packet *p = sim_packet_new(f.net.packets, 48);
    p->created_ns = sim_now(f.net.engine) - delay_ns;
    model_measure_delivered(m, p, node, via, down);
    sim_packet_unref(f.net.packets, p);
}

static void agent_trace(uint32_t agent, uint32_t home, mip6_trace_kind kind, uint8_t code,
                        unsigned peer)
{
    mip6_trace t = {.kind = kind, .code = code, .now_ns = sim_now(f.net.engine),
                    .peer = addresses[peer]};
    model_measure_trace(m, agent, agent, UINT32_MAX, home, &t);
}

static void node_trace(uint32_t node, mip6_trace_kind kind, uint8_t code, unsigned peer)
{
    mip6_trace t = {.kind = kind, .code = code, .now_ns = sim_now(f.net.engine),
                    .peer = addresses[peer]};
    model_measure_trace(m, UINT32_MAX, UINT32_MAX, node, node, &t);
}

static void decide(uint32_t agent, uint32_t node, unsigned target, int64_t age_ns, bool repeated)
{
    mip6_decision d = {.branch = MIP6_BRANCH_QUEUE_LIGHT, .repeated = repeated, .own_queue = 5,
                       .own_count = 6, .target_queue = 7, .target_count = 8,
                       .information_age_ns = age_ns};
    mip6_trace t = {.kind = MIP6_TRACE_DECISION, .now_ns = sim_now(f.net.engine),
                    .peer = addresses[target], .decision = &d};
    model_measure_trace(m, agent, agent, UINT32_MAX, node, &t);
}

/* One second of all agents: counts and queues on the wire; -1: down. */
static void second(int64_t s, const int counts[AGENTS], const int wire[AGENTS])
{
    run_to(&f, (s + 1) * S);
    for (uint32_t i = 0; i < AGENTS; i++) {
        mip6_ha_figures g = {.mn_count = (uint32_t)counts[i],
                             .queue_wire = (uint16_t)(wire ? wire[i] : 0)};
        model_measure_second(m, i, counts[i] < 0 ? NULL : &g, s);
    }
}

static void move(uint32_t node, unsigned to)
{
    node_trace(node, MIP6_TRACE_MN_SWITCH, 0, to);
    node_trace(node, MIP6_TRACE_MN_REGISTERED, 0, to);
}

/* ---- Tests -------------------------------------------------------------------------------- */

Test(models_measure, a_run_without_anything_has_nulls_and_no_nan)
{
    begin();
    finish(NULL);
    static const char *const nulls[] = {"jain_mn", "peak_to_mean_load", "delay_p50", "delay_max",
        "loss_ratio", "outage_mean", "outage_max", "settling_time", "information_age_mean",
        "moves_per_mn_hour", "signalling_bytes_per_mn_hour"};
    for (unsigned i = 0; i < sizeof nulls / sizeof nulls[0]; i++)
        cr_assert_eq(metric(SIM_NO_NODE, nulls[i]), -1, "%s", nulls[i]);
    cr_assert_eq(metric(SIM_NO_NODE, "moves"), 0);
    cr_assert_eq(metric(100, "load_bps"), -1);
    cr_assert_eq(metric(100, "peak_queue_packets"), 0);
    cr_assert_eq(metric(100, "dropped_packets"), 0);
}

/* Written where [system] is on (virtual_measure.c, haha_host.c). */
static bool is_of_system(const char *name)
{
    static const char *const names[] = {"takeovers", "takeovers_without_failure",
                                        "stale_care_of_sends", "delivered_twice",
                                        "sync_messages",
                                        "sync_bytes", "updates_answered", "copies_held",
                                        "bytes_per_copy", "sync_messages_per_update",
                                        "sync_bytes_per_update", "nodes_taken_over",
                                        "bindings_given_up", "takeover_time"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

/* Those of models/measure/ipsec_measure.c. */
static bool is_of_ipsec(const char *name)
{
    return strncmp(name, "esp_", 4) == 0 || strncmp(name, "ike_", 4) == 0 ||
           strncmp(name, "signalling_outage", 17) == 0;
}

/* Every row of the table is written, and nothing else (but for statuses and nodes). Those of
 * failures are where agents fail, those of IPsec where there is some. */
Test(models_measure, the_table_and_the_rows_agree)
{
    static const uint32_t ends[1];
    setup.flow_ends = ends;
    begin();
    finish(&(model_measure_totals){.bound = {.there = true}});
    unsigned rows = 0;
    for (size_t i = 0; model_metric_at(i); i++) {
        const model_metric *t = model_metric_at(i);
        cr_assert(strlen(t->help) > 10 && t->better >= -1 && t->better <= 1);
        if (is_of_ipsec(t->name) || is_of_system(t->name))
            continue;
        (void)metric(t->per_agent ? 101 : SIM_NO_NODE, t->name);
        rows += t->per_agent ? AGENTS : 1;
    }
    cr_assert_eq(n_metrics, rows);
}

Test(models_measure, jain_and_peak_over_the_agents_that_are_up)
{
    begin();
    second(9, (int[]){90, 0, 0}, NULL);     /* warm-up: not counted */
    second(10, (int[]){30, 10, 20}, NULL);  /* 3600 / (3 * 1400), peak 30 / 20 */
    second(11, (int[]){30, 10, -1}, NULL);  /* 1600 / (2 * 1000), peak 30 / 20 */
    second(12, (int[]){0, 0, 0}, NULL);     /* nothing to compare */
    finish(NULL);
    near(metric(SIM_NO_NODE, "jain_mn"), (3600.0 / 4200 + 1600.0 / 2000) / 2);
    near(metric(SIM_NO_NODE, "peak_to_mean_mn"), 1.5);
    near(metric(100, "mn_mean"), 20);
    near(metric(101, "mn_mean"), 20.0 / 3);
    near(metric(102, "mn_mean"), 10);
    cr_assert_eq(metric(100, "mn_max"), 30);
}

Test(models_measure, load_is_a_share_of_capacity_over_ten_seconds)
{
    begin();
    run_to(&f, 10 * S);
    /* 8 and 16 Mbit/s: loads 1 : 1 : 0.5. */
    model_measure_offered(m, 0, 1000, true);
    model_measure_offered(m, 1, 700, true);
    model_measure_offered(m, 1, 300, false);
    model_measure_offered(m, 2, 1000, true);
    for (int64_t s = 10; s < 30; s++)
        second(s, (int[]){1, 1, 1}, NULL);
    finish(NULL);
    near(metric(SIM_NO_NODE, "jain_load"), 2.5 * 2.5 / (3 * 2.25));
    near(metric(SIM_NO_NODE, "peak_to_mean_load"), 1 / (2.5 / 3));
    near(metric(101, "load_bps"), 8000.0 / 20);
    near(metric(102, "offered_load"), 8000.0 / 20 / 16000000);
    cr_assert_eq(metric(101, "tunnelled_packets"), 1);
    cr_assert_eq(metric(101, "tunnelled_bytes"), 700);
}

/* Neither the warm-up nor the end falls on a second. */
Test(models_measure, rates_are_over_the_time_that_was_measured)
{
    setup.warm_up_ns = 10 * S + S / 2;
    begin();
    second(9, (int[]){1, 1, 1}, NULL);
    run_to(&f, setup.warm_up_ns);
    model_measure_offered(m, 0, 1000, true);
    model_measure_offered(m, 1, 1000, true);
    second(10, (int[]){1, 1, 1}, NULL);
    second(11, (int[]){1, -1, 1}, NULL);
    run_to(&f, 12 * S + S / 4);
    for (uint32_t i = 0; i < AGENTS; i++)
        model_measure_second(m, i, &(mip6_ha_figures){.mn_count = 1}, 12);
    finish(NULL);
    near(metric(100, "load_bps"), 8000 / 1.750000001);
    near(metric(101, "load_bps"), 8000 / 0.750000001);
    near(metric(100, "mn_mean"), 1);
}

Test(models_measure, the_warm_up_is_left_out)
{
    begin();
    run_to(&f, S);
    model_measure_offered(m, 0, 500, true);
    model_measure_queue(m, 0, 50, 50000);
    details[0].lost = 3;
    run_to(&f, 9 * S);
    model_measure_queue(m, 0, 7, 7000);
    delivered(0, 0, true, 5 * S);
    run_to(&f, 12 * S);
    model_measure_offered(m, 0, 100, true);
    model_measure_queue(m, 0, 6, 6000);
    delivered(0, 0, true, 2 * S);
    delivered(0, 0, true, 3 * S);
    details[0].lost = 8;
    details[0].lost_measured = 5;
    mip6_ha_figures g = {.mn_count = 4, .queue_wire = 99};
    model_measure_sample(m, 0, &g, 6, 6000, 8);
    finish(NULL);
    cr_assert_eq(sample.tunnelled_packets, 2, "samples run on from the start");
    cr_assert_eq(sample.tunnelled_bytes, 600);
    cr_assert_eq(sample.queue_wire, 99);
    cr_assert_eq(sample.node_id, 100);
    cr_assert_eq(sample.t_ns, 12 * S);
    cr_assert_eq(metric(100, "tunnelled_packets"), 1);
    cr_assert_eq(metric(100, "tunnelled_bytes"), 100);
    cr_assert_eq(metric(100, "peak_queue_packets"), 7, "what stood there at its end counts");
    cr_assert_eq(metric(SIM_NO_NODE, "peak_queue_bytes"), 7000);
    cr_assert_eq(metric(100, "dropped_packets"), 5);
    near(metric(SIM_NO_NODE, "delay_max"), 2);
    near(metric(100, "delay_mean"), 2);
    near(metric(100, "queue_mean_packets"), 7);
    cr_assert_eq(metric(101, "delay_mean"), -1);
}

Test(models_measure, queue_over_time)
{
    begin();
    run_to(&f, 10 * S);
    model_measure_queue(m, 1, 4, 400);
    run_to(&f, 11 * S);
    model_measure_queue(m, 1, 2, 200);
    run_to(&f, 14 * S);
    model_measure_queue(m, 1, 0, 0);
    run_to(&f, 20 * S);
    finish(NULL);
    near(metric(101, "queue_mean_packets"), (4.0 + 2 * 3) / 10);
    cr_assert_eq(metric(101, "peak_queue_packets"), 4);
}

Test(models_measure, delay_quantiles_and_histogram)
{
    setup.histograms = true;
    begin();
    run_to(&f, 20 * S);
    for (int i = 1; i <= 1000; i++)
        delivered(0, (uint32_t)i % 2, true, i * MS);
    delivered(0, AGENTS, true, 9 * S);      /* route-optimised: through no tunnel */
    finish(NULL);
    near(metric(SIM_NO_NODE, "delay_mean"), 0.5005);
    near(metric(SIM_NO_NODE, "delay_max"), 1);
    cr_assert_float_eq(metric(SIM_NO_NODE, "delay_p50"), 0.5, 0.004);
    cr_assert_float_eq(metric(SIM_NO_NODE, "delay_p99"), 0.99, 0.008);
    cr_assert_eq(in_bins, 1000);
}

Test(models_measure, moves_and_ping_pongs)
{
    begin();
    run_to(&f, 5 * S);
    node_trace(0, MIP6_TRACE_MN_REGISTERED, 0, 0);
    move(0, 1);                                     /* in the warm-up */
    run_to(&f, 20 * S);
    move(0, 0);                                     /* 1: back within 15 s: ping-pong */
    run_to(&f, 80 * S);
    node_trace(0, MIP6_TRACE_MN_REGISTERED, 0, 0);  /* a refresh */
    move(0, 1);                                     /* 2: 60 s after: ping-pong */
    run_to(&f, 140 * S + 1);
    move(0, 0);                                     /* 3: 1 ns too late */
    run_to(&f, 150 * S);
    move(0, 2);                                     /* 4: another one */
    node_trace(1, MIP6_TRACE_MN_REGISTERED, 0, 2);
    node_trace(1, MIP6_TRACE_MN_REGISTERED, 0, 1);  /* no switch: rehomed */
    node_trace(1, MIP6_TRACE_MN_SWITCH, 0, 0);
    node_trace(1, MIP6_TRACE_MN_REGISTERED, 0, 1);  /* a late answer to a refresh */
    node_trace(1, MIP6_TRACE_MN_REFUSED, MIP6_STATUS_DAD_FAILED, 0);
    node_trace(1, MIP6_TRACE_MN_REGISTERED, 0, 1);
    node_trace(1, MIP6_TRACE_MN_REGISTERED, 0, 0);  /* and much later by its own choice */
    finish(&(model_measure_totals){.node_seconds = 7200, .signalling_bytes = 900});
    cr_assert_eq(metric(SIM_NO_NODE, "moves"), 4);
    cr_assert_eq(metric(SIM_NO_NODE, "ping_pongs"), 2);
    near(metric(SIM_NO_NODE, "moves_per_mn_hour"), 2);
    near(metric(SIM_NO_NODE, "signalling_bytes_per_mn_hour"), 450);
    cr_assert_str_eq(events, "registered(200,-1,100) move(200,100,101) move(200,101,100) "
        "move(200,100,101) move(200,101,100) move(200,100,102) registered(201,-1,102) "
        "rehomed(201,102,101) refused(201,-1,100,134) rehomed(201,101,100) ");
}

/* A to B, by its own choice to C, back to A: no move was undone by the next. */
Test(models_measure, no_ping_pong_by_a_third_agent)
{
    begin();
    run_to(&f, 20 * S);
    node_trace(0, MIP6_TRACE_MN_REGISTERED, 0, 0);
    move(0, 1);
    node_trace(0, MIP6_TRACE_MN_REGISTERED, 0, 2);
    move(0, 0);
    finish(NULL);
    cr_assert_eq(metric(SIM_NO_NODE, "moves"), 2);
    cr_assert_eq(metric(SIM_NO_NODE, "ping_pongs"), 0);
}

Test(models_measure, a_wrong_sequence_number_only_delays_a_move)
{
    begin();
    run_to(&f, 20 * S);
    node_trace(0, MIP6_TRACE_MN_REGISTERED, 0, 0);
    node_trace(0, MIP6_TRACE_MN_SWITCH, 0, 1);
    node_trace(0, MIP6_TRACE_MN_REFUSED, MIP6_STATUS_SEQUENCE, 1);
    node_trace(0, MIP6_TRACE_MN_REGISTERED, 0, 1);
    finish(NULL);
    cr_assert_eq(metric(SIM_NO_NODE, "moves"), 1);
}

Test(models_measure, outage_from_the_last_by_the_old_to_the_first_by_the_new)
{
    begin();
    run_to(&f, 20 * S);
    node_trace(0, MIP6_TRACE_MN_REGISTERED, 0, 0);
    delivered(0, 0, true, MS);
    delivered(0, 0, false, MS);
    run_to(&f, 21 * S);
    move(0, 1);
    run_to(&f, 22 * S);
    delivered(0, 0, true, MS);              /* the old agent drains */
    run_to(&f, 22 * S + 500 * MS);
    delivered(0, 1, true, MS);              /* down: 0.5 s */
    run_to(&f, 23 * S);
    delivered(0, 1, false, MS);             /* up: 3 s */
    delivered(0, 1, true, MS);
    finish(NULL);
    near(metric(SIM_NO_NODE, "outage_mean"), 1.75);
    near(metric(SIM_NO_NODE, "outage_max"), 3);
}

Test(models_measure, outage_where_packets_come_before_the_acknowledgement)
{
    begin();
    run_to(&f, 20 * S);
    node_trace(0, MIP6_TRACE_MN_REGISTERED, 0, 0);
    delivered(0, 0, true, MS);
    run_to(&f, 21 * S);
    delivered(0, 1, true, MS);
    run_to(&f, 22 * S);
    move(0, 1);
    delivered(0, 1, true, MS);
    run_to(&f, 30 * S);
    move(0, 2);                             /* no packet ever: no outage to measure */
    finish(NULL);
    near(metric(SIM_NO_NODE, "outage_mean"), 1);
    near(metric(SIM_NO_NODE, "outage_max"), 1);
}

Test(models_measure, no_outage_without_a_packet_by_the_old_agent)
{
    begin();
    run_to(&f, 20 * S);
    node_trace(0, MIP6_TRACE_MN_REGISTERED, 0, 0);
    delivered(0, 1, true, MS);
    move(0, 1);
    delivered(0, 1, true, MS);
    finish(NULL);
    cr_assert_eq(metric(SIM_NO_NODE, "moves"), 1);
    cr_assert_eq(metric(SIM_NO_NODE, "outage_mean"), -1);
}

Test(models_measure, an_address_held_twice_is_timed_exactly)
{
    begin();
    run_to(&f, 5 * S);
    agent_trace(0, 0, MIP6_TRACE_BINDING_NEW, 0, 0);
    agent_trace(1, 0, MIP6_TRACE_BINDING_NEW, 0, 0);
    run_to(&f, 12 * S);
    agent_trace(0, 0, MIP6_TRACE_BINDING_DRAINING, 0, 1);   /* 2 s after the warm-up */
    run_to(&f, 13 * S);
    agent_trace(0, 0, MIP6_TRACE_BINDING_GONE, MIP6_GONE_DRAINED, 0);
    run_to(&f, 20 * S);
    agent_trace(2, 0, MIP6_TRACE_BINDING_NEW, 0, 0);
    run_to(&f, 20 * S + 7 * MS);
    agent_trace(0, 0, MIP6_TRACE_BINDING_NEW, 0, 0);        /* three: still one address */
    run_to(&f, 21 * S);
    agent_trace(1, 0, MIP6_TRACE_BINDING_GONE, MIP6_GONE_EXPIRED, 0);
    run_to(&f, 22 * S);
    model_measure_emptied(m, 2);                            /* 2 s */
    run_to(&f, 30 * S);
    agent_trace(0, 1, MIP6_TRACE_BINDING_NEW, 0, 0);
    agent_trace(2, 1, MIP6_TRACE_BINDING_NEW, 0, 0);
    agent_trace(2, 1, MIP6_TRACE_BINDING_NEW, 0, 0);        /* twice at one agent is once */
    model_measure_emptied(m, 1);                            /* nobody's */
    run_to(&f, 34 * S);                                     /* 4 s, to the end */
    finish(NULL);
    near(metric(SIM_NO_NODE, "double_binding_seconds"), 8);
}

/* A node learns of what its agents have lost when it is touched next, and counts to then. */
Test(models_measure, an_agent_that_lost_all_is_timed_to_that_moment)
{
    begin();
    run_to(&f, 20 * S);
    for (uint32_t agent = 0; agent < 3; agent++)
        agent_trace(agent, 0, MIP6_TRACE_BINDING_NEW, 0, 0);
    run_to(&f, 21 * S);
    model_measure_emptied(m, 0);            /* two are left */
    run_to(&f, 23 * S);
    model_measure_emptied(m, 1);            /* 3 s: one is left */
    run_to(&f, 24 * S);
    agent_trace(1, 0, MIP6_TRACE_BINDING_NEW, 0, 0);    /* it is back, empty, and has it anew */
    run_to(&f, 24 * S + 500 * MS);
    agent_trace(2, 0, MIP6_TRACE_BINDING_GONE, MIP6_GONE_EXPIRED, 0);   /* half a second */
    run_to(&f, 30 * S);
    agent_trace(0, 1, MIP6_TRACE_BINDING_NEW, 0, 0);
    agent_trace(2, 1, MIP6_TRACE_BINDING_NEW, 0, 0);
    run_to(&f, 31 * S);
    model_measure_emptied(m, 2);            /* 1 s, of a node that nothing happens to any more */
    run_to(&f, 34 * S);
    finish(NULL);
    near(metric(SIM_NO_NODE, "double_binding_seconds"), 4.5);
}

Test(models_measure, decisions_movers_and_the_age_of_information)
{
    begin();
    run_to(&f, 9 * S);
    decide(0, 1, 2, 50 * MS, false);        /* warm-up: a row, no figure */
    run_to(&f, 20 * S);
    decide(0, 1, 2, 100 * MS, false);
    decide(0, 2, 2, 300 * MS, false);       /* the same agent twice */
    run_to(&f, 20 * S + 900 * MS);
    decide(1, 3, 2, -1, false);             /* a second mover, without a report */
    decide(1, 3, 2, 999 * MS, true);
    run_to(&f, 21 * S);
    decide(1, 3, 2, 200 * MS, false);       /* the next second */
    decide(0, 0, 1, 200 * MS, false);       /* another target */
    finish(NULL);
    near(metric(SIM_NO_NODE, "information_age_mean"), 0.2);
    near(metric(SIM_NO_NODE, "information_age_max"), 0.3);
    cr_assert_eq(metric(SIM_NO_NODE, "simultaneous_movers"), 2);
    cr_assert_eq(metric(SIM_NO_NODE, "simultaneous_seconds"), 1);
    cr_assert_str_eq(decisions, "queue-light:sent queue-light:sent queue-light:sent "
        "queue-light:sent queue-light:repeated queue-light:sent queue-light:sent ");
    cr_assert_eq(decision.ha_id, 100);
    cr_assert_eq(decision.mn_id, 200);
    cr_assert_eq(decision.target_id, 101);
    cr_assert_eq(decision.own_queue, 5);
    cr_assert_eq(decision.target_count, 8);
    cr_assert_eq(decision.information_age_ns, 200 * MS);
}

/* A redirection is no refusal, and no move. */
Test(models_measure, redirections_are_counted_where_there_are_some)
{
    begin();
    run_to(&f, 9 * S);
    node_trace(0, MIP6_TRACE_MN_REDIRECTED, 0, 1);      /* warm-up: an event, no figure */
    run_to(&f, 20 * S);
    node_trace(1, MIP6_TRACE_MN_REDIRECTED, 0, 2);
    node_trace(1, MIP6_TRACE_MN_REGISTERED, 0, 2);
    node_trace(2, MIP6_TRACE_MN_REDIRECT_IGNORED, MIP6_DROP_BAD_VALUE, 2);
    finish(NULL);
    cr_assert_eq(metric(SIM_NO_NODE, "redirections"), 1);
    cr_assert_eq(metric(SIM_NO_NODE, "failed_registrations"), 0);
    cr_assert_eq(metric(SIM_NO_NODE, "moves"), 0);
    cr_assert(strstr(events, "redirected") && strstr(events, "redirect-ignored"), "%s", events);
}

Test(models_measure, decisions_count_also_where_their_rows_are_left_out)
{
    setup.decisions = false;
    begin();
    run_to(&f, 20 * S);
    decide(0, 1, 2, 100 * MS, false);
    decide(1, 3, 2, 300 * MS, false);
    finish(NULL);
    cr_assert_str_empty(decisions);
    near(metric(SIM_NO_NODE, "information_age_mean"), 0.2);
    cr_assert_eq(metric(SIM_NO_NODE, "simultaneous_movers"), 2);
}

Test(models_measure, refusals_by_status)
{
    begin();
    run_to(&f, 20 * S);
    node_trace(0, MIP6_TRACE_MN_REFUSED, 134, 1);
    node_trace(1, MIP6_TRACE_MN_REFUSED, 134, 1);
    node_trace(1, MIP6_TRACE_MN_REFUSED, 129, 0);
    node_trace(1, MIP6_TRACE_MN_TIMEOUT, 0, 2);
    agent_trace(1, 0, MIP6_TRACE_BINDING_REFUSED, 134, 0);
    agent_trace(0, UINT32_MAX, MIP6_TRACE_SWITCH_ANSWERED, 0, 1);
    finish(NULL);
    cr_assert_eq(metric(SIM_NO_NODE, "failed_registrations"), 3);
    cr_assert_eq(metric(SIM_NO_NODE, "failed_registrations_134"), 2);
    cr_assert_eq(metric(SIM_NO_NODE, "failed_registrations_129"), 1);
    cr_assert_not(is_there("failed_registrations_0"));
    cr_assert_eq(metric(SIM_NO_NODE, "registration_timeouts"), 1);
    cr_assert_eq(metric(101, "refused_registrations"), 1);
    cr_assert_str_eq(events, "refused(200,-1,101,134) refused(201,-1,101,134) "
        "refused(201,-1,100,129) timeout(201,-1,102) switch-answered(-1,100,101) ");
}

/* LIGHT of 20 % is 13107 on the wire; equal is not above. */
Test(models_measure, overload_is_above_light)
{
    begin();
    second(9, (int[]){1, 1, 1}, (int[]){65535, 0, 0});
    second(10, (int[]){1, 1, 1}, (int[]){13107, 13108, 0});
    second(11, (int[]){1, 1, -1}, (int[]){0, 65535, 65535});
    finish(NULL);
    cr_assert_eq(metric(SIM_NO_NODE, "overloaded_seconds"), 2);
    cr_assert_eq(metric(100, "overloaded_seconds"), 0);
    cr_assert_eq(metric(101, "overloaded_seconds"), 2);
}

Test(models_measure, settling)
{
    double jain[100];
    for (unsigned i = 0; i < 100; i++)
        jain[i] = i < 17 ? 0.4 : 0.9;
    cr_assert_eq(model_measure_settling(jain, 100), 17);
    jain[40] = 0.85;                    /* 5.6 % off */
    cr_assert_eq(model_measure_settling(jain, 100), 41);
    jain[40] = 0.86;
    cr_assert_eq(model_measure_settling(jain, 100), 17);
    cr_assert_eq(model_measure_settling(jain, 29), -1, "too short to say");
    for (unsigned i = 0; i < 100; i++)
        jain[i] = i % 2 ? 0.5 : 0.9;
    cr_assert_eq(model_measure_settling(jain, 100), -1, "never");
}

Test(models_measure, settling_counts_from_the_step)
{
    setup.step_ns = 20 * S;
    begin();
    for (int64_t s = 0; s < 100; s++) {
        bool balanced = s >= 36;
        run_to(&f, s * S + 1);
        model_measure_offered(m, 0, 1000, true);
        model_measure_offered(m, 1, balanced ? 1000 : 1, true);
        model_measure_offered(m, 2, balanced ? 2000 : 1, true);
        second(s, (int[]){1, 1, 1}, NULL);
    }
    finish(NULL);
    /* The window of 10 s is within 5 % once most of it lies after 36 s. */
    double settled = metric(SIM_NO_NODE, "settling_time");
    cr_assert(settled >= 16 && settled <= 26, "%g", settled);
}

Test(models_measure, totals_and_rows_per_node)
{
    setup.per_node = true;
    begin();
    run_to(&f, 20 * S);
    node_trace(2, MIP6_TRACE_MN_REGISTERED, 0, 0);
    move(2, 1);
    finish(&(model_measure_totals){.sent = 1000, .delivered = 960, .lost = 30, .in_flight = 10,
                                   .registered = 4, .unfilled_lists = 1});
    near(metric(SIM_NO_NODE, "loss_ratio"), 0.03);
    cr_assert_eq(metric(SIM_NO_NODE, "delivered_packets"), 960);
    cr_assert_eq(metric(SIM_NO_NODE, "in_flight_packets"), 10);
    cr_assert_eq(metric(SIM_NO_NODE, "registered_at_end"), 4);
    cr_assert_eq(metric(SIM_NO_NODE, "mn_unfilled_lists"), 1);
    cr_assert_eq(metric(202, "moves"), 1);
    cr_assert_eq(metric(203, "moves"), 0);
}
