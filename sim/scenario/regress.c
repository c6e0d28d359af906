/* See regress.h. SPDX-License-Identifier: GPL-3.0-or-later */

#include "sim/scenario/regress.h"

#include <string.h>

#include "sim/scenario/layers.h"
#include "sim/scenario/lines.h"
#include "sim/scenario/nearest.h"

#define BAD(errors, given, ...) \
    sim_lines_error(errors, SIM_ERROR_BAD, (given)->file, (given)->line, \
                    "[" SIM_REGRESS_GROUP "] " __VA_ARGS__)

static const char *keep(sim_regress *r, char *text)
{
    g_ptr_array_add(r->arena, text);
    return text;
}

/* A policy in a file is named relative to the file that names it. g_free. */
static char *whole_name(const char *name, const sim_given *given)
{
    size_t len = sim_scenario_is_file(name);
    g_autofree char *file = g_strndup(name, len);
    g_autofree char *path = len ? g_canonicalize_filename(file, given->folder) : g_strdup("");
    return g_strconcat(path, name + len, NULL);
}

/* ---- keys of its own ------------------------------------------------------------------------ */

static void read_policies(sim_regress *r, const sim_given *given, GPtrArray *errors)
{
    g_auto(GStrv) parts = g_strsplit(given->value, ",", -1);
    r->policies = g_ptr_array_new();
    for (char **part = parts; *part; part++) {
        const char *name = g_strstrip(*part);
        if (*name == '\0')
            BAD(errors, given, "policies: a name is missing in `%s`", given->value);
        else if (g_ptr_array_find_with_equal_func(r->policies, name, g_str_equal, NULL))
            BAD(errors, given, "policies: `%s` is there twice", name);
        else
            g_ptr_array_add(r->policies, (gpointer)keep(r, whole_name(name, given)));
    }
}

static void read_replications(sim_regress *r, const sim_given *given, GPtrArray *errors)
{
    gint64 n = 0;
    if (!g_ascii_string_to_signed(given->value, 10, 1, SIM_REGRESS_MOST_REPLICATIONS, &n, NULL))
        BAD(errors, given, "replications: `%s` is no number from 1 to %d", given->value,
            SIM_REGRESS_MOST_REPLICATIONS);
    r->replications = n;
}

static void read_optional(sim_regress *r, const sim_given *given, GPtrArray *errors)
{
    r->optional = strcmp(given->value, "yes") == 0 || strcmp(given->value, "on") == 0;
    if (!r->optional && strcmp(given->value, "no") != 0 && strcmp(given->value, "off") != 0)
        BAD(errors, given, "optional: `%s` is neither yes nor no", given->value);
}

/* ---- overrides ------------------------------------------------------------------------------ */

/* How often and under which policies it runs is said by the keys above. */
static bool may_override(const char *key)
{
    static const char *const not[] = {"scenario.name", "scenario.replications", "policy.name"};
    for (size_t i = 0; i < G_N_ELEMENTS(not); i++)
        if (strcmp(key, not[i]) == 0)
            return false;
    return true;
}

static void add_override(sim_regress *r, const sim_given *given, GPtrArray *errors)
{
    if (!may_override(given->key)) {
        BAD(errors, given, "%s: this is not overridden here", given->key);
        return;
    }
    sim_override o = {
        .option = keep(r, g_strdup_printf("%s:%d", given->file, given->line)),
        .text = keep(r, g_strdup_printf("%s=%s", given->key, given->value)),
        .folder = keep(r, g_strdup(given->folder)),
    };
    g_array_append_val(r->overrides, o);
}

bool sim_regress_overrides(const sim_regress *r, const char *key)
{
    size_t n = strlen(key);
    for (guint i = 0; i < r->overrides->len; i++) {
        const char *text = g_array_index(r->overrides, sim_override, i).text;
        if (strncmp(text, key, n) == 0 && text[n] == '=')
            return true;
    }
    return false;
}

/* ---- the group ------------------------------------------------------------------------------ */

static const struct {
    const char *name;
    void (*read)(sim_regress *r, const sim_given *given, GPtrArray *errors);
} own_keys[] = {
    {"policies", read_policies}, {"replications", read_replications}, {"optional", read_optional},
};

static void read_line(sim_regress *r, const sim_given *given, GPtrArray *errors)
{
    if (*given->value == '\0')
        return;
    if (strchr(given->key, '.')) {
        add_override(r, given, errors);
        return;
    }
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (size_t i = 0; i < G_N_ELEMENTS(own_keys); i++) {
        if (strcmp(own_keys[i].name, given->key) == 0) {
            own_keys[i].read(r, given, errors);
            return;
        }
        g_ptr_array_add(names, (gpointer)own_keys[i].name);
    }
    g_autofree char *hint = sim_nearest_hint(given->key, names);
    BAD(errors, given, "has no key `%s`%s (overrides are written `group.key = value`)", given->key,
        hint);
}

sim_regress *sim_regress_read(const sim_request *request, GPtrArray *errors)
{
    guint errors_before = errors->len;
    sim_regress *r = g_new0(sim_regress, 1);
    r->overrides = g_array_new(FALSE, FALSE, sizeof(sim_override));
    r->arena = g_ptr_array_new_with_free_func(g_free);
    sim_layers *layers = sim_layers_read(request, r->arena, errors);
    const sim_given_group *g = g_hash_table_lookup(layers->by_header, SIM_REGRESS_GROUP);
    for (guint i = 0; g && i < g->order->len; i++)
        read_line(r, g_ptr_array_index(g->order, i), errors);
    sim_layers_free(layers);
    if (errors->len > errors_before)
        g_clear_pointer(&r, sim_regress_free);
    return r;
}

void sim_regress_free(sim_regress *r)
{
    if (!r)
        return;
    if (r->policies)
        g_ptr_array_free(r->policies, TRUE);
    g_array_free(r->overrides, TRUE);
    g_ptr_array_free(r->arena, TRUE);
    g_free(r);
}
