/* The acceptance list: faults that the Mobile IPv6 of the INET framework had or has, one
 * test each, named after the fault. Where a test fails, that fault is here now.
 *
 *   first registration's timer is 1.5 s and not 1 s              first_registration_...
 *   no duplicate Binding Update for every registration           a_registration_takes_...
 *   the home agent's DAD really probes, and can fail             home_agent_dad_...
 *   no registration before the care-of address's own DAD         care_of_address_...
 *   no silent loss from the home address during registration     packets_from_the_home_...
 *   no endless loop where a correspondent and an agent bounce    a_packet_does_not_...
 *   DHAAD shuffles equals, for each reply                        discovery_shuffles_...
 *   at most 3 mobility messages a second and peer                three_messages_...
 *   the window of sequence numbers at their wrap-around          sequence_numbers_...
 *   a binding of 420 s at most with a correspondent              a_correspondent_...
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "ha_harness.h"
#include "mn_cn_pair.h"
#include "world_fixture.h"

#include "models/hosts/mn_host.h"
#include "models/world_parts.h"
#include "proto/mn/mn.h"

/* ---- a world that is looked into ---------------------------------------------------- */

static void run_named(const char *text, names_sink *n)
{
    char fp[33];
    names_init(n);
    cr_assert_eq(run_text(text, 1, &n->tally, fp), SIM_STOP_END);
}

/* *config: the world reads it on; free both. */
static model_world *world_from(const char *text, sim_config **config)
{
    char *refused = NULL;
    GError *error = NULL;
    *config = config_from(text, &refused);
    cr_assert_not_null(*config, "%s", refused);
    model_world *w = model_world_new(*config, 1, 0, sim_sink_null(), &error);
    cr_assert_not_null(w, "%s", error ? error->message : "");
    return w;
}

/* ---- first registration's timer is 1.5 s and not 1 s ------------------------------- */

static unsigned updates_sent(mn_world *w)
{
    unsigned n = 0;
    for (const char *at = take(w); (at = strstr(at, " binding-update ")); at++)
        n++;
    return n;
}

/* RFC 6275 sections 11.8 and 12: the agent needs a second for DAD alone. */
Test(acceptance, first_registration_waits_1500_ms_and_not_1000)
{
    mn_world w;
    world_init(&w, 0);
    attach(&w, "coa1");
    feed_dhaad(&w, "ha1", dhaad_id(&w), "ha1");
    cr_assert_eq(updates_sent(&w), 1);
    advance(&w, 1500 * MS - 1);
    cr_assert_eq(updates_sent(&w), 0, "sent again before 1.5 s");
    advance(&w, 1500 * MS);
    cr_assert_eq(updates_sent(&w), 1, "not sent again at 1.5 s");
    /* The next ones double it; where there is a binding, 1 s is right. */
    advance(&w, 4500 * MS - 1);
    cr_assert_eq(updates_sent(&w), 0);
    accept_bu(&w, "ha1");
    advance(&w, 61500 * MS);
    cr_assert_eq(updates_sent(&w), 1, "the refresh, half of 120 s after the update at 1.5 s");
    advance(&w, 62500 * MS);
    cr_assert_eq(updates_sent(&w), 1);
    world_free_all(&w);
    sim_config *config;
    model_world *world = world_from("[scenario]\nduration = 30 s\n", &config);
    cr_assert_eq(world->mn_config.first_timeout_ns, 1500 * MS, "default of a scenario");
    cr_assert_eq(world->mn_config.initial_timeout_ns, SEC);
    model_world_free(world);
    sim_scenario_free(config);
}

/* ---- no duplicate Binding Update for every registration ---------------------------- */

/* Twelve nodes register, refresh after 60 s, and do nothing else. */
Test(acceptance, a_registration_takes_one_update_and_one_answer)
{
    static const char *const text =
        "[scenario]\nduration = %d s\n[home-agents]\ncount = 3\n[mobile-nodes]\ncount = 12\n"
        "[mobility]\nmodel = static\n[traffic]\nmodel = cbr\nrate = 120 kbit/s\n"
        "direction = both\n";
    for (unsigned rounds = 1; rounds <= 2; rounds++) {
        names_sink n;
        g_autofree char *one = g_strdup_printf(text, rounds == 1 ? 40 : 90);
        run_named(one, &n);
        cr_assert_eq(tally_metric_of(&n.tally, "registered_at_end"), 12);
        cr_assert_eq(packets_of(n.sent, "dhaad-request"), 12);
        cr_assert_eq(packets_of(n.sent, "dhaad-reply"), 12);
        cr_assert_eq(packets_of(n.sent, "binding-update"), 12 * rounds, "%zu",
                     packets_of(n.sent, "binding-update"));
        cr_assert_eq(packets_of(n.sent, "binding-acknowledgement"), 12 * rounds);
        names_clear(&n);
    }
}

/* Nor for a movement, nor where the host says twice that it is attached. */
Test(acceptance, a_movement_takes_one_update)
{
    mn_world w;
    world_init(&w, 0);
    bootstrap(&w);
    for (int i = 0; i < 10; i++) {
        advance(&w, w.now_ns + 2 * SEC);
        attach(&w, i % 2 ? "coa1" : "coa2");
        attach(&w, i % 2 ? "coa1" : "coa2");
        cr_assert_eq(updates_sent(&w), 1);
        advance(&w, w.now_ns + 20 * MS);
        accept_bu(&w, "ha1");
        cr_assert_eq(updates_sent(&w), 0);
    }
    world_free_all(&w);
}

/* ---- the home agent's DAD really probes, and can fail ------------------------------ */

/* RFC 4862 section 5.4.2: from the unspecified address to the group of the address, which the
 * agent has joined before, or it would hear no answer. */
static void must_have_probed(const h_world *w, const mip6_addr *home)
{
    mip6_addr group = mip6_addr_solicited_node(home);
    const h_act *probe = h_last(w, 0, MIP6_MSG_NS);
    cr_assert(mip6_addr_is_unspecified(&probe->h.src));
    cr_assert(mip6_addr_equal(&probe->h.dst, &group));
    cr_assert(mip6_addr_equal(&probe->msg.u.nd.target, home));
    cr_assert_eq(probe->h.hop_limit, 255);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_NS), 1);
    cr_assert_geq(h_actions(w, 0, MIP6_ACTION_JOIN, &group), 1);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_BA), 0, "answered before DAD was over");
    cr_assert_eq(h_count(w, 0, MIP6_MSG_NA), 0, "proxied before DAD was over");
}

static void must_have_failed(const h_world *w, uint32_t n)
{
    mip6_binding_info info;
    cr_assert_eq(h_last(w, 0, MIP6_MSG_BA)->msg.u.ba.status, MIP6_STATUS_DAD_FAILED);
    cr_assert_eq(h_last(w, 0, MIP6_MSG_BA)->at_ns, w->now, "not at the defence itself");
    cr_assert_not(h_find(w, 0, n, &info));
    cr_assert_eq(h_count(w, 0, MIP6_MSG_NA), 0, "proxies what is somebody else's");
}

enum { NOBODY, A_DEFENDER, ANOTHER_PROBE, AN_AGENT_WITH_A_BINDING };

static void home_dad(int who)
{
    const mip6_lladdr stranger = {{2, 0, 0, 0, 7, 7}};
    h_world *w = h_new(2, "static-dhaad", MIP6_PROFILE_SAFE);
    mip6_addr home = h_home(1);
    mip6_binding_info info;
    h_boot(w);
    h_wait(w, 10 * H_S);
    if (who == AN_AGENT_WITH_A_BINDING)
        h_bound(w, 1, 1);
    h_forget(w);
    w->cut = true;      /* so that what the agent hears is heard half a second later */
    cr_assert_eq(h_register(w, 0, 1, 2), 0);
    must_have_probed(w, &home);
    h_wait(w, H_S / 2);
    must_have_probed(w, &home);
    w->cut = false;
    switch (who) {
    case A_DEFENDER: h_override_na(w, 0, &home, &stranger); break;
    case ANOTHER_PROBE: h_probe(w, 0, &home, &stranger); break;
    case AN_AGENT_WITH_A_BINDING: h_probe(w, 1, &home, &w->config[0].lladdr); break;
    default:
        h_wait(w, H_S / 2 - 1);
        must_have_probed(w, &home);
        h_wait(w, 1);
        cr_assert_eq(h_last(w, 0, MIP6_MSG_BA)->msg.u.ba.status, MIP6_STATUS_ACCEPTED);
        cr_assert(h_find(w, 0, 1, &info));
        h_free_world(w);
        return;
    }
    must_have_failed(w, 1);
    h_wait(w, 5 * H_S);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_BA), 1, "two answers");
    h_free_world(w);
}

Test(acceptance, home_agent_dad_probes_and_can_fail)
{
    home_dad(NOBODY);
    home_dad(A_DEFENDER);
    home_dad(ANOTHER_PROBE);
    home_dad(AN_AGENT_WITH_A_BINDING);
}

/* In a whole world, where the probe crosses the link and is answered there: an agent fails and
 * comes back while its node has gone to the other, and so on; here, with the old agent's binding
 * alive, the new one's DAD must fail for every node that is moved at once. */
Test(acceptance, home_agent_dad_fails_in_a_whole_world)
{
    names_sink n;
    run_named("[scenario]\nduration = 40 s\n[home-agents]\ncount = 3\n[mobile-nodes]\n"
              "count = 20\n[mobility]\nmodel = static\n[traffic]\nmodel = cbr\nload = 0 %\n"
              "[policy]\nname = hybrid\nprofile = literal\n", &n);
    cr_assert_gt(tally_metric_of(&n.tally, "failed_registrations_134"), 0);
    cr_assert_gt(packets_of(n.sent, "neighbour-solicitation"), 20);
    cr_assert_eq(tally_metric_of(&n.tally, "moves"), 0);
    names_clear(&n);
}

/* ---- no registration before the care-of address's own DAD -------------------------- */

/* One node that moves often, looked at each millisecond: which care-of address its library has,
 * and when it sends Binding Updates. */
typedef struct watch {
    uint32_t cell;
    int64_t entered_ns;
    uint16_t sequence;
    unsigned registered, left_early;
} watch;

static void look(watch *v, const model_world *w, int64_t now, int64_t usable_ns)
{
    const model_mn_host *h = &w->nodes[0];
    mip6_mn_figures f;
    mip6_mn_get_figures(model_mn_of(h), &f);
    if (h->cell != v->cell) {
        v->left_early += v->entered_ns != 0 && now - v->entered_ns < usable_ns;
        v->cell = h->cell;
        v->entered_ns = now;
    }
    mip6_addr prefix = model_access_prefix(v->cell);
    bool has = mip6_addr_same_prefix(&f.care_of, &prefix, 64) &&
               h->attachment == MODEL_ATTACHED;
    /* Looked at a millisecond late, at either end. */
    cr_assert(!has || now - v->entered_ns >= usable_ns - MS,
              "at %" PRId64 " ms: %" PRId64 " ms in the cell, and the address is in use",
              now / MS, (now - v->entered_ns) / MS);
    cr_assert(has || now - v->entered_ns <= usable_ns + MS || !h->started);
    if (f.sequence != v->sequence) {
        cr_assert(has, "a Binding Update without a tested address");
        v->registered++;
    }
    v->sequence = f.sequence;
}

static watch watched(bool dad)
{
    g_autofree char *text = g_strdup_printf(
        "[scenario]\nduration = 200 s\n[mobile-nodes]\ncount = 1\nstart = 10 s\n"
        "start-window = 1 ms\n[access]\ndad = %s\ndad-timeout = 700 ms\nl2-delay = 50 ms\n"
        "movement-detection = 100 ms\n[mobility]\nmodel = exponential-sojourn\n"
        "mean-sojourn = 3 s\n", dad ? "on" : "off");
    sim_config *config;
    model_world *w = world_from(text, &config);
    watch v = {.cell = UINT32_MAX};
    int64_t usable_ns = (dad ? 850 : 150) * MS;
    for (int64_t now = 10 * SEC + MS; now < 200 * SEC; now += MS) {
        cr_assert_eq(sim_engine_run(model_world_engine(w), now), SIM_STOP_END);
        look(&v, w, now, usable_ns);
    }
    model_world_free(w);
    sim_scenario_free(config);
    return v;
}

Test(acceptance, care_of_address_is_not_registered_before_its_own_dad)
{
    watch on = watched(true), off = watched(false);
    cr_assert_gt(on.registered, 20);
    cr_assert_gt(on.left_early, 5, "no cell was left while DAD ran");
    cr_assert_gt(off.registered, on.registered);
}

/* ---- no silent loss from the home address during registration ---------------------- */

typedef struct uplink {
    unsigned went, lost;
} uplink;

/* The application sends one packet from the home address; what becomes of it is said. */
static void say(mn_world *w, uplink *u, const char *outer)
{
    uint8_t buf[64 + 48];
    mip6_addr cn = named("cn"), home = named("home");
    mip6_packet packet = {.data = buf + 64, .len = 48, .headroom = 64, .virtual_bytes = 100};
    mip6_route route;
    uint64_t before = mip6_shared_mn_drops(w->shared)[MIP6_DROP_UNREGISTERED];
    mip6_udp_header(packet.data, &home, &cn, 1, 2, 100, 64);
    mip6_verdict v = mip6_mn_output(w->mn, &packet, &route, w->now_ns);
    if (outer) {
        mip6_addr src = named(outer);
        cr_assert_eq(v, MIP6_SEND_ON, "lost where there is a binding");
        cr_assert(route.tunnelled);
        cr_assert_eq(memcmp(packet.data + 8, src.b, 16), 0, "outer source");
        u->went++;
        return;
    }
    cr_assert_eq(v, MIP6_DROP);
    cr_assert_eq(route.cause, MIP6_DROP_UNREGISTERED);
    cr_assert_eq(mip6_shared_mn_drops(w->shared)[MIP6_DROP_UNREGISTERED], before + 1,
                 "not counted");
    u->lost++;
}

static void say_through_a_registration(void)
{
    mn_world w;
    uplink u = {0};
    world_init(&w, 0);
    attach(&w, "coa1");
    say(&w, &u, NULL);                              /* discovery */
    feed_dhaad(&w, "ha1", dhaad_id(&w), "ha1 ha2");
    say(&w, &u, NULL);                              /* the update is out */
    advance(&w, 2 * SEC);
    say(&w, &u, NULL);                              /* ... twice */
    accept_bu(&w, "ha1");
    say(&w, &u, "coa1");
    advance(&w, 62 * SEC);
    say(&w, &u, "coa1");                            /* the refresh is out */
    attach(&w, "coa2");
    say(&w, &u, "coa2");                            /* moved, the update is out */
    accept_bu(&w, "ha1");
    cr_assert_eq(u.went + u.lost, 6);
    world_free_all(&w);
}

/* In a world: applications send from the first moment, so those packets have no binding yet.
 * Every packet is delivered, on its way, or a loss with its name. */
Test(acceptance, packets_from_the_home_address_are_not_lost_silently)
{
    say_through_a_registration();
    names_sink n;
    run_named("[scenario]\nduration = 30 s\n[home-agents]\ncount = 2\n[mobile-nodes]\n"
              "count = 10\nstart = 10 s\nstart-window = 1 s\n[mobility]\nmodel = static\n"
              "[traffic]\nmodel = cbr\nnode-rate = 160 kbit/s\npacket-size = 1000 B\n"
              "direction = up\nphase = random\n", &n);
    double sent = tally_metric_of(&n.tally, "sent_packets");
    double lost = tally_metric_of(&n.tally, "lost_packets");
    cr_assert_float_eq(sent, 10 * 20 * 30, 10, "20 packets a second for 30 s: %g", sent);
    cr_assert_eq(sent, tally_metric_of(&n.tally, "delivered_packets") + lost +
                           tally_metric_of(&n.tally, "in_flight_packets"));
    size_t no_link = packets_of(n.lost, "no-link");
    size_t unregistered = packets_of(n.lost, "unregistered");
    cr_assert_eq(lost, (double)(no_link + unregistered));
    cr_assert_eq(lost, (double)n.tally.application_lost);
    /* 10 to 11 s without a link, then DHAAD and 1 s of DAD. */
    cr_assert_geq(no_link, 10 * 200);
    cr_assert(unregistered > 10 * 20 && unregistered < 10 * 30, "%zu", unregistered);
    names_clear(&n);
}

/* ---- no endless loop where a correspondent and an agent bounce a packet ------------ */

static mip6_verdict pass_on(h_world *w, int agent, uint8_t *header, mip6_route *route)
{
    uint8_t buf[64 + 48];
    memcpy(buf + 64, header, 48);
    mip6_packet packet = {.data = buf + 64, .len = 48, .headroom = 64, .virtual_bytes = 100};
    mip6_rx rx = {.ifindex = 1, .virtual_bytes = 100};
    mip6_verdict v = mip6_ha_forward(w->ha[agent], &rx, &packet, route, w->now);
    memcpy(header, packet.data, 48);
    h_settle(w);
    return v;
}

/* Two agents, each sure that the address went to the other. */
static void bounce_between_agents(uint8_t hop_limit)
{
    h_world *w = h_new(2, "static-dhaad", MIP6_PROFILE_SAFE);
    mip6_addr home = h_home(1), cn = h_addr("2001:db8:9::1");
    mip6_verdict v;
    mip6_route route = {0};
    uint8_t header[48];
    unsigned hops = 0;
    h_boot(w);
    h_wait(w, 10 * H_S);
    for (int i = 0; i < 2; i++) {       /* each had it, and hears that the other has it now */
        h_bound(w, i, 1);
        h_deregister(w, i, 1, 2);
        h_override_na(w, i, &home, &w->config[1 - i].lladdr);
    }
    h_forget(w);
    mip6_udp_header(header, &cn, &home, 1, 2, 100, hop_limit);
    while ((v = pass_on(w, (int)(hops % 2), header, &route)) == MIP6_RELAY) {
        hops++;
        cr_assert_eq(header[7], hop_limit - hops, "a relay takes a hop");
    }
    cr_assert_eq(v, MIP6_DROP);
    cr_assert_eq(route.cause, MIP6_DROP_HOP_LIMIT, "%s", mip6_drop_name(route.cause));
    cr_assert_eq(hops, hop_limit - 1u);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_ICMP_ERROR) + h_count(w, 1, MIP6_MSG_ICMP_ERROR), 1,
                 "the correspondent is told once");
    h_free_world(w);
}

/* An agent that has no binding sends nothing back to the router that it came from. */
static void nothing_goes_back(void)
{
    h_world *w = h_new(1, "static-dhaad", MIP6_PROFILE_SAFE);
    mip6_addr home = h_home(1), cn = h_addr("2001:db8:9::1");
    mip6_route route = {0};
    uint8_t header[48];
    h_boot(w);
    mip6_udp_header(header, &cn, &home, 1, 2, 100, 64);
    cr_assert_eq(pass_on(w, 0, header, &route), MIP6_DROP);
    cr_assert_eq(route.cause, MIP6_DROP_NO_BINDING);
    h_bound(w, 0, 1);
    mip6_udp_header(header, &cn, &home, 1, 2, 100, 64);
    cr_assert_eq(pass_on(w, 0, header, &route), MIP6_SEND_ON);
    cr_assert(route.tunnelled);
    h_deregister(w, 0, 1, 2);
    mip6_udp_header(header, &cn, &home, 1, 2, 100, 64);
    cr_assert_eq(pass_on(w, 0, header, &route), MIP6_DROP);
    cr_assert_eq(route.cause, MIP6_DROP_NO_BINDING);
    h_free_world(w);
}

Test(acceptance, a_packet_does_not_bounce_for_ever)
{
    bounce_between_agents(64);
    bounce_between_agents(255);
    nothing_goes_back();
    /* An agent loses its bindings, and the router's cache still names it: what correspondents
     * send is lost there, once, under its name. */
    names_sink n;
    run_named("[scenario]\nduration = 40 s\nwarm-up = 20 s\n[home-agents]\ncount = 1\n"
              "[home-agent ha0]\nfail = 15 s\nrecover = 16 s\n[mobile-nodes]\ncount = 5\n"
              "[mobility]\nmodel = static\n[home-link]\nreachable-time = 1 h\n"
              "[traffic]\nmodel = cbr\nnode-rate = 80 kbit/s\npacket-size = 1000 B\n", &n);
    cr_assert_eq(packets_of(n.lost, "hop-limit"), 0);
    cr_assert_float_eq((double)packets_of(n.lost, "no-binding"), 5 * 10 * 24, 10, "%zu",
                       packets_of(n.lost, "no-binding"));
    names_clear(&n);
}

/* ---- DHAAD shuffles equals, for each reply ----------------------------------------- */

enum { AGENTS = 4, REPLIES = 1200 };

/* Which agent stands at which place, as a number in base AGENTS. */
static unsigned discover(h_world *w, uint16_t id, int order[AGENTS])
{
    mip6_header h = {.src = h_care_of(1), .dst = w->config[0].global};
    mip6_message msg = {.kind = MIP6_MSG_DHAAD_REQUEST};
    unsigned number = 0;
    msg.u.dhaad.id = id;
    h_forget(w);
    cr_assert_eq(h_send(w, 0, NULL, &h, &msg), 0);
    const h_act *reply = h_last(w, 0, MIP6_MSG_DHAAD_REPLY);
    cr_assert_eq(reply->msg.u.dhaad.id, id);
    cr_assert_eq(reply->msg.u.dhaad.n, AGENTS);
    for (int place = 0; place < AGENTS; place++) {
        mip6_addr a = reply->msg.u.dhaad.addresses[place];
        order[place] = -1;
        for (int i = 0; i < AGENTS; i++)
            if (mip6_addr_equal(&a, &w->config[i].global))
                order[place] = i;
        cr_assert_geq(order[place], 0);
        number = number * AGENTS + (unsigned)order[place];
    }
    return number;
}

/* RFC 6275 section 10.5.1. One node asks again and again. */
Test(acceptance, discovery_shuffles_equals_for_each_reply)
{
    h_world *w = h_new(AGENTS, "static-dhaad", MIP6_PROFILE_SAFE);
    unsigned at[AGENTS][AGENTS] = {{0}}, same = 0, last = UINT_MAX;
    w->config[3].preference = 9;    /* no equal of the others: always first */
    h_boot(w);
    h_wait(w, 10 * H_S);
    for (uint16_t id = 1; id <= REPLIES; id++) {
        int order[AGENTS];
        unsigned number = discover(w, id, order);
        same += number == last;
        last = number;
        for (int place = 0; place < AGENTS; place++)
            at[order[place]][place]++;
        if (id % 3 == 0)
            h_wait(w, 1100 * H_MS);
    }
    cr_assert_eq(at[3][0], REPLIES);
    /* A third of the replies each, within five standard deviations. */
    for (int i = 0; i < 3; i++)
        for (int place = 1; place < AGENTS; place++)
            cr_assert(at[i][place] > 400 - 82 && at[i][place] < 400 + 82,
                      "agent %d at %d: %u of %d", i, place, at[i][place], REPLIES);
    /* The next reply has the same order in one of six cases. */
    cr_assert(same > 200 - 65 && same < 200 + 65, "%u", same);
    h_free_world(w);
}

/* ---- at most 3 mobility messages a second and peer --------------------------------- */

/* When the last three of a kind went to a peer. */
typedef struct sent_to {
    mip6_message_kind kind;
    mip6_addr peer;
    int64_t at_ns[3];
    unsigned n;
} sent_to;

/* RFC 6275 section 11.8; PROTOCOL 2. */
static void must_be_allowed(GArray *log, mip6_message_kind kind, const mip6_addr *peer,
                            int64_t now_ns)
{
    sent_to *s = NULL;
    for (guint i = 0; i < log->len && !s; i++) {
        sent_to *one = &g_array_index(log, sent_to, i);
        s = one->kind == kind && mip6_addr_equal(&one->peer, peer) ? one : NULL;
    }
    if (!s) {
        g_array_append_val(log, ((sent_to){.kind = kind, .peer = *peer}));
        s = &g_array_index(log, sent_to, log->len - 1);
    }
    cr_assert(s->n < 3 || now_ns - s->at_ns[s->n % 3] >= SEC,
              "a fourth %s to %s within one second, at %" PRId64 " ms",
              mip6_message_name(kind), name_of(peer), now_ns / MS);
    s->at_ns[s->n++ % 3] = now_ns;
}

/* What the node has sent since last asked. */
static void check_node(mn_world *w, unsigned *seen, GArray *log)
{
    cr_assert_leq(w->n_sent - *seen, 16);
    for (; *seen != w->n_sent; ++*seen) {
        const uint8_t *pkt = w->sent[*seen % 16];
        size_t len = w->sent_len[*seen % 16];
        mip6_header h;
        if (pkt[6] == MIP6_NH_IPV6) {
            pkt += 40;
            len -= 40;
        }
        mip6_message_kind kind = kind_of(pkt, len, &h);
        must_be_allowed(log, kind, &h.dst, w->now_ns);
    }
}

/* Whatever an agent or the network may do, at any moment. */
static void stir(mn_world *w, GRand *r)
{
    static const char *const agents[] = {"ha1", "ha2", "ha3"};
    static const uint8_t statuses[] = {0, 0, 0, 129, 130, 133, 134, 135};
    const char *agent = agents[g_rand_int_range(r, 0, 3)];
    uint16_t sequence = figures(w).sequence;
    switch (g_rand_int_range(r, 0, 6)) {
    case 0: attach(w, g_rand_boolean(r) ? "coa1" : "coa2"); break;
    case 1: feed_dhaad(w, agent, dhaad_id(w), "ha1 ha2 ha3"); break;
    case 2: feed_dhaad(w, agent, 0, agents[g_rand_int_range(r, 0, 3)]); break;
    case 3:
        mip6_mn_detached(w->mn, w->now_ns);
        attach(w, g_rand_boolean(r) ? "coa1" : "coa2");
        break;
    default:
        feed_ba(w, agent, statuses[g_rand_int_range(r, 0, 8)],
                (uint16_t)(sequence + g_rand_int_range(r, 0, 2)), 120);
    }
}

static void hurried_node(guint32 seed, int handover, int longest_ms)
{
    GRand *r = g_rand_new_with_seed(seed);
    GArray *log = g_array_new(FALSE, FALSE, sizeof(sent_to));
    mn_world w;
    unsigned seen = 0;
    world_init(&w, 0);
    w.traces = false;
    w.config.handover = handover;
    attach(&w, "coa1");
    for (w.now_ns = 1; w.now_ns < 60 * SEC;) {
        stir(&w, r);
        check_node(&w, &seen, log);
        int64_t to_ns = w.now_ns + g_rand_int_range(r, 1, longest_ms) * MS;
        while (mip6_mn_next_expiry(w.mn) <= to_ns) {
            advance(&w, MAX(mip6_mn_next_expiry(w.mn), w.now_ns));
            check_node(&w, &seen, log);
        }
        w.now_ns = to_ns;
        take(&w);
    }
    cr_assert_gt(w.n_sent, 60, "a node that hardly sends shows nothing");
    world_free_all(&w);
    g_array_unref(log);
    g_rand_free(r);
}

/* An agent that is asked a hundred times a second, with numbers right and wrong, by one node. */
static void flooded_agent(void)
{
    GArray *log = g_array_new(FALSE, FALSE, sizeof(sent_to));
    h_world *w = h_new(2, "static-dhaad", MIP6_PROFILE_SAFE);
    h_boot(w);
    h_wait(w, 10 * H_S);
    h_forget(w);
    for (uint16_t i = 1; i < 1000; i++) {
        h_bu b = {.home = h_home(1), .care_of = h_care_of(i % 7 == 0 ? 2 : 1),
                  .sequence = i % 3 == 0 ? (uint16_t)(i - 2) : i,
                  .lifetime_units = i % 11 == 0 ? 0 : 30, .not_home = i % 13 == 0};
        mip6_header h = {.src = h_care_of(1), .dst = w->config[0].global};
        mip6_message msg = {.kind = MIP6_MSG_DHAAD_REQUEST};
        msg.u.dhaad.id = i;
        h_update(w, 0, &b);
        h_send(w, 0, NULL, &h, &msg);
        h_wait(w, 10 * H_MS);
    }
    for (size_t i = 0; i < w->n_log; i++) {
        const h_act *a = &w->log[i];
        if (a->action.kind != MIP6_ACTION_SEND || a->from != 0)
            continue;
        if (a->action.message == MIP6_MSG_BA)       /* the peer is the node, not where it is */
            must_be_allowed(log, MIP6_MSG_BA, mip6_header_destination(&a->h), a->at_ns);
        else if (a->action.message == MIP6_MSG_DHAAD_REPLY)
            must_be_allowed(log, MIP6_MSG_DHAAD_REPLY, &a->h.dst, a->at_ns);
    }
    cr_assert_geq(h_count(w, 0, MIP6_MSG_BA), 20);
    cr_assert_geq(h_count(w, 0, MIP6_MSG_DHAAD_REPLY), 25);
    h_free_world(w);
    g_array_unref(log);
}

/* Return routability with a correspondent of which half the answers are lost, on the move. */
static void hurried_optimisation(void)
{
    start(true);
    p.agent_answers = true;
    p.rand = g_rand_new_with_seed(5);
    p.loss_percent = 50;
    for (int i = 0; i < 600; i++) {
        bool routed;
        p.w.now_ns += 50 * MS;
        attach(&p.w, i % 4 < 2 ? "coa1" : "coa2");
        pump();                         /* checks the rate of each kind: check_rate */
        data_down(&routed);
        run(p.w.now_ns + 50 * MS);
        take(&p.w);
    }
    g_rand_free(p.rand);
    p.rand = NULL;
    teardown();
}

Test(acceptance, three_messages_a_second_and_peer_at_most)
{
    for (guint32 seed = 1; seed <= 10; seed++)
        for (int handover = MIP6_HANDOVER_REGISTER; handover <= MIP6_HANDOVER_YIELD; handover++)
            hurried_node(seed, handover, seed % 2 ? 30 : 200);
    flooded_agent();
    hurried_optimisation();
}

/* ---- the window of sequence numbers at their wrap-around --------------------------- */

/* RFC 6275 section 9.5.1: out of the window are the last number and the 32768 before it. */
static void agent_window(void)
{
    static const uint16_t last[] = {0, 1, 100, 32767, 32768, 65534, 65535};
    static const struct { uint16_t step; bool good; } steps[] = {
        {0, false}, {1, true}, {2, true}, {32766, true}, {32767, true}, {32768, false},
        {32769, false}, {65534, false}, {65535, false}};
    h_world *w = h_new(1, "static-dhaad", MIP6_PROFILE_SAFE);
    uint32_t node = 0;
    w->config[0].dad = false;
    h_boot(w);
    for (size_t i = 0; i < G_N_ELEMENTS(last); i++)
        for (size_t k = 0; k < G_N_ELEMENTS(steps); k++) {
            uint16_t next = (uint16_t)(last[i] + steps[k].step);
            h_register(w, 0, ++node, last[i]);
            h_forget(w);
            h_register(w, 0, node, next);
            const mip6_ba *ba = &h_last(w, 0, MIP6_MSG_BA)->msg.u.ba;
            cr_assert_eq(ba->status, steps[k].good ? 0 : MIP6_STATUS_SEQUENCE, "%u after %u",
                         next, last[i]);
            cr_assert_eq(ba->sequence, steps[k].good ? next : last[i],
                         "135 tells the last number");
        }
    h_free_world(w);
}

/* A node's counter runs over 65535: its refreshes go on, and answers to either side of the wrap
 * count while they are outstanding. */
static void node_wraps(void)
{
    mn_world w;
    world_init(&w, 0);
    bootstrap(&w);
    w.mn->sequence = 65533;
    w.traces = false;
    advance(&w, 60 * SEC);
    cr_assert_eq(figures(&w).sequence, 65534);
    accept_bu(&w, "ha1");
    advance(&w, 121 * SEC);     /* 65535, and 0 a second later */
    cr_assert_eq(figures(&w).sequence, 0);
    cr_assert_eq(feed_ba(&w, "ha1", 0, 65534, 120), MIP6_ERR_IGNORED);
    cr_assert_eq(feed_ba(&w, "ha1", 0, 1, 120), MIP6_ERR_IGNORED);
    cr_assert_eq(feed_ba(&w, "ha1", 0, 65535, 120), 0, "the first of the two");
    cr_assert_eq(figures(&w).expires_ns, 240 * SEC);
    advance(&w, 180 * SEC);
    cr_assert_eq(figures(&w).sequence, 1);
    cr_assert_eq(feed_ba(&w, "ha1", MIP6_STATUS_SEQUENCE, 65530, 0), 0);
    cr_assert_eq(figures(&w).sequence, 2, "never back over the wrap");
    world_free_all(&w);
}

/* Node and correspondent, over the wrap and on. */
static void correspondent_wraps(void)
{
    static const uint16_t numbers[] = {20000, 40000, 60000, 65534, 65535, 0, 1, 2};
    start(true);
    p.agent_answers = true;
    optimise();
    pump();
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) {
        bool routed;
        p.w.mn->ro->sequence = (uint16_t)(numbers[i] - 1);
        run(p.w.now_ns + 5 * SEC);
        attach(&p.w, i % 2 ? "coa1" : "coa2");
        pump();
        run(p.w.now_ns + SEC);
        cr_assert_eq(p.w.mn->ro->sequence, numbers[i], "sent again, or refused");
        cr_assert(data_up(&routed) && routed, "#%u was not accepted", numbers[i]);
    }
    cr_assert_eq(mip6_cn_drops(p.cn)[MIP6_DROP_STALE_SEQUENCE], 0);
    teardown();
}

Test(acceptance, sequence_numbers_wrap_around)
{
    agent_window();
    node_wraps();
    correspondent_wraps();
}

/* ---- a binding of 420 s at most with a correspondent ------------------------------- */

/* MAX_RR_BINDING_LIFETIME: whatever the node asks for, and both ends keep to it. */
Test(acceptance, a_correspondent_keeps_a_binding_for_420_s_at_most)
{
    bool routed;
    start(true);
    p.w.config.lifetime_s = 4000;
    p.w.config.ro_lifetime_s = 4000;
    p.agent_answers = true;
    attach(&p.w, "coa2");       /* registered anew, for 4000 s */
    feed_ba(&p.w, "ha1", 0, figures(&p.w).sequence, 4000);
    pump();
    run(10 * SEC);
    optimise();
    int64_t since_ns = p.w.now_ns;
    cr_assert_gt(figures(&p.w).expires_ns, since_ns + 3900 * SEC);
    p.lost = UINT32_MAX;        /* from now on nothing renews it */
    run(since_ns + 409 * SEC);  /* a second before the node looks for a new one */
    cr_assert(data_up(&routed) && routed);
    run(since_ns + 419 * SEC);
    cr_assert_eq(mip6_cn_bindings(p.cn), 1);
    run(since_ns + 420 * SEC);
    cr_assert_eq(mip6_cn_bindings(p.cn), 0, "the correspondent keeps it longer");
    data_up(&routed);
    cr_assert_not(routed, "the node uses it longer");
    cr_assert(data_down(&routed));
    cr_assert_not(routed);
    teardown();
    sim_config *config;
    model_world *w = world_from("[scenario]\nduration = 30 s\n", &config);
    cr_assert_eq(w->mn_config.ro_lifetime_s, 420, "default of a scenario");
    model_world_free(w);
    sim_scenario_free(config);
}
