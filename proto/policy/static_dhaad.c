/* What RFC 6275 does by itself: DHAAD spreads the nodes, and nobody is moved.
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "mip6_policy.h"

const mip6_policy mip6_policy_static_dhaad = {
    .abi = MIP6_POLICY_ABI,
    .name = "static-dhaad",
    .help = "RFC 6275 alone: discovery spreads the nodes, nobody is moved",
};
