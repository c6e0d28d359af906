/* What virtual agents and their copies come to: takeovers, packets to where a node no longer is,
 * what members tell each other.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <string.h>

#include "mip6_vrrp.h"
#include "models/config/config_system.h"
#include "models/measure/system_measure.h"
#include "models/systems/virtual.h"
#include "models/world_parts.h"

/* The last update of a node that was acknowledged. */
struct model_virtual_answer {
    mip6_addr care_of;
    uint16_t sequence;
    bool bound;
};

void model_virtual_measure_new(model_world *w)
{
    w->virtual_agents->answers = g_new0(struct model_virtual_answer, w->n_nodes);
}

static struct model_virtual_answer *answer_of(const model_world *w, const mip6_addr *home)
{
    uint32_t node = model_directory_find(w->directory, home);
    return node < w->n_nodes ? &w->virtual_agents->answers[node] : NULL;
}

static bool is_older(uint16_t a, uint16_t b)
{
    return (int16_t)(uint16_t)(a - b) < 0;
}

void model_virtual_measure_answer(model_world *w, const uint8_t *bytes, size_t len)
{
    mip6_header h;
    mip6_message msg;
    mip6_drop cause;
    if (mip6_decode(bytes, len, 0, &h, &msg, &cause) != 0 || msg.kind != MIP6_MSG_BA ||
        msg.u.ba.status >= MIP6_STATUS_UNSPECIFIED)
        return;
    struct model_virtual_answer *a = answer_of(w, mip6_header_destination(&h));
    w->virtual_agents->updates++;
    if (!a || (a->bound && is_older(msg.u.ba.sequence, a->sequence)))
        return;
    *a = (struct model_virtual_answer){h.dst, msg.u.ba.sequence, msg.u.ba.lifetime_units > 0};
}

/* To a care-of address that is none of the last update acknowledged, nor of one that came since. */
void model_virtual_measure_tunnel(model_world *w, const mip6_ha *ha, const sim_packet *packet)
{
    const uint8_t *outer = packet->bytes + packet->head;
    mip6_addr care_of, home;
    mip6_binding_info binding;
    if (packet->len < 2 * MIP6_IPV6_HEADER || outer[6] != MIP6_NH_IPV6)
        return;     /* from a node: the tunnel ended here */
    memcpy(care_of.b, outer + 24, sizeof care_of.b);
    memcpy(home.b, outer + MIP6_IPV6_HEADER + 24, sizeof home.b);
    const struct model_virtual_answer *a = answer_of(w, &home);
    if (!a || !a->bound || mip6_addr_equal(&a->care_of, &care_of) ||
        !mip6_ha_find(ha, &home, &binding) || !is_older(binding.sequence, a->sequence))
        return;
    w->virtual_agents->stale_sends++;
}

/* ---- masters ------------------------------------------------------------------------------ */

/* Has one of its failures to do with what it hears and says now? One that was over a master-down
 * time ago has not. */
static bool is_ailing(const model_world *w, uint32_t agent)
{
    const model_agent_settings *a = w->agents[agent].faults.settings;
    int64_t now = sim_now(w->engine);
    int64_t while_ns = mip6_vrrp_master_down_ns(1, w->settings->system->interval_ns);
    for (size_t i = 0; i < a->n_failures; i++)
        if (a->failures[i].at_ns <= now && now - while_ns <= a->failures[i].until_ns)
            return true;
    return false;
}

/* Preemption aside: had it heard that one it would not have become master. */
static bool is_unprovoked(const model_world *w, uint32_t agent, uint32_t g)
{
    uint8_t own = model_system_priority(w->settings, agent, g);
    for (uint32_t i = 0; i < w->n_agents && !is_ailing(w, agent); i++) {
        uint8_t its = model_system_priority(w->settings, i, g);
        if (i != agent && model_virtuals_serve(w->agents[i].virtuals, g) && !is_ailing(w, i) &&
            !(w->settings->system->preempt && own > its))
            return true;
    }
    return false;
}

void model_virtual_measure_master(model_world *w, uint32_t agent, uint32_t g)
{
    model_virtual_group *group = &w->virtual_agents->groups[g];
    group->takeovers += group->served;
    group->unprovoked += group->served && is_unprovoked(w, agent, g);
    group->served = true;
}

/* ---- the rows at the end ------------------------------------------------------------------ */

static void write_value(const model_world *w, const char *name, double value)
{
    model_metric_write(w->sink, SIM_NO_NODE, name, true, value);
}

static uint64_t count_copies(const model_world *w)
{
    uint64_t n = 0;
    for (uint32_t i = 0; i < w->n_agents; i++)
        for (uint32_t g = 0; g < w->virtual_agents->n; g++) {
            const mip6_ha *ha = model_virtuals_agent(w->agents[i].virtuals, g);
            mip6_ha_figures figures;
            if (!ha || model_virtuals_serve(w->agents[i].virtuals, g))
                continue;
            mip6_ha_get_figures(ha, &figures, sim_now(w->engine));
            n += figures.mn_count;
        }
    return n;
}

void model_virtual_measure_finish(model_world *w)
{
    const struct model_virtual_agents *v = w->virtual_agents;
    uint64_t takeovers = 0, unprovoked = 0;
    for (uint32_t g = 0; g < v->n; g++) {
        takeovers += v->groups[g].takeovers;
        unprovoked += v->groups[g].unprovoked;
    }
    write_value(w, "takeovers", (double)takeovers);
    write_value(w, "takeovers_without_failure", (double)unprovoked);
    write_value(w, "stale_care_of_sends", (double)v->stale_sends);
    model_system_measure_finish(w, v->updates);
    write_value(w, "copies_held", (double)count_copies(w));
}
