/* See effect.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/measure/effect.h"

#include <string.h>

enum { TRACE_BYTES = 42, DECISION_BYTES = 18 };

static uint8_t *put(uint8_t *p, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        *p++ = (uint8_t)(value >> (8 * i));
    return p;
}

static uint64_t take(const uint8_t **p, int bytes)
{
    uint64_t value = 0;
    for (int i = 0; i < bytes; i++)
        value |= (uint64_t)*(*p)++ << (8 * i);
    return value;
}

size_t model_effect_of_trace(const mip6_trace *t, uint8_t out[MODEL_EFFECT_MAX])
{
    uint8_t *p = put(put(put(out, t->kind, 1), t->code, 1), (uint64_t)t->value, 8);
    memcpy(p, t->home.b, 16);
    memcpy(p + 16, t->peer.b, 16);
    p += 32;
    if (t->decision) {
        const mip6_decision *d = t->decision;
        p = put(put(p, d->branch, 1), d->repeated, 1);
        p = put(put(p, d->own_queue, 2), d->own_count, 2);
        p = put(put(p, d->target_queue, 2), d->target_count, 2);
        p = put(p, (uint64_t)d->information_age_ns, 8);
    }
    return (size_t)(p - out);
}

bool model_effect_read_trace(const uint8_t *bytes, size_t len, mip6_trace *t, mip6_decision *d)
{
    const uint8_t *p = bytes;
    if (len != TRACE_BYTES && len != TRACE_BYTES + DECISION_BYTES)
        return false;
    *t = (mip6_trace){.decision = len > TRACE_BYTES ? d : NULL};
    t->kind = (mip6_trace_kind)take(&p, 1);
    t->code = (uint8_t)take(&p, 1);
    t->value = (int64_t)take(&p, 8);
    memcpy(t->home.b, p, 16);
    memcpy(t->peer.b, p + 16, 16);
    p += 32;
    if (t->kind <= MIP6_TRACE_NONE || t->kind >= MIP6_N_TRACES)
        return false;
    if (!t->decision)
        return true;
    d->branch = (mip6_branch)take(&p, 1);
    d->repeated = take(&p, 1) != 0;
    d->own_queue = (uint16_t)take(&p, 2);
    d->own_count = (uint16_t)take(&p, 2);
    d->target_queue = (uint16_t)take(&p, 2);
    d->target_count = (uint16_t)take(&p, 2);
    d->information_age_ns = (int64_t)take(&p, 8);
    return d->branch < MIP6_N_BRANCHES;
}

void model_effect_of_queue(uint32_t packets, uint64_t held, uint8_t out[MODEL_EFFECT_QUEUE])
{
    mip6_put32(out, packets);
    mip6_put32(out + 4, (uint32_t)(held >> 32));
    mip6_put32(out + 8, (uint32_t)held);
}

bool model_effect_read_queue(const uint8_t *bytes, size_t len, uint32_t *packets, uint64_t *held)
{
    if (len != MODEL_EFFECT_QUEUE)
        return false;
    *packets = mip6_get32(bytes);
    *held = (uint64_t)mip6_get32(bytes + 4) << 32 | mip6_get32(bytes + 8);
    return true;
}
