/* Statistics against numbers known from elsewhere, and how often they are wrong.
 *
 * Known numbers: Student's sleep data (R: t.test(extra ~ group, sleep, paired = TRUE)), p-values
 * adjusted by R's p.adjust(method = "holm"), examples in the manual of scipy.stats.skewtest and
 * kurtosistest; the rest is worked out by hand in the comments.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <criterion/criterion.h>
#include <glib.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>

#include "analysis/mser.h"
#include "analysis/stats.h"
#include "effort.h"

static const double drug_1[] = {0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0};
static const double drug_2[] = {1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4};

static void near(double got, double expected, double within, const char *what)
{
    cr_assert(fabs(got - expected) <= within, "%s: %.10g, expected %.10g", what, got, expected);
}

Test(analysis_stats, t_of_the_sleep_data)
{
    analysis_paired p = analysis_pair(drug_1, drug_2, 10, 0.95);
    cr_assert_eq(p.method, ANALYSIS_BOOTSTRAP, "its largest difference is an outlier");
    double d[10];
    for (int i = 0; i < 10; i++)
        d[i] = drug_2[i] - drug_1[i];
    near(p.difference.mean, 1.58, 1e-12, "mean difference");
    near(analysis_t_test(d, 10), 0.002833, 1e-6, "p");
    analysis_interval i = analysis_t_interval(d, 10, 0.95);
    near(i.low, 0.7001142, 1e-6, "low");
    near(i.high, 2.4598858, 1e-6, "high");
    /* All differences but a zero are positive: of 2^10 flips 2 * 2 reach the sum. */
    near(analysis_sign_flip_test(d, 10), 4.0 / 1024, 0, "flips");
    near(p.p, 4.0 / 1024, 0, "p by flips");
    /* (0.75 + 2.33 - 0.75) / sqrt((3.200556 + 4.009000) / 2) times
     * gamma(4.5) / (sqrt(4.5) gamma(4)) = 11.631728 / (2.121320 * 6) = 0.913876. */
    near(p.g, 0.913876 * 1.58 / sqrt((3.200556 + 4.009000) / 2), 2e-6, "g");
}

Test(analysis_stats, t_by_hand)
{
    /* Mean 3, sd sqrt(2.5), error sqrt(0.5); t(4) at 97.5 % is 2.776445, at 95 % 2.131847. */
    static const double x[] = {1, 2, 3, 4, 5};
    analysis_interval i = analysis_t_interval(x, 5, 0.95), j = analysis_t_interval(x, 5, 0.90);
    near(i.high, 3 + 2.776445 * sqrt(0.5), 1e-6, "95 %");
    near(j.low, 3 - 2.131847 * sqrt(0.5), 1e-6, "90 %");
    near(analysis_sign_flip_test(x, 5), 2.0 / 32, 0, "flips");
    cr_assert_not(analysis_t_interval(x, 1, 0.95).known);
}

Test(analysis_stats, holm_as_r_has_it)
{
    static const double p[] = {0.01, 0.04, 0.03, NAN, 0.005};
    static const double expected[] = {0.03, 0.06, 0.06, NAN, 0.02};
    double adjusted[5];
    analysis_holm(p, 5, adjusted);
    for (int i = 0; i < 5; i++)
        cr_assert(i == 3 ? isnan(adjusted[i]) : fabs(adjusted[i] - expected[i]) < 1e-12, "%d: %g",
                  i, adjusted[i]);
    static const double large[] = {0.6, 0.9};
    analysis_holm(large, 2, adjusted);
    near(adjusted[0], 1, 0, "never above 1");
    near(adjusted[1], 1, 0, "never above 1");
}

Test(analysis_stats, shape_as_scipy_has_it)
{
    static const double x[] = {2, 8, 0, 4, 1, 9, 9, 0};
    static const double skewed[] = {1, 2, 3, 4, 5, 6, 7, 8000};
    double range[20];
    for (int i = 0; i < 20; i++)
        range[i] = i;
    near(analysis_skewness_z(x, 8), 0.44626385374196975, 1e-9, "skewness");
    near(analysis_skewness_z(skewed, 8), 3.571773510360407, 1e-9, "skewness");
    near(analysis_kurtosis_z(range, 20), -1.7058104152122062, 1e-9, "kurtosis");
    cr_assert_null(analysis_not_t(x, 8));
    cr_assert_str_eq(analysis_not_t(skewed, 8), "not normal");
    cr_assert_null(analysis_not_t(skewed + 1, 7), "seven values have no shape");
}

Test(analysis_stats, values_without_spread)
{
    static const double a[] = {5, 5, 5, 5, 5}, b[] = {7, 7, 7, 7, 7}, c[] = {5, 5, 5, 5, 8};
    analysis_paired same = analysis_pair(a, a, 5, 0.95), shift = analysis_pair(a, b, 5, 0.95);
    cr_assert_eq(same.method, ANALYSIS_EQUAL);
    near(same.p, 1, 0, "equal");
    cr_assert(isnan(same.g));
    cr_assert_eq(shift.method, ANALYSIS_FLIP);
    near(shift.p, 2.0 / 32, 0, "five pairs cannot be surer than this");
    near(shift.interval.low, 2, 0, "no spread");
    near(shift.relative, 0.4, 1e-12, "7 for 5");
    near(shift.relative_interval.high, 0.4, 1e-12, "no spread");
    analysis_paired one_differs = analysis_pair(a, c, 5, 0.95);
    cr_assert_str_eq(one_differs.why_not_t, "ties");
    near(one_differs.p, 1, 0, "a single difference has either sign");
}

Test(analysis_stats, one_pair_has_no_interval)
{
    static const double a[] = {5}, b[] = {7};
    analysis_paired p = analysis_pair(a, b, 1, 0.95);
    cr_assert_not(p.interval.known);
    cr_assert_not(p.relative_interval.known);
    cr_assert(isnan(p.p) && isnan(p.g));
    cr_assert_eq(p.method, ANALYSIS_NONE);
    near(p.relative, 0.4, 1e-12, "relative");
    analysis_paired none = analysis_pair(a, b, 0, 0.95);
    cr_assert(isnan(none.p) && !none.has_relative);
}

Test(analysis_stats, a_baseline_around_zero_has_no_relative_change)
{
    static const double a[] = {-1, 1, -2, 2}, zero[] = {0, 0, 0, 0}, b[] = {3, 4, 5, 4};
    cr_assert_not(analysis_pair(a, b, 4, 0.95).has_relative);
    cr_assert_not(analysis_pair(zero, b, 4, 0.95).has_relative);
}

Test(analysis_stats, many_flips_are_drawn_and_agree_with_all)
{
    double x[21];
    for (int i = 0; i < 21; i++)
        x[i] = i % 3 == 0 ? -0.9 * i : i;       /* 20 values that count, and 21 with a zero */
    double exact = analysis_sign_flip_test(x + 1, 20), drawn = analysis_sign_flip_test(x, 21);
    near(drawn, exact, 0.01, "p");
    cr_assert_gt(exact, 0.001);
}

/* ---- how often they are wrong --------------------------------------------------------------- */

typedef double (*draw)(gsl_rng *rng);

static double normal(gsl_rng *rng)
{
    return gsl_ran_gaussian(rng, 1);
}

static double exponential(gsl_rng *rng)
{
    return gsl_ran_exponential(rng, 1);
}

/* A queue that is empty in most runs and full in some. */
static double burst(gsl_rng *rng)
{
    return gsl_rng_uniform(rng) < 0.7 ? 0 : 100 * gsl_ran_exponential(rng, 1);
}

static gsl_rng *rng_new(unsigned long seed)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);
    gsl_rng_set(rng, seed);
    return rng;
}

/* Of 200 samples, how many intervals of the method that analysis_pair chooses hold the mean? */
static void covers(draw d, double mean, size_t n, double level, const char *what)
{
    gsl_rng *rng = rng_new(7);
    unsigned held = 0, samples = effort(200);
    double a[64] = {0}, b[64];
    for (unsigned k = 0; k < samples; k++) {
        for (size_t i = 0; i < n; i++)
            b[i] = d(rng);
        analysis_paired p = analysis_pair(a, b, n, level);
        held += p.interval.low <= mean && mean <= p.interval.high;
    }
    gsl_rng_free(rng);
    near(held, level * samples, three_errors(level, samples), what);
}

Test(analysis_stats, intervals_hold_the_mean_as_often_as_they_say)
{
    covers(normal, 0, 5, 0.95, "normal, 5");
    covers(normal, 0, 12, 0.95, "normal, 12");
    covers(normal, 0, 12, 0.80, "normal, 12, at 80 %");
    covers(exponential, 1, 16, 0.95, "exponential, 16");
    covers(exponential, 1, 40, 0.95, "exponential, 40");
}

/* One algorithm under two names: 200 repeats of 20 metrics, each draw its own and half of it
 * common to the pair. Holm calls any difference in 5 % of the repeats at most. */
static void seldom_calls(draw d, size_t n)
{
    enum { METRICS = 20 };
    gsl_rng *rng = rng_new(11);
    unsigned wrong = 0, repeats = effort(200);
    for (unsigned k = 0; k < repeats; k++) {
        double p[METRICS], adjusted[METRICS];
        for (int m = 0; m < METRICS; m++) {
            double a[32], b[32];
            for (size_t i = 0; i < n; i++) {
                double common = d(rng);
                a[i] = common + d(rng);
                b[i] = common + d(rng);
            }
            p[m] = analysis_pair(a, b, n, 0.95).p;
        }
        analysis_holm(p, METRICS, adjusted);
        bool any = false;
        for (int m = 0; m < METRICS; m++)
            any = any || adjusted[m] < 0.05;
        wrong += any;
    }
    gsl_rng_free(rng);
    cr_assert_leq(wrong, 0.05 * repeats + three_errors(0.05, repeats), "%u of %u", wrong, repeats);
}

Test(analysis_stats, a_policy_against_itself_is_seldom_called_different)
{
    seldom_calls(normal, 5);
    seldom_calls(normal, 12);
    seldom_calls(exponential, 5);
    seldom_calls(exponential, 10);
    seldom_calls(burst, 10);
}

/* Without the correction the share of metrics called is the level's. */
Test(analysis_stats, single_tests_err_at_the_level)
{
    static const draw draws[] = {normal, exponential, burst};
    for (size_t k = 0; k < G_N_ELEMENTS(draws); k++) {
        gsl_rng *rng = rng_new(13 + k);
        unsigned called = 0, repeats = effort(1000);
        for (unsigned r = 0; r < repeats; r++) {
            double a[10], b[10];
            for (int i = 0; i < 10; i++) {
                a[i] = draws[k](rng);
                b[i] = draws[k](rng);
            }
            called += analysis_pair(a, b, 10, 0.95).p < 0.05;
        }
        gsl_rng_free(rng);
        cr_assert_leq(called, 0.05 * repeats + three_errors(0.05, repeats), "draw %zu: %u of %u", k,
                      called, repeats);
        cr_assert_geq(called, repeats / 200, "draw %zu: %u of %u, a test that never calls", k,
                      called, repeats);
    }
}

Test(analysis_stats, a_real_difference_is_called)
{
    gsl_rng *rng = rng_new(17);
    double a[10], b[10];
    for (int i = 0; i < 10; i++) {
        a[i] = 10 + normal(rng);
        b[i] = a[i] + 3 + 0.5 * normal(rng);
    }
    gsl_rng_free(rng);
    analysis_paired p = analysis_pair(a, b, 10, 0.95);
    cr_assert_lt(p.p, 0.002, "%g by %d", p.p, (int)p.method);
    cr_assert(p.interval.low > 2 && p.interval.high < 4);
    cr_assert(p.relative_interval.low > 0.2 && p.relative_interval.high < 0.4);
    cr_assert_gt(p.g, 2);
}

/* ---- MSER-5 --------------------------------------------------------------------------------- */

Test(analysis_stats, mser_cuts_a_beginning)
{
    double x[200];
    gsl_rng *rng = rng_new(19);
    for (int i = 0; i < 200; i++)
        x[i] = (i < 30 ? 50 - i : 0) + normal(rng);
    gsl_rng_free(rng);
    analysis_mser m = analysis_mser_5(x, 200);
    cr_assert(m.steady);
    cr_assert(m.cut >= 30 && m.cut <= 45, "%zu", m.cut);
}

Test(analysis_stats, mser_cuts_nothing_from_what_is_steady)
{
    double x[100];
    for (int i = 0; i < 100; i++)
        x[i] = 7;
    analysis_mser m = analysis_mser_5(x, 100);
    cr_assert(m.steady && m.cut == 0);
    for (int i = 0; i < 100; i++)
        x[i] = i % 5;           /* every batch has the mean 2 */
    m = analysis_mser_5(x, 100);
    cr_assert(m.steady && m.cut == 0);
}

Test(analysis_stats, mser_says_what_never_settles)
{
    double x[100];
    for (int i = 0; i < 100; i++)
        x[i] = i;
    cr_assert_not(analysis_mser_5(x, 100).steady);
    cr_assert_not(analysis_mser_5(x, 49).steady, "too short");
}

/* By hand: batch means 9, 1, 1, ... (10 batches). All: squares 57.6 / 100; without the first 0. */
Test(analysis_stats, mser_by_hand)
{
    double x[50];
    for (int i = 0; i < 50; i++)
        x[i] = i < 5 ? 9 : 1;
    analysis_mser m = analysis_mser_5(x, 50);
    cr_assert(m.steady && m.cut == 5, "%zu", m.cut);
}

/* Fieller's limits are the ratios that a t test just does not refuse. */
Test(analysis_stats, the_limits_of_a_ratio_are_what_a_test_just_allows)
{
    const double a[] = {3.1, 2.2, 4.0, 3.6, 2.9, 3.3}, b[] = {5.0, 4.1, 6.2, 5.5, 5.9, 4.4};
    double d[6], ratio;
    analysis_interval i;
    cr_assert(analysis_ratio(a, b, 6, 0.95, &ratio, &i) && i.known);
    cr_assert_float_eq(ratio, 19.1 / 31.1, 1e-12);
    cr_assert(i.low < ratio && ratio < i.high);
    const double limits[] = {i.low, i.high};
    for (int k = 0; k < 2; k++) {
        for (int j = 0; j < 6; j++)
            d[j] = a[j] - limits[k] * b[j];
        cr_assert_float_eq(analysis_t_test(d, 6), 0.05, 1e-9);
    }
}

Test(analysis_stats, a_ratio_over_what_may_be_nothing_is_none)
{
    const double a[] = {1, 2, 3}, b[] = {1, -1, 0.5}, half[] = {2, 4, 6};
    double ratio;
    analysis_interval i;
    cr_assert(!analysis_ratio(a, b, 3, 0.95, &ratio, &i) && !i.known);
    cr_assert(!analysis_ratio(a, half, 1, 0.95, &ratio, &i), "one pair");
    cr_assert(analysis_ratio(a, half, 3, 0.5, &ratio, &i));
    cr_assert_float_eq(i.low, 0.5, 1e-9);
    cr_assert_float_eq(i.high, 0.5, 1e-9);
}
