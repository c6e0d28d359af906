/* mip6sim compare: is one policy better than another, by how much, how surely, at what cost.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "analysis/compare.h"
#include "sim/cli/batch.h"
#include "sim/cli/cli.h"
#include "sim/cli/policy_file.h"
#include "sim/scenario/nearest.h"

enum {
    REPLICATIONS = 8,           /* where nobody says: the fewest whose shape can be tested */
    STEP = 4,                   /* --until-ci: replications between two looks */
    AT_MOST = 40                /* --until-ci: where nobody says */
};

typedef struct options {
    sim_inputs in;
    char *policies, *level, *mser, *until, *jobs, *out;
    char **metrics, **where, **require;
    gboolean mix, json;
} options;

#define COMPARE_ENTRIES(o) \
    {"policies", 'p', 0, G_OPTION_ARG_FILENAME, &(o)->policies, \
     "Policies to compare, the baseline first", "A,B[,C...]"}, \
    {"replications", 'r', 0, G_OPTION_ARG_FILENAME, &(o)->in.replications, \
     "Pairs of runs (default: the scenario's, or 8); with --until-ci at most (40)", "N"}, \
    {"until-ci", 0, 0, G_OPTION_ARG_FILENAME, &(o)->until, \
     "Run more, 4 at a time, until each difference's half width is at most this share of the " \
     "mean", "PERCENT"}, \
    {"jobs", 'j', 0, G_OPTION_ARG_FILENAME, &(o)->jobs, \
     "Runs at a time (default: one per processor)", "N"}, \
    {"set", 's', 0, G_OPTION_ARG_FILENAME_ARRAY, &(o)->in.sets, \
     "Override a value of the scenario; may be repeated", "GROUP.KEY=VALUE"}, \
    {"seed", 0, 0, G_OPTION_ARG_FILENAME, &(o)->in.seed, "Seed of all random draws", "N"}, \
    SIM_INPUTS_TIES(&(o)->in), \
    {"out", 'o', 0, G_OPTION_ARG_FILENAME, &(o)->out, \
     "Results file; what it has already is not run again (default: results/SCENARIO.db)", "DB"}, \
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
    {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &(o)->in.rest, NULL, NULL}, \
    {NULL, 0, 0, 0, NULL, NULL, NULL}

/* The options, understood. */
typedef struct job {
    const options *o;
    char **policies;
    double level, until;            /* until: 0 where it was not asked for */
    int jobs;
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

static bool read_until(job *j)
{
    if (!j->o->until || read_percent(j->o->until, 0.01, 100, &j->until))
        return true;
    sim_cli_fail(SIM_EXIT_BAD, "--until-ci: `%s` is no share, as `5 %%` is", j->o->until);
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

/* A comparison of runs of the file at `path`: all (NULL), or these; of these metrics. NULL, told,
 * with the exit code. */
static analysis_comparison *compare_file(const job *j, const char *path, const GArray *run_ids,
                                         const char *const *metrics, int *code)
{
    GError *error = NULL;
    g_autoptr(analysis_results) results = analysis_results_open(path, &error);
    if (!results) {
        *code = error->code == ANALYSIS_ERROR_BAD ? SIM_EXIT_BAD : SIM_EXIT_CANNOT;
        sim_cli_fail(*code, "compare: %s", error->message);
        g_error_free(error);
        return NULL;
    }
    analysis_compare_options o = options_of(j);
    o.metrics = metrics;
    if (run_ids) {
        o.run_ids = (const int64_t *)(const void *)run_ids->data;
        o.n_run_ids = run_ids->len;
    }
    analysis_comparison *c = analysis_compare(results, &o, &error);
    if (!c)
        *code = failed(error);
    return c;
}

static int tell(const job *j, analysis_comparison *c)
{
    analysis_compare_options o = options_of(j);
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
    int code = check_requirements(j, c, &o, lines);
    if (code > SIM_EXIT_NO)
        return code;
    int printed = print(j, c, lines);
    return printed != SIM_EXIT_DONE ? printed : code;
}

/* ---- a results file ------------------------------------------------------------------------- */

static int compare_results(const job *j, const char *path)
{
    const options *o = j->o;
    const struct { const void *given; const char *name; } useless[] = {
        {o->in.replications, "--replications"}, {o->until, "--until-ci"}, {o->jobs, "--jobs"},
        {o->in.sets, "--set"}, {o->in.seed, "--seed"}, {o->out, "--out"},
        {o->in.tie_seed, "--tie-shuffle"}};
    for (size_t i = 0; i < G_N_ELEMENTS(useless); i++)
        if (useless[i].given)
            return sim_cli_fail(SIM_EXIT_BAD, "compare: %s is for a scenario, and `%s` is a "
                                "results file", useless[i].name, path);
    int code = SIM_EXIT_DONE;
    g_autoptr(analysis_comparison) c = compare_file(j, path, NULL,
                                                    (const char *const *)o->metrics, &code);
    return c ? tell(j, c) : code;
}

/* ---- a scenario ----------------------------------------------------------------------------- */

static void free_plan(gpointer plan)
{
    sim_plan_free(plan);
}

static void tell_notes(const sim_plan *plan)
{
    size_t n;
    const char *const *notes = sim_scenario_notes(plan->config, &n);
    for (size_t i = 0; i < n; i++)
        fprintf(stderr, "note: %s\n", notes[i]);
}

/* A plan for each policy; an exit code, told. j->policies become the labels of results. */
static int make_plans(job *j, const char *file, GPtrArray *plans)
{
    g_autoptr(GPtrArray) errors = sim_errors_new();
    sim_policy_files_load(j->policies);
    for (char **p = j->policies; *p; p++) {
        sim_plan *plan = sim_plan_new(&j->o->in, file, *p, NULL, errors);
        if (!plan)
            continue;
        for (guint i = 0; i < plans->len; i++)
            if (strcmp(((sim_plan *)g_ptr_array_index(plans, i))->policy, plan->policy) == 0) {
                g_ptr_array_add(plans, plan);
                return sim_cli_fail(SIM_EXIT_BAD, "--policies: `%s` is named twice",
                                    plan->policy);
            }
        g_ptr_array_add(plans, plan);
        g_free(*p);
        *p = g_strdup(plan->policy);
    }
    return sim_cli_errors(errors);
}

/* Replications first to last of every plan, policy by policy; their runs behind run_ids. */
static int run_some(const job *j, const char *out, const GPtrArray *plans, int64_t first,
                    int64_t last, GArray *run_ids)
{
    g_autoptr(GArray) tasks = g_array_new(FALSE, FALSE, sizeof(sim_task));
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    for (guint i = 0; i < plans->len; i++) {
        const sim_plan *plan = g_ptr_array_index(plans, i);
        for (int64_t r = first; r <= last; r++) {
            sim_task task = {plan, sim_config_int(plan->config, "scenario", "seed"), r};
            g_array_append_val(tasks, task);
        }
    }
    sim_batch batch = {.out = out, .jobs = j->jobs, .progress = isatty(STDERR_FILENO),
                       .what = "compare"};
    int code = sim_batch_run(&batch, (const sim_task *)(void *)tasks->data, tasks->len, ids);
    g_array_append_vals(run_ids, ids->data, ids->len);
    return code;
}

/* What --until-ci looks at where no metric is named. */
static const char *const primary[] = {"peak_queue_packets", "jain_load", "delay_p99", NULL};

static const char *const *watched(const job *j)
{
    return j->o->metrics ? (const char *const *)j->o->metrics : primary;
}

/* Judged after fixed steps, in order, so that neither --jobs nor what the file already holds
 * changes where it stops. */
static int run_until(const job *j, const char *out, const GPtrArray *plans, int64_t most,
                     GArray *run_ids, bool *reached)
{
    int code = SIM_EXIT_DONE;
    for (int64_t done = 0; done < most && !*reached && code == SIM_EXIT_DONE;) {
        int64_t next = MIN(done + STEP, most);
        code = run_some(j, out, plans, done + 1, next, run_ids);
        done = next;
        if (code != SIM_EXIT_DONE)
            break;
        analysis_comparison *c = compare_file(j, out, run_ids, watched(j), &code);
        *reached = c && analysis_precise(c, j->until);
        analysis_comparison_free(c);
    }
    return code;
}

static int64_t replications_of(const job *j, const sim_plan *plan)
{
    int64_t n = sim_config_int(plan->config, "scenario", "replications");
    if (n > 1 || j->o->in.replications)
        return n;
    return j->until > 0 ? AT_MOST : REPLICATIONS;
}

static int run_plans(const job *j, const char *out, const GPtrArray *plans)
{
    g_autoptr(GArray) run_ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    int64_t n = replications_of(j, g_ptr_array_index(plans, 0));
    bool reached = false;
    int code = j->until > 0 ? run_until(j, out, plans, n, run_ids, &reached)
                            : run_some(j, out, plans, 1, n, run_ids);
    if (code != SIM_EXIT_DONE)
        return code;
    g_autoptr(analysis_comparison) c = compare_file(j, out, run_ids,
                                                    (const char *const *)j->o->metrics, &code);
    if (!c)
        return code;
    g_autofree char *what = g_strjoinv(", ", (char **)watched(j));
    if (j->until > 0)
        g_ptr_array_add(c->notes, g_strdup_printf("half widths of at most %g %% (%s): %s after %u "
            "replications", 100 * j->until, what, reached ? "reached" : "not reached",
            c->pairs->len));
    return tell(j, c);
}

static int compare_scenario(job *j, const char *file)
{
    if (j->o->where)
        return sim_cli_fail(SIM_EXIT_BAD, "compare: --where is for a results file, and `%s` is a "
                            "scenario", file);
    if (!j->policies)
        return sim_cli_fail(SIM_EXIT_BAD, "compare: which policies? (--policies A,B; see "
                            "`mip6sim list policies`)");
    g_autoptr(GPtrArray) plans = g_ptr_array_new_with_free_func(free_plan);
    int code = make_plans(j, file, plans);
    if (code != SIM_EXIT_DONE)
        return code;
    for (guint i = 0; i < plans->len; i++)
        tell_notes(g_ptr_array_index(plans, i));
    const sim_plan *first = g_ptr_array_index(plans, 0);
    sim_plan_tell_uncaptured(first, "compare");
    g_autofree char *out = j->o->out ? g_strdup(j->o->out) : sim_default_results(first->scenario);
    return run_plans(j, out, plans);
}

/* ---- which of both -------------------------------------------------------------------------- */

static const char *the_file(const options *o)
{
    guint n = o->in.rest ? g_strv_length(o->in.rest) : 0;
    if (n == 1)
        return o->in.rest[0];
    if (n == 0)
        sim_cli_fail(SIM_EXIT_BAD, "compare: which file? (see `mip6sim help compare`)");
    else
        sim_cli_fail(SIM_EXIT_BAD, "compare: one file at a time, and `%s` is a second argument",
                     o->in.rest[1]);
    return NULL;
}

static int run_with(const options *o)
{
    job j = {.o = o, .requirements = g_ptr_array_new_with_free_func(
                 (GDestroyNotify)analysis_requirement_free)};
    const char *file = the_file(o);
    int code = SIM_EXIT_BAD;
    if (file && read_level(&j) && read_until(&j) && read_mser(&j) && read_policies(&j) &&
        read_requirements(&j) && sim_jobs_of(o->jobs, (int)g_get_num_processors(), &j.jobs))
        code = sim_is_results(file) ? compare_results(&j, file) : compare_scenario(&j, file);
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
    sim_inputs_clear(&o.in);
    g_strfreev(o.metrics);
    g_strfreev(o.where);
    g_strfreev(o.require);
    g_free(o.policies);
    g_free(o.level);
    g_free(o.mser);
    g_free(o.until);
    g_free(o.jobs);
    g_free(o.out);
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
    .arguments = "FILE|DB",
    .summary = "Say which policy is better, in what, how surely, at what cost",
    .description =
        "Of a scenario, every policy is run over the same seeds, which takes what the results\n"
        "file already holds from there; of a results file, its runs are compared. Runs of the\n"
        "same seed and replication are pairs: they saw the same arrivals and the same movement.\n"
        "Differences have Student's interval, or a bootstrap's where they are tied or not normal;\n"
        "p is corrected by Holm over all metrics judged. Runs of different code, configurations\n"
        "(but for [policy]) or seeds are refused; those that are not complete are left out.\n\n"
        "Examples:\n"
        "  mip6sim compare scenarios/hotspot.ini --policies static-dhaad,hybrid:tuned -r 10\n"
        "  mip6sim compare scenarios/join.ini -p static-dhaad,hybrid:safe --until-ci 5%\n"
        "  mip6sim compare results/hotspot.db --require 'hybrid:tuned:delay_p99<50 % baseline'\n",
    .run = run,
    .help = help,
};
