/* Losses that a scenario names: [loss NAME], "the second acknowledgement from ha1 to mn0".
 *
 * A rule looks at packets where a link takes them, and counts each packet once, at the first link
 * where the rule fits it. Nothing is drawn, and a world without such groups has none of this.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef MODEL_LOSSES_H
#define MODEL_LOSSES_H

#include "models/net.h"
#include "models/world.h"

typedef struct model_losses model_losses;

/* The rules of the world's settings; NULL where there are none, and with *error set where one
 * names no node or no numbers. After sim_engine_seal. */
model_losses *model_losses_new(model_world *world, GError **error);
void model_losses_free(model_losses *losses);

/* Is this packet, which a link takes now, to be lost? from, to: the ends of that link, or of a
 * frame on the home link. Also the owners of the packet's addresses count as its ends. */
bool model_losses_take(model_losses *losses, const sim_packet *packet, sim_id from, sim_id to);

#endif
