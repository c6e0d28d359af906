/* Another order of simultaneous events: a keyed permutation of (destination, source), so that keys
 * stay unique and the order total. Events of one source for one destination keep the order of
 * their ports, and observers stay behind all others. One order for the whole run.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SIM_TIES_H
#define SIM_TIES_H

#include <stdint.h>

enum { SIM_TIES_ROUNDS = 3 };

typedef struct sim_ties {
    uint64_t n;             /* permuted are the numbers below this; none above */
    uint64_t mask;          /* of as many bits as n - 1 has */
    unsigned shift;
    uint64_t factor[SIM_TIES_ROUNDS], inverse[SIM_TIES_ROUNDS], term[SIM_TIES_ROUNDS];
} sim_ties;

/* n in [1, 2^48]. */
void sim_ties_init(sim_ties *ties, uint64_t n, uint64_t seed);
/* One to one on [0, n); what is not below n stays. And back. */
uint64_t sim_ties_shuffle(const sim_ties *ties, uint64_t x);
uint64_t sim_ties_restore(const sim_ties *ties, uint64_t x);

#endif
