/* mip6sim sweep: a scenario under every combination of the values in its [sweep] group.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sim/cli/batch.h"
#include "sim/cli/cli.h"
#include "sim/cli/inputs.h"

enum { MAX_ERRORS = 50 };

typedef struct options {
    sim_inputs in;
    char *out, *jobs;
    gboolean dry, quiet;
} options;

#define SWEEP_ENTRIES(o) \
    SIM_INPUTS_ENTRIES(&(o)->in), \
    {"replications", 'r', 0, G_OPTION_ARG_FILENAME, &(o)->in.replications, \
     "Runs of each point and policy, with other random draws each", "N"}, \
    {"jobs", 'j', 0, G_OPTION_ARG_FILENAME, &(o)->jobs, \
     "Runs at a time (default: as many as there are processors)", "N"}, \
    {"out", 'o', 0, G_OPTION_ARG_FILENAME, &(o)->out, \
     "Results file to append to (default: results/SCENARIO.db)", "DB"}, \
    {"dry-run", 'n', 0, G_OPTION_ARG_NONE, &(o)->dry, \
     "Print the points, and what is there of them, but run nothing", NULL}, \
    {"quiet", 'q', 0, G_OPTION_ARG_NONE, &(o)->quiet, "Print nothing but errors", NULL}, \
    {NULL, 0, 0, 0, NULL, NULL, NULL}

/* The command at work. */
typedef struct job {
    const options *o;
    const char *file;
    sim_sweep *sweep;
    GPtrArray *plans;           /* sim_plan, point by point, each under all policies */
    GArray *tasks;              /* sim_task */
    GArray *found;              /* int64_t, per task: its run before this command; 0: none */
    char *out;
    size_t left_out;            /* plans that a constraint leaves out */
    int jobs;
} job;

static void plan_clear(gpointer plan)
{
    sim_plan_free(plan);
}

/* ---- points ------------------------------------------------------------------------------- */

static const char *value_of(const sim_plan *plan, const char *key)
{
    for (guint i = 0; i + 1 < plan->params->len; i += 2)
        if (strcmp(g_ptr_array_index(plan->params, i), key) == 0)
            return g_ptr_array_index(plan->params, i + 1);
    return NULL;
}

/* What the results say of this point. A key that the plan's policy or model does not have is
 * no part of it: such points are the same run. */
static GPtrArray *point_of(const job *j, const sim_plan *plan)
{
    GPtrArray *point = g_ptr_array_new_with_free_func(g_free);
    for (guint a = 0; a < j->sweep->axes->len; a++) {
        const sim_axis *axis = g_ptr_array_index(j->sweep->axes, a);
        const char *value = value_of(plan, axis->key);
        if (!value)
            continue;
        g_ptr_array_add(point, g_strdup(axis->key));
        g_ptr_array_add(point, g_strdup(value));
    }
    if (j->sweep->policies) {
        g_ptr_array_add(point, g_strdup("policy.name"));
        g_ptr_array_add(point, g_strdup(plan->policy));
    }
    g_ptr_array_add(point, NULL);
    return point;
}

static void add_plan(job *j, const sim_override *point, const char *policy, GPtrArray *errors)
{
    guint before = errors->len;
    g_autoptr(sim_config) config = sim_inputs_parse(&j->o->in, j->file, policy, point,
                                                    j->sweep->axes->len, errors);
    if (!config)
        return;
    if (!sim_sweep_holds(j->sweep, config, errors)) {
        j->left_out += errors->len == before;
        return;
    }
    GError *error = NULL;
    if (!sim_inputs_check(config, errors))
        return;
    sim_plan *plan = sim_plan_of(g_steal_pointer(&config), &error);
    if (!plan) {
        g_ptr_array_add(errors, error);
        return;
    }
    plan->point = point_of(j, plan);
    g_ptr_array_add(j->plans, plan);
}

/* Those of the command line, of [sweep], or the scenario's own. */
static void add_point(job *j, const sim_override *point, GPtrArray *errors)
{
    char **given = j->o->in.policies;
    for (char **policy = given; policy && *policy; policy++)
        add_plan(j, point, *policy, errors);
    for (guint i = 0; !given && j->sweep->policies && i < j->sweep->policies->len; i++)
        add_plan(j, point, g_ptr_array_index(j->sweep->policies, i), errors);
    if (!given && !j->sweep->policies)
        add_plan(j, point, NULL, errors);
}

/* Everything that can be refused is refused here, before a results file is touched. */
static int make_plans(job *j)
{
    g_autoptr(GPtrArray) errors = sim_errors_new();
    j->sweep = sim_inputs_sweep(&j->o->in, j->file, errors);
    if (!j->sweep)
        return sim_cli_errors(errors);
    /* One more: an array of no axes is there all the same. */
    g_autofree sim_override *point = g_new0(sim_override, j->sweep->axes->len + 1);
    for (size_t i = 0; i < j->sweep->n_points && errors->len < MAX_ERRORS; i++) {
        sim_sweep_point(j->sweep, i, point);
        add_point(j, point, errors);
    }
    int code = sim_cli_errors(errors);
    if (code == SIM_EXIT_DONE && j->plans->len == 0)
        code = sim_cli_fail(SIM_EXIT_BAD, "%s: the constraints of [" SIM_SWEEP_GROUP "] leave no "
                            "point", j->file);
    return code;
}

static void tell_notes(const job *j)
{
    g_autoptr(GHashTable) told = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < j->plans->len && !j->o->quiet; i++) {
        size_t n;
        const sim_plan *p = g_ptr_array_index(j->plans, i);
        const char *const *notes = sim_scenario_notes(p->config, &n);
        for (size_t k = 0; k < n; k++)
            if (g_hash_table_add(told, (gpointer)notes[k]))
                fprintf(stderr, "note: %s\n", notes[k]);
    }
    if (!j->o->quiet)
        sim_plan_tell_uncaptured(g_ptr_array_index(j->plans, 0), "sweep");
}

/* ---- what is there ------------------------------------------------------------------------ */

static int find_runs(job *j)
{
    if (g_file_test(j->out, G_FILE_TEST_EXISTS))
        return sim_batch_find(j->out, (const sim_task *)(void *)j->tasks->data, j->tasks->len,
                              j->found);
    g_array_set_size(j->found, j->tasks->len);
    return SIM_EXIT_DONE;
}

/* Runs of the tasks of one plan (NULL: all) that are there. */
static int64_t count_there(const job *j, const sim_plan *plan, int64_t *of)
{
    int64_t there = 0;
    *of = 0;
    for (guint i = 0; i < j->tasks->len; i++) {
        if (plan && g_array_index(j->tasks, sim_task, i).plan != plan)
            continue;
        there += g_array_index(j->found, int64_t, i) != 0;
        ++*of;
    }
    return there;
}

static void append_point(GString *s, const sim_plan *plan)
{
    for (guint i = 0; i + 1 < plan->point->len; i += 2)
        if (strcmp(g_ptr_array_index(plan->point, i), "policy.name") != 0)
            g_string_append_printf(s, "%s = %s, ", (char *)g_ptr_array_index(plan->point, i),
                                   (char *)g_ptr_array_index(plan->point, i + 1));
    g_string_append(s, plan->policy);
}

static int print_points(const job *j)
{
    g_autoptr(GString) s = g_string_new(NULL);
    for (guint i = 0; i < j->plans->len; i++) {
        const sim_plan *plan = g_ptr_array_index(j->plans, i);
        int64_t of, there = count_there(j, plan, &of);
        append_point(s, plan);
        g_string_append_printf(s, ": %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT " runs there\n",
                               there, of);
    }
    return sim_cli_print(s->str);
}

static int print_end(const job *j)
{
    int64_t of, there = count_there(j, NULL, &of);
    g_autoptr(GString) s = g_string_new(NULL);
    size_t policies = (j->plans->len + j->left_out) / j->sweep->n_points;
    g_string_append_printf(s, "%zu point%s x %zu polic%s", j->sweep->n_points,
                           j->sweep->n_points == 1 ? "" : "s", policies,
                           policies == 1 ? "y" : "ies");
    if (j->left_out > 0)
        g_string_append_printf(s, ", %zu left out by constraints", j->left_out);
    g_string_append_printf(s, ": %" G_GINT64_FORMAT " runs, of which %" G_GINT64_FORMAT
                           " were there\n", of, there);
    if (!j->o->dry)
        g_string_append_printf(s, "Results: %s\n", j->out);
    return sim_cli_print(s->str);
}

/* ---- the command -------------------------------------------------------------------------- */

static int run_all(const job *j)
{
    sim_batch batch = {
        .out = j->out, .jobs = j->jobs, .what = "sweep",
        .progress = !j->o->quiet && isatty(STDERR_FILENO),
    };
    return sim_batch_run(&batch, (const sim_task *)(void *)j->tasks->data, j->tasks->len, NULL);
}

static int sweep_job(job *j)
{
    int code = make_plans(j);
    if (code != SIM_EXIT_DONE)
        return code;
    const sim_plan *first = g_ptr_array_index(j->plans, 0);
    j->tasks = sim_tasks_of(j->plans);
    j->out = j->o->out ? g_strdup(j->o->out) : sim_default_results(first->scenario);
    tell_notes(j);
    code = find_runs(j);
    if (code == SIM_EXIT_DONE)
        code = j->o->dry ? print_points(j) : run_all(j);
    return code == SIM_EXIT_DONE && !j->o->quiet ? print_end(j) : code;
}

static int sweep_with(options *o)
{
    job j = {.o = o, .file = sim_inputs_file(&o->in, "sweep")};
    if (!j.file || !sim_jobs_of(o->jobs, (int)g_get_num_processors(), &j.jobs))
        return SIM_EXIT_BAD;
    j.plans = g_ptr_array_new_with_free_func(plan_clear);
    j.found = g_array_new(FALSE, TRUE, sizeof(int64_t));
    int code = sweep_job(&j);
    g_clear_pointer(&j.tasks, g_array_unref);
    g_array_free(j.found, TRUE);
    g_ptr_array_free(j.plans, TRUE);
    sim_sweep_free(j.sweep);
    g_free(j.out);
    return code;
}

static int run(int argc, char **argv)
{
    options o = {0};
    const GOptionEntry entries[] = {SWEEP_ENTRIES(&o)};
    int code = sim_cli_parse(&sim_command_sweep, entries, &argc, &argv);
    if (code < 0)
        code = sweep_with(&o);
    sim_inputs_clear(&o.in);
    g_free(o.out);
    g_free(o.jobs);
    return code;
}

static char *help(void)
{
    options o = {0};
    const GOptionEntry entries[] = {SWEEP_ENTRIES(&o)};
    return sim_cli_help_text(&sim_command_sweep, entries);
}

const sim_command sim_command_sweep = {
    .name = "sweep",
    .arguments = "FILE",
    .summary = "Run a scenario under every combination of the values in its [sweep] group",
    .description =
        "Each line of [sweep] is a key and its values: `home-agents.count = 3, 10, 30`, or\n"
        "`traffic.load = 50 % .. 110 % step 10 %`. Lines `constraint = A <= B` leave points out.\n"
        "What the results file holds already is not run again: the same command goes on after it\n"
        "was killed, and more replications extend. --set 'sweep.KEY=VALUES' replaces a line\n"
        "(with no values: takes it away).\n\n"
        "Examples:\n"
        "  mip6sim sweep scenarios/load-sweep.ini --jobs 2 --replications 3\n"
        "  mip6sim sweep scenarios/load-sweep.ini --dry-run --set 'sweep.traffic.load=70 %'\n",
    .run = run,
    .help = help,
};
