/* Scenario files: what is read, what is refused and how, inheritance, overrides.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "scenario_tables.h"

static void says(const char *text, const char *message)
{
    g_autofree char *folder = enter_folder();
    put("x.ini", text);
    g_autofree char *all = errors_of("x.ini", NULL, 0);
    cr_assert_str_eq(all, message);
    leave_folder(g_steal_pointer(&folder));
}

Test(scenario_read, an_empty_file_is_all_defaults)
{
    char *folder = enter_folder();
    put("x.ini", "");
    g_autoptr(sim_config) config = read_good("x.ini");
    const fake_link *link = section_of(config, "home-link", "")->base;
    cr_assert_eq(link->rate_bps, 100000000);
    cr_assert(link->dad);
    cr_assert(link->jitter == 1.2);
    cr_assert_str_eq(link->trace, "");
    cr_assert_eq(link->prefix.length, 64);
    cr_assert_null(section_of(config, "home-agent", ""));
    const sim_section *policy = section_of(config, "policy", "");
    cr_assert_str_eq(policy->variant->name, "hybrid:safe");
    cr_assert_eq(((const fake_hybrid *)policy->variant_data)->rate_per_s, 1000000);
    cr_assert_not_null(section_of(config, "mobility", ""));
    for (size_t i = 0; i < config->n_sections; i++)
        cr_assert_null(config->sections[i].file);
    leave_folder(folder);
}

Test(scenario_read, values_land_with_their_lines)
{
    char *folder = enter_folder();
    put("x.ini", "# a comment\n[home-link]\nrate = 5 Mbit/s   # slow\n\n  dad=off\n"
                 "order = priority\ntrace = a b.xml\n[home-agent ha1]\ncapacity = 2 Mbit/s\n"
                 "label = \\sx # y\n[home-agent  ha.2 ]\nlabel = a#b\n");
    g_autoptr(sim_config) config = read_good("x.ini");
    const sim_section *s = section_of(config, "home-link", "");
    const fake_link *link = s->base;
    cr_assert_eq(link->rate_bps, 5000000);
    cr_assert_not(link->dad);
    cr_assert_eq(link->order, 1);
    g_autofree char *trace = g_build_filename(folder, "a b.xml", NULL);
    cr_assert_str_eq(link->trace, trace);
    cr_assert_eq(s->line, 2);
    cr_assert_eq(s->lines[0], 3);
    cr_assert_str_eq(s->files[0], "x.ini");
    cr_assert_null(s->files[1]);
    const fake_agent *a1 = section_of(config, "home-agent", "ha1")->base;
    const fake_agent *a2 = section_of(config, "home-agent", "ha.2")->base;
    cr_assert_eq(a1->capacity_bps, 2000000);
    cr_assert_str_eq(a1->label, " x");
    cr_assert_eq(a2->capacity_bps, 10000000);
    cr_assert_str_eq(a2->label, "a#b");
    leave_folder(folder);
}

Test(scenario_read, crlf_and_bom_change_nothing)
{
    char *folder = enter_folder();
    put("lf.ini", "include = base.ini\n[scenario]\nname = crlf\nduration = 30 s\n");
    put("crlf.ini",
        "\xef\xbb\xbfinclude = base.ini\r\n[scenario]\r\nname = crlf\r\nduration = 30 s\r\n");
    put("base.ini", "[home-link]\r\ndad = off\r\n[home-agent a]\r\nlabel = end\r\n");
    g_autoptr(sim_config) a = read_good("lf.ini");
    g_autoptr(sim_config) b = read_good("crlf.ini");
    g_autofree char *x = sim_scenario_hash(a, NULL, NULL), *y = sim_scenario_hash(b, NULL, NULL);
    cr_assert_str_eq(x, y);
    cr_assert_str_eq(((const fake_scenario *)section_of(b, "scenario", "")->base)->name, "crlf");
    cr_assert_str_eq(((const fake_agent *)section_of(b, "home-agent", "a")->base)->label, "end");
    leave_folder(folder);
}

Test(scenario_read, unknown_names_get_the_nearest)
{
    says("[home-lnik]\n", "x.ini:1: there is no group [home-lnik]; did you mean `home-link`?\n");
    says("[home-link]\nrtae = 1 Mbit/s\n",
         "x.ini:2: [home-link] has no key `rtae`; did you mean `rate`?\n");
    says("[home-link]\nxyzzy = 1\n", "x.ini:2: [home-link] has no key `xyzzy`\n");
    says("[home-link]\nduration = 1 s\n",
         "x.ini:2: [home-link] has no key `duration`: it is a key of [scenario]\n");
    says("[swep]\n", "x.ini:1: there is no group [swep]; did you mean `sweep`?\n");
    says("[xyzzy]\n", "x.ini:1: there is no group [xyzzy]\n");
    says("[home-link]\nname[de] = 1\n", "x.ini:2: [home-link] has no key `name[de]`\n");
    says("[mobility]\nmodel = random-waypont\n",
         "x.ini:2: [mobility] model: there is no `random-waypont`; did you mean "
         "`random-waypoint`? (known: static, random-waypoint, trace)\n");
}

Test(scenario_read, keys_of_other_variants_say_whose)
{
    says("[mobility]\nmodel = static\npause = 1 s\n",
         "x.ini:3: [mobility] pause: `pause` belongs to model = random-waypoint, and here model = "
         "static\n");
    says("[policy]\ndwell = 1 s\n",
         "x.ini:2: [policy] dwell: `dwell` belongs to name = hybrid:tuned, and here name = "
         "hybrid:safe\n");
}

Test(scenario_read, twice_is_an_error_with_both_lines)
{
    says("[home-link]\nrate = 1 Mbit/s\n\nrate = 2 Mbit/s\n",
         "x.ini:4: `rate` is given twice in [home-link]: first in line 2\n");
    says("[home-link]\n[policy]\n[home-link]\n",
         "x.ini:3: [home-link] is given twice: first in line 1\n");
    says("[home-agent a]\n[home-agent  a]\n",
         "x.ini:2: [home-agent a] is given twice: first in line 1\n");
    says("include = x.ini\n[scenario]\ninclude = x.ini\n",
         "x.ini:3: `include` is given twice: first in line 1\n"
         "x.ini:1: files include each other: x.ini -> x.ini\n");
}

Test(scenario_read, lines_that_are_nothing_are_told)
{
    says("[home-link\n", "x.ini:1: a group is `[name]`, alone in its line\n");
    says("[]\n", "x.ini:1: `[]` is no name of a group\n");
    says("[home-link]\nrate\n",
         "x.ini:2: `rate` is neither `key = value`, nor `[group]`, nor a # comment\n");
    says("; old\n", "x.ini:1: a comment begins with #, not with ;\n");
    says("rate = 1 Mbit/s\n", "x.ini:1: `rate` stands before the first [group]\n");
    says("[home-link]\n= 5\n", "x.ini:2: nothing stands before the `=`\n");
    says("[scenario]\nname = caf\xe9\n", "x.ini:2: not UTF-8 text: byte 0xe9\n");
    says("[home-link x]\n", "x.ini:1: [home-link x] takes no name: expected [home-link]\n");
    says("[home-agent]\n",
         "x.ini:1: [home-agent] needs a name: expected [home-agent NAME]\n");
    says("[scenario]\nname = a\\qb\n",
         "x.ini:2: `\\q` is no escape: a backslash is written `\\\\`\n");
    says("[scenario]\nname = ab\\\n",
         "x.ini:2: `\\` is no escape: a backslash is written `\\\\`\n");
}

Test(scenario_read, all_errors_are_told_at_once)
{
    says("[home-link]\nrate = 10\ndelay = 1 h\ncolour = red\n[nothing]\n",
         "x.ini:5: there is no group [nothing]\n"
         "x.ini:2: [home-link] rate: `10` lacks a unit: expected a rate with its unit, such as "
         "`10 Mbit/s`, or `unlimited` (bit/s, kbit/s, Mbit/s, Gbit/s)\n"
         "x.ini:3: [home-link] delay: `1 h` is out of range: expected 1 us to 10 s\n"
         "x.ini:4: [home-link] has no key `colour`\n");
}

Test(scenario_read, files_that_are_no_scenario)
{
    char *folder = enter_folder();
    g_autofree char *missing = errors_of("none.ini", NULL, 0);
    cr_assert_str_eq(missing, "none.ini: cannot be read: No such file or directory\n");
    g_autofree char *is_folder = errors_of(folder, NULL, 0);
    cr_assert(strstr(is_folder, "Is a directory") != NULL);
    g_autofree char *zero = errors_of("/dev/zero", NULL, 0);
    cr_assert_str_eq(zero, "/dev/zero: is no scenario: over 16 MiB\n");
    leave_folder(folder);
}

Test(scenario_read, includes_are_inherited_and_overridden)
{
    char *folder = enter_folder();
    g_mkdir("sub", 0700);
    put("x.ini", "[scenario]\ninclude = sub/base.ini\nname = top\n[home-link]\ndelay = 2 ms\n");
    put("sub/base.ini", "include = deep.ini\n[home-link]\ndelay = 5 ms\nrate = 1 Mbit/s\n"
                        "trace = t.xml\n[home-agent a]\n");
    put("sub/deep.ini", "[scenario]\nname = deep\nseed = 9\n[home-link]\nrate = 9 Mbit/s\n"
                        "loss = 1 %\n");
    g_autoptr(sim_config) config = read_good("x.ini");
    const sim_section *s = section_of(config, "home-link", "");
    const fake_link *link = s->base;
    cr_assert_eq(link->delay_ns, 2000000);
    cr_assert_eq(link->rate_bps, 1000000);
    cr_assert_eq(link->loss_ppm, 10000);
    cr_assert_str_eq(s->files[0], "sub/base.ini");
    cr_assert_str_eq(s->files[6], "sub/deep.ini");
    g_autofree char *trace = g_build_filename(folder, "sub", "t.xml", NULL);
    cr_assert_str_eq(link->trace, trace);
    cr_assert_str_eq(((const fake_scenario *)section_of(config, "scenario", "")->base)->name,
                     "top");
    cr_assert_not_null(section_of(config, "home-agent", "a"));
    leave_folder(folder);
}

Test(scenario_read, a_default_may_be_another_keys_value)
{
    char *folder = enter_folder();
    put("x.ini", "[home-agent a]\n[home-agent b]\nrate = 2 Mbit/s\nstart = 1 s\n"
                 "[home-link]\nrate = 7 Mbit/s\n");
    g_autoptr(sim_config) config = read_good("x.ini");
    const fake_agent *a = section_of(config, "home-agent", "a")->base;
    const fake_agent *b = section_of(config, "home-agent", "b")->base;
    cr_assert_eq(a->rate_bps, 7000000);
    cr_assert_eq(b->rate_bps, 2000000);
    cr_assert_eq(a->start_ns, 5000000000);
    cr_assert_eq(b->start_ns, 1000000000);
    leave_folder(folder);
}

Test(scenario_read, cycles_show_their_way)
{
    char *folder = enter_folder();
    put("a.ini", "include = b.ini\n");
    put("b.ini", "\n[scenario]\ninclude = ./c.ini\n");
    put("c.ini", "include = a.ini\n");
    g_autofree char *all = errors_of("a.ini", NULL, 0);
    cr_assert_str_eq(all, "./c.ini:1: files include each other: a.ini -> b.ini -> ./c.ini -> "
                          "a.ini\n");
    put("self.ini", "include = self.ini\n");
    g_autofree char *self = errors_of("self.ini", NULL, 0);
    cr_assert_str_eq(self, "self.ini:1: files include each other: self.ini -> self.ini\n");
    put("gone.ini", "\ninclude = none.ini\n");
    g_autofree char *gone = errors_of("gone.ini", NULL, 0);
    g_autofree char *want = g_strdup_printf("gone.ini:2: include: there is no file %s/none.ini\n",
                                            folder);
    cr_assert_str_eq(gone, want);
    leave_folder(folder);
}

Test(scenario_read, including_the_same_base_from_two_places_is_no_cycle)
{
    char *folder = enter_folder();
    put("a.ini", "include = b.ini\n[scenario]\nseed = 3\n");
    put("b.ini", "[scenario]\nseed = 2\n");
    g_autoptr(sim_config) config = read_good("a.ini");
    cr_assert_eq(((const fake_scenario *)section_of(config, "scenario", "")->base)->seed, 3);
    leave_folder(folder);
}

#define SET(t) {.option = "--set", .text = t}

Test(scenario_read, overrides_win_and_are_named)
{
    char *folder = enter_folder();
    put("x.ini", "[home-link]\nrate = 1 Mbit/s\n[home-agent ha.east 1]\n");
    sim_override o[] = {
        SET("home-link.rate=3 Mbit/s"), SET("home-link.rate = 4 Mbit/s"),
        SET("home-agent ha.east 1.capacity=7 Mbit/s"), SET("home-agent new.label=a=b.c"),
        SET("home-link.trace=t.gz"),
        {.option = "--seed", .text = "scenario.seed=42", .rank = 1},
        SET("scenario.seed=5"),
    };
    g_autoptr(GPtrArray) errors = sim_errors_new();
    g_autoptr(sim_config) config = read_with("x.ini", o, G_N_ELEMENTS(o), errors);
    cr_assert_not_null(config);
    const sim_section *s = section_of(config, "home-link", "");
    cr_assert_eq(((const fake_link *)s->base)->rate_bps, 4000000);
    cr_assert_str_eq(s->files[0], "--set");
    cr_assert_eq(s->lines[0], 0);
    g_autofree char *trace = g_build_filename(folder, "t.gz", NULL);
    cr_assert_str_eq(((const fake_link *)s->base)->trace, trace);
    const fake_agent *east = section_of(config, "home-agent", "ha.east 1")->base;
    cr_assert_eq(east->capacity_bps, 7000000);
    cr_assert_str_eq(((const fake_agent *)section_of(config, "home-agent", "new")->base)->label,
                     "a=b.c");
    cr_assert_eq(((const fake_scenario *)section_of(config, "scenario", "")->base)->seed, 42);
    leave_folder(folder);
}

Test(scenario_read, wrong_overrides_say_set)
{
    char *folder = enter_folder();
    put("x.ini", "");
    sim_override o[] = {
        SET("home-link.rate=3"), SET("nonsense"), SET("rate=3"), SET("home-link.=3"),
        SET("home-lnik.rate=1 bit/s"), SET("\xff.x=1"),
    };
    g_autofree char *all = errors_of("x.ini", o, G_N_ELEMENTS(o));
    cr_assert_str_eq(all,
        "--set: `nonsense` is not of the form `group.key=value`\n"
        "--set: `rate=3` is not of the form `group.key=value`\n"
        "--set: `home-link.=3` is not of the form `group.key=value`\n"
        "--set: `\xef\xbf\xbd.x=1` is not of the form `group.key=value`\n"
        "--set: there is no group [home-lnik]; did you mean `home-link`?\n"
        "--set: [home-link] rate: `3` lacks a unit: expected a rate with its unit, such as "
        "`10 Mbit/s`, or `unlimited` (bit/s, kbit/s, Mbit/s, Gbit/s)\n");
    leave_folder(folder);
}

static const sim_section *policy_under(const char *text, const sim_override *o, size_t n,
                                       sim_config **config)
{
    put("x.ini", text);
    g_autoptr(GPtrArray) errors = sim_errors_new();
    *config = read_with("x.ini", o, n, errors);
    cr_assert_not_null(*config, "%s", first_of(errors));
    return section_of(*config, "policy", "");
}

Test(scenario_read, policy_and_profile_are_one_choice)
{
    static const struct {
        const char *text, *set, *variant;
    } rows[] = {
        {"", NULL, "hybrid:safe"},
        {"[policy]\nname = hybrid:tuned\n", NULL, "hybrid:tuned"},
        {"[policy]\nname = hybrid\nprofile = tuned\n", NULL, "hybrid:tuned"},
        {"[policy]\nprofile = tuned\n", NULL, "hybrid:tuned"},
        {"[policy]\nname = static-dhaad\n", NULL, "static-dhaad"},
        {"[policy]\nname = hybrid:safe\n", "policy.profile=tuned", "hybrid:tuned"},
        {"[policy]\nname = hybrid\nprofile = safe\n", "policy.name=hybrid:tuned", "hybrid:tuned"},
        {"[policy]\nname = hybrid\nprofile = tuned\n", "policy.name=static-dhaad",
         "static-dhaad"},
    };
    char *folder = enter_folder();
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        sim_override o = SET(rows[i].set);
        g_autoptr(sim_config) config = NULL;
        const sim_section *s = policy_under(rows[i].text, &o, rows[i].set ? 1 : 0, &config);
        cr_assert_str_eq(s->variant->name, rows[i].variant, "row %zu", i);
        cr_assert_null(strchr(((const fake_policy *)s->base)->name, ':'));
    }
    leave_folder(folder);
}

Test(scenario_read, contradicting_profiles_are_refused)
{
    says("[policy]\nname = hybrid:safe\nprofile = tuned\n",
         "x.ini:3: [policy] profile: `tuned` contradicts name = hybrid:safe\n");
    says("[policy]\nname = static-dhaad\nprofile = tuned\n",
         "x.ini:2: [policy] name: there is no `static-dhaad:tuned` (known: static-dhaad, "
         "hybrid:safe|tuned)\n");
    says("[policy]\nname = hybrid:fast\n",
         "x.ini:2: [policy] name: there is no `hybrid:fast`; did you mean `hybrid:safe`? (known: "
         "static-dhaad, hybrid:safe|tuned)\n");
}

Test(scenario_read, keys_of_a_replaced_choice_are_left_out_with_a_note)
{
    char *folder = enter_folder();
    sim_override o = {.option = "--policy", .text = "policy.name=static-dhaad", .rank = 1};
    g_autoptr(sim_config) config = NULL;
    policy_under("[policy]\nname = hybrid:tuned\ndwell = 5 s\nlight = 10 %\n", &o, 1, &config);
    size_t n;
    const char *const *notes = sim_scenario_notes(config, &n);
    cr_assert_eq(n, 1);
    cr_assert_str_eq(notes[0], "[policy] dwell = 5 s (x.ini) is not used: it is no key of "
                               "static-dhaad");
    put("bad.ini", "[policy]\nname = hybrid:tuned\ndwel = 5 s\n");
    g_autofree char *all = errors_of("bad.ini", &o, 1);
    cr_assert_str_eq(all, "bad.ini:3: [policy] has no key `dwel`\n");
    leave_folder(folder);
}
