/* ns-2 traces that are cut off, and nodes that have no number.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "tests/unit/trace_support.h"

static const trace_options plain = { .format = 2 };

/* The whole kind: also in lines that mean nothing to us. */
Test(models_trace_ns2, cut_anywhere_in_its_last_line)
{
    static const char begin[] = "$node_(0) set X_ 5\n$node_(0) set Y_ 5\n";
    static const char *const lines[] = {
        "$ns_ at 1.0 \"$node_(0) setdest 15 5 2\"", "$ns_ at 1.0 \"$god_ set-dist 0 1 2\"" };

    for (size_t k = 0; k < G_N_ELEMENTS(lines); k++) {
        for (size_t n = 1; n < strlen(lines[k]); n++) {
            g_autofree char *text = g_strdup_printf("%s%.*s", begin, (int)n, lines[k]);

            trace_expect_error_text(text, plain, ":3: ");
        }
        g_autofree char *whole = g_strconcat(begin, lines[k], NULL);
        GError *error = NULL;
        trace_run *run = trace_open_text(whole, strlen(whole), false, plain, &error);

        cr_assert(run != NULL, "%s", error->message);
        trace_free(run);
    }
}

Test(models_trace_ns2, no_node_is_lost_by_its_number)
{
    static const char *const bad[] = {
        "$node_(-1) set X_ 1", "$node_(a) set X_ 1", "$node_(99999999999) set X_ 1",
        "$ns_ at 1.0 \"$node_($i) setdest 1 1 1\"", "$ns_ at 1.0 \"$node_() set X_ 1\"" };

    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autofree char *text =
            g_strdup_printf("$node_(0) set X_ 5\n$node_(0) set Y_ 5\n%s\n", bad[i]);

        trace_expect_error_text(text, plain, ":3: expected $node_(N)");
    }
}
