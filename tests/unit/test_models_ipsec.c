/* models/systems/ipsec: what goes over the wires, handshakes and their queue, takeovers.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/hosts/ha_host.h"
#include "models/hosts/mn_host.h"
#include "models/systems/ipsec.h"
#include "models/world_parts.h"
#include "world_fixture.h"

#define NODES 10
#define TEXT(ipsec) TEXT_OF("", ipsec)
#define TEXT_OF(nodes, ipsec) \
    "[scenario]\nduration = 90 s\nwarm-up = 5 s\n" \
    "[home-agents]\ncount = 2\n" \
    "[mobile-nodes]\ncount = 10\nlifetime = 20 s\n" nodes \
    "[mobility]\nmodel = static\n" \
    "[traffic]\nload = 0 %\n" \
    "[ipsec]\nipsec = on\n" ipsec

static double of(const names_run *r, const char *name)
{
    return tally_metric_of(&r->sink.tally, name);
}

/* Everything runs; figures are those of so many exchanges. */
Test(models_ipsec, each_update_and_its_answer_are_sealed)
{
    names_run r;
    names_start(&r, TEXT("sa-setup = manual\n"));
    names_finish(&r);
    size_t updates = packets_of(r.sink.sent, "binding-update");
    size_t answers = packets_of(r.sink.sent, "binding-acknowledgement");
    cr_assert_gt(updates, NODES);
    double sealed = of(&r, "esp_packets");      /* after the warm-up */
    cr_assert(sealed > 0 && sealed <= (double)(updates + answers));
    cr_assert_eq(of(&r, "esp_malformed"), 0);
    cr_assert_eq(of(&r, "registered_at_end"), NODES);
    cr_assert_null(g_hash_table_lookup(r.sink.tally.metrics, "ike_handshakes"));
    names_end(&r);
}

Test(models_ipsec, a_handshake_is_four_messages)
{
    names_run r;
    names_start(&r, TEXT("sa-setup = ike\n"));
    names_finish(&r);
    cr_assert_eq(packets_of(r.sink.sent, "ike"), 4 * NODES);
    cr_assert_eq(of(&r, "registered_at_end"), NODES);
    names_end(&r);
}

/* The longest that a packet was on its way, past an agent that works so long on ESP. */
static double longest_delay(const char *work)
{
    names_run r;
    g_autofree char *text =
        g_strdup_printf("[scenario]\nduration = 60 s\nwarm-up = 15 s\n[home-agents]\ncount = 1\n"
                        "[mobile-nodes]\ncount = 1\nlifetime = 20 s\n[mobility]\nmodel = static\n"
                        "[traffic]\nload = 5 %%\n[ipsec]\nipsec = on\n%s", work);
    names_start(&r, text);
    names_finish(&r);
    double delay_s = of(&r, "delay_max");
    names_end(&r);
    return delay_s;
}

/* An update and its answer, 148 B each: what comes behind them waits for the work on both. */
Test(models_ipsec, esp_occupies_the_agents_server)
{
    double none = longest_delay("per-packet = 0 s\nper-byte = 0 s\n");
    double packet = longest_delay("per-packet = 50 ms\nper-byte = 0 s\n");
    double byte = longest_delay("per-packet = 0 s\nper-byte = 1 ms\n");
    cr_assert(packet - none > 0.08 && packet - none < 0.101, "%g", packet - none);
    cr_assert(byte - none > 0.25 && byte - none < 0.31, "%g", byte - none);
}

static double setup_time(const char *work)
{
    names_run r;
    g_autofree char *text =
        g_strdup_printf("[scenario]\nduration = 20 s\n[mobile-nodes]\ncount = 1\n"
                        "[mobility]\nmodel = static\n[traffic]\nload = 0 %%\n"
                        "[ipsec]\nipsec = on\nsa-setup = ike\n%s", work);
    names_start(&r, text);
    names_finish(&r);
    double setup_s = of(&r, "ike_setup_max");
    cr_assert_eq(of(&r, "ike_handshakes"), 1);
    names_end(&r);
    return setup_s;
}

/* What the agent works on each request is in its answer's time, to the nanosecond. */
Test(models_ipsec, a_handshake_waits_for_the_agents_work)
{
    double quick = setup_time("ike-init-time = 1 ns\nike-auth-time = 1 ns\n");
    double first = setup_time("ike-init-time = 20 ms\nike-auth-time = 1 ns\n");
    double second = setup_time("ike-init-time = 1 ns\nike-auth-time = 70 ms\n");
    cr_assert_float_eq(first - quick, 0.02 - 1e-9, 1e-12);
    cr_assert_float_eq(second - quick, 0.07 - 1e-9, 1e-12);
}

/* Two messages more for the pair in tunnel mode, where the node optimises routes. */
Test(models_ipsec, a_further_pair_is_two_messages)
{
    names_run r;
    names_start(&r, TEXT_OF("route-optimise = 100 %\n", "sa-setup = ike\n"));
    names_finish(&r);
    cr_assert_eq(packets_of(r.sink.sent, "ike"), 6 * NODES);
    names_end(&r);
    names_start(&r, TEXT_OF("route-optimise = 100 %\n",
                      "sa-setup = ike\nreturn-routability = off\n"));
    names_finish(&r);
    cr_assert_eq(packets_of(r.sink.sent, "ike"), 4 * NODES);
    names_end(&r);
}

/* With nothing half-open allowed every handshake costs two more. */
Test(models_ipsec, a_cookie_is_two_messages)
{
    names_run r;
    names_start(&r, TEXT("sa-setup = ike\nike-half-open = 0\n"));
    names_finish(&r);
    cr_assert_eq(packets_of(r.sink.sent, "ike"), 6 * NODES);
    cr_assert_eq(of(&r, "registered_at_end"), NODES);
    names_end(&r);
}

/* Each message of IKE is lost once; requests come again after 1 s. */
Test(models_ipsec, what_is_lost_is_said_again)
{
    names_run r;
    names_start(&r, TEXT("sa-setup = ike\n"
                   "[loss one]\nmessage = ike\nnth = 1-7\n"));
    names_finish(&r);
    cr_assert_eq(of(&r, "registered_at_end"), NODES);
    cr_assert_gt(packets_of(r.sink.sent, "ike"), 4 * NODES + 6);
    cr_assert_eq(packets_of(r.sink.lost, "scripted-loss"), 7);
    names_end(&r);
}

/* A handshake that no one answers is given up; its Binding Update is lost with a cause. */
Test(models_ipsec, what_is_never_answered_is_given_up)
{
    names_run r;
    names_start(&r, TEXT("sa-setup = ike\nike-tries = 2\n"
                   "[loss one]\nmessage = ike\n"));
    names_finish(&r);
    cr_assert_eq(of(&r, "registered_at_end"), 0);
    cr_assert_gt(of(&r, "ike_given_up"), 0);
    cr_assert_gt(packets_of(r.sink.lost, "no-security-association"), 0);
    cr_assert_eq(of(&r, "esp_packets"), 0);
    names_end(&r);
}

/* Nobody answers: a request each time that the last wait, doubled, is over, six in all; what comes
 * then is another handshake's. RFC 7296 section 2.1. */
Test(models_ipsec, requests_come_again_ever_later)
{
    static const unsigned at_s[] = {0, 1, 3, 7, 15, 31};
    names_run r;
    names_start(&r, "[scenario]\nduration = 90 s\n[mobile-nodes]\ncount = 1\n"
                    "[mobility]\nmodel = static\n[traffic]\nload = 0 %\n"
                    "[ipsec]\nipsec = on\nsa-setup = ike\n[loss one]\nmessage = ike\n");
    int64_t first_ns = -1, now = 0;
    const uint64_t *requests = &r.w->mn_detail.sent_packets[MIP6_MSG_IKE];
    for (size_t n = 0; n < G_N_ELEMENTS(at_s);) {
        now += SIM_MS_NS;
        cr_assert_lt(now, 60 * SIM_SECOND_NS);
        cr_assert_eq(sim_engine_run(r.w->engine, now), SIM_STOP_END);
        if (*requests == n)
            continue;
        first_ns = first_ns < 0 ? now : first_ns;
        cr_assert_eq(now - first_ns, at_s[n] * SIM_SECOND_NS, "request %zu", n);
        cr_assert_eq(*requests, ++n);
    }
    cr_assert_eq(sim_engine_run(r.w->engine, first_ns + 63 * SIM_SECOND_NS - 2 * SIM_MS_NS),
                 SIM_STOP_END);
    cr_assert_eq(*requests, 6);
    names_finish(&r);
    cr_assert_eq(of(&r, "ike_given_up"), 1);
    names_end(&r);
}

/* A queue of one: the rest is lost and comes again. */
Test(models_ipsec, a_full_queue_drops)
{
    names_run r;
    names_start(&r, TEXT("sa-setup = ike\nike-queue-limit = 1 packets\nike-init-time = 300 ms\n"));
    names_finish(&r);
    cr_assert_gt(packets_of(r.sink.lost, "ike-queue-full"), 0);
    cr_assert_eq(of(&r, "registered_at_end"), NODES);
    names_end(&r);
}

/* ---- payload ---- */

#define PAYLOAD(size, ipsec) \
    "[scenario]\nduration = 60 s\nwarm-up = 20 s\n[home-agents]\ncount = 2\n" \
    "[mobile-nodes]\ncount = 6\nlifetime = 20 s\n[mobility]\nmodel = static\n" \
    "[traffic]\nmodel = cbr\nnode-rate = 40 kbit/s\ndirection = both\nstart = 15 s\n" \
    "packet-size = " size " B\n" \
    "[ipsec]\nipsec = on\n" ipsec

/* Everything comes, and each packet is sealed once, whichever way it goes. */
static void carry(const char *text, double overhead)
{
    names_run r;
    names_start(&r, text);
    names_finish(&r);
    double sealed = of(&r, "esp_payload_packets"), sent = of(&r, "sent_packets");
    cr_assert_gt(sent, 100);
    cr_assert_eq(of(&r, "lost_packets"), 0);
    cr_assert_float_eq(sealed, sent, 3, "%g of %g", sealed, sent);     /* some are under way */
    cr_assert_float_eq(of(&r, "esp_payload_overhead_bytes"), overhead * sealed, 1e-6);
    cr_assert_eq(of(&r, "registered_at_end"), 6);
    names_end(&r);
}

/* 8 + 16 + padding + 2 + 12: 606 and 2 are 38 blocks of 16, 600 take 6 more to fill them. */
Test(models_ipsec, payload_is_sealed_in_tunnels)
{
    carry(PAYLOAD("606", "payload = on\nsa-setup = manual\n"), 38);
    carry(PAYLOAD("600", "payload = on\nsa-setup = ike\n"), 44);
    carry(PAYLOAD("606", "payload = on\niv-bytes = 0\nblock-bytes = 4\n"), 22);
}

/* Of 1500 B less a tunnel's 40, ESP's 36 and whole blocks of 16, 1422 are left; one more byte makes
 * two fragments. */
Test(models_ipsec, payload_that_does_not_fit_with_esp_leaves_in_fragments)
{
    names_run r;
    double sent[2];
    const char *const text[] = {PAYLOAD("1422", "payload = on\n"),
                                PAYLOAD("1423", "payload = on\n")};
    for (size_t i = 0; i < 2; i++) {
        names_start(&r, text[i]);
        names_finish(&r);
        sent[i] = of(&r, "sent_packets");
        cr_assert_eq(of(&r, "lost_packets"), 0);
        names_end(&r);
    }
    cr_assert_float_eq(sent[1] / sent[0], 2, 0.01, "%g, %g", sent[0], sent[1]);
}

/* A node's second pair is there for payload alone, too. */
Test(models_ipsec, payload_takes_a_further_pair)
{
    names_run r;
    names_start(&r, TEXT("sa-setup = ike\npayload = on\n"));
    names_finish(&r);
    cr_assert_eq(packets_of(r.sink.sent, "ike"), 6 * NODES);
    cr_assert_eq(of(&r, "esp_payload_packets"), 0);
    names_end(&r);
    names_start(&r, TEXT("sa-setup = ike\n"));
    names_finish(&r);
    cr_assert_null(g_hash_table_lookup(r.sink.tally.metrics, "esp_payload_packets"));
    names_end(&r);
}

/* An agent works on payload as on any packet in ESP. */
Test(models_ipsec, payload_occupies_the_agents_server)
{
    double none = longest_delay("payload = on\nper-packet = 0 s\nper-byte = 0 s\n");
    double some = longest_delay("payload = on\nper-packet = 20 ms\nper-byte = 0 s\n");
    cr_assert_gt(some - none, 0.0199);
}

/* ---- takeovers ---- */

static uint32_t index_of(const model_world *w, const mip6_addr *agent)
{
    for (uint32_t i = 0; i < w->n_agents; i++)
        if (mip6_addr_equal(&w->agents[i].config.global, agent))
            return i;
    return UINT32_MAX;
}

/* By the host's own hand, at this instant, every node goes to the other agent. */
static unsigned take_all_over(names_run *r, int64_t now)
{
    model_world *w = r->w;
    unsigned n = 0;
    for (uint32_t i = 0; i < w->n_nodes; i++) {
        mip6_mn_figures f;
        mip6_binding_info binding;
        mip6_mn_get_figures(model_mn_of(&w->nodes[i]), &f);
        uint32_t from = index_of(w, &f.agent), to = 1 - from;
        if (from > 1 || !mip6_ha_find(w->agents[from].ha, model_mn_home(&w->nodes[i]), &binding) ||
            !model_mn_host_assign(&w->nodes[i], &w->agents[to].config.global, now))
            continue;
        model_ha_host_install(&w->agents[to], &binding, now);
        model_ha_host_hand_on(&w->agents[from], model_mn_home(&w->nodes[i]),
                              &w->agents[to].config.global, now);
        model_router_tell(w->router, model_mn_home(&w->nodes[i]), &w->agents[to].lladdr);
        model_ipsec_take_over(w, from, to, i, true, now);
        n++;
    }
    return n;
}

/* At 39 s: the last synchronisation was at 30 s, and with refreshes each 10 s one acknowledgement
 * has gone to every node since. */
static void take_over(names_run *r, const char *text)
{
    names_start(r, text);
    cr_assert_eq(sim_engine_run(r->w->engine, 39 * SIM_SECOND_NS), SIM_STOP_END);
    cr_assert_eq(take_all_over(r, 39 * SIM_SECOND_NS), NODES);
    names_finish(r);
    cr_assert_eq(of(r, "registered_at_end"), NODES);
}

Test(models_ipsec, a_takeover_that_is_synchronised_is_not_noticed)
{
    names_run r;
    take_over(&r, TEXT("sa-setup = ike\nsa-state = synchronised\n"));
    cr_assert_eq(packets_of(r.sink.sent, "ike"), 4 * NODES);
    cr_assert_eq(of(&r, "signalling_outages"), 0);
    names_end(&r);
    take_over(&r, TEXT("sa-setup = manual\nsa-state = behind\n"));
    cr_assert_eq(of(&r, "signalling_outages"), 0);
    cr_assert_eq(of(&r, "esp_replayed"), 0);
    names_end(&r);
}

/* Every acknowledgement since the last synchronisation costs one that is dropped as a replay, and
 * the update is sent again a second later. */
Test(models_ipsec, a_takeover_that_is_behind_loses_what_was_sent_since)
{
    names_run r;
    take_over(&r, TEXT("sa-setup = ike\nsa-state = behind\n"));
    cr_assert_eq(packets_of(r.sink.sent, "ike"), 4 * NODES);
    cr_assert_eq(of(&r, "signalling_outages"), NODES);
    cr_assert_eq(of(&r, "esp_replayed"), NODES);
    cr_assert_float_eq(of(&r, "signalling_outage_mean"), 1.0, 0.2);
    cr_assert_eq(of(&r, "signalling_outages_unfinished"), 0);
    names_end(&r);
}

/* Updates at 0, 1 s and the third, at 3 s, is held for IKE. */
Test(models_ipsec, a_takeover_that_lost_all_makes_nodes_begin_anew)
{
    names_run r;
    take_over(&r, TEXT("sa-setup = ike\n"));
    cr_assert_eq(packets_of(r.sink.sent, "ike"), 8 * NODES);
    cr_assert_eq(of(&r, "esp_unknown_spi"), 2 * NODES);
    cr_assert_eq(of(&r, "signalling_outages"), NODES);
    cr_assert_float_eq(of(&r, "signalling_outage_mean"), 3.05, 0.1);
    names_end(&r);
}

Test(models_ipsec, without_ipsec_a_takeover_is_nothing_to_it)
{
    names_run r;
    names_start(&r, "[scenario]\nduration = 20 s\n[mobile-nodes]\ncount = 2\n");
    model_ipsec_take_over(r.w, 0, 1, 0, true, 0);
    names_finish(&r);
    names_end(&r);
}

/* ---- a group of virtual agents changes its master ---- */

/* Refreshes lie within 38 and 41 s: one since the last synchronisation, at 36 s. */
#define GROUP(state) \
    TEXT("sa-setup = ike\nsync-interval = 18 s\nsa-state = " state "\n") \
    "[system]\nkind = active-standby\ngroups = 1\n" \
    "[failure one]\nagent = ha0\nkind = crash\nat = 42 s\n"

static void change_master(names_run *r, const char *text)
{
    names_start(r, text);
    names_finish(r);
    cr_assert_eq(of(r, "registered_at_end"), NODES);
    cr_assert_eq(of(r, "esp_malformed"), 0);
}

Test(models_ipsec, a_group_takes_its_associations_along)
{
    names_run r;
    change_master(&r, GROUP("synchronised"));
    cr_assert_eq(packets_of(r.sink.sent, "ike"), 4 * NODES);
    cr_assert_eq(of(&r, "signalling_outages"), 0);
    names_end(&r);
    change_master(&r, GROUP("behind"));     /* some begin anew: the first answer waits for DAD */
    cr_assert_eq(of(&r, "signalling_outages"), NODES);
    cr_assert_eq(of(&r, "esp_replayed"), NODES);
    cr_assert_eq(of(&r, "esp_unknown_spi"), 0);
    names_end(&r);
    change_master(&r, GROUP("lost"));
    cr_assert_eq(packets_of(r.sink.sent, "ike"), 8 * NODES);
    cr_assert_eq(of(&r, "esp_unknown_spi"), 2 * NODES);
    names_end(&r);
}

/* ---- synchronised agents: whoever takes a node over calls it ---- */

#define MEMBERS(state) \
    TEXT("sa-setup = ike\nsync-interval = 16 s\nsa-state = " state "\n") \
    "[system]\nkind = haha\n" \
    "[failure one]\nagent = ha0\nkind = crash\nat = 42 s\n"

Test(models_ipsec, a_call_goes_by_the_association_that_was_taken_over)
{
    names_run r;
    change_master(&r, MEMBERS("synchronised"));
    size_t called = packets_of(r.sink.sent, "home-agent-switch");
    cr_assert(called > 0 && called < NODES, "of ha0's nodes, once");
    cr_assert_eq(of(&r, "signalling_outages"), 0);
    cr_assert_eq(packets_of(r.sink.sent, "ike"), 4 * NODES, "and no IKE with the other agent");
    names_end(&r);
    change_master(&r, MEMBERS("behind"));   /* the first call is a replay, the second is heard */
    cr_assert_eq((size_t)of(&r, "esp_replayed"), called);
    cr_assert_eq(packets_of(r.sink.sent, "home-agent-switch"), 2 * called);
    cr_assert_eq((size_t)of(&r, "signalling_outages"), called);
    names_end(&r);
    names_start(&r, MEMBERS("lost"));             /* nothing to call them by */
    names_finish(&r);
    cr_assert_geq((size_t)of(&r, "esp_without_sa"), called);
    cr_assert_geq((size_t)of(&r, "signalling_outages"), called);
    names_end(&r);
}

/* ha0 is dead, and with it the associations: nobody can call its nodes, and IKE goes to ha0 first.
 * They move all the time, which begins the library's own schedule anew. Each is told when IKE is
 * given up, and finds another agent: signalling is out for at most the time to the next update
 * (half a lifetime), two updates that nobody answers (1 s, 2 s), IKE (1, 2, 4, 8 s) and a
 * registration elsewhere: DHAAD, IKE, the update, each perhaps while the node has no link. */
Test(models_ipsec, who_cannot_be_called_finds_another_agent_in_bounded_time)
{
    const double bound = 10 + 3 + 15 + 4;
    for (unsigned seed = 0; seed < 5; seed++) {
        names_run r;
        GError *error = NULL;
        names_start(&r, "[scenario]\nduration = 90 s\nwarm-up = 5 s\n"
                  "[home-agents]\ncount = 2\n[mobile-nodes]\ncount = 40\nlifetime = 20 s\n"
                  "[mobility]\nmodel = exponential-sojourn\nmean-sojourn = 5 s\n"
                  "[traffic]\nload = 0 %\n[system]\nkind = haha\n"
                  "[ipsec]\nipsec = on\nsa-setup = ike\nsa-state = lost\nike-tries = 4\n"
                  "[failure one]\nagent = ha0\nkind = crash\nat = 42 s\n");
        model_world_free(r.w);
        r.w = model_world_new(r.config, seed, 0, &r.sink.tally.base, &error);
        cr_assert_not_null(r.w);
        names_finish(&r);
        cr_assert_gt(of(&r, "signalling_outages"), 5);
        cr_assert_eq(of(&r, "signalling_outages_unfinished"), 0, "seed %u", seed);
        cr_assert_leq(of(&r, "signalling_outage_p99"), bound, "seed %u", seed);
        cr_assert_eq(of(&r, "registered_at_end"), 40);
        cr_assert_gt(of(&r, "ike_given_up"), 0);
        names_end(&r);
    }
}
