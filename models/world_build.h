/* Building a world from settings, and taking it apart.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef MODEL_WORLD_BUILD_H
#define MODEL_WORLD_BUILD_H

#include "models/world.h"

/* All parts, linked to each other, first events posted. only_check: as far as anything may be
 * refused; nothing is started then. False with *error; what is there then is taken apart by
 * model_world_dismantle. */
bool model_world_build(model_world *world, bool only_check, GError **error);
void model_world_dismantle(model_world *world);

#endif
