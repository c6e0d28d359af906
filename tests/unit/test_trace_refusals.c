/* Refusals that no agent of ours gives without cause, or at all: what a node does next, drawn by
 * the chart's own hand and compared with tests/trace/refused-STATUS.txt and redirect-*.txt. The
 * agents here are a script: ha1 answers each update with the status, ha2 accepts, and either may
 * say in a refusal who should be asked instead.
 *
 *   RFC 6275 sections 6.1.8, 11.7.3; PROTOCOL 9
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
    uint8_t status;         /* of ha1 */
    uint16_t sequence;      /* that ha1 says, with 135 */
    unsigned refusals;      /* still to come */
    uint32_t flags;         /* of the node */
    const char *file;       /* NULL: refused-STATUS */
    const char *redirects[2];   /* what ha1 and ha2 say with 129; NULL: nothing */
    unsigned refusals_of_ha2;
} script;

static void add_node(script *s, int64_t id, const char *kind, const char *name, const char *address)
{
    char text[MIP6_ADDR_TEXT];
    mip6_addr a = named(address);
    sim_sink *sink = sim_chart_sink(s->chart);
    sink->cls->node(sink, &(sim_row_node){id, kind, name, mip6_addr_format(&a, text)});
}

static void begin(script *s)
{
    s->options.to_ns = G_MAXINT64;
    s->chart = sim_chart_new(&s->options);
    s->packets = sim_packet_pool_new();
    world_init(&s->w, s->flags);
    add_node(s, 1, "mobile-node", "mn", "home");
    add_node(s, 2, "home-agent", "ha1", "ha1");
    add_node(s, 3, "home-agent", "ha2", "ha2");
    add_node(s, 4, "access-router", "net", "coa1");
    if (s->file)
        add_node(s, 5, "home-agent", "ha3", "ha3");     /* in no list */
    cr_assert(sim_chart_columns(s->chart, NULL));
}

/* Draws a packet, and has it booked by nobody. */
static void draw(script *s, int64_t t_ns, const char *from, const char *to, const uint8_t *bytes,
                 size_t len)
{
    sim_packet *p = sim_packet_new(s->packets, len);
    memcpy(sim_packet_data(p), bytes, len);
    p->len = (uint16_t)len;
    p->identity = ++s->identity;
    sim_tap *tap = sim_chart_tap(s->chart);
    tap->cls->sent(tap, 0, t_ns, from, to, p);
    sim_packet_unref(s->packets, p);
}

/* What an agent says; it arrives one way later. */
static void answer(script *s, const char *agent, mip6_message *m, bool routed)
{
    uint8_t buf[MIP6_MAX_PACKET];
    mip6_header h = header_from(&s->w, agent, routed);
    int len = mip6_encode(buf, sizeof buf, &h, m);
    cr_assert_gt(len, 0);
    advance(&s->w, s->w.now_ns + WAY);
    draw(s, s->w.now_ns, agent, "mn", buf, (size_t)len);
    advance(&s->w, s->w.now_ns + WAY);
    feed_bytes(&s->w, buf, (size_t)len);
}

static void answer_update(script *s, const char *agent, const mip6_bu *bu)
{
    bool is_ha1 = strcmp(agent, "ha1") == 0;
    unsigned *left = is_ha1 ? &s->refusals : &s->refusals_of_ha2;
    bool refuse = *left > 0;
    mip6_message m = {.kind = MIP6_MSG_BA, .u.ba = {.sequence = bu->sequence}};
    m.u.ba.status = refuse ? s->status : MIP6_STATUS_ACCEPTED;
    m.u.ba.lifetime_units = refuse ? 0 : bu->lifetime_units;
    if (refuse && s->status == MIP6_STATUS_SEQUENCE)
        m.u.ba.sequence = s->sequence;
    const char *target = s->redirects[!is_ha1];
    m.u.ba.opt.has_redirect = refuse && target;
    if (m.u.ba.opt.has_redirect)
        m.u.ba.opt.redirect = named(target);
    *left -= refuse;
    answer(s, agent, &m, true);
}

static void answer_request(script *s, uint16_t id)
{
    const mip6_addr list[] = {named("ha1"), named("ha2")};
    mip6_message m = {.kind = MIP6_MSG_DHAAD_REPLY,
                      .u.dhaad = {.id = id, .n = 2, .addresses = list}};
    answer(s, "ha1", &m, false);
}

/* The node's packets since `from`, each drawn and answered. */
static void converse(script *s, unsigned from)
{
    for (unsigned i = from; i < s->w.n_sent; i++) {
        mip6_header h;
        mip6_message m;
        mip6_drop cause;
        const uint8_t *bytes = s->w.sent[i % 16];
        size_t len = s->w.sent_len[i % 16];
        cr_assert_eq(mip6_decode(bytes, len, 0, &h, &m, &cause), 0);
        const char *to = m.kind == MIP6_MSG_DHAAD_REQUEST ? "ha1" : name_of(&h.dst);
        draw(s, s->w.now_ns, "mn", to, bytes, len);
        if (m.kind == MIP6_MSG_DHAAD_REQUEST)
            answer_request(s, m.u.dhaad.id);
        else if (m.kind == MIP6_MSG_BU)
            answer_update(s, to, &m.u.bu);
    }
}

/* From the first link until `end_ns`. */
static void play(script *s, int64_t end_ns)
{
    unsigned before = 0;
    attach(&s->w, "coa1");
    converse(s, before);
    while (mip6_mn_next_expiry(s->w.mn) <= end_ns) {
        before = s->w.n_sent;
        advance(&s->w, MAX(mip6_mn_next_expiry(s->w.mn), s->w.now_ns));
        converse(s, before);
    }
}

static void expect_file(script *s)
{
    g_autofree char *path = s->file ? g_strdup_printf("tests/trace/%s.txt", s->file)
                                    : g_strdup_printf("tests/trace/refused-%u.txt", s->status);
    g_autofree char *drawn = sim_chart_draw(s->chart);
    g_autofree char *expected = NULL;
    cr_assert(g_file_get_contents(path, &expected, NULL, NULL), "%s", path);
    const char *chart = strstr(expected, "    time s");  /* remarks stand above */
    cr_assert(chart && strcmp(chart, drawn) == 0, "%s, but drawn:\n%s", path, drawn);
    sim_chart_free(s->chart);
    sim_packet_pool_free(s->packets);
    world_free_all(&s->w);
}

static void refuse_with(uint8_t status, unsigned refusals, uint16_t sequence)
{
    script s = {.status = status, .refusals = refusals, .sequence = sequence};
    begin(&s);
    play(&s, 70 * SEC);
    expect_file(&s);
}

Test(trace_refusals, prohibited)
{
    refuse_with(MIP6_STATUS_PROHIBITED, 1, 0);
}

Test(trace_refusals, home_registration_not_supported)
{
    refuse_with(MIP6_STATUS_NO_HOME_REGISTRATION, 1, 0);
}

Test(trace_refusals, not_home_subnet)
{
    refuse_with(MIP6_STATUS_NOT_HOME_SUBNET, 1, 0);
}

Test(trace_refusals, not_home_agent_for_this_node)
{
    refuse_with(MIP6_STATUS_NOT_HOME_AGENT, 1, 0);
}

Test(trace_refusals, sequence_number_out_of_window)
{
    refuse_with(MIP6_STATUS_SEQUENCE, 1, 4711);
}

static void redirect(const char *file, const char *ha1_says, const char *ha2_says,
                     uint32_t flags)
{
    script s = {.status = MIP6_STATUS_PROHIBITED, .refusals = 1, .flags = flags, .file = file,
                .redirects = {ha1_says, ha2_says}, .refusals_of_ha2 = ha2_says ? 1 : 0};
    begin(&s);
    play(&s, 20 * SEC);
    expect_file(&s);
}

Test(trace_refusals, redirect_to_an_agent)
{
    redirect("redirect", "ha3", NULL, MIP6_MN_REDIRECT);
}

Test(trace_refusals, redirect_in_a_loop)
{
    redirect("redirect-loop", "ha2", "ha1", MIP6_MN_REDIRECT);
}

Test(trace_refusals, redirect_outside_the_home_prefix)
{
    redirect("redirect-outside", "outside", NULL, MIP6_MN_REDIRECT);
}

Test(trace_refusals, redirect_to_itself)
{
    redirect("redirect-itself", "ha1", NULL, MIP6_MN_REDIRECT);
}

Test(trace_refusals, redirect_that_was_not_asked_for)
{
    redirect("redirect-unasked", "ha3", NULL, 0);
}
