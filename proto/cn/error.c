/* Errors that a correspondent sends, at a bounded rate.
 *
 *   RFC 6275 sections 9.2, 9.3.3; RFC 4443 sections 2.4 and 3.4; RFC 8200 4.2
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "cn.h"

#include <string.h>

/* A bucket of ten, filled with ten a second. RFC 4443 section 2.4 (f). */
#define ERRORS_PER_S 10u

#define ICMP_PARAMETER_PROBLEM 4
#define OPTION_HOME_ADDRESS 0xc9

static bool may_send(mip6_cn *cn, int64_t now_ns)
{
    int64_t period_ns = MIP6_SECOND_NS / ERRORS_PER_S;
    int64_t filled = (now_ns - cn->errors_ns) / period_ns;
    cn->errors_ns += filled * period_ns;
    if (filled > (int64_t)cn->errors_out)
        filled = (int64_t)cn->errors_out;
    cn->errors_out -= (uint32_t)filled;
    if (cn->errors_out >= ERRORS_PER_S)
        return false;
    cn->errors_out++;
    return true;
}

static bool may_answer(const mip6_header *h)
{
    return !mip6_addr_is_unspecified(&h->src) && !mip6_addr_is_multicast(&h->src);
}

void mip6_cn_binding_error(mip6_cn *cn, const mip6_header *h, uint8_t status,
                           int64_t now_ns)
{
    if (!may_answer(h) || !may_send(cn, now_ns))
        return;
    mip6_message *m = mip6_cn_reply(cn, &h->src, NULL, MIP6_MSG_BE);
    m->u.be.status = status;
    if (h->has_home)
        m->u.be.home = h->home;
}

void mip6_cn_parameter_problem(mip6_cn *cn, const mip6_header *h, uint8_t code,
                               uint32_t pointer, const uint8_t *pkt, size_t len,
                               int64_t now_ns)
{
    if (!may_answer(h) || !may_send(cn, now_ns))
        return;
    if (len > CN_INVOKING)
        len = CN_INVOKING;
    memcpy(cn->invoking, pkt, len);
    mip6_message *m = mip6_cn_reply(cn, &h->src, NULL, MIP6_MSG_ICMP_ERROR);
    m->u.icmp.type = ICMP_PARAMETER_PROBLEM;
    m->u.icmp.code = code;
    m->u.icmp.value = pointer;
    m->u.icmp.packet = cn->invoking;
    m->u.icmp.packet_len = (uint16_t)len;
}

/* Where the Home Address option's type stands in the options header at `at`; 0: it is
 * not there. The packet has been decoded, so lengths are right. */
static uint32_t find_option(const uint8_t *pkt, size_t at, size_t end)
{
    for (size_t i = at + 2; i < end; i += pkt[i] == 0 ? 1u : 2u + pkt[i + 1]) {
        if (pkt[i] == OPTION_HOME_ADDRESS)
            return (uint32_t)i;
    }
    return 0;
}

/* Walks the extension headers of a decoded packet.
 *   *field   where the next-header value of the upper layer stands
 *   *option  where the Home Address option stands, 0 without one */
static void walk(const uint8_t *pkt, const mip6_header *h, uint32_t *field,
                 uint32_t *option)
{
    uint8_t next_header = pkt[6];
    size_t at = MIP6_IPV6_HEADER;
    *field = 6;
    *option = 0;
    while (at < h->upper_offset) {
        size_t n = next_header == MIP6_NH_FRAGMENT ? MIP6_FRAGMENT_HEADER
                                                   : (pkt[at + 1] + 1u) * 8u;
        if (next_header == MIP6_NH_DSTOPTS && *option == 0)
            *option = find_option(pkt, at, at + n);
        *field = (uint32_t)at;
        next_header = pkt[at];
        at += n;
    }
}

int mip6_cn_plain_receive(mip6_cn *cn, const mip6_header *h, const uint8_t *pkt,
                          size_t len, int64_t now_ns)
{
    uint32_t field, option;
    walk(pkt, h, &field, &option);
    if (option != 0) {          /* the two high bits of 0xc9: discard, and say so */
        mip6_cn_parameter_problem(cn, h, 2, option, pkt, len, now_ns);
        return mip6_cn_ignore(cn, MIP6_DROP_UNKNOWN_HEADER);
    }
    if (h->next_header == MIP6_NH_MOBILITY) {
        mip6_cn_parameter_problem(cn, h, 1, field, pkt, len, now_ns);
        return mip6_cn_ignore(cn, MIP6_DROP_UNKNOWN_HEADER);
    }
    return 0;
}
