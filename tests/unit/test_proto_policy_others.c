/* The yardsticks: two thresholds, and the preference of RFC 6275, on views made by hand.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "policy_bench.h"

/* 40 % and 20 % of 65535. */
enum { HIGH = 26214, LOW = 13107 };

Test(proto_policy_threshold, acts_above_the_upper_mark_only)
{
    bench b;
    const mip6_policy *p = setup(&b, "threshold");
    add(&b, 0);
    b.view.queue = HIGH;
    cr_assert_eq(p->look(&b.view).branch, MIP6_BRANCH_NONE);
    b.view.queue = HIGH + 1;
    mip6_choice c = p->look(&b.view);
    cr_assert_eq(c.branch, MIP6_BRANCH_THRESHOLD);
    cr_assert_eq(c.peer, 0);
    cr_assert_eq(c.candidate, 0, "the one eligible longest");
    b.view.n_candidates = 0;
    cr_assert_eq(p->look(&b.view).branch, MIP6_BRANCH_NONE);
}

Test(proto_policy_threshold, a_random_one_of_those_below_the_lower_mark)
{
    bench b;
    const mip6_policy *p = setup(&b, "threshold");
    b.view.queue = 60000;
    add(&b, LOW);
    add(&b, LOW - 1);
    add(&b, 0)->blocked = true;
    add(&b, 0)->has_load = false;
    add(&b, 5);
    unsigned n[MAX_PEERS] = {0};
    for (int i = 0; i < 2000; i++) {
        mip6_choice c = p->look(&b.view);
        cr_assert_eq(c.branch, MIP6_BRANCH_THRESHOLD);
        n[c.peer]++;
    }
    cr_assert_eq(n[1] + n[4], 2000);
    cr_assert(n[1] > 900 && n[4] > 900, "%u %u", n[1], n[4]);
    b.peers[1].queue = b.peers[4].queue = 20000;
    cr_assert_eq(p->look(&b.view).branch, MIP6_BRANCH_NONE, "nobody is below");
}

static uint16_t preference_at(const mip6_policy *p, bench *b, double load)
{
    b->view.queue = (uint16_t)(load * UINT16_MAX + 0.5);
    return p->preference(&b->view, 7);
}

Test(proto_policy_dynamic_preference, falls_by_one_each_sixteenth_of_load)
{
    for (int step = 0; step <= 16; step++) {
        bench b;
        const mip6_policy *p = setup(&b, "dynamic-preference");
        double load = step == 16 ? 1 : (step + 0.5) / 16;
        cr_assert_eq(preference_at(p, &b, load), step < 16 ? 16 - step : 1, "step %d", step);
    }
    cr_assert(!mip6_policy_find("dynamic-preference")->look, "nobody is moved");
}

Test(proto_policy_dynamic_preference, stays_until_a_whole_step_is_passed)
{
    bench b;
    const mip6_policy *p = setup(&b, "dynamic-preference");
    cr_assert_eq(preference_at(p, &b, 5.5 / 16), 11);
    cr_assert_eq(preference_at(p, &b, 6.9 / 16), 11);
    cr_assert_eq(preference_at(p, &b, 4.1 / 16), 11);
    cr_assert_eq(preference_at(p, &b, 7.1 / 16), 9);
    cr_assert_eq(preference_at(p, &b, 6.1 / 16), 9);
    cr_assert_eq(preference_at(p, &b, 5.9 / 16), 11);
    cr_assert_eq(preference_at(p, &b, 1.5 / 16), 15);
    cr_assert_eq(preference_at(p, &b, 0.2 / 16), 15);
    cr_assert_eq(preference_at(p, &b, 0), 16, "nothing at all is the best there is");
}

Test(proto_policy_dynamic_preference, the_larger_of_queue_and_count)
{
    bench b;
    const mip6_policy *p = setup(&b, "dynamic-preference");
    b.view.mn_count = 50;
    b.view.mn_count_unit = 10;
    cr_assert_eq(preference_at(p, &b, 0.5 / 16), 16, "counts are off by default");
    b.config[0] = 1000;
    cr_assert_eq(preference_at(p, &b, 0.5 / 16), 8, "500 of 1000");
    cr_assert_eq(preference_at(p, &b, 12.5 / 16), 4);
    b.view.mn_count = 65535;
    cr_assert_eq(preference_at(p, &b, 0), 1, "never below 1");
}
