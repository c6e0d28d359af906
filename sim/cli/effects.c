/* See effects.h. SPDX-License-Identifier: GPL-3.0-or-later */

#include "sim/cli/effects.h"

#include <string.h>

#include "models/world.h"
#include "sim/cli/cli.h"
#include "sim/cli/progress.h"
#include "sim/record/effects.h"
#include "version.h"

bool sim_window_of(const char *text, int64_t *begin_ns, int64_t *end_ns)
{
    enum { MOST_S = 1000000000 };
    g_auto(GStrv) parts = g_strsplit(text ? text : "", "..", 2);
    guint64 a, b;
    bool good = g_strv_length(parts) == 2 &&
                g_ascii_string_to_unsigned(parts[0], 10, 0, MOST_S, &a, NULL) &&
                g_ascii_string_to_unsigned(parts[1], 10, 0, MOST_S, &b, NULL) && a < b;
    if (!good) {
        sim_cli_fail(SIM_EXIT_BAD, "--window: `%s` is no window of whole seconds such as 11..13",
                     text ? text : "");
        return false;
    }
    *begin_ns = (int64_t)a * SIM_SECOND_NS;
    *end_ns = (int64_t)b * SIM_SECOND_NS;
    return true;
}

/* Up to the window's end, or the run's. */
static bool watch(model_world *world, sim_effects *effects)
{
    sim_engine *engine = model_world_engine(world);
    model_world_watch(world, sim_effects_tap(effects));
    sim_effects_guard(effects, engine);
    sim_signals_catch();
    sim_signals_engine(engine);
    sim_stop stop = model_world_run(world);
    sim_signals_engine(NULL);
    return !sim_signals_came() && (stop != SIM_STOP_INTERRUPTED || sim_effects_over(effects));
}

int sim_effects_run(const sim_task *task, const char *path, int64_t begin_ns, int64_t end_ns)
{
    GError *error = NULL;
    sim_effects *effects = sim_effects_open(path, begin_ns, end_ns, SIM_CODE_VERSION,
                                            task->plan->hash, &error);
    if (!effects)
        return sim_cli_error(error);
    model_world *world = model_world_new(task->plan->config, (uint64_t)task->seed,
                                         (uint32_t)task->replication, sim_sink_null(), &error);
    bool whole = world && watch(world, effects);
    model_world_free(world);
    bool written = sim_effects_close(effects, whole, error ? NULL : &error);
    if (error)
        return sim_cli_error(error);
    return whole && written ? SIM_EXIT_DONE
                            : sim_cli_fail(SIM_EXIT_CANNOT, "interrupted: %s is not whole", path);
}
