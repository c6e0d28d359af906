/* Inside the library: the policies, one file each.
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#ifndef MIP6_POLICY_INTERNAL_H
#define MIP6_POLICY_INTERNAL_H

#include "mip6_policy.h"

extern const mip6_policy mip6_policy_static_dhaad;
extern const mip6_policy mip6_policy_hybrid;

#endif
