/* Philox4x32-10 and the streams cut out of it.
 *
 * J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw: Parallel random numbers: as easy as
 * 1, 2, 3. SC 2011.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "sim/engine/random.h"

#include <string.h>

#include "sim/engine/fingerprint.h"

/* The paper's multipliers and key increments. */
#define M0 UINT64_C(0xd2511f53)
#define M1 UINT64_C(0xcd9e8d57)
#define W0 UINT32_C(0x9e3779b9)
#define W1 UINT32_C(0xbb67ae85)

enum { ROUNDS = 10 };

void sim_philox4x32_10(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    uint32_t k0 = key[0], k1 = key[1];
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t p0 = M0 * c0, p1 = M1 * c2;
        c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
        c1 = (uint32_t)p1;
        c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c3 = (uint32_t)p0;
        k0 += W0;
        k1 += W1;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

sim_stream sim_stream_init(uint64_t seed, uint32_t replication, const char *name,
                           const char *purpose)
{
    uint8_t run[12];
    for (int i = 0; i < 8; i++)
        run[i] = (uint8_t)(seed >> 8 * i);
    for (int i = 0; i < 4; i++)
        run[8 + i] = (uint8_t)(replication >> 8 * i);
    sim_hash128 h = sim_hash(run, sizeof run, 0);
    sim_hash128 n = sim_hash(name, strlen(name), h.lo);
    sim_hash128 p = sim_hash(purpose, strlen(purpose), n.lo);
    return (sim_stream){.key = p.lo, .salt = p.hi ^ n.hi ^ h.hi};
}

/* 128 bits for (index, upper); low: the first half, else the second. */
static inline uint64_t draw(const sim_stream *s, uint64_t index, uint64_t upper, int half)
{
    uint32_t counter[4] = {(uint32_t)index, (uint32_t)(index >> 32), (uint32_t)upper,
                           (uint32_t)(upper >> 32)};
    uint32_t key[2] = {(uint32_t)s->key, (uint32_t)(s->key >> 32)};
    uint32_t out[4];
    sim_philox4x32_10(counter, key, out);
    return (uint64_t)out[2 * half + 1] << 32 | out[2 * half];
}

uint64_t sim_stream_at(const sim_stream *stream, uint64_t index)
{
    return draw(stream, index, stream->salt, 0);
}

uint64_t sim_stream_at2(const sim_stream *stream, uint64_t index, uint64_t sub)
{
    /* An odd factor: every sub has an upper half of its own. */
    return draw(stream, index, stream->salt + sub * UINT64_C(0x9e3779b97f4a7c15), 1);
}

uint64_t sim_stream_u64(sim_stream *stream)
{
    return sim_stream_at(stream, stream->next++);
}
