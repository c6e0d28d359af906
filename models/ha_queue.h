/* The forwarding queue of a home agent: one FIFO server for both directions of tunnelled
 * traffic and the agent's own signalling. This is the queue the algorithm sees.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef MODEL_HA_QUEUE_H
#define MODEL_HA_QUEUE_H

#include "models/net.h"

typedef struct model_ha_queue_config {
    int64_t rate_bps;           /* service by bytes; 0: none */
    int64_t per_packet_ns;      /* processing, added to each packet's service */
    int64_t limit_packets;      /* waiting and in service; 0: unlimited */
    int64_t limit_bytes;
    bool signalling_priority;   /* the agent's own signalling goes first */
    bool exponential;           /* service; the mean stays what it was */
} model_ha_queue_config;

/* Occupancy, the packet in service included. */
typedef struct model_occupancy {
    uint32_t packets;
    uint64_t bytes;
} model_occupancy;

typedef struct model_ha_queue {
    const model_ha_queue_config *config;
    model_net *net;
    model_account *account;
    sim_id owner;               /* gets the timer's event with `port` */
    uint16_t port;
    sim_timer timer;            /* end of the service at hand */
    sim_packet *head, *tail;    /* ordinary */
    sim_packet *first, *last;   /* signalling, with priority */
    sim_packet *serving;
    model_occupancy now;
    model_occupancy peak;
    sim_stream service;         /* draws by packet identity */
    int64_t carry;              /* of the division by the rate: rounding does not drift */
    uint64_t dropped_packets;
} model_ha_queue;

void model_ha_queue_init(model_ha_queue *queue, model_net *net, model_account *account,
                         const model_ha_queue_config *config, sim_id owner, uint16_t port,
                         const sim_stream *service);
/* Lose all that is held (the agent has failed). */
void model_ha_queue_flush(model_ha_queue *queue, unsigned cause);

/* Accept a packet or lose it as QUEUE_FULL. signalling: the agent's own. Takes the reference.
 * True: the occupancy grew; queued_ns of the packet is now. */
bool model_ha_queue_push(model_ha_queue *queue, sim_packet *packet, bool signalling);
/* The owner's timer event has come: the packet that has been served, now the caller's to
 * send; the next one is in service. */
sim_packet *model_ha_queue_served(model_ha_queue *queue, const sim_event *event);

#endif
