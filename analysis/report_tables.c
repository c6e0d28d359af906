/* Tables of a report: figures of all policies side by side.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <math.h>
#include <string.h>

#include "analysis/losses.h"
#include "analysis/plot_draw.h"
#include "analysis/report_html.h"
#include "analysis/summary.h"

typedef enum shape { COUNT, SECONDS, SHARE, RATE } shape;

typedef struct row {
    const char *words, *metric;
    shape form;
} row;

static const row rows[] = {
    {"Jain's index of load", "jain_load", COUNT},
    {"peak to mean of load", "peak_to_mean_load", COUNT},
    {"Jain's index of nodes", "jain_mn", COUNT},
    {"peak to mean of nodes", "peak_to_mean_mn", COUNT},
    {"time overloaded", "overloaded_seconds", SECONDS},
    {"settling time", "settling_time", SECONDS},
    {"largest queue, packets", "peak_queue_packets", COUNT},
    {"loss", "loss_ratio", SHARE},
    {"delay p50", "delay_p50", SECONDS},
    {"delay p99", "delay_p99", SECONDS},
    {"delay max", "delay_max", SECONDS},
    {"moves per node and hour", "moves_per_mn_hour", COUNT},
    {"ping-pongs", "ping_pongs", COUNT},
    {"outage of a move, mean", "outage_mean", SECONDS},
    {"outage of a move, max", "outage_max", SECONDS},
    {"age of information, mean", "information_age_mean", SECONDS},
    {"signalling, bytes per node and hour", "signalling_bytes_per_mn_hour", COUNT},
    {"registrations refused", "failed_registrations", COUNT},
    {"registered at the end", "registered_at_end", COUNT},
};

static const row agent_rows[] = {
    {"Load", "load_bps", RATE},
    {"Mobile nodes, mean", "mn_mean", COUNT},
    {"Largest queue, packets", "peak_queue_packets", COUNT},
    {"Packets dropped", "dropped_packets", COUNT},
};

static char *number(double value, shape form)
{
    switch (form) {
    case SECONDS: return analysis_format_seconds(value);
    case SHARE: return analysis_format_share(value);
    case RATE: {
        analysis_scale scale = analysis_plot_scale("bit/s", value);
        g_autofree char *text = analysis_format_count(value * scale.factor);
        return g_strdup_printf("%s %s", text, scale.unit);
    }
    default: return analysis_format_count(value);
    }
}

/* "1.5 s ± 0.2 s" with Student's 95 % interval, where there are replications. */
static void put_value(analysis_page *page, const analysis_value *v, shape form)
{
    double half = analysis_plot_interval(v);
    if (v->n == 0) {
        analysis_page_put(page, "<td>–</td>");
        return;
    }
    g_autofree char *mean = number(v->mean, form);
    if (!isfinite(half)) {
        analysis_page_put(page, "<td>%s</td>", mean);
        return;
    }
    g_autofree char *interval = number(half, form);
    analysis_page_put(page, "<td>%s ± %s</td>", mean, interval);
}

static bool has_metric(analysis_page *page, const char *metric, bool of_agents)
{
    g_autofree char *sql = g_strdup_printf(
        "SELECT 1 FROM metric WHERE run_id IN (%s) AND name = '%s' AND value IS NOT NULL"
        " AND node_id IS %s NULL LIMIT 1", page->ids, metric, of_agents ? "NOT" : "");
    g_autofree char *any = analysis_text(page->results, sql);
    return any != NULL;
}

static void put_run_table(analysis_page *page)
{
    analysis_page_table(page, "");
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (!has_metric(page, rows[i].metric, false))
            continue;
        analysis_page_put(page, "<tr><th>%s</th>", rows[i].words);
        for (guint g = 0; g < page->groups->len; g++) {
            analysis_value v = analysis_metric(page->results, g_ptr_array_index(page->groups, g),
                                               rows[i].metric);
            put_value(page, &v, rows[i].form);
        }
        analysis_page_put(page, "</tr>\n");
    }
    analysis_page_table_end(page);
}

static void put_agent_table(analysis_page *page, const row *r, const GPtrArray *agents)
{
    analysis_page_put(page, "<h3>%s of each agent</h3>\n", r->words);
    analysis_page_table(page, "agent");
    for (guint a = 0; a < agents->len; a++) {
        const char *agent = g_ptr_array_index(agents, a);
        analysis_page_put(page, "<tr><th>%s</th>", agent);
        for (guint g = 0; g < page->groups->len; g++) {
            analysis_value v = analysis_agent_metric(
                page->results, g_ptr_array_index(page->groups, g), agent, r->metric);
            put_value(page, &v, r->form);
        }
        analysis_page_put(page, "</tr>\n");
    }
    analysis_page_table_end(page);
}

/* Packets (or bytes) by cause, by message. */
static void put_kinds(analysis_page *page, const char *heading, const char *table,
                      const char *column, const char *unit)
{
    g_autoptr(GPtrArray) kinds = analysis_kinds(page->results, page->ids, table, column);
    if (kinds->len == 0)
        return;
    analysis_page_put(page, "<h3>%s</h3>\n", heading);
    analysis_page_table(page, column);
    for (guint i = 0; i < kinds->len; i++) {
        const char *kind = g_ptr_array_index(kinds, i);
        analysis_page_put(page, "<tr><th>%s</th>", kind);
        for (guint g = 0; g < page->groups->len; g++) {
            analysis_value v = analysis_sum(page->results, g_ptr_array_index(page->groups, g),
                                            table, column, kind, unit);
            put_value(page, &v, COUNT);
        }
        analysis_page_put(page, "</tr>\n");
    }
    analysis_page_table_end(page);
}

static void put_losses(analysis_page *page)
{
    g_autoptr(GPtrArray) lines = analysis_losses(page->results, page->ids);
    analysis_page_put(page, "<h3>%s</h3>\n", analysis_losses_heading);
    analysis_page_table(page, "cause");
    for (guint i = 0; i < lines->len; i++) {
        const analysis_loss *line = g_ptr_array_index(lines, i);
        analysis_page_put(page, "<tr><th>%s</th>", line->words);
        for (guint g = 0; g < page->groups->len; g++) {
            analysis_value v =
                analysis_loss_value(page->results, g_ptr_array_index(page->groups, g), line);
            put_value(page, &v, COUNT);
        }
        analysis_page_put(page, "</tr>\n");
    }
    analysis_page_table_end(page);
}

void analysis_report_tables(analysis_page *page)
{
    g_autoptr(GPtrArray) agents = analysis_agents(page->results, page->ids);
    analysis_page_put(page, "<h2 id=\"figures-in-numbers\">Tables</h2>\n<p class=\"dim\">Means "
                      "over replications ± half of Student's 95 %% confidence interval; without "
                      "±, one replication, and how sure it is cannot be said. – : nothing to "
                      "measure. The warm-up is left out.</p>\n");
    put_run_table(page);
    for (size_t i = 0; i < G_N_ELEMENTS(agent_rows) && agents->len > 0; i++)
        if (has_metric(page, agent_rows[i].metric, true))
            put_agent_table(page, &agent_rows[i], agents);
    put_losses(page);
    put_kinds(page, "Signalling by message, packets in the whole run", "signalling", "message",
              "packets");
}
