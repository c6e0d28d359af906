/* The bound of the peak load, per interval.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/measure/bound.h"

#include "models/hosts/ha_host.h"
#include "models/measure/lpt.h"
#include "models/systems/virtual.h"
#include "models/traffic/flows.h"
#include "models/world_parts.h"

enum { NOBODY = UINT16_MAX };

struct model_bound {
    model_world *world;
    int64_t interval_s;
    int64_t begin_ns;
    uint32_t *sent;             /* packets of each flow when the interval began; wraps */
    uint32_t *bypassed;         /* since then; NULL: none ever */
    uint16_t *holder;           /* of each mobile node's binding then; NOBODY */
    double *capacity;           /* bytes an interval of each agent; 0: was not up then */
    bool limited;               /* all that were up have a capacity */
    uint64_t n;                 /* intervals that count */
    double lower, lpt, load;    /* sums over them */
};

/* What there is in an interval. */
typedef struct interval {
    uint64_t *charged;          /* bytes by agent */
    uint64_t *items;            /* bytes by node, those above 0 */
    uint32_t n_items;
    double *capacities;         /* of the agents that were up */
    uint32_t n_up;
} interval;

/* ---- an interval begins ---------------------------------------------------------------------- */

static void look_up_holders(model_bound *b)
{
    const model_world *w = b->world;
    for (uint32_t n = 0; n < w->n_nodes; n++)
        b->holder[n] = model_measure_holder(w->measure, n);
    if (!w->virtual_agents)
        return;
    uint32_t masters[UINT8_MAX];
    for (uint32_t g = 0; g < w->virtual_agents->n; g++)
        masters[g] = model_virtual_master(w, g);
    for (uint32_t n = 0; n < w->n_nodes; n++)
        if (b->holder[n] != NOBODY)
            b->holder[n] = (uint16_t)masters[b->holder[n]];
}

static void begin(model_bound *b, int64_t now_ns)
{
    model_world *w = b->world;
    b->begin_ns = now_ns;
    b->limited = true;
    for (uint32_t a = 0; a < w->n_agents; a++) {
        int64_t bps = w->setup.agent_capacity_bps[a];
        bool up = model_ha_host_is_up(&w->agents[a]);
        b->limited = b->limited && (!up || bps > 0);
        b->capacity[a] = up ? (double)bps / 8 * (double)b->interval_s : 0;
    }
    look_up_holders(b);
    for (uint32_t f = 0; f < model_flows_n(w->flows); f++)
        b->sent[f] = w->net.flows[f].sent;
    g_clear_pointer(&b->bypassed, g_free);
}

model_bound *model_bound_new(model_world *w)
{
    int64_t interval_ns = w->settings->record->bound_ns;
    if (interval_ns == 0)
        return NULL;
    model_bound *b = g_new0(model_bound, 1);
    b->world = w;
    b->interval_s = interval_ns / SIM_SECOND_NS;
    b->sent = g_new(uint32_t, model_flows_n(w->flows));
    b->holder = g_new(uint16_t, w->n_nodes);
    b->capacity = g_new(double, w->n_agents);
    begin(b, 0);
    return b;
}

void model_bound_free(model_bound *b)
{
    if (!b)
        return;
    g_free(b->sent);
    g_free(b->bypassed);
    g_free(b->holder);
    g_free(b->capacity);
    g_free(b);
}

void model_bound_bypassed(model_bound *b, uint32_t flow)
{
    if (!b)
        return;
    if (!b->bypassed)
        b->bypassed = g_new0(uint32_t, model_flows_n(b->world->flows));
    b->bypassed[flow]++;
}

/* ---- and ends -------------------------------------------------------------------------------- */

/* A packet that was under way when the interval began may be delivered in it. */
static uint32_t carried(const model_bound *b, uint32_t flow)
{
    uint32_t sent = b->world->net.flows[flow].sent - b->sent[flow];
    uint32_t past = b->bypassed ? b->bypassed[flow] : 0;
    return sent > past ? sent - past : 0;
}

static void charge(const model_bound *b, interval *i)
{
    model_world *w = b->world;
    i->items = g_new0(uint64_t, w->n_nodes);
    i->charged = g_new0(uint64_t, w->n_agents);
    for (uint32_t f = 0; f < model_flows_n(w->flows); f++) {
        uint32_t node = model_flows_node(w->flows, f), packets = carried(b, f);
        uint16_t holder = b->holder[node];
        if (holder == NOBODY || packets == 0)
            continue;
        uint64_t bytes = model_flows_queue_bytes(w->flows, f, packets);
        i->items[node] += bytes;
        i->charged[holder] += bytes;
    }
    for (uint32_t n = 0; n < w->n_nodes; n++)
        if (i->items[n] > 0)
            i->items[i->n_items++] = i->items[n];
}

static double load_of(const model_bound *b, interval *i)
{
    double peak = 0;
    i->capacities = g_new(double, b->world->n_agents);
    for (uint32_t a = 0; a < b->world->n_agents; a++) {
        if (b->capacity[a] == 0) {
            g_assert(i->charged[a] == 0);   /* who is down holds nothing */
            continue;
        }
        i->capacities[i->n_up++] = b->capacity[a];
        peak = MAX(peak, (double)i->charged[a] / b->capacity[a]);
    }
    return peak;
}

static void write_row(model_bound *b, double lower, double lpt, double load)
{
    sim_sink *sink = b->world->sink;
    if (sink->cls->bound)
        sink->cls->bound(sink, &(sim_row_bound){
            .t_ns = b->begin_ns, .lower = lower, .lpt = lpt, .load = load});
    if (b->begin_ns < b->world->settings->scenario->warm_up_ns)
        return;
    b->n++;
    b->lower += lower;
    b->lpt += lpt;
    b->load += load;
}

static void end(model_bound *b)
{
    interval i = {0};
    charge(b, &i);
    double load = load_of(b, &i);
    if (i.n_items > 0) {
        g_autofree uint32_t *order = g_new(uint32_t, i.n_items);
        model_lpt_order(i.items, i.n_items, order);
        double lower = model_load_bound(i.items, order, i.n_items, i.capacities, i.n_up);
        double lpt = model_lpt(i.items, order, i.n_items, i.capacities, i.n_up, NULL);
        /* The three are sums of the same bytes in other orders: rounding alone. */
        g_assert(lower <= load * (1 + 1e-9) && lower <= lpt * (1 + 1e-9));
        write_row(b, MIN(lower, load), lpt, load);
    }
    g_free(i.charged);
    g_free(i.items);
    g_free(i.capacities);
}

void model_bound_second(model_bound *b, int64_t second)
{
    if (!b || (second + 1) % b->interval_s != 0)
        return;
    if (b->limited)
        end(b);
    begin(b, (second + 1) * SIM_SECOND_NS);
}

void model_bound_sum(const model_bound *b, model_measure_bound *out)
{
    *out = (model_measure_bound){.there = b != NULL};
    if (!b || b->n == 0)
        return;
    const model_world *w = b->world;
    out->measured = true;
    out->lower = b->lower / (double)b->n;
    out->lpt = b->lpt / (double)b->n;
    out->load = b->load / (double)b->n;
    bool equal = true;
    for (uint32_t a = 0; a < w->n_agents; a++)
        equal = equal && w->setup.agent_capacity_bps[a] == w->setup.agent_capacity_bps[0];
    out->lpt_limit = equal ? 4.0 / 3 - 1 / (3.0 * w->n_agents) : 0;
}
