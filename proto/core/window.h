/* Inside the library: at most three in any one second, exactly (RFC 6275 section 11.8,
 * MAX_UPDATE_RATE). Times are kept in units of 2^20 ns, rounded so that the limit errs
 * towards fewer.
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#ifndef MIP6_CORE_WINDOW_H
#define MIP6_CORE_WINDOW_H

#include "mip6_types.h"

#define MIP6_WINDOW_MESSAGES 3u
#define MIP6_WINDOW_TICKS 955u      /* one second is 953.67 of them */

static inline uint32_t mip6_window_tick(int64_t now_ns)
{
    return (uint32_t)(now_ns >> 20);
}

/* May one more go at now_ns? If so, it is noted. sent, n: the window, zeroed at first;
 * sent[0] is the oldest. Ticks wrap after 52 days: then one message may wait. */
static inline bool mip6_window_take(uint32_t sent[MIP6_WINDOW_MESSAGES], uint8_t *n,
                                    int64_t now_ns)
{
    uint32_t tick = mip6_window_tick(now_ns);
    if (*n == MIP6_WINDOW_MESSAGES) {
        if (tick - sent[0] < MIP6_WINDOW_TICKS)
            return false;
        sent[0] = sent[1];
        sent[1] = sent[2];
        sent[2] = tick;
        return true;
    }
    sent[(*n)++] = tick;
    return true;
}

#endif
