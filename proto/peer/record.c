/* Records: what to do with each, by what is held of its home address.
 *
 *   PROTOCOL 11
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "peer.h"

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

void mip6_peers_take(mip6_peers *p, uint8_t peer, const mip6_peer_records *records, bool loading)
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

void mip6_peers_merge(mip6_peers *p, uint8_t peer, const mip6_peer_records *records)
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
