/* [sweep]: values, ranges, constraints, errors; the commands sweep and export.
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
#include "sim/scenario/sweep.h"
#include "scratch.h"

#define SMALL "[scenario]\nname = small\nduration = 20 s\n[mobile-nodes]\ncount = 4\n" \
              "[traffic]\nrate = 100 kbit/s\n"

static void enter(void)
{
    scratch_enter();
    cr_redirect_stdout();
    cr_redirect_stderr();
}

TestSuite(cli_sweep, .init = enter, .fini = scratch_leave);

static void put(const char *file, const char *text)
{
    cr_assert(g_file_set_contents(file, text, -1, NULL));
}

static void put_sweep(const char *lines)
{
    g_autofree char *text = g_strconcat(SMALL "[sweep]\n", lines, NULL);
    put("s.ini", text);
}

/* ---- reading ------------------------------------------------------------------------------ */

/* The points of a [sweep] group: "key=value,key=value|...", or what is wrong with it. g_free. */
static char *points_of(const char *lines)
{
    put_sweep(lines);
    g_autoptr(GPtrArray) errors = sim_errors_new();
    sim_inputs inputs = {0};
    g_autoptr(sim_sweep) sweep = sim_inputs_sweep(&inputs, "s.ini", errors);
    GString *s = g_string_new(NULL);
    for (guint i = 0; i < errors->len; i++)
        g_string_append(s, ((GError *)g_ptr_array_index(errors, i))->message);
    sim_override point[8];
    for (size_t i = 0; sweep && i < sweep->n_points; i++) {
        sim_sweep_point(sweep, i, point);
        g_string_append(s, i ? "|" : "");
        for (guint a = 0; a < sweep->axes->len; a++)
            g_string_append_printf(s, "%s%s", a ? "," : "", point[a].text);
    }
    return g_string_free(s, FALSE);
}

static void gives(const char *lines, const char *expected)
{
    g_autofree char *got = points_of(lines);
    cr_assert_str_eq(got, expected, "%s: %s, expected %s", lines, got, expected);
}

Test(cli_sweep, lists_and_ranges)
{
    gives("home-agents.count = 3, 10,30\n",
          "home-agents.count=3|home-agents.count=10|home-agents.count=30");
    gives("home-agents.count = 3 .. 5\n",
          "home-agents.count=3|home-agents.count=4|home-agents.count=5");
    gives("home-agents.count = 2, 3 .. 9 step 4\n",
          "home-agents.count=2|home-agents.count=3|home-agents.count=7");
    gives("traffic.load = 50 % .. 110 % step 30 %\n",
          "traffic.load=50 %|traffic.load=80 %|traffic.load=110 %");
    gives("traffic.load = 0.1 % .. 0.4 % step 0.1 %\n",
          "traffic.load=0.1 %|traffic.load=0.2 %|traffic.load=0.3 %|traffic.load=0.4 %");
    gives("scenario.duration = 500 ms .. 2 s step 0.5 s\n",
          "scenario.duration=500 ms|scenario.duration=1 s|scenario.duration=1.5 s|"
          "scenario.duration=2 s");
    gives("home-link.dad = rfc, off\n", "home-link.dad=rfc|home-link.dad=off");
    gives("mobility.file = ../a.xml, ../b,c.xml\n",
          "mobility.file=../a.xml|mobility.file=../b|mobility.file=c.xml");
    gives("mobility.file = ../a.xml; ../b,c.xml\n",
          "mobility.file=../a.xml|mobility.file=../b,c.xml");
    gives("scenario.seed = 1 .. 2 # a comment\n", "scenario.seed=1|scenario.seed=2");
}

Test(cli_sweep, the_last_axis_varies_fastest_and_policies_are_none)
{
    gives("scenario.seed = 1, 2\nhome-agent   ha0.capacity = 1 Mbit/s, 2000 kbit/s\n"
          "policy.name = static-dhaad, hybrid:safe\n",
          "scenario.seed=1,home-agent ha0.capacity=1 Mbit/s|"
          "scenario.seed=1,home-agent ha0.capacity=2 Mbit/s|"
          "scenario.seed=2,home-agent ha0.capacity=1 Mbit/s|"
          "scenario.seed=2,home-agent ha0.capacity=2 Mbit/s");
    gives("policy.name = static-dhaad\n", "");
    gives("scenario.seed =\nhome-agents.count = 3\n", "home-agents.count=3");
}

Test(cli_sweep, what_is_wrong_is_told_with_its_line)
{
    gives("count = 3\n", "s.ini:9: [sweep] count: a key to sweep over is written `group.key`");
    gives("home-agents.count = 3,, 4\n",
          "s.ini:9: [sweep] home-agents.count: a value is missing in `3,, 4`");
    gives("home-agents.count = 3, 3\n", "s.ini:9: [sweep] home-agents.count: `3` is there twice");
    gives("scenario.duration = 1 s, 1000 ms\n",
          "s.ini:9: [sweep] scenario.duration: `1000 ms` is there twice");
    gives("traffic.load = 50 % .. 60 %\n", "s.ini:9: [sweep] traffic.load: `50 % .. 60 %` needs a "
          "step: `50 % .. 60 % step ...`");
    gives("traffic.load = 50 % .. 40 % step 1 %\n",
          "s.ini:9: [sweep] traffic.load: `50 % .. 40 % step 1 %` ends before it begins");
    gives("traffic.load = 50 % .. 60 % step 0 %\n",
          "s.ini:9: [sweep] traffic.load: `50 % .. 60 % step 0 %` has no step above nothing");
    gives("home-agents.count = 1 .. 5 step -1\n",
          "s.ini:9: [sweep] home-agents.count: `1 .. 5 step -1` has no step above nothing");
    gives("scenario.duration = 1 s .. 100 h step 1 ns\n", "s.ini:9: [sweep] scenario.duration: "
          "`1 s .. 100 h step 1 ns` has too many values");
    gives("home-agents.count = 1 .. 9223372036854775807 step 9223372036854775807\n",
          "s.ini:9: [sweep] home-agents.count: `1 .. 9223372036854775807 step "
          "9223372036854775807` has too many values");
    gives("home-agents.count = .. 5\n", "s.ini:9: [sweep] home-agents.count: `` is no end of a "
          "range");
    gives("home-agents.capacity = 1 Mbit/s .. unlimited step 1 Mbit/s\n",
          "s.ini:9: [sweep] home-agents.capacity: `unlimited` is no end of a range");
    gives("scenario.replications = 1, 2\n",
          "s.ini:9: [sweep] scenario.replications: this is not swept: it changes no run");
    gives("scenario.seed = 1 .. 200\nhome-agents.count = 1 .. 200\n",
          "s.ini: [sweep] has more than 20000 points");
}

static void unit_is_told(const char *lines, const char *says)
{
    g_autofree char *got = points_of(lines);
    cr_assert(g_str_has_prefix(got, "s.ini:9: [sweep] "), "%s", got);
    cr_assert(strstr(got, says) != NULL, "%s: no `%s` in %s", lines, says, got);
}

Test(cli_sweep, units_are_due)
{
    unit_is_told("traffic.load = 50, 60\n", "traffic.load: `50`");
    unit_is_told("traffic.load = 50 % .. 60 % step 1\n", "traffic.load: `1`");
    unit_is_told("traffic.load = 50 s\n", "traffic.load: `50 s`");
    unit_is_told("home-agents.count = many\n", "home-agents.count: `many`");
    unit_is_told("home-link.dad = off, perhaps\n", "home-link.dad: `perhaps`");
}

/* ---- the command -------------------------------------------------------------------------- */

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

/* Run a command line; *out: its output, which the caller frees (may be NULL). */
static void runs(int code, const char *line, const char *says, char **out)
{
    char **argv;
    int argc;
    g_autofree char *all = g_strconcat("mip6sim ", line, NULL);
    cr_assert(g_shell_parse_argv(all, &argc, &argv, NULL));
    g_autofree char **copy = g_memdup2(argv, ((size_t)argc + 1) * sizeof *argv);
    int got = sim_cli_main(argc, copy);
    g_strfreev(argv);
    g_autofree char *err = contents(cr_get_redirected_stderr());
    char *text = contents(cr_get_redirected_stdout());
    cr_assert_eq(got, code, "%s: exit %d, expected %d: %s", line, got, code, err);
    cr_assert(strstr(err, says) != NULL, "%s: no `%s` in: %s", line, says, err);
    if (out)
        *out = text;
    else
        g_free(text);
}

/* The first column of all rows, joined by "|". */
static void answers(const char *sql, const char *expected)
{
    sqlite3 *db;
    sqlite3_stmt *s = NULL;
    cr_assert_eq(sqlite3_open_v2("x.db", &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    cr_assert_eq(sqlite3_prepare_v2(db, sql, -1, &s, NULL), SQLITE_OK, "%s", sqlite3_errmsg(db));
    g_autoptr(GString) all = g_string_new(NULL);
    while (sqlite3_step(s) == SQLITE_ROW)
        g_string_append_printf(all, "%s%s", all->len ? "|" : "",
                               (const char *)sqlite3_column_text(s, 0));
    sqlite3_finalize(s);
    sqlite3_close(db);
    cr_assert_str_eq(all->str, expected, "%s: %s", sql, all->str);
}

Test(cli_sweep, each_point_is_run_once_and_more_replications_extend)
{
    put_sweep("home-agents.count = 2, 3\ntraffic.rate = 50 kbit/s, 100 kbit/s\n"
              "policy.name = static-dhaad, hybrid:safe\n");
    g_autofree char *first = NULL, *again = NULL, *more = NULL;
    runs(0, "sweep s.ini -o x.db -j 2", "", &first);
    cr_assert_str_eq(first, "4 points x 2 policies: 8 runs, of which 0 were there\n"
                            "Results: x.db\n");
    answers("select policy || p.value || q.value from run join sweep_point p using (run_id) join"
            " sweep_point q using (run_id) where p.key = 'home-agents.count' and"
            " q.key = 'traffic.rate' order by run_id",
            "static-dhaad250 kbit/s|hybrid:safe250 kbit/s|static-dhaad2100 kbit/s|"
            "hybrid:safe2100 kbit/s|static-dhaad350 kbit/s|hybrid:safe350 kbit/s|"
            "static-dhaad3100 kbit/s|hybrid:safe3100 kbit/s");
    answers("select count(*) from sweep_point s join run_param p using (run_id, key)"
            " where s.value = p.value", "20");
    runs(0, "sweep s.ini -o x.db -j 2", "", &again);
    cr_assert_str_eq(again, "4 points x 2 policies: 8 runs, of which 8 were there\n"
                            "Results: x.db\n");
    runs(0, "sweep s.ini -o x.db -r 2", "", &more);
    cr_assert_str_eq(more, "4 points x 2 policies: 16 runs, of which 8 were there\n"
                           "Results: x.db\n");
    answers("select count(*) || max(replication) from run", "162");
}

/* A run that was there without a sweep becomes a point of it. */
Test(cli_sweep, runs_of_other_commands_count)
{
    put_sweep("home-agents.count = 2, 3\n");
    runs(0, "run s.ini -q -o x.db --set home-agents.count=3", "", NULL);
    g_autofree char *out = NULL;
    runs(0, "sweep s.ini -o x.db", "", &out);
    cr_assert(strstr(out, "2 runs, of which 1 were there") != NULL, "%s", out);
    answers("select run_id || value from sweep_point", "13|22");
}

Test(cli_sweep, a_key_that_a_policy_lacks_makes_no_more_points)
{
    put_sweep("policy.count-gap = 3, 4\n");
    runs(0, "sweep s.ini -o x.db -p static-dhaad -p hybrid:safe", "is not used", NULL);
    answers("select group_concat(policy) from (select policy from run order by run_id)",
            "static-dhaad,hybrid:safe,hybrid:safe");
    answers("select run_id || value from sweep_point", "23|34");
}

Test(cli_sweep, constraints_leave_points_out)
{
    g_autofree char *a = NULL, *b = NULL, *c = NULL;
    put_sweep("home-agents.count = 2, 3, 4\nhome-agents.capacity = 1 Mbit/s, 2 Mbit/s\n"
              "constraint = home-agents.count * home-agents.capacity <= 4000 kbit/s\n");
    runs(0, "sweep s.ini -n", "", &a);
    cr_assert_str_eq(a,
        "home-agents.count = 2, home-agents.capacity = 1 Mbit/s, static-dhaad: 0 of 1 runs there\n"
        "home-agents.count = 2, home-agents.capacity = 2 Mbit/s, static-dhaad: 0 of 1 runs there\n"
        "home-agents.count = 3, home-agents.capacity = 1 Mbit/s, static-dhaad: 0 of 1 runs there\n"
        "home-agents.count = 4, home-agents.capacity = 1 Mbit/s, static-dhaad: 0 of 1 runs there\n"
        "6 points x 1 policy, 2 left out by constraints: 4 runs, of which 0 were there\n");
    put_sweep("home-agents.count = 2, 3\npolicy.name = static-dhaad, hybrid:safe, hybrid:tuned\n"
              "constraint = policy.name != hybrid:safe, home-agents.count = 3\n"
              "constraint-2 = home-agents.capacity < unlimited, 2 * home-agents.count == 6\n"
              "constraint-3 = policy.profile != literal\n");
    runs(0, "sweep s.ini -n", "", &b);
    cr_assert(g_str_has_prefix(b, "home-agents.count = 3, static-dhaad: 0 of 1 runs there\n"
                                  "home-agents.count = 3, hybrid:tuned: 0 of 1 runs there\n2 p"),
              "%s", b);
    put_sweep("home-agents.count = 2, 3\nconstraint = home-agents.count > 3\n");
    runs(2, "sweep s.ini -n", "s.ini: the constraints of [sweep] leave no point", &c);
}

/* A point that a constraint leaves out may be one that no model would take. */
Test(cli_sweep, what_is_left_out_need_not_be_possible)
{
    put_sweep("home-agents.count = 2, 5\nhome-agent ha4.capacity = 1 Mbit/s\n");
    runs(2, "sweep s.ini -n", "ha4", NULL);
    put_sweep("home-agents.count = 2, 5\nhome-agent ha4.capacity = 1 Mbit/s\n"
              "constraint = home-agents.count >= 5\n");
    runs(0, "sweep s.ini -n", "", NULL);
}

static void constraint_fails(const char *text, const char *says)
{
    g_autofree char *line = g_strdup_printf("home-agents.count = 2, 3\nconstraint = %s\n", text);
    put_sweep(line);
    g_autofree char *where = g_strdup_printf("s.ini:10: [sweep] `%s`: %s", text, says);
    runs(2, "sweep s.ini -n", where, NULL);
}

Test(cli_sweep, wrong_constraints_are_told_with_their_line)
{
    constraint_fails("home-agents.count", "is no comparison");
    constraint_fails("home-agents.cuont <= 3", "[home-agents] has no key `cuont`; did you mean "
                     "`count`?");
    constraint_fails("home-agnets.count <= 3", "there is no group [home-agnets]; did you mean "
                     "`home-agents`?");
    constraint_fails("home-agents.count <= 3 s", "`3 s` is neither a key nor a number");
    constraint_fails("home-agents.count <= traffic.load", "its sides have different units");
    constraint_fails("home-agents.capacity <= 3", "its sides have different units");
    constraint_fails("home-agents.capacity <= 3 s", "`3 s`");
    constraint_fails("home-agents.capacity <= scenario.duration", "its keys have different units");
    constraint_fails("home-agents.count <=", "something is missing beside the operator");
    constraint_fails("policy.name <= hybrid", "what is no number can only be equal");
    constraint_fails("home-agent ha9.capacity <= 3 Mbit/s", "there is no [home-agent ha9]");
}

Test(cli_sweep, errors_name_file_and_line)
{
    put("none.ini", SMALL);
    runs(2, "sweep none.ini", "none.ini: has no [sweep] group", NULL);
    runs(2, "sweep nothing.ini", "nothing.ini: cannot be read", NULL);
    runs(2, "sweep", "sweep: which scenario?", NULL);
    put_sweep("home-agents.count = 3\ntrafic.load = 50 %\n");
    runs(2, "sweep s.ini", "s.ini:10: there is no group [trafic]; did you mean `traffic`?", NULL);
    put_sweep("home-agents.cuont = 3, 4\n");
    runs(2, "sweep s.ini", "s.ini:9: [home-agents] has no key `cuont`; did you mean `count`?",
         NULL);
    put_sweep("home-agents.count = 3, 0\n");
    runs(2, "sweep s.ini", "s.ini:9: [home-agents] count: `0` is out of range", NULL);
    put_sweep("policy.name = static-dhaad, hybird\n");
    runs(2, "sweep s.ini", "there is no `hybird", NULL);
    put_sweep("home-agents.count = 3, 4\n");
    runs(2, "sweep s.ini --set home-agents.count=5", "s.ini:9: [sweep] home-agents.count: --set "
         "says another value; to sweep over others, --set 'sweep.home-agents.count=...'", NULL);
    put("named.ini", SMALL "[sweep a]\nhome-agents.count = 3\n");
    runs(2, "sweep named.ini", "[sweep", NULL);
    runs(2, "run named.ini", "named.ini:8: [sweep a] takes no name: expected [sweep]", NULL);
    cr_assert_not(g_file_test("results", G_FILE_TEST_EXISTS));
}

Test(cli_sweep, the_command_line_and_includes_change_the_group)
{
    put_sweep("home-agents.count = 3, 4\nscenario.seed = 1, 2\n");
    put("top.ini", "include = s.ini\n[sweep]\nscenario.seed =\n");
    g_autofree char *a = NULL, *b = NULL;
    runs(0, "sweep top.ini -n --set 'sweep.home-agents.count = 5'", "", &a);
    cr_assert(g_str_has_prefix(a, "home-agents.count = 5, static-dhaad: 0 of 1 runs there\n1 "),
              "%s", a);
    runs(0, "sweep s.ini -n --set sweep.scenario.seed=7 --set 'sweep.home-agents.count='"
         " -p hybrid:tuned", "", &b);
    cr_assert(g_str_has_prefix(b, "scenario.seed = 7, hybrid:tuned: 0 of 1 runs there\n1 "), "%s",
              b);
}

Test(cli_sweep, run_and_check_leave_the_group_aside_and_say_so)
{
    static const char note[] =
        "note: s.ini:8: [sweep] is not used: `mip6sim sweep` runs its points";
    put_sweep("home-agents.count = 3, 4\n");
    g_autofree char *out = NULL;
    runs(0, "check s.ini", note, &out);
    cr_assert(strstr(out, "sweep") == NULL);
    runs(0, "run s.ini -o x.db", note, NULL);
    answers("select count(*) from run", "1");
}

/* ---- export ------------------------------------------------------------------------------- */

static void holds(const char *file, const char *expected)
{
    g_autofree char *text = NULL;
    cr_assert(g_file_get_contents(file, &text, NULL, NULL), "no %s", file);
    cr_assert_str_eq(text, expected, "%s: %s", file, text);
}

static void execute(const char *sql)
{
    sqlite3 *db;
    cr_assert_eq(sqlite3_open("x.db", &db), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK, "%s", sqlite3_errmsg(db));
    sqlite3_close(db);
}

Test(cli_sweep, export_writes_rfc_4180)
{
    put("s.ini", SMALL);
    runs(0, "run s.ini -q -o x.db", "", NULL);
    execute("create table odd(a, \"b,c\"); insert into odd values"
            " ('x,y', 'say \"so\"'), (null, ''), (0.1, 1e300), (-5, 'two\r\nlines'),"
            " (1.0 / 3, 12345678.9), (9007199254740993, 'ä');"
            " create view \"a/../b\" as select 1 as one;");
    g_autofree char *out = NULL;
    runs(0, "export x.db --csv d/e", "", &out);
    cr_assert_str_eq(out, "26 tables and views of x.db in d/e\n");
    holds("d/e/odd.csv", "a,\"b,c\"\r\n\"x,y\",\"say \"\"so\"\"\"\r\n,\"\"\r\n0.1,"
          "1e+300\r\n-5,\"two\r\nlines\"\r\n0.3333333333333333,12345678.9\r\n"
          "9007199254740993,ä\r\n");
    holds("d/e/a____b.csv", "one\r\n1\r\n");
    holds("d/e/sweep_point.csv", "run_id,key,value\r\n");
    g_autofree char *runs_csv = NULL;
    cr_assert(g_file_get_contents("d/e/run_summary.csv", &runs_csv, NULL, NULL));
    cr_assert(g_str_has_prefix(runs_csv, "run_id,scenario,policy,seed,"));
    cr_assert(strstr(runs_csv, "\r\n1,small,static-dhaad,1,1,complete,20,") != NULL);
}

Test(cli_sweep, export_overwrites_when_told_and_says_what_is_wrong)
{
    put("s.ini", SMALL);
    runs(0, "run s.ini -q -o x.db", "", NULL);
    runs(0, "export x.db --csv d -q", "", NULL);
    put("d/run.csv", "mine");
    runs(3, "export x.db --csv d",
         "d/application_loss.csv: is there already (--force overwrites)", NULL);
    holds("d/run.csv", "mine");
    runs(0, "export x.db --csv d --force", "", NULL);
    runs(2, "export", "export: which results file?", NULL);
    runs(2, "export x.db", "export: where to? --csv DIR says so", NULL);
    runs(2, "export x.db y.db --csv d", "`y.db` is a second argument", NULL);
    runs(2, "export none.db --csv f", "none.db: ", NULL);
    put("empty.db", "");
    runs(2, "export empty.db --csv f", "empty.db: is not a results file of mip6sim", NULL);
    runs(2, "export s.ini --csv f", "s.ini: ", NULL);
    runs(3, "export x.db --csv s.ini/f", "s.ini/f: the folder cannot be made", NULL);
    cr_assert_not(g_file_test("f", G_FILE_TEST_EXISTS));
}
