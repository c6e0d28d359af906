/* The endpoint: life of the object, who of the others lives, dispatch, timers.
 *
 *   PROTOCOL 11
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "peer.h"

#include <string.h>

/* Of the draws for secrets: not a number that the home agent's own use. */
#define BOOT_KEY UINT64_C(0x626f6f74)

size_t mip6_peers_size(void)
{
    return sizeof(mip6_peers);
}

void mip6_peers_config_defaults(mip6_peers_config *out)
{
    *out = (mip6_peers_config){
        .prefix_len = 64, .hello_ns = MIP6_SECOND_NS, .missed = 3, .resend_ns = MIP6_SECOND_NS,
        .sync_rate = 1000, .window = 32, .backlog = 65536};
}

/* ---- Life ------------------------------------------------------------------------------- */

static bool config_is_sane(const mip6_peers_config *c)
{
    return c->members && c->n_members >= 1 && c->n_members <= MIP6_PEER_MAX_MEMBERS &&
           c->self < c->n_members && c->n_caches >= 1 && c->n_caches <= MIP6_PEER_MAX_CACHES &&
           c->prefix_len <= 128 && c->hello_ns > 0 && c->missed > 0 && c->resend_ns > 0 &&
           c->batch_ns >= 0 && c->sync_rate > 0 && c->window > 0 && c->backlog >= c->window;
}

static bool ops_are_whole(const mip6_system_ops *o)
{
    return o->peer_up && o->peer_gone && o->find && o->apply && o->records && o->transfer_begin &&
           o->transfer_end;
}

mip6_peers *mip6_peers_init(void *storage, mip6_shared *shared, const mip6_peers_config *config,
                            const mip6_system_ops *ops, void *system, uint64_t cookie,
                            int64_t now_ns)
{
    assert(storage && shared && config && config_is_sane(config) && ops_are_whole(ops));
    mip6_peers *p = storage;
    memset(p, 0, sizeof *p);
    p->shared = shared;
    p->config = config;
    p->ops = ops;
    p->system = system;
    p->now_ns = now_ns;
    p->hello_ns = p->next_ns = MIP6_NEVER;
    p->boot = (uint32_t)mip6_shared_random(shared, cookie, MIP6_RANDOM_SECRET, BOOT_KEY) | 1;
    for (unsigned i = 0; i < MIP6_PEER_MAX_MEMBERS; i++)
        p->remotes[i].resend_ns = MIP6_NEVER;
    for (unsigned i = 0; i < MIP6_PEER_MAX_CACHES; i++) {
        p->caches[i].owner = MIP6_PEER_NONE;
        p->caches[i].batch_ns = MIP6_NEVER;
    }
    return p;
}

void mip6_peers_free(mip6_peers *p)
{
    const mip6_env *env = &p->shared->env;
    for (unsigned i = 0; i < MIP6_PEER_MAX_CACHES; i++)
        if (p->caches[i].batch)
            env->free(env->user, p->caches[i].batch, sizeof *p->caches[i].batch);
    mip6_peers_free_queues(p);
    mip6_pool_free(&p->transfer_pool, env);
}

void mip6_peers_set_now(mip6_peers *p, int64_t now_ns)
{
    assert(now_ns >= p->now_ns);
    p->now_ns = now_ns;
}

void mip6_peers_hello_all(mip6_peers *p)
{
    for (uint8_t i = 0; i < p->config->n_members && p->hello_ns != MIP6_NEVER; i++)
        if (i != p->config->self) {
            p->remotes[i].hello_due = true;
            mip6_peers_wake(p, i);
        }
}

void mip6_peers_start(mip6_peers *p, int64_t now_ns)
{
    mip6_peers_set_now(p, now_ns);
    p->hello_ns = now_ns + p->config->hello_ns;
    p->goodbye = false;
    mip6_peers_hello_all(p);
    mip6_peers_update_next(p);
}

static void gone(mip6_peers *p, uint8_t peer);

void mip6_peers_stop(mip6_peers *p, int64_t now_ns)
{
    mip6_peers_set_now(p, now_ns);
    p->goodbye = true;
    mip6_peers_hello_all(p);
    p->hello_ns = MIP6_NEVER;
    for (uint8_t i = 0; i < p->config->n_members; i++)
        if (p->remotes[i].live)
            gone(p, i);
    mip6_peers_update_next(p);
}

/* ---- Who lives ---------------------------------------------------------------------------- */

static void gone(mip6_peers *p, uint8_t peer)
{
    mip6_remote *r = &p->remotes[peer];
    r->live = r->ack_due = false;
    p->figures.live--;
    mip6_peers_transfers_drop(p, peer);
    for (uint8_t i = 0; i < p->config->n_caches; i++)
        mip6_peers_owner_gone(p, peer, i);
    p->ops->peer_gone(p->system, peer, p->now_ns);
    mip6_peers_strike_off(p, peer);
}

/* Its answer, at once, lets both know each other within one round trip. */
static void up(mip6_peers *p, uint8_t peer, uint32_t boot)
{
    mip6_remote *r = &p->remotes[peer];
    if (boot != r->boot) {
        r->old_boot = r->boot;
        r->boot = boot;
        r->rx_session = r->rx_sequence = 0;
        mip6_peers_forget_ahead(p, peer);
    }
    r->live = true;
    r->session++;
    r->given = 0;
    r->hello_due = true;
    mip6_peers_wake(p, peer);
    p->figures.live++;
    p->ops->peer_up(p->system, peer, boot, p->now_ns);
}

/* What it owns, and what it owns no more. */
static void read_lines(mip6_peers *p, uint8_t peer, const mip6_peer_message *msg)
{
    mip6_remote *r = &p->remotes[peer];
    bool settled = msg->to == p->boot && msg->session == r->rx_session &&
                   (int32_t)(msg->sequence - r->rx_sequence) <= 0;
    uint32_t owns = 0;
    for (unsigned i = 0; i < msg->u.hello.n; i++)
        if (msg->u.hello.caches[i].cache < p->config->n_caches)
            owns |= UINT32_C(1) << msg->u.hello.caches[i].cache;
    for (uint8_t i = 0; i < p->config->n_caches; i++)
        if (!(owns & UINT32_C(1) << i) && p->caches[i].owner == peer)
            mip6_peers_owner_gone(p, peer, i);
    for (unsigned i = 0; i < msg->u.hello.n; i++)
        mip6_peers_on_line(p, peer, &msg->u.hello.caches[i], settled);
}

static int on_hello(mip6_peers *p, uint8_t peer, const mip6_peer_message *msg)
{
    mip6_remote *r = &p->remotes[peer];
    /* One that was late on its way; if not, the other will not be heard again, and is lost soon. */
    if ((r->live && msg->from == r->old_boot) || (msg->u.hello.goodbye && msg->from != r->boot)) {
        p->figures.stale++;
        return MIP6_ERR_IGNORED;
    }
    if (r->live && (msg->from != r->boot || msg->u.hello.goodbye))
        gone(p, peer);
    if (msg->u.hello.goodbye)
        return 0;
    if (!r->live)
        up(p, peer, msg->from);
    r->heard_ns = p->now_ns;
    if (msg->to == p->boot)
        mip6_peers_enter_session(p, peer, msg->session);
    if (p->ops->hello)
        p->ops->hello(p->system, peer, &msg->u.hello, p->now_ns);
    read_lines(p, peer, msg);
    return 0;
}

static bool is_lost(const mip6_peers *p, const mip6_remote *r, int64_t *at_ns)
{
    *at_ns = r->heard_ns + p->config->missed * p->config->hello_ns + p->config->hello_ns / 2;
    return *at_ns <= p->now_ns;
}

/* ---- Packets ------------------------------------------------------------------------------ */

void mip6_peers_deliver(mip6_peers *p, uint8_t peer, const mip6_peer_message *msg)
{
    switch (msg->type) {
    case MIP6_PEER_RECORDS:
        mip6_peers_on_records(p, peer, &msg->u.records);
        break;
    case MIP6_PEER_REQUEST:
        mip6_peers_on_request(p, peer, msg);
        break;
    case MIP6_PEER_TRANSFER_END:
        mip6_peers_on_end(p, peer, msg);
        break;
    default:
        if (p->ops->message)
            p->ops->message(p->system, peer, msg->u.system.code, msg->u.system.body,
                            msg->u.system.len, p->now_ns);
        break;
    }
}

static int dispatch(mip6_peers *p, uint8_t peer, const mip6_peer_message *msg, const uint8_t *pkt,
                    size_t len)
{
    const mip6_remote *r = &p->remotes[peer];
    if (msg->type == MIP6_PEER_HELLO)
        return on_hello(p, peer, msg);
    if (!r->live || msg->from != r->boot || msg->to != p->boot) {
        p->figures.stale++;
        return MIP6_ERR_IGNORED;
    }
    if (msg->type != MIP6_PEER_ACK)
        return mip6_peers_on_reliable(p, peer, msg, pkt, len);
    mip6_peers_on_ack(p, peer, msg);
    return 0;
}

static uint8_t member_of(const mip6_peers *p, const mip6_addr *address)
{
    for (uint8_t i = 0; i < p->config->n_members; i++)
        if (i != p->config->self && mip6_addr_equal(&p->config->members[i], address))
            return i;
    return MIP6_PEER_NONE;
}

int mip6_peers_receive(mip6_peers *p, const uint8_t *pkt, size_t len, int64_t now_ns)
{
    mip6_header h;
    mip6_peer_message msg;
    mip6_drop cause;
    mip6_peers_set_now(p, now_ns);
    int r = mip6_peer_decode(pkt, len, &h, &msg, &cause, now_ns);
    if (r != 0) {
        p->figures.malformed++;
        return r;
    }
    uint8_t peer = member_of(p, &h.src);
    if (peer == MIP6_PEER_NONE || p->hello_ns == MIP6_NEVER ||
        !mip6_addr_equal(&h.dst, &p->config->members[p->config->self])) {
        p->figures.foreign++;
        return MIP6_ERR_IGNORED;
    }
    r = dispatch(p, peer, &msg, pkt, len);
    mip6_peers_update_next(p);
    return r;
}

bool mip6_peers_poll(mip6_peers *p, mip6_action *action, uint8_t *buf, size_t cap, int64_t now_ns)
{
    assert(cap >= MIP6_MAX_PACKET);
    mip6_peers_set_now(p, now_ns);
    for (uint8_t i = 0; i < p->config->n_members && p->awake; i++) {
        uint8_t peer = (uint8_t)((p->poll_at + i) % p->config->n_members);
        mip6_peer_type type = MIP6_PEER_HELLO;
        if (!(p->awake & UINT32_C(1) << peer))
            continue;
        uint32_t len = mip6_peers_next_message(p, peer, buf, cap, &type);
        if (len == 0) {
            p->awake &= ~(UINT32_C(1) << peer);
            continue;
        }
        p->poll_at = peer;
        *action = (mip6_action){.kind = MIP6_ACTION_SEND, .message = mip6_peer_kind(type),
                                .ifindex = p->config->ifindex, .len = len};
        if (type != MIP6_PEER_ACK && type != MIP6_PEER_HELLO)
            mip6_peers_update_next(p);
        return true;
    }
    return false;
}

/* ---- Timers ------------------------------------------------------------------------------- */

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

void mip6_peers_update_next(mip6_peers *p)
{
    int64_t next = earlier(p->hello_ns, mip6_peers_transfers_next(p));
    for (uint8_t i = 0; i < p->config->n_members; i++) {
        int64_t lost_ns = MIP6_NEVER;
        if (p->remotes[i].live)
            is_lost(p, &p->remotes[i], &lost_ns);
        next = earlier(next, earlier(lost_ns, p->remotes[i].resend_ns));
        if (mip6_peers_has_turn(&p->remotes[i]))
            next = earlier(next, p->now_ns);
    }
    for (uint8_t i = 0; i < p->config->n_caches && p->config->batch_ns > 0; i++)
        next = earlier(next, p->caches[i].batch_ns);
    p->next_ns = next;
}

int64_t mip6_peers_next_expiry(const mip6_peers *p)
{
    return p->next_ns;
}

static void resend(mip6_peers *p, uint8_t peer)
{
    mip6_remote *r = &p->remotes[peer];
    for (const mip6_slot *s = r->first; s && s != r->ready; s = s->next)
        p->figures.resent++;
    r->ready = r->first;
    r->resend_ns = MIP6_NEVER;
    mip6_peers_wake(p, peer);
}

void mip6_peers_expire(mip6_peers *p, int64_t now_ns)
{
    int64_t at_ns;
    mip6_peers_set_now(p, now_ns);
    mip6_peers_turns_due(p);
    if (p->hello_ns <= now_ns) {
        mip6_peers_hello_all(p);
        p->hello_ns += p->config->hello_ns;
        if (p->hello_ns <= now_ns)      /* it was asleep */
            p->hello_ns = now_ns + p->config->hello_ns;
    }
    for (uint8_t i = 0; i < p->config->n_members; i++) {
        mip6_remote *r = &p->remotes[i];
        if (r->live && is_lost(p, r, &at_ns))
            gone(p, i);
        if (r->resend_ns <= now_ns)
            resend(p, i);
    }
    for (uint8_t i = 0; i < p->config->n_caches; i++)
        if (p->caches[i].batch_ns <= now_ns)
            mip6_peers_flush(p, i);
    mip6_peers_transfers_due(p);
    mip6_peers_update_next(p);
}

/* ---- Queries ------------------------------------------------------------------------------ */

bool mip6_peers_is_live(const mip6_peers *p, uint8_t member)
{
    assert(member < p->config->n_members);
    return member == p->config->self || p->remotes[member].live;
}

uint32_t mip6_peers_count(const mip6_peers *p)
{
    return p->figures.live;
}

uint32_t mip6_peers_boot(const mip6_peers *p)
{
    return p->boot;
}

bool mip6_peers_is_idle(const mip6_peers *p)
{
    for (uint8_t i = 0; i < p->config->n_caches; i++)
        if (p->caches[i].batch && p->caches[i].batch->n > 0)
            return false;
    return p->figures.waiting == 0;
}

void mip6_peers_get_figures(const mip6_peers *p, mip6_peers_figures *out)
{
    *out = p->figures;
}
