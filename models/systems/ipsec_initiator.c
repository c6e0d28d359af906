/* IKEv2 at a mobile node, the initiator: IKE_SA_INIT (again with a cookie where it is asked for),
 * IKE_AUTH, and a CREATE_CHILD_SA for the pair in tunnel mode.
 *
 *   RFC 7296 sections 1.2, 1.3, 2.1, 2.6; RFC 4877 section 7
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <string.h>

#include "models/systems/ipsec_internal.h"

static handshake *find(const ipsec_node *n, const mip6_addr *peer)
{
    handshake *x = n->handshakes;
    while (x && !mip6_addr_equal(&x->peer, peer))
        x = x->next;
    return x;
}

static void forget(model_ipsec *ipsec, ipsec_node *n, handshake *x)
{
    handshake **at = &n->handshakes;
    while (*at != x)
        at = &(*at)->next;
    *at = x->next;
    model_pieces_put(&ipsec->handshakes, x);
}

static void arm(model_mn_host *h, int64_t now)
{
    ipsec_node *n = ipsec_node_of(h);
    int64_t next = SIM_NEVER;
    for (const handshake *x = n->handshakes; x; x = x->next)
        next = MIN(next, x->next_ns);
    sim_timer_set(model_mn_world(h)->engine, &n->timer, h->account.node, MODEL_MN_PORT_IKE,
                  next == SIM_NEVER ? next : MAX(next, now + 1));
}

/* ---- requests -------------------------------------------------------------------------- */

static uint32_t size_of(const model_ipsec_config *c, mip6_ike_exchange exchange)
{
    switch (exchange) {
    case MIP6_IKE_SA_INIT: return (uint32_t)c->init_size;
    case MIP6_IKE_AUTH: return (uint32_t)c->auth_size;
    default: return (uint32_t)c->child_size;
    }
}

/* Where the node is now: its care-of address may have changed meanwhile. */
static mip6_addr source_of(const model_mn_host *h)
{
    mip6_mn_figures f;
    mip6_mn_get_figures(model_mn_of(h), &f);
    bool home = h->attachment == MODEL_AT_HOME || mip6_addr_is_unspecified(&f.care_of);
    return home ? *model_mn_home(h) : f.care_of;
}

static void request(model_mn_host *h, handshake *x, int64_t now)
{
    model_ipsec *ipsec = model_mn_world(h)->ipsec;
    mip6_addr src = source_of(h);
    bool child = x->exchange != MIP6_IKE_SA_INIT;
    mip6_ike msg = {
        .spi_initiator = x->spi_initiator, .spi_responder = x->spi_responder,
        .exchange = x->exchange, .cookie = x->cookie && !child,
        .message_id = (uint32_t)x->exchange - MIP6_IKE_SA_INIT,
        .child_spi = child ? x->spi_in : 0, .len = size_of(ipsec->config, x->exchange)};
    if (child)
        msg.home = *model_mn_home(h);
    mip6_action action = model_ipsec_message(ipsec, &src, &x->peer, &msg);
    x->sends++;
    x->next_ns = now + x->timeout_ns;
    IPSEC_COUNT(ipsec, resent, x->sends > 1);
    model_mn_host_signal(h, &action);
}

/* The next request of a handshake, for the first time. */
static void advance(model_mn_host *h, handshake *x, mip6_ike_exchange exchange, int64_t now)
{
    x->exchange = exchange;
    x->sends = 0;
    x->timeout_ns = model_mn_world(h)->ipsec->config->timeout_ns;
    request(h, x, now);
}

static uint64_t draw64(model_mn_host *h)
{
    ipsec_node *n = ipsec_node_of(h);
    uint64_t high = model_ipsec_draw(model_mn_world(h)->ipsec, &h->account, &n->draws);
    return high << 32 | model_ipsec_draw(model_mn_world(h)->ipsec, &h->account, &n->draws);
}

static void hold(model_mn_host *h, handshake *x, sim_packet *packet)
{
    model_net *net = &model_mn_world(h)->net;
    if (x->held) {      /* the newer one says all that it said */
        model_release(net, &h->account);
        model_lose(net, &h->account, x->held, MODEL_CAUSE_NO_SA);
    }
    x->held = packet;
    if (packet)
        model_hold(net, &h->account);
}

void model_ipsec_let_go(model_mn_host *h, const mip6_addr *peer)
{
    handshake *x = find(ipsec_node_of(h), peer);
    if (x)
        hold(h, x, NULL);
}

void model_ipsec_initiate(model_mn_host *h, const mip6_addr *peer, sim_packet *packet,
                          int64_t now)
{
    ipsec_node *n = ipsec_node_of(h);
    handshake *x = find(n, peer);
    if (x) {
        hold(h, x, packet);
        return;
    }
    x = model_pieces_get(&model_mn_world(h)->ipsec->handshakes);
    x->peer = *peer;
    x->spi_initiator = draw64(h);
    x->spi_in = model_ipsec_draw(model_mn_world(h)->ipsec, &h->account, &n->draws);
    x->began_ns = now;
    x->next = n->handshakes;
    n->handshakes = x;
    hold(h, x, packet);
    advance(h, x, MIP6_IKE_SA_INIT, now);
    arm(h, now);
}

/* ---- answers ---- */

static void install(model_mn_host *h, const handshake *x, mip6_sa_mode mode, uint32_t spi_out)
{
    model_ipsec *ipsec = model_mn_world(h)->ipsec;
    mip6_sa sa = {.home = *model_mn_home(h), .spi_in = x->spi_in, .spi_out = spi_out};
    if (mode == MIP6_SA_TRANSPORT)      /* the agent has let go of both that there were */
        model_ipsec_node_sa_drop(ipsec, ipsec_node_of(h), &x->peer);
    model_ipsec_node_sa_set(ipsec, ipsec_node_of(h), &x->peer, mode, &sa);
}

/* The first pair is there: what waited goes. */
static void first_pair(model_mn_host *h, handshake *x, const mip6_ike *msg, int64_t now)
{
    model_ipsec *ipsec = model_mn_world(h)->ipsec;
    ipsec_node *n = ipsec_node_of(h);
    sim_packet *held = x->held;
    x->held = NULL;
    install(h, x, MIP6_SA_TRANSPORT, msg->child_spi);
    if (x->began_ns >= model_mn_world(h)->net.warm_up_ns) {
        ipsec->counts.handshakes++;
        model_histogram_add(ipsec->setup, now - x->began_ns);
    }
    if (model_ipsec_wants_tunnel(h)) {
        x->spi_in = model_ipsec_draw(ipsec, &h->account, &n->draws);
        advance(h, x, MIP6_IKE_CREATE_CHILD, now);
    } else {
        forget(ipsec, n, x);
    }
    if (held)
        model_ipsec_release(h, held, now);
}

void model_ipsec_answered(model_mn_host *h, const mip6_ike *msg, int64_t now)
{
    ipsec_node *n = ipsec_node_of(h);
    handshake *x = n->handshakes;
    while (x && x->spi_initiator != msg->spi_initiator)
        x = x->next;
    if (!x || !msg->response || msg->exchange != x->exchange)
        return;         /* an answer that came twice */
    if (msg->exchange == MIP6_IKE_SA_INIT && msg->cookie) {
        if (x->cookie)
            return;
        x->cookie = true;
        advance(h, x, MIP6_IKE_SA_INIT, now);
    } else if (msg->exchange == MIP6_IKE_SA_INIT) {
        x->spi_responder = msg->spi_responder;
        advance(h, x, MIP6_IKE_AUTH, now);
    } else if (msg->exchange == MIP6_IKE_AUTH) {
        first_pair(h, x, msg, now);
    } else {
        install(h, x, MIP6_SA_TUNNEL, msg->child_spi);
        forget(model_mn_world(h)->ipsec, n, x);
    }
    arm(h, now);
}

/* ---- time ---- */

/* The Binding Update that waits can never go: the node must look for another agent. */
static void give_up(model_mn_host *h, handshake *x, int64_t now)
{
    mip6_addr peer = x->peer;
    bool waits = x->held != NULL;
    IPSEC_COUNT(model_mn_world(h)->ipsec, given_up, 1);
    hold(h, x, NULL);
    forget(model_mn_world(h)->ipsec, ipsec_node_of(h), x);
    if (waits)
        model_mn_host_unreachable(h, &peer, now);
}

void model_ipsec_node_timer(model_mn_host *h, const sim_event *event)
{
    ipsec_node *n = ipsec_node_of(h);
    sim_timer_fired(model_mn_world(h)->engine, &n->timer, event);
    for (handshake *x = n->handshakes, *next; x; x = next) {
        next = x->next;
        if (x->next_ns > event->time_ns)
            continue;
        x->timeout_ns *= 2;
        if (x->sends >= model_mn_world(h)->ipsec->config->tries)
            give_up(h, x, event->time_ns);
        else
            request(h, x, event->time_ns);
    }
    arm(h, event->time_ns);
}

void model_ipsec_forget_handshakes(model_ipsec *ipsec, ipsec_node *n)
{
    while (n->handshakes) {
        if (n->handshakes->held)
            sim_packet_unref(ipsec->world->net.packets, n->handshakes->held);
        forget(ipsec, n, n->handshakes);
    }
}
