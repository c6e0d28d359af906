/* The forwarding queue of a home agent.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/ha_queue.h"

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

/* An end of service is an event, so it lies at least 1 ns ahead. */
static void serve_next(model_ha_queue *queue)
{
    sim_packet *packet = take(&queue->first, &queue->last);
    if (!packet)
        packet = take(&queue->head, &queue->tail);
    queue->serving = packet;
    if (!packet)
        return;
    int64_t service = mean_service_ns(queue, packet);
    if (queue->config->exponential && service > 0)
        service = sim_exponential_ns(
            sim_stream_at2(&queue->service, packet->identity, packet->hops), service);
    sim_timer_set(queue->net->engine, &queue->timer, queue->owner, queue->port,
                  sim_now(queue->net->engine) + MAX(service, 1));
}

static bool has_room(const model_ha_queue *queue, uint32_t bytes)
{
    const model_ha_queue_config *c = queue->config;
    if (c->limit_packets && queue->now.packets >= c->limit_packets)
        return false;
    return !c->limit_bytes || queue->now.bytes + bytes <= (uint64_t)c->limit_bytes;
}

bool model_ha_queue_push(model_ha_queue *queue, sim_packet *packet, bool signalling)
{
    uint32_t bytes = sim_packet_bytes(packet);
    if (!has_room(queue, bytes)) {
        queue->dropped_packets++;
        model_lose(queue->net, queue->account, packet, MODEL_CAUSE_QUEUE_FULL);
        return false;
    }
    packet->queued_ns = sim_now(queue->net->engine);
    model_hold(queue->net, queue->account);
    queue->now.packets++;
    queue->now.bytes += bytes;
    queue->peak.packets = MAX(queue->peak.packets, queue->now.packets);
    queue->peak.bytes = MAX(queue->peak.bytes, queue->now.bytes);
    if (signalling && queue->config->signalling_priority)
        append(&queue->first, &queue->last, packet);
    else
        append(&queue->head, &queue->tail, packet);
    if (!queue->serving)
        serve_next(queue);
    return true;
}

static void forget(model_ha_queue *queue, const sim_packet *packet)
{
    queue->now.packets--;
    queue->now.bytes -= sim_packet_bytes(packet);
    model_release(queue->net, queue->account);
}

sim_packet *model_ha_queue_served(model_ha_queue *queue, const sim_event *event)
{
    sim_timer_fired(queue->net->engine, &queue->timer, event);
    sim_packet *packet = queue->serving;
    assert(packet);
    forget(queue, packet);
    serve_next(queue);
    return packet;
}

void model_ha_queue_flush(model_ha_queue *queue, unsigned cause)
{
    if (queue->serving)
        sim_timer_cancel(queue->net->engine, &queue->timer);
    sim_packet *packet = queue->serving;
    queue->serving = NULL;
    while (packet || (packet = take(&queue->first, &queue->last)) ||
           (packet = take(&queue->head, &queue->tail))) {
        forget(queue, packet);
        model_lose(queue->net, queue->account, packet, cause);
        packet = NULL;
    }
    assert(queue->now.packets == 0 && queue->now.bytes == 0);
}
