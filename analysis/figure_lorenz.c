/* Lorenz curves of the load of agents. SPDX-License-Identifier: GPL-3.0-or-later */

#include <math.h>

#include "analysis/plot_draw.h"

/* Add the curve of one run's loads, ascending; false where there is none. */
static bool add_curve(const GArray *loads, double *curve, guint n)
{
    double sum = 0, part = 0;
    for (guint i = 0; i < loads->len; i++)
        sum += g_array_index(loads, double, i);
    if (loads->len != n || sum <= 0)
        return false;
    for (guint i = 0; i < n; i++) {
        part += g_array_index(loads, double, i);
        curve[i] += part / sum;
    }
    return true;
}

static GArray *loads_of(analysis_plot *p, int64_t run)
{
    GArray *loads = g_array_new(FALSE, FALSE, sizeof(double));
    sqlite3_stmt *s = analysis_plot_query(p, g_strdup_printf(
        "SELECT value FROM metric WHERE run_id = %" G_GINT64_FORMAT " AND name = 'load_bps'"
        " AND node_id IS NOT NULL AND value IS NOT NULL ORDER BY value", run), NULL);
    while (analysis_plot_row(p, s)) {
        double load = sqlite3_column_double(s, 0);
        g_array_append_val(loads, load);
    }
    return loads;
}

/* A block with the mean curve of a group; its Gini coefficient, NaN where there is no load. */
static double put_group(analysis_plot *p, guint g)
{
    const analysis_runs *runs = analysis_plot_group(p, g);
    g_autoptr(GArray) first = loads_of(p, g_array_index(runs->run_ids, int64_t, 0));
    guint n = first->len, curves = 0;
    g_autofree double *curve = g_new0(double, n + 1);
    for (guint i = 0; i < runs->run_ids->len; i++) {
        g_autoptr(GArray) loads = loads_of(p, g_array_index(runs->run_ids, int64_t, i));
        curves += add_curve(loads, curve, n) ? 1 : 0;
    }
    analysis_plot_block(p, p->labels[g], "share-of-agents share-of-load");
    if (curves == 0)
        return NAN;
    double area = 0, before = 0;
    analysis_plot_numbers(p, (double[]){0, 0}, 2);
    for (guint i = 0; i < n; i++) {
        double y = curve[i] / curves;
        analysis_plot_numbers(p, (double[]){100.0 * (i + 1) / n, 100 * y}, 2);
        area += (before + y) / 2 / n;
        before = y;
    }
    return 1 - 2 * area;
}

static void put_plot(analysis_plot *p, char *const *labels)
{
    analysis_plot_legend(p, labels, (int)p->shown + 1);
    analysis_plot_panel(p, 92, p->width - 20, p->top, 400);
    analysis_plot_add(p, "set xrange [0:100]; set yrange [0:100]; set grid xtics");
    analysis_plot_add(p, "set xlabel 'agents, least loaded first, %%'; "
                         "set ylabel 'share of the load, %%'");
    g_string_append(p->script, "plot ");
    for (guint g = 0; g < p->shown; g++) {
        g_autofree char *label = analysis_plot_quote(labels[g]);
        g_string_append_printf(p->script, "%s index %u with linespoints lw 2 dt %d pt %d ps 0.8 "
                               "lc rgb '%s' title %s noenhanced, \\\n     ", p->file, g,
                               analysis_plot_dash((int)g), analysis_plot_point((int)g),
                               analysis_plot_colour((int)g), label);
    }
    g_string_append(p->script, "x with lines lw 1 dt 3 lc rgb '#555555' title 'equal load'\n");
}

static void draw(analysis_plot *p)
{
    bool any = false;
    p->shown = analysis_plot_shown(p);
    g_auto(GStrv) labels = g_new0(char *, p->shown + 2);
    for (guint g = 0; g < p->shown; g++) {
        double gini = put_group(p, g);
        any = any || isfinite(gini);
        labels[g] = isfinite(gini) ? g_strdup_printf("%s (Gini %.3f)", p->labels[g], fabs(gini))
                                   : g_strdup_printf("%s (no load)", p->labels[g]);
    }
    labels[p->shown] = g_strdup("equal load");
    if (!any)
        analysis_plot_nothing(p, "no agent had any load in these runs");
    else
        put_plot(p, labels);
}

const analysis_figure analysis_figure_lorenz = {
    "lorenz", "Lorenz curves of the load",
    "share of the load that the least loaded agents carry", draw, false};
