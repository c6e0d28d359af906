/* The [regress] group. SPDX-License-Identifier: GPL-3.0-or-later */

#include "scenario_tables.h"

#include "sim/scenario/regress.h"

static char *folder;

static void enter(void)
{
    folder = enter_folder();
}

static void leave(void)
{
    leave_folder(folder);
}

TestSuite(scenario_regress, .init = enter, .fini = leave);

static const sim_request request = {.file = "x.ini", .groups = fake_groups,
                                    .n_groups = G_N_ELEMENTS(fake_groups)};

static sim_regress *read_x(GPtrArray *errors)
{
    return sim_regress_read(&request, errors);
}

static void says(const char *text, const char *expected)
{
    put("x.ini", text);
    g_autoptr(GPtrArray) errors = sim_errors_new();
    cr_assert_null(read_x(errors), "%s", text);
    g_autoptr(GString) all = g_string_new(NULL);
    for (guint i = 0; i < errors->len; i++)
        g_string_append_printf(all, "%s\n", ((GError *)g_ptr_array_index(errors, i))->message);
    cr_assert_str_eq(all->str, expected);
}

Test(scenario_regress, says_policies_replications_and_overrides)
{
    put("x.ini", "[regress]\npolicies = static-dhaad, hybrid:safe\nreplications = 7\n"
                 "optional = yes\nscenario.duration = 9 s # short\n"
                 "home-agent ha1.capacity = 2 Mbit/s\n");
    g_autoptr(GPtrArray) errors = sim_errors_new();
    g_autoptr(sim_regress) r = read_x(errors);
    cr_assert_not_null(r);
    cr_assert_eq(r->policies->len, 2);
    cr_assert_str_eq(g_ptr_array_index(r->policies, 1), "hybrid:safe");
    cr_assert_eq(r->replications, 7);
    cr_assert(r->optional);
    cr_assert_eq(r->overrides->len, 2);
    const sim_override *o = &g_array_index(r->overrides, sim_override, 1);
    cr_assert_str_eq(o->option, "x.ini:6");
    cr_assert_str_eq(o->text, "home-agent ha1.capacity=2 Mbit/s");
    cr_assert_str_eq(o->folder, folder);
    cr_assert(sim_regress_overrides(r, "scenario.duration"));
    cr_assert_not(sim_regress_overrides(r, "scenario.dur"));
    cr_assert_not(sim_regress_overrides(r, "scenario.seed"));
}

Test(scenario_regress, a_file_without_it_says_nothing_and_an_included_one_is_inherited)
{
    put("base.ini", "[regress]\nreplications = 7\nscenario.duration = 9 s\n");
    put("x.ini", "[scenario]\n");
    g_autoptr(GPtrArray) errors = sim_errors_new();
    g_autoptr(sim_regress) none = read_x(errors);
    cr_assert_null(none->policies);
    cr_assert_eq(none->replications, 0);
    cr_assert_eq(none->overrides->len, 0);
    put("x.ini", "include = base.ini\n[regress]\nscenario.duration =\nscenario.seed = 4\n");
    g_autoptr(sim_regress) r = read_x(errors);
    cr_assert_eq(r->replications, 7);
    cr_assert_not(sim_regress_overrides(r, "scenario.duration"), "taken away");
    cr_assert(sim_regress_overrides(r, "scenario.seed"));
}

Test(scenario_regress, mistakes_are_told_with_file_and_line)
{
    says("[regress]\npolices = a\n", "x.ini:2: [regress] has no key `polices`; did you mean "
         "`policies`? (overrides are written `group.key = value`)\n");
    says("[regress]\npolicies = a,, b\n", "x.ini:2: [regress] policies: a name is missing in "
         "`a,, b`\n");
    says("[regress]\npolicies = a, a\n", "x.ini:2: [regress] policies: `a` is there twice\n");
    says("[regress]\nreplications = 0\n", "x.ini:2: [regress] replications: `0` is no number from "
         "1 to 1000\n");
    says("[regress]\noptional = perhaps\n", "x.ini:2: [regress] optional: `perhaps` is neither yes "
         "nor no\n");
    says("[regress]\npolicy.name = a\n", "x.ini:2: [regress] policy.name: this is not overridden "
         "here\n");
}

Test(scenario_regress, changes_nothing_of_the_scenario)
{
    const char *const text = "[scenario]\nduration = 1 min\n";
    put("x.ini", text);
    g_autoptr(GPtrArray) errors = sim_errors_new();
    g_autoptr(sim_config) without = sim_scenario_read(&request, errors);
    g_autofree char *more = g_strconcat(text, "[regress]\nscenario.duration = 9 s\n", NULL);
    put("x.ini", more);
    g_autoptr(sim_config) with = sim_scenario_read(&request, errors);
    g_autofree char *a = sim_scenario_hash(without, NULL, NULL);
    g_autofree char *b = sim_scenario_hash(with, NULL, NULL);
    cr_assert_str_eq(a, b);
    g_autofree char *printed = sim_scenario_print(with, false);
    cr_assert(strstr(printed, "duration = 60 s") != NULL);
    size_t n;
    sim_scenario_notes(with, &n);
    cr_assert_eq(n, 0);
    put("x.ini", "[regress of mine]\n");
    cr_assert_null(sim_scenario_read(&request, errors));
    cr_assert_str_eq(((GError *)g_ptr_array_index(errors, 0))->message,
                     "x.ini:1: [regress of mine] takes no name: expected [regress]");
}

Test(scenario_regress, the_first_file_that_is_not_there_is_found)
{
    put("there.xml", "");
    put("x.ini", "[home-link]\ntrace = there.xml\n");
    g_autoptr(GPtrArray) errors = sim_errors_new();
    g_autoptr(sim_config) all = sim_scenario_read(&request, errors);
    cr_assert_null(sim_scenario_missing_file(all));
    put("x.ini", "[home-link]\ntrace = there.xml\n[mobility]\nmodel = trace\nfile = none.xml\n");
    g_autoptr(sim_config) one = sim_scenario_read(&request, errors);
    cr_assert(g_str_has_suffix(sim_scenario_missing_file(one), "/none.xml"));
}
