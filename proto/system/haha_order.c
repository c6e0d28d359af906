/* Orphans in order of home address, without looking at all of them in one step and without memory.
 *
 * A radix heap of lists. Those of one row agree in all bits of their interface identifiers from
 * that of its number on, and all rows below hold lower ones. The lowest row that holds any is taken
 * apart: its lowest identifier is looked for, and then each goes to the row of the highest bit in
 * which it differs from that, which is a lower row. New orphans wait in rows above all those.
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "system/haha_internal.h"

static uint32_t bits(uint64_t x)
{
    uint32_t n = 0;
    for (uint32_t half = 32; half > 0; half /= 2)
        if (x >> half) {
            x >>= half;
            n += half;
        }
    return n + (uint32_t)x;
}

/* False: there are none. */
static bool begin(mip6_haha *h, uint8_t member)
{
    for (uint32_t row = HAHA_ORPHAN; row < HAHA_N_ROWS; row++) {
        uint32_t n = mip6_secondaries_in(&h->store, haha_list(h, row, member));
        if (n == 0)
            continue;
        h->sorting = (haha_sorting){
            .runs = true, .owner = member, .row = row, .left = n, .lowest = UINT64_MAX};
        return true;
    }
    return false;
}

/* What has expired is not an orphan any more. */
static void look_at(mip6_haha *h, mip6_secondary *r, uint32_t list)
{
    haha_sorting *s = &h->sorting;
    if (!mip6_haha_lives(h, r)) {
        mip6_secondaries_remove(&h->store, r);
    } else {
        s->lowest = r->interface < s->lowest ? r->interface : s->lowest;
        mip6_secondaries_move(&h->store, r, list);
    }
    s->left--;
    s->spreads = s->left == 0;
}

static void spread(mip6_haha *h, mip6_secondary *r)
{
    const haha_sorting *s = &h->sorting;
    uint32_t row = HAHA_ORPHAN + bits(r->interface ^ s->lowest);
    mip6_secondaries_move(&h->store, r, haha_list(h, row, s->owner));
}

bool mip6_haha_lowest(mip6_haha *h, uint8_t member, uint32_t few, uint32_t *budget, uint32_t *list)
{
    haha_sorting *s = &h->sorting;
    for (; *budget > 0; (*budget)--) {
        *list = haha_list(h, s->row, member);
        bool goes_on = s->runs && s->owner == member &&
                       mip6_secondaries_in(&h->store, *list) > 0;
        if (!goes_on && !begin(h, member))
            return false;
        *list = haha_list(h, s->row, member);
        if (!s->spreads && mip6_secondaries_in(&h->store, *list) <= few) {
            mip6_secondaries_sort(&h->store, *list);
            return true;
        }
        mip6_secondary *r = mip6_secondaries_first(&h->store, *list);
        if (s->spreads)
            spread(h, r);
        else
            look_at(h, r, *list);
    }
    return false;
}
