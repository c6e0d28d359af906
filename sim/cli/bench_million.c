/* scenarios/million.ini at a shortened time, with its traffic and without. What the whole would
 * take is extrapolated from its parts, and called so.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <math.h>

#include "models/config/config.h"
#include "sim/cli/bench.h"
#include "sim/cli/cli.h"
#include "sim/cli/inputs.h"
#include "sim/engine/engine.h"

static const struct {
    const char *name, *override;        /* NULL: as the file has it */
} forms[] = {{"all", NULL}, {"signalling", "traffic.load=0 %"}};

/* A shortened run: the same nodes for each agent, and the same load. */
typedef struct shape {
    char *file;
    double warm_up_s, duration_s;       /* of the whole */
    char *overrides[3];                 /* g_free */
} shape;

static void fill(shape *s, const sim_bench *b, const sim_config *config)
{
    const model_scenario_config *run = sim_config_section(config, "scenario")->base;
    const model_home_agents_config *agents = sim_config_section(config, "home-agents")->base;
    int64_t nodes = sim_config_int(config, "mobile-nodes", "count");
    s->warm_up_s = (double)run->warm_up_ns / (double)SIM_SECOND_NS;
    s->duration_s = (double)run->duration_ns / (double)SIM_SECOND_NS;
    s->overrides[0] = g_strdup_printf("mobile-nodes.count=%" G_GINT64_FORMAT,
                                      MAX(1, nodes / b->divide));
    s->overrides[1] = g_strdup_printf("home-agents.capacity=%" G_GINT64_FORMAT " bit/s",
                                      MAX(1, agents->capacity_bps / b->divide));
    s->overrides[2] = g_strdup_printf("scenario.duration=%" G_GINT64_FORMAT " ns",
                                      run->warm_up_ns + (int64_t)(b->seconds * 1e9));
}

static int shape_of(const sim_bench *b, shape *s)
{
    sim_inputs none = {0};
    g_autofree char *folder = sim_scenarios_folder();
    if (!folder)
        return sim_cli_fail(SIM_EXIT_CANNOT, "bench: there is no folder of scenarios here");
    s->file = g_build_filename(folder, "million.ini", NULL);
    g_autoptr(GPtrArray) errors = sim_errors_new();
    g_autoptr(sim_config) config = sim_inputs_read(&none, s->file, NULL, errors);
    if (!config)
        return sim_cli_errors(errors);
    fill(s, b, config);
    return SIM_EXIT_DONE;
}

static void add_costs(sim_figures *f, const shape *s, const char *form,
                      const sim_bench_cost *cost)
{
    double each = cost->run_wall_s / cost->run_simulated_s;
    double rest = each * (s->duration_s - s->warm_up_s);
    sim_figures_add(f, "s", cost->setup_wall_s, "%s: to %g s, wall", form, s->warm_up_s);
    sim_figures_add(f, "s", each, "%s: a simulated second then, wall", form);
    sim_figures_add(f, "s", cost->finish_wall_s, "%s: at the end, wall", form);
    sim_figures_add(f, "s", cost->setup_wall_s + rest + cost->finish_wall_s,
                    "%s: %g s, extrapolated, wall", form, s->duration_s);
    sim_figures_add(f, "events", (double)cost->run_events / cost->run_simulated_s,
                    "%s: in a simulated second", form);
    sim_figures_add(f, "ns an event", cost->run_s * 1e9 / (double)cost->run_events, "%s", form);
    sim_figures_add(f, "MiB", (double)cost->peak_kib / 1024, "%s: peak", form);
}

/* What the results file says, so that a run that did nothing is not fast. */
static int add_results(sim_figures *f, const char *form, const char *db, double run_s)
{
    double nodes = sim_bench_ask(db, "SELECT sum(mn_count) FROM ha_sample WHERE t_ns ="
                                     " (SELECT max(t_ns) FROM ha_sample)");
    double queue = sim_bench_ask(db, "SELECT avg(queue_packets) FROM ha_sample WHERE t_ns >"
                                     " (SELECT max(t_ns) FROM ha_sample) - 5000000000");
    double packets = sim_bench_ask(db, "SELECT value FROM metric WHERE node_id IS NULL AND"
                                       " name = 'delivered_packets'");
    if (isnan(nodes) || isnan(queue) || isnan(packets))
        return sim_cli_fail(SIM_EXIT_CANNOT, "bench: million: its results lack samples");
    sim_figures_add(f, "nodes", nodes, "%s: that agents count at the end", form);
    sim_figures_add(f, "packets", queue, "%s: mean queue of an agent", form);
    if (packets > 0)
        sim_figures_add(f, "packets/s", packets / run_s, "%s: delivered", form);
    return SIM_EXIT_DONE;
}

/* Processor time for each packet of a run; NAN where none arrived. */
static double cost_of_packet(const char *db, const sim_bench_cost *cost)
{
    double packets = sim_bench_ask(db, "SELECT value FROM metric WHERE node_id IS NULL AND"
                                       " name = 'delivered_packets'");
    return packets > 0 ? cost->run_s / packets : NAN;
}

/* How the cost of a packet grows with nodes: against one of the same agents alone, with a thousand
 * nodes. Each has fifteen times the packets, and the run is longer, so that it can be timed. */
static int run_few(const sim_bench *b, sim_figures *f, const shape *s, double many_each_s)
{
    enum { FEW = 1000, LONGER = 10 };
    int64_t n = MAX(1, FEW / b->divide);
    g_autofree char *db = g_build_filename(b->folder, "few.db", NULL);
    g_autofree char *nodes = g_strdup_printf("mobile-nodes.count=%" G_GINT64_FORMAT, n);
    g_autofree char *end = g_strdup_printf("scenario.duration=%g s",
                                           s->warm_up_s + LONGER * b->seconds);
    const char *overrides[] = {"home-agents.count=1", s->overrides[1], nodes, end, NULL};
    sim_bench_cost cost;
    int code = sim_bench_run(s->file, overrides, db, &cost);
    if (code != SIM_EXIT_DONE)
        return code;
    double each_s = cost_of_packet(db, &cost);
    if (isnan(each_s) || isnan(many_each_s))
        return sim_cli_fail(SIM_EXIT_CANNOT, "bench: million: no packet was delivered");
    sim_figures_add(f, "ns a packet", many_each_s * 1e9, "all");
    sim_figures_add(f, "ns a packet", each_s * 1e9, "one agent, %" G_GINT64_FORMAT " nodes", n);
    sim_figures_add(f, "times", many_each_s / each_s, "all, over one agent");
    return SIM_EXIT_DONE;
}

static int run_form(const sim_bench *b, sim_figures *f, shape *s, size_t i)
{
    g_autofree char *db = g_build_filename(b->folder, "million.db", NULL);
    const char *overrides[] = {s->overrides[0], s->overrides[1], s->overrides[2],
                               forms[i].override, NULL};
    sim_bench_cost cost;
    int code = sim_bench_run(s->file, overrides, db, &cost);
    if (code != SIM_EXIT_DONE)
        return code;
    add_costs(f, s, forms[i].name, &cost);
    code = add_results(f, forms[i].name, db, cost.run_s);
    if (code != SIM_EXIT_DONE || forms[i].override)
        return code;
    return run_few(b, f, s, cost_of_packet(db, &cost));
}

int sim_bench_million(const sim_bench *b, sim_figures *f)
{
    shape s = {0};
    int code = shape_of(b, &s);
    for (int64_t r = 0; r < b->repeats && code == SIM_EXIT_DONE; r++)
        for (size_t i = 0; i < G_N_ELEMENTS(forms) && code == SIM_EXIT_DONE; i++)
            code = run_form(b, f, &s, i);
    g_free(s.file);
    for (size_t i = 0; i < G_N_ELEMENTS(s.overrides); i++)
        g_free(s.overrides[i]);
    return code;
}
