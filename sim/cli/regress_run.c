/* See regress_run.h. SPDX-License-Identifier: GPL-3.0-or-later */

#include "sim/cli/regress_run.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "sim/cli/cli.h"
#include "sim/cli/regress_set.h"
#include "version.h"

enum { MOST_REPLICATIONS = SIM_REGRESS_MOST_REPLICATIONS };
static const double level = 0.95;

typedef struct job {
    const char *what;
    const sim_regress_options *o;
    sim_regress_outcome *outcome;
    GPtrArray *set;             /* sim_regress_item */
    GArray *tasks, *run_ids;    /* sim_task; int64_t for each */
    int jobs;
    int64_t at_most;            /* replications; 0: all */
} job;

void sim_regress_options_clear(sim_regress_options *o)
{
    g_strfreev(o->rest);
    g_free(o->baseline);
    g_free(o->jobs);
    g_free(o->replications);
    g_free(o->out);
}

static void result_free(gpointer p)
{
    sim_regress_result *r = p;
    g_free(r->path);
    analysis_baseline_free(r->old);
    analysis_baseline_free(r->now);
    g_free(r);
}

void sim_regress_outcome_clear(sim_regress_outcome *o)
{
    g_free(o->folder);
    if (o->results)
        g_ptr_array_free(o->results, TRUE);
    if (o->stale)
        g_ptr_array_free(o->stale, TRUE);
    analysis_regress_free(o->verdict);
    *o = (sim_regress_outcome){0};
}

/* ---- the set -------------------------------------------------------------------------------- */

static int read_set(job *j)
{
    g_autoptr(GPtrArray) files = sim_regress_files(j->o->rest);
    g_autoptr(GPtrArray) errors = sim_errors_new();
    if (!files)
        return SIM_EXIT_BAD;
    for (guint i = 0; i < files->len; i++)
        sim_regress_set_add(j->set, g_ptr_array_index(files, i), j->o->full, j->at_most, errors);
    return sim_cli_errors(errors);
}

static void list_tasks(job *j)
{
    for (guint i = 0; i < j->set->len; i++) {
        const sim_regress_item *item = g_ptr_array_index(j->set, i);
        for (guint k = 0; k < item->plans->len; k++) {
            const sim_plan *plan = g_ptr_array_index(item->plans, k);
            sim_task task = {.plan = plan};
            task.seed = sim_config_int(plan->config, "scenario", "seed");
            for (task.replication = 1; task.replication <= item->replications; task.replication++)
                g_array_append_val(j->tasks, task);
        }
    }
}

/* ---- baselines ------------------------------------------------------------------------------ */

static const char *form_of(const job *j)
{
    return j->o->full ? "full" : "short";
}

static int check_kind(const job *j, const analysis_baseline *b, const char *name)
{
    if (strcmp(b->scenario, name) != 0)
        return sim_cli_fail(SIM_EXIT_BAD, "%s: is the baseline of scenario `%s`, not of `%s`",
                            b->path, b->scenario, name);
    if (strcmp(b->form, form_of(j)) != 0)
        return sim_cli_fail(SIM_EXIT_BAD, "%s: is a baseline of the %s form, and this is the %s "
                            "one", b->path, b->form, form_of(j));
    return SIM_EXIT_DONE;
}

/* Before anything is run, so that a bad file costs no time. */
static int read_baseline(job *j, const sim_regress_item *item)
{
    sim_regress_result *r = g_new0(sim_regress_result, 1);
    r->path = g_strdup_printf("%s/%s.txt", j->outcome->folder, item->name);
    g_ptr_array_add(j->outcome->results, r);
    GError *error = NULL;
    r->old = analysis_baseline_read(r->path, &error);
    if (r->old)
        return check_kind(j, r->old, item->name);
    int code = SIM_EXIT_DONE;
    if (!g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        code = sim_cli_fail(error->code == ANALYSIS_ERROR_BAD ? SIM_EXIT_BAD : SIM_EXIT_CANNOT,
                            "%s", error->message);
    g_error_free(error);
    return code;
}

static bool is_of_set(const job *j, const char *path)
{
    for (guint i = 0; i < j->outcome->results->len; i++)
        if (strcmp(((sim_regress_result *)g_ptr_array_index(j->outcome->results, i))->path, path)
            == 0)
            return true;
    return false;
}

static void find_stale(job *j)
{
    GDir *dir = j->o->rest ? NULL : g_dir_open(j->outcome->folder, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir)) != NULL;) {
        g_autofree char *path = g_strdup_printf("%s/%s", j->outcome->folder, name);
        if (g_str_has_suffix(name, ".txt") && !is_of_set(j, path))
            g_ptr_array_add(j->outcome->stale, g_steal_pointer(&path));
    }
    if (dir)
        g_dir_close(dir);
}

static int read_baselines(job *j)
{
    int code = SIM_EXIT_DONE;
    for (guint i = 0; i < j->set->len; i++) {
        int one = read_baseline(j, g_ptr_array_index(j->set, i));
        code = MAX(code, one);
    }
    find_stale(j);
    return code;
}

/* ---- running -------------------------------------------------------------------------------- */

static int run_tasks(const job *j, const char *out)
{
    /* Without --out there is no next time for an interrupted batch to go on. */
    sim_batch batch = {.out = out, .jobs = j->jobs, .progress = isatty(STDERR_FILENO),
                       .what = j->what, .again = !j->o->out};
    return sim_batch_run(&batch, (const sim_task *)(void *)j->tasks->data, j->tasks->len,
                         j->run_ids);
}

/* What the runs of an item would be as a baseline. *at: its first task. */
static analysis_baseline *baseline_of(const job *j, const sim_regress_item *item,
                                      analysis_results *results, guint *at, GError **error)
{
    g_autoptr(analysis_baseline) b = analysis_baseline_new(item->name, SIM_CODE_VERSION,
                                                           form_of(j));
    for (guint i = 0; i < item->plans->len; i++) {
        const sim_plan *plan = g_ptr_array_index(item->plans, i);
        const int64_t *ids = &g_array_index(j->run_ids, int64_t, *at);
        if (!analysis_baseline_add(b, results, plan->policy, ids, (size_t)item->replications,
                                   error))
            return NULL;
        *at += (guint)item->replications;
    }
    return g_steal_pointer(&b);
}

static bool judge(const job *j, analysis_results *results, GError **error)
{
    guint at = 0;
    analysis_regress *verdict = j->outcome->verdict = analysis_regress_new(level);
    for (guint i = 0; i < j->set->len; i++) {
        const sim_regress_item *item = g_ptr_array_index(j->set, i);
        sim_regress_result *r = g_ptr_array_index(j->outcome->results, i);
        if (item->skipped) {
            analysis_regress_skip(verdict, item->name, item->skipped);
            continue;
        }
        r->now = baseline_of(j, item, results, &at, error);
        if (!r->now)
            return false;
        analysis_regress_add(verdict, r->old, r->now);
    }
    analysis_regress_judge(verdict);
    return true;
}

static int run_into(const job *j, const char *out)
{
    GError *error = NULL;
    int code = j->tasks->len > 0 ? run_tasks(j, out) : SIM_EXIT_DONE;
    if (code != SIM_EXIT_DONE)
        return code;
    g_autoptr(analysis_results) results = j->tasks->len > 0 ? analysis_results_open(out, &error)
                                                            : NULL;
    if (error || !judge(j, results, &error)) {
        code = sim_cli_fail(SIM_EXIT_CANNOT, "%s", error->message);
        g_error_free(error);
    }
    return code;
}

/* With the shards that an interrupted batch leaves for its next time, which does not come. */
static void remove_folder(const char *folder)
{
    GDir *dir = g_dir_open(folder, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir)) != NULL;) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        if (g_file_test(path, G_FILE_TEST_IS_DIR))
            remove_folder(path);
        else
            g_unlink(path);
    }
    if (dir)
        g_dir_close(dir);
    g_rmdir(folder);
}

/* Into --out, or into a folder that is gone afterwards. */
static int run_set(const job *j)
{
    if (j->o->out)
        return run_into(j, j->o->out);
    GError *error = NULL;
    g_autofree char *folder = g_dir_make_tmp("mip6sim-XXXXXX", &error);
    if (!folder) {
        sim_cli_fail(SIM_EXIT_CANNOT, "%s", error->message);
        g_error_free(error);
        return SIM_EXIT_CANNOT;
    }
    g_autofree char *out = g_build_filename(folder, "runs.db", NULL);
    int code = run_into(j, out);
    remove_folder(folder);
    return code;
}

/* ---- entry ---------------------------------------------------------------------------------- */

static bool read_options(job *j)
{
    const char *text = j->o->replications;
    if (!sim_jobs_of(j->o->jobs, (int)g_get_num_processors(), &j->jobs))
        return false;
    if (text && !g_ascii_string_to_signed(text, 10, 1, MOST_REPLICATIONS, &j->at_most, NULL)) {
        sim_cli_fail(SIM_EXIT_BAD, "--replications: `%s` is no number from 1 to %d", text,
                     MOST_REPLICATIONS);
        return false;
    }
    const char *folder = j->o->full ? "results/baselines/full" : "results/baselines";
    j->outcome->folder = g_strdup(j->o->baseline ? j->o->baseline : folder);
    return true;
}

static int run_job(job *j)
{
    gint64 begun_us = g_get_monotonic_time();
    int code = read_set(j);
    if (code == SIM_EXIT_DONE)
        code = read_baselines(j);
    if (code != SIM_EXIT_DONE)
        return code;
    list_tasks(j);
    code = run_set(j);
    j->outcome->runs = j->tasks->len;
    j->outcome->wall_s = (double)(g_get_monotonic_time() - begun_us) / 1e6;
    return code;
}

int sim_regress_run(const char *what, const sim_regress_options *o, sim_regress_outcome *outcome)
{
    *outcome = (sim_regress_outcome){0};
    job j = {.what = what, .o = o, .outcome = outcome};
    if (!read_options(&j))
        return SIM_EXIT_BAD;
    j.set = sim_regress_set_new();
    j.tasks = g_array_new(FALSE, FALSE, sizeof(sim_task));
    j.run_ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    outcome->results = g_ptr_array_new_with_free_func(result_free);
    outcome->stale = g_ptr_array_new_with_free_func(g_free);
    int code = run_job(&j);
    g_array_free(j.tasks, TRUE);
    g_array_free(j.run_ids, TRUE);
    g_ptr_array_free(j.set, TRUE);
    return code;
}
