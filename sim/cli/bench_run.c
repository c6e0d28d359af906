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

#include "models/config/config.h"
#include "sim/cli/batch.h"
#include "sim/cli/bench.h"
#include "sim/cli/cli.h"
#include "sim/cli/task.h"

char *sim_bench_scenario(const sim_bench *b, const char *name, const char *text)
{
    GError *error = NULL;
    g_autofree char *file = g_build_filename(b->folder, name, NULL);
    if (g_file_set_contents(file, text, -1, &error))
        return g_steal_pointer(&file);
    sim_cli_error(error);
    return NULL;
}

typedef struct instant {
    int64_t now_ns;
    double cpu_s, wall_s;
    int64_t events;
} instant;

/* A run is measured from its warm-up's end to its last events; what is written then is not. */
typedef struct meter {
    int64_t from_ns;
    bool marked;
    instant begin, mark, last, end;
} meter;

static double seconds(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static instant instant_of(const sim_engine *engine)
{
    return (instant){
        .now_ns = engine ? sim_now(engine) : 0,
        .cpu_s = seconds(CLOCK_PROCESS_CPUTIME_ID), .wall_s = seconds(CLOCK_MONOTONIC),
        .events = engine ? (int64_t)sim_engine_events(engine) : 0,
    };
}

static void look(sim_engine *engine, void *user)
{
    meter *m = user;
    m->last = instant_of(engine);
    if (m->marked || m->last.now_ns < m->from_ns)
        return;
    m->marked = true;
    m->mark = m->last;
}

/* Before the first event with the engine, after the last one without. */
static void watch(void *user, sim_engine *engine, int64_t end_ns)
{
    enum { EVERY = 256 };
    meter *m = user;
    (void)end_ns;
    if (engine)
        sim_engine_set_progress(engine, EVERY, look, m);
    else if (!m->marked)
        m->mark = m->last;
}

static sim_bench_cost cost_of(const meter *m)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    const instant *a = &m->mark, *b = &m->last;
    return (sim_bench_cost){
        .setup_wall_s = a->wall_s - m->begin.wall_s, .run_s = b->cpu_s - a->cpu_s,
        .run_wall_s = b->wall_s - a->wall_s, .finish_wall_s = m->end.wall_s - b->wall_s,
        .run_simulated_s = (double)(b->now_ns - a->now_ns) / 1e9,
        .run_events = b->events - a->events, .peak_kib = usage.ru_maxrss,
    };
}

static int run_task(const sim_plan *plan, const char *db, sim_bench_cost *cost)
{
    const model_scenario_config *s = sim_config_section(plan->config, "scenario")->base;
    meter m = {.from_ns = s->warm_up_ns, .begin = instant_of(NULL)};
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
    m.end = instant_of(NULL);
    *cost = cost_of(&m);
    if (code == SIM_EXIT_DONE && cost->run_events == 0)
        code = sim_cli_fail(SIM_EXIT_CANNOT, "bench: too few events to measure");
    return code;
}

/* What is to run. */
typedef struct order {
    const char *file, *db;
    const char *const *overrides;
} order;

static int run_order(const order *o, sim_bench_cost *cost)
{
    sim_inputs none = {0};
    g_autoptr(GPtrArray) errors = sim_errors_new();
    sim_plan *plan = sim_plan_new(&none, o->file, NULL, o->overrides, errors);
    if (!plan)
        return sim_cli_errors(errors);
    unlink(o->db);
    int code = run_task(plan, o->db, cost);
    sim_plan_free(plan);
    return code;
}

/* The child: the run, and what it cost into the pipe. It plans the run, too: what the parent has
 * used once, each child after that would begin with. */
static void G_GNUC_NORETURN work(const order *o, int to, pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(SIM_EXIT_CANNOT);
    sim_bench_cost cost = {0};
    int code = run_order(o, &cost);
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

int sim_bench_run(const char *file, const char *const *overrides, const char *db,
                  sim_bench_cost *cost)
{
    const order o = {.file = file, .db = db, .overrides = overrides};
    int ends[2];
    if (pipe(ends) != 0)
        return sim_cli_fail(SIM_EXIT_CANNOT, "no pipe: %s", g_strerror(errno));
    fflush(NULL);
    pid_t parent = getpid(), pid = fork();
    if (pid == 0)
        work(&o, ends[1], parent);
    int e = errno;
    close(ends[1]);
    if (pid > 0)
        return await(pid, ends[0], cost);
    close(ends[0]);
    return sim_cli_fail(SIM_EXIT_CANNOT, "no process for a run: %s", g_strerror(e));
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
