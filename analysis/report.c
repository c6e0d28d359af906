/* See report.h. SPDX-License-Identifier: GPL-3.0-or-later */

#include "analysis/report.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/plot_runs.h"
#include "analysis/report_html.h"

/* ---- what was asked ------------------------------------------------------------------------- */

static void put_fact(analysis_page *page, const char *term, const char *select)
{
    g_autofree char *text = analysis_page_text(page, select);
    analysis_page_put(page, "<dt>%s</dt><dd>%s</dd>", term, text);
}

/* A key's value, where all runs have one and the same; several else. */
static void put_key(analysis_page *page, const char *term, const char *key)
{
    g_autofree char *sql = g_strdup_printf(
        "SELECT group_concat(value, ' / ') FROM (SELECT DISTINCT value FROM run_param WHERE key ="
        " '%s' AND run_id IN (%s))", key, page->ids);
    g_autofree char *text = analysis_text(page->results, sql);
    if (text)
        analysis_page_put(page, "<dt>%s</dt><dd>%s</dd>", term, text);
}

static void put_notes(analysis_page *page)
{
    g_autoptr(GPtrArray) notes = analysis_notes(page->results, page->ids);
    g_autofree char *unfinished = analysis_page_text(page, "group_concat('run ' || run_id || ' is '"
        " || status || ', at ' || printf('%.3f', coalesce(simulated_ns, 0) / 1e9) || ' s', '; ')"
        " FILTER (WHERE status <> 'complete')");
    g_string_append(page->out, "<ul>\n");
    for (guint i = 0; i < notes->len; i++)
        analysis_page_put(page, "<li>%s</li>\n", (const char *)g_ptr_array_index(notes, i));
    if (strcmp(unfinished, "?") != 0)
        analysis_page_put(page, "<li>%s</li>\n", unfinished);
    if (page->left_out > 0)
        analysis_page_put(page, "<li>%d runs that are not complete are left out</li>\n",
                          page->left_out);
    g_string_append(page->out, "</ul>\n");
    if (g_str_has_suffix(page->out->str, "<ul>\n</ul>\n"))
        g_string_truncate(page->out, page->out->len - strlen("<ul>\n</ul>\n"));
}

/* Each once, in the order of their runs. g_free. */
static char *policies_of(analysis_page *page)
{
    g_autofree char *sql = g_strdup_printf(
        "SELECT group_concat(policy, ', ') FROM (SELECT policy FROM run WHERE run_id IN (%s)"
        " GROUP BY policy ORDER BY min(run_id))", page->ids);
    char *text = analysis_text(page->results, sql);
    return text ? text : g_strdup("?");
}

/* How many nodes of a kind the runs had: the keys say `default`, or leave out a crowd. */
static void put_nodes(analysis_page *page, const char *term, const char *kind)
{
    g_autofree char *sql = g_strdup_printf(
        "SELECT group_concat(n, ' / ') FROM (SELECT DISTINCT count(*) AS n FROM node WHERE"
        " kind = '%s' AND run_id IN (%s) GROUP BY run_id ORDER BY 1)", kind, page->ids);
    g_autofree char *text = analysis_text(page->results, sql);
    analysis_page_put(page, "<dt>%s</dt><dd>%s</dd>", term, text ? text : "0");
}

static void put_varied(analysis_page *page)
{
    g_auto(GStrv) keys = analysis_plot_varying(page->results, page->ids);
    g_autofree char *varied = g_strjoinv(", ", keys);
    if (*varied)
        analysis_page_put(page, "<dt>Varied</dt><dd>%s</dd>", varied);
}

static void put_question(analysis_page *page, const char *scenarios)
{
    g_autofree char *policies = policies_of(page);
    g_autofree char *file = g_path_get_basename(page->results->path);
    analysis_page_put(page, "<h1>%s: %s</h1>\n<p class=\"dim\">Report of mip6sim on %s</p>\n",
                      scenarios, policies, file);
    analysis_page_put(page, "<nav class=\"dim\"><a href=\"#asked\">Asked</a><a href=\"#verdict\">"
                      "Verdict</a><a href=\"#figures-in-numbers\">Tables</a><a href=\"#figures\">"
                      "Figures</a><a href=\"#configuration\">Configuration</a><a href=\""
                      "#reproduce\">Reproduce</a></nav>\n");
    analysis_page_put(page, "<h2 id=\"asked\">What was asked</h2>\n<p>How well do these policies "
                      "share the load of mobile nodes over home agents, and at what cost? Same "
                      "seed and replication: same arrivals, same movement.</p>\n<dl>");
    analysis_page_put(page, "<dt>Scenario</dt><dd>%s</dd><dt>Policies</dt><dd>%s</dd>", scenarios,
                      policies);
    put_fact(page, "Seeds", "group_concat(DISTINCT seed)");
    put_fact(page, "Runs", "count(*) || ', replication' || CASE WHEN max(replication) >"
                           " min(replication) THEN 's ' || min(replication) || ' to ' ELSE ' ' END"
                           " || max(replication)");
    put_key(page, "Duration", "scenario.duration");
    put_key(page, "Warm-up, left out", "scenario.warm-up");
    put_nodes(page, "Home agents", "home-agent");
    put_varied(page);
    put_key(page, "Capacity of an agent", "home-agents.capacity");
    put_nodes(page, "Mobile nodes", "mobile-node");
    put_key(page, "Movement", "mobility.model");
    put_fact(page, "Begun", "min(started_at)");
    put_fact(page, "Code version", "group_concat(DISTINCT substr(code_version, 1, 12))");
    analysis_page_put(page, "</dl>\n");
    put_notes(page);
}

/* ---- figures ------------------------------------------------------------------------------ */

static void remove_folder(const char *folder)
{
    GDir *dir = g_dir_open(folder, 0, NULL);
    const char *name;
    while (dir && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        g_unlink(path);
    }
    if (dir)
        g_dir_close(dir);
    g_rmdir(folder);
}

static bool put_figure(analysis_page *page, const analysis_figure *figure, const char *folder,
                       GError **error)
{
    const analysis_plot_options options = {.format = ANALYSIS_SVG};
    g_autoptr(analysis_drawing) d = analysis_draw(page->results, page->run_ids, figure, &options,
                                                  figure->name, error);
    if (!d)
        return false;
    if (d->empty) {
        analysis_page_put(page, "<p class=\"dim\">%s: %s.</p>\n", figure->title, d->empty);
        return true;
    }
    g_autofree char *name = g_strdup_printf("%s/%s.svg", folder, figure->name), *svg = NULL;
    if (!analysis_drawing_write(d, folder, figure->name, ANALYSIS_SVG, error) ||
        !g_file_get_contents(name, &svg, NULL, error))
        return false;
    g_autofree char *part = analysis_svg_inline(svg, figure->name, figure->title);
    analysis_page_put(page, "<figure id=\"%s\"><figcaption>%s</figcaption><div class=\"card\">",
                      figure->name, figure->title);
    g_string_append(page->out, part);
    analysis_page_put(page, "</div></figure>\n");
    return true;
}

bool analysis_report_figures(analysis_page *page, GError **error)
{
    g_autofree char *folder = g_dir_make_tmp("mip6sim-report-XXXXXX", error);
    const analysis_figure *figure;
    bool good = folder != NULL;
    analysis_page_put(page, "<h2 id=\"figures\">Figures</h2>\n");
    for (size_t i = 0; good && (figure = analysis_figure_at(i)) != NULL; i++)
        good = put_figure(page, figure, folder, error);
    if (folder)
        remove_folder(folder);
    return good;
}

/* ---- the page ----------------------------------------------------------------------------- */

static bool put_page(analysis_page *page, GError **error)
{
    g_autofree char *scenarios = analysis_page_text(page, "group_concat(DISTINCT scenario)");
    analysis_page_head(page, scenarios);
    put_question(page, scenarios);
    analysis_report_verdict(page);
    analysis_report_tables(page);
    if (!analysis_report_figures(page, error))
        return false;
    analysis_report_reproduce(page);
    analysis_page_tail(page);
    return true;
}

char *analysis_report(analysis_results *results, const GArray *run_ids, int left_out,
                      GError **error)
{
    analysis_page page = {.results = results, .run_ids = run_ids, .left_out = left_out};
    page.groups = analysis_group_runs(results, (const int64_t *)(void *)run_ids->data,
                                      run_ids->len, error);
    if (!page.groups)
        return NULL;
    GString *ids = g_string_new(NULL);
    for (guint i = 0; i < run_ids->len; i++)
        g_string_append_printf(ids, "%s%" G_GINT64_FORMAT, i > 0 ? ", " : "",
                               g_array_index(run_ids, int64_t, i));
    page.ids = g_string_free(ids, FALSE);
    page.labels = analysis_plot_labels(results, page.groups, page.ids);
    page.out = g_string_new(NULL);
    bool good = put_page(&page, error) && analysis_undamaged(results, error);
    g_strfreev(page.labels);
    g_ptr_array_unref(page.groups);
    g_free(page.ids);
    char *html = g_string_free(page.out, !good);
    return good ? html : NULL;
}
