/* Memory that one more mobile node takes: the slope between two sizes, so that what is there anyhow
 * is not counted.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "sim/cli/bench.h"
#include "sim/cli/cli.h"

static const char scenario[] =
    "[scenario]\nname = memory\nduration = 70 s\nwarm-up = 60 s\n"
    "[home-agents]\ncount = 8\ncapacity = 1 Gbit/s\n"
    "[mobile-nodes]\nstart-window = 50 s\n"
    "[access]\nrouters = 100\n"
    "[traffic]\nmodel = poisson\nstart = 60 s\n"
    "[policy]\nname = hybrid\nprofile = tuned\n"
    "[record]\nevents = off\nfingerprints = off\n";

static const struct {
    const char *name, *traffic;
} forms[] = {{"registered", "traffic.load=0 %"},
             {"registered, and with a flow", "traffic.rate=1 Mbit/s"}};

enum { FEW = 10000, MANY = 110000 };

static int peak_of(const sim_bench *b, const char *file, int64_t nodes, const char *traffic,
                   int64_t *kib)
{
    g_autofree char *count = g_strdup_printf("mobile-nodes.count=%" G_GINT64_FORMAT, nodes);
    g_autofree char *db = g_build_filename(b->folder, "memory.db", NULL);
    sim_bench_cost cost;
    int code = sim_bench_run(file, (const char *[]){count, traffic, NULL}, db, &cost);
    *kib = cost.peak_kib;
    return code;
}

static int run_form(const sim_bench *b, sim_figures *f, const char *file, size_t i)
{
    int64_t few = MAX(1, FEW / b->divide), many = MAX(2, MANY / b->divide), low, high;
    int code = peak_of(b, file, few, forms[i].traffic, &low);
    if (code == SIM_EXIT_DONE)
        code = peak_of(b, file, many, forms[i].traffic, &high);
    if (code != SIM_EXIT_DONE)
        return code;
    sim_figures_add(f, "B a node", (double)(high - low) * 1024 / (double)(many - few), "%s",
                    forms[i].name);
    sim_figures_add(f, "MiB", (double)high / 1024, "%s, %" G_GINT64_FORMAT " nodes, in all",
                    forms[i].name, many);
    return SIM_EXIT_DONE;
}

int sim_bench_memory(const sim_bench *b, sim_figures *f)
{
    g_autofree char *file = sim_bench_scenario(b, "memory.ini", scenario);
    int code = file ? SIM_EXIT_DONE : SIM_EXIT_CANNOT;
    for (int64_t r = 0; r < b->repeats && code == SIM_EXIT_DONE; r++)
        for (size_t i = 0; i < G_N_ELEMENTS(forms) && code == SIM_EXIT_DONE; i++)
            code = run_form(b, f, file, i);
    return code;
}
