/* models/network/neighbour: RFC 4861 sections 7.2.2 to 7.2.5 and 7.3.3, to the nanosecond.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/network/neighbour.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define S SIM_SECOND_NS

static const model_neighbour_config config = {
    .reachable_ns = 30 * S, .delay_first_ns = 5 * S, .retrans_ns = S, .probes = 3,
    .queue_packets = 3};
static const mip6_lladdr L1 = {{2, 0, 0, 0, 0, 1}}, L2 = {{2, 0, 0, 0, 0, 2}};

static model_neighbour_cache *cache;
static sim_packet_pool *pool;
static int64_t now;
static char journal[65536];     /* what the cache did, in order */
static const mip6_addr *look_up_on_failure;

static void say(const char *what, unsigned who, unsigned detail)
{
    size_t at = strlen(journal);
    snprintf(journal + at, sizeof journal - at, "%s%u:%u@%lld ", what, who, detail,
             (long long)(now / 1000000));
}

static void solicit(void *self, const mip6_addr *target, const mip6_lladdr *lladdr)
{
    (void)self;
    say(lladdr ? "probe" : "ask", target->b[15], lladdr ? lladdr->b[5] : 0);
}

static void resolved(void *self, sim_packet *packet, const mip6_lladdr *lladdr)
{
    (void)self;
    say("sent", (unsigned)packet->identity, lladdr->b[5]);
    sim_packet_unref(pool, packet);
}

static void failed(void *self, sim_packet *packet, unsigned cause)
{
    (void)self;
    say(cause == MODEL_CAUSE_RESOLVING ? "full" : "lost", (unsigned)packet->identity, 0);
    sim_packet_unref(pool, packet);
    mip6_lladdr lladdr;
    if (!look_up_on_failure)
        return;
    sim_packet *error = sim_packet_new(pool, 48);
    error->identity = 99;
    if (model_neighbour_lookup(cache, look_up_on_failure, error, &lladdr, now))
        sim_packet_unref(pool, error);
}

static void start(void)
{
    static const model_neighbour_ops ops = {solicit, resolved, failed};
    pool = sim_packet_pool_new();
    cache = model_neighbour_cache_new(&config, &ops, NULL);
    now = 0;
    journal[0] = '\0';
    look_up_on_failure = NULL;
}

static void finish(void)
{
    model_neighbour_cache_free(cache, pool);
    sim_packet_pool_free(pool);
}

TestSuite(models_neighbour, .init = start);

static mip6_addr address(unsigned i)
{
    return (mip6_addr){{0x20, 1, 0xd, 0xb8, [13] = (uint8_t)(i >> 16), [14] = (uint8_t)(i >> 8),
                        [15] = (uint8_t)i}};
}

/* Time moves on; timers fire at their own instants. */
static void go_to(int64_t at_ns)
{
    while (model_neighbour_next_expiry(cache) <= at_ns) {
        now = model_neighbour_next_expiry(cache);
        model_neighbour_expire(cache, now);
    }
    now = at_ns;
}

/* A packet for `target`: the last byte of the link-layer address it may go to, or 0. */
static unsigned send(unsigned target, uint64_t identity)
{
    mip6_addr a = address(target);
    mip6_lladdr lladdr;
    sim_packet *p = sim_packet_new(pool, 48);
    p->identity = identity;
    if (!model_neighbour_lookup(cache, &a, p, &lladdr, now))
        return 0;
    sim_packet_unref(pool, p);
    return lladdr.b[5];
}

enum { NONE = 0, SOLICITED = 1, OVERRIDE = 2, NO_OPTION = 4 };

static void advertise(unsigned target, const mip6_lladdr *lladdr, unsigned flags)
{
    mip6_nd na = {.target = address(target), .solicited = flags & SOLICITED,
                  .override = flags & OVERRIDE, .has_lladdr = !(flags & NO_OPTION),
                  .lladdr = *lladdr};
    model_neighbour_advertised(cache, &na, now);
}

static void expect(const char *what)
{
    cr_assert_str_eq(journal, what, "got:\n%s\nexpected:\n%s", journal, what);
    journal[0] = '\0';
}

static void reachable(unsigned target, const mip6_lladdr *lladdr)
{
    send(target, 1);
    advertise(target, lladdr, SOLICITED | OVERRIDE);
    journal[0] = '\0';
}

Test(models_neighbour, asks_three_times_then_loses_what_waited)
{
    now = 250 * SIM_MS_NS;
    cr_assert_eq(send(1, 10), 0);
    cr_assert_eq(send(1, 11), 0);
    cr_assert_eq(model_neighbour_held(cache), 2);
    go_to(10 * S);
    expect("ask1:0@250 ask1:0@1250 ask1:0@2250 lost10:0@3250 lost11:0@3250 ");
    cr_assert_eq(model_neighbour_held(cache), 0);
    cr_assert_eq(model_neighbour_next_expiry(cache), SIM_NEVER);
    send(1, 12);
    expect("ask1:0@10000 ");
    finish();
}

Test(models_neighbour, an_answer_sends_what_waited_in_order)
{
    send(1, 10);
    send(1, 11);
    now = 3000;
    advertise(1, &L1, SOLICITED);
    expect("ask1:0@0 sent10:1@0 sent11:1@0 ");
    cr_assert_eq(send(1, 12), 1);
    cr_assert_eq(model_neighbour_next_expiry(cache), SIM_NEVER);
    finish();
}

Test(models_neighbour, the_oldest_of_three_makes_room)
{
    for (uint64_t i = 10; i < 15; i++)
        send(1, i);
    cr_assert_eq(model_neighbour_held(cache), 3);
    advertise(1, &L1, SOLICITED);
    expect("ask1:0@0 full10:0@0 full11:0@0 sent12:1@0 sent13:1@0 sent14:1@0 ");
    finish();
}

Test(models_neighbour, an_answer_without_address_resolves_nothing)
{
    send(1, 10);
    advertise(1, &L1, SOLICITED | NO_OPTION);
    cr_assert_eq(model_neighbour_held(cache), 1);
    go_to(1 * S);
    expect("ask1:0@0 ask1:0@1000 ");
    finish();
}

Test(models_neighbour, news_of_strangers_are_ignored)
{
    advertise(1, &L1, OVERRIDE);
    send(1, 10);
    expect("ask1:0@0 ");
    finish();
}

/* Reachable for 30 s to the nanosecond; then the first packet starts 5 s of DELAY, then
 * three probes 1 s apart, then the entry is gone. */
Test(models_neighbour, unreachability_is_found_in_38_seconds)
{
    now = 1000;
    reachable(1, &L1);
    go_to(1000 + 30 * S - 1);
    cr_assert_eq(send(1, 2), 1);
    cr_assert_eq(model_neighbour_next_expiry(cache), SIM_NEVER, "still REACHABLE");
    go_to(1000 + 30 * S);
    cr_assert_eq(send(1, 3), 1);
    cr_assert_eq(model_neighbour_next_expiry(cache), 1000 + 35 * S);
    go_to(1000 + 35 * S - 1);
    cr_assert_eq(send(1, 4), 1);
    expect("");
    go_to(1000 + 37 * S);
    expect("probe1:1@35000 probe1:1@36000 probe1:1@37000 ");
    go_to(1000 + 38 * S - 1);
    cr_assert_eq(send(1, 5), 1, "packets go on while probing");
    go_to(1000 + 38 * S);
    cr_assert_eq(send(1, 6), 0, "deleted");
    expect("ask1:0@38000 ");
    finish();
}

Test(models_neighbour, without_traffic_there_are_no_probes)
{
    reachable(1, &L1);
    go_to(3600 * S);
    expect("");
    cr_assert_eq(send(1, 2), 1);
    go_to(3605 * S);
    expect("probe1:1@3605000 ");
    finish();
}

Test(models_neighbour, an_answered_probe_confirms)
{
    reachable(1, &L1);
    go_to(31 * S);
    send(1, 2);
    go_to(36 * S);
    expect("probe1:1@36000 ");
    go_to(36 * S + 7);
    advertise(1, &L1, SOLICITED);
    cr_assert_eq(model_neighbour_next_expiry(cache), SIM_NEVER);
    go_to(66 * S + 6);
    cr_assert_eq(send(1, 3), 1);
    cr_assert_eq(model_neighbour_next_expiry(cache), SIM_NEVER);
    go_to(66 * S + 7);
    send(1, 4);
    cr_assert_eq(model_neighbour_next_expiry(cache), 71 * S + 7);
    finish();
}

/* The move of a home address: the new agent's unsolicited NA with O = 1. */
Test(models_neighbour, an_override_moves_the_address_at_once)
{
    reachable(1, &L1);
    now = 2 * S;
    advertise(1, &L2, OVERRIDE);
    cr_assert_eq(send(1, 2), 2);
    cr_assert_eq(model_neighbour_next_expiry(cache), 7 * S, "STALE, so the packet meant DELAY");
    go_to(7 * S);
    expect("probe1:2@7000 ");
    finish();
}

Test(models_neighbour, an_override_stops_probing_the_old_agent)
{
    reachable(1, &L1);
    go_to(31 * S);
    send(1, 2);
    go_to(37 * S);
    expect("probe1:1@36000 probe1:1@37000 ");
    advertise(1, &L2, OVERRIDE);
    cr_assert_eq(model_neighbour_next_expiry(cache), SIM_NEVER);
    cr_assert_eq(send(1, 3), 2);
    finish();
}

/* Case I of 7.2.5: O = 0 and another address. */
Test(models_neighbour, without_override_a_reachable_entry_only_turns_stale)
{
    reachable(1, &L1);
    now = S;
    advertise(1, &L2, SOLICITED);
    cr_assert_eq(send(1, 2), 1, "the address stays");
    cr_assert_eq(model_neighbour_next_expiry(cache), 6 * S, "but it was STALE");
    go_to(2 * S);
    advertise(1, &L2, SOLICITED);
    cr_assert_eq(send(1, 3), 1);
    cr_assert_eq(model_neighbour_next_expiry(cache), 6 * S, "in DELAY it is ignored");
    finish();
}

/* The same unsolicited: what an agent that defends an address says to all. */
Test(models_neighbour, without_override_a_defence_moves_nothing)
{
    reachable(1, &L1);
    now = S;
    advertise(1, &L2, NONE);
    cr_assert_eq(send(1, 2), 1, "the address stays");
    cr_assert_eq(model_neighbour_next_expiry(cache), 6 * S, "but it was STALE");
    advertise(1, &L2, NONE);
    cr_assert_eq(send(1, 3), 1);
    cr_assert_eq(model_neighbour_next_expiry(cache), 6 * S, "in DELAY it is ignored");
    finish();
}

/* Case II: the same address, or none. */
Test(models_neighbour, unsolicited_news_that_change_nothing_change_nothing)
{
    reachable(1, &L1);
    now = S;
    advertise(1, &L1, OVERRIDE);
    advertise(1, &L1, NONE);
    advertise(1, &L2, NO_OPTION | OVERRIDE);
    cr_assert_eq(send(1, 2), 1);
    cr_assert_eq(model_neighbour_next_expiry(cache), SIM_NEVER, "still REACHABLE");
    finish();
}

Test(models_neighbour, solicited_with_override_is_reachable_at_the_new_address)
{
    reachable(1, &L1);
    now = S;
    advertise(1, &L2, SOLICITED | OVERRIDE);
    cr_assert_eq(send(1, 2), 2);
    cr_assert_eq(model_neighbour_next_expiry(cache), SIM_NEVER);
    finish();
}

Test(models_neighbour, solicited_without_option_confirms)
{
    reachable(1, &L1);
    go_to(31 * S);
    send(1, 2);
    advertise(1, &L2, SOLICITED | NO_OPTION);
    cr_assert_eq(model_neighbour_next_expiry(cache), SIM_NEVER);
    cr_assert_eq(send(1, 3), 1);
    finish();
}

Test(models_neighbour, unsolicited_answer_resolves_to_stale)
{
    send(1, 10);
    now = 5;
    advertise(1, &L1, OVERRIDE);
    expect("ask1:0@0 sent10:1@0 ");
    cr_assert_eq(model_neighbour_next_expiry(cache), 5 + 5 * S, "a packet went: DELAY");
    finish();
}

/* 7.2.7: answers for an anycast address come with O = 0; the first one wins. */
Test(models_neighbour, the_first_anycast_answer_wins)
{
    send(9, 10);
    advertise(9, &L2, SOLICITED);
    now = 1;
    advertise(9, &L1, SOLICITED);
    expect("ask9:0@0 sent10:2@0 ");
    cr_assert_eq(send(9, 11), 2);
    finish();
}

Test(models_neighbour, a_solicitation_tells_its_senders_address)
{
    mip6_addr a = address(1);
    model_neighbour_heard(cache, &a, &L1, 0);
    cr_assert_eq(model_neighbour_next_expiry(cache), SIM_NEVER, "STALE without traffic");
    cr_assert_eq(send(1, 1), 1);
    cr_assert_eq(model_neighbour_next_expiry(cache), 5 * S);
    advertise(1, &L1, SOLICITED);
    model_neighbour_heard(cache, &a, &L1, 0);
    send(1, 2);
    cr_assert_eq(model_neighbour_next_expiry(cache), SIM_NEVER, "the same address: no news");
    model_neighbour_heard(cache, &a, &L2, 0);
    cr_assert_eq(send(1, 3), 2);
    cr_assert_eq(model_neighbour_next_expiry(cache), 5 * S);
    send(2, 20);
    mip6_addr b = address(2);
    model_neighbour_heard(cache, &b, &L2, 0);
    expect("ask2:0@0 sent20:2@0 ");
    finish();
}

/* An error about a lost packet may itself need an address. */
Test(models_neighbour, failure_may_lead_to_another_look_up)
{
    mip6_addr source = address(7);
    look_up_on_failure = &source;
    send(1, 10);
    go_to(3 * S);
    expect("ask1:0@0 ask1:0@1000 ask1:0@2000 lost10:0@3000 ask7:0@3000 ");
    look_up_on_failure = NULL;
    go_to(7 * S);
    expect("ask7:0@4000 ask7:0@5000 lost99:0@6000 ");
    finish();
}

/* Random events; state and first timer against a plain array. */
typedef struct plain {
    bool exists;
    enum { INC, REA, STA, DEL, PRO } state;
    int64_t until;
    unsigned sent;
} plain;

static void plain_expire(plain *p, int64_t at)
{
    while (p->exists && (p->state == INC || p->state == DEL || p->state == PRO) &&
           p->until <= at) {
        if (p->state == DEL) {
            p->state = PRO;
            p->sent = 0;
        }
        if (p->sent == 3)
            p->exists = false;
        p->sent++;
        p->until += S;
    }
}

static int64_t plain_first(plain *model, unsigned n)
{
    int64_t first = SIM_NEVER;
    for (unsigned i = 0; i < n; i++) {
        plain_expire(&model[i], now);
        if (model[i].exists && model[i].state != REA && model[i].state != STA &&
            model[i].until < first)
            first = model[i].until;
    }
    return first;
}

static void against_plain(unsigned n, unsigned steps, uint64_t mean_ns, unsigned check_every)
{
    plain *model = calloc(n, sizeof *model);
    sim_stream r = sim_stream_init(1, 0, "test", "neighbour");
    for (unsigned step = 0; step < steps; step++) {
        go_to(now + (int64_t)sim_below(sim_stream_u64(&r), 2 * mean_ns));
        journal[0] = '\0';
        if (step % check_every == 0)
            cr_assert_eq(model_neighbour_next_expiry(cache), plain_first(model, n));
        unsigned i = (unsigned)sim_below(sim_stream_u64(&r), step % 2 ? n : n / 50);
        plain *p = &model[i];
        plain_expire(p, now);
        if (p->exists && p->state == REA && now >= p->until)
            p->state = STA;
        if (sim_stream_u64(&r) % 3 == 0) {
            advertise(i, &L1, SOLICITED);
            if (p->exists) {
                p->state = REA;
                p->until = now + 30 * S;
            }
            continue;
        }
        bool known = send(i, step) != 0;
        cr_assert_eq(known, p->exists && p->state != INC, "step %u", step);
        if (!p->exists)
            *p = (plain){true, INC, now + S, 1};
        else if (p->state == STA)
            *p = (plain){true, DEL, now + 5 * S, 0};
    }
    cr_assert_eq(model_neighbour_next_expiry(cache), plain_first(model, n));
    free(model);
    finish();
}

Test(models_neighbour, agrees_with_a_plain_model)
{
    against_plain(500, 40000, 20 * SIM_MS_NS, 1);
}

Test(models_neighbour, agrees_with_a_plain_model_at_scale)
{
    against_plain(100000, 600000, 100000, 100000);
}
