/* The data path's verdicts, proxy Neighbour Discovery, errors to senders. RFC 6275
 * sections 9.2, 9.3, 10.4; RFC 2473.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "ha_harness.h"

/* A packet with room in front. */
typedef struct box {
    uint8_t bytes[64 + 2048];
    mip6_packet packet;
    mip6_route route;
} box;

static void fill(box *b, const mip6_addr *src, const mip6_addr *dst, uint32_t payload)
{
    memset(b, 0, sizeof *b);
    b->packet = (mip6_packet){.data = b->bytes + 64, .len = 48, .headroom = 64,
                              .virtual_bytes = payload};
    mip6_udp_header(b->packet.data, src, dst, 1000, 2000, payload, 64);
}

static void wrap(box *b, const mip6_addr *src, const mip6_addr *dst)
{
    mip6_packet *p = &b->packet;
    mip6_tunnel_header(p->data - 40, src, dst, p->len + p->virtual_bytes, 64);
    p->data -= 40, p->len += 40, p->headroom -= 40;
}

static mip6_verdict forward(h_world *w, int agent, box *b)
{
    mip6_rx rx = {.ifindex = 1};
    return mip6_ha_forward(w->ha[agent], &rx, &b->packet, &b->route, w->now);
}

static h_world *bound(void)
{
    h_world *w = h_new(2, "static-dhaad", MIP6_PROFILE_SAFE);
    h_boot(w);
    h_bound(w, 0, 1);
    return w;
}

Test(proto_ha_forward, tunnels_to_the_care_of_address)
{
    h_world *w = bound();
    mip6_addr cn = h_addr("2001:db8:cc::1"), home = h_home(1), coa = h_care_of(1);
    box b;
    fill(&b, &cn, &home, 900);
    cr_assert_eq(forward(w, 0, &b), MIP6_SEND_ON);
    cr_assert(b.route.tunnelled && !b.route.draining);
    cr_assert_eq(b.packet.len, 88);
    cr_assert_eq(b.packet.virtual_bytes, 900);
    cr_assert_eq(b.packet.headroom, 24);
    const uint8_t *p = b.packet.data;
    cr_assert_eq(p[6], MIP6_NH_IPV6);
    cr_assert_eq(mip6_get16(p + 4), 948);
    cr_assert_arr_eq(p + 8, &w->config[0].global, 16);
    cr_assert_arr_eq(p + 24, &coa, 16);
    cr_assert_eq(p[40 + 7], 63, "one hop less inside");
    h_free_world(w);
}

Test(proto_ha_forward, reverse_tunnel_checks_the_sender)
{
    h_world *w = bound();
    mip6_addr cn = h_addr("2001:db8:cc::1"), home = h_home(1), coa = h_care_of(1);
    box b;
    fill(&b, &home, &cn, 100);
    wrap(&b, &coa, &w->config[0].global);
    cr_assert_eq(forward(w, 0, &b), MIP6_SEND_ON);
    cr_assert(b.route.tunnelled);
    cr_assert_eq(b.packet.len, 48);
    cr_assert_eq(b.packet.headroom, 64);
    cr_assert_arr_eq(b.packet.data + 24, &cn, 16);
    cr_assert_eq(b.packet.data[7], 63);

    mip6_addr elsewhere = h_care_of(2), unbound = h_home(2);
    fill(&b, &home, &cn, 100);
    wrap(&b, &elsewhere, &w->config[0].global);
    cr_assert_eq(forward(w, 0, &b), MIP6_DROP);
    cr_assert_eq(b.route.cause, MIP6_DROP_BAD_TUNNEL_SOURCE);
    fill(&b, &unbound, &cn, 100);
    wrap(&b, &coa, &w->config[0].global);
    cr_assert_eq(forward(w, 0, &b), MIP6_DROP);
    cr_assert_eq(b.route.cause, MIP6_DROP_NO_BINDING);
    cr_assert_eq(h_figures(w, 0).drops[MIP6_DROP_NO_BINDING], 1);
    h_free_world(w);
}

Test(proto_ha_forward, between_two_of_its_nodes_it_tunnels_again)
{
    h_world *w = bound();
    h_bound(w, 0, 2);
    mip6_addr from = h_home(1), coa = h_care_of(1), to = h_home(2), coa2 = h_care_of(2);
    box b;
    fill(&b, &from, &to, 100);
    wrap(&b, &coa, &w->config[0].global);
    cr_assert_eq(forward(w, 0, &b), MIP6_SEND_ON);
    cr_assert_eq(b.packet.len, 88);
    cr_assert_arr_eq(b.packet.data + 24, &coa2, 16);
    cr_assert_eq(b.packet.data[40 + 7], 63, "one hop, one router");
    h_free_world(w);
}

Test(proto_ha_forward, what_is_its_own_is_local)
{
    h_world *w = bound();
    mip6_addr cn = h_addr("2001:db8:cc::1"), all = mip6_addr_all_nodes();
    mip6_addr anycast = mip6_addr_ha_anycast(&cn);
    anycast = mip6_addr_ha_anycast(&w->config[0].global);
    const mip6_addr *own[] = {&w->config[0].global, &w->config[0].link_local, &all, &anycast};
    for (size_t i = 0; i < 4; i++) {
        box b, before;
        fill(&b, &cn, own[i], 10);
        before = b;
        cr_assert_eq(forward(w, 0, &b), MIP6_LOCAL);
        cr_assert_arr_eq(b.bytes, before.bytes, sizeof b.bytes);
        cr_assert_eq(b.packet.len, before.packet.len);
    }
    h_free_world(w);
}

Test(proto_ha_forward, without_binding_it_relays_or_loses)
{
    h_world *w = bound();
    mip6_addr cn = h_addr("2001:db8:cc::1"), home = h_home(1), stranger = h_home(9);
    mip6_lladdr at_home = {{2, 0, 0, 0, 7, 7}};
    box b;
    fill(&b, &cn, &stranger, 10);
    cr_assert_eq(forward(w, 0, &b), MIP6_DROP);
    cr_assert_eq(b.route.cause, MIP6_DROP_NO_BINDING);
    /* In DAD it is not served yet. */
    h_register(w, 0, 9, 1);
    fill(&b, &cn, &stranger, 10);
    cr_assert_eq(forward(w, 0, &b), MIP6_DROP);
    /* The first node goes home: what still comes in goes there. */
    h_bu bu = {.home = home, .care_of = home, .sequence = 2, .no_home_option = true,
               .from = at_home};
    h_update(w, 0, &bu);
    fill(&b, &cn, &home, 10);
    cr_assert_eq(forward(w, 0, &b), MIP6_RELAY);
    cr_assert(mip6_lladdr_equal(&b.route.next_hop, &at_home));
    cr_assert_not(b.route.tunnelled);
    cr_assert_eq(b.packet.data[7], 63);
    /* But no Neighbour Discovery, which must not leave a link. */
    fill(&b, &cn, &home, 0);
    b.packet.data[6] = MIP6_NH_ICMPV6, b.packet.data[7] = 255, b.packet.data[40] = 135;
    cr_assert_eq(forward(w, 0, &b), MIP6_LOCAL);
    /* NAs about addresses that were never here teach nothing. */
    h_override_na(w, 0, &(mip6_addr){{0x20, 1, 0xd, 0xb8, [15] = 77}}, &at_home);
    mip6_addr other = {{0x20, 1, 0xd, 0xb8, [15] = 77}};
    fill(&b, &cn, &other, 10);
    cr_assert_eq(forward(w, 0, &b), MIP6_DROP);
    h_free_world(w);
}

/* Where a packet for `home` is relayed to; zero: it is not. */
static mip6_lladdr relayed_to(h_world *w, const mip6_addr *home)
{
    mip6_addr cn = h_addr("2001:db8:cc::1");
    box b;
    fill(&b, &cn, home, 10);
    return forward(w, 0, &b) == MIP6_RELAY ? b.route.next_hop : (mip6_lladdr){{0}};
}

/* An address may be held in any of three tables; of a binding with L its link-local one, too. */
Test(proto_ha_forward, advertisements_about_what_is_held_are_heeded)
{
    h_world *w = bound();
    mip6_addr handed = h_home(2), learnt = h_home(3), stranger = h_home(4);
    mip6_lladdr one = {{2, 0, 0, 0, 7, 1}}, other = {{2, 0, 0, 0, 7, 2}};
    mip6_handoff *e;
    cr_assert_eq(mip6_ha_handoff_set(w->ha[0], &handed, &w->config[1].global, &e), 0);
    mip6_ha_neighbour_learn(w->ha[0], &learnt, &one);
    mip6_ha_foresee(w->ha[0], &stranger);
    h_override_na(w, 0, &handed, &one);
    h_override_na(w, 0, &learnt, &other);
    mip6_lladdr first = relayed_to(w, &handed), second = relayed_to(w, &learnt);
    cr_assert(mip6_lladdr_equal(&first, &one));
    cr_assert(mip6_lladdr_equal(&second, &other));
    uint64_t drops = h_figures(w, 0).drops[MIP6_DROP_NOT_FOR_US];
    h_override_na(w, 0, &stranger, &one);
    cr_assert_eq(h_figures(w, 0).drops[MIP6_DROP_NOT_FOR_US], drops + 1);

    h_bu both = {.home = h_home(5), .care_of = h_care_of(5), .sequence = 1,
                 .lifetime_units = 30, .flags = MIP6_BU_LINK_LOCAL};
    mip6_addr ll = {{0xfe, 0x80}};
    memcpy(ll.b + 8, both.home.b + 8, 8);
    h_update(w, 0, &both);
    h_override_na(w, 0, &ll, &one);
    cr_assert_eq(h_last(w, 0, MIP6_MSG_BA)->msg.u.ba.status, MIP6_STATUS_DAD_FAILED);
    h_free_world(w);
}

/* What a host of many agents asks before it shows an advertisement to those outside the group. */
Test(proto_ha_forward, what_is_held_without_being_in_its_group_is_minded)
{
    h_world *w = bound();
    mip6_ha *ha = w->ha[0];
    mip6_addr home = h_home(1), handed = h_home(2), learnt = h_home(3);
    mip6_addr ll = {{0xfe, 0x80, [15] = 1}};
    mip6_handoff *e;
    cr_assert(!mip6_shared_minds(ha->shared, &home), "in its group");
    cr_assert(!mip6_shared_minds(ha->shared, &handed) && !mip6_shared_minds(ha->shared, &learnt));
    cr_assert(mip6_shared_minds(ha->shared, &ll), "of whichever binding");

    cr_assert_eq(mip6_ha_handoff_set(ha, &handed, &w->config[1].global, &e), 0);
    cr_assert(mip6_shared_minds(ha->shared, &handed));
    mip6_ha_handoff_clear(ha, e, MIP6_HANDOFF_EXPIRED);
    cr_assert(!mip6_shared_minds(ha->shared, &handed));

    mip6_ha_neighbour_learn(ha, &learnt, &(mip6_lladdr){{2}});
    cr_assert(mip6_shared_minds(ha->shared, &learnt));
    mip6_ha_neighbour_forget(ha, &learnt);
    cr_assert(!mip6_shared_minds(ha->shared, &learnt));

    for (int state = MIP6_BINDING_DRAINING; state <= MIP6_BINDING_DELETED; state++) {
        mip6_binding *b = mip6_ha_binding(ha, &home);
        mip6_ha_binding_retire(ha, b, (mip6_binding_state)state);
        cr_assert(mip6_shared_minds(ha->shared, &home));
        mip6_ha_binding_tentative(ha, b, w->now + 1);
        cr_assert(!mip6_shared_minds(ha->shared, &home));
        mip6_ha_binding_valid(ha, b, w->now + 1);
        cr_assert(!mip6_shared_minds(ha->shared, &home));
    }
    mip6_ha_binding_retire(ha, mip6_ha_binding(ha, &home), MIP6_BINDING_DRAINING);
    mip6_ha_binding_remove(ha, mip6_ha_binding(ha, &home), MIP6_GONE_DRAINED);
    cr_assert(!mip6_shared_minds(ha->shared, &home));
    mip6_ha_binding_create(ha, &home);
    cr_assert(mip6_shared_minds(ha->shared, &home));
    h_free_world(w);
}

/* As a host hears it that has many agents. */
Test(proto_ha_forward, a_decoded_packet_is_as_good_as_its_bytes)
{
    h_world *w = bound();
    mip6_addr learnt = h_home(3);
    mip6_lladdr one = {{2, 0, 0, 0, 7, 1}}, other = {{2, 0, 0, 0, 7, 2}};
    mip6_header h = {.src = mip6_addr_link_local(&other), .dst = mip6_addr_all_nodes(),
                     .hop_limit = 255};
    mip6_message msg = {.kind = MIP6_MSG_NA};
    msg.u.nd = (mip6_nd){.target = learnt, .override = true, .has_lladdr = true, .lladdr = other};
    mip6_ha_neighbour_learn(w->ha[0], &learnt, &one);
    mip6_rx own = {.ifindex = 1, .src = w->config[0].lladdr}, rx = {.ifindex = 1, .src = other};
    cr_assert_eq(mip6_ha_receive_decoded(w->ha[0], &own, &h, &msg, w->now), MIP6_ERR_IGNORED);
    mip6_lladdr before = relayed_to(w, &learnt);
    cr_assert(mip6_lladdr_equal(&before, &one), "its own multicast");
    cr_assert_eq(mip6_ha_receive_decoded(w->ha[0], &rx, &h, &msg, w->now), 0);
    mip6_lladdr after = relayed_to(w, &learnt);
    cr_assert(mip6_lladdr_equal(&after, &other));
    h.dst = h_home(9);
    cr_assert_eq(mip6_ha_receive_decoded(w->ha[0], &rx, &h, &msg, w->now), MIP6_ERR_IGNORED);
    h_free_world(w);
}

Test(proto_ha_forward, too_big_goes_back_and_1280_always_fits)
{
    h_world *w = h_new(1, "static-dhaad", MIP6_PROFILE_SAFE);
    w->config[0].tunnel_mtu = 1400;
    h_boot(w);
    h_bound(w, 0, 1);
    mip6_addr cn = h_addr("2001:db8:cc::1"), home = h_home(1);
    box b;
    fill(&b, &cn, &home, 1360 - 48);
    cr_assert_eq(forward(w, 0, &b), MIP6_SEND_ON);
    fill(&b, &cn, &home, 1361 - 48);
    cr_assert_eq(forward(w, 0, &b), MIP6_DROP);
    cr_assert_eq(b.route.cause, MIP6_DROP_TOO_BIG);
    h_settle(w);
    const h_act *error = h_last(w, 0, MIP6_MSG_ICMP_ERROR);
    cr_assert_eq(error->msg.u.icmp.type, 2);
    cr_assert_eq(error->msg.u.icmp.value, 1360);
    cr_assert(mip6_addr_equal(&error->h.dst, &cn));
    h_free_world(w);

    w = h_new(1, "static-dhaad", MIP6_PROFILE_SAFE);
    w->config[0].tunnel_mtu = 1300;
    h_boot(w);
    h_bound(w, 0, 1);
    fill(&b, &cn, &home, 1280 - 48);
    cr_assert_eq(forward(w, 0, &b), MIP6_SEND_ON, "RFC 2473 7.1 (b): fragments outside");
    fill(&b, &cn, &home, 1281 - 48);
    cr_assert_eq(forward(w, 0, &b), MIP6_DROP);
    h_settle(w);
    cr_assert_eq(h_last(w, 0, MIP6_MSG_ICMP_ERROR)->msg.u.icmp.value, 1280);
    h_free_world(w);
}

Test(proto_ha_forward, hop_limit_runs_out_and_is_reported_three_times_a_second)
{
    h_world *w = bound();
    mip6_addr cn = h_addr("2001:db8:cc::1"), home = h_home(1);
    for (int i = 0; i < 8; i++) {
        box b;
        fill(&b, &cn, &home, 10);
        b.packet.data[7] = 1;
        cr_assert_eq(forward(w, 0, &b), MIP6_DROP);
        cr_assert_eq(b.route.cause, MIP6_DROP_HOP_LIMIT);
        h_settle(w);
    }
    cr_assert_eq(h_count(w, 0, MIP6_MSG_ICMP_ERROR), 3);
    cr_assert_eq(h_last(w, 0, MIP6_MSG_ICMP_ERROR)->msg.u.icmp.type, 3);
    h_free_world(w);
}

Test(proto_ha_forward, nesting_has_an_end)
{
    h_world *w = bound();
    mip6_addr cn = h_addr("2001:db8:cc::1"), home = h_home(1);
    uint8_t bytes[512] = {0};
    for (unsigned depth = 0; depth <= 5; depth++) {
        uint8_t *p = bytes + 400;
        mip6_udp_header(p, &cn, &home, 1, 2, 0, 64);
        uint32_t len = 48;
        for (unsigned i = 0; i < depth; i++) {
            p -= 40;
            mip6_tunnel_header(p, &cn, &home, len, 64);
            len += 40;
        }
        mip6_packet packet = {.data = p, .len = len, .headroom = 64};
        mip6_route route;
        mip6_rx rx = {.ifindex = 1};
        mip6_verdict v = mip6_ha_forward(w->ha[0], &rx, &packet, &route, w->now);
        cr_assert_eq(v, depth < 4 ? MIP6_SEND_ON : MIP6_DROP, "depth %u", depth);
        if (v == MIP6_DROP)
            cr_assert_eq(route.cause, MIP6_DROP_NESTING);
    }
    h_free_world(w);
}

/* RFC 2473 4.1.1: a limit of 0 forbids one more tunnel. */
Test(proto_ha_forward, encapsulation_limit_is_obeyed)
{
    h_world *w = bound();
    mip6_addr cn = h_addr("2001:db8:cc::1"), home = h_home(1);
    for (int limit = 0; limit < 3; limit++) {
        uint8_t bytes[256] = {0};
        uint8_t *p = bytes + 64;
        mip6_tunnel_header(p, &cn, &home, 8, 64);
        p[6] = MIP6_NH_DSTOPTS;
        memcpy(p + 40, (uint8_t[]){MIP6_NH_NONE, 0, 4, 1, (uint8_t)limit, 1, 1, 0}, 8);
        mip6_packet packet = {.data = p, .len = 48, .headroom = 64};
        mip6_route route;
        mip6_rx rx = {.ifindex = 1};
        mip6_verdict v = mip6_ha_forward(w->ha[0], &rx, &packet, &route, w->now);
        cr_assert_eq(v, limit == 0 ? MIP6_DROP : MIP6_SEND_ON);
        if (limit == 0)
            cr_assert_eq(route.cause, MIP6_DROP_NESTING);
    }
    h_free_world(w);
}

/* RFC 4443 2.4 (e): no error about an error, nor to one who has no address. */
Test(proto_ha_forward, some_senders_get_no_error)
{
    h_world *w = bound();
    mip6_addr cn = h_addr("2001:db8:cc::1"), home = h_home(1), none = {{0}};
    box b;
    fill(&b, &none, &home, 10);
    b.packet.data[7] = 1;
    cr_assert_eq(forward(w, 0, &b), MIP6_DROP);
    fill(&b, &(mip6_addr){{0xff, 0x0e, [15] = 1}}, &home, 10);
    b.packet.data[7] = 1;
    cr_assert_eq(forward(w, 0, &b), MIP6_DROP);
    fill(&b, &cn, &home, 10);
    b.packet.data[6] = MIP6_NH_ICMPV6, b.packet.data[7] = 1, b.packet.data[40] = 1;
    cr_assert_eq(forward(w, 0, &b), MIP6_DROP);
    h_settle(w);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_ICMP_ERROR), 0);
    b.packet.data[7] = 1, b.packet.data[40] = 128;
    cr_assert_eq(forward(w, 0, &b), MIP6_DROP);
    h_settle(w);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_ICMP_ERROR), 1, "but about an echo request");
    h_free_world(w);
}

Test(proto_ha_forward, padding_of_the_link_stays_behind)
{
    h_world *w = bound();
    mip6_addr cn = h_addr("2001:db8:cc::1"), home = h_home(1);
    box b;
    fill(&b, &cn, &home, 0);
    b.packet.len += 6;
    cr_assert_eq(forward(w, 0, &b), MIP6_SEND_ON);
    cr_assert_eq(b.packet.len, 88);
    fill(&b, &cn, &home, 0);
    b.packet.len -= 1;
    cr_assert_eq(forward(w, 0, &b), MIP6_DROP);
    cr_assert_eq(b.route.cause, MIP6_DROP_BAD_LENGTH);
    h_free_world(w);
}

/* Every cut and every byte changed, both directions: no crash, and a verdict. */
Test(proto_ha_forward, any_bytes_get_a_verdict)
{
    h_world *w = bound();
    mip6_addr cn = h_addr("2001:db8:cc::1"), home = h_home(1), coa = h_care_of(1);
    for (uint64_t i = 0; i < 40000; i++) {
        box b;
        uint64_t r = mip6_mix64(i);
        if (r & 1) {
            fill(&b, &cn, &home, (uint32_t)(r >> 8 & 63));
        } else {
            fill(&b, &home, &cn, (uint32_t)(r >> 8 & 63));
            wrap(&b, &coa, &w->config[0].global);
        }
        for (unsigned k = 0; k < (r >> 4 & 3); k++)
            b.packet.data[mip6_mix64(r + k) % b.packet.len] = (uint8_t)(mip6_mix64(r - k));
        b.packet.len = (uint32_t)(mip6_mix64(r ^ 7) % (b.packet.len + 1));
        uint8_t *exact = malloc(64 + b.packet.len + 1);
        memcpy(exact + 64, b.packet.data, b.packet.len);
        b.packet.data = exact + 64;
        b.packet.headroom = 64;
        mip6_verdict v = forward(w, 0, &b);
        cr_assert_leq((int)v, MIP6_DROP);
        cr_assert_neq((int)v, MIP6_DELIVER);
        free(exact);
        w->n_log = 0;
        h_settle(w);
    }
    h_free_world(w);
}

/* ---- The rate of a binding ---- */

Test(proto_ha_forward, byte_rate_is_an_average_of_ten_seconds)
{
    mip6_binding b;
    memset(&b, 0, sizeof b);
    /* 1000 bytes each 10 ms: 100 kB/s once settled. */
    for (int64_t t = 0; t < 60 * H_S; t += 10 * H_MS)
        mip6_ha_rate_add(&b, 1000, t);
    uint64_t rate = mip6_ha_rate(&b, 60 * H_S);
    cr_assert(rate > 98000 && rate < 102000, "%lu", (unsigned long)rate);
    rate = mip6_ha_rate(&b, 70 * H_S);
    cr_assert(rate > 36000 && rate < 37600, "1/e after tau: %lu", (unsigned long)rate);
    cr_assert_eq(mip6_ha_rate(&b, 1000 * H_S), 0);
    mip6_ha_rate_add(&b, 10000, 1000 * H_S);
    cr_assert_eq(mip6_ha_rate(&b, 1000 * H_S), 1000);
}

Test(proto_ha_forward, both_directions_count)
{
    h_world *w = bound();
    mip6_addr cn = h_addr("2001:db8:cc::1"), home = h_home(1), coa = h_care_of(1);
    box b;
    fill(&b, &cn, &home, 4912);
    w->ha[0]->config = &w->config[0];
    w->config[0].tunnel_mtu = 9000;
    cr_assert_eq(forward(w, 0, &b), MIP6_SEND_ON);
    mip6_binding *binding = mip6_ha_binding(w->ha[0], &home);
    cr_assert_eq(mip6_ha_rate(binding, w->now), 500);
    fill(&b, &home, &cn, 4912);
    wrap(&b, &coa, &w->config[0].global);
    cr_assert_eq(forward(w, 0, &b), MIP6_SEND_ON);
    cr_assert_eq(mip6_ha_rate(binding, w->now), 1000);
    h_free_world(w);
}

/* ---- Neighbour Discovery by proxy ---- */

Test(proto_ha_forward, answers_for_what_it_serves_without_override)
{
    h_world *w = bound();
    mip6_lladdr router = {{2, 0, 0, 0, 9, 9}};
    mip6_addr home = h_home(1);
    mip6_header h = {.src = mip6_addr_link_local(&router),
                     .dst = mip6_addr_solicited_node(&home), .hop_limit = 255};
    mip6_message msg = {.kind = MIP6_MSG_NS};
    msg.u.nd = (mip6_nd){.target = home, .has_lladdr = true, .lladdr = router};
    h_send(w, 0, &router, &h, &msg);
    const h_act *na = h_last(w, 0, MIP6_MSG_NA);
    cr_assert(na->msg.u.nd.solicited && !na->msg.u.nd.override && !na->msg.u.nd.router);
    cr_assert(mip6_lladdr_equal(&na->msg.u.nd.lladdr, &w->config[0].lladdr));
    cr_assert(mip6_addr_equal(&na->h.dst, &h.src));
    /* Unreachability detection asks the address itself. */
    uint8_t buf[MIP6_MAX_PACKET];
    h.dst = home;
    int len = mip6_encode(buf, sizeof buf, &h, &msg);
    uint8_t copy[64 + MIP6_MAX_PACKET];
    memcpy(copy + 64, buf, (size_t)len);
    mip6_packet packet = {.data = copy + 64, .len = (uint32_t)len, .headroom = 64};
    mip6_route route;
    mip6_rx rx = {.ifindex = 1, .src = router};
    cr_assert_eq(mip6_ha_forward(w->ha[0], &rx, &packet, &route, w->now), MIP6_LOCAL);
    h_forget(w);
    cr_assert_eq(h_receive(w, 0, &router, buf, (size_t)len), 0);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_NA), 1);
    /* Its own addresses: as a router, with override. */
    msg.u.nd.target = w->config[0].global;
    h.dst = mip6_addr_solicited_node(&w->config[0].global);
    h_send(w, 0, &router, &h, &msg);
    na = h_last(w, 0, MIP6_MSG_NA);
    cr_assert(na->msg.u.nd.override && na->msg.u.nd.router);
    /* Somebody else's: nothing. */
    h_forget(w);
    msg.u.nd.target = h_home(50);
    h.dst = mip6_addr_solicited_node(&msg.u.nd.target);
    cr_assert_eq(h_send(w, 0, &router, &h, &msg), MIP6_ERR_IGNORED);
    cr_assert_eq(w->n_log, 0);
    h_free_world(w);
}

Test(proto_ha_forward, defends_against_a_stranger)
{
    h_world *w = bound();
    mip6_addr home = h_home(1), all = mip6_addr_all_nodes();
    mip6_lladdr stranger = {{2, 0, 0, 0, 5, 5}};
    h_probe(w, 0, &home, &stranger);
    const h_act *na = h_last(w, 0, MIP6_MSG_NA);
    cr_assert(mip6_addr_equal(&na->h.dst, &all));
    cr_assert_not(na->msg.u.nd.solicited);
    cr_assert_eq(h_traced(w, 0, MIP6_TRACE_DAD_DEFENDED), 1);
    h_free_world(w);
}

/* ---- Errors to senders ---- */

/* RFC 6275 10.4.2: never into the tunnel, and the sender is told. */
Test(proto_ha_forward, link_local_address_of_a_node_is_unreachable)
{
    h_world *w = h_new(1, "static-dhaad", MIP6_PROFILE_SAFE);
    h_boot(w);
    h_bu bu = {.home = h_home(1), .care_of = h_care_of(1), .sequence = 1, .lifetime_units = 30,
               .flags = MIP6_BU_LINK_LOCAL};
    h_update(w, 0, &bu);
    h_wait(w, H_S);
    h_forget(w);
    mip6_addr ll = h_home(1), neighbour = h_addr("fe80::77");
    memset(ll.b, 0, 8);
    ll.b[0] = 0xfe, ll.b[1] = 0x80;
    box b;
    fill(&b, &neighbour, &ll, 10);
    cr_assert_eq(forward(w, 0, &b), MIP6_DROP);
    h_settle(w);
    const h_act *error = h_last(w, 0, MIP6_MSG_ICMP_ERROR);
    cr_assert_eq(error->msg.u.icmp.type, 1);
    cr_assert_eq(error->msg.u.icmp.code, 3);
    cr_assert(mip6_addr_equal(&error->h.dst, &neighbour));
    /* Of one that nobody registered it says nothing. */
    ll.b[15] = 9;
    fill(&b, &neighbour, &ll, 10);
    cr_assert_eq(forward(w, 0, &b), MIP6_DROP);
    h_settle(w);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_ICMP_ERROR), 1);
    h_free_world(w);
}

/* Three a second for each peer and each kind of message, whoever else there is. */
Test(proto_ha_forward, limits_do_not_mix_peers_or_messages)
{
    h_world *w = bound();
    for (uint32_t peer = 0; peer < 20; peer++)
        for (int i = 0; i < 5; i++) {
            mip6_addr a = h_care_of(peer);
            cr_assert_eq(mip6_ha_limit(w->ha[0], &a, MIP6_MSG_BE), i < 3, "%u %d", peer, i);
            cr_assert_eq(mip6_ha_limit(w->ha[0], &a, MIP6_MSG_BA), i < 3, "%u %d", peer, i);
        }
    h_wait(w, 1010 * H_MS);
    mip6_ha_set_now(w->ha[0], w->now);
    for (uint32_t peer = 0; peer < 20; peer++) {
        mip6_addr a = h_care_of(peer);
        cr_assert(mip6_ha_limit(w->ha[0], &a, MIP6_MSG_BE));
    }
    /* More peers than it has room for: the one served longest ago is forgotten. */
    mip6_addr first = h_care_of(1000000);
    for (int i = 0; i < 3; i++)
        cr_assert(mip6_ha_limit(w->ha[0], &first, MIP6_MSG_BE));
    h_wait(w, 2 * H_MS);
    mip6_ha_set_now(w->ha[0], w->now);
    for (uint32_t peer = 0; peer < 20000; peer++) {
        mip6_addr a = h_care_of(2000000 + peer);
        mip6_ha_limit(w->ha[0], &a, MIP6_MSG_BE);
    }
    cr_assert(mip6_ha_limit(w->ha[0], &first, MIP6_MSG_BE));
    h_free_world(w);
}

Test(proto_ha_forward, unverified_home_address_option_is_status_1)
{
    h_world *w = bound();
    mip6_addr home = h_home(1);
    uint8_t bytes[128] = {0};
    mip6_addr liar = h_addr("2001:db8:bad::1");
    /* IPv6, destination options with a Home Address option, UDP by hand. */
    mip6_udp_header(bytes + 24, &home, &w->config[0].global, 1, 2, 0, 64);
    uint8_t udp[8];
    memcpy(udp, bytes + 64, 8);
    mip6_tunnel_header(bytes, &liar, &w->config[0].global, 32, 64);
    bytes[6] = MIP6_NH_DSTOPTS;
    uint8_t *option = bytes + 40;
    memcpy(option, (uint8_t[]){MIP6_NH_UDP, 2, 1, 2, 0, 0, 0xc9, 16}, 8);
    memcpy(option + 8, &home, 16);
    memcpy(bytes + 64, udp, 8);
    mip6_lladdr router = {{2, 0, 0, 0, 9, 9}};
    for (int i = 0; i < 5; i++)
        cr_assert_eq(h_receive(w, 0, &router, bytes, 72), MIP6_ERR_IGNORED);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_BE), 3);
    const h_act *be = h_last(w, 0, MIP6_MSG_BE);
    cr_assert_eq(be->msg.u.be.status, 1);
    cr_assert(mip6_addr_equal(&be->msg.u.be.home, &home));
    cr_assert(mip6_addr_equal(&be->h.dst, &liar));
    /* From the registered care-of address it is true, if to no use. */
    h_forget(w);
    h_wait(w, 2 * H_S);
    mip6_addr coa = h_care_of(1);
    memcpy(bytes + 8, &coa, 16);
    h_receive(w, 0, &router, bytes, 72);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_BE), 0);
    h_free_world(w);
}

Test(proto_ha_forward, unknown_mobility_header_is_status_2)
{
    h_world *w = bound();
    uint8_t bytes[48] = {0};
    mip6_addr sender = h_addr("2001:db8:cc::1");
    mip6_tunnel_header(bytes, &sender, &w->config[0].global, 8, 64);
    bytes[6] = MIP6_NH_MOBILITY;
    memcpy(bytes + 40, (uint8_t[]){MIP6_NH_NONE, 0, 99, 0, 0, 0, 0, 0}, 8);
    mip6_put16(bytes + 44, mip6_checksum(&sender, &w->config[0].global, MIP6_NH_MOBILITY,
                                         bytes + 40, 8, 0));
    mip6_lladdr router = {{2, 0, 0, 0, 9, 9}};
    cr_assert_lt(h_receive(w, 0, &router, bytes, 48), 0);
    cr_assert_eq(h_last(w, 0, MIP6_MSG_BE)->msg.u.be.status, 2);
    cr_assert_eq(h_figures(w, 0).drops[MIP6_DROP_UNKNOWN_MESSAGE], 1);
    /* With a wrong checksum it is dropped in silence. */
    h_forget(w);
    bytes[45] ^= 1;
    cr_assert_eq(h_receive(w, 0, &router, bytes, 48), MIP6_ERR_CHECKSUM);
    cr_assert_eq(w->n_log, 0);
    h_free_world(w);
}
