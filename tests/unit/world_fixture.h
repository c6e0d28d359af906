/* Worlds from texts, and a sink that remembers sums.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef WORLD_FIXTURE_H
#define WORLD_FIXTURE_H

#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <string.h>

#include "models/world.h"
#include "sim/scenario/scenario.h"

/* What a run wrote. */
typedef struct tally_sink {
    sim_sink base;
    unsigned nodes, samples, decisions, fingerprints, events, histograms;
    int64_t lost, application_lost, signalling, last_sample_ns;
    int64_t tunnelled;          /* bytes, all agents at the last sample */
    GHashTable *metrics;        /* name -> double *, of the whole run */
    GHashTable *kinds;          /* event kind -> count */
} tally_sink;

static inline tally_sink *tally_of(sim_sink *s)
{
    return (tally_sink *)(void *)s;
}

static void tally_node(sim_sink *s, const sim_row_node *row)
{
    cr_assert(row->node_id >= 0 && row->name && *row->name);
    tally_of(s)->nodes++;
}

static void tally_sample(sim_sink *s, const sim_row_ha_sample *row)
{
    tally_sink *t = tally_of(s);
    cr_assert_geq(row->t_ns, t->last_sample_ns);
    cr_assert(row->queue_packets >= 0 && row->mn_count >= 0);
    t->tunnelled = row->t_ns == t->last_sample_ns ? t->tunnelled : 0;
    t->last_sample_ns = row->t_ns;
    t->tunnelled += row->tunnelled_bytes;
    t->samples++;
}

static void tally_decision(sim_sink *s, const sim_row_decision *row)
{
    (void)row;
    tally_of(s)->decisions++;
}

static void tally_loss(sim_sink *s, const sim_row_loss *row)
{
    cr_assert(row->packets > 0 && row->bytes > 0 && row->cause);
    tally_of(s)->lost += row->packets;
}

static void tally_application_loss(sim_sink *s, const sim_row_application_loss *row)
{
    cr_assert(row->packets > 0 && row->bytes > 0 && row->cause);
    tally_of(s)->application_lost += row->packets;
}

static void tally_signalling(sim_sink *s, const sim_row_signalling *row)
{
    cr_assert(row->packets > 0 && row->message);
    tally_of(s)->signalling += row->packets;
}

static void tally_fingerprint(sim_sink *s, const sim_row_fingerprint *row)
{
    cr_assert_eq(strlen(row->hash), 32);
    tally_of(s)->fingerprints++;
}

static void tally_metric(sim_sink *s, const sim_row_metric *row)
{
    if (row->node_id == SIM_NO_NODE && row->has_value)
        g_hash_table_insert(tally_of(s)->metrics, g_strdup(row->name),
                            g_memdup2(&row->value, sizeof row->value));
}

static void tally_histogram(sim_sink *s, const sim_row_histogram *row)
{
    cr_assert(row->count > 0 && row->bin_low <= row->bin_high);
    tally_of(s)->histograms++;
}

static void tally_event(sim_sink *s, const sim_row_event *row)
{
    tally_sink *t = tally_of(s);
    t->events++;
    guint n = GPOINTER_TO_UINT(g_hash_table_lookup(t->kinds, row->kind));
    g_hash_table_insert(t->kinds, g_strdup(row->kind), GUINT_TO_POINTER(n + 1));
}

static const sim_sink_class tally_class = {
    .node = tally_node, .ha_sample = tally_sample, .decision = tally_decision,
    .loss = tally_loss, .signalling = tally_signalling, .fingerprint = tally_fingerprint,
    .metric = tally_metric, .histogram = tally_histogram, .event = tally_event,
    .application_loss = tally_application_loss};

static inline void tally_init(tally_sink *t)
{
    memset(t, 0, sizeof *t);
    t->base.cls = &tally_class;
    t->metrics = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    t->kinds = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

static inline void tally_clear(tally_sink *t)
{
    g_hash_table_unref(t->metrics);
    g_hash_table_unref(t->kinds);
}

/* A metric of the whole run; it must be there. */
static inline double tally_metric_of(const tally_sink *t, const char *name)
{
    double *value = g_hash_table_lookup(t->metrics, name);
    cr_assert_not_null(value, "no metric %s", name);
    return *value;
}

static inline guint tally_kind(const tally_sink *t, const char *kind)
{
    return GPOINTER_TO_UINT(g_hash_table_lookup(t->kinds, kind));
}

/* A tally that also remembers which messages were sent, and what was lost why. */
typedef struct names_sink {
    tally_sink tally;
    sim_sink_class cls;
    GHashTable *sent, *lost;    /* name -> packets, all nodes */
} names_sink;

static inline void add_to(GHashTable *table, const char *name, int64_t packets)
{
    gsize n = GPOINTER_TO_SIZE(g_hash_table_lookup(table, name));
    g_hash_table_insert(table, g_strdup(name), GSIZE_TO_POINTER(n + (gsize)packets));
}

static inline void note_sent(sim_sink *s, const sim_row_signalling *row)
{
    add_to(((names_sink *)(void *)s)->sent, row->message, row->packets);
}

static inline void note_lost(sim_sink *s, const sim_row_loss *row)
{
    add_to(((names_sink *)(void *)s)->lost, row->cause, row->packets);
}

static inline void names_init(names_sink *n)
{
    tally_init(&n->tally);
    n->cls = tally_class;
    n->cls.signalling = note_sent;
    n->cls.loss = note_lost;
    n->tally.base.cls = &n->cls;
    n->sent = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    n->lost = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

static inline void names_clear(names_sink *n)
{
    tally_clear(&n->tally);
    g_hash_table_unref(n->sent);
    g_hash_table_unref(n->lost);
}

static inline size_t packets_of(GHashTable *table, const char *name)
{
    return GPOINTER_TO_SIZE(g_hash_table_lookup(table, name));
}

/* A scenario from its text. NULL: refused by the reader, *refused says why (g_free). */
static inline sim_config *config_from(const char *text, char **refused)
{
    size_t n;
    const sim_group *const *groups = model_groups(&n);
    g_autofree char *folder = g_dir_make_tmp("mip6-world-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "x.ini", NULL);
    cr_assert(g_file_set_contents(path, text, -1, NULL));
    sim_request request = {.file = path, .groups = groups, .n_groups = n};
    g_autoptr(GPtrArray) errors = sim_errors_new();
    sim_config *config = sim_scenario_read(&request, errors);
    if (!config)
        *refused = g_strdup(((GError *)errors->pdata[0])->message);
    g_unlink(path);
    g_rmdir(folder);
    return config;
}

/* A run of a text with a seed: its fingerprint in `out`; sums in *t where it is given. */
static inline sim_stop run_text(const char *text, uint64_t seed, tally_sink *t, char out[33])
{
    char *refused = NULL;
    GError *error = NULL;
    g_autoptr(sim_config) config = config_from(text, &refused);
    cr_assert_not_null(config, "%s", refused);
    model_world *w = model_world_new(config, seed, 0, t ? &t->base : sim_sink_null(), &error);
    cr_assert_not_null(w, "%s", error ? error->message : "");
    sim_stop stop = model_world_run(w);
    model_world_fingerprint(w, out);
    model_world_free(w);
    return stop;
}

/* ---- a world that runs into such a sink ------------------------------------------------ */

typedef struct names_run {
    names_sink sink;
    sim_config *config;
    model_world *w;
} names_run;

static inline void names_start(names_run *r, const char *text)
{
    char *refused = NULL;
    GError *error = NULL;
    names_init(&r->sink);
    r->config = config_from(text, &refused);
    cr_assert_not_null(r->config, "%s", refused);
    r->w = model_world_new(r->config, 7, 0, &r->sink.tally.base, &error);
    cr_assert_not_null(r->w, "%s", error ? error->message : "");
}

/* To its end; what the sink holds is there until names_end. */
static inline void names_finish(names_run *r)
{
    cr_assert_eq(model_world_run(r->w), SIM_STOP_END);
    model_world_free(r->w);
}

static inline void names_end(names_run *r)
{
    names_clear(&r->sink);
    g_clear_pointer(&r->config, sim_scenario_free);
}

#endif
