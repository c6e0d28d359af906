/* The regression set: which scenarios are run under which policies, how long, how often.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SIM_CLI_REGRESS_SET_H
#define SIM_CLI_REGRESS_SET_H

#include "sim/cli/batch.h"

/* A scenario of the set. What its [regress] group does not say is by default: policies
 * static-dhaad, hybrid:safe and hybrid:tuned, 20 replications, and in the short form a minute at
 * most, its warm-up shortened in proportion. */
typedef struct sim_regress_item {
    char *file, *name;          /* name: a safe one, by which its baseline is found */
    char *skipped;              /* why it is not run here; NULL: it is */
    GPtrArray *plans;           /* sim_plan, by policy */
    int64_t replications;
} sim_regress_item;

/* Add a scenario, in its short form or as it is written (`full`). at_most: replications; 0: all.
 * False with errors appended. */
bool sim_regress_set_add(GPtrArray *set, const char *file, bool full, int64_t at_most,
                         GPtrArray *errors);
/* An empty set; elements are sim_regress_item, freed with it. */
GPtrArray *sim_regress_set_new(void);

/* Scenarios named on the command line, as files or as names in the folder `scenarios`; without
 * any (NULL), all that are there. Paths are in order of names. NULL, told: there is none such. */
GPtrArray *sim_regress_files(char **given);

#endif
