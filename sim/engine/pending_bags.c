/* See pending_bags.h. SPDX-License-Identifier: GPL-3.0-or-later */

#include "sim/engine/pending_bags.h"

#include <assert.h>

void sim_bags_grow(bags *store)
{
    uint32_t to = sim_pending_doubled(store->capacity);
    assert(to <= PLACE_MASK / CHUNK_STEP);
    store->chunks = sim_pending_grow(store->chunks, sizeof *store->chunks, store->capacity, to);
    store->capacity = to;
    if (store->n == 0) {
        store->chunks[0].next = 0;
        store->n = 1;
    }
}

/* The last entry of the first chunk. */
static entry take_last(bags *store, bag *b)
{
    uint32_t c = *b / CHUNK_STEP, n = *b % CHUNK_STEP - 1;
    entry e = store->chunks[c].entries[n];
    if (n) {
        --*b;
    } else {
        uint32_t next = store->chunks[c].next;
        *b = next ? next * CHUNK_STEP + CHUNK_ENTRIES : 0;
        bags_give_chunk(store, c);
    }
    return e;
}

void sim_bags_remove(bags *store, bag *b, slots *s, uint32_t place)
{
    entry *hole = &store->chunks[place / CHUNK_STEP].entries[place % CHUNK_STEP];
    uint32_t gone = hole->slot;
    entry e = take_last(store, b);
    if (e.slot == gone)
        return;
    *hole = e;
    slots_note(s, e.slot, IN_BAG, place);
}
