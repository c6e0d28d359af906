/* `run --effects`: a window of one run, told effect by effect, in place of a results file.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SIM_CLI_EFFECTS_H
#define SIM_CLI_EFFECTS_H

#include "sim/cli/batch.h"

/* "A..B" in whole seconds. False, told. */
bool sim_window_of(const char *text, int64_t *begin_ns, int64_t *end_ns);
/* Run up to the window's end. An exit code, told. */
int sim_effects_run(const sim_task *task, const char *path, int64_t begin_ns, int64_t end_ns);

#endif
