/* Registration with a home agent: every status, DAD, sequence numbers, lifetimes,
 * deregistration. RFC 6275 sections 9.5.1, 10.3.1, 10.3.2.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "ha_harness.h"

static h_world *one(void)
{
    h_world *w = h_new(1, "static-dhaad", MIP6_PROFILE_SAFE);
    h_boot(w);
    h_forget(w);
    return w;
}

static const mip6_ba *last_ba(const h_world *w)
{
    return &h_last(w, 0, MIP6_MSG_BA)->msg.u.ba;
}

Test(proto_ha_register, first_registration_waits_for_dad)
{
    h_world *w = one();
    mip6_addr home = h_home(7), coa = h_care_of(7);
    mip6_addr group = mip6_addr_solicited_node(&home);
    cr_assert_eq(h_register(w, 0, 7, 100), 0);
    cr_assert_eq(h_actions(w, 0, MIP6_ACTION_JOIN, &group), 1);
    const h_act *probe = h_last(w, 0, MIP6_MSG_NS);
    cr_assert(mip6_addr_is_unspecified(&probe->h.src));
    cr_assert(mip6_addr_equal(&probe->h.dst, &group));
    cr_assert(mip6_addr_equal(&probe->msg.u.nd.target, &home));
    cr_assert_eq(h_count(w, 0, MIP6_MSG_BA), 0);
    cr_assert_eq(h_figures(w, 0).mn_count, 0);

    h_wait(w, H_S - 1);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_BA), 0);
    h_wait(w, 1);
    const h_act *ba = h_last(w, 0, MIP6_MSG_BA);
    cr_assert_eq(ba->msg.u.ba.status, 0);
    cr_assert_eq(ba->msg.u.ba.sequence, 100);
    cr_assert_eq(ba->msg.u.ba.lifetime_units, 30);
    cr_assert(mip6_addr_equal(&ba->h.dst, &coa));
    cr_assert(ba->h.has_final && mip6_addr_equal(&ba->h.final, &home));
    cr_assert_not(ba->msg.u.ba.opt.has_refresh);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_NS), 1);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_BA), 1);
    cr_assert_eq(h_actions(w, 0, MIP6_ACTION_PROXY_START, &home), 1);
    cr_assert_eq(h_actions(w, 0, MIP6_ACTION_TUNNEL_SET, &home), 1);
    const h_act *na = h_last(w, 0, MIP6_MSG_NA);
    mip6_addr all = mip6_addr_all_nodes();
    cr_assert(mip6_addr_equal(&na->h.dst, &all));
    cr_assert(na->msg.u.nd.override && !na->msg.u.nd.solicited && !na->msg.u.nd.router);
    cr_assert(mip6_lladdr_equal(&na->msg.u.nd.lladdr, &w->config[0].lladdr));
    cr_assert_eq(h_figures(w, 0).mn_count, 1);
    cr_assert_eq(h_last_trace(w, 0, MIP6_TRACE_BINDING_NEW)->value, 100);
    h_free_world(w);
}

Test(proto_ha_register, retransmission_during_dad_moves_the_number_alone)
{
    h_world *w = one();
    h_register(w, 0, 7, 100);
    h_wait(w, H_S / 2);
    h_register(w, 0, 7, 101);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_BA), 0);
    h_wait(w, H_S / 2);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_BA), 1);
    cr_assert_eq(last_ba(w)->sequence, 101);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_NS), 1);
    h_free_world(w);
}

Test(proto_ha_register, dad_fails_on_an_advertisement)
{
    h_world *w = one();
    mip6_addr home = h_home(7), group = mip6_addr_solicited_node(&home);
    mip6_lladdr other = {{2, 0, 0, 0, 5, 5}};
    h_register(w, 0, 7, 100);
    h_wait(w, H_S / 2);
    h_override_na(w, 0, &home, &other);
    cr_assert_eq(last_ba(w)->status, MIP6_STATUS_DAD_FAILED);
    cr_assert_eq(last_ba(w)->lifetime_units, 0);
    cr_assert_eq(h_actions(w, 0, MIP6_ACTION_LEAVE, &group), 1);
    cr_assert_eq(h_last_trace(w, 0, MIP6_TRACE_BINDING_GONE)->code, MIP6_GONE_DAD);
    mip6_binding_info info;
    cr_assert_not(h_find(w, 0, 7, &info));
    h_wait(w, 2 * H_S);
    cr_assert_eq(h_actions(w, 0, MIP6_ACTION_PROXY_START, NULL), 0);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_BA), 1);
    h_free_world(w);
}

/* RFC 4862 5.4.3: two who try at once both fail. */
Test(proto_ha_register, dad_fails_on_another_probe)
{
    h_world *w = one();
    mip6_addr home = h_home(7);
    mip6_lladdr other = {{2, 0, 0, 0, 5, 5}};
    h_register(w, 0, 7, 100);
    h_probe(w, 0, &home, &other);
    cr_assert_eq(last_ba(w)->status, MIP6_STATUS_DAD_FAILED);
    h_free_world(w);
}

Test(proto_ha_register, link_local_compatibility_tests_and_defends_both)
{
    h_world *w = one();
    h_bu b = {.home = h_home(7), .care_of = h_care_of(7), .sequence = 1, .lifetime_units = 30,
              .flags = MIP6_BU_LINK_LOCAL};
    mip6_addr ll = h_home(7);
    memset(ll.b, 0, 8);
    ll.b[0] = 0xfe, ll.b[1] = 0x80;
    mip6_lladdr other = {{2, 0, 0, 0, 5, 5}};
    h_update(w, 0, &b);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_NS), 2);
    h_wait(w, H_S);
    cr_assert_eq(last_ba(w)->status, 0);
    cr_assert_eq(h_actions(w, 0, MIP6_ACTION_PROXY_START, &ll), 1);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_NA), 2);
    h_forget(w);
    h_probe(w, 0, &ll, &other);
    cr_assert(mip6_addr_equal(&h_last(w, 0, MIP6_MSG_NA)->msg.u.nd.target, &ll));
    /* Without L the link-local address is nobody's. */
    h_bound(w, 0, 8);
    ll.b[15] = 8;
    h_probe(w, 0, &ll, &other);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_NA), 0);
    h_free_world(w);
}

Test(proto_ha_register, dad_off_answers_at_once)
{
    h_world *w = h_new(1, "static-dhaad", MIP6_PROFILE_SAFE);
    w->config[0].dad = false;
    h_boot(w);
    h_register(w, 0, 7, 100);
    cr_assert_eq(last_ba(w)->status, 0);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_NS), 0);
    h_free_world(w);
}

Test(proto_ha_register, security_association_delays_the_first_answer_alone)
{
    h_world *w = h_new(1, "static-dhaad", MIP6_PROFILE_SAFE);
    w->config[0].sa_setup_delay_ns = 500 * H_MS;
    h_boot(w);
    h_register(w, 0, 7, 100);
    h_wait(w, 1500 * H_MS - 1);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_BA), 0);
    h_wait(w, 1);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_BA), 1);
    h_register(w, 0, 7, 101);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_BA), 2);
    h_free_world(w);
}

Test(proto_ha_register, refresh_is_answered_at_once_and_moves_the_care_of_address)
{
    h_world *w = one();
    h_bound(w, 0, 7);
    h_bu b = {.home = h_home(7), .care_of = h_care_of(99), .sequence = 2, .lifetime_units = 50};
    h_wait(w, 60 * H_S);
    h_update(w, 0, &b);
    cr_assert_eq(last_ba(w)->status, 0);
    cr_assert_eq(last_ba(w)->lifetime_units, 50);
    cr_assert_eq(h_actions(w, 0, MIP6_ACTION_TUNNEL_SET, &b.home), 1);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_NS), 0);
    cr_assert_eq(h_traced(w, 0, MIP6_TRACE_BINDING_REFRESHED), 1);
    mip6_binding_info info;
    cr_assert(h_find(w, 0, 7, &info));
    cr_assert(mip6_addr_equal(&info.care_of, &b.care_of));
    cr_assert_eq(info.expires_ns, w->now + 200 * H_S);
    h_free_world(w);
}

Test(proto_ha_register, binding_ends_with_its_lifetime)
{
    h_world *w = one();
    mip6_addr home = h_home(7);
    h_bound(w, 0, 7);
    h_wait(w, 60 * H_S);
    h_register(w, 0, 7, 2);
    h_forget(w);
    h_wait(w, 120 * H_S - 1);
    cr_assert_eq(h_figures(w, 0).mn_count, 1);
    h_wait(w, 1);
    cr_assert_eq(h_figures(w, 0).mn_count, 0);
    cr_assert_eq(h_last_trace(w, 0, MIP6_TRACE_BINDING_GONE)->code, MIP6_GONE_EXPIRED);
    cr_assert_eq(h_actions(w, 0, MIP6_ACTION_PROXY_STOP, &home), 1);
    cr_assert_eq(h_actions(w, 0, MIP6_ACTION_TUNNEL_GONE, &home), 1);
    mip6_addr group = mip6_addr_solicited_node(&home);
    cr_assert_eq(h_actions(w, 0, MIP6_ACTION_LEAVE, &group), 1);
    h_free_world(w);
}

/* More than the ring of intents holds: poll goes on where expire had to stop. */
Test(proto_ha_register, a_thousand_bindings_end_at_one_instant)
{
    enum { N = 1000 };
    h_world *w = one();
    for (uint32_t n = 0; n < N; n++)
        h_register(w, 0, n, 1);
    h_forget(w);
    h_wait(w, H_S);
    cr_assert_eq(h_figures(w, 0).mn_count, N);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_BA), N);
    h_forget(w);
    h_wait(w, 119 * H_S);
    h_forget(w);
    w->now += H_S;
    mip6_ha_expire(w->ha[0], w->now);
    h_settle(w);
    cr_assert_gt(mip6_ha_next_expiry(w->ha[0]), w->now, "one expire is enough");
    cr_assert_eq(h_figures(w, 0).mn_count, 0);
    cr_assert_eq(h_actions(w, 0, MIP6_ACTION_PROXY_STOP, NULL), N);
    cr_assert_eq(h_actions(w, 0, MIP6_ACTION_LEAVE, NULL), N);
    cr_assert_eq(h_actions(w, 0, MIP6_ACTION_TUNNEL_GONE, NULL), N);
    h_free_world(w);
}

/* A host that does not poll is told so, and nothing is half done. */
Test(proto_ha_register, a_full_ring_refuses_packets)
{
    h_world *w = one();
    uint8_t buf[MIP6_MAX_PACKET];
    mip6_header h = {.src = h_care_of(1), .dst = w->config[0].global, .hop_limit = 64,
                     .has_home = true};
    mip6_rx rx = {.ifindex = 1, .src = {{2, 0, 0, 0, 9, 9}}};
    int result = 0;
    uint32_t n = 0;
    for (; result == 0; n++) {
        h.home = h_home(n);
        mip6_message msg = {.kind = MIP6_MSG_BU};
        msg.u.bu = (mip6_bu){.sequence = 1, .flags = MIP6_BU_HOME, .lifetime_units = 9};
        int len = mip6_encode(buf, sizeof buf, &h, &msg);
        result = mip6_ha_receive(w->ha[0], &rx, buf, (size_t)len, w->now);
        cr_assert_lt(n, (uint32_t)MIP6_HA_RING);
    }
    cr_assert_eq(result, MIP6_ERR_FULL);
    cr_assert_eq(w->ha[0]->bindings.count, n - 1);
    h_settle(w);
    cr_assert_eq(h_register(w, 0, n, 1), 0);
    h_free_world(w);
}

Test(proto_ha_register, lifetime_is_bounded_by_the_agent_and_by_the_prefix)
{
    h_world *w = h_new(1, "static-dhaad", MIP6_PROFILE_SAFE);
    w->config[0].max_lifetime_s = 103;
    h_boot(w);
    h_register(w, 0, 7, 1);
    h_wait(w, H_S);
    cr_assert_eq(last_ba(w)->lifetime_units, 25);
    cr_assert_eq(last_ba(w)->status, 0);
    h_free_world(w);

    w = h_new(1, "static-dhaad", MIP6_PROFILE_SAFE);
    w->config[0].prefix_valid_s = 83;
    h_boot(w);
    h_register(w, 0, 7, 1);
    h_wait(w, H_S);
    cr_assert_eq(last_ba(w)->lifetime_units, 20);
    cr_assert_eq(last_ba(w)->status, MIP6_STATUS_PREFIX_DISCOVERY, "it ends with the binding");
    h_free_world(w);
}

Test(proto_ha_register, refresh_advice_is_a_share_of_the_lifetime)
{
    h_world *w = h_new(1, "static-dhaad", MIP6_PROFILE_SAFE);
    w->config[0].refresh_advice_ppm = 500000;
    h_boot(w);
    h_register(w, 0, 7, 1);
    h_wait(w, H_S);
    cr_assert(last_ba(w)->opt.has_refresh);
    cr_assert_eq(last_ba(w)->opt.refresh_units, 15);
    h_deregister(w, 0, 7, 2);
    cr_assert_not(last_ba(w)->opt.has_refresh, "10.3.2");
    h_free_world(w);
}

Test(proto_ha_register, status_132_outside_the_home_prefix)
{
    h_world *w = one();
    h_bu b = {.home = h_addr("2001:db8:1::5"), .care_of = h_care_of(7), .sequence = 9,
              .lifetime_units = 30};
    h_update(w, 0, &b);
    cr_assert_eq(last_ba(w)->status, MIP6_STATUS_NOT_HOME_SUBNET);
    cr_assert_eq(last_ba(w)->sequence, 9);
    cr_assert_eq(h_last_trace(w, 0, MIP6_TRACE_BINDING_REFUSED)->code, 132);
    h_free_world(w);
}

/* Bound to each other's home addresses, two nodes would make a loop. */
Test(proto_ha_register, status_174_for_a_care_of_address_on_the_home_link)
{
    h_world *w = one();
    h_bu b = {.home = h_home(7), .care_of = h_home(8), .sequence = 3, .lifetime_units = 9};
    h_update(w, 0, &b);
    cr_assert_eq(last_ba(w)->status, MIP6_STATUS_BAD_COA);
    cr_assert(mip6_addr_equal(&h_last(w, 0, MIP6_MSG_BA)->h.dst, &b.care_of), "the source, 9.5.4");
    cr_assert_eq(h_count(w, 0, MIP6_MSG_NS), 0);
    b.care_of = w->config[0].global;
    b.sequence++;
    h_update(w, 0, &b);
    cr_assert_eq(last_ba(w)->status, MIP6_STATUS_BAD_COA);
    h_free_world(w);
}

Test(proto_ha_register, status_130_at_the_bound_and_never_for_a_refresh)
{
    h_world *w = h_new(1, "static-dhaad", MIP6_PROFILE_SAFE);
    w->config[0].max_bindings = 2;
    h_boot(w);
    h_bound(w, 0, 1);
    h_register(w, 0, 2, 1);
    h_register(w, 0, 3, 1);
    cr_assert_eq(last_ba(w)->status, MIP6_STATUS_RESOURCES, "one bound, one in DAD");
    h_register(w, 0, 1, 2);
    cr_assert_eq(last_ba(w)->status, 0);
    h_wait(w, H_S);
    h_deregister(w, 0, 1, 3);
    h_register(w, 0, 3, 2);
    h_wait(w, H_S);
    cr_assert_eq(last_ba(w)->status, 0);
    h_free_world(w);
}

Test(proto_ha_register, status_133_without_a_binding)
{
    h_world *w = one();
    h_deregister(w, 0, 7, 5);
    cr_assert_eq(last_ba(w)->status, MIP6_STATUS_NOT_HOME_AGENT);
    cr_assert_eq(last_ba(w)->sequence, 5);
    h_free_world(w);
}

/* Source and care-of are the home address: a deletion, whatever the lifetime. */
Test(proto_ha_register, status_133_for_a_bu_without_home_address_option)
{
    h_world *w = one();
    h_bu b = {.home = h_addr("2001:db8:77::7"), .care_of = h_addr("2001:db8:77::7"),
              .sequence = 37, .lifetime_units = 3, .no_home_option = true};
    h_update(w, 0, &b);
    cr_assert_eq(last_ba(w)->status, MIP6_STATUS_NOT_HOME_AGENT);
    cr_assert_not(h_last(w, 0, MIP6_MSG_BA)->h.has_final, "9.5.4: no routing header");
    cr_assert_eq(h_count(w, 0, MIP6_MSG_NS), 0, "never a binding");
    h_free_world(w);
}

Test(proto_ha_register, registration_without_home_address_option_is_discarded)
{
    h_world *w = one();
    h_bu b = {.home = h_home(7), .care_of = h_care_of(7), .sequence = 1, .lifetime_units = 3,
              .no_home_option = true};
    cr_assert_eq(h_update(w, 0, &b), MIP6_ERR_IGNORED);
    cr_assert_eq(h_figures(w, 0).drops[MIP6_DROP_NOT_ACCEPTED], 1);
    cr_assert_eq(w->n_log, 0);
    h_free_world(w);
}

Test(proto_ha_register, status_135_is_a_window_of_half_the_numbers)
{
    const struct { uint16_t last, given; bool stale; } cases[] = {
        {15, 15, true},     {15, 14, true},    {15, 0, true},     {15, 65535, true},
        {15, 32783, true},  {15, 16, false},   {15, 32782, false}, {65535, 0, false},
        {65535, 65535, true}, {65535, 32767, true}, {65535, 32766, false}, {0, 65535, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        h_world *w = one();
        h_register(w, 0, 7, cases[i].last);
        h_wait(w, H_S);
        h_forget(w);
        h_register(w, 0, 7, cases[i].given);
        const mip6_ba *ba = last_ba(w);
        cr_assert_eq(ba->status, cases[i].stale ? MIP6_STATUS_SEQUENCE : 0, "case %zu", i);
        cr_assert_eq(ba->sequence, cases[i].stale ? cases[i].last : cases[i].given);
        cr_assert_eq(h_figures(w, 0).drops[MIP6_DROP_STALE_SEQUENCE], cases[i].stale);
        h_free_world(w);
    }
}

Test(proto_ha_register, status_139_without_h)
{
    h_world *w = one();
    h_bound(w, 0, 7);
    h_bu b = {.home = h_home(7), .care_of = h_care_of(7), .sequence = 2, .lifetime_units = 30,
              .not_home = true};
    h_update(w, 0, &b);
    cr_assert_eq(last_ba(w)->status, MIP6_STATUS_TYPE_CHANGE);
    b.home = h_home(8);
    cr_assert_eq(h_update(w, 0, &b), MIP6_ERR_IGNORED, "an agent is no correspondent");
    h_free_world(w);
}

Test(proto_ha_register, status_129_for_an_agents_own_address)
{
    h_world *w = h_new(2, "static-dhaad", MIP6_PROFILE_SAFE);
    h_boot(w);
    h_wait(w, 4 * H_S);
    h_bu b = {.home = w->config[0].global, .care_of = h_care_of(7), .sequence = 2,
              .lifetime_units = 30};
    h_update(w, 0, &b);
    cr_assert_eq(last_ba(w)->status, MIP6_STATUS_PROHIBITED);
    b.home = w->config[1].global;
    h_update(w, 0, &b);
    cr_assert_eq(last_ba(w)->status, MIP6_STATUS_PROHIBITED);
    h_free_world(w);
}

Test(proto_ha_register, deregistration_keeps_the_number_for_ten_seconds)
{
    h_world *w = one();
    mip6_addr home = h_home(7);
    h_bound(w, 0, 7);
    h_wait(w, 2 * H_S);
    h_deregister(w, 0, 7, 9);
    cr_assert_eq(last_ba(w)->status, 0);
    cr_assert_eq(last_ba(w)->lifetime_units, 0);
    cr_assert_eq(h_actions(w, 0, MIP6_ACTION_PROXY_STOP, &home), 1);
    cr_assert_eq(h_actions(w, 0, MIP6_ACTION_TUNNEL_GONE, &home), 1);
    cr_assert_eq(h_figures(w, 0).mn_count, 0);
    mip6_binding_info info;
    cr_assert_not(h_find(w, 0, 7, &info));
    /* 10.3.2: one that was delayed on its way must not come back to life. */
    h_register(w, 0, 7, 8);
    cr_assert_eq(last_ba(w)->status, MIP6_STATUS_SEQUENCE);
    h_deregister(w, 0, 7, 10);
    cr_assert_eq(last_ba(w)->status, MIP6_STATUS_NOT_HOME_AGENT);
    h_wait(w, 10 * H_S);
    h_register(w, 0, 7, 8);
    h_wait(w, H_S);
    cr_assert_eq(last_ba(w)->status, 0, "9.5.1: without an entry any number will do");
    h_free_world(w);
}

Test(proto_ha_register, bindings_are_met_once_each)
{
    enum { N = 100 };
    h_world *w = one();
    for (uint32_t n = 0; n < N; n++)
        h_bound(w, 0, n);
    h_deregister(w, 0, 7, 2);
    bool met[N] = {false};
    uint32_t count = 0;
    mip6_binding_info b;
    for (bool any = mip6_ha_next(w->ha[0], NULL, &b); any;
         any = mip6_ha_next(w->ha[0], &b.home, &b), count++)
        for (uint32_t n = 0; n < N; n++) {
            mip6_addr home = h_home(n);
            if (mip6_addr_equal(&home, &b.home)) {
                cr_assert(!met[n] && n != 7);
                met[n] = true;
            }
        }
    cr_assert_eq(count, N - 1u);
    h_free_world(w);
}

Test(proto_ha_register, return_home_is_answered_on_the_link)
{
    h_world *w = one();
    h_bound(w, 0, 7);
    h_bu b = {.home = h_home(7), .care_of = h_home(7), .sequence = 2, .no_home_option = true,
              .from = {{2, 0, 0, 0, 7, 7}}};
    h_update(w, 0, &b);
    const h_act *ba = h_last(w, 0, MIP6_MSG_BA);
    cr_assert_eq(ba->msg.u.ba.status, 0);
    cr_assert(mip6_addr_equal(&ba->h.dst, &b.home));
    cr_assert_not(ba->h.has_final);
    cr_assert(ba->action.has_lladdr && mip6_lladdr_equal(&ba->action.dst, &b.from));
    h_free_world(w);
}

Test(proto_ha_register, at_most_three_answers_a_second)
{
    h_world *w = one();
    h_bound(w, 0, 7);
    h_wait(w, 2 * H_S);
    for (uint16_t i = 0; i < 10; i++)
        h_register(w, 0, 7, (uint16_t)(2 + i));
    cr_assert_eq(h_count(w, 0, MIP6_MSG_BA), 3);
    cr_assert_eq(h_figures(w, 0).drops[MIP6_DROP_RATE_LIMITED], 7);
    mip6_binding_info info;
    cr_assert(h_find(w, 0, 7, &info));
    cr_assert_eq(info.sequence, 11, "they were accepted all the same");
    for (uint16_t i = 0; i < 10; i++)
        h_deregister(w, 0, 8, i);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_BA), 6, "and without a binding too");
    h_wait(w, 1010 * H_MS);
    h_register(w, 0, 7, 12);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_BA), 7);
    h_free_world(w);
}

Test(proto_ha_register, stopping_gives_everything_back)
{
    h_world *w = one();
    for (uint32_t n = 0; n < 300; n++)
        h_register(w, 0, n, 1);
    h_wait(w, H_S);
    cr_assert_eq(h_figures(w, 0).mn_count, 300);
    h_forget(w);
    mip6_ha_stop(w->ha[0], w->now);
    h_settle(w);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_RA), 1);
    cr_assert_eq(h_last(w, 0, MIP6_MSG_RA)->msg.u.ra.router_lifetime_s, 0);
    cr_assert_eq(h_actions(w, 0, MIP6_ACTION_SEND, NULL), 1, "nothing else on the wire");
    cr_assert_eq(h_actions(w, 0, MIP6_ACTION_PROXY_STOP, NULL), 256, "a lot at one instant");
    h_wait(w, H_MS);
    cr_assert_eq(h_actions(w, 0, MIP6_ACTION_PROXY_STOP, NULL), 300);
    cr_assert_eq(h_figures(w, 0).mn_count, 0);
    cr_assert_eq(mip6_ha_next_expiry(w->ha[0]), MIP6_NEVER);
    cr_assert_eq(h_register(w, 0, 1, 2), MIP6_ERR_IGNORED);
    h_free_world(w);
}
