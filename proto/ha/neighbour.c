/* Neighbour Discovery: answering for oneself and by proxy, watching for others, and a
 * cache of where handed-off addresses went.
 *
 *   RFC 4861 sections 7.2.4 to 7.2.8, RFC 4862 section 5.4, RFC 6275 section 10.4.1
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "ha_internal.h"

#include <string.h>

#define MAX_ANYCAST_DELAY_NS MIP6_SECOND_NS     /* RFC 4861 section 10 */

/* ---- Neighbour cache -------------------------------------------------------------- */

static mip6_neighbour *find(const mip6_ha *ha, const mip6_addr *addr)
{
    return (mip6_neighbour *)mip6_index_find(&ha->neighbours, addr);
}

const mip6_neighbour *mip6_ha_neighbour(const mip6_ha *ha, const mip6_addr *addr)
{
    return find(ha, addr);
}

static void unlink_neighbour(mip6_ha *ha, mip6_neighbour *n)
{
    if (n->prev)
        n->prev->next = n->next;
    else
        ha->neighbour_first = n->next;
    if (n->next)
        n->next->prev = n->prev;
    else
        ha->neighbour_last = n->prev;
}

void mip6_ha_neighbour_forget(mip6_ha *ha, const mip6_addr *addr)
{
    mip6_neighbour *n = find(ha, addr);
    if (!n)
        return;
    unlink_neighbour(ha, n);
    mip6_index_remove(&ha->neighbours, &n->node);
    mip6_shared_stray(ha->shared, &n->node.key, false);
    mip6_pool_put(&ha->neighbour_pool, n);
}

void mip6_ha_neighbour_learn(mip6_ha *ha, const mip6_addr *addr, const mip6_lladdr *ll)
{
    mip6_neighbour *n = find(ha, addr);
    if (n) {
        n->lladdr = *ll;
        return;
    }
    mip6_pool *pool = &ha->neighbour_pool;
    if (pool->limit != 0 && pool->in_use >= pool->limit && ha->neighbour_first)
        mip6_ha_neighbour_forget(ha, &ha->neighbour_first->node.key);
    n = mip6_pool_get(pool, &ha->shared->env, sizeof *n);
    if (!n)
        return;
    n->node.key = *addr;
    n->lladdr = *ll;
    n->prev = ha->neighbour_last;
    if (n->prev)
        n->prev->next = n;
    else
        ha->neighbour_first = n;
    ha->neighbour_last = n;
    mip6_index_insert(&ha->neighbours, &ha->shared->env, &n->node);
    mip6_shared_stray(ha->shared, &n->node.key, true);
}

/* ---- Solicitations ---------------------------------------------------------------- */

static void push_na(mip6_ha *ha, const mip6_addr *target, const mip6_addr *dst,
                    const mip6_lladdr *ll, bool router, bool override)
{
    mip6_intent *i = mip6_ha_push(ha, MIP6_ACTION_SEND, MIP6_MSG_NA);
    bool to_all = mip6_addr_is_unspecified(dst);
    i->home = *target;
    i->dst = to_all ? mip6_addr_all_nodes() : *dst;
    i->solicited = !to_all;
    i->router = router;
    i->override = override;
    i->has_lladdr = !to_all && !mip6_lladdr_is_zero(ll);
    i->lladdr = *ll;
}

/* All agents have the anycast address: O = 0, and a random delay so that answers do not
 * collide; the first one wins. RFC 4861 7.2.7. */
static int answer_anycast(mip6_ha *ha, const mip6_addr *dst, const mip6_lladdr *ll)
{
    if (mip6_addr_is_unspecified(dst))
        return mip6_ha_drop(ha, MIP6_DROP_NOT_ACCEPTED, MIP6_ERR_IGNORED);
    if (ha->n_pending == MIP6_HA_PENDING_NA)
        return mip6_ha_drop(ha, MIP6_DROP_RATE_LIMITED, MIP6_ERR_IGNORED);
    uint64_t bits = mip6_shared_random(ha->shared, ha->cookie, MIP6_RANDOM_DAD,
                                       ha->dad_draws++);
    mip6_pending_na *p = &ha->pending[ha->n_pending++];
    p->due_ns = ha->now_ns + (int64_t)mip6_scale(bits, (uint64_t)MAX_ANYCAST_DELAY_NS + 1);
    p->dst = *dst;
    p->lladdr = *ll;
    return 0;
}

int64_t mip6_ha_pending_next(const mip6_ha *ha)
{
    int64_t next = MIP6_NEVER;
    for (uint32_t i = 0; i < ha->n_pending; i++)
        if (ha->pending[i].due_ns < next)
            next = ha->pending[i].due_ns;
    return next;
}

void mip6_ha_pending_due(mip6_ha *ha)
{
    for (uint32_t i = 0; i < ha->n_pending; i++) {
        if (ha->pending[i].due_ns > ha->now_ns)
            continue;
        mip6_pending_na p = ha->pending[i];
        ha->n_pending--;
        memmove(&ha->pending[i], &ha->pending[i + 1],
                (ha->n_pending - i) * sizeof ha->pending[0]);
        push_na(ha, &ha->anycast, &p.dst, &p.lladdr, true, false);
        return;
    }
}

/* PROTOCOL 5, yield: a probe has source `::`, so the prober is known by its link-layer
 * address; where that is the recorded target's, the address is not defended.
 * A leaving agent yields to every agent: where it said 129 the node chooses for itself.
 * Returns whose probe it is; -1: defend the address. */
static int yields_to(const mip6_ha *ha, const mip6_binding *b, const mip6_rx *rx)
{
    if (ha->leaving)
        return mip6_ha_peer_of_lladdr(ha, &rx->src);
    if (ha->tuning->handover != MIP6_HANDOVER_YIELD)
        return -1;
    const mip6_handoff *entry = mip6_ha_handoff(ha, &b->node.key);
    int peer = entry ? mip6_ha_peer_of(ha, &entry->target->address) : -1;
    bool is_it = peer >= 0 && !mip6_lladdr_is_zero(&rx->src) &&
                 mip6_lladdr_equal(&ha->entries[peer].lladdr, &rx->src);
    return is_it ? peer : -1;
}

static int on_probe(mip6_ha *ha, const mip6_rx *rx, mip6_binding *b, const mip6_addr *target)
{
    int peer = yields_to(ha, b, rx);
    if (peer >= 0) {
        mip6_ha_trace(ha, MIP6_TRACE_DAD_YIELDED, 0, 0, &b->node.key,
                      &ha->peers[peer].address);
        return 0;
    }
    /* RFC 4861 7.2.8 for proxies: O = 0. */
    mip6_ha_trace(ha, MIP6_TRACE_DAD_DEFENDED, 0, 0, &b->node.key, NULL);
    push_na(ha, target, &(mip6_addr){{0}}, &rx->src, false, false);
    return 0;
}

static int on_ns_by_proxy(mip6_ha *ha, const mip6_rx *rx, const mip6_header *h,
                          const mip6_nd *ns, const mip6_lladdr *ll)
{
    mip6_binding *b = mip6_ha_binding_of_target(ha, &ns->target);
    bool probe = mip6_addr_is_unspecified(&h->src);
    if (b && b->state == MIP6_BINDING_TENTATIVE && probe) {
        /* RFC 4862 5.4.3: another one tries the same address now. */
        mip6_ha_dad_failed(ha, b);
        return 0;
    }
    mip6_addr to;
    if ((!b || b->state != MIP6_BINDING_VALID) && !probe &&
        mip6_ha_stands_in(ha, &ns->target, &to)) {
        push_na(ha, &ns->target, &h->src, ll, false, false);
        return 0;
    }
    if (!b || b->state != MIP6_BINDING_VALID)
        return mip6_ha_drop(ha, MIP6_DROP_NOT_FOR_US, MIP6_ERR_IGNORED);
    if (probe)
        return on_probe(ha, rx, b, &ns->target);
    push_na(ha, &ns->target, &h->src, ll, false, false);
    return 0;
}

int mip6_ha_on_ns(mip6_ha *ha, const mip6_rx *rx, const mip6_header *h, const mip6_nd *ns)
{
    const mip6_lladdr *ll = ns->has_lladdr ? &ns->lladdr : &rx->src;
    if (mip6_addr_equal(&ns->target, &ha->anycast))
        return answer_anycast(ha, &h->src, ll);
    if (mip6_addr_equal(&ns->target, &ha->config->global) ||
        mip6_addr_equal(&ns->target, &ha->config->link_local)) {
        push_na(ha, &ns->target, &h->src, ll, true, true);
        return 0;
    }
    return on_ns_by_proxy(ha, rx, h, ns, ll);
}

/* ---- Advertisements --------------------------------------------------------------- */

/* The recorded target announces the address, or to a leaving agent any other: the switch is
 * answered, and the address is no longer ours (PROTOCOL 4, 5). */
static void taken_over(mip6_ha *ha, mip6_handoff *e, mip6_binding *b, int peer)
{
    if (e)
        mip6_ha_handoff_answered(ha, e);
    if (!b || b->state != MIP6_BINDING_VALID)
        return;
    mip6_ha_tell(ha, b, MIP6_SYNC_GONE);
    mip6_ha_trace(ha, MIP6_TRACE_BINDING_DRAINING, 0, 0, &b->node.key,
                  &ha->peers[peer].address);
    mip6_ha_binding_retire(ha, b, MIP6_BINDING_DRAINING);
}

/* Whose taking over of an address this may be; -1: nobody's. */
static int taken_by(const mip6_ha *ha, const mip6_handoff *e, const mip6_lladdr *ll)
{
    if (ha->leaving)
        return mip6_ha_peer_of_lladdr(ha, ll);
    int peer = e ? mip6_ha_peer_of(ha, &e->target->address) : -1;
    bool is_it = peer >= 0 && mip6_lladdr_equal(&ha->entries[peer].lladdr, ll) &&
                 ha->tuning->handover != MIP6_HANDOVER_REGISTER;
    return is_it ? peer : -1;
}

/* The hash of an address in all of the agent's indexes. */
static uint64_t hash_of(mip6_ha *ha, const mip6_addr *target)
{
    if (!mip6_addr_equal(&ha->foreseen, target)) {
        ha->foreseen = *target;
        ha->foreseen_hash = mip6_index_hash(&ha->bindings, target);
    }
    return ha->foreseen_hash;
}

void mip6_ha_foresee(mip6_ha *ha, const mip6_addr *target)
{
    uint64_t hash = hash_of(ha, target);
    mip6_index_foresee(&ha->bindings, hash);
    mip6_index_foresee(&ha->handoffs, hash);
    mip6_index_foresee(&ha->neighbours, hash);
}

/* False: nothing is held under this address. All agents hear of each registration, and for all
 * but one or two that is so. */
static bool may_concern(mip6_ha *ha, const mip6_addr *target)
{
    if (mip6_addr_is_link_local(target))
        return true;    /* a binding may have it, too */
    uint64_t hash = hash_of(ha, target);
    return mip6_index_may_have(&ha->bindings, hash) ||
           mip6_index_may_have(&ha->handoffs, hash) ||
           mip6_index_may_have(&ha->neighbours, hash);
}

int mip6_ha_on_na(mip6_ha *ha, const mip6_rx *rx, const mip6_nd *na)
{
    if (!may_concern(ha, &na->target))
        return mip6_ha_drop(ha, MIP6_DROP_NOT_FOR_US, MIP6_ERR_IGNORED);
    const mip6_lladdr *ll = na->has_lladdr ? &na->lladdr : &rx->src;
    mip6_binding *b = mip6_ha_binding_of_target(ha, &na->target);
    if (b && b->state == MIP6_BINDING_TENTATIVE) {
        mip6_ha_dad_failed(ha, b);
        return 0;
    }
    if (!na->override || mip6_lladdr_is_zero(ll))
        return mip6_ha_drop(ha, MIP6_DROP_NOT_FOR_US, MIP6_ERR_IGNORED);
    mip6_handoff *e = mip6_ha_handoff(ha, &na->target);
    int peer = taken_by(ha, e, ll);
    if (peer >= 0)
        taken_over(ha, e, b, peer);
    else if (b && b->state == MIP6_BINDING_VALID)
        b->overridden = true;
    if (!e && !b && !find(ha, &na->target))
        return mip6_ha_drop(ha, MIP6_DROP_NOT_FOR_US, MIP6_ERR_IGNORED);
    mip6_ha_neighbour_learn(ha, &na->target, ll);
    return 0;
}
