/* The home link: a full-duplex switch. Every member has a port with rate and delay;
 * ports do not contend. A unicast frame goes to the port of its destination's link-layer
 * address. A multicast is one event at the link, handed to the group's members in order of
 * id. Group membership is what the members' libraries asked for.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef MODEL_HOME_LINK_H
#define MODEL_HOME_LINK_H

#include "models/link.h"
#include "models/net.h"

typedef struct model_home_link_config {
    model_link_config port;     /* of each member, each direction */
    int64_t mtu;
} model_home_link_config;

typedef struct model_home_link model_home_link;

/* What a member does with a frame of a multicast group; borrowed, copy to keep. Unicast
 * frames arrive as events at the member's entity, with the frame as payload. */
typedef void model_home_link_multicast(void *self, sim_packet *packet, int64_t now_ns);

model_home_link *model_home_link_new(model_net *net, const model_home_link_config *config);
void model_home_link_free(model_home_link *link);
/* Registers the link's own entity ("home-link"). Before sim_engine_seal. */
void model_home_link_register(model_home_link *link);

/* Add a member; after sim_engine_seal. Many thousands may come and go (nodes at home).
 * account: booked for losses at this port. Returns a handle for the calls below. */
uint32_t model_home_link_join(model_home_link *link, sim_id member, const mip6_lladdr *lladdr,
                              void *self, model_home_link_multicast *multicast,
                              model_account *account, uint16_t port);
void model_home_link_leave(model_home_link *link, uint32_t member);
/* A member that is down neither sends nor gets frames. */
void model_home_link_set_up(model_home_link *link, uint32_t member, bool up);

void model_home_link_group_join(model_home_link *link, uint32_t member, const mip6_addr *group);
void model_home_link_group_leave(model_home_link *link, uint32_t member, const mip6_addr *group);

/* Send a frame; packet->lladdr_src and _dst are set. Takes the reference. A frame to an unknown
 * address is lost as STALE_NEIGHBOUR. The sender has booked it as sent. Each receiver of a
 * multicast books it as received and copied-free: the link owns the one copy. */
void model_home_link_send(model_home_link *link, uint32_t member, sim_packet *packet);

#endif
