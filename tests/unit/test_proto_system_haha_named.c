/* proto/system/haha: who is named for which node, and what is believed of it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "haha_net.h"

static mip6_sync_record record_of(const hn_net *w, int node, uint8_t cache, uint16_t sequence)
{
    return (mip6_sync_record){.kind = MIP6_SYNC_NEW, .cache = cache, .sequence = sequence,
                              .lifetime_units = 30, .expires_ns = w->now + 100 * HN_S,
                              .home = hn_home(node), .care_of = hn_care_of(node)};
}

static hn_net *booted(int n, bool links)
{
    hn_net *w = hn_new(n, 1, links);
    for (int k = 0; k < n; k++)
        hn_boot(w, k);
    hn_run(w, 3 * HN_S);
    return w;
}

static int rank_of(int node)
{
    mip6_addr own = hn_home(node);
    int rank = 0;
    for (int i = 0; i < HN_NODES; i++) {
        mip6_addr other = hn_home(i);
        rank += memcmp(&other, &own, sizeof own) < 0;
    }
    return rank;
}

/* Three that have nothing and the same capacity: the first three addresses go to the first, the
 * second and the third of them, and so on. What the records came in is another order. */
Test(proto_system_haha_named, in_order_of_home_address_and_ties_to_the_lower)
{
    hn_net *w = booted(4, false);
    for (int i = 0; i < HN_NODES; i++) {
        mip6_sync_record record = record_of(w, i, 3, 5);
        for (int k = 0; k < 3; k++)
            mip6_haha_ops()->apply(w->agent[k].haha, 3, &record, w->now);
    }
    hn_crash(w, 3);
    hn_run(w, 6 * HN_S);
    for (int i = 0; i < HN_NODES; i++) {
        int at = -1;
        cr_assert_eq(hn_primaries(w, i, &at), 1);
        cr_assert_eq(at, rank_of(i) % 3, "the node of rank %d is at %d", rank_of(i), at);
    }
    hn_end(w);
}

/* Interface identifier, care-of address, sequence number, lifetime, what is left of it, flags,
 * member: PROTOCOL 13. */
static void put(uint8_t body[34], const mip6_addr *care_of, uint16_t sequence, uint8_t member)
{
    mip6_addr home = hn_home(0);
    memset(body, 0, 34);
    memcpy(body, home.b + 8, 8);
    memcpy(body + 8, care_of, 16);
    mip6_put16(body + 24, sequence);
    mip6_put16(body + 26, 30);
    mip6_put32(body + 28, 100000);
    body[33] = member;
}

/* Whatever claims to be named: no node could have asked for these. */
Test(proto_system_haha_named, care_of_addresses_that_cannot_be)
{
    hn_net *w = booted(3, false);
    const char *const none[] = {"fe80::9", "::", "ff02::1", "2001:db8::9"};
    uint8_t body[34];
    for (unsigned i = 0; i < sizeof none / sizeof *none; i++) {
        mip6_addr care_of = hn_addr(none[i], 0);
        put(body, &care_of, 7, 2);
        mip6_haha_ops()->message(w->agent[0].haha, 1, 1, body, sizeof body, w->now);
        cr_assert_eq(hn_figures(w, 0).malformed, i + 1, "%s", none[i]);
        cr_assert_eq(hn_figures(w, 0).claims, 0);
    }
    hn_end(w);
}

/* Its node has said more since, to another agent: that is known here, and stands. */
Test(proto_system_haha_named, one_who_knows_later_of_a_node_does_not_believe_it)
{
    hn_net *w = booted(3, false);
    const mip6_system_ops *ops = mip6_haha_ops();
    mip6_sync_record record = record_of(w, 0, 2, 9), held;
    mip6_addr care_of = hn_care_of(0);
    uint8_t body[34];
    ops->apply(w->agent[0].haha, 2, &record, w->now);
    put(body, &care_of, 8, 1);
    ops->message(w->agent[0].haha, 1, 1, body, sizeof body, w->now);
    cr_assert_eq(hn_figures(w, 0).claims, 0);
    cr_assert(ops->find(w->agent[0].haha, &record.home, false, &held) && held.cache == 2);
    put(body, &care_of, 9, 1);
    ops->message(w->agent[0].haha, 1, 1, body, sizeof body, w->now);
    cr_assert_eq(hn_figures(w, 0).claims, 1, "of the same update it is believed");
    hn_end(w);
}

/* To the moment, not to the next sweep. */
Test(proto_system_haha_named, a_copy_that_has_run_out_is_none)
{
    hn_net *w = booted(3, false);
    const mip6_system_ops *ops = mip6_haha_ops();
    mip6_sync_record record = record_of(w, 0, 2, 9), held;
    record.expires_ns = w->now + 300 * HN_MS;
    ops->apply(w->agent[0].haha, 2, &record, w->now);
    hn_run(w, 200 * HN_MS);
    cr_assert(ops->find(w->agent[0].haha, &record.home, false, &held));
    hn_run(w, 200 * HN_MS);
    ops->hello(w->agent[0].haha, 1, &(mip6_peer_hello){0}, w->now);
    cr_assert(!ops->find(w->agent[0].haha, &record.home, false, &held));
    hn_end(w);
}

/* On links of their own hellos make the Home Agents List: one that is lost, or two, takes nobody
 * from it. */
Test(proto_system_haha_named, a_lost_hello_takes_nobody_from_the_list)
{
    hn_net *w = booted(3, true);
    w->agent[0].cut[1] = true;
    for (int i = 0; i < 24; i++) {
        mip6_ha_figures f;
        hn_run(w, 100 * HN_MS);
        mip6_ha_get_figures(w->agent[0].ha, &f, w->now);
        cr_assert_eq(f.peers, 2, "after %d ms", 100 * (i + 1));
    }
    hn_run(w, 2 * HN_S);
    mip6_ha_figures f;
    mip6_ha_get_figures(w->agent[0].ha, &f, w->now);
    cr_assert_eq(f.peers, 1);
    hn_end(w);
}
