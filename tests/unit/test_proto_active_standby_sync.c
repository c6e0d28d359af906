/* Members of an active-standby system copy each change of the master's bindings.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "as_net.h"

static size_t answers(const as_net *b, int i)
{
    return h_count(b->w, i, MIP6_MSG_BA);
}

static bool holds(const as_net *b, int i, uint32_t node, uint32_t where, uint16_t sequence)
{
    mip6_binding_info info;
    mip6_addr care_of = h_care_of(where);
    return as_holds(b, i, node, &info) && mip6_addr_equal(&info.care_of, &care_of) &&
           info.sequence == sequence;
}

static bool holds_any(const as_net *b, int i, uint32_t node)
{
    mip6_binding_info info;
    mip6_addr home = h_home(node);
    return mip6_ha_find(b->w->ha[i], &home, &info);
}

static as_net *both_up(bool before_ack)
{
    as_net *b = as_new(2, before_ack);
    as_boot(b, 0);
    as_boot(b, 1);
    as_run(b, 20 * H_S);
    cr_assert(as_serves(b, 0) && !as_serves(b, 1));
    h_forget(b->w);
    return b;
}

Test(proto_active_standby_sync, every_change_is_copied_and_then_answered)
{
    as_net *b = both_up(true);
    as_update(b, 0, 1, 1, 1, 100);
    cr_assert_not(holds_any(b, 1, 1), "not before DAD is over");
    as_run(b, 2 * H_S);
    cr_assert(holds(b, 1, 1, 1, 1));
    cr_assert_eq(answers(b, 0), 1);
    as_update(b, 0, 1, 2, 2, 100);
    cr_assert(holds(b, 1, 1, 2, 2));
    cr_assert_eq(answers(b, 0), 2);
    as_update(b, 0, 1, 2, 3, 0);
    cr_assert_not(holds_any(b, 1, 1));
    cr_assert_eq(answers(b, 0), 3);
    cr_assert_eq(answers(b, 1), 0, "a backup says nothing");
    as_free(b);
}

/* The other member's acknowledgements are lost for a while. */
Test(proto_active_standby_sync, before_ack_waits_and_after_ack_does_not)
{
    for (int before = 0; before < 2; before++) {
        as_net *b = both_up(before);
        b->mute[1] = true;
        as_update(b, 0, 1, 1, 1, 100);
        as_run(b, 2 * H_S);
        cr_assert(holds(b, 1, 1, 1, 1));
        cr_assert_eq(answers(b, 0), before ? 0 : 1);
        b->mute[1] = false;
        as_run(b, 2 * H_S);
        cr_assert_eq(answers(b, 0), 1);
        as_free(b);
    }
}

Test(proto_active_standby_sync, one_that_is_gone_is_not_waited_for)
{
    as_net *b = both_up(true);
    as_crash(b, 1);
    as_update(b, 0, 1, 1, 1, 100);
    as_run(b, 2 * H_S);
    cr_assert_eq(answers(b, 0), 0, "it is not known yet to be gone");
    as_run(b, 4 * H_S);
    cr_assert_eq(answers(b, 0), 1);
    as_update(b, 0, 1, 2, 2, 100);
    cr_assert_eq(answers(b, 0), 2, "at once");
    as_free(b);
}

static bool forwards(const as_net *b, int i, uint32_t node, uint32_t where)
{
    uint8_t buffer[64 + 48] = {0};
    mip6_packet p = {.data = buffer + 64, .len = 48, .headroom = 64, .virtual_bytes = 100};
    mip6_rx rx = {.ifindex = 1};
    mip6_route route;
    mip6_addr cn = h_addr("2001:db8:cc::1"), home = h_home(node), care_of = h_care_of(where);
    mip6_udp_header(p.data, &cn, &home, 1000, 2000, 100, 64);
    return mip6_ha_forward(b->w->ha[i], &rx, &p, &route, b->w->now) == MIP6_SEND_ON &&
           memcmp(p.data + 24, &care_of, sizeof care_of) == 0;
}

Test(proto_active_standby_sync, the_new_master_forwards_at_once_to_the_last_address)
{
    as_net *b = both_up(true);
    as_update(b, 0, 1, 1, 1, 100);
    as_run(b, 2 * H_S);
    as_update(b, 0, 1, 2, 2, 100);
    cr_assert_not(forwards(b, 1, 1, 2), "a backup does not");
    as_crash(b, 0);
    as_run(b, 4 * H_S);
    cr_assert(as_serves(b, 1));
    cr_assert(forwards(b, 1, 1, 2));
    h_forget(b->w);
    as_update(b, 1, 1, 3, 2, 100);
    cr_assert_eq(h_last(b->w, 1, MIP6_MSG_BA)->msg.u.ba.status, MIP6_STATUS_SEQUENCE,
                 "it knows the node's last number");
    as_update(b, 1, 1, 3, 3, 100);
    cr_assert(forwards(b, 1, 1, 3));
    as_free(b);
}

/* It comes back empty, loads, and only then takes over again. */
Test(proto_active_standby_sync, one_that_returns_loads_all_first)
{
    enum { NODES = 60 };
    as_net *b = both_up(true);
    for (uint32_t n = 1; n <= NODES; n++) {
        as_update(b, 0, n, n, 1, 1000);
        as_run(b, 50 * H_MS);
    }
    as_run(b, 2 * H_S);
    as_crash(b, 0);
    as_run(b, 10 * H_S);
    cr_assert(as_serves(b, 1));
    as_update(b, 1, 1, 99, 2, 1000);
    as_boot(b, 0);
    cr_assert(mip6_active_standby_waits(b->member[0], 0));
    as_run(b, 20 * H_S);
    cr_assert(as_serves(b, 0) && !as_serves(b, 1));
    cr_assert(forwards(b, 0, 1, 99));
    for (uint32_t n = 2; n <= NODES; n++)
        cr_assert(holds(b, 0, n, n, 1) && forwards(b, 0, n, n), "%u", n);
    h_forget(b->w);
    as_update(b, 0, 2, 98, 2, 1000);
    cr_assert(holds(b, 1, 2, 98, 2), "and the other follows again");
    as_free(b);
}

/* Both sides serve. Then of each binding the later update stands, at both. */
Test(proto_active_standby_sync, after_a_partition_the_later_update_stands)
{
    as_net *b = both_up(true);
    for (uint32_t n = 1; n <= 3; n++)
        as_update(b, 0, n, n, 1, 1000);
    as_run(b, 2 * H_S);
    b->side[1] = 1;
    as_run(b, 10 * H_S);
    cr_assert(as_serves(b, 0) && as_serves(b, 1));
    as_update(b, 0, 1, 11, 5, 1000);   /* each has heard of one alone */
    as_update(b, 1, 2, 12, 5, 1000);
    as_update(b, 0, 3, 13, 5, 1000);   /* and of one both, the first before */
    as_update(b, 1, 3, 23, 6, 1000);
    b->side[1] = 0;
    as_run(b, 20 * H_S);
    cr_assert(as_serves(b, 0) && !as_serves(b, 1));
    for (int i = 0; i < 2; i++) {
        cr_assert(holds(b, i, 1, 11, 5), "%d", i);
        cr_assert(holds(b, i, 2, 12, 5), "%d", i);
        cr_assert(holds(b, i, 3, 23, 6), "%d", i);
    }
    as_update(b, 0, 1, 31, 7, 1000);
    cr_assert(holds(b, 1, 1, 31, 7), "the master owns its cache again");
    as_free(b);
}

/* Longer than RFC 6275 10.3.2 keeps the number of what was deregistered. */
Test(proto_active_standby_sync, after_a_partition_no_copy_undoes_a_deregistration)
{
    for (int at = 0; at < 2; at++) {
        as_net *b = both_up(true);
        as_update(b, 0, 1, 1, 1, 1000);
        as_update(b, 0, 2, 2, 1, 1000);
        as_run(b, 2 * H_S);
        b->side[1] = 1;
        as_run(b, 10 * H_S);
        as_update(b, at, 1, 1, 2, 0);
        as_run(b, 60 * H_S);
        cr_assert(!holds_any(b, at, 1) && holds(b, !at, 1, 1, 1));
        b->side[1] = 0;
        as_run(b, 20 * H_S);
        for (int i = 0; i < 2; i++) {
            cr_assert_not(holds_any(b, i, 1), "deregistered at %d, held by %d", at, i);
            cr_assert(holds(b, i, 2, 2, 1));
        }
        as_update(b, 0, 1, 5, 3, 1000);
        as_run(b, 2 * H_S);
        cr_assert(holds(b, 0, 1, 5, 3) && holds(b, 1, 1, 5, 3), "it may come again");
        as_free(b);
    }
}

/* 1 and 2 hear of it, 0 does not; 1 falls, and 0 is master over 2. */
Test(proto_active_standby_sync, who_stands_by_tells_the_master_what_is_later)
{
    as_net *b = as_new(3, true);
    for (int i = 0; i < 3; i++)
        as_boot(b, i);
    as_run(b, 20 * H_S);
    as_update(b, 0, 1, 1, 1, 1000);
    as_update(b, 0, 2, 2, 1, 1000);
    as_run(b, 2 * H_S);
    b->side[0] = 1;
    as_run(b, 10 * H_S);
    as_update(b, 1, 1, 1, 2, 0);
    as_update(b, 1, 2, 9, 2, 1000);
    cr_assert(as_serves(b, 0) && as_serves(b, 1) && holds(b, 2, 2, 9, 2));
    as_crash(b, 1);
    b->side[0] = 0;
    as_run(b, 20 * H_S);
    mip6_peers_figures figures;
    mip6_peers_get_figures(b->peers[2], &figures);
    cr_assert_eq(figures.corrected, 2);
    cr_assert(as_serves(b, 0));
    for (int i = 0; i < 3; i += 2)
        cr_assert(!holds_any(b, i, 1) && holds(b, i, 2, 9, 2), "%d", i);
    cr_assert(as_cache(b, 2).complete && as_cache(b, 2).version == as_cache(b, 0).version);
    as_free(b);
}

/* Its lineage becomes the highest. */
static void as_own_anew(as_net *b, int i)
{
    mip6_peers_disown(b->peers[i], 0, b->w->now);
    mip6_peers_own(b->peers[i], 0, b->w->now);
    as_settle(b);
}

/* Nobody is left from whom it could load: it owns what it serves. */
Test(proto_active_standby_sync, a_master_that_is_left_alone_while_it_loads)
{
    as_net *b = both_up(true);
    as_update(b, 0, 1, 1, 1, 1000);
    as_run(b, 2 * H_S);
    b->side[1] = 1;
    as_run(b, 10 * H_S);
    as_update(b, 1, 1, 2, 2, 1000);
    as_own_anew(b, 1);
    b->silent[0] = true;        /* 1 never hears what 0 asks for */
    b->side[1] = 0;
    as_run(b, 2 * H_S);
    cr_assert(as_serves(b, 0) && as_cache(b, 0).loading && !as_cache(b, 0).owned);
    as_crash(b, 1);
    as_run(b, 20 * H_S);
    cr_assert(as_serves(b, 0) && as_cache(b, 0).owned);
    as_free(b);
}

/* Half a copy is no reason to start up. */
Test(proto_active_standby_sync, one_whose_copy_broke_off_waits_on)
{
    as_net *b = as_new(2, true);
    as_boot(b, 0);
    as_run(b, 10 * H_S);
    b->silent[0] = b->silent[1] = true;
    as_boot(b, 1);
    as_run(b, 2 * H_S);
    cr_assert(mip6_active_standby_waits(b->member[1], 0));
    mip6_active_standby_ops()->transfer_end(b->member[1], 0, 0, false, b->w->now);
    cr_assert(mip6_active_standby_waits(b->member[1], 0));
    as_free(b);
}
