/* The table of policies and what every policy may use.
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "mip6_policy.h"

#include "core/shared.h"

/* A policy is a file of this folder that defines mip6_policy_NAME, and its row here. */
#define POLICIES(X)        \
    X(static_dhaad)        \
    X(hybrid)              \
    X(threshold)           \
    X(forwarding_rate)     \
    X(acceptable_number)   \
    X(dynamic_preference)  \
    X(redirect)            \
    X(two_choices)

#define X(name) extern const mip6_policy mip6_policy_##name;
POLICIES(X)
#undef X

#define X(name) &mip6_policy_##name,
static const mip6_policy *const policies[] = {POLICIES(X)};
#undef X

const mip6_policy *mip6_policy_at(size_t i)
{
    return i < sizeof policies / sizeof *policies ? policies[i] : NULL;
}

static bool same(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

const mip6_policy *mip6_policy_find(const char *name)
{
    for (size_t i = 0; i < sizeof policies / sizeof *policies; i++)
        if (same(policies[i]->name, name))
            return policies[i];
    return NULL;
}

void mip6_policy_defaults(const mip6_policy *policy, mip6_profile profile, void *config)
{
    if (policy->n_keys > 0)
        mip6_keys_defaults(policy->keys, policy->n_keys, profile, config);
}

uint32_t mip6_view_below(const mip6_view *view, uint32_t n)
{
    assert(n >= 1);
    return (uint32_t)mip6_scale(view->random64(view), n);
}

static const char *const branch_names[MIP6_N_BRANCHES] = {
    [MIP6_BRANCH_NONE] = "none",
    [MIP6_BRANCH_QUEUE_LIGHT] = "queue-light",
    [MIP6_BRANCH_QUEUE_TOP] = "queue-top",
    [MIP6_BRANCH_COUNT_TOP] = "count-top",
    [MIP6_BRANCH_FIRST_BU] = "first-bu",
    [MIP6_BRANCH_THRESHOLD] = "threshold",
    [MIP6_BRANCH_QUOTA] = "quota",
};

const char *mip6_branch_name(mip6_branch branch)
{
    assert(branch < MIP6_N_BRANCHES);
    return branch_names[branch];
}
