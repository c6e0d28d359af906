/* See rows.h. A table is described once: where each column lies in the row's struct.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "sim/record/rows.h"

#include <math.h>
#include <string.h>

typedef enum column_kind {
    COLUMN_INT,
    COLUMN_ID,          /* below 0: NULL */
    COLUMN_TEXT,        /* few different ones; NULL: NULL */
    COLUMN_TEXT_OWN,    /* many different ones */
    COLUMN_REAL         /* not finite: NULL */
} column_kind;

typedef struct column {
    const char *name;
    column_kind kind;
    size_t offset;
} column;

typedef struct table {
    const char *name;
    size_t size;
    const column *columns;
    int n;
} table;

#define INT(s, f) {#f, COLUMN_INT, offsetof(sim_row_##s, f)}
#define ID(s, f) {#f, COLUMN_ID, offsetof(sim_row_##s, f)}
#define TEXT(s, f) {#f, COLUMN_TEXT, offsetof(sim_row_##s, f)}
#define OWN(s, f) {#f, COLUMN_TEXT_OWN, offsetof(sim_row_##s, f)}
#define REAL(s, f) {#f, COLUMN_REAL, offsetof(sim_row_##s, f)}

static const column
    node_columns[] = {INT(node, node_id), TEXT(node, kind), OWN(node, name), OWN(node, address)},
    ha_sample_columns[] = {
        INT(ha_sample, t_ns), INT(ha_sample, node_id), INT(ha_sample, queue_packets),
        INT(ha_sample, queue_bytes), INT(ha_sample, queue_wire), INT(ha_sample, mn_count),
        INT(ha_sample, tunnelled_packets), INT(ha_sample, tunnelled_bytes),
        INT(ha_sample, dropped_packets)},
    decision_columns[] = {
        INT(decision, t_ns), INT(decision, ha_id), ID(decision, mn_id), TEXT(decision, branch),
        INT(decision, own_queue), INT(decision, own_count), ID(decision, target_id),
        INT(decision, target_queue), INT(decision, target_count),
        ID(decision, information_age_ns), TEXT(decision, outcome)},
    loss_columns[] = {ID(loss, node_id), TEXT(loss, cause), INT(loss, packets), INT(loss, bytes)},
    application_loss_columns[] = {
        ID(application_loss, node_id), TEXT(application_loss, cause),
        INT(application_loss, packets), INT(application_loss, bytes)},
    signalling_columns[] = {ID(signalling, node_id), TEXT(signalling, message),
                            INT(signalling, packets), INT(signalling, bytes)},
    fingerprint_columns[] = {INT(fingerprint, second), INT(fingerprint, node_id),
                             TEXT(fingerprint, channel), OWN(fingerprint, hash)},
    metric_columns[] = {ID(metric, node_id), TEXT(metric, name), REAL(metric, value),
                        TEXT(metric, unit)},
    histogram_columns[] = {ID(histogram, node_id), TEXT(histogram, name),
                           REAL(histogram, bin_low), REAL(histogram, bin_high),
                           INT(histogram, count)},
    event_columns[] = {INT(event, t_ns), TEXT(event, kind), ID(event, mn_id),
                       ID(event, from_node_id), ID(event, to_node_id), OWN(event, detail)},
    failure_columns[] = {
        INT(failure, failure), OWN(failure, name), INT(failure, node_id), TEXT(failure, kind),
        INT(failure, began_ns), ID(failure, ended_ns), INT(failure, nodes_bound),
        INT(failure, nodes_hit), INT(failure, nodes_unhurt), REAL(failure, survivors_jain_load),
        REAL(failure, survivors_peak_to_mean_load), ID(failure, share_ns),
        REAL(failure, overshoot)},
    outage_columns[] = {
        INT(outage, failure), INT(outage, mn_id), TEXT(outage, direction),
        INT(outage, began_ns), INT(outage, ended_ns), INT(outage, censored)},
    storm_columns[] = {
        INT(storm, failure), INT(storm, node_id), INT(storm, peak_bu_per_s),
        INT(storm, peak_queue_packets), INT(storm, peak_queue_bytes)},
    bound_columns[] = {INT(bound, t_ns), REAL(bound, lower), REAL(bound, lpt), REAL(bound, load)};

#define TABLE(t) {#t, sizeof(sim_row_##t), t##_columns, G_N_ELEMENTS(t##_columns)}

static const table tables[SIM_N_ROW_TABLES] = {
    [SIM_ROW_NODE] = TABLE(node),
    [SIM_ROW_HA_SAMPLE] = TABLE(ha_sample),
    [SIM_ROW_DECISION] = TABLE(decision),
    [SIM_ROW_LOSS] = TABLE(loss),
    [SIM_ROW_SIGNALLING] = TABLE(signalling),
    [SIM_ROW_FINGERPRINT] = TABLE(fingerprint),
    [SIM_ROW_METRIC] = TABLE(metric),
    [SIM_ROW_HISTOGRAM] = TABLE(histogram),
    [SIM_ROW_EVENT] = TABLE(event),
    [SIM_ROW_APPLICATION_LOSS] = TABLE(application_loss),
    [SIM_ROW_FAILURE] = TABLE(failure),
    [SIM_ROW_OUTAGE] = TABLE(outage),
    [SIM_ROW_STORM] = TABLE(storm),
    [SIM_ROW_BOUND] = TABLE(bound),
};

static char *insert_of(const table *t)
{
    g_autoptr(GString) sql = g_string_new(NULL);
    g_string_append_printf(sql, "INSERT INTO %s(run_id", t->name);
    for (int i = 0; i < t->n; i++)
        g_string_append_printf(sql, ", %s", t->columns[i].name);
    g_string_append(sql, ") VALUES (?");
    for (int i = 0; i < t->n; i++)
        g_string_append(sql, ", ?");
    g_string_append_c(sql, ')');
    return g_string_free(g_steal_pointer(&sql), FALSE);
}

int sim_rows_init(sim_rows *rows, sqlite3 *db)
{
    *rows = (sim_rows){.strings = g_string_chunk_new(4096)};
    for (int i = 0; i < SIM_N_ROW_TABLES; i++)
        rows->rows[i] = g_byte_array_new();
    for (int i = 0; i < SIM_N_ROW_TABLES; i++) {
        g_autofree char *sql = insert_of(&tables[i]);
        int rc = sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &rows->insert[i],
                                    NULL);
        if (rc != SQLITE_OK)
            return rc;
    }
    return SQLITE_OK;
}

void sim_rows_clear(sim_rows *rows)
{
    for (int i = 0; i < SIM_N_ROW_TABLES; i++) {
        sqlite3_finalize(rows->insert[i]);
        if (rows->rows[i])
            g_byte_array_free(rows->rows[i], TRUE);
    }
    if (rows->strings)
        g_string_chunk_free(rows->strings);
}

static void keep_text(sim_rows *rows, const column *c, char *row)
{
    const char **text = (const char **)(void *)(row + c->offset);
    if (!*text)
        return;
    rows->string_bytes += c->kind == COLUMN_TEXT_OWN ? strlen(*text) + 1 : 0;
    *text = c->kind == COLUMN_TEXT ? g_string_chunk_insert_const(rows->strings, *text)
                                   : g_string_chunk_insert(rows->strings, *text);
}

void sim_rows_add(sim_rows *rows, sim_row_table which, const void *row)
{
    const table *t = &tables[which];
    GByteArray *list = rows->rows[which];
    g_byte_array_append(list, row, (guint)t->size);
    char *copy = (char *)list->data + list->len - t->size;
    for (int i = 0; i < t->n; i++)
        if (t->columns[i].kind == COLUMN_TEXT || t->columns[i].kind == COLUMN_TEXT_OWN)
            keep_text(rows, &t->columns[i], copy);
    if (which == SIM_ROW_METRIC) {
        sim_row_metric *metric = (sim_row_metric *)(void *)copy;
        if (!metric->has_value)
            metric->value = NAN;
    }
    rows->n++;
}

static int bind(sqlite3_stmt *insert, int at, const column *c, const char *row)
{
    const void *p = row + c->offset;
    int64_t i;
    double d;
    switch (c->kind) {
    case COLUMN_INT:
    case COLUMN_ID:
        memcpy(&i, p, sizeof i);
        return c->kind == COLUMN_ID && i < 0 ? sqlite3_bind_null(insert, at)
                                             : sqlite3_bind_int64(insert, at, i);
    case COLUMN_REAL:
        memcpy(&d, p, sizeof d);
        return isfinite(d) ? sqlite3_bind_double(insert, at, d) : sqlite3_bind_null(insert, at);
    default:
        return sqlite3_bind_text(insert, at, *(const char *const *)p, -1, SQLITE_STATIC);
    }
}

static int write_row(sqlite3_stmt *insert, const table *t, const char *row)
{
    for (int i = 0; i < t->n; i++) {
        int rc = bind(insert, i + 2, &t->columns[i], row);
        if (rc != SQLITE_OK)
            return rc;
    }
    int rc = sqlite3_step(insert);
    sqlite3_reset(insert);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

int sim_rows_write(sim_rows *rows, int64_t run_id)
{
    for (int which = 0; which < SIM_N_ROW_TABLES; which++) {
        const table *t = &tables[which];
        const GByteArray *list = rows->rows[which];
        sqlite3_bind_int64(rows->insert[which], 1, run_id);
        for (guint at = 0; at < list->len; at += (guint)t->size) {
            int rc = write_row(rows->insert[which], t, (const char *)list->data + at);
            if (rc != SQLITE_OK)
                return rc;
        }
    }
    return SQLITE_OK;
}

void sim_rows_forget(sim_rows *rows)
{
    for (int i = 0; i < SIM_N_ROW_TABLES; i++)
        g_byte_array_set_size(rows->rows[i], 0);
    g_string_chunk_clear(rows->strings);
    rows->n = 0;
    rows->string_bytes = 0;
}
