/* What comes from a peer, in the order in which it was sent: what is ahead of a missing one is
 * kept until that comes, and acknowledged then. One message a call: what the system makes of it,
 * its host must be able to carry out before the next.
 *
 *   PROTOCOL 11
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "peer.h"

static void take_out(mip6_peers *p, mip6_slot **at)
{
    mip6_slot *slot = *at;
    *at = slot->next;
    mip6_peers_discard(p, slot->what);
    mip6_pool_put(&p->slots, slot);
}

void mip6_peers_forget_ahead(mip6_peers *p, uint8_t peer)
{
    while (p->remotes[peer].ahead)
        take_out(p, &p->remotes[peer].ahead);
}

void mip6_peers_enter_session(mip6_peers *p, uint8_t peer, uint32_t session)
{
    mip6_remote *r = &p->remotes[peer];
    if (session <= r->rx_session)
        return;
    r->rx_session = session;
    r->rx_sequence = 0;
    mip6_peers_forget_ahead(p, peer);
    /* It had given this member up, and with it whatever it was about to send. */
    mip6_peers_loading_lost(p, peer);
}

/* In its place among those that wait; without memory it will be sent again. */
static void wait_for_turn(mip6_peers *p, mip6_remote *r, const mip6_peer_message *msg,
                          const uint8_t *pkt, size_t len)
{
    mip6_slot **at = &r->ahead;
    while (*at && (int32_t)((*at)->sequence - msg->sequence) < 0)
        at = &(*at)->next;
    if (*at && (*at)->sequence == msg->sequence)
        return;
    mip6_slot *slot = mip6_pool_get(&p->slots, &p->shared->env, sizeof *slot);
    mip6_outgoing *what = slot ? mip6_peers_keep(p, pkt, len, msg->type) : NULL;
    if (!what) {
        mip6_pool_put(&p->slots, slot);
        return;
    }
    slot->what = what;
    slot->sequence = msg->sequence;
    slot->next = *at;
    *at = slot;
}

static void deliver_first(mip6_peers *p, uint8_t peer)
{
    mip6_remote *r = &p->remotes[peer];
    mip6_outgoing *what = r->ahead->what;
    mip6_header h;
    mip6_peer_message msg;
    mip6_drop cause;
    int result = mip6_peer_decode(what->packet, what->len, &h, &msg, &cause, p->now_ns);
    assert(result == 0);
    (void)result;
    r->rx_sequence++;
    r->ack_due = true;
    mip6_peers_wake(p, peer);
    mip6_peers_deliver(p, peer, &msg);
    take_out(p, &r->ahead);
}

bool mip6_peers_has_turn(const mip6_remote *r)
{
    return r->live && r->ahead && r->ahead->sequence == r->rx_sequence + 1;
}

void mip6_peers_turns_due(mip6_peers *p)
{
    for (uint8_t i = 0; i < p->config->n_members; i++)
        if (mip6_peers_has_turn(&p->remotes[i])) {
            deliver_first(p, i);
            return;
        }
}

int mip6_peers_on_reliable(mip6_peers *p, uint8_t peer, const mip6_peer_message *msg,
                           const uint8_t *pkt, size_t len)
{
    mip6_remote *r = &p->remotes[peer];
    if (msg->session < r->rx_session) {
        p->figures.stale++;
        return MIP6_ERR_IGNORED;
    }
    mip6_peers_enter_session(p, peer, msg->session);
    int32_t ahead = (int32_t)(msg->sequence - r->rx_sequence) - 1;
    if (ahead > 0) {
        p->figures.ahead++;
        if ((uint32_t)ahead < p->config->window)
            wait_for_turn(p, r, msg, pkt, len);
        return (uint32_t)ahead < p->config->window ? 0 : MIP6_ERR_IGNORED;
    }
    r->ack_due = true;
    mip6_peers_wake(p, peer);
    if (ahead < 0) {
        p->figures.repeated++;
        return 0;
    }
    r->rx_sequence++;
    /* It may have been sent again while it had its turn. */
    if (r->ahead && r->ahead->sequence == msg->sequence)
        take_out(p, &r->ahead);
    mip6_peers_deliver(p, peer, msg);
    return 0;
}
