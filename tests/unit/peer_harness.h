/* Members of a system of agents that share state, joined by a network that loses, repeats,
 * reorders and parts, in virtual time. Each member is an endpoint and the plainest system there
 * can be: a table of records by number of home address.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef TESTS_PEER_HARNESS_H
#define TESTS_PEER_HARNESS_H

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "mip6_peer.h"
#include "proto/core/shared.h"

enum { P_MAX = 6, P_HOMES = 200, P_FLIGHT = 4096, P_UPDATES = 4096 };

#define P_S MIP6_SECOND_NS
#define P_MS MIP6_MS_NS

typedef struct p_entry {
    bool held, marked;
    mip6_sync_record r;
} p_entry;

typedef struct p_world p_world;

typedef struct p_member {
    p_world *w;
    uint8_t index;
    mip6_peers *peers;              /* NULL: down */
    void *storage;
    mip6_peers_config config;
    uint32_t boots;
    int64_t booted_ns;
    uint32_t said_loading;          /* bits: those whose last hello said so */
    p_entry table[P_HOMES];
    /* What the system was told, for tests. */
    uint32_t ups, gones, superseded, acknowledged, messages, begins, ends, aborts, applied;
    uint32_t delivered, undelivered;
    mip6_sync_record last_acknowledged;
    uint8_t last_message[MIP6_PEER_MAX_BODY];
    size_t last_len;
    uint8_t last_code;
    mip6_load_report report, heard;
} p_member;

typedef struct p_packet {
    int64_t at_ns;
    uint8_t to;
    uint32_t len;
    uint8_t bytes[MIP6_MAX_PACKET];
} p_packet;

struct p_world {
    mip6_shared *shared;
    mip6_addr members[P_MAX];
    p_member *m[P_MAX];
    int n;
    bool elect;                     /* one cache, owned by the lowest; else each owns its own */
    int64_t now;
    uint64_t seed, draws;
    /* The network. */
    uint32_t loss_ppm, repeat_ppm;
    int64_t delay_ns, jitter_ns;
    uint8_t side[P_MAX];            /* packets go only between members of one side */
    bool (*drop)(p_world *w, int from, int to, const mip6_peer_message *msg);  /* for tests */
    p_packet *flight;
    size_t n_flight;
    uint64_t sent[MIP6_N_PEER_TYPES];
    /* What mobile nodes did: the last sequence number of each, and which were deregistrations. */
    uint16_t sequence[P_HOMES];
    uint8_t end[P_HOMES][P_UPDATES];
    size_t held_memory;
    unsigned allocs, fail_at;
};

static inline uint64_t p_draw(p_world *w)
{
    return mip6_mix64(mip6_mix64(w->seed + 1) + w->draws++);
}

static inline uint64_t p_below(p_world *w, uint64_t n)
{
    return mip6_scale(p_draw(w), n);
}

static inline bool p_chance(p_world *w, uint32_t ppm)
{
    return p_below(w, 1000000) < ppm;
}

static inline void *p_alloc(void *user, size_t size)
{
    p_world *w = user;
    if (++w->allocs == w->fail_at)
        return NULL;
    w->held_memory += size;
    return malloc(size);
}

static inline void p_release(void *user, void *ptr, size_t size)
{
    p_world *w = user;
    w->held_memory -= size;
    free(ptr);
}

static inline void p_sha1(void *user, const uint8_t *data, size_t len, uint8_t out[20])
{
    (void)user, (void)data, (void)len, (void)out;
    abort();
}

static inline void p_hmac(void *user, const uint8_t *key, size_t key_len, const uint8_t *data,
                          size_t len, uint8_t out[20])
{
    (void)user, (void)key, (void)key_len, (void)data, (void)len, (void)out;
    abort();
}

static inline uint64_t p_random(void *user, uint64_t cookie, mip6_random purpose, uint64_t key)
{
    p_world *w = user;
    return mip6_mix64(mip6_mix64(mip6_mix64(cookie + w->seed) + (uint64_t)purpose) + key);
}

/* ---- Homes and what their nodes ask for ------------------------------------------------ */

static inline mip6_addr p_home(unsigned i)
{
    mip6_addr a = {{0x20, 0x01, 0x0d, 0xb8, [8] = 0xa}};
    mip6_put16(a.b + 14, (uint16_t)i);
    return a;
}

static inline unsigned p_number(const mip6_addr *home)
{
    return mip6_get16(home->b + 14);
}

/* The care-of address says of which update it is: a copy that mixes two is found out. */
static inline mip6_addr p_care_of(unsigned home, uint16_t sequence)
{
    mip6_addr a = {{0x20, 0x01, 0x0d, 0xb8, 0, 0xc}};
    mip6_put16(a.b + 12, (uint16_t)home);
    mip6_put16(a.b + 14, sequence);
    return a;
}

/* ---- The plainest system ---------------------------------------------------------------- */

static inline void p_up(void *self, uint8_t peer, uint32_t boot, int64_t now)
{
    (void)peer, (void)boot, (void)now;
    ((p_member *)self)->ups++;
}

static inline void p_gone(void *self, uint8_t peer, int64_t now)
{
    (void)now;
    p_member *m = self;
    m->gones++;
    m->said_loading &= ~(UINT32_C(1) << peer);
}

static inline void p_hello(void *self, uint8_t peer, const mip6_peer_hello *hello, int64_t now)
{
    (void)now;
    p_member *m = self;
    m->heard = hello->report;
    m->said_loading &= ~(UINT32_C(1) << peer);
    m->said_loading |= (uint32_t)hello->loading << peer;
}

static inline void p_report(void *self, mip6_load_report *out, int64_t now)
{
    (void)now;
    *out = ((p_member *)self)->report;
}

static inline bool p_find(void *self, const mip6_addr *home, bool handoff, mip6_sync_record *out)
{
    p_member *m = self;
    const p_entry *e = &m->table[p_number(home)];
    if (handoff || !e->held)
        return false;
    *out = e->r;
    return true;
}

static inline void p_apply(void *self, uint8_t peer, const mip6_sync_record *r, int64_t now)
{
    (void)peer;
    p_member *m = self;
    p_entry *e = &m->table[p_number(&r->home)];
    cr_assert(r->kind == MIP6_SYNC_GONE || r->expires_ns > now);
    m->applied++;
    e->held = r->kind != MIP6_SYNC_GONE;
    e->r = *r;
    e->marked = true;
}

static inline uint32_t p_records(void *self, uint8_t cache, uint64_t *cursor,
                                 mip6_sync_record *out, uint32_t cap, int64_t now)
{
    p_member *m = self;
    uint32_t n = 0;
    (void)now;
    cap = cap < 30 ? cap : 30;      /* more than one message, less than a lot */
    for (; *cursor < P_HOMES && n < cap; (*cursor)++)
        if (m->table[*cursor].held && m->table[*cursor].r.cache == cache) {
            out[n] = m->table[*cursor].r;
            out[n++].kind = MIP6_SYNC_NEW;
        }
    return n;
}

static inline void p_begin(void *self, uint8_t peer, uint8_t cache, int64_t now)
{
    p_member *m = self;
    (void)peer, (void)now;
    m->begins++;
    for (unsigned i = 0; i < P_HOMES; i++)
        if (m->table[i].r.cache == cache)
            m->table[i].marked = false;
}

static inline void p_end(void *self, uint8_t peer, uint8_t cache, bool complete, int64_t now)
{
    p_member *m = self;
    (void)peer, (void)now;
    m->ends += complete;
    m->aborts += !complete;
    for (unsigned i = 0; i < P_HOMES && complete; i++)
        if (m->table[i].r.cache == cache && !m->table[i].marked)
            m->table[i].held = false;
}

static inline void p_superseded(void *self, uint8_t peer, uint8_t cache, int64_t now)
{
    (void)peer, (void)cache, (void)now;
    ((p_member *)self)->superseded++;
}

static inline void p_acknowledged(void *self, const mip6_sync_record *r, int64_t now)
{
    (void)now;
    p_member *m = self;
    m->acknowledged++;
    m->last_acknowledged = *r;
}

static inline void p_message(void *self, uint8_t peer, uint8_t code, const uint8_t *body,
                             size_t len, int64_t now)
{
    p_member *m = self;
    (void)peer, (void)now;
    m->messages++;
    m->last_code = code;
    m->last_len = len;
    memcpy(m->last_message, body, len);
}

static inline void p_delivered(void *self, uint8_t peer, uint64_t tag, bool delivered, int64_t now)
{
    p_member *m = self;
    (void)peer, (void)tag, (void)now;
    m->delivered += delivered;
    m->undelivered += !delivered;
}

static const mip6_system_ops p_ops = {
    .peer_up = p_up, .peer_gone = p_gone, .hello = p_hello, .report = p_report, .find = p_find,
    .apply = p_apply, .records = p_records, .transfer_begin = p_begin, .transfer_end = p_end,
    .superseded = p_superseded, .acknowledged = p_acknowledged, .message = p_message,
    .delivered = p_delivered};

/* ---- The world -------------------------------------------------------------------------- */

static inline p_world *p_new(int n, bool elect, uint64_t seed)
{
    p_world *w = calloc(1, sizeof *w);
    w->n = n;
    w->elect = elect;
    w->seed = seed;
    w->delay_ns = P_MS;
    w->flight = calloc(P_FLIGHT, sizeof *w->flight);
    mip6_env env = {w, p_alloc, p_release, p_sha1, p_hmac, p_random, NULL};
    w->shared = mip6_shared_init(malloc(mip6_shared_size()), &env, NULL);
    for (int i = 0; i < n; i++) {
        w->members[i] = (mip6_addr){{0x20, 0x01, 0x0d, 0xb8, [15] = (uint8_t)(i + 1)}};
        p_member *m = w->m[i] = calloc(1, sizeof *m);
        m->w = w;
        m->index = (uint8_t)i;
        m->storage = malloc(mip6_peers_size());
        mip6_peers_config_defaults(&m->config);
        m->config.members = w->members;
        m->config.n_members = (uint8_t)n;
        m->config.self = (uint8_t)i;
        m->config.n_caches = (uint8_t)(elect ? 1 : n);
        m->config.home_prefix = (mip6_addr){{0x20, 0x01, 0x0d, 0xb8}};
    }
    return w;
}

static inline void p_boot(p_world *w, int i)
{
    p_member *m = w->m[i];
    cr_assert_null(m->peers);
    memset(m->table, 0, sizeof m->table);
    m->said_loading = 0;
    m->booted_ns = w->now;
    m->peers = mip6_peers_init(m->storage, w->shared, &m->config, &p_ops, m,
                               (uint64_t)i << 32 | m->boots++, w->now);
    mip6_peers_start(m->peers, w->now);
    if (!w->elect)
        mip6_peers_own(m->peers, (uint8_t)i, w->now);
}

static inline void p_crash(p_world *w, int i)
{
    mip6_peers_free(w->m[i]->peers);
    w->m[i]->peers = NULL;
}

static inline void p_free(p_world *w)
{
    for (int i = 0; i < w->n; i++) {
        if (w->m[i]->peers)
            p_crash(w, i);
        free(w->m[i]->storage);
        free(w->m[i]);
    }
    mip6_shared_free(w->shared);
    free(w->shared);
    cr_assert_eq(w->held_memory, 0, "memory was not given back");
    free(w->flight);
    free(w);
}

static inline void p_fly(p_world *w, uint8_t to, const uint8_t *bytes, uint32_t len)
{
    cr_assert_lt(w->n_flight, (size_t)P_FLIGHT);
    p_packet *q = &w->flight[w->n_flight++];
    q->at_ns = w->now + w->delay_ns +
               (w->jitter_ns ? (int64_t)p_below(w, (uint64_t)w->jitter_ns) : 0);
    q->to = to;
    q->len = len;
    memcpy(q->bytes, bytes, len);
}

static inline void p_carry(p_world *w, int from, const uint8_t *bytes, uint32_t len)
{
    mip6_header h;
    mip6_peer_message msg;
    mip6_drop cause;
    int to = 0;
    cr_assert_eq(mip6_peer_decode(bytes, len, &h, &msg, &cause, w->now), 0);
    cr_assert(mip6_peer_is(bytes, len));
    w->sent[msg.type]++;
    while (to < w->n && !mip6_addr_equal(&h.dst, &w->members[to]))
        to++;
    cr_assert_lt(to, w->n);
    if (w->side[from] != w->side[to] || p_chance(w, w->loss_ppm) ||
        (w->drop && w->drop(w, from, to, &msg)))
        return;
    p_fly(w, (uint8_t)to, bytes, len);
    if (p_chance(w, w->repeat_ppm))
        p_fly(w, (uint8_t)to, bytes, len);
}

static inline void p_settle(p_world *w)
{
    uint8_t buf[MIP6_MAX_PACKET];
    mip6_action action;
    for (int i = 0; i < w->n; i++)
        while (w->m[i]->peers &&
               mip6_peers_poll(w->m[i]->peers, &action, buf, sizeof buf, w->now))
            p_carry(w, i, buf, action.len);
}

/* The first of what is on its way, in the order it was sent where times are the same. */
static inline size_t p_first(const p_world *w)
{
    size_t first = 0;
    for (size_t i = 1; i < w->n_flight; i++)
        if (w->flight[i].at_ns < w->flight[first].at_ns)
            first = i;
    return first;
}

static inline void p_arrive(p_world *w, size_t at)
{
    p_packet q = w->flight[at];
    memmove(&w->flight[at], &w->flight[at + 1], (--w->n_flight - at) * sizeof *w->flight);
    if (w->m[q.to]->peers)
        mip6_peers_receive(w->m[q.to]->peers, q.bytes, q.len, w->now);
}

static inline void p_run_until(p_world *w, int64_t end)
{
    p_settle(w);
    for (;;) {
        int64_t next = end;
        int who = -1;
        for (int i = 0; i < w->n; i++)
            if (w->m[i]->peers && mip6_peers_next_expiry(w->m[i]->peers) < next) {
                next = mip6_peers_next_expiry(w->m[i]->peers);
                who = i;
            }
        size_t first = p_first(w);
        bool packet = w->n_flight > 0 && w->flight[first].at_ns <= next;
        if (!packet && who < 0)
            break;
        int64_t at = packet ? w->flight[first].at_ns : next;
        w->now = at > w->now ? at : w->now;
        if (packet)
            p_arrive(w, first);
        else
            mip6_peers_expire(w->m[who]->peers, w->now);
        p_settle(w);
    }
    w->now = end;
}

static inline void p_run(p_world *w, int64_t ns)
{
    p_run_until(w, w->now + ns);
}

/* All up, and know each other; with an election the first owns the cache. */
static inline p_world *p_booted(int n, bool elect)
{
    p_world *w = p_new(n, elect, 1);
    for (int i = 0; i < n; i++)
        p_boot(w, i);
    if (elect)
        mip6_peers_own(w->m[0]->peers, 0, w->now);
    p_run(w, 3 * P_S);
    return w;
}

/* ---- Changes ----------------------------------------------------------------------------- */

/* A node's update arrives at member i. Returns what publish does; -1000: it is not for it. */
static inline int p_update(p_world *w, int i, uint8_t cache, unsigned home, bool end)
{
    p_member *m = w->m[i];
    p_entry *e = &m->table[home];
    mip6_cache_state state;
    mip6_peers_cache(m->peers, cache, &state);
    bool held = e->held && e->r.cache == cache;
    if (!state.owned || (end && !held) || w->sequence[home] + 1u >= P_UPDATES)
        return -1000;
    uint16_t sequence = ++w->sequence[home];
    w->end[home][sequence] = end;
    e->r = (mip6_sync_record){
        .kind = end ? MIP6_SYNC_GONE : held ? MIP6_SYNC_REFRESH : MIP6_SYNC_NEW, .cache = cache,
        .sequence = sequence, .lifetime_units = 30, .expires_ns = w->now + 1200 * P_S,
        .home = p_home(home), .care_of = p_care_of(home, sequence)};
    e->held = !end;
    return mip6_peers_publish(m->peers, &e->r, w->now);
}

/* Nobody has what no node asked for. */
static inline void p_assert_honest(const p_world *w)
{
    for (int i = 0; i < w->n; i++)
        for (unsigned k = 0; k < P_HOMES && w->m[i]->peers; k++) {
            const p_entry *e = &w->m[i]->table[k];
            if (!e->held)
                continue;
            mip6_addr care_of = p_care_of(k, e->r.sequence);
            cr_assert_leq(e->r.sequence, w->sequence[k]);
            cr_assert(!w->end[k][e->r.sequence], "a deregistration is held as a binding");
            cr_assert(mip6_addr_equal(&e->r.care_of, &care_of), "of two updates");
        }
}

/* Members a and b hold the same. */
static inline bool p_same(const p_world *w, int a, int b)
{
    for (unsigned k = 0; k < P_HOMES; k++) {
        const p_entry *x = &w->m[a]->table[k], *y = &w->m[b]->table[k];
        if (x->held != y->held)
            return false;
        int64_t apart = x->r.expires_ns - y->r.expires_ns;
        apart = apart < 0 ? -apart : apart;
        if (x->held && (x->r.sequence != y->r.sequence || x->r.cache != y->r.cache ||
                        !mip6_addr_equal(&x->r.care_of, &y->r.care_of) || apart > 60 * P_S))
            return false;
    }
    return true;
}

static inline mip6_peers_figures p_figures(const p_world *w, int i)
{
    mip6_peers_figures f;
    mip6_peers_get_figures(w->m[i]->peers, &f);
    return f;
}

static inline mip6_cache_state p_cache(const p_world *w, int i, uint8_t cache)
{
    mip6_cache_state state;
    mip6_peers_cache(w->m[i]->peers, cache, &state);
    return state;
}

#endif
