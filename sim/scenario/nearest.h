/* The nearest known name to one that is not known.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SIM_NEAREST_H
#define SIM_NEAREST_H

#include <glib.h>
#include <stddef.h>

/* Edits between two words: insert, delete, replace, swap neighbours (Damerau-Levenshtein,
 * optimal string alignment). Case is nothing, _ is -. Words over 64 bytes: SIZE_MAX. */
size_t sim_edit_distance(const char *a, const char *b);

/* The nearest of n names, NULL where none is near enough to be meant. Borrowed. */
const char *sim_nearest(const char *word, const char *const *names, size_t n);

/* Collects names, then phrases the hint: ", did you mean `x`?" or "". g_free. */
char *sim_nearest_hint(const char *word, const GPtrArray *names);

#endif
