/* Secondary records: numbers in chunks, linear hashing over numbers, lists over numbers.
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "system/secondary.h"

#include <string.h>

#define CHUNK 256u          /* records */
#define SEGMENT 1024u       /* buckets */
#define NOWHERE UINT16_MAX  /* the slot of a free one */

static mip6_secondary *at(const mip6_secondaries *s, uint32_t n)
{
    return n == 0 ? NULL : (mip6_secondary *)s->chunks[n / CHUNK] + n % CHUNK;
}

/* ---- Memory ------------------------------------------------------------------------ */

/* One more pointer in an array of them that doubles. */
static bool push(const mip6_env *env, void ***array, uint32_t *n, uint32_t *max, size_t size)
{
    if (*n == *max) {
        uint32_t wider = *max ? 2 * *max : 8;
        void **copy = env->alloc(env->user, wider * sizeof *copy);
        if (!copy)
            return false;
        if (*array) {
            memcpy(copy, *array, *n * sizeof *copy);
            env->free(env->user, *array, *max * sizeof *copy);
        }
        *array = copy;
        *max = wider;
    }
    void *added = env->alloc(env->user, size);
    if (!added)
        return false;
    memset(added, 0, size);
    (*array)[(*n)++] = added;
    return true;
}

static bool add_chunk(mip6_secondaries *s)
{
    return push(s->env, &s->chunks, &s->n_chunks, &s->max_chunks, CHUNK * sizeof(mip6_secondary));
}

static bool add_segment(mip6_secondaries *s)
{
    return push(s->env, &s->segments, &s->n_segments, &s->max_segments,
                SEGMENT * sizeof(uint32_t));
}

int mip6_secondaries_init(mip6_secondaries *s, const mip6_env *env, const uint64_t secret[2],
                          const mip6_addr *prefix, uint32_t n_lists)
{
    assert(n_lists > 0 && n_lists < NOWHERE);
    memset(s, 0, sizeof *s);
    s->env = env;
    s->secret[0] = secret[0];
    s->secret[1] = secret[1];
    memcpy(s->prefix.b, prefix->b, 8);
    s->n_lists = n_lists;
    s->lists = env->alloc(env->user, n_lists * sizeof *s->lists);
    for (uint32_t l = 0; s->lists && l < n_lists; l++)
        s->lists[l] = (mip6_secondary_list){.list = (uint16_t)l, .slot = (uint16_t)l};
    if (!s->lists || !add_segment(s) || !add_chunk(s)) {
        mip6_secondaries_free(s);
        return MIP6_ERR_NOMEM;
    }
    s->n_used = s->hand = 1;
    s->n_buckets = 1;
    s->mask = 1;
    return 0;
}

static void free_array(const mip6_env *env, void **array, uint32_t n, uint32_t max, size_t size)
{
    for (uint32_t i = 0; i < n; i++)
        env->free(env->user, array[i], size);
    if (array)
        env->free(env->user, array, max * sizeof *array);
}

void mip6_secondaries_free(mip6_secondaries *s)
{
    if (!s->env)
        return;
    free_array(s->env, s->chunks, s->n_chunks, s->max_chunks, CHUNK * sizeof(mip6_secondary));
    free_array(s->env, s->segments, s->n_segments, s->max_segments, SEGMENT * sizeof(uint32_t));
    if (s->lists)
        s->env->free(s->env->user, s->lists, s->n_lists * sizeof *s->lists);
    memset(s, 0, sizeof *s);
}

uint64_t mip6_secondaries_bytes(const mip6_secondaries *s)
{
    return s->n_chunks * (uint64_t)CHUNK * sizeof(mip6_secondary) +
           s->n_segments * (uint64_t)SEGMENT * sizeof(uint32_t) +
           (s->max_chunks + s->max_segments) * (uint64_t)sizeof(void *) +
           s->n_lists * (uint64_t)sizeof *s->lists;
}

/* ---- Buckets ----------------------------------------------------------------------- */

static uint64_t interface_of(const mip6_addr *home)
{
    return (uint64_t)mip6_get32(home->b + 8) << 32 | mip6_get32(home->b + 12);
}

mip6_addr mip6_secondary_home(const mip6_secondaries *s, const mip6_secondary *r)
{
    mip6_addr home = s->prefix;
    mip6_put32(home.b + 8, (uint32_t)(r->interface >> 32));
    mip6_put32(home.b + 12, (uint32_t)r->interface);
    return home;
}

static uint32_t *bucket(const mip6_secondaries *s, uint32_t n)
{
    return (uint32_t *)s->segments[n / SEGMENT] + n % SEGMENT;
}

static uint32_t *bucket_of(const mip6_secondaries *s, const mip6_addr *home)
{
    uint32_t hash = (uint32_t)mip6_hash_addr(s->secret, home);
    uint32_t n = hash & s->mask;
    return bucket(s, n < s->n_buckets ? n : n & (s->mask >> 1));
}

/* One bucket more, which shares what one has served so far. Without memory chains grow. */
static void split(mip6_secondaries *s)
{
    uint32_t added = s->n_buckets;
    if (added / SEGMENT >= s->n_segments && !add_segment(s))
        return;
    uint32_t chain = *bucket(s, added & (s->mask >> 1));
    *bucket(s, added & (s->mask >> 1)) = 0;
    s->n_buckets++;
    if (s->n_buckets > s->mask)
        s->mask = 2 * s->mask + 1;
    while (chain) {
        mip6_secondary *r = at(s, chain);
        uint32_t next = r->next;
        mip6_addr home = mip6_secondary_home(s, r);
        uint32_t *to = bucket_of(s, &home);
        r->next = *to;
        *to = chain;
        chain = next;
    }
}

mip6_secondary *mip6_secondaries_find(const mip6_secondaries *s, const mip6_addr *home)
{
    if (s->count == 0 || memcmp(home->b, s->prefix.b, 8) != 0)
        return NULL;
    uint64_t interface = interface_of(home);
    mip6_secondary *r = at(s, *bucket_of(s, home));
    while (r && r->interface != interface)
        r = at(s, r->next);
    return r;
}

/* ---- Lists -------------------------------------------------------------------------- */

static mip6_secondary_list *slot_of(const mip6_secondaries *s, uint32_t list)
{
    return &s->lists[s->lists[list].slot];
}

static uint32_t number_of(const mip6_secondaries *s, const mip6_secondary *r)
{
    uint32_t first = s->lists[r->slot].first;
    uint32_t behind = r->after;
    return behind ? at(s, behind)->before : at(s, first)->before;
}

static void link_last(mip6_secondaries *s, mip6_secondary *r, uint32_t n, uint32_t list)
{
    mip6_secondary_list *l = slot_of(s, list);
    mip6_secondary *first = at(s, l->first);
    r->slot = s->lists[list].slot;
    r->after = 0;
    r->before = first ? first->before : n;
    if (first) {
        at(s, first->before)->after = n;
        first->before = n;
    } else {
        l->first = n;
    }
    l->count++;
}

static void link_first(mip6_secondaries *s, mip6_secondary *r, uint32_t n, uint32_t list)
{
    mip6_secondary_list *l = slot_of(s, list);
    mip6_secondary *first = at(s, l->first);
    r->slot = s->lists[list].slot;
    r->after = l->first;
    r->before = first ? first->before : n;
    if (first)
        first->before = n;
    l->first = n;
    l->count++;
}

static void unlink_it(mip6_secondaries *s, mip6_secondary *r)
{
    mip6_secondary_list *l = &s->lists[r->slot];
    mip6_secondary *first = at(s, l->first);
    if (r->after)
        at(s, r->after)->before = r->before;
    else if (r != first)
        first->before = r->before;
    if (r == first)
        l->first = r->after;
    else
        at(s, r->before)->after = r->after;
    l->count--;
}

uint32_t mip6_secondary_list_of(const mip6_secondaries *s, const mip6_secondary *r)
{
    return s->lists[r->slot].list;
}

uint32_t mip6_secondaries_in(const mip6_secondaries *s, uint32_t list)
{
    return slot_of(s, list)->count;
}

mip6_secondary *mip6_secondaries_first(const mip6_secondaries *s, uint32_t list)
{
    return at(s, slot_of(s, list)->first);
}

mip6_secondary *mip6_secondaries_after(const mip6_secondaries *s, const mip6_secondary *r)
{
    return at(s, r->after);
}

void mip6_secondaries_move(mip6_secondaries *s, mip6_secondary *r, uint32_t list)
{
    uint32_t n = number_of(s, r);
    unlink_it(s, r);
    link_last(s, r, n, list);
}

void mip6_secondaries_move_first(mip6_secondaries *s, mip6_secondary *r, uint32_t list)
{
    uint32_t n = number_of(s, r);
    unlink_it(s, r);
    link_first(s, r, n, list);
}

static void swap(mip6_secondaries *s, uint32_t a, uint32_t b)
{
    uint16_t slot = s->lists[a].slot;
    s->lists[a].slot = s->lists[b].slot;
    s->lists[b].slot = slot;
    slot_of(s, a)->list = (uint16_t)a;
    slot_of(s, b)->list = (uint16_t)b;
}

void mip6_secondaries_join(mip6_secondaries *s, uint32_t from, uint32_t into)
{
    if (mip6_secondaries_in(s, from) > mip6_secondaries_in(s, into))
        swap(s, from, into);
    for (mip6_secondary *r; (r = mip6_secondaries_first(s, from));)
        mip6_secondaries_move(s, r, into);
}

/* ---- Order -------------------------------------------------------------------------- */

/* Two chains in order, linked by `after` alone, into one. */
static uint32_t merge(const mip6_secondaries *s, uint32_t a, uint32_t b)
{
    uint32_t head = 0, *tail = &head;
    while (a && b) {
        uint32_t *lower = at(s, a)->interface <= at(s, b)->interface ? &a : &b;
        *tail = *lower;
        tail = &at(s, *lower)->after;
        *lower = *tail;
    }
    *tail = a ? a : b;
    return head;
}

/* Bottom up: runs[k] is in order and holds 2^k. */
static uint32_t in_order(const mip6_secondaries *s, uint32_t chain)
{
    uint32_t runs[32] = {0};
    while (chain) {
        uint32_t run = chain;
        chain = at(s, run)->after;
        at(s, run)->after = 0;
        unsigned k = 0;
        for (; runs[k]; k++) {
            run = merge(s, runs[k], run);
            runs[k] = 0;
        }
        runs[k] = run;
    }
    for (unsigned k = 0; k < 32; k++)
        if (runs[k])
            chain = merge(s, runs[k], chain);
    return chain;
}

void mip6_secondaries_sort(mip6_secondaries *s, uint32_t list)
{
    mip6_secondary_list *l = slot_of(s, list);
    l->first = in_order(s, l->first);
    uint32_t last = l->first;
    for (uint32_t n = l->first; n; n = at(s, n)->after) {
        at(s, n)->before = last;
        last = n;
    }
    if (l->first)
        at(s, l->first)->before = last;
}

/* ---- Life --------------------------------------------------------------------------- */

static uint32_t take_number(mip6_secondaries *s)
{
    uint32_t n = s->free;
    if (n) {
        s->free = at(s, n)->next;
        return n;
    }
    if (s->n_used / CHUNK >= s->n_chunks && !add_chunk(s))
        return 0;
    return s->n_used++;
}

mip6_secondary *mip6_secondaries_add(mip6_secondaries *s, const mip6_addr *home, uint32_t list)
{
    assert(memcmp(home->b, s->prefix.b, 8) == 0 && !mip6_secondaries_find(s, home));
    uint32_t n = take_number(s);
    if (n == 0)
        return NULL;
    mip6_secondary *r = at(s, n);
    memset(r, 0, sizeof *r);
    r->interface = interface_of(home);
    s->count++;
    if (s->n_buckets < s->count)
        split(s);
    uint32_t *b = bucket_of(s, home);
    r->next = *b;
    *b = n;
    link_last(s, r, n, list);
    return r;
}

void mip6_secondaries_remove(mip6_secondaries *s, mip6_secondary *r)
{
    mip6_addr home = mip6_secondary_home(s, r);
    uint32_t n = number_of(s, r), *from = bucket_of(s, &home);
    while (*from != n)
        from = &at(s, *from)->next;
    *from = r->next;
    unlink_it(s, r);
    r->slot = NOWHERE;
    r->next = s->free;
    s->free = n;
    s->count--;
}

uint32_t mip6_secondaries_sweep(mip6_secondaries *s, uint32_t visits, int64_t now_ns)
{
    uint32_t removed = 0;
    for (uint32_t most = s->n_used - 1; visits > 0 && most > 0; visits--, most--) {
        mip6_secondary *r = at(s, s->hand);
        if (r->slot != NOWHERE && mip6_secondary_expires(r, now_ns) <= now_ns) {
            mip6_secondaries_remove(s, r);
            removed++;
        }
        s->hand = s->hand + 1 < s->n_used ? s->hand + 1 : 1;
    }
    return removed;
}
