/* Which runs are compared: chosen, checked against mixing, paired. See compare.h.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/compare_private.h"

/* Keys that two policies may differ in: what decides, what agents share, what is recorded, what it
 * is called. */
#define OF_NO_WORLD "(key GLOB 'policy.*' OR key GLOB 'system.*' OR key GLOB 'record.*'" \
                    " OR key IN ('scenario.name', 'scenario.replications'))"
/* Keys that two runs of one policy may differ in. */
#define OF_ONE_RUN "(key GLOB 'record.*' OR key IN ('scenario.name', 'scenario.replications'," \
                   " 'scenario.seed', 'scenario.traffic-seed', 'scenario.decision-seed'))"
#define PARAMS(but) "SELECT coalesce(group_concat(key || '=' || value, char(10)), '') FROM" \
                    " (SELECT key, value FROM run_param WHERE run_id = ?1" \
                    " AND NOT " but " ORDER BY key)"

typedef struct run {
    int64_t id, seed, replication;
    char *scenario, *policy, *config, *code, *status, *fingerprint;
    char *world, *settings;         /* parameters but OF_NO_WORLD, but OF_ONE_RUN */
    guint policy_index;
    bool complete;
} run;

/* What choose works on. */
typedef struct choice {
    analysis_comparison *c;
    analysis_results *r;
    const analysis_compare_options *o;
    GPtrArray *runs;                /* run */
    GError **error;
} choice;

/* ---- helpers -------------------------------------------------------------------------------- */

sqlite3_stmt *analysis_compare_prepare(analysis_results *r, const char *sql, GError **error)
{
    sqlite3_stmt *s = NULL;
    if (sqlite3_prepare_v2(r->db, sql, -1, &s, NULL) != SQLITE_OK)
        g_set_error(error, ANALYSIS_ERROR, ANALYSIS_ERROR_BAD, "%s: %s", r->path,
                    sqlite3_errmsg(r->db));
    return s;
}

bool analysis_compare_step(analysis_results *r, sqlite3_stmt *s, GError **error)
{
    int rc = sqlite3_step(s);
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        g_set_error(error, ANALYSIS_ERROR,
                    rc == SQLITE_CORRUPT || rc == SQLITE_NOTADB ? ANALYSIS_ERROR_BAD
                                                                : ANALYSIS_ERROR_CANNOT,
                    "%s: %s", r->path, sqlite3_errmsg(r->db));
    return rc == SQLITE_ROW;
}

bool analysis_compare_bad(GError **error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error_literal(error, ANALYSIS_ERROR, ANALYSIS_ERROR_BAD, text);
    return false;
}

char *analysis_compare_hint(const analysis_compare_options *o, const char *word,
                            const GPtrArray *names)
{
    return o->hint ? o->hint(word, names) : g_strdup("");
}

void analysis_compare_note(analysis_comparison *c, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_ptr_array_add(c->notes, g_strdup_vprintf(format, args));
    va_end(args);
}

static char *text_of(sqlite3_stmt *s, int column)
{
    const char *text = (const char *)sqlite3_column_text(s, column);
    return g_strdup(text ? text : "");
}

static void run_free(gpointer p)
{
    run *x = p;
    g_free(x->scenario);
    g_free(x->policy);
    g_free(x->config);
    g_free(x->code);
    g_free(x->status);
    g_free(x->fingerprint);
    g_free(x->world);
    g_free(x->settings);
    g_free(x);
}

static run *run_at(const choice *h, guint i)
{
    return g_ptr_array_index(h->runs, i);
}

/* Take away, in place, the runs that a test does not keep. */
static void keep(choice *h, bool (*kept)(const choice *, const run *))
{
    for (guint i = 0; i < h->runs->len;)
        if (kept(h, run_at(h, i)))
            i++;
        else
            g_ptr_array_remove_index(h->runs, i);
}

/* ---- reading -------------------------------------------------------------------------------- */

static bool load(choice *h)
{
    sqlite3_stmt *s = analysis_compare_prepare(h->r,
        "SELECT run_id, seed, replication, scenario, policy, config_sha256, code_version, status,"
        " fingerprint FROM run ORDER BY run_id", h->error);
    GError *error = NULL;
    while (s && analysis_compare_step(h->r, s, &error)) {
        run *x = g_new0(run, 1);
        x->id = sqlite3_column_int64(s, 0);
        x->seed = sqlite3_column_int64(s, 1);
        x->replication = sqlite3_column_int64(s, 2);
        x->scenario = text_of(s, 3);
        x->policy = text_of(s, 4);
        x->config = text_of(s, 5);
        x->code = text_of(s, 6);
        x->status = text_of(s, 7);
        x->fingerprint = text_of(s, 8);
        x->complete = strcmp(x->status, "complete") == 0;
        g_ptr_array_add(h->runs, x);
    }
    sqlite3_finalize(s);
    if (error) {
        g_propagate_error(h->error, error);
        return false;
    }
    return s && (h->runs->len > 0 || analysis_compare_bad(h->error, "%s: has no runs",
                                                          h->r->path));
}

static char *params_of(const choice *h, int64_t id, const char *sql, GError **error)
{
    sqlite3_stmt *s = analysis_compare_prepare(h->r, sql, error);
    if (!s)
        return NULL;
    sqlite3_bind_int64(s, 1, id);
    char *text = analysis_compare_step(h->r, s, error) ? text_of(s, 0) : NULL;
    sqlite3_finalize(s);
    return text;
}

static bool load_params(choice *h)
{
    for (guint i = 0; i < h->runs->len; i++) {
        run *x = run_at(h, i);
        x->world = params_of(h, x->id, PARAMS(OF_NO_WORLD), h->error);
        x->settings = x->world ? params_of(h, x->id, PARAMS(OF_ONE_RUN), h->error) : NULL;
        if (!x->settings)
            return false;
    }
    return true;
}

/* ---- choosing ------------------------------------------------------------------------------- */

static bool is_listed(const choice *h, const run *x)
{
    for (size_t i = 0; i < h->o->n_run_ids; i++)
        if (h->o->run_ids[i] == x->id)
            return true;
    return !h->o->run_ids;
}

/* Does run_param of this run have every "key=value" of options->where? */
static bool is_where(const choice *h, const run *x)
{
    bool all = true;
    for (const char *const *w = h->o->where; w && *w && all; w++) {
        const char *equals = strchr(*w, '=');
        g_autofree char *key = g_strndup(*w, (size_t)(equals - *w));
        sqlite3_stmt *s = analysis_compare_prepare(h->r, "SELECT 1 FROM run_param WHERE run_id = ?1"
                                                         " AND key = ?2 AND value = ?3", NULL);
        sqlite3_bind_int64(s, 1, x->id);
        sqlite3_bind_text(s, 2, g_strstrip(key), -1, SQLITE_STATIC);
        sqlite3_bind_text(s, 3, equals + 1 + strspn(equals + 1, " "), -1, SQLITE_STATIC);
        all = sqlite3_step(s) == SQLITE_ROW;
        sqlite3_finalize(s);
    }
    return all;
}

static bool check_where(const choice *h)
{
    for (const char *const *w = h->o->where; w && *w; w++) {
        const char *equals = strchr(*w, '=');
        if (!equals)
            return analysis_compare_bad(h->error, "`%s` is not GROUP.KEY=VALUE", *w);
        g_autofree char *key = g_strstrip(g_strndup(*w, (size_t)(equals - *w)));
        g_autoptr(GPtrArray) keys = g_ptr_array_new_with_free_func(g_free);
        sqlite3_stmt *s = analysis_compare_prepare(h->r, "SELECT DISTINCT key FROM run_param",
                                                   h->error);
        while (s && sqlite3_step(s) == SQLITE_ROW)
            g_ptr_array_add(keys, text_of(s, 0));
        sqlite3_finalize(s);
        if (!s)
            return false;
        if (g_ptr_array_find_with_equal_func(keys, key, g_str_equal, NULL))
            continue;
        g_autofree char *hint = analysis_compare_hint(h->o, key, keys);
        return analysis_compare_bad(h->error, "%s: no run has a key `%s`%s", h->r->path, key,
                                    hint);
    }
    return true;
}

/* Labels of all runs, in order of the first of each. Borrowed from the runs. */
static GPtrArray *labels(const choice *h)
{
    GPtrArray *list = g_ptr_array_new();
    for (guint i = 0; i < h->runs->len; i++)
        if (!g_ptr_array_find_with_equal_func(list, run_at(h, i)->policy, g_str_equal, NULL))
            g_ptr_array_add(list, run_at(h, i)->policy);
    return list;
}

static bool choose_policies(choice *h)
{
    g_autoptr(GPtrArray) there = labels(h), chosen = g_ptr_array_new();
    for (const char *const *p = h->o->policies; p && *p; p++) {
        g_autofree char *hint = analysis_compare_hint(h->o, *p, there);
        g_autofree char *all = g_strjoinv(", ", (char **)(g_ptr_array_add(there, NULL),
                                                          there->pdata));
        g_ptr_array_remove_index(there, there->len - 1);
        if (!g_ptr_array_find_with_equal_func(there, *p, g_str_equal, NULL))
            return analysis_compare_bad(h->error, "%s: no run of policy `%s`%s (there are: %s)",
                                        h->r->path, *p, hint, all);
        if (g_ptr_array_find_with_equal_func(chosen, *p, g_str_equal, NULL))
            return analysis_compare_bad(h->error, "policy `%s` is named twice", *p);
        g_ptr_array_add(chosen, (gpointer)*p);
    }
    GPtrArray *list = h->o->policies ? chosen : there;
    if (list->len < 2)
        return analysis_compare_bad(h->error, "%s: a comparison needs two policies, and there is "
                                    "`%s` alone", h->r->path,
                                    list->len ? (char *)g_ptr_array_index(list, 0) : "");
    h->c->n_policies = list->len;
    h->c->policies = g_new0(char *, list->len + 1);
    for (guint i = 0; i < list->len; i++)
        h->c->policies[i] = g_strdup(g_ptr_array_index(list, i));
    return true;
}

static bool is_chosen(const choice *h, const run *x)
{
    return g_strv_contains((const char *const *)h->c->policies, x->policy);
}

/* ---- nothing mixed -------------------------------------------------------------------------- */

/* "home-agents.count is `4` in run 1 and `5` in run 3". g_free; "" where no key differs. */
static char *difference(const choice *h, const run *a, const run *b, const char *but)
{
    g_autofree char *sql = g_strdup_printf(
        "SELECT key, max(iif(run_id = ?1, value, '')), max(iif(run_id = ?2, value, ''))"
        " FROM run_param WHERE run_id IN (?1, ?2) AND NOT %s GROUP BY key"
        " HAVING count(*) < 2 OR min(value) <> max(value) ORDER BY key LIMIT 3", but);
    sqlite3_stmt *s = analysis_compare_prepare(h->r, sql, NULL);
    GString *out = g_string_new(NULL);
    sqlite3_bind_int64(s, 1, a->id);
    sqlite3_bind_int64(s, 2, b->id);
    while (sqlite3_step(s) == SQLITE_ROW)
        g_string_append_printf(out, "%s%s is `%s` and `%s`", out->len ? ", " : "",
                               (const char *)sqlite3_column_text(s, 0),
                               (const char *)sqlite3_column_text(s, 1),
                               (const char *)sqlite3_column_text(s, 2));
    sqlite3_finalize(s);
    return g_string_free(out, FALSE);
}

static bool mixed(const choice *h, const run *a, const run *b, const char *what,
                  const char *detail)
{
    return analysis_compare_bad(h->error, "%s: runs %" G_GINT64_FORMAT " (%s) and %"
        G_GINT64_FORMAT " (%s) are of different %s: %s (choose with --policies or --where; --mix "
        "compares them all the same)", h->r->path, a->id, a->policy, b->id, b->policy, what,
        detail);
}

static bool same_kind(const choice *h, const run *a, const run *b)
{
    if (strcmp(a->scenario, b->scenario) != 0) {
        g_autofree char *text = g_strdup_printf("`%s` and `%s`", a->scenario, b->scenario);
        return mixed(h, a, b, "scenarios", text);
    }
    if (strcmp(a->code, b->code) != 0) {
        g_autofree char *text = g_strdup_printf("%.12s and %.12s", a->code, b->code);
        return mixed(h, a, b, "code versions", text);
    }
    return true;
}

/* Two runs of one policy: the same but for seeds. */
static bool same_policy(const choice *h, const run *a, const run *b)
{
    if (strcmp(a->settings, b->settings) != 0) {
        g_autofree char *text = difference(h, a, b, OF_ONE_RUN);
        return mixed(h, a, b, "configurations", text);
    }
    g_autofree char *recording = difference(h, a, b, "key GLOB 'scenario.*'");
    if (a->seed == b->seed && strcmp(a->config, b->config) != 0 && !*recording)
        return mixed(h, a, b, "configurations", "same keys, other contents of a file");
    return true;
}

/* Two runs of a pair: the same world. */
static bool same_world(const choice *h, const run *a, const run *b)
{
    if (strcmp(a->world, b->world) == 0)
        return true;
    g_autofree char *text = difference(h, a, b, OF_NO_WORLD);
    return mixed(h, a, b, "configurations", text);
}

static bool nothing_mixed(const choice *h)
{
    g_autofree const run **first = g_new0(const run *, h->c->n_policies);
    g_autoptr(GHashTable) worlds = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < h->runs->len; i++) {
        const run *x = run_at(h, i), *any = run_at(h, 0);
        const run **of_policy = &first[x->policy_index];
        if (!*of_policy)
            *of_policy = x;
        char *key = g_strdup_printf("%" G_GINT64_FORMAT " %" G_GINT64_FORMAT, x->seed,
                                    x->replication);
        const run *pair = g_hash_table_lookup(worlds, key);
        if (pair)
            g_free(key);
        else
            g_hash_table_insert(worlds, key, (gpointer)x);
        if (!same_kind(h, any, x) || !same_policy(h, *of_policy, x) ||
            (pair && !same_world(h, pair, x)))
            return false;
    }
    return true;
}

/* ---- pairs ---------------------------------------------------------------------------------- */

/* The runs of one seed and replication: for each policy its last complete one, or any. */
typedef struct slot {
    int64_t seed, replication;
    const run **of;
} slot;

static void slot_free(gpointer p)
{
    slot *x = p;
    g_free(x->of);
    g_free(x);
}

static slot *slot_for(GPtrArray *slots, GHashTable *by_key, const run *x, guint n)
{
    char *key = g_strdup_printf("%" G_GINT64_FORMAT " %" G_GINT64_FORMAT, x->seed,
                                x->replication);
    slot *found = g_hash_table_lookup(by_key, key);
    if (found) {
        g_free(key);
        return found;
    }
    found = g_new0(slot, 1);
    found->seed = x->seed;
    found->replication = x->replication;
    found->of = g_new0(const run *, n);
    g_ptr_array_add(slots, found);
    g_hash_table_insert(by_key, key, found);
    return found;
}

static void take(choice *h, slot *s, const run *x)
{
    const run **at = &s->of[x->policy_index];
    if (*at && (*at)->complete && x->complete) {
        bool same = strcmp((*at)->fingerprint, x->fingerprint) == 0;
        analysis_compare_note(h->c, "run %" G_GINT64_FORMAT " repeats run %" G_GINT64_FORMAT
                              "%s: the later one is used", x->id, (*at)->id,
                              same ? "" : ", with another fingerprint");
    }
    if (!*at || x->complete || !(*at)->complete)
        *at = x;
}

static int by_seed(const void *a, const void *b)
{
    const slot *x = *(const slot *const *)a, *y = *(const slot *const *)b;
    if (x->seed != y->seed)
        return x->seed < y->seed ? -1 : 1;
    return (x->replication > y->replication) - (x->replication < y->replication);
}

static GPtrArray *make_slots(choice *h)
{
    GPtrArray *slots = g_ptr_array_new_with_free_func(slot_free);
    g_autoptr(GHashTable) by_key = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < h->runs->len; i++)
        take(h, slot_for(slots, by_key, run_at(h, i), h->c->n_policies), run_at(h, i));
    qsort(slots->pdata, slots->len, sizeof *slots->pdata, by_seed);
    return slots;
}

/* A run that is missing altogether is a mistake of the user, one that broke off is told. */
static bool check_slot(choice *h, const slot *s, guint *unpaired)
{
    for (guint p = 0; p < h->c->n_policies; p++)
        if (!s->of[p]) {
            (*unpaired)++;
            return h->o->mix || analysis_compare_bad(h->error,
                "%s: seed %" G_GINT64_FORMAT ", replication %" G_GINT64_FORMAT " has no run of "
                "%s: the runs do not pair (--mix compares those that do)", h->r->path, s->seed,
                s->replication, h->c->policies[p]);
        }
    return true;
}

static bool is_whole(choice *h, const slot *s, guint *broken)
{
    enum { MOST_TOLD = 5 };
    bool whole = true;
    for (guint p = 0; p < h->c->n_policies; p++) {
        const run *x = s->of[p];
        if (!x)
            return false;
        if (!x->complete && (*broken)++ < MOST_TOLD)
            analysis_compare_note(h->c, "run %" G_GINT64_FORMAT " (%s, seed %" G_GINT64_FORMAT
                ", replication %" G_GINT64_FORMAT ") is %s: left out, with its pair", x->id,
                x->policy, x->seed, x->replication, x->status);
        whole = whole && x->complete;
    }
    return whole;
}

static void add_pair(analysis_comparison *c, const slot *s)
{
    analysis_pairing *p = g_new0(analysis_pairing, 1);
    p->seed = s->seed;
    p->replication = s->replication;
    p->run_ids = g_new0(int64_t, c->n_policies);
    p->cut_s = g_new0(double, c->n_policies);
    for (guint i = 0; i < c->n_policies; i++)
        p->run_ids[i] = s->of[i]->id;
    g_ptr_array_add(c->pairs, p);
}

static bool pair_up(choice *h)
{
    g_autoptr(GPtrArray) slots = make_slots(h);
    guint unpaired = 0, broken = 0;
    for (guint i = 0; i < slots->len; i++) {
        const slot *s = g_ptr_array_index(slots, i);
        if (!check_slot(h, s, &unpaired))
            return false;
        if (is_whole(h, s, &broken))
            add_pair(h->c, s);
    }
    if (unpaired > 0)
        analysis_compare_note(h->c, "%u seeds and replications lack a run of a policy: left out",
                              unpaired);
    if (broken > 5)
        analysis_compare_note(h->c, "%u runs are not complete, in all", broken);
    return h->c->pairs->len > 0 || analysis_compare_bad(h->error,
        "%s: no seed and replication has a complete run of every policy", h->r->path);
}

bool analysis_compare_choose(analysis_comparison *c, analysis_results *r,
                             const analysis_compare_options *o, GError **error)
{
    g_autoptr(GPtrArray) runs = g_ptr_array_new_with_free_func(run_free);
    choice h = {c, r, o, runs, error};
    if (!check_where(&h) || !load(&h))
        return false;
    keep(&h, is_listed);
    keep(&h, is_where);
    if (runs->len == 0)
        return analysis_compare_bad(error, "%s: no run is so", r->path);
    if (!choose_policies(&h))
        return false;
    keep(&h, is_chosen);
    if (!load_params(&h))
        return false;
    for (guint i = 0; i < runs->len; i++)
        while (strcmp(c->policies[run_at(&h, i)->policy_index], run_at(&h, i)->policy) != 0)
            run_at(&h, i)->policy_index++;
    c->scenario = g_strdup(run_at(&h, 0)->scenario);
    c->code_version = g_strdup(run_at(&h, 0)->code);
    return (o->mix || nothing_mixed(&h)) && pair_up(&h);
}
