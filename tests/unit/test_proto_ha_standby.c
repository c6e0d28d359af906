/* An agent that stands by: silent, deaf to all but advertisements, and ready.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "ha_harness.h"

static mip6_verdict forward(h_world *w, int agent, uint32_t node)
{
    uint8_t buffer[64 + 48] = {0};
    mip6_packet p = {.data = buffer + 64, .len = 48, .headroom = 64, .virtual_bytes = 100};
    mip6_rx rx = {.ifindex = 1};
    mip6_route route;
    mip6_addr cn = h_addr("2001:db8:cc::1"), home = h_home(node);
    mip6_udp_header(p.data, &cn, &home, 1000, 2000, 100, 64);
    return mip6_ha_forward(w->ha[agent], &rx, &p, &route, w->now);
}

static unsigned sent(const h_world *w, int agent, mip6_message_kind kind)
{
    unsigned n = 0;
    for (size_t i = 0; i < w->n_log; i++)
        n += w->log[i].from == agent && w->log[i].action.kind == MIP6_ACTION_SEND &&
             (kind == MIP6_MSG_NONE || w->log[i].msg.kind == kind);
    return n;
}

static h_world *bound(uint32_t nodes)
{
    h_world *w = h_new(2, "static-dhaad", MIP6_PROFILE_SAFE);
    h_boot(w);
    h_wait(w, 10 * H_S);
    for (uint32_t n = 1; n <= nodes; n++) {
        h_update(w, 0, &(h_bu){.home = h_home(n), .care_of = h_care_of(n), .sequence = 1,
                               .lifetime_units = 100});
        if (n % 20 == 0) {
            h_wait(w, 2 * H_S);
            h_forget(w);
        }
    }
    h_wait(w, 2 * H_S);
    h_forget(w);
    return w;
}

static void stand_by(h_world *w, int agent)
{
    mip6_ha_stand_by(w->ha[agent], w->now);
    h_settle(w);
}

/* A neighbour asks: for its own address, or for a home address that it keeps. */
static int solicit(h_world *w, int agent, const mip6_addr *target)
{
    mip6_header h = {.src = h_addr("fe80::99"), .dst = mip6_addr_solicited_node(target),
                     .hop_limit = 255};
    mip6_message msg = {.kind = MIP6_MSG_NS, .u.nd = {.target = *target}};
    return h_send(w, agent, NULL, &h, &msg);
}

static void ask_everything(h_world *w, int agent)
{
    mip6_addr home = h_home(1);
    mip6_header h = {.src = h_care_of(7), .dst = mip6_addr_ha_anycast(&w->config[0].global)};
    mip6_message msg = {.kind = MIP6_MSG_DHAAD_REQUEST, .u.dhaad = {.id = 5}};
    h_send(w, agent, NULL, &h, &msg);
    h = (mip6_header){.src = h_addr("fe80::99"), .dst = mip6_addr_all_routers(), .hop_limit = 255};
    msg = (mip6_message){.kind = MIP6_MSG_RS};
    h_send(w, agent, NULL, &h, &msg);
    solicit(w, agent, &w->config[agent].global);
    solicit(w, agent, &w->config[agent].link_local);
    solicit(w, agent, &home);
    h_update(w, agent, &(h_bu){.home = home, .care_of = h_care_of(2), .sequence = 9,
                               .lifetime_units = 100});
    h_update(w, agent, &(h_bu){.home = h_home(3), .care_of = h_care_of(3), .sequence = 9,
                               .lifetime_units = 100});
}

Test(proto_ha_standby, it_sends_nothing_whatever_comes)
{
    h_world *w = bound(1);
    mip6_binding_info info;
    mip6_addr home = h_home(1), other = h_home(3);
    stand_by(w, 0);
    h_forget(w);
    ask_everything(w, 0);
    h_wait(w, 100 * H_S);
    cr_assert_eq(sent(w, 0, MIP6_MSG_NONE), 0);
    cr_assert(mip6_ha_find(w->ha[0], &home, &info));
    cr_assert_eq(info.sequence, 1, "an update changes nothing");
    cr_assert_not(mip6_ha_find(w->ha[0], &other, &info));
    cr_assert_eq(forward(w, 0, 1), MIP6_DROP);
    h_free_world(w);
}

Test(proto_ha_standby, the_same_is_answered_where_it_serves)
{
    h_world *w = bound(1);
    ask_everything(w, 0);
    h_wait(w, 10 * H_S);
    cr_assert_eq(sent(w, 0, MIP6_MSG_DHAAD_REPLY), 1);
    cr_assert_geq(sent(w, 0, MIP6_MSG_NA), 3);
    cr_assert_eq(sent(w, 0, MIP6_MSG_BA), 2);
    cr_assert_geq(sent(w, 0, MIP6_MSG_RA), 3);
    cr_assert_eq(forward(w, 0, 1), MIP6_SEND_ON);
    h_free_world(w);
}

Test(proto_ha_standby, it_serves_again_with_what_it_had)
{
    h_world *w = bound(1);
    stand_by(w, 0);
    h_wait(w, 50 * H_S);
    h_forget(w);
    mip6_ha_start(w->ha[0], w->now);
    h_settle(w);
    cr_assert_eq(forward(w, 0, 1), MIP6_SEND_ON);
    cr_assert_eq(sent(w, 0, MIP6_MSG_NA), 2, "its own two addresses: RFC 5798 (395)");
    for (size_t i = 0; i < w->n_log; i++) {
        const mip6_nd *na = &w->log[i].msg.u.nd;
        if (w->log[i].action.kind == MIP6_ACTION_SEND)
            cr_assert(na->router && na->override && !na->solicited &&
                      mip6_lladdr_equal(&na->lladdr, &w->config[0].lladdr));
    }
    h_forget(w);
    ask_everything(w, 0);
    h_wait(w, 10 * H_S);
    cr_assert_eq(sent(w, 0, MIP6_MSG_DHAAD_REPLY), 1);
    cr_assert_geq(sent(w, 0, MIP6_MSG_RA), 3);
    h_free_world(w);
}

/* It has heard the others meanwhile, and forgotten those that fell silent. */
Test(proto_ha_standby, it_knows_the_other_agents)
{
    h_world *w = h_new(3, "static-dhaad", MIP6_PROFILE_SAFE);
    mip6_addr out[MIP6_DHAAD_MAX], home = h_home(1);
    h_init(w);
    stand_by(w, 0);
    mip6_ha_start(w->ha[1], w->now);
    mip6_ha_start(w->ha[2], w->now);
    h_settle(w);
    h_wait(w, 10 * H_S);
    mip6_ha_stop(w->ha[2], w->now);
    h_settle(w);
    mip6_ha_start(w->ha[0], w->now);
    h_settle(w);
    cr_assert_eq(mip6_ha_dhaad_addresses(w->ha[0], &home, 1, out), 2);
    h_free_world(w);
}

Test(proto_ha_standby, bindings_expire_and_a_registration_under_way_ends_in_silence)
{
    h_world *w = bound(1);
    mip6_binding_info info;
    mip6_addr home = h_home(1), other = h_home(3);
    h_update(w, 0, &(h_bu){.home = other, .care_of = h_care_of(3), .sequence = 9,
                           .lifetime_units = 100});
    stand_by(w, 0);
    h_forget(w);
    h_wait(w, 2 * H_S);
    cr_assert_not(mip6_ha_find(w->ha[0], &other, &info));
    cr_assert(mip6_ha_find(w->ha[0], &home, &info));
    h_wait(w, 400 * H_S);
    cr_assert_not(mip6_ha_find(w->ha[0], &home, &info));
    cr_assert_eq(sent(w, 0, MIP6_MSG_NONE), 0);
    h_free_world(w);
}

/* What each way has the host do, by the number of bindings. */
static void count_actions(uint32_t nodes, size_t *down, size_t *up)
{
    h_world *w = bound(nodes);
    stand_by(w, 0);
    *down = w->n_log;
    h_forget(w);
    mip6_ha_start(w->ha[0], w->now);
    h_settle(w);
    *up = w->n_log;
    h_free_world(w);
}

Test(proto_ha_standby, neither_way_costs_more_for_more_bindings)
{
    size_t down[2], up[2];
    count_actions(1, &down[0], &up[0]);
    count_actions(400, &down[1], &up[1]);
    cr_assert_eq(down[0], down[1]);
    cr_assert_eq(up[0], up[1]);
    cr_assert_eq(up[0], 6, "four groups, two advertisements");
}

/* Groups are left as often as they are joined. */
Test(proto_ha_standby, groups_are_joined_once)
{
    h_world *w = h_new(1, "static-dhaad", MIP6_PROFILE_SAFE);
    h_init(w);
    for (int k = 0; k < 3; k++) {
        stand_by(w, 0);
        stand_by(w, 0);
        mip6_ha_start(w->ha[0], w->now);
        mip6_ha_start(w->ha[0], w->now);
        h_settle(w);
    }
    mip6_ha_stop(w->ha[0], w->now);
    h_settle(w);
    for (size_t i = 0; i < w->n_log; i++) {
        int balance = 0;
        for (size_t k = 0; k < w->n_log; k++)
            if (mip6_addr_equal(&w->log[k].action.addr, &w->log[i].action.addr)) {
                balance += w->log[k].action.kind == MIP6_ACTION_JOIN;
                balance -= w->log[k].action.kind == MIP6_ACTION_LEAVE;
                cr_assert(balance >= 0 && balance <= 2, "its two addresses share a group");
            }
        cr_assert_eq(balance, 0);
    }
    h_free_world(w);
}

/* A switch was out when it began to stand by: nobody is told again. */
Test(proto_ha_standby, what_is_due_later_is_not_sent)
{
    h_world *w = bound(1);
    mip6_ha_stop(w->ha[0], w->now);
    h_settle(w);
    h_wait(w, H_S);
    cr_assert_eq(sent(w, 0, MIP6_MSG_HAS), 1, "a leaving agent tells its node");
    stand_by(w, 0);
    h_forget(w);
    h_wait(w, 60 * H_S);
    cr_assert_eq(sent(w, 0, MIP6_MSG_NONE), 0);
    h_free_world(w);
}

Test(proto_ha_standby, an_idle_one_needs_no_time)
{
    h_world *w = h_new(1, "static-dhaad", MIP6_PROFILE_SAFE);
    h_boot(w);
    h_wait(w, 10 * H_S);
    cr_assert_neq(mip6_ha_next_expiry(w->ha[0]), MIP6_NEVER);
    stand_by(w, 0);
    cr_assert_eq(mip6_ha_next_expiry(w->ha[0]), MIP6_NEVER);
    h_free_world(w);
}
