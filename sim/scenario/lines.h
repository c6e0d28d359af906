/* One scenario file, line by line: what GKeyFile does not tell (lines, repetitions).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SIM_LINES_H
#define SIM_LINES_H

#include <glib.h>

/* A group's header (key NULL), or a key with its value. Strings are the list's. */
typedef struct sim_line {
    const char *group;      /* as in the header, blanks folded: "home-agent ha1" */
    const char *key, *value;
    int line;
} sim_line;

typedef struct sim_lines {
    char *file;
    sim_line *line;
    size_t n;
    const char *include;    /* NULL: none */
    int include_line;
    GStringChunk *strings;
} sim_lines;

/* Read a file. Errors (domain SIM_CONFIG_ERROR) are appended; NULL when it cannot be read at
 * all, else what could be understood. Free with sim_lines_free. */
sim_lines *sim_lines_read(const char *file, GPtrArray *errors);
void sim_lines_free(sim_lines *lines);

/* Append an error: "FILE:LINE: text". line 0: "FILE: text". code: SIM_ERROR_... */
void sim_lines_error(GPtrArray *errors, int code, const char *file, int line,
                     const char *format, ...) G_GNUC_PRINTF(5, 6);

#endif
