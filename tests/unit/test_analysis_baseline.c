/* Baselines as text: what is printed is read back as the same; what is not one is refused, with
 * file and line. SPDX-License-Identifier: GPL-3.0-or-later */

#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/baseline_private.h"
#include "analysis/compare.h"
#include "sim/record/record.h"
#include "scratch.h"

TestSuite(analysis_baseline, .init = scratch_enter, .fini = scratch_leave);

#define PRINT_A "00000000000000000000000000000001"
#define PRINT_B "fffffffffffffffffffffffffffffffe"

static analysis_baseline_policy *add_policy(analysis_baseline *b, const char *label)
{
    analysis_baseline_policy *p = analysis_baseline_add_policy(b, label);
    g_free(p->config_sha256);
    p->config_sha256 = g_strdup("c");
    return p;
}

static analysis_baseline *small(void)
{
    analysis_baseline *b = analysis_baseline_new("town", "v1", "short");
    b->window_s = 2;
    analysis_baseline_policy *p = add_policy(b, "hybrid:safe");
    p->seed = 7;
    analysis_baseline_run *run = analysis_baseline_add_run(p, 1, PRINT_A);
    analysis_baseline_add_trace(run, "ha.east = x", "wire", ".aB-_");
    analysis_baseline_add_trace(analysis_baseline_add_run(p, 3, PRINT_B), NULL, "queue", "9");
    analysis_baseline_metric *m = analysis_baseline_add_metric(p, "delay_p99");
    m->values[0] = 0.1234567;
    add_policy(b, "static-dhaad");
    return b;
}

static char *text_of(const analysis_baseline *b)
{
    GString *out = g_string_new(NULL);
    analysis_baseline_print(b, out);
    return g_string_free(out, FALSE);
}

static analysis_baseline *read_text(const char *text, GError **error)
{
    cr_assert(g_file_set_contents("b.txt", text, -1, NULL));
    return analysis_baseline_read("b.txt", error);
}

Test(analysis_baseline, what_is_printed_is_read_back)
{
    g_autoptr(analysis_baseline) before = small();
    g_autofree char *text = text_of(before);
    GError *error = NULL;
    g_autoptr(analysis_baseline) b = read_text(text, &error);
    cr_assert_not_null(b, "%s", error ? error->message : "");
    g_autofree char *again = text_of(b);
    cr_assert_str_eq(again, text);
    const analysis_baseline_policy *p = analysis_baseline_find(b, "hybrid:safe");
    cr_assert_eq(p->seed, 7);
    cr_assert_eq(analysis_baseline_run_of(p, 3), 1);
    cr_assert_eq(analysis_baseline_run_of(p, 2), -1);
    const analysis_baseline_metric *m = analysis_baseline_metric_of(p, "delay_p99");
    cr_assert_eq(m->values[0], 0.1234567);
    cr_assert(isnan(m->values[1]));
    const analysis_baseline_run *run = g_ptr_array_index(p->runs, 0);
    const analysis_trace *t = g_ptr_array_index(run->traces, 0);
    cr_assert_str_eq(t->node, "ha.east = x");
    cr_assert_str_eq(t->channel, "wire");
    cr_assert_str_eq(t->digits, ".aB-_");
}

Test(analysis_baseline, line_ends_of_other_systems_are_nothing)
{
    g_autoptr(analysis_baseline) before = small();
    g_autofree char *text = text_of(before);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_autofree char *crlf = g_strjoinv("\r\n", lines);
    g_autoptr(analysis_baseline) b = read_text(crlf, NULL);
    cr_assert_not_null(b);
    g_autofree char *again = text_of(b);
    cr_assert_str_eq(again, text);
}

/* The printed text with one line replaced is refused, and the message has all of `says`. */
static void refused(const char *line, const char *instead, const char *says)
{
    g_autoptr(analysis_baseline) before = small();
    g_autofree char *text = text_of(before);
    g_auto(GStrv) parts = g_strsplit(text, line, 2);
    cr_assert_eq(g_strv_length(parts), 2, "no `%s` in %s", line, text);
    g_autofree char *bad = g_strjoinv(instead, parts);
    GError *error = NULL;
    cr_assert_null(read_text(bad, &error), "%s", instead);
    cr_assert(g_error_matches(error, ANALYSIS_ERROR, ANALYSIS_ERROR_BAD));
    cr_assert(strstr(error->message, says) != NULL, "no `%s` in: %s", says, error->message);
    g_error_free(error);
}

Test(analysis_baseline, what_is_none_is_refused_with_its_line)
{
    refused("# A baseline", "# A recipe", "b.txt:1: is no baseline");
    refused("format = 1", "format = 2", "b.txt:4: format `2` is another version's");
    refused("form = short", "<<<<<<< HEAD", "b.txt:6: `<<<<<<< HEAD` is no line of a baseline");
    refused("form = short", "from = short", "b.txt:6: there is no key `from`");
    refused("window = 2 s\n", "", "the file ends before it says scenario and window");
    refused("window = 2 s", "window = 0 s", "b.txt:8: `0` is no whole number");
    refused("[hybrid:safe]", "[hybrid:safe", "b.txt:10: `[hybrid:safe` lacks a bracket");
    refused("[static-dhaad]", "[hybrid:safe]", "[hybrid:safe] is there twice");
    refused(PRINT_A, "12", "b.txt:13: `12` is no fingerprint");
    refused("fingerprint 3", "fingerprint 1", "b.txt:14: replication 1 is there twice");
    refused("| 0.1234567 -", "| 0.1234567", "b.txt:15: metric delay_p99 has 1 values for 2");
    refused("| 0.1234567 -", "| 0.12345x7 -", "b.txt:15: `0.12345x7` is no number");
    refused("trace 3", "trace 4", "b.txt:17: trace 4 queue is of no run here");
}

/* A disk that was full, a merge gone wrong: less than was written is never taken for all of it. */
Test(analysis_baseline, a_file_that_was_cut_off_is_refused)
{
    g_autoptr(analysis_baseline) before = small();
    g_autofree char *text = text_of(before);
    const char *metrics = strstr(text, "metric "), *line = strstr(metrics, "delay");
    GError *error = NULL;
    g_autofree char *whole_lines = g_strndup(text, (size_t)(metrics - text));
    cr_assert_null(read_text(whole_lines, &error));
    cr_assert(strstr(error->message, "before it says metrics of [") != NULL, "%s",
              error->message);
    g_clear_error(&error);
    const char *trace = strstr(line, "trace ");
    g_autofree char *half_line = g_strndup(text, (size_t)(strchr(trace, '\n') - text) - 1);
    cr_assert_null(read_text(half_line, &error));
    cr_assert(strstr(error->message, "in the middle of a line") != NULL, "%s", error->message);
    g_clear_error(&error);
}

Test(analysis_baseline, a_file_that_is_not_there_or_no_text_is_told_apart)
{
    GError *error = NULL;
    cr_assert_null(analysis_baseline_read("none.txt", &error));
    cr_assert(g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOENT));
    g_clear_error(&error);
    cr_assert_eq(g_mkdir("folder.txt", 0700), 0);
    cr_assert_null(analysis_baseline_read("folder.txt", &error));
    cr_assert(g_error_matches(error, ANALYSIS_ERROR, ANALYSIS_ERROR_CANNOT));
    g_clear_error(&error);
    cr_assert(g_file_set_contents("b.txt", ANALYSIS_BASELINE_HEAD "\0xx",
                                  sizeof ANALYSIS_BASELINE_HEAD + 2, NULL));
    cr_assert_null(analysis_baseline_read("b.txt", &error));
    cr_assert(g_error_matches(error, ANALYSIS_ERROR, ANALYSIS_ERROR_BAD));
    g_error_free(error);
}

/* ---- from results --------------------------------------------------------------------------- */

static void put_hash(sim_sink *sink, int64_t second, int64_t node, const char *channel,
                     const char *hash)
{
    sink->cls->fingerprint(sink, &(sim_row_fingerprint){second, node, channel, hash});
}

/* A run of 100 s: windows are of 2 s. */
static int64_t put_run(sim_record *r, int64_t replication, sim_run_status status)
{
    sim_run_start start = {.scenario = "town", .policy = "p", .seed = 4,
                           .replication = replication, .config_sha256 = "c", .code_version = "v",
                           .protocol_sha256 = "p", .params = (const char *const[]){NULL}};
    sim_sink *sink = sim_record_begin(r, &start, NULL);
    int64_t id = sim_record_run_id(r);
    sink->cls->node(sink, &(sim_row_node){1, "home-agent", "ha10", NULL});
    sink->cls->node(sink, &(sim_row_node){2, "home-agent", "ha9", NULL});
    sink->cls->node(sink, &(sim_row_node){3, "mobile-node", "mn0", NULL});
    put_hash(sink, 0, 1, "wire", "aa");
    put_hash(sink, 1, 1, "wire", "bb");
    put_hash(sink, 4, 2, "wire", "cc");
    put_hash(sink, 99, 3, "wire", "dd");
    sink->cls->metric(sink, &(sim_row_metric){SIM_NO_NODE, "delay_p99", true, 1.0 / 3, "s"});
    sink->cls->metric(sink, &(sim_row_metric){SIM_NO_NODE, "outage_mean", false, 0, "s"});
    sink->cls->metric(sink, &(sim_row_metric){SIM_NO_NODE, "sent_packets", true, 5, "1"});
    sim_run_end end = {.status = status, .simulated_ns = 100 * INT64_C(1000000000),
                       .fingerprint = PRINT_A};
    cr_assert(sim_record_finish(r, &end, NULL));
    return id;
}

Test(analysis_baseline, is_made_of_complete_runs)
{
    g_autoptr(sim_record) r = sim_record_open("x.db", NULL);
    int64_t ids[] = {put_run(r, 1, SIM_RUN_COMPLETE), put_run(r, 2, SIM_RUN_COMPLETE),
                     put_run(r, 3, SIM_RUN_INTERRUPTED)};
    g_autoptr(analysis_results) results = analysis_results_open("x.db", NULL);
    g_autoptr(analysis_baseline) b = analysis_baseline_new("town", "v", "short");
    cr_assert(analysis_baseline_add(b, results, "p", ids, 2, NULL));
    cr_assert_eq(b->window_s, 2);
    const analysis_baseline_policy *p = analysis_baseline_find(b, "p");
    cr_assert_eq(p->seed, 4);
    cr_assert_eq(p->metrics->len, 1, "what is judged and has a value");
    cr_assert_eq(analysis_baseline_metric_of(p, "delay_p99")->values[1], 0.3333333);
    GPtrArray *first = ((analysis_baseline_run *)g_ptr_array_index(p->runs, 0))->traces;
    GPtrArray *second = ((analysis_baseline_run *)g_ptr_array_index(p->runs, 1))->traces;
    cr_assert_eq(first->len, 3);
    cr_assert_eq(second->len, 1);
    const analysis_trace *ha9 = g_ptr_array_index(first, 0), *ha10 = g_ptr_array_index(first, 1),
                         *mn = g_ptr_array_index(first, 2), *all = g_ptr_array_index(second, 0);
    cr_assert_str_eq(ha9->node, "ha9");
    cr_assert_str_eq(ha10->node, "ha10");
    cr_assert_str_eq(mn->node, "mn0..");
    cr_assert_null(all->node);
    cr_assert_eq(strspn(ha9->digits, "."), 2);
    cr_assert_eq(ha9->digits[3], '.');
    cr_assert_eq(strspn(mn->digits, "."), 49);
    cr_assert_eq(strlen(mn->digits), 50);
    cr_assert_eq(all->digits[0], ha10->digits[0]);
    cr_assert_eq(all->digits[2], ha9->digits[2]);
    GError *error = NULL;
    cr_assert_not(analysis_baseline_add(b, results, "q", ids, 3, &error));
    cr_assert(strstr(error->message, "run 3 is not complete") != NULL, "%s", error->message);
    g_error_free(error);
}
