/* The forwarding queue of a home agent.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/hosts/ha_queue.h"

#include <assert.h>
#include <glib.h>

void model_ha_queue_init(model_ha_queue *queue, model_net *net, model_account *account,
                         const model_ha_queue_config *config, sim_id owner, uint16_t port,
                         const sim_stream *service)
{
    *queue = (model_ha_queue){
        .config = config, .net = net, .account = account, .owner = owner, .port = port,
        .service = *service};
}

static void append(sim_packet **head, sim_packet **tail, sim_packet *packet)
{
    packet->next = NULL;
    if (*tail)
        (*tail)->next = packet;
    else
        *head = packet;
    *tail = packet;
}

static sim_packet *take(sim_packet **head, sim_packet **tail)
{
    sim_packet *packet = *head;
    if (!packet)
        return NULL;
    *head = packet->next;
    if (!*head)
        *tail = NULL;
    packet->next = NULL;
    return packet;
}

static bool has_priority(const model_ha_queue *queue)
{
    return queue->config->signalling_priority;
}

/* Mean service in whole nanoseconds; the remainder is carried to the next packet. */
static int64_t mean_service_ns(model_ha_queue *queue, const sim_packet *packet)
{
    int64_t rate = queue->config->rate_bps;
    if (rate == 0)
        return queue->config->per_packet_ns;
    int64_t bit_ns = (int64_t)sim_packet_bytes(packet) * 8 * SIM_SECOND_NS + queue->carry;
    queue->carry = bit_ns % rate;
    return queue->config->per_packet_ns + bit_ns / rate;
}

/* An end of service may be an event, so it lies at least 1 ns ahead. */
static int64_t service_ns(model_ha_queue *queue, const sim_packet *packet)
{
    int64_t service = mean_service_ns(queue, packet);
    if (queue->config->exponential && service > 0)
        service = sim_exponential_ns(
            sim_stream_at2(&queue->service, packet->identity, packet->hops), service);
    return MAX(service, 1);
}

void model_ha_queue_work(model_ha_queue *queue, int64_t ns)
{
    if (has_priority(queue) && queue->serving)
        queue->owed_ns += ns;
    else
        queue->free_at_ns = MAX(sim_now(queue->net->engine), queue->free_at_ns) + ns;
}

static void serve_next(model_ha_queue *queue)
{
    sim_packet *packet = take(&queue->first, &queue->last);
    if (!packet)
        packet = take(&queue->head, &queue->tail);
    queue->serving = packet;
    if (queue->owed_ns) {
        queue->free_at_ns = sim_now(queue->net->engine) + queue->owed_ns;
        queue->owed_ns = 0;
    }
    if (!packet)
        return;
    if (has_priority(queue))
        packet->queued_ns = MAX(sim_now(queue->net->engine), queue->free_at_ns) +
                            service_ns(queue, packet);
    sim_timer_set(queue->net->engine, &queue->timer, queue->owner, queue->port,
                  packet->queued_ns);
}

static bool has_room(const model_ha_queue *queue, uint32_t bytes, bool signalling)
{
    const model_ha_queue_config *c = queue->config;
    if (signalling && has_priority(queue))
        return true;
    if (c->limit_packets && queue->now.packets >= c->limit_packets)
        return false;
    return !c->limit_bytes || queue->now.bytes + bytes <= (uint64_t)c->limit_bytes;
}

static void count_in(model_ha_queue *queue, uint32_t bytes)
{
    queue->now.packets++;
    queue->now.bytes += bytes;
    queue->peak.packets = MAX(queue->peak.packets, queue->now.packets);
    queue->peak.bytes = MAX(queue->peak.bytes, queue->now.bytes);
}

bool model_ha_queue_accept(model_ha_queue *queue, sim_packet *packet, bool signalling)
{
    uint32_t bytes = sim_packet_bytes(packet);
    if (!has_room(queue, bytes, signalling)) {
        queue->dropped_packets++;
        model_lose(queue->net, queue->account, packet, MODEL_CAUSE_QUEUE_FULL);
        return false;
    }
    count_in(queue, bytes);
    if (has_priority(queue))
        return true;
    int64_t begins = MAX(sim_now(queue->net->engine), queue->free_at_ns);
    queue->free_at_ns = begins + service_ns(queue, packet);
    packet->queued_ns = queue->free_at_ns;
    model_departures_add(&queue->departures, queue->free_at_ns, bytes);
    return true;
}

void model_ha_queue_keep(model_ha_queue *queue, sim_packet *packet, bool signalling)
{
    model_hold(queue->net, queue->account);
    if (signalling && has_priority(queue))
        append(&queue->first, &queue->last, packet);
    else
        append(&queue->head, &queue->tail, packet);
    if (!queue->serving)
        serve_next(queue);
}

sim_packet *model_ha_queue_served(model_ha_queue *queue, const sim_event *event)
{
    sim_timer_fired(queue->net->engine, &queue->timer, event);
    sim_packet *packet = queue->serving;
    assert(packet);
    model_release(queue->net, queue->account);
    if (has_priority(queue))
        model_departures_add(&queue->departures, event->time_ns, sim_packet_bytes(packet));
    serve_next(queue);
    return packet;
}

/* As if each departure were an event. */
static bool is_over(const model_ha_queue *queue, int64_t at_ns, sim_moment by)
{
    if (at_ns != by.time_ns)
        return at_ns < by.time_ns;
    sim_id owner = queue->owner;
    return sim_engine_order(queue->net->engine, owner, owner, queue->port) <= by.order;
}

bool model_ha_queue_left(model_ha_queue *queue, sim_moment by, int64_t *at_ns)
{
    *at_ns = model_departures_first_ns(&queue->departures);
    if (*at_ns == SIM_NEVER || !is_over(queue, *at_ns, by))
        return false;
    queue->now.packets--;
    queue->now.bytes -= model_departures_take(&queue->departures);
    return true;
}

/* What was carried when the packet in service was done with: those that wait were not served. */
static void give_back_carry(model_ha_queue *queue)
{
    __extension__ typedef unsigned __int128 wide;
    int64_t rate = queue->config->rate_bps;
    if (rate == 0 || queue->departures.used == 0)
        return;
    model_departures_take(&queue->departures);
    wide bit_ns = (wide)queue->departures.bytes * 8 * (uint64_t)SIM_SECOND_NS;
    queue->carry -= (int64_t)(bit_ns % (uint64_t)rate);
    if (queue->carry < 0)
        queue->carry += rate;
}

void model_ha_queue_clear(model_ha_queue *queue)
{
    model_departures_clear(&queue->departures);
}

void model_ha_queue_flush(model_ha_queue *queue, unsigned cause)
{
    if (queue->serving)
        sim_timer_cancel(queue->net->engine, &queue->timer);
    sim_packet *packet = queue->serving;
    queue->serving = NULL;
    queue->owed_ns = 0;
    while (packet || (packet = take(&queue->first, &queue->last)) ||
           (packet = take(&queue->head, &queue->tail))) {
        model_release(queue->net, queue->account);
        model_lose(queue->net, queue->account, packet, cause);
        packet = NULL;
    }
    give_back_carry(queue);
    model_departures_clear(&queue->departures);
    queue->now = (model_occupancy){0, 0};
    queue->free_at_ns = 0;
}
