/* mip6sim report: one HTML file about a results file. SPDX-License-Identifier: GPL-3.0-or-later */

#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#include "analysis/report.h"
#include "sim/cli/cli.h"

typedef struct options {
    char **rest;
    char *out, *runs;
    gboolean quiet;
} options;

#define REPORT_ENTRIES(o) \
    {"out", 'o', 0, G_OPTION_ARG_FILENAME, &(o)->out, \
     "HTML file to write (default: DB with .html for .db)", "FILE"}, \
    {"runs", 0, 0, G_OPTION_ARG_STRING, &(o)->runs, \
     "Runs to report, such as 1,3-5 (default: all that are complete)", "LIST"}, \
    {"quiet", 'q', 0, G_OPTION_ARG_NONE, &(o)->quiet, "Print nothing but errors", NULL}, \
    {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &(o)->rest, NULL, NULL}, \
    {NULL, 0, 0, 0, NULL, NULL, NULL}

static int tell(GError *error)
{
    int code = error->domain == ANALYSIS_ERROR && error->code == ANALYSIS_PLOT_BAD
        ? SIM_EXIT_BAD : SIM_EXIT_CANNOT;
    sim_cli_fail(code, "%s", error->message);
    g_error_free(error);
    return code;
}

static char *default_out(const char *db)
{
    g_autofree char *stem = g_str_has_suffix(db, ".db") ? g_strndup(db, strlen(db) - 3)
                                                        : g_strdup(db);
    return g_strdup_printf("%s.html", stem);
}

/* A results file under the name of the report would be lost. */
static bool is_results(const char *path)
{
    char head[16] = "";
    FILE *f = g_fopen(path, "rb");
    bool database = f && fread(head, 1, sizeof head, f) == sizeof head &&
                    memcmp(head, "SQLite format 3", 15) == 0;
    if (f)
        fclose(f);
    return database;
}

static int write_report(const char *path, const char *html, bool quiet)
{
    g_autofree char *folder = g_path_get_dirname(path);
    if (is_results(path))
        return sim_cli_fail(SIM_EXIT_BAD, "%s is a database: it is not overwritten", path);
    g_mkdir_with_parents(folder, 0777);
    FILE *f = g_fopen(path, "w");
    bool good = f && fputs(html, f) != EOF;
    if (f && fclose(f) != 0)
        good = false;
    if (!good)
        return sim_cli_fail(SIM_EXIT_CANNOT, "%s: %s", path, g_strerror(errno));
    g_autofree char *line = g_strdup_printf("%s\n", path);
    return quiet ? SIM_EXIT_DONE : sim_cli_print(line);
}

static int report_file(const options *o, const char *db)
{
    GError *error = NULL;
    int left_out;
    g_autoptr(analysis_results) results = analysis_results_open(db, &error);
    if (!results)
        return tell(error);
    g_autoptr(GArray) runs = analysis_plot_runs(results, o->runs, &left_out, &error);
    if (!runs)
        return tell(error);
    g_autofree char *html = analysis_report(results, runs, left_out, &error);
    if (!html)
        return tell(error);
    g_autofree char *out = o->out ? g_strdup(o->out) : default_out(db);
    return write_report(out, html, o->quiet);
}

static int report_with(const options *o)
{
    if (!o->rest)
        return sim_cli_fail(SIM_EXIT_BAD, "report: which results file?");
    if (o->rest[1])
        return sim_cli_fail(SIM_EXIT_BAD, "report: `%s` is a second argument", o->rest[1]);
    return report_file(o, o->rest[0]);
}

static int run(int argc, char **argv)
{
    options o = {0};
    const GOptionEntry entries[] = {REPORT_ENTRIES(&o)};
    int code = sim_cli_parse(&sim_command_report, entries, &argc, &argv);
    if (code < 0)
        code = report_with(&o);
    g_strfreev(o.rest);
    g_free(o.out);
    g_free(o.runs);
    return code;
}

static char *help(void)
{
    options o = {0};
    const GOptionEntry entries[] = {REPORT_ENTRIES(&o)};
    return sim_cli_help_text(&sim_command_report, entries);
}

const sim_command sim_command_report = {
    .name = "report",
    .arguments = "DB",
    .summary = "Write one HTML file about a results file: tables, figures, how to reproduce it",
    .description =
        "The file needs nothing else: no network, no scripts; its figures are part of it.\n"
        "gnuplot draws them.\n\n"
        "Examples:\n"
        "  mip6sim report results/hotspot.db -o hotspot.html\n",
    .run = run,
    .help = help,
};
