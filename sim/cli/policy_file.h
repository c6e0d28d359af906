/* Policies from shared objects: found by path, checked, put beside the built-in ones.
 *
 * A file is loaded once and stays until the program ends: configurations and worker processes
 * use its code. What identifies it is the SHA-256 of its contents, which the hash of a
 * configuration takes in place of the path. See proto/mip6_policy.h for what it must hold.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SIM_CLI_POLICY_FILE_H
#define SIM_CLI_POLICY_FILE_H

#include <glib.h>
#include <stdbool.h>

#include "mip6_policy.h"
#include "sim/engine/config.h"

/* Load the policy of a file (absolute path); again, it is the same one. Returns its name, static;
 * NULL with *error (SIM_ERROR_BAD): what was expected and what is there. */
const char *sim_policy_file_load(const char *path, GError **error);

/* Load those of a list of policies ("hybrid:safe", "./x.so:tuned", NULL at the end; may be NULL)
 * that are files, relative to the current folder, so that each configuration read afterwards knows
 * the keys of all of them, to leave out those of others. What cannot be loaded is told where it is
 * read. */
void sim_policy_files_load(char *const *policies);

/* Does a policy fit this program? NULL, or why not: "state_size is 5000, and at most 4096 bytes
 * are there"; g_free. */
char *sim_policy_problem(const mip6_policy *policy);

/* The code of this file (NULL: of none) runs from now on in this process: should it crash, the
 * last words name it. */
void sim_policy_file_blame(const char *file);

#endif
