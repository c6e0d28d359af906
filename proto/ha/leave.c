/* Leaving in good order: every node is told, at a steady rate, then comes the last word.
 *
 *   RFC 5142 sections 3.3, 5 and 7; PROTOCOL 10
 *
 * The orders of moves hold who has not been told yet. One binding is taken from their head at
 * each step: no step costs more for more nodes.
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "ha_internal.h"

/* ---- Where to ------------------------------------------------------------------------ */

static uint64_t nodes_of(const mip6_ha *ha, const mip6_peer *p)
{
    uint64_t unit = (uint64_t)ha->tuning->mn_count_unit;
    return (p->has_load ? p->mn_count * unit : 0) + p->sent_count;
}

/* The draft's ordering (PROTOCOL 9), with what was sent there since its report: negative where `a`
 * is lighter. One without a report may be about to leave, too, and comes last. */
static int compare(const mip6_ha *ha, const mip6_peer *a, const mip6_peer *b)
{
    if (a->has_load != b->has_load)
        return a->has_load ? -1 : 1;
    uint16_t light = mip6_ha_light(ha);
    uint16_t a_queue = a->has_load ? a->queue : 0, b_queue = b->has_load ? b->queue : 0;
    bool a_light = a_queue < light, b_light = b_queue < light;
    if (a_light != b_light)
        return a_light ? -1 : 1;
    if (!a_light && a->queue != b->queue)
        return a->queue < b->queue ? -1 : 1;
    bool known = a->capacity_kbps > 0 && b->capacity_kbps > 0;
    uint64_t left = nodes_of(ha, a) * (known ? b->capacity_kbps : 1);
    uint64_t right = nodes_of(ha, b) * (known ? a->capacity_kbps : 1);
    return left < right ? -1 : left > right;
}

/* Is the draw among n equals for the last of them? */
static bool drawn(mip6_ha *ha, uint64_t n)
{
    uint64_t bits = mip6_shared_random(ha->shared, ha->cookie, MIP6_RANDOM_DECISION,
                                       ha->decision_draws++);
    return mip6_scale(bits, n) == 0;
}

/* NULL: there is none. */
static mip6_peer *lightest(mip6_ha *ha)
{
    mip6_peer *best = NULL;
    uint64_t equals = 0;
    for (uint32_t i = 0; i < ha->n_peers; i++) {
        mip6_peer *p = &ha->peers[i];
        if (mip6_addr_is_unspecified(&p->address))
            continue;
        int order = best ? compare(ha, p, best) : -1;
        equals = order < 0 ? 1 : equals + (order == 0);
        if (order < 0 || (order == 0 && drawn(ha, equals)))
            best = p;
    }
    return best;
}

static bool knows_another(const mip6_ha *ha)
{
    for (uint32_t i = 0; i < ha->n_peers; i++)
        if (!mip6_addr_is_unspecified(&ha->peers[i].address))
            return true;
    return false;
}

/* ---- Telling -------------------------------------------------------------------------- */

static mip6_binding *head(const mip6_ha *ha)
{
    mip6_binding *fresh = ha->order[MIP6_ORDER_FRESH].first;
    return fresh ? fresh : ha->order[MIP6_ORDER_RETURNED].first;
}

/* At the table's bound the oldest entry of a node that has gone makes room. */
static int record(mip6_ha *ha, const mip6_binding *b, const mip6_peer *to, mip6_handoff **out)
{
    int err = mip6_ha_handoff_set(ha, &b->node.key, &to->address, out);
    if (err != MIP6_ERR_FULL || ha->handoff_first->waiting)
        return err;
    mip6_ha_handoff_clear(ha, ha->handoff_first, MIP6_HANDOFF_EVICTED);
    return mip6_ha_handoff_set(ha, &b->node.key, &to->address, out);
}

static void tell(mip6_ha *ha, mip6_binding *b)
{
    mip6_handoff *e = mip6_ha_handoff(ha, &b->node.key);
    if (!e) {
        mip6_peer *to = lightest(ha);
        if (!to || record(ha, b, to, &e) != 0)
            return;         /* again at the next step */
        to->sent_count++;
        to->sent_rate += mip6_ha_rate(b, ha->now_ns);
    }
    mip6_ha_order_remove(ha, b);
    if (!e->waiting)
        mip6_ha_handoff_wait(ha, e);
    mip6_ha_push_switch(ha, e, &b->care_of);
}

void mip6_ha_leave_more(mip6_ha *ha)
{
    if (ha->leave_ns == MIP6_NEVER)
        ha->leave_ns = ha->now_ns + ha->leave_step_ns;
}

void mip6_ha_leave_due(mip6_ha *ha)
{
    mip6_binding *b = ha->leaving ? head(ha) : NULL;
    ha->give_left = MIP6_HA_GIVE_BACK;
    ha->leave_ns = b ? ha->leave_ns + ha->leave_step_ns : MIP6_NEVER;
    if (b)
        tell(ha, b);
}

bool mip6_ha_leave_refuses(const mip6_ha *ha, const mip6_addr *home, const mip6_binding *b)
{
    bool is_new = !b || b->state == MIP6_BINDING_DRAINING || b->state == MIP6_BINDING_DELETED;
    bool told = b && (b->no_switch || mip6_ha_handoff(ha, home));
    return is_new || told;
}

/* ---- Begin and end -------------------------------------------------------------------- */

/* Others must no longer choose this one: the next advertisement has no load report, and comes
 * as soon as it may (RFC 4861 6.2.4). */
static void advertise_soon(mip6_ha *ha)
{
    int64_t at = ha->last_ra_ns + ha->config->ra_min_ns;
    at = at > ha->now_ns ? at : ha->now_ns;
    ha->ra_ns = at < ha->ra_ns ? at : ha->ra_ns;
}

bool mip6_ha_leave_begin(mip6_ha *ha)
{
    if (ha->tuning->drain_ns == 0 || ha->config->legacy || ha->mn_count == 0 ||
        !knows_another(ha))
        return false;
    ha->leaving = true;
    ha->look_pending = false;
    ha->look_ns = MIP6_NEVER;
    ha->leave_step_ns = ha->tuning->drain_ns / ha->mn_count;
    ha->leave_step_ns += ha->leave_step_ns == 0;
    ha->leave_ns = ha->now_ns;
    advertise_soon(ha);
    return true;
}

void mip6_ha_leave_end(mip6_ha *ha)
{
    ha->serving = ha->leaving = false;
    ha->stopping = true;
    ha->stopped_ns = ha->now_ns;
    ha->give_hint = 0;
    ha->give_left = MIP6_HA_GIVE_BACK;
    ha->ra_ns = ha->look_ns = ha->leave_ns = MIP6_NEVER;
    ha->look_pending = false;
    ha->n_pending = 0;
    mip6_intent *i = mip6_ha_push(ha, MIP6_ACTION_SEND, MIP6_MSG_RA);
    i->dst = mip6_addr_all_nodes();
    i->last = true;
    mip6_ha_push_groups(ha, MIP6_ACTION_LEAVE);
}

/* Nobody is left who may answer, or for whom this agent still forwards what is on its way:
 * those told have gone, or do not know the message. Where no other agent is left there is
 * nothing to tell. */
bool mip6_ha_leave_ends(mip6_ha *ha)
{
    if (ha->resend_timers.root || ha->tentative > 0 || ha->draining > 0)
        return false;
    if (head(ha) && knows_another(ha))
        return false;
    mip6_ha_leave_end(ha);
    return true;
}

/* A lot at a time: a host may have much to do for each. */
bool mip6_ha_give_back(mip6_ha *ha)
{
    if (ha->give_left == 0)
        return false;
    mip6_index_node *node = mip6_index_any(&ha->bindings, &ha->give_hint);
    if (!node) {
        ha->stopping = false;
        return false;
    }
    mip6_ha_binding_remove(ha, (mip6_binding *)node, MIP6_GONE_STOPPED);
    if (--ha->give_left == 0)
        ha->leave_ns = ha->now_ns + MIP6_HA_GIVE_BACK_NS;
    return true;
}
