/* See lines.h. The structure is found here; values are read by GKeyFile, from a copy of the
 * text without what it does not know (comments behind values, CR, BOM, top `include`).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "sim/scenario/lines.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "sim/engine/config.h"

enum { MAX_BYTES = 16 << 20 };

/* Reading one file. */
typedef struct reader {
    sim_lines *out;
    GPtrArray *errors;
    GArray *found;              /* sim_line; values still NULL */
    GHashTable *seen;           /* "[group]" or "[group]key" -> line */
    GString *plain;             /* for GKeyFile */
    const char *group;          /* NULL before the first header */
    int line;
} reader;

void sim_lines_error(GPtrArray *errors, int code, const char *file, int line,
                     const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    GError *error = line > 0
        ? g_error_new(SIM_CONFIG_ERROR, code, "%s:%d: %s", file, line, text)
        : g_error_new(SIM_CONFIG_ERROR, code, "%s: %s", file, text);
    g_ptr_array_add(errors, error);
}

#define BAD(r, ...) \
    sim_lines_error((r)->errors, SIM_ERROR_BAD, (r)->out->file, (r)->line, __VA_ARGS__)

/* ---- the file's bytes ---------------------------------------------------------------- */

/* At most MAX_BYTES, so that /dev/zero and a trace named by mistake end soon. */
static GString *slurp(const char *file, GPtrArray *errors)
{
    FILE *in = fopen(file, "rb");
    struct stat st;
    if (!in || fstat(fileno(in), &st) != 0 || S_ISDIR(st.st_mode)) {
        int e = in ? EISDIR : errno;
        int code = e == EACCES || e == EPERM || e == EIO ? SIM_ERROR_CANNOT : SIM_ERROR_BAD;
        sim_lines_error(errors, code, file, 0, "cannot be read: %s", g_strerror(e));
        if (in)
            fclose(in);
        return NULL;
    }
    g_autoptr(GString) text = g_string_new(NULL);
    char chunk[4096];
    size_t n;
    while (text->len <= MAX_BYTES && (n = fread(chunk, 1, sizeof chunk, in)) > 0)
        g_string_append_len(text, chunk, (gssize)n);
    int failed = ferror(in);
    fclose(in);
    if (failed) {
        sim_lines_error(errors, SIM_ERROR_CANNOT, file, 0, "cannot be read: %s", g_strerror(EIO));
        return NULL;
    }
    if (text->len > MAX_BYTES) {
        sim_lines_error(errors, SIM_ERROR_BAD, file, 0, "is no scenario: over 16 MiB");
        return NULL;
    }
    return g_steal_pointer(&text);
}

static bool check_utf8(const GString *text, const char *file, GPtrArray *errors)
{
    const char *end;
    if (g_utf8_validate_len(text->str, text->len, &end))
        return true;
    int line = 1;
    for (const char *p = text->str; p < end; p++)
        line += *p == '\n';
    sim_lines_error(errors, SIM_ERROR_BAD, file, line, "not UTF-8 text: byte 0x%02x",
                    (unsigned char)*end);
    return false;
}

/* ---- structure ----------------------------------------------------------------------- */

/* Is this the first of its name? An error naming both lines if not. */
static bool is_first(reader *r, const char *group, const char *key)
{
    g_autofree char *id = g_strdup_printf("[%s]%s", group, key ? key : "");
    int before = GPOINTER_TO_INT(g_hash_table_lookup(r->seen, id));
    if (before) {
        if (key)
            BAD(r, "`%s` is given twice in [%s]: first in line %d", key, group, before);
        else
            BAD(r, "[%s] is given twice: first in line %d", group, before);
        return false;
    }
    g_hash_table_insert(r->seen, g_steal_pointer(&id), GINT_TO_POINTER(r->line));
    return true;
}

/* "home-agent   ha1" -> "home-agent ha1". */
static char *fold_blanks(char *name)
{
    g_strstrip(name);
    char *blank = strpbrk(name, " \t");
    if (blank) {
        char *rest = blank + strspn(blank, " \t");
        *blank = ' ';
        memmove(blank + 1, rest, strlen(rest) + 1);
    }
    return name;
}

static void read_header(reader *r, char *text)
{
    size_t len = strlen(text);
    if (text[len - 1] != ']') {
        BAD(r, "a group is `[name]`, alone in its line");
        return;
    }
    text[len - 1] = '\0';
    char *name = fold_blanks(text + 1);
    if (*name == '\0' || strpbrk(name, "[]")) {
        BAD(r, "`[%s]` is no name of a group", name);
        return;
    }
    r->group = g_string_chunk_insert_const(r->out->strings, name);
    if (!is_first(r, name, NULL))
        return;
    g_array_append_val(r->found, ((sim_line){.group = r->group, .line = r->line}));
}

static void set_include(reader *r, const char *value)
{
    if (r->out->include) {
        BAD(r, "`include` is given twice: first in line %d", r->out->include_line);
    } else if (*value == '\0') {
        BAD(r, "`include` names no file");
    } else {
        r->out->include = g_string_chunk_insert(r->out->strings, value);
        r->out->include_line = r->line;
    }
}

/* Escapes are GKeyFile's, which passes over what it does not know. */
static bool check_escapes(reader *r, const char *value)
{
    for (const char *p = value; (p = strchr(p, '\\')) != NULL; p += 2)
        if (p[1] == '\0' || !strchr("sntr\\", p[1])) {
            BAD(r, "`%.2s` is no escape: a backslash is written `\\\\`", p);
            return false;
        }
    return true;
}

static void read_pair(reader *r, char *text, char *equals)
{
    *equals = '\0';
    char *key = g_strstrip(text), *value = g_strstrip(equals + 1);
    if (*key == '\0') {
        BAD(r, "nothing stands before the `=`");
    } else if (strcmp(key, "include") == 0 &&
               (!r->group || strcmp(r->group, "scenario") == 0)) {
        set_include(r, value);
    } else if (!r->group) {
        BAD(r, "`%s` stands before the first [group]", key);
    } else if (is_first(r, r->group, key) && check_escapes(r, value)) {
        const char *kept = g_string_chunk_insert_const(r->out->strings, key);
        g_array_append_val(r->found, ((sim_line){.group = r->group, .key = kept,
                                                 .value = "", .line = r->line}));
        /* GKeyFile takes a key with brackets for a translation: such a key is unknown to
         * every table, so its value does not matter. */
        if (!strpbrk(key, "[]"))
            g_string_append_printf(r->plain, "[%s]\n%s=%s\n", r->group, key, value);
    }
}

/* Cut a comment behind a value: white space, then #. */
static void cut_comment(char *text)
{
    for (char *p = text; *p; p++)
        if (*p == '#' && p > text && (p[-1] == ' ' || p[-1] == '\t')) {
            *p = '\0';
            return;
        }
}

static void read_line(reader *r, char *text)
{
    size_t len = strlen(text);
    while (len > 0 && text[len - 1] == '\r')
        text[--len] = '\0';
    g_strchug(text);
    if (*text == '\0' || *text == '#')
        return;
    cut_comment(text);
    g_strchomp(text);
    char *equals = strchr(text, '=');
    if (*text == '[')
        read_header(r, text);
    else if (equals)
        read_pair(r, text, equals);
    else if (*text == ';')
        BAD(r, "a comment begins with #, not with ;");
    else
        BAD(r, "`%s` is neither `key = value`, nor `[group]`, nor a # comment", text);
}

/* ---- values -------------------------------------------------------------------------- */

static void read_values(reader *r)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    GError *error = NULL;
    if (r->plain->len > 0 &&
        !g_key_file_load_from_data(file, r->plain->str, r->plain->len, G_KEY_FILE_NONE, &error)) {
        r->line = 0;
        BAD(r, "%s", error->message);
        g_clear_error(&error);
        return;
    }
    for (guint i = 0; i < r->found->len; i++) {
        sim_line *l = &g_array_index(r->found, sim_line, i);
        if (!l->key || strpbrk(l->key, "[]"))
            continue;
        g_autofree char *value = g_key_file_get_string(file, l->group, l->key, &error);
        if (value) {
            l->value = g_string_chunk_insert(r->out->strings, value);
            continue;
        }
        r->line = l->line;
        BAD(r, "[%s] %s: %s", l->group, l->key, error->message);
        g_clear_error(&error);
    }
}

static void read_text(reader *r, GString *text)
{
    char *p = text->str;
    if (g_str_has_prefix(p, "\xef\xbb\xbf"))
        p += 3;
    while (p) {
        char *end = strchr(p, '\n');
        if (end)
            *end = '\0';
        r->line++;
        read_line(r, p);
        p = end ? end + 1 : NULL;
    }
    read_values(r);
}

sim_lines *sim_lines_read(const char *file, GPtrArray *errors)
{
    g_autoptr(GString) text = slurp(file, errors);
    if (!text || !check_utf8(text, file, errors))
        return NULL;
    sim_lines *out = g_new0(sim_lines, 1);
    out->file = g_strdup(file);
    out->strings = g_string_chunk_new(1024);
    reader r = {
        .out = out,
        .errors = errors,
        .found = g_array_new(FALSE, TRUE, sizeof(sim_line)),
        .seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
        .plain = g_string_new(NULL),
    };
    read_text(&r, text);
    out->n = r.found->len;
    out->line = (sim_line *)(void *)g_array_free(r.found, FALSE);
    g_hash_table_destroy(r.seen);
    g_string_free(r.plain, TRUE);
    return out;
}

void sim_lines_free(sim_lines *lines)
{
    if (!lines)
        return;
    g_free(lines->line);
    g_free(lines->file);
    g_string_chunk_free(lines->strings);
    g_free(lines);
}
