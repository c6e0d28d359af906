/* Distributions: delay, age of information. SPDX-License-Identifier: GPL-3.0-or-later */

#include <math.h>

#include "analysis/plot_draw.h"

/* One line for each group, in the order of the blocks. */
static void put_lines(analysis_plot *p, const char *columns, const char *style)
{
    g_string_append(p->script, "plot ");
    for (guint g = 0; g < p->shown; g++) {
        g_autofree char *label = analysis_plot_quote(p->labels[g]);
        g_string_append_printf(p->script, "%s index %u using %s with %s lw 2 dt %d "
                               "lc rgb '%s' title %s noenhanced%s", p->file, g, columns, style,
                               analysis_plot_dash((int)g), analysis_plot_colour((int)g),
                               label, g + 1 < p->shown ? ", \\\n     " : "\n");
    }
}

/* ---- delay -------------------------------------------------------------------------------- */

typedef struct extent {
    double low, high;           /* of what is drawn; low > high: nothing */
    double rarest;              /* least share drawn */
    double total;               /* of one group */
} extent;

static double count_of(analysis_plot *p, const analysis_runs *runs)
{
    double total = 0;
    sqlite3_stmt *s = analysis_plot_query(p, g_strdup_printf(
        "SELECT coalesce(sum(count), 0) FROM histogram WHERE run_id IN (%s) AND name = 'delay'"
        " AND node_id IS NULL", runs->ids), NULL);
    while (analysis_plot_row(p, s))
        total = sqlite3_column_double(s, 0);
    return total;
}

/* Share of packets with a delay above each bin's upper end; the last is 0. */
static void put_ccdf(analysis_plot *p, guint g, extent *e)
{
    const analysis_runs *runs = analysis_plot_group(p, g);
    double total = count_of(p, runs), above = total;
    analysis_plot_block(p, p->labels[g], "delay-s share-of-packets-above");
    sqlite3_stmt *s = analysis_plot_query(p, g_strdup_printf(
        "SELECT bin_low, bin_high, sum(count) FROM histogram WHERE run_id IN (%s)"
        " AND name = 'delay' AND node_id IS NULL GROUP BY 1, 2 HAVING sum(count) > 0 ORDER BY 1",
        runs->ids), NULL);
    bool first = true;
    while (analysis_plot_row(p, s)) {
        double low = fmax(sqlite3_column_double(s, 0), 1e-9);
        double high = fmax(sqlite3_column_double(s, 1), low);
        if (first)
            analysis_plot_numbers(p, (double[]){low, 1}, 2);
        e->low = fmin(e->low, low);
        first = false;
        above -= sqlite3_column_double(s, 2);
        double share = above > 0 ? above / total : 0;
        e->rarest = share > 0 ? fmin(e->rarest, share) : e->rarest;
        e->high = fmax(e->high, high);
        analysis_plot_numbers(p, (double[]){high, share}, 2);
    }
}

static void draw_delay(analysis_plot *p)
{
    extent e = {.low = INFINITY, .high = 0, .rarest = 1};
    p->shown = analysis_plot_shown(p);
    for (guint g = 0; g < p->shown; g++)
        put_ccdf(p, g, &e);
    if (e.high <= 0) {
        analysis_plot_nothing(p, "no packet was delivered through an agent in these runs");
        return;
    }
    analysis_scale scale = analysis_plot_scale("s", e.high > 1 ? 0.1 : e.high);
    analysis_plot_legend(p, p->labels, (int)p->shown);
    analysis_plot_panel(p, 92, p->width - 20, p->top, 340);
    analysis_plot_log(p, 'x', e.low * scale.factor * 0.8, e.high * scale.factor * 1.25);
    analysis_plot_log(p, 'y', fmin(e.rarest / 2, 0.05), 1);
    analysis_plot_add(p, "set grid xtics ytics");
    analysis_plot_add(p, "set xlabel 'delay through the tunnel, %s'", scale.unit);
    analysis_plot_add(p, "set ylabel 'share of packets delayed longer'");
    g_autofree char *columns = g_strdup_printf("($1 * %g):($2 > 0 ? $2 : 1e-99)",
                                                  scale.factor);    /* 0 is below the axis */
    analysis_plot_note(p, "Delivered packets; bins are 0.8 %% wide");
    put_lines(p, columns, "lines");
}

/* ---- age of information ------------------------------------------------------------------- */

static GArray *ages_of(analysis_plot *p, const analysis_runs *runs)
{
    GArray *ages = g_array_new(FALSE, FALSE, sizeof(double));
    sqlite3_stmt *s = analysis_plot_query(p, g_strdup_printf(
        "SELECT information_age_ns / 1e9 FROM decision WHERE run_id IN (%s)"
        " AND information_age_ns IS NOT NULL AND outcome IS NOT 'repeated' ORDER BY 1",
        runs->ids), NULL);
    while (analysis_plot_row(p, s)) {
        double age = sqlite3_column_double(s, 0);
        g_array_append_val(ages, age);
    }
    return ages;
}

static void put_ages(analysis_plot *p, guint g, const GArray *ages, double most)
{
    enum { MOST_STEPS = 1000 };
    guint stride = ages->len / MOST_STEPS + 1;
    analysis_plot_block(p, p->labels[g], "age-s share-of-decisions-not-above");
    if (ages->len == 0)
        return;
    analysis_plot_numbers(p, (double[]){0, 0}, 2);
    for (guint i = 0; i < ages->len; i++)
        if (i % stride == 0 || i + 1 == ages->len)
            analysis_plot_numbers(p, (double[]){g_array_index(ages, double, i),
                                                100.0 * (i + 1) / ages->len}, 2);
    analysis_plot_numbers(p, (double[]){most, 100}, 2);
}

static void put_age_plot(analysis_plot *p, double most)
{
    analysis_scale scale = analysis_plot_scale("s", most);
    analysis_plot_legend(p, p->labels, (int)p->shown);
    analysis_plot_panel(p, 92, p->width - 20, p->top, 300);
    analysis_plot_range(p, 'x', most * scale.factor);
    analysis_plot_range(p, 'y', 100);
    analysis_plot_add(p, "set xlabel 'age of what the deciding agent knew of its target, %s'",
                      scale.unit);
    analysis_plot_add(p, "set ylabel 'decisions with that age or less, %%'");
    g_autofree char *columns = g_strdup_printf("($1 * %g):2", scale.factor);
    put_lines(p, columns, "steps");
}

static void draw_age(analysis_plot *p)
{
    double most = 0;
    guint decisions = 0;
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
    p->shown = analysis_plot_shown(p);
    for (guint g = 0; g < p->shown; g++) {
        GArray *ages = ages_of(p, analysis_plot_group(p, g));
        g_ptr_array_add(all, ages);
        decisions += ages->len;
        if (ages->len == 0)
            analysis_plot_note(p, "%s: no decision", p->labels[g]);
        else
            most = fmax(most, g_array_index(ages, double, ages->len - 1));
    }
    for (guint g = 0; g < p->shown; g++)
        put_ages(p, g, g_ptr_array_index(all, g), most > 0 ? most * 1.05 : 1);
    if (decisions == 0)
        analysis_plot_nothing(p, "no decision to move a node was made in these runs");
    else
        put_age_plot(p, most);
}

const analysis_figure analysis_figure_delay = {
    "delay", "Delay through the tunnel", "complementary distribution of the delay, log scales",
    draw_delay, false};
const analysis_figure analysis_figure_age = {
    "information-age", "Age of information at a decision",
    "how old what the agent knew was when it decided", draw_age, false};
