/* What agents that share state cost, whichever system they are of.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef MODEL_SYSTEM_MEASURE_H
#define MODEL_SYSTEM_MEASURE_H

#include "models/world.h"

/* At the end of a run: the metrics of messages between agents, for each of `updates` accepted
 * binding updates, too; and of packets that came twice. */
void model_system_measure_finish(const model_world *world, uint64_t updates);

#endif
