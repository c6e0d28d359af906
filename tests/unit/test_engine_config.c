/* sim/engine: look-ups in a configuration, errors that name file and line, the null sink.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <criterion/criterion.h>
#include <signal.h>

#include "sim/engine/config.h"
#include "sim/engine/sink.h"

static const sim_key base_keys[] = {
    {.name = "rate", .kind = SIM_KEY_RATE, .def = "1 Mbit/s"},
    {.name = "model", .kind = SIM_KEY_STRING, .def = "cbr"},
};
static const sim_key variant_keys[] = {
    {.name = "phase", .kind = SIM_KEY_STRING, .def = "random"},
};
static const sim_variant variant = {.name = "cbr", .keys = variant_keys, .n_keys = 1};
static const sim_group traffic = {.name = "traffic", .keys = base_keys, .n_keys = 2};
static const sim_group agent = {.name = "home-agent", .keys = base_keys, .n_keys = 2,
                                .named = true};

static const char *files[] = {"x.ini", NULL, "base.ini"};
static int lines[] = {7, 0, 9};
static const char *files_of_ha2[] = {NULL, "--set"};
static int lines_of_ha2[] = {0, 0};

static sim_section sections[] = {
    {.group = &agent, .name = "ha1", .file = "x.ini", .line = 20},
    {.group = &traffic, .name = "", .variant = &variant, .files = files, .lines = lines,
     .file = "x.ini", .line = 5},
    {.group = &agent, .name = "ha2", .files = files_of_ha2, .lines = lines_of_ha2,
     .file = "x.ini", .line = 30},
};
static const sim_config config = {"x.ini", sections, 3};

Test(engine_config, sections_are_found)
{
    cr_assert_eq(sim_config_section(&config, "traffic"), &sections[1]);
    cr_assert_null(sim_config_section(&config, "home-agent"), "only named ones");
    cr_assert_null(sim_config_section(&config, "nothing"));
    cr_assert_eq(sim_config_instance(&config, "home-agent", 0), &sections[0]);
    cr_assert_eq(sim_config_instance(&config, "home-agent", 1), &sections[2]);
    cr_assert_null(sim_config_instance(&config, "home-agent", 2));
    cr_assert_eq(sim_config_instance(&config, "traffic", 0), &sections[1]);
}

Test(engine_config, given_and_default_are_told_apart)
{
    cr_assert(sim_section_given(&sections[1], "rate"));
    cr_assert_not(sim_section_given(&sections[1], "model"));
    cr_assert(sim_section_given(&sections[1], "phase"), "a variant's key");
    cr_assert_not(sim_section_given(&sections[0], "rate"));
    cr_assert(sim_section_given(&sections[2], "model"));
}

Test(engine_config, a_key_of_no_table_is_a_bug, .signal = SIGABRT)
{
    sim_section_given(&sections[0], "phase");
}

static void fails_with(const sim_section *section, const char *key, const char *want)
{
    GError *error = NULL;
    cr_assert_not(sim_config_fail(section, key, &error, "%d %% is %s", 130, "too much"));
    cr_assert(g_error_matches(error, SIM_CONFIG_ERROR, SIM_ERROR_BAD));
    cr_assert_str_eq(error->message, want);
    g_error_free(error);
}

Test(engine_config, errors_point_at_their_line)
{
    fails_with(&sections[1], "rate", "x.ini:7: [traffic] rate: 130 % is too much");
    fails_with(&sections[1], "phase", "base.ini:9: [traffic] phase: 130 % is too much");
    fails_with(&sections[1], "model", "x.ini:5: [traffic] model: 130 % is too much");
    fails_with(&sections[1], NULL, "x.ini:5: [traffic]: 130 % is too much");
    fails_with(&sections[0], "rate", "x.ini:20: [home-agent ha1] rate: 130 % is too much");
    fails_with(&sections[2], "model", "--set: [home-agent ha2] model: 130 % is too much");
    sim_section nowhere = {.group = &traffic, .name = ""};
    fails_with(&nowhere, "rate", "[traffic] rate: 130 % is too much");
    cr_assert_not(sim_config_fail(&nowhere, NULL, NULL, "nobody asks"));
}

Test(engine_config, the_null_sink_takes_every_row)
{
    sim_sink *s = sim_sink_null();
    s->cls->node(s, &(sim_row_node){0});
    s->cls->ha_sample(s, &(sim_row_ha_sample){0});
    s->cls->decision(s, &(sim_row_decision){0});
    s->cls->loss(s, &(sim_row_loss){0});
    s->cls->signalling(s, &(sim_row_signalling){0});
    s->cls->fingerprint(s, &(sim_row_fingerprint){0});
    s->cls->metric(s, &(sim_row_metric){0});
    s->cls->histogram(s, &(sim_row_histogram){0});
    s->cls->event(s, &(sim_row_event){0});
    cr_assert_not(s->failed);
}
