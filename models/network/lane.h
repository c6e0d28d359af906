/* Packets under way whose arrival needs no event: who they come to takes them when he next does
 * anything else, or looks at what they change, each as at its own time. By time, and by port where
 * times are the same, as events would be.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef MODEL_LANE_H
#define MODEL_LANE_H

#include "sim/engine/engine.h"
#include "sim/engine/packet.h"

typedef struct model_arrival {
    int64_t at_ns;
    sim_packet *packet;
    void *note;             /* the lane's owner's */
    uint16_t port;
} model_arrival;

typedef struct model_lane {
    model_arrival *ring;
    uint32_t size, first, used;     /* size: a power of two, or 0 */
} model_lane;

/* Zero-initialised is empty. What is in it goes back to the pool. */
void model_lane_clear(model_lane *lane, sim_packet_pool *packets);
/* Takes the reference. Cheap where times come nearly in order. */
void model_lane_put(model_lane *lane, const model_arrival *arrival);
/* The i-th, counted from 0; i < used. */
static inline model_arrival *model_lane_at(const model_lane *lane, uint32_t i)
{
    return &lane->ring[(lane->first + i) & (lane->size - 1)];
}

/* Take out the first one, if there is one and an event of its time, for dst from src, would have
 * happened by now. */
bool model_lane_take(model_lane *lane, const sim_engine *engine, sim_id dst, sim_id src,
                     model_arrival *out);

#endif
