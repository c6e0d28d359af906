/* A mobile node under a script: time is advanced, packets are fed, and every action and
 * trace becomes a readable line, so that a test compares a chart of messages.
 *
 *     0 dhaad-request coa1>anycast
 *     1.5 binding-update coa1>ha1 #2 lifetime=120 home
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef TESTS_MN_HARNESS_H
#define TESTS_MN_HARNESS_H

#include <glib.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mip6.h"

#define SEC MIP6_SECOND_NS
#define MS MIP6_MS_NS

typedef struct mn_world {
    void *shared_storage;
    void *storage;
    mip6_shared *shared;
    mip6_mn *mn;
    mip6_mn_config config;
    mip6_env env;
    mip6_limits limits;
    int64_t now_ns;
    GString *log;
    bool traces;            /* lines for traces, too */
    long allocations;       /* so far */
    long fail_at;           /* the allocation that fails, and all later; 0: none */
    long live;              /* chunks not given back */
    uint8_t sent[16][MIP6_MAX_PACKET];  /* the last packets sent */
    uint32_t sent_len[16];
    unsigned n_sent;
    uint64_t cookie_seed;
} mn_world;

static inline mip6_addr addr_of(const char *text)
{
    mip6_addr a;
    if (mip6_addr_parse(text, &a) != 0)
        abort();
    return a;
}

/* ---- Names */

static const struct {
    const char *name, *text;
} world_names[] = {
    {"home", "2001:db8:1::99"},      {"ha1", "2001:db8:1::a1"},
    {"ha2", "2001:db8:1::a2"},       {"ha3", "2001:db8:1::a3"},
    {"coa1", "2001:db8:2::99"},      {"coa2", "2001:db8:3::99"},
    {"cn", "2001:db8:9::1"},         {"cn2", "2001:db8:9::2"},
    {"anycast", "2001:db8:1:0:fdff:ffff:ffff:fffe"},
    {"all-nodes", "ff02::1"},        {"router", "fe80::1"},
    {"outside", "2001:db8:7::a1"},
};

static inline mip6_addr named(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(world_names); i++) {
        if (strcmp(world_names[i].name, name) == 0)
            return addr_of(world_names[i].text);
    }
    return addr_of(name);
}

/* Static buffers in turn: several names in one line. */
static inline const char *name_of(const mip6_addr *a)
{
    static char text[8][MIP6_ADDR_TEXT];
    static unsigned turn;
    for (size_t i = 0; i < G_N_ELEMENTS(world_names); i++) {
        mip6_addr b = addr_of(world_names[i].text);
        if (mip6_addr_equal(a, &b))
            return world_names[i].name;
    }
    turn = (turn + 1) % 8;
    return mip6_addr_format(a, text[turn]);
}

/* ---- Environment */

static inline void *world_alloc(void *user, size_t size)
{
    mn_world *w = user;
    w->allocations++;
    if (w->fail_at != 0 && w->allocations >= w->fail_at)
        return NULL;
    w->live++;
    return malloc(size);
}

static inline void world_free(void *user, void *ptr, size_t size)
{
    mn_world *w = user;
    (void)size;
    w->live--;
    free(ptr);
}

static inline void world_sha1(void *user, const uint8_t *data, size_t len, uint8_t out[20])
{
    (void)user;
    gsize n = 20;
    GChecksum *c = g_checksum_new(G_CHECKSUM_SHA1);
    g_checksum_update(c, data, (gssize)len);
    g_checksum_get_digest(c, out, &n);
    g_checksum_free(c);
}

static inline void world_hmac(void *user, const uint8_t *key, size_t key_len,
                              const uint8_t *data, size_t len, uint8_t out[20])
{
    (void)user;
    gsize n = 20;
    GHmac *c = g_hmac_new(G_CHECKSUM_SHA1, key, key_len);
    g_hmac_update(c, data, (gssize)len);
    g_hmac_get_digest(c, out, &n);
    g_hmac_unref(c);
}

static inline uint64_t world_random(void *user, uint64_t cookie, mip6_random purpose,
                                    uint64_t key)
{
    mn_world *w = user;
    uint64_t x = w->cookie_seed + cookie * UINT64_C(0x9e3779b97f4a7c15) +
                 (uint64_t)purpose * UINT64_C(0xd1342543de82ef95) + key * 7919 + 1;
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static inline void world_stamp(mn_world *w)
{
    int64_t frac = w->now_ns % SEC;
    g_string_append_printf(w->log, "%" PRId64, w->now_ns / SEC);
    if (frac != 0) {
        char digits[16];
        snprintf(digits, sizeof digits, "%09" PRId64, frac);
        size_t n = 9;
        while (digits[n - 1] == '0')
            digits[--n] = '\0';
        g_string_append_printf(w->log, ".%s", digits);
    }
}

static inline void world_trace(void *user, uint64_t cookie, const mip6_trace *t)
{
    mn_world *w = user;
    (void)cookie;
    if (!w->traces)
        return;
    world_stamp(w);
    g_string_append_printf(w->log, " * %s %s code=%u value=%" PRId64 "\n",
                           mip6_trace_name(t->kind),
                           mip6_addr_is_unspecified(&t->peer) ? "-" : name_of(&t->peer),
                           t->code, t->value);
}

/* ---- Life */

static inline void world_init(mn_world *w, uint32_t flags)
{
    mip6_addr home = named("home");
    memset(w, 0, sizeof *w);
    w->log = g_string_new(NULL);
    w->traces = true;
    w->env = (mip6_env){.user = w,
                        .alloc = world_alloc,
                        .free = world_free,
                        .sha1 = world_sha1,
                        .hmac_sha1 = world_hmac,
                        .random64 = world_random,
                        .trace = world_trace};
    mip6_mn_config_defaults(&w->config);
    w->config.home_prefix = named("home");
    memset(w->config.home_prefix.b + 8, 0, 8);
    w->shared_storage = malloc(mip6_shared_size());
    w->shared = mip6_shared_init(w->shared_storage, &w->env, &w->limits);
    w->storage = malloc(mip6_mn_size());
    w->mn = mip6_mn_init(w->storage, w->shared, &w->config, &home, flags, 1);
}

static inline void world_free_all(mn_world *w)
{
    mip6_mn_free(w->mn);
    mip6_shared_free(w->shared);
    free(w->storage);
    free(w->shared_storage);
    g_string_free(w->log, TRUE);
}

/* ---- Actions as lines */

static inline void describe_bu(GString *log, const mip6_header *h, const mip6_bu *bu)
{
    g_string_append_printf(log, " #%u lifetime=%u", bu->sequence, bu->lifetime_units * 4u);
    if (bu->flags & MIP6_BU_HOME)
        g_string_append(log, " H");
    if (bu->flags & MIP6_BU_ACK)
        g_string_append(log, "A");
    if (h->has_home)
        g_string_append(log, " hoa");
    if (bu->opt.has_alt_coa)
        g_string_append_printf(log, " alt=%s", name_of(&bu->opt.alt_coa));
    if (bu->opt.redirect_capable)
        g_string_append(log, " redirectable");
    if (bu->opt.has_auth)
        g_string_append(log, " auth");
}

/* One packet, its tunnel named by "[outer source>outer destination]". */
static inline void describe_packet(GString *log, const uint8_t *pkt, size_t len)
{
    mip6_header h;
    mip6_message m;
    mip6_drop cause;
    if (mip6_decode(pkt, len, 0, &h, &m, &cause) != 0) {
        g_string_append_printf(log, " BROKEN %s", mip6_drop_name(cause));
        return;
    }
    if (h.next_header == MIP6_NH_IPV6) {
        g_string_append_printf(log, " [%s>%s]", name_of(&h.src), name_of(&h.dst));
        describe_packet(log, pkt + h.upper_offset, len - h.upper_offset);
        return;
    }
    g_string_append_printf(log, " %s %s>%s", mip6_message_name(m.kind), name_of(&h.src),
                           name_of(&h.dst));
    if (m.kind == MIP6_MSG_BU)
        describe_bu(log, &h, &m.u.bu);
    if (m.kind == MIP6_MSG_BA)
        g_string_append_printf(log, " status=%u #%u lifetime=%u%s", m.u.ba.status,
                               m.u.ba.sequence, m.u.ba.lifetime_units * 4u,
                               m.u.ba.opt.has_auth ? " auth" : "");
    if (m.kind == MIP6_MSG_BE)
        g_string_append_printf(log, " status=%u %s", m.u.be.status, name_of(&m.u.be.home));
    if (m.kind == MIP6_MSG_ICMP_ERROR)
        g_string_append_printf(log, " type=%u code=%u value=%u", m.u.icmp.type,
                               m.u.icmp.code, m.u.icmp.value);
    if (m.kind == MIP6_MSG_NA)
        g_string_append_printf(log, " %s%s", m.u.nd.solicited ? "S" : "",
                               m.u.nd.override ? "O" : "");
    if (h.has_final)
        g_string_append_printf(log, " rh2=%s", name_of(&h.final));
}

static inline void describe_action(mn_world *w, const mip6_action *a, const uint8_t *buf)
{
    static const char *const kinds[] = {"send", "join", "leave", "proxy-start",
                                        "proxy-stop", "tunnel-set", "tunnel-gone"};
    world_stamp(w);
    if (a->kind == MIP6_ACTION_SEND) {
        describe_packet(w->log, buf, a->len);
        memcpy(w->sent[w->n_sent % 16], buf, a->len);
        w->sent_len[w->n_sent++ % 16] = a->len;
    } else if (a->kind == MIP6_ACTION_TUNNEL_SET || a->kind == MIP6_ACTION_TUNNEL_GONE) {
        g_string_append_printf(w->log, " %s %s", kinds[a->kind], name_of(&a->peer));
    } else {
        g_string_append_printf(w->log, " %s %s", kinds[a->kind], name_of(&a->addr));
    }
    g_string_append_c(w->log, '\n');
}

static inline void drain(mn_world *w)
{
    uint8_t buf[MIP6_MAX_PACKET];
    mip6_action a;
    while (mip6_mn_poll(w->mn, &a, buf, sizeof buf, w->now_ns))
        describe_action(w, &a, buf);
}

/* Everything due up to and at `to_ns`. */
static inline void advance(mn_world *w, int64_t to_ns)
{
    while (mip6_mn_next_expiry(w->mn) <= to_ns) {
        int64_t next_ns = mip6_mn_next_expiry(w->mn);
        if (next_ns > w->now_ns)
            w->now_ns = next_ns;
        mip6_mn_expire(w->mn, w->now_ns);
        drain(w);
    }
    w->now_ns = to_ns;
}

/* The chart so far, which starts anew; valid until the next call. */
static inline const char *take(mn_world *w)
{
    static char text[65536];
    g_strlcpy(text, w->log->str, sizeof text);
    g_string_truncate(w->log, 0);
    return text;
}

static inline mip6_mn_figures figures(const mn_world *w)
{
    mip6_mn_figures f;
    mip6_mn_get_figures(w->mn, &f);
    return f;
}

/* ---- Packets in */

/* Hands a packet over as a host does; returns what receive says, or the verdict's
 * error: 1 for DELIVER, -100 - cause for DROP. */
static inline int feed_bytes(mn_world *w, const uint8_t *pkt, size_t len)
{
    uint8_t buf[64 + MIP6_MAX_PACKET + 64];
    mip6_packet p = {.data = buf + 64, .len = (uint32_t)len, .headroom = 64};
    mip6_rx rx = {.src = {{2, 0, 0, 0, 0, 7}}};
    mip6_route route;
    memcpy(p.data, pkt, len);
    int result = 0;
    switch (mip6_mn_input(w->mn, &rx, &p, &route, w->now_ns)) {
    case MIP6_LOCAL:
        result = mip6_mn_receive(w->mn, &rx, p.data, p.len, w->now_ns);
        break;
    case MIP6_DELIVER:
        result = 1;
        break;
    default:
        result = -100 - (int)route.cause;
        break;
    }
    drain(w);
    return result;
}

static inline int feed(mn_world *w, const mip6_header *h, mip6_message *m)
{
    uint8_t buf[MIP6_MAX_PACKET];
    int len = mip6_encode(buf, sizeof buf, h, m);
    if (len <= 0)
        abort();
    return feed_bytes(w, buf, (size_t)len);
}

static inline int feed_tunnelled(mn_world *w, const char *agent, const mip6_header *h,
                                 mip6_message *m)
{
    uint8_t buf[MIP6_MAX_PACKET + 40];
    mip6_addr src = named(agent), dst = figures(w).care_of;
    int len = mip6_encode(buf + 40, MIP6_MAX_PACKET, h, m);
    if (len <= 0)
        abort();
    mip6_tunnel_header(buf, &src, &dst, (uint32_t)len, 64);
    return feed_bytes(w, buf, (size_t)len + 40);
}

static inline mip6_header header_from(const mn_world *w, const char *src, bool routed)
{
    mip6_header h = {.src = named(src), .hop_limit = 64};
    h.dst = figures(w).care_of;
    h.has_final = routed;
    h.final = named("home");
    return h;
}

/* A BA as an agent sends it: with routing header, or plain to a node at home. */
static inline int feed_ba(mn_world *w, const char *agent, uint8_t status, uint16_t sequence,
                          uint32_t lifetime_s)
{
    mip6_addr home = named("home");
    mip6_header h = header_from(w, agent, true);
    mip6_message m = {.kind = MIP6_MSG_BA};
    if (mip6_addr_equal(&h.dst, &home))
        h.has_final = false;
    m.u.ba.status = status;
    m.u.ba.sequence = sequence;
    m.u.ba.lifetime_units = (uint16_t)(lifetime_s / 4);
    return feed(w, &h, &m);
}

/* BA 129 to the last Binding Update, with a Redirect to `target`. */
static inline int feed_redirect(mn_world *w, const char *agent, const char *target)
{
    mip6_header h = header_from(w, agent, true);
    mip6_message m = {.kind = MIP6_MSG_BA};
    m.u.ba.status = MIP6_STATUS_PROHIBITED;
    m.u.ba.sequence = figures(w).sequence;
    m.u.ba.opt.has_redirect = true;
    m.u.ba.opt.redirect = named(target);
    return feed(w, &h, &m);
}

/* BA to the last Binding Update. */
static inline int accept_bu(mn_world *w, const char *agent)
{
    return feed_ba(w, agent, 0, figures(w).sequence, 120);
}

/* Identifier of the DHAAD request sent last. */
static inline uint16_t dhaad_id(const mn_world *w)
{
    for (unsigned i = 1; i <= 16 && i <= w->n_sent; i++) {
        unsigned at = (w->n_sent - i) % 16;
        mip6_header h;
        mip6_message m;
        mip6_drop cause;
        if (mip6_decode(w->sent[at], w->sent_len[at], 0, &h, &m, &cause) == 0 &&
            m.kind == MIP6_MSG_DHAAD_REQUEST)
            return m.u.dhaad.id;
    }
    return 0;
}

/* A reply of `from` with a space-separated list of names. */
static inline int feed_dhaad(mn_world *w, const char *from, uint16_t id, const char *list)
{
    mip6_addr addresses[MIP6_DHAAD_MAX];
    mip6_header h = header_from(w, from, id == 0);
    mip6_message m = {.kind = id == 0 ? MIP6_MSG_SWITCH : MIP6_MSG_DHAAD_REPLY};
    char **names = g_strsplit(list, " ", -1);
    uint16_t n = 0;
    for (; names[n] && names[n][0]; n++)
        addresses[n] = named(names[n]);
    g_strfreev(names);
    m.u.dhaad.id = id;
    m.u.dhaad.n = n;
    m.u.dhaad.addresses = addresses;
    return feed(w, &h, &m);
}

static inline void attach(mn_world *w, const char *care_of)
{
    mip6_addr a = named(care_of);
    mip6_mn_attached(w->mn, &a, w->now_ns);
    drain(w);
}

static inline void attach_home(mn_world *w)
{
    mip6_lladdr ll = {{2, 0, 0, 0, 0, 0x99}};
    mip6_mn_attached_home(w->mn, &ll, w->now_ns);
    drain(w);
}

/* Registered with ha1 at coa1 at time 0, nothing in the log. */
static inline void bootstrap(mn_world *w)
{
    attach(w, "coa1");
    feed_dhaad(w, "ha1", dhaad_id(w), "ha1 ha2");
    accept_bu(w, "ha1");
    take(w);
}

#endif
