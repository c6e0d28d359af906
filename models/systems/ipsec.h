/* IPsec between mobile nodes and agents: ESP on their signalling (proto/mip6_esp.h), IKEv2 before
 * the first Binding Update, what takeovers do to sequence numbers, and what all of it costs.
 *
 *     library -> BU, HoTI -> ESP, or held until IKE is done -> link
 *     link -> ESP off -> library         agents: BA, Home Agent Switch, HoT the same way
 *
 * There is none (world->ipsec is NULL) where [ipsec] is off.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef MODEL_IPSEC_H
#define MODEL_IPSEC_H

#include "mip6_esp.h"
#include "models/net.h"
#include "models/world.h"

struct model_ha_host;
struct model_mn_host;

typedef struct model_ipsec model_ipsec;

/* NULL where it is off. After agents and nodes have been made. */
model_ipsec *model_ipsec_new(model_world *world);
void model_ipsec_free(model_ipsec *ipsec);

/* What an agent sends, its own or a Home Test through its tunnel, not in its queue yet. Returns
 * the packet to send, which may be another, or NULL: lost. */
sim_packet *model_ipsec_agent_out(struct model_ha_host *host, sim_packet *packet);
/* What has come to it, booked as received. Returns the packet for the library, or NULL: it was
 * IKE's, or lost. */
sim_packet *model_ipsec_agent_in(struct model_ha_host *host, sim_packet *packet, int64_t now_ns);
/* Its queue of handshakes has done something. */
void model_ipsec_agent_timer(struct model_ha_host *host, const sim_event *event);
/* It goes down. What it will know when it is back, sa-state says. */
void model_ipsec_agent_down(struct model_ha_host *host, int64_t now_ns);

/* The same of a mobile node. NULL from out: lost, or held until there is a security association. */
sim_packet *model_ipsec_node_out(struct model_mn_host *host, sim_packet *packet, int64_t now_ns);
sim_packet *model_ipsec_node_in(struct model_mn_host *host, sim_packet *packet, int64_t now_ns);
void model_ipsec_node_timer(struct model_mn_host *host, const sim_event *event);

/* Agent `to` takes over a node's home address from agent `from` (indices of world->agents), and of
 * its security associations what sa-state says; `from` forgets them. Does nothing where IPsec is
 * off, or the two have none. The node's own side is unchanged, but that it uses it towards the
 * address of `to` at once where the host itself tells it so: moved. Else it goes on where it was,
 * until a Home Agent Switch comes from `to` by this association (which this module does by
 * itself for synchronised agents). Whoever takes over calls it once a node, at that instant,
 * whether `from` is up or down. */
void model_ipsec_take_over(model_world *world, uint32_t from, uint32_t to, uint32_t node,
                           bool moved, int64_t now_ns);

/* The agent serves this group from now on (active-standby): it takes all of the group's security
 * associations over from who served it last, as sa-state says. The group's address stays. */
void model_ipsec_take_group(struct model_ha_host *host, uint32_t group, int64_t now_ns);

/* Packets that ESP and IKE of all mobile nodes dropped for this cause. ipsec: may be NULL. */
uint64_t model_ipsec_node_drops(const model_ipsec *ipsec, mip6_drop cause);

/* Metrics of the run and of each agent, at its end. */
void model_ipsec_finish(model_ipsec *ipsec);

#endif
