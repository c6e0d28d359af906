/* What is certain to happen to a packet is booked ahead, without events of its own.
 *
 * A packet that an agent forwards leaves its queue at a time that is known when it comes, goes
 * to the ingress router, and from there through the core to the last link:
 *
 *     queue --departs--> home link --> router --> core --> access router or correspondent
 *
 * Where none of these links can queue or lose, nothing that happens meanwhile changes anything
 * of that, but a failure of the agent, whose time is known, and the end of the run. So all is
 * booked as at its own time (sim_engine_pretend) when the packet comes to the queue, and the next
 * event is its arrival at the far end: the one the unfused path comes to, at the same time.
 *
 * Where packets arrive, too, that may need no event (access.h): nodes that try no route
 * optimisation do nothing about an application's packet but count it. Where agents fail, outages
 * are told in order.
 *
 * Not so while a tap looks on, which is told of things in order, and not where a policy looks at
 * the queue whenever a packet leaves: that takes an event.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef MODEL_AHEAD_H
#define MODEL_AHEAD_H

#include "models/hosts/ha_host.h"

/* Of the whole run: [scenario] fuse, and links that neither queue nor lose. */
bool model_ahead_allowed(const model_world *world);
/* And need arrivals at nodes no events, either? */
bool model_ahead_arrivals(const model_world *world);
/* A packet that the agent's queue has accepted (queued_ns: when it leaves) and that goes to the
 * ingress router. False: it must be kept until then. Else takes the reference. */
bool model_ahead_send(model_ha_host *host, sim_packet *packet);

/* Arrivals at an agent need no events where it will tunnel what comes, and no policy looks at its
 * queue then. They wait in a lane and are taken, each as at its own time:
 *   - when there are some;
 *   - before the first of them would arrive at the far end (model_ahead_due);
 *   - before anything else happens at the agent. That may change what it does about those which
 *     have not come yet, so they become events after all (model_ahead_stop). */

/* Its timer's. */
enum { MODEL_AHEAD_PORT = 100 };
/* A model_home_link_expect; self: the model_ha_host. */
bool model_ahead_expect(void *host, sim_id from, int64_t arrives_ns, sim_packet *packet);
/* Take what has come by now. */
void model_ahead_take(model_ha_host *host);
void model_ahead_due(model_ha_host *host, const sim_event *event);
/* Take it, and make events of the rest: before the agent changes. */
void model_ahead_stop(model_ha_host *host);

#endif
