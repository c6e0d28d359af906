/* See rows.h. A table is described once: where each column lies in the row's struct.
 *
 * SQLite reads the rows that are kept as a table of its own (a virtual one), and one statement
 * copies it into the real one: that takes half as long as a statement for each row, whose columns
 * are bound one by one.
 *
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

/* ---- the rows that are kept, as a table ---------------------------------------------------- */

typedef struct kept_table {
    sqlite3_vtab base;
    const sim_rows_source *source;
} kept_table;

typedef struct kept_cursor {
    sqlite3_vtab_cursor base;
    const table *table;
    const char *row, *end;
} kept_cursor;

static int connect_kept(sqlite3 *db, void *source, int argc, const char *const *argv,
                        sqlite3_vtab **out, char **error)
{
    (void)argc, (void)argv, (void)error;
    const table *t = &tables[((const sim_rows_source *)source)->which];
    g_autoptr(GString) sql = g_string_new("CREATE TABLE kept(");
    for (int i = 0; i < t->n; i++)
        g_string_append_printf(sql, "%s%s", i ? ", " : "", t->columns[i].name);
    g_string_append_c(sql, ')');
    int rc = sqlite3_declare_vtab(db, sql->str);
    if (rc != SQLITE_OK)
        return rc;
    kept_table *kept = g_new0(kept_table, 1);
    kept->source = source;
    *out = &kept->base;
    return SQLITE_OK;
}

static int disconnect_kept(sqlite3_vtab *kept)
{
    g_free(kept);
    return SQLITE_OK;
}

static int plan_kept(sqlite3_vtab *kept, sqlite3_index_info *info)
{
    (void)kept, (void)info;
    return SQLITE_OK;
}

static int open_kept(sqlite3_vtab *kept, sqlite3_vtab_cursor **out)
{
    (void)kept;
    kept_cursor *c = g_new0(kept_cursor, 1);
    *out = &c->base;
    return SQLITE_OK;
}

static int close_kept(sqlite3_vtab_cursor *cursor)
{
    g_free(cursor);
    return SQLITE_OK;
}

static kept_cursor *cursor_of(sqlite3_vtab_cursor *cursor)
{
    return (kept_cursor *)cursor;
}

static int rewind_kept(sqlite3_vtab_cursor *cursor, int number, const char *name, int argc,
                       sqlite3_value **argv)
{
    (void)number, (void)name, (void)argc, (void)argv;
    kept_cursor *c = cursor_of(cursor);
    const sim_rows_source *source = ((const kept_table *)cursor->pVtab)->source;
    const GByteArray *list = source->rows->rows[source->which];
    c->table = &tables[source->which];
    c->row = (const char *)list->data;
    c->end = c->row + list->len;
    return SQLITE_OK;
}

static int next_kept(sqlite3_vtab_cursor *cursor)
{
    kept_cursor *c = cursor_of(cursor);
    c->row += c->table->size;
    return SQLITE_OK;
}

static int is_behind_kept(sqlite3_vtab_cursor *cursor)
{
    return cursor_of(cursor)->row == cursor_of(cursor)->end;
}

static int rowid_of_kept(sqlite3_vtab_cursor *cursor, sqlite3_int64 *id)
{
    *id = cursor_of(cursor)->end - cursor_of(cursor)->row;
    return SQLITE_OK;
}

static int column_of_kept(sqlite3_vtab_cursor *cursor, sqlite3_context *result, int at)
{
    const kept_cursor *kept = cursor_of(cursor);
    const column *c = &kept->table->columns[at];
    const void *p = kept->row + c->offset;
    int64_t i;
    double d;
    switch (c->kind) {
    case COLUMN_INT:
    case COLUMN_ID:
        memcpy(&i, p, sizeof i);
        if (c->kind == COLUMN_INT || i >= 0)
            sqlite3_result_int64(result, i);
        break;
    case COLUMN_REAL:
        memcpy(&d, p, sizeof d);
        if (isfinite(d))
            sqlite3_result_double(result, d);
        break;
    default:
        sqlite3_result_text(result, *(const char *const *)p, -1, SQLITE_STATIC);
    }
    return SQLITE_OK;       /* without a result: NULL */
}

/* Without xCreate there is one such table, of the module's name. */
static const sqlite3_module kept_module = {
    .xConnect = connect_kept, .xDisconnect = disconnect_kept, .xBestIndex = plan_kept,
    .xOpen = open_kept, .xClose = close_kept, .xFilter = rewind_kept, .xNext = next_kept,
    .xEof = is_behind_kept, .xColumn = column_of_kept, .xRowid = rowid_of_kept,
};

/* A row that cannot be written ends the transaction in any case: OR ROLLBACK spares SQLite a log
 * of the statement alone. */
static int prepare_copy(sim_rows *rows, sqlite3 *db, int which)
{
    const table *t = &tables[which];
    rows->sources[which] = (sim_rows_source){rows, which};
    g_autofree char *kept = g_strconcat("kept_", t->name, NULL);
    int rc = sqlite3_create_module(db, kept, &kept_module, &rows->sources[which]);
    if (rc != SQLITE_OK)
        return rc;
    g_autoptr(GString) sql = g_string_new(NULL);
    g_string_append_printf(sql, "INSERT OR ROLLBACK INTO main.%s(run_id", t->name);
    for (int i = 0; i < t->n; i++)
        g_string_append_printf(sql, ", %s", t->columns[i].name);
    g_string_append_printf(sql, ") SELECT ?, * FROM %s", kept);
    return sqlite3_prepare_v3(db, sql->str, -1, SQLITE_PREPARE_PERSISTENT, &rows->copy[which],
                              NULL);
}

/* ---- keeping and writing ------------------------------------------------------------------- */

int sim_rows_init(sim_rows *rows, sqlite3 *db)
{
    *rows = (sim_rows){.strings = g_string_chunk_new(4096)};
    for (int i = 0; i < SIM_N_ROW_TABLES; i++)
        rows->rows[i] = g_byte_array_new();
    int rc = SQLITE_OK;
    for (int i = 0; i < SIM_N_ROW_TABLES && rc == SQLITE_OK; i++)
        rc = prepare_copy(rows, db, i);
    return rc;
}

void sim_rows_clear(sim_rows *rows)
{
    for (int i = 0; i < SIM_N_ROW_TABLES; i++) {
        sqlite3_finalize(rows->copy[i]);
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

int sim_rows_write(sim_rows *rows, int64_t run_id)
{
    int rc = SQLITE_DONE;
    for (int which = 0; which < SIM_N_ROW_TABLES && rc == SQLITE_DONE; which++) {
        if (rows->rows[which]->len == 0)
            continue;
        sqlite3_bind_int64(rows->copy[which], 1, run_id);
        rc = sqlite3_step(rows->copy[which]);
        sqlite3_reset(rows->copy[which]);
    }
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

void sim_rows_forget(sim_rows *rows)
{
    for (int i = 0; i < SIM_N_ROW_TABLES; i++)
        g_byte_array_set_size(rows->rows[i], 0);
    g_string_chunk_clear(rows->strings);
    rows->n = 0;
    rows->string_bytes = 0;
}
