/* The message that moves a node: the draft's unsolicited DHAAD reply, or RFC 5142's Home Agent
 * Switch, and the node that does not know the latter.
 *
 *   draft-deng section 8; RFC 5142 sections 5.1 to 5.3, 8; PROTOCOL 5, 10
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "ha_internal.h"

#define INITIAL_TIMEOUT_NS (5 * MIP6_SECOND_NS)     /* INITIAL-HA-SWITCH-TIMEOUT */
#define YIELD_UNITS 3u      /* for so long an agent that yields goes on serving, in 4 s */
#define UNKNOWN_TYPE 2u     /* status of a Binding Error. RFC 6275 6.1.9 */

/* A leaving agent tells whoever knows it, whatever moves nodes otherwise (PROTOCOL 10). */
static bool speaks_rfc5142(const mip6_ha *ha)
{
    return ha->leaving || ha->tuning->switch_message == MIP6_SWITCH_HOME_AGENT;
}

static uint16_t advice_units(const mip6_ha *ha)
{
    bool advises = speaks_rfc5142(ha) && ha->tuning->handover == MIP6_HANDOVER_YIELD;
    return advises ? YIELD_UNITS : 0;
}

/* ---- Who was told ------------------------------------------------------------------ */

static mip6_handoff *of_told(mip6_index_node *node)
{
    return (mip6_handoff *)((uint8_t *)node - offsetof(mip6_handoff, told));
}

void mip6_ha_switch_forget(mip6_ha *ha, mip6_handoff *e)
{
    if (e->is_told)
        mip6_index_remove(&ha->told, &e->told);
    e->is_told = false;
}

/* A Binding Error names no home address (RFC 6275 9.3.3), so that its source, the care-of
 * address, must say whose it is. Of several nodes at one address the first told stands. */
static void note_told(mip6_ha *ha, mip6_handoff *e, const mip6_addr *care_of)
{
    if (e->is_told && mip6_addr_equal(&e->told.key, care_of))
        return;
    mip6_ha_switch_forget(ha, e);
    if (mip6_index_find(&ha->told, care_of))
        return;
    e->told.key = *care_of;
    e->is_told = true;
    mip6_index_insert(&ha->told, &ha->shared->env, &e->told);
}

/* ---- Out ---------------------------------------------------------------------------- */

void mip6_ha_push_switch(mip6_ha *ha, mip6_handoff *e, const mip6_addr *care_of)
{
    if (!mip6_window_take(e->sent, &e->n_sent, ha->now_ns)) {
        mip6_ha_drop(ha, MIP6_DROP_RATE_LIMITED, 0);
        return;
    }
    bool rfc5142 = speaks_rfc5142(ha) || mip6_ha_takes_over(ha, e);
    mip6_intent *i = mip6_ha_push(ha, MIP6_ACTION_SEND,
                                  rfc5142 ? MIP6_MSG_HAS : MIP6_MSG_SWITCH);
    i->dst = *care_of;
    i->home = e->node.key;
    i->peer = e->target->address;
    i->lifetime_units = advice_units(ha);
    if (rfc5142)
        note_told(ha, e, care_of);
}

/* RFC 5142 5.2: with an advice not before half its time, or the initial timeout. */
static int64_t least_ns(const mip6_ha *ha)
{
    int64_t half_ns = advice_units(ha) * (MIP6_LIFETIME_UNIT_S * MIP6_SECOND_NS / 2);
    return half_ns < INITIAL_TIMEOUT_NS ? half_ns : INITIAL_TIMEOUT_NS;
}

int64_t mip6_ha_resend_after_ns(const mip6_ha *ha, unsigned resends)
{
    int64_t ns = ha->tuning->resend_first_ns, most_ns = ha->tuning->resend_max_ns;
    for (unsigned i = 0; i < resends && ns < most_ns; i++)
        ns *= 2;
    if (resends > 0 && ns > most_ns)
        ns = most_ns;
    return ns > least_ns(ha) ? ns : least_ns(ha);
}

/* ---- In ----------------------------------------------------------------------------- */

int mip6_ha_on_be(mip6_ha *ha, const mip6_header *h, const mip6_be *be)
{
    mip6_index_node *node =
        be->status == UNKNOWN_TYPE ? mip6_index_find(&ha->told, &h->src) : NULL;
    mip6_handoff *e = node && !of_told(node)->target->gone ? of_told(node) : NULL;
    mip6_binding *b = e ? mip6_ha_binding(ha, &e->node.key) : NULL;
    if (!b || b->state != MIP6_BINDING_VALID || !mip6_addr_equal(&b->care_of, &h->src))
        return mip6_ha_drop(ha, MIP6_DROP_NOT_ACCEPTED, MIP6_ERR_IGNORED);
    b->no_switch = true;
    mip6_ha_order_remove(ha, b);
    mip6_ha_handoff_clear(ha, e, MIP6_HANDOFF_UNKNOWN);
    return 0;
}
