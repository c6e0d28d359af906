/* The draft's rule and its settings, for the policies that are a variant of it.
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#ifndef MIP6_POLICY_HYBRID_H
#define MIP6_POLICY_HYBRID_H

#include "mip6_policy.h"

typedef struct mip6_hybrid_config {
    int64_t top_share_ppm;
    int64_t count_top;
    int64_t count_gap;
    int64_t count_gap_share_ppm;
    int64_t normalise_count;
    int64_t count_target;
    int64_t information;
    int64_t target_choice;
    int64_t target_below_self;
    int64_t binding_choice;
} mip6_hybrid_config;

#define MIP6_HYBRID_N_KEYS 10

/* Of a mip6_hybrid_config. */
extern const mip6_key mip6_hybrid_keys[];
/* view->config is a mip6_hybrid_config. */
mip6_choice mip6_hybrid_look(const mip6_view *view);

#endif
