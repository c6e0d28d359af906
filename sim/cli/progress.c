/* See progress.h. SPDX-License-Identifier: GPL-3.0-or-later */

#include "sim/cli/progress.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

enum { EVERY_EVENTS = 20000, EVERY_US = 200000 };

char *sim_duration_text(int64_t seconds)
{
    if (seconds >= 3600)
        return g_strdup_printf("%d h %02d min", (int)(seconds / 3600),
                               (int)(seconds / 60 % 60));
    if (seconds >= 60)
        return g_strdup_printf("%d min %02d s", (int)(seconds / 60), (int)(seconds % 60));
    return g_strdup_printf("%d s", (int)seconds);
}

char *sim_progress_line(const char *what, int64_t now_ns, int64_t end_ns, uint64_t events,
                        gint64 wall_us)
{
    double share = end_ns > 0 ? (double)now_ns / (double)end_ns : 0;
    double wall_s = (double)MAX(wall_us, 1) / 1e6;
    int64_t left_s = share > 0 ? (int64_t)(wall_s * (1 - share) / share + 0.5) : 0;
    g_autofree char *left = share > 0 ? sim_duration_text(left_s) : g_strdup("?");
    return g_strdup_printf("%s: %.1f of %.1f s simulated (%.0f %%), %.2f M events/s, %s left", what,
                           (double)now_ns / 1e9, (double)end_ns / 1e9, share * 100,
                           (double)events / wall_s / 1e6, left);
}

static void tell(sim_engine *engine, void *user)
{
    sim_progress *p = user;
    gint64 now_us = g_get_monotonic_time();
    if (now_us - p->told_us < EVERY_US)
        return;
    p->told_us = now_us;
    g_autofree char *line = sim_progress_line(p->what, sim_now(engine), p->end_ns,
                                              sim_engine_events(engine), now_us - p->begun_us);
    fprintf(stderr, "\r\033[K%s", line);
    fflush(stderr);
}

void sim_progress_start(sim_progress *p, sim_engine *engine, const char *what, int64_t end_ns)
{
    p->what = what;
    p->end_ns = end_ns;
    p->begun_us = p->told_us = g_get_monotonic_time();
    if (p->shown)
        sim_engine_set_progress(engine, EVERY_EVENTS, tell, p);
}

void sim_progress_end(sim_progress *p)
{
    if (!p->shown)
        return;
    fputs("\r\033[K", stderr);
    fflush(stderr);
}

/* ---- signals ------------------------------------------------------------------------------ */

static sim_engine *volatile engine_at_hand;
static volatile sig_atomic_t came;

static void on_signal(int number)
{
    (void)number;
    came = 1;
    sim_engine *engine = engine_at_hand;
    if (engine)
        sim_engine_interrupt(engine);
}

void sim_signals_catch(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = on_signal};
    action.sa_flags = (int)SA_RESETHAND | SA_RESTART;
    sigemptyset(&action.sa_mask);
    came = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) {
        struct sigaction old;
        /* nohup: a run goes on when its terminal goes. */
        if (numbers[i] == SIGHUP && sigaction(SIGHUP, NULL, &old) == 0 &&
            old.sa_handler == SIG_IGN)
            continue;
        sigaction(numbers[i], &action, NULL);
    }
}

void sim_signals_engine(sim_engine *engine)
{
    engine_at_hand = engine;
    if (engine && came)
        sim_engine_interrupt(engine);
}

bool sim_signals_came(void)
{
    return came != 0;
}

void sim_signals_forget(void)
{
    came = 0;
}
