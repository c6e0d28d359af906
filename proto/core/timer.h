/* Inside the library: timers in an intrusive pairing heap. Nothing is allocated, so
 * setting one cannot fail; inserting is amortised O(1), removing O(log n), and no single step
 * costs all timers.
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#ifndef MIP6_CORE_TIMER_H
#define MIP6_CORE_TIMER_H

#include <assert.h>

#include "mip6_types.h"

/* Zeroed: not set. `prev` is the parent of a first child, else the left sibling; the
 * root's is itself. */
typedef struct mip6_timer {
    int64_t due_ns;
    struct mip6_timer *child, *next, *prev;
} mip6_timer;

typedef struct mip6_timers {
    mip6_timer *root;
} mip6_timers;

static inline bool mip6_timer_is_set(const mip6_timer *t)
{
    return t->prev != NULL;
}

/* Earliest time, MIP6_NEVER for an empty heap. */
static inline int64_t mip6_timers_next(const mip6_timers *timers)
{
    return timers->root ? timers->root->due_ns : MIP6_NEVER;
}

/* Set a timer, set or not, to due_ns. */
void mip6_timer_set(mip6_timers *timers, mip6_timer *t, int64_t due_ns);
/* Take it out; one that is not set is allowed. */
void mip6_timer_cancel(mip6_timers *timers, mip6_timer *t);

#endif
