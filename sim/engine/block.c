/* Memory in blocks, on large pages where they are large.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "sim/engine/block.h"

#include <assert.h>
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#if defined __has_feature
#if __has_feature(address_sanitizer)
#define WITH_ASAN 1
#endif
#elif defined __SANITIZE_ADDRESS__
#define WITH_ASAN 1
#endif

enum { LINE = 64, LARGE_PAGE = 2 << 20 };

void *sim_block_new(size_t n, size_t size)
{
    assert(size == 0 || n <= (SIZE_MAX - LARGE_PAGE) / size);
    size_t bytes = n * size;
    size_t whole = bytes - bytes % LARGE_PAGE;
    char *block = g_aligned_alloc(MAX(bytes, 1), 1, whole ? LARGE_PAGE : LINE);
    if (whole) {
        madvise(block, whole, MADV_HUGEPAGE);   /* a wish; refusal does no harm */
        /* Linux: pages given up read as zeros, and take no memory until something is written. */
        if (madvise(block, whole, MADV_DONTNEED) != 0)
            whole = 0;
    }
    memset(block + whole, 0, bytes - whole);
    return block;
}

void sim_block_free(void *block)
{
    g_aligned_free(block);
}

/* ---- pieces ---------------------------------------------------------------------------- */

enum { STEP = 512, LEAST = 1024, MOST = 32 << 10, FIRST_BLOCK = 256 << 10, LAST_BLOCK = 8 << 20 };

typedef struct piece {
    struct piece *next;
} piece;

struct sim_arena {
    char *fresh;                /* what is not yet cut of the newest block */
    size_t n_fresh;
    size_t total;               /* bytes of all blocks */
    GPtrArray *blocks;
    piece *back[MOST / STEP + 1];   /* given back, by size in steps */
};

sim_arena *sim_arena_new(void)
{
    sim_arena *arena = g_new0(sim_arena, 1);
    arena->blocks = g_ptr_array_new_with_free_func(sim_block_free);
    return arena;
}

void sim_arena_free(sim_arena *arena)
{
    if (!arena)
        return;
    g_ptr_array_free(arena->blocks, TRUE);
    g_free(arena);
}

/* A sanitizer sees the bounds of what it allocated itself. */
static bool is_cut(size_t size)
{
#ifdef WITH_ASAN
    return false && size;
#else
    return size >= LEAST && size <= MOST;
#endif
}

/* A block more is a quarter more, so that little is asked for in vain. */
static void add_block(sim_arena *arena)
{
    size_t size = CLAMP(arena->total / 4, FIRST_BLOCK, LAST_BLOCK);
    if (size > LARGE_PAGE)
        size -= size % LARGE_PAGE;
    arena->fresh = sim_block_new(size, 1);
    arena->n_fresh = size;
    arena->total += size;
    g_ptr_array_add(arena->blocks, arena->fresh);
}

void *sim_arena_get(sim_arena *arena, size_t size)
{
    if (!is_cut(size))
        return g_malloc(size);
    size_t steps = (size + STEP - 1) / STEP;
    piece *p = arena->back[steps];
    if (p) {
        arena->back[steps] = p->next;
        return p;
    }
    if (arena->n_fresh < steps * STEP)
        add_block(arena);
    char *cut = arena->fresh;
    arena->fresh += steps * STEP;
    arena->n_fresh -= steps * STEP;
    return cut;
}

void sim_arena_put(sim_arena *arena, void *at, size_t size)
{
    if (!is_cut(size)) {
        g_free(at);
        return;
    }
    piece *p = at;
    size_t steps = (size + STEP - 1) / STEP;
    p->next = arena->back[steps];
    arena->back[steps] = p;
}
