/* The settings of a world: one struct per group of a scenario file, and their tables.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef MODEL_CONFIG_H
#define MODEL_CONFIG_H

#include "mip6.h"
#include "models/hosts/ha_queue.h"
#include "models/network/home_link.h"
#include "models/network/neighbour.h"
#include "sim/engine/config.h"

typedef struct model_scenario_config {
    const char *name;
    int64_t duration_ns;
    int64_t warm_up_ns;
    int64_t seed, traffic_seed, decision_seed;  /* the last two: as seed where not given */
    int64_t tie_seed;           /* 0: the canonical order */
    bool fuse;                  /* no events for what is certain to happen (ahead.h) */
    int64_t replications;
} model_scenario_config;

enum { MODEL_DAD_OFF, MODEL_DAD_RFC };

typedef struct model_home_link_settings {
    sim_prefix prefix;          /* longer than 64 bits: the pool of addresses; the link is a /64 */
    int64_t rate_bps, delay_ns, loss_ppm;
    int64_t limit_packets, limit_bytes;
    int64_t mtu;
    int64_t dad;                /* MODEL_DAD_* */
    int64_t dad_timeout_ns;
    model_neighbour_config neighbour;           /* of the ingress router */
} model_home_link_settings;

enum { MODEL_SERVICE_DETERMINISTIC, MODEL_SERVICE_EXPONENTIAL };

typedef struct model_home_agents_config {
    int64_t count;
    const char *names;          /* "" : ha0, ha1 ... */
    int64_t capacity_bps;       /* 0: unlimited */
    int64_t per_packet_ns;
    int64_t service;            /* MODEL_SERVICE_* */
    int64_t queue_packets, queue_bytes;         /* 0: unlimited */
    bool signalling_priority;
    int64_t preference;
    bool legacy;
    int64_t ra_min_ns;
    int64_t max_lifetime_ns;
    int64_t refresh_advice_ppm; /* of the lifetime granted; 0: none */
    int64_t prefix_lifetime_ns;
    int64_t sa_setup_delay_ns;
    int64_t max_bindings;       /* 0: unbounded */
    int64_t boot_window_ns;
} model_home_agents_config;

/* How an agent fails. */
typedef enum model_failure_kind {
    MODEL_FAILURE_CRASH,        /* silent, its state lost */
    MODEL_FAILURE_HANG,         /* it answers for its addresses, and does nothing else */
    MODEL_FAILURE_ISOLATE,      /* its port on the home link is cut */
    MODEL_FAILURE_LEAVE         /* in good order */
} model_failure_kind;

/* One agent. Keys that were not given are those of [home-agents]. */
typedef struct model_home_agent_config {
    int64_t capacity_bps;
    int64_t per_packet_ns;
    int64_t queue_packets, queue_bytes;
    int64_t preference;
    bool legacy;
    int64_t max_bindings;
    int64_t join_ns;
    sim_times fail, recover;
    int64_t failure;            /* model_failure_kind */
} model_home_agent_config;

/* [failure NAME]. */
typedef struct model_failure_config {
    const char *agent;
    int64_t kind;               /* model_failure_kind */
    int64_t at_ns, until_ns;    /* until not given: for good */
    bool hang_control;
} model_failure_config;

enum { MODEL_AFTER_DAD_PROFILE, MODEL_AFTER_DAD_ABANDON, MODEL_AFTER_DAD_RETURN };

typedef struct model_mobile_nodes_config {
    int64_t count;
    int64_t lifetime_ns;
    int64_t refresh_ppm;
    int64_t first_timeout_ns, initial_timeout_ns, max_timeout_ns;
    int64_t dhaad_timeout_ns, dhaad_retries, dhaad_again_ns;
    int64_t deregister_retries;
    int64_t old_agent_ns;
    int64_t ro_lifetime_ns;
    int64_t on_dad_failure;     /* MODEL_AFTER_DAD_* */
    int64_t unmodified_ppm, knows_switch_ppm, route_optimise_ppm;
    int64_t redirect_ppm;       /* not given: all where the policy redirects */
    int64_t start_ns;           /* not given: boot end + 3 Min + 1 s */
    int64_t start_window_ns;
    int64_t crowd, crowd_start_ns, crowd_window_ns;
} model_mobile_nodes_config;

typedef struct model_correspondents_config {
    int64_t count;
    int64_t route_optimise_ppm;
    int64_t max_bindings;
    model_link_config link;     /* each direction of each */
} model_correspondents_config;

typedef struct model_access_config {
    int64_t routers;
    int64_t width_mm, height_mm;
    model_link_config link;     /* each direction of each cell */
    int64_t mtu;
    int64_t l2_delay_ns, detection_ns;
    bool dad;
    int64_t dad_timeout_ns;
    int64_t core_delay_ns;
    int64_t home_cell;          /* -1: none */
} model_access_config;

typedef struct model_mobility_settings {
    const char *model;
} model_mobility_settings;

enum { MODEL_RATES_EQUAL, MODEL_RATES_ZIPF };
enum { MODEL_DIRECTION_DOWN, MODEL_DIRECTION_UP, MODEL_DIRECTION_BOTH };

typedef struct model_traffic_settings {
    const char *model;
    int64_t rate_bps;           /* of all flows, inner packets */
    int64_t node_rate_bps;      /* of each node, inner packets */
    int64_t load_ppm;           /* of the agents' capacity */
    int64_t rates;              /* MODEL_RATES_* */
    double zipf_exponent;
    int64_t packet_bytes;       /* inner IPv6 packet */
    int64_t direction;          /* MODEL_DIRECTION_* */
    int64_t nodes_ppm;
    int64_t start_ns, stop_ns;  /* stop not given: the end of the run */
    bool probe;
} model_traffic_settings;

typedef struct model_policy_settings {
    const char *name, *profile;
} model_policy_settings;

/* Data of a [policy] variant: the mechanism's settings, then the policy's own. */
typedef struct model_policy_data {
    mip6_ha_tuning tuning;
    int64_t own[];
} model_policy_data;

/* What a [policy] variant is: its impl. */
typedef struct model_policy_class {
    const mip6_policy *policy;
    mip6_profile profile;
    const char *name;           /* "hybrid:safe" */
} model_policy_class;

typedef struct model_system_config model_system_config;     /* models/config/config_system.h */

/* Packets that are to be lost. */
typedef struct model_loss_config {
    int64_t message;            /* mip6_message_kind; NONE: any */
    const char *from, *to;      /* names of nodes; "": anybody */
    const char *nth;            /* "2", "1-3, 5", "4-"; "": all */
    int64_t start_ns, stop_ns;  /* stop 0: the end of the run */
} model_loss_config;

typedef struct model_ipsec_config model_ipsec_config;     /* models/config/config_ipsec.h */

typedef struct model_record_config {
    int64_t sample_ns;
    int64_t bound_ns;           /* whole seconds; 0: no bound */
    bool events, decisions, histograms, per_node, fingerprints;
    const char *pcap;           /* not the models' concern: who runs the world reads it */
} model_record_config;

/* [policy] variants: every policy under every profile, made at the first call. */
const sim_variant *model_policy_variants(size_t *n);
/* One more policy, from a file: its contents' SHA-256 and the file are kept by reference, as the
 * policy is. False: no more fit. What is read afterwards knows it. */
bool model_policy_add(const mip6_policy *policy, const char *contents, const char *file);
/* A setting of a policy as a key of a scenario file; g_free its `def`. */
void model_policy_key(const mip6_key *from, mip6_profile profile, size_t base, sim_key *to);

/* A copy of the tuning, and of the policy's own settings, in the units of the library. The
 * copy of the own settings is g_malloc'ed (NULL where the policy has none). */
void model_policy_read(const sim_section *section, mip6_ha_tuning *tuning, void **own);

/* ---- the settings of a run, put together ------------------------------------------ */

/* One failure of an agent, from its [failure NAME] or its own group. */
typedef struct model_failure {
    const char *name;               /* "" from the agent's own group */
    uint32_t agent;
    model_failure_kind kind;
    int64_t at_ns, until_ns;        /* SIM_NEVER: for good */
    bool hang_control;              /* of HANG: advertisements go on */
    const sim_section *section;     /* where it was written */
} model_failure;

/* One agent's settings after its group has overridden those of all. */
typedef struct model_agent_settings {
    char *name;
    model_home_agent_config own;
    const sim_section *section;     /* its own group, NULL: none */
    const model_failure *failures;  /* in order of time; none overlap */
    size_t n_failures;
} model_agent_settings;

/* All of a scenario. Borrowed from the sim_config, but for `agents`. */
typedef struct model_settings {
    const sim_config *config;
    const model_scenario_config *scenario;
    const model_home_link_settings *home_link;
    const model_home_agents_config *home_agents;
    const model_mobile_nodes_config *mobile_nodes;
    const model_correspondents_config *correspondents;
    const model_access_config *access;
    const sim_section *mobility;
    const sim_section *policy;
    const model_policy_class *policy_class;
    const model_ipsec_config *ipsec;
    const model_system_config *system;
    const model_record_config *record;
    model_agent_settings *agents;
    uint32_t n_agents;
    model_failure *failures;        /* of all agents, agent by agent */
    size_t n_failures;
} model_settings;

/* Put together and check; NULL with *error set. Free with model_settings_free. */
model_settings *model_settings_new(const sim_config *config, GError **error);
void model_settings_free(model_settings *settings);

/* Every agent has a home link and an ingress router of its own. */
bool model_settings_links(const model_settings *settings);
/* Then: the share of an agent's router in what enters, in relation to the others'. */
uint32_t model_settings_entry_share(const model_settings *settings, uint32_t agent);

/* From an agent's last word until it is down, where it leaves in good order. */
int64_t model_settings_leave_ns(const model_settings *settings);

/* The i-th group of traffic; NULL past the last. A [traffic] that no file has counts only where
 * there is no other. */
const sim_section *model_settings_traffic(const model_settings *settings, size_t i);

/* When mobile nodes begin to start. */
int64_t model_settings_start_ns(const model_settings *settings);
/* Of mobile nodes that can be redirected, in millionths. */
int64_t model_settings_redirect_ppm(const model_settings *settings);
/* Largest packet that fits a tunnel; a larger one leaves its sender, who knows, in fragments of
 * at most this (RFC 8200 4.5; RFC 2473 7.1). */
uint32_t model_settings_inner_mtu(const model_settings *settings);
/* Packets that a datagram leaves in, and all their bytes, headers repeated. */
int64_t model_settings_fragments(const model_settings *settings, int64_t packet_bytes,
                                 int64_t *bytes);
/* The rate of a [traffic] group in bits of inner packets a second, all flows of its n nodes
 * together. A `load` counts the outer header, the processing time, and all agents. */
int64_t model_settings_traffic_bps(const model_settings *settings,
                                   const model_traffic_settings *traffic, uint32_t n);

#endif
