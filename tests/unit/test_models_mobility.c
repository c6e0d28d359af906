/* Mobility models that need no input: static, exponential sojourn, random waypoint.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/mobility/mobility.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/engine/engine.h"

static sim_group group = { .name = "mobility" };
static const char *given[16];       /* every key stands in "x.ini", line 4 */
static int lines[16];
static sim_section section;

static const sim_variant *variant_of(const char *name)
{
    size_t n;
    const sim_variant *v = model_mobility_variants(&n);

    for (size_t i = 0; i < n; i++) {
        if (strcmp(v[i].name, name) == 0)
            return &v[i];
    }
    cr_assert_fail("no model %s", name);
    return NULL;
}

/* A variant's struct with one field set by the key's name. */
static void set(const sim_variant *v, void *config, const char *key, int64_t value)
{
    for (size_t i = 0; i < v->n_keys; i++) {
        if (strcmp(v->keys[i].name, key) == 0) {
            memcpy((char *)config + v->keys[i].offset, &value, sizeof value);
            return;
        }
    }
    cr_assert_fail("no key %s", key);
}

static model_mobility_env env_of(const sim_variant *variant, uint32_t n_nodes)
{
    for (int i = 0; i < 16; i++)
        lines[i] = 4;
    section = (sim_section){ .group = &group, .name = "", .variant = variant, .files = given,
                             .lines = lines, .file = "x.ini", .line = 3 };
    return (model_mobility_env){ .seed = 7, .replication = 1, .n_cells = 9,
                                 .width_mm = 1500000, .height_mm = 1000000,
                                 .n_nodes = n_nodes, .end_ns = 1000 * SIM_SECOND_NS,
                                 .section = &section };
}

static const model_mobility_class *class_of(const sim_variant *v)
{
    return v->impl;
}

Test(models_mobility, table_names_every_model)
{
    static const char *const names[] = { "static", "random-waypoint", "exponential-sojourn",
                                         "trace" };

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        const sim_variant *v = variant_of(names[i]);
        const model_mobility_class *c = class_of(v);

        cr_expect(v->n_keys > 0 && v->size > 0 && v->help != NULL);
        cr_expect(c->open != NULL && c->close != NULL && c->n_nodes != NULL && c->next != NULL);
        for (size_t k = 0; k < v->n_keys; k++)
            cr_expect(v->keys[k].offset < v->size && v->keys[k].help != NULL);
    }
}

Test(models_mobility, no_nodes_is_an_error)
{
    for (int i = 0; i < 3; i++) {
        static const char *const names[] = { "static", "random-waypoint",
                                             "exponential-sojourn" };
        const sim_variant *v = variant_of(names[i]);
        g_autofree void *config = g_malloc0(v->size);
        model_mobility_env env = env_of(v, 0);
        GError *error = NULL;

        cr_expect(class_of(v)->open(config, &env, &error) == NULL);
        cr_expect(error != NULL && error->domain == SIM_CONFIG_ERROR);
        g_clear_error(&error);
    }
}

/* ---- static ------------------------------------------------------------------------ */

static model_leg static_leg(int64_t placement, uint32_t n, uint32_t node)
{
    const sim_variant *v = variant_of("static");
    g_autofree void *config = g_malloc0(v->size);
    model_mobility_env env = env_of(v, n);
    model_leg leg;

    set(v, config, "placement", placement);

    model_mobility *m = class_of(v)->open(config, &env, NULL);

    cr_assert(m != NULL && class_of(v)->n_nodes(m) == n);
    class_of(v)->next(m, node, &leg);
    class_of(v)->close(m);
    return leg;
}

Test(models_mobility, static_uniform_stays_inside_for_good)
{
    double x = 0, y = 0;

    for (uint32_t i = 0; i < 1000; i++) {
        model_leg leg = static_leg(0, 1000, i);

        cr_assert(leg.kind == MODEL_LEG_LINE && leg.start_ns == 0 && leg.end_ns == SIM_NEVER);
        cr_assert(leg.x0_mm >= 0 && leg.x0_mm < 1500000 && leg.x1_mm == leg.x0_mm);
        cr_assert(leg.y0_mm >= 0 && leg.y0_mm < 1000000 && leg.y1_mm == leg.y0_mm);
        x += (double)leg.x0_mm / 1000;
        y += (double)leg.y0_mm / 1000;
    }
    /* Five standard deviations of the mean. */
    cr_expect_float_eq(x / 1000, 750, 70);
    cr_expect_float_eq(y / 1000, 500, 46);
}

Test(models_mobility, static_place_depends_on_the_node_alone)
{
    model_leg few = static_leg(0, 8, 5), many = static_leg(0, 5000, 5);

    cr_expect(few.x0_mm == many.x0_mm && few.y0_mm == many.y0_mm);
    cr_expect(static_leg(0, 8, 6).x0_mm != few.x0_mm);
}

Test(models_mobility, static_grid_is_regular)
{
    /* Ten nodes: four columns, three rows. */
    cr_expect(static_leg(1, 10, 0).x0_mm == 187500 && static_leg(1, 10, 0).y0_mm == 166666);
    cr_expect(static_leg(1, 10, 1).x0_mm == 562500 && static_leg(1, 10, 1).y0_mm == 166666);
    cr_expect(static_leg(1, 10, 9).x0_mm == 562500 && static_leg(1, 10, 9).y0_mm == 833333);
}

Test(models_mobility, static_cells_go_round)
{
    model_leg leg = static_leg(2, 100, 13);

    cr_expect(leg.kind == MODEL_LEG_CELL && leg.cell == 13 % 9 && leg.end_ns == SIM_NEVER);
}

/* ---- exponential sojourn ------------------------------------------------------------- */

static model_mobility *sojourn(const model_mobility_env *env, int64_t mean_ns, int64_t rate)
{
    const sim_variant *v = variant_of("exponential-sojourn");
    g_autofree void *config = g_malloc0(v->size);

    set(v, config, "mean-sojourn", mean_ns);
    set(v, config, "handover-rate", rate);
    return class_of(v)->open(config, env, NULL);
}

static void check_sojourns(int64_t mean_ns, int64_t rate, double expected_s)
{
    const model_mobility_class *c = class_of(variant_of("exponential-sojourn"));
    model_mobility_env env = env_of(variant_of("exponential-sojourn"), 50);
    model_mobility *m = sojourn(&env, mean_ns, rate);
    uint32_t visits[9] = { 0 };
    double sum_s = 0, squares = 0;

    for (uint32_t node = 0; node < 50; node++) {
        model_leg leg = { .end_ns = 0 };

        for (int i = 0; i < 400; i++) {
            int64_t end_ns = leg.end_ns;
            uint32_t cell = leg.cell;

            c->next(m, node, &leg);
            cr_assert(leg.kind == MODEL_LEG_CELL && leg.start_ns == end_ns);
            cr_assert(leg.end_ns > leg.start_ns && leg.cell < 9);
            cr_assert(i == 0 || leg.cell != cell);
            visits[leg.cell]++;

            double s = (double)(leg.end_ns - leg.start_ns) / 1e9;

            sum_s += s;
            squares += s * s;
        }
    }
    c->close(m);

    double mean_s = sum_s / 20000;

    cr_expect_float_eq(mean_s, expected_s, 5 * expected_s / sqrt(20000));
    /* An exponential's variance is its mean squared. */
    cr_expect_float_eq(squares / 20000 / (expected_s * expected_s), 2.0, 0.2);
    for (int i = 0; i < 9; i++)
        cr_expect(abs((int)visits[i] - 2222) < 250, "cell %d: %u visits", i, visits[i]);
}

Test(models_mobility, sojourns_have_the_mean_and_any_other_cell_follows)
{
    check_sojourns(30 * SIM_SECOND_NS, 0, 30);
}

Test(models_mobility, handover_rate_is_one_over_the_mean)
{
    check_sojourns(60 * SIM_SECOND_NS, 50000, 20);
}

Test(models_mobility, rate_and_mean_together_are_an_error)
{
    const sim_variant *v = variant_of("exponential-sojourn");
    g_autofree void *config = g_malloc0(v->size);
    model_mobility_env env = env_of(v, 3);
    GError *error = NULL;

    set(v, config, "mean-sojourn", SIM_SECOND_NS);
    set(v, config, "handover-rate", 50000);
    for (int i = 0; i < 16; i++)
        given[i] = "x.ini";
    cr_expect(class_of(v)->open(config, &env, &error) == NULL);
    cr_assert(error != NULL);
    cr_expect(g_str_has_prefix(error->message, "x.ini:4: [mobility] handover-rate: "),
              "%s", error->message);
    g_clear_error(&error);
}

Test(models_mobility, one_cell_has_no_handover_and_says_so)
{
    const model_mobility_class *c = class_of(variant_of("exponential-sojourn"));
    model_mobility_env env = env_of(variant_of("exponential-sojourn"), 1);
    model_leg leg;

    env.n_cells = 1;

    model_mobility *m = sojourn(&env, SIM_SECOND_NS, 0);

    c->next(m, 0, &leg);
    cr_expect(leg.kind == MODEL_LEG_CELL && leg.cell == 0 && leg.end_ns == SIM_NEVER);
    c->close(m);
}

/* ---- independence, for every model with streams --------------------------------------- */

static bool same_leg(const model_leg *a, const model_leg *b)
{
    return a->kind == b->kind && a->start_ns == b->start_ns && a->end_ns == b->end_ns &&
           a->x0_mm == b->x0_mm && a->y0_mm == b->y0_mm && a->x1_mm == b->x1_mm &&
           a->y1_mm == b->y1_mm && a->cell == b->cell;
}

static model_mobility *open_default(const char *name, const model_mobility_env *env)
{
    const sim_variant *v = variant_of(name);
    g_autofree void *config = g_malloc0(v->size);

    if (strcmp(name, "random-waypoint") == 0) {
        set(v, config, "speed-min", 1000);
        set(v, config, "speed-max", 20000);
        set(v, config, "pause-max", 60 * SIM_SECOND_NS);
    } else {
        set(v, config, "mean-sojourn", 60 * SIM_SECOND_NS);
    }
    return class_of(v)->open(config, env, NULL);
}

static void check_independent(const char *name)
{
    const model_mobility_class *c = class_of(variant_of(name));
    const sim_variant *v = variant_of(name);
    model_mobility_env few = env_of(v, 4), many = env_of(v, 40), other = env_of(v, 4);

    other.replication = 2;

    model_mobility *a = open_default(name, &few), *b = open_default(name, &many);
    model_mobility *d = open_default(name, &other);
    bool differs = false;

    for (int i = 0; i < 50; i++) {
        model_leg la, lb, ld;

        /* Other nodes draw in between, in one of the two. */
        c->next(b, (uint32_t)(4 + i % 36), &lb);
        c->next(a, 3, &la);
        c->next(b, 3, &lb);
        c->next(d, 3, &ld);
        cr_assert(same_leg(&la, &lb));
        differs |= !same_leg(&la, &ld);
    }
    cr_expect(differs, "a replication of its own is another path");
    c->close(a);
    c->close(b);
    c->close(d);
}

Test(models_mobility, paths_depend_on_no_other_node)
{
    check_independent("random-waypoint");
    check_independent("exponential-sojourn");
}

/* ---- random waypoint -------------------------------------------------------------------- */

enum { NODES = 4000 };

typedef struct state {
    double x, y, speed;     /* m, m/s; speed 0 in a pause */
} state;

/* Where every node is at a time. */
static void sample(const model_mobility_class *c, model_mobility *m, model_leg *legs,
                   int64_t t_ns, state *out)
{
    for (uint32_t i = 0; i < NODES; i++) {
        int64_t x, y;

        while (legs[i].end_ns <= t_ns) {
            int64_t end_ns = legs[i].end_ns, was_x = legs[i].x1_mm, was_y = legs[i].y1_mm;

            c->next(m, i, &legs[i]);
            cr_assert(legs[i].start_ns == end_ns && legs[i].end_ns > end_ns);
            cr_assert(end_ns == 0 || (legs[i].x0_mm == was_x && legs[i].y0_mm == was_y));
        }
        model_leg_at(&legs[i], t_ns, &x, &y);
        cr_assert(x >= 0 && x < 1500000 && y >= 0 && y < 1000000);

        double dx = (double)(legs[i].x1_mm - legs[i].x0_mm) / 1e3;
        double dy = (double)(legs[i].y1_mm - legs[i].y0_mm) / 1e3;

        out[i].x = (double)x / 1e3;
        out[i].y = (double)y / 1e3;
        /* To cm/s: ends are rounded to mm, which shows on a short leg. */
        out[i].speed = round(sqrt(dx * dx + dy * dy) * 1e11 /
                             (double)(legs[i].end_ns - legs[i].start_ns)) / 100;
    }
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

/* Two-sample Kolmogorov-Smirnov distance, times sqrt(n / 2). */
static double ks(double *a, double *b, size_t n)
{
    double worst = 0;
    size_t i = 0, j = 0;

    qsort(a, n, sizeof *a, compare);
    qsort(b, n, sizeof *b, compare);
    while (i < n && j < n) {
        double at = MIN(a[i], b[j]);

        while (i < n && a[i] <= at)
            i++;
        while (j < n && b[j] <= at)
            j++;
        worst = MAX(worst, fabs((double)i - (double)j) / (double)n);
    }
    return worst * sqrt((double)n / 2);
}

static double value_of(const state *s, int what)
{
    double dx = s->x - 750, dy = s->y - 500;

    switch (what) {
    case 0:
        return s->x;
    case 1:
        return s->y;
    case 2:
        return sqrt(dx * dx + dy * dy);
    default:
        return s->speed;
    }
}

static double mean_of(const state *s, int what)
{
    double sum = 0;

    for (int i = 0; i < NODES; i++)
        sum += value_of(&s[i], what);
    return sum / NODES;
}

static model_mobility *waypoint(int64_t v_min, int64_t v_max, int64_t p_min_s, int64_t p_max_s)
{
    const sim_variant *v = variant_of("random-waypoint");
    g_autofree void *config = g_malloc0(v->size);
    model_mobility_env env = env_of(v, NODES);

    set(v, config, "speed-min", v_min);
    set(v, config, "speed-max", v_max);
    set(v, config, "pause-min", p_min_s * SIM_SECOND_NS);
    set(v, config, "pause-max", p_max_s * SIM_SECOND_NS);
    return class_of(v)->open(config, &env, NULL);
}

static void check_stationary(int64_t v_min, int64_t v_max, int64_t p_min_s, int64_t p_max_s)
{
    const model_mobility_class *c = class_of(variant_of("random-waypoint"));
    model_mobility *m = waypoint(v_min, v_max, p_min_s, p_max_s);
    g_autofree model_leg *legs = g_new0(model_leg, NODES);
    g_autofree state *first = g_new0(state, NODES), *later = g_new0(state, NODES);
    g_autofree double *a = g_new(double, NODES), *b = g_new(double, NODES);
    static const int64_t times_s[] = { 60, 900, 20000 };

    sample(c, m, legs, 0, first);
    for (size_t t = 0; t < G_N_ELEMENTS(times_s); t++) {
        sample(c, m, legs, times_s[t] * SIM_SECOND_NS, later);
        for (int what = 0; what < 4; what++) {
            for (int i = 0; i < NODES; i++) {
                a[i] = value_of(&first[i], what);
                b[i] = value_of(&later[i], what);
            }
            /* Level 1e-4; the draws are fixed, so this never flickers. */
            cr_expect_leq(ks(a, b, NODES), 2.23, "value %d differs at %ld s: %g, then %g",
                          what, (long)times_s[t], mean_of(first, what), mean_of(later, what));
        }
    }
    c->close(m);
}

Test(models_mobility, waypoint_is_stationary_from_the_first_instant)
{
    check_stationary(1000, 20000, 0, 60);
    check_stationary(100, 10000, 0, 0);
    check_stationary(5000, 5000, 30, 30);
    check_stationary(1000, 20000, 600, 3000);
}

Test(models_mobility, waypoint_first_instant_has_the_known_moments)
{
    const model_mobility_class *c = class_of(variant_of("random-waypoint"));
    g_autofree model_leg *legs = g_new0(model_leg, NODES);
    g_autofree state *first = g_new0(state, NODES);
    model_mobility *m = waypoint(1000, 20000, 0, 0);
    int inner = 0;

    sample(c, m, legs, 0, first);
    c->close(m);
    /* Mean speed over time is 1 / E[1/v] = (20 - 1) / ln 20 = 6.34 m/s, not the 10.5 of trips. */
    cr_expect_float_eq(mean_of(first, 3), 6.342, 5 * 5.2 / sqrt(NODES));
    /* Nodes gather: far more than a quarter of them in the middle quarter of the area. */
    for (int i = 0; i < NODES; i++)
        inner += fabs(first[i].x - 750) < 375 && fabs(first[i].y - 500) < 250;
    cr_expect(inner > NODES * 36 / 100 && inner < NODES * 48 / 100, "%d", inner);
}

Test(models_mobility, waypoint_pauses_take_their_share_of_time)
{
    const model_mobility_class *c = class_of(variant_of("random-waypoint"));
    g_autofree model_leg *legs = g_new0(model_leg, NODES);
    g_autofree state *first = g_new0(state, NODES);
    model_mobility *m = waypoint(10000, 10000, 0, 100);
    int paused = 0;

    sample(c, m, legs, 0, first);
    c->close(m);
    for (int i = 0; i < NODES; i++)
        paused += first[i].speed == 0;

    /* Mean way in 1.5 km by 1 km, by simulation: 658.5 m, so trips of 65.85 s to pauses
     * of 50 s. */
    double share = 50 / (50 + 65.85);

    cr_expect_float_eq((double)paused / NODES, share, 5 * 0.5 / sqrt(NODES));
}

Test(models_mobility, waypoint_in_a_strip_or_a_point)
{
    const sim_variant *v = variant_of("random-waypoint");
    g_autofree void *config = g_malloc0(v->size);
    static const int64_t sides[][2] = { { 1000000, 1 }, { 1, 1000000 }, { 1, 1 } };

    set(v, config, "speed-min", 1000);
    set(v, config, "speed-max", 2000);
    for (size_t i = 0; i < G_N_ELEMENTS(sides); i++) {
        model_mobility_env env = env_of(v, 3);
        model_leg leg = { .end_ns = 0 };

        env.width_mm = sides[i][0];
        env.height_mm = sides[i][1];

        model_mobility *m = class_of(v)->open(config, &env, NULL);

        for (int k = 0; k < 20; k++) {
            int64_t end_ns = leg.end_ns;

            class_of(v)->next(m, 1, &leg);
            cr_assert(leg.start_ns == end_ns && leg.end_ns > end_ns);
            cr_assert(leg.x1_mm < env.width_mm && leg.y1_mm < env.height_mm);
        }
        class_of(v)->close(m);
    }
}

Test(models_mobility, waypoint_refuses_ranges_the_wrong_way_round)
{
    const sim_variant *v = variant_of("random-waypoint");
    static const int64_t bad[][4] = { { 0, 10, 0, 0 }, { 20, 10, 0, 0 }, { 1, 10, 5, 4 } };

    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autofree void *config = g_malloc0(v->size);
        model_mobility_env env = env_of(v, 3);
        GError *error = NULL;

        set(v, config, "speed-min", bad[i][0]);
        set(v, config, "speed-max", bad[i][1]);
        set(v, config, "pause-min", bad[i][2]);
        set(v, config, "pause-max", bad[i][3]);
        cr_expect(class_of(v)->open(config, &env, &error) == NULL);
        cr_expect(error != NULL && error->code == SIM_ERROR_BAD);
        g_clear_error(&error);
    }
}
