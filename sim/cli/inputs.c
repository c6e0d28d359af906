/* See inputs.h. SPDX-License-Identifier: GPL-3.0-or-later */

#include "sim/cli/inputs.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "models/config/config.h"
#include "models/config/config_system.h"
#include "models/world.h"
#include "sim/cli/cli.h"
#include "sim/cli/policy_file.h"
#include "sim/scenario/lines.h"

/* What a system runs under where it is named alone. */
#define NO_POLICY "static-dhaad"

void sim_inputs_clear(sim_inputs *inputs)
{
    g_strfreev(inputs->rest);
    g_strfreev(inputs->sets);
    g_strfreev(inputs->policies);
    g_free(inputs->seed);
    g_free(inputs->replications);
    g_free(inputs->tie_seed);
}

const char *sim_inputs_file(const sim_inputs *inputs, const char *command)
{
    guint n = inputs->rest ? g_strv_length(inputs->rest) : 0;
    if (n == 1)
        return inputs->rest[0];
    if (n == 0)
        sim_cli_fail(SIM_EXIT_BAD, "%s: which scenario? (see `mip6sim help %s`)", command, command);
    else
        sim_cli_fail(SIM_EXIT_BAD, "%s: one scenario at a time, and `%s` is a second argument",
                     command, inputs->rest[1]);
    return NULL;
}

static void override(GArray *list, GPtrArray *texts, const char *option, int rank, char *text)
{
    g_ptr_array_add(texts, text);
    sim_override o = {.option = option, .text = text, .rank = rank};
    g_array_append_val(list, o);
}

/* One system at the most, and behind a policy. */
static bool is_one_of_each(const char *text, GPtrArray *errors)
{
    g_autofree char *kind = NULL, *setting = NULL;
    const char *plus = strrchr(text, '+');
    if (!plus || sim_scenario_is_file(text))
        return true;
    g_autofree char *before = g_strndup(text, (size_t)(plus - text));
    const char *last = strrchr(before, '+');
    if (!*before)
        sim_lines_error(errors, SIM_ERROR_BAD, "--policy", 0,
                        "`%s`: a policy is expected before the plus, as in hybrid:safe%s", text,
                        text);
    else if (model_system_named(last ? last + 1 : before, &kind, &setting))
        sim_lines_error(errors, SIM_ERROR_BAD, "--policy", 0,
                        "`%s`: `%s` is a system, and one system can follow one policy, as in "
                        "hybrid:safe+haha", text, last ? last + 1 : before);
    else
        return true;
    return false;
}

/* POLICY, POLICY+SYSTEM or SYSTEM. A policy's file may have a plus of its own; elsewhere, what
 * stands behind one and is no system is for the key to refuse. A system in a policy's place
 * was refused before. */
static void override_policy(GArray *list, GPtrArray *texts, const char *text)
{
    g_autofree char *kind = NULL, *setting = NULL;
    const char *plus = strrchr(text, '+');
    const char *policy = text;
    if (plus && !model_system_named(plus + 1, &kind, &setting)) {
        if (sim_scenario_is_file(text))
            plus = NULL;
        else
            kind = g_strdup(plus + 1);
    } else if (!plus && strcmp(text, "none") != 0 && model_system_named(text, &kind, &setting)) {
        policy = NO_POLICY;
    }
    g_autofree char *name = g_strndup(policy, plus ? (size_t)(plus - text) : strlen(policy));
    override(list, texts, "--policy", 2, g_strconcat("policy.name=", name, NULL));
    if (kind)
        override(list, texts, "--policy", 2, g_strconcat("system.kind=", kind, NULL));
    if (setting)
        override(list, texts, "--policy", 2, g_strconcat("system.", setting, NULL));
}

/* Options in the order of their ranks; texts are owned by the second list. */
static GArray *overrides_of(const sim_inputs *inputs, const char *policy, GPtrArray *texts)
{
    GArray *list = g_array_new(FALSE, FALSE, sizeof(sim_override));
    for (char **set = inputs->sets; set && *set; set++)
        override(list, texts, "--set", 0, g_strdup(*set));
    if (inputs->seed)
        override(list, texts, "--seed", 1, g_strconcat("scenario.seed=", inputs->seed, NULL));
    if (inputs->tie_seed)
        override(list, texts, "--tie-shuffle", 1,
                 g_strconcat("scenario.tie-seed=", inputs->tie_seed, NULL));
    if (inputs->replications)
        override(list, texts, "--replications", 1,
                 g_strconcat("scenario.replications=", inputs->replications, NULL));
    if (policy)
        override_policy(list, texts, policy);
    return list;
}

sim_config *sim_inputs_parse(const sim_inputs *inputs, const char *file, const char *policy,
                             const sim_override *more, size_t n_more, GPtrArray *errors)
{
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GArray) list = overrides_of(inputs, policy, texts);
    if (policy && !is_one_of_each(policy, errors))
        return NULL;
    sim_policy_files_load(inputs->policies);
    if (n_more > 0)
        g_array_append_vals(list, more, (guint)n_more);
    sim_request request = {.file = file, .overrides = (const sim_override *)(void *)list->data,
                           .n_overrides = list->len, .sweeps = more != NULL,
                           .load = sim_policy_file_load};
    request.groups = model_groups(&request.n_groups);
    return sim_scenario_read(&request, errors);
}

sim_sweep *sim_inputs_sweep(const sim_inputs *inputs, const char *file, GPtrArray *errors)
{
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GArray) list = overrides_of(inputs, NULL, texts);
    sim_request request = {.file = file, .overrides = (const sim_override *)(void *)list->data,
                           .n_overrides = list->len, .sweeps = true,
                           .load = sim_policy_file_load};
    sim_policy_files_load(inputs->policies);
    request.groups = model_groups(&request.n_groups);
    return sim_sweep_read(&request, errors);
}

sim_regress *sim_inputs_regress(const char *file, GPtrArray *errors)
{
    sim_request request = {.file = file};
    request.groups = model_groups(&request.n_groups);
    return sim_regress_read(&request, errors);
}

bool sim_inputs_check(const sim_config *config, GPtrArray *errors)
{
    GError *error = NULL;
    bool good = model_check(config, &error);
    if (!good)
        g_ptr_array_add(errors, error);
    return good;
}

sim_config *sim_inputs_read(const sim_inputs *inputs, const char *file, const char *policy,
                            GPtrArray *errors)
{
    g_autoptr(sim_config) config = sim_inputs_parse(inputs, file, policy, NULL, 0, errors);
    if (config && !sim_inputs_check(config, errors))
        return NULL;
    return g_steal_pointer(&config);
}

char *sim_inputs_hash(const sim_config *config, GError **error)
{
    /* Last: the canonical order is that of runs made before there was another. */
    bool canonical = sim_config_int(config, "scenario", "tie-seed") == 0;
    const char *const leave_out[] = {"scenario.name", "scenario.replications", "scenario.fuse",
                                     "record.pcap",
                                     canonical ? "scenario.tie-seed" : NULL, NULL};
    return sim_scenario_hash(config, leave_out, error);
}

/* Where the value of a base key lies. */
static const void *value_at(const sim_config *config, const char *group, const char *key,
                            sim_key_kind kind)
{
    const sim_section *s = sim_config_section(config, group);
    for (size_t i = 0; s && i < s->group->n_keys; i++) {
        const sim_key *k = &s->group->keys[i];
        if (strcmp(k->name, key) == 0 && k->kind == kind)
            return (const char *)s->base + k->offset;
    }
    return NULL;
}

int64_t sim_config_int(const sim_config *config, const char *group, const char *key)
{
    const int64_t *value = value_at(config, group, key, SIM_KEY_INT);
    assert(value);
    return *value;
}

const char *sim_config_text(const sim_config *config, const char *group, const char *key)
{
    const char *const *value = value_at(config, group, key, SIM_KEY_STRING);
    assert(value);
    return *value;
}

char *sim_policy_name(const sim_variant *variant)
{
    const model_policy_class *cls = variant->impl;
    const mip6_policy *policy = cls->policy;
    bool decides = policy->look || policy->first_bu || policy->preference;
    return g_strdup(decides ? variant->name : policy->name);
}

char *sim_policy_label(const sim_config *config)
{
    g_autofree char *policy = sim_policy_name(sim_config_section(config, "policy")->variant);
    g_autofree char *system = model_system_name(config);
    if (!system)
        return g_steal_pointer(&policy);
    return strcmp(policy, NO_POLICY) == 0 ? g_steal_pointer(&system)
                                          : g_strconcat(policy, "+", system, NULL);
}

char *sim_scenario_name(const sim_config *config)
{
    const char *name = sim_config_text(config, "scenario", "name");
    if (*name)
        return g_strdup(name);
    char *base = g_path_get_basename(config->file);
    if (g_str_has_suffix(base, ".ini"))
        base[strlen(base) - strlen(".ini")] = '\0';
    return base;
}

char *sim_safe_name(const char *name)
{
    enum { MAX_NAME = 100 };
    g_autoptr(GString) safe = g_string_new(NULL);
    for (const char *p = name; *p && safe->len < MAX_NAME; p++)
        g_string_append_c(safe, g_ascii_isalnum(*p) || strchr("-_+", *p) ||
                                (*p == '.' && safe->len > 0) ? *p : '_');
    return g_strdup(safe->len ? safe->str : "scenario");
}

char *sim_default_results(const char *scenario_name)
{
    g_autofree char *safe = sim_safe_name(scenario_name);
    return g_strdup_printf("results/%s.db", safe);
}

char *sim_scenarios_folder(void)
{
    static const char *const beside[] = {"../scenarios", "../share/mip6sim/scenarios",
                                         "../../scenarios"};
    g_autofree char *program = g_file_read_link("/proc/self/exe", NULL);
    g_autofree char *folder = program ? g_path_get_dirname(program) : NULL;
    for (size_t i = 0; folder && i < G_N_ELEMENTS(beside); i++) {
        g_autofree char *path = g_canonicalize_filename(beside[i], folder);
        if (g_file_test(path, G_FILE_TEST_IS_DIR))
            return g_steal_pointer(&path);
    }
    return g_file_test("scenarios", G_FILE_TEST_IS_DIR) ? g_strdup("scenarios") : NULL;
}

bool sim_is_results(const char *path)
{
    static const char magic[] = "SQLite format 3";
    char head[sizeof magic] = "";
    FILE *f = g_str_has_suffix(path, ".db") ? NULL : fopen(path, "rb");
    size_t n = f ? fread(head, 1, sizeof head, f) : 0;
    if (f)
        fclose(f);
    return g_str_has_suffix(path, ".db") || (n == sizeof magic
                                             && memcmp(head, magic, sizeof magic) == 0);
}
