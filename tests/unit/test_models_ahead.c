/* models/network/ahead: with events for all that is certain and without, the same rows, one by one.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "effort.h"
#include "world_fixture.h"

#include "sim/engine/random.h"

/* Writes all rows down. */
typedef struct text_sink {
    sim_sink base;
    GString *text;
} text_sink;

static GString *text_of(sim_sink *s)
{
    return ((text_sink *)(void *)s)->text;
}

#define LL(x) ((long long)(x))

static void put_node(sim_sink *s, const sim_row_node *r)
{
    g_string_append_printf(text_of(s), "node %lld %s\n", LL(r->node_id), r->name);
}

static void put_sample(sim_sink *s, const sim_row_ha_sample *r)
{
    g_string_append_printf(
        text_of(s), "sample %lld %lld queue %lld %lld %lld nodes %lld out %lld %lld lost %lld\n",
        LL(r->t_ns), LL(r->node_id), LL(r->queue_packets), LL(r->queue_bytes), LL(r->queue_wire),
        LL(r->mn_count), LL(r->tunnelled_packets), LL(r->tunnelled_bytes),
        LL(r->dropped_packets));
}

static void put_decision(sim_sink *s, const sim_row_decision *r)
{
    g_string_append_printf(text_of(s), "decision %lld %lld %lld %s %lld %lld %lld %s\n",
                           LL(r->t_ns), LL(r->ha_id), LL(r->mn_id), r->branch, LL(r->own_queue),
                           LL(r->target_id), LL(r->target_queue), r->outcome);
}

static void put_loss(sim_sink *s, const sim_row_loss *r)
{
    g_string_append_printf(text_of(s), "loss %lld %s %lld %lld\n", LL(r->node_id), r->cause,
                           LL(r->packets), LL(r->bytes));
}

static void put_signalling(sim_sink *s, const sim_row_signalling *r)
{
    g_string_append_printf(text_of(s), "signalling %lld %s %lld %lld\n", LL(r->node_id),
                           r->message, LL(r->packets), LL(r->bytes));
}

static void put_fingerprint(sim_sink *s, const sim_row_fingerprint *r)
{
    g_string_append_printf(text_of(s), "fingerprint %lld %lld %s %s\n", LL(r->second),
                           LL(r->node_id), r->channel, r->hash);
}

static void put_metric(sim_sink *s, const sim_row_metric *r)
{
    g_string_append_printf(text_of(s), "metric %lld %s %a\n", LL(r->node_id), r->name,
                           r->has_value ? r->value : -1.0);
}

static void put_histogram(sim_sink *s, const sim_row_histogram *r)
{
    g_string_append_printf(text_of(s), "histogram %lld %s %a %lld\n", LL(r->node_id), r->name,
                           r->bin_low, LL(r->count));
}

static void put_event(sim_sink *s, const sim_row_event *r)
{
    g_string_append_printf(text_of(s), "event %lld %s %lld\n", LL(r->t_ns), r->kind,
                           LL(r->mn_id));
}

static void put_failure(sim_sink *s, const sim_row_failure *r)
{
    g_string_append_printf(text_of(s), "failure %lld %lld %lld %lld %a %a\n", LL(r->failure),
                           LL(r->nodes_bound), LL(r->nodes_hit), LL(r->share_ns),
                           r->survivors_jain_load, r->overshoot);
}

static void put_outage(sim_sink *s, const sim_row_outage *r)
{
    g_string_append_printf(text_of(s), "outage %lld %lld %s %lld %lld\n", LL(r->failure),
                           LL(r->mn_id), r->direction, LL(r->began_ns), LL(r->ended_ns));
}

static void put_storm(sim_sink *s, const sim_row_storm *r)
{
    g_string_append_printf(text_of(s), "storm %lld %lld %lld %lld %lld\n", LL(r->failure),
                           LL(r->node_id), LL(r->peak_bu_per_s), LL(r->peak_queue_packets),
                           LL(r->peak_queue_bytes));
}

static void put_bound(sim_sink *s, const sim_row_bound *r)
{
    g_string_append_printf(text_of(s), "bound %lld %a %a\n", LL(r->t_ns), r->lower, r->load);
}

static const sim_sink_class text_class = {
    .node = put_node, .ha_sample = put_sample, .decision = put_decision, .loss = put_loss,
    .signalling = put_signalling, .fingerprint = put_fingerprint, .metric = put_metric,
    .histogram = put_histogram, .event = put_event, .application_loss = put_loss,
    .failure = put_failure, .outage = put_outage, .storm = put_storm, .bound = put_bound};

#define HEAD "[scenario]\n"

/* All rows of a run of a text that begins with HEAD; *events: how many there were. */
static char *rows_of(const char *text, bool fuse, uint64_t *events)
{
    char *refused = NULL, fp[33];
    GError *error = NULL;
    text_sink sink = {.base = {.cls = &text_class}, .text = g_string_new(NULL)};
    g_autofree char *whole = g_strconcat(HEAD "fuse = ", fuse ? "on\n" : "off\n",
                                         text + strlen(HEAD), NULL);
    g_autoptr(sim_config) config = config_from(whole, &refused);
    cr_assert_not_null(config, "%s\n%s", refused, whole);
    model_world *w = model_world_new(config, 1, 0, &sink.base, &error);
    cr_assert_not_null(w, "%s\n%s", error ? error->message : "", whole);
    model_world_run(w);
    model_world_fingerprint(w, fp);
    g_string_append(sink.text, fp);
    *events = sim_engine_events(model_world_engine(w));
    model_world_free(w);
    return g_string_free(sink.text, FALSE);
}

static size_t first_difference(const char *a, const char *b)
{
    size_t line = 0;
    for (size_t i = 0; a[i] == b[i]; i++)
        if (a[i] == '\n')
            line = i + 1;
    return line;
}

/* Returns how many times the events there were without. */
static double compare(const char *text)
{
    uint64_t fused, unfused;
    g_autofree char *a = rows_of(text, true, &fused);
    g_autofree char *b = rows_of(text, false, &unfused);
    if (strcmp(a, b) != 0) {
        size_t at = first_difference(a, b);
        cr_assert_fail("%s\nfused:   %.120s\nunfused: %.120s", text, a + at, b + at);
    }
    return (double)unfused / (double)fused;
}

/* ---- random scenarios ------------------------------------------------------------------- */

static sim_stream draws;

static uint64_t upto(uint64_t n)
{
    return sim_below(sim_stream_u64(&draws), n);
}

static const char *one_of(const char *const *choices)
{
    size_t n = 0;
    while (choices[n])
        n++;
    return choices[upto(n)];
}

#define ONE_OF(...) one_of((const char *const[]){__VA_ARGS__, NULL})

/* Mostly the first: what the others bring keeps packets from being fused. */
static const char *seldom(const char *plain, const char *other)
{
    return upto(8) == 0 ? other : plain;
}

static void add_failures(GString *t)
{
    static const char *const agents[] = {"a", "b", "z"};
    for (unsigned i = 0; i < 3; i++)
        if (upto(2) == 0)
            g_string_append_printf(
                t, "[failure f%u]\nagent = %s\nkind = %s\nat = %u.%03u s\nuntil = %u s\n", i,
                agents[i], ONE_OF("crash", "hang", "isolate", "leave"), (unsigned)(13 + upto(3)),
                (unsigned)upto(1000), (unsigned)(22 + upto(4)));
}

/* Agents sort before and behind the router, so that simultaneous events come in either order;
 * delays of 0 and flows in phase make many. */
static char *random_scenario(uint64_t seed)
{
    draws = sim_stream_init(seed, 0, "test", "scenario");
    GString *t = g_string_new(NULL);
    g_string_append_printf(
        t, HEAD "duration = 30.%03u s\nwarm-up = %s\ntie-seed = %s\n[record]\nsample = %s\n"
        "per-mobile-node = on\n",
        (unsigned)upto(1000), ONE_OF("0 s", "14.0003 s", "12 s"), ONE_OF("0", "0", "3"),
        ONE_OF("1 s", "37 ms"));
    g_string_append_printf(
        t, "[home-agents]\nnames = a, b, z\ncapacity = %s\nservice = %s\nper-packet = %s\n"
        "queue-limit = %s\nqueue-limit-bytes = %s\nsignalling-priority = %s\n",
        ONE_OF("1 Mbit/s", "777 kbit/s", "10 Gbit/s"), ONE_OF("deterministic", "exponential"),
        ONE_OF("0 s", "100 us"), ONE_OF("5 packets", "40 packets", "1000 packets"),
        ONE_OF("unlimited", "20000 B"), seldom("off", "on"));
    g_string_append_printf(
        t, "[home-link]\ndelay = %s\nrate = %s\nloss = %s\n[access]\nrouters = 3\ndelay = %s\n"
        "core-delay = %s\nrate = %s\nloss = %s\nhome-cell = %s\n[correspondents]\ncount = 2\n"
        "delay = %s\nroute-optimise = %s\n",
        ONE_OF("10 us", "0 s", "3 ms"), seldom("unlimited", "5 Mbit/s"),
        seldom("0 %", "1 %"), ONE_OF("2 ms", "0 s"), ONE_OF("5 ms", "0 s"),
        seldom("unlimited", "1 Mbit/s"),
        seldom("0 %", "1 %"), ONE_OF("-1", "-1", "1"), ONE_OF("5 ms", "1 ms"),
        ONE_OF("0 %", "50 %"));
    g_string_append_printf(
        t, "[mobile-nodes]\ncount = 12\nlifetime = 8 s\nroute-optimise = %s\n[mobility]\nmodel = "
        "%s\n[policy]\nname = %s\ndrain-time = 3 s\n",
        seldom("0 %", "50 %"), ONE_OF("static", "random-waypoint\nspeed-min = 100 m/s\n"
                                      "speed-max = 300 m/s"),
        ONE_OF("static-dhaad", "hybrid\nprofile = tuned", "hybrid\nprofile = literal",
               "threshold\nprofile = safe", "forwarding-rate"));
    g_string_append_printf(
        t, "[traffic]\nmodel = %s\nload = %s\npacket-size = %s\ndirection = %s\n",
        ONE_OF("poisson", "cbr\nphase = zero"), ONE_OF("20 %", "80 %", "130 %"),
        ONE_OF("500 B", "1400 B", "3000 B"), ONE_OF("down", "up", "both"));
    if (strstr(t->str, "10 Gbit/s")) {
        char *load = strstr(t->str, "\nload = ");
        g_string_insert(t, load + 1 - t->str, "node-rate = 200 kbit/s\n#");
    }
    if (upto(2) == 0)
        add_failures(t);
    return g_string_free(t, FALSE);
}

Test(models_ahead, nothing_differs_in_random_scenarios)
{
    unsigned with_fewer = 0, n = effort(100);
    for (uint64_t seed = 1; seed <= n; seed++) {
        g_autofree char *text = random_scenario(seed);
        with_fewer += compare(text) > 1.05;
    }
    cr_assert_gt(with_fewer, n / 4, "%u of %u were fused", with_fewer, n);
}

Test(models_ahead, a_packet_takes_few_events)
{
    double times = compare(HEAD "duration = 30 s\n[home-agents]\ncount = 3\n"
                           "[mobile-nodes]\ncount = 30\n[traffic]\nmodel = poisson\nload = 80 %\n");
    cr_assert_gt(times, 1.4, "%g", times);
}

/* Full queues that a failure finds, of a rate that leaves fractions of a nanosecond. */
Test(models_ahead, a_failure_finds_the_queue_as_it_would_be)
{
    static const char *const kinds[] = {"crash", "hang", "isolate", "leave"};
    for (unsigned i = 0; i < 4; i++) {
        g_autofree char *text = g_strdup_printf(
            HEAD "duration = 30 s\n[home-agents]\ncount = 2\ncapacity = 777 kbit/s\n"
            "[mobile-nodes]\nlifetime = 8 s\n[traffic]\nmodel = poisson\nload = 120 %%\n"
            "packet-size = 333 B\n[policy]\ndrain-time = 2 s\n[failure f]\n"
            "agent = ha0\nkind = %s\nat = 15 s\nuntil = 19 s\n",
            kinds[i]);
        compare(text);
    }
}

/* The draft's algorithm as it is printed looks at the queue itself, whenever it changes. */
Test(models_ahead, a_policy_that_minds_departures_sees_each)
{
    double times = compare(
        HEAD "duration = 60 s\n[home-agents]\ncount = 3\ncapacity = 500 kbit/s\n[mobile-nodes]\n"
        "count = 12\n[traffic]\nmodel = poisson\nload = 95 %\nrates = zipf\n"
        "[policy]\nname = hybrid\nprofile = literal\n");
    cr_assert_lt(times, 1.2, "%g", times);
}

/* An interrupted run has booked ahead what it does not come to: sums hold all the same. */
static void interrupt(sim_engine *engine, void *user)
{
    (void)user;
    sim_engine_interrupt(engine);
}

Test(models_ahead, an_interrupted_run_is_sound)
{
    char *refused = NULL;
    g_autoptr(sim_config) config = config_from(
        HEAD "duration = 30 s\n[home-agents]\ncount = 1\n[access]\ncore-delay = 500 ms\n"
        "[traffic]\nmodel = poisson\nload = 150 %\n", &refused);
    cr_assert_not_null(config, "%s", refused);
    for (unsigned n = 50000; n < 50010; n++) {
        tally_sink t;
        tally_init(&t);
        model_world *w = model_world_new(config, 1, 0, &t.base, NULL);
        sim_engine_set_progress(model_world_engine(w), n, interrupt, NULL);
        cr_assert_eq(model_world_run(w), SIM_STOP_INTERRUPTED);
        cr_assert_eq(tally_metric_of(&t, "sent_packets"),
                     tally_metric_of(&t, "delivered_packets") +
                         tally_metric_of(&t, "lost_packets") +
                         tally_metric_of(&t, "in_flight_packets"));
        model_world_free(w);
        tally_clear(&t);
    }
}
