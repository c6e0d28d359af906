/* Mobility header.
 *
 *   RFC 6275 sections 6.1 (formats), 9.2 (what is discarded); RFC 5142 section 4;
 *   RFC 6463 section 4
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "wire_internal.h"

#define MH_MIN 8u

enum {
    MH_BRR = 0,
    MH_HOTI = 1,
    MH_COTI = 2,
    MH_HOT = 3,
    MH_COT = 4,
    MH_BU = 5,
    MH_BA = 6,
    MH_BE = 7,
    MH_HAS = 12,
    MH_TYPES,
};

#define BA_KEY 0x80

/* Of each type: its kind, and where its options begin. */
struct mh_type {
    uint8_t kind;   /* mip6_message_kind; NONE for a type not known here */
    uint8_t fixed;
};

static const struct mh_type types[MH_TYPES] = {
    [MH_BRR] = {MIP6_MSG_BRR, 8},
    [MH_HOTI] = {MIP6_MSG_HOTI, 16},
    [MH_COTI] = {MIP6_MSG_COTI, 16},
    [MH_HOT] = {MIP6_MSG_HOT, 24},
    [MH_COT] = {MIP6_MSG_COT, 24},
    [MH_BU] = {MIP6_MSG_BU, 12},
    [MH_BA] = {MIP6_MSG_BA, 12},
    [MH_BE] = {MIP6_MSG_BE, 24},
    [MH_HAS] = {MIP6_MSG_HAS, 8}, /* and its addresses */
};

/* ---- Decode ----------------------------------------------------------------------- */

/* RFC 6275 sections 6.1.7 and 9.5.1: home and care-of address are unicast routable. */
static bool routable_bu(const mip6_header *h, const mip6_bu *bu)
{
    const mip6_addr *coa = bu->opt.has_alt_coa ? &bu->opt.alt_coa : &h->src;

    return mip6_wire_routable(mip6_header_source(h)) && mip6_wire_routable(coa);
}

static mip6_drop decode_bu(const struct wire_in *in, size_t end, mip6_bu *bu)
{
    mip6_drop cause = mip6_wire_decode_options(in, types[MH_BU].fixed, end, &bu->opt);

    bu->sequence = mip6_get16(in->p + 6);
    bu->flags = mip6_get16(in->p + 8) &
                (MIP6_BU_ACK | MIP6_BU_HOME | MIP6_BU_LINK_LOCAL | MIP6_BU_KEY);
    bu->lifetime_units = mip6_get16(in->p + 10);
    bu->opt.has_redirect = false;   /* an option of acknowledgements */
    if (cause == MIP6_DROP_NONE && !routable_bu(in->h, bu))
        return MIP6_DROP_BAD_VALUE;
    return cause;
}

static mip6_drop decode_ba(const struct wire_in *in, size_t end, mip6_ba *ba)
{
    mip6_drop cause = mip6_wire_decode_options(in, types[MH_BA].fixed, end, &ba->opt);

    ba->status = in->p[6];
    ba->key = (in->p[7] & BA_KEY) != 0;
    ba->sequence = mip6_get16(in->p + 8);
    ba->lifetime_units = mip6_get16(in->p + 10);
    ba->opt.redirect_capable = false;   /* an option of updates */
    return cause;
}

static mip6_drop decode_has(const struct wire_in *in, size_t end, mip6_has *has)
{
    size_t list = in->p[6] * sizeof(mip6_addr);
    mip6_mobility_options opt;
    mip6_drop cause;

    if (list > end - MH_MIN)
        return MIP6_DROP_BAD_LENGTH;
    has->n = in->p[6];
    has->addresses = (const mip6_addr *)(const void *)(in->p + MH_MIN);
    cause = mip6_wire_decode_options(in, MH_MIN + list, end, &opt);
    has->has_refresh = opt.has_refresh;
    has->refresh_units = opt.refresh_units;
    return cause;
}

/* The messages for which no option is defined: theirs must be well-formed, no more. */
static mip6_drop decode_plain(const struct wire_in *in, size_t end, mip6_message *msg)
{
    mip6_mobility_options ignored;

    if (msg->kind == MIP6_MSG_BE) {
        msg->u.be.status = in->p[6];
        memcpy(&msg->u.be.home, in->p + 8, sizeof(msg->u.be.home));
    } else if (msg->kind != MIP6_MSG_BRR) {
        bool answer = msg->kind == MIP6_MSG_HOT || msg->kind == MIP6_MSG_COT;
        mip6_rr *rr = &msg->u.rr;

        memset(rr, 0, sizeof(*rr));
        rr->nonce_index = answer ? mip6_get16(in->p + 6) : 0;
        memcpy(rr->cookie, in->p + 8, sizeof(rr->cookie));
        if (answer)
            memcpy(rr->token, in->p + 16, sizeof(rr->token));
    }
    return mip6_wire_decode_options(in, types[in->p[2]].fixed, end, &ignored);
}

static mip6_drop decode_body(const struct wire_in *in, size_t end, mip6_message *msg)
{
    switch (msg->kind) {
    case MIP6_MSG_BU:
        return decode_bu(in, end, &msg->u.bu);
    case MIP6_MSG_BA:
        return decode_ba(in, end, &msg->u.ba);
    case MIP6_MSG_HAS:
        return decode_has(in, end, &msg->u.has);
    default:
        return decode_plain(in, end, msg);
    }
}

/* In the order of RFC 6275 section 9.2; the checksum is behind us. */
mip6_drop mip6_wire_decode_mobility(const struct wire_in *in, mip6_message *msg)
{
    size_t end = (in->p[1] + 1u) * 8u;

    if (in->p[2] >= MH_TYPES || types[in->p[2]].kind == MIP6_MSG_NONE)
        return MIP6_DROP_UNKNOWN_MESSAGE;
    if (in->p[0] != MIP6_NH_NONE)
        return MIP6_DROP_BAD_VALUE;
    if (end > in->real || end < types[in->p[2]].fixed)
        return MIP6_DROP_BAD_LENGTH;
    msg->kind = (mip6_message_kind)types[in->p[2]].kind;
    return decode_body(in, end, msg);
}

/* ---- Encode ----------------------------------------------------------------------- */

static void put_bu(struct wire_out *out, const mip6_bu *bu)
{
    wire_put16(out, bu->sequence);
    wire_put16(out, bu->flags);
    wire_put16(out, bu->lifetime_units);
}

static void put_ba(struct wire_out *out, const mip6_ba *ba)
{
    wire_put8(out, ba->status);
    wire_put8(out, ba->key ? BA_KEY : 0);
    wire_put16(out, ba->sequence);
    wire_put16(out, ba->lifetime_units);
}

static void put_rr(struct wire_out *out, const mip6_rr *rr, bool answer)
{
    wire_put16(out, answer ? rr->nonce_index : 0);
    wire_put(out, rr->cookie, sizeof(rr->cookie));
    if (answer)
        wire_put(out, rr->token, sizeof(rr->token));
}

static void put_has(struct wire_out *out, const mip6_has *has)
{
    wire_put8(out, has->n);
    wire_put8(out, 0);
    wire_put(out, has->addresses, has->n * sizeof(mip6_addr));
}

static void put_body(struct wire_out *out, const mip6_message *msg)
{
    switch (msg->kind) {
    case MIP6_MSG_BRR:
        wire_put16(out, 0);
        break;
    case MIP6_MSG_BU:
        put_bu(out, &msg->u.bu);
        break;
    case MIP6_MSG_BA:
        put_ba(out, &msg->u.ba);
        break;
    case MIP6_MSG_BE:
        wire_put8(out, msg->u.be.status);
        wire_put8(out, 0);
        wire_put(out, &msg->u.be.home, sizeof(msg->u.be.home));
        break;
    case MIP6_MSG_HAS:
        put_has(out, &msg->u.has);
        break;
    default:
        put_rr(out, &msg->u.rr, msg->kind == MIP6_MSG_HOT || msg->kind == MIP6_MSG_COT);
        break;
    }
}

static void put_options(struct wire_out *out, size_t mh, mip6_message *msg)
{
    mip6_mobility_options none = {0};

    if (msg->kind == MIP6_MSG_HAS) {
        none.has_refresh = msg->u.has.has_refresh;
        none.refresh_units = msg->u.has.refresh_units;
    }
    mip6_wire_encode_options(out, mh,
                             msg->kind == MIP6_MSG_BU   ? &msg->u.bu.opt
                             : msg->kind == MIP6_MSG_BA ? &msg->u.ba.opt
                                                        : &none);
}

int mip6_wire_encode_mobility(struct wire_out *out, const mip6_header *h, mip6_message *msg)
{
    size_t mh = out->len;
    uint8_t type = 0;

    while (type < MH_TYPES && types[type].kind != (uint8_t)msg->kind)
        type++;
    if (type == MH_TYPES || (type == MH_BU && !routable_bu(h, &msg->u.bu)))
        return MIP6_ERR_INVALID;
    wire_put8(out, MIP6_NH_NONE);
    wire_put8(out, 0);
    wire_put8(out, type);
    wire_put_zero(out, 3); /* reserved, checksum */
    put_body(out, msg);
    put_options(out, mh, msg);
    if (out->len <= out->cap)
        out->p[mh + 1] = (uint8_t)((out->len - mh) / 8 - 1);
    return 0;
}
