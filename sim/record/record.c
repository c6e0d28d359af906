/* See record.h. SPDX-License-Identifier: GPL-3.0-or-later */

#include "sim/record/record.h"

#include <assert.h>
#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "sim/engine/config.h"
#include "sim/record/private.h"
#include "sim/record/rows.h"
#include "sim/record/schema.h"

enum {
    MAX_ROWS = 50000,               /* kept in memory before they are written */
    MAX_STRING_BYTES = 4 << 20,
    WRITE_EVERY_US = G_USEC_PER_SEC,
    PATIENCE_MS = 30000             /* for another writer */
};

struct sim_record {
    sim_sink sink;                  /* first: rows come with it */
    char *path;
    sqlite3 *db;
    sim_rows rows;
    int64_t run_id;                 /* 0: none at hand */
    int64_t written_us;             /* when rows were last written */
    int patience_ms;
    GError *error;                  /* the first one; sink.failed is set with it */
};

/* To some milliseconds, since it is asked for each row. */
static int64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
    return (int64_t)t.tv_sec * G_USEC_PER_SEC + t.tv_nsec / 1000;
}

static sim_record *record_of(sim_sink *sink)
{
    return (sim_record *)sink;
}

/* ---- errors ------------------------------------------------------------------------------ */

static void G_GNUC_PRINTF(3, 4) set_error(GError **error, const char *path, const char *format,
                                          ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error(error, SIM_CONFIG_ERROR, SIM_ERROR_CANNOT, "%s: %s", path, text);
}

/* What SQLite's code means to a person. */
static void set_sqlite_error(GError **error, const sim_record *r, int rc)
{
    switch (rc & 0xff) {
    case SQLITE_FULL:
        set_error(error, r->path, "the disk is full");
        break;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        set_error(error, r->path, "another program writes to it; waited %g s in vain",
                  r->patience_ms / 1000.0);
        break;
    case SQLITE_NOTADB:
        set_error(error, r->path, "is not a database");
        break;
    case SQLITE_IOERR:      /* of its files in shared memory a full disk says no more */
        if (sqlite3_system_errno(r->db) == ENOSPC)
            set_error(error, r->path, "the disk is full");
        else
            set_error(error, r->path, "%s (SQLite error %d)", sqlite3_errmsg(r->db), rc);
        break;
    case SQLITE_READONLY:
    case SQLITE_PERM:
        set_error(error, r->path, "is not writable");
        break;
    case SQLITE_CANTOPEN:
        set_error(error, r->path, "cannot be opened for writing");
        break;
    default:
        set_error(error, r->path, "%s (SQLite error %d)", sqlite3_errmsg(r->db), rc);
    }
}

/* Remember the first failure; later rows are dropped. */
static void fail(sim_record *r, int rc)
{
    if (!r->error)
        set_sqlite_error(&r->error, r, rc);
    r->sink.failed = true;
}

sqlite3 *sim_record_database(sim_record *r)
{
    return r->db;
}

void sim_record_error(GError **error, const sim_record *r, int rc)
{
    set_sqlite_error(error, r, rc);
}

static int execute(sim_record *r, const char *sql)
{
    return sqlite3_exec(r->db, sql, NULL, NULL, NULL);
}

/* ---- opening ----------------------------------------------------------------------------- */

static int query_int(sqlite3 *db, const char *sql, int64_t *out)
{
    sqlite3_stmt *s = NULL;
    int rc = sqlite3_prepare_v2(db, sql, -1, &s, NULL);
    if (rc == SQLITE_OK && (rc = sqlite3_step(s)) == SQLITE_ROW) {
        *out = sqlite3_column_int64(s, 0);
        rc = SQLITE_OK;
    }
    sqlite3_finalize(s);
    return rc;
}

typedef enum contents { CONTENTS_OURS, CONTENTS_EMPTY, CONTENTS_FOREIGN, CONTENTS_FAILED } contents;

/* What is in the file. *rc is set with FAILED; an error is set with FOREIGN. */
static contents look(sim_record *r, int *rc, GError **error)
{
    int64_t application = 0, version = 0, objects = 0;
    if ((*rc = query_int(r->db, "PRAGMA application_id", &application)) != SQLITE_OK ||
        (*rc = query_int(r->db, "PRAGMA user_version", &version)) != SQLITE_OK ||
        (*rc = query_int(r->db, "SELECT count(*) FROM sqlite_schema", &objects)) != SQLITE_OK)
        return CONTENTS_FAILED;
    if (application == 0 && version == 0 && objects == 0)
        return CONTENTS_EMPTY;
    if (application != SIM_RECORD_APPLICATION_ID) {
        set_error(error, r->path, "is a database, but not a results file of mip6sim");
        return CONTENTS_FOREIGN;
    }
    if (version != SIM_RECORD_USER_VERSION) {
        set_error(error, r->path, "is a results file of schema %" G_GINT64_FORMAT ", and this "
                  "program writes schema %d", version, SIM_RECORD_USER_VERSION);
        return CONTENTS_FOREIGN;
    }
    return CONTENTS_OURS;
}

/* Make the tables, unless another process was faster. */
static bool create(sim_record *r, GError **error)
{
    int rc = execute(r, "BEGIN IMMEDIATE");
    contents found = CONTENTS_FAILED;
    if (rc == SQLITE_OK)
        found = look(r, &rc, error);
    if (found == CONTENTS_EMPTY) {
        g_autofree char *pragmas =
            g_strdup_printf("PRAGMA application_id = %d; PRAGMA user_version = %d",
                            SIM_RECORD_APPLICATION_ID, SIM_RECORD_USER_VERSION);
        rc = execute(r, sim_record_schema);
        if (rc == SQLITE_OK)
            rc = execute(r, pragmas);
    }
    if (rc == SQLITE_OK && found != CONTENTS_FOREIGN)
        rc = execute(r, "COMMIT");
    if (rc != SQLITE_OK)
        set_sqlite_error(error, r, rc);
    if (!sqlite3_get_autocommit(r->db))
        execute(r, "ROLLBACK");
    return rc == SQLITE_OK && found != CONTENTS_FOREIGN;
}

/* What this program adds to the tables and views of an older one. Nothing is written where
 * nothing is missing. */
static bool complete_schema(sim_record *r, GError **error)
{
    int rc = execute(r, sim_record_schema);
    if (rc != SQLITE_OK)
        set_sqlite_error(error, r, rc);
    return rc == SQLITE_OK;
}

/* The write-ahead log, where the file system can: readers see a run while it goes on. The
 * change of mode does not wait for other processes by itself. */
static int set_journal(sim_record *r)
{
    int rc = SQLITE_BUSY;
    for (int waited = 0; rc == SQLITE_BUSY && waited <= r->patience_ms; waited += 20) {
        rc = execute(r, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
        if (rc == SQLITE_BUSY)
            g_usleep(20000);
    }
    return rc;
}

static bool open_database(sim_record *r, GError **error)
{
    g_autofree char *absolute = g_canonicalize_filename(r->path, NULL);
    /* Without SQLite's locks between threads: there are none. */
    int rc = sqlite3_open_v2(absolute, &r->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
                             SQLITE_OPEN_NOMUTEX, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_busy_timeout(r->db, r->patience_ms);
    /* Another process may make the tables just now: one look, before that or behind it. */
    if (rc == SQLITE_OK)
        rc = execute(r, "BEGIN");
    contents found = CONTENTS_FAILED;
    if (rc == SQLITE_OK)
        found = look(r, &rc, error);
    if (found == CONTENTS_FOREIGN)
        return false;
    if (rc == SQLITE_OK)
        rc = execute(r, "COMMIT");
    if (rc == SQLITE_OK && sqlite3_db_readonly(r->db, "main") == 1)
        rc = SQLITE_READONLY;
    if (rc == SQLITE_OK)
        rc = set_journal(r);
    if (rc != SQLITE_OK) {
        set_sqlite_error(error, r, rc);
        return false;
    }
    return found == CONTENTS_OURS ? complete_schema(r, error) : create(r, error);
}

/* Does a file hold something that is no database? SQLite itself would take a very short one
 * for empty, and write over it. */
static bool is_other_file(const char *path)
{
    static const char magic[16] = "SQLite format 3";
    char head[sizeof magic];
    FILE *in = fopen(path, "rb");
    size_t n = in ? fread(head, 1, sizeof head, in) : 0;
    if (in)
        fclose(in);
    return n > 0 && (n < sizeof head || memcmp(head, magic, sizeof magic) != 0);
}

/* The path is that of a regular file, or of one that can be made. */
static bool check_path(const char *path, GError **error)
{
    struct stat st;
    if (*path == '\0') {
        set_error(error, "results", "the path is empty");
        return false;
    }
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
        set_error(error, path, S_ISDIR(st.st_mode) ? "is a folder" : "is not a regular file");
        return false;
    }
    if (is_other_file(path)) {
        set_error(error, path, "is not a database");
        return false;
    }
    g_autofree char *folder = g_path_get_dirname(path);
    if (g_mkdir_with_parents(folder, 0777) != 0) {
        int e = errno;
        set_error(error, path, "its folder cannot be made: %s", g_strerror(e));
        return false;
    }
    return true;
}

static const sim_sink_class sink_class;

sim_record *sim_record_open(const char *path, GError **error)
{
    if (!check_path(path, error))
        return NULL;
    sim_record *r = g_new0(sim_record, 1);
    r->sink.cls = &sink_class;
    r->path = g_strdup(path);
    r->patience_ms = PATIENCE_MS;
    if (!open_database(r, error)) {
        sim_record_close(r);
        return NULL;
    }
    int rc = sim_rows_init(&r->rows, r->db);
    if (rc != SQLITE_OK) {
        set_sqlite_error(error, r, rc);
        sim_record_close(r);
        return NULL;
    }
    return r;
}

void sim_record_close(sim_record *r)
{
    if (!r)
        return;
    sim_rows_clear(&r->rows);
    sqlite3_close(r->db);
    g_clear_error(&r->error);
    g_free(r->path);
    g_free(r);
}

void sim_record_limit(sim_record *r, int pages)
{
    g_autofree char *sql = g_strdup_printf("PRAGMA max_page_count = %d", pages);
    execute(r, sql);
}

void sim_record_patience(sim_record *r, int milliseconds)
{
    r->patience_ms = milliseconds;
    sqlite3_busy_timeout(r->db, milliseconds);
}

/* ---- one statement, once ------------------------------------------------------------------ */

static void bind_text(sqlite3_stmt *s, int at, const char *text)
{
    sqlite3_bind_text(s, at, text, -1, SQLITE_TRANSIENT);
}

static int step_once(sqlite3_stmt *s)
{
    int rc = sqlite3_step(s);
    sqlite3_finalize(s);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int insert_run(sim_record *r, const sim_run_start *start)
{
    sqlite3_stmt *s;
    int rc = sqlite3_prepare_v2(r->db,
        "INSERT INTO run(run_id, scenario, policy, seed, replication, config_sha256,"
        " code_version, protocol_sha256, started_at, status)"
        " VALUES (" SIM_NEXT_RUN_ID ", ?, ?, ?, ?, ?, ?, ?,"
        " strftime('%Y-%m-%dT%H:%M:%SZ', 'now'), 'running')",
        -1, &s, NULL);
    if (rc != SQLITE_OK)
        return rc;
    bind_text(s, 1, start->scenario);
    bind_text(s, 2, start->policy);
    sqlite3_bind_int64(s, 3, start->seed);
    sqlite3_bind_int64(s, 4, start->replication);
    bind_text(s, 5, start->config_sha256);
    bind_text(s, 6, start->code_version);
    bind_text(s, 7, start->protocol_sha256);
    rc = step_once(s);
    r->run_id = sqlite3_last_insert_rowid(r->db);
    return rc;
}

/* Pairs of key and value into a table of (run_id, key, value). */
static int insert_pairs(sim_record *r, const char *table, const char *const *pairs)
{
    g_autofree char *sql = g_strdup_printf("INSERT INTO %s VALUES (?, ?, ?)", table);
    int rc = SQLITE_OK;
    for (; rc == SQLITE_OK && pairs && pairs[0]; pairs += 2) {
        sqlite3_stmt *s;
        rc = sqlite3_prepare_v2(r->db, sql, -1, &s, NULL);
        if (rc != SQLITE_OK)
            return rc;
        sqlite3_bind_int64(s, 1, r->run_id);
        bind_text(s, 2, pairs[0]);
        bind_text(s, 3, pairs[1]);
        rc = step_once(s);
    }
    return rc;
}

/* ---- a run -------------------------------------------------------------------------------- */

static void roll_back(sim_record *r)
{
    if (!sqlite3_get_autocommit(r->db))
        execute(r, "ROLLBACK");
}

sim_sink *sim_record_begin(sim_record *r, const sim_run_start *start, GError **error)
{
    assert(r->run_id == 0);
    r->sink.failed = false;
    g_clear_error(&r->error);
    int rc = execute(r, "BEGIN IMMEDIATE");
    if (rc == SQLITE_OK)
        rc = insert_run(r, start);
    if (rc == SQLITE_OK)
        rc = insert_pairs(r, "run_param", start->params);
    if (rc == SQLITE_OK)
        rc = insert_pairs(r, "sweep_point", start->point);
    if (rc == SQLITE_OK)
        rc = execute(r, "COMMIT");
    if (rc != SQLITE_OK) {
        set_sqlite_error(error, r, rc);
        roll_back(r);
        r->run_id = 0;
        return NULL;
    }
    r->written_us = now_us();
    return &r->sink;
}

int64_t sim_record_run_id(const sim_record *r)
{
    return r->run_id;
}

/* Write all rows in one transaction, which `last` ends (NULL: nothing more). */
static void write_rows(sim_record *r, int (*last)(sim_record *, const sim_run_end *),
                       const sim_run_end *end)
{
    int rc = execute(r, "BEGIN IMMEDIATE");
    if (rc == SQLITE_OK)
        rc = sim_rows_write(&r->rows, r->run_id);
    if (rc == SQLITE_OK && last)
        rc = last(r, end);
    if (rc == SQLITE_OK)
        rc = execute(r, "COMMIT");
    if (rc != SQLITE_OK) {
        fail(r, rc);
        roll_back(r);
    }
    sim_rows_forget(&r->rows);
    r->written_us = now_us();
}

static void add(sim_sink *sink, sim_row_table table, const void *row)
{
    sim_record *r = record_of(sink);
    if (sink->failed)
        return;
    assert(r->run_id != 0);
    sim_rows_add(&r->rows, table, row);
    if (r->rows.n >= MAX_ROWS || r->rows.string_bytes >= MAX_STRING_BYTES ||
        now_us() - r->written_us >= WRITE_EVERY_US)
        write_rows(r, NULL, NULL);
}

static int update_run(sim_record *r, const sim_run_end *end)
{
    static const char *const names[] = {
        [SIM_RUN_COMPLETE] = "complete",
        [SIM_RUN_INTERRUPTED] = "interrupted",
        [SIM_RUN_FAILED] = "failed",
    };
    sqlite3_stmt *s;
    int rc = sqlite3_prepare_v2(r->db,
        "UPDATE run SET status = ?, wall_seconds = ?, simulated_ns = ?, events = ?,"
        " fingerprint = ? WHERE run_id = ?", -1, &s, NULL);
    if (rc != SQLITE_OK)
        return rc;
    bind_text(s, 1, names[end->status]);
    sqlite3_bind_double(s, 2, end->wall_seconds);
    sqlite3_bind_int64(s, 3, end->simulated_ns);
    sqlite3_bind_int64(s, 4, end->events);
    bind_text(s, 5, end->fingerprint);
    sqlite3_bind_int64(s, 6, r->run_id);
    return step_once(s);
}

bool sim_record_finish(sim_record *r, const sim_run_end *end, GError **error)
{
    assert(r->run_id != 0);
    sim_run_end failed = *end;
    failed.status = SIM_RUN_FAILED;
    if (!r->sink.failed)
        write_rows(r, update_run, end);
    if (r->sink.failed) {
        sim_rows_forget(&r->rows);
        if (update_run(r, &failed) != SQLITE_OK)
            roll_back(r);       /* it stays `running` */
    }
    r->run_id = 0;
    if (!r->error)
        return true;
    g_propagate_error(error, g_steal_pointer(&r->error));
    return false;
}

void sim_record_note(sim_record *r, const char *text)
{
    if (r->sink.failed)
        return;
    sqlite3_stmt *s;
    int rc = sqlite3_prepare_v2(r->db, "INSERT INTO note VALUES (?, ?)", -1, &s, NULL);
    if (rc == SQLITE_OK) {
        sqlite3_bind_int64(s, 1, r->run_id);
        bind_text(s, 2, text);
        rc = step_once(s);
    }
    if (rc != SQLITE_OK)
        fail(r, rc);
}

/* ---- the sink ----------------------------------------------------------------------------- */

#define ADD(name, table) \
    static void add_##name(sim_sink *sink, const sim_row_##name *row) \
    { \
        add(sink, table, row); \
    }

ADD(node, SIM_ROW_NODE)
ADD(ha_sample, SIM_ROW_HA_SAMPLE)
ADD(decision, SIM_ROW_DECISION)
ADD(loss, SIM_ROW_LOSS)
ADD(signalling, SIM_ROW_SIGNALLING)
ADD(fingerprint, SIM_ROW_FINGERPRINT)
ADD(metric, SIM_ROW_METRIC)
ADD(histogram, SIM_ROW_HISTOGRAM)
ADD(event, SIM_ROW_EVENT)
ADD(application_loss, SIM_ROW_APPLICATION_LOSS)
ADD(failure, SIM_ROW_FAILURE)
ADD(outage, SIM_ROW_OUTAGE)
ADD(storm, SIM_ROW_STORM)
ADD(bound, SIM_ROW_BOUND)

static const sim_sink_class sink_class = {
    .node = add_node,
    .ha_sample = add_ha_sample,
    .decision = add_decision,
    .loss = add_loss,
    .signalling = add_signalling,
    .fingerprint = add_fingerprint,
    .metric = add_metric,
    .histogram = add_histogram,
    .event = add_event,
    .application_loss = add_application_loss,
    .failure = add_failure,
    .outage = add_outage,
    .storm = add_storm,
    .bound = add_bound,
};
