/* When packets leave a queue whose order of service is that of arrival: known as soon as they
 * are in it, so that nobody has to be woken for it. A ring; the exact occupancy is what is left
 * in it once all departures that are past have been taken out.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef MODEL_DEPARTURES_H
#define MODEL_DEPARTURES_H

#include "sim/engine/engine.h"

typedef struct model_departure {
    int64_t at_ns;
    uint32_t bytes;
} model_departure;

typedef struct model_departures {
    model_departure *ring;
    uint32_t size, first, used;     /* size: a power of two, or 0 */
    uint64_t bytes;                 /* of those in it */
} model_departures;

/* Zero-initialised is empty. */
void model_departures_clear(model_departures *d);
/* Not before the last one. */
void model_departures_add(model_departures *d, int64_t at_ns, uint32_t bytes);
/* Take out the first one; there is one. Returns its bytes. */
uint32_t model_departures_take(model_departures *d);
/* When the first one leaves; SIM_NEVER: there is none. */
static inline int64_t model_departures_first_ns(const model_departures *d)
{
    return d->used > 0 ? d->ring[d->first].at_ns : SIM_NEVER;
}

#endif
