/* The table of losses in a comparison. See losses.h, compare.h.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <string.h>

#include "analysis/compare_private.h"
#include "analysis/json.h"

enum { LABEL = 30, CELL = 14, WIDTH = 98 };

void analysis_compare_loss_free(gpointer p)
{
    analysis_compared_loss *loss = p;
    g_free(loss->line.cause);
    g_free(loss->packets);
    g_free(loss);
}

/* The runs of one policy, or of all (guint max), in all pairs: "1, 4, 7". g_free. */
static char *ids_of(const analysis_comparison *c, guint policy)
{
    GString *ids = g_string_new(NULL);
    for (guint i = 0; i < c->pairs->len; i++) {
        const analysis_pairing *pair = g_ptr_array_index(c->pairs, i);
        for (guint k = 0; k < c->n_policies; k++)
            if (policy == k || policy == G_MAXUINT)
                g_string_append_printf(ids, "%s%" G_GINT64_FORMAT, ids->len ? ", " : "",
                                       pair->run_ids[k]);
    }
    return g_string_free(ids, FALSE);
}

void analysis_compare_read_losses(analysis_comparison *c, analysis_results *r)
{
    g_autofree char *all = ids_of(c, G_MAXUINT);
    g_autoptr(GPtrArray) lines = analysis_losses(r, all);
    for (guint i = 0; i < lines->len; i++) {
        const analysis_loss *line = g_ptr_array_index(lines, i);
        analysis_compared_loss *loss = g_new0(analysis_compared_loss, 1);
        loss->line = *line;
        loss->line.cause = g_strdup(line->cause);
        if (line->words == line->cause)
            loss->line.words = loss->line.cause;
        loss->packets = g_new0(double, c->n_policies);
        for (guint k = 0; k < c->n_policies; k++) {
            g_autofree char *ids = ids_of(c, k);
            loss->packets[k] = analysis_loss_value(r, &(analysis_runs){.ids = ids}, line).mean;
        }
        g_ptr_array_add(c->losses, loss);
    }
}

static void put_cell(GString *out, const char *text, int width)
{
    g_autofree char *cut = g_utf8_strlen(text, -1) < width ? g_strdup(text)
                                                           : g_utf8_substring(text, 0, width - 1);
    g_string_append_printf(out, "%*s%s", width - (int)g_utf8_strlen(cut, -1), "", cut);
}

int analysis_compare_widest(const analysis_comparison *c)
{
    int widest = 0;
    for (guint k = 0; k < c->n_policies; k++)
        widest = MAX(widest, (int)g_utf8_strlen(c->policies[k], -1));
    return widest;
}

static void put_columns(const analysis_comparison *c, guint from, guint to, int width,
                        GString *out)
{
    g_string_append_printf(out, "%*s", LABEL, "");
    for (guint k = from; k < to; k++)
        put_cell(out, c->policies[k], width);
    for (guint i = 0; i < c->losses->len; i++) {
        const analysis_compared_loss *loss = g_ptr_array_index(c->losses, i);
        g_string_append_printf(out, "\n  %-*.*s", LABEL - 2, LABEL - 3, loss->line.words);
        for (guint k = from; k < to; k++) {
            g_autofree char *text = analysis_format_count(loss->packets[k]);
            put_cell(out, text, width);
        }
    }
    g_string_append_c(out, '\n');
}

void analysis_compare_losses_text(const analysis_comparison *c, const analysis_style *style,
                                  GString *out)
{
    g_string_append_printf(out, "\n%s%s%s\n", style->colour ? "\033[1m" : "",
                           analysis_losses_heading, style->colour ? "\033[0m" : "");
    int width = MAX(CELL, analysis_compare_widest(c) + 2);
    guint columns = (guint)MAX((WIDTH - LABEL) / width, 1);
    for (guint k = 0; k < c->n_policies; k += columns)
        put_columns(c, k, MIN(k + columns, c->n_policies), width, out);
}

void analysis_compare_losses_json(const analysis_comparison *c, GString *out)
{
    g_string_append(out, ",\n  \"losses\": [");
    for (guint i = 0; i < c->losses->len; i++) {
        const analysis_compared_loss *loss = g_ptr_array_index(c->losses, i);
        g_string_append_printf(out, "%s\n    {\"cause\": ", i ? "," : "");
        analysis_loss_json(&loss->line, out);
        g_string_append(out, ", \"mean_packets\": [");
        for (guint k = 0; k < c->n_policies; k++) {
            g_string_append(out, k ? ", " : "");
            analysis_json_number(out, loss->packets[k]);
        }
        g_string_append(out, "]}");
    }
    g_string_append_c(out, ']');
}
