/* What `regress` and `bless` share: run the set, and hold it against its baselines.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SIM_CLI_REGRESS_RUN_H
#define SIM_CLI_REGRESS_RUN_H

#include "analysis/regress.h"
#include "sim/cli/batch.h"

typedef struct sim_regress_options {
    char **rest;                /* scenarios; NULL: all */
    char *baseline, *jobs, *replications, *out;
    gboolean full;
} sim_regress_options;

/* The options that fill it, as an initialiser of GOptionEntry. */
#define SIM_REGRESS_ENTRIES(o) \
    {"baseline", 'b', 0, G_OPTION_ARG_FILENAME, &(o)->baseline, \
     "Folder of baselines (default: results/baselines; with --full: results/baselines/full)", \
     "DIR"}, \
    {"full", 'f', 0, G_OPTION_ARG_NONE, &(o)->full, \
     "Scenarios as they are written, not in their short form", NULL}, \
    {"replications", 'r', 0, G_OPTION_ARG_FILENAME, &(o)->replications, \
     "At most so many of each policy, the first ones", "N"}, \
    {"jobs", 'j', 0, G_OPTION_ARG_FILENAME, &(o)->jobs, \
     "Runs at a time (default: one per processor)", "N"}, \
    {"out", 'o', 0, G_OPTION_ARG_FILENAME, &(o)->out, \
     "Keep the runs in this results file; what it has is not run again", "DB"}, \
    {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &(o)->rest, NULL, NULL}

void sim_regress_options_clear(sim_regress_options *options);

/* A scenario that was run: what its baseline is, and would be. */
typedef struct sim_regress_result {
    char *path;                 /* of the baseline */
    analysis_baseline *old;     /* NULL: there is none */
    analysis_baseline *now;     /* NULL: skipped */
} sim_regress_result;

typedef struct sim_regress_outcome {
    char *folder;               /* of baselines */
    GPtrArray *results;         /* sim_regress_result */
    GPtrArray *stale;           /* char *: baselines of no scenario; none where some are named */
    analysis_regress *verdict;
    size_t runs;
    double wall_s;
} sim_regress_outcome;

/* Run and compare. what: "regress", for messages. An exit code, told; 0: the outcome is there. */
int sim_regress_run(const char *what, const sim_regress_options *options,
                    sim_regress_outcome *outcome);
void sim_regress_outcome_clear(sim_regress_outcome *outcome);

#endif
