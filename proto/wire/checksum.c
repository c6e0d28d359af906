/* The Internet checksum of an upper layer.
 *
 *   RFC 1071 (how), RFC 8200 section 8.1 (pseudo-header)
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "wire_internal.h"

static uint64_t sum_tail(const uint8_t *p, size_t n)
{
    uint8_t b[8] = {0};

    memcpy(b, p, n);
    return wire_sum8(b);
}

uint16_t mip6_checksum(const mip6_addr *src, const mip6_addr *dst, uint8_t next_header,
                       const uint8_t *upper, size_t len, uint32_t virtual_bytes)
{
    uint64_t sum = wire_sum_pseudo(src, dst, (uint32_t)len + virtual_bytes, next_header);
    uint64_t second = 0;

    /* Two accumulators: the additions of one do not wait for those of the other. */
    for (; len >= 16; len -= 16, upper += 16) {
        sum += wire_sum8(upper);
        second += wire_sum8(upper + 8);
    }
    if (len >= 8) {
        sum += wire_sum8(upper);
        len -= 8;
        upper += 8;
    }
    if (len > 0)
        second += sum_tail(upper, len);
    return wire_sum_finish(sum + second);
}
