/* A configuration as text: for a person, for the results file, for a hash. See scenario.h.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/engine/engine.h"
#include "sim/scenario/private.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/value.h"

static char *header_of(const sim_section *s)
{
    return *s->name ? g_strdup_printf("%s %s", s->group->name, s->name)
                    : g_strdup(s->group->name);
}

/* A value as it must stand in a file: escapes where a reader would take something off. */
static char *escape(const char *value)
{
    g_autoptr(GString) s = g_string_new(NULL);
    size_t len = strlen(value);
    for (size_t i = 0; i < len; i++) {
        bool blank = value[i] == ' ' || value[i] == '\t';
        bool at_end = i == 0 || i + 1 == len;
        if (value[i] == '\\')
            g_string_append(s, "\\\\");
        else if (blank && (at_end || value[i + 1] == '#'))
            g_string_append(s, value[i] == ' ' ? "\\s" : "\\t");
        else
            g_string_append_c(s, value[i]);
    }
    return g_string_free(g_steal_pointer(&s), FALSE);
}

/* A default whose being given would mean something else. */
static bool is_open(const sim_section *s, size_t i)
{
    return *sim_section_key(s, i)->def == '?' && !s->files[i];
}

static char *print_key(const sim_section *s, size_t i)
{
    const sim_key *key = sim_section_key(s, i);
    g_autofree char *value = sim_value_print(key, sim_section_value(s, i));
    if (key->kind == SIM_KEY_STRING || key->kind == SIM_KEY_PATH)
        return escape(value);
    return g_steal_pointer(&value);
}

/* ---- for a person ------------------------------------------------------------------------ */

static void print_origin(GString *out, const sim_section *s, size_t i)
{
    const char *def = sim_section_key(s, i)->def;
    if (!s->files[i] && *def == '=')
        g_string_append_printf(out, "# default: %s", def + 1);
    else if (!s->files[i])
        g_string_append(out, is_open(s, i) ? "default, unless other keys say more"
                                           : "# default");
    else if (s->lines[i] > 0)
        g_string_append_printf(out, "# %s:%d", s->files[i], s->lines[i]);
    else
        g_string_append_printf(out, "# %s", s->files[i]);
}

static void print_help(GString *out, const sim_key *key)
{
    g_autofree char *range = sim_value_range(key);
    g_autofree char *expected = key->kind == SIM_KEY_CHOICE ? sim_value_expected(key) : NULL;
    g_string_append_printf(out, "# %s", key->help ? key->help : key->name);
    if (range || expected)
        g_string_append_printf(out, " (%s)", range ? range : expected);
    g_string_append_c(out, '\n');
}

/* "key = value   # origin". A value that begins with # must touch the =. An open default
 * stands in a comment as a whole. */
static void print_line(GString *out, const sim_section *s, size_t i)
{
    enum { COMMENT_COLUMN = 44 };
    g_autofree char *value = print_key(s, i);
    gsize begin = out->len;
    g_string_append_printf(out, "%s%s =%s%s", is_open(s, i) ? "# " : "",
                           sim_section_key(s, i)->name, *value == '#' ? "" : " ", value);
    do {
        g_string_append_c(out, ' ');
    } while (out->len - begin < COMMENT_COLUMN);
    print_origin(out, s, i);
    g_string_append_c(out, '\n');
}

char *sim_scenario_print(const sim_config *config, bool explain)
{
    g_autoptr(GString) out = g_string_new(NULL);
    for (size_t i = 0; i < config->n_sections; i++) {
        const sim_section *s = &config->sections[i];
        g_autofree char *header = header_of(s);
        g_string_append_printf(out, "%s", i ? "\n" : "");
        if (explain && s->group->help)
            g_string_append_printf(out, "# %s\n", s->group->help);
        g_string_append_printf(out, "[%s]\n", header);
        for (size_t k = 0; k < sim_section_n_keys(s); k++) {
            if (explain)
                print_help(out, sim_section_key(s, k));
            print_line(out, s, k);
        }
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}

void sim_scenario_each(const sim_config *config, sim_scenario_param param, void *user)
{
    for (size_t i = 0; i < config->n_sections; i++) {
        const sim_section *s = &config->sections[i];
        g_autofree char *header = header_of(s);
        for (size_t k = 0; k < sim_section_n_keys(s); k++) {
            const sim_key *key = sim_section_key(s, k);
            g_autofree char *name = g_strdup_printf("%s.%s", header, key->name);
            g_autofree char *value = is_open(s, k) ? g_strdup("default")
                                                   : sim_value_print(key, sim_section_value(s, k));
            param(user, name, value);
        }
    }
}

/* ---- for the hash ------------------------------------------------------------------------ */

/* Order of sections, whatever order they had in files: group, then canonical name. */
static int compare_sections(const void *a, const void *b)
{
    const sim_section *x = *(const sim_section *const *)a, *y = *(const sim_section *const *)b;
    int by_group = strcmp(x->group->name, y->group->name);
    return by_group ? by_group : sim_name_compare(x->name, y->name);
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* SHA-256 of a file's contents. */
static char *hash_file(const char *path, GError **error)
{
    FILE *in = fopen(path, "rb");
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    unsigned char chunk[65536];
    size_t n;
    while (in && (n = fread(chunk, 1, sizeof chunk, in)) > 0)
        g_checksum_update(sum, chunk, (gssize)n);
    int e = errno;
    bool failed = !in || ferror(in);
    if (in)
        fclose(in);
    if (!failed)
        return g_strdup(g_checksum_get_string(sum));
    g_set_error(error, SIM_CONFIG_ERROR, e == ENOENT || e == EISDIR ? SIM_ERROR_BAD
                                                                    : SIM_ERROR_CANNOT,
                "%s: cannot be read: %s", path, g_strerror(e));
    return NULL;
}

const char *sim_scenario_missing_file(const sim_config *config)
{
    for (size_t i = 0; i < config->n_sections; i++) {
        const sim_section *s = &config->sections[i];
        for (size_t k = 0; k < sim_section_n_keys(s); k++) {
            if (sim_section_key(s, k)->kind != SIM_KEY_PATH)
                continue;
            const char *path = *(const char *const *)sim_section_value(s, k);
            if (*path && !g_file_test(path, G_FILE_TEST_EXISTS))
                return path;
        }
    }
    return NULL;
}

static bool chooses_loaded(const sim_section *s, size_t i)
{
    return s->variant && s->variant->contents && i < s->group->n_keys &&
           strcmp(s->group->keys[i].name, s->group->select) == 0;
}

/* "key = value", with the contents of a file for its path. NULL: unreadable. */
static char *hash_line(const sim_section *s, size_t i, GError **error)
{
    const sim_key *key = sim_section_key(s, i);
    if (chooses_loaded(s, i))
        return g_strdup_printf("%s = %s sha256:%s\n", key->name, s->variant->name,
                               s->variant->contents);
    g_autofree char *value = print_key(s, i);
    const char *path = key->kind == SIM_KEY_PATH
        ? *(const char *const *)sim_section_value(s, i) : "";
    if (!*path)
        return g_strdup_printf("%s = %s\n", key->name, is_open(s, i) ? "default" : value);
    GError *cause = NULL;
    g_autofree char *digest = hash_file(path, &cause);
    if (digest)
        return g_strdup_printf("%s = sha256:%s\n", key->name, digest);
    int code = cause->code;
    if (s->files[i])
        g_set_error(error, SIM_CONFIG_ERROR, code, "%s:%d: [%s] %s: %s", s->files[i], s->lines[i],
                    s->group->name, key->name, cause->message);
    else
        g_set_error(error, SIM_CONFIG_ERROR, code, "[%s] %s: %s", s->group->name, key->name,
                    cause->message);
    g_error_free(cause);
    return NULL;
}

static bool is_left_out(const sim_section *s, size_t i, const char *const *leave_out)
{
    g_autofree char *name = g_strdup_printf("%s.%s", s->group->name, sim_section_key(s, i)->name);
    return leave_out && g_strv_contains(leave_out, name);
}

static bool hash_section(GChecksum *sum, const sim_section *s, const char *const *leave_out,
                         GError **error)
{
    size_t n = sim_section_n_keys(s);
    g_autofree char *header = header_of(s);
    g_autofree char *head = g_strdup_printf("[%s]\n", header);
    g_checksum_update(sum, (const guchar *)head, -1);
    g_auto(GStrv) lines = g_new0(char *, n + 1);
    for (size_t i = 0; i < n; i++)
        if (!(lines[i] = is_left_out(s, i, leave_out) ? g_strdup("") : hash_line(s, i, error)))
            return false;
    qsort(lines, n, sizeof *lines, compare_texts);
    for (size_t i = 0; i < n; i++)
        g_checksum_update(sum, (const guchar *)lines[i], -1);
    return true;
}

char *sim_scenario_hash(const sim_config *config, const char *const *leave_out, GError **error)
{
    g_autofree const sim_section **sorted = g_new(const sim_section *, config->n_sections);
    for (size_t i = 0; i < config->n_sections; i++)
        sorted[i] = &config->sections[i];
    qsort(sorted, config->n_sections, sizeof *sorted, compare_sections);
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    for (size_t i = 0; i < config->n_sections; i++)
        if (!sorted[i]->group->cosmetic && !hash_section(sum, sorted[i], leave_out, error))
            return NULL;
    return g_strdup(g_checksum_get_string(sum));
}
