/* A link in one direction.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/network/link.h"

#include <assert.h>
#include <glib.h>

#include "models/measure/losses.h"
#include "models/measure/watch.h"

void model_link_init(model_link *link, model_net *net, const model_link_config *config,
                     sim_id from, sim_id to, uint16_t port)
{
    *link = (model_link){
        .config = config, .net = net, .from = from, .to = to, .port = port,
        .last_arrival_ns = -1};
}

void model_link_clear(model_link *link)
{
    model_departures_clear(&link->departures);
    *link = (model_link){0};
}

/* A packet that leaves at `now` is gone at `now`. */
static void forget_departed(model_link *link, int64_t now_ns)
{
    while (model_departures_first_ns(&link->departures) <= now_ns)
        model_departures_take(&link->departures);
}

static bool has_room(const model_link *link, uint32_t bytes)
{
    const model_link_config *c = link->config;
    if (c->limit_packets && link->departures.used >= c->limit_packets)
        return false;
    return !c->limit_bytes || link->departures.bytes + bytes <= (uint64_t)c->limit_bytes;
}

/* Whole nanoseconds on the wire; what the division leaves is carried to the next packet. */
static int64_t serialise(model_link *link, uint32_t bytes)
{
    int64_t rate = link->config->rate_bps;
    int64_t bit_ns = (int64_t)bytes * 8 * SIM_SECOND_NS + link->carry;
    link->carry = bit_ns % rate;
    return bit_ns / rate;
}

int64_t model_link_transmit(model_link *link, sim_packet *packet, int64_t extra_delay_ns)
{
    int64_t now = sim_now(link->net->engine);
    uint32_t bytes = sim_packet_bytes(packet);
    int64_t departs = now;
    if (link->config->rate_bps) {
        forget_departed(link, now);
        if (!has_room(link, bytes))
            return SIM_NEVER;
        departs = MAX(now, link->free_at_ns) + serialise(link, bytes);
        model_departures_add(&link->departures, departs, bytes);
        link->free_at_ns = departs;
    }
    int64_t arrives = departs + link->config->delay_ns + extra_delay_ns;
    arrives = MAX(arrives, MAX(now, link->last_arrival_ns) + 1);
    link->last_arrival_ns = arrives;
    packet->queued_ns = departs;
    return arrives;
}

unsigned model_link_draw_loss(const model_link *link, const sim_packet *packet, uint64_t sub,
                              sim_id from, sim_id to)
{
    if (link->net->losses &&
        model_losses_take(link->net->losses, packet, from, to))
        return MODEL_CAUSE_SCRIPTED;
    int64_t ppm = link->config->loss_ppm;
    if (ppm == 0)
        return MIP6_DROP_NONE;
    uint64_t bits = sim_stream_at2(&link->net->loss, packet->identity, sub);
    return (int64_t)sim_below(bits, 1000000) < ppm ? MODEL_CAUSE_LINK_LOSS : MIP6_DROP_NONE;
}

int64_t model_link_cross(const model_link *link, sim_packet *packet, int64_t extra_delay_ns)
{
    packet->queued_ns = sim_now(link->net->engine);
    return packet->queued_ns + MAX(link->config->delay_ns + extra_delay_ns, 1);
}

void model_link_send_far(model_link *link, model_account *sender, sim_packet *packet,
                         int64_t extra_delay_ns)
{
    assert(extra_delay_ns >= 0);
    uint16_t lane = link->config->rate_bps == 0 ? packet->flags : 0;
    int64_t arrives = lane ? model_link_cross(link, packet, extra_delay_ns)
                           : model_link_transmit(link, packet, extra_delay_ns);
    if (arrives == SIM_NEVER) {
        model_lose_sent(link->net, sender, packet, MODEL_CAUSE_LINK_FULL);
        return;
    }
    packet->hops++;
    unsigned cause = model_link_loss(link, packet, packet->hops, link->from, link->to);
    bool lost = cause != MIP6_DROP_NONE;
    if (__builtin_expect(link->net->watch != NULL, false))
        model_watch_link(link->net->watch, link, packet, extra_delay_ns, arrives, lost);
    if (lost) {
        model_lose_sent(link->net, sender, packet, cause);
        return;
    }
    sim_post(link->net->engine, arrives, link->to, link->from, (uint16_t)(link->port + lane),
             packet);
}

void model_link_send(model_link *link, model_account *sender, sim_packet *packet)
{
    model_link_send_far(link, sender, packet, 0);
}

uint32_t model_link_occupancy(model_link *link, int64_t now_ns, uint64_t *bytes)
{
    forget_departed(link, now_ns);
    if (bytes)
        *bytes = link->departures.bytes;
    return link->departures.used;
}
