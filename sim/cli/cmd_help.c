/* mip6sim help: the same texts as --help.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "sim/cli/cli.h"

static char **topics;

static const GOptionEntry entries[] = {
    {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &topics, NULL, NULL},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

static int show(void)
{
    if (!topics) {
        g_autofree char *usage = sim_cli_usage();
        return sim_cli_print(usage);
    }
    const sim_command *command = sim_command_find(topics[0]);
    if (!command)
        return SIM_EXIT_BAD;
    g_autofree char *text = command->help();
    return sim_cli_print(text);
}

static int run(int argc, char **argv)
{
    int code = sim_cli_parse(&sim_command_help, entries, &argc, &argv);
    if (code < 0)
        code = show();
    g_clear_pointer(&topics, g_strfreev);
    return code;
}

static char *help(void)
{
    return sim_cli_help_text(&sim_command_help, entries);
}

const sim_command sim_command_help = {
    .name = "help",
    .arguments = "[COMMAND]",
    .summary = "Tell what a command does and its options",
    .run = run,
    .help = help,
};
