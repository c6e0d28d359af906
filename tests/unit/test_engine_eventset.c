/* sim/engine: the pending event set and its heap against a balanced tree, and stale handles.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <criterion/criterion.h>
#include <glib.h>
#include <signal.h>
#include <stdlib.h>

#include "sim/engine/eventset.h"
#include "sim/engine/random.h"

/* Criterion pays for every assertion that holds; these loops have millions. */
#define MUST(x) do { if (!(x)) cr_assert(x, "line %d: %s", __LINE__, #x); } while (0)

/* What the reference knows of an event; its own payload. */
typedef struct known {
    int64_t time_ns;
    uint64_t key;
    sim_handle handle;
    uint32_t at;            /* in live[] */
} known;

static gint by_time_and_key(gconstpointer a, gconstpointer b, gpointer user)
{
    (void)user;
    const known *x = a, *y = b;
    if (x->time_ns != y->time_ns)
        return x->time_ns < y->time_ns ? -1 : 1;
    return (x->key > y->key) - (x->key < y->key);
}

enum { MAX_LIVE = 20000 };

typedef struct pair {
    sim_eventset *set;
    GTree *tree;
    known *live[MAX_LIVE];
    uint32_t n_live;
    sim_stream random;
    uint64_t pushed;
    int64_t now_ns, span_ns;
} pair;

static uint64_t draw(pair *p, uint64_t n)
{
    return sim_below(sim_stream_u64(&p->random), n);
}

static void forget(pair *p, known *k)
{
    MUST(g_tree_remove(p->tree, k));
    p->live[k->at] = p->live[--p->n_live];
    p->live[k->at]->at = k->at;
    MUST(!sim_eventset_is_pending(p->set, k->handle));
    free(k);
}

static void push(pair *p)
{
    if (p->n_live == MAX_LIVE)
        return;
    known *k = malloc(sizeof *k);
    k->time_ns = p->now_ns + (int64_t)draw(p, (uint64_t)p->span_ns);
    /* Unique, of all ranks: many events share a time, and some the upper half of the key too. */
    k->key = draw(p, 4) << 62 | draw(p, 3) << 32 | (p->pushed++ * 2654435761u & 0xffffffff);
    k->handle = sim_eventset_push(p->set, k->time_ns, k->key, k);
    MUST(k->handle.slot != 0 && sim_eventset_is_pending(p->set, k->handle));
    k->at = p->n_live;
    p->live[p->n_live++] = k;
    g_tree_insert(p->tree, k, k);
}

static void pop(pair *p)
{
    int64_t time_ns;
    uint64_t key;
    void *payload;
    if (!sim_eventset_pop(p->set, &time_ns, &key, &payload)) {
        MUST(p->n_live == 0 && sim_eventset_first(p->set) == INT64_MAX);
        return;
    }
    known *k = g_tree_node_key(g_tree_node_first(p->tree));
    MUST(payload == k && time_ns == k->time_ns && key == k->key);
    sim_handle popped = sim_eventset_popped(p->set);
    MUST(popped.slot == k->handle.slot && popped.generation == k->handle.generation);
    p->now_ns = time_ns;
    forget(p, k);
}

static void cancel(pair *p)
{
    if (!p->n_live)
        return;
    known *k = p->live[draw(p, p->n_live)];
    MUST(sim_eventset_cancel(p->set, k->handle) == k);
    forget(p, k);
}

static void move(pair *p)
{
    if (!p->n_live)
        return;
    known *k = p->live[draw(p, p->n_live)];
    g_tree_remove(p->tree, k);
    if (draw(p, 4))
        k->time_ns = p->now_ns + (int64_t)draw(p, (uint64_t)p->span_ns);
    sim_eventset_move(p->set, k->handle, k->time_ns);
    g_tree_insert(p->tree, k, k);
}

/* `more` of 16 operations push; as many pop, cancel and move in the ratio 2:1:1. */
static void churn(pair *p, uint64_t operations, uint64_t more)
{
    for (uint64_t i = 0; i < operations; i++) {
        uint64_t what = draw(p, 16);
        if (what < more)
            push(p);
        else if (what % 4 < 2)
            pop(p);
        else if (what % 4 == 2)
            cancel(p);
        else
            move(p);
        MUST(sim_eventset_size(p->set) == p->n_live);
        if (p->n_live) {
            const known *k = g_tree_node_key(g_tree_node_first(p->tree));
            MUST(sim_eventset_first(p->set) == k->time_ns);
        }
    }
}

/* Takes the set. */
static void as_a_tree_does(sim_eventset *set, const int64_t *spans, int rounds)
{
    pair *p = calloc(1, sizeof *p);
    p->set = set;
    p->tree = g_tree_new_full(by_time_and_key, NULL, NULL, NULL);
    p->random = sim_stream_init(1, 0, "test", "eventset");
    for (int round = 0; round < rounds; round++) {
        p->span_ns = spans[round % 4];
        churn(p, 60000, 10);        /* grows */
        churn(p, 24000, 4);         /* shrinks */
    }
    MUST(p->n_live > 100);
    while (p->n_live)
        pop(p);
    pop(p);
    cr_assert_eq(sim_eventset_size(p->set), 0);
    sim_eventset_free(p->set);
    g_tree_destroy(p->tree);
    free(p);
}

static const int64_t mixed_spans[] = {1, 10, 100000, INT64_C(1) << 40};

Test(engine_eventset, a_million_operations_as_a_tree_does_them)
{
    as_a_tree_does(sim_eventset_new(), mixed_spans, 12);
}

Test(engine_eventset, the_heap_alone_does_them_too)
{
    as_a_tree_does(sim_eventset_new_heap(), mixed_spans, 12);
}

/* The layout has to be guessed anew each time; the last span has events beyond any calendar. */
Test(engine_eventset, order_holds_whatever_the_rate_was_before)
{
    static const int64_t spans[] = {INT64_C(1) << 44, 1000, INT64_C(1) << 34, INT64_C(1) << 57};
    as_a_tree_does(sim_eventset_new(), spans, 8);
}

/* Distances from now: of many scales, on a grid, all alike, in bursts with long silence. */
static int64_t distance(unsigned kind, uint64_t draw, int64_t now_ns)
{
    switch (kind) {
    case 0: return 1 + (int64_t)(draw >> 20 >> draw % 40);
    case 1: return 1000000 * (1 + (int64_t)(draw % 8)) - now_ns % 1000000;
    case 2: return 1000000;
    case 3: return draw % 512 ? 1 + (int64_t)(draw >> 32) % 100 : 1 + (int64_t)(draw >> 30);
    default: return 1 + (int64_t)(draw >> 44);
    }
}

/* Calendar and heap side by side, popping and putting in, with some moved and cancelled. */
static void hold_both(unsigned kind, uint32_t pending, uint32_t operations)
{
    sim_eventset *sets[2] = {sim_eventset_new(), sim_eventset_new_heap()};
    sim_handle *handles[2] = {calloc(pending, sizeof(sim_handle)),
                              calloc(pending, sizeof(sim_handle))};
    sim_stream random = sim_stream_init(kind, 0, "test", "hold");
    int64_t now_ns = 0;
    for (uint32_t i = 0; i < pending + operations; i++) {
        uint64_t a = sim_stream_u64(&random), b = sim_stream_u64(&random);
        uint64_t keys[2] = {0, 0};
        int64_t times[2] = {0, 0};
        void *payload;
        for (int k = 0; k < 2 && i >= pending; k++)
            MUST(sim_eventset_pop(sets[k], &times[k], &keys[k], &payload));
        MUST(times[0] == times[1] && keys[0] == keys[1] && times[0] >= now_ns);
        now_ns = times[0];
        int64_t at_ns = now_ns + distance(kind, a, now_ns);
        for (int k = 0; k < 2; k++) {
            sim_handle *h = &handles[k][b % pending];
            if (h->slot && i % 3 == 0 && sim_eventset_is_pending(sets[k], *h)) {
                sim_eventset_move(sets[k], *h, at_ns);
                h->slot = 0;
                sim_eventset_push(sets[k], now_ns + 1, i, NULL);
            } else if (h->slot && i % 7 == 0 && sim_eventset_is_pending(sets[k], *h)) {
                sim_eventset_cancel(sets[k], *h);
                sim_eventset_push(sets[k], at_ns, i, NULL);
            } else {
                *h = sim_eventset_push(sets[k], at_ns, i, NULL);
            }
        }
        MUST(sim_eventset_size(sets[0]) == sim_eventset_size(sets[1]));
        MUST(sim_eventset_first(sets[0]) == sim_eventset_first(sets[1]));
    }
    for (int k = 0; k < 2; k++) {
        sim_eventset_free(sets[k]);
        free(handles[k]);
    }
}

Test(engine_eventset, the_calendar_is_the_heap_whatever_the_distances)
{
    for (unsigned kind = 0; kind < 5; kind++) {
        hold_both(kind, 3, 20000);
        hold_both(kind, 1000, 100000);
        hold_both(kind, 50000, 100000);
    }
}

Test(engine_eventset, ties_are_broken_by_the_whole_key)
{
    static const uint64_t keys[] = {0, 1, 0xffffffff, UINT64_C(1) << 32, (UINT64_C(1) << 32) + 1,
                                    UINT64_C(1) << 40, UINT64_MAX - 1, UINT64_MAX};
    enum { N = sizeof keys / sizeof *keys };
    for (unsigned rotation = 0; rotation < N; rotation++) {
        sim_eventset *set = sim_eventset_new();
        for (unsigned i = 0; i < N; i++)
            sim_eventset_push(set, INT64_MAX - 1, keys[(i * 3 + rotation) % N], NULL);
        for (unsigned i = 0; i < N; i++) {
            int64_t t;
            uint64_t key;
            void *payload;
            cr_assert(sim_eventset_pop(set, &t, &key, &payload));
            cr_assert_eq(key, keys[i]);
        }
        sim_eventset_free(set);
    }
}

Test(engine_eventset, a_handle_dies_with_its_event_though_the_slot_lives_on)
{
    sim_eventset *set = sim_eventset_new();
    cr_assert_not(sim_eventset_is_pending(set, (sim_handle){0, 0}));
    cr_assert_not(sim_eventset_is_pending(set, (sim_handle){77, 0}));
    sim_handle a = sim_eventset_push(set, 1, 1, set);
    cr_assert_eq(sim_eventset_cancel(set, a), set);
    sim_handle b = sim_eventset_push(set, 1, 1, NULL);
    cr_assert_eq(b.slot, a.slot, "slots are used again");
    cr_assert_neq(b.generation, a.generation);
    cr_assert(sim_eventset_is_pending(set, b));
    cr_assert_not(sim_eventset_is_pending(set, a));
    sim_eventset_free(set);
}

static sim_handle stale_handle(sim_eventset *set, bool popped)
{
    sim_handle h = sim_eventset_push(set, 1, 1, NULL);
    if (popped) {
        int64_t t;
        uint64_t key;
        void *payload;
        sim_eventset_pop(set, &t, &key, &payload);
    } else {
        sim_eventset_cancel(set, h);
    }
    sim_eventset_push(set, 2, 2, NULL);     /* in the same slot */
    return h;
}

Test(engine_eventset, cancelling_a_popped_event_is_a_bug, .signal = SIGABRT)
{
    sim_eventset *set = sim_eventset_new();
    sim_eventset_cancel(set, stale_handle(set, true));
}

Test(engine_eventset, cancelling_twice_is_a_bug, .signal = SIGABRT)
{
    sim_eventset *set = sim_eventset_new();
    sim_eventset_cancel(set, stale_handle(set, false));
}

Test(engine_eventset, moving_a_popped_event_is_a_bug, .signal = SIGABRT)
{
    sim_eventset *set = sim_eventset_new();
    sim_eventset_move(set, stale_handle(set, true), 9);
}

Test(engine_eventset, never_is_no_time, .signal = SIGABRT)
{
    sim_eventset *set = sim_eventset_new();
    sim_eventset_push(set, INT64_MAX, 1, NULL);
}

static void collect(void *user, uint64_t key, void *payload)
{
    uint64_t *sum = user;
    cr_assert_eq((uint64_t)(uintptr_t)payload, key + 1);
    *sum += key;
}

Test(engine_eventset, drain_hands_out_each_event_once)
{
    sim_eventset *set = sim_eventset_new();
    uint64_t sum = 0, want = 0;
    for (uint64_t key = 0; key < 5000; key++) {
        sim_eventset_push(set, (int64_t)(key * 7919 % 5000), key, (void *)(uintptr_t)(key + 1));
        want += key;
    }
    sim_eventset_drain(set, collect, &sum);
    cr_assert_eq(sum, want);
    cr_assert_eq(sim_eventset_size(set), 0);
    cr_assert_eq(sim_eventset_first(set), INT64_MAX);
    sim_eventset_free(set);
}
