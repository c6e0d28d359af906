/* Legs, cells and attachments.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/mobility/movement.h"

#include "models/world_parts.h"

/* When a node's leg ends, or its line leaves the cell. */
typedef struct move {
    sim_timer timer;
    int64_t end_ns;             /* of the leg at hand */
} move;

struct model_movement {
    const model_mobility_class *cls;
    model_mobility *mobility;
    model_mobility_env env;
    model_cells cells;
    int64_t attach_ns;          /* from a new link layer to a usable care-of address */
    int64_t l2_ns, detection_ns;
    model_leg *lines;           /* of each node; NULL before the first that moves: of a million
                                 * most stand still or have cells alone */
    move *moves;                /* likewise, before the first leg that ends */
    /* Time that nodes have existed: the sum of all ends less all beginnings. Those that are there
     * now have not ended. */
    __int128 existed_ns;
    uint64_t n_exist;
    uint64_t handovers;         /* after the warm-up */
};

static void place_cells(model_movement *m)
{
    int64_t x0 = 0, y0 = 0, x1 = m->env.width_mm, y1 = m->env.height_mm;
    if (m->cls->bounds)
        m->cls->bounds(m->mobility, &x0, &y0, &x1, &y1);
    model_cells_init(&m->cells, m->env.n_cells, x0, y0, x1 - x0, y1 - y0);
}

/* A model that brings its own names has its own nodes: all of them unless a count is given. */
static uint32_t nodes_wanted(const model_settings *s, const model_mobility_class *cls)
{
    const model_mobile_nodes_config *c = s->mobile_nodes;
    bool own = cls->name != NULL;
    bool given = sim_section_given(sim_config_section(s->config, "mobile-nodes"), "count");
    return (uint32_t)((own && !given ? 0 : c->count) + c->crowd);
}

model_movement *model_movement_new(const model_settings *s, uint64_t seed, uint32_t replication,
                                   GError **error)
{
    const model_mobility_class *cls = s->mobility->variant->impl;
    const sim_section *nodes = sim_config_section(s->config, "mobile-nodes");
    if (cls->name && s->mobile_nodes->crowd > 0) {
        sim_config_fail(nodes, "crowd", error, "a trace has no further nodes");
        return NULL;
    }
    model_movement *m = g_new0(model_movement, 1);
    m->cls = cls;
    m->env = (model_mobility_env){
        .seed = seed, .replication = replication, .n_cells = (uint32_t)s->access->routers,
        .width_mm = s->access->width_mm, .height_mm = s->access->height_mm,
        .n_nodes = nodes_wanted(s, cls), .end_ns = s->scenario->duration_ns,
        .section = s->mobility};
    m->mobility = cls->open(s->mobility->variant_data, &m->env, error);
    if (!m->mobility) {
        g_free(m);
        return NULL;
    }
    place_cells(m);
    m->attach_ns = s->access->detection_ns + (s->access->dad ? s->access->dad_timeout_ns : 0);
    m->l2_ns = s->access->l2_delay_ns;
    m->detection_ns = s->access->detection_ns;
    return m;
}

void model_movement_free(model_movement *m)
{
    if (!m)
        return;
    m->cls->close(m->mobility);
    g_free(m->lines);
    g_free(m->moves);
    g_free(m);
}

uint32_t model_movement_n_nodes(const model_movement *m)
{
    return m->cls->n_nodes(m->mobility);
}

const char *model_movement_name(const model_movement *m, uint32_t node, char buf[16])
{
    if (m->cls->name)
        return m->cls->name(m->mobility, node);
    /* Of a million nodes, several times each: printf would be seconds. */
    char *at = buf + 15;
    *at = '\0';
    do
        *--at = (char)('0' + node % 10);
    while ((node /= 10) > 0);
    *--at = 'n';
    *--at = 'm';
    return at;
}

void model_movement_notes(const model_movement *m, void (*line)(void *user, const char *text),
                          void *user)
{
    if (m->cls->notes)
        m->cls->notes(m->mobility, line, user);
}

/* ---- presence ----------------------------------------------------------------------- */

static bool exists(const model_mn_host *h)
{
    return h->started && h->cell != MODEL_NO_CELL_HERE;
}

static void count_presence(model_movement *m, model_mn_host *h, bool was, int64_t now)
{
    bool is = exists(h);
    int64_t from = MAX(now, model_mn_world(h)->setup.warm_up_ns);
    if (is == was)
        return;
    m->existed_ns += is ? -from : from;
    m->n_exist += is ? 1 : UINT64_MAX;
}

double model_movement_node_seconds(const model_world *w, int64_t now)
{
    const model_movement *m = w->movement;
    int64_t end = MAX(now, w->setup.warm_up_ns);
    return (double)(m->existed_ns + (__int128)m->n_exist * end) / 1e9;
}

uint64_t model_movement_handovers(const model_movement *m)
{
    return m->handovers;
}

/* ---- attachment --------------------------------------------------------------------- */

/* At home there is no care-of address to test. */
static int64_t delay_to_link(const model_movement *m, const model_mn_host *h)
{
    bool home = h->cell == (uint32_t)model_mn_world(h)->settings->access->home_cell;
    return m->l2_ns + (home ? m->detection_ns : m->attach_ns);
}

static void seek_link(model_movement *m, model_mn_host *h, int64_t now)
{
    int64_t at = now + MAX(delay_to_link(m, h), 1);
    sim_timer_set(model_mn_world(h)->engine, &h->attach, h->account.node, MODEL_MN_PORT_ATTACH, at);
}

static void enter_cell(model_movement *m, model_mn_host *h, uint32_t cell, int64_t now)
{
    if (cell == h->cell)
        return;
    bool was = exists(h);
    if (h->attachment != MODEL_NO_ATTACHMENT)
        model_mn_host_detach(h, now);
    h->cell = cell;
    count_presence(m, h, was, now);
    m->handovers += was && exists(h) && now >= model_mn_world(h)->setup.warm_up_ns;
    if (!h->started)
        return;
    if (cell == MODEL_NO_CELL_HERE)
        sim_timer_cancel(model_mn_world(h)->engine, &h->attach);
    else
        seek_link(m, h, now);
}

void model_movement_linked(model_movement *m, model_mn_host *h, const sim_event *event)
{
    sim_timer_fired(model_mn_world(h)->engine, &h->attach, event);
    if (h->started) {
        model_mn_host_attach(h, event->time_ns);
        return;
    }
    h->started = true;
    count_presence(m, h, false, event->time_ns);
    if (h->cell != MODEL_NO_CELL_HERE)
        seek_link(m, h, event->time_ns);
}

/* ---- legs --------------------------------------------------------------------------- */

static uint32_t cell_of(const model_movement *m, const model_leg *leg)
{
    switch (leg->kind) {
    case MODEL_LEG_LINE: return model_cells_at(&m->cells, leg->x0_mm, leg->y0_mm);
    case MODEL_LEG_CELL: return leg->cell;
    case MODEL_LEG_ABSENT:
    case MODEL_LEG_OVER: break;
    }
    return MODEL_NO_CELL_HERE;
}

/* When the move timer must come: a crossing, or the end of the leg. */
static int64_t next_move(const model_movement *m, const model_mn_host *h, int64_t now,
                         uint32_t *cell)
{
    *cell = h->cell;
    if (h->leg == MODEL_LEG_OVER)
        return SIM_NEVER;
    int64_t end_ns = m->moves ? m->moves[model_mn_index(h)].end_ns : SIM_NEVER;
    if (h->leg != MODEL_LEG_LINE)
        return end_ns;
    int64_t at =
        model_cells_next_crossing(&m->cells, &m->lines[model_mn_index(h)], now, h->cell, cell);
    return at == SIM_NEVER ? end_ns : at;
}

static void arm_move(model_movement *m, model_mn_host *h, int64_t now)
{
    uint32_t cell;
    if (m->moves)
        sim_timer_set(model_mn_world(h)->engine, &m->moves[model_mn_index(h)].timer,
                      h->account.node, MODEL_MN_PORT_MOVE, next_move(m, h, now, &cell));
}

/* One that stands still is in its cell, and no more need be known. */
static model_leg_kind kept_kind(const model_leg *leg)
{
    bool still = leg->x0_mm == leg->x1_mm && leg->y0_mm == leg->y1_mm;
    return leg->kind == MODEL_LEG_LINE && still ? MODEL_LEG_CELL : leg->kind;
}

/* The legs of those before had no end. */
static move *new_moves(uint32_t n)
{
    move *moves = g_new0(move, n);
    for (uint32_t i = 0; i < n; i++)
        moves[i].end_ns = SIM_NEVER;
    return moves;
}

static void keep_leg(model_movement *m, model_mn_host *h, const model_leg *leg)
{
    uint32_t i = model_mn_index(h);
    h->leg = (uint8_t)kept_kind(leg);
    if (!m->moves && (leg->end_ns != SIM_NEVER || h->leg == MODEL_LEG_LINE))
        m->moves = new_moves(model_movement_n_nodes(m));
    if (m->moves)
        m->moves[i].end_ns = leg->end_ns;
    if (h->leg != MODEL_LEG_LINE)
        return;
    if (!m->lines)
        m->lines = g_new(model_leg, model_movement_n_nodes(m));
    m->lines[i] = *leg;
}

/* Ask for legs until one holds `now`. */
static void next_leg(model_movement *m, model_mn_host *h, int64_t now)
{
    model_leg leg;
    do {
        m->cls->next(m->mobility, model_mn_index(h), &leg);
        h->gone = leg.kind == MODEL_LEG_OVER;
        if (h->gone)
            model_measure_gone(model_mn_world(h)->measure, model_mn_index(h));
    } while (!h->gone && leg.end_ns <= now);
    keep_leg(m, h, &leg);
    enter_cell(m, h, cell_of(m, &leg), now);
}

void model_movement_moved(model_movement *m, model_mn_host *h, const sim_event *event)
{
    int64_t now = event->time_ns;
    uint32_t i = model_mn_index(h);
    sim_timer_fired(model_mn_world(h)->engine, &m->moves[i].timer, event);
    if (now >= m->moves[i].end_ns) {
        next_leg(m, h, now);
    } else {
        uint32_t cell;
        int64_t at = model_cells_next_crossing(&m->cells, &m->lines[i], now - 1, h->cell, &cell);
        g_assert(at == now);
        enter_cell(m, h, cell, now);
    }
    arm_move(m, h, now);
}

void model_movement_begin(model_movement *m, model_mn_host *h, int64_t start)
{
    h->cell = MODEL_NO_CELL_HERE;
    next_leg(m, h, 0);
    arm_move(m, h, 0);
    sim_timer_set(model_mn_world(h)->engine, &h->attach, h->account.node, MODEL_MN_PORT_ATTACH,
                  MAX(start, 1));
}
