/* See task.h. SPDX-License-Identifier: GPL-3.0-or-later */

#include "sim/cli/task.h"

#include <string.h>

#include "models/world.h"
#include "sim/cli/cli.h"
#include "sim/cli/progress.h"
#include "version.h"

static const char *const *pairs(const GPtrArray *list)
{
    return list ? (const char *const *)list->pdata : NULL;
}

sim_run_start sim_task_start(const sim_task *task)
{
    const sim_plan *p = task->plan;
    return (sim_run_start){
        .scenario = p->scenario, .policy = p->policy, .seed = task->seed,
        .replication = task->replication, .config_sha256 = p->hash,
        .code_version = SIM_CODE_VERSION, .protocol_sha256 = SIM_PROTOCOL_SHA256,
        .params = pairs(p->params), .point = pairs(p->point),
    };
}

char *sim_task_name(const sim_task *task)
{
    GString *s = g_string_new(NULL);
    const char *const *point = pairs(task->plan->point);
    for (; point && point[0]; point += 2)
        if (strcmp(point[0], "policy.name") != 0)
            g_string_append_printf(s, "%s = %s, ", point[0], point[1]);
    g_string_append_printf(s, "%s, seed %" G_GINT64_FORMAT ", replication %" G_GINT64_FORMAT,
                           task->plan->policy, task->seed, task->replication);
    return g_string_free(s, FALSE);
}

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

static void simulate(model_world *world, sim_record *record, sim_task_watch watch, void *user,
                     sim_run_end *end, char fingerprint[33])
{
    sim_engine *engine = model_world_engine(world);
    if (watch)
        watch(user, engine, model_world_end_ns(world));
    sim_signals_engine(engine);
    sim_stop stop = model_world_run(world);
    sim_signals_engine(NULL);
    if (watch)
        watch(user, NULL, 0);
    model_world_notes(world, keep_note, record);
    model_world_fingerprint(world, fingerprint);
    end->status = status_of(stop);
    end->simulated_ns = end->status == SIM_RUN_COMPLETE ? model_world_end_ns(world)
                                                        : sim_now(engine);
    end->events = (int64_t)sim_engine_events(engine);
    end->fingerprint = fingerprint;
}

/* The exit code that an error asks for. */
static int code_of(const GError *error)
{
    return g_error_matches(error, SIM_CONFIG_ERROR, SIM_ERROR_BAD) ? SIM_EXIT_BAD : SIM_EXIT_CANNOT;
}

static int code_of_end(const sim_run_end *end, GError **error)
{
    if (end->status == SIM_RUN_COMPLETE)
        return SIM_EXIT_DONE;
    g_set_error(error, SIM_CONFIG_ERROR, SIM_ERROR_CANNOT, "%s at %.3f s of simulated time",
                end->status == SIM_RUN_INTERRUPTED ? "interrupted" : "the run failed",
                (double)end->simulated_ns / 1e9);
    return SIM_EXIT_CANNOT;
}

int sim_task_run(const sim_task *task, sim_record *record, sim_task_watch watch, void *user,
                 int64_t *run_id, GError **error)
{
    char fingerprint[33] = "";
    *run_id = 0;
    sim_run_start start = sim_task_start(task);
    sim_sink *sink = sim_record_begin(record, &start, error);
    if (!sink)
        return SIM_EXIT_CANNOT;
    *run_id = sim_record_run_id(record);
    sim_run_end end = {.status = SIM_RUN_FAILED};
    gint64 begun_us = g_get_monotonic_time();
    GError *build = NULL, *write = NULL;
    model_world *world = model_world_new(task->plan->config, (uint64_t)task->seed,
                                         (uint32_t)task->replication, sink, &build);
    if (world)
        simulate(world, record, watch, user, &end, fingerprint);
    end.wall_seconds = (double)(g_get_monotonic_time() - begun_us) / 1e6;
    sim_record_finish(record, &end, &write);
    model_world_free(world);
    if (!build && !write)
        return code_of_end(&end, error);
    int code = MAX(build ? code_of(build) : 0, write ? code_of(write) : 0);
    if (build && write)
        g_clear_error(&write);
    g_propagate_error(error, build ? build : write);
    return code;
}
