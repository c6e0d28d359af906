/* mip6sim check: the effective configuration, or what is wrong with it.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <stdio.h>

#include "sim/cli/cli.h"
#include "sim/cli/inputs.h"

typedef struct options {
    sim_inputs in;
    gboolean explain, quiet;
} options;

#define CHECK_ENTRIES(o) \
    SIM_INPUTS_ENTRIES(&(o)->in), \
    {"explain", 'e', 0, G_OPTION_ARG_NONE, &(o)->explain, \
     "Say above each key what it means and its range", NULL}, \
    {"quiet", 'q', 0, G_OPTION_ARG_NONE, &(o)->quiet, "Print nothing but errors", NULL}, \
    {NULL, 0, 0, 0, NULL, NULL, NULL}

static int check_one(const options *o, const char *file, const char *policy)
{
    g_autoptr(GPtrArray) errors = sim_errors_new();
    g_autoptr(sim_config) config = sim_inputs_read(&o->in, file, policy, errors);
    g_autoptr(sim_regress) regress = config ? sim_inputs_regress(file, errors) : NULL;
    if (!regress)
        return sim_cli_errors(errors);
    GError *error = NULL;
    g_autofree char *hash = sim_inputs_hash(config, &error);
    if (!hash)
        return sim_cli_error(error);
    if (o->quiet)
        return SIM_EXIT_DONE;
    size_t n;
    const char *const *notes = sim_scenario_notes(config, &n);
    for (size_t i = 0; i < n; i++)
        fprintf(stderr, "note: %s\n", notes[i]);
    g_autofree char *text = sim_scenario_print(config, o->explain);
    g_autofree char *label = sim_policy_label(config);
    g_autofree char *all = g_strdup_printf("# %s, policy %s\n# configuration %s\n\n%s", file, label,
                                           hash, text);
    return sim_cli_print(all);
}

static int run(int argc, char **argv)
{
    options o = {0};
    const GOptionEntry entries[] = {CHECK_ENTRIES(&o)};
    int code = sim_cli_parse(&sim_command_check, entries, &argc, &argv);
    const char *file = code < 0 ? sim_inputs_file(&o.in, "check") : NULL;
    if (code < 0 && !file)
        code = SIM_EXIT_BAD;
    if (file && !o.in.policies)
        code = check_one(&o, file, NULL);
    for (char **p = file ? o.in.policies : NULL; p && *p; p++) {
        int one = check_one(&o, file, *p);
        code = MAX(code, one);
    }
    sim_inputs_clear(&o.in);
    return code;
}

static char *help(void)
{
    options o = {0};
    const GOptionEntry entries[] = {CHECK_ENTRIES(&o)};
    return sim_cli_help_text(&sim_command_check, entries);
}

const sim_command sim_command_check = {
    .name = "check",
    .arguments = "FILE",
    .summary = "Print the effective configuration with every default, or the errors",
    .description =
        "What is printed is itself a scenario file that reads as the same configuration; the\n"
        "comment behind each value says where it is from. All errors that are found are told,\n"
        "with file and line; exit code 2.\n",
    .run = run,
    .help = help,
};
