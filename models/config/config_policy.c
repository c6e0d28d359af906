/* [policy]: the library's tables of settings, as tables of a scenario file.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <string.h>

#include "models/config/config.h"
#include "models/measure/oracle.h"
#include "models/world.h"
#include "sim/engine/engine.h"

static const char *const off_on[] = {"off", "on", NULL};

/* Frequencies are stored in millionths in a configuration, as they are in the library. */
#define PER_S_SCALE 1000000

static sim_key_kind kind_of(mip6_unit unit)
{
    switch (unit) {
    case MIP6_UNIT_NS: return SIM_KEY_TIME;
    case MIP6_UNIT_BYTES: return SIM_KEY_BYTES;
    case MIP6_UNIT_PPM: return SIM_KEY_SHARE;
    case MIP6_UNIT_PACKETS: return SIM_KEY_PACKETS;
    case MIP6_UNIT_PER_S: return SIM_KEY_PER_S;
    case MIP6_UNIT_BOOL: return SIM_KEY_CHOICE;     /* an int64_t, which a bool is not */
    case MIP6_UNIT_CHOICE: return SIM_KEY_CHOICE;
    case MIP6_UNIT_NONE: break;
    }
    return SIM_KEY_INT;
}

static char *time_text(int64_t ns)
{
    static const struct { int64_t ns; const char *unit; } units[] = {
        {SIM_SECOND_NS, "s"}, {SIM_MS_NS, "ms"}, {1000, "us"}, {1, "ns"}};
    size_t i = 0;
    while (ns % units[i].ns != 0)
        i++;
    return g_strdup_printf("%" G_GINT64_FORMAT " %s", ns / units[i].ns, units[i].unit);
}

/* A share in percent, with the digits it needs. */
static char *share_text(int64_t ppm)
{
    if (ppm % 10000 == 0)
        return g_strdup_printf("%" G_GINT64_FORMAT " %%", ppm / 10000);
    return g_strdup_printf("%" G_GINT64_FORMAT ".%04" G_GINT64_FORMAT " %%", ppm / 10000,
                           ppm % 10000);
}

static char *default_text(const mip6_key *key, int64_t value)
{
    switch (key->unit) {
    case MIP6_UNIT_NS: return time_text(value);
    case MIP6_UNIT_BYTES: return g_strdup_printf("%" G_GINT64_FORMAT " B", value);
    case MIP6_UNIT_PPM: return share_text(value);
    case MIP6_UNIT_PACKETS: return g_strdup_printf("%" G_GINT64_FORMAT " packets", value);
    case MIP6_UNIT_PER_S: return g_strdup_printf("%" G_GINT64_FORMAT " /s", value);
    case MIP6_UNIT_BOOL: return g_strdup(off_on[value]);
    case MIP6_UNIT_CHOICE: return g_strdup(key->names[value]);
    case MIP6_UNIT_NONE: break;
    }
    return g_strdup_printf("%" G_GINT64_FORMAT, value);
}

void model_policy_key(const mip6_key *from, mip6_profile profile, size_t base, sim_key *to)
{
    double scale = from->unit == MIP6_UNIT_PER_S ? PER_S_SCALE : 1;
    bool choice = from->unit == MIP6_UNIT_BOOL || from->unit == MIP6_UNIT_CHOICE;
    *to = (sim_key){
        .name = from->name,
        .kind = kind_of(from->unit),
        .def = default_text(from, from->by_profile[profile]),
        .min = choice ? 0 : (double)from->min * scale,
        .max = choice ? 0 : (double)from->max * scale,
        .help = from->help,
        .offset = base + from->offset,
        .choices = from->unit == MIP6_UNIT_BOOL ? off_on : from->names,
    };
}

static const char *const profile_help[MIP6_N_PROFILES] = {
    [MIP6_PROFILE_LITERAL] = "as printed",
    [MIP6_PROFILE_SAFE] = "with the bounds that make it work",
    [MIP6_PROFILE_TUNED] = "by capacity and rate, make before break"};

static void make_variant(const mip6_policy *policy, mip6_profile profile, sim_variant *out)
{
    size_t n;
    const mip6_key *mechanism = mip6_ha_keys(&n);
    sim_key *keys = g_new0(sim_key, n + policy->n_keys);
    for (size_t i = 0; i < n; i++) {
        mip6_key key = mechanism[i];
        key.by_profile[profile] = mip6_ha_key_default(&mechanism[i], policy, profile);
        model_policy_key(&key, profile, 0, &keys[i]);
    }
    for (size_t i = 0; i < policy->n_keys; i++)
        model_policy_key(&policy->keys[i], profile, sizeof(model_policy_data), &keys[n + i]);
    model_policy_class *cls = g_new0(model_policy_class, 1);
    cls->policy = policy;
    cls->profile = profile;
    cls->name = g_strdup_printf("%s:%s", policy->name, mip6_profile_name(profile));
    char *help = policy->look ? g_strdup_printf("%s; %s", policy->help, profile_help[profile])
                              : g_strdup(policy->help);
    *out = (sim_variant){.name = cls->name, .help = help, .keys = keys,
                         .n_keys = n + policy->n_keys,
                         .size = sizeof(model_policy_data) + policy->config_size, .impl = cls};
}

/* Made once, and never given back: as static as the tables they come from. Configurations point at
 * them, so that the table never moves: there is room for so many loaded ones. */
enum { MOST_LOADED = 64 };
static sim_variant *variants;
static size_t n_variants, most_variants;

static void add_policy(const mip6_policy *policy, const char *contents, const char *file)
{
    for (int p = 0; p < MIP6_N_PROFILES; p++) {
        sim_variant *variant = &variants[n_variants++];
        make_variant(policy, (mip6_profile)p, variant);
        variant->contents = contents;
        variant->file = file;
    }
}

static void make_variants(void)
{
    size_t n = 0;
    while (mip6_policy_at(n))
        n++;
    most_variants = (n + 1 + MOST_LOADED) * MIP6_N_PROFILES;
    variants = g_new0(sim_variant, most_variants);
    for (size_t i = 0; i < n; i++)
        add_policy(mip6_policy_at(i), NULL, NULL);
    add_policy(&model_policy_oracle, NULL, NULL);
}

const sim_variant *model_policy_variants(size_t *n)
{
    static gsize once;
    if (g_once_init_enter(&once)) {
        make_variants();
        g_once_init_leave(&once, 1);
    }
    *n = n_variants;
    return variants;
}

bool model_policy_add(const mip6_policy *policy, const char *contents, const char *file)
{
    size_t n;
    model_policy_variants(&n);
    if (n + MIP6_N_PROFILES > most_variants)
        return false;
    add_policy(policy, contents, file);
    model_groups(&n);       /* the group sees the longer table */
    return true;
}

static void unscale(const mip6_key *keys, size_t n, void *data)
{
    for (size_t i = 0; i < n; i++) {
        int64_t *value = (int64_t *)(void *)((char *)data + keys[i].offset);
        if (keys[i].unit == MIP6_UNIT_PER_S)
            *value /= PER_S_SCALE;
    }
}

void model_policy_read(const sim_section *section, mip6_ha_tuning *tuning, void **own)
{
    const model_policy_class *cls = section->variant->impl;
    const model_policy_data *data = section->variant_data;
    size_t n;
    const mip6_key *mechanism = mip6_ha_keys(&n);
    *tuning = data->tuning;
    unscale(mechanism, n, tuning);
    *own = NULL;
    if (cls->policy->config_size == 0)
        return;
    *own = g_memdup2(data->own, cls->policy->config_size);
    unscale(cls->policy->keys, cls->policy->n_keys, *own);
}
