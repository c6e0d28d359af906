/* Where two results files part: the first second in which the fingerprints of a run differ, and
 * the nodes and channels of that second.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef ANALYSIS_DIFF_H
#define ANALYSIS_DIFF_H

#include "analysis/results.h"

/* Codes of ANALYSIS_ERROR, also exit codes: what was asked for is not there; cannot be read. */
enum { ANALYSIS_DIFF_BAD = 2, ANALYSIS_DIFF_CANNOT = 3 };

/* What differs in the first second that differs. */
typedef struct analysis_diff_cell {
    char *node;                 /* of a group of mobile nodes, the number of the group */
    char *channel;
    bool group;
} analysis_diff_cell;

typedef enum analysis_diff_answer {
    ANALYSIS_DIFF_SAME,
    ANALYSIS_DIFF_OTHER,        /* from `second` on */
    ANALYSIS_DIFF_UNKNOWN       /* other, but not both have fingerprints per second */
} analysis_diff_answer;

/* A run on one side. Everything is owned. */
typedef struct analysis_diff_run {
    int64_t id, replication;
    char *label, *status, *config_sha256, *code_version, *fingerprint;
    int64_t simulated_ns;       /* of one that died: up to its last second kept */
    bool kept;                  /* has fingerprints per second */
} analysis_diff_run;

/* Two runs of the same scenario, point of a sweep, policy, seed and replication; or any two that
 * were picked. */
typedef struct analysis_diff {
    analysis_diff_run *run[2];
    analysis_diff_answer answer;
    int64_t compared_ns;        /* [0, this): what both have */
    int64_t second;             /* the first that differs */
    GPtrArray *cells;           /* analysis_diff_cell, in order of name and channel */
    GPtrArray *only[2];         /* names of nodes that the other run does not have */
} analysis_diff;

typedef struct analysis_diffs {
    GPtrArray *pairs;           /* analysis_diff */
    GPtrArray *alone[2];        /* labels of runs that the other file does not have */
    guint repeated;             /* runs left out since a later one has the same label */
    guint unfinished;           /* runs left out that are still `running` */
} analysis_diffs;

/* Compare. pick (two run ids; NULL: all pairs): of which runs. a and b may be the same.
 * NULL with *error: nothing to compare, a file that is damaged. */
analysis_diffs *analysis_diff_files(analysis_results *a, analysis_results *b, const int64_t *pick,
                                    GError **error);
void analysis_diffs_free(analysis_diffs *diffs);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(analysis_diffs, analysis_diffs_free)

/* The group whose fingerprint a mobile node's effects go into: 1,024 to a group, by the last
 * number in the name. */
uint64_t analysis_diff_group(const char *name);

#endif
