/* Runs of one results file taken over into another; which runs one has.
 *
 * Errors are those of record.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SIM_RECORD_MERGE_H
#define SIM_RECORD_MERGE_H

#include <glib.h>
#include <stdbool.h>

#include "sim/record/record.h"

/* What makes two runs the same: configuration, code, policy, seed, replication. g_free. */
char *sim_run_identity(const sim_run_start *start);

/* The complete runs of a file: identity (owned) -> run_id (int64_t *, owned). Of runs that are
 * the same, the first. NULL with *error. */
GHashTable *sim_record_complete_runs(sim_record *record, GError **error);

/* Is there a sound results file at `path` whose only run is this one, complete? */
bool sim_shard_is_whole(const char *path, const char *identity);

/* Append the only run of the results file `shard`, which must be complete, with a run_id of
 * its own, in one transaction: all of it or nothing. No run may be at hand in `record`.
 * Returns the new run_id; 0 with *error. */
int64_t sim_record_merge(sim_record *record, const char *shard, GError **error);

/* Say of a run that is there which point of a sweep it is: key, value, ..., NULL. What it
 * says already stays. */
bool sim_record_add_point(sim_record *record, int64_t run_id, const char *const *point,
                          GError **error);

#endif
