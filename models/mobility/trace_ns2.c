/* Traces: movement of ns-2, as its setdest, SUMO's traceExporter.py and BonnMotion write it:
 *
 *     $node_(0) set X_ 10.0
 *     $node_(0) set Y_ 20.0
 *     $ns_ at 1.0 "$node_(0) setdest 310.0 420.0 5.0"
 *
 * An order sends its node straight to a place at a speed along the path; the node stops
 * there; a new order takes over wherever the node is then. Lines may come in any sequence.
 *
 * A node is there from 0 on, unless its first order sends it to where it stands: that is how
 * traceExporter.py says when a vehicle enters. It leaves at its last arrival; without any
 * order it stands there for good. Nodes are mn<N>, N as in the file.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <math.h>
#include <string.h>

#include "models/mobility/trace.h"
#include "sim/engine/engine.h"

enum { MAX_WORDS = 12 };
#define MAX_SPEED_UM_S INT64_C(1000000000000)

/* Kinds of lines that are left out, with a note each. */
typedef enum other_line {
    OTHER_GOD, OTHER_SET, OTHER_LATE, OTHER_NODE, OTHER_REST, N_OTHER
} other_line;

static const char *const other_names[N_OTHER] = {
    "$god_ lines", "Tcl settings", "positions set later than 0", "other orders to nodes",
    "other lines",
};

typedef struct ns2_order {
    int64_t t_ns, x_mm, y_mm, speed_um_s;
    uint32_t node;              /* number as read; index once sorted */
} ns2_order;

typedef struct ns2_node {
    uint32_t number;
    uint32_t n;                 /* orders */
    gsize first;                /* in orders[] */
    bool has_x, has_y;
    int64_t x_mm, y_mm;         /* start */
    int64_t line;               /* that named it first */
    int64_t from_ns, to_ns;     /* life */
    char name[16];
    /* along the way */
    bool begun;
    uint32_t cursor;            /* next order */
    int64_t now_ns, at_x_mm, at_y_mm;
} ns2_node;

typedef struct ns2_trace {
    model_trace base;
    model_trace_input *in;
    GArray *nodes, *orders;
    GHashTable *index;          /* number + 1 -> index + 1, while reading */
    uint64_t others[N_OTHER];
    int64_t other_lines[N_OTHER];
} ns2_trace;

typedef struct ns2_line {
    char words[MAX_WORDS][MODEL_TRACE_WORD];
    int n;                      /* words; at most MAX_WORDS are kept */
    bool cut;                   /* the file ends without the end of the line, or of the order */
} ns2_line;

static ns2_node *node_at(const ns2_trace *t, gsize i)
{
    return &g_array_index(t->nodes, ns2_node, i);
}

/* ---- reading ----------------------------------------------------------------------- */

/* "$node_(12)": 12. */
static bool node_number(const char *word, uint32_t *number)
{
    const char *p = word;
    uint64_t n = 0;

    if (g_str_has_prefix(p, "$node_("))
        p += 7;
    else if (g_str_has_prefix(p, "$node("))
        p += 6;
    else
        return false;
    if (!g_ascii_isdigit(*p))
        return false;
    for (; g_ascii_isdigit(*p) && n < INT32_MAX; p++)
        n = 10 * n + (uint64_t)(*p - '0');
    *number = (uint32_t)n;
    return n < INT32_MAX && strcmp(p, ")") == 0;
}

static ns2_node *node_of(ns2_trace *t, uint32_t number, int64_t line)
{
    gpointer key = GUINT_TO_POINTER(number + 1);
    uint32_t found = GPOINTER_TO_UINT(g_hash_table_lookup(t->index, key));

    if (found == 0) {
        ns2_node node = { .number = number, .line = line };

        g_snprintf(node.name, sizeof node.name, "mn%u", number);
        g_array_append_val(t->nodes, node);
        found = t->nodes->len;
        g_hash_table_insert(t->index, key, GUINT_TO_POINTER(found));
    }
    return node_at(t, found - 1);
}

static void leave_out(ns2_trace *t, const model_trace_reader *reader, other_line kind)
{
    if (t->others[kind]++ == 0)
        t->other_lines[kind] = reader->line;
}

static bool position(const model_trace_reader *reader, const char *word, const char *what,
                     int64_t *value, GError **error)
{
    return model_trace_number(reader, word, what, 3, MODEL_TRACE_MAX_POSITION_MM, value, error);
}

/* set X_ 10.0: `words` begins at "set". */
static bool read_position(ns2_trace *t, const model_trace_reader *reader, uint32_t number,
                          char words[][MODEL_TRACE_WORD], GError **error)
{
    ns2_node *node = node_of(t, number, reader->line);

    if (strcmp(words[1], "X_") == 0) {
        node->has_x = true;
        return position(reader, words[2], "X_", &node->x_mm, error);
    }
    if (strcmp(words[1], "Y_") == 0) {
        node->has_y = true;
        return position(reader, words[2], "Y_", &node->y_mm, error);
    }
    return true;                /* Z_: not used */
}

static bool is_position(char words[][MODEL_TRACE_WORD])
{
    return strcmp(words[0], "set") == 0 && strlen(words[1]) == 2 &&
           strchr("XYZ", words[1][0]) != NULL && words[1][1] == '_';
}

/* $ns_ at T "$node_(N) setdest X Y S" */
static bool read_order(ns2_trace *t, const model_trace_reader *reader, const ns2_line *line,
                       int64_t t_ns, uint32_t number, GError **error)
{
    ns2_order order = { .t_ns = t_ns, .node = number };

    if (line->n != 10)
        return model_trace_fail(t->in, reader->line, error, "expected $ns_ at TIME \"$node_(N) "
                                "setdest X Y SPEED\", found %s", line->n < 10 ? "less" : "more");
    if (!position(reader, line->words[6], "x of setdest", &order.x_mm, error) ||
        !position(reader, line->words[7], "y of setdest", &order.y_mm, error) ||
        !model_trace_number(reader, line->words[8], "the speed", 6, MAX_SPEED_UM_S,
                            &order.speed_um_s, error))
        return false;
    if (order.speed_um_s < 0)
        return model_trace_fail(t->in, reader->line, error,
                                "expected a speed of at least 0, found %s", line->words[8]);
    node_of(t, number, reader->line)->n++;
    g_array_append_val(t->orders, order);
    model_trace_see_point(&t->base, order.x_mm, order.y_mm);
    return true;
}

/* A line that is no order and no position: noted. But a file that ends in it was cut off, and
 * a move of what is no node would lose one in silence. */
static bool read_other(ns2_trace *t, const model_trace_reader *reader, const ns2_line *line,
                       other_line kind, GError **error)
{
    int at = strcmp(line->words[1], "at") == 0 ? 4 : 0;
    const char *name = line->words[at];

    if (line->cut)
        return model_trace_fail(t->in, reader->line, error,
                                "expected a whole line, found the end of the file");
    if (kind == OTHER_REST && g_str_has_prefix(name, "$node") &&
        (strcmp(line->words[at + 1], "set") == 0 || strcmp(line->words[at + 1], "setdest") == 0)) {
        g_autofree char *found = g_strescape(name, NULL);

        return model_trace_fail(t->in, reader->line, error, "expected $node_(N), N a number "
                                "below %d, found \"%.40s\"", INT32_MAX, found);
    }
    leave_out(t, reader, kind);
    return true;
}

static bool read_timed(ns2_trace *t, const model_trace_reader *reader, ns2_line *line,
                       GError **error)
{
    int64_t t_ns;
    uint32_t number;
    char (*words)[MODEL_TRACE_WORD] = line->words;

    if (!model_trace_number(reader, words[2], "the time", 9, MODEL_TRACE_MAX_TIME_NS, &t_ns,
                            error))
        return false;
    if (t_ns < 0)
        return model_trace_fail(t->in, reader->line, error,
                                "expected a time of at least 0, found %s", words[2]);
    /* Words beyond the line's are empty. */
    if (!node_number(words[4], &number))
        return read_other(t, reader, line,
                          g_str_has_prefix(words[4], "$god_") ? OTHER_GOD : OTHER_REST, error);
    if (words[3][0] != '"' && words[3][0] != '{')
        return read_other(t, reader, line, OTHER_REST, error);
    if (strcmp(words[5], "setdest") == 0)
        return read_order(t, reader, line, t_ns, number, error);
    if (is_position(words + 5) && t_ns == 0)
        return read_position(t, reader, number, words + 5, error);
    return read_other(t, reader, line, is_position(words + 5) ? OTHER_LATE : OTHER_NODE, error);
}

static other_line kind_of(const char *word)
{
    if (g_str_has_prefix(word, "$god_"))
        return OTHER_GOD;
    return strcmp(word, "set") == 0 ? OTHER_SET : OTHER_REST;
}

static bool read_line(ns2_trace *t, const model_trace_reader *reader, ns2_line *line,
                      GError **error)
{
    char (*words)[MODEL_TRACE_WORD] = line->words;
    uint32_t number;

    if (line->n == 0)
        return true;
    if (node_number(words[0], &number)) {
        if (is_position(words + 1))
            return read_position(t, reader, number, words + 1, error);
        return read_other(t, reader, line, OTHER_NODE, error);
    }
    if (words[0][0] == '$' && strcmp(words[1], "at") == 0)
        return read_timed(t, reader, line, error);
    return read_other(t, reader, line, kind_of(words[0]), error);
}

/* A file may end without the last line's end: an order's quote tells that it is whole. */
static bool is_closed(const ns2_line *line)
{
    const char *last = line->words[MIN(line->n, MAX_WORDS) - 1];

    return line->n > 4 && (*last == '"' || *last == '}');
}

/* The words of a line; without those of a comment. False: *error. */
static bool gather(model_trace_reader *reader, ns2_line *line, bool *end, GError **error)
{
    char word[MODEL_TRACE_WORD];
    model_trace_item item;

    memset(line, 0, sizeof *line);
    while ((item = model_trace_read(reader, word, error)) == MODEL_TRACE_WORD_READ) {
        if (line->n == 0 && word[0] == '#')
            return model_trace_skip_line(reader, error);
        if (line->n < MAX_WORDS)
            strcpy(line->words[line->n], word);
        line->n++;
    }
    *end = item == MODEL_TRACE_END;
    line->cut = *end && line->n > 0 && !is_closed(line);
    return item != MODEL_TRACE_ERROR;
}

static bool read_all(ns2_trace *t, GError **error)
{
    model_trace_reader reader;
    ns2_line line;
    bool end = false;

    model_trace_reader_init(&reader, t->in);
    while (!end) {
        if (!gather(&reader, &line, &end, error) || !read_line(t, &reader, &line, error))
            return false;
    }
    return true;
}

/* ---- the way of a node ------------------------------------------------------------- */

static const ns2_order *order_at(const ns2_trace *t, const ns2_node *node, uint32_t i)
{
    return &g_array_index(t->orders, ns2_order, node->first + i);
}

static void begin_way(ns2_node *node)
{
    node->begun = false;
    node->cursor = 0;
    node->now_ns = node->from_ns;
    node->at_x_mm = node->x_mm;
    node->at_y_mm = node->y_mm;
}

static void still_until(ns2_node *node, int64_t end_ns, model_leg *leg)
{
    *leg = (model_leg){ .kind = MODEL_LEG_LINE, .start_ns = node->now_ns, .end_ns = end_ns,
                        .x0_mm = node->at_x_mm, .y0_mm = node->at_y_mm,
                        .x1_mm = node->at_x_mm, .y1_mm = node->at_y_mm };
    node->now_ns = end_ns;
}

/* When a node that takes this order now arrives; SIM_NEVER at speed 0. The square root of
 * IEEE arithmetic is exact to the last bit. */
static int64_t arrival(const ns2_node *node, const ns2_order *order)
{
    double dx = (double)(order->x_mm - node->at_x_mm);
    double dy = (double)(order->y_mm - node->at_y_mm);
    double way_mm = sqrt(dx * dx + dy * dy);

    if (way_mm == 0.0)
        return node->now_ns;
    if (order->speed_um_s == 0)
        return SIM_NEVER;

    double travel_ns = way_mm / (double)order->speed_um_s * 1e12 + 0.5;

    if (travel_ns >= (double)MODEL_TRACE_MAX_TIME_NS)
        return SIM_NEVER;
    return node->now_ns + MAX((int64_t)travel_ns, 1);
}

/* Follow an order until arrival or the next order, whichever is first. */
static void follow(const ns2_trace *t, ns2_node *node, const ns2_order *order, model_leg *leg)
{
    int64_t arrives_ns = arrival(node, order);
    int64_t next_ns = node->cursor < node->n ? order_at(t, node, node->cursor)->t_ns
                                             : SIM_NEVER;

    if (arrives_ns == SIM_NEVER || arrives_ns == node->now_ns) {
        still_until(node, MIN(next_ns, SIM_NEVER), leg);
        return;
    }
    *leg = (model_leg){ .kind = MODEL_LEG_LINE, .start_ns = node->now_ns,
                        .end_ns = arrives_ns, .x0_mm = node->at_x_mm, .y0_mm = node->at_y_mm,
                        .x1_mm = order->x_mm, .y1_mm = order->y_mm };
    if (next_ns < arrives_ns) {
        int64_t x, y;

        model_leg_at(leg, next_ns, &x, &y);
        leg->end_ns = next_ns;
        leg->x1_mm = x;
        leg->y1_mm = y;
    }
    node->at_x_mm = leg->x1_mm;
    node->at_y_mm = leg->y1_mm;
    node->now_ns = leg->end_ns;
}

static void walk(const ns2_trace *t, ns2_node *node, model_leg *leg)
{
    const ns2_order *order = NULL;

    if (!node->begun) {
        node->begun = true;
        *leg = (model_leg){ .kind = MODEL_LEG_ABSENT, .start_ns = INT64_MIN,
                            .end_ns = node->from_ns };
        return;
    }
    /* Of several orders at one time the last in the file stands. */
    while (node->cursor < node->n && order_at(t, node, node->cursor)->t_ns <= node->now_ns)
        order = order_at(t, node, node->cursor++);
    if (order != NULL) {
        follow(t, node, order, leg);
        /* Nothing more will come and it will not get anywhere: it has left. */
        if (leg->end_ns != SIM_NEVER)
            return;
    } else if (node->cursor < node->n) {
        still_until(node, order_at(t, node, node->cursor)->t_ns, leg);
        return;
    } else if (node->n == 0) {
        still_until(node, SIM_NEVER, leg);
        return;
    } else {
        *leg = (model_leg){ .start_ns = node->now_ns };
    }
    leg->kind = MODEL_LEG_OVER;
    leg->end_ns = SIM_NEVER;
}

/* ---- opening ----------------------------------------------------------------------- */

static gint by_number(gconstpointer a, gconstpointer b)
{
    const ns2_node *x = a, *y = b;

    return x->number < y->number ? -1 : x->number > y->number;
}

/* Stable, as g_array_sort is: of equal times the order of lines stays. */
static gint by_node_and_time(gconstpointer a, gconstpointer b)
{
    const ns2_order *x = a, *y = b;

    if (x->node != y->node)
        return x->node < y->node ? -1 : 1;
    return x->t_ns < y->t_ns ? -1 : x->t_ns > y->t_ns;
}

static void find_life(ns2_trace *t, ns2_node *node)
{
    const ns2_order *first = node->n > 0 ? order_at(t, node, 0) : NULL;
    model_leg leg;

    node->from_ns = 0;
    if (first != NULL && first->x_mm == node->x_mm && first->y_mm == node->y_mm)
        node->from_ns = first->t_ns;
    begin_way(node);
    do {
        walk(t, node, &leg);
    } while (leg.kind != MODEL_LEG_OVER && leg.end_ns != SIM_NEVER);
    node->to_ns = leg.kind == MODEL_LEG_OVER ? leg.start_ns : SIM_NEVER;
    begin_way(node);
}

static bool summarise(ns2_trace *t, GError **error)
{
    uint32_t standing = 0;
    gsize first = 0;

    if (t->nodes->len == 0)
        return model_trace_fail(t->in, 0, error, "expected lines of $node_(N), found none");
    g_array_sort(t->nodes, by_number);
    g_array_sort(t->orders, by_node_and_time);
    for (gsize i = 0; i < t->nodes->len; i++) {
        ns2_node *node = node_at(t, i);

        if (!node->has_x || !node->has_y)
            return model_trace_fail(t->in, node->line, error, "expected a start position of "
                                    "$node_(%u), found no \"set %s\"", node->number,
                                    node->has_x ? "Y_" : "X_");
        node->first = first;
        first += node->n;
        standing += node->n == 0;
        model_trace_see_point(&t->base, node->x_mm, node->y_mm);
        find_life(t, node);
        model_trace_see_life(&t->base, node->from_ns, node->to_ns);
    }
    t->base.n_nodes = t->nodes->len;
    for (int kind = 0; kind < N_OTHER; kind++) {
        if (t->others[kind] > 0)
            model_trace_note(&t->base, "%" G_GUINT64_FORMAT " %s ignored, the first in line %"
                             G_GINT64_FORMAT, t->others[kind], other_names[kind],
                             t->other_lines[kind]);
    }
    if (standing > 0)
        model_trace_note(&t->base, "%u nodes without an order stand there to the end", standing);
    return true;
}

static void ns2_close(model_trace *trace)
{
    ns2_trace *t = (ns2_trace *)trace;

    g_hash_table_unref(t->index);
    g_array_unref(t->nodes);
    g_array_unref(t->orders);
    model_trace_input_close(t->in);
    model_trace_clear(&t->base);
    g_free(t);
}

static model_trace *ns2_open(model_trace_input *in, bool persons, GError **error)
{
    ns2_trace *t = g_new0(ns2_trace, 1);

    (void)persons;
    model_trace_init(&t->base, &model_trace_ns2);
    t->in = in;
    t->index = g_hash_table_new(NULL, NULL);
    t->nodes = g_array_new(FALSE, FALSE, sizeof(ns2_node));
    t->orders = g_array_new(FALSE, FALSE, sizeof(ns2_order));
    if (!read_all(t, error) || !summarise(t, error)) {
        ns2_close(&t->base);
        return NULL;
    }
    return &t->base;
}

static const char *ns2_node_name(const model_trace *trace, uint32_t i)
{
    return node_at((const ns2_trace *)trace, i)->name;
}

static void ns2_life(const model_trace *trace, uint32_t i, int64_t *from_ns, int64_t *to_ns)
{
    const ns2_node *node = node_at((const ns2_trace *)trace, i);

    *from_ns = node->from_ns;
    *to_ns = node->to_ns;
}

static bool ns2_start(model_trace *trace, int64_t start_ns, GError **error)
{
    (void)trace, (void)start_ns, (void)error;
    return true;
}

static bool ns2_next(model_trace *trace, uint32_t i, model_leg *leg, GError **error)
{
    const ns2_trace *t = (const ns2_trace *)trace;

    (void)error;
    walk(t, node_at(t, i), leg);
    return true;
}

const model_trace_class model_trace_ns2 = {
    .name = "ns2",
    .open = ns2_open,
    .close = ns2_close,
    .node_name = ns2_node_name,
    .life = ns2_life,
    .start = ns2_start,
    .next = ns2_next,
};
