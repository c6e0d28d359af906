/* What the agent wants done, as compact intents; poll turns one into an action and
 * builds its packet into the caller's buffer at that moment.
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "ha_internal.h"

#include <string.h>

bool mip6_ha_room(const mip6_ha *ha)
{
    return MIP6_HA_RING - (ha->ring_tail - ha->ring_head) >= MIP6_HA_RESERVE;
}

mip6_intent *mip6_ha_push(mip6_ha *ha, mip6_action_kind kind, mip6_message_kind message)
{
    assert(ha->ring_tail - ha->ring_head < MIP6_HA_RING);
    mip6_intent *i = &ha->ring[ha->ring_tail++ % MIP6_HA_RING];
    memset(i, 0, sizeof *i);
    i->kind = (uint8_t)kind;
    i->message = (uint8_t)message;
    return i;
}

void mip6_ha_push_addr(mip6_ha *ha, mip6_action_kind kind, const mip6_addr *addr,
                       const mip6_addr *peer)
{
    mip6_intent *i = mip6_ha_push(ha, kind, MIP6_MSG_NONE);
    i->home = *addr;
    if (peer)
        i->peer = *peer;
}

void mip6_ha_push_override_na(mip6_ha *ha, const mip6_addr *target)
{
    mip6_intent *i = mip6_ha_push(ha, MIP6_ACTION_SEND, MIP6_MSG_NA);
    i->home = *target;
    i->dst = mip6_addr_all_nodes();
    i->override = true;
}

void mip6_ha_push_be(mip6_ha *ha, const mip6_addr *dst, const mip6_addr *home, uint8_t status)
{
    if (!mip6_ha_routable(dst))
        return;
    if (!mip6_ha_limit(ha, dst, MIP6_MSG_BE)) {
        mip6_ha_drop(ha, MIP6_DROP_RATE_LIMITED, 0);
        return;
    }
    mip6_intent *i = mip6_ha_push(ha, MIP6_ACTION_SEND, MIP6_MSG_BE);
    i->dst = *dst;
    if (home)
        i->home = *home;
    i->code = status;
}

/* The newest message of a full set goes in place of the peer that was served longest
 * ago: under a flood from many addresses the limit is best effort. */
bool mip6_ha_limit(mip6_ha *ha, const mip6_addr *peer, mip6_message_kind message)
{
    uint64_t hash = mip6_hash_addr(ha->bindings.secret, peer) + message;
    mip6_limiter_slot *set = ha->limiter[hash % MIP6_HA_LIMITER_SETS], *oldest = set;
    for (unsigned i = 0; i < MIP6_HA_LIMITER_WAYS; i++) {
        mip6_limiter_slot *s = &set[i];
        if (s->n > 0 && s->message == message && mip6_addr_equal(&s->peer, peer))
            return mip6_window_take(s->sent, &s->n, ha->now_ns);
        if (s->n == 0 || (oldest->n > 0 && s->sent[s->n - 1] < oldest->sent[oldest->n - 1]))
            oldest = s;
    }
    memset(oldest, 0, sizeof *oldest);
    oldest->peer = *peer;
    oldest->message = (uint8_t)message;
    return mip6_window_take(oldest->sent, &oldest->n, ha->now_ns);
}

/* RFC 4443 2.4 (e): never about an ICMPv6 error, nor to or for a multicast. */
static bool may_complain(const uint8_t *pkt, size_t len)
{
    mip6_addr src, dst;
    if (len < MIP6_IPV6_HEADER)
        return false;
    memcpy(&src, pkt + 8, sizeof src);
    memcpy(&dst, pkt + 24, sizeof dst);
    if (mip6_addr_is_multicast(&src) || mip6_addr_is_unspecified(&src) ||
        mip6_addr_is_multicast(&dst))
        return false;
    bool icmp = pkt[6] == MIP6_NH_ICMPV6 && len > MIP6_IPV6_HEADER;
    return !(icmp && pkt[MIP6_IPV6_HEADER] < 128);
}

void mip6_ha_push_icmp(mip6_ha *ha, const uint8_t *pkt, size_t len, uint8_t type,
                       uint8_t code, uint32_t value)
{
    if (ha->icmp_pending || !may_complain(pkt, len) || !mip6_ha_room(ha))
        return;
    mip6_addr src;
    memcpy(&src, pkt + 8, sizeof src);
    if (!mip6_ha_limit(ha, &src, MIP6_MSG_ICMP_ERROR))
        return;
    size_t kept = len < sizeof ha->icmp_packet ? len : sizeof ha->icmp_packet;
    memcpy(ha->icmp_packet, pkt, kept);
    ha->icmp = (mip6_icmp_error){.type = type, .code = code, .value = value,
                                 .packet = ha->icmp_packet, .packet_len = (uint16_t)kept};
    ha->icmp_pending = true;
    mip6_intent *i = mip6_ha_push(ha, MIP6_ACTION_SEND, MIP6_MSG_ICMP_ERROR);
    i->dst = src;
}

/* ---- Building ----------------------------------------------------------------- */

static void nd_header(const mip6_ha *ha, mip6_header *h)
{
    h->src = ha->config->link_local;
    h->hop_limit = MIP6_HA_ND_HOP_LIMIT;
}

static void build_ns(const mip6_ha *ha, const mip6_intent *i, mip6_header *h, mip6_nd *nd)
{
    /* RFC 4862 5.4.2: a probe's source is unspecified. */
    nd_header(ha, h);
    h->src = (mip6_addr){{0}};
    nd->target = i->home;
}

static void build_na(const mip6_ha *ha, const mip6_intent *i, mip6_header *h, mip6_nd *nd)
{
    nd_header(ha, h);
    nd->target = i->home;
    nd->router = i->router;
    nd->solicited = i->solicited;
    nd->override = i->override;
    nd->has_lladdr = true;
    nd->lladdr = ha->config->lladdr;
}

static void build_ba(const mip6_ha *ha, const mip6_intent *i, mip6_header *h, mip6_ba *ba)
{
    h->has_final = i->routing_header;
    h->final = i->home;
    ba->status = i->code;
    ba->sequence = i->sequence;
    ba->lifetime_units = i->lifetime_units;
    ba->key = ha->config->key_mobility;
    ba->opt.has_redirect = !mip6_addr_is_unspecified(&i->peer);
    ba->opt.redirect = i->peer;
    int64_t advice = i->lifetime_units * ha->config->refresh_advice_ppm / 1000000;
    if (advice > 0 && advice < i->lifetime_units) {
        ba->opt.has_refresh = true;
        ba->opt.refresh_units = (uint16_t)advice;
    }
}

/* addresses: room for a DHAAD reply's. */
static void build(mip6_ha *ha, const mip6_intent *i, mip6_header *h, mip6_message *msg,
                  mip6_addr *addresses)
{
    msg->kind = (mip6_message_kind)i->message;
    h->src = ha->config->global;
    h->dst = i->dst;
    h->hop_limit = MIP6_HA_HOP_LIMIT;
    switch (msg->kind) {
    case MIP6_MSG_RA:
        nd_header(ha, h);
        mip6_ha_build_ra(ha, i->last, &msg->u.ra);
        break;
    case MIP6_MSG_NS:
        build_ns(ha, i, h, &msg->u.nd);
        break;
    case MIP6_MSG_NA:
        build_na(ha, i, h, &msg->u.nd);
        break;
    case MIP6_MSG_DHAAD_REPLY:
        msg->u.dhaad.id = i->sequence;
        msg->u.dhaad.n = mip6_ha_dhaad_addresses(ha, &i->home, i->sequence, addresses);
        msg->u.dhaad.addresses = addresses;
        break;
    case MIP6_MSG_SWITCH:   /* PROTOCOL 5: identifier 0, exactly one address */
        h->has_final = true;
        h->final = i->home;
        msg->u.dhaad = (mip6_dhaad){.id = 0, .n = 1, .addresses = &i->peer};
        break;
    case MIP6_MSG_HAS:      /* PROTOCOL 10 */
        h->has_final = true;
        h->final = i->home;
        msg->u.has = (mip6_has){.n = 1, .addresses = &i->peer,
                                .has_refresh = i->lifetime_units > 0,
                                .refresh_units = i->lifetime_units};
        break;
    case MIP6_MSG_BA:
        build_ba(ha, i, h, &msg->u.ba);
        break;
    case MIP6_MSG_BE:
        msg->u.be = (mip6_be){.status = i->code, .home = i->home};
        break;
    case MIP6_MSG_ICMP_ERROR:
        msg->u.icmp = ha->icmp;
        ha->icmp_pending = false;
        break;
    default:
        assert(false && "an intent of no known message");
    }
}

static void link_address(const mip6_intent *i, mip6_action *action)
{
    action->has_lladdr = i->has_lladdr;
    action->dst = i->lladdr;
    if (mip6_addr_is_multicast(&i->dst)) {
        action->has_lladdr = true;
        action->dst = mip6_lladdr_multicast(&i->dst);
    }
}

/* False: it could not be built, which an agent's own configuration alone can cause. */
static bool to_action(mip6_ha *ha, const mip6_intent *i, mip6_action *action, uint8_t *buf,
                      size_t cap)
{
    memset(action, 0, sizeof *action);
    action->kind = (mip6_action_kind)i->kind;
    action->ifindex = ha->config->ifindex;
    action->addr = i->home;
    action->peer = i->peer;
    if (i->kind != MIP6_ACTION_SEND)
        return true;
    mip6_header h = {0};
    mip6_message msg = {0};
    mip6_addr addresses[MIP6_DHAAD_MAX];
    build(ha, i, &h, &msg, addresses);
    int len = mip6_encode(buf, cap, &h, &msg);
    action->message = (mip6_message_kind)i->message;
    action->len = len > 0 ? (uint32_t)len : 0;
    link_address(i, action);
    return len > 0;
}

static bool pop(mip6_ha *ha, mip6_action *action, uint8_t *buf, size_t cap)
{
    while (ha->ring_head != ha->ring_tail) {
        mip6_intent i = ha->ring[ha->ring_head++ % MIP6_HA_RING];
        if (ha->standing_by && i.kind == MIP6_ACTION_SEND)
            continue;
        if (to_action(ha, &i, action, buf, cap))
            return true;
        mip6_ha_drop(ha, MIP6_DROP_BAD_VALUE, 0);
    }
    return false;
}

/* As after most packets that are somebody else's. */
static bool is_idle(const mip6_ha *ha)
{
    return ha->ring_head == ha->ring_tail && ha->next_ns > ha->due_ns && !ha->look_pending &&
           !ha->stopping && !ha->leaving;
}

bool mip6_ha_poll(mip6_ha *ha, mip6_action *action, uint8_t *buf, size_t cap, int64_t now_ns)
{
    assert(cap >= MIP6_MAX_PACKET);
    mip6_ha_set_now(ha, now_ns);
    if (is_idle(ha))
        return false;
    bool got;
    do {
        got = pop(ha, action, buf, cap);
    } while (!got && (mip6_ha_run_due(ha) || (ha->stopping && mip6_ha_give_back(ha)) ||
                      (ha->leaving && mip6_ha_leave_ends(ha)) || mip6_ha_look(ha)));
    mip6_ha_update_next(ha);
    return got;
}
