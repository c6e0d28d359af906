/* sim/engine: logarithm and exponential against libm, variates against GSL's distributions, and
 * the bits that every compiler must give.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <criterion/criterion.h>
#include <float.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "sim/engine/fingerprint.h"
#include "sim/engine/random.h"

#define MUST(x) do { if (!(x)) cr_assert(x, "line %d: %s", __LINE__, #x); } while (0)

enum { N = 100000 };

static double relative_error(double got, double want)
{
    return want == 0 ? fabs(got) : fabs(got - want) / fabs(want);
}

/* A positive double of any exponent: random bits, no infinity and no NaN. */
static double any_positive(sim_stream *s)
{
    for (;;) {
        uint64_t u = sim_stream_u64(s) >> 1;
        double x;
        memcpy(&x, &u, sizeof x);
        if (x > 0 && x <= DBL_MAX)
            return x;
    }
}

Test(engine_variates, log_is_as_good_as_libms)
{
    sim_stream s = sim_stream_init(1, 0, "test", "log");
    double worst = 0;
    for (int i = 0; i < 1000000; i++) {
        double x = i % 2 ? any_positive(&s) : sim_uniform(sim_stream_u64(&s));
        worst = fmax(worst, relative_error(sim_log(x), log(x)));
    }
    for (int e = -1074; e < 1024; e++)
        worst = fmax(worst, relative_error(sim_log(ldexp(1, e)), log(ldexp(1, e))));
    for (double d = 1; d > 1e-16; d /= 3) {     /* near 1 nothing may be lost */
        worst = fmax(worst, relative_error(sim_log(1 + d), log(1 + d)));
        worst = fmax(worst, relative_error(sim_log(1 - d / 2), log(1 - d / 2)));
    }
    cr_assert_lt(worst, 1e-15, "%g", worst);
    cr_assert_eq(sim_log(1), 0);
    cr_assert_float_eq(sim_log(DBL_TRUE_MIN), -744.4400719213812, 1e-12);
    cr_assert_float_eq(sim_log(DBL_MAX), 709.782712893384, 1e-12);
}

Test(engine_variates, exp_is_as_good_as_libms)
{
    sim_stream s = sim_stream_init(1, 0, "test", "exp");
    double worst = 0;
    for (int i = 0; i < 1000000; i++) {
        double scale = i % 2 ? 1416 : 2;
        double x = (sim_uniform(sim_stream_u64(&s)) - 0.5) * scale;
        worst = fmax(worst, relative_error(sim_exp(x), exp(x)));
    }
    cr_assert_lt(worst, 1e-15, "%g", worst);
    cr_assert_eq(sim_exp(0), 1);
    cr_assert_eq(sim_exp(-0.0), 1);
    cr_assert_eq(sim_exp(1e-300), 1);
    cr_assert_eq(sim_exp(710), HUGE_VAL);
    cr_assert_eq(sim_exp(HUGE_VAL), HUGE_VAL);
    cr_assert_eq(sim_exp(-746), 0);
    cr_assert_eq(sim_exp(-HUGE_VAL), 0);
    cr_assert_float_eq(sim_exp(709.78) / exp(709.78), 1, 1e-15);
    for (double x = -708.4; x > -745; x -= 0.37)        /* subnormal results: absolute */
        cr_assert_leq(fabs(sim_exp(x) - exp(x)), 2 * DBL_TRUE_MIN, "%g", x);
}

Test(engine_variates, pow_is_good_for_shares)
{
    double worst = 0;
    for (int r = 1; r <= N; r++)
        for (double y = -2.5; y < 3; y += 0.7)
            worst = fmax(worst, relative_error(sim_pow(r, y), pow(r, y)));
    cr_assert_lt(worst, 2e-14, "%g", worst);
    cr_assert_eq(sim_pow(1, 77), 1);
    cr_assert_eq(sim_pow(77, 0), 1);
}

Test(engine_variates, log_of_nothing_is_a_bug, .signal = SIGABRT)
{
    sim_log(0);
}

Test(engine_variates, log_of_no_number_is_a_bug, .signal = SIGABRT)
{
    sim_log(nan(""));
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Kolmogorov and Smirnov: sqrt(n) times the greatest distance; 1.63 is exceeded once in a
 * hundred seeds, 1.95 once in a thousand. */
static double ks(double *v, double (*cdf)(double x, double a, double b), double a, double b)
{
    qsort(v, N, sizeof *v, by_value);
    double worst = 0;
    for (int i = 0; i < N; i++) {
        double p = cdf(v[i], a, b);
        worst = fmax(worst, fmax(fabs(p - (double)i / N), fabs(p - (i + 1.0) / N)));
    }
    return worst * sqrt(N);
}

static double exponential_cdf(double x, double mean, double unused)
{
    (void)unused;
    return gsl_cdf_exponential_P(x, mean);
}

static double values[N];

Test(engine_variates, uniform_is_uniform_and_inside)
{
    sim_stream s = sim_stream_init(1, 0, "test", "uniform");
    for (int i = 0; i < N; i++)
        values[i] = sim_uniform(sim_stream_u64(&s));
    double d = ks(values, gsl_cdf_flat_P, 0, 1);
    cr_assert_lt(d, 1.63, "%g", d);
    cr_assert_gt(sim_uniform(0), 0);
    cr_assert_lt(sim_uniform(UINT64_MAX), 1);
}

Test(engine_variates, exponential_fits_gsls)
{
    sim_stream s = sim_stream_init(1, 0, "test", "exponential");
    for (int i = 0; i < N; i++)
        values[i] = (double)sim_exponential_ns(sim_stream_u64(&s), 1000000000);
    double d = ks(values, exponential_cdf, 1e9, 0);
    cr_assert_lt(d, 1.63, "%g", d);
    d = ks(values, exponential_cdf, 1.02e9, 0);
    cr_assert_gt(d, 1.95, "a mean 2 %% off is seen: %g", d);
}

Test(engine_variates, pareto_fits_gsls)
{
    static const double shapes[] = {1.1, 1.5, 3};
    for (int k = 0; k < 3; k++) {
        sim_stream s = sim_stream_init(1, 0, "test", "pareto");
        for (int i = 0; i < N; i++)
            values[i] = (double)sim_pareto_ns(sim_stream_u64(&s), shapes[k], 1000000000);
        double d = ks(values, gsl_cdf_pareto_P, shapes[k], 1e9 * (shapes[k] - 1) / shapes[k]);
        cr_assert_lt(d, 1.63, "%g", d);
    }
}

Test(engine_variates, durations_stay_inside)
{
    cr_assert_eq(sim_exponential_ns(UINT64_MAX, 0), 1);
    cr_assert_eq(sim_exponential_ns(UINT64_MAX, 1000), 1);
    cr_assert_eq(sim_exponential_ns(0, INT64_C(1) << 62), INT64_C(1) << 61);
    cr_assert_eq(sim_pareto_ns(0, 1.01, INT64_C(1) << 40), INT64_C(1) << 61);
    cr_assert_eq(sim_pareto_ns(UINT64_MAX, 1.5, 0), 1);
    cr_assert_eq(sim_exponential_ns(0, 1000000), 36736801, "2^-53 is the smallest uniform");
}

Test(engine_variates, integers_reach_both_ends_and_no_further)
{
    cr_assert_eq(sim_below(0, 10), 0);
    cr_assert_eq(sim_below(UINT64_MAX, 10), 9);
    cr_assert_eq(sim_below(UINT64_MAX, 1), 0);
    cr_assert_eq(sim_below(UINT64_MAX, UINT64_MAX), UINT64_MAX - 1);
    cr_assert_eq(sim_uniform_ns(0, -5, 5), -5);
    cr_assert_eq(sim_uniform_ns(UINT64_MAX, -5, 5), 5);
    cr_assert_eq(sim_uniform_ns(1234567, 3, 3), 3);
    cr_assert_eq(sim_uniform_ns(0, INT64_MIN, INT64_MAX), INT64_MIN);
    cr_assert_eq(sim_uniform_ns(UINT64_MAX, INT64_MIN, INT64_MAX), INT64_MAX);
    sim_stream s = sim_stream_init(1, 0, "test", "below");
    unsigned bins[7] = {0};
    for (int i = 0; i < 70000; i++)
        bins[sim_uniform_ns(sim_stream_u64(&s), 10, 16) - 10]++;
    for (int i = 0; i < 7; i++)
        cr_assert_float_eq((double)bins[i], 10000, 400);
}

typedef struct golden {
    const char *name;
    double (*variate)(uint64_t bits);
    uint64_t hash;
} golden;

static double as_log(uint64_t bits)
{
    return sim_log(sim_uniform(bits));
}

static double as_exp(uint64_t bits)
{
    return sim_exp((sim_uniform(bits) - 0.5) * 1400);
}

static double as_pow(uint64_t bits)
{
    return sim_pow((double)(bits >> 40) + 1, -1.2);
}

static double as_exponential(uint64_t bits)
{
    return (double)sim_exponential_ns(bits, 123456789012345);
}

static double as_pareto(uint64_t bits)
{
    return (double)sim_pareto_ns(bits, 1.5, 123456789012345);
}

static double as_uniform(uint64_t bits)
{
    return sim_uniform(bits);
}

/* These values came from gcc and clang, -O0 and -O3. A processor, compiler or flag that
 * changes one changes results; so does a change of the stream or the hash. */
Test(engine_variates, bits_are_the_same_everywhere)
{
    static const golden all[] = {
        {"uniform", as_uniform, UINT64_C(0xc366343ca3d636d6)},
        {"log", as_log, UINT64_C(0x2b5a81d30208d09c)},
        {"exp", as_exp, UINT64_C(0xea8d779d60c98b27)},
        {"pow", as_pow, UINT64_C(0x67c5533c6c85275d)},
        {"exponential", as_exponential, UINT64_C(0xa7a3e8f41623de41)},
        {"pareto", as_pareto, UINT64_C(0xe07bff01c2743378)},
    };
    for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
        sim_stream s = sim_stream_init(1, 0, "test", "golden");
        uint64_t h = 0;
        for (int i = 0; i < N; i++) {
            double v = all[k].variate(sim_stream_u64(&s));
            uint64_t bits;
            memcpy(&bits, &v, sizeof bits);
            uint8_t bytes[8];
            for (int b = 0; b < 8; b++)
                bytes[b] = (uint8_t)(bits >> 8 * b);
            h = sim_hash(bytes, sizeof bytes, h).lo;
        }
        cr_expect_eq(h, all[k].hash, "%s: 0x%016llx", all[k].name, (unsigned long long)h);
    }
}
