/* Bags: unordered entries of a stretch of time, in chunks from a common store. Putting one in is
 * a write behind the last one, whose cache line is at hand; so is taking one out of the middle.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SIM_PENDING_BAGS_H
#define SIM_PENDING_BAGS_H

#include <string.h>

#include "sim/engine/pending_slots.h"

/* Eight cache lines; only the first chunk of a bag may have room. */
enum { CHUNK_ENTRIES = 31, CHUNK_STEP = 32 };
typedef struct chunk {
    uint32_t next;          /* 0: the last; in a free one, the next free */
    uint32_t unused[3];
    entry entries[CHUNK_ENTRIES];
} chunk;

/* The number of the first chunk times CHUNK_STEP, plus the number of entries in it, 1..31.
 * 0: an empty bag. */
typedef uint32_t bag;

/* Chunk 0 is never used. Zero-initialise. */
typedef struct bags {
    chunk *chunks;
    uint32_t n;             /* ever used, 0 included */
    uint32_t free;
    uint32_t capacity;
} bags;

void sim_bags_grow(bags *store);
/* Takes out the entry that is at `place`. */
void sim_bags_remove(bags *store, bag *b, slots *s, uint32_t place);

static inline uint32_t bags_take_chunk(bags *store)
{
    uint32_t c = store->free;
    if (G_LIKELY(c)) {
        store->free = store->chunks[c].next;
        return c;
    }
    if (G_UNLIKELY(store->n == store->capacity))
        sim_bags_grow(store);
    return store->n++;
}

static inline void bags_give_chunk(bags *store, uint32_t c)
{
    store->chunks[c].next = store->free;
    store->free = c;
}

static inline void bag_add(bags *store, bag *b, slots *s, entry e)
{
    uint32_t at = *b;
    if (at % CHUNK_STEP == 0 || at % CHUNK_STEP == CHUNK_ENTRIES) {
        uint32_t c = bags_take_chunk(store);
        store->chunks[c].next = at / CHUNK_STEP;
        at = c * CHUNK_STEP;
    }
    store->chunks[at / CHUNK_STEP].entries[at % CHUNK_STEP] = e;
    slots_note(s, e.slot, IN_BAG, at);
    *b = at + 1;
}

/* Takes all entries of the first chunk out, into `out`. Returns how many. The bag is not empty. */
static inline uint32_t bag_take_chunk(bags *store, bag *b, entry *out)
{
    uint32_t c = *b / CHUNK_STEP, n = *b % CHUNK_STEP, next = store->chunks[c].next;
    memcpy(out, store->chunks[c].entries, n * sizeof *out);
    *b = next ? next * CHUNK_STEP + CHUNK_ENTRIES : 0;
    bags_give_chunk(store, c);
    return n;
}

#endif
