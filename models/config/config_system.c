/* [system].
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/config/config_system.h"

#include <string.h>

#include "mip6_active_standby.h"
#include "models/measure/oracle.h"

static const char *const kind_names[] = {"none", "active-standby", "haha", NULL};
static const char *const sync_names[] = {"before-ack", "after-ack", NULL};
static const char *const placement_names[] = {"same-link", "links", NULL};
static const char *const forwarding_names[] = {"direct", "primary", NULL};

#define Y(field, keyword, kind, ...) \
    {keyword, SIM_KEY_##kind, __VA_ARGS__, offsetof(model_system_config, field), NULL}
#define CHOICE(field, keyword, names, def, help) \
    {keyword, SIM_KEY_CHOICE, def, 0, 0, help, offsetof(model_system_config, field), names}

static const sim_key keys[] = {
    CHOICE(kind, "kind", kind_names, "none",
           "active-standby: agents that back each other up behind virtual ones (RFC 5798); haha: "
           "each copies its bindings to all others, which take them over (PROTOCOL 13)"),
    CHOICE(sync, "sync", sync_names, "?before-ack",
           "before-ack: nodes are answered when all live members have a copy; where not given: "
           "before-ack with active-standby, after-ack with haha"),
    Y(sync_rate, "sync-rate", INT, "1000", 1, 1e6,
      "bindings a second to a member that loads all of them"),
    Y(hello_ns, "hello", TIME, "1 s", 1e6, 1e12, "between hellos to each other member"),
    Y(missed, "missed", INT, "3", 1, 1000, "hellos; then a member is gone"),
    Y(groups, "groups", INT, "1", 1, MIP6_ACTIVE_STANDBY_GROUPS,
      "virtual agents; 1: one agent serves and all others stand by"),
    Y(vrids, "vrids", STRING, "", 0, 0,
      "of the groups, with commas between; empty: 1, 2 ... (RFC 5798 5.2.3)"),
    Y(priorities, "priorities", STRING, "", 0, 0,
      "by rank, (agent - group) mod agents; empty: 254 less 253 rank / agents, rounded down"),
    Y(interval_ns, "interval", TIME, "1 s", MIP6_VRRP_UNIT_NS, MIP6_VRRP_MAX_INTERVAL_NS,
      "between advertisements of a master, in steps of 10 ms (RFC 5798 5.2.7)"),
    Y(preempt, "preempt", BOOL, "on", 0, 0,
      "a member of higher priority becomes master in place of one of lower (RFC 5798 6.1)"),
    CHOICE(placement, "placement", placement_names, "same-link",
           "of haha; links: each agent has a home link and an ingress router of its own, and all "
           "routers announce the home prefix"),
    Y(entry_share, "entry-share", STRING, "equal", 0, 0,
      "of placement = links: what enters at each agent's router, as 50 %, 30 %, 20 %"),
    CHOICE(forwarding, "secondary-forwarding", forwarding_names, "direct",
           "of placement = links: a packet that enters where its node's primary is not goes to the "
           "node straight away, or through the primary"),
    Y(batch_ns, "sync-batch", TIME, "0 s", 0, 1e11,
      "of haha: a change of a binding waits so long for others to go to the same agents with it"),
    Y(takeover_rate, "takeover-rate", INT, "1000", 1, 1e6,
      "of haha: nodes a second that one agent takes over"),
};

const sim_group model_system_group = {
    .name = "system", .help = "agents that share state",
    .keys = keys, .n_keys = G_N_ELEMENTS(keys), .size = sizeof(model_system_config)};

/* ---- names ------------------------------------------------------------------------------ */

/* What stands behind the colon of a name, and what is meant without; by kind, as kind_names. */
static const struct { const char *key, *def; } first_settings[] = {
    {NULL, NULL}, {"groups", "1"}, {"placement", "same-link"}};

G_STATIC_ASSERT(G_N_ELEMENTS(kind_names) == G_N_ELEMENTS(first_settings) + 1);

static char *first_setting(const model_system_config *c)
{
    if (c->kind == MODEL_SYSTEM_ACTIVE_STANDBY && c->groups > 1)
        return g_strdup_printf("%" G_GINT64_FORMAT, c->groups);
    if (c->kind == MODEL_SYSTEM_HAHA && c->placement != MODEL_PLACEMENT_SAME_LINK)
        return g_strdup(placement_names[c->placement]);
    return NULL;
}

char *model_system_name(const sim_config *config)
{
    const model_system_config *c = sim_config_section(config, "system")->base;
    g_autofree char *setting = first_setting(c);
    if (c->kind == MODEL_SYSTEM_NONE)
        return NULL;
    return g_strjoin(setting ? ":" : NULL, kind_names[c->kind], setting, NULL);
}

bool model_system_named(const char *name, char **kind, char **setting)
{
    g_auto(GStrv) parts = g_strsplit(name, ":", 2);
    for (size_t k = 0; parts[0] && kind_names[k]; k++) {
        const char *key = first_settings[k].key;
        if (strcmp(parts[0], kind_names[k]) != 0 || (parts[1] && !key))
            continue;
        *kind = g_strdup(kind_names[k]);
        *setting = key ? g_strjoin("=", key, parts[1] ? parts[1] : first_settings[k].def, NULL)
                       : NULL;
        return true;
    }
    return false;
}

/* ---- what others ask --------------------------------------------------------------------- */

static const sim_section *section_of(const model_settings *s)
{
    return sim_config_section(s->config, "system");
}

static const model_system_config *config_of(const model_settings *s)
{
    return section_of(s)->base;
}

const model_system_config *model_system_of(const model_settings *s)
{
    return config_of(s);
}

bool model_system_is_haha(const model_settings *s)
{
    return config_of(s)->kind == MODEL_SYSTEM_HAHA;
}

bool model_system_is_active_standby(const model_settings *s)
{
    return config_of(s)->kind == MODEL_SYSTEM_ACTIVE_STANDBY;
}

/* The i-th number of a list; -1: there is none, or it is no number. */
static int64_t number_at(const char *list, uint32_t i)
{
    g_auto(GStrv) parts = g_strsplit(list, ",", -1);
    guint64 n;
    if (i >= g_strv_length(parts) ||
        !g_ascii_string_to_unsigned(g_strstrip(parts[i]), 10, 0, 1000, &n, NULL))
        return -1;
    return (int64_t)n;
}

static uint32_t length_of(const char *list)
{
    g_auto(GStrv) parts = g_strsplit(list, ",", -1);
    return g_strv_length(parts);
}

uint8_t model_system_vrid(const model_settings *s, uint32_t group)
{
    const model_system_config *c = config_of(s);
    return *c->vrids ? (uint8_t)number_at(c->vrids, group) : (uint8_t)(group + 1);
}

uint8_t model_system_priority(const model_settings *s, uint32_t agent, uint32_t group)
{
    const model_system_config *c = config_of(s);
    uint32_t n = s->n_agents;
    if (*c->priorities)
        return (uint8_t)number_at(c->priorities, (agent + n - group) % n);
    return mip6_vrrp_priority(agent, group, n);
}

/* ---- checks ---------------------------------------------------------------------------- */

static bool check_list(const model_settings *s, const char *key, const char *list, uint32_t n,
                       int64_t most, GError **error)
{
    if (*list == '\0')
        return true;
    if (length_of(list) != n)
        return sim_config_fail(section_of(s), key, error, "expected %u numbers, found %u",
                               n, length_of(list));
    for (uint32_t i = 0; i < n; i++) {
        int64_t x = number_at(list, i);
        if (x < 1 || x > most)
            return sim_config_fail(section_of(s), key, error,
                                   "number %u: expected 1 to %" G_GINT64_FORMAT, i + 1, most);
    }
    return true;
}

static bool check_vrids(const model_settings *s, GError **error)
{
    const model_system_config *c = config_of(s);
    if (!check_list(s, "vrids", c->vrids, (uint32_t)c->groups, 255, error))
        return false;
    for (uint32_t i = 0; i < c->groups; i++)
        for (uint32_t k = 0; k < i; k++)
            if (model_system_vrid(s, i) == model_system_vrid(s, k))
                return sim_config_fail(section_of(s), "vrids", error,
                                       "two groups with the VRID %u", model_system_vrid(s, i));
    return true;
}

/* Whoever has 0 gives up, and 255 is for an owner, of whom there is none. */
static bool check_active_standby(const model_settings *s, GError **error)
{
    const model_system_config *c = config_of(s);
    const sim_section *at = section_of(s);
    if (s->n_agents < 2)
        return sim_config_fail(at, "kind", error, "one home agent has nobody to stand by");
    if (s->n_agents > MIP6_PEER_MAX_MEMBERS)
        return sim_config_fail(at, "kind", error, "%u home agents, %u at most", s->n_agents,
                               MIP6_PEER_MAX_MEMBERS);
    if (c->groups > s->n_agents)
        return sim_config_fail(at, "groups", error, "more than home agents (%u)", s->n_agents);
    if (c->interval_ns % MIP6_VRRP_UNIT_NS != 0)
        return sim_config_fail(at, "interval", error, "no multiple of 10 ms (RFC 5798 5.2.7)");
    if (s->policy_class->policy == &model_policy_oracle)
        return sim_config_fail(s->policy, "name", error,
                               "moves bindings with its own hand: not with [system]");
    return check_vrids(s, error) && check_list(s, "priorities", c->priorities, s->n_agents,
                                               MIP6_VRRP_MAX_PRIORITY, error);
}

/* A key that only one kind has, or (NONE) all but none; said: to be other than it is anyway. */
typedef struct owned {
    const char *key;
    int64_t kind;
    bool links;                 /* and placement = links alone */
    bool said;
} owned;

#define N_OWNED 14

static void list_owned(const model_system_config *c, owned out[N_OWNED])
{
    const owned list[N_OWNED] = {
        {"groups", MODEL_SYSTEM_ACTIVE_STANDBY, false, c->groups != 1},
        {"vrids", MODEL_SYSTEM_ACTIVE_STANDBY, false, *c->vrids},
        {"priorities", MODEL_SYSTEM_ACTIVE_STANDBY, false, *c->priorities},
        {"interval", MODEL_SYSTEM_ACTIVE_STANDBY, false, c->interval_ns != SIM_SECOND_NS},
        {"preempt", MODEL_SYSTEM_ACTIVE_STANDBY, false, !c->preempt},
        {"placement", MODEL_SYSTEM_HAHA, false, c->placement != MODEL_PLACEMENT_SAME_LINK},
        {"entry-share", MODEL_SYSTEM_HAHA, true, !g_str_equal(c->entry_share, "equal")},
        {"secondary-forwarding", MODEL_SYSTEM_HAHA, true, c->forwarding != MODEL_SECONDARY_DIRECT},
        {"takeover-rate", MODEL_SYSTEM_HAHA, false, c->takeover_rate != 1000},
        {"sync-batch", MODEL_SYSTEM_HAHA, false, c->batch_ns != 0},
        {"sync", MODEL_SYSTEM_NONE, false, true},       /* printed where it is given alone */
        {"sync-rate", MODEL_SYSTEM_NONE, false, c->sync_rate != 1000},
        {"hello", MODEL_SYSTEM_NONE, false, c->hello_ns != SIM_SECOND_NS},
        {"missed", MODEL_SYSTEM_NONE, false, c->missed != 3}};
    memcpy(out, list, sizeof list);
}

/* Who says which system it is: whoever gives `kind`, or a --policy that names none. What is given
 * below, for another system, waits there for that one. */
static bool is_below(const model_settings *s, const char *key, const char *choice)
{
    const char *giver = sim_section_giver(section_of(s), key);
    const char *chooser = sim_section_giver(section_of(s), choice);
    const char *policy = sim_section_giver(s->policy, "name");
    if (!chooser && policy && g_str_equal(policy, "--policy"))
        chooser = policy;
    if (!chooser || g_str_equal(giver, chooser))
        return false;
    return !g_str_equal(giver, "--set") || g_str_equal(chooser, "--policy");
}

static bool check_owners(const model_settings *s, GError **error)
{
    const model_system_config *c = config_of(s);
    const sim_section *at = section_of(s);
    owned list[N_OWNED];
    list_owned(c, list);
    for (size_t i = 0; i < N_OWNED; i++) {
        const owned *o = &list[i];
        bool none = o->kind == MODEL_SYSTEM_NONE;
        bool fits = none ? c->kind != MODEL_SYSTEM_NONE : c->kind == o->kind;
        if (!o->said || !sim_section_given(at, o->key))
            continue;
        if (!fits && !is_below(s, o->key, "kind"))
            return sim_config_fail(at, o->key, error, "is a key of %s, and here kind = %s",
                                   none ? "active-standby and haha" : kind_names[o->kind],
                                   kind_names[c->kind]);
        if (fits && o->links && c->placement != MODEL_PLACEMENT_LINKS &&
            !is_below(s, o->key, "placement"))
            return sim_config_fail(at, o->key, error, "is a key of placement = links");
    }
    return true;
}

bool model_system_check(const model_settings *s, GError **error)
{
    if (!check_owners(s, error))
        return false;
    if (config_of(s)->kind == MODEL_SYSTEM_ACTIVE_STANDBY)
        return check_active_standby(s, error);
    if (config_of(s)->kind == MODEL_SYSTEM_HAHA)
        return model_system_check_haha(s, error);
    return true;
}
