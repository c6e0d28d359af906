/* A mobile node: the library's, on an access link or at home on the home link.
 *
 * One array holds all of them, each with the library's state in it: four cache lines of a million
 * nodes, which the engine asks for ahead. What the array, the world or another part can tell is not
 * in it; where it moves is movement.c's.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef MODEL_MN_HOST_H
#define MODEL_MN_HOST_H

#include <assert.h>

#include "mip6.h"
#include "models/mobility/mobility.h"
#include "models/net.h"
#include "models/world.h"

#define MODEL_NO_CELL_HERE UINT32_MAX

/* On which link a node is, and whether the library has been told. */
typedef enum model_attachment {
    MODEL_NO_ATTACHMENT,        /* between two links, not started, or absent */
    MODEL_ATTACHED,             /* to the access router of `cell` */
    MODEL_AT_HOME               /* on the home link */
} model_attachment;

typedef struct model_mn_host {
    /* What packets and registrations touch comes first. */
    model_account account;      /* account.node is the entity; detail: that of all, in the world */
    sim_timer expiry;
    int64_t armed_ns;           /* when expiry is due */
    sim_timer attach;
    uint32_t cell;              /* where it is; MODEL_NO_CELL_HERE: absent */
    uint8_t attachment;         /* model_attachment */
    uint8_t leg;                /* model_leg_kind; movement.c has the line, if it is one */
    bool started : 1;
    bool gone : 1;              /* for good */
    bool optimises : 1;         /* tries return routability: data may begin it */
    _Alignas(void *) uint8_t library[MIP6_MN_STORAGE];
} model_mn_host;

static_assert(sizeof(model_mn_host) == 256, "four lines of a cache");

/* What one has only where nodes may be at home. */
typedef struct model_mn_at_home {
    uint32_t member;            /* of the home link, while there; else MODEL_NO_MEMBER */
    mip6_lladdr lladdr;
} model_mn_at_home;

/* The library's state of it. */
static inline mip6_mn *model_mn_of(const model_mn_host *host)
{
    return (mip6_mn *)(void *)host->library;
}

/* The library's storage begins with it. */
static inline const mip6_addr *model_mn_home(const model_mn_host *host)
{
    return (const mip6_addr *)(const void *)host->library;
}

/* All of them: world->nodes. Opens the mobility model; false with *error. */
bool model_mn_hosts_new(model_world *world, GError **error);
void model_mn_hosts_register(model_world *world);
/* After sim_engine_seal: addresses, node rows, start times, first legs. */
void model_mn_hosts_start(model_world *world);
void model_mn_hosts_free(model_world *world);
const char *model_mn_host_name(const model_world *world, uint32_t node, char buf[16]);

/* From the access link; in flight. Takes the reference. */
void model_mn_host_arrived(model_mn_host *host, sim_packet *packet, int64_t now_ns);
bool model_mn_host_in_cell(const model_mn_host *host, uint32_t cell);
/* A packet of an application, its source the home address; one reference, not booked. */
void model_mn_host_output(model_mn_host *host, sim_packet *packet, int64_t now_ns);

/* Send what is not the library's: a packet that it made before (booked as originated; takes the
 * reference), or an action whose bytes lie in world->scratch. */
void model_mn_host_send(model_mn_host *host, sim_packet *packet);
void model_mn_host_signal(model_mn_host *host, const mip6_action *action);

/* The host's own hand (mip6_mn_assign). False: not now. */
bool model_mn_host_assign(model_mn_host *host, const mip6_addr *agent, int64_t now_ns);
/* IKE with this agent was given up (mip6_mn_unreachable). */
void model_mn_host_unreachable(model_mn_host *host, const mip6_addr *agent, int64_t now_ns);

/* ---- between mn_host.c and movement.c ---------------------------------------------- */

/* The node has a link in its cell and has noticed. */
void model_mn_host_attach(model_mn_host *host, int64_t now_ns);
/* It has lost its link. */
void model_mn_host_detach(model_mn_host *host, int64_t now_ns);

#endif
