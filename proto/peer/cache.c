/* Caches: who owns one, and which version of it is here.
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
        mip6_peers_merge(p, peer, records);
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
    mip6_peers_take(p, peer, records, loading);
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
