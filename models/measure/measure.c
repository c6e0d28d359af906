/* What a run measures: agents, delay, samples, seconds.
 *
 * Sums are integers; a quotient is taken once, at the end of a second or of the run.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/measure/measure.h"

#include <assert.h>
#include <string.h>

#include "models/measure/measure_failures.h"
#include "models/measure/measure_internal.h"
#include "sim/engine/block.h"

/* ---- Life ----------------------------------------------------------------------- */

static guint hash_address(gconstpointer key)
{
    return (guint)sim_hash(key, sizeof(mip6_addr), 0).lo;
}

static gboolean same_address(gconstpointer a, gconstpointer b)
{
    return memcmp(a, b, sizeof(mip6_addr)) == 0;
}

static guint hash_pair(gconstpointer key)
{
    return (guint)((uint64_t)(uintptr_t)key * UINT64_C(0x9e3779b97f4a7c15) >> 32);
}

static void start_agents(model_measure *m)
{
    const model_measure_setup *s = &m->setup;
    for (uint32_t i = 0; i < s->n_agents; i++) {
        m->agents[i].mover_second = -1;
        m->agents[i].movers = g_array_new(FALSE, FALSE, sizeof(uint32_t));
        m->agents[i].delay = g_new0(model_histogram, 1);
        g_hash_table_insert(m->by_address, (gpointer)&s->agent_addresses[i],
                            GUINT_TO_POINTER(i + 1));
    }
}

static void start_nodes(model_measure *m)
{
    for (uint32_t i = 0; i < m->setup.n_nodes; i++) {
        node_track *n = &m->nodes[i];
        n->agent = n->previous = n->switch_to = n->holder = NO_AGENT;
    }
}

model_measure *model_measure_new(const model_measure_setup *setup)
{
    assert(setup->n_agents < NO_AGENT && setup->light_ppm >= 0);
    model_measure *m = g_new0(model_measure, 1);
    m->setup = *setup;
    m->nodes = sim_block_new(setup->n_nodes, sizeof *m->nodes);
    for (int d = 0; d < 2; d++)
        m->direction[d] = sim_block_new(setup->n_nodes, sizeof *m->direction[d]);
    m->agents = g_new0(agent_track, setup->n_agents);
    m->by_address = g_hash_table_new(hash_address, same_address);
    m->others = g_hash_table_new(hash_pair, NULL);
    m->double_since = g_hash_table_new(NULL, NULL);
    m->emptied = g_array_new(FALSE, FALSE, sizeof(emptied));
    m->light = (uint16_t)(MIN(setup->light_ppm, 1000000) * 65535 / 1000000);
    m->delay = g_new0(model_histogram, 1);
    m->jain_load = g_array_new(FALSE, FALSE, sizeof(double));
    m->limited = true;
    for (uint32_t i = 0; i < setup->n_agents; i++)
        m->limited = m->limited && setup->agent_capacity_bps[i] > 0;
    start_agents(m);
    start_nodes(m);
    model_failures_new(m);
    return m;
}

void model_measure_free(model_measure *m)
{
    if (!m)
        return;
    for (uint32_t i = 0; i < m->setup.n_agents; i++) {
        g_array_unref(m->agents[i].movers);
        g_free(m->agents[i].delay);
    }
    model_failures_free(m);
    g_hash_table_destroy(m->by_address);
    g_hash_table_destroy(m->others);
    g_hash_table_destroy(m->double_since);
    g_array_unref(m->emptied);
    g_array_unref(m->jain_load);
    g_free(m->delay);
    g_free(m->agents);
    sim_block_free(m->nodes);
    sim_block_free(m->direction[0]);
    sim_block_free(m->direction[1]);
    g_free(m);
}

uint16_t model_measure_agent_at(const model_measure *m, const mip6_addr *address)
{
    guint i = GPOINTER_TO_UINT(g_hash_table_lookup(m->by_address, address));
    return i ? (uint16_t)(i - 1) : NO_AGENT;
}

/* ---- The end of the warm-up ------------------------------------------------------- */

bool model_measure_is_warm(model_measure *m)
{
    if (m->warm)
        return true;
    int64_t start = m->setup.warm_up_ns;
    if (sim_now(m->setup.net->engine) < start)
        return false;
    m->warm = true;
    model_failures_warm(m);
    for (uint32_t i = 0; i < m->setup.n_agents; i++) {
        agent_track *a = &m->agents[i];
        a->at_warm_up_packets = a->tunnelled_packets;
        a->at_warm_up_bytes = a->tunnelled_bytes;
        a->peak_packets = a->packets;
        a->peak_bytes = a->bytes;
        a->before_packets = 0;
        a->before_bytes = 0;
        a->changed_ns = MAX(a->changed_ns, start);
    }
    return true;
}

/* ---- As things happen --------------------------------------------------------------- */

void model_measure_delivered(model_measure *m, const sim_packet *packet, uint32_t node,
                             uint32_t via, bool to_node)
{
    if (m->failures)
        model_failures_recovered(m, packet);
    if (via >= m->setup.n_agents)
        return;
    if (node < m->setup.n_nodes)
        model_measure_passed(m, node, (uint16_t)via, to_node);
    if (packet->created_ns < m->setup.warm_up_ns)
        return;
    int64_t delay = sim_now(m->setup.net->engine) - packet->created_ns;
    model_histogram_add(m->delay, delay);
    model_histogram_add(m->agents[via].delay, delay);
}

void model_measure_offered(model_measure *m, uint32_t agent, uint32_t bytes, bool taken)
{
    assert(agent < m->setup.n_agents);
    agent_track *a = &m->agents[agent];
    bool warm = model_measure_is_warm(m);
    a->second_bytes += bytes;
    a->offered_bytes += warm ? bytes : 0;
    if (!taken)
        return;
    a->tunnelled_packets++;
    a->tunnelled_bytes += bytes;
}

static void integrate_queue(model_measure *m, agent_track *a)
{
    int64_t now = sim_now(m->setup.net->engine);
    if (model_measure_is_warm(m))
        a->packet_ns += (wide)a->packets * (uint64_t)(now - a->changed_ns);
    a->changed_ns = now;
}

void model_measure_queue(model_measure *m, uint32_t agent, uint32_t packets, uint64_t bytes)
{
    assert(agent < m->setup.n_agents);
    agent_track *a = &m->agents[agent];
    integrate_queue(m, a);
    a->packets = packets;
    a->bytes = bytes;
    a->peak_packets = MAX(a->peak_packets, packets);
    a->peak_bytes = MAX(a->peak_bytes, bytes);
}

static int64_t entity(const sim_id *ids, uint32_t i)
{
    return i == UINT32_MAX ? SIM_NO_NODE : (int64_t)ids[i];
}

void model_measure_event(const model_measure *m, const char *kind, uint32_t node, uint32_t from,
                         uint32_t to, const char *detail)
{
    const model_measure_setup *s = &m->setup;
    if (!s->events)
        return;
    sim_row_event row = {
        .t_ns = sim_now(s->net->engine), .kind = kind, .mn_id = entity(s->node_ids, node),
        .from_node_id = entity(s->agent_ids, from), .to_node_id = entity(s->agent_ids, to),
        .detail = detail};
    s->sink->cls->event(s->sink, &row);
}

void model_measure_agent(model_measure *m, uint32_t agent, const char *kind, const char *detail)
{
    assert(agent < m->setup.n_agents);
    model_measure_event(m, kind, UINT32_MAX, agent, UINT32_MAX, detail);
}

void model_measure_sample(model_measure *m, uint32_t agent, const mip6_ha_figures *figures,
                          uint32_t queue_packets, uint64_t queue_bytes, uint64_t dropped)
{
    const model_measure_setup *s = &m->setup;
    const agent_track *a = &m->agents[agent];
    sim_row_ha_sample row = {
        .t_ns = sim_now(s->net->engine), .node_id = s->agent_ids[agent],
        .queue_packets = queue_packets, .queue_bytes = (int64_t)queue_bytes,
        .queue_wire = figures ? figures->queue_wire : 0,
        .mn_count = figures ? figures->mn_count : 0,
        .tunnelled_packets = (int64_t)a->tunnelled_packets,
        .tunnelled_bytes = (int64_t)a->tunnelled_bytes, .dropped_packets = (int64_t)dropped};
    s->sink->cls->ha_sample(s->sink, &row);
}

/* ---- Seconds ------------------------------------------------------------------------ */

static void close_load(agent_track *a, int64_t second)
{
    uint64_t *slot = &a->window_bytes[second % LOAD_WINDOW_S];
    a->window_sum += a->second_bytes - *slot;
    *slot = a->second_bytes;
    a->second_bytes = 0;
}

/* The part of a second that has passed and is no warm-up. */
static int64_t measured_ns(const model_measure *m, int64_t second)
{
    int64_t begin = MAX(second * SIM_SECOND_NS, m->setup.warm_up_ns);
    int64_t end = MIN((second + 1) * SIM_SECOND_NS, sim_now(m->setup.net->engine) + 1);
    return MAX(end - begin, 0);
}

static void count_second(model_measure *m, agent_track *a, const mip6_ha_figures *figures)
{
    a->up_seconds++;
    a->mn_sum += figures->mn_count;
    a->mn_max = MAX(a->mn_max, figures->mn_count);
    a->overloaded_seconds += figures->queue_wire > m->light;
}

/* Bytes over capacity of the agents that are up; plain bytes where a capacity is unlimited. */
static uint32_t loads(const model_measure *m, double *out)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < m->setup.n_agents; i++)
        if (m->agents[i].is_up)
            out[n++] = (double)m->agents[i].window_sum /
                       (m->limited ? (double)m->setup.agent_capacity_bps[i] : 1.0);
    return n;
}

double model_measure_load(const model_measure *m, uint32_t agent, int64_t second, int64_t n)
{
    uint64_t sum = 0;
    for (int64_t s = second; s > second - n && s >= 0; s--)
        sum += m->agents[agent].window_bytes[s % LOAD_WINDOW_S];
    return (double)sum / (m->limited ? (double)m->setup.agent_capacity_bps[agent] : 1.0);
}

static uint32_t counts(const model_measure *m, double *out)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < m->setup.n_agents; i++)
        if (m->agents[i].is_up)
            out[n++] = m->agents[i].mn_count;
    return n;
}

static double peak_to_mean(const double *x, uint32_t n)
{
    double sum = 0, peak = 0;
    for (uint32_t i = 0; i < n; i++) {
        sum += x[i];
        peak = MAX(peak, x[i]);
    }
    return peak * n / sum;
}

/* All agents have told of this second. */
static void compare_agents(model_measure *m, int64_t second)
{
    g_autofree double *x = g_new(double, m->setup.n_agents);
    bool measured = second * SIM_SECOND_NS >= m->setup.warm_up_ns;
    uint32_t n = counts(m, x);
    double jain = model_measure_jain(x, n);
    if (measured && jain > 0) {
        m->jain_mn_sum += jain;
        m->peak_mn_sum += peak_to_mean(x, n);
        m->jain_mn_n++;
    }
    n = loads(m, x);
    jain = model_measure_jain(x, n);
    if (measured && jain > 0) {
        m->jain_load_sum += jain;
        m->peak_load_sum += peak_to_mean(x, n);
        m->jain_load_n++;
    }
    if (m->failures)
        model_failures_second(m, second);
    if (m->setup.step_ns != SIM_NEVER && second * SIM_SECOND_NS >= m->setup.step_ns)
        g_array_append_val(m->jain_load, jain);
}

void model_measure_second(model_measure *m, uint32_t agent, const mip6_ha_figures *figures,
                          int64_t second)
{
    assert(agent < m->setup.n_agents);
    agent_track *a = &m->agents[agent];
    (void)model_measure_is_warm(m);
    close_load(a, second);
    a->is_up = figures != NULL;
    a->mn_count = figures ? figures->mn_count : 0;
    a->up_ns += figures ? measured_ns(m, second) : 0;
    if (figures && second * SIM_SECOND_NS >= m->setup.warm_up_ns)
        count_second(m, a, figures);
    if (agent + 1 == m->setup.n_agents)
        compare_agents(m, second);
}
