/* Home links and their ingress routers.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/network/sites.h"

#include <string.h>

#include "models/hosts/ha_host.h"
#include "models/network/core.h"
#include "models/world_parts.h"

#define TRIES 64        /* for a site that announces the prefix */

/* ---- Life ----------------------------------------------------------------------------- */

/* A host route: another site's agent. */
static bool is_elsewhere(void *core, const model_router *router, const mip6_addr *address)
{
    const model_world *w = model_core_world(core);
    uint32_t agent = model_directory_find(w->directory, address) - MODEL_FIRST_AGENT;
    return agent < w->n_agents && model_site_of(w, agent)->router != router;
}

static void make(model_world *w, uint32_t i)
{
    model_site *site = &w->sites[i];
    const model_home_link_settings *c = w->settings->home_link;
    bool several = w->n_sites > 1;
    if (several) {
        site->link_name = g_strdup_printf("link-%s", w->agents[i].name);
        site->router_name = g_strdup_printf("router-%s", w->agents[i].name);
    }
    site->share = several ? model_settings_entry_share(w->settings, i) : 1;
    site->link_config = w->home_link_config;
    site->link_config.name = site->link_name;
    /* Two members, and one of them answers for every home address. */
    site->link_config.floods = several;
    site->link = model_home_link_new(&w->net, &site->link_config);
    site->router_config = (model_router_config){
        .neighbour = c->neighbour, .prefix = w->home_prefix, .lladdr = w->router_lladdr,
        .mtu = c->mtu, .name = site->router_name, .is_elsewhere = several ? is_elsewhere : NULL};
    site->router = model_router_new(&w->net, &site->router_config, site->link, model_core_route,
                                    w->core);
}

void model_sites_new(model_world *w)
{
    w->n_sites = model_settings_links(w->settings) ? w->n_agents : 1;
    w->sites = g_new0(model_site, w->n_sites);
    /* Each on its own link: they may share one link-layer address. */
    w->router_lladdr = model_directory_lladdr(w->directory, "router");
    for (uint32_t i = 0; i < w->n_sites; i++)
        make(w, i);
    w->home_link = w->sites[0].link;
    w->router = w->sites[0].router;
}

void model_sites_register(model_world *w)
{
    for (uint32_t i = 0; i < w->n_sites; i++) {
        model_home_link_register(w->sites[i].link);
        model_router_register(w->sites[i].router);
    }
}

static void name_node(model_world *w, sim_id id, const char *kind)
{
    w->sink->cls->node(w->sink, &(sim_row_node){id, kind, sim_engine_name(w->engine, id), NULL});
}

void model_sites_start(model_world *w)
{
    for (uint32_t i = 0; i < w->n_sites; i++) {
        model_router *router = w->sites[i].router;
        sim_id id = model_router_id(router);
        model_router_account(router)->cell = model_world_cell(w, id);
        model_router_start(router);
        name_node(w, id, "router");
        name_node(w, model_home_link_account(w->sites[i].link)->node, "home-link");
    }
}

void model_sites_free(model_world *w)
{
    for (uint32_t i = 0; w->sites && i < w->n_sites; i++) {
        model_router_free(w->sites[i].router);
        model_home_link_free(w->sites[i].link);
        g_free(w->sites[i].link_name);
        g_free(w->sites[i].router_name);
    }
    g_clear_pointer(&w->sites, g_free);
    w->home_link = NULL;
    w->router = NULL;
}

/* ---- Routes --------------------------------------------------------------------------- */

model_site *model_site_of(const model_world *w, uint32_t agent)
{
    return &w->sites[w->n_sites > 1 ? agent : 0];
}

/* The finaliser of splitmix64. */
static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

/* A number of the packet's two addresses: that of every packet of its flow. */
static uint64_t flow_hash(const sim_packet *packet)
{
    uint64_t hash = 0, word;
    for (unsigned at = 8; at < 40; at += 8) {
        memcpy(&word, packet->bytes + packet->head + at, sizeof word);
        hash = mix(hash ^ GUINT64_FROM_BE(word)) + at;
    }
    return hash;
}

static uint32_t at_point(const model_world *w, uint64_t point)
{
    uint32_t i = 0;
    while (point >= w->sites[i].share)
        point -= w->sites[i++].share;
    return i;
}

/* What a site that has fallen silent was to get spreads over the others; their own flows stay.
 * Where none is heard, nothing is known yet and all announce. */
uint32_t model_sites_entry(const model_world *w, const sim_packet *packet)
{
    int64_t now = sim_now(w->engine);
    uint64_t hash = flow_hash(packet), total = 0;
    for (uint32_t i = 0; i < w->n_sites; i++)
        total += w->sites[i].share;
    uint32_t first = at_point(w, sim_below(hash, total)), i = first;
    for (unsigned k = 0; k < TRIES && !model_router_hears_agent(w->sites[i].router, now); k++) {
        hash = mix(hash + 1);
        i = at_point(w, sim_below(hash, total));
    }
    return model_router_hears_agent(w->sites[i].router, now) ? i : first;
}
