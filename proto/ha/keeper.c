/* Who must know what the agent's bindings are: told of changes, waited for, shown all there is.
 *
 *   PROTOCOL 11
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "ha_internal.h"

#define NO_MORE_BINDINGS (UINT64_C(1) << 32)    /* of a cursor: on to the handoff entries */

void mip6_ha_set_keeper(mip6_ha *ha, const mip6_keeper *ops, void *self)
{
    ha->keeper = ops;
    ha->keeper_self = self;
}

static void of_binding(const mip6_binding *b, mip6_sync_kind kind, mip6_sync_record *out)
{
    *out = (mip6_sync_record){
        .kind = kind, .home = b->node.key, .care_of = b->care_of, .sequence = b->sequence,
        .lifetime_units = b->lifetime_units, .expires_ns = b->expires_ns,
        .link_local = b->link_local};
}

static void of_handoff(const mip6_handoff *e, mip6_sync_kind kind, mip6_sync_record *out)
{
    *out = (mip6_sync_record){.kind = kind, .home = e->node.key, .care_of = e->target->address,
                              .expires_ns = e->expires_ns};
}

/* ---- Telling ----------------------------------------------------------------------------- */

void mip6_ha_tell(mip6_ha *ha, const mip6_binding *b, mip6_sync_kind kind)
{
    mip6_sync_record record;
    if (!ha->keeper || ha->taking)
        return;
    of_binding(b, kind, &record);
    if (kind == MIP6_SYNC_GONE)
        record.expires_ns = mip6_ha_keeps_ends(ha) ? mip6_ha_end_ns(ha, b) : 0;
    ha->keeper->changed(ha->keeper_self, &record);
}

void mip6_ha_tell_handoff(mip6_ha *ha, const mip6_handoff *e, mip6_sync_kind kind)
{
    mip6_sync_record record;
    if (!ha->keeper || ha->taking || e->expires_ns <= ha->now_ns)
        return;
    of_handoff(e, kind, &record);
    ha->keeper->changed(ha->keeper_self, &record);
}

/* ---- Waiting ------------------------------------------------------------------------------- */

bool mip6_ha_holds_back(mip6_ha *ha, const mip6_addr *home)
{
    return ha->keeper && ha->keeper->may_acknowledge &&
           !ha->keeper->may_acknowledge(ha->keeper_self, home);
}

bool mip6_ha_may_call(const mip6_ha *ha, const mip6_addr *home)
{
    return !ha->keeper || !ha->keeper->may_call ||
           ha->keeper->may_call(ha->keeper_self, home, ha->now_ns);
}

static mip6_held *held_of(const mip6_ha *ha, const mip6_addr *home)
{
    return (mip6_held *)mip6_index_find(&ha->held, home);
}

static mip6_held *new_held(mip6_ha *ha, const mip6_addr *home)
{
    const mip6_env *env = &ha->shared->env;
    if (ha->held.n_buckets == 0 && mip6_index_init(&ha->held, env, ha->bindings.secret) != 0)
        return NULL;
    mip6_held *held = mip6_pool_get(&ha->held_pool, env, sizeof *held);
    if (!held)
        return NULL;
    held->node.key = *home;
    mip6_index_insert(&ha->held, env, &held->node);
    return held;
}

/* Without memory the node asks again. */
void mip6_ha_hold_back(mip6_ha *ha, const mip6_intent *ba)
{
    mip6_held *held = held_of(ha, &ba->home);
    if (!held)
        held = new_held(ha, &ba->home);
    if (held)
        held->ba = *ba;
    else
        mip6_ha_drop(ha, MIP6_DROP_NO_MEMORY, 0);
}

/* One message of a peer may release more than the ring has room for. */
void mip6_ha_release_ack(mip6_ha *ha, const mip6_addr *home, uint16_t sequence, int64_t now_ns)
{
    mip6_ha_set_now(ha, now_ns);
    mip6_held *held = held_of(ha, home);
    if (!held || held->ba.sequence != sequence)
        return;
    mip6_index_remove(&ha->held, &held->node);
    held->next = NULL;
    if (ha->released_last)
        ha->released_last->next = held;
    else
        ha->released_first = held;
    ha->released_last = held;
    mip6_ha_update_next(ha);
}

void mip6_ha_released_due(mip6_ha *ha)
{
    mip6_held *held = ha->released_first;
    ha->released_first = held->next;
    if (!ha->released_first)
        ha->released_last = NULL;
    *mip6_ha_push(ha, MIP6_ACTION_SEND, MIP6_MSG_BA) = held->ba;
    mip6_pool_put(&ha->held_pool, held);
}

/* ---- Showing ------------------------------------------------------------------------------- */

static bool of_end(const mip6_ha *ha, const mip6_binding *b, mip6_sync_record *out)
{
    bool ended = b->state == MIP6_BINDING_DELETED || b->state == MIP6_BINDING_DRAINING;
    if (!ended || !mip6_ha_keeps_ends(ha))
        return false;
    of_binding(b, MIP6_SYNC_GONE, out);
    if (b->state == MIP6_BINDING_DRAINING)
        out->expires_ns = mip6_ha_end_ns(ha, b);
    return true;
}

bool mip6_ha_record(const mip6_ha *ha, const mip6_addr *home, bool handoff, mip6_sync_record *out)
{
    const mip6_binding *b = handoff ? NULL : mip6_ha_binding(ha, home);
    const mip6_handoff *e = handoff ? mip6_ha_handoff(ha, home) : NULL;
    if (e)
        of_handoff(e, MIP6_SYNC_HANDOFF, out);
    else if (b && b->state == MIP6_BINDING_VALID)
        of_binding(b, MIP6_SYNC_NEW, out);
    else
        return b && of_end(ha, b, out);
    return true;
}

static bool shown(const mip6_ha *ha, const mip6_index_node *node, bool handoff,
                  mip6_sync_record *out)
{
    return mip6_ha_record(ha, &node->key, handoff, out);
}

static uint32_t length(const mip6_index_node *chain)
{
    uint32_t n = 0;
    for (; chain; chain = chain->next)
        n++;
    return n;
}

/* Whole buckets of the index: what grows later only moves its nodes to buckets further on. */
uint32_t mip6_ha_records(const mip6_ha *ha, uint64_t *cursor, mip6_sync_record *out, uint32_t cap)
{
    uint32_t n = 0;
    for (;;) {
        bool handoff = *cursor >= NO_MORE_BINDINGS;
        const mip6_index *index = handoff ? &ha->handoffs : &ha->bindings;
        uint32_t bucket = (uint32_t)*cursor;
        if (bucket >= index->n_buckets) {
            if (handoff)
                return n;
            *cursor = NO_MORE_BINDINGS;
            continue;
        }
        const mip6_index_node *node = mip6_index_bucket(index, bucket);
        if (n > 0 && length(node) > cap - n)
            return n;
        for (; node && n < cap; node = node->next)
            n += shown(ha, node, handoff, &out[n]);
        ++*cursor;
    }
}
