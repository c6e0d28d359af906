/* models/measure/lpt: the order, the rule, and the bound, against the best assignment found by
 * trying all of them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <criterion/criterion.h>

#include "models/measure/lpt.h"
#include "sim/engine/random.h"

enum { MOST = 7 };

static sim_stream draws(const char *name)
{
    return sim_stream_init(7, 0, name, "test");
}

Test(models_lpt, falling_and_equal_ones_as_they_stand)
{
    enum { N = 5000 };
    static uint64_t sizes[N];
    static uint32_t order[N];
    sim_stream s = draws("order");
    for (unsigned width = 1; width <= 64; width += 9) {
        for (uint32_t i = 0; i < N; i++)
            sizes[i] = sim_stream_u64(&s) >> (64 - width);
        model_lpt_order(sizes, N, order);
        for (uint32_t i = 1; i < N; i++)
            cr_assert(sizes[order[i - 1]] > sizes[order[i]] ||
                      (sizes[order[i - 1]] == sizes[order[i]] && order[i - 1] < order[i]));
    }
    model_lpt_order(sizes, 0, order);
}

Test(models_lpt, a_known_case)
{
    /* Graham's: 3 3 2 2 2 on two is 6 at best, and 7 by the rule. */
    const uint64_t sizes[] = {2, 3, 2, 3, 2};
    const double capacities[] = {1, 1};
    uint32_t order[5];
    uint16_t to[5];
    model_lpt_order(sizes, 5, order);
    cr_assert_eq(model_lpt(sizes, order, 5, capacities, 2, to), 7);
    cr_assert(to[1] == 0 && to[3] == 1 && to[0] == 0 && to[2] == 1 && to[4] == 0);
    cr_assert_eq(model_load_bound(sizes, order, 5, capacities, 2), 6);
}

Test(models_lpt, the_bound_counts_the_largest_items_and_the_largest_agents)
{
    const uint64_t sizes[] = {1, 90, 60};
    const double capacities[] = {1, 10, 5};
    uint32_t order[3];
    model_lpt_order(sizes, 3, order);
    cr_assert_float_eq(model_load_bound(sizes, order, 3, capacities, 3), 150.0 / 15, 1e-12);
    cr_assert_float_eq(model_load_bound(sizes, order, 2, capacities, 3), 151.0 / 16 > 10 ? 0 : 10,
                       1e-12);
    const uint64_t one[] = {90, 1, 1};
    model_lpt_order(one, 3, order);
    cr_assert_float_eq(model_load_bound(one, order, 3, capacities, 3), 9, 1e-12);
    cr_assert_float_eq(model_load_bound(one, order, 3, capacities, 1), 92, 1e-12);
}

/* The least peak load of all m^n assignments. */
static double best(const uint64_t *sizes, uint32_t n, const double *capacities, uint32_t m)
{
    double least = 1e300;
    uint32_t all = 1;
    for (uint32_t i = 0; i < n; i++)
        all *= m;
    for (uint32_t code = 0; code < all; code++) {
        double loads[4] = {0}, peak = 0;
        uint32_t rest = code;
        for (uint32_t i = 0; i < n; i++, rest /= m)
            loads[rest % m] += (double)sizes[i];
        for (uint32_t a = 0; a < m; a++)
            peak = loads[a] / capacities[a] > peak ? loads[a] / capacities[a] : peak;
        least = peak < least ? peak : least;
    }
    return least;
}

Test(models_lpt, bound_best_and_rule_stand_in_this_order)
{
    sim_stream s = draws("brute");
    unsigned tight = 0, above = 0;
    for (unsigned round = 0; round < 400; round++) {
        uint32_t n = 1 + (uint32_t)sim_below(sim_stream_u64(&s), MOST), order[MOST];
        uint32_t m = 1 + (uint32_t)sim_below(sim_stream_u64(&s), 4);
        bool equal = round % 2;
        uint64_t sizes[MOST];
        double capacities[4];
        for (uint32_t i = 0; i < n; i++)
            sizes[i] = 1 + sim_below(sim_stream_u64(&s), 30);
        for (uint32_t a = 0; a < m; a++)
            capacities[a] = equal ? 10 : 1 + (double)sim_below(sim_stream_u64(&s), 10);
        model_lpt_order(sizes, n, order);
        double least = best(sizes, n, capacities, m);
        double rule = model_lpt(sizes, order, n, capacities, m, NULL);
        double bound = model_load_bound(sizes, order, n, capacities, m);
        cr_assert(bound <= least * (1 + 1e-12), "round %u: %g, best %g", round, bound, least);
        cr_assert(least <= rule * (1 + 1e-12), "round %u: %g, best %g", round, rule, least);
        if (equal)
            cr_assert(rule <= (4.0 / 3 - 1 / (3.0 * m)) * least * (1 + 1e-12));
        tight += bound > least * (1 - 1e-12);
        above += rule > least * (1 + 1e-12);
    }
    cr_assert(tight > 100 && above > 10, "%u %u", tight, above);
}
