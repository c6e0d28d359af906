/* Baselines made here against others: the three answers, where the first difference is, and how
 * often the verdict is wrong. SPDX-License-Identifier: GPL-3.0-or-later */

#include <criterion/criterion.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <string.h>

#include "analysis/baseline_private.h"
#include "analysis/regress.h"
#include "effort.h"

TestSuite(analysis_regress);

enum { REPLICATIONS = 20 };

static const char *const names[] = {"delay_p99", "jain_load", "loss_ratio", "ping_pongs",
                                    "peak_queue_packets", "outage_mean", NULL};

/* Values are 1 plus noise of one tenth, from a stream; times `factor` for the metric `moved`. */
static analysis_baseline *make(gsl_rng *rng, unsigned print, const char *moved, double factor)
{
    analysis_baseline *b = analysis_baseline_new("town", "v", "short");
    b->window_s = 1;
    analysis_baseline_policy *p = analysis_baseline_add_policy(b, "hybrid:safe");
    for (int r = 1; r <= REPLICATIONS; r++) {
        g_autofree char *fingerprint = g_strdup_printf("%032x", print * 100 + (unsigned)r);
        analysis_baseline_add_run(p, r, fingerprint);
    }
    for (size_t i = 0; names[i]; i++) {
        analysis_baseline_metric *m = analysis_baseline_add_metric(p, names[i]);
        for (int r = 0; r < REPLICATIONS; r++) {
            m->values[r] = 1 + gsl_ran_gaussian(rng, 0.1);
            if (moved && strcmp(moved, names[i]) == 0)
                m->values[r] *= factor;
        }
    }
    return b;
}

static gsl_rng *new_rng(unsigned long seed)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(rng, seed);
    return rng;
}

static analysis_regress *judge(const analysis_baseline *old, const analysis_baseline *now)
{
    analysis_regress *r = analysis_regress_new(0.95);
    analysis_regress_add(r, old, now);
    analysis_regress_judge(r);
    return r;
}

static const analysis_regress_policy *policy_of(const analysis_regress *r)
{
    const analysis_regress_scenario *s = g_ptr_array_index(r->scenarios, 0);
    return g_ptr_array_index(s->policies, 0);
}

static const analysis_move *move_of(const analysis_regress *r, const char *name)
{
    const analysis_regress_policy *p = policy_of(r);
    for (guint i = 0; i < p->moves->len; i++)
        if (strcmp(((analysis_move *)g_ptr_array_index(p->moves, i))->name, name) == 0)
            return g_ptr_array_index(p->moves, i);
    cr_assert_fail("%s was not tested", name);
    return NULL;
}

static char *text_of(const analysis_regress *r)
{
    GString *out = g_string_new(NULL);
    analysis_regress_text(r, &(analysis_style){0}, out);
    return g_string_free(out, FALSE);
}

static void says(const analysis_regress *r, const char *words)
{
    g_autofree char *text = text_of(r);
    cr_assert(strstr(text, words) != NULL, "no `%s` in:\n%s", words, text);
}

Test(analysis_regress, the_same_is_identical_and_nothing_is_tested)
{
    gsl_rng *a = new_rng(1), *b = new_rng(1);
    g_autoptr(analysis_baseline) old = make(a, 1, NULL, 1), now = make(b, 1, NULL, 1);
    g_autoptr(analysis_regress) r = judge(old, now);
    cr_assert_eq(policy_of(r)->answer, ANALYSIS_IDENTICAL);
    cr_assert_eq(policy_of(r)->pairs, REPLICATIONS);
    cr_assert_eq(r->tests, 0);
    says(r, "hybrid:safe      identical: 20 runs\n");
    gsl_rng_free(a);
    gsl_rng_free(b);
}

Test(analysis_regress, a_known_amount_is_called_by_its_direction)
{
    /* Higher is better for one of them, lower for the others. */
    static const struct { const char *name; double factor; int verdict; } cases[] = {
        {"delay_p99", 1.2, -1}, {"delay_p99", 0.8, 1}, {"jain_load", 1.2, 1},
        {"jain_load", 0.8, -1}, {"ping_pongs", 1.3, -1}, {"loss_ratio", 0.7, 1}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        gsl_rng *rng = new_rng(i + 3);
        g_autoptr(analysis_baseline) old = make(rng, 1, NULL, 1);
        g_autoptr(analysis_baseline) now = make(rng, 2, cases[i].name, cases[i].factor);
        g_autoptr(analysis_regress) r = judge(old, now);
        cr_assert_eq(policy_of(r)->answer, ANALYSIS_MOVED);
        for (size_t k = 0; names[k]; k++) {
            const analysis_move *m = move_of(r, names[k]);
            int expected = strcmp(names[k], cases[i].name) == 0 ? cases[i].verdict : 0;
            cr_assert_eq(m->verdict, expected, "%s: %d", names[k], m->verdict);
        }
        says(r, cases[i].verdict < 0 ? "worse   " : "better  ");
        gsl_rng_free(rng);
    }
}

/* With 6 tests of 20 pairs, a shift of one standard deviation of the difference is seen nine
 * times of ten: 0.14, with noise of 0.1 on both sides. */
Test(analysis_regress, what_does_not_move_is_seldom_said_to_and_what_does_often)
{
    unsigned times = effort(400);
    gsl_rng *rng = new_rng(42);
    unsigned alarms = 0, seen = 0;
    for (unsigned i = 0; i < times; i++) {
        g_autoptr(analysis_baseline) old = make(rng, 1, NULL, 1), now = make(rng, 2, NULL, 1);
        g_autoptr(analysis_baseline) worse = make(rng, 2, "outage_mean", 1.17);
        g_autoptr(analysis_regress) neutral = judge(old, now), moved = judge(old, worse);
        alarms += policy_of(neutral)->answer == ANALYSIS_MOVED;
        cr_assert(policy_of(neutral)->answer != ANALYSIS_IDENTICAL);
        seen += move_of(moved, "outage_mean")->verdict == -1;
    }
    gsl_rng_free(rng);
    cr_assert_leq(alarms, 0.05 * times + three_errors(0.05, times),
                  "%u of %u neutral changes were said to move", alarms, times);
    cr_assert_gt(seen, times * 9 / 10, "%u of %u", seen, times);
}

/* The same in a set of many scenarios: one family. */
Test(analysis_regress, more_scenarios_do_not_make_more_false_alarms)
{
    enum { SCENARIOS = 20 };
    unsigned times = effort(60);
    gsl_rng *rng = new_rng(43);
    unsigned alarms = 0;
    for (unsigned i = 0; i < times; i++) {
        g_autoptr(analysis_regress) r = analysis_regress_new(0.95);
        for (int s = 0; s < SCENARIOS; s++) {
            g_autoptr(analysis_baseline) old = make(rng, 1, NULL, 1), now = make(rng, 2, NULL, 1);
            analysis_regress_add(r, old, now);
        }
        analysis_regress_judge(r);
        cr_assert_eq(r->tests, SCENARIOS * (G_N_ELEMENTS(names) - 1));
        alarms += analysis_regress_count(r, ANALYSIS_MOVED) > 0;
    }
    gsl_rng_free(rng);
    cr_assert_leq(alarms, 0.05 * times + three_errors(0.05, times), "%u of %u sets", alarms, times);
}

/* ---- the first difference ------------------------------------------------------------------- */

static analysis_baseline *traced(const char *second_print, const char *ha, const char *decision)
{
    analysis_baseline *b = analysis_baseline_new("town", "v", "short");
    b->window_s = 2;
    analysis_baseline_policy *p = analysis_baseline_add_policy(b, "p");
    analysis_baseline_run *one = analysis_baseline_add_run(p, 1, "1");
    analysis_baseline_add_trace(one, "ha1", "wire", "abcd");
    analysis_baseline_run *two = analysis_baseline_add_run(p, 2, second_print);
    analysis_baseline_add_trace(two, "ha1", "wire", "ab11");
    analysis_baseline_add_trace(two, ha, "wire", "a222");
    if (decision)
        analysis_baseline_add_trace(two, "ha10", "decision", decision);
    return b;
}

Test(analysis_regress, the_first_difference_is_where_traces_part_causes_first)
{
    g_autoptr(analysis_baseline) old = traced("2", "ha2", NULL), now = traced("3", "ha2", ".x");
    analysis_baseline_run *run = g_ptr_array_index(
        ((analysis_baseline_policy *)g_ptr_array_index(now->policies, 0))->runs, 1);
    strcpy(((analysis_trace *)g_ptr_array_index(run->traces, 1))->digits, "ax2");
    g_autoptr(analysis_regress) r = judge(old, now);
    const analysis_regress_policy *p = policy_of(r);
    cr_assert_eq(p->answer, ANALYSIS_CHANGED);
    cr_assert_eq(p->differing, 1);
    says(r, "first difference: replication 2, seconds 2 to 3: ha10 decision, ha2 wire\n");
    says(r, "1 of 2 runs differ");
}

Test(analysis_regress, a_difference_that_traces_do_not_show_is_told_without_a_time)
{
    g_autoptr(analysis_baseline) old = traced("2", "ha2", NULL), now = traced("3", "ha2", NULL);
    g_autoptr(analysis_regress) r = judge(old, now);
    cr_assert_not(policy_of(r)->first.known);
    says(r, "replication 2, at a time that the baseline does not tell");
    now->window_s = 3;      /* another length: windows do not compare */
    g_autoptr(analysis_regress) other = judge(old, now);
    cr_assert_not(policy_of(other)->first.known);
    cr_assert_eq(policy_of(other)->first.replication, 2);
}

/* ---- what does not pair --------------------------------------------------------------------- */

Test(analysis_regress, runs_without_a_baseline_are_never_identical)
{
    g_autoptr(analysis_baseline) one = traced("2", "ha2", NULL), empty = NULL;
    g_autoptr(analysis_regress) none = judge(NULL, one);
    cr_assert_eq(policy_of(none)->answer, ANALYSIS_NO_BASELINE);
    empty = analysis_baseline_new("town", "v", "short");
    analysis_baseline_add_run(analysis_baseline_add_policy(empty, "p"), 1, "1");
    analysis_baseline_add_policy(empty, "gone");
    g_autoptr(analysis_regress) part = judge(empty, one);
    cr_assert_eq(policy_of(part)->answer, ANALYSIS_NO_BASELINE);
    cr_assert_eq(policy_of(part)->pairs, 1);
    cr_assert_eq(policy_of(part)->unmatched, 1);
    says(part, "gone             is in the baseline and was not run");
    cr_assert_eq(analysis_regress_count(part, ANALYSIS_NO_BASELINE), 1);
    analysis_regress_skip(part, "city", "there is no map");
    says(part, "city\n  skipped: there is no map\n");
    cr_assert_eq(analysis_regress_count(part, ANALYSIS_SKIPPED), 1);
}

Test(analysis_regress, a_metric_measured_otherwise_is_a_change)
{
    gsl_rng *a = new_rng(1), *b = new_rng(1);
    g_autoptr(analysis_baseline) old = make(a, 1, NULL, 1), now = make(b, 1, "delay_p99", 2);
    g_autoptr(analysis_regress) r = judge(old, now);
    cr_assert_eq(policy_of(r)->answer, ANALYSIS_MOVED);
    cr_assert_eq(policy_of(r)->differing, 0);
    cr_assert_eq(r->tests, 1);
    says(r, "20 runs behave as before, but are measured otherwise");
    gsl_rng_free(a);
    gsl_rng_free(b);
}

Test(analysis_regress, other_seeds_and_configurations_are_told)
{
    g_autoptr(analysis_baseline) old = traced("2", "ha2", NULL), now = traced("3", "ha2", NULL);
    analysis_baseline_policy *p = g_ptr_array_index(now->policies, 0);
    p->seed = 5;
    g_free(p->config_sha256);
    p->config_sha256 = g_strdup("other");
    g_autoptr(analysis_regress) r = judge(old, now);
    says(r, "the configuration is not that of the baseline");
    says(r, "the seed is not that of the baseline");
    says(r, "`no metric moved` says little");
    g_autoptr(GString) json = g_string_new(NULL);
    analysis_regress_json(r, json);
    cr_assert(strstr(json->str, "\"other_seed\": true") != NULL);
    cr_assert(strstr(json->str, "\"answer\": \"changed, no metric moved\"") != NULL);
}
