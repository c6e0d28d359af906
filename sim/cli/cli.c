/* See cli.h. SPDX-License-Identifier: GPL-3.0-or-later */

#include "sim/cli/cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sim/engine/config.h"
#include "sim/scenario/nearest.h"
#include "version.h"

static const sim_command *const commands[] = {
    &sim_command_run, &sim_command_compare, &sim_command_sweep, &sim_command_plot,
    &sim_command_report, &sim_command_export, &sim_command_chart, &sim_command_check,
    &sim_command_list, &sim_command_regress, &sim_command_diff, &sim_command_bless,
    &sim_command_bench, &sim_command_help,
};

const sim_command *sim_command_at(size_t i)
{
    return i < G_N_ELEMENTS(commands) ? commands[i] : NULL;
}

const sim_command *sim_command_find(const char *name)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
        g_ptr_array_add(names, (gpointer)commands[i]->name);
    }
    g_autofree char *hint = sim_nearest_hint(name, names);
    sim_cli_fail(SIM_EXIT_BAD, "there is no command `%s`%s (see `mip6sim help`)", name, hint);
    return NULL;
}

/* ---- output ------------------------------------------------------------------------------- */

/* A message as one line, whatever a value or path in it holds: control characters escaped, and
 * of a very long `value` its beginning. */
static char *one_line(const char *message)
{
    enum { MOST_QUOTED = 100 };
    g_autoptr(GString) line = g_string_new(NULL);
    bool quoted = false, cut = false;
    size_t n = 0;
    for (const char *p = message; *p; p++) {
        bool begins = ((unsigned char)*p & 0xc0) != 0x80;
        if (*p == '`') {
            g_string_append(line, cut ? "..." : "");
            quoted = !quoted;
            cut = false;
            n = 0;
        }
        cut = cut || (quoted && ++n > MOST_QUOTED && begins);
        if (!cut && ((unsigned char)*p < 0x20 || *p == 0x7f))
            g_string_append_printf(line, "\\x%02x", (unsigned)*p);
        else if (!cut)
            g_string_append_c(line, *p);
    }
    return g_string_free(g_steal_pointer(&line), FALSE);
}

int sim_cli_fail(int code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    g_autofree char *line = one_line(text);
    fprintf(stderr, "mip6sim: %s\n", line);
    return code;
}

int sim_cli_print(const char *text)
{
    if (fputs(text, stdout) == EOF || fflush(stdout) != 0)
        return sim_cli_fail(SIM_EXIT_CANNOT, "standard output cannot be written");
    return SIM_EXIT_DONE;
}

int sim_cli_errors(const GPtrArray *errors)
{
    enum { MOST = 20 };     /* what a screen holds */
    int code = SIM_EXIT_DONE;
    g_autoptr(GHashTable) told = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < errors->len; i++) {
        const GError *error = g_ptr_array_index(errors, i);
        bool cannot = error->domain == SIM_CONFIG_ERROR && error->code == SIM_ERROR_CANNOT;
        code = MAX(code, cannot ? SIM_EXIT_CANNOT : SIM_EXIT_BAD);
        if (!g_hash_table_add(told, error->message) || g_hash_table_size(told) > MOST)
            continue;
        g_autofree char *line = one_line(error->message);
        fprintf(stderr, "%s\n", line);
    }
    if (g_hash_table_size(told) > MOST)
        fprintf(stderr, "... and %u more errors\n", g_hash_table_size(told) - MOST);
    return code;
}

int sim_cli_error(GError *error)
{
    g_autoptr(GPtrArray) one = g_ptr_array_new_with_free_func((GDestroyNotify)g_error_free);
    g_ptr_array_add(one, error);
    return sim_cli_errors(one);
}

/* ---- options ------------------------------------------------------------------------------ */

GOptionContext *sim_cli_context(const sim_command *command, const GOptionEntry *entries)
{
    g_autofree char *name = g_strdup_printf("mip6sim %s", command->name);
    g_set_prgname(name);
    GOptionContext *context = g_option_context_new(command->arguments);
    g_option_context_set_summary(context, command->summary);
    g_option_context_set_description(context, command->description);
    g_option_context_add_main_entries(context, entries, NULL);
    g_option_context_set_help_enabled(context, FALSE);
    return context;
}

char *sim_cli_help_text(const sim_command *command, const GOptionEntry *entries)
{
    GOptionContext *context = sim_cli_context(command, entries);
    char *text = g_option_context_get_help(context, TRUE, NULL);
    g_option_context_free(context);
    return text;
}

static bool asks_for_help(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    return false;
}

/* "; did you mean `--policy`?" for the option that GOption's message ends with. */
static char *option_hint(const GOptionEntry *entries, const char *message)
{
    const char *word = strrchr(message, ' ');
    word = word ? word + 1 : message;
    word += strspn(word, "-");
    g_autofree char *name = g_strndup(word, strcspn(word, "="));
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (; entries->long_name; entries++)
        g_ptr_array_add(names, (gpointer)entries->long_name);
    const char *near = sim_nearest(name, (const char *const *)names->pdata, names->len);
    return near ? g_strdup_printf("; did you mean `--%s`?", near) : g_strdup("");
}

int sim_cli_parse(const sim_command *command, const GOptionEntry *entries, int *argc,
                  char ***argv)
{
    if (asks_for_help(*argc, *argv)) {
        g_autofree char *text = sim_cli_help_text(command, entries);
        return sim_cli_print(text);
    }
    GOptionContext *context = sim_cli_context(command, entries);
    GError *error = NULL;
    bool good = g_option_context_parse(context, argc, argv, &error);
    g_option_context_free(context);
    if (good)
        return -1;
    bool unknown = g_error_matches(error, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION);
    g_autofree char *hint = unknown ? option_hint(entries, error->message) : g_strdup("");
    sim_cli_fail(SIM_EXIT_BAD, "%s: %s%s (see `mip6sim help %s`)", command->name, error->message,
                 hint, command->name);
    g_error_free(error);
    return SIM_EXIT_BAD;
}

/* ---- the program -------------------------------------------------------------------------- */

char *sim_cli_usage(void)
{
    g_autoptr(GString) s = g_string_new(
        "Usage: mip6sim COMMAND [OPTION...] [ARGUMENT...]\n\n"
        "Simulates Mobile IPv6 home agents that share load.\n\nCommands:\n");
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
        g_string_append_printf(s, "  %-8s %s\n", commands[i]->name, commands[i]->summary);
    g_string_append(s,
        "\n`mip6sim help COMMAND` tells more. Exit codes: 0 done, 1 the answer is no, 2 bad\n"
        "input, 3 cannot (disk, permission, interrupted).\n");
    return g_string_free(g_steal_pointer(&s), FALSE);
}

int sim_cli_main(int argc, char **argv)
{
    g_autofree char *usage = sim_cli_usage();
    if (argc < 2) {
        fputs(usage, stderr);
        return SIM_EXIT_BAD;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        return sim_cli_print(usage);
    if (strcmp(argv[1], "--version") == 0)
        return sim_cli_print("mip6sim " SIM_VERSION "\ncode     " SIM_CODE_VERSION
                             "\nprotocol " SIM_PROTOCOL_SHA256 "\n");
    const sim_command *command = sim_command_find(argv[1]);
    return command ? command->run(argc - 1, argv + 1) : SIM_EXIT_BAD;
}
