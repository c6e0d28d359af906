/* Many runs at once: plans times replications, in worker processes, one results file.
 *
 * Each run is a process, which writes a results file of its own (a shard) in the folder
 * OUT.shards; this process merges finished shards into the results file in the order of the
 * tasks, so that the number of jobs changes nothing in it but times. What the results file
 * already holds complete, with the same configuration, code, policy, seed and replication, is
 * not run again: a batch that was killed goes on where it stopped, and one with more
 * replications extends. A shard that is whole waits in the folder until those before it are.
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
    char *pcap;                 /* folder for captures, owned; NULL: none */
    GPtrArray *point;           /* the same, of a sweep: table sweep_point; NULL: none; owned */
} sim_plan;

/* Read a file under a policy (NULL: its own) and further overrides ("group.key=value", rank
 * below --policy; may be NULL). NULL with errors appended. */
sim_plan *sim_plan_new(const sim_inputs *inputs, const char *file, const char *policy,
                       const char *const *overrides, GPtrArray *errors);
/* The plan of a configuration that was read and checked, which it owns from then on. NULL with
 * *error, the configuration freed: a file that it names cannot be read. */
sim_plan *sim_plan_of(sim_config *config, GError **error);
void sim_plan_free(sim_plan *plan);
/* For commands that capture nothing: a note on standard error where the scenario has [record]
 * pcap. */
void sim_plan_tell_uncaptured(const sim_plan *plan, const char *command);

typedef struct sim_task {
    const sim_plan *plan;
    int64_t seed, replication;
} sim_task;

typedef struct sim_batch {
    const char *out;            /* results file, appended to */
    int jobs;                   /* runs at a time */
    bool progress;              /* a line with runs done and time left on standard error */
    /* Run even what is there already. With one job this process then writes into `out` by
     * itself, so that a run can be looked at while it goes on, and after it was interrupted. */
    bool again;
    const char *what;           /* "sweep", "compare": for the progress line */
} sim_batch;

/* Run tasks that are not there yet; stops at the first that does not end well. run_ids (int64_t,
 * may be NULL): for each task in order, its run in the results file, found or new, or 0.
 * Returns an exit code, told on standard error; after a signal 3. Whatever was finished is then
 * merged, or waits in OUT.shards behind a run that was not. */
int sim_batch_run(const sim_batch *batch, const sim_task *tasks, size_t n, GArray *run_ids);

/* Each replication of each plan (sim_plan *), in this order. Elements are sim_task. */
GArray *sim_tasks_of(const GPtrArray *plans);
/* Which of the tasks the results file at `out` holds: run_ids as above. An exit code, told. */
int sim_batch_find(const char *out, const sim_task *tasks, size_t n, GArray *run_ids);
/* "N" of an option --jobs, 1 to 256; NULL: `by_default`. False, told, if it is no such number. */
bool sim_jobs_of(const char *text, int by_default, int *jobs);
/* "sweep: 12 of 40 runs done, 2 at work, 3 min 20 s left"; g_free. done: of those to run, with
 * parts of runs; found: those that were there. */
char *sim_batch_line(const char *what, size_t total, size_t found, size_t whole, double done,
                     int at_work, gint64 wall_us);

#endif
