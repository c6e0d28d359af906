/* Two marks and no more: an agent whose queue is above the upper one sends nodes away, to
 * those whose queue is below the lower one, until its own is below the upper one.
 *
 *   The rule of Vasilache et al., 2004, as a yardstick for the draft's
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "mip6_policy.h"

typedef struct threshold_config {
    int64_t high_ppm;
    int64_t low_ppm;
} threshold_config;

/* A share as a Queue Size. */
static uint32_t wire(int64_t ppm)
{
    return (uint32_t)((uint64_t)ppm * UINT16_MAX / 1000000);
}

static bool is_target(const mip6_view *view, uint32_t i)
{
    const threshold_config *c = view->config;
    const mip6_peer *p = &view->peers[i];
    return p->has_load && !p->blocked && p->queue < wire(c->low_ppm);
}

static mip6_choice look(const mip6_view *view)
{
    const threshold_config *c = view->config;
    mip6_choice nothing = {MIP6_BRANCH_NONE, 0, 0};
    if (view->n_candidates == 0 || view->queue <= wire(c->high_ppm))
        return nothing;
    uint32_t n = 0;
    for (uint32_t i = 0; i < view->n_peers; i++)
        n += is_target(view, i);
    if (n == 0)
        return nothing;
    uint32_t nth = mip6_view_below(view, n), i = 0;
    while (!is_target(view, i) || nth-- > 0)
        i++;
    return (mip6_choice){.branch = MIP6_BRANCH_THRESHOLD, .peer = i};
}

static const mip6_key keys[] = {
    {"high", "above this share of the reference queue an agent sends nodes away",
     MIP6_UNIT_PPM, 0, 1000000, {400000, 400000, 400000}, offsetof(threshold_config, high_ppm),
     NULL},
    {"low", "and below this one it is sent some",
     MIP6_UNIT_PPM, 0, 1000000, {200000, 200000, 200000}, offsetof(threshold_config, low_ppm),
     NULL},
};

const mip6_policy mip6_policy_threshold = {
    .abi = MIP6_POLICY_ABI,
    .name = "threshold",
    .help = "two marks: from above one to a random agent below the other (Vasilache 2004)",
    .advertises_load = true,
    .config_size = sizeof(threshold_config),
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .look = look,
};
