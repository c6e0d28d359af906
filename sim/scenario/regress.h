/* The [regress] group of a scenario: how `mip6sim regress` runs it. A scenario without one is run
 * by defaults.
 *
 *     [regress]
 *     policies = static-dhaad, hybrid:tuned
 *     replications = 20
 *     optional = yes
 *     scenario.duration = 2 min
 *     home-agent ha3.join = 40 s
 *
 * A key with a dot is an override of the scenario, for its short form; one without a value takes
 * away what an included file says. No other command reads the group, and it is no part of a run's
 * identity.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SIM_REGRESS_H
#define SIM_REGRESS_H

#include "sim/scenario/scenario.h"

typedef struct sim_regress {
    GPtrArray *policies;        /* char *; NULL: not given */
    int64_t replications;       /* 0: not given */
    bool optional;              /* the scenario may need a file that is not there */
    GArray *overrides;          /* sim_override, for the short form; strings are the arena's */
    GPtrArray *arena;
} sim_regress;

enum { SIM_REGRESS_MOST_REPLICATIONS = 1000 };

/* Read it from a file; empty where the file has no such group. NULL with errors appended; the
 * overrides' values are checked where the scenario is read with them. */
sim_regress *sim_regress_read(const sim_request *request, GPtrArray *errors);
void sim_regress_free(sim_regress *regress);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(sim_regress, sim_regress_free)

/* Does the short form say what `key` ("scenario.duration") is? */
bool sim_regress_overrides(const sim_regress *regress, const char *key);

#endif
