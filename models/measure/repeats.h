/* Packets that come to their application a second time: two agents have forwarded one.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef MODEL_REPEATS_H
#define MODEL_REPEATS_H

#include <stdint.h>

typedef struct model_repeats model_repeats;

model_repeats *model_repeats_new(uint32_t n_flows);
void model_repeats_free(model_repeats *repeats);
/* Packet `number` of a flow has come. Told apart are the last 64 of a flow; one that is older
 * counts as new. */
void model_repeats_came(model_repeats *repeats, uint32_t flow, uint32_t number);
/* How many had come before. */
uint64_t model_repeats_count(const model_repeats *repeats);

#endif
