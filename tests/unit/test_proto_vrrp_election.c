/* The election alone: states, timers to the nanosecond, what is discarded.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "mip6_vrrp.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static const mip6_addr virtual_addresses[2] = {{{0xfe, 0x80, [15] = 0x77}},
                                               {{0x20, 0x01, 0x0d, 0xb8, [15] = 0x77}}};

typedef struct one {
    mip6_vrrp_config config;
    mip6_vrrp *v;
} one;

static mip6_addr own_address(unsigned last)
{
    return (mip6_addr){{0xfe, 0x80, [8] = 2, [15] = (uint8_t)last}};
}

static one *make(unsigned last, uint8_t priority)
{
    one *o = calloc(1, sizeof *o);
    o->config = (mip6_vrrp_config){.vrid = 9, .priority = priority, .preempt = true,
                                   .interval_ns = MIP6_SECOND_NS,
                                   .link_local = own_address(last)};
    memcpy(o->config.addresses, virtual_addresses, sizeof virtual_addresses);
    o->v = mip6_vrrp_init(calloc(1, mip6_vrrp_size()), &o->config, 0);
    return o;
}

static void drop_one(one *o)
{
    free(o->v);
    free(o);
}

/* What it wants, as letters: A advertises, 0 gives up, S serves, B stands by. */
static const char *wants(one *o, int64_t now)
{
    static char text[16];
    uint8_t buf[MIP6_VRRP_PACKET];
    mip6_vrrp_action action;
    unsigned n = 0;
    while (mip6_vrrp_poll(o->v, &action, buf, sizeof buf, now) && n + 1 < sizeof text)
        text[n++] = action.kind == MIP6_VRRP_SEND    ? (buf[42] ? 'A' : '0')
                    : action.kind == MIP6_VRRP_SERVE ? 'S'
                                                     : 'B';
    text[n] = '\0';
    return text;
}

static int hear_from(one *o, unsigned last, uint8_t vrid, uint8_t priority, int64_t interval,
                     int64_t now)
{
    uint8_t buf[MIP6_VRRP_PACKET];
    mip6_vrrp_advert a = {.source = own_address(last), .vrid = vrid, .priority = priority, .n = 2,
                          .addresses = virtual_addresses, .interval_ns = interval};
    int len = mip6_vrrp_encode(buf, sizeof buf, &a);
    cr_assert_gt(len, 0);
    return mip6_vrrp_receive(o->v, buf, (size_t)len, now);
}

static int hear(one *o, unsigned last, uint8_t priority, int64_t now)
{
    return hear_from(o, last, 9, priority, MIP6_SECOND_NS, now);
}

static one *make_master(unsigned last, uint8_t priority, int64_t *now)
{
    one *o = make(last, priority);
    mip6_vrrp_startup(o->v, 0);
    *now = mip6_vrrp_next_expiry(o->v);
    mip6_vrrp_expire(o->v, *now);
    cr_assert_str_eq(wants(o, *now), "AS");
    return o;
}

static bool is_in(const one *o, mip6_vrrp_state state)
{
    return mip6_vrrp_get_state(o->v) == state;
}

Test(proto_vrrp_election, times_of_the_formula)
{
    const int64_t s = MIP6_SECOND_NS;
    cr_assert_eq(mip6_vrrp_master_down_ns(100, s), INT64_C(3609375000));
    cr_assert_eq(mip6_vrrp_skew_ns(100, s), INT64_C(609375000));
    cr_assert_eq(mip6_vrrp_master_down_ns(254, s), INT64_C(3007812500));
    cr_assert_eq(mip6_vrrp_master_down_ns(1, s), INT64_C(3996093750));
    /* Rounded down: 253 * 10 ms / 256 is 9882812.5. */
    cr_assert_eq(mip6_vrrp_skew_ns(3, MIP6_VRRP_UNIT_NS), INT64_C(9882812));
    cr_assert_eq(mip6_vrrp_master_down_ns(1, MIP6_VRRP_MAX_INTERVAL_NS),
                 3 * INT64_C(40950000000) + INT64_C(40790039062));
}

Test(proto_vrrp_election, priorities_are_spread_and_distinct)
{
    cr_assert_eq(mip6_vrrp_priority(0, 0, 2), 254);
    cr_assert_eq(mip6_vrrp_priority(1, 0, 2), 254 - 126);
    cr_assert_eq(mip6_vrrp_priority(0, 1, 4), 254 - 189);
    cr_assert_eq(mip6_vrrp_priority(2, 1, 4), 254 - 63);
    for (uint32_t n = 1; n <= 253; n++)
        for (uint32_t agent = 0, last = 255; agent < n; agent++) {
            uint8_t p = mip6_vrrp_priority(agent, 0, n);
            cr_assert(p >= 1 && p < last, "%u of %u: %u", agent, n, p);
            last = p;
        }
}

/* Silence: at the very nanosecond, not before, an advertisement and then service. */
Test(proto_vrrp_election, a_backup_waits_to_the_nanosecond)
{
    one *o = make(1, 100);
    cr_assert_eq(mip6_vrrp_next_expiry(o->v), MIP6_NEVER);
    mip6_vrrp_startup(o->v, 5);
    cr_assert(is_in(o, MIP6_VRRP_BACKUP));
    cr_assert_eq(mip6_vrrp_next_expiry(o->v), 5 + INT64_C(3609375000));
    mip6_vrrp_expire(o->v, 4 + INT64_C(3609375000));
    cr_assert_str_eq(wants(o, 4 + INT64_C(3609375000)), "");
    mip6_vrrp_expire(o->v, 5 + INT64_C(3609375000));
    cr_assert_str_eq(wants(o, 5 + INT64_C(3609375000)), "AS");
    cr_assert_eq(mip6_vrrp_next_expiry(o->v), 5 + INT64_C(4609375000));
    mip6_vrrp_expire(o->v, 5 + INT64_C(4609375000));
    cr_assert_str_eq(wants(o, 5 + INT64_C(4609375000)), "A");
    drop_one(o);
}

Test(proto_vrrp_election, an_advertisement_sets_the_timer_anew_by_its_own_interval)
{
    one *o = make(1, 100);
    mip6_vrrp_startup(o->v, 0);
    cr_assert_eq(hear_from(o, 2, 9, 200, 5 * MIP6_VRRP_UNIT_NS, 1000), 0);
    cr_assert_eq(mip6_vrrp_next_expiry(o->v),
                 1000 + mip6_vrrp_master_down_ns(100, 5 * MIP6_VRRP_UNIT_NS));
    cr_assert_eq(hear(o, 2, 200, 2000), 0);
    cr_assert_eq(mip6_vrrp_next_expiry(o->v), 2000 + INT64_C(3609375000));
    drop_one(o);
}

/* After priority 0 the skew alone, of the interval that the master had. */
Test(proto_vrrp_election, priority_0_leaves_the_skew)
{
    one *o = make(1, 100);
    mip6_vrrp_startup(o->v, 0);
    cr_assert_eq(hear(o, 2, 0, 77), 0);
    cr_assert_eq(mip6_vrrp_next_expiry(o->v), 77 + INT64_C(609375000));
    cr_assert_eq(hear_from(o, 2, 9, 200, 2 * MIP6_SECOND_NS, 100), 0);
    cr_assert_eq(hear_from(o, 2, 9, 0, MIP6_SECOND_NS, 200), 0);
    cr_assert_eq(mip6_vrrp_next_expiry(o->v), 200 + 2 * INT64_C(609375000));
    drop_one(o);
}

Test(proto_vrrp_election, a_better_backup_preempts_unless_told_not_to)
{
    for (int preempt = 0; preempt < 2; preempt++) {
        one *o = make(1, 100);
        o->config.preempt = preempt;
        mip6_vrrp_startup(o->v, 0);
        int64_t first = mip6_vrrp_next_expiry(o->v);
        for (int64_t t = 1; t < 3; t++)
            cr_assert_eq(hear(o, 2, 99, t * MIP6_SECOND_NS), 0);
        cr_assert_eq(mip6_vrrp_next_expiry(o->v),
                     preempt ? first : 2 * MIP6_SECOND_NS + first);
        cr_assert_eq(hear(o, 2, 100, 2 * MIP6_SECOND_NS + 1), 0);
        cr_assert_eq(mip6_vrrp_next_expiry(o->v), 2 * MIP6_SECOND_NS + 1 + first);
        drop_one(o);
    }
}

Test(proto_vrrp_election, a_master_yields_to_the_better_alone)
{
    static const struct { unsigned last; uint8_t priority; bool yields; } cases[] = {
        {2, 99, false}, {2, 101, true}, {2, 100, true}, {0, 100, false}, {2, 255, true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t now;
        one *o = make_master(1, 100, &now);
        o->config.preempt = false;      /* not considered in this state */
        cr_assert_eq(hear(o, cases[i].last, cases[i].priority, now + 1), 0);
        cr_expect_str_eq(wants(o, now + 1), cases[i].yields ? "B" : "", "case %zu", i);
        cr_expect_eq(mip6_vrrp_next_expiry(o->v),
                     cases[i].yields ? now + 1 + INT64_C(3609375000) : now + MIP6_SECOND_NS);
        drop_one(o);
    }
}

Test(proto_vrrp_election, a_master_that_yields_waits_by_the_other_ones_interval)
{
    int64_t now;
    one *o = make_master(1, 100, &now);
    cr_assert_eq(hear_from(o, 2, 9, 200, 5 * MIP6_VRRP_UNIT_NS, now + 1), 0);
    cr_assert_eq(mip6_vrrp_next_expiry(o->v),
                 now + 1 + mip6_vrrp_master_down_ns(100, 5 * MIP6_VRRP_UNIT_NS));
    drop_one(o);
}

Test(proto_vrrp_election, a_master_answers_priority_0_at_once)
{
    int64_t now;
    one *o = make_master(1, 100, &now);
    cr_assert_eq(hear(o, 2, 0, now + 7), 0);
    cr_assert_str_eq(wants(o, now + 7), "A");
    cr_assert_eq(mip6_vrrp_next_expiry(o->v), now + 7 + MIP6_SECOND_NS);
    drop_one(o);
}

Test(proto_vrrp_election, shutdown_says_goodbye_where_it_served)
{
    int64_t now;
    one *master = make_master(1, 100, &now), *backup = make(2, 99);
    mip6_vrrp_startup(backup->v, 0);
    mip6_vrrp_shutdown(backup->v, 1);
    cr_assert_str_eq(wants(backup, 1), "");
    cr_assert_eq(mip6_vrrp_next_expiry(backup->v), MIP6_NEVER);
    mip6_vrrp_shutdown(master->v, now + 1);
    mip6_vrrp_shutdown(master->v, now + 1);
    cr_assert_str_eq(wants(master, now + 1), "0B");
    cr_assert(is_in(master, MIP6_VRRP_INITIALIZE));
    cr_assert_eq(hear(master, 2, 0, now + 2), 0);
    cr_assert_str_eq(wants(master, now + 2), "");
    drop_one(master);
    drop_one(backup);
}

/* Lost at the same moment: neither word is sent twice, nor one too many. */
Test(proto_vrrp_election, one_who_yields_before_it_spoke_does_not_speak)
{
    one *o = make(1, 100);
    mip6_vrrp_startup(o->v, 0);
    int64_t now = mip6_vrrp_next_expiry(o->v);
    mip6_vrrp_expire(o->v, now);
    cr_assert_eq(hear(o, 2, 200, now), 0);
    cr_assert_str_eq(wants(o, now), "");
    drop_one(o);
}

Test(proto_vrrp_election, in_initialize_it_listens_and_does_nothing)
{
    one *o = make(1, 100);
    cr_assert_eq(mip6_vrrp_heard_ns(o->v), MIP6_NEVER);
    cr_assert_eq(hear(o, 2, 0, 5), 0);
    cr_assert_eq(mip6_vrrp_heard_ns(o->v), 5);
    cr_assert(is_in(o, MIP6_VRRP_INITIALIZE));
    cr_assert_eq(mip6_vrrp_next_expiry(o->v), MIP6_NEVER);
    drop_one(o);
}

Test(proto_vrrp_election, what_is_not_taken_is_counted_and_changes_nothing)
{
    one *o = make(1, 100);
    mip6_vrrp_figures f;
    mip6_vrrp_startup(o->v, 0);
    int64_t due = mip6_vrrp_next_expiry(o->v);
    cr_assert_eq(hear(o, 1, 200, 10), MIP6_ERR_IGNORED);                /* its own address */
    cr_assert_eq(hear_from(o, 2, 8, 200, MIP6_SECOND_NS, 10), MIP6_ERR_IGNORED);
    uint8_t buf[MIP6_VRRP_PACKET];
    mip6_vrrp_advert a = {.source = own_address(2), .vrid = 9, .priority = 200, .n = 2,
                          .addresses = virtual_addresses, .interval_ns = MIP6_SECOND_NS};
    cr_assert_eq(mip6_vrrp_encode(buf, sizeof buf, &a), (int)sizeof buf);
    buf[7] = 254;
    cr_assert_eq(mip6_vrrp_receive(o->v, buf, sizeof buf, 10), MIP6_ERR_MALFORMED);
    buf[7] = 255;
    buf[42] = 201;
    cr_assert_eq(mip6_vrrp_receive(o->v, buf, sizeof buf, 10), MIP6_ERR_CHECKSUM);
    cr_assert_eq(mip6_vrrp_next_expiry(o->v), due);
    cr_assert_eq(mip6_vrrp_heard_ns(o->v), MIP6_NEVER);
    mip6_vrrp_get_figures(o->v, &f);
    cr_assert(f.drops[MIP6_DROP_NOT_FOR_US] == 1 && f.drops[MIP6_DROP_HOP_LIMIT] == 1 &&
              f.drops[MIP6_DROP_CHECKSUM] == 1 && f.received == 0);
    drop_one(o);
}

/* Section 7.1: a check that MAY be made, and then is logged; the election goes on. */
Test(proto_vrrp_election, other_addresses_are_counted_and_taken)
{
    one *o = make(1, 100);
    mip6_vrrp_figures f;
    o->config.addresses[1].b[15] = 0x78;
    mip6_vrrp_startup(o->v, 0);
    cr_assert_eq(hear(o, 2, 200, 10), 0);
    mip6_vrrp_get_figures(o->v, &f);
    cr_assert(f.mismatched == 1 && f.received == 1);
    cr_assert_eq(mip6_vrrp_next_expiry(o->v), 10 + INT64_C(3609375000));
    drop_one(o);
}
