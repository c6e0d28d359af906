/* A baseline in memory, from the runs of a results file. See baseline.h.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <math.h>
#include <string.h>

#include "analysis/baseline_private.h"
#include "analysis/compare.h"

/* ---- made and freed ------------------------------------------------------------------------- */

static void trace_free(gpointer p)
{
    analysis_trace *t = p;
    g_free(t->node);
    g_free(t->channel);
    g_free(t->digits);
    g_free(t);
}

static void run_free(gpointer p)
{
    analysis_baseline_run *run = p;
    g_free(run->fingerprint);
    g_ptr_array_free(run->traces, TRUE);
    g_free(run);
}

static void metric_free(gpointer p)
{
    analysis_baseline_metric *m = p;
    g_free(m->name);
    g_free(m->values);
    g_free(m);
}

static void policy_free(gpointer p)
{
    analysis_baseline_policy *policy = p;
    g_free(policy->policy);
    g_free(policy->config_sha256);
    g_ptr_array_free(policy->runs, TRUE);
    g_ptr_array_free(policy->metrics, TRUE);
    g_free(policy);
}

analysis_baseline *analysis_baseline_new(const char *scenario, const char *code_version,
                                         const char *form)
{
    analysis_baseline *b = g_new0(analysis_baseline, 1);
    b->scenario = g_strdup(scenario);
    b->code_version = g_strdup(code_version);
    b->form = g_strdup(form);
    b->policies = g_ptr_array_new_with_free_func(policy_free);
    return b;
}

void analysis_baseline_free(analysis_baseline *b)
{
    if (!b)
        return;
    g_free(b->path);
    g_free(b->scenario);
    g_free(b->code_version);
    g_free(b->form);
    g_ptr_array_free(b->policies, TRUE);
    g_free(b);
}

analysis_baseline_policy *analysis_baseline_add_policy(analysis_baseline *b, const char *label)
{
    analysis_baseline_policy *p = g_new0(analysis_baseline_policy, 1);
    p->policy = g_strdup(label);
    p->config_sha256 = g_strdup("");
    p->runs = g_ptr_array_new_with_free_func(run_free);
    p->metrics = g_ptr_array_new_with_free_func(metric_free);
    g_ptr_array_add(b->policies, p);
    return p;
}

analysis_baseline_run *analysis_baseline_add_run(analysis_baseline_policy *p, int64_t replication,
                                                 const char *fingerprint)
{
    analysis_baseline_run *run = g_new0(analysis_baseline_run, 1);
    run->replication = replication;
    run->fingerprint = g_strdup(fingerprint);
    run->traces = g_ptr_array_new_with_free_func(trace_free);
    g_ptr_array_add(p->runs, run);
    return run;
}

analysis_baseline_metric *analysis_baseline_add_metric(analysis_baseline_policy *p,
                                                       const char *name)
{
    analysis_baseline_metric *m = g_new0(analysis_baseline_metric, 1);
    m->name = g_strdup(name);
    m->values = g_new(double, MAX(p->runs->len, 1));
    for (guint i = 0; i < p->runs->len; i++)
        m->values[i] = NAN;
    g_ptr_array_add(p->metrics, m);
    return m;
}

analysis_trace *analysis_baseline_add_trace(analysis_baseline_run *run, const char *node,
                                            const char *channel, const char *digits)
{
    analysis_trace *t = g_new0(analysis_trace, 1);
    t->node = g_strdup(node);
    t->channel = g_strdup(channel);
    t->digits = g_strdup(digits);
    g_ptr_array_add(run->traces, t);
    return t;
}

/* ---- found ---------------------------------------------------------------------------------- */

const analysis_baseline_policy *analysis_baseline_find(const analysis_baseline *b,
                                                       const char *policy)
{
    for (guint i = 0; i < b->policies->len; i++) {
        const analysis_baseline_policy *p = g_ptr_array_index(b->policies, i);
        if (strcmp(p->policy, policy) == 0)
            return p;
    }
    return NULL;
}

int analysis_baseline_run_of(const analysis_baseline_policy *p, int64_t replication)
{
    for (guint i = 0; i < p->runs->len; i++)
        if (((const analysis_baseline_run *)g_ptr_array_index(p->runs, i))->replication
            == replication)
            return (int)i;
    return -1;
}

const analysis_baseline_metric *analysis_baseline_metric_of(const analysis_baseline_policy *p,
                                                            const char *name)
{
    for (guint i = 0; i < p->metrics->len; i++) {
        const analysis_baseline_metric *m = g_ptr_array_index(p->metrics, i);
        if (strcmp(m->name, name) == 0)
            return m;
    }
    return NULL;
}

/* ---- traces --------------------------------------------------------------------------------- */

/* Sums of a trace under way: order is nothing, as in the fingerprint. */
typedef struct sums {
    char *node, *channel;
    uint64_t sum[ANALYSIS_BASELINE_WINDOWS];
    bool any[ANALYSIS_BASELINE_WINDOWS];
} sums;

static void sums_free(gpointer p)
{
    sums *s = p;
    g_free(s->node);
    g_free(s->channel);
    g_free(s);
}

/* FNV-1a. */
static uint64_t hash_of(const char *text)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (const unsigned char *p = (const unsigned char *)text; *p; p++)
        h = (h ^ *p) * UINT64_C(0x100000001b3);
    return h;
}

static char digit_of(uint64_t sum)
{
    static const char digits[] =
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";
    return digits[(sum * UINT64_C(0x9e3779b97f4a7c15)) >> 58];
}

static sums *sums_for(GPtrArray *list, const char *node, const char *channel)
{
    for (guint i = 0; i < list->len; i++) {
        sums *s = g_ptr_array_index(list, i);
        if (g_strcmp0(s->node, node) == 0 && strcmp(s->channel, channel) == 0)
            return s;
    }
    sums *s = g_new0(sums, 1);
    s->node = g_strdup(node);
    s->channel = g_strdup(channel);
    g_ptr_array_add(list, s);
    return s;
}

static int by_node(const void *a, const void *b)
{
    const sums *x = *(const sums *const *)a, *y = *(const sums *const *)b;
    int order = x->node && y->node ? analysis_name_compare(x->node, y->node) : 0;
    return order ? order : strcmp(x->channel, y->channel);
}

static void keep_traces(analysis_baseline_run *run, GPtrArray *list, guint windows)
{
    if (list->len > 0)
        qsort(list->pdata, list->len, sizeof *list->pdata, by_node);
    for (guint i = 0; i < list->len; i++) {
        const sums *s = g_ptr_array_index(list, i);
        char digits[ANALYSIS_BASELINE_WINDOWS + 1] = "";
        for (guint w = 0; w < windows; w++)
            digits[w] = s->any[w] ? digit_of(s->sum[w]) : ANALYSIS_TRACE_NOTHING;
        analysis_baseline_add_trace(run, s->node, s->channel, digits);
    }
}

/* ---- reading runs --------------------------------------------------------------------------- */

static sqlite3_stmt *prepare(analysis_results *r, const char *sql, int64_t run_id)
{
    sqlite3_stmt *s = NULL;
    if (sqlite3_prepare_v2(r->db, sql, -1, &s, NULL) != SQLITE_OK)
        g_error("%s: %s", sql, sqlite3_errmsg(r->db));
    sqlite3_bind_int64(s, 1, run_id);
    return s;
}

static const char *text(sqlite3_stmt *s, int column)
{
    const char *t = (const char *)sqlite3_column_text(s, column);
    return t ? t : "";
}

static void read_traces(const analysis_baseline *b, analysis_results *r, int64_t id,
                        bool each_node, analysis_baseline_run *run)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(sums_free);
    /* Mobile nodes go by the first of their group. */
    sqlite3_stmt *s = prepare(r, "SELECT f.second,"
        " n.name || iif(n.kind = 'mobile-node', '..', ''), f.channel, f.hash FROM fingerprint f"
        " LEFT JOIN node n ON n.run_id = f.run_id AND n.node_id = f.node_id"
        " WHERE f.run_id = ?1 ORDER BY f.second", id);
    guint windows = 0;
    while (analysis_row(r, s)) {
        guint w = (guint)(sqlite3_column_int64(s, 0) / b->window_s);
        if (w >= ANALYSIS_BASELINE_WINDOWS)
            break;
        sums *one = sums_for(list, each_node ? text(s, 1) : NULL, text(s, 2));
        one->sum[w] += hash_of(text(s, 3));
        one->any[w] = true;
        windows = MAX(windows, w + 1);
    }
    sqlite3_finalize(s);
    keep_traces(run, list, windows);
}

/* A run's row; false with *error. */
static bool read_run(analysis_baseline *b, analysis_baseline_policy *p, analysis_results *r,
                     int64_t id, GError **error)
{
    sqlite3_stmt *s = prepare(r, "SELECT replication, fingerprint, simulated_ns, config_sha256,"
                                 " seed FROM run WHERE run_id = ?1 AND status = 'complete'", id);
    bool there = analysis_row(r, s);
    if (there) {
        int64_t seconds = (sqlite3_column_int64(s, 2) + 999999999) / 1000000000;
        b->window_s = MAX(1, (seconds + ANALYSIS_BASELINE_WINDOWS - 1)
                             / ANALYSIS_BASELINE_WINDOWS);
        g_free(p->config_sha256);
        p->config_sha256 = g_strdup(text(s, 3));
        p->seed = sqlite3_column_int64(s, 4);
        analysis_baseline_run *run = analysis_baseline_add_run(p, sqlite3_column_int64(s, 0),
                                                               text(s, 1));
        read_traces(b, r, id, p->runs->len == 1, run);
    }
    sqlite3_finalize(s);
    if (!there)
        g_set_error(error, ANALYSIS_ERROR, ANALYSIS_ERROR_BAD, "%s: run %" G_GINT64_FORMAT " is "
                    "not complete", r->path, id);
    return there;
}

/* What is written is what is compared: seven digits. */
static double rounded(double value)
{
    char digits[G_ASCII_DTOSTR_BUF_SIZE];
    return g_ascii_strtod(g_ascii_formatd(digits, sizeof digits, "%.7g", value), NULL);
}

/* Metrics that are judged and have a value in some run. */
static void read_metrics(analysis_baseline_policy *p, analysis_results *r, const int64_t *ids)
{
    const analysis_metric_row *row;
    for (size_t i = 0; (row = analysis_metric_row_at(i)) != NULL; i++) {
        analysis_baseline_metric *m = NULL;
        for (guint k = 0; row->role != ANALYSIS_CONTEXT && k < p->runs->len; k++) {
            sqlite3_stmt *s = prepare(r, "SELECT value FROM metric WHERE run_id = ?1 AND name = ?2"
                                         " AND node_id IS NULL AND value IS NOT NULL", ids[k]);
            sqlite3_bind_text(s, 2, row->name, -1, SQLITE_STATIC);
            if (analysis_row(r, s)) {
                m = m ? m : analysis_baseline_add_metric(p, row->name);
                m->values[k] = rounded(sqlite3_column_double(s, 0));
            }
            sqlite3_finalize(s);
        }
    }
}

bool analysis_baseline_add(analysis_baseline *b, analysis_results *r, const char *policy,
                           const int64_t *run_ids, size_t n, GError **error)
{
    analysis_baseline_policy *p = analysis_baseline_add_policy(b, policy);
    for (size_t i = 0; i < n; i++)
        if (!read_run(b, p, r, run_ids[i], error))
            return false;
    read_metrics(p, r, run_ids);
    return analysis_undamaged(r, error);
}
