/* Longest processing time first, and the bound below it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/measure/lpt.h"

#include <glib.h>
#include <string.h>

/* ---- order: radix sort of the complements --------------------------------------------------- */

enum { DIGIT_BITS = 11, DIGITS = 1 << DIGIT_BITS };

static unsigned digit(uint64_t size, unsigned shift)
{
    return (unsigned)(~size >> shift) & (DIGITS - 1);
}

static void sort_by(unsigned shift, const uint64_t *sizes, uint32_t n, const uint32_t *from,
                    uint32_t *to)
{
    uint32_t at[DIGITS] = {0}, sum = 0;
    for (uint32_t i = 0; i < n; i++)
        at[digit(sizes[from[i]], shift)]++;
    for (unsigned d = 0; d < DIGITS; d++) {
        uint32_t count = at[d];
        at[d] = sum;
        sum += count;
    }
    for (uint32_t i = 0; i < n; i++)
        to[at[digit(sizes[from[i]], shift)]++] = from[i];
}

void model_lpt_order(const uint64_t *sizes, uint32_t n, uint32_t *order)
{
    g_autofree uint32_t *other = g_new(uint32_t, n);
    uint64_t largest = 0;
    for (uint32_t i = 0; i < n; i++) {
        order[i] = i;
        largest = MAX(largest, sizes[i]);
    }
    for (unsigned shift = 0; shift < 64 && largest >> shift > 0; shift += DIGIT_BITS) {
        sort_by(shift, sizes, n, order, other);
        memcpy(order, other, n * sizeof *order);
    }
}

/* ---- the rule ------------------------------------------------------------------------------- */

static uint32_t best_for(double size, const double *loads, const double *weights, uint32_t m)
{
    uint32_t best = 0;
    double least = loads[0] + size * weights[0];
    for (uint32_t a = 1; a < m; a++) {
        double load = loads[a] + size * weights[a];
        best = load < least ? a : best;
        least = load < least ? load : least;
    }
    return best;
}

double model_lpt(const uint64_t *sizes, const uint32_t *order, uint32_t n,
                 const double *capacities, uint32_t m, uint16_t *to)
{
    g_autofree double *loads = g_new0(double, m), *weights = g_new(double, m);
    double peak = 0;
    for (uint32_t a = 0; a < m; a++)
        weights[a] = 1 / capacities[a];
    for (uint32_t i = 0; i < n; i++) {
        double size = (double)sizes[order[i]];
        uint32_t a = best_for(size, loads, weights, m);
        loads[a] += size * weights[a];
        peak = MAX(peak, loads[a]);
        if (to)
            to[order[i]] = (uint16_t)a;
    }
    return peak;
}

/* ---- the bound ------------------------------------------------------------------------------ */

static int falling(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? 1 : x > y ? -1 : 0;
}

double model_load_bound(const uint64_t *sizes, const uint32_t *order, uint32_t n,
                        const double *capacities, uint32_t m)
{
    g_autofree double *largest = g_memdup2(capacities, m * sizeof *capacities);
    qsort(largest, m, sizeof *largest, falling);
    double bound = 0, capacity = 0;
    uint64_t size = 0;
    for (uint32_t k = 0; k + 1 < m && k < n; k++) {
        size += sizes[order[k]];
        capacity += largest[k];
        bound = MAX(bound, (double)size / capacity);
    }
    size = 0;
    capacity = 0;
    for (uint32_t i = 0; i < n; i++)
        size += sizes[i];
    for (uint32_t a = 0; a < m; a++)
        capacity += capacities[a];
    return MAX(bound, (double)size / capacity);
}
