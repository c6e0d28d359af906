/* Active-standby: members stand behind virtual agents; one serves a group, all have its bindings.
 *
 * When a member takes part in an election and what follows from it; and each change of a master's
 * bindings copied to all members: a group is a cache of the control plane, and its master owns it.
 * The endpoint says what to do with a record and when to load a whole cache; here it is done.
 *
 *   PROTOCOL 11, 12; RFC 5798 section 6.4
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "mip6_active_standby.h"

#include <assert.h>
#include <string.h>

#include "ha/ha_internal.h"

/* Room for an instance of the election, of which only vrrp/ knows the inside. */
#define VRRP_BYTES 512

typedef struct group {
    mip6_active_standby *system;
    mip6_vrrp *vrrp;
    int64_t wait_ns;        /* in Initialize: then it starts up in any case; MIP6_NEVER: it does
                             * not wait */
    uint8_t index;
    bool serves;
    bool held;              /* the update at hand: somebody has to acknowledge it first */
    max_align_t storage[VRRP_BYTES / sizeof(max_align_t)];
} group;

struct mip6_active_standby {
    const mip6_active_standby_config *config;
    mip6_peers *peers;      /* NULL: bindings are not copied */
    int64_t now_ns;
    group groups[MIP6_ACTIVE_STANDBY_GROUPS];
};

static mip6_ha *agent(const mip6_active_standby *s, unsigned g)
{
    return s->config->agents[g];
}

/* ---- Life ------------------------------------------------------------------------- */

size_t mip6_active_standby_size(void)
{
    return sizeof(mip6_active_standby);
}

static void set_now(mip6_active_standby *s, int64_t now_ns)
{
    assert(now_ns >= s->now_ns);
    s->now_ns = now_ns;
}

static bool vrids_differ(const mip6_active_standby_config *c)
{
    for (unsigned i = 0; i < c->n_groups; i++)
        for (unsigned k = 0; k < i; k++)
            if (c->vrrp[i].vrid == c->vrrp[k].vrid)
                return false;
    return true;
}

mip6_active_standby *mip6_active_standby_init(void *storage,
                                              const mip6_active_standby_config *config,
                                              int64_t now_ns)
{
    assert(storage && config && config->n_groups > 0 &&
           config->n_groups <= MIP6_ACTIVE_STANDBY_GROUPS && vrids_differ(config));
    assert(mip6_vrrp_size() <= sizeof((group *)0)->storage);
    mip6_active_standby *s = storage;
    memset(s, 0, sizeof *s);
    s->config = config;
    s->now_ns = now_ns;
    for (unsigned g = 0; g < config->n_groups; g++) {
        s->groups[g].vrrp = mip6_vrrp_init(s->groups[g].storage, &config->vrrp[g], now_ns);
        s->groups[g].wait_ns = MIP6_NEVER;
        s->groups[g].system = s;
        s->groups[g].index = (uint8_t)g;
    }
    return s;
}

/* From the last word of a master that was heard. */
static void wait_on(mip6_active_standby *s, unsigned g)
{
    const mip6_vrrp_config *c = &s->config->vrrp[g];
    mip6_vrrp_figures figures;
    mip6_vrrp_get_figures(s->groups[g].vrrp, &figures);
    s->groups[g].wait_ns =
        s->now_ns + mip6_vrrp_master_down_ns(c->priority, figures.master_interval_ns);
}

void mip6_active_standby_start(mip6_active_standby *s, int64_t now_ns)
{
    set_now(s, now_ns);
    for (unsigned g = 0; g < s->config->n_groups; g++) {
        mip6_ha_stand_by(agent(s, g), now_ns);
        wait_on(s, g);
    }
}

void mip6_active_standby_stop(mip6_active_standby *s, int64_t now_ns)
{
    set_now(s, now_ns);
    for (unsigned g = 0; g < s->config->n_groups; g++) {
        s->groups[g].wait_ns = MIP6_NEVER;
        mip6_vrrp_shutdown(s->groups[g].vrrp, now_ns);
    }
}

static void start_up(mip6_active_standby *s, group *g)
{
    g->wait_ns = MIP6_NEVER;
    mip6_vrrp_startup(g->vrrp, s->now_ns);
}

void mip6_active_standby_loaded(mip6_active_standby *s, uint8_t g, int64_t now_ns)
{
    set_now(s, now_ns);
    assert(g < s->config->n_groups);
    if (s->groups[g].wait_ns != MIP6_NEVER)
        start_up(s, &s->groups[g]);
}

/* ---- What the master's agent tells ------------------------------------------------- */

/* Nobody learns of it from one who does not own the cache: a partition has healed, and what the
 * owner has is on its way. Then it is told what is later here. */
static void changed(void *self, const mip6_sync_record *record)
{
    group *g = self;
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
    group *g = self;
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

void mip6_active_standby_share(mip6_active_standby *s, mip6_peers *peers)
{
    s->peers = peers;
    for (unsigned g = 0; g < s->config->n_groups; g++)
        mip6_ha_set_keeper(agent(s, g), &keeper, &s->groups[g]);
}

/* ---- Packets and time --------------------------------------------------------------- */

int mip6_active_standby_receive(mip6_active_standby *s, const uint8_t *pkt, size_t len,
                                int64_t now_ns)
{
    set_now(s, now_ns);
    int result = MIP6_ERR_IGNORED;
    for (unsigned g = 0; g < s->config->n_groups; g++) {
        mip6_vrrp *v = s->groups[g].vrrp;
        /* What cannot be read is counted once. */
        result = mip6_vrrp_receive(v, pkt, len, now_ns);
        if (result == 0 && s->groups[g].wait_ns != MIP6_NEVER)
            wait_on(s, g);
        if (result != MIP6_ERR_IGNORED)
            break;
    }
    return result;
}

int64_t mip6_active_standby_next_expiry(const mip6_active_standby *s)
{
    int64_t next = MIP6_NEVER;
    for (unsigned g = 0; g < s->config->n_groups; g++) {
        int64_t election = mip6_vrrp_next_expiry(s->groups[g].vrrp);
        int64_t wait = s->groups[g].wait_ns;
        next = election < next ? election : next;
        next = wait < next ? wait : next;
    }
    return next;
}

void mip6_active_standby_expire(mip6_active_standby *s, int64_t now_ns)
{
    set_now(s, now_ns);
    for (unsigned g = 0; g < s->config->n_groups; g++) {
        if (s->groups[g].wait_ns <= now_ns)
            start_up(s, &s->groups[g]);
        mip6_vrrp_expire(s->groups[g].vrrp, now_ns);
    }
}

/* The group's agent serves, or stands by, from now on. */
static void served(mip6_active_standby *s, unsigned g)
{
    if (!s->peers)
        return;
    if (s->groups[g].serves)
        mip6_peers_own(s->peers, (uint8_t)g, s->now_ns);
    else
        mip6_peers_disown(s->peers, (uint8_t)g, s->now_ns);
}

/* A takeover: one state of one agent, whatever it holds. */
static void follow(mip6_active_standby *s, unsigned g, mip6_vrrp_action_kind kind)
{
    mip6_ha *ha = agent(s, g);
    s->groups[g].serves = kind == MIP6_VRRP_SERVE;
    if (s->groups[g].serves)
        mip6_ha_start(ha, s->now_ns);
    else
        mip6_ha_stand_by(ha, s->now_ns);
    served(s, g);
}

bool mip6_active_standby_poll(mip6_active_standby *s, mip6_active_standby_action *action,
                              uint8_t *buf, size_t cap, int64_t now_ns)
{
    set_now(s, now_ns);
    for (unsigned g = 0; g < s->config->n_groups; g++) {
        mip6_vrrp_action a;
        if (!mip6_vrrp_poll(s->groups[g].vrrp, &a, buf, cap, now_ns))
            continue;
        if (a.kind != MIP6_VRRP_SEND)
            follow(s, g, a.kind);
        *action = (mip6_active_standby_action){a.kind, (uint8_t)g, a.len};
        return true;
    }
    return false;
}

/* ---- Queries ------------------------------------------------------------------------ */

bool mip6_active_standby_serves(const mip6_active_standby *s, uint8_t g)
{
    return s->groups[g].serves;
}

bool mip6_active_standby_waits(const mip6_active_standby *s, uint8_t g)
{
    return s->groups[g].wait_ns != MIP6_NEVER;
}

const mip6_vrrp *mip6_active_standby_vrrp(const mip6_active_standby *s, uint8_t g)
{
    return s->groups[g].vrrp;
}
