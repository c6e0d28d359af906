/* Plans, tasks and jobs. See batch.h. SPDX-License-Identifier: GPL-3.0-or-later */

#include <stdio.h>
#include <string.h>

#include "sim/cli/batch.h"
#include "sim/cli/cli.h"

static void add_param(void *user, const char *key, const char *value)
{
    g_ptr_array_add(user, g_strdup(key));
    g_ptr_array_add(user, g_strdup(value));
}

sim_plan *sim_plan_of(sim_config *config, GError **error)
{
    char *hash = sim_inputs_hash(config, error);
    if (!hash) {
        sim_scenario_free(config);
        return NULL;
    }
    sim_plan *plan = g_new0(sim_plan, 1);
    plan->config = config;
    plan->hash = hash;
    plan->scenario = sim_scenario_name(config);
    plan->policy = sim_policy_label(config);
    plan->params = g_ptr_array_new_with_free_func(g_free);
    sim_scenario_each(config, add_param, plan->params);
    g_ptr_array_add(plan->params, NULL);
    return plan;
}

sim_plan *sim_plan_new(const sim_inputs *inputs, const char *file, const char *policy,
                       const char *const *overrides, GPtrArray *errors)
{
    g_autoptr(GArray) more = g_array_new(FALSE, FALSE, sizeof(sim_override));
    for (; overrides && *overrides; overrides++) {
        sim_override o = {.option = "--set", .text = *overrides};
        g_array_append_val(more, o);
    }
    g_autoptr(sim_config) config =
        sim_inputs_parse(inputs, file, policy,
                         more->len ? (const sim_override *)(void *)more->data : NULL, more->len,
                         errors);
    if (!config || !sim_inputs_check(config, errors))
        return NULL;
    GError *error = NULL;
    sim_plan *plan = sim_plan_of(g_steal_pointer(&config), &error);
    if (!plan)
        g_ptr_array_add(errors, error);
    return plan;
}

void sim_plan_free(sim_plan *plan)
{
    if (!plan)
        return;
    sim_scenario_free(plan->config);
    g_free(plan->scenario);
    g_free(plan->policy);
    g_free(plan->hash);
    g_free(plan->pcap);
    g_ptr_array_free(plan->params, TRUE);
    if (plan->point)
        g_ptr_array_free(plan->point, TRUE);
    g_free(plan);
}

void sim_plan_tell_uncaptured(const sim_plan *plan, const char *command)
{
    if (*sim_config_text(plan->config, "record", "pcap"))
        fprintf(stderr, "note: [record] pcap is not used: `mip6sim run` captures, `mip6sim %s` "
                        "does not\n", command);
}

GArray *sim_tasks_of(const GPtrArray *plans)
{
    GArray *tasks = g_array_new(FALSE, FALSE, sizeof(sim_task));
    for (guint i = 0; i < plans->len; i++) {
        const sim_plan *plan = g_ptr_array_index(plans, i);
        int64_t n = sim_config_int(plan->config, "scenario", "replications");
        sim_task task = {.plan = plan, .seed = sim_config_int(plan->config, "scenario", "seed")};
        for (task.replication = 1; task.replication <= n; task.replication++)
            g_array_append_val(tasks, task);
    }
    return tasks;
}

bool sim_jobs_of(const char *text, int by_default, int *jobs)
{
    enum { MOST = 256 };
    guint64 n = 0;
    *jobs = by_default;
    if (!text)
        return true;
    if (!g_ascii_string_to_unsigned(text, 10, 1, MOST, &n, NULL)) {
        sim_cli_fail(SIM_EXIT_BAD, "--jobs: `%s` is no number from 1 to %d", text, MOST);
        return false;
    }
    *jobs = (int)n;
    return true;
}
