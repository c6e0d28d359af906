/* Is the policy of a shared object sane? Everything that the library and the reader of scenarios
 * take for granted of a built-in one is looked at here. See policy_file.h.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <string.h>

#include "mip6.h"
#include "models/config/config.h"
#include "sim/cli/policy_file.h"
#include "sim/scenario/value.h"

enum { MAX_NAME = 64, MAX_KEYS = 256, MAX_CHOICES = 64, MAX_CONFIG = 65536 };

#define NAME_CHARACTERS G_CSET_a_2_z G_CSET_DIGITS "-_"

static bool is_name(const char *name)
{
    size_t len = strnlen(name, MAX_NAME + 1);
    return len > 0 && len <= MAX_NAME && strspn(name, NAME_CHARACTERS) == len;
}

/* ---- one key --------------------------------------------------------------------------------- */

/* How many names a CHOICE has, MAX_CHOICES + 1 for too many. */
static int64_t n_choices(const mip6_key *key)
{
    int64_t n = 0;
    while (key->names && n <= MAX_CHOICES && key->names[n])
        n++;
    return n;
}

static char *choice_problem(const mip6_key *key)
{
    int64_t n = n_choices(key);
    if (n == 0 || n > MAX_CHOICES)
        return g_strdup_printf("a choice needs 1 to %d names, NULL at the end", MAX_CHOICES);
    for (int64_t i = 0; i < n; i++)
        if (!is_name(key->names[i]))
            return g_strdup_printf("`%s` is no name of a choice", key->names[i]);
    return NULL;
}

static char *range_problem(const mip6_key *key)
{
    bool choice = key->unit == MIP6_UNIT_CHOICE, yes_no = key->unit == MIP6_UNIT_BOOL;
    int64_t min = choice || yes_no ? 0 : key->min;
    int64_t max = choice ? n_choices(key) - 1 : yes_no ? 1 : key->max;
    if (min > max)
        return g_strdup_printf("min %" G_GINT64_FORMAT " is above max %" G_GINT64_FORMAT, min,
                               max);
    for (int p = 0; p < MIP6_N_PROFILES; p++)
        if (key->by_profile[p] < min || key->by_profile[p] > max)
            return g_strdup_printf("its default in `%s`, %" G_GINT64_FORMAT ", is outside %"
                                   G_GINT64_FORMAT " to %" G_GINT64_FORMAT,
                                   mip6_profile_name((mip6_profile)p), key->by_profile[p], min,
                                   max);
    return NULL;
}

/* A default must be something that a scenario file can say. */
static char *default_problem(const mip6_key *key)
{
    char *problem = NULL;
    for (int p = 0; p < MIP6_N_PROFILES && !problem; p++) {
        sim_key as;
        int64_t value;
        model_policy_key(key, (mip6_profile)p, 0, &as);
        g_autofree char *text = (char *)as.def;
        g_autoptr(GPtrArray) arena = g_ptr_array_new_with_free_func(g_free);
        g_autofree char *why = sim_value_parse(&as, text, NULL, arena, &value);
        if (why)
            problem = g_strdup_printf("its default in `%s`: %s",
                                      mip6_profile_name((mip6_profile)p), why);
    }
    return problem;
}

static char *place_problem(const mip6_policy *policy, const mip6_key *key)
{
    if (key->offset % sizeof(int64_t) != 0 || policy->config_size < sizeof(int64_t) ||
        key->offset > policy->config_size - sizeof(int64_t))
        return g_strdup_printf("its offset is %zu: an int64_t at a multiple of 8 within the %zu "
                               "bytes of config_size is expected", key->offset,
                               policy->config_size);
    if ((uint32_t)key->unit > MIP6_UNIT_CHOICE)
        return g_strdup_printf("its unit is %u, and the last one is %u", (unsigned)key->unit,
                               (unsigned)MIP6_UNIT_CHOICE);
    return NULL;
}

static char *key_problem(const mip6_policy *policy, const mip6_key *key)
{
    char *problem = place_problem(policy, key);
    if (!problem && key->unit == MIP6_UNIT_CHOICE)
        problem = choice_problem(key);
    if (!problem)
        problem = range_problem(key);
    return problem ? problem : default_problem(key);
}

/* ---- all keys -------------------------------------------------------------------------------- */

static bool in_table(const mip6_key *keys, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(keys[i].name, name) == 0)
            return true;
    return false;
}

/* Names are those of a scenario's [policy], which has others. */
static char *name_problem(const mip6_policy *policy, size_t at)
{
    static const char *const taken[] = {"name", "profile", NULL};
    const mip6_key *key = &policy->keys[at];
    size_t n;
    const mip6_key *mechanism = mip6_ha_keys(&n);
    if (!key->name || !is_name(key->name))
        return g_strdup_printf("key %zu is called `%s`: small letters, digits, - and _ are "
                               "expected, %d at most", at + 1, key->name ? key->name : "(null)",
                               MAX_NAME);
    if (g_strv_contains(taken, key->name) || in_table(mechanism, n, key->name))
        return g_strdup_printf("key `%s` has the name of a key that every policy has", key->name);
    for (size_t i = 0; i < at; i++) {
        if (strcmp(policy->keys[i].name, key->name) == 0)
            return g_strdup_printf("two keys are called `%s`", key->name);
        if (policy->keys[i].offset == key->offset)
            return g_strdup_printf("keys `%s` and `%s` have one offset", policy->keys[i].name,
                                   key->name);
    }
    return NULL;
}

static char *keys_problem(const mip6_policy *policy)
{
    if (policy->n_keys > MAX_KEYS || (policy->n_keys > 0 && !policy->keys))
        return g_strdup_printf("it has %zu keys at %p: %d at most are expected", policy->n_keys,
                               (const void *)policy->keys, MAX_KEYS);
    for (size_t i = 0; i < policy->n_keys; i++) {
        char *problem = name_problem(policy, i);
        if (problem)
            return problem;
        g_autofree char *why = key_problem(policy, &policy->keys[i]);
        if (why)
            return g_strdup_printf("key `%s`: %s", policy->keys[i].name, why);
    }
    return NULL;
}

/* ---- other defaults of the mechanism's keys -------------------------------------------------- */

static const mip6_key *mechanism_key(const char *name)
{
    size_t n;
    const mip6_key *mechanism = mip6_ha_keys(&n);
    for (size_t i = 0; i < n; i++)
        if (strcmp(mechanism[i].name, name) == 0)
            return &mechanism[i];
    return NULL;
}

static char *presets_problem(const mip6_policy *policy)
{
    if (policy->n_presets > MAX_KEYS || (policy->n_presets > 0 && !policy->presets))
        return g_strdup_printf("it has %zu presets at %p: %d at most are expected",
                               policy->n_presets, (const void *)policy->presets, MAX_KEYS);
    for (size_t i = 0; i < policy->n_presets; i++) {
        const mip6_preset *preset = &policy->presets[i];
        const mip6_key *key = preset->key ? mechanism_key(preset->key) : NULL;
        if (!key)
            return g_strdup_printf("preset %zu is for `%s`, which no policy has", i + 1,
                                   preset->key ? preset->key : "(null)");
        mip6_key as = *key;
        memcpy(as.by_profile, preset->by_profile, sizeof as.by_profile);
        g_autofree char *why = range_problem(&as);
        if (!why)
            why = default_problem(&as);
        if (why)
            return g_strdup_printf("its preset for `%s`: %s", preset->key, why);
    }
    return NULL;
}

/* ---- the policy ------------------------------------------------------------------------------ */

static char *functions_problem(const mip6_policy *policy)
{
    if (!policy->look && !policy->first_bu && !policy->preference)
        return g_strdup("it has none of look, first_bu and preference, and would decide nothing");
    if ((policy->look || policy->first_bu) && !policy->advertises_load)
        return g_strdup("it moves nodes (look, first_bu) without advertises_load: no agent would "
                        "know another's load, and none could move");
    return NULL;
}

char *sim_policy_problem(const mip6_policy *policy)
{
    if (policy->abi != MIP6_POLICY_ABI)
        return g_strdup_printf("it is made for interface %u of mip6_policy.h, and this program has "
                               "interface %u: build it with the header of this program",
                               policy->abi, MIP6_POLICY_ABI);
    if (!policy->name || !is_name(policy->name))
        return g_strdup_printf("its name is `%s`: small letters, digits, - and _ are expected, %d "
                               "at most", policy->name ? policy->name : "(null)", MAX_NAME);
    if (!policy->help || !g_utf8_validate(policy->help, -1, NULL))
        return g_strdup("it has no `help`: one line of text is expected");
    if (policy->state_size > MIP6_POLICY_MAX_STATE)
        return g_strdup_printf("its state_size is %zu, and an agent has at most %d bytes for it",
                               policy->state_size, MIP6_POLICY_MAX_STATE);
    if (policy->config_size > MAX_CONFIG)
        return g_strdup_printf("its config_size is %zu, and at most %d bytes are expected",
                               policy->config_size, MAX_CONFIG);
    char *problem = keys_problem(policy);
    if (!problem)
        problem = presets_problem(policy);
    return problem ? problem : functions_problem(policy);
}
