/* Handoff table: which addresses were sent elsewhere, where to, and whether they have
 * gone; the resending of switches that nothing answered.
 *
 *   draft-deng section 9; PROTOCOL 4, 6
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "ha_internal.h"

static mip6_handoff *of_timer(mip6_timer *t)
{
    return (mip6_handoff *)((uint8_t *)t - offsetof(mip6_handoff, timer));
}

mip6_handoff *mip6_ha_handoff(const mip6_ha *ha, const mip6_addr *home)
{
    mip6_handoff *e = (mip6_handoff *)mip6_index_find(&ha->handoffs, home);
    return e && e->expires_ns > ha->now_ns && !e->target->gone ? e : NULL;
}

/* ---- Targets ---------------------------------------------------------------------- */

/* There are no more of them than agents. NULL: no entry names it. */
static mip6_target *find_target(const mip6_ha *ha, const mip6_addr *address)
{
    mip6_target *t = ha->targets;
    while (t && !mip6_addr_equal(&t->address, address))
        t = t->next;
    return t;
}

static mip6_target *get_target(mip6_ha *ha, const mip6_addr *address)
{
    mip6_target *t = find_target(ha, address);
    if (t)
        return t;
    t = mip6_pool_get(&ha->target_pool, &ha->shared->env, sizeof *t);
    if (!t)
        return NULL;
    t->address = *address;
    t->next = ha->targets;
    ha->targets = t;
    return t;
}

static void take_target_out(mip6_target **list, const mip6_target *t)
{
    while (*list != t)
        list = &(*list)->next;
    *list = t->next;
}

static void name_target(mip6_handoff *e, mip6_target *t)
{
    e->target = t;
    e->same_prev = t->last;
    e->same_next = NULL;
    if (t->last)
        t->last->same_next = e;
    else
        t->first = e;
    t->last = e;
    t->n++;
}

/* One that no entry names any longer goes. */
static void release_target(mip6_ha *ha, mip6_handoff *e)
{
    mip6_target *t = e->target;
    if (e->same_prev)
        e->same_prev->same_next = e->same_next;
    else
        t->first = e->same_next;
    if (e->same_next)
        e->same_next->same_prev = e->same_prev;
    else
        t->last = e->same_prev;
    ha->n_gone -= t->gone;
    if (--t->n > 0)
        return;
    take_target_out(t->gone ? &ha->gone_targets : &ha->targets, t);
    mip6_pool_put(&ha->target_pool, t);
}

/* ---- Entries ---------------------------------------------------------------------- */

static void unlink_entry(mip6_ha *ha, mip6_handoff *e)
{
    if (e->prev)
        e->prev->next = e->next;
    else
        ha->handoff_first = e->next;
    if (e->next)
        e->next->prev = e->prev;
    else
        ha->handoff_last = e->prev;
}

static void append_entry(mip6_ha *ha, mip6_handoff *e)
{
    e->prev = ha->handoff_last;
    e->next = NULL;
    if (e->prev)
        e->prev->next = e;
    else
        ha->handoff_first = e;
    ha->handoff_last = e;
}

static bool is_full(const mip6_ha *ha)
{
    const mip6_pool *pool = &ha->handoff_pool;
    return pool->limit != 0 && pool->in_use >= pool->limit;
}

static void discard(mip6_ha *ha, mip6_handoff *e, mip6_handoff_end why)
{
    mip6_pool *pool = &ha->handoff_pool;
    bool was_full = is_full(ha);
    mip6_ha_handoff_unwait(ha, e);
    mip6_ha_switch_forget(ha, e);
    mip6_ha_tell_handoff(ha, e, MIP6_SYNC_HANDOFF_GONE);
    mip6_ha_trace(ha, MIP6_TRACE_HANDOFF_CLEARED, why, 0, &e->node.key, &e->target->address);
    unlink_entry(ha, e);
    release_target(ha, e);
    mip6_index_remove(&ha->handoffs, &e->node);
    mip6_shared_stray(ha->shared, &e->node.key, false);
    mip6_pool_put(pool, e);
    /* A look that the bound stopped is worth another try. */
    if (was_full)
        mip6_ha_trigger(ha);
}

void mip6_ha_handoff_clear(mip6_ha *ha, mip6_handoff *e, mip6_handoff_end why)
{
    discard(ha, e, why);
}

/* All entries live equally long: the list is in order of expiry. At the bound expired
 * ones go first, and those whose target is gone. */
static void make_room(mip6_ha *ha, const mip6_addr *home)
{
    while (ha->handoff_first && ha->handoff_first->expires_ns <= ha->now_ns)
        discard(ha, ha->handoff_first, MIP6_HANDOFF_EVICTED);
    mip6_handoff *old = (mip6_handoff *)mip6_index_find(&ha->handoffs, home);
    if (old)
        discard(ha, old, MIP6_HANDOFF_TARGET_GONE);
    if (is_full(ha) && ha->gone_targets)
        discard(ha, ha->gone_targets->first, MIP6_HANDOFF_TARGET_GONE);
}

int mip6_ha_handoff_set(mip6_ha *ha, const mip6_addr *home, const mip6_addr *target,
                        mip6_handoff **out)
{
    mip6_pool *pool = &ha->handoff_pool;
    make_room(ha, home);
    uint64_t refused = pool->refused;
    mip6_handoff *e = mip6_pool_get(pool, &ha->shared->env, sizeof *e);
    if (!e && pool->refused != refused) {
        ha->handoff_full++;
        return MIP6_ERR_FULL;
    }
    mip6_target *t = e ? get_target(ha, target) : NULL;
    if (!t) {
        if (e)
            mip6_pool_put(pool, e);
        return mip6_ha_drop(ha, MIP6_DROP_NO_MEMORY, MIP6_ERR_NOMEM);
    }
    e->node.key = *home;
    e->load = ha->load_number;
    name_target(e, t);
    e->expires_ns = ha->now_ns + ha->tuning->handoff_lifetime_ns;
    mip6_index_insert(&ha->handoffs, &ha->shared->env, &e->node);
    mip6_shared_stray(ha->shared, &e->node.key, true);
    append_entry(ha, e);
    mip6_ha_tell_handoff(ha, e, MIP6_SYNC_HANDOFF);
    mip6_ha_trace(ha, MIP6_TRACE_HANDOFF_SET, 0, e->expires_ns, home, target);
    *out = e;
    return 0;
}

/* From now on its entries are none; they are cleared a lot at a time, as many as there may be. */
void mip6_ha_handoff_target_gone(mip6_ha *ha, const mip6_addr *target)
{
    mip6_target *t = find_target(ha, target);
    if (!t)
        return;
    take_target_out(&ha->targets, t);
    mip6_ha_peer_unanswered(ha, target, -(int64_t)t->waiting);
    t->gone = true;
    ha->n_gone += t->n;
    t->next = ha->gone_targets;
    ha->gone_targets = t;
    if (ha->sweep_ns == MIP6_NEVER)
        mip6_ha_handoff_sweep(ha);
}

void mip6_ha_handoff_sweep(mip6_ha *ha)
{
    for (unsigned i = 0; i < MIP6_HA_GIVE_BACK && ha->gone_targets; i++)
        discard(ha, ha->gone_targets->first, MIP6_HANDOFF_TARGET_GONE);
    ha->sweep_ns = ha->gone_targets ? ha->now_ns + MIP6_HA_GIVE_BACK_NS : MIP6_NEVER;
}

/* ---- Waiting for an answer -------------------------------------------------------- */

void mip6_ha_handoff_wait(mip6_ha *ha, mip6_handoff *e)
{
    assert(!e->waiting);
    e->waiting = true;
    e->resends = 0;
    mip6_timer_set(&ha->resend_timers, &e->timer, ha->now_ns + mip6_ha_resend_after_ns(ha, 0));
    e->target->waiting++;
    mip6_ha_peer_unanswered(ha, &e->target->address, 1);
}

static void stop_waiting(mip6_ha *ha, mip6_handoff *e)
{
    e->waiting = false;
    mip6_timer_cancel(&ha->resend_timers, &e->timer);
    e->target->waiting--;
    if (!e->target->gone)
        mip6_ha_peer_unanswered(ha, &e->target->address, -1);
}

/* The binding may be chosen again: since = now (PROTOCOL 4). */
static void back_to_order(mip6_ha *ha, const mip6_addr *home)
{
    mip6_binding *b = mip6_ha_binding(ha, home);
    if (b && b->state == MIP6_BINDING_VALID && b->order == MIP6_ORDER_NONE && !b->no_switch)
        mip6_ha_order_append(ha, b, MIP6_ORDER_RETURNED);
    mip6_ha_trigger(ha);
}

void mip6_ha_handoff_answered(mip6_ha *ha, mip6_handoff *e)
{
    if (!e->waiting || (ha->tuning->handover == MIP6_HANDOVER_REGISTER && !ha->leaving))
        return;
    stop_waiting(ha, e);
    mip6_ha_trace(ha, MIP6_TRACE_SWITCH_ANSWERED, 0, 0, &e->node.key, &e->target->address);
    mip6_ha_switch_result(ha, true);
}

void mip6_ha_handoff_unwait(mip6_ha *ha, mip6_handoff *e)
{
    if (!e->waiting)
        return;
    stop_waiting(ha, e);
    back_to_order(ha, &e->node.key);
}

/* After the last resending the same time passes once more, then it counts as failed. */
static void give_up(mip6_ha *ha, mip6_handoff *e)
{
    stop_waiting(ha, e);
    mip6_ha_switch_result(ha, false);
    back_to_order(ha, &e->node.key);
}

void mip6_ha_resend_due(mip6_ha *ha)
{
    mip6_handoff *e = of_timer(ha->resend_timers.root);
    if (e->target->gone) {
        discard(ha, e, MIP6_HANDOFF_TARGET_GONE);
        return;
    }
    if (mip6_ha_takes_over(ha, e) && !mip6_ha_may_call(ha, &e->node.key)) {
        mip6_timer_set(&ha->resend_timers, &e->timer, ha->now_ns + MIP6_SECOND_NS);
        return;
    }
    mip6_binding *b = mip6_ha_binding(ha, &e->node.key);
    mip6_ha_trace(ha, MIP6_TRACE_SWITCH_UNANSWERED, 0, e->resends, &e->node.key,
                  &e->target->address);
    /* A leaving agent repeats it while the binding lives (RFC 5142 5.2). */
    bool goes_on = ha->leaving || mip6_ha_takes_over(ha, e);
    bool enough = !goes_on && e->resends >= ha->tuning->resend_count;
    if (!b || b->state != MIP6_BINDING_VALID || enough) {
        give_up(ha, e);
        return;
    }
    if (e->resends < UINT8_MAX)
        e->resends++;
    mip6_timer_set(&ha->resend_timers, &e->timer,
                   ha->now_ns + mip6_ha_resend_after_ns(ha, e->resends));
    mip6_ha_push_switch(ha, e, &b->care_of);
}
