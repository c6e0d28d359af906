/* Between the files that read [sweep]. SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SIM_SWEEP_PRIVATE_H
#define SIM_SWEEP_PRIVATE_H

#include "sim/scenario/sweep.h"

/* A swept or compared key: "home-agent ha0.capacity". */
typedef struct sim_key_path {
    const sim_group *group;     /* NULL: no such group */
    const sim_key *key;         /* NULL: no such key */
    char *header, *name;        /* "home-agent ha0", "capacity" */
} sim_key_path;

/* Find what a text names. False: it is not of that form. Clear in any case. */
bool sim_key_path_find(sim_key_path *path, const sim_sweep *sweep, const char *text);
void sim_key_path_clear(sim_key_path *path);

/* Is a kind a number, with which one can reckon? */
bool sim_kind_is_number(sim_key_kind kind);

/* Read constraints, separated by commas, and append them. */
void sim_constraints_read(sim_sweep *sweep, const char *text, const char *place,
                          GPtrArray *errors);
void sim_constraint_free(gpointer constraint);

#endif
