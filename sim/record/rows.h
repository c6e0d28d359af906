/* Rows kept until they are written: one list per table, filled by a sink.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SIM_RECORD_ROWS_H
#define SIM_RECORD_ROWS_H

#include <glib.h>
#include <sqlite3.h>

#include "sim/engine/sink.h"

enum { SIM_N_ROW_TABLES = 14 };

/* The rows of one table, for SQLite to read. */
typedef struct sim_rows_source {
    const struct sim_rows *rows;
    int which;
} sim_rows_source;

typedef struct sim_rows {
    GByteArray *rows[SIM_N_ROW_TABLES];
    sim_rows_source sources[SIM_N_ROW_TABLES];
    sqlite3_stmt *copy[SIM_N_ROW_TABLES];       /* all rows of a list into its table */
    GStringChunk *strings;
    size_t n;                   /* rows in all lists */
    size_t string_bytes;
} sim_rows;

/* Prepare the statements; `rows` stays where it is until the database is closed. A code of SQLite;
 * 0 is good. */
int sim_rows_init(sim_rows *rows, sqlite3 *db);
void sim_rows_clear(sim_rows *rows);

/* Which of the tables. */
typedef enum sim_row_table {
    SIM_ROW_NODE, SIM_ROW_HA_SAMPLE, SIM_ROW_DECISION, SIM_ROW_LOSS, SIM_ROW_SIGNALLING,
    SIM_ROW_FINGERPRINT, SIM_ROW_METRIC, SIM_ROW_HISTOGRAM, SIM_ROW_EVENT,
    SIM_ROW_APPLICATION_LOSS, SIM_ROW_FAILURE, SIM_ROW_OUTAGE, SIM_ROW_STORM,
    SIM_ROW_BOUND
} sim_row_table;

/* Keep a copy of one of the sim_row_ structs. */
void sim_rows_add(sim_rows *rows, sim_row_table table, const void *row);
/* Insert all, inside the caller's transaction. A code of SQLite; 0 is good. */
int sim_rows_write(sim_rows *rows, int64_t run_id);
/* Forget all. */
void sim_rows_forget(sim_rows *rows);

#endif
