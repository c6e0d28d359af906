/* What the parts of the event set (eventset.c) share: an entry, which moves about, and a slot,
 * which stays where it is as long as its event is pending.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SIM_PENDING_SLOTS_H
#define SIM_PENDING_SLOTS_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 16 bytes are moved: the time, the upper half of the key (destination and part of the source
 * decide nearly all ties) and the slot, which holds the rest. */
typedef struct entry {
    int64_t time_ns;
    uint32_t key_high;
    uint32_t slot;
} entry;

/* Behind all events. */
static const entry sentinel = {INT64_MAX, UINT32_MAX, 0};

/* Half a cache line. */
typedef struct slot {
    uint64_t key;
    void *payload;
    int64_t time_ns;
    uint32_t generation;    /* changes with each event that the slot has had */
    uint32_t where;         /* of a free one: the next free one */
} slot;

/* Where the entry of a slot is; without it an event could not be cancelled or moved. The part
 * that has it says what the low bits mean. The run (pending_run.h) writes nothing here: there,
 * what is neither in the heap nor later is its. */
enum { FREE = 0u, IN_HEAP = 1u, IN_BAG = 2u, IN_FAR = 3u, PLACE_BITS = 29 };
#define PLACE_MASK ((UINT32_C(1) << PLACE_BITS) - 1)

/* Slot 0 is never used. Zero-initialise. */
typedef struct slots {
    slot *all;
    uint32_t n;             /* ever used, 0 included */
    uint32_t free;          /* the first free one; 0: none */
    uint32_t capacity;
} slots;

/* An array of `from` elements anew, as a block (block.h), with room for `to`; the rest is zero.
 * sim_block_free. */
void *sim_pending_grow(void *old, size_t size, uint32_t from, uint32_t to);
/* The capacity after `capacity`. */
uint32_t sim_pending_doubled(uint32_t capacity);

void sim_slots_grow(slots *s);

static inline uint32_t slots_take(slots *s)
{
    uint32_t i = s->free;
    if (G_LIKELY(i)) {
        s->free = s->all[i].where;
        return i;
    }
    if (G_UNLIKELY(s->n == s->capacity))
        sim_slots_grow(s);
    i = s->n++;
    s->all[i].generation = 0;
    return i;
}

static inline void slots_give(slots *s, uint32_t i)
{
    s->all[i].generation++;
    s->all[i].where = s->free;      /* FREE is 0 */
    s->free = i;
}

static inline void slots_note(slots *s, uint32_t i, uint32_t kind, uint32_t place)
{
    s->all[i].where = kind << PLACE_BITS | place;
}

/* Order: time, then key. Times differ nearly always, so the first branch predicts well. */
static inline bool before(const slots *s, const entry *a, const entry *b)
{
    if (G_LIKELY(a->time_ns != b->time_ns))
        return a->time_ns < b->time_ns;
    if (a->key_high != b->key_high)
        return a->key_high < b->key_high;
    return s->all[a->slot].key < s->all[b->slot].key;
}

#endif
