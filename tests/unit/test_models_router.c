/* models/network/router: forwarding with real packets, resolution, moves of an address, errors.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/network/router.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "net_fixture.h"

#define S SIM_SECOND_NS
#define MAX_LOG 64

/* What came to a node, decoded. */
typedef struct heard {
    int64_t time_ns;
    mip6_header h;
    mip6_message msg;
    uint32_t bytes;
    uint8_t first_invoking[4];
} heard;

/* A station on the home link that answers for some addresses. */
typedef struct station {
    sim_id id;
    model_account account;
    model_detail detail;
    mip6_lladdr lladdr;
    uint32_t member;
    heard log[MAX_LOG];
    unsigned n, n_solicited;
    const mip6_addr *answers_for;
    bool mute;
} station;

static fixture f;
static taker core;
static model_home_link *home;
static model_router *router;
static station s1, s2;
static heard up[MAX_LOG];       /* what the router sent into the core */
static unsigned n_up;
static model_router_config config;
static const model_home_link_config link_config = {
    .port = {.rate_bps = 1000000000, .delay_ns = 1000}, .mtu = 1500};

static mip6_addr addr(const char *text)
{
    mip6_addr a;
    cr_assert_eq(mip6_addr_parse(text, &a), 0);
    return a;
}

static void read_packet(heard *x, sim_packet *p)
{
    mip6_drop cause;
    *x = (heard){.time_ns = sim_now(f.net.engine), .bytes = sim_packet_bytes(p)};
    int r = mip6_decode(sim_packet_data(p), p->len, p->virtual_bytes, &x->h, &x->msg, &cause);
    cr_assert_eq(r, 0, "the packet is malformed: %s", mip6_drop_name(cause));
    if (x->msg.kind == MIP6_MSG_ICMP_ERROR)
        memcpy(x->first_invoking, x->msg.u.icmp.packet, 4);
}

static sim_packet *build(model_account *by, const mip6_header *h, mip6_message *msg)
{
    sim_packet *p = sim_packet_new(f.net.packets, MIP6_MAX_PACKET);
    int len = mip6_encode(sim_packet_data(p), MIP6_MAX_PACKET, h, msg);
    cr_assert_gt(len, 0);
    p->len = (uint16_t)len;
    p->message = (uint8_t)msg->kind;
    p->created_ns = sim_now(f.net.engine);
    model_book_originated(&f.net, by, p);
    return p;
}

static void station_send(station *s, sim_packet *p, const mip6_lladdr *to)
{
    memcpy(p->lladdr_dst, to->b, 6);
    model_book_sent(&f.net, &s->account, p);
    model_home_link_send(home, s->member, p);
}

static void advertise(station *s, const mip6_addr *target, bool solicited, bool override,
                      const mip6_addr *dst, const mip6_lladdr *to)
{
    mip6_message msg = {.kind = MIP6_MSG_NA,
                        .u.nd = {.target = *target, .solicited = solicited,
                                 .override = override, .has_lladdr = true, .lladdr = s->lladdr}};
    mip6_header h = {.src = *target, .dst = *dst, .hop_limit = 255};
    station_send(s, build(&s->account, &h, &msg), to);
}

static void station_hears(station *s, sim_packet *p)
{
    cr_assert_lt(s->n, MAX_LOG);
    heard *x = &s->log[s->n++];
    read_packet(x, p);
    if (x->msg.kind != MIP6_MSG_NS)
        return;
    s->n_solicited++;
    if (!s->mute && s->answers_for && mip6_addr_equal(s->answers_for, &x->msg.u.nd.target))
        advertise(s, s->answers_for, true, false, &x->h.src, &config.lladdr);
}

static void station_frame(void *self, const sim_event *event)
{
    station *s = self;
    sim_packet *p = model_home_link_receive(home, s->member, &s->account, event);
    station_hears(s, p);
    model_consume(&f.net, &s->account, p);
}

static void station_multicast(void *self, sim_packet *p, int64_t now_ns)
{
    (void)now_ns;
    station_hears(self, p);
}

static void drop_payload(void *self, void *payload)
{
    (void)self;
    sim_packet_unref(f.net.packets, payload);
}

static void uplink(void *self, sim_packet *p, int64_t now_ns)
{
    taker *t = self;
    cr_assert_lt(n_up, MAX_LOG);
    read_packet(&up[n_up++], p);
    sim_post(f.net.engine, now_ns + 1 + n_up, t->id, model_router_id(router), 2, p);
}

static void station_add(station *s, const char *name, uint8_t last)
{
    static const sim_entity_class cls = {
        .kind = "station", .handle = station_frame, .discard = drop_payload};
    *s = (station){.lladdr = {{2, 0, 0, 0, 0, last}}};
    model_account_init(&s->account, name, 0, MODEL_NO_CELL, &s->detail);
    sim_engine_add(f.net.engine, name, &cls, s, &s->id);
}

static void station_start(station *s)
{
    s->account.cell = sim_fingerprint_add_cell(f.net.fingerprint, s->id);
    s->member = model_home_link_join(home, s->id, &s->lladdr, s, station_multicast, &s->account);
}

static mip6_addr home1, agent2, far_away;

static void start(void)
{
    home1 = addr("2001:db8:1::11");
    agent2 = addr("2001:db8:1::a2");
    far_away = addr("2001:db8:99::1");
    config = (model_router_config){
        .neighbour = {.reachable_ns = 30 * S, .delay_first_ns = 5 * S, .retrans_ns = S,
                      .probes = 3, .queue_packets = 3},
        .prefix = addr("2001:db8:1::"), .lladdr = {{2, 0, 0, 0, 0, 0xfe}}, .mtu = 1500};
    n_up = 0;
    fixture_init(&f);
    taker_add(&core, &f, "core");
    home = model_home_link_new(&f.net, &link_config);
    model_home_link_register(home);
    router = model_router_new(&f.net, &config, home, uplink, &core);
    model_router_register(router);
    station_add(&s1, "s1", 1);
    station_add(&s2, "s2", 2);
    fixture_seal(&f);
    taker_start(&core);
    model_router_start(router);
    station_start(&s1);
    station_start(&s2);
}

static void finish(void)
{
    model_net_check(&f.net);
    sim_engine_free(f.net.engine);
    model_router_free(router);
    model_home_link_free(home);
    sim_fingerprint_free(f.net.fingerprint);
    cr_assert_eq(sim_packet_pool_live(f.net.packets), 0);
    sim_packet_pool_free(f.net.packets);
}

TestSuite(models_router, .init = start);

static void serve(station *s, const mip6_addr *address)
{
    mip6_addr group = mip6_addr_solicited_node(address);
    s->answers_for = address;
    model_home_link_group_join(home, s->member, &group);
}

static sim_packet *data(model_account *by, const mip6_addr *src, const mip6_addr *dst,
                        uint32_t payload, uint8_t hop_limit)
{
    static uint64_t number;
    sim_packet *p = sim_packet_new(f.net.packets, 48);
    mip6_udp_header(sim_packet_data(p), src, dst, 1000, 2000, payload, hop_limit);
    p->len = 48;
    p->virtual_bytes = payload;
    p->identity = number++;
    p->message = MIP6_MSG_DATA;
    p->created_ns = sim_now(f.net.engine);
    model_book_originated(&f.net, by, p);
    return p;
}

static void from_core(const mip6_addr *src, const mip6_addr *dst, uint32_t payload,
                      uint8_t hop_limit)
{
    static uint16_t port = 10;
    sim_packet *p = data(&core.account, src, dst, payload, hop_limit);
    model_book_sent(&f.net, &core.account, p);
    sim_post(f.net.engine, sim_now(f.net.engine) + 1, model_router_id(router), core.id, port++,
             p);
}

static void from_station(station *s, const mip6_addr *src, const mip6_addr *dst,
                         uint8_t hop_limit)
{
    station_send(s, data(&s->account, src, dst, 100, hop_limit), &config.lladdr);
}

static uint64_t lost(unsigned cause)
{
    return model_router_account(router)->detail->lost_packets[cause];
}

Test(models_router, resolves_then_forwards)
{
    serve(&s1, &home1);
    run_to(&f, S);
    from_core(&far_away, &home1, 100, 64);
    from_core(&far_away, &home1, 200, 64);
    run_to(&f, 2 * S);
    cr_assert_eq(s1.n, 3);
    mip6_addr group = mip6_addr_solicited_node(&home1);
    const heard *ns = &s1.log[0];
    cr_assert_eq(ns->msg.kind, MIP6_MSG_NS);
    cr_assert(mip6_addr_equal(&ns->h.dst, &group));
    cr_assert(mip6_addr_equal(&ns->h.src, model_router_link_local(router)));
    cr_assert(mip6_lladdr_equal(&ns->msg.u.nd.lladdr, &config.lladdr));
    cr_assert_eq(s1.log[1].msg.kind, MIP6_MSG_DATA);
    cr_assert_eq(s1.log[1].bytes, 148);
    cr_assert_eq(s1.log[1].h.hop_limit, 63);
    cr_assert_eq(s1.log[2].bytes, 248);
    cr_assert_eq(s2.n, 0, "nobody else has joined the group");
    finish();
}

Test(models_router, an_override_sends_the_next_packet_to_the_new_agent)
{
    mip6_addr all = mip6_addr_all_nodes();
    mip6_lladdr ll = mip6_lladdr_multicast(&all);
    serve(&s1, &home1);
    run_to(&f, S);
    from_core(&far_away, &home1, 100, 64);
    run_to(&f, 2 * S);
    advertise(&s2, &home1, false, true, &all, &ll);
    run_to(&f, 3 * S);
    from_core(&far_away, &home1, 300, 64);
    run_to(&f, 4 * S);
    cr_assert_eq(s1.n, 2);
    cr_assert_eq(s2.n, 1);
    cr_assert_eq(s2.log[0].bytes, 348);
    finish();
}

/* The override is lost and the old agent silent: 30 s reachable, 5 s delay, three probes. */
Test(models_router, a_lost_override_costs_unreachability_detection)
{
    serve(&s1, &home1);
    run_to(&f, S);
    from_core(&far_away, &home1, 100, 64);
    run_to(&f, 2 * S);
    serve(&s2, &home1);
    s1.mute = true;
    unsigned data_at_2 = 0;
    for (int64_t t = 3; t < 60; t++) {
        from_core(&far_away, &home1, 100, 64);
        run_to(&f, t * S);
        data_at_2 = s2.n - s2.n_solicited;
        if (data_at_2)
            break;
    }
    /* Confirmed just after 1 s, so the packet of 32 s is the first to find it STALE; DELAY until
     * 37 s, probes at 37, 38, 39 s; at 40 s the packet is a moment earlier than the timer. */
    cr_assert_eq(sim_now(f.net.engine), 42 * S);
    cr_assert_eq(model_router_account(router)->forwarded, 40 + 5 + s2.n - s2.n_solicited);
    cr_assert_eq(s1.n_solicited, 1 + 3 + 1, "resolution, three probes, resolution anew");
    finish();
}

Test(models_router, nobody_answers)
{
    run_to(&f, S);
    from_core(&far_away, &home1, 100, 64);
    from_core(&far_away, &home1, 100, 64);
    run_to(&f, 10 * S);
    cr_assert_eq(lost(MODEL_CAUSE_NO_NEIGHBOUR), 2);
    cr_assert_eq(n_up, 2);
    cr_assert_eq(up[0].msg.kind, MIP6_MSG_ICMP_ERROR);
    cr_assert_eq(up[0].msg.u.icmp.type, 1);
    cr_assert_eq(up[0].msg.u.icmp.code, 3);
    cr_assert(mip6_addr_equal(&up[0].h.dst, &far_away));
    cr_assert_eq(up[0].time_ns, S + 1 + 3 * S);
    finish();
}

Test(models_router, more_than_three_waiting)
{
    run_to(&f, S);
    for (unsigned i = 0; i < 5; i++)
        from_core(&far_away, &home1, 100, 64);
    run_to(&f, 2 * S);
    cr_assert_eq(lost(MODEL_CAUSE_RESOLVING), 2);
    cr_assert_eq(model_router_account(router)->held, 3);
    finish();
}

Test(models_router, too_big)
{
    serve(&s1, &home1);
    run_to(&f, S);
    from_core(&far_away, &home1, 1452, 64);
    from_core(&far_away, &home1, 1453, 64);
    run_to(&f, 2 * S);
    cr_assert_eq(s1.n, 2, "1500 bytes fit");
    cr_assert_eq(lost(MIP6_DROP_TOO_BIG), 1);
    cr_assert_eq(n_up, 1);
    const mip6_icmp_error *e = &up[0].msg.u.icmp;
    cr_assert_eq(e->type, 2);
    cr_assert_eq(e->code, 0);
    cr_assert_eq(e->value, 1500);
    cr_assert_eq(up[0].bytes, 1280, "as much of the packet as fits");
    cr_assert_eq(up[0].first_invoking[0] >> 4, 6);
    mip6_addr own = mip6_addr_from_lladdr(&config.prefix, &config.lladdr);
    cr_assert(mip6_addr_equal(&up[0].h.src, &own));
    finish();
}

Test(models_router, hop_limit)
{
    serve(&s1, &home1);
    run_to(&f, S);
    from_core(&far_away, &home1, 10, 2);
    from_core(&far_away, &home1, 10, 1);
    from_core(&far_away, &home1, 10, 0);
    run_to(&f, 2 * S);
    cr_assert_eq(s1.n, 2);
    cr_assert_eq(s1.log[1].h.hop_limit, 1);
    cr_assert_eq(lost(MIP6_DROP_HOP_LIMIT), 2);
    cr_assert_eq(up[0].msg.u.icmp.type, 3);
    cr_assert_eq(up[0].msg.u.icmp.code, 0);
    finish();
}

Test(models_router, not_ours)
{
    mip6_addr elsewhere = addr("2001:db8:2::1"), near = addr("fe80::1");
    mip6_addr multicast = addr("ff02::1"), nobody = addr("::");
    run_to(&f, S);
    from_core(&far_away, &elsewhere, 10, 64);
    from_core(&far_away, &near, 10, 64);
    from_core(&far_away, &multicast, 10, 64);
    from_core(&nobody, &home1, 10, 64);
    from_core(&near, &home1, 10, 64);
    run_to(&f, 2 * S);
    cr_assert_eq(lost(MODEL_CAUSE_NO_ROUTE), 5);
    cr_assert_eq(n_up, 1, "an error for the first alone");
    cr_assert_eq(up[0].msg.u.icmp.type, 1);
    cr_assert_eq(up[0].msg.u.icmp.code, 0);
    finish();
}

Test(models_router, from_the_home_link)
{
    serve(&s2, &agent2);
    run_to(&f, S);
    from_station(&s1, &home1, &far_away, 64);
    run_to(&f, 2 * S);
    cr_assert_eq(n_up, 1);
    cr_assert_eq(up[0].h.hop_limit, 63);
    from_station(&s1, &home1, &agent2, 64);
    run_to(&f, 3 * S);
    cr_assert_eq(s2.n, 2, "solicited, then the packet");
    cr_assert_eq(s2.log[1].h.hop_limit, 63);
    cr_assert_eq(n_up, 1);
    from_station(&s1, &home1, &far_away, 1);
    serve(&s1, &home1);
    run_to(&f, 4 * S);
    cr_assert_eq(s1.log[s1.n - 1].msg.kind, MIP6_MSG_ICMP_ERROR, "the error stays on the link");
    finish();
}

static void solicit_router(station *s, const mip6_addr *src, const mip6_addr *target, bool slla)
{
    mip6_addr group = mip6_addr_solicited_node(target);
    mip6_lladdr to = mip6_lladdr_multicast(&group);
    mip6_message msg = {.kind = MIP6_MSG_NS,
                        .u.nd = {.target = *target, .has_lladdr = slla, .lladdr = s->lladdr}};
    mip6_header h = {.src = *src, .dst = group, .hop_limit = 255};
    station_send(s, build(&s->account, &h, &msg), &to);
}

Test(models_router, answers_for_itself_and_learns)
{
    run_to(&f, S);
    solicit_router(&s1, &home1, model_router_link_local(router), true);
    run_to(&f, 2 * S);
    cr_assert_eq(s1.n, 1);
    const mip6_nd *na = &s1.log[0].msg.u.nd;
    cr_assert_eq(s1.log[0].msg.kind, MIP6_MSG_NA);
    cr_assert(na->router && na->solicited && na->override && na->has_lladdr);
    cr_assert(mip6_lladdr_equal(&na->lladdr, &config.lladdr));
    cr_assert(mip6_addr_equal(&na->target, model_router_link_local(router)));
    from_core(&far_away, &home1, 10, 64);
    run_to(&f, 3 * S);
    cr_assert_eq(s1.n, 2);
    cr_assert_eq(s1.n_solicited, 0, "its address was known");
    finish();
}

Test(models_router, a_probe_for_its_address_is_answered_to_all)
{
    mip6_addr nobody = {{0}}, all = mip6_addr_all_nodes();
    model_home_link_group_join(home, s1.member, &all);
    run_to(&f, S);
    solicit_router(&s1, &nobody, model_router_link_local(router), false);
    run_to(&f, 2 * S);
    cr_assert_eq(s1.n, 1);
    cr_assert_eq(s1.log[0].msg.kind, MIP6_MSG_NA);
    cr_assert_not(s1.log[0].msg.u.nd.solicited);
    cr_assert(mip6_addr_equal(&s1.log[0].h.dst, &all));
    finish();
}

Test(models_router, errors_are_few_and_never_about_errors)
{
    mip6_message msg = {.kind = MIP6_MSG_ICMP_ERROR,
                        .u.icmp = {.type = 1, .packet = (const uint8_t *)"\x60", .packet_len = 1}};
    mip6_header h = {.src = far_away, .dst = home1, .hop_limit = 1};
    run_to(&f, S);
    sim_packet *p = build(&core.account, &h, &msg);
    model_book_sent(&f.net, &core.account, p);
    sim_post(f.net.engine, S + 5, model_router_id(router), core.id, 5, p);
    run_to(&f, 2 * S);
    cr_assert_eq(lost(MIP6_DROP_HOP_LIMIT), 1);
    cr_assert_eq(n_up, 0);
    for (unsigned i = 0; i < 40; i++)
        from_core(&far_away, &home1, 10, 1);
    run_to(&f, 2 * S + 10);
    cr_assert_eq(n_up, 10, "a burst");
    for (unsigned i = 0; i < 40; i++)
        from_core(&far_away, &home1, 10, 1);
    run_to(&f, 2 * S + S / 2);
    run_to(&f, 3 * S);
    for (unsigned i = 0; i < 40; i++)
        from_core(&far_away, &home1, 10, 1);
    run_to(&f, 3 * S + 10);
    cr_assert_eq(n_up, 20, "ten a second");
    finish();
}

Test(models_router, malformed_packets_are_dropped_by_cause)
{
    run_to(&f, S);
    from_core(&far_away, &home1, 10, 64);
    sim_packet *p = data(&core.account, &far_away, &home1, 10, 64);
    p->len = 39;
    model_book_sent(&f.net, &core.account, p);
    sim_post(f.net.engine, S + 9, model_router_id(router), core.id, 1000, p);
    p = data(&core.account, &far_away, &home1, 10, 64);
    sim_packet_data(p)[0] = 0x45;
    model_book_sent(&f.net, &core.account, p);
    sim_post(f.net.engine, S + 9, model_router_id(router), core.id, 1001, p);
    mip6_addr own = mip6_addr_from_lladdr(&config.prefix, &config.lladdr);
    p = data(&core.account, &far_away, &own, 10, 64);
    sim_packet_data(p)[46] ^= 1;
    model_book_sent(&f.net, &core.account, p);
    sim_post(f.net.engine, S + 9, model_router_id(router), core.id, 1002, p);
    run_to(&f, 2 * S);
    cr_assert_eq(lost(MIP6_DROP_TOO_SHORT), 1);
    cr_assert_eq(lost(MIP6_DROP_BAD_VALUE), 1);
    cr_assert_eq(lost(MIP6_DROP_CHECKSUM), 1);
    finish();
}
