/* The core network: routes by destination between correspondents, access routers and the
 * ingress router of the home link. Crossing it takes `core-delay`, on the way out.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef MODEL_CORE_H
#define MODEL_CORE_H

#include "models/network/link.h"
#include "models/world.h"

typedef struct model_core model_core;

model_core *model_core_new(model_world *world);
void model_core_free(model_core *core);
/* Before sim_engine_seal; the entity "core". */
void model_core_register(model_core *core);
/* After it. */
void model_core_start(model_core *core);
const model_world *model_core_world(const model_core *core);
sim_id model_core_id(const model_core *core);
model_account *model_core_account(model_core *core);

/* Route a packet that is in the core now, in flight. Takes the reference. self: the core. */
void model_core_route(void *self, sim_packet *packet, int64_t now_ns);

/* Does a packet that the core gets lead to an access router or a correspondent? */
bool model_core_leads_out(const model_core *core, const sim_packet *packet);

/* A link from an edge into the core. Where the edge cannot queue, what goes to the home link
 * goes there in one event, if there is one; the times are the same. */
typedef struct model_pipe {
    model_link near;            /* to the core */
    model_link far;             /* to the ingress router, past the core */
    model_link_config far_config;
    bool direct;
} model_pipe;

void model_pipe_init(model_pipe *pipe, model_world *world, const model_link_config *config,
                     sim_id from);
void model_pipe_clear(model_pipe *pipe);
/* The packet has been booked as sent at `account`. Takes the reference. */
void model_pipe_send(model_pipe *pipe, model_world *world, model_account *account,
                     sim_packet *packet);

#endif
