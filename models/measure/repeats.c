/* See repeats.h. SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/measure/repeats.h"

#include <glib.h>

#include "sim/engine/block.h"

/* Of one flow: bit i stands for packet next - 1 - i. */
typedef struct window {
    uint64_t came;
    uint32_t next;              /* behind the highest that came */
} window;

struct model_repeats {
    uint64_t count;
    window *windows;
};

model_repeats *model_repeats_new(uint32_t n_flows)
{
    model_repeats *r = g_new0(model_repeats, 1);
    r->windows = sim_block_new(n_flows, sizeof *r->windows);
    return r;
}

void model_repeats_free(model_repeats *r)
{
    if (!r)
        return;
    sim_block_free(r->windows);
    g_free(r);
}

void model_repeats_came(model_repeats *r, uint32_t flow, uint32_t number)
{
    window *w = &r->windows[flow];
    if (number >= w->next) {
        uint32_t on = number - w->next + 1;
        w->came = on < 64 ? w->came << on : 0;
        w->next = number + 1;
    }
    uint32_t back = w->next - 1 - number;
    if (back >= 64)
        return;
    r->count += w->came >> back & 1;
    w->came |= UINT64_C(1) << back;
}

uint64_t model_repeats_count(const model_repeats *r)
{
    return r->count;
}
