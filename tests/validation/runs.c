/* Validation: scenarios through the program, figures out of its results file.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <glib/gstdio.h>
#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>

#include "tests/validation/validation.h"

G_GNUC_PRINTF(1, 2) static void give_up(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    g_printerr("validate: %s\n", text);
    exit(3);
}

static char *results_file(const char *dir, const char *scenario)
{
    return g_strdup_printf("%s/%s.db", dir, scenario);
}

void validation_run(const char *binary, const char *dir, const char *scenario)
{
    g_autofree char *file = g_strdup_printf("tests/validation/%s.ini", scenario);
    g_autofree char *db = results_file(dir, scenario);
    g_autofree char *jobs = g_strdup_printf("--jobs=%u", g_get_num_processors());
    const char *argv[] = {binary, "run", file, "--out", db, jobs, "--quiet", NULL};
    g_autoptr(GError) error = NULL;
    int status;

    g_unlink(db);
    if (!g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL, &status,
                      &error) || !g_spawn_check_wait_status(status, &error))
        give_up("%s: %s", file, error->message);
}

static void sql_ln(sqlite3_context *context, int n, sqlite3_value **values)
{
    (void)n;
    sqlite3_result_double(context, log(sqlite3_value_double(values[0])));
}

/* What is in `series` is one replication. */
static void close_run(const validation_case *c, GArray *series, GArray *out)
{
    if (series->len == 0)
        return;
    if (!c->reduce && series->len != 1)
        give_up("%s: %u values of one run", c->name, series->len);
    const double *all = (const double *)(const void *)series->data;
    double value = c->reduce ? c->reduce(all, series->len) : all[0];
    g_array_append_val(out, value);
    g_array_set_size(series, 0);
}

static void read_rows(const validation_case *c, sqlite3_stmt *rows, GArray *out)
{
    g_autoptr(GArray) series = g_array_new(FALSE, FALSE, sizeof(double));
    int64_t run = -1;
    int result;

    while ((result = sqlite3_step(rows)) == SQLITE_ROW) {
        if (sqlite3_column_int64(rows, 0) != run)
            close_run(c, series, out);
        run = sqlite3_column_int64(rows, 0);
        if (sqlite3_column_type(rows, 1) == SQLITE_NULL)
            give_up("%s: no value in run %" G_GINT64_FORMAT, c->name, run);
        double value = sqlite3_column_double(rows, 1);
        g_array_append_val(series, value);
    }
    if (result != SQLITE_DONE)
        give_up("%s: %s", c->name, sqlite3_errmsg(sqlite3_db_handle(rows)));
    close_run(c, series, out);
}

GArray *validation_values(const char *dir, const validation_case *c)
{
    g_autofree char *file = results_file(dir, c->scenario);
    GArray *out = g_array_new(FALSE, FALSE, sizeof(double));
    sqlite3 *db;
    sqlite3_stmt *rows;

    if (sqlite3_open_v2(file, &db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK)
        give_up("%s: %s", file, sqlite3_errmsg(db));
    sqlite3_create_function(db, "ln", 1, SQLITE_UTF8, NULL, sql_ln, NULL, NULL);
    if (sqlite3_prepare_v2(db, c->figure, -1, &rows, NULL) != SQLITE_OK)
        give_up("%s: %s", c->name, sqlite3_errmsg(db));
    read_rows(c, rows, out);
    sqlite3_finalize(rows);
    sqlite3_close(db);
    if (out->len < 5)
        give_up("%s: %u replications", c->name, out->len);
    return out;
}
