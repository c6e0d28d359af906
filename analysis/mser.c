/* See mser.h. SPDX-License-Identifier: GPL-3.0-or-later */

#include "analysis/mser.h"

#include <glib.h>
#include <math.h>

enum { BATCH = 5, LEAST_BATCHES = 10 };

static double batch_mean(const double *x, size_t batch)
{
    double sum = 0;
    for (size_t i = 0; i < BATCH; i++)
        sum += x[batch * BATCH + i];
    return sum / BATCH;
}

analysis_mser analysis_mser_5(const double *x, size_t n)
{
    size_t batches = n / BATCH, best = 0;
    if (batches < LEAST_BATCHES)
        return (analysis_mser){.steady = false};
    /* From the end: mean and squared distances of what is left (Welford). A cut behind the middle
     * is not looked at: the few batches that it leaves may be alike by chance. */
    double mean = 0, squares = 0, least = INFINITY;
    for (size_t left = 1; left <= batches; left++) {
        double value = batch_mean(x, batches - left), before = value - mean;
        mean += before / (double)left;
        squares += before * (value - mean);
        double error = squares / ((double)left * (double)left);
        if (2 * left >= batches && error <= least) {
            least = error;
            best = batches - left;
        }
    }
    bool steady = best < batches / 2;
    return (analysis_mser){.steady = steady, .cut = steady ? best * BATCH : 0};
}
