/* How long outages last, where some had not ended yet: Kaplan and Meier's estimate.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/measure/measure_failures.h"

static gint by_length(gconstpointer a, gconstpointer b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

/* How many of a sorted list are `at`, from its i-th on. */
static guint equal_from(const GArray *list, guint i, int64_t at)
{
    guint n = 0;
    while (i + n < list->len && g_array_index(list, int64_t, i + n) == at)
        n++;
    return n;
}

static void come_down(double survival, double share, int64_t at, double *out)
{
    if (*out < 0 && survival <= share + 1e-9)
        *out = (double)at / 1e9;
}

bool model_survival_of(GArray *lengths, GArray *unfinished, model_survival *out)
{
    *out = (model_survival){0, -1, -1};
    g_array_sort(lengths, by_length);
    g_array_sort(unfinished, by_length);
    double survival = 1;
    int64_t last = 0;
    guint i = 0, k = 0, n = lengths->len + unfinished->len;
    while (i + k < n) {     /* at the same length those that end come first */
        bool ends = i < lengths->len &&
                    (k == unfinished->len || g_array_index(lengths, int64_t, i) <=
                                             g_array_index(unfinished, int64_t, k));
        int64_t at = ends ? g_array_index(lengths, int64_t, i)
                          : g_array_index(unfinished, int64_t, k);
        guint many = ends ? equal_from(lengths, i, at) : 1;
        out->mean_s += survival * (double)(at - last) / 1e9;
        if (ends)
            survival *= 1 - (double)many / (double)(n - i - k);
        come_down(survival, 0.5, at, &out->median_s);
        come_down(survival, 0.01, at, &out->p99_s);
        last = at;
        i += ends ? many : 0;
        k += !ends;
    }
    return n > 0;
}
