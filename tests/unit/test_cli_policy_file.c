/* Policies of shared objects: what fits and what does not, and how a file is told from a name.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <string.h>

#include "sim/cli/policy_file.h"
#include "sim/scenario/scenario.h"

static mip6_choice stay(const mip6_view *view)
{
    (void)view;
    return (mip6_choice){.branch = MIP6_BRANCH_NONE};
}

static const char *const colours[] = {"red", "green", NULL};

/* A policy with two keys, all good; tests spoil one thing of it. */
typedef struct sample {
    mip6_key keys[2];
    mip6_policy policy;
} sample;

static void make(sample *s)
{
    *s = (sample){
        .keys = {{.name = "gap", .help = "a share", .unit = MIP6_UNIT_PPM, .min = 0,
                  .max = 1000000, .by_profile = {0, 50000, 1000000}, .offset = 0},
                 {.name = "colour", .help = "a choice", .unit = MIP6_UNIT_CHOICE,
                  .by_profile = {0, 1, 1}, .offset = 8, .names = colours}},
        .policy = {.abi = MIP6_POLICY_ABI, .name = "sample-1", .help = "for tests",
                   .advertises_load = true, .state_size = MIP6_POLICY_MAX_STATE,
                   .config_size = 16, .n_keys = 2, .look = stay},
    };
    s->policy.keys = s->keys;
}

/* What is wrong with it must hold this text. */
static void wrong(const sample *s, const char *text)
{
    g_autofree char *problem = sim_policy_problem(&s->policy);
    cr_assert_not_null(problem, "nothing wrong, not `%s`", text);
    cr_assert(strstr(problem, text), "`%s` is not in: %s", text, problem);
}

#define SPOILT(what, text) do { sample s; make(&s); what; wrong(&s, text); } while (0)

Test(cli_policy_file, a_good_one_has_no_problem)
{
    sample s;
    make(&s);
    g_autofree char *problem = sim_policy_problem(&s.policy);
    cr_assert_null(problem, "%s", problem);
    s.policy.n_keys = 0;
    s.policy.keys = NULL;
    g_autofree char *without = sim_policy_problem(&s.policy);
    cr_assert_null(without, "%s", without);
}

Test(cli_policy_file, every_built_in_policy_that_decides_is_good)
{
    const mip6_policy *p;
    for (size_t i = 0; (p = mip6_policy_at(i)) != NULL; i++) {
        g_autofree char *problem = p->look || p->first_bu || p->preference ? sim_policy_problem(p)
                                                                           : NULL;
        cr_assert_null(problem, "%s: %s", p->name, problem);
    }
}

Test(cli_policy_file, what_does_not_fit_the_policy)
{
    SPOILT(s.policy.abi = 1, "interface 1");
    SPOILT(s.policy.name = NULL, "its name");
    SPOILT(s.policy.name = "", "its name");
    SPOILT(s.policy.name = "a:b", "its name is `a:b`");
    SPOILT(s.policy.name = "a,b", "its name is `a,b`");
    SPOILT(s.policy.help = NULL, "help");
    SPOILT(s.policy.state_size = MIP6_POLICY_MAX_STATE + 1, "4097");
    SPOILT(s.policy.config_size = SIZE_MAX, "config_size");
    SPOILT(s.policy.keys = NULL, "2 keys at");
    SPOILT(s.policy.n_keys = SIZE_MAX, "keys at");
    SPOILT(s.policy.look = NULL, "would decide nothing");
    SPOILT(s.policy.advertises_load = false, "advertises_load");
}

Test(cli_policy_file, what_does_not_fit_a_preset)
{
    static const mip6_preset good = {"light", {0, 1000000, 600000}};
    sample s;
    make(&s);
    s.policy.presets = &good;
    s.policy.n_presets = 1;
    g_autofree char *problem = sim_policy_problem(&s.policy);
    cr_assert_null(problem, "%s", problem);
    s.policy.presets = NULL;
    wrong(&s, "1 presets at");
    mip6_preset p = {"gap", {0, 0, 0}};
    s.policy.presets = &p;
    wrong(&s, "preset 1 is for `gap`, which no policy has");
    p.key = NULL;
    wrong(&s, "(null)");
    p = (mip6_preset){"light", {0, 0, 1000001}};
    wrong(&s, "its preset for `light`: its default in `tuned`, 1000001, is outside 0 to 1000000");
    p = (mip6_preset){"queue-signal", {-1, 0, 0}};
    wrong(&s, "its preset for `queue-signal`: its default in `literal`");
}

Test(cli_policy_file, what_does_not_fit_a_key)
{
    SPOILT(s.keys[1].name = "gap", "two keys are called `gap`");
    SPOILT(s.keys[1].name = "light", "a key that every policy has");
    SPOILT(s.keys[1].name = "profile", "a key that every policy has");
    SPOILT(s.keys[1].name = NULL, "key 2");
    SPOILT(s.keys[1].name = "Gap 2", "`Gap 2`");
    SPOILT(s.keys[1].offset = 0, "one offset");
    SPOILT(s.keys[1].offset = 16, "its offset is 16");
    SPOILT(s.keys[1].offset = SIZE_MAX - 7, "its offset");
    SPOILT(s.keys[1].offset = 4, "its offset is 4");
    SPOILT(s.policy.config_size = 4, "config_size");
    SPOILT(s.keys[0].unit = (mip6_unit)8, "its unit is 8");
    SPOILT(s.keys[0].max = 999999, "its default in `tuned`, 1000000, is outside 0 to 999999");
    SPOILT(s.keys[0].min = 1, "its default in `literal`, 0, is outside");
    SPOILT(s.keys[0].max = -1, "min 0 is above max -1");
    SPOILT((s.keys[0].unit = MIP6_UNIT_PER_S, s.keys[0].max = INT64_MAX,
            s.keys[0].by_profile[2] = INT64_MAX), "its default in `tuned`: ");
    SPOILT((s.keys[0].unit = MIP6_UNIT_BOOL, s.keys[0].by_profile[2] = 1), "outside 0 to 1");
    SPOILT(s.keys[1].names = NULL, "a choice needs");
    SPOILT(s.keys[1].names = (const char *const[]){NULL}, "a choice needs");
    SPOILT(s.keys[1].by_profile[1] = 2, "outside 0 to 1");
    SPOILT(s.keys[1].by_profile[1] = -1, "outside 0 to 1");
    SPOILT(s.keys[1].names = ((const char *const[]){"a", "b c", NULL}), "`b c`");
}

Test(cli_policy_file, a_file_is_told_from_a_name)
{
    static const struct {
        const char *text;
        size_t length;
    } rows[] = {
        {"hybrid", 0}, {"hybrid:tuned", 0}, {"", 0}, {":", 0}, {"so", 0}, {"x.sol", 0},
        {"x.so", 4}, {"x.so:tuned", 4}, {"./x.so:tuned", 6}, {"./x", 3}, {"./x:safe", 3},
        {"/a:b/x.so", 9}, {"/a:b/x.so:safe", 9}, {"x.so:", 4}, {".so", 3},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        cr_assert_eq(sim_scenario_is_file(rows[i].text), rows[i].length, "%s", rows[i].text);
}

/* A file is refused with what is there; nothing of it is left. */
static void refused(const char *contents, gssize len, const char *text)
{
    g_autofree char *path = NULL;
    GError *error = NULL;
    int fd = g_file_open_tmp("policy-XXXXXX.so", &path, NULL);
    cr_assert_geq(fd, 0);
    g_close(fd, NULL);
    cr_assert(g_file_set_contents(path, contents, len, NULL));
    cr_assert_null(sim_policy_file_load(path, &error));
    g_remove(path);
    cr_assert_eq(error->code, SIM_ERROR_BAD);
    cr_assert(strstr(error->message, text), "`%s` is not in: %s", text, error->message);
    g_error_free(error);
}

Test(cli_policy_file, files_that_are_no_shared_objects)
{
    g_autofree char *self = NULL;
    gsize size;
    cr_assert(g_file_get_contents("/proc/self/exe", &self, &size, NULL));
    refused("", 0, "is no shared object");
    refused("hello\n", -1, "is no shared object");
    refused(self, 20, "is cut off after 20 bytes");
    for (gsize n = 64; n < size; n += size / 50)
        refused(self, (gssize)n, "is cut off");
    refused(self, (gssize)size, "does not load");
    self[4] = 1;                                    /* ELFCLASS32 */
    refused(self, (gssize)size, "is for 32 bits");
    GError *error = NULL;
    cr_assert_null(sim_policy_file_load("/nowhere/x.so", &error));
    cr_assert(strstr(error->message, "there is no file /nowhere/x.so"), "%s", error->message);
    g_clear_error(&error);
    cr_assert_null(sim_policy_file_load("/", &error));
    cr_assert(strstr(error->message, "is no file"), "%s", error->message);
    g_clear_error(&error);
}
