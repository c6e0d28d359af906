/* The packet path: from a correspondent through the tunnel of an agent to a node, with real
 * headers, codecs and look-ups.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "sim/cli/bench.h"
#include "sim/cli/cli.h"

/* All nodes are registered after 9 s, and their neighbours known after a second of packets: the
 * warm-up is what is not measured. tests/bench/ns3_path.cc is the same network. */
static const char scenario[] =
    "[scenario]\nname = path\nduration = 1 h\nwarm-up = 12 s\n"
    "[home-agents]\ncapacity = 1 Gbit/s\nqueue-limit = 1000 packets\n"
    "[correspondents]\ncount = 8\n"
    "[access]\nrouters = 64\n"
    "[traffic]\nmodel = poisson\nload = 80 %\npacket-size = 1000 B\nstart = 11 s\n";

enum { WARM_UP = 12 };

static const struct {
    int64_t agents, nodes;      /* nodes of each agent */
} shapes[] = {{1, 100}, {8, 1000}};

/* What arrived, and when. A packet that was lost costs little, so that hardly any may be; of few
 * nodes, which agents share unevenly, there may be many. */
static int add_results(const sim_bench *b, sim_figures *f, const char *name, const char *db,
                       const sim_bench_cost *cost)
{
    static const char ask[] = "SELECT value FROM metric WHERE node_id IS NULL AND name = '%s'";
    static const char *const metrics[] = {"delivered_packets", "delay_mean", "lost_packets"};
    double values[G_N_ELEMENTS(metrics)];
    for (size_t i = 0; i < G_N_ELEMENTS(metrics); i++) {
        g_autofree char *sql = g_strdup_printf(ask, metrics[i]);
        values[i] = sim_bench_ask(db, sql);
    }
    double packets = values[0], delay_s = values[1];
    if (!(packets > 0) || (b->divide == 1 && !(values[2] <= packets / 1000)))
        return sim_cli_fail(SIM_EXIT_CANNOT, "bench: path: %g packets were delivered and %g lost",
                            packets, values[2]);
    sim_figures_add(f, "packets/s", packets / cost->run_s, "%s, delivered", name);
    sim_figures_add(f, "ns an event", cost->run_s * 1e9 / (double)cost->run_events, "%s", name);
    sim_figures_add(f, "events", (double)cost->run_events / packets, "%s, for a packet", name);
    sim_figures_add(f, "packets", packets, "%s, delivered", name);
    sim_figures_add(f, "ms", delay_s * 1e3, "%s, mean delay", name);
    return SIM_EXIT_DONE;
}

static int run_shape(const sim_bench *b, sim_figures *f, const char *file, size_t i, int64_t seed)
{
    int64_t agents = shapes[i].agents, each = MAX(1, shapes[i].nodes / b->divide);
    g_autofree char *count = g_strdup_printf("home-agents.count=%" G_GINT64_FORMAT, agents);
    g_autofree char *nodes = g_strdup_printf("mobile-nodes.count=%" G_GINT64_FORMAT,
                                             agents * each);
    g_autofree char *end = g_strdup_printf("scenario.duration=%.9f s", WARM_UP + b->seconds);
    g_autofree char *draws = g_strdup_printf("scenario.seed=%" G_GINT64_FORMAT, seed);
    g_autofree char *db = g_build_filename(b->folder, "path.db", NULL);
    sim_bench_cost cost;
    int code = sim_bench_run(file, (const char *[]){count, nodes, end, draws, NULL}, db, &cost);
    if (code != SIM_EXIT_DONE)
        return code;
    g_autofree char *name = g_strdup_printf("%" G_GINT64_FORMAT " x %" G_GINT64_FORMAT, agents,
                                            each);
    return add_results(b, f, name, db, &cost);
}

int sim_bench_path(const sim_bench *b, sim_figures *f)
{
    g_autofree char *file = sim_bench_scenario(b, "path.ini", scenario);
    int code = file ? SIM_EXIT_DONE : SIM_EXIT_CANNOT;
    for (int64_t r = 0; r < b->repeats && code == SIM_EXIT_DONE; r++)
        for (size_t i = 0; i < G_N_ELEMENTS(shapes) && code == SIM_EXIT_DONE; i++)
            code = run_shape(b, f, file, i, b->seed + r);
    return code;
}
