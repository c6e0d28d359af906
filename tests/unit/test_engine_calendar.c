/* The layout of the calendar follows the events: sim/engine/pending_calendar.h. What comes out, and
 * in which order, is test_engine_eventset's. SPDX-License-Identifier: GPL-3.0-or-later */

#include "sim/engine/pending_calendar.h"

#include <criterion/criterion.h>

#include "sim/engine/block.h"

enum { TEN_YEARS_SHIFT = 58 };
static const uint64_t SECOND = 1000000000;

typedef struct fixture {
    calendar c;
    slots s;
} fixture;

static void begin(fixture *f)
{
    *f = (fixture){0};
    sim_slots_grow(&f->s);
    sim_calendar_init(&f->c, 0);
}

static void end(fixture *f)
{
    sim_calendar_clear(&f->c);
    sim_block_free(f->s.all);
}

static void put(fixture *f, uint64_t time_ns)
{
    uint32_t i = slots_take(&f->s);
    f->s.all[i].time_ns = (int64_t)time_ns;
    calendar_add(&f->c, &f->s, (entry){(int64_t)time_ns, 0, i});
}

/* Hands a bucket out; for each of its events comes one `later_ns` behind it, and `late` that are
 * put in too late for the calendar. */
static void hand_out(fixture *f, uint64_t later_ns, unsigned late)
{
    cr_assert(sim_calendar_turn(&f->c, &f->s));
    entry some[CHUNK_ENTRIES];
    for (bag *b = calendar_next_bucket(&f->c); *b;) {
        uint32_t n = calendar_take(&f->c, b, some);
        for (uint32_t i = 0; i < n; i++) {
            slots_give(&f->s, some[i].slot);
            f->c.passed += late;
            put(f, MAX((uint64_t)some[i].time_ns + later_ns, f->c.near_begin_ns));
        }
    }
}

/* A few events seconds apart, then a hundred times as many, most of which never are in the
 * calendar: it must not stay laid out for the few until a half turn of their buckets. */
Test(engine_calendar, buckets_become_narrow_soon)
{
    fixture f;
    begin(&f);
    for (unsigned i = 0; i < 64; i++)
        put(&f, i * SECOND);
    cr_assert(sim_calendar_turn(&f.c, &f.s));
    unsigned wide = f.c.shift;
    cr_assert_lt(wide, TEN_YEARS_SHIFT);
    uint64_t before_ns = f.c.near_begin_ns;
    for (unsigned i = 0; i < 12; i++)
        hand_out(&f, SECOND, 100);
    cr_assert_lt(f.c.shift + 3, wide, "%u of %u, %g s later", f.c.shift, wide,
                 (double)(f.c.near_begin_ns - before_ns) / 1e9);
    end(&f);
}
