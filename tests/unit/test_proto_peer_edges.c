/* The control plane between agents, at its edges: what is a member's, a cache's, or over.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "peer_harness.h"

/* Two that know each other, each with a cache of its own. */
static p_world *two(int64_t batch_ns)
{
    p_world *w = p_new(2, false, 1);
    for (int i = 0; i < 2; i++) {
        w->m[i]->config.batch_ns = batch_ns;
        p_boot(w, i);
    }
    p_run(w, 2 * P_S);
    return w;
}

/* From member 0, but not by its hand. */
static int arrive(p_world *w, const mip6_addr *to, const mip6_peer_message *msg)
{
    uint8_t buf[MIP6_MAX_PACKET];
    int len = mip6_peer_encode(buf, sizeof buf, &w->members[0], to, msg, w->now);
    cr_assert_gt(len, 0);
    return mip6_peers_receive(w->m[1]->peers, buf, (size_t)len, w->now);
}

Test(proto_peer_edges, who_gives_a_cache_up_says_what_waits_for_its_batch)
{
    p_world *w = two(20 * P_S);
    cr_assert_gt(p_update(w, 0, 0, 7, false), 0);
    p_run(w, P_S);
    cr_assert(!w->m[1]->table[7].held);
    mip6_peers_disown(w->m[0]->peers, 0, w->now);
    p_run(w, P_S);
    cr_assert(w->m[1]->table[7].held);
    p_free(w);
}

/* It was on its way for as long as it was worth something. */
Test(proto_peer_edges, what_has_run_out_is_not_taken)
{
    p_world *w = two(0);
    mip6_sync_record r = {.kind = MIP6_SYNC_NEW, .sequence = ++w->sequence[7],
                          .lifetime_units = 1, .expires_ns = w->now, .home = p_home(7),
                          .care_of = p_care_of(7, 1)};
    cr_assert_gt(mip6_peers_publish(w->m[0]->peers, &r, w->now), 0);
    p_run(w, P_S);
    cr_assert(!w->m[1]->table[7].held);
    cr_assert_eq(p_figures(w, 1).older, 1);
    cr_assert_eq(p_cache(w, 1, 0).version, p_cache(w, 0, 0).version, "it counts as a version");
    p_free(w);
}

Test(proto_peer_edges, a_message_for_another_member_is_none)
{
    p_world *w = two(0);
    mip6_peer_message msg = {.type = MIP6_PEER_HELLO, .from = 0x1235, .to = 1, .session = 1};
    mip6_addr other = {{0x20, 0x01, 0x0d, 0xb8, [15] = 9}};
    uint32_t ups = w->m[1]->ups;
    cr_assert_eq(arrive(w, &other, &msg), MIP6_ERR_IGNORED);
    cr_assert_eq(p_figures(w, 1).foreign, 1);
    cr_assert_eq(w->m[1]->ups, ups);
    cr_assert_eq(arrive(w, &w->members[1], &msg), 0, "and for this one it is");
    cr_assert_eq(w->m[1]->ups, ups + 1);
    p_free(w);
}

/* A node has come to this agent: it is in this cache no more, whoever asks. */
Test(proto_peer_edges, asked_for_what_another_cache_has)
{
    p_world *w = two(0);
    cr_assert_gt(p_update(w, 1, 1, 7, false), 0);
    p_run(w, P_S);
    cr_assert_eq(w->m[0]->table[7].r.cache, 1);
    uint64_t records = w->sent[MIP6_PEER_RECORDS];
    mip6_addr home = p_home(7);
    mip6_peer_message msg = {.type = MIP6_PEER_REQUEST};
    msg.u.request.cache = 1;
    msg.u.request.n = 1;
    msg.u.request.homes = &home;
    w->m[1]->table[7].r.cache = 0;      /* member 0 has it, as far as member 1 knows */
    msg.from = mip6_peers_boot(w->m[0]->peers);
    msg.to = mip6_peers_boot(w->m[1]->peers);
    msg.session = 1;
    msg.sequence = 1;
    cr_assert_eq(arrive(w, &w->members[1], &msg), 0);
    p_run(w, P_MS / 2);
    cr_assert_eq(w->sent[MIP6_PEER_RECORDS], records);
    w->m[1]->table[7].r.cache = 1;
    msg.sequence = 2;
    cr_assert_eq(arrive(w, &w->members[1], &msg), 0);
    p_run(w, P_MS / 2);
    cr_assert_eq(w->sent[MIP6_PEER_RECORDS], records + 1, "of its own it is said");
    p_free(w);
}
