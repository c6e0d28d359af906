/* Pools of fixed-size objects over chunks.
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "shared.h"

#include <stdalign.h>
#include <string.h>

#define CHUNK_BYTES ((size_t)16384)

/* Head of a chunk; objects follow, aligned as the chunk itself is. */
typedef struct chunk {
    alignas(max_align_t) struct chunk *next;
    size_t size;
} chunk;

void mip6_pool_init(mip6_pool *pool, uint32_t limit)
{
    memset(pool, 0, sizeof *pool);
    pool->limit = limit;
}

/* No object of the library holds anything wider: of a million, 8 bytes each. */
static size_t aligned(size_t size)
{
    size_t a = alignof(uint64_t) > alignof(void *) ? alignof(uint64_t) : alignof(void *);
    return (size + a - 1) / a * a;
}

/* One more chunk, its objects on the free list so that the first comes out first. */
static bool grow(mip6_pool *pool, const mip6_env *env)
{
    size_t per_chunk = CHUNK_BYTES / pool->object_size;
    if (per_chunk == 0)
        per_chunk = 1;
    size_t size = sizeof(chunk) + per_chunk * pool->object_size;
    chunk *c = env->alloc(env->user, size);
    if (!c)
        return false;
    c->next = pool->chunks;
    c->size = size;
    pool->chunks = c;
    for (size_t i = per_chunk; i-- > 0;) {
        void *object = (uint8_t *)(c + 1) + i * pool->object_size;
        memcpy(object, &pool->free_list, sizeof(void *));
        pool->free_list = object;
    }
    return true;
}

void *mip6_pool_get(mip6_pool *pool, const mip6_env *env, size_t size)
{
    assert(size > 0);
    if (pool->object_size == 0)
        pool->object_size = aligned(size);
    assert(pool->object_size == aligned(size));
    if (pool->limit != 0 && pool->in_use >= pool->limit) {
        pool->refused++;
        return NULL;
    }
    if (!pool->free_list && !grow(pool, env))
        return NULL;
    void *object = pool->free_list;
    memcpy(&pool->free_list, object, sizeof(void *));
    memset(object, 0, pool->object_size);
    pool->in_use++;
    return object;
}

void mip6_pool_put(mip6_pool *pool, void *object)
{
    if (!object)
        return;
    assert(pool->in_use > 0);
    pool->in_use--;
    memcpy(object, &pool->free_list, sizeof(void *));
    pool->free_list = object;
}

bool mip6_pool_free_some(mip6_pool *pool, const mip6_env *env)
{
    chunk *c = pool->chunks;
    if (!c)
        return false;
    pool->chunks = c->next;
    pool->free_list = NULL;
    env->free(env->user, c, c->size);
    return true;
}

void mip6_pool_put_chain(mip6_pool *pool, void *first, void *last, uint32_t n)
{
    if (n == 0)
        return;
    assert(pool->in_use >= n);
    pool->in_use -= n;
    memcpy(last, &pool->free_list, sizeof(void *));
    pool->free_list = first;
}

void mip6_pool_free(mip6_pool *pool, const mip6_env *env)
{
    while (mip6_pool_free_some(pool, env))
        ;
    mip6_pool_init(pool, pool->limit);
}
