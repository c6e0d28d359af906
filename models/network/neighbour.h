/* The neighbour cache of the ingress router: address resolution and neighbour
 * unreachability detection, RFC 4861 sections 7.2 and 7.3, with real packets.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef MODEL_NEIGHBOUR_H
#define MODEL_NEIGHBOUR_H

#include "mip6_wire.h"
#include "models/net.h"

typedef struct model_neighbour_config {
    int64_t reachable_ns;       /* 30 s, not randomised */
    int64_t delay_first_ns;     /* DELAY_FIRST_PROBE_TIME, 5 s */
    int64_t retrans_ns;         /* 1 s */
    int64_t probes;             /* MAX_UNICAST_SOLICIT and MAX_MULTICAST_SOLICIT, 3 */
    int64_t queue_packets;      /* per unresolved neighbour, 3 */
} model_neighbour_config;

typedef struct model_neighbour_cache model_neighbour_cache;

/* What the cache needs of its router. `failed` with NO_NEIGHBOUR may look up another address. */
typedef struct model_neighbour_ops {
    /* Send an NS for `target`, to its solicited-node group (lladdr NULL) or unicast. */
    void (*solicit)(void *self, const mip6_addr *target, const mip6_lladdr *lladdr);
    /* A packet that waited may go. Takes the reference. */
    void (*resolved)(void *self, sim_packet *packet, const mip6_lladdr *lladdr);
    /* A packet that waited is lost (NO_NEIGHBOUR, RESOLVING). Takes the reference. */
    void (*failed)(void *self, sim_packet *packet, unsigned cause);
} model_neighbour_ops;

model_neighbour_cache *model_neighbour_cache_new(const model_neighbour_config *config,
                                                 const model_neighbour_ops *ops, void *self);
/* At the end of a run packets may still wait; they go back to `packets`. */
void model_neighbour_cache_free(model_neighbour_cache *cache, sim_packet_pool *packets);

/* Where to send a packet for `target`. True: *lladdr is set and the packet stays the caller's.
 * False: the cache took it (solicit or failed may have been called). RFC 4861 7.2.2, 7.3.3. */
bool model_neighbour_lookup(model_neighbour_cache *cache, const mip6_addr *target,
                            sim_packet *packet, mip6_lladdr *lladdr, int64_t now_ns);
/* A valid NA came. RFC 4861 7.2.5. */
void model_neighbour_advertised(model_neighbour_cache *cache, const mip6_nd *na, int64_t now_ns);
/* A valid NS with a source link-layer address, or an RA, came. RFC 4861 7.2.3. */
void model_neighbour_heard(model_neighbour_cache *cache, const mip6_addr *address,
                           const mip6_lladdr *lladdr, int64_t now_ns);
int64_t model_neighbour_next_expiry(const model_neighbour_cache *cache);
void model_neighbour_expire(model_neighbour_cache *cache, int64_t now_ns);
/* Packets held by unresolved entries. */
uint64_t model_neighbour_held(const model_neighbour_cache *cache);

#endif
