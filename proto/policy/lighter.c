/* Which of two agents is lighter: the order that policies share.
 *
 *   draft-deng section 8, of whose rule it is the order; PROTOCOL 9
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "mip6_policy.h"

typedef struct figures {
    uint64_t queue, count, capacity;
} figures;

static figures figures_of(const mip6_view *view, uint32_t agent)
{
    if (agent == MIP6_SELF)
        return (figures){view->queue, view->mn_count, view->capacity_kbps};
    const mip6_peer *p = &view->peers[agent];
    return (figures){p->queue, p->mn_count, p->capacity_kbps};
}

static int order(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

/* Counts have 16 bits and capacities 32: the products fit. */
static int order_by_count(const figures *a, const figures *b)
{
    bool both = a->capacity != 0 && b->capacity != 0;
    return both ? order(a->count * b->capacity, b->count * a->capacity)
                : order(a->count, b->count);
}

int mip6_view_compare(const mip6_view *view, uint32_t a, uint32_t b)
{
    figures x = figures_of(view, a), y = figures_of(view, b);
    bool x_light = x.queue < view->light, y_light = y.queue < view->light;
    if (x_light != y_light)
        return x_light ? -1 : 1;
    return x_light ? order_by_count(&x, &y) : order(x.queue, y.queue);
}
