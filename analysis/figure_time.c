/* Queue and mobile nodes of each agent over time, a panel per policy.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <math.h>
#include <stdlib.h>

#include "analysis/plot_draw.h"

typedef struct series {
    const char *value;          /* of a bucket of samples, SQL */
    const char *peak;           /* the largest of a run, SQL */
    const char *label;          /* of y */
    bool around;                /* failures, and no more of the run */
    double from_s, to_s;
} series;

typedef struct agents {
    GPtrArray *names;
    bool *named;                /* has a colour and a name; the others are grey */
    GArray *order;              /* names by index, those in grey first: they are drawn below */
    int n_named;
} agents;

enum { PANEL_HEIGHT = 132, PANEL_STEP = 168, MOST_SAMPLES = 1500, MARKS = 12 };

/* ---- which agents ------------------------------------------------------------------------- */

static double peak_of(analysis_plot *p, const series *s, const char *agent)
{
    double peak = -1;
    sqlite3_stmt *q = analysis_plot_query(p, g_strdup_printf(
        "SELECT %s FROM ha_sample JOIN node USING (run_id, node_id) WHERE run_id IN (%s)"
        " AND name = ?1", s->peak, p->ids), agent);
    while (analysis_plot_row(p, q))
        if (sqlite3_column_type(q, 0) != SQLITE_NULL)
            peak = sqlite3_column_double(q, 0);
    return peak;
}

/* More agents than a reader can tell apart: those with the largest peaks get a name. */
static void choose(analysis_plot *p, const series *s, agents *a)
{
    guint n = a->names->len;
    g_autofree double *peaks = g_new(double, n);
    for (guint i = 0; i < n; i++)
        peaks[i] = n > ANALYSIS_MOST_LINES ? peak_of(p, s, g_ptr_array_index(a->names, i)) : 0;
    for (guint k = 0; k < n && k < ANALYSIS_MOST_LINES; k++) {
        guint best = n;
        for (guint i = 0; i < n; i++)
            if (!a->named[i] && (best == n || peaks[i] > peaks[best]))
                best = i;
        a->named[best] = true;
        a->n_named++;
    }
    for (int pass = 0; pass < 2; pass++)
        for (guint i = 0; i < n; i++)
            if (a->named[i] == (pass == 1))
                g_array_append_val(a->order, i);
}

/* ---- around failures --------------------------------------------------------------------- */

enum { BEFORE_S = 30, AFTER_S = 60, MOST_FAILURES = 20 };

/* From half a minute before the first failure to a minute after the last is over. */
static bool look_around(analysis_plot *p, series *s)
{
    g_autofree char *any = analysis_text(
        p->results, "SELECT 1 FROM sqlite_schema WHERE name = 'failure'");
    bool found = false;
    if (!any)
        return false;
    sqlite3_stmt *q = analysis_plot_query(p, g_strdup_printf(
        "SELECT min(began_ns) / 1e9, max(coalesce(ended_ns, simulated_ns)) / 1e9,"
        " max(simulated_ns) / 1e9 FROM failure JOIN run USING (run_id) WHERE run_id IN (%s)",
        p->ids), NULL);
    while (analysis_plot_row(p, q)) {
        found = sqlite3_column_type(q, 0) != SQLITE_NULL;
        s->from_s = fmax(0, sqlite3_column_double(q, 0) - BEFORE_S);
        s->to_s = fmin(sqlite3_column_double(q, 1) + AFTER_S, sqlite3_column_double(q, 2));
    }
    return found;
}

/* A line where one begins, a dashed one where it ends. */
static void mark_failures(analysis_plot *p, int64_t run)
{
    int n = 0;
    analysis_plot_add(p, "unset arrow");
    sqlite3_stmt *q = analysis_plot_query(p, g_strdup_printf(
        "SELECT began_ns / 1e9, ended_ns / 1e9 FROM failure WHERE run_id = %" G_GINT64_FORMAT
        " ORDER BY failure LIMIT %d", run, MOST_FAILURES), NULL);
    while (analysis_plot_row(p, q))
        for (int end = 0; end < 2; end++) {
            char at[G_ASCII_DTOSTR_BUF_SIZE];
            g_ascii_formatd(at, sizeof at, "%.10g", sqlite3_column_double(q, end));
            if (sqlite3_column_type(q, end) != SQLITE_NULL)
                analysis_plot_add(p, "set arrow %d from %s, graph 0 to %s, graph 1 nohead lw 1 "
                                  "dt %d lc rgb '#999999'", ++n, at, at, end ? 2 : 1);
        }
}

/* ---- panels ------------------------------------------------------------------------------- */

static int64_t bucket_ns(analysis_plot *p, int64_t run)
{
    int64_t samples = 0, last_ns = 0;
    sqlite3_stmt *q = analysis_plot_query(p, g_strdup_printf(
        "SELECT count(DISTINCT t_ns), max(t_ns) FROM ha_sample WHERE run_id = %" G_GINT64_FORMAT,
        run), NULL);
    while (analysis_plot_row(p, q)) {
        samples = sqlite3_column_int64(q, 0);
        last_ns = sqlite3_column_int64(q, 1);
    }
    return samples > MOST_SAMPLES ? last_ns / MOST_SAMPLES + 1 : 1;
}

/* The block of one agent in one run; the number of its rows. */
static int put_samples(analysis_plot *p, const series *s, int64_t run, int64_t bucket,
                       const char *agent, double *most)
{
    int rows = 0;
    analysis_plot_block(p, agent, "time-s value");
    sqlite3_stmt *q = analysis_plot_query(p, g_strdup_printf(
        "SELECT t_ns / %" G_GINT64_FORMAT " * %" G_GINT64_FORMAT " / 1e9, %s FROM ha_sample"
        " JOIN node USING (run_id, node_id) WHERE run_id = %" G_GINT64_FORMAT " AND name = ?1"
        " GROUP BY t_ns / %" G_GINT64_FORMAT " ORDER BY 1", bucket, bucket, s->value, run, bucket),
        agent);
    while (analysis_plot_row(p, q)) {
        double y = sqlite3_column_double(q, 1);
        analysis_plot_numbers(p, (double[]){sqlite3_column_double(q, 0), y}, 2);
        *most = fmax(*most, y);
        rows++;
    }
    return rows;
}

static void put_line(analysis_plot *p, const agents *a, guint agent, int block, int rows,
                     bool titled)
{
    int colour = 0;
    for (guint i = 0; i < agent; i++)
        colour += a->named[i] ? 1 : 0;
    g_autofree char *name = analysis_plot_quote(g_ptr_array_index(a->names, agent));
    if (a->named[agent])
        g_string_append_printf(p->script, "%s index %d with linespoints lw 1.6 pt %d ps 0.55 "
                               "pi %d lc rgb '%s'", p->file, block, analysis_plot_point(colour),
                               MAX(1, rows / MARKS), analysis_plot_agent_colour(colour));
    else
        g_string_append_printf(p->script, "%s index %d with lines lw 0.7 lc rgb '#b8b8b8'",
                               p->file, block);
    if (titled && a->named[agent])
        g_string_append_printf(p->script, " title %s noenhanced", name);
    else
        g_string_append(p->script, " notitle");
}

static void put_panel(analysis_plot *p, const series *s, const agents *a, guint g, double *most)
{
    int64_t run = g_array_index(analysis_plot_group(p, g)->run_ids, int64_t, 0);
    int64_t bucket = bucket_ns(p, run);
    g_autofree char *label = analysis_plot_quote(p->labels[g]);
    bool last = g + 1 == p->shown;
    if (bucket > 1)
        analysis_plot_note(p, "Samples drawn in steps of %.3g s", (double)bucket / 1e9);
    analysis_plot_panel(p, 86, p->width - 20, p->top + (int)g * PANEL_STEP, PANEL_HEIGHT);
    analysis_plot_add(p, "set label 1 %s noenhanced at graph 0,1.1 left font LARGE", label);
    if (s->around)
        mark_failures(p, run);
    if (last)
        analysis_plot_add(p, "set format x '%%g'; set xlabel 'simulated time, s'");
    g_string_append(p->script, "plot ");
    for (guint i = 0; i < a->order->len; i++) {
        guint agent = g_array_index(a->order, guint, i);
        int rows = put_samples(p, s, run, bucket, g_ptr_array_index(a->names, agent), most);
        put_line(p, a, agent, p->blocks - 1, rows, g == 0);
        g_string_append(p->script, i + 1 < a->order->len ? ", \\\n     " : "\n");
    }
}

static void put_panels(analysis_plot *p, const series *s, const agents *a)
{
    g_autoptr(GPtrArray) legend = g_ptr_array_new();
    for (guint i = 0; i < a->names->len; i++)
        if (a->named[i])
            g_ptr_array_add(legend, g_ptr_array_index(a->names, i));
    if (legend->len < a->names->len)
        analysis_plot_note(p, "In colour the %u agents with the largest peaks, in grey the other "
                              "%u", legend->len, a->names->len - legend->len);
    analysis_plot_legend(p, (char *const *)legend->pdata, (int)legend->len);
    p->top += 10;               /* the first panel's name */
    char from[G_ASCII_DTOSTR_BUF_SIZE], to[G_ASCII_DTOSTR_BUF_SIZE];
    if (s->around)
        analysis_plot_add(p, "set xrange [%s:%s]; set format x ''",
                          g_ascii_formatd(from, sizeof from, "%.10g", s->from_s),
                          g_ascii_formatd(to, sizeof to, "%.10g", s->to_s));
    else
        analysis_plot_add(p, "set xrange [0:*]; set format x ''");
    analysis_plot_add(p, "set ylabel '%s'", s->label);
    gsize place = p->script->len;
    double most = 0;
    for (guint g = 0; g < p->shown; g++)
        put_panel(p, s, a, g, &most);
    g_autoptr(GString) rest = g_string_new(p->script->str + place);
    g_string_truncate(p->script, place);        /* one range for all, known only now */
    analysis_plot_range(p, 'y', most);
    g_string_append(p->script, rest->str);
    if (most <= 0)
        analysis_plot_note(p, "All samples are 0");
}

static void draw_series(analysis_plot *p, const series *s)
{
    agents a = {.names = analysis_agents(p->results, p->ids),
                .order = g_array_new(FALSE, FALSE, sizeof(guint))};
    a.named = g_new0(bool, a.names->len + 1);
    p->shown = analysis_plot_shown(p);
    g_autofree char *sql = g_strdup_printf("SELECT 1 FROM ha_sample WHERE run_id IN (%s) LIMIT 1",
                                           p->ids);
    g_autofree char *any = analysis_text(p->results, sql);
    if (!any || a.names->len == 0) {
        analysis_plot_nothing(p, "no samples of agents in these runs");
    } else {
        choose(p, s, &a);
        put_panels(p, s, &a);
        for (guint g = 0; g < p->shown; g++)
            if (analysis_plot_group(p, g)->run_ids->len > 1)
                analysis_plot_note(p, "Of replications the first is shown");
    }
    g_ptr_array_unref(a.names);
    g_array_unref(a.order);
    g_free(a.named);
}

static const series queue = {.value = "max(queue_packets)", .peak = "max(queue_packets)",
                             .label = "queue, packets"};
/* The last count of a bucket: SQLite takes a bare column from the row of the max(). */
static const series nodes = {.value = "mn_count, max(t_ns)", .peak = "max(mn_count)",
                             .label = "mobile nodes"};

static void draw_queue(analysis_plot *p)
{
    draw_series(p, &queue);
}

static void draw_nodes(analysis_plot *p)
{
    draw_series(p, &nodes);
}

static void draw_around(analysis_plot *p, series s)
{
    s.around = true;
    if (!look_around(p, &s)) {
        analysis_plot_nothing(p, "no agent failed in these runs");
        return;
    }
    analysis_plot_note(p, "A grey line where a failure begins, a dashed one where it ends");
    draw_series(p, &s);
}

static void draw_failure_queue(analysis_plot *p)
{
    draw_around(p, queue);
}

static void draw_failure_nodes(analysis_plot *p)
{
    draw_around(p, nodes);
}

const analysis_figure analysis_figure_queue = {
    "queue", "Queue of each agent over time", "queue of each agent over time, a panel per policy",
    draw_queue, false};
const analysis_figure analysis_figure_nodes = {
    "nodes", "Mobile nodes of each agent over time",
    "mobile nodes of each agent over time, a panel per policy", draw_nodes, false};
const analysis_figure analysis_figure_failure_queue = {
    "failure-queue", "Queue of each agent around failures",
    "queue of each agent around failures, a panel per policy", draw_failure_queue, true};
const analysis_figure analysis_figure_failure_nodes = {
    "failure-nodes", "Mobile nodes of each agent around failures",
    "mobile nodes of each agent around failures, a panel per policy", draw_failure_nodes, true};
