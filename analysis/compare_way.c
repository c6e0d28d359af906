/* Percent of the way from static DHAAD to the best possible, by the mean peak load of the bound.
 * The best is what longest-processing-time-first made of static DHAAD's own runs. See compare.h.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <math.h>
#include <string.h>

#include "analysis/compare_private.h"
#include "analysis/json.h"

#define STATIC "static-dhaad"

bool analysis_compare_way(const analysis_comparison *c, guint policy, analysis_way *out)
{
    const analysis_compared *load = NULL, *best = NULL;
    guint from = 0;
    *out = (analysis_way){0};
    for (guint i = 0; i < c->metrics->len; i++) {
        const analysis_compared *m = g_ptr_array_index(c->metrics, i);
        load = strcmp(m->name, "peak_load") == 0 ? m : load;
        best = strcmp(m->name, "peak_load_lpt") == 0 ? m : best;
    }
    while (from < c->n_policies && strcmp(c->policies[from], STATIC) != 0)
        from++;
    if (!load || !best || from == c->n_policies || policy == from)
        return false;
    g_autofree double *gained = g_new(double, c->pairs->len), *all = g_new(double, c->pairs->len);
    for (guint k = 0; k < c->pairs->len; k++) {
        double at = load->cells[from].values[k];
        double gain = at - load->cells[policy].values[k], whole = at - best->cells[from].values[k];
        if (isnan(gain) || isnan(whole))
            continue;
        gained[out->n] = gain;
        all[out->n++] = whole;
    }
    out->known = analysis_ratio(gained, all, out->n, c->level, &out->share, &out->interval);
    return out->n > 0;
}

void analysis_compare_way_text(const analysis_comparison *c, const analysis_style *style,
                               GString *out)
{
    int width = analysis_compare_widest(c) + 2;
    bool any = false;
    for (guint k = 0; k < c->n_policies; k++) {
        analysis_way way;
        if (!analysis_compare_way(c, k, &way))
            continue;
        if (!any)
            g_string_append_printf(out, "\n%sPercent of the way from " STATIC " to the best, of "
                                   "the mean peak load%s\n", style->colour ? "\033[1m" : "",
                                   style->colour ? "\033[0m" : "");
        any = true;
        g_string_append_printf(out, "  %-*s", width, c->policies[k]);
        if (way.known)
            g_string_append_printf(out, "%7.1f %% [%.1f, %.1f]\n", 100 * way.share,
                                   100 * way.interval.low, 100 * way.interval.high);
        else
            g_string_append(out, "    n/a: " STATIC " may be at the best already\n");
    }
}

void analysis_compare_way_json(const analysis_comparison *c, GString *out)
{
    g_string_append(out, ",\n  \"percent_of_the_way\": [");
    bool any = false;
    for (guint k = 0; k < c->n_policies; k++) {
        analysis_way way;
        if (!analysis_compare_way(c, k, &way))
            continue;
        g_string_append_printf(out, "%s\n    {\"policy\": ", any ? "," : "");
        any = true;
        analysis_json_string(out, c->policies[k]);
        g_string_append_printf(out, ", \"n\": %zu, \"percent\": ", way.n);
        analysis_json_number(out, way.known ? 100 * way.share : NAN);
        g_string_append(out, ", \"interval\": [");
        analysis_json_number(out, way.known ? 100 * way.interval.low : NAN);
        g_string_append(out, ", ");
        analysis_json_number(out, way.known ? 100 * way.interval.high : NAN);
        g_string_append(out, "]}");
    }
    g_string_append_c(out, ']');
}
