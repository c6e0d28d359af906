/* What no honest member sends, to a member that stands by: election, control plane and binding
 * cache together. Whatever it is, nothing falls, and no binding is there that no node asked for.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "as_net.h"

#include "proto/peer/peer.h"

/* 0 serves nodes 1 and 2, whose last number is 5; 1 stands by with copies. */
static as_net *two_members(void)
{
    as_net *b = as_new(2, true);
    as_boot(b, 0);
    as_boot(b, 1);
    as_run(b, 20 * H_S);
    for (uint32_t node = 1; node <= 2; node++) {
        as_update(b, 0, node, node, 4, 1000);
        as_run(b, 2 * H_S);
        as_update(b, 0, node, node, 5, 1000);
    }
    h_forget(b->w);
    return b;
}

static mip6_peers_figures figures(const as_net *b)
{
    mip6_peers_figures f;
    mip6_peers_get_figures(b->peers[1], &f);
    return f;
}

/* The copy at 1 is what it was. */
static void unchanged(const as_net *b)
{
    mip6_binding_info info;
    mip6_ha_figures f = h_figures(b->w, 1);
    cr_assert_eq(f.mn_count, 2);
    for (uint32_t node = 1; node <= 2; node++) {
        mip6_addr care_of = h_care_of(node);
        cr_assert(as_holds(b, 1, node, &info) && info.sequence == 5 &&
                  mip6_addr_equal(&info.care_of, &care_of), "node %u", node);
    }
    cr_assert(as_serves(b, 0) && !as_serves(b, 1));
}

/* The next message of 0 to 1, with one change of its cache. */
static mip6_peer_message change(const as_net *b, mip6_sync_kind kind, uint32_t node,
                                uint16_t sequence)
{
    const mip6_remote *r = &b->peers[1]->remotes[0];
    mip6_cache_state state = as_cache(b, 1);
    mip6_peer_message msg = {.type = MIP6_PEER_RECORDS, .from = r->boot,
                             .to = mip6_peers_boot(b->peers[1]), .session = r->rx_session,
                             .sequence = r->rx_sequence + 1};
    msg.u.records.line = (mip6_cache_line){.version = state.version + 1,
                                           .lineage = state.lineage};
    msg.u.records.n = 1;
    msg.u.records.records[0] = (mip6_sync_record){
        .kind = kind, .sequence = sequence, .lifetime_units = 1000, .home = h_home(node),
        .care_of = h_care_of(99), .expires_ns = b->w->now + 4000 * H_S};
    return msg;
}

static int encode(const as_net *b, const mip6_peer_message *msg, const mip6_addr *from,
                  uint8_t *buf)
{
    int len = mip6_peer_encode(buf, MIP6_MAX_PACKET, from, &b->addresses[1], msg, b->w->now);
    cr_assert_gt(len, 0);
    return len;
}

/* As if 0 had sent it. */
static int give(as_net *b, const mip6_peer_message *msg)
{
    uint8_t buf[MIP6_MAX_PACKET];
    b->peers[0]->remotes[1].given = msg->sequence;
    int len = encode(b, msg, &b->addresses[0], buf);
    return mip6_peers_receive(b->peers[1], buf, (size_t)len, b->w->now);
}

/* Is it acknowledged? */
static bool acknowledges(const as_net *b)
{
    return b->peers[1]->remotes[0].ack_due;
}

Test(proto_active_standby_bad, advertisements_of_a_better_master_that_cannot_be_trusted)
{
    as_net *b = two_members();
    uint8_t good[MIP6_VRRP_PACKET], buf[MIP6_VRRP_PACKET];
    mip6_vrrp_advert a = {.source = {{0xfe, 0x80, [15] = 9}}, .vrid = 5, .priority = 254, .n = 2,
                          .addresses = b->vrrp[0].addresses, .interval_ns = H_S};
    mip6_vrrp_figures f;
    cr_assert_eq(mip6_vrrp_encode(good, sizeof good, &a), (int)sizeof good);
    memcpy(buf, good, sizeof buf);
    buf[7] = 254;
    cr_assert_eq(mip6_active_standby_receive(b->member[0], buf, sizeof buf, b->w->now),
                 MIP6_ERR_MALFORMED);
    memcpy(buf, good, sizeof buf);
    buf[46] ^= 1;
    cr_assert_eq(mip6_active_standby_receive(b->member[0], buf, sizeof buf, b->w->now),
                 MIP6_ERR_CHECKSUM);
    as_settle(b);
    mip6_vrrp_get_figures(mip6_active_standby_vrrp(b->member[0], 0), &f);
    cr_assert(f.drops[MIP6_DROP_HOP_LIMIT] == 1 && f.drops[MIP6_DROP_CHECKSUM] == 1);
    cr_assert(as_serves(b, 0));
    cr_assert_eq(mip6_active_standby_receive(b->member[0], good, sizeof good, b->w->now), 0);
    as_settle(b);
    cr_assert_not(as_serves(b, 0), "of the same that can be, it is heard");
    as_free(b);
}

Test(proto_active_standby_bad, a_home_address_outside_the_home_prefix)
{
    as_net *b = two_members();
    mip6_peer_message msg = change(b, MIP6_SYNC_NEW, 9, 1);
    msg.u.records.records[0].home.b[7] = 1;
    cr_assert_eq(give(b, &msg), 0);
    cr_assert_eq(figures(b).outside, 1);
    cr_assert(acknowledges(b));
    as_settle(b);
    unchanged(b);
    as_free(b);
}

Test(proto_active_standby_bad, an_update_for_a_binding_that_is_not_held)
{
    as_net *b = two_members();
    mip6_binding_info info;
    mip6_peer_message msg = change(b, MIP6_SYNC_REFRESH, 9, 1);
    cr_assert_eq(give(b, &msg), 0);
    cr_assert_eq(figures(b).not_held, 1);
    cr_assert(acknowledges(b));
    cr_assert_not(as_holds(b, 1, 9, &info));
    mip6_slot *asked = b->peers[1]->remotes[0].ready;
    cr_assert(asked && asked->what->type == MIP6_PEER_REQUEST);
    as_run(b, 5 * H_S);
    unchanged(b);       /* the master has none either, and all is as it says */
    as_free(b);
}

Test(proto_active_standby_bad, an_older_update)
{
    as_net *b = two_members();
    static const mip6_sync_kind kinds[] = {MIP6_SYNC_NEW, MIP6_SYNC_REFRESH, MIP6_SYNC_GONE};
    for (unsigned i = 0; i < 3; i++) {
        mip6_peer_message msg = change(b, kinds[i], 1, 4);
        cr_assert_eq(give(b, &msg), 0);
        cr_assert_eq(figures(b).older, i + 1);
        cr_assert(acknowledges(b));
        unchanged(b);
        b->peers[1]->remotes[0].ack_due = false;
    }
    as_free(b);
}

Test(proto_active_standby_bad, a_repeated_update)
{
    as_net *b = two_members();
    mip6_peer_message msg = change(b, MIP6_SYNC_REFRESH, 1, 6);
    msg.sequence--;     /* the number of one that it has: whatever is in it */
    cr_assert_eq(give(b, &msg), 0);
    cr_assert_eq(figures(b).repeated, 1);
    cr_assert(acknowledges(b));
    as_settle(b);
    unchanged(b);
    as_free(b);
}

Test(proto_active_standby_bad, from_one_who_is_no_member)
{
    as_net *b = two_members();
    mip6_addr stranger = h_addr("2001:db8::f:9");
    uint8_t buf[MIP6_MAX_PACKET];
    mip6_peer_message msg = change(b, MIP6_SYNC_NEW, 9, 1);
    int len = encode(b, &msg, &stranger, buf);
    cr_assert_eq(mip6_peers_receive(b->peers[1], buf, (size_t)len, b->w->now), MIP6_ERR_IGNORED);
    cr_assert_eq(figures(b).foreign, 1);
    cr_assert_not(acknowledges(b));
    as_settle(b);
    unchanged(b);
    as_free(b);
}

/* It asks for the whole cache, and what nobody asked for is not in it. */
Test(proto_active_standby_bad, a_gap_of_versions)
{
    as_net *b = two_members();
    mip6_peer_message msg = change(b, MIP6_SYNC_NEW, 9, 1);
    msg.u.records.line.version += 3;
    uint64_t loaded = figures(b).transfers_in;
    cr_assert_eq(give(b, &msg), 0);
    cr_assert(as_cache(b, 1).loading);
    as_run(b, 5 * H_S);
    cr_assert_eq(figures(b).transfers_in, loaded + 1);
    cr_assert(as_cache(b, 1).complete);
    unchanged(b);
    as_free(b);
}

Test(proto_active_standby_bad, cut_at_each_byte_or_claiming_more_than_it_holds)
{
    as_net *b = two_members();
    uint8_t buf[MIP6_MAX_PACKET], bad[MIP6_MAX_PACKET];
    mip6_peer_message msg = change(b, MIP6_SYNC_NEW, 9, 1);
    int len = encode(b, &msg, &b->addresses[0], buf);
    for (int cut = 0; cut < len; cut++) {
        memcpy(bad, buf, (size_t)cut);
        cr_assert_lt(mip6_peers_receive(b->peers[1], bad, (size_t)cut, b->w->now), 0);
    }
    /* Behind header, fixed part and line: the number of records; then the checksum is mended. */
    int at = 40 + 6 + 18 + 28;
    cr_assert_eq(buf[at], 1);
    for (unsigned n = 2; n < 256; n++) {
        memcpy(bad, buf, (size_t)len);
        bad[at] = (uint8_t)n;
        uint32_t sum = (uint32_t)mip6_get16(bad + 44) + 0xffffu - (n - 1) * 256u % 0xffffu;
        mip6_put16(bad + 44, (uint16_t)(sum % 0xffffu));
        cr_assert_eq(mip6_peers_receive(b->peers[1], bad, (size_t)len, b->w->now),
                     MIP6_ERR_MALFORMED, "%u", n);
    }
    cr_assert_eq(figures(b).malformed, (uint64_t)len + 254);
    cr_assert_not(acknowledges(b));
    as_settle(b);
    unchanged(b);
    cr_assert_eq(give(b, &msg), 0);
    cr_assert_eq(h_figures(b->w, 1).mn_count, 3, "whole, and of the master, it is one");
    as_free(b);
}
