/* Values with units: exact reading, what is refused, and that printing reads back.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

#include "sim/scenario/nearest.h"
#include "sim/scenario/value.h"

static int64_t good(sim_key_kind kind, const char *text)
{
    sim_key key = {.name = "k", .kind = kind, .def = ""};
    g_autoptr(GPtrArray) arena = g_ptr_array_new_with_free_func(g_free);
    int64_t value = -77;
    g_autofree char *problem = sim_value_parse(&key, text, "/", arena, &value);
    cr_assert_null(problem, "%s", problem);
    return value;
}

/* What is wrong with it; the value stays. */
static void bad_in(const sim_key *key, const char *text, const char *says)
{
    g_autoptr(GPtrArray) arena = g_ptr_array_new_with_free_func(g_free);
    char before[32], value[32];
    memset(before, 0x5a, sizeof before);
    memcpy(value, before, sizeof value);
    g_autofree char *problem = sim_value_parse(key, text, "/", arena, value);
    cr_assert_not_null(problem, "`%s` was accepted", text);
    cr_assert(strstr(problem, says) != NULL, "`%s`: no `%s` in: %s", text, says, problem);
    cr_assert_eq(memcmp(before, value, sizeof value), 0);
}

static void bad(sim_key_kind kind, const char *text, const char *says)
{
    sim_key key = {.name = "k", .kind = kind, .def = ""};
    bad_in(&key, text, says);
}

/* A library keeps a yes or no as the number of a choice; a person writes it as any other. */
Test(scenario_value, a_choice_of_off_and_on_reads_as_a_yes_or_no)
{
    static const char *const off_on[] = {"off", "on", NULL};
    static const char *const off_rfc[] = {"off", "rfc4862", NULL};
    static const char *const words[2][3] = {{"off", "no", "false"}, {"on", "yes", "true"}};
    const sim_key key = {.name = "k", .kind = SIM_KEY_CHOICE, .def = "", .choices = off_on};
    for (int value = 0; value < 2; value++)
        for (int i = 0; i < 3; i++) {
            int64_t got = -1;
            g_autofree char *problem = sim_value_parse(&key, words[value][i], "/", NULL, &got);
            cr_assert_null(problem, "%s", problem);
            cr_assert_eq(got, value);
        }
    bad_in(&key, "2", "on");
    const sim_key other = {.name = "k", .kind = SIM_KEY_CHOICE, .def = "", .choices = off_rfc};
    bad_in(&other, "no", "rfc4862");
}

Test(scenario_value, units_scale_exactly)
{
    cr_assert_eq(good(SIM_KEY_TIME, "100 ms"), 100000000);
    cr_assert_eq(good(SIM_KEY_TIME, "100ms"), 100000000);
    cr_assert_eq(good(SIM_KEY_TIME, "0.1 s"), 100000000);
    cr_assert_eq(good(SIM_KEY_TIME, "0.3 s"), 300000000);
    cr_assert_eq(good(SIM_KEY_TIME, "1.000000001 s"), 1000000001);
    cr_assert_eq(good(SIM_KEY_TIME, "1.5 h"), INT64_C(5400000000000));
    cr_assert_eq(good(SIM_KEY_TIME, "5 us"), 5000);
    cr_assert_eq(good(SIM_KEY_TIME, "5 µs"), 5000);
    cr_assert_eq(good(SIM_KEY_TIME, "9223372036854775807 ns"), INT64_MAX);
    cr_assert_eq(good(SIM_KEY_TIME, "1.50000000000000000000000000 ms"), 1500000);
    cr_assert_eq(good(SIM_KEY_RATE, "2.5 Gbit/s"), INT64_C(2500000000));
    cr_assert_eq(good(SIM_KEY_RATE, "unlimited"), 0);
    cr_assert_eq(good(SIM_KEY_BYTES, "64 KiB"), 65536);
    cr_assert_eq(good(SIM_KEY_BYTES, "64 kB"), 64000);
    cr_assert_eq(good(SIM_KEY_PACKETS, "1 packet"), 1);
    cr_assert_eq(good(SIM_KEY_PER_S, "0.25 /s"), 250000);
    cr_assert_eq(good(SIM_KEY_PER_S, "6 /min"), 100000);
    cr_assert_eq(good(SIM_KEY_SHARE, "12.3456 %"), 123456);
    cr_assert_eq(good(SIM_KEY_LENGTH, "2 km"), 2000000);
    cr_assert_eq(good(SIM_KEY_LENGTH, "1.5 m"), 1500);
    cr_assert_eq(good(SIM_KEY_SPEED, "50 km/h"), 13889);    /* 13888.9 mm/s, to the nearest */
    cr_assert_eq(good(SIM_KEY_INT, "-42"), -42);
}

Test(scenario_value, what_is_no_quantity_is_refused)
{
    bad(SIM_KEY_TIME, "5", "lacks a unit: expected a time with its unit, such as `100 ms`");
    bad(SIM_KEY_TIME, "0", "lacks a unit");
    bad(SIM_KEY_TIME, "5 parsecs", "unknown unit `parsecs`");
    bad(SIM_KEY_TIME, "5 MS", "unknown unit `MS`");
    bad(SIM_KEY_TIME, "", "not understood");
    bad(SIM_KEY_TIME, "s", "not understood");
    bad(SIM_KEY_TIME, "1. s", "not understood");
    bad(SIM_KEY_TIME, ".5 s", "not understood");
    bad(SIM_KEY_TIME, "1e3 s", "unknown unit `e3 s`");
    bad(SIM_KEY_TIME, "nan s", "not understood");
    bad(SIM_KEY_TIME, "inf", "not understood");
    bad(SIM_KEY_TIME, "-1 s", "negative");
    bad(SIM_KEY_TIME, "0.5 ns", "finer than 1 ns");
    bad(SIM_KEY_TIME, "9223372036854775808 ns", "too large");
    bad(SIM_KEY_TIME, "99999999999999999999999 s", "too large");
    bad(SIM_KEY_TIME, "3000000 h", "too large");
    bad(SIM_KEY_TIME, "unlimited", "not understood");
    bad(SIM_KEY_RATE, "10 Mbps", "unknown unit `Mbps`");
    bad(SIM_KEY_RATE, "0 bit/s", "write `unlimited`");
    bad(SIM_KEY_PACKETS, "1.5 packets", "finer than 1 packet");
    bad(SIM_KEY_SHARE, "0.2", "lacks a unit");
    bad(SIM_KEY_SHARE, "0.00001 %", "finer than 0.0001 %");
    bad(SIM_KEY_PER_S, "0.001 /h", "finer than");
    bad(SIM_KEY_INT, "1.0", "a whole number");
    bad(SIM_KEY_INT, "1e3", "a whole number");
    bad(SIM_KEY_INT, "0x10", "a whole number");
    bad(SIM_KEY_INT, "9223372036854775808", "too large");
    bad(SIM_KEY_REAL, "nan", "a number");
    bad(SIM_KEY_REAL, "-nan", "a number");
    bad(SIM_KEY_REAL, "inf", "a number");
    bad(SIM_KEY_REAL, "1e999", "too large");
    bad(SIM_KEY_REAL, "0x1p3", "a number");
    bad(SIM_KEY_REAL, "1,5", "a number");
    bad(SIM_KEY_BOOL, "maybe", "on or off");
    bad(SIM_KEY_STRING, "a\nb", "control character");
    bad(SIM_KEY_ADDRESS, "2001:db8::/129", "0 to 128");
    bad(SIM_KEY_ADDRESS, "2001:db8::/", "an IPv6 prefix");
    bad(SIM_KEY_ADDRESS, "192.0.2.1", "an IPv6 prefix");
    bad(SIM_KEY_TIMES, "1 s, 2", "`2` lacks a unit");
    bad(SIM_KEY_TIMES, "1 s,", "not understood");
}

Test(scenario_value, ranges_are_told_in_human_units)
{
    sim_key key = {.name = "k", .kind = SIM_KEY_TIME, .def = "", .min = 1e6, .max = 3.6e12};
    bad_in(&key, "2 h", "`2 h` is out of range: expected 1 ms to 1 h");
    bad_in(&key, "10 us", "expected 1 ms to 1 h");
    key.max = 0;
    bad_in(&key, "10 us", "expected at least 1 ms");
    sim_key share = {.name = "k", .kind = SIM_KEY_SHARE, .def = "", .max = 1e6};
    bad_in(&share, "101 %", "expected 0 % to 100 %");
    sim_key rate = {.name = "k", .kind = SIM_KEY_RATE, .def = "", .min = 1000, .max = 1e9};
    bad_in(&rate, "unlimited", "expected 1 kbit/s to 1 Gbit/s");
    sim_key number = {.name = "k", .kind = SIM_KEY_INT, .def = "", .min = 1, .max = 77};
    bad_in(&number, "78", "expected 1 to 77");
    bad_in(&number, "-1", "expected 1 to 77");
    sim_key real = {.name = "k", .kind = SIM_KEY_REAL, .def = "", .min = 1.01, .max = 2};
    bad_in(&real, "1", "expected 1.01 to 2");
}

static char *printed(sim_key_kind kind, int64_t value)
{
    sim_key key = {.name = "k", .kind = kind, .def = ""};
    return sim_value_print(&key, &value);
}

static void prints(sim_key_kind kind, int64_t value, const char *text)
{
    g_autofree char *got = printed(kind, value);
    cr_assert_str_eq(got, text);
}

Test(scenario_value, prints_the_way_one_writes)
{
    prints(SIM_KEY_TIME, 0, "0 s");
    prints(SIM_KEY_TIME, 100000000, "100 ms");
    prints(SIM_KEY_TIME, 1500000000, "1.5 s");
    prints(SIM_KEY_TIME, INT64_C(120000000000), "120 s");
    prints(SIM_KEY_TIME, INT64_C(600000000000), "10 min");
    prints(SIM_KEY_TIME, INT64_C(3600000000000), "1 h");
    prints(SIM_KEY_TIME, INT64_C(3601000000000), "3601 s");
    prints(SIM_KEY_RATE, 1234567, "1.234567 Mbit/s");
    prints(SIM_KEY_RATE, 0, "unlimited");
    prints(SIM_KEY_BYTES, 65536, "64 KiB");
    prints(SIM_KEY_BYTES, 65537, "65537 B");
    prints(SIM_KEY_PACKETS, 100, "100 packets");
    prints(SIM_KEY_SHARE, 200000, "20 %");
    prints(SIM_KEY_SHARE, 1, "0.0001 %");
    prints(SIM_KEY_PER_S, 2777, "0.002777 /s");
    prints(SIM_KEY_LENGTH, 1500, "1.5 m");
    prints(SIM_KEY_SPEED, 13889, "13.889 m/s");
}

/* Printing and reading any value of any unit gives it back. */
Test(scenario_value, what_is_printed_reads_back)
{
    static const sim_key_kind kinds[] = {
        SIM_KEY_INT, SIM_KEY_TIME, SIM_KEY_RATE, SIM_KEY_BYTES, SIM_KEY_PACKETS, SIM_KEY_PER_S,
        SIM_KEY_SHARE, SIM_KEY_LENGTH, SIM_KEY_SPEED,
    };
    g_autoptr(GRand) rand = g_rand_new_with_seed(7);
    for (int i = 0; i < 20000; i++) {
        sim_key_kind kind = kinds[(guint)i % G_N_ELEMENTS(kinds)];
        guint64 bits = ((guint64)g_rand_int(rand) << 32 | g_rand_int(rand));
        int64_t value = (int64_t)(bits >> 1 >> g_rand_int_range(rand, 0, 63));
        if (g_rand_boolean(rand))
            value = value / 1000000 * 1000000;
        g_autofree char *text = printed(kind, value);
        cr_assert_eq(good(kind, text), value, "%s", text);
    }
}

Test(scenario_value, reals_read_back_to_the_bit)
{
    sim_key key = {.name = "k", .kind = SIM_KEY_REAL, .def = ""};
    g_autoptr(GRand) rand = g_rand_new_with_seed(11);
    for (int i = 0; i < 5000; i++) {
        double value = g_rand_double(rand) * (i % 3 ? 1.0 : 1e-9), again = -1;
        g_autofree char *text = sim_value_print(&key, &value);
        cr_assert_null(sim_value_parse(&key, text, "/", NULL, &again));
        cr_assert(again == value, "%s", text);
    }
}

Test(scenario_value, lists_and_addresses)
{
    g_autoptr(GPtrArray) arena = g_ptr_array_new_with_free_func(g_free);
    sim_key list = {.name = "k", .kind = SIM_KEY_TIMES, .def = ""};
    sim_times times;
    cr_assert_null(sim_value_parse(&list, "10 s,  500 ms", "/", arena, &times));
    cr_assert_eq(times.n, 2);
    cr_assert_eq(times.at_ns[1], 500000000);
    g_autofree char *text = sim_value_print(&list, &times);
    cr_assert_str_eq(text, "10 s, 500 ms");
    cr_assert_null(sim_value_parse(&list, "", "/", arena, &times));
    cr_assert_eq(times.n, 0);

    sim_key prefix = {.name = "k", .kind = SIM_KEY_ADDRESS, .def = ""};
    sim_prefix p;
    cr_assert_null(sim_value_parse(&prefix, "2001:DB8:0::1/64", "/", arena, &p));
    cr_assert_eq(p.length, 64);
    g_autofree char *address = sim_value_print(&prefix, &p);
    cr_assert_str_eq(address, "2001:db8::1/64");
    cr_assert_null(sim_value_parse(&prefix, "::1", "/", arena, &p));
    cr_assert_eq(p.length, 128);
}

Test(scenario_value, paths_are_relative_to_their_folder)
{
    g_autoptr(GPtrArray) arena = g_ptr_array_new_with_free_func(g_free);
    sim_key key = {.name = "k", .kind = SIM_KEY_PATH, .def = ""};
    const char *path;
    cr_assert_null(sim_value_parse(&key, "../data/a b.gz", "/x/y", arena, &path));
    cr_assert_str_eq(path, "/x/data/a b.gz");
    cr_assert_null(sim_value_parse(&key, "/abs", "/x/y", arena, &path));
    cr_assert_str_eq(path, "/abs");
    cr_assert_null(sim_value_parse(&key, "", "/x/y", arena, &path));
    cr_assert_str_eq(path, "");
}

Test(scenario_value, distance_counts_swaps_as_one)
{
    cr_assert_eq(sim_edit_distance("policy", "policy"), 0);
    cr_assert_eq(sim_edit_distance("polciy", "policy"), 1);
    cr_assert_eq(sim_edit_distance("home_link", "Home-Link"), 0);
    cr_assert_eq(sim_edit_distance("", "abc"), 3);
    cr_assert_eq(sim_edit_distance("kitten", "sitting"), 3);
    g_autofree char *lengthy = g_strnfill(65, 'x');
    cr_assert_eq(sim_edit_distance(lengthy, "x"), SIZE_MAX);
}

Test(scenario_value, nearest_is_near_or_none)
{
    static const char *const names[] = {"rate", "delay", "duration"};
    cr_assert_str_eq(sim_nearest("rtae", names, 3), "rate");
    cr_assert_str_eq(sim_nearest("durration", names, 3), "duration");
    cr_assert_str_eq(sim_nearest("delays", names, 3), "delay");
    cr_assert_null(sim_nearest("colour", names, 3));
    cr_assert_null(sim_nearest("x", names, 3));
    cr_assert_null(sim_nearest("", names, 3));
}
