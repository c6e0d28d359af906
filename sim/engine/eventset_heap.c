/* The pending event set as a 4-ary heap.
 *
 * A heap entry is 16 bytes, so that four siblings fill one cache line: the time, the upper
 * half of the key (destination and part of the source decide nearly all ties) and the slot,
 * which holds the rest and does not move. position[] leads from a slot back into the heap:
 * without it an event could not be cancelled or moved.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "sim/engine/eventset.h"

#include <assert.h>
#include <glib.h>
#include <string.h>
#include <sys/mman.h>

typedef struct entry {
    int64_t time_ns;
    uint32_t key_high;
    uint32_t slot;
} entry;

typedef struct slot {
    uint64_t key;
    void *payload;
    uint32_t generation;
    uint32_t next_free;
} slot;

/* The root stands at 3, the children of i at 4(i - 2) and the three behind: every group of
 * siblings is aligned to its size. */
enum { ROOT = 3, LINE = 64, FIRST_CAPACITY = 1024 };

/* From so many entries on a heap does not fit a processor's nearer caches: grandchildren are
 * fetched ahead (below it that costs more than it brings), and big arrays ask for big pages. */
enum { LARGE_HEAP = 1 << 16, HUGE_PAGE = 2 << 20 };

struct sim_eventset {
    entry *heap;            /* [ROOT, end) live; from end on sentinels, behind all events */
    slot *slots;            /* slot 0 is never used */
    uint32_t *position;     /* of a slot in heap; 0: free */
    uint32_t end;
    uint32_t capacity;      /* of heap, slots and position */
    uint32_t n_slots;       /* ever used, 0 included */
    uint32_t free;          /* list of free slots, 0 at its end */
    sim_handle popped;
};

static const entry sentinel = {INT64_MAX, UINT32_MAX, 0};

/* Times differ nearly always, so the first branch predicts well. */
static inline bool before(const sim_eventset *set, const entry *a, const entry *b)
{
    if (G_LIKELY(a->time_ns != b->time_ns))
        return a->time_ns < b->time_ns;
    if (a->key_high != b->key_high)
        return a->key_high < b->key_high;
    return set->slots[a->slot].key < set->slots[b->slot].key;
}

static inline uint32_t parent_of(uint32_t i)
{
    return i / 4 + 2;
}

static inline uint32_t first_child_of(uint32_t i)
{
    return 4 * (i - 2);
}

static inline void place(sim_eventset *set, uint32_t at, entry e)
{
    set->heap[at] = e;
    set->position[e.slot] = at;
}

static void sift_up(sim_eventset *set, uint32_t hole, entry e)
{
    while (hole > ROOT) {
        uint32_t parent = parent_of(hole);
        if (!before(set, &e, &set->heap[parent]))
            break;
        place(set, hole, set->heap[parent]);
        hole = parent;
    }
    place(set, hole, e);
}

/* First of the four siblings from `c` on; sentinels make the group whole. */
static inline uint32_t first_of_group(const sim_eventset *set, uint32_t c)
{
    const entry *h = set->heap;
    uint32_t a = before(set, &h[c + 1], &h[c]) ? c + 1 : c;
    uint32_t b = before(set, &h[c + 3], &h[c + 2]) ? c + 3 : c + 2;
    return before(set, &h[b], &h[a]) ? b : a;
}

static void sift_down(sim_eventset *set, uint32_t hole, entry e)
{
    /* Groups before it have children. Not a function of its own: gcc 12 takes one
     * that only prefetches for one without effect and drops the call. */
    uint32_t fetch_end = set->end >= LARGE_HEAP ? set->end / 4 : 0;
    for (;;) {
        uint32_t child = first_child_of(hole);
        if (child >= set->end)
            break;
        if (child < fetch_end) {
            const entry *grandchildren = &set->heap[first_child_of(child)];
            for (uint32_t i = 0; i < 16; i += 4)
                __builtin_prefetch(&grandchildren[i]);
        }
        child = first_of_group(set, child);
        if (!before(set, &set->heap[child], &e))
            break;
        place(set, hole, set->heap[child]);
        hole = child;
    }
    place(set, hole, e);
}

static void *grow(void *old, size_t size, uint32_t from, uint32_t to)
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

static void set_capacity(sim_eventset *set, uint32_t capacity)
{
    assert(capacity > set->capacity);
    uint32_t old = set->capacity;
    set->heap = grow(set->heap, sizeof *set->heap, old, capacity);
    set->slots = grow(set->slots, sizeof *set->slots, old, capacity);
    set->position = grow(set->position, sizeof *set->position, old, capacity);
    for (uint32_t i = old; i < capacity; i++)
        set->heap[i] = sentinel;
    memset(set->slots + old, 0, (capacity - old) * sizeof *set->slots);
    memset(set->position + old, 0, (capacity - old) * sizeof *set->position);
    set->capacity = capacity;
}

sim_eventset *sim_eventset_new(void)
{
    sim_eventset *set = g_new0(sim_eventset, 1);
    set->end = ROOT;
    set->n_slots = 1;
    set_capacity(set, FIRST_CAPACITY);
    return set;
}

void sim_eventset_free(sim_eventset *set)
{
    if (!set)
        return;
    g_aligned_free(set->heap);
    g_aligned_free(set->slots);
    g_aligned_free(set->position);
    g_free(set);
}

static uint32_t take_slot(sim_eventset *set)
{
    uint32_t s = set->free;
    if (s) {
        set->free = set->slots[s].next_free;
        return s;
    }
    return set->n_slots++;
}

static void give_slot(sim_eventset *set, uint32_t s)
{
    set->position[s] = 0;
    set->slots[s].generation++;
    set->slots[s].next_free = set->free;
    set->free = s;
}

sim_handle sim_eventset_push(sim_eventset *set, int64_t time_ns, uint64_t key, void *payload)
{
    assert(time_ns >= 0 && time_ns < INT64_MAX);
    /* Slots in use are at most the entries, so there is one where the heap has room. A
     * whole group must exist behind the last entry. */
    if (G_UNLIKELY(set->end + 4 >= set->capacity)) {
        assert(set->capacity <= UINT32_MAX / 2);
        set_capacity(set, 2 * set->capacity);
    }
    uint32_t s = take_slot(set);
    set->slots[s].key = key;
    set->slots[s].payload = payload;
    sift_up(set, set->end++, (entry){time_ns, (uint32_t)(key >> 32), s});
    return (sim_handle){s, set->slots[s].generation};
}

/* Takes the entry at `hole` out. */
static void remove_at(sim_eventset *set, uint32_t hole)
{
    uint32_t last = --set->end;
    entry e = set->heap[last];
    set->heap[last] = sentinel;
    if (hole == last)
        return;
    if (hole > ROOT && before(set, &e, &set->heap[parent_of(hole)]))
        sift_up(set, hole, e);
    else
        sift_down(set, hole, e);
}

bool sim_eventset_pop(sim_eventset *set, int64_t *time_ns, uint64_t *key, void **payload)
{
    if (set->end == ROOT)
        return false;
    entry e = set->heap[ROOT];
    const slot *s = &set->slots[e.slot];
    *time_ns = e.time_ns;
    *key = s->key;
    *payload = s->payload;
    set->popped = (sim_handle){e.slot, s->generation};
    remove_at(set, ROOT);
    give_slot(set, e.slot);
    return true;
}

bool sim_eventset_foresee(const sim_eventset *set, uint64_t *key, void **payload)
{
    if (set->end == ROOT)
        return false;
    const entry *children = &set->heap[first_child_of(ROOT)];
    for (int i = 0; i < 4; i++)
        __builtin_prefetch(&set->slots[children[i].slot]);
    const slot *s = &set->slots[set->heap[ROOT].slot];
    *key = s->key;
    *payload = s->payload;
    return true;
}

sim_handle sim_eventset_popped(const sim_eventset *set)
{
    return set->popped;
}

int64_t sim_eventset_first(const sim_eventset *set)
{
    return set->heap[ROOT].time_ns;     /* of the sentinel when empty */
}

bool sim_eventset_is_pending(const sim_eventset *set, sim_handle handle)
{
    return handle.slot != 0 && handle.slot < set->n_slots && set->position[handle.slot] != 0
           && set->slots[handle.slot].generation == handle.generation;
}

void *sim_eventset_cancel(sim_eventset *set, sim_handle handle)
{
    assert(sim_eventset_is_pending(set, handle));
    void *payload = set->slots[handle.slot].payload;
    remove_at(set, set->position[handle.slot]);
    give_slot(set, handle.slot);
    return payload;
}

void sim_eventset_move(sim_eventset *set, sim_handle handle, int64_t time_ns)
{
    assert(sim_eventset_is_pending(set, handle));
    assert(time_ns >= 0 && time_ns < INT64_MAX);
    uint32_t at = set->position[handle.slot];
    entry e = set->heap[at];
    if (e.time_ns == time_ns)
        return;
    bool earlier = time_ns < e.time_ns;
    e.time_ns = time_ns;
    if (earlier)
        sift_up(set, at, e);
    else
        sift_down(set, at, e);
}

uint64_t sim_eventset_size(const sim_eventset *set)
{
    return set->end - ROOT;
}

void sim_eventset_drain(sim_eventset *set,
                        void (*each)(void *user, uint64_t key, void *payload), void *user)
{
    while (set->end > ROOT) {
        uint32_t s = set->heap[set->end - 1].slot;
        remove_at(set, set->end - 1);
        uint64_t key = set->slots[s].key;
        void *payload = set->slots[s].payload;
        give_slot(set, s);
        each(user, key, payload);
    }
}
