/* What the tests of traces share: open a trace from a file or a text, drive it as the world
 * does, ask where a node is.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef TRACE_SUPPORT_H
#define TRACE_SUPPORT_H

#include <criterion/criterion.h>
#include <string.h>

#include "models/mobility/mobility.h"
#include "sim/engine/engine.h"

typedef struct trace_options {
    int64_t format;             /* 0: auto, 1: fcd, 2: ns2, 3: bonnmotion */
    bool persons;
    const char *start;          /* NULL: auto */
    uint32_t n_nodes;
    int64_t end_s;              /* 0: 100,000 s */
} trace_options;

typedef struct trace_run {
    const model_mobility_class *cls;
    model_mobility *m;
    uint32_t n;
    GArray **legs;              /* after trace_drive: model_leg, of each node */
    GString *notes;
} trace_run;

/* NULL and *error. */
trace_run *trace_open_path(const char *path, trace_options options, GError **error);
/* Through a file of its own, gzip or plain, that is removed at once. */
trace_run *trace_open_text(const char *text, size_t len, bool gzip, trace_options options,
                           GError **error);
void trace_free(trace_run *run);
/* All legs up to end_ns, in order of time over all nodes. */
void trace_drive(trace_run *run, int64_t end_ns);

/* A file of test data: "tests/data/NAME". */
char *trace_data(const char *name);
/* A file of the shared folder, or NULL and a message: the test is then not done. */
char *trace_shared(const char *name);
/* Write a file in the temporary folder; the path is the caller's. */
char *trace_write(const char *text, size_t len, bool gzip);

uint32_t trace_node(const trace_run *run, const char *name);
/* After trace_drive: where a node is. False: absent. */
bool trace_where(const trace_run *run, uint32_t node, int64_t t_ns, int64_t *x_mm,
                 int64_t *y_mm);
/* The node's life as seen in its legs. False: it never appears. */
bool trace_span(const trace_run *run, uint32_t node, int64_t *from_ns, int64_t *to_ns);

/* Opening fails with a message that holds `expected`. */
void trace_expect_error(const char *path, trace_options options, int code,
                        const char *expected);
void trace_expect_error_text(const char *text, trace_options options, const char *expected);

#endif
