/* A binding that the host moves from one agent to another itself.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "ha_harness.h"

static h_world *bound(uint32_t most)
{
    h_world *w = h_new(2, "static-dhaad", MIP6_PROFILE_SAFE);
    w->config[1].max_bindings = most;
    h_boot(w);
    h_wait(w, 10 * H_S);
    h_bound(w, 0, 1);
    return w;
}

static mip6_verdict forward(h_world *w, int agent, mip6_route *route)
{
    uint8_t buffer[64 + 48] = {0};
    mip6_packet p = {.data = buffer + 64, .len = 48, .headroom = 64, .virtual_bytes = 100};
    mip6_rx rx = {.ifindex = 1};
    mip6_addr cn = h_addr("2001:db8:cc::1"), home = h_home(1);
    mip6_udp_header(p.data, &cn, &home, 1000, 2000, 100, 64);
    return mip6_ha_forward(w->ha[agent], &rx, &p, route, w->now);
}

static mip6_binding_info found(const h_world *w, int agent)
{
    mip6_binding_info info;
    mip6_addr home = h_home(1);
    cr_assert(mip6_ha_find(w->ha[agent], &home, &info));
    return info;
}

static void hand_over(h_world *w, int from, int to)
{
    mip6_binding_info info = found(w, from);
    cr_assert_eq(mip6_ha_install(w->ha[to], &info, w->now), 0);
    cr_assert_eq(mip6_ha_hand_on(w->ha[from], &info.home, &w->config[to].global, w->now), 0);
    h_settle(w);
}

static unsigned sent(const h_world *w)
{
    unsigned n = 0;
    for (size_t i = 0; i < w->n_log; i++)
        n += w->log[i].action.kind == MIP6_ACTION_SEND;
    return n;
}

Test(proto_ha_given, both_ways_forward_and_one_counts)
{
    h_world *w = bound(0);
    mip6_binding_info before = found(w, 0);
    hand_over(w, 0, 1);
    cr_assert_eq(sent(w), 0, "nobody is told");
    mip6_binding_info after = found(w, 1);
    cr_assert(!after.draining && !after.tentative && after.sequence == before.sequence &&
              after.expires_ns == before.expires_ns &&
              after.lifetime_units == before.lifetime_units &&
              mip6_addr_equal(&after.care_of, &before.care_of));
    cr_assert(found(w, 0).draining);
    cr_assert(h_figures(w, 0).mn_count == 0 && h_figures(w, 1).mn_count == 1);
    mip6_route route;
    cr_assert(forward(w, 1, &route) == MIP6_SEND_ON && route.tunnelled && !route.draining);
    cr_assert(forward(w, 0, &route) == MIP6_SEND_ON && route.tunnelled && route.draining);
    h_wait(w, 11 * H_S);
    cr_assert_eq(forward(w, 0, &route), MIP6_RELAY, "it knows where the address went");
    cr_assert(mip6_lladdr_equal(&route.next_hop, &w->config[1].lladdr));
    h_free_world(w);
}

/* To and fro faster than the old binding drains. */
Test(proto_ha_given, back_again)
{
    h_world *w = bound(0);
    for (int i = 0; i < 6; i++) {
        hand_over(w, i % 2, 1 - i % 2);
        h_wait(w, H_S);
    }
    cr_assert(h_figures(w, 0).mn_count == 1 && h_figures(w, 1).mn_count == 0);
    cr_assert(!found(w, 0).draining && found(w, 1).draining);
    h_wait(w, 11 * H_S);
    cr_assert(h_figures(w, 0).mn_count == 1 && h_figures(w, 1).draining == 0);
    h_free_world(w);
}

Test(proto_ha_given, a_refresh_goes_on_where_it_is_now)
{
    h_world *w = bound(0);
    hand_over(w, 0, 1);
    h_forget(w);
    cr_assert_eq(h_register(w, 1, 1, 2), 0);
    const h_act *ba = h_last(w, 1, MIP6_MSG_BA);
    cr_assert_eq(ba->msg.u.ba.status, 0);
    cr_assert_eq(found(w, 1).sequence, 2);
    h_free_world(w);
}

Test(proto_ha_given, what_is_refused_changes_nothing)
{
    h_world *w = bound(1);
    mip6_binding_info info = found(w, 0);
    mip6_addr other = h_home(2);
    cr_assert_eq(mip6_ha_install(w->ha[0], &info, w->now), MIP6_ERR_IGNORED, "it is there");
    cr_assert_eq(mip6_ha_hand_on(w->ha[0], &other, &w->config[1].global, w->now),
                 MIP6_ERR_IGNORED, "no such binding");
    h_bound(w, 1, 2);
    cr_assert_eq(mip6_ha_install(w->ha[1], &info, w->now), MIP6_ERR_IGNORED, "max_bindings");
    info.expires_ns = w->now;
    cr_assert_eq(mip6_ha_install(w->ha[1], &info, w->now), MIP6_ERR_IGNORED, "expired");
    mip6_ha_stop(w->ha[1], w->now);
    h_settle(w);
    cr_assert(!h_figures(w, 1).serving && h_figures(w, 0).serving);
    info = found(w, 0);
    cr_assert_eq(mip6_ha_install(w->ha[1], &info, w->now), MIP6_ERR_IGNORED, "stopped");
    cr_assert_eq(h_figures(w, 0).mn_count, 1);
    h_free_world(w);
}

Test(proto_ha_given, without_memory_nothing_has_happened)
{
    h_world *w = bound(0);
    mip6_binding_info info = found(w, 0);
    w->fail_all = true;
    cr_assert_eq(mip6_ha_install(w->ha[1], &info, w->now), MIP6_ERR_NOMEM);
    cr_assert_eq(h_figures(w, 1).mn_count, 0);
    w->fail_all = false;
    hand_over(w, 0, 1);
    h_free_world(w);
}
