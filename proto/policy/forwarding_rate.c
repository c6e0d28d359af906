/* The draft's rule on another figure: not how much waits in the queue, but how much was
 * forwarded, of what the capacity could. A queue tells of load only when it is nearly too late;
 * a rate tells before.
 *
 *   The load index of Faizan et al., 2005, in the draft's rule. Queue Size carries the EWMA of
 *   bytes per second over capacity, and LIGHT is 60 % of it
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "policy/hybrid.h"

#include "mip6.h"

static const mip6_preset presets[] = {
    {"queue-signal", {MIP6_SIGNAL_RATE, MIP6_SIGNAL_RATE, MIP6_SIGNAL_RATE}},
    {"light", {600000, 600000, 600000}},
};

const mip6_policy mip6_policy_forwarding_rate = {
    .abi = MIP6_POLICY_ABI,
    .name = "forwarding-rate",
    .help = "hybrid on the bytes forwarded per second, of the capacity (Faizan 2005)",
    .advertises_load = true,
    .config_size = sizeof(mip6_hybrid_config),
    .keys = mip6_hybrid_keys,
    .n_keys = MIP6_HYBRID_N_KEYS,
    .presets = presets,
    .n_presets = sizeof presets / sizeof *presets,
    .look = mip6_hybrid_look,
};
