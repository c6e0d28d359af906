/* When an agent joins, fails and comes back.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef MODEL_FAULTS_H
#define MODEL_FAULTS_H

#include "models/config.h"
#include "sim/engine/engine.h"

typedef enum model_fault_kind { MODEL_FAULT_BOOT, MODEL_FAULT_JOIN, MODEL_FAULT_CRASH,
                                MODEL_FAULT_RECOVER } model_fault_kind;

/* One agent's fate: boot, then crash and recover in turns. */
typedef struct model_faults {
    const model_home_agent_config *config;
    int64_t boot_ns;            /* of an agent that is there from the start */
    size_t next;                /* how many have happened */
    sim_timer timer;
} model_faults;

/* The next one, and its time; SIM_NEVER: none. */
int64_t model_faults_next(const model_faults *faults, model_fault_kind *kind);
/* "agent-joined", "agent-failed", "agent-recovered"; NULL for the ordinary boot. */
const char *model_fault_name(model_fault_kind kind);

#endif
