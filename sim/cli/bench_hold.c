/* The hold model: take the first event out, put one in at a random distance, with a constant
 * number pending. What a pending event set costs, apart from all else.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <time.h>

#include "sim/cli/bench.h"
#include "sim/cli/cli.h"
#include "sim/engine/engine.h"
#include "sim/engine/eventset.h"
#include "sim/engine/random.h"

/* Drawn in advance: the generator is not what is measured. */
enum { N_GAPS = 1 << 14, N_HOLDS = 1000000 };

static const struct {
    const char *name;
    sim_eventset *(*make)(void);
} kinds[] = {{"event set", sim_eventset_new}, {"heap", sim_eventset_new_heap}};

static const int64_t sizes[] = {1000, 100000, 1000000};

/* Distances to the next event. All but the first are what a calendar finds hard: times of many
 * scales; most events within a moment, then long silence; all on the instants of a grid. */
static int64_t exponential(uint64_t draw)
{
    return sim_exponential_ns(draw, SIM_SECOND_NS) + 1;
}

static int64_t skewed(uint64_t draw)
{
    return sim_pareto_ns(draw, 1.1, SIM_MS_NS);
}

static int64_t bursty(uint64_t draw)
{
    int64_t within = 1 + (int64_t)(draw >> 32) % 100;
    return draw % 512 ? within : within + (int64_t)(draw >> 30);
}

static int64_t tied(uint64_t draw)
{
    return SIM_MS_NS * (1 + (int64_t)(draw % 1024));
}

static const struct {
    const char *name;       /* in the row's */
    int64_t (*gap)(uint64_t draw);
    bool all_sizes;         /* or the middle one alone */
} distances[] = {{"", exponential, true}, {"skewed, ", skewed, false},
                 {"bursty, ", bursty, false}, {"ties, ", tied, false}};

static int64_t *draw_gaps(int64_t (*gap)(uint64_t draw))
{
    int64_t *gaps = g_new(int64_t, N_GAPS);
    sim_stream s = sim_stream_init(1, 0, "bench", "gaps");
    for (int i = 0; i < N_GAPS; i++)
        gaps[i] = gap(sim_stream_u64(&s));
    return gaps;
}

static void hold(sim_eventset *set, const int64_t *gaps, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        int64_t t;
        uint64_t key;
        void *payload;
        sim_eventset_pop(set, &t, &key, &payload);
        sim_eventset_push(set, t + gaps[i % N_GAPS], key, payload);
    }
}

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* Of one hold, once the set is past its filling. */
static double cost_ns(sim_eventset *set, const int64_t *gaps, int64_t pending)
{
    int64_t n = MAX(N_HOLDS, pending);
    for (int64_t i = 0; i < pending; i++)
        sim_eventset_push(set, gaps[i % N_GAPS], (uint64_t)i << 20, NULL);
    hold(set, gaps, 3 * pending);
    double begin = now_ns();
    hold(set, gaps, n);
    return (now_ns() - begin) / (double)n;
}

static int64_t size_of(const sim_bench *b, size_t i)
{
    return MAX(1, sizes[i] / b->divide);
}

static void add_flatness(const sim_bench *b, sim_figures *f)
{
    int64_t small = size_of(b, 0), large = size_of(b, G_N_ELEMENTS(sizes) - 1);
    for (size_t k = 0; k < G_N_ELEMENTS(kinds); k++) {
        g_autofree char *first = g_strdup_printf("%s, %" G_GINT64_FORMAT " pending",
                                                 kinds[k].name, small);
        g_autofree char *last = g_strdup_printf("%s, %" G_GINT64_FORMAT " pending",
                                                kinds[k].name, large);
        sim_figures_add(f, "times", sim_figures_median(f, "ns an event", last) /
                                    sim_figures_median(f, "ns an event", first),
                        "%s, the most pending over the least", kinds[k].name);
    }
}

static void hold_all(const sim_bench *b, sim_figures *f, size_t distance)
{
    g_autofree int64_t *gaps = draw_gaps(distances[distance].gap);
    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++)
        for (size_t k = 0; k < G_N_ELEMENTS(kinds); k++) {
            if (!distances[distance].all_sizes && i != G_N_ELEMENTS(sizes) / 2)
                continue;
            sim_eventset *set = kinds[k].make();
            sim_figures_add(f, "ns an event", cost_ns(set, gaps, size_of(b, i)),
                            "%s, %s%" G_GINT64_FORMAT " pending", kinds[k].name,
                            distances[distance].name, size_of(b, i));
            sim_eventset_free(set);
        }
}

int sim_bench_hold(const sim_bench *b, sim_figures *f)
{
    for (int64_t r = 0; r < b->repeats; r++)
        for (size_t d = 0; d < G_N_ELEMENTS(distances); d++)
            hold_all(b, f, d);
    add_flatness(b, f);
    return SIM_EXIT_DONE;
}
