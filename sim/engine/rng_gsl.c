/* A stream dressed as a generator of GSL.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <assert.h>
#include <limits.h>

#include "sim/engine/random.h"

_Static_assert(sizeof(unsigned long) == sizeof(uint64_t), "GSL's numbers carry 64 bits");

static void set(void *state, unsigned long seed)
{
    *(sim_stream *)state = sim_stream_init(seed, 0, "gsl", "gsl");
}

static unsigned long get(void *state)
{
    return sim_stream_u64(state);
}

/* GSL's uniform may be 0 but never 1. */
static double get_double(void *state)
{
    return (double)(sim_stream_u64(state) >> 11) * 0x1p-53;
}

static const gsl_rng_type type = {
    .name = "mip6sim-philox4x32",
    .max = ULONG_MAX,
    .min = 0,
    .size = sizeof(sim_stream),
    .set = set,
    .get = get,
    .get_double = get_double,
};

const gsl_rng_type *sim_rng_type(void)
{
    return &type;
}

void sim_rng_set_stream(gsl_rng *rng, const sim_stream *stream)
{
    assert(rng->type == &type);
    *(sim_stream *)rng->state = *stream;
}
