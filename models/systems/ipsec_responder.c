/* IKEv2 at an agent, the responder: requests wait for their work in one queue. Cookies are asked
 * for at once, without work and without state; an answer that was lost is given again like that.
 *
 *   RFC 7296 sections 1.2, 1.3, 2.1, 2.6
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <string.h>

#include "models/systems/ipsec_internal.h"
#include "models/systems/virtual.h"

/* Seconds after it began a session is forgotten, unless it is at work. */
static bool is_over(const model_ipsec *ipsec, const ike_session *s, int64_t now)
{
    return now - s->began_ns >= ipsec->config->half_open_ns && !s->queued;
}

static ike_session *find(const model_ipsec *ipsec, const ipsec_agent *a, uint64_t spi, int64_t now)
{
    ike_session *s = g_hash_table_lookup(a->sessions, &spi);
    return s && s->boot == a->boot && !is_over(ipsec, s, now) ? s : NULL;
}

static void close_half(ipsec_agent *a, ike_session *s)
{
    if (!s->half_open)
        return;
    s->half_open = false;
    g_queue_unlink(&a->half_open, &s->link);
    g_queue_push_tail_link(&a->done, &s->link);
}

static void forget(model_ipsec *ipsec, ipsec_agent *a, GQueue *list, ike_session *s)
{
    g_queue_unlink(list, &s->link);
    if (g_hash_table_lookup(a->sessions, &s->spi_initiator) == s)
        g_hash_table_remove(a->sessions, &s->spi_initiator);
    model_pieces_put(&ipsec->sessions, s);
}

/* Those that went no further, for they count; of the others no more than come. */
static void forget_old(model_ipsec *ipsec, ipsec_agent *a, int64_t now)
{
    for (GList *at = a->half_open.head, *next; at; at = next) {
        ike_session *s = at->data;
        next = at->next;
        if (now - s->began_ns < ipsec->config->half_open_ns)
            break;
        if (!s->queued)
            forget(ipsec, a, &a->half_open, s);
    }
    for (unsigned i = 0; i < 2; i++) {
        if (a->done.head && is_over(ipsec, a->done.head->data, now))
            forget(ipsec, a, &a->done, a->done.head->data);
        if (a->lost.head)
            forget(ipsec, a, &a->lost, a->lost.head->data);
    }
}

/* ---- answers ---------------------------------------------------------------------------- */

static void answer(model_ha_host *h, const mip6_addr *own, const mip6_addr *to,
                   const mip6_ike *msg)
{
    mip6_action action = model_ipsec_message(h->world->ipsec, own, to, msg);
    if (h->virtuals)
        model_virtuals_signal(h->virtuals, own, &action);
    else
        model_ha_host_signal(h, &action);
}

static mip6_ike answer_of(const ike_session *s, mip6_ike_exchange exchange, uint32_t len)
{
    mip6_ike msg = {.spi_initiator = s->spi_initiator, .spi_responder = s->spi_responder,
                    .exchange = exchange, .response = true,
                    .message_id = (uint32_t)exchange - MIP6_IKE_SA_INIT, .len = len};
    if (exchange != MIP6_IKE_SA_INIT) {
        msg.child_spi = s->child_spi;
        msg.home = s->home;
    }
    return msg;
}

static void ask_for_cookie(model_ha_host *h, const mip6_ike *request, const mip6_addr *own,
                           const mip6_addr *to)
{
    model_ipsec *ipsec = h->world->ipsec;
    mip6_ike msg = {.spi_initiator = request->spi_initiator, .exchange = MIP6_IKE_SA_INIT,
                    .response = true, .cookie = true,
                    .len = (uint32_t)ipsec->config->cookie_size};
    IPSEC_COUNT(ipsec, cookies, 1);
    answer(h, own, to, &msg);
}

static uint32_t size_of(const model_ipsec_config *c, mip6_ike_exchange exchange)
{
    switch (exchange) {
    case MIP6_IKE_SA_INIT: return (uint32_t)c->init_size;
    case MIP6_IKE_AUTH: return (uint32_t)c->auth_size;
    default: return (uint32_t)c->child_size;
    }
}

/* ---- the queue -------------------------------------------------------------------------- */

static int64_t work_of(const model_ipsec_config *c, mip6_ike_exchange exchange)
{
    switch (exchange) {
    case MIP6_IKE_SA_INIT: return c->init_ns;
    case MIP6_IKE_AUTH: return c->auth_ns;
    default: return c->child_ns;
    }
}

static void work_on_next(model_ha_host *h, int64_t now)
{
    ipsec_agent *a = ipsec_agent_of(h);
    const ike_job *job = a->first;
    if (job)
        sim_timer_set(h->world->engine, &a->timer, h->id, MODEL_HA_PORT_IKE,
                      now + work_of(h->world->ipsec->config, job->request.exchange));
}

static void enqueue(model_ha_host *h, ike_session *s, const mip6_ike *msg, const mip6_addr *from,
                    int64_t now)
{
    ipsec_agent *a = ipsec_agent_of(h);
    ike_job *job = model_pieces_get(&h->world->ipsec->jobs);
    *job = (ike_job){.session = s, .request = *msg, .from = *from, .arrived_ns = now};
    s->queued = true;
    if (a->last)
        a->last->next = job;
    else
        a->first = job;
    a->last = job;
    a->n_jobs++;
    if (ipsec_measured(h->world->ipsec))
        a->peak = MAX(a->peak, a->n_jobs);
    if (a->n_jobs == 1)
        work_on_next(h, now);
}

static ike_job take_job(model_ipsec *ipsec, ipsec_agent *a)
{
    ike_job job = *a->first;
    model_pieces_put(&ipsec->jobs, a->first);
    a->first = job.next;
    if (!a->first)
        a->last = NULL;
    a->n_jobs--;
    return job;
}

/* A pair of SAs for this home address: the agent's SPI is drawn until it is free. */
static void make_pair(model_ha_host *h, ike_session *s, const mip6_ike *request, mip6_sa_mode mode)
{
    ipsec_agent *a = ipsec_agent_of(h);
    mip6_sad *sad = model_ipsec_sad(h, &s->own);
    if (mode == MIP6_SA_TRANSPORT)      /* the node starts anew: all that it had is void */
        mip6_sad_remove(sad, &request->home);
    do
        s->child_spi = model_ipsec_draw(h->world->ipsec, &h->account, &a->draws);
    while (!mip6_sad_add(sad, &request->home, mode, s->child_spi, request->child_spi));
}

static void carry_out(model_ha_host *h, ike_session *s, const ike_job *job)
{
    const mip6_ike *request = &job->request;
    switch (request->exchange) {
    case MIP6_IKE_SA_INIT:
        break;
    case MIP6_IKE_AUTH:
        close_half(ipsec_agent_of(h), s);
        s->home = request->home;
        make_pair(h, s, request, MIP6_SA_TRANSPORT);
        break;
    case MIP6_IKE_CREATE_CHILD:
        make_pair(h, s, request, MIP6_SA_TUNNEL);
        break;
    }
    s->answered = request->exchange;
    s->queued = false;
    mip6_ike msg = answer_of(s, request->exchange,
                             size_of(h->world->ipsec->config, request->exchange));
    answer(h, &s->own, &job->from, &msg);
}

void model_ipsec_agent_timer(model_ha_host *h, const sim_event *event)
{
    model_ipsec *ipsec = h->world->ipsec;
    ipsec_agent *a = ipsec_agent_of(h);
    sim_timer_fired(h->world->engine, &a->timer, event);
    ike_job job = take_job(ipsec, a);
    if (ipsec_measured(ipsec))
        model_histogram_add(a->wait, event->time_ns - job.arrived_ns);
    work_on_next(h, event->time_ns);
    /* Another has become the master meanwhile: the node will ask that one. */
    bool serves = !h->virtuals || model_virtuals_serve_at(h->virtuals, &job.session->own);
    if (serves)
        carry_out(h, job.session, &job);
    else
        job.session->queued = false;
}

/* ---- requests --------------------------------------------------------------------------- */

static ike_session *open_session(model_ha_host *h, const mip6_ike *msg, const mip6_addr *own,
                                 int64_t now)
{
    ipsec_agent *a = ipsec_agent_of(h);
    ike_session *s = model_pieces_get(&h->world->ipsec->sessions);
    s->link.data = s;
    s->boot = a->boot;
    s->spi_initiator = msg->spi_initiator;
    s->own = *own;
    s->spi_responder = (uint64_t)model_ipsec_draw(h->world->ipsec, &h->account, &a->draws) << 32 |
                       model_ipsec_draw(h->world->ipsec, &h->account, &a->draws);
    s->began_ns = now;
    s->half_open = true;
    g_queue_push_tail_link(&a->half_open, &s->link);
    g_hash_table_replace(a->sessions, &s->spi_initiator, s);
    return s;
}

/* What comes from the network may hold an SPI that is reserved. */
static bool is_whole(const mip6_ike *msg)
{
    return msg->exchange == MIP6_IKE_SA_INIT || msg->child_spi >= 256;
}

static bool is_next(const ike_session *s, const mip6_ike *msg)
{
    if (msg->spi_responder != s->spi_responder)
        return false;
    return (msg->exchange == MIP6_IKE_AUTH && s->answered == MIP6_IKE_SA_INIT) ||
           (msg->exchange == MIP6_IKE_CREATE_CHILD && s->answered == MIP6_IKE_AUTH &&
            mip6_addr_equal(&msg->home, &s->home));
}

static bool is_full(const model_ha_host *h)
{
    int64_t limit = h->world->ipsec->config->queue_packets;
    return limit > 0 && ipsec_agent_of(h)->n_jobs >= limit;
}

void model_ipsec_asked(model_ha_host *h, const mip6_ike *msg, const mip6_addr *from,
                       const mip6_addr *own, int64_t now, unsigned *cause)
{
    model_ipsec *ipsec = h->world->ipsec;
    ipsec_agent *a = ipsec_agent_of(h);
    bool first = msg->exchange == MIP6_IKE_SA_INIT;
    forget_old(ipsec, a, now);
    ike_session *s = find(ipsec, a, msg->spi_initiator, now);
    if (msg->response || !is_whole(msg) || (!s && !first)) {
        *cause = MIP6_DROP_NOT_ACCEPTED;    /* an IKE SA that the agent has lost */
    } else if (s && s->queued) {
        return;                             /* the same again: it is being worked on */
    } else if (s && s->answered == msg->exchange) {
        mip6_ike again = answer_of(s, msg->exchange, size_of(ipsec->config, msg->exchange));
        answer(h, own, from, &again);
    } else if (first && a->half_open.length >= ipsec->config->half_open && !msg->cookie) {
        ask_for_cookie(h, msg, own, from);
    } else if (s && !is_next(s, msg)) {
        *cause = MIP6_DROP_NOT_ACCEPTED;
    } else if (is_full(h)) {
        *cause = MODEL_CAUSE_IKE_FULL;
    } else {
        enqueue(h, s ? s : open_session(h, msg, own, now), msg, from, now);
    }
}

void model_ipsec_responder_init(ipsec_agent *a)
{
    a->sessions = g_hash_table_new(g_int64_hash, g_int64_equal);
    a->wait = g_new0(model_histogram, 1);
}

static void move_all(GQueue *from, GQueue *to)
{
    if (!from->head)
        return;
    from->head->prev = to->tail;
    if (to->tail)
        to->tail->next = from->head;
    else
        to->head = from->head;
    to->tail = from->tail;
    to->length += from->length;
    g_queue_init(from);
}

void model_ipsec_forget_sessions(model_ipsec *ipsec, ipsec_agent *a)
{
    a->boot++;
    move_all(&a->half_open, &a->lost);
    move_all(&a->done, &a->lost);
    if (a->first)
        model_pieces_put_list(&ipsec->jobs, a->first, a->last);
    a->first = a->last = NULL;
    a->n_jobs = 0;
}
