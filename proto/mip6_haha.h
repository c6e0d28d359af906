/* mip6: synchronised home agents in the manner of HAHA. One of them is a mobile node's primary, all
 * others hold its binding as a secondary record; when a primary is gone, one of those left decides
 * who serves which of its nodes.
 *
 *     host                         system
 *     ----                         ------
 *     boots                    ->  mip6_haha_init, mip6_peers_init with mip6_haha_ops and the
 *                                  system, mip6_ha_start, mip6_peers_start, mip6_haha_start
 *     anything has happened    ->  mip6_haha_expire, where mip6_haha_next_expiry has come; then
 *                                  polls agent and endpoint, until neither has anything
 *
 * The cache of member k is what k is the primary of.
 *
 *   PROTOCOL 13
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#ifndef MIP6_HAHA_H
#define MIP6_HAHA_H

#include "mip6_peer.h"

/* Kept by reference, with what it points to. */
typedef struct mip6_haha_config {
    const mip6_peers_config *peers; /* n_caches: n_members */
    bool before_ack;            /* a node is told when all have its binding */
    bool intercepts;            /* each agent has a link of its own, on which it stands in */
    bool direct;                /* and tunnels to the care-of address, not to the primary */
    int64_t takeover_rate;      /* nodes that one agent takes over in a second, 1000 */
} mip6_haha_config;

typedef struct mip6_haha mip6_haha;

size_t mip6_haha_size(void);
/* storage: mip6_haha_size() bytes, aligned for any type, the caller's. ha outlives it. NULL: no
 * memory for the store's first parts. */
mip6_haha *mip6_haha_init(void *storage, mip6_shared *shared, const mip6_haha_config *config,
                          mip6_ha *ha, uint64_t cookie, int64_t now_ns);
/* Gives its memory back; the agent has no keeper any more. */
void mip6_haha_free(mip6_haha *haha);
const mip6_system_ops *mip6_haha_ops(void);
/* Agent and endpoint have started. */
void mip6_haha_start(mip6_haha *haha, mip6_peers *peers, int64_t now_ns);

int64_t mip6_haha_next_expiry(const mip6_haha *haha);
void mip6_haha_expire(mip6_haha *haha, int64_t now_ns);

typedef struct mip6_haha_figures {
    uint32_t secondaries;       /* records held of others' bindings */
    uint32_t orphans;           /* of them: their primary is gone, and nobody was named yet */
    uint32_t claims;            /* of them: somebody was named, and has not said so */
    uint64_t bytes;             /* of the store */
    uint64_t decided;           /* nodes that this agent gave to somebody, as the decider */
    uint64_t taken;             /* nodes that this agent took over */
    uint64_t given_up;          /* bindings that another one held with better right */
    uint64_t kept;              /* the reverse: said again, since another one had it, too */
    uint64_t malformed;         /* messages of a peer that are none */
    int64_t last_taken_ns;      /* MIP6_NEVER: none yet */
} mip6_haha_figures;

void mip6_haha_get_figures(const mip6_haha *haha, mip6_haha_figures *out);

#endif
