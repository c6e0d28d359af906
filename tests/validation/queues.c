/* Validation: the queue of a home agent against queueing theory.
 *
 *   L. Kleinrock: Queueing Systems, volume 1. Wiley, 1975.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <gsl/gsl_randist.h>
#include <math.h>

#include "tests/validation/validation.h"

#define OF_AGENT(metric) "select run_id, value from metric where name = '" metric "'" \
    " and node_id is not null order by run_id"
#define OF_RUN(metric) "select run_id, value from metric where name = '" metric "'" \
    " and node_id is null order by run_id"

/* ---- one kind of packet, room for all: p = load, mean service in s ------------------------ */

static double mm1_packets(const double *p)
{
    return p[0] / (1 - p[0]);
}

static double mm1_delay(const double *p)
{
    return p[1] / (1 - p[0]);
}

/* The delay is exponential. */
static double mm1_delay_p99(const double *p)
{
    return log(100) * mm1_delay(p);
}

static double md1_packets(const double *p)
{
    return p[0] + p[0] * p[0] / (2 * (1 - p[0]));
}

static double md1_delay(const double *p)
{
    return p[1] * (1 + p[0] / (2 * (1 - p[0])));
}

/* ---- a mixture: Pollaczek and Khinchine ----------------------------------------------------
 * p = packets per second and mean service in s of up to two kinds, then a third service at the
 * rate of the first where it is not 0, and E[S^2] / E[S]^2 of each kind: 1 or 2. */

typedef struct service {
    double rate, first, second;     /* of all packets; moments of the service time */
} service;

static service mixture(const double *p)
{
    double rates[] = {p[0], p[2], p[4] > 0 ? p[0] : 0}, means[] = {p[1], p[3], p[4]};
    service s = {0, 0, 0};

    for (int i = 0; i < 3; i++) {
        s.rate += rates[i];
        s.first += rates[i] * means[i];
        s.second += rates[i] * means[i] * means[i] * p[5];
    }
    s.first /= s.rate;
    s.second /= s.rate;
    return s;
}

static double mg1_delay(const double *p)
{
    service s = mixture(p);

    return s.first + s.rate * s.second / (2 * (1 - s.rate * s.first));
}

/* Little's law. */
static double mg1_packets(const double *p)
{
    return mixture(p).rate * mg1_delay(p);
}

/* ---- room for K packets, the one in service included: p = load, K --------------------------- */

static double mm1k_share(const double *p, int k)
{
    return pow(p[0], k) * (1 - p[0]) / (1 - pow(p[0], p[1] + 1));
}

static double mm1k_loss(const double *p)
{
    return mm1k_share(p, (int)p[1]);
}

static double mm1k_packets(const double *p)
{
    double sum = 0;

    for (int k = 0; k <= (int)p[1]; k++)
        sum += k * mm1k_share(p, k);
    return sum;
}

/* Of the chain embedded at departures (Kleinrock 5.6, cut at K): how often a departure leaves
 * k behind, for k < K. */
static void md1k_departures(const double *p, double *pi)
{
    int n = (int)p[1];
    double sum = 0;

    pi[0] = 1;
    for (int k = 0; k + 1 < n; k++) {
        double next = pi[k] - gsl_ran_poisson_pdf((unsigned)k, p[0]) * pi[0];

        for (int j = 1; j <= k; j++)
            next -= gsl_ran_poisson_pdf((unsigned)(k - j + 1), p[0]) * pi[j];
        pi[k + 1] = next / gsl_ran_poisson_pdf(0, p[0]);
    }
    for (int k = 0; k < n; k++)
        sum += pi[k];
    for (int k = 0; k < n; k++)
        pi[k] /= sum;
}

enum { MAX_ROOM = 32 };

/* The server is busy for a share load * (1 - loss) of time, and departures find it so. */
static double md1k_loss(const double *p)
{
    double pi[MAX_ROOM];

    md1k_departures(p, pi);
    return 1 - 1 / (pi[0] + p[0]);
}

static double md1k_packets(const double *p)
{
    double pi[MAX_ROOM], sum = p[1] * md1k_loss(p);

    md1k_departures(p, pi);
    for (int k = 0; k < (int)p[1]; k++)
        sum += k * pi[k] / (pi[0] + p[0]);
    return sum;
}

/* ---- the cases ------------------------------------------------------------------------------ */

#define SLOWER 1.03
#define SLOW_SERVICE "service 3 % slower"

#define MM1(load, file, share, quick)                                                          \
    {"M/M/1, load " #load ": packets", file, OF_AGENT("queue_mean_packets"), NULL,             \
     mm1_packets, {load}, {load * SLOWER}, SLOW_SERVICE, share, quick},                        \
    {"M/M/1, load " #load ": delay, s", file, OF_AGENT("delay_mean"), NULL,                    \
     mm1_delay, {load, 2e-3}, {load * SLOWER, 2e-3 * SLOWER}, SLOW_SERVICE, share, quick},     \
    {"M/M/1, load " #load ": 99 % of delay, s", file, OF_AGENT("delay_p99"), NULL,             \
     mm1_delay_p99, {load, 2e-3}, {load * SLOWER, 2e-3 * SLOWER}, SLOW_SERVICE, 2 * share,     \
     quick}

#define MD1(load, file, share, quick)                                                          \
    {"M/D/1, load " #load ": packets", file, OF_AGENT("queue_mean_packets"), NULL,             \
     md1_packets, {load}, {load * SLOWER}, SLOW_SERVICE, share, quick},                        \
    {"M/D/1, load " #load ": delay, s", file, OF_AGENT("delay_mean"), NULL,                    \
     md1_delay, {load, 2e-3}, {load * SLOWER, 2e-3 * SLOWER}, SLOW_SERVICE, share, quick}

#define LIMITED(kind, law, load, room, file, share, quick)                                     \
    {kind ", load " #load ", K " #room ": loss", file, OF_RUN("loss_ratio"), NULL, law##_loss, \
     {load, room}, {load * SLOWER, room}, SLOW_SERVICE, share, quick},                         \
    {kind ", load " #load ", K " #room ": packets", file, OF_AGENT("queue_mean_packets"),      \
     NULL, law##_packets, {load, room}, {load, room + 1}, "room for one more", share, quick}

static const validation_case cases[] = {
    MM1(0.5, "mm1-50", 0.01, false),
    MM1(0.8, "mm1-80", 0.02, true),
    MM1(0.9, "mm1-90", 0.04, false),
    MD1(0.5, "md1-50", 0.006, false),
    MD1(0.8, "md1-80", 0.02, false),
    MD1(0.9, "md1-90", 0.04, false),
    {"M/G/1, 0.8 and 9.6 ms: packets", "mg1-two", OF_AGENT("queue_mean_packets"), NULL,
     mg1_packets, {500, 0.8e-3, 386666 / 9280.0, 9.6e-3, 0, 1},
     {500, 0.8e-3 * SLOWER, 386666 / 9280.0, 9.6e-3 * SLOWER, 0, 1}, SLOW_SERVICE, 0.03, false},
    {"M/G/1, 0.8 and 9.6 ms: delay, s", "mg1-two", OF_AGENT("delay_mean"), NULL,
     mg1_delay, {500, 0.8e-3, 386666 / 9280.0, 9.6e-3, 0, 1},
     {500, 0.8e-3 * SLOWER, 386666 / 9280.0, 9.6e-3 * SLOWER, 0, 1}, SLOW_SERVICE, 0.03, false},
    {"M/G/1, three sizes: packets", "mg1-three", OF_AGENT("queue_mean_packets"), NULL,
     mg1_packets, {100, 0.66e-3, 100, 2.5e-3, 6.1e-3, 1},
     {100, 0.66e-3 * SLOWER, 100, 2.5e-3 * SLOWER, 6.1e-3 * SLOWER, 1}, SLOW_SERVICE, 0.04,
     false},
    {"M/G/1, three sizes: delay, s", "mg1-three", OF_AGENT("delay_mean"), NULL,
     mg1_delay, {100, 0.66e-3, 100, 2.5e-3, 6.1e-3, 1},
     {100, 0.56e-3, 100, 2.4e-3, 6.0e-3, 1}, "no time per packet", 0.04, false},
    {"M/H2/1, 0.8 and 9.6 ms: packets", "mg1-hyper", OF_AGENT("queue_mean_packets"), NULL,
     mg1_packets, {500, 0.8e-3, 386666 / 9280.0, 9.6e-3, 0, 2},
     {500, 0.8e-3 * SLOWER, 386666 / 9280.0, 9.6e-3 * SLOWER, 0, 2}, SLOW_SERVICE, 0.04, false},
    {"M/H2/1, 0.8 and 9.6 ms: delay, s", "mg1-hyper", OF_AGENT("delay_mean"), NULL,
     mg1_delay, {500, 0.8e-3, 386666 / 9280.0, 9.6e-3, 0, 2},
     {500, 0.8e-3, 386666 / 9280.0, 9.6e-3, 0, 1}, "constant service", 0.04, false},
    LIMITED("M/M/1/K", mm1k, 0.9, 5, "mm1k-90", 0.012, false),
    LIMITED("M/M/1/K", mm1k, 1.5, 8, "mm1k-150", 0.01, false),
    LIMITED("M/D/1/K", md1k, 0.9, 5, "md1k-90", 0.02, true),
    LIMITED("M/D/1/K", md1k, 1.5, 3, "md1k-150", 0.01, false),
};

const validation_case *validation_queues(size_t *n)
{
    *n = G_N_ELEMENTS(cases);
    return cases;
}
