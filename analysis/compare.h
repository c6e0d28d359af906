/* Is one policy better than another, in what, by how much, how surely, at what cost: paired
 * comparison of runs in a results file.
 *
 * A pair is the runs of two policies with the same seed and replication, which saw the same
 * arrivals and movements. The first policy is the baseline of all others.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef ANALYSIS_COMPARE_H
#define ANALYSIS_COMPARE_H

#include "analysis/losses.h"
#include "analysis/results.h"
#include "analysis/stats.h"
#include "analysis/summary.h"

/* ---- metrics: names, words, which way is better --------------------------------------------- */

typedef enum analysis_role {
    ANALYSIS_BENEFIT,           /* what balancing is for */
    ANALYSIS_COST,              /* what it costs */
    ANALYSIS_CONTEXT            /* told, judged only if asked for: bookkeeping, and the same
                                 * thing in another unit, which would weaken Holm's correction */
} analysis_role;

typedef enum analysis_unit {
    ANALYSIS_PLAIN, ANALYSIS_SECONDS, ANALYSIS_SHARE, ANALYSIS_BYTES
} analysis_unit;

typedef struct analysis_metric_row {
    const char *name;
    const char *words;          /* "peak queue", for a sentence and a table */
    int better;                 /* -1: lower, 1: higher, 0: neither */
    analysis_role role;
    analysis_unit unit;         /* how it is printed */
    const char *counted;        /* "%s moves per node and hour", behind "costs"; or NULL */
} analysis_metric_row;

/* Row i, NULL past the last. Beside those of the table `metric` there are some made from
 * samples ("sampled_...") and from histograms. */
const analysis_metric_row *analysis_metric_row_at(size_t i);
/* By name; NULL: not known here. */
const analysis_metric_row *analysis_metric_row_find(const char *name);

/* ---- comparing ------------------------------------------------------------------------------ */

typedef struct analysis_compare_options {
    const char *const *policies;        /* labels, the baseline first; NULL: all there are */
    const char *const *metrics;         /* names; NULL: all that are judged by default */
    const char *const *where;           /* "group.key=value" that runs must have; or NULL */
    const int64_t *run_ids;             /* these runs alone; NULL: the whole file */
    size_t n_run_ids;
    double level;                       /* 0.95 */
    bool mser;                          /* cut the transient of samples */
    bool mix;                           /* allow what does not pair */
    /* ", did you mean `x`?" or "" for a word that is none of the names; may be NULL. g_free. */
    char *(*hint)(const char *word, const GPtrArray *names);
} analysis_compare_options;

/* One metric of one policy. */
typedef struct analysis_cell {
    analysis_sample sample;             /* over all pairs that have it */
    analysis_interval interval;         /* of the mean, by t, or bootstrap where that fails */
    analysis_interval by_t;             /* Student's in any case: what "±" shows */
    bool bootstrap;
    double *values;                     /* by pair; NAN: none */
} analysis_cell;

typedef struct analysis_compared {
    char *name, *words;
    const analysis_metric_row *row;     /* NULL: a metric that the table does not know */
    bool judged;                        /* part of the family of tests */
    analysis_cell *cells;               /* by policy */
    analysis_paired *pairs;             /* by policy; [0] is not used */
    double *p_holm;                     /* by policy; NAN: not tested */
} analysis_compared;

typedef struct analysis_pairing {
    int64_t seed, replication;
    int64_t *run_ids;                   /* by policy */
    double *cut_s;                      /* MSER-5's cut, by policy; NAN: does not settle */
    double from_s;                      /* samples count from here on, in all runs of the pair */
} analysis_pairing;

/* A percentile of all packets of a policy, from its log bins: exact to the bin. */
typedef struct analysis_percentile {
    double share, value, low, high;
} analysis_percentile;
enum { ANALYSIS_PERCENTILES = 4 };

/* A line of the table of losses; means of all pairs' runs, not judged. */
typedef struct analysis_compared_loss {
    analysis_loss line;
    double *packets;                    /* by policy */
} analysis_compared_loss;

typedef struct analysis_comparison {
    char *path, *scenario, *code_version;
    double level;
    bool mser, has_samples;
    double warm_up_s;                   /* of the first pair's scenario */
    guint n_policies;
    char **policies;
    GPtrArray *pairs;                   /* analysis_pairing, in order of seed and replication */
    GPtrArray *metrics;                 /* analysis_compared */
    GPtrArray *notes;                   /* char *: what was left out, what to keep in mind */
    GPtrArray *losses;                  /* analysis_compared_loss: the table of losses.h */
    guint tests;                        /* size of Holm's family */
    analysis_percentile (*delay)[ANALYSIS_PERCENTILES];     /* by policy; NULL: no histograms */
} analysis_comparison;

/* NULL with *error. */
analysis_comparison *analysis_compare(analysis_results *results,
                                      const analysis_compare_options *options, GError **error);
void analysis_comparison_free(analysis_comparison *c);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(analysis_comparison, analysis_comparison_free)

/* -1: policy is worse than the baseline in this metric, 1: better, 0: not surely different, or
 * neither is better. */
int analysis_verdict(const analysis_comparison *c, const analysis_compared *m, guint policy);
/* Is the difference sure, at the comparison's level, after Holm's correction? */
bool analysis_differs(const analysis_comparison *c, const analysis_compared *m, guint policy);

/* (static DHAAD - policy) / (static DHAAD - LPT), of the mean peak loads over all pairs: the bound
 * of a run says what LPT would have made of it. */
typedef struct analysis_way {
    size_t n;                           /* pairs that have both */
    bool known;                         /* false, "n/a": the interval of static - LPT holds 0 */
    double share;                       /* 0: as static DHAAD, 1: as LPT; may be outside */
    analysis_interval interval;         /* Fieller's, at the comparison's level */
} analysis_way;

/* False: no static-dhaad among the policies, or it is this one, or no runs with a bound. */
bool analysis_compare_way(const analysis_comparison *c, guint policy, analysis_way *out);

/* Is the half width of every paired difference of these metrics at most `share` of the larger of
 * both means? Metrics without a value do not count; one pair is never enough. */
bool analysis_precise(const analysis_comparison *c, double share);

/* What a person reads, at most 100 columns; JSON, with the lines of requirements that were
 * checked. */
void analysis_compare_text(const analysis_comparison *c, const analysis_style *style,
                           GString *out);
/* Of that, the verdict on one policy against the baseline: a line for each sentence, wrapped ones
 * go on with two blanks. */
void analysis_compare_verdict(const analysis_comparison *c, guint policy,
                              const analysis_style *style, GString *out);
void analysis_compare_json(const analysis_comparison *c, const GPtrArray *requirements,
                           GString *out);

/* ---- requirements --------------------------------------------------------------------------- */

/* "[POLICY:]METRIC < VALUE[ UNIT]", with <, <=, > or >=; VALUE in the metric's unit, or with one
 * of ns, us, ms, s, min, %, or "N % baseline", or "baseline". Without POLICY every policy but the
 * baseline must. Means are judged. */
typedef struct analysis_requirement {
    char *text, *policy, *metric;       /* policy NULL: all but the baseline */
    char op[3];
    double value;
    bool of_baseline;                   /* value times the baseline's mean */
} analysis_requirement;

/* NULL with *error. */
analysis_requirement *analysis_requirement_parse(const char *text, GError **error);
void analysis_requirement_free(analysis_requirement *r);
/* Does it hold? 1 yes, 0 no (or there is no value), -1 with *error: no such policy or metric. A
 * line for each policy about it goes to `out`. */
int analysis_requirement_check(const analysis_comparison *c, const analysis_requirement *r,
                               const analysis_compare_options *options, GString *out,
                               GError **error);

#endif
