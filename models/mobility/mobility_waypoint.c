/* Mobility: random waypoint over the area, from its stationary state.
 *
 * A node goes from waypoint to waypoint (each uniform over the area) at a speed uniform in
 * [speed-min, speed-max], and pauses between, uniform in [pause-min, pause-max]. Started
 * from uniform positions the model drifts for hours: nodes gather in the middle and slow
 * trips take over. So the first leg is drawn from the stationary state itself, after
 * Navidi and Camp, "Stationary distributions for the random waypoint mobility model", IEEE
 * Transactions on Mobile Computing 3(1), 2004:
 *   - in a pause with probability E[pause] / (E[pause] + E[length] E[1/speed]);
 *   - in a pause: at a uniform place, with a uniform part left of a pause drawn with a
 *     density proportional to its length;
 *   - on a trip: end points with a density proportional to their distance, a uniform part
 *     of the way gone, speed with a density proportional to 1/speed.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <math.h>
#include <stddef.h>

#include "models/mobility/mobility_kinds.h"
#include "sim/engine/engine.h"

typedef struct waypoint_config {
    int64_t speed_min, speed_max;   /* mm/s */
    int64_t pause_min, pause_max;   /* ns */
} waypoint_config;

static const sim_key waypoint_keys[] = {
    { "speed-min", SIM_KEY_SPEED, "1 m/s", 1, 1e7, "slowest trip; above 0",
      offsetof(waypoint_config, speed_min), NULL },
    { "speed-max", SIM_KEY_SPEED, "20 m/s", 1, 1e7, "fastest trip",
      offsetof(waypoint_config, speed_max), NULL },
    { "pause-min", SIM_KEY_TIME, "0 s", 0, 1e15, "shortest pause at a waypoint",
      offsetof(waypoint_config, pause_min), NULL },
    { "pause-max", SIM_KEY_TIME, "60 s", 0, 1e15, "longest pause at a waypoint",
      offsetof(waypoint_config, pause_max), NULL },
};

typedef enum phase { PHASE_NEW, PHASE_TRIP, PHASE_PAUSE } phase;

typedef struct waypoint_node {
    sim_stream stream;
    int64_t until_ns;
    int64_t x_mm, y_mm;             /* at until_ns */
    phase phase;                    /* of the leg given last */
} waypoint_node;

struct model_mobility {
    waypoint_config config;
    int64_t width_mm, height_mm;
    uint32_t n_nodes;
    double pause_share;             /* of time, stationary */
    waypoint_node *nodes;
};

/* sqrt is exact in IEEE arithmetic, unlike hypot. */
static double distance(double dx, double dy)
{
    return sqrt(dx * dx + dy * dy);
}

/* Mean distance of two uniform points in a rectangle with sides 1 and r <= 1. The closed form
 * loses digits with 1/r^2; a thin strip is a line, to within r^2. */
static double mean_distance_unit(double r)
{
    if (r < 1e-4)
        return 1.0 / 3.0;

    double r2 = r * r, d = sqrt(1.0 + r2);
    double logs = r2 * sim_log((1.0 + d) / r) + sim_log((r + d)) / r;

    return (1.0 / r2 + r2 * r + d * (3.0 - 1.0 / r2 - r2) + 2.5 * logs) / 15.0;
}

static double mean_distance(double a, double b)
{
    return a >= b ? a * mean_distance_unit(b / a) : b * mean_distance_unit(a / b);
}

/* E[1/v] of v uniform in [low, high]. */
static double mean_slowness(double low, double high)
{
    /* The mean value theorem's bound: below this the logarithm has no digits left. */
    if (high - low < 1e-6 * low)
        return 2.0 / (low + high);
    return sim_log(high / low) / (high - low);
}

static double pause_share(const waypoint_config *c, const model_mobility_env *env)
{
    double trip_s = mean_distance((double)env->width_mm, (double)env->height_mm) *
                    mean_slowness((double)c->speed_min, (double)c->speed_max);
    double pause_s = ((double)c->pause_min + (double)c->pause_max) / 2e9;

    return pause_s / (pause_s + trip_s);
}

static bool check(const waypoint_config *c, const model_mobility_env *env, GError **error)
{
    if (!model_mobility_need_nodes(env, error))
        return false;
    if (c->speed_min < 1)
        return sim_config_fail(env->section, "speed-min", error, "expected a speed above 0");
    if (c->speed_max < c->speed_min)
        return sim_config_fail(env->section, "speed-max", error,
                               "expected at least speed-min");
    if (c->pause_max < c->pause_min)
        return sim_config_fail(env->section, "pause-max", error,
                               "expected at least pause-min");
    return true;
}

static model_mobility *waypoint_open(const void *config, const model_mobility_env *env,
                                     GError **error)
{
    const waypoint_config *c = config;

    if (!check(c, env, error))
        return NULL;

    model_mobility *m = g_new0(model_mobility, 1);

    m->config = *c;
    m->width_mm = env->width_mm;
    m->height_mm = env->height_mm;
    m->n_nodes = env->n_nodes;
    m->pause_share = pause_share(c, env);
    m->nodes = g_new0(waypoint_node, env->n_nodes);
    for (uint32_t i = 0; i < env->n_nodes; i++)
        m->nodes[i].stream = model_mobility_stream(env, i);
    return m;
}

static void waypoint_close(model_mobility *m)
{
    g_free(m->nodes);
    g_free(m);
}

static uint32_t waypoint_n_nodes(const model_mobility *m)
{
    return m->n_nodes;
}

static double draw(waypoint_node *node)
{
    return sim_uniform(sim_stream_u64(&node->stream));
}

static void draw_point(const model_mobility *m, waypoint_node *node, int64_t *x, int64_t *y)
{
    *x = (int64_t)sim_below(sim_stream_u64(&node->stream), (uint64_t)m->width_mm);
    *y = (int64_t)sim_below(sim_stream_u64(&node->stream), (uint64_t)m->height_mm);
}

static void give_pause(waypoint_node *node, int64_t pause_ns, model_leg *leg)
{
    int64_t start_ns = node->until_ns;

    node->until_ns = start_ns + pause_ns;
    node->phase = PHASE_PAUSE;
    model_leg_still(leg, start_ns, node->until_ns, node->x_mm, node->y_mm);
}

/* From where the node is; speed in mm/s. */
static void give_trip(waypoint_node *node, int64_t x, int64_t y, double speed, model_leg *leg)
{
    int64_t start_ns = node->until_ns;
    double way_mm = distance((double)(x - node->x_mm), (double)(y - node->y_mm));
    int64_t travel_ns = (int64_t)(way_mm / speed * 1e9);

    node->until_ns = start_ns + MAX(travel_ns, 1);
    node->phase = PHASE_TRIP;
    *leg = (model_leg){ .kind = MODEL_LEG_LINE, .start_ns = start_ns,
                        .end_ns = node->until_ns, .x0_mm = node->x_mm, .y0_mm = node->y_mm,
                        .x1_mm = x, .y1_mm = y };
    node->x_mm = x;
    node->y_mm = y;
}

static void begin_in_pause(const model_mobility *m, waypoint_node *node, model_leg *leg)
{
    double low = (double)m->config.pause_min, high = (double)m->config.pause_max;

    draw_point(m, node, &node->x_mm, &node->y_mm);

    /* A density proportional to p in [low, high], by inversion. */
    double whole_ns = sqrt(low * low + draw(node) * (high * high - low * low));
    int64_t left_ns = (int64_t)(draw(node) * whole_ns);

    give_pause(node, MAX(left_ns, 1), leg);
}

static void begin_on_trip(const model_mobility *m, waypoint_node *node, model_leg *leg)
{
    double longest = distance((double)m->width_mm, (double)m->height_mm);
    double low = (double)m->config.speed_min, high = (double)m->config.speed_max;
    int64_t x0, y0, x1, y1;

    do {
        draw_point(m, node, &x0, &y0);
        draw_point(m, node, &x1, &y1);
    } while (draw(node) * longest >= distance((double)(x1 - x0), (double)(y1 - y0)));

    double gone = draw(node);
    double speed = low * sim_exp(draw(node) * sim_log(high / low));

    node->x_mm = x0 + (int64_t)(gone * (double)(x1 - x0));
    node->y_mm = y0 + (int64_t)(gone * (double)(y1 - y0));
    give_trip(node, x1, y1, speed, leg);
}

static void begin(const model_mobility *m, waypoint_node *node, model_leg *leg)
{
    /* An area of one point has no trips that rejection could find. */
    bool a_point = m->width_mm <= 1 && m->height_mm <= 1;

    if (draw(node) < m->pause_share || a_point)
        begin_in_pause(m, node, leg);
    else
        begin_on_trip(m, node, leg);
}

static void waypoint_next(model_mobility *m, uint32_t index, model_leg *leg)
{
    g_assert(index < m->n_nodes);

    waypoint_node *node = &m->nodes[index];
    const waypoint_config *c = &m->config;

    if (node->phase == PHASE_NEW) {
        begin(m, node, leg);
        return;
    }
    if (node->phase == PHASE_TRIP && c->pause_max > 0) {
        int64_t pause_ns = sim_uniform_ns(sim_stream_u64(&node->stream), c->pause_min,
                                          c->pause_max);

        give_pause(node, MAX(pause_ns, 1), leg);
        return;
    }

    int64_t x, y;

    draw_point(m, node, &x, &y);
    give_trip(node, x, y, (double)c->speed_min +
              draw(node) * (double)(c->speed_max - c->speed_min), leg);
}

static const model_mobility_class waypoint_class = {
    .open = waypoint_open,
    .close = waypoint_close,
    .n_nodes = waypoint_n_nodes,
    .next = waypoint_next,
};

const sim_variant model_mobility_waypoint = {
    .name = "random-waypoint",
    .help = "uniform waypoints, speeds and pauses, from the stationary state",
    .keys = waypoint_keys,
    .n_keys = G_N_ELEMENTS(waypoint_keys),
    .size = sizeof(waypoint_config),
    .impl = &waypoint_class,
};
