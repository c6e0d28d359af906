/* What a tap is told: which link, between whom, when.
 *
 * The links: "home-link"; "core", between the core and the ingress router; "ar0", "ar1" ... each
 * between an access router and its mobile nodes; "cn0", "cn1" ... each between the core and a
 * correspondent. Both directions are one link.
 *
 * Some elements compute ahead: a packet is handed to an access link while it still crosses the
 * core. What lies ahead waits here until its time has come, so that a tap sees things in order.
 *
 * Called where model_net.watch is not NULL, and only there.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef MODEL_WATCH_H
#define MODEL_WATCH_H

#include "models/net.h"
#include "models/network/link.h"
#include "models/world.h"
#include "sim/engine/tap.h"

typedef struct model_watch model_watch;

/* Names the links to the tap. The world is built, and outlives the watch. */
model_watch *model_watch_new(model_world *world, sim_tap *tap);
/* What lies ahead is told, up to end_ns. */
void model_watch_finish(model_watch *watch, int64_t end_ns);
void model_watch_free(model_watch *watch);

/* A link outside the home link took a packet, which comes out at arrives_ns unless it is lost.
 * extra_ns: as for model_link_send_far. */
void model_watch_link(model_watch *watch, const model_link *link, const sim_packet *packet,
                      int64_t extra_ns, int64_t arrives_ns, bool lost);
/* The ingress router sends towards the core. */
void model_watch_uplink(model_watch *watch, sim_id router, const sim_packet *packet);
/* A frame on the home link. to: NULL for a multicast or for nobody. */
void model_watch_frame(model_watch *watch, sim_id from, const sim_id *to,
                       const sim_packet *packet);
/* cause: model_cause or mip6_drop. */
void model_watch_lost(model_watch *watch, sim_id node, unsigned cause, const sim_packet *packet);
void model_watch_effect(model_watch *watch, sim_id node, int64_t t_ns, sim_channel channel,
                        const void *bytes, size_t len);

#endif
