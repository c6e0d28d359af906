/* Figures of a benchmark: values repeated, then their median, least and largest.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SIM_CLI_BENCH_REPORT_H
#define SIM_CLI_BENCH_REPORT_H

#include <glib.h>
#include <stdbool.h>

typedef struct sim_figures sim_figures;

/* what: the benchmark, borrowed. */
sim_figures *sim_figures_new(const char *what);
void sim_figures_free(sim_figures *f);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(sim_figures, sim_figures_free)

/* One more value of the row with this name and unit, which is made where it is new. */
void sim_figures_add(sim_figures *f, const char *unit, double value, const char *name, ...)
    G_GNUC_PRINTF(4, 5);
/* The median of a row; a bug where there is none. */
double sim_figures_median(const sim_figures *f, const char *unit, const char *name);

/* A table with the machine above it, or the same as JSON. g_free. */
char *sim_figures_text(const sim_figures *f);
char *sim_figures_json(const sim_figures *f);

#endif
