/* tests/bench/peers_judge: equality before speed, and ratios the right way round.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <criterion/criterion.h>
#include <string.h>

#include "tests/bench/peers_judge.h"

static GString *out;
static peers_verdict verdict;

static void start(void)
{
    out = g_string_new(NULL);
}

static void stop(void)
{
    g_string_free(out, TRUE);
}

TestSuite(bench_peers, .init = start, .fini = stop);

static void judge(const char *text)
{
    g_string_truncate(out, 0);
    verdict = peers_judge(text, out);
}

static void says(const char *part)
{
    cr_assert(strstr(out->str, part), "no `%s` in:\n%s", part, out->str);
}

static void says_not(const char *part)
{
    cr_assert_not(strstr(out->str, part), "`%s` in:\n%s", part, out->str);
}

Test(bench_peers, a_cost_is_divided_by_ours_and_a_rate_is_ours_divided)
{
    judge("cost\thold\tns\tmip6sim\t10\ncost\thold\tns\tns-3\t50\n"
          "cost\thold\tns\tmip6sim\t20\ncost\thold\tns\tns-3\t60\n"
          "cost\thold\tns\tmip6sim\t40\ncost\thold\tns\tns-3\t160\n"
          "rate\tpath\t/s\tns-3\t2\nrate\tpath\t/s\tmip6sim\t80\n");
    cr_assert_eq(verdict, PEERS_COMPARABLE);
    says("| hold, ns | 20.0 (10.0 to 40.0) | ns-3 | 60.0 (50.0 to 160) |"
         " **4.00** (3.00 to 5.00) |\n");
    says("| path, /s | 80.0 (80.0 to 80.0) | ns-3 | 2.00 (2.00 to 2.00) |"
         " **40.0** (40.0 to 40.0) |\n");
}

Test(bench_peers, the_best_peer_is_marked)
{
    judge("cost\thold\tns\tmip6sim\t10\ncost\thold\tns\tmap\t90\ncost\thold\tns\theap\t80\n"
          "rate\tpath\t/s\tmip6sim\t10\nrate\tpath\t/s\tplain\t2\nrate\tpath\t/s\ttuned\t5\n");
    says("| map | 90.0 (90.0 to 90.0) | 9.00 (");
    says("| heap | 80.0 (80.0 to 80.0) | **8.00** (");
    says("| plain | 2.00 (2.00 to 2.00) | 5.00 (");
    says("| tuned | 5.00 (5.00 to 5.00) | **2.00** (");
}

#define RATIO "cost\thold\tns\tmip6sim\t1\ncost\thold\tns\tns-3\t7\n"

Test(bench_peers, no_ratio_where_results_differ)
{
    /* Means 100 and 104, standard errors 0.58 each: 4 degrees of freedom, t = 8.61, +- 7.03. */
    judge("equal 0.2\tdelay\tms\tmip6sim\t99\nequal 0.2\tdelay\tms\tns-3\t103\n"
          "equal 0.2\tdelay\tms\tmip6sim\t100\nequal 0.2\tdelay\tms\tns-3\t104\n"
          "equal 0.2\tdelay\tms\tmip6sim\t101\nequal 0.2\tdelay\tms\tns-3\t105\n" RATIO);
    cr_assert_eq(verdict, PEERS_COMPARABLE);
    says("| delay, ms | ns-3 | 100 | -3.03 to 11.0 | the same |");
    says("**7.00**");
    judge("equal 0.2\tdelay\tms\tmip6sim\t99\nequal 0.2\tdelay\tms\tns-3\t107\n"
          "equal 0.2\tdelay\tms\tmip6sim\t100\nequal 0.2\tdelay\tms\tns-3\t108\n"
          "equal 0.2\tdelay\tms\tmip6sim\t101\nequal 0.2\tdelay\tms\tns-3\t109\n" RATIO);
    cr_assert_eq(verdict, PEERS_DIFFERENT);
    says("| delay, ms | ns-3 | 100 | 0.970 to 15.0 | DIFFERENT |");
    says_not("7.00");
}

Test(bench_peers, a_difference_on_one_side_of_several_is_enough)
{
    judge("equal 0.2\tdelay\tms\tplain\t100\nequal 0.2\tdelay\tms\tmip6sim\t100\n"
          "equal 0.2\tdelay\tms\ttuned\t90\nequal 0.2\tdelay\tms\tplain\t100\n"
          "equal 0.2\tdelay\tms\tmip6sim\t100\nequal 0.2\tdelay\tms\ttuned\t90\n" RATIO);
    cr_assert_eq(verdict, PEERS_DIFFERENT);
    says("| plain | 100 | 0 to 0 | the same |");
    says("| tuned | 100 | -10.0 to -10.0 | DIFFERENT |");
    says_not("7.00");
}

Test(bench_peers, what_cannot_tell_a_difference_is_no_proof_of_equality)
{
    judge("equal 0.05\tdelay\tms\tmip6sim\t99\nequal 0.05\tdelay\tms\tns-3\t99\n"
          "equal 0.05\tdelay\tms\tmip6sim\t100\nequal 0.05\tdelay\tms\tns-3\t100\n"
          "equal 0.05\tdelay\tms\tmip6sim\t101\nequal 0.05\tdelay\tms\tns-3\t101\n" RATIO);
    cr_assert_eq(verdict, PEERS_DIFFERENT);
    says("too few packets to tell");
    judge("equal 0.2\tdelay\tms\tmip6sim\t99\nequal 0.2\tdelay\tms\tns-3\t99\n" RATIO);
    cr_assert_eq(verdict, PEERS_DIFFERENT);
    says("unknown: one repetition");
    says_not("7.00");
}

Test(bench_peers, a_fact_is_told_and_not_compared)
{
    judge(RATIO "fact\tmemory\tKB\tns-3\t20\n");
    cr_assert_eq(verdict, PEERS_COMPARABLE);
    says("| memory, KB | | ns-3 | 20.0 (20.0 to 20.0) | |\n");
}

Test(bench_peers, lines_that_are_no_measurements)
{
    static const char *const bad[] = {
        "cost\thold\tns\tmip6sim\n",
        "speed\thold\tns\tmip6sim\t1\n", "cost\thold\tns\tmip6sim\tx\n",
        "cost\thold\tns\tmip6sim\t0\n", "equal\thold\tns\tmip6sim\t1\n",
        "equal 0\thold\tns\tmip6sim\t1\n", "cost\thold\tns\tmip6sim\t1 2\n",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        judge(bad[i]);
        cr_assert_eq(verdict, PEERS_BAD_INPUT, "%s", bad[i]);
        says("line 1 is no measurement");
    }
    judge("cost\thold\tns\tmip6sim\t1\n");
    cr_assert_eq(verdict, PEERS_BAD_INPUT);
    says("hold: one side is missing");
}
