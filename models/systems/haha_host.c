/* Synchronised agents: what their hosts do for the control plane, and what it has cost.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/systems/haha_host.h"

#include <string.h>

#include "mip6_haha.h"
#include "models/config/config_system.h"
#include "models/measure/system_measure.h"
#include "models/world_parts.h"

/* What an agent has counted, over all its boots. */
typedef struct tally {
    uint64_t published, taken, given_up;
    int64_t last_taken_ns;      /* MIP6_NEVER: none yet */
} tally;

struct model_hahas {
    mip6_addr *members;         /* by agent */
};

struct model_haha {
    model_ha_host *host;
    mip6_peers_config members;
    mip6_haha_config config;
    void *peers_storage, *haha_storage;
    mip6_peers *peers;          /* NULL: it is down */
    mip6_haha *haha;
    bool has_left;              /* said goodbye */
    tally before;               /* of the boots before this one */
};

/* ---- Life -------------------------------------------------------------------------------- */

struct model_hahas *model_hahas_new(model_world *w)
{
    if (!model_system_is_haha(w->settings))
        return NULL;
    struct model_hahas *all = g_new0(struct model_hahas, 1);
    all->members = g_new0(mip6_addr, w->n_agents);
    return all;
}

void model_hahas_free(struct model_hahas *all)
{
    if (!all)
        return;
    g_free(all->members);
    g_free(all);
}

static void configure(model_haha *m)
{
    const model_world *w = m->host->world;
    const model_system_config *c = model_system_of(w->settings);
    mip6_peers_config_defaults(&m->members);
    m->members.members = w->hahas->members;
    m->members.n_members = m->members.n_caches = (uint8_t)w->n_agents;
    m->members.self = (uint8_t)m->host->index;
    m->members.home_prefix = w->home_prefix;
    m->members.prefix_len = 64;
    m->members.hello_ns = c->hello_ns;
    m->members.missed = (uint32_t)c->missed;
    m->members.batch_ns = c->batch_ns;
    m->members.sync_rate = (uint32_t)c->sync_rate;
    m->config = (mip6_haha_config){
        .peers = &m->members, .before_ack = model_system_acks_last(w->settings),
        .intercepts = w->n_sites > 1, .direct = c->forwarding == MODEL_SECONDARY_DIRECT,
        .takeover_rate = c->takeover_rate};
}

model_haha *model_haha_new(model_ha_host *h)
{
    struct model_hahas *all = h->world->hahas;
    if (!all)
        return NULL;
    model_haha *m = g_new0(model_haha, 1);
    m->host = h;
    m->before.last_taken_ns = MIP6_NEVER;
    all->members[h->index] = h->config.global;
    m->peers_storage = g_malloc0(mip6_peers_size());
    m->haha_storage = g_malloc0(mip6_haha_size());
    configure(m);
    return m;
}

void model_haha_free(model_haha *m)
{
    if (!m)
        return;
    if (m->peers)
        model_haha_crash(m);
    g_free(m->peers_storage);
    g_free(m->haha_storage);
    g_free(m);
}

void model_haha_boot(model_haha *m, int64_t now)
{
    model_ha_host *h = m->host;
    uint64_t cookie = model_cookie(MODEL_KIND_HA, h->incarnation, h->index);
    m->haha = mip6_haha_init(m->haha_storage, h->world->shared, &m->config, h->ha, cookie, now);
    if (!m->haha)
        g_error("out of memory");
    m->peers = mip6_peers_init(m->peers_storage, h->world->shared, &m->members, mip6_haha_ops(),
                               m->haha, cookie, now);
    m->has_left = false;
    mip6_peers_start(m->peers, now);
    mip6_haha_start(m->haha, m->peers, now);
}

static tally count(const model_haha *m)
{
    tally t = m->before;
    mip6_peers_figures peers;
    mip6_haha_figures haha;
    if (!m->peers)
        return t;
    mip6_peers_get_figures(m->peers, &peers);
    mip6_haha_get_figures(m->haha, &haha);
    t.published += peers.published;
    t.taken += haha.taken;
    t.given_up += haha.given_up;
    if (haha.last_taken_ns != MIP6_NEVER)
        t.last_taken_ns = haha.last_taken_ns;
    return t;
}

void model_haha_crash(model_haha *m)
{
    m->before = count(m);
    mip6_haha_free(m->haha);
    mip6_peers_free(m->peers);
    m->haha = NULL;
    m->peers = NULL;
}

/* ---- Packets and time ---------------------------------------------------------------------- */

int model_haha_receive(model_haha *m, const sim_packet *packet, mip6_drop *cause, int64_t now)
{
    const uint8_t *bytes = packet->bytes + packet->head;
    int result = mip6_peers_receive(m->peers, bytes, packet->len, now);
    *cause = result == MIP6_ERR_CHECKSUM ? MIP6_DROP_CHECKSUM
             : result == MIP6_ERR_MALFORMED ? MIP6_DROP_BAD_VALUE : MIP6_DROP_NOT_ACCEPTED;
    return result;
}

/* On one link straight to the other agent. */
static void address(const model_haha *m, mip6_action *action, const uint8_t *packet)
{
    const model_world *w = m->host->world;
    mip6_addr dst;
    memcpy(dst.b, packet + 24, sizeof dst.b);
    uint32_t to = model_directory_find(w->directory, &dst) - MODEL_FIRST_AGENT;
    if (w->n_sites > 1 || to >= w->n_agents)
        return;
    action->has_lladdr = true;
    action->dst = w->agents[to].lladdr;
}

/* The agent's last word is said: the others need not wait for what does not come. */
static void say_goodbye(model_haha *m, int64_t now)
{
    if (m->has_left || mip6_ha_stopped_ns(m->host->ha) == MIP6_NEVER)
        return;
    m->has_left = true;
    mip6_peers_stop(m->peers, now);
}

bool model_haha_poll(model_haha *m, mip6_action *action, uint8_t *buf, size_t cap, int64_t now)
{
    say_goodbye(m, now);
    for (;;) {
        if (mip6_peers_poll(m->peers, action, buf, cap, now)) {
            address(m, action, buf);
            return true;
        }
        if (mip6_haha_next_expiry(m->haha) > now)
            return false;
        mip6_haha_expire(m->haha, now);
        if (mip6_ha_poll(m->host->ha, action, buf, cap, now))
            return true;
    }
}

int64_t model_haha_next_expiry(const model_haha *m)
{
    return MIN(mip6_peers_next_expiry(m->peers), mip6_haha_next_expiry(m->haha));
}

void model_haha_expire(model_haha *m, int64_t now)
{
    mip6_peers_expire(m->peers, now);
}

/* ---- Metrics --------------------------------------------------------------------------------- */

static void put(const model_world *w, int64_t node, const char *name, bool has, double value)
{
    model_metric_write(w->sink, node, name, has, value);
}

/* From the last failure that began before it. */
static void put_takeover(model_world *w, const tally *all)
{
    const model_settings *s = w->settings;
    int64_t began = -1;
    for (size_t i = 0; i < s->n_failures && all->last_taken_ns != MIP6_NEVER; i++)
        if (s->failures[i].at_ns <= all->last_taken_ns)
            began = MAX(began, s->failures[i].at_ns);
    put(w, SIM_NO_NODE, "nodes_taken_over", true, (double)all->taken);
    put(w, SIM_NO_NODE, "bindings_given_up", true, (double)all->given_up);
    put(w, SIM_NO_NODE, "takeover_time", began >= 0,
        began >= 0 ? (double)(all->last_taken_ns - began) / (double)SIM_SECOND_NS : 0);
}

void model_hahas_finish(model_world *w)
{
    tally all = {.last_taken_ns = MIP6_NEVER};
    uint64_t records = 0, bytes = 0;
    if (!w->hahas)
        return;
    for (uint32_t i = 0; i < w->n_agents; i++) {
        const model_haha *m = w->agents[i].haha;
        tally t = count(m);
        mip6_haha_figures f = {0};
        if (m->haha)
            mip6_haha_get_figures(m->haha, &f);
        put(w, w->agents[i].id, "copies_held", true, f.secondaries);
        put(w, w->agents[i].id, "nodes_taken_over", true, (double)t.taken);
        all.published += t.published;
        all.taken += t.taken;
        all.given_up += t.given_up;
        if (t.last_taken_ns != MIP6_NEVER &&
            (all.last_taken_ns == MIP6_NEVER || t.last_taken_ns > all.last_taken_ns))
            all.last_taken_ns = t.last_taken_ns;
        records += f.secondaries;
        bytes += f.bytes;
    }
    model_system_measure_finish(w, all.published);
    put_takeover(w, &all);
    put(w, SIM_NO_NODE, "copies_held", true, (double)records);
    put(w, SIM_NO_NODE, "bytes_per_copy", records > 0, (double)bytes / (double)records);
}
