/* Mobility: nodes stay in an access cell for an exponential time, then go to any other.
 * No geometry. Being without memory, it is stationary from the first instant.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <stddef.h>

#include "models/mobility/mobility_kinds.h"
#include "sim/engine/engine.h"

typedef struct sojourn_config {
    int64_t mean_sojourn;       /* ns */
    int64_t handover_rate;      /* per second * 1e6 */
} sojourn_config;

static const sim_key sojourn_keys[] = {
    { "mean-sojourn", SIM_KEY_TIME, "?60 s", 1, 1e18, "mean time of a node in a cell",
      offsetof(sojourn_config, mean_sojourn), NULL },
    { "handover-rate", SIM_KEY_PER_S, "0 /s", 0, 1e15,
      "the same the other way: handovers of one node per second; 0 /s: see mean-sojourn",
      offsetof(sojourn_config, handover_rate), NULL },
};

/* A million of them: the stream is made anew at each leg, from its key. */
typedef struct sojourn_node {
    int64_t until_ns;
    uint32_t draws;             /* of its stream, so far; 0: it has not begun */
    uint32_t cell;
} sojourn_node;

struct model_mobility {
    model_mobility_env env;
    uint32_t n_nodes, n_cells;
    int64_t mean_ns;            /* SIM_NEVER: they stay */
    sojourn_node *nodes;
};

static int64_t mean_ns(const sojourn_config *c, uint32_t n_cells)
{
    if (n_cells == 1)
        return SIM_NEVER;
    if (c->handover_rate == 0)
        return c->mean_sojourn;
    return MAX(1000000 * SIM_SECOND_NS / c->handover_rate, 1);
}

static model_mobility *sojourn_open(const void *config, const model_mobility_env *env,
                                    GError **error)
{
    const sojourn_config *c = config;

    if (!model_mobility_need_nodes(env, error))
        return NULL;
    if (c->handover_rate > 0 && sim_section_given(env->section, "mean-sojourn")) {
        sim_config_fail(env->section, "handover-rate", error,
                        "expected handover-rate or mean-sojourn, found both");
        return NULL;
    }

    model_mobility *m = g_new0(model_mobility, 1);

    m->env = *env;
    m->n_nodes = env->n_nodes;
    m->n_cells = env->n_cells;
    m->mean_ns = mean_ns(c, env->n_cells);
    m->nodes = g_new0(sojourn_node, env->n_nodes);
    return m;
}

static void sojourn_close(model_mobility *m)
{
    g_free(m->nodes);
    g_free(m);
}

static uint32_t sojourn_n_nodes(const model_mobility *m)
{
    return m->n_nodes;
}

/* The first cell is any, each later one any of the others. */
static uint32_t pick_cell(const model_mobility *m, const sojourn_node *node, uint64_t bits)
{
    if (node->draws == 0)
        return (uint32_t)sim_below(bits, m->n_cells);

    uint32_t other = (uint32_t)sim_below(bits, m->n_cells - 1);

    return other >= node->cell ? other + 1 : other;
}

static void sojourn_next(model_mobility *m, uint32_t index, model_leg *leg)
{
    g_assert(index < m->n_nodes);

    sojourn_node *node = &m->nodes[index];
    int64_t start_ns = node->until_ns;
    sim_stream stream = model_mobility_stream(&m->env, index);

    g_assert(start_ns != SIM_NEVER);
    stream.next = node->draws;
    node->cell = pick_cell(m, node, sim_stream_u64(&stream));
    if (m->mean_ns == SIM_NEVER) {
        node->until_ns = SIM_NEVER;
    } else {
        int64_t stay_ns = sim_exponential_ns(sim_stream_u64(&stream), m->mean_ns);

        node->until_ns = stay_ns < SIM_NEVER - start_ns ? start_ns + stay_ns : SIM_NEVER;
    }
    node->draws = (uint32_t)stream.next;
    model_leg_empty(leg, MODEL_LEG_CELL, start_ns, node->until_ns);
    leg->cell = node->cell;
}

static void sojourn_notes(const model_mobility *m, void (*line)(void *user, const char *text),
                          void *user)
{
    if (m->n_cells == 1)
        line(user, "one access cell: no handovers");
}

static const model_mobility_class sojourn_class = {
    .open = sojourn_open,
    .close = sojourn_close,
    .n_nodes = sojourn_n_nodes,
    .next = sojourn_next,
    .notes = sojourn_notes,
};

const sim_variant model_mobility_sojourn = {
    .name = "exponential-sojourn",
    .help = "exponential time in an access cell, then any other cell",
    .keys = sojourn_keys,
    .n_keys = G_N_ELEMENTS(sojourn_keys),
    .size = sizeof(sojourn_config),
    .impl = &sojourn_class,
};
