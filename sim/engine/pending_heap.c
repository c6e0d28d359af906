/* See pending_heap.h. SPDX-License-Identifier: GPL-3.0-or-later */

#include "sim/engine/pending_heap.h"

#include "sim/engine/block.h"

/* From so many entries on a heap does not fit a processor's nearer caches: grandchildren are
 * fetched ahead (below it that costs more than it brings). */
enum { LARGE = 1 << 16 };

static inline uint32_t parent_of(uint32_t i)
{
    return i / 4 + 2;
}

static inline uint32_t first_child_of(uint32_t i)
{
    return 4 * (i - 2);
}

static inline void place(heap *h, slots *s, uint32_t at, entry e)
{
    h->all[at] = e;
    slots_note(s, e.slot, IN_HEAP, at);
}

static void sift_up(heap *h, slots *s, uint32_t hole, entry e)
{
    while (hole > HEAP_ROOT) {
        uint32_t parent = parent_of(hole);
        if (!before(s, &e, &h->all[parent]))
            break;
        place(h, s, hole, h->all[parent]);
        hole = parent;
    }
    place(h, s, hole, e);
}

/* First of the four siblings from `c` on; sentinels make the group whole. */
static inline uint32_t first_of_group(const heap *h, const slots *s, uint32_t c)
{
    const entry *e = h->all;
    uint32_t a = before(s, &e[c + 1], &e[c]) ? c + 1 : c;
    uint32_t b = before(s, &e[c + 3], &e[c + 2]) ? c + 3 : c + 2;
    return before(s, &e[b], &e[a]) ? b : a;
}

static void sift_down(heap *h, slots *s, uint32_t hole, entry e)
{
    /* Groups before it have children. Not a function of its own: gcc 12 takes one
     * that only prefetches for one without effect and drops the call. */
    uint32_t fetch_end = h->end >= LARGE ? h->end / 4 : 0;
    for (;;) {
        uint32_t child = first_child_of(hole);
        if (child >= h->end)
            break;
        if (child < fetch_end) {
            const entry *grandchildren = &h->all[first_child_of(child)];
            for (uint32_t i = 0; i < 16; i += 4)
                __builtin_prefetch(&grandchildren[i]);
        }
        child = first_of_group(h, s, child);
        if (!before(s, &h->all[child], &e))
            break;
        place(h, s, hole, h->all[child]);
        hole = child;
    }
    place(h, s, hole, e);
}

static void grow(heap *h)
{
    uint32_t from = h->capacity, to = sim_pending_doubled(from);
    h->all = sim_pending_grow(h->all, sizeof *h->all, from, to);
    for (uint32_t i = from; i < to; i++)
        h->all[i] = sentinel;
    h->capacity = to;
}

void sim_heap_init(heap *h)
{
    *h = (heap){.end = HEAP_ROOT};
    grow(h);
}

void sim_heap_clear(heap *h)
{
    sim_block_free(h->all);
}

void sim_heap_append(heap *h, slots *s, entry e)
{
    /* A whole group must exist behind the last entry. */
    if (G_UNLIKELY(h->end + 4 >= h->capacity))
        grow(h);
    place(h, s, h->end++, e);
}

void sim_heap_order(heap *h, slots *s)
{
    for (uint32_t i = parent_of(h->end - 1); i >= HEAP_ROOT; i--)
        sift_down(h, s, i, h->all[i]);
}

void sim_heap_add(heap *h, slots *s, entry e)
{
    sim_heap_append(h, s, e);
    sift_up(h, s, h->end - 1, e);
}

void sim_heap_remove(heap *h, slots *s, uint32_t hole)
{
    uint32_t last = --h->end;
    entry e = h->all[last];
    h->all[last] = sentinel;
    if (hole == last)
        return;
    if (hole > HEAP_ROOT && before(s, &e, &h->all[parent_of(hole)]))
        sift_up(h, s, hole, e);
    else
        sift_down(h, s, hole, e);
}
