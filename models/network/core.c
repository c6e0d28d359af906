/* Routing between the edges.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/network/core.h"

#include "models/hosts/cn_host.h"
#include "models/network/access.h"
#include "models/network/sites.h"
#include "models/world_parts.h"

struct model_core {
    model_world *world;
    sim_id id;
    model_account account;
    model_detail detail;
    model_link_config router_config;
    model_link *to_routers;     /* by site */
};

static void core_handle(void *self, const sim_event *event)
{
    model_core_route(self, event->payload, event->time_ns);
}

static void core_discard(void *self, void *payload)
{
    model_core *core = self;
    sim_packet_unref(core->world->net.packets, payload);
}

static const sim_entity_class core_class = {
    .kind = "core", .handle = core_handle, .discard = core_discard};

model_core *model_core_new(model_world *world)
{
    model_core *core = g_new0(model_core, 1);
    core->world = world;
    core->router_config.delay_ns = world->settings->access->core_delay_ns;
    return core;
}

void model_core_free(model_core *core)
{
    if (!core)
        return;
    for (uint32_t i = 0; core->to_routers && i < core->world->n_sites; i++)
        model_link_clear(&core->to_routers[i]);
    g_free(core->to_routers);
    g_free(core);
}

void model_core_register(model_core *core)
{
    sim_engine_add(core->world->engine, "core", &core_class, core, &core->id);
}

void model_core_start(model_core *core)
{
    model_account_init(&core->account, "core", core->id, MODEL_NO_CELL, &core->detail);
    model_world *w = core->world;
    core->to_routers = g_new0(model_link, w->n_sites);
    for (uint32_t i = 0; i < w->n_sites; i++)
        model_link_init(&core->to_routers[i], &w->net, &core->router_config, core->id,
                        model_router_id(w->sites[i].router), 0);
}

const model_world *model_core_world(const model_core *core)
{
    return core->world;
}

sim_id model_core_id(const model_core *core)
{
    return core->id;
}

model_account *model_core_account(model_core *core)
{
    return &core->account;
}

/* A packet passes through unchanged: in flight before and after. */
static void pass(model_account *account)
{
    account->received++;
    account->forwarded++;
}

/* The site that has a packet for the home prefix. */
static uint32_t site_of(const model_world *w, const sim_packet *packet)
{
    if (w->n_sites == 1)
        return 0;
    uint32_t agent =
        model_directory_find(w->directory, model_destination(packet)) - MODEL_FIRST_AGENT;
    return agent < w->n_agents ? agent : model_sites_entry(w, packet);
}

void model_core_route(void *self, sim_packet *packet, int64_t now_ns)
{
    (void)now_ns;
    model_core *core = self;
    model_world *w = core->world;
    const mip6_addr *dst = model_destination(packet);
    uint32_t index;
    if (mip6_addr_same_prefix(dst, &w->home_prefix, 64)) {
        pass(&core->account);
        model_link_send(&core->to_routers[site_of(w, packet)], &core->account, packet);
    } else if ((index = model_access_of(dst)) < w->settings->access->routers) {
        model_access_send_down(w->access, index, packet);
    } else if ((index = model_correspondent_of(dst)) < w->n_correspondents) {
        pass(&core->account);
        model_cn_host_send_down(w, index, packet);
    } else {
        pass(&core->account);
        model_lose_sent(&w->net, &core->account, packet, MODEL_CAUSE_NO_ROUTE);
    }
}

bool model_core_leads_out(const model_core *core, const sim_packet *packet)
{
    const model_world *w = core->world;
    const mip6_addr *dst = model_destination(packet);
    return model_access_of(dst) < w->settings->access->routers ||
           model_correspondent_of(dst) < w->n_correspondents;
}

void model_pipe_init(model_pipe *pipe, model_world *world, const model_link_config *config,
                     sim_id from)
{
    pipe->direct = config->rate_bps == 0 && world->n_sites == 1;
    pipe->far_config = *config;
    pipe->far_config.delay_ns += world->settings->access->core_delay_ns;
    model_link_init(&pipe->near, &world->net, config, from, model_core_id(world->core), 0);
    model_link_init(&pipe->far, &world->net, &pipe->far_config, from,
                    model_router_id(world->router), 0);
}

void model_pipe_clear(model_pipe *pipe)
{
    model_link_clear(&pipe->near);
    model_link_clear(&pipe->far);
}

void model_pipe_send(model_pipe *pipe, model_world *world, model_account *account,
                     sim_packet *packet)
{
    bool home = mip6_addr_same_prefix(model_destination(packet), &world->home_prefix, 64);
    model_link_send(pipe->direct && home ? &pipe->far : &pipe->near, account, packet);
}
