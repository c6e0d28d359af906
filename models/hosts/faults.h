/* When an agent joins, fails and comes back.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef MODEL_FAULTS_H
#define MODEL_FAULTS_H

#include "models/config/config.h"
#include "sim/engine/engine.h"

typedef enum model_fault_kind {
    MODEL_FAULT_BOOT, MODEL_FAULT_JOIN,
    MODEL_FAULT_BEGIN,          /* the failure at hand begins */
    MODEL_FAULT_GONE,           /* the agent that leaves goes down */
    MODEL_FAULT_END             /* it comes back */
} model_fault_kind;

/* From an agent's last word until it is down: what it has sent is out by then. */
#define MODEL_LEAVE_NS (1 * SIM_SECOND_NS)

/* One agent's fate: boot, then its failures in turn. */
typedef struct model_faults {
    const model_agent_settings *settings;
    int64_t boot_ns;            /* of an agent that is there from the start */
    int64_t leave_ns;           /* from BEGIN to GONE */
    size_t failure;             /* the one at hand, or the next */
    model_fault_kind next;
    sim_timer timer;
} model_faults;

/* The next one, and its time; SIM_NEVER: none. */
int64_t model_faults_next(const model_faults *faults, model_fault_kind *kind);
/* The one that model_faults_next told of has happened. */
void model_faults_happened(model_faults *faults);
/* The failure at hand, from BEGIN until END has happened; before BEGIN, the one that comes. */
const model_failure *model_faults_failure(const model_faults *faults);
/* What an `event` row calls it: "agent-joined", "agent-failed" (crash), "agent-hung",
 * "agent-isolated", "agent-left", "agent-recovered"; NULL for the ordinary boot, and where the
 * agent that has left goes down. */
const char *model_fault_name(model_fault_kind kind, const model_failure *failure);

#endif
