/* Packets from pools: real header bytes with headroom, a virtual payload, and what the
 * simulator knows of a packet that is not on the wire.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SIM_PACKET_H
#define SIM_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIM_NO_FLOW UINT32_MAX
#define SIM_PACKET_HEADROOM 96u     /* two tunnel headers */

typedef struct sim_packet {
    struct sim_packet *next;    /* the holder's: a queue, a free list */
    uint64_t identity;          /* names the packet for draws: never by order of arrival */
    int64_t created_ns;         /* when the application or the library made it */
    int64_t queued_ns;          /* scratch of the element that holds it */
    uint32_t flow;              /* SIM_NO_FLOW for signalling */
    uint32_t number;            /* within the flow */
    uint32_t virtual_bytes;     /* payload zeros behind the real bytes */
    uint32_t refs;
    uint16_t head;              /* offset of the first byte in bytes[] */
    uint16_t len;               /* real bytes */
    uint16_t cap;               /* of bytes[] */
    uint8_t message;            /* mip6_message_kind; the engine does not look */
    uint8_t hops;               /* elements passed, for draws */
    uint8_t lladdr_src[6];
    uint8_t lladdr_dst[6];
    uint16_t ifindex;           /* of arrival */
    uint16_t flags;             /* the models' */
    uint8_t bytes[];
} sim_packet;

typedef struct sim_packet_pool sim_packet_pool;

sim_packet_pool *sim_packet_pool_new(void);
/* Every packet must have come back, or it is a leak: asserts. */
void sim_packet_pool_free(sim_packet_pool *pool);
uint64_t sim_packet_pool_live(const sim_packet_pool *pool);
/* Calls `each` for every packet of an application (one with a flow) that is alive, in no order
 * that means anything. Costs a look at every packet that the pool ever needed at one time. */
void sim_packet_pool_each(const sim_packet_pool *pool,
                          void (*each)(void *user, const sim_packet *packet), void *user);

/* A packet with at least `size` bytes behind SIM_PACKET_HEADROOM; one reference; len 0,
 * flow SIM_NO_FLOW. Never NULL: memory is the process's (aborts without). Two sizes are kept:
 * headers only, and a full signalling packet. */
sim_packet *sim_packet_new(sim_packet_pool *pool, size_t size);
sim_packet *sim_packet_ref(sim_packet *packet);
void sim_packet_unref(sim_packet_pool *pool, sim_packet *packet);
/* A copy with its own bytes, one reference. */
sim_packet *sim_packet_copy(sim_packet_pool *pool, const sim_packet *packet);

static inline uint8_t *sim_packet_data(sim_packet *packet)
{
    return packet->bytes + packet->head;
}

/* On-the-wire length at the network layer: real and virtual bytes. */
static inline uint32_t sim_packet_bytes(const sim_packet *packet)
{
    return packet->len + packet->virtual_bytes;
}

#endif
