/* A stream of effects: what was booked to the fingerprint in a window of simulated time, as text,
 * one line each, for `mip6sim diff`:
 *
 *     # mip6sim effects 1
 *     # code SHA256
 *     # config SHA256
 *     12301234567 decision 0b00... ha2        ns, channel, bytes, node
 *     # end
 *
 * A stream without its last line is not whole.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SIM_EFFECTS_H
#define SIM_EFFECTS_H

#include <glib.h>
#include <stdbool.h>

#include "sim/engine/engine.h"
#include "sim/engine/tap.h"

#define SIM_EFFECTS_HEAD "# mip6sim effects 1"

typedef struct sim_effects sim_effects;

/* Effects of [begin_ns, end_ns) go to the file. NULL with *error: cannot be written. */
sim_effects *sim_effects_open(const char *path, int64_t begin_ns, int64_t end_ns,
                              const char *code, const char *config, GError **error);
/* Valid until closed. */
sim_tap *sim_effects_tap(sim_effects *effects);
/* Interrupt the engine at the window's end. */
void sim_effects_guard(sim_effects *effects, sim_engine *engine);
/* Is the window over? Else a run that was interrupted was so by someone else. */
bool sim_effects_over(const sim_effects *effects);
/* Ends the stream (or not, if it is not whole) and frees it. False with *error. */
bool sim_effects_close(sim_effects *effects, bool whole, GError **error);

#endif
