/* Each agent has a number of nodes that is acceptable for it, its share of a total by capacity;
 * all know the total by configuration, and so everyone's number. One that has more sends nodes
 * to the agent that has the most room, as far as the room reaches.
 *
 *   What the draft's authors had in mind for its next version
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "mip6_policy.h"

typedef struct acceptable_config {
    int64_t total;
} acceptable_config;

/* What the shares are made of. Capacities come from advertisements (option 254). Where anyone
 * who reports a load advertises none, all count as equal: everyone hears the same
 * advertisements, so all agents still arrive at the same numbers. */
typedef struct shares {
    uint64_t total;             /* nodes */
    uint64_t weights;           /* sum over oneself and all that report */
    bool by_capacity;
} shares;

static uint64_t nodes_of(const mip6_view *view, uint16_t count)
{
    return (uint64_t)count * view->mn_count_unit;
}

static uint64_t weight(const shares *s, uint32_t capacity_kbps)
{
    return s->by_capacity ? capacity_kbps : 1;
}

static shares shares_of(const mip6_view *view)
{
    const acceptable_config *c = view->config;
    shares s = {.by_capacity = view->capacity_kbps > 0};
    uint64_t registered = nodes_of(view, view->mn_count);
    for (uint32_t i = 0; i < view->n_peers; i++)
        if (view->peers[i].has_load) {
            s.by_capacity = s.by_capacity && view->peers[i].capacity_kbps > 0;
            registered += nodes_of(view, view->peers[i].mn_count);
        }
    s.total = c->total > 0 ? (uint64_t)c->total : registered;
    s.weights = weight(&s, view->capacity_kbps);
    for (uint32_t i = 0; i < view->n_peers; i++)
        if (view->peers[i].has_load)
            s.weights += weight(&s, view->peers[i].capacity_kbps);
    return s;
}

/* A = floor(total * capacity / sum). */
static uint64_t acceptable(const shares *s, uint32_t capacity_kbps)
{
    return mip6_muldiv(s->total, weight(s, capacity_kbps), s->weights);
}

/* A - count of another agent; 0 also where so many have been sent there since its report. */
static uint64_t room_of(const mip6_view *view, const shares *s, const mip6_peer *p)
{
    uint64_t number = acceptable(s, p->capacity_kbps), count = nodes_of(view, p->mn_count);
    if (!p->has_load || p->blocked || count >= number || p->sent_count >= number - count)
        return 0;
    return number - count;
}

static mip6_choice look(const mip6_view *view)
{
    mip6_choice choice = {MIP6_BRANCH_NONE, 0, 0};
    if (view->n_candidates == 0)
        return choice;
    shares s = shares_of(view);
    if (nodes_of(view, view->mn_count) <= acceptable(&s, view->capacity_kbps))
        return choice;
    uint64_t most = 0;
    uint32_t equals = 0;
    for (uint32_t i = 0; i < view->n_peers; i++) {
        uint64_t room = room_of(view, &s, &view->peers[i]);
        if (room == 0 || room < most)
            continue;
        equals = room > most ? 1 : equals + 1;
        most = room;
        if (mip6_view_below(view, equals) == 0)
            choice = (mip6_choice){.branch = MIP6_BRANCH_QUOTA, .peer = i};
    }
    return choice;
}

static const mip6_key keys[] = {
    {"acceptable-total", "nodes that all agents together are to have; 0: as many as they report",
     MIP6_UNIT_NONE, 0, 1000000000, {0, 0, 0}, offsetof(acceptable_config, total), NULL},
};

static const mip6_preset presets[] = {
    {"advertise-capacity", {1, 1, 1}},
};

const mip6_policy mip6_policy_acceptable_number = {
    .abi = MIP6_POLICY_ABI,
    .name = "acceptable-number",
    .help = "a number of nodes for each agent, by capacity: what is above it goes where room is",
    .advertises_load = true,
    .config_size = sizeof(acceptable_config),
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .presets = presets,
    .n_presets = sizeof presets / sizeof *presets,
    .look = look,
};
