/* An agent that is no home agent any more but still a router, drawn by the chart's own hand and
 * compared with tests/trace/agent-without-h.txt. No scenario brings that about: ha1 is a script,
 * ha0 the library's.
 *
 *   RFC 6275 section 10.5.1
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "ha_harness.h"
#include "sim/record/chart.h"

typedef struct script {
    h_world *w;
    sim_chart_options options;
    sim_chart *chart;
    sim_packet_pool *packets;
    uint64_t identity;
} script;

static void add_node(script *s, int64_t id, const char *kind, const char *name, mip6_addr a)
{
    char text[MIP6_ADDR_TEXT];
    sim_sink *sink = sim_chart_sink(s->chart);
    sink->cls->node(sink, &(sim_row_node){id, kind, name, mip6_addr_format(&a, text)});
}

static void begin(script *s)
{
    s->options.to_ns = G_MAXINT64;
    s->w = h_new(1, "static-dhaad", MIP6_PROFILE_SAFE);
    h_boot(s->w);
    s->chart = sim_chart_new(&s->options);
    s->packets = sim_packet_pool_new();
    add_node(s, 1, "mobile-node", "mn", h_care_of(1));
    add_node(s, 2, "home-agent", "ha0", s->w->config[0].global);
    add_node(s, 3, "home-agent", "ha1", h_reporter(1));
    cr_assert(sim_chart_columns(s->chart, NULL));
}

static void draw(script *s, const char *from, const char *to, const uint8_t *bytes, size_t len)
{
    sim_packet *p = sim_packet_new(s->packets, len);
    memcpy(sim_packet_data(p), bytes, len);
    p->len = (uint16_t)len;
    p->identity = ++s->identity;
    sim_tap *tap = sim_chart_tap(s->chart);
    tap->cls->sent(tap, 0, s->w->now, from, to, p);
    sim_packet_unref(s->packets, p);
}

/* Drawn, and given to ha0. */
static void give(script *s, const char *from, const mip6_lladdr *ll, const mip6_header *h,
                 mip6_message *msg)
{
    uint8_t buf[MIP6_MAX_PACKET];
    int len = mip6_encode(buf, sizeof buf, h, msg);
    cr_assert_gt(len, 0);
    draw(s, from, mip6_addr_is_multicast(&h->dst) ? NULL : "ha0", buf, (size_t)len);
    s->w->n_log = 0;
    h_receive(s->w, 0, ll, buf, (size_t)len);
}

static void advertise(script *s, int64_t t_ns, uint8_t flags)
{
    mip6_lladdr ll = {{2, 0, 0, 0, 2, 1}};
    mip6_header h = {.src = mip6_addr_link_local(&ll), .dst = mip6_addr_all_nodes(),
                     .hop_limit = 255};
    mip6_message msg = {.kind = MIP6_MSG_RA};
    msg.u.ra = (mip6_ra){.flags = flags, .router_lifetime_s = 9, .n_prefixes = 1,
                         .has_ha_info = flags != 0, .ha_preference = 5, .ha_lifetime_s = 9};
    msg.u.ra.prefixes[0] = (mip6_prefix_info){.prefix = h_reporter(1), .length = 64,
                                              .router_address = true, .valid_s = UINT32_MAX,
                                              .preferred_s = UINT32_MAX};
    h_run(s->w, t_ns);
    give(s, "ha1", &ll, &h, &msg);
}

static void discover(script *s, int64_t t_ns, uint16_t id)
{
    static const mip6_lladdr router = {{2, 0, 0, 0, 9, 9}};
    mip6_header h = {.src = h_care_of(1), .dst = mip6_addr_ha_anycast(&s->w->config[0].global),
                     .hop_limit = 64};
    mip6_message msg = {.kind = MIP6_MSG_DHAAD_REQUEST, .u.dhaad = {.id = id}};
    h_run(s->w, t_ns);
    give(s, "mn", &router, &h, &msg);
    const h_act *reply = h_last(s->w, 0, MIP6_MSG_DHAAD_REPLY);
    draw(s, "ha0", "mn", reply->bytes, reply->action.len);
}

Test(trace_leaving, without_h_and_by_lifetime)
{
    script s = {0};
    begin(&s);
    advertise(&s, 1 * H_S, MIP6_RA_HOME_AGENT);
    discover(&s, 2 * H_S, 1);
    advertise(&s, 3 * H_S, 0);
    discover(&s, 4 * H_S, 2);
    advertise(&s, 5 * H_S, MIP6_RA_HOME_AGENT);
    discover(&s, 14 * H_S - 1, 3);
    discover(&s, 14 * H_S, 4);

    g_autofree char *drawn = sim_chart_draw(s.chart);
    g_autofree char *expected = NULL;
    cr_assert(g_file_get_contents("tests/trace/agent-without-h.txt", &expected, NULL, NULL));
    const char *chart = strstr(expected, "    time s");  /* remarks stand above */
    cr_assert(chart && strcmp(chart, drawn) == 0, "drawn:\n%s", drawn);
    sim_chart_free(s.chart);
    sim_packet_pool_free(s.packets);
    h_free_world(s.w);
}
