/* What a run measures: failures one by one, the storm of registrations that follows, and how the
 * agents share the load meanwhile and afterwards.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/measure/measure_failures.h"

#include <math.h>

/* An agent carries its share where it carries four fifths of the mean. */
#define SHARE 0.8

/* ---- Life ------------------------------------------------------------------------------- */

static void start(model_measure *m)
{
    struct failures *f = m->failures;
    const model_measure_setup *s = &m->setup;
    for (uint32_t i = 0; i < s->n_nodes; i++)
        f->nodes[i] = (node_failures){
            .agent = NO_AGENT, .target = NO_AGENT, .left = NO_AGENT, .now = {.agent = NO_AGENT},
            .before = {.agent = NO_AGENT}};
    for (uint32_t i = 0; i < s->n_flows; i++)
        if (s->flow_ends[i] != UINT32_MAX)
            f->nodes[s->flow_ends[i] / 2].watched = true;
    for (uint32_t i = 0; i < s->n_agents; i++) {
        f->agents[i].bu_second = -1;
        g_hash_table_insert(f->by_id, GUINT_TO_POINTER(s->agent_ids[i]), GUINT_TO_POINTER(i + 1));
    }
}

void model_failures_new(model_measure *m)
{
    if (!m->setup.flow_ends)
        return;
    struct failures *f = m->failures = g_new0(struct failures, 1);
    f->all = g_array_new(FALSE, FALSE, sizeof(failed));
    f->nodes = g_new0(node_failures, m->setup.n_nodes);
    f->agents = g_new0(agent_failures, m->setup.n_agents);
    f->by_id = g_hash_table_new(NULL, NULL);
    f->hit = g_hash_table_new(NULL, NULL);
    f->lengths = g_array_new(FALSE, FALSE, sizeof(int64_t));
    f->unfinished = g_array_new(FALSE, FALSE, sizeof(int64_t));
    start(m);
}

void model_failures_free(model_measure *m)
{
    struct failures *f = m->failures;
    if (!f)
        return;
    g_array_unref(f->all);
    g_free(f->nodes);
    g_free(f->agents);
    g_hash_table_destroy(f->by_id);
    g_hash_table_destroy(f->hit);
    g_array_unref(f->lengths);
    g_array_unref(f->unfinished);
    g_free(f);
}

/* ---- The storm ---------------------------------------------------------------------------- */

/* Peaks of the window are those that agents keep anyway; what they were before is put aside. */
static void open_window(model_measure *m)
{
    for (uint32_t i = 0; i < m->setup.n_agents; i++) {
        agent_track *a = &m->agents[i];
        agent_failures *x = &m->failures->agents[i];
        a->before_packets = MAX(a->before_packets, a->peak_packets);
        a->before_bytes = MAX(a->before_bytes, a->peak_bytes);
        a->peak_packets = a->packets;
        a->peak_bytes = a->bytes;
        x->storm_packets = 0;
        x->storm_bytes = 0;
        x->bu_peak = x->bu_now = 0;
    }
}

void model_failures_warm(model_measure *m)
{
    for (uint32_t i = 0; m->failures && i < m->setup.n_agents; i++) {
        agent_failures *x = &m->failures->agents[i];
        x->storm_packets = MAX(x->storm_packets, m->agents[i].peak_packets);
        x->storm_bytes = MAX(x->storm_bytes, m->agents[i].peak_bytes);
    }
}

static void write_storm(model_measure *m, uint32_t number)
{
    const model_measure_setup *s = &m->setup;
    struct failures *f = m->failures;
    for (uint32_t i = 0; i < s->n_agents; i++) {
        const agent_failures *x = &f->agents[i];
        sim_row_storm row = {
            .failure = number, .node_id = s->agent_ids[i], .peak_bu_per_s = x->bu_peak,
            .peak_queue_packets = MAX(x->storm_packets, m->agents[i].peak_packets),
            .peak_queue_bytes = (int64_t)MAX(x->storm_bytes, m->agents[i].peak_bytes)};
        f->storm_bu = MAX(f->storm_bu, x->bu_peak);
        f->storm_packets = MAX(f->storm_packets, (uint32_t)row.peak_queue_packets);
        if (s->sink->cls->storm)
            s->sink->cls->storm(s->sink, &row);
    }
}

/* Those that began before `before_ns`. */
static void close_windows(model_measure *m, int64_t before_ns)
{
    struct failures *f = m->failures;
    for (uint32_t k = f->all->len; k > 0 && model_failed(f, k)->window_open; k--) {
        if (model_failed(f, k)->began_ns >= before_ns)
            continue;
        write_storm(m, k);
        model_failed(f, k)->window_open = false;
    }
}

void model_measure_update(model_measure *m, uint32_t agent)
{
    if (!m->failures)
        return;
    agent_failures *x = &m->failures->agents[agent];
    int64_t second = sim_now(m->setup.net->engine) / SIM_SECOND_NS;
    if (x->bu_second != second)
        x->bu_now = 0;
    x->bu_second = second;
    x->bu_now++;
    x->bu_peak = MAX(x->bu_peak, x->bu_now);
}

/* ---- Begin and end ------------------------------------------------------------------------ */

void model_measure_failed(model_measure *m, const model_failure *what)
{
    struct failures *f = m->failures;
    int64_t now = sim_now(m->setup.net->engine);
    agent_failures *a = &f->agents[what->agent];
    close_windows(m, now);      /* one that began at this very instant stays open, too */
    open_window(m);
    failed x = {.what = what, .began_ns = now, .ended_ns = SIM_NEVER, .nodes_bound = a->bound,
                .share_ns = -1, .window_open = true};
    g_array_append_val(f->all, x);
    for (uint32_t i = 0; i < m->setup.n_agents; i++)
        f->agents[i].returning = false;     /* what follows is this failure's doing, too */
    a->last = f->all->len;
    a->failing = true;
}

void model_measure_returned(model_measure *m, uint32_t agent)
{
    agent_failures *a = &m->failures->agents[agent];
    a->failing = false;
    a->returning = true;
    model_failed(m->failures, a->last)->ended_ns = sim_now(m->setup.net->engine);
}

/* ---- The herd ------------------------------------------------------------------------------- */

static bool serves(const model_measure *m, uint32_t agent)
{
    return m->agents[agent].is_up && !m->failures->agents[agent].failing;
}

/* Load of the agents that serve, in the last n seconds; *own of one of them. Returns the mean. */
static double mean_load(const model_measure *m, int64_t second, int64_t n, uint32_t agent,
                        double *own)
{
    double sum = 0;
    uint32_t serving = 0;
    for (uint32_t i = 0; i < m->setup.n_agents; i++) {
        if (!serves(m, i))
            continue;
        double load = model_measure_load(m, i, second, n);
        sum += load;
        serving++;
        if (i == agent)
            *own = load;
    }
    return serving ? sum / serving : 0;
}

/* Seconds that lie wholly after its return; of these the last ten at most. */
static void follow_return(model_measure *m, int64_t second, uint32_t agent)
{
    failed *x = model_failed(m->failures, m->failures->agents[agent].last);
    int64_t first = (x->ended_ns + SIM_SECOND_NS - 1) / SIM_SECOND_NS, n = second + 1 - first;
    double own = 0;
    if (n <= 0 || !serves(m, agent))
        return;
    double mean = mean_load(m, second, MIN(n, LOAD_WINDOW_S), agent, &own);
    if (mean <= 0)
        return;
    if (x->share_ns < 0 && own >= SHARE * mean)
        x->share_ns = (second + 1) * SIM_SECOND_NS - x->ended_ns;
    if (n >= LOAD_WINDOW_S)
        x->overshoot = MAX(x->overshoot, own / mean);
}

/* How unequal those are that serve while others have failed. */
static void compare_survivors(model_measure *m, int64_t second)
{
    struct failures *f = m->failures;
    g_autofree double *loads = g_new(double, m->setup.n_agents);
    double sum = 0, peak = 0;
    uint32_t n = 0;
    for (uint32_t i = 0; i < m->setup.n_agents; i++) {
        if (!serves(m, i))
            continue;
        loads[n] = model_measure_load(m, i, second, LOAD_WINDOW_S);
        sum += loads[n];
        peak = MAX(peak, loads[n]);
        n++;
    }
    if (n < 2 || sum <= 0)
        return;
    for (uint32_t i = 0; i < m->setup.n_agents; i++) {
        if (!f->agents[i].failing)
            continue;
        failed *x = model_failed(f, f->agents[i].last);
        x->seconds++;
        x->jain_sum += model_measure_jain(loads, n);
        x->peak_sum += peak * n / sum;
    }
}

void model_failures_second(model_measure *m, int64_t second)
{
    bool any = false;
    for (uint32_t i = 0; i < m->setup.n_agents; i++) {
        any = any || m->failures->agents[i].failing;
        if (m->failures->agents[i].returning)
            follow_return(m, second, i);
    }
    if (any)
        compare_survivors(m, second);
}

/* ---- Rows ------------------------------------------------------------------------------------ */

static void write_failure(const model_measure *m, uint32_t number)
{
    static const char *const kinds[] = {
        [MODEL_FAILURE_CRASH] = "crash", [MODEL_FAILURE_HANG] = "hang",
        [MODEL_FAILURE_ISOLATE] = "isolate", [MODEL_FAILURE_LEAVE] = "leave"};
    const model_measure_setup *s = &m->setup;
    const failed *x = model_failed(m->failures, number);
    bool none = x->seconds == 0;
    sim_row_failure row = {
        .failure = number, .name = x->what->name, .node_id = s->agent_ids[x->what->agent],
        .kind = kinds[x->what->kind], .began_ns = x->began_ns,
        .ended_ns = x->ended_ns == SIM_NEVER ? -1 : x->ended_ns, .nodes_bound = x->nodes_bound,
        .nodes_hit = x->nodes_hit, .nodes_unhurt = x->nodes_bound - x->bound_hit,
        .survivors_jain_load = none ? NAN : x->jain_sum / (double)x->seconds,
        .survivors_peak_to_mean_load = none ? NAN : x->peak_sum / (double)x->seconds,
        .share_ns = x->share_ns, .overshoot = x->overshoot > 0 ? x->overshoot : NAN};
    if (s->sink->cls->failure)
        s->sink->cls->failure(s->sink, &row);
}

void model_failures_rows(model_measure *m)
{
    model_failures_close_outages(m);
    close_windows(m, SIM_NEVER);
    for (uint32_t k = 1; k <= m->failures->all->len; k++)
        write_failure(m, k);
}
