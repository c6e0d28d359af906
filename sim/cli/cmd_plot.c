/* mip6sim plot: figures of a results file. SPDX-License-Identifier: GPL-3.0-or-later */

#include <stdio.h>
#include <string.h>

#include "analysis/plot.h"
#include "sim/cli/cli.h"
#include "sim/scenario/nearest.h"

typedef struct options {
    char **figures, **rest;
    char *format, *out, *runs, *metric, *parameter;
    gboolean quiet;
} options;

#define PLOT_ENTRIES(o) \
    {"figure", 'f', 0, G_OPTION_ARG_STRING_ARRAY, &(o)->figures, \
     "Figure to draw, see below; may be repeated (default: all that apply)", "NAME"}, \
    {"format", 0, 0, G_OPTION_ARG_STRING, &(o)->format, "svg, png or pdf (default: svg)", \
     "FORMAT"}, \
    {"out", 'o', 0, G_OPTION_ARG_FILENAME, &(o)->out, \
     "Folder, or a file for one figure (default: DB without .db, and -figures)", \
     "FILE_OR_DIR"}, \
    {"runs", 0, 0, G_OPTION_ARG_STRING, &(o)->runs, \
     "Runs to draw, such as 1,3-5 (default: all that are complete)", "LIST"}, \
    {"parameter", 0, 0, G_OPTION_ARG_STRING, &(o)->parameter, \
     "Swept key of peak-to-mean (default: the one with most values)", "GROUP.KEY"}, \
    {"metric", 0, 0, G_OPTION_ARG_STRING, &(o)->metric, \
     "Metric that peak-to-mean draws instead (default: peak_to_mean_load)", "NAME"}, \
    {"quiet", 'q', 0, G_OPTION_ARG_NONE, &(o)->quiet, "Print nothing but errors", NULL}, \
    {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &(o)->rest, NULL, NULL}, \
    {NULL, 0, 0, 0, NULL, NULL, NULL}

typedef struct job {
    const options *o;
    analysis_results *results;
    GArray *runs;
    analysis_plot_options plot;
    char *folder, *stem;        /* stem: of the one file that was asked for, else NULL */
    int drawn;
} job;

/* Tell an error of the analysis; its code is the exit code. */
static int tell(GError *error)
{
    int code = error->domain == ANALYSIS_ERROR && error->code == ANALYSIS_PLOT_BAD
        ? SIM_EXIT_BAD : SIM_EXIT_CANNOT;
    sim_cli_fail(code, "%s", error->message);
    g_error_free(error);
    return code;
}

/* ---- what was asked ----------------------------------------------------------------------- */

static int unknown(const char *what, const char *word, const GPtrArray *names)
{
    g_autofree char *hint = sim_nearest_hint(word, names);
    return sim_cli_fail(SIM_EXIT_BAD, "there is no %s `%s`%s", what, word, hint);
}

static int check_figures(const options *o)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    const analysis_figure *figure;
    for (size_t i = 0; (figure = analysis_figure_at(i)) != NULL; i++)
        g_ptr_array_add(names, (gpointer)figure->name);
    for (char **f = o->figures; f && *f; f++)
        if (!analysis_figure_find(*f))
            return unknown("figure", *f, names);
    return SIM_EXIT_DONE;
}

/* The ending of --out, where that is a picture's; NULL: --out is a folder. */
static const char *ending(const options *o, analysis_format *format)
{
    const char *dot = o->out ? strrchr(o->out, '.') : NULL;
    if (!dot || strchr(dot, '/') || g_file_test(o->out, G_FILE_TEST_IS_DIR))
        return NULL;
    return analysis_format_find(dot + 1, format) ? dot : NULL;
}

static int choose_format(job *j)
{
    const options *o = j->o;
    analysis_format by_name;
    const char *dot = ending(o, &by_name);
    if (o->format && !analysis_format_find(o->format, &j->plot.format))
        return sim_cli_fail(SIM_EXIT_BAD, "--format: `%s` is none of svg, png, pdf", o->format);
    if (dot && o->format && by_name != j->plot.format)
        return sim_cli_fail(SIM_EXIT_BAD, "--format %s, but --out %s", o->format, o->out);
    if (dot && (!o->figures || o->figures[1]))
        return sim_cli_fail(SIM_EXIT_BAD, "--out %s is one file: choose one --figure, or a "
                            "folder", o->out);
    if (dot) {
        g_autofree char *base = g_path_get_basename(o->out);
        j->plot.format = by_name;
        j->folder = g_path_get_dirname(o->out);
        j->stem = g_strndup(base, strlen(base) - strlen(dot));
        if (*j->stem == '\0')
            return sim_cli_fail(SIM_EXIT_BAD, "--out %s has no name before its ending", o->out);
    }
    return SIM_EXIT_DONE;
}

static char *default_folder(const char *db)
{
    g_autofree char *stem = g_str_has_suffix(db, ".db") ? g_strndup(db, strlen(db) - 3)
                                                        : g_strdup(db);
    return g_strdup_printf("%s-figures", stem);
}

static GPtrArray *words(analysis_results *results, const char *sql)
{
    GPtrArray *list = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *joined = analysis_text(results, sql);
    g_auto(GStrv) split = g_strsplit(joined ? joined : "", "\n", -1);
    for (char **w = split; *w; w++)
        g_ptr_array_add(list, g_strdup(*w));
    return list;
}

static int check_word(const char *what, const char *word, const GPtrArray *names)
{
    if (!word || g_ptr_array_find_with_equal_func((GPtrArray *)names, word, g_str_equal, NULL))
        return SIM_EXIT_DONE;
    return unknown(what, word, names);
}

static int check_metric(const job *j)
{
    g_autoptr(GPtrArray) names = words(j->results, "SELECT group_concat(name, char(10)) FROM"
                                       " (SELECT DISTINCT name FROM metric"
                                       " WHERE node_id IS NULL)");
    g_autoptr(GPtrArray) keys = words(j->results, "SELECT group_concat(key, char(10)) FROM"
                                      " (SELECT DISTINCT key FROM run_param)");
    int code = check_word("metric", j->o->metric, names);
    return code != SIM_EXIT_DONE ? code : check_word("key", j->o->parameter, keys);
}

/* ---- drawing ------------------------------------------------------------------------------ */

static int draw(job *j, const analysis_figure *figure, bool asked)
{
    GError *error = NULL;
    const char *stem = j->stem ? j->stem : figure->name;
    g_autoptr(analysis_drawing) drawing = analysis_draw(j->results, j->runs, figure, &j->plot,
                                                        stem, &error);
    if (!drawing)
        return tell(error);
    if (drawing->empty && !asked) {
        if (!j->o->quiet && !figure->rare)
            fprintf(stderr, "note: %s is left out: %s\n", figure->name, drawing->empty);
        return SIM_EXIT_DONE;
    }
    if (!analysis_drawing_write(drawing, j->folder, stem, j->plot.format, &error))
        return tell(error);
    j->drawn++;
    g_autofree char *line = g_strdup_printf("%s/%s.%s%s%s\n", j->folder, stem,
                                            analysis_format_name(j->plot.format),
                                            drawing->empty ? ": " : "",
                                            drawing->empty ? drawing->empty : "");
    return j->o->quiet ? SIM_EXIT_DONE : sim_cli_print(line);
}

static int draw_all(job *j)
{
    int code = SIM_EXIT_DONE;
    for (char **f = j->o->figures; f && *f && code == SIM_EXIT_DONE; f++)
        code = draw(j, analysis_figure_find(*f), true);
    const analysis_figure *figure;
    for (size_t i = 0; !j->o->figures && code == SIM_EXIT_DONE &&
                       (figure = analysis_figure_at(i)) != NULL; i++)
        code = draw(j, figure, false);
    return code;
}

static int plot_file(job *j, const char *db)
{
    GError *error = NULL;
    int left_out, code = check_figures(j->o);
    if (code == SIM_EXIT_DONE)
        code = choose_format(j);
    if (code != SIM_EXIT_DONE)
        return code;
    j->results = analysis_results_open(db, &error);
    if (!j->results)
        return tell(error);
    j->runs = analysis_plot_runs(j->results, j->o->runs, &left_out, &error);
    if (!j->runs)
        return tell(error);
    if (left_out > 0 && !j->o->quiet)
        fprintf(stderr, "note: %d runs that are not complete are left out (--runs takes them)\n",
                left_out);
    code = check_metric(j);
    if (!j->folder)
        j->folder = j->o->out ? g_strdup(j->o->out) : default_folder(db);
    return code == SIM_EXIT_DONE ? draw_all(j) : code;
}

static int plot_with(const options *o)
{
    if (!o->rest)
        return sim_cli_fail(SIM_EXIT_BAD, "plot: which results file?");
    if (o->rest[1])
        return sim_cli_fail(SIM_EXIT_BAD, "plot: `%s` is a second argument", o->rest[1]);
    job j = {.o = o, .plot = {.metric = o->metric, .parameter = o->parameter}};
    int code = plot_file(&j, o->rest[0]);
    analysis_results_close(j.results);
    if (j.runs)
        g_array_unref(j.runs);
    g_free(j.folder);
    g_free(j.stem);
    return code;
}

static int run(int argc, char **argv)
{
    options o = {0};
    const GOptionEntry entries[] = {PLOT_ENTRIES(&o)};
    int code = sim_cli_parse(&sim_command_plot, entries, &argc, &argv);
    if (code < 0)
        code = plot_with(&o);
    g_strfreev(o.figures);
    g_strfreev(o.rest);
    g_free(o.format);
    g_free(o.out);
    g_free(o.runs);
    g_free(o.metric);
    g_free(o.parameter);
    return code;
}

static char *help(void)
{
    options o = {0};
    const GOptionEntry entries[] = {PLOT_ENTRIES(&o)};
    return sim_cli_help_text(&sim_command_plot, entries);
}

const sim_command sim_command_plot = {
    .name = "plot",
    .arguments = "DB",
    .summary = "Draw figures of a results file",
    .description =
        "Figures:\n"
        "  load-distribution  offered load of each agent against its capacity\n"
        "  lorenz             share of the load that the least loaded agents carry\n"
        "  queue              queue of each agent over time, a panel per policy\n"
        "  nodes              mobile nodes of each agent over time, a panel per policy\n"
        "  delay              complementary distribution of the delay, log scales\n"
        "  loss               packets lost by cause\n"
        "  moves              decisions over time, with the loads that were compared\n"
        "  information-age    how old what the agent knew was when it decided\n"
        "  peak-to-mean       peak to mean of the load (or --metric) against a swept key\n"
        "  trade-off          largest queue and loss against signalling\n"
        "  outages            how long failures of agents cut nodes off, log scales\n"
        "  failure-queue      queue of each agent around failures, a panel per policy\n"
        "  failure-nodes      mobile nodes of each agent around failures, a panel per policy\n\n"
        "gnuplot draws them; its commands (.gp) and data (.dat) stay beside each picture. Edit\n"
        "the .gp, then `gnuplot NAME.gp` in its folder. A figure asked for by name for which\n"
        "there is nothing to draw says so in the picture.\n\n"
        "Examples:\n"
        "  mip6sim plot results/hotspot.db\n"
        "  mip6sim plot results/hotspot.db --figure queue --out queue.pdf\n",
    .run = run,
    .help = help,
};
