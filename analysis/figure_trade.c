/* What is gained against what it costs. SPDX-License-Identifier: GPL-3.0-or-later */

#include <math.h>

#include "analysis/plot_draw.h"

typedef struct benefit {
    const char *metric, *label;
    double factor;
} benefit;

static const benefit benefits[] = {
    {"peak_queue_packets", "largest queue, packets", 1},
    {"loss_ratio", "packets lost, %", 100},
};

static const char cost[] = "signalling_bytes_per_mn_hour";

typedef struct extent {
    double x_low, x_high, y_high;
    int runs;
    bool intervals;             /* any group has one */
} extent;

/* Runs of a group one by one, for small points below the mean. */
static void put_runs(analysis_plot *p, const benefit *b, guint g, extent *e)
{
    analysis_plot_block(p, p->labels[g], "signalling benefit");
    sqlite3_stmt *s = analysis_plot_query(p, g_strdup_printf(
        "SELECT x.value, y.value * %g FROM metric x JOIN metric y USING (run_id)"
        " WHERE run_id IN (%s) AND x.node_id IS NULL AND y.node_id IS NULL"
        " AND x.name = '%s' AND y.name = '%s' AND x.value IS NOT NULL AND y.value IS NOT NULL",
        b->factor, analysis_plot_group(p, g)->ids, cost, b->metric), NULL);
    while (analysis_plot_row(p, s)) {
        double x = sqlite3_column_double(s, 0), y = sqlite3_column_double(s, 1);
        analysis_plot_numbers(p, (double[]){x, y}, 2);
        e->x_low = fmin(e->x_low, x);
        e->x_high = fmax(e->x_high, x);
        e->y_high = fmax(e->y_high, y);
        e->runs++;
    }
}

static void put_mean(analysis_plot *p, const benefit *b, guint g, extent *e)
{
    const analysis_runs *runs = analysis_plot_group(p, g);
    analysis_value x = analysis_metric(p->results, runs, cost);
    analysis_value y = analysis_metric(p->results, runs, b->metric);
    double dx = analysis_plot_interval(&x), dy = analysis_plot_interval(&y) * b->factor;
    analysis_plot_block(p, p->labels[g], "signalling benefit half-widths-of-95%-intervals");
    if (x.n == 0 || y.n == 0)
        return;
    analysis_plot_numbers(p, (double[]){x.mean, y.mean * b->factor, dx, dy}, 4);
    if (!isfinite(dx) || !isfinite(dy))
        return;
    e->intervals = true;
    e->x_low = fmin(e->x_low, x.mean - dx);
    e->x_high = fmax(e->x_high, x.mean + dx);
    e->y_high = fmax(e->y_high, y.mean * b->factor + dy);
}

/* How the mean of a group is drawn. g_free. */
static char *style_of(guint g)
{
    return g_strdup_printf("points pt %d ps 1.4 lc rgb '%s'", analysis_plot_point((int)g),
                           analysis_plot_colour((int)g));
}

static void put_points(analysis_plot *p, guint n, int base, bool intervals)
{
    g_string_append(p->script, "plot ");
    for (guint g = 0; g < n; g++) {
        const char *colour = analysis_plot_colour((int)g);
        int point = analysis_plot_point((int)g);
        g_autofree char *style = style_of(g);
        g_string_append_printf(p->script, "%s index %u using ($1 / 1e3):2 with points pt %d ps 0.4 "
                               "lc rgb '%s' notitle, \\\n     ", p->file, (guint)base + g, point,
                               colour);
        if (intervals)
            g_string_append_printf(p->script, "%s index %u using ($1 / 1e3):($2 - $4):(0):(2 * $4) "
                                   "with " ANALYSIS_PLOT_WHISKER " lc rgb '%s' notitle, \\\n     "
                                   "%s index %u using (($1 - $3) / 1e3):2:(2 * $3 / 1e3):(0) "
                                   "with " ANALYSIS_PLOT_WHISKER " lc rgb '%s' notitle, \\\n     ",
                                   p->file, (guint)base + n + g, colour, p->file,
                                   (guint)base + n + g, colour);
        g_string_append_printf(p->script, "%s index %u using ($1 / 1e3):2 with %s notitle%s",
                               p->file, (guint)base + n + g, style,
                               g + 1 < n ? ", \\\n     " : "\n");
    }
}

static void put_panel(analysis_plot *p, const benefit *b, guint n, int side, int *runs)
{
    extent e = {.x_low = INFINITY};
    int base = p->blocks;
    for (guint g = 0; g < n; g++)
        put_runs(p, b, g, &e);
    for (guint g = 0; g < n; g++)
        put_mean(p, b, g, &e);
    *runs += e.runs;
    double air = e.runs > 0 ? fmax(0.12 * (e.x_high - e.x_low), 0.04 * e.x_high) : 1;
    air = air > 0 ? air : 1;
    analysis_plot_panel(p, side == 0 ? 92 : 546, side == 0 ? 446 : p->width - 20, p->top, 320);
    analysis_plot_range(p, 'y', e.y_high * 1.03);
    if (e.runs > 0)
        analysis_plot_add(p, "set xrange [%.6g:%.6g]", (fmax(0, e.x_low - air)) / 1e3,
                          (e.x_high + air) / 1e3);
    analysis_plot_add(p, "set ylabel '%s'", b->label);
    put_points(p, n, base, e.intervals);
    if (e.runs > 0 && e.y_high <= 0)
        analysis_plot_note(p, "%s: all values are 0", b->label);
}

static void draw(analysis_plot *p)
{
    int runs = 0;
    guint n = analysis_plot_shown(p);
    g_auto(GStrv) styles = g_new0(char *, n + 1);
    for (guint g = 0; g < n; g++)
        styles[g] = style_of(g);
    analysis_plot_legend_panel(p, p->labels, (const char *const *)styles, (int)n);
    analysis_plot_add(p, "set grid xtics ytics");
    analysis_plot_add(p, "set xlabel 'signalling, kB per node and hour'");
    for (int side = 0; side < (int)G_N_ELEMENTS(benefits); side++)
        put_panel(p, &benefits[side], n, side, &runs);
    if (runs == 0)
        analysis_plot_nothing(p, "no run has figures of signalling and of queue or loss");
    else
        analysis_plot_note(p, "Lower and further left is better. Small points: runs; large ones: "
                              "their mean, with 95 %% confidence intervals where there are "
                              "replications");
}

const analysis_figure analysis_figure_trade = {
    "trade-off", "Signalling against what it buys",
    "largest queue and loss against signalling", draw, false};
