/* Reliable messages: one queue a peer, in order, a window of it on its way. They are taken in that
 * order, too: else each binding would need its version beside it.
 *
 *   PROTOCOL 11
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "peer.h"

#include <string.h>

/* ---- Messages -------------------------------------------------------------------------- */

void mip6_peers_discard(mip6_peers *p, mip6_outgoing *what)
{
    mip6_pool_put(what->large ? &p->large : &p->small, what);
}

mip6_outgoing *mip6_peers_keep(mip6_peers *p, const uint8_t *packet, size_t len,
                               mip6_peer_type type)
{
    bool large = len > MIP6_PEER_SMALL;
    mip6_pool *pool = large ? &p->large : &p->small;
    size_t room = large ? MIP6_MAX_PACKET : MIP6_PEER_SMALL;
    mip6_outgoing *what = mip6_pool_get(pool, &p->shared->env, sizeof *what + room);
    if (!what)
        return NULL;
    what->refs = 1;
    what->len = (uint16_t)len;
    what->type = (uint8_t)type;
    what->large = large;
    memcpy(what->packet, packet, len);
    return what;
}

mip6_outgoing *mip6_peers_encode(mip6_peers *p, const mip6_peer_message *msg)
{
    uint8_t packet[MIP6_MAX_PACKET];
    mip6_peer_message m = *msg;
    m.from = p->boot;
    const mip6_addr *self = &p->config->members[p->config->self];
    int len = mip6_peer_encode(packet, sizeof packet, self, self, &m, p->now_ns);
    return len > 0 ? mip6_peers_keep(p, packet, (size_t)len, msg->type) : NULL;
}

/* Its records, as they were when it was published, to whoever waits for them. */
static void tell_records(mip6_peers *p, const mip6_outgoing *what)
{
    mip6_header h;
    mip6_peer_message msg;
    mip6_drop cause;
    int r = mip6_peer_decode(what->packet, what->len, &h, &msg, &cause, p->now_ns);
    assert(r == 0);
    (void)r;
    for (unsigned i = 0; i < msg.u.records.n; i++) {
        msg.u.records.records[i].expires_ns = 0;
        p->ops->acknowledged(p->system, &msg.u.records.records[i], p->now_ns);
    }
}

void mip6_peers_release(mip6_peers *p, uint8_t peer, mip6_outgoing *what, bool delivered)
{
    if (what->type == MIP6_PEER_SYSTEM && p->ops->delivered && peer != MIP6_PEER_NONE)
        p->ops->delivered(p->system, peer, what->tag, delivered, p->now_ns);
    if (--what->refs > 0)
        return;
    if (what->told && p->ops->acknowledged)
        tell_records(p, what);
    mip6_peers_discard(p, what);
}

/* ---- Into the queue --------------------------------------------------------------------- */

int mip6_peers_queue(mip6_peers *p, uint8_t peer, mip6_outgoing *what)
{
    mip6_remote *r = &p->remotes[peer];
    assert(r->live);
    if (r->waiting >= p->config->backlog) {
        p->figures.full++;
        return MIP6_ERR_FULL;
    }
    mip6_slot *slot = mip6_pool_get(&p->slots, &p->shared->env, sizeof *slot);
    if (!slot)
        return MIP6_ERR_NOMEM;
    slot->what = what;
    slot->sequence = ++r->given;
    what->refs++;
    if (r->last)
        r->last->next = slot;
    else
        r->first = slot;
    r->last = slot;
    if (!r->ready)
        r->ready = slot;
    mip6_peers_wake(p, peer);
    r->waiting++;
    p->figures.waiting++;
    return 0;
}

int mip6_peers_queue_one(mip6_peers *p, uint8_t peer, const mip6_peer_message *msg, uint64_t tag)
{
    mip6_outgoing *what = mip6_peers_encode(p, msg);
    if (!what)
        return MIP6_ERR_NOMEM;
    what->tag = tag;
    int r = mip6_peers_queue(p, peer, what);
    mip6_peers_release(p, MIP6_PEER_NONE, what, false);
    return r;
}

int mip6_peers_send(mip6_peers *p, uint8_t peer, uint8_t code, const uint8_t *body, size_t len,
                    uint64_t tag, int64_t now_ns)
{
    mip6_peers_set_now(p, now_ns);
    if (peer >= p->config->n_members || len > MIP6_PEER_MAX_BODY)
        return MIP6_ERR_INVALID;
    if (!p->remotes[peer].live)
        return MIP6_ERR_IGNORED;
    mip6_peer_message msg = {.type = MIP6_PEER_SYSTEM};
    msg.u.system.code = code;
    msg.u.system.body = body;
    msg.u.system.len = (uint16_t)len;
    return mip6_peers_queue_one(p, peer, &msg, tag);
}

/* ---- Out of it -------------------------------------------------------------------------- */

static mip6_outgoing *pop(mip6_peers *p, mip6_remote *r)
{
    mip6_slot *slot = r->first;
    mip6_outgoing *what = slot->what;
    if (r->ready == slot)
        r->ready = slot->next;
    r->first = slot->next;
    if (!r->first)
        r->last = NULL;
    r->waiting--;
    p->figures.waiting--;
    mip6_pool_put(&p->slots, slot);
    return what;
}

/* How far the queue was sent: one past the last number. */
static uint32_t sent_end(const mip6_remote *r)
{
    return r->ready ? r->ready->sequence : r->given + 1;
}

void mip6_peers_on_ack(mip6_peers *p, uint8_t peer, const mip6_peer_message *msg)
{
    mip6_remote *r = &p->remotes[peer];
    /* Of an earlier session, or of what was not sent: nothing that this queue is about. After a
     * resending has begun, of what was sent before that: true, and welcome. */
    if (msg->session != r->session || (int32_t)(msg->sequence - r->given) > 0) {
        p->figures.stale++;
        return;
    }
    bool any = false;
    while (r->first && (int32_t)(msg->sequence - r->first->sequence) >= 0) {
        any = true;
        mip6_peers_release(p, peer, pop(p, r), true);
    }
    mip6_peers_wake(p, peer);   /* the window is open for more */
    if (any)
        r->resend_ns = r->first && r->first != r->ready ? p->now_ns + p->config->resend_ns
                                                        : MIP6_NEVER;
}

void mip6_peers_strike_off(mip6_peers *p, uint8_t peer)
{
    mip6_remote *r = &p->remotes[peer];
    r->resend_ns = MIP6_NEVER;
    while (r->first) {
        p->figures.struck_off++;
        mip6_peers_release(p, peer, pop(p, r), false);
    }
}

void mip6_peers_free_queues(mip6_peers *p)
{
    const mip6_env *env = &p->shared->env;
    mip6_pool_free(&p->slots, env);
    mip6_pool_free(&p->small, env);
    mip6_pool_free(&p->large, env);
}

/* ---- To the network ---------------------------------------------------------------------- */

static uint32_t send_ack(mip6_peers *p, uint8_t peer, uint8_t *buf, size_t cap)
{
    mip6_remote *r = &p->remotes[peer];
    mip6_peer_message msg = {.type = MIP6_PEER_ACK, .from = p->boot, .to = r->boot,
                             .session = r->rx_session, .sequence = r->rx_sequence};
    r->ack_due = false;
    int len = mip6_peer_encode(buf, cap, &p->config->members[p->config->self],
                               &p->config->members[peer], &msg, p->now_ns);
    return len > 0 ? (uint32_t)len : 0;
}

static uint32_t send_hello(mip6_peers *p, uint8_t peer, uint8_t *buf, size_t cap)
{
    mip6_remote *r = &p->remotes[peer];
    mip6_peer_message msg = {.type = MIP6_PEER_HELLO, .from = p->boot, .to = r->boot,
                             .session = r->session, .sequence = r->given};
    mip6_peer_hello *hello = &msg.u.hello;
    r->hello_due = false;
    hello->goodbye = p->goodbye;
    if (p->ops->report)
        p->ops->report(p->system, &hello->report, p->now_ns);
    for (uint8_t i = 0; i < p->config->n_caches; i++) {
        hello->loading |= p->caches[i].loading;
        if (p->caches[i].owned)
            hello->caches[hello->n++] = mip6_peers_line(p, i);
    }
    int len = mip6_peer_encode(buf, cap, &p->config->members[p->config->self],
                               &p->config->members[peer], &msg, p->now_ns);
    return len > 0 ? (uint32_t)len : 0;
}

static uint32_t send_slot(mip6_peers *p, uint8_t peer, uint8_t *buf, mip6_peer_type *type)
{
    mip6_remote *r = &p->remotes[peer];
    const mip6_slot *slot = r->ready;
    memcpy(buf, slot->what->packet, slot->what->len);
    mip6_peer_readdress(buf, slot->what->len, &p->config->members[peer], r->boot, r->session,
                        slot->sequence);
    *type = (mip6_peer_type)slot->what->type;
    r->ready = slot->next;
    if (r->resend_ns == MIP6_NEVER)
        r->resend_ns = p->now_ns + p->config->resend_ns;
    return slot->what->len;
}

uint32_t mip6_peers_next_message(mip6_peers *p, uint8_t peer, uint8_t *buf, size_t cap,
                                 mip6_peer_type *type)
{
    mip6_remote *r = &p->remotes[peer];
    if (r->ack_due) {
        *type = MIP6_PEER_ACK;
        return send_ack(p, peer, buf, cap);
    }
    if (r->hello_due) {
        *type = MIP6_PEER_HELLO;
        return send_hello(p, peer, buf, cap);
    }
    if (r->ready && sent_end(r) - r->first->sequence < p->config->window)
        return send_slot(p, peer, buf, type);
    return 0;
}
