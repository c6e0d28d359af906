/* Batches: workers, shards, what is there already, what goes wrong.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/cli/batch.h"
#include "sim/cli/cli.h"
#include "sim/cli/shards.h"
#include "sim/cli/task.h"
#include "sim/record/merge.h"
#include "scratch.h"

static void enter(void)
{
    scratch_enter();
    cr_redirect_stderr();
    cr_assert(g_file_set_contents("s.ini", "[scenario]\nduration = 20 s\n[mobile-nodes]\n"
                                  "count = 4\n[traffic]\nrate = 100 kbit/s\n", -1, NULL));
}

TestSuite(cli_batch, .init = enter, .fini = scratch_leave);

/* The first column of all rows, joined; the message of an error. g_free. */
static char *ask(const char *path, const char *sql)
{
    sqlite3 *db;
    sqlite3_stmt *s = NULL;
    cr_assert_eq(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK, "%s", path);
    GString *all = g_string_new(NULL);
    int rc = sqlite3_prepare_v2(db, sql, -1, &s, NULL);
    while (rc == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW) {
        const char *text = (const char *)sqlite3_column_text(s, 0);
        g_string_append_printf(all, "%s%s", all->len ? " " : "", text ? text : "-");
    }
    if (rc != SQLITE_OK)
        g_string_append(all, sqlite3_errmsg(db));
    sqlite3_finalize(s);
    sqlite3_close(db);
    return g_string_free(all, FALSE);
}

static void answers(const char *path, const char *sql, const char *expected)
{
    g_autofree char *answer = ask(path, sql);
    cr_assert_str_eq(answer, expected, "%s: %s, expected %s", sql, answer, expected);
}

/* Everything in a results file but times of the clock. g_free. */
static char *content(const char *path)
{
    static const char *const queries[] = {
        "select run_id || scenario || policy || seed || replication || config_sha256 ||"
        " simulated_ns || events || fingerprint || status from run order by 1",
        "select run_id || key || value from run_param order by run_id, key",
        "select run_id || key || value from sweep_point order by run_id, key",
        "select run_id || node_id || kind || name || coalesce(address, '') from node",
        "select run_id || ' ' || t_ns || ' ' || node_id || queue_bytes || mn_count ||"
        " tunnelled_bytes from ha_sample",
        "select run_id || t_ns || ha_id || outcome from decision order by rowid",
        "select run_id || coalesce(node_id, '') || cause || packets || bytes from loss",
        "select run_id || coalesce(node_id, '') || message || packets || bytes from signalling",
        "select run_id || ' ' || second || ' ' || node_id || channel || hash from fingerprint",
        "select run_id || coalesce(node_id, '') || name || coalesce(value, '') from metric",
        "select run_id || name || bin_low || count from histogram order by rowid",
        "select run_id || t_ns || kind || coalesce(detail, '') from event order by rowid",
        "select run_id || text from note order by rowid",
    };
    GString *all = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(queries); i++) {
        g_autofree char *one = ask(path, queries[i]);
        g_string_append_printf(all, "%s\n", one);
    }
    return g_string_free(all, FALSE);
}

static void plan_free(gpointer plan)
{
    sim_plan_free(plan);
}

/* Plans of two policies, with this many replications. */
static GPtrArray *plans_of(const char *replications)
{
    char *text = g_strdup(replications);
    sim_inputs inputs = {.replications = text};
    g_autoptr(GPtrArray) errors = sim_errors_new();
    GPtrArray *plans = g_ptr_array_new_with_free_func(plan_free);
    g_ptr_array_add(plans, sim_plan_new(&inputs, "s.ini", "static-dhaad", NULL, errors));
    g_ptr_array_add(plans, sim_plan_new(&inputs, "s.ini", "hybrid:safe", NULL, errors));
    cr_assert_eq(errors->len, 0);
    g_free(text);
    return plans;
}

static int run_batch(const char *out, const char *replications, int jobs, GArray *ids)
{
    g_autoptr(GPtrArray) plans = plans_of(replications);
    g_autoptr(GArray) tasks = sim_tasks_of(plans);
    sim_batch batch = {.out = out, .jobs = jobs, .what = "test"};
    return sim_batch_run(&batch, (const sim_task *)(void *)tasks->data, tasks->len, ids);
}

/* What was said on standard error so far. g_free. */
static char *told(void)
{
    GString *text = g_string_new(NULL);
    FILE *stream = cr_get_redirected_stderr();
    fflush(NULL);
    char chunk[4096];
    size_t n;
    fcntl(fileno(stream), F_SETFL, O_NONBLOCK);
    while ((n = fread(chunk, 1, sizeof chunk, stream)) > 0)
        g_string_append_len(text, chunk, (gssize)n);
    return g_string_free(text, FALSE);
}

static void says(const char *text)
{
    g_autofree char *all = told();
    cr_assert(strstr(all, text) != NULL, "no `%s` in: %s", text, all);
}

Test(cli_batch, jobs_change_nothing)
{
    cr_assert_eq(run_batch("one.db", "3", 1, NULL), 0);
    cr_assert_eq(run_batch("many.db", "3", 3, NULL), 0);
    g_autofree char *one = content("one.db"), *many = content("many.db");
    cr_assert_str_eq(one, many);
    cr_assert_gt(strlen(one), 10000);
    answers("one.db", "select run_id || policy || replication || status from run",
            "1static-dhaad1complete 2static-dhaad2complete 3static-dhaad3complete "
            "4hybrid:safe1complete 5hybrid:safe2complete 6hybrid:safe3complete");
    cr_assert_not(g_file_test("many.db.shards", G_FILE_TEST_EXISTS));
}

/* The run command writes the same when it works alone. */
Test(cli_batch, the_same_as_without_workers)
{
    g_autoptr(GPtrArray) plans = plans_of("2");
    g_autoptr(GArray) tasks = sim_tasks_of(plans), ids = g_array_new(FALSE, FALSE, 8);
    sim_batch batch = {.out = "here.db", .jobs = 1, .again = true, .what = "test"};
    const sim_task *list = (const sim_task *)(void *)tasks->data;
    cr_assert_eq(sim_batch_run(&batch, list, tasks->len, ids), 0);
    cr_assert_eq(ids->len, 4);
    batch.out = "there.db";
    batch.jobs = 2;
    cr_assert_eq(sim_batch_run(&batch, list, tasks->len, NULL), 0);
    g_autofree char *here = content("here.db"), *there = content("there.db");
    cr_assert_str_eq(here, there);
    cr_assert_eq(sim_batch_run(&batch, list, tasks->len, NULL), 0);
    answers("there.db", "select count(*) from run", "8");
}

Test(cli_batch, what_is_there_is_found_and_more_replications_extend)
{
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    cr_assert_eq(run_batch("x.db", "1", 2, ids), 0);
    g_autofree char *before = content("x.db");
    cr_assert_eq(run_batch("x.db", "1", 2, ids), 0);
    g_autofree char *after = content("x.db");
    cr_assert_str_eq(before, after);
    cr_assert_eq(run_batch("x.db", "2", 2, ids), 0);
    static const int64_t expected[] = {1, 2, 1, 2, 1, 3, 2, 4};
    cr_assert_eq(ids->len, 8);
    cr_assert_arr_eq(ids->data, expected, sizeof expected);
    answers("x.db", "select count(*) from run", "4");
}

Test(cli_batch, a_run_that_is_not_complete_does_not_count)
{
    cr_assert_eq(run_batch("x.db", "1", 1, NULL), 0);
    g_free(ask("x.db", "update run set status = 'interrupted' where run_id = 1"));
    g_free(ask("x.db", "update run set code_version = 'other' where run_id = 2"));
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    cr_assert_eq(run_batch("x.db", "1", 1, ids), 0);
    static const int64_t expected[] = {3, 4};
    cr_assert_arr_eq(ids->data, expected, sizeof expected);
}

Test(cli_batch, the_same_task_twice_is_one_run)
{
    g_autoptr(GPtrArray) plans = plans_of("1");
    const sim_plan *plan = g_ptr_array_index(plans, 0);
    sim_task tasks[] = {{plan, 5, 1}, {plan, 5, 1}, {plan, 6, 1}};
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    sim_batch batch = {.out = "x.db", .jobs = 3, .what = "test"};
    cr_assert_eq(sim_batch_run(&batch, tasks, 3, ids), 0);
    static const int64_t expected[] = {1, 1, 2};
    cr_assert_arr_eq(ids->data, expected, sizeof expected);
    answers("x.db", "select group_concat(seed) from run", "5,6");
}

/* ---- killed ------------------------------------------------------------------------------- */

/* A batch in a process of its own, killed after a while. It must not assert. */
static void killed_after(const char *out, useconds_t after_us)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(run_batch(out, "3", 2, NULL));
    usleep(after_us);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

Test(cli_batch, killed_at_any_moment_and_resumed_is_the_same)
{
    cr_assert_eq(run_batch("calm.db", "3", 1, NULL), 0);
    g_autofree char *calm = content("calm.db");
    for (int round = 0; round < 4; round++) {
        for (int kills = 0; kills < 4; kills++)
            killed_after("x.db", (useconds_t)(1000 + (kills * 4 + round) * 9000));
        cr_assert_eq(run_batch("x.db", "3", 2, NULL), 0);
        g_autofree char *resumed = content("x.db");
        cr_assert_str_eq(calm, resumed);
        cr_assert_not(g_file_test("x.db.shards", G_FILE_TEST_EXISTS));
        answers("x.db", "pragma integrity_check", "ok");
        g_unlink("x.db");
    }
}

/* A shard of task i of plans_of("2"), made as a worker would; whole: merged in its turn. */
static char *make_shard(size_t i, const char *where)
{
    g_autoptr(GPtrArray) plans = plans_of("2");
    g_autoptr(GArray) tasks = sim_tasks_of(plans);
    const sim_task *task = &g_array_index(tasks, sim_task, i);
    sim_run_start start = sim_task_start(task);
    g_autofree char *identity = sim_run_identity(&start);
    g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, identity, -1);
    char *path = g_strdup_printf("%s/%.32s.db", where, hash);
    g_mkdir(where, 0700);
    sim_record *record = sim_record_open(path, NULL);
    int64_t id;
    cr_assert_eq(sim_task_run(task, record, NULL, NULL, &id, NULL), 0);
    sim_record_close(record);
    return path;
}

Test(cli_batch, a_whole_shard_is_merged_and_not_run_again)
{
    g_autofree char *path = make_shard(2, "x.db.shards");
    g_free(ask(path, "update run set started_at = 'long ago'"));
    cr_assert_eq(run_batch("x.db", "2", 2, NULL), 0);
    answers("x.db", "select group_concat(run_id) from run where started_at = 'long ago'", "3");
    cr_assert_eq(run_batch("y.db", "2", 1, NULL), 0);
    g_autofree char *x = content("x.db"), *y = content("y.db");
    cr_assert_str_eq(x, y);
    cr_assert_not(g_file_test("x.db.shards", G_FILE_TEST_EXISTS));
}

Test(cli_batch, shards_that_are_not_whole_are_made_again)
{
    g_autofree char *a = make_shard(0, "x.db.shards"), *b = make_shard(1, "x.db.shards");
    g_autofree char *c = make_shard(2, "x.db.shards"), *d = make_shard(3, "x.db.shards");
    g_free(ask(a, "update run set status = 'running', started_at = 'long ago'"));
    g_free(ask(b, "update run set seed = 99, started_at = 'long ago'"));
    cr_assert_eq(truncate(c, 10000), 0);
    cr_assert(g_file_set_contents(d, "this is no database at all", -1, NULL));
    cr_assert(g_file_set_contents("x.db.shards/0.part", "half", -1, NULL));
    cr_assert(g_file_set_contents("x.db.shards/0.part-wal", "half", -1, NULL));
    cr_assert_eq(run_batch("x.db", "2", 2, NULL), 0);
    answers("x.db", "select count(*) from run where started_at = 'long ago'", "0");
    answers("x.db", "select group_concat(status || seed) from run",
            "complete1,complete1,complete1,complete1");
    cr_assert_not(g_file_test("x.db.shards", G_FILE_TEST_EXISTS));
}

/* ---- what goes wrong ---------------------------------------------------------------------- */

/* A worker is at work, so the batch listens to signals. */
static bool has_begun(const char *shards)
{
    GDir *dir = g_dir_open(shards, 0, NULL);
    bool begun = false;
    for (const char *name; dir && (name = g_dir_read_name(dir));)
        begun = begun || g_str_has_suffix(name, ".db");
    if (dir)
        g_dir_close(dir);
    return begun;
}

Test(cli_batch, a_signal_ends_it_with_3_and_the_rest_can_be_done)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(run_batch("x.db", "500", 2, NULL));     /* more than it will get to */
    while (!has_begun("x.db.shards") && waitpid(pid, NULL, WNOHANG) == 0)
        usleep(1000);
    kill(pid, SIGINT);
    int status;
    waitpid(pid, &status, 0);
    cr_assert(WIFEXITED(status));
    cr_assert_eq(WEXITSTATUS(status), 3);
    says("runs are done; the same command goes on from there");
    answers("x.db", "select count(*) from run where status <> 'complete'", "0");
    cr_assert_eq(run_batch("x.db", "12", 2, NULL), 0);
    answers("x.db", "select (count(*) >= 24) || min(status) from run", "1complete");
}

static void interrupt_once(void)
{
    static bool done;
    if (!done)
        raise(SIGINT);
    done = true;
}

/* The worker has the parent's memory, not its signal. */
Test(cli_batch, a_signal_just_before_a_worker_is_forked)
{
    cr_assert_eq(pthread_atfork(interrupt_once, NULL, NULL), 0);
    cr_assert_eq(run_batch("x.db", "12", 2, NULL), 3);
    says("runs are done; the same command goes on from there");
}

Test(cli_batch, one_batch_at_a_time)
{
    g_mkdir("x.db.shards", 0700);
    int fd = g_open("x.db.shards/lock", O_RDWR | O_CREAT, 0600);
    cr_assert_eq(flock(fd, LOCK_EX), 0);
    cr_assert_eq(run_batch("x.db", "1", 1, NULL), 3);
    says("x.db: another sweep or comparison is at work on it");
    close(fd);
    cr_assert_eq(run_batch("x.db", "1", 1, NULL), 0);
}

Test(cli_batch, a_worker_that_fails_is_named)
{
    g_autoptr(GPtrArray) plans = plans_of("1");
    const sim_plan *plan = g_ptr_array_index(plans, 1);
    g_mkdir("x.db.shards", 0700);
    /* Where its shard should be there is a folder. */
    sim_task task = {plan, 1, 1};
    sim_run_start start = sim_task_start(&task);
    g_autofree char *identity = sim_run_identity(&start);
    g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, identity, -1);
    g_autofree char *path = g_strdup_printf("x.db.shards/%.32s.part", hash);
    g_mkdir(path, 0700);
    sim_batch batch = {.out = "x.db", .jobs = 1, .what = "test"};
    cr_assert_eq(sim_batch_run(&batch, &task, 1, NULL), 3);
    g_autofree char *expected =
        g_strdup_printf("the run of hybrid:safe, seed 1, replication 1: %s: is a folder", path);
    says(expected);
}

Test(cli_batch, a_place_that_cannot_be_written_is_3)
{
    cr_assert_eq(run_batch(".", "1", 2, NULL), 3);
    says(".: is a folder");
    cr_assert_eq(run_batch("/proc/x.db", "1", 2, NULL), 3);
    says("/proc/x.db: ");
    cr_assert(g_file_set_contents("text.db", "this is text, and no database", -1, NULL));
    cr_assert_eq(run_batch("text.db", "1", 2, NULL), 3);
    says("text.db: is not a database");
    cr_assert_not(g_file_test("text.db.shards", G_FILE_TEST_EXISTS));
}

/* ---- merging ------------------------------------------------------------------------------ */

Test(cli_batch, merging_is_all_or_nothing)
{
    g_autofree char *path = make_shard(0, "shards");
    sim_record *record = sim_record_open("x.db", NULL);
    int failed = 0;
    int64_t id = 0;
    for (int pages = 1; pages < 2000 && id == 0; pages += 7) {
        GError *error = NULL;
        sim_record_limit(record, pages);
        id = sim_record_merge(record, path, &error);
        if (id == 0) {
            cr_assert_str_eq(error->message, "x.db: the disk is full");
            answers("x.db", "select count(*) from run", "0");
            answers("x.db", "select count(*) from ha_sample", "0");
            answers("x.db", "select count(*) from metric", "0");
            failed++;
        }
        g_clear_error(&error);
    }
    sim_record_close(record);
    cr_assert_gt(failed, 3);
    cr_assert_eq(id, 1);
    g_autofree char *from = content(path), *to = content("x.db");
    cr_assert_str_eq(from, to);
}

Test(cli_batch, what_is_no_whole_shard_is_not_merged)
{
    g_autofree char *path = make_shard(0, "shards");
    g_free(ask(path, "update run set status = 'running'"));
    g_autoptr(sim_record) record = sim_record_open("x.db", NULL);
    GError *error = NULL;
    cr_assert_eq(sim_record_merge(record, path, &error), 0);
    cr_assert(strstr(error->message, "holds no complete run") != NULL, "%s", error->message);
    g_clear_error(&error);
    cr_assert_eq(sim_record_merge(record, "none.db", &error), 0);
    cr_assert_not_null(error);
    g_clear_error(&error);
    answers("x.db", "select count(*) from run", "0");
}

/* Tables of an older file are completed; what a user added stays and is no obstacle. */
Test(cli_batch, older_and_extended_files_take_runs)
{
    cr_assert_eq(run_batch("x.db", "1", 1, NULL), 0);
    g_free(ask("x.db", "drop table sweep_point"));
    g_free(ask("x.db", "create table mine(run_id, remark)"));
    g_free(ask("x.db", "insert into mine values (1, 'a')"));
    cr_assert_eq(run_batch("x.db", "2", 1, NULL), 0);
    answers("x.db", "select count(*) from run", "4");
    answers("x.db", "select count(*) from mine", "1");
    answers("x.db", "select count(*) from sweep_point", "0");
}

Test(cli_batch, the_line_says_how_far_and_how_long)
{
    g_autofree char *line = sim_batch_line("sweep", 40, 10, 2, 3, 2, 30000000);
    cr_assert_str_eq(line, "sweep: 12 of 40 runs done, 2 at work, 4 min 30 s left");
    g_autofree char *begin = sim_batch_line("sweep", 40, 0, 0, 0, 2, 1000);
    cr_assert_str_eq(begin, "sweep: 0 of 40 runs done, 2 at work, ? left");
}

Test(cli_batch, jobs_are_1_to_256)
{
    int jobs;
    cr_assert(sim_jobs_of(NULL, 7, &jobs) && jobs == 7);
    cr_assert(sim_jobs_of("256", 7, &jobs) && jobs == 256);
    static const char *const bad[] = {"0", "257", "-1", "x", "", "2x", "99999999999999999999"};
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
        cr_assert_not(sim_jobs_of(bad[i], 7, &jobs), "%s", bad[i]);
    says("--jobs: `0` is no number from 1 to 256");
}
