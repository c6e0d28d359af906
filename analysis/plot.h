/* Figures of a results file, drawn by gnuplot: one file each, with the commands (.gp) and the
 * data (.dat) beside it, so that people can restyle.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef ANALYSIS_PLOT_H
#define ANALYSIS_PLOT_H

#include "analysis/results.h"

/* Codes of ANALYSIS_ERROR here: what was given is wrong, or it cannot be done. */
enum { ANALYSIS_PLOT_BAD = 2, ANALYSIS_PLOT_CANNOT = 3 };

typedef struct analysis_plot analysis_plot;

/* A kind of figure: one file, one row of the table in plot_table.c. */
typedef struct analysis_figure {
    const char *name;           /* of its files, on the command line */
    const char *title, *help;   /* heading of a report, one line for a list */
    /* Append commands and data, see plot_draw.h. */
    void (*draw)(analysis_plot *plot);
    bool rare;                  /* left out without a word where there is nothing to draw */
} analysis_figure;

/* Figure i of the table, NULL past the last; by name, NULL: none. */
const analysis_figure *analysis_figure_at(size_t i);
const analysis_figure *analysis_figure_find(const char *name);

typedef enum analysis_format { ANALYSIS_SVG, ANALYSIS_PNG, ANALYSIS_PDF } analysis_format;

/* "svg", "png", "pdf". */
const char *analysis_format_name(analysis_format format);
bool analysis_format_find(const char *name, analysis_format *format);

typedef struct analysis_plot_options {
    analysis_format format;
    const char *parameter;      /* swept key of peak-to-mean; NULL: the one that varies most */
    const char *metric;         /* its y; NULL: peak_to_mean_load */
} analysis_plot_options;

/* Runs to draw: those of a list such as "1,3-5", or (NULL) all that are complete. How many were
 * left out into *left_out. int64_t; NULL with *error: none, bad list, not a whole file. */
GArray *analysis_plot_runs(analysis_results *results, const char *list, int *left_out,
                           GError **error);

/* A figure as text. draw makes it and never fails but for a broken results file. */
typedef struct analysis_drawing {
    char *script, *data;        /* contents of the .gp and the .dat */
    char *empty;                /* why there is nothing to draw; NULL: there is */
    char *caption;
} analysis_drawing;

/* `stem` names the files: stem.gp, stem.dat, stem.svg. NULL with *error. */
analysis_drawing *analysis_draw(analysis_results *results, const GArray *run_ids,
                                const analysis_figure *figure,
                                const analysis_plot_options *options, const char *stem,
                                GError **error);
void analysis_drawing_free(analysis_drawing *drawing);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(analysis_drawing, analysis_drawing_free)

/* Write folder/stem.gp and .dat and have gnuplot draw the picture beside them. False with
 * *error: not writable, no gnuplot, no whole picture. */
bool analysis_drawing_write(const analysis_drawing *drawing, const char *folder,
                            const char *stem, analysis_format format, GError **error);

#endif
