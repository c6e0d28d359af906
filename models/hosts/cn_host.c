/* Correspondents.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/hosts/cn_host.h"

#include <stdio.h>

#include "models/traffic/flows.h"
#include "models/world_parts.h"

enum { PORT_EXPIRY = 2 };

static void send(model_cn_host *h, sim_packet *packet)
{
    model_book_sent(&h->world->net, &h->account, packet);
    model_pipe_send(&h->up, h->world, &h->account, packet);
}

/* Carry out what the library wants, then arm its timer. */
static void settle(model_cn_host *h, int64_t now)
{
    model_world *w = h->world;
    mip6_action action;
    while (mip6_cn_poll(h->cn, &action, w->scratch, sizeof w->scratch, now))
        if (action.kind == MIP6_ACTION_SEND)
            send(h, model_world_signal(w, &h->account, &action, h->n_signals++));
    int64_t next = mip6_cn_next_expiry(h->cn);
    if (next == MIP6_NEVER || (sim_timer_armed(&h->timer) && h->armed_ns <= next))
        return;
    h->armed_ns = MAX(next, now + 1);
    sim_timer_set(w->engine, &h->timer, h->id, PORT_EXPIRY, h->armed_ns);
}

static void receive(model_cn_host *h, sim_packet *packet, const mip6_rx *rx, int64_t now)
{
    model_net *net = &h->world->net;
    /* Drops of the data path are booked already. */
    model_new_drop(mip6_cn_drops(h->cn), h->drops);
    int result = mip6_cn_receive(h->cn, rx, packet->bytes + packet->head, packet->len, now);
    if (result == 0)
        model_consume(net, &h->account, packet);
    else
        model_lose(net, &h->account, packet, model_new_drop(mip6_cn_drops(h->cn), h->drops));
    settle(h, now);
}

static void arrived(model_cn_host *h, sim_packet *packet, int64_t now)
{
    model_net *net = &h->world->net;
    model_book_received(net, &h->account);
    mip6_rx rx = model_rx(packet);
    mip6_packet view = model_lend(packet);
    mip6_route route = {0};
    mip6_verdict verdict = mip6_cn_input(h->cn, &rx, &view, &route, now);
    model_take_back(packet, &view);
    switch (verdict) {
    case MIP6_LOCAL:
        receive(h, packet, &rx, now);
        return;
    case MIP6_DELIVER:
        model_flows_delivered_up(h->world, packet);
        model_consume(net, &h->account, packet);
        return;
    default:
        model_lose(net, &h->account, packet, route.cause);
        settle(h, now);
    }
}

static void handle(void *self, const sim_event *event)
{
    model_cn_host *h = self;
    if (event->src != event->dst) {
        arrived(h, event->payload, event->time_ns);
        return;
    }
    sim_timer_fired(h->world->engine, &h->timer, event);
    mip6_cn_expire(h->cn, event->time_ns);
    settle(h, event->time_ns);
}

static void discard(void *self, void *payload)
{
    model_cn_host *h = self;
    sim_packet_unref(h->world->net.packets, payload);
}

static const sim_entity_class cn_class = {
    .kind = "correspondent", .handle = handle, .discard = discard};

void model_cn_host_output(model_cn_host *h, sim_packet *packet, int64_t now)
{
    mip6_packet view = model_lend(packet);
    mip6_route route = {0};
    mip6_verdict verdict = mip6_cn_output(h->cn, &view, &route, now);
    model_take_back(packet, &view);
    model_book_originated(&h->world->net, &h->account, packet);
    if (verdict == MIP6_SEND_ON)
        send(h, packet);
    else
        model_lose(&h->world->net, &h->account, packet, route.cause);
}

void model_cn_host_send_down(model_world *w, uint32_t index, sim_packet *packet)
{
    model_cn_host *h = &w->correspondents[index];
    model_link_send_far(&h->down, model_core_account(w->core), packet,
                        w->settings->access->core_delay_ns);
}

static void cn_name(uint32_t i, char out[16])
{
    snprintf(out, 16, "cn%u", i);
}

void model_cn_hosts_new(model_world *w)
{
    w->n_correspondents = (uint32_t)w->settings->correspondents->count;
    w->correspondents = g_new0(model_cn_host, w->n_correspondents);
}

void model_cn_hosts_register(model_world *w)
{
    for (uint32_t i = 0; i < w->n_correspondents; i++) {
        char name[16];
        cn_name(i, name);
        sim_engine_add(w->engine, name, &cn_class, &w->correspondents[i],
                       &w->correspondents[i].id);
    }
}

static void start_one(model_world *w, model_cn_host *h, const char *name)
{
    const model_correspondents_config *c = w->settings->correspondents;
    sim_stream draw = sim_stream_init(w->seed, w->replication, name, "route-optimise");
    h->config = (mip6_cn_config){
        .address = model_correspondent_address(h->index),
        .route_optimise =
            sim_below(sim_stream_at(&draw, 0), 1000000) < (uint64_t)c->route_optimise_ppm,
        .max_bindings = (uint32_t)c->max_bindings};
    model_account_init(&h->account, name, h->id, model_world_cell(w, h->id), &h->detail);
    model_pipe_init(&h->up, w, &c->link, h->id);
    model_link_init(&h->down, &w->net, &c->link, model_core_id(w->core), h->id, 0);
    char text[MIP6_ADDR_TEXT];
    w->sink->cls->node(w->sink, &(sim_row_node){h->id, "correspondent", name,
                                               mip6_addr_format(&h->config.address, text)});
    h->cn = mip6_cn_init(g_malloc0(mip6_cn_size()), w->shared, &h->config,
                         model_cookie(MODEL_KIND_CN, 0, h->index), 0);
    settle(h, 0);
}

void model_cn_hosts_start(model_world *w)
{
    for (uint32_t i = 0; i < w->n_correspondents; i++) {
        char name[16];
        cn_name(i, name);
        w->correspondents[i].world = w;
        w->correspondents[i].index = i;
        start_one(w, &w->correspondents[i], name);
    }
}

void model_cn_hosts_free(model_world *w)
{
    for (uint32_t i = 0; w->correspondents && i < w->n_correspondents; i++) {
        model_cn_host *h = &w->correspondents[i];
        if (h->cn)
            mip6_cn_free(h->cn);
        g_free(h->cn);
        model_pipe_clear(&h->up);
        model_link_clear(&h->down);
    }
    g_clear_pointer(&w->correspondents, g_free);
}
