/* The observer: samples at an interval, and at each second's end the fingerprint, the
 * invariants and what is measured by the second.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef MODEL_SAMPLER_H
#define MODEL_SAMPLER_H

#include "models/world.h"

typedef struct model_sampler model_sampler;

model_sampler *model_sampler_new(model_world *world);
void model_sampler_free(model_sampler *sampler);
void model_sampler_register(model_sampler *sampler);
/* After sim_engine_seal. */
void model_sampler_start(model_sampler *sampler);
/* The run is over, maybe within a second: close it. */
void model_sampler_finish(model_sampler *sampler);

#endif
