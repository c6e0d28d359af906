/* One run: a task into an open results file. SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SIM_CLI_TASK_H
#define SIM_CLI_TASK_H

#include "sim/cli/batch.h"
#include "sim/engine/engine.h"
#include "sim/record/record.h"

/* What is recorded of a task; strings and lists are the plan's. */
sim_run_start sim_task_start(const sim_task *task);
/* "hybrid:tuned, seed 1, replication 2", with a point's values before it. g_free. */
char *sim_task_name(const sim_task *task);

/* Where its capture is, if its plan has a folder for them. g_free. */
char *sim_task_capture(const sim_task *task);

/* Called with the engine before its first event, and with NULL after its last. */
typedef void (*sim_task_watch)(void *user, sim_engine *engine, int64_t end_ns);

/* Run it. *run_id: of what was begun, else 0. An exit code; *error is set unless it is 0. */
int sim_task_run(const sim_task *task, sim_record *record, sim_task_watch watch, void *user,
                 int64_t *run_id, GError **error);

#endif
