/* The run: the entries of one short stretch of time, sorted. The first one is taken from its end.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SIM_PENDING_RUN_H
#define SIM_PENDING_RUN_H

#include "sim/engine/pending_slots.h"

enum { MAX_RUN = 128 };

typedef struct run {
    uint32_t end;           /* all[1, end), from the last to the first */
    uint32_t live;          /* of them: not cancelled */
    entry all[1 + MAX_RUN]; /* all[0]: the sentinel; slot 0: cancelled */
} run;

void sim_run_init(run *r);
/* Sort `in`, n <= MAX_RUN entries of the 2^shift ns from begin_ns on. The run is empty. */
void sim_run_sort(run *r, const slots *s, const entry *in, uint32_t n, uint64_t begin_ns,
                  unsigned shift);
/* Takes out the entry of slot i, which is there. */
void sim_run_remove(run *r, uint32_t i);

/* The first one; the sentinel where there is none. */
static inline const entry *run_first(const run *r)
{
    return &r->all[r->end - 1];
}

/* Takes the first entry out, and the cancelled ones behind it. */
static inline void run_pop(run *r)
{
    r->live--;
    do
        r->end--;
    while (G_UNLIKELY(run_first(r)->slot == 0 && r->end > 1));
}

#endif
