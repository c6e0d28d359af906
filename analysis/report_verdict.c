/* The verdict of a report: what compare says, in its own words.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <string.h>

#include "analysis/compare.h"
#include "analysis/report_html.h"

static const analysis_style style = {.unicode = true};

/* Sentences as paragraphs; what was wrapped for a terminal is one line again. */
static void put_sentences(analysis_page *page, const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    bool open = false;
    for (char **line = lines; *line; line++) {
        if (**line == '\0')
            continue;
        bool goes_on = open && (*line)[0] == ' ';
        if (open)
            g_string_append(page->out, goes_on ? " " : "</p>\n");
        analysis_page_put(page, goes_on ? "%s" : "<p>%s", g_strchug(*line));
        open = true;
    }
    if (open)
        g_string_append(page->out, "</p>\n");
}

static void put_policy(analysis_page *page, const analysis_comparison *c, guint policy)
{
    g_autoptr(GString) verdict = g_string_new(NULL);
    analysis_compare_verdict(c, policy, &style, verdict);
    analysis_page_put(page, "<div class=\"verdict\"><h3>%s against %s</h3>\n",
                      c->policies[policy], c->policies[0]);
    put_sentences(page, verdict->str);
    analysis_page_put(page, "</div>\n");
}

static void put_comparison(analysis_page *page, const analysis_comparison *c)
{
    for (guint i = 1; i < c->n_policies; i++)
        put_policy(page, c, i);
    g_autoptr(GString) text = g_string_new(NULL);
    analysis_compare_text(c, &style, text);
    analysis_page_put(page, "<details><summary>All metrics with differences, intervals and "
                      "tests</summary>\n<pre>%s</pre></details>\n", text->str);
}

/* Compare these runs; false where they do not compare, with *error why. */
static bool put_runs(analysis_page *page, const GArray *ids, const char *heading, GError **error)
{
    const analysis_compare_options options = {
        .run_ids = (const int64_t *)(const void *)ids->data, .n_run_ids = ids->len,
        .level = 0.95, .mser = true};
    g_autoptr(analysis_comparison) c = analysis_compare(page->results, &options, error);
    if (!c)
        return false;
    if (*heading)
        analysis_page_put(page, "<h3>%s</h3>\n", heading);
    put_comparison(page, c);
    return true;
}

static const analysis_runs *group_at(const analysis_page *page, guint g)
{
    return g_ptr_array_index(page->groups, g);
}

/* What a label says beside the policy: ", home-agents.count=4". */
static const char *point_of(const analysis_page *page, guint g)
{
    return page->labels[g] + strlen(group_at(page, g)->policy);
}

/* Runs of a sweep compare at each of its points. */
static void put_points(analysis_page *page)
{
    for (guint g = 0; g < page->groups->len; g++) {
        const char *point = point_of(page, g);
        g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
        bool first = true;
        for (guint k = 0; k < page->groups->len; k++) {
            const GArray *runs = group_at(page, k)->run_ids;
            bool same = strcmp(point_of(page, k), point) == 0;
            first = first && (!same || k >= g);
            if (same)
                g_array_append_vals(ids, runs->data, runs->len);
        }
        GError *error = NULL;
        const char *heading = g_str_has_prefix(point, ", ") ? point + 2 : point;
        if (first && !put_runs(page, ids, heading, &error))
            analysis_page_put(page, "<h3>%s</h3>\n<p>Not compared: %s.</p>\n", heading,
                              error->message);
        g_clear_error(&error);
    }
}

/* Runs that do not compare are reported all the same, and why there is no verdict. */
void analysis_report_verdict(analysis_page *page)
{
    GError *error = NULL;
    g_autofree char *policies = analysis_page_text(page, "count(DISTINCT policy)");
    analysis_page_put(page, "<h2 id=\"verdict\">Verdict</h2>\n");
    if (strcmp(policies, "1") == 0)
        analysis_page_put(page, "<p>There is one policy only, and nothing to compare it "
                          "with.</p>\n");
    else if (!put_runs(page, page->run_ids, "", &error))
        put_points(page);
    g_clear_error(&error);
}
