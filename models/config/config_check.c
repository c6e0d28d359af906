/* Settings put together, and what is wrong with them as a whole.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <assert.h>
#include <string.h>

#include "models/config/config.h"
#include "models/config/config_failures.h"
#include "models/config/config_ipsec.h"
#include "models/config/config_system.h"
#include "models/network/address.h"
#include "models/world_parts.h"

/* Names of entities that the world has by itself. */
static const char *const reserved[] = {"router", "home-link", "core", "sampler", NULL};

static bool fail(const model_settings *s, const char *group, const char *key, GError **error,
                 const char *text)
{
    return sim_config_fail(sim_config_section(s->config, group), key, error, "%s", text);
}

/* ---- home agents ------------------------------------------------------------------- */

static bool check_name(const model_settings *s, const char *name, GHashTable *seen,
                       GError **error)
{
    const sim_section *all = sim_config_section(s->config, "home-agents");
    if (*name == '\0')
        return sim_config_fail(all, "names", error, "an empty name");
    if (g_strv_contains(reserved, name) || strchr(name, '/'))
        return sim_config_fail(all, "names", error, "`%s` cannot be an agent's name", name);
    if (!g_hash_table_add(seen, (gpointer)name))
        return sim_config_fail(all, "names", error, "`%s` is there twice", name);
    return true;
}

static bool name_agents(model_settings *s, GError **error)
{
    const sim_section *all = sim_config_section(s->config, "home-agents");
    const model_home_agents_config *c = s->home_agents;
    if (*c->names == '\0') {
        s->n_agents = (uint32_t)c->count;
        s->agents = g_new0(model_agent_settings, s->n_agents);
        for (uint32_t i = 0; i < s->n_agents; i++)
            s->agents[i].name = g_strdup_printf("ha%u", i);
        return true;
    }
    g_auto(GStrv) names = g_strsplit(c->names, ",", -1);
    uint32_t n = g_strv_length(names);
    if (sim_section_given(all, "count") && c->count != n)
        return sim_config_fail(all, "count", error, "%" G_GINT64_FORMAT ", but names has %u",
                               c->count, n);
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    s->n_agents = n;
    s->agents = g_new0(model_agent_settings, n);
    for (uint32_t i = 0; i < n; i++) {
        s->agents[i].name = g_strdup(g_strstrip(names[i]));
        if (!check_name(s, s->agents[i].name, seen, error))
            return false;
    }
    return true;
}

static void take_defaults(const model_settings *s, model_home_agent_config *own)
{
    const model_home_agents_config *c = s->home_agents;
    *own = (model_home_agent_config){
        .capacity_bps = c->capacity_bps, .per_packet_ns = c->per_packet_ns,
        .queue_packets = c->queue_packets, .queue_bytes = c->queue_bytes,
        .preference = c->preference, .legacy = c->legacy, .max_bindings = c->max_bindings};
}

static void override(const sim_section *section, model_home_agent_config *own)
{
    const model_home_agent_config *given = section->base;
#define TAKE(field, key) \
    if (sim_section_given(section, key)) \
        own->field = given->field
    TAKE(capacity_bps, "capacity");
    TAKE(per_packet_ns, "per-packet");
    TAKE(queue_packets, "queue-limit");
    TAKE(queue_bytes, "queue-limit-bytes");
    TAKE(preference, "preference");
    TAKE(legacy, "legacy");
    TAKE(max_bindings, "max-bindings");
    TAKE(join_ns, "join");
    TAKE(fail, "fail");
    TAKE(recover, "recover");
    TAKE(failure, "failure");
#undef TAKE
}

static bool read_agents(model_settings *s, GError **error)
{
    if (!name_agents(s, error))
        return false;
    for (uint32_t i = 0; i < s->n_agents; i++)
        take_defaults(s, &s->agents[i].own);
    const sim_section *section;
    for (size_t i = 0; (section = sim_config_instance(s->config, "home-agent", i)); i++) {
        model_agent_settings *agent = model_settings_agent(s, section, NULL, section->name, error);
        if (!agent)
            return false;
        agent->section = section;
        override(section, &agent->own);
        if (agent->own.join_ns >= s->scenario->duration_ns)
            return sim_config_fail(section, "join", error, "not before the end of the run");
    }
    return model_settings_read_failures(s, error);
}

/* ---- the rest ------------------------------------------------------------------------ */

/* Of the two the one that was given is to blame. */
static bool check_boot(const model_settings *s, GError **error)
{
    const sim_section *agents = sim_config_section(s->config, "home-agents");
    if (s->home_agents->boot_window_ns < s->scenario->duration_ns)
        return true;
    if (sim_section_given(agents, "boot-window"))
        return fail(s, "home-agents", "boot-window", error, "not shorter than the run");
    return fail(s, "scenario", "duration", error,
                "not longer than the time in which agents boot: see boot-window of [home-agents]");
}

static bool check_scenario(const model_settings *s, GError **error)
{
    if (s->scenario->warm_up_ns >= s->scenario->duration_ns)
        return fail(s, "scenario", "warm-up", error, "not shorter than the run");
    if (!check_boot(s, error))
        return false;
    if (s->record->bound_ns % SIM_SECOND_NS != 0)
        return fail(s, "record", "bound-interval", error, "no whole number of seconds");
    const sim_section *nodes = sim_config_section(s->config, "mobile-nodes");
    if (sim_section_given(nodes, "start") &&
        s->mobile_nodes->start_ns >= s->scenario->duration_ns)
        return fail(s, "mobile-nodes", "start", error, "not before the end of the run");
    if (s->mobile_nodes->crowd > 0 &&
        s->mobile_nodes->crowd_start_ns >= s->scenario->duration_ns)
        return fail(s, "mobile-nodes", "crowd-start", error, "not before the end of the run");
    return true;
}

static bool check_network(const model_settings *s, GError **error)
{
    const sim_prefix *prefix = &s->home_link->prefix;
    if (prefix->length < 64 || prefix->length > 126)
        return fail(s, "home-link", "prefix", error, "expected a length from 64 to 126");
    if (model_prefix_clashes(prefix))
        return fail(s, "home-link", "prefix", error,
                    "2001:db8:ac00::/40 and 2001:db8:cc00::/40 are the access routers' and the "
                    "correspondents'");
    mip6_addr a;
    memcpy(a.b, prefix->address, 16);
    if (mip6_addr_is_multicast(&a) || mip6_addr_is_link_local(&a))
        return fail(s, "home-link", "prefix", error, "expected a global unicast prefix");
    if (s->access->home_cell >= s->access->routers)
        return fail(s, "access", "home-cell", error, "there is no such cell: see routers");
    if (s->n_agents > MODEL_MAX_AGENTS)
        return fail(s, "home-agents", "count", error, "more than 65534 agents");
    return true;
}

static bool is_alone(const model_settings *s, const sim_section *section)
{
    return *section->name != '\0' || section->file != NULL ||
           !sim_config_instance(s->config, "traffic", 1);
}

const sim_section *model_settings_traffic(const model_settings *s, size_t i)
{
    const sim_section *first = sim_config_instance(s->config, "traffic", 0);
    bool skip = first && !is_alone(s, first);
    return sim_config_instance(s->config, "traffic", i + skip);
}

uint32_t model_settings_inner_mtu(const model_settings *s)
{
    return model_ipsec_inner_mtu(s, (uint32_t)MIN(s->home_link->mtu, s->access->mtu));
}

/* No sender makes fragments below 1280 B (RFC 8200 5), and these tunnels make none. */
static bool check_size(const model_settings *s, const sim_section *at, GError **error)
{
    const model_traffic_settings *t = at->base;
    uint32_t mtu = model_settings_inner_mtu(s);
    uint32_t path_mtu = (uint32_t)MIN(s->home_link->mtu, s->access->mtu);
    if (t->packet_bytes <= mtu || mtu >= MIP6_MIN_MTU)
        return true;
    return sim_config_fail(at, "packet-size", error,
                           "with the %u B of a tunnel above the MTU of %u B, and fragments of "
                           "1280 B are too; raise mtu of [home-link] and [access], or send less",
                           path_mtu - mtu, path_mtu);
}

static bool check_traffic(const model_settings *s, GError **error)
{
    const sim_section *at;
    int64_t end = s->scenario->duration_ns;
    for (size_t i = 0; (at = model_settings_traffic(s, i)); i++) {
        const model_traffic_settings *t = at->base;
        bool rate = t->rate_bps > 0 || t->node_rate_bps > 0;
        if (strchr(at->name, '/'))
            return sim_config_fail(at, NULL, error, "a name without `/` is expected");
        if (rate && sim_section_given(at, "load"))
            return sim_config_fail(at, "load", error, "a rate is given too: one of both");
        if (t->rate_bps > 0 && t->node_rate_bps > 0)
            return sim_config_fail(at, "node-rate", error, "rate is given too: one of both");
        if (t->start_ns >= end)
            return sim_config_fail(at, "start", error, "not before the end of the run");
        if (!check_size(s, at, error))
            return false;
        if (t->stop_ns != 0 && t->stop_ns <= t->start_ns)
            return sim_config_fail(at, "stop", error, "not after start");
        if (rate || t->load_ppm == 0)
            continue;
        for (uint32_t a = 0; a < s->n_agents; a++)
            if (s->agents[a].own.capacity_bps == 0 && s->agents[a].own.per_packet_ns == 0)
                return sim_config_fail(at, "load", error,
                                       "a share of `unlimited` (capacity of %s): give a rate",
                                       s->agents[a].name);
    }
    return true;
}

/* A node that registers at once does not answer the message as RFC 5142 6.1 asks. */
static bool check_policy(const model_settings *s, GError **error)
{
    const model_policy_data *data = s->policy->variant_data;
    if (data->tuning.switch_message != MIP6_SWITCH_HOME_AGENT ||
        data->tuning.handover != MIP6_HANDOVER_REGISTER)
        return true;
    const char *key = sim_section_given(s->policy, "handover") ? "handover" : "switch-message";
    return sim_config_fail(s->policy, key, error,
                           "handover = register does not go with switch-message = "
                           "home-agent-switch (RFC 5142 6.1): deregister or yield");
}

static void point_at_groups(model_settings *s)
{
#define BASE(group) sim_config_section(s->config, group)->base
    s->scenario = BASE("scenario");
    s->home_link = BASE("home-link");
    s->home_agents = BASE("home-agents");
    s->mobile_nodes = BASE("mobile-nodes");
    s->correspondents = BASE("correspondents");
    s->access = BASE("access");
    s->ipsec = BASE("ipsec");
    s->system = BASE("system");
    s->record = BASE("record");
#undef BASE
    s->mobility = sim_config_section(s->config, "mobility");
    s->policy = sim_config_section(s->config, "policy");
    s->policy_class = s->policy->variant->impl;
}

model_settings *model_settings_new(const sim_config *config, GError **error)
{
    model_settings *s = g_new0(model_settings, 1);
    s->config = config;
    point_at_groups(s);
    if (check_scenario(s, error) && read_agents(s, error) && check_network(s, error) &&
        check_traffic(s, error) && check_policy(s, error) && model_ipsec_check(s, error) &&
        model_system_check(s, error))
        return s;
    model_settings_free(s);
    return NULL;
}

void model_settings_free(model_settings *s)
{
    if (!s)
        return;
    for (uint32_t i = 0; s->agents && i < s->n_agents; i++)
        g_free(s->agents[i].name);
    g_free(s->failures);
    g_free(s->agents);
    g_free(s);
}

int64_t model_settings_start_ns(const model_settings *s)
{
    const sim_section *nodes = sim_config_section(s->config, "mobile-nodes");
    if (sim_section_given(nodes, "start"))
        return s->mobile_nodes->start_ns;
    return s->home_agents->boot_window_ns + 3 * s->home_agents->ra_min_ns + SIM_SECOND_NS;
}

int64_t model_settings_redirect_ppm(const model_settings *s)
{
    const sim_section *nodes = sim_config_section(s->config, "mobile-nodes");
    if (sim_section_given(nodes, "knows-redirect"))
        return s->mobile_nodes->redirect_ppm;
    return s->policy_class->policy->first_bu ? 1000000 : 0;
}

int64_t model_settings_fragments(const model_settings *s, int64_t packet_bytes, int64_t *bytes)
{
    int64_t mtu = model_settings_inner_mtu(s);
    *bytes = packet_bytes;
    if (packet_bytes <= mtu)
        return 1;
    int64_t payload = packet_bytes - MIP6_IPV6_HEADER;
    int64_t chunk = (mtu - MIP6_IPV6_HEADER - MIP6_FRAGMENT_HEADER) / 8 * 8;
    int64_t n = (payload + chunk - 1) / chunk;
    *bytes = payload + n * (MIP6_IPV6_HEADER + MIP6_FRAGMENT_HEADER);
    return n;
}

int64_t model_settings_traffic_bps(const model_settings *s, const model_traffic_settings *t,
                                   uint32_t n)
{
    if (t->rate_bps > 0)
        return t->rate_bps;
    if (t->node_rate_bps > 0)
        return t->node_rate_bps * n;
    if (t->load_ppm == 0)
        return 0;       /* agents may be of unlimited capacity */
    /* Datagrams a second that all agents together can serve. The outer header is on in the
     * queue downwards, and off upwards. */
    double outer[] = {[MODEL_DIRECTION_DOWN] = 1, [MODEL_DIRECTION_UP] = 0,
                      [MODEL_DIRECTION_BOTH] = 0.5};
    int64_t bytes;
    double packets = (double)model_settings_fragments(s, t->packet_bytes, &bytes);
    double bits = 8.0 * ((double)bytes + packets * MIP6_IPV6_HEADER * outer[t->direction]);
    double sum = 0;
    for (uint32_t i = 0; i < s->n_agents; i++) {
        const model_home_agent_config *a = &s->agents[i].own;
        double service_s = packets * (double)a->per_packet_ns / 1e9;
        if (a->capacity_bps > 0)
            service_s += bits / (double)a->capacity_bps;
        sum += 1 / service_s;
    }
    return (int64_t)(sum * (double)t->load_ppm / 1e6 * 8 * (double)t->packet_bytes);
}
