/* [loss NAME]: which packets it takes, and what it refuses.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <glib/gstdio.h>

#include "world_fixture.h"

/* Two agents, two nodes that register at 4 s and 4 s, refresh each 10 s. */
#define WORLD "[scenario]\nduration = 40 s\n[home-agents]\ncount = 2\n" \
              "[mobile-nodes]\ncount = 2\nlifetime = 20 s\nstart = 4 s\nstart-window = 1 ns\n" \
              "[traffic]\nmodel = cbr\nload = 0 %\n"

/* Packets and copies lost under the rules `text`. */
static int64_t lost_with(const char *text)
{
    char fp[33];
    tally_sink t;
    tally_init(&t);
    g_autofree char *all = g_strconcat(WORLD, text, NULL);
    cr_assert_eq(run_text(all, 1, &t, fp), SIM_STOP_END, "%s", text);
    int64_t lost = t.lost;
    tally_clear(&t);
    return lost;
}

Test(models_losses, without_rules_nothing_is_lost)
{
    cr_assert_eq(lost_with(""), 0);
}

Test(models_losses, the_packets_that_are_named)
{
    cr_assert_eq(lost_with("[loss a]\nmessage = binding-acknowledgement\nnth = 1\n"), 1);
    cr_assert_eq(lost_with("[loss a]\nmessage = binding-acknowledgement\nnth = 1-2, 4\n"), 3);
    cr_assert_eq(lost_with("[loss a]\nmessage = binding-acknowledgement\nfrom = ha0\nto = mn0\n"
                           "nth = 1\n[loss b]\nmessage = binding-acknowledgement\nfrom = ha1\n"
                           "to = mn0\nnth = 1\n"), 1, "mn0 asks one of them");
    cr_assert_eq(lost_with("[loss a]\nmessage = home-test\n"), 0);
}

/* A packet crosses four links and is one packet still. */
Test(models_losses, a_packet_counts_once)
{
    cr_assert_eq(lost_with("[loss a]\nmessage = binding-update\nfrom = mn0\nnth = 3\n"), 1);
    cr_assert_eq(lost_with("[loss a]\nmessage = binding-update\nfrom = router\nnth = 3\n"), 1);
}

/* Of a multicast each copy is lost that the rule fits: two agents' advertisements with override
 * for their nodes reach the other agent and the router. */
Test(models_losses, copies_of_a_multicast)
{
    int64_t to_router =
        lost_with("[loss a]\nmessage = neighbour-advertisement\nfrom = ha0\nto = router\n"
                  "nth = 1\n[loss b]\nmessage = neighbour-advertisement\nfrom = ha1\n"
                  "to = router\nnth = 1\n");
    cr_assert(to_router == 1 || to_router == 2, "%d", (int)to_router);
    int64_t all = lost_with("[loss a]\nmessage = router-advertisement\nfrom = ha0\nnth = 1\n");
    int64_t one = lost_with("[loss a]\nmessage = router-advertisement\nfrom = ha0\nto = ha1\n"
                            "nth = 1\n");
    cr_assert_eq(one, 1);
    cr_assert_geq(all, 1);
}

Test(models_losses, a_time_counts_and_loses)
{
    cr_assert_eq(lost_with("[loss a]\nmessage = binding-update\nstart = 39 s\n"), 0);
    int64_t early = lost_with("[loss a]\nmessage = binding-update\nstop = 6 s\n");
    cr_assert_geq(early, 4, "two nodes ask at 4 s and 5.5 s: %d", (int)early);
}

/* What a rule takes is lost under its own name, from the sender or from the link's account. */
Test(models_losses, scripts_draw_nothing)
{
    char a[33], b[33];
    cr_assert_eq(run_text(WORLD, 1, NULL, a), SIM_STOP_END);
    cr_assert_eq(run_text(WORLD "[loss a]\nmessage = home-test\n", 1, NULL, b), SIM_STOP_END);
    cr_assert_str_eq(a, b, "a rule that fits nothing changes nothing");
}

static void expect_refused(const char *text, const char *part)
{
    char *refused = NULL;
    GError *error = NULL;
    g_autofree char *all = g_strconcat(WORLD, text, NULL);
    g_autoptr(sim_config) config = config_from(all, &refused);
    if (config && !model_check(config, &error))
        refused = g_strdup(error->message);
    cr_assert_not_null(refused, "taken: %s", text);
    cr_assert_not_null(strstr(refused, part), "%s", refused);
    g_clear_error(&error);
    g_free(refused);
}

Test(models_losses, what_is_wrong_is_refused_where_it_stands)
{
    expect_refused("[loss a]\nmessage = binding-updat\n", "binding-update");
    expect_refused("[loss a]\nfrom = ha7\n", "x.ini:14: [loss a] from: there is no node `ha7`");
    expect_refused("[loss a]\nto = nobody\n", "there is no node `nobody`");
    expect_refused("[loss a]\nnth = 0\n", "`0` is neither");
    expect_refused("[loss a]\nnth = 1,,2\n", "`` is neither");
    expect_refused("[loss a]\nnth = 3-2\n", "`3");
    expect_refused("[loss a]\nnth = first\n", "`first` is neither");
    expect_refused("[loss a]\nstart = 5 s\nstop = 5 s\n", "stop: not after start");
}
