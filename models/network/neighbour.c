/* Neighbour cache: address resolution and neighbour unreachability detection.
 *
 *   RFC 4861 sections 7.2.2, 7.2.3, 7.2.5, 7.3.3
 *
 * REACHABLE turns STALE when somebody looks (the note in 7.3.3), so that only entries that
 * wait for an answer have a timer. IsRouter is not kept: a router has no default router
 * that could stop being one.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/network/neighbour.h"

#include <assert.h>
#include <glib.h>
#include <string.h>

#include "models/network/address_set.h"

typedef enum state { INCOMPLETE, REACHABLE, STALE, DELAY, PROBE } state;

#define NOT_IN_HEAP UINT32_MAX

/* What an entry has only while its timer runs or packets wait for it. */
typedef struct wait {
    union {
        sim_packet *head;
        struct wait *next_spare;
    };
    sim_packet *tail;
    uint32_t heap_at;
    uint32_t queued;
} wait;

typedef struct entry {
    mip6_addr address;      /* first: the set's key */
    mip6_lladdr lladdr;
    uint8_t state;
    uint8_t sent;           /* solicitations in this state */
    int64_t until_ns;       /* REACHABLE until; else when the timer expires */
    wait *wait;             /* NULL: neither */
} entry;

static_assert(sizeof(entry) <= 40, "of these there are a million");

struct model_neighbour_cache {
    const model_neighbour_config *config;
    const model_neighbour_ops *ops;
    void *self;
    model_address_set *entries;
    wait *spare;
    entry **heap;           /* running timers: by time, then address */
    uint32_t n_heap, cap_heap;
    uint64_t held;
};

model_neighbour_cache *model_neighbour_cache_new(const model_neighbour_config *config,
                                                 const model_neighbour_ops *ops, void *self)
{
    assert(config->queue_packets >= 1 && config->probes >= 1 && config->retrans_ns >= 1);
    model_neighbour_cache *cache = g_new0(model_neighbour_cache, 1);
    cache->config = config;
    cache->ops = ops;
    cache->self = self;
    cache->entries = model_address_set_new(sizeof(entry));
    return cache;
}

/* ---- What waits ----------------------------------------------------------------- */

static wait *get_wait(model_neighbour_cache *cache, entry *e)
{
    wait *w = e->wait;
    if (w)
        return w;
    w = cache->spare ? cache->spare : g_new(wait, 1);
    if (cache->spare)
        cache->spare = w->next_spare;
    *w = (wait){.heap_at = NOT_IN_HEAP};
    e->wait = w;
    return w;
}

static void drop_wait_if_idle(model_neighbour_cache *cache, entry *e)
{
    wait *w = e->wait;
    if (w->queued > 0 || w->heap_at != NOT_IN_HEAP)
        return;
    w->next_spare = cache->spare;
    cache->spare = w;
    e->wait = NULL;
}

/* ---- Timers: a binary heap ------------------------------------------------------ */

static bool before(const entry *a, const entry *b)
{
    if (a->until_ns != b->until_ns)
        return a->until_ns < b->until_ns;
    return memcmp(&a->address, &b->address, sizeof a->address) < 0;
}

static void place(model_neighbour_cache *cache, uint32_t at, entry *e)
{
    cache->heap[at] = e;
    e->wait->heap_at = at;
}

static void sift_up(model_neighbour_cache *cache, uint32_t at, entry *e)
{
    while (at > 0 && before(e, cache->heap[(at - 1) / 2])) {
        place(cache, at, cache->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    place(cache, at, e);
}

static void sift_down(model_neighbour_cache *cache, uint32_t at, entry *e)
{
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= cache->n_heap)
            break;
        if (child + 1 < cache->n_heap && before(cache->heap[child + 1], cache->heap[child]))
            child++;
        if (!before(cache->heap[child], e))
            break;
        place(cache, at, cache->heap[child]);
        at = child;
    }
    place(cache, at, e);
}

static void stop_timer(model_neighbour_cache *cache, entry *e)
{
    if (!e->wait || e->wait->heap_at == NOT_IN_HEAP)
        return;
    uint32_t at = e->wait->heap_at;
    entry *last = cache->heap[--cache->n_heap];
    e->wait->heap_at = NOT_IN_HEAP;
    drop_wait_if_idle(cache, e);
    if (last == e)
        return;
    if (at > 0 && before(last, cache->heap[(at - 1) / 2]))
        sift_up(cache, at, last);
    else
        sift_down(cache, at, last);
}

static void start_timer(model_neighbour_cache *cache, entry *e, int64_t at_ns)
{
    stop_timer(cache, e);
    e->until_ns = at_ns;
    get_wait(cache, e);
    if (cache->n_heap == cache->cap_heap) {
        cache->cap_heap = cache->cap_heap ? 2 * cache->cap_heap : 64;
        cache->heap = g_renew(entry *, cache->heap, cache->cap_heap);
    }
    sift_up(cache, cache->n_heap++, e);
}

/* ---- Entries -------------------------------------------------------------------- */

static entry *find(model_neighbour_cache *cache, const mip6_addr *address, int64_t now_ns)
{
    entry *e = model_address_set_find(cache->entries, address);
    if (e && e->state == REACHABLE && now_ns >= e->until_ns)
        e->state = STALE;
    return e;
}

static entry *create(model_neighbour_cache *cache, const mip6_addr *address, state s)
{
    entry *e = model_address_set_add(cache->entries, address);
    e->state = (uint8_t)s;
    return e;
}

static sim_packet *take(model_neighbour_cache *cache, entry *e)
{
    wait *w = e->wait;
    if (!w || !w->head)
        return NULL;
    sim_packet *packet = w->head;
    w->head = packet->next;
    if (!w->head)
        w->tail = NULL;
    packet->next = NULL;
    w->queued--;
    cache->held--;
    drop_wait_if_idle(cache, e);
    return packet;
}

/* 7.2.2: at the bound the new packet replaces the oldest. The call may lead back here. */
static void enqueue(model_neighbour_cache *cache, entry *e, sim_packet *packet)
{
    wait *w = get_wait(cache, e);
    packet->next = NULL;
    if (w->tail)
        w->tail->next = packet;
    else
        w->head = packet;
    w->tail = packet;
    w->queued++;
    cache->held++;
    if (w->queued > cache->config->queue_packets)
        cache->ops->failed(cache->self, take(cache, e), MODEL_CAUSE_RESOLVING);
}

/* Gone with all that waits for it. The packets' failure may lead to look-ups and new entries, so
 * the entry is out of the tables first. */
static void delete(model_neighbour_cache *cache, entry *e)
{
    stop_timer(cache, e);
    entry gone = *e;
    model_address_set_remove(cache->entries, e);
    sim_packet *packet;
    while ((packet = take(cache, &gone)) != NULL)
        cache->ops->failed(cache->self, packet, MODEL_CAUSE_NO_NEIGHBOUR);
}

void model_neighbour_cache_free(model_neighbour_cache *cache, sim_packet_pool *packets)
{
    if (!cache)
        return;
    uint32_t at = 0;
    for (entry *e; (e = model_address_set_next(cache->entries, &at));) {
        sim_packet *packet;
        while ((packet = take(cache, e)) != NULL)
            sim_packet_unref(packets, packet);
    }
    while (cache->n_heap > 0)
        stop_timer(cache, cache->heap[0]);
    for (wait *w; (w = cache->spare);) {
        cache->spare = w->next_spare;
        g_free(w);
    }
    model_address_set_free(cache->entries);
    g_free(cache->heap);
    g_free(cache);
}

static void set_reachable(model_neighbour_cache *cache, entry *e, int64_t now_ns)
{
    stop_timer(cache, e);
    e->state = REACHABLE;
    e->until_ns = now_ns + cache->config->reachable_ns;
}

static void set_stale(model_neighbour_cache *cache, entry *e)
{
    stop_timer(cache, e);
    e->state = STALE;
}

/* A packet goes to a STALE neighbour: 7.3.3. */
static void set_delay(model_neighbour_cache *cache, entry *e, int64_t now_ns)
{
    e->state = DELAY;
    start_timer(cache, e, now_ns + cache->config->delay_first_ns);
}

/* One more solicitation of this state, multicast while INCOMPLETE. */
static void solicit(model_neighbour_cache *cache, entry *e, int64_t now_ns)
{
    e->sent++;
    start_timer(cache, e, now_ns + cache->config->retrans_ns);
    mip6_addr target = e->address;
    mip6_lladdr lladdr = e->lladdr;
    cache->ops->solicit(cache->self, &target, e->state == PROBE ? &lladdr : NULL);
}

/* The address is known now; packets that waited go. To a STALE one that means DELAY. */
static void release_queue(model_neighbour_cache *cache, entry *e, int64_t now_ns)
{
    if (e->wait && e->wait->head && e->state == STALE)
        set_delay(cache, e, now_ns);
    mip6_lladdr lladdr = e->lladdr;
    sim_packet *packet;
    while ((packet = take(cache, e)) != NULL)
        cache->ops->resolved(cache->self, packet, &lladdr);
}

/* ---- What happens ------------------------------------------------------------------ */

bool model_neighbour_lookup(model_neighbour_cache *cache, const mip6_addr *target,
                            sim_packet *packet, mip6_lladdr *lladdr, int64_t now_ns)
{
    entry *e = find(cache, target, now_ns);
    if (!e) {
        e = create(cache, target, INCOMPLETE);
        enqueue(cache, e, packet);
        solicit(cache, e, now_ns);
        return false;
    }
    if (e->state == INCOMPLETE) {
        enqueue(cache, e, packet);
        return false;
    }
    if (e->state == STALE)
        set_delay(cache, e, now_ns);
    *lladdr = e->lladdr;
    return true;
}

static void resolve(model_neighbour_cache *cache, entry *e, const mip6_nd *na, int64_t now_ns)
{
    if (!na->has_lladdr)
        return;
    e->lladdr = na->lladdr;
    if (na->solicited)
        set_reachable(cache, e, now_ns);
    else
        set_stale(cache, e);
    release_queue(cache, e, now_ns);
}

void model_neighbour_advertised(model_neighbour_cache *cache, const mip6_nd *na, int64_t now_ns)
{
    entry *e = find(cache, &na->target, now_ns);
    if (!e)
        return;
    if (e->state == INCOMPLETE) {
        resolve(cache, e, na, now_ns);
        return;
    }
    bool differs = na->has_lladdr && !mip6_lladdr_equal(&na->lladdr, &e->lladdr);
    if (differs && !na->override) {     /* case I */
        if (e->state == REACHABLE)
            set_stale(cache, e);
        return;
    }
    if (differs)                        /* case II */
        e->lladdr = na->lladdr;
    if (na->solicited)
        set_reachable(cache, e, now_ns);
    else if (differs)
        set_stale(cache, e);
}

void model_neighbour_heard(model_neighbour_cache *cache, const mip6_addr *address,
                           const mip6_lladdr *lladdr, int64_t now_ns)
{
    entry *e = find(cache, address, now_ns);
    if (!e)
        e = create(cache, address, STALE);
    else if (e->state != INCOMPLETE && mip6_lladdr_equal(lladdr, &e->lladdr))
        return;
    e->lladdr = *lladdr;
    set_stale(cache, e);
    release_queue(cache, e, now_ns);
}

int64_t model_neighbour_next_expiry(const model_neighbour_cache *cache)
{
    return cache->n_heap ? cache->heap[0]->until_ns : SIM_NEVER;
}

static void expire_one(model_neighbour_cache *cache, entry *e, int64_t now_ns)
{
    if (e->state == DELAY) {
        e->state = PROBE;
        e->sent = 0;
    }
    if (e->sent < cache->config->probes)
        solicit(cache, e, now_ns);
    else
        delete(cache, e);
}

void model_neighbour_expire(model_neighbour_cache *cache, int64_t now_ns)
{
    while (cache->n_heap && cache->heap[0]->until_ns <= now_ns)
        expire_one(cache, cache->heap[0], now_ns);
}

uint64_t model_neighbour_held(const model_neighbour_cache *cache)
{
    return cache->held;
}
