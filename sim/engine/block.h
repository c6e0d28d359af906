/* Memory in blocks, for what there is a million of. Each look into it at random costs a walk
 * through the page tables, which large pages nearly save: the system is asked for them where a
 * block is large.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef SIM_BLOCK_H
#define SIM_BLOCK_H

#include <stddef.h>

/* An array of n objects of `size` bytes, zeroed, its first on a cache line of its own. n may be 0.
 * Large pages that nothing was written to take no memory.
 * Never NULL: memory is the process's (aborts without). Freed by sim_block_free. */
void *sim_block_new(size_t n, size_t size);
void sim_block_free(void *block);

/* Pieces of some kilobytes, cut from blocks and used again: what malloc would strew. Those below
 * a kilobyte or above 32 are malloc's all the same. */
typedef struct sim_arena sim_arena;

sim_arena *sim_arena_new(void);
/* Those that were cut go with it, given back or not. */
void sim_arena_free(sim_arena *arena);
/* Not zeroed; aligned for any type. Never NULL. */
void *sim_arena_get(sim_arena *arena, size_t size);
/* size: as when it was got. */
void sim_arena_put(sim_arena *arena, void *piece, size_t size);

#endif
