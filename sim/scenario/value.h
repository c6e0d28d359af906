/* Values with units: text <-> the C type at a key's offset.
 *
 * Decimals are read exactly, in integers: `0.1 s` is 100000000 ns, and a number finer than
 * the stored unit is an error, not rounded (but for km/h, /min and /h, which have no finite
 * decimals: to the nearest).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SIM_VALUE_H
#define SIM_VALUE_H

#include <glib.h>

#include "sim/engine/config.h"

/* Read `text` into *out (the type that the key's kind says).
 *   folder   a PATH is relative to it
 *   arena    owns strings and lists; elements are freed with g_free
 * Returns NULL, or what is wrong (g_free), *out unchanged. */
char *sim_value_parse(const sim_key *key, const char *text, const char *folder,
                      GPtrArray *arena, void *out);

/* The value as one would write it in a file, read again as the same. g_free. */
char *sim_value_print(const sim_key *key, const void *value);

/* A default without what says how it is meant: "?1 s" is "1 s"; "" for "=group.key". */
const char *sim_value_default(const sim_key *key);

/* Size of the C type. */
size_t sim_value_size(sim_key_kind kind);

/* "a time, such as `100 ms` (ns, us, ms, s, min, h)": what a key of a kind expects. g_free. */
char *sim_value_expected(const sim_key *key);
/* "1 ms to 1 h", or NULL without bounds. g_free. */
char *sim_value_range(const sim_key *key);

#endif
