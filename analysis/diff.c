/* Pairs of runs, and their fingerprints second by second. See diff.h.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "analysis/diff.h"

#include <stdlib.h>
#include <string.h>

#define SECOND_NS INT64_C(1000000000)

uint64_t analysis_diff_group(const char *name)
{
    enum { IN_GROUP = 1024 };
    size_t end = strlen(name);
    while (end > 0 && !g_ascii_isdigit(name[end - 1]))
        end--;
    size_t begin = end;
    while (begin > 0 && g_ascii_isdigit(name[begin - 1]))
        begin--;
    return g_ascii_strtoull(name + begin, NULL, 10) / IN_GROUP;
}

/* ---- freeing ------------------------------------------------------------------------------ */

static void free_run(gpointer p)
{
    analysis_diff_run *run = p;
    if (!run)
        return;
    g_free(run->label);
    g_free(run->status);
    g_free(run->config_sha256);
    g_free(run->code_version);
    g_free(run->fingerprint);
    g_free(run);
}

static void free_cell(gpointer p)
{
    analysis_diff_cell *cell = p;
    g_free(cell->node);
    g_free(cell->channel);
    g_free(cell);
}

static void free_diff(gpointer p)
{
    analysis_diff *d = p;
    for (int side = 0; side < 2; side++) {
        free_run(d->run[side]);
        g_ptr_array_free(d->only[side], TRUE);
    }
    g_ptr_array_free(d->cells, TRUE);
    g_free(d);
}

void analysis_diffs_free(analysis_diffs *diffs)
{
    if (!diffs)
        return;
    g_ptr_array_free(diffs->pairs, TRUE);
    for (int side = 0; side < 2; side++)
        g_ptr_array_free(diffs->alone[side], TRUE);
    g_free(diffs);
}

/* ---- the runs of a file ------------------------------------------------------------------- */

/* NULL with *error: a file of an older program, or a damaged one. */
static sqlite3_stmt *prepare(analysis_results *r, const char *sql, GError **error)
{
    sqlite3_stmt *s = NULL;
    if (sqlite3_prepare_v2(r->db, sql, -1, &s, NULL) != SQLITE_OK)
        g_set_error(error, ANALYSIS_ERROR, ANALYSIS_DIFF_CANNOT, "%s: %s", r->path,
                    sqlite3_errmsg(r->db));
    return s;
}

static char *text_at(sqlite3_stmt *s, int column)
{
    const char *text = (const char *)sqlite3_column_text(s, column);
    return g_strdup(text ? text : "");
}

/* A run that died has no end: what it kept counts. */
static int64_t last_second(analysis_results *r, int64_t run, int64_t simulated_ns, bool ended)
{
    g_autofree char *sql = g_strdup_printf(
        "SELECT max(second) + 1 FROM fingerprint WHERE run_id = %" G_GINT64_FORMAT, run);
    g_autofree char *text = ended ? NULL : analysis_text(r, sql);
    return ended ? simulated_ns : text ? g_ascii_strtoll(text, NULL, 10) * SECOND_NS : 0;
}

static bool has_seconds(analysis_results *r, int64_t run)
{
    g_autofree char *sql = g_strdup_printf(
        "SELECT 1 FROM fingerprint WHERE run_id = %" G_GINT64_FORMAT " LIMIT 1", run);
    g_autofree char *there = analysis_text(r, sql);
    return there != NULL;
}

static analysis_diff_run *read_run(analysis_results *r, sqlite3_stmt *s)
{
    enum { ID, REPLICATION, LABEL, STATUS, CONFIG, CODE, FINGERPRINT, SIMULATED };
    analysis_diff_run *run = g_new0(analysis_diff_run, 1);
    *run = (analysis_diff_run){
        .id = sqlite3_column_int64(s, ID), .replication = sqlite3_column_int64(s, REPLICATION),
        .label = text_at(s, LABEL), .status = text_at(s, STATUS),
        .config_sha256 = text_at(s, CONFIG), .code_version = text_at(s, CODE),
        .fingerprint = text_at(s, FINGERPRINT)};
    bool ended = sqlite3_column_type(s, SIMULATED) != SQLITE_NULL;
    run->simulated_ns = last_second(r, run->id, sqlite3_column_int64(s, SIMULATED), ended);
    run->kept = has_seconds(r, run->id);
    return run;
}

static GPtrArray *read_runs(analysis_results *r, GError **error)
{
    sqlite3_stmt *s = prepare(r,
        "SELECT run_id, replication, scenario || coalesce((SELECT ', ' || group_concat(part, ', ')"
        "  FROM (SELECT key || ' = ' || value AS part FROM sweep_point p"
        "   WHERE p.run_id = r.run_id AND key <> 'policy.name' ORDER BY key)), '')"
        "  || ', ' || policy || ', seed ' || seed || ', replication ' || replication,"
        " status, config_sha256, code_version, fingerprint, simulated_ns"
        " FROM run r ORDER BY run_id", error);
    if (!s)
        return NULL;
    GPtrArray *runs = g_ptr_array_new_with_free_func(free_run);
    while (analysis_row(r, s))
        g_ptr_array_add(runs, read_run(r, s));
    sqlite3_finalize(s);
    return runs;
}

/* ---- who is there ------------------------------------------------------------------------- */

typedef struct node {
    char *name;
    bool mobile;
} node;

static void free_node(gpointer p)
{
    node *n = p;
    g_free(n->name);
    g_free(n);
}

/* node_id -> node */
static GHashTable *read_nodes(analysis_results *r, int64_t run, GError **error)
{
    sqlite3_stmt *s = prepare(r, "SELECT node_id, name, kind FROM node WHERE run_id = ?", error);
    if (!s)
        return NULL;
    GHashTable *nodes = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, free_node);
    sqlite3_bind_int64(s, 1, run);
    while (analysis_row(r, s)) {
        int64_t *id = g_new(int64_t, 1);
        node *n = g_new(node, 1);
        *id = sqlite3_column_int64(s, 0);
        g_autofree char *kind = text_at(s, 2);
        *n = (node){text_at(s, 1), strcmp(kind, "mobile-node") == 0};
        g_hash_table_insert(nodes, id, n);
    }
    sqlite3_finalize(s);
    return nodes;
}

static int by_name(gconstpointer a, gconstpointer b)
{
    return analysis_name_compare(*(const char *const *)a, *(const char *const *)b);
}

/* Names of `here` that `there` lacks. */
static void tell_apart(GHashTable *here, GHashTable *there, GPtrArray *only)
{
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
    GHashTableIter at;
    gpointer value;
    for (g_hash_table_iter_init(&at, there); g_hash_table_iter_next(&at, NULL, &value);)
        g_hash_table_add(names, ((node *)value)->name);
    for (g_hash_table_iter_init(&at, here); g_hash_table_iter_next(&at, NULL, &value);)
        if (!g_hash_table_contains(names, ((node *)value)->name))
            g_ptr_array_add(only, g_strdup(((node *)value)->name));
    g_ptr_array_sort(only, by_name);
}

/* ---- second by second --------------------------------------------------------------------- */

/* The rows of one run, with the next one at hand. */
typedef struct reader {
    analysis_results *results;
    GHashTable *nodes;
    sqlite3_stmt *rows;
    bool more;
} reader;

enum { ROW_SECOND, ROW_NODE, ROW_CHANNEL, ROW_HASH };

static bool reader_open(reader *r, analysis_results *results, int64_t run, GError **error)
{
    *r = (reader){.results = results, .nodes = read_nodes(results, run, error)};
    if (!r->nodes)
        return false;
    r->rows = prepare(results, "SELECT second, node_id, channel, hash FROM fingerprint"
                               " WHERE run_id = ? ORDER BY second", error);
    if (!r->rows)
        return false;
    sqlite3_bind_int64(r->rows, 1, run);
    r->more = analysis_row(results, r->rows);
    return true;
}

static void reader_close(reader *r)
{
    sqlite3_finalize(r->rows);
    if (r->nodes)
        g_hash_table_destroy(r->nodes);
}

static int64_t next_second(const reader *r)
{
    return r->more ? sqlite3_column_int64(r->rows, ROW_SECOND) : INT64_MAX;
}

/* Of the row at hand: a cell is the same on both sides by name, not by id. "m 0 wire" for a
 * group of mobile nodes, "n ha0 wire" for a node. */
static char *cell_key(const reader *r)
{
    int64_t id = sqlite3_column_int64(r->rows, ROW_NODE);
    const node *n = g_hash_table_lookup(r->nodes, &id);
    g_autofree char *channel = text_at(r->rows, ROW_CHANNEL);
    if (!n)
        return g_strdup_printf("n node %" G_GINT64_FORMAT "\n%s", id, channel);
    if (n->mobile)
        return g_strdup_printf("m %" G_GUINT64_FORMAT "\n%s", analysis_diff_group(n->name),
                               channel);
    return g_strdup_printf("n %s\n%s", n->name, channel);
}

/* The cells of a second: key -> hash. */
static GHashTable *read_second(reader *r, int64_t second)
{
    GHashTable *cells = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    while (next_second(r) == second) {
        g_hash_table_insert(cells, cell_key(r), text_at(r->rows, ROW_HASH));
        r->more = analysis_row(r->results, r->rows);
    }
    return cells;
}

static void add_cell(GPtrArray *cells, const char *key)
{
    analysis_diff_cell *cell = g_new(analysis_diff_cell, 1);
    const char *end = strchr(key, '\n');
    *cell = (analysis_diff_cell){.group = *key == 'm', .node = g_strndup(key + 2,
                                 (gsize)(end - key - 2)), .channel = g_strdup(end + 1)};
    g_ptr_array_add(cells, cell);
}

static int compare_cells(gconstpointer a, gconstpointer b)
{
    const analysis_diff_cell *x = *(const analysis_diff_cell *const *)a,
                             *y = *(const analysis_diff_cell *const *)b;
    if (x->group != y->group)
        return x->group - y->group;
    int order = analysis_name_compare(x->node, y->node);
    return order ? order : strcmp(x->channel, y->channel);
}

/* Cells of `a` whose hash is another in `b`, or, with `absent`, that `b` lacks. */
static void gather(GHashTable *a, GHashTable *b, bool absent, GPtrArray *cells)
{
    GHashTableIter at;
    gpointer key, hash;
    for (g_hash_table_iter_init(&at, a); g_hash_table_iter_next(&at, &key, &hash);) {
        const char *other = g_hash_table_lookup(b, key);
        if (absent ? !other : !other || strcmp(other, hash) != 0)
            add_cell(cells, key);
    }
}

/* Up to the first second that differs; true if there is one. */
static bool compare_seconds(analysis_diff *d, reader *a, reader *b, int64_t end)
{
    for (;;) {
        d->second = MIN(next_second(a), next_second(b));
        if (d->second >= end)
            return false;
        g_autoptr(GHashTable) x = read_second(a, d->second), y = read_second(b, d->second);
        gather(x, y, false, d->cells);
        gather(y, x, true, d->cells);
        g_ptr_array_sort(d->cells, compare_cells);
        if (d->cells->len > 0)
            return true;
    }
}

/* ---- one pair ----------------------------------------------------------------------------- */

static bool is_complete(const analysis_diff_run *run)
{
    return strcmp(run->status, "complete") == 0;
}

static bool read_pair(analysis_diff *d, reader *sides)
{
    const analysis_diff_run *a = d->run[0], *b = d->run[1];
    tell_apart(sides[0].nodes, sides[1].nodes, d->only[0]);
    tell_apart(sides[1].nodes, sides[0].nodes, d->only[1]);
    d->compared_ns = MIN(a->simulated_ns, b->simulated_ns);
    bool whole = is_complete(a) && is_complete(b) && a->simulated_ns == b->simulated_ns;
    if (whole && strcmp(a->fingerprint, b->fingerprint) == 0)
        return true;
    d->answer = ANALYSIS_DIFF_UNKNOWN;
    if (!a->kept || !b->kept)
        return true;
    /* The last second of the shorter one may be a part of one. */
    if (!whole)
        d->compared_ns -= d->compared_ns % SECOND_NS;
    if (compare_seconds(d, &sides[0], &sides[1], (d->compared_ns + SECOND_NS - 1) / SECOND_NS))
        d->answer = ANALYSIS_DIFF_OTHER;
    else if (!whole)
        d->answer = ANALYSIS_DIFF_SAME;
    return true;
}

static analysis_diff *compare_runs(analysis_results *const files[2],
                                   analysis_diff_run *const run[2], GError **error)
{
    analysis_diff *d = g_new0(analysis_diff, 1);
    d->cells = g_ptr_array_new_with_free_func(free_cell);
    for (int side = 0; side < 2; side++) {
        d->run[side] = run[side];
        d->only[side] = g_ptr_array_new_with_free_func(g_free);
    }
    reader sides[2] = {{0}, {0}};
    bool good = reader_open(&sides[0], files[0], run[0]->id, error) &&
                reader_open(&sides[1], files[1], run[1]->id, error) && read_pair(d, sides);
    reader_close(&sides[0]);
    reader_close(&sides[1]);
    if (good && analysis_undamaged(files[0], error) && analysis_undamaged(files[1], error))
        return d;
    free_diff(d);
    return NULL;
}

/* ---- all pairs ---------------------------------------------------------------------------- */

/* Takes a run out of a list. */
static analysis_diff_run *take(GPtrArray *runs, guint i)
{
    analysis_diff_run *run = g_ptr_array_index(runs, i);
    runs->pdata[i] = NULL;
    return run;
}

static analysis_diff_run *take_id(analysis_results *file, GPtrArray *runs, int64_t id,
                                  GError **error)
{
    for (guint i = 0; i < runs->len; i++)
        if (((analysis_diff_run *)g_ptr_array_index(runs, i))->id == id)
            return take(runs, i);
    g_set_error(error, ANALYSIS_ERROR, ANALYSIS_DIFF_BAD, "%s: has no run %" G_GINT64_FORMAT,
                file->path, id);
    return NULL;
}

static bool add_pair(analysis_diffs *diffs, analysis_results *const files[2],
                     analysis_diff_run *a, analysis_diff_run *b, GError **error)
{
    analysis_diff_run *run[2] = {a, b};
    analysis_diff *d = compare_runs(files, run, error);
    if (d)
        g_ptr_array_add(diffs->pairs, d);
    return d != NULL;
}

/* Of runs with one label the last one counts. */
static void leave_out(GPtrArray *runs, analysis_diffs *diffs)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = runs->len; i-- > 0;) {
        const analysis_diff_run *run = g_ptr_array_index(runs, i);
        bool running = strcmp(run->status, "running") == 0;
        bool again = !running && !g_hash_table_add(seen, run->label);
        diffs->unfinished += running;
        diffs->repeated += again;
        if (running || again)
            free_run(take(runs, i));
    }
}

static bool add_pairs(analysis_diffs *diffs, analysis_results *const files[2],
                      GPtrArray *const runs[2], GError **error)
{
    for (int side = 0; side < 2; side++)
        leave_out(runs[side], diffs);
    for (guint i = 0; i < runs[0]->len; i++) {
        const analysis_diff_run *a = g_ptr_array_index(runs[0], i);
        guint k = 0;
        for (; a && k < runs[1]->len; k++) {
            const analysis_diff_run *b = g_ptr_array_index(runs[1], k);
            if (b && strcmp(a->label, b->label) == 0)
                break;
        }
        if (a && k < runs[1]->len &&
            !add_pair(diffs, files, take(runs[0], i), take(runs[1], k), error))
            return false;
    }
    for (int side = 0; side < 2; side++)
        for (guint i = 0; i < runs[side]->len; i++)
            if (runs[side]->pdata[i])
                g_ptr_array_add(diffs->alone[side],
                                g_strdup(((analysis_diff_run *)runs[side]->pdata[i])->label));
    return true;
}

static bool add_picked(analysis_diffs *diffs, analysis_results *const files[2],
                       GPtrArray *const runs[2], const int64_t *pick, GError **error)
{
    analysis_diff_run *a = take_id(files[0], runs[0], pick[0], error);
    analysis_diff_run *b = a ? take_id(files[1], runs[1], pick[1], error) : NULL;
    if (b)
        return add_pair(diffs, files, a, b, error);
    free_run(a);
    return false;
}

static bool refuse_none(analysis_results *const files[2], GError **error)
{
    g_set_error(error, ANALYSIS_ERROR, ANALYSIS_DIFF_BAD,
                "no run of %s is also in %s: the same scenario, policy, seed and replication "
                "(--run picks two others)", files[0]->path, files[1]->path);
    return false;
}

analysis_diffs *analysis_diff_files(analysis_results *a, analysis_results *b, const int64_t *pick,
                                    GError **error)
{
    analysis_results *const files[2] = {a, b};
    analysis_diffs *diffs = g_new0(analysis_diffs, 1);
    diffs->pairs = g_ptr_array_new_with_free_func(free_diff);
    for (int side = 0; side < 2; side++)
        diffs->alone[side] = g_ptr_array_new_with_free_func(g_free);
    GPtrArray *runs[2] = {read_runs(a, error), NULL};
    runs[1] = runs[0] ? read_runs(b, error) : NULL;
    bool good = runs[1] && (pick ? add_picked(diffs, files, runs, pick, error)
                                 : add_pairs(diffs, files, runs, error)) &&
                (diffs->pairs->len > 0 || refuse_none(files, error));
    for (int side = 0; side < 2; side++)
        if (runs[side])
            g_ptr_array_free(runs[side], TRUE);
    if (good)
        return diffs;
    analysis_diffs_free(diffs);
    return NULL;
}
