/* Comparisons of results files made here row by row.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/compare.h"
#include "models/world.h"
#include "scratch.h"
#include "sim/record/record.h"
#include "sim/scenario/nearest.h"

TestSuite(analysis_compare, .init = scratch_enter, .fini = scratch_leave);

/* A run to be written; zero is a usual value everywhere. */
typedef struct made {
    const char *policy;
    int64_t seed, replication;
    const char *scenario, *code, *count, *light;        /* NULL: usual */
    sim_run_status status;
    double queue, delay, moves;
    bool no_metrics;
    double peak, lpt;           /* of the bound; 0: none */
} made;

static void put_metric(sim_sink *sink, const char *name, double value, bool has)
{
    sink->cls->metric(sink, &(sim_row_metric){SIM_NO_NODE, name, has, value, "1"});
}

/* Queues of 100 packets in the first 10 s, then of m->queue, sampled each second. */
static void put_samples(sim_sink *sink, const made *m)
{
    sink->cls->node(sink, &(sim_row_node){1, "home-agent", "ha0", NULL});
    for (int64_t t = 0; t < 100; t++)
        sink->cls->ha_sample(sink, &(sim_row_ha_sample){
            .t_ns = t * 1000000000, .node_id = 1, .mn_count = 7, .tunnelled_bytes = t * 125000,
            .queue_packets = t < 10 ? 100 : (int64_t)m->queue});
    for (int i = 0; i < 4; i++)
        sink->cls->histogram(sink, &(sim_row_histogram){SIM_NO_NODE, "delay", 0.1 * (i + 1),
                                                        0.1 * (i + 2), 25});
    int64_t lost = 10 + m->replication;
    sink->cls->loss(sink, &(sim_row_loss){1, "queue-full", 2 * lost, 9});
    sink->cls->application_loss(sink, &(sim_row_application_loss){1, "queue-full", lost, 9});
}

static void put(made m)
{
    const char *params[] = {"home-agents.count", m.count ? m.count : "3", "policy.light",
                            m.light ? m.light : "20 %", "scenario.seed", m.seed == 2 ? "2" : "1",
                            "scenario.warm-up", "5 s", NULL};
    g_autofree char *config = g_strjoin("|", m.policy, params[1], params[3], params[5], NULL);
    sim_record *r = sim_record_open("x.db", NULL);
    sim_run_start start = {.scenario = m.scenario ? m.scenario : "town", .policy = m.policy,
                           .seed = m.seed ? m.seed : 1, .replication = m.replication,
                           .config_sha256 = config, .code_version = m.code ? m.code : "v1",
                           .protocol_sha256 = "p", .params = params};
    sim_sink *sink = sim_record_begin(r, &start, NULL);
    put_samples(sink, &m);
    if (!m.no_metrics) {
        put_metric(sink, "peak_queue_packets", m.queue, true);
        put_metric(sink, "delay_p99", m.delay, true);
        put_metric(sink, "moves_per_mn_hour", m.moves, true);
        put_metric(sink, "outage_mean", 0.3, m.moves > 0);
        put_metric(sink, "ping_pongs", 0, true);
        put_metric(sink, "brand_new", m.queue, true);
        if (m.peak > 0) {
            put_metric(sink, "peak_load", m.peak, true);
            put_metric(sink, "peak_load_lpt", m.lpt, true);
        }
    }
    sim_run_end end = {.status = m.status, .wall_seconds = 1, .simulated_ns = 100000000000,
                       .events = 2, .fingerprint = "f"};
    cr_assert(sim_record_finish(r, &end, NULL));
    sim_record_close(r);
}

/* Ten pairs: the queue falls from about 100 to about 40, the delay only wobbles. */
static void put_ten(void)
{
    static const double wobble[] = {3, -1, 2, -4, 0.5, 1, -2, 4, -3, -0.25};
    for (int i = 0; i < 10; i++) {
        put((made){.policy = "static-dhaad", .replication = i + 1, .queue = 100 + wobble[i],
                   .delay = 0.1 + 0.001 * wobble[i]});
        put((made){.policy = "hybrid:tuned", .replication = i + 1, .moves = 5 + 0.1 * wobble[i],
                   .queue = 40 + wobble[9 - i], .delay = 0.1 + 0.001 * wobble[(i + 3) % 10]});
    }
}

static analysis_compare_options usual(void)
{
    return (analysis_compare_options){.level = 0.95, .mser = true, .hint = sim_nearest_hint};
}

static analysis_comparison *compare_with(const analysis_compare_options *o, GError **error)
{
    GError *open_error = NULL;
    g_autoptr(analysis_results) r = analysis_results_open("x.db", &open_error);
    cr_assert_null(open_error);
    return analysis_compare(r, o, error);
}

static analysis_comparison *compare(void)
{
    analysis_compare_options o = usual();
    GError *error = NULL;
    analysis_comparison *c = compare_with(&o, &error);
    cr_assert_null(error, "%s", error ? error->message : "");
    return c;
}

static void refused(const analysis_compare_options *o, const char *says)
{
    GError *error = NULL;
    g_autoptr(analysis_comparison) c = compare_with(o, &error);
    cr_assert_null(c);
    cr_assert_eq(error->code, ANALYSIS_ERROR_BAD);
    cr_assert(strstr(error->message, says) != NULL, "no `%s` in: %s", says, error->message);
    g_error_free(error);
}

static const analysis_compared *metric(const analysis_comparison *c, const char *name)
{
    for (guint i = 0; i < c->metrics->len; i++) {
        const analysis_compared *m = g_ptr_array_index(c->metrics, i);
        if (strcmp(m->name, name) == 0)
            return m;
    }
    cr_assert_fail("no %s", name);
    return NULL;
}

static char *text_of(const analysis_comparison *c)
{
    analysis_style style = {.unicode = true};
    GString *out = g_string_new(NULL);
    analysis_compare_text(c, &style, out);
    g_auto(GStrv) lines = g_strsplit(out->str, "\n", -1);
    for (char **l = lines; *l; l++)
        cr_assert_leq(g_utf8_strlen(*l, -1), 100, "%s", *l);
    return g_string_free(out, FALSE);
}

static void has(const char *text, const char *regex)
{
    cr_assert(g_regex_match_simple(regex, text, G_REGEX_MULTILINE, 0), "no /%s/ in\n%s", regex,
              text);
}

static void near(double got, double expected, const char *what)
{
    cr_assert(fabs(got - expected) < 1e-9, "%s: %.12g, expected %.12g", what, got, expected);
}

/* ---- metrics -------------------------------------------------------------------------------- */

Test(analysis_compare, every_metric_of_a_run_has_words_and_the_same_direction)
{
    const model_metric *m;
    for (size_t i = 0; (m = model_metric_at(i)) != NULL; i++) {
        const analysis_metric_row *row = m->per_agent ? NULL : analysis_metric_row_find(m->name);
        if (m->per_agent)
            continue;
        cr_assert_not_null(row, "%s is not in analysis/compare_metrics.c", m->name);
        cr_assert_eq(row->better, m->better, "%s", m->name);
        cr_assert_eq(row->unit == ANALYSIS_SECONDS, strcmp(m->unit, "s") == 0, "%s", m->name);
        cr_assert_eq(row->unit == ANALYSIS_BYTES, g_str_has_prefix(m->unit, "bytes"), "%s",
                     m->name);
        cr_assert(row->role == ANALYSIS_CONTEXT || row->better != 0, "%s", m->name);
    }
}

Test(analysis_compare, rows_are_unique_and_fit_their_column)
{
    const analysis_metric_row *row;
    for (size_t i = 0; (row = analysis_metric_row_at(i)) != NULL; i++) {
        cr_assert_eq(analysis_metric_row_find(row->name), row, "%s twice", row->name);
        cr_assert_lt(strlen(row->words), 22, "%s", row->words);
        const char *figure = row->counted ? strstr(row->counted, "%s") : "";
        cr_assert(figure && !strchr(figure + (*figure != 0), '%'), "%s", row->name);
    }
}

/* ---- what is said --------------------------------------------------------------------------- */

Test(analysis_compare, numbers_of_pairs)
{
    put_ten();
    g_autoptr(analysis_comparison) c = compare();
    cr_assert_eq(c->pairs->len, 10);
    cr_assert_str_eq(c->policies[0], "static-dhaad");
    const analysis_compared *queue = metric(c, "peak_queue_packets");
    near(queue->cells[0].sample.mean, 100.025, "mean of the baseline");
    near(queue->pairs[1].difference.mean, -60, "difference");
    near(queue->pairs[1].relative, -60 / 100.025, "change");
    cr_assert_eq(analysis_verdict(c, queue, 1), 1);
    cr_assert_eq(analysis_verdict(c, metric(c, "delay_p99"), 1), 0);
    cr_assert_eq(analysis_verdict(c, metric(c, "moves_per_mn_hour"), 1), -1);
    cr_assert_not(metric(c, "brand_new")->judged, "which way is better is not known");
    cr_assert(isnan(metric(c, "brand_new")->p_holm[1]));
    /* queue, sampled queue, delay, moves, ping-pongs; an outage has no pair. */
    cr_assert_eq(c->tests, 5);
    near(queue->p_holm[1], 5 * queue->pairs[1].p < 1 ? queue->p_holm[1] : 1, "at most 1");
    cr_assert_geq(queue->p_holm[1], queue->pairs[1].p);
}

Test(analysis_compare, samples_leave_out_the_transient)
{
    put_ten();
    g_autoptr(analysis_comparison) c = compare();
    const analysis_pairing *first = g_ptr_array_index(c->pairs, 0);
    near(first->cut_s[0], 10, "MSER-5's cut");
    near(first->from_s, 10, "where samples begin");
    near(metric(c, "sampled_queue")->cells[0].values[0], 103, "mean of what is left");
    near(metric(c, "sampled_throughput")->cells[0].values[0], 1, "125,000 B a second");
    near(metric(c, "sampled_jain_mn")->cells[0].values[0], 1, "one agent");
    analysis_compare_options o = usual();
    o.mser = false;
    g_autoptr(analysis_comparison) whole = compare_with(&o, NULL);
    near(((analysis_pairing *)g_ptr_array_index(whole->pairs, 0))->from_s, 5, "warm-up");
    near(metric(whole, "sampled_queue")->cells[0].values[2], (5 * 100 + 90 * 102) / 95.0, "all");
}

Test(analysis_compare, percentiles_are_known_to_the_bin)
{
    put_ten();
    g_autoptr(analysis_comparison) c = compare();
    const analysis_percentile *p50 = &c->delay[1][0], *p99 = &c->delay[1][2];
    near(p50->low, 0.2, "bin");     /* 250 of each bin; the 500th is the second's last */
    near(p50->high, 0.3, "bin");
    near(p50->value, 0.2 + 0.1 * 249.5 / 250, "within the bin");
    near(p99->low, 0.4, "bin");
    near(metric(c, "delay_p90")->cells[0].values[0], 0.4 + 0.1 * 14.5 / 25, "of one run");
}

Test(analysis_compare, a_verdict_to_read)
{
    put_ten();
    g_autoptr(analysis_comparison) c = compare();
    g_autofree char *text = text_of(c);
    cr_assert(g_regex_match_simple(
        "\\nPackets of applications lost.*\n +static-dhaad +hybrid:tuned *\n"
        "  queue of an agent full +15.5 +15.5\n  all of them +15.5 +15.5\n"
        "  signalling, besides +15.5 +15.5\n", text, 0, 0), "%s", text);
    has(text, "^town: 10 pairs of runs, seed 1 replication 1 to 10$");
    has(text, "^peak queue +100 ±\\S+ +40.0 ±\\S+ "
              "+-60 \\[-6\\S+, -5\\S+\\] +<.001 t +-\\S+ better$");
    has(text, "^hybrid:tuned lowers peak queue by 60 % ± 2 % and mean queue \\(sampled\\) by");
    has(text, "costs 5.00 ± 0.19 moves per node and hour");
    has(text, "^Not distinguishable: delay p99$");
    has(text, "^The same in every run: ping-pongs$");
    has(text, "^static-dhaad: 10 10 10");
    has(text, "the scenario's warm-up of 5 s");
}

Test(analysis_compare, json_has_it_all)
{
    put_ten();
    put((made){.policy = "third \"x\"", .replication = 1});
    analysis_compare_options o = usual();
    o.policies = (const char *const[]){"static-dhaad", "hybrid:tuned", NULL};
    g_autoptr(analysis_comparison) c = compare_with(&o, NULL);
    g_autoptr(GString) out = g_string_new(NULL);
    g_autoptr(GPtrArray) lines = g_ptr_array_new();
    g_ptr_array_add(lines, (gpointer)"holds: \"x\"");
    analysis_compare_json(c, lines, out);
    sqlite3 *db;
    sqlite3_stmt *s;
    cr_assert_eq(sqlite3_open(":memory:", &db), SQLITE_OK);
    cr_assert_eq(sqlite3_prepare_v2(db,
        "SELECT json_extract(?1, '$.baseline') || ' ' || json_array_length(?1, '$.pairs') || ' ' ||"
        " json_extract(?1, '$.pairs[0].mser_cut_s[1]') || ' ' || (SELECT json_extract(value,"
        " '$.against_baseline[0].verdict') ||"
        " json_extract(value, '$.against_baseline[0].difference')"
        " FROM json_each(?1, '$.metrics') WHERE json_extract(value, '$.metric') ="
        " 'peak_queue_packets') || json_extract(?1, '$.requirements[0]') ||"
        " json_extract(?1, '$.losses[0].cause') ||"
        " json_extract(?1, '$.losses[1].mean_packets[1]')", -1, &s, NULL),
        SQLITE_OK, "%s", sqlite3_errmsg(db));
    sqlite3_bind_text(s, 1, out->str, -1, SQLITE_STATIC);
    cr_assert_eq(sqlite3_step(s), SQLITE_ROW, "%s\n%s", sqlite3_errmsg(db), out->str);
    cr_assert_str_eq((const char *)sqlite3_column_text(s, 0),
                     "static-dhaad 10 10 better-60holds: \"x\"queue-full15.5");
    sqlite3_finalize(s);
    sqlite3_close(db);
}

Test(analysis_compare, one_pair_has_no_interval_and_says_so)
{
    put((made){.policy = "a", .replication = 1, .queue = 100});
    put((made){.policy = "b", .replication = 1, .queue = 40});
    g_autoptr(analysis_comparison) c = compare();
    cr_assert_eq(c->tests, 0);
    cr_assert_eq(analysis_verdict(c, metric(c, "peak_queue_packets"), 1), 0);
    g_autofree char *text = text_of(c);
    has(text, "^peak queue +100 +40 +-60 +- +-$");
    has(text, "^One pair of runs: how sure any difference is cannot be said.$");
    cr_assert_null(strchr(text, '%') && strstr(text, "± ") ? "an interval" : NULL);
    cr_assert_not(analysis_precise(c, 0.5));
}

Test(analysis_compare, precise_when_every_interval_is_narrow)
{
    put_ten();
    analysis_compare_options o = usual();
    o.metrics = (const char *const[]){"peak_queue_packets", NULL};
    g_autoptr(analysis_comparison) c = compare_with(&o, NULL);
    cr_assert_eq(c->tests, 1);
    cr_assert(analysis_precise(c, 0.05));
    cr_assert_not(analysis_precise(c, 0.01));
}

Test(analysis_compare, metrics_that_are_named_are_the_family)
{
    put_ten();
    analysis_compare_options o = usual();
    o.metrics = (const char *const[]){"all", NULL};
    g_autoptr(analysis_comparison) all = compare_with(&o, NULL);
    cr_assert(metric(all, "brand_new")->judged);
    cr_assert_gt(all->tests, 5);
    o.metrics = (const char *const[]){"delay_p98", NULL};
    refused(&o, "there is no metric `delay_p98`; did you mean `delay_p9");
}

/* ---- what is refused ------------------------------------------------------------------------ */

Test(analysis_compare, policies_by_name)
{
    put_ten();
    analysis_compare_options o = usual();
    o.policies = (const char *const[]){"hybrid:tuned", "static-dhaad", NULL};
    g_autoptr(analysis_comparison) c = compare_with(&o, NULL);
    near(metric(c, "peak_queue_packets")->pairs[1].difference.mean, 60, "the other way round");
    o.policies = (const char *const[]){"hybrid:tune", "static-dhaad", NULL};
    refused(&o, "no run of policy `hybrid:tune`; did you mean `hybrid:tuned`?");
    o.policies = (const char *const[]){"static-dhaad", "static-dhaad", NULL};
    refused(&o, "named twice");
}

Test(analysis_compare, a_single_policy_is_no_comparison)
{
    put((made){.policy = "a", .replication = 1});
    analysis_compare_options o = usual();
    refused(&o, "needs two policies, and there is `a` alone");
}

Test(analysis_compare, code_versions_do_not_mix)
{
    put((made){.policy = "a", .replication = 1});
    put((made){.policy = "b", .replication = 1, .code = "v2"});
    analysis_compare_options o = usual();
    refused(&o, "runs 1 (a) and 2 (b) are of different code versions: v1 and v2");
    o.mix = true;
    g_autoptr(analysis_comparison) c = compare_with(&o, NULL);
    cr_assert_eq(c->pairs->len, 1);
}

Test(analysis_compare, configurations_do_not_mix)
{
    put((made){.policy = "a", .replication = 1});
    put((made){.policy = "b", .replication = 1, .count = "5", .light = "10 %"});
    analysis_compare_options o = usual();
    refused(&o, "different configurations: home-agents.count is `3` and `5`");
    put((made){.policy = "a", .replication = 1, .count = "5"});
    refused(&o, "home-agents.count");
    o.where = (const char *const[]){"home-agents.count = 5", NULL};
    g_autoptr(analysis_comparison) c = compare_with(&o, NULL);
    cr_assert_not_null(c, "policies may differ in their own keys");
    o.where = (const char *const[]){"home-agents.cuont=5", NULL};
    refused(&o, "no run has a key `home-agents.cuont`; did you mean `home-agents.count`?");
}

Test(analysis_compare, scenarios_do_not_mix)
{
    put((made){.policy = "a", .replication = 1});
    put((made){.policy = "b", .replication = 1, .scenario = "city"});
    analysis_compare_options o = usual();
    refused(&o, "different scenarios: `town` and `city`");
}

Test(analysis_compare, one_policy_has_one_configuration)
{
    put((made){.policy = "a", .replication = 1});
    put((made){.policy = "b", .replication = 1});
    put((made){.policy = "a", .replication = 2});
    put((made){.policy = "b", .replication = 2, .light = "10 %"});
    analysis_compare_options o = usual();
    refused(&o, "runs 2 (b) and 4 (b) are of different configurations: policy.light is `20 %` and "
                "`10 %`");
}

Test(analysis_compare, seeds_pair_or_are_refused)
{
    put((made){.policy = "a", .replication = 1});
    put((made){.policy = "b", .replication = 1});
    put((made){.policy = "a", .replication = 2});
    analysis_compare_options o = usual();
    refused(&o, "seed 1, replication 2 has no run of b: the runs do not pair");
    o.mix = true;
    g_autoptr(analysis_comparison) c = compare_with(&o, NULL);
    cr_assert_eq(c->pairs->len, 1);
    has(g_ptr_array_index(c->notes, 0), "1 seeds and replications lack a run");
    o.policies = (const char *const[]){"a", "c", NULL};
    put((made){.policy = "c", .seed = 2, .replication = 1});
    refused(&o, "no seed and replication has a complete run of every policy");
}

Test(analysis_compare, broken_runs_are_left_out_and_told)
{
    put((made){.policy = "a", .replication = 1});
    put((made){.policy = "b", .replication = 1});
    put((made){.policy = "a", .replication = 2});
    put((made){.policy = "b", .replication = 2, .status = SIM_RUN_INTERRUPTED});
    g_autoptr(analysis_comparison) c = compare();
    cr_assert_eq(c->pairs->len, 1);
    has(g_ptr_array_index(c->notes, 0), "run 4 \\(b, seed 1, replication 2\\) is interrupted");
    put((made){.policy = "b", .replication = 2});
    g_autoptr(analysis_comparison) mended = compare();
    cr_assert_eq(mended->pairs->len, 2, "a complete run stands for the one that broke off");
}

Test(analysis_compare, nothing_but_broken_runs)
{
    put((made){.policy = "a", .replication = 1, .status = SIM_RUN_FAILED});
    put((made){.policy = "b", .replication = 1});
    analysis_compare_options o = usual();
    refused(&o, "no seed and replication has a complete run of every policy");
}

Test(analysis_compare, a_run_that_is_there_twice_counts_once)
{
    put((made){.policy = "a", .replication = 1});
    put((made){.policy = "b", .replication = 1});
    put((made){.policy = "a", .replication = 1});
    g_autoptr(analysis_comparison) c = compare();
    cr_assert_eq(c->pairs->len, 1);
    has(g_ptr_array_index(c->notes, 0), "run 3 repeats run 1: the later one is used");
}

Test(analysis_compare, runs_by_number)
{
    put_ten();
    static const int64_t ids[] = {1, 2, 3, 4};
    analysis_compare_options o = usual();
    o.run_ids = ids;
    o.n_run_ids = 4;
    g_autoptr(analysis_comparison) c = compare_with(&o, NULL);
    cr_assert_eq(c->pairs->len, 2);
}

/* ---- requirements --------------------------------------------------------------------------- */

static int required(const analysis_comparison *c, const char *text, const char *says)
{
    GError *error = NULL;
    analysis_compare_options o = usual();
    g_autoptr(GString) out = g_string_new(NULL);
    analysis_requirement *r = analysis_requirement_parse(text, &error);
    int holds = r ? analysis_requirement_check(c, r, &o, out, &error) : -2;
    const char *told = error ? error->message : out->str;
    cr_assert(strstr(told, says) != NULL, "%s: no `%s` in: %s", text, says, told);
    g_clear_error(&error);
    if (r)
        analysis_requirement_free(r);
    return holds;
}

Test(analysis_compare, requirements)
{
    put_ten();
    g_autoptr(analysis_comparison) c = compare();
    cr_assert_eq(required(c, "peak_queue_packets<50", "holds: "), 1);
    cr_assert_eq(required(c, "static-dhaad:peak_queue_packets < 50", "FAILS: "), 0);
    cr_assert_eq(required(c, "hybrid:tuned:peak_queue_packets >= 39", "of hybrid:tuned is 40.025"),
                 1);
    cr_assert_eq(required(c, "delay_p99<=101 ms", "required <= 0.101"), 1);
    cr_assert_eq(required(c, "delay_p99>1min", "required > 60"), 0);
    cr_assert_eq(required(c, "peak_queue_packets<40 % baseline", "required < 40.01"), 0);
    cr_assert_eq(required(c, "peak_queue_packets<baseline", "required < 100.025"), 1);
    cr_assert_eq(required(c, "static-dhaad:outage_mean<1", "has no value"), 0);
    cr_assert_eq(required(c, "delay_p98<1", "did you mean `delay_p9"), -1);
    cr_assert_eq(required(c, "hybrid:tuned2:delay_p99<1", "did you mean `hybrid:tuned`?"), -1);
    static const char *const none[] = {"", "<", "delay_p99", "delay_p99<", "delay_p99<x", "<1",
                                       "delay_p99=1", "delay_p99<<1", "delay_p99<1 parsec",
                                       ":delay_p99<1", "delay_p99<2 baseline", "delay_p99<nan"};
    for (size_t i = 0; i < G_N_ELEMENTS(none); i++)
        cr_assert_eq(required(c, none[i], "is no requirement"), -2);
}

/* ---- files ---------------------------------------------------------------------------------- */

/* Cut off anywhere: an error, never a crash, and no answer from half of the data. */
Test(analysis_compare, a_file_that_is_cut_off)
{
    put_ten();
    g_autofree char *whole = NULL;
    gsize size;
    cr_assert(g_file_get_contents("x.db", &whole, &size, NULL));
    cr_assert_gt(size, 100000);
    for (gsize keep = 0; keep < size; keep += keep < 8192 ? 700 : 20480) {
        GError *error = NULL;
        analysis_compare_options o = usual();
        cr_assert(g_file_set_contents("cut.db", whole, (gssize)keep, NULL));
        g_autoptr(analysis_results) r = analysis_results_open("cut.db", &error);
        g_autoptr(analysis_comparison) c = r ? analysis_compare(r, &o, &error) : NULL;
        cr_assert(!c && error && strstr(error->message, "cut.db: "), "%zu bytes", keep);
        g_error_free(error);
    }
}

/* LPT is static DHAAD's own run's; the other's is no matter. */
static void put_ways(double lpt, double spread)
{
    for (int i = 0; i < 4; i++) {
        put((made){.policy = "hybrid:tuned", .replication = i + 1, .queue = 1,
                   .peak = 0.75 + 0.01 * i, .lpt = 7});
        put((made){.policy = "static-dhaad", .replication = i + 1, .queue = 1,
                   .peak = 0.9 + 0.01 * i, .lpt = lpt + 0.01 * i + spread * (i % 2 ? 1 : -1)});
    }
}

Test(analysis_compare, percent_of_the_way_is_from_static_dhaad_to_lpt)
{
    put_ways(0.6, 0);
    g_autoptr(analysis_comparison) c = compare();
    guint hybrid = strcmp(c->policies[0], "static-dhaad") == 0, plain = 1 - hybrid;
    analysis_way way;
    cr_assert(!analysis_compare_way(c, plain, &way), "no way to itself");
    cr_assert(analysis_compare_way(c, hybrid, &way) && way.known);
    cr_assert_eq(way.n, 4);
    cr_assert_float_eq(way.share, 0.5, 1e-9);
    g_autoptr(GString) out = g_string_new(NULL);
    g_autoptr(GPtrArray) none = g_ptr_array_new();
    analysis_compare_json(c, none, out);
    cr_assert(strstr(out->str, "\"percent_of_the_way\": [\n    {\"policy\": \"hybrid:tuned\""));
    analysis_style style = {0};
    analysis_compare_text(c, &style, out);
    cr_assert(strstr(out->str, "50.0 % ["), "%s", out->str);
}

Test(analysis_compare, no_percent_where_there_may_be_no_way)
{
    put_ways(0.9, 0.1);
    g_autoptr(analysis_comparison) c = compare();
    guint hybrid = strcmp(c->policies[0], "static-dhaad") == 0;
    analysis_way way;
    cr_assert(analysis_compare_way(c, hybrid, &way) && !way.known);
    g_autoptr(GString) out = g_string_new(NULL);
    analysis_style style = {0};
    analysis_compare_text(c, &style, out);
    cr_assert(strstr(out->str, "n/a"), "%s", out->str);
}

Test(analysis_compare, no_percent_without_a_bound)
{
    put_ten();
    g_autoptr(analysis_comparison) c = compare();
    analysis_way way;
    cr_assert(!analysis_compare_way(c, 1, &way) && !analysis_compare_way(c, 0, &way));
    g_autoptr(GString) out = g_string_new(NULL);
    analysis_style style = {0};
    analysis_compare_text(c, &style, out);
    cr_assert(!strstr(out->str, "Percent of the way"));
}
