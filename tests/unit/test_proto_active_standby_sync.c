/* Members of an active-standby system copy each change of the master's bindings.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "mip6_active_standby.h"

#include "ha_harness.h"

/* Two members, one group. What one sends reaches the other at once, but where it is stopped. */
typedef struct bed {
    h_world *w;
    mip6_vrrp_config vrrp[2];
    mip6_active_standby_config config[2];
    mip6_active_standby *member[2];     /* NULL: down */
    mip6_peers_config peers_config[2];
    mip6_peers *peers[2];
    mip6_addr addresses[2];
    uint64_t boots;
    bool cut;               /* nothing passes */
    bool mute[2];           /* its messages between agents are lost; its elections pass */
} bed;

static void settle(bed *b);

static void boot(bed *b, int i)
{
    h_world *w = b->w;
    if (!w->ha[i])
        w->ha[i] = mip6_ha_init(malloc(mip6_ha_size()), w->shared, &w->config[i],
                                (uint64_t)i + 2 * ++b->boots, w->now);
    b->member[i] = mip6_active_standby_init(calloc(1, mip6_active_standby_size()), &b->config[i],
                                            w->now);
    b->peers[i] = mip6_peers_init(calloc(1, mip6_peers_size()), w->shared, &b->peers_config[i],
                                  mip6_active_standby_ops(), b->member[i],
                                  (uint64_t)i + 2 * ++b->boots, w->now);
    mip6_active_standby_share(b->member[i], b->peers[i]);
    mip6_peers_start(b->peers[i], w->now);
    mip6_active_standby_start(b->member[i], w->now);
    settle(b);
}

static void crash(bed *b, int i)
{
    if (!b->member[i])
        return;
    mip6_peers_free(b->peers[i]);
    mip6_ha_free(b->w->ha[i]);
    free(b->peers[i]);
    free(b->member[i]);
    free(b->w->ha[i]);
    b->member[i] = NULL;
    b->peers[i] = NULL;
    b->w->ha[i] = NULL;
}

static bed *make(bool before_ack)
{
    bed *b = calloc(1, sizeof *b);
    h_world *w = b->w = h_new(2, "static-dhaad", MIP6_PROFILE_SAFE);
    w->cut = true;
    w->config[1] = w->config[0];
    for (int i = 0; i < 2; i++) {
        b->addresses[i] = h_addr(i == 0 ? "2001:db8::f:1" : "2001:db8::f:2");
        b->vrrp[i] = (mip6_vrrp_config){
            .vrid = 5, .priority = i == 0 ? 200 : 100, .preempt = true, .interval_ns = H_S,
            .link_local = {{0xfe, 0x80, [15] = (uint8_t)(i + 1)}},
            .addresses = {w->config[0].link_local, w->config[0].global}};
        b->config[i] = (mip6_active_standby_config){
            .n_groups = 1, .vrrp = &b->vrrp[i], .agents = &w->ha[i], .before_ack = before_ack};
        mip6_peers_config_defaults(&b->peers_config[i]);
        b->peers_config[i].members = b->addresses;
        b->peers_config[i].n_members = 2;
        b->peers_config[i].self = (uint8_t)i;
        b->peers_config[i].n_caches = 1;
        b->peers_config[i].home_prefix = h_addr("2001:db8::");
        b->peers_config[i].prefix_len = 64;
    }
    return b;
}

static void done(bed *b)
{
    crash(b, 0);
    crash(b, 1);
    b->w->n = 0;
    h_free_world(b->w);
    free(b);
}

static bool poll_system(bed *b, int i)
{
    mip6_active_standby_action a;
    uint8_t buf[MIP6_VRRP_PACKET];
    if (!b->member[i] || !mip6_active_standby_poll(b->member[i], &a, buf, sizeof buf, b->w->now))
        return false;
    if (a.kind == MIP6_VRRP_SEND && !b->cut && b->member[!i])
        cr_assert_eq(mip6_active_standby_receive(b->member[!i], buf, a.len, b->w->now), 0);
    return true;
}

static bool poll_peers(bed *b, int i)
{
    mip6_action a;
    uint8_t buf[MIP6_MAX_PACKET];
    if (!b->peers[i] || !mip6_peers_poll(b->peers[i], &a, buf, sizeof buf, b->w->now))
        return false;
    if (!b->cut && !b->mute[i] && b->peers[!i])
        mip6_peers_receive(b->peers[!i], buf, a.len, b->w->now);
    return true;
}

static void settle(bed *b)
{
    do
        h_settle(b->w);
    while (poll_system(b, 0) || poll_system(b, 1) || poll_peers(b, 0) || poll_peers(b, 1));
}

static int64_t earliest(const bed *b, int64_t until)
{
    int64_t next = until;
    for (int i = 0; i < 2; i++) {
        if (!b->member[i])
            continue;
        int64_t at[] = {mip6_active_standby_next_expiry(b->member[i]),
                        mip6_peers_next_expiry(b->peers[i]), mip6_ha_next_expiry(b->w->ha[i])};
        for (int k = 0; k < 3; k++)
            next = at[k] < next ? at[k] : next;
    }
    return next;
}

static void run(bed *b, int64_t ns)
{
    h_world *w = b->w;
    int64_t until = w->now + ns;
    for (int64_t next; (next = earliest(b, until)) < until;) {
        w->now = next > w->now ? next : w->now;
        for (int i = 0; i < 2; i++) {
            if (!b->member[i])
                continue;
            mip6_ha_expire(w->ha[i], w->now);
            mip6_active_standby_expire(b->member[i], w->now);
            mip6_peers_expire(b->peers[i], w->now);
        }
        settle(b);
    }
    w->now = until;
}

static void update(bed *b, int i, uint32_t node, uint32_t where, uint16_t sequence, uint16_t units)
{
    h_update(b->w, i, &(h_bu){.home = h_home(node), .care_of = h_care_of(where),
                              .sequence = sequence, .lifetime_units = units});
    settle(b);
}

static size_t answers(const bed *b, int i)
{
    return h_count(b->w, i, MIP6_MSG_BA);
}

static bool holds(const bed *b, int i, uint32_t node, uint32_t where, uint16_t sequence)
{
    mip6_binding_info info;
    mip6_addr home = h_home(node), care_of = h_care_of(where);
    return mip6_ha_find(b->w->ha[i], &home, &info) && !info.tentative &&
           mip6_addr_equal(&info.care_of, &care_of) && info.sequence == sequence;
}

static bool holds_any(const bed *b, int i, uint32_t node)
{
    mip6_binding_info info;
    mip6_addr home = h_home(node);
    return mip6_ha_find(b->w->ha[i], &home, &info);
}

static bool serves(const bed *b, int i)
{
    return mip6_active_standby_serves(b->member[i], 0);
}

static bed *both_up(bool before_ack)
{
    bed *b = make(before_ack);
    boot(b, 0);
    boot(b, 1);
    run(b, 20 * H_S);
    cr_assert(serves(b, 0) && !serves(b, 1));
    h_forget(b->w);
    return b;
}

Test(proto_active_standby_sync, every_change_is_copied_and_then_answered)
{
    bed *b = both_up(true);
    update(b, 0, 1, 1, 1, 100);
    cr_assert_not(holds_any(b, 1, 1), "not before DAD is over");
    run(b, 2 * H_S);
    cr_assert(holds(b, 1, 1, 1, 1));
    cr_assert_eq(answers(b, 0), 1);
    update(b, 0, 1, 2, 2, 100);
    cr_assert(holds(b, 1, 1, 2, 2));
    cr_assert_eq(answers(b, 0), 2);
    update(b, 0, 1, 2, 3, 0);
    cr_assert_not(holds_any(b, 1, 1));
    cr_assert_eq(answers(b, 0), 3);
    cr_assert_eq(answers(b, 1), 0, "a backup says nothing");
    done(b);
}

/* The other member's acknowledgements are lost for a while. */
Test(proto_active_standby_sync, before_ack_waits_and_after_ack_does_not)
{
    for (int before = 0; before < 2; before++) {
        bed *b = both_up(before);
        b->mute[1] = true;
        update(b, 0, 1, 1, 1, 100);
        run(b, 2 * H_S);
        cr_assert(holds(b, 1, 1, 1, 1));
        cr_assert_eq(answers(b, 0), before ? 0 : 1);
        b->mute[1] = false;
        run(b, 2 * H_S);
        cr_assert_eq(answers(b, 0), 1);
        done(b);
    }
}

Test(proto_active_standby_sync, one_that_is_gone_is_not_waited_for)
{
    bed *b = both_up(true);
    crash(b, 1);
    b->w->n = 1;
    update(b, 0, 1, 1, 1, 100);
    run(b, 2 * H_S);
    cr_assert_eq(answers(b, 0), 0, "it is not known yet to be gone");
    run(b, 4 * H_S);
    cr_assert_eq(answers(b, 0), 1);
    update(b, 0, 1, 2, 2, 100);
    cr_assert_eq(answers(b, 0), 2, "at once");
    done(b);
}

static bool forwards(const bed *b, int i, uint32_t node, uint32_t where)
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
    bed *b = both_up(true);
    update(b, 0, 1, 1, 1, 100);
    run(b, 2 * H_S);
    update(b, 0, 1, 2, 2, 100);
    cr_assert_not(forwards(b, 1, 1, 2), "a backup does not");
    crash(b, 0);
    run(b, 4 * H_S);
    cr_assert(serves(b, 1));
    cr_assert(forwards(b, 1, 1, 2));
    h_forget(b->w);
    update(b, 1, 1, 3, 2, 100);
    cr_assert_eq(h_last(b->w, 1, MIP6_MSG_BA)->msg.u.ba.status, MIP6_STATUS_SEQUENCE,
                 "it knows the node's last number");
    update(b, 1, 1, 3, 3, 100);
    cr_assert(forwards(b, 1, 1, 3));
    done(b);
}

/* It comes back empty, loads, and only then takes over again. */
Test(proto_active_standby_sync, one_that_returns_loads_all_first)
{
    enum { NODES = 60 };
    bed *b = both_up(true);
    for (uint32_t n = 1; n <= NODES; n++) {
        update(b, 0, n, n, 1, 1000);
        run(b, 50 * H_MS);
    }
    run(b, 2 * H_S);
    crash(b, 0);
    run(b, 10 * H_S);
    cr_assert(serves(b, 1));
    update(b, 1, 1, 99, 2, 1000);
    boot(b, 0);
    cr_assert(mip6_active_standby_waits(b->member[0], 0));
    run(b, 20 * H_S);
    cr_assert(serves(b, 0) && !serves(b, 1));
    cr_assert(forwards(b, 0, 1, 99));
    for (uint32_t n = 2; n <= NODES; n++)
        cr_assert(holds(b, 0, n, n, 1) && forwards(b, 0, n, n), "%u", n);
    h_forget(b->w);
    update(b, 0, 2, 98, 2, 1000);
    cr_assert(holds(b, 1, 2, 98, 2), "and the other follows again");
    done(b);
}

/* Both sides serve. Then of each binding the later update stands, at both. */
Test(proto_active_standby_sync, after_a_partition_the_later_update_stands)
{
    bed *b = both_up(true);
    for (uint32_t n = 1; n <= 3; n++)
        update(b, 0, n, n, 1, 1000);
    run(b, 2 * H_S);
    b->cut = true;
    run(b, 10 * H_S);
    cr_assert(serves(b, 0) && serves(b, 1));
    update(b, 0, 1, 11, 5, 1000);   /* each has heard of one alone */
    update(b, 1, 2, 12, 5, 1000);
    update(b, 0, 3, 13, 5, 1000);   /* and of one both, the first before */
    update(b, 1, 3, 23, 6, 1000);
    b->cut = false;
    run(b, 20 * H_S);
    cr_assert(serves(b, 0) && !serves(b, 1));
    for (int i = 0; i < 2; i++) {
        cr_assert(holds(b, i, 1, 11, 5), "%d", i);
        cr_assert(holds(b, i, 2, 12, 5), "%d", i);
        cr_assert(holds(b, i, 3, 23, 6), "%d", i);
    }
    update(b, 0, 1, 31, 7, 1000);
    cr_assert(holds(b, 1, 1, 31, 7), "the master owns its cache again");
    done(b);
}
