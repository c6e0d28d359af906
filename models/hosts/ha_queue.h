/* The forwarding queue of a home agent: one FIFO server for both directions of tunnelled
 * traffic and the agent's own signalling. This is the queue the algorithm sees.
 *
 * Without priority, when a packet leaves is known when it comes. Whoever knows also what becomes
 * of it then need not keep it in the queue: it is counted there until then, and costs no event.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef MODEL_HA_QUEUE_H
#define MODEL_HA_QUEUE_H

#include "models/net.h"
#include "models/network/departures.h"

typedef struct model_ha_queue_config {
    int64_t rate_bps;           /* service by bytes; 0: none */
    int64_t per_packet_ns;      /* processing, added to each packet's service */
    int64_t limit_packets;      /* waiting and in service; 0: unlimited */
    int64_t limit_bytes;
    bool signalling_priority;   /* the agent's own signalling goes first, and is never refused */
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
    sim_timer timer;            /* end of a service that somebody waits for */
    sim_packet *head, *tail;    /* kept, ordinary */
    sim_packet *first, *last;   /* kept, signalling with priority */
    sim_packet *serving;        /* kept, and the next to leave */
    model_departures departures;    /* of all; with priority, of what has just left */
    int64_t free_at_ns;         /* the end of the last service; with priority, of other work */
    model_occupancy now;        /* up to date after model_ha_queue_left */
    model_occupancy peak;
    sim_stream service;         /* draws by packet identity */
    int64_t carry;              /* of the division by the rate: rounding does not drift */
    int64_t owed_ns;            /* with priority: other work, done before the next service */
    uint64_t dropped_packets;
} model_ha_queue;

void model_ha_queue_init(model_ha_queue *queue, model_net *net, model_account *account,
                         const model_ha_queue_config *config, sim_id owner, uint16_t port,
                         const sim_stream *service);
/* Frees what the queue has; nothing is kept in it. */
void model_ha_queue_clear(model_ha_queue *queue);
/* Lose all that is kept (the agent has failed). */
void model_ha_queue_flush(model_ha_queue *queue, unsigned cause);

/* Accept a packet or lose it as QUEUE_FULL. signalling: the agent's own. True: the occupancy grew,
 * and queued_ns of the packet is when it leaves (without priority); the packet is still the
 * caller's. The occupancy must be up to date. */
bool model_ha_queue_accept(model_ha_queue *queue, sim_packet *packet, bool signalling);
/* Keep an accepted packet until it leaves, which is the owner's timer event. signalling: as it was
 * accepted. Takes the reference. With priority, all must be kept. */
void model_ha_queue_keep(model_ha_queue *queue, sim_packet *packet, bool signalling);
/* The server is busy with something else than a packet for so long, behind all that it has
 * accepted; with priority behind the service at hand. */
void model_ha_queue_work(model_ha_queue *queue, int64_t ns);
/* The owner's timer event has come: the packet that has been served, now the caller's to
 * send; the next one is in service. */
sim_packet *model_ha_queue_served(model_ha_queue *queue, const sim_event *event);
/* Brings the occupancy up to that moment, one packet a call: false, it is. *at_ns: when that one
 * left. */
bool model_ha_queue_left(model_ha_queue *queue, sim_moment by, int64_t *at_ns);

#endif
