/* Duplicate Address Detection for a home address on its first registration: one probe
 * and RetransTimer, no random delay (PROTOCOL 2).
 *
 *   RFC 6275 section 10.3.1, RFC 4862 section 5.4
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "ha_internal.h"

#include <string.h>

static void push_probe(mip6_ha *ha, const mip6_addr *target)
{
    mip6_intent *i = mip6_ha_push(ha, MIP6_ACTION_SEND, MIP6_MSG_NS);
    i->home = *target;
    i->dst = mip6_addr_solicited_node(target);
}

static mip6_addr link_local_of(const mip6_binding *b)
{
    mip6_addr ll = {{0xfe, 0x80}};
    memcpy(ll.b + 8, b->node.key.b + 8, 8);
    return ll;
}

/* Another agent serves it, and has seen to that: nobody else has the address. */
static bool is_known(const mip6_ha *ha, const mip6_binding *b)
{
    return ha->keeper && ha->keeper->knows && ha->keeper->knows(ha->keeper_self, &b->node.key);
}

void mip6_ha_dad_start(mip6_ha *ha, mip6_binding *b)
{
    int64_t wait = ha->config->sa_setup_delay_ns;
    bool dad = ha->config->dad && !is_known(ha, b);
    if (dad)
        wait += ha->config->dad_timeout_ns;
    mip6_ha_binding_tentative(ha, b, ha->now_ns + wait);
    if (dad) {
        push_probe(ha, &b->node.key);
        if (b->link_local) {
            mip6_addr ll = link_local_of(b);
            push_probe(ha, &ll);
        }
    }
    if (wait == 0)
        mip6_ha_dad_done(ha, b);
}

void mip6_ha_dad_done(mip6_ha *ha, mip6_binding *b)
{
    int64_t lifetime_ns = (int64_t)b->lifetime_units * MIP6_LIFETIME_UNIT_S * MIP6_SECOND_NS;
    mip6_ha_binding_valid(ha, b, ha->now_ns + lifetime_ns);
    mip6_ha_trace(ha, MIP6_TRACE_BINDING_NEW, 0, b->sequence, &b->node.key, &b->care_of);
    mip6_ha_push_override_na(ha, &b->node.key);
    if (b->link_local) {
        mip6_addr ll = link_local_of(b);
        mip6_ha_push_override_na(ha, &ll);
    }
    mip6_ha_tell(ha, b, MIP6_SYNC_NEW);
    mip6_ha_acknowledge(ha, b, mip6_ha_accepted_status(ha, b));
    mip6_ha_trigger(ha);
}

void mip6_ha_dad_failed(mip6_ha *ha, mip6_binding *b)
{
    mip6_ha_trace(ha, MIP6_TRACE_BINDING_REFUSED, MIP6_STATUS_DAD_FAILED, b->sequence,
                  &b->node.key, &b->care_of);
    mip6_ha_acknowledge(ha, b, MIP6_STATUS_DAD_FAILED);
    mip6_ha_binding_remove(ha, b, MIP6_GONE_DAD);
}
