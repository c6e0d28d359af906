/* Tables of made-up groups for the tests of scenario reading, and helpers.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SCENARIO_TABLES_H
#define SCENARIO_TABLES_H

#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <string.h>

#include "sim/scenario/scenario.h"

typedef struct fake_scenario {
    const char *name;
    int64_t duration_ns, seed;
} fake_scenario;

typedef struct fake_link {
    int64_t rate_bps, buffer_bytes, queue_packets, delay_ns;
    double jitter;
    bool dad;
    int64_t loss_ppm, per_s, length_mm, speed_mms, order, level;
    const char *trace;
    sim_times steps;
    sim_prefix prefix;
} fake_link;

typedef struct fake_agent {
    int64_t capacity_bps, rate_bps, start_ns;
    const char *label;
} fake_agent;

typedef struct fake_policy {
    const char *name, *profile;
    int64_t light_ppm;
} fake_policy;

typedef struct fake_hybrid {
    int64_t rate_per_s, dwell_ns;
} fake_hybrid;

typedef struct fake_mobility {
    const char *model;
} fake_mobility;

typedef struct fake_waypoint {
    int64_t pause_ns;
} fake_waypoint;

typedef struct fake_trace {
    const char *file;
} fake_trace;

#define KEYS(k) .keys = k, .n_keys = G_N_ELEMENTS(k)
#define VARIANTS(v) .variants = v, .n_variants = G_N_ELEMENTS(v)

static const sim_key fake_scenario_keys[] = {
    {.name = "name", .kind = SIM_KEY_STRING, .def = "", .offset = offsetof(fake_scenario, name)},
    {.name = "duration", .kind = SIM_KEY_TIME, .def = "60 s", .min = 1, .max = 1e18,
     .offset = offsetof(fake_scenario, duration_ns)},
    {.name = "seed", .kind = SIM_KEY_INT, .def = "1", .max = 1e15,
     .offset = offsetof(fake_scenario, seed)},
};

static const char *const fake_orders[] = {"fifo", "priority", NULL};

static const sim_key fake_link_keys[] = {
    {.name = "rate", .kind = SIM_KEY_RATE, .def = "100 Mbit/s", .max = 1e12,
     .offset = offsetof(fake_link, rate_bps)},
    {.name = "buffer", .kind = SIM_KEY_BYTES, .def = "unlimited",
     .offset = offsetof(fake_link, buffer_bytes)},
    {.name = "queue", .kind = SIM_KEY_PACKETS, .def = "100 packets",
     .offset = offsetof(fake_link, queue_packets)},
    {.name = "delay", .kind = SIM_KEY_TIME, .def = "1 ms", .min = 1000, .max = 10e9,
     .offset = offsetof(fake_link, delay_ns)},
    {.name = "jitter", .kind = SIM_KEY_REAL, .def = "1.2", .max = 10,
     .offset = offsetof(fake_link, jitter)},
    {.name = "dad", .kind = SIM_KEY_BOOL, .def = "on", .offset = offsetof(fake_link, dad)},
    {.name = "loss", .kind = SIM_KEY_SHARE, .def = "0 %", .max = 1e6,
     .offset = offsetof(fake_link, loss_ppm)},
    {.name = "moves", .kind = SIM_KEY_PER_S, .def = "10 /s",
     .offset = offsetof(fake_link, per_s)},
    {.name = "length", .kind = SIM_KEY_LENGTH, .def = "500 m",
     .offset = offsetof(fake_link, length_mm)},
    {.name = "speed", .kind = SIM_KEY_SPEED, .def = "10 m/s",
     .offset = offsetof(fake_link, speed_mms)},
    {.name = "order", .kind = SIM_KEY_CHOICE, .def = "fifo", .choices = fake_orders,
     .offset = offsetof(fake_link, order)},
    {.name = "level", .kind = SIM_KEY_INT, .def = "0", .offset = offsetof(fake_link, level)},
    {.name = "trace", .kind = SIM_KEY_PATH, .def = "", .offset = offsetof(fake_link, trace)},
    {.name = "steps", .kind = SIM_KEY_TIMES, .def = "", .offset = offsetof(fake_link, steps)},
    {.name = "prefix", .kind = SIM_KEY_ADDRESS, .def = "2001:db8::/64",
     .offset = offsetof(fake_link, prefix)},
};

static const sim_key fake_agent_keys[] = {
    {.name = "capacity", .kind = SIM_KEY_RATE, .def = "10 Mbit/s", .min = 1000, .max = 1e12,
     .offset = offsetof(fake_agent, capacity_bps)},
    {.name = "label", .kind = SIM_KEY_STRING, .def = "", .offset = offsetof(fake_agent, label)},
    {.name = "rate", .kind = SIM_KEY_RATE, .def = "=home-link.rate",
     .offset = offsetof(fake_agent, rate_bps)},
    {.name = "start", .kind = SIM_KEY_TIME, .def = "?5 s",
     .offset = offsetof(fake_agent, start_ns)},
};

static const sim_key fake_policy_keys[] = {
    {.name = "name", .kind = SIM_KEY_STRING, .def = "hybrid",
     .offset = offsetof(fake_policy, name)},
    {.name = "profile", .kind = SIM_KEY_STRING, .def = "safe",
     .offset = offsetof(fake_policy, profile)},
    {.name = "light", .kind = SIM_KEY_SHARE, .def = "20 %", .max = 1e6,
     .offset = offsetof(fake_policy, light_ppm)},
};

static const sim_key fake_safe_keys[] = {
    {.name = "max-rate", .kind = SIM_KEY_PER_S, .def = "1 /s",
     .offset = offsetof(fake_hybrid, rate_per_s)},
};

static const sim_key fake_tuned_keys[] = {
    {.name = "max-rate", .kind = SIM_KEY_PER_S, .def = "10 /s",
     .offset = offsetof(fake_hybrid, rate_per_s)},
    {.name = "dwell", .kind = SIM_KEY_TIME, .def = "3 s",
     .offset = offsetof(fake_hybrid, dwell_ns)},
};

static const sim_variant fake_policies[] = {
    {.name = "static-dhaad", .help = "nothing moves"},
    {.name = "hybrid:safe", KEYS(fake_safe_keys), .size = sizeof(fake_hybrid)},
    {.name = "hybrid:tuned", KEYS(fake_tuned_keys), .size = sizeof(fake_hybrid)},
};

static const sim_key fake_mobility_keys[] = {
    {.name = "model", .kind = SIM_KEY_STRING, .def = "static",
     .offset = offsetof(fake_mobility, model)},
};

static const sim_key fake_waypoint_keys[] = {
    {.name = "pause", .kind = SIM_KEY_TIME, .def = "0 s",
     .offset = offsetof(fake_waypoint, pause_ns)},
};

static const sim_key fake_trace_keys[] = {
    {.name = "file", .kind = SIM_KEY_PATH, .def = "", .offset = offsetof(fake_trace, file)},
};

static const sim_variant fake_models[] = {
    {.name = "static"},
    {.name = "random-waypoint", KEYS(fake_waypoint_keys), .size = sizeof(fake_waypoint)},
    {.name = "trace", KEYS(fake_trace_keys), .size = sizeof(fake_trace)},
};

static const sim_group
    fake_scenario_group = {.name = "scenario", KEYS(fake_scenario_keys),
                           .size = sizeof(fake_scenario), .cosmetic = true},
    fake_link_group = {.name = "home-link", KEYS(fake_link_keys), .size = sizeof(fake_link)},
    fake_agent_group = {.name = "home-agent", KEYS(fake_agent_keys), .size = sizeof(fake_agent),
                        .named = true},
    fake_policy_group = {.name = "policy", KEYS(fake_policy_keys), .size = sizeof(fake_policy),
                         .select = "name", .select2 = "profile", VARIANTS(fake_policies)},
    fake_mobility_group = {.name = "mobility", KEYS(fake_mobility_keys),
                           .size = sizeof(fake_mobility), .select = "model",
                           VARIANTS(fake_models), .named = true, .with_default = true};

static const sim_group *const fake_groups[] = {
    &fake_scenario_group, &fake_link_group, &fake_agent_group, &fake_policy_group,
    &fake_mobility_group,
};

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"

/* A folder of its own for the test, made the current one. */
static char *enter_folder(void)
{
    char *folder = g_dir_make_tmp("mip6sim-XXXXXX", NULL);
    cr_assert_not_null(folder);
    char *real = realpath(folder, NULL);
    cr_assert_eq(chdir(real), 0);
    g_free(folder);
    char *copy = g_strdup(real);
    free(real);
    return copy;
}

static void leave_folder(char *folder)
{
    g_autofree char *command = g_strdup_printf("rm -rf '%s'", folder);
    cr_assert_eq(chdir("/"), 0);
    cr_assert_eq(system(command), 0);
    g_free(folder);
}

static void put(const char *file, const char *text)
{
    cr_assert(g_file_set_contents(file, text, -1, NULL));
}

/* Read FILE with --set overrides (NULL at the end may be left out by n = 0). */
static sim_config *read_with(const char *file, const sim_override *o, size_t n, GPtrArray *errors)
{
    sim_request request = {.file = file, .groups = fake_groups,
                           .n_groups = G_N_ELEMENTS(fake_groups), .overrides = o,
                           .n_overrides = n};
    return sim_scenario_read(&request, errors);
}

/* Messages are made for assertions that hold, too. */
static const char *first_of(const GPtrArray *errors)
{
    return errors->len ? ((GError *)g_ptr_array_index(errors, 0))->message : "no error";
}

static sim_config *read_good(const char *file)
{
    g_autoptr(GPtrArray) errors = sim_errors_new();
    sim_config *config = read_with(file, NULL, 0, errors);
    cr_assert_not_null(config, "%s", first_of(errors));
    cr_assert_eq(errors->len, 0);
    return config;
}

/* All error messages, one a line. */
static char *errors_of(const char *file, const sim_override *o, size_t n)
{
    g_autoptr(GPtrArray) errors = sim_errors_new();
    g_autoptr(sim_config) config = read_with(file, o, n, errors);
    GString *all = g_string_new(NULL);
    cr_assert_eq(config == NULL, errors->len > 0);
    for (guint i = 0; i < errors->len; i++) {
        GError *e = g_ptr_array_index(errors, i);
        cr_assert_eq(e->domain, SIM_CONFIG_ERROR);
        g_string_append_printf(all, "%s\n", e->message);
    }
    return g_string_free(all, FALSE);
}

/* The instance of a group in this configuration. */
static const sim_section *section_of(const sim_config *config, const char *group, const char *name)
{
    for (size_t i = 0; i < config->n_sections; i++)
        if (strcmp(config->sections[i].group->name, group) == 0 &&
            strcmp(config->sections[i].name, name) == 0)
            return &config->sections[i];
    return NULL;
}

#pragma GCC diagnostic pop

#endif
