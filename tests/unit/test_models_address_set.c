/* models/network/address_set: against a plain array, while it grows, shrinks and is used again.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <criterion/criterion.h>
#include <string.h>

#include "models/network/address_set.h"
#include "sim/engine/random.h"

typedef struct thing {
    mip6_addr address;
    uint64_t value;
} thing;

static mip6_addr numbered(uint32_t i)
{
    return (mip6_addr){{0x20, 1, 0xd, 0xb8, [13] = (uint8_t)(i >> 16), [14] = (uint8_t)(i >> 8),
                        [15] = (uint8_t)i}};
}

Test(models_address_set, holds_what_a_plain_array_holds)
{
    enum { N = 3000, STEPS = 60000 };
    static uint64_t want[N];
    model_address_set *set = model_address_set_new(sizeof(thing));
    sim_stream r = sim_stream_init(1, 0, "test", "set");
    for (int step = 0; step < STEPS; step++) {
        uint32_t i = (uint32_t)sim_below(sim_stream_u64(&r), step < STEPS / 2 ? N : N / 50);
        mip6_addr a = numbered(i);
        thing *t = model_address_set_find(set, &a);
        cr_assert_eq(t != NULL, want[i] != 0);
        if (t) {
            cr_assert_eq(t->value, want[i]);
            model_address_set_remove(set, t);
            want[i] = 0;
        } else {
            t = model_address_set_add(set, &a);
            cr_assert(t->value == 0 && mip6_addr_equal(&t->address, &a));
            t->value = want[i] = (uint64_t)step + 1;
        }
    }
    uint32_t at = 0, met = 0, there = 0;
    for (const thing *t; (t = model_address_set_next(set, &at)); met++) {
        uint32_t i = (uint32_t)t->address.b[14] << 8 | t->address.b[15];
        cr_assert_eq(t->value, want[i]);
    }
    for (uint32_t i = 0; i < N; i++)
        there += want[i] != 0;
    cr_assert(there > N / 4);
    cr_assert_eq(met, there);
    model_address_set_free(set);
}

/* Who keeps a pointer may go on: objects stay where they are. */
Test(models_address_set, objects_stay_in_their_place)
{
    enum { N = 5000 };
    static thing *things[N];
    model_address_set *set = model_address_set_new(sizeof(thing));
    for (uint32_t i = 0; i < N; i++) {
        mip6_addr a = numbered(i);
        things[i] = model_address_set_add(set, &a);
    }
    for (uint32_t i = 0; i < N; i++) {
        mip6_addr a = numbered(i);
        cr_assert_eq(model_address_set_find(set, &a), things[i]);
    }
    model_address_set_free(set);
}
