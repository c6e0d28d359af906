/* A cache that is another agent's copy: its records taken one by one, or all of it anew.
 *
 *   PROTOCOL 11, 12
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "ha_internal.h"

#define SWEEP_BUCKETS 256u      /* looked at in one step */

static bool is_full(const mip6_ha *ha)
{
    uint32_t most = ha->config->max_bindings;
    return most != 0 && ha->mn_count + ha->tentative >= most;
}

/* ---- One record ------------------------------------------------------------------------- */

static void fill(mip6_ha *ha, mip6_binding *b, const mip6_sync_record *r)
{
    b->care_of = r->care_of;
    b->sequence = r->sequence;
    b->lifetime_units = r->lifetime_units;
    b->load = ha->load_number & (MIP6_HA_LOADS - 1u);
}

static void change(mip6_ha *ha, mip6_binding *b, const mip6_sync_record *r)
{
    bool moved = !mip6_addr_equal(&b->care_of, &r->care_of);
    fill(ha, b, r);
    mip6_ha_binding_set_expiry(ha, b, r->expires_ns);
    if (moved)
        mip6_ha_push_addr(ha, MIP6_ACTION_TUNNEL_SET, &r->home, &r->care_of);
}

static int create(mip6_ha *ha, mip6_binding *b, const mip6_sync_record *r)
{
    if (is_full(ha) && !(b && b->state == MIP6_BINDING_TENTATIVE))
        return MIP6_ERR_IGNORED;
    if (!b)
        b = mip6_ha_binding_create(ha, &r->home);
    if (!b)
        return MIP6_ERR_NOMEM;
    if (b->state != MIP6_BINDING_TENTATIVE)
        mip6_ha_binding_tentative(ha, b, r->expires_ns);
    b->link_local = r->link_local;
    fill(ha, b, r);
    mip6_ha_binding_valid(ha, b, r->expires_ns);
    return 0;
}

/* By the order of the node's own updates, RFC 6275 9.5.1. */
static bool is_older(const mip6_sync_record *r, const mip6_binding *b)
{
    return (int16_t)(uint16_t)(r->sequence - b->sequence) < 0;
}

/* Here and now, with a later update; what stands by completes none. */
static bool is_registering(const mip6_ha *ha, const mip6_binding *b, const mip6_sync_record *r)
{
    return b && b->state == MIP6_BINDING_TENTATIVE && !ha->standing_by && is_older(r, b);
}

static int take_binding(mip6_ha *ha, const mip6_sync_record *r)
{
    mip6_binding *b = mip6_ha_binding(ha, &r->home);
    if (r->expires_ns <= ha->now_ns || is_registering(ha, b, r))
        return MIP6_ERR_IGNORED;
    if (b && b->state == MIP6_BINDING_VALID && b->link_local != r->link_local)
        mip6_ha_binding_retire(ha, b, MIP6_BINDING_DELETED);
    if (!b || b->state != MIP6_BINDING_VALID)
        return create(ha, b, r);
    change(ha, b, r);
    return 0;
}

/* Of what is not here: for its number alone, where ends are kept. */
static int remember_end(mip6_ha *ha, mip6_binding *b, const mip6_sync_record *r)
{
    if (!mip6_ha_keeps_ends(ha) || r->expires_ns <= ha->now_ns || (b && is_older(r, b)))
        return MIP6_ERR_IGNORED;
    if (!b)
        b = mip6_ha_binding_create(ha, &r->home);
    if (!b)
        return MIP6_ERR_NOMEM;
    b->sequence = r->sequence;
    b->care_of = r->care_of;
    b->lifetime_units = r->lifetime_units;
    if (b->state == MIP6_BINDING_DELETED)
        mip6_ha_binding_set_expiry(ha, b, r->expires_ns);
    return 0;
}

/* Its sequence number stays for a while, as where it was deregistered (RFC 6275 10.3.2). */
static int take_end(mip6_ha *ha, const mip6_sync_record *r)
{
    mip6_binding *b = mip6_ha_binding(ha, &r->home);
    if (!b || b->state == MIP6_BINDING_DRAINING || b->state == MIP6_BINDING_DELETED)
        return remember_end(ha, b, r);
    b->sequence = r->sequence;
    if (!ha->standing_by)
        mip6_ha_trace(ha, MIP6_TRACE_BINDING_GONE, MIP6_GONE_DEREGISTERED, 0, &b->node.key,
                      &b->care_of);
    mip6_ha_binding_retire(ha, b, MIP6_BINDING_DELETED);
    return 0;
}

static int take_handoff(mip6_ha *ha, const mip6_sync_record *r)
{
    mip6_handoff *e = mip6_ha_handoff(ha, &r->home);
    if (r->expires_ns <= ha->now_ns)
        return MIP6_ERR_IGNORED;
    if (e && !mip6_addr_equal(&e->target->address, &r->care_of)) {
        mip6_ha_handoff_clear(ha, e, MIP6_HANDOFF_RETURNED);
        e = NULL;
    }
    int result = e ? 0 : mip6_ha_handoff_set(ha, &r->home, &r->care_of, &e);
    if (result != 0)
        return result == MIP6_ERR_FULL ? MIP6_ERR_IGNORED : result;
    e->expires_ns = r->expires_ns;
    e->load = ha->load_number & (MIP6_HA_LOADS - 1u);
    return 0;
}

static int take_handoff_end(mip6_ha *ha, const mip6_sync_record *r)
{
    mip6_handoff *e = mip6_ha_handoff(ha, &r->home);
    if (!e)
        return MIP6_ERR_IGNORED;
    mip6_ha_handoff_clear(ha, e, MIP6_HANDOFF_RETURNED);
    return 0;
}

static int take(mip6_ha *ha, const mip6_sync_record *r)
{
    switch (r->kind) {
    case MIP6_SYNC_NEW:
    case MIP6_SYNC_REFRESH:
        return take_binding(ha, r);
    case MIP6_SYNC_GONE:
        return take_end(ha, r);
    case MIP6_SYNC_HANDOFF:
        return take_handoff(ha, r);
    case MIP6_SYNC_HANDOFF_GONE:
        return take_handoff_end(ha, r);
    default:
        return MIP6_ERR_IGNORED;
    }
}

int mip6_ha_take(mip6_ha *ha, const mip6_sync_record *record, int64_t now_ns)
{
    mip6_ha_set_now(ha, now_ns);
    if (!mip6_ha_room(ha))
        return MIP6_ERR_FULL;
    ha->taking = true;
    int result = take(ha, record);
    ha->taking = false;
    mip6_ha_update_next(ha);
    return result;
}

/* ---- All of it -------------------------------------------------------------------------- */

void mip6_ha_load_begin(mip6_ha *ha)
{
    ha->load_number = (uint8_t)((ha->load_number + 1) % MIP6_HA_LOADS);
    ha->sweeping = false;
}

void mip6_ha_load_end(mip6_ha *ha, int64_t now_ns)
{
    mip6_ha_set_now(ha, now_ns);
    ha->sweeping = true;
    ha->sweep_bucket = 0;
    mip6_ha_update_next(ha);
}

static mip6_binding *stray_binding(const mip6_ha *ha, uint32_t bucket)
{
    mip6_index_node *node = mip6_index_bucket(&ha->bindings, bucket);
    for (; node; node = node->next) {
        mip6_binding *b = (mip6_binding *)node;
        if (b->load != ha->load_number && b->state == MIP6_BINDING_VALID)
            return b;
    }
    return NULL;
}

static mip6_handoff *stray_handoff(const mip6_ha *ha, uint32_t bucket)
{
    mip6_index_node *node = mip6_index_bucket(&ha->handoffs, bucket);
    for (; node; node = node->next)
        if (((mip6_handoff *)node)->load != ha->load_number)
            return (mip6_handoff *)node;
    return NULL;
}

/* Removes one binding, or one entry, or looks at some buckets. */
void mip6_ha_sweep_due(mip6_ha *ha)
{
    uint32_t end = ha->bindings.n_buckets + ha->handoffs.n_buckets;
    for (unsigned i = 0; i < SWEEP_BUCKETS && ha->sweep_bucket < end; i++, ha->sweep_bucket++) {
        uint32_t at = ha->sweep_bucket;
        bool second = at >= ha->bindings.n_buckets;
        mip6_binding *b = second ? NULL : stray_binding(ha, at);
        mip6_handoff *e = second ? stray_handoff(ha, at - ha->bindings.n_buckets) : NULL;
        ha->taking = true;
        if (b)
            mip6_ha_binding_remove(ha, b, MIP6_GONE_STOPPED);
        if (e)
            mip6_ha_handoff_clear(ha, e, MIP6_HANDOFF_RETURNED);
        ha->taking = false;
        if (b || e)
            return;
    }
    ha->sweeping = ha->sweep_bucket < end;
}
