/* sim/engine: the hash, sums per second, node and channel, and the run's fingerprint.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "sim/engine/engine.h"
#include "sim/engine/fingerprint.h"
#include "sim/engine/random.h"

#define MUST(x) do { if (!(x)) cr_assert(x, "line %d: %s", __LINE__, #x); } while (0)

static unsigned bits_changed(sim_hash128 a, sim_hash128 b)
{
    return (unsigned)(__builtin_popcountll(a.lo ^ b.lo) + __builtin_popcountll(a.hi ^ b.hi));
}

/* Each input bit, of each length and of the seed, changes half of the output bits. */
Test(engine_fingerprint, every_bit_of_the_input_counts)
{
    uint8_t bytes[100];
    sim_stream s = sim_stream_init(1, 0, "test", "hash");
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)sim_stream_u64(&s);
    uint64_t changed = 0, flips = 0;
    for (size_t len = 0; len <= sizeof bytes; len++) {
        sim_hash128 h = sim_hash(bytes, len, 42);
        for (size_t bit = 0; bit < 8 * len; bit++) {
            bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
            unsigned n = bits_changed(h, sim_hash(bytes, len, 42));
            bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
            MUST(n > 30 && n < 98);
            changed += n;
            flips++;
        }
        for (int bit = 0; bit < 64; bit++) {
            unsigned n = bits_changed(h, sim_hash(bytes, len, 42 ^ UINT64_C(1) << bit));
            MUST(n > 30 && n < 98);
        }
    }
    cr_assert_float_eq((double)changed / (double)flips, 64, 0.3);
}

static int by_value(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(sim_hash128));
}

/* Zeros of all lengths, and single words in every place of zeros: what real headers are like. */
Test(engine_fingerprint, sparse_inputs_do_not_collide)
{
    enum { LENGTHS = 200, VALUES = 300 };
    static sim_hash128 all[LENGTHS + 120 * VALUES];
    uint8_t bytes[LENGTHS] = {0};
    size_t n = 0;
    for (size_t len = 0; len < LENGTHS; len++)
        all[n++] = sim_hash(bytes, len, 0);
    for (size_t at = 0; at < 120; at++) {
        for (unsigned v = 1; v <= VALUES; v++) {
            bytes[at] = (uint8_t)v;
            bytes[at + 1] = (uint8_t)(v >> 8);
            if (v % 256 == 0 || v > 255)        /* told apart from those one place further */
                bytes[at + 2] = 0x80;
            all[n++] = sim_hash(bytes, LENGTHS - 1, 0);
            memset(bytes, 0, sizeof bytes);
        }
    }
    qsort(all, n, sizeof *all, by_value);
    for (size_t i = 1; i < n; i++)
        MUST(memcmp(&all[i], &all[i - 1], sizeof *all) != 0);
}

/* The bits are part of every results file: a change makes all baselines worthless. */
Test(engine_fingerprint, the_hash_keeps_its_values)
{
    uint8_t bytes[100];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 7);
    sim_hash128 sum = {0, 0};
    for (size_t len = 0; len <= sizeof bytes; len++) {
        sim_hash128 h = sim_hash(bytes, len, len);
        sum.lo = sum.lo * 31 + h.lo;
        sum.hi = sum.hi * 31 + h.hi;
    }
    cr_expect_eq(sum.lo, UINT64_C(0xc64ecc16035ad01f), "0x%016llx", (unsigned long long)sum.lo);
    cr_expect_eq(sum.hi, UINT64_C(0x1e54d35851c508ee), "0x%016llx", (unsigned long long)sum.hi);
    uint64_t name = sim_hash_name("mn7");
    cr_expect_eq(name, UINT64_C(0xee8ed4cf447664bf), "0x%016llx", (unsigned long long)name);
}

typedef struct effect {
    uint32_t cell;
    sim_channel channel;
    const char *name;
    int64_t time_ns;
    const char *bytes;
} effect;

static const effect effects[] = {
    {0, SIM_CHANNEL_WIRE, "ha1", 5, "one"},
    {0, SIM_CHANNEL_WIRE, "ha1", 5, "two"},
    {0, SIM_CHANNEL_BINDING, "ha1", SIM_SECOND_NS - 1, "three"},
    {2, SIM_CHANNEL_WIRE, "mn5", SIM_SECOND_NS, "four"},
    {2, SIM_CHANNEL_DECISION, "mn6", 3 * SIM_SECOND_NS + 7, ""},
};
enum { N_EFFECTS = sizeof effects / sizeof *effects };

static void book(sim_fingerprint *fp, const effect *e)
{
    sim_fingerprint_book(fp, e->cell, e->channel, sim_hash_name(e->name), e->time_ns, e->bytes,
                         strlen(e->bytes));
}

static sim_fingerprint *fp_new(void)
{
    sim_fingerprint *fp = sim_fingerprint_new();
    for (uint32_t i = 0; i < 3; i++)
        cr_assert_eq(sim_fingerprint_add_cell(fp, 10 + i), i);
    return fp;
}

static char *text_of_all(const effect *list, size_t n)
{
    static char text[33];
    sim_fingerprint *fp = fp_new();
    for (size_t i = 0; i < n; i++)
        book(fp, &list[i]);
    sim_fingerprint_text(fp, text);
    sim_fingerprint_free(fp);
    return text;
}

Test(engine_fingerprint, order_of_booking_is_nothing)
{
    char forward[33];
    strcpy(forward, text_of_all(effects, N_EFFECTS));
    effect shuffled[N_EFFECTS];
    for (size_t i = 0; i < N_EFFECTS; i++)
        shuffled[i] = effects[(3 * i + 2) % N_EFFECTS];
    cr_assert_str_eq(text_of_all(shuffled, N_EFFECTS), forward);
    cr_assert_eq(strlen(forward), 32);
    cr_assert_eq(strspn(forward, "0123456789abcdef"), 32);
    cr_assert_str_eq(text_of_all(NULL, 0), "00000000000000000000000000000000");
}

Test(engine_fingerprint, each_field_counts)
{
    char texts[16][33];
    size_t n = 0;
    effect e[N_EFFECTS];
#define VARY(change)                                                                         \
    memcpy(e, effects, sizeof e);                                                            \
    change;                                                                                  \
    strcpy(texts[n++], text_of_all(e, N_EFFECTS))
    VARY((void)e);
    VARY(e[1].channel = SIM_CHANNEL_QUEUE);
    VARY(e[1].name = "ha2");
    VARY(e[1].time_ns++);
    VARY(e[1].time_ns += SIM_SECOND_NS);
    VARY(e[1].bytes = "twO");
    VARY(e[1].bytes = "tw");
    VARY(e[1].bytes = "one");
    VARY(e[4].name = "mn7");
    VARY(e[4].channel = SIM_CHANNEL_HANDOFF);
    VARY(e[4].time_ns--);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < i; k++)
            cr_assert_str_neq(texts[i], texts[k], "%zu %zu", i, k);
    strcpy(texts[n], text_of_all(effects, N_EFFECTS - 1));
    cr_assert_str_neq(texts[n], texts[0], "one effect less");
    VARY(e[1].cell = 1);
    cr_assert_str_eq(texts[n - 1], texts[0], "grouping of nodes is for finding, not for the sum");
}

typedef struct rows {
    unsigned n;
    int64_t second[8];
    uint32_t node[8];
    sim_channel channel[8];
    sim_hash128 sum[8];
} rows;

static void keep(void *user, int64_t second, uint32_t node, sim_channel channel, sim_hash128 sum)
{
    rows *r = user;
    cr_assert_lt(r->n, 8);
    r->second[r->n] = second;
    r->node[r->n] = node;
    r->channel[r->n] = channel;
    r->sum[r->n++] = sum;
}

Test(engine_fingerprint, seconds_close_into_rows)
{
    sim_fingerprint *fp = fp_new();
    for (size_t i = 0; i < N_EFFECTS; i++)
        book(fp, &effects[i]);
    char before[33], after[33];
    sim_fingerprint_text(fp, before);
    rows r = {0};
    sim_fingerprint_close_second(fp, 0, keep, &r);
    cr_assert_eq(r.n, 2, "idle nodes and channels have no row");
    cr_assert(r.second[0] == 0 && r.node[0] == 10 && r.channel[0] == SIM_CHANNEL_WIRE);
    cr_assert(r.second[1] == 0 && r.node[1] == 10 && r.channel[1] == SIM_CHANNEL_BINDING);
    sim_fingerprint_close_second(fp, 1, keep, &r);
    cr_assert_eq(r.n, 3);
    cr_assert(r.second[2] == 1 && r.node[2] == 12);
    sim_fingerprint_close_second(fp, 3, keep, &r);
    cr_assert_eq(r.n, 4, "second 2 is closed on the way");
    cr_assert(r.second[3] == 3 && r.node[3] == 12 && r.channel[3] == SIM_CHANNEL_DECISION);
    sim_fingerprint_text(fp, after);
    cr_assert_str_eq(after, before, "closed or open, the sum is the same");
    sim_fingerprint_free(fp);
}

Test(engine_fingerprint, a_row_is_the_sum_of_its_hashes)
{
    rows one = {0}, two = {0}, both = {0};
    for (int which = 0; which < 3; which++) {
        sim_fingerprint *fp = fp_new();
        if (which != 1)
            book(fp, &effects[0]);
        if (which != 0)
            book(fp, &effects[1]);
        sim_fingerprint_close_second(fp, 0, keep, which == 0 ? &one : which == 1 ? &two : &both);
        sim_fingerprint_free(fp);
    }
    uint64_t lo = one.sum[0].lo + two.sum[0].lo;
    cr_assert_eq(both.sum[0].lo, lo);
    cr_assert_eq(both.sum[0].hi,
                 one.sum[0].hi + two.sum[0].hi + (lo < one.sum[0].lo), "128 bits, with carry");
}

Test(engine_fingerprint, cells_may_be_added_while_seconds_are_open)
{
    sim_fingerprint *fp = fp_new();
    for (size_t i = 0; i < N_EFFECTS; i++)
        book(fp, &effects[i]);
    for (uint32_t i = 0; i < 100; i++)
        sim_fingerprint_add_cell(fp, 100 + i);
    effect late = {102, SIM_CHANNEL_QUEUE, "mn900", 6, "x"};
    book(fp, &late);
    rows r = {0};
    sim_fingerprint_close_second(fp, 0, keep, &r);
    cr_assert_eq(r.n, 3);
    cr_assert_eq(r.node[2], 199);
    sim_fingerprint_free(fp);
}

Test(engine_fingerprint, booking_into_a_closed_second_is_a_bug, .signal = SIGABRT)
{
    sim_fingerprint *fp = fp_new();
    book(fp, &effects[3]);
    sim_fingerprint_close_second(fp, 0, NULL, NULL);
    book(fp, &effects[0]);
}

Test(engine_fingerprint, closing_twice_is_a_bug, .signal = SIGABRT)
{
    sim_fingerprint *fp = fp_new();
    sim_fingerprint_close_second(fp, 0, NULL, NULL);
    sim_fingerprint_close_second(fp, 0, NULL, NULL);
}

Test(engine_fingerprint, channels_have_their_names)
{
    static const char *const names[] = {"wire", "queue", "binding", "handoff", "decision"};
    for (int c = 0; c < SIM_N_CHANNELS; c++)
        cr_assert_str_eq(sim_channel_name((sim_channel)c), names[c]);
}
