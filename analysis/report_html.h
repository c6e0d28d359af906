/* What a report is written with, and its sections.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef ANALYSIS_REPORT_HTML_H
#define ANALYSIS_REPORT_HTML_H

#include "analysis/report.h"

typedef struct analysis_page {
    analysis_results *results;
    const GArray *run_ids;
    GPtrArray *groups;          /* analysis_runs: columns of the tables */
    char **labels;              /* of the groups */
    char *ids;                  /* of all runs, for IN () */
    int left_out;               /* runs that are not complete */
    GString *out;
} analysis_page;

/* Text as HTML shows it; NULL is nothing. g_free. */
char *analysis_html(const char *text);
/* Append HTML; every %s is text and gets escaped. */
void analysis_page_put(analysis_page *page, const char *format, ...) G_GNUC_PRINTF(2, 3);
void analysis_page_head(analysis_page *page, const char *title);
void analysis_page_tail(analysis_page *page);
/* <table> with a first column of names and one for each group; wide ones scroll. */
void analysis_page_table(analysis_page *page, const char *corner);
void analysis_page_table_end(analysis_page *page);
/* A figure of a query, "?" where there is none. g_free. */
char *analysis_page_text(analysis_page *page, const char *select);

/* Sections. */
void analysis_report_verdict(analysis_page *page);
void analysis_report_tables(analysis_page *page);
bool analysis_report_figures(analysis_page *page, GError **error);
void analysis_report_reproduce(analysis_page *page);

/* An SVG made by gnuplot as a part of a page: without prolog, its identifiers made its own by
 * `prefix`. g_free. */
char *analysis_svg_inline(const char *svg, const char *prefix, const char *title);

#endif
