/* A world from its settings: names first, then ranks, then addresses and links.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/world_build.h"

#include <string.h>

#include "models/config/config_ipsec.h"
#include "models/config/config_system.h"
#include "models/hosts/cn_host.h"
#include "models/hosts/ha_host.h"
#include "models/hosts/mn_host.h"
#include "models/measure/bound.h"
#include "models/measure/losses.h"
#include "models/measure/oracle.h"
#include "models/measure/sampler.h"
#include "models/measure/watch.h"
#include "models/mobility/movement.h"
#include "models/network/access.h"
#include "models/network/ahead.h"
#include "models/network/core.h"
#include "models/network/sites.h"
#include "models/systems/ipsec.h"
#include "models/traffic/flows.h"
#include "models/world_parts.h"

/* ---- configuration of the library --------------------------------------------------------- */

static void configure_nodes(model_world *w)
{
    const model_mobile_nodes_config *c = w->settings->mobile_nodes;
    bool literal = w->settings->policy_class->profile == MIP6_PROFILE_LITERAL;
    mip6_mn_config_defaults(&w->mn_config);
    mip6_mn_config *m = &w->mn_config;
    m->home_prefix = w->home_prefix;
    m->lifetime_s = (uint32_t)(c->lifetime_ns / SIM_SECOND_NS);
    m->refresh_ppm = (uint32_t)c->refresh_ppm;
    m->first_timeout_ns = c->first_timeout_ns;
    m->initial_timeout_ns = c->initial_timeout_ns;
    m->max_timeout_ns = c->max_timeout_ns;
    m->dhaad_timeout_ns = c->dhaad_timeout_ns;
    m->dhaad_retries = (uint32_t)c->dhaad_retries;
    m->dhaad_again_ns = c->dhaad_again_ns;
    m->deregister_retries = (uint32_t)c->deregister_retries;
    m->old_agent_ns = c->old_agent_ns;
    m->ro_lifetime_s = (uint32_t)(c->ro_lifetime_ns / SIM_SECOND_NS);
    m->handover = (int)w->tuning.handover;
    m->any_agent = model_system_is_haha(w->settings);
    m->key_mobility = model_ipsec_by_ike(w->settings);
    m->return_after_dad = c->on_dad_failure == MODEL_AFTER_DAD_PROFILE
                              ? !literal : c->on_dad_failure == MODEL_AFTER_DAD_RETURN;
}

static void configure_home_link(model_world *w)
{
    const model_home_link_settings *c = w->settings->home_link;
    w->home_link_config = (model_home_link_config){
        .port = {.rate_bps = c->rate_bps, .delay_ns = c->delay_ns, .loss_ppm = c->loss_ppm,
                 .limit_packets = c->limit_packets, .limit_bytes = c->limit_bytes},
        .mtu = c->mtu};
    memcpy(w->home_prefix.b, c->prefix.address, 8);
    w->path_mtu = (uint32_t)MIN(c->mtu, w->settings->access->mtu);
    w->directory = model_directory_new(&c->prefix);
}

/* ---- what can be wrong once the nodes are known ------------------------------------------- */

static bool check_room(const model_world *w, GError **error)
{
    const sim_config *config = w->settings->config;
    uint64_t nodes = w->n_nodes, needed = nodes + w->n_agents;
    int64_t room = model_prefix_capacity(&w->settings->home_link->prefix);
    if (needed > (uint64_t)room)
        return sim_config_fail(sim_config_section(config, "home-link"), "prefix", error,
                               "holds %" G_GINT64_FORMAT " addresses, but %u mobile nodes and "
                               "%u agents need %" G_GUINT64_FORMAT, room, w->n_nodes,
                               w->n_agents, needed);
    uint64_t flows = 0;
    const sim_section *section;
    for (size_t i = 0; (section = model_settings_traffic(w->settings, i)); i++)
        flows += 2 * nodes;
    if (needed + 2 * w->n_agents + flows + w->n_correspondents +
            (uint64_t)w->settings->access->routers + 8 > SIM_MAX_ENTITIES)
        return sim_config_fail(sim_config_section(config, "mobile-nodes"), "count", error,
                               "%u nodes with their flows are too many", w->n_nodes);
    return true;
}

static bool refuse_name(const model_world *w, const char *name, GError **error)
{
    const sim_section *agents = sim_config_section(w->settings->config, "home-agents");
    for (uint32_t i = 0; i < w->n_agents; i++)
        if (strcmp(w->agents[i].name, name) == 0)
            return sim_config_fail(agents, "names", error, "two nodes are called `%s`", name);
    return sim_config_fail(w->settings->mobility, NULL, error, "two nodes are called `%s`", name);
}

static bool has_slash(const model_world *w)
{
    char buf[16];
    bool any = false;
    for (uint32_t i = 0; !any && i < w->n_agents; i++)
        any = strchr(w->agents[i].name, '/') != NULL;
    for (uint32_t i = 0; !any && i < w->n_nodes; i++)
        any = strchr(model_mn_host_name(w, i, buf), '/') != NULL;
    return any;
}

/* Flows are called by node and group, with a slash between. */
static bool check_flow_names(const model_world *w, GHashTable *names, GError **error)
{
    const sim_section *section;
    if (!has_slash(w))
        return true;
    for (size_t i = 0; (section = model_settings_traffic(w->settings, i)); i++)
        for (uint32_t node = 0; node < w->n_nodes; node++)
            for (int down = 0; down < 2; down++) {
                char *name = model_flow_name(w, node, section->name, down);
                if (g_hash_table_add(names, name))
                    continue;
                return sim_config_fail(section, NULL, error,
                                       "`%s` is the name of a flow and of something else", name);
            }
    return true;
}

/* An agent's name may be anything, a trace's nodes may have any too. */
static bool check_names(const model_world *w, GError **error)
{
    static const char *const own[] = {"router", "home-link", "core", "sampler"};
    g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(own); i++)
        g_hash_table_add(names, g_strdup(own[i]));
    if (w->settings->policy_class->policy == &model_policy_oracle)
        g_hash_table_add(names, g_strdup("oracle"));
    for (uint32_t i = 0; i < w->n_correspondents; i++)
        g_hash_table_add(names, g_strdup_printf("cn%u", i));
    for (uint32_t i = 0; i < w->settings->access->routers; i++)
        g_hash_table_add(names, g_strdup_printf("ar%u", i));
    for (uint32_t i = 0; i < w->n_agents && model_settings_links(w->settings); i++) {
        g_hash_table_add(names, g_strdup_printf("link-%s", w->agents[i].name));
        g_hash_table_add(names, g_strdup_printf("router-%s", w->agents[i].name));
    }
    for (uint32_t i = 0; i < w->n_agents; i++)
        if (!g_hash_table_add(names, g_strdup(w->agents[i].name)))
            return refuse_name(w, w->agents[i].name, error);
    char buf[16];
    for (uint32_t i = 0; i < w->n_nodes; i++) {
        const char *name = model_mn_host_name(w, i, buf);
        if (g_hash_table_contains(names, name))
            return refuse_name(w, name, error);
        /* What flows end in. */
        if (g_str_has_suffix(name, "/down") || g_str_has_suffix(name, "/up"))
            return sim_config_fail(w->settings->mobility, NULL, error,
                                   "a node cannot be called `%s`", name);
    }
    return check_flow_names(w, names, error);
}

/* ---- entities, before ranks ---------------------------------------------------------------- */

static bool gather(model_world *w, GError **error)
{
    model_ha_hosts_new(w);
    model_cn_hosts_new(w);
    if (!model_mn_hosts_new(w, error) || !check_room(w, error) || !check_names(w, error))
        return false;
    w->core = model_core_new(w);
    w->access = model_access_new(w);
    model_sites_new(w);
    w->sampler = model_sampler_new(w);
    w->oracle = model_oracle_new(w);

    model_ha_hosts_register(w);
    model_cn_hosts_register(w);
    model_mn_hosts_register(w);
    model_core_register(w->core);
    model_access_register(w->access);
    model_sites_register(w);
    model_sampler_register(w->sampler);
    model_oracle_register(w->oracle);
    w->flows = model_flows_new(w);
    return true;
}

/* ---- after ranks --------------------------------------------------------------------------- */

static void start_network(model_world *w)
{
    model_core_start(w->core);
    w->sink->cls->node(w->sink, &(sim_row_node){model_core_id(w->core), "core", "core", NULL});
    model_access_start(w->access);
    model_sites_start(w);
}

static void start_measure(model_world *w)
{
    const model_settings *s = w->settings;
    sim_id *agent_ids = g_new(sim_id, w->n_agents), *node_ids = g_new(sim_id, w->n_nodes);
    int64_t *capacity = g_new(int64_t, w->n_agents);
    mip6_addr *addresses = g_new(mip6_addr, w->n_agents);
    model_account **accounts = g_new(model_account *, w->n_agents);
    for (uint32_t i = 0; i < w->n_agents; i++) {
        agent_ids[i] = w->agents[i].id;
        capacity[i] = s->agents[i].own.capacity_bps;
        addresses[i] = *model_ha_host_address(&w->agents[i]);
        accounts[i] = &w->agents[i].account;
    }
    for (uint32_t i = 0; i < w->n_nodes; i++)
        node_ids[i] = w->nodes[i].account.node;
    w->setup = (model_measure_setup){
        .net = &w->net, .sink = w->sink, .n_agents = w->n_agents, .n_nodes = w->n_nodes,
        .n_flows = model_flows_n(w->flows), .agent_ids = agent_ids, .node_ids = node_ids,
        .agent_capacity_bps = capacity, .agent_addresses = addresses,
        .agent_accounts = accounts, .start_ns = w->start_ns,
        .warm_up_ns = s->scenario->warm_up_ns, .end_ns = w->end_ns,
        .sample_ns = s->record->sample_ns, .step_ns = model_flows_step_ns(w),
        .light_ppm = w->tuning.light_ppm, .mn_count_unit = w->tuning.mn_count_unit,
        .events = s->record->events, .decisions = s->record->decisions,
        .histograms = s->record->histograms,
        .per_node = s->record->per_node,
        .flow_ends = s->n_failures > 0 ? model_flows_ends(w->flows) : NULL};
    w->measure = model_measure_new(&w->setup);
    w->net.failures = s->n_failures > 0 ? w->measure : NULL;
}

static bool read_losses(model_world *w, GError **error)
{
    GError *refused = NULL;
    w->net.losses = model_losses_new(w, &refused);
    if (!refused)
        return true;
    g_propagate_error(error, refused);
    return false;
}

bool model_world_build(model_world *w, bool only_check, GError **error)
{
    const model_settings *s = w->settings;
    w->engine = sim_engine_new();
    w->fingerprint = sim_fingerprint_new();
    w->groups = g_hash_table_new(g_direct_hash, g_direct_equal);
    w->net = (model_net){.engine = w->engine, .packets = sim_packet_pool_new(),
                         .fingerprint = w->fingerprint,
                         .loss = sim_stream_init(w->seed, w->replication, "net", "loss"),
                         .warm_up_ns = s->scenario->warm_up_ns};
    w->end_ns = s->scenario->duration_ns;
    w->start_ns = model_settings_start_ns(s);
    model_policy_read(s->policy, &w->tuning, &w->policy_config);
    configure_home_link(w);
    configure_nodes(w);
    if (!gather(w, error))
        return false;
    sim_engine_seal(w->engine);
    if (!read_losses(w, error))
        return false;
    if (only_check)
        return true;
    sim_engine_shuffle_ties(w->engine, (uint64_t)s->scenario->tie_seed);
    start_network(w);
    w->ipsec = model_ipsec_new(w);
    w->fuse = model_ahead_allowed(w);
    w->fuse_arrivals = model_ahead_arrivals(w);
    model_ha_hosts_start(w);
    start_measure(w);
    model_cn_hosts_start(w);
    model_mn_hosts_start(w);
    model_directory_seal(w->directory);
    model_flows_start(w->flows);
    w->bound = model_bound_new(w);
    model_oracle_start(w->oracle);
    model_sampler_start(w->sampler);
    return true;
}

void model_world_dismantle(model_world *w)
{
    w->net.failures = NULL;
    if (w->measure)
        for (uint32_t i = 0; i < w->n_agents; i++)
            model_ha_queue_flush(&w->agents[i].queue, MODEL_CAUSE_AGENT_DOWN);
    g_clear_pointer(&w->net.watch, model_watch_free);
    g_clear_pointer(&w->engine, sim_engine_free);
    g_clear_pointer(&w->bound, model_bound_free);
    g_clear_pointer(&w->ipsec, model_ipsec_free);
    g_clear_pointer(&w->oracle, model_oracle_free);
    g_clear_pointer(&w->flows, model_flows_free);
    g_clear_pointer(&w->sampler, model_sampler_free);
    model_ha_hosts_free(w);
    model_cn_hosts_free(w);
    model_mn_hosts_free(w);
    g_clear_pointer(&w->access, model_access_free);
    g_clear_pointer(&w->core, model_core_free);
    model_sites_free(w);
    g_clear_pointer(&w->measure, model_measure_free);
    model_env_free(w);
    g_free((gpointer)w->setup.agent_ids);
    g_free((gpointer)w->setup.node_ids);
    g_free((gpointer)w->setup.agent_capacity_bps);
    g_free((gpointer)w->setup.agent_addresses);
    g_free((gpointer)w->setup.agent_accounts);
    g_free((gpointer)w->setup.flow_ends);
    g_clear_pointer(&w->net.losses, model_losses_free);
    g_clear_pointer(&w->net.packets, sim_packet_pool_free);
    g_clear_pointer(&w->fingerprint, sim_fingerprint_free);
    g_clear_pointer(&w->directory, model_directory_free);
    g_clear_pointer(&w->groups, g_hash_table_destroy);
    g_clear_pointer(&w->names_told, g_hash_table_destroy);
    g_clear_pointer(&w->policy_config, g_free);
}
