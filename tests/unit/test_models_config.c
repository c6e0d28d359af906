/* models/config/config_check: scenarios that are refused, and what is said; loads and starts.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <glib/gstdio.h>

#include "models/config/config.h"
#include "world_fixture.h"

static void refuses(const char *text, const char *part)
{
    char *refused = NULL;
    GError *error = NULL;
    sim_config *config = config_from(text, &refused);
    if (config) {
        cr_assert_not(model_check(config, &error), "accepted: %s", text);
        cr_assert_eq(error->domain, SIM_CONFIG_ERROR);
        cr_assert_eq(error->code, SIM_ERROR_BAD);
        refused = g_strdup(error->message);
        g_error_free(error);
    }
    cr_assert(strstr(refused, part), "expected `%s` in `%s`", part, refused);
    cr_assert(strstr(refused, "x.ini:"), "no file and line in `%s`", refused);
    sim_scenario_free(config);
    g_free(refused);
}

static void accepts(const char *text)
{
    char *refused = NULL;
    GError *error = NULL;
    sim_config *config = config_from(text, &refused);
    cr_assert_not_null(config, "%s", refused);
    cr_assert(model_check(config, &error), "%s", error ? error->message : "");
    sim_scenario_free(config);
}

Test(models_config, an_empty_file_is_a_scenario)
{
    accepts("");
    accepts("[scenario]\nname = x\n[traffic video]\nload = 10 %\n");
    accepts("[home-link]\nprefix = 2001:db8:5:6:7::/120\n");
}

Test(models_config, times_that_do_not_fit)
{
    refuses("[scenario]\nduration = 10 s\nwarm-up = 10 s\n", "x.ini:3: [scenario] warm-up");
    refuses("[scenario]\nduration = 10 s\n[home-agent ha1]\njoin = 10 s\n", "join");
    refuses("[home-agent ha1]\nfail = 500 ms\n", "before the agent is there");
    refuses("[home-agent ha1]\nfail = 5 s\nrecover = 4 s\n", "not after it fails");
    refuses("[home-agent ha1]\nfail = 5 s\nrecover = 6 s\nfailure = leave\n", "not after it fails");
    refuses("[home-agent ha1]\nfail = 5 s, 8 s\n", "twice without");
    refuses("[home-agent ha1]\nrecover = 4 s\n", "more often");
    refuses("[home-agent ha1]\njoin = 9 s\nfail = 5 s\n", "before the agent is there");
    refuses("[home-agent ha1]\nfail = 61 s\n", "end of the run");
    refuses("[mobile-nodes]\nstart = 60 s\n", "start");
    refuses("[mobile-nodes]\ncrowd = 5\ncrowd-start = 60 s\n", "crowd-start");
    refuses("[traffic]\nstart = 60 s\n", "start");
    refuses("[traffic]\nstart = 6 s\nstop = 6 s\n", "stop");
}

#define FAILS(keys) "[scenario]\nduration = 60 s\n[failure a]\nagent = ha1\n" keys

Test(models_config, failures_that_cannot_be)
{
    accepts(FAILS("at = 10 s\n"));
    accepts(FAILS("at = 10 s\nuntil = 60 s\n"));
    accepts(FAILS("kind = hang\nat = 10 s\nuntil = 10.000000001 s\nhang-control = off\n"));
    accepts(FAILS("at = 10 s\nuntil = 12 s\n[failure b]\nagent = ha1\nkind = isolate\n"
                  "at = 13 s\n[home-agent ha1]\nfail = 5 s\nrecover = 9 s\n"));
    refuses(FAILS("at = 1 s\n"), "x.ini:5: [failure a] at: before the agent is there");
    refuses(FAILS("at = 0 s\n"), "before the agent is there");
    refuses(FAILS("at = 5 s\n[home-agent ha1]\njoin = 5 s\n"), "before the agent is there");
    refuses(FAILS("at = 60 s\n"), "[failure a] at: not before the end of the run");
    refuses(FAILS("at = 10 s\nuntil = 60.000000001 s\n"), "x.ini:6: [failure a] until: after the");
    refuses(FAILS("at = 10 s\nuntil = 10 s\n"), "[failure a] until: not after it fails");
    refuses(FAILS("at = 10 s\nuntil = 0 s\n"), "not after it fails");
    refuses(FAILS("kind = leave\nat = 10 s\nuntil = 11 s\n"), "down only 1000 ms later");
    refuses(FAILS("kind = leave\nat = 10 s\nuntil = 41999 ms\n"),
            "x.ini:7: [failure a] until: before it has left: it tells its nodes for 30 s "
            "(drain-time of [policy]), so that it can be back from 42 s on");
    accepts(FAILS("kind = leave\nat = 10 s\nuntil = 42 s\n"));
    accepts(FAILS("kind = leave\nat = 10 s\nuntil = 11001 ms\n[policy]\ndrain-time = 0 s\n"));
    accepts(FAILS("kind = leave\nat = 10 s\nuntil = 11001 ms\n[home-agent ha1]\nlegacy = yes\n"));
    accepts(FAILS("kind = leave\nat = 10 s\nuntil = 11001 ms\n[home-agents]\nnames = ha1\n"));
    refuses("[home-agent ha1]\nfail = 15 s\nrecover = 40 s\nfailure = leave\n",
            "x.ini:3: [home-agent ha1] recover: before it has left");
    refuses(FAILS("kind = crush\nat = 10 s\n"), "expected one of crash, hang, isolate, leave");
    refuses(FAILS(""), "x.ini:3: [failure a]: no `at`");
    refuses("[failure a]\nat = 10 s\n", "no `agent`");
    refuses("[failure a]\nagent = ha9\nat = 10 s\n",
            "x.ini:2: [failure a] agent: there is no agent `ha9`; the nearest name is `ha");
    refuses("[home-agents]\nnames = east, west\n[failure a]\nagent = wets\nat = 10 s\n",
            "the nearest name is `west`");
    refuses(FAILS("at = 10 s\nhang-control = off\n"), "x.ini:6: [failure a] hang-control");
    refuses("[failure]\nagent = ha1\nat = 10 s\n", "failure");
}

Test(models_config, failures_of_one_agent_that_overlap)
{
    refuses(FAILS("at = 10 s\n[failure b]\nagent = ha1\nat = 20 s\n"),
            "x.ini:8: [failure b] at: ha1 has failed for good by then ([failure a], at 10 s)");
    refuses(FAILS("at = 20 s\n[failure b]\nagent = ha1\nat = 10 s\nuntil = 30 s\n"),
            "x.ini:5: [failure a] at: ha1 has failed already by then ([failure b], from 10 s");
    refuses(FAILS("at = 20 s\n[failure b]\nagent = ha1\nat = 10 s\nuntil = 20 s\n"),
            "ha1 has failed already by then");
    refuses(FAILS("at = 20 s\n[failure b]\nagent = ha1\nat = 20 s\n"), "has failed for good");
    refuses(FAILS("at = 10 s\nuntil = 20 s\n[home-agent ha1]\nfail = 12 s\n"),
            "x.ini:8: [home-agent ha1] fail: ha1 has failed already by then ([failure a]");
    refuses("[home-agent ha1]\nfail = 10 s, 20 s\nrecover = 30 s, 40 s\n",
            "x.ini:2: [home-agent ha1] fail: ha1 has failed already by then ([home-agent ha1]");
    accepts(FAILS("at = 10 s\n[failure b]\nagent = ha2\nat = 10 s\n"));
}

Test(models_config, a_loss_between_unknown_nodes)
{
    refuses("[loss a]\nfrom = mn77\n", "there is no node `mn77`; the nearest name is `mn7`");
    refuses("[loss a]\nto = rooter\n", "x.ini:2: [loss a] to: there is no node `rooter`; the "
                                       "nearest name is `router`");
}

/* RFC 5142 6.1: the deregistration is the answer. */
Test(models_config, register_at_once_with_home_agent_switch)
{
    refuses("[policy]\nname = hybrid\nhandover = register\nswitch-message = home-agent-switch\n",
            "x.ini:3: [policy] handover");
    refuses("[policy]\nname = static-dhaad\nprofile = literal\n"
            "switch-message = home-agent-switch\n",
            "x.ini:4: [policy] switch-message");
    refuses("[policy]\nswitch-message = home-agent\n", "dhaad-reply, home-agent-switch");
    refuses("[policy]\ndrain-time = 30\n", "drain-time");
    refuses("[mobile-nodes]\nknows-switch = 101 %\n", "knows-switch");
    accepts("[policy]\nname = hybrid\nswitch-message = home-agent-switch\n");
    accepts("[policy]\nname = hybrid\nprofile = literal\nhandover = yield\n"
            "switch-message = home-agent-switch\n");
    accepts("[policy]\nname = hybrid\nprofile = literal\n");
}

Test(models_config, agents_that_are_not_there)
{
    refuses("[home-agents]\ncount = 0\n", "count");
    refuses("[home-agent ha3]\ncapacity = 1 Mbit/s\n", "the nearest name is `ha");
    refuses("[home-agents]\nnames = east, west\n[home-agent wets]\npreference = 1\n",
            "the nearest name is `west`");
    refuses("[home-agents]\nnames = a, b, a\n", "there twice");
    refuses("[home-agents]\nnames = a,, b\n", "empty name");
    refuses("[home-agents]\nnames = router\n", "cannot be");
    refuses("[home-agents]\ncount = 3\nnames = a, b\n", "names has 2");
    refuses("[home-agents]\nnames = a, mn3\n", "two nodes are called `mn3`");
    accepts("[home-agents]\nnames = ha_east_1, it's\n[home-agent it's]\npreference = 1\n");
}

Test(models_config, networks_that_cannot_be)
{
    refuses("[access]\nrouters = 4\nhome-cell = 4\n", "home-cell");
    refuses("[home-link]\nprefix = 2001:db8::/48\n", "64 to 126");
    refuses("[home-link]\nprefix = 2001:db8:ac01:2::/64\n", "access routers");
    refuses("[home-link]\nprefix = ff02::/64\n", "unicast");
    refuses("[home-link]\nprefix = 2001:db8:5:6:7::/124\n[home-agents]\ncount = 4\n"
            "[mobile-nodes]\ncount = 12\n", "holds 15 addresses");
    accepts("[home-link]\nprefix = 2001:db8:5:6:7::/124\n[home-agents]\ncount = 3\n"
            "[mobile-nodes]\ncount = 12\n");
}

Test(models_config, traffic_that_cannot_be)
{
    refuses("[home-agents]\ncapacity = unlimited\n[traffic]\nload = 10 %\n", "give a rate");
    refuses("[traffic]\nload = 10 %\nrate = 1 Mbit/s\n", "one of both");
    refuses("[traffic]\nnode-rate = 1 kbit/s\nrate = 1 Mbit/s\n", "one of both");
    refuses("[traffic]\npacket-size = 1251 B\n[access]\nmtu = 1290 B\n", "packet-size");
    accepts("[traffic]\npacket-size = 1250 B\n[access]\nmtu = 1290 B\n");
    accepts("[traffic]\npacket-size = 65000 B\n");
    accepts("[home-agents]\ncapacity = unlimited\n[traffic]\nrate = 1 Mbit/s\n");
    accepts("[home-agents]\ncapacity = unlimited\nper-packet = 10 us\n[traffic]\nload = 1 %\n");
}

static int64_t bps_of(const char *text)
{
    char *refused = NULL;
    GError *error = NULL;
    g_autoptr(sim_config) config = config_from(text, &refused);
    model_settings *s = model_settings_new(config, &error);
    cr_assert_not_null(s);
    int64_t bps = model_settings_traffic_bps(s, model_settings_traffic(s, 0)->base, 10);
    model_settings_free(s);
    return bps;
}

Test(models_config, a_load_is_the_utilisation_of_the_queues)
{
    cr_assert_eq(bps_of("[traffic]\nnode-rate = 3 kbit/s\n"), 30000);
    /* Downwards each packet of 960 B takes 1,000 B of a queue, upwards 960 B. */
    cr_assert_float_eq((double)bps_of("[home-agents]\ncount = 2\ncapacity = 10 Mbit/s\n[traffic]\n"
                                      "load = 50 %\npacket-size = 960 B\ndirection = down\n"),
                       0.5 * 20e6 * 0.96, 10);
    cr_assert_float_eq((double)bps_of("[home-agents]\ncount = 2\ncapacity = 10 Mbit/s\n[traffic]\n"
                                      "load = 50 %\npacket-size = 960 B\ndirection = up\n"),
                       0.5 * 20e6, 10);
    /* 2,860 B of payload in fragments of 1,408 B: three of 48 B of headers and 40 B of tunnel. */
    cr_assert_float_eq((double)bps_of("[home-agents]\ncount = 1\ncapacity = 8 Mbit/s\n[traffic]\n"
                                      "load = 100 %\npacket-size = 2900 B\ndirection = down\n"),
                       8e6 * 2900 / (2860 + 3 * 88), 10);
    /* 1,000 B at 8 Mbit/s are 1 ms, and 1 ms of processing. */
    cr_assert_float_eq((double)bps_of("[home-agents]\ncount = 1\ncapacity = 8 Mbit/s\n"
                                      "per-packet = 1 ms\n[traffic]\nload = 100 %\n"
                                      "packet-size = 960 B\ndirection = down\n"),
                       500 * 960 * 8, 10);
}

Test(models_config, nodes_start_when_agents_know_each_other)
{
    char *refused = NULL;
    GError *error = NULL;
    g_autoptr(sim_config) config =
        config_from("[home-agents]\nboot-window = 2 s\nra-min-interval = 500 ms\n", &refused);
    model_settings *s = model_settings_new(config, &error);
    cr_assert_eq(model_settings_start_ns(s), 4500 * SIM_MS_NS);
    model_settings_free(s);
}

/* [mobile-nodes] knows-redirect, in millionths. */
static int64_t redirectable(const char *text)
{
    char *refused = NULL;
    GError *error = NULL;
    g_autoptr(sim_config) config = config_from(text, &refused);
    cr_assert(config, "%s", refused);
    model_settings *s = model_settings_new(config, &error);
    int64_t ppm = model_settings_redirect_ppm(s);
    model_settings_free(s);
    return ppm;
}

Test(models_config, nodes_can_be_redirected_where_the_policy_redirects)
{
    cr_assert_eq(redirectable(""), 0);
    cr_assert_eq(redirectable("[policy]\nname = hybrid\n"), 0);
    cr_assert_eq(redirectable("[policy]\nname = redirect\n"), 1000000);
    cr_assert_eq(redirectable("[policy]\nname = two-choices\nprofile = tuned\n"), 1000000);
    cr_assert_eq(redirectable("[mobile-nodes]\nknows-redirect = 0 %\n"
                              "[policy]\nname = redirect\n"), 0);
    cr_assert_eq(redirectable("[mobile-nodes]\nknows-redirect = 25 %\n"), 250000);
}

Test(models_config, policies_have_a_variant_for_each_profile)
{
    size_t n;
    const sim_variant *v = model_policy_variants(&n);
    bool found = false;
    for (size_t i = 0; i < n; i++)
        found |= strcmp(v[i].name, "hybrid:tuned") == 0;
    cr_assert(found);
    cr_assert_eq(n % MIP6_N_PROFILES, 0);
}

/* The default texts of [policy] must be the library's defaults again. */
Test(models_config, defaults_of_policies_are_the_librarys)
{
    for (int p = 0; p < MIP6_N_PROFILES; p++) {
        char *refused = NULL;
        g_autofree char *text = g_strdup_printf("[policy]\nname = hybrid\nprofile = %s\n",
                                                mip6_profile_name((mip6_profile)p));
        g_autoptr(sim_config) config = config_from(text, &refused);
        cr_assert_not_null(config, "%s", refused);
        mip6_ha_tuning got, want;
        void *own;
        model_policy_read(sim_config_section(config, "policy"), &got, &own);
        mip6_ha_tuning_defaults((mip6_profile)p, &want);
        cr_assert_arr_eq(&got, &want, sizeof got);
        const mip6_policy *policy = mip6_policy_find("hybrid");
        g_autofree void *defaults = g_malloc0(policy->config_size + 1);
        mip6_policy_defaults(policy, (mip6_profile)p, defaults);
        cr_assert_arr_eq(own, defaults, policy->config_size);
        g_free(own);
    }
}
