/* The table of traffic sources, and how nodes share a total rate.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/traffic/traffic.h"

#include <assert.h>

#include "models/traffic/traffic_sources.h"
#include "sim/engine/engine.h"

__extension__ typedef unsigned __int128 u128;

static const sim_variant sources[] = {
    {"cbr", "one packet every so often, exactly", model_traffic_cbr_keys,
     G_N_ELEMENTS(model_traffic_cbr_keys), sizeof(model_traffic_cbr), &model_traffic_cbr_class,
     NULL, NULL},
    {"poisson", "independent gaps, exponentially distributed", NULL, 0, 0,
     &model_traffic_poisson_class, NULL, NULL},
    {"pareto", "constant rate in bursts; bursts and pauses are Pareto distributed",
     model_traffic_pareto_keys, G_N_ELEMENTS(model_traffic_pareto_keys),
     sizeof(model_traffic_pareto), &model_traffic_pareto_class, NULL, NULL},
};

const sim_variant *model_traffic_variants(size_t *n)
{
    *n = G_N_ELEMENTS(sources);
    return sources;
}

void model_source_begin(model_source *source, uint64_t seed, uint32_t replication, const char *name)
{
    sim_stream stream = sim_stream_init(seed, replication, name, "arrivals");
    *source = (model_source){.key = stream.key, .salt = stream.salt};
}

int64_t model_packet_interval_ns(int64_t rate_bps, uint32_t packet_bytes)
{
    assert(rate_bps >= 0 && packet_bytes > 0);
    if (rate_bps == 0)
        return SIM_NEVER;
    int64_t bits_ns = (int64_t)packet_bytes * 8 * SIM_SECOND_NS;
    int64_t interval_ns = bits_ns / rate_bps + (bits_ns % rate_bps >= rate_bps - rate_bps / 2);
    return MAX(interval_ns, 1);
}

void model_rates_equal(int64_t total_bps, uint32_t n, int64_t *rates)
{
    assert(total_bps >= 0 && n > 0);
    for (uint32_t i = 0; i < n; i++)
        rates[i] = total_bps / n + (i < total_bps % n);
}

/* Weights r^-exponent as integers, so that shares are exact. Falling from 2^52. */
static u128 zipf_weights(double exponent, uint32_t n, int64_t *weights)
{
    u128 sum = 0;
    for (uint32_t i = 0; i < n; i++) {
        weights[i] = (int64_t)(sim_pow(i + 1.0, -exponent) * 0x1p52 + 0.5);
        sum = sum + (uint64_t)weights[i];
    }
    return sum;
}

/* Which node has which rank: Fisher and Yates. */
static void shuffle(const sim_stream *stream, uint32_t n, int64_t *values)
{
    for (uint32_t i = n - 1; i > 0; i--) {
        uint64_t k = sim_below(sim_stream_at(stream, i), i + UINT64_C(1));
        int64_t kept = values[i];
        values[i] = values[k];
        values[k] = kept;
    }
}

void model_rates_zipf(int64_t total_bps, double exponent, const sim_stream *stream, uint32_t n,
                      int64_t *rates)
{
    /* The product of a total and a weight fits: 2^50 * 2^52. */
    assert(total_bps >= 0 && total_bps <= INT64_C(1) << 50 && exponent >= 0 && n > 0);
    u128 sum = zipf_weights(exponent, n, rates);
    int64_t rest = total_bps;
    for (uint32_t i = 0; i < n; i++) {
        rates[i] = (int64_t)((u128)total_bps * (u128)rates[i] / sum);
        rest -= rates[i];
    }
    /* Rounded down, all of them: less than one bit/s each is left. The first ranks get it, so
     * rates still fall with the rank. */
    assert(rest >= 0 && rest < n);
    for (uint32_t i = 0; i < rest; i++)
        rates[i]++;
    shuffle(stream, n, rates);
}
