/* Members of an active-standby system, one group, on a network that delays, loses and parts. Each
 * has its home agent, its election and its end of the control plane.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef TESTS_AS_NET_H
#define TESTS_AS_NET_H

#include "mip6_active_standby.h"

#include "ha_harness.h"

enum { AS_FLYING = 4096 };

typedef struct as_packet {
    int64_t at_ns;
    uint64_t order;
    int to;
    bool vrrp;
    uint32_t len;
    uint8_t bytes[MIP6_MAX_PACKET];
} as_packet;

typedef struct as_net {
    h_world *w;
    int n;
    mip6_vrrp_config vrrp[H_MAX_AGENTS];
    mip6_active_standby_config config[H_MAX_AGENTS];
    mip6_active_standby *member[H_MAX_AGENTS];      /* NULL: down */
    mip6_peers_config peers_config[H_MAX_AGENTS];
    mip6_peers *peers[H_MAX_AGENTS];
    mip6_addr addresses[H_MAX_AGENTS];
    bool left[H_MAX_AGENTS];
    unsigned boots[H_MAX_AGENTS];
    bool forgets;               /* the log of what agents do */
    /* The network. */
    uint64_t random, sent;
    int side[H_MAX_AGENTS];     /* packets go only between members of one side */
    bool mute[H_MAX_AGENTS];    /* its messages between agents are lost; its elections pass */
    bool silent[H_MAX_AGENTS];  /* all that it sends is lost */
    unsigned loss_percent;
    int64_t jitter_ns;          /* 0: what one sends reaches the others at once */
    as_packet *air;
    int n_air;
} as_net;

static inline uint64_t as_draw(as_net *b, uint64_t below)
{
    b->random = mip6_mix64(b->random + 1);
    return b->random % below;
}

/* ---- Life ------------------------------------------------------------------------------ */

static inline void as_configure(as_net *b, int i, bool before_ack)
{
    h_world *w = b->w;
    w->config[i] = w->config[0];
    b->addresses[i] = h_addr("2001:db8::f:0");
    b->addresses[i].b[15] = (uint8_t)(i + 1);
    b->vrrp[i] = (mip6_vrrp_config){
        .vrid = 5, .priority = mip6_vrrp_priority((uint32_t)i, 0, (uint32_t)b->n),
        .preempt = true, .interval_ns = H_S,
        .link_local = {{0xfe, 0x80, [15] = (uint8_t)(i + 1)}},
        .addresses = {w->config[0].link_local, w->config[0].global}};
    b->config[i] = (mip6_active_standby_config){
        .n_groups = 1, .vrrp = &b->vrrp[i], .agents = &w->ha[i], .before_ack = before_ack};
    mip6_peers_config *p = &b->peers_config[i];
    mip6_peers_config_defaults(p);
    p->members = b->addresses;
    p->n_members = (uint8_t)b->n;
    p->self = (uint8_t)i;
    p->n_caches = 1;
    p->home_prefix = h_addr("2001:db8::");
    p->prefix_len = 64;
}

/* All of them down. The lower the index, the higher the priority. */
static inline as_net *as_new(int n, bool before_ack)
{
    as_net *b = calloc(1, sizeof *b);
    b->air = calloc(AS_FLYING, sizeof *b->air);
    b->w = h_new(n, "static-dhaad", MIP6_PROFILE_SAFE);
    b->w->cut = true;
    b->n = n;
    for (int i = 0; i < n; i++)
        as_configure(b, i, before_ack);
    return b;
}

static inline void as_settle(as_net *b);

static inline void as_boot(as_net *b, int i)
{
    h_world *w = b->w;
    uint64_t cookie = (uint64_t)i | (uint64_t)++b->boots[i] << 8;
    w->ha[i] = mip6_ha_init(malloc(mip6_ha_size()), w->shared, &w->config[i], cookie, w->now);
    b->member[i] = mip6_active_standby_init(calloc(1, mip6_active_standby_size()), &b->config[i],
                                            w->now);
    b->peers[i] = mip6_peers_init(calloc(1, mip6_peers_size()), w->shared, &b->peers_config[i],
                                  mip6_active_standby_ops(), b->member[i], cookie | 1u << 7,
                                  w->now);
    mip6_active_standby_share(b->member[i], b->peers[i]);
    mip6_peers_start(b->peers[i], w->now);
    mip6_active_standby_start(b->member[i], w->now);
    b->left[i] = false;
    as_settle(b);
}

static inline void as_crash(as_net *b, int i)
{
    if (!b->member[i])
        return;
    mip6_peers_free(b->peers[i]);
    mip6_ha_free(b->w->ha[i]);
    free(b->peers[i]);
    free(b->member[i]);
    free(b->w->ha[i]);
    b->member[i] = NULL;
    b->peers[i] = NULL;
    b->w->ha[i] = NULL;
}

/* In good order; as_crash is to follow. */
static inline void as_leave(as_net *b, int i)
{
    mip6_active_standby_stop(b->member[i], b->w->now);
    as_settle(b);
    mip6_peers_stop(b->peers[i], b->w->now);
    b->left[i] = true;
    as_settle(b);
}

static inline void as_free(as_net *b)
{
    for (int i = 0; i < b->n; i++)
        as_crash(b, i);
    b->w->n = 0;
    h_free_world(b->w);
    free(b->air);
    free(b);
}

/* ---- Packets --------------------------------------------------------------------------- */

static inline void as_fly(as_net *b, int from, int to, bool vrrp, const uint8_t *bytes,
                          uint32_t len)
{
    if (b->side[to] != b->side[from] || (!vrrp && b->mute[from]) ||
        b->silent[from] || as_draw(b, 100) < b->loss_percent)
        return;
    cr_assert_lt(b->n_air, AS_FLYING);
    as_packet *f = &b->air[b->n_air++];
    f->at_ns = b->w->now;
    if (b->jitter_ns)
        f->at_ns += 1 + (int64_t)as_draw(b, (uint64_t)b->jitter_ns);
    f->order = b->sent++;
    f->to = to;
    f->vrrp = vrrp;
    f->len = len;
    memcpy(f->bytes, bytes, len);
}

static inline bool as_poll(as_net *b, int i)
{
    mip6_active_standby_action a;
    mip6_action p;
    uint8_t buf[MIP6_MAX_PACKET];
    if (!b->member[i])
        return false;
    if (mip6_active_standby_poll(b->member[i], &a, buf, sizeof buf, b->w->now)) {
        for (int to = 0; to < b->n && a.kind == MIP6_VRRP_SEND; to++)
            if (to != i)
                as_fly(b, i, to, true, buf, a.len);
        return true;
    }
    if (!mip6_peers_poll(b->peers[i], &p, buf, sizeof buf, b->w->now))
        return false;
    as_fly(b, i, buf[39] - 1, false, buf, p.len);
    return true;
}

/* The next packet to arrive; -1: none is under way. */
static inline int as_next_packet(const as_net *b)
{
    int first = -1;
    for (int k = 0; k < b->n_air; k++) {
        const as_packet *f = &b->air[k], *g = first < 0 ? NULL : &b->air[first];
        if (!g || f->at_ns < g->at_ns || (f->at_ns == g->at_ns && f->order < g->order))
            first = k;
    }
    return first;
}

static inline void as_arrive(as_net *b, int k)
{
    as_packet f = b->air[k];
    b->air[k] = b->air[--b->n_air];
    b->w->now = f.at_ns > b->w->now ? f.at_ns : b->w->now;
    if (!b->member[f.to])
        return;
    if (f.vrrp)
        mip6_active_standby_receive(b->member[f.to], f.bytes, f.len, b->w->now);
    else
        mip6_peers_receive(b->peers[f.to], f.bytes, f.len, b->w->now);
}

/* Until nobody has anything to say, and nothing arrives at this moment. */
static inline void as_settle(as_net *b)
{
    for (bool any = true; any;) {
        h_settle(b->w);
        if (b->forgets)
            h_forget(b->w);
        any = false;
        for (int i = 0; i < b->n; i++)
            any = as_poll(b, i) || any;
        int k = any ? -1 : as_next_packet(b);
        if (k >= 0 && b->air[k].at_ns <= b->w->now) {
            as_arrive(b, k);
            any = true;
        }
    }
}

/* ---- Time ------------------------------------------------------------------------------ */

static inline int64_t as_next_timer(const as_net *b)
{
    int64_t next = MIP6_NEVER;
    for (int i = 0; i < b->n; i++) {
        if (!b->member[i])
            continue;
        int64_t at[] = {mip6_active_standby_next_expiry(b->member[i]),
                        mip6_peers_next_expiry(b->peers[i]), mip6_ha_next_expiry(b->w->ha[i])};
        for (int k = 0; k < 3; k++)
            next = at[k] < next ? at[k] : next;
    }
    return next;
}

static inline void as_expire(as_net *b)
{
    for (int i = 0; i < b->n; i++) {
        if (!b->member[i])
            continue;
        mip6_ha_expire(b->w->ha[i], b->w->now);
        mip6_active_standby_expire(b->member[i], b->w->now);
        mip6_peers_expire(b->peers[i], b->w->now);
    }
}

static inline void as_run(as_net *b, int64_t ns)
{
    int64_t until = b->w->now + ns;
    for (;;) {
        int packet = as_next_packet(b);
        int64_t at = as_next_timer(b);
        bool lands = packet >= 0 && b->air[packet].at_ns < at;
        at = lands ? b->air[packet].at_ns : at;
        if (at >= until)
            break;
        b->w->now = at > b->w->now ? at : b->w->now;
        if (lands)
            as_arrive(b, packet);
        else
            as_expire(b);
        as_settle(b);
    }
    b->w->now = until;
}

/* ---- Nodes ----------------------------------------------------------------------------- */

/* Node `node`, at its place `where`, updates its binding at member i; units 0: ends it. */
static inline void as_update(as_net *b, int i, uint32_t node, uint32_t where, uint16_t sequence,
                             uint16_t units)
{
    h_update(b->w, i, &(h_bu){.home = h_home(node), .care_of = h_care_of(where),
                              .sequence = sequence, .lifetime_units = units});
    as_settle(b);
}

static inline bool as_serves(const as_net *b, int i)
{
    return b->member[i] && mip6_active_standby_serves(b->member[i], 0);
}

static inline mip6_cache_state as_cache(const as_net *b, int i)
{
    mip6_cache_state state;
    mip6_peers_cache(b->peers[i], 0, &state);
    return state;
}

static inline bool as_holds(const as_net *b, int i, uint32_t node, mip6_binding_info *out)
{
    mip6_addr home = h_home(node);
    return mip6_ha_find(b->w->ha[i], &home, out) && !out->tentative;
}

#endif
