/* Router advertisements: when, and what they say.
 *
 *   RFC 4861 section 6.2, RFC 6275 sections 7.1 to 7.5, draft-deng sections 6, 7
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "ha_internal.h"

#define MAX_RA_DELAY_NS (MIP6_SECOND_NS / 2)    /* RFC 4861 section 10 */

bool mip6_ha_advertises(const mip6_ha *ha)
{
    return ha->config->policy->advertises_load && !ha->config->legacy;
}

static bool printed_option(const mip6_ha *ha)
{
    return mip6_ha_advertises(ha) && ha->tuning->load_option == MIP6_LOAD_OPTION_8;
}

uint16_t mip6_ha_preference(mip6_ha *ha)
{
    /* PROTOCOL 3: with option 8 for the load there is none for the preference. */
    if (printed_option(ha))
        return 0;
    if (!ha->config->policy->preference)
        return ha->config->preference;
    mip6_view view;
    mip6_ha_view(ha, &view);
    return ha->config->policy->preference(&view, ha->config->preference);
}

/* MaxRtrAdvInterval: the draft's IntervalTLTExtension is 2 Min on top of Min. */
static int64_t max_interval_ns(const mip6_ha *ha)
{
    return 3 * ha->config->ra_min_ns;
}

/* max(1, ceil(3 Max)) s. PROTOCOL 2. */
static uint16_t lifetime_s(const mip6_ha *ha)
{
    int64_t s = (3 * max_interval_ns(ha) + MIP6_SECOND_NS - 1) / MIP6_SECOND_NS;
    return s < 1 ? 1 : s > 9000 ? 9000 : (uint16_t)s;
}

static uint64_t draw(mip6_ha *ha, int64_t below_ns)
{
    uint64_t bits = mip6_shared_random(ha->shared, ha->cookie, MIP6_RANDOM_RA, ha->ra_draws++);
    return mip6_scale(bits, (uint64_t)below_ns + 1);
}

void mip6_ha_ra_start(mip6_ha *ha)
{
    ha->last_ra_ns = ha->now_ns;
    ha->ra_ns = ha->now_ns + (int64_t)draw(ha, ha->config->ra_min_ns);
}

void mip6_ha_ra_due(mip6_ha *ha)
{
    mip6_intent *i = mip6_ha_push(ha, MIP6_ACTION_SEND, MIP6_MSG_RA);
    i->dst = mip6_addr_all_nodes();
    ha->last_ra_ns = ha->now_ns;
    ha->ra_ns = ha->now_ns + ha->config->ra_min_ns +
                (int64_t)draw(ha, max_interval_ns(ha) - ha->config->ra_min_ns);
}

/* A solicitation brings the next multicast forward, never closer than Min to the last
 * one: RFC 4861 6.2.6, with the interval that RFC 6275 7.5 allows. */
void mip6_ha_on_rs(mip6_ha *ha)
{
    int64_t at = ha->now_ns + (int64_t)draw(ha, MAX_RA_DELAY_NS);
    int64_t earliest = ha->last_ra_ns + ha->config->ra_min_ns;
    if (at < earliest)
        at = earliest;
    if (at < ha->ra_ns)
        ha->ra_ns = at;
}

static void add_prefix(const mip6_ha *ha, mip6_ra *ra)
{
    int64_t valid = ha->config->prefix_valid_s;
    uint32_t s = valid >= UINT32_MAX ? UINT32_MAX : (uint32_t)valid;
    ra->n_prefixes = 1;
    ra->prefixes[0] = (mip6_prefix_info){
        .prefix = ha->config->global,
        .length = ha->config->prefix_len,
        .on_link = true,
        .autonomous = true,
        .router_address = true,
        .valid_s = s,
        .preferred_s = s,
    };
}

static void add_load(mip6_ha *ha, mip6_ra *ra)
{
    /* Without a report it is nobody's target. */
    if (ha->leaving)
        return;
    if (printed_option(ha)) {
        /* The draft's option has the bytes of RFC 6275 7.4's. */
        ra->flags |= MIP6_RA_LOAD;
        ra->has_ha_info = true;
        ra->ha_preference = mip6_ha_queue_wire(ha);
        ra->ha_lifetime_s = mip6_ha_count_wire(ha);
    } else if (mip6_ha_advertises(ha)) {
        ra->has_load = true;
        ra->load_queue = mip6_ha_queue_wire(ha);
        ra->load_mn_count = mip6_ha_count_wire(ha);
    }
    if (mip6_ha_advertises(ha) && ha->tuning->advertise_capacity && ha->config->capacity_kbps) {
        ra->has_capacity = true;
        ra->capacity_kbps = ha->config->capacity_kbps;
    }
}

void mip6_ha_build_ra(mip6_ha *ha, bool last, mip6_ra *ra)
{
    ra->cur_hop_limit = 64;
    ra->flags = MIP6_RA_HOME_AGENT;
    ra->has_slla = true;
    ra->slla = ha->config->lladdr;
    add_prefix(ha, ra);
    ra->has_interval = true;
    ra->interval_ms = (uint32_t)((max_interval_ns(ha) + MIP6_MS_NS - 1) / MIP6_MS_NS);
    /* RFC 6275 7.4 forbids a Home Agent Lifetime of 0: the last one has no option. */
    if (last)
        return;
    ra->router_lifetime_s = lifetime_s(ha);
    uint16_t preference = mip6_ha_preference(ha);
    if (preference != 0) {
        /* 7.4: the option SHOULD NOT be sent where both values are the defaults. */
        ra->has_ha_info = true;
        ra->ha_preference = preference;
        ra->ha_lifetime_s = ra->router_lifetime_s;
    }
    add_load(ha, ra);
}
