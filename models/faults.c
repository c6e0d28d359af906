/* The order of an agent's faults.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/faults.h"

int64_t model_faults_next(const model_faults *f, model_fault_kind *kind)
{
    if (f->next == 0) {
        bool late = f->config->join_ns > 0;
        *kind = late ? MODEL_FAULT_JOIN : MODEL_FAULT_BOOT;
        return late ? f->config->join_ns : f->boot_ns;
    }
    size_t i = (f->next - 1) / 2;
    bool crash = f->next % 2 == 1;
    const sim_times *times = crash ? &f->config->fail : &f->config->recover;
    *kind = crash ? MODEL_FAULT_CRASH : MODEL_FAULT_RECOVER;
    if (crash && f->config->failure == MODEL_FAILURE_LEAVE)
        *kind = f->leaving ? MODEL_FAULT_GONE : MODEL_FAULT_LEAVE;
    return i < times->n ? times->at_ns[i] + (f->leaving ? MODEL_LEAVE_NS : 0) : SIM_NEVER;
}

void model_faults_happened(model_faults *f)
{
    model_fault_kind kind;
    model_faults_next(f, &kind);
    f->leaving = kind == MODEL_FAULT_LEAVE;
    f->next += !f->leaving;
}

const char *model_fault_name(model_fault_kind kind)
{
    switch (kind) {
    case MODEL_FAULT_JOIN: return "agent-joined";
    case MODEL_FAULT_CRASH: return "agent-failed";
    case MODEL_FAULT_RECOVER: return "agent-recovered";
    case MODEL_FAULT_LEAVE: return "agent-left";
    case MODEL_FAULT_GONE:
    case MODEL_FAULT_BOOT: break;
    }
    return NULL;
}
