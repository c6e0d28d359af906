/* mip6sim compare: is one policy better than another, by how much, how surely, at what cost.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "analysis/compare.h"
#include "sim/cli/cli.h"
#include "sim/scenario/nearest.h"

typedef struct options {
    char **rest;
    char *policies, *level, *mser;
    char **metrics, **where, **require;
    gboolean mix, json;
} options;

#define COMPARE_ENTRIES(o) \
    {"policies", 'p', 0, G_OPTION_ARG_FILENAME, &(o)->policies, \
     "Policies to compare, the baseline first", "A,B[,C...]"}, \
    {"metric", 'm', 0, G_OPTION_ARG_FILENAME_ARRAY, &(o)->metrics, \
     "Judge this metric alone; may be repeated; `all`: every one", "NAME"}, \
    {"level", 'l', 0, G_OPTION_ARG_FILENAME, &(o)->level, \
     "Level of intervals and tests (default: 95 %)", "PERCENT"}, \
    {"require", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &(o)->require, \
     "Exit with 1 where this does not hold; may be repeated", "[POLICY:]METRIC<VALUE"}, \
    {"mser", 0, 0, G_OPTION_ARG_FILENAME, &(o)->mser, \
     "Cut the transient of samples by MSER-5 (default: on)", "on|off"}, \
    {"where", 'w', 0, G_OPTION_ARG_FILENAME_ARRAY, &(o)->where, \
     "Of a results file, runs with this value alone; may be repeated", "GROUP.KEY=VALUE"}, \
    {"mix", 0, 0, G_OPTION_ARG_NONE, &(o)->mix, \
     "Compare although code, configurations or seeds differ", NULL}, \
    {"json", 0, 0, G_OPTION_ARG_NONE, &(o)->json, "Print the comparison as JSON", NULL}, \
    {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &(o)->rest, NULL, NULL}, \
    {NULL, 0, 0, 0, NULL, NULL, NULL}

/* The options, understood. */
typedef struct job {
    const options *o;
    char **policies;
    double level;
    bool mser;
    GPtrArray *requirements;        /* analysis_requirement */
} job;

static void job_clear(job *j)
{
    g_strfreev(j->policies);
    g_ptr_array_free(j->requirements, TRUE);
}

/* ---- options -------------------------------------------------------------------------------- */

/* "95", "95 %" or "95%" -> 0.95. */
static bool read_percent(const char *text, double low, double high, double *share)
{
    char *end;
    double value = g_ascii_strtod(text, &end);
    if (end == text || !(value >= low && value <= high))
        return false;
    end += strspn(end, " ");
    end += *end == '%';
    *share = value / 100;
    return *end == '\0';
}

static bool read_level(job *j)
{
    j->level = 0.95;
    if (!j->o->level || read_percent(j->o->level, 50, 99.99, &j->level))
        return true;
    sim_cli_fail(SIM_EXIT_BAD, "--level: `%s` is no level, as `95 %%` is: 50 %% to 99.99 %%",
                 j->o->level);
    return false;
}

static bool read_mser(job *j)
{
    j->mser = !j->o->mser || strcmp(j->o->mser, "on") == 0;
    if (j->mser || strcmp(j->o->mser, "off") == 0)
        return true;
    sim_cli_fail(SIM_EXIT_BAD, "--mser: `%s` is neither on nor off", j->o->mser);
    return false;
}

static bool read_policies(job *j)
{
    if (!j->o->policies)
        return true;
    j->policies = g_strsplit(j->o->policies, ",", -1);
    for (char **p = j->policies; *p; p++)
        if (!*g_strstrip(*p)) {
            sim_cli_fail(SIM_EXIT_BAD, "--policies: `%s` has an empty name", j->o->policies);
            return false;
        }
    if (g_strv_length(j->policies) >= 2)
        return true;
    sim_cli_fail(SIM_EXIT_BAD, "--policies: `%s` is one policy, and a comparison needs two",
                 j->o->policies);
    return false;
}

static bool read_requirements(job *j)
{
    for (char **r = j->o->require; r && *r; r++) {
        GError *error = NULL;
        analysis_requirement *one = analysis_requirement_parse(*r, &error);
        if (!one) {
            sim_cli_fail(SIM_EXIT_BAD, "--require: %s", error->message);
            g_error_free(error);
            return false;
        }
        g_ptr_array_add(j->requirements, one);
    }
    return true;
}

/* ---- comparing ------------------------------------------------------------------------------ */

/* Told; the exit code that the error asks for. */
static int failed(GError *error)
{
    int code = error->domain == ANALYSIS_ERROR && error->code == ANALYSIS_ERROR_BAD
        ? SIM_EXIT_BAD : SIM_EXIT_CANNOT;
    sim_cli_fail(code, "compare: %s", error->message);
    g_error_free(error);
    return code;
}

static analysis_compare_options options_of(const job *j)
{
    return (analysis_compare_options){
        .policies = (const char *const *)j->policies,
        .metrics = (const char *const *)j->o->metrics,
        .where = (const char *const *)j->o->where,
        .level = j->level, .mser = j->mser, .mix = j->o->mix, .hint = sim_nearest_hint};
}

/* 0 or 1; 2 where a requirement is about nothing that is there. */
static int check_requirements(const job *j, const analysis_comparison *c,
                              const analysis_compare_options *o, GPtrArray *lines)
{
    int code = SIM_EXIT_DONE;
    for (guint i = 0; i < j->requirements->len; i++) {
        GError *error = NULL;
        g_autoptr(GString) out = g_string_new(NULL);
        int holds = analysis_requirement_check(c, g_ptr_array_index(j->requirements, i), o, out,
                                               &error);
        if (holds < 0)
            return failed(error);
        code = holds ? code : SIM_EXIT_NO;
        g_auto(GStrv) each = g_strsplit(out->str, "\n", -1);
        for (char **line = each; *line; line++)
            if (**line)
                g_ptr_array_add(lines, g_strdup(*line));
    }
    return code;
}

static int print(const job *j, const analysis_comparison *c, const GPtrArray *lines)
{
    g_autoptr(GString) out = g_string_new(NULL);
    analysis_style style = {
        .json = j->o->json,
        .colour = !j->o->json && isatty(STDOUT_FILENO) && !g_getenv("NO_COLOR"),
        .unicode = analysis_unicode_terminal(),
    };
    if (j->o->json) {
        analysis_compare_json(c, lines, out);
        return sim_cli_print(out->str);
    }
    analysis_compare_text(c, &style, out);
    g_string_append(out, lines->len ? "\nRequired\n" : "");
    for (guint i = 0; i < lines->len; i++)
        g_string_append_printf(out, "%s\n", (const char *)g_ptr_array_index(lines, i));
    return sim_cli_print(out->str);
}

/* What the runs of a results file say. */
static int compare_results(const job *j, const char *path)
{
    GError *error = NULL;
    g_autoptr(analysis_results) results = analysis_results_open(path, &error);
    if (!results) {
        sim_cli_fail(0, "compare: %s", error->message);
        g_error_free(error);
        /* What is there and cannot be read is not the user's mistake. */
        return access(path, F_OK) == 0 && access(path, R_OK | W_OK) != 0 ? SIM_EXIT_CANNOT
                                                                        : SIM_EXIT_BAD;
    }
    analysis_compare_options o = options_of(j);
    g_autoptr(analysis_comparison) c = analysis_compare(results, &o, &error);
    if (!c)
        return failed(error);
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
    int code = check_requirements(j, c, &o, lines);
    if (code > SIM_EXIT_NO)
        return code;
    int printed = print(j, c, lines);
    return printed != SIM_EXIT_DONE ? printed : code;
}

static const char *the_file(const options *o)
{
    guint n = o->rest ? g_strv_length(o->rest) : 0;
    if (n == 1)
        return o->rest[0];
    if (n == 0)
        sim_cli_fail(SIM_EXIT_BAD, "compare: which file? (see `mip6sim help compare`)");
    else
        sim_cli_fail(SIM_EXIT_BAD, "compare: one file at a time, and `%s` is a second argument",
                     o->rest[1]);
    return NULL;
}

static int run_with(const options *o)
{
    job j = {.o = o, .requirements = g_ptr_array_new_with_free_func(
                 (GDestroyNotify)analysis_requirement_free)};
    const char *file = the_file(o);
    int code = SIM_EXIT_BAD;
    if (file && read_level(&j) && read_mser(&j) && read_policies(&j) && read_requirements(&j))
        code = compare_results(&j, file);
    job_clear(&j);
    return code;
}

/* ---- the command ---------------------------------------------------------------------------- */

static int run(int argc, char **argv)
{
    options o = {0};
    const GOptionEntry entries[] = {COMPARE_ENTRIES(&o)};
    int code = sim_cli_parse(&sim_command_compare, entries, &argc, &argv);
    if (code < 0)
        code = run_with(&o);
    g_strfreev(o.rest);
    g_strfreev(o.metrics);
    g_strfreev(o.where);
    g_strfreev(o.require);
    g_free(o.policies);
    g_free(o.level);
    g_free(o.mser);
    return code;
}

static char *help(void)
{
    options o = {0};
    const GOptionEntry entries[] = {COMPARE_ENTRIES(&o)};
    return sim_cli_help_text(&sim_command_compare, entries);
}

const sim_command sim_command_compare = {
    .name = "compare",
    .arguments = "DB",
    .summary = "Say which policy is better, in what, how surely, at what cost",
    .description =
        "Runs of the same seed and replication are pairs: they saw the same arrivals and the\n"
        "same movement. Differences have Student's interval, or a bootstrap's where they are\n"
        "tied or not normal; p is corrected by Holm over all metrics judged. Runs of different\n"
        "code, configurations (but for [policy]) or seeds are refused; those that are not\n"
        "complete are left out.\n\n"
        "Examples:\n"
        "  mip6sim compare results/hotspot.db --policies static-dhaad,hybrid:tuned\n"
        "  mip6sim compare results/hotspot.db --require 'hybrid:tuned:delay_p99<50 % baseline'\n",
    .run = run,
    .help = help,
};
