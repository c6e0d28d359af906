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

const uint64_t *mip6_shared_mn_drops(const mip6_shared *shared)
{
    return shared->mn_drops;
}
