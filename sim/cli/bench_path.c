/* The packet path: from a correspondent through the tunnel of an agent to a node, with real
 * headers, codecs and look-ups.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "sim/cli/bench.h"
#include "sim/cli/cli.h"

/* Nodes register in the first seconds, then packets flow: the warm-up is what is not measured. */
static const char scenario[] =
    "[scenario]\nname = path\nduration = 1 h\nwarm-up = 8 s\n"
    "[home-agents]\ncapacity = 1 Gbit/s\nqueue-limit = unlimited\n"
    "[correspondents]\ncount = 8\n"
    "[access]\nrouters = 64\n"
    "[traffic]\nmodel = poisson\nload = 80 %\npacket-size = 1000 B\nstart = 8 s\n";

enum { WARM_UP = 8 };

static const struct {
    int64_t agents, nodes;      /* nodes of each agent */
} shapes[] = {{1, 100}, {8, 1000}};

static int run_shape(const sim_bench *b, sim_figures *f, const char *file, size_t i)
{
    int64_t agents = shapes[i].agents, each = MAX(1, shapes[i].nodes / b->divide);
    g_autofree char *count = g_strdup_printf("home-agents.count=%" G_GINT64_FORMAT, agents);
    g_autofree char *nodes = g_strdup_printf("mobile-nodes.count=%" G_GINT64_FORMAT,
                                             agents * each);
    g_autofree char *end = g_strdup_printf("scenario.duration=%" G_GINT64_FORMAT " s",
                                           WARM_UP + b->seconds);
    g_autofree char *db = g_build_filename(b->folder, "path.db", NULL);
    sim_bench_cost cost;
    int code = sim_bench_run(file, (const char *[]){count, nodes, end, NULL}, db, &cost);
    if (code != SIM_EXIT_DONE)
        return code;
    double packets = sim_bench_ask(db, "SELECT value FROM metric WHERE node_id IS NULL AND"
                                       " name = 'delivered_packets'");
    if (!(packets > 0))
        return sim_cli_fail(SIM_EXIT_CANNOT, "bench: path: no packet was delivered");
    g_autofree char *name = g_strdup_printf("%" G_GINT64_FORMAT " x %" G_GINT64_FORMAT, agents,
                                            each);
    sim_figures_add(f, "packets/s", packets / cost.run_s, "%s, delivered", name);
    sim_figures_add(f, "ns an event", cost.run_s * 1e9 / (double)cost.run_events, "%s", name);
    sim_figures_add(f, "events", (double)cost.run_events / packets, "%s, for a packet", name);
    return SIM_EXIT_DONE;
}

int sim_bench_path(const sim_bench *b, sim_figures *f)
{
    g_autofree char *file = sim_bench_scenario(b, "path.ini", scenario);
    int code = file ? SIM_EXIT_DONE : SIM_EXIT_CANNOT;
    for (int64_t r = 0; r < b->repeats && code == SIM_EXIT_DONE; r++)
        for (size_t i = 0; i < G_N_ELEMENTS(shapes) && code == SIM_EXIT_DONE; i++)
            code = run_shape(b, f, file, i);
    return code;
}
