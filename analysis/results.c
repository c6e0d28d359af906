/* See results.h. SPDX-License-Identifier: GPL-3.0-or-later */

#include "analysis/results.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { APPLICATION_ID = 0x6d697036, USER_VERSION = 1 };

G_DEFINE_QUARK(analysis-error-quark, analysis_error)

/* There, but not for this user: no mistake of his. */
static bool closed(const char *path)
{
    return access(path, F_OK) == 0 && access(path, R_OK) != 0;
}

static bool fail(GError **error, const char *path, const char *text)
{
    g_set_error(error, ANALYSIS_ERROR, closed(path) ? ANALYSIS_ERROR_CANNOT : ANALYSIS_ERROR_BAD,
                "%s: %s", path, text);
    return false;
}

static bool check(analysis_results *r, GError **error)
{
    g_autofree char *application = analysis_text(r, "PRAGMA application_id");
    g_autofree char *version = analysis_text(r, "PRAGMA user_version");
    if (!application || !version)
        return fail(error, r->path, sqlite3_errmsg(r->db));
    if (atoi(application) != APPLICATION_ID)
        return fail(error, r->path, "is not a results file of mip6sim");
    if (atoi(version) != USER_VERSION)
        return fail(error, r->path, "is a results file of another schema");
    return true;
}

/* To be read alone: it or its folder is closed to writing. Without a log beside it nobody writes
 * it, and it is whole as it stands. */
static bool only_readable(const char *absolute)
{
    g_autofree char *folder = g_path_get_dirname(absolute);
    g_autofree char *log = g_strconcat(absolute, "-wal", NULL);
    return access(absolute, R_OK) == 0 && access(log, F_OK) != 0 &&
           (access(absolute, W_OK) != 0 || access(folder, W_OK) != 0);
}

/* Not read-only where that can be: a file whose writer died is first recovered from its log. */
static int open_file(const char *absolute, sqlite3 **db)
{
    if (!only_readable(absolute))
        return sqlite3_open_v2(absolute, db, SQLITE_OPEN_READWRITE, NULL);
    g_autofree char *escaped = g_uri_escape_string(absolute, "/", FALSE);
    g_autofree char *uri = g_strconcat("file:", escaped, "?immutable=1", NULL);
    return sqlite3_open_v2(uri, db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL);
}

analysis_results *analysis_results_open(const char *path, GError **error)
{
    g_autofree char *absolute = g_canonicalize_filename(path, NULL);
    analysis_results *r = g_new0(analysis_results, 1);
    r->path = g_strdup(path);
    int rc = open_file(absolute, &r->db);
    sqlite3_busy_timeout(r->db, 10000);
    bool good = rc == SQLITE_OK ? check(r, error) : fail(error, path, sqlite3_errstr(rc));
    if (good)
        return r;
    analysis_results_close(r);
    return NULL;
}

void analysis_results_close(analysis_results *r)
{
    if (!r)
        return;
    sqlite3_close(r->db);
    g_free(r->path);
    g_free(r);
}

/* ---- queries ------------------------------------------------------------------------------ */

static sqlite3_stmt *prepare(analysis_results *r, const char *sql)
{
    sqlite3_stmt *s = NULL;
    if (sqlite3_prepare_v2(r->db, sql, -1, &s, NULL) != SQLITE_OK)
        g_error("%s: %s", sql, sqlite3_errmsg(r->db));
    return s;
}

bool analysis_row(analysis_results *r, sqlite3_stmt *s)
{
    int rc = sqlite3_step(s);
    r->damaged = r->damaged || (rc != SQLITE_ROW && rc != SQLITE_DONE);
    return rc == SQLITE_ROW;
}

bool analysis_undamaged(const analysis_results *r, GError **error)
{
    if (!r->damaged)
        return true;
    g_set_error(error, ANALYSIS_ERROR, ANALYSIS_ERROR_BAD, "%s: is damaged: rows of it cannot be "
                "read", r->path);
    return false;
}

char *analysis_text(analysis_results *r, const char *sql)
{
    sqlite3_stmt *s = NULL;
    char *text = NULL;
    if (sqlite3_prepare_v2(r->db, sql, -1, &s, NULL) == SQLITE_OK && analysis_row(r, s))
        text = g_strdup((const char *)sqlite3_column_text(s, 0));
    sqlite3_finalize(s);
    return text;
}

/* All values of the first column; takes the SQL. */
static GPtrArray *texts(analysis_results *r, char *sql)
{
    GPtrArray *list = g_ptr_array_new_with_free_func(g_free);
    sqlite3_stmt *s = prepare(r, sql);
    while (analysis_row(r, s))
        g_ptr_array_add(list, g_strdup((const char *)sqlite3_column_text(s, 0)));
    sqlite3_finalize(s);
    g_free(sql);
    return list;
}

/* Mean and deviation of the first column, one row a run; takes the SQL. Up to two texts are
 * bound. */
static analysis_value value_of(analysis_results *r, char *sql, const char *first,
                               const char *second)
{
    sqlite3_stmt *s = prepare(r, sql);
    sqlite3_bind_text(s, 1, first, -1, SQLITE_STATIC);
    if (second)
        sqlite3_bind_text(s, 2, second, -1, SQLITE_STATIC);
    analysis_value v = {0};
    double sum_of_squares = 0;      /* Welford */
    while (analysis_row(r, s)) {
        if (sqlite3_column_type(s, 0) == SQLITE_NULL)
            continue;
        double x = sqlite3_column_double(s, 0), before = x - v.mean;
        v.n++;
        v.mean += before / v.n;
        sum_of_squares += before * (x - v.mean);
    }
    v.sd = v.n > 1 ? sqrt(sum_of_squares / (v.n - 1)) : 0;
    sqlite3_finalize(s);
    g_free(sql);
    return v;
}

analysis_value analysis_metric(analysis_results *r, const analysis_runs *runs, const char *name)
{
    return value_of(r, g_strdup_printf("SELECT value FROM metric WHERE run_id IN (%s) AND name = ?1"
                                       " AND node_id IS NULL", runs->ids), name, NULL);
}

analysis_value analysis_agent_metric(analysis_results *r, const analysis_runs *runs,
                                     const char *agent, const char *name)
{
    return value_of(r, g_strdup_printf(
        "SELECT value FROM metric m JOIN node n USING (run_id, node_id)"
        " WHERE m.run_id IN (%s) AND m.name = ?1 AND n.name = ?2", runs->ids), name, agent);
}

analysis_value analysis_final_count(analysis_results *r, const analysis_runs *runs,
                                    const char *agent)
{
    return value_of(r, g_strdup_printf(
        "SELECT x.mn_count FROM node n JOIN ha_sample x USING (run_id, node_id)"
        " WHERE n.run_id IN (%s) AND n.name = ?1"
        " AND x.t_ns = (SELECT max(t_ns) FROM ha_sample y WHERE y.run_id = n.run_id)", runs->ids),
        agent, NULL);
}

analysis_value analysis_sum(analysis_results *r, const analysis_runs *runs, const char *table,
                            const char *column, const char *what, const char *unit)
{
    return value_of(r, g_strdup_printf(
        "SELECT (SELECT coalesce(sum(%s), 0) FROM %s x WHERE x.run_id = r.run_id AND x.%s = ?1)"
        " FROM run r WHERE r.run_id IN (%s)", unit, table, column, runs->ids), what, NULL);
}

analysis_value analysis_total(analysis_results *r, const analysis_runs *runs, const char *table,
                              const char *less, const char *unit)
{
    g_autofree char *minus = less ? g_strdup_printf(
        " - (SELECT coalesce(sum(%s), 0) FROM %s x WHERE x.run_id = r.run_id)", unit, less)
                                  : g_strdup("");
    return value_of(r, g_strdup_printf(
        "SELECT (SELECT coalesce(sum(%s), 0) FROM %s x WHERE x.run_id = r.run_id)%s"
        " FROM run r WHERE r.run_id IN (%s)", unit, table, minus, runs->ids),
        NULL, NULL);
}

/* ---- names -------------------------------------------------------------------------------- */

int analysis_name_compare(const char *a, const char *b)
{
    while (*a && *b) {
        if (g_ascii_isdigit(*a) && g_ascii_isdigit(*b)) {
            char *end_a, *end_b;
            guint64 x = g_ascii_strtoull(a, &end_a, 10), y = g_ascii_strtoull(b, &end_b, 10);
            if (x != y)
                return x < y ? -1 : 1;
            a = end_a;
            b = end_b;
        } else if (*a != *b) {
            return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
        } else {
            a++;
            b++;
        }
    }
    return (*a != 0) - (*b != 0);
}

static int compare_names(const void *a, const void *b)
{
    return analysis_name_compare(*(const char *const *)a, *(const char *const *)b);
}

GPtrArray *analysis_agents(analysis_results *r, const char *ids)
{
    GPtrArray *list = texts(r, g_strdup_printf(
        "SELECT DISTINCT name FROM node WHERE run_id IN (%s) AND kind = 'home-agent'", ids));
    if (list->len > 0)
        qsort(list->pdata, list->len, sizeof *list->pdata, compare_names);
    return list;
}

GPtrArray *analysis_kinds(analysis_results *r, const char *ids, const char *table,
                          const char *column)
{
    return texts(r, g_strdup_printf(
        "SELECT %s FROM %s WHERE run_id IN (%s) GROUP BY 1 HAVING sum(packets) > 0"
        " ORDER BY sum(packets) DESC, 1", column, table, ids));
}

GPtrArray *analysis_notes(analysis_results *r, const char *ids)
{
    return texts(r, g_strdup_printf("SELECT text FROM note WHERE run_id IN (%s) GROUP BY text"
                                    " ORDER BY min(rowid)", ids));
}

/* ---- runs --------------------------------------------------------------------------------- */

static void runs_free(gpointer p)
{
    analysis_runs *runs = p;
    g_free(runs->scenario);
    g_free(runs->policy);
    g_free(runs->ids);
    g_array_free(runs->run_ids, TRUE);
    g_free(runs);
}

static char *column_text(sqlite3_stmt *s, int column)
{
    return g_strdup((const char *)sqlite3_column_text(s, column));
}

/* The column that a run belongs to, made where it is the first. */
static analysis_runs *find_group(GPtrArray *groups, GHashTable *by_key, char *key,
                                 sqlite3_stmt *s)
{
    analysis_runs *runs = g_hash_table_lookup(by_key, key);
    if (runs) {
        g_free(key);
        return runs;
    }
    runs = g_new0(analysis_runs, 1);
    runs->scenario = column_text(s, 0);
    runs->policy = column_text(s, 1);
    runs->run_ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_ptr_array_add(groups, runs);
    g_hash_table_insert(by_key, key, runs);
    return runs;
}

static bool add_run(analysis_results *r, int64_t id, GPtrArray *groups, GHashTable *by_key,
                    GError **error)
{
    sqlite3_stmt *s = prepare(r, "SELECT scenario, policy, config_sha256, seed, code_version"
                                 " FROM run WHERE run_id = ?");
    sqlite3_bind_int64(s, 1, id);
    bool found = analysis_row(r, s);
    if (found) {
        char *key = g_strdup_printf("%s|%s|%s|%s|%s", sqlite3_column_text(s, 0),
                                    sqlite3_column_text(s, 1), sqlite3_column_text(s, 2),
                                    sqlite3_column_text(s, 3), sqlite3_column_text(s, 4));
        analysis_runs *runs = find_group(groups, by_key, key, s);
        g_autofree char *before = runs->ids;
        runs->ids = before ? g_strdup_printf("%s, %" G_GINT64_FORMAT, before, id)
                           : g_strdup_printf("%" G_GINT64_FORMAT, id);
        g_array_append_val(runs->run_ids, id);
    } else {
        g_autofree char *text = g_strdup_printf("has no run %" G_GINT64_FORMAT, id);
        fail(error, r->path, text);
    }
    sqlite3_finalize(s);
    return found;
}

GPtrArray *analysis_group_runs(analysis_results *r, const int64_t *run_ids, size_t n,
                               GError **error)
{
    g_autoptr(GPtrArray) groups = g_ptr_array_new_with_free_func(runs_free);
    g_autoptr(GHashTable) by_key = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (size_t i = 0; i < n; i++)
        if (!add_run(r, run_ids[i], groups, by_key, error))
            return NULL;
    return g_steal_pointer(&groups);
}
