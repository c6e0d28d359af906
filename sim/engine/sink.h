/* Where a run's results go. Models write rows; sim/record keeps them; models know no
 * database. One struct per table of the results, one call per row.
 *
 * Every call may fail for good (disk full): the sink then remembers the first error,
 * drops later rows, and `failed` says so; the world stops the run.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SIM_SINK_H
#define SIM_SINK_H

#include <stdbool.h>
#include <stdint.h>

#define SIM_NO_NODE (-1)    /* NULL in a node column */

typedef struct sim_row_node {
    int64_t node_id;
    const char *kind, *name, *address;      /* borrowed for the call, as all strings */
} sim_row_node;

typedef struct sim_row_ha_sample {
    int64_t t_ns, node_id;
    int64_t queue_packets, queue_bytes, queue_wire, mn_count;
    int64_t tunnelled_packets, tunnelled_bytes, dropped_packets;    /* run on */
} sim_row_ha_sample;

typedef struct sim_row_decision {
    int64_t t_ns, ha_id, mn_id;
    const char *branch;
    int64_t own_queue, own_count, target_id, target_queue, target_count;
    int64_t information_age_ns;             /* -1: NULL */
    const char *outcome;                    /* sent, repeated, answered ... */
} sim_row_decision;

typedef struct sim_row_loss {
    int64_t node_id;                        /* SIM_NO_NODE: all mobile nodes */
    const char *cause;
    int64_t packets, bytes;
} sim_row_loss;

/* The part of it that was packets of applications: all but signalling. */
typedef sim_row_loss sim_row_application_loss;

typedef struct sim_row_signalling {
    int64_t node_id;
    const char *message;
    int64_t packets, bytes;
} sim_row_signalling;

typedef struct sim_row_fingerprint {
    int64_t second, node_id;
    const char *channel;
    const char *hash;                       /* 32 hexadecimal digits */
} sim_row_fingerprint;

typedef struct sim_row_metric {
    int64_t node_id;                        /* SIM_NO_NODE: the whole run */
    const char *name;
    bool has_value;                         /* false: NULL (nothing to measure) */
    double value;
    const char *unit;
} sim_row_metric;

typedef struct sim_row_histogram {
    int64_t node_id;
    const char *name;
    double bin_low, bin_high;
    int64_t count;
} sim_row_histogram;

typedef struct sim_row_event {
    int64_t t_ns;
    const char *kind;
    int64_t mn_id, from_node_id, to_node_id;    /* SIM_NO_NODE: NULL */
    const char *detail;                         /* NULL: none */
} sim_row_event;

/* Failures are numbered from 1 in the order in which they begin. */
typedef struct sim_row_failure {
    int64_t failure;
    const char *name;                       /* "" where the scenario gives none */
    int64_t node_id;
    const char *kind;                       /* crash, hang, isolate, leave */
    int64_t began_ns, ended_ns;             /* -1: not by the end of the run */
    int64_t nodes_bound, nodes_hit, nodes_unhurt;
    double survivors_jain_load, survivors_peak_to_mean_load;    /* NaN: NULL, as below */
    int64_t share_ns;                       /* -1: NULL */
    double overshoot;
} sim_row_failure;

typedef struct sim_row_outage {
    int64_t failure, mn_id;
    const char *direction;                  /* up, down */
    int64_t began_ns, ended_ns;
    int64_t censored;                       /* 1: it had not ended by ended_ns */
} sim_row_outage;

typedef struct sim_row_storm {
    int64_t failure, node_id;
    int64_t peak_bu_per_s, peak_queue_packets, peak_queue_bytes;
} sim_row_storm;

/* Peak load of an interval, as shares of a capacity: its bound, LPT's, and what it was. */
typedef struct sim_row_bound {
    int64_t t_ns;                               /* the interval's beginning */
    double lower, lpt, load;
} sim_row_bound;

typedef struct sim_sink sim_sink;

typedef struct sim_sink_class {
    void (*node)(sim_sink *sink, const sim_row_node *row);
    void (*ha_sample)(sim_sink *sink, const sim_row_ha_sample *row);
    void (*decision)(sim_sink *sink, const sim_row_decision *row);
    void (*loss)(sim_sink *sink, const sim_row_loss *row);
    void (*signalling)(sim_sink *sink, const sim_row_signalling *row);
    void (*fingerprint)(sim_sink *sink, const sim_row_fingerprint *row);
    void (*metric)(sim_sink *sink, const sim_row_metric *row);
    void (*histogram)(sim_sink *sink, const sim_row_histogram *row);
    void (*event)(sim_sink *sink, const sim_row_event *row);
    void (*application_loss)(sim_sink *sink, const sim_row_application_loss *row);
                                            /* may be NULL, as those below */
    void (*failure)(sim_sink *sink, const sim_row_failure *row);
    void (*outage)(sim_sink *sink, const sim_row_outage *row);
    void (*storm)(sim_sink *sink, const sim_row_storm *row);
    void (*bound)(sim_sink *sink, const sim_row_bound *row);
} sim_sink_class;

struct sim_sink {
    const sim_sink_class *cls;
    bool failed;
};

/* A sink that forgets everything. Static storage. */
sim_sink *sim_sink_null(void);

#endif
