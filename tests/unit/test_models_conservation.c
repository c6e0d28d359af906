/* Packets are conserved: at each node and in each flow, looked at when a second ends, in a
 * release, too. What is missing is said before the run is aborted.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "world_fixture.h"

#include "models/hosts/ha_host.h"
#include "models/hosts/mn_host.h"
#include "models/traffic/flows.h"
#include "models/world_parts.h"

static const char text[] =
    "[scenario]\nduration = 20 s\n[home-agents]\ncount = 2\n[mobile-nodes]\ncount = 4\n"
    "start = 5 s\nstart-window = 1 s\n[mobility]\nmodel = static\n[traffic]\nmodel = cbr\n"
    "rate = 400 kbit/s\npacket-size = 500 B\ndirection = both\n";

typedef void harm_function(model_world *w);

/* A run to 15.5 s, what `harm` does, and the rest. */
static void run_and_harm(harm_function *harm)
{
    char *refused = NULL;
    g_autoptr(sim_config) config = config_from(text, &refused);
    cr_assert_not_null(config, "%s", refused);
    model_world *w = model_world_new(config, 1, 0, sim_sink_null(), NULL);
    sim_engine_run(model_world_engine(w), 15500 * INT64_C(1000000));
    harm(w);
    model_world_run(w);
    model_world_free(w);
}

/* What a run says that is harmed; it must be aborted. g_free. */
static char *said_of(harm_function *harm)
{
    int ends[2], status = 0;
    GString *said = g_string_new(NULL);
    char part[256];
    ssize_t n;
    cr_assert_eq(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        signal(SIGABRT, SIG_DFL);
        run_and_harm(harm);
        _exit(0);
    }
    close(ends[1]);
    while ((n = read(ends[0], part, sizeof part)) > 0)
        g_string_append_len(said, part, n);
    close(ends[0]);
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT, "it went on: %s", said->str);
    return g_string_free(said, FALSE);
}

static void must_say(harm_function *harm, const char *const parts[])
{
    g_autofree char *said = said_of(harm);
    for (; *parts; parts++)
        cr_assert_not_null(strstr(said, *parts), "no \"%s\" in: %s", *parts, said);
}

static void nothing(model_world *w)
{
    (void)w;
}

Test(models_conservation, a_good_run_goes_on)
{
    run_and_harm(nothing);
}

/* A handler that forgets a packet. */
static void forget_at_agent(model_world *w)
{
    w->agents[1].account.received++;
    model_book_copied(&w->net, &w->agents[1].account);
    w->agents[1].account.copied--;
}

static void forget_two_at_node(model_world *w)
{
    model_book_copied(&w->net, &w->nodes[2].account);
    model_book_copied(&w->net, &w->nodes[2].account);
}

Test(models_conservation, says_at_which_node_and_how_many)
{
    must_say(forget_at_agent, (const char *const[]){
        "packets are not conserved at ha1, in the second before 16.000 s: 1 came and neither went "
        "on, nor ended, nor was lost with a cause", "received", "forwarded", NULL});
    must_say(forget_two_at_node, (const char *const[]){
        "at mn2, in the second before 16.000 s: 2 came", "copied 2", NULL});
}

/* Given back without a word, or counted for another flow. */
static void vanish_in_flow(model_world *w)
{
    w->net.flows[0].sent++;
}

static void count_for_another(model_world *w)
{
    w->net.flows[0].delivered--;
    w->net.flows[1].delivered++;
}

Test(models_conservation, says_in_which_flow)
{
    must_say(vanish_in_flow, (const char *const[]){
        "not conserved in the flow mn", "in the second before 16.000 s: 1 vanished without a cause",
        "on their way", NULL});
    must_say(count_for_another, (const char *const[]){
        "1 vanished without a cause", "1 more than were sent", NULL});
}

static void leak(model_world *w)
{
    sim_packet_new(w->net.packets, 40);
}

Test(models_conservation, says_that_a_packet_was_forgotten)
{
    must_say(leak, (const char *const[]){"packets are alive before 16.000 s", "in flight", NULL});
}

/* Loss by cause is all of it, of whatever kind: no node and no cause is left out. */
Test(models_conservation, losses_by_cause_are_what_flows_lost)
{
    static const struct { const char *agents, *packet, *more; } kinds[] = {
        {"", "500", "[access]\nloss = 5 %\n"},
        {"", "500", "[home-link]\nloss = 5 %\n"},
        {"capacity = 300 kbit/s\nqueue-limit = 5 packets\n", "500", ""},
        {"", "500", "[home-agent ha0]\nfail = 12 s\nrecover = 15 s\n"},
        {"", "500", "[failure a]\nagent = ha0\nkind = hang\nat = 12 s\nuntil = 15 s\n"},
        {"", "500", "[failure a]\nagent = ha0\nkind = isolate\nat = 12 s\nuntil = 15 s\n"},
        {"", "500", "[access]\nrate = 100 kbit/s\nqueue-limit = 3 packets\n"},
        {"", "500", "[mobility]\nmodel = exponential-sojourn\nmean-sojourn = 2 s\n"
                    "[access]\nhome-cell = 1\n"},
        {"", "4000", "[home-link]\nloss = 10 %\n"}};
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        names_sink n;
        char fp[33];
        g_autofree char *all = g_strconcat(
            "[scenario]\nduration = 40 s\n[home-agents]\ncount = 2\n", kinds[i].agents,
            "[mobile-nodes]\ncount = 6\n[traffic]\nmodel = poisson\nrate = 900 kbit/s\n"
            "direction = both\npacket-size = ", kinds[i].packet, " B\n", kinds[i].more, NULL);
        names_init(&n);
        cr_assert_eq(run_text(all, 1, &n.tally, fp), SIM_STOP_END);
        cr_assert_gt(n.tally.application_lost, 20, "%zu", i);
        cr_assert_eq((double)n.tally.application_lost,
                     tally_metric_of(&n.tally, "sent_packets") -
                         tally_metric_of(&n.tally, "delivered_packets") -
                         tally_metric_of(&n.tally, "in_flight_packets"), "%zu", i);
        names_clear(&n);
    }
}
