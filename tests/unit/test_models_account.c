/* models/measure/account: booking, causes, the sum that must hold.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <criterion/criterion.h>
#include <signal.h>

#include "net_fixture.h"

static fixture f;
static taker a, b;

static void setup(void)
{
    fixture_init(&f);
    taker_add(&a, &f, "a");
    taker_add(&b, &f, "b");
    fixture_seal(&f);
    taker_start(&a);
    taker_start(&b);
}

TestSuite(models_account, .init = setup);

static sim_packet *flow_packet(uint32_t flow)
{
    sim_packet *p = sim_packet_new(f.net.packets, 48);
    p->len = 40;
    p->virtual_bytes = 60;
    p->message = MIP6_MSG_DATA;
    p->flow = flow;
    p->created_ns = sim_now(f.net.engine);
    model_book_originated(&f.net, &a.account, p);
    return p;
}

Test(models_account, causes_are_the_librarys_then_ours)
{
    cr_assert_str_eq(model_cause_name(MIP6_DROP_NO_BINDING), "no-binding");
    cr_assert_str_eq(model_cause_name(MIP6_N_DROPS - 1), "unknown-spi");
    cr_assert_eq(MODEL_CAUSE_QUEUE_FULL, MIP6_N_DROPS);
    cr_assert_str_eq(model_cause_name(MODEL_CAUSE_QUEUE_FULL), "queue-full");
    cr_assert_str_eq(model_cause_name(MODEL_N_CAUSES - 1), "ike-queue-full");
    fixture_clear(&f);
}

Test(models_account, a_packet_lives_and_is_delivered)
{
    sim_packet *p = flow_packet(3);
    model_book_sent(&f.net, &a.account, p);
    cr_assert_eq(f.net.in_flight, 1);
    sim_post(f.net.engine, 5, b.id, a.id, 1, p);
    run_to(&f, 10);
    cr_assert_eq(f.net.in_flight, 0);
    cr_assert_eq(a.account.originated, 1);
    cr_assert_eq(a.account.forwarded, 1);
    cr_assert_eq(b.account.received, 1);
    cr_assert_eq(b.account.consumed, 1);
    cr_assert_eq(f.flows[3].sent, 1);
    cr_assert_eq(f.flows[3].delivered, 1);
    cr_assert_eq(f.flows[3].lost, 0);
    cr_assert_eq(a.detail.sent_packets[MIP6_MSG_DATA], 1);
    cr_assert_eq(a.detail.sent_bytes[MIP6_MSG_DATA], 100);
    fixture_clear(&f);
}

Test(models_account, losses_have_causes_and_enter_the_flow)
{
    model_lose(&f.net, &a.account, flow_packet(1), MODEL_CAUSE_NO_ROUTE);
    sim_packet *p = flow_packet(1);
    model_book_sent(&f.net, &a.account, p);
    model_lose_sent(&f.net, &a.account, p, MODEL_CAUSE_LINK_LOSS);
    model_net_check(&f.net);
    cr_assert_eq(a.account.lost, 2);
    cr_assert_eq(a.account.forwarded, 0);
    cr_assert_eq(a.detail.lost_packets[MODEL_CAUSE_NO_ROUTE], 1);
    cr_assert_eq(a.detail.lost_bytes[MODEL_CAUSE_LINK_LOSS], 100);
    cr_assert_eq(f.flows[1].lost, 2);
    fixture_clear(&f);
}

Test(models_account, only_packets_made_after_the_warm_up_are_measured)
{
    f.net.warm_up_ns = 100;
    model_lose(&f.net, &a.account, flow_packet(0), MODEL_CAUSE_NO_LINK);
    sim_packet *early = flow_packet(0);
    model_hold(&f.net, &a.account);
    run_to(&f, 100);
    sim_packet *signal = sim_packet_new(f.net.packets, 48);
    signal->len = 70;
    signal->message = MIP6_MSG_BU;
    signal->created_ns = 100;
    model_book_originated(&f.net, &a.account, signal);
    sim_packet *late = flow_packet(0);
    model_release(&f.net, &a.account);
    model_consume(&f.net, &a.account, early);
    model_lose(&f.net, &a.account, late, MODEL_CAUSE_NO_LINK);
    model_consume(&f.net, &a.account, signal);
    model_net_check(&f.net);
    cr_assert_eq(f.net.measured.sent, 1);
    cr_assert_eq(f.net.measured.delivered, 0);
    cr_assert_eq(f.net.measured.lost, 1);
    cr_assert_eq(f.net.signalling_bytes, 70);
    cr_assert_eq(a.account.detail->lost_measured, 1);
    cr_assert_eq(f.flows[0].sent, 3);
    cr_assert_eq(a.detail.sent_packets[MIP6_MSG_BU], 1);
    fixture_clear(&f);
}

Test(models_account, copies_count)
{
    sim_packet *p = flow_packet(0), *copy = sim_packet_copy(f.net.packets, p);
    copy->flow = SIM_NO_FLOW;
    model_book_copied(&f.net, &a.account);
    model_consume(&f.net, &a.account, p);
    model_lose(&f.net, &a.account, copy, MIP6_DROP_TOO_BIG);
    model_net_check(&f.net);
    fixture_clear(&f);
}

/* A handler that forgets a packet: the sum breaks although nothing was booked wrongly. */
Test(models_account, a_forgotten_packet_is_found, .signal = SIGABRT)
{
    flow_packet(0);
    model_net_check(&f.net);
}

/* Booked right, but not given back to the pool. */
Test(models_account, a_leaked_reference_is_found, .signal = SIGABRT)
{
    sim_packet *p = sim_packet_ref(flow_packet(0));
    model_consume(&f.net, &a.account, p);
    model_net_check(&f.net);
}

static void wire_sum(const char *lladdr, uint32_t virtual_bytes, uint8_t last, char out[33])
{
    fixture g;
    taker t;
    fixture_init(&g);
    taker_add(&t, &g, "sender");
    fixture_seal(&g);
    taker_start(&t);
    sim_packet *p = make_packet(&t, 1, 48 + virtual_bytes);
    sim_packet_data(p)[47] = last;
    memcpy(p->lladdr_dst, lladdr, 6);
    model_book_sent(&g.net, &t.account, p);
    model_lose_sent(&g.net, &t.account, p, MODEL_CAUSE_LINK_LOSS);
    sim_fingerprint_close_second(g.net.fingerprint, 0, NULL, NULL);
    sim_fingerprint_text(g.net.fingerprint, out);
    fixture_clear(&g);
}

Test(models_account, fingerprint_sees_bytes_length_and_receiver)
{
    char base[33], same[33], byte[33], length[33], receiver[33];
    wire_sum("\1\2\3\4\5\6", 100, 0, base);
    wire_sum("\1\2\3\4\5\6", 100, 0, same);
    wire_sum("\1\2\3\4\5\6", 100, 1, byte);
    wire_sum("\1\2\3\4\5\6", 101, 0, length);
    wire_sum("\1\2\3\4\5\7", 100, 0, receiver);
    cr_assert_str_eq(base, same);
    cr_assert_str_neq(base, byte);
    cr_assert_str_neq(base, length);
    cr_assert_str_neq(base, receiver);
    fixture_clear(&f);
}

Test(models_account, identities_differ_in_every_part)
{
    uint64_t seen[64];
    unsigned n = 0;
    for (uint64_t name = 0; name < 4; name++)
        for (unsigned message = 0; message < 4; message++)
            for (uint64_t number = 0; number < 4; number++)
                seen[n++] = model_identity(name, message, number);
    for (unsigned i = 0; i < n; i++)
        for (unsigned k = 0; k < i; k++)
            cr_assert_neq(seen[i], seen[k]);
    cr_assert_eq(model_identity(7, 3, 9), model_identity(7, 3, 9));
    fixture_clear(&f);
}
