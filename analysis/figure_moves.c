/* Decisions over time with the load that caused them. SPDX-License-Identifier: GPL-3.0-or-later */

#include <math.h>

#include "analysis/plot_draw.h"

/* Why a node is moved: by queue or by count of nodes; each has a column of panels. */
typedef struct cause {
    const char *where;          /* rows of `decision`, SQL */
    const char *own, *target;   /* what was compared, SQL */
    const char *label, *word;
} cause;

static const cause causes[] = {
    {"branch LIKE 'queue%'", "own_queue / 655.35", "target_queue / 655.35",
     "advertised queue, %", "by queue"},
    {"branch NOT LIKE 'queue%'", "own_count", "target_count", "mobile nodes", "by count"},
};

enum { LEFT, RIGHT, PANEL_HEIGHT = 150, PANEL_STEP = 190, MOST_DECISIONS = 3000 };

/* The two points of a decision. */
#define OWN "points pt 9 ps 0.6 lc rgb '#d55e00'"
#define TARGET "points pt 6 ps 0.5 lw 1.2 lc rgb '#0072b2'"

/* Decisions that moved a node: those with a target that were not said again. */
#define MOVED "target_id IS NOT NULL AND outcome IS NOT 'repeated'"

static int count_of(analysis_plot *p, int64_t run, const char *where)
{
    int n = 0;
    sqlite3_stmt *s = analysis_plot_query(p, g_strdup_printf(
        "SELECT count(*) FROM decision WHERE run_id = %" G_GINT64_FORMAT " AND " MOVED " AND %s",
        run, where), NULL);
    while (analysis_plot_row(p, s))
        n = sqlite3_column_int(s, 0);
    return n;
}

static void put_decisions(analysis_plot *p, const cause *c, int64_t run, int n, double *most)
{
    int stride = n / MOST_DECISIONS + 1, i = 0;
    if (stride > 1)
        analysis_plot_note(p, "Of many decisions every %dth is drawn", stride);
    sqlite3_stmt *s = analysis_plot_query(p, g_strdup_printf(
        "SELECT t_ns / 1e9, %s, %s FROM decision WHERE run_id = %" G_GINT64_FORMAT " AND " MOVED
        " AND %s ORDER BY t_ns", c->own, c->target, run, c->where), NULL);
    while (analysis_plot_row(p, s)) {
        double v[3];
        for (int k = 0; k < 3; k++)
            v[k] = sqlite3_column_type(s, k) == SQLITE_NULL ? NAN : sqlite3_column_double(s, k);
        *most = fmax(*most, fmax(isfinite(v[1]) ? v[1] : 0, isfinite(v[2]) ? v[2] : 0));
        if (i++ % stride == 0)
            analysis_plot_numbers(p, v, 3);
    }
}

static void put_panel(analysis_plot *p, guint g, int side, int row, double most)
{
    const cause *c = &causes[side];
    int64_t run = g_array_index(analysis_plot_group(p, g)->run_ids, int64_t, 0);
    int n = count_of(p, run, c->where), block = p->blocks;
    double unused = 0;
    g_autofree char *name = g_strdup_printf("%s, %s: %d", p->labels[g], c->word, n);
    g_autofree char *title = analysis_plot_quote(name);
    analysis_plot_block(p, name, "time-s own target");
    put_decisions(p, c, run, n, &unused);
    analysis_plot_panel(p, side == LEFT ? 76 : 532, side == LEFT ? 444 : p->width - 20,
                        p->top + 20 + row * PANEL_STEP, PANEL_HEIGHT);
    analysis_plot_range(p, 'y', most);
    analysis_plot_add(p, "set ylabel '%s'; set title %s offset 0,-0.6 noenhanced",
                      c->label, title);
    analysis_plot_add(p, "plot %s index %d using 1:2:(0):($3 - $2) with vectors nohead lw 0.7 "
                      "lc rgb '#b0b0b0' notitle, \\\n"
                      "     %s index %d using 1:3 with " TARGET " notitle, \\\n"
                      "     %s index %d using 1:2 with " OWN " notitle", p->file, block, p->file,
                      block, p->file, block);
}

static void put_panels(analysis_plot *p, const GArray *rows, const double most[2], double end_s)
{
    char *const labels[] = {(char *)"the agent that decides", (char *)"its target, as last heard"};
    const char *const styles[] = {OWN, TARGET};
    analysis_plot_legend_panel(p, labels, styles, 2);
    analysis_plot_range(p, 'x', end_s / 1.05);
    analysis_plot_add(p, "set format x ''");
    for (guint i = 0; i < rows->len; i++) {
        guint g = g_array_index(rows, guint, i);
        if (i + 1 == rows->len)
            analysis_plot_add(p, "set format x '%%g'; set xlabel 'simulated time, s'");
        for (int side = LEFT; side <= RIGHT; side++)
            put_panel(p, g, side, (int)i, most[side]);
        if (analysis_plot_group(p, g)->run_ids->len > 1)
            analysis_plot_note(p, "Of replications the first is shown");
    }
}

/* Largest value of a cause over all runs drawn, for one range. */
static void find_most(analysis_plot *p, int64_t run, double most[2])
{
    for (int side = LEFT; side <= RIGHT; side++) {
        sqlite3_stmt *s = analysis_plot_query(p, g_strdup_printf(
            "SELECT max(max(coalesce(%s, 0)), max(coalesce(%s, 0))) FROM decision WHERE run_id = %"
            G_GINT64_FORMAT " AND " MOVED " AND %s", causes[side].own, causes[side].target, run,
            causes[side].where), NULL);
        while (analysis_plot_row(p, s))
            most[side] = fmax(most[side], sqlite3_column_double(s, 0));
    }
}

static void draw(analysis_plot *p)
{
    double most[2] = {0, 0}, end_s = 0;
    g_autoptr(GArray) rows = g_array_new(FALSE, FALSE, sizeof(guint));
    p->shown = analysis_plot_shown(p);
    for (guint g = 0; g < p->shown; g++) {
        int64_t run = g_array_index(analysis_plot_group(p, g)->run_ids, int64_t, 0);
        g_autofree char *sql = g_strdup_printf(
            "SELECT coalesce(simulated_ns, 0) / 1e9 FROM run WHERE run_id = %" G_GINT64_FORMAT,
            run);
        g_autofree char *end = analysis_text(p->results, sql);
        end_s = fmax(end_s, end ? g_ascii_strtod(end, NULL) : 0);
        find_most(p, run, most);
        if (count_of(p, run, "1") > 0)
            g_array_append_val(rows, g);
        else
            analysis_plot_note(p, "%s: no move", p->labels[g]);
    }
    if (rows->len == 0)
        analysis_plot_nothing(p, "no decision to move a node was made in these runs");
    else
        put_panels(p, rows, most, end_s);
}

const analysis_figure analysis_figure_moves = {
    "moves", "Decisions to move a node, and the load that caused them",
    "decisions over time, with the loads that were compared", draw, false};
