/* Members of an active-standby system under losses, partitions, crashes and departures, over many
 * seeds, while nodes move, come and go: when it is quiet again there is one master in bounded time,
 * it owns the bindings, every member has the same, and none that its node has given up.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "as_net.h"
#include "effort.h"

enum { MEMBERS = 3, NODES = 8, SEEDS = 1000 };

/* What a node asked for last, and who knows of it. */
typedef struct asked {
    uint16_t sequence;
    bool ended;             /* its binding; and it was there */
    int at;
    unsigned boot;          /* of that member */
} asked;

typedef struct bed {
    as_net *net;
    uint64_t seed;
    asked nodes[NODES + 1]; /* from 1 on */
} bed;

/* It tells whoever serves its side of the world. The care-of address says of which update it is. */
static void move(bed *b)
{
    as_net *net = b->net;
    uint32_t node = 1 + (uint32_t)as_draw(net, NODES);
    int first = (int)as_draw(net, MEMBERS);
    bool end = as_draw(net, 3) == 0;
    for (int k = 0; k < MEMBERS; k++) {
        mip6_binding_info held;
        int i = (first + k) % MEMBERS;
        if (!as_serves(net, i))
            continue;
        asked *a = &b->nodes[node];
        *a = (asked){.sequence = (uint16_t)(a->sequence + 1), .at = i, .boot = net->boots[i],
                     .ended = end && as_holds(net, i, node, &held)};
        as_update(net, i, node, a->sequence, a->sequence, end ? 0 : 1000);
        return;
    }
}

static void disturb(bed *b)
{
    as_net *net = b->net;
    int i = (int)as_draw(net, MEMBERS);
    switch (as_draw(net, 6)) {
    case 0:
        if (net->member[i])
            as_crash(net, i);
        else
            as_boot(net, i);
        break;
    case 1:
        net->loss_percent = (unsigned)as_draw(net, 60);
        break;
    case 2:
        net->side[i] = (int)as_draw(net, 2);
        break;
    case 3:
        if (net->member[i] && !net->left[i])
            as_leave(net, i);
        break;
    default:
        move(b);
        move(b);
    }
}

static void heal(bed *b)
{
    as_net *net = b->net;
    net->loss_percent = 0;
    memset(net->side, 0, sizeof net->side);
    for (int i = 0; i < MEMBERS; i++) {
        if (net->left[i])
            as_crash(net, i);
        if (!net->member[i] && as_draw(net, 3))
            as_boot(net, i);
    }
    /* Peers find each other (4 hellos), load twice (a lineage that gives way, and the one that
     * stands), and the best waits a master-down time, is heard, and is loaded from. */
    as_run(net, 30 * H_S);
}

/* As it was asked for, by an update that is not the last if that one ended it; but where all who
 * knew of the end have fallen. */
static void check_binding(const bed *b, int i, uint32_t node, const mip6_binding_info *held)
{
    const asked *a = &b->nodes[node];
    mip6_addr care_of = h_care_of(held->sequence);
    cr_assert(held->sequence > 0 && held->sequence <= a->sequence &&
              mip6_addr_equal(&held->care_of, &care_of), "seed %llu: node %u at %d: made up",
              (unsigned long long)b->seed, node, i);
    cr_assert_not(a->ended && b->net->member[a->at] && b->net->boots[a->at] == a->boot,
                  "seed %llu: node %u at %d: of %u, and %u has ended it at %d",
                  (unsigned long long)b->seed, node, i, held->sequence, a->sequence, a->at);
}

static void check_bindings(const bed *b, int master, int other)
{
    for (uint32_t n = 1; n <= NODES; n++) {
        mip6_binding_info x, y;
        bool here = as_holds(b->net, master, n, &x), there = as_holds(b->net, other, n, &y);
        cr_assert(here == there && (!here || (x.sequence == y.sequence &&
                                              mip6_addr_equal(&x.care_of, &y.care_of))),
                  "seed %llu: node %u at %d and %d: %d %d", (unsigned long long)b->seed, n,
                  master, other, here, there);
        if (there)
            check_binding(b, other, n, &y);
    }
}

/* Of those that live the lowest is the best. */
static void check(const bed *b)
{
    const as_net *net = b->net;
    int master = 0;
    while (master < MEMBERS && !net->member[master])
        master++;
    for (int i = master; i < MEMBERS; i++) {
        if (!net->member[i])
            continue;
        mip6_cache_state state = as_cache(net, i);
        cr_assert_eq(as_serves(net, i), i == master, "seed %llu: member %d",
                     (unsigned long long)b->seed, i);
        cr_assert(state.owned == (i == master) && state.complete, "seed %llu: member %d owns %d",
                  (unsigned long long)b->seed, i, state.owned);
        check_bindings(b, master, i);
    }
}

static void try_seed(uint64_t seed)
{
    bed b = {.net = as_new(MEMBERS, true), .seed = seed};
    as_net *net = b.net;
    net->random = mip6_mix64(seed + 7);
    net->jitter_ns = 2 * H_MS;
    net->forgets = true;
    for (int i = 0; i < MEMBERS; i++)
        as_boot(net, i);
    as_run(net, 10 * H_S);
    while (net->w->now < 70 * H_S) {
        disturb(&b);
        as_run(net, (int64_t)as_draw(net, 3000) * H_MS);
    }
    heal(&b);
    check(&b);
    as_free(net);
}

Test(proto_active_standby_storm, one_master_and_one_truth_over_1000_seeds)
{
    for (uint64_t seed = 0; seed < effort(SEEDS); seed++)
        try_seed(seed);
}
