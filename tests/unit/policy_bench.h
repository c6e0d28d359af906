/* A policy under a view made by hand, with draws of its own.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef TESTS_POLICY_BENCH_H
#define TESTS_POLICY_BENCH_H

#include <criterion/criterion.h>
#include <string.h>

#include "mip6.h"
#include "proto/core/shared.h"

enum { MAX_PEERS = 8 };

typedef struct bench {
    int64_t config[8];
    uint64_t state[4];
    mip6_peer peers[MAX_PEERS];
    mip6_candidate candidates[2];
    mip6_view view;
    uint64_t draws;
} bench;

static inline uint64_t draw(const mip6_view *view)
{
    bench *b = view->random_state;
    return mip6_mix64(b->draws++);
}

static inline const mip6_policy *setup(bench *b, const char *name)
{
    const mip6_policy *policy = mip6_policy_find(name);
    cr_assert(policy && policy->config_size <= sizeof b->config &&
              policy->state_size <= sizeof b->state);
    memset(b, 0, sizeof *b);
    mip6_policy_defaults(policy, MIP6_PROFILE_SAFE, b->config);
    b->view = (mip6_view){.peers = b->peers, .candidates = b->candidates, .n_candidates = 2,
                          .mn_count_unit = 1, .config = b->config, .state = b->state,
                          .random64 = draw, .random_state = b};
    return policy;
}

static inline mip6_peer *add(bench *b, uint16_t queue)
{
    mip6_peer *p = &b->peers[b->view.n_peers++];
    *p = (mip6_peer){.queue = queue, .has_load = true};
    return p;
}

#endif
