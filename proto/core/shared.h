/* Inside the library: the shared object, pools of fixed-size objects, and helpers
 * for drawing, tracing and counting. Hosts see only `mip6_shared *` (mip6.h).
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#ifndef MIP6_CORE_SHARED_H
#define MIP6_CORE_SHARED_H

#include <assert.h>

#include "mip6.h"

/* Objects of one size, cut from chunks of the environment's memory. An object put
 * back is used again; chunks are given back by mip6_pool_free alone. */
typedef struct mip6_pool {
    size_t object_size;     /* rounded up; fixed by the first get */
    uint32_t limit;         /* 0: unbounded */
    uint32_t in_use;
    uint64_t refused;       /* gets that met the limit */
    void *free_list;
    void *chunks;           /* each begins with a link and its size */
} mip6_pool;

/* An empty pool; allocates nothing. */
void mip6_pool_init(mip6_pool *pool, uint32_t limit);
/* A zeroed object aligned for pointers and 64-bit integers, or NULL: at the limit (counted)
 * or out of memory (state unchanged). `size` must be the same in every call for one pool. */
void *mip6_pool_get(mip6_pool *pool, const mip6_env *env, size_t size);
/* object: from mip6_pool_get of this pool; NULL is allowed. */
void mip6_pool_put(mip6_pool *pool, void *object);
/* n objects at once, each of which begins with a pointer to the next one; n may be 0. */
void mip6_pool_put_chain(mip6_pool *pool, void *first, void *last, uint32_t n);
/* Gives every chunk back; objects still out are gone too. The pool is empty again. */
void mip6_pool_free(mip6_pool *pool, const mip6_env *env);
/* One chunk, of a pool that is used no more. False: there was none. */
bool mip6_pool_free_some(mip6_pool *pool, const mip6_env *env);

/* Addresses under which an agent holds something without being in their solicited-node group: a
 * handoff entry, a neighbour, a binding that is no longer defended. Of all agents together, counted
 * by bits of a hash: one that counts nothing is held by nobody. Where an agent's memory is given
 * back at once its share stays, and where a counter is full it stays so; both only mean that an
 * agent is shown more than it need be. */
#define MIP6_STRAY_BITS 16

struct mip6_shared {
    mip6_env env;
    mip6_limits limits;
    uint16_t strays[1u << MIP6_STRAY_BITS];
    mip6_pool dhaad;            /* mobile nodes' states in DHAAD or handover */
    mip6_pool dhaad_lists;      /* addresses of replies, for those */
    mip6_pool route_optimised;  /* (mobile node, correspondent) pairs */
    uint64_t mn_drops[MIP6_N_DROPS];
};

/* 64 random bits for `purpose`; see mip6_env.random64. */
static inline uint64_t mip6_shared_random(const mip6_shared *shared, uint64_t cookie,
                                          mip6_random purpose, uint64_t key)
{
    return shared->env.random64(shared->env.user, cookie, purpose, key);
}

/* Tell the host of a change of state, where it listens. trace: borrowed. */
static inline void mip6_shared_trace(const mip6_shared *shared, uint64_t cookie,
                                     const mip6_trace *trace)
{
    if (shared->env.trace)
        shared->env.trace(shared->env.user, cookie, trace);
}

/* A number in [0, n), n >= 1, from 64 random bits: the high half of bits * n. Its
 * bias is below n / 2^64. */
static inline uint64_t mip6_scale(uint64_t bits, uint64_t n)
{
    uint64_t high = bits >> 32, low = bits & UINT32_MAX;
    uint64_t n_high = n >> 32, n_low = n & UINT32_MAX;
    uint64_t middle = high * n_low + ((low * n_low) >> 32);
    uint64_t cross = low * n_high + (middle & UINT32_MAX);
    return high * n_high + (middle >> 32) + (cross >> 32);
}

/* Scatter 64 bits (the finaliser of splitmix64): for keys of draws, never where an
 * adversary chooses the input. */
static inline uint64_t mip6_mix64(uint64_t x)
{
    x ^= x >> 30;
    x *= UINT64_C(0xbf58476d1ce4e5b9);
    x ^= x >> 27;
    x *= UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

/* An agent holds one more under this address, or one less. */
void mip6_shared_stray(mip6_shared *shared, const mip6_addr *addr, bool more);

/* SipHash-1-3 of 16 bytes: a hash for tables whose keys come from the network.
 * key: two secret words. */
uint64_t mip6_hash_addr(const uint64_t key[2], const mip6_addr *addr);

/* Fill a struct of int64_t settings with a profile's defaults. */
void mip6_keys_defaults(const mip6_key *keys, size_t n, mip6_profile profile, void *out);

#endif
