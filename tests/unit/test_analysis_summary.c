/* The summary of runs, from a results file made here row by row.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "analysis/losses.h"
#include "analysis/summary.h"
#include "models/net.h"
#include "scratch.h"
#include "sim/record/record.h"

TestSuite(analysis_summary, .init = scratch_enter, .fini = scratch_leave);

static void put_metric(sim_sink *sink, int64_t node, const char *name, double value)
{
    sink->cls->metric(sink, &(sim_row_metric){node, name, true, value, "1"});
}

/* One run: two agents, one metric of each kind. */
static void put_run(const char *policy, int64_t replication, double jain, sim_run_status status)
{
    static const char *const params[] = {NULL};
    sim_record *r = sim_record_open("x.db", NULL);
    sim_run_start start = {.scenario = "town \"x\"", .policy = policy, .seed = 1,
                           .replication = replication, .config_sha256 = policy,
                           .code_version = "v", .protocol_sha256 = "p", .params = params};
    sim_sink *sink = sim_record_begin(r, &start, NULL);
    for (int64_t a = 2; a < 12; a += 8) {
        g_autofree char *name = g_strdup_printf("ha%d", (int)a);
        sink->cls->node(sink, &(sim_row_node){a, "home-agent", name, NULL});
        put_metric(sink, a, "load_bps", 1e6 * (double)a);
        put_metric(sink, a, "offered_load", 0.1 * (double)a);
        put_metric(sink, a, "mn_mean", 5.5);
        for (int t = 0; t < 2; t++)
            sink->cls->ha_sample(sink, &(sim_row_ha_sample){.t_ns = t, .node_id = a,
                                                            .mn_count = a * 10 + t});
    }
    put_metric(sink, SIM_NO_NODE, "jain_load", jain);
    put_metric(sink, SIM_NO_NODE, "delay_p99", 0.0123);
    put_metric(sink, SIM_NO_NODE, "loss_ratio", 0.0005);
    sink->cls->metric(sink, &(sim_row_metric){SIM_NO_NODE, "outage_mean", false, 0, "s"});
    sink->cls->loss(sink, &(sim_row_loss){2, "queue-full", 1234, 9});
    sink->cls->loss(sink, &(sim_row_loss){SIM_NO_NODE, "queue-full", 1, 9});
    sink->cls->loss(sink, &(sim_row_loss){2, "never", 0, 0});
    sink->cls->application_loss(sink, &(sim_row_application_loss){2, "queue-full", 1200, 9});
    sink->cls->application_loss(sink, &(sim_row_application_loss){3, "checksum", 20, 9});
    sink->cls->loss(sink, &(sim_row_loss){3, "checksum", 20, 9});
    sink->cls->signalling(sink, &(sim_row_signalling){2, "binding-update", 77, 9});
    sim_record_note(r, "the trace was \"shifted\"");
    sim_run_end end = {.status = status, .wall_seconds = 1, .simulated_ns = 60000000000,
                       .events = 2000000, .fingerprint = "f"};
    cr_assert(sim_record_finish(r, &end, NULL));
    sim_record_close(r);
}

static char *summary_of(const int64_t *ids, size_t n, bool json)
{
    analysis_style style = {.json = json, .unicode = true};
    GError *error = NULL;
    char *text = analysis_summary("x.db", ids, n, &style, &error);
    cr_assert_null(error);
    return text;
}

static void has(const char *text, const char *regex)
{
    cr_assert(g_regex_match_simple(regex, text, G_REGEX_MULTILINE, 0), "no /%s/ in\n%s", regex,
              text);
}

Test(analysis_summary, one_run)
{
    put_run("hybrid:safe", 1, 0.8125, SIM_RUN_COMPLETE);
    static const int64_t ids[] = {1};
    g_autofree char *text = summary_of(ids, 1, false);
    has(text, "^town \"x\": seed 1, 1 run of 60 s, 2.0 M events in 1.0 s$");
    has(text, "^ +hybrid:safe$");
    has(text, "^  ha2 +█▋ +2$");
    has(text, "^  ha10 +████████ +10$");
    has(text, "^  ha2 +5.50, 21$");
    has(text, "^  Jain's index of load +0.812$");
    has(text, "^  delay p99 +12.3 ms$");
    has(text, "^  loss +0.0500 %$");
    has(text, "^  outage of a move, mean +-$");
    has(text, "^Packets of applications lost, by cause.*\n"
              "  queue of an agent full +1,200\n"
              "  wrong checksum +20\n"
              "  all of them +1,220\n"
              "  signalling, besides +35$");
    has(text, "^  binding-update +77$");
    has(text, "^note: the trace was \"shifted\"$");
    has(text, "^Results: x.db, run_id 1$");
    cr_assert_null(strstr(text, "never"));
    cr_assert_lt(strstr(text, "  ha2 ") - text, strstr(text, "  ha10 ") - text);
}

/* Each cause that the network or the library may name, in words that fit the tables. */
Test(analysis_summary, every_cause_of_loss_has_words)
{
    for (unsigned c = MIP6_DROP_NONE + 1; c < MODEL_N_CAUSES; c++) {
        const char *cause = model_cause_name(c), *words = analysis_cause_words(cause);
        cr_assert_str_neq(words, cause, "%s", cause);
        cr_assert_leq(strlen(words), 27, "%s", words);
        for (unsigned d = MIP6_DROP_NONE + 1; d < c; d++)
            cr_assert_str_neq(words, analysis_cause_words(model_cause_name(d)));
    }
    cr_assert_str_eq(analysis_cause_words("of-tomorrow"), "of-tomorrow");
}

/* A file of an older program says how many were lost, not of what. */
Test(analysis_summary, an_older_file_has_one_sum_of_losses)
{
    put_run("hybrid:safe", 1, 0.8125, SIM_RUN_COMPLETE);
    sqlite3 *db = NULL;
    cr_assert_eq(sqlite3_open("x.db", &db), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(db, "DROP TABLE application_loss", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    static const int64_t ids[] = {1};
    g_autofree char *text = summary_of(ids, 1, false);
    has(text, "  queue of an agent full +1,235\n  wrong checksum +20\n  all of them +1,255$");
    cr_assert_null(strstr(text, "besides"));
}

/* Where agents fail, and nowhere else. */
Test(analysis_summary, failures_have_lines_of_their_own)
{
    static const int64_t ids[] = {1};
    put_run("hybrid:safe", 1, 0.8125, SIM_RUN_COMPLETE);
    g_autofree char *without = summary_of(ids, 1, false);
    cr_assert_null(strstr(without, "Failures of agents"));
    sqlite3 *db = NULL;
    cr_assert_eq(sqlite3_open("x.db", &db), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(db, "INSERT INTO metric VALUES (1, NULL, 'failure_outages', 12, '1'),"
                              " (1, NULL, 'failure_outage_median', 20.5, 's')", NULL, NULL, NULL),
                 SQLITE_OK);
    sqlite3_close(db);
    g_autofree char *text = summary_of(ids, 1, false);
    has(text, "^Failures of agents\n  outages +12\n(.*\n)+  outage, median +20.5 s$");
}

/* Where IPsec is, and nowhere else; what IKE alone has, with IKE alone. */
Test(analysis_summary, ipsec_has_lines_of_its_own)
{
    static const int64_t ids[] = {1};
    put_run("hybrid:safe", 1, 0.8125, SIM_RUN_COMPLETE);
    g_autofree char *without = summary_of(ids, 1, false);
    cr_assert_null(strstr(without, "IPsec"));
    sqlite3 *db = NULL;
    cr_assert_eq(sqlite3_open("x.db", &db), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(db, "INSERT INTO metric VALUES (1, NULL, 'esp_packets', 12, '1'),"
                              " (1, NULL, 'signalling_outage_mean', 20.5, 's')", NULL, NULL, NULL),
                 SQLITE_OK);
    sqlite3_close(db);
    g_autofree char *text = summary_of(ids, 1, false);
    has(text, "^IPsec\n  messages in ESP +12\n(.*\n)+  outage of signalling, mean +20.5 s$");
    cr_assert_null(strstr(text, "IKE"));
}

Test(analysis_summary, policies_side_by_side_and_replications_averaged)
{
    put_run("static-dhaad", 1, 0.5, SIM_RUN_COMPLETE);
    put_run("static-dhaad", 2, 0.7, SIM_RUN_COMPLETE);
    put_run("hybrid:tuned", 1, 0.9, SIM_RUN_COMPLETE);
    put_run("hybrid:tuned", 2, 0.9, SIM_RUN_INTERRUPTED);
    static const int64_t ids[] = {1, 2, 3, 4};
    g_autofree char *text = summary_of(ids, 4, false);
    has(text, "^ +static-dhaad +hybrid:tuned$");
    has(text, "^  Jain's index of load +0.600 ±0.141 +0.900$");
    has(text, "^run 4 \\(hybrid:tuned\\) is interrupted, at 60.000 s$");
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **l = lines; *l; l++)
        cr_assert_leq(g_utf8_strlen(*l, -1), 100, "%s", *l);
}

Test(analysis_summary, many_policies_become_several_tables)
{
    int64_t ids[9];
    for (int i = 0; i < 9; i++) {
        g_autofree char *policy = g_strdup_printf("policy-%d", i);
        put_run(policy, 1, 0.1 * i, SIM_RUN_COMPLETE);
        ids[i] = i + 1;
    }
    g_autofree char *text = summary_of(ids, 9, false);
    has(text, "^ +policy-0 +policy-1 +policy-2 +policy-3$");
    has(text, "^ +policy-8$");
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **l = lines; *l; l++)
        cr_assert_leq(g_utf8_strlen(*l, -1), 100, "%s", *l);
}

Test(analysis_summary, json_is_json)
{
    put_run("hybrid:safe", 1, 0.8125, SIM_RUN_COMPLETE);
    static const int64_t ids[] = {1};
    g_autofree char *text = summary_of(ids, 1, true);
    sqlite3 *db;
    sqlite3_stmt *s;
    cr_assert_eq(sqlite3_open(":memory:", &db), SQLITE_OK);
    cr_assert_eq(sqlite3_prepare_v2(db,
        "select json_extract(?1, '$.runs[0].run.scenario') || '|' ||"
        " json_extract(?1, '$.runs[0].metrics.jain_load') || '|' ||"
        " (json_extract(?1, '$.runs[0].metrics.outage_mean') is null) || '|' ||"
        " json_extract(?1, '$.runs[0].agents[1].mn_at_end') || '|' ||"
        " json_extract(?1, '$.runs[0].loss[0].cause') || '|' ||"
        " json_extract(?1, '$.runs[0].notes[0].text')", -1, &s, NULL), SQLITE_OK);
    sqlite3_bind_text(s, 1, text, -1, SQLITE_STATIC);
    cr_assert_eq(sqlite3_step(s), SQLITE_ROW);
    cr_assert_str_eq((const char *)sqlite3_column_text(s, 0),
                     "town \"x\"|0.8125|1|101|queue-full|the trace was \"shifted\"");
    sqlite3_finalize(s);
    sqlite3_close(db);
}

Test(analysis_summary, files_and_runs_that_are_not_there)
{
    put_run("hybrid:safe", 1, 0.8, SIM_RUN_COMPLETE);
    static const int64_t ids[] = {1, 5};
    analysis_style style = {0};
    GError *error = NULL;
    cr_assert_null(analysis_summary("x.db", ids, 2, &style, &error));
    cr_assert_str_eq(error->message, "x.db: has no run 5");
    g_clear_error(&error);
    cr_assert_null(analysis_summary("none.db", ids, 1, &style, &error));
    cr_assert_str_eq(error->message, "none.db: unable to open database file");
    g_clear_error(&error);
    g_file_set_contents("text.db", "no database at all, and longer than its header would be", -1,
                        NULL);
    cr_assert_null(analysis_summary("text.db", ids, 1, &style, &error));
    cr_assert_str_eq(error->message, "text.db: file is not a database");
    g_clear_error(&error);
}

static void counts_as(double value, const char *text)
{
    g_autofree char *got = analysis_format_count(value);
    cr_assert_str_eq(got, text);
}

static void lasts(double seconds, const char *text)
{
    g_autofree char *got = analysis_format_seconds(seconds);
    cr_assert_str_eq(got, text);
}

Test(analysis_summary, figures_have_three_digits)
{
    counts_as(0, "0");
    counts_as(1234567, "1,234,567");
    counts_as(-1234, "-1,234");
    counts_as(0.98765, "0.988");
    counts_as(12.345, "12.3");
    counts_as(123.45, "123");
    lasts(0, "0 s");
    lasts(1.5, "1.50 s");
    lasts(0.0015, "1.50 ms");
    lasts(0.0000015, "1.50 us");
    lasts(3600, "3,600 s");
}

Test(analysis_summary, names_sort_as_people_count)
{
    cr_assert_lt(analysis_name_compare("ha2", "ha10"), 0);
    cr_assert_gt(analysis_name_compare("hb", "ha10"), 0);
    cr_assert_eq(analysis_name_compare("ha1", "ha1"), 0);
    cr_assert_lt(analysis_name_compare("ha", "ha1"), 0);
}
