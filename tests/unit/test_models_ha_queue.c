/* models/hosts/ha_queue: one server, hand-computed schedules, bounds, priority, failure.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/hosts/ha_queue.h"

#include <criterion/criterion.h>

#include "net_fixture.h"

#define SLOT 4

static fixture f;
static taker owner;
static model_ha_queue queue;

static void catch_up(void)
{
    for (int64_t at; model_ha_queue_left(&queue, sim_engine_present(f.net.engine), &at);)
        cr_assert_leq(at, sim_now(f.net.engine));
}

/* The owner's timer: what was served is noted and consumed. */
static void serve(void *self, const sim_event *event)
{
    taker *t = self;
    cr_assert_eq(event->port, SLOT);
    sim_packet *p = model_ha_queue_served(&queue, event);
    catch_up();
    taker_note(t, event, p);
    model_consume(&t->f->net, &t->account, p);
}

static const sim_entity_class owner_class = {
    .kind = "owner", .handle = serve, .discard = taker_discard};

static void start(const model_ha_queue_config *config)
{
    fixture_init(&f);
    owner = (taker){.f = &f};
    model_account_init(&owner.account, "owner", 0, MODEL_NO_CELL, &owner.detail);
    sim_engine_add(f.net.engine, "owner", &owner_class, &owner, &owner.id);
    fixture_seal(&f);
    sim_stream service = sim_stream_init(1, 0, "owner", "service");
    model_ha_queue_init(&queue, &f.net, &owner.account, config, owner.id, SLOT, &service);
}

static bool push(uint64_t identity, uint32_t bytes, bool signalling)
{
    sim_packet *p = make_packet(&owner, identity, bytes);
    catch_up();
    bool taken = model_ha_queue_accept(&queue, p, signalling);
    if (taken)
        model_ha_queue_keep(&queue, p, signalling);
    return taken;
}

static void served(uint32_t i, uint64_t identity, int64_t time_ns)
{
    cr_assert_gt(owner.n, i);
    cr_assert_eq(owner.arrivals[i].identity, identity);
    cr_assert_eq(owner.arrivals[i].time_ns, time_ns, "%lld, expected %lld",
                 (long long)owner.arrivals[i].time_ns, (long long)time_ns);
}

/* 1000 bytes at 8 Mbit/s: 1 ms, and 20 us of processing. */
Test(models_ha_queue, fifo_by_hand)
{
    model_ha_queue_config c = {.rate_bps = 8000000, .per_packet_ns = 20000};
    start(&c);
    run_to(&f, 100);
    cr_assert(push(1, 1000, false));
    cr_assert(push(2, 500, true), "signalling without priority waits like all");
    cr_assert_eq(queue.now.packets, 2);
    cr_assert_eq(queue.now.bytes, 1500);
    run_to(&f, 1000000);
    cr_assert(push(3, 100, false));
    cr_assert_eq(queue.now.packets, 3);
    run_to(&f, 5000000);
    cr_assert(push(4, 100, false));
    run_to(&f, 9000000);
    cr_assert_eq(owner.n, 4);
    served(0, 1, 100 + 1020000);
    served(1, 2, 100 + 1020000 + 520000);
    served(2, 3, 100 + 1020000 + 520000 + 120000);
    served(3, 4, 5000000 + 120000);
    cr_assert_eq(queue.now.packets, 0);
    cr_assert_eq(queue.now.bytes, 0);
    cr_assert_eq(queue.peak.packets, 3);
    cr_assert_eq(queue.peak.bytes, 1600);
    model_ha_queue_clear(&queue);
    fixture_clear(&f);
}

/* Work that is no packet's: behind all that was taken in before; it passes while nothing waits. */
Test(models_ha_queue, other_work_occupies_the_server)
{
    model_ha_queue_config c = {.rate_bps = 8000000};
    start(&c);
    run_to(&f, 100);
    model_ha_queue_work(&queue, 5000);
    model_ha_queue_work(&queue, 2000);
    run_to(&f, 3100);
    cr_assert(push(1, 1000, false));        /* 4 us of the work are left */
    run_to(&f, 4000);
    model_ha_queue_work(&queue, 30000);     /* behind packet 1 */
    cr_assert(push(2, 1000, false));
    run_to(&f, 5000000);
    model_ha_queue_work(&queue, 1000);
    run_to(&f, 6000000);                    /* done long ago */
    cr_assert(push(3, 1000, false));
    run_to(&f, 9000000);
    served(0, 1, 7100 + 1000000);
    served(1, 2, 7100 + 1000000 + 30000 + 1000000);
    served(2, 3, 7000000);
    fixture_clear(&f);
}

/* With priority the packet that is served next need not be the one behind it. */
Test(models_ha_queue, other_work_goes_before_the_next_service_with_priority)
{
    model_ha_queue_config c = {.rate_bps = 8000000, .signalling_priority = true};
    start(&c);
    run_to(&f, 100);
    model_ha_queue_work(&queue, 1000);
    cr_assert(push(1, 1000, false));
    cr_assert(push(2, 1000, false));
    run_to(&f, 500);
    model_ha_queue_work(&queue, 30000);
    cr_assert(push(3, 1000, true));
    run_to(&f, 3000000);
    model_ha_queue_work(&queue, 7000);      /* nothing follows packet 2: it passes behind it */
    run_to(&f, 3032000);
    cr_assert(push(4, 1000, false));
    run_to(&f, 9000000);
    served(0, 1, 1100 + 1000000);
    served(1, 3, 1100 + 1000000 + 30000 + 1000000);
    served(2, 2, 1100 + 1000000 + 30000 + 2000000);
    served(3, 4, 1100 + 1000000 + 30000 + 2000000 + 7000 + 1000000);
    fixture_clear(&f);
}

/* Deterministic service and periodic bursts: departure of each from Lindley's recursion. */
Test(models_ha_queue, departures_follow_the_recursion)
{
    model_ha_queue_config c = {.rate_bps = 3000000, .per_packet_ns = 11};
    start(&c);
    sim_stream random = sim_stream_init(5, 0, "test", "arrivals");
    static int64_t expected[1500];
    int64_t free_at = 0, bit_ns = 0, whole = 0;
    for (uint32_t i = 0; i < 1500; i++) {
        int64_t wait = sim_exponential_ns(sim_stream_u64(&random), 300000);
        run_to(&f, sim_now(f.net.engine) + wait);
        cr_assert(push(i, 100, false));
        /* The i-th packet's bits end at the floor of the exact sum: no drift. */
        bit_ns += 800 * SIM_SECOND_NS;
        int64_t service = bit_ns / 3000000 - whole + 11;
        whole = bit_ns / 3000000;
        int64_t now = sim_now(f.net.engine);
        free_at = (now > free_at ? now : free_at) + service;
        expected[i] = free_at;
    }
    run_to(&f, free_at + 1);
    cr_assert_eq(owner.n, 1500);
    for (uint32_t i = 0; i < 1500; i++)
        served(i, i, expected[i]);
    cr_assert_gt(queue.peak.packets, 5);
    model_ha_queue_clear(&queue);
    fixture_clear(&f);
}

Test(models_ha_queue, no_service_time_still_takes_a_nanosecond)
{
    model_ha_queue_config c = {.limit_packets = 9};
    start(&c);
    run_to(&f, 10);
    push(1, 100, false);
    push(2, 100, false);
    run_to(&f, 20);
    served(0, 1, 11);
    served(1, 2, 12);
    model_ha_queue_clear(&queue);
    fixture_clear(&f);
}

Test(models_ha_queue, bounds_include_the_packet_in_service)
{
    model_ha_queue_config c = {.per_packet_ns = 1000, .limit_packets = 3};
    start(&c);
    run_to(&f, 1);
    for (uint64_t i = 0; i < 5; i++)
        cr_assert_eq(push(i, 100, false), i < 3);
    cr_assert_eq(queue.dropped_packets, 2);
    cr_assert_eq(owner.detail.lost_packets[MODEL_CAUSE_QUEUE_FULL], 2);
    cr_assert_eq(owner.detail.lost_bytes[MODEL_CAUSE_QUEUE_FULL], 200);
    run_to(&f, 1002);
    cr_assert_eq(owner.n, 1, "served at 1001: a place is free");
    cr_assert(push(9, 100, false));
    run_to(&f, 100000);
    cr_assert_eq(owner.n, 4);
    model_ha_queue_clear(&queue);
    fixture_clear(&f);
}

Test(models_ha_queue, bound_in_bytes)
{
    model_ha_queue_config c = {.per_packet_ns = 1000, .limit_bytes = 250};
    start(&c);
    run_to(&f, 1);
    cr_assert(push(1, 200, false));
    cr_assert_not(push(2, 51, false));
    cr_assert(push(3, 50, false));
    cr_assert_eq(queue.now.bytes, 250);
    run_to(&f, 100000);
    model_ha_queue_clear(&queue);
    fixture_clear(&f);
}

Test(models_ha_queue, signalling_goes_first_but_interrupts_nobody)
{
    model_ha_queue_config c = {.per_packet_ns = 1000, .signalling_priority = true};
    start(&c);
    run_to(&f, 1);
    push(1, 100, false);
    push(2, 100, false);
    push(3, 100, true);
    push(4, 100, true);
    run_to(&f, 2500);
    push(5, 100, true);
    run_to(&f, 100000);
    static const uint64_t order[] = {1, 3, 4, 5, 2};
    for (uint32_t i = 0; i < 5; i++)
        served(i, order[i], 1 + 1000 * (int64_t)(i + 1));
    model_ha_queue_clear(&queue);
    fixture_clear(&f);
}

/* As in a router that has a queue of its own for control traffic (RFC 4594 3.2). */
Test(models_ha_queue, signalling_with_priority_is_let_into_a_full_queue)
{
    for (int priority = 0; priority < 2; priority++) {
        model_ha_queue_config c = {.per_packet_ns = 1000, .limit_packets = 2, .limit_bytes = 250,
                                   .signalling_priority = priority};
        start(&c);
        run_to(&f, 1);
        cr_assert(push(1, 100, false) && push(2, 100, false));
        cr_assert_not(push(3, 50, false));
        cr_assert_eq(push(4, 100, true), (bool)priority);
        cr_assert_not(push(5, 50, false), "its room is taken");
        cr_assert_eq(queue.now.packets, 2u + (unsigned)priority);
        cr_assert_eq(queue.dropped_packets, 3u - (unsigned)priority);
        run_to(&f, 100000);
        cr_assert_eq(owner.n, 2u + (unsigned)priority);
        served(1, priority ? 4 : 2, 2001);
        model_ha_queue_clear(&queue);
        fixture_clear(&f);
    }
}

Test(models_ha_queue, failure_loses_all_that_is_held)
{
    model_ha_queue_config c = {.per_packet_ns = 1000, .signalling_priority = true};
    start(&c);
    run_to(&f, 1);
    for (uint64_t i = 0; i < 6; i++)
        push(i, 100, i % 2);
    run_to(&f, 1500);
    cr_assert_eq(owner.account.held, 5);
    model_ha_queue_flush(&queue, MODEL_CAUSE_AGENT_DOWN);
    cr_assert_eq(owner.account.held, 0);
    cr_assert_eq(owner.detail.lost_packets[MODEL_CAUSE_AGENT_DOWN], 5);
    cr_assert_eq(queue.now.packets, 0);
    model_ha_queue_flush(&queue, MODEL_CAUSE_AGENT_DOWN);
    run_to(&f, 1700);
    push(9, 100, false);
    run_to(&f, 9000);
    cr_assert_eq(owner.n, 2, "it works again");
    served(1, 9, 2700);
    model_ha_queue_clear(&queue);
    fixture_clear(&f);
}

/* Who waited when the agent failed was not served, and leaves no remainder of the division behind:
 * 100 bytes at 7 Mbit/s are 114,285 ns and 5/7, of which the first alone counts. */
Test(models_ha_queue, failure_takes_back_what_was_carried)
{
    model_ha_queue_config c = {.rate_bps = 7000000};
    start(&c);
    run_to(&f, 1);
    for (uint64_t i = 0; i < 3; i++)
        push(i, 100, false);
    run_to(&f, 100);
    catch_up();
    model_ha_queue_flush(&queue, MODEL_CAUSE_AGENT_DOWN);
    push(9, 100, false);
    run_to(&f, 1000000);
    served(0, 9, 100 + 114286);
    model_ha_queue_clear(&queue);
    fixture_clear(&f);
}

/* The same packet is served as long whatever else there is. */
Test(models_ha_queue, exponential_service_belongs_to_the_packet)
{
    model_ha_queue_config c = {.per_packet_ns = 1000000, .exponential = true};
    int64_t alone[400];
    int64_t sum = 0;
    start(&c);
    run_to(&f, 1);
    for (uint64_t i = 0; i < 400; i++)
        push(i, 100, false);
    run_to(&f, 4000000000);
    cr_assert_eq(owner.n, 400);
    for (uint32_t i = 0; i < 400; i++) {
        alone[i] = owner.arrivals[i].time_ns - (i ? owner.arrivals[i - 1].time_ns : 1);
        sum += alone[i];
    }
    cr_assert(sum > 340000000 && sum < 460000000, "mean 1 ms, three deviations: %lld",
              (long long)sum);
    model_ha_queue_clear(&queue);
    fixture_clear(&f);
    start(&c);
    run_to(&f, 1);
    for (uint32_t i = 400; i-- > 0;)
        push(i, 100, false);
    run_to(&f, 4000000000);
    for (uint32_t i = 0; i < 400; i++)
        cr_assert_eq(owner.arrivals[i].time_ns - (i ? owner.arrivals[i - 1].time_ns : 1),
                     alone[399 - i]);
    model_ha_queue_clear(&queue);
    fixture_clear(&f);
}

static uint32_t seen[2], n_seen;

static void look(void *self, const sim_event *event)
{
    if (event->src == event->dst) {
        serve(self, event);
        return;
    }
    catch_up();
    seen[n_seen++] = queue.now.packets;
}

static const sim_entity_class looking_class = {
    .kind = "owner", .handle = look, .discard = taker_discard};

/* Who comes at the instant of a departure finds the packet gone or not, by the order of names, as
 * if the departure were an event; and it need not be one. */
Test(models_ha_queue, a_departure_has_its_place_among_simultaneous_events)
{
    model_ha_queue_config c = {.per_packet_ns = 1000};
    for (int kept = 0; kept < 2; kept++) {
        static taker early, late;
        fixture_init(&f);
        owner = (taker){.f = &f};
        model_account_init(&owner.account, "owner", 0, MODEL_NO_CELL, &owner.detail);
        taker_add(&early, &f, "a");
        sim_engine_add(f.net.engine, "owner", &looking_class, &owner, &owner.id);
        taker_add(&late, &f, "z");
        fixture_seal(&f);
        sim_stream service = sim_stream_init(1, 0, "owner", "service");
        model_ha_queue_init(&queue, &f.net, &owner.account, &c, owner.id, SLOT, &service);
        run_to(&f, 10);
        n_seen = 0;
        sim_packet *p = make_packet(&owner, 1, 100);
        cr_assert(model_ha_queue_accept(&queue, p, false));
        cr_assert_eq(p->queued_ns, 1010);
        if (kept)
            model_ha_queue_keep(&queue, p, false);
        else
            model_consume(&f.net, &owner.account, p);
        sim_post(f.net.engine, 1010, owner.id, early.id, 0, NULL);
        sim_post(f.net.engine, 1010, owner.id, late.id, 0, NULL);
        run_to(&f, 2000);
        cr_assert_eq(n_seen, 2);
        cr_assert_eq(seen[0], 1, "a is before the owner");
        cr_assert_eq(seen[1], 0, "z is behind it");
        model_ha_queue_clear(&queue);
        fixture_clear(&f);
    }
}
