/* The first registration of a node goes to the lighter of two agents, oneself and a random
 * other: nearly as even as asking all of them, and old news sends no crowd to one agent.
 *
 *   Mitzenmacher, The Power of Two Choices in Randomized Load Balancing, 2001
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "mip6_policy.h"

static bool may_serve(const mip6_peer *p)
{
    return p->has_load && !p->blocked;
}

static mip6_choice first_bu(const mip6_view *view)
{
    const mip6_choice here = {MIP6_BRANCH_NONE, 0, 0};
    uint32_t n = 0, other = 0;
    for (uint32_t i = 0; i < view->n_peers; i++)
        n += may_serve(&view->peers[i]);
    if (n == 0)
        return here;
    uint32_t nth = mip6_view_below(view, n);
    while (!may_serve(&view->peers[other]) || nth-- > 0)
        other++;
    int order = mip6_view_compare(view, other, MIP6_SELF);
    if (order > 0 || (order == 0 && mip6_view_below(view, 2) == 0))
        return here;
    return (mip6_choice){.branch = MIP6_BRANCH_FIRST_BU, .peer = other};
}

const mip6_policy mip6_policy_two_choices = {
    .abi = MIP6_POLICY_ABI,
    .name = "two-choices",
    .help = "a first registration goes to the lighter of this agent and a random other",
    .advertises_load = true,
    .first_bu = first_bu,
};
