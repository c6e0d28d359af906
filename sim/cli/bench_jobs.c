/* What a second worker is worth: the same replications one after the other, and two at a time.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <sys/resource.h>
#include <unistd.h>

#include "sim/cli/batch.h"
#include "sim/cli/bench.h"
#include "sim/cli/cli.h"

static const char scenario[] =
    "[scenario]\nname = jobs\nwarm-up = 8 s\n"
    "[home-agents]\ncount = 4\n"
    "[mobile-nodes]\ncount = 400\n"
    "[traffic]\nmodel = poisson\nload = 80 %\npacket-size = 1000 B\n"
    "[policy]\nname = hybrid\nprofile = tuned\n";

enum { REPLICATIONS = 8, CAPACITY = 100000000, WARM_UP = 8, MOST = 2 };

/* Seconds. */
typedef struct times {
    double wall, cpu;
} times;

static double of_timeval(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static double cpu_of(int who)
{
    struct rusage usage;
    getrusage(who, &usage);
    return of_timeval(usage.ru_utime) + of_timeval(usage.ru_stime);
}

static times now(void)
{
    return (times){.wall = (double)g_get_monotonic_time() / 1e6,
                   .cpu = cpu_of(RUSAGE_SELF) + cpu_of(RUSAGE_CHILDREN)};
}

static int run_jobs(const sim_bench *b, const GArray *tasks, int jobs, times *cost)
{
    g_autofree char *db = g_build_filename(b->folder, "jobs.db", NULL);
    sim_batch batch = {.out = db, .jobs = jobs, .again = true, .what = "bench"};
    unlink(db);
    times begin = now();
    int code = sim_batch_run(&batch, (const sim_task *)(const void *)tasks->data, tasks->len, NULL);
    times end = now();
    *cost = (times){end.wall - begin.wall, end.cpu - begin.cpu};
    if (code == SIM_EXIT_DONE &&
        sim_bench_ask(db, "SELECT count(*) FROM run WHERE status = 'complete'") != REPLICATIONS)
        code = sim_cli_fail(SIM_EXIT_CANNOT, "bench: jobs: runs are missing");
    return code;
}

/* The other order each time, so that a machine which slows down favours neither. */
static int run_both(const sim_bench *b, const GArray *tasks, bool backwards, times cost[MOST])
{
    int code = SIM_EXIT_DONE;
    for (int i = 0; i < MOST && code == SIM_EXIT_DONE; i++) {
        int at = backwards ? MOST - 1 - i : i;
        code = run_jobs(b, tasks, at + 1, &cost[at]);
    }
    return code;
}

static int measure(const sim_bench *b, sim_figures *f, const GArray *tasks)
{
    times cost[MOST], least[MOST] = {{0, 0}};
    for (int64_t r = 0; r < b->repeats; r++) {
        int code = run_both(b, tasks, r % 2 == 1, cost);
        if (code != SIM_EXIT_DONE)
            return code;
        for (int i = 0; i < MOST; i++) {
            sim_figures_add(f, "s", cost[i].wall, "%d at a time, wall", i + 1);
            sim_figures_add(f, "s", cost[i].cpu, "%d at a time, processors", i + 1);
            least[i].wall = r == 0 ? cost[i].wall : MIN(least[i].wall, cost[i].wall);
        }
        sim_figures_add(f, "times", cost[0].wall / cost[1].wall / MOST, "efficiency");
        sim_figures_add(f, "times", cost[1].cpu / cost[0].cpu, "processors, 2 over 1");
    }
    sim_figures_add(f, "times", least[0].wall / least[1].wall / MOST,
                    "efficiency, of the least walls");
    return SIM_EXIT_DONE;
}

int sim_bench_jobs(const sim_bench *b, sim_figures *f)
{
    sim_inputs none = {0};
    g_autofree char *file = sim_bench_scenario(b, "jobs.ini", scenario);
    if (!file)
        return SIM_EXIT_CANNOT;
    g_autofree char *end = g_strdup_printf("scenario.duration=%.9f s", WARM_UP + b->seconds);
    g_autofree char *runs = g_strdup_printf("scenario.replications=%d", REPLICATIONS);
    g_autofree char *capacity = g_strdup_printf("home-agents.capacity=%" G_GINT64_FORMAT " bit/s",
                                                MAX(1, CAPACITY / b->divide));
    const char *overrides[] = {end, runs, capacity, NULL};
    g_autoptr(GPtrArray) errors = sim_errors_new();
    g_autoptr(GPtrArray) plans = g_ptr_array_new_with_free_func((GDestroyNotify)sim_plan_free);
    sim_plan *plan = sim_plan_new(&none, file, NULL, overrides, errors);
    if (!plan)
        return sim_cli_errors(errors);
    g_ptr_array_add(plans, plan);
    g_autoptr(GArray) tasks = sim_tasks_of(plans);
    return measure(b, f, tasks);
}
