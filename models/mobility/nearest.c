/* See nearest.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/mobility/nearest.h"

#include <glib.h>
#include <string.h>

unsigned model_name_distance(const char *a, const char *b)
{
    size_t n = strlen(b);
    g_autofree unsigned *row = g_new(unsigned, n + 1);
    for (size_t j = 0; j <= n; j++)
        row[j] = (unsigned)j;
    for (unsigned i = 1; *a; a++, i++) {
        unsigned diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            unsigned change = diagonal + (*a != b[j - 1]);
            diagonal = row[j];
            row[j] = MIN(change, MIN(row[j - 1], row[j]) + 1);
        }
    }
    return row[n];
}
