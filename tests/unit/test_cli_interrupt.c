/* A run that is interrupted after any number of events ends in order.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <unistd.h>

#include "models/world.h"
#include "sim/cli/inputs.h"
#include "sim/cli/progress.h"

static sim_config *read_small(void)
{
    g_autofree char *path = NULL;
    int fd = g_file_open_tmp("mip6sim-XXXXXX.ini", &path, NULL);
    cr_assert_geq(fd, 0);
    close(fd);
    g_file_set_contents(path, "[scenario]\nduration = 30 s\n[mobile-nodes]\ncount = 20\n"
                              "[traffic]\nload = 20 %\n[policy]\nname = hybrid\n", -1, NULL);
    g_autoptr(GPtrArray) errors = sim_errors_new();
    sim_inputs inputs = {0};
    sim_config *config = sim_inputs_read(&inputs, path, NULL, errors);
    g_remove(path);
    cr_assert_not_null(config);
    return config;
}

static void stop_now(sim_engine *engine, void *user)
{
    (void)user;
    sim_engine_interrupt(engine);
}

Test(cli_interrupt, at_any_event)
{
    g_autoptr(sim_config) config = read_small();
    for (uint64_t events = 1; events < 45000; events += events < 40000 ? events / 3 + 7 : 97) {
        model_world *world = model_world_new(config, 1, 1, sim_sink_null(), NULL);
        cr_assert_not_null(world);
        sim_engine_set_progress(model_world_engine(world), events, stop_now, NULL);
        cr_assert_eq(model_world_run(world), SIM_STOP_INTERRUPTED);
        char fingerprint[33];
        model_world_fingerprint(world, fingerprint);
        model_world_free(world);
    }
}

Test(cli_interrupt, a_signal_reaches_the_engine_at_hand)
{
    g_autoptr(sim_config) config = read_small();
    sim_signals_catch();
    model_world *world = model_world_new(config, 1, 1, sim_sink_null(), NULL);
    sim_signals_engine(model_world_engine(world));
    cr_assert_not(sim_signals_came());
    raise(SIGTERM);
    cr_assert(sim_signals_came());
    cr_assert_eq(model_world_run(world), SIM_STOP_INTERRUPTED);
    model_world_free(world);
    /* One that came between two runs ends the next. */
    world = model_world_new(config, 1, 2, sim_sink_null(), NULL);
    sim_signals_engine(model_world_engine(world));
    cr_assert_eq(model_world_run(world), SIM_STOP_INTERRUPTED);
    sim_signals_engine(NULL);
    model_world_free(world);
}
