/* A baseline: what the runs of one scenario were when somebody last said that they are right, in a
 * text file that is readable in a diff. `mip6sim bless` writes it, `mip6sim regress` compares.
 *
 * Of each run it keeps the fingerprint; the metrics that are judged, with seven digits, which are
 * the same on every machine; and traces, from which the first difference is found: one digit for
 * each window of time, a hash of what the fingerprint saw in it. Traces are of each node and
 * channel in the first run of a policy, and of each channel in the others.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef ANALYSIS_BASELINE_H
#define ANALYSIS_BASELINE_H

#include "analysis/results.h"

/* Most windows of a run: they are as many whole seconds long as that takes. */
enum { ANALYSIS_BASELINE_WINDOWS = 64 };
/* The digit of a window in which nothing happened. */
#define ANALYSIS_TRACE_NOTHING '.'

typedef struct analysis_trace {
    char *node;                     /* NULL: all nodes */
    char *channel;
    char *digits;
} analysis_trace;

typedef struct analysis_baseline_run {
    int64_t replication;
    char *fingerprint;
    GPtrArray *traces;              /* analysis_trace */
} analysis_baseline_run;

typedef struct analysis_baseline_metric {
    char *name;
    double *values;                 /* by run; NAN: none */
} analysis_baseline_metric;

typedef struct analysis_baseline_policy {
    char *policy, *config_sha256;
    int64_t seed;
    GPtrArray *runs;                /* analysis_baseline_run, in order of replication */
    GPtrArray *metrics;             /* analysis_baseline_metric */
} analysis_baseline_policy;

typedef struct analysis_baseline {
    char *path;                     /* where it was read; NULL */
    char *scenario, *code_version;
    char *form;                     /* "short", "full" */
    int64_t window_s;               /* 0: no runs */
    GPtrArray *policies;            /* analysis_baseline_policy */
} analysis_baseline;

analysis_baseline *analysis_baseline_new(const char *scenario, const char *code_version,
                                         const char *form);
void analysis_baseline_free(analysis_baseline *baseline);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(analysis_baseline, analysis_baseline_free)

/* Add the runs of one policy, in order of replication, from a results file. False with *error
 * where they cannot be read, or are not complete. */
bool analysis_baseline_add(analysis_baseline *baseline, analysis_results *results,
                           const char *policy, const int64_t *run_ids, size_t n, GError **error);

/* NULL where there is none of this policy, replication or metric. */
const analysis_baseline_policy *analysis_baseline_find(const analysis_baseline *baseline,
                                                       const char *policy);
/* Index of a run in a policy's runs; -1: none. */
int analysis_baseline_run_of(const analysis_baseline_policy *policy, int64_t replication);
const analysis_baseline_metric *analysis_baseline_metric_of(const analysis_baseline_policy *policy,
                                                            const char *name);

/* As text. */
void analysis_baseline_print(const analysis_baseline *baseline, GString *out);
/* Read what was printed. NULL with *error of domain ANALYSIS_ERROR, with file and line: 2, it is
 * no baseline; 3, it cannot be read. G_FILE_ERROR_NOENT of domain G_FILE_ERROR: not there. */
analysis_baseline *analysis_baseline_read(const char *path, GError **error);

#endif
