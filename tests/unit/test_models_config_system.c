/* [system]: what is refused, and the rules of VRIDs and priorities.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/config/config_system.h"

#include "models/config/config.h"
#include "world_fixture.h"

/* The settings of a file; NULL where it is refused: then what was said contains `part`. */
static model_settings *read_settings(const char *text, sim_config **config, const char *part)
{
    char *refused = NULL;
    GError *error = NULL;
    model_settings *s = NULL;
    *config = config_from(text, &refused);
    if (*config)
        s = model_settings_new(*config, &error);
    const char *said = refused ? refused : error ? error->message : "";
    cr_assert_eq(s == NULL, part != NULL, "%s: %s", text, said);
    if (part)
        cr_assert(strstr(said, part) && strstr(said, "x.ini:"), "expected `%s` in `%s`", part,
                  said);
    g_free(refused);
    g_clear_error(&error);
    return s;
}

static void refuses(const char *text, const char *part)
{
    sim_config *config;
    read_settings(text, &config, part);
    sim_scenario_free(config);
}

static void accepts(const char *text)
{
    sim_config *config;
    model_settings_free(read_settings(text, &config, NULL));
    sim_scenario_free(config);
}

#define STANDBY "[system]\nkind = active-standby\n"

Test(models_config_system, active_standby_that_cannot_be)
{
    accepts(STANDBY);
    accepts(STANDBY "groups = 3\n");
    accepts("[home-agents]\ncount = 1\n[system]\nkind = none\n");
    refuses(STANDBY "[home-agents]\ncount = 1\n", "x.ini:2: [system] kind: one home agent");
    refuses(STANDBY "groups = 4\n", "x.ini:3: [system] groups: more than home agents (3)");
    refuses(STANDBY "groups = 0\n", "x.ini:3");
    refuses(STANDBY "groups = 2\nvrids = 7, 7\n", "[system] vrids: two groups with the VRID 7");
    refuses(STANDBY "groups = 2\nvrids = 7\n", "expected 2 numbers, found 1");
    refuses(STANDBY "vrids = 0\n", "number 1: expected 1 to 255");
    refuses(STANDBY "vrids = 256\n", "number 1: expected 1 to 255");
    refuses(STANDBY "vrids = seven\n", "number 1: expected 1 to 255");
    refuses(STANDBY "priorities = 254, 100, 0\n",
            "x.ini:3: [system] priorities: number 3: expected 1 to 254");
    refuses(STANDBY "priorities = 255, 100, 1\n", "number 1: expected 1 to 254");
    refuses(STANDBY "priorities = 254, 100\n", "expected 3 numbers, found 2");
    refuses(STANDBY "interval = 15 ms\n", "x.ini:3: [system] interval: no multiple of 10 ms");
    refuses(STANDBY "interval = 41 s\n", "x.ini:3");
    refuses(STANDBY "[policy]\nname = oracle\n", "not with [system]");
    refuses("[system]\nkind = active-stand\n", "active-standby");
}

#define HAHA "[system]\nkind = haha\n"

Test(models_config_system, haha_that_cannot_be)
{
    accepts(HAHA);
    accepts(HAHA "[access]\nhome-cell = 1\n");
    refuses(HAHA "[home-agents]\ncount = 1\n", "x.ini:2: [system] kind: one home agent");
    refuses(HAHA "[home-agents]\ncount = 33\n", "x.ini:2: [system] kind: 33 home agents");
    refuses(HAHA "[policy]\nname = oracle\n", "x.ini:4: [policy] name: moves bindings");
    refuses(HAHA "placement = links\n[access]\nhome-cell = 1\n", "x.ini:5: [access] home-cell");
    refuses(HAHA "placement = links\nentry-share = \n", "x.ini:4: [system] entry-share");
    refuses(HAHA "placement = links\nentry-share = nan %, 50 %, 50 %\n",
            "x.ini:4: [system] entry-share: share 1");
    refuses(HAHA "placement = links\nentry-share = 50 %, 50 %, 1 %\n", "are 101 % together");
    refuses(HAHA "takeover-rate = 0\n", "x.ini:3");
    refuses(HAHA "sync-batch = 101 s\n", "x.ini:3");
}

/* Each key of both groups has a value that is refused, where it stands. */
Test(models_config_system, nonsense_in_every_key)
{
    static const char *const system_keys[] = {
        "kind = vrrp", "sync = never", "sync-rate = 0", "hello = 0 s", "hello = 1", "missed = 0",
        "groups = 33", "interval = 0 s", "preempt = perhaps", "placement = moon",
        "secondary-forwarding = x", "sync-batch = -1 s", "takeover-rate = 1.5", "vrid = 1"};
    static const char *const ipsec_keys[] = {
        "ipsec = perhaps", "sa-setup = ikev2", "sa-state = x", "sync-interval = 0 s",
        "return-routability = 2", "iv-bytes = 33", "icv-bytes = -1", "block-bytes = 6",
        "per-packet = -1 s", "per-byte = 2 s", "ike-init-size = 51 B", "ike-auth-size = 1233 B",
        "ike-child-size = 0 B", "ike-cookie-size = 1 B", "ike-init-time = 0 s",
        "ike-auth-time = 0 s", "ike-child-time = 0 s", "ike-timeout = 0 s", "ike-tries = 31",
        "ike-half-open = -1", "ike-half-open-time = 0 s", "ike-queue-limit = -1 packets",
        "sa-state = lost"};
    for (size_t i = 0; i < G_N_ELEMENTS(system_keys); i++) {
        g_autofree char *text = g_strdup_printf("[system]\n%s\n", system_keys[i]);
        refuses(text, "x.ini:2");
    }
    for (size_t i = 0; i < G_N_ELEMENTS(ipsec_keys); i++) {
        const char *on = i == 0 ? "" : "ipsec = on\n";
        g_autofree char *text = g_strdup_printf("[ipsec]\n%s%s\n", on, ipsec_keys[i]);
        refuses(text, i == 0 ? "x.ini:2" : "x.ini:3");
    }
}

Test(models_config_system, numbers_by_rule_and_by_hand)
{
    sim_config *config;
    model_settings *s = read_settings(STANDBY "groups = 3\n", &config, NULL);
    cr_assert_eq(model_system_vrid(s, 2), 3);
    cr_assert_eq(model_system_priority(s, 0, 0), 254);
    cr_assert_eq(model_system_priority(s, 1, 0), 254 - 84);
    cr_assert_eq(model_system_priority(s, 0, 1), 254 - 168, "rank 2 of 3");
    model_settings_free(s);
    sim_scenario_free(config);
    s = read_settings(STANDBY "groups = 3\nvrids = 9, 255,1\npriorities = 5,200, 7\n", &config,
                      NULL);
    cr_assert_eq(model_system_vrid(s, 1), 255);
    cr_assert_eq(model_system_priority(s, 2, 2), 5);
    cr_assert_eq(model_system_priority(s, 0, 2), 200, "rank 1");
    model_settings_free(s);
    sim_scenario_free(config);
}
