/* Movement: legs of a path to cells, cells to attachments.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef MODEL_MOVEMENT_H
#define MODEL_MOVEMENT_H

#include "models/config/config.h"
#include "models/hosts/mn_host.h"
#include "models/mobility/cells.h"

typedef struct model_movement model_movement;

/* Open the model of [mobility]. n_nodes: 0 where the model may decide. NULL with *error. */
model_movement *model_movement_new(const model_settings *settings, uint64_t seed,
                                   uint32_t replication, GError **error);
void model_movement_free(model_movement *movement);
uint32_t model_movement_n_nodes(const model_movement *movement);
/* Name of a node: the model's own (borrowed), or mnI in buf. */
const char *model_movement_name(const model_movement *movement, uint32_t node, char buf[16]);
void model_movement_notes(const model_movement *movement,
                          void (*line)(void *user, const char *text), void *user);

/* The node's first leg, and its start at start_ns. */
void model_movement_begin(model_movement *movement, model_mn_host *host, int64_t start_ns);
/* The node's move timer has come. */
void model_movement_moved(model_movement *movement, model_mn_host *host, const sim_event *event);
/* The node's attach timer has come: it starts, or has a link again. */
void model_movement_linked(model_movement *movement, model_mn_host *host,
                           const sim_event *event);

/* Time that all nodes have existed, after their start and the warm-up. */
double model_movement_node_seconds(const model_world *world, int64_t now_ns);
/* Changes from cell to cell of nodes that exist, after the warm-up. */
uint64_t model_movement_handovers(const model_movement *movement);

enum { MODEL_MN_PORT_EXPIRY = 2, MODEL_MN_PORT_MOVE = 3, MODEL_MN_PORT_ATTACH = 4,
       MODEL_MN_PORT_IKE = 5 };

#endif
