/* A run in a process of its own, so that its memory is its own. See bench.h.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "models/config.h"
#include "sim/cli/batch.h"
#include "sim/cli/bench.h"
#include "sim/cli/cli.h"
#include "sim/cli/task.h"

/* The two instants between which a run is measured: its warm-up's end, and its own. */
typedef struct meter {
    int64_t from_ns;
    sim_engine *engine;
    bool marked;
    double begin_s, begin_wall_s, mark_s, mark_wall_s, end_s, end_wall_s;
    uint64_t mark_events, end_events;
} meter;

static double seconds(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void mark(meter *m)
{
    m->marked = true;
    m->mark_s = seconds(CLOCK_PROCESS_CPUTIME_ID);
    m->mark_wall_s = seconds(CLOCK_MONOTONIC);
    m->mark_events = sim_engine_events(m->engine);
    sim_engine_set_progress(m->engine, 0, NULL, NULL);
}

static void look(sim_engine *engine, void *user)
{
    meter *m = user;
    if (sim_now(engine) >= m->from_ns)
        mark(m);
}

/* Before the first event with the engine, after the last one without. */
static void watch(void *user, sim_engine *engine, int64_t end_ns)
{
    enum { EVERY = 256 };
    meter *m = user;
    (void)end_ns;
    if (engine) {
        m->engine = engine;
        sim_engine_set_progress(engine, EVERY, look, m);
        return;
    }
    if (!m->marked)
        mark(m);
    m->end_s = seconds(CLOCK_PROCESS_CPUTIME_ID);
    m->end_wall_s = seconds(CLOCK_MONOTONIC);
    m->end_events = sim_engine_events(m->engine);
}

static sim_bench_cost cost_of(const meter *m)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (sim_bench_cost){
        .setup_s = m->mark_s - m->begin_s, .run_s = m->end_s - m->mark_s,
        .setup_wall_s = m->mark_wall_s - m->begin_wall_s,
        .run_wall_s = m->end_wall_s - m->mark_wall_s,
        .run_events = (int64_t)(m->end_events - m->mark_events), .peak_kib = usage.ru_maxrss,
    };
}

static int run_task(const sim_plan *plan, const char *db, sim_bench_cost *cost)
{
    const model_scenario_config *s = sim_config_section(plan->config, "scenario")->base;
    meter m = {.from_ns = s->warm_up_ns, .begin_s = seconds(CLOCK_PROCESS_CPUTIME_ID),
               .begin_wall_s = seconds(CLOCK_MONOTONIC)};
    sim_task task = {.plan = plan, .replication = 1,
                     .seed = sim_config_int(plan->config, "scenario", "seed")};
    GError *error = NULL;
    int64_t id;
    sim_record *record = sim_record_open(db, &error);
    if (!record)
        return sim_cli_error(error);
    int code = sim_task_run(&task, record, watch, &m, &id, &error);
    sim_record_close(record);
    if (code != SIM_EXIT_DONE)
        sim_cli_error(error);
    *cost = cost_of(&m);
    return code;
}

/* The child: the run, and what it cost into the pipe. */
static void G_GNUC_NORETURN work(const sim_plan *plan, const char *db, int to, pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(SIM_EXIT_CANNOT);
    sim_bench_cost cost = {0};
    int code = run_task(plan, db, &cost);
    if (write(to, &cost, sizeof cost) != (ssize_t)sizeof cost)
        code = SIM_EXIT_CANNOT;
    _exit(code);
}

/* The child's exit code, once it has one. */
static int await(pid_t pid, int from, sim_bench_cost *cost)
{
    int status;
    ssize_t got;
    do
        got = read(from, cost, sizeof *cost);
    while (got < 0 && errno == EINTR);
    close(from);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (WIFEXITED(status) && WEXITSTATUS(status) != SIM_EXIT_DONE)
        return WEXITSTATUS(status);
    if (!WIFEXITED(status) || got != (ssize_t)sizeof *cost)
        return sim_cli_fail(SIM_EXIT_CANNOT, "bench: the process of a run died");
    return SIM_EXIT_DONE;
}

static int fork_run(const sim_plan *plan, const char *db, sim_bench_cost *cost)
{
    int ends[2];
    if (pipe(ends) != 0)
        return sim_cli_fail(SIM_EXIT_CANNOT, "no pipe: %s", g_strerror(errno));
    fflush(NULL);
    pid_t parent = getpid(), pid = fork();
    if (pid == 0)
        work(plan, db, ends[1], parent);
    int e = errno;
    close(ends[1]);
    if (pid > 0)
        return await(pid, ends[0], cost);
    close(ends[0]);
    return sim_cli_fail(SIM_EXIT_CANNOT, "no process for a run: %s", g_strerror(e));
}

int sim_bench_run(const char *file, const char *const *overrides, const char *db,
                  sim_bench_cost *cost)
{
    sim_inputs none = {0};
    g_autoptr(GPtrArray) errors = sim_errors_new();
    sim_plan *plan = sim_plan_new(&none, file, NULL, overrides, errors);
    if (!plan)
        return sim_cli_errors(errors);
    unlink(db);
    int code = fork_run(plan, db, cost);
    sim_plan_free(plan);
    return code;
}

double sim_bench_ask(const char *db, const char *sql)
{
    sqlite3 *handle;
    sqlite3_stmt *s = NULL;
    double answer = NAN;
    if (sqlite3_open_v2(db, &handle, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK &&
        sqlite3_prepare_v2(handle, sql, -1, &s, NULL) == SQLITE_OK &&
        sqlite3_step(s) == SQLITE_ROW && sqlite3_column_type(s, 0) != SQLITE_NULL)
        answer = sqlite3_column_double(s, 0);
    sqlite3_finalize(s);
    sqlite3_close(handle);
    return answer;
}
