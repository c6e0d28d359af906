/* Validation against theory: what a case is, and what the files of the suite share.
 *
 * A case compares one figure of one scenario with what theory says of it. Each replication
 * of the scenario gives one value; Student's interval of their mean at 99 % must hold the
 * theory and be narrower than the case allows, so that no case passes by being vague.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef VALIDATION_H
#define VALIDATION_H

#include <glib.h>
#include <stdbool.h>

enum { VALIDATION_PARAMS = 8 };

typedef struct validation_case {
    const char *name;
    const char *scenario;   /* tests/validation/SCENARIO.ini */
    /* SQL for rows (run_id, value). One value a run; with `reduce`, a series of it, in order. */
    const char *figure;
    double (*reduce)(const double *series, size_t n);
    double (*theory)(const double *p);
    /* What theory is told: the scenario as written, and with a mistake, the negative control. */
    double p[VALIDATION_PARAMS], wrong[VALIDATION_PARAMS];
    const char *control;    /* the mistake, in words */
    double width;           /* largest half-width of the interval, as a share of the theory */
    bool fast;              /* in the subset of `make check` */
} validation_case;

/* A family: cases in one file. Cases of one scenario follow each other. */
const validation_case *validation_queues(size_t *n);
const validation_case *validation_tunnel(size_t *n);
const validation_case *validation_traffic(size_t *n);
const validation_case *validation_mobility(size_t *n);

/* A test of random draws alone: the probability, if they are what they should be, of draws
 * that fit as badly as these. */
typedef struct validation_draws {
    const char *name;
    const char *test;       /* Kolmogorov-Smirnov, chi-square */
    double (*p_value)(bool wrong);  /* wrong: against a distribution that is a little off */
    const char *control;
} validation_draws;

const validation_draws *validation_variates(size_t *n);

/* Run a scenario into DIR/SCENARIO.db, which is made anew. Exits 3 where that fails. */
void validation_run(const char *binary, const char *dir, const char *scenario);
/* The values of a case, one a replication: GArray of double. Exits 3 where there are none. */
GArray *validation_values(const char *dir, const validation_case *c);

#endif
