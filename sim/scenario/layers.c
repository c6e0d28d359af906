/* See layers.h. SPDX-License-Identifier: GPL-3.0-or-later */

#include "sim/scenario/layers.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/lines.h"

/* A chain of includes, the innermost first. */
typedef struct chain {
    const struct chain *by;
    const char *file;           /* canonical */
    const char *shown;          /* as it was named */
} chain;

enum { MAX_CHAIN = 32 };

static const char *keep(sim_layers *layers, char *text)
{
    g_ptr_array_add(layers->arena, text);
    return text;
}

/* ---- merging -------------------------------------------------------------------------- */

static void given_group_free(gpointer p)
{
    sim_given_group *g = p;
    g_hash_table_destroy(g->keys);
    g_ptr_array_free(g->order, TRUE);
    g_free(g);
}

static sim_given_group *add_group(sim_layers *layers, const char *header)
{
    sim_given_group *g = g_hash_table_lookup(layers->by_header, header);
    if (g)
        return g;
    g = g_new0(sim_given_group, 1);
    g->header = keep(layers, g_strdup(header));
    const char *blank = strchr(g->header, ' ');
    g->word = blank ? keep(layers, g_strndup(header, (size_t)(blank - g->header))) : g->header;
    g->name = blank ? blank + 1 : "";
    g->keys = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
    g->order = g_ptr_array_new();
    g_ptr_array_add(layers->groups, g);
    g_hash_table_insert(layers->by_header, (gpointer)g->header, g);
    return g;
}

/* Layers come in rising order: what is given later stands. */
static void give(sim_layers *layers, sim_given_group *g, const sim_given *given)
{
    sim_given *slot = g_hash_table_lookup(g->keys, given->key);
    if (!slot) {
        slot = g_new0(sim_given, 1);
        slot->key = keep(layers, g_strdup(given->key));
        g_hash_table_insert(g->keys, (gpointer)slot->key, slot);
        g_ptr_array_add(g->order, slot);
    }
    const char *key = slot->key;
    const sim_given *before = NULL;
    if (slot->value) {
        before = g_memdup2(slot, sizeof *slot);
        g_ptr_array_add(layers->arena, (gpointer)before);
    }
    *slot = *given;
    slot->key = key;
    slot->before = before;
    slot->value = keep(layers, g_strdup(given->value));
}

/* ---- files ---------------------------------------------------------------------------- */

static void merge_file(sim_layers *layers, const sim_lines *lines, const char *folder)
{
    const char *file = keep(layers, g_strdup(lines->file));
    for (size_t i = 0; i < lines->n; i++) {
        const sim_line *l = &lines->line[i];
        sim_given_group *g = add_group(layers, l->group);
        if (l->key) {
            sim_given given = {.key = l->key, .value = l->value, .file = file, .folder = folder,
                               .line = l->line, .layer = layers->n_files};
            give(layers, g, &given);
        } else {
            g->file = file;
            g->line = l->line;
            g->layer = layers->n_files;
        }
    }
}

/* Is the file already being read? Then an error that shows the way round. */
static bool is_cycle(const chain *now, const sim_lines *lines, const char *canonical,
                     GPtrArray *errors)
{
    int depth = 0;
    bool found = false;
    g_autoptr(GString) way = g_string_new(NULL);
    for (const chain *c = now; c && !found; c = c->by, depth++) {
        g_autofree char *before = g_strdup_printf("%s -> ", c->shown);
        g_string_prepend(way, before);
        found = strcmp(c->file, canonical) == 0;
    }
    if (found)
        sim_lines_error(errors, SIM_ERROR_BAD, lines->file, lines->include_line,
                        "files include each other: %s%s", way->str, lines->include);
    else if (depth >= MAX_CHAIN)
        sim_lines_error(errors, SIM_ERROR_BAD, lines->file, lines->include_line,
                        "over %d files include each other", MAX_CHAIN);
    return found || depth >= MAX_CHAIN;
}

static char *real_path(const char *file)
{
    g_autofree char *absolute = g_canonicalize_filename(file, NULL);
    char *resolved = realpath(absolute, NULL);
    if (!resolved)
        return g_steal_pointer(&absolute);
    char *copy = g_strdup(resolved);
    free(resolved);
    return copy;
}

static void read_file(sim_layers *layers, const chain *now, GPtrArray *errors);

static void read_included(sim_layers *layers, const chain *now, const sim_lines *lines,
                          const char *folder, GPtrArray *errors)
{
    g_autofree char *shown_folder = g_path_get_dirname(lines->file);
    bool beside = strcmp(shown_folder, ".") == 0 || g_path_is_absolute(lines->include);
    g_autofree char *shown = beside ? g_strdup(lines->include)
                                    : g_build_filename(shown_folder, lines->include, NULL);
    g_autofree char *path = g_canonicalize_filename(lines->include, folder);
    g_autofree char *canonical = real_path(path);
    if (is_cycle(now, lines, canonical, errors))
        return;
    if (!g_file_test(path, G_FILE_TEST_EXISTS)) {
        sim_lines_error(errors, SIM_ERROR_BAD, lines->file, lines->include_line,
                        "include: there is no file %s", path);
        return;
    }
    chain next = {.by = now, .file = canonical, .shown = shown};
    read_file(layers, &next, errors);
}

static void read_file(sim_layers *layers, const chain *now, GPtrArray *errors)
{
    sim_lines *lines = sim_lines_read(now->shown, errors);
    if (!lines)
        return;
    g_autofree char *absolute = g_canonicalize_filename(now->shown, NULL);
    const char *folder = keep(layers, g_path_get_dirname(absolute));
    if (lines->include)
        read_included(layers, now, lines, folder, errors);
    merge_file(layers, lines, folder);
    layers->n_files++;
    sim_lines_free(lines);
}

/* ---- the command line ----------------------------------------------------------------- */

/* Split "group.key=value": at the last dot before the first = whose left side has one, so
 * that names with dots work: "home-agent ha.east.capacity=10 Mbit/s". Keys of [sweep] have dots
 * themselves: "sweep.home-agents.count=3, 5". */
static bool split_override(const char *text, char **group, char **key, char **value)
{
    const char *equals = strchr(text, '=');
    if (!equals)
        return false;
    g_autofree char *left = g_strndup(text, (size_t)(equals - text));
    bool swept = g_str_has_prefix(g_strchug(left), SIM_SWEEP_GROUP ".");
    char *dot = swept ? strchr(left, '.') : strrchr(left, '.');
    if (!dot)
        return false;
    *dot = '\0';
    g_strstrip(left);
    char *name = g_strstrip(dot + 1);
    if (*left == '\0' || *name == '\0')
        return false;
    char *blank = strpbrk(left, " \t");
    *group = blank ? g_strdup_printf("%.*s %s", (int)(blank - left), left,
                                     blank + strspn(blank, " \t"))
                   : g_strdup(left);
    *key = g_strdup(name);
    *value = g_strstrip(g_strdup(equals + 1));
    return true;
}

static void read_override(sim_layers *layers, const sim_override *o, const char *folder,
                          GPtrArray *errors)
{
    g_autofree char *group = NULL, *key = NULL, *value = NULL;
    if (!g_utf8_validate(o->text, -1, NULL) || !split_override(o->text, &group, &key, &value)) {
        g_autofree char *shown = g_utf8_make_valid(o->text, -1);
        sim_lines_error(errors, SIM_ERROR_BAD, o->option, 0,
                        "`%s` is not of the form `group.key=value`", shown);
        return;
    }
    sim_given_group *g = add_group(layers, group);
    if (!g->file) {
        g->file = o->option;
        g->by_option = true;
    }
    sim_given given = {.key = key, .value = value, .file = o->option,
                       .folder = o->folder ? keep(layers, g_strdup(o->folder)) : folder,
                       .layer = layers->n_files + o->rank};
    give(layers, g, &given);
}

static void read_overrides(sim_layers *layers, const sim_request *request, GPtrArray *errors)
{
    const char *folder = keep(layers, g_get_current_dir());
    int done = 0;
    for (int rank = 0; done < (int)request->n_overrides; rank++)
        for (size_t i = 0; i < request->n_overrides; i++)
            if (request->overrides[i].rank == rank) {
                read_override(layers, &request->overrides[i], folder, errors);
                done++;
            }
}

sim_layers *sim_layers_read(const sim_request *request, GPtrArray *arena, GPtrArray *errors)
{
    sim_layers *layers = g_new0(sim_layers, 1);
    layers->arena = arena;
    layers->groups = g_ptr_array_new_with_free_func(given_group_free);
    layers->by_header = g_hash_table_new(g_str_hash, g_str_equal);
    g_autofree char *absolute = g_canonicalize_filename(request->file, NULL);
    layers->folder = g_path_get_dirname(absolute);
    g_autofree char *canonical = real_path(request->file);
    chain top = {.file = canonical, .shown = request->file};
    read_file(layers, &top, errors);
    read_overrides(layers, request, errors);
    return layers;
}

void sim_layers_free(sim_layers *layers)
{
    g_ptr_array_free(layers->groups, TRUE);
    g_hash_table_destroy(layers->by_header);
    g_free(layers->folder);
    g_free(layers);
}
