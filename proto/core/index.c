/* Linear hashing from addresses to objects.
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "index.h"

#include <string.h>

#define SEGMENT 256u
#define SEGMENT_BYTES (SEGMENT * sizeof(mip6_index_node *))

static uint32_t bucket_of(const mip6_index *index, const mip6_addr *key)
{
    uint32_t hash = (uint32_t)mip6_hash_addr(index->secret, key);
    uint32_t bucket = hash & index->mask;
    return bucket < index->n_buckets ? bucket : bucket & (index->mask >> 1);
}

static mip6_index_node **slot(const mip6_index *index, uint32_t bucket)
{
    return &index->segments[bucket / SEGMENT][bucket % SEGMENT];
}

static bool add_segment(mip6_index *index, const mip6_env *env)
{
    if (index->n_segments == index->max_segments) {
        uint32_t max = index->max_segments ? 2 * index->max_segments : 8;
        mip6_index_node ***wider = env->alloc(env->user, max * sizeof *wider);
        if (!wider)
            return false;
        if (index->segments) {
            memcpy(wider, index->segments, index->n_segments * sizeof *wider);
            env->free(env->user, index->segments, index->max_segments * sizeof *wider);
        }
        index->segments = wider;
        index->max_segments = max;
    }
    mip6_index_node **segment = env->alloc(env->user, SEGMENT_BYTES);
    if (!segment)
        return false;
    memset(segment, 0, SEGMENT_BYTES);
    index->segments[index->n_segments++] = segment;
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

void mip6_index_free(mip6_index *index, const mip6_env *env)
{
    for (uint32_t i = 0; i < index->n_segments; i++)
        env->free(env->user, index->segments[i], SEGMENT_BYTES);
    if (index->segments)
        env->free(env->user, index->segments, index->max_segments * sizeof *index->segments);
    memset(index, 0, sizeof *index);
}

mip6_index_node *mip6_index_find(const mip6_index *index, const mip6_addr *key)
{
    mip6_index_node *node = *slot(index, bucket_of(index, key));
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
    mip6_index_node **from = slot(index, added & (index->mask >> 1));
    mip6_index_node **to = slot(index, added);
    index->n_buckets++;
    while (*from) {
        mip6_index_node *node = *from;
        if (bucket_of(index, &node->key) != added) {
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
    mip6_index_node **head = slot(index, bucket_of(index, &node->key));
    node->next = *head;
    *head = node;
    index->count++;
}

void mip6_index_remove(mip6_index *index, mip6_index_node *node)
{
    mip6_index_node **link = slot(index, bucket_of(index, &node->key));
    while (*link != node) {
        assert(*link);
        link = &(*link)->next;
    }
    *link = node->next;
    node->next = NULL;
    index->count--;
}

mip6_index_node *mip6_index_any(const mip6_index *index, uint32_t *hint)
{
    if (index->count == 0)
        return NULL;
    while (!*slot(index, *hint))
        *hint = (*hint + 1) % index->n_buckets;
    return *slot(index, *hint);
}
