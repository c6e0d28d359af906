/* A heap of four children with real removal. A part of the event set, and the whole of it where
 * it is the reference.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SIM_PENDING_HEAP_H
#define SIM_PENDING_HEAP_H

#include "sim/engine/pending_slots.h"

/* The root stands at 3, the children of i at 4(i - 2) and the three behind: every group of
 * siblings is one cache line. */
enum { HEAP_ROOT = 3 };

typedef struct heap {
    uint32_t end;           /* all[HEAP_ROOT, end); then sentinels, behind all events */
    uint32_t capacity;
    entry *all;
} heap;

void sim_heap_init(heap *h);
void sim_heap_clear(heap *h);
void sim_heap_add(heap *h, slots *s, entry e);
/* At the end, out of order: until sim_heap_order the heap is none. */
void sim_heap_append(heap *h, slots *s, entry e);
void sim_heap_order(heap *h, slots *s);
void sim_heap_remove(heap *h, slots *s, uint32_t place);

static inline uint32_t heap_size(const heap *h)
{
    return h->end - HEAP_ROOT;
}

/* The first one; the sentinel where there is none. */
static inline const entry *heap_first(const heap *h)
{
    return &h->all[HEAP_ROOT];
}

#endif
