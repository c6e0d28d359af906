/* The command line from main on: exit codes, what is told, what is left behind.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <unistd.h>

#include "sim/cli/cli.h"
#include "sim/cli/inputs.h"
#include "sim/cli/progress.h"
#include "scratch.h"

static char *top;       /* the repository: tests run from there */

static void enter(void)
{
    top = g_get_current_dir();
    scratch_enter();
    cr_redirect_stdout();
    cr_redirect_stderr();
}

static void leave(void)
{
    scratch_leave();
    g_free(top);
}

TestSuite(cli_main, .init = enter, .fini = leave);

/* Everything written to a redirected stream so far. g_free. */
static char *contents(FILE *stream)
{
    GString *text = g_string_new(NULL);
    fflush(NULL);
    char chunk[4096];
    size_t n;
    fcntl(fileno(stream), F_SETFL, O_NONBLOCK);
    while ((n = fread(chunk, 1, sizeof chunk, stream)) > 0)
        g_string_append_len(text, chunk, (gssize)n);
    return g_string_free(text, FALSE);
}

/* Run a command line, split as a shell would. */
static int mip6sim(const char *line)
{
    char **argv;
    int argc;
    g_autofree char *all = g_strconcat("mip6sim ", line, NULL);
    cr_assert(g_shell_parse_argv(all, &argc, &argv, NULL));
    g_autofree char **copy = g_memdup2(argv, ((size_t)argc + 1) * sizeof *argv);
    int code = sim_cli_main(argc, copy);
    g_strfreev(argv);
    return code;
}

static void exits(int code, const char *line, const char *says)
{
    int got = mip6sim(line);
    fflush(stderr);
    g_autofree char *err = contents(cr_get_redirected_stderr());
    cr_assert_eq(got, code, "%s: exit %d, expected %d: %s", line, got, code, err);
    cr_assert(strstr(err, says) != NULL, "%s: no `%s` in: %s", line, says, err);
}

static void put(const char *file, const char *text)
{
    cr_assert(g_file_set_contents(file, text, -1, NULL));
}

static void put_small(void)
{
    put("small.ini", "[scenario]\nname = a/b \"c\"\nduration = 20 s\n[mobile-nodes]\ncount = 4\n"
                     "[traffic]\nrate = 100 kbit/s\n");
}

static void answers(const char *path, const char *sql, const char *expected)
{
    sqlite3 *db;
    sqlite3_stmt *s = NULL;
    cr_assert_eq(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK, "%s", path);
    cr_assert_eq(sqlite3_prepare_v2(db, sql, -1, &s, NULL), SQLITE_OK);
    cr_assert_eq(sqlite3_step(s), SQLITE_ROW);
    cr_assert_str_eq((const char *)sqlite3_column_text(s, 0), expected);
    sqlite3_finalize(s);
    sqlite3_close(db);
}

Test(cli_main, wrong_words_get_the_nearest_and_2)
{
    exits(2, "", "Usage: mip6sim COMMAND");
    exits(2, "rnu", "there is no command `rnu`; did you mean `run`?");
    exits(2, "help chek", "did you mean `check`?");
    exits(2, "run --polcy x y.ini", "Unknown option --polcy; did you mean `--policy`?");
    exits(2, "run", "run: which scenario?");
    exits(2, "run a.ini b.ini", "`b.ini` is a second argument");
    exits(2, "list", "list: of what?");
    exits(2, "list polices", "did you mean `policies`?");
    exits(2, "list policies x", "`x` is one argument too many");
    put_small();
    exits(2, "check small.ini --set a.b=1 -p hybrid:safe -p static-dhaad",
          "there is no group [a]\n");
    exits(2, "list keys home-lnik", "did you mean `home-link`?");
    exits(2, "check none.ini", "none.ini: cannot be read: No such file or directory");
}

Test(cli_main, help_is_what_the_option_prints)
{
    const sim_command *command;
    for (size_t i = 0; (command = sim_command_at(i)) != NULL; i++) {
        g_autofree char *by_option = g_strconcat(command->name, " --help", NULL);
        g_autofree char *by_command = g_strconcat("help ", command->name, NULL);
        cr_assert_eq(mip6sim(by_option), 0);
        g_autofree char *a = contents(cr_get_redirected_stdout());
        cr_assert_eq(mip6sim(by_command), 0);
        g_autofree char *b = contents(cr_get_redirected_stdout());
        cr_assert_str_eq(a, b);
        cr_assert(strstr(a, command->summary) != NULL);
    }
}

/* Calls with each long option of a help text. */
static void each_option(const char *help, void (*call)(const char *option, const void *user),
                        const void *user)
{
    g_autoptr(GRegex) regex = g_regex_new("^  (?:-[a-z], )?--([a-z-]+)", G_REGEX_MULTILINE, 0,
                                          NULL);
    g_autoptr(GMatchInfo) match = NULL;
    for (g_regex_match(regex, help, 0, &match); g_match_info_matches(match);
         g_match_info_next(match, NULL)) {
        g_autofree char *option = g_match_info_fetch(match, 1);
        call(option, user);
    }
}

static int options_seen;

static void is_in_manual(const char *option, const void *manual)
{
    g_autofree char *entry = g_strdup_printf("Fl -%s", option);
    cr_assert(strstr(manual, entry) != NULL, "the manual lacks --%s", option);
    options_seen++;
}

Test(cli_main, the_manual_has_every_command_and_option)
{
    g_autofree char *path = g_build_filename(top, "sim/cli/mip6sim.1", NULL), *manual = NULL;
    cr_assert(g_file_get_contents(path, &manual, NULL, NULL));
    const sim_command *command;
    for (size_t i = 0; (command = sim_command_at(i)) != NULL; i++) {
        g_autofree char *heading = g_strdup_printf(".Ss %s\n", command->name);
        g_autofree char *help = command->help();
        cr_assert(strstr(manual, heading) != NULL, "no %s", heading);
        each_option(help, is_in_manual, manual);
    }
    cr_assert_geq(options_seen, 10);
}

Test(cli_main, a_run_leaves_a_results_file_and_a_summary)
{
    put_small();
    exits(0, "run small.ini", "");
    g_autofree char *out = contents(cr_get_redirected_stdout());
    cr_assert(strstr(out, "Jain's index of load") != NULL);
    cr_assert(strstr(out, "Results: results/a_b__c_.db, run_id 1") != NULL, "%s", out);
    answers("results/a_b__c_.db", "select scenario || ' ' || policy || ' ' || status from run",
            "a/b \"c\" static-dhaad complete");
    answers("results/a_b__c_.db", "select value from run_param where key = 'mobile-nodes.count'",
            "4");
}

Test(cli_main, policies_and_replications_are_runs_of_their_own)
{
    put_small();
    exits(0, "run small.ini -p static-dhaad -p hybrid:safe --seed 7 -r 2 -o x.db -q", "");
    g_autofree char *out = contents(cr_get_redirected_stdout());
    cr_assert_str_eq(out, "");
    answers("x.db", "select group_concat(policy || seed || replication) from run",
            "static-dhaad71,static-dhaad72,hybrid:safe71,hybrid:safe72");
    answers("x.db", "select count(distinct fingerprint) from run", "4");
    answers("x.db", "select count(distinct config_sha256) from run", "2");
    exits(0, "run small.ini -p hybrid:safe --seed 7 -o x.db -q", "");
    answers("x.db", "select count(*) from run a join run b using (fingerprint, config_sha256)"
                    " where a.run_id = 3 and b.run_id = 5", "1");
}

Test(cli_main, json_is_all_of_the_output)
{
    put_small();
    exits(0, "run small.ini -o x.db --json -q", "");
    g_autofree char *out = contents(cr_get_redirected_stdout());
    g_autofree char *path = g_strdup("out.json");
    put(path, out);
    sqlite3 *db;
    sqlite3_stmt *s;
    cr_assert_eq(sqlite3_open(":memory:", &db), SQLITE_OK);
    cr_assert_eq(sqlite3_prepare_v2(db, "select json_extract(?1, '$.runs[0].run.status') ||"
        " json_array_length(?1, '$.runs[0].agents') ||"
        " (json_extract(?1, '$.runs[0].metrics.sent_packets') > 0)", -1, &s, NULL), SQLITE_OK);
    sqlite3_bind_text(s, 1, out, -1, SQLITE_STATIC);
    cr_assert_eq(sqlite3_step(s), SQLITE_ROW);
    cr_assert_str_eq((const char *)sqlite3_column_text(s, 0), "complete31");
    sqlite3_finalize(s);
    sqlite3_close(db);
}

Test(cli_main, bad_input_touches_no_results)
{
    put_small();
    exits(2, "run small.ini -o x.db --set home-link.rate=10", "--set: [home-link] rate: `10`");
    exits(2, "run small.ini -o x.db --seed -1", "--seed: [scenario] seed: `-1` is out of range");
    exits(2, "run small.ini -o x.db -r 0", "--replications: [scenario] replications: `0`");
    exits(2, "run small.ini -o x.db -p hybird", "there is no `hybird");
    exits(2, "run small.ini -o x.db --set mobile-nodes.count=x", "a whole number");
    exits(2, "run small.ini -o x.db --set home-agents.count=0", "out of range");
    exits(2, "run small.ini -o x.db --set mobility.model=trace --set mobility.file=none.xml",
          "mobility");
    cr_assert_not(g_file_test("x.db", G_FILE_TEST_EXISTS));
    put("text.db", "this is text, and no database");
    exits(3, "run small.ini -o text.db", "text.db: is not a database");
    exits(3, "run small.ini -o .", "is a folder");
    exits(3, "run small.ini -o /proc/x.db", "/proc/x.db: ");
}

Test(cli_main, what_check_prints_runs_as_the_same)
{
    put_small();
    exits(0, "check small.ini -p hybrid:tuned --set 'home-agent ha1.capacity=1 Mbit/s' -e", "");
    g_autofree char *out = contents(cr_get_redirected_stdout());
    put("again.ini", out);
    exits(0, "run small.ini -p hybrid:tuned --set 'home-agent ha1.capacity=1 Mbit/s' -o x.db -q",
          "");
    exits(0, "run again.ini -o x.db -q", "");
    answers("x.db", "select count(distinct fingerprint || config_sha256) from run", "1");
}

Test(cli_main, lists_come_from_the_tables)
{
    exits(0, "list policies", "");
    exits(0, "list mobility", "");
    exits(0, "list traffic", "");
    exits(0, "list metrics", "");
    exits(0, "list keys home-agent", "");
    g_autofree char *out = contents(cr_get_redirected_stdout());
    static const char *const words[] = {
        "static-dhaad ", "hybrid:tuned ", "random-waypoint ", "cbr ", "jain_load ",
        "[home-agent NAME]", "capacity = (home-agents.capacity)"};
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
        cr_assert(strstr(out, words[i]) != NULL, "no `%s` in %s", words[i], out);
    g_auto(GStrv) lines = g_strsplit(out, "\n", -1);
    for (char **line = lines; *line; line++)
        cr_assert_leq(g_utf8_strlen(*line, -1), 100);
}

/* What SQLite reads in the JSON that was printed last. */
static void json_answers(const char *query, const char *expected)
{
    g_autofree char *out = contents(cr_get_redirected_stdout());
    sqlite3 *db;
    sqlite3_stmt *s;
    cr_assert_eq(sqlite3_open(":memory:", &db), SQLITE_OK);
    cr_assert_eq(sqlite3_prepare_v2(db, query, -1, &s, NULL), SQLITE_OK, "%s", sqlite3_errmsg(db));
    sqlite3_bind_text(s, 1, out, -1, SQLITE_TRANSIENT);
    cr_assert_eq(sqlite3_step(s), SQLITE_ROW, "%s in %s", sqlite3_errmsg(db), out);
    cr_assert_str_eq((const char *)sqlite3_column_text(s, 0), expected, "%s", query);
    sqlite3_finalize(s);
    sqlite3_close(db);
}

Test(cli_main, lists_as_json_say_the_same)
{
    exits(0, "list policies --json", "");
    json_answers("select count(*) || min(j.value ->> 'help' <> '') from json_each(?1) j where "
                 "j.value ->> 'name' in ('hybrid:tuned', 'static-dhaad')", "21");
    exits(0, "list mobility --json", "");
    json_answers("select sum(value ->> 'name' = 'random-waypoint') from json_each(?1)", "1");
    exits(0, "list metrics --json", "");
    json_answers("select group_concat((value ->> 'unit') || (value ->> 'better') || "
                 "(value ->> 'per_agent')) from json_each(?1) where value ->> 'name' in "
                 "('delay_p99', 'jain_load')", "1higher0,slower0,slower1");
    exits(0, "list keys --json home-agent", "");
    json_answers("select group_concat(distinct (value ->> 'group') || ' ' || "
                 "(value ->> 'default_of')) from json_each(?1) where value ->> 'name' = 'capacity'",
                 "home-agent home-agents.capacity");
    exits(0, "list keys --json traffic", "");
    json_answers("select group_concat(value ->> 'with') from json_each(?1) where value ->> 'name' "
                 "= 'burst' and value ->> 'expected' like 'a time%' and value ->> 'default' like "
                 "'%s'", "pareto");
    exits(2, "list keys --json home-lnik", "did you mean `home-link`?");
}

static void default_is(const char *name, const char *path)
{
    g_autofree char *got = sim_default_results(name);
    cr_assert_str_eq(got, path);
}

Test(cli_main, names_stay_inside_the_folder)
{
    default_is("hotspot", "results/hotspot.db");
    default_is("../../etc/x", "results/_._.._etc_x.db");
    default_is("..", "results/_..db");
    default_is("", "results/scenario.db");
    default_is("ä b", "results/___b.db");
    g_autofree char *lengthy = g_strnfill(300, 'x');
    g_autofree char *path = sim_default_results(lengthy);
    cr_assert_leq(strlen(path), 120);
}

Test(cli_main, progress_says_how_far_and_how_long)
{
    g_autofree char *line = sim_progress_line("hybrid:safe", 30000000000, 120000000000, 4000000,
                                              2000000);
    cr_assert_str_eq(line, "hybrid:safe: 30.0 of 120.0 s simulated (25 %), 2.00 M events/s, 6 s "
                           "left");
    g_autofree char *begin = sim_progress_line("x", 0, 1000000000, 0, 0);
    cr_assert(strstr(begin, "? left") != NULL);
}
