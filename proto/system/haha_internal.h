/* Inside `haha`.
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#ifndef MIP6_SYSTEM_HAHA_INTERNAL_H
#define MIP6_SYSTEM_HAHA_INTERNAL_H

#include "mip6_haha.h"
#include "system/secondary.h"

/* What a record is, beside whose: together they are its list. */
typedef enum haha_state {
    HAHA_COPY,          /* its owner serves it */
    HAHA_ORPHAN,        /* its owner is gone */
    HAHA_CLAIMED,       /* its owner was named by a decider, and has not said that it serves it */
    HAHA_LOST,          /* served here, and its owner has better right: to be given up */
    HAHA_TAKEN,         /* served here, taken over, and its node has not said so yet */
    HAHA_N_STATES
} haha_state;

struct mip6_haha {
    mip6_shared *shared;
    const mip6_haha_config *config;
    const mip6_peers_config *members;
    mip6_ha *ha;
    mip6_peers *peers;          /* NULL: not started */
    uint64_t cookie;
    int64_t now_ns;
    uint8_t self;
    mip6_secondaries store;
    mip6_load_report report[MIP6_PEER_MAX_MEMBERS];     /* as heard last */
    uint32_t boot[MIP6_PEER_MAX_MEMBERS];
    uint32_t phase;             /* bit k: what records of cache k are marked with now */
    mip6_addr held_home;        /* whose acknowledgement waits for the others; unspecified: none */
    bool unsaid;                /* a message found no room: it is said again */
    int64_t sweep_ns;
    int64_t orphans_ns;         /* time to see to orphans */
    int64_t take_ns;            /* the next node may be taken over */
    int64_t last_taken_ns;
    uint64_t decided, taken, given_up, kept, malformed;
};

static inline uint32_t haha_list(const mip6_haha *h, haha_state state, uint8_t owner)
{
    return (uint32_t)state * h->members->n_members + owner;
}

static inline haha_state haha_state_of(const mip6_haha *h, const mip6_secondary *r)
{
    return (haha_state)(r->list / h->members->n_members);
}

static inline uint8_t haha_owner_of(const mip6_haha *h, const mip6_secondary *r)
{
    return (uint8_t)(r->list % h->members->n_members);
}

/* What a record says, into one that is there. */
void mip6_haha_write(const mip6_haha *h, mip6_secondary *r, const mip6_sync_record *from);
/* The reverse, as a record of its owner's cache. */
void mip6_haha_read(const mip6_haha *h, const mip6_secondary *r, mip6_sync_record *out);
/* It is there, and has not expired. */
bool mip6_haha_lives(const mip6_haha *h, const mip6_secondary *r);
/* What this agent itself serves. False: nothing valid. */
bool mip6_haha_own(const mip6_haha *h, const mip6_addr *home, mip6_sync_record *out);
/* Others must know what is served here, and what no longer is. */
int mip6_haha_tell(mip6_haha *h, const mip6_sync_record *own, mip6_sync_kind kind);
/* Two agents that serve one address: has a's the better right? */
bool mip6_haha_prevails(const mip6_haha *h, const mip6_sync_record *a, const mip6_sync_record *b);
/* A binding that another agent serves, or was named for, in whatever is held of it. */
void mip6_haha_hold(mip6_haha *h, const mip6_sync_record *record, haha_state state);

/* haha_takeover.c */
/* The lowest address of all that live, oneself included. */
uint8_t mip6_haha_decider(const mip6_haha *h);
/* A member is gone: what it served has no owner. */
void mip6_haha_orphan(mip6_haha *h, uint8_t member);
/* Find an owner for all orphans. again: say once more who was named and has not answered. */
void mip6_haha_decide(mip6_haha *h, bool again);
void mip6_haha_on_message(mip6_haha *h, uint8_t peer, uint8_t code, const uint8_t *body,
                          size_t len);
/* What is due of it. */
void mip6_haha_see_to_orphans(mip6_haha *h);
void mip6_haha_take_some(mip6_haha *h);
void mip6_haha_give_up_some(mip6_haha *h);

#endif
