/* The mobility models, one file each, and what they share. For models/mobility*.c only.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef MODEL_MOBILITY_KINDS_H
#define MODEL_MOBILITY_KINDS_H

#include "models/mobility/mobility.h"

extern const sim_variant model_mobility_static;
extern const sim_variant model_mobility_waypoint;
extern const sim_variant model_mobility_sojourn;
extern const sim_variant model_mobility_trace;

/* The stream of node "mn<node>": nobody else's draws depend on it. */
sim_stream model_mobility_stream(const model_mobility_env *env, uint32_t node);

/* Models without nodes of their own: the scenario must ask for some. */
bool model_mobility_need_nodes(const model_mobility_env *env, GError **error);

/* A leg in which the node stands still at a place, or is in a cell, for good. */
void model_leg_still(model_leg *leg, int64_t start_ns, int64_t end_ns, int64_t x_mm,
                     int64_t y_mm);
void model_leg_empty(model_leg *leg, model_leg_kind kind, int64_t start_ns, int64_t end_ns);

#endif
