/* mip6sim list: what there is to choose from, from the same tables that choose.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/json.h"
#include "models/world.h"
#include "sim/cli/cli.h"
#include "sim/cli/inputs.h"
#include "sim/scenario/nearest.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/value.h"

/* What is told so far: lines for a person, or objects in a JSON array. */
typedef struct page {
    GString *out;
    bool json;
} page;

/* ---- JSON --------------------------------------------------------------------------------- */

/* A further member; null for none. */
static void put_text(GString *out, const char *name, const char *text)
{
    g_string_append_printf(out, ", \"%s\": ", name);
    if (text)
        analysis_json_string(out, text);
    else
        g_string_append(out, "null");
}

/* An object, left open. */
static void open_object(GString *out, const char *name, const char *help)
{
    g_string_append(out, out->len > 0 ? ",\n  {\"name\": " : "  {\"name\": ");
    analysis_json_string(out, name);
    put_text(out, "help", help ? help : "");
}

/* ---- variants ----------------------------------------------------------------------------- */

/* "name   help" with the help broken to fit the width, indented below itself. */
static void add_line(GString *out, int indent, const char *name, const char *text)
{
    enum { WIDTH = 98 };
    int column = indent;
    g_string_append_printf(out, "  %s", name);
    int at = 2 + (int)g_utf8_strlen(name, -1);
    if (at >= column - 1) {
        g_string_append_c(out, '\n');
        at = 0;
    }
    g_string_append_printf(out, "%*s", column - at, "");
    at = column;
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    for (char **w = words; *w; w++) {
        int len = (int)g_utf8_strlen(*w, -1);
        if (at > column && at + 1 + len > WIDTH) {
            g_string_append_printf(out, "\n%*s", column, "");
            at = column;
        } else if (at > column) {
            g_string_append_c(out, ' ');
            at++;
        }
        g_string_append(out, *w);
        at += len;
    }
    g_string_append_c(out, '\n');
}

static void add_entry(page *p, int indent, const char *name, const char *help)
{
    if (!p->json) {
        add_line(p->out, indent, name, help);
        return;
    }
    open_object(p->out, name, help);
    g_string_append_c(p->out, '}');
}

static const sim_group *group_named(const char *name)
{
    size_t n;
    const sim_group *const *groups = model_groups(&n);
    return sim_scenario_group(groups, n, name);
}

static void list_variants(page *p, const char *name)
{
    const sim_group *group = group_named(name);
    for (size_t i = 0; group && i < group->n_variants; i++)
        add_entry(p, 26, group->variants[i].name,
                  group->variants[i].help ? group->variants[i].help : "");
}

/* As results name them: those that decide nothing without a profile. */
static int list_policies(page *p, const char *argument)
{
    (void)argument;
    const sim_group *group = group_named("policy");
    g_autofree char *last = NULL;
    for (size_t i = 0; i < group->n_variants; i++) {
        g_autofree char *label = sim_policy_name(&group->variants[i]);
        if (g_strcmp0(label, last) != 0)
            add_entry(p, 26, label, group->variants[i].help);
        g_free(last);
        last = g_steal_pointer(&label);
    }
    return SIM_EXIT_DONE;
}

static int list_mobility(page *p, const char *argument)
{
    (void)argument;
    list_variants(p, "mobility");
    return SIM_EXIT_DONE;
}

static int list_traffic(page *p, const char *argument)
{
    (void)argument;
    list_variants(p, "traffic");
    return SIM_EXIT_DONE;
}

/* ---- metrics ------------------------------------------------------------------------------ */

static void add_metric(page *p, const model_metric *m)
{
    static const char *const better[] = {"lower", NULL, "higher"};
    const char *which = better[m->better + 1];
    if (p->json) {
        open_object(p->out, m->name, m->help);
        put_text(p->out, "unit", m->unit);
        put_text(p->out, "better", which);
        g_string_append_printf(p->out, ", \"per_agent\": %s}", m->per_agent ? "true" : "false");
        return;
    }
    g_autofree char *text = g_strdup_printf("%s [%s%s%s%s%s]", m->help, m->unit,
                                            m->per_agent ? ", of each agent" : "",
                                            which ? ", " : "", which ? which : "",
                                            which ? " is better" : "");
    add_line(p->out, 34, m->name, text);
}

static int list_metrics(page *p, const char *argument)
{
    (void)argument;
    const model_metric *m;
    for (size_t i = 0; (m = model_metric_at(i)) != NULL; i++)
        add_metric(p, m);
    return SIM_EXIT_DONE;
}

/* ---- scenarios ---------------------------------------------------------------------------- */

/* The first comment line, without its #. g_free. */
static char *first_comment(const char *path)
{
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL) || !g_utf8_validate(text, -1, NULL))
        return g_strdup("");
    const char *p = g_str_has_prefix(text, "\xef\xbb\xbf") ? text + 3 : text;
    if (*p != '#')
        return g_strdup("");
    p += 1 + strspn(p + 1, " \t");
    return g_strndup(p, strcspn(p, "\r\n"));
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* A path as one would type it here. g_free. */
static char *short_path(const char *folder, const char *name)
{
    g_autofree char *here = g_get_current_dir();
    g_autofree char *prefix = g_strconcat(here, "/", NULL);
    g_autofree char *path = g_build_filename(folder, name, NULL);
    return g_strdup(g_str_has_prefix(path, prefix) ? path + strlen(prefix) : path);
}

/* Names of the .ini files of a folder, and of its folders one level down ("paper/zipf.ini"). */
static void find_scenarios(const char *folder, const char *below, GPtrArray *names)
{
    g_autofree char *path = g_build_filename(folder, below ? below : ".", NULL);
    GDir *dir = g_dir_open(path, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir)) != NULL;) {
        g_autofree char *child = g_build_filename(path, name, NULL);
        if (g_str_has_suffix(name, ".ini"))
            g_ptr_array_add(names, below ? g_build_filename(below, name, NULL) : g_strdup(name));
        else if (!below && g_file_test(child, G_FILE_TEST_IS_DIR))
            find_scenarios(folder, name, names);
    }
    if (dir)
        g_dir_close(dir);
}

static int list_scenarios(page *p, const char *argument)
{
    (void)argument;
    g_autofree char *folder = sim_scenarios_folder();
    if (!folder)
        return sim_cli_fail(SIM_EXIT_CANNOT, "list: there is no folder of scenarios here");
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    find_scenarios(folder, NULL, names);
    if (names->len > 0)
        qsort(names->pdata, names->len, sizeof *names->pdata, compare_names);
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *shown = short_path(folder, g_ptr_array_index(names, i));
        g_autofree char *path = g_build_filename(folder, g_ptr_array_index(names, i), NULL);
        g_autofree char *comment = first_comment(path);
        add_entry(p, 40, shown, comment);
    }
    return SIM_EXIT_DONE;
}

/* ---- keys --------------------------------------------------------------------------------- */

static void add_key(GString *out, const sim_key *key)
{
    g_autofree char *range = sim_value_range(key);
    g_autofree char *expected = key->kind == SIM_KEY_CHOICE ? sim_value_expected(key) : NULL;
    g_autoptr(GString) text = g_string_new(key->help ? key->help : "");
    if (range || expected)
        g_string_append_printf(text, " (%s)", range ? range : expected);
    g_autofree char *name = *key->def == '='
        ? g_strdup_printf("%s = (%s)", key->name, key->def + 1)
        : g_strdup_printf("%s = %s", key->name, sim_value_default(key));
    add_line(out, 40, name, text->str);
}

/* Does an earlier variant have this key? */
static bool is_listed(const sim_group *group, size_t variant, const char *name)
{
    for (size_t v = 0; v < variant; v++)
        for (size_t i = 0; i < group->variants[v].n_keys; i++)
            if (strcmp(group->variants[v].keys[i].name, name) == 0)
                return true;
    return false;
}

static const sim_key *key_of(const sim_variant *variant, const char *name)
{
    for (size_t i = 0; i < variant->n_keys; i++)
        if (strcmp(variant->keys[i].name, name) == 0)
            return &variant->keys[i];
    return NULL;
}

/* "hybrid:safe" -> "safe": profiles make the difference in defaults. */
static const char *short_name(const sim_variant *variant)
{
    const char *colon = strchr(variant->name, ':');
    return colon ? colon + 1 : variant->name;
}

/* A key of variants, once for all of them: who has it, and their defaults. */
static void add_variant_key(GString *out, const sim_group *group, const sim_key *key)
{
    g_autoptr(GString) differ = g_string_new(NULL);
    g_autoptr(GString) owners = g_string_new(NULL);
    g_autoptr(GHashTable) told = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    size_t n = 0;
    bool same = true;
    for (size_t v = 0; v < group->n_variants; v++) {
        const sim_key *k = key_of(&group->variants[v], key->name);
        if (!k)
            continue;
        n++;
        same = same && strcmp(k->def, key->def) == 0;
        g_string_append_printf(owners, "%s%s", n > 1 ? ", " : "", group->variants[v].name);
        char *text = g_strdup_printf("%s: %s", short_name(&group->variants[v]),
                                     sim_value_default(k));
        if (g_hash_table_add(told, text))
            g_string_append_printf(differ, "%s%s", differ->len ? ", " : "", text);
    }
    sim_key shown = *key;
    g_autofree char *who = n < group->n_variants ? g_strdup_printf("; with %s = %s", group->select,
                                                                   owners->str) : g_strdup("");
    g_autofree char *help = g_strdup_printf("%s%s%s%s", key->help ? key->help : "", who,
                                            same ? "" : "; ", same ? "" : differ->str);
    shown.help = help;
    shown.def = same ? key->def : "...";
    add_key(out, &shown);
}

static void list_group(GString *out, const sim_group *group)
{
    g_string_append_printf(out, "[%s%s]  %s\n", group->name,
                           !group->named ? "" : group->with_default ? " (NAME)" : " NAME",
                           group->help ? group->help : "");
    for (size_t i = 0; i < group->n_keys; i++)
        add_key(out, &group->keys[i]);
    for (size_t v = 0; v < group->n_variants; v++)
        for (size_t i = 0; i < group->variants[v].n_keys; i++)
            if (!is_listed(group, v, group->variants[v].keys[i].name))
                add_variant_key(out, group, &group->variants[v].keys[i]);
}

static void put_key(GString *out, const sim_group *group, const sim_variant *variant,
                    const sim_key *key)
{
    g_autofree char *range = sim_value_range(key), *expected = sim_value_expected(key);
    bool inherits = *key->def == '=';
    open_object(out, key->name, key->help);
    put_text(out, "group", group->name);
    put_text(out, "with", variant ? variant->name : NULL);
    put_text(out, "default", inherits ? NULL : sim_value_default(key));
    put_text(out, "default_of", inherits ? key->def + 1 : NULL);
    put_text(out, "expected", expected);
    put_text(out, "range", range);
    g_string_append_c(out, '}');
}

/* Of each variant its own, with its own defaults. */
static void put_group(GString *out, const sim_group *group)
{
    for (size_t i = 0; i < group->n_keys; i++)
        put_key(out, group, NULL, &group->keys[i]);
    for (size_t v = 0; v < group->n_variants; v++)
        for (size_t i = 0; i < group->variants[v].n_keys; i++)
            put_key(out, group, &group->variants[v], &group->variants[v].keys[i]);
}

static int list_keys(page *p, const char *argument)
{
    size_t n;
    const sim_group *const *groups = model_groups(&n);
    if (argument && !sim_scenario_group(groups, n, argument)) {
        g_autoptr(GPtrArray) names = g_ptr_array_new();
        for (size_t i = 0; i < n; i++)
            g_ptr_array_add(names, (gpointer)groups[i]->name);
        g_autofree char *hint = sim_nearest_hint(argument, names);
        return sim_cli_fail(SIM_EXIT_BAD, "list: there is no group [%s]%s", argument, hint);
    }
    for (size_t i = 0; i < n; i++) {
        if (argument && strcmp(groups[i]->name, argument) != 0)
            continue;
        if (p->json) {
            put_group(p->out, groups[i]);
        } else {
            g_string_append(p->out, p->out->len > 0 ? "\n" : "");
            list_group(p->out, groups[i]);
        }
    }
    return SIM_EXIT_DONE;
}

/* ---- the command -------------------------------------------------------------------------- */

typedef struct topic {
    const char *name;
    int (*list)(page *p, const char *argument);
    bool takes_argument;
} topic;

static const topic topics[] = {
    {"policies", list_policies, false}, {"mobility", list_mobility, false},
    {"traffic", list_traffic, false},   {"metrics", list_metrics, false},
    {"scenarios", list_scenarios, false}, {"keys", list_keys, true},
};

static const topic *find_topic(const char *name)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (size_t i = 0; i < G_N_ELEMENTS(topics); i++) {
        if (strcmp(topics[i].name, name) == 0)
            return &topics[i];
        g_ptr_array_add(names, (gpointer)topics[i].name);
    }
    g_autofree char *hint = sim_nearest_hint(name, names);
    sim_cli_fail(SIM_EXIT_BAD, "list: nothing is called `%s`%s (see `mip6sim help list`)", name,
                 hint);
    return NULL;
}

static int list(char **rest, bool json)
{
    guint n = rest ? g_strv_length(rest) : 0;
    if (n == 0)
        return sim_cli_fail(SIM_EXIT_BAD, "list: of what? policies, mobility, traffic, metrics, "
                                          "scenarios or keys");
    const topic *t = find_topic(rest[0]);
    if (!t)
        return SIM_EXIT_BAD;
    if (n > (t->takes_argument ? 2u : 1u))
        return sim_cli_fail(SIM_EXIT_BAD, "list: `%s` is one argument too many", rest[n - 1]);
    g_autoptr(GString) out = g_string_new(NULL);
    int code = t->list(&(page){out, json}, rest[1]);
    if (json) {
        g_string_prepend(out, "[\n");
        g_string_append(out, "\n]\n");
    }
    return code == SIM_EXIT_DONE ? sim_cli_print(out->str) : code;
}

#define LIST_ENTRIES(rest, json) \
    {"json", 0, 0, G_OPTION_ARG_NONE, json, "Print the list as JSON", NULL}, \
    {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, rest, NULL, NULL}, \
    {NULL, 0, 0, 0, NULL, NULL, NULL}

static int run(int argc, char **argv)
{
    char **rest = NULL;
    gboolean json = FALSE;
    const GOptionEntry entries[] = {LIST_ENTRIES(&rest, &json)};
    int code = sim_cli_parse(&sim_command_list, entries, &argc, &argv);
    if (code < 0)
        code = list(rest, json);
    g_strfreev(rest);
    return code;
}

static char *help(void)
{
    char **rest = NULL;
    gboolean json = FALSE;
    const GOptionEntry entries[] = {LIST_ENTRIES(&rest, &json)};
    return sim_cli_help_text(&sim_command_list, entries);
}

const sim_command sim_command_list = {
    .name = "list",
    .arguments = "policies|mobility|traffic|metrics|scenarios|keys [GROUP]",
    .summary = "List policies, mobility models, traffic sources, metrics, scenarios or keys",
    .description =
        "`keys` lists what a scenario file may hold, with defaults; `keys GROUP` one group of it.\n"
        "`scenarios` are those that come with the program, each with its first comment line.\n",
    .run = run,
    .help = help,
};
