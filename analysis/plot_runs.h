/* Which runs a figure shows, and what they are called.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef ANALYSIS_PLOT_RUNS_H
#define ANALYSIS_PLOT_RUNS_H

#include "analysis/plot.h"

/* Keys whose values differ among the runs of one policy, most values first; g_strfreev. */
char **analysis_plot_varying(analysis_results *results, const char *ids);
/* Value of a key in the first run of a group, NULL: none. g_free. */
char *analysis_plot_parameter(analysis_results *results, const analysis_runs *runs,
                              const char *key);
/* The policy, and whatever else tells groups of one policy apart; g_strfreev. */
char **analysis_plot_labels(analysis_results *results, const GPtrArray *groups, const char *ids);

#endif
