/* The draft's rule, branch by branch and key by key, on views made by hand.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <criterion/criterion.h>
#include <string.h>

#include "mip6.h"
#include "proto/core/shared.h"

enum { MAX_PEERS = 40, LIGHT = 13107 };

typedef struct bench {
    const mip6_policy *policy;
    int64_t config[32];
    mip6_peer peers[MAX_PEERS];
    mip6_candidate candidates[MIP6_MAX_CANDIDATES];
    mip6_view view;
    uint64_t draws;
} bench;

static uint64_t draw(const mip6_view *view)
{
    bench *b = view->random_state;
    return mip6_mix64(b->draws++);
}

/* Oneself with a queue and a count; four candidates. */
static void setup(bench *b, mip6_profile profile, uint16_t queue, uint16_t count)
{
    memset(b, 0, sizeof *b);
    b->policy = mip6_policy_find("hybrid");
    mip6_policy_defaults(b->policy, profile, b->config);
    b->view = (mip6_view){
        .now_ns = 1000 * MIP6_SECOND_NS, .queue = queue, .light = LIGHT, .mn_count = count,
        .queue_bytes = (uint64_t)queue * 150000 / 65535, .light_bytes = 30000,
        .queue_tau_ns = MIP6_SECOND_NS, .mn_count_unit = 1, .peers = b->peers,
        .n_candidates = 4, .candidates = b->candidates, .config = b->config,
        .random64 = draw, .random_state = b,
    };
    for (uint32_t i = 0; i < 4; i++)
        b->candidates[i].since_ns = i;
}

static mip6_peer *add(bench *b, uint16_t queue, uint16_t count)
{
    mip6_peer *p = &b->peers[b->view.n_peers++];
    p->queue = queue;
    p->mn_count = count;
    p->has_load = true;
    return p;
}

static void set(bench *b, const char *key, int64_t value)
{
    for (size_t i = 0; i < b->policy->n_keys; i++)
        if (strcmp(b->policy->keys[i].name, key) == 0) {
            memcpy((uint8_t *)b->config + b->policy->keys[i].offset, &value, sizeof value);
            return;
        }
    cr_assert_fail("no key %s", key);
}

static mip6_choice look(bench *b)
{
    return b->policy->look(&b->view);
}

/* How often each peer is chosen in n looks; all must have this branch. */
static void tally(bench *b, mip6_branch branch, unsigned n, unsigned out[MAX_PEERS])
{
    memset(out, 0, MAX_PEERS * sizeof *out);
    for (unsigned i = 0; i < n; i++) {
        mip6_choice c = look(b);
        cr_assert_eq(c.branch, branch, "%s", mip6_branch_name(c.branch));
        out[c.peer]++;
    }
}

Test(proto_policy_hybrid, busy_goes_to_a_random_light_one)
{
    bench b;
    unsigned n[MAX_PEERS];
    setup(&b, MIP6_PROFILE_LITERAL, 40000, 10);
    add(&b, 100, 900);
    add(&b, LIGHT, 0);          /* equal is neither */
    add(&b, LIGHT - 1, 900);
    add(&b, 0, 900)->has_load = false;
    add(&b, 5000, 900);
    tally(&b, MIP6_BRANCH_QUEUE_LIGHT, 9000, n);
    cr_assert(n[0] > 2800 && n[2] > 2800 && n[4] > 2800);
    cr_assert(n[1] == 0 && n[3] == 0);
}

/* Equal is neither: the own queue at LIGHT is not busy, and the count decides. */
Test(proto_policy_hybrid, at_light_one_is_not_busy)
{
    bench b;
    setup(&b, MIP6_PROFILE_LITERAL, LIGHT, 10);
    add(&b, 0, 5);
    cr_assert_eq(look(&b).branch, MIP6_BRANCH_COUNT_TOP);
    b.view.queue = LIGHT + 1;
    cr_assert_eq(look(&b).branch, MIP6_BRANCH_QUEUE_LIGHT);
}

Test(proto_policy_hybrid, alone_or_without_candidates_nothing_happens)
{
    bench b;
    setup(&b, MIP6_PROFILE_LITERAL, 40000, 10);
    cr_assert_eq(look(&b).branch, MIP6_BRANCH_NONE);
    add(&b, 0, 0)->has_load = false;
    cr_assert_eq(look(&b).branch, MIP6_BRANCH_NONE);
    add(&b, 0, 0);
    cr_assert_eq(look(&b).branch, MIP6_BRANCH_QUEUE_LIGHT);
    b.view.n_candidates = 0;
    cr_assert_eq(look(&b).branch, MIP6_BRANCH_NONE);
}

/* k = max(1, ceil(0.1 N)); top iff fewer than k others are strictly greater. */
Test(proto_policy_hybrid, top_is_by_strictly_greater_others)
{
    const struct { unsigned others, greater; bool top; } cases[] = {
        {1, 0, true}, {1, 1, false}, {9, 0, true},  {9, 1, false},
        {10, 1, true}, {10, 2, false}, {19, 1, true}, {19, 2, false}, {20, 2, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bench b;
        setup(&b, MIP6_PROFILE_LITERAL, 40000, 10);
        for (unsigned k = 0; k < cases[i].others; k++)
            add(&b, k < cases[i].greater ? 50000 : 40000, 0);
        mip6_branch branch = look(&b).branch;
        cr_assert_eq(branch, cases[i].top ? MIP6_BRANCH_QUEUE_TOP : MIP6_BRANCH_NONE,
                     "case %zu", i);
        setup(&b, MIP6_PROFILE_LITERAL, 0, 10);
        for (unsigned k = 0; k < cases[i].others; k++)
            add(&b, 0, k < cases[i].greater ? 11 : 10);
        branch = look(&b).branch;
        cr_assert_eq(branch, cases[i].top ? MIP6_BRANCH_COUNT_TOP : MIP6_BRANCH_NONE,
                     "case %zu", i);
    }
}

/* Of 29 others and oneself k = 3: two stand below the boundary, four at it. */
Test(proto_policy_hybrid, bottom_is_random_at_its_boundary_alone)
{
    bench b;
    unsigned n[MAX_PEERS];
    setup(&b, MIP6_PROFILE_LITERAL, 60000, 0);
    for (unsigned k = 0; k < 29; k++)
        add(&b, k == 7 ? 14000 : k == 3 ? 14500 : k % 7 == 1 && k < 28 ? 15000
                                                                        : (uint16_t)(20000 + k), 0);
    tally(&b, MIP6_BRANCH_QUEUE_TOP, 12000, n);
    cr_assert(n[7] > 3800 && n[7] < 4200, "%u", n[7]);
    cr_assert(n[3] > 3800 && n[3] < 4200, "%u", n[3]);
    unsigned ties = 0;
    for (unsigned k = 1; k < 28; k += 7) {
        cr_assert(n[k] > 850 && n[k] < 1150, "%u", n[k]);
        ties += n[k];
    }
    cr_assert_eq(n[7] + n[3] + ties, 12000);
}

Test(proto_policy_hybrid, literal_count_branch_never_stops_and_takes_a_congested_one)
{
    bench b;
    setup(&b, MIP6_PROFILE_LITERAL, 0, 10);
    add(&b, 60000, 10);
    cr_assert_eq(look(&b).branch, MIP6_BRANCH_COUNT_TOP, "equal counts");
    /* Safe: the gap must be above 1, the target light. */
    setup(&b, MIP6_PROFILE_SAFE, 0, 10);
    mip6_peer *p = add(&b, 0, 9);
    cr_assert_eq(look(&b).branch, MIP6_BRANCH_NONE);
    p->mn_count = 8;
    cr_assert_eq(look(&b).branch, MIP6_BRANCH_COUNT_TOP);
    p->queue = LIGHT;
    cr_assert_eq(look(&b).branch, MIP6_BRANCH_NONE);
    set(&b, "count-target", 0);
    cr_assert_eq(look(&b).branch, MIP6_BRANCH_COUNT_TOP);
    set(&b, "count-gap", 2);
    cr_assert_eq(look(&b).branch, MIP6_BRANCH_NONE);
}

Test(proto_policy_hybrid, target_must_be_below_oneself)
{
    bench b;
    setup(&b, MIP6_PROFILE_LITERAL, 40000, 10);
    add(&b, 40000, 0);
    cr_assert_eq(look(&b).branch, MIP6_BRANCH_QUEUE_TOP);
    set(&b, "target-below-self", 1);
    cr_assert_eq(look(&b).branch, MIP6_BRANCH_NONE);
    b.peers[0].queue = 39999;
    cr_assert_eq(look(&b).branch, MIP6_BRANCH_QUEUE_TOP);
}

/* gap > max(2, 5 %) of counts that are compared by capacity, top or not. */
Test(proto_policy_hybrid, tuned_count_branch_goes_by_normalised_gap)
{
    bench b;
    setup(&b, MIP6_PROFILE_TUNED, 0, 100);
    add(&b, 0, 300);
    mip6_peer *p = add(&b, 0, 95);
    cr_assert_eq(look(&b).branch, MIP6_BRANCH_NONE, "5 is not above 5 %%");
    p->mn_count = 94;
    cr_assert_eq(look(&b).branch, MIP6_BRANCH_COUNT_TOP, "though another one has more");
    cr_assert_eq(look(&b).peer, 1);
    /* Twice the capacity: half the count. */
    b.view.capacity_kbps = 1000;
    p->capacity_kbps = 2000;
    p->mn_count = 188;
    cr_assert_eq(look(&b).branch, MIP6_BRANCH_COUNT_TOP);
    p->mn_count = 190;
    cr_assert_eq(look(&b).branch, MIP6_BRANCH_NONE);
    set(&b, "normalise-count", 0);
    p->mn_count = 94;
    cr_assert_eq(look(&b).branch, MIP6_BRANCH_COUNT_TOP);
    /* Small counts: more than 2. */
    setup(&b, MIP6_PROFILE_TUNED, 0, 5);
    p = add(&b, 0, 3);
    cr_assert_eq(look(&b).branch, MIP6_BRANCH_NONE);
    p->mn_count = 2;
    cr_assert_eq(look(&b).branch, MIP6_BRANCH_COUNT_TOP);
}

/* RFC 5356: the last report, plus what was sent there since. */
Test(proto_policy_hybrid, information_degrades)
{
    bench b;
    setup(&b, MIP6_PROFILE_TUNED, 40000, 0);
    mip6_peer *p = add(&b, 13000, 0);
    cr_assert_eq(look(&b).branch, MIP6_BRANCH_QUEUE_LIGHT);
    p->sent_rate = 1000;    /* over tau 1000 bytes, 437 of Queue Size */
    cr_assert_neq((int)look(&b).branch, MIP6_BRANCH_QUEUE_LIGHT);
    set(&b, "information", 0);
    cr_assert_eq(look(&b).branch, MIP6_BRANCH_QUEUE_LIGHT);
    setup(&b, MIP6_PROFILE_TUNED, 0, 10);
    p = add(&b, 0, 5);
    cr_assert_eq(look(&b).branch, MIP6_BRANCH_COUNT_TOP);
    p->sent_count = 3;
    cr_assert_eq(look(&b).branch, MIP6_BRANCH_NONE);
}

/* Two different random ones, the lower of them: the worst is never chosen, the best
 * in 2 of 3 pairs, with three. */
Test(proto_policy_hybrid, better_of_two_random_ones)
{
    bench b;
    unsigned n[MAX_PEERS];
    setup(&b, MIP6_PROFILE_TUNED, 40000, 0);
    add(&b, 9000, 0);
    add(&b, 100, 0);
    add(&b, 5000, 0);
    tally(&b, MIP6_BRANCH_QUEUE_LIGHT, 9000, n);
    cr_assert_eq(n[0], 0);
    cr_assert(n[1] > 5800 && n[1] < 6200, "%u", n[1]);
    cr_assert(n[2] > 2800 && n[2] < 3200, "%u", n[2]);
}

Test(proto_policy_hybrid, blocked_targets_are_passed_over)
{
    bench b;
    setup(&b, MIP6_PROFILE_TUNED, 40000, 0);
    add(&b, 100, 0)->blocked = true;
    add(&b, 200, 0);
    for (int i = 0; i < 50; i++)
        cr_assert_eq(look(&b).peer, 1);
    b.peers[1].blocked = true;
    cr_assert_eq(look(&b).branch, MIP6_BRANCH_NONE, "light ones are there: no other branch");
}

/* Excess 20000 bytes/s: the largest rate that it covers, else the smallest. */
Test(proto_policy_hybrid, binding_by_rate)
{
    bench b;
    setup(&b, MIP6_PROFILE_TUNED, 40000, 0);
    b.view.queue_bytes = 50000;
    add(&b, 0, 0);
    const struct { uint64_t rates[4]; uint32_t want; } cases[] = {
        {{100, 19000, 20001, 30000}, 1}, {{20000, 19000, 0, 30000}, 0},
        {{40000, 30000, 25000, 25000}, 2}, {{0, 0, 0, 0}, 0},
        {{19000, 20000, 20000, 100}, 1}, {{20001, 20000, 1, 1}, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (unsigned k = 0; k < 4; k++)
            b.candidates[k].rate = cases[i].rates[k];
        cr_assert_eq(look(&b).candidate, cases[i].want, "case %zu", i);
    }
    set(&b, "binding-choice", 0);
    cr_assert_eq(look(&b).candidate, 0);
}

/* Any view: an answer that points at a peer with a report, below nobody's feet. */
Test(proto_policy_hybrid, any_view_gets_a_valid_choice)
{
    for (uint64_t i = 0; i < 60000; i++) {
        bench b;
        uint64_t r = mip6_mix64(i);
        setup(&b, (mip6_profile)(i % 3), (uint16_t)(r & 0xffff), (uint16_t)(r >> 16 & 63));
        b.draws = i;
        unsigned n = (unsigned)(r >> 32 & 31);
        for (unsigned k = 0; k < n; k++) {
            uint64_t q = mip6_mix64(r + k);
            mip6_peer *p = add(&b, (uint16_t)(q >> (q & 15)), (uint16_t)(q >> 20 & 63));
            p->has_load = q >> 40 & 7;
            p->blocked = !(q >> 43 & 7);
            p->sent_rate = q >> 46 & 1 ? UINT64_MAX >> (q >> 58) : 0;
            p->sent_count = q >> 47 & 1 ? UINT32_MAX : 0;
            p->capacity_kbps = q >> 48 & 1 ? (uint32_t)(q >> 20) | 1 : 0;
        }
        b.view.capacity_kbps = r & 1 ? 100000 : 0;
        b.view.light = r & 2 ? LIGHT : r & 4 ? 0 : 65535;
        mip6_choice c = look(&b);
        if (c.branch == MIP6_BRANCH_NONE)
            continue;
        cr_assert_lt(c.peer, b.view.n_peers);
        cr_assert_lt(c.candidate, b.view.n_candidates);
        cr_assert(b.peers[c.peer].has_load && !b.peers[c.peer].blocked);
    }
}

Test(proto_policy_hybrid, tables_describe_every_setting_once)
{
    size_t n;
    const mip6_key *keys = mip6_ha_keys(&n);
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < n; i++) {
            for (int p = 0; p < MIP6_N_PROFILES; p++)
                cr_assert(keys[i].by_profile[p] >= keys[i].min &&
                          keys[i].by_profile[p] <= keys[i].max, "%s", keys[i].name);
            for (size_t k = 0; k < i; k++)
                cr_assert(strcmp(keys[i].name, keys[k].name) != 0 &&
                          keys[i].offset != keys[k].offset, "%s", keys[i].name);
            int64_t names = 0;
            while (keys[i].names && keys[i].names[names])
                names++;
            cr_assert_eq(keys[i].unit == MIP6_UNIT_CHOICE ? keys[i].max + 1 : 0, names, "%s",
                         keys[i].name);
        }
        if (round == 0)
            cr_assert_eq(n * sizeof(int64_t), sizeof(mip6_ha_tuning));
        else
            cr_assert_eq(n * sizeof(int64_t), mip6_policy_find("hybrid")->config_size);
        keys = mip6_policy_find("hybrid")->keys;
        n = mip6_policy_find("hybrid")->n_keys;
    }
}

Test(proto_policy_hybrid, policies_are_found_by_name)
{
    cr_assert_str_eq(mip6_policy_at(0)->name, "static-dhaad");
    cr_assert_str_eq(mip6_policy_find("hybrid")->name, "hybrid");
    cr_assert_null(mip6_policy_find("hybri"));
    cr_assert_null(mip6_policy_at(99));
    for (size_t i = 0; mip6_policy_at(i); i++)
        cr_assert_eq(mip6_policy_find(mip6_policy_at(i)->name), mip6_policy_at(i));
}
