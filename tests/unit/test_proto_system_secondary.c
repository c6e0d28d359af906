/* proto/system/secondary: what a record costs, and that the store is what a plain array would be.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <criterion/criterion.h>
#include <criterion/logging.h>
#include <stdlib.h>
#include <string.h>

#include "proto/system/secondary.h"

typedef struct arena {
    size_t held;
    unsigned calls, fail_at;    /* fail_at 0: never; else that call and all behind it */
} arena;

static void *arena_alloc(void *user, size_t size)
{
    arena *a = user;
    if (++a->calls >= a->fail_at && a->fail_at)
        return NULL;
    a->held += size;
    return malloc(size);
}

static void arena_free(void *user, void *ptr, size_t size)
{
    arena *a = user;
    a->held -= size;
    free(ptr);
}

static const uint64_t secret[2] = {UINT64_C(0x0123456789abcdef), UINT64_C(0xfedcba9876543210)};
static const mip6_addr prefix = {{0x20, 0x01, 0x0d, 0xb8, 0, 1, 0, 2}};

static mip6_addr home_of(uint64_t n)
{
    mip6_addr a = prefix;
    for (int i = 0; i < 8; i++)
        a.b[8 + i] = (uint8_t)(n >> (56 - 8 * i));
    return a;
}

Test(proto_system_secondary, sixteen_agents_and_a_hundred_thousand_nodes_take_64_bytes_each)
{
    enum { AGENTS = 16, NODES = 100000 };
    static mip6_secondaries stores[AGENTS];
    arena a = {0};
    mip6_env env = {.user = &a, .alloc = arena_alloc, .free = arena_free};
    for (uint32_t k = 0; k < AGENTS; k++)
        cr_assert_eq(mip6_secondaries_init(&stores[k], &env, secret, &prefix, 2 * AGENTS), 0);
    for (uint32_t n = 0; n < NODES; n++) {
        mip6_addr home = home_of(mip6_mix64(n));
        for (uint32_t k = 0; k < AGENTS; k++)
            if (k != n % AGENTS)
                cr_assert_not_null(mip6_secondaries_add(&stores[k], &home, n % AGENTS));
    }
    double each = (double)a.held / ((double)NODES * (AGENTS - 1));
    cr_log_info("%.2f bytes for each node and other agent", each);
    cr_assert_leq(each, 64.0, "%.2f bytes for each node and other agent", each);
    for (uint32_t k = 0; k < AGENTS; k++)
        mip6_secondaries_free(&stores[k]);
    cr_assert_eq(a.held, 0);
}

/* ---- against an array -------------------------------------------------------------------- */

enum { N = 700, LISTS = 5 };

typedef struct entry {
    bool is_there;
    uint32_t list;
    int64_t expires_ns;
    uint64_t arrival;           /* the newest is the last of its list */
} entry;

static uint64_t draw(uint64_t *state)
{
    *state += UINT64_C(0x9e3779b97f4a7c15);
    return mip6_mix64(*state);
}

static uint32_t index_of(const mip6_secondaries *s, const mip6_secondary *r)
{
    mip6_addr home = mip6_secondary_home(s, r);
    return mip6_get32(home.b + 12) / 3;
}

static void compare(const mip6_secondaries *s, const entry *e)
{
    uint32_t total = 0, per_list[LISTS] = {0};
    for (uint32_t i = 0; i < N; i++) {
        mip6_addr home = home_of(3 * i);
        const mip6_secondary *r = mip6_secondaries_find(s, &home);
        cr_assert_eq(r != NULL, e[i].is_there, "%u", i);
        if (!r)
            continue;
        cr_assert_eq(mip6_secondary_list_of(s, r), e[i].list);
        cr_assert_eq(mip6_secondary_expires(r, 0), e[i].expires_ns);
        total++;
        per_list[e[i].list]++;
    }
    cr_assert_eq(s->count, total);
    for (uint32_t l = 0; l < LISTS; l++) {
        uint32_t met = 0;
        const mip6_secondary *r = mip6_secondaries_first(s, l);
        for (uint64_t last = 0; r; r = mip6_secondaries_after(s, r), met++) {
            const entry *of = &e[index_of(s, r)];
            cr_assert(of->list == l && of->arrival > last, "list %u is out of order", l);
            last = of->arrival;
        }
        cr_assert_eq(met, per_list[l]);
        cr_assert_eq(mip6_secondaries_in(s, l), met);
    }
}

static void sort_both(mip6_secondaries *s, entry *e, uint32_t list, uint64_t *arrivals)
{
    mip6_secondaries_sort(s, list);
    for (uint32_t i = 0; i < N; i++)
        if (e[i].is_there && e[i].list == list)
            e[i].arrival = ++*arrivals;
}

static void sweep_both(mip6_secondaries *s, entry *e, uint32_t visits, int64_t now)
{
    uint32_t before = s->count;
    uint32_t removed = mip6_secondaries_sweep(s, visits, now);
    cr_assert_eq(before - removed, s->count);
    for (uint32_t i = 0; i < N; i++) {
        mip6_addr home = home_of(3 * i);
        if (!e[i].is_there || mip6_secondaries_find(s, &home))
            continue;
        cr_assert_leq(e[i].expires_ns, now, "a record that lives was removed");
        e[i].is_there = false;
        removed--;
    }
    cr_assert_eq(removed, 0);
    if (visits >= N)
        for (uint32_t i = 0; i < N; i++)
            cr_assert(!e[i].is_there || e[i].expires_ns > now, "one has outlived a whole round");
}

static void step(mip6_secondaries *s, entry *e, uint64_t *state, uint64_t *arrivals)
{
    uint32_t i = (uint32_t)(draw(state) % N), list = (uint32_t)(draw(state) % LISTS);
    mip6_addr home = home_of(3 * i);
    mip6_secondary *r = mip6_secondaries_find(s, &home);
    if (!r) {
        r = mip6_secondaries_add(s, &home, list);
        cr_assert_not_null(r);
        int64_t expires_ns = (int64_t)(draw(state) % 1000) * MIP6_MS_NS;
        mip6_secondary_expire_at(r, expires_ns, 0);
        e[i] = (entry){true, list, expires_ns, ++*arrivals};
    } else if (draw(state) % 2) {
        mip6_secondaries_move(s, r, list);
        e[i].list = list;
        e[i].arrival = ++*arrivals;
    } else {
        mip6_secondaries_remove(s, r);
        e[i].is_there = false;
    }
}

Test(proto_system_secondary, random_steps_are_those_of_an_array)
{
    for (uint64_t seed = 0; seed < 20; seed++) {
        arena a = {0};
        mip6_env env = {.user = &a, .alloc = arena_alloc, .free = arena_free};
        mip6_secondaries s;
        entry e[N] = {{0}};
        uint64_t state = seed, arrivals = 0;
        cr_assert_eq(mip6_secondaries_init(&s, &env, secret, &prefix, LISTS), 0);
        for (unsigned round = 0; round < 40; round++) {
            for (unsigned k = 0; k < 100; k++)
                step(&s, e, &state, &arrivals);
            compare(&s, e);
            if (round % 3 == 0)
                sort_both(&s, e, (uint32_t)(draw(&state) % LISTS), &arrivals);
            if (round % 5 == 0)
                sweep_both(&s, e, round % 10 ? 2 * N : 50,
                           (int64_t)(draw(&state) % 300) * MIP6_MS_NS);
            compare(&s, e);
        }
        mip6_secondaries_free(&s);
        cr_assert_eq(a.held, 0);
    }
}

Test(proto_system_secondary, a_list_of_tens_of_thousands_is_sorted)
{
    enum { MANY = 30000 };
    arena a = {0};
    mip6_env env = {.user = &a, .alloc = arena_alloc, .free = arena_free};
    mip6_secondaries s;
    cr_assert_eq(mip6_secondaries_init(&s, &env, secret, &prefix, 1), 0);
    for (uint64_t n = 0; n < MANY; n++) {
        mip6_addr home = home_of(mip6_mix64(n));
        cr_assert_not_null(mip6_secondaries_add(&s, &home, 0));
    }
    mip6_secondaries_sort(&s, 0);
    uint32_t n = 0;
    const mip6_secondary *last = NULL;
    for (const mip6_secondary *r = mip6_secondaries_first(&s, 0); r; n++) {
        cr_assert(!last || last->interface < r->interface);
        last = r;
        r = mip6_secondaries_after(&s, r);
    }
    cr_assert_eq(n, MANY);
    mip6_secondaries_free(&s);
}

Test(proto_system_secondary, memory_that_fails_changes_nothing)
{
    unsigned failed = 0;
    for (unsigned fail_at = 1; fail_at < 40; fail_at++) {
        arena a = {.fail_at = fail_at};
        mip6_env env = {.user = &a, .alloc = arena_alloc, .free = arena_free};
        mip6_secondaries s;
        if (mip6_secondaries_init(&s, &env, secret, &prefix, LISTS) != 0) {
            cr_assert_eq(a.held, 0);
            failed++;
            continue;
        }
        uint32_t added = 0;
        for (uint64_t n = 0; n < 5000; n++) {
            mip6_addr home = home_of(n);
            if (!mip6_secondaries_add(&s, &home, 0))
                break;
            added++;
        }
        failed += added < 5000;
        cr_assert_eq(s.count, added);
        for (uint64_t n = 0; n < 5000; n++) {
            mip6_addr home = home_of(n);
            cr_assert_eq(mip6_secondaries_find(&s, &home) != NULL, n < added);
        }
        mip6_secondaries_free(&s);
        cr_assert_eq(a.held, 0);
    }
    cr_assert_geq(failed, 20);
}

Test(proto_system_secondary, a_time_is_right_within_weeks)
{
    const int64_t day = 86400 * MIP6_SECOND_NS;
    mip6_secondary r = {0};
    for (int64_t now = 0; now < 400 * day; now += 7 * day + 12345678) {
        for (int64_t left = -20 * day; left < 24 * day; left += day / 3) {
            if (now + left < 0)
                continue;
            int64_t at = (now + left) / MIP6_MS_NS * MIP6_MS_NS;
            mip6_secondary_expire_at(&r, now + left, now);
            cr_assert_eq(mip6_secondary_expires(&r, now), at);
            cr_assert_eq(mip6_secondary_expires(&r, now + day / 2), at);
        }
        mip6_secondary_expire_at(&r, MIP6_NEVER, now);
        cr_assert_gt(mip6_secondary_expires(&r, now), now + 24 * day);
    }
}

Test(proto_system_secondary, another_prefix_is_not_there)
{
    arena a = {0};
    mip6_env env = {.user = &a, .alloc = arena_alloc, .free = arena_free};
    mip6_secondaries s;
    mip6_addr home = home_of(7);
    cr_assert_eq(mip6_secondaries_init(&s, &env, secret, &prefix, 1), 0);
    cr_assert_not_null(mip6_secondaries_add(&s, &home, 0));
    cr_assert_not_null(mip6_secondaries_find(&s, &home));
    home.b[7] ^= 1;
    cr_assert_null(mip6_secondaries_find(&s, &home));
    mip6_secondaries_free(&s);
}
