/* The values behind a comparison: table metric, samples, histograms. See compare.h.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <math.h>
#include <string.h>

#include "analysis/compare_private.h"
#include "analysis/mser.h"

/* ---- the table metric ----------------------------------------------------------------------- */

void analysis_compare_metric_free(gpointer p)
{
    analysis_compared *m = p;
    g_free(m->cells ? m->cells[0].values : NULL);   /* of all policies, in one block */
    g_free(m->cells);
    g_free(m->pairs);
    g_free(m->p_holm);
    g_free(m->name);
    g_free(m->words);
    g_free(m);
}

analysis_compared *analysis_compare_metric(analysis_comparison *c, const char *name)
{
    for (guint i = 0; i < c->metrics->len; i++) {
        analysis_compared *m = g_ptr_array_index(c->metrics, i);
        if (strcmp(m->name, name) == 0)
            return m;
    }
    return NULL;
}

static analysis_compared *metric_made(analysis_comparison *c, const char *name)
{
    analysis_compared *m = analysis_compare_metric(c, name);
    if (m)
        return m;
    guint n = c->n_policies, k = c->pairs->len;
    m = g_new0(analysis_compared, 1);
    m->name = g_strdup(name);
    m->row = analysis_metric_row_find(name);
    m->words = g_strdup(m->row ? m->row->words : name);
    m->cells = g_new0(analysis_cell, n);
    m->pairs = g_new0(analysis_paired, n);
    m->p_holm = g_new0(double, n);
    double *values = g_new(double, n * k);
    /* These have a row only where there were some. */
    bool counted = g_str_has_prefix(name, "failed_registrations_") ||
                   strcmp(name, "redirections") == 0;
    double none = counted ? 0 : NAN;
    for (guint i = 0; i < n * k; i++)
        values[i] = none;
    for (guint p = 0; p < n; p++)
        m->cells[p].values = values + p * k;
    g_ptr_array_add(c->metrics, m);
    return m;
}

static void put(analysis_comparison *c, const char *name, guint policy, guint pair, double value)
{
    metric_made(c, name)->cells[policy].values[pair] = value;
}

/* One run of a pair being read. */
typedef struct reader {
    analysis_comparison *c;
    analysis_results *r;
    guint policy, pair;
    int64_t id;
    GError *error;
} reader;

/* A statement about this run; NULL with error set. */
static sqlite3_stmt *ask(reader *x, const char *sql)
{
    sqlite3_stmt *s = x->error ? NULL : analysis_compare_prepare(x->r, sql, &x->error);
    if (s)
        sqlite3_bind_int64(s, 1, x->id);
    return s;
}

static bool answers(reader *x, sqlite3_stmt *s)
{
    return s && analysis_compare_step(x->r, s, &x->error);
}

static void read_metrics(reader *x)
{
    sqlite3_stmt *s = ask(x, "SELECT name, value FROM metric WHERE run_id = ?1"
                             " AND node_id IS NULL");
    while (answers(x, s)) {
        const char *name = (const char *)sqlite3_column_text(s, 0);
        bool has = sqlite3_column_type(s, 1) != SQLITE_NULL;
        put(x->c, name, x->policy, x->pair, has ? sqlite3_column_double(s, 1) : NAN);
    }
    sqlite3_finalize(s);
}

/* ---- samples -------------------------------------------------------------------------------- */

typedef struct moment {
    double t_s, queue, jain, tunnelled_bits;
} moment;

/* All agents together at each sample. */
static GArray *series_of(reader *x)
{
    GArray *series = g_array_new(FALSE, FALSE, sizeof(moment));
    sqlite3_stmt *s = ask(x,
        "SELECT t_ns / 1e9, sum(queue_packets), coalesce(sum(mn_count) * 1.0 * sum(mn_count)"
        " / nullif(count(*) * sum(mn_count * mn_count), 0), 0), sum(tunnelled_bytes) * 8.0"
        " FROM ha_sample WHERE run_id = ?1 GROUP BY t_ns ORDER BY t_ns");
    while (answers(x, s)) {
        moment m = {sqlite3_column_double(s, 0), sqlite3_column_double(s, 1),
                    sqlite3_column_double(s, 2), sqlite3_column_double(s, 3)};
        g_array_append_val(series, m);
    }
    sqlite3_finalize(s);
    return series;
}

static double warm_up_of(reader *x)
{
    double value = 0;
    sqlite3_stmt *s = ask(x, "SELECT value FROM run_param WHERE run_id = ?1"
                             " AND key = 'scenario.warm-up'");
    if (answers(x, s))
        analysis_compare_quantity((const char *)sqlite3_column_text(s, 0), &value);
    sqlite3_finalize(s);
    return value;
}

/* When queues and node counts have settled: the later of both cuts; NAN where one does not. */
static double cut_of(const GArray *series)
{
    const moment *m = (const moment *)(const void *)series->data;
    g_autofree double *queue = g_new(double, MAX(series->len, 1));
    g_autofree double *jain = g_new(double, MAX(series->len, 1));
    for (guint i = 0; i < series->len; i++) {
        queue[i] = m[i].queue;
        jain[i] = m[i].jain;
    }
    analysis_mser a = analysis_mser_5(queue, series->len), b = analysis_mser_5(jain, series->len);
    return a.steady && b.steady ? m[MAX(a.cut, b.cut)].t_s : NAN;
}

/* Means from `from_s` on. */
static void put_series(reader *x, const GArray *series, double from_s)
{
    double queue = 0, jain = 0;
    guint n = 0, with_nodes = 0;
    const moment *first = NULL, *last = NULL;
    for (guint i = 0; i < series->len; i++) {
        const moment *m = &g_array_index(series, moment, i);
        if (m->t_s < from_s)
            continue;
        first = first ? first : m;
        last = m;
        n++;
        queue += m->queue;
        with_nodes += m->jain > 0;
        jain += m->jain;
    }
    put(x->c, "sampled_queue", x->policy, x->pair, n ? queue / n : NAN);
    put(x->c, "sampled_jain_mn", x->policy, x->pair, with_nodes ? jain / with_nodes : NAN);
    put(x->c, "sampled_throughput", x->policy, x->pair, n > 1
        ? (last->tunnelled_bits - first->tunnelled_bits) / (last->t_s - first->t_s) / 1e6 : NAN);
}

/* Samples of both runs of a pair count from the same time on, or its world would not be one. */
static bool read_samples(analysis_comparison *c, analysis_results *r, guint pair, GError **error)
{
    analysis_pairing *p = g_ptr_array_index(c->pairs, pair);
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
    reader x = {.c = c, .r = r, .pair = pair};
    for (guint i = 0; i < c->n_policies; i++) {
        x.id = p->run_ids[i];
        GArray *series = series_of(&x);
        g_ptr_array_add(all, series);
        double warm_up = warm_up_of(&x);
        c->warm_up_s = MAX(c->warm_up_s, warm_up);
        c->has_samples = c->has_samples || series->len > 0;
        p->cut_s[i] = cut_of(series);
        p->from_s = MAX(p->from_s, warm_up);
        if (c->mser && !isnan(p->cut_s[i]))
            p->from_s = MAX(p->from_s, p->cut_s[i]);
    }
    for (guint i = 0; i < c->n_policies && !x.error; i++) {
        x.policy = i;
        put_series(&x, g_ptr_array_index(all, i), p->from_s);
    }
    if (x.error)
        g_propagate_error(error, x.error);
    return !x.error;
}

/* ---- histograms ----------------------------------------------------------------------------- */

static const double shares[ANALYSIS_PERCENTILES] = {0.5, 0.9, 0.99, 0.999};

/* Of bins in order, as rows (low, high, count): the value that a share of all do not exceed,
 * interpolated in its bin, which bounds it. */
static analysis_percentile percentile(const GArray *bins, double share)
{
    typedef struct bin { double low, high, count; } bin;
    double all = 0, before = 0;
    for (guint i = 0; i < bins->len; i++)
        all += g_array_index(bins, bin, i).count;
    double rank = MAX(1, ceil(share * all - 1e-9));
    for (guint i = 0; i < bins->len; i++) {
        const bin *b = &g_array_index(bins, bin, i);
        if (before + b->count >= rank) {
            double part = (rank - before - 0.5) / b->count;
            return (analysis_percentile){share, b->low + part * (b->high - b->low), b->low,
                                         b->high};
        }
        before += b->count;
    }
    return (analysis_percentile){share, NAN, NAN, NAN};
}

static GArray *bins_of(reader *x, const char *run_ids)
{
    GArray *bins = g_array_new(FALSE, FALSE, 3 * sizeof(double));
    g_autofree char *sql = g_strdup_printf(
        "SELECT bin_low, bin_high, sum(count) FROM histogram WHERE run_id IN (%s)"
        " AND name = 'delay' AND node_id IS NULL GROUP BY bin_low ORDER BY bin_low", run_ids);
    sqlite3_stmt *s = ask(x, sql);
    while (answers(x, s)) {
        double bin[3] = {sqlite3_column_double(s, 0), sqlite3_column_double(s, 1),
                         sqlite3_column_double(s, 2)};
        g_array_append_vals(bins, bin, 1);
    }
    sqlite3_finalize(s);
    return bins;
}

/* Percentiles that the run itself did not write. */
static void read_percentiles(reader *x)
{
    static const struct { const char *name; int at; } made[] = {{"delay_p90", 1},
                                                                {"delay_p999", 3}};
    g_autofree char *id = g_strdup_printf("%" G_GINT64_FORMAT, x->id);
    g_autoptr(GArray) bins = bins_of(x, id);
    for (size_t i = 0; bins->len > 0 && i < G_N_ELEMENTS(made); i++)
        put(x->c, made[i].name, x->policy, x->pair, percentile(bins, shares[made[i].at]).value);
}

static bool read_pooled(analysis_comparison *c, analysis_results *r, GError **error)
{
    reader x = {.c = c, .r = r};
    c->delay = g_malloc0_n(c->n_policies, sizeof *c->delay);
    bool any = false;
    for (guint p = 0; p < c->n_policies; p++) {
        g_autoptr(GString) ids = g_string_new(NULL);
        for (guint i = 0; i < c->pairs->len; i++) {
            const analysis_pairing *pair = g_ptr_array_index(c->pairs, i);
            g_string_append_printf(ids, "%s%" G_GINT64_FORMAT, i ? ", " : "", pair->run_ids[p]);
        }
        g_autoptr(GArray) bins = bins_of(&x, ids->str);
        any = any || bins->len > 0;
        for (int k = 0; k < ANALYSIS_PERCENTILES; k++)
            c->delay[p][k] = percentile(bins, shares[k]);
    }
    if (!any)
        g_clear_pointer(&c->delay, g_free);
    if (x.error)
        g_propagate_error(error, x.error);
    return !x.error;
}

/* ---- all ------------------------------------------------------------------------------------ */

bool analysis_compare_read(analysis_comparison *c, analysis_results *r, GError **error)
{
    for (guint i = 0; i < c->pairs->len; i++) {
        const analysis_pairing *pair = g_ptr_array_index(c->pairs, i);
        reader x = {.c = c, .r = r, .pair = i};
        for (x.policy = 0; x.policy < c->n_policies; x.policy++) {
            x.id = pair->run_ids[x.policy];
            read_metrics(&x);
            read_percentiles(&x);
        }
        if (x.error) {
            g_propagate_error(error, x.error);
            return false;
        }
        if (!read_samples(c, r, i, error))
            return false;
    }
    return read_pooled(c, r, error);
}
