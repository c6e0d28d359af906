/* sim/engine: another order of simultaneous events.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/engine/engine.h"
#include "sim/engine/ties.h"

Test(engine_ties, one_to_one_and_back)
{
    static const uint64_t sizes[] = {1, 2, 3, 7, 8, 9, 100, 1000, 4096, 4097};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (uint64_t seed = 1; seed < 20; seed++) {
            sim_ties t;
            bool *seen = calloc(sizes[i], sizeof *seen);
            sim_ties_init(&t, sizes[i], seed);
            for (uint64_t x = 0; x < sizes[i]; x++) {
                uint64_t y = sim_ties_shuffle(&t, x);
                cr_assert(y < sizes[i] && !seen[y], "%lu of %lu", x, sizes[i]);
                seen[y] = true;
                cr_assert_eq(sim_ties_restore(&t, y), x);
            }
            free(seen);
        }
}

Test(engine_ties, large_numbers_come_back_and_what_is_beyond_stays)
{
    sim_ties t;
    uint64_t n = UINT64_C(12345) << 24;
    sim_ties_init(&t, n, 77);
    for (uint64_t i = 0; i < 100000; i++) {
        uint64_t x = i * UINT64_C(0x9e3779b97f4a7c15) % n;
        cr_assert_eq(sim_ties_restore(&t, sim_ties_shuffle(&t, x)), x);
        cr_assert_lt(sim_ties_shuffle(&t, x), n);
    }
    cr_assert_eq(sim_ties_shuffle(&t, n), n);
    cr_assert_eq(sim_ties_restore(&t, n + 1), n + 1);
    sim_ties_init(&t, UINT64_C(1) << 48, 3);
    cr_assert_eq(sim_ties_restore(&t, sim_ties_shuffle(&t, (UINT64_C(1) << 48) - 1)),
                 (UINT64_C(1) << 48) - 1);
}

/* ---- the engine ---------------------------------------------------------------------------- */

enum { N = 8 };

typedef struct entity {
    char name[16];
    sim_id id;
    sim_timer timer[2];
    sim_engine *engine;
} entity;

static char journal[256];

static void handle(void *self, const sim_event *event)
{
    entity *e = self;
    size_t at = strlen(journal);
    cr_assert_eq(event->dst, e->id);
    if (event->src == event->dst)
        sim_timer_fired(e->engine, &e->timer[event->port], event);
    snprintf(journal + at, sizeof journal - at, "%s/%u ", e->name, event->port);
}

static const sim_entity_class plain = {"plain", handle, NULL, false};
static const sim_entity_class watcher = {"watcher", handle, NULL, true};

/* All at one instant: two timers of each entity, set in the wrong order, and an observer's. */
static void run(uint64_t seed, char *out)
{
    entity all[N + 1];
    sim_engine *engine = sim_engine_new();
    memset(all, 0, sizeof all);
    journal[0] = '\0';
    for (int i = 0; i <= N; i++) {
        all[i].engine = engine;
        snprintf(all[i].name, sizeof all[i].name, "%c%d", i == N ? 'a' : 'e', i);
        sim_engine_add(engine, all[i].name, i == N ? &watcher : &plain, &all[i], &all[i].id);
    }
    sim_engine_seal(engine);
    sim_engine_shuffle_ties(engine, seed);
    for (int i = 0; i <= N; i++)
        for (uint16_t port = 2; port-- > 0;)
            sim_timer_set(engine, &all[i].timer[port], all[i].id, port, 5);
    for (int i = 0; i < N; i++)
        sim_post(engine, 5, all[i].id, all[(i + 1) % N].id, 7, NULL);
    cr_assert_eq(sim_engine_run(engine, 10), SIM_STOP_IDLE);
    cr_assert_eq(sim_engine_events(engine), 3 * N + 2);
    sim_engine_free(engine);
    strcpy(out, journal);
}

Test(engine_ties, each_seed_has_its_order_observers_last_ports_in_order)
{
    char canonical[256], a[256], b[256], again[256];
    run(0, canonical);
    run(1, a);
    run(2, b);
    run(1, again);
    cr_assert_str_eq(a, again);
    cr_assert_str_neq(a, canonical);
    cr_assert_str_neq(a, b);
    cr_assert(strncmp(canonical, "e0/0 e0/1 e0/7 e1/", 18) == 0, "%s", canonical);
    for (uint64_t seed = 0; seed < 200; seed++) {
        run(seed, a);
        cr_assert_str_eq(a + strlen(a) - 10, "a8/0 a8/1 ", "observers come last: %s", a);
        for (int i = 0; i < N; i++) {
            char first[20], second[20];
            snprintf(first, sizeof first, "e%d/0 ", i);
            snprintf(second, sizeof second, "e%d/1 ", i);
            cr_assert(strstr(a, first) && strstr(a, first) < strstr(a, second), "%s", a);
        }
    }
}
