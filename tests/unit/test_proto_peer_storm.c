/* A thousand networks that lose, repeat, reorder and part, and members that fall and come back:
 * in bounded time after it heals all hold the same, every message is acknowledged, and nobody
 * ever held what no node asked for.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "effort.h"
#include "peer_harness.h"

enum { SEEDS = 1000, HEALED_S = 12 };

/* The rule of active-standby, in its plainest form: the lowest that lives and is not loading. */
static void elect(p_world *w, int i)
{
    p_member *m = w->m[i];
    mip6_cache_state state = p_cache(w, i, 0);
    bool lower = false;
    for (uint8_t k = 0; k < i; k++)
        lower |= mip6_peers_is_live(m->peers, k) && !(m->said_loading & UINT32_C(1) << k);
    bool alone = state.owner == MIP6_PEER_MAX_MEMBERS && w->now > m->booted_ns + 4 * P_S;
    if (lower && state.owned)
        mip6_peers_disown(m->peers, 0, w->now);
    else if (!lower && !state.owned && !state.loading && (state.complete || alone))
        mip6_peers_own(m->peers, 0, w->now);
}

static void some_updates(p_world *w)
{
    for (int i = 0; i < w->n; i++) {
        if (!w->m[i]->peers)
            continue;
        uint8_t cache = w->elect ? 0 : (uint8_t)i;
        unsigned home = (unsigned)p_below(w, 40);
        if (!w->elect)      /* each node keeps to one agent */
            home = home * (unsigned)w->n + (unsigned)i;
        if (p_chance(w, 300000))
            p_update(w, i, cache, home % P_HOMES, p_chance(w, 300000));
    }
}

static void some_failures(p_world *w)
{
    for (int i = 0; i < w->n; i++) {
        if (p_chance(w, 30000))
            w->side[i] = (uint8_t)p_below(w, 2);
        if (p_chance(w, 10000) && w->m[i]->peers)
            p_crash(w, i);
        else if (p_chance(w, 50000) && !w->m[i]->peers)
            p_boot(w, i);
    }
}

static void step(p_world *w)
{
    for (int i = 0; i < w->n && w->elect; i++)
        if (w->m[i]->peers)
            elect(w, i);
    p_run(w, 100 * P_MS);
}

static void heal(p_world *w)
{
    w->loss_ppm = w->repeat_ppm = 0;
    memset(w->side, 0, sizeof w->side);
    for (int i = 0; i < w->n; i++)
        if (!w->m[i]->peers)
            p_boot(w, i);
}

static void assert_converged(const p_world *w, uint64_t seed)
{
    int owners = 0;
    for (int i = 0; i < w->n; i++) {
        cr_assert_eq(mip6_peers_count(w->m[i]->peers), (unsigned)w->n - 1, "seed %lu", seed);
        cr_assert(mip6_peers_is_idle(w->m[i]->peers), "seed %lu: unacknowledged", seed);
        owners += p_cache(w, i, 0).owned;
        for (uint8_t c = 0; c < (w->elect ? 1 : w->n); c++)
            cr_assert(p_cache(w, i, c).complete, "seed %lu: member %d, cache %d", seed, i, c);
        cr_assert(p_same(w, 0, i), "seed %lu: %d holds something else than 0", seed, i);
    }
    cr_assert_eq(owners, 1, "seed %lu: %d owners of cache 0", seed, owners);
}

static void storm(uint64_t seed, bool with_election)
{
    p_world *w = p_new(2 + (int)(seed % 4), with_election, seed);
    w->jitter_ns = seed % 3 ? 300 * P_MS : 0;
    w->loss_ppm = (uint32_t)p_below(w, 400000);
    w->repeat_ppm = (uint32_t)p_below(w, 200000);
    for (int i = 0; i < w->n; i++) {
        w->m[i]->config.batch_ns = seed / 2 % 2 ? 150 * P_MS : 0;
        w->m[i]->config.window = seed % 5 ? 32 : 2;
    }
    for (int i = 0; i < 200; i++) {
        some_failures(w);
        some_updates(w);
        step(w);
        p_assert_honest(w);
    }
    heal(w);
    for (int i = 0; i < 20; i++) {
        some_updates(w);
        step(w);
    }
    for (int i = 0; i < 10 * HEALED_S; i++)
        step(w);
    p_assert_honest(w);
    assert_converged(w, seed);
    p_free(w);
}

Test(proto_peer_storm, each_owns_its_own)
{
    for (uint64_t seed = 0; seed < effort(SEEDS); seed += 2)
        storm(seed, false);
}

Test(proto_peer_storm, one_owner_of_all)
{
    for (uint64_t seed = 1; seed < effort(SEEDS); seed += 2)
        storm(seed, true);
}
