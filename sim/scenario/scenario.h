/* Reading scenario files: text -> checked, typed configuration (sim/engine/config.h).
 *
 * A scenario is a GLib key file, with four additions:
 *   - a value ends where white space and a # follow it: the rest is a comment;
 *   - `include = base.ini`, before the first group or in [scenario], inherits from another
 *     file, relative to the including one; what the including file says stands;
 *   - a byte order mark and CR LF are tolerated;
 *   - a group or key given twice in one file is an error.
 * Nothing here knows a model: groups come as tables from the caller.
 *
 * Precedence: included file < file < overrides of rank 0 (--set) < rank 1 (--policy) ...
 * Where a higher layer chooses another variant (a mobility model, a policy), keys that a
 * lower layer gave for the former variant are left out, and noted.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SIM_SCENARIO_H
#define SIM_SCENARIO_H

#include <glib.h>
#include <stdbool.h>

#include "sim/engine/config.h"

/* The group that lists values to sweep over; nothing else reads it. */
#define SIM_SWEEP_GROUP "sweep"
/* The group that says how `mip6sim regress` runs it (regress.h). */
#define SIM_REGRESS_GROUP "regress"

/* A value from the command line. */
typedef struct sim_override {
    const char *option;     /* "--set": what errors name; kept by reference */
    const char *text;       /* "group.key=value", "home-agent NAME.key=value" */
    int rank;               /* 0 and up; the higher rank wins, in a rank the later one */
    const char *folder;     /* a path in it is relative to this; NULL: to the current one */
} sim_override;

/* Puts what the file at `path` brings into the tables of the groups, once however often it is
 * asked. Returns the first part of its variants' names; NULL with *error. */
typedef const char *sim_load(const char *path, GError **error);

typedef struct sim_request {
    const char *file;
    const sim_group *const *groups;
    size_t n_groups;
    const sim_override *overrides;
    size_t n_overrides;
    sim_load *load;         /* of groups that load; NULL: a file is an unknown name */
    bool sweeps;            /* the caller knows of [sweep] (sweep.h): no note about it */
} sim_request;

/* Read, check and fill. All errors found are appended to `errors` (GError *, domain
 * SIM_CONFIG_ERROR); NULL iff there was one. The tables must outlive the configuration,
 * which is given back with sim_scenario_free. */
sim_config *sim_scenario_read(const sim_request *request, GPtrArray *errors);
void sim_scenario_free(sim_config *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(sim_config, sim_scenario_free)

/* A list for errors that frees what it holds. */
GPtrArray *sim_errors_new(void);

/* Keys left out because a higher layer chose another variant: one line each. Borrowed. */
const char *const *sim_scenario_notes(const sim_config *config, size_t *n);

/* The effective configuration as a scenario file: every group and key, the value in human
 * units, exactly as it would be read again, and a comment saying where it is from. With
 * `explain`, the help of each key above it. Free with g_free. */
char *sim_scenario_print(const sim_config *config, bool explain);

/* Call for each key: "group.key" or "group NAME.key", and the value as printed. */
typedef void (*sim_scenario_param)(void *user, const char *key, const char *value);
void sim_scenario_each(const sim_config *config, sim_scenario_param param, void *user);

/* SHA-256 (64 hexadecimal digits; g_free) over what a result may depend on: all groups but
 * cosmetic ones, in an order that files do not change, with the contents of files in
 * place of their paths. NULL where such a file cannot be read.
 *   leave_out   "group.key", NULL at the end: keys on which no run depends; may be NULL */
char *sim_scenario_hash(const sim_config *config, const char *const *leave_out,
                        GError **error);

/* The first file that a value names and that is not there; NULL: all are. Borrowed. */
const char *sim_scenario_missing_file(const sim_config *config);

/* Is the choice of a variant ("./x.so:safe") a file, a name that holds a / or ends in .so? Then its
 * length without the ":profile" behind it, else 0. */
size_t sim_scenario_is_file(const char *choice);

/* Is `group` (the word in the header) one of those whose keys are read? NULL if not. */
const sim_group *sim_scenario_group(const sim_group *const *groups, size_t n_groups,
                                    const char *name);

#endif
