/* A Poisson process: it has no memory, so that its start is like any other instant.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/traffic/traffic_sources.h"
#include "sim/engine/engine.h"

static int64_t next(const void *config, model_source *source, int64_t now_ns)
{
    (void)config;
    return now_ns + sim_exponential_ns(model_source_draw(source), source->interval_ns);
}

static int64_t start(const void *config, model_source *source, int64_t rate_bps,
                     uint32_t packet_bytes, int64_t now_ns)
{
    source->interval_ns = model_packet_interval_ns(rate_bps, packet_bytes);
    if (source->interval_ns == SIM_NEVER)
        return SIM_NEVER;
    return next(config, source, now_ns);
}

const model_traffic_class model_traffic_poisson_class = {start, next};
