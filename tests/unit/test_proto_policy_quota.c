/* A number of nodes for each agent, on views made by hand, and with agents that speak.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "ha_harness.h"

enum { MAX_PEERS = 8 };

typedef struct bench {
    const mip6_policy *policy;
    int64_t config[4];
    mip6_peer peers[MAX_PEERS];
    mip6_candidate candidates[2];
    mip6_view view;
    uint64_t draws;
} bench;

static uint64_t draw(const mip6_view *view)
{
    bench *b = view->random_state;
    return mip6_mix64(b->draws++);
}

/* Oneself with a count, of a total. */
static void setup(bench *b, int64_t total, uint16_t count)
{
    memset(b, 0, sizeof *b);
    b->policy = mip6_policy_find("acceptable-number");
    cr_assert(b->policy && b->policy->config_size <= sizeof b->config);
    b->config[0] = total;
    b->view = (mip6_view){.mn_count = count, .capacity_kbps = 1000, .mn_count_unit = 1,
                          .peers = b->peers, .candidates = b->candidates, .n_candidates = 2,
                          .config = b->config, .random64 = draw, .random_state = b};
}

static mip6_peer *add(bench *b, uint16_t count, uint32_t capacity_kbps)
{
    mip6_peer *p = &b->peers[b->view.n_peers++];
    *p = (mip6_peer){.mn_count = count, .capacity_kbps = capacity_kbps, .has_load = true};
    return p;
}

static mip6_choice look(bench *b)
{
    return b->policy->look(&b->view);
}

static void goes_to(bench *b, uint32_t peer)
{
    mip6_choice c = look(b);
    cr_assert_eq(c.branch, MIP6_BRANCH_QUOTA, "%s", mip6_branch_name(c.branch));
    cr_assert_eq(c.peer, peer, "to %u", c.peer);
    cr_assert_eq(c.candidate, 0, "the one eligible longest");
}

static void stays(bench *b)
{
    cr_assert_eq(look(b).branch, MIP6_BRANCH_NONE);
}

Test(proto_policy_quota, the_number_is_the_share_by_capacity)
{
    bench b;
    setup(&b, 100, 14);         /* floor(100 * 1000 / 7000) */
    add(&b, 27, 2000);          /* of 28 */
    add(&b, 56, 4000);          /* of 57 */
    stays(&b);
    b.view.mn_count = 15;
    cr_assert_eq(look(&b).branch, MIP6_BRANCH_QUOTA);
    b.peers[0].mn_count = 28;
    goes_to(&b, 1);
    b.peers[1].mn_count = 57;
    stays(&b);
    b.view.n_candidates = 0;
    b.peers[1].mn_count = 0;
    stays(&b);
}

Test(proto_policy_quota, to_the_most_room_and_among_equals_at_random)
{
    bench b;
    setup(&b, 120, 60);
    add(&b, 10, 1000);
    add(&b, 3, 1000);
    add(&b, 20, 1000);
    goes_to(&b, 1);
    b.peers[0].mn_count = 3;
    unsigned n[MAX_PEERS] = {0};
    for (int i = 0; i < 2000; i++)
        n[look(&b).peer]++;
    cr_assert_eq(n[0] + n[1], 2000);
    cr_assert(n[0] > 900 && n[1] > 900, "%u %u", n[0], n[1]);
}

Test(proto_policy_quota, no_more_than_the_room_until_the_next_report)
{
    bench b;
    setup(&b, 90, 60);
    add(&b, 20, 1000)->sent_count = 9;
    add(&b, 25, 1000);
    goes_to(&b, 0);
    b.peers[0].sent_count = 10;
    goes_to(&b, 1);
    b.peers[1].sent_count = 5;
    stays(&b);
    b.peers[0].sent_count = 0;
    goes_to(&b, 0);
}

Test(proto_policy_quota, who_is_no_target)
{
    bench b;
    setup(&b, 60, 60);
    add(&b, 0, 1000)->has_load = false;
    stays(&b);                  /* A legacy agent has no share of the total either. */
    add(&b, 0, 1000)->blocked = true;
    stays(&b);
    add(&b, 19, 1000);
    goes_to(&b, 2);
}

Test(proto_policy_quota, without_a_capacity_all_are_equal)
{
    bench b;
    setup(&b, 100, 34);
    add(&b, 30, 9000);
    add(&b, 10, 0);
    goes_to(&b, 1);             /* 33 each */
    b.view.mn_count = 33;
    stays(&b);
    b.view.mn_count = 34;
    b.peers[1].capacity_kbps = 1000;
    b.view.capacity_kbps = 0;
    goes_to(&b, 1);
}

Test(proto_policy_quota, without_a_total_what_is_reported_is_shared)
{
    bench b;
    setup(&b, 0, 11);
    add(&b, 9, 1000);
    goes_to(&b, 0);
    b.view.mn_count = b.peers[0].mn_count = 10;
    stays(&b);
    b.view.mn_count = 11;       /* 10 and 10 of 21: nobody has room */
    stays(&b);
}

Test(proto_policy_quota, a_unit_of_the_count_is_so_many_nodes)
{
    bench b;
    setup(&b, 100, 6);
    b.view.mn_count_unit = 10;
    add(&b, 4, 1000);
    goes_to(&b, 0);
    b.peers[0].sent_count = 10;
    stays(&b);
}

/* Three agents, ten nodes at the first: what it does follows from the rule, decision by
 * decision, and it ends where nobody is above its number. */
Test(proto_policy_quota, agents_that_speak_end_at_their_numbers)
{
    h_world *w = h_new(3, "acceptable-number", MIP6_PROFILE_SAFE);
    h_policy_set(w, "acceptable-total", 10);
    cr_assert(w->tuning.advertise_capacity, "a preset");
    const uint32_t capacity[3] = {1000, 1000, 3000}, number[3] = {2, 2, 6};
    for (int i = 0; i < 3; i++)
        w->config[i].capacity_kbps = capacity[i];
    h_boot(w);
    h_wait(w, 10 * H_S);
    uint16_t sequence[11] = {0};
    for (uint32_t n = 1; n <= 10; n++)
        h_register(w, 0, n, sequence[n] = 1);
    unsigned decisions = 0;
    for (int s = 0; s < 400; s++) {
        h_forget(w);
        h_wait(w, 500 * H_MS);
        for (size_t i = 0; i < w->n_traces; i++) {
            const mip6_trace *t = &w->traces[i].t;
            if (t->kind != MIP6_TRACE_DECISION || w->traces[i].d.repeated)
                continue;
            int from = w->traces[i].agent, to = 0;
            while (!mip6_addr_equal(&t->peer, &w->config[to].global))
                to++;
            cr_assert_eq(w->traces[i].d.branch, MIP6_BRANCH_QUOTA);
            cr_assert_gt(w->traces[i].d.own_count, number[from]);
            cr_assert_lt(w->traces[i].d.target_count, number[to]);
            decisions++;
            uint32_t n = mip6_get32(t->home.b + 12);
            h_deregister(w, from, n, ++sequence[n]);
            h_register(w, to, n, ++sequence[n]);
        }
        if (s % 100 == 99)
            for (uint32_t n = 1; n <= 10; n++)
                for (int a = 0; a < 3; a++) {
                    mip6_binding_info info;
                    mip6_addr home = h_home(n);
                    if (mip6_ha_find(w->ha[a], &home, &info))
                        h_register(w, a, n, ++sequence[n]);
                }
    }
    for (int i = 0; i < 3; i++)
        cr_assert_eq(h_figures(w, i).mn_count, number[i], "agent %d: %u", i,
                     h_figures(w, i).mn_count);
    cr_assert_eq(decisions, 8, "%u", decisions);
    h_free_world(w);
}
