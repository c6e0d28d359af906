/* models/systems/pieces: pieces are distinct, zeroed, and used again before another block is taken.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <criterion/criterion.h>
#include <string.h>

#include "models/systems/pieces.h"

enum { N = 5000, SIZE = 90 };

static bool is_zero(const unsigned char *p)
{
    for (size_t i = 0; i < SIZE; i++)
        if (p[i] != 0)
            return false;
    return true;
}

Test(models_pieces, are_distinct_and_zeroed_and_used_again)
{
    static unsigned char *out[N];
    model_pieces p;
    model_pieces_init(&p, SIZE);
    for (unsigned round = 0; round < 3; round++) {
        for (size_t i = 0; i < N; i++) {
            out[i] = model_pieces_get(&p);
            cr_assert(is_zero(out[i]));
            memset(out[i], (int)(i % 255 + 1), SIZE);
        }
        guint blocks = p.blocks->len;
        for (size_t i = 0; i < N; i++)
            cr_assert(out[i][0] == i % 255 + 1 && out[i][SIZE - 1] == i % 255 + 1);
        for (size_t i = 0; i < N; i++)
            model_pieces_put(&p, out[i]);
        out[0] = model_pieces_get(&p);
        cr_assert_eq(out[0], out[N - 1], "the last that came back");
        cr_assert_eq(p.blocks->len, blocks);
        model_pieces_put(&p, out[0]);
    }
    cr_assert_leq(p.blocks->len, N * 96 / 60000 + 1);
    model_pieces_clear(&p);
}

/* A list is linked by its first words, as its owner has it. */
Test(models_pieces, a_list_comes_back_at_once)
{
    enum { LISTED = 3000 };
    void *first = NULL, *last = NULL;
    model_pieces p;
    model_pieces_init(&p, sizeof first);
    for (size_t i = 0; i < LISTED; i++) {
        void *piece = model_pieces_get(&p);
        memcpy(piece, &first, sizeof first);
        first = piece;
        last = last ? last : piece;
    }
    guint blocks = p.blocks->len;
    model_pieces_put_list(&p, first, last);
    cr_assert_eq(model_pieces_get(&p), first);
    for (size_t i = 1; i < LISTED; i++)
        cr_assert(i + 1 < LISTED ? model_pieces_get(&p) != last : model_pieces_get(&p) == last);
    cr_assert_eq(p.blocks->len, blocks);
    model_pieces_clear(&p);
}
