/* On/off: constant rate while on; bursts and pauses are Pareto distributed, so that many
 * flows together are bursty at every scale.
 *
 * W. Willinger, M. S. Taqqu, R. Sherman, D. V. Wilson: Self-similarity through
 * high-variability. IEEE/ACM Transactions on Networking 5(1), 1997.
 *
 * Packets stand at whole intervals of the time spent *on*: what is left of an interval at a
 * burst's end is waited for in the next burst, so that the mean rate is exact however short
 * bursts are. The start is stationary: a run of any length sees the mean rate on average.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/traffic/traffic_sources.h"
#include "sim/engine/engine.h"

#define HOUR_NS (3600.0 * 1e9)

const sim_key model_traffic_pareto_keys[3] = {
    {"burst", SIM_KEY_TIME, "500 ms", 1e3, HOUR_NS, "mean length of a burst",
     offsetof(model_traffic_pareto, burst_ns), NULL},
    {"idle", SIM_KEY_TIME, "500 ms", 1e3, HOUR_NS, "mean length of a pause",
     offsetof(model_traffic_pareto, idle_ns), NULL},
    {"shape", SIM_KEY_REAL, "1.5", 1.05, 100, "of both: the smaller, the longer the longest",
     offsetof(model_traffic_pareto, shape), NULL},
};

/* What is left of a period of this mean at an arbitrary instant. Its density is P(length > t) /
 * mean: flat up to the smallest length, which has (shape - 1) / shape of the mass, and behind it
 * a Pareto tail with shape - 1, drawn as smallest / u^(1 / (shape - 1)). */
static int64_t residual_ns(model_source *source, double shape, int64_t mean_ns)
{
    double smallest_ns = (double)mean_ns * (shape - 1) / shape;
    double where = sim_uniform(model_source_draw(source)) * shape;
    double u = sim_uniform(model_source_draw(source));
    if (where < shape - 1)
        return (int64_t)(u * smallest_ns);
    double ns = smallest_ns * sim_exp(-sim_log(u) / (shape - 1));
    return ns < 0x1p60 ? (int64_t)ns : INT64_C(1) << 60;
}

/* The packet due at_ns if the burst lasts so long; else what is missing is waited for in the next
 * bursts. */
static int64_t within_bursts(const model_traffic_pareto *c, model_source *source, int64_t at_ns)
{
    while (at_ns >= source->until_ns) {
        int64_t missing_ns = at_ns - source->until_ns;
        int64_t idle_ns = sim_pareto_ns(model_source_draw(source), c->shape, c->idle_ns);
        int64_t burst_ns = sim_pareto_ns(model_source_draw(source), c->shape, c->burst_ns);
        int64_t begin_ns = source->until_ns + idle_ns;
        if (begin_ns > SIM_NEVER / 4)       /* 73 years: behind every run's end */
            return SIM_NEVER;
        source->until_ns = begin_ns + burst_ns;
        at_ns = begin_ns + missing_ns;
    }
    return at_ns;
}

/* The interval while on: the share of time on is burst / (burst + idle). */
static int64_t peak_interval_ns(const model_traffic_pareto *c, int64_t interval_ns)
{
    double share = (double)c->burst_ns / ((double)c->burst_ns + (double)c->idle_ns);
    return MAX((int64_t)((double)interval_ns * share + 0.5), 1);
}

static int64_t start(const void *config, model_source *source, int64_t rate_bps,
                     uint32_t packet_bytes, int64_t now_ns)
{
    const model_traffic_pareto *c = config;
    int64_t interval_ns = model_packet_interval_ns(rate_bps, packet_bytes);
    if (interval_ns == SIM_NEVER) {
        source->interval_ns = SIM_NEVER;
        return SIM_NEVER;
    }
    source->interval_ns = peak_interval_ns(c, interval_ns);
    int64_t phase_ns = sim_uniform_ns(model_source_draw(source), 0, source->interval_ns - 1);
    double period_ns = (double)c->burst_ns + (double)c->idle_ns;
    double where = sim_uniform(model_source_draw(source)) * period_ns;
    if (where < (double)c->burst_ns) {
        source->until_ns = now_ns + residual_ns(source, c->shape, c->burst_ns);
        return within_bursts(c, source, now_ns + phase_ns);
    }
    int64_t begin_ns = now_ns + residual_ns(source, c->shape, c->idle_ns);
    source->until_ns = begin_ns + sim_pareto_ns(model_source_draw(source), c->shape, c->burst_ns);
    return within_bursts(c, source, begin_ns + phase_ns);
}

static int64_t next(const void *config, model_source *source, int64_t now_ns)
{
    return within_bursts(config, source, now_ns + source->interval_ns);
}

const model_traffic_class model_traffic_pareto_class = {start, next};
