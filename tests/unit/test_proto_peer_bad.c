/* The control plane between agents: input that no honest peer sends.
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

/* As the next reliable message of `from`, with one record of its cache. */
static mip6_peer_message records_of(p_world *w, int from, int to, mip6_sync_kind kind,
                                    unsigned home, uint16_t sequence)
{
    const mip6_remote *r = &w->m[to]->peers->remotes[from];
    mip6_cache_state state;
    mip6_peers_cache(w->m[to]->peers, (uint8_t)from, &state);
    mip6_peer_message msg = {.type = MIP6_PEER_RECORDS, .from = r->boot,
                             .to = mip6_peers_boot(w->m[to]->peers), .session = r->rx_session,
                             .sequence = r->rx_sequence + 1};
    msg.u.records.line = (mip6_cache_line){.cache = (uint8_t)from, .version = state.version + 1,
                                           .lineage = state.lineage};
    msg.u.records.n = 1;
    msg.u.records.records[0] = (mip6_sync_record){
        .kind = kind, .sequence = sequence, .lifetime_units = 30, .home = p_home(home),
        .care_of = p_care_of(home, sequence), .expires_ns = w->now + 120 * P_S};
    return msg;
}

static p_world *with_one_binding(void)
{
    p_world *w = p_booted(2, false);
    for (unsigned i = 0; i < 5; i++)
        p_update(w, 0, 0, 7, false);
    p_run(w, P_S);
    cr_assert_eq(w->m[1]->table[7].r.sequence, 5);
    return w;
}

Test(proto_peer_bad, a_home_address_outside_the_home_prefix)
{
    p_world *w = with_one_binding();
    uint32_t applied = w->m[1]->applied;
    mip6_peer_message msg = records_of(w, 0, 1, MIP6_SYNC_NEW, 9, 1);
    msg.u.records.records[0].home.b[7] = 1;
    cr_assert_eq(give(w, 1, &msg, &w->members[0]), 0);
    cr_assert_eq(p_figures(w, 1).outside, 1);
    cr_assert_eq(w->m[1]->applied, applied);
    p_free(w);
}

Test(proto_peer_bad, a_refresh_of_what_is_not_held_is_asked_for)
{
    p_world *w = with_one_binding();
    w->m[1]->table[7].held = false;
    p_update(w, 0, 0, 7, false);
    p_run(w, 2 * P_MS);     /* there, and the request back */
    cr_assert_not(w->m[1]->table[7].held);
    cr_assert_eq(p_figures(w, 1).not_held, 1);
    p_run(w, 10 * P_MS);
    cr_assert_eq(w->sent[MIP6_PEER_REQUEST], 1);
    cr_assert(w->m[1]->table[7].held && w->m[1]->table[7].r.sequence == 6);
    cr_assert_eq(w->m[0]->acknowledged, 6);
    p_free(w);
}

Test(proto_peer_bad, one_older_than_what_is_held)
{
    p_world *w = with_one_binding();
    mip6_peer_message msg = records_of(w, 0, 1, MIP6_SYNC_REFRESH, 7, 4);
    cr_assert_eq(give(w, 1, &msg, &w->members[0]), 0);
    cr_assert_eq(p_figures(w, 1).older, 1);
    cr_assert_eq(w->m[1]->table[7].r.sequence, 5);
    cr_assert(w->m[1]->peers->remotes[0].ack_due, "acknowledged all the same");
    p_free(w);
}

Test(proto_peer_bad, an_end_of_what_is_not_held)
{
    p_world *w = with_one_binding();
    mip6_peer_message msg = records_of(w, 0, 1, MIP6_SYNC_GONE, 9, 4);
    uint32_t applied = w->m[1]->applied;
    msg.u.records.records[0].expires_ns = 0;
    cr_assert_eq(give(w, 1, &msg, &w->members[0]), 0);
    cr_assert_eq(w->m[1]->applied, applied, "nobody need remember it");
    msg = records_of(w, 0, 1, MIP6_SYNC_GONE, 9, 4);
    cr_assert_eq(give(w, 1, &msg, &w->members[0]), 0);
    cr_assert_eq(w->m[1]->applied, applied + 1, "for its time");
    cr_assert_not(w->m[1]->table[9].held);
    cr_assert(w->m[1]->peers->remotes[0].ack_due);
    p_free(w);
}

Test(proto_peer_bad, from_none_of_the_members)
{
    p_world *w = with_one_binding();
    mip6_addr stranger = w->members[0];
    stranger.b[15] = 99;
    mip6_peer_message msg = records_of(w, 0, 1, MIP6_SYNC_NEW, 9, 1);
    cr_assert_eq(give(w, 1, &msg, &stranger), MIP6_ERR_IGNORED);
    cr_assert_eq(give(w, 1, &msg, &w->members[1]), MIP6_ERR_IGNORED, "from itself");
    msg = (mip6_peer_message){.type = MIP6_PEER_HELLO, .from = 5};
    cr_assert_eq(give(w, 1, &msg, &stranger), MIP6_ERR_IGNORED);
    cr_assert_eq(p_figures(w, 1).foreign, 3);
    cr_assert_not(w->m[1]->table[9].held);
    cr_assert_eq(mip6_peers_count(w->m[1]->peers), 1);
    p_free(w);
}

Test(proto_peer_bad, of_another_boot_or_session)
{
    p_world *w = with_one_binding();
    mip6_peer_message msg = records_of(w, 0, 1, MIP6_SYNC_NEW, 9, 1), bad = msg;
    bad.from += 2;
    cr_assert_eq(give(w, 1, &bad, &w->members[0]), MIP6_ERR_IGNORED);
    bad = msg;
    bad.to += 2;
    cr_assert_eq(give(w, 1, &bad, &w->members[0]), MIP6_ERR_IGNORED);
    bad = msg;
    bad.session--;
    cr_assert_eq(give(w, 1, &bad, &w->members[0]), MIP6_ERR_IGNORED);
    bad = msg;
    bad.sequence++;
    cr_assert_eq(give(w, 1, &bad, &w->members[0]), 0, "it may come yet");
    bad.sequence += 31;
    cr_assert_eq(give(w, 1, &bad, &w->members[0]), MIP6_ERR_IGNORED);
    cr_assert_eq(p_figures(w, 1).stale, 3);
    cr_assert_eq(p_figures(w, 1).ahead, 2);
    cr_assert_not(w->m[1]->table[9].held);
    p_free(w);
}

/* Of a transfer that was given up long ago, of a lineage that is none of the state here. */
Test(proto_peer_bad, what_nobody_waits_for)
{
    p_world *w = with_one_binding();
    mip6_peer_message msg = records_of(w, 0, 1, MIP6_SYNC_NEW, 9, 1);
    msg.u.records.unversioned = true;
    msg.u.records.line.lineage++;
    cr_assert_eq(give(w, 1, &msg, &w->members[0]), 0);
    cr_assert_not(w->m[1]->table[9].held);
    cr_assert_eq(p_figures(w, 1).stale, 1);
    p_free(w);
}

/* Three in the order 2, 3, 1, and 2 once more before it had its turn. */
Test(proto_peer_bad, one_comes_again_while_it_has_its_turn)
{
    p_world *w = with_one_binding();
    mip6_peer_message msg[3];
    for (unsigned i = 0; i < 3; i++) {
        msg[i] = records_of(w, 0, 1, MIP6_SYNC_NEW, 20 + i, 1);
        msg[i].sequence += i;
        msg[i].u.records.line.version += i;
    }
    static const unsigned order[] = {1, 2, 0, 1};
    for (unsigned i = 0; i < 4; i++)
        cr_assert_eq(give(w, 1, &msg[order[i]], &w->members[0]), 0);
    cr_assert(w->m[1]->table[20].held && w->m[1]->table[21].held);
    cr_assert_not(w->m[1]->table[22].held, "one message a call");
    cr_assert_leq(mip6_peers_next_expiry(w->m[1]->peers), w->now);
    mip6_peers_expire(w->m[1]->peers, w->now);
    cr_assert(w->m[1]->table[22].held);
    cr_assert_eq(p_figures(w, 1).gaps, 0);
    p_free(w);
}

Test(proto_peer_bad, a_gap_of_versions_is_closed)
{
    p_world *w = with_one_binding();
    mip6_peer_message msg = records_of(w, 0, 1, MIP6_SYNC_REFRESH, 7, 5);
    msg.u.records.line.version += 3;
    cr_assert_eq(give(w, 1, &msg, &w->members[0]), 0);
    cr_assert_eq(p_figures(w, 1).gaps, 1);
    cr_assert(p_cache(w, 1, 0).loading);
    /* The true sender's numbers are one behind now, as it never sent this one: its next message
     * is taken for a repeated one, and the transfer comes after the peers have parted. */
    w->side[1] = 1;
    p_run(w, 5 * P_S);
    w->side[1] = 0;
    p_run(w, 4 * P_S);
    cr_assert(p_cache(w, 1, 0).complete && p_same(w, 0, 1));
    p_free(w);
}

Test(proto_peer_bad, an_acknowledgement_of_what_was_never_sent)
{
    p_world *w = with_one_binding();
    const mip6_remote *r = &w->m[0]->peers->remotes[1];
    w->side[1] = 1;
    p_update(w, 0, 0, 8, false);
    mip6_peer_message msg = {.type = MIP6_PEER_ACK, .from = r->boot,
                             .to = mip6_peers_boot(w->m[0]->peers), .session = r->session,
                             .sequence = r->given + 1};
    give(w, 0, &msg, &w->members[1]);
    msg.sequence = r->given;
    msg.session--;
    give(w, 0, &msg, &w->members[1]);
    cr_assert_eq(p_figures(w, 0).stale, 2);
    cr_assert_eq(p_figures(w, 0).waiting, 1);
    p_free(w);
}

Test(proto_peer_bad, a_cache_that_there_is_not)
{
    p_world *w = with_one_binding();
    mip6_peer_message msg = records_of(w, 0, 1, MIP6_SYNC_NEW, 9, 1);
    uint32_t applied = w->m[1]->applied;
    msg.u.records.line.cache = 200;
    cr_assert_eq(give(w, 1, &msg, &w->members[0]), 0);
    msg.type = MIP6_PEER_REQUEST;
    msg.sequence++;
    msg.u.request.cache = 31;
    msg.u.request.n = 0;
    cr_assert_eq(give(w, 1, &msg, &w->members[0]), 0);
    msg.type = MIP6_PEER_TRANSFER_END;
    msg.sequence++;
    memset(&msg.u, 0, sizeof msg.u);
    msg.u.end.line.cache = 200;
    cr_assert_eq(give(w, 1, &msg, &w->members[0]), 0);
    cr_assert_eq(w->m[1]->applied, applied);
    p_free(w);
}

Test(proto_peer_bad, cut_at_each_byte_changes_nothing)
{
    p_world *w = with_one_binding();
    mip6_peer_message msg = records_of(w, 0, 1, MIP6_SYNC_NEW, 9, 1);
    uint8_t buf[MIP6_MAX_PACKET];
    int len = mip6_peer_encode(buf, sizeof buf, &w->members[0], &w->members[1], &msg, w->now);
    for (size_t cut = 0; cut < (size_t)len; cut++)
        cr_assert_lt(mip6_peers_receive(w->m[1]->peers, buf, cut, w->now), 0);
    cr_assert_eq(p_figures(w, 1).malformed, (uint64_t)len);
    cr_assert_not(w->m[1]->table[9].held);
    cr_assert_eq(mip6_peers_receive(w->m[1]->peers, buf, (size_t)len, w->now), 0);
    cr_assert(w->m[1]->table[9].held);
    p_free(w);
}
