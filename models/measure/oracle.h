/* `--policy oracle`: the best that could be done, near enough, as a yardstick. Not a protocol.
 *
 * It knows what each flow will send, sets bindings itself, and no message tells of it. Each
 * second it gives the nodes that have registered since to the agent that is left with the least
 * load; each interval (`interval`, 10 s, that of the bound) it shares out all of them anew,
 * longest-processing-time-first (models/measure/lpt.h), by the bytes of the interval that begins,
 * unless what is there is as good. Agents that are down, hung or leaving get nothing.
 *
 * Agents, nodes and the router's neighbour cache change in one instant, and the old agent's
 * binding drains: a packet that is on its way arrives. Nodes still discover, register and refresh
 * by messages; one that is in the middle of that, at home, or without a binding is left alone.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef MODEL_ORACLE_H
#define MODEL_ORACLE_H

#include "mip6_policy.h"
#include "models/world.h"

/* What the agents run: it decides nothing. */
extern const mip6_policy model_policy_oracle;

typedef struct model_oracle model_oracle;

/* NULL where the policy is another. */
model_oracle *model_oracle_new(model_world *world);
void model_oracle_free(model_oracle *oracle);
/* Before sim_engine_seal: the entity "oracle". oracle may be NULL, as below. */
void model_oracle_register(model_oracle *oracle);
/* After it, with everything there. */
void model_oracle_start(model_oracle *oracle);

#endif
