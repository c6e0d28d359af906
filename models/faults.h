/* When an agent joins, fails and comes back.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef MODEL_FAULTS_H
#define MODEL_FAULTS_H

#include "models/config.h"
#include "sim/engine/engine.h"

typedef enum model_fault_kind { MODEL_FAULT_BOOT, MODEL_FAULT_JOIN, MODEL_FAULT_LEAVE,
                                MODEL_FAULT_GONE, MODEL_FAULT_CRASH,
                                MODEL_FAULT_RECOVER } model_fault_kind;

/* From an agent's last word until it is down: what it has sent is out by then. */
#define MODEL_LEAVE_NS (1 * SIM_SECOND_NS)

/* One agent's fate: boot, then crash (or leave, and be gone) and recover in turns. */
typedef struct model_faults {
    const model_home_agent_config *config;
    int64_t boot_ns;            /* of an agent that is there from the start */
    size_t next;                /* how many have happened, leaving not counted */
    bool leaving;
    sim_timer timer;
} model_faults;

/* The next one, and its time; SIM_NEVER: none. */
int64_t model_faults_next(const model_faults *faults, model_fault_kind *kind);
/* The one that model_faults_next told of has happened. */
void model_faults_happened(model_faults *faults);
/* "agent-joined", "agent-failed", "agent-left", "agent-recovered"; NULL for the ordinary boot, and
 * where the agent that has left goes down. */
const char *model_fault_name(model_fault_kind kind);

#endif
