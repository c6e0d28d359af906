/* Access routers: one cell each, a link either way that its nodes share. A packet for a
 * node that has left the cell is lost there.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef MODEL_ACCESS_H
#define MODEL_ACCESS_H

#include "models/net.h"
#include "models/world.h"

typedef struct model_access model_access;

model_access *model_access_new(model_world *world);
void model_access_free(model_access *access);
/* Before sim_engine_seal; entities "ar0", "ar1" ... */
void model_access_register(model_access *access);
/* After it; writes the node rows. */
void model_access_start(model_access *access);

/* From the core to whoever has the destination in that cell; the packet is in flight and takes
 * core-delay to the router. Takes the reference. */
void model_access_send_down(model_access *access, uint32_t router, sim_packet *packet);
/* From a mobile node that is attached to the router, booked as sent there. */
void model_access_send_up(model_access *access, uint32_t router, sim_packet *packet);

/* Where arrivals of applications' packets need no events: all that have come by now are taken.
 * Before anything else happens at a node of that cell, or is known of one (any router's number:
 * nothing where there is none); of all cells. */
void model_access_catch_up(model_access *access, uint32_t router);
void model_access_catch_up_all(model_access *access);

/* The account of a router. */
model_account *model_access_account(model_access *access, uint32_t router);

#endif
