/* models/network/sites: where packets enter, and what becomes of what a silent router was to get.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/hosts/ha_host.h"
#include "models/network/sites.h"
#include "models/world_parts.h"
#include "world_fixture.h"

enum { FLOWS = 20000 };

#define TEXT(system, more) \
    "[scenario]\nduration = 90 s\nwarm-up = 1 s\n" \
    "[home-agents]\ncount = 3\n[mobile-nodes]\ncount = 4\n[traffic]\nload = 0 %\n" \
    "[system]\nkind = haha\n" system more

static void finish(names_run *r)
{
    names_finish(r);
    names_end(r);
}

static void run_to(names_run *r, int64_t seconds)
{
    cr_assert_eq(sim_engine_run(r->w->engine, seconds * SIM_SECOND_NS), SIM_STOP_END);
}

/* Where each of many flows enters; share[i]: how many at site i. */
static void enter(const names_run *r, uint8_t *at, unsigned share[3])
{
    memset(share, 0, 3 * sizeof *share);
    for (uint32_t flow = 0; flow < FLOWS; flow++) {
        sim_packet *p = sim_packet_new(r->w->net.packets, 40);
        uint8_t *bytes = sim_packet_data(p);
        memset(bytes, 0, 40);
        bytes[0] = 0x60;
        mip6_put32(bytes + 20, flow % 7);
        mip6_put32(bytes + 36, flow / 7);
        uint32_t i = model_sites_entry(r->w, p);
        bytes[7] = 9;               /* the hop limit is not a part of a flow */
        cr_assert_eq(model_sites_entry(r->w, p), i);
        cr_assert_lt(i, r->w->n_sites);
        at[flow] = (uint8_t)i;
        share[i]++;
        sim_packet_unref(r->w->net.packets, p);
    }
}

static void check_share(const unsigned share[3], double a, double b, double c)
{
    const double expected[] = {a, b, c};
    for (unsigned i = 0; i < 3; i++)
        cr_assert_float_eq((double)share[i] / FLOWS, expected[i], 0.02, "site %u: %u", i, share[i]);
}

Test(models_sites, flows_enter_by_entry_share)
{
    names_run r;
    uint8_t at[FLOWS];
    unsigned share[3];
    names_start(&r, TEXT("placement = links\nentry-share = 50 %, 30 %, 20 %\n", ""));
    run_to(&r, 3);
    enter(&r, at, share);
    check_share(share, 0.5, 0.3, 0.2);
    finish(&r);
    names_start(&r, TEXT("placement = links\n", ""));
    run_to(&r, 3);
    enter(&r, at, share);
    check_share(share, 1 / 3.0, 1 / 3.0, 1 / 3.0);
    finish(&r);
}

/* ha1 is dead from 10 s on; its router goes on for as long as its last advertisement said, and
 * after that its flows go to the others by their shares. Theirs stay where they were. */
Test(models_sites, a_silent_router_gives_its_flows_to_the_others)
{
    names_run r;
    uint8_t before[FLOWS], then[FLOWS];
    unsigned share[3];
    names_start(&r, TEXT("placement = links\nentry-share = 50 %, 30 %, 20 %\n",
                   "[failure one]\nagent = ha1\nkind = crash\nat = 10 s\nuntil = 60 s\n"));
    run_to(&r, 9);
    enter(&r, before, share);
    run_to(&r, 14);
    enter(&r, then, share);
    cr_assert_arr_eq(then, before, sizeof then, "it is not known yet");
    run_to(&r, 30);
    enter(&r, then, share);
    check_share(share, 5 / 7.0, 0, 2 / 7.0);
    for (unsigned i = 0; i < FLOWS; i++)
        cr_assert(before[i] == 1 || then[i] == before[i], "flow %u", i);
    run_to(&r, 70);
    enter(&r, then, share);
    cr_assert_arr_eq(then, before, sizeof then, "when it is back, all is as before");
    finish(&r);
}

/* A site an agent, with a link and a router of its own; or one for all. */
Test(models_sites, agents_have_a_site_each_or_share_one)
{
    names_run r;
    names_start(&r, TEXT("placement = links\n", ""));
    cr_assert_eq(r.w->n_sites, 3);
    for (uint32_t i = 0; i < 3; i++) {
        const model_site *site = model_site_of(r.w, i);
        cr_assert_eq(site, &r.w->sites[i]);
        cr_assert(i == 0 || (site->link != r.w->sites[0].link &&
                             site->router != r.w->sites[0].router));
        cr_assert_eq(r.w->agents[i].link, site->link);
    }
    finish(&r);
    names_start(&r, TEXT("", ""));
    uint8_t at[FLOWS];
    unsigned share[3];
    cr_assert_eq(r.w->n_sites, 1);
    cr_assert_eq(model_site_of(r.w, 2), &r.w->sites[0]);
    run_to(&r, 3);
    enter(&r, at, share);
    cr_assert_eq(share[0], FLOWS);
    finish(&r);
}

/* Before any agent was heard all announce: a flow has its place already. */
Test(models_sites, before_anybody_was_heard_flows_have_their_places)
{
    names_run r;
    uint8_t before[FLOWS], then[FLOWS];
    unsigned share[3];
    names_start(&r, TEXT("placement = links\n", ""));
    enter(&r, before, share);
    run_to(&r, 5);
    enter(&r, then, share);
    cr_assert_arr_eq(then, before, sizeof then);
    finish(&r);
}
