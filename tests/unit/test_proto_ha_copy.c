/* A cache kept as another agent's copy: by its changes, or all of it anew; acknowledgements that
 * wait until the copy is there.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "ha_harness.h"

/* Agent 0 serves; agent 1 stands by, and takes each change at once. */
typedef struct pair {
    h_world *w;
    mip6_sync_record last;
    unsigned told[MIP6_N_SYNC_KINDS];
    bool deaf;          /* agent 1 takes nothing */
    bool waits;         /* acknowledgements are held back */
} pair;

static void changed(void *self, const mip6_sync_record *record)
{
    pair *p = self;
    mip6_action action;
    uint8_t buf[MIP6_MAX_PACKET];
    p->last = *record;
    p->told[record->kind]++;
    if (p->deaf)
        return;
    cr_assert_eq(mip6_ha_take(p->w->ha[1], record, p->w->now), 0);
    while (mip6_ha_poll(p->w->ha[1], &action, buf, sizeof buf, p->w->now))
        cr_assert_neq(action.kind, MIP6_ACTION_SEND);
}

static bool may_acknowledge(void *self, const mip6_addr *home)
{
    (void)home;
    return !((pair *)self)->waits;
}

static const mip6_keeper keeper = {.changed = changed, .may_acknowledge = may_acknowledge};

static pair *new_pair(mip6_profile profile)
{
    pair *p = calloc(1, sizeof *p);
    p->w = h_new(2, "hybrid", profile);
    h_init(p->w);
    mip6_ha_start(p->w->ha[0], 0);
    mip6_ha_stand_by(p->w->ha[1], 0);
    mip6_ha_set_keeper(p->w->ha[0], &keeper, p);
    h_settle(p->w);
    h_wait(p->w, 10 * H_S);
    h_forget(p->w);
    return p;
}

static void free_pair(pair *p)
{
    h_free_world(p->w);
    free(p);
}

static mip6_binding_info copy_of(pair *p, uint32_t n)
{
    mip6_binding_info info = {0};
    mip6_addr home = h_home(n);
    mip6_ha_find(p->w->ha[1], &home, &info);
    return info;
}

static unsigned held_by(const h_world *w, int agent)
{
    mip6_ha_figures f;
    mip6_ha_get_figures(w->ha[agent], &f, w->now);
    return f.mn_count;
}

Test(proto_ha_copy, a_copy_follows_each_change)
{
    pair *p = new_pair(MIP6_PROFILE_SAFE);
    h_register(p->w, 0, 1, 7);
    cr_assert_eq(p->told[MIP6_SYNC_NEW], 0, "not before DAD is over");
    h_wait(p->w, 2 * H_S);
    cr_assert_eq(p->told[MIP6_SYNC_NEW], 1);
    mip6_binding_info info = copy_of(p, 1);
    mip6_addr care_of = h_care_of(1), other = h_care_of(2);
    cr_assert(info.sequence == 7 && info.lifetime_units == 30 && !info.tentative);
    cr_assert(mip6_addr_equal(&info.care_of, &care_of));
    h_update(p->w, 0, &(h_bu){.home = h_home(1), .care_of = other, .sequence = 8,
                              .lifetime_units = 30});
    info = copy_of(p, 1);
    cr_assert(info.sequence == 8 && mip6_addr_equal(&info.care_of, &other));
    h_deregister(p->w, 0, 1, 9);
    cr_assert_eq(p->told[MIP6_SYNC_GONE], 1);
    cr_assert_eq(held_by(p->w, 1), 0);
    free_pair(p);
}

Test(proto_ha_copy, it_expires_by_itself_and_nobody_is_told)
{
    pair *p = new_pair(MIP6_PROFILE_SAFE);
    h_register(p->w, 0, 1, 7);
    h_wait(p->w, 119 * H_S);
    cr_assert(held_by(p->w, 0) == 1 && held_by(p->w, 1) == 1);
    h_wait(p->w, 3 * H_S);
    cr_assert(held_by(p->w, 0) == 0 && held_by(p->w, 1) == 0);
    cr_assert_eq(p->told[MIP6_SYNC_GONE], 0);
    free_pair(p);
}

/* What was taken serves as it would have here. */
Test(proto_ha_copy, the_one_that_stood_by_serves_with_it)
{
    pair *p = new_pair(MIP6_PROFILE_SAFE);
    h_register(p->w, 0, 1, 7);
    h_wait(p->w, 2 * H_S);
    mip6_ha_start(p->w->ha[1], p->w->now);
    h_settle(p->w);
    h_forget(p->w);
    p->deaf = true;
    h_update(p->w, 1, &(h_bu){.home = h_home(1), .care_of = h_care_of(1), .sequence = 7,
                              .lifetime_units = 30});
    cr_assert_eq(h_last(p->w, 1, MIP6_MSG_BA)->msg.u.ba.status, MIP6_STATUS_SEQUENCE);
    h_update(p->w, 1, &(h_bu){.home = h_home(1), .care_of = h_care_of(1), .sequence = 8,
                              .lifetime_units = 30});
    cr_assert_eq(h_last(p->w, 1, MIP6_MSG_BA)->msg.u.ba.status, MIP6_STATUS_ACCEPTED);
    cr_assert_eq(h_count(p->w, 1, MIP6_MSG_NS), 0, "no DAD for what is held");
    free_pair(p);
}

/* ---- Acknowledgements ---------------------------------------------------------------------- */

Test(proto_ha_copy, an_acknowledgement_waits_until_it_is_released)
{
    pair *p = new_pair(MIP6_PROFILE_SAFE);
    p->waits = true;
    h_register(p->w, 0, 1, 7);
    h_wait(p->w, 2 * H_S);
    cr_assert_eq(h_count(p->w, 0, MIP6_MSG_BA), 0);
    mip6_addr home = h_home(1);
    mip6_ha_release_ack(p->w->ha[0], &home, 6, p->w->now);
    h_settle(p->w);
    cr_assert_eq(h_count(p->w, 0, MIP6_MSG_BA), 0, "of another update");
    mip6_ha_release_ack(p->w->ha[0], &home, 7, p->w->now);
    h_settle(p->w);
    cr_assert_eq(h_count(p->w, 0, MIP6_MSG_BA), 1);
    mip6_ha_release_ack(p->w->ha[0], &home, 7, p->w->now);
    h_settle(p->w);
    cr_assert_eq(h_count(p->w, 0, MIP6_MSG_BA), 1, "once");
    free_pair(p);
}

Test(proto_ha_copy, a_later_update_takes_the_place_of_what_waits)
{
    pair *p = new_pair(MIP6_PROFILE_SAFE);
    mip6_addr home = h_home(1);
    h_bound(p->w, 0, 1);
    p->waits = true;
    h_register(p->w, 0, 1, 8);
    h_register(p->w, 0, 1, 9);
    mip6_ha_release_ack(p->w->ha[0], &home, 8, p->w->now);
    h_settle(p->w);
    cr_assert_eq(h_count(p->w, 0, MIP6_MSG_BA), 0);
    mip6_ha_release_ack(p->w->ha[0], &home, 9, p->w->now);
    h_settle(p->w);
    cr_assert_eq(h_last(p->w, 0, MIP6_MSG_BA)->msg.u.ba.sequence, 9);
    free_pair(p);
}

Test(proto_ha_copy, a_deregistration_waits_too_and_a_refusal_does_not)
{
    pair *p = new_pair(MIP6_PROFILE_SAFE);
    mip6_addr home = h_home(1);
    h_bound(p->w, 0, 1);
    p->waits = true;
    h_register(p->w, 0, 1, 1);
    cr_assert_eq(h_last(p->w, 0, MIP6_MSG_BA)->msg.u.ba.status, MIP6_STATUS_SEQUENCE);
    h_forget(p->w);
    h_deregister(p->w, 0, 1, 8);
    cr_assert_eq(h_count(p->w, 0, MIP6_MSG_BA), 0);
    mip6_ha_release_ack(p->w->ha[0], &home, 8, p->w->now);
    h_settle(p->w);
    const mip6_ba *ba = &h_last(p->w, 0, MIP6_MSG_BA)->msg.u.ba;
    cr_assert(ba->status == MIP6_STATUS_ACCEPTED && ba->lifetime_units == 0);
    free_pair(p);
}

/* More than the ring of actions holds. */
Test(proto_ha_copy, three_hundred_are_released_at_once)
{
    enum { N = 300 };
    pair *p = new_pair(MIP6_PROFILE_SAFE);
    p->waits = true;
    for (uint32_t n = 1; n <= N; n++)
        h_register(p->w, 0, n, 7);
    h_wait(p->w, 2 * H_S);
    h_forget(p->w);
    for (uint32_t n = 1; n <= N; n++) {
        mip6_addr home = h_home(n);
        mip6_ha_release_ack(p->w->ha[0], &home, 7, p->w->now);
    }
    h_settle(p->w);
    cr_assert_eq(h_count(p->w, 0, MIP6_MSG_BA), N);
    free_pair(p);
}

/* ---- All of it anew ------------------------------------------------------------------------ */

static void load(pair *p)
{
    mip6_sync_record lot[64];
    uint64_t cursor = 0;
    uint32_t n;
    mip6_ha_load_begin(p->w->ha[1]);
    while ((n = mip6_ha_records(p->w->ha[0], &cursor, lot, 64)) > 0)
        for (uint32_t i = 0; i < n; i++) {
            cr_assert_eq(mip6_ha_take(p->w->ha[1], &lot[i], p->w->now), 0);
            h_settle(p->w);
        }
    mip6_ha_load_end(p->w->ha[1], p->w->now);
    h_settle(p->w);
}

static void register_some(pair *p, uint32_t first, uint32_t last)
{
    for (uint32_t n = first; n <= last; n++)
        h_register(p->w, 0, n, 7);
    h_wait(p->w, 2 * H_S);
    h_forget(p->w);
}

Test(proto_ha_copy, a_load_brings_what_is_there_and_takes_what_is_not)
{
    pair *p = new_pair(MIP6_PROFILE_SAFE);
    register_some(p, 1, 600);
    p->deaf = true;
    for (uint32_t n = 1; n <= 300; n++)
        h_deregister(p->w, 0, n, 8);
    register_some(p, 601, 700);
    cr_assert_eq(held_by(p->w, 1), 600);
    h_forget(p->w);
    load(p);
    cr_assert_eq(held_by(p->w, 1), 400);
    for (uint32_t n = 1; n <= 700; n++)
        cr_assert_eq(copy_of(p, n).lifetime_units != 0, n > 300, "node %u", n);
    free_pair(p);
}

/* A load that broke off: what it found there counts for nothing later. */
Test(proto_ha_copy, a_load_that_was_begun_twice)
{
    pair *p = new_pair(MIP6_PROFILE_SAFE);
    register_some(p, 1, 20);
    p->deaf = true;
    for (uint32_t n = 1; n <= 10; n++)
        h_deregister(p->w, 0, n, 8);
    mip6_ha_load_begin(p->w->ha[1]);
    load(p);
    cr_assert_eq(held_by(p->w, 1), 10);
    free_pair(p);
}

static void expect_handoffs(pair *p, int agent, uint32_t n)
{
    mip6_ha_figures f;
    mip6_ha_get_figures(p->w->ha[agent], &f, p->w->now);
    cr_assert_eq(f.handoff_entries, n, "agent %d: %u", agent, f.handoff_entries);
}

/* A node is moved away: the entry is copied, told of, and goes with a load. */
Test(proto_ha_copy, handoff_entries_are_part_of_it)
{
    pair *p = new_pair(MIP6_PROFILE_SAFE);
    mip6_sync_record entry = {.kind = MIP6_SYNC_HANDOFF, .home = h_home(1),
                              .care_of = h_reporter(9), .expires_ns = p->w->now + 60 * H_S};
    mip6_ha_set_keeper(p->w->ha[1], &keeper, p);
    cr_assert_eq(mip6_ha_take(p->w->ha[1], &entry, p->w->now), 0);
    cr_assert_eq(p->told[MIP6_SYNC_HANDOFF], 0, "another's word is no news");
    expect_handoffs(p, 1, 1);
    mip6_sync_record found;
    cr_assert(mip6_ha_record(p->w->ha[1], &entry.home, true, &found));
    cr_assert(mip6_addr_equal(&found.care_of, &entry.care_of));
    cr_assert_eq(found.expires_ns, entry.expires_ns);
    load(p);
    expect_handoffs(p, 1, 0);
    cr_assert_eq(mip6_ha_take(p->w->ha[1], &entry, p->w->now), 0);
    entry.kind = MIP6_SYNC_HANDOFF_GONE;
    cr_assert_eq(mip6_ha_take(p->w->ha[1], &entry, p->w->now), 0);
    expect_handoffs(p, 1, 0);
    cr_assert_eq(mip6_ha_take(p->w->ha[1], &entry, p->w->now), MIP6_ERR_IGNORED);
    free_pair(p);
}

Test(proto_ha_copy, what_cannot_be_taken_changes_nothing)
{
    pair *p = new_pair(MIP6_PROFILE_SAFE);
    mip6_sync_record r = {.kind = MIP6_SYNC_NEW, .home = h_home(1), .care_of = h_care_of(1),
                          .sequence = 3, .lifetime_units = 30, .expires_ns = p->w->now};
    cr_assert_eq(mip6_ha_take(p->w->ha[1], &r, p->w->now), MIP6_ERR_IGNORED, "expired");
    r.kind = MIP6_SYNC_GONE;
    cr_assert_eq(mip6_ha_take(p->w->ha[1], &r, p->w->now), MIP6_ERR_IGNORED);
    r.kind = MIP6_SYNC_NEW;
    r.expires_ns += 60 * H_S;
    p->w->config[1].max_bindings = 1;
    cr_assert_eq(mip6_ha_take(p->w->ha[1], &r, p->w->now), 0);
    r.home = h_home(2);
    cr_assert_eq(mip6_ha_take(p->w->ha[1], &r, p->w->now), MIP6_ERR_IGNORED, "full");
    cr_assert_eq(held_by(p->w, 1), 1);
    free_pair(p);
}

/* ---- Ends ------------------------------------------------------------------------------- */

static const mip6_keeper keeper_of_ends = {.changed = changed, .keeps_ends = true};

/* Where copies may come back the number of what was deregistered lasts as long as they do. */
Test(proto_ha_copy, an_end_is_kept_as_long_as_a_copy_could_live)
{
    for (int keeps = 0; keeps < 2; keeps++) {
        pair *p = new_pair(MIP6_PROFILE_SAFE);
        mip6_addr home = h_home(1);
        mip6_sync_record found = {0};
        for (int i = 0; i < 2 && keeps; i++)
            mip6_ha_set_keeper(p->w->ha[i], &keeper_of_ends, p);
        p->deaf = true;
        h_register(p->w, 0, 1, 7);
        h_wait(p->w, 2 * H_S);
        int64_t ended_ns = p->w->now;
        h_deregister(p->w, 0, 1, 8);
        cr_assert_eq(p->last.kind, MIP6_SYNC_GONE);
        int64_t life_ns = p->last.lifetime_units * 4 * H_S;
        cr_assert_gt(life_ns, 20 * H_S);
        cr_assert_eq(p->last.expires_ns, keeps ? ended_ns + life_ns : 0);
        h_wait(p->w, life_ns - 2 * H_S);
        cr_assert_eq(mip6_ha_record(p->w->ha[0], &home, false, &found), (bool)keeps);
        cr_assert(!keeps || (found.kind == MIP6_SYNC_GONE && found.sequence == 8));
        cr_assert_eq(mip6_ha_take(p->w->ha[1], &p->last, p->w->now),
                     keeps ? 0 : MIP6_ERR_IGNORED, "of what was never held there");
        cr_assert_eq(mip6_ha_record(p->w->ha[1], &home, false, &found), (bool)keeps);
        cr_assert_eq(held_by(p->w, 0) + held_by(p->w, 1), 0);
        h_wait(p->w, 3 * H_S);
        for (int i = 0; i < 2; i++)
            cr_assert_not(mip6_ha_record(p->w->ha[i], &home, false, &found), "%d", i);
        free_pair(p);
    }
}

/* All records are shown, ends among them; a registration later than the end takes its place. */
Test(proto_ha_copy, ends_go_with_a_whole_cache)
{
    pair *p = new_pair(MIP6_PROFILE_SAFE);
    mip6_sync_record lot[64];
    uint64_t cursor = 0;
    unsigned ends = 0, bindings = 0;
    mip6_ha_set_keeper(p->w->ha[0], &keeper_of_ends, p);
    for (uint32_t n = 1; n <= 6; n++)
        h_register(p->w, 0, n, 7);
    h_wait(p->w, 2 * H_S);
    for (uint32_t n = 1; n <= 3; n++)
        h_deregister(p->w, 0, n, 8);
    h_wait(p->w, 15 * H_S);
    h_register(p->w, 0, 3, 9);
    h_wait(p->w, 2 * H_S);
    for (uint32_t k; (k = mip6_ha_records(p->w->ha[0], &cursor, lot, 64)) > 0;)
        for (uint32_t i = 0; i < k; i++) {
            ends += lot[i].kind == MIP6_SYNC_GONE && lot[i].sequence == 8;
            bindings += lot[i].kind == MIP6_SYNC_NEW;
        }
    cr_assert_eq(ends, 2);
    cr_assert_eq(bindings, 4);
    free_pair(p);
}
