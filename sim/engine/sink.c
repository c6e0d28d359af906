/* The sink that forgets everything: for tests and benchmarks of models.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "sim/engine/sink.h"

#define FORGET(table)                                                                        \
    static void forget_##table(sim_sink *sink, const sim_row_##table *row)                   \
    {                                                                                        \
        (void)sink;                                                                          \
        (void)row;                                                                           \
    }

FORGET(node)
FORGET(ha_sample)
FORGET(decision)
FORGET(loss)
FORGET(signalling)
FORGET(fingerprint)
FORGET(metric)
FORGET(histogram)
FORGET(event)

static const sim_sink_class forgetful = {
    .node = forget_node,
    .ha_sample = forget_ha_sample,
    .decision = forget_decision,
    .loss = forget_loss,
    .signalling = forget_signalling,
    .fingerprint = forget_fingerprint,
    .metric = forget_metric,
    .histogram = forget_histogram,
    .event = forget_event,
};

sim_sink *sim_sink_null(void)
{
    static sim_sink null = {.cls = &forgetful};
    return &null;
}
