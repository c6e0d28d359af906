/* See peers_judge.h. SPDX-License-Identifier: GPL-3.0-or-later */

#include "tests/bench/peers_judge.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "analysis/stats.h"

typedef enum kind { COST, RATE, EQUAL, FACT } kind;

typedef struct side {
    const char *name;
    GArray *values;             /* double, in the order of repetitions */
} side;

typedef struct quantity {
    kind kind;
    double share;               /* of EQUAL */
    const char *what, *unit;
    GArray *sides;              /* side; ours need not be the first */
} quantity;

typedef struct spread {
    double median, least, largest;
} spread;

/* ---- reading ----------------------------------------------------------------------------- */

static void clear_side(gpointer data)
{
    g_array_unref(((side *)data)->values);
}

static void clear_quantity(gpointer data)
{
    g_array_unref(((quantity *)data)->sides);
}

static bool number_of(const char *text, double *value)
{
    char *end;
    *value = g_ascii_strtod(text, &end);
    return end != text && *end == '\0' && isfinite(*value);
}

static bool kind_of(const char *text, kind *k, double *share)
{
    static const char *const names[] = {[COST] = "cost", [RATE] = "rate", [FACT] = "fact"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (names[i] && strcmp(text, names[i]) == 0) {
            *k = (kind)i;
            return true;
        }
    *k = EQUAL;
    return g_str_has_prefix(text, "equal ") && number_of(text + strlen("equal "), share) &&
           *share > 0;
}

static quantity *quantity_of(GArray *all, kind k, double share, const char *what, const char *unit)
{
    for (guint i = 0; i < all->len; i++) {
        quantity *q = &g_array_index(all, quantity, i);
        if (q->kind == k && strcmp(q->what, what) == 0)
            return q;
    }
    quantity q = {.kind = k, .share = share, .what = what, .unit = unit,
                  .sides = g_array_new(FALSE, FALSE, sizeof(side))};
    g_array_set_clear_func(q.sides, clear_side);
    g_array_append_val(all, q);
    return &g_array_index(all, quantity, all->len - 1);
}

static side *side_of(quantity *q, const char *name)
{
    for (guint i = 0; i < q->sides->len; i++) {
        side *s = &g_array_index(q->sides, side, i);
        if (strcmp(s->name, name) == 0)
            return s;
    }
    side s = {.name = name, .values = g_array_new(FALSE, FALSE, sizeof(double))};
    g_array_append_val(q->sides, s);
    return &g_array_index(q->sides, side, q->sides->len - 1);
}

/* A line's columns stay alive with `lines`. */
static bool take_line(GArray *all, char *line)
{
    enum { KIND, WHAT, UNIT, SIDE, VALUE, N };
    char *columns[N];
    size_t n = 0;
    for (char *p = line; p && n < N; n++) {
        columns[n] = p;
        p = strchr(p, '\t');
        if (p)
            *p++ = '\0';
    }
    kind k;
    double share = 0, value;
    if (n < N || !kind_of(columns[KIND], &k, &share) || !number_of(columns[VALUE], &value))
        return false;
    if ((k == COST || k == RATE) && value <= 0)
        return false;
    quantity *q = quantity_of(all, k, share, columns[WHAT], columns[UNIT]);
    g_array_append_val(side_of(q, columns[SIDE])->values, value);
    return true;
}

/* ---- arithmetic ---------------------------------------------------------------------------- */

static gint by_value(gconstpointer a, gconstpointer b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static spread spread_of(const double *x, size_t n)
{
    g_autofree double *v = g_memdup2(x, n * sizeof *x);
    qsort(v, n, sizeof *v, by_value);
    return (spread){(v[(n - 1) / 2] + v[n / 2]) / 2, v[0], v[n - 1]};
}

static const double *values_of(const side *s)
{
    return (const double *)(const void *)s->values->data;
}

static spread spread_of_side(const side *s)
{
    return spread_of(values_of(s), s->values->len);
}

static spread ratio_of(const quantity *q, const side *ours, const side *theirs)
{
    size_t n = MIN(ours->values->len, theirs->values->len);
    g_autofree double *ratios = g_new(double, n);
    for (size_t i = 0; i < n; i++) {
        double a = values_of(ours)[i], b = values_of(theirs)[i];
        ratios[i] = q->kind == COST ? b / a : a / b;
    }
    return spread_of(ratios, n);
}

/* Welch's interval of the difference of means. */
static analysis_interval difference_of(const side *a, const side *b)
{
    static const double level = 0.999;
    analysis_sample x = analysis_sample_of(values_of(a), a->values->len);
    analysis_sample y = analysis_sample_of(values_of(b), b->values->len);
    if (x.n < 2 || y.n < 2)
        return (analysis_interval){0};
    double u = x.sd * x.sd / (double)x.n, v = y.sd * y.sd / (double)y.n, d = x.mean - y.mean;
    if (u + v == 0)
        return (analysis_interval){true, d, d};
    double df = (u + v) * (u + v) / (u * u / (double)(x.n - 1) + v * v / (double)(y.n - 1));
    double half = gsl_cdf_tdist_Pinv((1 + level) / 2, df) * sqrt(u + v);
    return (analysis_interval){true, d - half, d + half};
}

/* ---- output -------------------------------------------------------------------------------- */

/* Three digits, and never an exponent. */
static char *number(double x)
{
    double a = fabs(x);
    int decimals = a == 0 || a >= 100 ? 0 : a >= 10 ? 1 : a >= 1 ? 2 : 3;
    return g_strdup_printf("%.*f", decimals, x);
}

static void append_spread(GString *out, spread s)
{
    g_autofree char *m = number(s.median), *a = number(s.least), *b = number(s.largest);
    g_string_append_printf(out, " %s (%s to %s) |", m, a, b);
}

/* The peer that comes closest to ours. */
static const side *best_of(const quantity *q)
{
    const side *best = NULL;
    for (guint i = 0; i < q->sides->len; i++) {
        const side *s = &g_array_index(q->sides, side, i);
        if (strcmp(s->name, PEERS_OURS) == 0)
            continue;
        double x = spread_of_side(s).median, y = best ? spread_of_side(best).median : 0;
        if (!best || (q->kind == COST ? x < y : x > y))
            best = s;
    }
    return best;
}

static void append_ratio(GString *out, const quantity *q, const side *ours, const side *theirs,
                         bool best)
{
    spread ratio = ratio_of(q, ours, theirs);
    g_autofree char *m = number(ratio.median), *a = number(ratio.least), *b = number(ratio.largest);
    const char *mark = best ? "**" : "";
    g_string_append_printf(out, " %s%s%s (%s to %s) |\n", mark, m, mark, a, b);
}

/* A row for each peer. ours: NULL where there is none, of a fact. */
static void append_quantity(GString *out, const quantity *q, const side *ours)
{
    const side *best = best_of(q);
    for (guint i = 0; i < q->sides->len; i++) {
        const side *s = &g_array_index(q->sides, side, i);
        if (s == ours)
            continue;
        g_string_append_printf(out, "| %s, %s |", q->what, q->unit);
        if (ours)
            append_spread(out, spread_of_side(ours));
        else
            g_string_append(out, " |");
        g_string_append_printf(out, " %s |", s->name);
        append_spread(out, spread_of_side(s));
        if (ours && q->kind != FACT)
            append_ratio(out, q, ours, s, s == best);
        else
            g_string_append(out, " |\n");
    }
}

/* Whether all sides agree; what was found is told either way. */
static bool append_equality(GString *out, const quantity *q, const side *ours)
{
    bool good = true;
    double mean = analysis_sample_of(values_of(ours), ours->values->len).mean;
    for (guint i = 0; i < q->sides->len; i++) {
        const side *s = &g_array_index(q->sides, side, i);
        if (s == ours)
            continue;
        analysis_interval d = difference_of(s, ours);
        double most = q->share * fabs(mean);
        const char *word = !d.known ? "unknown: one repetition" :
                           d.low > 0 || d.high < 0 ? "DIFFERENT" :
                           MAX(-d.low, d.high) >= most ? "too few packets to tell" : "the same";
        g_autofree char *a = number(mean), *b = number(d.low), *c = number(d.high);
        g_string_append_printf(out, "| %s, %s | %s | %s | %s to %s | %s |\n", q->what, q->unit,
                               s->name, a, b, c, word);
        good = good && strcmp(word, "the same") == 0;
    }
    return good;
}

static const side *ours_of(quantity *q)
{
    for (guint i = 0; i < q->sides->len; i++)
        if (strcmp(g_array_index(q->sides, side, i).name, PEERS_OURS) == 0)
            return &g_array_index(q->sides, side, i);
    return NULL;
}

static peers_verdict judge(GArray *all, GString *out)
{
    bool good = true;
    g_string_append(out, "| has to be the same | of | mip6sim | difference, 99.9 % | |\n"
                         "|---|---|---|---|---|\n");
    for (guint i = 0; i < all->len; i++) {
        quantity *q = &g_array_index(all, quantity, i);
        const side *ours = ours_of(q);
        if (q->kind != FACT && (!ours || q->sides->len < 2)) {
            g_string_printf(out, "%s: one side is missing\n", q->what);
            return PEERS_BAD_INPUT;
        }
        if (q->kind == EQUAL)
            good = append_equality(out, q, ours) && good;
    }
    if (!good) {
        g_string_append(out, "\nThe two did not simulate the same: there are no ratios.\n");
        return PEERS_DIFFERENT;
    }
    g_string_append(out, "\n| median (least to largest) | mip6sim | | | times mip6sim is better |\n"
                         "|---|---|---|---|---|\n");
    for (guint i = 0; i < all->len; i++) {
        quantity *q = &g_array_index(all, quantity, i);
        if (q->kind != EQUAL)
            append_quantity(out, q, ours_of(q));
    }
    return PEERS_COMPARABLE;
}

peers_verdict peers_judge(const char *text, GString *out)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(quantity));
    g_array_set_clear_func(all, clear_quantity);
    for (size_t i = 0; lines[i]; i++)
        if (*lines[i] && !take_line(all, lines[i])) {
            g_string_append_printf(out, "line %zu is no measurement: %s\n", i + 1, lines[i]);
            return PEERS_BAD_INPUT;
        }
    return judge(all, out);
}
