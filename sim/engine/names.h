/* The canonical names of entities, kept in one piece of memory, and their natural order.
 * Internal to the engine.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SIM_NAMES_H
#define SIM_NAMES_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct sim_names {
    /* All names, each with its NUL. Once ranked, in order, and of each only what differs from the
     * one before, behind a byte that says how much does not: of a million a few bytes each. */
    GString *text;
    GArray *at;             /* uint32_t: where each begins; once ranked, each 16th, a whole one */
    GArray *last;           /* bool: behind all others; NULL once ranked */
    GString *asked;         /* once ranked: the name that was asked for last */
} sim_names;

void sim_names_init(sim_names *names);
void sim_names_clear(sim_names *names);
/* Copied. `last`: ranks behind all names that are not. */
void sim_names_add(sim_names *names, const char *name, bool last);
/* Puts the names in order and returns, for each rank, which one it was that has it (in the order
 * of sim_names_add). The caller frees it with g_free. Two equal names are a bug. */
uint32_t *sim_names_rank(sim_names *names);
/* The name of rank i; once ranked. Borrowed until the next call. */
const char *sim_names_get(const sim_names *names, uint32_t i);

#endif
