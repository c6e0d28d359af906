/* The queue figure, its average, and the band in which no decision changes; memory
 * that fails; bytes that are no packet. PROTOCOL 3, DESIGN 2.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "ha_harness.h"

#include <stdio.h>

static h_world *agent(mip6_profile profile)
{
    h_world *w = h_new(1, "hybrid", profile);
    h_boot(w);
    return w;
}

Test(proto_ha_load, queue_size_is_a_share_of_the_reference)
{
    const struct { uint32_t packets; uint64_t bytes; uint16_t wire; unsigned qsi; } cases[] = {
        {0, 0, 0, 0},           {1, 100, 655, 1},       {20, 0, 13107, 20},
        {20, 30001, 13107, 21}, {50, 150000, 65535, 100}, {1000, 0, 65535, 100},
        {1, 1500, 655, 1},      {2, 1500, 1310, 2},     {0, 1, 0, 1},
    };
    h_world *w = agent(MIP6_PROFILE_LITERAL);
    cr_assert_eq(mip6_ha_light(w->ha[0]), 13107);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        h_queue(w, 0, cases[i].packets, cases[i].bytes);
        cr_assert_eq(h_figures(w, 0).queue_wire, cases[i].wire, "case %zu", i);
        cr_assert_eq(w->ha[0]->load.qsi, cases[i].qsi, "case %zu: %u", i, w->ha[0]->load.qsi);
    }
    h_free_world(w);
}

Test(proto_ha_load, average_settles_in_tau_and_comes_to_rest)
{
    h_world *w = agent(MIP6_PROFILE_SAFE);
    mip6_band band;
    mip6_ha_queue_band(w->ha[0], &band);
    cr_assert(band.packets_high == 0 && band.bytes_high == 0, "at rest the first packet counts");
    h_queue(w, 0, 100, 1000);
    mip6_ha_queue_band(w->ha[0], &band);
    cr_assert(band.packets_low == 0 && band.packets_high == UINT32_MAX);
    cr_assert_eq(h_figures(w, 0).queue_wire, 0);
    h_wait(w, H_S);
    uint16_t wire = h_figures(w, 0).queue_wire;
    cr_assert(wire > 41000 && wire < 42500, "1 - 1/e: %u", wire);
    h_wait(w, 30 * H_S);
    cr_assert_eq(h_figures(w, 0).queue_wire, 65535);
    h_queue(w, 0, 0, 0);
    h_wait(w, H_S);
    wire = h_figures(w, 0).queue_wire;
    cr_assert(wire > 23000 && wire < 24600, "1/e: %u", wire);
    h_wait(w, 60 * H_S);
    cr_assert_eq(h_figures(w, 0).queue_wire, 0);
    cr_assert_eq(w->ha[0]->load.sample_ns, MIP6_NEVER, "nothing can change: no more samples");
    mip6_ha_queue_band(w->ha[0], &band);
    cr_assert_eq(band.packets_high, 0);
    h_free_world(w);
}

Test(proto_ha_load, count_is_divided_and_saturates)
{
    h_world *w = h_new(1, "hybrid", MIP6_PROFILE_SAFE);
    w->tuning.mn_count_unit = 4;
    h_boot(w);
    for (uint32_t i = 0; i < 11; i++)
        h_register(w, 0, i, 1);
    h_wait(w, H_S);
    cr_assert_eq(mip6_ha_count_wire(w->ha[0]), 2);
    w->ha[0]->mn_count = 1000000;
    cr_assert_eq(mip6_ha_count_wire(w->ha[0]), 65535);
    w->ha[0]->mn_count = 11;
    h_free_world(w);
}

/* ---- The band ---- */

/* What a decision can read of the own queue: its place among all it is compared with. */
static uint64_t place_of(const h_world *w)
{
    const mip6_ha *ha = w->ha[0];
    uint16_t wire = mip6_ha_queue_wire(ha), light = mip6_ha_light(ha);
    uint64_t place = ha->load.qsi * 1000u + (wire > light) * 2u + (wire == light);
    for (uint32_t i = 0; i < ha->n_peers; i++)
        place = place * 3 + (wire > ha->peers[i].queue) * 2u + (wire == ha->peers[i].queue);
    return place;
}

Test(proto_ha_load, band_is_where_nothing_changes)
{
    h_world *w = agent(MIP6_PROFILE_LITERAL);
    w->tuning.reference_packets = 97;
    w->tuning.reference_bytes = 140001;
    h_report(w, 0, 1, 9000, 1);
    h_report(w, 0, 2, 30000, 1);
    for (uint64_t i = 0; i < 4000; i++) {
        uint32_t packets = (uint32_t)(mip6_mix64(i) % 120);
        uint64_t bytes = packets ? mip6_mix64(i + 1) % 200000 : 0;
        mip6_ha_queue_changed(w->ha[0], packets, bytes, w->now);
        mip6_band band;
        mip6_ha_queue_band(w->ha[0], &band);
        cr_assert(packets >= band.packets_low && packets <= band.packets_high);
        cr_assert(bytes >= band.bytes_low && bytes <= band.bytes_high);
        uint64_t place = place_of(w);
        for (uint64_t k = 0; k < 6; k++) {
            /* Corners and points of the box, as far as a queue can be there. */
            uint64_t r = mip6_mix64(i * 31 + k);
            uint64_t ph = band.packets_high < 200 ? band.packets_high : 200;
            uint64_t bh = band.bytes_high < 300000 ? band.bytes_high : 300000;
            uint64_t p = k == 0 ? band.packets_low : k == 1 ? ph
                         : band.packets_low + r % (ph - band.packets_low + 1);
            uint64_t b = k == 0 ? band.bytes_low : k == 1 ? bh
                         : band.bytes_low + (r >> 20) % (bh - band.bytes_low + 1);
            mip6_ha_queue_changed(w->ha[0], (uint32_t)p, b, w->now);
            cr_assert_eq(place_of(w), place, "%lu/%lu for %u/%lu", (unsigned long)p,
                         (unsigned long)b, packets, (unsigned long)bytes);
            mip6_ha_queue_changed(w->ha[0], packets, bytes, w->now);
        }
        /* One more of what is bound from above is another place. */
        if (band.packets_high < 200) {
            mip6_ha_queue_changed(w->ha[0], band.packets_high + 1, bytes, w->now);
            cr_assert_neq(place_of(w), place);
        }
        if (band.bytes_high < 300000) {
            mip6_ha_queue_changed(w->ha[0], packets ? packets : 1, band.bytes_high + 1, w->now);
            cr_assert_neq(place_of(w), place);
        }
    }
    h_free_world(w);
}

/* A walk of the occupancy with registrations and reports in between. */
static void walk(h_world *w, bool always)
{
    uint32_t packets = 0;
    uint64_t bytes = 0, told_packets = 0, told_bytes = 0;
    for (uint64_t i = 0; i < 3000; i++) {
        uint64_t r = mip6_mix64(i);
        h_run(w, w->now + (int64_t)(r % 5 * H_MS) + 1);
        if (packets > 0 && (r >> 8) % 100 < 50) {
            packets--;
            bytes = packets ? bytes - bytes / (packets + 1) : 0;
        } else {
            packets++;
            bytes += 100 + (r >> 16) % 1400;
        }
        mip6_band band;
        mip6_ha_queue_band(w->ha[0], &band);
        bool outside = packets < band.packets_low || packets > band.packets_high ||
                       bytes < band.bytes_low || bytes > band.bytes_high;
        /* And before any other call, where it changed. */
        bool report = r % 97 == 0, enrol = r % 53 == 0, changed = packets != told_packets ||
                                                                  bytes != told_bytes;
        bool timer = mip6_ha_next_expiry(w->ha[0]) <= w->now + 5 * H_MS + 1;
        if (always || outside || (changed && (report || enrol || timer))) {
            h_queue(w, 0, packets, bytes);
            told_packets = packets;
            told_bytes = bytes;
        }
        if (report)
            h_report(w, 0, (uint8_t)(1 + i % 3), (uint16_t)(mip6_mix64(r) % 30000), 5);
        if (enrol)
            h_register(w, 0, (uint32_t)(r % 40), (uint16_t)(i + 1));
    }
}

static h_world *walked(bool always)
{
    h_world *w = h_new(1, "hybrid", MIP6_PROFILE_LITERAL);
    w->tuning.reference_packets = 60;
    w->tuning.reference_bytes = 50000;
    w->tuning.rate_limit = MIP6_RATE_FIXED;
    w->tuning.rate_per_s = 20;      /* above switch-rate-max, which is the adaptive limit's */
    h_boot(w);
    walk(w, always);
    return w;
}

Test(proto_ha_load, reports_on_leaving_the_band_decide_the_same)
{
    h_world *a = walked(true), *b = walked(false);
    size_t decisions = 0, i = 0, k = 0;
    for (;; i++, k++) {
        while (i < a->n_traces && a->traces[i].t.kind != MIP6_TRACE_DECISION)
            i++;
        while (k < b->n_traces && b->traces[k].t.kind != MIP6_TRACE_DECISION)
            k++;
        if (i == a->n_traces || k == b->n_traces)
            break;
        cr_assert_eq(a->traces[i].t.now_ns, b->traces[k].t.now_ns, "decision %zu", decisions);
        cr_assert_arr_eq(&a->traces[i].t.peer, &b->traces[k].t.peer, 16);
        cr_assert_arr_eq(&a->traces[i].t.home, &b->traces[k].t.home, 16);
        cr_assert_eq(a->traces[i].d.branch, b->traces[k].d.branch);
        cr_assert_eq(a->traces[i].d.own_queue, b->traces[k].d.own_queue);
        decisions++;
    }
    cr_assert(i == a->n_traces && k == b->n_traces);
    cr_assert_gt(decisions, 50);
    h_free_world(a);
    h_free_world(b);
}

/* ---- Memory that fails ---- */

/* Everything that allocates, once. */
static void scene(h_world *w)
{
    for (uint8_t who = 1; who <= 20; who++)
        h_report(w, 0, who, 0, 0);
    for (uint32_t i = 1; i <= 300; i++)
        h_register(w, 0, i, 1);
    h_wait(w, 3 * H_S);
    for (uint8_t who = 1; who <= 20; who++)
        h_report(w, 0, who, 0, 0);
    h_queue(w, 0, 60, 60000);
    h_wait(w, H_S);
    for (uint32_t i = 1; i <= 50; i++)
        h_deregister(w, 0, i, 9);
    mip6_lladdr ll = h_ll(9);
    mip6_addr home = h_home(3);
    h_override_na(w, 0, &home, &ll);
    h_queue(w, 0, 0, 0);
    h_wait(w, 30 * H_S);
}

Test(proto_ha_load, any_failed_allocation_leaves_a_working_agent)
{
    unsigned total = 0;
    for (unsigned n = 1; n == 1 || n <= total; n++) {
        h_world *w = h_new(1, "hybrid", MIP6_PROFILE_LITERAL);
        w->tuning.handoff_lifetime_ns = 5 * H_S;
        w->fail_at = n;
        void *storage = malloc(mip6_ha_size());
        w->ha[0] = mip6_ha_init(storage, w->shared, &w->config[0], 0, w->now);
        if (!w->ha[0]) {
            /* Nothing is held, and a second try works. */
            cr_assert_eq(w->held, 0, "allocation %u", n);
            w->ha[0] = mip6_ha_init(storage, w->shared, &w->config[0], 0, w->now);
            cr_assert_not_null(w->ha[0]);
        }
        mip6_ha_start(w->ha[0], w->now);
        h_settle(w);
        scene(w);
        if (n == 1) {
            total = w->allocs;
            cr_assert_gt(total, 10);
        }
        w->fail_at = 0;
        w->n_log = 0;
        h_register(w, 0, 1000, 1);
        h_wait(w, H_S);
        cr_assert_eq(h_last(w, 0, MIP6_MSG_BA)->msg.u.ba.status, 0, "allocation %u", n);
        h_free_world(w);
    }
}

Test(proto_ha_load, without_memory_an_update_changes_nothing)
{
    h_world *w = agent(MIP6_PROFILE_LITERAL);
    w->fail_all = true;
    h_forget(w);
    cr_assert_eq(h_register(w, 0, 1, 1), MIP6_ERR_NOMEM);
    cr_assert_eq(w->n_log, 0);
    cr_assert_eq(w->n_traces, 0);
    cr_assert_eq(h_figures(w, 0).drops[MIP6_DROP_NO_MEMORY], 1);
    mip6_binding_info info;
    cr_assert_not(h_find(w, 0, 1, &info));
    h_report(w, 0, 1, 0, 0);
    cr_assert_eq(h_figures(w, 0).peers, 0);
    w->fail_all = false;
    cr_assert_eq(h_register(w, 0, 1, 1), 0, "the same number is as good as new");
    h_wait(w, H_S);
    h_report(w, 0, 1, 0, 0);
    h_wait(w, H_S);
    w->fail_all = true;
    h_queue(w, 0, 60, 0);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_SWITCH), 0, "no entry, no switch");
    cr_assert_eq(h_figures(w, 0).mn_count, 1);
    w->fail_all = false;
    h_report(w, 0, 1, 0, 0);
    cr_assert_eq(h_count(w, 0, MIP6_MSG_SWITCH), 1);
    h_free_world(w);
}

/* ---- Bytes ---- */

/* Real messages with bytes changed and cut, at an agent in the middle of everything. */
Test(proto_ha_load, no_bytes_bring_it_down)
{
    h_world *w = h_new(2, "hybrid", MIP6_PROFILE_TUNED);
    h_boot(w);
    h_wait(w, 4 * H_S);
    for (uint32_t i = 1; i < 20; i++)
        h_register(w, 0, i, 1);
    h_wait(w, 5 * H_S);
    h_queue(w, 0, 90, 90000);
    h_wait(w, 3 * H_S);
    size_t n = 0;
    h_act *samples = malloc(w->n_log * sizeof *samples);
    for (size_t i = 0; i < w->n_log; i++)
        if (w->log[i].action.kind == MIP6_ACTION_SEND)
            samples[n++] = w->log[i];
    for (uint64_t i = 0; i < 30000; i++) {
        uint64_t r = mip6_mix64(i);
        const h_act *sample = &samples[r % n];
        size_t len = sample->action.len;
        uint8_t *exact = malloc(len);
        memcpy(exact, sample->bytes, len);
        for (unsigned k = 0; k < 1 + (r >> 40 & 3); k++)
            exact[mip6_mix64(r + k) % len] = (uint8_t)mip6_mix64(r - k);
        size_t cut = (r >> 50 & 3) ? len : mip6_mix64(r ^ 5) % len;
        uint8_t *edge = malloc(cut ? cut : 1);
        memcpy(edge, exact, cut);
        h_receive(w, 0, &(mip6_lladdr){{2, 9}}, edge, cut);
        free(edge);
        free(exact);
        if (i % 100 == 0)
            h_wait(w, 10 * H_MS);
        h_forget(w);
    }
    uint64_t dropped = 0;
    for (int i = 0; i < MIP6_N_DROPS; i++)
        dropped += h_figures(w, 0).drops[i];
    cr_assert_gt(dropped, 20000);
    free(samples);
    h_free_world(w);
}

Test(proto_ha_load, sizes)
{
    cr_assert_leq(sizeof(mip6_binding) + sizeof(void *), 144u);
    cr_assert_leq(mip6_ha_size(), 64u * 1024);
}
