/* What the files of the sources give to the table in traffic.c.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef MODEL_TRAFFIC_SOURCES_H
#define MODEL_TRAFFIC_SOURCES_H

#include "models/traffic/traffic.h"

typedef struct model_traffic_cbr {
    int64_t phase;              /* 0 random, 1 zero */
} model_traffic_cbr;

extern const sim_key model_traffic_cbr_keys[1];
extern const model_traffic_class model_traffic_cbr_class;

extern const model_traffic_class model_traffic_poisson_class;

typedef struct model_traffic_pareto {
    int64_t burst_ns, idle_ns;  /* means */
    double shape;
} model_traffic_pareto;

extern const sim_key model_traffic_pareto_keys[3];
extern const model_traffic_class model_traffic_pareto_class;

/* Mean time between packets of a rate, to the nearest ns, at least 1; SIM_NEVER at rate 0. */
int64_t model_packet_interval_ns(int64_t rate_bps, uint32_t packet_bytes);

#endif
