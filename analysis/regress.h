/* Did behaviour change against the baselines, where first, and did it get better or worse.
 *
 * Runs of one policy and replication are pairs. Where all of a policy's pairs have one fingerprint
 * and one value of each metric, it is identical. Where not, each judged metric gets the paired
 * test of stats.h; p is corrected by Holm over all tests of the call, so that where nothing moved
 * the chance that anything is said to have moved is at most 1 - level, in all scenarios together.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef ANALYSIS_REGRESS_H
#define ANALYSIS_REGRESS_H

#include "analysis/baseline.h"
#include "analysis/compare.h"

typedef enum analysis_answer {
    ANALYSIS_IDENTICAL,
    ANALYSIS_CHANGED,               /* no metric moved */
    ANALYSIS_MOVED,
    ANALYSIS_NO_BASELINE,           /* for all runs of the policy, or some */
    ANALYSIS_SKIPPED                /* a scenario that needs a file that is not there */
} analysis_answer;

/* "identical", "changed, no metric moved" ... Static storage. */
const char *analysis_answer_text(analysis_answer answer);

/* A metric's test. */
typedef struct analysis_move {
    const char *name, *words;       /* the table's */
    const analysis_metric_row *row;
    analysis_paired pair;           /* a: the baseline */
    double p_holm;
    bool moved;
    int verdict;                    /* where moved: -1 worse, 1 better, 0 neither is better */
} analysis_move;

/* Where two runs begin to differ. */
typedef struct analysis_first {
    bool known;                     /* false: the baseline does not say, or is of another length */
    int64_t replication;
    int64_t from_s, to_s;           /* [from, to) */
    GPtrArray *where;               /* char *: "ha0 decision", causes before effects */
} analysis_first;

typedef struct analysis_regress_policy {
    char *policy;
    analysis_answer answer;
    guint pairs, differing;         /* pairs of runs; those whose fingerprints differ */
    guint unmatched;                /* runs that the baseline does not have */
    guint remeasured;               /* pairs of one fingerprint in which a metric differs */
    bool other_config, other_seed;  /* than the baseline's */
    analysis_first first;           /* of the first pair that differs */
    GPtrArray *moves;               /* analysis_move; none where identical */
} analysis_regress_policy;

typedef struct analysis_regress_scenario {
    char *name;
    char *skipped;                  /* why; or NULL */
    bool has_baseline;
    char *code_version;             /* the baseline's; or NULL */
    GPtrArray *policies;            /* analysis_regress_policy */
    GPtrArray *gone;                /* char *: policies of the baseline that were not run */
} analysis_regress_scenario;

typedef struct analysis_regress {
    double level;
    guint tests;                    /* size of Holm's family */
    GPtrArray *scenarios;           /* analysis_regress_scenario */
    GPtrArray *notes;               /* char * */
} analysis_regress;

analysis_regress *analysis_regress_new(double level);
void analysis_regress_free(analysis_regress *regress);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(analysis_regress, analysis_regress_free)

/* A scenario's runs against its baseline (NULL: none). */
void analysis_regress_add(analysis_regress *regress, const analysis_baseline *old,
                          const analysis_baseline *now);
/* A scenario that could not be run here. */
void analysis_regress_skip(analysis_regress *regress, const char *name, const char *why);
/* When all are added: corrects p, and says what moved. */
void analysis_regress_judge(analysis_regress *regress);

/* Policies with this answer; skipped scenarios count as one. */
guint analysis_regress_count(const analysis_regress *regress, analysis_answer answer);

/* What a person reads. */
void analysis_regress_text(const analysis_regress *regress, const analysis_style *style,
                           GString *out);
/* Of that, one policy's moved metrics and first difference, in lines that begin with `indent`. */
void analysis_regress_details(const analysis_regress_policy *policy, const analysis_style *style,
                              const char *indent, GString *out);
void analysis_regress_json(const analysis_regress *regress, GString *out);

#endif
