/* Figures: what goes into the data and the commands, names as they were typed.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/plot.h"
#include "analysis/plot_draw.h"
#include "sim/cli/cli.h"
#include "sim/record/record.h"
#include "scratch.h"

TestSuite(analysis_plot, .init = scratch_enter, .fini = scratch_leave);

static const char *const names[] = {"ha_east_1", "ha^2", "{a}", "it's", "100%"};

static void put_metric(sim_sink *sink, int64_t node, const char *name, double value,
                       const char *unit)
{
    sink->cls->metric(sink, &(sim_row_metric){node, name, isfinite(value), isfinite(value) ? value
                                              : 0, unit});
}

/* A run of five agents with odd names; loads are base, 2 base, 3 base ... */
static void put_run_of(const char *policy, int64_t replication, double base, const char *count,
                       sim_run_status status)
{
    const char *const params[] = {"home-agents.count", count, NULL};
    g_autofree char *hash = g_strconcat(policy, count, NULL);
    sim_record *r = sim_record_open("x.db", NULL);
    sim_run_start start = {.scenario = "a {b} it's 100%", .policy = policy, .seed = 1,
                           .replication = replication, .config_sha256 = hash,
                           .code_version = "0123456789abcdef", .protocol_sha256 = "p",
                           .params = params};
    sim_sink *sink = sim_record_begin(r, &start, NULL);
    for (int64_t a = 0; a < 5; a++) {
        sink->cls->node(sink, &(sim_row_node){a, "home-agent", names[a], NULL});
        put_metric(sink, a, "load_bps", base * (double)(a + 1), "bit/s");
        put_metric(sink, a, "offered_load", base * (double)(a + 1) / 8e6, "1");
        for (int t = 0; t < 3; t++)
            sink->cls->ha_sample(sink, &(sim_row_ha_sample){
                .t_ns = t * 1000000000LL, .node_id = a, .queue_packets = a * 10 + t,
                .mn_count = 7 - t});
    }
    put_metric(sink, SIM_NO_NODE, "peak_to_mean_load", base / 1e6, "1");
    put_metric(sink, SIM_NO_NODE, "outage_mean", NAN, "s");
    put_metric(sink, SIM_NO_NODE, "delay_mean", base / 1e6, "s");
    sim_run_end end = {.status = status, .wall_seconds = 1, .simulated_ns = 60000000000,
                       .events = 2000000, .fingerprint = "f"};
    cr_assert(sim_record_finish(r, &end, NULL));
    sim_record_close(r);
}

static void execute(const char *sql)
{
    sqlite3 *db = NULL;
    cr_assert_eq(sqlite3_open("x.db", &db), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK, "%s", sqlite3_errmsg(db));
    sqlite3_close(db);
}

static void put_run(const char *policy, int64_t replication, double base)
{
    put_run_of(policy, replication, base, "5", SIM_RUN_COMPLETE);
}

static analysis_drawing *drawing_of(const char *name, const char *runs, const char *metric)
{
    GError *error = NULL;
    int left_out;
    const analysis_plot_options options = {.metric = metric};
    g_autoptr(analysis_results) results = analysis_results_open("x.db", &error);
    cr_assert_null(error);
    g_autoptr(GArray) ids = analysis_plot_runs(results, runs, &left_out, &error);
    cr_assert_null(error, "%s", error->message);
    analysis_drawing *drawing = analysis_draw(results, ids, analysis_figure_find(name), &options,
                                              "it's", &error);
    cr_assert_null(error);
    return drawing;
}

static void has(const char *text, const char *part)
{
    cr_assert(strstr(text, part) != NULL, "no `%s` in\n%s", part, text);
}

/* Draw with gnuplot: it must succeed, and have nothing to complain about. */
static void draws(const analysis_drawing *d)
{
    GError *error = NULL;
    cr_assert(analysis_drawing_write(d, "out", "it's", ANALYSIS_SVG, &error), "%s",
              error ? error->message : "");
    g_autofree char *complaints = NULL;
    cr_assert(g_spawn_command_line_sync("sh -c 'cd out && gnuplot -d it*.gp'", NULL, &complaints,
                                        NULL, NULL));
    cr_assert_str_eq(complaints, "");
}

Test(analysis_plot, the_table_has_each_figure_once_and_help_has_them_all)
{
    const analysis_figure *figure;
    g_autofree char *help = sim_command_plot.help();
    size_t i;
    for (i = 0; (figure = analysis_figure_at(i)) != NULL; i++) {
        g_autofree char *line = g_strdup_printf("  %-18s %s\n", figure->name, figure->help);
        cr_assert_eq(analysis_figure_find(figure->name), figure);
        cr_assert_not_null(figure->draw);
        has(help, line);
    }
    cr_assert_eq(i, 13);
    cr_assert_null(analysis_figure_find("queues"));
}

Test(analysis_plot, names_are_quoted_for_gnuplot)
{
    static const char *const cases[][3] = {
        {"ha_east_1", "'ha_east_1'", "'ha_east_1'"},
        {"it's", "'it''s'", "'it''s'"},
        {"100%", "'100%'", "'100%%'"},
        {"`date` $x \\n", "'`date` $x \\n'", "'`date` $x \\n'"},
        {"a\nplot 'b'", "'a plot ''b'''", "'a plot ''b'''"},
        {"", "''", "''"},
        {"\xff", "'\xef\xbf\xbd'", "'\xef\xbf\xbd'"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = analysis_plot_quote(cases[i][0]);
        g_autofree char *tic = analysis_plot_quote_tic(cases[i][0]);
        cr_assert_str_eq(text, cases[i][1]);
        cr_assert_str_eq(tic, cases[i][2]);
    }
}

Test(analysis_plot, bars_carry_means_and_students_interval)
{
    put_run("static-dhaad", 1, 1e6);
    put_run("static-dhaad", 2, 2e6);
    put_run("hybrid:tuned", 1, 1e6);
    g_autoptr(analysis_drawing) d = drawing_of("load-distribution", NULL, NULL);
    /* 1 and 2: mean 1.5, s = 0.7071, t(0.975, 1) = 12.7062, half = 12.7062 * 0.5. In the order
     * of names, 100% is first and has the fifth load. */
    has(d->data, "# 0: static-dhaad\n# cluster mean half-width-of-95%-interval runs\n"
                 "0 7500000 31765511.84 2\n");
    has(d->data, "2 1500000 6353102.368 2\n");
    has(d->data, "\n\n\n# 1: hybrid:tuned\n# cluster mean half-width-of-95%-interval runs\n"
                 "0 5000000 NaN 1\n");
    has(d->data, "# 2: capacity\n# cluster value\n0 8000000\n");
    has(d->script, "set xtics scale 0 ('100%%' 0, 'ha^2' 1, 'ha_east_1' 2, 'it''s' 3, '{a}' 4)");
    has(d->script, "set ylabel 'offered tunnel traffic, Mbit/s'");
    has(d->caption, "Scenario a {b} it's 100%, seed 1, 3 runs of 60 s; code version 0123456789ab.");
    has(d->caption, "over up to 2 replications");
    draws(d);
}

/* Capacity is 8 Mbit/s: a band from 25 to 50 % of it in the mean of both runs. */
Test(analysis_plot, the_band_of_the_best_lies_behind_the_loads)
{
    put_run("static-dhaad", 1, 1e6);
    put_run("hybrid:tuned", 1, 1e6);
    g_autoptr(analysis_drawing) none = drawing_of("load-distribution", NULL, NULL);
    cr_assert_null(strstr(none->script, "lower bound"));
    sqlite3 *db;
    cr_assert_eq(sqlite3_open("x.db", &db), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(db, "INSERT INTO metric(run_id, node_id, name, value, unit) SELECT"
                              " run_id, NULL, 'peak_load_bound', 0.2 * run_id - 0.05, '1' FROM run"
                              " UNION ALL SELECT run_id, NULL, 'peak_load_lpt', 0.5, '1' FROM run",
                              NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    g_autoptr(analysis_drawing) d = drawing_of("load-distribution", NULL, NULL);
    has(d->data, "# 3: best peak: lower bound to LPT\n# cluster low high\n0 2000000 4000000\n");
    has(d->script, "index 3 using 1:($2 * 1e-06):($1 - 0.48):($1 + 0.48):($2 * 1e-06):"
                   "($3 * 1e-06) with boxxyerror");
    draws(d);
}

Test(analysis_plot, the_picture_shows_names_as_typed)
{
    put_run("static-dhaad", 1, 1e6);
    g_autoptr(analysis_drawing) d = drawing_of("queue", NULL, NULL);
    draws(d);
    g_autofree char *svg = NULL;
    cr_assert(g_file_get_contents("out/it's.svg", &svg, NULL, NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *element = g_strdup_printf(">%s</text>", names[i]);
        has(svg, element);
    }
    has(svg, "Scenario a {b} it's 100%, seed 1");
}

Test(analysis_plot, samples_over_time)
{
    put_run("static-dhaad", 1, 1e6);
    g_autoptr(analysis_drawing) queue = drawing_of("queue", NULL, NULL);
    g_autoptr(analysis_drawing) nodes = drawing_of("nodes", NULL, NULL);
    has(queue->data, "# 1: ha^2\n# time-s value\n0 10\n1 11\n2 12\n");
    has(nodes->data, "# 1: ha^2\n# time-s value\n0 7\n1 6\n2 5\n");
    has(queue->script, "set yrange [0:44.1]");
    draws(nodes);
}

Test(analysis_plot, lorenz_and_gini)
{
    put_run("static-dhaad", 1, 1e6);
    g_autoptr(analysis_drawing) d = drawing_of("lorenz", NULL, NULL);
    /* 1 2 3 4 5 of 15: Gini (2 * 55 / (5 * 15)) - 6 / 5 = 0.2667 */
    has(d->data, "0 0\n20 6.666666667\n40 20\n60 40\n80 66.66666667\n100 100\n");
    has(d->script, "'static-dhaad (Gini 0.267)'");
    draws(d);
}

Test(analysis_plot, a_swept_key)
{
    put_run_of("static-dhaad", 1, 3e6, "10 ms", SIM_RUN_COMPLETE);
    put_run_of("static-dhaad", 1, 1e6, "2 s", SIM_RUN_COMPLETE);
    put_run_of("hybrid:safe", 1, 2e6, "2 s", SIM_RUN_COMPLETE);
    g_autoptr(analysis_drawing) d = drawing_of("peak-to-mean", NULL, NULL);
    has(d->data, "# 0: static-dhaad\n# parameter mean half-width-of-95%-interval runs\n"
                 "0.01 3 NaN 1\n2 1 NaN 1\n");
    has(d->data, "# 1: hybrid:safe\n# parameter mean half-width-of-95%-interval runs\n"
                 "2 2 NaN 1\n");
    has(d->script, "set xlabel 'home-agents.count, s'");
    has(d->script, "set logscale x");
    draws(d);
}

/* From half load to overload a delay grows a hundredfold: a line at 0 would say nothing. */
Test(analysis_plot, a_swept_metric_of_several_magnitudes)
{
    for (int i = 1; i <= 2; i++) {
        put_run_of("static-dhaad", i, 1e6 * i, "2", SIM_RUN_COMPLETE);
        put_run_of("static-dhaad", i, 1e8 * i, "4", SIM_RUN_COMPLETE);
    }
    g_autoptr(analysis_drawing) d = drawing_of("peak-to-mean", NULL, "delay_mean");
    has(d->script, "set logscale y");
    has(d->script, "whisker(y) = y > 1.05 ? y : 1.05");
    draws(d);
    put_run_of("static-dhaad", 1, 0, "6", SIM_RUN_COMPLETE);
    g_autoptr(analysis_drawing) zero = drawing_of("peak-to-mean", NULL, "delay_mean");
    cr_assert_null(strstr(zero->script, "logscale y"));
    draws(zero);
}

/* What a sweep says it varied stands above whatever else differs. */
Test(analysis_plot, the_table_of_a_sweep)
{
    put_run_of("static-dhaad", 1, 3e6, "2", SIM_RUN_COMPLETE);
    put_run_of("static-dhaad", 1, 1e6, "4", SIM_RUN_COMPLETE);
    sqlite3 *db;
    cr_assert_eq(sqlite3_open("x.db", &db), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(db, "CREATE TABLE IF NOT EXISTS sweep_point(run_id INTEGER, key TEXT,"
                              " value TEXT); INSERT INTO sweep_point VALUES (1, 'a.b', '20 %'),"
                              " (2, 'a.b', '5 %')", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    g_autoptr(analysis_drawing) d = drawing_of("peak-to-mean", NULL, NULL);
    has(d->script, "set xlabel 'a.b, %'");
    has(d->data, "\n5 1 NaN 1\n20 3 NaN 1\n");
    draws(d);
}

Test(analysis_plot, words_are_places_on_the_axis)
{
    put_run_of("static-dhaad", 1, 3e6, "it's 5%", SIM_RUN_COMPLETE);
    put_run_of("static-dhaad", 1, 1e6, "off", SIM_RUN_COMPLETE);
    g_autoptr(analysis_drawing) d = drawing_of("peak-to-mean", NULL, NULL);
    has(d->script, "set xtics ('it''s 5%%' 0, 'off' 1)");
    draws(d);
}

Test(analysis_plot, nothing_to_draw_is_said_in_the_picture)
{
    put_run("static-dhaad", 1, 0);
    static const char *const empty[][2] = {
        {"lorenz", "no agent had any load in these runs"},
        {"delay", "no packet was delivered through an agent in these runs"},
        {"loss", "no packet was lost in these runs"},
        {"moves", "no decision to move a node was made in these runs"},
        {"information-age", "no decision to move a node was made in these runs"},
        {"peak-to-mean", "no key differs between these runs: there is nothing swept"},
        {"trade-off", "no run has figures of signalling and of queue or loss"},
        {"outages", "no failure of an agent cost a packet in these runs"},
        {"failure-queue", "no agent failed in these runs"},
        {"failure-nodes", "no agent failed in these runs"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(empty); i++) {
        g_autoptr(analysis_drawing) d = drawing_of(empty[i][0], NULL, NULL);
        cr_assert_str_eq(d->empty, empty[i][1]);
        has(d->script, empty[i][1]);
        draws(d);
    }
    g_autoptr(analysis_drawing) zero = drawing_of("load-distribution", NULL, NULL);
    cr_assert_null(zero->empty);
    has(zero->caption, "All values are 0");
    draws(zero);
}

Test(analysis_plot, a_metric_that_is_null_everywhere)
{
    put_run_of("static-dhaad", 1, 1e6, "1", SIM_RUN_COMPLETE);
    put_run_of("static-dhaad", 1, 1e6, "2", SIM_RUN_COMPLETE);
    g_autoptr(analysis_drawing) d = drawing_of("peak-to-mean", NULL, "outage_mean");
    cr_assert_str_eq(d->empty, "no run has a value of the metric outage_mean");
    draws(d);
}

static void put_delays(const double *bins, int n)
{
    sim_record *r = sim_record_open("x.db", NULL);
    static const char *const params[] = {NULL};
    sim_run_start start = {.scenario = "s", .policy = "p", .seed = 1, .replication = 1,
                           .config_sha256 = "h", .code_version = "v", .protocol_sha256 = "p",
                           .params = params};
    sim_sink *sink = sim_record_begin(r, &start, NULL);
    for (int i = 0; i < n; i++)
        sink->cls->histogram(sink, &(sim_row_histogram){SIM_NO_NODE, "delay", bins[i],
                                                        bins[i] * 1.008, 10});
    sim_run_end end = {.status = SIM_RUN_COMPLETE, .simulated_ns = 1000000000,
                       .fingerprint = "f"};
    cr_assert(sim_record_finish(r, &end, NULL));
    sim_record_close(r);
}

Test(analysis_plot, delays_over_six_decades)
{
    put_delays((double[]){1e-6, 1e-3, 2}, 3);
    g_autoptr(analysis_drawing) d = drawing_of("delay", NULL, NULL);
    has(d->data, "1e-06 1\n1.008e-06 0.6666666667\n0.001008 0.3333333333\n2.016 0\n");
    draws(d);
}

Test(analysis_plot, one_delay)
{
    put_delays((double[]){0.02}, 1);
    g_autoptr(analysis_drawing) d = drawing_of("delay", NULL, NULL);
    has(d->data, "0.02 1\n0.02016 0\n");
    draws(d);
}

static void refused(const char *list, const char *says)
{
    GError *error = NULL;
    int left_out;
    g_autoptr(analysis_results) results = analysis_results_open("x.db", &error);
    cr_assert_null(analysis_plot_runs(results, list, &left_out, &error));
    has(error->message, says);
    cr_assert_eq(error->code, ANALYSIS_PLOT_BAD);
    g_error_free(error);
}

Test(analysis_plot, runs_are_chosen)
{
    put_run_of("static-dhaad", 1, 1e6, "5", SIM_RUN_INTERRUPTED);
    refused(NULL, "has no complete run");
    put_run("static-dhaad", 1, 1e6);
    put_run("static-dhaad", 2, 1e6);
    refused("4", "has no run 4");
    refused("1,", "is no list of runs");
    refused("3-1", "is no list of runs");
    refused("", "is no list of runs");
    GError *error = NULL;
    int left_out;
    g_autoptr(analysis_results) results = analysis_results_open("x.db", &error);
    g_autoptr(GArray) all = analysis_plot_runs(results, NULL, &left_out, &error);
    cr_assert_eq(all->len, 2);
    cr_assert_eq(left_out, 1);
    g_autoptr(GArray) some = analysis_plot_runs(results, "3,1-3", &left_out, &error);
    cr_assert_eq(some->len, 3);
    cr_assert_eq(g_array_index(some, int64_t, 0), 3);
    g_autoptr(analysis_drawing) d = drawing_of("queue", "1-2", NULL);
    has(d->caption, "1 not complete");
}

Test(analysis_plot, a_folder_that_cannot_be)
{
    put_run("static-dhaad", 1, 1e6);
    g_autoptr(analysis_drawing) d = drawing_of("queue", NULL, NULL);
    GError *error = NULL;
    cr_assert_not(analysis_drawing_write(d, "x.db/out", "queue", ANALYSIS_SVG, &error));
    cr_assert_eq(error->code, ANALYSIS_PLOT_CANNOT);
    g_error_free(error);
}

Test(analysis_plot, scales_suit_the_largest)
{
    static const struct {
        const char *unit;
        double most;
        const char *shown;
    } cases[] = {{"s", 2, "s"}, {"s", 0.02, "ms"}, {"s", 2e-5, "us"}, {"bit/s", 9e6, "Mbit/s"},
                 {"bit/s", 3e9, "Gbit/s"}, {"packets", 1e9, "packets"}, {"s", 0, "s"}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        cr_assert_str_eq(analysis_plot_scale(cases[i].unit, cases[i].most).unit, cases[i].shown);
}

/* A page in the middle is lost: no figure is drawn from the part that can still be read. */
Test(analysis_plot, a_damaged_file_gives_no_figure)
{
    for (int i = 0; i < 40; i++)
        put_run("static-dhaad", i + 1, 1e6);
    sqlite3 *db;
    sqlite3_stmt *s;
    cr_assert_eq(sqlite3_open("x.db", &db), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(db, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL), SQLITE_OK);
    cr_assert_eq(sqlite3_prepare_v2(db, "SELECT rootpage FROM sqlite_master WHERE name = 'metric'",
                                    -1, &s, NULL), SQLITE_OK);
    cr_assert_eq(sqlite3_step(s), SQLITE_ROW);
    long page = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    sqlite3_close(db);
    FILE *f = fopen("x.db", "r+");
    cr_assert_eq(fseek(f, (page - 1) * 4096, SEEK_SET), 0);
    for (int i = 0; i < 4096; i++)
        fputc(0xa5, f);
    fclose(f);
    GError *error = NULL;
    int left_out;
    const analysis_plot_options options = {0};
    g_autoptr(analysis_results) results = analysis_results_open("x.db", &error);
    g_autoptr(GArray) ids = analysis_plot_runs(results, NULL, &left_out, &error);
    cr_assert_not_null(ids);
    cr_assert_null(analysis_draw(results, ids, analysis_figure_find("load-distribution"),
                                 &options, "x", &error));
    has(error->message, "is damaged");
    cr_assert_eq(error->code, ANALYSIS_PLOT_BAD);
    g_error_free(error);
}

/* Four outages: of 1 s, 2 s and 4 s, and one that was seen for 3 s and had not ended. */
Test(analysis_plot, outages_that_have_not_ended_count_as_long_as_they_were_seen)
{
    put_run("static-dhaad", 1, 1e6);
    execute("INSERT INTO outage VALUES (1, 1, 9, 'up', 0, 2000000000, 0),"
            " (1, 1, 8, 'down', 1000000000, 2000000000, 0), (1, 1, 7, 'up', 0, 3000000000, 1),"
            " (1, 1, 7, 'down', 500000000, 4500000000, 0)");
    g_autoptr(analysis_drawing) d = drawing_of("outages", NULL, NULL);
    cr_assert_null(d->empty);
    has(d->data, "\n0 1 0\n1 0.75 0\n2 0.5 0\n3 0.5 1\n4 0 0\n");
    has(d->caption, "1 had not ended");
    draws(d);
}

Test(analysis_plot, agents_around_failures)
{
    put_run("static-dhaad", 1, 1e6);
    execute("INSERT INTO failure(run_id, failure, name, node_id, kind, began_ns, ended_ns,"
            " nodes_bound, nodes_hit, nodes_unhurt) VALUES"
            " (1, 1, 'a', 0, 'crash', 40000000000, 50500000000, 1, 1, 0),"
            " (1, 2, '', 1, 'hang', 45000000000, NULL, 1, 1, 0)");
    g_autoptr(analysis_drawing) d = drawing_of("failure-queue", NULL, NULL);
    cr_assert_null(d->empty);
    has(d->script, "set xrange [10:60]");       /* 30 s before the first; the end of the run */
    has(d->script, "set arrow 1 from 40, graph 0 to 40, graph 1 nohead lw 1 dt 1");
    has(d->script, "set arrow 2 from 50.5, graph 0 to 50.5, graph 1 nohead lw 1 dt 2");
    has(d->script, "set arrow 3 from 45, ");
    cr_assert_null(strstr(d->script, "set arrow 4"));
    draws(d);
    execute("DROP VIEW outages; DROP TABLE outage; DROP TABLE failure");    /* an older file */
    g_autoptr(analysis_drawing) older = drawing_of("failure-nodes", NULL, NULL);
    cr_assert_str_eq(older->empty, "no agent failed in these runs");
    g_autoptr(analysis_drawing) none = drawing_of("outages", NULL, NULL);
    cr_assert_not_null(none->empty);
}
