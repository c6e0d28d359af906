/* Input of traces: blocks of text from a plain or gzip file, through GIO, with a hash of
 * each block, so that a second pass reads what the first one checked or fails.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <gio/gio.h>
#include <string.h>

#include "models/mobility/trace.h"
#include "sim/engine/fingerprint.h"

enum { RAW_BYTES = 64 * 1024, BLOCK_BYTES = 256 * 1024 };

struct model_trace_input {
    char *path;
    GFileInputStream *stream;
    GConverter *gunzip;         /* NULL: plain */
    bool in_member;             /* gzip: inside one of its members */
    bool raw_over;              /* the file is read to its end */
    size_t raw_at, raw_len;
    uint64_t n_blocks;
    uint64_t text_bytes;
    int64_t newlines;           /* in the blocks so far */
    bool verify;                /* a later pass */
    bool ended;                 /* the pass read all */
    GArray *hashes;             /* uint64_t, of each block of the first pass */
    char raw[RAW_BYTES];
    char block[BLOCK_BYTES];
};

bool model_trace_fail(const model_trace_input *in, int64_t line, GError **error,
                      const char *format, ...)
{
    va_list args;

    va_start(args, format);

    g_autofree char *text = g_strdup_vprintf(format, args);

    va_end(args);
    if (line > 0)
        g_set_error(error, SIM_CONFIG_ERROR, SIM_ERROR_BAD, "%s:%" G_GINT64_FORMAT ": %s",
                    in->path, line, text);
    else
        g_set_error(error, SIM_CONFIG_ERROR, SIM_ERROR_BAD, "%s: %s", in->path, text);
    return false;
}

static bool fail_cannot(const model_trace_input *in, GError **error, const char *text)
{
    g_set_error(error, SIM_CONFIG_ERROR, SIM_ERROR_CANNOT, "%s: %s", in->path, text);
    return false;
}

/* Takes over `cause`, which may be NULL. */
static bool fail_open(const sim_section *section, const char *full, GError *cause,
                      const char *text, GError **error)
{
    bool missing = cause == NULL || cause->code == G_IO_ERROR_NOT_FOUND ||
                   cause->code == G_IO_ERROR_NOT_DIRECTORY;

    sim_config_fail(section, "file", error, "cannot read \"%s\": %s", full,
                    cause != NULL ? cause->message : text);
    if (!missing && error != NULL)
        (*error)->code = SIM_ERROR_CANNOT;
    g_clear_error(&cause);
    return false;
}

/* Devices and pipes are not opened at all: that could wait for ever. */
static GFileInputStream *open_stream(const char *full, const sim_section *section,
                                     GError **error)
{
    g_autoptr(GFile) file = g_file_new_for_path(full);
    GError *cause = NULL;
    GFileType type = g_file_query_file_type(file, G_FILE_QUERY_INFO_NONE, NULL);
    GFileInputStream *stream;

    if (type == G_FILE_TYPE_DIRECTORY) {
        fail_open(section, full, NULL, "expected a file, found a directory", error);
        return NULL;
    }
    if (type == G_FILE_TYPE_SPECIAL) {
        fail_open(section, full, NULL, "expected a file, found a device or a pipe", error);
        return NULL;
    }
    stream = g_file_read(file, NULL, &cause);
    if (stream == NULL)
        fail_open(section, full, cause, NULL, error);
    return stream;
}

static bool refill(model_trace_input *in, GError **error)
{
    GError *cause = NULL;
    gsize n = 0;

    if (in->raw_at < in->raw_len || in->raw_over)
        return true;
    if (!g_input_stream_read_all(G_INPUT_STREAM(in->stream), in->raw, RAW_BYTES, &n, NULL,
                                 &cause)) {
        fail_cannot(in, error, cause->message);
        g_clear_error(&cause);
        return false;
    }
    in->raw_at = 0;
    in->raw_len = n;
    in->raw_over = n < RAW_BYTES;
    return true;
}

model_trace_input *model_trace_input_open(const char *path, const sim_section *section,
                                          GError **error)
{
    g_autofree char *full = g_canonicalize_filename(path, NULL);
    GFileInputStream *stream = open_stream(full, section, error);

    if (stream == NULL)
        return NULL;

    model_trace_input *in = g_new0(model_trace_input, 1);

    in->path = g_strdup(path);
    in->stream = stream;
    in->hashes = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    if (!refill(in, error)) {
        model_trace_input_close(in);
        return NULL;
    }
    /* RFC 1952 section 2.3.1: two magic bytes. */
    if (in->raw_len >= 2 && memcmp(in->raw, "\x1f\x8b", 2) == 0)
        in->gunzip = G_CONVERTER(g_zlib_decompressor_new(G_ZLIB_COMPRESSOR_FORMAT_GZIP));
    return in;
}

void model_trace_input_close(model_trace_input *in)
{
    if (in == NULL)
        return;
    g_clear_object(&in->gunzip);
    g_object_unref(in->stream);
    g_array_unref(in->hashes);
    g_free(in->path);
    g_free(in);
}

static int64_t count_newlines(const char *text, size_t len)
{
    int64_t n = 0;

    for (const char *end = text + len; (text = memchr(text, '\n', (size_t)(end - text)));
         text++)
        n++;
    return n;
}

static bool fail_gzip(model_trace_input *in, size_t have, const char *found, GError **error)
{
    int64_t line = in->newlines + count_newlines(in->block, have) + 1;

    return model_trace_fail(in, line, error, "expected more gzip data, found %s (after %"
                            G_GUINT64_FORMAT " bytes of text)", found, in->text_bytes + have);
}

/* One step of decompression into the block. *over: no more text. */
static bool gunzip_step(model_trace_input *in, size_t *have, bool *over, GError **error)
{
    GError *cause = NULL;
    gsize used = 0, made = 0;

    if (!refill(in, error))
        return false;
    if (in->raw_at == in->raw_len) {
        *over = true;
        return !in->in_member || fail_gzip(in, *have, "the end of the file", error);
    }
    if (!in->in_member) {
        /* RFC 1952 section 2.2: members follow one another; tapes pad with zeros. */
        if (in->raw[in->raw_at] == '\0') {
            in->raw_at++;
            return true;
        }
        if (in->raw[in->raw_at] != '\x1f')
            return fail_gzip(in, *have, "other bytes", error);
        in->in_member = true;
    }

    GConverterResult result =
        g_converter_convert(in->gunzip, in->raw + in->raw_at, in->raw_len - in->raw_at,
                            in->block + *have, BLOCK_BYTES - *have, G_CONVERTER_NO_FLAGS,
                            &used, &made, &cause);

    if (result == G_CONVERTER_ERROR) {
        bool partial = g_error_matches(cause, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT);

        g_clear_error(&cause);
        if (!partial)
            return fail_gzip(in, *have, "broken data", error);
        in->raw_at = in->raw_len;       /* taken in, nothing to show for it yet */
        return true;
    }
    in->raw_at += used;
    *have += made;
    if (result == G_CONVERTER_FINISHED) {
        in->in_member = false;
        g_converter_reset(in->gunzip);
    }
    return true;
}

static bool fill_block(model_trace_input *in, size_t *have, GError **error)
{
    bool over = false;

    *have = 0;
    while (*have < BLOCK_BYTES && !over) {
        if (in->gunzip != NULL) {
            if (!gunzip_step(in, have, &over, error))
                return false;
            continue;
        }
        if (!refill(in, error))
            return false;

        size_t n = MIN(in->raw_len - in->raw_at, BLOCK_BYTES - *have);

        memcpy(in->block + *have, in->raw + in->raw_at, n);
        in->raw_at += n;
        *have += n;
        over = n == 0;
    }
    return true;
}

/* The first pass keeps the block's hash, a later one compares. */
static bool check_block(model_trace_input *in, size_t len, GError **error)
{
    uint64_t hash = sim_hash(in->block, len, len).lo;

    if (!in->verify) {
        g_array_append_val(in->hashes, hash);
        return true;
    }
    if (in->n_blocks < in->hashes->len &&
        g_array_index(in->hashes, uint64_t, in->n_blocks) == hash)
        return true;
    return fail_cannot(in, error, "the file has changed since the run began");
}

bool model_trace_input_block(model_trace_input *in, const char **text, size_t *len,
                             GError **error)
{
    size_t have, skip = 0;

    if (in->ended) {
        *len = 0;
        return true;
    }
    if (!fill_block(in, &have, error) || !check_block(in, have, error)) {
        /* In a second pass broken gzip data are a change too. */
        if (in->verify && error != NULL && *error != NULL)
            (*error)->code = SIM_ERROR_CANNOT;
        return false;
    }
    in->ended = have == 0;
    if (in->n_blocks++ == 0 && have >= 3 && memcmp(in->block, "\xef\xbb\xbf", 3) == 0)
        skip = 3;
    in->newlines += count_newlines(in->block, have);
    in->text_bytes += have;
    *text = in->block + skip;
    *len = have - skip;
    in->ended = in->ended || *len == 0;
    return true;
}

bool model_trace_input_rewind(model_trace_input *in, GError **error)
{
    GError *cause = NULL;

    if (!g_seekable_seek(G_SEEKABLE(in->stream), 0, G_SEEK_SET, NULL, &cause)) {
        fail_cannot(in, error, cause->message);
        g_clear_error(&cause);
        return false;
    }
    if (in->gunzip != NULL)
        g_converter_reset(in->gunzip);
    in->verify = in->verify || in->ended;
    if (!in->verify)
        g_array_set_size(in->hashes, 0);
    in->in_member = in->raw_over = in->ended = false;
    in->raw_at = in->raw_len = 0;
    in->n_blocks = in->text_bytes = 0;
    in->newlines = 0;
    return true;
}
