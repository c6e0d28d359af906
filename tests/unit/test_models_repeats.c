/* Packets that come to their application a second time.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/measure/repeats.h"

#include <criterion/criterion.h>

TestSuite(models_repeats);

static model_repeats *r;

static void set_up(void) { r = model_repeats_new(2); }
static void tear_down(void) { model_repeats_free(r); }

static uint64_t after(uint32_t flow, uint32_t number)
{
    model_repeats_came(r, flow, number);
    return model_repeats_count(r);
}

Test(models_repeats, in_order, .init = set_up, .fini = tear_down)
{
    for (uint32_t i = 0; i < 1000; i++)
        cr_assert_eq(after(0, i), 0);
    cr_assert_eq(after(1, 0), 0, "another flow's");
}

Test(models_repeats, again, .init = set_up, .fini = tear_down)
{
    after(0, 0);
    cr_assert_eq(after(0, 0), 1);
    cr_assert_eq(after(0, 0), 2, "a third time");
    after(0, 63);
    cr_assert_eq(after(0, 0), 3, "the oldest that is known");
    after(0, 64);
    cr_assert_eq(after(0, 0), 3, "older than that");
    cr_assert_eq(after(0, 1), 3, "lost before, late now");
    cr_assert_eq(after(0, 1), 4);
}

Test(models_repeats, out_of_order_and_gaps, .init = set_up, .fini = tear_down)
{
    after(0, 5);
    cr_assert_eq(after(0, 3), 0);
    cr_assert_eq(after(0, 4), 0);
    cr_assert_eq(after(0, 3), 1);
    cr_assert_eq(after(0, 5 + 64), 1, "everything before has left the window");
    cr_assert_eq(after(0, 6), 1);
    cr_assert_eq(after(0, 5), 1);
    cr_assert_eq(after(0, 1000000), 1);
    cr_assert_eq(after(0, 1000000 - 63), 1);
    cr_assert_eq(after(0, 1000000 - 63), 2);
}
