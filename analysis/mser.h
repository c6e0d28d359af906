/* Where a series has left its beginning: MSER-5 (White, Cobb and Spratt 2000).
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef ANALYSIS_MSER_H
#define ANALYSIS_MSER_H

#include <stdbool.h>
#include <stddef.h>

typedef struct analysis_mser {
    bool steady;        /* false: the best cut is at the middle or behind it, or too few values */
    size_t cut;         /* values to leave out, a multiple of 5; 0 where not steady */
} analysis_mser;

/* The cut that makes the standard error of the mean of what is left smallest, over batches of 5
 * and the first half of the series; needs 10 batches. */
analysis_mser analysis_mser_5(const double *x, size_t n);

#endif
