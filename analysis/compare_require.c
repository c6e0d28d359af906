/* Requirements on a comparison: "hybrid:tuned:delay_p99 < 100 ms". See compare.h.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <math.h>
#include <string.h>

#include "analysis/compare_private.h"

/* ---- reading -------------------------------------------------------------------------------- */

bool analysis_compare_quantity(const char *text, double *value)
{
    static const struct { const char *unit; double factor; } units[] = {
        {"", 1}, {"ns", 1e-9}, {"us", 1e-6}, {"ms", 1e-3}, {"s", 1}, {"min", 60}, {"h", 3600},
        {"%", 0.01}};
    char *end = NULL;
    double number = text ? g_ascii_strtod(text, &end) : 0;
    if (!text || end == text || !isfinite(number))
        return false;
    g_autofree char *unit = g_strstrip(g_strdup(end));
    for (size_t i = 0; i < G_N_ELEMENTS(units); i++)
        if (strcmp(unit, units[i].unit) == 0) {
            *value = number * units[i].factor;
            return true;
        }
    return false;
}

static bool read_value(analysis_requirement *r, const char *text)
{
    g_autofree char *value = g_strstrip(g_strdup(text));
    r->of_baseline = g_str_has_suffix(value, "baseline");
    if (!r->of_baseline)
        return analysis_compare_quantity(value, &r->value);
    value[strlen(value) - strlen("baseline")] = '\0';
    g_strstrip(value);
    r->value = 1;
    return !*value || (g_str_has_suffix(value, "%") && analysis_compare_quantity(value,
                                                                                 &r->value));
}

void analysis_requirement_free(analysis_requirement *r)
{
    g_free(r->text);
    g_free(r->policy);
    g_free(r->metric);
    g_free(r);
}

analysis_requirement *analysis_requirement_parse(const char *text, GError **error)
{
    analysis_requirement *r = g_new0(analysis_requirement, 1);
    r->text = g_strdup(text);
    size_t name = strcspn(text, "<>");
    size_t op = strspn(text + name, "<>=");
    g_autofree char *who = g_strstrip(g_strndup(text, name));
    const char *colon = strrchr(who, ':');
    r->metric = g_strdup(colon ? colon + 1 : who);
    r->policy = colon ? g_strndup(who, (size_t)(colon - who)) : NULL;
    bool good = *r->metric && (!r->policy || *r->policy) && op >= 1 && op <= 2
        && (op == 1 || text[name + 1] == '=') && read_value(r, text + name + op);
    if (good) {
        memcpy(r->op, text + name, op);
        return r;
    }
    analysis_compare_bad(error, "`%s` is no requirement: [POLICY:]METRIC<VALUE, as `delay_p99<100 "
                         "ms`, `hybrid:tuned:loss_ratio<=1 %%` or `peak_queue_packets<50 %% "
                         "baseline`", text);
    analysis_requirement_free(r);
    return NULL;
}

/* ---- judging -------------------------------------------------------------------------------- */

static bool holds(const char *op, double a, double b)
{
    bool equal = op[1] == '=' && a == b;
    return equal || (op[0] == '<' ? a < b : a > b);
}

static bool check_one(const analysis_comparison *c, const analysis_requirement *r,
                      const analysis_compared *m, guint policy, GString *out)
{
    const analysis_cell *cell = &m->cells[policy], *base = &m->cells[0];
    double limit = r->value * (r->of_baseline ? base->sample.mean : 1);
    bool there = cell->sample.n > 0 && (!r->of_baseline || base->sample.n > 0);
    bool good = there && holds(r->op, cell->sample.mean, limit);
    g_string_append_printf(out, "%s: %s of %s ", good ? "holds" : "FAILS", r->metric,
                           c->policies[policy]);
    if (!there)
        g_string_append(out, "has no value");
    else
        g_string_append_printf(out, "is %.6g, required %s %.6g", cell->sample.mean, r->op, limit);
    if (there && cell->interval.known)
        g_string_append_printf(out, " (%.4g %%: %.6g to %.6g)", 100 * c->level,
                               cell->interval.low, cell->interval.high);
    g_string_append_c(out, '\n');
    return good;
}

static bool policy_known(const analysis_comparison *c, const analysis_requirement *r,
                         const analysis_compare_options *o, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (guint i = 0; i < c->n_policies; i++)
        g_ptr_array_add(names, c->policies[i]);
    if (!r->policy || g_ptr_array_find_with_equal_func(names, r->policy, g_str_equal, NULL))
        return true;
    g_autofree char *hint = analysis_compare_hint(o, r->policy, names);
    return analysis_compare_bad(error, "`%s`: there is no policy `%s` in this comparison%s",
                                r->text, r->policy, hint);
}

int analysis_requirement_check(const analysis_comparison *c, const analysis_requirement *r,
                               const analysis_compare_options *o, GString *out, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (guint i = 0; i < c->metrics->len; i++)
        g_ptr_array_add(names, ((analysis_compared *)g_ptr_array_index(c->metrics, i))->name);
    const analysis_compared *m = NULL;
    for (guint i = 0; i < c->metrics->len && !m; i++)
        if (strcmp(g_ptr_array_index(names, i), r->metric) == 0)
            m = g_ptr_array_index(c->metrics, i);
    if (!m) {
        g_autofree char *hint = analysis_compare_hint(o, r->metric, names);
        analysis_compare_bad(error, "`%s`: there is no metric `%s`%s", r->text, r->metric, hint);
        return -1;
    }
    if (!policy_known(c, r, o, error))
        return -1;
    bool all = true;
    for (guint p = 0; p < c->n_policies; p++)
        if (r->policy ? strcmp(r->policy, c->policies[p]) == 0 : p > 0)
            all = check_one(c, r, m, p, out) && all;
    return all;
}
