/* Validation: the engine's variates against GSL's distributions.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/engine/random.h"
#include "tests/validation/validation.h"

enum { N = 1000000, BINS = 100 };

static sim_stream stream(const char *purpose)
{
    return sim_stream_init(1, 0, "validation", purpose);
}

/* ---- the tests ------------------------------------------------------------------------------ */

/* P(Kolmogorov's statistic > d), by Stephens's form of the limit. */
static double kolmogorov(double d, double n)
{
    double x = (sqrt(n) + 0.12 + 0.11 / sqrt(n)) * d, sum = 0;

    for (int k = 1; k <= 100; k++)
        sum += (k % 2 ? 2 : -2) * exp(-2.0 * k * k * x * x);
    return CLAMP(sum, 0, 1);
}

/* Of values, which are sorted, and what their distribution should be. */
static double ks(double *values, double (*cdf)(double x, double a, double b), double a, double b)
{
    double worst = 0;

    gsl_sort(values, 1, N);
    for (int i = 0; i < N; i++) {
        double p = cdf(values[i], a, b);
        worst = fmax(worst, fmax(p - i / (double)N, (i + 1) / (double)N - p));
    }
    return kolmogorov(worst, N);
}

/* Of counts that should be all alike. */
static double chi_square(const unsigned *counts, unsigned n)
{
    double all = 0, sum = 0;

    for (unsigned i = 0; i < n; i++)
        all += counts[i];
    for (unsigned i = 0; i < n; i++)
        sum += (counts[i] - all / n) * (counts[i] - all / n) / (all / n);
    return gsl_cdf_chisq_Q(sum, n - 1.0);
}

/* Of values whose distribution cuts them into BINS of the same probability. */
static double chi_square_of(const double *values, double (*cdf)(double x, double a, double b),
                            double a, double b)
{
    unsigned counts[BINS] = {0};

    for (int i = 0; i < N; i++) {
        int bin = (int)(cdf(values[i], a, b) * BINS);
        counts[MIN(bin, BINS - 1)]++;
    }
    return chi_square(counts, BINS);
}

/* ---- draws ---------------------------------------------------------------------------------- */

static double values[N];

static double uniform_cdf(double x, double a, double b)
{
    return gsl_cdf_flat_P(x, a, b);
}

static double uniform_ks(bool wrong)
{
    sim_stream s = stream("uniform");

    for (int i = 0; i < N; i++)
        values[i] = sim_uniform(sim_stream_u64(&s));
    return ks(values, uniform_cdf, 0, wrong ? 1.005 : 1);
}

/* As a packet's service is drawn: by identity, not by order. */
static double indexed_ks(bool wrong)
{
    sim_stream s = stream("indexed");

    for (int i = 0; i < N; i++)
        values[i] = sim_uniform(sim_stream_at2(&s, (uint64_t)i * UINT64_C(0x9e3779b97f4a7c15),
                                               (uint64_t)(i % 5)));
    return ks(values, uniform_cdf, wrong ? 0.005 : 0, 1);
}

/* One draw of each of a million streams: the names alone make the difference. */
static double streams_ks(bool wrong)
{
    for (int i = 0; i < N; i++) {
        char name[16];
        snprintf(name, sizeof name, "mn%d", i);
        sim_stream s = sim_stream_init(1, (uint32_t)(i % 3), name, "validation");
        values[i] = sim_uniform(sim_stream_u64(&s));
    }
    return ks(values, uniform_cdf, 0, wrong ? 1.005 : 1);
}

/* Successive draws fall into every cell of a square alike. */
static double pairs_chi_square(bool wrong)
{
    static unsigned counts[32 * 32];
    sim_stream s = stream("pairs");

    memset(counts, 0, sizeof counts);
    for (int i = 0; i < N; i++) {
        double x = sim_uniform(sim_stream_u64(&s)), y = sim_uniform(sim_stream_u64(&s));
        if (wrong && i % 100 == 0)
            y = x;
        counts[(int)(x * 32) * 32 + (int)(y * 32)]++;
    }
    return chi_square(counts, G_N_ELEMENTS(counts));
}

static double below_chi_square(bool wrong)
{
    static unsigned counts[1000];
    sim_stream s = stream("below");

    memset(counts, 0, sizeof counts);
    for (int i = 0; i < N; i++)
        counts[sim_below(sim_stream_u64(&s), wrong ? 997 : 1000)]++;
    return chi_square(counts, G_N_ELEMENTS(counts));
}

static double uniform_ns_chi_square(bool wrong)
{
    unsigned counts[11] = {0};
    sim_stream s = stream("uniform-ns");

    for (int i = 0; i < N; i++)
        counts[sim_uniform_ns(sim_stream_u64(&s), -5, wrong ? 4 : 5) + 5]++;
    return chi_square(counts, G_N_ELEMENTS(counts));
}

static double exponential_cdf(double x, double mean, double unused)
{
    (void)unused;
    return gsl_cdf_exponential_P(x, mean);
}

static void draw_exponential(const char *purpose)
{
    sim_stream s = stream(purpose);

    for (int i = 0; i < N; i++)
        values[i] = (double)sim_exponential_ns(sim_stream_u64(&s), 1000000000);
}

static double exponential_ks(bool wrong)
{
    draw_exponential("exponential");
    return ks(values, exponential_cdf, wrong ? 1.01e9 : 1e9, 0);
}

static double exponential_chi_square(bool wrong)
{
    draw_exponential("exponential, again");
    return chi_square_of(values, exponential_cdf, wrong ? 1.01e9 : 1e9, 0);
}

/* As a Pareto variate with the shape and the mean asked for. */
static void draw_pareto(const char *purpose, double shape)
{
    sim_stream s = stream(purpose);

    for (int i = 0; i < N; i++)
        values[i] = (double)sim_pareto_ns(sim_stream_u64(&s), shape, 1000000000);
}

static double smallest(double shape)
{
    return 1e9 * (shape - 1) / shape;
}

static double pareto_ks(bool wrong)
{
    draw_pareto("pareto", 1.5);
    return ks(values, gsl_cdf_pareto_P, wrong ? 1.52 : 1.5, smallest(1.5));
}

static double pareto_chi_square(bool wrong)
{
    draw_pareto("pareto, again", 1.2);
    return chi_square_of(values, gsl_cdf_pareto_P, wrong ? 1.22 : 1.2, smallest(1.2));
}

static double pareto_light_ks(bool wrong)
{
    draw_pareto("pareto, light", 3);
    return ks(values, gsl_cdf_pareto_P, wrong ? 3.04 : 3, smallest(3));
}

/* ---- the cases ------------------------------------------------------------------------------ */

static const validation_draws draws[] = {
    {"uniform", "Kolmogorov-Smirnov", uniform_ks, "range 0.5 % off"},
    {"uniform, by packet and hop", "Kolmogorov-Smirnov", indexed_ks, "range 0.5 % off"},
    {"uniform, first of 10^6 streams", "Kolmogorov-Smirnov", streams_ks, "range 0.5 % off"},
    {"uniform, pairs in 32 by 32", "chi-square", pairs_chi_square, "1 % repeat"},
    {"integers below 1000", "chi-square", below_chi_square, "below 997"},
    {"integers from -5 to 5", "chi-square", uniform_ns_chi_square, "to 4"},
    {"exponential", "Kolmogorov-Smirnov", exponential_ks, "mean 1 % off"},
    {"exponential, 100 bins", "chi-square", exponential_chi_square, "mean 1 % off"},
    {"Pareto 1.5", "Kolmogorov-Smirnov", pareto_ks, "shape 0.02 off"},
    {"Pareto 1.2, 100 bins", "chi-square", pareto_chi_square, "shape 0.02 off"},
    {"Pareto 3", "Kolmogorov-Smirnov", pareto_light_ks, "shape 0.04 off"},
};

const validation_draws *validation_variates(size_t *n)
{
    *n = G_N_ELEMENTS(draws);
    return draws;
}
