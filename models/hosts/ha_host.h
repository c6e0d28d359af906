/* A home agent: the library's, behind one forwarding queue, on the home link by one arm.
 *
 *     home link -> look-up and encapsulation -> queue -> home link
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef MODEL_HA_HOST_H
#define MODEL_HA_HOST_H

#include "mip6.h"
#include "models/hosts/faults.h"
#include "models/hosts/ha_queue.h"
#include "models/network/home_link.h"
#include "models/network/lane.h"
#include "models/world.h"

typedef struct model_virtuals model_virtuals;   /* models/systems/virtual.h */
typedef struct model_haha model_haha;           /* models/systems/haha_host.h */

typedef struct model_ha_host {
    model_world *world;
    uint32_t index;
    sim_id id;
    const char *name;           /* borrowed from the settings */
    model_account account;
    model_detail detail;
    mip6_lladdr lladdr;
    mip6_ha_config config;
    mip6_ha *ha;                /* NULL: not there, or crashed; or it has virtuals */
    model_virtuals *virtuals;   /* agents behind virtual ones; NULL: [system] says otherwise */
    model_haha *haha;           /* NULL: [system] says otherwise */
    void *storage;
    uint32_t incarnation;
    model_home_link *link;      /* the one it is on */
    uint32_t member;            /* of it */
    sim_timer expiry;
    int64_t armed_ns;
    model_ha_queue_config queue_config;
    model_ha_queue queue;
    bool minds_departures;      /* the policy looks whenever a packet leaves */
    int64_t certain_until_ns;   /* no failure begins or ends before, nor does the run */
    model_lane arrivals;        /* from the router, where they need no events */
    sim_timer due;              /* when they are taken at the latest */
    bool taking;                /* one of them, which came at that moment: */
    sim_moment taken;
    model_occupancy reported;   /* what the library knows of the queue */
    mip6_band band;
    uint64_t n_signals;
    uint64_t drops[MIP6_N_DROPS];   /* the library's, as last seen */
    model_faults faults;
    bool hung, mute;            /* hung; mute: without its advertisements, too */
} model_ha_host;

/* All of them: world->agents. */
void model_ha_hosts_new(model_world *world);
void model_ha_hosts_register(model_world *world);
/* After sim_engine_seal: addresses, node rows, boot times. */
void model_ha_hosts_start(model_world *world);
void model_ha_hosts_free(model_world *world);

/* Begin, or begin again, with nothing. */
void model_ha_host_boot(model_ha_host *host, int64_t now_ns);
/* Silent from now on, all state lost. */
void model_ha_host_crash(model_ha_host *host, int64_t now_ns);
bool model_ha_host_is_up(const model_ha_host *host);
/* What nodes know it by: its own address; of a member, that of the group of its number, which it
 * serves in the first place, where there is one. */
const mip6_addr *model_ha_host_address(const model_ha_host *host);
/* Up, not hung, and its port not cut. */
bool model_ha_host_is_reached(const model_ha_host *host);
/* A binding comes from another agent, or goes there, by the host's own hand (mip6_ha_install,
 * mip6_ha_hand_on); that it can is the caller's to know. */
void model_ha_host_install(model_ha_host *host, const mip6_binding_info *binding, int64_t now_ns);
void model_ha_host_hand_on(model_ha_host *host, const mip6_addr *home, const mip6_addr *to,
                           int64_t now_ns);

/* A packet goes into the queue, or is lost for want of room (false). Takes the reference. */
bool model_ha_host_enqueue(model_ha_host *host, sim_packet *packet, bool signalling);
/* Does a hung agent hear and say messages of this kind? */
bool model_ha_host_passes_hang(const model_ha_host *host, unsigned message);

/* A frame from the home link, booked as received, that the agent has tunnelled. */
void model_ha_host_tunnelled(model_ha_host *host, sim_packet *packet, int64_t now_ns);
/* All that has come by now is in the queue, and all that has left it is counted so; of all
 * agents. */
void model_ha_host_catch_up(model_ha_host *host);
void model_ha_hosts_catch_up(model_world *world);

/* Send what is not the library's (the action's bytes lie in world->scratch): through the queue, as
 * all that an agent sends. */
void model_ha_host_signal(model_ha_host *host, const mip6_action *action);
enum { MODEL_HA_PORT_IKE = 5 };

/* The library's figures, the queue reported before; zero where it is down. */
void model_ha_host_figures(model_ha_host *host, mip6_ha_figures *out, int64_t now_ns);

#endif
