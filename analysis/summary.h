/* What a person wants to know of some runs: one beside the other where they differ in policy,
 * averaged where they differ in replication alone.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef ANALYSIS_SUMMARY_H
#define ANALYSIS_SUMMARY_H

#include "analysis/results.h"

typedef struct analysis_style {
    bool json, colour, unicode;
} analysis_style;

/* Text for these runs of the file, at most 100 columns wide. g_free; NULL with *error. */
char *analysis_summary(const char *path, const int64_t *run_ids, size_t n,
                       const analysis_style *style, GError **error);

/* Does the environment say that the terminal shows UTF-8? */
bool analysis_unicode_terminal(void);

/* The same data as JSON. */
void analysis_summary_json(analysis_results *results, const GPtrArray *groups, GString *out);

/* Figures as a person reads them; g_free. */
char *analysis_format_seconds(double seconds);      /* "1.25 ms" */
char *analysis_format_count(double value);          /* "12,345", "0.25" */
char *analysis_format_share(double share);          /* "12.3 %" */

#endif
