/* The longest step of a failure, counted: no step may cost all nodes.
 *
 * The library and the models are built with -fsanitize-coverage=trace-pc, so that each stretch of
 * their code that is run counts one; the engine asks after each event how many it were. Seconds are
 * left out: there the observers look at every node that had a packet, failure or not.
 *
 * Usage: steps SCENARIO CASE, from 0 on
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <stdio.h>

#include "models/world.h"
#include "sim/scenario/scenario.h"

enum { FEW = 1000, MANY = 100000 };

/* A crash gives chunks of 16 KB back, a hundred bindings each. */
#define MAY_GROW 10

static uint64_t stretches;

void __sanitizer_cov_trace_pc(void);
void __sanitizer_cov_trace_pc(void)
{
    stretches++;
}

/* ---- one run ---------------------------------------------------------------------------- */

typedef struct longest {
    uint64_t last;          /* of `stretches` */
    uint64_t most;
    int64_t at_ns;
} longest;

static void after_event(sim_engine *engine, void *user)
{
    longest *l = user;
    int64_t now = sim_now(engine);
    uint64_t n = stretches - l->last;
    bool observes = (now + 1) % SIM_SECOND_NS <= 1;
    if (now >= 45 * SIM_SECOND_NS && !observes && n > l->most) {
        l->most = n;
        l->at_ns = now;
    }
    l->last = stretches;
}

static sim_config *read_scenario(const char *file, const char *const *sets, size_t n)
{
    sim_override overrides[8];
    sim_request request = {.file = file, .overrides = overrides, .n_overrides = n};
    request.groups = model_groups(&request.n_groups);
    for (size_t i = 0; i < n; i++)
        overrides[i] = (sim_override){.option = "--set", .text = sets[i]};
    g_autoptr(GPtrArray) errors = sim_errors_new();
    sim_config *config = sim_scenario_read(&request, errors);
    if (!config)
        g_error("%s", ((GError *)errors->pdata[0])->message);
    return config;
}

static longest run(const char *file, const char *const *sets, size_t n)
{
    longest l = {0};
    GError *error = NULL;
    g_autoptr(sim_config) config = read_scenario(file, sets, n);
    model_world *w = model_world_new(config, 1, 0, sim_sink_null(), &error);
    if (!w)
        g_error("%s", error->message);
    sim_engine_set_progress(model_world_engine(w), 1, after_event, &l);
    if (model_world_run(w) != SIM_STOP_END)
        g_error("the run did not end");
    model_world_free(w);
    return l;
}

/* ---- all of them -------------------------------------------------------------------------- */

static const struct {
    const char *name, *sets[4];
} failures[] = {
    {"crash", {"failure first.kind=crash"}},
    {"hang", {"failure first.kind=hang"}},
    {"isolate", {"failure first.kind=isolate"}},
    {"leave, and a target crashes", {"failure first.kind=leave", "failure second.agent=ha2",
                                     "failure second.at=58500 ms"}},
};

static longest with_nodes(const char *file, size_t i, int nodes)
{
    const char *sets[6];
    size_t n = 0;
    g_autofree char *count = g_strdup_printf("mobile-nodes.count=%d", nodes);
    while (n < G_N_ELEMENTS(failures[i].sets) && failures[i].sets[n]) {
        sets[n] = failures[i].sets[n];
        n++;
    }
    sets[n++] = count;
    return run(file, sets, n);
}

int main(int argc, char **argv)
{
    size_t i = argc == 3 ? (size_t)g_ascii_strtoull(argv[2], NULL, 10) : SIZE_MAX;
    if (i >= G_N_ELEMENTS(failures))
        return 2;
    longest few = with_nodes(argv[1], i, FEW), many = with_nodes(argv[1], i, MANY);
    bool holds = few.most > 0 && many.most <= MAY_GROW * few.most;
    printf("%-28s longest step %6" G_GUINT64_FORMAT " at %.3f s with %d nodes, %6"
           G_GUINT64_FORMAT " at %.3f s with %d%s\n", failures[i].name, few.most,
           (double)few.at_ns / 1e9, FEW, many.most, (double)many.at_ns / 1e9, MANY,
           holds ? "" : ": it costs all nodes");
    return holds ? 0 : 1;
}
