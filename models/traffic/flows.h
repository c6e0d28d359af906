/* Application flows: one entity each, named after node, traffic group and direction.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef MODEL_FLOWS_H
#define MODEL_FLOWS_H

#include "models/net.h"
#include "models/world.h"

typedef struct model_flows model_flows;

/* "mn3/down", "mn3/video/up"; group: of [traffic GROUP], "" without. g_free. */
char *model_flow_name(const model_world *world, uint32_t node, const char *group, bool down);
/* Draws who talks to whom and how much, and registers the flows: before sim_engine_seal,
 * when nodes and correspondents are known. Sets world->net.flows. */
model_flows *model_flows_new(model_world *world);
/* After it: headers, first packets. */
void model_flows_start(model_flows *flows);
void model_flows_free(model_flows *flows);
uint32_t model_flows_n(const model_flows *flows);
/* model_measure_setup.flow_ends: all flows count, or where there are probes only they. g_free. */
uint32_t *model_flows_ends(const model_flows *flows);
/* Packets that it will send after now and before end_ns, if its node stays: its source is asked
 * ahead. O(packets). */
uint32_t model_flows_ahead(const model_flows *flows, uint32_t flow, int64_t end_ns);
/* Whose it is. */
uint32_t model_flows_node(const model_flows *flows, uint32_t flow);
/* Bytes that so many packets of it are in an agent's queue: to the node with the outer header. */
uint64_t model_flows_queue_bytes(const model_flows *flows, uint32_t flow, uint32_t packets);

/* A packet has reached its application, at mobile node `node` or at a correspondent; the caller
 * consumes it. */
void model_flows_delivered_down(model_world *world, const sim_packet *packet, uint32_t node);
void model_flows_delivered_up(model_world *world, const sim_packet *packet);
/* Of these, those that had come before; counted where agents share state alone. */
uint64_t model_flows_repeated(const model_flows *flows);

/* What was sent was delivered, or lost, or is alive in the pool: of the flows that have packets
 * alive, and of all others, 65,536 of them a call in turn (all: every one). False, and said on
 * stderr of which flow how much is missing, where not. Between events only. */
bool model_flows_check(model_flows *flows, bool all);
/* Packets that were lost, all flows. */
uint64_t model_flows_lost(const model_flows *flows);
/* Packets that were sent and neither delivered nor lost. */
uint64_t model_flows_in_flight(const model_flows *flows);

/* First time at which a [traffic NAME] or a flash crowd changes the load; SIM_NEVER: none. */
int64_t model_flows_step_ns(const model_world *world);

#endif
