/* models/measure/watch: a tap sees every packet on every link, every loss, in order, and changes
 * nothing.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/measure/watch.h"

#include <glib/gstdio.h>

#include "mip6_wire.h"
#include "world_fixture.h"

#define MIXED \
    "[scenario]\nduration = 30 s\nwarm-up = 12 s\n" \
    "[home-agents]\ncount = 3\ncapacity = 2 Mbit/s\nqueue-limit = 20 packets\n" \
    "[home-agent ha1]\nfail = 20 s\n" \
    "[home-link]\nloss = 1 %\n" \
    "[access]\nrouters = 4\nhome-cell = 0\nrate = 1 Mbit/s\nqueue-limit = 5 packets\nloss = 1 %\n" \
    "[mobile-nodes]\ncount = 12\nroute-optimise = 50 %\n" \
    "[correspondents]\ncount = 2\nroute-optimise = 50 %\n" \
    "[mobility]\nmodel = exponential-sojourn\nmean-sojourn = 5 s\n" \
    "[traffic]\nmodel = poisson\nload = 200 %\npacket-size = 500 B\ndirection = both\n"

enum { MAX_LINKS = 16, NAME = 16 };

typedef struct sighting {
    int64_t t_ns;
    uint32_t link;
    char from[NAME], to[NAME];
    uint32_t flow, number, bytes;
    uint8_t message;
} sighting;

typedef struct watcher {
    sim_tap base;
    uint32_t n_links;
    char links[MAX_LINKS][NAME];
    int64_t last_ns;
    uint64_t sent[MAX_LINKS], multicasts, lost;
    GHashTable *causes;             /* name -> packets */
    GArray *sightings;
} watcher;

static watcher *watcher_of(sim_tap *tap)
{
    return (watcher *)(void *)tap;
}

static void see_link(sim_tap *tap, uint32_t link, const char *name)
{
    watcher *w = watcher_of(tap);
    cr_assert_eq(link, w->n_links);
    cr_assert_lt(w->n_links, MAX_LINKS);
    g_strlcpy(w->links[w->n_links++], name, NAME);
}

static void in_order(watcher *w, int64_t t_ns)
{
    cr_assert_geq(t_ns, w->last_ns);
    w->last_ns = t_ns;
}

static void see_sent(sim_tap *tap, uint32_t link, int64_t t_ns, const char *from, const char *to,
                     const sim_packet *packet)
{
    watcher *w = watcher_of(tap);
    in_order(w, t_ns);
    cr_assert_lt(link, w->n_links);
    cr_assert_eq(packet->bytes[packet->head] >> 4, 6);
    w->sent[link]++;
    w->multicasts += to == NULL;
    sighting s = {.t_ns = t_ns, .link = link, .flow = packet->flow, .number = packet->number,
                  .bytes = sim_packet_bytes(packet), .message = packet->message};
    g_strlcpy(s.from, from, NAME);
    g_strlcpy(s.to, to ? to : "*", NAME);
    g_array_append_val(w->sightings, s);
}

static void see_lost(sim_tap *tap, int64_t t_ns, const char *node, const char *cause,
                     const sim_packet *packet)
{
    watcher *w = watcher_of(tap);
    in_order(w, t_ns);
    cr_assert(node && packet);
    w->lost++;
    guint n = GPOINTER_TO_UINT(g_hash_table_lookup(w->causes, cause));
    g_hash_table_insert(w->causes, g_strdup(cause), GUINT_TO_POINTER(n + 1));
}

static const sim_tap_class watcher_class = {.link = see_link, .sent = see_sent, .lost = see_lost};
static const sim_tap_class blind_class = {.link = NULL};

static void watcher_init(watcher *w)
{
    *w = (watcher){.base.cls = &watcher_class,
                   .causes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
                   .sightings = g_array_new(FALSE, FALSE, sizeof(sighting))};
}

static void watcher_clear(watcher *w)
{
    g_hash_table_unref(w->causes);
    g_array_unref(w->sightings);
}

static void run_watched(const char *text, sim_tap *tap, tally_sink *t, char fp[33])
{
    char *refused = NULL;
    g_autoptr(sim_config) config = config_from(text, &refused);
    cr_assert_not_null(config, "%s", refused);
    model_world *w = model_world_new(config, 1, 0, t ? &t->base : sim_sink_null(), NULL);
    cr_assert_not_null(w);
    model_world_watch(w, tap);
    cr_assert_eq(model_world_run(w), SIM_STOP_END);
    model_world_fingerprint(w, fp);
    model_world_free(w);
}

static uint32_t link_called(const watcher *w, const char *name)
{
    for (uint32_t i = 0; i < w->n_links; i++)
        if (strcmp(w->links[i], name) == 0)
            return i;
    cr_assert(false, "no link %s", name);
    return UINT32_MAX;
}

Test(models_watch, a_tap_changes_nothing)
{
    char bare[33], seen[33], blind[33];
    watcher w;
    watcher_init(&w);
    run_text(MIXED, 1, NULL, bare);
    run_watched(MIXED, &w.base, NULL, seen);
    sim_tap nothing = {&blind_class};
    run_watched(MIXED, &nothing, NULL, blind);
    cr_assert_str_eq(bare, seen);
    cr_assert_str_eq(bare, blind);
    watcher_clear(&w);
}

Test(models_watch, names_every_link)
{
    static const char *const names[] = {"home-link", "core", "ar0", "ar1", "ar2", "ar3",
                                        "cn0", "cn1"};
    watcher w;
    char fp[33];
    watcher_init(&w);
    run_watched(MIXED, &w.base, NULL, fp);
    cr_assert_eq(w.n_links, G_N_ELEMENTS(names));
    for (uint32_t i = 0; i < w.n_links; i++) {
        cr_assert_str_eq(w.links[i], names[i]);
        if (strcmp(names[i], "ar0") == 0)
            cr_assert_eq(w.sent[i], 0, "that cell is the home link");
        else
            cr_assert_gt(w.sent[i], 0, "nothing on %s", names[i]);
    }
    cr_assert_gt(w.multicasts, 50, "advertisements");
    watcher_clear(&w);
}

/* The results' losses of the whole run are those that the tap saw. */
Test(models_watch, sees_every_loss)
{
    static const char *const must[] = {"queue-full", "link-full", "link-loss", "agent-down"};
    watcher w;
    tally_sink t;
    char fp[33];
    watcher_init(&w);
    tally_init(&t);
    run_watched(MIXED, &w.base, &t, fp);
    cr_assert_eq((int64_t)w.lost, t.lost);
    for (size_t i = 0; i < G_N_ELEMENTS(must); i++)
        cr_assert(g_hash_table_lookup(w.causes, must[i]), "none lost by %s", must[i]);
    tally_clear(&t);
    watcher_clear(&w);
}

/* ---- one packet, hop by hop ------------------------------------------------------------- */

#define ONE_NODE(access) \
    "[scenario]\nduration = 30 s\nwarm-up = 12 s\n" \
    "[home-agents]\ncount = 1\n[mobile-nodes]\ncount = 1\n[correspondents]\ncount = 1\n" \
    "[access]\nrouters = 1\ndelay = 3 ms\ncore-delay = 7 ms\n" access \
    "[mobility]\nmodel = static\n" \
    "[traffic]\nmodel = cbr\nload = 5 %\npacket-size = 500 B\ndirection = both\nstart = 20 s\n"
#define QUIET ONE_NODE("")
#define LOSSY ONE_NODE("loss = 5 %\n")

typedef struct hop {
    const char *link, *from, *to;
    uint32_t bytes;
} hop;

/* The sightings of the first packet of a flow that begins at `from`. Returns how many. */
static uint32_t follow(const watcher *w, const char *from, sighting out[8])
{
    uint32_t n = 0;
    for (guint i = 0; i < w->sightings->len; i++) {
        const sighting *s = &g_array_index(w->sightings, sighting, i);
        if (s->message != MIP6_MSG_DATA ||
            (n == 0 ? strcmp(s->from, from) != 0
                    : s->flow != out[0].flow || s->number != out[0].number))
            continue;
        cr_assert_lt(n, 8);
        out[n++] = *s;
    }
    return n;
}

static void check_hops(const watcher *w, const sighting *got, uint32_t n, const hop *want,
                       uint32_t n_want)
{
    cr_assert_eq(n, n_want);
    for (uint32_t i = 0; i < n; i++) {
        cr_assert_eq(got[i].link, link_called(w, want[i].link), "hop %u", i);
        cr_assert_str_eq(got[i].from, want[i].from);
        cr_assert_str_eq(got[i].to, want[i].to);
        cr_assert_eq(got[i].bytes, want[i].bytes, "hop %u: %u bytes", i, got[i].bytes);
    }
}

Test(models_watch, shows_a_packet_on_each_link_that_it_crosses)
{
    static const hop down[] = {
        {"cn0", "cn0", "core", 500}, {"core", "core", "router", 500},
        {"home-link", "router", "ha0", 500}, {"home-link", "ha0", "router", 540},
        {"core", "router", "core", 540}, {"ar0", "ar0", "mn0", 540}};
    static const hop up[] = {
        {"ar0", "mn0", "ar0", 540}, {"core", "core", "router", 540},
        {"home-link", "router", "ha0", 540}, {"home-link", "ha0", "router", 500},
        {"core", "router", "core", 500}, {"cn0", "core", "cn0", 500}};
    sighting got[8];
    watcher w;
    char fp[33];
    watcher_init(&w);
    run_watched(QUIET, &w.base, NULL, fp);
    check_hops(&w, got, follow(&w, "cn0", got), down, G_N_ELEMENTS(down));
    /* Handed to the access link when it has crossed the core. */
    cr_assert_eq(got[5].t_ns - got[4].t_ns, 7000000);
    check_hops(&w, got, follow(&w, "mn0", got), up, G_N_ELEMENTS(up));
    cr_assert_geq(got[1].t_ns - got[0].t_ns, 3000000, "the access link's delay");
    cr_assert_lt(got[1].t_ns - got[0].t_ns, 10000000, "the core's is still ahead");
    cr_assert_geq(got[2].t_ns - got[1].t_ns, 7000000);
    cr_assert_lt(got[2].t_ns - got[1].t_ns, 8000000);
    watcher_clear(&w);
}

/* A loss on a link that lies ahead comes right after what put the packet there. */
static void see_lost_after(sim_tap *tap, int64_t t_ns, const char *node, const char *cause,
                           const sim_packet *packet)
{
    watcher *w = watcher_of(tap);
    see_lost(tap, t_ns, node, cause, packet);
    if (strcmp(cause, "link-loss") != 0)
        return;
    cr_assert_gt(w->sightings->len, 0);
    const sighting *s = &g_array_index(w->sightings, sighting, w->sightings->len - 1);
    cr_assert_eq(s->t_ns, t_ns);
    cr_assert_eq(s->bytes, sim_packet_bytes(packet));
    cr_assert(s->flow == packet->flow && s->number == packet->number);
    cr_assert(strcmp(s->from, node) == 0 || strcmp(s->to, node) == 0);
}

Test(models_watch, a_loss_follows_its_sending)
{
    sim_tap_class cls = {.link = see_link, .sent = see_sent, .lost = see_lost_after};
    watcher w;
    char fp[33];
    watcher_init(&w);
    w.base.cls = &cls;
    run_watched(LOSSY, &w.base, NULL, fp);
    guint n = GPOINTER_TO_UINT(g_hash_table_lookup(w.causes, "link-loss"));
    cr_assert_gt(n, 10, "%u of %u", n, w.sightings->len);
    watcher_clear(&w);
}
