/* sim/engine: order of events, timers, ranks by name, stopping.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sim/engine/engine.h"

typedef struct box {
    sim_engine *engine;
    sim_id id;
    char name[32];
    void (*then)(struct box *box, const sim_event *event);
    sim_timer timers[2];
    unsigned handled, discarded;
} box;

static char journal[4096];

static void note(const char *name, const sim_event *event)
{
    size_t at = strlen(journal);
    snprintf(journal + at, sizeof journal - at, "%lld:%s/%u ", (long long)event->time_ns, name,
             event->port);
}

static void handle_box(void *self, const sim_event *event)
{
    box *b = self;
    cr_assert_eq(event->dst, b->id);
    cr_assert_eq(event->time_ns, sim_now(b->engine));
    b->handled++;
    note(b->name, event);
    if (b->then)
        b->then(b, event);
    free(event->payload);
}

static void discard_box(void *self, void *payload)
{
    box *b = self;
    b->discarded++;
    free(payload);
}

static const sim_entity_class box_class = {"box", handle_box, discard_box, false};
static const sim_entity_class watcher_class = {"watcher", handle_box, discard_box, true};

static void add(sim_engine *engine, box *b, const char *name, const sim_entity_class *cls)
{
    memset(b, 0, sizeof *b);
    b->engine = engine;
    snprintf(b->name, sizeof b->name, "%s", name);
    sim_engine_add(engine, b->name, cls, b, &b->id);
}

static sim_engine *two_boxes(box *a, box *b)
{
    journal[0] = 0;
    sim_engine *engine = sim_engine_new();
    add(engine, b, "b", &box_class);
    add(engine, a, "a", &box_class);
    sim_engine_seal(engine);
    return engine;
}

Test(engine_loop, names_compare_with_numbers_as_numbers)
{
    static const char *const rising[] = {
        "", "a", "a-1", "a0", "a1", "a01", "a2", "a2b", "a2b1", "a2b9", "a2b10", "a10", "a010b",
        "a18446744073709551616", "a18446744073709551617", "a99999999999999999999", "aa", "ab",
        "b1/flow9/x", "b1/flow10/a", "ha", "ha1", "mn0", "mn7", "mn07", "mn007", "mn8", "mn10",
        "mn1000000"};
    size_t n = sizeof rising / sizeof *rising;
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < n; k++) {
            int order = sim_name_compare(rising[i], rising[k]);
            bool right = i < k ? order < 0 : i > k ? order > 0 : order == 0;
            /* Among equal numbers more zeros are another name; which is first matters less. */
            bool alike = !strncmp(rising[i], "mn0", 3) || !strncmp(rising[k], "mn0", 3)
                         || !strcmp(rising[i], "a01") || !strcmp(rising[k], "a01");
            if (alike && i != k)
                cr_assert_neq(order, 0, "%s %s", rising[i], rising[k]);
            else
                cr_assert(right, "%s %s: %d", rising[i], rising[k], order);
        }
    }
    cr_assert_lt(sim_name_compare("mn07", "mn7"), 0);
    cr_assert_lt(sim_name_compare("mn7", "mn08"), 0);
    cr_assert_lt(sim_name_compare("mn07", "mn10"), 0);
}

Test(engine_loop, ranks_follow_names_and_observers_come_last)
{
    static const char *const names[] = {"mn10", "sampler", "mn9", "ha2", "mn100", "ha10", "ha1"};
    static const char *const want[] = {"ha1", "ha2", "ha10", "mn9", "mn10", "mn100", "sampler"};
    sim_engine *engine = sim_engine_new();
    box boxes[7];
    for (size_t i = 0; i < 7; i++)
        add(engine, &boxes[i], names[i], i == 1 ? &watcher_class : &box_class);
    cr_assert_eq(sim_engine_n_entities(engine), 7);
    sim_engine_seal(engine);
    cr_assert_eq(sim_engine_n_entities(engine), 7);
    for (sim_id id = 0; id < 7; id++)
        cr_assert_str_eq(sim_engine_name(engine, id), want[id]);
    for (size_t i = 0; i < 7; i++)
        cr_assert_str_eq(sim_engine_name(engine, boxes[i].id), names[i]);
    sim_engine_free(engine);
}

Test(engine_loop, names_of_a_thousand_are_found_by_rank)
{
    enum { N = 1000 };
    static box boxes[N];
    sim_engine *engine = sim_engine_new();
    char name[32];
    for (int i = 0; i < N; i++) {
        snprintf(name, sizeof name, "mn%d%s", (i * 7) % N, i % 3 ? "" : "x");
        add(engine, &boxes[i], name, i % 2 ? &box_class : &watcher_class);
    }
    sim_engine_seal(engine);
    for (int i = 0; i < N; i++) {
        snprintf(name, sizeof name, "mn%d%s", (i * 7) % N, i % 3 ? "" : "x");
        cr_assert_str_eq(sim_engine_name(engine, boxes[i].id), name);
    }
    sim_engine_free(engine);
}

Test(engine_loop, an_observer_is_last_even_with_a_small_name)
{
    sim_engine *engine = sim_engine_new();
    box a, b;
    add(engine, &a, "aaa", &watcher_class);
    add(engine, &b, "zzz", &box_class);
    sim_engine_seal(engine);
    cr_assert_eq(b.id, 0);
    cr_assert_eq(a.id, 1);
    sim_engine_free(engine);
}

Test(engine_loop, two_equal_names_are_a_bug, .signal = SIGABRT)
{
    sim_engine *engine = sim_engine_new();
    box a, b, c;
    add(engine, &a, "x", &box_class);
    add(engine, &b, "y", &box_class);
    add(engine, &c, "x", &watcher_class);   /* would rank far from the first */
    sim_engine_seal(engine);
}

/* Everybody writes to everybody at the same few instants. `idle` adds entities that nobody
 * writes to. */
static char *order_of(bool idle, bool backwards)
{
    journal[0] = 0;
    sim_engine *engine = sim_engine_new();
    static const char *const names[] = {"mn2", "ha1", "mn10", "router"};
    box boxes[4], others[3];
    for (size_t i = 0; i < 4; i++) {
        size_t k = backwards ? 3 - i : i;
        add(engine, &boxes[k], names[k], &box_class);
        if (idle && i < 3)
            add(engine, &others[i], (const char *[]){"aa", "mn3", "zz"}[i], &box_class);
    }
    sim_engine_seal(engine);
    for (unsigned n = 0; n < 48; n++) {
        unsigned k = backwards ? 47 - n : n;
        sim_post(engine, 10 * (k / 16), boxes[k % 4].id, boxes[k / 4 % 4].id,
                 (uint16_t)(100 * (k / 4 % 4)), NULL);
    }
    cr_assert_eq(sim_engine_run(engine, 100), SIM_STOP_IDLE);
    cr_assert_eq(sim_engine_events(engine), 48);
    sim_engine_free(engine);
    return strdup(journal);
}

Test(engine_loop, order_knows_neither_insertion_nor_idle_entities)
{
    char *plain = order_of(false, false);
    cr_assert_eq(strncmp(plain, "0:ha1/100 0:ha1/0 0:ha1/200 0:ha1/300 0:mn2/100 ", 47), 0, "%s",
                 plain);
    for (int variant = 1; variant < 4; variant++) {
        char *other = order_of(variant & 1, variant & 2);
        cr_assert_str_eq(other, plain);
        free(other);
    }
    free(plain);
}

Test(engine_loop, a_run_covers_its_end_exclusively_and_goes_on)
{
    box a, b;
    sim_engine *engine = two_boxes(&a, &b);
    for (int64_t t = 0; t <= 20; t += 10)
        sim_post(engine, t, b.id, a.id, 0, malloc(8));
    b.then = NULL;
    cr_assert_eq(sim_engine_run(engine, 10), SIM_STOP_END);
    cr_assert_eq(b.handled, 1);
    cr_assert_eq(sim_now(engine), 10);
    cr_assert_eq(sim_engine_pending(engine), 2);
    sim_post(engine, 10, a.id, b.id, 0, NULL);
    cr_assert_eq(sim_engine_run(engine, 10), SIM_STOP_END, "an empty interval");
    cr_assert_eq(sim_engine_run(engine, 11), SIM_STOP_END);
    cr_assert_str_eq(journal, "0:b/0 10:a/0 10:b/0 ");
    sim_engine_free(engine);
    cr_assert_eq(b.discarded, 1, "what never happened is given back");
    cr_assert_eq(a.discarded, 0);
}

Test(engine_loop, nothing_left_is_said)
{
    box a, b;
    sim_engine *engine = two_boxes(&a, &b);
    sim_post(engine, 3, b.id, a.id, 0, NULL);
    cr_assert_eq(sim_engine_run(engine, 10), SIM_STOP_IDLE);
    cr_assert_eq(sim_now(engine), 3);
    cr_assert_eq(sim_engine_pending(engine), 0);
    sim_engine_free(engine);
}

static void interrupt_at_2(box *b, const sim_event *event)
{
    (void)b;
    if (event->time_ns == 2)
        raise(SIGUSR1);
}

static sim_engine *interrupted;

static void on_signal(int number)
{
    (void)number;
    sim_engine_interrupt(interrupted);
}

Test(engine_loop, an_interruption_ends_after_the_event_at_hand)
{
    box a, b;
    sim_engine *engine = interrupted = two_boxes(&a, &b);
    signal(SIGUSR1, on_signal);
    b.then = interrupt_at_2;
    for (int64_t t = 1; t <= 4; t++)
        sim_post(engine, t, b.id, a.id, 0, NULL);
    cr_assert_eq(sim_engine_run(engine, 10), SIM_STOP_INTERRUPTED);
    cr_assert_eq(b.handled, 2);
    cr_assert_eq(sim_now(engine), 2);
    cr_assert_eq(sim_engine_pending(engine), 2);
    cr_assert_eq(sim_engine_run(engine, 10), SIM_STOP_IDLE);
    cr_assert_eq(b.handled, 4);
    sim_engine_free(engine);
}

static void fail_now(box *b, const sim_event *event)
{
    (void)event;
    sim_engine_fail(b->engine);
}

Test(engine_loop, a_failure_stays)
{
    box a, b;
    sim_engine *engine = two_boxes(&a, &b);
    b.then = fail_now;
    sim_post(engine, 1, b.id, a.id, 0, NULL);
    sim_post(engine, 2, b.id, a.id, 0, NULL);
    cr_assert_eq(sim_engine_run(engine, 10), SIM_STOP_FAILED);
    cr_assert_eq(sim_engine_run(engine, 10), SIM_STOP_FAILED);
    cr_assert_eq(b.handled, 1);
    sim_engine_free(engine);
}

static void post_now(box *b, const sim_event *event)
{
    sim_post(b->engine, event->time_ns, b->id, b->id, 7, NULL);
}

Test(engine_loop, posting_at_the_present_is_a_bug, .signal = SIGABRT)
{
    box a, b;
    sim_engine *engine = two_boxes(&a, &b);
    b.then = post_now;
    sim_post(engine, 1, b.id, a.id, 0, NULL);
    sim_engine_run(engine, 10);
}

Test(engine_loop, two_events_with_one_key_are_a_bug, .signal = SIGABRT)
{
    box a, b;
    sim_engine *engine = two_boxes(&a, &b);
    sim_post(engine, 1, b.id, a.id, 0, NULL);
    sim_post(engine, 1, b.id, a.id, 0, NULL);
    sim_engine_run(engine, 10);
}

Test(engine_loop, an_unknown_entity_is_a_bug, .signal = SIGABRT)
{
    box a, b;
    sim_engine *engine = two_boxes(&a, &b);
    sim_post(engine, 1, 2, a.id, 0, NULL);
}

Test(engine_loop, posting_before_the_seal_is_a_bug, .signal = SIGABRT)
{
    sim_engine *engine = sim_engine_new();
    box a;
    add(engine, &a, "a", &box_class);
    sim_post(engine, 1, 0, 0, 0, NULL);
}

static void fire(box *b, const sim_event *event)
{
    cr_assert_eq(event->src, event->dst);
    cr_assert_null(event->payload);
    sim_timer *timer = &b->timers[event->port];
    cr_assert(sim_timer_armed(timer));
    sim_timer_fired(b->engine, timer, event);
    cr_assert_not(sim_timer_armed(timer));
    if (event->port == 0 && event->time_ns < 50)
        sim_timer_set(b->engine, timer, b->id, 0, event->time_ns + 20);
}

Test(engine_loop, timers_fire_move_and_cancel)
{
    box a, b;
    sim_engine *engine = two_boxes(&a, &b);
    b.then = fire;
    sim_timer_set(engine, &b.timers[0], b.id, 0, 10);
    sim_timer_set(engine, &b.timers[1], b.id, 1, 20);
    cr_assert_eq(sim_engine_pending(engine), 2);
    sim_timer_set(engine, &b.timers[1], b.id, 1, 20);
    cr_assert_eq(sim_engine_pending(engine), 2, "moved, not doubled");
    sim_timer_set(engine, &b.timers[1], b.id, 1, 40);
    cr_assert_eq(sim_engine_run(engine, 35), SIM_STOP_END);
    cr_assert_str_eq(journal, "10:b/0 30:b/0 ");
    sim_timer_set(engine, &b.timers[1], b.id, 1, 37);
    cr_assert_eq(sim_engine_run(engine, 45), SIM_STOP_END);
    sim_timer_set(engine, &b.timers[1], b.id, 1, 60);
    sim_timer_set(engine, &b.timers[1], b.id, 1, SIM_NEVER);
    cr_assert_not(sim_timer_armed(&b.timers[1]));
    sim_timer_cancel(engine, &b.timers[1]);
    cr_assert_eq(sim_engine_run(engine, 100), SIM_STOP_IDLE);
    cr_assert_str_eq(journal, "10:b/0 30:b/0 37:b/1 50:b/0 ");
    sim_engine_free(engine);
}

static void fire_the_wrong_one(box *b, const sim_event *event)
{
    sim_timer_fired(b->engine, &b->timers[1], event);
}

Test(engine_loop, a_timer_that_did_not_fire_is_told_apart, .signal = SIGABRT)
{
    box a, b;
    sim_engine *engine = two_boxes(&a, &b);
    b.then = fire_the_wrong_one;
    sim_timer_set(engine, &b.timers[0], b.id, 0, 10);
    sim_timer_set(engine, &b.timers[1], b.id, 1, 20);
    sim_engine_run(engine, 100);
}

Test(engine_loop, a_fired_timer_not_taken_note_of_is_a_bug, .signal = SIGABRT)
{
    box a, b;
    sim_engine *engine = two_boxes(&a, &b);
    sim_timer_set(engine, &b.timers[0], b.id, 0, 10);
    sim_engine_run(engine, 100);
    sim_timer_set(engine, &b.timers[0], b.id, 0, 200);
}

static void count_call(sim_engine *engine, void *user)
{
    (void)engine;
    ++*(unsigned *)user;
}

Test(engine_loop, progress_is_called_every_so_many_events)
{
    box a, b;
    sim_engine *engine = two_boxes(&a, &b);
    unsigned calls = 0;
    sim_engine_set_progress(engine, 10, count_call, &calls);
    for (int64_t t = 1; t <= 35; t++)
        sim_post(engine, t, b.id, a.id, 0, NULL);
    sim_engine_run(engine, 100);
    cr_assert_eq(calls, 3);
    sim_engine_free(engine);
}

Test(engine_loop, hundred_thousand_names_seal_in_order)
{
    enum { N = 100000 };
    sim_engine *engine = sim_engine_new();
    sim_id *ids = calloc(N, sizeof *ids);
    for (uint32_t i = 0; i < N; i++) {
        char name[32];
        uint32_t number = i * 7919u % N;    /* 7919 is prime to N */
        snprintf(name, sizeof name, "mn%u", number);
        sim_engine_add(engine, name, &box_class, NULL, &ids[number]);
    }
    sim_engine_seal(engine);
    for (uint32_t i = 0; i < N; i++)
        cr_assert_eq(ids[i], i);
    sim_engine_free(engine);
    free(ids);
}
