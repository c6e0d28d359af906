/* Shared by the files of compare.h. SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef ANALYSIS_COMPARE_PRIVATE_H
#define ANALYSIS_COMPARE_PRIVATE_H

#include "analysis/compare.h"

/* NULL with *error where the file is damaged; what SQLite says is in the message. */
sqlite3_stmt *analysis_compare_prepare(analysis_results *r, const char *sql, GError **error);
/* Another row? False at the end, and with *error where the file is damaged. */
bool analysis_compare_step(analysis_results *r, sqlite3_stmt *s, GError **error);

bool analysis_compare_bad(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* options->hint, or "". g_free. */
char *analysis_compare_hint(const analysis_compare_options *o, const char *word,
                            const GPtrArray *names);
G_GNUC_PRINTF(2, 3)
void analysis_compare_note(analysis_comparison *c, const char *format, ...);

/* Choose runs and pair them: fills policies, pairs, scenario and code version. */
bool analysis_compare_choose(analysis_comparison *c, analysis_results *r,
                             const analysis_compare_options *o, GError **error);
/* Metrics of all pairs, unjudged, in order; those of samples and histograms included. */
bool analysis_compare_read(analysis_comparison *c, analysis_results *r, GError **error);

/* The table of losses, of the runs in pairs; its end; and how it is shown. */
void analysis_compare_read_losses(analysis_comparison *c, analysis_results *r);
void analysis_compare_loss_free(gpointer loss);
/* Characters of the longest name of a policy. */
int analysis_compare_widest(const analysis_comparison *c);
void analysis_compare_losses_text(const analysis_comparison *c, const analysis_style *style,
                                  GString *out);
void analysis_compare_losses_json(const analysis_comparison *c, GString *out);

/* The percentages of the way, where there are any. */
void analysis_compare_way_text(const analysis_comparison *c, const analysis_style *style,
                               GString *out);
void analysis_compare_way_json(const analysis_comparison *c, GString *out);

/* "1.5 s" -> 1.5; also a share ("5 %") and a bare number. False: neither. */
bool analysis_compare_quantity(const char *text, double *value);

void analysis_compare_metric_free(gpointer metric);
analysis_compared *analysis_compare_metric(analysis_comparison *c, const char *name);

#endif
