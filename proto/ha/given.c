/* Bindings that the host moves itself, for a host that has all agents in its hands.
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "ha_internal.h"

static bool is_full(const mip6_ha *ha)
{
    uint32_t most = ha->config->max_bindings;
    return most != 0 && ha->mn_count + ha->tentative >= most;
}

static bool is_free(const mip6_binding *b)
{
    return !b || b->state == MIP6_BINDING_DRAINING || b->state == MIP6_BINDING_DELETED;
}

int mip6_ha_install(mip6_ha *ha, const mip6_binding_info *info, int64_t now_ns)
{
    mip6_ha_set_now(ha, now_ns);
    if (!mip6_ha_room(ha))
        return MIP6_ERR_FULL;
    mip6_binding *b = mip6_ha_binding(ha, &info->home);
    bool wanted = !info->draining && !info->tentative && info->expires_ns > now_ns;
    if (!ha->serving || ha->leaving || is_full(ha) || !is_free(b) || !wanted)
        return MIP6_ERR_IGNORED;
    if (!b)
        b = mip6_ha_binding_create(ha, &info->home);
    if (!b)
        return MIP6_ERR_NOMEM;
    mip6_ha_binding_tentative(ha, b, info->expires_ns);
    b->care_of = info->care_of;
    b->sequence = info->sequence;
    b->lifetime_units = info->lifetime_units;
    b->link_local = info->link_local;
    mip6_ha_binding_valid(ha, b, info->expires_ns);
    mip6_ha_trace(ha, MIP6_TRACE_BINDING_NEW, 0, b->sequence, &b->node.key, &b->care_of);
    mip6_ha_update_next(ha);
    return 0;
}

int mip6_ha_hand_on(mip6_ha *ha, const mip6_addr *home, const mip6_addr *to, int64_t now_ns)
{
    mip6_ha_set_now(ha, now_ns);
    if (!mip6_ha_room(ha))
        return MIP6_ERR_FULL;
    mip6_binding *b = mip6_ha_binding(ha, home);
    if (!b || b->state != MIP6_BINDING_VALID)
        return MIP6_ERR_IGNORED;
    mip6_ha_trace(ha, MIP6_TRACE_BINDING_DRAINING, 0, 0, &b->node.key, to);
    mip6_ha_binding_retire(ha, b, MIP6_BINDING_DRAINING);
    int peer = mip6_ha_peer_of(ha, to);
    if (peer >= 0 && !mip6_lladdr_is_zero(&ha->entries[peer].lladdr))
        mip6_ha_neighbour_learn(ha, home, &ha->entries[peer].lladdr);
    mip6_ha_update_next(ha);
    return 0;
}
