/* One agent's part in [system] kind = haha: its end of the control plane, and the system on it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef MODEL_HAHA_HOST_H
#define MODEL_HAHA_HOST_H

#include "models/hosts/ha_host.h"

/* Once for a world: all members. NULL where [system] says otherwise. */
struct model_hahas;
struct model_hahas *model_hahas_new(model_world *world);
void model_hahas_free(struct model_hahas *hahas);
/* Metrics of the run and of each agent. */
void model_hahas_finish(model_world *world);

/* An agent's; after its address was given. Freed with model_haha_free. */
model_haha *model_haha_new(model_ha_host *host);
void model_haha_free(model_haha *haha);

/* The library's agent has started. */
void model_haha_boot(model_haha *haha, int64_t now_ns);
/* It is about to be freed: all of it is lost. */
void model_haha_crash(model_haha *haha);

/* A message between agents has come, to this one's own address. Returns as mip6_ha_receive does;
 * *cause: of what was dropped. */
int model_haha_receive(model_haha *haha, const sim_packet *packet, mip6_drop *cause,
                       int64_t now_ns);
/* The next thing to do, of system and endpoint, when the agent has nothing more; as mip6_ha_poll.
 * What it has the agent do comes out here, too. */
bool model_haha_poll(model_haha *haha, mip6_action *action, uint8_t *buf, size_t cap,
                     int64_t now_ns);
int64_t model_haha_next_expiry(const model_haha *haha);
void model_haha_expire(model_haha *haha, int64_t now_ns);

#endif
