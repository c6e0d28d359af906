/* The event engine: simulated time, entities, events and timers.
 *
 * Every agent, node, router, flow and queue is an entity with a canonical name. Names
 * give the rank (numbers inside names compare as numbers), rank gives the order among
 * simultaneous events, so that neither the order of groups in a file nor an idle
 * node's absence changes anything. The key of an event is (time, destination,
 * source, port): unique without a counter.
 *
 * Zero delay is a call, never an event: nothing may be posted at the present instant.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SIM_ENGINE_H
#define SIM_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIM_SECOND_NS INT64_C(1000000000)
#define SIM_MS_NS INT64_C(1000000)
#define SIM_NEVER INT64_MAX

/* Rank of an entity, 24 bits. */
typedef uint32_t sim_id;
#define SIM_MAX_ENTITIES (1u << 24)

typedef struct sim_engine sim_engine;

/* What a handler is given. */
typedef struct sim_event {
    int64_t time_ns;
    sim_id dst;         /* the entity that handles it */
    sim_id src;         /* the sender; equal to dst for a timer */
    uint16_t port;      /* sending interface, or the timer's slot */
    void *payload;      /* a packet as a rule; NULL for a timer; the handler's now */
} sim_event;

/* What an entity does. One const table per kind. */
typedef struct sim_entity_class {
    const char *kind;       /* "home-agent" */
    void (*handle)(void *self, const sim_event *event);
    /* Give back the payload of an event that never happened (end of the run,
     * cancelled). NULL: payloads of this kind need nothing. */
    void (*discard)(void *self, void *payload);
    bool observer;          /* ranks behind all others: samples, invariants */
} sim_entity_class;

sim_engine *sim_engine_new(void);
/* Discards what is pending, so the entities must still be there. */
void sim_engine_free(sim_engine *engine);

/* Register an entity; before sim_engine_seal only.
 *   name     copied; unique, or it is a bug
 *   id_out   where seal writes the rank; must stay valid until then */
void sim_engine_add(sim_engine *engine, const char *name, const sim_entity_class *cls,
                    void *self, sim_id *id_out);
/* Rank all entities. After it events may be posted. */
void sim_engine_seal(sim_engine *engine);
/* Another order of simultaneous events, by seed (ties.h); 0: the canonical one. After the seal,
 * before anything is posted. Observers stay behind all others. */
void sim_engine_shuffle_ties(sim_engine *engine, uint64_t seed);
size_t sim_engine_n_entities(const sim_engine *engine);
/* Borrowed until the next call. */
const char *sim_engine_name(const sim_engine *engine, sim_id id);

/* Order of two canonical names: bytes, but runs of digits as numbers. <0, 0, >0. */
int sim_name_compare(const char *a, const char *b);

/* Time of the event at hand; between runs the instant at which the next may begin. */
int64_t sim_now(const sim_engine *engine);

/* Deliver `payload` to dst at time_ns > now (>= now before the first run and after one that
 * reached its end, for nothing has happened then yet). At most one event with the same (time, dst,
 * src, port) may be pending: senders keep arrivals of one interface apart. An event at
 * or after the end of the run is accepted and never happens. */
void sim_post(sim_engine *engine, int64_t time_ns, sim_id dst, sim_id src, uint16_t port,
              void *payload);

/* Events that need not be posted, since what they do is known before and touches nothing that could
 * notice: their effects may be booked at any other time. sim_now is time_ns from here to the
 * next call; nothing else changes, and nothing may be posted that sim_post would not take
 * otherwise. Returns what sim_now was, which the caller sets again. */
int64_t sim_engine_pretend(sim_engine *engine, int64_t time_ns);
/* A place in the order of events. */
typedef struct sim_moment {
    int64_t time_ns;
    uint64_t order;         /* among simultaneous ones */
} sim_moment;

/* That of the event at hand, or last handled; behind a run that reached its end, its end. */
sim_moment sim_engine_present(const sim_engine *engine);
/* The order of an event with this key among simultaneous ones. */
uint64_t sim_engine_order(const sim_engine *engine, sim_id dst, sim_id src, uint16_t port);
/* Would an event with this key, had it been posted, have happened by now? */
bool sim_engine_is_past(const sim_engine *engine, int64_t time_ns, sim_id dst, sim_id src,
                        uint16_t port);

/* Post an event that had not been posted since it need not be one, which is true no longer: as
 * sim_post, and also at the present instant where that event is yet to come. */
void sim_post_back(sim_engine *engine, int64_t time_ns, sim_id dst, sim_id src, uint16_t port,
                   void *payload);

/* A timer of an entity: at most one pending event. Zero-initialise. */
typedef struct sim_timer {
    uint32_t slot;          /* engine's; 0: not armed */
    uint32_t generation;
} sim_timer;

/* Arm or move. time_ns > now. `port` tells the entity's timers apart. Cheap when the time
 * does not change; SIM_NEVER disarms. */
void sim_timer_set(sim_engine *engine, sim_timer *timer, sim_id owner, uint16_t port,
                   int64_t time_ns);
void sim_timer_cancel(sim_engine *engine, sim_timer *timer);
bool sim_timer_armed(const sim_timer *timer);
/* The handler of a timer event calls this first: the timer is no longer armed. The
 * engine asserts that the event was this timer's. */
void sim_timer_fired(sim_engine *engine, sim_timer *timer, const sim_event *event);

typedef enum sim_stop {
    SIM_STOP_END,           /* reached the end of the run */
    SIM_STOP_IDLE,          /* nothing left to happen */
    SIM_STOP_INTERRUPTED,   /* sim_engine_interrupt */
    SIM_STOP_FAILED         /* sim_engine_fail: e.g. results cannot be written */
} sim_stop;

/* Run all events in [now, end_ns). Now is then end_ns for STOP_END, else the time of the last
 * event. An interruption that was reported is over; a failure stays. */
sim_stop sim_engine_run(sim_engine *engine, int64_t end_ns);
/* Make run return after the event at hand. The first is async-signal-safe. */
void sim_engine_interrupt(sim_engine *engine);
void sim_engine_fail(sim_engine *engine);

uint64_t sim_engine_events(const sim_engine *engine);       /* handled so far */
uint64_t sim_engine_pending(const sim_engine *engine);
/* Called every `every` events with the user's data; for progress. 0: never. */
void sim_engine_set_progress(sim_engine *engine, uint64_t every,
                             void (*progress)(sim_engine *engine, void *user), void *user);

#endif
