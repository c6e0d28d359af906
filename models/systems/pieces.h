/* Pieces of one size, cut from blocks of memory and used again: what there may be one of for each
 * mobile node is not allocated one by one.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef MODEL_PIECES_H
#define MODEL_PIECES_H

#include <glib.h>

typedef struct model_pieces {
    size_t size;                /* of one, in bytes; a multiple of 8 */
    void *back;                 /* given back, linked by their first word */
    char *fresh;                /* not yet cut of the newest block */
    size_t n_fresh;
    GPtrArray *blocks;
} model_pieces;

/* size: at least a pointer's. */
void model_pieces_init(model_pieces *pieces, size_t size);
/* Those that are out are gone, too. */
void model_pieces_clear(model_pieces *pieces);
/* Zeroed. Never NULL: memory is the process's (aborts without). */
void *model_pieces_get(model_pieces *pieces);
void model_pieces_put(model_pieces *pieces, void *piece);
/* Many at once, linked by their first word from `first` to `last`, at the cost of one. */
void model_pieces_put_list(model_pieces *pieces, void *first, void *last);

#endif
