/* mip6: the control plane between home agents that share state.
 *
 * `mip6_peers` is one agent's end of it. It knows who the others are, hears who of them lives,
 * carries messages to them reliably and in order, and keeps copies of caches: what a system of
 * agents (proto/system/) needs and does not want to write twice. Its host treats it as it
 * treats mip6_ha: packets and time in, actions out, no I/O, no clock.
 *
 *     host                           endpoint                     system
 *     ----                           --------                     ------
 *     a packet came in       ->  mip6_peers_receive     ->  apply, message, peer_up ...
 *     next_expiry has come   ->  mip6_peers_expire      ->  peer_gone, acknowledged ...
 *     then, until false      ->  mip6_peers_poll
 *                                mip6_peers_publish     <-  a binding has changed
 *
 * Words. A *member* is an agent, oneself included, named by its index in the configuration.
 * A *peer* is another member; it is *live* from its first hello until `missed` were not heard,
 * it said goodbye, or a hello came from a later boot of it. A *cache* is a set of bindings and
 * handoff entries that one member at a time *owns*: the owner alone publishes changes, all
 * others hold copies. Each change makes the cache's *version* one larger. Who begins to own a
 * cache begins a *lineage* of it, higher than any that it knows of, and says from which state of
 * which lineage; whoever holds just that state need not load the cache anew.
 *
 *   PROTOCOL 11; RFC 5096 (mobility header type 11)
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#ifndef MIP6_PEER_H
#define MIP6_PEER_H

#include "mip6.h"

#define MIP6_PEER_MAX_MEMBERS 32u   /* agents of one system */
#define MIP6_PEER_MAX_CACHES 32u
#define MIP6_PEER_MAX_BODY 1176u    /* bytes of a message of a system's own */
#define MIP6_PEER_MAX_RECORDS 26u   /* in one message */
#define MIP6_PEER_MAX_HOMES 70u     /* home addresses in one request */

/* ---- Bytes ---------------------------------------------------------------------------- */

/* Subtypes, the first byte of the message data. Reliable ones are acknowledged. */
typedef enum mip6_peer_type {
    MIP6_PEER_HELLO = 1,
    MIP6_PEER_ACK,              /* all of the session up to `sequence` */
    MIP6_PEER_RECORDS,          /* reliable: changes of a cache, or a part of a transfer */
    MIP6_PEER_REQUEST,          /* reliable: for a whole cache, or for single addresses */
    MIP6_PEER_TRANSFER_END,     /* reliable */
    MIP6_PEER_SYSTEM,           /* reliable: the system's own, by `code` */
    MIP6_N_PEER_TYPES
} mip6_peer_type;

/* What an agent says of its load, as its advertisements do. */
typedef struct mip6_load_report {
    uint16_t queue;             /* Queue Size, 65535 is all */
    uint16_t preference;
    uint32_t mn_count;
    uint32_t capacity_kbps;
} mip6_load_report;

/* A cache that its sender owns. */
typedef struct mip6_cache_line {
    uint8_t cache;
    uint32_t version;
    uint64_t lineage;
    uint32_t base_version;      /* the state that the lineage began with, and whose */
    uint64_t base_lineage;
} mip6_cache_line;

typedef struct mip6_peer_hello {
    bool goodbye;
    bool loading;               /* a transfer to the sender is under way */
    mip6_load_report report;
    uint8_t n;
    mip6_cache_line caches[MIP6_PEER_MAX_CACHES];   /* those that it owns, in order */
} mip6_peer_hello;

typedef struct mip6_peer_records {
    mip6_cache_line line;       /* version: of the first record; 0 where unversioned */
    bool unversioned;           /* of a transfer, or the answer to a request */
    uint8_t n;                  /* 1 and more */
    mip6_sync_record records[MIP6_PEER_MAX_RECORDS];
} mip6_peer_records;

/* One message. `to`: the boot of the receiver that the sender knows of, 0 for none. */
typedef struct mip6_peer_message {
    mip6_peer_type type;
    uint32_t from, to;          /* boots */
    uint32_t session;           /* a peer that becomes live again begins another */
    uint32_t sequence;          /* of a hello: the last one that was given out */
    union {
        mip6_peer_hello hello;
        mip6_peer_records records;
        struct {
            uint8_t cache;
            uint8_t n;                  /* 0: all of it */
            uint32_t id;                /* of a whole cache: the end repeats it */
            const mip6_addr *homes;     /* borrowed */
        } request;
        struct {
            mip6_cache_line line;
            uint32_t id;
            bool complete;              /* false: the sender does not own it (any more) */
        } end;
        struct {
            uint8_t code;
            uint16_t len;
            const uint8_t *body;        /* borrowed: the packet's own bytes after decode */
        } system;
    } u;
} mip6_peer_message;

/* "peer-hello" and so on: the kind by which results count it. */
mip6_message_kind mip6_peer_kind(mip6_peer_type type);
/* Is this packet one of ours: a mobility header of type 11? Reads headers alone. */
bool mip6_peer_is(const uint8_t *pkt, size_t len);
/* Write a whole packet, checksum included. now_ns: lifetimes go as what is left of them, in ms
 * rounded down. Returns the length, MIP6_ERR_SPACE or MIP6_ERR_INVALID. */
int mip6_peer_encode(uint8_t *buf, size_t cap, const mip6_addr *src, const mip6_addr *dst,
                     const mip6_peer_message *msg, int64_t now_ns);
/* An encoded message to somebody else, for who tells many the same. */
void mip6_peer_readdress(uint8_t *pkt, size_t len, const mip6_addr *dst, uint32_t to,
                         uint32_t session, uint32_t sequence);
/* Read one. Strict: whatever does not end where it says is malformed. Returns 0,
 * MIP6_ERR_MALFORMED or MIP6_ERR_CHECKSUM (then *h and *msg are undefined, *cause is set). */
int mip6_peer_decode(const uint8_t *pkt, size_t len, mip6_header *h, mip6_peer_message *msg,
                     mip6_drop *cause, int64_t now_ns);

/* ---- Systems --------------------------------------------------------------------------- */

/* What a system does when something happens. It is called in the middle of a call of the endpoint,
 * and may call publish, send, own, disown and the queries there, but for `find`, `records` and
 * `report`, which only look; what it does at its mip6_ha, its host polls for afterwards. Those
 * marked * may be NULL. */
typedef struct mip6_system_ops {
    /* A peer is live. boot: differs from the last one where it came back empty. */
    void (*peer_up)(void *self, uint8_t peer, uint32_t boot, int64_t now_ns);
    /* It is not: lost, left, or booted again (then peer_up follows), and owns nothing. What it had
     * not acknowledged is struck off, and told by `acknowledged` and `delivered` after this. */
    void (*peer_gone)(void *self, uint8_t peer, int64_t now_ns);
    /* * A hello of a live peer was heard, with its load report. Borrowed. */
    void (*hello)(void *self, uint8_t peer, const mip6_peer_hello *hello, int64_t now_ns);
    /* * A hello goes out: what to say of the load. */
    void (*report)(void *self, mip6_load_report *out, int64_t now_ns);
    /* What is held of a home address: of its binding (GONE: it is known to have ended), or, for
     * `handoff`, of its handoff entry, in any cache: out->cache says where to look first, and
     * where it was. False: nothing. */
    bool (*find)(void *self, const mip6_addr *home, bool handoff, mip6_sync_record *out);
    /* Do as the record says: it is of another member's cache, and neither older than what is held
     * nor a refresh of what is not, nor an end of it that nobody need remember. Its home address
     * is inside the home prefix. Or of a cache owned here, from one who did not know it yet; it is
     * published anew. Or what is held itself, which a transfer is not to sweep. */
    void (*apply)(void *self, uint8_t peer, const mip6_sync_record *record, int64_t now_ns);
    /* Records of a cache that is owned, for a transfer. *cursor is 0 at first and the system's own
     * from then on. Fills at most `cap` (64) records; 0: that was all. A record that is there from
     * the first call to the last must be met; others may be, and any may be met twice. */
    uint32_t (*records)(void *self, uint8_t cache, uint64_t *cursor, mip6_sync_record *out,
                        uint32_t cap, int64_t now_ns);
    /* A transfer of `cache` from `peer` begins, for the copy here is not what the owner has: what
     * of it is not applied before transfer_end must go then. */
    void (*transfer_begin)(void *self, uint8_t peer, uint8_t cache, int64_t now_ns);
    /* complete: the copy is the owner's. Else the owner was lost or owns it no more, what came of
     * it stays, and another transfer begins when an owner is heard of. */
    void (*transfer_end)(void *self, uint8_t peer, uint8_t cache, bool complete, int64_t now_ns);
    /* * Another member owns, in a higher lineage, what is owned here. The endpoint disowns it
     * right after and loads it. */
    void (*superseded)(void *self, uint8_t peer, uint8_t cache, int64_t now_ns);
    /* * Every peer that was live when it was published has acknowledged this record or is gone.
     * `record` is borrowed; its `expires_ns` is not set. */
    void (*acknowledged)(void *self, const mip6_sync_record *record, int64_t now_ns);
    /* * A message of the system's own (mip6_peers_send). body: borrowed. */
    void (*message)(void *self, uint8_t peer, uint8_t code, const uint8_t *body, size_t len,
                    int64_t now_ns);
    /* * A message that was sent with this tag was acknowledged, or (false) its peer is gone. */
    void (*delivered)(void *self, uint8_t peer, uint64_t tag, bool delivered, int64_t now_ns);
} mip6_system_ops;

/* ---- The endpoint ---------------------------------------------------------------------- */

/* Kept by reference, with the array it points to: must outlive the endpoint. */
typedef struct mip6_peers_config {
    const mip6_addr *members;       /* unicast addresses that all agree on, in this order */
    uint8_t n_members;              /* 1 to MIP6_PEER_MAX_MEMBERS */
    uint8_t self;
    uint8_t n_caches;               /* 1 to MIP6_PEER_MAX_CACHES */
    mip6_addr home_prefix;
    uint8_t prefix_len;
    uint32_t ifindex;               /* of its actions */
    int64_t hello_ns;               /* 1 s */
    uint32_t missed;                /* 3: gone (missed + 1/2) hello_ns after the last one */
    int64_t resend_ns;              /* 1 s: all of the window again */
    int64_t batch_ns;               /* changes wait so long for more to go with; 0: not */
    uint32_t sync_rate;             /* records a second of a transfer, 1000 */
    uint32_t window;                /* messages on their way to one peer, 32 */
    uint32_t backlog;               /* most that wait for one peer; beyond, it must load anew */
} mip6_peers_config;

/* The defaults named above; backlog 65536. members, self, caches and prefix are left 0. */
void mip6_peers_config_defaults(mip6_peers_config *out);

typedef struct mip6_peers mip6_peers;

size_t mip6_peers_size(void);
/* storage: mip6_peers_size() bytes, aligned for any type, the caller's. ops and system: kept.
 * Allocates nothing yet. cookie: as of mip6_ha_init, another one at each boot of one agent, for
 * the boot identifier is drawn by it. */
mip6_peers *mip6_peers_init(void *storage, mip6_shared *shared, const mip6_peers_config *config,
                            const mip6_system_ops *ops, void *system, uint64_t cookie,
                            int64_t now_ns);
/* Gives its memory back; calls nobody. */
void mip6_peers_free(mip6_peers *peers);

/* First hellos go out. */
void mip6_peers_start(mip6_peers *peers, int64_t now_ns);
/* Says goodbye, and is silent from then on. */
void mip6_peers_stop(mip6_peers *peers, int64_t now_ns);

/* A packet of which mip6_peer_is holds, to one's own address. Returns 0 (taken, or one that was
 * taken before), MIP6_ERR_MALFORMED, MIP6_ERR_CHECKSUM, or MIP6_ERR_IGNORED (of no member, of
 * another boot or session, a window ahead): dropped and counted. One that is ahead of a missing
 * one waits for it. */
int mip6_peers_receive(mip6_peers *peers, const uint8_t *pkt, size_t len, int64_t now_ns);
/* Next packet to send. buf: at least MIP6_MAX_PACKET bytes. False: nothing more now. */
bool mip6_peers_poll(mip6_peers *peers, mip6_action *action, uint8_t *buf, size_t cap,
                     int64_t now_ns);
int64_t mip6_peers_next_expiry(const mip6_peers *peers);
void mip6_peers_expire(mip6_peers *peers, int64_t now_ns);

/* ---- Caches ---------------------------------------------------------------------------- */

/* This member owns the cache from now on: a new lineage on top of what it holds; told to all at
 * once. Does nothing where it owns it already. */
void mip6_peers_own(mip6_peers *peers, uint8_t cache, int64_t now_ns);
/* Not any more; it keeps its copy. A transfer from here ends incomplete. */
void mip6_peers_disown(mip6_peers *peers, uint8_t cache, int64_t now_ns);

/* The system has kept in its copy what the owner did not have: it is no state that anybody else may
 * know. Whoever hears of it from who owns it next loads it. */
void mip6_peers_diverged(mip6_peers *peers, uint8_t cache);

typedef struct mip6_cache_state {
    bool owned;
    bool loading;               /* a transfer to here was asked for, or runs */
    bool complete;              /* the copy is what its owner had at `version` */
    uint8_t owner;              /* as heard last; MIP6_PEER_MAX_MEMBERS: none that lives */
    uint32_t version;
    uint64_t lineage;           /* 0: none yet */
} mip6_cache_state;

void mip6_peers_cache(const mip6_peers *peers, uint8_t cache, mip6_cache_state *out);

/* A change of a cache that is owned, to all live peers. *record is copied; its kind and cache are
 * the caller's. Returns how many peers have to acknowledge it, 0 for none: then `acknowledged` is
 * not called. MIP6_ERR_NOMEM: not sent, and all will load the cache anew. */
int mip6_peers_publish(mip6_peers *peers, const mip6_sync_record *record, int64_t now_ns);

/* A message of the system's own, reliable and in order with everything else that goes to this
 * peer. body is copied; len at most MIP6_PEER_MAX_BODY. tag: for `delivered`. Returns 0,
 * MIP6_ERR_IGNORED (not live), MIP6_ERR_FULL, MIP6_ERR_NOMEM or MIP6_ERR_INVALID. */
int mip6_peers_send(mip6_peers *peers, uint8_t peer, uint8_t code, const uint8_t *body, size_t len,
                    uint64_t tag, int64_t now_ns);

/* ---- Queries --------------------------------------------------------------------------- */

bool mip6_peers_is_live(const mip6_peers *peers, uint8_t member);   /* oneself: true */
/* Live peers. */
uint32_t mip6_peers_count(const mip6_peers *peers);
uint32_t mip6_peers_boot(const mip6_peers *peers);
/* Anything that a live peer has not acknowledged yet, or that waits to go with more? */
bool mip6_peers_is_idle(const mip6_peers *peers);

/* Counters since init. */
typedef struct mip6_peers_figures {
    uint32_t live;
    uint32_t waiting;           /* messages not acknowledged, over all peers; not a counter */
    uint64_t published;         /* records */
    uint64_t applied;           /* records of others that changed the copy */
    uint64_t older;             /* records ignored: older than what is held */
    uint64_t corrected;         /* records of a transfer likewise; the owner was told */
    uint64_t not_held;          /* refreshes of what is not held, asked for */
    uint64_t outside;           /* records for an address outside the home prefix */
    uint64_t gaps;              /* of versions: a transfer was asked for */
    uint64_t transfers_in, transfers_out;   /* complete */
    uint64_t resent;            /* messages */
    uint64_t repeated;          /* taken before; acknowledged again */
    uint64_t ahead;             /* waited, or was dropped: an earlier one was missing */
    uint64_t stale;             /* dropped: another boot, session, lineage, or not live */
    uint64_t foreign;           /* dropped: of no member */
    uint64_t malformed;         /* dropped: bad bytes or checksum */
    uint64_t struck_off;        /* messages to a peer that is gone */
    uint64_t full;              /* messages refused by the backlog's bound */
} mip6_peers_figures;

void mip6_peers_get_figures(const mip6_peers *peers, mip6_peers_figures *out);

#endif
