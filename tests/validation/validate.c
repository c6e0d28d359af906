/* `make validate`: every case of the suite, as a table, and whether the simulator is right.
 *
 * What the level means. Were theory and simulator the same, 1 in 100 intervals at 99 % would
 * miss the theory all the same, and 1 in 2 at 50 %. Seeds are the numbers of the scenarios and were
 * not chosen, so a miss is no failure by itself. The suite fails where
 *   - a case misses by so much that chance would give it to any case of the whole suite once in
 *     a thousand suites (Bonferroni): `WRONG`;
 *   - an interval is wider than the case allows: `WIDE`;
 *   - a control, the same comparison with a deliberate mistake in the theory, would not be `WRONG`;
 *   - the number of misses does not fit the level: more at 99 %, or more or fewer at 50 %, than
 *     the binomial distribution gives once in two hundred suites. Fewer would mean intervals that
 *     are too wide to find anything. Figures of the same scenario depend on each other, so
 *     the first one of each counts there alone.
 *
 * Usage: validate [--fast] [--only=TEXT] BINARY DIRECTORY
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_statistics.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tests/validation/validation.h"

#define LEVEL 0.99
#define SUITE_CHANCE 0.001      /* of any WRONG in a suite that is right */
#define SHARE_CHANCE 0.005      /* of each share of misses */

static const struct {
    const char *title;
    const validation_case *(*cases)(size_t *n);
} families[] = {
    {"Queue of a home agent", validation_queues},
    {"Links, agent and tunnel in a row", validation_tunnel},
    {"Traffic", validation_traffic},
    {"Movement", validation_mobility},
};

typedef struct suite {
    const char *binary, *dir;
    char *only;
    gboolean fast;
    double wrong_below;         /* p of one case */
    unsigned n, misses, outside_half;   /* of what is independent */
    unsigned wrong, wide, uncaught, run;
} suite;

/* ---- what runs ------------------------------------------------------------------------------ */

static bool wanted(const suite *s, const char *name, bool fast)
{
    return (fast || !s->fast) && (!s->only || strstr(name, s->only));
}

static unsigned count_all(void)
{
    size_t sum, n;

    validation_variates(&sum);
    for (size_t f = 0; f < G_N_ELEMENTS(families); f++) {
        families[f].cases(&n);
        sum += n;
    }
    return (unsigned)sum;
}

/* ---- one row -------------------------------------------------------------------------------- */

/* Of a mean so far from the theory, in standard errors. */
static double p_of(double theory, double mean, double error, size_t n)
{
    return 2 * gsl_cdf_tdist_Q(fabs(theory - mean) / error, (double)n - 1);
}

/* What is no number is wrong. */
static const char *judge(suite *s, double p, bool wide, bool caught, bool counts)
{
    bool wrong = !(p >= s->wrong_below);

    s->run++;
    s->n += counts;
    s->misses += counts && p < 1 - LEVEL;
    s->outside_half += counts && p < 0.5;
    s->uncaught += !caught;
    s->wrong += wrong;
    s->wide += wide;
    if (wrong)
        return "WRONG";
    if (wide)
        return "WIDE";
    return p < 1 - LEVEL ? "miss" : "ok";
}

static void heading(const char *title, const char *theory, const char *measured)
{
    printf("\n%-37s %9s %20s %4s  %-5s  %s\n", title, theory, measured, "n", "",
            "control: caught?");
}

static void judge_case(suite *s, const validation_case *c, bool counts)
{
    g_autoptr(GArray) values = validation_values(s->dir, c);
    const double *v = (const double *)(const void *)values->data;
    size_t n = values->len;
    double mean = gsl_stats_mean(v, 1, n), error = gsl_stats_sd(v, 1, n) / sqrt((double)n);
    double half = error * gsl_cdf_tdist_Pinv((1 + LEVEL) / 2, (double)n - 1);
    double theory = c->theory(c->p);
    bool caught = p_of(c->theory(c->wrong), mean, error, n) < s->wrong_below;
    const char *verdict = judge(s, p_of(theory, mean, error, n), !(half <= c->width * theory),
                                caught, counts);

    printf("%-37s %9.5g %10.5g ± %-7.2g %4u  %-5s  %s: %s\n", c->name, theory, mean, half,
            (unsigned)n, verdict, c->control, caught ? "yes" : "NO");
}

static void run_family(suite *s, size_t f)
{
    size_t n;
    const validation_case *cases = families[f].cases(&n);
    const char *last = "";
    bool titled = false;

    for (size_t i = 0; i < n; i++) {
        if (!wanted(s, cases[i].name, cases[i].fast))
            continue;
        if (!titled)
            heading(families[f].title, "theory", "measured, 99 %   ");
        titled = true;
        bool first = strcmp(last, cases[i].scenario) != 0;
        if (first)
            validation_run(s->binary, s->dir, cases[i].scenario);
        last = cases[i].scenario;
        judge_case(s, &cases[i], first);
    }
}

static void run_draws(suite *s)
{
    size_t n;
    const validation_draws *draws = validation_variates(&n);
    bool titled = false;

    for (size_t i = 0; i < n; i++) {
        if (!wanted(s, draws[i].name, true))
            continue;
        if (!titled)
            heading("Random variates against GSL", "p", "test        ");
        titled = true;
        double p = draws[i].p_value(false);
        bool caught = draws[i].p_value(true) < s->wrong_below;
        const char *verdict = judge(s, p, false, caught, true);
        printf("%-37s %9.3f %20s  10^6  %-5s  %s: %s\n", draws[i].name, p, draws[i].test, verdict,
                draws[i].control, caught ? "yes" : "NO");
    }
}

/* ---- the suite ------------------------------------------------------------------------------ */

/* P(as many misses or more), and (as few or fewer). */
static double as_many(unsigned k, double p, unsigned n)
{
    return k == 0 ? 1 : gsl_cdf_binomial_Q(k - 1, p, n);
}

static bool shares_fit(const suite *s)
{
    double miss = as_many(s->misses, 1 - LEVEL, s->n);
    double more = as_many(s->outside_half, 0.5, s->n);
    double fewer = gsl_cdf_binomial_P(s->outside_half, 0.5, s->n);
    bool fit = miss >= SHARE_CHANCE && MIN(more, fewer) >= SHARE_CHANCE;

    printf("\nOf %u independent cases, %u miss at 99 %% (expected %.1f; as many or more by chance: "
            "p = %.2g)\nand %u at 50 %% (expected %.1f; p = %.2g): %s.\n", s->n, s->misses,
            (1 - LEVEL) * s->n, miss, s->outside_half, s->n / 2.0, MIN(1, 2 * MIN(more, fewer)),
            fit ? "fits the levels" : "DOES NOT FIT the levels");
    return fit;
}

static int conclude(const suite *s)
{
    bool fit = shares_fit(s);
    bool right = fit && s->wrong == 0 && s->wide == 0 && s->uncaught == 0;

    printf("%u cases: %u wrong, %u too wide, %u controls not caught. %s\n", s->run, s->wrong,
            s->wide, s->uncaught, right ? "Validation passed." : "VALIDATION FAILED.");
    return right ? 0 : 1;
}

int main(int argc, char **argv)
{
    suite s = {0};
    const GOptionEntry options[] = {
        {"fast", 0, 0, G_OPTION_ARG_NONE, &s.fast, "The quick cases alone", NULL},
        {"only", 0, 0, G_OPTION_ARG_STRING, &s.only, "Cases whose name has TEXT in it", "TEXT"},
        G_OPTION_ENTRY_NULL,
    };
    g_autoptr(GOptionContext) context = g_option_context_new("BINARY DIRECTORY");
    g_autoptr(GError) error = NULL;

    g_option_context_add_main_entries(context, options, NULL);
    if (!g_option_context_parse(context, &argc, &argv, &error) || argc != 3) {
        g_printerr("validate: %s\n", error ? error->message : "expected BINARY and DIRECTORY");
        return 2;
    }
    s.binary = argv[1];
    s.dir = argv[2];
    s.wrong_below = SUITE_CHANCE / count_all();
    for (size_t f = 0; f < G_N_ELEMENTS(families); f++)
        run_family(&s, f);
    run_draws(&s);
    if (s.run == 0) {
        g_printerr("validate: no case has `%s` in its name\n", s.only);
        return 2;
    }
    g_free(s.only);
    return conclude(&s);
}
