/* The pending event set, made of parts:
 *
 *     run         what is left of the stretch of time at hand, in order  (pending_run.h)
 *     heap        events that were put in too late for the run           (pending_heap.h)
 *     calendar    all later events, in unordered stretches of time       (pending_calendar.h)
 *     slots       what stays in place as long as an event is pending     (pending_slots.h)
 *
 * The first event is the first of run and heap. When both are empty the calendar's next stretch
 * is sorted into the run; where it has very many events it becomes the heap. So where all fall
 * into one stretch this is a heap, no worse.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "sim/engine/eventset.h"

#include <assert.h>

#include "sim/engine/block.h"
#include "sim/engine/pending_calendar.h"
#include "sim/engine/pending_heap.h"
#include "sim/engine/pending_run.h"
#include "sim/engine/pending_slots.h"

struct sim_eventset {
    slots slots;
    heap heap;
    sim_handle popped;          /* the last one */
    calendar calendar;
    run run;
};

/* ---- what comes first -------------------------------------------------------------------- */

/* The first entry of run and heap; the sentinel where both are empty. */
static inline const entry *nearest(const sim_eventset *set)
{
    const entry *r = run_first(&set->run), *h = heap_first(&set->heap);
    return before(&set->slots, r, h) ? r : h;
}

static inline bool is_drained(const sim_eventset *set)
{
    return set->run.end == 1 && set->heap.end == HEAP_ROOT;
}

/* More than a run may have: they become the heap. */
static void pour_into_heap(sim_eventset *set, const entry *some, uint32_t n, bag *rest)
{
    entry more[CHUNK_ENTRIES];
    for (;;) {
        for (uint32_t i = 0; i < n; i++)
            sim_heap_append(&set->heap, &set->slots, some[i]);
        if (!*rest)
            break;
        n = calendar_take(&set->calendar, rest, more);
        some = more;
    }
    sim_heap_order(&set->heap, &set->slots);
}

/* Makes the calendar's next bucket the run; it may be empty. Run and heap are empty. */
static void pour(sim_eventset *set)
{
    entry all[MAX_RUN];
    uint32_t n = 0;
    uint64_t begin_ns = set->calendar.near_begin_ns;
    bag *b = calendar_next_bucket(&set->calendar);
    while (*b && n + CHUNK_ENTRIES <= MAX_RUN)
        n += calendar_take(&set->calendar, b, all + n);
    if (n == 0)
        return;
    if (*b) {
        pour_into_heap(set, all, n, b);
        return;
    }
    /* Sorting takes as long as they need to come from the second cache to the first. */
    for (uint32_t i = 0; i < n; i++)
        __builtin_prefetch(&set->slots.all[all[i].slot]);
    sim_run_sort(&set->run, &set->slots, all, n, begin_ns, set->calendar.shift);
}

static bool refill(sim_eventset *set)
{
    do {
        if (!sim_calendar_turn(&set->calendar, &set->slots))
            return false;
        pour(set);
    } while (is_drained(set));
    return true;
}

/* Run or heap has the first event afterwards. False: there is none. */
static inline bool fill(sim_eventset *set)
{
    return G_LIKELY(!is_drained(set)) || refill(set);
}

/* ---- putting in and taking out ----------------------------------------------------------- */

static inline void insert(sim_eventset *set, entry e)
{
    if ((uint64_t)e.time_ns >= set->calendar.near_begin_ns) {
        calendar_add(&set->calendar, &set->slots, e);
    } else {
        sim_heap_add(&set->heap, &set->slots, e);
        set->calendar.passed++;
    }
}

static void take_out(sim_eventset *set, uint32_t i)
{
    const slot *s = &set->slots.all[i];
    if ((uint64_t)s->time_ns >= set->calendar.near_begin_ns)
        sim_calendar_remove(&set->calendar, &set->slots, i);
    else if (s->where >> PLACE_BITS == IN_HEAP)
        sim_heap_remove(&set->heap, &set->slots, s->where & PLACE_MASK);
    else
        sim_run_remove(&set->run, i);
}

/* ---- the interface ----------------------------------------------------------------------- */

static sim_eventset *new_set(uint64_t calendar_begin_ns)
{
    sim_eventset *set = g_new0(sim_eventset, 1);
    sim_slots_grow(&set->slots);
    sim_heap_init(&set->heap);
    sim_run_init(&set->run);
    sim_calendar_init(&set->calendar, calendar_begin_ns);
    return set;
}

sim_eventset *sim_eventset_new(void)
{
    return new_set(0);
}

sim_eventset *sim_eventset_new_heap(void)
{
    return new_set(UINT64_MAX);
}

void sim_eventset_free(sim_eventset *set)
{
    if (!set)
        return;
    sim_calendar_clear(&set->calendar);
    sim_heap_clear(&set->heap);
    sim_block_free(set->slots.all);
    g_free(set);
}

sim_handle sim_eventset_push(sim_eventset *set, int64_t time_ns, uint64_t key, void *payload)
{
    assert(time_ns >= 0 && time_ns < INT64_MAX);
    uint32_t i = slots_take(&set->slots);
    slot *s = &set->slots.all[i];
    s->key = key;
    s->payload = payload;
    s->time_ns = time_ns;
    uint32_t generation = s->generation;
    insert(set, (entry){time_ns, (uint32_t)(key >> 32), i});
    return (sim_handle){i, generation};
}

bool sim_eventset_pop(sim_eventset *set, int64_t *time_ns, uint64_t *key, void **payload)
{
    if (!fill(set))
        return false;
    entry e = *nearest(set);
    const slot *s = &set->slots.all[e.slot];
    *time_ns = e.time_ns;
    *key = s->key;
    *payload = s->payload;
    set->popped = (sim_handle){e.slot, s->generation};
    if (run_first(&set->run)->slot == e.slot)
        run_pop(&set->run);
    else
        sim_heap_remove(&set->heap, &set->slots, HEAP_ROOT);
    slots_give(&set->slots, e.slot);
    return true;
}

bool sim_eventset_foresee(sim_eventset *set, uint64_t *key, void **payload)
{
    const entry *e = nearest(set);
    if (!e->slot)
        return false;
    const slot *s = &set->slots.all[e->slot];
    *key = s->key;
    *payload = s->payload;
    return true;
}

sim_handle sim_eventset_popped(const sim_eventset *set)
{
    return set->popped;
}

int64_t sim_eventset_first(sim_eventset *set)
{
    fill(set);
    return nearest(set)->time_ns;       /* of the sentinel when empty */
}

bool sim_eventset_is_pending(const sim_eventset *set, sim_handle handle)
{
    return handle.slot != 0 && handle.slot < set->slots.n
           && set->slots.all[handle.slot].where >> PLACE_BITS != FREE
           && set->slots.all[handle.slot].generation == handle.generation;
}

void *sim_eventset_cancel(sim_eventset *set, sim_handle handle)
{
    assert(sim_eventset_is_pending(set, handle));
    void *payload = set->slots.all[handle.slot].payload;
    take_out(set, handle.slot);
    slots_give(&set->slots, handle.slot);
    return payload;
}

void sim_eventset_move(sim_eventset *set, sim_handle handle, int64_t time_ns)
{
    assert(sim_eventset_is_pending(set, handle));
    assert(time_ns >= 0 && time_ns < INT64_MAX);
    slot *s = &set->slots.all[handle.slot];
    if (s->time_ns == time_ns)
        return;
    take_out(set, handle.slot);
    s->time_ns = time_ns;
    insert(set, (entry){time_ns, (uint32_t)(s->key >> 32), handle.slot});
}

uint64_t sim_eventset_size(const sim_eventset *set)
{
    return set->run.live + heap_size(&set->heap) + calendar_size(&set->calendar);
}

void sim_eventset_drain(sim_eventset *set,
                        void (*each)(void *user, uint64_t key, void *payload), void *user)
{
    /* Order is nothing here, but the interface gives no other way to all of them. */
    while (fill(set)) {
        uint32_t i = nearest(set)->slot;
        take_out(set, i);
        uint64_t key = set->slots.all[i].key;
        void *payload = set->slots.all[i].payload;
        slots_give(&set->slots, i);
        each(user, key, payload);
    }
}
