/* Departures from a queue.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/network/departures.h"

#include <assert.h>
#include <glib.h>

void model_departures_clear(model_departures *d)
{
    g_free(d->ring);
    *d = (model_departures){0};
}

static uint32_t place(const model_departures *d, uint32_t i)
{
    return (d->first + i) & (d->size - 1);
}

static void grow(model_departures *d)
{
    uint32_t size = d->size ? 2 * d->size : 4;
    model_departure *ring = g_new(model_departure, size);
    for (uint32_t i = 0; i < d->used; i++)
        ring[i] = d->ring[place(d, i)];
    g_free(d->ring);
    d->ring = ring;
    d->first = 0;
    d->size = size;
}

void model_departures_add(model_departures *d, int64_t at_ns, uint32_t bytes)
{
    assert(d->used == 0 || d->ring[place(d, d->used - 1)].at_ns <= at_ns);
    if (d->used == d->size)
        grow(d);
    d->ring[place(d, d->used)] = (model_departure){at_ns, bytes};
    d->used++;
    d->bytes += bytes;
}

uint32_t model_departures_take(model_departures *d)
{
    assert(d->used > 0);
    uint32_t bytes = d->ring[d->first].bytes;
    d->first = place(d, 1);
    d->used--;
    d->bytes -= bytes;
    return bytes;
}
