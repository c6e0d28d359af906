/* How long outages last that failures made: Kaplan and Meier's estimate, in which one that had not
 * ended counts for as long as it was seen. SPDX-License-Identifier: GPL-3.0-or-later */

#include <math.h>

#include "analysis/plot_draw.h"

typedef struct extent {
    double low, high;           /* outages that are drawn, s */
    double least;               /* share above the axis */
    guint censored;
} extent;

static double number_of(analysis_plot *p, const analysis_runs *runs, const char *what)
{
    double n = 0;
    sqlite3_stmt *s = analysis_plot_query(p, g_strdup_printf(
        "SELECT %s FROM outage WHERE run_id IN (%s)", what, runs->ids), NULL);
    while (analysis_plot_row(p, s))
        n = sqlite3_column_double(s, 0);
    return n;
}

/* Rows: seconds, share of outages that last longer, 1 where some were censored then. */
static void put_survival(analysis_plot *p, guint g, extent *e)
{
    const analysis_runs *runs = analysis_plot_group(p, g);
    double at_risk = number_of(p, runs, "count(*)"), survival = 1;
    e->censored += (guint)number_of(p, runs, "coalesce(sum(censored), 0)");
    analysis_plot_block(p, p->labels[g], "outage-s share-that-last-longer censored");
    if (at_risk > 0)
        analysis_plot_numbers(p, (double[]){0, 1, 0}, 3);
    sqlite3_stmt *s = analysis_plot_query(p, g_strdup_printf(
        "SELECT (ended_ns - began_ns) / 1e9, sum(NOT censored), sum(censored) FROM outage"
        " WHERE run_id IN (%s) GROUP BY ended_ns - began_ns ORDER BY 1", runs->ids), NULL);
    while (analysis_plot_row(p, s)) {
        double at = sqlite3_column_double(s, 0), ended = sqlite3_column_double(s, 1),
               censored = sqlite3_column_double(s, 2);
        survival *= 1 - ended / at_risk;
        at_risk -= ended + censored;
        survival = survival < 1e-12 ? 0 : survival;
        analysis_plot_numbers(p, (double[]){at, survival, censored}, 3);
        e->high = fmax(e->high, at);
        e->low = at > 0 ? fmin(e->low, at) : e->low;
        e->least = survival > 0 ? fmin(e->least, survival) : e->least;
    }
}

static void put_lines(analysis_plot *p)
{
    g_string_append(p->script, "plot ");
    for (guint g = 0; g < p->shown; g++) {
        g_autofree char *label = analysis_plot_quote(p->labels[g]);
        const char *colour = analysis_plot_colour((int)g);
        g_string_append_printf(p->script, "%s index %u using ($1 > LOW ? $1 : LOW):"
                               "($2 > 0 ? $2 : 1e-99) with steps lw 2 dt %d lc rgb '%s' title %s"
                               " noenhanced, \\\n     ", p->file, g, analysis_plot_dash((int)g),
                               colour, label);
        g_string_append_printf(p->script, "%s index %u using ($3 > 0 ? $1 : NaN):2 with points pt 1"
                               " ps 0.9 lc rgb '%s' notitle%s", p->file, g, colour,
                               g + 1 < p->shown ? ", \\\n     " : "\n");
    }
}

static bool has_table(analysis_plot *p)
{
    g_autofree char *any = analysis_text(
        p->results, "SELECT 1 FROM sqlite_schema WHERE name = 'outage'");
    return any != NULL;
}

static void draw_outages(analysis_plot *p)
{
    extent e = {.low = INFINITY, .least = 1};
    p->shown = analysis_plot_shown(p);
    for (guint g = 0; has_table(p) && g < p->shown; g++)
        put_survival(p, g, &e);
    if (e.high <= 0) {
        analysis_plot_nothing(p, "no failure of an agent cost a packet in these runs");
        return;
    }
    char low[G_ASCII_DTOSTR_BUF_SIZE];
    analysis_plot_legend(p, p->labels, (int)p->shown);
    analysis_plot_panel(p, 92, p->width - 20, p->top, 340);
    analysis_plot_log(p, 'x', e.low * 0.8, e.high * 1.25);
    analysis_plot_log(p, 'y', fmin(e.least / 2, 0.05), 1);
    analysis_plot_add(p, "LOW = %s", g_ascii_formatd(low, sizeof low, "%.6g", e.low * 0.8));
    analysis_plot_add(p, "set grid xtics ytics");
    analysis_plot_add(p, "set xlabel 'outage, s'");
    analysis_plot_add(p, "set ylabel 'share of outages that last longer'");
    if (e.censored > 0)
        analysis_plot_note(p, "Of all outages %u had not ended (crosses); the estimate is Kaplan "
                              "and Meier's", e.censored);
    analysis_plot_note(p, "From the first packet lost by a failure to the first delivered of those "
                          "sent afterwards, each direction of each node");
    put_lines(p);
}

const analysis_figure analysis_figure_outages = {
    .name = "outages", .title = "Outages by failures of agents",
    .help = "how long failures of agents cut nodes off, log scales", .draw = draw_outages,
    .rare = true};
