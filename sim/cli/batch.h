/* Many runs at once: plans times replications, in worker processes, one results file.
 *
 * Workers write a results file of their own each (a shard); this process merges finished
 * shards into the results file in the order of the tasks, so that the number of jobs changes
 * nothing in it but times. What the results file already holds complete, with the same
 * configuration, code, policy, seed and replication, is not run again: a batch that was killed
 * goes on where it stopped, and one with more replications extends.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SIM_CLI_BATCH_H
#define SIM_CLI_BATCH_H

#include <glib.h>
#include <stdbool.h>

#include "sim/cli/inputs.h"
#include "sim/engine/config.h"

/* One configuration to run: a policy of a scenario, or of a point of a sweep. */
typedef struct sim_plan {
    sim_config *config;         /* owned */
    char *scenario;             /* name in the results */
    char *policy;               /* label in the results */
    char *hash;                 /* config_sha256 */
    GPtrArray *params;          /* key, value, ..., NULL: table run_param; owned */
} sim_plan;

/* Read a file under a policy (NULL: its own) and further overrides ("group.key=value", rank
 * below --policy; may be NULL). NULL with errors appended. */
sim_plan *sim_plan_new(const sim_inputs *inputs, const char *file, const char *policy,
                       const char *const *overrides, GPtrArray *errors);
void sim_plan_free(sim_plan *plan);

typedef struct sim_task {
    const sim_plan *plan;
    int64_t seed, replication;
} sim_task;

typedef struct sim_batch {
    const char *out;            /* results file, appended to */
    int jobs;                   /* worker processes; 1: this process writes by itself */
    bool progress;              /* a line with runs done and time left on standard error */
    bool again;                 /* run even what is there already */
    const char *what;           /* "sweep", "compare": for the progress line */
} sim_batch;

/* Run tasks that are not there yet. run_ids (int64_t, may be NULL): for each task in order, its
 * run in the results file, found or new. Returns an exit code, told on standard error; after a
 * signal 3, with whatever was finished merged. */
int sim_batch_run(const sim_batch *batch, const sim_task *tasks, size_t n, GArray *run_ids);

#endif
