/* Blocks and the pieces cut from them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "sim/engine/block.h"

#include <criterion/criterion.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static bool is_zero(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i])
            return false;
    return true;
}

/* What a freed block had in it is not in the next one. */
static void dirty_and_free(size_t n, size_t size, size_t alignment)
{
    enum { N = 20 };
    char *blocks[N];
    for (int round = 0; round < 4; round++) {
        for (int i = 0; i < N; i++) {
            blocks[i] = sim_block_new(n, size);
            cr_assert((uintptr_t)blocks[i] % alignment == 0);
            cr_assert(is_zero(blocks[i], n * size), "%zu bytes, round %d", n * size, round);
            memset(blocks[i], 1, n * size);
        }
        for (int i = 0; i < N; i++)
            sim_block_free(blocks[i]);
    }
}

Test(engine_block, zeroed_and_aligned)
{
    dirty_and_free(1, 3, 64);
    dirty_and_free(7, 1000, 64);
    dirty_and_free(700, 1000, 64);
    dirty_and_free(5, 500000, 2 << 20);
    void *empty = sim_block_new(0, 8);
    cr_assert_not_null(empty);
    sim_block_free(empty);
    sim_block_free(NULL);
}

/* Every piece is whole and no other's: each carries its own byte to the end. */
Test(engine_block, pieces_do_not_overlap)
{
    enum { N = 4000 };
    static const size_t sizes[] = {1, 1023, 1024, 1025, 16400, 16432, 32768, 32769, 100000};
    enum { KINDS = sizeof sizes / sizeof *sizes };
    static char *pieces[N];
    sim_arena *arena = sim_arena_new();
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < N; i++) {
            pieces[i] = sim_arena_get(arena, sizes[i % KINDS]);
            cr_assert((uintptr_t)pieces[i] % 16 == 0);
            memset(pieces[i], (int)(i % 251), sizes[i % KINDS]);
        }
        for (size_t i = 0; i < N; i++) {
            size_t size = sizes[i % KINDS];
            cr_assert(pieces[i][0] == (char)(i % 251) && pieces[i][size - 1] == (char)(i % 251));
            sim_arena_put(arena, pieces[i], size);
        }
    }
    sim_arena_free(arena);
}

/* What was given back is what comes next of its size, and of no other. */
Test(engine_block, pieces_are_used_again)
{
    sim_arena *arena = sim_arena_new();
    char *first = sim_arena_get(arena, 16400), *second = sim_arena_get(arena, 16400);
    sim_arena_put(arena, first, 16400);
    char *other = sim_arena_get(arena, 20000), *again = sim_arena_get(arena, 16400);
#ifndef __SANITIZE_ADDRESS__
    cr_assert_eq(again, first);
#endif
    cr_assert(other != first && other != second && again != second);
    sim_arena_put(arena, second, 16400);
    sim_arena_put(arena, other, 20000);
    sim_arena_put(arena, again, 16400);
    sim_arena_free(arena);
}
