/* Synchronised agents and real mobile nodes on a network of delays, losses and cuts.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef TESTS_HAHA_NET_H
#define TESTS_HAHA_NET_H

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "mip6_haha.h"
#include "proto/core/shared.h"

enum { HN_AGENTS = 5, HN_NODES = 24, HN_FLIGHT = 20000 };

#define HN_S MIP6_SECOND_NS
#define HN_MS MIP6_MS_NS

typedef struct hn_agent {
    mip6_ha_config config;
    mip6_peers_config members;
    mip6_haha_config haha_config;
    mip6_ha *ha;                /* NULL: it is down */
    mip6_peers *peers;
    mip6_haha *haha;
    unsigned boots;
    bool cut[HN_AGENTS];        /* hears nothing from that one */
    bool isolated;
} hn_agent;

typedef struct hn_packet {
    int64_t at_ns;
    uint64_t order;
    int agent, node;            /* whom it is for; -1 */
    int from;                   /* an agent, or -1 */
    mip6_lladdr source;
    size_t len;
    uint8_t bytes[MIP6_MAX_PACKET];
} hn_packet;

typedef struct hn_net {
    mip6_shared *shared;
    mip6_ha_tuning tuning;
    const mip6_policy *policy;
    int64_t policy_config[64];
    mip6_addr members[HN_AGENTS];
    hn_agent agent[HN_AGENTS];
    int n;
    mip6_mn_config mn_config;
    mip6_mn *node[HN_NODES];
    bool intercepts;
    int64_t takeover_rate;
    int64_t now;
    uint32_t loss_ppm;
    bool loss_between_agents;   /* alone */
    uint64_t seed, draws, sent;
    hn_packet *flight[HN_FLIGHT];
    int n_flight;
    size_t held;
    bool no_memory;
} hn_net;

static inline uint64_t hn_draw(hn_net *w)
{
    return mip6_mix64(w->seed * UINT64_C(0x9e3779b97f4a7c15) + ++w->draws);
}

static inline void *hn_alloc(void *user, size_t size)
{
    hn_net *w = user;
    if (w->no_memory)
        return NULL;
    w->held += size;
    return malloc(size);
}

static inline void hn_free(void *user, void *ptr, size_t size)
{
    ((hn_net *)user)->held -= size;
    free(ptr);
}

static inline void hn_sha1(void *user, const uint8_t *data, size_t len, uint8_t out[20])
{
    (void)user, (void)data, (void)len, (void)out;
    abort();
}

static inline void hn_hmac(void *user, const uint8_t *key, size_t key_len, const uint8_t *data,
                           size_t len, uint8_t out[20])
{
    (void)user, (void)key, (void)key_len, (void)data, (void)len, (void)out;
    abort();
}

static inline uint64_t hn_random(void *user, uint64_t cookie, mip6_random purpose, uint64_t key)
{
    uint64_t seed = ((hn_net *)user)->seed;
    return mip6_mix64(mip6_mix64(mip6_mix64(cookie + 1 + (seed << 32)) + (uint64_t)purpose) + key);
}

static inline mip6_addr hn_addr(const char *text, uint32_t n)
{
    mip6_addr a;
    cr_assert_eq(mip6_addr_parse(text, &a), 0);
    mip6_put32(a.b + 12, mip6_get32(a.b + 12) + n);
    return a;
}

static inline mip6_addr hn_home(int node)
{
    return hn_addr("2001:db8::a:0:1000", (uint32_t)(node * 7919 % 1000));
}

static inline mip6_addr hn_care_of(int node)
{
    return hn_addr("2001:db8:c::1", (uint32_t)node);
}

static inline mip6_lladdr hn_ll(int agent)
{
    return (mip6_lladdr){{2, 0, 0, 0, 1, (uint8_t)agent}};
}

/* ---- The network --------------------------------------------------------------------------- */

static inline void hn_send(hn_net *w, int from, int agent, int node, const uint8_t *bytes,
                           size_t len)
{
    bool lossy = !w->loss_between_agents || (from >= 0 && agent >= 0);
    if (lossy && hn_draw(w) % 1000000 < w->loss_ppm)
        return;
    cr_assert_lt(w->n_flight, HN_FLIGHT);
    hn_packet *p = malloc(sizeof *p);
    *p = (hn_packet){.at_ns = w->now + HN_MS + (int64_t)(hn_draw(w) % (2 * HN_MS)),
                     .order = ++w->sent, .agent = agent, .node = node, .from = from, .len = len};
    if (from >= 0)
        p->source = hn_ll(from);
    memcpy(p->bytes, bytes, len);
    w->flight[w->n_flight++] = p;
}

/* By its destination. On links of their own, agents hear each other's unicast alone. */
static inline void hn_route(hn_net *w, int from, const uint8_t *bytes, size_t len)
{
    mip6_addr dst;
    memcpy(&dst, bytes + 24, sizeof dst);
    if (mip6_addr_is_multicast(&dst)) {
        for (int k = 0; k < w->n && !w->intercepts; k++)
            if (k != from)
                hn_send(w, from, k, -1, bytes, len);
        return;
    }
    mip6_addr anycast = mip6_addr_ha_anycast(&w->members[0]);
    if (mip6_addr_equal(&dst, &anycast)) {
        int first = (int)(hn_draw(w) % (unsigned)w->n);
        for (int k = 0; k < w->n; k++) {
            int to = (first + k) % w->n;
            if (w->agent[to].ha && !w->agent[to].isolated) {
                hn_send(w, from, to, -1, bytes, len);
                return;
            }
        }
        return;
    }
    for (int k = 0; k < w->n; k++)
        if (mip6_addr_equal(&dst, &w->members[k]))
            hn_send(w, from, k, -1, bytes, len);
    for (int i = 0; i < HN_NODES; i++) {
        mip6_addr care_of = hn_care_of(i);
        if (mip6_addr_equal(&dst, &care_of))
            hn_send(w, from, -1, i, bytes, len);
    }
}

static inline void hn_poll_agent(hn_net *w, int k)
{
    hn_agent *a = &w->agent[k];
    static uint8_t buf[MIP6_MAX_PACKET];
    mip6_action action;
    bool any = true;
    while (any) {
        any = false;
        if (mip6_haha_next_expiry(a->haha) <= w->now)
            mip6_haha_expire(a->haha, w->now);
        while (mip6_ha_poll(a->ha, &action, buf, sizeof buf, w->now)) {
            any = true;
            if (action.kind == MIP6_ACTION_SEND && !a->isolated)
                hn_route(w, k, buf, action.len);
        }
        while (mip6_peers_poll(a->peers, &action, buf, sizeof buf, w->now)) {
            any = true;
            if (!a->isolated)
                hn_route(w, k, buf, action.len);
        }
    }
}

static inline void hn_poll_node(hn_net *w, int i)
{
    static uint8_t buf[MIP6_MAX_PACKET];
    mip6_action action;
    while (mip6_mn_poll(w->node[i], &action, buf, sizeof buf, w->now))
        if (action.kind == MIP6_ACTION_SEND)
            hn_route(w, -1, buf, action.len);
}

static inline void hn_to_agent(hn_net *w, const hn_packet *p)
{
    hn_agent *a = &w->agent[p->agent];
    if (!a->ha || a->isolated || (p->from >= 0 && (a->cut[p->from] || w->agent[p->from].isolated)))
        return;
    mip6_rx rx = {.ifindex = 1, .src = p->source};
    if (mip6_peer_is(p->bytes, p->len))
        mip6_peers_receive(a->peers, p->bytes, p->len, w->now);
    else
        mip6_ha_receive(a->ha, &rx, p->bytes, p->len, w->now);
    hn_poll_agent(w, p->agent);
}

static inline void hn_to_node(hn_net *w, hn_packet *p)
{
    mip6_mn *mn = w->node[p->node];
    mip6_rx rx = {0};
    mip6_packet view = {.data = p->bytes, .len = (uint32_t)p->len};
    mip6_route route;
    if (mip6_mn_input(mn, &rx, &view, &route, w->now) == MIP6_LOCAL)
        mip6_mn_receive(mn, &rx, view.data, view.len, w->now);
    hn_poll_node(w, p->node);
}

/* ---- Time -------------------------------------------------------------------------------- */

static inline int hn_first(const hn_net *w)
{
    int first = -1;
    for (int i = 0; i < w->n_flight; i++)
        if (first < 0 || w->flight[i]->at_ns < w->flight[first]->at_ns ||
            (w->flight[i]->at_ns == w->flight[first]->at_ns &&
             w->flight[i]->order < w->flight[first]->order))
            first = i;
    return first;
}

static inline int64_t hn_agent_next(const hn_agent *a)
{
    int64_t next = mip6_ha_next_expiry(a->ha), other = mip6_peers_next_expiry(a->peers);
    next = other < next ? other : next;
    other = mip6_haha_next_expiry(a->haha);
    return other < next ? other : next;
}

static inline int64_t hn_next(const hn_net *w)
{
    int first = hn_first(w);
    int64_t next = first < 0 ? MIP6_NEVER : w->flight[first]->at_ns;
    for (int k = 0; k < w->n; k++)
        if (w->agent[k].ha && hn_agent_next(&w->agent[k]) < next)
            next = hn_agent_next(&w->agent[k]);
    for (int i = 0; i < HN_NODES; i++)
        if (mip6_mn_next_expiry(w->node[i]) < next)
            next = mip6_mn_next_expiry(w->node[i]);
    return next;
}

static inline void hn_timers(hn_net *w)
{
    for (int k = 0; k < w->n; k++) {
        hn_agent *a = &w->agent[k];
        if (!a->ha || hn_agent_next(a) > w->now)
            continue;
        mip6_ha_expire(a->ha, w->now);
        mip6_peers_expire(a->peers, w->now);
        hn_poll_agent(w, k);
    }
    for (int i = 0; i < HN_NODES; i++)
        if (mip6_mn_next_expiry(w->node[i]) <= w->now) {
            mip6_mn_expire(w->node[i], w->now);
            hn_poll_node(w, i);
        }
}

static inline void hn_run(hn_net *w, int64_t for_ns)
{
    int64_t end = w->now + for_ns;
    while (hn_next(w) <= end) {
        int64_t next = hn_next(w);
        w->now = next > w->now ? next : w->now;
        int first = hn_first(w);
        if (first >= 0 && w->flight[first]->at_ns <= w->now) {
            hn_packet *p = w->flight[first];
            w->flight[first] = w->flight[--w->n_flight];
            if (p->agent >= 0)
                hn_to_agent(w, p);
            else
                hn_to_node(w, p);
            free(p);
        } else {
            hn_timers(w);
        }
    }
    w->now = end;
}

/* ---- Life --------------------------------------------------------------------------------- */

static inline void hn_boot(hn_net *w, int k)
{
    hn_agent *a = &w->agent[k];
    uint64_t cookie = (uint64_t)k + 100 * ++a->boots;
    a->ha = mip6_ha_init(malloc(mip6_ha_size()), w->shared, &a->config, cookie, w->now);
    a->haha = mip6_haha_init(malloc(mip6_haha_size()), w->shared, &a->haha_config, a->ha, cookie,
                             w->now);
    a->peers = mip6_peers_init(malloc(mip6_peers_size()), w->shared, &a->members, mip6_haha_ops(),
                               a->haha, cookie, w->now);
    mip6_ha_start(a->ha, w->now);
    mip6_peers_start(a->peers, w->now);
    mip6_haha_start(a->haha, a->peers, w->now);
    hn_poll_agent(w, k);
}

static inline void hn_crash(hn_net *w, int k)
{
    hn_agent *a = &w->agent[k];
    (void)w;
    mip6_haha_free(a->haha);
    mip6_peers_free(a->peers);
    mip6_ha_free(a->ha);
    free(a->haha);
    free(a->peers);
    free(a->ha);
    a->haha = NULL;
    a->peers = NULL;
    a->ha = NULL;
}

static inline void hn_configure(hn_net *w, int k)
{
    mip6_addr prefix = hn_addr("2001:db8::", 0);
    mip6_lladdr ll = hn_ll(k);
    hn_agent *a = &w->agent[k];
    a->config = (mip6_ha_config){
        .tuning = &w->tuning, .policy = w->policy, .policy_config = w->policy_config,
        .link_local = mip6_addr_link_local(&ll), .global = mip6_addr_from_lladdr(&prefix, &ll),
        .prefix_len = 64, .lladdr = ll, .ifindex = 1, .dad = true, .dad_timeout_ns = HN_S,
        .ra_min_ns = HN_S, .max_lifetime_s = 3600, .prefix_valid_s = UINT32_MAX,
        .tunnel_mtu = 1500};
    w->members[k] = a->config.global;
    mip6_peers_config_defaults(&a->members);
    a->members.members = w->members;
    a->members.n_members = a->members.n_caches = (uint8_t)w->n;
    a->members.self = (uint8_t)k;
    a->members.home_prefix = prefix;
    a->members.prefix_len = 64;
    a->haha_config = (mip6_haha_config){.peers = &a->members, .intercepts = w->intercepts,
                                        .direct = true, .takeover_rate = w->takeover_rate};
}

static inline hn_net *hn_new(int n, uint64_t seed, bool links)
{
    hn_net *w = calloc(1, sizeof *w);
    w->n = n;
    w->seed = seed;
    w->intercepts = links;
    w->takeover_rate = 1000;
    w->policy = mip6_policy_find("static-dhaad");
    mip6_ha_tuning_under(w->policy, MIP6_PROFILE_SAFE, &w->tuning);
    mip6_policy_defaults(w->policy, MIP6_PROFILE_SAFE, w->policy_config);
    mip6_env env = {w, hn_alloc, hn_free, hn_sha1, hn_hmac, hn_random, NULL};
    w->shared = mip6_shared_init(malloc(mip6_shared_size()), &env, NULL);
    for (int k = 0; k < n; k++)
        hn_configure(w, k);
    mip6_mn_config_defaults(&w->mn_config);
    w->mn_config.home_prefix = hn_addr("2001:db8::", 0);
    w->mn_config.any_agent = true;
    for (int i = 0; i < HN_NODES; i++) {
        mip6_addr home = hn_home(i);
        w->node[i] = mip6_mn_init(malloc(mip6_mn_size()), w->shared, &w->mn_config, &home,
                                  MIP6_MN_HOME_AGENT_SWITCH, 1000 + (uint64_t)i);
    }
    return w;
}

/* All agents, then all nodes, one every 50 ms. */
static inline void hn_start(hn_net *w)
{
    for (int k = 0; k < w->n; k++)
        hn_boot(w, k);
    hn_run(w, 5 * HN_S);
    for (int i = 0; i < HN_NODES; i++) {
        mip6_addr care_of = hn_care_of(i);
        mip6_mn_attached(w->node[i], &care_of, w->now);
        hn_poll_node(w, i);
        hn_run(w, 50 * HN_MS);
    }
}

static inline void hn_end(hn_net *w)
{
    for (int k = 0; k < w->n; k++)
        if (w->agent[k].ha)
            hn_crash(w, k);
    for (int i = 0; i < HN_NODES; i++) {
        mip6_mn_free(w->node[i]);
        free(w->node[i]);
    }
    while (w->n_flight > 0)
        free(w->flight[--w->n_flight]);
    mip6_shared_free(w->shared);
    free(w->shared);
    cr_assert_eq(w->held, 0, "%zu bytes are still held", w->held);
    free(w);
}

/* ---- What holds ------------------------------------------------------------------------------ */

/* Agents that serve a node; *last: one of them. */
static inline int hn_primaries(const hn_net *w, int node, int *last)
{
    mip6_addr home = hn_home(node);
    int n = 0;
    for (int k = 0; k < w->n; k++) {
        mip6_binding_info info;
        if (!w->agent[k].ha || !mip6_ha_find(w->agent[k].ha, &home, &info) || info.draining ||
            info.tentative)
            continue;
        n++;
        if (last)
            *last = k;
    }
    return n;
}

/* No binding that its node did not ask for: its care-of address, a number it has used. */
static inline void hn_check_asked(const hn_net *w)
{
    for (int i = 0; i < HN_NODES; i++) {
        mip6_mn_figures f;
        mip6_addr home = hn_home(i), care_of = hn_care_of(i);
        mip6_mn_get_figures(w->node[i], &f);
        for (int k = 0; k < w->n; k++) {
            mip6_binding_info info;
            if (!w->agent[k].ha || !mip6_ha_find(w->agent[k].ha, &home, &info))
                continue;
            cr_assert(mip6_addr_equal(&info.care_of, &care_of));
            cr_assert_lt((uint16_t)(f.sequence - info.sequence), 32768);
        }
    }
}

static inline uint32_t hn_count(const hn_net *w, int k)
{
    mip6_ha_figures f = {0};
    if (w->agent[k].ha)
        mip6_ha_get_figures(w->agent[k].ha, &f, w->now);
    return f.mn_count;
}

static inline mip6_haha_figures hn_figures(const hn_net *w, int k)
{
    mip6_haha_figures f = {0};
    if (w->agent[k].haha)
        mip6_haha_get_figures(w->agent[k].haha, &f);
    return f;
}

#endif
