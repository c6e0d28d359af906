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
    HAHA_CLAIMED,       /* its owner was named by a decider, and has not said that it serves it */
    HAHA_LOST,          /* served here, and its owner has better right: to be given up */
    HAHA_TAKEN,         /* served here, taken over, and its node has not said so yet */
    HAHA_ORPHAN,        /* its owner is gone: this row and all behind it */
    HAHA_SERVED = HAHA_ORPHAN + 65,     /* orphans that their owner served */
    HAHA_NAMED_FOR,                     /* orphans that their owner had been named for */
    HAHA_N_ROWS
} haha_state;

/* Records that are being said, a portion at a time. */
typedef struct haha_round {
    bool runs;
    uint8_t owner;
    uint32_t row, left;         /* records of that list that are still to come */
} haha_round;

/* Orphans that are being brought into order: those of one list. */
typedef struct haha_sorting {
    bool runs, spreads;         /* the lowest is known, and the others go where it says */
    uint8_t owner;
    uint32_t row, left;         /* records whose address was not looked at */
    uint64_t lowest;            /* interface identifier */
} haha_sorting;

/* Nobody else lives: all others are gone, or oneself is cut off. */
typedef struct haha_alone {
    int64_t since_ns;           /* MIP6_NEVER: somebody lives */
    int64_t sure_ns;            /* from then on it is they who are gone, or were, or it was oneself
                                 * and they have been heard; MIP6_NEVER: not known */
    int64_t call_ns;            /* until then, when to try a node again */
    int64_t wait_ns;            /* doubling */
} haha_alone;

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
    uint32_t named[MIP6_PEER_MAX_MEMBERS];      /* nodes that it does not count in that report */
    uint32_t boot[MIP6_PEER_MAX_MEMBERS];
    uint8_t phase[MIP6_PEER_MAX_MEMBERS];       /* with it records of cache k are marked now */
    uint32_t brought;           /* bit k: what has another phase, k has no more */
    uint32_t back;              /* bit k: k lives, and orphans of its are none any more */
    mip6_addr held_home;        /* whose acknowledgement waits for the others; unspecified: none */
    bool unsaid;                /* a message found no room: it is said again */
    bool busy;                  /* there is another portion to do */
    haha_round again;           /* over who was named */
    haha_round missing;         /* over orphans, for the decider */
    haha_sorting sorting;
    haha_alone alone;
    int64_t said_ns;            /* the last hello, to all */
    uint32_t reborn;            /* bit k: k came back empty, claims of what it had stand */
    int64_t portion_ns;         /* the next portion may be done */
    int64_t sweep_ns;
    int64_t orphans_ns;         /* time to see to orphans */
    int64_t take_ns;            /* the next node may be taken over */
    int64_t last_taken_ns;
    uint64_t decided, taken, given_up, kept, malformed;
};

static inline uint32_t haha_list(const mip6_haha *h, uint32_t row, uint8_t owner)
{
    return row * h->members->n_members + owner;
}

static inline uint8_t haha_owner_of(const mip6_haha *h, const mip6_secondary *r)
{
    return (uint8_t)(mip6_secondary_list_of(&h->store, r) % h->members->n_members);
}

static inline haha_state haha_state_of(const mip6_haha *h, const mip6_secondary *r)
{
    uint32_t row = mip6_secondary_list_of(&h->store, r) / h->members->n_members;
    if (row >= HAHA_ORPHAN)
        return h->back >> haha_owner_of(h, r) & 1 ? HAHA_COPY : HAHA_ORPHAN;
    return (haha_state)row;
}

static inline uint32_t haha_orphans_of(const mip6_haha *h, uint8_t owner)
{
    uint32_t n = 0;
    for (uint32_t row = HAHA_ORPHAN; row < HAHA_N_ROWS; row++)
        n += mip6_secondaries_in(&h->store, haha_list(h, row, owner));
    return n;
}

/* Who served it before its owner was named for it. */
static inline uint8_t haha_from(const mip6_secondary *r)
{
    return (uint8_t)(r->flags >> MIP6_SECONDARY_FROM);
}

static inline void haha_set_from(mip6_secondary *r, uint8_t member)
{
    r->flags &= (1u << MIP6_SECONDARY_FROM) - 1;
    r->flags |= (uint8_t)(member << MIP6_SECONDARY_FROM);
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
void mip6_haha_hold(mip6_haha *h, const mip6_sync_record *record, uint32_t row);

/* haha_portion.c: no step may cost all nodes. What concerns many records is done in portions, one a
 * millisecond. */
#define HAHA_PORTION 512u       /* records that are looked at */
/* There is more to do. */
void mip6_haha_kick(mip6_haha *h);
int64_t mip6_haha_next_portion(const mip6_haha *h);
/* One portion of everything that is under way, if it is time. */
void mip6_haha_portion(mip6_haha *h);
/* To its owner's copies. */
void mip6_haha_to_copies(mip6_haha *h, mip6_secondary *r, uint8_t owner);
/* Over the rows from `first` to `last` of all members. What comes meanwhile may be left out; what
 * was returned may be removed or moved before the next call. NULL: that was all. */
void mip6_haha_round_begin(const mip6_haha *h, haha_round *round, uint32_t first);
mip6_secondary *mip6_haha_round_next(mip6_haha *h, haha_round *round, uint32_t first,
                                     uint32_t last);

/* haha_alone.c: who is cut off must not call nodes to itself when it is back. */
void mip6_haha_nobody_lives(mip6_haha *h);
void mip6_haha_somebody_lives(mip6_haha *h);
/* A node has been heard. */
void mip6_haha_node_heard(mip6_haha *h);
/* May the next node be taken over, and called? False: ask again at *when_ns. */
bool mip6_haha_may_take(mip6_haha *h, int64_t *when_ns);
/* May one that was taken over be called again? */
bool mip6_haha_may_call(const mip6_haha *h, const mip6_addr *home);
/* Who served it lives, and has never been away: it serves it still. */
bool mip6_haha_is_back(const mip6_haha *h, uint8_t member);

/* haha_order.c */
/* Look at at most *budget orphans of a member, so that its lowest come to stand alone. True: *list
 * has them, 1 to `few`, in order. False: it has none, or the budget was not enough. */
bool mip6_haha_lowest(mip6_haha *h, uint8_t member, uint32_t few, uint32_t *budget,
                      uint32_t *list);

/* haha_takeover.c */
/* A member is gone: what it served has no owner. */
void mip6_haha_orphan(mip6_haha *h, uint8_t member);
/* A portion of what is to be said and decided. True: there is more. */
bool mip6_haha_decide(mip6_haha *h);
void mip6_haha_on_message(mip6_haha *h, uint8_t peer, uint8_t code, const uint8_t *body,
                          size_t len);
/* What is due of it. */
void mip6_haha_see_to_orphans(mip6_haha *h);
void mip6_haha_take_some(mip6_haha *h);
void mip6_haha_give_up_some(mip6_haha *h);

#endif
