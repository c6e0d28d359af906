/* Queue Size as a forwarding rate, and the policy that asks for it: presets of the mechanism's
 * keys, the figure, when the host must report, and the draft's rule on it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "ha_harness.h"

enum { CAPACITY_KBPS = 800, CAPACITY_BYTES = 100000 };  /* the same, a second */

static h_world *agent(uint32_t capacity_kbps)
{
    h_world *w = h_new(1, "forwarding-rate", MIP6_PROFILE_SAFE);
    w->config[0].capacity_kbps = capacity_kbps;
    h_boot(w);
    h_bu bu = {.home = h_home(1), .care_of = h_care_of(1), .sequence = 1, .lifetime_units = 900};
    cr_assert_eq(h_update(w, 0, &bu), 0);
    h_wait(w, H_S);
    h_forget(w);
    return w;
}

/* A packet for the bound node of so many bytes with its outer header; it waits 1 ms in the
 * host's queue. */
static void forward(h_world *w, uint32_t bytes)
{
    uint8_t buffer[64 + 48] = {0};
    mip6_packet p = {.data = buffer + 64, .len = 48, .headroom = 64,
                     .virtual_bytes = bytes - 88};
    mip6_rx rx = {.ifindex = 1};
    mip6_route route;
    mip6_addr cn = h_addr("2001:db8:cc::1"), home = h_home(1);
    mip6_udp_header(p.data, &cn, &home, 1000, 2000, bytes - 88, 64);
    cr_assert_eq(mip6_ha_forward(w->ha[0], &rx, &p, &route, w->now), MIP6_SEND_ON);
    cr_assert_eq(p.len + p.virtual_bytes, bytes);
}

/* So much a second for so long, 200 packets a second. */
static void load(h_world *w, uint32_t bytes_per_s, int64_t ns)
{
    for (int64_t end = w->now + ns; w->now < end;) {
        forward(w, bytes_per_s / 200);
        h_queue(w, 0, 1, bytes_per_s / 200);
        h_wait(w, H_MS);
        h_queue(w, 0, 0, 0);
        h_wait(w, 4 * H_MS);
    }
}

static bool near(uint32_t value, double share)
{
    return value > share * 65535 - 900 && value < share * 65535 + 900;
}

Test(proto_policy_rate, presets_are_defaults_of_the_mechanism)
{
    size_t n;
    const mip6_key *keys = mip6_ha_keys(&n);
    const mip6_policy *rate = mip6_policy_find("forwarding-rate");
    const mip6_policy *hybrid = mip6_policy_find("hybrid");
    unsigned other = 0;
    for (size_t i = 0; i < n; i++)
        for (int p = 0; p < MIP6_N_PROFILES; p++) {
            cr_assert_eq(mip6_ha_key_default(&keys[i], hybrid, (mip6_profile)p),
                         keys[i].by_profile[p]);
            other += mip6_ha_key_default(&keys[i], rate, (mip6_profile)p) != keys[i].by_profile[p];
        }
    cr_assert_eq(other, 6, "the signal and LIGHT, in three profiles: %u", other);
    mip6_ha_tuning t, usual;
    mip6_ha_tuning_under(rate, MIP6_PROFILE_TUNED, &t);
    cr_assert(t.queue_signal == MIP6_SIGNAL_RATE && t.light_ppm == 600000);
    mip6_ha_tuning_under(hybrid, MIP6_PROFILE_TUNED, &t);
    mip6_ha_tuning_defaults(MIP6_PROFILE_TUNED, &usual);
    cr_assert_eq(memcmp(&t, &usual, sizeof t), 0);
}

Test(proto_policy_rate, the_share_of_the_capacity_that_is_forwarded)
{
    h_world *w = agent(CAPACITY_KBPS);
    cr_assert_eq(mip6_ha_light(w->ha[0]), 39321, "60 %%");
    cr_assert_eq(h_figures(w, 0).queue_wire, 0);
    load(w, CAPACITY_BYTES / 2, H_S);
    uint16_t wire = h_figures(w, 0).queue_wire;
    cr_assert(near(wire, 0.5 * (1 - 0.3679)) || near(wire, 0.5 * (1 - 0.3561)), "%u", wire);
    load(w, CAPACITY_BYTES / 2, 9 * H_S);
    cr_assert(near(h_figures(w, 0).queue_wire, 0.5), "%u", h_figures(w, 0).queue_wire);
    cr_assert(w->ha[0]->load.qsi >= 49 && w->ha[0]->load.qsi <= 51);
    load(w, 2 * CAPACITY_BYTES, 5 * H_S);
    cr_assert_eq(h_figures(w, 0).queue_wire, 65535, "more was offered than the capacity");
    h_free_world(w);
}

Test(proto_policy_rate, own_signalling_in_the_queue_is_no_load)
{
    h_world *w = agent(CAPACITY_KBPS);
    h_queue(w, 0, 100, 140000);
    h_wait(w, 5 * H_S);
    cr_assert_eq(h_figures(w, 0).queue_wire, 0);
    h_free_world(w);
}

Test(proto_policy_rate, without_a_capacity_there_is_no_share)
{
    h_world *w = agent(0);
    load(w, 100000, 5 * H_S);
    cr_assert_eq(h_figures(w, 0).queue_wire, 0);
    h_free_world(w);
}

static void band_is(const h_world *w, uint32_t packets_high)
{
    mip6_band band;
    mip6_ha_queue_band(w->ha[0], &band);
    cr_assert_eq(band.packets_low, 0);
    cr_assert_eq(band.packets_high, packets_high);
}

Test(proto_policy_rate, comes_to_rest_and_wakes_with_the_first_packet)
{
    h_world *w = agent(CAPACITY_KBPS);
    band_is(w, 0);
    load(w, CAPACITY_BYTES, 100 * H_MS);
    band_is(w, UINT32_MAX);
    h_wait(w, 60 * H_S);
    cr_assert_eq(h_figures(w, 0).queue_wire, 0);
    cr_assert_eq(w->ha[0]->load.sample_ns, MIP6_NEVER, "nothing can change: no more samples");
    band_is(w, 0);
    forward(w, 1000);
    h_queue(w, 0, 1, 1000);
    cr_assert_eq(w->ha[0]->load.sample_ns, w->now + H_S / 16);
    h_free_world(w);
}

/* The same packets, the queue told at each change or on leaving the band alone. */
static void run(h_world *w, bool always)
{
    uint32_t packets = 0;
    for (uint64_t i = 0; i < 20000; i++) {
        uint64_t r = mip6_mix64(i);
        h_run(w, w->now + (int64_t)(r % 8 * H_MS) + (r % 1000 == 0 ? 20 * H_S : 1));
        bool more = packets == 0 || (r >> 8) % 2;
        if (more)
            forward(w, 100 + (uint32_t)((r >> 16) % 1300));
        packets = r % 1000 == 999 ? 0 : more ? packets + 1 : packets - 1;
        mip6_band band;
        mip6_ha_queue_band(w->ha[0], &band);
        bool outside = packets < band.packets_low || packets > band.packets_high;
        /* And before any other call. */
        bool timer = mip6_ha_next_expiry(w->ha[0]) <= w->now + 30 * H_S;
        if (always || outside || timer)
            h_queue(w, 0, packets, packets * 700);
    }
}

Test(proto_policy_rate, reports_on_leaving_the_band_say_the_same)
{
    h_world *a = agent(CAPACITY_KBPS), *b = agent(CAPACITY_KBPS);
    run(a, true);
    run(b, false);
    size_t said = 0;
    cr_assert_eq(a->n_log, b->n_log);
    for (size_t i = 0; i < a->n_log; i++) {
        if (a->log[i].msg.kind != MIP6_MSG_RA)
            continue;
        cr_assert_eq(a->log[i].at_ns, b->log[i].at_ns);
        cr_assert_eq(a->log[i].msg.u.ra.load_queue, b->log[i].msg.u.ra.load_queue);
        said += a->log[i].msg.u.ra.load_queue > 0;
    }
    cr_assert_gt(said, 20);
    cr_assert_eq(a->ha[0]->load.share, b->ha[0]->load.share);
    h_free_world(a);
    h_free_world(b);
}

/* ---- The rule ---- */

Test(proto_policy_rate, above_light_a_node_goes_to_one_below)
{
    h_world *w = agent(CAPACITY_KBPS);
    h_report(w, 0, 1, 39321, 0);
    h_report(w, 0, 2, 39320, 0);
    load(w, CAPACITY_BYTES * 55 / 100, 20 * H_S);
    for (size_t i = 0; i < w->n_traces; i++)
        cr_assert_neq(w->traces[i].t.kind, MIP6_TRACE_DECISION, "55 %% is not above LIGHT");
    h_report(w, 0, 1, 39321, 0);
    h_report(w, 0, 2, 39320, 0);
    h_forget(w);
    load(w, CAPACITY_BYTES * 70 / 100, 5 * H_S);
    size_t i = 0;
    while (i < w->n_traces && w->traces[i].t.kind != MIP6_TRACE_DECISION)
        i++;
    cr_assert_lt(i, w->n_traces);
    mip6_addr light = h_reporter(2);
    cr_assert_eq(w->traces[i].d.branch, MIP6_BRANCH_QUEUE_LIGHT);
    cr_assert_gt(w->traces[i].d.own_queue, 39321);
    cr_assert(mip6_addr_equal(&w->traces[i].t.peer, &light), "equal to LIGHT is not below");
    h_free_world(w);
}

static uint64_t draw(const mip6_view *view)
{
    (void)view;
    return 0;
}

/* What was sent to an agent since its report counts by that agent's own capacity. */
Test(proto_policy_rate, what_was_sent_is_a_share_of_the_targets_capacity)
{
    const mip6_policy *policy = mip6_policy_find("forwarding-rate");
    int64_t config[32];
    mip6_policy_defaults(policy, MIP6_PROFILE_TUNED, config);
    mip6_peer peer = {.queue = 30000, .has_load = true, .sent_rate = 20000,
                      .capacity_kbps = CAPACITY_KBPS};
    mip6_candidate candidate = {.rate = 1};
    mip6_view view = {.queue = 60000, .light = 39321, .capacity_kbps = CAPACITY_KBPS,
                      .queue_bytes = 91000, .light_bytes = 60000, .queue_tau_ns = H_S,
                      .queue_is_rate = true, .mn_count_unit = 1, .n_peers = 1, .peers = &peer,
                      .n_candidates = 1, .candidates = &candidate, .config = config,
                      .random64 = draw};
    /* 20 % more of it would be 43107. */
    cr_assert_neq(policy->look(&view).branch, MIP6_BRANCH_QUEUE_LIGHT);
    peer.capacity_kbps = 10 * CAPACITY_KBPS;
    cr_assert_eq(policy->look(&view).branch, MIP6_BRANCH_QUEUE_LIGHT);
    view.queue_is_rate = false;
    cr_assert_neq(policy->look(&view).branch, MIP6_BRANCH_QUEUE_LIGHT,
                  "queues have one reference");
}
