/* Parts of `mip6sim diff`: two streams of effects, the first that differs, and its words.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SIM_CLI_DIFF_PRIVATE_H
#define SIM_CLI_DIFF_PRIVATE_H

#include <glib.h>
#include <stdbool.h>

#include "analysis/diff.h"

/* A line of a stream (sim/record/effects.h). */
typedef struct sim_effect {
    int64_t t_ns;
    char *line;                 /* owned; two effects are the same if their lines are */
    char **parts;               /* owned */
    const char *channel, *hex, *node;
} sim_effect;

void sim_effect_free(gpointer effect);

/* The first effect that only one side has, or has otherwise. */
typedef struct sim_diff_event {
    sim_effect *side[2];        /* of one node and channel; NULL: none in the window */
    GPtrArray *before;          /* sim_effect, those before it that have to do with the node */
    bool found;
} sim_diff_event;

void sim_diff_event_clear(sim_diff_event *event);

/* What both sides' streams say of themselves must be `code` and `config` where these are not NULL.
 * False with *error: not whole, not these. addresses: hexadecimal address -> name. */
bool sim_diff_streams(const char *const paths[2], const char *const code[2],
                      const char *const config[2], GHashTable *addresses, sim_diff_event *event,
                      GError **error);

/* Calls `field` for each field of an effect. */
typedef void sim_diff_field(void *user, const char *name, const char *value);
void sim_effect_fields(const sim_effect *effect, GHashTable *addresses, sim_diff_field *field,
                       void *user);
/* One line: "decision: mn7 to ha1"; g_free. */
char *sim_effect_text(const sim_effect *effect, GHashTable *addresses);
/* Application traffic, which explains nothing. */
bool sim_effect_is_data(const sim_effect *effect);

/* Addresses of a run's nodes: hexadecimal -> name. */
GHashTable *sim_diff_addresses(analysis_results *results, int64_t run_id);

/* A scenario file of a run's effective configuration. False with *error. */
bool sim_diff_scenario(analysis_results *results, int64_t run_id, const char *path,
                       GError **error);

/* Run both commands at once, their standard error to files; exit codes. A code is -1 where the
 * program could not be started or was killed. */
void sim_diff_run_both(char **const argv[2], const char *const stderrs[2], int codes[2]);

#endif
