/* What a figure draws with. Sizes are pixels of an SVG; a panel's place is counted from the
 * top, so that the caption below may grow.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef ANALYSIS_PLOT_DRAW_H
#define ANALYSIS_PLOT_DRAW_H

#include "analysis/plot.h"

struct analysis_plot {
    analysis_results *results;
    const analysis_plot_options *options;
    GPtrArray *groups;          /* analysis_runs: one policy and configuration each */
    guint shown;                /* groups drawn, for figures that limit them */
    char **labels;              /* of the groups, as they stand in legends */
    char *ids;                  /* of all runs, for IN () */
    char *file;                 /* of the data, quoted for gnuplot */
    GString *script, *data, *notes;
    int blocks, rows;           /* data blocks so far, rows of the last */
    int panels;                 /* panels begun */
    int width, top, bottom;     /* bottom: below the last panel */
    int height;                 /* down to the last panel's lower edge */
    char *empty;
    GError *error;              /* the first; later queries return no rows */
};

enum { ANALYSIS_MOST_PANELS = 8, ANALYSIS_MOST_LINES = 8 };

/* How many groups to draw where each needs a colour or a panel: the first ones, and a note. */
guint analysis_plot_shown(analysis_plot *plot);
const analysis_runs *analysis_plot_group(const analysis_plot *plot, guint i);

/* ---- data --------------------------------------------------------------------------------- */

/* A query with ?1 bound to text (NULL: not), and its rows: false at the end or at an error, and
 * the statement is then gone. Takes the SQL. */
sqlite3_stmt *analysis_plot_query(analysis_plot *plot, char *sql, const char *text);
bool analysis_plot_row(analysis_plot *plot, sqlite3_stmt *statement);

/* Begin a block of the data file; returns its index. `columns` goes into its comment. */
int analysis_plot_block(analysis_plot *plot, const char *name, const char *columns);
/* The last block is done: gnuplot would not count an empty one. */
void analysis_plot_close(analysis_plot *plot);
/* Append numbers to the data as a line; not a number is written "NaN". */
void analysis_plot_numbers(analysis_plot *plot, const double *values, int n);

/* Mean, and half the width of its 95 % confidence interval (Student's t); NaN for one run. */
double analysis_plot_interval(const analysis_value *value);

/* ---- text --------------------------------------------------------------------------------- */

/* 'text' as gnuplot reads it, blanks for control characters. g_free. */
char *analysis_plot_quote(const char *text);
/* The same for tic labels, which gnuplot reads as formats. */
char *analysis_plot_quote_tic(const char *text);

/* Say something below the figure, once; or that there is nothing to draw. */
void analysis_plot_note(analysis_plot *plot, const char *format, ...) G_GNUC_PRINTF(2, 3);
void analysis_plot_nothing(analysis_plot *plot, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* A unit for values up to `most`: "s" gives ms or us, "bit/s" kbit/s to Gbit/s. */
typedef struct analysis_scale {
    double factor;
    char unit[16];
} analysis_scale;
analysis_scale analysis_plot_scale(const char *unit, double most);

/* ---- drawing ------------------------------------------------------------------------------ */

/* Append a line of commands. */
void analysis_plot_add(analysis_plot *plot, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* Room for a legend of n labels above the panels, and its place. */
void analysis_plot_legend(analysis_plot *plot, char *const *labels, int n);
/* The same where panels stand side by side, which gives a legend too little room: a panel of its
 * own. styles: plot styles of the entries, "points pt 7 lc rgb '#000000'". */
void analysis_plot_legend_panel(analysis_plot *plot, char *const *labels,
                                const char *const *styles, int n);
/* Begin a panel: its place in pixels. */
void analysis_plot_panel(analysis_plot *plot, int left, int right, int top, int height);
/* A logarithmic axis, 0 < low < high: range and tics. axis: 'x' or 'y'. */
void analysis_plot_log(analysis_plot *plot, char axis, double low, double high);
/* [0:most] with some air; a range even where all is 0. */
void analysis_plot_range(analysis_plot *plot, char axis, double most);

/* Colour of line i, told apart by the colour-blind (Okabe and Ito) and, with its dashes and
 * points, in grey. Series are policies; agents of a panel have an order of their own. */
const char *analysis_plot_colour(int i);
const char *analysis_plot_agent_colour(int i);
int analysis_plot_point(int i);
int analysis_plot_dash(int i);

/* A line with a bar at both ends, without the gap that gnuplot's error bars leave for a point. */
#define ANALYSIS_PLOT_WHISKER "vectors heads size screen 0.005,90 nofilled lw 1.3"

extern const analysis_figure analysis_figure_load, analysis_figure_lorenz,
    analysis_figure_queue, analysis_figure_nodes, analysis_figure_delay, analysis_figure_loss,
    analysis_figure_moves, analysis_figure_age, analysis_figure_sweep, analysis_figure_trade,
    analysis_figure_outages, analysis_figure_failure_queue, analysis_figure_failure_nodes;

#endif
