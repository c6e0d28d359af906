/* See task.h. SPDX-License-Identifier: GPL-3.0-or-later */

#include "sim/cli/task.h"

#include <string.h>

#include "models/world.h"
#include "sim/cli/cli.h"
#include "sim/cli/progress.h"
#include "sim/record/pcap.h"
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

/* ---- captures ----------------------------------------------------------------------------- */

char *sim_task_capture(const sim_task *task)
{
    g_autofree char *scenario = sim_safe_name(task->plan->scenario);
    g_autofree char *policy = sim_safe_name(task->plan->policy);
    g_autofree char *file = g_strdup_printf(
        "%s-%s-seed%" G_GINT64_FORMAT "-%" G_GINT64_FORMAT ".pcapng", scenario, policy,
        task->seed, task->replication);
    return g_build_filename(task->plan->pcap, file, NULL);
}

static sim_pcap *open_capture(const sim_task *task, GError **error)
{
    const sim_plan *p = task->plan;
    g_autofree char *path = sim_task_capture(task);
    g_autofree char *identity = g_strdup_printf(
        "scenario %s, policy %s, seed %" G_GINT64_FORMAT ", replication %" G_GINT64_FORMAT
        ", configuration %s, code %s; times are simulated, from 1970 on", p->scenario, p->policy,
        task->seed, task->replication, p->hash, SIM_CODE_VERSION);
    return sim_pcap_open(path, "mip6sim " SIM_VERSION, identity, error);
}

static void begin_capture(sim_pcap *pcap, model_world *world)
{
    if (!pcap)
        return;
    sim_pcap_guard(pcap, model_world_engine(world));
    model_world_watch(world, sim_pcap_tap(pcap));
}

/* ---- the run ------------------------------------------------------------------------------ */

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

/* The first error, the largest exit code. */
static int end_badly(GError *errors[], size_t n, GError **error)
{
    int code = SIM_EXIT_DONE;
    for (size_t i = 0; i < n; i++) {
        if (!errors[i])
            continue;
        code = MAX(code, code_of(errors[i]));
        if (error && !*error)
            *error = g_steal_pointer(&errors[i]);
        g_clear_error(&errors[i]);
    }
    return code;
}

int sim_task_run(const sim_task *task, sim_record *record, sim_task_watch watch, void *user,
                 int64_t *run_id, GError **error)
{
    char fingerprint[33] = "";
    *run_id = 0;
    sim_pcap *pcap = NULL;
    if (task->plan->pcap && !(pcap = open_capture(task, error)))
        return SIM_EXIT_CANNOT;
    sim_run_start start = sim_task_start(task);
    sim_sink *sink = sim_record_begin(record, &start, error);
    if (!sink) {
        sim_pcap_close(pcap, NULL);
        return SIM_EXIT_CANNOT;
    }
    *run_id = sim_record_run_id(record);
    sim_run_end end = {.status = SIM_RUN_FAILED};
    gint64 begun_us = g_get_monotonic_time();
    enum { BUILD, CAPTURE, WRITE, N_ERRORS };
    GError *errors[N_ERRORS] = {NULL};
    model_world *world = model_world_new(task->plan->config, (uint64_t)task->seed,
                                         (uint32_t)task->replication, sink,
                                         &errors[BUILD]);
    if (world) {
        begin_capture(pcap, world);
        simulate(world, record, watch, user, &end, fingerprint);
    }
    if (!sim_pcap_close(pcap, &errors[CAPTURE]))
        end.status = SIM_RUN_FAILED;
    end.wall_seconds = (double)(g_get_monotonic_time() - begun_us) / 1e6;
    sim_record_finish(record, &end, &errors[WRITE]);
    model_world_free(world);
    int code = end_badly(errors, N_ERRORS, error);
    return code == SIM_EXIT_DONE ? code_of_end(&end, error) : code;
}
