/* Bars: load of each agent, packets lost by cause. SPDX-License-Identifier: GPL-3.0-or-later */

#include <math.h>

#include "analysis/plot_draw.h"

/* What is drawn: clusters along x, in each a bar for every group. */
typedef struct bars {
    const char *label, *unit;   /* of y */
    GPtrArray *names;           /* of clusters */
    /* Both are given the name of a cluster. */
    analysis_value (*value)(analysis_plot *plot, const analysis_runs *runs, const char *name);
    double (*mark)(analysis_plot *plot, const char *name);  /* a line across, or NULL */
    const char *mark_label;
    /* A band across, or NULL; false: none there. */
    bool (*band)(analysis_plot *plot, const char *name, double *low, double *high);
    const char *band_label;
} bars;

/* One block of cluster, mean, half interval for each group; the largest value drawn. */
static double put_values(analysis_plot *p, const bars *b, int *most_runs, double *least_runs)
{
    double most = 0;
    for (guint g = 0; g < p->shown; g++) {
        analysis_plot_block(p, p->labels[g], "cluster mean half-width-of-95%-interval runs");
        for (guint c = 0; c < b->names->len; c++) {
            const char *name = g_ptr_array_index(b->names, c);
            analysis_value v = b->value(p, analysis_plot_group(p, g), name);
            double half = analysis_plot_interval(&v), mean = v.n > 0 ? v.mean : NAN;
            analysis_plot_numbers(p, (double[]){c, mean, half, v.n}, 4);
            most = fmax(most, v.n > 0 ? mean + (isfinite(half) ? half : 0) : 0);
            *most_runs = MAX(*most_runs, v.n);
            *least_runs = v.n > 0 ? fmin(*least_runs, v.n) : *least_runs;
        }
    }
    return most;
}

static bool put_marks(analysis_plot *p, const bars *b, double *most)
{
    bool any = false;
    double highest = *most;
    if (!b->mark)
        return false;
    analysis_plot_block(p, b->mark_label, "cluster value");
    for (guint c = 0; c < b->names->len; c++) {
        double mark = b->mark(p, g_ptr_array_index(b->names, c));
        if (mark > 4 * highest)     /* would leave no room for the bars */
            mark = NAN;
        analysis_plot_numbers(p, (double[]){c, mark}, 2);
        any = any || isfinite(mark);
        *most = fmax(*most, isfinite(mark) ? mark : 0);
    }
    return any;
}

/* The index of the block of bands, -1 where there is none. */
static int put_bands(analysis_plot *p, const bars *b, double *most)
{
    bool any = false;
    if (!b->band)
        return -1;
    int block = analysis_plot_block(p, b->band_label, "cluster low high");
    for (guint c = 0; c < b->names->len; c++) {
        double low = NAN, high = NAN;
        any = b->band(p, g_ptr_array_index(b->names, c), &low, &high) || any;
        analysis_plot_numbers(p, (double[]){c, low, high}, 3);
        *most = fmax(*most, isfinite(high) ? high : 0);
    }
    return any ? block : -1;
}

static void put_tics(analysis_plot *p, const bars *b)
{
    size_t length = 0;
    for (guint c = 0; c < b->names->len; c++)
        length = MAX(length, (size_t)g_utf8_strlen(g_ptr_array_index(b->names, c), -1));
    bool upright = length * 8 * b->names->len > 780;
    p->bottom = upright ? 34 + (int)MIN(length, 60) * 11 / 2 : 46;
    g_string_append_printf(p->script, "set xtics scale 0 %s(", upright ? "rotate by -50 " : "");
    for (guint c = 0; c < b->names->len; c++) {
        g_autofree char *name = analysis_plot_quote_tic(g_ptr_array_index(b->names, c));
        g_string_append_printf(p->script, "%s%s %u", c > 0 ? ", " : "", name, c);
    }
    g_string_append(p->script, ") noenhanced\n");
}

/* Behind the bars, and thin as it may be its border is seen. */
static void put_band_plot(analysis_plot *p, const bars *b, const analysis_scale *scale, int block)
{
    g_autofree char *label = analysis_plot_quote(b->band_label);
    g_string_append_printf(p->script, "%s index %d using 1:($2 * %g):($1 - 0.48):($1 + 0.48):"
                           "($2 * %g):($3 * %g) with boxxyerror lw 1.2 lc rgb '#7f7f7f' "
                           "fc rgb '#c8c8c8' fs solid 1 border lc rgb '#7f7f7f' title %s "
                           "noenhanced, \\\n     ", p->file, block, scale->factor, scale->factor,
                           scale->factor, label);
}

static void put_plot(analysis_plot *p, const bars *b, const analysis_scale *scale, bool marks,
                     int bands, bool intervals)
{
    guint n = p->shown;
    double width = 0.78 / n;
    double bar = width * (p->width - 112) / (b->names->len + 0.2);      /* pixels */
    double head = fmin(0.005, 0.35 * bar / p->width);
    g_string_append(p->script, "plot ");
    if (bands >= 0)
        put_band_plot(p, b, scale, bands);
    for (guint g = 0; g < n; g++) {
        g_autofree char *label = analysis_plot_quote(p->labels[g]);
        double shift = (g - (n - 1) / 2.0) * width;
        g_string_append_printf(p->script, "%s index %u using ($1 + %.4f):($2 * %g):(%.4f) "
                               "with boxes lt 1 lw 0.6 lc rgb '#000000' "
                               "fc rgb '%s' fs solid 1 border title %s noenhanced, \\\n     ",
                               p->file, g, shift, scale->factor, width * 0.92,
                               analysis_plot_colour((int)g), label);
    }
    for (guint g = 0; g < n && intervals; g++)
        g_string_append_printf(p->script, "%s index %u using ($1 + %.4f):(($2 - $3) * %g):(0):"
                               "(2 * $3 * %g) with vectors heads size screen %.5f,90 nofilled "
                               "lw %g lc rgb '#000000' notitle, \\\n     ", p->file, g,
                               (g - (n - 1) / 2.0) * width, scale->factor, scale->factor, head,
                               head < 0.003 ? 0.9 : 1.3);
    if (marks)
        g_string_append_printf(p->script, "%s index %u using ($1 - 0.46):($2 * %g):(0.92):(0) "
                               "with vectors nohead lw 1.6 dt 2 lc rgb '#000000' "
                               "title 'capacity', \\\n     ", p->file, n, scale->factor);
    g_string_append(p->script, "NaN notitle\n");
}

static void draw_bars(analysis_plot *p, const bars *b)
{
    int most_runs = 0;
    p->shown = analysis_plot_shown(p);
    double least_runs = INFINITY;
    double bar_most = put_values(p, b, &most_runs, &least_runs), most = bar_most;
    bool marks = put_marks(p, b, &most);
    int bands = put_bands(p, b, &most);
    if (most_runs == 0) {
        analysis_plot_nothing(p, "no figures of %s in these runs", b->label);
        return;
    }
    if (bar_most <= 0)
        analysis_plot_note(p, "All values are 0");
    if (most_runs == 1)
        analysis_plot_note(p, "One replication: no interval");
    else
        analysis_plot_note(p, "Bars: mean; whiskers: 95 %% confidence interval of the mean over "
                              "%s%d replications", least_runs < most_runs ? "up to " : "",
                           most_runs);
    analysis_scale scale = analysis_plot_scale(b->unit, most);
    g_autoptr(GPtrArray) labels = g_ptr_array_new();
    if (bands >= 0)
        g_ptr_array_add(labels, (gpointer)b->band_label);
    for (guint g = 0; g < p->shown; g++)
        g_ptr_array_add(labels, p->labels[g]);
    if (marks)
        g_ptr_array_add(labels, (gpointer)b->mark_label);
    analysis_plot_legend(p, (char *const *)labels->pdata, (int)labels->len);
    analysis_plot_panel(p, 92, p->width - 20, p->top, 300);
    put_tics(p, b);
    analysis_plot_range(p, 'y', most * scale.factor);
    double air = b->names->len < 3 ? 1.4 : 0.6;     /* a bar is no wall */
    analysis_plot_add(p, "set xrange [%g:%g]", -air, b->names->len - 1 + air);
    g_autofree char *label = g_strdup_printf("%s, %s", b->label, scale.unit);
    g_autofree char *quoted = analysis_plot_quote(label);
    analysis_plot_add(p, "set ylabel %s noenhanced", quoted);
    put_plot(p, b, &scale, marks, bands, most_runs > 1);
}

/* ---- load --------------------------------------------------------------------------------- */

static analysis_value load_of(analysis_plot *p, const analysis_runs *runs, const char *agent)
{
    return analysis_agent_metric(p->results, runs, agent, "load_bps");
}

/* Capacity of an agent, where it is one and the same in all runs: load over its share. */
static double capacity_of(analysis_plot *p, const char *agent)
{
    double low = INFINITY, high = 0;
    for (guint g = 0; g < p->shown; g++) {
        analysis_value load = load_of(p, analysis_plot_group(p, g), agent);
        analysis_value share = analysis_agent_metric(p->results, analysis_plot_group(p, g), agent,
                                                     "offered_load");
        if (load.n == 0 || share.n != load.n || share.mean <= 0)
            continue;
        low = fmin(low, load.mean / share.mean);
        high = fmax(high, load.mean / share.mean);
    }
    return high > 0 && high < low * 1.01 ? high : NAN;
}

static double mean_of(analysis_plot *p, const char *metric)
{
    double mean = NAN;
    sqlite3_stmt *s = analysis_plot_query(p, g_strdup_printf(
        "SELECT avg(value) FROM metric WHERE run_id IN (%s) AND name = ?1 AND node_id IS NULL",
        p->ids), metric);
    while (analysis_plot_row(p, s))
        if (sqlite3_column_type(s, 0) != SQLITE_NULL)
            mean = sqlite3_column_double(s, 0);
    return mean;
}

/* Below the band no peak can be, at its upper end is longest-processing-time-first's. */
static bool best_of(analysis_plot *p, const char *agent, double *low, double *high)
{
    double capacity = capacity_of(p, agent);
    *low = capacity * mean_of(p, "peak_load_bound");
    *high = capacity * mean_of(p, "peak_load_lpt");
    return isfinite(*low) && isfinite(*high);
}

static void draw_load(analysis_plot *p)
{
    g_autoptr(GPtrArray) agents = analysis_agents(p->results, p->ids);
    const bars b = {.label = "offered tunnel traffic", .unit = "bit/s", .names = agents,
                    .value = load_of, .mark = capacity_of, .mark_label = "capacity",
                    .band = best_of, .band_label = "best peak: lower bound to LPT"};
    if (agents->len == 0)
        analysis_plot_nothing(p, "no home agents in these runs");
    else
        draw_bars(p, &b);
}

/* ---- losses ------------------------------------------------------------------------------- */

static analysis_value loss_of(analysis_plot *p, const analysis_runs *runs, const char *cause)
{
    return analysis_sum(p->results, runs, "loss", "cause", cause, "packets");
}

static void draw_loss(analysis_plot *p)
{
    g_autoptr(GPtrArray) causes = analysis_kinds(p->results, p->ids, "loss", "cause");
    const bars b = {.label = "packets lost in the whole run", .unit = "packets",
                    .names = causes, .value = loss_of};
    if (causes->len == 0)
        analysis_plot_nothing(p, "no packet was lost in these runs");
    else
        draw_bars(p, &b);
}

const analysis_figure analysis_figure_load = {
    "load-distribution", "Load of agents", "offered load of each agent against its capacity",
    draw_load, false};
const analysis_figure analysis_figure_loss = {
    "loss", "Packets lost", "packets lost by cause", draw_loss, false};
