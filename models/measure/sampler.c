/* Samples and seconds.
 *
 * A second ends with its last nanosecond, at which this observer comes behind all others.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/measure/sampler.h"

#include <stdio.h>
#include <stdlib.h>

#include "models/hosts/ha_host.h"
#include "models/hosts/mn_host.h"
#include "models/measure/bound.h"
#include "models/measure/effect.h"
#include "models/measure/watch.h"
#include "models/network/access.h"
#include "models/traffic/flows.h"
#include "models/world_parts.h"

enum { PORT_SAMPLE = 2, PORT_SECOND = 3, PORT_LISTS = 4, PORT_WARM = 5 };

struct model_sampler {
    model_world *world;
    sim_id id;
    sim_timer sample, second, lists, warm;
    int64_t next_sample_ns;
};

/* What needs no events is done now. */
static void catch_up(model_world *w)
{
    model_ha_hosts_catch_up(w);
    model_access_catch_up_all(w->access);
}

static const mip6_ha_figures *figures_of(model_ha_host *h, mip6_ha_figures *out, int64_t now)
{
    if (!model_ha_host_is_up(h))
        return NULL;
    model_ha_host_figures(h, out, now);
    return out;
}

static void take_sample(model_sampler *s, int64_t now)
{
    model_world *w = s->world;
    for (uint32_t i = 0; i < w->n_agents; i++) {
        model_ha_host *h = &w->agents[i];
        mip6_ha_figures figures;
        model_ha_host_catch_up(h);
        model_measure_sample(w->measure, i, figures_of(h, &figures, now), h->queue.now.packets,
                             h->queue.now.bytes, h->account.detail->lost);
    }
    s->next_sample_ns = now + w->setup.sample_ns;
    sim_timer_set(w->engine, &s->sample, s->id, PORT_SAMPLE, s->next_sample_ns);
}

/* ---- a second's end --------------------------------------------------------------------- */

static void fingerprint_row(void *user, int64_t second, uint32_t node_id, sim_channel channel,
                            sim_hash128 sum)
{
    model_world *w = user;
    char text[33];
    snprintf(text, sizeof text, "%016" G_GINT64_MODIFIER "x%016" G_GINT64_MODIFIER "x", sum.hi,
             sum.lo);
    w->sink->cls->fingerprint(w->sink, &(sim_row_fingerprint){
        .second = second, .node_id = node_id, .channel = sim_channel_name(channel),
        .hash = text});
}

static void book_queue(model_world *w, const model_ha_host *h, int64_t now)
{
    uint8_t bytes[MODEL_EFFECT_QUEUE];
    if (h->queue.now.packets == 0)
        return;
    model_effect_of_queue(h->queue.now.packets, (uint64_t)h->queue.now.bytes, bytes);
    sim_fingerprint_book(w->fingerprint, h->account.cell, SIM_CHANNEL_QUEUE,
                         h->account.name_hash, now, bytes, sizeof bytes);
    if (w->net.watch)
        model_watch_effect(w->net.watch, h->id, now, SIM_CHANNEL_QUEUE, bytes, sizeof bytes);
}

static void check_packets(model_world *w, bool all)
{
    bool good = model_flows_check(w->flows, all);
    model_net_check(&w->net);
    if (!good)
        abort();
}

/* A binding that counts, and is there a node of its home address? */
static bool counts(const model_world *w, const mip6_binding_info *b)
{
    if (b->draining || b->tentative)
        return false;
    uint32_t node = model_directory_find(w->directory, &b->home);
    g_assert(node < w->n_nodes && mip6_addr_equal(model_mn_home(&w->nodes[node]), &b->home));
    return true;
}

/* An agent counts as many nodes as there are whose home address it has: each second where there
 * are few, and always at the end. */
static void check_counts(model_world *w, int64_t now, bool thorough)
{
    enum { FEW = 2000 };
    if (!thorough && w->n_nodes > FEW)
        return;
    for (uint32_t a = 0; a < w->n_agents; a++) {
        mip6_ha_figures figures;
        if (!w->agents[a].ha || !figures_of(&w->agents[a], &figures, now))
            continue;
        uint32_t n = 0;
        mip6_binding_info b;
        for (bool any = mip6_ha_next(w->agents[a].ha, NULL, &b); any;
             any = mip6_ha_next(w->agents[a].ha, &b.home, &b))
            n += counts(w, &b);
        g_assert(n == figures.mn_count);
    }
}

static void close_second(model_sampler *s, int64_t now)
{
    model_world *w = s->world;
    int64_t second = w->next_second++;
    catch_up(w);
    for (uint32_t i = 0; i < w->n_agents; i++) {
        model_ha_host *h = &w->agents[i];
        mip6_ha_figures figures;
        book_queue(w, h, now);
        model_measure_second(w->measure, i, figures_of(h, &figures, now), second);
    }
    model_bound_second(w->bound, second);
    check_packets(w, false);
    check_counts(w, now, false);
    sim_fingerprint_close_second(w->fingerprint, second,
                                 w->settings->record->fingerprints ? fingerprint_row : NULL, w);
    if (w->sink->failed)
        sim_engine_fail(w->engine);
}

/* ---- before the first mobile node -------------------------------------------------------- */

static void count_lists(model_world *w, int64_t now)
{
    uint32_t up = 0;
    for (uint32_t i = 0; i < w->n_agents; i++)
        up += model_ha_host_is_up(&w->agents[i]);
    for (uint32_t i = 0; i < w->n_agents; i++) {
        mip6_ha_figures figures;
        const mip6_ha_figures *f = figures_of(&w->agents[i], &figures, now);
        w->unfilled_lists += f && f->peers + 1 < up;
    }
}

static void handle(void *self, const sim_event *event)
{
    model_sampler *s = self;
    int64_t now = event->time_ns;
    sim_engine *engine = s->world->engine;
    switch (event->port) {
    case PORT_SAMPLE:
        sim_timer_fired(engine, &s->sample, event);
        take_sample(s, now);
        break;
    case PORT_SECOND:
        sim_timer_fired(engine, &s->second, event);
        close_second(s, now);
        sim_timer_set(engine, &s->second, s->id, PORT_SECOND, now + SIM_SECOND_NS);
        break;
    case PORT_LISTS:
        sim_timer_fired(engine, &s->lists, event);
        count_lists(s->world, now);
        break;
    case PORT_WARM:
        sim_timer_fired(engine, &s->warm, event);
        catch_up(s->world);
        break;
    default:
        g_assert_not_reached();
    }
}

static const sim_entity_class sampler_class = {
    .kind = "sampler", .handle = handle, .observer = true};

model_sampler *model_sampler_new(model_world *world)
{
    model_sampler *s = g_new0(model_sampler, 1);
    s->world = world;
    return s;
}

void model_sampler_free(model_sampler *s)
{
    g_free(s);
}

void model_sampler_register(model_sampler *s)
{
    sim_engine_add(s->world->engine, "sampler", &sampler_class, s, &s->id);
}

void model_sampler_start(model_sampler *s)
{
    sim_engine *engine = s->world->engine;
    take_sample(s, 0);
    sim_timer_set(engine, &s->second, s->id, PORT_SECOND, SIM_SECOND_NS - 1);
    /* Whoever first finds the warm-up over measures all agents anew. */
    if (s->world->setup.warm_up_ns > 0)
        sim_timer_set(engine, &s->warm, s->id, PORT_WARM, MAX(s->world->setup.warm_up_ns - 1, 1));
    sim_timer_set(engine, &s->lists, s->id, PORT_LISTS, MAX(s->world->start_ns, 1));
}

void model_sampler_finish(model_sampler *s)
{
    model_world *w = s->world;
    int64_t now = sim_now(w->engine);
    /* An interrupted run has been at `now`, a complete one never at its end. */
    int64_t last = now < w->end_ns ? now : now - 1;
    if (w->next_second * SIM_SECOND_NS < now)
        close_second(s, last);
    check_packets(w, true);
    check_counts(w, now, true);
}
