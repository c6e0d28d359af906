/* proto/system/haha: copies, one decider, each binding of an agent that is gone at exactly one.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "effort.h"
#include "haha_net.h"

static void check_one_each(const hn_net *w, const char *when)
{
    for (int i = 0; i < HN_NODES; i++)
        cr_assert_eq(hn_primaries(w, i, NULL), 1, "seed %d, %s: node %d is served by %d agents",
                     (int)w->seed, when, i, hn_primaries(w, i, NULL));
    hn_check_asked(w);
}

static void check_copies(const hn_net *w)
{
    for (int k = 0; k < w->n; k++) {
        mip6_haha_figures f = hn_figures(w, k);
        if (!w->agent[k].ha)
            continue;
        cr_assert_eq(hn_count(w, k) + f.secondaries, HN_NODES, "seed %d: agent %d has %u and %u",
                     (int)w->seed, k, hn_count(w, k), f.secondaries);
        cr_assert_eq(f.orphans + f.claims, 0);
    }
}

/* Each node knows who serves it. */
static void check_told(const hn_net *w)
{
    for (int i = 0; i < HN_NODES; i++) {
        mip6_mn_figures f;
        int last = 0;
        hn_primaries(w, i, &last);
        mip6_mn_get_figures(w->node[i], &f);
        cr_assert(mip6_addr_equal(&f.agent, &w->members[last]), "seed %d: node %d is not at %d",
                  (int)w->seed, i, last);
    }
}

static int decided_by(const hn_net *w, uint64_t *nodes)
{
    int n = 0;
    for (int k = 0; k < w->n; k++) {
        mip6_haha_figures f = hn_figures(w, k);
        n += f.decided > 0;
        *nodes += f.decided;
    }
    return n;
}

Test(proto_system_haha, every_binding_is_copied_to_all)
{
    hn_net *w = hn_new(4, 1, false);
    hn_start(w);
    hn_run(w, 10 * HN_S);
    check_one_each(w, "at rest");
    check_copies(w);
    hn_end(w);
}

/* Within four seconds of the crash, long before any refresh, and each node knows. */
static void crash_one(bool links)
{
    hn_net *w = hn_new(4, 3, links);
    uint64_t nodes = 0;
    hn_start(w);
    hn_run(w, 10 * HN_S);
    uint32_t lost = hn_count(w, 1);
    cr_assert_gt(lost, 1);
    hn_crash(w, 1);
    hn_run(w, 5 * HN_S);
    check_one_each(w, "after the crash");
    check_copies(w);
    cr_assert_eq(decided_by(w, &nodes), 1);
    cr_assert_eq(nodes, lost);
    cr_assert_eq(hn_figures(w, 0).decided, lost, "the lowest address decides");
    check_told(w);
    hn_run(w, 130 * HN_S);
    check_one_each(w, "later");
    hn_boot(w, 1);
    hn_run(w, 10 * HN_S);
    check_one_each(w, "when it is back");
    check_copies(w);
    hn_end(w);
}

Test(proto_system_haha, a_crash_on_one_link)
{
    crash_one(false);
}

Test(proto_system_haha, a_crash_on_links_of_their_own)
{
    crash_one(true);
}

Test(proto_system_haha, nodes_go_to_the_fewest_for_the_capacity)
{
    hn_net *w = hn_new(4, 5, false);
    for (int k = 0; k < 4; k++)
        w->agent[k].config.capacity_kbps = k == 3 ? 3000 : 1000;
    hn_start(w);
    hn_run(w, 10 * HN_S);
    uint32_t nodes[4];
    for (int k = 0; k < 4; k++)
        nodes[k] = hn_count(w, k);
    for (; nodes[0] > 0; nodes[0]--) {
        int best = 1;
        for (int k = 2; k < 4; k++)
            if (nodes[k] * w->agent[best].config.capacity_kbps <
                nodes[best] * w->agent[k].config.capacity_kbps)
                best = k;
        nodes[best]++;
    }
    hn_crash(w, 0);
    hn_run(w, 5 * HN_S);
    check_one_each(w, "after the crash");
    for (int k = 1; k < 4; k++)
        cr_assert_eq(hn_count(w, k), nodes[k], "agent %d", k);
    hn_end(w);
}

Test(proto_system_haha, takeovers_are_paced)
{
    hn_net *w = hn_new(3, 7, false);
    w->takeover_rate = 2;
    for (int k = 0; k < 3; k++)
        w->agent[k].haha_config.takeover_rate = 2;
    hn_start(w);
    hn_run(w, 10 * HN_S);
    uint32_t lost = hn_count(w, 2);
    hn_crash(w, 2);
    hn_run(w, 4500 * HN_MS);
    uint64_t taken = hn_figures(w, 0).taken + hn_figures(w, 1).taken;
    cr_assert_lt(taken, lost);
    cr_assert_leq(taken, 2 * (2 * 2 + 1));
    hn_run(w, 10 * HN_S);
    check_one_each(w, "after ten more seconds");
    hn_end(w);
}

/* Who was told to take a node says so, whether or not the node follows. */
Test(proto_system_haha, nodes_that_know_no_switch_are_taken_over_too)
{
    hn_net *w = hn_new(4, 3, false);
    for (int i = 0; i < HN_NODES; i++) {
        mip6_addr home = hn_home(i);
        mip6_mn_free(w->node[i]);
        mip6_mn_init(w->node[i], w->shared, &w->mn_config, &home, 0, 1000 + (uint64_t)i);
    }
    hn_start(w);
    hn_run(w, 10 * HN_S);
    hn_crash(w, 1);
    hn_run(w, 5 * HN_S);
    check_one_each(w, "after the crash");
    check_copies(w);
    hn_run(w, 200 * HN_S);
    check_one_each(w, "when they have found another agent");
    check_copies(w);
    check_told(w);
    hn_end(w);
}

/* Cut off, it takes over next to nobody, for nobody answers; when it hears the others again, its
 * own nodes have moved, and the others' have stayed, whenever that is. */
/* Returns how many of the others' nodes it has drawn to itself when it was back. */
static unsigned cut_off(uint64_t seed, int64_t for_ns)
{
    unsigned drawn = 0;
    hn_net *w = hn_new(4, seed, seed % 2);
    int k = (int)(seed % 4), before[HN_NODES];
    hn_start(w);
    hn_run(w, 10 * HN_S);
    for (int i = 0; i < HN_NODES; i++)
        hn_primaries(w, i, &before[i]);
    uint32_t had = hn_count(w, k);
    w->agent[k].isolated = true;
    hn_run(w, for_ns);
    cr_assert_lt(hn_count(w, k), HN_NODES, "it cannot be sure that it is not itself cut off");
    w->agent[k].isolated = false;
    hn_run(w, 5 * HN_S);
    check_one_each(w, "when it is back");
    check_copies(w);
    check_told(w);
    for (int i = 0; i < HN_NODES; i++) {
        int after = -1;
        hn_primaries(w, i, &after);
        cr_assert(before[i] != k || after != k, "seed %d: node %d", (int)seed, i);
        cr_assert(after == before[i] || before[i] == k || after == k);
        drawn += before[i] != k && after == k;
    }
    cr_assert_geq(hn_figures(w, k).given_up, had);
    hn_end(w);
    return drawn;
}

Test(proto_system_haha, an_agent_that_was_cut_off_gives_up_what_is_not_its_own)
{
    for (uint64_t seed = 0; seed < 10; seed++)
        cr_assert_eq(cut_off(seed, 6 * HN_S), 0);
}

/* Its calls would be due again 5 s, 15 s and 35 s after it has taken them over, and then each 20
 * s: also where it is back just before that. One node alone may be drawn over, where it is back
 * between a hello and the call of one node a moment later. */
Test(proto_system_haha, an_agent_that_was_cut_off_calls_nobody_when_it_is_back)
{
    unsigned drawn = 0;
    for (uint64_t seed = 0; seed < 40; seed++) {
        int64_t for_ns = (seed % 2 ? 8200 : 18200) * HN_MS + (int64_t)seed * 20 * HN_MS;
        unsigned n = cut_off(seed, for_ns);
        cr_assert_leq(n, 1, "seed %d: %u", (int)seed, n);
        drawn += n;
    }
    cr_assert_leq(drawn, 1);
}

/* All others are gone for good: it has to wait for one node's answer, and takes all over. */
Test(proto_system_haha, the_only_one_that_is_left_serves_all)
{
    hn_net *w = hn_new(4, 3, false);
    hn_start(w);
    hn_run(w, 10 * HN_S);
    for (int k = 1; k < 4; k++)
        hn_crash(w, k);
    hn_run(w, 5 * HN_S);
    check_one_each(w, "after the crash");
    check_told(w);
    hn_end(w);
}

/* To one who has said goodbye all others are gone, and their nodes are none of its business. */
Test(proto_system_haha, who_leaves_decides_nothing)
{
    hn_net *w = hn_new(3, 6, false);
    hn_start(w);
    hn_run(w, 10 * HN_S);
    cr_assert_gt(hn_count(w, 0) + hn_count(w, 1), 0);
    mip6_ha_stop(w->agent[2].ha, w->now);
    hn_run(w, 3 * HN_S);
    if (mip6_ha_stopped_ns(w->agent[2].ha) == MIP6_NEVER)
        mip6_ha_stop(w->agent[2].ha, w->now);
    mip6_peers_stop(w->agent[2].peers, w->now);
    cr_assert_eq(hn_figures(w, 2).decided, 0);
    hn_run(w, 3 * HN_S);
    cr_assert_eq(hn_figures(w, 2).decided, 0);
    hn_end(w);
}

/* It returns before anybody has told its nodes: they are where they were. */
Test(proto_system_haha, nodes_that_have_not_moved_stay)
{
    hn_net *w = hn_new(4, 2, true);
    for (int k = 0; k < 4; k++)
        w->agent[k].haha_config.takeover_rate = 1;
    hn_start(w);
    hn_run(w, 10 * HN_S);
    uint32_t had = hn_count(w, 1);
    w->agent[1].isolated = true;
    hn_run(w, 3800 * HN_MS);
    w->agent[1].isolated = false;
    hn_run(w, 10 * HN_S);
    check_one_each(w, "when it is back");
    check_copies(w);
    check_told(w);
    cr_assert_geq(hn_count(w, 1) + 6, had);
    hn_end(w);
}

/* The decider has missed a registration that the others have: it hears of it from them. */
Test(proto_system_haha, an_orphan_that_the_decider_does_not_know)
{
    unsigned tried = 0;
    for (uint64_t seed = 0; seed < 30; seed++) {
        hn_net *w = hn_new(4, seed, seed % 2);
        mip6_addr care_of = hn_care_of(0);
        int at = -1;
        for (int k = 0; k < 4; k++)
            hn_boot(w, k);
        hn_run(w, 5 * HN_S);
        w->agent[0].cut[2] = true;
        mip6_mn_attached(w->node[0], &care_of, w->now);
        hn_poll_node(w, 0);
        hn_run(w, 2500 * HN_MS);
        if (hn_primaries(w, 0, &at) == 1 && at == 2) {
            tried++;
            cr_assert_eq(hn_figures(w, 0).secondaries, 0);
            hn_crash(w, 2);
            hn_run(w, 8 * HN_S);
            cr_assert_eq(hn_primaries(w, 0, &at), 1, "seed %d", (int)seed);
            hn_check_asked(w);
        }
        hn_end(w);
    }
    cr_assert_geq(tried, 3);
}

/* The decider is lost in the middle of it, some having heard and some not: the next one repeats
 * it. */
Test(proto_system_haha, a_decider_that_is_lost_is_replaced)
{
    for (uint64_t seed = 0; seed < 40; seed++) {
        hn_net *w = hn_new(5, seed, seed % 2);
        for (int k = 0; k < 5; k++)
            w->agent[k].haha_config.takeover_rate = 5;
        hn_start(w);
        hn_run(w, 10 * HN_S);
        hn_crash(w, 4);
        hn_run(w, 2400 * HN_MS);
        while (hn_figures(w, 0).decided == 0)
            hn_run(w, HN_MS / 2);
        hn_crash(w, 0);
        for (int i = 0; i < w->n_flight; i++)   /* what it told half of them is lost */
            if (w->flight[i]->from == 0 && w->flight[i]->agent % 2 == (int)(seed / 2 % 2))
                w->flight[i]->agent = 4;
        hn_run(w, 20 * HN_S);
        check_one_each(w, "after both");
        check_copies(w);
        hn_end(w);
    }
}

/* ---- Many seeds ------------------------------------------------------------------------------ */

static void disturb(hn_net *w, int k, unsigned how, int64_t for_ns)
{
    switch (how) {
    case 0:
        hn_crash(w, k);
        hn_run(w, for_ns);
        hn_boot(w, k);
        break;
    case 1:
        w->agent[k].isolated = true;
        hn_run(w, for_ns);
        w->agent[k].isolated = false;
        break;
    case 2:                     /* two halves that cannot hear each other */
        for (int a = 0; a < w->n; a++)
            for (int b = 0; b < w->n; b++)
                w->agent[a].cut[b] = (a <= k) != (b <= k);
        hn_run(w, for_ns);
        break;
    default:                    /* one way */
        w->agent[k].cut[(k + 1) % w->n] = true;
        hn_run(w, for_ns);
        break;
    }
    for (int a = 0; a < w->n; a++)
        memset(w->agent[a].cut, 0, sizeof w->agent[a].cut);
}

static void try_seed(uint64_t seed)
{
    hn_net *w = hn_new(3 + (int)(seed % 3), seed, seed / 3 % 2);
    hn_start(w);
    hn_run(w, 10 * HN_S);
    w->loss_between_agents = seed % 2;
    w->loss_ppm = (uint32_t)(hn_draw(w) % 200000);
    for (unsigned round = 0; round < 2; round++) {
        int k = (int)(hn_draw(w) % (unsigned)w->n);
        disturb(w, k, (unsigned)(hn_draw(w) % 4), (int64_t)(hn_draw(w) % (20 * HN_S)));
        hn_check_asked(w);
    }
    w->loss_ppm = 0;
    hn_run(w, 10 * HN_S);
    for (int i = 0; i < HN_NODES; i++)
        cr_assert_leq(hn_primaries(w, i, NULL), 1, "seed %d: node %d is served twice", (int)seed,
                      i);
    hn_run(w, 150 * HN_S);      /* a lifetime and more: nodes have found an agent by themselves */
    check_one_each(w, "at the end");
    check_copies(w);
    hn_end(w);
}

Test(proto_system_haha, losses_and_partitions_end_in_one_primary_each)
{
    const char *seeds = getenv("HAHA_SEEDS");
    for (uint64_t seed = 0; seed < (seeds ? (uint64_t)atoi(seeds) : effort(150)); seed++)
        try_seed(seed);
}

/* ---- Records --------------------------------------------------------------------------------- */

static mip6_sync_record record_of(const hn_net *w, int node, uint8_t cache, uint16_t sequence)
{
    return (mip6_sync_record){.kind = MIP6_SYNC_NEW, .cache = cache, .sequence = sequence,
                              .lifetime_units = 30, .expires_ns = w->now + 100 * HN_S,
                              .home = hn_home(node), .care_of = hn_care_of(node)};
}

Test(proto_system_haha, what_a_transfer_has_not_brought_goes_at_its_end)
{
    hn_net *w = hn_new(3, 1, false);
    for (int k = 0; k < 3; k++)
        hn_boot(w, k);
    hn_run(w, 2 * HN_S);
    mip6_haha *h = w->agent[0].haha;
    const mip6_system_ops *ops = mip6_haha_ops();
    mip6_sync_record a = record_of(w, 0, 1, 5), b = record_of(w, 1, 1, 5);
    mip6_sync_record c = record_of(w, 2, 2, 5);
    ops->apply(h, 1, &a, w->now);
    ops->apply(h, 1, &b, w->now);
    ops->apply(h, 2, &c, w->now);
    cr_assert_eq(hn_figures(w, 0).secondaries, 3);
    ops->transfer_begin(h, 1, 1, w->now);
    ops->apply(h, 1, &b, w->now);
    ops->transfer_end(h, 1, 1, false, w->now);
    cr_assert_eq(hn_figures(w, 0).secondaries, 3, "one that broke off takes nothing away");
    ops->transfer_begin(h, 1, 1, w->now);
    ops->apply(h, 1, &b, w->now);
    ops->transfer_end(h, 1, 1, true, w->now);
    cr_assert_eq(hn_figures(w, 0).secondaries, 2);
    mip6_sync_record held;
    cr_assert(!ops->find(h, &a.home, false, &held));
    cr_assert(ops->find(h, &b.home, false, &held) && held.cache == 1);
    cr_assert(ops->find(h, &c.home, false, &held) && held.cache == 2);
    hn_end(w);
}

/* Two others have one address: what is held is what they will agree on. */
Test(proto_system_haha, of_two_others_the_one_with_better_right_is_held)
{
    hn_net *w = hn_new(3, 1, false);
    for (int k = 0; k < 3; k++)
        hn_boot(w, k);
    hn_run(w, 2 * HN_S);
    mip6_haha *h = w->agent[0].haha;
    const mip6_system_ops *ops = mip6_haha_ops();
    mip6_sync_record held, one = record_of(w, 0, 1, 5), two = record_of(w, 0, 2, 4);
    ops->apply(h, 1, &one, w->now);
    ops->apply(h, 2, &two, w->now);
    cr_assert(ops->find(h, &one.home, false, &held) && held.cache == 1, "an older number");
    two.sequence = 5;
    ops->apply(h, 2, &two, w->now);
    cr_assert(ops->find(h, &one.home, false, &held) && held.cache == 1, "the lower address");
    one.taken = true;
    ops->apply(h, 1, &one, w->now);
    ops->apply(h, 2, &two, w->now);
    cr_assert(ops->find(h, &one.home, false, &held) && held.cache == 2, "one that was not taken");
    one.sequence = 6;
    ops->apply(h, 1, &one, w->now);
    cr_assert(ops->find(h, &one.home, false, &held) && held.cache == 1, "a newer number");
    two.kind = MIP6_SYNC_GONE;
    ops->apply(h, 2, &two, w->now);
    cr_assert(ops->find(h, &one.home, false, &held) && held.cache == 1, "an end of another's");
    hn_end(w);
}

/* Another agent's node asks here: it is served at once, without DAD, and the other lets go. */
Test(proto_system_haha, a_node_that_another_agent_serves_needs_no_dad)
{
    hn_net *w = hn_new(3, 1, false);
    int at = -1;
    hn_start(w);
    hn_run(w, 5 * HN_S);
    cr_assert_eq(hn_primaries(w, 0, &at), 1);
    int to = (at + 1) % 3;
    mip6_mn_figures f;
    mip6_mn_get_figures(w->node[0], &f);
    uint8_t buf[MIP6_MAX_PACKET];
    mip6_header h = {.src = hn_care_of(0), .dst = w->members[to], .has_home = true,
                     .home = hn_home(0), .hop_limit = 64};
    mip6_message msg = {.kind = MIP6_MSG_BU,
                        .u.bu = {.sequence = (uint16_t)(f.sequence + 1), .lifetime_units = 30,
                                 .flags = MIP6_BU_HOME | MIP6_BU_ACK}};
    msg.u.bu.opt.has_alt_coa = true;
    msg.u.bu.opt.alt_coa = h.src;
    int len = mip6_encode(buf, sizeof buf, &h, &msg);
    mip6_rx rx = {.ifindex = 1};
    cr_assert_gt(len, 0);
    cr_assert_eq(mip6_ha_receive(w->agent[to].ha, &rx, buf, (size_t)len, w->now), 0);
    mip6_binding_info info;
    cr_assert(mip6_ha_find(w->agent[to].ha, &h.home, &info) && !info.tentative);
    hn_poll_agent(w, to);
    hn_run(w, 100 * HN_MS);
    cr_assert_eq(hn_primaries(w, 0, &at), 1);
    cr_assert_eq(at, to);
    hn_end(w);
}

/* `sync = before-ack`: a node is not answered before all that live have its binding; one that is
 * gone is not waited for. */
Test(proto_system_haha, before_ack_waits_for_all_that_live)
{
    for (unsigned before_ack = 0; before_ack < 2; before_ack++) {
        hn_net *w = hn_new(3, 1, false);
        mip6_addr care_of = hn_care_of(0);
        mip6_mn_figures f;
        int at = -1;
        for (int k = 0; k < 3; k++) {
            w->agent[k].haha_config.before_ack = before_ack;
            hn_boot(w, k);
        }
        hn_run(w, 5 * HN_S);
        for (int k = 0; k < 3; k++)         /* agent 2 hears nobody: the others do not know yet */
            w->agent[2].cut[k] = true;
        w->agent[2].isolated = true;
        mip6_mn_attached(w->node[0], &care_of, w->now);
        hn_poll_node(w, 0);
        hn_run(w, 2200 * HN_MS);
        mip6_mn_get_figures(w->node[0], &f);
        cr_assert_eq(hn_primaries(w, 0, &at), 1);
        cr_assert_neq(at, 2);
        cr_assert_eq(f.state == MIP6_MN_REGISTERED, !before_ack);
        hn_run(w, 2 * HN_S);                /* now it is gone */
        mip6_mn_get_figures(w->node[0], &f);
        cr_assert_eq(f.state, MIP6_MN_REGISTERED);
        hn_end(w);
    }
}

/* Whatever finds no memory is tried again. */
Test(proto_system_haha, a_takeover_without_memory_waits_for_some)
{
    hn_net *w = hn_new(4, 3, true);
    hn_start(w);
    hn_run(w, 10 * HN_S);
    hn_crash(w, 1);
    hn_run(w, 2 * HN_S);
    w->no_memory = true;
    hn_run(w, 6 * HN_S);
    w->no_memory = false;
    hn_run(w, 10 * HN_S);
    check_one_each(w, "with memory again");
    check_copies(w);
    hn_end(w);
}

/* On its own link an agent answers for every node, also to a neighbour that asks the address itself
 * whether it is still reachable, and tunnels what comes; where all are on one link it does not. */
static void stand_in(bool links, bool direct)
{
    hn_net *w = hn_new(3, 1, links);
    int at = -1;
    for (int k = 0; k < 3; k++)
        w->agent[k].haha_config.direct = direct;
    hn_start(w);
    hn_run(w, 5 * HN_S);
    cr_assert_eq(hn_primaries(w, 0, &at), 1);
    mip6_ha *ha = w->agent[(at + 1) % 3].ha;
    mip6_lladdr router = {{2, 0, 0, 0, 2, 1}};
    mip6_header h = {.src = mip6_addr_link_local(&router), .dst = hn_home(0), .hop_limit = 255};
    mip6_message msg = {.kind = MIP6_MSG_NS, .u.nd = {.target = hn_home(0), .has_lladdr = true,
                                                      .lladdr = router}};
    mip6_rx rx = {.ifindex = 1, .src = router};
    uint8_t buf[MIP6_MAX_PACKET];
    int len = mip6_encode(buf, sizeof buf, &h, &msg);
    cr_assert_eq(mip6_ha_receive(ha, &rx, buf, (size_t)len, w->now) == 0, links);
    mip6_action action;
    bool answered = false;
    while (mip6_ha_poll(ha, &action, buf, sizeof buf, w->now))
        answered |= action.kind == MIP6_ACTION_SEND && action.message == MIP6_MSG_NA;
    cr_assert_eq(answered, links);
    uint8_t bytes[64 + MIP6_IPV6_HEADER] = {0};
    mip6_addr from = hn_addr("2001:db8:d::1", 0), home = hn_home(0), outer;
    mip6_packet packet = {.data = bytes + 64, .len = MIP6_IPV6_HEADER, .headroom = 64};
    mip6_tunnel_header(packet.data, &from, &home, 0, 64);
    packet.data[6] = 59;
    mip6_route route;
    mip6_verdict verdict = mip6_ha_forward(ha, &rx, &packet, &route, w->now);
    cr_assert_eq(verdict == MIP6_SEND_ON, links);
    if (links) {
        mip6_addr care_of = hn_care_of(0);
        memcpy(&outer, packet.data + 24, sizeof outer);
        cr_assert(mip6_addr_equal(&outer, direct ? &care_of : &w->members[at]));
        rx = (mip6_rx){.ifindex = 1};
        verdict = mip6_ha_forward(direct ? ha : w->agent[at].ha, &rx, &packet, &route, w->now);
        memcpy(&outer, packet.data + 24, sizeof outer);
        cr_assert(direct || (verdict == MIP6_SEND_ON && mip6_addr_equal(&outer, &care_of)));
    }
    hn_end(w);
}

Test(proto_system_haha, agents_stand_in_on_links_of_their_own_alone)
{
    stand_in(false, true);
    stand_in(true, true);
    stand_in(true, false);
}

/* ---- Messages that no agent would send ------------------------------------------------------- */

static const uint8_t good[34] = {
    0, 0, 0, 0xa, 0, 0, 0x20, 0, 0x20, 1, 0xd, 0xb8, 0, 0xc, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9,
    0, 7, 0, 30, 0, 1, 0x86, 0xa0, 0, 2};

Test(proto_system_haha, messages_that_are_none_change_nothing)
{
    hn_net *w = hn_new(3, 1, false);
    hn_start(w);
    hn_run(w, 5 * HN_S);
    mip6_haha *h = w->agent[0].haha;
    const mip6_system_ops *ops = mip6_haha_ops();
    mip6_haha_figures before = hn_figures(w, 0), after;
    uint8_t body[2 * sizeof good];
    memcpy(body, good, sizeof good);
    memcpy(body + sizeof good, good, sizeof good);
    uint64_t refused = 0;
    for (size_t len = 0; len < sizeof body; len++)
        if (len != sizeof good)
            ops->message(h, 1, 1, body, len, w->now), refused++;
    ops->message(h, 1, 0, good, sizeof good, w->now), refused++;
    ops->message(h, 1, 9, good, sizeof good, w->now), refused++;
    body[33] = 3;               /* no such member */
    ops->message(h, 1, 1, body, sizeof good, w->now), refused++;
    memcpy(body, good, sizeof good);
    body[8] = 0xff;             /* a multicast for a care-of address */
    ops->message(h, 1, 1, body, sizeof good, w->now), refused++;
    memcpy(body, good, sizeof good);
    memcpy(body, w->members[1].b + 8, 8);       /* an agent's address for a home address */
    ops->message(h, 1, 1, body, sizeof good, w->now), refused++;
    after = hn_figures(w, 0);
    cr_assert_eq(after.malformed - before.malformed, refused);
    cr_assert_eq(after.secondaries, before.secondaries);
    cr_assert_eq(after.claims, 0);
    ops->message(h, 1, 1, good, sizeof good, w->now);
    cr_assert_eq(hn_figures(w, 0).claims, 1, "and this one would have been taken");
    hn_end(w);
}
