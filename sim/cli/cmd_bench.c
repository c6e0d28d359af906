/* mip6sim bench: what an event, a packet and a node cost here.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <glib/gstdio.h>
#include <string.h>

#include "sim/cli/bench.h"
#include "sim/cli/cli.h"
#include "sim/scenario/nearest.h"

typedef struct options {
    char *repeats, *divide, *seconds, *seed;
    char **rest;
    gboolean json;
} options;

#define BENCH_ENTRIES(o) \
    {"repeats", 'r', 0, G_OPTION_ARG_FILENAME, &(o)->repeats, \
     "Measure so many times; the median, the least and the largest are told", "N"}, \
    {"seconds", 0, 0, G_OPTION_ARG_FILENAME, &(o)->seconds, \
     "Simulated time that is measured, in seconds", "N"}, \
    {"divide", 0, 0, G_OPTION_ARG_FILENAME, &(o)->divide, \
     "Divide sizes by N, for a quick look (default: 1)", "N"}, \
    {"seed", 0, 0, G_OPTION_ARG_FILENAME, &(o)->seed, \
     "Seed of the first repetition of path, the next has N + 1 (default: 1)", "N"}, \
    {"json", 0, 0, G_OPTION_ARG_NONE, &(o)->json, "Print JSON", NULL}, \
    {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &(o)->rest, NULL, NULL}, \
    {NULL, 0, 0, 0, NULL, NULL, NULL}

typedef struct benchmark {
    const char *name;
    int (*run)(const sim_bench *b, sim_figures *f);
    int64_t repeats;                /* by default */
    double seconds;
} benchmark;

static const benchmark benchmarks[] = {
    {"hold", sim_bench_hold, 5, 1},
    {"path", sim_bench_path, 5, 5},
    {"memory", sim_bench_memory, 3, 1},
    {"record", sim_bench_record, 5, 1},
    {"jobs", sim_bench_jobs, 5, 30},
    {"million", sim_bench_million, 1, 5},
};

static const benchmark *find(const char *name)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (size_t i = 0; i < G_N_ELEMENTS(benchmarks); i++) {
        if (strcmp(benchmarks[i].name, name) == 0)
            return &benchmarks[i];
        g_ptr_array_add(names, (gpointer)benchmarks[i].name);
    }
    g_autofree char *hint = sim_nearest_hint(name, names);
    sim_cli_fail(SIM_EXIT_BAD, "bench: there is no benchmark `%s`%s (see `mip6sim help bench`)",
                 name, hint);
    return NULL;
}

/* A number of an option, *value as it is where it is not given. False, told. */
static bool number_of(const char *option, const char *text, guint64 most, int64_t *value)
{
    guint64 n;
    if (!text)
        return true;
    if (!g_ascii_string_to_unsigned(text, 10, 1, most, &n, NULL)) {
        sim_cli_fail(SIM_EXIT_BAD, "%s: `%s` is no number from 1 to %" G_GUINT64_FORMAT, option,
                     text, most);
        return false;
    }
    *value = (int64_t)n;
    return true;
}

/* The same of simulated time, in fractions too. */
static bool seconds_of(const char *text, double *value)
{
    static const double least = 0.001, most = 1e6;
    if (!text)
        return true;
    char *end;
    double x = g_ascii_strtod(text, &end);
    if (end == text || *end || !(x >= least && x <= most)) {
        sim_cli_fail(SIM_EXIT_BAD, "--seconds: `%s` is no number from %g to %.0f", text, least,
                     most);
        return false;
    }
    *value = x;
    return true;
}

static void take_away(const char *folder)
{
    GDir *dir = g_dir_open(folder, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir)) != NULL;) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        g_unlink(path);
    }
    if (dir)
        g_dir_close(dir);
    g_rmdir(folder);
}

static int measure(const options *o, const benchmark *bench, sim_bench *b)
{
    GError *error = NULL;
    g_autofree char *folder = g_dir_make_tmp("mip6sim-bench-XXXXXX", &error);
    if (!folder) {
        sim_cli_error(error);
        return SIM_EXIT_CANNOT;
    }
    b->folder = folder;
    g_autoptr(sim_figures) f = sim_figures_new(bench->name);
    int code = bench->run(b, f);
    take_away(folder);
    if (code != SIM_EXIT_DONE)
        return code;
    g_autofree char *text = o->json ? sim_figures_json(f) : sim_figures_text(f);
    return sim_cli_print(text);
}

static int run_with(const options *o)
{
    enum { MOST_REPEATS = 1000, MOST_DIVIDE = 1000000,
           MOST_SEED = 1000000000 };
    if (!o->rest || !o->rest[0])
        return sim_cli_fail(SIM_EXIT_BAD, "bench: which one? (see `mip6sim help bench`)");
    if (o->rest[1])
        return sim_cli_fail(SIM_EXIT_BAD, "bench: one at a time, and `%s` is a second argument",
                            o->rest[1]);
    const benchmark *bench = find(o->rest[0]);
    if (!bench)
        return SIM_EXIT_BAD;
    sim_bench b = {.repeats = bench->repeats, .seconds = bench->seconds, .divide = 1,
                   .seed = 1};
    if (!number_of("--repeats", o->repeats, MOST_REPEATS, &b.repeats) ||
        !seconds_of(o->seconds, &b.seconds) ||
        !number_of("--divide", o->divide, MOST_DIVIDE, &b.divide) ||
        !number_of("--seed", o->seed, MOST_SEED, &b.seed))
        return SIM_EXIT_BAD;
    return measure(o, bench, &b);
}

static int run(int argc, char **argv)
{
    options o = {0};
    const GOptionEntry entries[] = {BENCH_ENTRIES(&o)};
    int code = sim_cli_parse(&sim_command_bench, entries, &argc, &argv);
    if (code < 0)
        code = run_with(&o);
    g_strfreev(o.rest);
    g_free(o.repeats);
    g_free(o.divide);
    g_free(o.seconds);
    g_free(o.seed);
    return code;
}

static char *help(void)
{
    options o = {0};
    const GOptionEntry entries[] = {BENCH_ENTRIES(&o)};
    return sim_cli_help_text(&sim_command_bench, entries);
}

const sim_command sim_command_bench = {
    .name = "bench",
    .arguments = "hold|path|memory|record|jobs|million",
    .summary = "Measure what an event, a packet and a node cost on this machine",
    .description =
        "hold: the pending event set alone, with 1,000, 100,000 and 1,000,000 events pending, and\n"
        "  at distances hard for it. The heap is the reference of tests.\n"
        "path: tunnelled packets delivered in a second of processor time, 1 agent with 100 nodes\n"
        "  and 8 with 1,000 each; how many, and their delay.\n"
        "memory: bytes that one more mobile node takes, between 10,000 and 110,000 of them.\n"
        "record: a row of results, of three tables, from the sink into the file.\n"
        "jobs: eight runs, one after the other and two at a time. Efficiency is how many times\n"
        "  less wall time that takes, over two.\n"
        "million: scenarios/million.ini for --seconds behind its warm-up, with its traffic and\n"
        "  without; minutes, and 1 GB. Queues and counts are read back from its results.\n\n"
        "Times are the processor's where they are not called wall; nothing is judged, and nothing\n"
        "is left behind.\n\n"
        "Example:\n"
        "  mip6sim bench hold --divide 100 --repeats 3\n",
    .run = run,
    .help = help,
};
