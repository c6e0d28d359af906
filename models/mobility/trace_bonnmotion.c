/* Traces: BonnMotion's .movements. One line a node, "t x y t x y ..."; with "#3D" at the
 * head, "t x y z ..." (z is not used). Between two waypoints a node goes straight. It is
 * there from its first waypoint to its last one; with a single waypoint it stands there for
 * good. Nodes are mn0, mn1, ... by line; an empty line is a node that never appears.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <string.h>

#include "models/mobility/trace.h"
#include "sim/engine/engine.h"

typedef struct waypoint {
    int64_t t_ns, x_mm, y_mm;
} waypoint;

typedef struct bm_node {
    uint32_t number;            /* of its line, comments apart */
    uint32_t cursor;            /* waypoint at the end of the last leg */
    gsize first;                /* in waypoints[] */
    uint32_t n;
    bool begun;
    char name[16];
} bm_node;

typedef struct bm_trace {
    model_trace base;
    model_trace_input *in;
    GArray *nodes, *waypoints;
    int values;                 /* a waypoint: 3 or 4 */
    uint32_t lines;             /* that are nodes */
    uint32_t single, ends_empty;
} bm_trace;

static const waypoint *waypoint_at(const bm_trace *t, gsize i)
{
    return &g_array_index(t->waypoints, waypoint, i);
}

static bool add_waypoint(bm_trace *t, const model_trace_reader *reader, bm_node *node,
                         const int64_t value[4], GError **error)
{
    waypoint next = { value[0], value[1], value[2] };

    if (node->n > 0) {
        const waypoint *last = waypoint_at(t, t->waypoints->len - 1);

        if (next.t_ns < last->t_ns) {
            g_autofree char *was = model_trace_seconds(last->t_ns);
            g_autofree char *is = model_trace_seconds(next.t_ns);

            return model_trace_fail(t->in, reader->line, error, "expected waypoint %u no earlier"
                                    " than %s s, found %s s", node->n + 1, was, is);
        }
    }
    g_array_append_val(t->waypoints, next);
    node->n++;
    model_trace_see_point(&t->base, next.x_mm, next.y_mm);
    return true;
}

/* The rest of a line that begins with `word`: a node. */
static bool read_node(bm_trace *t, model_trace_reader *reader, char *word, bool *end,
                      GError **error)
{
    static const char *const what[] = { "the time", "x", "y", "z" };
    bm_node node = { .number = t->lines, .first = t->waypoints->len };
    model_trace_item item = MODEL_TRACE_WORD_READ;
    int64_t value[4];
    uint32_t n = 0;

    for (; item == MODEL_TRACE_WORD_READ; item = model_trace_read(reader, word, error)) {
        int i = (int)(n++ % (uint32_t)t->values);

        if (!model_trace_number(reader, word, what[i], i == 0 ? 9 : 3,
                                i == 0 ? MODEL_TRACE_MAX_TIME_NS : MODEL_TRACE_MAX_POSITION_MM,
                                &value[i], error))
            return false;
        if (i == t->values - 1 && !add_waypoint(t, reader, &node, value, error))
            return false;
    }
    if (item == MODEL_TRACE_ERROR)
        return false;
    if (n % (uint32_t)t->values != 0)
        return model_trace_fail(t->in, reader->line, error, "expected a multiple of %d values"
                                " (%s), found %u", t->values,
                                t->values == 3 ? "t x y" : "t x y z", n);
    *end = item == MODEL_TRACE_END;
    g_snprintf(node.name, sizeof node.name, "mn%u", node.number);
    g_array_append_val(t->nodes, node);
    t->lines++;
    return true;
}

static bool read_comment(bm_trace *t, model_trace_reader *reader, char *word, GError **error)
{
    bool three = strcmp(word, "#3D") == 0 || strcmp(word, "#3d") == 0;

    if (three && t->nodes->len == 0)
        t->values = 4;
    return model_trace_skip_line(reader, error);
}

static bool read_all(bm_trace *t, GError **error)
{
    model_trace_reader reader;
    char word[MODEL_TRACE_WORD];
    uint32_t empty = 0;         /* lines that are nodes only if a node follows */
    bool end = false;

    model_trace_reader_init(&reader, t->in);
    while (!end) {
        switch (model_trace_read(&reader, word, error)) {
        case MODEL_TRACE_ERROR:
            return false;
        case MODEL_TRACE_END:
            end = true;
            break;
        case MODEL_TRACE_NEWLINE:
            empty++;
            break;
        case MODEL_TRACE_WORD_READ:
            if (word[0] == '#') {
                if (!read_comment(t, &reader, word, error))
                    return false;
                break;
            }
            t->lines += empty;
            t->ends_empty += empty;
            empty = 0;
            if (!read_node(t, &reader, word, &end, error))
                return false;
            break;
        }
    }
    return true;
}

static void bm_life(const model_trace *trace, uint32_t i, int64_t *from_ns, int64_t *to_ns)
{
    const bm_trace *t = (const bm_trace *)trace;
    const bm_node *node = &g_array_index(t->nodes, bm_node, i);

    *from_ns = waypoint_at(t, node->first)->t_ns;
    *to_ns = node->n > 1 ? waypoint_at(t, node->first + node->n - 1)->t_ns : SIM_NEVER;
}

static bool summarise(bm_trace *t, GError **error)
{
    if (t->nodes->len == 0)
        return model_trace_fail(t->in, 0, error, "expected a line \"t x y ...\", found none");
    t->base.n_nodes = t->nodes->len;
    for (uint32_t i = 0; i < t->nodes->len; i++) {
        int64_t from_ns, to_ns;

        bm_life(&t->base, i, &from_ns, &to_ns);
        model_trace_see_life(&t->base, from_ns, to_ns);
        t->single += to_ns == SIM_NEVER;
    }
    if (t->ends_empty > 0)
        model_trace_note(&t->base, "%u empty lines: nodes that never appear", t->ends_empty);
    if (t->single > 0)
        model_trace_note(&t->base, "%u nodes with a single waypoint stand there to the end",
                         t->single);
    if (t->values == 4)
        model_trace_note(&t->base, "three-dimensional: z is not used");
    return true;
}

static void bm_close(model_trace *trace)
{
    bm_trace *t = (bm_trace *)trace;

    g_array_unref(t->nodes);
    g_array_unref(t->waypoints);
    model_trace_input_close(t->in);
    model_trace_clear(&t->base);
    g_free(t);
}

static model_trace *bm_open(model_trace_input *in, bool persons, GError **error)
{
    bm_trace *t = g_new0(bm_trace, 1);

    (void)persons;
    model_trace_init(&t->base, &model_trace_bonnmotion);
    t->in = in;
    t->values = 3;
    t->nodes = g_array_new(FALSE, FALSE, sizeof(bm_node));
    t->waypoints = g_array_new(FALSE, FALSE, sizeof(waypoint));
    if (!read_all(t, error) || !summarise(t, error)) {
        bm_close(&t->base);
        return NULL;
    }
    return &t->base;
}

static const char *bm_node_name(const model_trace *trace, uint32_t i)
{
    return g_array_index(((const bm_trace *)trace)->nodes, bm_node, i).name;
}

static bool bm_start(model_trace *trace, int64_t start_ns, GError **error)
{
    (void)trace, (void)start_ns, (void)error;
    return true;
}

static bool bm_next(model_trace *trace, uint32_t i, model_leg *leg, GError **error)
{
    bm_trace *t = (bm_trace *)trace;
    bm_node *node = &g_array_index(t->nodes, bm_node, i);
    const waypoint *from = waypoint_at(t, node->first + node->cursor), *to = from;

    (void)error;
    *leg = (model_leg){ .kind = MODEL_LEG_LINE, .start_ns = from->t_ns };
    if (!node->begun) {
        node->begun = true;
        *leg = (model_leg){ .kind = MODEL_LEG_ABSENT, .start_ns = INT64_MIN,
                            .end_ns = from->t_ns };
        return true;
    }
    if (node->n == 1) {
        leg->end_ns = SIM_NEVER;
    } else if (node->cursor + 1 == node->n) {
        leg->kind = MODEL_LEG_OVER;
        leg->end_ns = SIM_NEVER;
        return true;
    } else {
        node->cursor++;
        to = from + 1;
        leg->end_ns = to->t_ns;
    }
    leg->x0_mm = from->x_mm;
    leg->y0_mm = from->y_mm;
    leg->x1_mm = to->x_mm;
    leg->y1_mm = to->y_mm;
    return true;
}

const model_trace_class model_trace_bonnmotion = {
    .name = "bonnmotion",
    .open = bm_open,
    .close = bm_close,
    .node_name = bm_node_name,
    .life = bm_life,
    .start = bm_start,
    .next = bm_next,
};
