/* What synchronised agents do with each other's bindings: take one over, say who serves it, hear of
 * each other where advertisements do not reach.
 *
 *   PROTOCOL 13
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "ha_internal.h"
#include "mip6_peer.h"

#include <string.h>

bool mip6_ha_has_room(const mip6_ha *ha)
{
    return mip6_ha_room(ha);
}

int64_t mip6_ha_now(const mip6_ha *ha)
{
    return ha->now_ns;
}

bool mip6_ha_could_bind(const mip6_ha *ha, const mip6_addr *home)
{
    return mip6_ha_routable(home) && mip6_ha_on_home_link(ha, home) &&
           !mip6_addr_equal(home, &ha->config->global) && !mip6_addr_equal(home, &ha->anycast) &&
           mip6_ha_peer_of(ha, home) < 0;
}

/* ---- Taking over ------------------------------------------------------------------------ */

bool mip6_ha_takes_over(const mip6_ha *ha, const mip6_handoff *e)
{
    return mip6_addr_equal(&e->target->address, &ha->config->global);
}

static void push_announcement(mip6_ha *ha, const mip6_binding *b)
{
    mip6_ha_push_override_na(ha, &b->node.key);
    if (!b->link_local)
        return;
    mip6_addr ll = {{0xfe, 0x80}};
    memcpy(ll.b + 8, b->node.key.b + 8, 8);
    mip6_ha_push_override_na(ha, &ll);
}

/* Where the table is full, the node learns it when its refresh to the agent before fails. */
static void tell_node(mip6_ha *ha, mip6_binding *b)
{
    mip6_handoff *e = mip6_ha_handoff(ha, &b->node.key);
    if (e)
        mip6_ha_handoff_clear(ha, e, MIP6_HANDOFF_TAKEN);
    if (mip6_ha_handoff_set(ha, &b->node.key, &ha->config->global, &e) != 0)
        return;
    mip6_ha_order_remove(ha, b);
    mip6_ha_handoff_wait(ha, e);
    mip6_ha_push_switch(ha, e, &b->care_of);
}

void mip6_ha_taken(mip6_ha *ha, mip6_handoff *e)
{
    mip6_ha_trace(ha, MIP6_TRACE_SWITCH_ANSWERED, 0, 0, &e->node.key, &e->target->address);
    mip6_ha_handoff_clear(ha, e, MIP6_HANDOFF_TAKEN);
}

int mip6_ha_take_over(mip6_ha *ha, const mip6_sync_record *record, int64_t now_ns)
{
    mip6_binding_info info = {
        .home = record->home, .care_of = record->care_of, .sequence = record->sequence,
        .expires_ns = record->expires_ns, .lifetime_units = record->lifetime_units,
        .link_local = record->link_local};
    int error = mip6_ha_install(ha, &info, now_ns);
    if (error != 0)
        return error;
    mip6_binding *b = mip6_ha_binding(ha, &record->home);
    push_announcement(ha, b);
    tell_node(ha, b);
    mip6_ha_update_next(ha);
    return 0;
}

void mip6_ha_announce(mip6_ha *ha, const mip6_addr *home, int64_t now_ns)
{
    mip6_ha_set_now(ha, now_ns);
    mip6_binding *b = mip6_ha_binding(ha, home);
    if (b && b->state == MIP6_BINDING_VALID && mip6_ha_room(ha))
        push_announcement(ha, b);
    mip6_ha_update_next(ha);
}

/* ---- The list, without advertisements ------------------------------------------------------ */

void mip6_ha_report(mip6_ha *ha, mip6_load_report *out)
{
    uint64_t count = ha->mn_count / (uint64_t)ha->tuning->mn_count_unit;
    *out = (mip6_load_report){.queue = mip6_ha_queue_wire(ha),
                              .preference = mip6_ha_preference(ha),
                              .mn_count = (uint32_t)count,
                              .capacity_kbps = ha->config->capacity_kbps};
}

/* Seconds, rounded up: an advertisement's own unit. */
static uint16_t seconds(int64_t ns)
{
    int64_t s = (ns + MIP6_SECOND_NS - 1) / MIP6_SECOND_NS;
    return (uint16_t)(s > UINT16_MAX ? UINT16_MAX : s);
}

/* As the advertisement that would have said so. */
static mip6_ra advertisement(const mip6_ha *ha, const mip6_addr *peer,
                             const mip6_load_report *report, int64_t lifetime_ns)
{
    mip6_ra ra = {.flags = MIP6_RA_HOME_AGENT, .n_prefixes = 1};
    ra.prefixes[0] = (mip6_prefix_info){.prefix = *peer, .router_address = true,
                                        .length = ha->config->prefix_len,
                                        .valid_s = (uint32_t)ha->config->prefix_valid_s};
    if (!report)
        return ra;
    ra.router_lifetime_s = ra.ha_lifetime_s = seconds(lifetime_ns);
    ra.has_ha_info = true;
    ra.ha_preference = report->preference;
    ra.has_load = mip6_ha_advertises(ha);
    ra.load_queue = report->queue;
    ra.load_mn_count = report->mn_count > UINT16_MAX ? UINT16_MAX : (uint16_t)report->mn_count;
    ra.has_capacity = ra.has_load && ha->tuning->advertise_capacity;
    ra.capacity_kbps = report->capacity_kbps;
    return ra;
}

void mip6_ha_hear_report(mip6_ha *ha, const mip6_addr *peer, const mip6_load_report *report,
                         int64_t lifetime_ns, int64_t now_ns)
{
    mip6_header h = {.src = {{0xfe, 0x80}}};
    memcpy(h.src.b + 8, peer->b + 8, 8);
    mip6_ha_set_now(ha, now_ns);
    mip6_ra ra = advertisement(ha, peer, report, lifetime_ns);
    if (ha->serving)
        mip6_ha_on_ra(ha, &h, &ra);
    mip6_ha_update_next(ha);
}
