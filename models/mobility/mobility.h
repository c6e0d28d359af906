/* Mobility: where a mobile node is, leg by leg.
 *
 * A model is one file: a class here, one row in mobility.c. A node's path is a
 * sequence of legs, asked for one at a time at the moment the last one ends, so that a
 * trace of any length is read as the run goes on.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef MODEL_MOBILITY_H
#define MODEL_MOBILITY_H

#include <glib.h>

#include "sim/engine/config.h"
#include "sim/engine/random.h"

typedef enum model_leg_kind {
    MODEL_LEG_LINE,     /* straight from (x0, y0) to (x1, y1) at constant speed; still if equal */
    MODEL_LEG_CELL,     /* in access cell `cell`, wherever that is */
    MODEL_LEG_ABSENT,   /* the node does not exist until end_ns */
    MODEL_LEG_OVER      /* the node is gone for good */
} model_leg_kind;

/* One leg, [start_ns, end_ns). end_ns is SIM_NEVER for the last. */
typedef struct model_leg {
    model_leg_kind kind;
    int64_t start_ns, end_ns;
    int64_t x0_mm, y0_mm, x1_mm, y1_mm;
    uint32_t cell;
} model_leg;

/* What a model may know of the world. */
typedef struct model_mobility_env {
    uint64_t seed;
    uint32_t replication;
    uint32_t n_cells;           /* access cells, for LEG_CELL */
    int64_t width_mm, height_mm;    /* the area of [access] */
    uint32_t n_nodes;           /* asked for in the scenario; 0: the model decides */
    int64_t end_ns;             /* of the run */
    const sim_section *section; /* [mobility], for errors with file and line */
} model_mobility_env;

typedef struct model_mobility model_mobility;   /* a model's own, by its class */

typedef struct model_mobility_class {
    /* config: the variant's struct. Reads and checks all input now: what passes here cannot
     * fail later, but for a file that changes under the run. */
    model_mobility *(*open)(const void *config, const model_mobility_env *env, GError **error);
    void (*close)(model_mobility *mobility);
    uint32_t (*n_nodes)(const model_mobility *mobility);
    /* Canonical name of node i in [0, n_nodes): "mn7", or the trace's own id. Borrowed. NULL
     * in the class: mn0, mn1, ... */
    const char *(*name)(const model_mobility *mobility, uint32_t node);
    /* Area that holds every position, for models that bring their own; false: none. NULL
     * in the class: the scenario's area. */
    bool (*bounds)(const model_mobility *mobility, int64_t *x_min_mm, int64_t *y_min_mm,
                   int64_t *x_max_mm, int64_t *y_max_mm);
    /* The next leg of a node, which begins when the last one ended (the first at 0). Called
     * in order of time over all nodes. A node may re-appear elsewhere, and its first leg may
     * be OVER: one that never appears. */
    void (*next)(model_mobility *mobility, uint32_t node, model_leg *leg);
    /* False and *error once input changed or failed under the run: from then on every leg is
     * OVER, and the run is worth nothing. Asked at least at the end. NULL: never fails. */
    bool (*healthy)(const model_mobility *mobility, GError **error);
    /* What a person should know of oddities in the input: "time shifted by -25200 s". Called
     * with each line. NULL in the class: nothing. */
    void (*notes)(const model_mobility *mobility, void (*line)(void *user, const char *text),
                  void *user);
} model_mobility_class;

/* Where a node on a LINE is at a time within [start_ns, end_ns]: exact, rounded down to
 * whole mm. */
void model_leg_at(const model_leg *leg, int64_t time_ns, int64_t *x_mm, int64_t *y_mm);

/* Variants of group [mobility]; impl is a model_mobility_class. */
const sim_variant *model_mobility_variants(size_t *n);

#endif
