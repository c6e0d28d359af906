/* What a run measures: the rows at its end.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <assert.h>
#include <math.h>
#include <stdio.h>

#include "models/measure/measure_failures.h"
#include "models/measure/measure_internal.h"
#include "models/world.h"

/* ---- Indices -------------------------------------------------------------------- */

/* 0 where nothing is there to compare. */
double model_measure_jain(const double *x, uint32_t n)
{
    double sum = 0, squares = 0;
    for (uint32_t i = 0; i < n; i++) {
        sum += x[i];
        squares += x[i] * x[i];
    }
    return squares > 0 ? sum * sum / (n * squares) : 0;
}

/* The final value is the mean of the last 30 s. A second without an index does not settle. */
int64_t model_measure_settling(const double *jain, uint32_t n)
{
    double final = 0;
    if (n < SETTLED_S)
        return -1;
    for (uint32_t i = n - SETTLED_S; i < n; i++)
        final += jain[i] / SETTLED_S;
    uint32_t stays = 0;
    for (uint32_t i = 0; i < n; i++) {
        bool within = jain[i] > 0 && fabs(jain[i] - final) <= 0.05 * final;
        stays = within ? stays + 1 : 0;
        if (stays == SETTLED_S)
            return i + 1 - SETTLED_S;
    }
    return -1;
}

/* ---- Writing ---------------------------------------------------------------------- */

typedef struct writer {
    const model_measure *m;
    int64_t node_id;        /* SIM_NO_NODE: the run */
} writer;

static void write_row(const writer *w, const char *name, const char *unit, bool has, double value)
{
    sim_sink *sink = w->m->setup.sink;
    assert(!has || isfinite(value));
    sim_row_metric row = {.node_id = w->node_id, .name = name, .has_value = has,
                          .value = has ? value : 0, .unit = unit};
    sink->cls->metric(sink, &row);
}

static void write_if(const writer *w, const char *name, bool has, double value)
{
    model_metric_write(w->m->setup.sink, w->node_id, name, has, value);
}

static void write_value(const writer *w, const char *name, double value)
{
    write_if(w, name, true, value);
}

/* a / b, NULL where b is 0. */
static void write_ratio(const writer *w, const char *name, double a, double b)
{
    write_if(w, name, b > 0, b > 0 ? a / b : 0);
}

static double seconds(wide ns)
{
    return (double)ns / 1e9;
}

static void write_delay(const writer *w, const model_histogram *h)
{
    write_ratio(w, "delay_mean", seconds(h->sum), (double)h->count);
    write_if(w, "delay_p50", h->count, seconds(model_histogram_quantile(h, 500000)));
    write_if(w, "delay_p99", h->count, seconds(model_histogram_quantile(h, 990000)));
    write_if(w, "delay_max", h->count, seconds(h->max));
}

/* ---- The run ------------------------------------------------------------------------ */

static void write_balance(const writer *w)
{
    const model_measure *m = w->m;
    double n = (double)m->jain_mn_n, k = (double)m->jain_load_n;
    write_ratio(w, "jain_mn", m->jain_mn_sum, n);
    write_ratio(w, "peak_to_mean_mn", m->peak_mn_sum, n);
    write_ratio(w, "jain_load", m->jain_load_sum, k);
    write_ratio(w, "peak_to_mean_load", m->peak_load_sum, k);
}

static void write_packets(const writer *w, const model_measure_totals *t)
{
    uint64_t packets = 0, bytes = 0;
    for (uint32_t i = 0; i < w->m->setup.n_agents; i++) {
        const agent_track *a = &w->m->agents[i];
        packets = MAX(packets, MAX(a->peak_packets, a->before_packets));
        bytes = MAX(bytes, MAX(a->peak_bytes, a->before_bytes));
    }
    write_ratio(w, "loss_ratio", (double)t->lost, (double)t->sent);
    write_value(w, "sent_packets", (double)t->sent);
    write_value(w, "delivered_packets", (double)t->delivered);
    write_value(w, "lost_packets", (double)t->lost);
    write_value(w, "in_flight_packets", (double)t->in_flight);
    write_value(w, "peak_queue_packets", (double)packets);
    write_value(w, "peak_queue_bytes", (double)bytes);
}

static void write_tally(const writer *w, const char *mean, const char *max, const tally *t)
{
    write_ratio(w, mean, seconds(t->sum), (double)t->count);
    write_if(w, max, t->count, seconds((wide)(uint64_t)t->max));
}

static void write_moves(const writer *w, const model_measure_totals *t)
{
    const model_measure *m = w->m;
    double hours = t->node_seconds / 3600;
    if (m->redirections > 0)
        write_row(w, "redirections", "1", true, (double)m->redirections);
    write_value(w, "moves", (double)m->moves);
    write_ratio(w, "moves_per_mn_hour", (double)m->moves, hours);
    write_value(w, "ping_pongs", (double)m->ping_pongs);
    write_tally(w, "outage_mean", "outage_max", &m->outage);
    write_ratio(w, "signalling_bytes_per_mn_hour", (double)t->signalling_bytes, hours);
    write_ratio(w, "handovers_per_mn_hour", (double)t->handovers, hours);
}

static void write_settling(const writer *w)
{
    const GArray *jain = w->m->jain_load;
    int64_t s = model_measure_settling((const double *)(const void *)jain->data, jain->len);
    write_if(w, "settling_time", s >= 0, (double)s);
}

static void write_overload_and_herding(const writer *w)
{
    const model_measure *m = w->m;
    uint64_t overloaded = 0;
    for (uint32_t i = 0; i < m->setup.n_agents; i++)
        overloaded += m->agents[i].overloaded_seconds;
    write_value(w, "overloaded_seconds", (double)overloaded);
    write_tally(w, "information_age_mean", "information_age_max", &m->age);
    write_value(w, "simultaneous_movers", m->most_movers);
    write_value(w, "simultaneous_seconds", (double)m->mover_seconds);
}

static void write_refusals(const writer *w)
{
    const model_measure *m = w->m;
    uint64_t all = 0;
    for (unsigned status = 0; status < G_N_ELEMENTS(m->refused); status++)
        all += m->refused[status];
    write_value(w, "failed_registrations", (double)all);
    for (unsigned status = 0; status < G_N_ELEMENTS(m->refused); status++) {
        char name[32];
        if (m->refused[status] == 0)
            continue;
        snprintf(name, sizeof name, "failed_registrations_%u", status);
        write_row(w, name, "1", true, (double)m->refused[status]);
    }
    write_value(w, "registration_timeouts", (double)m->timeouts);
    write_value(w, "double_binding_seconds", seconds(m->double_ns));
}

/* ---- Failures ------------------------------------------------------------------------- */

static void write_outages(const writer *w)
{
    struct failures *f = w->m->failures;
    model_survival s;
    bool any = model_survival_of(f->lengths, f->unfinished, &s);
    write_value(w, "failure_outages", (double)f->lengths->len + f->unfinished->len);
    write_value(w, "failure_outages_unfinished", f->unfinished->len);
    write_if(w, "failure_outage_mean", any, s.mean_s);
    write_if(w, "failure_outage_median", s.median_s >= 0, s.median_s);
    write_if(w, "failure_outage_p99", s.p99_s >= 0, s.p99_s);
}

/* Means over the failures that have one. */
static void write_herd(const writer *w)
{
    const struct failures *f = w->m->failures;
    double jain = 0, peak = 0, share = 0, overshoot = 0, hit = 0, unhurt = 0;
    uint32_t compared = 0, shared = 0, returned = 0;
    for (uint32_t k = 1; k <= f->all->len; k++) {
        const failed *x = model_failed(f, k);
        hit += x->nodes_hit;
        unhurt += x->nodes_bound - x->bound_hit;
        jain += x->seconds ? x->jain_sum / (double)x->seconds : 0;
        peak += x->seconds ? x->peak_sum / (double)x->seconds : 0;
        compared += x->seconds > 0;
        returned += x->ended_ns != SIM_NEVER;
        share += x->share_ns >= 0 ? (double)x->share_ns / 1e9 : 0;
        shared += x->share_ns >= 0;
        overshoot = MAX(overshoot, x->overshoot);
    }
    write_value(w, "failure_nodes_hit", hit);
    write_value(w, "failure_nodes_unhurt", unhurt);
    write_ratio(w, "survivors_jain_load", jain, compared);
    write_ratio(w, "survivors_peak_to_mean_load", peak, compared);
    write_ratio(w, "return_share_time", share, shared);
    write_value(w, "returns_without_share", returned - shared);
    write_if(w, "return_overshoot", overshoot > 0, overshoot);
}

static void write_failures(const writer *w)
{
    write_outages(w);
    write_herd(w);
    write_value(w, "storm_bu_per_s", w->m->failures->storm_bu);
    write_value(w, "storm_queue_packets", w->m->failures->storm_packets);
}

static void write_bound(const writer *w, const model_measure_bound *b)
{
    if (!b->there)
        return;
    write_if(w, "peak_load", b->measured, b->load);
    write_if(w, "peak_load_bound", b->measured, b->lower);
    write_if(w, "peak_load_lpt", b->measured, b->lpt);
    write_if(w, "lpt_limit", b->measured && b->lpt_limit > 0, b->lpt_limit);
}

static void write_run(const writer *w, const model_measure_totals *t)
{
    write_balance(w);
    write_bound(w, &t->bound);
    write_delay(w, w->m->delay);
    write_packets(w, t);
    write_moves(w, t);
    write_settling(w);
    write_overload_and_herding(w);
    write_refusals(w);
    write_value(w, "mn_unfilled_lists", (double)t->unfilled_lists);
    write_value(w, "registered_at_end", (double)t->registered);
    if (w->m->failures)
        write_failures(w);
}

/* ---- Each agent, each node ------------------------------------------------------------ */

static void write_agent_queue(const writer *w, const agent_track *a)
{
    int64_t now = sim_now(w->m->setup.net->engine);
    double measured = (double)(now - w->m->setup.warm_up_ns);
    write_value(w, "peak_queue_packets", MAX(a->peak_packets, a->before_packets));
    write_value(w, "peak_queue_bytes", (double)MAX(a->peak_bytes, a->before_bytes));
    write_ratio(w, "queue_mean_packets", (double)a->packet_ns, measured);
}

static void write_agent(const writer *w, uint32_t i)
{
    const model_measure_setup *s = &w->m->setup;
    const agent_track *a = &w->m->agents[i];
    double up = (double)a->up_ns / 1e9, capacity = (double)s->agent_capacity_bps[i];
    write_ratio(w, "load_bps", 8.0 * (double)a->offered_bytes, up);
    write_ratio(w, "offered_load", 8.0 * (double)a->offered_bytes, up * capacity);
    write_agent_queue(w, a);
    write_ratio(w, "mn_mean", (double)a->mn_sum, (double)a->up_seconds);
    write_if(w, "mn_max", a->up_seconds, a->mn_max);
    write_value(w, "tunnelled_packets", (double)(a->tunnelled_packets - a->at_warm_up_packets));
    write_value(w, "tunnelled_bytes", (double)(a->tunnelled_bytes - a->at_warm_up_bytes));
    write_value(w, "dropped_packets", (double)s->agent_accounts[i]->detail->lost_measured);
    write_value(w, "refused_registrations", (double)a->refused);
    write_value(w, "overloaded_seconds", (double)a->overloaded_seconds);
    write_delay(w, a->delay);
}

static void write_histogram(const model_measure *m, int64_t node_id, const char *name,
                            const model_histogram *h)
{
    sim_sink *sink = m->setup.sink;
    for (uint32_t bin = 0; h->count > 0 && bin < MODEL_HISTOGRAM_BINS; bin++) {
        if (h->bins[bin] == 0)
            continue;
        sim_row_histogram row = {
            .node_id = node_id, .name = name, .count = (int64_t)h->bins[bin],
            .bin_low = seconds(model_histogram_low(bin)),
            .bin_high = seconds(model_histogram_low(bin + 1))};
        sink->cls->histogram(sink, &row);
    }
}

static void write_histograms(const model_measure *m)
{
    write_histogram(m, SIM_NO_NODE, "delay", m->delay);
    for (uint32_t i = 0; i < m->setup.n_agents; i++)
        write_histogram(m, m->setup.agent_ids[i], "delay", m->agents[i].delay);
}

static void write_nodes(const model_measure *m)
{
    for (uint32_t i = 0; i < m->setup.n_nodes; i++) {
        writer w = {m, m->setup.node_ids[i]};
        write_row(&w, "moves", "1", true, m->nodes[i].moves);
    }
}

/* What still runs at the end: queues, and bindings held twice. */
static void close_all(model_measure *m)
{
    for (uint32_t i = 0; i < m->setup.n_agents; i++)
        model_measure_queue(m, i, m->agents[i].packets, m->agents[i].bytes);
    model_measure_close_bindings(m);
    /* A run that ended before its warm-up has measured nothing. */
    for (uint32_t i = 0; !m->warm && i < m->setup.n_agents; i++) {
        agent_track *a = &m->agents[i];
        a->peak_packets = a->before_packets = 0;
        a->peak_bytes = a->before_bytes = 0;
        a->at_warm_up_packets = a->tunnelled_packets;
        a->at_warm_up_bytes = a->tunnelled_bytes;
    }
}

void model_measure_finish(model_measure *m, const model_measure_totals *totals)
{
    close_all(m);
    if (m->failures)
        model_failures_rows(m);
    writer w = {m, SIM_NO_NODE};
    write_run(&w, totals);
    for (uint32_t i = 0; i < m->setup.n_agents; i++) {
        w.node_id = m->setup.agent_ids[i];
        write_agent(&w, i);
    }
    if (m->setup.histograms)
        write_histograms(m);
    if (m->setup.per_node)
        write_nodes(m);
}
