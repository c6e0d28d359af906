/* See ties.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "sim/engine/ties.h"

#include <assert.h>

#include "sim/engine/fingerprint.h"

/* Of an odd number modulo 2^64, by Newton: each step doubles the bits that are right. */
static uint64_t inverse_of(uint64_t odd)
{
    uint64_t x = odd;
    for (int i = 0; i < 5; i++)
        x *= 2 - odd * x;
    return x;
}

void sim_ties_init(sim_ties *t, uint64_t n, uint64_t seed)
{
    unsigned bits = 1;
    assert(n >= 1 && n <= UINT64_C(1) << 48);
    while ((n - 1) >> bits)
        bits++;
    *t = (sim_ties){.n = n, .mask = (UINT64_C(1) << bits) - 1, .shift = (bits + 1) / 2};
    for (uint64_t i = 0; i < SIM_TIES_ROUNDS; i++) {
        sim_hash128 h = sim_hash(&(uint8_t){(uint8_t)i}, 1, seed);
        t->factor[i] = h.lo | 1;
        t->inverse[i] = inverse_of(t->factor[i]);
        t->term[i] = h.hi;
    }
}

/* Each step is one to one on numbers of so many bits: times odd plus a term, and a shift by half
 * of them or more, which undoes itself. */
static uint64_t forward(const sim_ties *t, uint64_t x)
{
    for (int i = 0; i < SIM_TIES_ROUNDS; i++) {
        x = (x * t->factor[i] + t->term[i]) & t->mask;
        x ^= x >> t->shift;
    }
    return x;
}

static uint64_t backward(const sim_ties *t, uint64_t x)
{
    for (int i = SIM_TIES_ROUNDS; i-- > 0;) {
        x ^= x >> t->shift;
        x = ((x - t->term[i]) * t->inverse[i]) & t->mask;
    }
    return x;
}

/* Again until it is below n, where the cycle leads sooner or later: it came from there. */
uint64_t sim_ties_shuffle(const sim_ties *t, uint64_t x)
{
    if (x >= t->n)
        return x;
    do {
        x = forward(t, x);
    } while (x >= t->n);
    return x;
}

uint64_t sim_ties_restore(const sim_ties *t, uint64_t x)
{
    if (x >= t->n)
        return x;
    do {
        x = backward(t, x);
    } while (x >= t->n);
    return x;
}
