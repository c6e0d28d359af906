/* How often to try what is tried often. Whether something holds as often as it should, and for each
 * of a thousand seeds, the plain build says; a wrong access or an overflow, which is what the
 * sanitizers are for, shows in a fifth of the tries. With THOROUGH set (make check-long) they see
 * all.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef TESTS_UNIT_EFFORT_H
#define TESTS_UNIT_EFFORT_H

#include <math.h>
#include <stdlib.h>

static inline unsigned effort(unsigned tries)
{
#ifdef __SANITIZE_ADDRESS__
    if (!getenv("THOROUGH"))
        return (tries + 4) / 5;
#endif
    return tries;
}

/* Three standard errors of how many of so many tries succeed, where each does with this chance. */
static inline double three_errors(double chance, unsigned tries)
{
    return 3 * sqrt(tries * chance * (1 - chance));
}

#endif
