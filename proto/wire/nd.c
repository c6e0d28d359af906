/* Neighbor Discovery: router and neighbour solicitations and advertisements.
 *
 *   RFC 4861 sections 4, 6.1, 7.1 (formats, what MUST be discarded)
 *   RFC 6275 sections 7.1 to 7.4 (H, R, advertisement interval, home agent information)
 *   draft-deng-mip6-ha-loadbalance section 7 (load option)
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "wire_internal.h"

enum {
    OPTION_SLLA = 1,
    OPTION_TLLA = 2,
    OPTION_PREFIX = 3,
    OPTION_MTU = 5,
    OPTION_INTERVAL = 7,
};

#define ND_HOP_LIMIT 255
#define RS_FIXED 8u
#define RA_FIXED 16u
#define NS_FIXED 24u
#define LLADDR_OPTION 8u
#define PREFIX_OPTION 32u

enum {
    PREFIX_ON_LINK = 0x80,
    PREFIX_AUTONOMOUS = 0x40,
    PREFIX_ROUTER = 0x20,
    NA_ROUTER = 0x80,
    NA_SOLICITED = 0x40,
    NA_OVERRIDE = 0x20,
};

/* ---- Validity that both ways share ---------------------------------------------- */

/* RFC 4861 section 7.1.1: a probe goes to a solicited-node group, without option. */
static bool valid_ns(const mip6_header *h, const mip6_nd *nd)
{
    static const mip6_addr groups = {{0xff, 0x02, [11] = 0x01, [12] = 0xff}};

    if (mip6_addr_is_multicast(&nd->target))
        return false;
    return !mip6_addr_is_unspecified(&h->src) ||
           (mip6_addr_same_prefix(&h->dst, &groups, 104) && !nd->has_lladdr);
}

/* RFC 4861 section 7.1.2. */
static bool valid_na(const mip6_header *h, const mip6_nd *nd)
{
    return !mip6_addr_is_multicast(&nd->target) &&
           !(mip6_addr_is_multicast(&h->dst) && nd->solicited);
}

/* RFC 4861 section 6.1.2: the source names the router. */
static bool valid_ra(const mip6_header *h)
{
    return mip6_addr_is_link_local(&h->src);
}

static bool valid_nd(const mip6_header *h, const mip6_message *msg)
{
    switch (msg->kind) {
    case MIP6_MSG_RA:
        return valid_ra(h);
    case MIP6_MSG_NS:
        return valid_ns(h, &msg->u.nd);
    case MIP6_MSG_NA:
        return valid_na(h, &msg->u.nd);
    default:
        return true;
    }
}

/* ---- Decode ----------------------------------------------------------------------- */

/* The option at *at and its length; moves *at behind it. A length of 0 or past the
 * end condemns the packet. RFC 4861 section 4.6. */
static mip6_drop next_option(const struct wire_in *in, size_t *at, const uint8_t **option,
                             size_t *n)
{
    if (in->real - *at < 8)
        return MIP6_DROP_BAD_LENGTH;
    *option = in->p + *at;
    *n = (*option)[1] * 8u;
    if (*n == 0 || *n > in->real - *at)
        return MIP6_DROP_BAD_LENGTH;
    *at += *n;
    return MIP6_DROP_NONE;
}

/* A link-layer address of another length is not one of an Ethernet. The first counts. */
static mip6_drop read_lladdr(const uint8_t *option, size_t n, bool *has, mip6_lladdr *ll)
{
    if (n != LLADDR_OPTION)
        return MIP6_DROP_BAD_LENGTH;
    if (!*has)
        memcpy(ll, option + 2, sizeof(*ll));
    *has = true;
    return MIP6_DROP_NONE;
}

static mip6_drop decode_rs(const struct wire_in *in)
{
    mip6_lladdr ll;
    bool has = false;
    const uint8_t *option;
    size_t n;

    for (size_t at = RS_FIXED; at < in->len;) {
        mip6_drop cause = next_option(in, &at, &option, &n);

        if (cause == MIP6_DROP_NONE && option[0] == OPTION_SLLA)
            cause = read_lladdr(option, n, &has, &ll);
        if (cause != MIP6_DROP_NONE)
            return cause;
    }
    /* RFC 4861 section 6.1.1. */
    return has && mip6_addr_is_unspecified(&in->h->src) ? MIP6_DROP_BAD_VALUE : MIP6_DROP_NONE;
}

static mip6_drop decode_neighbour(const struct wire_in *in, mip6_message *msg)
{
    uint8_t wanted = msg->kind == MIP6_MSG_NS ? OPTION_SLLA : OPTION_TLLA;
    mip6_nd *nd = &msg->u.nd;
    const uint8_t *option;
    size_t n;

    memset(nd, 0, sizeof(*nd));
    memcpy(&nd->target, in->p + 8, sizeof(nd->target));
    if (msg->kind == MIP6_MSG_NA) {
        nd->router = (in->p[4] & NA_ROUTER) != 0;
        nd->solicited = (in->p[4] & NA_SOLICITED) != 0;
        nd->override = (in->p[4] & NA_OVERRIDE) != 0;
    }
    for (size_t at = NS_FIXED; at < in->len;) {
        mip6_drop cause = next_option(in, &at, &option, &n);

        if (cause == MIP6_DROP_NONE && option[0] == wanted)
            cause = read_lladdr(option, n, &nd->has_lladdr, &nd->lladdr);
        if (cause != MIP6_DROP_NONE)
            return cause;
    }
    return MIP6_DROP_NONE;
}

static mip6_drop read_prefix(const uint8_t *option, size_t n, mip6_ra *ra)
{
    mip6_prefix_info *info;

    if (n != PREFIX_OPTION)
        return MIP6_DROP_BAD_LENGTH;
    if (option[2] > 128)
        return MIP6_DROP_BAD_VALUE;
    if (ra->n_prefixes == MIP6_RA_PREFIXES)
        return MIP6_DROP_NONE;
    info = &ra->prefixes[ra->n_prefixes++];
    info->length = option[2];
    info->on_link = (option[3] & PREFIX_ON_LINK) != 0;
    info->autonomous = (option[3] & PREFIX_AUTONOMOUS) != 0;
    info->router_address = (option[3] & PREFIX_ROUTER) != 0;
    info->valid_s = mip6_get32(option + 4);
    info->preferred_s = mip6_get32(option + 8);
    memcpy(&info->prefix, option + 16, sizeof(info->prefix));
    return MIP6_DROP_NONE;
}

/* Options of eight bytes that carry one number. Those of others keep what came first. */
static void read_numbers(const uint8_t *option, mip6_ra *ra)
{
    switch (option[0]) {
    case OPTION_MTU:
        ra->mtu = ra->has_mtu ? ra->mtu : mip6_get32(option + 4);
        ra->has_mtu = true;
        break;
    case OPTION_INTERVAL:
        ra->interval_ms = ra->has_interval ? ra->interval_ms : mip6_get32(option + 4);
        ra->has_interval = true;
        break;
    case MIP6_ND_HA_INFO_OPTION:
        ra->ha_preference = ra->has_ha_info ? ra->ha_preference : mip6_get16(option + 4);
        ra->ha_lifetime_s = ra->has_ha_info ? ra->ha_lifetime_s : mip6_get16(option + 6);
        ra->has_ha_info = true;
        break;
    case MIP6_ND_LOAD_OPTION:
        ra->load_queue = ra->has_load ? ra->load_queue : mip6_get16(option + 4);
        ra->load_mn_count = ra->has_load ? ra->load_mn_count : mip6_get16(option + 6);
        ra->has_load = true;
        break;
    case MIP6_ND_CAPACITY_OPTION:
        ra->capacity_kbps = ra->has_capacity ? ra->capacity_kbps : mip6_get32(option + 4);
        ra->has_capacity = true;
        break;
    default:
        break;
    }
}

static mip6_drop read_ra_option(const uint8_t *option, size_t n, mip6_ra *ra)
{
    switch (option[0]) {
    case OPTION_SLLA:
        return read_lladdr(option, n, &ra->has_slla, &ra->slla);
    case OPTION_PREFIX:
        return read_prefix(option, n, ra);
    case OPTION_MTU:
    case OPTION_INTERVAL:
    case MIP6_ND_HA_INFO_OPTION:
        if (n != 8)
            return MIP6_DROP_BAD_LENGTH;
        break;
    default:
        /* 253 and 254 of another length are another's experiment. RFC 4727. */
        if (n != 8)
            return MIP6_DROP_NONE;
        break;
    }
    read_numbers(option, ra);
    return MIP6_DROP_NONE;
}

static mip6_drop decode_ra(const struct wire_in *in, mip6_ra *ra)
{
    const uint8_t *option;
    size_t n;

    memset(ra, 0, sizeof(*ra));
    ra->cur_hop_limit = in->p[4];
    ra->flags = in->p[5];
    ra->router_lifetime_s = mip6_get16(in->p + 6);
    ra->reachable_ms = mip6_get32(in->p + 8);
    ra->retrans_ms = mip6_get32(in->p + 12);
    for (size_t at = RA_FIXED; at < in->len;) {
        mip6_drop cause = next_option(in, &at, &option, &n);

        if (cause == MIP6_DROP_NONE)
            cause = read_ra_option(option, n, ra);
        if (cause != MIP6_DROP_NONE)
            return cause;
    }
    return MIP6_DROP_NONE;
}

static mip6_drop decode_body(const struct wire_in *in, mip6_message *msg)
{
    switch (in->p[0]) {
    case ICMP_RS:
        msg->kind = MIP6_MSG_RS;
        return decode_rs(in);
    case ICMP_RA:
        msg->kind = MIP6_MSG_RA;
        return in->len < RA_FIXED ? MIP6_DROP_TOO_SHORT : decode_ra(in, &msg->u.ra);
    default:
        msg->kind = in->p[0] == ICMP_NS ? MIP6_MSG_NS : MIP6_MSG_NA;
        return in->len < NS_FIXED ? MIP6_DROP_TOO_SHORT : decode_neighbour(in, msg);
    }
}

mip6_drop mip6_wire_decode_nd(const struct wire_in *in, mip6_message *msg)
{
    mip6_drop cause;

    if (in->h->hop_limit != ND_HOP_LIMIT)
        return MIP6_DROP_HOP_LIMIT;
    if (in->real < in->len || in->len < RS_FIXED)
        return MIP6_DROP_TOO_SHORT;
    if (in->p[1] != 0)
        return MIP6_DROP_BAD_VALUE;
    cause = decode_body(in, msg);
    if (cause == MIP6_DROP_NONE && !valid_nd(in->h, msg))
        cause = MIP6_DROP_BAD_VALUE;
    return cause;
}

/* ---- Encode ----------------------------------------------------------------------- */

static void put_lladdr(struct wire_out *out, uint8_t type, const mip6_lladdr *ll)
{
    wire_put8(out, type);
    wire_put8(out, LLADDR_OPTION / 8);
    wire_put(out, ll, sizeof(*ll));
}

/* Type, length 1, 16 bits reserved, 32 bits. */
static void put_number(struct wire_out *out, uint8_t type, uint32_t value)
{
    wire_put8(out, type);
    wire_put8(out, 1);
    wire_put16(out, 0);
    wire_put32(out, value);
}

static void put_numbers(struct wire_out *out, uint8_t type, uint16_t high, uint16_t low)
{
    put_number(out, type, (uint32_t)high << 16 | low);
}

static void put_prefix(struct wire_out *out, const mip6_prefix_info *info)
{
    wire_put8(out, OPTION_PREFIX);
    wire_put8(out, PREFIX_OPTION / 8);
    wire_put8(out, info->length);
    wire_put8(out, (uint8_t)((info->on_link ? PREFIX_ON_LINK : 0) |
                             (info->autonomous ? PREFIX_AUTONOMOUS : 0) |
                             (info->router_address ? PREFIX_ROUTER : 0)));
    wire_put32(out, info->valid_s);
    wire_put32(out, info->preferred_s);
    wire_put32(out, 0);
    wire_put(out, &info->prefix, sizeof(info->prefix));
}

static void put_ra_options(struct wire_out *out, const mip6_ra *ra)
{
    if (ra->has_slla)
        put_lladdr(out, OPTION_SLLA, &ra->slla);
    if (ra->has_mtu)
        put_number(out, OPTION_MTU, ra->mtu);
    for (unsigned i = 0; i < ra->n_prefixes; i++)
        put_prefix(out, &ra->prefixes[i]);
    if (ra->has_interval)
        put_number(out, OPTION_INTERVAL, ra->interval_ms);
    if (ra->has_ha_info)
        put_numbers(out, MIP6_ND_HA_INFO_OPTION, ra->ha_preference, ra->ha_lifetime_s);
    if (ra->has_load)
        put_numbers(out, MIP6_ND_LOAD_OPTION, ra->load_queue, ra->load_mn_count);
    if (ra->has_capacity)
        put_number(out, MIP6_ND_CAPACITY_OPTION, ra->capacity_kbps);
}

static int encode_ra(struct wire_out *out, const mip6_ra *ra)
{
    if (ra->n_prefixes > MIP6_RA_PREFIXES)
        return MIP6_ERR_INVALID;
    for (unsigned i = 0; i < ra->n_prefixes; i++) {
        if (ra->prefixes[i].length > 128)
            return MIP6_ERR_INVALID;
    }
    wire_put8(out, ICMP_RA);
    wire_put_zero(out, 3);
    wire_put8(out, ra->cur_hop_limit);
    wire_put8(out, ra->flags);
    wire_put16(out, ra->router_lifetime_s);
    wire_put32(out, ra->reachable_ms);
    wire_put32(out, ra->retrans_ms);
    put_ra_options(out, ra);
    return 0;
}

static int encode_neighbour(struct wire_out *out, const mip6_message *msg)
{
    const mip6_nd *nd = &msg->u.nd;
    bool na = msg->kind == MIP6_MSG_NA;
    int flags = !na ? 0
                    : (nd->router ? NA_ROUTER : 0) | (nd->solicited ? NA_SOLICITED : 0) |
                          (nd->override ? NA_OVERRIDE : 0);

    wire_put8(out, na ? ICMP_NA : ICMP_NS);
    wire_put_zero(out, 3);
    wire_put8(out, (uint8_t)flags);
    wire_put_zero(out, 3);
    wire_put(out, &nd->target, sizeof(nd->target));
    if (nd->has_lladdr)
        put_lladdr(out, na ? OPTION_TLLA : OPTION_SLLA, &nd->lladdr);
    return 0;
}

int mip6_wire_encode_nd(struct wire_out *out, const mip6_header *h, const mip6_message *msg)
{
    if (h->hop_limit != ND_HOP_LIMIT || !valid_nd(h, msg))
        return MIP6_ERR_INVALID;
    if (msg->kind == MIP6_MSG_RA)
        return encode_ra(out, &msg->u.ra);
    if (msg->kind != MIP6_MSG_RS)
        return encode_neighbour(out, msg);
    wire_put8(out, ICMP_RS);
    wire_put_zero(out, RS_FIXED - 1);
    return 0;
}
