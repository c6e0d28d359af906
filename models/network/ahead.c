/* A packet's way from an agent's queue to the far end, booked ahead.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/network/ahead.h"

#include "models/config/config_system.h"
#include "models/network/core.h"
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

/* ---- arrivals at the agent ---------------------------------------------------------------- */

/* So many wait at most, if they have come, so that they are still in the cache. */
enum { BATCH = 16 };

/* From the arrival at an agent to that at the far end it takes longer: a service, at least. */
static int64_t slack_ns(const model_world *w)
{
    const model_access_config *a = w->settings->access;
    return MAX(w->home_link_config.port.delay_ns + a->core_delay_ns + a->link.delay_ns, 1);
}

/* Whatever the queue does, the library need not hear of it. */
static bool is_left_alone(const model_ha_host *h)
{
    const mip6_band *b = &h->band;
    return !h->minds_departures && b->packets_low == 0 && b->packets_high == UINT32_MAX &&
           b->bytes_low == 0 && b->bytes_high == UINT64_MAX;
}

/* The binding by which it will be tunnelled to an access router, where all will be over before
 * anything is known to happen; NULL: not so. */
static mip6_binding *will_tunnel(const model_ha_host *h, int64_t arrives_ns, sim_packet *packet)
{
    const model_world *w = h->world;
    mip6_addr care_of;
    mip6_packet view = model_lend(packet);
    if (arrives_ns + slack_ns(w) >= h->certain_until_ns - w->home_link_config.port.delay_ns)
        return NULL;
    mip6_binding *b = mip6_ha_would_tunnel(h->ha, &view, &care_of);
    return b && model_access_of(&care_of) < w->settings->access->routers ? b : NULL;
}

bool model_ahead_expect(void *host, sim_id from, int64_t arrives_ns, sim_packet *packet)
{
    model_ha_host *h = host;
    model_world *w = h->world;
    if (packet->flow == SIM_NO_FLOW || w->net.watch || !h->ha || !is_left_alone(h) ||
        from != model_router_id(w->router))
        return false;
    mip6_binding *b = will_tunnel(h, arrives_ns, packet);
    if (!b)
        return false;
    model_lane_put(&h->arrivals,
                   &(model_arrival){arrives_ns, packet, b, MODEL_HOME_LINK_PORT});
    if (h->arrivals.used >= BATCH)
        model_ha_host_catch_up(h);
    if (!sim_timer_armed(&h->due))
        sim_timer_set(w->engine, &h->due, h->id, MODEL_AHEAD_PORT, arrives_ns + slack_ns(w));
    return true;
}

static void take_one(model_ha_host *h, const model_arrival *a)
{
    model_world *w = h->world;
    h->taking = true;
    h->taken = (sim_moment){a->at_ns, sim_engine_order(w->engine, h->id,
                                                       model_router_id(w->router), a->port)};
    int64_t now = sim_engine_pretend(w->engine, a->at_ns);
    model_book_received(&w->net, &h->account);
    mip6_packet view = model_lend(a->packet);
    mip6_ha_tunnel(h->ha, a->note, &view, a->at_ns);
    model_take_back(a->packet, &view);
    model_ha_host_tunnelled(h, a->packet, a->at_ns);
    sim_engine_pretend(w->engine, now);
    h->taking = false;
}

void model_ahead_take(model_ha_host *h)
{
    model_world *w = h->world;
    model_arrival a;
    while (!h->taking &&
           model_lane_take(&h->arrivals, w->engine, h->id, model_router_id(w->router), &a))
        take_one(h, &a);
}

void model_ahead_due(model_ha_host *h, const sim_event *event)
{
    model_world *w = h->world;
    sim_timer_fired(w->engine, &h->due, event);
    model_ahead_take(h);
    if (h->arrivals.used > 0)
        sim_timer_set(w->engine, &h->due, h->id, MODEL_AHEAD_PORT,
                      model_lane_at(&h->arrivals, 0)->at_ns + slack_ns(w));
}

void model_ahead_stop(model_ha_host *h)
{
    model_world *w = h->world;
    model_ahead_take(h);
    for (uint32_t i = 0; i < h->arrivals.used; i++) {
        const model_arrival *a = model_lane_at(&h->arrivals, i);
        sim_post_back(w->engine, a->at_ns, h->id, model_router_id(w->router), a->port, a->packet);
    }
    h->arrivals.used = 0;
}
