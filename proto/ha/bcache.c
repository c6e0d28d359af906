/* Binding cache: life of a binding, its timer, its place in the order of moves.
 *
 *   RFC 6275 sections 9.1, 10.3.1, 10.3.2, 10.4.1
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "ha_internal.h"

#include <string.h>

static mip6_binding *of_timer(mip6_timer *t)
{
    return (mip6_binding *)((uint8_t *)t - offsetof(mip6_binding, timer));
}

mip6_binding *mip6_ha_binding(const mip6_ha *ha, const mip6_addr *home)
{
    return (mip6_binding *)mip6_index_find(&ha->bindings, home);
}

mip6_binding *mip6_ha_forwarding(const mip6_ha *ha, const mip6_addr *home)
{
    mip6_binding *b = mip6_ha_binding(ha, home);
    return b && (b->state == MIP6_BINDING_VALID || b->state == MIP6_BINDING_DRAINING) ? b : NULL;
}

mip6_binding *mip6_ha_binding_of_target(const mip6_ha *ha, const mip6_addr *target)
{
    if (!mip6_addr_is_link_local(target))
        return mip6_ha_binding(ha, target);
    mip6_addr home = ha->config->global;
    memcpy(home.b + 8, target->b + 8, 8);
    mip6_binding *b = mip6_ha_binding(ha, &home);
    return b && b->link_local ? b : NULL;
}

/* ---- Order ------------------------------------------------------------------ */

void mip6_ha_order_append(mip6_ha *ha, mip6_binding *b, mip6_order order)
{
    assert(b->order == MIP6_ORDER_NONE && order != MIP6_ORDER_NONE);
    b->order = (uint8_t)order;
    b->since_ns = ha->now_ns;
    b->prev = ha->order[order].last;
    b->next = NULL;
    if (b->prev)
        b->prev->next = b;
    else
        ha->order[order].first = b;
    ha->order[order].last = b;
    if (ha->leaving)
        mip6_ha_leave_more(ha);
}

void mip6_ha_order_remove(mip6_ha *ha, mip6_binding *b)
{
    if (b->order == MIP6_ORDER_NONE)
        return;
    if (b->prev)
        b->prev->next = b->next;
    else
        ha->order[b->order].first = b->next;
    if (b->next)
        b->next->prev = b->prev;
    else
        ha->order[b->order].last = b->prev;
    b->next = b->prev = NULL;
    b->order = MIP6_ORDER_NONE;
}

/* ---- Timer ------------------------------------------------------------------ */

void mip6_ha_binding_set_expiry(mip6_ha *ha, mip6_binding *b, int64_t expires_ns)
{
    b->expires_ns = expires_ns;
    if (!mip6_timer_is_set(&b->timer) || expires_ns < b->timer.due_ns)
        mip6_timer_set(&ha->binding_timers, &b->timer, expires_ns);
}

int64_t mip6_ha_end_ns(const mip6_ha *ha, const mip6_binding *b)
{
    int64_t life_ns = (int64_t)b->lifetime_units * MIP6_LIFETIME_UNIT_S * MIP6_SECOND_NS;
    bool lives = mip6_ha_keeps_ends(ha) && life_ns > MIP6_HA_DELETE_NS;
    return ha->now_ns + (lives ? life_ns : MIP6_HA_DELETE_NS);
}

static void drained(mip6_ha *ha, mip6_binding *b)
{
    if (!mip6_ha_keeps_ends(ha)) {
        mip6_ha_binding_remove(ha, b, MIP6_GONE_DRAINED);
        return;
    }
    if (!ha->standing_by)
        mip6_ha_trace(ha, MIP6_TRACE_BINDING_GONE, MIP6_GONE_DRAINED, 0, &b->node.key,
                      &b->care_of);
    mip6_ha_binding_retire(ha, b, MIP6_BINDING_DELETED);
}

static void out_of_time(mip6_ha *ha, mip6_binding *b)
{
    switch ((mip6_binding_state)b->state) {
    case MIP6_BINDING_TENTATIVE:
        /* Begun while it served: whoever does now has asked, or will. */
        if (ha->standing_by)
            mip6_ha_binding_remove(ha, b, MIP6_GONE_STOPPED);
        else
            mip6_ha_dad_done(ha, b);
        break;
    case MIP6_BINDING_VALID:
        mip6_ha_binding_remove(ha, b, MIP6_GONE_EXPIRED);
        break;
    case MIP6_BINDING_DRAINING:
        drained(ha, b);
        break;
    case MIP6_BINDING_DELETED:
        mip6_ha_binding_remove(ha, b, MIP6_GONE_DEREGISTERED);
        break;
    }
}

void mip6_ha_binding_due(mip6_ha *ha)
{
    mip6_binding *b = of_timer(ha->binding_timers.root);
    if (b->expires_ns > ha->now_ns)
        mip6_timer_set(&ha->binding_timers, &b->timer, b->expires_ns);
    else
        out_of_time(ha, b);
}

/* ---- States ------------------------------------------------------------------ */

/* For the home address and, with L, for its link-local address (RFC 6275 10.4.1). */
static void push_proxy(mip6_ha *ha, const mip6_binding *b, mip6_action_kind kind)
{
    mip6_ha_push_addr(ha, kind, &b->node.key, NULL);
    if (!b->link_local)
        return;
    mip6_addr ll = {{0xfe, 0x80}};
    memcpy(ll.b + 8, b->node.key.b + 8, 8);
    mip6_ha_push_addr(ha, kind, &ll, NULL);
}

static void push_group(mip6_ha *ha, const mip6_binding *b, mip6_action_kind kind)
{
    mip6_addr group = mip6_addr_solicited_node(&b->node.key);
    mip6_ha_push_addr(ha, kind, &group, NULL);
}

static void count_changed(mip6_ha *ha, int by)
{
    uint16_t before = mip6_ha_count_wire(ha);
    ha->mn_count = by > 0 ? ha->mn_count + 1 : ha->mn_count - 1;
    if (mip6_ha_count_wire(ha) != before)
        mip6_ha_trigger(ha);
}

/* Undo what the present state has set up. */
static void leave_state(mip6_ha *ha, mip6_binding *b)
{
    switch ((mip6_binding_state)b->state) {
    case MIP6_BINDING_TENTATIVE:
        ha->tentative--;
        push_group(ha, b, MIP6_ACTION_LEAVE);
        break;
    case MIP6_BINDING_VALID:
        mip6_ha_order_remove(ha, b);
        count_changed(ha, -1);
        push_proxy(ha, b, MIP6_ACTION_PROXY_STOP);
        push_group(ha, b, MIP6_ACTION_LEAVE);
        break;
    case MIP6_BINDING_DRAINING:
        ha->draining--;
        break;
    case MIP6_BINDING_DELETED:
        break;
    }
}

static bool has_tunnel(const mip6_binding *b)
{
    return b->state == MIP6_BINDING_VALID || b->state == MIP6_BINDING_DRAINING;
}

/* While it is tentative or valid the agent is in the address's group. */
static bool is_stray(const mip6_binding *b)
{
    return b->state == MIP6_BINDING_DRAINING || b->state == MIP6_BINDING_DELETED;
}

static void set_state(mip6_ha *ha, mip6_binding *b, mip6_binding_state state)
{
    bool was = is_stray(b);
    b->state = (uint8_t)state;
    if (is_stray(b) != was)
        mip6_shared_stray(ha->shared, &b->node.key, !was);
}

mip6_binding *mip6_ha_binding_create(mip6_ha *ha, const mip6_addr *home)
{
    mip6_binding *b = mip6_pool_get(&ha->binding_pool, &ha->shared->env, sizeof *b);
    if (!b)
        return NULL;
    b->node.key = *home;
    b->state = MIP6_BINDING_DELETED;
    b->load = ha->load_number & (MIP6_HA_LOADS - 1u);
    mip6_index_insert(&ha->bindings, &ha->shared->env, &b->node);
    mip6_shared_stray(ha->shared, home, true);
    return b;
}

void mip6_ha_binding_tentative(mip6_ha *ha, mip6_binding *b, int64_t expires_ns)
{
    if (has_tunnel(b))
        mip6_ha_push_addr(ha, MIP6_ACTION_TUNNEL_GONE, &b->node.key, NULL);
    leave_state(ha, b);
    set_state(ha, b, MIP6_BINDING_TENTATIVE);
    ha->tentative++;
    push_group(ha, b, MIP6_ACTION_JOIN);
    mip6_ha_binding_set_expiry(ha, b, expires_ns);
}

void mip6_ha_binding_valid(mip6_ha *ha, mip6_binding *b, int64_t expires_ns)
{
    assert(b->state == MIP6_BINDING_TENTATIVE);
    ha->tentative--;
    set_state(ha, b, MIP6_BINDING_VALID);
    b->rate_sum = 0;
    b->overridden = false;
    mip6_ha_binding_set_expiry(ha, b, expires_ns);
    if (!b->no_switch)
        mip6_ha_order_append(ha, b, MIP6_ORDER_FRESH);
    count_changed(ha, 1);
    mip6_ha_neighbour_forget(ha, &b->node.key);
    push_proxy(ha, b, MIP6_ACTION_PROXY_START);
    mip6_ha_push_addr(ha, MIP6_ACTION_TUNNEL_SET, &b->node.key, &b->care_of);
}

/* A switch to a node that is gone is neither answered nor a failure. */
static void forget_switch(mip6_ha *ha, const mip6_binding *b)
{
    mip6_handoff *e = mip6_ha_handoff(ha, &b->node.key);
    if (e)
        mip6_ha_handoff_unwait(ha, e);
}

void mip6_ha_binding_retire(mip6_ha *ha, mip6_binding *b, mip6_binding_state state)
{
    assert(state == MIP6_BINDING_DRAINING || state == MIP6_BINDING_DELETED);
    bool tunnel = has_tunnel(b);
    leave_state(ha, b);
    set_state(ha, b, state);
    forget_switch(ha, b);
    if (state == MIP6_BINDING_DRAINING)
        ha->draining++;
    else if (tunnel)
        mip6_ha_push_addr(ha, MIP6_ACTION_TUNNEL_GONE, &b->node.key, NULL);
    mip6_ha_binding_set_expiry(ha, b, state == MIP6_BINDING_DELETED
                                          ? mip6_ha_end_ns(ha, b)
                                          : ha->now_ns + MIP6_HA_DELETE_NS);
}

void mip6_ha_binding_remove(mip6_ha *ha, mip6_binding *b, mip6_gone why)
{
    bool told = b->state == MIP6_BINDING_DELETED;
    if (has_tunnel(b))
        mip6_ha_push_addr(ha, MIP6_ACTION_TUNNEL_GONE, &b->node.key, NULL);
    leave_state(ha, b);
    set_state(ha, b, MIP6_BINDING_DELETED);
    forget_switch(ha, b);
    if (!told && !ha->standing_by)
        mip6_ha_trace(ha, MIP6_TRACE_BINDING_GONE, why, 0, &b->node.key, &b->care_of);
    mip6_timer_cancel(&ha->binding_timers, &b->timer);
    mip6_index_remove(&ha->bindings, &b->node);
    mip6_shared_stray(ha->shared, &b->node.key, false);
    mip6_pool_put(&ha->binding_pool, b);
}
