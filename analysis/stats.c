/* See stats.h. SPDX-License-Identifier: GPL-3.0-or-later */

#include "analysis/stats.h"

#include <assert.h>
#include <glib.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_sf_gamma.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

enum { RESAMPLES = 9999, FLIPS = 19999, MOST_EXACT = 20, LEAST_FOR_SHAPE = 8, TOO_WIDE = 4 };

/* 200507: the draft's date. Any other would do. */
static const unsigned long SEED = 200507;

analysis_sample analysis_sample_of(const double *x, size_t n)
{
    analysis_sample s = {.n = n};
    double squares = 0;         /* Welford: no cancellation */
    for (size_t i = 0; i < n; i++) {
        double before = x[i] - s.mean;
        s.mean += before / (double)(i + 1);
        squares += before * (x[i] - s.mean);
    }
    s.sd = n > 1 ? sqrt(squares / (double)(n - 1)) : 0;
    return s;
}

/* ---- Student's t ---------------------------------------------------------------------------- */

/* Rounding leaves a spread of this size in values that are all the same. */
static bool no_spread(const analysis_sample *s)
{
    return s->sd <= 1e-12 * fabs(s->mean);
}

analysis_interval analysis_t_interval(const double *x, size_t n, double level)
{
    assert(level > 0 && level < 1);
    if (n < 2)
        return (analysis_interval){.known = false};
    analysis_sample s = analysis_sample_of(x, n);
    double t = gsl_cdf_tdist_Pinv(0.5 + level / 2, (double)(n - 1));
    double half = t * s.sd / sqrt((double)n);
    return (analysis_interval){true, s.mean - half, s.mean + half};
}

double analysis_t_test(const double *x, size_t n)
{
    analysis_sample s = analysis_sample_of(x, n);
    if (n < 2 || (s.sd == 0 && s.mean == 0))
        return 1;
    if (s.sd == 0)
        return 0;
    double t = fabs(s.mean) / (s.sd / sqrt((double)n));
    return 2 * gsl_cdf_tdist_Q(t, (double)(n - 1));
}

/* ---- may t be used? ------------------------------------------------------------------------- */

/* Mean of the k-th powers of distances from the mean. */
static double moment(const double *x, size_t n, int k)
{
    double mean = analysis_sample_of(x, n).mean, sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += pow(x[i] - mean, k);
    return sum / (double)n;
}

/* D'Agostino 1970. */
double analysis_skewness_z(const double *x, size_t count)
{
    assert(count >= LEAST_FOR_SHAPE);
    double n = (double)count;
    double skewness = moment(x, count, 3) / pow(moment(x, count, 2), 1.5);
    double y = skewness * sqrt((n + 1) * (n + 3) / (6 * (n - 2)));
    double beta = 3 * (n * n + 27 * n - 70) * (n + 1) * (n + 3)
                / ((n - 2) * (n + 5) * (n + 7) * (n + 9));
    double w2 = sqrt(2 * (beta - 1)) - 1;
    double alpha = sqrt(2 / (w2 - 1));
    return asinh(y / alpha) / sqrt(0.5 * log(w2));
}

/* Anscombe and Glynn 1983. */
double analysis_kurtosis_z(const double *x, size_t count)
{
    assert(count >= LEAST_FOR_SHAPE);
    double n = (double)count, second = moment(x, count, 2);
    double b2 = moment(x, count, 4) / (second * second);
    double mean = 3 * (n - 1) / (n + 1);
    double variance = 24 * n * (n - 2) * (n - 3) / ((n + 1) * (n + 1) * (n + 3) * (n + 5));
    double beta = 6 * (n * n - 5 * n + 2) / ((n + 7) * (n + 9))
                * sqrt(6 * (n + 3) * (n + 5) / (n * (n - 2) * (n - 3)));
    double a = 6 + 8 / beta * (2 / beta + sqrt(1 + 4 / (beta * beta)));
    double z = (b2 - mean) / sqrt(variance);
    double root = cbrt((1 - 2 / a) / (1 + z * sqrt(2 / (a - 4))));
    return (1 - 2 / (9 * a) - root) / sqrt(2 / (9 * a));
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Length of the longest run of one value. */
static size_t most_ties(const double *x, size_t n)
{
    g_autofree double *sorted = g_memdup2(x, n * sizeof *x);
    qsort(sorted, n, sizeof *sorted, by_value);
    size_t most = 0, run = 0;
    for (size_t i = 0; i < n; i++) {
        run = i > 0 && sorted[i] == sorted[i - 1] ? run + 1 : 1;
        most = MAX(most, run);
    }
    return most;
}

const char *analysis_not_t(const double *x, size_t n)
{
    if (n < 2)
        return NULL;
    if (n > 2 && 2 * most_ties(x, n) > n)
        return "ties";
    analysis_sample s = analysis_sample_of(x, n);
    if (no_spread(&s))
        return "ties";
    if (n < LEAST_FOR_SHAPE)
        return NULL;
    double skewness = analysis_skewness_z(x, n), kurtosis = analysis_kurtosis_z(x, n);
    double k2 = skewness * skewness + kurtosis * kurtosis;
    return gsl_cdf_chisq_Q(k2, 2) < 0.05 ? "not normal" : NULL;
}

/* ---- resampling ----------------------------------------------------------------------------- */

static gsl_rng *new_rng(void)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(rng, SEED);
    return rng;
}

/* One resample's distance from the sample's mean in its own standard errors. */
static double studentised(const double *x, size_t n, double mean, double *scratch, gsl_rng *rng)
{
    for (size_t i = 0; i < n; i++)
        scratch[i] = x[gsl_rng_uniform_int(rng, n)];
    analysis_sample s = analysis_sample_of(scratch, n);
    double distance = s.mean - mean;
    if (no_spread(&s))
        return distance > 0 ? INFINITY : distance < 0 ? -INFINITY : 0;
    return distance / (s.sd / sqrt((double)n));
}

/* The value below which a share lies. */
static double quantile_of_sorted(const double *sorted, size_t n, double share)
{
    double rank = share * (double)(n + 1);
    size_t i = (size_t)CLAMP(rank, 1, (double)n);
    return sorted[i - 1];
}

analysis_interval analysis_bootstrap_interval(const double *x, size_t n, double level)
{
    assert(level > 0 && level < 1);
    analysis_interval interval = {.known = false};
    analysis_sample s = analysis_sample_of(x, n);
    if (n < 2 || no_spread(&s))
        return interval;
    g_autofree double *t = g_new(double, RESAMPLES), *scratch = g_new(double, n);
    gsl_rng *rng = new_rng();
    for (size_t i = 0; i < RESAMPLES; i++)
        t[i] = studentised(x, n, s.mean, scratch, rng);
    gsl_rng_free(rng);
    qsort(t, RESAMPLES, sizeof *t, by_value);
    double error = s.sd / sqrt((double)n);
    double above = quantile_of_sorted(t, RESAMPLES, 0.5 + level / 2);
    double below = quantile_of_sorted(t, RESAMPLES, 0.5 - level / 2);
    /* Infinite ones included. */
    double t_width = 2 * gsl_cdf_tdist_Pinv(0.5 + level / 2, (double)(n - 1));
    if (!(above - below <= TOO_WIDE * t_width))
        return interval;
    return (analysis_interval){true, s.mean - above * error, s.mean - below * error};
}

/* Flips that reach the observed sum, of all 2^n: in Gray code's order one sign changes a step. */
static double flip_all(const double *x, size_t n, double reach)
{
    uint64_t flips = UINT64_C(1) << n, reached = 0, signs = 0;
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    for (uint64_t k = 0; k < flips; k++) {
        reached += fabs(sum) >= reach;
        unsigned i = (unsigned)__builtin_ctzll(k + 1);
        if (i >= n)
            break;
        signs ^= UINT64_C(1) << i;
        sum += signs >> i & 1 ? -2 * x[i] : 2 * x[i];
    }
    return (double)reached / (double)flips;
}

/* The observed one counts as one of the flips. */
static double flip_some(const double *x, size_t n, double reach)
{
    gsl_rng *rng = new_rng();
    size_t reached = 1;
    for (size_t k = 0; k < FLIPS; k++) {
        double sum = 0;
        for (size_t i = 0; i < n; i++)
            sum += gsl_rng_uniform_int(rng, 2) ? x[i] : -x[i];
        reached += fabs(sum) >= reach;
    }
    gsl_rng_free(rng);
    return (double)reached / (FLIPS + 1);
}

double analysis_sign_flip_test(const double *x, size_t n)
{
    double sum = 0, size = 0;
    for (size_t i = 0; i < n; i++) {
        sum += x[i];
        size += fabs(x[i]);
    }
    /* Sums that differ by rounding alone are the same. */
    double reach = fabs(sum) - 1e-10 * size;
    if (n == 0 || size == 0)
        return 1;
    return n <= MOST_EXACT ? flip_all(x, n, reach) : flip_some(x, n, reach);
}

/* ---- families of tests, size of effects ----------------------------------------------------- */

static int by_pointed(const void *a, const void *b)
{
    return by_value(*(const double *const *)a, *(const double *const *)b);
}

void analysis_holm(const double *p, size_t n, double *adjusted)
{
    g_autofree const double **order = g_new(const double *, MAX(n, 1));
    size_t tests = 0;
    for (size_t i = 0; i < n; i++) {
        adjusted[i] = NAN;
        if (!isnan(p[i]))
            order[tests++] = &p[i];
    }
    qsort(order, tests, sizeof *order, by_pointed);
    double floor = 0;
    for (size_t k = 0; k < tests; k++) {
        floor = MIN(1, MAX(floor, (double)(tests - k) * *order[k]));
        adjusted[order[k] - p] = floor;
    }
}

double analysis_hedges_g(const double *a, const double *b, size_t n)
{
    analysis_sample x = analysis_sample_of(a, n), y = analysis_sample_of(b, n);
    double sd = sqrt((x.sd * x.sd + y.sd * y.sd) / 2), df = (double)n - 1;
    if (n < 3 || (no_spread(&x) && no_spread(&y)))
        return NAN;
    double correction = exp(gsl_sf_lngamma(df / 2) - gsl_sf_lngamma((df - 1) / 2)) / sqrt(df / 2);
    return correction * (y.mean - x.mean) / sd;
}

/* ---- pairs ---------------------------------------------------------------------------------- */

/* Student's interval, or the bootstrap's where that is the method. */
static analysis_interval interval_by(analysis_method method, const double *x, size_t n,
                                     double level)
{
    return method == ANALYSIS_BOOTSTRAP ? analysis_bootstrap_interval(x, n, level)
                                        : analysis_t_interval(x, n, level);
}

static void test_pairs(analysis_paired *p, const double *d, double level)
{
    p->p = NAN;
    p->method = ANALYSIS_NONE;
    if (p->n < 2)
        return;
    p->why_not_t = analysis_not_t(d, p->n);
    if (p->difference.mean == 0 && p->difference.sd == 0) {
        p->method = ANALYSIS_EQUAL;
        p->p = 1;
        p->interval = (analysis_interval){true, 0, 0};
        return;
    }
    p->method = p->why_not_t ? ANALYSIS_BOOTSTRAP : ANALYSIS_T;
    p->p = p->why_not_t ? analysis_sign_flip_test(d, p->n) : analysis_t_test(d, p->n);
    p->interval = interval_by(p->method, d, p->n, level);
    if (!p->interval.known) {
        p->method = ANALYSIS_FLIP;
        p->interval = analysis_t_interval(d, p->n, level);
    }
}

/* A change over a mean that may as well be 0 says nothing. */
static bool surely_not_zero(const analysis_paired *p, const double *a, double level)
{
    analysis_interval i = analysis_t_interval(a, p->n, level);
    return p->a.mean != 0 && (!i.known || i.low > 0 || i.high < 0);
}

static void relate(analysis_paired *p, const double *a, const double *d, double level)
{
    p->has_relative = p->n > 0 && surely_not_zero(p, a, level);
    if (!p->has_relative)
        return;
    p->relative = p->difference.mean / p->a.mean;
    if (!p->interval.known)
        return;
    g_autofree double *residual = g_new(double, p->n);
    for (size_t i = 0; i < p->n; i++)
        residual[i] = (d[i] - p->relative * a[i]) / p->a.mean;
    analysis_interval i = interval_by(p->method, residual, p->n, level);
    if (!i.known)
        i = analysis_t_interval(residual, p->n, level);
    p->relative_interval = (analysis_interval){true, p->relative + i.low, p->relative + i.high};
}

analysis_paired analysis_pair(const double *a, const double *b, size_t n, double level)
{
    analysis_paired p = {.n = n, .a = analysis_sample_of(a, n), .b = analysis_sample_of(b, n)};
    g_autofree double *d = g_new(double, MAX(n, 1));
    for (size_t i = 0; i < n; i++)
        d[i] = b[i] - a[i];
    p.difference = analysis_sample_of(d, n);
    p.g = analysis_hedges_g(a, b, n);
    test_pairs(&p, d, level);
    relate(&p, a, d, level);
    return p;
}

/* ---- a ratio of means ----------------------------------------------------------------------- */

static double covariance(const double *a, const double *b, size_t n, double mean_a, double mean_b)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (a[i] - mean_a) * (b[i] - mean_b);
    return sum / (double)(n - 1);
}

/* The r for which a - r b is not surely other than 0: between the roots of
 * (b^2 - k s_bb) r^2 - 2 (a b - k s_ab) r + (a^2 - k s_aa), with k = t^2 / n. */
bool analysis_ratio(const double *a, const double *b, size_t n, double level, double *ratio,
                    analysis_interval *interval)
{
    *interval = (analysis_interval){0};
    analysis_interval below = analysis_t_interval(b, n, level);
    if (!below.known || (below.low <= 0 && below.high >= 0))
        return false;
    analysis_sample x = analysis_sample_of(a, n), y = analysis_sample_of(b, n);
    double t = gsl_cdf_tdist_Pinv(0.5 + level / 2, (double)(n - 1)), k = t * t / (double)n;
    double square = y.mean * y.mean - k * y.sd * y.sd;
    double middle = x.mean * y.mean - k * covariance(a, b, n, x.mean, y.mean);
    double rest = x.mean * x.mean - k * x.sd * x.sd;
    double root = sqrt(fmax(middle * middle - square * rest, 0));
    *ratio = x.mean / y.mean;
    *interval = (analysis_interval){true, (middle - root) / square, (middle + root) / square};
    return true;
}
