/* See merge.h. SPDX-License-Identifier: GPL-3.0-or-later */

#include "sim/record/merge.h"

#include <assert.h>
#include <string.h>

#include "sim/engine/config.h"
#include "sim/record/private.h"
#include "sim/record/schema.h"

static char *identity_of(const char *config, const char *code, const char *policy, int64_t seed,
                         int64_t replication)
{
    return g_strdup_printf("%s %s %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %s", config, code, seed,
                           replication, policy);
}

char *sim_run_identity(const sim_run_start *start)
{
    return identity_of(start->config_sha256, start->code_version, start->policy, start->seed,
                       start->replication);
}

static const char *text_at(sqlite3_stmt *s, int column)
{
    const char *text = (const char *)sqlite3_column_text(s, column);
    return text ? text : "";
}

/* Identity and run_id of each complete run, into a table. A code of SQLite; 0 is good. */
static int read_runs(sqlite3 *db, GHashTable *runs)
{
    sqlite3_stmt *s = NULL;
    int rc = sqlite3_prepare_v2(db,
        "SELECT config_sha256, code_version, policy, seed, replication, run_id FROM main.run"
        " WHERE status = 'complete' ORDER BY run_id", -1, &s, NULL);
    while (rc == SQLITE_OK && (rc = sqlite3_step(s)) == SQLITE_ROW) {
        char *identity = identity_of(text_at(s, 0), text_at(s, 1), text_at(s, 2),
                                     sqlite3_column_int64(s, 3), sqlite3_column_int64(s, 4));
        int64_t id = sqlite3_column_int64(s, 5);
        if (g_hash_table_contains(runs, identity))
            g_free(identity);
        else
            g_hash_table_insert(runs, identity, g_memdup2(&id, sizeof id));
        rc = SQLITE_OK;
    }
    sqlite3_finalize(s);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

GHashTable *sim_record_complete_runs(sim_record *record, GError **error)
{
    GHashTable *runs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    int rc = read_runs(sim_record_database(record), runs);
    if (rc == SQLITE_OK)
        return runs;
    sim_record_error(error, record, rc);
    g_hash_table_destroy(runs);
    return NULL;
}

/* ---- statements --------------------------------------------------------------------------- */

/* The first column of a query's only row is `expected`. */
static bool says(sqlite3 *db, const char *sql, const char *expected)
{
    sqlite3_stmt *s = NULL;
    bool same = sqlite3_prepare_v2(db, sql, -1, &s, NULL) == SQLITE_OK &&
                sqlite3_step(s) == SQLITE_ROW && strcmp(text_at(s, 0), expected) == 0;
    sqlite3_finalize(s);
    return same;
}

bool sim_shard_is_whole(const char *path, const char *identity)
{
    if (!g_file_test(path, G_FILE_TEST_IS_REGULAR))
        return false;
    g_autoptr(sim_record) record = sim_record_open(path, NULL);
    g_autoptr(GHashTable) runs = record ? sim_record_complete_runs(record, NULL) : NULL;
    return runs && g_hash_table_contains(runs, identity) &&
           says(sim_record_database(record), "SELECT count(*) FROM run", "1") &&
           says(sim_record_database(record), "PRAGMA integrity_check", "ok");
}

/* Run a statement with up to two parameters: a number, or a text. */
static int execute(sqlite3 *db, const char *sql, int64_t number, const char *text)
{
    sqlite3_stmt *s = NULL;
    int rc = sqlite3_prepare_v2(db, sql, -1, &s, NULL);
    if (rc != SQLITE_OK)
        return rc;
    if (sqlite3_bind_parameter_count(s) > 0 && text)
        sqlite3_bind_text(s, 1, text, -1, SQLITE_TRANSIENT);
    else if (sqlite3_bind_parameter_count(s) > 0)
        sqlite3_bind_int64(s, 1, number);
    while ((rc = sqlite3_step(s)) == SQLITE_ROW)
        continue;
    sqlite3_finalize(s);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

/* ---- merging ------------------------------------------------------------------------------ */

/* The statement that copies each table both files have with a run_id, but `run` itself. */
static int copy_statements(sqlite3 *db, GPtrArray *statements)
{
    sqlite3_stmt *s = NULL;
    int rc = sqlite3_prepare_v2(db,
        "SELECT m.name, group_concat('\"' || p.name || '\"', ', ')"
        " FROM main.sqlite_schema m JOIN shard.sqlite_schema h ON h.name = m.name"
        " AND h.type = 'table' JOIN pragma_table_info(m.name, 'shard') p"
        " WHERE m.type = 'table' AND m.name <> 'run' AND p.name <> 'run_id' AND EXISTS"
        "  (SELECT 1 FROM pragma_table_info(m.name, 'shard') q WHERE q.name = 'run_id')"
        " GROUP BY m.name ORDER BY m.name", -1, &s, NULL);
    while (rc == SQLITE_OK && (rc = sqlite3_step(s)) == SQLITE_ROW) {
        const char *table = text_at(s, 0), *columns = text_at(s, 1);
        g_ptr_array_add(statements, g_strdup_printf(
            "INSERT INTO main.\"%s\"(run_id, %s) SELECT ?1, %s FROM shard.\"%s\"", table, columns,
            columns, table));
        rc = SQLITE_OK;
    }
    sqlite3_finalize(s);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int copy_run(sqlite3 *db, int64_t *id)
{
    int rc = execute(db,
        "INSERT INTO main.run(run_id, scenario, policy, seed, replication, config_sha256,"
        " code_version, protocol_sha256, started_at, wall_seconds, simulated_ns, events,"
        " fingerprint, status)"
        " SELECT " SIM_NEXT_RUN_ID ", scenario, policy, seed, replication, config_sha256,"
        " code_version,"
        " protocol_sha256, started_at, wall_seconds, simulated_ns, events, fingerprint, status"
        " FROM shard.run WHERE status = 'complete'", 0, NULL);
    *id = sqlite3_last_insert_rowid(db);
    return rc;
}

static int copy_all(sqlite3 *db, int64_t *id)
{
    g_autoptr(GPtrArray) statements = g_ptr_array_new_with_free_func(g_free);
    int rc = execute(db, "BEGIN IMMEDIATE", 0, NULL);
    if (rc == SQLITE_OK)
        rc = copy_statements(db, statements);
    if (rc == SQLITE_OK)
        rc = copy_run(db, id);
    for (guint i = 0; rc == SQLITE_OK && i < statements->len; i++)
        rc = execute(db, g_ptr_array_index(statements, i), *id, NULL);
    if (rc == SQLITE_OK)
        rc = execute(db, "COMMIT", 0, NULL);
    return rc;
}

int64_t sim_record_merge(sim_record *record, const char *shard, GError **error)
{
    assert(sim_record_run_id(record) == 0);
    sqlite3 *db = sim_record_database(record);
    g_autofree char *absolute = g_canonicalize_filename(shard, NULL);
    int64_t id = 0;
    int rc = execute(db, "ATTACH ? AS shard", 0, absolute);
    bool attached = rc == SQLITE_OK;
    if (attached && !says(db, "SELECT count(*) || max(status) FROM shard.run", "1complete"))
        g_set_error(error, SIM_CONFIG_ERROR, SIM_ERROR_CANNOT, "%s: holds no complete run", shard);
    else if (attached)
        rc = copy_all(db, &id);
    if (rc != SQLITE_OK) {
        sim_record_error(error, record, rc);
        id = 0;
    }
    if (!sqlite3_get_autocommit(db))
        execute(db, "ROLLBACK", 0, NULL);
    if (attached)
        execute(db, "DETACH shard", 0, NULL);
    return id;
}

static int add_pair(sqlite3 *db, int64_t run_id, const char *key, const char *value)
{
    sqlite3_stmt *s = NULL;
    int rc = sqlite3_prepare_v2(db, "INSERT OR IGNORE INTO sweep_point VALUES (?, ?, ?)", -1, &s,
                                NULL);
    if (rc != SQLITE_OK)
        return rc;
    sqlite3_bind_int64(s, 1, run_id);
    sqlite3_bind_text(s, 2, key, -1, SQLITE_TRANSIENT);
    sqlite3_bind_text(s, 3, value, -1, SQLITE_TRANSIENT);
    rc = sqlite3_step(s);
    sqlite3_finalize(s);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

bool sim_record_add_point(sim_record *record, int64_t run_id, const char *const *point,
                          GError **error)
{
    int rc = SQLITE_OK;
    for (; rc == SQLITE_OK && point && point[0]; point += 2)
        rc = add_pair(sim_record_database(record), run_id, point[0], point[1]);
    if (rc != SQLITE_OK)
        sim_record_error(error, record, rc);
    return rc == SQLITE_OK;
}
