/* A link in one direction: rate, propagation delay, loss, a drop-tail queue in packets
 * and bytes. Departures are computed when a packet is accepted, with the exact occupancy of
 * that instant, so a link costs one event a packet: its arrival.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef MODEL_LINK_H
#define MODEL_LINK_H

#include "models/net.h"
#include "models/network/departures.h"

/* What a link is made of; 0 means unlimited. */
typedef struct model_link_config {
    int64_t rate_bps;
    int64_t delay_ns;
    int64_t loss_ppm;
    int64_t limit_packets;      /* waiting and in service */
    int64_t limit_bytes;
} model_link_config;

typedef struct model_link {
    const model_link_config *config;
    model_net *net;
    sim_id from, to;
    uint16_t port;              /* of the sender; arrivals carry it */
    int64_t free_at_ns;         /* when the transmitter is idle */
    int64_t last_arrival_ns;    /* arrivals stay at least 1 ns apart, in order */
    int64_t carry;              /* of the division by the rate: rounding does not drift */
    model_departures departures;    /* not yet past */
} model_link;

void model_link_init(model_link *link, model_net *net, const model_link_config *config,
                     sim_id from, sim_id to, uint16_t port);
void model_link_clear(model_link *link);

/* Take a packet: posts its arrival at `to`, or loses it at the sender's account. The caller has
 * booked it as sent; a loss here moves it from forwarded to lost. Takes the reference. */
void model_link_send(model_link *link, model_account *sender, sim_packet *packet);
/* The same with a delay on top, e.g. of a path behind the link. */
void model_link_send_far(model_link *link, model_account *sender, sim_packet *packet,
                         int64_t extra_delay_ns);
/* Where a link has no rate, what an agent has tunnelled keeps its distances and comes on a port of
 * that agent's own: it does not matter what others send at the same instant, nor when its arrival
 * is computed. One agent's packets leave the home link one by one. When a packet arrives that is
 * sent now, as for model_link_transmit; its port is link->port + packet->flags. */
int64_t model_link_cross(const model_link *link, sim_packet *packet, int64_t extra_delay_ns);
/* The transmitter alone, for elements made of links: when the packet arrives at the other
 * end, or SIM_NEVER where the queue is full (the packet is untouched). Sets packet->queued_ns
 * to the end of its transmission. Draws no loss, posts nothing. */
int64_t model_link_transmit(model_link *link, sim_packet *packet, int64_t extra_delay_ns);
/* Why the medium loses this packet, LINK_LOSS or SCRIPTED; MIP6_DROP_NONE: it does not. Draws by
 * (identity, sub). from, to: between whom, for a loss that the scenario names. */
unsigned model_link_draw_loss(const model_link *link, const sim_packet *packet, uint64_t sub,
                              sim_id from, sim_id to);
static inline unsigned model_link_loss(const model_link *link, const sim_packet *packet,
                                       uint64_t sub, sim_id from, sim_id to)
{
    if (link->config->loss_ppm == 0 && !link->net->losses)
        return MIP6_DROP_NONE;      /* most links, without a call */
    return model_link_draw_loss(link, packet, sub, from, to);
}
/* Packets waiting or in service at `now`. Bytes of them in *bytes unless NULL. */
uint32_t model_link_occupancy(model_link *link, int64_t now_ns, uint64_t *bytes);

#endif
