/* What the files of the measurements share.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef MODEL_MEASURE_INTERNAL_H
#define MODEL_MEASURE_INTERNAL_H

#include <assert.h>
#include <glib.h>

#include "models/measure/histogram.h"
#include "models/measure/measure.h"

#define NO_AGENT UINT16_MAX

/* Load is what was offered in the last so many seconds: less is noise. */
#define LOAD_WINDOW_S 10
/* PROTOCOL section 8. */
#define PING_PONG_NS (60 * SIM_SECOND_NS)
#define SETTLED_S 30

typedef unsigned __int128 wide;

/* Mean and maximum of a sum of integers. */
typedef struct tally {
    uint64_t count;
    int64_t max;
    wide sum;
} tally;

static inline void tally_add(tally *t, int64_t value)
{
    t->sum += (wide)(uint64_t)value;
    if (t->count++ == 0 || value > t->max)
        t->max = value;
}

/* One direction of a mobile node's traffic: all that a packet touches. All zero as long as there is
 * none. */
typedef struct track {
    int64_t last_ns;        /* last packet delivered by `via` */
    uint32_t gap_us;        /* between the last by the agent before and the first by `via` */
    uint16_t via;           /* index + 1; 0: none yet */
    bool has_gap;
    bool awaited;           /* moved; nothing has come by the new agent yet */
} track;

typedef struct node_track {
    int64_t moved_at_ns;    /* to `agent` from `previous` */
    uint32_t moves;
    uint32_t emptied_seen;  /* of model_measure.emptied: what it is up to date with */
    uint16_t agent, previous;
    uint16_t switch_to;     /* what the agent asked for last */
    uint16_t holder;        /* the last that got a binding that is not draining; NO_AGENT */
    uint16_t holders;       /* agents with one: those beside `holder` are in `others` */
} node_track;

static_assert(sizeof(track) <= 16 && sizeof(node_track) <= 32,
              "a mobile node is measured in 48 bytes, 64 with traffic both ways");

/* An agent has lost all its bindings. */
typedef struct emptied {
    int64_t at_ns;
    uint32_t agent;
} emptied;

typedef struct agent_track {
    uint64_t tunnelled_packets, tunnelled_bytes;    /* since the start */
    uint64_t at_warm_up_packets, at_warm_up_bytes;
    uint64_t offered_bytes;                         /* after the warm-up, dropped ones too */
    uint64_t second_bytes;                          /* offered in the second at hand */
    uint64_t window_bytes[LOAD_WINDOW_S], window_sum;
    uint32_t packets;                               /* queue now, since `changed_ns` */
    uint64_t bytes;
    int64_t changed_ns;
    uint32_t peak_packets;                          /* since the last failure began */
    uint64_t peak_bytes;
    uint32_t before_packets;                        /* and before, after the warm-up */
    uint64_t before_bytes;
    wide packet_ns;                                 /* integral of the queue */
    bool is_up;                                     /* in the second at hand */
    uint32_t mn_count;
    int64_t up_ns;                                  /* after the warm-up */
    uint64_t up_seconds, mn_sum, overloaded_seconds, refused;
    uint32_t mn_max;
    int64_t mover_second;                           /* the agents that chose it as target */
    GArray *movers;                                 /* in that second: uint32_t */
    model_histogram *delay;
} agent_track;

struct model_measure {
    model_measure_setup setup;
    node_track *nodes;
    track *direction[2];            /* of each node; 1: towards it */
    agent_track *agents;
    GHashTable *by_address;         /* agent's address -> index + 1 */
    GHashTable *others;             /* (node, agent) of second and further bindings */
    GHashTable *double_since;       /* node + 1 -> ns, while it has two or more */
    GArray *emptied;                /* what bindings may be dead, in order of time */
    struct failures *failures;      /* measure_failures.h; NULL: there are none */
    bool limited;                   /* all agents have a capacity */
    bool warm;                      /* the warm-up is over */
    uint16_t light;                 /* LIGHT on the wire */
    model_histogram *delay;
    double jain_mn_sum, jain_load_sum, peak_mn_sum, peak_load_sum;
    uint64_t jain_mn_n, jain_load_n;
    GArray *jain_load;              /* by second since the step: double, -1 for none */
    uint64_t moves, ping_pongs;
    tally outage, age;
    uint64_t refused[256], timeouts, redirections;
    wide double_ns;
    uint32_t most_movers;
    uint64_t mover_seconds;
};

/* Index of an agent by its address, or NO_AGENT. */
uint16_t model_measure_agent_at(const model_measure *m, const mip6_addr *address);
/* Is the warm-up over? Takes the figures of that instant, once. */
bool model_measure_is_warm(model_measure *m);
/* An `event` row, where they are wanted. Indices; UINT32_MAX: NULL. */
void model_measure_event(const model_measure *m, const char *kind, uint32_t node, uint32_t from,
                         uint32_t to, const char *detail);

/* Bytes offered to an agent in the n seconds up to the end of `second`, n <= LOAD_WINDOW_S, over
 * its capacity; plain bytes where a capacity is unlimited. */
double model_measure_load(const model_measure *m, uint32_t agent, int64_t second, int64_t n);
/* Has this agent a binding of the node that does not drain? */
bool model_measure_holds(model_measure *m, uint32_t node, uint32_t agent);

/* measure_moves.c: a packet came by this agent. */
void model_measure_passed(model_measure *m, uint32_t node, uint16_t via, bool to_node);
/* Time that is still running at the end. */
void model_measure_close_bindings(model_measure *m);
/* measure_metrics.c */
double model_measure_jain(const double *x, uint32_t n);
/* Seconds from the step until the index stays, or -1. */
int64_t model_measure_settling(const double *jain, uint32_t n);

#endif
