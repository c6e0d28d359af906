/* proto/esp: bytes of ESP, the replay window, the database of security associations, takeovers.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "mip6_esp.h"
#include "wire_samples.h"

static const mip6_esp_suite usual = {16, 12, 16};

/* A packet with room around it. */
typedef struct roomy {
    uint8_t bytes[1024];
    mip6_packet p;
    uint32_t tailroom;
} roomy;

static void lay(roomy *r, const uint8_t *packet, size_t len)
{
    memset(r, 0xee, sizeof *r);
    memcpy(r->bytes + 64, packet, len);
    r->p = (mip6_packet){.data = r->bytes + 64, .len = (uint32_t)len, .headroom = 64};
    r->tailroom = (uint32_t)(sizeof r->bytes - 64 - len);
}

static void lay_sample(roomy *r, struct wire_sample *s, const char *name)
{
    wire_sample_find(name, s);
    lay(r, s->packet, s->len);
}

static mip6_sa sa_for(const char *home)
{
    return (mip6_sa){.home = wire_addr(home), .spi_in = 0x01020304, .spi_out = 0x01020304};
}

static mip6_sa sa_of(const struct wire_sample *s)
{
    mip6_sa sa = {.spi_in = 0x01020304, .spi_out = 0x01020304};
    sa.home = s->h.has_home ? s->h.home : s->h.final;
    return sa;
}

/* The first Binding Update sample: 40 + 24 bytes of headers, then the mobility header. */
Test(proto_esp, a_binding_update_in_transport_mode_byte_by_byte)
{
    struct wire_sample s;
    roomy r;
    lay_sample(&r, &s, "bu-home");
    mip6_sa sa = sa_of(&s);
    sa.now.sent = 0x11223343;
    uint32_t upper = (uint32_t)wire_upper(&s), payload = (uint32_t)s.len - upper;
    cr_assert_eq(mip6_esp_seal(&usual, &sa, &r.p, r.tailroom), 0);
    const uint8_t *p = r.p.data;
    uint32_t pad = (16 - (payload + 2) % 16) % 16;
    cr_assert_eq(r.p.len, s.len + 8 + 16 + pad + 2 + 12);
    cr_assert_eq(mip6_get16(p + 4), r.p.len - 40, "the payload length");
    cr_assert_eq(p[6], MIP6_NH_DSTOPTS, "the Home Address option stays in sight");
    cr_assert_eq(p[40], MIP6_NH_ESP);
    cr_assert_eq(memcmp(p + 41, s.packet + 41, upper - 41), 0);
    cr_assert_eq(mip6_get32(p + upper), 0x01020304, "SPI");
    cr_assert_eq(mip6_get32(p + upper + 4), 0x11223344, "sequence number");
    cr_assert_eq(memcmp(p + upper + 24, s.packet + upper, payload), 0, "the payload, in clear");
    for (uint32_t i = 0; i < pad; i++)
        cr_assert_eq(p[upper + 24 + payload + i], i + 1, "padding");
    cr_assert_eq(p[upper + 24 + payload + pad], pad);
    cr_assert_eq(p[upper + 24 + payload + pad + 1], MIP6_NH_MOBILITY);
}

Test(proto_esp, what_is_sealed_opens_to_the_same_bytes)
{
    static const char *const names[] = {"bu-home", "bu-bare", "ba-refresh", "ba-auth"};
    static const mip6_esp_suite suites[] = {{16, 12, 16}, {8, 12, 8}, {0, 0, 4}, {32, 64, 64}};
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        for (unsigned k = 0; k < sizeof suites / sizeof *suites; k++) {
            struct wire_sample s;
            roomy r;
            mip6_drop cause;
            lay_sample(&r, &s, names[i]);
            mip6_sa out = sa_of(&s), in = out;
            uint32_t over = mip6_esp_overhead(&suites[k], (uint32_t)(s.len - wire_upper(&s)));
            cr_assert_eq(mip6_esp_seal(&suites[k], &out, &r.p, r.tailroom), 0);
            cr_assert_eq(r.p.len, s.len + over);
            cr_assert_eq((over + s.len - wire_upper(&s) - 8 - suites[k].iv_len -
                          suites[k].icv_len) % suites[k].block, 0);
            cr_assert_eq(mip6_esp_open(&suites[k], &in, &r.p, &cause), 0, "%s %u", names[i], k);
            cr_assert_eq(r.p.len, s.len);
            cr_assert_eq(memcmp(r.p.data, s.packet, s.len), 0, "%s", names[i]);
            cr_assert_eq(in.now.top, 1);
        }
    }
}

/* A tunnelled Home Test Init: its outer header says ESP, 41 goes into the trailer. */
Test(proto_esp, tunnel_mode_is_the_same_around_an_inner_packet)
{
    struct wire_sample s;
    roomy r;
    mip6_drop cause;
    uint8_t packet[400];
    mip6_addr coa = wire_addr("2001:db8:ac00::5"), agent = wire_addr("2001:db8:0:1::a");
    mip6_sa sa = sa_for("2001:db8:0:1::5");
    wire_sample_find("hoti", &s);
    mip6_tunnel_header(packet, &coa, &agent, (uint32_t)s.len, 64);
    memcpy(packet + 40, s.packet, s.len);
    lay(&r, packet, s.len + 40);
    cr_assert_eq(mip6_esp_seal(&usual, &sa, &r.p, r.tailroom), 0);
    cr_assert_eq(r.p.data[6], MIP6_NH_ESP);
    cr_assert_eq(r.p.data[r.p.len - 13], MIP6_NH_IPV6);
    cr_assert_eq(mip6_esp_open(&usual, &sa, &r.p, &cause), 0);
    cr_assert_eq(r.p.len, s.len + 40);
    cr_assert_eq(memcmp(r.p.data, packet, r.p.len), 0);
}

static void expect_unopened(const roomy *sealed, const mip6_sa *sa, uint32_t at, mip6_drop want)
{
    roomy r = *sealed;
    mip6_sa in = *sa;
    mip6_drop cause = MIP6_DROP_NONE;
    r.p.data = r.bytes + (sealed->p.data - sealed->bytes);
    roomy before = r;
    cr_assert_neq(mip6_esp_open(&usual, &in, &r.p, &cause), 0, "at %u", at);
    cr_assert_neq(cause, MIP6_DROP_NONE);
    if (want != MIP6_DROP_NONE)
        cr_assert_eq(cause, want, "at %u: %s", at, mip6_drop_name(cause));
    cr_assert_eq(memcmp(&in, sa, sizeof in), 0, "the SA is unchanged");
    cr_assert_eq(memcmp(r.bytes, before.bytes, sizeof r.bytes), 0, "the packet is unchanged");
    cr_assert_eq(r.p.len, before.p.len);
}

Test(proto_esp, cut_at_each_byte_is_dropped)
{
    struct wire_sample s;
    roomy r;
    lay_sample(&r, &s, "bu-home");
    mip6_sa sa = sa_of(&s), in = sa;
    cr_assert_eq(mip6_esp_seal(&usual, &sa, &r.p, r.tailroom), 0);
    for (uint32_t len = 0; len < r.p.len; len++) {
        roomy cut = r;
        cut.p.data = cut.bytes + (r.p.data - r.bytes);
        cut.p.len = len;
        expect_unopened(&cut, &in, len, MIP6_DROP_NONE);
        if (len >= 40) {        /* the same, and its length says so */
            mip6_put16(cut.p.data + 4, (uint16_t)(len - 40));
            expect_unopened(&cut, &in, len, MIP6_DROP_NONE);
        }
    }
}

Test(proto_esp, each_bit_of_icv_padding_spi_and_home_address_counts)
{
    struct wire_sample s;
    roomy r;
    lay_sample(&r, &s, "bu-home");
    mip6_sa sa = sa_of(&s), in = sa;
    uint32_t upper = (uint32_t)wire_upper(&s), payload = (uint32_t)s.len - upper;
    cr_assert_eq(mip6_esp_seal(&usual, &sa, &r.p, r.tailroom), 0);
    for (uint32_t at = upper + 24 + payload; at + 14 < r.p.len; at++) {
        r.p.data[at] ^= 1;
        expect_unopened(&r, &in, at, MIP6_DROP_BAD_VALUE);
        r.p.data[at] ^= 1;
    }
    for (uint32_t at = r.p.len - 12; at < r.p.len; at++) {
        r.p.data[at] ^= 0x80;
        expect_unopened(&r, &in, at, MIP6_DROP_CHECKSUM);
        r.p.data[at] ^= 0x80;
    }
    r.p.data[upper + 3] ^= 1;
    expect_unopened(&r, &in, upper + 3, MIP6_DROP_UNKNOWN_SPI);
    r.p.data[upper + 3] ^= 1;
    r.p.data[upper - 1] ^= 1;       /* the last byte of the Home Address option */
    expect_unopened(&r, &in, upper - 1, MIP6_DROP_UNKNOWN_SPI);
}

Test(proto_esp, no_room_no_number_no_headers_changes_nothing)
{
    struct wire_sample s;
    roomy r;
    lay_sample(&r, &s, "bu-home");
    mip6_sa sa = sa_of(&s);
    r.p.headroom = 23;
    cr_assert_eq(mip6_esp_seal(&usual, &sa, &r.p, r.tailroom), MIP6_ERR_SPACE);
    r.p.headroom = 24;
    cr_assert_eq(mip6_esp_seal(&usual, &sa, &r.p, 13), MIP6_ERR_SPACE);
    cr_assert_eq(sa.now.sent, 0);
    sa.now.sent = UINT32_MAX;
    cr_assert_eq(mip6_esp_seal(&usual, &sa, &r.p, r.tailroom), MIP6_ERR_FULL);
    sa.now.sent = 0;
    r.p.len = 50;
    cr_assert_eq(mip6_esp_seal(&usual, &sa, &r.p, r.tailroom), MIP6_ERR_INVALID);
    r.p.len = (uint32_t)s.len;
    cr_assert_eq(memcmp(r.p.data, s.packet, s.len), 0);
}

/* ---- the replay window ------------------------------------------------------------------- */

typedef struct pair {
    struct wire_sample sample;
    mip6_sa out, in;
} pair;

static void pair_init(pair *p)
{
    wire_sample_find("bu-home", &p->sample);
    p->out = p->in = sa_of(&p->sample);
}

/* Does number n come through? */
static bool comes(pair *p, uint32_t n, mip6_drop *cause)
{
    roomy r;
    lay(&r, p->sample.packet, p->sample.len);
    p->out.now.sent = n - 1;
    cr_assert_eq(mip6_esp_seal(&usual, &p->out, &r.p, r.tailroom), 0);
    return mip6_esp_open(&usual, &p->in, &r.p, cause) == 0;
}

/* Against the rule itself: seen before, or 64 or more below the highest, is dropped. */
Test(proto_esp, the_replay_window_is_64_numbers_wide)
{
    enum { N = 4000 };
    static bool seen[N + 1];
    pair p;
    mip6_drop cause;
    uint32_t top = 0, dropped = 0;
    uint64_t x = 88172645463325252;
    pair_init(&p);
    for (unsigned i = 0; i < 20000; i++) {
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        uint32_t low = top > 80 ? top - 80 : 1, n = low + (uint32_t)(x % 100);
        if (n > N)
            break;
        bool fresh = !seen[n] && (n > top || top - n < MIP6_ESP_WINDOW);
        cr_assert_eq(comes(&p, n, &cause), fresh, "%u, the highest is %u", n, top);
        cr_assert(fresh || cause == MIP6_DROP_REPLAYED);
        dropped += !fresh;
        seen[n] = seen[n] || fresh;
        top = fresh && n > top ? n : top;
    }
    cr_assert_gt(dropped, 100);
    cr_assert_gt(top, 1000);
}

Test(proto_esp, manual_keys_take_any_number)
{
    pair p;
    mip6_drop cause;
    pair_init(&p);
    p.in.replay_off = true;
    cr_assert(comes(&p, 500, &cause) && comes(&p, 500, &cause) && comes(&p, 1, &cause));
    p.in.replay_off = false;
    cr_assert(!comes(&p, 500, &cause) && !comes(&p, 1, &cause));
}

/* ---- the database ------------------------------------------------------------------------- */

typedef struct memory {
    size_t held;
    unsigned calls, given_back, fail_at;
} memory;

static void *get(void *user, size_t size)
{
    memory *m = user;
    if (++m->calls == m->fail_at)
        return NULL;
    m->held += size;
    return malloc(size);
}

static void put(void *user, void *piece, size_t size)
{
    memory *m = user;
    m->held -= piece ? size : 0;
    m->given_back++;
    free(piece);
}

static const uint64_t secret[2] = {1, 2};

static mip6_addr home_number(uint32_t i)
{
    mip6_addr a = wire_addr("2001:db8:0:1::");
    mip6_put32(a.b + 12, i);
    return a;
}

Test(proto_esp, the_database_finds_by_home_address_and_by_spi)
{
    enum { N = 3000 };
    memory m = {0};
    mip6_env env = {.user = &m, .alloc = get, .free = put};
    mip6_sad *sad = mip6_sad_new(&env, secret);
    for (uint32_t i = 0; i < N; i++)
        for (unsigned mode = 0; mode < MIP6_SA_MODES; mode++) {
            mip6_addr home = home_number(i);
            cr_assert_not_null(mip6_sad_add(sad, &home, mode, 1000 + 2 * i + mode, 300 + i));
        }
    mip6_addr first = home_number(0), other = home_number(1), none = home_number(N);
    cr_assert_eq(mip6_sad_count(sad), 2 * N);
    cr_assert_null(mip6_sad_add(sad, &other, MIP6_SA_TRANSPORT, 1000, 300), "taken");
    cr_assert_null(mip6_sad_add(sad, &none, MIP6_SA_TRANSPORT, 255, 300), "reserved");
    cr_assert_null(mip6_sad_add(sad, &none, MIP6_SA_TRANSPORT, 9, 300));
    cr_assert_null(mip6_sad_find(sad, &none, MIP6_SA_TRANSPORT));
    for (uint32_t i = 0; i < N; i++) {
        mip6_addr home = home_number(i);
        mip6_sa *sa = mip6_sad_find(sad, &home, MIP6_SA_TUNNEL);
        cr_assert_not_null(sa);
        cr_assert_eq(sa->spi_in, 1001 + 2 * i);
        cr_assert_eq(mip6_sad_find_spi(sad, sa->spi_in), sa);
    }
    mip6_sad_remove(sad, &first);
    cr_assert_null(mip6_sad_find_spi(sad, 1000));
    cr_assert_null(mip6_sad_find(sad, &first, MIP6_SA_TUNNEL));
    cr_assert_not_null(mip6_sad_add(sad, &other, MIP6_SA_TRANSPORT, 1000, 300), "free again");
    cr_assert_null(mip6_sad_find_spi(sad, 1002), "replaced");
    mip6_sad_clear(sad);
    cr_assert_eq(mip6_sad_count(sad), 0);
    cr_assert_null(mip6_sad_find_spi(sad, 1000));
    mip6_sad_free(sad);
    cr_assert_eq(m.held, 0);
}

Test(proto_esp, the_database_without_memory)
{
    for (unsigned fail_at = 1; fail_at < 12; fail_at++) {
        memory m = {.fail_at = fail_at};
        mip6_env env = {.user = &m, .alloc = get, .free = put};
        mip6_sad *sad = mip6_sad_new(&env, secret);
        uint32_t n = 0;
        for (uint32_t i = 0; sad && i < 200; i++) {
            mip6_addr home = home_number(i);
            n += mip6_sad_add(sad, &home, MIP6_SA_TRANSPORT, 1000 + i, 300) != NULL;
        }
        cr_assert(!sad || mip6_sad_count(sad) == n);
        mip6_sad_free(sad);
        cr_assert_eq(m.held, 0, "%u", fail_at);
    }
}

/* ---- takeovers: agent a and b, a node that has heard `sent` of a's messages ---- */

typedef struct takeover {
    memory m;
    mip6_env env;
    mip6_sad *a, *b;
    mip6_addr home;
    mip6_sa node;
} takeover;

static void takeover_init(takeover *t)
{
    memset(t, 0, sizeof *t);
    t->env = (mip6_env){.user = &t->m, .alloc = get, .free = put};
    t->a = mip6_sad_new(&t->env, secret);
    t->b = mip6_sad_new(&t->env, secret);
    t->home = home_number(7);
    mip6_sad_add(t->a, &t->home, MIP6_SA_TRANSPORT, 4000, 5000);
    t->node = (mip6_sa){.home = t->home, .spi_in = 5000, .spi_out = 4000};
}

static void takeover_free(takeover *t)
{
    mip6_sad_free(t->a);
    mip6_sad_free(t->b);
    cr_assert_eq(t->m.held, 0);
}

/* From the agent to the node. */
static bool hears(takeover *t, mip6_sad *agent, uint32_t period)
{
    struct wire_sample s;
    roomy r;
    mip6_drop cause;
    lay_sample(&r, &s, "ba-refresh");
    memcpy(r.p.data + 48, t->home.b, 16);       /* the type 2 routing header's address */
    mip6_sa *sa = mip6_sad_find(agent, &t->home, MIP6_SA_TRANSPORT);
    if (!sa)
        return false;
    mip6_sa_begin_period(sa, period);
    cr_assert_eq(mip6_esp_seal(&usual, sa, &r.p, r.tailroom), 0);
    return mip6_esp_open(&usual, &t->node, &r.p, &cause) == 0;
}

Test(proto_esp, a_takeover_that_is_synchronised_goes_on)
{
    takeover t;
    takeover_init(&t);
    for (unsigned i = 0; i < 10; i++)
        cr_assert(hears(&t, t.a, i / 4));
    cr_assert_eq(mip6_sad_take_over(t.b, t.a, &t.home, MIP6_SA_SYNCHRONISED, 2), 0);
    cr_assert_null(mip6_sad_find_spi(t.a, 4000));
    cr_assert(hears(&t, t.b, 2));
    cr_assert_eq(mip6_sad_take_over(t.b, t.a, &t.home, MIP6_SA_SYNCHRONISED, 2),
                 MIP6_ERR_IGNORED);
    takeover_free(&t);
}

/* 10 messages, 4 to a period: the last synchronisation knew of 8. The two after it are spent. */
Test(proto_esp, a_takeover_that_is_behind_is_unheard_until_past_the_window)
{
    takeover t;
    takeover_init(&t);
    for (unsigned i = 0; i < 10; i++)
        cr_assert(hears(&t, t.a, i / 4));
    cr_assert_eq(mip6_sad_take_over(t.b, t.a, &t.home, MIP6_SA_BEHIND, 2), 0);
    cr_assert_eq(mip6_sad_find_spi(t.b, 4000)->now.sent, 8);
    cr_assert_not(hears(&t, t.b, 2));
    cr_assert_not(hears(&t, t.b, 2));
    cr_assert(hears(&t, t.b, 2), "number 11 is new");
    takeover_free(&t);
}

/* A synchronisation that came while nothing was sent knows all. */
Test(proto_esp, a_period_without_a_packet_counts)
{
    takeover t;
    takeover_init(&t);
    for (unsigned i = 0; i < 10; i++)
        cr_assert(hears(&t, t.a, 0));
    mip6_sad_restart(t.a, MIP6_SA_BEHIND, 1);
    cr_assert(hears(&t, t.a, 1));
    mip6_sad_restart(t.a, MIP6_SA_BEHIND, 1);
    cr_assert_not(hears(&t, t.a, 1));
    cr_assert(hears(&t, t.a, 1));
    takeover_free(&t);
}

Test(proto_esp, a_takeover_that_lost_all_knows_no_spi)
{
    takeover t;
    takeover_init(&t);
    cr_assert(hears(&t, t.a, 0));
    cr_assert_eq(mip6_sad_take_over(t.b, t.a, &t.home, MIP6_SA_LOST, 0), 0);
    cr_assert_null(mip6_sad_find_spi(t.b, 4000));
    cr_assert_null(mip6_sad_find_spi(t.a, 4000));
    mip6_sad_add(t.a, &t.home, MIP6_SA_TRANSPORT, 4000, 5000);
    mip6_sad_restart(t.a, MIP6_SA_LOST, 0);
    cr_assert_eq(mip6_sad_count(t.a), 0);
    takeover_free(&t);
}

/* ---- restarts, against SAs that each restart goes through at once ---- */

enum { RESTARTED = 40 };

static bool same_numbers(const mip6_sa *a, const mip6_sa *b)
{
    return memcmp(&a->now, &b->now, sizeof a->now) == 0 &&
           memcmp(&a->synced, &b->synced, sizeof a->synced) == 0 && a->period == b->period;
}

static void use(mip6_sa *sa, uint32_t period, uint32_t sent)
{
    mip6_sa_begin_period(sa, period);
    sa->now.sent += sent;
    sa->now.top += 2 * sent;
    sa->now.window ^= sent;
}

/* denied: which piece of memory that restarts ask for they do not get; 0: they get all. */
static void restart_at_random(uint64_t x, unsigned denied)
{
    static mip6_sa plain[RESTARTED];
    memory m = {0};
    mip6_env env = {.user = &m, .alloc = get, .free = put};
    mip6_sad *sad = mip6_sad_new(&env, secret);
    cr_assert_not_null(sad);
    for (uint32_t i = 0; i < RESTARTED; i++) {
        mip6_addr home = home_number(i);
        mip6_sa *sa = mip6_sad_add(sad, &home, MIP6_SA_TRANSPORT, 1000 + i, 300);
        cr_assert_not_null(sa);
        plain[i] = *sa;
    }
    m.fail_at = denied ? m.calls + denied : 0;
    for (uint32_t step = 0, period = 1; step < 600; step++) {
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        uint32_t i = (uint32_t)(x % RESTARTED);
        period += x >> 20 & 1;
        if ((x >> 32) % 8 == 0) {
            mip6_sa_state state = x >> 40 & 3 ? MIP6_SA_BEHIND : MIP6_SA_SYNCHRONISED;
            mip6_sad_restart(sad, state, period);
            for (uint32_t k = 0; k < RESTARTED; k++) {
                mip6_sa_begin_period(&plain[k], period);
                plain[k].now = state == MIP6_SA_BEHIND ? plain[k].synced : plain[k].now;
            }
        }
        mip6_sa *sa = mip6_sad_find_spi(sad, 1000 + i);
        use(sa, period, (uint32_t)(x >> 50 & 7));
        use(&plain[i], period, (uint32_t)(x >> 50 & 7));
        cr_assert(same_numbers(sa, &plain[i]), "step %u", step);
    }
    mip6_sad_free(sad);
    cr_assert_eq(m.held, 0);
}

Test(proto_esp, a_restart_that_is_gone_through_later_is_the_same)
{
    for (uint64_t seed = 1; seed <= 200; seed++)
        restart_at_random(seed * UINT64_C(0x9e3779b97f4a7c15), 0);
}

Test(proto_esp, a_restart_without_memory_is_the_same)
{
    for (unsigned denied = 1; denied < 5; denied++)
        for (uint64_t seed = 1; seed <= 20; seed++)
            restart_at_random(seed * UINT64_C(0x9e3779b97f4a7c15), denied);
}

static void fill(mip6_sad *sad, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        mip6_addr home = home_number(i);
        cr_assert_not_null(mip6_sad_add(sad, &home, MIP6_SA_TRANSPORT, 1000 + i, 300));
    }
}

/* Neither gives anything back at once; what is added later does. */
Test(proto_esp, all_are_lost_at_once_and_their_memory_bit_by_bit)
{
    enum { N = 20000 };
    memory m = {0};
    mip6_env env = {.user = &m, .alloc = get, .free = put};
    mip6_sad *sad = mip6_sad_new(&env, secret);
    fill(sad, N);
    size_t full = m.held;
    unsigned before = m.given_back;
    mip6_sad_restart(sad, MIP6_SA_LOST, 0);
    cr_assert_eq(m.given_back, before);
    cr_assert_eq(mip6_sad_count(sad), 0);
    cr_assert_null(mip6_sad_find_spi(sad, 1000));
    for (uint32_t i = 0; i < N; i++) {
        mip6_addr home = home_number(i);
        unsigned pieces = m.given_back;
        cr_assert_not_null(mip6_sad_add(sad, &home, MIP6_SA_TRANSPORT, 1000 + i, 300));
        cr_assert_leq(m.given_back - pieces, 4);    /* a piece, the store, indexes that grow */
    }
    cr_assert_leq(m.held, full + 32768);
    mip6_sad_clear(sad);        /* and where none are added */
    fill(sad, 1);
    mip6_sad_clear(sad);
    mip6_sad_free(sad);
    cr_assert_eq(m.held, 0);
}

Test(proto_esp, all_are_lost_without_memory_too)
{
    for (unsigned after = 1; after < 6; after++) {
        memory m = {0};
        mip6_env env = {.user = &m, .alloc = get, .free = put};
        mip6_sad *sad = mip6_sad_new(&env, secret);
        fill(sad, 300);
        m.fail_at = m.calls + after;
        mip6_sad_clear(sad);
        cr_assert_eq(mip6_sad_count(sad), 0);
        m.fail_at = 0;
        fill(sad, 300);
        mip6_sad_free(sad);
        cr_assert_eq(m.held, 0, "%u", after);
    }
}

/* ---- IKEv2 ---- */

static mip6_ike ike_sample(mip6_ike_exchange exchange, uint32_t len)
{
    bool child = exchange != MIP6_IKE_SA_INIT;
    mip6_ike msg = {.spi_initiator = UINT64_C(0x0102030405060708), .spi_responder = 9,
                    .exchange = exchange, .message_id = 1, .child_spi = child ? 0x1000 : 0,
                    .response = true, .len = len};
    if (child)
        msg.home = home_number(3);
    return msg;
}

Test(proto_esp, ike_says_what_was_said)
{
    static const mip6_ike_exchange kinds[] = {MIP6_IKE_SA_INIT, MIP6_IKE_AUTH,
                                              MIP6_IKE_CREATE_CHILD};
    mip6_addr a = home_number(1), b = home_number(2);
    uint8_t buf[1280];
    mip6_drop cause;
    for (unsigned k = 0; k < 3; k++) {
        for (uint32_t len = MIP6_IKE_MIN; len <= 1232; len += 59) {
            mip6_ike msg = ike_sample(kinds[k], len), read;
            int n = mip6_ike_encode(buf, sizeof buf, &a, &b, &msg);
            cr_assert_eq(n, 48 + (int)len);
            cr_assert_eq(mip6_ike_decode(buf, (size_t)n, &read, &cause), 0);
            cr_assert_eq(read.spi_initiator, msg.spi_initiator);
            cr_assert_eq(read.spi_responder, msg.spi_responder);
            cr_assert_eq(read.exchange, msg.exchange);
            cr_assert_eq(read.response, msg.response);
            cr_assert_eq(read.child_spi, msg.child_spi);
            cr_assert(mip6_addr_equal(&read.home, &msg.home));
            cr_assert_eq(read.len, len);
            buf[60] ^= 1;
            cr_assert_eq(mip6_ike_decode(buf, (size_t)n, &read, &cause), MIP6_ERR_CHECKSUM);
        }
    }
    mip6_ike msg = ike_sample(MIP6_IKE_AUTH, MIP6_IKE_MIN - 1);
    cr_assert_eq(mip6_ike_encode(buf, sizeof buf, &a, &b, &msg), MIP6_ERR_INVALID);
    msg.len = 1233;
    cr_assert_eq(mip6_ike_encode(buf, sizeof buf, &a, &b, &msg), MIP6_ERR_INVALID);
    msg.len = 100;
    cr_assert_eq(mip6_ike_encode(buf, 147, &a, &b, &msg), MIP6_ERR_SPACE);
}

Test(proto_esp, ike_cut_at_each_byte_is_dropped)
{
    mip6_addr a = home_number(1), b = home_number(2);
    uint8_t buf[1280], cut[1280];
    mip6_ike msg = ike_sample(MIP6_IKE_AUTH, 80), read;
    mip6_drop cause;
    int n = mip6_ike_encode(buf, sizeof buf, &a, &b, &msg);
    for (size_t len = 0; len < (size_t)n; len++) {
        memcpy(cut, buf, len);
        cr_assert_neq(mip6_ike_decode(cut, len, &read, &cause), 0);
        if (len < 48)
            continue;
        mip6_put16(cut + 4, (uint16_t)(len - 40));      /* lengths and sum that are right */
        mip6_put16(cut + 44, (uint16_t)(len - 40));
        mip6_put16(cut + 46, 0);
        mip6_put16(cut + 46, mip6_checksum(&a, &b, MIP6_NH_UDP, cut + 40, len - 40, 0));
        cr_assert_eq(mip6_ike_decode(cut, len, &read, &cause), MIP6_ERR_MALFORMED, "%zu", len);
    }
}
