/* Natural order of names, and a store for a million of them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "sim/engine/names.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sim/engine/engine.h"

enum { APART = 16 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const char *skip_zeros(const char *s)
{
    while (*s == '0')
        s++;
    return s;
}

/* Two runs of digits as numbers of any length; leaves both pointers behind them. */
static int compare_numbers(const char **a, const char **b)
{
    *a = skip_zeros(*a);
    *b = skip_zeros(*b);
    int first = 0;
    for (; is_digit(**a) && is_digit(**b); ++*a, ++*b) {
        if (!first)
            first = (unsigned char)**a - (unsigned char)**b;
    }
    if (is_digit(**a) || is_digit(**b))
        return is_digit(**a) ? 1 : -1;
    return first;
}

int sim_name_compare(const char *a, const char *b)
{
    const char *p = a, *q = b;
    while (*p && *q) {
        if (is_digit(*p) && is_digit(*q)) {
            int order = compare_numbers(&p, &q);
            if (order)
                return order;
        } else if (*p != *q) {
            break;
        } else {
            p++;
            q++;
        }
    }
    if (*p != *q)
        return (unsigned char)*p - (unsigned char)*q;
    return strcmp(a, b);    /* 07 and 7: equal numbers, two names */
}

void sim_names_init(sim_names *names)
{
    names->text = g_string_new(NULL);
    names->at = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    names->last = g_array_new(FALSE, FALSE, sizeof(bool));
    names->asked = NULL;
}

void sim_names_clear(sim_names *names)
{
    g_string_free(names->text, TRUE);
    g_array_free(names->at, TRUE);
    if (names->last)
        g_array_free(names->last, TRUE);
    if (names->asked)
        g_string_free(names->asked, TRUE);
}

void sim_names_add(sim_names *names, const char *name, bool last)
{
    assert(names->last && *name);
    assert(names->text->len < UINT32_MAX);
    uint32_t at = (uint32_t)names->text->len;
    g_array_append_val(names->at, at);
    g_array_append_val(names->last, last);
    g_string_append_len(names->text, name, (gssize)strlen(name) + 1);
}

static const char *name_at(const sim_names *names, uint32_t i)
{
    return names->text->str + g_array_index(names->at, uint32_t, i);
}

static int compare_indices(const void *a, const void *b, void *user)
{
    return sim_name_compare(name_at(user, *(const uint32_t *)a),
                            name_at(user, *(const uint32_t *)b));
}

/* Those that are last go behind the others; both keep their order. */
static void move_last_ones(const sim_names *names, uint32_t *order, uint32_t n)
{
    GArray *last = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    uint32_t kept = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (g_array_index(names->last, bool, order[i]))
            g_array_append_val(last, order[i]);
        else
            order[kept++] = order[i];
    }
    for (uint32_t i = 0; i < last->len; i++)
        order[kept + i] = g_array_index(last, uint32_t, i);
    g_array_free(last, TRUE);
}

static uint8_t common(const char *a, const char *b)
{
    uint8_t n = 0;
    while (n < UINT8_MAX && a[n] && a[n] == b[n])
        n++;
    return n;
}

/* Names that are asked for seldom and of which there are a million take as little as they can. */
static void put_in_order(sim_names *names, const uint32_t *order, uint32_t n)
{
    GString *text = g_string_new(NULL);
    const char *before = "";
    GArray *at = g_array_sized_new(FALSE, FALSE, sizeof(uint32_t), n / APART + 1);
    for (uint32_t i = 0; i < n; i++) {
        const char *name = name_at(names, order[i]);
        uint32_t begin = (uint32_t)text->len;
        if (i % APART == 0) {
            g_array_append_val(at, begin);
            before = "";
        }
        uint8_t same = common(before, name);
        g_string_append_c(text, (char)same);
        g_string_append_len(text, name + same, (gssize)strlen(name + same) + 1);
        before = name;
    }
    sim_names_clear(names);
    *names = (sim_names){.text = text, .at = at, .asked = g_string_new(NULL)};
}

uint32_t *sim_names_rank(sim_names *names)
{
    assert(names->last);
    uint32_t n = names->at->len;
    uint32_t *order = g_new(uint32_t, n);
    for (uint32_t i = 0; i < n; i++)
        order[i] = i;
    if (n)
        qsort_r(order, n, sizeof *order, compare_indices, names);
    for (uint32_t i = 1; i < n; i++)
        assert(compare_indices(&order[i - 1], &order[i], names) < 0);
    move_last_ones(names, order, n);
    put_in_order(names, order, n);
    return order;
}

const char *sim_names_get(const sim_names *names, uint32_t i)
{
    assert(!names->last);
    const char *at = name_at(names, i / APART);
    GString *name = names->asked;
    g_string_truncate(name, 0);
    for (uint32_t left = i % APART + 1; left > 0; left--) {
        g_string_truncate(name, (uint8_t)*at);
        g_string_append(name, at + 1);
        at += strlen(at + 1) + 2;
    }
    return name->str;
}
