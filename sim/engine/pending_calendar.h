/* The calendar: events that are not due yet, in stretches of time, unordered.
 *
 *     near    a ring of buckets that are handed out one by one, to be sorted. It spans the
 *             rest of one bucket of the later ring, and the next one
 *     later   a ring of wider buckets behind it; one at a time is dealt out to near ones
 *     far     all that is later still; the later ring takes its share each half turn
 *
 * So each event is touched a fixed number of times, whatever the number pending. Two rings, since
 * an event that is put in is written behind the last one of its bucket: of a million events in
 * narrow buckets, these cache lines are more than a processor's near caches hold. The ends of
 * wide buckets are few, and what is dealt out is read in order.
 *
 * Number and width of buckets are a guess from the events of late, about speed only: what comes
 * out, and in which order, does not depend on it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SIM_PENDING_CALENDAR_H
#define SIM_PENDING_CALENDAR_H

#include "sim/engine/pending_bags.h"

/* Near buckets that a later one is dealt out to. */
enum { DEAL_BITS = 7, NEAR_BUCKETS = 2 << DEAL_BITS };

/* Times are unsigned: the end of the calendar may lie behind the last possible one. */
typedef struct calendar {
    uint64_t near_begin_ns;     /* of the next bucket to be handed out; the calendar's begin */
    uint64_t later_begin_ns;
    uint64_t far_begin_ns;
    uint64_t half_ns;           /* when later_begin gets there, the calendar reaches out */
    unsigned shift;             /* a near bucket is 2^shift ns wide */
    uint32_t later_mask;        /* the number of later buckets - 1 */
    uint32_t later_capacity;
    uint32_t n_near, n_later;   /* entries there */
    uint32_t n_far, far_capacity;
    entry *far;
    bag *later;
    bags store;

    /* Since passed_from_ns: handed out, or put in too late for that. The rate of late. */
    uint64_t passed;
    uint64_t passed_from_ns;
    bag near[NEAR_BUCKETS];
} calendar;

/* It begins at begin_ns; UINT64_MAX: nothing ever gets into it. */
void sim_calendar_init(calendar *c, uint64_t begin_ns);
void sim_calendar_clear(calendar *c);
/* Afterwards the bucket at its begin can be handed out. False: nothing is pending there. */
bool sim_calendar_turn(calendar *c, slots *s);
void sim_calendar_add_far(calendar *c, slots *s, entry e);
/* Takes the entry of slot i out, which is there. */
void sim_calendar_remove(calendar *c, slots *s, uint32_t i);

static inline unsigned later_shift(const calendar *c)
{
    return c->shift + DEAL_BITS;
}

static inline bag *near_bucket(calendar *c, uint64_t time_ns)
{
    return &c->near[(time_ns >> c->shift) % NEAR_BUCKETS];
}

static inline bag *later_bucket(calendar *c, uint64_t time_ns)
{
    return &c->later[(time_ns >> later_shift(c)) & c->later_mask];
}

/* Not before near_begin_ns. */
static inline void calendar_add(calendar *c, slots *s, entry e)
{
    uint64_t time_ns = (uint64_t)e.time_ns;
    if (time_ns < c->later_begin_ns) {
        bag_add(&c->store, near_bucket(c, time_ns), s, e);
        c->n_near++;
    } else if (G_LIKELY(time_ns < c->far_begin_ns)) {
        bag_add(&c->store, later_bucket(c, time_ns), s, e);
        c->n_later++;
    } else {
        sim_calendar_add_far(c, s, e);
    }
}

/* The bucket at the begin of the calendar, which then begins behind it: to be emptied at once. */
static inline bag *calendar_next_bucket(calendar *c)
{
    bag *b = near_bucket(c, c->near_begin_ns);
    c->near_begin_ns += UINT64_C(1) << c->shift;
    return b;
}

/* Some of that bucket's entries, into `out`, CHUNK_ENTRIES at most. Returns how many. */
static inline uint32_t calendar_take(calendar *c, bag *b, entry *out)
{
    uint32_t n = bag_take_chunk(&c->store, b, out);
    c->n_near -= n;
    c->passed += n;
    return n;
}

static inline uint64_t calendar_size(const calendar *c)
{
    return (uint64_t)c->n_near + c->n_later + c->n_far;
}

#endif
