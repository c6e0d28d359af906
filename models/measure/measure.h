/* What a run measures: hosts tell of what happens, this file keeps the figures of
 * PROTOCOL section 8 and writes them as rows. It changes nothing in the world.
 *
 * Figures that compare exclude the warm-up; samples and events do not.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef MODEL_MEASURE_H
#define MODEL_MEASURE_H

#include "mip6.h"
#include "models/net.h"
#include "sim/engine/sink.h"

struct model_failure;

typedef struct model_measure model_measure;

/* What there is to measure. Arrays are the world's and outlive the measure. */
typedef struct model_measure_setup {
    model_net *net;
    sim_sink *sink;
    uint32_t n_agents, n_nodes, n_flows;
    const sim_id *agent_ids;            /* entity of agent i */
    const sim_id *node_ids;             /* entity of mobile node i */
    const int64_t *agent_capacity_bps;
    const mip6_addr *agent_addresses;   /* global */
    model_account *const *agent_accounts;
    int64_t start_ns;                   /* when mobile nodes begin to start */
    int64_t warm_up_ns, end_ns;
    int64_t sample_ns;                  /* interval of ha_sample */
    int64_t step_ns;                    /* of a flash crowd or a join; SIM_NEVER: none */
    int64_t light_ppm;                  /* LIGHT, for overloaded seconds */
    int64_t mn_count_unit;
    bool events, decisions;             /* write `event` and `decision` rows */
    bool histograms;
    bool per_node;                      /* rows for each mobile node */
    /* Where agents fail, of each flow: 2 * node, + 1 towards it; UINT32_MAX: its packets tell of
     * no outage. NULL: none fails. */
    const uint32_t *flow_ends;
} model_measure_setup;

model_measure *model_measure_new(const model_measure_setup *setup);
void model_measure_free(model_measure *m);

/* The world calls these as things happen; `now` is the engine's. */

/* An application packet arrived. node: its mobile node, or UINT32_MAX; via: the agent that
 * tunnelled it, or n_agents (none: at home, route-optimised); to_node: downlink. */
void model_measure_delivered(model_measure *m, const sim_packet *packet, uint32_t node,
                             uint32_t via, bool to_node);
/* An agent put `bytes` (outer header included) of tunnelled traffic of this node into its queue
 * (taken = false: dropped there). */
void model_measure_offered(model_measure *m, uint32_t agent, uint32_t bytes, bool taken);
/* An agent's queue changed. */
void model_measure_queue(model_measure *m, uint32_t agent, uint32_t packets, uint64_t bytes);
/* The library traced: agent < n_agents or node < n_nodes says whose (the other is UINT32_MAX).
 * home_node: the mobile node whose home address the trace names, or UINT32_MAX. holder: whose the
 * agent's bindings are: its own index, or that of the virtual agent that it plays. */
void model_measure_trace(model_measure *m, uint32_t agent, uint32_t holder, uint32_t node,
                         uint32_t home_node, const mip6_trace *trace);
/* An agent joined, failed, recovered ("agent-joined"): an `event` row. detail: may be NULL. */
void model_measure_agent(model_measure *m, uint32_t agent, const char *kind, const char *detail);
/* An agent has lost all its bindings. However many: costs nothing now. */
void model_measure_emptied(model_measure *m, uint32_t agent);

/* Only where agents fail (setup.flow_ends): a failure begins, before anything of it has happened;
 * the agent comes back; a packet of an application is lost at `where` (model_net.failures). */
void model_measure_failed(model_measure *m, const struct model_failure *failure);
void model_measure_returned(model_measure *m, uint32_t agent);
void model_measure_lost(model_measure *m, sim_id where, const sim_packet *packet, unsigned cause);
/* Where they do not it costs nothing: an agent got a binding update; a node is gone for good. */
void model_measure_update(model_measure *m, uint32_t agent);
void model_measure_gone(model_measure *m, uint32_t node);

/* The agent, or virtual agent, that holds a mobile node's binding (not a draining one), of two the
 * later; UINT16_MAX: none. */
uint16_t model_measure_holder(model_measure *m, uint32_t node);

/* A sample of every agent: the figures of its library (NULL: it is down), its queue. Called by
 * the sampler for agent 0..n-1 at each multiple of sample_ns in [0, end). dropped: all its losses
 * so far. */
void model_measure_sample(model_measure *m, uint32_t agent, const mip6_ha_figures *figures,
                          uint32_t queue_packets, uint64_t queue_bytes, uint64_t dropped);
/* End of each simulated second [second, second + 1), for agent 0..n-1 in this order (NULL: it is
 * down, or has not joined): counts, overload, Jain's index over time. */
void model_measure_second(model_measure *m, uint32_t agent, const mip6_ha_figures *figures,
                          int64_t second);

/* Figures of models/measure/bound.h. */
typedef struct model_measure_bound {
    bool there;                         /* else no row is written */
    bool measured;                      /* else the rows are NULL */
    double lower, lpt, load;
    double lpt_limit;                   /* of LPT over the best; 0: capacities differ */
} model_measure_bound;

/* What the world alone can sum, all after the warm-up: application packets made then
 * (model_net.measured), signalling made then (model_net.signalling_bytes). */
typedef struct model_measure_totals {
    uint64_t sent, delivered, lost, in_flight;
    uint64_t signalling_bytes;
    uint64_t registered, unfilled_lists;
    uint64_t handovers;                 /* from cell to cell */
    double node_seconds;                /* time that mobile nodes existed after the warm-up */
    model_measure_bound bound;
} model_measure_totals;

/* The run is over: writes metric and histogram rows. */
void model_measure_finish(model_measure *m, const model_measure_totals *totals);

#endif
