/* What a run measures: outages that failures made, per node and direction.
 *
 * From the first packet lost because of a failure to the first delivered that was sent afterwards.
 * What was on its way when the first was lost ends no outage. Every call costs the same, however
 * many nodes there are.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/measure/measure_failures.h"

#define NOT_COUNTED UINT32_MAX

/* ---- Where a node is registered ------------------------------------------------------ */

static void bind_to(struct failures *f, node_failures *n, uint16_t agent)
{
    if (n->now.agent == agent)
        return;
    if (n->watched && n->now.agent != NO_AGENT)
        f->agents[n->now.agent].bound--;
    if (n->watched && agent != NO_AGENT)
        f->agents[agent].bound++;
    if (n->now.agent != NO_AGENT)
        n->before = (stay){n->now.agent, n->now.from, f->all->len};
    n->now = (stay){agent, f->all->len, 0};
}

/* Was it registered with the agent when this failure of it began? */
static bool was_bound(const node_failures *n, uint16_t agent, uint32_t failure)
{
    return (n->now.agent == agent && n->now.from < failure) ||
           (n->before.agent == agent && n->before.from < failure && n->before.to >= failure);
}

/* The failure of an agent that a node of it has not got over; 0: none. */
static uint32_t not_over(const struct failures *f, const node_failures *n, uint16_t agent)
{
    if (agent == NO_AGENT)
        return 0;
    const agent_failures *a = &f->agents[agent];
    return a->last > n->seen || a->failing ? a->last : 0;
}

static void registered(struct failures *f, node_failures *n, uint16_t agent)
{
    uint32_t failure = not_over(f, n, n->agent);
    if (failure && agent != n->agent) {
        n->left = n->agent;
        n->left_failure = failure;
    } else if (agent == n->left) {
        n->left = NO_AGENT;
    }
    bind_to(f, n, agent);
    n->agent = agent;
    n->target = NO_AGENT;
    n->seen = f->all->len;
}

void model_failures_trace(model_measure *m, uint32_t node, const mip6_trace *trace)
{
    struct failures *f = m->failures;
    node_failures *n = &f->nodes[node];
    uint16_t peer = model_measure_agent_at(m, &trace->peer);
    switch (trace->kind) {
    case MIP6_TRACE_MN_REGISTERED:
        registered(f, n, peer);
        break;
    case MIP6_TRACE_MN_EXPIRED:     /* what it had, it lost where it was */
        bind_to(f, n, NO_AGENT);
        break;
    case MIP6_TRACE_MN_DEREGISTERED:
        if (peer == n->agent)
            n->agent = NO_AGENT;
        if (peer == n->now.agent)
            bind_to(f, n, NO_AGENT);
        break;
    case MIP6_TRACE_MN_SWITCH:
        n->target = peer;
        break;
    default:
        break;
    }
}

/* ---- Which failure lost a packet ------------------------------------------------------- */

/* The node's agent has failed, or the one that it was told to go to. */
static uint32_t unbound(const struct failures *f, const node_failures *n)
{
    uint32_t failure = not_over(f, n, n->agent);
    return failure ? failure : not_over(f, n, n->target);
}

/* Tunnelled by the agent that the node gave up, which still believes in the binding. */
static uint32_t stale(model_measure *m, uint32_t node, const sim_packet *packet)
{
    const node_failures *n = &m->failures->nodes[node];
    uint32_t via = packet->flags - 1u;
    bool is_left = packet->flags != 0 && via == n->left && via != n->agent;
    return is_left && model_measure_holds(m, node, via) ? n->left_failure : 0;
}

/* Lost at an agent that has failed, or on its port, by the one that tunnelled it. */
static uint32_t dead(const struct failures *f, sim_id where, const sim_packet *packet)
{
    guint at = GPOINTER_TO_UINT(g_hash_table_lookup(f->by_id, GUINT_TO_POINTER(where)));
    uint32_t agent = at ? at : packet->flags;
    return agent ? f->agents[agent - 1].last : 0;
}

static uint32_t failure_of(model_measure *m, uint32_t node, sim_id where,
                           const sim_packet *packet, unsigned cause)
{
    const struct failures *f = m->failures;
    uint32_t failure = 0;
    switch (cause) {
    case MODEL_CAUSE_AGENT_DOWN:
    case MODEL_CAUSE_AGENT_HUNG:
    case MODEL_CAUSE_ISOLATED:
        return dead(f, where, packet);
    case MIP6_DROP_NO_BINDING:
    case MIP6_DROP_UNREGISTERED:
    case MIP6_DROP_NOT_FOR_US:
    case MIP6_DROP_BAD_TUNNEL_SOURCE:
    case MIP6_DROP_HOP_LIMIT:
    case MODEL_CAUSE_NO_NEIGHBOUR:
    case MODEL_CAUSE_RESOLVING:
    case MODEL_CAUSE_STALE_NEIGHBOUR:
        failure = unbound(f, &f->nodes[node]);
        return failure ? failure : stale(m, node, packet);
    case MIP6_DROP_NOT_ACCEPTED:
    case MODEL_CAUSE_DETACHED:
    case MODEL_CAUSE_NO_ROUTE:
        return stale(m, node, packet);
    default:
        return 0;       /* a full queue, a bad medium: not its doing */
    }
}

/* ---- Begin and end ------------------------------------------------------------------------ */

/* Once for each failure, though outages of several may take turns. */
static void count_hit(struct failures *f, uint32_t node, uint32_t failure)
{
    failed *x = model_failed(f, failure);
    const node_failures *n = &f->nodes[node];
    if (!g_hash_table_add(f->hit, GSIZE_TO_POINTER((gsize)failure << 32 | node)))
        return;
    x->nodes_hit++;
    x->bound_hit += was_bound(n, (uint16_t)x->what->agent, failure);
}

void model_measure_lost(model_measure *m, sim_id where, const sim_packet *packet, unsigned cause)
{
    struct failures *f = m->failures;
    uint32_t end = m->setup.flow_ends[packet->flow];
    if (end == NOT_COUNTED || f->all->len == 0)
        return;
    uint32_t node = end / 2;
    outage *o = &f->nodes[node].direction[end % 2];
    uint32_t failure = o->failure ? 0 : failure_of(m, node, where, packet, cause);
    if (failure == 0)
        return;
    *o = (outage){sim_now(m->setup.net->engine), failure};
    count_hit(f, node, failure);
}

static void end_outage(model_measure *m, uint32_t node, unsigned direction, bool unfinished)
{
    const model_measure_setup *s = &m->setup;
    outage *o = &m->failures->nodes[node].direction[direction];
    int64_t now = sim_now(s->net->engine), length = now - o->began_ns;
    sim_row_outage row = {
        .failure = o->failure, .mn_id = s->node_ids[node],
        .direction = direction ? "down" : "up", .began_ns = o->began_ns, .ended_ns = now,
        .censored = unfinished};
    g_array_append_val(unfinished ? m->failures->unfinished : m->failures->lengths, length);
    if (s->sink->cls->outage)
        s->sink->cls->outage(s->sink, &row);
    o->failure = 0;
}

void model_failures_recovered(model_measure *m, const sim_packet *packet)
{
    uint32_t end = m->setup.flow_ends[packet->flow];
    if (end == NOT_COUNTED)
        return;
    const outage *o = &m->failures->nodes[end / 2].direction[end % 2];
    if (o->failure && packet->created_ns >= o->began_ns)
        end_outage(m, end / 2, end % 2, false);
}

void model_measure_gone(model_measure *m, uint32_t node)
{
    if (!m->failures)
        return;
    node_failures *n = &m->failures->nodes[node];
    bind_to(m->failures, n, NO_AGENT);
    for (unsigned d = 0; d < 2; d++)
        if (n->direction[d].failure)
            end_outage(m, node, d, true);
}

void model_failures_close_outages(model_measure *m)
{
    for (uint32_t node = 0; node < m->setup.n_nodes; node++)
        for (unsigned d = 0; d < 2; d++)
            if (m->failures->nodes[node].direction[d].failure)
                end_outage(m, node, d, true);
}
