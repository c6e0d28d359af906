/* The pending event set: a priority queue of (time, key) with real cancellation.
 *
 * Narrow on purpose: what is behind it may change. A plain heap stays as the reference that
 * it is checked against, event by event.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SIM_EVENTSET_H
#define SIM_EVENTSET_H

#include <stdbool.h>
#include <stdint.h>

/* Order: time, then key. */
typedef struct sim_eventset sim_eventset;

/* A pending event. Stale handles are recognised by their generation. */
typedef struct sim_handle {
    uint32_t slot;          /* never 0 for a live one */
    uint32_t generation;
} sim_handle;

sim_eventset *sim_eventset_new(void);
/* The same in the same order from a heap alone: the reference of tests and benchmarks. */
sim_eventset *sim_eventset_new_heap(void);
void sim_eventset_free(sim_eventset *set);

/* time_ns in [0, INT64_MAX). */
sim_handle sim_eventset_push(sim_eventset *set, int64_t time_ns, uint64_t key, void *payload);
/* Takes out the first one. False: empty. */
bool sim_eventset_pop(sim_eventset *set, int64_t *time_ns, uint64_t *key, void **payload);
/* Memory is what an event costs: asks for what the next one needs, its key and payload in
 * *key and *payload, while the one at hand is handled. A guess, since that one may still post an
 * earlier event. False: nothing is known. */
bool sim_eventset_foresee(sim_eventset *set, uint64_t *key, void **payload);
/* The handle that the event last popped had, so that its owner can be checked. */
sim_handle sim_eventset_popped(const sim_eventset *set);
/* Time of the first one, INT64_MAX when empty. */
int64_t sim_eventset_first(sim_eventset *set);
/* Takes a pending event out; returns its payload. A stale handle is a bug (assert). */
void *sim_eventset_cancel(sim_eventset *set, sim_handle handle);
/* Give a pending event another time. */
void sim_eventset_move(sim_eventset *set, sim_handle handle, int64_t time_ns);
bool sim_eventset_is_pending(const sim_eventset *set, sim_handle handle);
uint64_t sim_eventset_size(const sim_eventset *set);
/* Takes out all, in no order: at the end of a run. */
void sim_eventset_drain(sim_eventset *set,
                        void (*each)(void *user, uint64_t key, void *payload), void *user);

#endif
