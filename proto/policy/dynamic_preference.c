/* What RFC 6275 leaves room for: the preference that an agent advertises falls as its load
 * rises, so that nodes which discover agents come to the idle ones first. Nobody is moved.
 *
 *   RFC 6275 sections 7.4 and 10.5
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "mip6_policy.h"

#define STEPS 16u

typedef struct preference_config {
    int64_t acceptable;
} preference_config;

typedef struct preference_state {
    uint8_t step;       /* of the load last advertised, 0..16 */
    bool known;
} preference_state;

/* The load, the larger of two shares, as numerator and denominator. */
typedef struct load {
    uint64_t part, whole;
} load;

static load load_of(const mip6_view *view)
{
    const preference_config *c = view->config;
    load queue = {view->queue, UINT16_MAX};
    load count = {(uint64_t)view->mn_count * view->mn_count_unit, (uint64_t)c->acceptable};
    return c->acceptable && count.part * queue.whole > queue.part * count.whole ? count : queue;
}

/* At least so many sixteenths? */
static bool reaches(const load *u, uint32_t sixteenths)
{
    return u->part * STEPS >= u->whole * sixteenths;
}

static uint8_t step_of(const load *u)
{
    uint8_t step = 0;
    while (step < STEPS && reaches(u, step + 1u))
        step++;
    return step;
}

/* Changed only where the load has left its step by a whole one, or is nothing: a load at a
 * boundary would else turn the order of agents over with every advertisement. */
static uint16_t preference(const mip6_view *view, uint16_t configured)
{
    (void)configured;
    preference_state *state = view->state;
    load u = load_of(view);
    uint8_t step = step_of(&u);
    bool above = reaches(&u, state->step + 2u);
    bool below = state->step > 0 && !reaches(&u, state->step - 1u), empty = u.part == 0;
    if (!state->known || above || below || empty) {
        state->step = step;
        state->known = true;
    }
    return state->step < STEPS ? (uint16_t)(STEPS - state->step) : 1;
}

static const mip6_key keys[] = {
    {"acceptable-nodes", "nodes that are a full load, each agent's own; 0: the queue alone counts",
     MIP6_UNIT_NONE, 0, 1000000000, {0, 0, 0}, offsetof(preference_config, acceptable), NULL},
};

const mip6_policy mip6_policy_dynamic_preference = {
    .abi = MIP6_POLICY_ABI,
    .name = "dynamic-preference",
    .help = "RFC 6275 10.5: the advertised preference falls as the load rises, nobody is moved",
    .state_size = sizeof(preference_state),
    .config_size = sizeof(preference_config),
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .preference = preference,
};
