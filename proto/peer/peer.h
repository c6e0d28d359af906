/* Inside the control plane: its state and what its files offer each other.
 *
 * Every entry point sets `now_ns`; functions here read it. Calls to the system may come back into
 * publish, send, own and disown: whatever calls out has put its own state right before. Who lives
 * changes in receive, expire and stop alone, which may not be called from there.
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#ifndef MIP6_PEER_INTERNAL_H
#define MIP6_PEER_INTERNAL_H

#include "core/shared.h"
#include "mip6_peer.h"

#define MIP6_PEER_NONE MIP6_PEER_MAX_MEMBERS
#define MIP6_PEER_SMALL 192u        /* bytes: holds a message of one record */
#define MIP6_PEER_LOT 64u           /* records that a system is asked for at once */

/* A message to one or more peers, encoded once: it lives until the last of them has it. Or one
 * from a peer that waits for its turn. */
typedef struct mip6_outgoing {
    uint32_t refs;
    uint16_t len;
    uint8_t type;                   /* mip6_peer_type */
    bool large;
    bool told;                      /* RECORDS: `acknowledged` is called for what is in it */
    uint64_t tag;                   /* of SYSTEM */
    uint8_t packet[];
} mip6_outgoing;

/* Its place in the queue to one peer. */
typedef struct mip6_slot {
    struct mip6_slot *next;
    mip6_outgoing *what;
    uint32_t sequence;
} mip6_slot;

typedef struct mip6_remote {
    bool live;
    bool hello_due, ack_due;
    uint32_t boot, old_boot;        /* 0: never heard */
    int64_t heard_ns;
    uint32_t session;               /* of what goes there */
    uint32_t given;                 /* the last sequence number given out in it */
    uint32_t waiting;               /* slots */
    mip6_slot *first, *last;
    mip6_slot *ready;               /* the next to send; those before it are on their way */
    int64_t resend_ns;
    uint32_t rx_session, rx_sequence;   /* of what comes from there, and was delivered */
    mip6_slot *ahead;               /* what came before an earlier one, in order */
} mip6_remote;

/* A whole cache on its way to a peer. */
typedef struct mip6_transfer {
    struct mip6_transfer *next;
    uint8_t peer, cache;
    uint32_t id;
    uint64_t cursor;
    int64_t due_ns;
} mip6_transfer;

typedef struct mip6_cache {
    bool owned;
    bool loading;
    bool dirty;                     /* the copy may be anything: no state of any lineage */
    uint8_t from;                   /* of loading */
    uint32_t id;
    bool astray;                    /* something here is later than in what is being loaded */
    uint8_t owner;                  /* live, or MIP6_PEER_NONE */
    uint64_t claim;                 /* the lineage of that owner */
    uint64_t highest;               /* lineage that was ever heard of */
    uint64_t lineage, base_lineage;
    uint32_t version, base_version;
    mip6_peer_records *batch;       /* changes that wait for more; NULL: none ever did */
    int64_t batch_ns;               /* when it goes; MIP6_NEVER: it is empty */
} mip6_cache;

struct mip6_peers {
    mip6_shared *shared;
    const mip6_peers_config *config;
    const mip6_system_ops *ops;
    void *system;
    int64_t now_ns, next_ns;
    int64_t hello_ns;               /* the next ones; MIP6_NEVER: not started, or stopped */
    uint32_t boot;
    bool goodbye;                   /* the hellos that are due are the last */
    uint8_t poll_at;
    uint32_t awake;                 /* bit k: something may have to go to member k now */
    uint32_t requests;
    mip6_remote remotes[MIP6_PEER_MAX_MEMBERS];
    mip6_cache caches[MIP6_PEER_MAX_CACHES];
    mip6_transfer *transfers;
    mip6_pool slots, small, large, transfer_pool;
    mip6_peers_figures figures;
};

static inline void mip6_peers_wake(mip6_peers *p, uint8_t peer)
{
    p->awake |= UINT32_C(1) << peer;
}

/* endpoint.c */
void mip6_peers_set_now(mip6_peers *p, int64_t now_ns);
void mip6_peers_update_next(mip6_peers *p);
/* Hellos to everybody at the next poll. */
void mip6_peers_hello_all(mip6_peers *p);
/* A reliable message whose turn it is. */
void mip6_peers_deliver(mip6_peers *p, uint8_t peer, const mip6_peer_message *msg);

/* order.c */
int mip6_peers_on_reliable(mip6_peers *p, uint8_t peer, const mip6_peer_message *msg,
                           const uint8_t *pkt, size_t len);
void mip6_peers_enter_session(mip6_peers *p, uint8_t peer, uint32_t session);
void mip6_peers_forget_ahead(mip6_peers *p, uint8_t peer);
/* Does one that waited have its turn? The first of those, of any peer. */
bool mip6_peers_has_turn(const mip6_remote *r);
void mip6_peers_turns_due(mip6_peers *p);

/* queue.c: reliable messages */
/* Encode one for mip6_peers_queue; refs is 1. NULL without memory, or without an encoding. */
mip6_outgoing *mip6_peers_encode(mip6_peers *p, const mip6_peer_message *msg);
/* The same of a packet that is there; discard: without a word to anybody. */
mip6_outgoing *mip6_peers_keep(mip6_peers *p, const uint8_t *packet, size_t len,
                               mip6_peer_type type);
void mip6_peers_discard(mip6_peers *p, mip6_outgoing *what);
/* At the end of a peer's queue, which takes a reference. Returns 0, MIP6_ERR_FULL or _NOMEM. */
int mip6_peers_queue(mip6_peers *p, uint8_t peer, mip6_outgoing *what);
/* One peer has it (or none of them will): tells the system. */
void mip6_peers_release(mip6_peers *p, uint8_t peer, mip6_outgoing *what, bool delivered);
/* Encode, queue to one peer, release. Returns as mip6_peers_queue. */
int mip6_peers_queue_one(mip6_peers *p, uint8_t peer, const mip6_peer_message *msg, uint64_t tag);
void mip6_peers_on_ack(mip6_peers *p, uint8_t peer, const mip6_peer_message *msg);
/* Everything that waits for a peer that is gone. */
void mip6_peers_strike_off(mip6_peers *p, uint8_t peer);
/* The next message to a peer into buf: its length, 0 for none now. */
uint32_t mip6_peers_next_message(mip6_peers *p, uint8_t peer, uint8_t *buf, size_t cap,
                                 mip6_peer_type *type);
void mip6_peers_free_queues(mip6_peers *p);

/* cache.c: versions */
/* A cache that its sender owns, as a hello says; settled: everything that the sender has queued
 * before is here. */
void mip6_peers_on_line(mip6_peers *p, uint8_t peer, const mip6_cache_line *line, bool settled);
void mip6_peers_on_records(mip6_peers *p, uint8_t peer, const mip6_peer_records *records);
void mip6_peers_on_end(mip6_peers *p, uint8_t peer, const mip6_peer_message *msg);
/* It is gone, or owns (after a hello that does not name it) this cache no more. */
void mip6_peers_owner_gone(mip6_peers *p, uint8_t peer, uint8_t cache);
/* No transfer from there will end. */
void mip6_peers_loading_lost(mip6_peers *p, uint8_t peer);
/* As others may know it: without what waits in the batch. */
mip6_cache_line mip6_peers_line(const mip6_peers *p, uint8_t cache);
void mip6_peers_flush(mip6_peers *p, uint8_t cache);

/* record.c */
/* Of a cache that the peer owns. loading: all of it is on its way from there. */
void mip6_peers_take(mip6_peers *p, uint8_t peer, const mip6_peer_records *records, bool loading);
/* Changes by one who has not heard yet that he owns this no more, and who takes the
 * acknowledgement for a promise, or by one who loads and knows better: what is news becomes a
 * change of the owner's. */
void mip6_peers_merge(mip6_peers *p, uint8_t peer, const mip6_peer_records *records);

/* transfer.c */
void mip6_peers_on_request(mip6_peers *p, uint8_t peer, const mip6_peer_message *msg);
void mip6_peers_transfers_due(mip6_peers *p);
int64_t mip6_peers_transfers_next(const mip6_peers *p);
/* The cache is not owned any more: says so to whom it was on its way. */
void mip6_peers_transfers_end(mip6_peers *p, uint8_t cache);
/* The peer is gone. */
void mip6_peers_transfers_drop(mip6_peers *p, uint8_t peer);

#endif
