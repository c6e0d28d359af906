/* The control plane between agents: who lives, reliable messages, versions and transfers.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "peer_harness.h"

#include "proto/peer/peer.h"

static int give(p_world *w, int to, mip6_peer_message *msg, const mip6_addr *source)
{
    uint8_t buf[MIP6_MAX_PACKET];
    int len = mip6_peer_encode(buf, sizeof buf, source, &w->members[to], msg, w->now);
    cr_assert_gt(len, 0);
    return mip6_peers_receive(w->m[to]->peers, buf, (size_t)len, w->now);
}

/* ---- Who lives ---------------------------------------------------------------------------- */

Test(proto_peer, two_know_each_other_within_a_round_trip)
{
    p_world *w = p_new(2, false, 1);
    p_boot(w, 0);
    p_run(w, 400 * P_MS);
    p_boot(w, 1);
    p_run(w, 3 * P_MS);
    cr_assert_eq(mip6_peers_count(w->m[0]->peers), 1);
    cr_assert_eq(mip6_peers_count(w->m[1]->peers), 1);
    cr_assert(w->m[0]->ups == 1 && w->m[1]->ups == 1);
    p_free(w);
}

Test(proto_peer, three_missed_hellos_and_it_is_gone)
{
    p_world *w = p_booted(2, false);
    p_run(w, 500 * P_MS);
    p_crash(w, 1);          /* its last hello was at 3 s, and took 1 ms */
    p_run_until(w, 6501 * P_MS - 1);
    cr_assert(mip6_peers_is_live(w->m[0]->peers, 1));
    p_run_until(w, 6502 * P_MS);
    cr_assert_not(mip6_peers_is_live(w->m[0]->peers, 1));
    cr_assert_eq(w->m[0]->gones, 1);
    p_free(w);
}

Test(proto_peer, who_came_back_empty_is_known_as_such)
{
    p_world *w = p_booted(2, false);
    uint32_t boot = mip6_peers_boot(w->m[1]->peers);
    p_crash(w, 1);
    p_run(w, 100 * P_MS);
    p_boot(w, 1);
    cr_assert_neq(mip6_peers_boot(w->m[1]->peers), boot);
    p_run(w, 10 * P_MS);
    cr_assert(w->m[0]->gones == 1 && w->m[0]->ups == 2);
    p_free(w);
}

/* Of a boot before the present one, it must not push that out; but if it was the present one that
 * was late, it must not be kept out for ever. */
Test(proto_peer, a_hello_that_was_late)
{
    p_world *w = p_booted(2, false);
    uint32_t old = mip6_peers_boot(w->m[1]->peers);
    p_crash(w, 1);
    p_boot(w, 1);
    p_run(w, 10 * P_MS);
    mip6_peer_message msg = {.type = MIP6_PEER_HELLO, .from = old};
    cr_assert_eq(give(w, 0, &msg, &w->members[1]), MIP6_ERR_IGNORED);
    cr_assert_eq(w->m[0]->ups, 2);
    msg.from = old + 2;
    cr_assert_eq(give(w, 0, &msg, &w->members[1]), 0);
    cr_assert_eq(w->m[0]->ups, 3);
    p_run(w, 6 * P_S);
    cr_assert(mip6_peers_is_live(w->m[0]->peers, 1));
    cr_assert_eq(w->m[0]->peers->remotes[1].boot, mip6_peers_boot(w->m[1]->peers));
    p_free(w);
}

Test(proto_peer, goodbye_is_gone_at_once)
{
    p_world *w = p_booted(3, false);
    mip6_peers_stop(w->m[2]->peers, w->now);
    p_run(w, 5 * P_MS);
    cr_assert(w->m[0]->gones == 1 && w->m[1]->gones == 1);
    p_run(w, 10 * P_S);
    cr_assert_eq(mip6_peers_count(w->m[0]->peers), 1);
    cr_assert_eq(mip6_peers_count(w->m[2]->peers), 0);
    p_free(w);
}

Test(proto_peer, hellos_carry_the_load_report)
{
    p_world *w = p_booted(2, false);
    w->m[1]->report = (mip6_load_report){30000, 7, 1234, 5678};
    p_run(w, 1100 * P_MS);
    cr_assert(w->m[0]->heard.queue == 30000 && w->m[0]->heard.preference == 7 &&
              w->m[0]->heard.mn_count == 1234 && w->m[0]->heard.capacity_kbps == 5678);
    p_free(w);
}

/* ---- Reliable messages -------------------------------------------------------------------- */

Test(proto_peer, a_change_waits_for_every_live_peer)
{
    p_world *w = p_booted(3, false);
    cr_assert_eq(p_update(w, 0, 0, 5, false), 2);
    p_run(w, P_MS);
    cr_assert_eq(w->m[0]->acknowledged, 0);
    p_run(w, 5 * P_MS);
    cr_assert_eq(w->m[0]->acknowledged, 1);
    cr_assert_eq(w->m[0]->last_acknowledged.sequence, 1);
    cr_assert(w->m[1]->table[5].held && w->m[2]->table[5].held);
    cr_assert(mip6_peers_is_idle(w->m[0]->peers));
    p_free(w);
}

static unsigned lose_left;
static mip6_peer_type lose_type;

static bool lose_first(p_world *w, int from, int to, const mip6_peer_message *msg)
{
    (void)w, (void)from, (void)to;
    if (msg->type != lose_type || lose_left == 0)
        return false;
    lose_left--;
    return true;
}

static void lose(p_world *w, mip6_peer_type type, unsigned n)
{
    lose_type = type;
    lose_left = n;
    w->drop = lose_first;
}

Test(proto_peer, what_is_lost_is_sent_again_after_a_second)
{
    p_world *w = p_booted(2, false);
    lose(w, MIP6_PEER_RECORDS, 1);
    p_update(w, 0, 0, 5, false);
    p_run(w, 999 * P_MS);
    cr_assert_not(w->m[1]->table[5].held);
    p_run(w, 5 * P_MS);
    cr_assert(w->m[1]->table[5].held);
    cr_assert_eq(w->m[0]->acknowledged, 1);
    cr_assert_eq(p_figures(w, 0).resent, 1);
    p_free(w);
}

Test(proto_peer, a_repeated_one_is_acknowledged_again_and_taken_once)
{
    p_world *w = p_booted(2, false);
    lose(w, MIP6_PEER_ACK, 1);
    p_update(w, 0, 0, 5, false);
    p_run(w, 1100 * P_MS);
    cr_assert_eq(p_figures(w, 1).repeated, 1);
    cr_assert_eq(w->m[1]->applied, 1);
    cr_assert_eq(w->m[0]->acknowledged, 1);
    p_free(w);
}

Test(proto_peer, one_behind_a_lost_one_waits_for_it)
{
    p_world *w = p_booted(2, false);
    lose(w, MIP6_PEER_RECORDS, 1);
    p_update(w, 0, 0, 5, false);
    p_run(w, 10 * P_MS);
    p_update(w, 0, 0, 5, true);     /* of one that the other has not heard of yet */
    p_run(w, 100 * P_MS);
    cr_assert_eq(p_figures(w, 1).ahead, 1);
    p_run(w, P_S);
    cr_assert_eq(w->m[0]->acknowledged, 2);
    cr_assert_not(w->m[1]->table[5].held);
    cr_assert_eq(w->m[1]->applied, 2);
    p_free(w);
}

Test(proto_peer, who_is_gone_is_struck_off)
{
    p_world *w = p_booted(3, false);
    w->side[2] = 1;
    cr_assert_eq(p_update(w, 0, 0, 5, false), 2);
    uint8_t body[4] = {1, 2, 3, 4};
    cr_assert_eq(mip6_peers_send(w->m[0]->peers, 2, 9, body, 4, 1, w->now), 0);
    p_run(w, 2 * P_S);
    cr_assert_eq(w->m[0]->acknowledged, 0);
    p_run(w, 2 * P_S);
    cr_assert_eq(w->m[0]->acknowledged, 1);
    cr_assert_eq(w->m[0]->undelivered, 1);
    cr_assert(mip6_peers_is_idle(w->m[0]->peers));
    cr_assert_eq(p_update(w, 0, 0, 6, false), 1);
    p_free(w);
}

Test(proto_peer, a_message_of_the_systems_own)
{
    p_world *w = p_booted(2, false);
    uint8_t body[MIP6_PEER_MAX_BODY];
    for (unsigned i = 0; i < sizeof body; i++)
        body[i] = (uint8_t)i;
    cr_assert_eq(mip6_peers_send(w->m[0]->peers, 1, 77, body, sizeof body, 5, w->now), 0);
    cr_assert_eq(mip6_peers_send(w->m[0]->peers, 1, 77, body, sizeof body + 1, 5, w->now),
                 MIP6_ERR_INVALID);
    p_run(w, 10 * P_MS);
    cr_assert(w->m[1]->messages == 1 && w->m[1]->last_code == 77);
    cr_assert_eq(w->m[1]->last_len, sizeof body);
    cr_assert_arr_eq(w->m[1]->last_message, body, sizeof body);
    cr_assert_eq(w->m[0]->delivered, 1);
    p_crash(w, 1);
    p_run(w, 5 * P_S);
    cr_assert_eq(mip6_peers_send(w->m[0]->peers, 1, 77, body, 4, 5, w->now), MIP6_ERR_IGNORED);
    p_free(w);
}

Test(proto_peer, no_more_than_the_window_is_on_its_way)
{
    p_world *w = p_booted(2, false);
    w->delay_ns = 100 * P_MS;
    for (unsigned i = 0; i < 100; i++)
        p_update(w, 0, 0, i, false);
    uint64_t before = w->sent[MIP6_PEER_RECORDS];
    p_run(w, 50 * P_MS);
    cr_assert_eq(w->sent[MIP6_PEER_RECORDS] - before, 32);
    p_run(w, 2 * P_S);
    cr_assert_eq(w->m[0]->acknowledged, 100);
    cr_assert_eq(p_figures(w, 0).resent, 0);
    p_free(w);
}

Test(proto_peer, changes_go_together_where_they_may_wait)
{
    p_world *w = p_new(3, false, 1);
    for (int i = 0; i < 3; i++) {
        w->m[i]->config.batch_ns = 50 * P_MS;
        p_boot(w, i);
    }
    p_run(w, 3 * P_S);
    uint64_t before = w->sent[MIP6_PEER_RECORDS];
    for (unsigned i = 0; i < 30; i++)
        cr_assert_eq(p_update(w, 0, 0, i, false), 2);
    p_run(w, 10 * P_MS);
    cr_assert_eq(w->sent[MIP6_PEER_RECORDS] - before, 2, "a full message waits for nobody");
    p_run(w, 50 * P_MS);
    cr_assert_eq(w->sent[MIP6_PEER_RECORDS] - before, 4);
    cr_assert_eq(w->m[0]->acknowledged, 30);
    cr_assert(p_same(w, 0, 1) && p_same(w, 0, 2));
    cr_assert_eq(p_figures(w, 1).gaps, 0);
    p_free(w);
}

/* Nobody was there when it changed: the batch that was waiting does not swallow it. */
Test(proto_peer, a_change_that_nobody_could_hear_is_missed_later)
{
    p_world *w = p_new(2, false, 1);
    w->m[0]->config.batch_ns = 20 * P_S;
    p_boot(w, 0);
    p_boot(w, 1);
    p_run(w, 3 * P_S);
    cr_assert_eq(p_update(w, 0, 0, 1, false), 1);
    p_crash(w, 1);
    p_run(w, 5 * P_S);
    cr_assert_eq(p_update(w, 0, 0, 2, false), 0);
    cr_assert_eq(w->m[0]->acknowledged, 1, "nobody waits for the first any more");
    p_boot(w, 1);
    p_run(w, 3 * P_S);
    cr_assert(p_same(w, 0, 1));
    p_free(w);
}

/* ---- Versions and transfers --------------------------------------------------------------- */

Test(proto_peer, who_joins_loads_the_whole_cache_at_the_rate)
{
    p_world *w = p_booted(2, false);
    for (unsigned i = 0; i < P_HOMES; i++)
        p_update(w, 0, 0, i, false);
    p_run(w, P_S);
    p_crash(w, 1);
    w->m[0]->config.sync_rate = 100;
    p_run(w, 100 * P_MS);
    p_boot(w, 1);
    p_run(w, P_S);
    cr_assert(p_cache(w, 1, 0).loading && !p_cache(w, 1, 0).complete);
    p_run(w, P_S + 500 * P_MS);
    cr_assert(p_cache(w, 1, 0).complete && !p_cache(w, 1, 0).loading);
    cr_assert_eq(p_cache(w, 1, 0).version, p_cache(w, 0, 0).version);
    cr_assert(p_same(w, 0, 1));
    cr_assert_eq(p_figures(w, 0).transfers_out, 1);
    p_free(w);
}

Test(proto_peer, changes_during_a_transfer_are_not_lost)
{
    p_world *w = p_booted(2, false);
    for (unsigned i = 0; i < P_HOMES; i += 2)
        p_update(w, 0, 0, i, false);
    p_run(w, P_S);
    p_crash(w, 1);
    w->m[0]->config.sync_rate = 100;
    p_boot(w, 1);
    for (unsigned i = 0; i < 100; i++) {
        p_run(w, 10 * P_MS);
        p_update(w, 0, 0, i, i % 4 == 0);
    }
    p_run(w, 2 * P_S);
    cr_assert(p_cache(w, 1, 0).complete && p_same(w, 0, 1));
    p_assert_honest(w);
    p_free(w);
}

Test(proto_peer, what_ended_while_they_were_apart_goes_with_the_transfer)
{
    p_world *w = p_booted(2, false);
    for (unsigned i = 0; i < 10; i++)
        p_update(w, 0, 0, i, false);
    p_run(w, P_S);
    w->side[1] = 1;
    p_run(w, 5 * P_S);
    p_update(w, 0, 0, 3, true);
    p_update(w, 0, 0, 4, false);
    cr_assert(w->m[1]->table[3].held);
    w->side[1] = 0;
    p_run(w, 3 * P_S);
    cr_assert_not(w->m[1]->table[3].held);
    cr_assert(p_same(w, 0, 1));
    cr_assert_eq(w->m[1]->ups, 2);
    p_free(w);
}

/* Nothing changed while they were apart: nothing is loaded. */
Test(proto_peer, equal_versions_need_no_transfer)
{
    p_world *w = p_booted(2, false);
    p_update(w, 0, 0, 3, false);
    p_run(w, P_S);
    uint32_t begins = w->m[1]->begins;
    w->side[1] = 1;
    p_run(w, 5 * P_S);
    w->side[1] = 0;
    p_run(w, 3 * P_S);
    cr_assert_eq(w->m[1]->begins, begins);
    cr_assert(p_cache(w, 1, 0).complete);
    p_free(w);
}

Test(proto_peer, a_takeover_at_the_same_state_moves_nothing)
{
    p_world *w = p_booted(3, true);
    for (unsigned i = 0; i < 20; i++)
        p_update(w, 0, 0, i, false);
    p_run(w, P_S);
    p_crash(w, 0);
    p_run(w, 5 * P_S);
    mip6_peers_own(w->m[1]->peers, 0, w->now);
    p_run(w, 10 * P_MS);
    p_update(w, 1, 0, 3, false);
    p_run(w, 2 * P_S);
    cr_assert(p_same(w, 1, 2) && p_cache(w, 2, 0).complete);
    cr_assert_eq(p_cache(w, 2, 0).owner, 1);
    cr_assert_eq(w->m[2]->begins, 0);
    p_free(w);
}

/* The last change reached one of two: the other must not take its state for the same. */
Test(proto_peer, a_takeover_at_another_state_loads_it)
{
    p_world *w = p_booted(3, true);
    for (unsigned i = 0; i < 20; i++)
        p_update(w, 0, 0, i, false);
    p_run(w, P_S);
    w->side[2] = 1;
    p_update(w, 0, 0, 3, false);
    p_run(w, 10 * P_MS);
    p_crash(w, 0);
    w->side[2] = 0;
    p_run(w, 5 * P_S);
    cr_assert_not(p_same(w, 1, 2));
    mip6_peers_own(w->m[1]->peers, 0, w->now);
    p_run(w, 2 * P_S);
    cr_assert_eq(w->m[2]->begins, 1);
    cr_assert(p_same(w, 1, 2));
    p_free(w);
}

/* What came of a transfer that broke off is the state of no lineage. */
Test(proto_peer, half_a_copy_is_nobodys_base)
{
    p_world *w = p_booted(3, true);
    w->m[0]->config.sync_rate = 50;
    for (unsigned i = 0; i < P_HOMES; i++)
        p_update(w, 0, 0, i, false);
    p_run(w, P_S);
    p_crash(w, 1);
    p_crash(w, 2);
    p_run(w, 4 * P_S);
    p_boot(w, 1);
    p_boot(w, 2);
    p_run(w, 900 * P_MS);
    cr_assert(p_cache(w, 1, 0).loading);
    p_crash(w, 0);
    p_run(w, 5 * P_S);
    cr_assert_eq(w->m[1]->aborts, 1);
    cr_assert_not(p_cache(w, 1, 0).complete);
    w->m[2]->table[7].held = false;     /* they are not the same */
    mip6_peers_own(w->m[1]->peers, 0, w->now);
    p_run(w, 5 * P_S);
    cr_assert(p_cache(w, 2, 0).complete && p_same(w, 1, 2));
    p_free(w);
}

/* The same where it had been whole before: who is at that state has not what came since. */
Test(proto_peer, a_copy_that_was_whole_once_is_nobodys_base)
{
    p_world *w = p_booted(3, true);
    for (unsigned i = 0; i < P_HOMES; i++)
        p_update(w, 0, 0, i, false);
    p_run(w, 5 * P_S);
    w->side[1] = w->side[2] = 1;
    p_run(w, 5 * P_S);
    w->m[0]->config.sync_rate = 10;
    for (unsigned i = 0; i < 5; i++)
        p_update(w, 0, 0, i, false);
    w->side[1] = 0;
    p_run(w, 2 * P_S);
    cr_assert(p_cache(w, 1, 0).loading && w->m[1]->table[0].r.sequence == 2);
    p_crash(w, 0);
    w->side[1] = 1;
    p_run(w, 5 * P_S);
    mip6_peers_own(w->m[1]->peers, 0, w->now);
    p_run(w, 5 * P_S);
    cr_assert(p_cache(w, 2, 0).complete && p_same(w, 1, 2));
    p_free(w);
}

/* A change waits for its batch while a copy is loaded that has it already, and is never sent: that
 * copy must not pass for the state that others hold. */
Test(proto_peer, a_copy_is_of_the_version_that_it_names)
{
    p_world *w = p_new(3, true, 1);
    w->m[0]->config.batch_ns = 2 * P_S;
    for (int i = 0; i < 3; i++)
        p_boot(w, i);
    mip6_peers_own(w->m[0]->peers, 0, w->now);
    p_run(w, 3 * P_S);
    for (unsigned i = 0; i < 20; i++)
        p_update(w, 0, 0, i, false);
    p_run(w, 5 * P_S);
    p_crash(w, 1);
    p_run(w, 5 * P_S);
    p_boot(w, 1);
    p_update(w, 0, 0, 7, true);
    p_run(w, P_S);
    cr_assert(p_cache(w, 1, 0).complete && !w->m[1]->table[7].held);
    p_crash(w, 0);
    p_run(w, 5 * P_S);
    mip6_peers_own(w->m[1]->peers, 0, w->now);
    p_run(w, 3 * P_S);
    cr_assert(p_same(w, 1, 2));
    p_free(w);
}

Test(proto_peer, of_two_owners_one_gives_way)
{
    p_world *w = p_booted(3, true);
    for (unsigned i = 0; i < 20; i++)
        p_update(w, 0, 0, i, false);
    p_run(w, P_S);
    w->side[0] = 1;
    p_run(w, 5 * P_S);
    mip6_peers_own(w->m[1]->peers, 0, w->now);
    p_update(w, 1, 0, 3, false);
    p_update(w, 1, 0, 4, true);
    p_run(w, P_S);
    w->side[0] = 0;
    p_run(w, 4 * P_S);
    cr_assert_eq(w->m[0]->superseded, 1);
    cr_assert_eq(w->m[1]->superseded, 0);
    cr_assert(!p_cache(w, 0, 0).owned && p_cache(w, 1, 0).owned);
    cr_assert(p_same(w, 0, 1) && p_same(w, 0, 2));
    p_assert_honest(w);
    p_free(w);
}

/* The old owner does not know yet, and takes an acknowledgement for a promise. */
Test(proto_peer, a_change_that_crosses_a_handover_is_kept)
{
    p_world *w = p_booted(3, true);
    p_update(w, 0, 0, 3, false);
    p_run(w, P_S);
    mip6_peers_own(w->m[1]->peers, 0, w->now);
    p_update(w, 0, 0, 3, false);
    p_update(w, 0, 0, 8, false);
    p_run(w, 10 * P_MS);
    cr_assert_eq(w->m[0]->acknowledged, 3);
    cr_assert(w->m[1]->table[8].held && w->m[1]->table[3].r.sequence == 2);
    cr_assert_not(p_cache(w, 0, 0).owned);
    p_run(w, 3 * P_S);
    cr_assert(p_same(w, 0, 1) && p_same(w, 0, 2));
    p_free(w);
}

/* Who loads an older record than it holds tells the owner, and loads once more: what it has until
 * then is not what the owner has. */
Test(proto_peer, an_owner_that_knows_less_is_told)
{
    p_world *w = p_booted(2, true);
    mip6_peers_own(w->m[0]->peers, 0, w->now);
    p_run(w, P_S);
    p_update(w, 0, 0, 7, false);
    p_run(w, P_S);
    w->side[1] = 1;
    p_run(w, 5 * P_S);
    mip6_peers_own(w->m[1]->peers, 0, w->now);
    p_update(w, 1, 0, 7, false);
    mip6_peers_disown(w->m[1]->peers, 0, w->now);
    for (int i = 0; i < 2; i++) {       /* the higher lineage */
        mip6_peers_disown(w->m[0]->peers, 0, w->now);
        mip6_peers_own(w->m[0]->peers, 0, w->now);
    }
    uint64_t loaded = p_figures(w, 1).transfers_in;
    w->side[1] = 0;
    p_run(w, 5 * P_S);
    cr_assert_geq(p_figures(w, 1).corrected, 1);
    cr_assert_eq(p_figures(w, 1).transfers_in, loaded + 2);
    cr_assert_eq(w->m[0]->table[7].r.sequence, 2);
    cr_assert(p_same(w, 0, 1) && p_cache(w, 1, 0).complete);
    p_free(w);
}

Test(proto_peer, one_whose_backlog_is_full_loads_anew)
{
    p_world *w = p_new(2, false, 1);
    for (int i = 0; i < 2; i++) {
        w->m[i]->config.backlog = 40;
        p_boot(w, i);
    }
    p_run(w, 3 * P_S);
    for (unsigned i = 0; i < 100; i++)
        p_update(w, 0, 0, i, false);
    cr_assert_eq(p_figures(w, 0).full, 60);
    p_run(w, 5 * P_S);
    cr_assert(p_same(w, 0, 1) && p_cache(w, 1, 0).complete);
    cr_assert_geq(w->m[1]->begins, 1);
    p_free(w);
}

/* ---- Memory ------------------------------------------------------------------------------- */

/* The N-th allocation fails, for every N: nothing is lost for good. */
Test(proto_peer, any_allocation_may_fail)
{
    for (unsigned fail_at = 1; fail_at < 12; fail_at++) {
        p_world *w = p_new(3, false, fail_at);
        w->m[0]->config.batch_ns = fail_at % 2 ? 10 * P_MS : 0;
        w->fail_at = fail_at;
        for (int i = 0; i < 3; i++)
            p_boot(w, i);
        for (unsigned i = 0; i < 50; i++) {
            p_update(w, 0, 0, i, false);
            p_run(w, 20 * P_MS);
        }
        p_run(w, 5 * P_S);
        for (int i = 1; i < 3; i++)
            cr_assert(p_same(w, 0, i), "allocation %u, member %d", fail_at, i);
        p_free(w);
    }
}
