/* models/systems/ipsec: IKE as an onlooker of the home link sees it, to the message.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "mip6_esp.h"
#include "models/hosts/ha_host.h"
#include "models/hosts/mn_host.h"
#include "models/systems/ipsec.h"
#include "models/world_parts.h"
#include "world_fixture.h"

#define S INT64_C(1000000000)

/* Of the first messages on the home link. */
typedef struct seen {
    sim_tap tap;
    uint32_t home_link;
    unsigned n;
    int64_t at_ns[64];
    mip6_ike msg[64];
} seen;

static void on_link(sim_tap *tap, uint32_t link, const char *name)
{
    if (g_str_equal(name, "home-link"))
        ((seen *)(void *)tap)->home_link = link;
}

static void on_sent(sim_tap *tap, uint32_t link, int64_t t_ns, const char *from, const char *to,
                    const sim_packet *p)
{
    seen *s = (seen *)(void *)tap;
    mip6_drop cause;
    (void)from, (void)to;
    if (link != s->home_link || p->message != MIP6_MSG_IKE || s->n == G_N_ELEMENTS(s->msg))
        return;
    cr_assert_eq(mip6_ike_decode(p->bytes + p->head, p->len, &s->msg[s->n], &cause), 0);
    s->at_ns[s->n++] = t_ns;
}

static const sim_tap_class seen_class = {.link = on_link, .sent = on_sent};

/* So many nodes and one agent. Returns a metric of the run. */
static double watch(unsigned nodes, const char *node_keys, const char *keys, seen *s,
                    const char *metric)
{
    names_sink sink;
    char *refused = NULL;
    GError *error = NULL;
    g_autofree char *text = g_strdup_printf(
        "[scenario]\nduration = 60 s\n[home-agents]\ncount = 1\n"
        "[mobile-nodes]\ncount = %u\n%s[mobility]\nmodel = static\n[traffic]\nload = 0 %%\n"
        "[ipsec]\nipsec = on\nsa-setup = ike\n%s", nodes, node_keys, keys);
    g_autoptr(sim_config) config = config_from(text, &refused);
    cr_assert_not_null(config, "%s", refused);
    names_init(&sink);
    *s = (seen){.tap = {&seen_class}};
    model_world *w = model_world_new(config, 7, 0, &sink.tally.base, &error);
    cr_assert_not_null(w, "%s", error ? error->message : "");
    model_world_watch(w, &s->tap);
    cr_assert_eq(model_world_run(w), SIM_STOP_END);
    model_world_free(w);
    double value = tally_metric_of(&sink.tally, metric);
    names_clear(&sink);
    return value;
}

/* Three tries, a second and two apart, and four seconds of waiting for the last; then, with another
 * Binding Update, another handshake, with an SPI of its own. */
Test(models_ipsec_ike, a_request_is_said_again_at_twice_the_time)
{
    seen s;
    watch(1, "", "ike-timeout = 1 s\nike-tries = 3\n[loss all]\nmessage = ike\nfrom = ha0\n", &s,
          "ike_given_up");
    cr_assert_geq(s.n, 5);
    unsigned of_node = 0;
    int64_t at[4];
    uint64_t spi[4];
    for (unsigned i = 0; i < s.n && of_node < 4; i++)
        if (!s.msg[i].response) {
            at[of_node] = s.at_ns[i];
            spi[of_node++] = s.msg[i].spi_initiator;
        }
    cr_assert_eq(of_node, 4);
    /* The first waits at the router for the agent's link-layer address. */
    cr_assert(at[1] - at[0] > S * 99 / 100 && at[1] - at[0] <= S);
    cr_assert_eq(at[2] - at[1], 2 * S);
    cr_assert(spi[0] == spi[1] && spi[1] == spi[2] && spi[3] != spi[0]);
    cr_assert_geq(at[3] - at[2], 4 * S);
}

/* One after the other: nobody is half-open for longer than a moment, and none is asked for a
 * cookie. */
Test(models_ipsec_ike, a_handshake_that_is_done_is_not_half_open)
{
    seen s;
    cr_assert_eq(watch(12, "start-window = 40 s\n", "ike-half-open = 4\n", &s, "ike_cookies"), 0);
    cr_assert_geq(s.n, 4 * 12);
}

/* Each exchange has its own work. */
Test(models_ipsec_ike, an_answer_takes_the_work_of_its_exchange)
{
    seen s;
    watch(1, "route-optimise = 100 %\n",
          "ike-timeout = 10 s\nike-init-time = 300 ms\nike-auth-time = 500 ms\n"
          "ike-child-time = 700 ms\n", &s, "ike_handshakes");
    const int64_t work_ns[] = {300000000, 500000000, 700000000};
    cr_assert_eq(s.n, 6);
    for (unsigned i = 0; i < 3; i++) {
        cr_assert(!s.msg[2 * i].response && s.msg[2 * i + 1].response);
        int64_t took = s.at_ns[2 * i + 1] - s.at_ns[2 * i];
        cr_assert(took >= work_ns[i] && took < work_ns[i] + 1000000, "%u: %g s", i,
                  (double)took / S);
    }
}

static sim_packet *packet_of(model_world *w, const mip6_header *h, mip6_message *msg)
{
    sim_packet *p = sim_packet_new(w->net.packets, MIP6_MAX_PACKET);
    int len = mip6_encode(p->bytes + p->head, MIP6_MAX_PACKET, h, msg);
    cr_assert_gt(len, 0);
    p->len = (uint16_t)len;
    p->message = (uint8_t)msg->kind;
    p->flow = SIM_NO_FLOW;
    return p;
}

/* A Binding Update, or an answer, in the clear: RFC 4877 4.2 has them protected. */
Test(models_ipsec_ike, what_must_be_in_esp_and_is_not_is_lost)
{
    char *refused = NULL;
    GError *error = NULL;
    names_sink sink;
    g_autoptr(sim_config) config = config_from(
        "[scenario]\nduration = 60 s\n[home-agents]\ncount = 1\n[mobile-nodes]\ncount = 1\n"
        "[mobility]\nmodel = static\n[traffic]\nload = 0 %\n[ipsec]\nipsec = on\n", &refused);
    cr_assert_not_null(config, "%s", refused);
    names_init(&sink);
    model_world *w = model_world_new(config, 7, 0, &sink.tally.base, &error);
    cr_assert_not_null(w, "%s", error ? error->message : "");
    model_ha_host *agent = &w->agents[0];
    mip6_header h = {.src = {{0x20, 1, 0xd, 0xb8, 9}}, .dst = agent->config.global,
                     .hop_limit = 64, .has_home = true, .home = *model_mn_home(&w->nodes[0])};
    mip6_message bu = {.kind = MIP6_MSG_BU,
                       .u.bu = {.sequence = 7, .lifetime_units = 30,
                                .flags = MIP6_BU_HOME | MIP6_BU_ACK}};
    mip6_message ba = {.kind = MIP6_MSG_BA, .u.ba = {.sequence = 7, .lifetime_units = 30}};
    mip6_header back = {.src = h.dst, .dst = h.src, .hop_limit = 64, .has_final = true,
                        .final = h.home};
    cr_assert_null(model_ipsec_agent_in(agent, packet_of(w, &h, &bu), 0));
    cr_assert_null(model_ipsec_node_in(&w->nodes[0], packet_of(w, &back, &ba), 0));
    model_world_free(w);
    names_clear(&sink);
}
