/* A comparison as JSON. See compare.h. SPDX-License-Identifier: GPL-3.0-or-later */

#include <math.h>

#include "analysis/compare_private.h"
#include "analysis/json.h"

static void put_member(GString *out, const char *name, double value)
{
    g_string_append_printf(out, ", \"%s\": ", name);
    analysis_json_number(out, value);
}

static void put_text_member(GString *out, const char *name, const char *text)
{
    g_string_append_printf(out, ", \"%s\": ", name);
    analysis_json_string(out, text);
}

static void put_interval(GString *out, const char *name, const analysis_interval *i)
{
    g_string_append_printf(out, ", \"%s\": ", name);
    if (!i->known) {
        g_string_append(out, "null");
        return;
    }
    g_string_append_c(out, '[');
    analysis_json_number(out, i->low);
    g_string_append(out, ", ");
    analysis_json_number(out, i->high);
    g_string_append_c(out, ']');
}

static void put_numbers(GString *out, const double *x, guint n)
{
    for (guint i = 0; i < n; i++) {
        g_string_append(out, i ? ", " : "");
        analysis_json_number(out, x[i]);
    }
}

static void put_cell(const analysis_comparison *c, const analysis_compared *m, guint policy,
                     GString *out)
{
    const analysis_cell *cell = &m->cells[policy];
    bool has = cell->sample.n > 0;
    g_string_append(out, "\n      {\"policy\": ");
    analysis_json_string(out, c->policies[policy]);
    put_member(out, "n", (double)cell->sample.n);
    put_member(out, "mean", has ? cell->sample.mean : NAN);
    put_member(out, "sd", cell->sample.n > 1 ? cell->sample.sd : NAN);
    put_interval(out, "interval", &cell->interval);
    put_text_member(out, "interval_method", !cell->interval.known ? "none"
                    : cell->bootstrap ? "bootstrap-t" : "t");
    g_string_append(out, ", \"values\": [");
    put_numbers(out, cell->values, c->pairs->len);
    g_string_append(out, "]}");
}

static void put_difference(const analysis_comparison *c, const analysis_compared *m, guint policy,
                           GString *out)
{
    static const char *const methods[] = {
        [ANALYSIS_NONE] = "none", [ANALYSIS_EQUAL] = "equal", [ANALYSIS_T] = "t",
        [ANALYSIS_BOOTSTRAP] = "bootstrap-t, sign flips", [ANALYSIS_FLIP] = "t, sign flips"};
    static const char *const verdicts[] = {"worse", "not distinguishable", "better"};
    const analysis_paired *d = &m->pairs[policy];
    int verdict = analysis_verdict(c, m, policy);
    g_string_append(out, "\n      {\"policy\": ");
    analysis_json_string(out, c->policies[policy]);
    put_member(out, "n", (double)d->n);
    put_member(out, "difference", d->n > 0 ? d->difference.mean : NAN);
    put_interval(out, "interval", &d->interval);
    put_member(out, "relative", d->has_relative ? d->relative : NAN);
    put_interval(out, "relative_interval", &d->relative_interval);
    put_text_member(out, "method", methods[d->method]);
    if (d->why_not_t)
        put_text_member(out, "why_not_t", d->why_not_t);
    put_member(out, "p", d->p);
    put_member(out, "p_holm", m->p_holm[policy]);
    put_member(out, "hedges_g", d->g);
    put_text_member(out, "verdict", verdict == 0 && analysis_differs(c, m, policy) ? "different"
                    : isnan(m->p_holm[policy]) ? "not tested" : verdicts[verdict + 1]);
    g_string_append_c(out, '}');
}

static void put_metric(const analysis_comparison *c, const analysis_compared *m, GString *out)
{
    static const char *const ways[] = {"lower", "neither", "higher"};
    g_string_append(out, "\n    {\"metric\": ");
    analysis_json_string(out, m->name);
    put_text_member(out, "words", m->words);
    put_text_member(out, "better", ways[(m->row ? m->row->better : 0) + 1]);
    g_string_append_printf(out, ", \"judged\": %s,\n     \"policies\": [",
                           m->judged ? "true" : "false");
    for (guint p = 0; p < c->n_policies; p++) {
        g_string_append(out, p ? "," : "");
        put_cell(c, m, p, out);
    }
    g_string_append(out, "],\n     \"against_baseline\": [");
    for (guint p = 1; p < c->n_policies; p++) {
        g_string_append(out, p > 1 ? "," : "");
        put_difference(c, m, p, out);
    }
    g_string_append(out, "]}");
}

static void put_pair(const analysis_comparison *c, const analysis_pairing *pair, GString *out)
{
    g_string_append_printf(out, "\n    {\"seed\": %" G_GINT64_FORMAT ", \"replication\": %"
                           G_GINT64_FORMAT ", \"run_ids\": [", pair->seed, pair->replication);
    for (guint p = 0; p < c->n_policies; p++)
        g_string_append_printf(out, "%s%" G_GINT64_FORMAT, p ? ", " : "", pair->run_ids[p]);
    g_string_append(out, "], \"mser_cut_s\": [");
    put_numbers(out, pair->cut_s, c->n_policies);
    g_string_append_c(out, ']');
    put_member(out, "samples_from_s", pair->from_s);
    g_string_append_c(out, '}');
}

static void put_percentiles(const analysis_comparison *c, GString *out)
{
    g_string_append(out, ",\n  \"delay_percentiles\": [");
    for (guint p = 0; c->delay && p < c->n_policies; p++)
        for (int k = 0; k < ANALYSIS_PERCENTILES; k++) {
            const analysis_percentile *x = &c->delay[p][k];
            g_string_append(out, p + (guint)k ? ",\n    {\"policy\": " : "\n    {\"policy\": ");
            analysis_json_string(out, c->policies[p]);
            put_member(out, "percent", 100 * x->share);
            put_member(out, "value_s", x->value);
            put_interval(out, "bin_s", &(analysis_interval){!isnan(x->low), x->low, x->high});
            g_string_append_c(out, '}');
        }
    g_string_append_c(out, ']');
}

static void put_strings(const char *name, const GPtrArray *list, GString *out)
{
    g_string_append_printf(out, ",\n  \"%s\": [", name);
    for (guint i = 0; i < list->len; i++) {
        g_string_append(out, i ? ", " : "");
        analysis_json_string(out, g_ptr_array_index(list, i));
    }
    g_string_append_c(out, ']');
}

void analysis_compare_json(const analysis_comparison *c, const GPtrArray *requirements,
                           GString *out)
{
    g_string_append(out, "{\"results\": ");
    analysis_json_string(out, c->path);
    put_text_member(out, "scenario", c->scenario);
    put_text_member(out, "code_version", c->code_version);
    put_text_member(out, "baseline", c->policies[0]);
    put_member(out, "level", c->level);
    put_member(out, "tests", c->tests);
    put_member(out, "warm_up_s", c->warm_up_s);
    g_string_append_printf(out, ", \"mser\": %s,\n  \"pairs\": [", c->mser ? "true" : "false");
    for (guint i = 0; i < c->pairs->len; i++) {
        g_string_append(out, i ? "," : "");
        put_pair(c, g_ptr_array_index(c->pairs, i), out);
    }
    g_string_append(out, "],\n  \"metrics\": [");
    for (guint i = 0; i < c->metrics->len; i++) {
        g_string_append(out, i ? "," : "");
        put_metric(c, g_ptr_array_index(c->metrics, i), out);
    }
    g_string_append_c(out, ']');
    put_percentiles(c, out);
    analysis_compare_way_json(c, out);
    analysis_compare_losses_json(c, out);
    put_strings("notes", c->notes, out);
    put_strings("requirements", requirements, out);
    g_string_append(out, "}\n");
}
