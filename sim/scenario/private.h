/* A configuration with what its printing needs. SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SIM_SCENARIO_PRIVATE_H
#define SIM_SCENARIO_PRIVATE_H

#include "sim/scenario/scenario.h"

typedef struct sim_scenario {
    sim_config config;      /* first: sim_scenario_free casts back */
    GPtrArray *arena;       /* everything that sections point at */
    GPtrArray *notes;       /* char *, in the arena */
} sim_scenario;

/* Key i of a section, base keys first, and its value. */
static inline size_t sim_section_n_keys(const sim_section *s)
{
    return s->group->n_keys + (s->variant ? s->variant->n_keys : 0);
}

static inline const sim_key *sim_section_key(const sim_section *s, size_t i)
{
    return i < s->group->n_keys ? &s->group->keys[i] : &s->variant->keys[i - s->group->n_keys];
}

static inline const void *sim_section_value(const sim_section *s, size_t i)
{
    const void *data = i < s->group->n_keys ? s->base : s->variant_data;
    return (const char *)data + sim_section_key(s, i)->offset;
}

#endif
