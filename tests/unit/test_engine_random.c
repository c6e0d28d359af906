/* sim/engine: Philox, streams, and a stream as a generator of GSL.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <criterion/criterion.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>

#include "sim/engine/random.h"

/* tests/kat_vectors of Random123, the authors' own library. */
Test(engine_random, philox_gives_the_known_answers)
{
    static const struct {
        uint32_t counter[4], key[2], want[4];
    } kat[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < sizeof kat / sizeof *kat; i++) {
        uint32_t out[4];
        sim_philox4x32_10(kat[i].counter, kat[i].key, out);
        cr_assert_arr_eq(out, kat[i].want, sizeof out);
    }
}

Test(engine_random, a_draw_is_a_pure_function_of_its_index)
{
    sim_stream s = sim_stream_init(7, 3, "mn12", "loss");
    uint64_t sequence[100];
    for (int i = 0; i < 100; i++)
        sequence[i] = sim_stream_u64(&s);
    sim_stream again = sim_stream_init(7, 3, "mn12", "loss");
    for (int i = 99; i >= 0; i--)
        cr_assert_eq(sim_stream_at(&again, (uint64_t)i), sequence[i]);
    cr_assert_eq(again.next, 0, "indexed draws move nothing");
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void assert_all_differ(uint64_t *v, size_t n)
{
    qsort(v, n, sizeof *v, by_value);
    for (size_t i = 1; i < n; i++)
        if (v[i] == v[i - 1])
            cr_assert_neq(v[i], v[i - 1]);
}

Test(engine_random, every_part_of_the_key_counts)
{
    static const char *const names[] = {"", "a", "b", "ab", "mn1", "mn11", "mn1/flow1"};
    uint64_t first[4 * 3 * 7 * 7];
    size_t n = 0;
    for (uint64_t seed = 0; seed < 4; seed++)
        for (uint32_t replication = 0; replication < 3; replication++)
            for (int name = 0; name < 7; name++)
                for (int purpose = 0; purpose < 7; purpose++) {
                    sim_stream s = sim_stream_init(seed << 31, replication, names[name],
                                                   names[purpose]);
                    first[n++] = sim_stream_u64(&s);
                }
    assert_all_differ(first, n);
}

Test(engine_random, draws_by_one_index_and_by_two_share_nothing)
{
    sim_stream s = sim_stream_init(1, 0, "link", "loss");
    enum { N = 300 };
    static uint64_t all[N * N + N];
    size_t n = 0;
    for (uint64_t i = 0; i < N; i++) {
        all[n++] = sim_stream_at(&s, i);
        for (uint64_t k = 0; k < N; k++)
            all[n++] = sim_stream_at2(&s, i, k);
    }
    assert_all_differ(all, n);
    cr_assert_eq(sim_stream_at2(&s, 5, 6), sim_stream_at2(&s, 5, 6));
}

/* Neighbours in name, seed, index and sub: bits of the two agree half the time. */
Test(engine_random, neighbouring_streams_are_not_alike)
{
    static const struct {
        uint64_t seed;
        const char *name;
    } other[] = {{1, "mn2"}, {2, "mn1"}};
    sim_stream s = sim_stream_init(1, 0, "mn1", "arrivals");
    enum { N = 10000 };
    for (int which = 0; which < 4; which++) {
        long same = 0;
        for (uint64_t i = 0; i < N; i++) {
            uint64_t a = sim_stream_at(&s, i), b;
            if (which < 2) {
                sim_stream o = sim_stream_init(other[which].seed, 0, other[which].name,
                                               "arrivals");
                b = sim_stream_at(&o, i);
            } else {
                b = which == 2 ? sim_stream_at(&s, i + N) : sim_stream_at2(&s, i, 0);
            }
            same += __builtin_popcountll(~(a ^ b));
        }
        /* 640,000 fair coins: standard deviation 400. */
        cr_assert_lt(labs(same - 320000), 1600, "%d: %ld", which, same);
    }
}

Test(engine_random, a_stream_serves_gsl)
{
    gsl_rng *rng = gsl_rng_alloc(sim_rng_type());
    cr_assert_eq(gsl_rng_max(rng), UINT64_MAX);
    cr_assert_eq(gsl_rng_min(rng), 0);
    sim_stream s = sim_stream_init(5, 1, "x", "y"), same = s;
    sim_rng_set_stream(rng, &s);
    for (int i = 0; i < 100; i++)
        cr_assert_eq(gsl_rng_get(rng), sim_stream_u64(&same));
    cr_assert_eq(s.next, 0, "the generator has a copy");
    gsl_rng *copy = gsl_rng_clone(rng);
    cr_assert_eq(gsl_rng_get(copy), gsl_rng_get(rng));
    gsl_rng_free(copy);
    gsl_rng_set(rng, 1);
    unsigned long first = gsl_rng_get(rng);
    gsl_rng_set(rng, 2);
    cr_assert_neq(gsl_rng_get(rng), first);
    gsl_rng_set(rng, 1);
    cr_assert_eq(gsl_rng_get(rng), first);
    unsigned long bins[6] = {0};
    double sum = 0;
    for (int i = 0; i < 60000; i++) {
        bins[gsl_rng_uniform_int(rng, 6)]++;
        double u = gsl_rng_uniform(rng);
        if (u < 0 || u >= 1)
            cr_assert(false, "%g", u);
        sum += u;
    }
    for (int i = 0; i < 6; i++)
        cr_assert_float_eq((double)bins[i], 10000, 400);
    cr_assert_float_eq(sum / 60000, 0.5, 0.005);
    gsl_rng_free(rng);
}

Test(engine_random, a_foreign_generator_is_a_bug, .signal = SIGABRT)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    sim_stream s = sim_stream_init(5, 1, "x", "y");
    sim_rng_set_stream(rng, &s);
}
