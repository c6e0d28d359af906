/* Data of figures: queries, blocks, text for gnuplot. SPDX-License-Identifier: GPL-3.0-or-later */

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <string.h>

#include "analysis/plot_draw.h"

const analysis_runs *analysis_plot_group(const analysis_plot *p, guint i)
{
    return g_ptr_array_index(p->groups, i);
}

guint analysis_plot_shown(analysis_plot *p)
{
    if (p->groups->len > ANALYSIS_MOST_PANELS)
        analysis_plot_note(p, "The first %d of %u are shown (--runs chooses others)",
                           ANALYSIS_MOST_PANELS, p->groups->len);
    return MIN(p->groups->len, ANALYSIS_MOST_PANELS);
}

/* ---- queries ------------------------------------------------------------------------------ */

static void query_failed(analysis_plot *p)
{
    if (!p->error)
        g_set_error(&p->error, ANALYSIS_ERROR, ANALYSIS_PLOT_BAD, "%s: %s", p->results->path,
                    sqlite3_errmsg(p->results->db));
}

sqlite3_stmt *analysis_plot_query(analysis_plot *p, char *sql, const char *text)
{
    g_autofree char *owned = sql;
    sqlite3_stmt *s = NULL;
    if (p->error)
        return NULL;
    if (sqlite3_prepare_v2(p->results->db, owned, -1, &s, NULL) != SQLITE_OK)
        query_failed(p);
    else if (text)
        sqlite3_bind_text(s, 1, text, -1, SQLITE_TRANSIENT);
    return s;
}

bool analysis_plot_row(analysis_plot *p, sqlite3_stmt *s)
{
    if (!s)
        return false;
    int rc = sqlite3_step(s);
    if (rc == SQLITE_ROW)
        return true;
    if (rc != SQLITE_DONE)
        query_failed(p);
    sqlite3_finalize(s);
    return false;
}

/* ---- blocks ------------------------------------------------------------------------------- */

/* A name inside a comment: no line may end in it. */
static char *one_line(const char *text)
{
    char *valid = g_utf8_make_valid(text ? text : "", -1);
    for (char *c = valid; *c; c++)
        if (g_ascii_iscntrl(*c))
            *c = ' ';
    return valid;
}

void analysis_plot_close(analysis_plot *p)
{
    if (p->blocks > 0 && p->rows == 0)
        g_string_append(p->data, "NaN NaN NaN NaN NaN NaN\n");
}

int analysis_plot_block(analysis_plot *p, const char *name, const char *columns)
{
    analysis_plot_close(p);
    p->rows = 0;
    g_autofree char *line = one_line(name);
    g_string_append_printf(p->data, "%s# %d: %s\n# %s\n", p->blocks > 0 ? "\n\n" : "", p->blocks,
                           line, columns);
    return p->blocks++;
}

void analysis_plot_numbers(analysis_plot *p, const double *values, int n)
{
    for (int i = 0; i < n; i++) {
        char number[G_ASCII_DTOSTR_BUF_SIZE];
        g_ascii_formatd(number, sizeof number, "%.10g", values[i]);
        g_string_append_printf(p->data, "%s%s", i > 0 ? " " : "",
                               isfinite(values[i]) ? number : "NaN");
    }
    g_string_append_c(p->data, '\n');
    p->rows++;
}

double analysis_plot_interval(const analysis_value *v)
{
    if (v->n < 2)
        return NAN;
    return gsl_cdf_tdist_Pinv(0.975, v->n - 1) * v->sd / sqrt(v->n);
}

/* ---- text --------------------------------------------------------------------------------- */

static char *quote(const char *text, bool format)
{
    g_autofree char *line = one_line(text);
    GString *out = g_string_new("'");
    for (const char *c = line; *c; c++) {
        if (*c == '\'' || (format && *c == '%'))
            g_string_append_c(out, *c);
        g_string_append_c(out, *c);
    }
    g_string_append_c(out, '\'');
    return g_string_free(out, FALSE);
}

char *analysis_plot_quote(const char *text)
{
    return quote(text, false);
}

char *analysis_plot_quote_tic(const char *text)
{
    return quote(text, true);
}

void analysis_plot_note(analysis_plot *p, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    if (strstr(p->notes->str, text))
        return;
    g_string_append_printf(p->notes, "%s%s", p->notes->len > 0 ? ". " : "", text);
}

void analysis_plot_nothing(analysis_plot *p, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_free(p->empty);
    p->empty = g_strdup_vprintf(format, args);
    va_end(args);
}

analysis_scale analysis_plot_scale(const char *unit, double most)
{
    static const struct {
        const char *unit, *shown;
        double at_least, factor;
    } scales[] = {
        {"s", "s", 1, 1}, {"s", "ms", 1e-3, 1e3}, {"s", "us", 0, 1e6},
        {"bit/s", "Gbit/s", 1e9, 1e-9}, {"bit/s", "Mbit/s", 1e6, 1e-6},
        {"bit/s", "kbit/s", 1e3, 1e-3},
    };
    analysis_scale scale = {.factor = 1};
    g_strlcpy(scale.unit, unit, sizeof scale.unit);
    for (size_t i = 0; i < G_N_ELEMENTS(scales) && most > 0; i++)
        if (strcmp(unit, scales[i].unit) == 0 && fabs(most) >= scales[i].at_least) {
            scale.factor = scales[i].factor;
            g_strlcpy(scale.unit, scales[i].shown, sizeof scale.unit);
            break;
        }
    return scale;
}
