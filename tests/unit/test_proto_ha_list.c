/* Advertisements, the Home Agents List, and discovery. RFC 6275 sections 7, 10.5;
 * draft-deng sections 5 to 7; PROTOCOL 3.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "ha_harness.h"

static const mip6_ra *last_ra(const h_world *w, int agent)
{
    return &h_last(w, agent, MIP6_MSG_RA)->msg.u.ra;
}

/* What other agents know of one. */
static const mip6_peer *peer_at(const h_world *w, int agent, const mip6_addr *global)
{
    int i = mip6_ha_peer_of(w->ha[agent], global);
    return i < 0 ? NULL : &w->ha[agent]->peers[i];
}

static void queue_of_a_fifth(h_world *w, int agent)
{
    h_queue(w, agent, 50, 75000);
}

Test(proto_ha_list, advertisement_says_what_it_must)
{
    h_world *w = h_new(1, "hybrid", MIP6_PROFILE_LITERAL);
    w->config[0].preference = 12;
    w->config[0].capacity_kbps = 10000;
    h_boot(w);
    queue_of_a_fifth(w, 0);
    h_wait(w, H_S);
    const h_act *act = h_last(w, 0, MIP6_MSG_RA);
    const mip6_ra *ra = &act->msg.u.ra;
    mip6_addr all = mip6_addr_all_nodes();
    cr_assert(mip6_addr_equal(&act->h.dst, &all));
    cr_assert(mip6_addr_equal(&act->h.src, &w->config[0].link_local));
    cr_assert_eq(act->h.hop_limit, 255);
    cr_assert_eq(ra->flags, MIP6_RA_HOME_AGENT, "253: L is not set");
    cr_assert_eq(ra->router_lifetime_s, 9, "3 x Max = 9 x Min");
    cr_assert(ra->has_slla && mip6_lladdr_equal(&ra->slla, &w->config[0].lladdr));
    cr_assert_eq(ra->n_prefixes, 1);
    cr_assert(ra->prefixes[0].router_address && ra->prefixes[0].on_link);
    cr_assert(mip6_addr_equal(&ra->prefixes[0].prefix, &w->config[0].global), "a whole address");
    cr_assert(ra->has_interval);
    cr_assert_eq(ra->interval_ms, 3000);
    cr_assert(ra->has_ha_info);
    cr_assert_eq(ra->ha_preference, 12);
    cr_assert_eq(ra->ha_lifetime_s, 9);
    cr_assert(ra->has_load);
    cr_assert_eq(ra->load_queue, 32767, "half of the reference");
    cr_assert_eq(ra->load_mn_count, 0);
    cr_assert_not(ra->has_capacity, "tuned alone");
    h_free_world(w);
}

Test(proto_ha_list, default_preference_needs_no_option)
{
    h_world *w = h_new(1, "hybrid", MIP6_PROFILE_TUNED);
    w->config[0].capacity_kbps = 10000;
    h_boot(w);
    h_wait(w, H_S);
    cr_assert_not(last_ra(w, 0)->has_ha_info, "7.4: SHOULD NOT where both are defaults");
    cr_assert(last_ra(w, 0)->has_capacity);
    cr_assert_eq(last_ra(w, 0)->capacity_kbps, 10000);
    h_free_world(w);
}

Test(proto_ha_list, static_dhaad_advertises_no_load_at_the_same_interval)
{
    size_t sent[2];
    for (int i = 0; i < 2; i++) {
        h_world *w = h_new(1, i ? "hybrid" : "static-dhaad", MIP6_PROFILE_SAFE);
        h_boot(w);
        h_wait(w, 400 * H_S);
        sent[i] = h_count(w, 0, MIP6_MSG_RA);
        cr_assert_eq(last_ra(w, 0)->has_load, i == 1);
        h_free_world(w);
    }
    cr_assert_eq(sent[0], sent[1], "draws of one purpose shift no other's");
}

Test(proto_ha_list, interval_is_uniform_between_min_and_three_min)
{
    h_world *w = h_new(1, "hybrid", MIP6_PROFILE_SAFE);
    h_boot(w);
    h_wait(w, 2000 * H_S);
    int64_t last = -1, least = MIP6_NEVER, most = 0, sum = 0, n = 0;
    for (size_t i = 0; i < w->n_log; i++) {
        if (w->log[i].action.message != MIP6_MSG_RA)
            continue;
        if (last >= 0) {
            int64_t gap = w->log[i].at_ns - last;
            least = gap < least ? gap : least;
            most = gap > most ? gap : most;
            sum += gap;
            n++;
        } else {
            cr_assert_leq(w->log[i].at_ns, H_S, "the first one soon");
        }
        last = w->log[i].at_ns;
    }
    cr_assert(least >= H_S && least < H_S + 20 * H_MS, "%ld", (long)least);
    cr_assert(most <= 3 * H_S && most > 3 * H_S - 20 * H_MS, "%ld", (long)most);
    cr_assert(sum / n > 1940 * H_MS && sum / n < 2060 * H_MS, "%ld", (long)(sum / n));
    h_free_world(w);
}

Test(proto_ha_list, solicitation_brings_the_next_one_forward)
{
    h_world *w = h_new(1, "hybrid", MIP6_PROFILE_SAFE);
    w->config[0].ra_min_ns = 10 * H_S;
    h_boot(w);
    h_wait(w, 25 * H_S);
    int64_t last = h_last(w, 0, MIP6_MSG_RA)->at_ns;
    mip6_header h = {.src = h_addr("fe80::99"), .dst = mip6_addr_all_routers(), .hop_limit = 255};
    mip6_message msg = {.kind = MIP6_MSG_RS};
    for (int i = 0; i < 20; i++)
        cr_assert_eq(h_send(w, 0, NULL, &h, &msg), 0);
    int64_t due = w->now > last + 10 * H_S ? w->now : last + 10 * H_S;
    h_forget(w);
    h_run(w, due + H_S / 2);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_RA), 1, "one for all of them");
    cr_assert_geq(h_last(w, 0, MIP6_MSG_RA)->at_ns, last + 10 * H_S);
    /* Long after the last one it comes within half a second, not at once. */
    const mip6_ha *ha = w->ha[0];
    while (w->now < ha->last_ra_ns + 10 * H_S || ha->ra_ns < w->now + H_S)
        h_wait(w, H_S);
    int64_t asked = w->now;
    h_forget(w);
    h_send(w, 0, NULL, &h, &msg);
    h_wait(w, H_S / 2);
    cr_assert_gt(h_last(w, 0, MIP6_MSG_RA)->at_ns, asked);
    h_free_world(w);
}

Test(proto_ha_list, agents_learn_each_other)
{
    h_world *w = h_new(3, "hybrid", MIP6_PROFILE_LITERAL);
    h_boot(w);
    queue_of_a_fifth(w, 2);
    h_wait(w, 3 * H_S);
    for (int i = 0; i < 3; i++)
        cr_assert_eq(h_figures(w, i).peers, 2);
    const mip6_peer *p = peer_at(w, 0, &w->config[2].global);
    cr_assert(p && p->has_load);
    cr_assert_eq(p->queue, 32767);
    cr_assert_leq(w->now - p->reported_at_ns, 3 * H_S);
    cr_assert_eq(h_traced(w, 0, MIP6_TRACE_PEER_NEW), 2);
    h_free_world(w);
}

Test(proto_ha_list, entry_expires_with_its_lifetime)
{
    h_world *w = h_new(1, "hybrid", MIP6_PROFILE_SAFE);
    h_boot(w);
    h_report(w, 0, 1, 5, 5);
    int64_t heard = w->now;
    h_run(w, heard + 9 * H_S - 1);
    cr_assert_eq(h_figures(w, 0).peers, 1);
    h_run(w, heard + 9 * H_S);
    cr_assert_eq(h_figures(w, 0).peers, 0);
    cr_assert_eq(h_last_trace(w, 0, MIP6_TRACE_PEER_GONE)->code, 0);
    h_free_world(w);
}

/* An RA of an agent, with changes. */
static void advertise(h_world *w, uint8_t who, uint8_t flags, uint16_t lifetime_s,
                      uint32_t valid_s, const uint16_t info[2])
{
    mip6_lladdr ll = {{2, 0, 0, 0, 2, who}};
    mip6_header h = {.src = mip6_addr_link_local(&ll), .dst = mip6_addr_all_nodes(),
                     .hop_limit = 255};
    mip6_message msg = {.kind = MIP6_MSG_RA};
    msg.u.ra = (mip6_ra){.flags = flags, .router_lifetime_s = lifetime_s, .n_prefixes = 1};
    msg.u.ra.prefixes[0] = (mip6_prefix_info){.prefix = h_reporter(who), .length = 64,
                                              .router_address = true, .valid_s = valid_s,
                                              .preferred_s = valid_s};
    if (info) {
        msg.u.ra.has_ha_info = true;
        msg.u.ra.ha_preference = info[0];
        msg.u.ra.ha_lifetime_s = info[1];
    }
    h_send(w, 0, &ll, &h, &msg);
}

Test(proto_ha_list, h_clear_or_lifetime_zero_deletes_an_entry)
{
    h_world *w = h_new(1, "hybrid", MIP6_PROFILE_SAFE);
    h_boot(w);
    advertise(w, 1, 0, 9, 100, NULL);
    advertise(w, 1, MIP6_RA_HOME_AGENT, 0, 100, NULL);
    cr_assert_eq(h_figures(w, 0).peers, 0);
    advertise(w, 1, MIP6_RA_HOME_AGENT, 9, 100, NULL);
    cr_assert_eq(h_figures(w, 0).peers, 1);
    advertise(w, 1, 0, 9, 100, NULL);
    cr_assert_eq(h_figures(w, 0).peers, 0);
    cr_assert_eq(h_last_trace(w, 0, MIP6_TRACE_PEER_GONE)->code, 2);
    advertise(w, 1, MIP6_RA_HOME_AGENT, 9, 100, NULL);
    advertise(w, 1, MIP6_RA_HOME_AGENT, 0, 100, NULL);
    cr_assert_eq(h_last_trace(w, 0, MIP6_TRACE_PEER_GONE)->code, 1);
    /* The option's lifetime goes before the router's. */
    advertise(w, 1, MIP6_RA_HOME_AGENT, 0, 100, (const uint16_t[]){3, 20});
    h_wait(w, 19 * H_S);
    cr_assert_eq(h_figures(w, 0).peers, 1);
    h_wait(w, H_S);
    cr_assert_eq(h_figures(w, 0).peers, 0);
    h_free_world(w);
}

Test(proto_ha_list, address_goes_with_its_prefix)
{
    h_world *w = h_new(1, "hybrid", MIP6_PROFILE_SAFE);
    h_boot(w);
    mip6_addr global = h_reporter(1);
    advertise(w, 1, MIP6_RA_HOME_AGENT, 30, 5, NULL);
    cr_assert_not_null(peer_at(w, 0, &global));
    h_wait(w, 5 * H_S - 1);
    cr_assert_not_null(peer_at(w, 0, &global));
    h_wait(w, 1);
    cr_assert_null(peer_at(w, 0, &global));
    cr_assert_eq(h_figures(w, 0).peers, 1, "the entry stays");
    h_free_world(w);
}

Test(proto_ha_list, the_list_is_bounded)
{
    h_world *w = h_new(1, "hybrid", MIP6_PROFILE_SAFE);
    h_boot(w);
    mip6_header h = {.dst = mip6_addr_all_nodes(), .hop_limit = 255};
    mip6_message msg = {.kind = MIP6_MSG_RA};
    msg.u.ra = (mip6_ra){.flags = MIP6_RA_HOME_AGENT, .router_lifetime_s = 9};
    for (unsigned i = 0; i < 300; i++) {
        h.src = h_addr("fe80::1:0:0");
        mip6_put32(h.src.b + 12, i);
        h_send(w, 0, NULL, &h, &msg);
    }
    cr_assert_eq(h_figures(w, 0).peers, MIP6_HA_MAX_PEERS);
    h_run(w, w->now + 9 * H_S);
    cr_assert_eq(h_figures(w, 0).peers, 0);
    h_free_world(w);
}

/* ---- The option as the draft prints it ---- */

static h_world *printed(int n)
{
    h_world *w = h_new(n, "hybrid", MIP6_PROFILE_LITERAL);
    w->tuning.load_option = MIP6_LOAD_OPTION_8;
    return w;
}

Test(proto_ha_list, option_8_carries_load_in_home_agent_informations_bytes)
{
    h_world *w = printed(2);
    w->config[0].preference = 12;
    h_boot(w);
    queue_of_a_fifth(w, 0);
    h_wait(w, 3 * H_S);
    const mip6_ra *ra = last_ra(w, 0);
    cr_assert_eq(ra->flags, MIP6_RA_HOME_AGENT | MIP6_RA_LOAD);
    cr_assert(ra->has_ha_info && !ra->has_load);
    cr_assert_eq(ra->ha_preference, 32767);
    cr_assert_eq(ra->ha_lifetime_s, 0);
    const mip6_peer *p = peer_at(w, 1, &w->config[0].global);
    cr_assert(p && p->has_load, "an aware agent reads a load, not a lifetime of 0");
    cr_assert_eq(p->queue, 32767);
    cr_assert_eq(w->ha[1]->entries[0].preference, 0);
    h_free_world(w);
}

Test(proto_ha_list, l_without_the_option_is_no_report)
{
    h_world *w = printed(1);
    h_boot(w);
    mip6_addr global = h_reporter(1);
    advertise(w, 1, MIP6_RA_HOME_AGENT | 0x98, 9, 100, NULL);
    cr_assert(peer_at(w, 0, &global) && !peer_at(w, 0, &global)->has_load);
    /* Nor is the option without L: it is Home Agent Information then. */
    advertise(w, 1, MIP6_RA_HOME_AGENT, 9, 100, (const uint16_t[]){77, 9});
    cr_assert_not(peer_at(w, 0, &global)->has_load);
    cr_assert_eq(w->ha[0]->entries[0].preference, 77);
    h_free_world(w);
}

/* A legacy agent takes the queue for a preference and the count for a lifetime: an idle
 * agent leaves its list, the busiest stands first (PROTOCOL 3). */
Test(proto_ha_list, option_8_poisons_a_legacy_agent)
{
    h_world *w = printed(3);
    w->config[2].legacy = true;
    h_boot(w);
    h_bound(w, 0, 1);
    queue_of_a_fifth(w, 0);
    h_wait(w, 2 * H_S);
    cr_assert_null(peer_at(w, 2, &w->config[1].global), "count 0 is lifetime 0");
    h_forget(w);
    int64_t until = w->now + 3 * H_S;
    bool seen = false;
    while (w->now < until) {
        h_wait(w, 100 * H_MS);
        const mip6_peer *p = peer_at(w, 2, &w->config[0].global);
        seen |= p && w->ha[2]->entries[0].preference == 32767 && !p->has_load;
    }
    cr_assert(seen, "for one second, its lifetime, it is the most preferred");
    cr_assert_not(last_ra(w, 2)->has_load);
    cr_assert_eq(last_ra(w, 2)->flags, MIP6_RA_HOME_AGENT);
    h_free_world(w);
}

Test(proto_ha_list, legacy_agent_with_253_is_no_candidate)
{
    h_world *w = h_new(2, "hybrid", MIP6_PROFILE_LITERAL);
    w->config[1].legacy = true;
    h_boot(w);
    h_wait(w, 3 * H_S);
    const mip6_peer *p = peer_at(w, 0, &w->config[1].global);
    cr_assert(p && !p->has_load);
    const mip6_peer *q = peer_at(w, 1, &w->config[0].global);
    cr_assert(q && !q->has_load);
    h_free_world(w);
}

/* ---- Discovery ---- */

static mip6_dhaad discover(h_world *w, uint16_t id)
{
    mip6_header h = {.src = h_care_of(1), .dst = mip6_addr_ha_anycast(&w->config[0].global)};
    mip6_message msg = {.kind = MIP6_MSG_DHAAD_REQUEST};
    msg.u.dhaad.id = id;
    w->n_log = 0;
    cr_assert_eq(h_send(w, 0, NULL, &h, &msg), 0);
    const h_act *reply = h_last(w, 0, MIP6_MSG_DHAAD_REPLY);
    mip6_addr to = h_care_of(1);
    cr_assert(mip6_addr_equal(&reply->h.dst, &to) && !reply->h.has_final);
    cr_assert(mip6_addr_equal(&reply->h.src, &w->config[0].global));
    cr_assert_eq(reply->msg.u.dhaad.id, id);
    return reply->msg.u.dhaad;
}

Test(proto_ha_list, discovery_lists_by_preference)
{
    h_world *w = h_new(4, "static-dhaad", MIP6_PROFILE_SAFE);
    const uint16_t preferences[] = {5, 0, 9, 7};
    const int order[] = {2, 3, 0, 1};
    for (int i = 0; i < 4; i++)
        w->config[i].preference = preferences[i];
    h_boot(w);
    h_wait(w, 4 * H_S);
    mip6_dhaad reply = discover(w, 77);
    cr_assert_eq(reply.n, 4);
    for (int i = 0; i < 4; i++)
        cr_assert(mip6_addr_equal(&reply.addresses[i], &w->config[order[i]].global), "%d", i);
    h_free_world(w);
}

Test(proto_ha_list, equals_are_shuffled_uniformly_and_repeatably)
{
    enum { N = 6000 };
    h_world *w = h_new(3, "static-dhaad", MIP6_PROFILE_SAFE);
    h_boot(w);
    h_wait(w, 4 * H_S);
    unsigned seen[3][3] = {{0}};
    for (uint16_t id = 1; id <= N; id++) {
        mip6_addr list[MIP6_DHAAD_MAX], again[MIP6_DHAAD_MAX], home = h_home(id % 7);
        uint16_t n = mip6_ha_dhaad_addresses(w->ha[0], &home, id, list);
        cr_assert_eq(n, 3);
        mip6_ha_dhaad_addresses(w->ha[0], &home, id, again);
        cr_assert_arr_eq(list, again, 3 * sizeof *list);
        for (int place = 0; place < 3; place++)
            for (int i = 0; i < 3; i++)
                seen[i][place] += mip6_addr_equal(&list[place], &w->config[i].global);
    }
    for (int i = 0; i < 3; i++)
        for (int place = 0; place < 3; place++)
            cr_assert(seen[i][place] > N / 3 - 150 && seen[i][place] < N / 3 + 150,
                      "agent %d at %d: %u", i, place, seen[i][place]);
    h_free_world(w);
}

Test(proto_ha_list, reply_holds_the_77_most_preferred)
{
    h_world *w = h_new(1, "static-dhaad", MIP6_PROFILE_SAFE);
    h_boot(w);
    for (uint8_t who = 1; who <= 120; who++)
        advertise(w, who, MIP6_RA_HOME_AGENT, 9, 100, (const uint16_t[]){who, 9});
    mip6_dhaad reply = discover(w, 1);
    cr_assert_eq(reply.n, MIP6_DHAAD_MAX);
    cr_assert_leq(h_last(w, 0, MIP6_MSG_DHAAD_REPLY)->action.len, 1280u);
    for (uint8_t i = 0; i < 77; i++) {
        mip6_addr want = h_reporter((uint8_t)(120 - i));
        cr_assert(mip6_addr_equal(&reply.addresses[i], &want));
    }
    h_free_world(w);
}

Test(proto_ha_list, discovery_with_identifier_0_or_too_often_is_not_answered)
{
    h_world *w = h_new(1, "static-dhaad", MIP6_PROFILE_SAFE);
    h_boot(w);
    h_wait(w, H_S);
    mip6_header h = {.src = h_care_of(1), .dst = mip6_addr_ha_anycast(&w->config[0].global)};
    mip6_message msg = {.kind = MIP6_MSG_DHAAD_REQUEST};
    for (uint16_t id = 0; id < 10; id++) {
        msg.u.dhaad.id = id;
        h.hop_limit = 64;
        uint8_t buf[MIP6_MAX_PACKET];
        int len = mip6_encode(buf, sizeof buf, &h, &msg);
        if (len > 0)
            h_receive(w, 0, &(mip6_lladdr){{2}}, buf, (size_t)len);
    }
    cr_assert_eq(h_count(w, 0, MIP6_MSG_DHAAD_REPLY), 3);
    h_free_world(w);
}

/* RFC 4861 7.2.7: O = 0, a random delay. */
Test(proto_ha_list, anycast_address_is_resolved_late_and_without_override)
{
    h_world *w = h_new(2, "static-dhaad", MIP6_PROFILE_SAFE);
    h_boot(w);
    h_wait(w, 4 * H_S);
    h_forget(w);
    mip6_lladdr router = {{2, 0, 0, 0, 9, 9}};
    mip6_addr anycast = mip6_addr_ha_anycast(&w->config[0].global);
    mip6_header h = {.src = mip6_addr_link_local(&router),
                     .dst = mip6_addr_solicited_node(&anycast), .hop_limit = 255};
    mip6_message msg = {.kind = MIP6_MSG_NS};
    msg.u.nd = (mip6_nd){.target = anycast, .has_lladdr = true, .lladdr = router};
    for (int i = 0; i < 2; i++)
        h_send(w, i, &router, &h, &msg);
    int64_t asked = w->now;
    cr_assert_eq(h_count(w, 0, MIP6_MSG_NA), 0);
    h_wait(w, H_S);
    int64_t at[2];
    for (int i = 0; i < 2; i++) {
        const h_act *na = h_last(w, i, MIP6_MSG_NA);
        cr_assert(na->msg.u.nd.solicited && !na->msg.u.nd.override && na->msg.u.nd.router);
        cr_assert(mip6_addr_equal(&na->msg.u.nd.target, &anycast));
        cr_assert(mip6_lladdr_equal(&na->action.dst, &router));
        at[i] = na->at_ns - asked;
        cr_assert(at[i] >= 0 && at[i] <= H_S);
    }
    cr_assert_neq(at[0], at[1]);
    h_free_world(w);
}
