/* See pending_run.h. SPDX-License-Identifier: GPL-3.0-or-later */

#include "sim/engine/pending_run.h"

/* Sorting begins with so many bins. */
enum { BIN_BITS = 6, BINS = 1 << BIN_BITS };

void sim_run_init(run *r)
{
    r->all[0] = sentinel;
    r->end = 1;
    r->live = 0;
}

/* Into all[1..n], the last bin first: nearly in order, without a branch that could be
 * mispredicted. */
static void into_bins(run *r, const entry *in, uint32_t n, uint64_t begin_ns, unsigned shift)
{
    unsigned down = shift > BIN_BITS ? shift - BIN_BITS : 0;
    uint8_t bin[MAX_RUN];
    uint8_t at[BINS] = {0};
    for (uint32_t i = 0; i < n; i++) {
        bin[i] = (uint8_t)(BINS - 1 - (((uint64_t)in[i].time_ns - begin_ns) >> down));
        at[bin[i]]++;
    }
    uint8_t sum = 1;
    for (uint32_t b = 0; b < BINS; b++) {
        uint8_t count = at[b];
        at[b] = sum;
        sum = (uint8_t)(sum + count);
    }
    for (uint32_t i = 0; i < n; i++)
        r->all[at[bin[i]]++] = in[i];
}

void sim_run_sort(run *r, const slots *s, const entry *in, uint32_t n, uint64_t begin_ns,
                  unsigned shift)
{
    into_bins(r, in, n, begin_ns, shift);
    for (uint32_t i = 1; i <= n; i++) {
        entry e = r->all[i];
        uint32_t hole = i;
        for (; before(s, &r->all[hole - 1], &e); hole--)
            r->all[hole] = r->all[hole - 1];
        r->all[hole] = e;
    }
    r->end = n + 1;
    r->live = n;
}

void sim_run_remove(run *r, uint32_t i)
{
    uint32_t at = r->end - 1;
    if (r->all[at].slot == i) {
        run_pop(r);
        return;
    }
    while (r->all[at].slot != i)
        at--;
    r->all[at].slot = 0;
    r->live--;
}
