/* Traffic: when a flow sends its next packet, and how large.
 *
 * A source is one file: a class here, one row in traffic.c. The state of a flow is small
 * and lies in the world's array of flows.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef MODEL_TRAFFIC_H
#define MODEL_TRAFFIC_H

#include <assert.h>

#include "sim/engine/config.h"
#include "sim/engine/random.h"

/* State of one flow's source. */
typedef struct model_source {
    uint64_t key, salt;         /* of the stream of its draws */
    int64_t interval_ns;        /* mean time between packets (while on, for on/off) */
    int64_t until_ns;           /* on/off: end of the burst at hand */
    uint32_t drawn;             /* numbers drawn */
    uint32_t sent;              /* the flow's: packets sent */
} model_source;

/* Zero, with a stream keyed by the flow's name and the traffic seed. */
void model_source_begin(model_source *source, uint64_t seed, uint32_t replication,
                        const char *name);
/* The next of its stream, of 2^32 - 1. */
static inline uint64_t model_source_draw(model_source *source)
{
    const sim_stream stream = {.key = source->key, .salt = source->salt};
    assert(source->drawn < UINT32_MAX);
    return sim_stream_at(&stream, source->drawn++);
}

typedef struct model_traffic_class {
    /* Begin at `now`: time of the first packet, >= now_ns. rate_bps: the flow's mean rate over
     * time, in bits of whole inner packets of `packet_bytes`. */
    int64_t (*start)(const void *config, model_source *source, int64_t rate_bps,
                     uint32_t packet_bytes, int64_t now_ns);
    /* Time of the packet after the one sent now; > now_ns. */
    int64_t (*next)(const void *config, model_source *source, int64_t now_ns);
} model_traffic_class;

/* Variants of group [traffic]; impl is a model_traffic_class. */
const sim_variant *model_traffic_variants(size_t *n);

/* Rates of n nodes that sum to `total_bps`: equal, or Zipf with an exponent. Which node
 * has which rank is a permutation keyed by the stream. rates: n values, the caller's. */
void model_rates_equal(int64_t total_bps, uint32_t n, int64_t *rates);
void model_rates_zipf(int64_t total_bps, double exponent, const sim_stream *stream, uint32_t n,
                      int64_t *rates);

#endif
