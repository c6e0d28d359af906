/* What is booked to the fingerprint, as bytes that are the same on every machine, and back: an
 * effect of each channel. What a tap is told of (sim/engine/tap.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef MODEL_EFFECT_H
#define MODEL_EFFECT_H

#include "mip6.h"

#define MODEL_EFFECT_MAX 96

/* Binding, handoff, decision: a trace of the library. Its time is not among the bytes. */
size_t model_effect_of_trace(const mip6_trace *trace, uint8_t out[MODEL_EFFECT_MAX]);
/* The other way. trace->decision is `decision`, or NULL where there was none. False: not such
 * bytes. */
bool model_effect_read_trace(const uint8_t *bytes, size_t len, mip6_trace *trace,
                             mip6_decision *decision);

/* Queue: what an agent's queue holds. */
#define MODEL_EFFECT_QUEUE 12
void model_effect_of_queue(uint32_t packets, uint64_t held, uint8_t out[MODEL_EFFECT_QUEUE]);
bool model_effect_read_queue(const uint8_t *bytes, size_t len, uint32_t *packets,
                             uint64_t *held);

/* Wire, as told to a tap: the link-layer destination (zero off the home link), then the packet. */
#define MODEL_EFFECT_LLADDR 6

#endif
