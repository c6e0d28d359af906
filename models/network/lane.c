/* A ring of arrivals.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/network/lane.h"

#include <glib.h>

void model_lane_clear(model_lane *lane, sim_packet_pool *packets)
{
    for (uint32_t i = 0; i < lane->used; i++)
        sim_packet_unref(packets, model_lane_at(lane, i)->packet);
    g_free(lane->ring);
    *lane = (model_lane){0};
}

static void grow(model_lane *lane)
{
    uint32_t size = lane->size ? 2 * lane->size : 8;
    model_arrival *ring = g_new(model_arrival, size);
    for (uint32_t i = 0; i < lane->used; i++)
        ring[i] = *model_lane_at(lane, i);
    g_free(lane->ring);
    lane->ring = ring;
    lane->first = 0;
    lane->size = size;
}

static bool is_before(const model_arrival *a, const model_arrival *b)
{
    return a->at_ns < b->at_ns || (a->at_ns == b->at_ns && a->port < b->port);
}

void model_lane_put(model_lane *lane, const model_arrival *new)
{
    if (lane->used == lane->size)
        grow(lane);
    uint32_t i = lane->used++;
    for (; i > 0 && is_before(new, model_lane_at(lane, i - 1)); i--)
        *model_lane_at(lane, i) = *model_lane_at(lane, i - 1);
    *model_lane_at(lane, i) = *new;
}

bool model_lane_take(model_lane *lane, const sim_engine *engine, sim_id dst, sim_id src,
                     model_arrival *out)
{
    if (lane->used == 0)
        return false;
    *out = *model_lane_at(lane, 0);
    if (!sim_engine_is_past(engine, out->at_ns, dst, src, out->port))
        return false;
    lane->first = (lane->first + 1) & (lane->size - 1);
    lane->used--;
    return true;
}
