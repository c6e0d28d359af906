/* A histogram with bins of constant relative width.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/measure/histogram.h"

#include <assert.h>

#define SUB_BITS 7u         /* 128 bins an octave */

/* Values below 256 have a bin each; above, the leading one and seven more bits name the bin. */
static uint32_t bin_of(uint64_t value)
{
    if (value < 1u << (SUB_BITS + 1))
        return (uint32_t)value;
    uint32_t shift = 63u - (uint32_t)__builtin_clzll(value) - SUB_BITS;
    return (shift << SUB_BITS) + (uint32_t)(value >> shift);
}

uint64_t model_histogram_low(uint32_t bin)
{
    if (bin < 1u << (SUB_BITS + 1))
        return bin;
    uint32_t shift = (bin >> SUB_BITS) - 1;
    return (uint64_t)((1u << SUB_BITS) + (bin & ((1u << SUB_BITS) - 1))) << shift;
}

void model_histogram_add(model_histogram *h, int64_t value)
{
    assert(value >= 0);
    uint64_t v = (uint64_t)value;
    h->count++;
    h->sum += v;
    if (v > h->max)
        h->max = v;
    h->bins[bin_of(v)]++;
}

/* The rank-th of the values in a bin, as if they lay evenly in it. */
static uint64_t interpolate(const model_histogram *h, uint32_t bin, uint64_t rank)
{
    uint64_t low = model_histogram_low(bin), high = model_histogram_low(bin + 1);
    unsigned __int128 part = (unsigned __int128)(high - low) * (2 * rank - 1);
    uint64_t value = low + (uint64_t)(part / (2 * h->bins[bin]));
    return value < h->max ? value : h->max;
}

uint64_t model_histogram_quantile(const model_histogram *h, uint32_t ppm)
{
    assert(ppm > 0 && ppm <= 1000000);
    if (h->count == 0)
        return 0;
    unsigned __int128 product = (unsigned __int128)h->count * ppm + 999999;
    uint64_t rank = (uint64_t)(product / 1000000);
    uint32_t bin = 0;
    for (; rank > h->bins[bin]; bin++)
        rank -= h->bins[bin];
    if (bin == bin_of(h->max) && rank == h->bins[bin])
        return h->max;
    return interpolate(h, bin, rank);
}
