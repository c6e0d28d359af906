/* models/network/address: addresses from names.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/network/address.h"

#include <criterion/criterion.h>
#include <glib.h>
#include <stdio.h>

static sim_prefix prefix(const char *text, int64_t length)
{
    mip6_addr a;
    sim_prefix p = {.length = length};
    cr_assert_eq(mip6_addr_parse(text, &a), 0);
    for (int i = 0; i < 16; i++)
        p.address[i] = a.b[i];
    return p;
}

Test(models_address, an_address_is_its_names_alone)
{
    sim_prefix p = prefix("2001:db8:0:1::", 64);
    model_directory *a = model_directory_new(&p), *b = model_directory_new(&p);
    mip6_addr first = model_directory_add(a, "mn7", 7);
    mip6_lladdr ll = model_directory_lladdr(a, "mn7");
    for (uint32_t i = 0; i < 1000; i++) {
        char name[16];
        snprintf(name, sizeof name, "mn%u", 1000 + i);
        model_directory_add(b, name, 1000 + i);
        model_directory_lladdr(b, name);
    }
    mip6_addr again = model_directory_add(b, "mn7", 7);
    mip6_lladdr ll_again = model_directory_lladdr(b, "mn7");
    cr_assert(mip6_addr_equal(&first, &again));
    cr_assert(mip6_lladdr_equal(&ll, &ll_again));
    cr_assert_eq(ll.b[0], 2);
    cr_assert_eq(model_directory_find(b, &again), 7);
    again.b[15] ^= 1;
    cr_assert_eq(model_directory_find(b, &again), MODEL_NO_INDEX);
    model_directory_free(a);
    model_directory_free(b);
}

Test(models_address, a_small_pool_is_used_to_its_last_address)
{
    sim_prefix p = prefix("2001:db8:0:1::100", 120);
    cr_assert_eq(model_prefix_capacity(&p), 255);
    model_directory *d = model_directory_new(&p);
    GHashTable *seen = g_hash_table_new(g_direct_hash, g_direct_equal);
    for (uint32_t i = 0; i < 255; i++) {
        char name[16];
        snprintf(name, sizeof name, "mn%u", i);
        mip6_addr a = model_directory_add(d, name, i);
        cr_assert_eq(a.b[14], 1);
        cr_assert_neq(a.b[15], 0);
        cr_assert(g_hash_table_add(seen, GUINT_TO_POINTER(a.b[15])));
        cr_assert_eq(model_directory_find(d, &a), i);
    }
    g_hash_table_unref(seen);
    model_directory_free(d);
}

/* RFC 2526: the last 128 interface identifiers are anycast addresses. */
Test(models_address, anycast_addresses_are_not_given_away)
{
    sim_prefix p = prefix("2001:db8:0:1:fdff:ffff:ffff:ff00", 120);
    cr_assert_eq(model_prefix_capacity(&p), 127);
    p = prefix("2001:db8:0:1:fdff:ffff:ffff:ff80", 121);
    cr_assert_eq(model_prefix_capacity(&p), 0);
    p = prefix("2001:db8:0:1::", 64);
    cr_assert_gt(model_prefix_capacity(&p), 1000000000);
}

Test(models_address, access_routers_and_correspondents_by_number)
{
    mip6_addr a = model_access_prefix(65535);
    a.b[12] = 9;
    cr_assert_eq(model_access_of(&a), 65535);
    cr_assert_eq(model_correspondent_of(&a), MODEL_NO_INDEX);
    a = model_correspondent_address(70000);
    cr_assert_eq(model_correspondent_of(&a), 70000);
    cr_assert_eq(model_access_of(&a), MODEL_NO_INDEX);
    sim_prefix p = prefix("2001:db8:ac00::", 64);
    cr_assert(model_prefix_clashes(&p));
    p = prefix("2001:db8:0:1::", 64);
    cr_assert_not(model_prefix_clashes(&p));
}
