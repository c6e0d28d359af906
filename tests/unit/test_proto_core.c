/* proto/core: pools and their bounds, hashing, wide arithmetic, names.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "proto/core/index.h"
#include "proto/core/shared.h"
#include "proto/core/timer.h"
#include "proto/core/window.h"

typedef struct arena {
    size_t held;
    unsigned calls, fail_at;    /* fail_at 0: never */
} arena;

static void *arena_alloc(void *user, size_t size)
{
    arena *a = user;
    if (++a->calls == a->fail_at)
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

Test(proto_core, pool_reuses_zeroes_and_gives_back)
{
    arena a = {0};
    mip6_env env = {.user = &a, .alloc = arena_alloc, .free = arena_free};
    mip6_pool pool;
    mip6_pool_init(&pool, 0);
    uint8_t *objects[500];
    for (size_t i = 0; i < 500; i++) {
        objects[i] = mip6_pool_get(&pool, &env, 100);
        cr_assert_not_null(objects[i]);
        cr_assert_eq((uintptr_t)objects[i] % _Alignof(uint64_t), 0);
        for (size_t k = 0; k < 100; k++)
            cr_assert_eq(objects[i][k], 0);
        memset(objects[i], 0xa5, 100);
    }
    size_t held = a.held;
    for (size_t i = 0; i < 500; i++)
        mip6_pool_put(&pool, objects[i]);
    cr_assert_eq(pool.in_use, 0);
    for (size_t i = 0; i < 500; i++)
        cr_assert_not_null(mip6_pool_get(&pool, &env, 100));
    cr_assert_eq(a.held, held, "objects are used again");
    mip6_pool_free(&pool, &env);
    cr_assert_eq(a.held, 0);
}

Test(proto_core, a_chain_goes_back_to_its_pool_at_once)
{
    arena a = {0};
    mip6_env env = {.user = &a, .alloc = arena_alloc, .free = arena_free};
    mip6_pool pool;
    mip6_pool_init(&pool, 3);
    void *o[3];
    for (int i = 0; i < 3; i++)
        o[i] = mip6_pool_get(&pool, &env, 24);
    memcpy(o[0], &o[2], sizeof(void *));
    mip6_pool_put_chain(&pool, NULL, NULL, 0);
    cr_assert_eq(pool.in_use, 3);
    mip6_pool_put_chain(&pool, o[0], o[2], 2);
    cr_assert_eq(pool.in_use, 1);
    mip6_pool_put(&pool, o[1]);
    static const int order[] = {1, 0, 2};
    for (int i = 0; i < 3; i++)
        cr_assert_eq(mip6_pool_get(&pool, &env, 24), o[order[i]]);
    cr_assert_null(mip6_pool_get(&pool, &env, 24));
    mip6_pool_free(&pool, &env);
}

Test(proto_core, pool_refuses_at_its_limit_and_counts)
{
    arena a = {0};
    mip6_env env = {.user = &a, .alloc = arena_alloc, .free = arena_free};
    mip6_pool pool;
    mip6_pool_init(&pool, 2);
    void *first = mip6_pool_get(&pool, &env, 8);
    cr_assert_not_null(mip6_pool_get(&pool, &env, 8));
    cr_assert_null(mip6_pool_get(&pool, &env, 8));
    cr_assert_eq(pool.refused, 1);
    mip6_pool_put(&pool, first);
    cr_assert_not_null(mip6_pool_get(&pool, &env, 8));
    mip6_pool_free(&pool, &env);
}

Test(proto_core, pool_survives_a_failed_chunk)
{
    arena a = {.fail_at = 1};
    mip6_env env = {.user = &a, .alloc = arena_alloc, .free = arena_free};
    mip6_pool pool;
    mip6_pool_init(&pool, 0);
    cr_assert_null(mip6_pool_get(&pool, &env, 8));
    cr_assert_eq(pool.in_use, 0);
    cr_assert_not_null(mip6_pool_get(&pool, &env, 8));
    mip6_pool_free(&pool, &env);
    cr_assert_eq(a.held, 0);
}

Test(proto_core, scale_is_the_high_half_of_the_product)
{
    const uint64_t samples[] = {0, 1, 2, 77, UINT32_MAX, UINT64_C(1) << 32, UINT64_MAX / 3,
                                UINT64_MAX - 1, UINT64_MAX};
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++)
        for (size_t k = 0; k < sizeof samples / sizeof *samples; k++) {
            unsigned __int128 product = (unsigned __int128)samples[i] * samples[k];
            cr_assert_eq(mip6_scale(samples[i], samples[k]), (uint64_t)(product >> 64));
        }
}

Test(proto_core, muldiv_is_exact_and_saturates)
{
    uint64_t x = 1;
    for (int i = 0; i < 20000; i++) {
        uint64_t a = mip6_mix64(x++) >> (i % 64);
        uint64_t b = mip6_mix64(x++) >> (i % 61);
        uint64_t c = (mip6_mix64(x++) >> (i % 59)) | 1;
        unsigned __int128 q = (unsigned __int128)a * b / c;
        uint64_t want = q > UINT64_MAX ? UINT64_MAX : (uint64_t)q;
        cr_assert_eq(mip6_muldiv(a, b, c), want);
    }
}

/* Addresses that differ in one byte, as an adversary would choose them against an
 * unkeyed hash, must spread over the low bits, and differently with another key. */
Test(proto_core, hash_spreads_neighbouring_addresses)
{
    const uint64_t keys[2][2] = {{1, 2}, {3, 4}};
    unsigned buckets[256] = {0}, same = 0;
    for (uint32_t i = 0; i < 65536; i++) {
        mip6_addr a = {{0x20, 1, 0xd, 0xb8}};
        mip6_put32(a.b + 12, i << 8);
        uint64_t h = mip6_hash_addr(keys[0], &a);
        buckets[h & 255]++;
        same += (h & 255) == (mip6_hash_addr(keys[1], &a) & 255);
    }
    for (size_t i = 0; i < 256; i++)
        cr_assert(buckets[i] > 170 && buckets[i] < 350, "bucket %zu: %u", i, buckets[i]);
    cr_assert_lt(same, 400u);
}

Test(proto_core, every_trace_and_profile_has_a_name)
{
    for (int i = 0; i < MIP6_N_TRACES; i++)
        for (int k = 0; k < i; k++)
            cr_assert_str_neq(mip6_trace_name((mip6_trace_kind)i),
                              mip6_trace_name((mip6_trace_kind)k));
    for (int i = 0; i < MIP6_N_PROFILES; i++)
        cr_assert_eq(mip6_profile_from_name(mip6_profile_name((mip6_profile)i)), i);
    cr_assert_eq(mip6_profile_from_name("saf"), -1);
    cr_assert_eq(mip6_profile_from_name("safest"), -1);
}

/* Random sets and cancels against a plain array. */
Test(proto_core, timers_come_out_in_order)
{
    enum { N = 300 };
    mip6_timers timers = {0};
    mip6_timer t[N] = {{0}};
    int64_t due[N];
    for (size_t i = 0; i < N; i++)
        due[i] = MIP6_NEVER;
    for (uint64_t step = 0; step < 20000; step++) {
        uint64_t r = mip6_mix64(step);
        size_t i = (size_t)(r % N);
        if (r >> 62 == 0) {
            mip6_timer_cancel(&timers, &t[i]);
            due[i] = MIP6_NEVER;
        } else {
            due[i] = (int64_t)(mip6_mix64(r) % 1000);
            mip6_timer_set(&timers, &t[i], due[i]);
        }
        int64_t least = MIP6_NEVER;
        for (size_t k = 0; k < N; k++)
            least = due[k] < least ? due[k] : least;
        cr_assert_eq(mip6_timers_next(&timers), least);
    }
    int64_t last = 0;
    while (timers.root) {
        cr_assert_geq(timers.root->due_ns, last);
        last = timers.root->due_ns;
        mip6_timer_cancel(&timers, timers.root);
    }
}

static size_t n_children(const mip6_timer *t)
{
    size_t n = 0;
    for (const mip6_timer *child = t->child; child; child = child->next)
        n++;
    return n;
}

/* Taking the first out costs its children: never all that there are. Short timers come and go
 * among long ones, each of which is set for later than those before it. */
Test(proto_core, no_timer_has_all_others_behind_it)
{
    enum { N = 20000, MOST = 2 * 15 };     /* 2^15 > N */
    mip6_timers timers = {0};
    mip6_timer *t = calloc(N, sizeof *t), brief = {0};
    for (int i = 0; i < N; i++) {
        mip6_timer_set(&timers, &t[i], 1000000 + i);
        mip6_timer_set(&timers, &brief, i);
        cr_assert_leq(n_children(timers.root), MOST, "after %d", i);
        mip6_timer_cancel(&timers, &brief);
        cr_assert_eq(timers.root, &t[0]);
        cr_assert_leq(n_children(timers.root), MOST, "after %d", i);
    }
    for (int i = 0; i < N; i += 2) {
        mip6_timer_cancel(&timers, &t[(int64_t)i * 7919 % N]);
        cr_assert_leq(n_children(timers.root), MOST, "without %d", i);
    }
    for (int64_t last = 0; timers.root; last = timers.root ? timers.root->due_ns : 0) {
        cr_assert_geq(timers.root->due_ns, last);
        cr_assert_leq(n_children(timers.root), MOST);
        mip6_timer_cancel(&timers, timers.root);
    }
    free(t);
}

static mip6_addr numbered(uint32_t i)
{
    mip6_addr a = {{0x20, 1, 0xd, 0xb8}};
    mip6_put32(a.b + 12, i);
    return a;
}

Test(proto_core, index_finds_what_is_in_it_while_it_grows)
{
    enum { N = 5000 };
    arena a = {0};
    mip6_env env = {.user = &a, .alloc = arena_alloc, .free = arena_free};
    const uint64_t secret[2] = {7, 8};
    mip6_index index;
    cr_assert_eq(mip6_index_init(&index, &env, secret), 0);
    mip6_index_node *nodes = calloc(N, sizeof *nodes);
    for (uint32_t i = 0; i < N; i++) {
        nodes[i].key = numbered(i);
        mip6_index_insert(&index, &env, &nodes[i]);
    }
    for (uint32_t i = 0; i < N; i += 2)
        mip6_index_remove(&index, &nodes[i]);
    for (uint32_t i = 0; i < N; i++) {
        mip6_addr key = numbered(i);
        cr_assert_eq(mip6_index_find(&index, &key), i % 2 ? &nodes[i] : NULL);
    }
    cr_assert_geq(index.n_buckets, (uint32_t)N, "one bucket a node");
    uint32_t met = 0;
    for (mip6_index_node *node = NULL; (node = mip6_index_next(&index, node)); met++)
        cr_assert(node >= nodes && node < nodes + N && (node - nodes) % 2 == 1);
    cr_assert_eq(met, N / 2);
    uint32_t hint = 0, left = 0;
    for (mip6_index_node *node; (node = mip6_index_any(&index, &hint)); left++)
        mip6_index_remove(&index, node);
    cr_assert_eq(left, N / 2);
    mip6_index_free(&index, &env);
    cr_assert_eq(a.held, 0);
    free(nodes);
}

Test(proto_core, index_works_on_when_it_cannot_grow)
{
    enum { N = 2000 };
    arena a = {0};
    mip6_env env = {.user = &a, .alloc = arena_alloc, .free = arena_free};
    const uint64_t secret[2] = {7, 8};
    mip6_index index;
    cr_assert_eq(mip6_index_init(&index, &env, secret), 0);
    static mip6_index_node nodes[N];
    for (uint32_t i = 0; i < N; i++) {
        nodes[i].key = numbered(i);
        a.fail_at = a.calls + 1;
        mip6_index_insert(&index, &env, &nodes[i]);
    }
    for (uint32_t i = 0; i < N; i++)
        cr_assert_eq(mip6_index_find(&index, &nodes[i].key), &nodes[i]);
    mip6_index_free(&index, &env);
    for (unsigned fail = 1; fail <= 2; fail++) {
        arena b = {.fail_at = fail};
        env.user = &b;
        cr_assert_eq(mip6_index_init(&index, &env, secret), MIP6_ERR_NOMEM);
        cr_assert_eq(b.held, 0);
    }
}

/* Whatever the pattern, no second holds more than three. */
Test(proto_core, window_never_lets_four_into_one_second)
{
    uint32_t sent[MIP6_WINDOW_MESSAGES] = {0};
    uint8_t n = 0;
    int64_t now = 0, times[4] = {0};
    size_t passed = 0;
    for (uint64_t i = 0; i < 20000; i++) {
        now += (int64_t)(mip6_mix64(i) % (400 * MIP6_MS_NS));
        if (!mip6_window_take(sent, &n, now))
            continue;
        times[passed++ % 4] = now;
        if (passed >= 4)
            cr_assert_gt(now - times[passed % 4], MIP6_SECOND_NS);
    }
    cr_assert_gt(passed, (size_t)(now / MIP6_SECOND_NS) * 5 / 2, "nor starves them");
}
