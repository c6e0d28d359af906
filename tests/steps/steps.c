/* The longest step of a failure, counted: no step may cost all nodes. And a whole takeover by
 * synchronised agents: it may cost those of the agent that failed.
 *
 * The library and the models are built with -fsanitize-coverage=trace-pc, so that each stretch of
 * their code that is run counts one; the engine asks after each event how many it were. Seconds are
 * left out: there the observers look at every node that had a packet, failure or not.
 *
 * Usage: steps DIRECTORY CASE; without a case it prints their numbers
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <stdio.h>

#include "models/world.h"
#include "sim/scenario/scenario.h"

enum { FEW = 1000, MANY = 100000 };

/* All scenarios fail an agent then. */
#define FAILED_NS (45500 * SIM_MS_NS)

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
    uint64_t total;         /* from the failure on */
} longest;

static void after_event(sim_engine *engine, void *user)
{
    longest *l = user;
    int64_t now = sim_now(engine);
    uint64_t n = stretches - l->last;
    bool observes = (now + 1) % SIM_SECOND_NS <= 1;
    l->total += now >= FAILED_NS && !observes ? n : 0;
    if (now >= FAILED_NS && !observes && n > l->most) {
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

enum { MAX_SETS = 6 };

typedef struct step_case {
    char name[64];
    const char *file, *sets[MAX_SETS];
    unsigned may_grow;      /* per cent of what few nodes cost */
} step_case;

/* Of agents that share nothing. A crash gives chunks of 16 KB back, a hundred bindings each. */
static const step_case failures[] = {
    {"crash", "failure.ini", {"failure first.kind=crash"}, 1000},
    {"hang", "failure.ini", {"failure first.kind=hang"}, 1000},
    {"isolate", "failure.ini", {"failure first.kind=isolate"}, 1000},
    {"leave, and a target crashes", "failure.ini",
     {"failure first.kind=leave", "failure second.agent=ha2", "failure second.at=58500 ms"}, 1000},
    /* What a synchronised agent leaves is decided in portions. */
    {"haha, crash", "haha.ini", {"failure first.kind=crash"}, 200},
    {"haha, hang", "haha.ini", {"failure first.kind=hang", "failure first.hang-control=off"}, 200},
    {"haha, isolate", "haha.ini", {"failure first.kind=isolate"}, 200},
    /* A table of the link grows as a whole, once. */
    {"haha, links, crash", "haha.ini", {"system.placement=links"}, 1500},
    /* What it had not acknowledged is struck off: three hellos' worth of the first takeover. */
    {"haha, the decider crashes, too", "haha.ini",
     {"failure second.agent=ha0", "failure second.at=46600 ms"}, 500},
};

/* Of virtual agents' masters: each failure, with one group and several, with each state of what
 * secures them. */
static const struct {
    const char *name, *sets[2];
} masters[] = {
    {"crash", {"failure first.kind=crash"}},
    {"hang", {"failure first.kind=hang", "failure first.hang-control=off"}},
    {"leave", {"failure first.kind=leave"}},
};
static const char *const groups[] = {"system.groups=1", "system.groups=3"};
static const struct {
    const char *name, *sets[2];
} securities[] = {
    {"no IPsec", {"ipsec.ipsec=off"}},
    {"synchronised", {"ipsec.ipsec=on", "ipsec.sa-state=synchronised"}},
    {"behind", {"ipsec.ipsec=on", "ipsec.sa-state=behind"}},
    {"lost", {"ipsec.ipsec=on", "ipsec.sa-state=lost"}},
};

static void add_set(step_case *c, const char *set)
{
    size_t n = 0;
    while (c->sets[n])
        n++;
    g_assert(n < MAX_SETS);
    c->sets[n] = set;
}

static step_case takeover(size_t i)
{
    size_t security = i % G_N_ELEMENTS(securities);
    size_t kind = i / G_N_ELEMENTS(securities) % G_N_ELEMENTS(masters);
    const char *shared = groups[i / G_N_ELEMENTS(securities) / G_N_ELEMENTS(masters)];
    step_case c = {.file = "takeover.ini", .may_grow = 150};
    g_snprintf(c.name, sizeof c.name, "%s, %s, %s", shared, masters[kind].name,
               securities[security].name);
    add_set(&c, shared);
    for (size_t k = 0; k < 2; k++) {
        if (masters[kind].sets[k])
            add_set(&c, masters[kind].sets[k]);
        if (securities[security].sets[k])
            add_set(&c, securities[security].sets[k]);
    }
    return c;
}

enum {
    N_FAILURES = G_N_ELEMENTS(failures),
    N_TAKEOVERS = G_N_ELEMENTS(groups) * G_N_ELEMENTS(masters) * G_N_ELEMENTS(securities),
    ORPHANS = N_FAILURES + N_TAKEOVERS,
    N_CASES
};

static step_case case_of(size_t i)
{
    return i < N_FAILURES ? failures[i] : takeover(i - N_FAILURES);
}

static longest with_nodes(const char *directory, const step_case *c, int nodes)
{
    const char *sets[MAX_SETS + 1];
    size_t n = 0;
    g_autofree char *count = g_strdup_printf("mobile-nodes.count=%d", nodes);
    g_autofree char *file = g_build_filename(directory, c->file, NULL);
    while (n < MAX_SETS && c->sets[n]) {
        sets[n] = c->sets[n];
        n++;
    }
    sets[n++] = count;
    return run(file, sets, n);
}

static int count(const char *directory, const step_case *c)
{
    longest few = with_nodes(directory, c, FEW), many = with_nodes(directory, c, MANY);
    bool holds = few.most > 0 && many.most * 100 <= c->may_grow * few.most;
    printf("%-36s longest step %6" G_GUINT64_FORMAT " at %.3f s with %d nodes, %6"
           G_GUINT64_FORMAT " at %.3f s with %d%s\n", c->name, few.most,
           (double)few.at_ns / 1e9, FEW, many.most, (double)many.at_ns / 1e9, MANY,
           holds ? "" : ": it costs all nodes");
    return holds ? 0 : 1;
}

/* ---- a whole takeover ---------------------------------------------------------------------- */

/* What the failure costs, beside the same without one (at the end, too late to be noticed). */
static double takeover_of(const char *directory, int others, int failed)
{
    g_autofree char *count = g_strdup_printf("mobile-nodes.count=%d", others);
    g_autofree char *crowd = g_strdup_printf("mobile-nodes.crowd=%d", failed);
    g_autofree char *file = g_build_filename(directory, "orphans.ini", NULL);
    const char *sets[] = {count, crowd, "failure first.at=59500 ms"};
    longest with = run(file, sets, 2), without = run(file, sets, 3);
    return (double)with.total - (double)without.total;
}

static int whole(const char *directory)
{
    double few = takeover_of(directory, FEW, FEW), many = takeover_of(directory, MANY, FEW);
    double more = takeover_of(directory, FEW, 4 * FEW);
    bool holds = few > 0 && many < 1.2 * few && many > few / 2 && more > 3 * few && more < 5 * few;
    printf("haha, a whole takeover: %.0f of %d nodes with %d others, %.0f with %d; %.0f of %d%s\n",
           few, FEW, FEW, many, MANY, more, 4 * FEW,
           holds ? "" : ": it does not cost those of the agent that failed");
    return holds ? 0 : 1;
}

int main(int argc, char **argv)
{
    size_t i = argc == 3 ? (size_t)g_ascii_strtoull(argv[2], NULL, 10) : 0;
    if (argc < 2 || i >= N_CASES)
        return 2;
    if (argc == 3 && i == ORPHANS)
        return whole(argv[1]);
    if (argc == 3) {
        step_case c = case_of(i);
        return count(argv[1], &c);
    }
    for (i = 0; i < N_CASES; i++)
        printf("%zu\n", i);
    return 0;
}
