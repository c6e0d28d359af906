/* Statistics of paired samples: intervals, tests, corrections, effect sizes. Distributions are
 * GSL's; nothing here knows where the numbers come from.
 *
 * Everything is deterministic: resampling draws from a generator with a fixed seed of its own,
 * so that the same numbers always give the same answer, in whatever order they are asked.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef ANALYSIS_STATS_H
#define ANALYSIS_STATS_H

#include <stdbool.h>
#include <stddef.h>

typedef struct analysis_interval {
    bool known;                 /* false: one value has no interval */
    double low, high;
} analysis_interval;

typedef struct analysis_sample {
    size_t n;
    double mean, sd;            /* sd over n - 1; 0 where n < 2 */
} analysis_sample;

analysis_sample analysis_sample_of(const double *x, size_t n);

/* Student's interval of the mean; level in (0, 1). */
analysis_interval analysis_t_interval(const double *x, size_t n, double level);
/* Two-sided p of "the mean is 0"; 1 where n < 2 or all are 0. */
double analysis_t_test(const double *x, size_t n);

/* Why Student's t should not be used for the mean of x, NULL where nothing speaks against it:
 * "ties" (more than half of the values are one value) or "not normal" (D'Agostino and Pearson's
 * K2 of skewness and kurtosis, p < 0.05; it needs 8 values, fewer are taken on trust). */
const char *analysis_not_t(const double *x, size_t n);
/* Their test statistics, standard normal for a normal sample of at least 8. */
double analysis_skewness_z(const double *x, size_t n);
double analysis_kurtosis_z(const double *x, size_t n);

/* Interval of the mean from 9,999 resamples, each studentised (bootstrap-t): second-order
 * right for skewed samples, where percentile and BCa intervals of a mean are too short. Unknown
 * where it is infinite or over four times as wide as Student's: too few distinct values, so
 * that resamples with hardly any spread decide. */
analysis_interval analysis_bootstrap_interval(const double *x, size_t n, double level);
/* Two-sided p of "paired differences are symmetric about 0" by flipping their signs: exact, all
 * flips, up to 20 values; from 19,999 random ones above. Asks nothing of the distribution. */
double analysis_sign_flip_test(const double *x, size_t n);

/* Holm's step-down adjustment of n p-values, in their order. NAN is no test and stays NAN. */
void analysis_holm(const double *p, size_t n, double *adjusted);

/* Hedges' g of pairs: mean difference b - a over the root of the mean variance, with the exact
 * correction for small samples at n - 1 degrees of freedom. NAN where n < 3 or nothing varies. */
double analysis_hedges_g(const double *a, const double *b, size_t n);

/* Mean of a over mean of b, pair by pair, with Fieller's interval. False where nothing is sure of
 * it: n < 2, or Student's interval of b's mean holds 0.
 *   E. C. Fieller: Some problems in interval estimation. J. R. Stat. Soc. B 16(2), 1954. */
bool analysis_ratio(const double *a, const double *b, size_t n, double level, double *ratio,
                    analysis_interval *interval);

/* How an interval and a p were come by. */
typedef enum analysis_method {
    ANALYSIS_NONE,              /* one pair, or none: neither */
    ANALYSIS_EQUAL,             /* every pair is equal: difference 0, p 1 */
    ANALYSIS_T,
    ANALYSIS_BOOTSTRAP,         /* with the sign-flip p */
    ANALYSIS_FLIP               /* sign-flip p, but t's interval: the bootstrap has none */
} analysis_method;

/* b against a, pair by pair. */
typedef struct analysis_paired {
    size_t n;
    analysis_sample a, b, difference;   /* b - a */
    analysis_interval interval;         /* of the mean difference */
    bool has_relative;                  /* a's mean is surely not 0 */
    double relative;                    /* mean difference over a's mean */
    analysis_interval relative_interval;
    double p;                           /* NAN: no test possible */
    double g;                           /* NAN: none */
    analysis_method method;
    const char *why_not_t;              /* of analysis_not_t */
} analysis_paired;

/* The relative interval is that of a ratio estimator: of the residuals d - r a, over a's mean. */
analysis_paired analysis_pair(const double *a, const double *b, size_t n, double level);

#endif
