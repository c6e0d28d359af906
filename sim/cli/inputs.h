/* The inputs of a run, shared by the commands that read scenarios: file and overrides.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SIM_CLI_INPUTS_H
#define SIM_CLI_INPUTS_H

#include <glib.h>
#include <stdbool.h>

#include "sim/scenario/regress.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/sweep.h"

typedef struct sim_inputs {
    char **rest;                /* arguments: the file */
    char **sets, **policies;
    char *seed, *replications, *tie_seed;   /* text as given; NULL: not */
} sim_inputs;

void sim_inputs_clear(sim_inputs *inputs);

#define SIM_INPUTS_TIES(in) \
    {"tie-shuffle", 0, 0, G_OPTION_ARG_FILENAME, &(in)->tie_seed, \
     "Another order of simultaneous events, by this seed; 0: the canonical one", "SEED"}

/* The options that fill it, as an initialiser of GOptionEntry. */
#define SIM_INPUTS_ENTRIES(in) \
    {"policy", 'p', 0, G_OPTION_ARG_FILENAME_ARRAY, &(in)->policies, \
     "Balancing policy, NAME or ./FILE.so, with :PROFILE or without; may be repeated", \
     "NAME[:PROFILE]"}, \
    {"set", 's', 0, G_OPTION_ARG_FILENAME_ARRAY, &(in)->sets, \
     "Override a value of the scenario; may be repeated", "GROUP.KEY=VALUE"}, \
    {"seed", 0, 0, G_OPTION_ARG_FILENAME, &(in)->seed, "Seed of all random draws", "N"}, \
    SIM_INPUTS_TIES(in), \
    {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &(in)->rest, NULL, NULL}

/* The one file; NULL, told, where there is none or more than one. */
const char *sim_inputs_file(const sim_inputs *inputs, const char *command);

/* The effective configuration under one policy (NULL: the scenario's own), checked by the
 * models. NULL with errors appended. */
sim_config *sim_inputs_read(const sim_inputs *inputs, const char *file, const char *policy,
                            GPtrArray *errors);

/* The two halves of it: read, with more overrides that stand above --set (not NULL: those of a
 * point of [sweep], n_more may be 0); and what the models say of it. */
sim_config *sim_inputs_parse(const sim_inputs *inputs, const char *file, const char *policy,
                             const sim_override *more, size_t n_more, GPtrArray *errors);
bool sim_inputs_check(const sim_config *config, GPtrArray *errors);

/* The [sweep] group under these inputs, policies aside. NULL with errors appended. */
sim_sweep *sim_inputs_sweep(const sim_inputs *inputs, const char *file, GPtrArray *errors);

/* The [regress] group of a file. NULL with errors appended. */
sim_regress *sim_inputs_regress(const char *file, GPtrArray *errors);

/* Hash of what each run of this configuration depends on: neither the name, nor how many
 * replications there are. g_free; NULL with *error. */
char *sim_inputs_hash(const sim_config *config, GError **error);

/* An INT of the configuration, a bug where there is none. */
int64_t sim_config_int(const sim_config *config, const char *group, const char *key);
/* The same for a text. Borrowed. */
const char *sim_config_text(const sim_config *config, const char *group, const char *key);
/* A policy as results name it: "hybrid:tuned", and "static-dhaad" without a profile, which says
 * nothing of a policy that decides nothing. g_free. */
char *sim_policy_name(const sim_variant *variant);
/* What a run is named by: its policy, and the system of its agents where there is one,
 * "hybrid:tuned+active-standby"; "active-standby" under static-dhaad. --policy takes it. g_free. */
char *sim_policy_label(const sim_config *config);

/* The scenario's name; where it gives none, the file's without ".ini". g_free. */
char *sim_scenario_name(const sim_config *config);
/* A name as a file's, in which nothing could leave a folder. g_free. */
char *sim_safe_name(const char *name);
/* "results/NAME.db" with a safe NAME. g_free. */
char *sim_default_results(const char *scenario_name);

/* The folder of scenarios: that of the repository (or the installation) of this program, or
 * of the current folder. g_free; NULL: none. */
char *sim_scenarios_folder(void);

/* A results file: a name that ends in ".db", or a file that is one. */
bool sim_is_results(const char *path);

#endif
