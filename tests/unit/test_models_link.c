/* models/network/link: departures to the nanosecond, drop-tail against a plain reference, loss.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/network/link.h"

#include <criterion/criterion.h>

#include "net_fixture.h"

static fixture f;
static taker a, b;
static model_link wire;

static void start(const model_link_config *config)
{
    fixture_init(&f);
    taker_add(&a, &f, "a");
    taker_add(&b, &f, "b");
    fixture_seal(&f);
    taker_start(&a);
    model_link_init(&wire, &f.net, config, a.id, b.id, 7);
}

static void finish(void)
{
    model_link_clear(&wire);
    fixture_clear(&f);
}

static void send(uint64_t identity, uint32_t bytes)
{
    sim_packet *p = make_packet(&a, identity, bytes);
    model_book_sent(&f.net, &a.account, p);
    model_link_send(&wire, &a.account, p);
}

Test(models_link, serialises_then_propagates)
{
    /* 1000 bytes at 8 Mbit/s take 1 ms. */
    model_link_config c = {.rate_bps = 8000000, .delay_ns = 5000};
    start(&c);
    run_to(&f, 100);
    send(1, 1000);
    send(2, 500);
    run_to(&f, 3000000);
    send(3, 1000);
    run_to(&f, 9000000);
    cr_assert_eq(b.n, 3);
    cr_assert_eq(b.arrivals[0].time_ns, 100 + 1000000 + 5000);
    cr_assert_eq(b.arrivals[1].time_ns, 100 + 1500000 + 5000, "it waits for the first");
    cr_assert_eq(b.arrivals[2].time_ns, 3000000 + 1000000 + 5000, "the link was idle");
    cr_assert_eq(b.arrivals[0].src, a.id);
    cr_assert_eq(b.arrivals[0].port, 7);
    finish();
}

Test(models_link, unlimited_rate_and_no_delay_still_take_a_nanosecond_each)
{
    model_link_config c = {0};
    start(&c);
    run_to(&f, 50);
    for (uint64_t i = 0; i < 3; i++)
        send(i, 100);
    run_to(&f, 1000);
    for (int i = 0; i < 3; i++)
        cr_assert_eq(b.arrivals[i].time_ns, 51 + i);
    finish();
}

/* 100 bytes at 7 Mbit/s take 114285.714 ns: the k-th end of a busy period is the floor of
 * k times that, never a sum of floors. */
Test(models_link, rounding_does_not_drift)
{
    model_link_config c = {.rate_bps = 7000000};
    start(&c);
    run_to(&f, 1);
    for (uint64_t i = 0; i < 700; i++)
        send(i, 100);
    run_to(&f, 100000000);
    cr_assert_eq(b.n, 700);
    for (int64_t k = 1; k <= 700; k++)
        cr_assert_eq(b.arrivals[k - 1].time_ns, 1 + k * 800 * 1000 / 7);
    finish();
}

Test(models_link, extra_delay_keeps_the_order)
{
    model_link_config c = {.delay_ns = 10};
    start(&c);
    run_to(&f, 1);
    sim_packet *p = make_packet(&a, 1, 100);
    model_book_sent(&f.net, &a.account, p);
    model_link_send_far(&wire, &a.account, p, 1000);
    send(2, 100);
    run_to(&f, 5000);
    cr_assert_eq(b.arrivals[0].time_ns, 1011);
    cr_assert_eq(b.arrivals[0].identity, 1);
    cr_assert_eq(b.arrivals[1].time_ns, 1012, "behind the first, 1 ns apart");
    finish();
}

Test(models_link, occupancy_ends_at_the_departure)
{
    model_link_config c = {.rate_bps = 8000000, .delay_ns = 700000000, .limit_packets = 9};
    start(&c);
    run_to(&f, 1000);
    send(1, 1000);
    send(2, 200);
    uint64_t bytes;
    cr_assert_eq(model_link_occupancy(&wire, 1000, &bytes), 2);
    cr_assert_eq(bytes, 1200);
    cr_assert_eq(model_link_occupancy(&wire, 1000 + 999999, NULL), 2);
    cr_assert_eq(model_link_occupancy(&wire, 1000 + 1000000, &bytes), 1);
    cr_assert_eq(bytes, 200);
    cr_assert_eq(model_link_occupancy(&wire, 1000 + 1200000, NULL), 0);
    run_to(&f, 900000000);
    finish();
}

/* Reference: all departures ever, counted anew for each packet. Rate 800 Mbit/s: 100 bytes
 * are 1000 ns, whole numbers throughout. */
typedef struct reference {
    int64_t departs[2000];
    uint32_t bytes[2000];
    uint32_t n;
} reference;

static bool reference_accepts(reference *r, const model_link_config *c, int64_t now,
                              uint32_t bytes)
{
    int64_t packets = 0, sum = 0, last = now;
    for (uint32_t i = 0; i < r->n; i++) {
        if (r->departs[i] > now) {
            packets++;
            sum += r->bytes[i];
        }
        if (r->departs[i] > last)
            last = r->departs[i];
    }
    if ((c->limit_packets && packets + 1 > c->limit_packets) ||
        (c->limit_bytes && sum + bytes > c->limit_bytes))
        return false;
    r->departs[r->n] = last + 10 * (int64_t)bytes;
    r->bytes[r->n++] = bytes;
    return true;
}

static void against_reference(const model_link_config *c, uint64_t seed)
{
    static reference r;
    sim_stream random = sim_stream_init(seed, 0, "test", "link");
    uint32_t accepted = 0, lost = 0;
    r.n = 0;
    start(c);
    for (uint32_t i = 0; i < 2000; i++) {
        run_to(&f, sim_now(f.net.engine) + (int64_t)sim_below(sim_stream_u64(&random), 1600));
        uint32_t bytes = 48 + (uint32_t)sim_below(sim_stream_u64(&random), 200);
        if (reference_accepts(&r, c, sim_now(f.net.engine), bytes))
            accepted++;
        else
            lost++;
        send(i, bytes);
        cr_assert_eq(a.account.lost, lost, "packet %u", i);
    }
    run_to(&f, sim_now(f.net.engine) + 1000000000);
    cr_assert_eq(b.n, accepted);
    cr_assert_gt(lost, 100, "the test must fill the queue");
    cr_assert_gt(accepted, 100);
    for (uint32_t i = 0; i < b.n; i++)
        cr_assert_eq(b.arrivals[i].time_ns, r.departs[i] + c->delay_ns);
    cr_assert_eq(a.detail.lost_packets[MODEL_CAUSE_LINK_FULL], lost);
    finish();
}

Test(models_link, drop_tail_is_exact_in_packets)
{
    against_reference(&(model_link_config){
        .rate_bps = 800000000, .delay_ns = 77, .limit_packets = 5}, 1);
}

Test(models_link, drop_tail_is_exact_in_bytes)
{
    against_reference(&(model_link_config){
        .rate_bps = 800000000, .delay_ns = 77, .limit_bytes = 700}, 2);
}

Test(models_link, drop_tail_is_exact_in_both_and_grows_its_ring)
{
    against_reference(&(model_link_config){
        .rate_bps = 800000000, .delay_ns = 77, .limit_packets = 40, .limit_bytes = 5600}, 3);
}

/* Whether a packet is lost is its own matter: other packets and their order change nothing. */
Test(models_link, loss_belongs_to_the_packet)
{
    model_link_config c = {.rate_bps = 8000000000, .loss_ppm = 100000};
    start(&c);
    static bool came[2][3000];
    for (unsigned turn = 0; turn < 2; turn++) {
        run_to(&f, 1000000000 * (turn + 1));
        b.n = 0;
        for (unsigned i = 0; i < 3000; i++) {
            uint64_t identity = turn ? 2999 - i : i;
            if (turn == 0 || identity % 3 == 0)
                send(identity, 100);
        }
        run_to(&f, 1000000000 * (turn + 1) + 500000000);
        for (unsigned i = 0; i < b.n; i++)
            came[turn][b.arrivals[i].identity] = true;
    }
    unsigned lost = 0;
    for (unsigned i = 0; i < 3000; i++) {
        lost += !came[0][i];
        if (i % 3 == 0)
            cr_assert_eq(came[0][i], came[1][i], "packet %u", i);
    }
    cr_assert(lost > 240 && lost < 360, "10 %% of 3000 within 3.6 deviations: %u", lost);
    finish();
}

Test(models_link, hops_make_draws_independent)
{
    model_link_config c = {.loss_ppm = 500000};
    start(&c);
    unsigned same = 0;
    for (uint64_t i = 0; i < 1000; i++) {
        sim_packet *p = make_packet(&a, i, 100);
        same += model_link_loss(&wire, p, 1, 0, 1) == model_link_loss(&wire, p, 2, 0, 1);
        model_consume(&f.net, &a.account, p);
    }
    cr_assert(same > 430 && same < 570, "%u", same);
    finish();
}
