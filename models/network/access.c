/* Access routers and the links of their cells.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/network/access.h"

#include <stdio.h>

#include "models/hosts/mn_host.h"
#include "models/network/core.h"
#include "models/network/lane.h"
#include "models/world_parts.h"

typedef struct access_router {
    model_access *access;
    uint32_t index;
    sim_id id;
    model_account account;
    model_detail detail;
    model_link down;
    model_pipe up;
    model_lane arrivals;        /* of applications' packets, where they need no events */
    uint32_t full;              /* arrivals are taken when so many are there */
} access_router;

struct model_access {
    model_world *world;
    uint32_t n;
    access_router *routers;
};

enum { LINE = 64, BATCH = 24, AHEAD = 4 };

/* All that the arrival touches at once: one wait, not ten. */
static void fetch(const model_world *w, uint32_t node, const sim_packet *packet)
{
    const char *host = (const char *)&w->nodes[node];
    for (size_t at = 0; at < sizeof *w->nodes; at += LINE)
        __builtin_prefetch(host + at);
    if (packet->flow != SIM_NO_FLOW)
        __builtin_prefetch(&w->net.flows[packet->flow]);
}

/* The end of the access link: is the node still there? */
static void arrive(access_router *r, sim_packet *packet, int64_t now)
{
    model_world *w = r->access->world;
    uint32_t node = model_directory_find(w->directory, model_destination(packet));
    if (node < w->n_nodes)
        fetch(w, node, packet);
    if (node < w->n_nodes && model_mn_host_in_cell(&w->nodes[node], r->index))
        model_mn_host_arrived(&w->nodes[node], packet, now);
    else
        model_lose_sent(&w->net, &r->account, packet, MODEL_CAUSE_DETACHED);
}

/* What will be taken soon comes into the cache meanwhile: the packet, then its node. */
static void fetch_ahead(const access_router *r)
{
    const model_world *w = r->access->world;
    if (r->arrivals.used > 2 * AHEAD) {
        const char *packet = (const char *)model_lane_at(&r->arrivals, 2 * AHEAD)->packet;
        for (size_t at = 0; at < 4 * LINE; at += LINE)
            __builtin_prefetch(packet + at);
    }
    if (r->arrivals.used > AHEAD) {
        const sim_packet *packet = model_lane_at(&r->arrivals, AHEAD)->packet;
        uint32_t node = model_directory_find(w->directory, model_destination(packet));
        if (node < w->n_nodes)
            fetch(w, node, packet);
    }
}

static void catch_up(access_router *r)
{
    const model_world *w = r->access->world;
    model_arrival a;
    while (model_lane_take(&r->arrivals, w->engine, r->id, r->down.from, &a)) {
        fetch_ahead(r);
        int64_t now = sim_engine_pretend(w->engine, a.at_ns);
        arrive(r, a.packet, a.at_ns);
        sim_engine_pretend(w->engine, now);
    }
    r->full = r->arrivals.used + BATCH;
}

void model_access_catch_up(model_access *a, uint32_t router)
{
    if (router < a->n)
        catch_up(&a->routers[router]);
}

void model_access_catch_up_all(model_access *a)
{
    for (uint32_t i = 0; i < a->n; i++)
        catch_up(&a->routers[i]);
}

static void router_handle(void *self, const sim_event *event)
{
    access_router *r = self;
    catch_up(r);
    arrive(r, event->payload, event->time_ns);
}

static void router_discard(void *self, void *payload)
{
    access_router *r = self;
    sim_packet_unref(r->access->world->net.packets, payload);
}

static const sim_entity_class router_class = {
    .kind = "access-router", .handle = router_handle, .discard = router_discard};

static void router_name(uint32_t i, char out[16])
{
    snprintf(out, 16, "ar%u", i);
}

model_access *model_access_new(model_world *world)
{
    model_access *a = g_new0(model_access, 1);
    a->world = world;
    a->n = (uint32_t)world->settings->access->routers;
    a->routers = g_new0(access_router, a->n);
    for (uint32_t i = 0; i < a->n; i++) {
        a->routers[i].access = a;
        a->routers[i].index = i;
    }
    return a;
}

void model_access_free(model_access *a)
{
    if (!a)
        return;
    for (uint32_t i = 0; i < a->n; i++) {
        model_lane_clear(&a->routers[i].arrivals, a->world->net.packets);
        model_link_clear(&a->routers[i].down);
        model_pipe_clear(&a->routers[i].up);
    }
    g_free(a->routers);
    g_free(a);
}

void model_access_register(model_access *a)
{
    for (uint32_t i = 0; i < a->n; i++) {
        char name[16];
        router_name(i, name);
        sim_engine_add(a->world->engine, name, &router_class, &a->routers[i],
                       &a->routers[i].id);
    }
}

void model_access_start(model_access *a)
{
    model_world *w = a->world;
    const model_link_config *link = &w->settings->access->link;
    for (uint32_t i = 0; i < a->n; i++) {
        access_router *r = &a->routers[i];
        char name[16], text[MIP6_ADDR_TEXT];
        router_name(i, name);
        model_account_init(&r->account, name, r->id, MODEL_NO_CELL, &r->detail);
        model_link_init(&r->down, &w->net, link, model_core_id(w->core), r->id, 0);
        model_pipe_init(&r->up, w, link, r->id);
        mip6_addr prefix = model_access_prefix(i);
        w->sink->cls->node(w->sink, &(sim_row_node){r->id, "access-router", name,
                                                   mip6_addr_format(&prefix, text)});
    }
}

/* A packet passes through unchanged: in flight before and after. */
static void pass(model_account *account)
{
    account->received++;
    account->forwarded++;
}

/* An application's packet by an agent: its arrival changes nothing but what is counted, and nobody
 * is waiting. */
static bool needs_no_event(const model_world *w, const sim_packet *packet)
{
    return w->fuse_arrivals && !w->net.watch && packet->flags && packet->flow != SIM_NO_FLOW;
}

void model_access_send_down(model_access *a, uint32_t router, sim_packet *packet)
{
    access_router *r = &a->routers[router];
    int64_t core_delay_ns = a->world->settings->access->core_delay_ns;
    pass(&r->account);
    if (needs_no_event(a->world, packet)) {
        int64_t at_ns = model_link_cross(&r->down, packet, core_delay_ns);
        packet->hops++;
        model_lane_put(&r->arrivals, &(model_arrival){at_ns, packet, NULL, packet->flags});
        if (r->arrivals.used >= r->full)
            catch_up(r);
        return;
    }
    /* All that enters this link has crossed the core, so its queue may be computed at
     * the core's edge: every arrival is later by the same delay. */
    model_link_send_far(&r->down, &r->account, packet, core_delay_ns);
}

void model_access_send_up(model_access *a, uint32_t router, sim_packet *packet)
{
    access_router *r = &a->routers[router];
    pass(&r->account);
    model_pipe_send(&r->up, a->world, &r->account, packet);
}

model_account *model_access_account(model_access *a, uint32_t router)
{
    return &a->routers[router].account;
}
