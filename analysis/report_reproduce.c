/* How the runs of a report can be made again. SPDX-License-Identifier: GPL-3.0-or-later */

#include <string.h>

#include "analysis/report_html.h"

static const analysis_runs *group_at(const analysis_page *page, guint g)
{
    return g_ptr_array_index(page->groups, g);
}

static int64_t first_run(const analysis_runs *runs)
{
    return g_array_index(runs->run_ids, int64_t, 0);
}

static sqlite3_stmt *query(analysis_page *page, char *sql)
{
    g_autofree char *owned = sql;
    sqlite3_stmt *s = NULL;
    sqlite3_prepare_v2(page->results->db, owned, -1, &s, NULL);
    return s;
}

static const char *text_at(sqlite3_stmt *s, int column)
{
    const char *text = (const char *)sqlite3_column_text(s, column);
    return text ? text : "";
}

/* ---- the configuration as a scenario file --------------------------------------------------- */

/* "group NAME.key" -> its group; names of agents may hold dots, keys do not. */
static char *group_of(const char *full, const char **key)
{
    const char *dot = strrchr(full, '.');
    *key = dot ? dot + 1 : full;
    return g_strndup(full, dot ? (gsize)(dot - full) : 0);
}

/* A default that no value can say, and a choice that is not made, stand in comments. */
static bool is_unsaid(const char *value)
{
    return strcmp(value, "default") == 0 || *value == '\0';
}

static void put_configuration(analysis_page *page, const analysis_runs *runs)
{
    g_autofree char *section = g_strdup("");
    sqlite3_stmt *s = query(page, g_strdup_printf(
        "SELECT key, value FROM run_param WHERE run_id = %" G_GINT64_FORMAT " ORDER BY"
        " CASE WHEN key LIKE 'scenario.%%' THEN 0 ELSE 1 END,"
        " rtrim(key, replace(key, '.', ''))," /* the group */
        " CASE WHEN key IN ('policy.name', 'policy.profile', 'mobility.model') THEN 0 ELSE 1 END,"
        " key", first_run(runs)));
    analysis_page_put(page, "<pre>");
    while (s && analysis_row(page->results, s)) {
        const char *key, *value = text_at(s, 1);
        g_autofree char *group = group_of(text_at(s, 0), &key);
        if (strcmp(group, section) != 0) {
            analysis_page_put(page, "%s[%s]\n", *section ? "\n" : "", group);
            g_free(section);
            section = g_strdup(group);
        }
        analysis_page_put(page, "%s%s = %s\n", is_unsaid(value) ? "# " : "", key, value);
    }
    sqlite3_finalize(s);
    analysis_page_put(page, "</pre>\n");
}

/* ---- commands ----------------------------------------------------------------------------- */

/* A word that a shell reads as it stands. */
static char *shell_word(const char *text)
{
    g_autofree char *quoted = g_shell_quote(text);
    bool plain = *text != '\0' && strspn(text, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS
                                               "-_.:/") == strlen(text);
    return plain ? g_strdup(text) : g_steal_pointer(&quoted);
}

static char *file_of(guint g)
{
    return g_strdup_printf("configuration-%u.ini", g + 1);
}

static void put_commands(analysis_page *page)
{
    analysis_page_put(page, "<pre>");
    for (guint g = 0; g < page->groups->len; g++) {
        g_autofree char *file = file_of(g);
        sqlite3_stmt *s = query(page, g_strdup_printf(
            "SELECT seed, max(replication) FROM run WHERE run_id IN (%s) GROUP BY seed",
            group_at(page, g)->ids));
        while (s && analysis_row(page->results, s))
            analysis_page_put(page, "mip6sim run %s --seed %s --replications %s --out again.db\n",
                              file, text_at(s, 0), text_at(s, 1));
        sqlite3_finalize(s);
    }
    g_autofree char *db = g_path_get_basename(page->results->path);
    g_autofree char *word = shell_word(db);
    analysis_page_put(page, "mip6sim report again.db -o again.html\n"
                      "mip6sim plot %s      # the figures, to restyle</pre>\n", word);
}

static void put_runs(analysis_page *page)
{
    static const char *const heads[] = {"run", "policy", "seed", "replication", "status",
                                        "simulated", "events", "fingerprint", "configuration"};
    analysis_page_put(page, "<div class=\"scroll\"><table><thead><tr>");
    for (size_t i = 0; i < G_N_ELEMENTS(heads); i++)
        analysis_page_put(page, "<th>%s</th>", heads[i]);
    analysis_page_put(page, "</tr></thead><tbody>\n");
    sqlite3_stmt *s = query(page, g_strdup_printf(
        "SELECT run_id, policy, seed, replication, status, printf('%%.3f s', simulated_ns / 1e9),"
        " events, coalesce(fingerprint, '–'), substr(config_sha256, 1, 16) FROM run"
        " WHERE run_id IN (%s) ORDER BY run_id", page->ids));
    while (s && analysis_row(page->results, s)) {
        analysis_page_put(page, "<tr>");
        for (int i = 0; i < (int)G_N_ELEMENTS(heads); i++)
            analysis_page_put(page, i >= 7 ? "<td class=\"code\">%s</td>" : "<td>%s</td>",
                              text_at(s, i));
        analysis_page_put(page, "</tr>\n");
    }
    sqlite3_finalize(s);
    analysis_page_table_end(page);
}

void analysis_report_reproduce(analysis_page *page)
{
    g_autofree char *code = analysis_page_text(page, "group_concat(DISTINCT code_version)");
    g_autofree char *protocol = analysis_page_text(page, "group_concat(DISTINCT protocol_sha256)");
    analysis_page_put(page, "<h2 id=\"configuration\">Effective configuration</h2>\n<p>Every key "
                      "with its value, in the form of a scenario file. Paths are as they were "
                      "given.</p>\n");
    for (guint g = 0; g < page->groups->len; g++) {
        g_autofree char *file = file_of(g);
        analysis_page_put(page, "<details><summary>%s (%s)</summary>\n", page->labels[g], file);
        put_configuration(page, group_at(page, g));
        analysis_page_put(page, "</details>\n");
    }
    analysis_page_put(page, "<h2 id=\"reproduce\">How to reproduce</h2>\n<p>Save the "
                      "configurations under the names above. The same code version, "
                      "configuration and seed give the same fingerprint on every machine.</p>\n");
    put_commands(page);
    analysis_page_put(page, "<dl><dt>Code version</dt><dd>%s</dd><dt>Protocol library</dt>"
                      "<dd>%s</dd></dl>\n", code, protocol);
    put_runs(page);
}
