/* Results in a SQLite file: the sink behind a run, and the handling of the file.
 *
 * Rows are kept in memory and written in short transactions (each second of wall time, or
 * when many), so that another process may append to the same file meanwhile. A run's
 * status is `running` until its last transaction, which holds its last rows: a run that
 * dies or fails never looks complete.
 *
 * All errors are of domain SIM_CONFIG_ERROR, code SIM_ERROR_CANNOT, and begin with the path.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SIM_RECORD_H
#define SIM_RECORD_H

#include <glib.h>

#include "sim/engine/sink.h"

#define SIM_RECORD_APPLICATION_ID 0x6d697036    /* "mip6" */
#define SIM_RECORD_USER_VERSION 1

typedef struct sim_record sim_record;

/* Open for appending; made with its folder where it is not there. NULL with *error: not a
 * database, another program's or version's, not writable. */
sim_record *sim_record_open(const char *path, GError **error);
/* A run not finished stays `running`. NULL is allowed. */
void sim_record_close(sim_record *record);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(sim_record, sim_record_close)

/* What identifies a run. Strings are borrowed. */
typedef struct sim_run_start {
    const char *scenario, *policy;
    int64_t seed, replication;
    const char *config_sha256, *code_version, *protocol_sha256;
    const char *const *params;      /* key, value, key, value ...; NULL at the end */
    const char *const *point;       /* the same: what a sweep varies; NULL: no sweep */
} sim_run_start;

/* Begin a run; one at a time. The sink is the record's and lives until finish. NULL with
 * *error: could not be written. */
sim_sink *sim_record_begin(sim_record *record, const sim_run_start *start, GError **error);
int64_t sim_record_run_id(const sim_record *record);

/* A remark for the person who reads the results. */
void sim_record_note(sim_record *record, const char *text);

typedef enum sim_run_status {
    SIM_RUN_COMPLETE,
    SIM_RUN_INTERRUPTED,
    SIM_RUN_FAILED
} sim_run_status;

typedef struct sim_run_end {
    sim_run_status status;
    double wall_seconds;
    int64_t simulated_ns, events;
    const char *fingerprint;        /* borrowed; NULL: none */
} sim_run_end;

/* Write what is left, and the run's end. False with *error when any row of the run could not
 * be written; its status is then `failed`, or still `running`. */
bool sim_record_finish(sim_record *record, const sim_run_end *end, GError **error);

/* For tests: a limit of the file in pages (PRAGMA max_page_count), like a full disk; and how
 * long to wait for another writer. */
void sim_record_limit(sim_record *record, int pages);
void sim_record_patience(sim_record *record, int milliseconds);

#endif
