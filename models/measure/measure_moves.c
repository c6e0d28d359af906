/* What a run measures: moves, outages, decisions, bindings held twice.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <assert.h>
#include <stdio.h>

#include "models/measure/measure_failures.h"
#include "models/measure/measure_internal.h"

/* ---- Outage of a move ------------------------------------------------------------ */

static void record_outage(model_measure *m, track *t)
{
    if (model_measure_is_warm(m))
        tally_add(&m->outage, (int64_t)t->gap_us * 1000);
    t->awaited = false;
    t->has_gap = false;
}

static uint32_t to_us(int64_t ns)
{
    return (uint32_t)MIN(ns / 1000, UINT32_MAX);
}

void model_measure_passed(model_measure *m, uint32_t node, uint16_t via, bool to_node)
{
    track *t = &m->direction[to_node][node];
    int64_t now = sim_now(m->setup.net->engine);
    if (t->via != via + 1) {
        t->has_gap = t->via != 0;
        t->gap_us = t->has_gap ? to_us(now - t->last_ns) : 0;
        t->via = (uint16_t)(via + 1);
    }
    t->last_ns = now;
    if (t->awaited && via == m->nodes[node].agent)
        record_outage(m, t);
}

/* Packets may have come by the new agent before its acknowledgement did. */
static void expect_packets(model_measure *m, uint32_t node)
{
    for (unsigned d = 0; d < 2; d++) {
        track *t = &m->direction[d][node];
        if (t->via == 0)
            continue;
        t->awaited = t->via != m->nodes[node].agent + 1;
        if (!t->awaited && t->has_gap)
            record_outage(m, t);
    }
}

/* ---- Moves ----------------------------------------------------------------------- */

static void count_move(model_measure *m, node_track *n, uint16_t to, int64_t now_ns)
{
    bool back = n->previous == to && now_ns - n->moved_at_ns <= PING_PONG_NS;
    n->moved_at_ns = now_ns;
    n->previous = n->agent;
    if (!model_measure_is_warm(m))
        return;
    m->moves++;
    m->ping_pongs += back;
    n->moves++;
}

/* A move is a registration at the agent that the last switch named, from another one. Any other
 * change of agent (a failure, a discovery anew) is an event, not a move. */
static void registered(model_measure *m, uint32_t node, const mip6_trace *trace)
{
    node_track *n = &m->nodes[node];
    uint16_t to = model_measure_agent_at(m, &trace->peer);
    uint16_t from = n->agent;
    if (to == NO_AGENT || to == from)
        return;
    if (from == NO_AGENT) {
        n->agent = to;
        model_measure_event(m, "registered", node, UINT32_MAX, to, NULL);
        return;
    }
    bool is_move = n->switch_to == to;
    if (is_move)
        count_move(m, n, to, trace->now_ns);
    else
        n->previous = NO_AGENT;     /* no move that a next one could undo */
    n->agent = to;
    n->switch_to = NO_AGENT;
    if (is_move)
        expect_packets(m, node);
    model_measure_event(m, is_move ? "move" : "rehomed", node, from, to, NULL);
}

/* ---- Bindings that do not drain -------------------------------------------------- */

static gpointer pair(uint32_t node, uint32_t agent)
{
    return (gpointer)((uintptr_t)(node + UINT64_C(1)) << 16 | agent);
}

static gpointer key_of(uint32_t node)
{
    return (gpointer)(uintptr_t)(node + UINT64_C(1));
}

static void open_double(model_measure *m, uint32_t node, int64_t now_ns)
{
    static_assert(sizeof(gpointer) >= sizeof now_ns, "a time is kept in a pointer");
    g_hash_table_insert(m->double_since, key_of(node), (gpointer)(uintptr_t)now_ns);
}

static void close_double(model_measure *m, uint32_t node, int64_t now_ns)
{
    int64_t since = (int64_t)(uintptr_t)g_hash_table_lookup(m->double_since, key_of(node));
    g_hash_table_remove(m->double_since, key_of(node));
    since = MAX(since, m->setup.warm_up_ns);
    if (now_ns > since)
        m->double_ns += (wide)(uint64_t)(now_ns - since);
}

static bool holds(const model_measure *m, uint32_t node, uint32_t agent)
{
    const node_track *n = &m->nodes[node];
    return n->holder == agent ||
           (n->holders > 1 && g_hash_table_contains(m->others, pair(node, agent)));
}

/* Of several the first. */
static uint16_t take_other(model_measure *m, uint32_t node)
{
    uint16_t agent = 0;
    while (!g_hash_table_remove(m->others, pair(node, agent)))
        agent++;
    return agent;
}

static void forget(model_measure *m, uint32_t node, uint32_t agent, int64_t at_ns)
{
    node_track *n = &m->nodes[node];
    if (!holds(m, node, agent))
        return;
    if (n->holder != agent)
        g_hash_table_remove(m->others, pair(node, agent));
    else
        n->holder = n->holders > 1 ? take_other(m, node) : NO_AGENT;
    if (n->holders-- == 2)
        close_double(m, node, at_ns);
}

/* What agents have lost since this node was last touched. */
static void catch_up(model_measure *m, uint32_t node)
{
    node_track *n = &m->nodes[node];
    for (; n->emptied_seen < m->emptied->len; n->emptied_seen++) {
        const emptied *e = &g_array_index(m->emptied, emptied, n->emptied_seen);
        forget(m, node, e->agent, e->at_ns);
    }
}

static void hold(model_measure *m, uint32_t node, uint32_t agent, int64_t now_ns)
{
    node_track *n = &m->nodes[node];
    catch_up(m, node);
    if (holds(m, node, agent))
        return;
    if (n->holders > 0)
        g_hash_table_add(m->others, pair(node, n->holder));
    n->holder = (uint16_t)agent;
    if (++n->holders == 2)
        open_double(m, node, now_ns);
}

bool model_measure_holds(model_measure *m, uint32_t node, uint32_t agent)
{
    catch_up(m, node);
    return holds(m, node, agent);
}

static void let_go(model_measure *m, uint32_t node, uint32_t agent, int64_t now_ns)
{
    catch_up(m, node);
    forget(m, node, agent, now_ns);
}

uint16_t model_measure_holder(model_measure *m, uint32_t node)
{
    catch_up(m, node);
    return m->nodes[node].holder;
}

/* Each node learns of it when it is next touched. */
void model_measure_emptied(model_measure *m, uint32_t agent)
{
    assert(agent < m->setup.n_agents);
    g_array_append_val(m->emptied, ((emptied){sim_now(m->setup.net->engine), agent}));
}

void model_measure_close_bindings(model_measure *m)
{
    int64_t now = sim_now(m->setup.net->engine);
    for (uint32_t node = 0; node < m->setup.n_nodes; node++) {
        catch_up(m, node);
        if (m->nodes[node].holders >= 2)
            close_double(m, node, now);
    }
}

/* ---- Decisions ------------------------------------------------------------------- */

/* How many different agents chose this target within this second of simulated time. */
static void count_movers(model_measure *m, uint32_t agent, uint16_t target, int64_t now_ns)
{
    agent_track *t = &m->agents[target];
    int64_t second = now_ns / SIM_SECOND_NS;
    if (t->mover_second != second)
        g_array_set_size(t->movers, 0);
    t->mover_second = second;
    for (guint i = 0; i < t->movers->len; i++)
        if (g_array_index(t->movers, uint32_t, i) == agent)
            return;
    g_array_append_val(t->movers, agent);
    m->most_movers = MAX(m->most_movers, t->movers->len);
    m->mover_seconds += t->movers->len == 2;
}

static void decision_row(model_measure *m, uint32_t agent, uint32_t node, uint16_t target,
                         const mip6_trace *trace)
{
    const model_measure_setup *s = &m->setup;
    const mip6_decision *d = trace->decision;
    sim_row_decision row = {
        .t_ns = trace->now_ns, .ha_id = s->agent_ids[agent],
        .mn_id = node < s->n_nodes ? (int64_t)s->node_ids[node] : SIM_NO_NODE,
        .branch = mip6_branch_name(d->branch), .own_queue = d->own_queue,
        .own_count = d->own_count,
        .target_id = target == NO_AGENT ? SIM_NO_NODE : (int64_t)s->agent_ids[target],
        .target_queue = d->target_queue, .target_count = d->target_count,
        .information_age_ns = d->information_age_ns,
        .outcome = d->repeated ? "repeated" : "sent"};
    s->sink->cls->decision(s->sink, &row);
}

static void decided(model_measure *m, uint32_t agent, uint32_t node, const mip6_trace *trace)
{
    const mip6_decision *d = trace->decision;
    uint16_t target = model_measure_agent_at(m, &trace->peer);
    if (m->setup.decisions)
        decision_row(m, agent, node, target, trace);
    if (d->repeated || !model_measure_is_warm(m))
        return;
    if (d->information_age_ns >= 0)
        tally_add(&m->age, d->information_age_ns);
    if (target != NO_AGENT)
        count_movers(m, agent, target, trace->now_ns);
}

/* ---- Traces ---------------------------------------------------------------------- */

static uint32_t peer_index(const model_measure *m, const mip6_trace *trace)
{
    uint16_t i = model_measure_agent_at(m, &trace->peer);
    return i == NO_AGENT ? UINT32_MAX : i;
}

static void agent_traced(model_measure *m, uint32_t agent, uint32_t holder, uint32_t node,
                         const mip6_trace *trace)
{
    bool known = node < m->setup.n_nodes;
    switch (trace->kind) {
    case MIP6_TRACE_BINDING_NEW:
        if (known)
            hold(m, node, holder, trace->now_ns);
        break;
    case MIP6_TRACE_BINDING_DRAINING:
    case MIP6_TRACE_BINDING_GONE:
        if (known)
            let_go(m, node, holder, trace->now_ns);
        break;
    case MIP6_TRACE_BINDING_REFUSED:
        m->agents[agent].refused += model_measure_is_warm(m);
        break;
    case MIP6_TRACE_DECISION:
        decided(m, agent, node, trace);
        break;
    case MIP6_TRACE_SWITCH_ANSWERED:
    case MIP6_TRACE_SWITCH_UNANSWERED:
    case MIP6_TRACE_DAD_YIELDED:
    case MIP6_TRACE_DAD_DEFENDED:
        model_measure_event(m, mip6_trace_name(trace->kind), known ? node : UINT32_MAX, agent,
                            peer_index(m, trace), NULL);
        break;
    default:
        break;
    }
}

/* The switch came to nothing: what the node does next is no answer to it. After 135 it asks
 * the same agent again. */
static void end_switch(model_measure *m, uint32_t node, const mip6_trace *trace)
{
    node_track *n = &m->nodes[node];
    bool again = trace->kind == MIP6_TRACE_MN_REFUSED && trace->code == MIP6_STATUS_SEQUENCE;
    if (!again && n->switch_to == model_measure_agent_at(m, &trace->peer))
        n->switch_to = NO_AGENT;
}

static void refused(model_measure *m, uint32_t node, const mip6_trace *trace)
{
    char status[4];
    snprintf(status, sizeof status, "%u", (unsigned)trace->code);
    m->refused[trace->code] += model_measure_is_warm(m);
    end_switch(m, node, trace);
    model_measure_event(m, "refused", node, UINT32_MAX, peer_index(m, trace), status);
}

static void node_traced(model_measure *m, uint32_t node, const mip6_trace *trace)
{
    switch (trace->kind) {
    case MIP6_TRACE_MN_REGISTERED:
        registered(m, node, trace);
        break;
    case MIP6_TRACE_MN_REFUSED:
        refused(m, node, trace);
        break;
    case MIP6_TRACE_MN_SWITCH:
        m->nodes[node].switch_to = model_measure_agent_at(m, &trace->peer);
        break;
    case MIP6_TRACE_MN_TIMEOUT:
        m->timeouts += model_measure_is_warm(m);
        end_switch(m, node, trace);
        model_measure_event(m, "timeout", node, UINT32_MAX, peer_index(m, trace), NULL);
        break;
    case MIP6_TRACE_MN_SWITCH_IGNORED:
        model_measure_event(m, "switch-ignored", node, peer_index(m, trace), UINT32_MAX,
                            mip6_drop_name((mip6_drop)trace->code));
        break;
    case MIP6_TRACE_MN_REDIRECTED:
        m->redirections += model_measure_is_warm(m);
        model_measure_event(m, "redirected", node, UINT32_MAX, peer_index(m, trace), NULL);
        break;
    case MIP6_TRACE_MN_REDIRECT_IGNORED:
        model_measure_event(m, "redirect-ignored", node, peer_index(m, trace), UINT32_MAX,
                            mip6_drop_name((mip6_drop)trace->code));
        break;
    case MIP6_TRACE_MN_EXPIRED:
    case MIP6_TRACE_MN_DHAAD_FAILED:
        model_measure_event(m, mip6_trace_name(trace->kind), node, UINT32_MAX, UINT32_MAX, NULL);
        break;
    default:
        break;
    }
}

void model_measure_trace(model_measure *m, uint32_t agent, uint32_t holder, uint32_t node,
                         uint32_t home_node, const mip6_trace *trace)
{
    if (m->failures && node < m->setup.n_nodes)
        model_failures_trace(m, node, trace);
    if (agent < m->setup.n_agents)
        agent_traced(m, agent, holder, home_node, trace);
    else if (node < m->setup.n_nodes)
        node_traced(m, node, trace);
}
