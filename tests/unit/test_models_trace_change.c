/* Traces: a file that changes while the run reads it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <unistd.h>

#include "trace_support.h"

#define S SIM_SECOND_NS

static const trace_options plain = { .format = 0 };

static char *long_fcd(unsigned steps, unsigned vehicles)
{
    GString *text = g_string_new("<fcd-export>\n");

    for (unsigned s = 0; s < steps; s++) {
        g_string_append_printf(text, "<timestep time=\"%u.00\">\n", s);
        for (unsigned v = 0; v < vehicles; v++)
            g_string_append_printf(text, "<vehicle id=\"v%u\" x=\"%u.25\" y=\"%u.50\"/>\n", v,
                                   s + v, s * v % 100);
        g_string_append(text, "</timestep>\n");
    }
    g_string_append(text, "</fcd-export>\n");
    return g_string_free(text, FALSE);
}

static void check_change(bool gzip, void (*change)(const char *path, char *text, bool gzip))
{
    g_autofree char *text = long_fcd(600, 50);
    g_autofree char *path = trace_write(text, strlen(text), gzip);
    GError *error = NULL;
    trace_run *run = trace_open_path(path, plain, &error);

    cr_assert(run != NULL);
    change(path, text, gzip);
    trace_drive(run, 1000 * S);
    g_unlink(path);
    cr_assert(!run->cls->healthy(run->m, &error));
    cr_expect(error->code == SIM_ERROR_CANNOT && strstr(error->message, path) != NULL, "%s",
              error->message);
    g_clear_error(&error);
    trace_free(run);
}

/* In place: the open file is the one that changes. */
static void overwrite(const char *path, const char *bytes, size_t len)
{
    FILE *file = fopen(path, "w");

    cr_assert(file != NULL && fwrite(bytes, 1, len, file) == len);
    fclose(file);
}

static void change_digit(const char *path, char *text, bool gzip)
{
    strstr(text, "599.25")[0] = '4';
    if (gzip) {
        g_autofree char *other = trace_write(text, strlen(text), true), *bytes = NULL;
        gsize n;

        cr_assert(g_file_get_contents(other, &bytes, &n, NULL));
        g_unlink(other);
        overwrite(path, bytes, n);
        return;
    }
    overwrite(path, text, strlen(text));
}

static void change_length(const char *path, char *text, bool gzip)
{
    (void)text, (void)gzip;
    cr_assert(truncate(path, 100) == 0);
}

Test(models_trace_change, a_file_that_changes_fails_the_run)
{
    check_change(false, change_digit);
    check_change(true, change_digit);
    check_change(false, change_length);
    check_change(true, change_length);
}

Test(models_trace_change, a_file_that_is_replaced_does_not)
{
    g_autofree char *text = long_fcd(600, 50);
    g_autofree char *path = trace_write(text, strlen(text), false);
    trace_run *run = trace_open_path(path, plain, NULL);

    cr_assert(run != NULL);
    g_unlink(path);
    trace_drive(run, 1000 * S);
    cr_expect(run->cls->healthy(run->m, NULL));

    int64_t x, y;

    cr_assert(trace_where(run, trace_node(run, "v3"), 599 * S, &x, &y));
    cr_expect(x == 602250 && y == (599 * 3 % 100) * 1000 + 500);
    trace_free(run);
}
