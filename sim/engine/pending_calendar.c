/* See pending_calendar.h. SPDX-License-Identifier: GPL-3.0-or-later */

#include "sim/engine/pending_calendar.h"

#include <assert.h>
#include <stdlib.h>

#include "sim/engine/block.h"

/* Events that a near bucket is laid out for. Measured by the hold model: 24 to 48 are alike. */
enum { PER_BUCKET = 32 };
/* The calendar is for SPAN times the pending events: of exponential gaps few are far then. */
enum { SPAN = 8, MIN_LATER = 4, MAX_LATER = 1 << 14, MAX_SHIFT = 40 };
/* Buckets that have had so many times the events they are laid out for do not wait for the half
 * turn; some buckets' worth must have come, and enough to pay for a new layout. */
enum { CROWDED = 8, CROWD_BUCKETS = 16 };
enum { LINE = 64 };

static uint64_t later_width(const calendar *c)
{
    return UINT64_C(1) << later_shift(c);
}

static void set_later(calendar *c, uint32_t n)
{
    if (n > c->later_capacity) {
        c->later = sim_pending_grow(c->later, sizeof *c->later, 0, n);
        c->later_capacity = n;
    }
    c->later_mask = n - 1;
}

void sim_calendar_init(calendar *c, uint64_t begin_ns)
{
    *c = (calendar){.near_begin_ns = begin_ns, .later_begin_ns = begin_ns,
                    .far_begin_ns = begin_ns};
    sim_bags_grow(&c->store);
    set_later(c, MIN_LATER);
}

void sim_calendar_clear(calendar *c)
{
    sim_block_free(c->store.chunks);
    sim_block_free(c->later);
    sim_block_free(c->far);
}

/* ---- far events -------------------------------------------------------------------------- */

void sim_calendar_add_far(calendar *c, slots *s, entry e)
{
    if (G_UNLIKELY(c->n_far == c->far_capacity)) {
        uint32_t to = sim_pending_doubled(c->far_capacity);
        c->far = sim_pending_grow(c->far, sizeof *c->far, c->far_capacity, to);
        c->far_capacity = to;
    }
    slots_note(s, e.slot, IN_FAR, c->n_far);
    c->far[c->n_far++] = e;
}

static void remove_far(calendar *c, slots *s, uint32_t at)
{
    entry e = c->far[--c->n_far];
    if (at == c->n_far)
        return;
    c->far[at] = e;
    slots_note(s, e.slot, IN_FAR, at);
}

void sim_calendar_remove(calendar *c, slots *s, uint32_t i)
{
    uint64_t time_ns = (uint64_t)s->all[i].time_ns;
    uint32_t place = s->all[i].where & PLACE_MASK;
    if (time_ns < c->later_begin_ns) {
        sim_bags_remove(&c->store, near_bucket(c, time_ns), s, place);
        c->n_near--;
    } else if (time_ns < c->far_begin_ns) {
        sim_bags_remove(&c->store, later_bucket(c, time_ns), s, place);
        c->n_later--;
    } else {
        remove_far(c, s, place);
    }
}

/* The calendar reaches as far as it can: takes in what is no longer far. */
static void reach_out(calendar *c, slots *s)
{
    uint64_t length_ns = ((uint64_t)c->later_mask + 1) << later_shift(c);
    c->far_begin_ns = c->later_begin_ns + length_ns;
    c->half_ns = c->far_begin_ns - length_ns / 2;
    for (uint32_t i = 0; i < c->n_far;) {
        entry e = c->far[i];
        if ((uint64_t)e.time_ns >= c->far_begin_ns) {
            i++;
            continue;
        }
        remove_far(c, s, i);
        calendar_add(c, s, e);
    }
}

/* ---- layout ------------------------------------------------------------------------------ */

static int by_time(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Nanoseconds from the first far event to half of them, by a sample. */
static uint64_t half_span_ns(const calendar *c, uint64_t first_ns)
{
    enum { SAMPLE = 63 };
    uint64_t times[SAMPLE];
    for (uint32_t i = 0; i < SAMPLE; i++)
        times[i] = (uint64_t)c->far[(uint64_t)c->n_far * i / SAMPLE].time_ns;
    qsort(times, SAMPLE, sizeof *times, by_time);
    return MAX(times[SAMPLE / 2], first_ns) - first_ns;
}

/* A width for PER_BUCKET events: by those passed of late or, where they say little, by the
 * far ones from first_ns on. */
static unsigned choose_shift(const calendar *c, uint64_t first_ns)
{
    uint64_t events = c->passed;
    uint64_t span_ns = c->near_begin_ns - c->passed_from_ns;
    if (events < 2 * PER_BUCKET) {
        if (!c->n_far)
            return c->shift;
        events = c->n_far / 2 + 1;
        span_ns = half_span_ns(c, first_ns);
    }
    uint64_t width_ns = span_ns / events * PER_BUCKET;
    unsigned shift = width_ns ? g_bit_storage(width_ns) - 1 : 0;
    return MIN(shift, MAX_SHIFT);
}

static uint32_t choose_later(const calendar *c)
{
    uint64_t buckets = calendar_size(c) * SPAN / (PER_BUCKET << DEAL_BITS);
    uint32_t n = MIN_LATER;
    while (n < MAX_LATER && n < buckets)
        n *= 2;
    return n;
}

/* A calendar from the first far event on. Nothing is in its buckets. */
static void lay_out(calendar *c, slots *s)
{
    assert(c->n_near == 0 && c->n_later == 0);
    uint64_t first_ns = UINT64_MAX;
    for (uint32_t i = 0; i < c->n_far; i++)
        first_ns = MIN(first_ns, (uint64_t)c->far[i].time_ns);
    set_later(c, choose_later(c));
    c->shift = choose_shift(c, first_ns);
    c->near_begin_ns = first_ns >> c->shift << c->shift;
    if (c->passed == 0)
        c->passed_from_ns = c->near_begin_ns;
    c->later_begin_ns = ((first_ns >> later_shift(c)) + 2) << later_shift(c);
    reach_out(c, s);
}

/* Does the layout no longer fit? Twice too wide or too narrow is good enough. */
static bool is_misfit(const calendar *c)
{
    unsigned shift = choose_shift(c, c->near_begin_ns);
    uint32_t n = choose_later(c), have = c->later_mask + 1;
    return shift > c->shift + 1 || shift + 1 < c->shift || n > 2 * have || n < have / 4;
}

static void empty_out(calendar *c, slots *s, bag *b)
{
    entry some[CHUNK_ENTRIES];
    while (*b) {
        uint32_t n = bag_take_chunk(&c->store, b, some);
        for (uint32_t i = 0; i < n; i++)
            sim_calendar_add_far(c, s, some[i]);
    }
}

/* Half of the calendar is behind, or it is crowded. */
static void go_on(calendar *c, slots *s)
{
    if (is_misfit(c)) {
        for (uint32_t i = 0; i < NEAR_BUCKETS; i++)
            empty_out(c, s, &c->near[i]);
        for (uint32_t i = 0; i <= c->later_mask; i++)
            empty_out(c, s, &c->later[i]);
        c->n_near = c->n_later = 0;
        lay_out(c, s);
    } else {
        reach_out(c, s);
    }
    c->passed = 0;
    c->passed_from_ns = c->near_begin_ns;
}

static bool is_crowded(const calendar *c)
{
    uint64_t buckets = (c->near_begin_ns - c->passed_from_ns) >> c->shift;
    return c->passed > CROWDED * PER_BUCKET * (buckets + CROWD_BUCKETS)
           && c->passed > calendar_size(c);
}

/* ---- turning ----------------------------------------------------------------------------- */

/* Deals the first later bucket out to near ones. Slots are all over memory: those of the next
 * chunk, and the chunk after it, come into the cache meanwhile. */
static void deal_out(calendar *c, slots *s)
{
    bag *b = later_bucket(c, c->later_begin_ns);
    c->later_begin_ns += later_width(c);
    entry some[CHUNK_ENTRIES];
    while (*b) {
        uint32_t n = bag_take_chunk(&c->store, b, some);
        const chunk *next = &c->store.chunks[*b / CHUNK_STEP];
        for (uint32_t i = 0; i < *b % CHUNK_STEP; i++)
            __builtin_prefetch(&s->all[next->entries[i].slot], 1);
        const char *after = (const char *)&c->store.chunks[next->next];
        for (size_t at = 0; at < (*b ? sizeof(chunk) : 0); at += LINE)
            __builtin_prefetch(after + at);
        for (uint32_t i = 0; i < n; i++)
            bag_add(&c->store, near_bucket(c, (uint64_t)some[i].time_ns), s, some[i]);
        c->n_later -= n;
        c->n_near += n;
    }
}

bool sim_calendar_turn(calendar *c, slots *s)
{
    for (;;) {
        if (c->n_near == 0 && c->n_later == 0) {
            if (!c->n_far)
                return false;
            lay_out(c, s);
        } else if (c->later_begin_ns >= c->half_ns || is_crowded(c)) {
            go_on(c, s);
        }
        if (c->n_near == 0)
            c->near_begin_ns = c->later_begin_ns;
        while (c->later_begin_ns - c->near_begin_ns <= later_width(c))
            deal_out(c, s);
        if (c->n_near)
            return true;
    }
}
