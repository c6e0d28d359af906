/* Synchronised home agents: what concerns many records, a portion at a time.
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "system/haha_internal.h"

#define PORTION_NS MIP6_MS_NS

void mip6_haha_kick(mip6_haha *h)
{
    h->busy = true;
}

int64_t mip6_haha_next_portion(const mip6_haha *h)
{
    if (!h->busy)
        return MIP6_NEVER;
    return h->portion_ns > h->now_ns ? h->portion_ns : h->now_ns;
}

/* ---- Rounds -------------------------------------------------------------------------------- */

void mip6_haha_round_begin(const mip6_haha *h, haha_round *round, uint32_t first)
{
    *round = (haha_round){.runs = true, .row = first,
                          .left = mip6_secondaries_in(&h->store, haha_list(h, first, 0))};
}

mip6_secondary *mip6_haha_round_next(mip6_haha *h, haha_round *round, uint32_t first,
                                     uint32_t last)
{
    while (round->runs) {
        uint32_t list = haha_list(h, round->row, round->owner);
        mip6_secondary *r = mip6_secondaries_first(&h->store, list);
        if (round->left > 0 && r) {
            round->left--;
            mip6_secondaries_move(&h->store, r, list);
            return r;
        }
        if (round->row++ == last) {
            round->row = first;
            round->runs = ++round->owner < h->members->n_members;
        }
        if (round->runs)
            round->left = mip6_secondaries_in(&h->store,
                                              haha_list(h, round->row, round->owner));
    }
    return NULL;
}

/* ---- Copies ---------------------------------------------------------------------------------- */

/* In the order in which their owner has said them last, those of this transfer behind others. */
void mip6_haha_to_copies(mip6_haha *h, mip6_secondary *r, uint8_t owner)
{
    uint32_t copies = haha_list(h, HAHA_COPY, owner);
    if (r->phase == h->phase[owner])
        mip6_secondaries_move(&h->store, r, copies);
    else
        mip6_secondaries_move_first(&h->store, r, copies);
}

/* A member that was only cut off has its own again. */
static void bring_back(mip6_haha *h, uint8_t owner, uint32_t *budget)
{
    for (uint32_t row = HAHA_ORPHAN; row < HAHA_N_ROWS; row++) {
        uint32_t orphans = haha_list(h, row, owner);
        for (mip6_secondary *r; (r = mip6_secondaries_first(&h->store, orphans)); (*budget)--) {
            if (*budget == 0)
                return;
            mip6_haha_to_copies(h, r, owner);
        }
    }
    h->back &= ~(UINT32_C(1) << owner);
}

static void drop_what_is_gone(mip6_haha *h, uint8_t owner, uint32_t *budget)
{
    uint32_t copies = haha_list(h, HAHA_COPY, owner);
    mip6_secondary *r;
    while ((r = mip6_secondaries_first(&h->store, copies)) && r->phase != h->phase[owner]) {
        if (*budget == 0)
            return;
        mip6_secondaries_remove(&h->store, r);
        (*budget)--;
    }
    h->brought &= ~(UINT32_C(1) << owner);
}

/* Of what `brought` and `back` say. True: there is more. */
static bool tidy(mip6_haha *h)
{
    uint32_t budget = HAHA_PORTION;
    for (uint8_t k = 0; (h->back | h->brought) && k < h->members->n_members; k++) {
        if (h->back >> k & 1)
            bring_back(h, k, &budget);
        if (h->brought >> k & 1 && !(h->back >> k & 1))
            drop_what_is_gone(h, k, &budget);
    }
    return h->back || h->brought;
}

void mip6_haha_portion(mip6_haha *h)
{
    if (!h->busy || h->portion_ns > h->now_ns)
        return;
    h->portion_ns = h->now_ns + PORTION_NS;
    bool untidy = tidy(h);
    h->busy = mip6_haha_decide(h) || untidy;
}
