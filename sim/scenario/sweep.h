/* The [sweep] group of a scenario: which values to run it with.
 *
 *     [sweep]
 *     home-agents.count = 3, 10, 30
 *     traffic.load = 50 % .. 110 % step 10 %
 *     home-agent ha0.capacity = 1 Mbit/s, 2 Mbit/s
 *     policy.name = static-dhaad, hybrid:tuned
 *     constraint = home-agents.count * traffic.load <= 900 %
 *
 * Each key is an axis: values and ranges, separated by commas, or by semicolons where a value
 * holds commas. All combinations are points, the last axis varying fastest; policies are not
 * part of a point. A key without a value takes away an axis that an included file has.
 * `constraint`, `constraint-2`, ... leave out what does not fulfil them: products of keys and
 * values, compared; a key that a policy or model does not have constrains nothing.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SIM_SWEEP_H
#define SIM_SWEEP_H

#include "sim/scenario/scenario.h"

/* One key and its values. */
typedef struct sim_axis {
    const char *key;            /* "home-agents.count" */
    const char *place;          /* "FILE:LINE", for errors */
    const char *folder;         /* of that file */
    GPtrArray *texts;           /* "home-agents.count=3", as overrides */
} sim_axis;

typedef struct sim_sweep {
    GPtrArray *axes;            /* sim_axis, without the policies */
    GPtrArray *policies;        /* char *; NULL: not swept */
    GPtrArray *constraints;     /* sim_constraint (sweep_constraint.c) */
    GPtrArray *arena;
    const sim_group *const *groups;
    size_t n_groups, n_points;
    sim_load *load;             /* of the request */
} sim_sweep;

enum { SIM_SWEEP_MAX_POINTS = 20000 };

/* Read it from a file and its overrides. NULL with errors appended: there is none, or it is
 * wrong; values are checked where points are read. Free with sim_sweep_free. */
sim_sweep *sim_sweep_read(const sim_request *request, GPtrArray *errors);
void sim_sweep_free(sim_sweep *sweep);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(sim_sweep, sim_sweep_free)

/* The overrides of point i, one per axis, at out[]. Strings are the sweep's. */
void sim_sweep_point(const sim_sweep *sweep, size_t i, sim_override *out);

/* Does a configuration fulfil all constraints? False with errors appended where that cannot be
 * said: units that do not compare. */
bool sim_sweep_holds(const sim_sweep *sweep, const sim_config *config, GPtrArray *errors);

#endif
