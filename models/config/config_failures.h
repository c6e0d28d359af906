/* Failures as a scenario writes them: one list, whatever the form.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef MODEL_CONFIG_FAILURES_H
#define MODEL_CONFIG_FAILURES_H

#include "models/config/config.h"

/* An agent by its name, which `key` of `at` gives; NULL with *error naming the nearest. */
model_agent_settings *model_settings_agent(const model_settings *settings, const sim_section *at,
                                           const char *key, const char *name, GError **error);

/* Fill the list of failures, after the agents: those of [failure NAME] and of `fail` and `recover`
 * in [home-agent NAME]. False with *error where one cannot be. */
bool model_settings_read_failures(model_settings *settings, GError **error);

#endif
