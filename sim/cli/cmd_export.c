/* mip6sim export: a results file as CSV.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <errno.h>
#include <glib/gstdio.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/results.h"
#include "sim/cli/cli.h"

typedef struct options {
    char **rest;
    char *folder;
    gboolean force, quiet;
} options;

#define EXPORT_ENTRIES(o) \
    {"csv", 0, 0, G_OPTION_ARG_FILENAME, &(o)->folder, \
     "Write each table and view to a file TABLE.csv in this folder", "DIR"}, \
    {"force", 'f', 0, G_OPTION_ARG_NONE, &(o)->force, "Overwrite files that are there", NULL}, \
    {"quiet", 'q', 0, G_OPTION_ARG_NONE, &(o)->quiet, "Print nothing but errors", NULL}, \
    {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &(o)->rest, NULL, NULL}, \
    {NULL, 0, 0, 0, NULL, NULL, NULL}

/* A table or view, and its file. */
typedef struct target {
    char *table, *path;
} target;

static void target_clear(gpointer p)
{
    target *t = p;
    g_free(t->table);
    g_free(t->path);
}

/* ---- one file ----------------------------------------------------------------------------- */

/* A field as RFC 4180 has it; an empty text is quoted, which tells it from NULL. */
static void put_text(FILE *out, const char *text)
{
    bool quoted = *text == '\0' || strpbrk(text, ",\"\r\n") != NULL;
    if (!quoted) {
        fputs(text, out);
        return;
    }
    putc('"', out);
    for (; *text; text++) {
        if (*text == '"')
            putc('"', out);
        putc(*text, out);
    }
    putc('"', out);
}

/* The shortest decimals that read as the same number. */
static void put_real(FILE *out, double value)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE], format[] = "%.15g";
    for (int digits = 15; digits <= 17; digits++) {
        format[3] = (char)('0' + digits % 10);
        g_ascii_formatd(text, sizeof text, format, value);
        if (g_ascii_strtod(text, NULL) >= value && g_ascii_strtod(text, NULL) <= value)
            break;
    }
    fputs(text, out);
}

static void put_field(FILE *out, sqlite3_stmt *s, int column)
{
    switch (sqlite3_column_type(s, column)) {
    case SQLITE_NULL:
        break;
    case SQLITE_FLOAT:
        put_real(out, sqlite3_column_double(s, column));
        break;
    default:
        put_text(out, (const char *)sqlite3_column_text(s, column));
    }
}

static void put_header(FILE *out, sqlite3_stmt *s)
{
    for (int i = 0; i < sqlite3_column_count(s); i++) {
        if (i > 0)
            putc(',', out);
        put_text(out, sqlite3_column_name(s, i));
    }
    fputs("\r\n", out);
}

/* All rows; a code of SQLite. */
static int put_rows(FILE *out, sqlite3_stmt *s)
{
    int rc;
    while ((rc = sqlite3_step(s)) == SQLITE_ROW && !ferror(out)) {
        for (int i = 0; i < sqlite3_column_count(s); i++) {
            if (i > 0)
                putc(',', out);
            put_field(out, s, i);
        }
        fputs("\r\n", out);
    }
    return rc == SQLITE_DONE || rc == SQLITE_ROW ? SQLITE_OK : rc;
}

static int write_table(const analysis_results *r, const target *t, FILE *out)
{
    sqlite3_stmt *s = NULL;
    char *sql = sqlite3_mprintf("SELECT * FROM \"%w\"", t->table);
    int rc = sqlite3_prepare_v2(r->db, sql, -1, &s, NULL);
    sqlite3_free(sql);
    if (rc == SQLITE_OK) {
        put_header(out, s);
        rc = put_rows(out, s);
    }
    sqlite3_finalize(s);
    if (rc != SQLITE_OK)
        return sim_cli_fail(SIM_EXIT_CANNOT, "%s: table %s: %s", r->path, t->table,
                            sqlite3_errmsg(r->db));
    return SIM_EXIT_DONE;
}

/* A file is whole or not there: it gets its name when it is written. */
static int export_table(const analysis_results *r, const target *t)
{
    g_autofree char *part = g_strconcat(t->path, ".part", NULL);
    FILE *out = fopen(part, "wb");
    if (!out)
        return sim_cli_fail(SIM_EXIT_CANNOT, "%s: cannot be written: %s", part, g_strerror(errno));
    int code = write_table(r, t, out);
    bool failed = ferror(out) != 0;
    failed = fclose(out) != 0 || failed;
    int e = errno;
    if (code == SIM_EXIT_DONE && failed)
        code = sim_cli_fail(SIM_EXIT_CANNOT, "%s: cannot be written: %s", part, g_strerror(e));
    if (code == SIM_EXIT_DONE && g_rename(part, t->path) != 0)
        code = sim_cli_fail(SIM_EXIT_CANNOT, "%s: cannot be written: %s", t->path,
                            g_strerror(errno));
    if (code != SIM_EXIT_DONE)
        g_unlink(part);
    return code;
}

/* ---- all of them -------------------------------------------------------------------------- */

/* A name of a table that is no name of a file becomes one. */
static char *file_of(const char *folder, const char *table)
{
    g_autofree char *safe = g_strdup(table);
    for (char *p = safe; *p; p++)
        if (!g_ascii_isalnum(*p) && !strchr("_-", *p))
            *p = '_';
    g_autofree char *name = g_strconcat(safe, ".csv", NULL);
    return g_build_filename(folder, name, NULL);
}

static GArray *targets_of(const analysis_results *r, const char *folder)
{
    GArray *targets = g_array_new(FALSE, FALSE, sizeof(target));
    g_array_set_clear_func(targets, target_clear);
    sqlite3_stmt *s = NULL;
    sqlite3_prepare_v2(r->db, "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')"
                       " AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name", -1, &s, NULL);
    while (sqlite3_step(s) == SQLITE_ROW) {
        target t = {.table = g_strdup((const char *)sqlite3_column_text(s, 0))};
        t.path = file_of(folder, t.table);
        g_array_append_val(targets, t);
    }
    sqlite3_finalize(s);
    return targets;
}

static int check_targets(const options *o, const GArray *targets)
{
    if (g_mkdir_with_parents(o->folder, 0777) != 0)
        return sim_cli_fail(SIM_EXIT_CANNOT, "%s: the folder cannot be made: %s", o->folder,
                            g_strerror(errno));
    for (guint i = 0; i < targets->len && !o->force; i++) {
        const target *t = &g_array_index(targets, target, i);
        if (g_file_test(t->path, G_FILE_TEST_EXISTS))
            return sim_cli_fail(SIM_EXIT_CANNOT, "%s: is there already (--force overwrites)",
                                t->path);
    }
    return SIM_EXIT_DONE;
}

/* One transaction: all files are of the same moment, whoever writes to the results. */
static int export_all(const options *o, const analysis_results *r)
{
    sqlite3_exec(r->db, "BEGIN", NULL, NULL, NULL);
    g_autoptr(GArray) targets = targets_of(r, o->folder);
    int code = check_targets(o, targets);
    for (guint i = 0; i < targets->len && code == SIM_EXIT_DONE; i++)
        code = export_table(r, &g_array_index(targets, target, i));
    sqlite3_exec(r->db, "ROLLBACK", NULL, NULL, NULL);
    if (code != SIM_EXIT_DONE || o->quiet)
        return code;
    g_autofree char *text = g_strdup_printf("%u tables and views of %s in %s\n", targets->len,
                                            r->path, o->folder);
    return sim_cli_print(text);
}

static int export_with(const options *o)
{
    if (!o->rest || !o->rest[0])
        return sim_cli_fail(SIM_EXIT_BAD, "export: which results file? (see `mip6sim help "
                            "export`)");
    if (o->rest[1])
        return sim_cli_fail(SIM_EXIT_BAD, "export: one results file at a time, and `%s` is a "
                            "second argument", o->rest[1]);
    if (!o->folder || !*o->folder)
        return sim_cli_fail(SIM_EXIT_BAD, "export: where to? --csv DIR says so");
    GError *error = NULL;
    g_autoptr(analysis_results) r = analysis_results_open(o->rest[0], &error);
    if (r)
        return export_all(o, r);
    int code = error->code == ANALYSIS_ERROR_BAD ? SIM_EXIT_BAD : SIM_EXIT_CANNOT;
    sim_cli_error(error);
    return code;
}

static int run(int argc, char **argv)
{
    options o = {0};
    const GOptionEntry entries[] = {EXPORT_ENTRIES(&o)};
    int code = sim_cli_parse(&sim_command_export, entries, &argc, &argv);
    if (code < 0)
        code = export_with(&o);
    g_strfreev(o.rest);
    g_free(o.folder);
    return code;
}

static char *help(void)
{
    options o = {0};
    const GOptionEntry entries[] = {EXPORT_ENTRIES(&o)};
    return sim_cli_help_text(&sim_command_export, entries);
}

const sim_command sim_command_export = {
    .name = "export",
    .arguments = "DB",
    .summary = "Write all tables and views of a results file as CSV",
    .description =
        "One file for each, as RFC 4180 has it: a line of names, then the rows. NULL is an empty\n"
        "field, an empty text is \"\".\n\n"
        "Example:\n"
        "  mip6sim export results/hotspot.db --csv hotspot-csv\n",
    .run = run,
    .help = help,
};
