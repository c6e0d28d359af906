/* What changed, for people and as JSON. See regress.h. SPDX-License-Identifier: GPL-3.0-or-later */

#include <math.h>
#include <string.h>

#include "analysis/json.h"
#include "analysis/regress.h"

enum { LABEL = 16, WORDS = 23, WIDTH = 98, MOST_PLACES = 8 };

/* ---- people --------------------------------------------------------------------------------- */

static char *figure(const analysis_metric_row *row, double value)
{
    switch (row->unit) {
    case ANALYSIS_SECONDS: return analysis_format_seconds(value);
    case ANALYSIS_SHARE: return analysis_format_share(value);
    default: return analysis_format_count(value);
    }
}

/* "16.1", "-3.25", "240" of a share. g_free. */
static char *percent(double share)
{
    double p = 100 * share, size = fabs(p);
    return g_strdup_printf("%.*f", size >= 100 ? 0 : size >= 10 ? 1 : 2, p);
}

static char *relative_text(const analysis_paired *d)
{
    g_autofree char *middle = percent(d->relative);
    g_autofree char *low = percent(d->relative_interval.low);
    g_autofree char *high = percent(d->relative_interval.high);
    return g_strdup_printf("(%s%s %% [%s, %s])", d->relative > 0 ? "+" : "", middle, low, high);
}

static const char *colour_of(const analysis_style *style, int verdict)
{
    return !style->colour || verdict == 0 ? "" : verdict < 0 ? "\033[31m" : "\033[32m";
}

/* "worse    delay p99     12 ms -> 15 ms (+25 % [18, 33])  p <.001". */
static void put_move(const analysis_move *m, const analysis_style *style, GString *out)
{
    static const char *const verdicts[] = {"worse", "moved", "better"};
    const analysis_paired *d = &m->pair;
    g_autofree char *a = figure(m->row, d->a.mean), *b = figure(m->row, d->b.mean);
    const char *colour = colour_of(style, m->verdict);
    g_string_append_printf(out, "%s%-6s%s  %-*s %s -> %s", colour, verdicts[m->verdict + 1],
                           *colour ? "\033[0m" : "", WORDS, m->words, a, b);
    bool relative = d->has_relative && d->relative_interval.known;
    g_autofree char *change = relative ? relative_text(d) : NULL;
    if (change)
        g_string_append_printf(out, "  %s", change);
    g_string_append_printf(out, m->p_holm < 0.001 ? "  p <.001\n" : "  p %.3f\n", m->p_holm);
}

/* "first: replication 1, second 12: ha0 decision, ha0 handoff, ha1 binding and 3 more". */
static void put_first(const analysis_first *f, GString *out)
{
    g_string_append_printf(out, "first difference: replication %" G_GINT64_FORMAT, f->replication);
    if (!f->known) {
        g_string_append(out, ", at a time that the baseline does not tell\n");
        return;
    }
    g_string_append_printf(out, f->to_s - f->from_s == 1 ? ", second %" G_GINT64_FORMAT
                           : ", seconds %" G_GINT64_FORMAT, f->from_s);
    if (f->to_s - f->from_s > 1)
        g_string_append_printf(out, " to %" G_GINT64_FORMAT, f->to_s - 1);
    for (guint i = 0; i < MIN(f->where->len, MOST_PLACES); i++)
        g_string_append_printf(out, "%s%s", i ? ", " : ": ",
                               (const char *)g_ptr_array_index(f->where, i));
    if (f->where->len > MOST_PLACES)
        g_string_append_printf(out, " and %u more", f->where->len - MOST_PLACES);
    g_string_append_c(out, '\n');
}

void analysis_regress_details(const analysis_regress_policy *p, const analysis_style *style,
                              const char *indent, GString *out)
{
    for (guint i = 0; i < p->moves->len; i++) {
        const analysis_move *m = g_ptr_array_index(p->moves, i);
        if (!m->moved)
            continue;
        g_string_append(out, indent);
        put_move(m, style, out);
    }
    if (p->differing > 0) {
        g_string_append(out, indent);
        put_first(&p->first, out);
    }
    if (p->remeasured > 0)
        g_string_append_printf(out, "%s%u runs behave as before, but are measured otherwise\n",
                               indent, p->remeasured);
    if (p->other_config)
        g_string_append_printf(out, "%sthe configuration is not that of the baseline: the scenario "
                               "is another, or keys are new\n", indent);
    if (p->other_seed)
        g_string_append_printf(out, "%sthe seed is not that of the baseline\n", indent);
}

static void put_counts(const analysis_regress_policy *p, GString *out)
{
    if (p->differing > 0)
        g_string_append_printf(out, ": %u of %u runs differ", p->differing, p->pairs);
    else if (p->pairs > 0)
        g_string_append_printf(out, ": %u runs", p->pairs);
    if (p->unmatched > 0)
        g_string_append_printf(out, "; %u runs have no baseline", p->unmatched);
    g_string_append_c(out, '\n');
}

static void put_policy(const analysis_regress_policy *p, const analysis_style *style, GString *out)
{
    bool bold = style->colour && p->answer != ANALYSIS_IDENTICAL;
    g_string_append_printf(out, "  %-*s %s%s%s", LABEL, p->policy, bold ? "\033[1m" : "",
                           analysis_answer_text(p->answer), bold ? "\033[0m" : "");
    put_counts(p, out);
    if (p->answer == ANALYSIS_CHANGED || p->answer == ANALYSIS_MOVED)
        analysis_regress_details(p, style, "      ", out);
}

static void put_scenario(const analysis_regress_scenario *s, const analysis_style *style,
                         GString *out)
{
    g_string_append_printf(out, "%s\n", s->name);
    if (s->skipped)
        g_string_append_printf(out, "  skipped: %s\n", s->skipped);
    for (guint i = 0; i < s->policies->len; i++)
        put_policy(g_ptr_array_index(s->policies, i), style, out);
    for (guint i = 0; i < s->gone->len; i++)
        g_string_append_printf(out, "  %-*s is in the baseline and was not run\n", LABEL,
                               (const char *)g_ptr_array_index(s->gone, i));
}

static void put_end(const analysis_regress *r, GString *out)
{
    static const analysis_answer order[] = {ANALYSIS_IDENTICAL, ANALYSIS_CHANGED, ANALYSIS_MOVED,
                                            ANALYSIS_NO_BASELINE, ANALYSIS_SKIPPED};
    const char *comma = "\n";
    for (size_t i = 0; i < G_N_ELEMENTS(order); i++) {
        guint n = analysis_regress_count(r, order[i]);
        if (n == 0 && order[i] != ANALYSIS_IDENTICAL)
            continue;
        g_string_append_printf(out, "%s%u %s", comma, n, analysis_answer_text(order[i]));
        comma = "; ";
    }
    g_string_append_c(out, '\n');
    if (r->tests > 0)
        g_string_append_printf(out, "(%u tests at %g %%, p corrected by Holm over all of them)\n",
                               r->tests, 100 * r->level);
}

void analysis_regress_text(const analysis_regress *r, const analysis_style *style, GString *out)
{
    for (guint i = 0; i < r->scenarios->len; i++)
        put_scenario(g_ptr_array_index(r->scenarios, i), style, out);
    put_end(r, out);
    for (guint i = 0; i < r->notes->len; i++)
        g_string_append_printf(out, "note: %s\n", (const char *)g_ptr_array_index(r->notes, i));
}

/* ---- programs ------------------------------------------------------------------------------- */

static void put_member(GString *out, const char *name, double value)
{
    g_string_append_printf(out, ", \"%s\": ", name);
    analysis_json_number(out, value);
}

static void put_bool(GString *out, const char *name, bool value)
{
    g_string_append_printf(out, ", \"%s\": %s", name, value ? "true" : "false");
}

static void put_strings(GString *out, const char *name, const GPtrArray *list)
{
    g_string_append_printf(out, ", \"%s\": [", name);
    for (guint i = 0; i < list->len; i++) {
        g_string_append(out, i ? ", " : "");
        analysis_json_string(out, g_ptr_array_index(list, i));
    }
    g_string_append_c(out, ']');
}

static void put_json_move(const analysis_move *m, GString *out)
{
    static const char *const verdicts[] = {"worse", "changed", "better"};
    const analysis_paired *d = &m->pair;
    g_string_append(out, "\n        {\"metric\": ");
    analysis_json_string(out, m->name);
    g_string_append(out, ", \"verdict\": ");
    analysis_json_string(out, m->moved ? verdicts[m->verdict + 1] : "not distinguishable");
    put_member(out, "pairs", (double)d->n);
    put_member(out, "before", d->a.mean);
    put_member(out, "now", d->b.mean);
    put_member(out, "difference", d->difference.mean);
    put_member(out, "low", d->interval.known ? d->interval.low : NAN);
    put_member(out, "high", d->interval.known ? d->interval.high : NAN);
    put_member(out, "relative", d->has_relative ? d->relative : NAN);
    put_member(out, "p", d->p);
    put_member(out, "p_holm", m->p_holm);
    g_string_append_c(out, '}');
}

static void put_json_first(const analysis_regress_policy *p, GString *out)
{
    const analysis_first *f = &p->first;
    g_string_append(out, ", \"first_difference\": ");
    if (p->differing == 0) {
        g_string_append(out, "null");
        return;
    }
    g_string_append_printf(out, "{\"replication\": %" G_GINT64_FORMAT, f->replication);
    put_member(out, "from_s", f->known ? (double)f->from_s : NAN);
    put_member(out, "to_s", f->known ? (double)f->to_s : NAN);
    put_strings(out, "where", f->where);
    g_string_append_c(out, '}');
}

static void put_json_policy(const analysis_regress_policy *p, GString *out)
{
    g_string_append(out, "\n      {\"policy\": ");
    analysis_json_string(out, p->policy);
    g_string_append(out, ", \"answer\": ");
    analysis_json_string(out, analysis_answer_text(p->answer));
    put_member(out, "pairs", p->pairs);
    put_member(out, "differing", p->differing);
    put_member(out, "remeasured", p->remeasured);
    put_member(out, "without_baseline", p->unmatched);
    put_bool(out, "other_configuration", p->other_config);
    put_bool(out, "other_seed", p->other_seed);
    put_json_first(p, out);
    g_string_append(out, ", \"metrics\": [");
    for (guint i = 0; i < p->moves->len; i++) {
        g_string_append(out, i ? "," : "");
        put_json_move(g_ptr_array_index(p->moves, i), out);
    }
    g_string_append(out, "]}");
}

static void put_json_scenario(const analysis_regress_scenario *s, GString *out)
{
    g_string_append(out, "\n    {\"scenario\": ");
    analysis_json_string(out, s->name);
    g_string_append(out, ", \"skipped\": ");
    if (s->skipped)
        analysis_json_string(out, s->skipped);
    else
        g_string_append(out, "null");
    g_string_append(out, ", \"baseline_code_version\": ");
    if (s->code_version)
        analysis_json_string(out, s->code_version);
    else
        g_string_append(out, "null");
    put_strings(out, "not_run", s->gone);
    g_string_append(out, ", \"policies\": [");
    for (guint i = 0; i < s->policies->len; i++) {
        g_string_append(out, i ? "," : "");
        put_json_policy(g_ptr_array_index(s->policies, i), out);
    }
    g_string_append(out, "]}");
}

void analysis_regress_json(const analysis_regress *r, GString *out)
{
    g_string_append(out, "{\"level\": ");
    analysis_json_number(out, r->level);
    put_member(out, "tests", r->tests);
    put_member(out, "identical", analysis_regress_count(r, ANALYSIS_IDENTICAL));
    put_member(out, "changed", analysis_regress_count(r, ANALYSIS_CHANGED));
    put_member(out, "moved", analysis_regress_count(r, ANALYSIS_MOVED));
    put_member(out, "no_baseline", analysis_regress_count(r, ANALYSIS_NO_BASELINE));
    put_member(out, "skipped", analysis_regress_count(r, ANALYSIS_SKIPPED));
    put_strings(out, "notes", r->notes);
    g_string_append(out, ",\n  \"scenarios\": [");
    for (guint i = 0; i < r->scenarios->len; i++) {
        g_string_append(out, i ? "," : "");
        put_json_scenario(g_ptr_array_index(r->scenarios, i), out);
    }
    g_string_append(out, "]}\n");
}
