/* What IPsec costs, in figures.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/measure/measure_failures.h"
#include "models/systems/ipsec_internal.h"
#include "models/world.h"

/* ---- outages of signalling ---- */

void model_ipsec_out_begins(model_ipsec *ipsec, uint32_t node)
{
    ipsec_node *n = &ipsec->nodes[node];
    if (n->out_since_ns < 0)
        n->out_since_ns = sim_now(ipsec->world->engine);
}

static void end_outage(model_ipsec *ipsec, uint32_t node, bool unfinished)
{
    model_world *w = ipsec->world;
    ipsec_node *n = &ipsec->nodes[node];
    int64_t length = sim_now(w->engine) - n->out_since_ns;
    if (n->out_since_ns < 0)
        return;
    if (n->out_since_ns >= w->net.warm_up_ns)
        g_array_append_val(unfinished ? ipsec->unfinished : ipsec->outages, length);
    if (w->settings->record->events)
        w->sink->cls->event(w->sink, &(sim_row_event){
            .t_ns = n->out_since_ns, .kind = "signalling-outage",
            .mn_id = w->nodes[node].account.node, .from_node_id = SIM_NO_NODE,
            .to_node_id = SIM_NO_NODE, .detail = unfinished ? "unfinished" : "over"});
    n->out_since_ns = -1;
}

void model_ipsec_out_ends(model_ipsec *ipsec, uint32_t node)
{
    end_outage(ipsec, node, false);
}

/* ---- rows ---- */

typedef struct writer {
    model_world *world;
    int64_t node_id;
} writer;

static void write_if(const writer *w, const char *name, bool has, double value)
{
    model_metric_write(w->world->sink, w->node_id, name, has, value);
}

static void write_value(const writer *w, const char *name, double value)
{
    write_if(w, name, true, value);
}

static double quantile_s(const model_histogram *h, uint32_t ppm)
{
    return (double)model_histogram_quantile(h, ppm) / 1e9;
}

static void write_esp(const writer *w, const ipsec_counts *c)
{
    write_value(w, "esp_packets", (double)c->sealed);
    write_value(w, "esp_overhead_bytes", (double)c->overhead_bytes);
    if (w->world->ipsec->config->payload) {
        write_value(w, "esp_payload_packets", (double)c->payload);
        write_value(w, "esp_payload_overhead_bytes", (double)c->payload_overhead_bytes);
    }
    write_value(w, "esp_replayed", (double)c->replayed);
    write_value(w, "esp_unknown_spi", (double)c->unknown_spi);
    write_value(w, "esp_malformed", (double)(c->malformed + c->unprotected));
    write_value(w, "esp_without_sa", (double)c->no_sa);
}

static void write_ike(const writer *w, const model_ipsec *ipsec)
{
    const ipsec_counts *c = &ipsec->counts;
    const model_histogram *setup = ipsec->setup;
    uint32_t peak = 0;
    for (uint32_t i = 0; i < w->world->n_agents; i++)
        peak = MAX(peak, ipsec->agents[i].peak);
    write_value(w, "ike_handshakes", (double)c->handshakes);
    write_value(w, "ike_given_up", (double)c->given_up);
    write_value(w, "ike_cookies", (double)c->cookies);
    write_value(w, "ike_resent", (double)c->resent);
    write_value(w, "ike_messages", (double)c->ike_messages);
    write_value(w, "ike_bytes", (double)c->ike_bytes);
    write_value(w, "ike_queue_peak", peak);
    write_if(w, "ike_setup_mean", setup->count,
             setup->count ? (double)setup->sum / 1e9 / (double)setup->count : 0);
    write_if(w, "ike_setup_p50", setup->count, quantile_s(setup, 500000));
    write_if(w, "ike_setup_p99", setup->count, quantile_s(setup, 990000));
    write_if(w, "ike_setup_max", setup->count, (double)setup->max / 1e9);
}

static void write_outages(const writer *w, const model_ipsec *ipsec)
{
    model_survival s;
    bool any = model_survival_of(ipsec->outages, ipsec->unfinished, &s);
    write_value(w, "signalling_outages", (double)ipsec->outages->len + ipsec->unfinished->len);
    write_value(w, "signalling_outages_unfinished", ipsec->unfinished->len);
    write_if(w, "signalling_outage_mean", any, any ? s.mean_s : 0);
    write_if(w, "signalling_outage_median", any && s.median_s >= 0, any ? s.median_s : 0);
    write_if(w, "signalling_outage_p99", any && s.p99_s >= 0, any ? s.p99_s : 0);
}

void model_ipsec_finish(model_ipsec *ipsec)
{
    model_world *world = ipsec->world;
    bool ike = ipsec->config->sa_setup == MODEL_SA_IKE;
    for (uint32_t i = 0; i < world->n_nodes; i++)
        end_outage(ipsec, i, true);
    writer w = {world, SIM_NO_NODE};
    write_esp(&w, &ipsec->counts);
    write_outages(&w, ipsec);
    if (!ike)
        return;
    write_ike(&w, ipsec);
    for (uint32_t i = 0; i < world->n_agents; i++) {
        const ipsec_agent *a = &ipsec->agents[i];
        w.node_id = world->agents[i].id;
        write_value(&w, "ike_queue_peak", a->peak);
        write_if(&w, "ike_wait_p50", a->wait->count, quantile_s(a->wait, 500000));
        write_if(&w, "ike_wait_p99", a->wait->count, quantile_s(a->wait, 990000));
    }
}
