/* Mobility: nodes that stay where they are.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <stddef.h>

#include "models/mobility/mobility_kinds.h"
#include "sim/engine/engine.h"

enum { PLACE_UNIFORM, PLACE_GRID, PLACE_CELLS };

typedef struct static_config {
    int64_t placement;
} static_config;

static const char *const placements[] = { "uniform", "grid", "cells", NULL };

static const sim_key static_keys[] = {
    { "placement", SIM_KEY_CHOICE, "uniform", 0, 0,
      "uniform over the area, on a grid over it, or node by node round the access cells",
      offsetof(static_config, placement), placements },
};

struct model_mobility {
    model_mobility_env env;
    int64_t placement;
    uint32_t columns, rows;         /* of the grid */
    bool *placed;                   /* the one leg was given */
};

static model_mobility *static_open(const void *config, const model_mobility_env *env,
                                   GError **error)
{
    if (!model_mobility_need_nodes(env, error))
        return NULL;

    model_mobility *m = g_new0(model_mobility, 1);

    m->env = *env;
    m->placement = ((const static_config *)config)->placement;
    m->placed = g_new0(bool, env->n_nodes);
    m->columns = 1;
    while ((uint64_t)m->columns * m->columns < env->n_nodes)
        m->columns++;
    m->rows = (env->n_nodes + m->columns - 1) / m->columns;
    return m;
}

static void static_close(model_mobility *m)
{
    g_free(m->placed);
    g_free(m);
}

static uint32_t static_n_nodes(const model_mobility *m)
{
    return m->env.n_nodes;
}

/* The middle of field i of n along a side. */
static int64_t middle(int64_t side_mm, uint32_t i, uint32_t n)
{
    return (int64_t)((__int128)side_mm * (2 * (int64_t)i + 1) / (2 * (int64_t)n));
}

static void place(const model_mobility *m, uint32_t node, model_leg *leg)
{
    sim_stream stream;
    int64_t x, y;

    switch (m->placement) {
    case PLACE_CELLS:
        model_leg_empty(leg, MODEL_LEG_CELL, 0, SIM_NEVER);
        leg->cell = node % m->env.n_cells;
        return;
    case PLACE_GRID:
        x = middle(m->env.width_mm, node % m->columns, m->columns);
        y = middle(m->env.height_mm, node / m->columns, m->rows);
        break;
    default:
        stream = model_mobility_stream(&m->env, node);
        x = (int64_t)sim_below(sim_stream_u64(&stream), (uint64_t)m->env.width_mm);
        y = (int64_t)sim_below(sim_stream_u64(&stream), (uint64_t)m->env.height_mm);
        break;
    }
    model_leg_still(leg, 0, SIM_NEVER, x, y);
}

static void static_next(model_mobility *m, uint32_t node, model_leg *leg)
{
    g_assert(node < m->env.n_nodes && !m->placed[node]);
    m->placed[node] = true;
    place(m, node, leg);
}

static const model_mobility_class static_class = {
    .open = static_open,
    .close = static_close,
    .n_nodes = static_n_nodes,
    .next = static_next,
};

const sim_variant model_mobility_static = {
    .name = "static",
    .help = "nodes stay where they are",
    .keys = static_keys,
    .n_keys = G_N_ELEMENTS(static_keys),
    .size = sizeof(static_config),
    .impl = &static_class,
};
