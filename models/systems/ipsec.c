/* Security associations: what goes out and comes in.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/systems/ipsec.h"

#include <string.h>

#include "models/systems/ipsec_internal.h"
#include "models/systems/virtual.h"

/* ---- packets ---- */

static bool is_data(const sim_packet *p)
{
    return p->message == MIP6_MSG_DATA;
}

static mip6_sa_mode mode_of(const sim_packet *p)
{
    bool inner = p->message == MIP6_MSG_HOTI || p->message == MIP6_MSG_HOT || is_data(p);
    return inner ? MIP6_SA_TUNNEL : MIP6_SA_TRANSPORT;
}

static bool is_tunnelled(const sim_packet *p)
{
    return p->bytes[p->head + 6] == MIP6_NH_IPV6;
}

/* Payload that goes through a tunnel, where that is protected. */
static bool is_payload(const model_ipsec *ipsec, const sim_packet *p)
{
    return ipsec->config->payload && is_data(p) && is_tunnelled(p);
}

static bool goes_to_agent(const model_world *w, const sim_packet *p)
{
    return mip6_addr_same_prefix(model_destination(p), &w->home_prefix, 64);
}

static bool is_sealed(const sim_packet *p, mip6_esp_view *view)
{
    mip6_drop cause;
    return mip6_esp_look(p->bytes + p->head, p->len, view, &cause) == 0;
}

/* The same packet with room for what comes behind it, its payload's zeros laid out. Takes the
 * reference. */
static sim_packet *with_room(model_world *w, sim_packet *p, uint32_t behind)
{
    uint32_t zeros = p->virtual_bytes;
    if (zeros == 0 && p->cap >= (uint32_t)p->head + p->len + behind)
        return p;
    sim_packet *wider = sim_packet_new(w->net.packets, p->len + zeros + behind);
    uint16_t cap = wider->cap, head = wider->head;
    uint32_t refs = wider->refs;
    memcpy(wider, p, sizeof *p);
    wider->cap = cap;
    wider->head = head;
    wider->refs = refs;
    wider->len = (uint16_t)(p->len + zeros);
    wider->virtual_bytes = 0;
    memcpy(sim_packet_data(wider), p->bytes + p->head, p->len);
    memset(sim_packet_data(wider) + p->len, 0, zeros);
    sim_packet_unref(w->net.packets, p);
    return wider;
}

/* Signalling is booked when it is made, before it is sealed. A Home Test is its correspondent's. */
static void book_overhead(model_ipsec *ipsec, model_account *account, const sim_packet *p,
                          uint32_t bytes)
{
    model_net *net = &ipsec->world->net;
    IPSEC_COUNT(ipsec, sealed, 1);
    IPSEC_COUNT(ipsec, overhead_bytes, bytes);
    if (is_data(p)) {
        IPSEC_COUNT(ipsec, payload, 1);
        IPSEC_COUNT(ipsec, payload_overhead_bytes, bytes);
        return;
    }
    if (p->created_ns >= net->warm_up_ns)
        net->signalling_bytes += bytes;
    if (p->message != MIP6_MSG_HOT)
        account->detail->sent_bytes[p->message] += bytes;
}

/* Returns the packet, another perhaps; NULL: lost at `account`. */
static sim_packet *seal(model_ipsec *ipsec, model_account *account, mip6_sa *sa, sim_packet *p)
{
    model_world *w = ipsec->world;
    const mip6_esp_suite *suite = &ipsec->suite;
    p = with_room(w, p, suite->block + MIP6_ESP_TRAILER + suite->icv_len);
    uint32_t before = p->len;
    mip6_packet view = model_lend(p);
    mip6_sa_begin_period(sa, (uint32_t)(sim_now(w->engine) / ipsec->config->sync_ns));
    int err = mip6_esp_seal(suite, sa, &view, (uint32_t)(p->cap - p->head - p->len));
    if (err) {
        model_lose(&w->net, account, p, MODEL_CAUSE_NO_SA);
        return NULL;
    }
    model_take_back(p, &view);
    book_overhead(ipsec, account, p, p->len - before);
    return p;
}

static void count_drop(model_ipsec *ipsec, unsigned cause)
{
    if (cause == MIP6_DROP_REPLAYED)
        IPSEC_COUNT(ipsec, replayed, 1);
    else if (cause == MIP6_DROP_UNKNOWN_SPI)
        IPSEC_COUNT(ipsec, unknown_spi, 1);
    else if (cause == MODEL_CAUSE_NO_SA)
        IPSEC_COUNT(ipsec, no_sa, 1);
    else if (cause == MODEL_CAUSE_UNPROTECTED)
        IPSEC_COUNT(ipsec, unprotected, 1);
    else
        IPSEC_COUNT(ipsec, malformed, 1);
}

/* node: UINT32_MAX where nobody knows whose it is. */
static void lose(model_ipsec *ipsec, model_account *account, sim_packet *p, uint32_t node,
                 unsigned cause)
{
    count_drop(ipsec, cause);
    bool of_sa = cause == MIP6_DROP_REPLAYED || cause == MIP6_DROP_UNKNOWN_SPI ||
                 cause == MODEL_CAUSE_NO_SA;
    if (of_sa && !is_data(p) && node < ipsec->world->n_nodes)
        model_ipsec_out_begins(ipsec, node);
    model_lose(&ipsec->world->net, account, p, cause);
}

static uint32_t node_at(const model_world *w, const mip6_addr *home)
{
    bool here = mip6_addr_same_prefix(home, &w->home_prefix, 64);
    return here ? model_directory_find(w->directory, home) : MODEL_NO_INDEX;
}

/* sa: NULL, nobody has this SPI. Returns 0, or the cause of the loss that is due. */
static unsigned open(model_ipsec *ipsec, mip6_sa *sa, sim_packet *p)
{
    mip6_drop cause = MIP6_DROP_UNKNOWN_SPI;
    mip6_packet view = model_lend(p);
    if (!sa)
        return cause;
    mip6_sa_begin_period(sa,
                         (uint32_t)(sim_now(ipsec->world->engine) / ipsec->config->sync_ns));
    if (mip6_esp_open(&ipsec->suite, sa, &view, &cause) != 0)
        return cause;
    model_take_back(p, &view);
    return MIP6_DROP_NONE;
}

/* Where two serve for a group, both have what is synchronised. */
static const model_ha_host *keeper_of(const model_ha_host *h, uint32_t group)
{
    const model_ipsec *ipsec = h->world->ipsec;
    bool shares = ipsec->state == MIP6_SA_SYNCHRONISED && ipsec->masters[group] != NO_MASTER &&
                  model_virtuals_serve(h->virtuals, group);
    return shares ? &h->world->agents[ipsec->masters[group]] : h;
}

mip6_sad *model_ipsec_sad(const model_ha_host *h, const mip6_addr *own)
{
    const model_world *w = h->world;
    uint32_t at = model_directory_find(w->directory, own) - MODEL_FIRST_AGENT;
    bool is_virtual = at >= w->n_agents && at - w->n_agents < w->ipsec->n_sads;
    uint32_t group = is_virtual ? at - w->n_agents : 0;
    return ipsec_agent_of(is_virtual ? keeper_of(h, group) : h)->sads[group];
}

/* ---- SPIs ---- */

uint32_t model_ipsec_draw(const model_ipsec *ipsec, const model_account *owner, uint32_t *draws)
{
    uint32_t spi;
    do
        spi = (uint32_t)sim_stream_at2(&ipsec->draws, owner->name_hash, (*draws)++);
    while (spi < 256);
    return spi;
}

/* As an operator would have written it into both sides' configuration: of a node at an address of
 * agents, for one mode and direction. */
static uint32_t manual_spi(const model_ipsec *ipsec, const mip6_addr *home, const mip6_addr *peer,
                           unsigned mode, bool to_agent)
{
    uint64_t h, p;
    memcpy(&h, home->b + 8, 8);
    memcpy(&p, peer->b + 8, 8);
    uint32_t spi = (uint32_t)sim_stream_at2(&ipsec->draws, GUINT64_FROM_BE(h),
                                            GUINT64_FROM_BE(p) * 4 + mode * 2 + to_agent);
    return spi < 256 ? spi + 256 : spi;
}

static unsigned n_modes(const model_mn_host *h)
{
    return model_ipsec_wants_tunnel(h) ? MIP6_SA_MODES : 1;
}

static void configure_node(model_mn_host *h, const mip6_addr *peer)
{
    model_ipsec *ipsec = model_mn_world(h)->ipsec;
    for (unsigned mode = 0; mode < n_modes(h); mode++) {
        mip6_sa sa = {.home = *model_mn_home(h), .replay_off = true,
                      .spi_in = manual_spi(ipsec, model_mn_home(h), peer, mode, false),
                      .spi_out = manual_spi(ipsec, model_mn_home(h), peer, mode, true)};
        model_ipsec_node_sa_set(ipsec, ipsec_node_of(h), peer, (mip6_sa_mode)mode, &sa);
    }
}

/* The agent's side is there from the start; it is laid out when first used. NULL: this SPI is not
 * one of those. */
static mip6_sa *configure_agent(model_ipsec *ipsec, mip6_sad *sad, const mip6_esp_view *view,
                                const mip6_addr *own)
{
    mip6_sa *made = NULL;
    uint32_t node = view->has_home ? node_at(ipsec->world, &view->home) : MODEL_NO_INDEX;
    if (node >= ipsec->world->n_nodes)
        return NULL;
    if (view->spi != manual_spi(ipsec, &view->home, own, MIP6_SA_TRANSPORT, true))
        return NULL;
    for (unsigned mode = n_modes(&ipsec->world->nodes[node]); mode-- > 0;) {
        made = mip6_sad_add(sad, &view->home, (mip6_sa_mode)mode,
                            manual_spi(ipsec, &view->home, own, mode, true),
                            manual_spi(ipsec, &view->home, own, mode, false));
        if (made)
            made->replay_off = true;
    }
    return made;
}

/* ---- agents ---- */

static bool agent_protects(const model_ipsec *ipsec, const sim_packet *p)
{
    return p->message == MIP6_MSG_BA || p->message == MIP6_MSG_HAS ||
           (p->message == MIP6_MSG_HOT && ipsec->config->return_routability) ||
           is_payload(ipsec, p);
}

/* Whom a packet of an agent is for: the final address, or that of the inner packet. */
static mip6_addr home_of(const sim_packet *p)
{
    mip6_header h;
    mip6_drop cause;
    mip6_addr inner;
    const uint8_t *bytes = p->bytes + p->head;
    if (mip6_decode_header(bytes, p->len, p->virtual_bytes, &h, &cause) != 0)
        return (mip6_addr){{0}};
    if (h.next_header != MIP6_NH_IPV6 || p->len < h.upper_offset + MIP6_IPV6_HEADER)
        return *mip6_header_destination(&h);
    memcpy(&inner, bytes + h.upper_offset + 24, sizeof inner);
    return inner;
}

static void work(model_ha_host *h, uint32_t bytes)
{
    const model_ipsec_config *c = h->world->ipsec->config;
    model_ha_queue_work(&h->queue, c->per_packet_ns + bytes * c->per_byte_ns);
}

/* Which agent a node is registered with; n_agents: none. */
static uint32_t agent_of(const model_world *w, uint32_t node)
{
    mip6_mn_figures f;
    mip6_mn_get_figures(model_mn_of(&w->nodes[node]), &f);
    uint32_t agent = model_directory_find(w->directory, &f.agent) - MODEL_FIRST_AGENT;
    return MIN(agent, w->n_agents);
}

/* A synchronised agent that calls a node to itself has taken it over. Where it has lost the
 * association the node cannot hear of it. */
static void take_called(model_ha_host *h, const mip6_addr *home)
{
    model_world *w = h->world;
    uint32_t node = node_at(w, home);
    if (!w->hahas || node >= w->n_nodes)
        return;
    uint32_t from = agent_of(w, node);
    if (from < w->n_agents)
        model_ipsec_take_over(w, from, h->index, node, false, sim_now(w->engine));
}

sim_packet *model_ipsec_agent_out(model_ha_host *h, sim_packet *p)
{
    model_ipsec *ipsec = h->world->ipsec;
    if (!agent_protects(ipsec, p))
        return p;
    mip6_addr home = home_of(p), own;
    memcpy(&own, p->bytes + p->head + 8, sizeof own);
    if (p->message == MIP6_MSG_HAS &&
        !mip6_sad_find(model_ipsec_sad(h, &own), &home, MIP6_SA_TRANSPORT))
        take_called(h, &home);
    mip6_sa *sa = mip6_sad_find(model_ipsec_sad(h, &own), &home, mode_of(p));
    if (!sa) {
        lose(ipsec, &h->account, p, node_at(h->world, &home), MODEL_CAUSE_NO_SA);
        return NULL;
    }
    p = seal(ipsec, &h->account, sa, p);
    if (p)
        work(h, p->len);
    return p;
}

static void agent_ike(model_ha_host *h, sim_packet *p, int64_t now)
{
    mip6_ike msg;
    mip6_drop drop = MIP6_DROP_NONE;
    mip6_addr from;
    memcpy(&from, p->bytes + p->head + 8, sizeof from);
    unsigned cause = MIP6_DROP_NONE;
    if (mip6_ike_decode(p->bytes + p->head, p->len, &msg, &drop) != 0)
        cause = drop;
    else
        model_ipsec_asked(h, &msg, &from, model_destination(p), now, &cause);
    if (cause == MIP6_DROP_NONE)
        model_consume(&h->world->net, &h->account, p);
    else
        model_lose(&h->world->net, &h->account, p, cause);
}

sim_packet *model_ipsec_agent_in(model_ha_host *h, sim_packet *p, int64_t now)
{
    model_ipsec *ipsec = h->world->ipsec;
    mip6_esp_view view;
    /* What passes by, to a node or another agent, is not ours to open. */
    if (!goes_to_agent(h->world, p) || node_at(h->world, model_destination(p)) < MODEL_FIRST_AGENT)
        return p;
    /* Nor what a switch brings to one that stands by: the library drops it. */
    if (h->virtuals && !model_virtuals_serve_at(h->virtuals, model_destination(p)))
        return p;
    if (p->message == MIP6_MSG_IKE) {
        agent_ike(h, p, now);
        return NULL;
    }
    if (!is_sealed(p, &view)) {
        if (p->message != MIP6_MSG_BU && !is_payload(ipsec, p))
            return p;
        lose(ipsec, &h->account, p, UINT32_MAX, MODEL_CAUSE_UNPROTECTED);
        return NULL;
    }
    work(h, p->len);
    mip6_sad *sad = model_ipsec_sad(h, model_destination(p));
    mip6_sa *sa = mip6_sad_find_spi(sad, view.spi);
    if (!sa && ipsec->config->sa_setup == MODEL_SA_MANUAL)
        sa = configure_agent(ipsec, sad, &view, model_destination(p));
    unsigned cause = open(ipsec, sa, p);
    if (cause == MIP6_DROP_NONE)
        return p;
    lose(ipsec, &h->account, p, view.has_home ? node_at(h->world, &view.home) : UINT32_MAX, cause);
    return NULL;
}

void model_ipsec_agent_down(model_ha_host *h, int64_t now)
{
    model_ipsec *ipsec = h->world->ipsec;
    ipsec_agent *a = ipsec_agent_of(h);
    sim_timer_cancel(h->world->engine, &a->timer);
    model_ipsec_forget_sessions(ipsec, a);
    for (uint32_t i = 0; i < ipsec->n_sads; i++)
        mip6_sad_restart(a->sads[i], ipsec->state, (uint32_t)(now / ipsec->config->sync_ns));
}

/* ---- nodes ---- */

bool model_ipsec_wants_tunnel(const model_mn_host *h)
{
    const model_ipsec_config *c = model_mn_world(h)->ipsec->config;
    return c->payload || (h->optimises && c->return_routability);
}

node_sa *model_ipsec_node_sa(const ipsec_node *n, const mip6_addr *peer, mip6_sa_mode mode)
{
    node_sa *sa = n->sas;
    while (sa && (sa->mode != mode || !mip6_addr_equal(&sa->peer, peer)))
        sa = sa->next;
    return sa;
}

void model_ipsec_node_sa_set(model_ipsec *ipsec, ipsec_node *n, const mip6_addr *peer,
                             mip6_sa_mode mode, const mip6_sa *sa)
{
    node_sa *at = model_ipsec_node_sa(n, peer, mode);
    if (!at) {
        at = model_pieces_get(&ipsec->sas);
        at->peer = *peer;
        at->mode = (uint8_t)mode;
        at->next = n->sas;
        n->sas = at;
    }
    at->unanswered = 0;
    at->sa = *sa;
}

void model_ipsec_node_sa_drop(model_ipsec *ipsec, ipsec_node *n, const mip6_addr *peer)
{
    for (node_sa **at = &n->sas; *at;) {
        node_sa *sa = *at;
        if (!mip6_addr_equal(&sa->peer, peer)) {
            at = &sa->next;
            continue;
        }
        *at = sa->next;
        model_pieces_put(&ipsec->sas, sa);
    }
}

/* What it has with one agent it has with another from now on. */
static void move_sas(model_ipsec *ipsec, ipsec_node *n, mip6_addr from, mip6_addr to)
{
    if (!model_ipsec_node_sa(n, &from, MIP6_SA_TRANSPORT))
        return;
    model_ipsec_node_sa_drop(ipsec, n, &to);
    for (node_sa *sa = n->sas; sa; sa = sa->next)
        if (mip6_addr_equal(&sa->peer, &from))
            sa->peer = to;
}

/* The SA that a packet to `peer` goes by; NULL: there is none, or none that is believed in. */
static node_sa *sa_towards(model_mn_host *h, const mip6_addr *peer, mip6_sa_mode mode)
{
    ipsec_node *n = ipsec_node_of(h);
    node_sa *sa = model_ipsec_node_sa(n, peer, mode);
    if (model_mn_world(h)->ipsec->config->sa_setup == MODEL_SA_MANUAL) {
        if (!sa)
            configure_node(h, peer);
        return sa ? sa : model_ipsec_node_sa(n, peer, mode);
    }
    /* It is still heard by, until it is replaced. */
    return sa && sa->unanswered < UNANSWERED ? sa : NULL;
}

sim_packet *model_ipsec_node_out(model_mn_host *h, sim_packet *p, int64_t now)
{
    model_ipsec *ipsec = model_mn_world(h)->ipsec;
    bool update = p->message == MIP6_MSG_BU;
    bool test = p->message == MIP6_MSG_HOTI && ipsec->config->return_routability;
    if ((!update && !test && !is_payload(ipsec, p)) || !goes_to_agent(model_mn_world(h), p))
        return p;
    mip6_addr peer = *model_destination(p);
    node_sa *sa = sa_towards(h, &peer, mode_of(p));
    if (sa) {
        if (update && ipsec->config->sa_setup == MODEL_SA_IKE) {
            sa->unanswered++;
            model_ipsec_let_go(h, &peer);
        }
        return seal(ipsec, &h->account, &sa->sa, p);
    }
    if (!update) {  /* its pair is being made, or made with the next Binding Update's */
        count_drop(ipsec, MODEL_CAUSE_NO_SA);
        model_lose(&model_mn_world(h)->net, &h->account, p, MODEL_CAUSE_NO_SA);
    } else {
        model_ipsec_initiate(h, &peer, p, now);
    }
    return NULL;
}

void model_ipsec_release(model_mn_host *h, sim_packet *p, int64_t now)
{
    model_release(&model_mn_world(h)->net, &h->account);
    p = model_ipsec_node_out(h, p, now);
    if (p)
        model_mn_host_send(h, p);
}

static node_sa *by_spi(ipsec_node *n, uint32_t spi)
{
    node_sa *sa = n->sas;
    while (sa && sa->sa.spi_in != spi)
        sa = sa->next;
    return sa;
}

static void node_ike(model_mn_host *h, sim_packet *p, int64_t now)
{
    mip6_ike msg;
    mip6_drop cause = MIP6_DROP_NONE;
    if (mip6_ike_decode(p->bytes + p->head, p->len, &msg, &cause) != 0) {
        model_mn_world(h)->ipsec->node_drops[cause]++;
        model_lose(&model_mn_world(h)->net, &h->account, p, cause);
        return;
    }
    model_consume(&model_mn_world(h)->net, &h->account, p);
    model_ipsec_answered(h, &msg, now);
}

/* An agent that speaks by another's association has taken it over: it is with that one from now
 * on. */
static void follow(model_ipsec *ipsec, ipsec_node *n, node_sa *sa, const sim_packet *p)
{
    mip6_addr src;
    memcpy(&src, p->bytes + p->head + 8, sizeof src);
    if (mip6_addr_equal(&src, &sa->peer))
        return;
    move_sas(ipsec, n, sa->peer, src);
    sa->unanswered = 0;
}

static bool must_be_sealed(const model_world *w, const sim_packet *p)
{
    mip6_addr src;
    memcpy(&src, p->bytes + p->head + 8, sizeof src);
    return (p->message == MIP6_MSG_BA || p->message == MIP6_MSG_HAS ||
            is_payload(w->ipsec, p)) &&
           mip6_addr_same_prefix(&src, &w->home_prefix, 64);
}

sim_packet *model_ipsec_node_in(model_mn_host *h, sim_packet *p, int64_t now)
{
    model_ipsec *ipsec = model_mn_world(h)->ipsec;
    mip6_esp_view view;
    if (p->message == MIP6_MSG_IKE) {
        node_ike(h, p, now);
        return NULL;
    }
    if (!is_sealed(p, &view)) {
        if (!must_be_sealed(model_mn_world(h), p))
            return p;
        lose(ipsec, &h->account, p, UINT32_MAX, MODEL_CAUSE_UNPROTECTED);
        return NULL;
    }
    node_sa *sa = by_spi(ipsec_node_of(h), view.spi);
    unsigned cause = open(ipsec, sa ? &sa->sa : NULL, p);
    if (cause != MIP6_DROP_NONE) {
        ipsec->node_drops[cause]++;
        lose(ipsec, &h->account, p, model_mn_index(h), cause);
        return NULL;
    }
    if (p->message == MIP6_MSG_HAS)
        follow(ipsec, ipsec_node_of(h), sa, p);
    if (p->message == MIP6_MSG_BA) {
        sa->unanswered = 0;
        model_ipsec_out_ends(ipsec, model_mn_index(h));
    }
    return p;
}

uint64_t model_ipsec_node_drops(const model_ipsec *ipsec, mip6_drop cause)
{
    return ipsec ? ipsec->node_drops[cause] : 0;
}

/* ---- takeover ---- */

void model_ipsec_take_over(model_world *w, uint32_t from, uint32_t to, uint32_t node, bool moved,
                           int64_t now)
{
    model_ipsec *ipsec = w->ipsec;
    if (!ipsec || from == to)
        return;
    uint32_t period = (uint32_t)(now / ipsec->config->sync_ns);
    if (mip6_sad_take_over(ipsec->agents[to].sads[0], ipsec->agents[from].sads[0],
                           model_mn_home(&w->nodes[node]), ipsec->state, period) == MIP6_ERR_NOMEM)
        g_error("out of memory");
    if (moved)
        move_sas(ipsec, &ipsec->nodes[node], w->agents[from].config.global,
                 w->agents[to].config.global);
}

mip6_action model_ipsec_message(model_ipsec *ipsec, const mip6_addr *src, const mip6_addr *dst,
                                const mip6_ike *msg)
{
    model_world *w = ipsec->world;
    int len = mip6_ike_encode(w->scratch, sizeof w->scratch, src, dst, msg);
    assert(len > 0);
    IPSEC_COUNT(ipsec, ike_messages, 1);
    IPSEC_COUNT(ipsec, ike_bytes, (uint32_t)len);
    return (mip6_action){
        .kind = MIP6_ACTION_SEND, .message = MIP6_MSG_IKE, .len = (uint32_t)len};
}

/* Whose port is cut takes nothing from one that serves: nobody hears it. */
static bool is_nobodys(const model_ha_host *h, uint32_t was, uint32_t group)
{
    return !model_virtuals_serve(h->world->agents[was].virtuals, group) ||
           model_ha_host_is_reached(h);
}

/* The databases change hands as they are: synchronised, it costs the same however many. */
void model_ipsec_take_group(model_ha_host *h, uint32_t group, int64_t now)
{
    model_ipsec *ipsec = h->world->ipsec;
    if (!ipsec)
        return;
    uint32_t was = ipsec->masters[group];
    if (was != NO_MASTER && was != h->index && !is_nobodys(h, was, group))
        return;
    ipsec->masters[group] = h->index;
    if (was == NO_MASTER || was == h->index)
        return;
    mip6_sad **from = &ipsec->agents[was].sads[group], **to = &ipsec->agents[h->index].sads[group];
    mip6_sad *taken = *from;
    *from = *to;
    *to = taken;
    mip6_sad_clear(*from);
    if (ipsec->state != MIP6_SA_SYNCHRONISED)
        mip6_sad_restart(taken, ipsec->state, (uint32_t)(now / ipsec->config->sync_ns));
}

/* ---- life ---- */

static void *get_memory(void *user, size_t size)
{
    (void)user;
    return g_malloc(size);
}

static void put_memory(void *user, void *piece, size_t size)
{
    (void)user;
    (void)size;
    g_free(piece);
}

model_ipsec *model_ipsec_new(model_world *w)
{
    const model_ipsec_config *c = w->settings->ipsec;
    if (!c->on)
        return NULL;
    model_ipsec *ipsec = g_new0(model_ipsec, 1);
    ipsec->world = w;
    ipsec->config = c;
    ipsec->state = (mip6_sa_state)model_ipsec_sa_state(w->settings);
    ipsec->suite = (mip6_esp_suite){(uint8_t)c->iv, (uint8_t)c->icv, (uint8_t)c->block};
    ipsec->env = (mip6_env){.user = w, .alloc = get_memory, .free = put_memory};
    ipsec->draws = sim_stream_init(w->seed, w->replication, "ipsec", "spi");
    ipsec->nodes = sim_block_new(w->n_nodes, sizeof *ipsec->nodes);
    for (uint32_t i = 0; i < w->n_nodes; i++)
        ipsec->nodes[i].out_since_ns = -1;
    model_pieces_init(&ipsec->sas, sizeof(node_sa));
    model_pieces_init(&ipsec->handshakes, sizeof(handshake));
    model_pieces_init(&ipsec->sessions, sizeof(ike_session));
    model_pieces_init(&ipsec->jobs, sizeof(ike_job));
    ipsec->agents = g_new0(ipsec_agent, w->n_agents);
    ipsec->n_sads = model_system_is_active_standby(w->settings)
                        ? (uint32_t)w->settings->system->groups : 1;
    ipsec->masters = g_new(uint32_t, ipsec->n_sads);
    for (uint32_t i = 0; i < ipsec->n_sads; i++)
        ipsec->masters[i] = NO_MASTER;
    ipsec->setup = g_new0(model_histogram, 1);
    ipsec->outages = g_array_new(FALSE, FALSE, sizeof(int64_t));
    ipsec->unfinished = g_array_new(FALSE, FALSE, sizeof(int64_t));
    for (uint32_t i = 0; i < w->n_agents; i++) {
        uint64_t secret[2] = {sim_stream_at2(&ipsec->draws, i, UINT64_MAX),
                              sim_stream_at2(&ipsec->draws, i, UINT64_MAX - 1)};
        ipsec->agents[i].sads = g_new(mip6_sad *, ipsec->n_sads);
        for (uint32_t g = 0; g < ipsec->n_sads; g++)
            ipsec->agents[i].sads[g] = mip6_sad_new(&ipsec->env, secret);
        model_ipsec_responder_init(&ipsec->agents[i]);
    }
    return ipsec;
}

/* Packets that are held go back to their pool, unbooked: the world is being taken apart. */
void model_ipsec_free(model_ipsec *ipsec)
{
    if (!ipsec)
        return;
    model_world *w = ipsec->world;
    for (uint32_t i = 0; i < w->n_nodes; i++)
        model_ipsec_forget_handshakes(ipsec, &ipsec->nodes[i]);
    for (uint32_t i = 0; i < w->n_agents; i++) {
        g_hash_table_destroy(ipsec->agents[i].sessions);
        g_free(ipsec->agents[i].wait);
        for (uint32_t g = 0; g < ipsec->n_sads; g++)
            mip6_sad_free(ipsec->agents[i].sads[g]);
        g_free(ipsec->agents[i].sads);
    }
    model_pieces_clear(&ipsec->sas);
    model_pieces_clear(&ipsec->handshakes);
    model_pieces_clear(&ipsec->sessions);
    model_pieces_clear(&ipsec->jobs);
    g_array_unref(ipsec->outages);
    g_array_unref(ipsec->unfinished);
    g_free(ipsec->setup);
    g_free(ipsec->masters);
    g_free(ipsec->agents);
    sim_block_free(ipsec->nodes);
    g_free(ipsec);
}
