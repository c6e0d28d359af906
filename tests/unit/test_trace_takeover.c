/* An agent that takes a node over says so by Home Agent Switch with itself in the list, drawn by
 * the chart's own hand and compared with tests/trace/takeover.txt. No scenario of today brings that
 * about: the agents are a script, the node is the library's.
 *
 *   RFC 5142 sections 5.1, 5.2 and 6.1; PROTOCOL 10
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <criterion/criterion.h>

#include "mn_harness.h"
#include "sim/record/chart.h"

#define WAY (20 * MS)   /* of a message, either way */

typedef struct script {
    mn_world w;
    sim_chart_options options;
    sim_chart *chart;
    sim_packet_pool *packets;
    uint64_t identity;
} script;

static void add_node(script *s, int64_t id, const char *kind, const char *name, const char *address)
{
    char text[MIP6_ADDR_TEXT];
    mip6_addr a = named(address);
    sim_sink *sink = sim_chart_sink(s->chart);
    sink->cls->node(sink, &(sim_row_node){id, kind, name, mip6_addr_format(&a, text)});
}

static void draw(script *s, const char *from, const char *to, const uint8_t *bytes, size_t len)
{
    sim_packet *p = sim_packet_new(s->packets, len);
    memcpy(sim_packet_data(p), bytes, len);
    p->len = (uint16_t)len;
    p->identity = ++s->identity;
    sim_tap *tap = sim_chart_tap(s->chart);
    tap->cls->sent(tap, 0, s->w.now_ns, from, to, p);
    sim_packet_unref(s->packets, p);
}

/* Drawn, and given to the node one way later. */
static int say(script *s, int64_t t_ns, const char *agent, mip6_message *m)
{
    uint8_t buf[MIP6_MAX_PACKET];
    mip6_header h = header_from(&s->w, agent, true);
    int len = mip6_encode(buf, sizeof buf, &h, m);
    cr_assert_gt(len, 0);
    advance(&s->w, t_ns);
    draw(s, agent, "mn", buf, (size_t)len);
    advance(&s->w, t_ns + WAY);
    return feed_bytes(&s->w, buf, (size_t)len);
}

static int take_over(script *s, int64_t t_ns, const char *agent)
{
    mip6_addr self = named(agent);
    mip6_message m = {.kind = MIP6_MSG_HAS, .u.has = {.n = 1, .addresses = &self}};
    return say(s, t_ns, agent, &m);
}

static void accept(script *s, int64_t t_ns, const char *agent)
{
    mip6_message m = {.kind = MIP6_MSG_BA};
    m.u.ba = (mip6_ba){.sequence = figures(&s->w).sequence, .lifetime_units = 30};
    cr_assert_eq(say(s, t_ns, agent, &m), 0);
}

/* What the node has sent since `from`, at the instant it did. */
static void draw_sent(script *s, unsigned from)
{
    for (unsigned i = from; i < s->w.n_sent; i++) {
        mip6_addr dst;
        memcpy(dst.b, s->w.sent[i % 16] + 24, 16);
        draw(s, "mn", name_of(&dst), s->w.sent[i % 16], s->w.sent_len[i % 16]);
    }
}

static void play(script *s)
{
    unsigned sent = s->w.n_sent;
    cr_assert_eq(take_over(s, 10 * SEC, "ha2"), 0);
    draw_sent(s, sent);
    sent = s->w.n_sent;
    cr_assert_eq(take_over(s, 10100 * MS, "ha2"), 0);      /* resent: nothing new */
    cr_assert_eq(s->w.n_sent, sent);
    accept(s, 11 * SEC, "ha2");
    draw_sent(s, sent);
    sent = s->w.n_sent;
    cr_assert_eq(take_over(s, 12 * SEC, "ha1"), MIP6_ERR_IGNORED);
    cr_assert_eq(s->w.n_sent, sent);
    cr_assert_eq(take_over(s, 21 * SEC, "ha1"), 0);
    draw_sent(s, sent);
}

Test(trace_takeover, a_switch_that_lists_its_sender)
{
    script s = {.options.to_ns = G_MAXINT64};
    world_init(&s.w, MIP6_MN_HOME_AGENT_SWITCH);
    s.chart = sim_chart_new(&s.options);
    s.packets = sim_packet_pool_new();
    add_node(&s, 1, "mobile-node", "mn", "home");
    add_node(&s, 2, "home-agent", "ha1", "ha1");
    add_node(&s, 3, "home-agent", "ha2", "ha2");
    add_node(&s, 4, "access-router", "net", "coa1");
    cr_assert(sim_chart_columns(s.chart, NULL));
    bootstrap(&s.w);
    play(&s);

    g_autofree char *drawn = sim_chart_draw(s.chart);
    g_autofree char *expected = NULL;
    cr_assert(g_file_get_contents("tests/trace/takeover.txt", &expected, NULL, NULL));
    const char *chart = strstr(expected, "    time s");  /* remarks stand above */
    cr_assert(chart && strcmp(chart, drawn) == 0, "drawn:\n%s", drawn);
    sim_chart_free(s.chart);
    sim_packet_pool_free(s.packets);
    world_free_all(&s.w);
}
