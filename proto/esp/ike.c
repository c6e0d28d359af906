/* Frames of IKEv2: header, one payload, its size.
 *
 *   RFC 7296 sections 3.1, 3.2, 3.10 (Notify: a cookie), 3.12 (Vendor ID), 3.14 (Encrypted)
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "mip6_esp.h"

#include <string.h>

enum { NOTIFY = 41, VENDOR_ID = 43, ENCRYPTED = 46, VERSION = 0x20, INITIATOR = 0x08,
       RESPONSE = 0x20, COOKIE = 16390, PAYLOAD_HEADER = 4, UPPER = 48 };

static uint64_t get64(const uint8_t *p)
{
    return (uint64_t)mip6_get32(p) << 32 | mip6_get32(p + 4);
}

static void put64(uint8_t *p, uint64_t v)
{
    mip6_put32(p, (uint32_t)(v >> 32));
    mip6_put32(p + 4, (uint32_t)v);
}

static uint8_t payload_of(const mip6_ike *msg)
{
    if (msg->exchange != MIP6_IKE_SA_INIT)
        return ENCRYPTED;
    return msg->cookie ? NOTIFY : VENDOR_ID;
}

static void write_child(uint8_t *p, const mip6_ike *msg)
{
    mip6_put32(p, msg->child_spi);
    memcpy(p + 4, msg->home.b, sizeof msg->home.b);
}

static void write_message(uint8_t *p, const mip6_ike *msg)
{
    memset(p, 0, msg->len);
    put64(p, msg->spi_initiator);
    put64(p + 8, msg->spi_responder);
    p[16] = payload_of(msg);
    p[17] = VERSION;
    p[18] = (uint8_t)msg->exchange;
    p[19] = msg->response ? RESPONSE : INITIATOR;
    mip6_put32(p + 20, msg->message_id);
    mip6_put32(p + 24, msg->len);
    uint8_t *payload = p + MIP6_IKE_HEADER;
    mip6_put16(payload + 2, (uint16_t)(msg->len - MIP6_IKE_HEADER));
    if (msg->exchange != MIP6_IKE_SA_INIT)
        write_child(payload + PAYLOAD_HEADER, msg);
    else if (msg->cookie)
        mip6_put16(payload + PAYLOAD_HEADER + 2, COOKIE);
}

int mip6_ike_encode(uint8_t *buf, size_t cap, const mip6_addr *src, const mip6_addr *dst,
                    const mip6_ike *msg)
{
    if (msg->len < MIP6_IKE_MIN || msg->len > MIP6_MAX_PACKET - UPPER)
        return MIP6_ERR_INVALID;
    size_t len = UPPER + msg->len;
    if (cap < len)
        return MIP6_ERR_SPACE;
    uint8_t *udp = buf + MIP6_IPV6_HEADER;
    mip6_udp_header(buf, src, dst, MIP6_IKE_PORT, MIP6_IKE_PORT, msg->len, 64);
    write_message(buf + UPPER, msg);
    mip6_put16(udp + 6, 0);
    uint16_t sum = mip6_checksum(src, dst, MIP6_NH_UDP, udp, len - MIP6_IPV6_HEADER, 0);
    mip6_put16(udp + 6, sum ? sum : UINT16_MAX);
    return (int)len;
}

static bool is_exchange(uint8_t exchange)
{
    return exchange == MIP6_IKE_SA_INIT || exchange == MIP6_IKE_AUTH ||
           exchange == MIP6_IKE_CREATE_CHILD;
}

static int read_message(const uint8_t *p, uint32_t len, mip6_ike *msg, mip6_drop *cause)
{
    *cause = len < MIP6_IKE_MIN ? MIP6_DROP_TOO_SHORT : MIP6_DROP_BAD_VALUE;
    if (len < MIP6_IKE_MIN || p[17] != VERSION || !is_exchange(p[18]))
        return MIP6_ERR_MALFORMED;
    *msg = (mip6_ike){
        .spi_initiator = get64(p), .spi_responder = get64(p + 8),
        .exchange = (mip6_ike_exchange)p[18], .response = (p[19] & RESPONSE) != 0,
        .message_id = mip6_get32(p + 20), .len = len};
    msg->cookie = p[16] == NOTIFY;
    if (p[16] != payload_of(msg))
        return MIP6_ERR_MALFORMED;
    if (msg->exchange != MIP6_IKE_SA_INIT) {
        msg->child_spi = mip6_get32(p + MIP6_IKE_HEADER + PAYLOAD_HEADER);
        memcpy(msg->home.b, p + MIP6_IKE_HEADER + PAYLOAD_HEADER + 4, sizeof msg->home.b);
    }
    *cause = MIP6_DROP_BAD_LENGTH;
    if (mip6_get32(p + 24) != len ||
        mip6_get16(p + MIP6_IKE_HEADER + 2) != len - MIP6_IKE_HEADER)
        return MIP6_ERR_MALFORMED;
    *cause = MIP6_DROP_NONE;
    return 0;
}

int mip6_ike_decode(const uint8_t *pkt, size_t len, mip6_ike *msg, mip6_drop *cause)
{
    mip6_header h;
    mip6_message m;
    int err = mip6_decode(pkt, len, 0, &h, &m, cause);      /* its UDP checksum, too */
    if (err)
        return err;
    const uint8_t *udp = pkt + h.upper_offset;
    *cause = MIP6_DROP_BAD_VALUE;
    if (h.next_header != MIP6_NH_UDP || h.is_fragment || mip6_get16(udp + 2) != MIP6_IKE_PORT)
        return MIP6_ERR_MALFORMED;
    return read_message(udp + MIP6_UDP_HEADER, h.upper_len - MIP6_UDP_HEADER, msg, cause);
}
