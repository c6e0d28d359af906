/* Home Agents List, with the load each agent reports.
 *
 *   RFC 6275 sections 10.1, 10.5.1, draft-deng section 5
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "ha_internal.h"

#include <string.h>

enum { GONE_EXPIRED, GONE_GOODBYE, GONE_NOT_HOME_AGENT };

static void free_arrays(mip6_ha *ha)
{
    const mip6_env *env = &ha->shared->env;
    if (ha->peers)
        env->free(env->user, ha->peers, ha->max_peers * sizeof *ha->peers);
    if (ha->entries)
        env->free(env->user, ha->entries, ha->max_peers * sizeof *ha->entries);
    ha->peers = NULL;
    ha->entries = NULL;
}

void mip6_ha_list_free(mip6_ha *ha)
{
    free_arrays(ha);
    ha->n_peers = ha->max_peers = 0;
}

static bool widen(mip6_ha *ha)
{
    const mip6_env *env = &ha->shared->env;
    uint32_t max = ha->max_peers ? 2 * ha->max_peers : 8;
    mip6_peer *peers = env->alloc(env->user, max * sizeof *peers);
    mip6_list_entry *entries = peers ? env->alloc(env->user, max * sizeof *entries) : NULL;
    if (!entries) {
        if (peers)
            env->free(env->user, peers, max * sizeof *peers);
        return false;
    }
    if (ha->n_peers > 0) {
        memcpy(peers, ha->peers, ha->n_peers * sizeof *peers);
        memcpy(entries, ha->entries, ha->n_peers * sizeof *entries);
    }
    free_arrays(ha);
    ha->peers = peers;
    ha->entries = entries;
    ha->max_peers = max;
    return true;
}

static int entry_of(const mip6_ha *ha, const mip6_addr *link_local)
{
    for (uint32_t i = 0; i < ha->n_peers; i++)
        if (mip6_addr_equal(&ha->entries[i].link_local, link_local))
            return (int)i;
    return -1;
}

int mip6_ha_peer_of(const mip6_ha *ha, const mip6_addr *global)
{
    for (uint32_t i = 0; i < ha->n_peers; i++)
        for (unsigned k = 0; k < ha->entries[i].n_addresses; k++)
            if (mip6_addr_equal(&ha->entries[i].addresses[k], global))
                return (int)i;
    return -1;
}

int mip6_ha_peer_of_lladdr(const mip6_ha *ha, const mip6_lladdr *ll)
{
    for (uint32_t i = 0; i < ha->n_peers && !mip6_lladdr_is_zero(ll); i++)
        if (mip6_lladdr_equal(&ha->entries[i].lladdr, ll))
            return (int)i;
    return -1;
}

void mip6_ha_peer_unanswered(mip6_ha *ha, const mip6_addr *target, int64_t change)
{
    int i = mip6_ha_peer_of(ha, target);
    if (i < 0)
        return;
    mip6_peer *p = &ha->peers[i];
    int64_t n = p->unanswered + change;
    p->unanswered = (uint16_t)(n < 0 ? 0 : n > UINT16_MAX ? UINT16_MAX : n);
    p->blocked = ha->tuning->one_unanswered && p->unanswered > 0;
}

/* ---- Changes ---------------------------------------------------------------------- */

static void update_list_ns(mip6_ha *ha)
{
    ha->list_ns = MIP6_NEVER;
    for (uint32_t i = 0; i < ha->n_peers; i++) {
        const mip6_list_entry *e = &ha->entries[i];
        if (e->expires_ns < ha->list_ns)
            ha->list_ns = e->expires_ns;
        for (unsigned k = 0; k < e->n_addresses; k++)
            if (e->valid_until_ns[k] < ha->list_ns)
                ha->list_ns = e->valid_until_ns[k];
    }
}

/* What policies see follows what the list holds: an agent without an address cannot be
 * a target. */
static void update_peer(mip6_ha *ha, int i)
{
    const mip6_list_entry *e = &ha->entries[i];
    mip6_peer *p = &ha->peers[i];
    p->address = e->n_addresses > 0 ? e->addresses[0] : (mip6_addr){{0}};
    p->has_load = e->reported && e->n_addresses > 0;
}

static void list_changed(mip6_ha *ha)
{
    update_list_ns(ha);
    mip6_ha_load_bounds(ha);
    mip6_ha_trigger(ha);
}

static void remove_entry(mip6_ha *ha, int i, unsigned why)
{
    mip6_list_entry gone = ha->entries[i];
    mip6_addr address = ha->peers[i].address;
    size_t behind = ha->n_peers - (uint32_t)i - 1;
    memmove(&ha->entries[i], &ha->entries[i + 1], behind * sizeof *ha->entries);
    memmove(&ha->peers[i], &ha->peers[i + 1], behind * sizeof *ha->peers);
    ha->n_peers--;
    mip6_ha_trace(ha, MIP6_TRACE_PEER_GONE, why, 0, NULL, &address);
    for (unsigned k = 0; k < gone.n_addresses; k++)
        mip6_ha_handoff_target_gone(ha, &gone.addresses[k]);
    list_changed(ha);
}

/* A global address goes when its prefix is no longer valid (draft 5). */
static bool expire_addresses(mip6_ha *ha, int i)
{
    mip6_list_entry *e = &ha->entries[i];
    bool any = false;
    for (unsigned k = 0; k < e->n_addresses;) {
        if (e->valid_until_ns[k] > ha->now_ns) {
            k++;
            continue;
        }
        /* While it can still be found: what waits for its answer is counted by agent. */
        mip6_ha_handoff_target_gone(ha, &e->addresses[k]);
        size_t behind = (size_t)e->n_addresses - k - 1;
        memmove(&e->addresses[k], &e->addresses[k + 1], behind * sizeof *e->addresses);
        memmove(&e->valid_until_ns[k], &e->valid_until_ns[k + 1],
                behind * sizeof *e->valid_until_ns);
        e->n_addresses--;
        any = true;
    }
    if (any)
        update_peer(ha, i);
    return any;
}

void mip6_ha_list_due(mip6_ha *ha)
{
    for (uint32_t i = 0; i < ha->n_peers;) {
        if (ha->entries[i].expires_ns <= ha->now_ns) {
            remove_entry(ha, (int)i, GONE_EXPIRED);
            continue;
        }
        if (expire_addresses(ha, (int)i))
            list_changed(ha);
        i++;
    }
    update_list_ns(ha);
}

/* ---- An advertisement ------------------------------------------------------------- */

/* What the RA says as this agent understands it: with option 8 for loads, it is one
 * only where L is set; a legacy agent knows neither (PROTOCOL 3). */
typedef struct reading {
    bool has_load;
    uint16_t queue, mn_count;
    uint16_t preference;
    uint16_t lifetime_s;
} reading;

static reading read_ra(const mip6_ha *ha, const mip6_ra *ra)
{
    reading r = {.lifetime_s = ra->router_lifetime_s};
    bool printed = !ha->config->legacy && ha->tuning->load_option == MIP6_LOAD_OPTION_8;
    if (printed && ra->has_ha_info && (ra->flags & MIP6_RA_LOAD)) {
        r.has_load = true;
        r.queue = ra->ha_preference;
        r.mn_count = ra->ha_lifetime_s;
        return r;
    }
    if (ra->has_ha_info) {
        r.preference = ra->ha_preference;
        r.lifetime_s = ra->ha_lifetime_s;
    }
    if (!printed && !ha->config->legacy && ra->has_load) {
        r.has_load = true;
        r.queue = ra->load_queue;
        r.mn_count = ra->load_mn_count;
    }
    return r;
}

static void learn_address(mip6_ha *ha, mip6_list_entry *e, const mip6_prefix_info *prefix)
{
    unsigned k = 0;
    while (k < e->n_addresses && !mip6_addr_equal(&e->addresses[k], &prefix->prefix))
        k++;
    if (k == MIP6_HA_PEER_ADDRESSES)
        return;
    if (k == e->n_addresses) {
        e->addresses[k] = prefix->prefix;
        e->n_addresses++;
    }
    e->valid_until_ns[k] = prefix->valid_s == UINT32_MAX
                               ? MIP6_NEVER
                               : ha->now_ns + (int64_t)prefix->valid_s * MIP6_SECOND_NS;
}

/* Complete addresses (R) of the home prefix; of another prefix no one could use them. */
static void learn_addresses(mip6_ha *ha, int i, const mip6_ra *ra)
{
    for (unsigned k = 0; k < ra->n_prefixes; k++) {
        const mip6_prefix_info *prefix = &ra->prefixes[k];
        if (prefix->router_address && mip6_ha_routable(&prefix->prefix) &&
            mip6_ha_on_home_link(ha, &prefix->prefix) &&
            !mip6_addr_equal(&prefix->prefix, &ha->config->global))
            learn_address(ha, &ha->entries[i], prefix);
    }
    expire_addresses(ha, i);
}

static void update_entry(mip6_ha *ha, int i, const mip6_ra *ra, const reading *r)
{
    mip6_list_entry *e = &ha->entries[i];
    mip6_peer *p = &ha->peers[i];
    e->preference = r->preference;
    e->expires_ns = ha->now_ns + r->lifetime_s * MIP6_SECOND_NS;
    if (ra->has_slla)
        e->lladdr = ra->slla;
    e->reported = r->has_load;
    if (r->has_load) {
        p->queue = r->queue;
        p->mn_count = r->mn_count;
        p->reported_at_ns = ha->now_ns;
        p->sent_rate = 0;
        p->sent_count = 0;
    }
    p->capacity_kbps = ra->has_capacity && !ha->config->legacy ? ra->capacity_kbps : 0;
    learn_addresses(ha, i, ra);
    update_peer(ha, i);
}

static int add_entry(mip6_ha *ha, const mip6_addr *link_local)
{
    if (ha->n_peers == MIP6_HA_MAX_PEERS)
        return MIP6_ERR_FULL;
    if (ha->n_peers == ha->max_peers && !widen(ha))
        return MIP6_ERR_NOMEM;
    int i = (int)ha->n_peers++;
    memset(&ha->entries[i], 0, sizeof ha->entries[i]);
    memset(&ha->peers[i], 0, sizeof ha->peers[i]);
    ha->entries[i].link_local = *link_local;
    return i;
}

int mip6_ha_on_ra(mip6_ha *ha, const mip6_header *h, const mip6_ra *ra)
{
    int i = entry_of(ha, &h->src);
    reading r = read_ra(ha, ra);
    bool home_agent = ra->flags & MIP6_RA_HOME_AGENT;
    if (!home_agent || r.lifetime_s == 0) {
        if (i >= 0)
            remove_entry(ha, i, home_agent ? GONE_GOODBYE : GONE_NOT_HOME_AGENT);
        return 0;
    }
    bool is_new = i < 0;
    if (is_new)
        i = add_entry(ha, &h->src);
    if (i < 0)
        return mip6_ha_drop(ha, MIP6_DROP_NO_MEMORY, i);
    update_entry(ha, i, ra, &r);
    if (is_new)
        mip6_ha_trace(ha, MIP6_TRACE_PEER_NEW, 0, 0, NULL, &ha->peers[i].address);
    list_changed(ha);
    return 0;
}
