/* The ingress router of the home link.
 *
 *   RFC 8200 section 3 (hop limit), RFC 4861 sections 6.2.6, 7.2 (its own addresses),
 *   RFC 4443 sections 2.4, 3.1 to 3.3 (errors)
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/network/router.h"

#include <assert.h>
#include <glib.h>
#include <string.h>

#include "models/measure/watch.h"

enum { SLOT_NEIGHBOUR };

#define PREFIX_BITS 64
#define OWN_HOP_LIMIT 64
/* Token bucket of RFC 4443 section 2.4 (f): N and B are the RFC's example values. */
#define ERRORS_PER_S 10
#define ERROR_BURST 10

struct model_router {
    model_net *net;
    const model_router_config *config;
    model_home_link *link;
    model_router_uplink *uplink;
    void *core;
    sim_id id;
    uint32_t member;
    model_account account;
    model_detail detail;
    model_neighbour_cache *cache;
    sim_timer timer;
    mip6_addr link_local, global;
    uint64_t made;              /* own packets, for their identities */
    int64_t tokens_at_ns;       /* errors: when the bucket was last full of what it has */
    int64_t tokens;
    int64_t agent_until_ns;     /* the last advertisement it heard is good until then */
};

static void send_on_link(model_router *r, sim_packet *packet, const mip6_addr *next_hop);

static bool is_on_link(const model_router *r, const mip6_addr *a)
{
    return mip6_addr_same_prefix(a, &r->config->prefix, PREFIX_BITS) ||
           mip6_addr_is_link_local(a);
}

static bool is_own(const model_router *r, const mip6_addr *a)
{
    return mip6_addr_equal(a, &r->link_local) || mip6_addr_equal(a, &r->global);
}

/* The timer follows the cache; a call after whatever may have moved it. One that is due at this
 * very instant is armed and comes after the event at hand. */
static void rearm(model_router *r)
{
    int64_t at_ns = model_neighbour_next_expiry(r->cache);
    if (at_ns > sim_now(r->net->engine))
        sim_timer_set(r->net->engine, &r->timer, r->id, SLOT_NEIGHBOUR, at_ns);
    else
        assert(sim_timer_armed(&r->timer));
}

/* ---- Sending --------------------------------------------------------------------- */

static void send_frame(model_router *r, sim_packet *packet, const mip6_lladdr *to)
{
    memcpy(packet->lladdr_dst, to->b, sizeof to->b);
    model_book_sent(r->net, &r->account, packet);
    model_home_link_send(r->link, r->member, packet);
}

static void send_up(model_router *r, sim_packet *packet)
{
    memset(packet->lladdr_src, 0, sizeof packet->lladdr_src);
    memset(packet->lladdr_dst, 0, sizeof packet->lladdr_dst);
    model_book_sent(r->net, &r->account, packet);
    if (__builtin_expect(r->net->watch != NULL, false))
        model_watch_uplink(r->net->watch, r->id, packet);
    r->uplink(r->core, packet, sim_now(r->net->engine));
}

static sim_packet *originate(model_router *r, const mip6_header *h, mip6_message *msg)
{
    sim_packet *packet = sim_packet_new(r->net->packets, MIP6_MAX_PACKET);
    int len = mip6_encode(sim_packet_data(packet), MIP6_MAX_PACKET, h, msg);
    assert(len > 0);
    packet->len = (uint16_t)len;
    packet->message = (uint8_t)msg->kind;
    packet->created_ns = sim_now(r->net->engine);
    packet->identity = model_identity(r->account.name_hash, msg->kind, r->made++);
    model_book_originated(r->net, &r->account, packet);
    return packet;
}

/* By destination: where an own packet goes. */
static void route_own(model_router *r, sim_packet *packet, const mip6_addr *dst)
{
    if (is_on_link(r, dst))
        send_on_link(r, packet, dst);
    else
        send_up(r, packet);
}

/* ---- ICMPv6 errors ------------------------------------------------------------------ */

static bool take_token(model_router *r)
{
    int64_t now = sim_now(r->net->engine), each = SIM_SECOND_NS / ERRORS_PER_S;
    int64_t gained = (now - r->tokens_at_ns) / each;
    r->tokens_at_ns += gained * each;
    r->tokens = MIN(r->tokens + gained, ERROR_BURST);
    if (r->tokens == 0)
        return false;
    r->tokens--;
    return true;
}

/* RFC 4443 section 2.4 (e): what must not be answered with an error. */
static bool may_complain(const model_router *r, const sim_packet *packet, uint8_t type)
{
    mip6_header h;
    mip6_drop cause;
    const uint8_t *bytes = packet->bytes + packet->head;
    if (mip6_decode_header(bytes, packet->len, packet->virtual_bytes, &h, &cause) != 0)
        return false;
    if (mip6_addr_is_unspecified(&h.src) || mip6_addr_is_multicast(&h.src) || is_own(r, &h.src))
        return false;
    if (mip6_addr_is_multicast(&h.dst) && type != 2)
        return false;
    if (h.next_header != MIP6_NH_ICMPV6 || h.upper_offset >= packet->len)
        return true;
    return bytes[h.upper_offset] >= 128;
}

/* Tell the source, with as much of its packet as fits 1280 bytes; virtual bytes are zeros. */
static void complain(model_router *r, const sim_packet *packet, uint8_t type, uint8_t code,
                     uint32_t value)
{
    uint8_t invoking[MIP6_MIN_MTU - MIP6_IPV6_HEADER - 8] = {0};
    if (!may_complain(r, packet, type) || !take_token(r))
        return;
    mip6_addr to;
    memcpy(to.b, packet->bytes + packet->head + 8, sizeof to.b);
    memcpy(invoking, packet->bytes + packet->head, MIN(packet->len, sizeof invoking));
    mip6_message msg = {
        .kind = MIP6_MSG_ICMP_ERROR,
        .u.icmp = {.type = type, .code = code, .value = value, .packet = invoking,
                   .packet_len = (uint16_t)MIN(sim_packet_bytes(packet), sizeof invoking)}};
    bool near = mip6_addr_is_link_local(&to);
    mip6_header h = {
        .src = near ? r->link_local : r->global, .dst = to, .hop_limit = OWN_HOP_LIMIT};
    route_own(r, originate(r, &h, &msg), &to);
}

static void lose(model_router *r, sim_packet *packet, unsigned cause)
{
    model_lose(r->net, &r->account, packet, cause);
}

static void refuse(model_router *r, sim_packet *packet, unsigned cause, uint8_t type,
                   uint8_t code, uint32_t value)
{
    complain(r, packet, type, code, value);
    lose(r, packet, cause);
}

/* ---- The neighbour cache's needs ---------------------------------------------------- */

static void solicit(void *self, const mip6_addr *target, const mip6_lladdr *lladdr)
{
    model_router *r = self;
    mip6_message msg = {
        .kind = MIP6_MSG_NS,
        .u.nd = {.target = *target, .has_lladdr = true, .lladdr = r->config->lladdr}};
    mip6_addr group = mip6_addr_solicited_node(target);
    mip6_header h = {
        .src = r->link_local, .dst = lladdr ? *target : group, .hop_limit = 255};
    mip6_lladdr to = lladdr ? *lladdr : mip6_lladdr_multicast(&group);
    send_frame(r, originate(r, &h, &msg), &to);
}

static void resolved(void *self, sim_packet *packet, const mip6_lladdr *lladdr)
{
    model_router *r = self;
    model_release(r->net, &r->account);
    send_frame(r, packet, lladdr);
}

/* RFC 4861 section 7.2.2: address unreachable for each packet that waited in vain. */
static void failed(void *self, sim_packet *packet, unsigned cause)
{
    model_router *r = self;
    model_release(r->net, &r->account);
    if (cause == MODEL_CAUSE_NO_NEIGHBOUR)
        refuse(r, packet, cause, 1, 3, 0);
    else
        lose(r, packet, cause);
}

/* Held before the cache may give it back. */
static void send_on_link(model_router *r, sim_packet *packet, const mip6_addr *next_hop)
{
    mip6_lladdr to;
    model_hold(r->net, &r->account);
    if (!model_neighbour_lookup(r->cache, next_hop, packet, &to, sim_now(r->net->engine)))
        return;
    model_release(r->net, &r->account);
    send_frame(r, packet, &to);
}

/* ---- Forwarding --------------------------------------------------------------------- */

static bool is_routable(const mip6_addr *src, const mip6_addr *dst)
{
    bool near = mip6_addr_is_link_local(src) || mip6_addr_is_link_local(dst);
    return !mip6_addr_is_multicast(dst) && !mip6_addr_is_unspecified(src) && !near;
}

static bool is_elsewhere(const model_router *r, const mip6_addr *dst)
{
    return r->config->is_elsewhere && r->config->is_elsewhere(r->core, r, dst);
}

static void forward(model_router *r, sim_packet *packet, const mip6_addr *src,
                    const mip6_addr *dst, bool from_core)
{
    uint8_t *hop_limit = sim_packet_data(packet) + 7;
    bool on_link = mip6_addr_same_prefix(dst, &r->config->prefix, PREFIX_BITS) &&
                   !is_elsewhere(r, dst);
    if (!is_routable(src, dst)) {
        lose(r, packet, MODEL_CAUSE_NO_ROUTE);
    } else if (*hop_limit <= 1) {
        refuse(r, packet, MIP6_DROP_HOP_LIMIT, 3, 0, 0);
    } else if (from_core && !on_link) {
        refuse(r, packet, MODEL_CAUSE_NO_ROUTE, 1, 0, 0);
    } else if (on_link && sim_packet_bytes(packet) > r->config->mtu) {
        refuse(r, packet, MIP6_DROP_TOO_BIG, 2, 0, (uint32_t)r->config->mtu);
    } else {
        --*hop_limit;
        if (on_link)
            send_on_link(r, packet, dst);
        else
            send_up(r, packet);
    }
}

bool model_router_would_pass(const model_router *r, const sim_packet *packet)
{
    mip6_addr src, dst;
    const uint8_t *bytes = packet->bytes + packet->head;
    memcpy(src.b, bytes + 8, sizeof src.b);
    memcpy(dst.b, bytes + 24, sizeof dst.b);
    return bytes[7] > 1 && is_routable(&src, &dst) &&
           !mip6_addr_same_prefix(&dst, &r->config->prefix, PREFIX_BITS);
}

void model_router_pass(model_router *r, sim_packet *packet)
{
    model_book_received(r->net, &r->account);
    sim_packet_data(packet)[7]--;
    send_up(r, packet);
}

/* ---- For the router itself ------------------------------------------------------------ */

/* RFC 4861 section 7.2.4. The target is a unicast address of its own, so O = 1. */
static void answer(model_router *r, const mip6_header *h, const mip6_nd *ns)
{
    bool probe = mip6_addr_is_unspecified(&h->src);
    mip6_message msg = {
        .kind = MIP6_MSG_NA,
        .u.nd = {.target = ns->target, .router = true, .solicited = !probe, .override = true,
                 .has_lladdr = true, .lladdr = r->config->lladdr}};
    mip6_addr all = mip6_addr_all_nodes();
    mip6_header out = {
        .src = ns->target, .dst = probe ? all : h->src, .hop_limit = 255};
    sim_packet *na = originate(r, &out, &msg);
    mip6_lladdr group = mip6_lladdr_multicast(&all);
    if (probe)
        send_frame(r, na, &group);
    else
        send_on_link(r, na, &h->src);
}

/* Sections 7.2.3, 7.2.5, 6.2.6; an agent's advertisement tells its address, too. */
static void learn(model_router *r, const mip6_header *h, const mip6_message *msg, int64_t now)
{
    const mip6_nd *nd = &msg->u.nd;
    if (msg->kind == MIP6_MSG_RA)
        r->agent_until_ns = now + msg->u.ra.router_lifetime_s * SIM_SECOND_NS;
    bool named = !mip6_addr_is_unspecified(&h->src);
    if (msg->kind == MIP6_MSG_NS && is_own(r, &nd->target)) {
        if (named && nd->has_lladdr)
            model_neighbour_heard(r->cache, &h->src, &nd->lladdr, now);
        answer(r, h, nd);
    } else if (msg->kind == MIP6_MSG_NA) {
        model_neighbour_advertised(r->cache, nd, now);
    } else if (msg->kind == MIP6_MSG_RA && msg->u.ra.has_slla) {
        model_neighbour_heard(r->cache, &h->src, &msg->u.ra.slla, now);
    }
}

/* Returns why the packet was of no use, or MIP6_DROP_NONE. */
static mip6_drop read_own(model_router *r, const sim_packet *packet, int64_t now_ns)
{
    mip6_header h;
    mip6_message msg;
    mip6_drop cause = MIP6_DROP_NONE;
    if (mip6_decode(packet->bytes + packet->head, packet->len, packet->virtual_bytes, &h, &msg,
                    &cause) != 0)
        return cause;
    learn(r, &h, &msg, now_ns);
    return MIP6_DROP_NONE;
}

static void multicast(void *self, sim_packet *packet, int64_t now_ns)
{
    model_router *r = self;
    (void)read_own(r, packet, now_ns);
    rearm(r);
}

static void input(model_router *r, sim_packet *packet, bool from_core)
{
    mip6_addr src, dst;
    if (packet->len < MIP6_IPV6_HEADER) {
        lose(r, packet, MIP6_DROP_TOO_SHORT);
        return;
    }
    const uint8_t *bytes = sim_packet_data(packet);
    memcpy(src.b, bytes + 8, sizeof src.b);
    memcpy(dst.b, bytes + 24, sizeof dst.b);
    if (bytes[0] >> 4 != 6) {
        lose(r, packet, MIP6_DROP_BAD_VALUE);
    } else if (is_own(r, &dst)) {
        mip6_drop cause = read_own(r, packet, sim_now(r->net->engine));
        if (cause == MIP6_DROP_NONE)
            model_consume(r->net, &r->account, packet);
        else
            lose(r, packet, cause);
    } else {
        forward(r, packet, &src, &dst, from_core);
    }
}

static void handle(void *self, const sim_event *event)
{
    model_router *r = self;
    if (event->src == event->dst) {
        sim_timer_fired(r->net->engine, &r->timer, event);
        model_neighbour_expire(r->cache, event->time_ns);
    } else if (event->port == MODEL_HOME_LINK_PORT) {
        sim_packet *frame = model_home_link_receive(r->link, r->member, &r->account, event);
        if (frame)
            input(r, frame, false);
    } else {
        model_book_received(r->net, &r->account);
        input(r, event->payload, true);
    }
    rearm(r);
}

static void discard(void *self, void *payload)
{
    model_router *r = self;
    sim_packet_unref(r->net->packets, payload);
}

/* ---- Life ----------------------------------------------------------------------------- */

static const char *name_of(const model_router_config *config)
{
    return config->name ? config->name : "router";
}

model_router *model_router_new(model_net *net, const model_router_config *config,
                               model_home_link *link, model_router_uplink *uplink, void *core)
{
    static const model_neighbour_ops ops = {solicit, resolved, failed};
    assert(config->mtu >= MIP6_MIN_MTU);
    model_router *r = g_new0(model_router, 1);
    r->net = net;
    r->config = config;
    r->link = link;
    r->uplink = uplink;
    r->core = core;
    r->member = MODEL_NO_MEMBER;
    r->link_local = mip6_addr_link_local(&config->lladdr);
    r->global = mip6_addr_from_lladdr(&config->prefix, &config->lladdr);
    r->tokens = ERROR_BURST;
    r->cache = model_neighbour_cache_new(&config->neighbour, &ops, r);
    model_account_init(&r->account, name_of(config), 0, MODEL_NO_CELL, &r->detail);
    return r;
}

void model_router_free(model_router *r)
{
    if (!r)
        return;
    model_neighbour_cache_free(r->cache, r->net->packets);
    g_free(r);
}

void model_router_register(model_router *r)
{
    static const sim_entity_class cls = {
        .kind = "router", .handle = handle, .discard = discard};
    sim_engine_add(r->net->engine, name_of(r->config), &cls, r, &r->id);
}

void model_router_start(model_router *r)
{
    r->account.node = r->id;
    r->account.cell = sim_fingerprint_add_cell(r->net->fingerprint, r->id);
    r->member = model_home_link_join(r->link, r->id, &r->config->lladdr, r, multicast,
                                     &r->account);
    mip6_addr groups[] = {mip6_addr_all_nodes(), mip6_addr_all_routers(),
                          mip6_addr_solicited_node(&r->global)};
    for (size_t i = 0; i < G_N_ELEMENTS(groups); i++)
        model_home_link_group_join(r->link, r->member, &groups[i]);
}

bool model_router_hears_agent(const model_router *r, int64_t now_ns)
{
    return now_ns < r->agent_until_ns;
}

sim_id model_router_id(const model_router *r)
{
    return r->id;
}

const mip6_addr *model_router_link_local(const model_router *r)
{
    return &r->link_local;
}

model_account *model_router_account(model_router *r)
{
    return &r->account;
}

void model_router_tell(model_router *r, const mip6_addr *address, const mip6_lladdr *lladdr)
{
    mip6_nd na = {.target = *address, .solicited = true, .override = true, .has_lladdr = true,
                  .lladdr = *lladdr};
    model_neighbour_advertised(r->cache, &na, sim_now(r->net->engine));
    rearm(r);
}
