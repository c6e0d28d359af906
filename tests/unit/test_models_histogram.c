/* models/measure/histogram: exact bounds of bins, quantiles against a sorted array.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/measure/histogram.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#include "sim/engine/random.h"

static model_histogram h;

Test(models_histogram, bins_are_contiguous_and_narrow)
{
    for (uint32_t bin = 0; bin + 1 < MODEL_HISTOGRAM_BINS; bin++) {
        uint64_t low = model_histogram_low(bin), next = model_histogram_low(bin + 1);
        cr_assert_gt(next, low);
        if (low >= 128)
            cr_assert_leq((next - low) * 128, low, "bin %u", bin);
        if (next == low + 1)
            cr_assert_lt(low, 256);
    }
}

Test(models_histogram, every_value_lies_in_its_bin)
{
    sim_stream r = sim_stream_init(1, 0, "test", "histogram");
    for (unsigned i = 0; i < 20000; i++) {
        h = (model_histogram){0};
        int64_t v = (int64_t)(sim_stream_u64(&r) >> (1 + i % 63));
        if (i == 0)
            v = INT64_MAX;
        model_histogram_add(&h, v);
        uint32_t bin = 0;
        while (!h.bins[bin])
            bin++;
        cr_assert_leq(model_histogram_low(bin), (uint64_t)v);
        cr_assert_gt(model_histogram_low(bin + 1), (uint64_t)v);
        cr_assert_eq(model_histogram_quantile(&h, 1), (uint64_t)v, "the maximum is exact");
    }
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

Test(models_histogram, quantiles_are_within_a_percent)
{
    enum { N = 50000 };
    static int64_t v[N];
    static const uint32_t ppm[] = {1, 1000, 100000, 500000, 900000, 990000, 999999, 1000000};
    sim_stream r = sim_stream_init(2, 0, "test", "histogram");
    unsigned __int128 sum = 0;
    h = (model_histogram){0};
    for (unsigned i = 0; i < N; i++) {
        v[i] = sim_pareto_ns(sim_stream_u64(&r), 1.2, 2000000);
        model_histogram_add(&h, v[i]);
        sum += (uint64_t)v[i];
    }
    qsort(v, N, sizeof v[0], compare);
    cr_assert(h.sum == sum);
    cr_assert_eq(h.count, N);
    cr_assert_eq(h.max, (uint64_t)v[N - 1]);
    for (unsigned i = 0; i < sizeof ppm / sizeof ppm[0]; i++) {
        uint64_t rank = ((uint64_t)N * ppm[i] + 999999) / 1000000;
        double exact = (double)v[rank - 1];
        double got = (double)model_histogram_quantile(&h, ppm[i]);
        cr_assert(got >= exact * 0.992 && got <= exact * 1.008, "%u ppm: %g, exactly %g", ppm[i],
                  got, exact);
    }
    cr_assert_eq(model_histogram_quantile(&h, 1000000), h.max);
}

/* Evenly spread values: interpolation makes the error far less than a bin. */
Test(models_histogram, quantiles_are_interpolated)
{
    h = (model_histogram){0};
    for (int64_t i = 0; i < 1000000; i++)
        model_histogram_add(&h, 17000000 + i);
    for (uint32_t ppm = 50000; ppm < 1000000; ppm += 50000) {
        double exact = 17000000.0 + ppm, got = (double)model_histogram_quantile(&h, ppm);
        cr_assert(got >= exact * 0.9999 && got <= exact * 1.0001, "%u: %g", ppm, got);
    }
}

Test(models_histogram, empty_and_small)
{
    h = (model_histogram){0};
    cr_assert_eq(model_histogram_quantile(&h, 500000), 0);
    for (int64_t i = 1; i <= 100; i++)
        model_histogram_add(&h, i);
    cr_assert_eq(model_histogram_quantile(&h, 500000), 50);
    cr_assert_eq(model_histogram_quantile(&h, 990000), 99);
}
