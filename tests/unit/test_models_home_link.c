/* models/network/home_link: unicast, groups in order, losses, members that fail, leave, come back.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/network/home_link.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>

#include "mip6_wire.h"
#include "net_fixture.h"

#define MAX_HOSTS 3000

typedef struct host {
    fixture *f;
    sim_id id;
    model_account account;
    model_detail detail;
    mip6_lladdr lladdr;
    uint32_t member;
    uint32_t frames, multicasts;
    int64_t last_ns;
    uint8_t from[6];
    char name[16];
} host;

static fixture f;
static model_home_link *home;
static host hosts[MAX_HOSTS];
static unsigned n_hosts;
static unsigned order[MAX_HOSTS], n_order;
static void (*then)(host *h);

static void take_frame(void *self, const sim_event *event)
{
    host *h = self;
    sim_packet *p = model_home_link_receive(home, h->member, &h->account, event);
    if (!p)
        return;
    h->frames++;
    h->last_ns = event->time_ns;
    memcpy(h->from, p->lladdr_src, 6);
    model_consume(&f.net, &h->account, p);
}

static void take_multicast(void *self, sim_packet *packet, int64_t now_ns)
{
    host *h = self;
    cr_assert_eq(packet->refs, 1);
    h->multicasts++;
    h->last_ns = now_ns;
    order[n_order++] = (unsigned)(h - hosts);
    if (then)
        then(h);
}

static void drop_payload(void *self, void *payload)
{
    (void)self;
    sim_packet_unref(f.net.packets, payload);
}

static const sim_entity_class host_class = {
    .kind = "host", .handle = take_frame, .discard = drop_payload};

static void join(host *h)
{
    h->member = model_home_link_join(home, h->id, &h->lladdr, h, take_multicast, &h->account);
}

/* Names go down as indices go up, so that rank and index disagree. */
static void start(const model_home_link_config *config, unsigned n)
{
    fixture_init(&f);
    home = model_home_link_new(&f.net, config);
    model_home_link_register(home);
    n_hosts = n;
    n_order = 0;
    for (unsigned i = 0; i < n; i++) {
        host *h = &hosts[i];
        *h = (host){.f = &f, .lladdr = {{2, 0, 0, 0, (uint8_t)(i >> 8), (uint8_t)i}}};
        snprintf(h->name, sizeof h->name, "host%u", 9999 - i);
        model_account_init(&h->account, h->name, 0, MODEL_NO_CELL, &h->detail);
        sim_engine_add(f.net.engine, h->name, &host_class, h, &h->id);
    }
    fixture_seal(&f);
    for (unsigned i = 0; i < n; i++) {
        hosts[i].account.cell = sim_fingerprint_add_cell(f.net.fingerprint, hosts[i].id);
        join(&hosts[i]);
    }
}

static void finish(void)
{
    model_net_check(&f.net);
    sim_engine_free(f.net.engine);
    model_home_link_free(home);
    sim_fingerprint_free(f.net.fingerprint);
    cr_assert_eq(sim_packet_pool_live(f.net.packets), 0);
    sim_packet_pool_free(f.net.packets);
}

static void send_to(host *h, const uint8_t lladdr[6], const mip6_addr *group, uint64_t identity)
{
    sim_packet *p = sim_packet_new(f.net.packets, 48);
    p->len = 40;
    p->virtual_bytes = 60;
    memset(sim_packet_data(p), 0, 40);
    if (group)
        memcpy(sim_packet_data(p) + 24, group, 16);
    p->identity = identity;
    memcpy(p->lladdr_dst, lladdr, 6);
    model_book_originated(&f.net, &h->account, p);
    model_book_sent(&f.net, &h->account, p);
    model_home_link_send(home, h->member, p);
}

static void unicast(host *h, const host *to, uint64_t identity)
{
    send_to(h, to->lladdr.b, NULL, identity);
}

static void multicast(host *h, const mip6_addr *group, uint64_t identity)
{
    mip6_lladdr ll = mip6_lladdr_multicast(group);
    send_to(h, ll.b, group, identity);
}

static const model_home_link_config plain = {
    .port = {.rate_bps = 8000000, .delay_ns = 500}, .mtu = 1500};

Test(models_home_link, a_frame_goes_to_its_address_alone)
{
    start(&plain, 3);
    run_to(&f, 1000);
    unicast(&hosts[0], &hosts[2], 1);
    unicast(&hosts[0], &hosts[1], 2);
    unicast(&hosts[1], &hosts[2], 3);
    run_to(&f, 10000000);
    cr_assert_eq(hosts[2].frames, 2);
    cr_assert_eq(hosts[1].frames, 1);
    cr_assert_eq(hosts[0].frames, 0);
    cr_assert_eq(hosts[2].last_ns, 1000 + 100000 + 500, "100 bytes at 8 Mbit/s; ports do not "
                 "contend, so the frames of 0 and 1 arrive at once");
    cr_assert_eq(hosts[1].last_ns, 1000 + 200000 + 500, "but a port sends one after the other");
    cr_assert_arr_eq(hosts[1].from, hosts[0].lladdr.b, 6);
    finish();
}

Test(models_home_link, nobody_has_the_address)
{
    start(&plain, 2);
    run_to(&f, 1000);
    send_to(&hosts[0], (const uint8_t *)"\2\7\7\7\7\7", NULL, 1);
    unicast(&hosts[0], &hosts[0], 2);
    model_home_link_leave(home, hosts[1].member);
    unicast(&hosts[0], &hosts[1], 3);
    cr_assert_eq(hosts[0].detail.lost_packets[MODEL_CAUSE_STALE_NEIGHBOUR], 3);
    run_to(&f, 10000000);
    finish();
}

Test(models_home_link, a_group_is_served_in_order_of_id_without_the_sender)
{
    mip6_addr all = mip6_addr_all_nodes(), routers = mip6_addr_all_routers();
    start(&plain, 5);
    for (unsigned i = 0; i < 5; i++)
        if (i != 2)
            model_home_link_group_join(home, hosts[i].member, &all);
    model_home_link_group_join(home, hosts[2].member, &routers);
    run_to(&f, 1000);
    multicast(&hosts[1], &all, 1);
    run_to(&f, 10000000);
    static const unsigned expected[] = {4, 3, 0};
    cr_assert_eq(n_order, 3);
    cr_assert_arr_eq(order, expected, sizeof expected);
    cr_assert_eq(hosts[0].last_ns, 1000 + 100000 + 500);
    cr_assert_eq(hosts[0].account.received, 1);
    cr_assert_eq(hosts[0].account.consumed, 1);
    const model_account *a = model_home_link_account(home);
    cr_assert_eq(a->received, 1);
    cr_assert_eq(a->copied, 3);
    cr_assert_eq(a->forwarded, 3);
    cr_assert_eq(a->consumed, 1);
    multicast(&hosts[2], &routers, 2);
    run_to(&f, 20000000);
    cr_assert_eq(n_order, 3, "the only member is the sender");
    finish();
}

static bool minds_evens(void *self, const sim_packet *packet, int64_t now_ns)
{
    (void)self;
    cr_assert_eq(now_ns, sim_now(f.net.engine));
    return packet->identity % 2 == 0;
}

/* Whoever is spared a frame is counted as if it had come. */
Test(models_home_link, a_member_may_be_spared_what_it_does_not_mind)
{
    mip6_addr all = mip6_addr_all_nodes();
    start(&plain, 3);
    for (unsigned i = 0; i < 3; i++)
        model_home_link_group_join(home, hosts[i].member, &all);
    model_home_link_filter(home, hosts[1].member, minds_evens);
    sim_id ids[3] = {0};
    cr_assert_eq(model_home_link_group(home, &all, ids, 2), 3);
    cr_assert(ids[0] == hosts[2].id && ids[1] == hosts[1].id && ids[2] == 0);
    mip6_addr nobodys = mip6_addr_all_routers();
    cr_assert_eq(model_home_link_group(home, &nobodys, ids, 3), 0);
    run_to(&f, 1000);
    for (uint64_t identity = 1; identity <= 4; identity++)
        multicast(&hosts[0], &all, identity);
    run_to(&f, 10000000);
    cr_assert_eq(hosts[1].multicasts, 2);
    cr_assert_eq(hosts[2].multicasts, 4);
    cr_assert_eq(hosts[1].account.received, 4);
    cr_assert_eq(hosts[1].account.consumed, 4);
    finish();
}

Test(models_home_link, joins_are_counted)
{
    mip6_addr group = {{0xff, 2, [15] = 9}};
    start(&plain, 2);
    model_home_link_group_join(home, hosts[1].member, &group);
    model_home_link_group_join(home, hosts[1].member, &group);
    model_home_link_group_leave(home, hosts[1].member, &group);
    run_to(&f, 1000);
    multicast(&hosts[0], &group, 1);
    run_to(&f, 1000000);
    cr_assert_eq(hosts[1].multicasts, 1);
    model_home_link_group_leave(home, hosts[1].member, &group);
    multicast(&hosts[0], &group, 2);
    run_to(&f, 2000000);
    cr_assert_eq(hosts[1].multicasts, 1);
    finish();
}

Test(models_home_link, leaving_twice_is_a_bug, .signal = SIGABRT)
{
    mip6_addr group = {{0xff, 2, [15] = 9}};
    start(&plain, 2);
    model_home_link_group_join(home, hosts[0].member, &group);
    model_home_link_group_leave(home, hosts[1].member, &group);
}

Test(models_home_link, two_members_with_one_address_are_a_bug, .signal = SIGABRT)
{
    start(&plain, 2);
    model_home_link_leave(home, hosts[1].member);
    hosts[1].lladdr = hosts[0].lladdr;
    join(&hosts[1]);
}

/* Membership against a plain table, over random joins, leaves and members that come and go. */
Test(models_home_link, membership_agrees_with_a_table)
{
    enum { N = 40, G = 12 };
    static unsigned joined[N][G];
    static bool here[N];
    mip6_addr groups[G];
    start(&plain, N);
    for (unsigned g = 0; g < G; g++)
        groups[g] = (mip6_addr){{0xff, 2, [14] = (uint8_t)g, [15] = 7}};
    for (unsigned i = 0; i < N; i++)
        here[i] = true;
    sim_stream r = sim_stream_init(3, 0, "test", "groups");
    for (unsigned step = 0; step < 6000; step++) {
        unsigned i = 1 + (unsigned)sim_below(sim_stream_u64(&r), N - 1);
        unsigned g = (unsigned)sim_below(sim_stream_u64(&r), G);
        unsigned what = (unsigned)sim_below(sim_stream_u64(&r), 20);
        if (what == 0 && here[i]) {
            model_home_link_leave(home, hosts[i].member);
            here[i] = false;
            memset(joined[i], 0, sizeof joined[i]);
        } else if (!here[i]) {
            join(&hosts[i]);
            here[i] = true;
        } else if (what < 11) {
            model_home_link_group_join(home, hosts[i].member, &groups[g]);
            joined[i][g]++;
        } else if (joined[i][g] > 0) {
            model_home_link_group_leave(home, hosts[i].member, &groups[g]);
            joined[i][g]--;
        }
        if (step % 10)
            continue;
        n_order = 0;
        multicast(&hosts[0], &groups[g], step);
        run_to(&f, sim_now(f.net.engine) + 1000000);
        unsigned k = 0;
        for (unsigned j = N; j-- > 0;)
            if (joined[j][g])
                cr_assert(k < n_order && order[k++] == j, "step %u, host %u", step, j);
        cr_assert_eq(k, n_order);
    }
    finish();
}

static void leave_others(host *h)
{
    for (unsigned i = 0; i < n_hosts; i++) {
        if (&hosts[i] == h || hosts[i].member == MODEL_NO_MEMBER || i == 0)
            continue;
        model_home_link_leave(home, hosts[i].member);
        hosts[i].member = MODEL_NO_MEMBER;
        join(&hosts[i]);
    }
}

Test(models_home_link, members_may_leave_while_a_multicast_is_handed_out)
{
    mip6_addr all = mip6_addr_all_nodes();
    start(&plain, 6);
    for (unsigned i = 0; i < 6; i++)
        model_home_link_group_join(home, hosts[i].member, &all);
    then = leave_others;
    run_to(&f, 1000);
    multicast(&hosts[0], &all, 1);
    run_to(&f, 1000000);
    cr_assert_eq(n_order, 1, "those who left and came back had not joined the group");
    finish();
}

Test(models_home_link, each_copy_has_a_fate_of_its_own)
{
    model_home_link_config lossy = plain;
    lossy.port.loss_ppm = 300000;
    mip6_addr all = mip6_addr_all_nodes();
    start(&lossy, 1001);
    for (unsigned i = 0; i <= 1000; i++)
        model_home_link_group_join(home, hosts[i].member, &all);
    run_to(&f, 1000);
    multicast(&hosts[0], &all, 77);
    run_to(&f, 1000000);
    const model_account *a = model_home_link_account(home);
    cr_assert_eq(a->copied, 1000);
    cr_assert_eq(a->forwarded, n_order);
    cr_assert_eq(a->lost, 1000 - n_order);
    cr_assert_eq(a->detail->lost_packets[MODEL_CAUSE_LINK_LOSS], 1000 - n_order);
    cr_assert(n_order > 650 && n_order < 750, "%u", n_order);
    /* Half of the members gone: the others' copies fare as before. */
    bool got[1001];
    for (unsigned i = 0; i <= 1000; i++) {
        got[i] = hosts[i].multicasts;
        hosts[i].multicasts = 0;
        if (i % 2)
            model_home_link_leave(home, hosts[i].member);
    }
    multicast(&hosts[0], &all, 77);
    run_to(&f, 2000000);
    for (unsigned i = 2; i <= 1000; i += 2)
        cr_assert_eq(got[i], hosts[i].multicasts, "host %u", i);
    finish();
}

Test(models_home_link, unicast_loss_is_the_senders)
{
    model_home_link_config lossy = plain;
    lossy.port.loss_ppm = 1000000;
    start(&lossy, 2);
    run_to(&f, 1);
    unicast(&hosts[0], &hosts[1], 1);
    cr_assert_eq(hosts[0].detail.lost_packets[MODEL_CAUSE_LINK_LOSS], 1);
    finish();
}

Test(models_home_link, a_failed_member_neither_sends_nor_gets)
{
    mip6_addr all = mip6_addr_all_nodes();
    start(&plain, 3);
    for (unsigned i = 0; i < 3; i++)
        model_home_link_group_join(home, hosts[i].member, &all);
    run_to(&f, 1000);
    /* Three frames of 100 us each: the first has left at 101000, the others wait. */
    unicast(&hosts[0], &hosts[1], 1);
    multicast(&hosts[0], &all, 2);
    unicast(&hosts[0], &hosts[1], 3);
    unicast(&hosts[2], &hosts[0], 4);
    run_to(&f, 101000);
    model_home_link_set_up(home, hosts[0].member, false);
    unicast(&hosts[0], &hosts[1], 5);
    multicast(&hosts[2], &all, 6);
    run_to(&f, 10000000);
    cr_assert_eq(hosts[1].frames, 1, "what had left arrives");
    cr_assert_eq(hosts[1].multicasts, 1, "that of host 2");
    cr_assert_eq(hosts[0].frames, 0);
    cr_assert_eq(hosts[0].multicasts, 0);
    cr_assert_eq(hosts[0].detail.lost_packets[MODEL_CAUSE_AGENT_DOWN], 2, "5 and 4");
    cr_assert_eq(hosts[1].detail.lost_packets[MODEL_CAUSE_AGENT_DOWN], 1, "3");
    cr_assert_eq(model_home_link_account(home)->detail->lost_packets[MODEL_CAUSE_AGENT_DOWN], 1);
    model_home_link_set_up(home, hosts[0].member, true);
    unicast(&hosts[0], &hosts[1], 7);
    unicast(&hosts[1], &hosts[0], 8);
    run_to(&f, 20000000);
    cr_assert_eq(hosts[1].frames, 2);
    cr_assert_eq(hosts[0].frames, 1);
    finish();
}

/* Cut off, and back with its groups as they were; what is lost meanwhile has its own cause. */
Test(models_home_link, a_port_that_is_cut_comes_back_as_it_was)
{
    mip6_addr all = mip6_addr_all_nodes();
    start(&plain, 3);
    for (unsigned i = 0; i < 3; i++)
        model_home_link_group_join(home, hosts[i].member, &all);
    run_to(&f, 1000);
    unicast(&hosts[0], &hosts[1], 1);   /* has left at 101000; the next waits */
    unicast(&hosts[0], &hosts[1], 2);
    multicast(&hosts[0], &all, 3);
    run_to(&f, 101000);
    model_home_link_cut(home, hosts[0].member, MODEL_CAUSE_ISOLATED);
    unicast(&hosts[0], &hosts[1], 4);
    unicast(&hosts[1], &hosts[0], 5);
    multicast(&hosts[2], &all, 6);
    run_to(&f, 10000000);
    cr_assert_eq(hosts[1].frames, 1);
    cr_assert_eq(hosts[0].frames + hosts[0].multicasts, 0);
    cr_assert_eq(hosts[0].detail.lost_packets[MODEL_CAUSE_ISOLATED], 2, "4 and 5");
    cr_assert_eq(hosts[1].detail.lost_packets[MODEL_CAUSE_ISOLATED], 1, "2");
    cr_assert_eq(model_home_link_account(home)->detail->lost_packets[MODEL_CAUSE_ISOLATED], 1);
    model_home_link_set_up(home, hosts[0].member, true);
    multicast(&hosts[2], &all, 7);
    run_to(&f, 20000000);
    cr_assert_eq(hosts[0].multicasts, 1);
    finish();
}

/* An agent that fails is in the group of each of its nodes; one that comes back is in none, and
 * joins some again; a stranger in its place is in none of them. */
Test(models_home_link, memberships_end_with_the_member)
{
    enum { GROUPS = 200 };
    mip6_addr group = {{0xff, 2, [15] = 7}};
    start(&plain, 3);
    for (unsigned g = 0; g < GROUPS; g++) {
        group.b[14] = (uint8_t)g;
        model_home_link_group_join(home, hosts[1].member, &group);
        model_home_link_group_join(home, hosts[1].member, &group);
    }
    model_home_link_leave(home, hosts[1].member);
    join(&hosts[1]);
    group.b[14] = 3;
    model_home_link_group_join(home, hosts[1].member, &group);
    for (unsigned g = 0; g < GROUPS; g++) {
        group.b[14] = (uint8_t)g;
        multicast(&hosts[0], &group, g);
    }
    run_to(&f, 100000000);
    cr_assert_eq(hosts[1].multicasts, 1, "%u", hosts[1].multicasts);
    group.b[14] = 3;
    model_home_link_group_leave(home, hosts[1].member, &group);     /* it had joined once */
    multicast(&hosts[0], &group, GROUPS);
    run_to(&f, 200000000);
    cr_assert_eq(hosts[1].multicasts, 1);
    finish();
}

Test(models_home_link, a_frame_for_one_who_left_is_lost_there)
{
    start(&plain, 2);
    run_to(&f, 1000);
    unicast(&hosts[0], &hosts[1], 1);
    model_home_link_leave(home, hosts[1].member);
    hosts[1].member = MODEL_NO_MEMBER;
    run_to(&f, 1000000);
    cr_assert_eq(hosts[1].detail.lost_packets[MODEL_CAUSE_DETACHED], 1);
    finish();
}

/* One that leaves and joins again, as an agent that reboots: what waited at its port is lost all
 * the same, and what it sends then comes behind what had left. */
Test(models_home_link, frames_of_one_who_left_and_came_back)
{
    start(&plain, 2);
    run_to(&f, 1000);
    for (uint64_t i = 1; i <= 3; i++)   /* they leave at 101000, 201000, 301000 */
        unicast(&hosts[0], &hosts[1], i);
    run_to(&f, 101000);
    model_home_link_leave(home, hosts[0].member);
    join(&hosts[0]);
    unicast(&hosts[0], &hosts[1], 4);
    run_to(&f, 1000000);
    cr_assert_eq(hosts[1].frames, 2, "1 and 4");
    cr_assert_eq(hosts[1].detail.lost_packets[MODEL_CAUSE_AGENT_DOWN], 2, "2 and 3");
    unicast(&hosts[0], &hosts[1], 5);
    run_to(&f, 1050000);
    model_home_link_leave(home, hosts[0].member);
    run_to(&f, 2000000);
    cr_assert_eq(hosts[1].frames, 2);
    cr_assert_eq(hosts[1].detail.lost_packets[MODEL_CAUSE_AGENT_DOWN], 3, "5, too");
    join(&hosts[0]);
    unicast(&hosts[0], &hosts[1], 6);
    run_to(&f, 3000000);
    cr_assert_eq(hosts[1].frames, 3);
    finish();
}

Test(models_home_link, full_port)
{
    model_home_link_config small = plain;
    small.port.limit_packets = 2;
    start(&small, 2);
    run_to(&f, 1000);
    for (uint64_t i = 0; i < 5; i++)
        unicast(&hosts[0], &hosts[1], i);
    cr_assert_eq(hosts[0].detail.lost_packets[MODEL_CAUSE_LINK_FULL], 3);
    run_to(&f, 10000000);
    cr_assert_eq(hosts[1].frames, 2);
    finish();
}

Test(models_home_link, thousands_come_and_go)
{
    mip6_addr all = mip6_addr_all_nodes();
    start(&plain, MAX_HOSTS);
    for (unsigned turn = 0; turn < 3; turn++) {
        for (unsigned i = 0; i < MAX_HOSTS; i++)
            model_home_link_group_join(home, hosts[i].member, &all);
        n_order = 0;
        multicast(&hosts[7], &all, turn);
        run_to(&f, 1000000 * (turn + 1));
        cr_assert_eq(n_order, MAX_HOSTS - 1);
        for (unsigned i = 0; i < MAX_HOSTS; i++) {
            model_home_link_leave(home, hosts[i].member);
            join(&hosts[i]);
        }
    }
    finish();
}

/* ---- Addresses that members share -------------------------------------------------- */

static const uint8_t shared[6] = {0, 0, 0x5e, 0, 2, 7};

static void send_as(host *h, const uint8_t to[6], const mip6_addr *group, uint64_t identity)
{
    sim_packet *p = sim_packet_new(f.net.packets, 48);
    p->len = 40;
    memset(sim_packet_data(p), 0, 40);
    if (group)
        memcpy(sim_packet_data(p) + 24, group, 16);
    p->identity = identity;
    memcpy(p->lladdr_dst, to, 6);
    memcpy(p->lladdr_src, shared, 6);
    model_book_originated(&f.net, &h->account, p);
    model_book_sent(&f.net, &h->account, p);
    model_home_link_send_as(home, h->member, p);
}

static void advertise(host *h, uint64_t identity)
{
    mip6_addr all = mip6_addr_all_nodes();
    mip6_lladdr ll = mip6_lladdr_multicast(&all);
    send_as(h, ll.b, &all, identity);
}

/* Who gets the next frame to the shared address from the last host; nobody: n_hosts. */
static unsigned owner(uint64_t identity)
{
    unsigned before[MAX_HOSTS];
    for (unsigned i = 0; i < n_hosts; i++)
        before[i] = hosts[i].frames;
    send_to(&hosts[n_hosts - 1], shared, NULL, identity);
    run_to(&f, sim_now(f.net.engine) + 1000000);
    for (unsigned i = 0; i < n_hosts; i++)
        if (hosts[i].frames > before[i])
            return i;
    return n_hosts;
}

Test(models_home_link, a_shared_address_is_behind_the_port_that_used_it_last)
{
    start(&plain, 4);
    run_to(&f, 1000);
    cr_assert_eq(owner(1), 4, "nobody has used it");
    advertise(&hosts[0], 2);
    cr_assert_eq(owner(3), 0);
    cr_assert_arr_eq(hosts[0].from, hosts[3].lladdr.b, 6);
    advertise(&hosts[1], 4);
    cr_assert_eq(owner(5), 1);
    send_as(&hosts[2], hosts[3].lladdr.b, NULL, 6);     /* any frame will do */
    cr_assert_eq(owner(7), 2);
    run_to(&f, sim_now(f.net.engine) + 1000000);
    cr_assert_arr_eq(hosts[3].from, shared, 6);
    unicast(&hosts[3], &hosts[0], 8);                   /* their own stay where they are */
    run_to(&f, sim_now(f.net.engine) + 1000000);
    cr_assert_eq(hosts[0].frames, 2);
    finish();
}

/* What is sent to a port behind which everything is down is lost there; one that is down itself
 * does not make the switch learn; one that has left is forgotten. */
Test(models_home_link, a_shared_address_does_not_follow_by_itself)
{
    start(&plain, 4);
    run_to(&f, 1000);
    advertise(&hosts[0], 1);
    model_home_link_set_up(home, hosts[0].member, false);
    cr_assert_eq(owner(2), 4);
    cr_assert_eq(hosts[0].detail.lost_packets[MODEL_CAUSE_AGENT_DOWN], 1);
    model_home_link_cut(home, hosts[1].member, MODEL_CAUSE_ISOLATED);
    advertise(&hosts[1], 3);
    cr_assert_eq(owner(4), 4);
    cr_assert_eq(hosts[0].detail.lost_packets[MODEL_CAUSE_AGENT_DOWN], 2);
    model_home_link_leave(home, hosts[0].member);
    join(&hosts[0]);
    cr_assert_eq(owner(5), 4);
    cr_assert_eq(hosts[3].detail.lost_packets[MODEL_CAUSE_STALE_NEIGHBOUR], 1);
    advertise(&hosts[2], 6);
    cr_assert_eq(owner(7), 2);
    send_as(&hosts[2], shared, NULL, 8);
    run_to(&f, sim_now(f.net.engine) + 1000000);
    cr_assert_eq(hosts[2].frames, 1, "nobody's frames come back");
    finish();
}
