/* The first registration of a node goes to the lightest agent of all; if that is oneself, the
 * node stays. Of several that are as light a random one.
 *
 *   The idea of RFC 6463, runtime assignment
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "mip6_policy.h"

static bool may_serve(const mip6_peer *p)
{
    return p->has_load && !p->blocked;
}

static uint32_t lightest(const mip6_view *view)
{
    uint32_t best = MIP6_SELF;
    for (uint32_t i = 0; i < view->n_peers; i++)
        if (may_serve(&view->peers[i]) && mip6_view_compare(view, i, best) < 0)
            best = i;
    return best;
}

static bool is_as_light(const mip6_view *view, uint32_t i, uint32_t best)
{
    return may_serve(&view->peers[i]) && mip6_view_compare(view, i, best) == 0;
}

static mip6_choice first_bu(const mip6_view *view)
{
    const mip6_choice here = {MIP6_BRANCH_NONE, 0, 0};
    uint32_t best = lightest(view), self = mip6_view_compare(view, MIP6_SELF, best) == 0;
    uint32_t n = self, i = 0;
    for (uint32_t k = 0; k < view->n_peers; k++)
        n += is_as_light(view, k, best);
    uint32_t nth = mip6_view_below(view, n);
    if (nth < self)
        return here;
    for (nth -= self; !is_as_light(view, i, best) || nth-- > 0; i++)
        continue;
    return (mip6_choice){.branch = MIP6_BRANCH_FIRST_BU, .peer = i};
}

const mip6_policy mip6_policy_redirect = {
    .abi = MIP6_POLICY_ABI,
    .name = "redirect",
    .help = "a first registration goes to the lightest agent (RFC 6463), nobody is moved later",
    .advertises_load = true,
    .first_bu = first_bu,
};
