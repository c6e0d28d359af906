/* mip6sim run: scenario in, results file out, summary for the person.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "analysis/summary.h"
#include "models/world.h"
#include "sim/cli/cli.h"
#include "sim/cli/inputs.h"
#include "sim/cli/progress.h"
#include "sim/record/record.h"
#include "version.h"

typedef struct options {
    sim_inputs in;
    char *out;
    gboolean json, quiet;
} options;

#define RUN_ENTRIES(o) \
    SIM_INPUTS_ENTRIES(&(o)->in), \
    {"replications", 'r', 0, G_OPTION_ARG_FILENAME, &(o)->in.replications, \
     "Runs of each policy, with other random draws each", "N"}, \
    {"out", 'o', 0, G_OPTION_ARG_FILENAME, &(o)->out, \
     "Results file to append to (default: results/SCENARIO.db)", "DB"}, \
    {"json", 0, 0, G_OPTION_ARG_NONE, &(o)->json, "Print the summary as JSON", NULL}, \
    {"quiet", 'q', 0, G_OPTION_ARG_NONE, &(o)->quiet, "Print nothing but errors", NULL}, \
    {NULL, 0, 0, 0, NULL, NULL, NULL}

/* One policy of the command: what to run. */
typedef struct plan {
    sim_config *config;
    char *hash;
    char *policy;
    GPtrArray *params;          /* key, value, ..., NULL */
} plan;

/* The command at work. */
typedef struct job {
    const options *o;
    char *scenario;
    char *out;
    GArray *plans;
    sim_record *record;
    sim_progress progress;
    GArray *run_ids;            /* int64_t, of runs begun */
    int done, total;
} job;

/* ---- plans -------------------------------------------------------------------------------- */

static void plan_clear(gpointer p)
{
    plan *pl = p;
    sim_scenario_free(pl->config);
    g_free(pl->hash);
    g_free(pl->policy);
    g_ptr_array_free(pl->params, TRUE);
}

static void add_param(void *user, const char *key, const char *value)
{
    g_ptr_array_add(user, g_strdup(key));
    g_ptr_array_add(user, g_strdup(value));
}

static void add_plan(job *j, const char *file, const char *policy, GPtrArray *errors)
{
    g_autoptr(sim_config) config = sim_inputs_read(&j->o->in, file, policy, errors);
    if (!config)
        return;
    GError *error = NULL;
    char *hash = sim_inputs_hash(config, &error);
    if (!hash) {
        g_ptr_array_add(errors, error);
        return;
    }
    const sim_variant *policy_variant = sim_config_section(config, "policy")->variant;
    plan p = {.hash = hash, .policy = sim_policy_label(policy_variant),
              .params = g_ptr_array_new_with_free_func(g_free)};
    sim_scenario_each(config, add_param, p.params);
    g_ptr_array_add(p.params, NULL);
    p.config = g_steal_pointer(&config);
    g_array_append_val(j->plans, p);
    j->total += (int)sim_config_int(p.config, "scenario", "replications");
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
    for (guint i = 0; i < j->plans->len && !j->o->quiet; i++) {
        size_t n;
        const plan *p = &g_array_index(j->plans, plan, i);
        const char *const *notes = sim_scenario_notes(p->config, &n);
        for (size_t k = 0; k < n; k++)
            fprintf(stderr, "note: %s\n", notes[k]);
    }
}

/* ---- one run ------------------------------------------------------------------------------ */

static void keep_note(void *user, const char *text)
{
    sim_record_note(user, text);
}

static sim_run_status status_of(sim_stop stop)
{
    switch (stop) {
    case SIM_STOP_INTERRUPTED: return SIM_RUN_INTERRUPTED;
    case SIM_STOP_FAILED: return SIM_RUN_FAILED;
    default: return SIM_RUN_COMPLETE;
    }
}

static void simulate(job *j, model_world *world, const char *what, sim_run_end *end,
                     char fingerprint[33])
{
    sim_engine *engine = model_world_engine(world);
    sim_progress_start(&j->progress, engine, what, model_world_end_ns(world));
    sim_signals_engine(engine);
    sim_stop stop = model_world_run(world);
    sim_signals_engine(NULL);
    sim_progress_end(&j->progress);
    model_world_notes(world, keep_note, j->record);
    model_world_fingerprint(world, fingerprint);
    end->status = status_of(stop);
    end->simulated_ns = end->status == SIM_RUN_COMPLETE ? model_world_end_ns(world)
                                                        : sim_now(engine);
    end->events = (int64_t)sim_engine_events(engine);
    end->fingerprint = fingerprint;
}

/* Build and run a world into the sink; how it ended into *end. 0 or an exit code, told. */
static int run_world(job *j, const plan *p, int64_t seed, int64_t replication, sim_sink *sink,
                     sim_run_end *end)
{
    char fingerprint[33] = "";
    GError *error = NULL;
    g_autofree char *what = j->total > 1 ? g_strdup_printf("%s (%d of %d)", p->policy, j->done,
                                                           j->total) : g_strdup(p->policy);
    gint64 begun_us = g_get_monotonic_time();
    model_world *world = model_world_new(p->config, (uint64_t)seed, (uint32_t)replication, sink,
                                         &error);
    int code = SIM_EXIT_DONE;
    end->status = SIM_RUN_FAILED;
    if (world)
        simulate(j, world, what, end, fingerprint);
    else
        code = sim_cli_error(error);
    end->wall_seconds = (double)(g_get_monotonic_time() - begun_us) / 1e6;
    GError *write_error = NULL;
    if (!sim_record_finish(j->record, end, &write_error))
        code = sim_cli_error(write_error);
    end->fingerprint = NULL;
    model_world_free(world);
    return code;
}

static int run_one(job *j, const plan *p, int64_t replication)
{
    int64_t seed = sim_config_int(p->config, "scenario", "seed");
    sim_run_start start = {
        .scenario = j->scenario, .policy = p->policy, .seed = seed, .replication = replication,
        .config_sha256 = p->hash, .code_version = SIM_CODE_VERSION,
        .protocol_sha256 = SIM_PROTOCOL_SHA256,
        .params = (const char *const *)p->params->pdata,
    };
    GError *error = NULL;
    sim_sink *sink = sim_record_begin(j->record, &start, &error);
    if (!sink)
        return sim_cli_error(error);
    int64_t id = sim_record_run_id(j->record);
    g_array_append_val(j->run_ids, id);
    sim_run_end end = {0};
    int code = run_world(j, p, seed, replication, sink, &end);
    if (code == SIM_EXIT_DONE && end.status == SIM_RUN_INTERRUPTED)
        code = sim_cli_fail(SIM_EXIT_CANNOT, "interrupted at %.3f s of simulated time",
                            (double)end.simulated_ns / 1e9);
    else if (code == SIM_EXIT_DONE && end.status == SIM_RUN_FAILED)
        code = sim_cli_fail(SIM_EXIT_CANNOT, "the run failed at %.3f s of simulated time",
                            (double)end.simulated_ns / 1e9);
    return code;
}

/* All policies, all replications; stops at the first that does not end well. */
static int run_all(job *j)
{
    GError *error = NULL;
    j->record = sim_record_open(j->out, &error);
    if (!j->record)
        return sim_cli_error(error);
    int code = SIM_EXIT_DONE;
    sim_signals_catch();
    for (guint i = 0; i < j->plans->len && code == SIM_EXIT_DONE; i++) {
        const plan *p = &g_array_index(j->plans, plan, i);
        int64_t replications = sim_config_int(p->config, "scenario", "replications");
        for (int64_t r = 1; r <= replications && code == SIM_EXIT_DONE; r++) {
            j->done++;
            code = run_one(j, p, r);
        }
    }
    sim_record_close(j->record);
    return code;
}

/* ---- the command -------------------------------------------------------------------------- */

static int summarise(const job *j)
{
    if (j->run_ids->len == 0 || (j->o->quiet && !j->o->json))
        return SIM_EXIT_DONE;
    analysis_style style = {
        .json = j->o->json,
        .colour = !j->o->json && isatty(STDOUT_FILENO) && !g_getenv("NO_COLOR"),
        .unicode = analysis_unicode_terminal(),
    };
    GError *error = NULL;
    g_autofree char *text = analysis_summary(j->out, (const int64_t *)(void *)j->run_ids->data,
                                             j->run_ids->len, &style, &error);
    if (!text) {
        sim_cli_error(error);
        return SIM_EXIT_CANNOT;
    }
    return sim_cli_print(text);
}

static int run_job(job *j, const char *file)
{
    int code = make_plans(j, file);
    if (code != SIM_EXIT_DONE)
        return code;
    const plan *first = &g_array_index(j->plans, plan, 0);
    j->scenario = sim_scenario_name(first->config);
    j->out = j->o->out ? g_strdup(j->o->out) : sim_default_results(j->scenario);
    j->progress.shown = !j->o->quiet && isatty(STDERR_FILENO);
    tell_notes(j);
    code = run_all(j);
    int printed = summarise(j);
    return code != SIM_EXIT_DONE ? code : printed;
}

static int run_with(options *o)
{
    const char *file = sim_inputs_file(&o->in, "run");
    if (!file)
        return SIM_EXIT_BAD;
    job j = {
        .o = o,
        .plans = g_array_new(FALSE, TRUE, sizeof(plan)),
        .run_ids = g_array_new(FALSE, FALSE, sizeof(int64_t)),
    };
    g_array_set_clear_func(j.plans, plan_clear);
    int code = run_job(&j, file);
    g_array_free(j.plans, TRUE);
    g_array_free(j.run_ids, TRUE);
    g_free(j.scenario);
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
        "status `interrupted` and exit code 3; a second signal kills.\n\n"
        "Examples:\n"
        "  mip6sim run scenarios/hotspot.ini --policy static-dhaad --policy hybrid:tuned\n"
        "  mip6sim run scenarios/join.ini --set 'home-agent ha3.join=60 s' --out results/a.db\n",
    .run = run,
    .help = help,
};
