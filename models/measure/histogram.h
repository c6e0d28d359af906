/* A histogram of non-negative integers with bins of constant relative width: 128 bins an
 * octave, exact below 256. A quantile is interpolated inside its bin: at most 1/128 (0.8 %)
 * off, as a rule far less; count, sum and maximum are exact.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef MODEL_HISTOGRAM_H
#define MODEL_HISTOGRAM_H

#include <stdint.h>

#define MODEL_HISTOGRAM_BINS (57u * 128u)    /* up to INT64_MAX */

typedef struct model_histogram {
    uint64_t count, max;
    unsigned __int128 sum;
    uint64_t bins[MODEL_HISTOGRAM_BINS];
} model_histogram;

void model_histogram_add(model_histogram *h, int64_t value);
/* The smallest value that at least ppm millionths of all do not exceed; 0 of an empty one. ppm
 * in (0, 1000000], the last is the exact maximum. */
uint64_t model_histogram_quantile(const model_histogram *h, uint32_t ppm);
/* Lowest value of a bin, and of the next one. */
uint64_t model_histogram_low(uint32_t bin);

#endif
