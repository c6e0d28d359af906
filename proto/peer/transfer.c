/* Whole caches to peers that lack them, a lot of records at a time.
 *
 * Changes go to the same peer by the same queue meanwhile: whatever is read of the cache later
 * is newer, and comes later. So nothing is held fast for a transfer.
 *
 *   PROTOCOL 11
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "peer.h"

#include <string.h>

/* ---- Requests ---------------------------------------------------------------------------- */

static int send_end(mip6_peers *p, uint8_t peer, uint8_t cache, uint32_t id, bool complete)
{
    mip6_peer_message msg = {.type = MIP6_PEER_TRANSFER_END};
    msg.u.end.line = mip6_peers_line(p, cache);
    msg.u.end.id = id;
    msg.u.end.complete = complete;
    return mip6_peers_queue_one(p, peer, &msg, 0);
}

static int send_records(mip6_peers *p, uint8_t peer, uint8_t cache,
                        const mip6_sync_record *records, uint32_t n)
{
    for (uint32_t at = 0; at < n; at += MIP6_PEER_MAX_RECORDS) {
        uint32_t left = n - at;
        mip6_peer_message msg = {.type = MIP6_PEER_RECORDS};
        mip6_peer_records *r = &msg.u.records;
        r->line = mip6_peers_line(p, cache);
        r->line.version = 0;
        r->unversioned = true;
        r->n = (uint8_t)(left < MIP6_PEER_MAX_RECORDS ? left : MIP6_PEER_MAX_RECORDS);
        memcpy(r->records, records + at, r->n * sizeof *records);
        int result = mip6_peers_queue_one(p, peer, &msg, 0);
        if (result != 0)
            return result;
    }
    return 0;
}

/* Single addresses: as they are now. Of what is not here any more, an end has gone out. */
static void send_asked(mip6_peers *p, uint8_t peer, uint8_t cache, const mip6_addr *homes,
                       unsigned n)
{
    mip6_sync_record found[MIP6_PEER_MAX_HOMES];
    unsigned n_found = 0;
    mip6_peers_flush(p, cache);
    for (unsigned i = 0; i < n; i++) {
        mip6_sync_record *r = &found[n_found];
        r->cache = cache;
        if (!p->ops->find(p->system, &homes[i], false, r) || r->cache != cache ||
            r->kind == MIP6_SYNC_GONE)
            continue;
        r->kind = MIP6_SYNC_NEW;
        n_found++;
    }
    send_records(p, peer, cache, found, n_found);
}

static mip6_transfer *find(mip6_peers *p, uint8_t peer, uint8_t cache)
{
    mip6_transfer *t = p->transfers;
    while (t && (t->peer != peer || t->cache != cache))
        t = t->next;
    return t;
}

/* One that runs already begins anew. */
static void begin(mip6_peers *p, uint8_t peer, uint8_t cache, uint32_t id)
{
    mip6_transfer *t = find(p, peer, cache);
    if (!t) {
        t = mip6_pool_get(&p->transfer_pool, &p->shared->env, sizeof *t);
        if (!t) {
            send_end(p, peer, cache, id, false);
            return;
        }
        t->next = p->transfers;
        p->transfers = t;
    }
    t->peer = peer;
    t->cache = cache;
    t->id = id;
    t->cursor = 0;
    t->due_ns = p->now_ns;
}

void mip6_peers_on_request(mip6_peers *p, uint8_t peer, const mip6_peer_message *msg)
{
    uint8_t cache = msg->u.request.cache;
    if (cache >= p->config->n_caches) {
        p->figures.stale++;
        return;
    }
    bool owned = p->caches[cache].owned;
    if (owned && msg->u.request.n > 0)
        send_asked(p, peer, cache, msg->u.request.homes, msg->u.request.n);
    else if (owned)
        begin(p, peer, cache, msg->u.request.id);
    else if (msg->u.request.n == 0)
        send_end(p, peer, cache, msg->u.request.id, false);
}

/* ---- Running ----------------------------------------------------------------------------- */

static void remove_transfer(mip6_peers *p, mip6_transfer **at)
{
    mip6_transfer *t = *at;
    *at = t->next;
    mip6_pool_put(&p->transfer_pool, t);
}

void mip6_peers_transfers_end(mip6_peers *p, uint8_t cache)
{
    for (mip6_transfer **at = &p->transfers; *at;) {
        if ((*at)->cache != cache) {
            at = &(*at)->next;
            continue;
        }
        send_end(p, (*at)->peer, cache, (*at)->id, false);
        remove_transfer(p, at);
    }
}

void mip6_peers_transfers_drop(mip6_peers *p, uint8_t peer)
{
    for (mip6_transfer **at = &p->transfers; *at;)
        if ((*at)->peer == peer)
            remove_transfer(p, at);
        else
            at = &(*at)->next;
}

/* A peer that takes no more now is not worth a timer: its acknowledgement will wake it. */
static bool is_blocked(const mip6_peers *p, const mip6_transfer *t)
{
    return p->remotes[t->peer].waiting >= p->config->window;
}

int64_t mip6_peers_transfers_next(const mip6_peers *p)
{
    int64_t next = MIP6_NEVER;
    for (const mip6_transfer *t = p->transfers; t; t = t->next)
        if (!is_blocked(p, t) && t->due_ns < next)
            next = t->due_ns;
    return next;
}

/* Without memory or room it begins anew, later. */
static void again(mip6_peers *p, mip6_transfer *t)
{
    t->cursor = 0;
    t->due_ns = p->now_ns + p->config->resend_ns;
}

static bool is_due(const mip6_peers *p, const mip6_transfer *t)
{
    return t->due_ns <= p->now_ns && !is_blocked(p, t);
}

/* The next lot. True: that was all, and the end is said. */
static bool step(mip6_peers *p, mip6_transfer *t)
{
    mip6_sync_record lot[MIP6_PEER_LOT];
    uint32_t n = p->ops->records(p->system, t->cache, &t->cursor, lot, MIP6_PEER_LOT, p->now_ns);
    assert(n <= MIP6_PEER_LOT);
    if (n == 0) {
        if (send_end(p, t->peer, t->cache, t->id, true) == 0)
            return true;
        again(p, t);
        return false;
    }
    for (uint32_t i = 0; i < n; i++)
        lot[i].cache = t->cache;
    if (send_records(p, t->peer, t->cache, lot, n) != 0)
        again(p, t);
    else
        t->due_ns = p->now_ns + n * MIP6_SECOND_NS / p->config->sync_rate;
    return false;
}

void mip6_peers_transfers_due(mip6_peers *p)
{
    /* The version that the end names must be of what was sent: no change may wait for its batch.
     * This may call the system, and so comes before the walk. */
    for (uint8_t i = 0; p->transfers && i < p->config->n_caches; i++)
        mip6_peers_flush(p, i);
    for (mip6_transfer **at = &p->transfers; *at;) {
        mip6_transfer *t = *at;
        if (is_due(p, t) && step(p, t)) {
            p->figures.transfers_out++;
            remove_transfer(p, at);
        } else {
            at = &t->next;
        }
    }
}
