/* See pending_slots.h. SPDX-License-Identifier: GPL-3.0-or-later */

#include "sim/engine/pending_slots.h"

#include <assert.h>
#include <string.h>

#include "sim/engine/block.h"

enum { FIRST_CAPACITY = 1024 };

void *sim_pending_grow(void *old, size_t size, uint32_t from, uint32_t to)
{
    void *new = sim_block_new(to, size);
    if (from)
        memcpy(new, old, from * size);
    sim_block_free(old);
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
