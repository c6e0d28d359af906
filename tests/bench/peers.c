/* Judge what tests/bench/peers.sh measured. Usage: peers FILE. Exits 0, 1: the two did not simulate
 * the same, 2: no such measurements.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <stdio.h>

#include "tests/bench/peers_judge.h"

int main(int argc, char **argv)
{
    g_autofree char *text = NULL;
    g_autoptr(GString) out = g_string_new(NULL);
    GError *error = NULL;
    if (argc != 2 || !g_file_get_contents(argv[1], &text, NULL, &error)) {
        fprintf(stderr, "peers: %s\n", error ? error->message : "usage: peers FILE");
        g_clear_error(&error);
        return PEERS_BAD_INPUT;
    }
    peers_verdict verdict = peers_judge(text, out);
    fputs(out->str, stdout);
    return (int)verdict;
}
