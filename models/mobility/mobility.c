/* The table of mobility models, and what they share.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/mobility/mobility.h"

#include <assert.h>
#include <stdio.h>

#include "models/mobility/mobility_kinds.h"
#include "sim/engine/engine.h"

/* One row a model. */
static const sim_variant *const rows[] = {
    &model_mobility_static,
    &model_mobility_waypoint,
    &model_mobility_sojourn,
    &model_mobility_trace,
};

static sim_variant table[G_N_ELEMENTS(rows)];

static gpointer fill_table(gpointer unused)
{
    (void)unused;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        table[i] = *rows[i];
    return table;
}

const sim_variant *model_mobility_variants(size_t *n)
{
    static GOnce once = G_ONCE_INIT;

    *n = G_N_ELEMENTS(rows);
    return g_once(&once, fill_table, NULL);
}

sim_stream model_mobility_stream(const model_mobility_env *env, uint32_t node)
{
    char name[16];

    snprintf(name, sizeof name, "mn%u", node);
    return sim_stream_init(env->seed, env->replication, name, "mobility");
}

bool model_mobility_need_nodes(const model_mobility_env *env, GError **error)
{
    if (env->n_nodes > 0)
        return true;
    return sim_config_fail(env->section, NULL, error,
                           "this model needs a number of mobile nodes, found 0");
}

void model_leg_still(model_leg *leg, int64_t start_ns, int64_t end_ns, int64_t x_mm,
                     int64_t y_mm)
{
    *leg = (model_leg){ .kind = MODEL_LEG_LINE, .start_ns = start_ns, .end_ns = end_ns,
                        .x0_mm = x_mm, .y0_mm = y_mm, .x1_mm = x_mm, .y1_mm = y_mm };
}

void model_leg_empty(model_leg *leg, model_leg_kind kind, int64_t start_ns, int64_t end_ns)
{
    *leg = (model_leg){ .kind = kind, .start_ns = start_ns, .end_ns = end_ns };
}

/* from + (to - from) * t / T, rounded down; exact. */
static int64_t interpolate(int64_t from, int64_t to, int64_t t, int64_t T)
{
    __int128 product = (__int128)(to - from) * t;
    __int128 quotient = product / T;

    if (product % T < 0)
        quotient--;
    return from + (int64_t)quotient;
}

void model_leg_at(const model_leg *leg, int64_t time_ns, int64_t *x_mm, int64_t *y_mm)
{
    int64_t t = time_ns - leg->start_ns, T = leg->end_ns - leg->start_ns;

    assert(leg->kind == MODEL_LEG_LINE && t >= 0 && t <= T);
    *x_mm = leg->x0_mm;
    *y_mm = leg->y0_mm;
    if (T == 0 || (leg->x0_mm == leg->x1_mm && leg->y0_mm == leg->y1_mm))
        return;
    assert(leg->end_ns != SIM_NEVER);
    *x_mm = interpolate(leg->x0_mm, leg->x1_mm, t, T);
    *y_mm = interpolate(leg->y0_mm, leg->y1_mm, t, T);
}
