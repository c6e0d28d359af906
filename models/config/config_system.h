/* [system]: home agents that share state (PEERS 4, 5).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef MODEL_CONFIG_SYSTEM_H
#define MODEL_CONFIG_SYSTEM_H

#include "models/config/config.h"

enum { MODEL_SYSTEM_NONE, MODEL_SYSTEM_ACTIVE_STANDBY, MODEL_SYSTEM_HAHA };
enum { MODEL_SYNC_BEFORE_ACK, MODEL_SYNC_AFTER_ACK };
enum { MODEL_PLACEMENT_SAME_LINK, MODEL_PLACEMENT_LINKS };
enum { MODEL_SECONDARY_DIRECT, MODEL_SECONDARY_PRIMARY };

typedef struct model_system_config {
    int64_t kind;               /* MODEL_SYSTEM_* */
    int64_t sync;               /* MODEL_SYNC_* */
    int64_t sync_rate;          /* records a second of a transfer */
    int64_t hello_ns, missed;
    int64_t groups;
    const char *vrids;          /* "": 1, 2 ... */
    const char *priorities;     /* by rank; "": 254 - floor(253 rank / N) */
    int64_t interval_ns;
    bool preempt;
    int64_t placement;          /* MODEL_PLACEMENT_* */
    const char *entry_share;    /* "equal", or a share for each agent */
    int64_t forwarding;         /* MODEL_SECONDARY_*: how a secondary forwards on its link */
    int64_t batch_ns;           /* changes wait so long for more to go with */
    int64_t takeover_rate;      /* nodes a second */
} model_system_config;

/* The group as scenario files have it. */
extern const sim_group model_system_group;

/* A system as results name it: its kind, and behind a colon the value of its first setting where
 * that is not the default: "active-standby", "active-standby:4". g_free; NULL: none. */
char *model_system_name(const sim_config *config);
/* The same the other way round, "none" too: a value for the key `kind`, and NULL or "KEY=VALUE" for
 * that setting. g_free both. False: no system is called so. */
bool model_system_named(const char *name, char **kind, char **setting);

/* False with *error where it cannot be. */
bool model_system_check(const model_settings *settings, GError **error);
bool model_system_is_active_standby(const model_settings *settings);
bool model_system_is_haha(const model_settings *settings);
/* Of the settings at hand. */
const model_system_config *model_system_of(const model_settings *settings);
/* Of haha: a node is answered when all agents that live have its binding. */
bool model_system_acks_last(const model_settings *settings);
/* models/config/config_haha.c: what model_system_check checks of it. */
bool model_system_check_haha(const model_settings *settings, GError **error);
/* Of a checked one. A group's VRID; the priority of an agent in a group. */
uint8_t model_system_vrid(const model_settings *settings, uint32_t group);
uint8_t model_system_priority(const model_settings *settings, uint32_t agent, uint32_t group);

#endif
