/* Charts: columns, arrows, losses, who is left out.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "sim/record/chart.h"
#include "wire_samples.h"

#include <criterion/criterion.h>
#include <string.h>

#include "sim/engine/config.h"

#define MS INT64_C(1000000)

typedef struct fixture {
    sim_chart_options options;
    sim_chart *chart;
    sim_packet_pool *packets;
    uint64_t made;
} fixture;

static void add_node(fixture *f, int64_t id, const char *kind, const char *name,
                     const char *address)
{
    sim_sink *sink = sim_chart_sink(f->chart);
    sink->cls->node(sink, &(sim_row_node){id, kind, name, address});
}

/* The addresses are those of the samples. */
static void begin(fixture *f)
{
    f->options.to_ns = f->options.to_ns ? f->options.to_ns : G_MAXINT64;
    f->chart = sim_chart_new(&f->options);
    f->packets = sim_packet_pool_new();
    add_node(f, 1, "home-agent", "ha1", "2001:db8:1::1");
    add_node(f, 2, "home-agent", "ha2", "2001:db8:1::2");
    add_node(f, 3, "mobile-node", "mn0", "2001:db8:1::5");
    add_node(f, 4, "access-router", "ar0", "2001:db8:2::");
    add_node(f, 5, "correspondent", "cn0", "2001:db8:3::9");
    add_node(f, 6, "router", "router", NULL);
    GError *error = NULL;
    cr_assert(sim_chart_columns(f->chart, &error), "%s", error ? error->message : "");
}

static void expect(fixture *f, const char *drawing)
{
    g_autofree char *drawn = sim_chart_draw(f->chart);
    cr_assert_str_eq(drawn, drawing, "drawn:\n%s", drawn);
    sim_chart_free(f->chart);
    sim_packet_pool_free(f->packets);
}

static sim_packet *sample(fixture *f, const char *name)
{
    struct wire_sample s;
    wire_sample_find(name, &s);
    sim_packet *p = sim_packet_new(f->packets, s.len);
    memcpy(sim_packet_data(p), s.packet, s.len);
    p->len = (uint16_t)s.len;
    p->message = (uint8_t)s.msg.kind;
    p->identity = ++f->made;
    return p;
}

static void sent(fixture *f, int64_t t_ns, const char *from, const char *to, const sim_packet *p)
{
    sim_tap *tap = sim_chart_tap(f->chart);
    tap->cls->sent(tap, 0, t_ns, from, to, p);
}

static void lost(fixture *f, int64_t t_ns, const char *where, const char *cause,
                 const sim_packet *p)
{
    sim_tap *tap = sim_chart_tap(f->chart);
    tap->cls->lost(tap, t_ns, where, cause, p);
}

#define HEAD "    time s       mn0     ha1     ha2     cn0\n"

/* Several links are one arrow, at the time of the first. */
Test(record_chart, a_way_is_one_arrow)
{
    fixture f = {0};
    begin(&f);
    sim_packet *bu = sample(&f, "bu-home"), *ba = sample(&f, "ba-refresh");
    sent(&f, 1234567890, "mn0", "ar0", bu);
    sent(&f, 1236 * MS, "ar0", "router", bu);
    sent(&f, 1240 * MS, "router", "ha2", bu);
    sent(&f, 12345 * MS, "ha2", "router", ba);
    sent(&f, 12346 * MS, "router", "mn0", ba);
    sim_packet_unref(f.packets, bu);
    sim_packet_unref(f.packets, ba);
    expect(&f, HEAD
           "     1.234        |-------------->|       |    "
           "BU seq 7 lifetime 120 s A H L coa mn0@ar0 hoa 2001:db8:1::77\n"
           "    12.345        |<--------------|       |    "
           "BA 0 accepted K seq 7 lifetime 120 s refresh 60 s rh2 2001:db8:1::77\n");
}

Test(record_chart, losses_on_the_way_at_the_end_and_of_copies)
{
    fixture f = {0};
    begin(&f);
    sim_packet *way = sample(&f, "bu-home"), *end = sample(&f, "switch"),
               *copy = sample(&f, "na-override");
    sent(&f, 1 * MS, "mn0", "ar0", way);
    lost(&f, 2 * MS, "ar0", "link-loss", way);
    sent(&f, 3 * MS, "ha1", "router", end);
    sent(&f, 4 * MS, "ar0", "mn0", end);
    lost(&f, 5 * MS, "mn0", "not-accepted", end);
    sent(&f, 6 * MS, "ha2", NULL, copy);
    lost(&f, 7 * MS, "router", "link-loss", copy);
    for (int i = 0; i < 3; i++)
        sim_packet_unref(f.packets, i == 0 ? way : i == 1 ? end : copy);
    expect(&f, HEAD
           "     0.001        |---x   |       |       |    "
           "BU seq 7 lifetime 120 s A H L coa mn0@ar0 hoa 2001:db8:1::77 [lost at ar0: link-loss]\n"
           "     0.003        |<------|       |       |    "
           "unsolicited DHAAD reply: ha2 rh2 2001:db8:1::77 [dropped by mn0: not-accepted]\n"
           "     0.006        |       |       *       |    "
           "NA R O has 2001:db8:1::77 [not to router: link-loss]\n");
}

/* Only what begins and ends at columns, in the time asked for, of the kinds asked for. */
Test(record_chart, what_is_left_out)
{
    gboolean hidden[MIP6_N_MESSAGES] = {[MIP6_MSG_RA] = TRUE};
    char *nodes[] = {"ha1", "mn0", NULL};
    fixture f = {.options = {.nodes = nodes, .hidden = hidden, .n_hidden = MIP6_N_MESSAGES,
                             .from_ns = 10 * MS, .to_ns = 20 * MS}};
    begin(&f);
    sim_packet *p[6];
    for (int i = 0; i < 6; i++)
        p[i] = sample(&f, i == 4 ? "ra-full" : i == 5 ? "coti" : "bu-home");
    sent(&f, 9 * MS, "mn0", "ar0", p[0]);
    sent(&f, 11 * MS, "router", "ha1", p[0]);   /* left before */
    sent(&f, 20 * MS, "mn0", "ha1", p[1]);      /* leaves after */
    sent(&f, 12 * MS, "ha2", "ha1", p[2]);      /* of nobody here */
    sent(&f, 13 * MS, "mn0", "ha1", p[3]);
    sent(&f, 14 * MS, "ha1", NULL, p[4]);       /* hidden */
    sent(&f, 15 * MS, "mn0", "ar0", p[5]);      /* to cn0 */
    for (int i = 0; i < 6; i++)
        sim_packet_unref(f.packets, p[i]);
    expect(&f, "    time s       ha1     mn0\n"
               "     0.013        |<------|    "
               "BU seq 7 lifetime 120 s A H L coa mn0@ar0 hoa 2001:db8:1::77\n");
}

/* The same packet in a tunnel is another arrow. Ordered by time, events too. */
Test(record_chart, packets_go_on_and_events)
{
    fixture f = {.options = {.events = TRUE}};
    begin(&f);
    sim_sink *sink = sim_chart_sink(f.chart);
    sink->cls->event(sink, &(sim_row_event){.t_ns = 9 * MS, .kind = "refused", .mn_id = 3,
                                            .from_node_id = SIM_NO_NODE, .to_node_id = 1,
                                            .detail = "134"});
    sim_packet *p = sample(&f, "hot");
    sent(&f, 5 * MS, "cn0", "core", p);
    sent(&f, 6 * MS, "router", "ha1", p);
    sent(&f, 7 * MS, "ha1", "router", p);
    sent(&f, 8 * MS, "ar0", "mn0", p);
    sim_packet_unref(f.packets, p);
    expect(&f, HEAD
           "     0.005        |       |<--------------|    HoT nonce 48879\n"
           "     0.007        |<------|       |       |    HoT nonce 48879\n"
           "     0.009        o       |       |       |    (refused at ha1: 134)\n");
}

Test(record_chart, columns_that_cannot_be)
{
    char *nodes[] = {"mn0", "mn7", NULL};
    sim_chart_options options = {.nodes = nodes, .to_ns = G_MAXINT64};
    sim_chart *chart = sim_chart_new(&options);
    fixture f = {.chart = chart};
    GError *error = NULL;
    add_node(&f, 3, "mobile-node", "mn0", "2001:db8:1::5");
    cr_assert(!sim_chart_columns(chart, &error));
    cr_assert_str_eq(error->message, "there is no node `mn7`");
    g_clear_error(&error);
    sim_chart_free(chart);

    options.nodes = NULL;
    f.chart = sim_chart_new(&options);
    for (int i = 0; i < 17; i++) {
        g_autofree char *name = g_strdup_printf("mn%d", i);
        add_node(&f, i, "mobile-node", name, NULL);
    }
    cr_assert(!sim_chart_columns(f.chart, &error));
    cr_assert_not_null(strstr(error->message, "17 nodes"), "%s", error->message);
    g_clear_error(&error);
    sim_chart_free(f.chart);
}
