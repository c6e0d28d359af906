/* The pending event set: a calendar of unordered buckets, sorted one at a time.
 *
 *     run       what is left of the bucket at hand, in order: taken from its end
 *     heap      events that were put in before near_end, too late for the run
 *     calendar  a ring of buckets of equal width from near_end to calendar_end, unordered
 *     far       all later events, unordered; the calendar takes its share each half turn
 *
 * The first event is the first of run and heap. When both are empty the next bucket is
 * sorted. So each event is touched a fixed number of times, whatever the number
 * pending; and where all fall into one bucket it is a heap, no worse. Number and width of the
 * buckets are a guess from the events of late, about speed only: what comes out, and in which
 * order, does not depend on it.
 *
 * An entry is 16 bytes: the time, the upper half of the key (destination and part of the source
 * decide nearly all ties) and the slot, which holds the rest and does not move. The slot's
 * `where` leads back to the entry: without it an event could not be cancelled or moved.
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

/* Where an entry is: the place in the low bits. FREE: the next free slot there. */
enum { FREE = 0u, IN_RUN = 1u, IN_HEAP = 2u, IN_CALENDAR = 3u, IN_FAR = 4u, PLACE_BITS = 29 };
#define PLACE_MASK ((UINT32_C(1) << PLACE_BITS) - 1)

typedef struct slot {
    uint64_t key;
    void *payload;
    uint32_t generation;
    uint32_t where;
} slot;

/* A bucket is a list of chunks of eight cache lines; only the first may have room. */
enum { CHUNK_ENTRIES = 31, CHUNK_STEP = 32 };
typedef struct chunk {
    uint32_t next;          /* 0: the last; in a free one, the next free */
    uint32_t unused[3];
    entry entries[CHUNK_ENTRIES];
} chunk;

/* The first chunk and the number of entries in it, 1..31. 0: an empty bucket. */
typedef uint32_t bucket;

/* The root of the heap stands at 3, the children of i at 4(i - 2) and the three behind: every
 * group of siblings is one cache line. */
enum { ROOT = 3, LINE = 64, FIRST_CAPACITY = 1024, HUGE_PAGE = 2 << 20 };

/* From so many entries on a heap does not fit a processor's nearer caches: grandchildren are
 * fetched ahead (below it that costs more than it brings). */
enum { LARGE_HEAP = 1 << 16 };

/* Events that a bucket is laid out for, and up to how many are sorted; more go to the heap.
 * Measured by the hold model: 24 to 48 are alike. */
enum { PER_BUCKET = 32, MAX_RUN = 4 * PER_BUCKET };
/* Sorting begins with so many bins. */
enum { BIN_BITS = 6, BINS = 1 << BIN_BITS };
/* The calendar is for SPAN times the pending events: of exponential gaps few are far then. */
enum { SPAN = 4, MIN_BUCKETS = 16, MAX_BUCKETS = 1 << 20, MAX_SHIFT = 40 };
/* A half turn with so many times the events it is laid out for ends early. */
enum { CROWDED = 8 };

struct sim_eventset {
    uint32_t run_end;           /* run[1, run_end), from the last to the first */
    uint32_t run_live;          /* of them: not cancelled */

    uint32_t heap_end;          /* heap[ROOT, heap_end); then sentinels, behind all events */
    uint32_t heap_capacity;
    entry *heap;

    slot *slots;                /* slot 0 is never used */
    uint32_t n_slots;           /* ever used, 0 included */
    uint32_t free_slot;
    uint32_t slot_capacity;

    unsigned shift;             /* a bucket is 2^shift ns wide */
    uint32_t bucket_mask;       /* the number of buckets - 1 */
    uint32_t bucket_capacity;
    bucket *buckets;
    uint32_t n_calendar;        /* entries there */
    int64_t near_end_ns;        /* begin of the next bucket */
    int64_t calendar_end_ns;
    int64_t half_ns;            /* when near_end gets there the calendar goes on */

    chunk *chunks;              /* chunk 0 is never used */
    uint32_t n_chunks;
    uint32_t free_chunk;
    uint32_t chunk_capacity;

    entry *far;
    uint32_t n_far;
    uint32_t far_capacity;

    uint64_t pops;              /* since pops_from_ns: the rate of late */
    int64_t pops_from_ns;
    int64_t popped_ns;          /* of the event last popped, with its handle */
    sim_handle popped;
    entry run[1 + MAX_RUN];     /* run[0]: the sentinel; slot 0: cancelled */
};

static const entry sentinel = {INT64_MAX, UINT32_MAX, 0};

/* ---- memory ------------------------------------------------------------------------ */

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

/* The capacity after `capacity`. */
static uint32_t doubled(uint32_t capacity)
{
    assert(capacity <= PLACE_MASK / 2);
    return capacity ? 2 * capacity : FIRST_CAPACITY;
}

static uint32_t take_slot(sim_eventset *set)
{
    uint32_t s = set->free_slot;
    if (s) {
        set->free_slot = set->slots[s].where;
        return s;
    }
    if (G_UNLIKELY(set->n_slots == set->slot_capacity)) {
        uint32_t to = doubled(set->slot_capacity);
        set->slots = grow(set->slots, sizeof *set->slots, set->slot_capacity, to);
        set->slot_capacity = to;
    }
    s = set->n_slots++;
    set->slots[s].generation = 0;
    return s;
}

static void give_slot(sim_eventset *set, uint32_t s)
{
    set->slots[s].generation++;
    set->slots[s].where = set->free_slot;   /* FREE is 0 */
    set->free_slot = s;
}

static uint32_t take_chunk(sim_eventset *set)
{
    uint32_t c = set->free_chunk;
    if (c) {
        set->free_chunk = set->chunks[c].next;
        return c;
    }
    if (G_UNLIKELY(set->n_chunks == set->chunk_capacity)) {
        uint32_t to = doubled(set->chunk_capacity);
        assert(to <= PLACE_MASK / CHUNK_STEP);
        set->chunks = grow(set->chunks, sizeof *set->chunks, set->chunk_capacity, to);
        set->chunk_capacity = to;
    }
    return set->n_chunks++;
}

static void give_chunk(sim_eventset *set, uint32_t c)
{
    set->chunks[c].next = set->free_chunk;
    set->free_chunk = c;
}

/* Where the entry of a slot is now. */
static inline void note(sim_eventset *set, uint32_t s, uint32_t kind, uint32_t place)
{
    set->slots[s].where = kind << PLACE_BITS | place;
}

/* ---- the heap ------------------------------------------------------------------------ */

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
    note(set, e.slot, IN_HEAP, at);
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
    uint32_t fetch_end = set->heap_end >= LARGE_HEAP ? set->heap_end / 4 : 0;
    for (;;) {
        uint32_t child = first_child_of(hole);
        if (child >= set->heap_end)
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

static void grow_heap(sim_eventset *set)
{
    uint32_t from = set->heap_capacity, to = doubled(from);
    set->heap = grow(set->heap, sizeof *set->heap, from, to);
    for (uint32_t i = from; i < to; i++)
        set->heap[i] = sentinel;
    set->heap_capacity = to;
}

/* At the end, out of order. */
static void heap_append(sim_eventset *set, entry e)
{
    /* A whole group must exist behind the last entry. */
    if (G_UNLIKELY(set->heap_end + 4 >= set->heap_capacity))
        grow_heap(set);
    place(set, set->heap_end++, e);
}

static void heap_add(sim_eventset *set, entry e)
{
    heap_append(set, e);
    sift_up(set, set->heap_end - 1, e);
}

static void heap_remove(sim_eventset *set, uint32_t hole)
{
    uint32_t last = --set->heap_end;
    entry e = set->heap[last];
    set->heap[last] = sentinel;
    if (hole == last)
        return;
    if (hole > ROOT && before(set, &e, &set->heap[parent_of(hole)]))
        sift_up(set, hole, e);
    else
        sift_down(set, hole, e);
}

/* ---- the calendar ---------------------------------------------------------------------- */

static inline bucket *bucket_of(const sim_eventset *set, uint64_t time_ns)
{
    return &set->buckets[(time_ns >> set->shift) & set->bucket_mask];
}

static void calendar_add(sim_eventset *set, entry e)
{
    bucket *b = bucket_of(set, (uint64_t)e.time_ns);
    uint32_t c = *b / CHUNK_STEP, n = *b % CHUNK_STEP;
    if (n == 0 || n == CHUNK_ENTRIES) {
        uint32_t first = take_chunk(set);
        set->chunks[first].next = c;
        c = first;
        n = 0;
    }
    set->chunks[c].entries[n] = e;
    note(set, e.slot, IN_CALENDAR, c * CHUNK_STEP + n);
    *b = c * CHUNK_STEP + n + 1;
    set->n_calendar++;
}

/* Takes the last entry of a bucket's first chunk out. */
static entry take_from_bucket(sim_eventset *set, bucket *b)
{
    uint32_t c = *b / CHUNK_STEP, n = *b % CHUNK_STEP - 1;
    entry e = set->chunks[c].entries[n];
    if (n) {
        --*b;
    } else {
        uint32_t next = set->chunks[c].next;
        *b = next ? next * CHUNK_STEP + CHUNK_ENTRIES : 0;
        give_chunk(set, c);
    }
    set->n_calendar--;
    return e;
}

/* Takes all entries of the first chunk out. Returns how many. */
static inline uint32_t take_chunk_of(sim_eventset *set, bucket *b, entry *out)
{
    uint32_t c = *b / CHUNK_STEP, n = *b % CHUNK_STEP, next = set->chunks[c].next;
    memcpy(out, set->chunks[c].entries, n * sizeof *out);
    *b = next ? next * CHUNK_STEP + CHUNK_ENTRIES : 0;
    give_chunk(set, c);
    set->n_calendar -= n;
    return n;
}

static void calendar_remove(sim_eventset *set, uint32_t at)
{
    entry *hole = &set->chunks[at / CHUNK_STEP].entries[at % CHUNK_STEP];
    uint32_t gone = hole->slot;
    entry e = take_from_bucket(set, bucket_of(set, (uint64_t)hole->time_ns));
    if (e.slot == gone)
        return;
    *hole = e;
    note(set, e.slot, IN_CALENDAR, at);
}

/* ---- the run --------------------------------------------------------------------------- */

/* Into run[1..n], the last one first. `begin_ns` is the bucket's. First by bins, which
 * nearly orders them without a branch that could be mispredicted. */
static void sort_run(sim_eventset *set, const entry *in, uint32_t n, int64_t begin_ns)
{
    unsigned down = set->shift > BIN_BITS ? set->shift - BIN_BITS : 0;
    uint8_t bin[MAX_RUN];
    uint8_t at[BINS] = {0};
    for (uint32_t i = 0; i < n; i++) {
        bin[i] = (uint8_t)(BINS - 1 - ((uint64_t)(in[i].time_ns - begin_ns) >> down));
        at[bin[i]]++;
    }
    uint8_t sum = 1;
    for (uint32_t b = 0; b < BINS; b++) {
        uint8_t count = at[b];
        at[b] = sum;
        sum = (uint8_t)(sum + count);
    }
    entry *run = set->run;
    for (uint32_t i = 0; i < n; i++)
        run[at[bin[i]]++] = in[i];
    for (uint32_t i = 1; i <= n; i++) {
        entry e = run[i];
        uint32_t hole = i;
        for (; before(set, &run[hole - 1], &e); hole--)
            run[hole] = run[hole - 1];
        run[hole] = e;
    }
    for (uint32_t i = 1; i <= n; i++)
        note(set, run[i].slot, IN_RUN, i);
    set->run_end = n + 1;
    set->run_live = n;
}

/* Takes the first entry out, and the cancelled ones behind it. */
static inline void run_pop(sim_eventset *set)
{
    set->run_live--;
    do
        set->run_end--;
    while (G_UNLIKELY(set->run[set->run_end - 1].slot == 0 && set->run_end > 1));
}

static void run_remove(sim_eventset *set, uint32_t at)
{
    if (at == set->run_end - 1) {
        run_pop(set);
        return;
    }
    set->run[at].slot = 0;
    set->run_live--;
}

/* Asks for the memory of the buckets to come: the slots of the next one's entries, and the first
 * chunk of the one after it. */
static inline void fetch_ahead(const sim_eventset *set, uint64_t next_ns)
{
    bucket next = *bucket_of(set, next_ns);
    uint32_t n = next % CHUNK_STEP;
    for (uint32_t c = next / CHUNK_STEP; c; c = set->chunks[c].next, n = CHUNK_ENTRIES)
        for (uint32_t i = 0; i < n; i++)
            __builtin_prefetch(&set->slots[set->chunks[c].entries[i].slot]);
    next = *bucket_of(set, next_ns + (UINT64_C(1) << set->shift));
    const char *first = (const char *)&set->chunks[next / CHUNK_STEP];
    for (size_t at = 0; at < (next % CHUNK_STEP + 1) * sizeof(entry); at += LINE)
        __builtin_prefetch(first + at);
}

/* Makes the next bucket the run; it may be empty. Run and heap are empty. */
static void pour(sim_eventset *set)
{
    int64_t begin_ns = set->near_end_ns, width_ns = INT64_C(1) << set->shift;
    set->near_end_ns = begin_ns < INT64_MAX - width_ns ? begin_ns + width_ns : INT64_MAX;
    bucket *b = bucket_of(set, (uint64_t)begin_ns);
    if (!*b)
        return;
    fetch_ahead(set, (uint64_t)begin_ns + (uint64_t)width_ns);
    entry all[MAX_RUN];
    uint32_t n = 0;
    while (*b && n + CHUNK_ENTRIES <= MAX_RUN)
        n += take_chunk_of(set, b, all + n);
    if (!*b) {
        sort_run(set, all, n, begin_ns);
        return;
    }
    for (uint32_t i = 0; i < n; i++)
        heap_append(set, all[i]);
    while (*b)
        heap_append(set, take_from_bucket(set, b));
    for (uint32_t i = parent_of(set->heap_end - 1); i >= ROOT; i--)
        sift_down(set, i, set->heap[i]);
}

/* ---- far events, and the layout of a calendar --------------------------------------------- */

static void far_add(sim_eventset *set, entry e)
{
    if (G_UNLIKELY(set->n_far == set->far_capacity)) {
        uint32_t to = doubled(set->far_capacity);
        set->far = grow(set->far, sizeof *set->far, set->far_capacity, to);
        set->far_capacity = to;
    }
    note(set, e.slot, IN_FAR, set->n_far);
    set->far[set->n_far++] = e;
}

static void far_remove(sim_eventset *set, uint32_t at)
{
    entry e = set->far[--set->n_far];
    if (at == set->n_far)
        return;
    set->far[at] = e;
    note(set, e.slot, IN_FAR, at);
}

static int by_time(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Nanoseconds from the first far event to half of them, by a sample. */
static int64_t half_span_ns(const sim_eventset *set, int64_t first_ns)
{
    enum { SAMPLE = 63 };
    int64_t times[SAMPLE];
    for (uint32_t i = 0; i < SAMPLE; i++)
        times[i] = set->far[(uint64_t)set->n_far * i / SAMPLE].time_ns;
    qsort(times, SAMPLE, sizeof *times, by_time);
    return times[SAMPLE / 2] - first_ns;
}

/* A width for PER_BUCKET events: by those popped of late, or, where they say little, by the
 * far ones from first_ns on. */
static unsigned choose_shift(const sim_eventset *set, int64_t first_ns)
{
    uint64_t events = set->pops;
    int64_t span_ns = set->popped_ns - set->pops_from_ns;
    if (events < 2 * PER_BUCKET) {
        if (!set->n_far)
            return set->shift;
        events = set->n_far / 2 + 1;
        span_ns = half_span_ns(set, first_ns);
    }
    uint64_t width_ns = span_ns > 0 ? (uint64_t)span_ns / events * PER_BUCKET : 0;
    unsigned shift = width_ns ? g_bit_storage(width_ns) - 1 : 0;
    return MIN(shift, MAX_SHIFT);
}

static uint32_t choose_buckets(const sim_eventset *set)
{
    uint64_t pending = (uint64_t)set->n_calendar + set->n_far;
    uint32_t n = MIN_BUCKETS;
    while (n < MAX_BUCKETS && n < pending * SPAN / PER_BUCKET)
        n *= 2;
    return n;
}

static void set_buckets(sim_eventset *set, uint32_t n)
{
    if (n > set->bucket_capacity) {
        set->buckets = grow(set->buckets, sizeof *set->buckets, 0, n);
        memset(set->buckets, 0, n * sizeof *set->buckets);
        set->bucket_capacity = n;
    }
    set->bucket_mask = n - 1;
}

/* The calendar reaches as far from near_end as it can: fetches what is no longer far. */
static void reach_out(sim_eventset *set)
{
    int64_t length_ns = ((int64_t)set->bucket_mask + 1) << set->shift;
    set->calendar_end_ns = set->near_end_ns < INT64_MAX - length_ns
                               ? set->near_end_ns + length_ns : INT64_MAX;
    set->half_ns = set->calendar_end_ns - length_ns / 2;
    for (uint32_t i = 0; i < set->n_far;) {
        entry e = set->far[i];
        if (e.time_ns >= set->calendar_end_ns) {
            i++;
            continue;
        }
        far_remove(set, i);
        calendar_add(set, e);
    }
}

/* A calendar from the first far event on. Nothing is pending elsewhere. */
static void lay_out(sim_eventset *set)
{
    assert(set->n_calendar == 0);
    int64_t first_ns = INT64_MAX;
    for (uint32_t i = 0; i < set->n_far; i++)
        first_ns = MIN(first_ns, set->far[i].time_ns);
    set_buckets(set, choose_buckets(set));
    set->shift = choose_shift(set, first_ns);
    set->near_end_ns = first_ns >> set->shift << set->shift;
    reach_out(set);
}

/* Does the layout no longer fit? Twice too wide or too narrow is good enough. */
static bool is_misfit(const sim_eventset *set)
{
    unsigned shift = choose_shift(set, set->near_end_ns);
    uint32_t n = choose_buckets(set), have = set->bucket_mask + 1;
    return shift > set->shift + 1 || shift + 1 < set->shift || n > 2 * have || n < have / 4;
}

/* Half of the calendar is behind, or it is crowded. Run and heap are empty. */
static void go_on(sim_eventset *set)
{
    if (is_misfit(set)) {
        for (uint32_t b = 0; b <= set->bucket_mask; b++)
            while (set->buckets[b])
                far_add(set, take_from_bucket(set, &set->buckets[b]));
        lay_out(set);
    } else {
        reach_out(set);
    }
    set->pops = 0;
    set->pops_from_ns = set->popped_ns;
}

static inline bool is_crowded(const sim_eventset *set)
{
    return set->pops > (uint64_t)CROWDED * PER_BUCKET * (set->bucket_mask / 2 + 1);
}

/* The first entry of run and heap; the sentinel where both are empty. */
static inline const entry *nearest(sim_eventset *set)
{
    const entry *run = &set->run[set->run_end - 1], *heap = &set->heap[ROOT];
    return before(set, run, heap) ? run : heap;
}

static bool refill(sim_eventset *set)
{
    do {
        if (!set->n_calendar) {
            if (!set->n_far)
                return false;
            lay_out(set);
        } else if (set->near_end_ns >= set->half_ns || is_crowded(set)) {
            go_on(set);
        }
        pour(set);
    } while (set->run_end == 1 && set->heap_end == ROOT);
    return true;
}

/* Run or heap has the first event afterwards. False: there is none. */
static inline bool fill(sim_eventset *set)
{
    if (G_LIKELY(set->run_end > 1 || set->heap_end > ROOT))
        return true;
    return refill(set);
}

/* ---- the interface --------------------------------------------------------------------- */

static sim_eventset *new_set(int64_t near_end_ns)
{
    sim_eventset *set = g_new0(sim_eventset, 1);
    set->heap_end = ROOT;
    set->run[0] = sentinel;
    set->run_end = 1;
    set->n_slots = set->n_chunks = 1;
    set->slots = grow(NULL, sizeof *set->slots, 0, FIRST_CAPACITY);
    set->slot_capacity = FIRST_CAPACITY;
    set->chunks = grow(NULL, sizeof *set->chunks, 0, FIRST_CAPACITY);
    set->chunk_capacity = FIRST_CAPACITY;
    grow_heap(set);
    set->near_end_ns = set->calendar_end_ns = near_end_ns;
    set_buckets(set, MIN_BUCKETS);
    return set;
}

sim_eventset *sim_eventset_new(void)
{
    return new_set(0);
}

sim_eventset *sim_eventset_new_heap(void)
{
    return new_set(INT64_MAX);
}

void sim_eventset_free(sim_eventset *set)
{
    if (!set)
        return;
    g_aligned_free(set->heap);
    g_aligned_free(set->slots);
    g_aligned_free(set->buckets);
    g_aligned_free(set->chunks);
    g_aligned_free(set->far);
    g_free(set);
}

static inline void insert(sim_eventset *set, entry e)
{
    if (e.time_ns < set->near_end_ns)
        heap_add(set, e);
    else if (e.time_ns < set->calendar_end_ns)
        calendar_add(set, e);
    else
        far_add(set, e);
}

static void take_out(sim_eventset *set, uint32_t s)
{
    uint32_t at = set->slots[s].where & PLACE_MASK;
    switch (set->slots[s].where >> PLACE_BITS) {
    case IN_RUN: run_remove(set, at); break;
    case IN_HEAP: heap_remove(set, at); break;
    case IN_CALENDAR: calendar_remove(set, at); break;
    default: far_remove(set, at); break;
    }
}

static entry entry_of(const sim_eventset *set, uint32_t s)
{
    uint32_t at = set->slots[s].where & PLACE_MASK;
    switch (set->slots[s].where >> PLACE_BITS) {
    case IN_RUN: return set->run[at];
    case IN_HEAP: return set->heap[at];
    case IN_CALENDAR: return set->chunks[at / CHUNK_STEP].entries[at % CHUNK_STEP];
    default: return set->far[at];
    }
}

sim_handle sim_eventset_push(sim_eventset *set, int64_t time_ns, uint64_t key, void *payload)
{
    assert(time_ns >= 0 && time_ns < INT64_MAX);
    uint32_t s = take_slot(set);
    set->slots[s].key = key;
    set->slots[s].payload = payload;
    insert(set, (entry){time_ns, (uint32_t)(key >> 32), s});
    return (sim_handle){s, set->slots[s].generation};
}

bool sim_eventset_pop(sim_eventset *set, int64_t *time_ns, uint64_t *key, void **payload)
{
    if (!fill(set))
        return false;
    entry e = *nearest(set);
    const slot *s = &set->slots[e.slot];
    *time_ns = e.time_ns;
    *key = s->key;
    *payload = s->payload;
    set->popped = (sim_handle){e.slot, s->generation};
    set->popped_ns = e.time_ns;
    set->pops++;
    if (set->run[set->run_end - 1].slot == e.slot)
        run_pop(set);
    else
        heap_remove(set, ROOT);
    give_slot(set, e.slot);
    return true;
}

bool sim_eventset_foresee(sim_eventset *set, uint64_t *key, void **payload)
{
    const entry *e = nearest(set);
    if (!e->slot)
        return false;
    const slot *s = &set->slots[e->slot];
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
    return handle.slot != 0 && handle.slot < set->n_slots
           && set->slots[handle.slot].where >> PLACE_BITS != FREE
           && set->slots[handle.slot].generation == handle.generation;
}

void *sim_eventset_cancel(sim_eventset *set, sim_handle handle)
{
    assert(sim_eventset_is_pending(set, handle));
    void *payload = set->slots[handle.slot].payload;
    take_out(set, handle.slot);
    give_slot(set, handle.slot);
    return payload;
}

void sim_eventset_move(sim_eventset *set, sim_handle handle, int64_t time_ns)
{
    assert(sim_eventset_is_pending(set, handle));
    assert(time_ns >= 0 && time_ns < INT64_MAX);
    entry e = entry_of(set, handle.slot);
    if (e.time_ns == time_ns)
        return;
    take_out(set, handle.slot);
    e.time_ns = time_ns;
    insert(set, e);
}

uint64_t sim_eventset_size(const sim_eventset *set)
{
    return (uint64_t)set->run_live + (set->heap_end - ROOT) + set->n_calendar + set->n_far;
}

void sim_eventset_drain(sim_eventset *set,
                        void (*each)(void *user, uint64_t key, void *payload), void *user)
{
    /* Order is nothing here, but the interface gives no other way to all of them. */
    while (fill(set)) {
        uint32_t s = nearest(set)->slot;
        take_out(set, s);
        uint64_t key = set->slots[s].key;
        void *payload = set->slots[s].payload;
        give_slot(set, s);
        each(user, key, payload);
    }
}
