/* How far one name of a node is from another, for hints at what may have been meant. The reader of
 * scenario files has its own for keys, in which case is nothing.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef MODEL_NEAREST_H
#define MODEL_NEAREST_H

/* Edits from one to the other: insertions, deletions, changes. 0: they are the same. */
unsigned model_name_distance(const char *a, const char *b);

#endif
