/* Members of an active-standby system: when each takes part, and who serves.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "mip6_active_standby.h"

#include <signal.h>

#include "ha_harness.h"

/* Two members, one group. What one says the other hears at once, unless it is cut off. */
typedef struct bed {
    h_world *w;
    mip6_vrrp_config vrrp[2];
    mip6_active_standby_config config[2];
    mip6_active_standby *member[2];     /* NULL: down */
    unsigned goodbyes;
    bool cut;
} bed;

static void settle(bed *b);

static void boot(bed *b, int i)
{
    b->member[i] = mip6_active_standby_init(calloc(1, mip6_active_standby_size()), &b->config[i],
                                            b->w->now);
    mip6_active_standby_start(b->member[i], b->w->now);
    settle(b);
}

static void crash(bed *b, int i)
{
    free(b->member[i]);
    b->member[i] = NULL;
}

/* Both agents have the virtual addresses. Priorities 200 and 100. */
static bed *make(void)
{
    bed *b = calloc(1, sizeof *b);
    b->w = h_new(2, "static-dhaad", MIP6_PROFILE_SAFE);
    b->w->cut = true;
    b->w->config[1] = b->w->config[0];
    h_init(b->w);
    for (int i = 0; i < 2; i++) {
        b->vrrp[i] = (mip6_vrrp_config){
            .vrid = 5, .priority = i == 0 ? 200 : 100, .preempt = true, .interval_ns = H_S,
            .link_local = {{0xfe, 0x80, [15] = (uint8_t)(i + 1)}},
            .addresses = {b->w->config[0].link_local, b->w->config[0].global}};
        b->config[i] = (mip6_active_standby_config){
            .n_groups = 1, .vrrp = &b->vrrp[i], .agents = &b->w->ha[i]};
    }
    return b;
}

static void done(bed *b)
{
    crash(b, 0);
    crash(b, 1);
    h_free_world(b->w);
    free(b);
}

static bool poll(bed *b, int i)
{
    mip6_active_standby_action a;
    uint8_t buf[MIP6_VRRP_PACKET];
    if (!b->member[i] || !mip6_active_standby_poll(b->member[i], &a, buf, sizeof buf, b->w->now))
        return false;
    if (a.kind == MIP6_VRRP_SEND) {
        b->goodbyes += buf[42] == 0;
        if (!b->cut && b->member[!i])
            cr_assert_eq(mip6_active_standby_receive(b->member[!i], buf, a.len, b->w->now), 0);
    }
    return true;
}

static void settle(bed *b)
{
    while (poll(b, 0) || poll(b, 1))
        ;
    h_settle(b->w);
}

static void run(bed *b, int64_t ns)
{
    int64_t until = b->w->now + ns;
    for (;;) {
        int64_t next = until;
        for (int i = 0; i < 2; i++)
            if (b->member[i] && mip6_active_standby_next_expiry(b->member[i]) < next)
                next = mip6_active_standby_next_expiry(b->member[i]);
        h_run(b->w, next);
        if (next == until)
            break;
        for (int i = 0; i < 2; i++)
            if (b->member[i])
                mip6_active_standby_expire(b->member[i], next);
        settle(b);
    }
}

static bool serves(const bed *b, int i)
{
    bool says = mip6_active_standby_serves(b->member[i], 0);
    cr_assert_eq(h_figures(b->w, i).serving, says, "the agent does as its member says");
    return says;
}

Test(proto_active_standby, one_who_hears_nobody_starts_up_and_then_serves)
{
    bed *b = make();
    int64_t down = mip6_vrrp_master_down_ns(100, H_S);
    boot(b, 1);
    cr_assert(mip6_active_standby_waits(b->member[1], 0));
    run(b, down);
    cr_assert(mip6_active_standby_waits(b->member[1], 0));
    run(b, 1);
    cr_assert_not(mip6_active_standby_waits(b->member[1], 0));
    run(b, down - 1);
    cr_assert_not(serves(b, 1));
    run(b, 1);
    cr_assert(serves(b, 1));
    done(b);
}

Test(proto_active_standby, one_who_hears_a_master_waits_until_it_has_loaded)
{
    bed *b = make();
    boot(b, 1);
    run(b, 20 * H_S);
    boot(b, 0);
    run(b, 500 * H_S);
    cr_assert(mip6_active_standby_waits(b->member[0], 0), "however much better it is");
    cr_assert(serves(b, 1));
    mip6_active_standby_loaded(b->member[0], 0, b->w->now);
    settle(b);
    run(b, mip6_vrrp_master_down_ns(200, H_S) + 1);
    cr_assert(serves(b, 0));
    cr_assert_not(serves(b, 1), "preempted");
    mip6_active_standby_loaded(b->member[0], 0, b->w->now);     /* changes nothing any more */
    settle(b);
    cr_assert(serves(b, 0));
    done(b);
}

Test(proto_active_standby, one_who_waits_starts_up_when_the_master_falls_silent)
{
    bed *b = make();
    boot(b, 1);
    run(b, 20 * H_S);
    boot(b, 0);
    run(b, 20 * H_S + 1);
    crash(b, 1);
    run(b, 2 * H_S);
    cr_assert(mip6_active_standby_waits(b->member[0], 0));
    run(b, 3 * H_S);
    cr_assert_not(mip6_active_standby_waits(b->member[0], 0));
    run(b, 4 * H_S);
    cr_assert(serves(b, 0));
    done(b);
}

Test(proto_active_standby, the_other_takes_over_what_the_first_had)
{
    bed *b = make();
    boot(b, 0);
    boot(b, 1);
    run(b, 20 * H_S);
    cr_assert(serves(b, 0) && !serves(b, 1));
    crash(b, 0);
    run(b, mip6_vrrp_master_down_ns(100, H_S) + 1);
    cr_assert(serves(b, 1));
    done(b);
}

Test(proto_active_standby, one_who_leaves_says_so_and_stands_by)
{
    bed *b = make();
    boot(b, 0);
    boot(b, 1);
    run(b, 20 * H_S);
    mip6_active_standby_stop(b->member[0], b->w->now);
    settle(b);
    cr_assert_eq(b->goodbyes, 1);
    cr_assert_not(serves(b, 0));
    run(b, mip6_vrrp_skew_ns(100, H_S) - 1);
    cr_assert_not(serves(b, 1));
    run(b, 2);
    cr_assert(serves(b, 1), "after the skew alone");
    run(b, 60 * H_S);
    cr_assert_not(serves(b, 0), "for good");
    done(b);
}

Test(proto_active_standby, a_partition_has_two_masters_and_then_one)
{
    bed *b = make();
    boot(b, 0);
    boot(b, 1);
    run(b, 20 * H_S);
    b->cut = true;
    run(b, 20 * H_S);
    cr_assert(serves(b, 0) && serves(b, 1));
    b->cut = false;
    run(b, H_S + 1);
    cr_assert(serves(b, 0) && !serves(b, 1));
    done(b);
}

Test(proto_active_standby, groups_that_it_has_not_are_ignored)
{
    bed *b = make();
    boot(b, 0);
    uint8_t buf[MIP6_VRRP_PACKET];
    mip6_vrrp_advert a = {.source = b->vrrp[1].link_local, .vrid = 6, .priority = 1, .n = 2,
                          .addresses = b->vrrp[1].addresses, .interval_ns = H_S};
    int len = mip6_vrrp_encode(buf, sizeof buf, &a);
    cr_assert_eq(mip6_active_standby_receive(b->member[0], buf, (size_t)len, b->w->now),
                 MIP6_ERR_IGNORED);
    cr_assert_eq(mip6_active_standby_receive(b->member[0], buf, 50, b->w->now),
                 MIP6_ERR_MALFORMED);
    done(b);
}

Test(proto_active_standby, two_groups_of_one_vrid_are_a_bug, .signal = SIGABRT)
{
    bed *b = make();
    mip6_vrrp_config twice[2] = {b->vrrp[0], b->vrrp[0]};
    b->config[0].vrrp = twice;
    b->config[0].n_groups = 2;
    boot(b, 0);
}
