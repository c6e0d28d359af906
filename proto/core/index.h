/* Inside the library: a hash index from IPv6 addresses to objects. Linear hashing:
 * it grows by one bucket an insertion, in segments, so that no call pays for a
 * rehash of everything. The hash is keyed: addresses come from the network.
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#ifndef MIP6_CORE_INDEX_H
#define MIP6_CORE_INDEX_H

#include "shared.h"

/* First member of an indexed object. */
typedef struct mip6_index_node {
    struct mip6_index_node *next;
    mip6_addr key;
} mip6_index_node;

typedef struct mip6_index {
    uint64_t secret[2];
    struct mip6_index_segment **segments;
    uint32_t n_segments, max_segments;
    uint32_t n_buckets;
    uint32_t mask;          /* of the larger of the two hash ranges in use */
    uint32_t count;
} mip6_index;

/* Returns 0 or MIP6_ERR_NOMEM (then nothing is held). */
int mip6_index_init(mip6_index *index, const mip6_env *env, const uint64_t secret[2]);
void mip6_index_free(mip6_index *index, const mip6_env *env);
/* A piece of one that is used no more. False: there was none. */
bool mip6_index_free_some(mip6_index *index, const mip6_env *env);
/* For several indexes with one secret, or for later. */
static inline uint64_t mip6_index_hash(const mip6_index *index, const mip6_addr *key)
{
    return mip6_hash_addr(index->secret, key);
}
/* False: nothing with this hash is there. */
bool mip6_index_may_have(const mip6_index *index, uint64_t hash);
/* What mip6_index_may_have reads comes into the cache meanwhile. */
void mip6_index_foresee(const mip6_index *index, uint64_t hash);
/* NULL: not there. */
mip6_index_node *mip6_index_find(const mip6_index *index, const mip6_addr *key);
/* node->key must not be in the index yet. Never fails: without memory for another
 * segment chains grow instead. */
void mip6_index_insert(mip6_index *index, const mip6_env *env, mip6_index_node *node);
/* node must be in the index. */
void mip6_index_remove(mip6_index *index, mip6_index_node *node);
/* Some node, or NULL where it is empty: for taking everything out. *hint: 0 at first. */
mip6_index_node *mip6_index_any(const mip6_index *index, uint32_t *hint);

/* The first of a bucket, and by its `next` the others; bucket < n_buckets. Where the index grows,
 * nodes go to buckets with higher numbers alone. NULL: it is empty. */
mip6_index_node *mip6_index_bucket(const mip6_index *index, uint32_t bucket);
/* The one behind `node`, in no order; NULL: the first. NULL at the end. What is put in or taken
 * out meanwhile may be missed or met twice. */
mip6_index_node *mip6_index_next(const mip6_index *index, const mip6_index_node *node);

#endif
