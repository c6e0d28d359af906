/* The ingress router of the home link: from the core, a packet for a home or agent
 * address goes to the neighbour its cache names; from the home link, by destination,
 * into the core.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef MODEL_ROUTER_H
#define MODEL_ROUTER_H

#include "models/network/home_link.h"
#include "models/network/neighbour.h"

typedef struct model_router model_router;

/* Where the router's packets that leave the home link go, already booked as sent. Takes the
 * reference. */
typedef void model_router_uplink(void *core, sim_packet *packet, int64_t now_ns);

typedef struct model_router_config {
    model_neighbour_config neighbour;
    mip6_addr prefix;           /* on-link: the home prefix, /64 */
    mip6_lladdr lladdr;
    int64_t mtu;                /* of the home link, >= 1280; larger packets: Packet Too Big */
    const char *name;           /* of its entity; NULL: "router". Borrowed */
    /* An address of the prefix that lies behind the core, by a host route; NULL: none does. */
    bool (*is_elsewhere)(void *core, const model_router *router, const mip6_addr *address);
} model_router_config;

model_router *model_router_new(model_net *net, const model_router_config *config,
                               model_home_link *link, model_router_uplink *uplink, void *core);
void model_router_free(model_router *router);
/* Before sim_engine_seal. */
void model_router_register(model_router *router);
/* After it: joins the home link and its groups. */
void model_router_start(model_router *router);

/* The neighbour that is in the cache under this address, or being looked for, is at this
 * link-layer address: as if it had been asked and had said so. */
void model_router_tell(model_router *router, const mip6_addr *address, const mip6_lladdr *lladdr);

/* Would a packet from the home link, at least a header, go up into the core, and nothing else
 * happen? What the router knows does not matter to that. */
bool model_router_would_pass(const model_router *router, const sim_packet *packet);
/* It came from the home link, and does. Takes the reference. */
void model_router_pass(model_router *router, sim_packet *packet);
/* It hears an agent: the lifetime of the last advertisement has not run out. */
bool model_router_hears_agent(const model_router *router, int64_t now_ns);

/* Entity that packets from the core are posted to, on any port but MODEL_HOME_LINK_PORT; a
 * sender never posts to it from two of its ports at once. */
sim_id model_router_id(const model_router *router);
/* The next hop of hosts on the home link. Borrowed. */
const mip6_addr *model_router_link_local(const model_router *router);
model_account *model_router_account(model_router *router);

#endif
