/* Inside `haha`: bindings of which another agent is the primary, one dense record each.
 *
 * All home addresses have one prefix of 64 bits, so that a record keeps the other 64; links are
 * numbers, not pointers. A record stays where it is until it is removed. Every record is in one
 * list, which says whose it is.
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#ifndef MIP6_SYSTEM_SECONDARY_H
#define MIP6_SYSTEM_SECONDARY_H

#include "core/shared.h"

typedef struct mip6_secondary {
    uint64_t interface;             /* lower half of the home address */
    mip6_addr care_of;
    uint32_t expires_ms;            /* lower half of it: mip6_secondary_expires */
    uint32_t next;                  /* in its bucket, or of the free ones */
    uint32_t after, before;         /* in its list; the first's `before` is the last */
    uint16_t sequence;
    uint16_t lifetime_units;        /* granted */
    uint16_t slot;                  /* mip6_secondary_list_of */
    uint8_t flags;                  /* MIP6_SECONDARY_* */
    uint8_t phase;                  /* which transfer has brought it */
} mip6_secondary;

#define MIP6_SECONDARY_LINK_LOCAL 1u    /* L of the Binding Update */
#define MIP6_SECONDARY_TAKEN 2u         /* its owner took it over, and no update has come since */
#define MIP6_SECONDARY_OWN_TAKEN 4u     /* what is to be given up here for it was taken over */
#define MIP6_SECONDARY_FROM 3u          /* from this bit on: who served it before */

/* With its share of the buckets (4 bytes, one a record) and of messages on their way at most 64. */
_Static_assert(sizeof(mip6_secondary) + 2 * sizeof(uint32_t) <= 56,
               "a secondary record has outgrown its bound");

/* In whole ms, rounded down: a copy must not outlive what it is a copy of. Right for 24 days before
 * and after; what lives longer is taken for that long. */
static inline int64_t mip6_secondary_expires(const mip6_secondary *r, int64_t now_ns)
{
    int64_t now_ms = now_ns / MIP6_MS_NS;
    return (now_ms + (int32_t)(r->expires_ms - (uint32_t)now_ms)) * MIP6_MS_NS;
}

static inline void mip6_secondary_expire_at(mip6_secondary *r, int64_t expires_ns, int64_t now_ns)
{
    int64_t most = now_ns / MIP6_MS_NS + INT32_MAX, ms = expires_ns / MIP6_MS_NS;
    r->expires_ms = (uint32_t)(ms < most ? ms : most);
}

/* Lists change places as a whole: a record knows its list's slot, not its number. */
typedef struct mip6_secondary_list {
    uint32_t first, count;
    uint16_t list;                  /* whose slot it is */
    uint16_t slot;                  /* of the list of this number */
} mip6_secondary_list;

typedef struct mip6_secondaries {
    const mip6_env *env;
    uint64_t secret[2];
    mip6_addr prefix;               /* upper half of all home addresses */
    void **chunks;                  /* of records: number n in chunk n / 256; 0 is nobody's */
    uint32_t n_chunks, max_chunks;
    void **segments;                /* of buckets */
    uint32_t n_segments, max_segments;
    uint32_t n_buckets, mask;
    uint32_t n_used;                /* numbers given out so far, 0 among them */
    uint32_t free, count, hand;
    mip6_secondary_list *lists;     /* by slot */
    uint32_t n_lists;
} mip6_secondaries;

/* n_lists: 1 to 65534, all empty. prefix: its upper 64 bits count. env must outlive it. Returns 0
 * or MIP6_ERR_NOMEM (then nothing is held). */
int mip6_secondaries_init(mip6_secondaries *s, const mip6_env *env, const uint64_t secret[2],
                          const mip6_addr *prefix, uint32_t n_lists);
void mip6_secondaries_free(mip6_secondaries *s);

/* NULL: not there, or outside the prefix. */
mip6_secondary *mip6_secondaries_find(const mip6_secondaries *s, const mip6_addr *home);
mip6_addr mip6_secondary_home(const mip6_secondaries *s, const mip6_secondary *r);
/* A zeroed record at the end of a list. The address is inside the prefix, and has none yet. NULL:
 * no memory; nothing has changed then. */
mip6_secondary *mip6_secondaries_add(mip6_secondaries *s, const mip6_addr *home, uint32_t list);
/* To the end of a list, which may be its own. */
void mip6_secondaries_move(mip6_secondaries *s, mip6_secondary *r, uint32_t list);
void mip6_secondaries_move_first(mip6_secondaries *s, mip6_secondary *r, uint32_t list);
/* All of one list into another. It costs the records of the shorter one, and they are last. */
void mip6_secondaries_join(mip6_secondaries *s, uint32_t from, uint32_t into);
void mip6_secondaries_remove(mip6_secondaries *s, mip6_secondary *r);

uint32_t mip6_secondary_list_of(const mip6_secondaries *s, const mip6_secondary *r);
uint32_t mip6_secondaries_in(const mip6_secondaries *s, uint32_t list);
/* NULL: empty; NULL: it was the last. */
mip6_secondary *mip6_secondaries_first(const mip6_secondaries *s, uint32_t list);
mip6_secondary *mip6_secondaries_after(const mip6_secondaries *s, const mip6_secondary *r);
/* By home address, lowest first: n log n for the n of this list, and no memory. */
void mip6_secondaries_sort(mip6_secondaries *s, uint32_t list);

/* Look at the next `visits` records, as if they stood in a ring, and remove those that have
 * expired. Returns how many. A record is good until it expires, removed or not: whoever finds it
 * checks. */
uint32_t mip6_secondaries_sweep(mip6_secondaries *s, uint32_t visits, int64_t now_ns);

/* What it has of the environment's memory. */
uint64_t mip6_secondaries_bytes(const mip6_secondaries *s);

#endif
