/* Constant bit rate.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/traffic/traffic_sources.h"
#include "sim/engine/engine.h"

enum { PHASE_RANDOM, PHASE_ZERO };

static const char *const phases[] = {"random", "zero", NULL};

const sim_key model_traffic_cbr_keys[1] = {
    {"phase", SIM_KEY_CHOICE, "random", 0, 0,
     "first packet: anywhere in the first interval, or at its beginning",
     offsetof(model_traffic_cbr, phase), phases},
};

static int64_t start(const void *config, model_source *source, int64_t rate_bps,
                     uint32_t packet_bytes, int64_t now_ns)
{
    const model_traffic_cbr *cbr = config;
    source->interval_ns = model_packet_interval_ns(rate_bps, packet_bytes);
    if (source->interval_ns == SIM_NEVER)
        return SIM_NEVER;
    if (cbr->phase == PHASE_ZERO)
        return now_ns;
    return now_ns + sim_uniform_ns(model_source_draw(source), 0, source->interval_ns - 1);
}

static int64_t next(const void *config, model_source *source, int64_t now_ns)
{
    (void)config;
    return now_ns + source->interval_ns;
}

const model_traffic_class model_traffic_cbr_class = {start, next};
