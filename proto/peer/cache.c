/* Caches: who owns one, which version of it is here, and what to do with a record.
 *
 *   PROTOCOL 11
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "peer.h"

#include <string.h>

/* ---- Owning ------------------------------------------------------------------------------ */

mip6_cache_line mip6_peers_line(const mip6_peers *p, uint8_t cache)
{
    const mip6_cache *c = &p->caches[cache];
    uint32_t waiting = c->batch ? c->batch->n : 0;
    return (mip6_cache_line){.cache = cache, .version = c->version - waiting,
                             .lineage = c->lineage, .base_version = c->base_version,
                             .base_lineage = c->base_lineage};
}

static void note_lineage(mip6_cache *c, uint64_t lineage)
{
    if (lineage > c->highest)
        c->highest = lineage;
}

/* The loading is over without success. */
static void give_up_loading(mip6_peers *p, uint8_t cache)
{
    mip6_cache *c = &p->caches[cache];
    if (!c->loading)
        return;
    c->loading = false;
    c->dirty = true;
    p->ops->transfer_end(p->system, c->from, cache, false, p->now_ns);
}

/* A new lineage on top of the state that is here. One that may be anything is the state of no
 * lineage, so that nobody can take his own for the same. */
void mip6_peers_own(mip6_peers *p, uint8_t cache, int64_t now_ns)
{
    mip6_cache *c = &p->caches[cache];
    assert(cache < p->config->n_caches);
    mip6_peers_set_now(p, now_ns);
    if (c->owned)
        return;
    give_up_loading(p, cache);
    if (c->owned)       /* the system did it, told of that end */
        return;
    c->owned = true;
    c->owner = p->config->self;
    c->base_lineage = c->dirty ? 0 : c->lineage;
    c->base_version = c->dirty ? 0 : c->version;
    c->version = c->dirty ? 1 : c->version;
    c->dirty = false;
    c->lineage = c->claim = ((c->highest >> 32) + 1) << 32 | p->boot;
    note_lineage(c, c->lineage);
    mip6_peers_hello_all(p);
    mip6_peers_update_next(p);
}

void mip6_peers_diverged(mip6_peers *p, uint8_t cache)
{
    assert(cache < p->config->n_caches && !p->caches[cache].owned);
    p->caches[cache].dirty = p->caches[cache].astray = true;
}

void mip6_peers_disown(mip6_peers *p, uint8_t cache, int64_t now_ns)
{
    mip6_cache *c = &p->caches[cache];
    assert(cache < p->config->n_caches);
    mip6_peers_set_now(p, now_ns);
    if (!c->owned)
        return;
    mip6_peers_flush(p, cache);
    mip6_peers_transfers_end(p, cache);
    c->owned = false;
    c->owner = MIP6_PEER_NONE;
    c->claim = 0;
    mip6_peers_hello_all(p);
    mip6_peers_update_next(p);
}

void mip6_peers_owner_gone(mip6_peers *p, uint8_t peer, uint8_t cache)
{
    mip6_cache *c = &p->caches[cache];
    if (c->owner == peer) {
        c->owner = MIP6_PEER_NONE;
        c->claim = 0;
    }
    if (c->loading && c->from == peer)
        give_up_loading(p, cache);
}

void mip6_peers_loading_lost(mip6_peers *p, uint8_t peer)
{
    for (uint8_t i = 0; i < p->config->n_caches; i++)
        if (p->caches[i].from == peer)
            give_up_loading(p, i);
}

void mip6_peers_cache(const mip6_peers *p, uint8_t cache, mip6_cache_state *out)
{
    const mip6_cache *c = &p->caches[cache];
    assert(cache < p->config->n_caches);
    *out = (mip6_cache_state){.owned = c->owned, .loading = c->loading,
                              .complete = c->owned || (!c->loading && !c->dirty && c->lineage),
                              .owner = c->owner, .version = c->version, .lineage = c->lineage};
}

/* ---- Publishing -------------------------------------------------------------------------- */

/* To all live peers. Returns how many, or MIP6_ERR_NOMEM: then the versions tell them. */
static int to_all(mip6_peers *p, const mip6_peer_message *msg)
{
    int n = 0;
    mip6_outgoing *what = mip6_peers_encode(p, msg);
    if (!what)
        return MIP6_ERR_NOMEM;
    for (uint8_t i = 0; i < p->config->n_members; i++)
        if (p->remotes[i].live && mip6_peers_queue(p, i, what) == 0)
            n++;
    what->told = n > 0;
    mip6_peers_release(p, MIP6_PEER_NONE, what, false);
    return n;
}

/* No peer will ever acknowledge these. */
static void tell_nobody_waits(mip6_peers *p, const mip6_peer_records *records)
{
    for (unsigned i = 0; i < records->n && p->ops->acknowledged; i++)
        p->ops->acknowledged(p->system, &records->records[i], p->now_ns);
}

void mip6_peers_flush(mip6_peers *p, uint8_t cache)
{
    mip6_cache *c = &p->caches[cache];
    if (!c->batch || c->batch->n == 0)
        return;
    mip6_peer_message msg = {.type = MIP6_PEER_RECORDS};
    mip6_cache_line line = mip6_peers_line(p, cache);
    msg.u.records = *c->batch;
    msg.u.records.line = line;
    msg.u.records.line.version++;
    c->batch->n = 0;
    c->batch_ns = MIP6_NEVER;
    if (to_all(p, &msg) <= 0)
        tell_nobody_waits(p, &msg.u.records);
}

static int publish_at_once(mip6_peers *p, const mip6_sync_record *record)
{
    mip6_peer_message msg = {.type = MIP6_PEER_RECORDS};
    msg.u.records.line = mip6_peers_line(p, record->cache);
    msg.u.records.n = 1;
    msg.u.records.records[0] = *record;
    return to_all(p, &msg);
}

static int publish_batched(mip6_peers *p, mip6_cache *c, const mip6_sync_record *record)
{
    const mip6_env *env = &p->shared->env;
    if (!c->batch) {
        c->batch = env->alloc(env->user, sizeof *c->batch);
        if (!c->batch)
            return publish_at_once(p, record);
        memset(c->batch, 0, sizeof *c->batch);
    }
    if (c->batch->n == 0)
        c->batch_ns = p->now_ns + p->config->batch_ns;
    c->batch->records[c->batch->n++] = *record;
    if (c->batch->n == MIP6_PEER_MAX_RECORDS)
        c->batch_ns = p->now_ns;    /* not here: the caller has not yet been told to wait */
    return (int)p->figures.live;
}

int mip6_peers_publish(mip6_peers *p, const mip6_sync_record *record, int64_t now_ns)
{
    mip6_cache *c = &p->caches[record->cache];
    assert(record->cache < p->config->n_caches && c->owned);
    mip6_peers_set_now(p, now_ns);
    /* Versions go up one by one in what is sent: a batch cannot pass over this change. */
    if (c->batch && (c->batch->n == MIP6_PEER_MAX_RECORDS || p->figures.live == 0))
        mip6_peers_flush(p, record->cache);
    c->version++;
    p->figures.published++;
    if (p->figures.live == 0)
        return 0;
    int n = p->config->batch_ns > 0 ? publish_batched(p, c, record) : publish_at_once(p, record);
    mip6_peers_update_next(p);
    return n;
}

/* ---- One record -------------------------------------------------------------------------- */

/* By the order of the node's own updates, RFC 6275 9.5.1. */
static bool is_older(uint16_t sequence, uint16_t held)
{
    return (int16_t)(uint16_t)(sequence - held) < 0;
}

static bool is_end(const mip6_sync_record *r)
{
    return r->kind == MIP6_SYNC_GONE || r->kind == MIP6_SYNC_HANDOFF_GONE;
}

typedef enum verdict { APPLY, OLDER, ASK, CORRECT } verdict;

/* Is what is held later, or the end of this very binding? */
static bool is_outdated(const mip6_sync_record *r, const mip6_sync_record *held)
{
    return is_older(r->sequence, held->sequence) ||
           (r->sequence == held->sequence && is_end(held) && !is_end(r));
}

static verdict judge(mip6_peers *p, const mip6_sync_record *r, bool loading,
                     mip6_sync_record *held)
{
    bool handoff = r->kind >= MIP6_SYNC_HANDOFF;
    *held = (mip6_sync_record){.cache = r->cache};
    bool known = p->ops->find(p->system, &r->home, handoff, held) && held->cache == r->cache;
    bool here = known && !is_end(held), lasts = r->expires_ns > p->now_ns;
    if (known && !handoff && is_outdated(r, held))
        return loading ? CORRECT : OLDER;
    if (!here && r->kind == MIP6_SYNC_REFRESH)
        return loading ? APPLY : ASK;
    return lasts || (here && is_end(r)) ? APPLY : OLDER;
}

static bool is_at_home(mip6_peers *p, const mip6_sync_record *r)
{
    if (mip6_addr_same_prefix(&r->home, &p->config->home_prefix, p->config->prefix_len))
        return true;
    p->figures.outside++;
    return false;
}

static void ask_for(mip6_peers *p, uint8_t peer, uint8_t cache, const mip6_addr *homes, unsigned n)
{
    mip6_peer_message msg = {.type = MIP6_PEER_REQUEST};
    if (n == 0)
        return;
    msg.u.request.cache = cache;
    msg.u.request.n = (uint8_t)n;
    msg.u.request.homes = homes;
    mip6_peers_queue_one(p, peer, &msg, 0);
}

/* The owner takes it as from one who owned the cache before (merge): no owner has lineage 0. */
static void correct(mip6_peers *p, uint8_t peer, uint8_t cache, const mip6_peer_records *later)
{
    mip6_peer_message msg = {.type = MIP6_PEER_RECORDS};
    if (later->n == 0)
        return;
    p->figures.corrected += later->n;
    p->caches[cache].astray = true;
    msg.u.records = *later;
    msg.u.records.line.cache = cache;
    mip6_peers_queue_one(p, peer, &msg, 0);
}

static void apply(mip6_peers *p, uint8_t peer, const mip6_sync_record *r)
{
    p->figures.applied++;
    p->ops->apply(p->system, peer, r, p->now_ns);
}

static void apply_all(mip6_peers *p, uint8_t peer, const mip6_peer_records *records, bool loading)
{
    mip6_addr asked[MIP6_PEER_MAX_RECORDS];
    mip6_peer_records later = {.n = 0};
    unsigned n_asked = 0;
    for (unsigned i = 0; i < records->n; i++) {
        const mip6_sync_record *r = &records->records[i];
        mip6_sync_record held;
        if (!is_at_home(p, r))
            continue;
        switch (judge(p, r, loading, &held)) {
        case APPLY:
            apply(p, peer, r);
            break;
        case OLDER:
            p->figures.older++;
            break;
        case ASK:
            p->figures.not_held++;
            asked[n_asked++] = r->home;
            break;
        case CORRECT:
            held.kind = is_end(&held) ? MIP6_SYNC_GONE : MIP6_SYNC_NEW;
            apply(p, peer, &held);
            later.records[later.n++] = held;
            break;
        }
    }
    ask_for(p, peer, records->line.cache, asked, n_asked);
    correct(p, peer, records->line.cache, &later);
}

/* Changes by one who has not heard yet that he owns this no more, and who takes the
 * acknowledgement for a promise, or by one who loads and knows better: what is news becomes a
 * change of the owner's. */
static void merge(mip6_peers *p, uint8_t peer, const mip6_peer_records *records)
{
    p->figures.stale++;
    for (unsigned i = 0; i < records->n && !records->unversioned; i++) {
        const mip6_sync_record *r = &records->records[i];
        mip6_sync_record held;
        if (!is_at_home(p, r) || judge(p, r, false, &held) != APPLY)
            continue;
        apply(p, peer, r);
        if (p->caches[r->cache].owned)
            mip6_peers_publish(p, r, p->now_ns);
    }
}

/* ---- Versions ---------------------------------------------------------------------------- */

static void load_from(mip6_peers *p, uint8_t peer, uint8_t cache)
{
    mip6_cache *c = &p->caches[cache];
    mip6_peer_message msg = {.type = MIP6_PEER_REQUEST};
    p->figures.gaps++;
    c->loading = c->dirty = true;
    c->astray = false;
    c->id = ++p->requests;
    msg.u.request.cache = cache;
    msg.u.request.id = c->id;
    c->from = peer;
    p->ops->transfer_begin(p->system, peer, cache, p->now_ns);
    /* Without memory the next hello says it again. */
    if (c->loading && c->id == msg.u.request.id && mip6_peers_queue_one(p, peer, &msg, 0) != 0)
        give_up_loading(p, cache);
}

/* May this sender speak for the cache? The highest lineage of a live owner stands; one's own
 * gives way to a higher one, and so does a transfer of another. */
static bool is_owner(mip6_peers *p, uint8_t peer, const mip6_cache_line *line)
{
    mip6_cache *c = &p->caches[line->cache];
    note_lineage(c, line->lineage);
    if (line->lineage < c->claim) {
        p->figures.stale++;
        return false;
    }
    if (c->owned) {
        if (p->ops->superseded)
            p->ops->superseded(p->system, peer, line->cache, p->now_ns);
        mip6_peers_disown(p, line->cache, p->now_ns);
    }
    /* A copy of two lineages' words would be nobody's. */
    if (c->claim != line->lineage)
        give_up_loading(p, line->cache);
    c->claim = line->lineage;
    c->owner = peer;
    return true;
}

/* The state here is the one that the lineage began with: it is one of that lineage, too. */
static void adopt(mip6_cache *c, const mip6_cache_line *line)
{
    if (!c->dirty && c->lineage != line->lineage && c->lineage == line->base_lineage &&
        c->version == line->base_version)
        c->lineage = line->lineage;
}

void mip6_peers_on_line(mip6_peers *p, uint8_t peer, const mip6_cache_line *line, bool settled)
{
    if (line->cache >= p->config->n_caches || !is_owner(p, peer, line))
        return;
    mip6_cache *c = &p->caches[line->cache];
    if (c->loading)
        return;
    adopt(c, line);
    bool same = !c->dirty && c->lineage == line->lineage &&
                (int32_t)(line->version - c->version) <= 0;
    if (!same && settled)
        load_from(p, peer, line->cache);
}

void mip6_peers_on_records(mip6_peers *p, uint8_t peer, const mip6_peer_records *records)
{
    const mip6_cache_line *line = &records->line;
    if (line->cache >= p->config->n_caches)
        return;
    mip6_cache *c = &p->caches[line->cache];
    if (c->owned && line->lineage < c->claim) {
        merge(p, peer, records);
        return;
    }
    if (line->lineage == 0) {
        p->figures.stale++;
        return;
    }
    if (!is_owner(p, peer, line))
        return;
    bool loading = c->loading;
    adopt(c, line);
    /* Left of a transfer that was given up, of another lineage than the state here. */
    if (records->unversioned && !loading && c->lineage != line->lineage) {
        p->figures.stale++;
        return;
    }
    bool next = !c->dirty && c->lineage == line->lineage && line->version == c->version + 1;
    if (next && !records->unversioned)
        c->version += records->n;
    apply_all(p, peer, records, loading);
    if (!next && !records->unversioned && !c->loading && !c->owned)
        load_from(p, peer, line->cache);
}

void mip6_peers_on_end(mip6_peers *p, uint8_t peer, const mip6_peer_message *msg)
{
    const mip6_cache_line *line = &msg->u.end.line;
    if (line->cache >= p->config->n_caches)
        return;
    mip6_cache *c = &p->caches[line->cache];
    if (!c->loading || c->from != peer || c->id != msg->u.end.id)
        return;
    if (!msg->u.end.complete) {
        give_up_loading(p, line->cache);
        return;
    }
    c->loading = false;
    c->dirty = c->astray;   /* then it is not what the owner had, and comes once more */
    c->lineage = line->lineage;
    c->version = line->version;
    p->figures.transfers_in++;
    p->ops->transfer_end(p->system, peer, line->cache, true, p->now_ns);
}
