/* The mobile node's life: links, timers, actions.
 *
 *   RFC 6275 section 11
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "mn.h"

#include <string.h>

void mip6_mn_config_defaults(mip6_mn_config *out)
{
    *out = (mip6_mn_config){
        .lifetime_s = 120,
        .refresh_ppm = 500000,
        .first_timeout_ns = 1500 * MIP6_MS_NS,
        .initial_timeout_ns = MIP6_SECOND_NS,
        .max_timeout_ns = 32 * MIP6_SECOND_NS,
        .dhaad_timeout_ns = 3 * MIP6_SECOND_NS,
        .dhaad_retries = 4,
        .dhaad_again_ns = 10 * MIP6_SECOND_NS,
        .deregister_retries = 3,
        .old_agent_ns = 10 * MIP6_SECOND_NS,
        .handover = MIP6_HANDOVER_DEREGISTER,
        .return_after_dad = true,
        .ro_lifetime_s = 420,
    };
}

size_t mip6_mn_size(void)
{
    return sizeof(struct mip6_mn);
}

mip6_mn *mip6_mn_init(void *storage, mip6_shared *shared, const mip6_mn_config *config,
                      const mip6_addr *home, uint32_t flags, uint64_t cookie)
{
    mip6_mn *mn = storage;
    assert(config->refresh_ppm <= 1000000 && config->lifetime_s >= MIP6_LIFETIME_UNIT_S);
    memset(mn, 0, sizeof *mn);
    mn->shared = shared;
    mn->config = config;
    mn->cookie = cookie;
    mn->home = *home;
    mn->flags = flags & 15;
    mn->refresh_ns = MIP6_NEVER;
    mn->expires_ns = MIP6_NEVER;
    return mn;
}

void mip6_mn_free(mip6_mn *mn)
{
    mip6_mn_ro_clear(mn);
    if (mn->work)
        mip6_mn_dhaad_stop(mn);
    mip6_pool_put(&mn->shared->dhaad, mn->work);
    mn->work = NULL;
}

void mip6_mn_trace(const mip6_mn *mn, mip6_trace_kind kind, const mip6_addr *peer,
                   uint8_t code, int64_t value, int64_t now_ns)
{
    mip6_trace t = {.kind = kind, .code = code, .now_ns = now_ns, .value = value};
    t.home = mn->home;
    if (peer)
        t.peer = *peer;
    mip6_shared_trace(mn->shared, mn->cookie, &t);
}

int mip6_mn_ignore(const mip6_mn *mn, mip6_drop cause)
{
    mn->shared->mn_drops[cause]++;
    return MIP6_ERR_IGNORED;
}

uint64_t mip6_mn_draw(mip6_mn *mn)
{
    return mip6_shared_random(mn->shared, mn->cookie, MIP6_RANDOM_SECRET, mn->draws++);
}

mn_work *mip6_mn_get_work(mip6_mn *mn)
{
    if (mn->work)
        return mn->work;
    mn_work *w = mip6_pool_get(&mn->shared->dhaad, &mn->shared->env, sizeof *w);
    if (!w)
        return NULL;
    mip6_mn_retry_stop(&w->reg.retry);
    mip6_mn_retry_stop(&w->old.retry);
    w->old_until_ns = MIP6_NEVER;
    w->dhaad_next_ns = MIP6_NEVER;
    w->others_until_ns = MIP6_NEVER;
    w->left_until_ns = MIP6_NEVER;
    w->leave_by_ns = MIP6_NEVER;
    mn->work = w;
    return w;
}

static bool work_idle(const mn_work *w)
{
    return !w->reg.retry.active && !w->old.retry.active && !w->target_waits &&
           !w->gone_pending && w->old_until_ns == MIP6_NEVER &&
           w->dhaad_phase == MN_DHAAD_IDLE;
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

void mip6_mn_settle(mip6_mn *mn)
{
    mn_work *w = mn->work;
    if (w && w->others_until_ns == MIP6_NEVER && w->left_until_ns == MIP6_NEVER && work_idle(w)) {
        mip6_mn_dhaad_stop(mn);
        mip6_pool_put(&mn->shared->dhaad, w);
        mn->work = NULL;
    }
}

static int64_t work_next(const mn_work *w)
{
    int64_t next_ns = earlier(w->reg.retry.next_ns, w->old.retry.next_ns);
    next_ns = earlier(next_ns, w->old_until_ns);
    next_ns = earlier(next_ns, w->dhaad_next_ns);
    next_ns = earlier(next_ns, w->leave_by_ns);
    if (work_idle(w))
        next_ns = earlier(next_ns, earlier(w->others_until_ns, w->left_until_ns));
    return next_ns;
}

void mip6_mn_begin(mip6_mn *mn, int64_t now_ns)
{
    mn->refresh_ns = MIP6_NEVER;
    if (mn->link == MN_LINK_NONE || mip6_mn_is(mn, MN_ABANDONED))
        return;
    if (mn->link == MN_LINK_HOME) {
        mip6_mn_home_begin(mn, now_ns);
        return;
    }
    mn_work *w = mip6_mn_get_work(mn);
    if (!w) {
        mn->refresh_ns = now_ns + MN_NOMEM_AGAIN_NS;
        return;
    }
    if (w->reg.retry.active) {
        if (!mip6_addr_equal(&w->reg.peer, &mn->agent))
            mip6_mn_keep(mn, now_ns);
        return;
    }
    if (w->target_waits || w->dhaad_phase != MN_DHAAD_IDLE)
        return;
    if (mip6_addr_is_unspecified(&mn->agent))
        mip6_mn_dhaad_start(mn, now_ns);
    else
        mip6_mn_register(mn, &mn->agent, now_ns);
}

static void expired(mip6_mn *mn, int64_t now_ns)
{
    mip6_mn_trace(mn, MIP6_TRACE_MN_EXPIRED, &mn->agent, 0, 0, now_ns);
    mip6_mn_unregister(mn);
    if (mn->link == MN_LINK_HOME)
        mip6_mn_home_done(mn, now_ns);
    else
        mn->refresh_ns = now_ns;
}

static void registration_failed(mip6_mn *mn, int64_t now_ns)
{
    mip6_mn_trace(mn, MIP6_TRACE_MN_TIMEOUT, &mn->work->reg.peer, 0, 0, now_ns);
    if (mn->link == MN_LINK_HOME)
        mip6_mn_home_done(mn, now_ns);
    else
        mip6_mn_register_failed(mn, 0, now_ns);
}

static void registration_due(mip6_mn *mn, int64_t now_ns)
{
    mn_txn *reg = &mn->work->reg;
    bool home = mn->link == MN_LINK_HOME;
    unsigned sends = home ? mn->config->deregister_retries + 1 : 0;
    switch (mip6_mn_retry_due(&reg->retry, mn->config->max_timeout_ns, sends, now_ns)) {
    case MN_DUE_NOT:
        break;
    case MN_DUE_SEND:
        mip6_mn_txn_send(mn, reg, now_ns);
        break;
    case MN_DUE_FAILED:
        registration_failed(mn, now_ns);
        break;
    }
}

static bool is_with(const mn_txn *txn, const mip6_addr *agent)
{
    return txn->retry.active && mip6_addr_equal(&txn->peer, agent);
}

void mip6_mn_unreachable(mip6_mn *mn, const mip6_addr *agent, int64_t now_ns)
{
    mip6_addr peer = *agent;    /* may lie in the transaction itself */
    if (mn->work && is_with(&mn->work->reg, &peer)) {
        mip6_mn_retry_stop(&mn->work->reg.retry);
        registration_failed(mn, now_ns);
    }
    if (mn->work && is_with(&mn->work->old, &peer)) {
        mip6_mn_retry_stop(&mn->work->old.retry);
        mip6_mn_old_failed(mn, now_ns);
    }
    mip6_mn_settle(mn);
}

static void run_timers(mip6_mn *mn, int64_t now_ns)
{
    if (mip6_mn_is(mn, MN_REGISTERED) && now_ns >= mn->expires_ns)
        expired(mn, now_ns);
    if (mn->work && now_ns >= mn->work->others_until_ns)
        mn->work->others_until_ns = MIP6_NEVER;
    if (mn->work && now_ns >= mn->work->left_until_ns)
        mn->work->left_until_ns = MIP6_NEVER;
    if (mn->work)
        mip6_mn_old_expire(mn, now_ns);
    if (mn->work)
        registration_due(mn, now_ns);
    if (mn->work)
        mip6_mn_dhaad_expire(mn, now_ns);
    if (now_ns >= mn->refresh_ns)
        mip6_mn_begin(mn, now_ns);
    mip6_mn_ro_expire(mn, now_ns);
}

void mip6_mn_expire(mip6_mn *mn, int64_t now_ns)
{
    if (now_ns < mip6_mn_next_expiry(mn))
        return;
    run_timers(mn, now_ns);
    mip6_mn_settle(mn);
}

int64_t mip6_mn_next_expiry(const mip6_mn *mn)
{
    if (mn->link == MN_LINK_NONE)
        return MIP6_NEVER;
    int64_t next_ns = mn->work ? earlier(mn->refresh_ns, work_next(mn->work)) : mn->refresh_ns;
    if (mip6_mn_is(mn, MN_REGISTERED))
        next_ns = earlier(next_ns, mn->expires_ns);
    return mn->ro ? earlier(next_ns, mip6_mn_ro_next(mn)) : next_ns;
}

/* Whatever was under way goes on from the new care-of address. RFC 6275 11.8: each
 * care-of address has a back-off of its own. */
static void moved(mip6_mn *mn, int64_t now_ns)
{
    mn_work *w = mn->work;
    mn->state &= (uint8_t)~MN_KNOWN;
    mip6_mn_ro_halt(mn);
    if (w && w->old.retry.active && w->old.lifetime_units == 0)
        mip6_mn_txn_start(mn, &w->old, &w->old.peer, 0, mn->config->initial_timeout_ns,
                          now_ns);
    if (w && w->dhaad_phase != MN_DHAAD_IDLE) {
        mip6_mn_dhaad_start(mn, now_ns);
    } else if (w && w->reg.retry.active) {
        mip6_mn_register(mn, &w->reg.peer, now_ns);
        if (!mip6_addr_equal(&w->reg.peer, &mn->agent))
            mip6_mn_keep(mn, now_ns);
    } else {
        mip6_mn_begin(mn, now_ns);
    }
}

void mip6_mn_attached(mip6_mn *mn, const mip6_addr *care_of, int64_t now_ns)
{
    bool new_address = !mip6_addr_equal(&mn->care_of, care_of);
    if (mip6_mn_is(mn, MN_AT_HOME))
        mip6_mn_home_leave(mn);
    mn->link = MN_LINK_FOREIGN;
    mn->care_of = *care_of;
    if (mip6_mn_is(mn, MN_REGISTERED) && now_ns >= mn->expires_ns)
        expired(mn, now_ns);
    if (new_address && !mip6_mn_is(mn, MN_ABANDONED))
        moved(mn, now_ns);
    run_timers(mn, now_ns);
    mip6_mn_settle(mn);
}

void mip6_mn_detached(mip6_mn *mn, int64_t now_ns)
{
    (void)now_ns;
    mn->link = MN_LINK_NONE;
    mip6_mn_settle(mn);
}

/* ---- Actions */

static bool tunnel_action(mip6_mn *mn, mip6_action *action)
{
    mn_work *w = mn->work;
    action->addr = mn->home;
    if (mn->pend & MN_PEND_TUNNEL_GONE) {
        mn->pend &= (uint8_t)~MN_PEND_TUNNEL_GONE;
        action->kind = MIP6_ACTION_TUNNEL_GONE;
        action->peer = mn->other;
        return true;
    }
    if (mn->pend & MN_PEND_TUNNEL_SET) {
        mn->pend &= (uint8_t)~MN_PEND_TUNNEL_SET;
        action->kind = MIP6_ACTION_TUNNEL_SET;
        action->peer = mn->agent;
        return true;
    }
    if (w && w->gone_pending) {
        w->gone_pending = false;
        action->kind = MIP6_ACTION_TUNNEL_GONE;
        action->peer = w->gone;
        return true;
    }
    return false;
}

static bool work_poll(mip6_mn *mn, mip6_action *action, uint8_t *buf, size_t cap)
{
    mn_work *w = mn->work;
    int len;
    if (w->reg.retry.pending || w->old.retry.pending) {
        mn_txn *txn = w->reg.retry.pending ? &w->reg : &w->old;
        len = mip6_mn_txn_build(mn, txn, buf, cap);
        action->message = MIP6_MSG_BU;
    } else if (w->dhaad_pending) {
        w->dhaad_pending = false;
        len = mip6_mn_dhaad_build(mn, buf, cap);
        action->message = MIP6_MSG_DHAAD_REQUEST;
    } else {
        return false;
    }
    assert(len > 0);
    action->kind = MIP6_ACTION_SEND;
    action->len = (uint32_t)len;
    return true;
}

bool mip6_mn_poll(mip6_mn *mn, mip6_action *action, uint8_t *buf, size_t cap,
                  int64_t now_ns)
{
    (void)now_ns;
    assert(cap >= MIP6_MAX_PACKET);
    memset(action, 0, sizeof *action);
    bool any = tunnel_action(mn, action) || mip6_mn_error_poll(mn, action, buf, cap) ||
               mip6_mn_home_poll(mn, action, buf, cap);
    if (!any && mn->link != MN_LINK_NONE) {
        any = (mn->work && work_poll(mn, action, buf, cap)) ||
              mip6_mn_ro_poll(mn, action, buf, cap);
    }
    if (!any)
        memset(action, 0, sizeof *action);
    mip6_mn_settle(mn);
    return any;
}

void mip6_mn_get_figures(const mip6_mn *mn, mip6_mn_figures *out)
{
    const mn_work *w = mn->work;
    memset(out, 0, sizeof *out);
    out->agent = mn->agent;
    out->care_of = mn->care_of;
    out->sequence = mn->sequence;
    out->expires_ns = mip6_mn_is(mn, MN_REGISTERED) ? mn->expires_ns : MIP6_NEVER;
    if (mip6_mn_is(mn, MN_ABANDONED))
        out->state = MIP6_MN_GIVEN_UP;
    else if (mip6_mn_is(mn, MN_AT_HOME))
        out->state = mip6_mn_is(mn, MN_RETURNING) ? MIP6_MN_RETURNING : MIP6_MN_HOME;
    else if (mip6_mn_is(mn, MN_REGISTERED))
        out->state = MIP6_MN_REGISTERED;
    else if (w && w->dhaad_phase != MN_DHAAD_IDLE)
        out->state = MIP6_MN_DISCOVERING;
    else if (w)
        out->state = MIP6_MN_REGISTERING;
    else
        out->state = MIP6_MN_IDLE;
}
