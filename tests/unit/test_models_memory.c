/* What a registered mobile node takes in the library and in the engine, with its binding and its
 * timers: at most 384 bytes.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "world_fixture.h"

#include "models/mn_host.h"
#include "models/world_parts.h"
#include "sim/engine/pending_bags.h"

enum { BOUND = 384, FEW = 4000, MANY = 24000 };

typedef struct taken {
    uint64_t library, events, names;
} taken;

static taken taken_by(uint32_t nodes)
{
    char *refused = NULL;
    g_autofree char *text = g_strdup_printf(
        "[scenario]\nduration = 71 s\n[home-agents]\ncount = 2\n[mobile-nodes]\ncount = %u\n"
        "start-window = 60 s\n[mobility]\nmodel = static\n[traffic]\nload = 0 %%\n", nodes);
    g_autoptr(sim_config) config = config_from(text, &refused);
    cr_assert_not_null(config, "%s", refused);
    model_world *w = model_world_new(config, 1, 0, sim_sink_null(), NULL);
    sim_engine *engine = model_world_engine(w);
    sim_engine_run(engine, 70 * SIM_SECOND_NS);
    taken t = {w->env.bytes + nodes * mip6_mn_size(), sim_engine_pending(engine), 0};
    for (uint32_t i = 0; i < sim_engine_n_entities(engine); i++)
        t.names += strlen(sim_engine_name(engine, i)) + 1;
    model_world_free(w);
    return t;
}

Test(models_memory, library_and_engine_take_384_bytes_a_node)
{
    const double event = sizeof(slot) + (double)sizeof(chunk) / CHUNK_ENTRIES;
    const double entity = sizeof(uint64_t) + sizeof(uint32_t) / 16.0;   /* target; each 16th name */
    taken few = taken_by(FEW), many = taken_by(MANY);
    double n = MANY - FEW, library = (double)(many.library - few.library) / n;
    double events = (double)(many.events - few.events) / n;
    double names = (double)(many.names - few.names) / n;
    double engine = events * event + names + entity;
    cr_assert_gt(events, 0.9, "a node has the timer of its binding's refresh");
    cr_assert_leq(library + engine, BOUND,
                  "library %.1f, engine %.1f: %.2f events of %.1f, name %.1f", library, engine,
                  events, event, names);
    cr_log_info("library %.1f, engine %.1f bytes a node", library, engine);
}
