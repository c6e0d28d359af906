/* A packet's way from an agent's queue to the far end, booked ahead.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/ahead.h"

#include "models/config_system.h"
#include "models/core.h"
#include "models/world_parts.h"

static bool is_plain(const model_link_config *link)
{
    return link->rate_bps == 0 && link->loss_ppm == 0;
}

bool model_ahead_allowed(const model_world *w)
{
    const model_settings *s = w->settings;
    return s->scenario->fuse && w->n_sites == 1 && !w->net.losses &&
           is_plain(&w->home_link_config.port) && is_plain(&s->access->link) &&
           is_plain(&s->correspondents->link) &&
           !s->home_agents->signalling_priority && !w->ipsec &&
           s->system->kind == MODEL_SYSTEM_NONE;
}

bool model_ahead_arrivals(const model_world *w)
{
    const model_settings *s = w->settings;
    return model_ahead_allowed(w) && s->n_failures == 0 && s->mobile_nodes->route_optimise_ppm == 0;
}

/* Is what becomes of it certain? */
static bool is_certain(const model_ha_host *h, const sim_packet *packet)
{
    const model_world *w = h->world;
    return w->fuse && !w->net.watch && !h->minds_departures &&
           model_home_link_is_up(w->home_link, h->member) &&
           model_router_would_pass(w->router, packet) && model_core_leads_out(w->core, packet);
}

bool model_ahead_send(model_ha_host *h, sim_packet *packet)
{
    model_world *w = h->world;
    if (!is_certain(h, packet))
        return false;
    int64_t now = sim_engine_pretend(w->engine, packet->queued_ns);
    int64_t crossed = model_home_link_crossed_ns(w->home_link);
    bool in_time = crossed < h->certain_until_ns;
    if (in_time) {
        model_book_sent(&w->net, &h->account, packet);
        packet->hops++;
        sim_engine_pretend(w->engine, crossed);
        model_router_pass(w->router, packet);
    }
    sim_engine_pretend(w->engine, now);
    return in_time;
}
