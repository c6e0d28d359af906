/* mip6sim run: scenario in, results file out, summary for the person.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <stdio.h>
#include <unistd.h>

#include "analysis/summary.h"
#include "sim/cli/batch.h"
#include "sim/cli/cli.h"
#include "sim/cli/effects.h"
#include "sim/cli/inputs.h"
#include "sim/cli/task.h"

typedef struct options {
    sim_inputs in;
    char *out, *jobs, *pcap;
    char *only, *effects, *window;
    gboolean json, quiet;
} options;

#define RUN_ENTRIES(o) \
    SIM_INPUTS_ENTRIES(&(o)->in), \
    {"replications", 'r', 0, G_OPTION_ARG_FILENAME, &(o)->in.replications, \
     "Runs of each policy, with other random draws each", "N"}, \
    {"out", 'o', 0, G_OPTION_ARG_FILENAME, &(o)->out, \
     "Results file to append to (default: results/SCENARIO.db)", "DB"}, \
    {"jobs", 'j', 0, G_OPTION_ARG_FILENAME, &(o)->jobs, \
     "Runs at a time, each in a process of its own (default: 1)", "N"}, \
    {"pcap", 0, 0, G_OPTION_ARG_FILENAME, &(o)->pcap, \
     "Capture all packets of all links, a pcapng file for each run", "DIR"}, \
    {"replication", 0, 0, G_OPTION_ARG_FILENAME, &(o)->only, \
     "Run this replication alone", "N"}, \
    {"effects", 0, 0, G_OPTION_ARG_FILENAME, &(o)->effects, \
     "Write what enters the fingerprint to FILE, in place of results; what `diff` uses", "FILE"}, \
    {"window", 0, 0, G_OPTION_ARG_FILENAME, &(o)->window, \
     "With --effects: of these seconds of the run, A up to B", "A..B"}, \
    {"json", 0, 0, G_OPTION_ARG_NONE, &(o)->json, "Print the summary as JSON", NULL}, \
    {"quiet", 'q', 0, G_OPTION_ARG_NONE, &(o)->quiet, "Print nothing but errors", NULL}, \
    {NULL, 0, 0, 0, NULL, NULL, NULL}

/* The command at work. */
typedef struct job {
    const options *o;
    char *out;
    GPtrArray *plans;           /* sim_plan */
    GArray *tasks;              /* sim_task */
    GArray *run_ids;            /* int64_t; 0: not there */
    int jobs;
} job;

static void plan_clear(gpointer plan)
{
    sim_plan_free(plan);
}

static void add_plan(job *j, const char *file, const char *policy, GPtrArray *errors)
{
    sim_plan *plan = sim_plan_new(&j->o->in, file, policy, NULL, errors);
    if (!plan)
        return;
    const char *key = sim_config_text(plan->config, "record", "pcap");
    plan->pcap = j->o->pcap ? g_strdup(j->o->pcap) : *key ? g_strdup(key) : NULL;
    g_ptr_array_add(j->plans, plan);
}

/* Everything that can be refused is refused here, before a results file is touched. */
static int make_plans(job *j, const char *file)
{
    g_autoptr(GPtrArray) errors = sim_errors_new();
    char **policies = j->o->in.policies;
    if (!policies)
        add_plan(j, file, NULL, errors);
    for (; policies && *policies; policies++)
        add_plan(j, file, *policies, errors);
    return sim_cli_errors(errors);
}

/* Values of the scenario that a policy on the command line has no use for. */
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
}

static int run_all(job *j)
{
    sim_batch batch = {
        .out = j->out, .jobs = j->jobs, .again = true, .what = "run",
        .progress = !j->o->quiet && isatty(STDERR_FILENO),
    };
    return sim_batch_run(&batch, (const sim_task *)(void *)j->tasks->data, j->tasks->len,
                         j->run_ids);
}

/* ---- the command -------------------------------------------------------------------------- */

/* Runs that are in the results file, whatever became of them. */
static GArray *runs_there(const GArray *run_ids)
{
    GArray *there = g_array_new(FALSE, FALSE, sizeof(int64_t));
    for (guint i = 0; i < run_ids->len; i++)
        if (g_array_index(run_ids, int64_t, i) != 0)
            g_array_append_val(there, g_array_index(run_ids, int64_t, i));
    return there;
}

static int summarise(const job *j)
{
    g_autoptr(GArray) there = runs_there(j->run_ids);
    if (there->len == 0 || (j->o->quiet && !j->o->json))
        return SIM_EXIT_DONE;
    analysis_style style = {
        .json = j->o->json,
        .colour = !j->o->json && isatty(STDOUT_FILENO) && !g_getenv("NO_COLOR"),
        .unicode = analysis_unicode_terminal(),
    };
    GError *error = NULL;
    g_autofree char *text = analysis_summary(j->out, (const int64_t *)(void *)there->data,
                                             there->len, &style, &error);
    if (!text) {
        sim_cli_error(error);
        return SIM_EXIT_CANNOT;
    }
    return sim_cli_print(text);
}

/* Where captures are: those of runs that are there. */
static int tell_captures(const job *j)
{
    if (j->o->quiet || j->o->json)
        return SIM_EXIT_DONE;
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < j->tasks->len && i < j->run_ids->len; i++) {
        const sim_task *task = &g_array_index(j->tasks, sim_task, i);
        g_autofree char *path = task->plan->pcap ? sim_task_capture(task) : NULL;
        if (path && g_array_index(j->run_ids, int64_t, i) != 0)
            g_string_append_printf(text, "Capture: %s\n", path);
    }
    return text->len ? sim_cli_print(text->str) : SIM_EXIT_DONE;
}

/* Of each plan the replication that --replication names. False, told. */
static bool keep_one(job *j)
{
    enum { MOST = 1000000 };
    guint64 only;
    if (!j->o->only)
        return true;
    if (!g_ascii_string_to_unsigned(j->o->only, 10, 1, MOST, &only, NULL)) {
        sim_cli_fail(SIM_EXIT_BAD, "--replication: `%s` is no number from 1 to %d", j->o->only,
                     MOST);
        return false;
    }
    g_array_set_size(j->tasks, 0);
    for (guint i = 0; i < j->plans->len; i++) {
        const sim_plan *plan = g_ptr_array_index(j->plans, i);
        sim_task task = {.plan = plan, .replication = (int64_t)only,
                         .seed = sim_config_int(plan->config, "scenario", "seed")};
        g_array_append_val(j->tasks, task);
    }
    return true;
}

static int run_effects(const job *j)
{
    int64_t begin_ns, end_ns;
    if (!sim_window_of(j->o->window, &begin_ns, &end_ns))
        return SIM_EXIT_BAD;
    if (j->tasks->len != 1)
        return sim_cli_fail(SIM_EXIT_BAD, "--effects: one policy and one replication at a time "
                            "(--replication picks one)");
    return sim_effects_run(&g_array_index(j->tasks, sim_task, 0), j->o->effects, begin_ns, end_ns);
}

static int run_job(job *j, const char *file)
{
    int code = make_plans(j, file);
    if (code != SIM_EXIT_DONE)
        return code;
    const sim_plan *first = g_ptr_array_index(j->plans, 0);
    j->tasks = sim_tasks_of(j->plans);
    if (!keep_one(j))
        return SIM_EXIT_BAD;
    if (j->o->effects)
        return run_effects(j);
    j->out = j->o->out ? g_strdup(j->o->out) : sim_default_results(first->scenario);
    tell_notes(j);
    code = run_all(j);
    int printed = summarise(j);
    int told = tell_captures(j);
    printed = MAX(printed, told);
    return code != SIM_EXIT_DONE ? code : printed;
}

static int run_with(options *o)
{
    const char *file = sim_inputs_file(&o->in, "run");
    job j = {.o = o};
    if (!file || !sim_jobs_of(o->jobs, 1, &j.jobs))
        return SIM_EXIT_BAD;
    if (o->pcap && *o->pcap == '\0')
        return sim_cli_fail(SIM_EXIT_BAD, "--pcap: expected a folder");
    if (o->window && !o->effects)
        return sim_cli_fail(SIM_EXIT_BAD, "--window goes with --effects");
    j.plans = g_ptr_array_new_with_free_func(plan_clear);
    j.run_ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    int code = run_job(&j, file);
    g_clear_pointer(&j.tasks, g_array_unref);
    g_ptr_array_free(j.plans, TRUE);
    g_array_free(j.run_ids, TRUE);
    g_free(j.out);
    return code;
}

static int run(int argc, char **argv)
{
    options o = {0};
    const GOptionEntry entries[] = {RUN_ENTRIES(&o)};
    int code = sim_cli_parse(&sim_command_run, entries, &argc, &argv);
    if (code < 0)
        code = run_with(&o);
    sim_inputs_clear(&o.in);
    g_free(o.out);
    g_free(o.jobs);
    g_free(o.pcap);
    g_free(o.only);
    g_free(o.effects);
    g_free(o.window);
    return code;
}

static char *help(void)
{
    options o = {0};
    const GOptionEntry entries[] = {RUN_ENTRIES(&o)};
    return sim_cli_help_text(&sim_command_run, entries);
}

const sim_command sim_command_run = {
    .name = "run",
    .arguments = "FILE",
    .summary = "Run a scenario, once for each policy and replication",
    .description =
        "Each run is appended to the results file, and a summary is printed at the end, side by\n"
        "side where there are several policies. Values come from FILE (and what it includes),\n"
        "then --set, --seed and --replications, then --policy. A run that a signal ends has the\n"
        "status `interrupted` and exit code 3; a second signal kills. With several jobs only\n"
        "whole runs get into the results file, in the same order as with one. Captures are\n"
        "called SCENARIO-POLICY-seedN-REPLICATION.pcapng.\n\n"
        "Examples:\n"
        "  mip6sim run scenarios/hotspot.ini --policy static-dhaad --policy hybrid:tuned\n"
        "  mip6sim run scenarios/join.ini --set 'home-agent ha3.join=60 s' --out results/a.db\n",
    .run = run,
    .help = help,
};
