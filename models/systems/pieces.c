/* Pieces of one size.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/systems/pieces.h"

#include <string.h>

#include "sim/engine/block.h"

enum { BLOCK_BYTES = 64 << 10 };

void model_pieces_init(model_pieces *pieces, size_t size)
{
    g_assert(size >= sizeof(void *));
    *pieces = (model_pieces){.size = (size + 7) / 8 * 8};
    pieces->blocks = g_ptr_array_new_with_free_func(sim_block_free);
}

void model_pieces_clear(model_pieces *pieces)
{
    g_clear_pointer(&pieces->blocks, g_ptr_array_unref);
    *pieces = (model_pieces){.size = 0};
}

static void add_block(model_pieces *pieces)
{
    pieces->n_fresh = MAX(BLOCK_BYTES / pieces->size, 1);
    pieces->fresh = sim_block_new(pieces->n_fresh, pieces->size);
    g_ptr_array_add(pieces->blocks, pieces->fresh);
}

void *model_pieces_get(model_pieces *pieces)
{
    void *piece = pieces->back;
    if (piece) {
        memcpy(&pieces->back, piece, sizeof pieces->back);
        return memset(piece, 0, pieces->size);
    }
    if (pieces->n_fresh == 0)
        add_block(pieces);
    piece = pieces->fresh;
    pieces->fresh += pieces->size;
    pieces->n_fresh--;
    return piece;
}

void model_pieces_put_list(model_pieces *pieces, void *first, void *last)
{
    memcpy(last, &pieces->back, sizeof pieces->back);
    pieces->back = first;
}

void model_pieces_put(model_pieces *pieces, void *piece)
{
    model_pieces_put_list(pieces, piece, piece);
}
