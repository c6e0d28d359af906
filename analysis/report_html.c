/* HTML: escaping, the look of the page. SPDX-License-Identifier: GPL-3.0-or-later */

#include <string.h>

#include "analysis/report_html.h"

/* Figures are drawn on white, as they would be printed, and lie on white cards in the dark. */
static const char style[] =
    ":root{color-scheme:light dark;--ink:#1a1a1a;--dim:#5a5a5a;--paper:#ffffff;--line:#d5d5d5;"
    "--tint:#f4f5f7;--accent:#005a8c}"
    "@media(prefers-color-scheme:dark){:root{--ink:#e6e6e6;--dim:#a8a8a8;--paper:#17191c;"
    "--line:#3a3d42;--tint:#202328;--accent:#7cc4f0}}"
    "*{box-sizing:border-box}"
    "body{margin:0 auto;padding:1.5rem 1rem 4rem;max-width:62rem;background:var(--paper);"
    "color:var(--ink);font:16px/1.5 system-ui,-apple-system,'Segoe UI',sans-serif}"
    "h1{font-size:1.7rem;line-height:1.25;margin:.2rem 0 .4rem;overflow-wrap:anywhere}"
    "h2{font-size:1.25rem;margin:2.4rem 0 .6rem;padding-top:.6rem;border-top:1px solid "
    "var(--line)}"
    "h3{font-size:1rem;margin:1.4rem 0 .4rem;overflow-wrap:anywhere}"
    "p,li{max-width:46rem;overflow-wrap:anywhere}.dim{color:var(--dim);font-size:.875rem}"
    "a{color:var(--accent)}nav a{margin-right:1rem;white-space:nowrap}"
    ".scroll{overflow-x:auto;margin:.6rem 0 1rem}"
    "table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums}"
    "th,td{padding:.3rem .7rem;text-align:right;border-bottom:1px solid var(--line);"
    "white-space:nowrap}"
    "th:first-child,td:first-child{text-align:left;position:sticky;left:0;"
    "background:var(--paper);white-space:normal;min-width:8rem}"
    "thead th{background:var(--tint);vertical-align:bottom;white-space:normal}"
    "thead th:first-child{background:var(--tint)}tbody th{font-weight:normal}"
    "td.text,th.text{text-align:left}td.code{font-family:ui-monospace,monospace;"
    "font-size:.8rem}"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem;margin:.6rem 0}"
    "dt{color:var(--dim)}dd{margin:0;overflow-wrap:anywhere}"
    "@media(max-width:34rem){dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.5rem}"
    "body{padding:1rem .75rem 3rem}h1{font-size:1.35rem}}"
    "figure{margin:1rem 0 2rem}.card{background:#ffffff;border:1px solid var(--line);"
    "border-radius:4px;overflow-x:auto}"
    ".card svg{display:block;width:100%;min-width:40rem;height:auto}"
    "figcaption{font-weight:600;margin-bottom:.4rem}"
    "pre{background:var(--tint);padding:.7rem .9rem;overflow-x:auto;font:.8rem/1.45 "
    "ui-monospace,monospace;border-radius:4px}"
    "summary{cursor:pointer;padding:.25rem 0}.verdict{border-left:4px solid var(--accent);"
    "padding:.1rem 0 .1rem 1rem;margin:.8rem 0}"
    "@media print{body{max-width:none}details{display:none}.card,.scroll{overflow:visible}"
    ".card svg{min-width:0}figure{break-inside:avoid}}";

char *analysis_html(const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text ? text : "", -1);
    for (char *c = valid; *c; c++)
        if (g_ascii_iscntrl(*c) && *c != '\n')
            *c = ' ';
    return g_markup_escape_text(valid, -1);
}

void analysis_page_put(analysis_page *page, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_markup_vprintf_escaped(format, args);
    va_end(args);
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    g_string_append(page->out, valid);
}

void analysis_page_head(analysis_page *page, const char *title)
{
    g_string_append(page->out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
                               "<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
                               "content=\"width=device-width, initial-scale=1\">\n"
                               "<meta http-equiv=\"Content-Security-Policy\" content=\""
                               "default-src 'none'; style-src 'unsafe-inline'\">\n");
    analysis_page_put(page, "<title>%s</title>\n<style>", title);
    g_string_append(page->out, style);
    g_string_append(page->out, "</style>\n</head>\n<body>\n");
}

void analysis_page_tail(analysis_page *page)
{
    g_string_append(page->out, "</body>\n</html>\n");
}

void analysis_page_table(analysis_page *page, const char *corner)
{
    analysis_page_put(page, "<div class=\"scroll\"><table>\n<thead><tr><th>%s</th>", corner);
    for (guint g = 0; g < page->groups->len; g++)
        analysis_page_put(page, "<th>%s</th>", page->labels[g]);
    g_string_append(page->out, "</tr></thead>\n<tbody>\n");
}

void analysis_page_table_end(analysis_page *page)
{
    g_string_append(page->out, "</tbody></table></div>\n");
}

char *analysis_page_text(analysis_page *page, const char *select)
{
    g_autofree char *sql = g_strdup_printf("SELECT %s FROM run WHERE run_id IN (%s)", select,
                                           page->ids);
    char *text = analysis_text(page->results, sql);
    return text ? text : g_strdup("?");
}

/* ---- figures ------------------------------------------------------------------------------ */

static char *replaced(char *text, const char *regex, const char *by)
{
    g_autofree char *owned = text;
    g_autoptr(GRegex) r = g_regex_new(regex, G_REGEX_DOTALL | G_REGEX_OPTIMIZE, 0, NULL);
    return g_regex_replace(r, owned, -1, 0, by, 0, NULL);
}

char *analysis_svg_inline(const char *svg, const char *prefix, const char *title)
{
    const char *begin = strstr(svg, "<svg");
    g_autofree char *ids = g_strdup_printf("\\1%s-", prefix);
    g_autofree char *escaped = analysis_html(title);
    g_autofree char *open = g_strdup_printf("<svg role=\"img\" aria-label=\"%s\"", escaped);
    char *text = g_strdup(begin ? begin : "");
    text = replaced(text, "<title>.*?</title>|<desc>.*?</desc>", "");
    /* Attributes alone: text of names cannot hold <, and so is never inside a tag. */
    text = replaced(text, "(<[a-zA-Z][^<>]*?\\bid=['\"])", ids);
    text = replaced(text, "(<use [^<>]*?href=['\"]#)", ids);
    text = replaced(text, "(<[a-zA-Z][^<>]*?url\\(#)", ids);
    g_autofree char *rest = text;
    return *rest ? g_strconcat(open, rest + strlen("<svg"), NULL) : g_strdup("");
}
