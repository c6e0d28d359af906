/* From layers of text to filled structs. See scenario.h.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <stdarg.h>
#include <string.h>

#include "sim/scenario/layers.h"
#include "sim/scenario/lines.h"
#include "sim/scenario/nearest.h"
#include "sim/scenario/private.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/value.h"

/* Filling one section. */
typedef struct filler {
    const sim_request *request;
    const sim_layers *layers;
    sim_scenario *scenario;
    GPtrArray *errors;
    GArray *sections;           /* sim_section */
    /* The section at hand. */
    const sim_group *group;
    sim_given_group *given;     /* NULL: nothing given */
    sim_section section;
    char *base, *data;
    int variant_layer;          /* of what chose the variant */
} filler;

static void *keep(filler *f, size_t size)
{
    void *p = g_malloc0(MAX(size, 1));
    g_ptr_array_add(f->scenario->arena, p);
    return p;
}

static const char *keep_text(filler *f, char *text)
{
    g_ptr_array_add(f->scenario->arena, text);
    return text;
}

static void G_GNUC_PRINTF(4, 5) fail_at(filler *f, const sim_given *at, const char *key,
                                        const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    sim_lines_error(f->errors, SIM_ERROR_BAD, at->file, at->line, "[%s] %s: %s",
                    f->given->header, key, text);
}

/* ---- keys that no table has ------------------------------------------------------------- */

static const sim_variant *owner_of(const sim_group *group, const char *key)
{
    for (size_t v = 0; v < group->n_variants; v++)
        for (size_t i = 0; i < group->variants[v].n_keys; i++)
            if (strcmp(group->variants[v].keys[i].name, key) == 0)
                return &group->variants[v];
    return NULL;
}

static bool table_has(const sim_key *keys, size_t n, const char *key)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(keys[i].name, key) == 0)
            return true;
    return false;
}

static void add_names(GPtrArray *names, const sim_key *keys, size_t n)
{
    for (size_t i = 0; i < n; i++)
        g_ptr_array_add(names, (gpointer)keys[i].name);
}

/* Another group that has this key, NULL if none or several. */
static const sim_group *group_with(const filler *f, const char *key)
{
    const sim_group *found = NULL;
    for (size_t i = 0; i < f->request->n_groups; i++) {
        const sim_group *g = f->request->groups[i];
        if (!table_has(g->keys, g->n_keys, key) && !owner_of(g, key))
            continue;
        if (found)
            return NULL;
        found = g;
    }
    return found;
}

static void unknown_key(filler *f, const sim_given *given)
{
    const sim_group *other = group_with(f, given->key);
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    add_names(names, f->group->keys, f->group->n_keys);
    if (f->section.variant)
        add_names(names, f->section.variant->keys, f->section.variant->n_keys);
    for (size_t v = 0; !f->section.variant && v < f->group->n_variants; v++)
        add_names(names, f->group->variants[v].keys, f->group->variants[v].n_keys);
    if (other) {
        sim_lines_error(f->errors, SIM_ERROR_BAD, given->file, given->line,
                        "[%s] has no key `%s`: it is a key of [%s]", f->given->header, given->key,
                        other->name);
        return;
    }
    g_autofree char *hint = sim_nearest_hint(given->key, names);
    sim_lines_error(f->errors, SIM_ERROR_BAD, given->file, given->line,
                    "[%s] has no key `%s`%s", f->given->header, given->key, hint);
}

/* A key of another variant: left out when a higher layer chose the variant, else an error. */
static void foreign_key(filler *f, const sim_given *given, const sim_variant *owner)
{
    const sim_variant *variant = f->section.variant;
    if (!variant)
        return;     /* the choice itself is wrong, and said so */
    if (given->layer < f->variant_layer) {
        char *note = g_strdup_printf("[%s] %s = %s (%s) is not used: it is no key of %s",
                                     f->given->header, given->key, given->value, given->file,
                                     variant->name);
        g_ptr_array_add(f->scenario->notes, (gpointer)keep_text(f, note));
        return;
    }
    fail_at(f, given, given->key, "`%s` belongs to %s = %s, and here %s = %s", given->key,
            f->group->select, owner->name, f->group->select, variant->name);
}

static void check_unused(filler *f)
{
    for (guint i = 0; f->given && i < f->given->order->len; i++) {
        const sim_given *given = g_ptr_array_index(f->given->order, i);
        if (given->used)
            continue;
        const sim_variant *owner = owner_of(f->group, given->key);
        if (owner)
            foreign_key(f, given, owner);
        else
            unknown_key(f, given);
    }
}

/* ---- filling ---------------------------------------------------------------------------- */

static sim_given *find_given(const filler *f, const char *key)
{
    return f->given ? g_hash_table_lookup(f->given->keys, key) : NULL;
}

/* One that is another key's value waits until all are filled. */
static void set_default(filler *f, const sim_key *key, void *out)
{
    if (*key->def == '=')
        return;
    g_autofree char *problem = sim_value_parse(key, sim_value_default(key), f->layers->folder,
                                               f->scenario->arena, out);
    if (problem)
        g_error("the default of [%s] %s: %s", f->group->name, key->name, problem);
}

/* Keys [first, first + n) of the section, into the struct at `data`. */
static void fill_keys(filler *f, const sim_key *keys, size_t n, size_t first, char *data)
{
    for (size_t i = 0; i < n; i++) {
        void *out = data + keys[i].offset;
        set_default(f, &keys[i], out);
        sim_given *given = find_given(f, keys[i].name);
        if (!given)
            continue;
        given->used = true;
        f->section.files[first + i] = given->file;
        f->section.lines[first + i] = given->line;
        g_autofree char *problem = sim_value_parse(&keys[i], given->value, given->folder,
                                                   f->scenario->arena, out);
        if (problem)
            fail_at(f, given, keys[i].name, "%s", problem);
    }
}

static size_t index_of(const sim_group *group, const char *key)
{
    for (size_t i = 0; i < group->n_keys; i++)
        if (strcmp(group->keys[i].name, key) == 0)
            return i;
    g_error("[%s] is chosen by `%s`, which is none of its keys", group->name, key);
}

static const char **string_at(filler *f, size_t key)
{
    return (const char **)(void *)(f->base + f->group->keys[key].offset);
}

/* Who chose: 0 for a default, else 1 + its layer. */
static int layer_of(const filler *f, const char *key)
{
    const sim_given *given = find_given(f, key);
    return given ? 1 + given->layer : 0;
}

/* "name = hybrid:safe" says the same as "name = hybrid" with "profile = safe"; it is stored
 * as the latter. Where both say something, the higher layer stands. */
static void split_choice(filler *f, size_t first, size_t second)
{
    size_t file = f->group->loads ? sim_scenario_is_file(*string_at(f, first)) : 0;
    const char *colon = strchr(*string_at(f, first) + file, ':');
    if (!colon)
        return;
    const char *head = keep_text(f, g_strndup(*string_at(f, first),
                                              (size_t)(colon - *string_at(f, first))));
    const char *tail = colon + 1;
    int by_first = layer_of(f, f->group->select), by_second = layer_of(f, f->group->select2);
    if (by_second > 0 && by_second == by_first && strcmp(*string_at(f, second), tail) != 0)
        fail_at(f, find_given(f, f->group->select2), f->group->select2,
                "`%s` contradicts %s = %s", *string_at(f, second), f->group->select,
                *string_at(f, first));
    *string_at(f, first) = head;
    if (by_second > by_first)
        return;
    *string_at(f, second) = tail;
    f->section.files[second] = f->section.files[first];
    f->section.lines[second] = f->section.lines[first];
}

static const sim_variant *find_variant(const sim_group *group, const char *name)
{
    for (size_t v = 0; v < group->n_variants; v++)
        if (strcmp(group->variants[v].name, name) == 0)
            return &group->variants[v];
    return NULL;
}

/* Their names on one line to read: "static-dhaad, hybrid:safe|tuned". g_free. */
static char *variants_text(const sim_group *group)
{
    GString *all = g_string_new(NULL);
    const char *last = "";
    for (size_t v = 0; v < group->n_variants; v++) {
        const char *name = group->variants[v].name, *colon = strchr(name, ':');
        size_t head = colon ? (size_t)(colon - name) + 1 : 0;
        if (colon && strncmp(name, last, head) == 0)
            g_string_append_printf(all, "|%s", name + head);
        else
            g_string_append_printf(all, "%s%s", v ? ", " : "", name);
        last = name;
    }
    return g_string_free(all, FALSE);
}

static void unknown_variant(filler *f, const char *wanted)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (size_t v = 0; v < f->group->n_variants; v++)
        g_ptr_array_add(names, (gpointer)f->group->variants[v].name);
    g_autofree char *all = variants_text(f->group);
    g_autofree char *hint = sim_nearest_hint(wanted, names);
    const sim_given *at = find_given(f, f->group->select);
    if (!at && f->group->select2)
        at = find_given(f, f->group->select2);
    if (!at)
        g_error("[%s]: the default `%s` is no variant", f->group->name, wanted);
    fail_at(f, at, at->key, "there is no `%s`%s (known: %s)", wanted, hint, all);
}

/* The first part of a variant's name: as given, or what the file brings that was given, whose path
 * is then the value. NULL, told, where it brings nothing. */
static const char *head_of_choice(filler *f, size_t first)
{
    const char *choice = *string_at(f, first);
    const sim_given *at = find_given(f, f->group->select);
    if (!at || !f->group->loads || !f->request->load || sim_scenario_is_file(choice) == 0)
        return choice;
    const char *path = keep_text(f, g_canonicalize_filename(choice, at->folder));
    *string_at(f, first) = path;
    GError *error = NULL;
    const char *name = f->request->load(path, &error);
    if (!name)
        fail_at(f, at, at->key, "%s", error->message);
    g_clear_error(&error);
    return name;
}

/* The variant whose name is "first:second", or "first" where it has no such choice. */
static const sim_variant *choose_of_two(filler *f, size_t first, size_t second)
{
    split_choice(f, first, second);
    const char *head = head_of_choice(f, first), *tail = *string_at(f, second);
    if (!head)
        return NULL;
    g_autofree char *both = g_strdup_printf("%s:%s", head, tail);
    const sim_variant *variant = *tail ? find_variant(f->group, both) : NULL;
    const sim_variant *alone = find_variant(f->group, head);
    bool tail_given = f->section.files[second] != NULL && *tail;
    bool same_layer = layer_of(f, f->group->select2) >= layer_of(f, f->group->select);
    if (!variant && alone && !(tail_given && same_layer)) {
        variant = alone;
        *string_at(f, second) = "";     /* a choice that this one does not have */
    }
    if (!variant)
        unknown_variant(f, *tail ? both : head);
    return variant;
}

static void choose_variant(filler *f)
{
    const sim_group *group = f->group;
    size_t first = index_of(group, group->select);
    const sim_variant *variant;
    if (group->select2) {
        variant = choose_of_two(f, first, index_of(group, group->select2));
    } else {
        variant = find_variant(group, *string_at(f, first));
        if (!variant)
            unknown_variant(f, *string_at(f, first));
    }
    const sim_given *by = find_given(f, group->select);
    f->variant_layer = by ? by->layer : -1;
    f->section.variant = variant;
}

/* One instance. given NULL: all defaults. */
static void fill_section(filler *f, const sim_group *group, sim_given_group *given)
{
    size_t most = 0;
    for (size_t v = 0; v < group->n_variants; v++)
        most = MAX(most, group->variants[v].n_keys);
    f->group = group;
    f->given = given;
    f->base = keep(f, group->size);
    f->section = (sim_section){
        .group = group,
        .name = given ? given->name : "",
        .base = f->base,
        .files = keep(f, (group->n_keys + most) * sizeof(char *)),
        .lines = keep(f, (group->n_keys + most) * sizeof(int)),
        .file = given ? given->file : NULL,
        .line = given ? given->line : 0,
    };
    fill_keys(f, group->keys, group->n_keys, 0, f->base);
    if (group->select)
        choose_variant(f);
    const sim_variant *variant = f->section.variant;
    if (variant) {
        f->data = keep(f, variant->size);
        fill_keys(f, variant->keys, variant->n_keys, group->n_keys, f->data);
        f->section.variant_data = f->data;
    }
    check_unused(f);
    g_array_append_val(f->sections, f->section);
}

/* ---- defaults that are other keys' values ----------------------------------------------- */

/* Where the value of "group.key" lies. */
static const void *find_value(const filler *f, const char *name, sim_key_kind kind)
{
    const char *dot = strchr(name, '.');
    for (guint i = 0; i < f->sections->len; i++) {
        const sim_section *s = &g_array_index(f->sections, sim_section, i);
        if (*s->name || strncmp(s->group->name, name, (size_t)(dot - name)) != 0 ||
            s->group->name[dot - name] != '\0')
            continue;
        for (size_t k = 0; k < s->group->n_keys; k++)
            if (strcmp(s->group->keys[k].name, dot + 1) == 0 && s->group->keys[k].kind == kind)
                return (const char *)s->base + s->group->keys[k].offset;
    }
    g_error("a default is `=%s`, and there is no such key of its kind", name);
}

static void follow_defaults(filler *f)
{
    for (guint i = 0; i < f->sections->len; i++) {
        const sim_section *s = &g_array_index(f->sections, sim_section, i);
        for (size_t k = 0; k < sim_section_n_keys(s); k++) {
            const sim_key *key = sim_section_key(s, k);
            if (*key->def == '=' && !s->files[k])
                memcpy((void *)sim_section_value(s, k), find_value(f, key->def + 1, key->kind),
                       sim_value_size(key->kind));
        }
    }
}

/* ---- variants of files ------------------------------------------------------------------- */

size_t sim_scenario_is_file(const char *choice)
{
    static const char suffix[] = ".so";
    size_t len = strlen(choice);
    const char *colon = strrchr(choice, ':');
    if (colon && !strchr(colon, '/') && !g_str_has_suffix(colon, suffix))
        len = (size_t)(colon - choice);
    bool ends = len >= strlen(suffix) && memcmp(choice + len - strlen(suffix), suffix,
                                                strlen(suffix)) == 0;
    return ends || memchr(choice, '/', len) ? len : 0;
}

/* ---- groups ----------------------------------------------------------------------------- */

const sim_group *sim_scenario_group(const sim_group *const *groups, size_t n_groups,
                                    const char *name)
{
    for (size_t i = 0; i < n_groups; i++)
        if (strcmp(groups[i]->name, name) == 0)
            return groups[i];
    return NULL;
}

/* [sweep] and [regress] say how to run the scenario, not what it is. */
static bool is_how_to_run(const sim_given_group *g)
{
    return strcmp(g->word, SIM_SWEEP_GROUP) == 0 || strcmp(g->word, SIM_REGRESS_GROUP) == 0;
}

/* Without `mip6sim sweep` the points of [sweep] are not run, which may be a mistake. */
static void note_unused(filler *f, const sim_given_group *g)
{
    if (*g->name)
        sim_lines_error(f->errors, SIM_ERROR_BAD, g->file, g->line,
                        "[%s] takes no name: expected [%s]", g->header, g->word);
    if (f->request->sweeps || strcmp(g->word, SIM_SWEEP_GROUP) != 0)
        return;
    char *place = g->line > 0 ? g_strdup_printf("%s:%d", g->file, g->line) : g_strdup(g->file);
    char *note = g_strdup_printf("%s: [%s] is not used: `mip6sim sweep` runs its points",
                                 keep_text(f, place), g->header);
    g_ptr_array_add(f->scenario->notes, (gpointer)keep_text(f, note));
}

/* A header is known, and has a name where it must and only there. */
static void check_header(filler *f, const sim_given_group *g)
{
    if (is_how_to_run(g)) {
        note_unused(f, g);
        return;
    }
    const sim_group *group = sim_scenario_group(f->request->groups, f->request->n_groups, g->word);
    if (!group) {
        g_autoptr(GPtrArray) names = g_ptr_array_new();
        for (size_t i = 0; i < f->request->n_groups; i++)
            g_ptr_array_add(names, (gpointer)f->request->groups[i]->name);
        g_ptr_array_add(names, (gpointer)SIM_SWEEP_GROUP);
        g_ptr_array_add(names, (gpointer)SIM_REGRESS_GROUP);
        g_autofree char *hint = sim_nearest_hint(g->word, names);
        sim_lines_error(f->errors, SIM_ERROR_BAD, g->file, g->line, "there is no group [%s]%s",
                        g->header, hint);
    } else if (*g->name && !group->named) {
        sim_lines_error(f->errors, SIM_ERROR_BAD, g->file, g->line,
                        "[%s] takes no name: expected [%s]", g->header, g->word);
    } else if (!*g->name && group->named && !group->with_default) {
        sim_lines_error(f->errors, SIM_ERROR_BAD, g->file, g->line,
                        "[%s] needs a name: expected [%s NAME]", g->word, g->word);
    }
}

/* Files that are chosen, and those that a higher layer has replaced, whose keys must be known to
 * be left out. One that cannot be loaded is told where it is chosen. */
static void load_choices(filler *f, const sim_group *group)
{
    const sim_given_group *g = group->loads && f->request->load
        ? g_hash_table_lookup(f->layers->by_header, group->name) : NULL;
    const sim_given *given = g ? g_hash_table_lookup(g->keys, group->select) : NULL;
    for (; given; given = given->before) {
        size_t len = sim_scenario_is_file(given->value);
        g_autofree char *file = g_strndup(given->value, len);
        g_autofree char *path = len ? g_canonicalize_filename(file, given->folder) : NULL;
        if (path)
            f->request->load(path, NULL);
    }
}

/* Every instance of a group: the one without a name first, named ones in file order. */
static void fill_group(filler *f, const sim_group *group)
{
    size_t before = f->sections->len;
    sim_given_group *plain = g_hash_table_lookup(f->layers->by_header, group->name);
    if (!group->named || (plain && group->with_default))
        fill_section(f, group, plain);
    for (guint i = 0; group->named && i < f->layers->groups->len; i++) {
        sim_given_group *g = g_ptr_array_index(f->layers->groups, i);
        if (strcmp(g->word, group->name) == 0 && *g->name)
            fill_section(f, group, g);
    }
    if (group->with_default && f->sections->len == before)
        fill_section(f, group, NULL);
}

sim_config *sim_scenario_read(const sim_request *request, GPtrArray *errors)
{
    guint errors_before = errors->len;
    sim_scenario *scenario = g_new0(sim_scenario, 1);
    scenario->arena = g_ptr_array_new_with_free_func(g_free);
    scenario->notes = g_ptr_array_new();
    filler f = {
        .request = request,
        .layers = sim_layers_read(request, scenario->arena, errors),
        .scenario = scenario,
        .errors = errors,
        .sections = g_array_new(FALSE, TRUE, sizeof(sim_section)),
    };
    for (guint i = 0; i < f.layers->groups->len; i++)
        check_header(&f, g_ptr_array_index(f.layers->groups, i));
    for (size_t i = 0; i < request->n_groups; i++)
        load_choices(&f, request->groups[i]);
    for (size_t i = 0; i < request->n_groups; i++)
        fill_group(&f, request->groups[i]);
    follow_defaults(&f);
    scenario->config.file = keep_text(&f, g_strdup(request->file));
    scenario->config.n_sections = f.sections->len;
    scenario->config.sections = (sim_section *)(void *)g_array_free(f.sections, FALSE);
    sim_layers_free((sim_layers *)f.layers);
    if (errors->len > errors_before) {
        sim_scenario_free(&scenario->config);
        return NULL;
    }
    return &scenario->config;
}

void sim_scenario_free(sim_config *config)
{
    if (!config)
        return;
    sim_scenario *scenario = (sim_scenario *)config;
    g_free(config->sections);
    g_ptr_array_free(scenario->arena, TRUE);
    g_ptr_array_free(scenario->notes, TRUE);
    g_free(scenario);
}

static void free_error(gpointer error)
{
    g_error_free(error);
}

GPtrArray *sim_errors_new(void)
{
    return g_ptr_array_new_with_free_func(free_error);
}

const char *const *sim_scenario_notes(const sim_config *config, size_t *n)
{
    const sim_scenario *scenario = (const sim_scenario *)config;
    *n = scenario->notes->len;
    return (const char *const *)scenario->notes->pdata;
}
