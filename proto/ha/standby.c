/* Standing by: another agent serves under this one's addresses, and this one is ready to.
 *
 * What it holds stays as it is, so that neither way costs more for more bindings. It hears
 * advertisements, for it must know the other agents when it serves; all else it ignores. It sends
 * nothing: output.c lets nothing out.
 *
 *   RFC 5798 sections 6.4.2, 6.4.3, 8.2; PROTOCOL 12
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "ha_internal.h"

/* All nodes' group is the one that advertisements come to. */
static void push_own_groups(mip6_ha *ha, mip6_action_kind kind)
{
    const mip6_addr groups[] = {
        mip6_addr_all_routers(),
        mip6_addr_solicited_node(&ha->config->link_local),
        mip6_addr_solicited_node(&ha->config->global),
        mip6_addr_solicited_node(&ha->anycast),
    };
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
        mip6_ha_push_addr(ha, kind, &groups[i], NULL);
}

/* RFC 5798 (395): R and O set, S not. */
static void announce(mip6_ha *ha, const mip6_addr *address)
{
    mip6_ha_push_override_na(ha, address);
    ha->ring[(ha->ring_tail - 1) % MIP6_HA_RING].router = true;
}

void mip6_ha_resume(mip6_ha *ha)
{
    ha->standing_by = false;
    ha->serving = true;
    ha->icmp_pending = false;
    push_own_groups(ha, MIP6_ACTION_JOIN);
    announce(ha, &ha->config->link_local);
    announce(ha, &ha->config->global);
    mip6_ha_ra_start(ha);
    mip6_ha_trigger(ha);
}

static void fall_silent(mip6_ha *ha)
{
    ha->ra_ns = ha->look_ns = ha->leave_ns = MIP6_NEVER;
    ha->look_pending = ha->leaving = false;
    ha->n_pending = 0;
}

void mip6_ha_stand_by(mip6_ha *ha, int64_t now_ns)
{
    mip6_ha_set_now(ha, now_ns);
    if (!ha->standing_by && mip6_ha_room(ha)) {
        if (ha->serving) {
            push_own_groups(ha, MIP6_ACTION_LEAVE);
        } else {
            mip6_addr all = mip6_addr_all_nodes();
            mip6_ha_push_addr(ha, MIP6_ACTION_JOIN, &all, NULL);
        }
        ha->serving = false;
        ha->standing_by = true;
        fall_silent(ha);
    }
    mip6_ha_update_next(ha);
}
