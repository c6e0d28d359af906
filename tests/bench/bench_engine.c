/* What the engine's hot paths cost, in ns, the median of several runs; the event set alone is
 * measured by `mip6sim bench hold`. For people who change them; nothing asserts these figures.
 *
 *     make build/bench/bench_engine && build/bench/bench_engine
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sim/engine/engine.h"
#include "sim/engine/fingerprint.h"
#include "sim/engine/packet.h"
#include "sim/engine/random.h"

enum { RUNS = 7 };

static volatile uint64_t sink;      /* keeps results alive */

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* A benchmark does `n` operations of its kind on its state. */
typedef void (*operation)(void *state, uint64_t n);

static void report(const char *name, operation op, void *state, uint64_t n)
{
    double runs[RUNS];
    op(state, n / 4 + 1);
    for (int r = 0; r < RUNS; r++) {
        double begin = now_ns();
        op(state, n);
        runs[r] = (now_ns() - begin) / (double)n;
    }
    qsort(runs, RUNS, sizeof *runs, by_value);
    printf("%-44s %8.1f ns   (%.1f to %.1f)\n", name, runs[RUNS / 2], runs[0], runs[RUNS - 1]);
}

/* Intervals, drawn in advance: the generator is not what is measured. */
enum { N_GAPS = 1 << 14 };
static int64_t gaps[N_GAPS];

static void draw_gaps(void)
{
    sim_stream s = sim_stream_init(1, 0, "bench", "gaps");
    for (int i = 0; i < N_GAPS; i++)
        gaps[i] = sim_exponential_ns(sim_stream_u64(&s), 1000000);
}

/* The whole loop: each entity has a timer and starts it anew. */
typedef struct ticker {
    sim_engine *engine;
    sim_id id;
    sim_timer timer;
    uint32_t next;
} ticker;

static void tick(void *self, const sim_event *event)
{
    ticker *t = self;
    sim_timer_fired(t->engine, &t->timer, event);
    sim_timer_set(t->engine, &t->timer, t->id, 0,
                  event->time_ns + gaps[t->next++ % N_GAPS]);
}

static const sim_entity_class ticker_class = {"ticker", tick, NULL, false};

static void stop(sim_engine *engine, void *user)
{
    (void)user;
    sim_engine_interrupt(engine);
}

static void loop_run(void *state, uint64_t n)
{
    sim_engine_set_progress(state, n, stop, NULL);
    sim_engine_run(state, SIM_NEVER);
}

static void bench_loop(uint32_t entities)
{
    sim_engine *engine = sim_engine_new();
    ticker *all = calloc(entities, sizeof *all);
    for (uint32_t i = 0; i < entities; i++) {
        char name[32];
        snprintf(name, sizeof name, "mn%u", (uint32_t)(i * UINT64_C(7919) % entities));
        all[i] = (ticker){.engine = engine, .next = 77 * i};
        sim_engine_add(engine, name, &ticker_class, &all[i], &all[i].id);
    }
    double begin = now_ns();
    sim_engine_seal(engine);
    double seal_ms = (now_ns() - begin) / 1e6;
    for (uint32_t i = 0; i < entities; i++)
        sim_timer_set(engine, &all[i].timer, all[i].id, 0, gaps[i % N_GAPS] + 1);
    char name[64];
    snprintf(name, sizeof name, "loop, %u entities with a timer each", entities);
    loop_run(engine, 2 * entities);
    report(name, loop_run, engine, 1000000);
    if (entities >= 100000)
        printf("    sealing %u names: %.0f ms\n", entities, seal_ms);
    sim_engine_free(engine);
    free(all);
}

enum { N_TIMERS = 1024 };

typedef struct timers {
    sim_engine *engine;
    sim_id id;
    sim_timer timer[N_TIMERS];
    int64_t step_ns;
} timers;

static void nothing(void *self, const sim_event *event)
{
    (void)self;
    (void)event;
}

static const sim_entity_class idle_class = {"idle", nothing, NULL, false};

static void timers_run(void *state, uint64_t n)
{
    timers *t = state;
    for (uint64_t i = 0; i < n; i++) {
        uint64_t k = i % N_TIMERS;
        sim_timer_set(t->engine, &t->timer[k], t->id, (uint16_t)k,
                      gaps[k] + (int64_t)(i / N_TIMERS % 2 + 1) * t->step_ns);
    }
}

static void bench_timers(void)
{
    static timers t;
    t.engine = sim_engine_new();
    sim_engine_add(t.engine, "x", &idle_class, &t, &t.id);
    sim_engine_seal(t.engine);
    report("timer set to the time it has, 1024 armed", timers_run, &t, 1000000);
    t.step_ns = 300000;
    report("timer moved, 1024 armed", timers_run, &t, 1000000);
    sim_engine_free(t.engine);
}

static uint8_t bytes[1500];

static void hash_run(void *state, uint64_t n)
{
    size_t len = *(size_t *)state;
    uint64_t sum = 0;
    for (uint64_t i = 0; i < n; i++)
        sum += sim_hash(bytes, len, i).lo;
    sink = sum;
}

static void bench_hash(size_t len)
{
    char name[64];
    snprintf(name, sizeof name, "hash, %zu bytes", len);
    report(name, hash_run, &len, 1000000);
}

/* Bookings of packets at forty nodes, 100 ns apart. */
static void book_run(void *state, uint64_t n)
{
    static int64_t t_ns;
    for (uint64_t i = 0; i < n; i++, t_ns += 100) {
        bytes[i % 100]++;
        sim_fingerprint_book(state, (uint32_t)(i % 40), SIM_CHANNEL_WIRE, 77 * i, t_ns, bytes,
                             100);
    }
}

static void bench_book(void)
{
    sim_fingerprint *fp = sim_fingerprint_new();
    for (uint32_t i = 0; i < 40; i++)
        sim_fingerprint_add_cell(fp, i);
    report("fingerprint, booking of 100 bytes", book_run, fp, 1000000);
    sim_fingerprint_free(fp);
}

static void philox_run(void *state, uint64_t n)
{
    uint64_t sum = 0;
    for (uint64_t i = 0; i < n; i++)
        sum += sim_stream_u64(state);
    sink = sum;
}

static void philox_at2_run(void *state, uint64_t n)
{
    uint64_t sum = 0;
    for (uint64_t i = 0; i < n; i++)
        sum += sim_stream_at2(state, i, i & 3);
    sink = sum;
}

static void exponential_run(void *state, uint64_t n)
{
    int64_t sum = 0;
    for (uint64_t i = 0; i < n; i++)
        sum += sim_exponential_ns(sim_stream_u64(state), 1000);
    sink = (uint64_t)sum;
}

static void pareto_run(void *state, uint64_t n)
{
    uint64_t sum = 0;
    for (uint64_t i = 0; i < n; i++)
        sum += (uint64_t)sim_pareto_ns(sim_stream_u64(state), 1.5, 1000);
    sink = sum;
}

static void bench_random(void)
{
    sim_stream s = sim_stream_init(1, 0, "bench", "random");
    report("stream, next 64 bits (Philox4x32-10)", philox_run, &s, 1000000);
    report("stream, draw by two indices", philox_at2_run, &s, 1000000);
    report("exponential variate", exponential_run, &s, 1000000);
    report("Pareto variate", pareto_run, &s, 1000000);
}

enum { RING = 256 };

typedef struct packets {
    sim_packet_pool *pool;
    sim_packet *ring[RING];
} packets;

static void pool_run(void *state, uint64_t n)
{
    packets *p = state;
    for (uint64_t i = 0; i < n; i++) {
        sim_packet **at = &p->ring[i * 181 % RING];
        if (*at)
            sim_packet_unref(p->pool, *at);
        *at = sim_packet_new(p->pool, 48);
    }
}

static void bench_packets(void)
{
    packets p = {.pool = sim_packet_pool_new()};
    report("packet, one new and one given back", pool_run, &p, 1000000);
    for (int i = 0; i < RING; i++)
        if (p.ring[i])
            sim_packet_unref(p.pool, p.ring[i]);
    sim_packet_pool_free(p.pool);
}

int main(void)
{
    draw_gaps();
    bench_loop(1000);
    bench_loop(100000);
    bench_loop(1000000);
    bench_timers();
    bench_hash(16);
    bench_hash(48);
    bench_hash(100);
    bench_hash(1280);
    bench_book();
    bench_random();
    bench_packets();
    return 0;
}
