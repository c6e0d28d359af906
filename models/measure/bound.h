/* How near was the balance to the best possible? Interval by interval: a lower bound of the
 * peak load, what longest-processing-time-first would have made of it, and what the policy made.
 *
 * The bytes of a mobile node in an interval are charged to the agent that held its binding when
 * the interval began: all bytes of its flows that an agent had to carry, as they stand in an
 * agent's queue (with the outer header to the node, without from it), whether they got there or
 * were lost. Not those that got through past all agents: at home, or by an optimised route. A
 * node without a binding at that time is nobody's, here and in the bound. Load is in shares of
 * the capacity; where an agent's capacity is unlimited there is no bound.
 *
 * Nothing is done for a packet that a tunnel carries: what flows have sent is counted anyway.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef MODEL_BOUND_H
#define MODEL_BOUND_H

#include "models/measure/measure.h"
#include "models/world.h"

typedef struct model_bound model_bound;

/* NULL where `bound-interval` is 0. After flows and agents are there; the first interval begins
 * now, at 0. */
model_bound *model_bound_new(model_world *world);
void model_bound_free(model_bound *bound);

/* A packet of this flow was delivered that no agent tunnelled. bound may be NULL. */
void model_bound_bypassed(model_bound *bound, uint32_t flow);
/* A second has ended, this is its last instant: it may be an interval's, which is written then. */
void model_bound_second(model_bound *bound, int64_t second);
/* Means over the whole intervals that began after the warm-up. */
void model_bound_sum(const model_bound *bound, model_measure_bound *out);

#endif
