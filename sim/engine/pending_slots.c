/* See pending_slots.h. SPDX-License-Identifier: GPL-3.0-or-later */

#include "sim/engine/pending_slots.h"

#include <assert.h>
#include <string.h>
#include <sys/mman.h>

enum { LINE = 64, FIRST_CAPACITY = 1024, HUGE_PAGE = 2 << 20 };

void *sim_pending_grow(void *old, size_t size, uint32_t from, uint32_t to)
{
    bool huge = to * size >= 2 * HUGE_PAGE;
    char *new = g_aligned_alloc(to, size, huge ? HUGE_PAGE : LINE);
#ifdef MADV_HUGEPAGE
    if (huge)
        madvise(new, to * size, MADV_HUGEPAGE);     /* a wish; refusal does no harm */
#endif
    if (from)
        memcpy(new, old, from * size);
    g_aligned_free(old);
    return new;
}

uint32_t sim_pending_doubled(uint32_t capacity)
{
    assert(capacity <= PLACE_MASK / 2);
    return capacity ? 2 * capacity : FIRST_CAPACITY;
}

void sim_slots_grow(slots *s)
{
    uint32_t to = sim_pending_doubled(s->capacity);
    s->all = sim_pending_grow(s->all, sizeof *s->all, s->capacity, to);
    s->capacity = to;
    if (s->n == 0) {
        s->all[0] = (slot){0};
        s->n = 1;
    }
}
