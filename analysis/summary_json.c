/* The summary as JSON: one object per run, nothing averaged. See summary.h.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <string.h>

#include "analysis/json.h"
#include "analysis/losses.h"
#include "analysis/summary.h"

static void put_column(GString *out, sqlite3_stmt *s, int i)
{
    switch (sqlite3_column_type(s, i)) {
    case SQLITE_NULL:
        g_string_append(out, "null");
        break;
    case SQLITE_TEXT:
        analysis_json_string(out, (const char *)sqlite3_column_text(s, i));
        break;
    default:
        g_string_append(out, (const char *)sqlite3_column_text(s, i));
    }
}

/* Each row as an object by column names; several as a list. */
static void put_objects(analysis_results *r, GString *out, const char *indent, const char *sql,
                        int64_t run_id)
{
    sqlite3_stmt *s = NULL;
    if (sqlite3_prepare_v2(r->db, sql, -1, &s, NULL) != SQLITE_OK)
        g_error("%s: %s", sql, sqlite3_errmsg(r->db));
    sqlite3_bind_int64(s, 1, run_id);
    for (bool first = true; sqlite3_step(s) == SQLITE_ROW; first = false) {
        g_string_append_printf(out, "%s\n%s{", first ? "" : ",", indent);
        for (int i = 0; i < sqlite3_column_count(s); i++) {
            g_string_append(out, i ? ", " : "");
            analysis_json_string(out, sqlite3_column_name(s, i));
            g_string_append(out, ": ");
            put_column(out, s, i);
        }
        g_string_append_c(out, '}');
    }
    sqlite3_finalize(s);
}

/* Name and value of each row as members of one object. */
static void put_members(analysis_results *r, GString *out, const char *sql, int64_t run_id)
{
    sqlite3_stmt *s = NULL;
    if (sqlite3_prepare_v2(r->db, sql, -1, &s, NULL) != SQLITE_OK)
        g_error("%s: %s", sql, sqlite3_errmsg(r->db));
    sqlite3_bind_int64(s, 1, run_id);
    for (bool first = true; sqlite3_step(s) == SQLITE_ROW; first = false) {
        g_string_append_printf(out, "%s\n      ", first ? "" : ",");
        analysis_json_string(out, (const char *)sqlite3_column_text(s, 0));
        g_string_append(out, ": ");
        put_column(out, s, 1);
    }
    sqlite3_finalize(s);
}

/* One table of losses by cause: see losses.h. */
static void put_losses(analysis_results *r, GString *out, int64_t id)
{
    g_autofree char *ids = g_strdup_printf("%" G_GINT64_FORMAT, id);
    const analysis_runs runs = {.ids = ids};
    g_autoptr(GPtrArray) lines = analysis_losses(r, ids);
    for (guint i = 0; i < lines->len; i++) {
        const analysis_loss *line = g_ptr_array_index(lines, i);
        analysis_value v = analysis_loss_value(r, &runs, line);
        g_string_append_printf(out, "%s\n      {\"cause\": ", i ? "," : "");
        analysis_loss_json(line, out);
        g_string_append_printf(out, ", \"packets\": %.15g}", v.mean);
    }
}

static void put_run(analysis_results *r, GString *out, int64_t id)
{
    g_string_append(out, "\n    {\"run\": ");
    put_objects(r, out, "     ", "SELECT * FROM run WHERE run_id = ?", id);
    g_string_append(out, ",\n     \"metrics\": {");
    put_members(r, out, "SELECT name, value FROM metric WHERE run_id = ? AND node_id IS NULL", id);
    g_string_append(out, "},\n     \"agents\": [");
    put_objects(r, out, "      ",
        "SELECT n.name AS agent,"
        " max(iif(m.name = 'load_bps', m.value, NULL)) AS load_bps,"
        " max(iif(m.name = 'offered_load', m.value, NULL)) AS offered_load,"
        " max(iif(m.name = 'mn_mean', m.value, NULL)) AS mn_mean,"
        " (SELECT x.mn_count FROM ha_sample x WHERE x.run_id = n.run_id AND x.node_id = n.node_id"
        "  ORDER BY x.t_ns DESC LIMIT 1) AS mn_at_end,"
        " max(iif(m.name = 'mn_max', m.value, NULL)) AS mn_max,"
        " max(iif(m.name = 'peak_queue_packets', m.value, NULL)) AS peak_queue_packets,"
        " max(iif(m.name = 'peak_queue_bytes', m.value, NULL)) AS peak_queue_bytes,"
        " max(iif(m.name = 'tunnelled_packets', m.value, NULL)) AS tunnelled_packets,"
        " max(iif(m.name = 'tunnelled_bytes', m.value, NULL)) AS tunnelled_bytes,"
        " max(iif(m.name = 'dropped_packets', m.value, NULL)) AS dropped_packets"
        " FROM node n LEFT JOIN metric m USING (run_id, node_id)"
        " WHERE n.run_id = ? AND n.kind = 'home-agent' GROUP BY n.node_id", id);
    g_string_append(out, "],\n     \"loss\": [");
    put_objects(r, out, "      ",
                "SELECT node, cause, packets, bytes FROM loss_by_cause WHERE run_id = ?", id);
    g_string_append(out, "],\n     \"losses\": [");
    put_losses(r, out, id);
    g_string_append(out, "],\n     \"signalling\": [");
    put_objects(r, out, "      ", "SELECT node, message, packets, bytes FROM signalling_by_message"
                                  " WHERE run_id = ?", id);
    g_string_append(out, "],\n     \"notes\": [");
    put_objects(r, out, "      ", "SELECT text FROM note WHERE run_id = ?", id);
    g_string_append(out, "]}");
}

void analysis_summary_json(analysis_results *results, const GPtrArray *groups, GString *out)
{
    g_autofree char *path = g_utf8_make_valid(results->path, -1);
    g_string_append(out, "{\"results\": ");
    analysis_json_string(out, path);
    g_string_append(out, ",\n  \"runs\": [");
    bool first = true;
    for (guint g = 0; g < groups->len; g++) {
        const analysis_runs *runs = g_ptr_array_index(groups, g);
        for (guint i = 0; i < runs->run_ids->len; i++, first = false) {
            g_string_append(out, first ? "" : ",");
            put_run(results, out, g_array_index(runs->run_ids, int64_t, i));
        }
    }
    g_string_append(out, "]}\n");
}
