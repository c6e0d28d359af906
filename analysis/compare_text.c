/* A comparison as a person reads it: a table and a verdict for each policy. See compare.h.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <math.h>
#include <string.h>

#include "analysis/compare_private.h"

enum { LABEL = 22, CELL = 14, DIFFERENCE = 27, P = 8, G = 6, MARK = 7, WIDTH = 98 };

typedef struct page {
    const analysis_comparison *c;
    const analysis_style *style;
    GString *out;
} page;

/* ---- figures -------------------------------------------------------------------------------- */

/* What figures of one size are divided by. */
typedef struct scale {
    double by;
    const char *unit;       /* " ms", " %", "k", "" */
} scale;

static scale scale_of(analysis_unit unit, double largest)
{
    static const scale seconds[] = {{1, " s"}, {1e-3, " ms"}, {1e-6, " us"}};
    static const scale counts[] = {{1e9, "G"}, {1e6, "M"}, {1e3, "k"}, {1, ""}};
    static const scale bytes[] = {{1e9, " GB"}, {1e6, " MB"}, {1e3, " kB"}, {1, " B"}};
    double size = fabs(largest);
    if (unit == ANALYSIS_SHARE)
        return (scale){0.01, " %"};
    if (unit == ANALYSIS_SECONDS)
        return size >= 1 || size == 0 ? seconds[0] : size >= 1e-3 ? seconds[1] : seconds[2];
    size_t i = 0;
    while (i < 3 && size < (i == 2 ? 10 : 1) * counts[i].by)
        i++;
    return unit == ANALYSIS_BYTES ? bytes[i] : counts[i];
}

/* Three digits, no more than says something beside `of`. */
static char *digits(double value, double of)
{
    double size = fabs(of);
    int decimals = size >= 100 || of == 0 ? 0 : size >= 10 ? 1 : size >= 1 ? 2
                 : size >= 0.01 ? 3 : 4;
    if (value == round(value) && size >= 1)
        decimals = 0;
    g_autofree char *text = g_strdup_printf("%.*f", decimals, value);
    bool zero = strspn(text, "-0.") == strlen(text);
    return zero ? g_strdup("0") : g_steal_pointer(&text);
}

static analysis_unit unit_of(const analysis_compared *m)
{
    return m->row ? m->row->unit : ANALYSIS_PLAIN;
}

static const char *plus_minus(const page *p)
{
    return p->style->unicode ? "±" : "+-";
}

static double half_of(const analysis_interval *i)
{
    return (i->high - i->low) / 2;
}

/* "20.4 ±0.12 ms"; "-" for nothing. */
static char *mean_text(const page *p, const analysis_compared *m, guint policy)
{
    const analysis_cell *cell = &m->cells[policy];
    if (cell->sample.n == 0)
        return g_strdup("-");
    double half = cell->by_t.known ? half_of(&cell->by_t) : 0;
    scale s = scale_of(unit_of(m), cell->sample.mean);
    g_autofree char *mean = digits(cell->sample.mean / s.by, cell->sample.mean / s.by);
    if (half == 0)
        return g_strconcat(mean, s.unit, NULL);
    g_autofree char *around = digits(half / s.by, MAX(10 * half, cell->sample.mean) / s.by);
    return g_strconcat(mean, " ", plus_minus(p), around, s.unit, NULL);
}

/* "-12.3 [-15.1, -9.4] ms". */
static char *difference_text(const analysis_compared *m, guint policy)
{
    const analysis_paired *d = &m->pairs[policy];
    double low = d->interval.low, high = d->interval.high, mean = d->difference.mean;
    if (d->n == 0)
        return g_strdup("-");
    double largest = MAX(fabs(mean), d->interval.known ? MAX(fabs(low), fabs(high)) : 0);
    scale s = scale_of(unit_of(m), largest);
    g_autofree char *middle = digits(mean / s.by, largest / s.by);
    const char *plus = mean > 0 ? "+" : "";
    if (!d->interval.known || d->method == ANALYSIS_EQUAL)
        return g_strconcat(plus, middle, s.unit, NULL);
    g_autofree char *a = digits(low / s.by, largest / s.by);
    g_autofree char *b = digits(high / s.by, largest / s.by);
    return g_strconcat(plus, middle, " [", a, ", ", b, "]", s.unit, NULL);
}

/* "0.012 b": the letter is the method's. */
static char *p_text(const analysis_compared *m, guint policy)
{
    static const char *const letters[] = {
        [ANALYSIS_NONE] = "", [ANALYSIS_EQUAL] = " =", [ANALYSIS_T] = " t",
        [ANALYSIS_BOOTSTRAP] = " b", [ANALYSIS_FLIP] = " f"};
    const char *letter = letters[m->pairs[policy].method];
    double p = m->p_holm[policy];
    if (isnan(p))
        return g_strdup("-");
    if (p < 0.001)
        return g_strconcat("<.001", letter, NULL);
    return g_strdup_printf("%.3f%s", p, letter);
}

/* ---- the table ------------------------------------------------------------------------------ */

static const char *paint(const page *p, const char *code)
{
    return p->style->colour ? code : "";
}

static void put_right(GString *out, const char *text, int width)
{
    int pad = width - (int)g_utf8_strlen(text, -1);
    g_string_append_printf(out, "%*s%s", MAX(pad, 1), "", text);
}

static void put_label(GString *out, const char *text)
{
    g_autofree char *cut = g_utf8_strlen(text, -1) < LABEL ? g_strdup(text)
                                                           : g_utf8_substring(text, 0, LABEL - 1);
    g_string_append_printf(out, "%s%*s", cut, LABEL - (int)g_utf8_strlen(cut, -1), "");
}

/* A name that fits a column, or another word for it. */
static const char *column_name(const char *policy, const char *otherwise)
{
    return g_utf8_strlen(policy, -1) < CELL ? policy : otherwise;
}

static void put_head(page *p, guint policy)
{
    const analysis_comparison *c = p->c;
    g_string_append_printf(p->out, "\n%s%s against %s%s\n\n", paint(p, "\033[1m"),
                           c->policies[policy], c->policies[0], paint(p, "\033[0m"));
    g_autofree char *interval = g_strdup_printf("difference [%.4g %%]", 100 * c->level);
    put_label(p->out, "");
    put_right(p->out, column_name(c->policies[0], "baseline"), CELL);
    put_right(p->out, column_name(c->policies[policy], "compared"), CELL);
    put_right(p->out, interval, DIFFERENCE);
    put_right(p->out, "p Holm", P);
    put_right(p->out, "g", G);
    g_string_append_c(p->out, '\n');
}

/* Nothing but 0, or nothing at all. */
static bool is_empty(const analysis_compared *m, guint policy)
{
    const analysis_sample *a = &m->cells[0].sample, *b = &m->cells[policy].sample;
    return a->mean == 0 && a->sd == 0 && b->mean == 0 && b->sd == 0;
}

static void put_row(page *p, const analysis_compared *m, guint policy)
{
    g_autofree char *a = mean_text(p, m, 0), *b = mean_text(p, m, policy);
    g_autofree char *d = difference_text(m, policy), *probability = p_text(m, policy);
    double effect = m->pairs[policy].g;
    g_autofree char *g = isnan(effect) ? g_strdup("-")
                       : g_strdup_printf(fabs(effect) >= 99.95 ? "%+.0f" : "%+.1f",
                                         CLAMP(effect, -9999, 9999));
    int verdict = analysis_verdict(p->c, m, policy);
    put_label(p->out, m->words);
    put_right(p->out, a, CELL);
    put_right(p->out, b, CELL);
    put_right(p->out, d, DIFFERENCE);
    put_right(p->out, probability, P);
    put_right(p->out, g, G);
    if (verdict != 0)
        g_string_append_printf(p->out, " %s%s%s", paint(p, verdict > 0 ? "\033[32m" : "\033[31m"),
                               verdict > 0 ? "better" : "worse", paint(p, "\033[0m"));
    else if (analysis_differs(p->c, m, policy))
        g_string_append(p->out, " other");
    g_string_append_c(p->out, '\n');
}

/* ---- the verdict ---------------------------------------------------------------------------- */

/* A blank at which no line is broken. */
#define JOINT '\x1f'

/* Text behind text, broken into lines. */
static void put_wrapped(page *p, const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    glong column = 0;
    for (char **w = words; *w; w++) {
        glong length = g_utf8_strlen(*w, -1);
        bool breaks = column + 1 + length > WIDTH;
        g_string_append(p->out, column == 0 ? "" : breaks ? "\n  " : " ");
        g_string_append(p->out, g_strdelimit(*w, (char[]){JOINT, 0}, ' '));
        column = breaks ? 2 + length : column + (column > 0) + length;
    }
    g_string_append_c(p->out, '\n');
}

/* "61 % ± 4 %", and a skewed interval as "61 % (52 to 70 %)". */
static char *percent_text(const page *p, const analysis_paired *d)
{
    double sign = d->relative < 0 ? -100 : 100, value = sign * d->relative;
    double low = sign * d->relative_interval.low, high = sign * d->relative_interval.high;
    double half = fabs(high - low) / 2;
    int decimals = half >= 0.95 ? 0 : half >= 0.095 ? 1 : 2;
    if (!d->relative_interval.known)
        return g_strdup_printf("%.1f %%", value);
    if (d->method == ANALYSIS_BOOTSTRAP)
        return g_strdup_printf("%.*f %% (%.*f to %.*f %%)", decimals, value, decimals,
                               MIN(low, high), decimals, MAX(low, high));
    return g_strdup_printf("%.*f %% %s %.*f %%", decimals, value, plus_minus(p), decimals, half);
}

/* A figure with its interval in the metric's unit. */
static char *figure_text(const page *p, const analysis_compared *m, double value,
                         const analysis_interval *interval)
{
    scale s = scale_of(unit_of(m), value);
    g_autofree char *middle = digits(value / s.by, value / s.by);
    double half = interval->known ? half_of(interval) : 0;
    if (half == 0)
        return g_strconcat(middle, s.unit, NULL);
    g_autofree char *around = digits(half / s.by, MAX(10 * half, value) / s.by);
    return g_strconcat(middle, " ", plus_minus(p), " ", around, s.unit, NULL);
}

/* By how much: relative where that says something. */
static char *amount_text(const page *p, const analysis_compared *m, guint policy)
{
    const analysis_paired *d = &m->pairs[policy];
    char *text = d->has_relative && fabs(d->relative) < 10 ? percent_text(p, d)
               : figure_text(p, m, fabs(d->difference.mean), &d->interval);
    return g_strdelimit(text, " ", JOINT);
}

/* "x, y and z". g_free. */
static char *join(const GPtrArray *parts)
{
    GString *s = g_string_new(NULL);
    for (guint i = 0; i < parts->len; i++)
        g_string_append_printf(s, "%s%s", i == 0 ? "" : i + 1 < parts->len ? ", " : " and ",
                               (const char *)g_ptr_array_index(parts, i));
    return g_string_free(s, FALSE);
}

typedef bool (*says)(const page *p, const analysis_compared *m, guint policy);

/* Metrics for which something holds, with how much, behind a verb: "lowers x by 3 % and y by
 * 4 %". */
static void add_changes(const page *p, guint policy, const char *verb, says holds, GString *to)
{
    g_autoptr(GPtrArray) parts = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < p->c->metrics->len; i++) {
        const analysis_compared *m = g_ptr_array_index(p->c->metrics, i);
        if (!m->judged || !holds(p, m, policy))
            continue;
        g_autofree char *amount = amount_text(p, m, policy);
        g_ptr_array_add(parts, g_strdup_printf("%s by %s", m->words, amount));
    }
    g_autofree char *all = join(parts);
    if (parts->len)
        g_string_append_printf(to, "%s%s %s", to->len ? "; " : "", verb, all);
}

/* A thing that the baseline does not have: a count, not a change. */
static bool is_count(const analysis_compared *m)
{
    const analysis_sample *a = &m->cells[0].sample;
    return m->row && m->row->counted && (a->n == 0 || (a->mean == 0 && a->sd == 0));
}

static bool goes(const page *p, const analysis_compared *m, guint policy, int verdict, bool up)
{
    return !is_count(m) && analysis_verdict(p->c, m, policy) == verdict
        && (m->pairs[policy].difference.mean > 0) == up;
}

static bool better_down(const page *p, const analysis_compared *m, guint policy)
{
    return goes(p, m, policy, 1, false);
}

static bool better_up(const page *p, const analysis_compared *m, guint policy)
{
    return goes(p, m, policy, 1, true);
}

static bool worse_down(const page *p, const analysis_compared *m, guint policy)
{
    return goes(p, m, policy, -1, false);
}

static bool worse_up(const page *p, const analysis_compared *m, guint policy)
{
    return goes(p, m, policy, -1, true);
}

static bool is_cost_figure(const page *p, const analysis_compared *m, guint policy)
{
    const analysis_cell *cell = &m->cells[policy];
    if (!m->judged || !is_count(m) || cell->sample.n == 0 || cell->sample.mean == 0)
        return false;
    return m->cells[0].sample.n == 0 || analysis_differs(p->c, m, policy);
}

static void add_costs(const page *p, guint policy, GString *to)
{
    g_autoptr(GPtrArray) parts = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < p->c->metrics->len; i++) {
        const analysis_compared *m = g_ptr_array_index(p->c->metrics, i);
        const analysis_cell *cell = &m->cells[policy];
        if (!is_cost_figure(p, m, policy))
            continue;
        g_autofree char *figure = figure_text(p, m, cell->sample.mean, &cell->by_t);
        const char *at = strstr(m->row->counted, "%s");
        g_strdelimit(figure, " ", JOINT);
        g_ptr_array_add(parts, g_strdup_printf("%.*s%s%s", (int)(at - m->row->counted),
                                               m->row->counted, figure, at + 2));
    }
    g_autofree char *all = join(parts);
    g_string_append_printf(to, parts->len ? "costs %s" : "%s", all);
}

static bool is_unsure(const page *p, const analysis_compared *m, guint policy)
{
    return !isnan(m->p_holm[policy]) && !analysis_differs(p->c, m, policy)
        && m->pairs[policy].method != ANALYSIS_EQUAL;
}

static bool is_same(const page *p, const analysis_compared *m, guint policy)
{
    (void)p;
    return m->judged && m->pairs[policy].method == ANALYSIS_EQUAL;
}

static bool is_other(const page *p, const analysis_compared *m, guint policy)
{
    return goes(p, m, policy, 0, true) ? analysis_differs(p->c, m, policy)
         : goes(p, m, policy, 0, false) && analysis_differs(p->c, m, policy);
}

/* "x, y, z". g_free; "" for none. */
static char *list_of(const page *p, guint policy, says holds)
{
    GString *list = g_string_new(NULL);
    for (guint i = 0; i < p->c->metrics->len; i++) {
        const analysis_compared *m = g_ptr_array_index(p->c->metrics, i);
        if (m->judged && holds(p, m, policy))
            g_string_append_printf(list, "%s%s", list->len ? ", " : "", m->words);
    }
    return g_string_free(list, FALSE);
}

static void put_list(page *p, const char *head, guint policy, says holds)
{
    g_autofree char *list = list_of(p, policy, holds);
    g_autofree char *line = g_strconcat(head, ": ", list, NULL);
    if (*list)
        put_wrapped(p, line);
}

static void put_sentence(page *p, const char *who, const char *what)
{
    g_autofree char *line = g_strconcat(who, " ", what, ".", NULL);
    if (*what)
        put_wrapped(p, line);
}

static void put_judgement(page *p, guint policy)
{
    const char *who = p->c->policies[policy];
    g_autoptr(GString) good = g_string_new(NULL), bad = g_string_new(NULL);
    g_autoptr(GString) costs = g_string_new(NULL);
    add_changes(p, policy, "lowers", better_down, good);
    add_changes(p, policy, "raises", better_up, good);
    add_changes(p, policy, "raises", worse_up, bad);
    add_changes(p, policy, "lowers", worse_down, bad);
    add_costs(p, policy, costs);
    put_sentence(p, who, good->str);
    put_sentence(p, good->len ? "But it" : who, bad->str);
    put_sentence(p, good->len || bad->len ? "It" : who, costs->str);
    if (p->c->pairs->len == 1)
        g_string_append(p->out, "One pair of runs: how sure any difference is cannot be said.\n");
    else if (good->len + bad->len == 0)
        g_string_append(p->out, "Better or worse in nothing that is sure.\n");
    put_list(p, "Different, neither better nor worse", policy, is_other);
    put_list(p, "Not distinguishable", policy, is_unsure);
    put_list(p, "The same in every run", policy, is_same);
}

static void put_verdict(page *p, guint policy)
{
    g_string_append_printf(p->out, "\n%sVerdict%s\n", paint(p, "\033[1m"), paint(p, "\033[0m"));
    put_judgement(p, policy);
}

void analysis_compare_verdict(const analysis_comparison *c, guint policy,
                              const analysis_style *style, GString *out)
{
    page p = {c, style, out};
    put_judgement(&p, policy);
}

/* ---- around the tables ---------------------------------------------------------------------- */

static void put_title(page *p)
{
    const analysis_comparison *c = p->c;
    g_autoptr(GString) s = g_string_new(NULL);
    int64_t seed = -1;
    g_string_append_printf(s, "%s: %u pair%s of runs,", c->scenario, c->pairs->len,
                           c->pairs->len == 1 ? "" : "s");
    for (guint i = 0; i < c->pairs->len; i++) {
        const analysis_pairing *x = g_ptr_array_index(c->pairs, i), *before = i > 0
            ? g_ptr_array_index(c->pairs, i - 1) : NULL, *next = i + 1 < c->pairs->len
            ? g_ptr_array_index(c->pairs, i + 1) : NULL;
        if (x->seed != seed || !before)
            g_string_append_printf(s, "%s seed %" G_GINT64_FORMAT " replication", before ? ";" : "",
                                   x->seed);
        bool runs_on = before && next && before->seed == x->seed && next->seed == x->seed
            && before->replication + 1 == x->replication && x->replication + 1 == next->replication;
        if (runs_on && g_str_has_suffix(s->str, " to"))
            continue;
        g_string_append_printf(s, runs_on ? " to" : " %" G_GINT64_FORMAT, x->replication);
        seed = x->seed;
    }
    put_wrapped(p, s->str);
}

static void put_percentiles(page *p)
{
    const analysis_comparison *c = p->c;
    if (!c->delay)
        return;
    double width = 0;
    g_string_append(p->out, "\nDelay of all packets of these runs\n");
    int label = MAX(LABEL, analysis_compare_widest(c) + 2);
    g_string_append_printf(p->out, "%*s%12s%12s%12s%12s\n", label, "", "p50", "p90", "p99",
                           "p99.9");
    for (guint i = 0; i < c->n_policies; i++) {
        const char *name = c->policies[i];
        g_string_append_printf(p->out, "%s%*s", name, label - (int)g_utf8_strlen(name, -1), "");
        for (int k = 0; k < ANALYSIS_PERCENTILES; k++) {
            const analysis_percentile *x = &c->delay[i][k];
            g_autofree char *text = isnan(x->value) ? g_strdup("-")
                                                    : analysis_format_seconds(x->value);
            put_right(p->out, text, 12);
            if (x->low > 0)
                width = MAX(width, x->high / x->low - 1);
        }
        g_string_append_c(p->out, '\n');
    }
    g_autofree char *line = g_strdup_printf("From histograms with bins of constant relative width: "
        "each is off by at most %.2f %%, the width of its bin.", 100 * width);
    put_wrapped(p, line);
}

/* The cuts of one policy, by pair: "0, 25, - s". */
static void put_cuts(page *p)
{
    const analysis_comparison *c = p->c;
    enum { MOST = 24 };
    if (!c->has_samples)
        return;
    g_string_append_printf(p->out, "\nTransient of the samples by MSER-5, in seconds, by pair%s "
                           "(- does not settle)\n", c->mser ? "" : ", not applied");
    for (guint i = 0; i < c->n_policies; i++) {
        g_autoptr(GString) s = g_string_new(c->policies[i]);
        g_string_append_c(s, ':');
        for (guint k = 0; k < c->pairs->len && k < MOST; k++) {
            const analysis_pairing *x = g_ptr_array_index(c->pairs, k);
            if (isnan(x->cut_s[i]))
                g_string_append(s, " -");
            else
                g_string_append_printf(s, " %.4g", x->cut_s[i]);
        }
        put_wrapped(p, c->pairs->len > MOST ? g_string_append(s, " ...")->str : s->str);
    }
    g_autofree char *line = g_strdup_printf("`Sampled` metrics begin there%s; all others leave out "
        "the scenario's warm-up of %g s and nothing else.", c->mser
        ? ", in all runs of a pair alike, but not before the warm-up ends" : " when --mser is on",
        c->warm_up_s);
    put_wrapped(p, line);
}

static bool any_method(const page *p, analysis_method method)
{
    for (guint i = 0; i < p->c->metrics->len; i++) {
        const analysis_compared *m = g_ptr_array_index(p->c->metrics, i);
        for (guint k = 1; k < p->c->n_policies; k++)
            if (m->judged && m->pairs[k].method == method)
                return true;
    }
    return false;
}

static void put_legend(page *p)
{
    g_autofree char *family = g_strdup_printf("Differences are of pairs, %s with their %.4g %% "
        "interval, means with Student's half width; p is corrected by Holm over %u tests; g is "
        "Hedges'; t: Student's t.",
        "policy minus baseline", 100 * p->c->level, p->c->tests);
    g_string_append_c(p->out, '\n');
    if (p->c->tests > 0)
        put_wrapped(p, family);
    if (p->c->tests > 5)
        put_wrapped(p, "The more that is tested, the harder it is to call a difference: --metric "
                       "names what matters.");
    if (any_method(p, ANALYSIS_BOOTSTRAP))
        put_wrapped(p, "b: the differences are tied or not normal: bootstrap-t interval, p by "
                       "flipping signs.");
    if (any_method(p, ANALYSIS_FLIP))
        put_wrapped(p, "f: too few distinct differences for the bootstrap: t's interval, p by "
                       "flipping signs.");
}

static void put_counts(page *p)
{
    g_autoptr(GString) s = g_string_new(NULL);
    for (guint i = 0; i < p->c->metrics->len; i++) {
        const analysis_compared *m = g_ptr_array_index(p->c->metrics, i);
        for (guint k = 0; k < p->c->n_policies && m->judged; k++)
            if (m->cells[k].sample.n > 0 && m->cells[k].sample.n < p->c->pairs->len)
                g_string_append_printf(s, "%s%s in %zu runs of %s", s->len ? ", " : "", m->words,
                                       m->cells[k].sample.n, p->c->policies[k]);
    }
    g_autofree char *line = g_strconcat("Without a value in the other runs: ", s->str, NULL);
    if (s->len)
        put_wrapped(p, line);
}

void analysis_compare_text(const analysis_comparison *c, const analysis_style *style,
                           GString *out)
{
    page p = {c, style, out};
    put_title(&p);
    for (guint k = 1; k < c->n_policies; k++) {
        put_head(&p, k);
        for (guint i = 0; i < c->metrics->len; i++) {
            const analysis_compared *m = g_ptr_array_index(c->metrics, i);
            if (m->judged && !is_empty(m, k))
                put_row(&p, m, k);
        }
        put_verdict(&p, k);
    }
    put_percentiles(&p);
    analysis_compare_way_text(c, style, out);
    analysis_compare_losses_text(c, style, out);
    put_cuts(&p);
    put_legend(&p);
    put_counts(&p);
    for (guint i = 0; i < c->notes->len; i++) {
        g_autofree char *line = g_strconcat("note: ", g_ptr_array_index(c->notes, i), NULL);
        put_wrapped(&p, line);
    }
}
