/* The command line: a table of commands, each one file.
 *
 * Exit codes: 0 done, 1 the answer is no, 2 bad input, 3 cannot (disk, permission,
 * interrupted before the end).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SIM_CLI_H
#define SIM_CLI_H

#include <glib.h>

enum { SIM_EXIT_DONE = 0, SIM_EXIT_NO = 1, SIM_EXIT_BAD = 2, SIM_EXIT_CANNOT = 3 };

#define SIM_VERSION "0.1"

typedef struct sim_command {
    const char *name;
    const char *arguments;          /* "FILE" */
    const char *summary;            /* one line, for the list */
    const char *description;        /* below the options in --help; may be NULL */
    /* argv[0] is the command's name. Returns the exit code. */
    int (*run)(int argc, char **argv);
    /* What --help prints. g_free. */
    char *(*help)(void);
} sim_command;

extern const sim_command sim_command_run, sim_command_check, sim_command_list, sim_command_help,
    sim_command_compare, sim_command_sweep, sim_command_plot, sim_command_report,
    sim_command_export, sim_command_diff, sim_command_regress, sim_command_bless, sim_command_chart,
    sim_command_bench;

/* Command i, NULL past the last. */
const sim_command *sim_command_at(size_t i);
/* NULL, with the nearest name told on standard error, where there is none. */
const sim_command *sim_command_find(const char *name);

/* The whole program. */
int sim_cli_main(int argc, char **argv);
/* What `mip6sim --help` prints. g_free. */
char *sim_cli_usage(void);

/* Options of a command. Arguments that are no options go to `rest`. */
GOptionContext *sim_cli_context(const sim_command *command, const GOptionEntry *entries);
/* Parse; -1 to go on, else the exit code (--help was asked for: 0; wrong: 2, told). */
int sim_cli_parse(const sim_command *command, const GOptionEntry *entries, int *argc,
                  char ***argv);
char *sim_cli_help_text(const sim_command *command, const GOptionEntry *entries);

/* "mip6sim: text" on standard error; returns `code`. */
int sim_cli_fail(int code, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* Print on standard output; 3 when it cannot be written, else 0. */
int sim_cli_print(const char *text);
/* Print each error once; returns the exit code that they ask for. */
int sim_cli_errors(const GPtrArray *errors);
/* The same for one, which it frees. */
int sim_cli_error(GError *error);

#endif
