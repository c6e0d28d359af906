/* proto/system/haha: the failure of an agent with thousands of nodes, a portion at a time.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "haha_net.h"
#include "proto/system/haha_internal.h"

static mip6_addr home_of(uint64_t interface)
{
    mip6_addr home = hn_addr("2001:db8::", 0);
    mip6_put32(home.b + 8, (uint32_t)(interface >> 32));
    mip6_put32(home.b + 12, (uint32_t)interface);
    return home;
}

static mip6_sync_record record(const hn_net *w, uint64_t interface, uint8_t cache)
{
    return (mip6_sync_record){.kind = MIP6_SYNC_NEW, .cache = cache, .sequence = 7,
                              .lifetime_units = 300, .expires_ns = w->now + 1000 * HN_S,
                              .home = home_of(interface), .care_of = hn_care_of(9)};
}

static hn_net *started(int n, uint64_t seed)
{
    hn_net *w = hn_new(n, seed, true);
    for (int k = 0; k < n; k++)
        hn_boot(w, k);
    hn_run(w, 3 * HN_S);
    return w;
}

/* ---- Order ----------------------------------------------------------------------------------- */

enum { MANY = 3000 };

static uint64_t interface_of(unsigned how, uint64_t n)
{
    switch (how) {
    case 0:
        return mip6_mix64(n + 1);
    case 1:
        return UINT64_C(0x0a00000000001000) + n;        /* one behind the other */
    default:
        return n < 64 ? UINT64_C(1) << n : n * 1024 + 3;  /* each row holds one */
    }
}

/* All of one member, at most ten at a time and `budget` looks; each call's are lower than the next
 * one's. */
static uint32_t take_all(mip6_haha *h, uint32_t budget, uint32_t *looks)
{
    uint64_t last = 0;
    uint32_t taken = 0, list, idle = 0;
    while (idle < 100000 / budget) {
        uint32_t left = budget;
        bool any = mip6_haha_lowest(h, 1, 10, &left, &list);
        *looks += budget - left;
        idle++;
        if (!any)
            continue;
        idle = 0;
        cr_assert_leq(mip6_secondaries_in(&h->store, list), 10);
        for (mip6_secondary *r; (r = mip6_secondaries_first(&h->store, list)); taken++) {
            cr_assert(taken == 0 || r->interface > last, "%u: out of order", taken);
            last = r->interface;
            mip6_secondaries_remove(&h->store, r);
        }
    }
    return taken;
}

Test(proto_system_haha_portion, orphans_come_in_order_whatever_their_addresses)
{
    for (unsigned how = 0; how < 3; how++)
        for (uint32_t budget = 1; budget <= 512; budget *= 8) {
            hn_net *w = started(2, how);
            mip6_haha *h = w->agent[0].haha;
            uint32_t looks = 0;
            for (uint64_t n = 0; n < MANY; n++) {
                mip6_sync_record r = record(w, interface_of(how, n * 7 % MANY), 1);
                mip6_haha_hold(h, &r, HAHA_SERVED);
            }
            cr_assert_eq(take_all(h, budget, &looks), MANY);
            cr_assert_leq(looks, (how == 2 ? 64 : 22) * MANY, "%u: %u looks", how, looks);
            hn_end(w);
        }
}

/* Those that end or come while others are being looked at: each comes once or never. */
Test(proto_system_haha_portion, orphans_may_come_and_go_meanwhile)
{
    hn_net *w = started(2, 4);
    mip6_haha *h = w->agent[0].haha;
    unsigned times[MANY] = {0}, gone = 0;
    uint32_t list, taken = 0, late = 0;
    for (uint32_t n = 0; n < MANY / 2; n++) {
        mip6_sync_record r = record(w, n, 1);
        mip6_haha_hold(h, &r, HAHA_SERVED);
    }
    for (uint32_t step = 0; step < 60000; step++) {
        uint32_t budget = 20, n = (uint32_t)(hn_draw(w) % MANY);
        mip6_addr home = home_of(n);
        mip6_secondary *r = mip6_secondaries_find(&h->store, &home);
        if (n >= MANY / 2 && !r && times[n] == 0 && late < 500) {
            mip6_sync_record added = record(w, n, 1);
            mip6_haha_hold(h, &added, HAHA_SERVED);
            late++;
        } else if (r && gone < 300) {
            mip6_secondaries_remove(&h->store, r);
            times[n] = 1;
            gone++;
        }
        if (!mip6_haha_lowest(h, 1, 10, &budget, &list))
            continue;
        while ((r = mip6_secondaries_first(&h->store, list))) {
            times[r->interface]++;
            taken++;
            mip6_secondaries_remove(&h->store, r);
        }
    }
    cr_assert_eq(haha_orphans_of(h, 1), 0);
    cr_assert_eq(taken + gone, MANY / 2 + late);
    for (uint32_t n = 0; n < MANY; n++)
        cr_assert_leq(times[n], 1);
    hn_end(w);
}

/* ---- A failure ----------------------------------------------------------------------------- */

/* Agent k has that many, and all others have copies. It serves none itself: it is to fail. */
static void give(hn_net *w, int k, uint32_t n, uint64_t from)
{
    for (int other = 0; other < w->n; other++)
        for (uint32_t i = 0; other != k && i < n; i++) {
            mip6_sync_record r = record(w, mip6_mix64(from + i), (uint8_t)k);
            mip6_haha_ops()->apply(w->agent[other].haha, (uint8_t)k, &r, w->now);
        }
}

static uint64_t decided(const hn_net *w, int k)
{
    return hn_figures(w, k).decided;
}

/* Until agent k has named somebody, or the other way round, or for a while. */
static void run_until_decided(hn_net *w, int k, uint64_t more_than)
{
    for (int i = 0; i < 20000 && decided(w, k) <= more_than; i++)
        hn_run(w, HN_MS);
}

static uint32_t served(const hn_net *w)
{
    uint32_t n = 0;
    for (int k = 0; k < w->n; k++)
        n += hn_count(w, k);
    return n;
}

/* No step looks at all of them: while they are named time goes by, a message each millisecond. */
Test(proto_system_haha_portion, the_nodes_of_an_agent_are_decided_in_portions)
{
    hn_net *w = started(3, 1);
    give(w, 2, MANY, 0);
    hn_crash(w, 2);
    run_until_decided(w, 0, 0);
    cr_assert_leq(decided(w, 0), 34);
    uint64_t last = decided(w, 0);
    int steps = 0;
    for (; decided(w, 0) < MANY && steps < 1000; steps++) {
        hn_run(w, HN_MS);
        cr_assert_leq(decided(w, 0) - last, 34);
        last = decided(w, 0);
    }
    cr_assert_geq(steps, MANY / 34 - 1);
    cr_assert_lt(steps, 1000);
    cr_assert_eq(decided(w, 1), 0);
    hn_run(w, 3 * HN_S);
    cr_assert_eq(served(w), MANY);
    cr_assert_leq(abs((int)hn_count(w, 0) - (int)hn_count(w, 1)), 1);
    hn_end(w);
}

/* So many that naming them lasts longer than a hello: somebody may be heard or lost meanwhile. */
enum { LOTS = 40000 };

/* It was only cut off, and returns in the middle: what nobody was named for is its own again, and
 * is an orphan again when it is lost for good. */
Test(proto_system_haha_portion, who_returns_in_the_middle_has_the_rest_again)
{
    hn_net *w = started(3, 1);
    give(w, 2, LOTS, 0);
    w->agent[2].isolated = true;
    run_until_decided(w, 0, 0);
    w->agent[2].isolated = false;
    while (!mip6_peers_is_live(w->agent[0].peers, 2))
        hn_run(w, HN_MS);
    uint64_t then = decided(w, 0);
    cr_assert(then > 0 && then < LOTS);
    cr_assert_eq(hn_figures(w, 0).orphans, 0);
    hn_run(w, 200 * HN_MS);
    cr_assert_eq(decided(w, 0), then, "who lives has no orphans");
    cr_assert_eq(haha_orphans_of(w->agent[0].haha, 2), 0, "they are copies again");
    hn_crash(w, 2);
    run_until_decided(w, 0, then);
    cr_assert_gt(decided(w, 0), then, "until it is lost again");
    hn_end(w);
}

/* It comes back empty: what it had is still to be decided, by who has it, also where the one that
 * is back has the lowest address. */
Test(proto_system_haha_portion, who_comes_back_empty_does_not_stop_the_decider)
{
    for (int k = 0; k < 3; k++) {
        hn_net *w = started(3, 2);
        give(w, k, MANY, 0);
        hn_crash(w, k);
        run_until_decided(w, k == 0 ? 1 : 0, 100);
        hn_boot(w, k);
        hn_run(w, 10 * HN_S);
        cr_assert_eq(decided(w, k == 0 ? 1 : 0), MANY, "%d", k);
        cr_assert_eq(decided(w, k), 0);
        cr_assert_eq(served(w), MANY);
        for (int a = 0; a < 3; a++)
            cr_assert_eq(hn_figures(w, a).orphans + hn_figures(w, a).claims, 0);
        hn_end(w);
    }
}

/* Another one fails while nodes are named: one that they are named for, or the decider itself. */
Test(proto_system_haha_portion, a_second_failure_in_the_middle)
{
    for (int second = 0; second < 3; second++) {
        hn_net *w = started(4, 3);
        int other = second == 1 ? 2 : 1;
        give(w, 3, LOTS, 0);
        give(w, second, 500, 1000000);
        hn_crash(w, 3);
        hn_run(w, 1200 * HN_MS);        /* it was heard once more than the other */
        uint64_t by_first = 0;
        if (second != 0)
            hn_crash(w, second);
        while (mip6_peers_is_live(w->agent[other].peers, (uint8_t)second)) {
            by_first = decided(w, 0);
            if (second == 0 && by_first > LOTS / 4)
                break;
            hn_run(w, HN_MS);
        }
        cr_assert(by_first > 0 && by_first < LOTS, "second %d: %d", second, (int)by_first);
        if (second == 0)
            hn_crash(w, second);
        hn_run(w, 30 * HN_S);
        cr_assert_eq(served(w), LOTS + 500, "second %d: %u", second, served(w));
        for (int a = 0; a < 3; a++)
            cr_assert_eq(hn_figures(w, a).orphans + hn_figures(w, a).claims, 0);
        hn_end(w);
    }
}

/* Its transfer brings few of the many that were held of it: the others go, a portion at a time, and
 * none of them is left. */
Test(proto_system_haha_portion, what_a_transfer_has_not_brought_goes_in_portions)
{
    hn_net *w = started(2, 5);
    mip6_haha *h = w->agent[0].haha;
    const mip6_system_ops *ops = mip6_haha_ops();
    give(w, 1, MANY, 0);
    ops->transfer_begin(h, 1, 1, w->now);
    for (uint32_t i = 0; i < MANY; i += 10) {
        mip6_sync_record r = record(w, mip6_mix64(i), 1);
        ops->apply(h, 1, &r, w->now);
    }
    ops->transfer_end(h, 1, 1, true, w->now);
    uint32_t left = hn_figures(w, 0).secondaries;
    cr_assert_eq(left, MANY - HAHA_PORTION);
    for (int i = 0; i < 20 && left > MANY / 10; i++) {
        hn_run(w, HN_MS);
        cr_assert_leq(left - hn_figures(w, 0).secondaries, HAHA_PORTION);
        left = hn_figures(w, 0).secondaries;
    }
    hn_run(w, 20 * HN_MS);
    cr_assert_eq(hn_figures(w, 0).secondaries, MANY / 10);
    hn_end(w);
}
