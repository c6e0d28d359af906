/* Packets in two sizes, cut from chunks and used again.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "sim/engine/packet.h"

#include <assert.h>
#include <glib.h>
#include <string.h>

#include "sim/engine/block.h"

#if defined __has_feature
#if __has_feature(address_sanitizer)
#define WITH_ASAN 1
#endif
#elif defined __SANITIZE_ADDRESS__
#define WITH_ASAN 1
#endif
#ifdef WITH_ASAN
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(at, size) ((void)(at), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(at, size) ((void)(at), (void)(size))
#define __asan_address_is_poisoned(at) ((void)(at), 0)
#endif

enum {
    LINE = 64,
    SMALL = 5 * LINE,       /* IPv6, Home Address option, type-2 routing header, UDP; most
                             * signalling as well */
    LARGE = 27 * LINE,      /* 1,500 bytes */
    CHUNK = 128 * 1024,     /* the first of a size */
    LARGE_CHUNK = 2 << 20,  /* once there are many */
    MANY = 16,
    N_CLASSES = 2
};

static const size_t class_size[N_CLASSES] = {SMALL, LARGE};

typedef struct chunk {
    char *bytes;
    size_t len, size;               /* of all of it; of a packet in it */
} chunk;

struct sim_packet_pool {
    sim_packet *free[N_CLASSES];
    char *fresh[N_CLASSES];         /* never used part of the newest chunk */
    size_t n_fresh[N_CLASSES];      /* packets in it */
    GArray *chunks;
    unsigned n_chunks[N_CLASSES];
    uint64_t live;
};

sim_packet_pool *sim_packet_pool_new(void)
{
    sim_packet_pool *pool = g_new0(sim_packet_pool, 1);
    pool->chunks = g_array_new(FALSE, FALSE, sizeof(chunk));
    return pool;
}

void sim_packet_pool_free(sim_packet_pool *pool)
{
    if (!pool)
        return;
    assert(pool->live == 0);
    for (guint i = 0; i < pool->chunks->len; i++) {
        const chunk *c = &g_array_index(pool->chunks, chunk, i);
        ASAN_UNPOISON_MEMORY_REGION(c->bytes, c->len);
        sim_block_free(c->bytes);
    }
    g_array_free(pool->chunks, TRUE);
    g_free(pool);
}

uint64_t sim_packet_pool_live(const sim_packet_pool *pool)
{
    return pool->live;
}

/* What is free is poisoned, or its references are 0. Packets too large for a class have no
 * flow: their payload would be virtual. */
static bool is_of_flow(const sim_packet *packet)
{
    return !__asan_address_is_poisoned(packet) && packet->refs > 0 &&
           packet->flow != SIM_NO_FLOW;
}

void sim_packet_pool_each(const sim_packet_pool *pool,
                          void (*each)(void *user, const sim_packet *packet), void *user)
{
    for (guint i = 0; i < pool->chunks->len; i++) {
        const chunk *c = &g_array_index(pool->chunks, chunk, i);
        for (size_t at = 0; at + c->size <= c->len; at += c->size) {
            const sim_packet *packet = (const void *)(c->bytes + at);
            if (is_of_flow(packet))
                each(user, packet);
        }
    }
}

/* Zeros are no references: what sim_packet_pool_each takes for unused. */
static void add_chunk(sim_packet_pool *pool, int class)
{
    chunk c = {.len = pool->n_chunks[class]++ < MANY ? CHUNK : LARGE_CHUNK,
               .size = class_size[class]};
    c.bytes = sim_block_new(c.len, 1);
    ASAN_POISON_MEMORY_REGION(c.bytes, c.len);
    g_array_append_val(pool->chunks, c);
    pool->fresh[class] = c.bytes;
    pool->n_fresh[class] = c.len / c.size;
}

static sim_packet *take_fresh(sim_packet_pool *pool, int class)
{
    size_t size = class_size[class];
    if (!pool->n_fresh[class])
        add_chunk(pool, class);
    char *at = pool->fresh[class];
    pool->fresh[class] += size;
    pool->n_fresh[class]--;
    ASAN_UNPOISON_MEMORY_REGION(at, size);
    return (sim_packet *)(void *)at;
}

static sim_packet *take(sim_packet_pool *pool, int class)
{
    sim_packet *packet = pool->free[class];
    if (!packet)
        return take_fresh(pool, class);
    ASAN_UNPOISON_MEMORY_REGION(packet, class_size[class]);
    pool->free[class] = packet->next;
    return packet;
}

static size_t capacity(int class)
{
    return class_size[class] - sizeof(sim_packet);
}

/* The class that holds so many bytes of all; N_CLASSES: neither does. */
static inline int class_of(size_t cap)
{
    return cap <= capacity(0) ? 0 : cap <= capacity(1) ? 1 : N_CLASSES;
}

static sim_packet *new_with_capacity(sim_packet_pool *pool, size_t cap)
{
    assert(cap <= UINT16_MAX);
    int class = class_of(cap);
    sim_packet *packet;
    if (class < N_CLASSES) {
        packet = take(pool, class);
        cap = capacity(class);
    } else {
        packet = g_malloc(sizeof *packet + cap);
    }
    memset(packet, 0, sizeof *packet);
    packet->flow = SIM_NO_FLOW;
    packet->refs = 1;
    packet->head = SIM_PACKET_HEADROOM;
    packet->cap = (uint16_t)cap;
    pool->live++;
    return packet;
}

sim_packet *sim_packet_new(sim_packet_pool *pool, size_t size)
{
    assert(size <= UINT16_MAX);
    return new_with_capacity(pool, SIM_PACKET_HEADROOM + size);
}

sim_packet *sim_packet_ref(sim_packet *packet)
{
    assert(packet->refs > 0 && packet->refs < UINT32_MAX);
    packet->refs++;
    return packet;
}

void sim_packet_unref(sim_packet_pool *pool, sim_packet *packet)
{
    assert(packet->refs > 0);
    if (--packet->refs)
        return;
    assert(pool->live > 0);
    pool->live--;
    int class = class_of(packet->cap);
    if (class == N_CLASSES) {
        g_free(packet);
        return;
    }
    packet->next = pool->free[class];
    pool->free[class] = packet;
    ASAN_POISON_MEMORY_REGION(packet, class_size[class]);
}

sim_packet *sim_packet_copy(sim_packet_pool *pool, const sim_packet *packet)
{
    assert(packet->head + packet->len <= packet->cap);
    sim_packet *copy = new_with_capacity(pool, packet->cap);
    assert(copy->cap == packet->cap);
    memcpy(copy, packet, sizeof *copy);
    copy->next = NULL;
    copy->refs = 1;
    memcpy(copy->bytes + copy->head, packet->bytes + packet->head, packet->len);
    return copy;
}
