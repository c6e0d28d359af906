/* The summary as text: a table whose columns are policies. See summary.h.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "analysis/summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/losses.h"

enum {
    WIDTH = 100,
    LABEL = 30,             /* of the first column */
    COLUMN = 17,            /* of the others, at least */
    MAX_COLUMN = 24,
    BAR = 8,
    MAX_AGENTS = 16         /* shown one by one */
};

typedef enum format { FORMAT_COUNT, FORMAT_SECONDS, FORMAT_SHARE, FORMAT_MBIT } format;

typedef struct row {
    const char *label, *metric;
    format format;
    int better;             /* -1: lower, 1: higher, 0: neither */
    bool always;            /* shown though nothing but 0 */
} row;

static const row balance_rows[] = {
    {"Jain's index of load", "jain_load", FORMAT_COUNT, 1, true},
    {"peak to mean of load", "peak_to_mean_load", FORMAT_COUNT, -1, true},
    {"Jain's index of nodes", "jain_mn", FORMAT_COUNT, 1, true},
    {"peak to mean of nodes", "peak_to_mean_mn", FORMAT_COUNT, -1, true},
    {"time overloaded", "overloaded_seconds", FORMAT_SECONDS, -1, false},
    {"settling time", "settling_time", FORMAT_SECONDS, -1, false},
};

static const row service_rows[] = {
    {"loss", "loss_ratio", FORMAT_SHARE, -1, true},
    {"delay p50", "delay_p50", FORMAT_SECONDS, -1, true},
    {"delay p99", "delay_p99", FORMAT_SECONDS, -1, true},
    {"delay max", "delay_max", FORMAT_SECONDS, -1, true},
    {"packets sent", "sent_packets", FORMAT_COUNT, 0, true},
    {"packets delivered", "delivered_packets", FORMAT_COUNT, 1, true},
    {"largest queue, packets", "peak_queue_packets", FORMAT_COUNT, -1, true},
};

static const row move_rows[] = {
    {"moves", "moves", FORMAT_COUNT, 0, true},
    {"moves per node and hour", "moves_per_mn_hour", FORMAT_COUNT, -1, true},
    {"ping-pongs", "ping_pongs", FORMAT_COUNT, -1, true},
    {"outage of a move, mean", "outage_mean", FORMAT_SECONDS, -1, true},
    {"outage of a move, max", "outage_max", FORMAT_SECONDS, -1, true},
    {"age of information, mean", "information_age_mean", FORMAT_SECONDS, 0, false},
    {"simultaneous movers, most", "simultaneous_movers", FORMAT_COUNT, -1, false},
    {"signalling B per node and hour", "signalling_bytes_per_mn_hour", FORMAT_COUNT, -1, true},
    {"registrations refused", "failed_registrations", FORMAT_COUNT, -1, false},
    {"registrations unanswered", "registration_timeouts", FORMAT_COUNT, -1, false},
    {"two bindings at once", "double_binding_seconds", FORMAT_SECONDS, -1, false},
    {"agents with unfilled lists", "mn_unfilled_lists", FORMAT_COUNT, -1, false},
    {"registered at the end", "registered_at_end", FORMAT_COUNT, 1, true},
};

/* Of runs in which agents fail: where the first is there. */
static const row failure_rows[] = {
    {"outages", "failure_outages", FORMAT_COUNT, -1, true},
    {"not over at the end", "failure_outages_unfinished", FORMAT_COUNT, -1, true},
    {"outage, mean", "failure_outage_mean", FORMAT_SECONDS, -1, true},
    {"outage, median", "failure_outage_median", FORMAT_SECONDS, -1, true},
    {"outage, p99", "failure_outage_p99", FORMAT_SECONDS, -1, true},
    {"nodes hit", "failure_nodes_hit", FORMAT_COUNT, -1, true},
    {"nodes unhurt", "failure_nodes_unhurt", FORMAT_COUNT, 1, true},
    {"survivors, peak to mean of load", "survivors_peak_to_mean_load", FORMAT_COUNT, -1, true},
    {"until its share is back", "return_share_time", FORMAT_SECONDS, -1, true},
    {"returns without a share", "returns_without_share", FORMAT_COUNT, -1, false},
    {"load after return, over mean", "return_overshoot", FORMAT_COUNT, -1, true},
    {"storm, binding updates a second", "storm_bu_per_s", FORMAT_COUNT, -1, true},
    {"storm, largest queue", "storm_queue_packets", FORMAT_COUNT, -1, true},
};

/* The first is there where IPsec is. */
static const row ipsec_rows[] = {
    {"messages in ESP", "esp_packets", FORMAT_COUNT, 0, true},
    {"bytes that ESP added", "esp_overhead_bytes", FORMAT_COUNT, -1, true},
    {"payload packets in ESP", "esp_payload_packets", FORMAT_COUNT, 0, true},
    {"bytes that ESP added to payload", "esp_payload_overhead_bytes", FORMAT_COUNT, -1, true},
    {"replays", "esp_replayed", FORMAT_COUNT, -1, false},
    {"of an unknown SPI", "esp_unknown_spi", FORMAT_COUNT, -1, false},
    {"outages of signalling", "signalling_outages", FORMAT_COUNT, -1, true},
    {"outage of signalling, mean", "signalling_outage_mean", FORMAT_SECONDS, -1, false},
    {"outage of signalling, p99", "signalling_outage_p99", FORMAT_SECONDS, -1, false},
    {"IKE handshakes", "ike_handshakes", FORMAT_COUNT, -1, false},
    {"IKE handshake, mean", "ike_setup_mean", FORMAT_SECONDS, -1, false},
    {"IKE handshake, p99", "ike_setup_p99", FORMAT_SECONDS, -1, false},
    {"IKE requests waiting, most", "ike_queue_peak", FORMAT_COUNT, -1, false},
    {"cookies asked for", "ike_cookies", FORMAT_COUNT, -1, false},
};

/* A table being written: some of the columns, which fit the width. */
typedef struct table {
    analysis_results *results;
    const analysis_style *style;
    analysis_runs **columns;
    guint n;
    int width;              /* of a column */
    char *ids;              /* of all its runs */
    GPtrArray *agents;
    double full_load;       /* what a full bar stands for */
    GString *out;
} table;

/* ---- cells -------------------------------------------------------------------------------- */

static const char *paint(const table *t, const char *code)
{
    return t->style->colour ? code : "";
}

/* Text to the right of `width`, by what is seen. */
static void put_right(GString *out, const char *text, int width, const char *on, const char *off)
{
    int pad = width - (int)g_utf8_strlen(text, -1);
    g_string_append_printf(out, "%*s%s%s%s", MAX(pad, 1), "", on, text, off);
}

static void put_label(table *t, const char *label)
{
    int pad = LABEL - (int)g_utf8_strlen(label, -1);
    g_string_append_printf(t->out, "%s%*s", label, MAX(pad, 0), "");
}

static char *format_value(format f, double value)
{
    switch (f) {
    case FORMAT_SECONDS: return analysis_format_seconds(value);
    case FORMAT_SHARE: return analysis_format_share(value);
    case FORMAT_MBIT: return analysis_format_count(value / 1e6);
    case FORMAT_COUNT: break;
    }
    return analysis_format_count(value);
}

/* "1.25 ms", with the deviation over replications, "-" where there is nothing. */
static char *cell_text(const table *t, format f, const analysis_value *v)
{
    if (v->n == 0)
        return g_strdup("-");
    g_autofree char *mean = format_value(f, v->mean);
    if (v->n == 1 || v->sd == 0)
        return g_steal_pointer(&mean);
    g_autofree char *sd = format_value(f, v->sd);
    return g_strdup_printf("%s %s%s", mean, t->style->unicode ? "±" : "+-", sd);
}

/* The best of a row, where one is better than another. */
static double best_of(const analysis_value *values, guint n, int better)
{
    double best = NAN, worst = NAN;
    for (guint i = 0; i < n; i++) {
        if (values[i].n == 0)
            continue;
        best = isnan(best) ? values[i].mean
             : better > 0 ? MAX(best, values[i].mean) : MIN(best, values[i].mean);
        worst = isnan(worst) ? values[i].mean
              : better > 0 ? MIN(worst, values[i].mean) : MAX(worst, values[i].mean);
    }
    return better == 0 || best == worst ? NAN : best;
}

static void put_row(table *t, const char *label, format f, int better,
                    const analysis_value *values)
{
    double best = best_of(values, t->n, better);
    put_label(t, label);
    for (guint i = 0; i < t->n; i++) {
        g_autofree char *text = cell_text(t, f, &values[i]);
        bool is_best = values[i].n > 0 && values[i].mean == best;
        put_right(t->out, text, t->width, is_best ? paint(t, "\033[1;32m") : "",
                  is_best ? paint(t, "\033[0m") : "");
    }
    g_string_append_c(t->out, '\n');
}

static void put_heading(table *t, const char *text)
{
    g_string_append_printf(t->out, "\n%s%s%s\n", paint(t, "\033[1m"), text, paint(t, "\033[0m"));
}

static void put_rows(table *t, const row *rows, size_t n)
{
    g_autofree analysis_value *values = g_new(analysis_value, t->n);
    for (size_t k = 0; k < n; k++) {
        bool any = rows[k].always;
        for (guint i = 0; i < t->n; i++) {
            values[i] = analysis_metric(t->results, t->columns[i], rows[k].metric);
            any = any || (values[i].n > 0 && values[i].mean != 0);
        }
        g_autofree char *label = g_strdup_printf("  %s", rows[k].label);
        if (any)
            put_row(t, label, rows[k].format, rows[k].better, values);
    }
}

/* Rows of what not every run has; the first metric says whether one has it. */
static void put_part(table *t, const char *heading, const row *rows, size_t n)
{
    bool any = false;
    for (guint i = 0; i < t->n; i++)
        any = any || analysis_metric(t->results, t->columns[i], rows[0].metric).n > 0;
    if (!any)
        return;
    put_heading(t, heading);
    put_rows(t, rows, n);
}

/* ---- agents ------------------------------------------------------------------------------- */

/* A bar of BAR cells for a share; more than full is marked. */
static char *bar_text(const table *t, double share)
{
    static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    int cells = (int)lround(CLAMP(share / t->full_load, 0, 1) * BAR * 8);
    GString *s = g_string_new(NULL);
    for (int i = 0; i < cells / 8; i++)
        g_string_append(s, t->style->unicode ? "█" : "#");
    if (t->style->unicode)
        g_string_append(s, eighths[cells % 8]);
    else if (cells % 8 >= 4)
        g_string_append_c(s, '+');
    for (int pad = BAR - (int)g_utf8_strlen(s->str, -1); pad > 0; pad--)
        g_string_append_c(s, t->style->unicode ? ' ' : '.');
    return g_string_free(s, FALSE);
}

static void put_load(table *t, const char *agent, const analysis_runs *runs)
{
    analysis_value bps = analysis_agent_metric(t->results, runs, agent, "load_bps");
    analysis_value share = analysis_agent_metric(t->results, runs, agent, "offered_load");
    if (bps.n == 0) {
        put_right(t->out, "-", t->width, "", "");
        return;
    }
    g_autofree char *number = format_value(FORMAT_MBIT, bps.mean);
    g_autofree char *bar = share.n ? bar_text(t, share.mean) : g_strdup("");
    g_autofree char *text = g_strdup_printf("%s %7s", bar, number);
    bool over = share.n && share.mean > 1;
    put_right(t->out, text, t->width, over ? paint(t, "\033[31m") : "",
              over ? paint(t, "\033[0m") : "");
}

/* Mean and last count. */
static void put_nodes(table *t, const char *agent, const analysis_runs *runs)
{
    analysis_value mean = analysis_agent_metric(t->results, runs, agent, "mn_mean");
    analysis_value last = analysis_final_count(t->results, runs, agent);
    g_autofree char *a = mean.n ? format_value(FORMAT_COUNT, mean.mean) : g_strdup("-");
    g_autofree char *b = last.n ? format_value(FORMAT_COUNT, last.mean) : g_strdup("-");
    g_autofree char *text = g_strdup_printf("%s, %s", a, b);
    put_right(t->out, text, t->width, "", "");
}

static void put_plain(table *t, const char *agent, const analysis_runs *runs, const char *metric)
{
    analysis_value v = analysis_agent_metric(t->results, runs, agent, metric);
    g_autofree char *text = cell_text(t, FORMAT_COUNT, &v);
    put_right(t->out, text, t->width, "", "");
}

static void put_queue(table *t, const char *agent, const analysis_runs *runs)
{
    put_plain(t, agent, runs, "peak_queue_packets");
}

static void put_dropped(table *t, const char *agent, const analysis_runs *runs)
{
    put_plain(t, agent, runs, "dropped_packets");
}

static void put_agents(table *t, const char *heading,
                       void (*cell)(table *, const char *, const analysis_runs *))
{
    put_heading(t, heading);
    for (guint a = 0; a < t->agents->len && a < MAX_AGENTS; a++) {
        const char *agent = g_ptr_array_index(t->agents, a);
        g_autofree char *label = g_strdup_printf("  %.*s", LABEL - 3, agent);
        put_label(t, g_utf8_validate(label, -1, NULL) ? label : "  ?");
        for (guint i = 0; i < t->n; i++)
            cell(t, agent, t->columns[i]);
        g_string_append_c(t->out, '\n');
    }
    if (t->agents->len > MAX_AGENTS)
        g_string_append_printf(t->out, "  ... and %u more\n", t->agents->len - MAX_AGENTS);
}

static double largest_load(const table *t)
{
    g_autofree char *sql = g_strdup_printf("SELECT max(value) FROM metric WHERE name ="
                                           " 'offered_load' AND run_id IN (%s)", t->ids);
    g_autofree char *text = analysis_text(t->results, sql);
    return text ? MAX(g_ascii_strtod(text, NULL), 1) : 1;
}

/* ---- kinds -------------------------------------------------------------------------------- */

static void put_kinds(table *t, const char *heading, const char *from, const char *column,
                      const char *unit, guint most)
{
    g_autoptr(GPtrArray) kinds = analysis_kinds(t->results, t->ids, from, column);
    g_autofree analysis_value *values = g_new(analysis_value, t->n);
    if (kinds->len > 0)
        put_heading(t, heading);
    for (guint k = 0; k < kinds->len && k < most; k++) {
        const char *kind = g_ptr_array_index(kinds, k);
        for (guint i = 0; i < t->n; i++)
            values[i] = analysis_sum(t->results, t->columns[i], from, column, kind, unit);
        g_autofree char *label = g_strdup_printf("  %s", kind);
        put_row(t, label, FORMAT_COUNT, 0, values);
    }
    if (kinds->len > most)
        g_string_append_printf(t->out, "  ... and %u more\n", kinds->len - most);
}

/* Every summary has it, also where nothing was lost. */
static void put_losses(table *t)
{
    g_autoptr(GPtrArray) lines = analysis_losses(t->results, t->ids);
    g_autofree analysis_value *values = g_new(analysis_value, t->n);
    put_heading(t, analysis_losses_heading);
    for (guint k = 0; k < lines->len; k++) {
        const analysis_loss *line = g_ptr_array_index(lines, k);
        for (guint i = 0; i < t->n; i++)
            values[i] = analysis_loss_value(t->results, t->columns[i], line);
        g_autofree char *label = g_strdup_printf("  %s", line->words);
        put_row(t, label, FORMAT_COUNT, 0, values);
    }
}

/* ---- the whole ---------------------------------------------------------------------------- */

static void put_columns(table *t)
{
    put_label(t, "");
    for (guint i = 0; i < t->n; i++) {
        const char *policy = t->columns[i]->policy;
        put_right(t->out, *policy ? policy : "-", t->width, paint(t, "\033[1;36m"),
                  paint(t, "\033[0m"));
    }
    g_string_append_c(t->out, '\n');
}

static void put_table(table *t)
{
    t->agents = analysis_agents(t->results, t->ids);
    t->full_load = largest_load(t);
    put_columns(t);
    put_agents(t, "Load of agents, Mbit/s (a full bar is the capacity, or the largest load)",
               put_load);
    put_agents(t, "Mobile nodes of agents: mean, at the end", put_nodes);
    put_agents(t, "Largest queue of agents, packets", put_queue);
    put_agents(t, "Packets lost at agents", put_dropped);
    put_heading(t, "Balance");
    put_rows(t, balance_rows, G_N_ELEMENTS(balance_rows));
    put_heading(t, "Service");
    put_rows(t, service_rows, G_N_ELEMENTS(service_rows));
    put_heading(t, "Moves and their cost");
    put_rows(t, move_rows, G_N_ELEMENTS(move_rows));
    put_part(t, "Failures of agents", failure_rows, G_N_ELEMENTS(failure_rows));
    put_part(t, "IPsec", ipsec_rows, G_N_ELEMENTS(ipsec_rows));
    put_losses(t);
    put_kinds(t, "Signalling packets, by message", "signalling", "message", "packets", 16);
    g_ptr_array_free(t->agents, TRUE);
}

static char *join_ids(analysis_runs *const *columns, guint n)
{
    GString *s = g_string_new(NULL);
    for (guint i = 0; i < n; i++)
        g_string_append_printf(s, "%s%s", i ? ", " : "", columns[i]->ids);
    return g_string_free(s, FALSE);
}

/* "hotspot, seed 1, 5 replications: 300 s simulated ..." */
static void put_title(analysis_results *r, const analysis_style *style, const char *ids,
                      const char *scenario, GString *out)
{
    g_autofree char *sql = g_strdup_printf(
        "SELECT printf('seed %%s, %%d run%%s of %%.15g s, %%.1f M events in %%.1f s',"
        " group_concat(DISTINCT seed), count(*), iif(count(*) > 1, 's', ''),"
        " coalesce(max(simulated_ns) / 1e9, 0), coalesce(sum(events) / 1e6, 0),"
        " coalesce(sum(wall_seconds), 0)) FROM run WHERE run_id IN (%s)", ids);
    g_autofree char *text = analysis_text(r, sql);
    g_string_append_printf(out, "%s%s%s: %s\n\n", style->colour ? "\033[1m" : "", scenario,
                           style->colour ? "\033[0m" : "", text ? text : "");
}

static void put_incomplete(analysis_results *r, const char *ids, GString *out)
{
    g_autofree char *sql = g_strdup_printf(
        "SELECT group_concat(printf('run %%d (%%s) is %%s, at %%.3f s', run_id, policy, status,"
        " coalesce(simulated_ns, 0) / 1e9), char(10)) FROM run WHERE run_id IN (%s)"
        " AND status <> 'complete'", ids);
    g_autofree char *text = analysis_text(r, sql);
    if (text)
        g_string_append_printf(out, "\n%s\n", text);
}

static void put_notes(analysis_results *r, const char *ids, GString *out)
{
    enum { MAX_NOTES = 12 };
    g_autoptr(GPtrArray) notes = analysis_notes(r, ids);
    if (notes->len > 0)
        g_string_append(out, "\n");
    for (guint i = 0; i < notes->len && i < MAX_NOTES; i++)
        g_string_append_printf(out, "note: %s\n", (const char *)g_ptr_array_index(notes, i));
    if (notes->len > MAX_NOTES)
        g_string_append_printf(out, "note: ... and %u more (table note)\n",
                               notes->len - MAX_NOTES);
}

static void summarise_text(analysis_results *r, const GPtrArray *groups,
                           const analysis_style *style, GString *out)
{
    analysis_runs **columns = (analysis_runs **)groups->pdata;
    g_autofree char *ids = join_ids(columns, groups->len);
    put_title(r, style, ids, columns[0]->scenario, out);
    const guint fit = (WIDTH - LABEL) / COLUMN;
    for (guint i = 0; i < groups->len; i += fit) {
        guint n = MIN(fit, groups->len - i);
        table t = {.results = r, .style = style, .columns = columns + i, .n = n, .out = out,
                   .width = MIN(MAX_COLUMN, (WIDTH - LABEL) / (int)n),
                   .ids = join_ids(columns + i, n)};
        g_string_append(out, i ? "\n" : "");
        put_table(&t);
        g_free(t.ids);
    }
    put_incomplete(r, ids, out);
    put_notes(r, ids, out);
    g_string_append_printf(out, "\nResults: %s, run_id %s\n", r->path, ids);
}

char *analysis_summary(const char *path, const int64_t *run_ids, size_t n,
                       const analysis_style *style, GError **error)
{
    g_autoptr(analysis_results) r = analysis_results_open(path, error);
    g_autoptr(GPtrArray) groups = r ? analysis_group_runs(r, run_ids, n, error) : NULL;
    if (!groups || groups->len == 0)
        return groups ? g_strdup("") : NULL;
    GString *out = g_string_new(NULL);
    if (style->json)
        analysis_summary_json(r, groups, out);
    else
        summarise_text(r, groups, style, out);
    return g_string_free(out, FALSE);
}

bool analysis_unicode_terminal(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        const char *value = g_getenv(names[i]);
        if (value && *value) {
            g_autofree char *upper = g_ascii_strup(value, -1);
            return strstr(upper, "UTF-8") || strstr(upper, "UTF8");
        }
    }
    return false;
}
