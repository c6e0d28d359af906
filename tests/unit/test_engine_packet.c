/* sim/engine: packets come from pools, are counted, copied and shared.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>

#include "sim/engine/packet.h"

Test(engine_packet, a_new_packet_is_clean_and_has_room)
{
    sim_packet_pool *pool = sim_packet_pool_new();
    static const size_t sizes[] = {0, 1, 48, 152, 153, 1280, 1500, 1560, 1561, 9000, 65439};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        for (int again = 0; again < 2; again++) {
            sim_packet *p = sim_packet_new(pool, sizes[i]);
            cr_assert_eq(p->head, SIM_PACKET_HEADROOM);
            cr_assert_geq(p->cap, p->head + sizes[i]);
            cr_assert_eq(p->flow, SIM_NO_FLOW);
            cr_assert_eq(p->refs, 1);
            cr_assert(p->len == 0 && !p->next && !p->virtual_bytes && !p->identity && !p->flags
                      && !p->message && !p->hops && !p->created_ns && !p->ifindex);
            p->len = (uint16_t)sizes[i];
            memset(p->bytes, 0xa5, p->cap);
            p->identity = p->virtual_bytes = 77;
            p->flags = p->message = p->hops = 7;
            sim_packet_unref(pool, p);
        }
    }
    cr_assert_eq(sim_packet_pool_live(pool), 0);
    sim_packet_pool_free(pool);
}

Test(engine_packet, memory_is_used_again)
{
    sim_packet_pool *pool = sim_packet_pool_new();
    sim_packet *first = sim_packet_new(pool, 48);
    sim_packet_unref(pool, first);
    cr_assert_eq(sim_packet_new(pool, 100), first);
    sim_packet_unref(pool, first);
    sim_packet *big = sim_packet_new(pool, 1280);
    cr_assert_neq(big, first);
    sim_packet_unref(pool, big);
    cr_assert_eq(sim_packet_new(pool, 1500), big);
    sim_packet_unref(pool, big);
    sim_packet_pool_free(pool);
}

Test(engine_packet, many_at_once_do_not_overlap)
{
    enum { N = 3000 };
    static sim_packet *all[N];
    sim_packet_pool *pool = sim_packet_pool_new();
    for (unsigned i = 0; i < N; i++) {
        all[i] = sim_packet_new(pool, i % 3 ? 48 : 1280);
        cr_assert_eq((uintptr_t)all[i] % 8, 0);
        memset(all[i]->bytes, (int)(i & 0xff), all[i]->cap);
        all[i]->number = i;
    }
    cr_assert_eq(sim_packet_pool_live(pool), N);
    for (unsigned i = 0; i < N; i++) {
        cr_assert_eq(all[i]->number, i);
        for (unsigned k = 0; k < all[i]->cap; k++)
            if (all[i]->bytes[k] != (i & 0xff))
                cr_assert(false, "packet %u, byte %u", i, k);
        sim_packet_unref(pool, all[i]);
    }
    sim_packet_pool_free(pool);
}

Test(engine_packet, the_last_reference_gives_it_back)
{
    sim_packet_pool *pool = sim_packet_pool_new();
    sim_packet *p = sim_packet_new(pool, 48);
    cr_assert_eq(sim_packet_ref(p), p);
    sim_packet_ref(p);
    sim_packet_unref(pool, p);
    sim_packet_unref(pool, p);
    cr_assert_eq(sim_packet_pool_live(pool), 1);
    cr_assert_eq(p->refs, 1);
    sim_packet_unref(pool, p);
    cr_assert_eq(sim_packet_pool_live(pool), 0);
    sim_packet_pool_free(pool);
}

Test(engine_packet, a_copy_has_its_own_bytes)
{
    sim_packet_pool *pool = sim_packet_pool_new();
    static const size_t sizes[] = {48, 1280, 4000};
    for (size_t i = 0; i < 3; i++) {
        sim_packet *p = sim_packet_new(pool, sizes[i]);
        p->len = (uint16_t)sizes[i];
        memset(sim_packet_data(p), 0x11, p->len);
        p->head = (uint16_t)(p->head - 40);     /* a tunnel header */
        p->len = (uint16_t)(p->len + 40);
        memset(sim_packet_data(p), 0x22, 40);
        p->identity = 99;
        p->virtual_bytes = 1000;
        p->next = p;
        sim_packet_ref(p);
        sim_packet *c = sim_packet_copy(pool, p);
        cr_assert_eq(c->refs, 1);
        cr_assert_null(c->next);
        cr_assert(c->identity == 99 && c->head == p->head && c->len == p->len
                  && c->cap == p->cap);
        cr_assert_eq(sim_packet_bytes(c), sizes[i] + 40 + 1000);
        cr_assert_arr_eq(sim_packet_data(c), sim_packet_data(p), p->len);
        sim_packet_data(p)[0] = 0x33;
        cr_assert_eq(sim_packet_data(c)[0], 0x22);
        sim_packet_unref(pool, c);
        sim_packet_unref(pool, p);
        sim_packet_unref(pool, p);
    }
    sim_packet_pool_free(pool);
}

Test(engine_packet, a_packet_not_given_back_is_a_bug, .signal = SIGABRT)
{
    sim_packet_pool *pool = sim_packet_pool_new();
    sim_packet_new(pool, 48);
    sim_packet_pool_free(pool);
}
