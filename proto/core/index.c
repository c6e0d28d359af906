/* Linear hashing from addresses to objects.
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "index.h"

#include <string.h>

#define SEGMENT 256u

/* What a look-up reads first: `seen` has a bit for each node of the chain, so that one that
 * finds nothing ends there as a rule, and all of these lie dense enough for the cache. */
typedef struct mip6_index_segment {
    mip6_index_node *heads[SEGMENT];
    uint16_t seen[SEGMENT];
} segment;

static uint32_t bucket_of(const mip6_index *index, uint64_t hash)
{
    uint32_t bucket = (uint32_t)hash & index->mask;
    return bucket < index->n_buckets ? bucket : bucket & (index->mask >> 1);
}

/* Bits of the hash that choose no bucket. */
static uint16_t seen_bit(uint64_t hash)
{
    return (uint16_t)(1u << (hash >> 60));
}

static mip6_index_node **head(const mip6_index *index, uint32_t bucket)
{
    return &index->segments[bucket / SEGMENT]->heads[bucket % SEGMENT];
}

static uint16_t *seen(const mip6_index *index, uint32_t bucket)
{
    return &index->segments[bucket / SEGMENT]->seen[bucket % SEGMENT];
}

static bool add_segment(mip6_index *index, const mip6_env *env)
{
    if (index->n_segments == index->max_segments) {
        uint32_t max = index->max_segments ? 2 * index->max_segments : 8;
        segment **wider = env->alloc(env->user, max * sizeof *wider);
        if (!wider)
            return false;
        if (index->segments) {
            memcpy(wider, index->segments, index->n_segments * sizeof *wider);
            env->free(env->user, index->segments, index->max_segments * sizeof *wider);
        }
        index->segments = wider;
        index->max_segments = max;
    }
    segment *added = env->alloc(env->user, sizeof *added);
    if (!added)
        return false;
    memset(added, 0, sizeof *added);
    index->segments[index->n_segments++] = added;
    return true;
}

int mip6_index_init(mip6_index *index, const mip6_env *env, const uint64_t secret[2])
{
    memset(index, 0, sizeof *index);
    index->secret[0] = secret[0];
    index->secret[1] = secret[1];
    if (!add_segment(index, env)) {
        mip6_index_free(index, env);
        return MIP6_ERR_NOMEM;
    }
    index->n_buckets = SEGMENT;
    index->mask = 2 * SEGMENT - 1;
    return 0;
}

bool mip6_index_free_some(mip6_index *index, const mip6_env *env)
{
    if (index->n_segments > 0) {
        env->free(env->user, index->segments[--index->n_segments], sizeof(segment));
        return true;
    }
    if (!index->segments)
        return false;
    env->free(env->user, index->segments, index->max_segments * sizeof *index->segments);
    index->segments = NULL;
    return true;
}

void mip6_index_free(mip6_index *index, const mip6_env *env)
{
    while (mip6_index_free_some(index, env))
        ;
    memset(index, 0, sizeof *index);
}

bool mip6_index_may_have(const mip6_index *index, uint64_t hash)
{
    return index->count > 0 && (*seen(index, bucket_of(index, hash)) & seen_bit(hash));
}

void mip6_index_foresee(const mip6_index *index, uint64_t hash)
{
    if (index->count > 0)
        __builtin_prefetch(seen(index, bucket_of(index, hash)));
}

mip6_index_node *mip6_index_find(const mip6_index *index, const mip6_addr *key)
{
    if (index->count == 0)
        return NULL;
    uint64_t hash = mip6_index_hash(index, key);
    if (!mip6_index_may_have(index, hash))
        return NULL;
    mip6_index_node *node = *head(index, bucket_of(index, hash));
    while (node && memcmp(&node->key, key, sizeof *key) != 0)
        node = node->next;
    return node;
}

/* One more bucket: it takes its share of the bucket that has served it so far. */
static void grow(mip6_index *index, const mip6_env *env)
{
    uint32_t added = index->n_buckets;
    if (added / SEGMENT >= index->n_segments && !add_segment(index, env))
        return;
    uint32_t old = added & (index->mask >> 1);
    mip6_index_node **from = head(index, old), **to = head(index, added);
    *seen(index, old) = 0;
    index->n_buckets++;
    while (*from) {
        mip6_index_node *node = *from;
        uint64_t hash = mip6_index_hash(index, &node->key);
        uint32_t bucket = bucket_of(index, hash);
        *seen(index, bucket) |= seen_bit(hash);
        if (bucket != added) {
            from = &node->next;
            continue;
        }
        *from = node->next;
        node->next = NULL;
        *to = node;
        to = &node->next;
    }
    if (index->n_buckets == index->mask + 1)
        index->mask = 2 * index->mask + 1;
}

void mip6_index_insert(mip6_index *index, const mip6_env *env, mip6_index_node *node)
{
    if (index->count >= index->n_buckets && index->n_buckets < (UINT32_C(1) << 30))
        grow(index, env);
    uint64_t hash = mip6_index_hash(index, &node->key);
    uint32_t bucket = bucket_of(index, hash);
    node->next = *head(index, bucket);
    *head(index, bucket) = node;
    *seen(index, bucket) |= seen_bit(hash);
    index->count++;
}

void mip6_index_remove(mip6_index *index, mip6_index_node *node)
{
    uint32_t bucket = bucket_of(index, mip6_index_hash(index, &node->key));
    mip6_index_node **link = head(index, bucket);
    uint16_t left = 0;
    bool found = false;
    while (*link) {
        if (*link == node) {
            *link = node->next;
            found = true;
        } else {
            left |= seen_bit(mip6_index_hash(index, &(*link)->key));
            link = &(*link)->next;
        }
    }
    assert(found);
    *seen(index, bucket) = left;
    node->next = NULL;
    index->count--;
}

mip6_index_node *mip6_index_any(const mip6_index *index, uint32_t *hint)
{
    if (index->count == 0)
        return NULL;
    while (!*head(index, *hint))
        *hint = (*hint + 1) % index->n_buckets;
    return *head(index, *hint);
}

mip6_index_node *mip6_index_bucket(const mip6_index *index, uint32_t bucket)
{
    assert(bucket < index->n_buckets);
    return *head(index, bucket);
}

mip6_index_node *mip6_index_next(const mip6_index *index, const mip6_index_node *node)
{
    if (node && node->next)
        return node->next;
    uint32_t bucket = node ? bucket_of(index, mip6_index_hash(index, &node->key)) + 1 : 0;
    while (bucket < index->n_buckets && !*head(index, bucket))
        bucket++;
    return bucket < index->n_buckets ? *head(index, bucket) : NULL;
}
