/* Traces of movement: numbers, words, and what the formats share.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/mobility/trace.h"

#include <string.h>

#include "sim/engine/engine.h"

/* ---- numbers ----------------------------------------------------------------------- */

enum { MAX_DIGITS = 64 };

typedef struct decimal {
    bool negative;
    char digits[MAX_DIGITS];    /* without leading zeros */
    int n;
    int point;                  /* digits before the point; may be negative or > n */
} decimal;

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool read_exponent(const char **at, int *exponent)
{
    const char *p = *at;
    bool negative = *p == '-';
    int value = 0;

    if (*p == '-' || *p == '+')
        p++;
    if (!is_digit(*p))
        return false;
    for (; is_digit(*p); p++) {
        if (value < 10000)
            value = 10 * value + (*p - '0');
    }
    *exponent = negative ? -value : value;
    *at = p;
    return true;
}

static bool read_mantissa(const char **at, decimal *d)
{
    const char *p = *at;
    bool any = false, fraction = false;

    for (; is_digit(*p) || (*p == '.' && !fraction); p++) {
        if (*p == '.') {
            fraction = true;
            continue;
        }
        any = true;
        if (!fraction && (d->n > 0 || *p != '0'))
            d->point++;
        if (fraction && d->n == 0 && *p == '0') {
            d->point--;
        } else if (d->n > 0 || *p != '0') {
            if (d->n == MAX_DIGITS)
                return false;
            d->digits[d->n++] = *p;
        }
    }
    *at = p;
    return any;
}

static bool read_decimal(const char *text, decimal *d)
{
    int exponent = 0;

    *d = (decimal){ .negative = *text == '-' };
    if (*text == '-' || *text == '+')
        text++;
    if (!read_mantissa(&text, d))
        return false;
    if (*text == 'e' || *text == 'E') {
        text++;
        if (!read_exponent(&text, &exponent))
            return false;
    }
    d->point += exponent;
    return *text == '\0';
}

const char *model_trace_decimal(const char *text, int decimals, int64_t limit, int64_t *value)
{
    decimal d;
    int64_t v = 0;

    if (!read_decimal(text, &d))
        return "a decimal number";
    d.point += decimals;
    if (d.n > 0 && d.point > 18)
        return "a smaller number";
    for (int i = 0; i < d.point && d.n > 0; i++)
        v = 10 * v + (i < d.n ? d.digits[i] - '0' : 0);
    if (d.point >= 0 && d.point < d.n && d.digits[d.point] >= '5')
        v++;
    if (v > limit)
        return "a smaller number";
    *value = d.negative ? -v : v;
    return NULL;
}

char *model_trace_seconds(int64_t time_ns)
{
    uint64_t magnitude = time_ns < 0 ? -(uint64_t)time_ns : (uint64_t)time_ns;
    char *text = g_strdup_printf("%s%" G_GUINT64_FORMAT ".%09" G_GUINT64_FORMAT,
                                 time_ns < 0 ? "-" : "", magnitude / SIM_SECOND_NS,
                                 magnitude % SIM_SECOND_NS);
    size_t len = strlen(text);

    while (text[len - 1] == '0')
        text[--len] = '\0';
    if (text[len - 1] == '.')
        text[len - 1] = '\0';
    return text;
}

/* ---- lines of words ---------------------------------------------------------------- */

void model_trace_reader_init(model_trace_reader *reader, model_trace_input *in)
{
    *reader = (model_trace_reader){ .in = in, .line = 0, .line_over = true };
}

/* The next byte without taking it; -1: the end, -2: *error. */
static int peek(model_trace_reader *reader, GError **error)
{
    size_t len;

    if (reader->at == reader->end) {
        if (!model_trace_input_block(reader->in, &reader->at, &len, error))
            return -2;
        if (len == 0) {
            reader->at = reader->end = NULL;
            return -1;
        }
        reader->end = reader->at + len;
    }
    return (unsigned char)*reader->at;
}

static bool is_blank(int c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static bool is_single(int c)
{
    return c == '"' || c == '{' || c == '}';
}

static bool read_word(model_trace_reader *reader, char word[MODEL_TRACE_WORD], GError **error)
{
    size_t n = 0;
    int c = peek(reader, error);

    do {
        if (n < MODEL_TRACE_WORD - 1)
            word[n++] = (char)c;
        else
            word[MODEL_TRACE_WORD - 2] = '~';       /* cut: no number in any case */
        reader->at++;
        c = peek(reader, error);
    } while (c >= 0 && !is_blank(c) && c != '\n' && !is_single(c) && !is_single(word[0]));
    word[n] = '\0';
    return c != -2;
}

model_trace_item model_trace_read(model_trace_reader *reader, char word[MODEL_TRACE_WORD],
                                  GError **error)
{
    int c = peek(reader, error);

    while (is_blank(c)) {
        reader->at++;
        c = peek(reader, error);
    }
    if (c == -2)
        return MODEL_TRACE_ERROR;
    if (c == -1)
        return MODEL_TRACE_END;
    if (reader->line_over)
        reader->line++;
    reader->line_over = c == '\n';
    if (c == '\n') {
        reader->at++;
        return MODEL_TRACE_NEWLINE;
    }
    return read_word(reader, word, error) ? MODEL_TRACE_WORD_READ : MODEL_TRACE_ERROR;
}

bool model_trace_skip_line(model_trace_reader *reader, GError **error)
{
    int c = peek(reader, error);

    while (c >= 0 && c != '\n') {
        const char *newline = memchr(reader->at, '\n', (size_t)(reader->end - reader->at));

        reader->at = newline != NULL ? newline : reader->end;
        c = peek(reader, error);
    }
    if (c == '\n') {
        reader->at++;
        reader->line_over = true;
    }
    return c != -2;
}

bool model_trace_number(const model_trace_reader *reader, const char *word, const char *what,
                        int decimals, int64_t limit, int64_t *value, GError **error)
{
    const char *expected = model_trace_decimal(word, decimals, limit, value);

    if (expected == NULL)
        return true;

    g_autofree char *found = g_strescape(word, NULL);

    return model_trace_fail(reader->in, reader->line, error, "expected %s for %s, found \"%s\"",
                            expected, what, found);
}

/* ---- traces ------------------------------------------------------------------------ */

void model_trace_init(model_trace *trace, const model_trace_class *cls)
{
    *trace = (model_trace){ .cls = cls, .begin_ns = INT64_MAX, .end_ns = INT64_MIN,
                            .x_min_mm = INT64_MAX, .y_min_mm = INT64_MAX,
                            .x_max_mm = INT64_MIN, .y_max_mm = INT64_MIN,
                            .notes = g_ptr_array_new_with_free_func(g_free) };
}

void model_trace_clear(model_trace *trace)
{
    g_ptr_array_unref(trace->notes);
}

void model_trace_note(model_trace *trace, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_ptr_array_add(trace->notes, g_strdup_vprintf(format, args));
    va_end(args);
}

void model_trace_see_point(model_trace *trace, int64_t x_mm, int64_t y_mm)
{
    trace->x_min_mm = MIN(trace->x_min_mm, x_mm);
    trace->y_min_mm = MIN(trace->y_min_mm, y_mm);
    trace->x_max_mm = MAX(trace->x_max_mm, x_mm);
    trace->y_max_mm = MAX(trace->y_max_mm, y_mm);
}

void model_trace_see_life(model_trace *trace, int64_t from_ns, int64_t to_ns)
{
    trace->begin_ns = MIN(trace->begin_ns, from_ns);
    trace->end_ns = MAX(trace->end_ns, to_ns);
}
