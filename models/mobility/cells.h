/* Access cells: a grid of rectangles over an area, and when a path goes from one to another.
 *
 * The outermost cells reach out to infinity, so that every point is in exactly one cell.
 * All in integers: the cell at an instant is that of the position rounded down to mm
 * (model_leg_at), and a crossing is the first nanosecond in another cell. So no crossing is
 * lost, none comes twice, and through a corner there is one.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef MODEL_CELLS_H
#define MODEL_CELLS_H

#include <stdint.h>

#include "models/mobility/mobility.h"

typedef struct model_cells {
    int64_t x_mm, y_mm;             /* lower left corner of the area */
    int64_t width_mm, height_mm;
    uint32_t nx, ny;                /* nx * ny cells, row by row from the corner */
} model_cells;

/* n > 0 cells over an area. nx * ny = n with cells as close to squares as n allows: a prime
 * number of cells gives strips. A side below 1 mm counts as 1 mm. */
void model_cells_init(model_cells *cells, uint32_t n, int64_t x_mm, int64_t y_mm,
                      int64_t width_mm, int64_t height_mm);

/* The cell of a point, in [0, nx * ny). */
uint32_t model_cells_at(const model_cells *cells, int64_t x_mm, int64_t y_mm);

/* The next change of cell of a node on a LINE.
 *   now_ns      within [start_ns, end_ns)
 *   cell_now    where the node is taken to be
 *   cell_next   the cell from the returned time on; unchanged with SIM_NEVER
 * Returns the first time in (now_ns, end_ns) at which the node is in another cell than
 * cell_now, or SIM_NEVER. end_ns is the next leg's: whoever begins a leg compares
 * model_cells_at of its first point. */
int64_t model_cells_next_crossing(const model_cells *cells, const model_leg *leg,
                                  int64_t now_ns, uint32_t cell_now, uint32_t *cell_next);

#endif
