/* Random streams: counter-based (Philox 4x32-10), keyed by seed, replication, name and
 * purpose. A draw is a pure function of its key and index, so that adding a node or a
 * packet shifts nobody else's draws.
 *
 * Variates use basic IEEE operations only (own logarithm and exponential): libm's
 * results differ between processors.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SIM_RANDOM_H
#define SIM_RANDOM_H

#include <gsl/gsl_rng.h>
#include <stdint.h>

typedef struct sim_stream {
    uint64_t key;           /* Philox key, from all four parts */
    uint64_t salt;          /* upper half of the counter */
    uint64_t next;          /* index of the next sequential draw */
} sim_stream;

/* replication and seed enter the key; name and purpose are hashed. */
sim_stream sim_stream_init(uint64_t seed, uint32_t replication, const char *name,
                           const char *purpose);
/* The bijection itself: ten rounds on a counter under a key (Salmon et al., SC 2011). */
void sim_philox4x32_10(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);
/* The draw with an index: for draws that belong to a packet or an identifier. */
uint64_t sim_stream_at(const sim_stream *stream, uint64_t index);
/* A second dimension: e.g. (packet identity, hop). Shares no draw with sim_stream_at. */
uint64_t sim_stream_at2(const sim_stream *stream, uint64_t index, uint64_t sub);
/* Sequential draws. */
uint64_t sim_stream_u64(sim_stream *stream);

/* Variates from 64 random bits. */
double sim_uniform(uint64_t bits);                          /* (0, 1): odd / 2^53, never 0 or 1 */
uint64_t sim_below(uint64_t bits, uint64_t n);              /* [0, n) by multiplication */
int64_t sim_uniform_ns(uint64_t bits, int64_t low, int64_t high);   /* [low, high] */
/* Durations lie in [1, 2^61], so that a sum with now does not overflow. */
int64_t sim_exponential_ns(uint64_t bits, int64_t mean_ns);
int64_t sim_pareto_ns(uint64_t bits, double shape, int64_t mean_ns);    /* shape > 1 */
int64_t sim_pareto_ns(uint64_t bits, double shape, int64_t mean_ns);

/* log and exp by IEEE add, multiply, divide alone: the same bits everywhere.
 * Relative error below 1e-14. log of x <= 0 is a bug. sqrt is IEEE and needs none. */
double sim_log(double x);
double sim_exp(double x);
double sim_pow(double x, double y);     /* x > 0 */

/* A stream as a generator of GSL: gsl_rng_alloc(sim_rng_type()); gsl_rng_set seeds a
 * stream named "gsl". */
const gsl_rng_type *sim_rng_type(void);
/* Point such a generator at a stream. */
void sim_rng_set_stream(gsl_rng *rng, const sim_stream *stream);

#endif
