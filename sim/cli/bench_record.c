/* What a row of results costs: through the sink, as models write them, into a file.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <time.h>
#include <unistd.h>

#include "sim/cli/bench.h"
#include "sim/cli/cli.h"
#include "sim/engine/engine.h"
#include "sim/record/record.h"

enum { N_ROWS = 500000, AGENTS = 64, NODES = 1000000 };

/* As a sampler does: each agent, then the next instant. */
static void add_sample(sim_sink *sink, int64_t i)
{
    sim_row_ha_sample row = {
        .t_ns = i / AGENTS * 100 * SIM_MS_NS, .node_id = i % AGENTS,
        .queue_packets = i * 7919 % 2000, .queue_bytes = i * 7919 % 2000 * 1040,
        .queue_wire = i * 7919 % 65536, .mn_count = 15000 + i % 97,
        .tunnelled_packets = i * 120, .tunnelled_bytes = i * 120 * 1040,
        .dropped_packets = i / 3,
    };
    sink->cls->ha_sample(sink, &row);
}

static void add_decision(sim_sink *sink, int64_t i)
{
    static const char *const branches[] = {"queue", "count", "first-bu"};
    static const char *const outcomes[] = {"sent", "repeated", "answered"};
    sim_row_decision row = {
        .t_ns = i * 1234567, .ha_id = i % AGENTS, .mn_id = i * 7919 % NODES,
        .branch = branches[i % 3], .own_queue = i * 7919 % 65536, .own_count = 15000 + i % 97,
        .target_id = (i + 1) % AGENTS, .target_queue = i % 9999, .target_count = 14000 + i % 89,
        .information_age_ns = i * 104729 % 3000000000, .outcome = outcomes[i % 3],
    };
    sink->cls->decision(sink, &row);
}

static void add_event(sim_sink *sink, int64_t i)
{
    static const char *const kinds[] = {"handover", "registered", "moved"};
    sim_row_event row = {
        .t_ns = i * 654321, .kind = kinds[i % 3], .mn_id = i * 7919 % NODES,
        .from_node_id = i % AGENTS, .to_node_id = i % 5 ? i % 63 : SIM_NO_NODE,
        .detail = i % 4 ? NULL : "status 0, after 1.25 s",
    };
    sink->cls->event(sink, &row);
}

static const struct {
    const char *name;
    void (*add)(sim_sink *sink, int64_t i);
} kinds[] = {{"ha_sample", add_sample}, {"decision", add_decision}, {"event", add_event}};

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int write_run(sim_record *record, size_t kind, int64_t rows, double *cost_s, GError **error)
{
    sim_run_start start = {.scenario = "bench", .policy = "none", .config_sha256 = "",
                           .code_version = "", .protocol_sha256 = ""};
    sim_run_end end = {.status = SIM_RUN_COMPLETE};
    sim_sink *sink = sim_record_begin(record, &start, error);
    if (!sink)
        return SIM_EXIT_CANNOT;
    double begin_s = now_s();
    for (int64_t i = 0; i < rows; i++)
        kinds[kind].add(sink, i);
    bool good = sim_record_finish(record, &end, error);
    *cost_s = now_s() - begin_s;
    return good ? SIM_EXIT_DONE : SIM_EXIT_CANNOT;
}

/* So that a recorder which forgets is not fast. */
static int check(const char *db, const char *table, int64_t rows)
{
    g_autofree char *sql = g_strdup_printf("SELECT count(*) FROM %s", table);
    if (sim_bench_ask(db, sql) == (double)rows)
        return SIM_EXIT_DONE;
    return sim_cli_fail(SIM_EXIT_CANNOT, "bench: record: rows of %s are missing", table);
}

static int run_kind(const sim_bench *b, sim_figures *f, size_t kind)
{
    GError *error = NULL;
    int64_t rows = MAX(1, N_ROWS / b->divide);
    double cost_s;
    g_autofree char *db = g_build_filename(b->folder, "record.db", NULL);
    unlink(db);
    sim_record *record = sim_record_open(db, &error);
    int code = record ? write_run(record, kind, rows, &cost_s, &error) : SIM_EXIT_CANNOT;
    sim_record_close(record);
    if (code != SIM_EXIT_DONE)
        return sim_cli_error(error);
    sim_figures_add(f, "ns a row", cost_s * 1e9 / (double)rows, "%s", kinds[kind].name);
    return check(db, kinds[kind].name, rows);
}

int sim_bench_record(const sim_bench *b, sim_figures *f)
{
    int code = SIM_EXIT_DONE;
    for (int64_t r = 0; r < b->repeats; r++)
        for (size_t kind = 0; kind < G_N_ELEMENTS(kinds) && code == SIM_EXIT_DONE; kind++)
            code = run_kind(b, f, kind);
    return code;
}
