/* The order of an agent's faults.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/hosts/faults.h"

const model_failure *model_faults_failure(const model_faults *f)
{
    return f->failure < f->settings->n_failures ? &f->settings->failures[f->failure] : NULL;
}

int64_t model_faults_next(const model_faults *f, model_fault_kind *kind)
{
    const model_failure *failure = model_faults_failure(f);
    *kind = f->next;
    switch (f->next) {
    case MODEL_FAULT_BOOT:
        if (f->settings->own.join_ns == 0)
            return f->boot_ns;
        *kind = MODEL_FAULT_JOIN;
        return f->settings->own.join_ns;
    case MODEL_FAULT_BEGIN: return failure ? failure->at_ns : SIM_NEVER;
    case MODEL_FAULT_GONE: return failure->at_ns + f->leave_ns;
    default: return failure->until_ns;
    }
}

void model_faults_happened(model_faults *f)
{
    const model_failure *failure = model_faults_failure(f);
    if (f->next == MODEL_FAULT_END)
        f->failure++;
    if (f->next == MODEL_FAULT_BEGIN)
        f->next = failure->kind == MODEL_FAILURE_LEAVE ? MODEL_FAULT_GONE : MODEL_FAULT_END;
    else
        f->next = f->next == MODEL_FAULT_GONE ? MODEL_FAULT_END : MODEL_FAULT_BEGIN;
}

const char *model_fault_name(model_fault_kind kind, const model_failure *failure)
{
    static const char *const begun[] = {
        [MODEL_FAILURE_CRASH] = "agent-failed", [MODEL_FAILURE_HANG] = "agent-hung",
        [MODEL_FAILURE_ISOLATE] = "agent-isolated", [MODEL_FAILURE_LEAVE] = "agent-left"};
    switch (kind) {
    case MODEL_FAULT_JOIN: return "agent-joined";
    case MODEL_FAULT_BEGIN: return begun[failure->kind];
    case MODEL_FAULT_END: return "agent-recovered";
    default: return NULL;
    }
}
