/* Policies of a first registration: who is lighter, the lightest of all, the lighter of two.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "policy_bench.h"

enum { LIGHT = 13107, ROUNDS = 3000 };

static mip6_peer *add_agent(bench *b, uint16_t queue, uint16_t count, uint32_t capacity)
{
    mip6_peer *p = add(b, queue);
    p->mn_count = count;
    p->capacity_kbps = capacity;
    return p;
}

static void set_self(bench *b, uint16_t queue, uint16_t count, uint32_t capacity)
{
    b->view.light = LIGHT;
    b->view.queue = queue;
    b->view.mn_count = count;
    b->view.capacity_kbps = capacity;
    b->view.n_candidates = 0;
}

/* Of two agents, each a queue, a count and a capacity, the first is: -1 lighter, 0 as light. */
static void expect_order(const uint32_t a[3], const uint32_t b[3], int expected)
{
    bench x;
    setup(&x, "redirect");
    set_self(&x, (uint16_t)a[0], (uint16_t)a[1], a[2]);
    add_agent(&x, (uint16_t)b[0], (uint16_t)b[1], b[2]);
    add_agent(&x, (uint16_t)a[0], (uint16_t)a[1], a[2]);
    cr_assert_eq(mip6_view_compare(&x.view, MIP6_SELF, 0), expected, "%u %u %u, %u %u %u", a[0],
                 a[1], a[2], b[0], b[1], b[2]);
    cr_assert_eq(mip6_view_compare(&x.view, 0, MIP6_SELF), -expected);
    cr_assert_eq(mip6_view_compare(&x.view, 1, 0), expected);
    cr_assert_eq(mip6_view_compare(&x.view, 1, MIP6_SELF), 0);
}

#define V(...) ((const uint32_t[3]){__VA_ARGS__})

Test(proto_policy_lighter, the_order_of_the_draft)
{
    expect_order(V(LIGHT - 1, 900, 0), V(LIGHT, 0, 0), -1);     /* below LIGHT first */
    expect_order(V(0, 5, 0), V(LIGHT - 1, 4, 0), 1);            /* then nodes, not queues */
    expect_order(V(7, 5, 0), V(9, 5, 0), 0);
    expect_order(V(LIGHT, 9, 0), V(LIGHT + 1, 0, 0), -1);       /* both busy: queues, not nodes */
    expect_order(V(60000, 9, 0), V(60000, 0, 0), 0);
}

Test(proto_policy_lighter, nodes_by_capacity_where_both_say_theirs)
{
    expect_order(V(0, 10, 10000), V(0, 4, 2000), -1);
    expect_order(V(0, 10, 10000), V(0, 2, 2000), 0);
    expect_order(V(0, 10, 10000), V(0, 1, 2000), 1);
    expect_order(V(0, 10, 10000), V(0, 4, 0), 1);
    expect_order(V(0, 65535, UINT32_MAX), V(0, 65534, UINT32_MAX), 1);
    expect_order(V(0, 0, 1), V(0, 0, UINT32_MAX), 0);
}

/* How often each agent was named in ROUNDS first updates; [MAX_PEERS]: nobody. */
static void tally(const mip6_policy *p, bench *b, unsigned n[MAX_PEERS + 1])
{
    memset(n, 0, (MAX_PEERS + 1) * sizeof *n);
    for (int i = 0; i < ROUNDS; i++) {
        mip6_choice c = p->first_bu(&b->view);
        cr_assert(c.branch == MIP6_BRANCH_NONE || c.branch == MIP6_BRANCH_FIRST_BU);
        n[c.branch == MIP6_BRANCH_NONE ? MAX_PEERS : c.peer]++;
    }
}

static void expect_share(unsigned n, unsigned one_of)
{
    cr_assert(n > ROUNDS * 9 / 10 / one_of && n < ROUNDS * 11 / 10 / one_of, "%u", n);
}

static void moves_nobody_later(const char *name)
{
    const mip6_policy *p = mip6_policy_find(name);
    cr_assert(p->first_bu && p->advertises_load && !p->look && !p->preference);
}

Test(proto_policy_redirect, to_the_lightest)
{
    bench b;
    unsigned n[MAX_PEERS + 1];
    const mip6_policy *p = setup(&b, "redirect");
    moves_nobody_later("redirect");
    set_self(&b, 0, 8, 0);
    tally(p, &b, n);
    cr_assert_eq(n[MAX_PEERS], ROUNDS, "nobody else is there");
    add_agent(&b, 0, 9, 0);
    add_agent(&b, 0, 7, 0);
    add_agent(&b, 0, 0, 0)->blocked = true;
    add_agent(&b, 0, 0, 0)->has_load = false;
    add_agent(&b, 50000, 0, 0);
    tally(p, &b, n);
    cr_assert_eq(n[1], ROUNDS);
    set_self(&b, 0, 6, 0);
    tally(p, &b, n);
    cr_assert_eq(n[MAX_PEERS], ROUNDS, "the lightest is oneself");
}

Test(proto_policy_redirect, a_random_one_of_those_as_light)
{
    bench b;
    unsigned n[MAX_PEERS + 1];
    const mip6_policy *p = setup(&b, "redirect");
    set_self(&b, 0, 7, 0);
    add_agent(&b, 0, 7, 0);
    add_agent(&b, 0, 8, 0);
    add_agent(&b, 0, 7, 0);
    tally(p, &b, n);
    expect_share(n[0], 3);
    expect_share(n[2], 3);
    expect_share(n[MAX_PEERS], 3);
    set_self(&b, 0, 8, 0);
    tally(p, &b, n);
    expect_share(n[0], 2);
    expect_share(n[2], 2);
}

Test(proto_policy_two_choices, the_lighter_of_oneself_and_a_random_other)
{
    bench b;
    unsigned n[MAX_PEERS + 1];
    const mip6_policy *p = setup(&b, "two-choices");
    moves_nobody_later("two-choices");
    set_self(&b, 0, 5, 0);
    tally(p, &b, n);
    cr_assert_eq(n[MAX_PEERS], ROUNDS, "nobody else is there");
    add_agent(&b, 0, 4, 0);
    add_agent(&b, 0, 0, 0)->blocked = true;
    add_agent(&b, 0, 6, 0);
    add_agent(&b, 0, 0, 0)->has_load = false;
    add_agent(&b, 0, 0, 0);
    tally(p, &b, n);
    expect_share(n[0], 3);
    expect_share(n[4], 3);
    expect_share(n[MAX_PEERS], 3);
}

Test(proto_policy_two_choices, a_tie_is_tossed_for)
{
    bench b;
    unsigned n[MAX_PEERS + 1];
    const mip6_policy *p = setup(&b, "two-choices");
    set_self(&b, LIGHT, 0, 0);
    add_agent(&b, LIGHT, 100, 0);
    tally(p, &b, n);
    expect_share(n[0], 2);
    expect_share(n[MAX_PEERS], 2);
}
