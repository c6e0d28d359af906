/* How far a run is, on a terminal's standard error, and its interruption by signals.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SIM_CLI_PROGRESS_H
#define SIM_CLI_PROGRESS_H

#include <glib.h>
#include <stdbool.h>

#include "sim/engine/engine.h"

typedef struct sim_progress {
    bool shown;                 /* standard error is a terminal, and nobody said --quiet */
    int64_t end_ns;
    const char *what;           /* "hybrid:safe (2 of 3)" */
    gint64 begun_us, told_us;
} sim_progress;

/* Tell of this engine until it is done. `p` must live as long. */
void sim_progress_start(sim_progress *p, sim_engine *engine, const char *what, int64_t end_ns);
/* Take the line away. */
void sim_progress_end(sim_progress *p);
/* One line about a run; g_free. wall_us: since it began. */
char *sim_progress_line(const char *what, int64_t now_ns, int64_t end_ns, uint64_t events,
                        gint64 wall_us);
/* "2 h 05 min", "3 min 20 s", "7 s"; g_free. */
char *sim_duration_text(int64_t seconds);

/* From now on SIGINT, SIGTERM and SIGHUP end the engine at hand; a second one kills. */
void sim_signals_catch(void);
/* The engine that a signal ends; NULL: none. */
void sim_signals_engine(sim_engine *engine);
/* Did a signal come? */
bool sim_signals_came(void);
/* In a forked process: what came was the parent's. */
void sim_signals_forget(void);

#endif
