/* A simulated world: built from a configuration, run once, writes rows to a sink.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef MODEL_WORLD_H
#define MODEL_WORLD_H

#include <glib.h>

#include "sim/engine/config.h"
#include "sim/engine/engine.h"
#include "sim/engine/sink.h"
#include "sim/engine/tap.h"

/* Every group a scenario file may hold, in the order in which they are printed.
 * Static storage. */
const sim_group *const *model_groups(size_t *n);

/* Everything that can be refused before a run: sums, ranges that depend on each other,
 * traces. False with *error (SIM_CONFIG_ERROR) set. */
bool model_check(const sim_config *config, GError **error);

typedef struct model_world model_world;

/* Build. The config and the sink must outlive the world. Writes the node rows. NULL with
 * *error set. */
model_world *model_world_new(const sim_config *config, uint64_t seed, uint32_t replication,
                             sim_sink *sink, GError **error);
void model_world_free(model_world *world);

sim_engine *model_world_engine(model_world *world);
int64_t model_world_end_ns(const model_world *world);

/* Let a tap look on, from now to the end of model_world_run; before that. At most one, which
 * must outlive the world. Names the links to it. */
void model_world_watch(model_world *world, sim_tap *tap);

/* Run to the end, or until the engine is interrupted or the sink fails. Writes samples,
 * decisions, fingerprints as it goes, and losses, signalling, metrics, histograms after. */
sim_stop model_world_run(model_world *world);

/* The run's fingerprint, 32 hexadecimal digits and a NUL. */
void model_world_fingerprint(const model_world *world, char out[33]);

/* Remarks for the person: oddities of a trace, nodes that never registered. */
void model_world_notes(const model_world *world, void (*line)(void *user, const char *text),
                       void *user);

/* Run-wide and per-agent metrics, for `mip6sim list metrics`. NULL past the last. */
typedef struct model_metric {
    const char *name;
    const char *unit;       /* "s", "1", "packets" ... */
    bool per_agent;
    int better;             /* -1: lower is better, 1: higher, 0: neither */
    const char *help;
} model_metric;

const model_metric *model_metric_at(size_t i);
/* A row of a metric that is in that list, with its unit; node_id: an agent's, or SIM_NO_NODE. has
 * false: it has no value here, `value` does not count. */
void model_metric_write(sim_sink *sink, int64_t node_id, const char *name, bool has, double value);

#endif
