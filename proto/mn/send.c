/* Retransmission with doubling timeouts, and rates.
 *
 *   RFC 6275 sections 11.8, 11.7.1 and 12
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "mn.h"

#include <string.h>

void mip6_mn_retry_start(mn_retry *r, int64_t timeout_ns)
{
    r->next_ns = MIP6_NEVER;
    r->timeout_ns = timeout_ns;
    r->sends = 0;
    r->active = true;
    r->deferred = false;
    r->pending = false;
}

void mip6_mn_retry_stop(mn_retry *r)
{
    r->next_ns = MIP6_NEVER;
    r->active = false;
    r->deferred = false;
    r->pending = false;
}

/* Sums stay at UINT32_MAX, which is longer than a second. */
static uint32_t add_capped(uint64_t a, uint64_t b)
{
    return a >= UINT32_MAX - b ? UINT32_MAX : (uint32_t)(a + b);
}

/* Time 0 means "never sent": a message at 0 is only counted a nanosecond late. */
bool mip6_mn_rate_take(mn_rate *rate, int64_t now_ns, int64_t *when_ns)
{
    bool first = rate->newest_ns == 0;
    uint64_t since_ns = first ? UINT32_MAX : (uint64_t)(now_ns - rate->newest_ns);
    uint32_t oldest_ns = first ? UINT32_MAX : rate->before_ns[MN_RATE - 2];
    if (add_capped(since_ns, oldest_ns) < MIP6_SECOND_NS) {
        *when_ns = rate->newest_ns - oldest_ns + MIP6_SECOND_NS;
        return false;
    }
    for (unsigned i = MN_RATE - 2; i > 0; i--)
        rate->before_ns[i] = add_capped(since_ns, rate->before_ns[i - 1]);
    rate->before_ns[0] = add_capped(since_ns, 0);
    rate->newest_ns = now_ns != 0 ? now_ns : 1;
    return true;
}

bool mip6_mn_retry_send(mn_retry *r, mn_rate *rate, int64_t now_ns)
{
    r->deferred = !mip6_mn_rate_take(rate, now_ns, &r->next_ns);
    if (r->deferred)
        return false;
    r->next_ns = now_ns + r->timeout_ns;
    r->pending = true;
    if (r->sends < UINT8_MAX)
        r->sends++;
    return true;
}

mn_due mip6_mn_retry_due(mn_retry *r, int64_t max_ns, unsigned max_sends, int64_t now_ns)
{
    if (!r->active || now_ns < r->next_ns)
        return MN_DUE_NOT;
    if (r->deferred)
        return MN_DUE_SEND;
    if (r->timeout_ns >= max_ns || (max_sends != 0 && r->sends >= max_sends)) {
        mip6_mn_retry_stop(r);
        return MN_DUE_FAILED;
    }
    r->timeout_ns = r->timeout_ns > max_ns / 2 ? max_ns : 2 * r->timeout_ns;
    return MN_DUE_SEND;
}

/* Of an agent that is not the current one; the one least recently used makes room. */
static mn_rate *rate_of_other(mn_work *w, const mip6_addr *peer)
{
    mn_peer_rate *oldest = w->others;
    for (unsigned i = 0; i < sizeof w->others / sizeof *w->others; i++) {
        mn_peer_rate *o = &w->others[i];
        if (mip6_addr_equal(&o->peer, peer))
            return &o->rate;
        if (o->rate.newest_ns < oldest->rate.newest_ns)
            oldest = o;
    }
    memset(oldest, 0, sizeof *oldest);
    oldest->peer = *peer;
    return &oldest->rate;
}

/* When the last Binding Update to another agent is a second old. */
static void note_others(mn_work *w)
{
    int64_t last_ns = 0;
    for (unsigned i = 0; i < sizeof w->others / sizeof *w->others; i++) {
        int64_t ns = w->others[i].rate.newest_ns;
        last_ns = ns > last_ns ? ns : last_ns;
    }
    w->others_until_ns = last_ns != 0 ? last_ns + MIP6_SECOND_NS : MIP6_NEVER;
}

/* The rate of Binding Updates is per agent, whatever has led there: a node may be sent to and
 * fro. That of the current one outlives every short-lived state. */
static mn_rate *rate_of(mip6_mn *mn, const mip6_addr *peer)
{
    return mip6_addr_equal(peer, &mn->agent) ? &mn->rate : rate_of_other(mn->work, peer);
}

void mip6_mn_set_agent(mip6_mn *mn, const mip6_addr *agent)
{
    mip6_addr was = mn->agent, is = *agent;
    mn_rate left = mn->rate;
    if (mip6_addr_equal(&was, &is))
        return;
    memset(&mn->rate, 0, sizeof mn->rate);
    if (!mip6_addr_is_unspecified(&is)) {
        mn_rate *rate = rate_of_other(mn->work, &is);
        mn->rate = *rate;
        memset(rate, 0, sizeof *rate);
    }
    mn->agent = is;
    if (!mip6_addr_is_unspecified(&was))
        *rate_of_other(mn->work, &was) = left;
    note_others(mn->work);
}

void mip6_mn_txn_send(mip6_mn *mn, mn_txn *txn, int64_t now_ns)
{
    if (!mip6_mn_retry_send(&txn->retry, rate_of(mn, &txn->peer), now_ns))
        return;
    note_others(mn->work);
    txn->last_seq = ++mn->sequence;
    txn->last_ns = now_ns;
    if (txn->retry.sends == 1) {
        txn->first_seq = txn->last_seq;
        txn->first_ns = now_ns;
    }
}

void mip6_mn_txn_start(mip6_mn *mn, mn_txn *txn, const mip6_addr *peer,
                       uint16_t lifetime_units, int64_t timeout_ns, int64_t now_ns)
{
    txn->peer = *peer;
    txn->lifetime_units = lifetime_units;
    txn->resyncs = 0;
    txn->redirectable = false;
    mip6_mn_retry_start(&txn->retry, timeout_ns);
    mip6_mn_txn_send(mn, txn, now_ns);
}

/* RFC 6275 sections 11.7.1 and, with the home address as source, 11.5.5. */
int mip6_mn_txn_build(const mip6_mn *mn, mn_txn *txn, uint8_t *buf, size_t cap)
{
    mip6_header h = {.dst = txn->peer, .hop_limit = MN_HOP_LIMIT};
    mip6_message m = {.kind = MIP6_MSG_BU};
    bool away = mn->link != MN_LINK_HOME;
    h.src = away ? mn->care_of : mn->home;
    h.has_home = away;
    h.home = mn->home;
    m.u.bu.sequence = txn->last_seq;
    m.u.bu.flags = MIP6_BU_ACK | MIP6_BU_HOME | (mn->config->key_mobility ? MIP6_BU_KEY : 0);
    m.u.bu.lifetime_units = txn->lifetime_units;
    m.u.bu.opt.has_alt_coa = true;
    m.u.bu.opt.alt_coa = h.src;
    m.u.bu.opt.redirect_capable = txn->redirectable;
    txn->retry.pending = false;
    return mip6_encode(buf, cap, &h, &m);
}
