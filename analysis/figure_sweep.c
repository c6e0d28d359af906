/* A metric against a swept parameter. SPDX-License-Identifier: GPL-3.0-or-later */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/plot_draw.h"
#include "analysis/plot_runs.h"

/* ---- values of a key ---------------------------------------------------------------------- */

/* A quantity of a scenario file in the unit that all are compared in; false: not a number. */
static bool quantity(const char *text, double *value, const char **unit)
{
    static const struct {
        const char *unit, *base;
        double factor;
    } units[] = {
        {"", "", 1}, {"%", "%", 1}, {"packets", "packets", 1}, {"packet", "packets", 1},
        {"ns", "s", 1e-9}, {"us", "s", 1e-6}, {"ms", "s", 1e-3}, {"s", "s", 1},
        {"min", "s", 60}, {"h", "s", 3600}, {"bit/s", "Mbit/s", 1e-6},
        {"kbit/s", "Mbit/s", 1e-3}, {"Mbit/s", "Mbit/s", 1}, {"Gbit/s", "Mbit/s", 1e3},
        {"B", "B", 1}, {"kB", "B", 1e3}, {"MB", "B", 1e6}, {"GB", "B", 1e9},
        {"KiB", "B", 1024}, {"MiB", "B", 1048576}, {"GiB", "B", 1073741824},
        {"/s", "/s", 1}, {"/min", "/s", 1 / 60.0}, {"/h", "/s", 1 / 3600.0},
        {"mm", "m", 1e-3}, {"cm", "m", 1e-2}, {"m", "m", 1}, {"km", "m", 1e3},
        {"m/s", "m/s", 1}, {"km/h", "m/s", 1 / 3.6},
    };
    char *end;
    double number = g_ascii_strtod(text, &end);
    if (end == text || !isfinite(number))
        return false;
    g_autofree char *rest = g_strstrip(g_strdup(end));
    for (size_t i = 0; i < G_N_ELEMENTS(units); i++)
        if (strcmp(rest, units[i].unit) == 0) {
            *value = number * units[i].factor;
            *unit = units[i].base;
            return true;
        }
    return false;
}

typedef struct point {
    char *series, *text;        /* text: the value of the key as it was written */
    double x;
    analysis_value y;
} point;

typedef struct sweep {
    char *key;
    const char *metric;
    GArray *points;
    GPtrArray *series;          /* names in order of appearance, borrowed from points */
    GPtrArray *texts;           /* where values are no quantities: tics, in order */
    const char *unit;
    double low, high, least, most;  /* of x; of y, whiskers included in most */
    int most_runs;
} sweep;

static void point_clear(void *p)
{
    g_free(((point *)p)->series);
    g_free(((point *)p)->text);
}

static point *at(const sweep *w, guint i)
{
    return &g_array_index(w->points, point, i);
}

/* The policy and what else varies: one line of the figure. */
static char *series_of(analysis_plot *p, const analysis_runs *runs, char **keys, const char *x)
{
    GString *out = g_string_new(runs->policy);
    for (int k = 0; keys[k]; k++) {
        if (strcmp(keys[k], x) == 0)
            continue;
        g_autofree char *value = analysis_plot_parameter(p->results, runs, keys[k]);
        g_string_append_printf(out, ", %s=%s", keys[k], value ? value : "");
    }
    return g_string_free(out, FALSE);
}

/* Numbers where all values are quantities of one kind, else places in order. */
static void place_points(sweep *w)
{
    bool numbers = true;
    for (guint i = 0; i < w->points->len; i++) {
        const char *unit = NULL;
        numbers = quantity(at(w, i)->text, &at(w, i)->x, &unit) && numbers;
        numbers = numbers && (!w->unit || strcmp(w->unit, unit) == 0);
        w->unit = unit;
    }
    for (guint i = 0; i < w->points->len && !numbers; i++) {
        guint place;
        if (!g_ptr_array_find_with_equal_func(w->texts, at(w, i)->text, g_str_equal, &place)) {
            place = w->texts->len;
            g_ptr_array_add(w->texts, at(w, i)->text);
        }
        at(w, i)->x = place;
    }
    for (guint i = 0; i < w->points->len; i++) {
        w->low = fmin(w->low, at(w, i)->x);
        w->high = fmax(w->high, at(w, i)->x);
    }
}

static int compare_points(const void *a, const void *b)
{
    double x = ((const point *)a)->x, y = ((const point *)b)->x;
    return (x > y) - (x < y);
}

static void collect(analysis_plot *p, sweep *w, char **keys)
{
    for (guint g = 0; g < p->groups->len; g++) {
        const analysis_runs *runs = analysis_plot_group(p, g);
        point q = {.y = analysis_metric(p->results, runs, w->metric)};
        char *text = analysis_plot_parameter(p->results, runs, w->key);
        q.text = text ? text : g_strdup("-");
        q.series = series_of(p, runs, keys, w->key);
        g_array_append_val(w->points, q);
        if (!g_ptr_array_find_with_equal_func(w->series, q.series, g_str_equal, NULL))
            g_ptr_array_add(w->series, q.series);
        w->most_runs = MAX(w->most_runs, q.y.n);
        if (q.y.n == 0)
            analysis_plot_note(p, "%s at %s: no value", q.series, q.text);
    }
    place_points(w);
    g_array_sort(w->points, compare_points);
}

/* ---- drawing ------------------------------------------------------------------------------ */

static void put_series(analysis_plot *p, sweep *w, const char *series, guint shown)
{
    analysis_plot_block(p, series, "parameter mean half-width-of-95%-interval runs");
    for (guint i = 0; i < w->points->len; i++) {
        const point *q = at(w, i);
        if (strcmp(q->series, series) != 0 || q->y.n == 0)
            continue;
        double half = analysis_plot_interval(&q->y), up = isfinite(half) ? half : 0;
        double nudge = w->texts->len > 0 ? 0.06 * (shown - (w->series->len - 1) / 2.0) : 0;
        analysis_plot_numbers(p, (double[]){q->x + nudge, q->y.mean, half, q->y.n}, 4);
        w->most = fmax(w->most, q->y.mean + up);
        w->least = fmin(w->least, q->y.mean);
    }
}

static void put_x_axis(analysis_plot *p, const sweep *w)
{
    g_autofree char *label = w->unit && *w->unit && w->texts->len == 0
        ? g_strdup_printf("%s, %s", w->key, w->unit) : g_strdup(w->key);
    g_autofree char *quoted = analysis_plot_quote(label);
    analysis_plot_add(p, "set xlabel %s noenhanced", quoted);
    double air = w->high > w->low ? 0.04 * (w->high - w->low) : 0.5;
    if (w->texts->len == 0 && w->low > 0 && w->high > 30 * w->low) {
        analysis_plot_log(p, 'x', w->low * 0.8, w->high * 1.25);
        return;
    }
    if (w->texts->len > 0)
        air = 0.5;
    analysis_plot_add(p, "set xrange [%.6g:%.6g]", w->low - air, w->high + air);
    if (w->texts->len == 0)
        return;
    g_string_append(p->script, "set xtics (");
    for (guint i = 0; i < w->texts->len; i++) {
        g_autofree char *tic = analysis_plot_quote_tic(g_ptr_array_index(w->texts, i));
        g_string_append_printf(p->script, "%s%s %u", i > 0 ? ", " : "", tic, i);
    }
    g_string_append(p->script, ") noenhanced\n");
}

static void put_y_axis(analysis_plot *p, const sweep *w)
{
    sqlite3_stmt *s = analysis_plot_query(p, g_strdup("SELECT unit FROM metric WHERE name = ?1"
                                                      " LIMIT 1"), w->metric);
    g_autofree char *unit = g_strdup("1");
    while (analysis_plot_row(p, s)) {
        g_free(unit);
        unit = g_strdup((const char *)sqlite3_column_text(s, 0));
    }
    bool peak = strcmp(w->metric, "peak_to_mean_load") == 0;
    g_autofree char *label = peak ? g_strdup("peak to mean of load (1 is even)")
        : strcmp(unit, "1") == 0 ? g_strdup(w->metric) : g_strdup_printf("%s, %s", w->metric, unit);
    g_autofree char *quoted = analysis_plot_quote(label);
    bool wide = !peak && w->least > 0 && w->most > 30 * w->least;
    double floor = wide ? w->least * 0.7 : -1e300;     /* whiskers end there on a log axis */
    analysis_plot_add(p, "whisker(y) = y > %.6g ? y : %.6g", floor, floor);
    if (peak)
        analysis_plot_add(p, "set yrange [1:%.6g]", fmax(1 + (w->most - 1) * 1.08, 1.1));
    else if (wide)
        analysis_plot_log(p, 'y', floor, w->most * 1.3);
    else
        analysis_plot_range(p, 'y', w->most);
    analysis_plot_add(p, "set ylabel %s noenhanced", quoted);
}

static void put_plot(analysis_plot *p, sweep *w)
{
    guint n = MIN(w->series->len, ANALYSIS_MOST_LINES);
    if (n < w->series->len)
        analysis_plot_note(p, "The first %u of %u lines are shown (--runs chooses others)", n,
                           w->series->len);
    for (guint i = 0; i < n; i++)
        put_series(p, w, g_ptr_array_index(w->series, i), i);
    analysis_plot_legend(p, (char *const *)w->series->pdata, (int)n);
    analysis_plot_panel(p, 92, p->width - 20, p->top, 320);
    put_x_axis(p, w);
    put_y_axis(p, w);
    g_string_append(p->script, "plot ");
    for (guint i = 0; i < n; i++) {
        g_autofree char *name = analysis_plot_quote(g_ptr_array_index(w->series, i));
        const char *colour = analysis_plot_colour((int)i);
        g_string_append_printf(p->script, "%s index %u with linespoints lw 2 dt %d pt %d ps 0.9 "
                               "lc rgb '%s' title %s noenhanced", p->file, i,
                               analysis_plot_dash((int)i), analysis_plot_point((int)i),
                               colour, name);
        if (w->most_runs > 1)
            g_string_append_printf(p->script, ", \\\n     %s index %u using 1:(whisker($2 - $3)):"
                                   "(0):($2 + $3 - whisker($2 - $3)) with "
                                   ANALYSIS_PLOT_WHISKER " lc rgb '%s' notitle", p->file, i,
                                   colour);
        g_string_append(p->script, i + 1 < n ? ", \\\n     " : "\n");
    }
    if (w->most_runs > 1)
        analysis_plot_note(p, "Whiskers: 95 %% confidence interval of the mean over %d "
                              "replications", w->most_runs);
    else
        analysis_plot_note(p, "One replication: no interval");
}

static void draw_sweep(analysis_plot *p, sweep *w, char **keys)
{
    collect(p, w, keys);
    if (w->most_runs == 0)
        analysis_plot_nothing(p, "no run has a value of the metric %s", w->metric);
    else
        put_plot(p, w);
}

static void draw(analysis_plot *p)
{
    g_auto(GStrv) keys = analysis_plot_varying(p->results, p->ids);
    const char *key = p->options->parameter ? p->options->parameter : keys[0];
    if (!key) {
        analysis_plot_nothing(p, "no key differs between these runs: there is nothing swept");
        return;
    }
    sweep w = {.key = g_strdup(key), .low = INFINITY, .high = -INFINITY,
               .least = INFINITY,
               .metric = p->options->metric ? p->options->metric : "peak_to_mean_load",
               .points = g_array_new(FALSE, TRUE, sizeof(point)),
               .series = g_ptr_array_new(), .texts = g_ptr_array_new()};
    g_array_set_clear_func(w.points, point_clear);
    draw_sweep(p, &w, keys);
    g_array_unref(w.points);
    g_ptr_array_unref(w.series);
    g_ptr_array_unref(w.texts);
    g_free(w.key);
}

const analysis_figure analysis_figure_sweep = {
    "peak-to-mean", "Peak to mean of the load against a swept key",
    "peak to mean of the load (or --metric) against a swept key", draw, false};
