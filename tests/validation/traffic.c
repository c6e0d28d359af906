/* Validation: how nodes share a rate, and the self-similarity of on/off sources.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <gsl/gsl_errno.h>
#include <gsl/gsl_roots.h>
#include <gsl/gsl_sf_psi.h>
#include <math.h>

#include "tests/validation/validation.h"

/* ---- Zipf -------------------------------------------------------------------------------------
 * p = exponent, nodes. */

static double zipf_sum(double exponent, int n)
{
    double sum = 0;

    for (int k = 1; k <= n; k++)
        sum += pow(k, -exponent);
    return sum;
}

static double zipf_largest(const double *p)
{
    return 1 / zipf_sum(p[0], (int)p[1]);
}

static double zipf_exponent(const double *p)
{
    return p[0];
}

/* Packets by rank: the exponent is the likeliest one where this is 0. */
typedef struct counts {
    const double *by_rank;
    int n;
} counts;

static double zipf_slope(double exponent, void *user)
{
    const counts *c = user;
    double seen = 0, all = 0, expected = 0;

    for (int k = 1; k <= c->n; k++) {
        all += c->by_rank[k - 1];
        seen += c->by_rank[k - 1] * log(k);
        expected += pow(k, -exponent) * log(k);
    }
    return expected / zipf_sum(exponent, c->n) - seen / all;
}

static double fit_zipf(const double *by_rank, size_t n)
{
    counts c = {by_rank, (int)n};
    gsl_function f = {zipf_slope, &c};
    gsl_root_fsolver *solver = gsl_root_fsolver_alloc(gsl_root_fsolver_brent);

    gsl_root_fsolver_set(solver, &f, 0.01, 5);
    do
        gsl_root_fsolver_iterate(solver);
    while (gsl_root_test_interval(gsl_root_fsolver_x_lower(solver),
                                  gsl_root_fsolver_x_upper(solver), 0, 1e-9) == GSL_CONTINUE);
    double exponent = gsl_root_fsolver_root(solver);
    gsl_root_fsolver_free(solver);
    return exponent;
}

/* ---- on and off -----------------------------------------------------------------------------
 * Whether a source is on is a process that changes sides at the events of a stationary renewal
 * process with Pareto gaps (bursts and pauses alike). Its covariance is 1/4 E[(-1)^N(t)], which
 * a renewal equation gives; twice integrated, that is V(t), the variance of the time spent on
 * within t, and of the packets sent. V grows as t^(2H), H = (3 - shape) / 2, only far out; so
 * what is compared is exact, at the scales that are measured:
 *   - the energy at scale T, E[(X1 - X2)^2] of the packets in two adjacent intervals of T (the
 *     Haar wavelet's) = 4 V(T) - V(2T);
 *   - half the slope of log2 energy over log2 T, the wavelet estimate of H (Abry and Veitch,
 *     IEEE Transactions on Information Theory 44(1), 1998), with what the estimate gives for the
 *     exact energies. The case's name says H itself.
 *
 * p = shape, mean burst in s, packets per s in a burst, sources, T in s; last the mean pause as
 * a multiple of the burst, which the mean rate alone asks for. */

enum { FIRST = 1, LAST = 5, STEPS = 8 };    /* scales of 2 s to 32 s; grid of the equation */

typedef struct variances {
    double shape, step_s;
    size_t n;
    double *on;         /* V at whole steps, s^2 */
} variances;

static double pareto_tail(double t, double shape, double smallest)
{
    return t <= smallest ? 1 : pow(t / smallest, -shape);
}

/* P(what is left of a gap at any instant > t). */
static double residual_tail(double t, double shape, double smallest)
{
    if (t <= smallest)
        return 1 - t * (shape - 1) / (shape * smallest);
    return pow(t / smallest, 1 - shape) / shape;
}

/* E[(-1)^N] from an event on: h = tail - (h over the first gap), by trapezoids. */
static void ordinary(double *h, size_t n, double step, double shape, double smallest)
{
    g_autofree double *mass = g_new(double, n);

    for (size_t j = 1; j < n; j++)
        mass[j] = pareto_tail((double)(j - 1) * step, shape, smallest) -
                  pareto_tail((double)j * step, shape, smallest);
    h[0] = 1;
    for (size_t i = 1; i < n; i++) {
        double sum = 0;
        for (size_t j = STEPS; j <= i; j++)     /* no gap is shorter than the smallest */
            sum += mass[j] * (h[i - j] + h[i - j + 1]);
        h[i] = pareto_tail((double)i * step, shape, smallest) - sum / 2;
    }
}

/* The same from any instant: the first gap is what is left of one. */
static void stationary(double *g, const double *h, size_t n, double step, double shape,
                       double smallest)
{
    g_autofree double *mass = g_new(double, n);

    for (size_t j = 1; j < n; j++)
        mass[j] = residual_tail((double)(j - 1) * step, shape, smallest) -
                  residual_tail((double)j * step, shape, smallest);
    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        for (size_t j = 1; j <= i; j++)
            sum += mass[j] * (h[i - j] + h[i - j + 1]);
        g[i] = residual_tail((double)i * step, shape, smallest) - sum / 2;
    }
}

/* V'' = 2 * covariance. Kept for the shape asked for last. */
static const variances *variances_of(double shape, double burst_s)
{
    static variances v;

    if (v.on && v.shape == shape)
        return &v;
    double smallest = burst_s * (shape - 1) / shape;
    g_free(v.on);
    v = (variances){.shape = shape, .step_s = smallest / STEPS};
    v.n = (size_t)((2 << LAST) / v.step_s) + 2;
    v.on = g_new(double, v.n);
    g_autofree double *h = g_new(double, v.n), *g = g_new(double, v.n);
    ordinary(h, v.n, v.step_s, shape, smallest);
    stationary(g, h, v.n, v.step_s, shape, smallest);
    double slope = 0;
    v.on[0] = 0;
    for (size_t i = 1; i < v.n; i++) {
        double more = (g[i - 1] + g[i]) / 2 / 2 * v.step_s;
        v.on[i] = v.on[i - 1] + (slope + more / 2) * v.step_s;
        slope += more;
    }
    return &v;
}

static double variance_at(const variances *v, double t)
{
    size_t i = (size_t)(t / v->step_s);
    double part = t / v->step_s - (double)i;

    return v->on[i] * (1 - part) + v->on[i + 1] * part;
}

static double energy(const double *p, double scale_s)
{
    const variances *v = variances_of(p[0], p[1]);
    double on = 4 * variance_at(v, scale_s) - variance_at(v, 2 * scale_s);

    /* Whole packets: three ends of intervals, each rounded evenly, the one between twice. */
    return p[3] * (p[2] * p[2] * on + (1 + 4 + 1) / 12.0);
}

static double onoff_energy(const double *p)
{
    return energy(p, p[4]);
}

/* Weighted least squares; the variance of log2 of n squares' mean falls as 1/n. */
static double half_slope(const double log2_energy[LAST + 1])
{
    double w = 0, wx = 0, wy = 0, wxx = 0, wxy = 0;

    for (int j = FIRST; j <= LAST; j++) {
        double weight = pow(2, -j), y = log2_energy[j];
        w += weight;
        wx += weight * j;
        wy += weight * y;
        wxx += weight * j * j;
        wxy += weight * j * y;
    }
    return (w * wxy - wx * wy) / (w * wxx - wx * wx) / 2;
}

static double onoff_hurst(const double *p)
{
    double log2_energy[LAST + 1];

    for (int j = FIRST; j <= LAST; j++)
        log2_energy[j] = log2(energy(p, 1 << j));
    return half_slope(log2_energy);
}

static double onoff_rate(const double *p)
{
    return p[2] * p[3] / (1 + p[5]);
}

static double seen_rate(const double *total, size_t n)
{
    return (total[n - 1] - total[0]) / (double)(n - 1);
}

/* Of packets counted up to each second. *pairs: how many went into the mean. */
static double seen_energy(const double *total, size_t n, size_t scale, size_t *pairs)
{
    double sum = 0;

    *pairs = (n - 1) / (2 * scale);
    for (size_t i = 0; i < *pairs; i++) {
        const double *at = total + 2 * scale * i;
        double difference = at[2 * scale] - 2 * at[scale] + at[0];
        sum += difference * difference;
    }
    return sum / (double)*pairs;
}

static double seen_energy_2(const double *total, size_t n)
{
    size_t pairs;

    return seen_energy(total, n, 2, &pairs);
}

/* The mean of log2 of a chi-square lies below log2 of its mean, by a known amount. */
static double seen_hurst(const double *total, size_t n)
{
    double log2_energy[LAST + 1];

    for (int j = FIRST; j <= LAST; j++) {
        size_t pairs;
        double seen = seen_energy(total, n, (size_t)1 << j, &pairs), half = (double)pairs / 2;
        log2_energy[j] = log2(seen) - (gsl_sf_psi(half) - log(half)) / M_LN2;
    }
    return half_slope(log2_energy);
}

/* ---- the cases ------------------------------------------------------------------------------ */

/* Every node got two answers besides: to its discovery and its registration. */
#define LARGEST_SHARE "select run_id, (max(value) - 2) / sum(value - 2) from metric" \
    " where name = 'node_in_packets' group by run_id order by run_id"
#define BY_RANK "select run_id, value - 2 from metric where name = 'node_in_packets'" \
    " order by run_id, value desc"
#define COUNTED "select run_id, tunnelled_packets from ha_sample where t_ns >= 20e9" \
    " order by run_id, t_ns"

#define ZIPF(s, file, quick)                                                                \
    {"Zipf " #s " of 10: largest share", file, LARGEST_SHARE, NULL, zipf_largest,            \
     {s, 10}, {s * 1.02, 10}, "exponent 2 % off", 0.004, quick},                             \
    {"Zipf " #s " of 10: exponent", file, BY_RANK, fit_zipf, zipf_exponent,                  \
     {s, 10}, {s * 1.02, 10}, "exponent 2 % off", 0.005, quick}

/* Sent, not come: the router asks for addresses that it does not know yet. */
#define FIRST_SECOND "select run_id, value from metric where name = 'sent_packets' order by run_id"

#define PARETO(shape, hurst, file)                                                          \
    {"Pareto " #shape " (H " #hurst "): H at 2-32 s", file, COUNTED, seen_hurst, onoff_hurst,      \
     {shape, 0.05, 20, 20}, {shape + 0.2, 0.05, 20, 20}, "H 0.1 off", 0.02, false},            \
    {"Pareto " #shape ": energy at 2 s", file, COUNTED, seen_energy_2, onoff_energy,       \
     {shape, 0.05, 20, 20, 2}, {shape + 0.2, 0.05, 20, 20, 2}, "shape 0.2 off", 0.05, false}, \
    {"Pareto " #shape ": packets/s", file, COUNTED, seen_rate, onoff_rate,                    \
     {shape, 0.05, 20, 20, 0, 1}, {shape, 0.05, 20, 20, 0, 1.1}, "pauses 10 % longer", 0.015, \
     false}

static const validation_case cases[] = {
    ZIPF(1.0, "zipf-10", true),
    ZIPF(0.6, "zipf-06", false),
    PARETO(1.4, 0.8, "pareto-14"),
    PARETO(1.7, 0.65, "pareto-17"),
    {"Pareto 1.5: packets in the first second", "pareto-start", FIRST_SECOND, NULL, onoff_rate,
     {1.5, 0.1, 50, 4000, 0, 4}, {1.5, 0.1, 50, 4000, 0, 4.2}, "pauses 5 % longer", 0.01, true},
};

const validation_case *validation_traffic(size_t *n)
{
    *n = G_N_ELEMENTS(cases);
    return cases;
}
