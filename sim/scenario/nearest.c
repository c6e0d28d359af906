/* See nearest.h. SPDX-License-Identifier: GPL-3.0-or-later */

#include "sim/scenario/nearest.h"

#include <stdint.h>
#include <string.h>

enum { MAX_WORD = 64 };

static char fold(char c)
{
    return c == '_' ? '-' : g_ascii_tolower(c);
}

size_t sim_edit_distance(const char *a, const char *b)
{
    size_t la = strlen(a), lb = strlen(b);
    if (la > MAX_WORD || lb > MAX_WORD)
        return SIZE_MAX;
    size_t row[3][MAX_WORD + 1];    /* of i - 2, i - 1 and i, in turn */
    for (size_t j = 0; j <= lb; j++)
        row[0][j] = j;
    for (size_t i = 1; i <= la; i++) {
        size_t *now = row[i % 3], *last = row[(i + 2) % 3], *before = row[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= lb; j++) {
            size_t cost = fold(a[i - 1]) != fold(b[j - 1]);
            size_t best = MIN(MIN(last[j] + 1, now[j - 1] + 1), last[j - 1] + cost);
            if (i > 1 && j > 1 && fold(a[i - 1]) == fold(b[j - 2]) &&
                fold(a[i - 2]) == fold(b[j - 1]))
                best = MIN(best, before[j - 2] + 1);
            now[j] = best;
        }
    }
    return row[la % 3][lb];
}

const char *sim_nearest(const char *word, const char *const *names, size_t n)
{
    const char *best = NULL;
    size_t best_distance = 1 + strlen(word) / 4;
    for (size_t i = 0; i < n; i++) {
        size_t d = sim_edit_distance(word, names[i]);
        if (d >= strlen(names[i]))
            continue;
        if (d < best_distance || (d == best_distance && !best)) {
            best = names[i];
            best_distance = d;
        }
    }
    return best;
}

char *sim_nearest_hint(const char *word, const GPtrArray *names)
{
    const char *near = sim_nearest(word, (const char *const *)names->pdata, names->len);
    return near ? g_strdup_printf("; did you mean `%s`?", near) : g_strdup("");
}
