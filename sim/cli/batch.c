/* See batch.h. SPDX-License-Identifier: GPL-3.0-or-later */

#include "sim/cli/batch.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/cli/cli.h"
#include "sim/cli/policy_file.h"
#include "sim/cli/progress.h"
#include "sim/cli/shards.h"
#include "sim/cli/task.h"
#include "sim/record/merge.h"
#include "sim/record/record.h"

enum { TOLD_EVERY_MS = 200, TELL_EVERY_EVENTS = 20000, PARTS = 1000000, MAX_WORDS = 4096 };

typedef enum item_state {
    ITEM_TO_DO,
    ITEM_AT_WORK,
    ITEM_SHARD,         /* whole, not merged */
    ITEM_DONE           /* in the results file, or the same as an earlier item */
} item_state;

typedef struct item {
    const sim_task *task;
    item_state state;
    char *name;         /* of its shard */
    int64_t run_id;
    size_t same_as;     /* an earlier item, or itself */
} item;

/* A worker process. */
typedef struct slot {
    pid_t pid;          /* 0: free */
    int words;          /* reading end: what went wrong; closed when the worker is gone */
    size_t item;
} slot;

typedef struct job {
    const sim_batch *batch;
    item *items;
    size_t n, to_do;    /* items; those to be run when it began */
    size_t next;        /* the first item that is not done */
    size_t found, whole;
    slot *slots;
    int n_slots;
    volatile int64_t *parts;    /* per slot, shared with workers: how far, of PARTS */
    sim_shards shards;
    gint64 begun_us;
    bool stuck;         /* merging failed, and was told */
} job;

/* ---- what is there ------------------------------------------------------------------------ */

static char *name_of(const char *identity)
{
    char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, identity, -1);
    hash[32] = '\0';
    return hash;
}

/* Tasks that are the same are run once. */
static void identify(job *j, GHashTable *runs)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (size_t i = 0; i < j->n; i++) {
        item *it = &j->items[i];
        sim_run_start start = sim_task_start(it->task);
        char *identity = sim_run_identity(&start);
        it->name = j->batch->again ? g_strdup_printf("run-%zu", i + 1) : name_of(identity);
        const int64_t *id = j->batch->again ? NULL : g_hash_table_lookup(runs, identity);
        gpointer first = j->batch->again ? NULL : g_hash_table_lookup(seen, identity);
        it->same_as = first ? GPOINTER_TO_SIZE(first) - 1 : i;
        if (id || first)
            it->state = ITEM_DONE;
        if (id)
            it->run_id = *id;
        j->found += id != NULL;
        j->to_do += it->state == ITEM_TO_DO;
        if (first)
            g_free(identity);
        else
            g_hash_table_insert(seen, identity, GSIZE_TO_POINTER(i + 1));
    }
}

/* Open the results file and see what is in it. */
static int look_up(job *j)
{
    GError *error = NULL;
    g_autoptr(sim_record) record = sim_record_open(j->batch->out, &error);
    g_autoptr(GHashTable) runs = record ? sim_record_complete_runs(record, &error) : NULL;
    if (!runs)
        return sim_cli_error(error);
    identify(j, runs);
    return SIM_EXIT_DONE;
}

/* Whole shards that a batch before this one left. */
static void adopt_shards(job *j)
{
    for (size_t i = 0; i < j->n && !j->batch->again; i++) {
        item *it = &j->items[i];
        g_autofree char *path = sim_shards_whole(&j->shards, it->name);
        if (it->state != ITEM_TO_DO || !g_file_test(path, G_FILE_TEST_EXISTS))
            continue;
        sim_run_start start = sim_task_start(it->task);
        g_autofree char *identity = sim_run_identity(&start);
        if (sim_shard_is_whole(path, identity)) {
            it->state = ITEM_SHARD;
            j->whole++;
        }
    }
}

static void end_line(const job *j)
{
    if (j->batch->progress)
        fputs("\r\033[K", stderr);
    fflush(stderr);
}

/* ---- merging ------------------------------------------------------------------------------ */

static bool merge_item(job *j, sim_record *record, item *it, GError **error)
{
    g_autofree char *path = sim_shards_whole(&j->shards, it->name);
    it->run_id = sim_record_merge(record, path, error);
    if (it->run_id == 0)
        return false;
    it->state = ITEM_DONE;
    sim_shards_remove(path);
    return true;
}

/* The shards whose turn it is. No handle of a database is open when this returns: workers are
 * forked between two calls. */
static int merge_ready(job *j)
{
    while (j->next < j->n && j->items[j->next].state == ITEM_DONE)
        j->next++;
    if (j->stuck)
        return SIM_EXIT_CANNOT;
    if (j->next == j->n || j->items[j->next].state != ITEM_SHARD)
        return SIM_EXIT_DONE;
    GError *error = NULL;
    g_autoptr(sim_record) record = sim_record_open(j->batch->out, &error);
    j->stuck = record == NULL;
    while (!j->stuck && j->next < j->n && j->items[j->next].state >= ITEM_SHARD) {
        item *it = &j->items[j->next];
        j->stuck = it->state == ITEM_SHARD && !merge_item(j, record, it, &error);
        j->next += !j->stuck;
    }
    if (!j->stuck)
        return SIM_EXIT_DONE;
    end_line(j);
    return sim_cli_error(error);
}

/* A run that was there already may be a point of this sweep all the same. */
static int add_points(job *j)
{
    GError *error = NULL;
    bool any = false;
    for (size_t i = 0; i < j->n; i++)
        any = any || (j->items[i].task->plan->point && j->items[i].run_id);
    g_autoptr(sim_record) record = any ? sim_record_open(j->batch->out, &error) : NULL;
    bool good = !any || record;
    for (size_t i = 0; good && any && i < j->n; i++) {
        const item *it = &j->items[i];
        sim_run_start start = sim_task_start(it->task);
        good = it->run_id == 0 || sim_record_add_point(record, it->run_id, start.point, &error);
    }
    return good ? SIM_EXIT_DONE : sim_cli_error(error);
}

/* ---- a worker ----------------------------------------------------------------------------- */

/* How far a worker's run is, into memory shared with its parent. */
typedef struct watch {
    volatile int64_t *part;
    int64_t end_ns;
} watch;

static void tell_part(sim_engine *engine, void *user)
{
    watch *w = user;
    *w->part = (int64_t)((double)sim_now(engine) / (double)MAX(w->end_ns, 1) * PARTS);
}

static void watch_part(void *user, sim_engine *engine, int64_t end_ns)
{
    watch *w = user;
    w->end_ns = end_ns;
    if (engine)
        sim_engine_set_progress(engine, TELL_EVERY_EVENTS, tell_part, w);
}

/* A worker lives no longer than its parent. What a terminal sends to all processes is for the
 * parent to decide. */
static void become_worker(pid_t parent)
{
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGTERM, SIG_DFL);
    sim_signals_forget();
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(SIM_EXIT_CANNOT);
}

static int write_shard(job *j, const item *it, volatile int64_t *part, GError **error)
{
    g_autofree char *path = sim_shards_part(&j->shards, it->name);
    sim_shards_remove(path);
    sim_record *record = sim_record_open(path, error);
    if (!record)
        return SIM_EXIT_CANNOT;
    int64_t id;
    watch w = {.part = part};
    int code = sim_task_run(it->task, record, watch_part, &w, &id, error);
    sim_record_close(record);
    if (code == SIM_EXIT_DONE && !sim_shards_finish(&j->shards, it->name, error))
        code = SIM_EXIT_CANNOT;
    return code;
}

static G_GNUC_NORETURN void work(job *j, int at, const item *it, int words, pid_t parent)
{
    become_worker(parent);
    GError *error = NULL;
    int code = write_shard(j, it, &j->parts[at], &error);
    if (error && write(words, error->message, MIN(strlen(error->message), MAX_WORDS)) < 0)
        code = SIM_EXIT_CANNOT;
    _exit(code);
}

/* ---- workers ------------------------------------------------------------------------------ */

static int start_worker(job *j, int at, size_t i)
{
    int ends[2];
    if (pipe(ends) != 0)
        return sim_cli_fail(SIM_EXIT_CANNOT, "no pipe: %s", g_strerror(errno));
    fflush(NULL);
    j->parts[at] = 0;
    pid_t parent = getpid(), pid = fork();
    if (pid == 0)
        work(j, at, &j->items[i], ends[1], parent);
    close(ends[1]);
    if (pid < 0) {
        int e = errno;
        close(ends[0]);
        return sim_cli_fail(SIM_EXIT_CANNOT, "no process for a run: %s", g_strerror(e));
    }
    j->slots[at] = (slot){.pid = pid, .words = ends[0], .item = i};
    j->items[i].state = ITEM_AT_WORK;
    return SIM_EXIT_DONE;
}

/* Keep all slots busy, with the first tasks first. Returns how many are busy; -1: told. */
static int fill_slots(job *j)
{
    int busy = 0;
    size_t i = j->next;
    for (int at = 0; at < j->n_slots; at++) {
        for (; !j->slots[at].pid && i < j->n; i++)
            if (j->items[i].state == ITEM_TO_DO)
                break;
        if (!j->slots[at].pid && i < j->n && start_worker(j, at, i) != SIM_EXIT_DONE)
            return -1;
        busy += j->slots[at].pid != 0;
    }
    return busy;
}

/* What a worker said before it ended; g_free. */
static char *hear(int words)
{
    char text[MAX_WORDS + 1];
    size_t n = 0;
    ssize_t got;
    while (n < MAX_WORDS && ((got = read(words, text + n, MAX_WORDS - n)) > 0 ||
                             (got < 0 && errno == EINTR)))
        n += got > 0 ? (size_t)got : 0;
    text[n] = '\0';
    return g_strdup(text);
}

static pid_t wait_for(pid_t pid, int *status)
{
    pid_t got;
    while ((got = waitpid(pid, status, 0)) < 0 && errno == EINTR)
        continue;
    return got;
}

/* The file whose code decides in a run; NULL: a built-in policy. */
static const char *policy_file(const sim_task *task)
{
    return sim_config_section(task->plan->config, "policy")->variant->file;
}

static int tell_failure(const item *it, int status, const char *words)
{
    g_autofree char *name = sim_task_name(it->task);
    const char *file = policy_file(it->task);
    g_autofree char *whose = file ? g_strdup_printf("; the code of its policy is %s", file)
                                  : g_strdup("");
    if (WIFSIGNALED(status))
        return sim_cli_fail(SIM_EXIT_CANNOT, "the run of %s was killed: %s%s", name,
                            g_strsignal(WTERMSIG(status)), whose);
    int code = WEXITSTATUS(status);
    return sim_cli_fail(code == SIM_EXIT_BAD ? code : SIM_EXIT_CANNOT, "the run of %s: %s%s", name,
                        *words ? words : "ended without a word", *words ? "" : whose);
}

/* The worker is gone: its run is a shard, or the batch ends. */
static int reap(job *j, slot *s)
{
    item *it = &j->items[s->item];
    g_autofree char *words = hear(s->words);
    int status = 0;
    pid_t got = wait_for(s->pid, &status);
    close(s->words);
    s->pid = 0;
    if (got > 0 && WIFEXITED(status) && WEXITSTATUS(status) == SIM_EXIT_DONE) {
        it->state = ITEM_SHARD;
        j->whole++;
        return SIM_EXIT_DONE;
    }
    it->state = ITEM_TO_DO;
    return tell_failure(it, status, words);
}

/* Wait a little for workers, and reap those that ended. */
static int wait_some(job *j)
{
    g_autofree struct pollfd *fds = g_new0(struct pollfd, (size_t)j->n_slots);
    for (int at = 0; at < j->n_slots; at++)
        fds[at] = (struct pollfd){.fd = j->slots[at].pid ? j->slots[at].words : -1,
                                  .events = POLLIN};
    int code = SIM_EXIT_DONE;
    if (poll(fds, (nfds_t)j->n_slots, TOLD_EVERY_MS) <= 0)
        return code;
    for (int at = 0; at < j->n_slots; at++)
        if (j->slots[at].pid && (fds[at].revents & (POLLIN | POLLHUP | POLLERR))) {
            int one = reap(j, &j->slots[at]);
            code = MAX(code, one);
        }
    return code;
}

static void stop_workers(job *j)
{
    for (int at = 0; at < j->n_slots; at++)
        if (j->slots[at].pid)
            kill(j->slots[at].pid, SIGKILL);
    for (int at = 0; at < j->n_slots; at++) {
        slot *s = &j->slots[at];
        int status;
        if (!s->pid)
            continue;
        wait_for(s->pid, &status);
        close(s->words);
        /* It may have been through a moment before. */
        bool whole = WIFEXITED(status) && WEXITSTATUS(status) == SIM_EXIT_DONE;
        j->items[s->item].state = whole ? ITEM_SHARD : ITEM_TO_DO;
        j->whole += whole;
        s->pid = 0;
    }
}

/* ---- progress ----------------------------------------------------------------------------- */

char *sim_batch_line(const char *what, size_t total, size_t found, size_t whole, double done,
                     int at_work, gint64 wall_us)
{
    double share = total > found ? done / (double)(total - found) : 1;
    int64_t left_s = share > 0 ? (int64_t)((double)wall_us / 1e6 * (1 - share) / share + 0.5) : 0;
    g_autofree char *left = share > 0 ? sim_duration_text(left_s) : g_strdup("?");
    return g_strdup_printf("%s: %zu of %zu runs done, %d at work, %s left", what, found + whole,
                           total, at_work, left);
}

static void tell(const job *j, int busy, size_t whole_before)
{
    if (!j->batch->progress)
        return;
    double done = (double)(j->whole - whole_before);
    for (int at = 0; at < j->n_slots; at++)
        done += j->slots[at].pid ? (double)j->parts[at] / PARTS : 0;
    size_t found = j->found + whole_before;
    g_autofree char *line = sim_batch_line(j->batch->what, j->found + j->to_do, found,
                                           j->whole - whole_before, done, busy,
                                           g_get_monotonic_time() - j->begun_us);
    fprintf(stderr, "\r\033[K%s", line);
    fflush(stderr);
}

/* ---- the batch ---------------------------------------------------------------------------- */

static int run_workers(job *j)
{
    int code = SIM_EXIT_DONE, busy = 0;
    size_t whole_before = j->whole;
    sim_signals_catch();
    j->begun_us = g_get_monotonic_time();
    while (code == SIM_EXIT_DONE && !sim_signals_came()) {
        /* In this order: no worker waits for a merge. */
        busy = fill_slots(j);
        code = merge_ready(j);
        if (busy <= 0 || code != SIM_EXIT_DONE)
            break;
        tell(j, busy, whole_before);
        code = wait_some(j);
        if (code != SIM_EXIT_DONE)
            end_line(j);
    }
    if (code == SIM_EXIT_DONE && busy < 0)
        code = SIM_EXIT_CANNOT;
    stop_workers(j);
    end_line(j);
    return code;
}

/* The shards that a batch leaves behind when it does not end well. */
static GHashTable *whole_names(const job *j)
{
    GHashTable *names = g_hash_table_new(g_str_hash, g_str_equal);
    for (size_t i = 0; i < j->n && !j->batch->again; i++)
        if (j->items[i].state == ITEM_SHARD)
            g_hash_table_add(names, j->items[i].name);
    return names;
}

static int finish(job *j, int code)
{
    bool interrupted = code == SIM_EXIT_DONE && sim_signals_came();
    int merged = merge_ready(j);
    code = MAX(code, merged);
    if (code == SIM_EXIT_DONE)
        code = add_points(j);
    if (interrupted && j->next < j->n)
        code = sim_cli_fail(SIM_EXIT_CANNOT, "interrupted: %zu of %zu runs are done%s",
                            j->found + j->whole, j->found + j->to_do,
                            j->batch->again ? "" : "; the same command goes on from there");
    return code;
}

/* What is there is looked up under the lock, so that of two batches at once the second one
 * finds what the first one did. */
static int run_sharded(job *j)
{
    GError *error = NULL;
    sim_record *record = sim_record_open(j->batch->out, &error);    /* is it good for results? */
    sim_record_close(record);
    if (!record || !sim_shards_open(&j->shards, j->batch->out, &error))
        return sim_cli_error(error);
    int code = look_up(j);
    if (code == SIM_EXIT_DONE) {
        adopt_shards(j);
        code = run_workers(j);
        code = finish(j, code);
    }
    g_autoptr(GHashTable) keep = whole_names(j);
    sim_shards_close(&j->shards, keep);
    return code;
}

/* ---- one after the other, in this process -------------------------------------------------- */

typedef struct line {
    sim_progress progress;
    const char *what;
} line;

static void watch_line(void *user, sim_engine *engine, int64_t end_ns)
{
    line *l = user;
    if (engine)
        sim_progress_start(&l->progress, engine, l->what, end_ns);
    else
        sim_progress_end(&l->progress);
}

static int run_here(job *j)
{
    GError *error = NULL;
    g_autoptr(sim_record) record = sim_record_open(j->batch->out, &error);
    if (!record)
        return sim_cli_error(error);
    int code = SIM_EXIT_DONE;
    sim_signals_catch();
    for (size_t i = 0; i < j->n && code == SIM_EXIT_DONE; i++) {
        item *it = &j->items[i];
        const char *policy = it->task->plan->policy;
        g_autofree char *what = j->n > 1 ? g_strdup_printf("%s (%zu of %zu)", policy, i + 1, j->n)
                                         : g_strdup(policy);
        line l = {.progress.shown = j->batch->progress, .what = what};
        sim_policy_file_blame(policy_file(it->task));
        code = sim_task_run(it->task, record, watch_line, &l, &it->run_id, &error);
        sim_policy_file_blame(NULL);
    }
    if (error)
        sim_cli_fail(code, "%s", error->message);
    g_clear_error(&error);
    return code;
}

/* ---- entry -------------------------------------------------------------------------------- */

static void give_run_ids(const job *j, GArray *run_ids)
{
    for (size_t i = 0; run_ids && i < j->n; i++)
        g_array_append_val(run_ids, j->items[j->items[i].same_as].run_id);
}

static void begin(job *j, const sim_batch *batch, const sim_task *tasks, size_t n)
{
    *j = (job){.batch = batch, .n = n, .items = g_new0(item, n), .n_slots = MAX(batch->jobs, 1)};
    for (size_t i = 0; i < n; i++)
        j->items[i] = (item){.task = &tasks[i], .same_as = i};
    j->slots = g_new0(slot, (size_t)j->n_slots);
}

static void end(job *j)
{
    for (size_t i = 0; i < j->n; i++)
        g_free(j->items[i].name);
    g_free(j->items);
    g_free(j->slots);
}

static int run_shared(job *j)
{
    size_t size = (size_t)j->n_slots * sizeof(int64_t);
    void *shared = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        return sim_cli_fail(SIM_EXIT_CANNOT, "no memory for workers: %s", g_strerror(errno));
    j->parts = shared;
    int code = run_sharded(j);
    munmap(shared, size);
    return code;
}

int sim_batch_run(const sim_batch *batch, const sim_task *tasks, size_t n, GArray *run_ids)
{
    job j;
    begin(&j, batch, tasks, n);
    int code;
    if (batch->again && batch->jobs <= 1) {
        code = run_here(&j);
    } else {
        code = run_shared(&j);
    }
    give_run_ids(&j, run_ids);
    end(&j);
    return code;
}

int sim_batch_find(const char *out, const sim_task *tasks, size_t n, GArray *run_ids)
{
    sim_batch batch = {.out = out, .what = ""};
    job j;
    begin(&j, &batch, tasks, n);
    int code = look_up(&j);
    give_run_ids(&j, run_ids);
    end(&j);
    return code;
}
