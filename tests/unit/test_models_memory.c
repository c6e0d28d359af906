/* What a registered mobile node takes in the library and in the engine, with its binding and its
 * timers: at most 384 bytes. And what a process takes for one, with all models and with traffic.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "world_fixture.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "models/hosts/mn_host.h"
#include "models/world_parts.h"
#include "sim/engine/names.h"
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
    sim_names names;
    sim_names_init(&names);
    for (uint32_t i = 0; i < sim_engine_n_entities(engine); i++)
        sim_names_add(&names, sim_engine_name(engine, i), false);
    g_free(sim_names_rank(&names));
    t.names = names.text->len;
    sim_names_clear(&names);
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

/* ---- with traffic and all models --------------------------------------------------------- */

/* The same part of a power of two as a million is, so that tables are as full as there. */
enum { FEW_OF_MILLION = 3906, MANY_OF_MILLION = 31250, WITH_TRAFFIC = 915, SIGNALLING = 735 };

#if defined __SANITIZE_ADDRESS__
#define SANITIZED true
#elif defined __has_feature
#if __has_feature(address_sanitizer)
#define SANITIZED true
#endif
#endif
#ifndef SANITIZED
#define SANITIZED false
#endif

static void run_world(uint32_t nodes, const char *traffic)
{
    char *refused = NULL;
    g_autofree char *text = g_strdup_printf(
        "[scenario]\nduration = 73 s\nwarm-up = 70 s\n[home-agents]\ncount = 4\n"
        "capacity = 1 Gbit/s\n[mobile-nodes]\ncount = %u\nstart-window = 60 s\n"
        "[access]\nrouters = 100\n[traffic]\nmodel = poisson\ndirection = down\nstart = 70 s\n"
        "%s\n", nodes, traffic);
    g_autoptr(sim_config) config = config_from(text, &refused);
    cr_assert_not_null(config, "%s", refused);
    model_world *w = model_world_new(config, 1, 0, sim_sink_null(), NULL);
    model_world_run(w);
    model_world_free(w);
}

/* In a process of its own, with small pages, of which no more are taken than are written to. */
static double peak_of(uint32_t nodes, const char *traffic)
{
    int status;
    struct rusage usage;
    pid_t child = fork();
    cr_assert_geq(child, 0);
    if (child == 0) {
        prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
        run_world(nodes, traffic);
        _exit(0);
    }
    cr_assert_eq(wait4(child, &status, 0, &usage), child);
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    return (double)usage.ru_maxrss * 1024;
}

static void take_no_more_than(double bound, const char *traffic)
{
    double few = peak_of(FEW_OF_MILLION, traffic), many = peak_of(MANY_OF_MILLION, traffic);
    double each = (many - few) / (MANY_OF_MILLION - FEW_OF_MILLION);
    if (SANITIZED)
        return;
    cr_assert_gt(each, BOUND, "%.0f bytes: less than library and engine take", each);
    cr_assert_leq(each, bound, "%.0f bytes a node, at most %.0f", each, bound);
    cr_log_info("%.0f bytes a node", each);
}

Test(models_memory, a_node_takes_no_more_with_a_flow)
{
    take_no_more_than(WITH_TRAFFIC, "load = 10 %");
}

Test(models_memory, a_node_takes_no_more_without_traffic)
{
    take_no_more_than(SIGNALLING, "load = 0 %");
}
