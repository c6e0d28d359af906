/* See regress_set.h. SPDX-License-Identifier: GPL-3.0-or-later */

#include "sim/cli/regress_set.h"

#include <stdlib.h>
#include <string.h>

#include "models/config/config.h"
#include "sim/cli/cli.h"
#include "sim/engine/engine.h"
#include "sim/scenario/nearest.h"

#define FOLDER "scenarios"

enum { REPLICATIONS = 20 };
static const int64_t short_ns = 60 * SIM_SECOND_NS;

static const char *const default_policies[] = {"static-dhaad", "hybrid:safe", "hybrid:tuned",
                                               NULL};

/* ---- items ---------------------------------------------------------------------------------- */

static void plan_free(gpointer plan)
{
    sim_plan_free(plan);
}

static void item_free(gpointer p)
{
    sim_regress_item *item = p;
    g_free(item->file);
    g_free(item->name);
    g_free(item->skipped);
    g_ptr_array_free(item->plans, TRUE);
    g_free(item);
}

GPtrArray *sim_regress_set_new(void)
{
    return g_ptr_array_new_with_free_func(item_free);
}

/* ---- overrides ------------------------------------------------------------------------------ */

/* What is recorded changes no fingerprint and no metric; little of it is needed. */
static void add_override(GArray *list, GPtrArray *texts, char *text)
{
    sim_override o = {.option = "[" SIM_REGRESS_GROUP "]", .text = text};
    g_ptr_array_add(texts, text);
    g_array_append_val(list, o);
}

static void add_recording(GArray *list, GPtrArray *texts)
{
    static const char *const settings[] = {
        "record.fingerprints=on", "record.events=off", "record.histograms=off",
        "record.per-mobile-node=off", "record.sample=10 s"};
    for (size_t i = 0; i < G_N_ELEMENTS(settings); i++)
        add_override(list, texts, g_strdup(settings[i]));
}

/* Where the group does not say how long: a minute, and as much less warm-up. */
static void add_short_time(const sim_regress *r, const model_scenario_config *s, GArray *list,
                           GPtrArray *texts)
{
    if (sim_regress_overrides(r, "scenario.duration") || s->duration_ns <= short_ns)
        return;
    double share = (double)short_ns / (double)s->duration_ns;
    add_override(list, texts, g_strdup_printf("scenario.duration=%" G_GINT64_FORMAT " ns",
                                              short_ns));
    if (!sim_regress_overrides(r, "scenario.warm-up"))
        add_override(list, texts, g_strdup_printf("scenario.warm-up=%" G_GINT64_FORMAT " ns",
                                                  (int64_t)((double)s->warm_up_ns * share)));
}

/* Paths are relative to the file that says them, or stay absolute: the folder is not used. */
static GArray *overrides_of(const sim_regress *r, const sim_config *config, bool full,
                            GPtrArray *texts)
{
    GArray *list = g_array_new(FALSE, FALSE, sizeof(sim_override));
    if (!full) {
        add_short_time(r, sim_config_section(config, "scenario")->base, list, texts);
        g_array_append_vals(list, r->overrides->data, r->overrides->len);
    }
    add_recording(list, texts);
    return list;
}

/* ---- adding a scenario ---------------------------------------------------------------------- */

static void add_plan(sim_regress_item *item, const char *policy, const GArray *overrides,
                     GPtrArray *errors)
{
    sim_inputs none = {0};
    g_autoptr(sim_config) config =
        sim_inputs_parse(&none, item->file, policy,
                         (const sim_override *)(const void *)overrides->data, overrides->len,
                         errors);
    if (!config || !sim_inputs_check(config, errors))
        return;
    GError *error = NULL;
    sim_plan *plan = sim_plan_of(g_steal_pointer(&config), &error);
    for (guint i = 0; plan && i < item->plans->len; i++)
        if (strcmp(((sim_plan *)g_ptr_array_index(item->plans, i))->policy, plan->policy) == 0)
            error = g_error_new(SIM_CONFIG_ERROR, SIM_ERROR_BAD, "%s: [" SIM_REGRESS_GROUP "] has "
                                "`%s` twice", item->file, plan->policy);
    if (plan)
        g_ptr_array_add(item->plans, plan);
    if (error)
        g_ptr_array_add(errors, error);
}

static void add_plans(sim_regress_item *item, const sim_regress *r, const GArray *overrides,
                      GPtrArray *errors)
{
    guint before = errors->len;
    guint n = r->policies ? r->policies->len : g_strv_length((char **)default_policies);
    for (guint i = 0; i < n && errors->len == before; i++)
        add_plan(item, r->policies ? g_ptr_array_index(r->policies, i) : default_policies[i],
                 overrides, errors);
}

/* Baselines are found by name, so two scenarios may not share one. */
static bool is_new_name(const GPtrArray *set, const sim_regress_item *item, GPtrArray *errors)
{
    for (guint i = 0; i < set->len; i++) {
        const sim_regress_item *other = g_ptr_array_index(set, i);
        if (strcmp(other->name, item->name) != 0)
            continue;
        g_ptr_array_add(errors, g_error_new(SIM_CONFIG_ERROR, SIM_ERROR_BAD, "%s: its name `%s` is "
                        "that of %s: baselines are found by name", item->file, item->name,
                        other->file));
        return false;
    }
    return true;
}

static void fill_item(sim_regress_item *item, const sim_regress *r, const sim_config *config,
                      bool full, GPtrArray *errors)
{
    const char *missing = r->optional ? sim_scenario_missing_file(config) : NULL;
    if (missing) {
        item->skipped = g_strdup_printf("there is no %s", missing);
        return;
    }
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GArray) overrides = overrides_of(r, config, full, texts);
    add_plans(item, r, overrides, errors);
}

bool sim_regress_set_add(GPtrArray *set, const char *file, bool full, int64_t at_most,
                         GPtrArray *errors)
{
    guint before = errors->len;
    sim_inputs none = {0};
    sim_override nothing = {0};
    g_autoptr(sim_regress) r = sim_inputs_regress(file, errors);
    g_autoptr(sim_config) config = r ? sim_inputs_parse(&none, file, NULL, &nothing, 0, errors)
                                     : NULL;
    if (!config)
        return false;
    sim_regress_item *item = g_new0(sim_regress_item, 1);
    item->file = g_strdup(file);
    g_autofree char *name = sim_scenario_name(config);
    item->name = sim_safe_name(name);
    item->plans = g_ptr_array_new_with_free_func(plan_free);
    item->replications = r->replications ? r->replications : REPLICATIONS;
    if (at_most > 0)
        item->replications = MIN(item->replications, at_most);
    if (is_new_name(set, item, errors))
        fill_item(item, r, config, full, errors);
    g_ptr_array_add(set, item);
    return errors->len == before;
}

/* ---- files ---------------------------------------------------------------------------------- */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Names of the scenarios in the folder; empty where there is none. */
static GPtrArray *names_there(void)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    GDir *dir = g_dir_open(FOLDER, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir)) != NULL;)
        if (g_str_has_suffix(name, ".ini") && *name != '.')
            g_ptr_array_add(names, g_strndup(name, strlen(name) - strlen(".ini")));
    if (dir)
        g_dir_close(dir);
    if (names->len > 0)
        qsort(names->pdata, names->len, sizeof *names->pdata, by_text);
    return names;
}

/* A file, or a name of the folder. NULL, told. g_free. */
static char *file_of(const char *given, const GPtrArray *names)
{
    if (g_file_test(given, G_FILE_TEST_IS_REGULAR))
        return g_strdup(given);
    if (g_ptr_array_find_with_equal_func((GPtrArray *)names, given, g_str_equal, NULL))
        return g_strconcat(FOLDER "/", given, ".ini", NULL);
    g_autofree char *hint = sim_nearest_hint(given, names);
    sim_cli_fail(SIM_EXIT_BAD, "there is no scenario `%s`%s", given, hint);
    return NULL;
}

GPtrArray *sim_regress_files(char **given)
{
    g_autoptr(GPtrArray) names = names_there();
    g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; !given && i < names->len; i++)
        g_ptr_array_add(files, g_strconcat(FOLDER "/", (char *)g_ptr_array_index(names, i),
                                           ".ini", NULL));
    for (char **name = given; name && *name; name++) {
        char *file = file_of(*name, names);
        if (!file)
            return NULL;
        g_ptr_array_add(files, file);
    }
    if (files->len > 0)
        return g_steal_pointer(&files);
    sim_cli_fail(SIM_EXIT_BAD, "there is no folder `" FOLDER "` with scenarios here: name them, or "
                 "go to the repository's folder");
    return NULL;
}
