/* Active-standby: each change of a master's bindings is copied to all members.
 *
 * A group is a cache of the control plane, and its master owns it. The endpoint says what to do
 * with a record and when to load a whole cache; here it is done.
 *
 *   PROTOCOL 11, 12
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "active_standby.h"

#include <assert.h>

#include "ha/ha_internal.h"

static mip6_ha *agent(const mip6_active_standby *s, unsigned g)
{
    return s->config->agents[g];
}

/* ---- What the master's agent tells ------------------------------------------------- */

/* Nobody learns of it from one who does not own the cache: a partition has healed, and what the
 * owner has is on its way. Then it is told what is later here. */
static void changed(void *self, const mip6_sync_record *record)
{
    mip6_as_group *g = self;
    mip6_active_standby *s = g->system;
    mip6_cache_state state;
    mip6_peers_cache(s->peers, g->index, &state);
    g->held = false;
    if (!state.owned) {
        mip6_peers_diverged(s->peers, g->index);
        return;
    }
    mip6_sync_record r = *record;
    r.cache = g->index;
    g->held = mip6_peers_publish(s->peers, &r, agent(s, g->index)->now_ns) > 0;
}

/* Asked right after `changed`, about the same update. */
static bool may_acknowledge(void *self, const mip6_addr *home)
{
    mip6_as_group *g = self;
    (void)home;
    return !(g->held && g->system->config->before_ack);
}

static const mip6_keeper keeper = {.changed = changed, .may_acknowledge = may_acknowledge,
                                  .keeps_ends = true};

static void acknowledged(void *self, const mip6_sync_record *record, int64_t now_ns)
{
    mip6_active_standby *s = self;
    if (s->config->before_ack && record->kind <= MIP6_SYNC_GONE)
        mip6_ha_release_ack(agent(s, record->cache), &record->home, record->sequence, now_ns);
}

/* ---- What other members tell --------------------------------------------------------- */

/* The cache that out->cache names goes first: an address that has moved is in two. */
static bool find(void *self, const mip6_addr *home, bool handoff, mip6_sync_record *out)
{
    const mip6_active_standby *s = self;
    unsigned n = s->config->n_groups, first = out->cache;
    for (unsigned i = 0; i < n; i++) {
        unsigned g = (first + i) % n;
        if (mip6_ha_record(agent(s, g), home, handoff, out)) {
            out->cache = (uint8_t)g;
            return true;
        }
    }
    return false;
}

static void apply(void *self, uint8_t peer, const mip6_sync_record *record, int64_t now_ns)
{
    mip6_active_standby *s = self;
    (void)peer;
    mip6_ha_take(agent(s, record->cache), record, now_ns);
}

static uint32_t records(void *self, uint8_t cache, uint64_t *cursor, mip6_sync_record *out,
                        uint32_t cap, int64_t now_ns)
{
    const mip6_active_standby *s = self;
    (void)now_ns;
    uint32_t n = mip6_ha_records(agent(s, cache), cursor, out, cap);
    for (uint32_t i = 0; i < n; i++)
        out[i].cache = cache;
    return n;
}

static void transfer_begin(void *self, uint8_t peer, uint8_t cache, int64_t now_ns)
{
    mip6_active_standby *s = self;
    (void)peer, (void)now_ns;
    mip6_ha_load_begin(agent(s, cache));
}

/* A master that lost its cache to another one takes it back, with what both had. */
static void transfer_end(void *self, uint8_t peer, uint8_t cache, bool complete, int64_t now_ns)
{
    mip6_active_standby *s = self;
    (void)peer;
    if (!complete)
        return;
    if (s->groups[cache].serves) {
        mip6_peers_diverged(s->peers, cache);
        mip6_peers_own(s->peers, cache, now_ns);
    } else {
        mip6_ha_load_end(agent(s, cache), now_ns);
    }
    mip6_active_standby_loaded(s, cache, now_ns);
}

/* What no transfer tells: a master that gave its cache to another one has it back when nobody owns
 * it any more; a member that waits has what it waits for where it held just that state already. */
static void look_at_caches(mip6_active_standby *s, int64_t now_ns)
{
    for (uint8_t g = 0; g < s->config->n_groups; g++) {
        mip6_cache_state state;
        mip6_peers_cache(s->peers, g, &state);
        bool owned = state.owner < MIP6_PEER_MAX_MEMBERS;
        if (s->groups[g].serves && !owned && !state.loading)
            mip6_peers_own(s->peers, g, now_ns);
        else if (owned && state.complete)
            mip6_active_standby_loaded(s, g, now_ns);
    }
}

static void hello(void *self, uint8_t peer, const mip6_peer_hello *said, int64_t now_ns)
{
    (void)peer, (void)said;
    look_at_caches(self, now_ns);
}

static void peer_up(void *self, uint8_t peer, uint32_t boot, int64_t now_ns)
{
    (void)self, (void)peer, (void)boot, (void)now_ns;
}

static void peer_gone(void *self, uint8_t peer, int64_t now_ns)
{
    (void)peer;
    look_at_caches(self, now_ns);
}

const mip6_system_ops *mip6_active_standby_ops(void)
{
    static const mip6_system_ops ops = {
        .peer_up = peer_up, .peer_gone = peer_gone, .hello = hello, .find = find, .apply = apply,
        .records = records, .transfer_begin = transfer_begin, .transfer_end = transfer_end,
        .acknowledged = acknowledged};
    return &ops;
}

/* ---- Elections ------------------------------------------------------------------------- */

void mip6_active_standby_share(mip6_active_standby *s, mip6_peers *peers)
{
    s->peers = peers;
    for (unsigned g = 0; g < s->config->n_groups; g++)
        mip6_ha_set_keeper(agent(s, g), &keeper, &s->groups[g]);
}

void mip6_as_served(mip6_active_standby *s, unsigned g)
{
    if (!s->peers)
        return;
    if (s->groups[g].serves)
        mip6_peers_own(s->peers, (uint8_t)g, s->now_ns);
    else
        mip6_peers_disown(s->peers, (uint8_t)g, s->now_ns);
}
