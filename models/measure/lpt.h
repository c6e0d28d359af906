/* Sharing a set of items among agents of given capacities: a rule that is near the best, and a
 * bound that no assignment beats.
 *
 * The load of an agent is the sum of its items over its capacity; the peak load is the largest.
 * What the best peak load is, is NP-hard to say; it lies between the two:
 *
 *     bound <= best <= LPT, and with equal capacities LPT <= (4/3 - 1/(3m)) best
 *
 *   R. L. Graham: Bounds on multiprocessing timing anomalies. SIAM J. Appl. Math. 17(2), 1969.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef MODEL_LPT_H
#define MODEL_LPT_H

#include <stdint.h>

/* order: the n items by falling size, equal ones as they stand. O(n). */
void model_lpt_order(const uint64_t *sizes, uint32_t n, uint32_t *order);

/* Longest processing time first: each item in this order to the agent whose load it leaves the
 * smallest, among equals the first. capacities: m of them, above 0. to: agent by item; may be
 * NULL. Returns the peak load, in size over capacity. O(n m). */
double model_lpt(const uint64_t *sizes, const uint32_t *order, uint32_t n,
                 const double *capacities, uint32_t m, uint16_t *to);

/* The largest of: all items over all capacities; the k largest items over the k largest
 * capacities, k = 1..m-1. */
double model_load_bound(const uint64_t *sizes, const uint32_t *order, uint32_t n,
                        const double *capacities, uint32_t m);

#endif
