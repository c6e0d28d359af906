/* Home links and their ingress routers: one for all agents, or one for each (PROTOCOL 13).
 *
 *     cn -- core -- router == home link == agents            same link
 *
 *     cn -- core -- router-ha0 == link-ha0 == ha0            a link each
 *            \----- router-ha1 == link-ha1 == ha1
 *
 * With several, all routers announce the home prefix, each as long as it hears its agent; an
 * agent's own address has a host route. A packet for any other home address enters at the site that
 * its addresses choose, by the sites' shares, so that a flow always enters at the same one.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef MODEL_SITES_H
#define MODEL_SITES_H

#include "models/network/home_link.h"
#include "models/network/router.h"
#include "models/world.h"

typedef struct model_site {
    char *link_name, *router_name;      /* NULL: "home-link", "router" */
    model_home_link_config link_config;
    model_home_link *link;
    model_router_config router_config;
    model_router *router;
    uint32_t share;                     /* of what enters, in relation to the others' */
} model_site;

/* All of them: world->sites. After the core was made. */
void model_sites_new(model_world *world);
void model_sites_register(model_world *world);
/* After sim_engine_seal: joins, node rows. */
void model_sites_start(model_world *world);
void model_sites_free(model_world *world);

/* Where an agent is. */
model_site *model_site_of(const model_world *world, uint32_t agent);
/* Where a packet for a home address enters; the site's number. */
uint32_t model_sites_entry(const model_world *world, const sim_packet *packet);

#endif
