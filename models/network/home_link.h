/* The home link: a full-duplex switch. Every member has a port with rate and delay;
 * ports do not contend. A unicast frame goes to the port of its destination's link-layer
 * address; one to an address that members share, to the port from which it was used last. A
 * multicast is one event at the link, handed to the group's members in order of id. Group
 * membership is what the members' libraries asked for.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef MODEL_HOME_LINK_H
#define MODEL_HOME_LINK_H

#include "models/net.h"
#include "models/network/link.h"

typedef struct model_home_link_config {
    model_link_config port;     /* of each member, each direction */
    int64_t mtu;
    const char *name;           /* of its entity; NULL: "home-link". Borrowed */
    bool floods;                /* a multicast goes to every member, whatever it has joined */
} model_home_link_config;

typedef struct model_home_link model_home_link;

#define MODEL_NO_MEMBER UINT32_MAX
/* The event port of every frame on the home link, at whatever member it arrives. */
#define MODEL_HOME_LINK_PORT 1

/* What a member does with a frame of a multicast group; borrowed, copy to keep. Unicast
 * frames arrive as events at the member's entity, with the frame as payload. */
typedef void model_home_link_multicast(void *self, sim_packet *packet, int64_t now_ns);

model_home_link *model_home_link_new(model_net *net, const model_home_link_config *config);
void model_home_link_free(model_home_link *link);
/* Registers the link's own entity. Before sim_engine_seal. */
void model_home_link_register(model_home_link *link);

/* Its account: multicast copies and what they lost. For the loss rows. */
model_account *model_home_link_account(model_home_link *link);

/* Add a member; after sim_engine_seal. Many thousands may come and go (nodes at home).
 * lladdr: no other member's. self, account: the member's own; booked for losses at this port and
 * for multicast. Returns a handle for the calls below, good until model_home_link_leave. */
uint32_t model_home_link_join(model_home_link *link, sim_id member, const mip6_lladdr *lladdr,
                              void *self, model_home_link_multicast *multicast,
                              model_account *account);
/* Leaves all groups, too; how many does not matter. */
void model_home_link_leave(model_home_link *link, uint32_t member);
/* A member that is down neither sends nor gets frames; what still waited at its port when it
 * went down is lost (AGENT_DOWN). */
void model_home_link_set_up(model_home_link *link, uint32_t member, bool up);
bool model_home_link_is_up(model_home_link *link, uint32_t member);
/* Goes down with another cause. model_home_link_set_up brings it back, its groups as they were. */
void model_home_link_cut(model_home_link *link, uint32_t member, unsigned cause);

/* Counted: as many leaves as joins end the membership. */
void model_home_link_group_join(model_home_link *link, uint32_t member, const mip6_addr *group);
void model_home_link_group_leave(model_home_link *link, uint32_t member, const mip6_addr *group);

/* A multicast frame that has come to a member, which may say that it is nothing to it: it is
 * counted as received, and not handed out. */
typedef bool model_home_link_minds(void *self, const sim_packet *packet, int64_t now_ns);
/* Ask this member of each, until it leaves. self: as for model_home_link_join. */
void model_home_link_filter(model_home_link *link, uint32_t member, model_home_link_minds *minds);
/* The entities in a group, in order of id; `most` at most are written. Returns how many there are,
 * some of which may have left the link since. */
uint32_t model_home_link_group(const model_home_link *link, const mip6_addr *group, sim_id *out,
                               uint32_t most);

/* Send a frame; packet->lladdr_dst is set, lladdr_src is written here. Takes the reference. The
 * sender has booked it as sent. A frame to an unknown address is lost as STALE_NEIGHBOUR. */
void model_home_link_send(model_home_link *link, uint32_t member, sim_packet *packet);

/* The same with a source address of the caller's, in packet->lladdr_src: an address that several
 * members share (a virtual router's). The switch learns: from now on frames to it go to this
 * member's port, whether or not somebody is up behind it, until another member uses it as a
 * source, or this one leaves. Nobody's frames reach the sender itself. RFC 5798 section 7.2. */
void model_home_link_send_as(model_home_link *link, uint32_t member, sim_packet *packet);

/* A frame to a member is under way, and is not lost; `from`, `arrives_ns`: of its event. True: the
 * member needs no event for it, and has taken the reference. */
typedef bool model_home_link_expect(void *self, sim_id from, int64_t arrives_ns,
                                    sim_packet *frame);
/* Ask this member of each, until it leaves. self: as for model_home_link_join. */
void model_home_link_ask(model_home_link *link, uint32_t member, model_home_link_expect *expect);

/* A frame that leaves an unlimited port now, and is not lost: when it arrives. */
int64_t model_home_link_crossed_ns(const model_home_link *link);

/* A frame came to a member's entity (event->port is MODEL_HOME_LINK_PORT): books it as received
 * and returns it. NULL: lost, since this member is down, or gone (MODEL_NO_MEMBER), or the sender
 * failed before the frame had left. */
sim_packet *model_home_link_receive(model_home_link *link, uint32_t member,
                                    model_account *account, const sim_event *event);

#endif
