/* A mobile node with real home agents: bootstrap, movement, three handovers, home.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <criterion/criterion.h>

#include "ha_harness.h"
#include "mn_harness.h"

typedef struct net {
    h_world *h;             /* the agents, on their link */
    mn_world m;             /* the node */
    size_t seen;            /* of h->log */
    unsigned sent;          /* of m.sent */
    bool at_home;
    int dead;               /* the agent that nothing reaches; -1: none */
    GRand *rand;            /* what is lost, and what happens */
    int loss_percent;
    int64_t bu_ns[3][4];    /* the last four Binding Updates to each agent */
    mip6_addr home, coa1, coa2;
} net;

static net t;

static const mip6_lladdr mobile_ll = {{2, 0, 0, 0, 7, 7}};

static void start(const char *policy, mip6_profile profile, int handover)
{
    memset(&t, 0, sizeof t);
    t.dead = -1;
    t.h = h_new(3, policy, profile);
    t.h->tuning.handover = handover;
    t.home = h_home(1);
    t.coa1 = h_care_of(1);
    t.coa2 = h_care_of(2);
    world_init(&t.m, 0);
    t.m.config.home_prefix = h_addr("2001:db8::");
    t.m.config.handover = handover;
    t.m.mn = mip6_mn_init(t.m.storage, t.m.shared, &t.m.config, &t.home,
                          MIP6_MN_HOME_AGENT_SWITCH, 1);
    h_boot(t.h);
    h_run(t.h, 4 * SEC);
    h_forget(t.h);
    t.m.now_ns = t.h->now;
}

static void stop(void)
{
    if (t.rand)
        g_rand_free(t.rand);
    h_free_world(t.h);
    world_free_all(&t.m);
    cr_assert_eq(t.m.live, 0);
}

TestSuite(proto_mn_ha, .fini = stop);

static int agent_of(const mip6_addr *dst)
{
    mip6_addr anycast = mip6_addr_ha_anycast(&t.m.config.home_prefix);
    for (int i = 0; i < t.h->n; i++) {
        if (i != t.dead && mip6_addr_equal(dst, &t.h->config[i].global))
            return i;
    }
    return mip6_addr_equal(dst, &anycast) ? t.dead == 0 : -1;
}

static bool lost(void)
{
    return t.rand && g_rand_int_range(t.rand, 0, 100) < t.loss_percent;
}

/* MAX_UPDATE_RATE: the fourth of any four is a second later. RFC 6275 section 11.8. */
static void check_rate(const uint8_t *pkt, size_t len)
{
    mip6_header h;
    mip6_message m;
    mip6_drop cause;
    cr_assert_eq(mip6_decode(pkt, len, 0, &h, &m, &cause), 0);
    int agent = agent_of(&h.dst);
    if (m.kind != MIP6_MSG_BU || agent < 0)
        return;
    int64_t *sent_ns = t.bu_ns[agent];
    memmove(sent_ns, sent_ns + 1, 3 * sizeof *sent_ns);
    sent_ns[3] = t.m.now_ns;
    cr_assert(sent_ns[0] == 0 || sent_ns[3] - sent_ns[0] >= SEC);
}

static void from_mobile(const uint8_t *pkt, size_t len)
{
    static const mip6_lladdr router = {{2, 0, 0, 0, 9, 9}};
    const mip6_lladdr *from = t.at_home ? &mobile_ll : &router;
    mip6_addr dst;
    memcpy(dst.b, pkt + 24, 16);
    check_rate(pkt, len);
    if (lost())
        return;
    for (int i = 0; i < t.h->n; i++) {
        if (mip6_addr_is_multicast(&dst) || agent_of(&dst) == i)
            h_receive(t.h, i, from, pkt, len);
    }
}

/* What the agents have sent to where the node is. */
static void to_mobile(void)
{
    for (; t.seen < t.h->n_log; t.seen++) {
        const h_act *a = &t.h->log[t.seen];
        mip6_addr here = figures(&t.m).care_of;
        if (a->action.kind == MIP6_ACTION_SEND && mip6_addr_equal(&a->h.dst, &here) &&
            !lost())
            feed_bytes(&t.m, a->bytes, a->action.len);
    }
}

static void exchange(void)
{
    while (t.seen < t.h->n_log || t.sent != t.m.n_sent) {
        to_mobile();
        for (; t.sent != t.m.n_sent; t.sent++)
            from_mobile(t.m.sent[t.sent % 16], t.m.sent_len[t.sent % 16]);
    }
    t.seen = t.h->n_log = 0;
}

static void run(int64_t to_ns)
{
    while (t.h->now < to_ns) {
        int64_t step_ns = t.h->now + 10 * MS;
        h_run(t.h, step_ns < to_ns ? step_ns : to_ns);
        advance(&t.m, t.h->now);
        exchange();
    }
}

static void go(const mip6_addr *care_of)
{
    t.at_home = false;
    mip6_mn_attached(t.m.mn, care_of, t.m.now_ns);
    drain(&t.m);
    exchange();
}

static void go_home(void)
{
    t.at_home = true;
    mip6_mn_attached_home(t.m.mn, &mobile_ll, t.m.now_ns);
    drain(&t.m);
    exchange();
}

/* Which agent the node is at. */
static int current(void)
{
    mip6_mn_figures f = figures(&t.m);
    return agent_of(&f.agent);
}

static bool bound_at(int agent, bool draining)
{
    mip6_binding_info b;
    return h_find(t.h, agent, 1, &b) && !b.tentative && b.draining == draining;
}

/* A packet for the home address that reaches an agent: does it get to the node? */
static bool down(int agent)
{
    uint8_t buf[64 + 48];
    mip6_addr cn = h_addr("2001:db8:9::1");
    mip6_packet p = {.data = buf + 64, .len = 48, .headroom = 64, .virtual_bytes = 100};
    mip6_rx rx = {.ifindex = 1, .virtual_bytes = 100};
    mip6_route route;
    mip6_udp_header(p.data, &cn, &t.home, 1, 2, 100, 64);
    if (mip6_ha_forward(t.h->ha[agent], &rx, &p, &route, t.h->now) != MIP6_SEND_ON)
        return false;
    bool delivered = mip6_mn_input(t.m.mn, &rx, &p, &route, t.m.now_ns) == MIP6_DELIVER;
    drain(&t.m);
    return delivered;
}

/* A packet of the node: does the agent that it goes through send it on? */
static bool up(void)
{
    uint8_t buf[64 + 48];
    mip6_addr cn = h_addr("2001:db8:9::1"), outer;
    mip6_packet p = {.data = buf + 64, .len = 48, .headroom = 64, .virtual_bytes = 100};
    mip6_rx rx = {.ifindex = 1, .virtual_bytes = 100};
    mip6_route route;
    mip6_udp_header(p.data, &t.home, &cn, 1, 2, 100, 64);
    if (mip6_mn_output(t.m.mn, &p, &route, t.m.now_ns) != MIP6_SEND_ON)
        return false;
    memcpy(outer.b, p.data + 24, 16);
    int agent = agent_of(&outer);
    cr_assert_geq(agent, 0);
    return mip6_ha_forward(t.h->ha[agent], &rx, &p, &route, t.h->now) == MIP6_SEND_ON &&
           p.len == 48;
}

static int bootstrap_net(void)
{
    go(&t.coa1);
    run(t.h->now + 2 * SEC);
    cr_assert_eq(figures(&t.m).state, MIP6_MN_REGISTERED);
    cr_assert(bound_at(current(), false));
    return current();
}

Test(proto_mn_ha, bootstrap_data_and_refresh)
{
    start("static-dhaad", MIP6_PROFILE_SAFE, MIP6_HANDOVER_DEREGISTER);
    int agent = bootstrap_net();
    cr_assert(down(agent));
    cr_assert(up());
    cr_assert_eq(figures(&t.m).sequence, 1, "DAD ends before the first retransmission");
    int64_t expires_ns = figures(&t.m).expires_ns;
    for (int i = 0; i < 10; i++) {
        run(t.h->now + 60 * SEC);
        cr_assert(down(agent) && up());
    }
    cr_assert_gt(figures(&t.m).expires_ns, expires_ns + 500 * SEC);
    cr_assert_eq(current(), agent);
}

Test(proto_mn_ha, movement)
{
    start("static-dhaad", MIP6_PROFILE_SAFE, MIP6_HANDOVER_DEREGISTER);
    int agent = bootstrap_net();
    for (int i = 0; i < 20; i++) {
        go(i % 2 ? &t.coa1 : &t.coa2);
        run(t.h->now + 2 * SEC);
        cr_assert_eq(figures(&t.m).state, MIP6_MN_REGISTERED);
        cr_assert(down(agent) && up(), "move %d", i);
    }
    cr_assert_eq(current(), agent);
}

Test(proto_mn_ha, return_home_and_leave)
{
    start("static-dhaad", MIP6_PROFILE_SAFE, MIP6_HANDOVER_DEREGISTER);
    int agent = bootstrap_net();
    go_home();
    run(t.h->now + 3 * SEC);
    cr_assert_eq(figures(&t.m).state, MIP6_MN_HOME);
    cr_assert_not(bound_at(agent, false));
    go(&t.coa2);
    run(t.h->now + 3 * SEC);
    cr_assert_eq(figures(&t.m).state, MIP6_MN_REGISTERED);
    cr_assert(down(current()) && up());
}

/* The agent says: go there. */
static void push_switch(int from, int to)
{
    mip6_header h = {.src = t.h->config[from].global, .dst = figures(&t.m).care_of,
                     .hop_limit = 64, .has_final = true, .final = t.home};
    mip6_message m = {.kind = MIP6_MSG_SWITCH};
    m.u.dhaad.n = 1;
    m.u.dhaad.addresses = &t.h->config[to].global;
    cr_assert_eq(feed(&t.m, &h, &m), 0);
    exchange();
}

/* A busy agent's own decision, until the node has been told. */
static int overload(int agent)
{
    h_queue(t.h, agent, (uint32_t)t.h->tuning.reference_packets,
            (uint64_t)t.h->tuning.reference_bytes);
    exchange();
    return agent;
}

Test(proto_mn_ha, deregister_first)
{
    start("static-dhaad", MIP6_PROFILE_SAFE, MIP6_HANDOVER_DEREGISTER);
    int old = bootstrap_net(), target = (old + 1) % 3;
    push_switch(old, target);
    cr_assert_not(bound_at(old, false), "gone at once");
    run(t.h->now + 2 * SEC);
    cr_assert_eq(current(), target);
    cr_assert(bound_at(target, false));
    cr_assert(down(target) && up());
}

/* The draft as printed beside RFC 6275: the old agent defends, 134, the end. */
Test(proto_mn_ha, literal_fails_with_dad)
{
    start("static-dhaad", MIP6_PROFILE_LITERAL, MIP6_HANDOVER_REGISTER);
    t.m.config.return_after_dad = false;
    int old = bootstrap_net(), target = (old + 1) % 3;
    push_switch(old, target);
    run(t.h->now + 3 * SEC);
    cr_assert_eq(figures(&t.m).state, MIP6_MN_GIVEN_UP);
    cr_assert(strstr(take(&t.m), "code=134"));
    cr_assert(bound_at(old, false));
    cr_assert_not(down(old));
}

Test(proto_mn_ha, literal_works_without_dad)
{
    start("static-dhaad", MIP6_PROFILE_LITERAL, MIP6_HANDOVER_REGISTER);
    for (int i = 0; i < 3; i++)
        t.h->config[i].dad = false;
    int old = bootstrap_net(), target = (old + 1) % 3;
    push_switch(old, target);
    run(t.h->now + SEC);
    cr_assert_eq(current(), target);
    cr_assert(bound_at(target, false));
    cr_assert(down(target) && up());
}

/* With `return`, a defended address costs nothing but the attempt. */
Test(proto_mn_ha, returns_after_dad_failure)
{
    start("static-dhaad", MIP6_PROFILE_SAFE, MIP6_HANDOVER_REGISTER);
    int old = bootstrap_net();
    push_switch(old, (old + 1) % 3);
    run(t.h->now + 3 * SEC);
    cr_assert_eq(current(), old);
    cr_assert(strstr(take(&t.m), "code=134"));
    cr_assert(down(old) && up());
}

/* Make before break, decided by the agent itself: at no time do packets get lost, and
 * the old agent drains. */
Test(proto_mn_ha, yield_by_an_overloaded_agent)
{
    start("hybrid", MIP6_PROFILE_TUNED, MIP6_HANDOVER_YIELD);
    t.m.config.handover = MIP6_HANDOVER_YIELD;
    int old = bootstrap_net();
    run(t.h->now + 70 * SEC);       /* eligible by now */
    int64_t end_ns = t.h->now + 30 * SEC;
    while (current() == old && t.h->now < end_ns) {
        overload(old);
        run(t.h->now + 50 * MS);
        cr_assert(up(), "at %.3f s", (double)t.h->now / 1e9);
        cr_assert(down(old), "at %.3f s", (double)t.h->now / 1e9);
    }
    int target = current();
    cr_assert_neq(target, old);
    cr_assert(bound_at(target, false));
    cr_assert(bound_at(old, true), "the old binding drains");
    for (int i = 0; i < 90; i++) {
        run(t.h->now + 100 * MS);
        cr_assert(down(target) && up());
        cr_assert(down(old), "after %d00 ms", i);
    }
    run(t.h->now + 2 * SEC);
    cr_assert_not(down(old), "drained");
    cr_assert_not(bound_at(old, true));
    cr_assert_eq(mip6_ha_next_expiry(t.h->ha[old]) < MIP6_NEVER, true);
}

/* An agent that dies: the refresh times out, discovery finds another. */
Test(proto_mn_ha, agent_that_dies)
{
    start("static-dhaad", MIP6_PROFILE_SAFE, MIP6_HANDOVER_DEREGISTER);
    int old = bootstrap_net();
    t.dead = old;
    mip6_ha_stop(t.h->ha[old], t.h->now);
    h_settle(t.h);
    run(t.h->now + 130 * SEC);
    cr_assert_eq(figures(&t.m).state, MIP6_MN_REGISTERED);
    cr_assert_neq(current(), old);
    cr_assert(down(current()) && up());
}

/* ---- Home Agent Switch */

/* Whatever is on its way to the old agent or the new one while the node moves is delivered. */
static void moves_without_a_loss(int old, int64_t end_ns)
{
    while (current() == old && t.h->now < end_ns) {
        run(t.h->now + 50 * MS);
        cr_assert(up(), "at %.3f s", (double)t.h->now / 1e9);
        cr_assert(down(old), "at %.3f s", (double)t.h->now / 1e9);
    }
    int target = current();
    cr_assert_neq(target, old);
    cr_assert(bound_at(target, false) && down(target) && up());
}

Test(proto_mn_ha, yield_by_home_agent_switch)
{
    start("hybrid", MIP6_PROFILE_TUNED, MIP6_HANDOVER_YIELD);
    t.h->tuning.switch_message = MIP6_SWITCH_HOME_AGENT;
    int old = bootstrap_net();
    run(t.h->now + 70 * SEC);
    overload(old);
    moves_without_a_loss(old, t.h->now + 30 * SEC);
    cr_assert_not_null(strstr(take(&t.m), "mn-switch"));
}

/* The agent leaves: make before break, its last word when it has drained. */
Test(proto_mn_ha, leaves_with_yield)
{
    start("static-dhaad", MIP6_PROFILE_SAFE, MIP6_HANDOVER_YIELD);
    int old = bootstrap_net();
    mip6_ha_stop(t.h->ha[old], t.h->now);
    h_settle(t.h);
    moves_without_a_loss(old, t.h->now + 5 * SEC);
    cr_assert(bound_at(old, true), "what is on its way");
    cr_assert_eq(mip6_ha_stopped_ns(t.h->ha[old]), MIP6_NEVER);
    run(t.h->now + 11 * SEC);
    cr_assert_neq(mip6_ha_stopped_ns(t.h->ha[old]), MIP6_NEVER);
    cr_assert(down(current()) && up());
}

/* As the draft prints it a node registers at once upon a reply; this one it answers, and goes. */
Test(proto_mn_ha, leaves_where_nodes_register_at_once)
{
    start("static-dhaad", MIP6_PROFILE_LITERAL, MIP6_HANDOVER_REGISTER);
    int old = bootstrap_net();
    mip6_ha_stop(t.h->ha[old], t.h->now);
    h_settle(t.h);
    h_forget(t.h);
    t.seen = 0;
    run(t.h->now + 2 * SEC);
    cr_assert_eq(h_traced(t.h, old, MIP6_TRACE_SWITCH_ANSWERED), 1);
    cr_assert_neq(mip6_ha_stopped_ns(t.h->ha[old]), MIP6_NEVER);
    cr_assert_neq(current(), old);
    cr_assert(bound_at(current(), false) && down(current()) && up());
}

/* ---- Anything may happen */

/* Of the current agent or of another, with a list of none to three, with time or without. */
static void any_home_agent_switch(int agent)
{
    mip6_addr list[3];
    mip6_header h = {.src = t.h->config[g_rand_int_range(t.rand, 0, 2) ? agent : 0].global,
                     .dst = figures(&t.m).care_of, .hop_limit = 64, .has_final = true,
                     .final = t.home};
    mip6_message m = {.kind = MIP6_MSG_HAS};
    m.u.has.n = (uint8_t)g_rand_int_range(t.rand, 0, 4);
    m.u.has.addresses = list;
    m.u.has.has_refresh = g_rand_boolean(t.rand);
    m.u.has.refresh_units = (uint16_t)g_rand_int_range(t.rand, 0, 4);
    for (unsigned i = 0; i < m.u.has.n; i++)
        list[i] = t.h->config[g_rand_int_range(t.rand, 0, 3)].global;
    feed(&t.m, &h, &m);
    exchange();
}

static void event(void)
{
    int agent = current();
    switch (g_rand_int_range(t.rand, 0, 10)) {
    case 0:
        go(&t.coa1);
        break;
    case 1:
        go(&t.coa2);
        break;
    case 2:
        go_home();
        break;
    case 3:
        mip6_mn_detached(t.m.mn, t.m.now_ns);
        break;
    case 4:
        t.m.fail_at = t.m.fail_at ? 0 : 1;
        break;
    case 5:
        t.loss_percent = g_rand_int_range(t.rand, 0, 101);
        break;
    case 6:
    case 7:
        if (agent >= 0)
            any_home_agent_switch(agent);
        break;
    default:
        if (agent >= 0) {   /* refused by the node where it is not for it */
            mip6_header h = {.src = t.h->config[agent].global,
                             .dst = figures(&t.m).care_of, .hop_limit = 64,
                             .has_final = true, .final = t.home};
            mip6_message m = {.kind = MIP6_MSG_SWITCH};
            m.u.dhaad.n = 1;
            m.u.dhaad.addresses =
                &t.h->config[(agent + g_rand_int_range(t.rand, 0, 3)) % 3].global;
            feed(&t.m, &h, &m);
            exchange();
        }
    }
}

/* Loss, movement, switches, memory that fails: afterwards everything heals, no state is
 * left over, and no rate was ever above its bound. */
static void chaos(int handover, guint32 seed)
{
    start("static-dhaad", MIP6_PROFILE_SAFE, handover);
    t.rand = g_rand_new_with_seed(seed);
    for (int i = 0; i < 150; i++) {
        event();
        run(t.h->now + g_rand_int_range(t.rand, 1, 4000) * MS);
        take(&t.m);
        t.h->n_traces = 0;
    }
    t.loss_percent = 0;
    t.m.fail_at = 0;
    go(&t.coa1);
    for (int i = 0; i < 30; i++) {
        run(t.h->now + 10 * SEC);
        t.h->n_traces = 0;
    }
    cr_assert_eq(figures(&t.m).state, MIP6_MN_REGISTERED, "seed %u: %s", seed, take(&t.m));
    cr_assert(bound_at(current(), false), "seed %u", seed);
    cr_assert(down(current()) && up(), "seed %u", seed);
    int64_t end_ns = t.h->now + 60 * SEC;
    while (t.m.shared->dhaad.in_use != 0 && t.h->now < end_ns)
        run(t.h->now + 100 * MS);
    cr_assert_eq(t.m.shared->dhaad.in_use, 0, "seed %u", seed);
    cr_assert_eq(t.m.shared->dhaad_lists.in_use, 0, "seed %u", seed);
}

#define CHAOS(name, handover)                                                            \
    Test(proto_mn_ha, name)                                                              \
    {                                                                                    \
        for (guint32 seed = 1; seed <= 12; seed++) {                                     \
            chaos(handover, seed);                                                       \
            if (seed < 12)                                                               \
                stop();                                                                  \
        }                                                                                \
    }

CHAOS(chaos_register, MIP6_HANDOVER_REGISTER)
CHAOS(chaos_deregister, MIP6_HANDOVER_DEREGISTER)
CHAOS(chaos_yield, MIP6_HANDOVER_YIELD)
