/* A report of a results file: one HTML file that needs nothing else.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef ANALYSIS_REPORT_H
#define ANALYSIS_REPORT_H

#include "analysis/plot.h"

/* The page for these runs. g_free; NULL with *error as of plot.h (gnuplot draws its figures). */
char *analysis_report(analysis_results *results, const GArray *run_ids, int left_out,
                      GError **error);

#endif
