/* [system] kind = haha: what can be wrong with it, and where packets enter.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "mip6_haha.h"
#include "models/config/config_system.h"
#include "models/measure/oracle.h"

static bool is_equal(const model_system_config *c)
{
    return g_str_equal(c->entry_share, "equal");
}

bool model_system_acks_last(const model_settings *s)
{
    return sim_section_given(sim_config_section(s->config, "system"), "sync") &&
           model_system_of(s)->sync == MODEL_SYNC_BEFORE_ACK;
}

bool model_settings_links(const model_settings *s)
{
    return model_system_is_haha(s) && model_system_of(s)->placement == MODEL_PLACEMENT_LINKS;
}

/* "12.5 %" in millionths; -1: it is no share. */
static int64_t share(const char *text)
{
    g_autofree char *copy = g_strstrip(g_strdup(text));
    char *end;
    double percent = g_ascii_strtod(copy, &end);
    if (end == copy || !g_str_equal(g_strchug(end), "%") || !(percent >= 0 && percent <= 100))
        return -1;
    return (int64_t)(percent * 10000 + 0.5);
}

uint32_t model_settings_entry_share(const model_settings *s, uint32_t agent)
{
    const model_system_config *c = model_system_of(s);
    if (is_equal(c))
        return 1;
    g_auto(GStrv) parts = g_strsplit(c->entry_share, ",", -1);
    return (uint32_t)share(parts[agent]);
}

static bool check_entry_share(const model_settings *s, GError **error)
{
    const model_system_config *c = model_system_of(s);
    const sim_section *at = sim_config_section(s->config, "system");
    if (is_equal(c))
        return true;
    g_auto(GStrv) parts = g_strsplit(c->entry_share, ",", -1);
    if (g_strv_length(parts) != s->n_agents)
        return sim_config_fail(at, "entry-share", error,
                               "`equal`, or %u shares with commas between, are expected",
                               s->n_agents);
    int64_t sum = 0;
    for (uint32_t i = 0; i < s->n_agents; i++) {
        int64_t x = share(parts[i]);
        if (x < 0)
            return sim_config_fail(at, "entry-share", error,
                                   "share %u: 0 %% to 100 %% is expected, as in 12.5 %%", i + 1);
        sum += x;
    }
    if (ABS(sum - 1000000) > s->n_agents)
        return sim_config_fail(at, "entry-share", error, "the shares are %.4g %% together",
                               (double)sum / 10000);
    return true;
}

/* A node that is at home would be on one of the links, and PEERS do not say on which. */
static bool check_links(const model_settings *s, GError **error)
{
    if (s->access->home_cell >= 0)
        return sim_config_fail(sim_config_section(s->config, "access"), "home-cell", error,
                               "with [system] placement = links no node can be at home");
    return check_entry_share(s, error);
}

bool model_system_check_haha(const model_settings *s, GError **error)
{
    const sim_section *at = sim_config_section(s->config, "system");
    if (s->n_agents < 2)
        return sim_config_fail(at, "kind", error, "one home agent has nobody to copy to");
    if (s->n_agents > MIP6_PEER_MAX_MEMBERS)
        return sim_config_fail(at, "kind", error, "%u home agents, at most %u can share state",
                               s->n_agents, MIP6_PEER_MAX_MEMBERS);
    if (s->policy_class->policy == &model_policy_oracle)
        return sim_config_fail(s->policy, "name", error,
                               "moves bindings with its own hand: not with [system]");
    return model_system_of(s)->placement != MODEL_PLACEMENT_LINKS || check_links(s, error);
}
