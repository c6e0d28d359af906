/* Validation: random waypoint and exponential sojourn.
 *
 *   W. Navidi, T. Camp: Stationary distributions for the random waypoint mobility model. IEEE
 *   Transactions on Mobile Computing 3(1), 2004.
 *   E. Hyytiä, P. Lassila, J. Virtamo: Spatial node distribution of the random waypoint mobility
 *   model with applications. IEEE Transactions on Mobile Computing 5(6), 2006.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <math.h>

#include "tests/validation/validation.h"

#define SIDE_M 1000.0

/* p = slowest, fastest (m/s), mean pause (s), cells in a row, column and row of a cell. */
enum { SLOWEST, FASTEST, PAUSE, CELLS, COLUMN, ROW };

/* ---- time ----------------------------------------------------------------------------------- */

/* Of two uniform points in a unit square. */
static double mean_length(void)
{
    return (2 + M_SQRT2 + 5 * asinh(1)) / 15;
}

/* Speeds are uniform over trips, so over time their density falls as 1/v. */
static double mean_speed(const double *p)
{
    return (p[FASTEST] - p[SLOWEST]) / log(p[FASTEST] / p[SLOWEST]);
}

static double mean_trip_s(const double *p)
{
    return mean_length() * SIDE_M / mean_speed(p);
}

/* Trips have uniform ends, so in each direction a trip crosses E|i - j| borders, i and j
 * uniform. Per node and hour. */
static double crossings(const double *p)
{
    double per_trip = 2 * (p[CELLS] * p[CELLS] - 1) / (3 * p[CELLS]);

    return 3600 * per_trip / (mean_trip_s(p) + p[PAUSE]);
}

/* ---- place ---------------------------------------------------------------------------------- */

/* From (x, y) in the unit square to its edge. */
static double to_edge(double x, double y, double cosine, double sine)
{
    double a = cosine > 0 ? (1 - x) / cosine : -x / cosine;
    double b = sine > 0 ? (1 - y) / sine : -y / sine;

    return fmin(a, b);
}

/* Density of nodes on a trip: the sum over directions of a b (a + b), a and b the ways to
 * the edge ahead and behind, over the mean length (Hyytiä and others, theorem 1). */
static double density(double x, double y)
{
    enum { ANGLES = 180 };
    double sum = 0;

    for (int k = 0; k < ANGLES; k++) {
        double angle = (k + 0.5) * M_PI / ANGLES, c = cos(angle), s = sin(angle);
        double a = to_edge(x, y, c, s), b = to_edge(x, y, -c, -s);
        sum += a * b * (a + b);
    }
    return sum * M_PI / ANGLES / mean_length();
}

/* Share of time in a cell: of trips by their density, of pauses by its area. */
static double in_cell(const double *p)
{
    enum { GRID = 60 };
    double side = 1 / p[CELLS], step = side / GRID, on_trips = 0;
    double pausing = p[PAUSE] / (p[PAUSE] + mean_trip_s(p));

    for (int i = 0; i < GRID; i++)
        for (int j = 0; j < GRID; j++)
            on_trips += step * step * density(p[COLUMN] * side + (i + 0.5) * step,
                                              p[ROW] * side + (j + 0.5) * step);
    return pausing * side * side + (1 - pausing) * on_trips;
}

/* A control: nodes spread evenly, as their waypoints are. */
static double in_cell_or_even(const double *p)
{
    return p[COLUMN] < 0 ? 1 / (p[CELLS] * p[CELLS]) : in_cell(p);
}

/* ---- sojourn: p = mean in s, cells ----------------------------------------------------------- */

static double changes(const double *p)
{
    return 3600 / p[0];
}

static double one_of_cells(const double *p)
{
    return 1 / p[1];
}

/* ---- the cases ------------------------------------------------------------------------------- */

#define CROSSINGS "select run_id, value from metric where name = 'handovers_per_mn_hour'" \
    " order by run_id"
/* Crossings of 5 by 5 cells, 3.2 a trip of 521.405 m. */
#define SPEED "select run_id, value / 3600 / 3.2 * 521.40543 from metric" \
    " where name = 'handovers_per_mn_hour' order by run_id"
/* Who is at home has no binding. */
#define AT_HOME "select run_id, 1 - value / 2000 from metric where name = 'mn_mean'" \
    " order by run_id"

static const validation_case cases[] = {
    {"waypoint: mean speed, m/s", "waypoint", SPEED, NULL, mean_speed,
     {5, 20}, {5, 21}, "fastest 5 % off", 0.006, true},
    {"waypoint, pauses: crossings per hour", "waypoint-pause", CROSSINGS, NULL, crossings,
     {5, 20, 50, 5}, {5, 20, 52.5, 5}, "pauses 5 % off", 0.01, false},
    {"waypoint: share in the middle", "waypoint-centre", AT_HOME, NULL, in_cell_or_even,
     {5, 20, 0, 3, 1, 1}, {5, 20, 0, 3, -1}, "even density", 0.02, true},
    {"waypoint, pauses: share in a corner", "waypoint-corner", AT_HOME, NULL, in_cell,
     {5, 20, 50, 3, 0, 0}, {5, 20, 0, 3, 0, 0}, "no pauses", 0.04, false},
    {"sojourn of 20 s: changes per hour", "sojourn", CROSSINGS, NULL, changes,
     {20}, {21}, "mean 5 % off", 0.006, true},
    {"sojourn: share in one cell of five", "sojourn", AT_HOME, NULL, one_of_cells,
     {20, 5}, {20, 6}, "six cells", 0.02, true},
    {"sojourn of 0.04 /s: changes per hour", "sojourn-rate", CROSSINGS, NULL, changes,
     {25}, {26.25}, "rate 5 % off", 0.006, false},
};

const validation_case *validation_mobility(size_t *n)
{
    *n = G_N_ELEMENTS(cases);
    return cases;
}
