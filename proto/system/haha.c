/* Synchronised home agents: who serves what, copied to all.
 *
 *   PROTOCOL 13
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "system/haha_internal.h"

#include <string.h>

#define SWEEP_NS MIP6_SECOND_NS
#define SWEEP_PARTS 64u         /* a round of the store takes so many steps */

static void set_now(mip6_haha *h, int64_t now_ns)
{
    h->now_ns = now_ns > h->now_ns ? now_ns : h->now_ns;
}

/* ---- Records ----------------------------------------------------------------------------- */

void mip6_haha_write(const mip6_haha *h, mip6_secondary *r, const mip6_sync_record *from)
{
    r->care_of = from->care_of;
    r->sequence = from->sequence;
    r->lifetime_units = from->lifetime_units;
    mip6_secondary_expire_at(r, from->expires_ns, h->now_ns);
    r->flags = from->link_local ? MIP6_SECONDARY_LINK_LOCAL : 0;
    if (from->taken)
        r->flags |= MIP6_SECONDARY_TAKEN;
}

void mip6_haha_read(const mip6_haha *h, const mip6_secondary *r, mip6_sync_record *out)
{
    *out = (mip6_sync_record){
        .kind = MIP6_SYNC_NEW, .cache = haha_owner_of(h, r), .sequence = r->sequence,
        .lifetime_units = r->lifetime_units, .care_of = r->care_of,
        .expires_ns = mip6_secondary_expires(r, h->now_ns),
        .home = mip6_secondary_home(&h->store, r),
        .link_local = r->flags & MIP6_SECONDARY_LINK_LOCAL,
        .taken = r->flags & MIP6_SECONDARY_TAKEN};
}

bool mip6_haha_own(const mip6_haha *h, const mip6_addr *home, mip6_sync_record *out)
{
    if (!mip6_ha_record(h->ha, home, false, out))
        return false;
    const mip6_secondary *r = mip6_secondaries_find(&h->store, home);
    out->cache = h->self;
    out->taken = r && (haha_state_of(h, r) == HAHA_TAKEN ||
                       (haha_state_of(h, r) == HAHA_LOST &&
                        (r->flags & MIP6_SECONDARY_OWN_TAKEN)));
    return true;
}

bool mip6_haha_lives(const mip6_haha *h, const mip6_secondary *r)
{
    return r && mip6_secondary_expires(r, h->now_ns) > h->now_ns;
}

void mip6_haha_hold(mip6_haha *h, const mip6_sync_record *record, uint32_t row)
{
    uint32_t list = haha_list(h, row, record->cache);
    mip6_secondary *r = mip6_secondaries_find(&h->store, &record->home);
    if (r)
        mip6_secondaries_move(&h->store, r, list);
    else
        r = mip6_secondaries_add(&h->store, &record->home, list);
    if (!r)
        return;     /* no memory: the next refresh brings it, for it is asked for then */
    mip6_haha_write(h, r, record);
    r->phase = h->phase[record->cache];
    if (h->sweep_ns == MIP6_NEVER)
        h->sweep_ns = h->now_ns + SWEEP_NS;
}

static void drop(mip6_haha *h, const mip6_addr *home)
{
    mip6_secondary *r = mip6_secondaries_find(&h->store, home);
    if (r)
        mip6_secondaries_remove(&h->store, r);
}

int mip6_haha_tell(mip6_haha *h, const mip6_sync_record *own, mip6_sync_kind kind)
{
    mip6_sync_record record = *own;
    record.cache = h->self;
    record.kind = kind;
    return mip6_peers_publish(h->peers, &record, h->now_ns);
}

/* ---- From the agent ------------------------------------------------------------------------ */

static void changed(void *self, const mip6_sync_record *record)
{
    mip6_haha *h = self;
    if (record->kind == MIP6_SYNC_HANDOFF || record->kind == MIP6_SYNC_HANDOFF_GONE)
        return;     /* who is sent where is each agent's own matter */
    set_now(h, mip6_ha_now(h->ha));
    mip6_haha_node_heard(h);
    drop(h, &record->home);
    int n = mip6_haha_tell(h, record, record->kind);
    bool waits = h->config->before_ack && n > 0 && record->kind != MIP6_SYNC_GONE;
    h->held_home = waits ? record->home : (mip6_addr){{0}};
}

static bool may_acknowledge(void *self, const mip6_addr *home)
{
    const mip6_haha *h = self;
    return !mip6_addr_equal(&h->held_home, home);
}

/* Another agent serves the address already: nobody else can have it. */
static bool knows(void *self, const mip6_addr *home)
{
    const mip6_haha *h = self;
    return mip6_haha_lives(h, mip6_secondaries_find(&h->store, home));
}

static bool stands_in(void *self, const mip6_addr *home, mip6_addr *to)
{
    const mip6_haha *h = self;
    const mip6_secondary *r =
        h->config->intercepts ? mip6_secondaries_find(&h->store, home) : NULL;
    if (!mip6_haha_lives(h, r))
        return false;
    uint8_t owner = haha_owner_of(h, r);
    bool by_owner = !h->config->direct && haha_state_of(h, r) == HAHA_COPY && owner != h->self;
    *to = by_owner ? h->members->members[owner] : r->care_of;
    return true;
}

static bool is_peer(void *self, const mip6_addr *address)
{
    const mip6_haha *h = self;
    for (uint8_t k = 0; k < h->members->n_members; k++)
        if (k != h->self && mip6_addr_equal(&h->members->members[k], address))
            return true;
    return false;
}

static bool may_call(void *self, const mip6_addr *home, int64_t now_ns)
{
    mip6_haha *h = self;
    set_now(h, now_ns);
    return mip6_haha_may_call(h, home);
}

static const mip6_keeper keeper = {.changed = changed, .may_acknowledge = may_acknowledge,
                                   .knows = knows, .stands_in = stands_in, .is_peer = is_peer,
                                   .may_call = may_call};

/* ---- From the endpoint ---------------------------------------------------------------------- */

static void peer_up(void *self, uint8_t peer, uint32_t boot, int64_t now_ns)
{
    mip6_haha *h = self;
    set_now(h, now_ns);
    h->report[peer] = (mip6_load_report){0};
    h->named[peer] = mip6_secondaries_in(&h->store, haha_list(h, HAHA_CLAIMED, peer));
    /* It was only cut off, and serves what it did. */
    if (boot == h->boot[peer]) {
        h->back |= UINT32_C(1) << peer;
        mip6_haha_kick(h);
    } else {
        h->reborn |= UINT32_C(1) << peer;
    }
    mip6_haha_somebody_lives(h);
    h->boot[peer] = boot;
}

static void peer_gone(void *self, uint8_t peer, int64_t now_ns)
{
    mip6_haha *h = self;
    set_now(h, now_ns);
    if (h->config->intercepts)
        mip6_ha_hear_report(h->ha, &h->members->members[peer], NULL, 0, now_ns);
    if (mip6_ha_stopped_ns(h->ha) != MIP6_NEVER)
        return;         /* it is this one that has left */
    if (mip6_peers_count(h->peers) == 0)
        mip6_haha_nobody_lives(h);
    mip6_haha_orphan(h, peer);
}

/* The list of who lives, where no advertisement comes from another link. */
static void hello(void *self, uint8_t peer, const mip6_peer_hello *heard, int64_t now_ns)
{
    mip6_haha *h = self;
    set_now(h, now_ns);
    h->report[peer] = heard->report;
    h->named[peer] = mip6_secondaries_in(&h->store, haha_list(h, HAHA_CLAIMED, peer));
    int64_t lifetime_ns = (int64_t)(h->members->missed + 1) * h->members->hello_ns;
    if (h->config->intercepts)
        mip6_ha_hear_report(h->ha, &h->members->members[peer], &heard->report, lifetime_ns,
                            now_ns);
}

static void report(void *self, mip6_load_report *out, int64_t now_ns)
{
    mip6_haha *h = self;
    set_now(h, now_ns);
    h->said_ns = h->now_ns;
    mip6_ha_report(h->ha, out);
}

static bool find(void *self, const mip6_addr *home, bool handoff, mip6_sync_record *out)
{
    const mip6_haha *h = self;
    if (handoff)
        return false;
    if (mip6_haha_own(h, home, out))
        return true;
    const mip6_secondary *r = mip6_secondaries_find(&h->store, home);
    if (!mip6_haha_lives(h, r))
        return false;
    mip6_haha_read(h, r, out);
    return true;
}

/* Two agents that have one address: by the newer update; at the same one, by who has it from the
 * node and not from a decider; then the lower address. Both come to the same answer. */
bool mip6_haha_prevails(const mip6_haha *h, const mip6_sync_record *a, const mip6_sync_record *b)
{
    if (a->sequence != b->sequence)
        return (uint16_t)(a->sequence - b->sequence) < 32768;
    if (a->taken != b->taken)
        return !a->taken;
    return memcmp(&h->members->members[a->cache], &h->members->members[b->cache],
                  sizeof(mip6_addr)) < 0;
}

/* Another agent's record, of what is not served here. Where a third one has it, the two of them
 * will see who keeps it: the same one as is held here meanwhile. */
static void copy(mip6_haha *h, const mip6_sync_record *record)
{
    const mip6_secondary *r = mip6_secondaries_find(&h->store, &record->home);
    mip6_sync_record held;
    if (mip6_haha_lives(h, r) && haha_owner_of(h, r) != record->cache) {
        mip6_haha_read(h, r, &held);
        bool served = haha_state_of(h, r) == HAHA_COPY;
        bool newer = held.sequence != record->sequence &&
                     (uint16_t)(held.sequence - record->sequence) < 32768;
        if (newer || (served && mip6_haha_prevails(h, &held, record)))
            return;
    }
    mip6_haha_hold(h, record, HAHA_COPY);
}

static void end(mip6_haha *h, const mip6_sync_record *record)
{
    mip6_secondary *r = mip6_secondaries_find(&h->store, &record->home);
    if (!r || haha_owner_of(h, r) != record->cache)
        return;
    if (haha_state_of(h, r) == HAHA_COPY)
        mip6_secondaries_remove(&h->store, r);
    else if (haha_state_of(h, r) == HAHA_LOST)
        mip6_secondaries_remove(&h->store, r);      /* what is served here stays */
}

static void apply(void *self, uint8_t peer, const mip6_sync_record *record, int64_t now_ns)
{
    mip6_haha *h = self;
    mip6_sync_record own = {0};
    (void)peer;
    set_now(h, now_ns);
    if (record->kind == MIP6_SYNC_GONE) {
        end(h, record);
        return;
    }
    if (record->kind != MIP6_SYNC_NEW && record->kind != MIP6_SYNC_REFRESH)
        return;
    if (!mip6_haha_own(h, &record->home, &own)) {
        copy(h, record);
    } else if (mip6_haha_prevails(h, &own, record)) {
        h->kept++;
        mip6_haha_tell(h, &own, MIP6_SYNC_NEW);
        mip6_ha_announce(h->ha, &record->home, now_ns);
    } else {
        mip6_haha_hold(h, record, HAHA_LOST);
    }
    mip6_secondary *r = mip6_secondaries_find(&h->store, &record->home);
    if (r && haha_state_of(h, r) == HAHA_LOST && own.taken)
        r->flags |= MIP6_SECONDARY_OWN_TAKEN;
}

static uint32_t records(void *self, uint8_t cache, uint64_t *cursor, mip6_sync_record *out,
                        uint32_t cap, int64_t now_ns)
{
    mip6_haha *h = self;
    set_now(h, now_ns);
    if (cache != h->self)
        return 0;
    uint32_t n, kept = 0;
    /* Handoff entries do not travel; where a part has nothing else, on to the next. */
    do {
        n = mip6_ha_records(h->ha, cursor, out, cap);
        for (uint32_t i = 0; i < n; i++)
            if (out[i].kind == MIP6_SYNC_NEW && mip6_haha_own(h, &out[i].home, &out[kept]))
                kept++;
    } while (n > 0 && kept == 0);
    return kept;
}

static void transfer_begin(void *self, uint8_t peer, uint8_t cache, int64_t now_ns)
{
    mip6_haha *h = self;
    (void)peer;
    set_now(h, now_ns);
    h->phase[cache]++;
    h->brought &= ~(UINT32_C(1) << cache);
}

/* What it has not brought the owner has no more; where it broke off, nobody knows, and the next one
 * begins anew. */
static void transfer_end(void *self, uint8_t peer, uint8_t cache, bool complete, int64_t now_ns)
{
    mip6_haha *h = self;
    (void)peer;
    set_now(h, now_ns);
    if (!complete)
        return;
    h->brought |= UINT32_C(1) << cache;
    mip6_haha_kick(h);
    mip6_haha_portion(h);
}

static void acknowledged(void *self, const mip6_sync_record *record, int64_t now_ns)
{
    mip6_haha *h = self;
    set_now(h, now_ns);
    if (h->config->before_ack && record->kind != MIP6_SYNC_GONE)
        mip6_ha_release_ack(h->ha, &record->home, record->sequence, now_ns);
}

static void message(void *self, uint8_t peer, uint8_t code, const uint8_t *body, size_t len,
                    int64_t now_ns)
{
    mip6_haha *h = self;
    set_now(h, now_ns);
    mip6_haha_on_message(h, peer, code, body, len);
}

const mip6_system_ops *mip6_haha_ops(void)
{
    static const mip6_system_ops ops = {
        .peer_up = peer_up, .peer_gone = peer_gone, .hello = hello, .report = report, .find = find,
        .apply = apply, .records = records, .transfer_begin = transfer_begin,
        .transfer_end = transfer_end, .acknowledged = acknowledged, .message = message};
    return &ops;
}

/* ---- Life ------------------------------------------------------------------------------------ */

size_t mip6_haha_size(void)
{
    return sizeof(mip6_haha);
}

mip6_haha *mip6_haha_init(void *storage, mip6_shared *shared, const mip6_haha_config *config,
                          mip6_ha *ha, uint64_t cookie, int64_t now_ns)
{
    const mip6_peers_config *members = config->peers;
    assert(members->n_caches == members->n_members && config->takeover_rate > 0);
    mip6_haha *h = storage;
    const uint64_t secret[2] = {
        mip6_shared_random(shared, cookie, MIP6_RANDOM_SECRET, 2),
        mip6_shared_random(shared, cookie, MIP6_RANDOM_SECRET, 3)};
    memset(h, 0, sizeof *h);
    h->shared = shared;
    h->config = config;
    h->members = members;
    h->ha = ha;
    h->cookie = cookie;
    h->now_ns = now_ns;
    h->self = members->self;
    h->sweep_ns = h->orphans_ns = h->last_taken_ns = MIP6_NEVER;
    h->take_ns = h->portion_ns = INT64_MIN;
    h->alone = (haha_alone){.since_ns = MIP6_NEVER, .sure_ns = INT64_MIN};
    uint32_t lists = HAHA_N_ROWS * (uint32_t)members->n_members;
    bool good = mip6_secondaries_init(&h->store, &shared->env, secret, &members->home_prefix,
                                      lists) == 0;
    return good ? h : NULL;
}

void mip6_haha_free(mip6_haha *h)
{
    mip6_ha_set_keeper(h->ha, NULL, NULL);
    mip6_secondaries_free(&h->store);
}

void mip6_haha_start(mip6_haha *h, mip6_peers *peers, int64_t now_ns)
{
    set_now(h, now_ns);
    h->peers = peers;
    mip6_ha_set_keeper(h->ha, &keeper, h);
    mip6_peers_own(peers, h->self, now_ns);
}

static uint32_t in_row(const mip6_haha *h, uint32_t row)
{
    uint32_t n = 0;
    for (uint8_t k = 0; k < h->members->n_members; k++)
        n += mip6_secondaries_in(&h->store, haha_list(h, row, k));
    return n;
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

int64_t mip6_haha_next_expiry(const mip6_haha *h)
{
    int64_t next = earlier(earlier(h->sweep_ns, h->orphans_ns), mip6_haha_next_portion(h));
    if (mip6_secondaries_in(&h->store, haha_list(h, HAHA_CLAIMED, h->self)) > 0)
        next = earlier(next, h->take_ns > h->now_ns ? h->take_ns : h->now_ns);
    return in_row(h, HAHA_LOST) > 0 ? earlier(next, h->now_ns) : next;
}

/* The more there are the more often, but no more at a time. */
static void sweep(mip6_haha *h)
{
    uint32_t visits = h->store.count / SWEEP_PARTS + SWEEP_PARTS;
    uint32_t now = visits < HAHA_PORTION ? visits : HAHA_PORTION;
    mip6_secondaries_sweep(&h->store, now, h->now_ns);
    h->sweep_ns = h->store.count > 0 ? h->now_ns + SWEEP_NS * now / visits : MIP6_NEVER;
}

void mip6_haha_expire(mip6_haha *h, int64_t now_ns)
{
    set_now(h, now_ns);
    mip6_haha_give_up_some(h);
    if (h->orphans_ns <= now_ns)
        mip6_haha_see_to_orphans(h);
    mip6_haha_portion(h);
    mip6_haha_take_some(h);
    if (h->sweep_ns <= now_ns)
        sweep(h);
}

static uint32_t orphans(const mip6_haha *h)
{
    uint32_t n = 0;
    for (uint8_t k = 0; k < h->members->n_members; k++)
        if (!(h->back >> k & 1))
            n += haha_orphans_of(h, k);
    return n;
}

void mip6_haha_get_figures(const mip6_haha *h, mip6_haha_figures *out)
{
    *out = (mip6_haha_figures){
        .orphans = orphans(h), .claims = in_row(h, HAHA_CLAIMED),
        .secondaries = h->store.count - in_row(h, HAHA_TAKEN),
        .bytes = mip6_secondaries_bytes(&h->store), .decided = h->decided, .taken = h->taken,
        .given_up = h->given_up, .kept = h->kept, .malformed = h->malformed,
        .last_taken_ns = h->last_taken_ns};
}
