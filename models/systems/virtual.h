/* Virtual agents (PEERS 4): what a home agent's host has in place of an agent of its own where
 * [system] says active-standby. One library agent for each group, all behind the host's one queue
 * and port; frames name the group by its virtual link-layer address. Which of them serve is the
 * library's to say (mip6_active_standby).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef MODEL_VIRTUAL_H
#define MODEL_VIRTUAL_H

#include "models/hosts/ha_host.h"

/* The groups of a world, the same for all hosts: world->virtual_agents. */
typedef struct model_virtual_group {
    mip6_lladdr lladdr;
    mip6_addr link_local, global;
    uint64_t takeovers;         /* by whom it did not boot with: all but the first */
    uint64_t unprovoked;        /* of these, while a master as good served whom nothing ailed */
    bool served;                /* somebody has been its master */
} model_virtual_group;

struct model_virtual_agents {
    uint32_t n;
    mip6_addr *members;         /* agents' own addresses, by which they know each other */
    struct model_virtual_answer *answers;   /* of each node, the last one */
    uint64_t updates;           /* that were acknowledged */
    uint64_t stale_sends;       /* packets tunnelled to where an acknowledged update took its node
                                 * away from */
    model_virtual_group groups[];
};

/* NULL where [system] says otherwise. Before the hosts are configured; addresses come from the
 * directory. */
struct model_virtual_agents *model_virtual_agents_new(model_world *world);
void model_virtual_agents_free(struct model_virtual_agents *agents);

/* Whose the library's instance with this cookie is. */
uint32_t model_virtual_group_of(uint64_t cookie);
/* The first agent that serves for a group; UINT32_MAX: none does. */
uint32_t model_virtual_master(const model_world *world, uint32_t group);

/* models/measure/virtual_measure.c. Nodes are there; an acknowledgement goes out; a packet was put
 * into a tunnel, or taken out of one; the run is over. */
void model_virtual_measure_new(model_world *world);
void model_virtual_measure_answer(model_world *world, const uint8_t *bytes, size_t len);
/* An agent has become the group's master. */
void model_virtual_measure_master(model_world *world, uint32_t agent, uint32_t group);
void model_virtual_measure_tunnel(model_world *world, const mip6_ha *ha, const sim_packet *packet);
void model_virtual_measure_finish(model_world *world);

/* The event ports of a host's timers, from this one up. */
#define MODEL_VIRTUAL_PORT 16

/* The host is configured: h->config holds what all groups share. */
model_virtuals *model_virtuals_new(model_ha_host *host);
void model_virtuals_free(model_virtuals *virtuals);
/* The host's port is up, its queue empty. */
void model_virtuals_boot(model_virtuals *virtuals, int64_t now_ns);
/* All state is lost. */
void model_virtuals_crash(model_virtuals *virtuals);
/* In good order: the host goes down MODEL_LEAVE_NS later. */
void model_virtuals_leave(model_virtuals *virtuals, int64_t now_ns);
bool model_virtuals_are_up(const model_virtuals *virtuals);

/* A frame, or a multicast (lent), that came for the host. */
void model_virtuals_frame(model_virtuals *virtuals, sim_packet *packet, int64_t now_ns);
void model_virtuals_multicast(model_virtuals *virtuals, sim_packet *packet, int64_t now_ns);
/* The packet has been served and is about to leave: groups of this host hear each other's
 * multicasts, too, which a switch sends to nobody twice. */
void model_virtuals_sent(model_virtuals *virtuals, const sim_packet *packet, int64_t now_ns);
/* Send what is not the library's (its bytes lie in world->scratch) from the group of this global
 * address. */
void model_virtuals_signal(model_virtuals *virtuals, const mip6_addr *from,
                           const mip6_action *action);
void model_virtuals_queue_changed(model_virtuals *virtuals, int64_t now_ns);
void model_virtuals_timer(model_virtuals *virtuals, const sim_event *event);

/* Of the groups that it serves, together. */
void model_virtuals_figures(model_virtuals *virtuals, mip6_ha_figures *out, int64_t now_ns);
/* The library's agent of a group, serving or not; NULL: the host is down. */
const mip6_ha *model_virtuals_agent(const model_virtuals *virtuals, uint32_t group);
bool model_virtuals_serve(const model_virtuals *virtuals, uint32_t group);
/* Does it serve the group of this global address? */
bool model_virtuals_serve_at(const model_virtuals *virtuals, const mip6_addr *address);

#endif
