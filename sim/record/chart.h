/* A message sequence chart of a run, as a person would draw it: a column for each node, an arrow
 * for each message between two of them, its text beside it.
 *
 *      time s     mn0     ha0     ha1
 *       4.217      |------>|       |     BU seq 1 lifetime 120 s A H coa mn0@ar1 hoa mn0
 *       4.229      |       *       |     NS probes mn0
 *       5.229      |<------|       |     BA 0 accepted seq 1 lifetime 120 s rh2 mn0
 *       5.241      o       |       |     (registered at ha0)
 *      64.241      |---x   |       |     BU seq 2 ... [lost at ar1: scripted-loss]
 *
 * The time is when the message left; what lies between two columns (access routers, the core) is
 * one arrow. `*`: to all on the link. `x`: lost on the way. `o`: an event. What the receiver did
 * not accept ends with [dropped by NODE: cause].
 *
 * It sees a run as a tap, and takes names and events as a sink.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SIM_CHART_H
#define SIM_CHART_H

#include <glib.h>

#include "sim/engine/sink.h"
#include "sim/engine/tap.h"

typedef struct sim_chart_options {
    char **nodes;               /* columns, from left to right; NULL: mobile nodes, agents and
                                 * correspondents */
    const gboolean *hidden;     /* by sim_packet.message; outlives the chart */
    size_t n_hidden;
    gboolean events;
    int64_t from_ns, to_ns;     /* of [from, to) */
} sim_chart_options;

typedef struct sim_chart sim_chart;

/* The options are borrowed for the life of the chart. */
sim_chart *sim_chart_new(const sim_chart_options *options);
void sim_chart_free(sim_chart *chart);
/* For the world that is drawn, while the chart lives. Borrowed. */
sim_sink *sim_chart_sink(sim_chart *chart);
sim_tap *sim_chart_tap(sim_chart *chart);

/* Once the world is built: its columns. False with *error (SIM_CONFIG_ERROR) where a node is not
 * there, or too many would stand side by side. */
bool sim_chart_columns(sim_chart *chart, GError **error);

/* After the run. g_free. */
char *sim_chart_draw(sim_chart *chart);

#endif
