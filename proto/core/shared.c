/* The shared object: environment, limits, pools, counters.
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "shared.h"

#include <string.h>

size_t mip6_shared_size(void)
{
    return sizeof(mip6_shared);
}

mip6_shared *mip6_shared_init(void *storage, const mip6_env *env, const mip6_limits *limits)
{
    assert(storage && env && env->alloc && env->free);
    assert(env->sha1 && env->hmac_sha1 && env->random64);
    mip6_shared *shared = storage;
    memset(shared, 0, sizeof *shared);
    shared->env = *env;
    if (limits)
        shared->limits = *limits;
    mip6_pool_init(&shared->dhaad, shared->limits.dhaad);
    mip6_pool_init(&shared->dhaad_lists, 0);
    mip6_pool_init(&shared->route_optimised, shared->limits.route_optimised);
    return shared;
}

void mip6_shared_free(mip6_shared *shared)
{
    mip6_pool_free(&shared->dhaad, &shared->env);
    mip6_pool_free(&shared->dhaad_lists, &shared->env);
    mip6_pool_free(&shared->route_optimised, &shared->env);
}

/* ---- what agents hold, and in no group --------------------------------------------- */

static uint32_t stray_at(const mip6_addr *addr)
{
    uint64_t words[2];
    memcpy(words, addr, sizeof words);
    return (uint32_t)(mip6_mix64(words[0] ^ mip6_mix64(words[1])) >> (64 - MIP6_STRAY_BITS));
}

void mip6_shared_stray(mip6_shared *shared, const mip6_addr *addr, bool more)
{
    uint16_t *n = &shared->strays[stray_at(addr)];
    if (*n == UINT16_MAX)
        return;
    assert(more || *n > 0);
    *n = (uint16_t)(more ? *n + 1 : *n - 1);
}

bool mip6_shared_minds(const mip6_shared *shared, const mip6_addr *target)
{
    return mip6_addr_is_link_local(target) || shared->strays[stray_at(target)] > 0;
}

const uint64_t *mip6_shared_mn_drops(const mip6_shared *shared)
{
    return shared->mn_drops;
}
