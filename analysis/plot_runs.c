/* Which runs a figure shows, and what they are called. SPDX-License-Identifier: GPL-3.0-or-later */

#include "analysis/plot_runs.h"

#include <stdlib.h>
#include <string.h>

/* ---- which -------------------------------------------------------------------------------- */

static bool bad(analysis_results *r, GError **error, const char *text)
{
    g_set_error(error, ANALYSIS_ERROR, ANALYSIS_PLOT_BAD, "%s: %s", r->path, text);
    return false;
}

/* What every query here counts on: an older file lacks it. */
static bool check_tables(analysis_results *r, GError **error)
{
    static const char *const tables[] = {"run", "run_param", "node", "ha_sample", "decision",
                                         "loss", "signalling", "metric", "histogram", "event",
                                         "note"};
    for (size_t i = 0; i < G_N_ELEMENTS(tables); i++) {
        g_autofree char *sql = g_strdup_printf("SELECT 1 FROM sqlite_master WHERE name = '%s'",
                                               tables[i]);
        g_autofree char *there = analysis_text(r, sql);
        g_autofree char *text = g_strdup_printf("has no table `%s`: damaged, or older than this "
                                                "program", tables[i]);
        if (!there)
            return bad(r, error, text);
    }
    return true;
}

static bool number(const char **c, int64_t *value)
{
    char *end;
    if (!g_ascii_isdigit(**c))
        return false;
    *value = g_ascii_strtoll(*c, &end, 10);
    *c = end;
    return true;
}

static bool exists(analysis_results *r, int64_t id)
{
    g_autofree char *sql = g_strdup_printf("SELECT 1 FROM run WHERE run_id = %" G_GINT64_FORMAT,
                                           id);
    g_autofree char *there = analysis_text(r, sql);
    return there != NULL;
}

/* Every run of [first, last] that exists; there must be one, and all if it is one number. */
static bool add_range(analysis_results *r, int64_t first, int64_t last, GArray *ids)
{
    g_autofree char *sql = g_strdup_printf(
        "SELECT group_concat(run_id) FROM (SELECT run_id FROM run WHERE run_id BETWEEN %"
        G_GINT64_FORMAT " AND %" G_GINT64_FORMAT " ORDER BY 1)", first, last);
    g_autofree char *list = analysis_text(r, sql);
    if (!list)
        return false;
    g_auto(GStrv) words = g_strsplit(list, ",", -1);
    for (char **w = words; *w; w++) {
        int64_t id = g_ascii_strtoll(*w, NULL, 10);
        bool known = false;
        for (guint i = 0; i < ids->len; i++)
            known = known || g_array_index(ids, int64_t, i) == id;
        if (!known)
            g_array_append_val(ids, id);
    }
    return true;
}

static bool parse_list(analysis_results *r, const char *list, GArray *ids, GError **error)
{
    const char *c = list;
    for (;;) {
        int64_t first, last;
        bool good = number(&c, &first);
        last = first;
        if (good && *c == '-') {
            c++;
            good = number(&c, &last) && last >= first;
        }
        if (!good || (*c != '\0' && *c != ',')) {
            g_set_error(error, ANALYSIS_ERROR, ANALYSIS_PLOT_BAD,
                        "`%s` is no list of runs such as 1,3-5", list);
            return false;
        }
        g_autofree char *text = g_strdup_printf("has no run %" G_GINT64_FORMAT, first);
        if ((first == last && !exists(r, first)) || !add_range(r, first, last, ids))
            return bad(r, error, text);
        if (*c++ == '\0')
            return true;
    }
}

/* All that are complete. */
static bool complete_runs(analysis_results *r, GArray *ids, int *left_out, GError **error)
{
    g_autofree char *list = analysis_text(r, "SELECT group_concat(run_id) FROM (SELECT run_id FROM"
                                             " run WHERE status = 'complete' ORDER BY 1)");
    g_autofree char *others = analysis_text(r, "SELECT count(*) FROM run"
                                               " WHERE status <> 'complete'");
    *left_out = others ? atoi(others) : 0;
    if (!list)
        return bad(r, error, *left_out > 0 ? "has no complete run (--runs takes others)"
                                           : "holds no run");
    return parse_list(r, list, ids, error);
}

GArray *analysis_plot_runs(analysis_results *r, const char *list, int *left_out, GError **error)
{
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    *left_out = 0;
    if (!check_tables(r, error))
        return NULL;
    if (list ? !parse_list(r, list, ids, error) : !complete_runs(r, ids, left_out, error))
        return NULL;
    return g_steal_pointer(&ids);
}

/* ---- names -------------------------------------------------------------------------------- */

static const analysis_runs *group_at(const GPtrArray *groups, guint i)
{
    return g_ptr_array_index(groups, i);
}

static char *value_of(analysis_results *r, const analysis_runs *runs, const char *column)
{
    g_autofree char *sql = g_strdup_printf("SELECT %s FROM run WHERE run_id = %" G_GINT64_FORMAT,
                                           column, g_array_index(runs->run_ids, int64_t, 0));
    return analysis_text(r, sql);
}

/* Does a column of `run` tell groups of one policy apart? */
static bool tells_apart(analysis_results *r, const GPtrArray *groups, const char *column)
{
    for (guint i = 0; i < groups->len; i++)
        for (guint k = 0; k < i; k++) {
            g_autofree char *a = value_of(r, group_at(groups, i), column);
            g_autofree char *b = value_of(r, group_at(groups, k), column);
            if (strcmp(group_at(groups, i)->policy, group_at(groups, k)->policy) == 0 &&
                g_strcmp0(a, b) != 0)
                return true;
        }
    return false;
}

/* Where a sweep has said what it varied, that; else all keys. */
static const char *parameters(analysis_results *r, const char *ids)
{
    g_autofree char *sql = g_strdup_printf(
        "SELECT 1 FROM sweep_point WHERE run_id IN (%s) LIMIT 1", ids);
    g_autofree char *there = analysis_text(r, sql);     /* NULL without such a table, too */
    return there ? "sweep_point" : "run_param";
}

/* Keys whose values differ among the runs of one policy, most values first. */
char **analysis_plot_varying(analysis_results *r, const char *ids)
{
    g_autofree char *sql = g_strdup_printf(
        "SELECT group_concat(key, char(10)) FROM (SELECT key FROM (SELECT key,"
        " count(DISTINCT value) AS n FROM %s JOIN run USING (run_id)"
        " WHERE run_id IN (%s) AND key NOT IN ('scenario.name', 'scenario.seed',"
        " 'scenario.traffic-seed', 'scenario.decision-seed', 'scenario.replications')"
        " GROUP BY policy, key) WHERE n > 1 GROUP BY key ORDER BY max(n) DESC, key)",
        parameters(r, ids), ids);
    g_autofree char *list = analysis_text(r, sql);
    return g_strsplit(list ? list : "", "\n", -1);
}

static char *parameter_of(analysis_results *r, const char *table, int64_t run, const char *key)
{
    char *sql = sqlite3_mprintf("SELECT value FROM %s WHERE run_id = %lld AND key = %Q", table,
                                (long long)run, key);
    char *value = analysis_text(r, sql);
    sqlite3_free(sql);
    return value;
}

char *analysis_plot_parameter(analysis_results *r, const analysis_runs *runs, const char *key)
{
    int64_t run = g_array_index(runs->run_ids, int64_t, 0);
    char *value = parameter_of(r, "sweep_point", run, key);
    return value ? value : parameter_of(r, "run_param", run, key);
}

char **analysis_plot_labels(analysis_results *r, const GPtrArray *groups, const char *ids)
{
    enum { MOST_KEYS = 2 };
    static const char *const columns[] = {"scenario", "seed", "substr(code_version, 1, 8)"};
    static const char *const words[] = {"", "seed ", "code "};
    g_auto(GStrv) keys = analysis_plot_varying(r, ids);
    char **labels = g_new0(char *, groups->len + 1);
    bool apart[G_N_ELEMENTS(columns)];
    for (size_t c = 0; c < G_N_ELEMENTS(columns); c++)
        apart[c] = tells_apart(r, groups, columns[c]);
    for (guint i = 0; i < groups->len; i++) {
        GString *label = g_string_new(group_at(groups, i)->policy);
        for (size_t c = 0; c < G_N_ELEMENTS(columns); c++) {
            g_autofree char *value = value_of(r, group_at(groups, i), columns[c]);
            if (apart[c])
                g_string_append_printf(label, ", %s%s", words[c], value);
        }
        for (int k = 0; k < MOST_KEYS && keys[0] && keys[k]; k++) {
            g_autofree char *value = analysis_plot_parameter(r, group_at(groups, i), keys[k]);
            g_string_append_printf(label, ", %s=%s", keys[k], value ? value : "");
        }
        labels[i] = g_string_free(label, FALSE);
    }
    return labels;
}
