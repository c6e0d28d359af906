/* Failures as a scenario writes them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/config/config_failures.h"

#include "models/config/config_system.h"
#include "models/hosts/faults.h"
#include "models/mobility/nearest.h"

/* ---- names ---------------------------------------------------------------------------- */

model_agent_settings *model_settings_agent(const model_settings *s, const sim_section *at,
                                           const char *key, const char *name, GError **error)
{
    unsigned best = UINT_MAX;
    const char *nearest = "";
    for (uint32_t i = 0; i < s->n_agents; i++) {
        unsigned d = model_name_distance(name, s->agents[i].name);
        if (d == 0)
            return &s->agents[i];
        if (d < best) {
            best = d;
            nearest = s->agents[i].name;
        }
    }
    sim_config_fail(at, key, error, "there is no agent `%s`; the nearest name is `%s`", name,
                    nearest);
    return NULL;
}

/* ---- one failure ------------------------------------------------------------------------ */

/* When an agent is there for certain. */
static int64_t there_ns(const model_settings *s, const model_agent_settings *agent)
{
    return agent->own.join_ns > 0 ? agent->own.join_ns : s->home_agents->boot_window_ns;
}

int64_t model_settings_leave_ns(const model_settings *s)
{
    (void)s;
    return MODEL_LEAVE_NS;
}

/* How long it tells its nodes that it leaves. */
static int64_t drain_ns(const model_settings *s, const model_agent_settings *agent)
{
    const model_policy_data *data = s->policy->variant_data;
    bool tells = s->n_agents > 1 && !agent->own.legacy && s->system->kind == MODEL_SYSTEM_NONE;
    return tells ? data->tuning.drain_ns : 0;
}

/* One that leaves must be back no sooner than it has told all, and was down a moment. */
static bool check_leave(const model_settings *s, const model_failure *f, const char *until,
                        const char *where, GError **error)
{
    int64_t down = model_settings_leave_ns(s), drain = drain_ns(s, &s->agents[f->agent]);
    if (f->until_ns <= f->at_ns + down)
        return sim_config_fail(f->section, until, error,
                               "not after it fails: it leaves in good order, and is down only %"
                               G_GINT64_FORMAT " ms later%s", down / SIM_MS_NS, where);
    if (drain > 0 && f->until_ns < f->at_ns + drain + 2 * down)
        return sim_config_fail(f->section, until, error,
                               "before it has left: it tells its nodes for %.10g s (drain-time of "
                               "[policy]), so that it can be back from %.10g s on%s",
                               (double)drain / 1e9,
                               (double)(f->at_ns + drain + 2 * down) / 1e9, where);
    return true;
}

/* where: " (time 2 of the list)", or nothing. */
static bool check_times(const model_settings *s, const model_failure *f, const char *at,
                        const char *until, const char *where, GError **error)
{
    const int64_t end = s->scenario->duration_ns;
    if (f->at_ns <= there_ns(s, &s->agents[f->agent]))
        return sim_config_fail(f->section, at, error, "before the agent is there%s", where);
    if (f->at_ns >= end)
        return sim_config_fail(f->section, at, error, "not before the end of the run%s", where);
    if (f->until_ns == SIM_NEVER)
        return true;
    if (f->until_ns <= f->at_ns)
        return sim_config_fail(f->section, until, error, "not after it fails%s", where);
    if (f->kind == MODEL_FAILURE_LEAVE && !check_leave(s, f, until, where, error))
        return false;
    if (f->until_ns > end)
        return sim_config_fail(f->section, until, error, "after the end of the run%s", where);
    return true;
}

/* ---- [home-agent NAME] -------------------------------------------------------------------- */

static bool read_short_form(const model_settings *s, uint32_t agent, GArray *list, GError **error)
{
    const model_home_agent_config *own = &s->agents[agent].own;
    const sim_section *at = s->agents[agent].section;
    if (own->recover.n > own->fail.n)
        return sim_config_fail(at, "recover", error, "more often than it fails");
    if (own->fail.n > own->recover.n + 1)
        return sim_config_fail(at, "fail", error, "twice without `recover` between");
    for (size_t i = 0; i < own->fail.n; i++) {
        model_failure f = {
            .name = "", .agent = agent, .kind = (model_failure_kind)own->failure,
            .at_ns = own->fail.at_ns[i], .hang_control = true, .section = at,
            .until_ns = i < own->recover.n ? own->recover.at_ns[i] : SIM_NEVER};
        g_autofree char *where = g_strdup_printf(" (time %zu of the list)", i + 1);
        if (!check_times(s, &f, "fail", "recover", where, error))
            return false;
        g_array_append_val(list, f);
    }
    return true;
}

/* ---- [failure NAME] ------------------------------------------------------------------------- */

static bool read_group(const model_settings *s, const sim_section *at, GArray *list,
                       GError **error)
{
    const model_failure_config *c = at->base;
    if (*c->agent == '\0')
        return sim_config_fail(at, NULL, error, "no `agent` is given: which one fails");
    const model_agent_settings *agent = model_settings_agent(s, at, "agent", c->agent, error);
    if (!agent)
        return false;
    if (!sim_section_given(at, "at"))
        return sim_config_fail(at, NULL, error, "no `at` is given: when it fails");
    if (sim_section_given(at, "hang-control") && c->kind != MODEL_FAILURE_HANG)
        return sim_config_fail(at, "hang-control", error, "only where kind = hang");
    model_failure f = {
        .name = at->name, .agent = (uint32_t)(agent - s->agents),
        .kind = (model_failure_kind)c->kind, .at_ns = c->at_ns,
        .until_ns = sim_section_given(at, "until") ? c->until_ns : SIM_NEVER,
        .hang_control = c->hang_control, .section = at};
    if (!check_times(s, &f, "at", "until", "", error))
        return false;
    g_array_append_val(list, f);
    return true;
}

/* ---- all of them ------------------------------------------------------------------------ */

static gint by_agent_and_time(gconstpointer a, gconstpointer b)
{
    const model_failure *x = a, *y = b;
    if (x->agent != y->agent)
        return x->agent < y->agent ? -1 : 1;
    return x->at_ns < y->at_ns ? -1 : x->at_ns > y->at_ns;
}

/* As the file calls it. g_free. */
static char *title_of(const model_settings *s, const model_failure *f)
{
    return *f->name ? g_strdup_printf("[failure %s]", f->name)
                    : g_strdup_printf("[home-agent %s]", s->agents[f->agent].name);
}

/* In the list, f is right behind `before`, of the same agent. */
static bool refuse_overlap(const model_settings *s, const model_failure *before,
                           const model_failure *f, GError **error)
{
    const char *key = *f->name ? "at" : "fail";
    g_autofree char *title = title_of(s, before);
    if (before->until_ns == SIM_NEVER)
        return sim_config_fail(f->section, key, error,
                               "%s has failed for good by then (%s, at %.10g s)",
                               s->agents[f->agent].name, title, (double)before->at_ns / 1e9);
    return sim_config_fail(f->section, key, error,
                           "%s has failed already by then (%s, from %.10g s to %.10g s)",
                           s->agents[f->agent].name, title, (double)before->at_ns / 1e9,
                           (double)before->until_ns / 1e9);
}

static bool hand_out(model_settings *s, GError **error)
{
    for (size_t i = 0; i < s->n_failures; i++) {
        const model_failure *f = &s->failures[i];
        model_agent_settings *agent = &s->agents[f->agent];
        if (agent->n_failures > 0 && f[-1].until_ns >= f->at_ns)
            return refuse_overlap(s, f - 1, f, error);
        if (agent->n_failures++ == 0)
            agent->failures = f;
    }
    return true;
}

bool model_settings_read_failures(model_settings *s, GError **error)
{
    GArray *list = g_array_new(FALSE, FALSE, sizeof(model_failure));
    const sim_section *section;
    bool good = true;
    for (uint32_t i = 0; good && i < s->n_agents; i++)
        good = read_short_form(s, i, list, error);
    for (size_t i = 0; good && (section = sim_config_instance(s->config, "failure", i)); i++)
        good = read_group(s, section, list, error);
    g_array_sort(list, by_agent_and_time);
    s->n_failures = list->len;
    s->failures = (model_failure *)(void *)g_array_free(list, FALSE);
    return good && hand_out(s, error);
}
