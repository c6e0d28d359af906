/* models: traffic sources and shares of a total rate.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/traffic/traffic.h"
#include "models/traffic/traffic_sources.h"
#include "sim/engine/engine.h"

static const model_traffic_class *source_named(const char *name)
{
    size_t n;
    const sim_variant *all = model_traffic_variants(&n);
    for (size_t i = 0; i < n; i++)
        if (!strcmp(all[i].name, name))
            return all[i].impl;
    cr_assert(false, "no source %s", name);
    return NULL;
}

static model_source source_of_flow(unsigned flow)
{
    char name[32];
    snprintf(name, sizeof name, "mn%u/flow0", flow);
    model_source source;
    model_source_begin(&source, 1, 0, name);
    return source;
}

/* Packets in [0, end_ns) of many flows. */
static double packets_of(const char *name, const void *config, unsigned flows, int64_t rate_bps,
                         uint32_t packet_bytes, int64_t end_ns)
{
    const model_traffic_class *cls = source_named(name);
    double packets = 0;
    for (unsigned f = 0; f < flows; f++) {
        model_source source = source_of_flow(f);
        int64_t t = cls->start(config, &source, rate_bps, packet_bytes, 0);
        cr_assert_geq(t, 0);
        while (t < end_ns) {
            packets++;
            int64_t later = cls->next(config, &source, t);
            cr_assert_gt(later, t);
            t = later;
        }
    }
    return packets;
}

Test(models_traffic, tables_are_whole)
{
    size_t n;
    const sim_variant *all = model_traffic_variants(&n);
    cr_assert_eq(n, 3);
    for (size_t i = 0; i < n; i++) {
        const model_traffic_class *cls = all[i].impl;
        cr_assert(cls->start && cls->next && *all[i].help);
        for (size_t k = 0; k < all[i].n_keys; k++) {
            cr_assert_lt(all[i].keys[k].offset, all[i].size);
            cr_assert(*all[i].keys[k].name && *all[i].keys[k].help && *all[i].keys[k].def);
        }
    }
}

Test(models_traffic, cbr_is_exact_and_its_phase_uniform)
{
    model_traffic_cbr config = {.phase = 0};
    const model_traffic_class *cls = source_named("cbr");
    enum { FLOWS = 4000, BINS = 8 };
    unsigned bins[BINS] = {0};
    for (unsigned f = 0; f < FLOWS; f++) {
        model_source source = source_of_flow(f);
        int64_t t = cls->start(&config, &source, 80000, 100, 5 * SIM_SECOND_NS);
        cr_assert_geq(t, 5 * SIM_SECOND_NS);
        int64_t phase_ns = t - 5 * SIM_SECOND_NS;
        cr_assert_lt(phase_ns, 10 * SIM_MS_NS);
        bins[phase_ns * BINS / (10 * SIM_MS_NS)]++;
        for (int k = 1; k < 5; k++)
            cr_assert_eq(cls->next(&config, &source, t), t + 10 * SIM_MS_NS);
    }
    double chi2 = 0, expected = (double)FLOWS / BINS;
    for (int i = 0; i < BINS; i++)
        chi2 += (bins[i] - expected) * (bins[i] - expected) / expected;
    cr_assert_lt(chi2, 24.3, "7 degrees of freedom, 0.1 %%: %g", chi2);
}

Test(models_traffic, cbr_can_begin_at_once)
{
    model_traffic_cbr config = {.phase = 1};
    model_source source = source_of_flow(1);
    cr_assert_eq(source_named("cbr")->start(&config, &source, 80000, 100, 42), 42);
}

Test(models_traffic, a_rate_of_zero_sends_nothing)
{
    model_traffic_cbr cbr = {.phase = 1};
    model_traffic_pareto pareto = {SIM_SECOND_NS, SIM_SECOND_NS, 1.5};
    model_source source = source_of_flow(1);
    cr_assert_eq(source_named("cbr")->start(&cbr, &source, 0, 100, 42), SIM_NEVER);
    cr_assert_eq(source_named("poisson")->start(NULL, &source, 0, 100, 42), SIM_NEVER);
    cr_assert_eq(source_named("pareto")->start(&pareto, &source, 0, 100, 42), SIM_NEVER);
}

Test(models_traffic, intervals_round_to_the_nearest)
{
    cr_assert_eq(model_packet_interval_ns(8, 1), SIM_SECOND_NS);
    cr_assert_eq(model_packet_interval_ns(3 * 8, 1), 333333333);
    cr_assert_eq(model_packet_interval_ns(1500 * 8, 1000), 666666667);
    cr_assert_eq(model_packet_interval_ns(INT64_C(1) << 50, 1), 1);
    cr_assert_eq(model_packet_interval_ns(2, 1), 4 * SIM_SECOND_NS);
    cr_assert_eq(model_packet_interval_ns(0, 1), SIM_NEVER);
}

Test(models_traffic, poisson_has_its_rate_and_its_variance)
{
    /* 1000 flows, 10 packets/s, 20 s: 200000 expected, standard deviation 447. */
    double packets = packets_of("poisson", NULL, 1000, 80000, 1000, 20 * SIM_SECOND_NS);
    cr_assert_float_eq(packets, 200000, 4 * 447, "%g", packets);
    /* Counts per flow and second: variance equals mean. */
    const model_traffic_class *cls = source_named("poisson");
    double sum = 0, squares = 0;
    enum { FLOWS = 20000 };
    for (unsigned f = 0; f < FLOWS; f++) {
        model_source source = source_of_flow(f);
        double count = 0;
        for (int64_t t = cls->start(NULL, &source, 80000, 1000, 0); t < SIM_SECOND_NS;
             t = cls->next(NULL, &source, t))
            count++;
        sum += count;
        squares += count * count;
    }
    double mean = sum / FLOWS, variance = squares / FLOWS - mean * mean;
    cr_assert_float_eq(mean, 10, 0.1, "%g", mean);
    cr_assert_float_eq(variance / mean, 1, 0.04, "%g", variance / mean);
}

Test(models_traffic, pareto_has_its_mean_rate_from_the_start)
{
    static const model_traffic_pareto configs[] = {
        {500 * SIM_MS_NS, 500 * SIM_MS_NS, 1.5},
        {100 * SIM_MS_NS, 900 * SIM_MS_NS, 1.5},
        {2 * SIM_MS_NS, 3 * SIM_MS_NS, 1.5},    /* bursts far shorter than an interval */
        {SIM_SECOND_NS, 2 * SIM_SECOND_NS, 3},
        {500 * SIM_MS_NS, 500 * SIM_MS_NS, 1.1},
    };
    for (size_t i = 0; i < sizeof configs / sizeof *configs; i++) {
        /* 40 packets/s on average. The share of time on differs between flows by no more than
         * sqrt(p (1 - p)), p the mean, and 8000 flows divide that by 89. */
        double p = (double)configs[i].burst_ns
                   / (double)(configs[i].burst_ns + configs[i].idle_ns);
        double tolerance = 3.5 * sqrt((1 - p) / p / 8000);
        for (int64_t end_s = 1; end_s <= 4; end_s += 3) {
            double packets = packets_of("pareto", &configs[i], 8000, 40 * 8000, 1000,
                                        end_s * SIM_SECOND_NS);
            double ratio = packets / (8000 * 40 * (double)end_s);
            cr_assert_float_eq(ratio, 1, tolerance, "%zu, %lld s: %g", i, (long long)end_s,
                               ratio);
        }
    }
}

Test(models_traffic, pareto_is_burstier_than_poisson)
{
    model_traffic_pareto config = {500 * SIM_MS_NS, 500 * SIM_MS_NS, 1.5};
    const model_traffic_class *cls = source_named("pareto");
    double sum = 0, squares = 0;
    enum { FLOWS = 4000 };
    for (unsigned f = 0; f < FLOWS; f++) {
        model_source source = source_of_flow(f);
        double count = 0;
        for (int64_t t = cls->start(&config, &source, 80000, 1000, 0); t < SIM_SECOND_NS;
             t = cls->next(&config, &source, t))
            count++;
        sum += count;
        squares += count * count;
    }
    double mean = sum / FLOWS, variance = squares / FLOWS - mean * mean;
    cr_assert_float_eq(mean, 10, 0.5, "%g", mean);
    cr_assert_gt(variance / mean, 2, "%g", variance / mean);
}

Test(models_traffic, while_on_the_rate_is_the_peak)
{
    model_traffic_pareto config = {SIM_SECOND_NS, 3 * SIM_SECOND_NS, 1.5};
    const model_traffic_class *cls = source_named("pareto");
    model_source source = source_of_flow(3);
    int64_t t = cls->start(&config, &source, 80000, 1000, 0);
    unsigned at_peak = 0, waits = 0;
    for (int i = 0; i < 2000; i++) {
        int64_t later = cls->next(&config, &source, t);
        cr_assert_geq(later - t, 25 * SIM_MS_NS, "10/s on average is 40/s while on");
        if (later - t == 25 * SIM_MS_NS)
            at_peak++;
        else
            waits++;
        t = later;
    }
    cr_assert_gt(at_peak, 1800);
    cr_assert_gt(waits, 10);
}

static int64_t sum_of(const int64_t *rates, uint32_t n)
{
    int64_t sum = 0;
    for (uint32_t i = 0; i < n; i++) {
        cr_assert_geq(rates[i], 0);
        sum += rates[i];
    }
    return sum;
}

Test(models_traffic, equal_rates_sum_to_the_total)
{
    int64_t rates[1000];
    for (int64_t total = 0; total < 100000; total += 777) {
        for (uint32_t n = 1; n <= 1000; n = n * 3 + 1) {
            model_rates_equal(total, n, rates);
            cr_assert_eq(sum_of(rates, n), total);
            cr_assert_leq(rates[0] - rates[n - 1], 1);
        }
    }
}

static int falling(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x < y) - (x > y);
}

Test(models_traffic, zipf_rates_sum_and_fall_as_they_should)
{
    sim_stream stream = sim_stream_init(1, 0, "traffic", "ranks");
    static const double exponents[] = {0, 0.5, 1, 1.2, 2.5};
    static const uint32_t sizes[] = {1, 2, 3, 10, 1000};
    int64_t rates[1000];
    for (size_t e = 0; e < 5; e++) {
        for (size_t s = 0; s < 5; s++) {
            uint32_t n = sizes[s];
            int64_t total = 100000000 + n;
            model_rates_zipf(total, exponents[e], &stream, n, rates);
            cr_assert_eq(sum_of(rates, n), total);
            qsort(rates, n, sizeof *rates, falling);
            double harmonic = 0;
            for (uint32_t r = 1; r <= n; r++)
                harmonic += pow(r, -exponents[e]);
            for (uint32_t r = 1; r <= n; r++)
                cr_assert_float_eq((double)rates[r - 1],
                                   (double)total * pow(r, -exponents[e]) / harmonic, 1.01);
        }
    }
    model_rates_zipf(0, 1, &stream, 10, rates);
    cr_assert_eq(sum_of(rates, 10), 0);
    model_rates_zipf(INT64_C(1) << 50, 1, &stream, 1000, rates);
    cr_assert_eq(sum_of(rates, 1000), INT64_C(1) << 50);
}

Test(models_traffic, zipf_ranks_are_a_permutation_keyed_by_the_stream)
{
    enum { N = 20, DRAWS = 4000 };
    int64_t rates[N], first[N];
    unsigned top[N] = {0};
    for (uint32_t d = 0; d < DRAWS; d++) {
        sim_stream stream = sim_stream_init(d, 0, "traffic", "ranks");
        model_rates_zipf(1000000, 1, &stream, N, rates);
        uint32_t best = 0;
        for (uint32_t i = 1; i < N; i++)
            if (rates[i] > rates[best])
                best = i;
        top[best]++;
        if (d == 0)
            memcpy(first, rates, sizeof first);
    }
    double chi2 = 0, expected = (double)DRAWS / N;
    for (int i = 0; i < N; i++)
        chi2 += (top[i] - expected) * (top[i] - expected) / expected;
    cr_assert_lt(chi2, 43.8, "19 degrees of freedom, 0.1 %%: %g", chi2);
    sim_stream again = sim_stream_init(0, 0, "traffic", "ranks");
    model_rates_zipf(1000000, 1, &again, N, rates);
    cr_assert_arr_eq(rates, first, sizeof first);
}
