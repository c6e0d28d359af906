/* The look of figures. SPDX-License-Identifier: GPL-3.0-or-later */

#include <math.h>
#include <string.h>

#include "analysis/plot_draw.h"

/* Okabe and Ito's colours without yellow, which is lost on white paper. For policies neighbours
 * also differ in grey. */
static const char *const series_colours[] = {"#0072b2", "#e69f00", "#009e73", "#cc79a7",
                                             "#56b4e9", "#d55e00", "#000000", "#8c8c8c"};
static const char *const agent_colours[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                            "#e69f00", "#56b4e9", "#000000", "#8c5a2b"};
static const int dashes[] = {1, 2, 4, 5, 3, 1, 2, 4};
static const int points[] = {7, 5, 9, 13, 6, 4, 8, 12};

const char *analysis_plot_colour(int i)
{
    return series_colours[(size_t)i % G_N_ELEMENTS(series_colours)];
}

const char *analysis_plot_agent_colour(int i)
{
    return agent_colours[(size_t)i % G_N_ELEMENTS(agent_colours)];
}

int analysis_plot_point(int i)
{
    return points[(size_t)i % G_N_ELEMENTS(points)];
}

int analysis_plot_dash(int i)
{
    return dashes[(size_t)i % G_N_ELEMENTS(dashes)];
}

void analysis_plot_add(analysis_plot *p, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_string_append_vprintf(p->script, format, args);
    va_end(args);
    g_string_append_c(p->script, '\n');
}

/* ---- places ------------------------------------------------------------------------------- */

enum { CHARACTER_WIDTH = 9, SAMPLE_WIDTH = 52, ROW_HEIGHT = 18 };

void analysis_plot_legend(analysis_plot *p, char *const *labels, int n)
{
    long longest = 0;
    for (int i = 0; i < n; i++)
        longest = MAX(longest, labels[i] ? g_utf8_strlen(labels[i], -1) : 0);
    int columns = (int)((p->width - 112) / (longest * CHARACTER_WIDTH + SAMPLE_WIDTH));
    columns = CLAMP(columns, 1, MAX(n, 1));
    p->top = 22 + ROW_HEIGHT * ((n + columns - 1) / columns);
    analysis_plot_add(p, "set key at screen 1 - 14. / W, screen 1 - 8. / H top right horizontal "
                         "maxcols %d samplen 2 noenhanced", columns);
}

void analysis_plot_legend_panel(analysis_plot *p, char *const *labels, const char *const *styles,
                                int n)
{
    analysis_plot_legend(p, labels, n);
    analysis_plot_panel(p, 14, p->width - 14, 0, p->top);
    analysis_plot_add(p, "unset border; unset xtics; unset ytics");
    g_string_append(p->script, "plot [0:1] [0:1] ");
    for (int i = 0; i < n; i++) {
        g_autofree char *label = analysis_plot_quote(labels[i]);
        g_string_append_printf(p->script, "2 with %s title %s noenhanced%s", styles[i], label,
                               i + 1 < n ? ", \\\n     " : "\n");
    }
    analysis_plot_add(p, "unset key; set border 3");
    analysis_plot_add(p, "set xtics nomirror out; set ytics nomirror out");
}

void analysis_plot_panel(analysis_plot *p, int left, int right, int top, int height)
{
    if (p->panels++ == 1)       /* the caption once, with the first */
        analysis_plot_add(p, "unset label");
    analysis_plot_add(p, "set lmargin at screen %d. / W; set rmargin at screen %d. / W", left,
                      right);
    analysis_plot_add(p, "set tmargin at screen 1 - %d. / H; set bmargin at screen 1 - %d. / H",
                      top, top + height);
    p->height = MAX(p->height, top + height);
}

/* ---- axes --------------------------------------------------------------------------------- */

/* 10 to the power e as a person writes it, without enhanced text, which would read names. */
static char *decade(int e)
{
    static const char *const digits[] = {"⁰", "¹", "²", "³", "⁴",
                                         "⁵", "⁶", "⁷", "⁸", "⁹"};
    if (e >= -3 && e <= 4) {
        char text[G_ASCII_DTOSTR_BUF_SIZE];
        return g_strdup(g_ascii_formatd(text, sizeof text, "%.10g", pow(10, e)));
    }
    GString *out = g_string_new(e < 0 ? "10⁻" : "10");
    g_autofree char *plain = g_strdup_printf("%d", abs(e));
    for (const char *c = plain; *c; c++)
        g_string_append(out, digits[*c - '0']);
    return g_string_free(out, FALSE);
}

void analysis_plot_log(analysis_plot *p, char axis, double low, double high)
{
    int first = (int)floor(log10(low)), last = (int)ceil(log10(high));
    int step = (last - first + 9) / 10;
    bool narrow = log10(high / low) < 2.2;
    char from[G_ASCII_DTOSTR_BUF_SIZE], to[G_ASCII_DTOSTR_BUF_SIZE];
    g_ascii_formatd(from, sizeof from, "%.6g", low);
    g_ascii_formatd(to, sizeof to, "%.6g", high);
    analysis_plot_add(p, "set logscale %c; set %crange [%s:%s]", axis, axis, from, to);
    g_string_append_printf(p->script, "set %ctics (", axis);
    for (int e = first; e <= last; e++) {
        g_autofree char *text = decade(e);
        bool labelled = (e - first) % step == 0;
        g_string_append_printf(p->script, "%s'%s' 1e%d%s", e > first ? ", " : "",
                               labelled ? text : "", e, labelled ? "" : " 1");
        for (int k = 2; k <= 9 && e < last && last - first <= 7; k++) {
            g_autofree char *minor = narrow && (k == 2 || k == 5)
                ? g_strdup_printf("%g", k * pow(10, e)) : g_strdup("");
            g_string_append_printf(p->script, ", '%s' %de%d%s", minor, k, e,
                                   *minor ? "" : " 1");
        }
    }
    g_string_append(p->script, ")\n");
}

void analysis_plot_range(analysis_plot *p, char axis, double most)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    g_ascii_formatd(text, sizeof text, "%.6g", most > 0 ? most * 1.05 : 1);
    analysis_plot_add(p, "set %crange [0:%s]", axis, text);
}
