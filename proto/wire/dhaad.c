/* Dynamic home agent address discovery, and the draft's unsolicited reply.
 *
 *   RFC 6275 sections 6.5, 6.6; draft-deng-mip6-ha-loadbalance section 8
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "wire_internal.h"

#define DHAAD_FIXED 8u

static mip6_message_kind kind_of(uint8_t type, uint16_t id)
{
    if (type == ICMP_DHAAD_REQUEST)
        return MIP6_MSG_DHAAD_REQUEST;
    /* A request never uses identifier 0, so a reply with it answers none. */
    return id == 0 ? MIP6_MSG_SWITCH : MIP6_MSG_DHAAD_REPLY;
}

mip6_drop mip6_wire_decode_dhaad(const struct wire_in *in, mip6_message *msg)
{
    mip6_dhaad *d = &msg->u.dhaad;
    size_t list = in->len - DHAAD_FIXED;

    if (in->real < in->len || in->len < DHAAD_FIXED)
        return MIP6_DROP_TOO_SHORT;
    if (in->p[1] != 0)
        return MIP6_DROP_BAD_VALUE;
    d->id = mip6_get16(in->p + 4);
    d->n = 0;
    d->addresses = NULL;
    msg->kind = kind_of(in->p[0], d->id);
    if (msg->kind == MIP6_MSG_DHAAD_REQUEST)
        return MIP6_DROP_NONE;
    /* No text asks for one address at least: an empty list is well-formed. */
    if (list % sizeof(mip6_addr) != 0 || list / sizeof(mip6_addr) > MIP6_DHAAD_MAX)
        return MIP6_DROP_BAD_LENGTH;
    d->n = (uint16_t)(list / sizeof(mip6_addr));
    d->addresses = (const mip6_addr *)(const void *)(in->p + DHAAD_FIXED);
    return MIP6_DROP_NONE;
}

int mip6_wire_encode_dhaad(struct wire_out *out, const mip6_message *msg)
{
    const mip6_dhaad *d = &msg->u.dhaad;
    bool request = msg->kind == MIP6_MSG_DHAAD_REQUEST;

    if (request ? d->id == 0 : d->n > MIP6_DHAAD_MAX)
        return MIP6_ERR_INVALID;
    wire_put8(out, request ? ICMP_DHAAD_REQUEST : ICMP_DHAAD_REPLY);
    wire_put_zero(out, 3);
    wire_put16(out, msg->kind == MIP6_MSG_SWITCH ? 0 : d->id);
    wire_put16(out, 0);
    if (!request)
        wire_put(out, d->addresses, d->n * sizeof(mip6_addr));
    return 0;
}
