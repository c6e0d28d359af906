/* Traces of movement: SUMO FCD, ns-2 setdest, BonnMotion; plain or gzip. For
 * models/trace*.c and models/mobility/mobility_trace.c only.
 *
 * A format is one file: a class here, one row in mobility_trace.c. It reads and checks
 * all of its input when opened, and gives legs in the trace's own time.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef MODEL_TRACE_H
#define MODEL_TRACE_H

#include <glib.h>

#include "models/mobility/mobility.h"

/* Largest magnitudes read: differences of two still fit. */
#define MODEL_TRACE_MAX_TIME_NS INT64_C(4000000000000000000)
#define MODEL_TRACE_MAX_POSITION_MM INT64_C(1000000000000)

/* ---- numbers --------------------------------------------------------------------- */

/* Decimal text ("-12.5", "3e-05") times 10^decimals, exactly, half away from zero.
 * Returns NULL, or what was expected instead of this text: static storage. */
const char *model_trace_decimal(const char *text, int decimals, int64_t limit, int64_t *value);
/* Seconds as text, without trailing zeros: for messages. Owned by the caller. */
char *model_trace_seconds(int64_t time_ns);

/* ---- input ------------------------------------------------------------------------ */

typedef struct model_trace_input model_trace_input;

/* Opens a file; whether it is gzip is told by its first bytes. Errors name the full path
 * and the key `file` of the section: BAD for what is missing or no file, CANNOT otherwise. */
model_trace_input *model_trace_input_open(const char *path, const sim_section *section,
                                          GError **error);
void model_trace_input_close(model_trace_input *in);
/* The next block of text, borrowed until the next call; *len 0: the end. A byte order mark is
 * left out. After a rewind each block must be what it was. False: *error, BAD for cut or
 * broken data, CANNOT for a read that fails or a file that has changed. */
bool model_trace_input_block(model_trace_input *in, const char **text, size_t *len,
                             GError **error);
/* Back to the start. */
bool model_trace_input_rewind(model_trace_input *in, GError **error);
/* Error BAD "FILE:LINE: text"; line 0: without. Returns false. */
bool model_trace_fail(const model_trace_input *in, int64_t line, GError **error,
                      const char *format, ...) G_GNUC_PRINTF(4, 5);

/* ---- lines of words ------------------------------------------------------------------ */

#define MODEL_TRACE_WORD 64     /* longest word kept, with its NUL */

typedef struct model_trace_reader {
    model_trace_input *in;
    const char *at, *end;
    int64_t line;               /* of the word read last */
    bool line_over;             /* a newline was read last */
} model_trace_reader;

typedef enum model_trace_item {
    MODEL_TRACE_WORD_READ,
    MODEL_TRACE_NEWLINE,
    MODEL_TRACE_END,
    MODEL_TRACE_ERROR
} model_trace_item;

void model_trace_reader_init(model_trace_reader *reader, model_trace_input *in);
/* The next word, up to a blank; each of "{} is a word of its own. A carriage return is a
 * blank. A longer word is cut to what fits, which is no number. */
model_trace_item model_trace_read(model_trace_reader *reader, char word[MODEL_TRACE_WORD],
                                  GError **error);
/* Skip the rest of the line, newline included. False: *error. */
bool model_trace_skip_line(model_trace_reader *reader, GError **error);
/* A number in a word of the reader's line; `what` names it in the error. */
bool model_trace_number(const model_trace_reader *reader, const char *word, const char *what,
                        int decimals, int64_t limit, int64_t *value, GError **error);

/* ---- traces ---------------------------------------------------------------------------- */

typedef struct model_trace_class model_trace_class;

/* First member of each format's own struct. */
typedef struct model_trace {
    const model_trace_class *cls;
    uint32_t n_nodes;
    int64_t begin_ns, end_ns;           /* of the first node's life, of the last one's */
    int64_t x_min_mm, y_min_mm, x_max_mm, y_max_mm;
    GPtrArray *notes;                   /* of char *: oddities, a line each */
} model_trace;

struct model_trace_class {
    const char *name;
    /* Takes over the input, with or without success. */
    model_trace *(*open)(model_trace_input *in, bool persons, GError **error);
    void (*close)(model_trace *trace);
    const char *(*node_name)(const model_trace *trace, uint32_t node);
    void (*life)(const model_trace *trace, uint32_t node, int64_t *from_ns, int64_t *to_ns);
    /* Before the first leg: nobody will ask about times before start_ns. */
    bool (*start)(model_trace *trace, int64_t start_ns, GError **error);
    /* The next leg. The first is ABSENT from INT64_MIN until the node's life begins. Legs
     * that end by start_ns may be left out. False: *error, input failed under the run. */
    bool (*next)(model_trace *trace, uint32_t node, model_leg *leg, GError **error);
};

extern const model_trace_class model_trace_fcd, model_trace_ns2, model_trace_bonnmotion;

/* Begin an empty trace, and end it. */
void model_trace_init(model_trace *trace, const model_trace_class *cls);
void model_trace_clear(model_trace *trace);
void model_trace_note(model_trace *trace, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* Widen the area to a point, the time to a life. */
void model_trace_see_point(model_trace *trace, int64_t x_mm, int64_t y_mm);
void model_trace_see_life(model_trace *trace, int64_t from_ns, int64_t to_ns);

#endif
