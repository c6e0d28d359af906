/* The event loop: posting, timers, order and stopping.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "sim/engine/engine.h"

#include <assert.h>
#include <glib.h>
#include <stdatomic.h>

#include "sim/engine/block.h"
#include "sim/engine/eventset.h"
#include "sim/engine/names.h"
#include "sim/engine/ties.h"

enum { MAX_KINDS = 256 };

/* What delivery of an event reads, and no more: an address, of which no system gives a program
 * more than 56 bits, and above it what to do with it. Of these there is one for each node and
 * flow. */
typedef uint64_t target;
enum { KIND_SHIFT = 56 };
#define SELF_MASK ((UINT64_C(1) << KIND_SHIFT) - 1)

/* An entity until it is ranked. */
typedef struct applicant {
    const sim_entity_class *cls;
    void *self;
    sim_id *id_out;
} applicant;

struct sim_engine {
    sim_eventset *set;
    target *targets;                    /* by rank */
    const sim_entity_class *kinds[MAX_KINDS];
    unsigned n_kinds;
    sim_names names;
    GArray *applicants;                 /* NULL once sealed */
    sim_id n_entities;
    sim_ties *ties;                     /* NULL: simultaneous events in the order of names */

    int64_t now_ns;
    int64_t done_ns;                    /* nothing more may be posted up to here */
    int64_t last_ns;                    /* of the event last handled, with its key */
    uint64_t last_key;
    uint64_t events;

    uint64_t progress_every, progress_left;
    void (*progress)(sim_engine *engine, void *user);
    void *progress_user;

    atomic_bool interrupted;
    bool failed;
};

enum { PORT_BITS = 16, PORT_MASK = 0xffff, SRC_BITS = 24, DST_SHIFT = 40 };

static uint64_t pack_key(sim_id dst, sim_id src, uint16_t port)
{
    return (uint64_t)dst << DST_SHIFT | (uint64_t)src << PORT_BITS | port;
}

__attribute__((noinline, cold))
static uint64_t shuffle_key(const sim_engine *engine, uint64_t key)
{
    return sim_ties_shuffle(engine->ties, key >> PORT_BITS) << PORT_BITS | (key & PORT_MASK);
}

/* Where ties are shuffled the event set's keys are others. Apart, so that who does not shuffle pays
 * a branch and no registers. */
__attribute__((noinline, cold))
static sim_handle push_shuffled(sim_engine *engine, int64_t time_ns, uint64_t key, void *payload)
{
    return sim_eventset_push(engine->set, time_ns, shuffle_key(engine, key), payload);
}

__attribute__((noinline, cold))
static uint64_t restore_key(const sim_engine *engine, uint64_t key)
{
    return sim_ties_restore(engine->ties, key >> PORT_BITS) << PORT_BITS | (key & PORT_MASK);
}

static sim_handle push(sim_engine *engine, int64_t time_ns, uint64_t key, void *payload)
{
    if (G_UNLIKELY(engine->ties != NULL))
        return push_shuffled(engine, time_ns, key, payload);
    return sim_eventset_push(engine->set, time_ns, key, payload);
}

sim_engine *sim_engine_new(void)
{
    sim_engine *engine = g_new0(sim_engine, 1);
    engine->set = sim_eventset_new();
    engine->applicants = g_array_new(FALSE, FALSE, sizeof(applicant));
    engine->done_ns = -1;
    engine->last_ns = -1;
    sim_names_init(&engine->names);
    return engine;
}

static void *self_of(const sim_engine *engine, sim_id id)
{
    return (void *)(uintptr_t)(engine->targets[id] & SELF_MASK);
}

static const sim_entity_class *class_of(const sim_engine *engine, sim_id id)
{
    return engine->kinds[engine->targets[id] >> KIND_SHIFT];
}

static void discard(void *user, uint64_t key, void *payload)
{
    sim_engine *engine = user;
    sim_id dst = (sim_id)((engine->ties ? restore_key(engine, key) : key) >> DST_SHIFT);
    const sim_entity_class *cls = class_of(engine, dst);
    if (payload && cls->discard)
        cls->discard(self_of(engine, dst), payload);
}

void sim_engine_free(sim_engine *engine)
{
    if (!engine)
        return;
    sim_eventset_drain(engine->set, discard, engine);
    sim_eventset_free(engine->set);
    if (engine->applicants)
        g_array_free(engine->applicants, TRUE);
    sim_names_clear(&engine->names);
    sim_block_free(engine->targets);
    g_free(engine->ties);
    g_free(engine);
}

void sim_engine_add(sim_engine *engine, const char *name, const sim_entity_class *cls,
                    void *self, sim_id *id_out)
{
    assert(engine->applicants && cls->handle);
    assert(engine->applicants->len < SIM_MAX_ENTITIES);
    applicant a = {cls, self, id_out};
    g_array_append_val(engine->applicants, a);
    sim_names_add(&engine->names, name, cls->observer);
}

/* The number of a class; one that comes for the first time gets the next. */
static unsigned kind_of(sim_engine *engine, const sim_entity_class *cls)
{
    unsigned k = 0;
    while (k < engine->n_kinds && engine->kinds[k] != cls)
        k++;
    assert(k < MAX_KINDS);
    if (k == engine->n_kinds)
        engine->kinds[engine->n_kinds++] = cls;
    return k;
}

void sim_engine_seal(sim_engine *engine)
{
    assert(engine->applicants);
    const applicant *all = (const applicant *)(void *)engine->applicants->data;
    engine->n_entities = engine->applicants->len;
    engine->targets = sim_block_new(engine->n_entities, sizeof *engine->targets);
    uint32_t *order = sim_names_rank(&engine->names);
    for (sim_id id = 0; id < engine->n_entities; id++) {
        const applicant *a = &all[order[id]];
        engine->targets[id] = (uintptr_t)a->self |
                              (target)kind_of(engine, a->cls) << KIND_SHIFT;
        assert(self_of(engine, id) == a->self);
        if (a->id_out)
            *a->id_out = id;
    }
    g_free(order);
    g_array_free(engine->applicants, TRUE);
    engine->applicants = NULL;
}

void sim_engine_shuffle_ties(sim_engine *engine, uint64_t seed)
{
    assert(!engine->applicants && !engine->ties && sim_eventset_size(engine->set) == 0);
    uint64_t n = 0;
    while (n < engine->n_entities && !class_of(engine, (sim_id)n)->observer)
        n++;
    if (seed == 0 || n == 0)
        return;
    engine->ties = g_new(sim_ties, 1);
    sim_ties_init(engine->ties, n << SRC_BITS, seed);
}

size_t sim_engine_n_entities(const sim_engine *engine)
{
    return engine->applicants ? engine->applicants->len : engine->n_entities;
}

const char *sim_engine_name(const sim_engine *engine, sim_id id)
{
    assert(!engine->applicants && id < engine->n_entities);
    return sim_names_get(&engine->names, id);
}

int64_t sim_now(const sim_engine *engine)
{
    return engine->now_ns;
}

void sim_post(sim_engine *engine, int64_t time_ns, sim_id dst, sim_id src, uint16_t port,
              void *payload)
{
    /* Before the seal n_entities is 0. */
    assert(time_ns > engine->done_ns);
    assert(dst < engine->n_entities && src < engine->n_entities);
    push(engine, time_ns, pack_key(dst, src, port), payload);
}

int64_t sim_engine_pretend(sim_engine *engine, int64_t time_ns)
{
    int64_t now = engine->now_ns;
    engine->now_ns = time_ns;
    return now;
}

sim_moment sim_engine_present(const sim_engine *engine)
{
    if (engine->done_ns > engine->last_ns)      /* the end of a run is behind its last event */
        return (sim_moment){engine->done_ns, UINT64_MAX};
    return (sim_moment){engine->last_ns, engine->last_key};
}

uint64_t sim_engine_order(const sim_engine *engine, sim_id dst, sim_id src, uint16_t port)
{
    uint64_t key = pack_key(dst, src, port);
    return G_UNLIKELY(engine->ties != NULL) ? shuffle_key(engine, key) : key;
}

bool sim_engine_is_past(const sim_engine *engine, int64_t time_ns, sim_id dst, sim_id src,
                        uint16_t port)
{
    sim_moment present = sim_engine_present(engine);
    if (time_ns != present.time_ns)
        return time_ns < present.time_ns;
    return sim_engine_order(engine, dst, src, port) <= present.order;
}

void sim_post_back(sim_engine *engine, int64_t time_ns, sim_id dst, sim_id src, uint16_t port,
                   void *payload)
{
    assert(!sim_engine_is_past(engine, time_ns, dst, src, port));
    push(engine, time_ns, pack_key(dst, src, port), payload);
}

void sim_timer_set(sim_engine *engine, sim_timer *timer, sim_id owner, uint16_t port,
                   int64_t time_ns)
{
    if (time_ns == SIM_NEVER) {
        sim_timer_cancel(engine, timer);
        return;
    }
    assert(time_ns > engine->done_ns);
    if (timer->slot) {
        sim_eventset_move(engine->set, (sim_handle){timer->slot, timer->generation}, time_ns);
        return;
    }
    assert(owner < engine->n_entities);
    sim_handle h = push(engine, time_ns, pack_key(owner, owner, port), NULL);
    *timer = (sim_timer){h.slot, h.generation};
}

void sim_timer_cancel(sim_engine *engine, sim_timer *timer)
{
    if (!timer->slot)
        return;
    sim_eventset_cancel(engine->set, (sim_handle){timer->slot, timer->generation});
    timer->slot = 0;
}

bool sim_timer_armed(const sim_timer *timer)
{
    return timer->slot != 0;
}

void sim_timer_fired(sim_engine *engine, sim_timer *timer, const sim_event *event)
{
    sim_handle popped = sim_eventset_popped(engine->set);
    assert(event->dst == event->src && event->time_ns == engine->now_ns);
    assert(timer->slot == popped.slot && timer->generation == popped.generation);
    timer->slot = 0;
}

static void count_progress(sim_engine *engine)
{
    if (--engine->progress_left)
        return;
    engine->progress_left = engine->progress_every;
    engine->progress(engine, engine->progress_user);
}

/* A mobile node with the library's state of it is six lines. */
enum { LINE = 64, SELF_LINES = 6, PACKET_LINES = 3 };

static void handle_first(sim_engine *engine)
{
    uint64_t key;
    sim_event event;
    sim_eventset_pop(engine->set, &event.time_ns, &key, &event.payload);
    uint64_t name = G_UNLIKELY(engine->ties != NULL) ? restore_key(engine, key) : key;
    event.dst = (sim_id)(name >> DST_SHIFT);
    event.src = (sim_id)(name >> PORT_BITS) & (SIM_MAX_ENTITIES - 1);
    event.port = (uint16_t)name;
    /* Nothing is posted at the present instant, so order is strict: two events alike in time
     * and key are a sender that broke its promise. */
    assert(event.time_ns > engine->last_ns
           || (event.time_ns == engine->last_ns && key > engine->last_key));
    engine->now_ns = engine->done_ns = engine->last_ns = event.time_ns;
    engine->last_key = key;
    engine->events++;
    /* The state of whoever handles the next event, and its packet, come into the cache
     * meanwhile. Not a function of its own: gcc 12 drops one that only prefetches. */
    uint64_t next_key;
    void *next_payload;
    if (sim_eventset_foresee(engine->set, &next_key, &next_payload)) {
        /* Numbers, since they may be 0 and may lead behind what is there: no harm is done. Where
         * ties are shuffled it is another entity's. */
        uintptr_t self = (uintptr_t)self_of(engine, (sim_id)(next_key >> DST_SHIFT));
        uintptr_t packet = (uintptr_t)next_payload;
        for (uintptr_t at = 0; at < SELF_LINES * LINE; at += LINE)
            __builtin_prefetch((const void *)(self + at));
        for (uintptr_t at = 0; at < PACKET_LINES * LINE; at += LINE)
            __builtin_prefetch((const void *)(packet + at));
    }
    class_of(engine, event.dst)->handle(self_of(engine, event.dst), &event);
    if (engine->progress_left)
        count_progress(engine);
}

sim_stop sim_engine_run(sim_engine *engine, int64_t end_ns)
{
    assert(!engine->applicants && end_ns >= engine->now_ns);
    for (;;) {
        if (engine->failed)
            return SIM_STOP_FAILED;
        if (atomic_load_explicit(&engine->interrupted, memory_order_relaxed)) {
            atomic_store(&engine->interrupted, false);
            return SIM_STOP_INTERRUPTED;
        }
        int64_t first_ns = sim_eventset_first(engine->set);
        if (first_ns >= end_ns)
            break;
        handle_first(engine);
    }
    if (!sim_eventset_size(engine->set))
        return SIM_STOP_IDLE;
    engine->now_ns = end_ns;
    engine->done_ns = MAX(engine->done_ns, end_ns - 1);
    return SIM_STOP_END;
}

void sim_engine_interrupt(sim_engine *engine)
{
    atomic_store(&engine->interrupted, true);
}

void sim_engine_fail(sim_engine *engine)
{
    engine->failed = true;
}

uint64_t sim_engine_events(const sim_engine *engine)
{
    return engine->events;
}

uint64_t sim_engine_pending(const sim_engine *engine)
{
    return sim_eventset_size(engine->set);
}

void sim_engine_set_progress(sim_engine *engine, uint64_t every,
                             void (*progress)(sim_engine *engine, void *user), void *user)
{
    engine->progress_every = engine->progress_left = every;
    engine->progress = progress;
    engine->progress_user = user;
}
