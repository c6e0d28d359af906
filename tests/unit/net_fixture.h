/* A small network for the tests of the models: engine, packets, fingerprint, entities
 * that take what comes, and time that moves by hand.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef NET_FIXTURE_H
#define NET_FIXTURE_H

#include <criterion/criterion.h>
#include <string.h>

#include "models/net.h"

#define FIXTURE_FLOWS 8
#define FIXTURE_ARRIVALS 4096

typedef struct fixture {
    model_net net;
    model_flow_account flows[FIXTURE_FLOWS];
    sim_id idle;
} fixture;

/* A packet as it came. */
typedef struct arrival {
    int64_t time_ns;
    uint64_t identity;
    sim_id src;
    uint16_t port;
    uint32_t bytes;
} arrival;

/* An entity that books, notes and consumes all that comes. */
typedef struct taker {
    fixture *f;
    sim_id id;
    model_account account;
    model_detail detail;
    arrival arrivals[FIXTURE_ARRIVALS];
    uint32_t n;
} taker;

static inline void taker_note(taker *t, const sim_event *event, const sim_packet *packet)
{
    cr_assert_lt(t->n, FIXTURE_ARRIVALS);
    t->arrivals[t->n++] = (arrival){event->time_ns, packet->identity, event->src, event->port,
                                    sim_packet_bytes(packet)};
}

static inline void taker_handle(void *self, const sim_event *event)
{
    taker *t = self;
    model_book_received(&t->f->net, &t->account);
    taker_note(t, event, event->payload);
    model_consume(&t->f->net, &t->account, event->payload);
}

static inline void taker_discard(void *self, void *payload)
{
    taker *t = self;
    sim_packet_unref(t->f->net.packets, payload);
}

static inline void fixture_ignore(void *self, const sim_event *event)
{
    (void)self;
    (void)event;
}

/* One event that never comes keeps the engine from running dry, so that now moves on. */
static const sim_entity_class fixture_idle_class = {.kind = "idle", .handle = fixture_ignore};
static const sim_entity_class taker_class = {
    .kind = "taker", .handle = taker_handle, .discard = taker_discard};

static inline void fixture_init(fixture *f)
{
    *f = (fixture){0};
    f->net.engine = sim_engine_new();
    f->net.packets = sim_packet_pool_new();
    f->net.fingerprint = sim_fingerprint_new();
    f->net.loss = sim_stream_init(1, 0, "net", "loss");
    f->net.flows = f->flows;
    sim_engine_add(f->net.engine, "idle", &fixture_idle_class, f, &f->idle);
}

static inline void taker_add(taker *t, fixture *f, const char *name)
{
    *t = (taker){.f = f};
    model_account_init(&t->account, name, 0, MODEL_NO_CELL, &t->detail);
    sim_engine_add(f->net.engine, name, &taker_class, t, &t->id);
}

static inline void fixture_seal(fixture *f)
{
    sim_engine_seal(f->net.engine);
    sim_post(f->net.engine, INT64_C(1) << 60, f->idle, f->idle, 0, NULL);
}

/* After seal: may send. */
static inline void taker_start(taker *t)
{
    t->account.node = t->id;
    t->account.cell = sim_fingerprint_add_cell(t->f->net.fingerprint, t->id);
}

/* Run all events before `at_ns`; now is at_ns then. The accounts must add up. */
static inline void run_to(fixture *f, int64_t at_ns)
{
    if (at_ns > sim_now(f->net.engine))
        cr_assert_eq(sim_engine_run(f->net.engine, at_ns), SIM_STOP_END);
    cr_assert_eq(sim_now(f->net.engine), at_ns);
    model_net_check(&f->net);
}

static inline void fixture_clear(fixture *f)
{
    sim_engine_free(f->net.engine);
    sim_fingerprint_free(f->net.fingerprint);
    cr_assert_eq(sim_packet_pool_live(f->net.packets), 0, "a packet was not given back");
    sim_packet_pool_free(f->net.packets);
}

/* An IPv6 packet of `bytes` in all, 48 of them real, originated and not yet sent. */
static inline sim_packet *make_packet(taker *t, uint64_t identity, uint32_t bytes)
{
    cr_assert_geq(bytes, 48);
    sim_packet *p = sim_packet_new(t->f->net.packets, 48);
    uint8_t *data = sim_packet_data(p);
    memset(data, 0, 48);
    data[0] = 0x60;
    data[4] = (uint8_t)((bytes - 40) >> 8);
    data[5] = (uint8_t)(bytes - 40);
    data[6] = 17;
    data[7] = 64;
    p->len = 48;
    p->virtual_bytes = bytes - 48;
    p->identity = identity;
    p->created_ns = sim_now(t->f->net.engine);
    p->message = MIP6_MSG_DATA;
    model_book_originated(&t->f->net, &t->account, p);
    return p;
}

#endif
