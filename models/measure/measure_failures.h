/* What failures do to traffic and to the agents that are left: the state of these measurements.
 * There is none where the scenario has no failures.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef MODEL_MEASURE_FAILURES_H
#define MODEL_MEASURE_FAILURES_H

#include "models/config/config.h"
#include "models/measure/measure_internal.h"

/* A failure that has begun; its number is its place in the list, from 1. */
typedef struct failed {
    const model_failure *what;
    int64_t began_ns, ended_ns;     /* SIM_NEVER: it lasts */
    uint32_t nodes_bound;           /* watched nodes that were registered with the agent */
    uint32_t nodes_hit;             /* nodes that lost a packet because of it */
    uint32_t bound_hit;             /* those of nodes_bound among them */
    uint64_t seconds;               /* in which it lasted and two agents or more served */
    double jain_sum, peak_sum;      /* of these, over the agents that served */
    int64_t share_ns;               /* from its end until the agent carries its share; -1 */
    double overshoot;               /* largest load after its end, over the mean; 0: none */
    bool window_open;               /* its storm is not written yet */
} failed;

/* A direction of a node's traffic without delivery. */
typedef struct outage {
    int64_t began_ns;
    uint32_t failure;               /* its number; 0: there is none */
} outage;

/* A registration: failures that had begun when it did, and when it ended. */
typedef struct stay {
    uint16_t agent;                 /* or NO_AGENT */
    uint32_t from, to;
} stay;

typedef struct node_failures {
    outage direction[2];
    uint32_t seen;                  /* failures that had begun when it last registered */
    uint16_t agent;                 /* which it registered with last */
    stay now, before;               /* where it is registered, and was */
    uint16_t target;                /* where it was told to go, until it has registered */
    uint16_t left;                  /* the agent that it gave up, since that had failed: */
    uint32_t left_failure;          /*   by this failure */
    bool watched;                   /* has flows that count */
} node_failures;

typedef struct agent_failures {
    uint32_t last;                  /* number of its last failure; 0: none yet */
    bool failing;
    bool returning;                 /* is back, and has not carried its share yet */
    uint32_t bound;                 /* watched nodes registered with it */
    int64_t bu_second;              /* binding updates in the second at hand */
    uint32_t bu_now, bu_peak;
    uint32_t storm_packets;         /* queue, before agent_track's peak was reset */
    uint64_t storm_bytes;
} agent_failures;

struct failures {
    GArray *all;                    /* failed */
    node_failures *nodes;
    agent_failures *agents;
    GHashTable *by_id;              /* entity of an agent -> index + 1 */
    GHashTable *hit;                /* failure << 32 | node: lost a packet because of it */
    GArray *lengths;                /* int64_t ns: outages that ended */
    GArray *unfinished;             /* and that did not */
    uint32_t storm_bu;              /* largest of all storms */
    uint32_t storm_packets;
};

static inline failed *model_failed(const struct failures *f, uint32_t number)
{
    return &g_array_index(f->all, failed, number - 1);
}

/* measure_outages.c */

/* A trace that tells where a node is registered. */
void model_failures_trace(model_measure *m, uint32_t node, const mip6_trace *trace);
/* A packet that counts has arrived. */
void model_failures_recovered(model_measure *m, const sim_packet *packet);
/* The outages that last to the end. */
void model_failures_close_outages(model_measure *m);

/* measure_failures.c */

void model_failures_new(model_measure *m);
void model_failures_free(model_measure *m);
/* The warm-up is over: before the peaks of agents are reset. */
void model_failures_warm(model_measure *m);
/* All agents have told of a second. */
void model_failures_second(model_measure *m, int64_t second);
/* Rows of the tables; then the metrics, by the writer's functions. */
void model_failures_rows(model_measure *m);

/* failure_survival.c: Kaplan and Meier's estimate of how long outages last. */

typedef struct model_survival {
    double mean_s;                  /* up to the longest that was seen */
    double median_s, p99_s;         /* below 0: it does not come down to there */
} model_survival;

/* lengths, unfinished: int64_t ns; both are sorted. False: nothing is in them. */
bool model_survival_of(GArray *lengths, GArray *unfinished, model_survival *out);

#endif
