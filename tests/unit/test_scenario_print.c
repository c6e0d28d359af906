/* Printing a configuration and reading it again; the hash and what it depends on.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "scenario_tables.h"

#include <stdlib.h>

static char *hash_of(const char *text)
{
    put("h.ini", text);
    g_autoptr(sim_config) config = read_good("h.ini");
    char *hash = sim_scenario_hash(config, NULL, NULL);
    cr_assert_not_null(hash);
    cr_assert_eq(strlen(hash), 64);
    return hash;
}

static void same_hash(const char *a, const char *b, bool same)
{
    g_autofree char *x = hash_of(a), *y = hash_of(b);
    cr_assert_eq(strcmp(x, y) == 0, same, "%s\n---\n%s", a, b);
}

Test(scenario_print, shows_everything_and_where_it_is_from)
{
    char *folder = enter_folder();
    put("x.ini", "[home-link]\nrate = 5000 kbit/s\n[home-agent b]\n");
    sim_override o = {.option = "--set", .text = "home-link.dad=off"};
    g_autoptr(GPtrArray) errors = sim_errors_new();
    g_autoptr(sim_config) config = read_with("x.ini", &o, 1, errors);
    g_autofree char *text = sim_scenario_print(config, false);
    static const char *const lines[] = {
        "\n[home-link]\nrate = 5 Mbit/s                             # x.ini:2\n",
        "buffer = unlimited                          # default\n",
        "dad = off                                   # --set\n",
        "\n[home-agent b]\ncapacity = 10 Mbit/s                        # default\n",
        "\n[policy]\nname = hybrid                               # default\n",
        "\nrate = 5 Mbit/s                             # default: home-link.rate\n",
        "\n# start = 5 s                               default, unless other keys say more\n",
        "\nmax-rate = 1 /s ",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++)
        cr_assert(strstr(text, lines[i]) != NULL, "no %s in\n%s", lines[i], text);
    leave_folder(folder);
}

static void random_text(GRand *rand, GString *out)
{
    static const char *const bits[] = {
        " ", "#", "\t", "\\", "a", "=", "[", "]", ";", "ü", "\"", ".",
    };
    int n = g_rand_int_range(rand, 0, 8);
    for (int i = 0; i < n; i++)
        g_string_append(out, bits[g_rand_int_range(rand, 0, (gint32)G_N_ELEMENTS(bits))]);
}

/* A random set of --set options; strings that a person would hardly think of. */
static void random_options(GRand *rand, GPtrArray *texts)
{
    static const char *const fixed[] = {
        "home-link.dad=off", "home-link.steps=1 s, 20 ms,3 h", "home-link.trace=a #b.gz",
        "home-link.prefix=2001:db8:1::/48", "home-link.order=priority", "policy.name=hybrid:tuned",
        "policy.name=static-dhaad", "mobility.model=random-waypoint", "mobility m 2.model=trace",
        "home-agent x.y.capacity=2 Mbit/s", "home-agent 10.capacity=3 Mbit/s",
        "home-agent [].label=u", "home-link.buffer=1 GiB", "home-link.queue=unlimited",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(fixed); i++)
        if (g_rand_int_range(rand, 0, 3) == 0 && !strstr(fixed[i], "[]"))
            g_ptr_array_add(texts, g_strdup(fixed[i]));
    g_autoptr(GString) label = g_string_new("scenario.name=");
    random_text(rand, label);
    g_ptr_array_add(texts, g_strdup(label->str));
    g_ptr_array_add(texts, g_strdup_printf("home-link.delay=%d ns",
                                           g_rand_int_range(rand, 1000, 1 << 30)));
    g_ptr_array_add(texts, g_strdup_printf("home-link.rate=%d bit/s",
                                           g_rand_int_range(rand, 1, 1 << 30)));
    g_ptr_array_add(texts, g_strdup_printf("home-link.loss=%d.%04d %%",
                                           g_rand_int_range(rand, 0, 100),
                                           g_rand_int_range(rand, 0, 10000)));
    g_ptr_array_add(texts, g_strdup_printf("home-link.jitter=%.17g", g_rand_double(rand)));
}

static void collect(void *user, const char *key, const char *value)
{
    g_string_append_printf(user, "%s=<%s>\n", key, value);
}

static char *params_of(const sim_config *config)
{
    GString *all = g_string_new(NULL);
    sim_scenario_each(config, collect, all);
    return g_string_free(all, FALSE);
}

static void round_trip(GRand *rand)
{
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
    random_options(rand, texts);
    g_autofree sim_override *o = g_new0(sim_override, texts->len);
    for (guint i = 0; i < texts->len; i++)
        o[i] = (sim_override){.option = "--set", .text = g_ptr_array_index(texts, i)};
    g_autoptr(GPtrArray) errors = sim_errors_new();
    g_autoptr(sim_config) config = read_with("x.ini", o, texts->len, errors);
    cr_assert_not_null(config, "%s", first_of(errors));
    g_autofree char *text = sim_scenario_print(config, g_rand_boolean(rand));
    put("again.ini", text);
    g_autoptr(sim_config) again = read_good("again.ini");
    g_autofree char *before = params_of(config), *after = params_of(again);
    cr_assert_str_eq(before, after, "%s", text);
}

Test(scenario_print, what_is_printed_reads_back_as_the_same)
{
    char *folder = enter_folder();
    put("x.ini", "[home-agent b]\n[home-agent a]\nlabel = x\n");
    g_autoptr(GRand) rand = g_rand_new_with_seed(5);
    for (int i = 0; i < 300; i++)
        round_trip(rand);
    leave_folder(folder);
}

Test(scenario_print, hash_ignores_order_comments_units_and_cosmetics)
{
    char *folder = enter_folder();
    same_hash("", "# nothing\n[home-link]\n", true);
    same_hash("", "[home-link]\nrate = 100000 kbit/s\n", true);
    same_hash("", "[scenario]\nname = other\n", true);
    same_hash("[home-link]\nrate = 1 Mbit/s\ndad = off\n[policy]\nlight = 5 %\n",
              "[policy]\nlight = 5 %\n[home-link]\ndad = off\nrate = 1 Mbit/s\n", true);
    same_hash("[home-agent a]\nlabel = 1\n[home-agent b]\n",
              "[home-agent b]\n[home-agent a]\nlabel = 1\n", true);
    same_hash("[policy]\nname = hybrid:tuned\n", "[policy]\nname = hybrid\nprofile = tuned\n",
              true);
    same_hash("[home-agent a]\n", "[home-agent a]\nrate = 100 Mbit/s\n", true);
    same_hash("[home-agent a]\n", "[home-agent a]\nstart = 5 s\n", false);
    same_hash("", "[home-link]\nrate = 99 Mbit/s\n", false);
    same_hash("", "[policy]\nname = hybrid:tuned\n", false);
    same_hash("[home-agent a]\n", "[home-agent b]\n", false);
    same_hash("", "[home-agent b]\n", false);
    leave_folder(folder);
}

Test(scenario_print, hash_leaves_out_what_it_is_told_to)
{
    static const char *const out[] = {"home-link.rate", NULL};
    char *folder = enter_folder();
    put("a.ini", "[home-link]\nrate = 1 Mbit/s\n");
    put("b.ini", "[home-link]\nrate = 2 Mbit/s\n");
    put("c.ini", "[home-link]\ndelay = 2 ms\n");
    g_autoptr(sim_config) a = read_good("a.ini");
    g_autoptr(sim_config) b = read_good("b.ini");
    g_autoptr(sim_config) c = read_good("c.ini");
    g_autofree char *x = sim_scenario_hash(a, out, NULL), *y = sim_scenario_hash(b, out, NULL);
    g_autofree char *z = sim_scenario_hash(c, out, NULL);
    cr_assert_str_eq(x, y);
    cr_assert_str_neq(x, z);
    leave_folder(folder);
}

Test(scenario_print, hash_is_of_contents_not_of_paths)
{
    char *folder = enter_folder();
    put("one.xml", "trace");
    put("two.xml", "trace");
    put("three.xml", "other");
    same_hash("[home-link]\ntrace = one.xml\n", "[home-link]\ntrace = two.xml\n", true);
    same_hash("[home-link]\ntrace = one.xml\n", "[home-link]\ntrace = three.xml\n", false);
    same_hash("[home-link]\ntrace = one.xml\n", "", false);
    put("x.ini", "[home-link]\n\ntrace = none.xml\n");
    g_autoptr(sim_config) config = read_good("x.ini");
    GError *error = NULL;
    cr_assert_null(sim_scenario_hash(config, NULL, &error));
    g_autofree char *want = g_strdup_printf("x.ini:3: [home-link] trace: %s/none.xml: cannot be "
                                            "read: No such file or directory", folder);
    cr_assert_str_eq(error->message, want);
    cr_assert_eq(error->code, SIM_ERROR_BAD);
    g_error_free(error);
    leave_folder(folder);
}
