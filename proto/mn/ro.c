/* Route optimisation: what a mobile node sends to its correspondents, and when.
 *
 *   RFC 6275 sections 5.2, 11.6, 11.7.2 and 11.8
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "../core/auth.h"
#include "mn.h"

#include <string.h>

#define MAX_TOKEN_LIFETIME_NS (210 * MIP6_SECOND_NS)    /* section 12 */
#define MAX_RO_FAILURE 3                                /* section 12 */
/* After tests that nobody answered the tunnel is good enough for a while. */
#define PAUSE_NS (60 * MIP6_SECOND_NS)

mn_ro *mip6_mn_ro_find(const mip6_mn *mn, const mip6_addr *peer)
{
    mn_ro *ro = mn->ro;
    while (ro && !mip6_addr_equal(&ro->peer, peer))
        ro = ro->next;
    return ro;
}

static void stop(mn_ro *ro)
{
    mip6_mn_retry_stop(&ro->hoti);
    mip6_mn_retry_stop(&ro->coti);
    mip6_mn_retry_stop(&ro->bu);
}

static bool busy(const mn_ro *ro)
{
    return ro->hoti.active || ro->coti.active || ro->bu.active;
}

static mn_ro *create(mip6_mn *mn, const mip6_addr *peer)
{
    mn_ro *ro = mip6_pool_get(&mn->shared->route_optimised, &mn->shared->env, sizeof *ro);
    if (!ro)
        return NULL;    /* the next packet tries again */
    ro->peer = *peer;
    ro->home_token_ns = -1;
    ro->coa_token_ns = -1;
    ro->refresh_ns = MIP6_NEVER;
    ro->sequence = (uint16_t)mip6_mn_draw(mn);
    stop(ro);
    ro->next = mn->ro;
    mn->ro = ro;
    return ro;
}

void mip6_mn_ro_remove(mip6_mn *mn, mn_ro *ro)
{
    mn_ro **link = &mn->ro;
    while (*link != ro)
        link = &(*link)->next;
    *link = ro->next;
    mip6_pool_put(&mn->shared->route_optimised, ro);
}

void mip6_mn_ro_clear(mip6_mn *mn)
{
    while (mn->ro)
        mip6_mn_ro_remove(mn, mn->ro);
}

void mip6_mn_ro_pause(mip6_mn *mn, mn_ro *ro, int64_t ns, int64_t now_ns)
{
    (void)mn;
    stop(ro);
    ro->bound = false;
    ro->expires_ns = 0;
    ro->refresh_ns = MIP6_NEVER;
    ro->paused_until_ns = now_ns + ns;
}

void mip6_mn_ro_heard(mip6_mn *mn, const mip6_addr *peer, int64_t now_ns)
{
    if (!(mn->flags & MIP6_MN_ROUTE_OPTIMISE) || mn->link != MN_LINK_FOREIGN ||
        mip6_mn_ro_find(mn, peer) || mip6_addr_is_link_local(peer))
        return;
    mn_ro *ro = create(mn, peer);
    if (ro)
        mip6_mn_ro_start(mn, ro, now_ns);
}

/* ---- Sending */

static uint64_t cookie(mip6_mn *mn, uint8_t out[8])
{
    uint64_t bits = mip6_mn_draw(mn);
    mip6_put32(out, (uint32_t)(bits >> 32));
    mip6_put32(out + 4, (uint32_t)bits);
    return bits;
}

/* Retransmitted tests carry new cookies. RFC 6275 section 11.8. */
static void send_hoti(mip6_mn *mn, mn_ro *ro, int64_t now_ns)
{
    if (mip6_mn_retry_send(&ro->hoti, &ro->hoti_rate, now_ns))
        cookie(mn, ro->home_cookie);
}

static void send_coti(mip6_mn *mn, mn_ro *ro, int64_t now_ns)
{
    if (mip6_mn_retry_send(&ro->coti, &ro->coti_rate, now_ns))
        cookie(mn, ro->coa_cookie);
}

static void send_bu(mn_ro *ro, int64_t now_ns)
{
    if (!mip6_mn_retry_send(&ro->bu, &ro->bu_rate, now_ns))
        return;
    ro->sequence++;
    ro->bu_last_ns = now_ns;
    if (ro->bu.sends == 1) {
        ro->first_seq = ro->sequence;
        ro->bu_first_ns = now_ns;
    }
}

/* At most what is left of the home registration. RFC 6275 section 11.7.2. */
static uint16_t lifetime_units(const mip6_mn *mn, const mn_ro *ro, int64_t now_ns)
{
    int64_t units = mn->config->ro_lifetime_s / MIP6_LIFETIME_UNIT_S;
    int64_t left = (mn->expires_ns - now_ns) / MIP6_SECOND_NS / MIP6_LIFETIME_UNIT_S;
    if (ro->deregister)
        return 0;
    if (left < units)
        units = left > 0 ? left : 1;
    return units > UINT16_MAX ? UINT16_MAX : (uint16_t)units;
}

static bool fresh(int64_t token_ns, int64_t now_ns)
{
    return token_ns >= 0 && now_ns - token_ns < MAX_TOKEN_LIFETIME_NS;
}

static bool may_send(const mip6_mn *mn, const mn_ro *ro)
{
    if (ro->paused_until_ns != 0)
        return false;
    if (mn->link == MN_LINK_HOME)
        return ro->deregister;
    /* The agent has to know the care-of address first. Section 11.7.2. */
    return mn->link == MN_LINK_FOREIGN && mip6_mn_is(mn, MN_KNOWN);
}

void mip6_mn_ro_start(mip6_mn *mn, mn_ro *ro, int64_t now_ns)
{
    int64_t timeout_ns = mn->config->initial_timeout_ns;
    if (!may_send(mn, ro))
        return;
    if (!mip6_addr_equal(&ro->care_of, &mn->care_of)) {
        ro->coa_token_ns = -1;
        ro->bound = false;
        ro->care_of = mn->care_of;
    }
    bool home = fresh(ro->home_token_ns, now_ns);
    bool coa = ro->deregister || fresh(ro->coa_token_ns, now_ns);
    if (!home && !ro->hoti.active) {
        mip6_mn_retry_start(&ro->hoti, timeout_ns);
        send_hoti(mn, ro, now_ns);
    }
    if (!coa && !ro->coti.active) {
        mip6_mn_retry_start(&ro->coti, timeout_ns);
        send_coti(mn, ro, now_ns);
    }
    if (home && coa && !ro->bu.active) {
        ro->lifetime_units = lifetime_units(mn, ro, now_ns);
        mip6_mn_retry_start(&ro->bu, timeout_ns);
        send_bu(ro, now_ns);
    }
}

void mip6_mn_ro_key(const mip6_mn *mn, const mn_ro *ro, uint8_t kbm[20])
{
    mip6_auth_kbm(mn->shared, ro->home_token, ro->deregister ? NULL : ro->coa_token, kbm);
}

/* ---- Movement */

void mip6_mn_ro_kick(mip6_mn *mn, int64_t now_ns)
{
    for (mn_ro *ro = mn->ro; ro; ro = ro->next) {
        if (!ro->bound || !mip6_addr_equal(&ro->care_of, &mn->care_of))
            mip6_mn_ro_start(mn, ro, now_ns);
    }
}

void mip6_mn_ro_halt(mip6_mn *mn)
{
    for (mn_ro *ro = mn->ro; ro; ro = ro->next)
        stop(ro);
}

void mip6_mn_ro_home(mip6_mn *mn, int64_t now_ns)
{
    mn_ro *next;
    for (mn_ro *ro = mn->ro; ro; ro = next) {
        next = ro->next;
        stop(ro);
        if (ro->expires_ns <= now_ns) {
            mip6_mn_ro_remove(mn, ro);
            continue;
        }
        ro->deregister = true;
        ro->bound = false;
        ro->refresh_ns = MIP6_NEVER;
        mip6_mn_ro_start(mn, ro, now_ns);
    }
}

void mip6_mn_ro_leave(mip6_mn *mn)
{
    mn_ro *next;
    for (mn_ro *ro = mn->ro; ro; ro = next) {
        next = ro->next;
        if (ro->deregister)
            mip6_mn_ro_remove(mn, ro);
    }
}

/* ---- Timers */

/* False: the entry is gone. */
static bool gave_up(mip6_mn *mn, mn_ro *ro, int64_t now_ns)
{
    if (ro->deregister) {
        mip6_mn_ro_remove(mn, ro);
        return false;
    }
    mip6_mn_ro_pause(mn, ro, PAUSE_NS, now_ns);
    return true;
}

static bool retry_due(mip6_mn *mn, mn_ro *ro, int64_t now_ns)
{
    int64_t max_ns = mn->config->max_timeout_ns;
    mn_due hoti = mip6_mn_retry_due(&ro->hoti, max_ns, MAX_RO_FAILURE, now_ns);
    mn_due coti = mip6_mn_retry_due(&ro->coti, max_ns, MAX_RO_FAILURE, now_ns);
    mn_due bu = mip6_mn_retry_due(&ro->bu, max_ns, MAX_RO_FAILURE, now_ns);
    if (hoti == MN_DUE_FAILED || coti == MN_DUE_FAILED || bu == MN_DUE_FAILED)
        return gave_up(mn, ro, now_ns);
    if (hoti == MN_DUE_SEND)
        send_hoti(mn, ro, now_ns);
    if (coti == MN_DUE_SEND)
        send_coti(mn, ro, now_ns);
    if (bu == MN_DUE_SEND)
        send_bu(ro, now_ns);
    return true;
}

static void entry_expire(mip6_mn *mn, mn_ro *ro, int64_t now_ns)
{
    if (ro->paused_until_ns != 0 && now_ns >= ro->paused_until_ns) {
        mip6_mn_ro_remove(mn, ro);
        return;
    }
    if (!retry_due(mn, ro, now_ns))
        return;
    if (now_ns >= ro->refresh_ns) {
        ro->refresh_ns = MIP6_NEVER;
        if (ro->used)
            mip6_mn_ro_start(mn, ro, now_ns);
        ro->used = false;
    }
    if (ro->expires_ns != 0 && now_ns >= ro->expires_ns) {
        ro->bound = false;
        ro->expires_ns = 0;
        if (!busy(ro))
            mip6_mn_ro_remove(mn, ro);
    }
}

void mip6_mn_ro_expire(mip6_mn *mn, int64_t now_ns)
{
    mn_ro *next;
    for (mn_ro *ro = mn->ro; ro; ro = next) {
        next = ro->next;
        entry_expire(mn, ro, now_ns);
    }
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

int64_t mip6_mn_ro_next(const mip6_mn *mn)
{
    int64_t next_ns = MIP6_NEVER;
    for (const mn_ro *ro = mn->ro; ro; ro = ro->next) {
        next_ns = earlier(next_ns, ro->hoti.next_ns);
        next_ns = earlier(next_ns, ro->coti.next_ns);
        next_ns = earlier(next_ns, ro->bu.next_ns);
        next_ns = earlier(next_ns, ro->refresh_ns);
        if (ro->expires_ns != 0)
            next_ns = earlier(next_ns, ro->expires_ns);
        if (ro->paused_until_ns != 0)
            next_ns = earlier(next_ns, ro->paused_until_ns);
    }
    return next_ns;
}

/* ---- Building */

/* By way of the agent while away: RFC 6275 section 11.6.1. */
static int build_hoti(const mip6_mn *mn, const mn_ro *ro, uint8_t *buf, size_t cap)
{
    size_t outer = mn->link == MN_LINK_FOREIGN ? MIP6_IPV6_HEADER : 0;
    mip6_header h = {.src = mn->home, .dst = ro->peer, .hop_limit = MN_HOP_LIMIT};
    mip6_message m = {.kind = MIP6_MSG_HOTI};
    memcpy(m.u.rr.cookie, ro->home_cookie, 8);
    int len = mip6_encode(buf + outer, cap - outer, &h, &m);
    if (len <= 0 || outer == 0)
        return len;
    mip6_tunnel_header(buf, &mn->care_of, &mn->agent, (uint32_t)len, MN_HOP_LIMIT);
    return len + (int)outer;
}

static int build_coti(const mip6_mn *mn, const mn_ro *ro, uint8_t *buf, size_t cap)
{
    mip6_header h = {.src = mn->care_of, .dst = ro->peer, .hop_limit = MN_HOP_LIMIT};
    mip6_message m = {.kind = MIP6_MSG_COTI};
    memcpy(m.u.rr.cookie, ro->coa_cookie, 8);
    return mip6_encode(buf, cap, &h, &m);
}

static int build_bu(const mip6_mn *mn, const mn_ro *ro, uint8_t *buf, size_t cap)
{
    uint8_t kbm[MIP6_KBM_LEN];
    mip6_header h = {.src = mn->care_of, .dst = ro->peer, .hop_limit = MN_HOP_LIMIT};
    mip6_message m = {.kind = MIP6_MSG_BU};
    h.has_home = !ro->deregister;
    h.home = mn->home;
    m.u.bu.sequence = ro->sequence;
    m.u.bu.flags = MIP6_BU_ACK;
    m.u.bu.lifetime_units = ro->lifetime_units;
    m.u.bu.opt.has_nonces = true;
    m.u.bu.opt.home_nonce = ro->home_nonce;
    m.u.bu.opt.coa_nonce = ro->deregister ? 0 : ro->coa_nonce;
    m.u.bu.opt.has_auth = true;
    int len = mip6_encode(buf, cap, &h, &m);
    if (len <= 0)
        return len;
    mip6_mn_ro_key(mn, ro, kbm);
    mip6_auth_sign(mn->shared, kbm, &mn->care_of, &ro->peer, buf, (size_t)len,
                   &m.u.bu.opt);
    return len;
}

static bool entry_poll(const mip6_mn *mn, mn_ro *ro, mip6_action *action, uint8_t *buf,
                       size_t cap)
{
    int len;
    if (ro->hoti.pending) {
        ro->hoti.pending = false;
        action->message = MIP6_MSG_HOTI;
        len = build_hoti(mn, ro, buf, cap);
    } else if (ro->coti.pending) {
        ro->coti.pending = false;
        action->message = MIP6_MSG_COTI;
        len = build_coti(mn, ro, buf, cap);
    } else if (ro->bu.pending) {
        ro->bu.pending = false;
        action->message = MIP6_MSG_BU;
        len = build_bu(mn, ro, buf, cap);
    } else {
        return false;
    }
    assert(len > 0);
    action->kind = MIP6_ACTION_SEND;
    action->len = (uint32_t)len;
    return true;
}

bool mip6_mn_ro_poll(mip6_mn *mn, mip6_action *action, uint8_t *buf, size_t cap)
{
    for (mn_ro *ro = mn->ro; ro; ro = ro->next) {
        if (entry_poll(mn, ro, action, buf, cap))
            return true;
    }
    return false;
}
