/* Access cells: a grid of rectangles over an area.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/mobility/cells.h"

#include <assert.h>

#include "sim/engine/engine.h"

/* How far from square cells are with nx columns: |width * ny - height * nx|, relative to the
 * larger of the two, as a comparison of a/b pairs without fractions. */
typedef struct squareness {
    __int128 larger, smaller;       /* side ratio of a cell, >= 1 */
} squareness;

static squareness squareness_of(int64_t width_mm, int64_t height_mm, uint32_t nx, uint32_t ny)
{
    __int128 a = (__int128)width_mm * ny, b = (__int128)height_mm * nx;

    return a >= b ? (squareness){ a, b } : (squareness){ b, a };
}

/* Both below 2^40 mm * 2^32 cells: as doubles they lose nothing that matters here, and the
 * comparison is one of basic IEEE operations. */
static bool more_square(squareness a, squareness b)
{
    return (double)a.larger / (double)a.smaller < (double)b.larger / (double)b.smaller;
}

void model_cells_init(model_cells *cells, uint32_t n, int64_t x_mm, int64_t y_mm,
                      int64_t width_mm, int64_t height_mm)
{
    assert(n > 0);
    if (width_mm < 1)
        width_mm = 1;
    if (height_mm < 1)
        height_mm = 1;
    *cells = (model_cells){ x_mm, y_mm, width_mm, height_mm, n, 1 };

    squareness best = squareness_of(width_mm, height_mm, n, 1);

    for (uint32_t nx = n - 1; nx > 0; nx--) {
        if (n % nx != 0)
            continue;

        squareness s = squareness_of(width_mm, height_mm, nx, n / nx);

        if (more_square(s, best)) {
            best = s;
            cells->nx = nx;
            cells->ny = n / nx;
        }
    }
}

/* One side of the grid. */
typedef struct axis {
    int64_t origin_mm, side_mm;
    uint32_t n;
} axis;

static axis axis_x(const model_cells *cells)
{
    return (axis){ cells->x_mm, cells->width_mm, cells->nx };
}

static axis axis_y(const model_cells *cells)
{
    return (axis){ cells->y_mm, cells->height_mm, cells->ny };
}

/* First whole mm of strip i: origin + ceil(i * side / n). */
static int64_t border(axis a, uint32_t i)
{
    return a.origin_mm + (int64_t)(((__int128)i * a.side_mm + a.n - 1) / a.n);
}

/* The strip of a coordinate: the last one whose border is not above it. */
static uint32_t strip(axis a, int64_t at_mm)
{
    int64_t offset_mm = at_mm - a.origin_mm;

    if (offset_mm <= 0)
        return 0;
    if (offset_mm >= a.side_mm)
        return a.n - 1;
    return (uint32_t)((__int128)offset_mm * a.n / a.side_mm);
}

uint32_t model_cells_at(const model_cells *cells, int64_t x_mm, int64_t y_mm)
{
    return strip(axis_y(cells), y_mm) * cells->nx + strip(axis_x(cells), x_mm);
}

/* First time at which a coordinate that goes from `from` to `to` over [start, end] is in
 * another strip than `now`, where it is at a time in there; SIM_NEVER: not on this leg. */
static int64_t leave_strip(axis a, uint32_t now, int64_t from, int64_t to, int64_t start_ns,
                           int64_t end_ns)
{
    int64_t T = end_ns - start_ns;

    if (to > from && now + 1 < a.n) {
        /* at or beyond the next border: from + (to - from) t / T >= b */
        int64_t b = border(a, now + 1);
        __int128 way = (__int128)(b - from) * T;

        if (b <= to)
            return start_ns + (int64_t)((way + (to - from) - 1) / (to - from));
    } else if (to < from && now > 0) {
        /* below this strip's border: from - (from - to) t / T < b */
        int64_t b = border(a, now);
        __int128 way = (__int128)(from - b) * T;

        if (b > to)
            return start_ns + (int64_t)(way / (from - to)) + 1;
    }
    return SIM_NEVER;
}

static uint32_t cell_on_leg(const model_cells *cells, const model_leg *leg, int64_t time_ns)
{
    int64_t x, y;

    model_leg_at(leg, time_ns, &x, &y);
    return model_cells_at(cells, x, y);
}

/* As the public one, for the cell the node is really in at now_ns. */
static int64_t leave_cell(const model_cells *cells, const model_leg *leg, uint32_t cell)
{
    int64_t tx = leave_strip(axis_x(cells), cell % cells->nx, leg->x0_mm, leg->x1_mm,
                             leg->start_ns, leg->end_ns);
    int64_t ty = leave_strip(axis_y(cells), cell / cells->nx, leg->y0_mm, leg->y1_mm,
                             leg->start_ns, leg->end_ns);
    int64_t t = tx < ty ? tx : ty;

    return t < leg->end_ns ? t : SIM_NEVER;
}

int64_t model_cells_next_crossing(const model_cells *cells, const model_leg *leg,
                                  int64_t now_ns, uint32_t cell_now, uint32_t *cell_next)
{
    assert(leg->kind == MODEL_LEG_LINE);
    assert(now_ns >= leg->start_ns && now_ns < leg->end_ns);

    int64_t t = now_ns;
    uint32_t cell = cell_on_leg(cells, leg, t);

    /* Who is wrong about now learns it a nanosecond later. */
    if (cell != cell_now) {
        t = now_ns + 1;
        if (t >= leg->end_ns)
            return SIM_NEVER;
        cell = cell_on_leg(cells, leg, t);
    }
    if (cell == cell_now) {
        t = leave_cell(cells, leg, cell);
        if (t == SIM_NEVER)
            return SIM_NEVER;
        cell = cell_on_leg(cells, leg, t);
    }
    assert(cell != cell_now && t > now_ns);
    *cell_next = cell;
    return t;
}
