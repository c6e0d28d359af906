/* Home agents on a home link without time of its own, for tests that read as message
 * charts: what an agent sends is kept in a log and delivered to the others at once.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef TESTS_HA_HARNESS_H
#define TESTS_HA_HARNESS_H

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "proto/core/shared.h"
#include "proto/ha/ha_internal.h"

enum { H_MAX_AGENTS = 4, H_LOG = 8192, H_TRACES = 4096 };

/* One thing that an agent did. */
typedef struct h_act {
    int from;
    int64_t at_ns;
    mip6_action action;
    mip6_header h;          /* of a SEND */
    mip6_message msg;       /* borrowed parts point into bytes */
    uint8_t bytes[MIP6_MAX_PACKET];
} h_act;

typedef struct h_world {
    mip6_shared *shared;
    mip6_ha *ha[H_MAX_AGENTS];
    mip6_ha_config config[H_MAX_AGENTS];
    mip6_ha_tuning tuning;
    const mip6_policy *policy;
    int64_t policy_config[64];
    int n;
    int64_t now;
    bool cut;               /* nothing reaches the other agents */
    h_act *log;
    size_t n_log;
    struct { int agent; mip6_trace t; mip6_decision d; } *traces;
    size_t n_traces;
    size_t held;            /* bytes of memory that the library has */
    unsigned allocs, fail_at;   /* fail the N-th; 0: none */
    bool fail_all;
} h_world;

#define H_S MIP6_SECOND_NS
#define H_MS MIP6_MS_NS

static inline void *h_alloc(void *user, size_t size)
{
    h_world *w = user;
    if (++w->allocs == w->fail_at || w->fail_all)
        return NULL;
    w->held += size;
    return malloc(size);
}

static inline void h_free(void *user, void *ptr, size_t size)
{
    h_world *w = user;
    w->held -= size;
    free(ptr);
}

/* Agents do not hash: reaching one of these is an error. */
static inline void h_sha1(void *user, const uint8_t *data, size_t len, uint8_t out[20])
{
    (void)user, (void)data, (void)len, (void)out;
    abort();
}

static inline void h_hmac(void *user, const uint8_t *key, size_t key_len, const uint8_t *data,
                          size_t len, uint8_t out[20])
{
    (void)user, (void)key, (void)key_len, (void)data, (void)len, (void)out;
    abort();
}

static inline uint64_t h_random(void *user, uint64_t cookie, mip6_random purpose, uint64_t key)
{
    (void)user;
    return mip6_mix64(mip6_mix64(mip6_mix64(cookie + 1) + (uint64_t)purpose) + key);
}

static inline void h_trace(void *user, uint64_t cookie, const mip6_trace *trace)
{
    h_world *w = user;
    cr_assert_lt(w->n_traces, (size_t)H_TRACES);
    w->traces[w->n_traces].agent = (int)cookie;
    w->traces[w->n_traces].t = *trace;
    if (trace->decision)
        w->traces[w->n_traces].d = *trace->decision;
    w->n_traces++;
}

static inline mip6_addr h_addr(const char *text)
{
    mip6_addr a;
    cr_assert_eq(mip6_addr_parse(text, &a), 0, "%s", text);
    return a;
}

/* 2001:db8::a:0:N: the N-th mobile node's home address; 2001:db8:c::N its care-of. */
static inline mip6_addr h_home(uint32_t n)
{
    mip6_addr a = h_addr("2001:db8::a:0:0");
    mip6_put32(a.b + 12, n);
    return a;
}

static inline mip6_addr h_care_of(uint32_t n)
{
    mip6_addr a = h_addr("2001:db8:c::");
    mip6_put32(a.b + 12, n);
    return a;
}

static inline mip6_lladdr h_ll(int agent)
{
    return (mip6_lladdr){{2, 0, 0, 0, 1, (uint8_t)agent}};
}

/* An agent's configuration; change it between h_new and h_boot. */
static inline void h_configure(h_world *w, int i)
{
    mip6_addr prefix = h_addr("2001:db8::");
    mip6_lladdr ll = h_ll(i);
    w->config[i] = (mip6_ha_config){
        .tuning = &w->tuning,
        .policy = w->policy,
        .policy_config = w->policy_config,
        .link_local = mip6_addr_link_local(&ll),
        .global = mip6_addr_from_lladdr(&prefix, &ll),
        .prefix_len = 64,
        .lladdr = ll,
        .ifindex = 1,
        .dad = true,
        .dad_timeout_ns = H_S,
        .ra_min_ns = H_S,
        .max_lifetime_s = 3600,
        .prefix_valid_s = UINT32_MAX,
        .tunnel_mtu = 1500,
    };
}

static inline h_world *h_new(int n, const char *policy, mip6_profile profile)
{
    h_world *w = calloc(1, sizeof *w);
    w->log = calloc(H_LOG, sizeof *w->log);
    w->traces = calloc(H_TRACES, sizeof *w->traces);
    w->n = n;
    w->policy = mip6_policy_find(policy);
    cr_assert_not_null(w->policy);
    cr_assert_leq(w->policy->config_size, sizeof w->policy_config);
    mip6_ha_tuning_under(w->policy, profile, &w->tuning);
    mip6_policy_defaults(w->policy, profile, w->policy_config);
    mip6_env env = {w, h_alloc, h_free, h_sha1, h_hmac, h_random, h_trace};
    w->shared = mip6_shared_init(malloc(mip6_shared_size()), &env, NULL);
    for (int i = 0; i < n; i++)
        h_configure(w, i);
    return w;
}

static inline void h_settle(h_world *w);

/* To the value of one key of the policy. */
static inline void h_policy_set(h_world *w, const char *key, int64_t value)
{
    for (size_t i = 0; i < w->policy->n_keys; i++)
        if (strcmp(w->policy->keys[i].name, key) == 0) {
            memcpy((uint8_t *)w->policy_config + w->policy->keys[i].offset, &value, sizeof value);
            return;
        }
    cr_assert_fail("no key %s", key);
}

static inline void h_init(h_world *w)
{
    for (int i = 0; i < w->n; i++) {
        w->ha[i] = mip6_ha_init(malloc(mip6_ha_size()), w->shared, &w->config[i], (uint64_t)i,
                                w->now);
        cr_assert_not_null(w->ha[i]);
    }
}

static inline void h_boot(h_world *w)
{
    h_init(w);
    for (int i = 0; i < w->n; i++) {
        mip6_ha_start(w->ha[i], w->now);
        h_settle(w);
    }
}

static inline void h_free_world(h_world *w)
{
    for (int i = 0; i < w->n; i++) {
        mip6_ha_free(w->ha[i]);
        free(w->ha[i]);
    }
    mip6_shared_free(w->shared);
    free(w->shared);
    cr_assert_eq(w->held, 0, "memory was not given back");
    free(w->log);
    free(w->traces);
    free(w);
}

/* ---- Running ------------------------------------------------------------------------ */

static inline void h_deliver(h_world *w, const h_act *act)
{
    const mip6_action *a = &act->action;
    bool multicast = a->has_lladdr && (a->dst.b[0] & 1);
    if (w->cut)
        return;
    for (int i = 0; i < w->n; i++) {
        bool to_it = a->has_lladdr && mip6_lladdr_equal(&a->dst, &w->config[i].lladdr);
        if (i == act->from || !w->ha[i] || !(multicast || to_it))
            continue;
        mip6_rx rx = {.ifindex = 1, .src = w->config[act->from].lladdr, .dst = a->dst};
        mip6_ha_receive(w->ha[i], &rx, act->bytes, a->len, w->now);
    }
}

/* One action of one agent, logged and delivered. */
static inline bool h_poll(h_world *w, int i)
{
    cr_assert_lt(w->n_log, (size_t)H_LOG);
    h_act *act = &w->log[w->n_log];
    memset(act, 0, sizeof *act);
    if (!mip6_ha_poll(w->ha[i], &act->action, act->bytes, sizeof act->bytes, w->now))
        return false;
    act->from = i;
    act->at_ns = w->now;
    w->n_log++;
    if (act->action.kind == MIP6_ACTION_SEND) {
        mip6_drop cause = MIP6_DROP_NONE;
        int e = mip6_decode(act->bytes, act->action.len, 0, &act->h, &act->msg, &cause);
        cr_assert_eq(e, 0, "an agent sends what it cannot read: %s", mip6_drop_name(cause));
        h_deliver(w, act);
    }
    return true;
}

static inline void h_settle(h_world *w)
{
    bool any = true;
    while (any) {
        any = false;
        for (int i = 0; i < w->n; i++)
            while (w->ha[i] && h_poll(w, i))
                any = true;
    }
}

/* Run all timers up to `until`, and be there. */
static inline void h_run(h_world *w, int64_t until)
{
    for (;;) {
        int64_t next = MIP6_NEVER;
        for (int i = 0; i < w->n; i++)
            if (mip6_ha_next_expiry(w->ha[i]) < next)
                next = mip6_ha_next_expiry(w->ha[i]);
        if (next > until)
            break;
        w->now = next > w->now ? next : w->now;
        for (int i = 0; i < w->n; i++)
            if (mip6_ha_next_expiry(w->ha[i]) <= w->now)
                mip6_ha_expire(w->ha[i], w->now);
        h_settle(w);
    }
    w->now = until;
}

static inline void h_wait(h_world *w, int64_t ns)
{
    h_run(w, w->now + ns);
}

static inline void h_forget(h_world *w)
{
    w->n_log = 0;
    w->n_traces = 0;
}

/* ---- Mobile nodes' messages ------------------------------------------------------------ */

typedef struct h_bu {
    mip6_addr home, care_of;
    uint16_t sequence, lifetime_units;
    bool no_home_option;        /* then the source is `home` */
    bool not_home;              /* without H */
    bool redirectable;          /* with Redirect-Capability */
    uint16_t flags;             /* further ones */
    mip6_lladdr from;           /* of the frame; default: some router's */
} h_bu;

static inline int h_receive(h_world *w, int agent, const mip6_lladdr *from, const uint8_t *pkt,
                            size_t len)
{
    mip6_rx rx = {.ifindex = 1, .src = *from, .dst = w->config[agent].lladdr};
    int e = mip6_ha_receive(w->ha[agent], &rx, pkt, len, w->now);
    h_settle(w);
    return e;
}

static inline int h_send(h_world *w, int agent, const mip6_lladdr *from, mip6_header *h,
                         mip6_message *msg)
{
    static const mip6_lladdr router = {{2, 0, 0, 0, 9, 9}};
    uint8_t buf[MIP6_MAX_PACKET];
    if (h->hop_limit == 0)
        h->hop_limit = 64;
    int len = mip6_encode(buf, sizeof buf, h, msg);
    cr_assert_gt(len, 0, "%s", mip6_strerror(len));
    return h_receive(w, agent, from ? from : &router, buf, (size_t)len);
}

static inline int h_update(h_world *w, int agent, const h_bu *b)
{
    mip6_header h = {.src = b->no_home_option ? b->home : b->care_of,
                     .dst = w->config[agent].global};
    h.has_home = !b->no_home_option;
    h.home = b->home;
    mip6_message msg = {.kind = MIP6_MSG_BU};
    msg.u.bu.sequence = b->sequence;
    msg.u.bu.lifetime_units = b->lifetime_units;
    msg.u.bu.flags = (uint16_t)(MIP6_BU_ACK | b->flags | (b->not_home ? 0 : MIP6_BU_HOME));
    msg.u.bu.opt.has_alt_coa = !b->not_home;
    msg.u.bu.opt.alt_coa = b->care_of;
    msg.u.bu.opt.redirect_capable = b->redirectable;
    return h_send(w, agent, mip6_lladdr_is_zero(&b->from) ? NULL : &b->from, &h, &msg);
}

/* The n-th node registers for 120 s with a sequence number. */
static inline int h_register(h_world *w, int agent, uint32_t n, uint16_t sequence)
{
    h_bu b = {.home = h_home(n), .care_of = h_care_of(n), .sequence = sequence,
              .lifetime_units = 30};
    return h_update(w, agent, &b);
}

static inline int h_deregister(h_world *w, int agent, uint32_t n, uint16_t sequence)
{
    h_bu b = {.home = h_home(n), .care_of = h_care_of(n), .sequence = sequence};
    return h_update(w, agent, &b);
}

/* Registered, DAD over, everything forgotten. */
static inline void h_bound(h_world *w, int agent, uint32_t n)
{
    cr_assert_eq(h_register(w, agent, n, 1), 0);
    h_wait(w, H_S);
    mip6_binding_info info;
    mip6_addr home = h_home(n);
    cr_assert(mip6_ha_find(w->ha[agent], &home, &info) && !info.tentative);
    h_forget(w);
}

/* An advertisement of an agent that is not in the world. */
static inline void h_report(h_world *w, int agent, uint8_t who, uint16_t queue, uint16_t count)
{
    mip6_lladdr ll = {{2, 0, 0, 0, 2, who}};
    mip6_addr prefix = h_addr("2001:db8::");
    mip6_header h = {.src = mip6_addr_link_local(&ll), .dst = mip6_addr_all_nodes(),
                     .hop_limit = 255};
    mip6_message msg = {.kind = MIP6_MSG_RA};
    msg.u.ra = (mip6_ra){.flags = MIP6_RA_HOME_AGENT, .router_lifetime_s = 9, .has_slla = true,
                         .slla = ll, .n_prefixes = 1, .has_load = true, .load_queue = queue,
                         .load_mn_count = count};
    msg.u.ra.prefixes[0] = (mip6_prefix_info){.prefix = mip6_addr_from_lladdr(&prefix, &ll),
                                              .length = 64, .on_link = true, .autonomous = true,
                                              .router_address = true, .valid_s = UINT32_MAX,
                                              .preferred_s = UINT32_MAX};
    h_send(w, agent, &ll, &h, &msg);
}

static inline mip6_addr h_reporter(uint8_t who)
{
    mip6_lladdr ll = {{2, 0, 0, 0, 2, who}};
    mip6_addr prefix = h_addr("2001:db8::");
    return mip6_addr_from_lladdr(&prefix, &ll);
}

/* Override NA for an address, as its new agent multicasts it. */
static inline void h_override_na(h_world *w, int agent, const mip6_addr *target,
                                 const mip6_lladdr *ll)
{
    mip6_header h = {.src = mip6_addr_link_local(ll), .dst = mip6_addr_all_nodes(),
                     .hop_limit = 255};
    mip6_message msg = {.kind = MIP6_MSG_NA};
    msg.u.nd = (mip6_nd){.target = *target, .override = true, .has_lladdr = true, .lladdr = *ll};
    h_send(w, agent, ll, &h, &msg);
}

/* A DAD probe. */
static inline void h_probe(h_world *w, int agent, const mip6_addr *target, const mip6_lladdr *ll)
{
    mip6_header h = {.dst = mip6_addr_solicited_node(target), .hop_limit = 255};
    mip6_message msg = {.kind = MIP6_MSG_NS};
    msg.u.nd.target = *target;
    h_send(w, agent, ll, &h, &msg);
}

/* ---- Looking at what happened ------------------------------------------------------------- */

static inline size_t h_count(const h_world *w, int from, mip6_message_kind kind)
{
    size_t n = 0;
    for (size_t i = 0; i < w->n_log; i++)
        n += w->log[i].from == from && w->log[i].action.kind == MIP6_ACTION_SEND &&
             w->log[i].action.message == kind;
    return n;
}

/* The last message of a kind, which must be there. */
static inline const h_act *h_last(const h_world *w, int from, mip6_message_kind kind)
{
    for (size_t i = w->n_log; i-- > 0;)
        if (w->log[i].from == from && w->log[i].action.kind == MIP6_ACTION_SEND &&
            w->log[i].action.message == kind)
            return &w->log[i];
    cr_assert_fail("no %s from %d", mip6_message_name(kind), from);
    return NULL;
}

static inline size_t h_actions(const h_world *w, int from, mip6_action_kind kind,
                               const mip6_addr *addr)
{
    size_t n = 0;
    for (size_t i = 0; i < w->n_log; i++)
        n += w->log[i].from == from && w->log[i].action.kind == kind &&
             (!addr || mip6_addr_equal(&w->log[i].action.addr, addr));
    return n;
}

static inline size_t h_traced(const h_world *w, int agent, mip6_trace_kind kind)
{
    size_t n = 0;
    for (size_t i = 0; i < w->n_traces; i++)
        n += w->traces[i].agent == agent && w->traces[i].t.kind == kind;
    return n;
}

/* The last trace of a kind, which must be there. */
static inline const mip6_trace *h_last_trace(const h_world *w, int agent, mip6_trace_kind kind)
{
    for (size_t i = w->n_traces; i-- > 0;)
        if (w->traces[i].agent == agent && w->traces[i].t.kind == kind) {
            w->traces[i].t.decision = &w->traces[i].d;
            return &w->traces[i].t;
        }
    cr_assert_fail("no %s at %d", mip6_trace_name(kind), agent);
    return NULL;
}

static inline mip6_ha_figures h_figures(const h_world *w, int agent)
{
    mip6_ha_figures f;
    mip6_ha_get_figures(w->ha[agent], &f, w->now);
    return f;
}

static inline bool h_find(const h_world *w, int agent, uint32_t n, mip6_binding_info *out)
{
    mip6_addr home = h_home(n);
    return mip6_ha_find(w->ha[agent], &home, out);
}

static inline void h_queue(h_world *w, int agent, uint32_t packets, uint64_t bytes)
{
    mip6_ha_queue_changed(w->ha[agent], packets, bytes, w->now);
    h_settle(w);
}

#endif
