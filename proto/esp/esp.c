/* ESP: sealing, opening, the replay window.
 *
 *   RFC 4303 sections 2 (bytes), 3.3 (out), 3.4 (in), appendix A2 (the window)
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "mip6_esp.h"

#include <assert.h>
#include <string.h>

/* Padding brings payload, padding and trailer to whole blocks (2.4). */
static uint32_t padding(const mip6_esp_suite *suite, uint32_t payload)
{
    uint32_t over = (payload + MIP6_ESP_TRAILER) % suite->block;
    return over ? suite->block - over : 0;
}

uint32_t mip6_esp_overhead(const mip6_esp_suite *suite, uint32_t payload)
{
    return MIP6_ESP_HEADER + suite->iv_len + padding(suite, payload) + MIP6_ESP_TRAILER +
           suite->icv_len;
}

/* Where the kind of the upper layer is written: the walk holds, the header was decoded. */
static uint32_t next_header_field(const uint8_t *pkt, uint32_t upper)
{
    uint32_t field = 6, at = MIP6_IPV6_HEADER;
    while (at < upper) {
        uint32_t len = pkt[field] == MIP6_NH_FRAGMENT ? MIP6_FRAGMENT_HEADER
                                                      : (pkt[at + 1] + 1u) * 8u;
        field = at;
        at += len;
    }
    return field;
}

/* ---- Out ------------------------------------------------------------------------------- */

static void write_esp(uint8_t *p, const mip6_esp_suite *suite, const mip6_sa *sa)
{
    mip6_put32(p, sa->spi_out);
    mip6_put32(p + 4, sa->now.sent);
    memset(p + MIP6_ESP_HEADER, 0, suite->iv_len);
    if (suite->iv_len >= 4)
        mip6_put32(p + MIP6_ESP_HEADER + suite->iv_len - 4, sa->now.sent);
}

static void write_tail(uint8_t *p, const mip6_esp_suite *suite, uint32_t pad, uint8_t next_header)
{
    for (uint32_t i = 0; i < pad; i++)
        p[i] = (uint8_t)(i + 1);
    p[pad] = (uint8_t)pad;
    p[pad + 1] = next_header;
    memset(p + pad + MIP6_ESP_TRAILER, 0, suite->icv_len);
}

int mip6_esp_seal(const mip6_esp_suite *suite, mip6_sa *sa, mip6_packet *packet,
                  uint32_t tailroom)
{
    mip6_header h;
    mip6_drop cause = MIP6_DROP_NONE;
    uint32_t front = MIP6_ESP_HEADER + suite->iv_len;
    if (packet->virtual_bytes != 0 || sa->spi_out == 0 ||
        mip6_decode_header(packet->data, packet->len, 0, &h, &cause) != 0 || h.is_fragment)
        return MIP6_ERR_INVALID;
    uint32_t pad = padding(suite, h.upper_len), upper = h.upper_offset;
    uint32_t tail = pad + MIP6_ESP_TRAILER + suite->icv_len;
    uint32_t payload = upper + h.upper_len - MIP6_IPV6_HEADER + front + tail;
    if (payload > UINT16_MAX)
        return MIP6_ERR_INVALID;
    if (packet->headroom < front || tailroom < tail)
        return MIP6_ERR_SPACE;
    if (sa->now.sent == UINT32_MAX)
        return MIP6_ERR_FULL;
    sa->now.sent++;
    packet->len = upper + h.upper_len;      /* link padding is not carried along */
    uint32_t field = next_header_field(packet->data, upper);
    write_tail(packet->data + packet->len, suite, pad, h.next_header);
    memmove(packet->data - front, packet->data, upper);
    packet->data -= front;
    packet->headroom -= front;
    packet->len += front + tail;
    packet->data[field] = MIP6_NH_ESP;
    mip6_put16(packet->data + 4, (uint16_t)payload);
    write_esp(packet->data + upper, suite, sa);
    return 0;
}

/* ---- In -------------------------------------------------------------------------------- */

int mip6_esp_look(const uint8_t *pkt, size_t len, mip6_esp_view *view, mip6_drop *cause)
{
    mip6_header h;
    if (mip6_decode_header(pkt, len, 0, &h, cause) != 0)
        return MIP6_ERR_MALFORMED;
    if (h.next_header != MIP6_NH_ESP || h.is_fragment)
        return MIP6_ERR_IGNORED;
    if (h.upper_len < MIP6_ESP_HEADER) {
        *cause = MIP6_DROP_TOO_SHORT;
        return MIP6_ERR_MALFORMED;
    }
    bool routed = h.has_final && h.segments_left > 0;
    *view = (mip6_esp_view){
        .spi = mip6_get32(pkt + h.upper_offset), .sequence = mip6_get32(pkt + h.upper_offset + 4),
        .offset = h.upper_offset, .has_home = h.has_home || routed,
        .home = h.has_home ? h.home : h.final};
    return 0;
}

/* May this number still come? Number 0 is never sent. */
static bool is_fresh(const mip6_sa *sa, uint32_t sequence)
{
    uint32_t age = sa->now.top - sequence;
    if (sa->replay_off)
        return true;
    if (sequence == 0)
        return false;
    if (sequence > sa->now.top)
        return true;
    return age < MIP6_ESP_WINDOW && (sa->now.window >> age & 1) == 0;
}

static void accept(mip6_sa *sa, uint32_t sequence)
{
    mip6_sa_counters *c = &sa->now;
    if (sequence > c->top) {
        uint32_t ahead = sequence - c->top;
        c->window = ahead < MIP6_ESP_WINDOW ? c->window << ahead : 0;
        c->top = sequence;
    }
    uint32_t age = c->top - sequence;
    if (age < MIP6_ESP_WINDOW)      /* without a replay check it may be any */
        c->window |= UINT64_C(1) << age;
}

/* The end of an ESP packet as its SA reads it. */
typedef struct esp_end {
    uint32_t payload, pad;          /* bytes */
    uint8_t next_header;
} esp_end;

/* p: behind the IV; n: bytes from there to the end of the packet. */
static int read_end(const mip6_esp_suite *suite, const uint8_t *p, uint32_t n, esp_end *end,
                    mip6_drop *cause)
{
    uint32_t sealed = n - suite->icv_len;
    for (uint32_t i = 0; i < suite->icv_len; i++) {
        if (p[sealed + i] != 0) {
            *cause = MIP6_DROP_CHECKSUM;
            return MIP6_ERR_CHECKSUM;
        }
    }
    end->pad = p[sealed - 2];
    end->next_header = p[sealed - 1];
    if (sealed % suite->block != 0 || end->pad + MIP6_ESP_TRAILER > sealed) {
        *cause = MIP6_DROP_BAD_LENGTH;
        return MIP6_ERR_MALFORMED;
    }
    end->payload = sealed - MIP6_ESP_TRAILER - end->pad;
    for (uint32_t i = 0; i < end->pad; i++) {
        if (p[end->payload + i] != i + 1) {
            *cause = MIP6_DROP_BAD_VALUE;
            return MIP6_ERR_MALFORMED;
        }
    }
    return 0;
}

static void take_off(mip6_packet *packet, uint32_t at, uint32_t front, const esp_end *end)
{
    uint32_t field = next_header_field(packet->data, at);
    packet->data[field] = end->next_header;
    mip6_put16(packet->data + 4, (uint16_t)(at + end->payload - MIP6_IPV6_HEADER));
    memmove(packet->data + front, packet->data, at);
    packet->data += front;
    packet->headroom += front;
    packet->len = at + end->payload;
}

int mip6_esp_open(const mip6_esp_suite *suite, mip6_sa *sa, mip6_packet *packet,
                  mip6_drop *cause)
{
    mip6_esp_view view;
    esp_end end;
    uint32_t front = MIP6_ESP_HEADER + suite->iv_len;
    int err = mip6_esp_look(packet->data, packet->len, &view, cause);
    if (err)
        return err;
    uint32_t n = MIP6_IPV6_HEADER + mip6_get16(packet->data + 4) - view.offset;
    if (packet->virtual_bytes != 0 || n < front + MIP6_ESP_TRAILER + suite->icv_len) {
        *cause = MIP6_DROP_TOO_SHORT;
        return MIP6_ERR_MALFORMED;
    }
    *cause = MIP6_DROP_REPLAYED;
    if (!is_fresh(sa, view.sequence))
        return MIP6_ERR_IGNORED;
    err = read_end(suite, packet->data + view.offset + front, n - front, &end, cause);
    if (err)
        return err;
    *cause = MIP6_DROP_UNKNOWN_SPI;
    if (view.spi != sa->spi_in || (view.has_home && !mip6_addr_equal(&view.home, &sa->home)))
        return MIP6_ERR_IGNORED;
    *cause = MIP6_DROP_NONE;
    accept(sa, view.sequence);
    take_off(packet, view.offset, front, &end);
    return 0;
}

void mip6_sa_begin_period(mip6_sa *sa, uint32_t period)
{
    if (sa->period == period)
        return;
    sa->period = period;
    sa->synced = sa->now;
}
