/* The mobile node at home and on the data path.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <criterion/criterion.h>

#include "mn_harness.h"

static mn_world w;

static void setup(void)
{
    world_init(&w, 0);
}

static void teardown(void)
{
    world_free_all(&w);
    cr_assert_eq(w.live, 0);
}

TestSuite(proto_mn_home, .init = setup, .fini = teardown);

#define GROUP "ff02::1:ff00:99"

/* RFC 6275 section 11.5.5: no DAD, the NA after the BA, then twice again. */
Test(proto_mn_home, return_home)
{
    bootstrap(&w);
    w.now_ns = 10 * SEC;
    attach_home(&w);
    cr_assert_eq(figures(&w).state, MIP6_MN_RETURNING);
    w.now_ns = 10010 * MS;
    cr_assert_eq(feed_ba(&w, "ha1", 0, 2, 0), 0);
    cr_assert_eq(figures(&w).state, MIP6_MN_HOME);
    advance(&w, 100 * SEC);
    cr_assert_str_eq(take(&w),
        "10 join " GROUP "\n"
        "10 binding-update home>ha1 #2 lifetime=0 HA alt=home\n"
        "10.01 * mn-deregistered ha1 code=0 value=0\n"
        "10.01 tunnel-gone ha1\n"
        "10.01 neighbour-advertisement home>all-nodes O\n"
        "11.01 neighbour-advertisement home>all-nodes O\n"
        "12.01 neighbour-advertisement home>all-nodes O\n");
    cr_assert_eq(mip6_mn_next_expiry(w.mn), MIP6_NEVER);
}

Test(proto_mn_home, starts_at_home)
{
    attach_home(&w);
    cr_assert_eq(figures(&w).state, MIP6_MN_HOME);
    cr_assert_str_eq(take(&w),
        "0 join " GROUP "\n"
        "0 neighbour-advertisement home>all-nodes O\n");
}

Test(proto_mn_home, deregistration_unanswered)
{
    bootstrap(&w);
    w.now_ns = 10 * SEC;
    w.traces = false;
    attach_home(&w);
    advance(&w, 25 * SEC);
    cr_assert_str_eq(take(&w),
        "10 join " GROUP "\n"
        "10 binding-update home>ha1 #2 lifetime=0 HA alt=home\n"
        "11 binding-update home>ha1 #3 lifetime=0 HA alt=home\n"
        "13 binding-update home>ha1 #4 lifetime=0 HA alt=home\n"
        "17 binding-update home>ha1 #5 lifetime=0 HA alt=home\n"
        "25 tunnel-gone ha1\n"
        "25 neighbour-advertisement home>all-nodes O\n");
    cr_assert_eq(figures(&w).state, MIP6_MN_HOME);
}

static int solicit(const char *src)
{
    mip6_header h = {.hop_limit = 255};
    mip6_message m = {.kind = MIP6_MSG_NS};
    if (src)
        h.src = named(src);
    mip6_addr home = named("home");
    h.dst = mip6_addr_solicited_node(&home);
    m.u.nd.target = home;
    m.u.nd.has_lladdr = src != NULL;
    m.u.nd.lladdr = (mip6_lladdr){{2, 0, 0, 0, 0, 7}};
    return feed(&w, &h, &m);
}

/* It answers for its address once the deregistration is sent; a probe, too. */
Test(proto_mn_home, answers_solicitations)
{
    bootstrap(&w);
    cr_assert_eq(solicit("ha1"), MIP6_ERR_IGNORED, "not while away");
    attach_home(&w);
    take(&w);
    cr_assert_eq(solicit("ha1"), 0);
    cr_assert_eq(solicit(NULL), 0);
    cr_assert_str_eq(take(&w),
        "0 neighbour-advertisement home>ha1 SO\n"
        "0 neighbour-advertisement home>all-nodes O\n");
}

Test(proto_mn_home, leaves_again)
{
    bootstrap(&w);
    w.now_ns = 10 * SEC;
    w.traces = false;
    attach_home(&w);
    feed_ba(&w, "ha1", 0, 2, 0);
    take(&w);
    w.now_ns = 10500 * MS;
    mip6_mn_detached(w.mn, w.now_ns);
    w.now_ns = 20 * SEC;
    attach(&w, "coa2");
    advance(&w, 22 * SEC);
    accept_bu(&w, "ha1");
    cr_assert_str_eq(take(&w),
        "20 leave " GROUP "\n"
        "20 binding-update coa2>ha1 #3 lifetime=120 HA hoa alt=coa2\n"
        "21.5 binding-update coa2>ha1 #4 lifetime=120 HA hoa alt=coa2\n"
        "22 tunnel-set ha1\n");
    cr_assert_eq(figures(&w).state, MIP6_MN_REGISTERED);
}

/* Away again before the agent has answered: the binding is updated, not lost. */
Test(proto_mn_home, leaves_before_the_answer)
{
    bootstrap(&w);
    w.now_ns = 10 * SEC;
    attach_home(&w);
    take(&w);
    w.now_ns = 10200 * MS;
    attach(&w, "coa2");
    cr_assert_eq(feed_ba(&w, "ha1", 0, 2, 0), MIP6_ERR_IGNORED, "to the old update");
    accept_bu(&w, "ha1");
    cr_assert_str_eq(take(&w),
        "10.2 leave " GROUP "\n"
        "10.2 binding-update coa2>ha1 #3 lifetime=120 HA hoa alt=coa2\n"
        "10.2 * mn-registered ha1 code=1 value=120\n");
}

/* In the middle of a handover both agents may hold a binding. */
Test(proto_mn_home, returns_in_a_handover)
{
    w.config.handover = MIP6_HANDOVER_YIELD;
    bootstrap(&w);
    w.now_ns = 10 * SEC;
    feed_dhaad(&w, "ha1", 0, "ha2");
    w.now_ns = 10500 * MS;
    take(&w);
    w.traces = false;
    attach_home(&w);
    feed_ba(&w, "ha2", 133, 4, 0);
    feed_ba(&w, "ha1", 0, 3, 0);
    cr_assert_str_eq(take(&w),
        "10.5 join " GROUP "\n"
        "10.5 binding-update home>ha1 #3 lifetime=0 HA alt=home\n"
        "10.5 binding-update home>ha2 #4 lifetime=0 HA alt=home\n"
        "10.5 tunnel-gone ha1\n"
        "10.5 neighbour-advertisement home>all-nodes O\n");
    advance(&w, 100 * SEC);
    cr_assert_eq(mip6_mn_next_expiry(w.mn), MIP6_NEVER);
}

/* Nothing comes through the agent that drained, either. */
Test(proto_mn_home, returns_while_the_old_agent_drains)
{
    w.config.handover = MIP6_HANDOVER_YIELD;
    bootstrap(&w);
    w.now_ns = 10 * SEC;
    feed_dhaad(&w, "ha1", 0, "ha2");
    accept_bu(&w, "ha2");
    feed_ba(&w, "ha1", 0, 3, 0);
    take(&w);
    w.traces = false;
    attach_home(&w);
    cr_assert_str_eq(take(&w),
        "10 tunnel-gone ha1\n"
        "10 join " GROUP "\n"
        "10 binding-update home>ha2 #4 lifetime=0 HA alt=home\n");
}

/* Without memory the deregistration waits; the node goes on returning. */
Test(proto_mn_home, deregistration_waits_for_memory)
{
    mip6_limits limits = {.dhaad = 1};
    mip6_addr own = named("home"), other = named("cn2"), care_of = named("coa2");
    mip6_mn_free(w.mn);
    mip6_shared_free(w.shared);
    w.shared = mip6_shared_init(w.shared_storage, &w.env, &limits);
    w.mn = mip6_mn_init(w.storage, w.shared, &w.config, &own, 0, 1);
    bootstrap(&w);
    void *storage = malloc(mip6_mn_size());
    mip6_mn *hog = mip6_mn_init(storage, w.shared, &w.config, &other, 0, 2);
    mip6_mn_attached(hog, &care_of, 0);
    w.now_ns = 10 * SEC;
    attach_home(&w);
    cr_assert_eq(figures(&w).state, MIP6_MN_RETURNING);
    mip6_mn_free(hog);
    free(storage);
    advance(&w, 11 * SEC);
    cr_assert_str_eq(take(&w),
        "10 join " GROUP "\n"
        "11 binding-update home>ha1 #2 lifetime=0 HA alt=home\n");
}

/* Home after the binding has ended on the way: nobody to deregister with. */
Test(proto_mn_home, returns_after_expiry)
{
    bootstrap(&w);
    mip6_mn_detached(w.mn, 10 * SEC);
    w.now_ns = 130 * SEC;
    attach_home(&w);
    cr_assert_str_eq(take(&w),
        "130 * mn-expired ha1 code=0 value=0\n"
        "130 tunnel-gone ha1\n"
        "130 join " GROUP "\n"
        "130 neighbour-advertisement home>all-nodes O\n");
}

/* A host that asks for actions late: the end of a tunnel is never forgotten for a question. */
Test(proto_mn_home, question_while_a_tunnel_ends)
{
    mip6_lladdr ll = {{2, 0, 0, 0, 0, 9}};
    bootstrap(&w);
    mip6_mn_detached(w.mn, 10 * SEC);
    w.now_ns = 130 * SEC;
    mip6_mn_attached_home(w.mn, &ll, w.now_ns);
    cr_assert_eq(solicit("ha1"), MIP6_ERR_IGNORED);
    cr_assert_str_eq(take(&w),
        "130 * mn-expired ha1 code=0 value=0\n"
        "130 tunnel-gone ha1\n"
        "130 join " GROUP "\n"
        "130 neighbour-advertisement home>all-nodes O\n");
    cr_assert_eq(solicit("ha1"), 0);
}

Test(proto_mn_home, switch_at_home_is_ignored)
{
    bootstrap(&w);
    attach_home(&w);
    feed_ba(&w, "ha1", 0, 2, 0);
    cr_assert_neq(feed_dhaad(&w, "ha1", 0, "ha2"), 0);
    cr_assert_eq(figures(&w).state, MIP6_MN_HOME);
}

/* ---- Data */

typedef struct flow_packet {
    uint8_t buf[64 + 40 + 48];
    mip6_packet p;
    mip6_route route;
} flow_packet;

static mip6_verdict output(flow_packet *f)
{
    mip6_addr cn = named("cn"), home = named("home");
    f->p = (mip6_packet){.data = f->buf + 64, .len = 48, .headroom = 64,
                         .virtual_bytes = 100};
    mip6_udp_header(f->buf + 64, &home, &cn, 1, 2, 100, 64);
    return mip6_mn_output(w.mn, &f->p, &f->route, w.now_ns);
}

Test(proto_mn_home, output_by_place)
{
    flow_packet f;
    cr_assert_eq(output(&f), MIP6_DROP, "no link");
    cr_assert_eq(f.route.cause, MIP6_DROP_UNREGISTERED);
    attach(&w, "coa1");
    cr_assert_eq(output(&f), MIP6_DROP, "no binding");
    feed_dhaad(&w, "ha1", dhaad_id(&w), "ha1");
    cr_assert_eq(output(&f), MIP6_DROP, "no binding yet");
    accept_bu(&w, "ha1");
    cr_assert_eq(output(&f), MIP6_SEND_ON);
    cr_assert(f.route.tunnelled);
    cr_assert_eq(f.p.len, 88);
    cr_assert_eq(f.p.headroom, 24);
    cr_assert_eq(mip6_get16(f.p.data + 4), 148);
    mip6_header h;
    mip6_drop cause;
    cr_assert_eq(mip6_decode_header(f.p.data, f.p.len, 100, &h, &cause), 0);
    cr_assert_str_eq(name_of(&h.src), "coa1");
    cr_assert_str_eq(name_of(&h.dst), "ha1");
    cr_assert_eq(h.next_header, MIP6_NH_IPV6);
    attach_home(&w);
    cr_assert_eq(output(&f), MIP6_SEND_ON);
    cr_assert_not(f.route.tunnelled);
    cr_assert_eq(f.p.len, 48);
    cr_assert_eq(mip6_shared_mn_drops(w.shared)[MIP6_DROP_UNREGISTERED], 3);
}

static mip6_verdict input(flow_packet *f, const char *outer_src, const char *inner_src,
                          const char *inner_dst)
{
    mip6_addr agent = named(outer_src), care_of = figures(&w).care_of;
    mip6_addr cn = named(inner_src), home = named(inner_dst);
    mip6_rx rx = {.virtual_bytes = 100};
    f->p = (mip6_packet){.data = f->buf + 64, .len = 88, .headroom = 64,
                         .virtual_bytes = 100};
    mip6_udp_header(f->buf + 104, &cn, &home, 1, 2, 100, 64);
    mip6_tunnel_header(f->buf + 64, &agent, &care_of, 148, 64);
    return mip6_mn_input(w.mn, &rx, &f->p, &f->route, w.now_ns);
}

Test(proto_mn_home, input_through_the_tunnel)
{
    flow_packet f;
    bootstrap(&w);
    cr_assert_eq(input(&f, "ha1", "cn", "home"), MIP6_DELIVER);
    cr_assert(f.route.tunnelled);
    cr_assert_eq(f.p.len, 48);
    cr_assert_eq(f.p.data, f.buf + 104);
    cr_assert_eq(input(&f, "ha2", "cn", "home"), MIP6_DROP);
    cr_assert_eq(f.route.cause, MIP6_DROP_BAD_TUNNEL_SOURCE);
    cr_assert_eq(input(&f, "ha1", "cn", "cn2"), MIP6_DROP);
    cr_assert_eq(f.route.cause, MIP6_DROP_NOT_FOR_US);
    cr_assert_eq(input(&f, "ha1", "home", "home"), MIP6_DROP);
    cr_assert_eq(f.route.cause, MIP6_DROP_NOT_FOR_US);
    uint8_t bad[88];
    mip6_addr cn = named("cn"), home = named("home"), agent = named("ha1");
    mip6_addr care_of = figures(&w).care_of;
    mip6_udp_header(bad + 40, &cn, &home, 1, 2, 0, 64);
    mip6_tunnel_header(bad, &agent, &care_of, 48, 64);
    bad[86] ^= 1;
    cr_assert_eq(feed_bytes(&w, bad, 88), -100 - MIP6_DROP_CHECKSUM, "the inner one");
    advance(&w, 120 * SEC);     /* the binding ends */
    cr_assert_eq(input(&f, "ha1", "cn", "home"), MIP6_DROP);
    cr_assert_eq(f.route.cause, MIP6_DROP_BAD_TUNNEL_SOURCE);
}

Test(proto_mn_home, input_at_home_is_plain)
{
    flow_packet f;
    mip6_addr cn = named("cn"), home = named("home");
    mip6_rx rx = {.virtual_bytes = 100};
    attach_home(&w);
    f.p = (mip6_packet){.data = f.buf + 64, .len = 48, .headroom = 64,
                        .virtual_bytes = 100};
    mip6_udp_header(f.buf + 64, &cn, &home, 1, 2, 100, 64);
    cr_assert_eq(mip6_mn_input(w.mn, &rx, &f.p, &f.route, 0), MIP6_DELIVER);
    f.buf[64 + 46] ^= 1;
    cr_assert_eq(mip6_mn_input(w.mn, &rx, &f.p, &f.route, 0), MIP6_DROP);
    cr_assert_eq(f.route.cause, MIP6_DROP_CHECKSUM);
}

/* A packet for the home address on a foreign link came from nobody that may send it. */
Test(proto_mn_home, home_address_on_a_foreign_link)
{
    uint8_t buf[MIP6_MAX_PACKET];
    mip6_rx rx = {0};
    bootstrap(&w);
    advance(&w, 60 * SEC);
    mip6_header h = {.src = named("ha1"), .dst = named("home"), .hop_limit = 64};
    mip6_message m = {.kind = MIP6_MSG_BA};
    m.u.ba.sequence = 2;
    m.u.ba.lifetime_units = 30;
    int len = mip6_encode(buf, sizeof buf, &h, &m);
    cr_assert_eq(mip6_mn_receive(w.mn, &rx, buf, (size_t)len, w.now_ns), MIP6_ERR_IGNORED);
    cr_assert_eq(mip6_shared_mn_drops(w.shared)[MIP6_DROP_NOT_FOR_US], 1);
}

/* ---- Robustness */

/* Whatever the bytes, no crash and no change of who the agent is. */
Test(proto_mn_home, any_bytes)
{
    GRand *rand = g_rand_new_with_seed(7);
    mip6_header h;
    mip6_message m = {.kind = MIP6_MSG_BA};
    bootstrap(&w);
    h = header_from(&w, "ha1", true);
    uint8_t packet[MIP6_MAX_PACKET];
    int len = mip6_encode(packet, sizeof packet, &h, &m);
    for (int i = 0; i < 20000; i++) {
        uint8_t buf[MIP6_MAX_PACKET];
        memcpy(buf, packet, (size_t)len);
        size_t n = (size_t)g_rand_int_range(rand, 0, len + 1);
        for (int k = g_rand_int_range(rand, 0, 4); k > 0 && n > 0; k--)
            buf[g_rand_int_range(rand, 0, (gint32)n)] = (uint8_t)g_rand_int(rand);
        feed_bytes(&w, buf, n);
        mip6_rx rx = {.virtual_bytes = (uint32_t)g_rand_int_range(rand, 0, 100)};
        mip6_mn_receive(w.mn, &rx, buf, n, w.now_ns);
        drain(&w);
    }
    mip6_addr ha1 = named("ha1");
    mip6_mn_figures f = figures(&w);
    cr_assert(mip6_addr_equal(&f.agent, &ha1));
    g_rand_free(rand);
}

/* The N-th allocation fails, and all later ones for a while: the node gets there. */
Test(proto_mn_home, every_allocation_fails_once)
{
    for (long fail_at = 1; fail_at <= 3; fail_at++) {
        world_free_all(&w);
        world_init(&w, MIP6_MN_ROUTE_OPTIMISE);
        w.config.handover = MIP6_HANDOVER_YIELD;
        w.fail_at = fail_at;
        attach(&w, "coa1");
        advance(&w, 2 * SEC);
        int first = feed_dhaad(&w, "ha1", dhaad_id(&w), "ha1 ha2");
        w.fail_at = 0;
        advance(&w, 5 * SEC);
        if (figures(&w).state == MIP6_MN_DISCOVERING) {
            cr_assert(first == MIP6_ERR_NOMEM || first == MIP6_ERR_IGNORED);
            cr_assert_eq(feed_dhaad(&w, "ha1", dhaad_id(&w), "ha1 ha2"), 0);
        }
        accept_bu(&w, "ha1");
        cr_assert_eq(figures(&w).state, MIP6_MN_REGISTERED, "%ld", fail_at);
    }
}

/* A bound of 0 states: refresh and switch wait for memory and lose nothing. */
Test(proto_mn_home, pool_at_its_bound)
{
    mip6_addr home = named("cn2");
    mip6_limits limits = {.dhaad = 1};
    world_free_all(&w);
    world_init(&w, 0);
    mip6_mn_free(w.mn);
    mip6_shared_free(w.shared);
    w.shared = mip6_shared_init(w.shared_storage, &w.env, &limits);
    mip6_addr own = named("home");
    w.mn = mip6_mn_init(w.storage, w.shared, &w.config, &own, 0, 1);
    bootstrap(&w);
    /* Another node of the same shared object takes the only state. */
    void *storage = malloc(mip6_mn_size());
    mip6_mn *hog = mip6_mn_init(storage, w.shared, &w.config, &home, 0, 2);
    mip6_addr care_of = named("coa2");
    mip6_mn_attached(hog, &care_of, 0);
    cr_assert_eq(feed_dhaad(&w, "ha1", 0, "ha2"), MIP6_ERR_NOMEM);
    cr_assert_eq(mip6_shared_mn_drops(w.shared)[MIP6_DROP_NO_MEMORY], 1);
    take(&w);
    advance(&w, 61 * SEC + 1);
    cr_assert_str_eq(take(&w), "", "the refresh waits");
    mip6_mn_free(hog);
    advance(&w, 62500 * MS);
    cr_assert_str_eq(take(&w),
        "62 binding-update coa1>ha1 #2 lifetime=120 HA hoa alt=coa1\n");
    free(storage);
}
