/* A fast 128-bit hash on 64x64 -> 128 bit multiplication, in two lanes that a processor works
 * at side by side. Made to tell runs apart, not to withstand an adversary.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <glib.h>
#include <string.h>

#include "sim/engine/fingerprint.h"

__extension__ typedef unsigned __int128 u128;

/* Odd, half of their bits set: the first digits of the fraction of pi, e, sqrt 2 and the golden
 * ratio, made odd. */
#define K0 UINT64_C(0x243f6a8885a308d3)
#define K1 UINT64_C(0xb7e151628aed2a6b)
#define K2 UINT64_C(0x6a09e667f3bcc909)
#define K3 UINT64_C(0x9e3779b97f4a7c15)

static inline uint64_t fold(uint64_t a, uint64_t b)
{
    u128 p = (u128)a * b;
    return (uint64_t)p ^ (uint64_t)(p >> 64);
}

static inline uint64_t read64(const uint8_t *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return GUINT64_FROM_LE(v);
}

static inline uint64_t read32(const uint8_t *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return GUINT32_FROM_LE(v);
}

/* The last 0 to 16 bytes as two words. Pieces overlap where len is no power of two; the length
 * enters at the end, so that no two inputs look alike. */
static inline void read_tail(const uint8_t *p, size_t len, uint64_t *w0, uint64_t *w1)
{
    *w0 = *w1 = 0;
    if (len >= 8) {
        *w0 = read64(p);
        *w1 = read64(p + len - 8);
    } else if (len >= 4) {
        *w0 = read32(p);
        *w1 = read32(p + len - 4);
    } else if (len > 0) {
        *w0 = (uint64_t)p[0] << 16 | (uint64_t)p[len / 2] << 8 | p[len - 1];
    }
}

sim_hash128 sim_hash(const void *bytes, size_t len, uint64_t seed)
{
    const uint8_t *p = bytes;
    uint64_t a = seed ^ K0, b = fold(seed ^ K1, K3);
    size_t left = len;
    for (; left > 32; left -= 32, p += 32) {
        a = fold(read64(p) ^ K1, read64(p + 8) ^ a);
        b = fold(read64(p + 16) ^ K2, read64(p + 24) ^ b);
    }
    if (left > 16) {
        a = fold(read64(p) ^ K1, read64(p + 8) ^ a);
        left -= 16;
        p += 16;
    }
    uint64_t w0, w1;
    read_tail(p, left, &w0, &w1);
    b = fold(w0 ^ K2, w1 ^ b);
    /* Both halves depend on all of both lanes. */
    u128 mixed = (u128)(a ^ K3) * (b ^ K0 ^ len);
    uint64_t lo = (uint64_t)mixed, hi = (uint64_t)(mixed >> 64);
    return (sim_hash128){fold(lo ^ a ^ K1, hi ^ K2), fold(hi ^ b ^ K0, lo ^ K3)};
}

uint64_t sim_hash_name(const char *name)
{
    return sim_hash(name, strlen(name), 0).lo;
}
