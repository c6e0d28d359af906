/* See regress.h. SPDX-License-Identifier: GPL-3.0-or-later */

#include "analysis/regress.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *analysis_answer_text(analysis_answer answer)
{
    static const char *const texts[] = {
        [ANALYSIS_IDENTICAL] = "identical", [ANALYSIS_CHANGED] = "changed, no metric moved",
        [ANALYSIS_MOVED] = "changed, and metrics moved", [ANALYSIS_NO_BASELINE] = "no baseline",
        [ANALYSIS_SKIPPED] = "skipped"};
    return texts[answer];
}

/* ---- made and freed ------------------------------------------------------------------------- */

static void policy_free(gpointer p)
{
    analysis_regress_policy *x = p;
    g_free(x->policy);
    g_ptr_array_free(x->first.where, TRUE);
    g_ptr_array_free(x->moves, TRUE);
    g_free(x);
}

static void scenario_free(gpointer p)
{
    analysis_regress_scenario *s = p;
    g_free(s->name);
    g_free(s->skipped);
    g_free(s->code_version);
    g_ptr_array_free(s->policies, TRUE);
    g_ptr_array_free(s->gone, TRUE);
    g_free(s);
}

analysis_regress *analysis_regress_new(double level)
{
    analysis_regress *r = g_new0(analysis_regress, 1);
    r->level = level;
    r->scenarios = g_ptr_array_new_with_free_func(scenario_free);
    r->notes = g_ptr_array_new_with_free_func(g_free);
    return r;
}

void analysis_regress_free(analysis_regress *r)
{
    if (!r)
        return;
    g_ptr_array_free(r->scenarios, TRUE);
    g_ptr_array_free(r->notes, TRUE);
    g_free(r);
}

static analysis_regress_scenario *add_scenario(analysis_regress *r, const char *name)
{
    analysis_regress_scenario *s = g_new0(analysis_regress_scenario, 1);
    s->name = g_strdup(name);
    s->policies = g_ptr_array_new_with_free_func(policy_free);
    s->gone = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(r->scenarios, s);
    return s;
}

static analysis_regress_policy *add_policy(analysis_regress_scenario *s, const char *label)
{
    analysis_regress_policy *p = g_new0(analysis_regress_policy, 1);
    p->policy = g_strdup(label);
    p->first.where = g_ptr_array_new_with_free_func(g_free);
    p->moves = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(s->policies, p);
    return p;
}

/* ---- the first difference ------------------------------------------------------------------- */

static const analysis_trace *same_trace(const analysis_baseline_run *run, const analysis_trace *t)
{
    for (guint i = 0; i < run->traces->len; i++) {
        const analysis_trace *x = g_ptr_array_index(run->traces, i);
        if (g_strcmp0(x->node, t->node) == 0 && strcmp(x->channel, t->channel) == 0)
            return x;
    }
    return NULL;
}

static char digit_at(const analysis_trace *t, guint window)
{
    return t && window < strlen(t->digits) ? t->digits[window] : ANALYSIS_TRACE_NOTHING;
}

/* Traces of both runs, each once. Borrowed. */
static GPtrArray *all_traces(const analysis_baseline_run *a, const analysis_baseline_run *b)
{
    GPtrArray *list = g_ptr_array_new();
    for (guint i = 0; i < a->traces->len; i++)
        g_ptr_array_add(list, g_ptr_array_index(a->traces, i));
    for (guint i = 0; i < b->traces->len; i++)
        if (!same_trace(a, g_ptr_array_index(b->traces, i)))
            g_ptr_array_add(list, g_ptr_array_index(b->traces, i));
    return list;
}

/* A decision is the cause of the rest, and packets are what comes of it. */
static int rank_of(const analysis_trace *t)
{
    static const char *const order[] = {"decision", "handoff", "binding", "queue", "wire"};
    int i = 0;
    while (i < (int)G_N_ELEMENTS(order) && strcmp(order[i], t->channel) != 0)
        i++;
    return i;
}

static int by_cause(const void *a, const void *b)
{
    const analysis_trace *x = *(const analysis_trace *const *)a;
    const analysis_trace *y = *(const analysis_trace *const *)b;
    int order = rank_of(x) - rank_of(y);
    return order || !x->node || !y->node ? order : analysis_name_compare(x->node, y->node);
}

static void find_first(analysis_first *first, const analysis_baseline_run *a,
                       const analysis_baseline_run *b, int64_t window_s)
{
    g_autoptr(GPtrArray) traces = all_traces(a, b);
    if (traces->len > 0)
        qsort(traces->pdata, traces->len, sizeof *traces->pdata, by_cause);
    first->replication = a->replication;
    for (guint w = 0; w < ANALYSIS_BASELINE_WINDOWS && !first->known; w++)
        for (guint i = 0; i < traces->len; i++) {
            const analysis_trace *t = g_ptr_array_index(traces, i);
            if (digit_at(same_trace(a, t), w) == digit_at(same_trace(b, t), w))
                continue;
            first->known = true;
            first->from_s = w * window_s;
            first->to_s = (w + 1) * window_s;
            g_ptr_array_add(first->where, t->node ? g_strconcat(t->node, " ", t->channel, NULL)
                                                  : g_strdup(t->channel));
        }
}

/* ---- pairs ---------------------------------------------------------------------------------- */

/* One policy before and now. */
typedef struct both {
    const analysis_baseline *old, *now;
    const analysis_baseline_policy *a, *b;
} both;

/* Values of a metric in the pairs in which both have one; their number. */
static size_t pair_values(const both *x, const char *name, double *a, double *b)
{
    const analysis_baseline_metric *m = analysis_baseline_metric_of(x->a, name);
    const analysis_baseline_metric *n = analysis_baseline_metric_of(x->b, name);
    size_t k = 0;
    for (guint i = 0; m && n && i < x->b->runs->len; i++) {
        const analysis_baseline_run *run = g_ptr_array_index(x->b->runs, i);
        int at = analysis_baseline_run_of(x->a, run->replication);
        if (at < 0 || isnan(m->values[at]) || isnan(n->values[i]))
            continue;
        a[k] = m->values[at];
        b[k++] = n->values[i];
    }
    return k;
}

static bool same_value(double a, double b)
{
    return (isnan(a) && isnan(b)) || a == b;
}

/* Does a metric that both know differ between run i of the baseline and run k of now? */
static bool is_remeasured(const both *x, guint i, guint k)
{
    for (guint m = 0; m < x->b->metrics->len; m++) {
        const analysis_baseline_metric *n = g_ptr_array_index(x->b->metrics, m);
        const analysis_baseline_metric *o = analysis_baseline_metric_of(x->a, n->name);
        if (o && !same_value(o->values[i], n->values[k]))
            return true;
    }
    return false;
}

static void count_pairs(analysis_regress_policy *p, const both *x)
{
    for (guint k = 0; k < x->b->runs->len; k++) {
        const analysis_baseline_run *now = g_ptr_array_index(x->b->runs, k);
        int i = x->a ? analysis_baseline_run_of(x->a, now->replication) : -1;
        if (i < 0) {
            p->unmatched++;
            continue;
        }
        const analysis_baseline_run *old = g_ptr_array_index(x->a->runs, i);
        bool same = strcmp(old->fingerprint, now->fingerprint) == 0;
        if (!same && p->differing++ == 0 && x->old->window_s == x->now->window_s)
            find_first(&p->first, old, now, x->now->window_s);
        if (!same && p->differing == 1)
            p->first.replication = now->replication;
        p->remeasured += same && is_remeasured(x, (guint)i, k);
        p->pairs++;
    }
}

static void test_metrics(analysis_regress_policy *p, const both *x, double level)
{
    const analysis_metric_row *row;
    guint n = x->b->runs->len;
    g_autofree double *a = g_new(double, MAX(n, 1)), *b = g_new(double, MAX(n, 1));
    for (size_t i = 0; (row = analysis_metric_row_at(i)) != NULL; i++) {
        size_t k = pair_values(x, row->name, a, b);
        if (k == 0)
            continue;
        analysis_move *m = g_new0(analysis_move, 1);
        *m = (analysis_move){.name = row->name, .words = row->words, .row = row,
                             .pair = analysis_pair(a, b, k, level), .p_holm = NAN};
        g_ptr_array_add(p->moves, m);
    }
}

static void add_pairs(analysis_regress_scenario *s, const both *x, double level)
{
    analysis_regress_policy *p = add_policy(s, x->b->policy);
    count_pairs(p, x);
    if (x->a) {
        p->other_config = strcmp(x->a->config_sha256, x->b->config_sha256) != 0;
        p->other_seed = x->a->seed != x->b->seed;
    }
    if (p->differing + p->remeasured > 0)
        test_metrics(p, x, level);
}

void analysis_regress_add(analysis_regress *r, const analysis_baseline *old,
                          const analysis_baseline *now)
{
    analysis_regress_scenario *s = add_scenario(r, now->scenario);
    s->has_baseline = old != NULL;
    s->code_version = g_strdup(old ? old->code_version : NULL);
    for (guint i = 0; i < now->policies->len; i++) {
        both x = {.old = old, .now = now, .b = g_ptr_array_index(now->policies, i)};
        x.a = old ? analysis_baseline_find(old, x.b->policy) : NULL;
        add_pairs(s, &x, r->level);
    }
    for (guint i = 0; old && i < old->policies->len; i++) {
        const analysis_baseline_policy *p = g_ptr_array_index(old->policies, i);
        if (!analysis_baseline_find(now, p->policy))
            g_ptr_array_add(s->gone, g_strdup(p->policy));
    }
}

void analysis_regress_skip(analysis_regress *r, const char *name, const char *why)
{
    add_scenario(r, name)->skipped = g_strdup(why);
}

/* ---- the verdict ---------------------------------------------------------------------------- */

/* Every policy of every scenario. */
static GPtrArray *all_policies(const analysis_regress *r)
{
    GPtrArray *list = g_ptr_array_new();
    for (guint i = 0; i < r->scenarios->len; i++) {
        const analysis_regress_scenario *s = g_ptr_array_index(r->scenarios, i);
        for (guint k = 0; k < s->policies->len; k++)
            g_ptr_array_add(list, g_ptr_array_index(s->policies, k));
    }
    return list;
}

/* A metric without any difference is no test: nothing could be said of it. */
static double p_of(const analysis_move *m)
{
    return m->pair.method == ANALYSIS_EQUAL ? NAN : m->pair.p;
}

static void correct(analysis_regress *r, const GPtrArray *policies)
{
    g_autoptr(GPtrArray) moves = g_ptr_array_new();
    for (guint i = 0; i < policies->len; i++) {
        const analysis_regress_policy *p = g_ptr_array_index(policies, i);
        for (guint k = 0; k < p->moves->len; k++)
            g_ptr_array_add(moves, g_ptr_array_index(p->moves, k));
    }
    g_autofree double *p = g_new(double, moves->len + 1), *adjusted = g_new(double, moves->len + 1);
    for (guint i = 0; i < moves->len; i++) {
        p[i] = p_of(g_ptr_array_index(moves, i));
        r->tests += isnan(p[i]) ? 0 : 1;
    }
    analysis_holm(p, moves->len, adjusted);
    for (guint i = 0; i < moves->len; i++) {
        analysis_move *m = g_ptr_array_index(moves, i);
        m->p_holm = adjusted[i];
        m->moved = adjusted[i] < 1 - r->level;
        bool up = m->pair.difference.mean > 0;
        m->verdict = !m->moved || m->row->better == 0 ? 0 : up == (m->row->better > 0) ? 1 : -1;
    }
}

static analysis_answer answer_of(const analysis_regress_policy *p)
{
    for (guint i = 0; i < p->moves->len; i++)
        if (((const analysis_move *)g_ptr_array_index(p->moves, i))->moved)
            return ANALYSIS_MOVED;
    if (p->differing + p->remeasured > 0)
        return ANALYSIS_CHANGED;
    return p->unmatched > 0 ? ANALYSIS_NO_BASELINE : ANALYSIS_IDENTICAL;
}

void analysis_regress_judge(analysis_regress *r)
{
    enum { FEW = 8 };
    g_autoptr(GPtrArray) policies = all_policies(r);
    guint fewest = G_MAXUINT;
    correct(r, policies);
    for (guint i = 0; i < policies->len; i++) {
        analysis_regress_policy *p = g_ptr_array_index(policies, i);
        p->answer = answer_of(p);
        if (p->answer == ANALYSIS_CHANGED)
            fewest = MIN(fewest, p->pairs);
    }
    if (fewest < FEW)
        g_ptr_array_add(r->notes, g_strdup_printf("%u replication%s can show none but large moves: "
            "`no metric moved` says little", fewest, fewest == 1 ? "" : "s"));
}

guint analysis_regress_count(const analysis_regress *r, analysis_answer answer)
{
    g_autoptr(GPtrArray) policies = all_policies(r);
    guint n = 0;
    for (guint i = 0; i < policies->len; i++)
        n += ((const analysis_regress_policy *)g_ptr_array_index(policies, i))->answer == answer;
    for (guint i = 0; answer == ANALYSIS_SKIPPED && i < r->scenarios->len; i++)
        n += ((const analysis_regress_scenario *)g_ptr_array_index(r->scenarios, i))->skipped
             != NULL;
    return n;
}
