/* A correspondent: the library's, on a link to the core.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef MODEL_CN_HOST_H
#define MODEL_CN_HOST_H

#include "mip6.h"
#include "models/network/core.h"

typedef struct model_cn_host {
    model_world *world;
    uint32_t index;
    sim_id id;
    model_account account;
    model_detail detail;
    mip6_cn_config config;
    mip6_cn *cn;
    model_pipe up;
    model_link down;            /* from the core */
    sim_timer timer;
    int64_t armed_ns;
    uint64_t n_signals;
    uint64_t drops[MIP6_N_DROPS];   /* the library's, as last seen */
} model_cn_host;

/* All of them: world->correspondents. */
void model_cn_hosts_new(model_world *world);
void model_cn_hosts_register(model_world *world);
/* After sim_engine_seal; writes the node rows. */
void model_cn_hosts_start(model_world *world);
void model_cn_hosts_free(model_world *world);

/* A packet of an application, its source the correspondent; one reference, not booked. */
void model_cn_host_output(model_cn_host *host, sim_packet *packet, int64_t now_ns);
/* From the core; the packet is in flight. */
void model_cn_host_send_down(model_world *world, uint32_t index, sim_packet *packet);

#endif
