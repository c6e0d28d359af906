/* Traces: a real city in three formats (in the shared folder; without it, not tested), and
 * what a long file costs.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <math.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "trace_support.h"

#define S SIM_SECOND_NS
#define STEP_NS (5 * SIM_SECOND_NS)

static trace_run *open_shared(const char *name)
{
    g_autofree char *path = trace_shared(name);
    GError *error = NULL;

    if (path == NULL)
        return NULL;

    int64_t began_us = g_get_monotonic_time();
    trace_run *run = trace_open_path(path, (trace_options){ .start = "0 s" }, &error);

    cr_assert(run != NULL, "%s", error->message);
    cr_log_info("%s: opened in %.2f s", name,
                (double)(g_get_monotonic_time() - began_us) / 1e6);
    trace_drive(run, 10000 * S);
    cr_assert(run->cls->healthy(run->m, NULL));
    return run;
}

static void expect_inside(const trace_run *run)
{
    int64_t x0, y0, x1, y1;

    cr_assert(run->cls->bounds(run->m, &x0, &y0, &x1, &y1));
    cr_expect(x1 - x0 > 1000000 && x1 - x0 < 3000000 && y1 - y0 > 1000000 && y1 - y0 < 2000000);
    for (uint32_t i = 0; i < run->n; i++) {
        for (guint k = 0; k < run->legs[i]->len; k++) {
            const model_leg *leg = &g_array_index(run->legs[i], model_leg, k);

            if (leg->kind == MODEL_LEG_LINE)
                cr_assert(leg->x0_mm >= x0 && leg->x1_mm <= x1 && leg->y0_mm >= y0 &&
                          leg->y1_mm <= y1);
        }
    }
}

static double distance_m(int64_t ax, int64_t ay, int64_t bx, int64_t by)
{
    double dx = (double)(ax - bx), dy = (double)(ay - by);

    return sqrt(dx * dx + dy * dy) / 1000;
}

Test(models_trace_real, bologna_as_fcd_has_every_position)
{
    trace_run *run = open_shared("bologna-acosta.fcd.xml.gz");
    uint64_t legs = 0, absences = 0;

    if (run == NULL)
        return;
    cr_expect(run->n == 8779);
    expect_inside(run);
    for (uint32_t i = 0; i < run->n; i++) {
        for (guint k = 0; k < run->legs[i]->len; k++) {
            const model_leg *leg = &g_array_index(run->legs[i], model_leg, k);

            legs += leg->kind == MODEL_LEG_LINE;
            absences += leg->kind == MODEL_LEG_ABSENT && leg->start_ns > 0;
            cr_assert(leg->kind != MODEL_LEG_LINE || leg->end_ns - leg->start_ns == STEP_NS);
        }
    }
    /* 488,075 positions of 8,779 vehicles without a gap. */
    cr_expect(absences == 0);
    cr_expect(legs == 488075 - 8779, "%lu legs", (unsigned long)legs);
    trace_free(run);
}

/* traceExporter.py orders a vehicle, at t, to go to where it is at t, at its speed at t: so
 * it arrives at each place about one step late, and short of it if it brakes. It enters at
 * the same instant and place. The two figures are those of an independent computation of
 * what setdest means, from the same two files. */
Test(models_trace_real, bologna_as_ns2_follows_fcd_one_step_behind)
{
    trace_run *fcd = open_shared("bologna-acosta.fcd.xml.gz");
    trace_run *ns2 = fcd != NULL ? open_shared("bologna-acosta.ns2.tcl.gz") : NULL;
    uint64_t n = 0, near = 0;
    double sum_m = 0;

    if (ns2 == NULL)
        return;
    cr_assert(ns2->n == 8779 && fcd->n == 8779);
    expect_inside(ns2);
    for (uint32_t i = 0; i < ns2->n; i++) {
        int64_t a0, a1, b0, b1, ax, ay, bx, by;

        if (!trace_span(fcd, i, &a0, &a1) || !trace_span(ns2, i, &b0, &b1))
            continue;
        cr_assert(a0 == b0 && b1 >= a1, "node %u", i);
        for (int64_t t = a0; t <= a1; t += STEP_NS) {
            cr_assert(trace_where(fcd, i, t, &ax, &ay));
            if (!trace_where(ns2, i, MIN(t + STEP_NS, b1), &bx, &by))
                continue;

            double m = distance_m(ax, ay, bx, by);

            cr_assert(m < 100);
            n++;
            near += m <= 1;
            sum_m += m;
        }
    }
    cr_expect(n == 488075);
    cr_expect_float_eq(sum_m / (double)n, 15.401, 0.01);
    cr_expect_float_eq((double)near / (double)n, 0.2195, 0.001);
    trace_free(fcd);
    trace_free(ns2);
}

/* The node of `run` that enters when and where another does. */
static uint32_t find_entry(const trace_run *run, int64_t t_ns, int64_t x_mm, int64_t y_mm)
{
    for (uint32_t i = 0; i < run->n; i++) {
        int64_t from, to, x, y;

        if (trace_span(run, i, &from, &to) && from == t_ns &&
            trace_where(run, i, from, &x, &y) && x == x_mm && y == y_mm)
            return i;
    }
    cr_assert_fail("nobody enters at %ld", (long)t_ns);
    return 0;
}

Test(models_trace_real, bologna_as_bonnmotion_is_fcd_to_the_millimetre)
{
    trace_run *fcd = open_shared("bologna-acosta.fcd.xml.gz");
    trace_run *bm = fcd != NULL ? open_shared("bologna-acosta-1000.movements.gz") : NULL;
    uint64_t n = 0;

    if (bm == NULL)
        return;
    cr_assert(bm->n == 1000);
    expect_inside(bm);
    for (uint32_t i = 0; i < bm->n; i++) {
        int64_t a0, a1, b0, b1, ax, ay, bx, by;

        cr_assert(trace_span(bm, i, &b0, &b1) && trace_where(bm, i, b0, &bx, &by));

        uint32_t same = find_entry(fcd, b0, bx, by);

        cr_assert(trace_span(fcd, same, &a0, &a1) && a1 == b1, "node %u", i);
        for (int64_t t = a0; t <= a1; t += STEP_NS / 2) {
            cr_assert(trace_where(fcd, same, t, &ax, &ay) && trace_where(bm, i, t, &bx, &by));
            cr_assert(ax == bx && ay == by, "node %u at %ld", i, (long)t);
            n++;
        }
    }
    cr_expect(n > 90000);
    trace_free(fcd);
    trace_free(bm);
}

/* ---- the trace of this repository -------------------------------------------------- */

Test(models_trace_real, small_town_is_what_its_program_writes)
{
    static const char path[] = "scenarios/traces/small-town.fcd.xml.gz";
    static char *awk[] = { "awk", "-f", "scenarios/traces/small-town.awk", NULL };
    g_autofree char *text = NULL;
    GError *error = NULL;
    trace_run *run = trace_open_path(path, (trace_options){ 0 }, &error);

    cr_assert(run != NULL, "%s", error->message);
    cr_assert(g_spawn_sync(NULL, awk, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &text, NULL, NULL,
                           NULL));

    trace_run *fresh = trace_open_text(text, strlen(text), false, (trace_options){ 0 }, NULL);

    cr_assert(fresh != NULL && run->n == 120 && fresh->n == 120);
    trace_drive(run, 1000 * S);
    trace_drive(fresh, 1000 * S);
    for (uint32_t i = 0; i < 120; i++) {
        cr_assert(run->legs[i]->len == fresh->legs[i]->len);
        cr_assert(memcmp(run->legs[i]->data, fresh->legs[i]->data,
                         run->legs[i]->len * sizeof(model_leg)) == 0);
    }
    trace_free(run);
    trace_free(fresh);
}

/* ---- memory ------------------------------------------------------------------------ */

/* A trace of `steps` steps with the same 200 vehicles, with a gap now and then. */
static char *write_fcd(unsigned steps)
{
    char *path = NULL;
    int fd = g_file_open_tmp("mip6-trace-XXXXXX", &path, NULL);
    FILE *file = fdopen(fd, "w");

    cr_assert(file != NULL);
    fprintf(file, "<fcd-export>\n");
    for (unsigned s = 0; s < steps; s++) {
        fprintf(file, "<timestep time=\"%u.00\">\n", s);
        for (unsigned v = 0; v < 200; v++) {
            if (v % 50 != 7 || s / 500 % 4 != 2)
                fprintf(file, "<vehicle id=\"vehicle%u\" x=\"%u.00\" y=\"%u.00\"/>\n", v,
                        s % 1000, v);
        }
        fprintf(file, "</timestep>\n");
    }
    fprintf(file, "</fcd-export>\n");
    fclose(file);
    return path;
}

/* Peak memory of a child that opens a trace and follows all of it, in KiB. */
static long peak_kib(const char *path, int64_t end_s)
{
    struct rusage usage;
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        trace_run *run = trace_open_path(path, (trace_options){ 0 }, NULL);
        int64_t ends_s[200] = { 0 };
        model_leg leg;

        if (run == NULL || run->n != 200)
            _exit(1);
        for (int64_t t = 0; t < end_s; t++) {
            for (uint32_t i = 0; i < 200; i++) {
                if (ends_s[i] != t)
                    continue;
                run->cls->next(run->m, i, &leg);
                ends_s[i] = leg.end_ns / S;
            }
        }
        _exit(run->cls->healthy(run->m, NULL) && ends_s[0] == end_s ? 0 : 2);
    }
    cr_assert(pid > 0 && wait4(pid, &status, 0, &usage) == pid);
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %d", status);
    return usage.ru_maxrss;
}

Test(models_trace_real, memory_does_not_grow_with_the_length_of_fcd)
{
    g_autofree char *brief = write_fcd(1000), *lengthy = write_fcd(4000);
    long brief_kib = peak_kib(brief, 1000 - 2), lengthy_kib = peak_kib(lengthy, 4000 - 2);

    g_unlink(brief);
    g_unlink(lengthy);
    cr_log_info("peak %ld KiB, and %ld KiB for four times the file", brief_kib, lengthy_kib);
    /* The files are 10 and 40 MB. */
    cr_expect(lengthy_kib - brief_kib < 1024, "%ld KiB, then %ld KiB", brief_kib, lengthy_kib);
}
