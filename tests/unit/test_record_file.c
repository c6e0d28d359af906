/* Results files: what is in them after a run, a failure, a death, and what is refused.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <criterion/criterion.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sched.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/engine/config.h"
#include "sim/record/record.h"
#include "scratch.h"

TestSuite(record_file, .init = scratch_enter, .fini = scratch_leave);

/* The first column of a query's first row, "-" for NULL, the message of an error. */
static char *ask(const char *path, const char *sql)
{
    sqlite3 *db;
    sqlite3_stmt *s = NULL;
    cr_assert_eq(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    char *answer;
    if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) != SQLITE_OK || sqlite3_step(s) != SQLITE_ROW)
        answer = g_strdup(sqlite3_errmsg(db));
    else if (sqlite3_column_type(s, 0) == SQLITE_NULL)
        answer = g_strdup("-");
    else
        answer = g_strdup((const char *)sqlite3_column_text(s, 0));
    sqlite3_finalize(s);
    sqlite3_close(db);
    return answer;
}

static void answers(const char *path, const char *sql, const char *expected)
{
    g_autofree char *answer = ask(path, sql);
    cr_assert_str_eq(answer, expected, "%s: %s, expected %s", sql, answer, expected);
}

static sim_record *open_good(const char *path)
{
    GError *error = NULL;
    sim_record *r = sim_record_open(path, &error);
    cr_assert_null(error, "%s", error ? error->message : "");
    cr_assert_not_null(r);
    return r;
}

static sim_sink *begin(sim_record *r, GError **error)
{
    static const char *const params[] = {"home-link.rate", "10 Mbit/s", "policy.name", "hybrid",
                                         NULL};
    sim_run_start start = {.scenario = "s", .policy = "hybrid:safe", .seed = 7, .replication = 1,
                           .config_sha256 = "c", .code_version = "v", .protocol_sha256 = "p",
                           .params = params};
    return sim_record_begin(r, &start, error);
}

static bool finish(sim_record *r, sim_run_status status, GError **error)
{
    sim_run_end end = {.status = status, .wall_seconds = 1.5, .simulated_ns = 60000000000,
                       .events = 99, .fingerprint = "f00"};
    return sim_record_finish(r, &end, error);
}

static void put_more(sim_sink *sink, int from, int n)
{
    for (int i = from; i < from + n; i++) {
        sim_row_ha_sample row = {.t_ns = i * 1000000000LL, .node_id = 3, .queue_packets = i,
                                 .tunnelled_bytes = i * 125000LL};
        sink->cls->ha_sample(sink, &row);
    }
}

static void put_samples(sim_sink *sink, int n)
{
    put_more(sink, 0, n);
}

/* One row of each table, with strings that do not outlive the call. */
static void put_one_of_each(sim_sink *sink)
{
    char name[] = "ha1", cause[] = "queue-full";
    sink->cls->node(sink, &(sim_row_node){3, "home-agent", name, "2001:db8::1"});
    sink->cls->node(sink, &(sim_row_node){5, "mobile-node", "mn0", NULL});
    sink->cls->decision(sink, &(sim_row_decision){10, 3, 5, "queue", 70, 2, 3, 5, 1, -1, "sent"});
    sink->cls->loss(sink, &(sim_row_loss){3, cause, 4, 400});
    sink->cls->loss(sink, &(sim_row_loss){SIM_NO_NODE, cause, 1, 100});
    sink->cls->signalling(sink, &(sim_row_signalling){SIM_NO_NODE, "BU", 6, 600});
    sink->cls->fingerprint(sink, &(sim_row_fingerprint){0, 3, "wire", "00ff"});
    sink->cls->metric(sink, &(sim_row_metric){SIM_NO_NODE, "jain_load", true, 0.9, "1"});
    sink->cls->metric(sink, &(sim_row_metric){SIM_NO_NODE, "outage_mean", false, 5, "s"});
    sink->cls->metric(sink, &(sim_row_metric){3, "load_bps", true, 1e6, "bit/s"});
    sink->cls->histogram(sink, &(sim_row_histogram){SIM_NO_NODE, "delay", 0, 0.1, 12});
    sink->cls->event(sink, &(sim_row_event){5, "move", 5, 3, SIM_NO_NODE, NULL});
    memset(name, 'x', sizeof name - 1);
    memset(cause, 'x', sizeof cause - 1);
}

Test(record_file, a_run_is_all_there)
{
    sim_record *r = open_good("sub/dir/x.db");
    sim_sink *sink = begin(r, NULL);
    cr_assert_not_null(sink);
    cr_assert_eq(sim_record_run_id(r), 1);
    put_one_of_each(sink);
    put_samples(sink, 3);
    sim_record_note(r, "trace shifted");
    cr_assert(finish(r, SIM_RUN_COMPLETE, NULL));
    sim_record_close(r);
    const char *db = "sub/dir/x.db";
    answers(db, "select scenario||policy||seed||replication||config_sha256||code_version||"
                "protocol_sha256||status||fingerprint||events||simulated_ns||wall_seconds from run",
            "shybrid:safe71cvpcompletef0099600000000001.5");
    answers(db, "select started_at like '20__-__-__T__:__:__Z' from run", "1");
    answers(db, "select value from run_param where key = 'home-link.rate'", "10 Mbit/s");
    answers(db, "select name||address from node where node_id = 3", "ha12001:db8::1");
    answers(db, "select address from node where node_id = 5", "-");
    answers(db, "select information_age_ns from decision", "-");
    answers(db, "select branch||outcome||own_queue||own_count||target_id||target_queue||"
                "target_count||mn_id||ha_id||t_ns from decision", "queuesent702351" "5310");
    answers(db, "select group_concat(cause||packets) from loss", "queue-full4,queue-full1");
    answers(db, "select value from metric where name = 'outage_mean'", "-");
    answers(db, "select to_node_id from event", "-");
    answers(db, "select from_node_id from event", "3");
    answers(db, "select text from note", "trace shifted");
    answers(db, "pragma application_id", "1835626550");
    answers(db, "pragma user_version", "1");
    answers(db, "pragma journal_mode", "wal");
    answers(db, "select count(*) from pragma_table_list where type = 'table' and not strict"
                " and name not like 'sqlite%'", "0");
    cr_assert_not(g_file_test("sub/dir/x.db-wal", G_FILE_TEST_EXISTS));
}

Test(record_file, views_answer_in_one_line)
{
    sim_record *r = open_good("x.db");
    sim_sink *sink = begin(r, NULL);
    put_one_of_each(sink);
    put_samples(sink, 3);
    finish(r, SIM_RUN_COMPLETE, NULL);
    sim_record_close(r);
    answers("x.db", "select agent||' '||tunnelled_mbit_s||' '||queue_packets from ha_over_time"
                    " where t_s = 2", "ha1 1.0 2");
    answers("x.db", "select tunnelled_mbit_s from ha_over_time where t_s = 0", "-");
    answers("x.db", "select policy||status||jain_load||simulated_s from run_summary",
            "hybrid:safecomplete0.960.0");
    answers("x.db", "select group_concat(node||' '||cause||' '||packets) from loss_by_cause",
            "mobile nodes queue-full 1,ha1 queue-full 4");
    answers("x.db", "select node||message||bytes from signalling_by_message", "mobile nodesBU600");
    answers("x.db", "select agent||mobile_node||target||outcome from decisions", "ha1mn0ha1sent");
}

Test(record_file, runs_are_appended)
{
    for (int i = 0; i < 3; i++) {
        sim_record *r = open_good("x.db");
        sim_sink *sink = begin(r, NULL);
        put_samples(sink, 10);
        cr_assert(finish(r, i == 1 ? SIM_RUN_INTERRUPTED : SIM_RUN_COMPLETE, NULL));
        sim_record_close(r);
    }
    answers("x.db", "select group_concat(run_id||status) from run",
            "1complete,2interrupted,3complete");
    answers("x.db", "select count(*) from ha_sample where run_id = 2", "10");
}

static void refuses(const char *path, const char *says)
{
    GError *error = NULL;
    cr_assert_null(sim_record_open(path, &error), "%s was opened", path);
    cr_assert_not_null(error);
    cr_assert_str_eq(error->message, says);
    cr_assert_eq(error->domain, SIM_CONFIG_ERROR);
    cr_assert_eq(error->code, SIM_ERROR_CANNOT);
    g_error_free(error);
}

static void make_database(const char *path, const char *sql)
{
    sqlite3 *db;
    cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

/* Somebody has deleted the last run, but from `run` alone: what is left belongs to no new one. */
Test(record_file, the_id_of_a_deleted_run_is_not_used_again)
{
    static const char *const left[] = {"metric", "ha_sample", "run_param"};
    for (int i = 0; i < 4; i++) {
        sim_record *r = open_good("x.db");
        sim_sink *sink = begin(r, NULL);
        put_one_of_each(sink);
        cr_assert(finish(r, SIM_RUN_COMPLETE, NULL));
        sim_record_close(r);
        g_autofree char *id = g_strdup_printf("%d", i + 1);
        answers("x.db", "select max(run_id) from run", id);
        g_autoptr(GString) sql = g_string_new("delete from run;");
        for (int k = 0; i < 3 && k < 3; k++)
            if (k != i)
                g_string_append_printf(sql, "delete from %s;", left[k]);
        make_database("x.db", sql->str);
    }
}

Test(record_file, what_is_not_ours_is_refused_and_untouched)
{
    g_autofree char *text = g_strnfill(5000, 'x'), *after = NULL;
    g_file_set_contents("text.db", text, -1, NULL);
    refuses("text.db", "text.db: is not a database");
    g_file_get_contents("text.db", &after, NULL, NULL);
    cr_assert_str_eq(text, after);
    g_file_set_contents("short.db", "x", -1, NULL);
    refuses("short.db", "short.db: is not a database");
    make_database("other.db", "create table t(a)");
    refuses("other.db", "other.db: is a database, but not a results file of mip6sim");
    answers("other.db", "select group_concat(name) from sqlite_schema", "t");
    make_database("new.db", "pragma application_id = 1835626550; pragma user_version = 2");
    refuses("new.db",
            "new.db: is a results file of schema 2, and this program writes schema 1");
    refuses(".", ".: is a folder");
    refuses("/dev/null", "/dev/null: is not a regular file");
    refuses("/dev/full", "/dev/full: is not a regular file");
    refuses("", "results: the path is empty");
    refuses("text.db/x.db", "text.db/x.db: its folder cannot be made: Not a directory");
    refuses("/proc/none/x.db",
            "/proc/none/x.db: its folder cannot be made: No such file or directory");
    refuses("/proc/x.db", "/proc/x.db: cannot be opened for writing");
}

Test(record_file, an_empty_file_and_odd_names_are_fine)
{
    g_file_set_contents("empty.db", "", -1, NULL);
    sim_record_close(open_good("empty.db"));
    answers("empty.db", "pragma user_version", "1");
    sim_record_close(open_good(":memory:"));
    cr_assert(g_file_test(":memory:", G_FILE_TEST_IS_REGULAR));
    sim_record_close(open_good("file:x?mode=memory"));
    cr_assert(g_file_test("file:x?mode=memory", G_FILE_TEST_IS_REGULAR));
}

/* A child does part of a run and dies without a word. It must not assert: Criterion's
 * channel is its parent's. */
static void die_after(int rows, bool killed)
{
    pid_t pid = fork();
    if (pid == 0) {
        sim_record *r = sim_record_open("x.db", NULL);
        put_samples(begin(r, NULL), rows);
        if (killed)
            kill(getpid(), SIGKILL);
        _exit(0);
    }
    waitpid(pid, NULL, 0);
}

Test(record_file, a_run_that_dies_leaves_running_and_a_readable_file)
{
    static const int rows[] = {0, 10, 120000};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        die_after(rows[i], i % 2);
    answers("x.db", "pragma integrity_check", "ok");
    answers("x.db", "select group_concat(status) from run", "running,running,running");
    answers("x.db", "select count(*) >= 50000 from ha_sample where run_id = 3", "1");
    sim_record *r = open_good("x.db");
    put_samples(begin(r, NULL), 5);
    cr_assert(finish(r, SIM_RUN_COMPLETE, NULL));
    sim_record_close(r);
    answers("x.db", "select status from run where run_id = 4", "complete");
}

/* A run under a limit of pages, as on a full disk. Was it complete? */
static bool run_limited(int pages)
{
    sim_record *r = open_good("x.db");
    sim_record_limit(r, pages);
    GError *error = NULL;
    sim_sink *sink = begin(r, &error);
    bool good = false;
    if (sink) {
        put_one_of_each(sink);
        put_samples(sink, 1000);
        sim_record_note(r, "a note");
        put_more(sink, 1000, 500);
        good = finish(r, SIM_RUN_COMPLETE, &error);
    }
    cr_assert_eq(good, error == NULL);
    if (error)
        cr_assert_str_eq(error->message, "x.db: the disk is full");
    g_clear_error(&error);
    sim_record_close(r);
    return good;
}

Test(record_file, a_full_disk_never_gives_a_complete_run_that_lacks_rows)
{
    sim_record_close(open_good("x.db"));
    int complete = 0, incomplete = 0, pages = 0;
    for (; complete < 3 && pages < 400; pages++) {
        if (run_limited(pages))
            complete++;
        else
            incomplete++;
        answers("x.db", "pragma integrity_check", "ok");
    }
    cr_assert_gt(incomplete, 10);
    cr_assert_eq(complete, 3);
    answers("x.db", "select count(*) from run where status = 'complete'", "3");
    answers("x.db", "select count(*) from run r where status = 'complete' and"
                    " (select count(*) from ha_sample s where s.run_id = r.run_id) <> 1500", "0");
    answers("x.db", "select count(*) from run where status = 'interrupted'", "0");
}

/* A file system of 256 KiB of our own; false without the right to mount. */
static bool mount_small(const char *where)
{
    g_mkdir(where, 0700);
    return unshare(CLONE_NEWNS) == 0 && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("none", where, "tmpfs", 0, "size=256k") == 0;
}

Test(record_file, a_full_file_system_is_told)
{
    if (!mount_small("small"))
        cr_skip_test("no right to mount");
    GError *error = NULL;
    sim_record *r = sim_record_open("small/x.db", &error);
    bool good = r != NULL;
    if (r) {
        sim_sink *sink = begin(r, &error);
        good = sink != NULL;
        if (sink) {
            put_samples(sink, 60000);
            good = finish(r, SIM_RUN_COMPLETE, &error);
        }
        sim_record_close(r);
    }
    cr_assert_not(good);
    cr_assert_not_null(error);
    cr_assert(g_str_has_prefix(error->message, "small/x.db: "), "%s", error->message);
    g_error_free(error);
    sqlite3 *db;
    cr_assert_eq(sqlite3_open_v2("small/x.db", &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    sqlite3_close(db);
    g_autofree char *status = ask("small/x.db", "select max(status) from run");
    cr_assert_str_neq(status, "complete");
    cr_assert_eq(umount("small"), 0);
}

static pid_t writer(int runs, int rows)
{
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    for (int i = 0; i < runs; i++) {
        sim_record *r = sim_record_open("x.db", NULL);
        sim_sink *sink = r ? begin(r, NULL) : NULL;
        if (!sink)
            _exit(1);
        put_samples(sink, rows);
        if (!finish(r, SIM_RUN_COMPLETE, NULL))
            _exit(2);
        sim_record_close(r);
    }
    _exit(0);
}

Test(record_file, two_processes_take_turns)
{
    pid_t pids[4];
    for (size_t i = 0; i < G_N_ELEMENTS(pids); i++)
        pids[i] = writer(5, 2000);
    for (size_t i = 0; i < G_N_ELEMENTS(pids); i++) {
        int status;
        waitpid(pids[i], &status, 0);
        cr_assert_eq(status, 0);
    }
    answers("x.db", "pragma integrity_check", "ok");
    answers("x.db", "select count(*) from run where status = 'complete'", "20");
    answers("x.db", "select min(n)||' '||max(n) from (select count(*) n from ha_sample"
                    " group by run_id)", "2000 2000");
}

/* What one of them finds is no file of another program, half made as it may be. */
Test(record_file, processes_that_make_the_file_at_once_agree)
{
    for (int round = 0; round < 100; round++) {
        pid_t pids[4];
        for (size_t i = 0; i < G_N_ELEMENTS(pids); i++)
            if ((pids[i] = fork()) == 0) {
                sim_record *r = sim_record_open("x.db", NULL);
                sim_record_close(r);
                _exit(r ? 0 : 1);
            }
        for (size_t i = 0; i < G_N_ELEMENTS(pids); i++) {
            int status;
            waitpid(pids[i], &status, 0);
            cr_assert_eq(status, 0, "round %d", round);
        }
        g_unlink("x.db");
    }
}

Test(record_file, a_writer_that_does_not_let_go_is_an_error)
{
    sim_record *r = open_good("x.db");
    sim_record_patience(r, 50);
    sqlite3 *other;
    cr_assert_eq(sqlite3_open("x.db", &other), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    GError *error = NULL;
    cr_assert_null(begin(r, &error));
    cr_assert_str_eq(error->message,
                     "x.db: another program writes to it; waited 0.05 s in vain");
    g_clear_error(&error);
    cr_assert_eq(sqlite3_exec(other, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    cr_assert_not_null(begin(r, &error));
    cr_assert(finish(r, SIM_RUN_COMPLETE, &error));
    sqlite3_close(other);
    sim_record_close(r);
}

Test(record_file, numbers_that_are_none_become_null)
{
    sim_record *r = open_good("x.db");
    sim_sink *sink = begin(r, NULL);
    double zero = 0;
    sink->cls->metric(sink, &(sim_row_metric){SIM_NO_NODE, "a", true, zero / zero, "1"});
    sink->cls->metric(sink, &(sim_row_metric){SIM_NO_NODE, "b", true, 1 / zero, "1"});
    cr_assert(finish(r, SIM_RUN_COMPLETE, NULL));
    sim_record_close(r);
    answers("x.db", "select count(*) from metric where value is null", "2");
}
