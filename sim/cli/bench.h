/* `mip6sim bench`: what each benchmark does, and the run in a process of its own that most share.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SIM_CLI_BENCH_H
#define SIM_CLI_BENCH_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/cli/bench_report.h"

typedef struct sim_bench {
    int64_t repeats;
    int64_t divide;         /* sizes are divided by it: a quick look */
    double seconds;         /* of simulated time that are measured */
    int64_t seed;           /* of the first repetition; the next has the next */
    const char *folder;     /* for what is made on the way; taken away after */
} sim_bench;

/* Each adds its rows. An exit code; what went wrong was told. */
int sim_bench_hold(const sim_bench *b, sim_figures *f);
int sim_bench_path(const sim_bench *b, sim_figures *f);
int sim_bench_memory(const sim_bench *b, sim_figures *f);
int sim_bench_record(const sim_bench *b, sim_figures *f);
int sim_bench_jobs(const sim_bench *b, sim_figures *f);
int sim_bench_million(const sim_bench *b, sim_figures *f);

/* A scenario of a benchmark's own, as a file of its folder. NULL, told; g_free. */
char *sim_bench_scenario(const sim_bench *b, const char *name, const char *text);

/* What a run cost: to its warm-up's end, from there to its last events, and what was written
 * after them. run_s are seconds of the processor. */
typedef struct sim_bench_cost {
    double setup_wall_s, run_wall_s, finish_wall_s;
    double run_s, run_simulated_s;
    int64_t run_events;
    int64_t peak_kib;       /* of the process, in all */
} sim_bench_cost;

/* Run the scenario `file` with overrides ("group.key=value", NULL at the end) in a process of
 * its own, results in `db`, which is made anew. An exit code; told. */
int sim_bench_run(const char *file, const char *const *overrides, const char *db,
                  sim_bench_cost *cost);

/* The one number that a query of a results file answers; NAN where it does not. */
double sim_bench_ask(const char *db, const char *sql);

#endif
