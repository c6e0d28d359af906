/* See compare.h. SPDX-License-Identifier: GPL-3.0-or-later */

#include "analysis/compare_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void pairing_free(gpointer p)
{
    analysis_pairing *x = p;
    g_free(x->run_ids);
    g_free(x->cut_s);
    g_free(x);
}

void analysis_comparison_free(analysis_comparison *c)
{
    if (!c)
        return;
    g_ptr_array_free(c->metrics, TRUE);
    g_ptr_array_free(c->pairs, TRUE);
    g_ptr_array_free(c->notes, TRUE);
    g_ptr_array_free(c->losses, TRUE);
    g_strfreev(c->policies);
    g_free(c->path);
    g_free(c->scenario);
    g_free(c->code_version);
    g_free(c->delay);
    g_free(c);
}

/* ---- which metrics -------------------------------------------------------------------------- */

static size_t rank_of(const analysis_compared *m)
{
    const analysis_metric_row *first = analysis_metric_row_at(0);
    return m->row ? (size_t)(m->row - first) : SIZE_MAX;
}

static int by_rank(const void *a, const void *b)
{
    const analysis_compared *x = *(const analysis_compared *const *)a;
    const analysis_compared *y = *(const analysis_compared *const *)b;
    size_t i = rank_of(x), j = rank_of(y);
    return i != j ? (i < j ? -1 : 1) : strcmp(x->name, y->name);
}

static bool wants_all(const analysis_compare_options *o)
{
    return o->metrics && g_strv_contains(o->metrics, "all");
}

/* Those named form the family of tests; else what is of benefit or costs. */
static bool choose_metrics(analysis_comparison *c, const analysis_compare_options *o,
                           GError **error)
{
    qsort(c->metrics->pdata, c->metrics->len, sizeof *c->metrics->pdata, by_rank);
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (guint i = 0; i < c->metrics->len; i++) {
        analysis_compared *m = g_ptr_array_index(c->metrics, i);
        g_ptr_array_add(names, m->name);
        m->judged = wants_all(o) || (o->metrics ? g_strv_contains(o->metrics, m->name)
                                     : m->row && m->row->role != ANALYSIS_CONTEXT);
    }
    for (const char *const *name = o->metrics; name && *name; name++) {
        if (strcmp(*name, "all") == 0 || analysis_compare_metric(c, *name))
            continue;
        g_autofree char *hint = analysis_compare_hint(o, *name, names);
        return analysis_compare_bad(error, "there is no metric `%s`%s", *name, hint);
    }
    return true;
}

/* ---- numbers -------------------------------------------------------------------------------- */

static void describe(analysis_cell *cell, guint n, double level)
{
    g_autofree double *x = g_new(double, n);
    guint k = 0;
    for (guint i = 0; i < n; i++)
        if (!isnan(cell->values[i]))
            x[k++] = cell->values[i];
    cell->sample = analysis_sample_of(x, k);
    cell->interval = cell->by_t = analysis_t_interval(x, k, level);
    if (!analysis_not_t(x, k))
        return;
    analysis_interval i = analysis_bootstrap_interval(x, k, level);
    cell->bootstrap = i.known;
    if (i.known)
        cell->interval = i;
}

/* Over the pairs in which both have a value. */
static analysis_paired pair_cells(const analysis_cell *a, const analysis_cell *b, guint n,
                                  double level)
{
    g_autofree double *x = g_new(double, n), *y = g_new(double, n);
    guint k = 0;
    for (guint i = 0; i < n; i++) {
        if (isnan(a->values[i]) || isnan(b->values[i]))
            continue;
        x[k] = a->values[i];
        y[k++] = b->values[i];
    }
    return analysis_pair(x, y, k, level);
}

static void calculate(analysis_comparison *c)
{
    guint n = c->pairs->len;
    for (guint i = 0; i < c->metrics->len; i++) {
        analysis_compared *m = g_ptr_array_index(c->metrics, i);
        for (guint p = 0; p < c->n_policies; p++) {
            describe(&m->cells[p], n, c->level);
            if (p > 0)
                m->pairs[p] = pair_cells(&m->cells[0], &m->cells[p], n, c->level);
        }
    }
}

/* One family: every judged metric of every policy against the baseline. */
static void correct(analysis_comparison *c)
{
    guint per_metric = c->n_policies - 1, n = c->metrics->len * per_metric;
    g_autofree double *p = g_new(double, n), *adjusted = g_new(double, n);
    for (guint i = 0; i < n; i++) {
        const analysis_compared *m = g_ptr_array_index(c->metrics, i / per_metric);
        p[i] = m->judged ? m->pairs[1 + i % per_metric].p : NAN;
        c->tests += isnan(p[i]) ? 0 : 1;
    }
    analysis_holm(p, n, adjusted);
    for (guint i = 0; i < n; i++) {
        analysis_compared *m = g_ptr_array_index(c->metrics, i / per_metric);
        m->p_holm[1 + i % per_metric] = adjusted[i];
    }
}

static void tell_caveats(analysis_comparison *c)
{
    enum { SHAPE = 8 };
    guint n = c->pairs->len, unsteady = 0;
    if (n == 1)
        analysis_compare_note(c, "one pair: there is no interval and no test; run more "
                                 "replications");
    else if (n < SHAPE)
        analysis_compare_note(c, "fewer than 8 pairs: t's assumption of normal differences cannot "
                                 "be checked");
    for (guint i = 0; i < n; i++) {
        const analysis_pairing *p = g_ptr_array_index(c->pairs, i);
        for (guint k = 0; k < c->n_policies; k++)
            unsteady += isnan(p->cut_s[k]) != 0;
    }
    if (c->mser && c->has_samples && unsteady > 0)
        analysis_compare_note(c, "MSER-5 finds no steady state in %u of %u runs: their samples "
                                 "count from the warm-up on", unsteady, n * c->n_policies);
}

analysis_comparison *analysis_compare(analysis_results *r, const analysis_compare_options *o,
                                      GError **error)
{
    g_autoptr(analysis_comparison) c = g_new0(analysis_comparison, 1);
    c->path = g_strdup(r->path);
    c->level = o->level;
    c->mser = o->mser;
    c->metrics = g_ptr_array_new_with_free_func(analysis_compare_metric_free);
    c->pairs = g_ptr_array_new_with_free_func(pairing_free);
    c->notes = g_ptr_array_new_with_free_func(g_free);
    c->losses = g_ptr_array_new_with_free_func(analysis_compare_loss_free);
    if (!analysis_compare_choose(c, r, o, error) || !analysis_compare_read(c, r, error) ||
        !choose_metrics(c, o, error))
        return NULL;
    analysis_compare_read_losses(c, r);
    calculate(c);
    correct(c);
    tell_caveats(c);
    return g_steal_pointer(&c);
}

/* ---- answers -------------------------------------------------------------------------------- */

bool analysis_differs(const analysis_comparison *c, const analysis_compared *m, guint policy)
{
    return m->p_holm[policy] < 1 - c->level;
}

int analysis_verdict(const analysis_comparison *c, const analysis_compared *m, guint policy)
{
    if (!analysis_differs(c, m, policy) || !m->row || m->row->better == 0)
        return 0;
    return (m->pairs[policy].difference.mean > 0) == (m->row->better > 0) ? 1 : -1;
}

static bool is_precise(const analysis_paired *p, double share)
{
    double scale = MAX(fabs(p->a.mean), fabs(p->b.mean));
    double half = (p->interval.high - p->interval.low) / 2;
    return p->n == 0 || (p->interval.known && half <= share * scale);
}

bool analysis_precise(const analysis_comparison *c, double share)
{
    for (guint i = 0; i < c->metrics->len; i++) {
        const analysis_compared *m = g_ptr_array_index(c->metrics, i);
        for (guint p = 1; p < c->n_policies && m->judged; p++)
            if (!is_precise(&m->pairs[p], share))
                return false;
    }
    return c->pairs->len > 1;
}
