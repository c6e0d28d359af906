/* The oracle.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/measure/oracle.h"

#include <math.h>

#include "models/hosts/ha_host.h"
#include "models/hosts/mn_host.h"
#include "models/measure/lpt.h"
#include "models/traffic/flows.h"
#include "models/world_parts.h"

typedef struct oracle_config {
    int64_t interval_ns;
} oracle_config;

static const mip6_key keys[] = {
    {"interval", "all nodes are shared out anew so often, whole seconds; as bound-interval",
     MIP6_UNIT_NS, MIP6_SECOND_NS, 86400 * MIP6_SECOND_NS,
     {10 * MIP6_SECOND_NS, 10 * MIP6_SECOND_NS, 10 * MIP6_SECOND_NS},
     offsetof(oracle_config, interval_ns), NULL},
};

const mip6_policy model_policy_oracle = {
    .abi = MIP6_POLICY_ABI,
    .name = "oracle",
    .help = "no protocol: bindings set by what flows will send, without a message; a yardstick",
    .config_size = sizeof(oracle_config),
    .keys = keys,
    .n_keys = G_N_ELEMENTS(keys),
};

enum { PORT_LOOK = 2, NOBODY = UINT16_MAX };

struct model_oracle {
    model_world *world;
    sim_id id;
    sim_timer timer;
    int64_t interval_ns;
    int64_t next_ns;            /* when all are shared out anew */
    uint64_t *sizes;            /* bytes of each node in the interval, at least 1 */
    uint16_t *given;            /* the agent it was given to in the interval; NOBODY */
    GArray *moved;              /* nodes of the last second */
    uint32_t *agents;           /* those that can be given nodes now */
    double *capacities;         /* of these */
    uint32_t n_agents;
};

/* ---- what there is --------------------------------------------------------------------------- */

static bool can_serve(model_ha_host *h, int64_t now)
{
    mip6_ha_figures figures;
    if (!model_ha_host_is_reached(h))
        return false;
    model_ha_host_figures(h, &figures, now);
    return figures.serving;
}

/* Where one is unlimited all count as equal. */
static void find_agents(model_oracle *o, int64_t now)
{
    model_world *w = o->world;
    bool limited = true;
    for (uint32_t a = 0; a < w->n_agents; a++)
        limited = limited && w->setup.agent_capacity_bps[a] > 0;
    o->n_agents = 0;
    for (uint32_t a = 0; a < w->n_agents; a++) {
        if (!can_serve(&w->agents[a], now))
            continue;
        o->agents[o->n_agents] = a;
        o->capacities[o->n_agents++] = limited ? (double)w->setup.agent_capacity_bps[a] : 1;
    }
}

static uint32_t place_of(const model_oracle *o, uint16_t agent)
{
    for (uint32_t i = 0; i < o->n_agents; i++)
        if (o->agents[i] == agent)
            return i;
    return UINT32_MAX;
}

/* What flows send after `now` until the next time, where nobody stops them. A node that sends
 * nothing weighs a little, so that these are shared out too. */
static void foresee(model_oracle *o, int64_t now)
{
    model_world *w = o->world;
    for (uint32_t n = 0; n < w->n_nodes; n++)
        o->sizes[n] = 1;
    for (uint32_t f = 0; f < model_flows_n(w->flows); f++) {
        uint32_t packets = model_flows_ahead(w->flows, f, now + o->interval_ns);
        o->sizes[model_flows_node(w->flows, f)] +=
            packets ? model_flows_queue_bytes(w->flows, f, packets) : 0;
    }
}

/* ---- moving ---------------------------------------------------------------------------------- */

static void tell_router(model_world *w, uint32_t node, uint32_t agent)
{
    model_router_tell(w->router, model_mn_home(&w->nodes[node]), &w->agents[agent].lladdr);
}

static bool is_free(model_ha_host *to, const mip6_addr *home)
{
    mip6_binding_info there;
    return !mip6_ha_find(to->ha, home, &there) || there.draining;
}

static bool has_room(const model_ha_host *to)
{
    mip6_ha_figures figures;
    mip6_ha_get_figures(to->ha, &figures, sim_now(to->world->engine));
    uint32_t most = to->config.max_bindings;
    return most == 0 || figures.mn_count + figures.tentative < most;
}

/* From the agent that holds it. Nothing happens where it cannot be. */
static void move(model_oracle *o, uint32_t node, uint16_t from, uint32_t to, int64_t now)
{
    model_world *w = o->world;
    model_mn_host *h = &w->nodes[node];
    model_ha_host *old = &w->agents[from], *new = &w->agents[to];
    mip6_binding_info binding;
    mip6_mn_figures node_figures;
    mip6_mn_get_figures(model_mn_of(&w->nodes[node]), &node_figures);
    if (!model_ha_host_is_up(old) || !mip6_addr_equal(&node_figures.agent, &old->config.global) ||
        !mip6_ha_find(old->ha, model_mn_home(h), &binding) || binding.draining ||
        binding.tentative || !mip6_addr_equal(&binding.care_of, &node_figures.care_of) ||
        binding.expires_ns <= now ||
        !is_free(new, model_mn_home(h)) || !has_room(new))
        return;
    if (!model_mn_host_assign(h, &new->config.global, now))
        return;
    model_ha_host_install(new, &binding, now);
    model_ha_host_hand_on(old, model_mn_home(h), &new->config.global, now);
    tell_router(w, node, to);
    g_array_append_val(o->moved, node);
}

/* An answer of the old agent may have been under way to the router when the node moved. */
static void tell_again(model_oracle *o)
{
    model_world *w = o->world;
    for (guint i = 0; i < o->moved->len; i++) {
        uint32_t node = g_array_index(o->moved, uint32_t, i);
        uint16_t holder = model_measure_holder(w->measure, node);
        if (holder != NOBODY)
            tell_router(w, node, holder);
    }
    g_array_set_size(o->moved, 0);
}

/* ---- who goes where -------------------------------------------------------------------------- */

/* All nodes that have a binding. */
typedef struct crowd {
    uint32_t *nodes;
    uint64_t *sizes;
    uint16_t *to;               /* places in o->agents */
    uint32_t n;
} crowd;

static void gather(model_oracle *o, crowd *c)
{
    model_world *w = o->world;
    c->nodes = g_new(uint32_t, w->n_nodes);
    c->sizes = g_new(uint64_t, w->n_nodes);
    c->to = g_new(uint16_t, w->n_nodes);
    for (uint32_t node = 0; node < w->n_nodes; node++) {
        if (model_measure_holder(w->measure, node) == NOBODY)
            continue;
        c->nodes[c->n] = node;
        c->sizes[c->n++] = o->sizes[node];
    }
}

/* The peak load as things are; those that someone has who cannot serve make it endless. */
static double present_peak(const model_oracle *o, const crowd *c)
{
    g_autofree double *loads = g_new0(double, o->n_agents);
    double peak = 0;
    for (uint32_t i = 0; i < c->n; i++) {
        uint32_t place = place_of(o, model_measure_holder(o->world->measure, c->nodes[i]));
        if (place == UINT32_MAX)
            return INFINITY;
        loads[place] += (double)c->sizes[i] / o->capacities[place];
        peak = MAX(peak, loads[place]);
    }
    return peak;
}

static void share_out(model_oracle *o, int64_t now)
{
    model_world *w = o->world;
    crowd c = {0};
    gather(o, &c);
    g_autofree uint32_t *order = g_new(uint32_t, c.n);
    model_lpt_order(c.sizes, c.n, order);
    double peak = model_lpt(c.sizes, order, c.n, o->capacities, o->n_agents, c.to);
    bool better = peak * (1 + 1e-9) < present_peak(o, &c);
    for (uint32_t node = 0; node < w->n_nodes; node++)
        o->given[node] = NOBODY;
    for (uint32_t i = 0; i < c.n; i++) {
        uint32_t node = c.nodes[i], to = o->agents[c.to[i]];
        uint16_t from = model_measure_holder(w->measure, node);
        if (better && from != to)
            move(o, node, from, to, now);
        o->given[node] = model_measure_holder(w->measure, node);
    }
    g_free(c.nodes);
    g_free(c.sizes);
    g_free(c.to);
}

/* Nodes that have registered, or gone elsewhere by themselves, in this interval. */
static void place_new(model_oracle *o, int64_t now)
{
    model_world *w = o->world;
    g_autofree double *loads = g_new0(double, o->n_agents);
    g_autofree uint32_t *new = g_new(uint32_t, w->n_nodes);
    uint32_t n = 0;
    for (uint32_t node = 0; node < w->n_nodes; node++) {
        uint16_t holder = model_measure_holder(w->measure, node);
        uint32_t place = holder == NOBODY ? UINT32_MAX : place_of(o, holder);
        if (holder == NOBODY)
            o->given[node] = NOBODY;
        else if (holder != o->given[node])
            new[n++] = node;
        else if (place != UINT32_MAX)
            loads[place] += (double)o->sizes[node] / o->capacities[place];
    }
    for (uint32_t i = 0; i < n; i++) {
        uint32_t best = 0;
        double least = INFINITY, size = (double)o->sizes[new[i]];
        for (uint32_t a = 0; a < o->n_agents; a++)
            if (loads[a] + size / o->capacities[a] < least) {
                best = a;
                least = loads[a] + size / o->capacities[a];
            }
        uint16_t from = model_measure_holder(w->measure, new[i]);
        if (from != o->agents[best])
            move(o, new[i], from, o->agents[best], now);
        o->given[new[i]] = model_measure_holder(w->measure, new[i]);
        uint32_t place = place_of(o, o->given[new[i]]);
        if (place != UINT32_MAX)
            loads[place] += size / o->capacities[place];
    }
}

/* ---- life ------------------------------------------------------------------------------------ */

static void handle(void *self, const sim_event *event)
{
    model_oracle *o = self;
    int64_t now = event->time_ns;
    sim_timer_fired(o->world->engine, &o->timer, event);
    tell_again(o);
    find_agents(o, now);
    bool anew = now + 1 >= o->next_ns;
    if (anew) {
        foresee(o, now);
        o->next_ns += o->interval_ns;
    }
    if (o->n_agents > 0 && anew)
        share_out(o, now);
    else if (o->n_agents > 0)
        place_new(o, now);
    sim_timer_set(o->world->engine, &o->timer, o->id, PORT_LOOK, now + SIM_SECOND_NS);
}

static const sim_entity_class oracle_class = {.kind = "oracle", .handle = handle};

model_oracle *model_oracle_new(model_world *w)
{
    if (w->settings->policy_class->policy != &model_policy_oracle)
        return NULL;
    const oracle_config *c = w->policy_config;
    model_oracle *o = g_new0(model_oracle, 1);
    o->world = w;
    o->interval_ns = MAX(c->interval_ns / SIM_SECOND_NS, 1) * SIM_SECOND_NS;
    return o;
}

void model_oracle_free(model_oracle *o)
{
    if (!o)
        return;
    g_free(o->sizes);
    g_free(o->given);
    g_free(o->agents);
    g_free(o->capacities);
    g_clear_pointer(&o->moved, g_array_unref);
    g_free(o);
}

void model_oracle_register(model_oracle *o)
{
    if (o)
        sim_engine_add(o->world->engine, "oracle", &oracle_class, o, &o->id);
}

void model_oracle_start(model_oracle *o)
{
    if (!o)
        return;
    model_world *w = o->world;
    o->sizes = g_new(uint64_t, w->n_nodes);
    o->given = g_new(uint16_t, w->n_nodes);
    for (uint32_t node = 0; node < w->n_nodes; node++) {
        o->sizes[node] = 1;
        o->given[node] = NOBODY;
    }
    o->agents = g_new(uint32_t, w->n_agents);
    o->capacities = g_new(double, w->n_agents);
    o->moved = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    sim_timer_set(w->engine, &o->timer, o->id, PORT_LOOK, SIM_SECOND_NS - 1);
}
