/* Elections among many, with losses, partitions, crashes and members that leave, over 1,000 seeds:
 * when it is quiet again there is one master in bounded time, and the right one.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "mip6_vrrp.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "effort.h"

enum { MAX = 6, FLYING = 256, SEEDS = 1000 };
static const int64_t quiet_ns = 60 * MIP6_SECOND_NS, max_delay_ns = 2 * MIP6_MS_NS;

typedef struct flying {
    int64_t at_ns;
    unsigned to;
    uint8_t bytes[MIP6_VRRP_PACKET];
} flying;

typedef struct bed {
    uint64_t random;
    unsigned n;
    int64_t now;
    mip6_vrrp_config config[MAX];
    mip6_vrrp *v[MAX];          /* NULL: crashed */
    bool left[MAX];
    unsigned side[MAX];         /* of a partition */
    unsigned loss_percent;
    flying air[FLYING];
    unsigned n_air;
    bool preempt, distinct;
} bed;

static uint64_t draw(bed *b, uint64_t below)
{
    b->random ^= b->random << 13;
    b->random ^= b->random >> 7;
    b->random ^= b->random << 17;
    return (b->random >> 11) % below;
}

static void boot(bed *b, unsigned i)
{
    b->v[i] = mip6_vrrp_init(calloc(1, mip6_vrrp_size()), &b->config[i], b->now);
    mip6_vrrp_startup(b->v[i], b->now);
    b->left[i] = false;
}

static void crash(bed *b, unsigned i)
{
    free(b->v[i]);
    b->v[i] = NULL;
}

static void send(bed *b, unsigned from, const uint8_t *bytes)
{
    for (unsigned to = 0; to < b->n; to++) {
        if (to == from || b->side[to] != b->side[from] || draw(b, 100) < b->loss_percent)
            continue;
        cr_assert_lt(b->n_air, FLYING);
        flying *f = &b->air[b->n_air++];
        f->at_ns = b->now + 1 + (int64_t)draw(b, (uint64_t)max_delay_ns);
        f->to = to;
        memcpy(f->bytes, bytes, sizeof f->bytes);
    }
}

static void poll(bed *b, unsigned i)
{
    mip6_vrrp_action action;
    uint8_t buf[MIP6_VRRP_PACKET];
    while (b->v[i] && mip6_vrrp_poll(b->v[i], &action, buf, sizeof buf, b->now))
        if (action.kind == MIP6_VRRP_SEND)
            send(b, i, buf);
}

static void arrive(bed *b, unsigned k)
{
    flying f = b->air[k];
    b->air[k] = b->air[--b->n_air];
    b->now = f.at_ns;
    if (!b->v[f.to])
        return;
    cr_assert_eq(mip6_vrrp_receive(b->v[f.to], f.bytes, sizeof f.bytes, b->now), 0);
    poll(b, f.to);
}

/* The next packet or timer up to `until`. False: none. */
static bool step(bed *b, int64_t until)
{
    int64_t at = until;
    unsigned packet = FLYING, timer = MAX;
    for (unsigned k = 0; k < b->n_air; k++)
        if (b->air[k].at_ns <= at) {
            at = b->air[k].at_ns;
            packet = k;
        }
    for (unsigned i = 0; i < b->n; i++)
        if (b->v[i] && mip6_vrrp_next_expiry(b->v[i]) < at) {
            at = mip6_vrrp_next_expiry(b->v[i]);
            timer = i;
        }
    if (timer < MAX) {
        b->now = at;
        mip6_vrrp_expire(b->v[timer], at);
        poll(b, timer);
    } else if (packet < FLYING) {
        arrive(b, packet);
    }
    return timer < MAX || packet < FLYING;
}

static void run_until(bed *b, int64_t until)
{
    while (step(b, until))
        ;
    b->now = until;
}

/* Something happens to somebody. */
static void disturb(bed *b)
{
    unsigned i = (unsigned)draw(b, b->n);
    switch (draw(b, 5)) {
    case 0:
        if (b->v[i])
            crash(b, i);
        else
            boot(b, i);
        break;
    case 1:
        b->loss_percent = (unsigned)draw(b, 80);
        break;
    case 2:
        b->side[i] = (unsigned)draw(b, 2);
        break;
    case 3:
        if (b->v[i]) {
            mip6_vrrp_shutdown(b->v[i], b->now);
            b->left[i] = true;
            poll(b, i);
        }
        break;
    default:
        if (b->v[i]) {
            mip6_vrrp_startup(b->v[i], b->now);
            b->left[i] = false;
        }
    }
}

static void setup(bed *b, uint64_t seed)
{
    memset(b, 0, sizeof *b);
    b->random = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    b->n = 2 + (unsigned)draw(b, MAX - 1);
    b->preempt = draw(b, 2);
    b->distinct = draw(b, 4) > 0;
    int64_t interval = MIP6_VRRP_UNIT_NS * (int64_t)(10 + draw(b, 200));
    for (unsigned i = 0; i < b->n; i++) {
        b->config[i] = (mip6_vrrp_config){
            .vrid = 1, .preempt = b->preempt, .interval_ns = interval,
            .priority = b->distinct ? mip6_vrrp_priority(i, 0, b->n) : 100,
            .link_local = {{0xfe, 0x80, [15] = (uint8_t)(i + 1)}},
            .addresses = {{{0xfe, 0x80, [15] = 0x99}}, {{0x20, 1, [15] = 0x99}}}};
        boot(b, i);
        run_until(b, b->now + (int64_t)draw(b, 300) * MIP6_MS_NS);
    }
}

static unsigned masters(const bed *b, unsigned *who)
{
    unsigned n = 0;
    for (unsigned i = 0; i < b->n; i++)
        if (b->v[i] && mip6_vrrp_get_state(b->v[i]) == MIP6_VRRP_MASTER) {
            *who = i;
            n++;
        }
    return n;
}

/* Of those that take part; MAX: nobody does. */
static unsigned best(const bed *b)
{
    unsigned found = MAX;
    for (unsigned i = 0; i < b->n; i++)
        if (b->v[i] && !b->left[i] &&
            (found == MAX || b->config[i].priority > b->config[found].priority))
            found = i;
    return found;
}

static void quiet(bed *b)
{
    b->loss_percent = 0;
    memset(b->side, 0, sizeof b->side);
}

/* The longest wait for a master's silence, one interval for the last of two to hear the other,
 * and the way. */
static int64_t bound_ns(const bed *b)
{
    int64_t interval = b->config[0].interval_ns;
    return mip6_vrrp_master_down_ns(1, interval) + interval + 2 * max_delay_ns;
}

static void check(bed *b, uint64_t seed)
{
    unsigned who = MAX, wanted = best(b);
    unsigned n = masters(b, &who);
    cr_assert_eq(n, wanted == MAX ? 0 : 1, "seed %llu: %u masters",
                 (unsigned long long)seed, n);
    if (wanted != MAX && b->preempt && b->distinct)
        cr_assert_eq(who, wanted, "seed %llu", (unsigned long long)seed);
}

static void try_seed(uint64_t seed)
{
    bed b;
    setup(&b, seed);
    while (b.now < quiet_ns) {
        run_until(&b, b.now + (int64_t)draw(&b, 4000) * MIP6_MS_NS);
        disturb(&b);
    }
    quiet(&b);
    run_until(&b, b.now + bound_ns(&b));
    check(&b, seed);
    for (unsigned k = 0; k < 10; k++) {     /* and so it stays */
        run_until(&b, b.now + b.config[0].interval_ns / 2);
        check(&b, seed);
    }
    for (unsigned i = 0; i < b.n; i++)
        free(b.v[i]);
}

Test(proto_vrrp_convergence, one_master_in_bounded_time_over_1000_seeds)
{
    for (uint64_t seed = 0; seed < effort(SEEDS); seed++)
        try_seed(seed);
}
