/* Reading results files. SQLite only: nothing here knows the simulator.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef ANALYSIS_RESULTS_H
#define ANALYSIS_RESULTS_H

#include <glib.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#define ANALYSIS_ERROR analysis_error_quark()
GQuark analysis_error_quark(void);

/* Errors of domain ANALYSIS_ERROR: what the user asked for cannot be; the file cannot be read. */
enum { ANALYSIS_ERROR_BAD = 2, ANALYSIS_ERROR_CANNOT = 3 };

typedef struct analysis_results {
    char *path;
    sqlite3 *db;
    bool damaged;               /* a row could not be read: what was computed is not whole */
} analysis_results;

/* NULL with *error: not there, not a results file; or closed to this user, CANNOT. */
analysis_results *analysis_results_open(const char *path, GError **error);
void analysis_results_close(analysis_results *results);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(analysis_results, analysis_results_close)

/* A figure over replications. */
typedef struct analysis_value {
    int n;                  /* runs that have it; 0: none */
    double mean, sd;        /* sd of a sample; 0 for one run */
} analysis_value;

/* Runs that differ in their replication alone: one column of a table. */
typedef struct analysis_runs {
    char *scenario, *policy;
    char *ids;              /* "1, 2, 3", for IN () */
    GArray *run_ids;        /* int64_t */
} analysis_runs;

/* Group runs by scenario, policy, configuration and seed, in order of their first.
 * Elements are analysis_runs, freed with the array. NULL with *error: no such run. */
GPtrArray *analysis_group_runs(analysis_results *results, const int64_t *run_ids, size_t n,
                               GError **error);

/* Run-wide metric. */
analysis_value analysis_metric(analysis_results *results, const analysis_runs *runs,
                               const char *name);
/* Metric of an agent. */
analysis_value analysis_agent_metric(analysis_results *results, const analysis_runs *runs,
                                     const char *agent, const char *name);
/* Mobile nodes registered with an agent in the last sample. */
analysis_value analysis_final_count(analysis_results *results, const analysis_runs *runs,
                                    const char *agent);
/* Packets (or bytes) of a row kind, over all nodes: table "loss" by "cause", table
 * "signalling" by "message". */
analysis_value analysis_sum(analysis_results *results, const analysis_runs *runs,
                            const char *table, const char *column, const char *what,
                            const char *unit);

/* The same of all rows of a table, less those of another (NULL: of none). */
analysis_value analysis_total(analysis_results *results, const analysis_runs *runs,
                              const char *table, const char *less, const char *unit);

/* The next row? False at the end; and, with `damaged` set, where the file cannot be read. */
bool analysis_row(analysis_results *results, sqlite3_stmt *statement);
/* False with *error where anything so far could not be read. */
bool analysis_undamaged(const analysis_results *results, GError **error);

/* Names, each once: freed with the array. */
GPtrArray *analysis_agents(analysis_results *results, const char *ids);
GPtrArray *analysis_kinds(analysis_results *results, const char *ids, const char *table,
                          const char *column);
GPtrArray *analysis_notes(analysis_results *results, const char *ids);

/* First column of a query's first row as text; NULL: no row, or NULL. g_free. */
char *analysis_text(analysis_results *results, const char *sql);

/* Order of names, runs of digits as numbers. */
int analysis_name_compare(const char *a, const char *b);

#endif
