/* A run once more, from what the results hold of it: table run_param has its whole configuration.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <fcntl.h>
#include <gio/gio.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "models/world.h"
#include "sim/cli/diff_private.h"
#include "sim/cli/progress.h"
#include "sim/engine/config.h"
#include "sim/scenario/scenario.h"

GHashTable *sim_diff_addresses(analysis_results *results, int64_t run_id)
{
    GHashTable *names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    sqlite3_stmt *s = NULL;
    sqlite3_prepare_v2(results->db, "SELECT name, address FROM node WHERE run_id = ?"
                                    " AND address IS NOT NULL", -1, &s, NULL);
    sqlite3_bind_int64(s, 1, run_id);
    while (s && analysis_row(results, s)) {
        const char *text = (const char *)sqlite3_column_text(s, 1);
        g_autoptr(GInetAddress) inet = g_inet_address_new_from_string(text);
        if (!inet || g_inet_address_get_family(inet) != G_SOCKET_FAMILY_IPV6)
            continue;
        GString *hex = g_string_new(NULL);
        for (int i = 0; i < 16; i++)
            g_string_append_printf(hex, "%02x", g_inet_address_to_bytes(inet)[i]);
        g_hash_table_insert(names, g_string_free(hex, FALSE),
                            g_strdup((const char *)sqlite3_column_text(s, 0)));
    }
    sqlite3_finalize(s);
    return names;
}

/* ---- the scenario ------------------------------------------------------------------------- */

static const sim_key *key_in(const sim_key *keys, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(keys[i].name, name) == 0)
            return &keys[i];
    return NULL;
}

/* The key of "group NAME.key" as this program knows it; NULL: it does not. Of several variants'
 * keys of one name the first: asked for is the kind. */
static const sim_key *known_key(const char *header, const char *name, bool *base)
{
    size_t n;
    const sim_group *const *groups = model_groups(&n);
    g_autofree char *word = g_strndup(header, strcspn(header, " "));
    const sim_group *group = sim_scenario_group(groups, n, word);
    const sim_key *key = group ? key_in(group->keys, group->n_keys, name) : NULL;
    *base = key != NULL;
    for (size_t i = 0; group && !key && i < group->n_variants; i++)
        key = key_in(group->variants[i].keys, group->variants[i].n_keys, name);
    return key;
}

/* A value that was not given must not be now, where that tells: an open default, and one that may
 * stand in the way of another key. A policy's defaults are its profile's: they stand. */
static bool is_left_out(const char *header, const sim_key *key, bool base, const char *value)
{
    bool policy = g_str_has_prefix(header, "policy");
    if (key && *key->def == '?' && strcmp(value, "default") == 0)
        return true;
    return key && (base || !policy) && strcmp(key->def, value) == 0;
}

static void put_value(GString *out, const sim_key *key, const char *name, const char *value)
{
    g_autofree char *path = key && key->kind == SIM_KEY_PATH && *value
                                ? g_canonicalize_filename(value, NULL) : NULL;
    const char *text = path ? path : value;
    size_t len = strlen(text);
    bool verbatim = key && (key->kind == SIM_KEY_PATH || key->kind == SIM_KEY_STRING);
    g_string_append_printf(out, "%s = ", name);
    for (size_t i = 0; i < len; i++) {
        bool ends = i == 0 || i + 1 == len || text[i + 1] == '#';
        if (verbatim && text[i] == '\\')
            g_string_append(out, "\\\\");
        else if (verbatim && text[i] == ' ' && ends)
            g_string_append(out, "\\s");
        else
            g_string_append_c(out, text[i]);
    }
    g_string_append_c(out, '\n');
}

bool sim_diff_scenario(analysis_results *results, int64_t run_id, const char *path,
                       GError **error)
{
    g_autoptr(GString) out = g_string_new(NULL);
    g_autofree char *last = g_strdup("");
    sqlite3_stmt *s = NULL;
    sqlite3_prepare_v2(results->db, "SELECT key, value FROM run_param WHERE run_id = ?"
                                    " ORDER BY key", -1, &s, NULL);
    sqlite3_bind_int64(s, 1, run_id);
    while (s && analysis_row(results, s)) {
        const char *full = (const char *)sqlite3_column_text(s, 0);
        const char *value = (const char *)sqlite3_column_text(s, 1);
        const char *dot = strrchr(full, '.');
        if (!dot)
            continue;
        g_autofree char *header = g_strndup(full, (gsize)(dot - full));
        if (strcmp(header, last) != 0)
            g_string_append_printf(out, "[%s]\n", header);
        g_free(last);
        last = g_strdup(header);
        bool base;
        const sim_key *key = known_key(header, dot + 1, &base);
        if (!is_left_out(header, key, base, value))
            put_value(out, key, dot + 1, value);
    }
    sqlite3_finalize(s);
    return g_file_set_contents(path, out->str, (gssize)out->len, error);
}

/* ---- processes ---------------------------------------------------------------------------- */

extern char **environ;

static pid_t start(char **argv, const char *errors)
{
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, errors,
                                     O_WRONLY | O_CREAT | O_TRUNC, 0600);
    pid_t pid = -1;
    int e = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (e == 0)
        return pid;
    g_file_set_contents(errors, g_strerror(e), -1, NULL);
    return -1;
}

void sim_diff_run_both(char **const argv[2], const char *const errors[2], int codes[2])
{
    enum { EVERY_US = 20000 };
    pid_t pids[2];
    sim_signals_catch();
    for (int side = 0; side < 2; side++) {
        codes[side] = -1;
        pids[side] = start(argv[side], errors[side]);
    }
    while (pids[0] > 0 || pids[1] > 0) {
        for (int side = 0; side < 2; side++) {
            int status;
            if (pids[side] > 0 && sim_signals_came())
                kill(pids[side], SIGTERM);
            if (pids[side] <= 0 || waitpid(pids[side], &status, WNOHANG) == 0)
                continue;
            pids[side] = 0;
            codes[side] = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
        }
        g_usleep(EVERY_US);
    }
}
