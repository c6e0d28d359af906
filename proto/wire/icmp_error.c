/* ICMPv6 errors: destination unreachable, packet too big, time exceeded, parameter
 * problem.
 *
 *   RFC 4443 sections 2.4 and 3
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "wire_internal.h"

#define ERROR_FIXED 8u

static bool has_value(uint8_t type)
{
    return type == ICMP_TOO_BIG || type == ICMP_PARAMETER;
}

mip6_drop mip6_wire_decode_icmp_error(const struct wire_in *in, mip6_message *msg)
{
    mip6_icmp_error *e = &msg->u.icmp;

    if (in->real < ERROR_FIXED)
        return MIP6_DROP_TOO_SHORT;
    msg->kind = MIP6_MSG_ICMP_ERROR;
    e->type = in->p[0];
    e->code = in->p[1];
    e->value = has_value(e->type) ? mip6_get32(in->p + 4) : 0;
    e->packet = in->p + ERROR_FIXED;
    e->packet_len = (uint16_t)(in->real - ERROR_FIXED);
    return MIP6_DROP_NONE;
}

int mip6_wire_encode_icmp_error(struct wire_out *out, const mip6_message *msg)
{
    const mip6_icmp_error *e = &msg->u.icmp;
    size_t room = MIP6_MAX_PACKET - out->len - ERROR_FIXED;

    if (e->type < ICMP_UNREACHABLE || e->type > ICMP_PARAMETER)
        return MIP6_ERR_INVALID;
    wire_put8(out, e->type);
    wire_put8(out, e->code);
    wire_put16(out, 0);
    wire_put32(out, has_value(e->type) ? e->value : 0);
    /* As much of the packet as the minimum MTU takes. RFC 4443 section 2.4 (c). */
    wire_put(out, e->packet, e->packet_len < room ? e->packet_len : room);
    return 0;
}
