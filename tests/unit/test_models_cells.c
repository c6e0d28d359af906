/* Access cells: the grid, and crossings against dense sampling.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/mobility/cells.h"

#include <criterion/criterion.h>

#include "sim/engine/engine.h"

/* A generator of this test's own: its inputs depend on nobody's streams. */
static uint64_t state = 1;

static int64_t below(int64_t n)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (int64_t)((state >> 33) % (uint64_t)n);
}

static int64_t between(int64_t low, int64_t high)
{
    return low + below(high - low + 1);
}

static uint32_t cell_at(const model_cells *cells, const model_leg *leg, int64_t t)
{
    int64_t x, y;

    model_leg_at(leg, t, &x, &y);
    return model_cells_at(cells, x, y);
}

Test(models_cells, as_square_as_the_number_allows)
{
    static const struct { uint32_t n; int64_t w, h; uint32_t nx, ny; } cases[] = {
        { 1, 1000, 1000, 1, 1 },   { 4, 1000, 1000, 2, 2 },     { 9, 500, 500, 3, 3 },
        { 12, 4000, 3000, 4, 3 },  { 12, 3000, 4000, 3, 4 },    { 24, 2000, 1400, 6, 4 },
        { 7, 1000, 900, 7, 1 },    { 7, 900, 1000, 1, 7 },      { 16, 16000, 1, 16, 1 },
        { 6, 0, 0, 3, 2 },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        model_cells cells;

        model_cells_init(&cells, cases[i].n, 5, -7, cases[i].w, cases[i].h);
        cr_expect(cells.nx * cells.ny == cases[i].n);
        cr_expect((cells.nx == cases[i].nx && cells.ny == cases[i].ny) ||
                      (cases[i].w == cases[i].h && cells.nx == cases[i].ny),
                  "%u cells: %u x %u", cases[i].n, cells.nx, cells.ny);
    }
}

Test(models_cells, every_point_is_in_one_cell)
{
    model_cells cells;
    uint32_t points[12] = { 0 };

    model_cells_init(&cells, 12, -2000, 1000, 4000, 3000);
    for (int64_t x = -2000; x < 2000; x += 10) {
        for (int64_t y = 1000; y < 4000; y += 10)
            points[model_cells_at(&cells, x, y)]++;
    }
    for (int i = 0; i < 12; i++)
        cr_expect(points[i] == 10000, "cell %d: %u", i, points[i]);
    /* Cells at the edge reach out. */
    cr_expect(model_cells_at(&cells, -(INT64_C(1) << 40), -(INT64_C(1) << 40)) == 0);
    cr_expect(model_cells_at(&cells, INT64_C(1) << 40, INT64_C(1) << 40) == 11);
    cr_expect(model_cells_at(&cells, -2000, 1000) == 0);
    cr_expect(model_cells_at(&cells, 1999, 3999) == 11);
}

Test(models_cells, sides_that_the_number_does_not_divide)
{
    model_cells cells;
    uint32_t last = 0, widths[7] = { 0 };

    model_cells_init(&cells, 7, 0, 0, 1000, 10);
    for (int64_t x = 0; x < 1000; x++) {
        uint32_t cell = model_cells_at(&cells, x, 0);

        cr_assert(cell == last || cell == last + 1);
        last = cell;
        widths[cell]++;
    }
    for (int i = 0; i < 7; i++)
        cr_expect(widths[i] == 142 || widths[i] == 143);
}

/* Each nanosecond of a leg against the sequence of crossings. */
static void check_leg(const model_cells *cells, const model_leg *leg)
{
    uint32_t cell = cell_at(cells, leg, leg->start_ns), next = UINT32_MAX;
    int64_t crossing = model_cells_next_crossing(cells, leg, leg->start_ns, cell, &next);

    for (int64_t t = leg->start_ns + 1; t < leg->end_ns; t++) {
        uint32_t now = cell_at(cells, leg, t);

        if (t == crossing) {
            cr_assert(next == now && now != cell, "cell %u -> %u, really %u", cell, next, now);
            cell = now;
            crossing = model_cells_next_crossing(cells, leg, t, cell, &next);
            cr_assert(crossing > t);
        } else {
            cr_assert(now == cell, "lost: at %ld in %u, not %u", (long)t, now, cell);
        }
    }
    cr_assert(crossing == SIM_NEVER);
}

Test(models_cells, crossings_equal_dense_sampling)
{
    for (int i = 0; i < 4000; i++) {
        model_cells cells;
        int64_t side = between(1, 60);
        model_leg leg = { .kind = MODEL_LEG_LINE, .start_ns = between(0, 1000) };

        model_cells_init(&cells, (uint32_t)between(1, 30), between(-20, 20), between(-20, 20),
                         side, between(1, 60));
        leg.end_ns = leg.start_ns + between(1, 300);
        leg.x0_mm = between(-40, 90);
        leg.y0_mm = between(-40, 90);
        leg.x1_mm = below(5) == 0 ? leg.x0_mm : between(-40, 90);
        leg.y1_mm = below(5) == 0 ? leg.y0_mm : between(-40, 90);
        check_leg(&cells, &leg);
    }
}

Test(models_cells, a_corner_is_one_crossing_and_a_border_walk_none)
{
    model_cells cells;
    uint32_t next = 0;
    model_leg leg = { .kind = MODEL_LEG_LINE, .start_ns = 0, .end_ns = 2000,
                      .x0_mm = 0, .y0_mm = 0, .x1_mm = 2000, .y1_mm = 2000 };

    model_cells_init(&cells, 4, 0, 0, 2000, 2000);
    cr_expect(model_cells_next_crossing(&cells, &leg, 0, 0, &next) == 1000 && next == 3);
    cr_expect(model_cells_next_crossing(&cells, &leg, 1000, 3, &next) == SIM_NEVER);

    leg = (model_leg){ .kind = MODEL_LEG_LINE, .start_ns = 0, .end_ns = 2000,
                       .x0_mm = 2000, .y0_mm = 2000, .x1_mm = 0, .y1_mm = 0 };
    cr_expect(model_cells_next_crossing(&cells, &leg, 0, 3, &next) == 1001 && next == 0);

    leg = (model_leg){ .kind = MODEL_LEG_LINE, .start_ns = 0, .end_ns = 2000,
                       .x0_mm = 1000, .y0_mm = 0, .x1_mm = 1000, .y1_mm = 999 };
    cr_expect(model_cells_next_crossing(&cells, &leg, 0, 1, &next) == SIM_NEVER);
}

Test(models_cells, a_wrong_idea_of_now_is_put_right_at_once)
{
    model_cells cells;
    uint32_t next = 0;
    model_leg leg = { .kind = MODEL_LEG_LINE, .start_ns = 0, .end_ns = SIM_NEVER,
                      .x0_mm = 1500, .y0_mm = 1500, .x1_mm = 1500, .y1_mm = 1500 };

    model_cells_init(&cells, 4, 0, 0, 2000, 2000);
    cr_expect(model_cells_next_crossing(&cells, &leg, 7, 3, &next) == SIM_NEVER);
    cr_expect(model_cells_next_crossing(&cells, &leg, 7, 1, &next) == 8 && next == 3);
}

Test(models_cells, long_legs_over_large_areas_do_not_overflow)
{
    model_cells cells;
    int64_t far = INT64_C(1000000000000), hour = 3600 * SIM_SECOND_NS;
    model_leg leg = { .kind = MODEL_LEG_LINE, .start_ns = 0, .end_ns = 100000 * hour,
                      .x0_mm = -far, .y0_mm = 0, .x1_mm = far, .y1_mm = 1 };
    uint32_t cell, n = 0;
    int64_t t = 0;

    model_cells_init(&cells, 1000, -far, 0, 2 * far, 1);
    cell = cell_at(&cells, &leg, 0);
    while (t != SIM_NEVER) {
        t = model_cells_next_crossing(&cells, &leg, t, cell, &cell);
        if (t != SIM_NEVER)
            cr_assert(++n == cell && cell_at(&cells, &leg, t - 1) == cell - 1);
    }
    cr_expect(n == 999);
}
