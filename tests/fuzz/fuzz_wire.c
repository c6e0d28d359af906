/* libFuzzer: any bytes are decoded or dropped, and what is accepted says the same after
 * it was encoded and decoded again.
 *
 * The first two bytes of the input say how many virtual bytes follow and what to make
 * right, so that the fuzzer gets past the checksum.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "mip6_wire.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FIX_LENGTH = 1, FIX_CHECKSUM = 2 };

static void fix(uint8_t *p, size_t len, uint32_t virtual_bytes, unsigned what)
{
    mip6_header h;
    mip6_drop cause;
    size_t at, field, n;

    if ((what & FIX_LENGTH) && len >= 40)
        mip6_put16(p + 4, (uint16_t)(len - 40 + virtual_bytes));
    if (!(what & FIX_CHECKSUM) || mip6_decode_header(p, len, virtual_bytes, &h, &cause) != 0)
        return;
    at = h.upper_offset;
    field = h.next_header == MIP6_NH_ICMPV6     ? 2
            : h.next_header == MIP6_NH_MOBILITY ? 4
            : h.next_header == MIP6_NH_UDP      ? 6
                                                : 8;
    n = h.upper_len < len - at ? h.upper_len : len - at;
    if (field == 8 || n < 8)
        return;
    mip6_put16(p + at + field, 0);
    mip6_put16(p + at + field,
               mip6_checksum(mip6_header_source(&h), mip6_header_destination(&h),
                             h.next_header, p + at, n, h.upper_len - (uint32_t)n));
}

/* Messages that are read and have no encoding, or another one. */
static bool encodable(const mip6_header *h, const mip6_message *m)
{
    if (m->kind == MIP6_MSG_DATA || m->kind == MIP6_MSG_OTHER)
        return false;
    if (m->kind == MIP6_MSG_DHAAD_REQUEST && m->u.dhaad.id == 0)
        return false;
    if ((m->kind == MIP6_MSG_DHAAD_REPLY || m->kind == MIP6_MSG_SWITCH) && m->u.dhaad.n > 70)
        return false;
    if (m->kind == MIP6_MSG_HAS && m->u.has.n > 70)
        return false;
    return !h->has_final || h->segments_left == 1;
}

static void same_after_encoding(mip6_header *h, mip6_message *m)
{
    uint8_t first[MIP6_MAX_PACKET], second[MIP6_MAX_PACKET];
    mip6_header h2;
    mip6_message m2;
    mip6_drop cause;
    int n = mip6_encode(first, sizeof(first), h, m);

    assert(n > 0);
    assert(mip6_decode(first, (size_t)n, 0, &h2, &m2, &cause) == 0);
    assert(m2.kind == m->kind);
    assert(mip6_addr_equal(mip6_header_source(h), mip6_header_source(&h2)));
    assert(mip6_addr_equal(mip6_header_destination(h), mip6_header_destination(&h2)));
    assert(mip6_encode(second, sizeof(second), &h2, &m2) == n);
    assert(memcmp(first, second, (size_t)n) == 0);
}

static void fragments(const uint8_t *p, size_t len, uint32_t virtual_bytes)
{
    uint8_t buf[2048];
    uint32_t tail;

    for (unsigned i = 0; i < 70; i++) {
        int n = mip6_fragment(p, len, virtual_bytes, 1280, 1, i, buf, sizeof(buf), &tail);

        assert(n <= 1280);
        if (n <= 0)
            return;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mip6_header h;
    mip6_message m;
    mip6_drop cause = MIP6_DROP_NONE;
    uint32_t virtual_bytes;
    size_t len;
    uint8_t *p;
    int r;

    if (size < 2)
        return 0;
    len = size - 2;
    virtual_bytes = data[0] < 128 ? 0 : data[0] * 16u;
    p = malloc(len > 0 ? len : 1);
    assert(p != NULL);
    memcpy(p, data + 2, len);
    fix(p, len, virtual_bytes, data[1]);
    r = mip6_decode(p, len, virtual_bytes, &h, &m, &cause);
    assert(r == 0 || cause != MIP6_DROP_NONE);
    assert(r == 0 || r == MIP6_ERR_MALFORMED || r == MIP6_ERR_CHECKSUM);
    if (r == 0 && encodable(&h, &m))
        same_after_encoding(&h, &m);
    fragments(p, len, virtual_bytes);
    free(p);
    return 0;
}
