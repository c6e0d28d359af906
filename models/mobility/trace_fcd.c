/* Traces: floating-car data of SUMO (<fcd-export>, https://sumo.dlr.de/docs/Simulation/
 * Output/FCDOutput.html).
 *
 * Two passes. The first checks everything and keeps, per vehicle, when it is there: its first
 * and last time step and the gaps between, a gap being at least one time step without it. The
 * second runs along with the simulation. As gaps are known beforehand, it never has to read
 * more than one time step ahead: memory depends on the number of vehicles (and gaps), not on
 * the file's length.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <string.h>

#include "models/mobility/trace.h"
#include "sim/engine/engine.h"

enum { SLICE_BYTES = 16 * 1024, MAX_NAME = 200 };
#define NO_GAP UINT32_MAX

/* In order of depth: outside, in the root, in a time step, in a vehicle or further down. */
enum { DEPTH_ROOT = 1, DEPTH_STEP = 2, DEPTH_NODE = 3 };

typedef enum node_kind { KIND_VEHICLE, KIND_PERSON, KIND_CONTAINER, N_KINDS } node_kind;

static const char *const kind_names[N_KINDS] = { "vehicle", "person", "container" };

typedef struct fcd_point {
    int64_t t_ns, x_mm, y_mm;
} fcd_point;

typedef struct fcd_gap {
    int64_t from_ns, to_ns;
    uint32_t next;              /* of the same vehicle */
} fcd_gap;

typedef struct fcd_node {
    const char *name;
    int64_t first_ns, last_ns;  /* life; isolated positions at its ends left out */
    int64_t begin_ns;           /* of the stay (between two gaps) at hand */
    uint32_t gap_first, gap_last;   /* in gaps[]; the run takes them off in front */
    uint32_t step;              /* number of the last time step with it */
    node_kind kind;
    int64_t now_ns;             /* second pass: end of the last leg */
    fcd_point at, ahead;        /* at the end of the last leg, and the point after it */
} fcd_node;

typedef struct fcd_sample {
    uint32_t node;
    fcd_point point;
} fcd_sample;

typedef struct fcd_trace {
    model_trace base;
    model_trace_input *in;
    GMarkupParseContext *markup;
    bool persons, streaming;
    GHashTable *index;          /* name -> number in nodes[] + 1 */
    GStringChunk *names;
    GArray *nodes, *gaps;
    GArray *queue;              /* second pass: samples parsed and not yet taken */
    guint queue_at;
    const char *block;          /* second pass: text not yet parsed */
    size_t block_len;
    int depth;
    uint32_t n_steps;
    int64_t step_ns;
    uint64_t ignored[N_KINDS], unknown;
    int64_t unknown_line;
} fcd_trace;

static fcd_node *node_at(const fcd_trace *t, uint32_t i)
{
    return &g_array_index(t->nodes, fcd_node, i);
}

static fcd_gap *gap_at(const fcd_trace *t, uint32_t i)
{
    return &g_array_index(t->gaps, fcd_gap, i);
}

/* ---- elements, in both passes ------------------------------------------------------ */

static int64_t line_of(const fcd_trace *t)
{
    int line, column;

    g_markup_parse_context_get_position(t->markup, &line, &column);
    /* GLib counts a line from the newline in front of it. */
    return column <= 1 && line > 1 ? line - 1 : line;
}

static const char *attribute(const char **names, const char **values, const char *wanted)
{
    for (size_t i = 0; names[i] != NULL; i++) {
        if (strcmp(names[i], wanted) == 0)
            return values[i];
    }
    return NULL;
}

static bool number(fcd_trace *t, const char *text, const char *element, const char *what,
                   int decimals, int64_t limit, int64_t *value, GError **error)
{
    if (text == NULL)
        return model_trace_fail(t->in, line_of(t), error,
                                "expected attribute \"%s\" of <%s>, found none", what, element);

    const char *expected = model_trace_decimal(text, decimals, limit, value);

    if (expected == NULL)
        return true;

    g_autofree char *found = g_strescape(text, NULL);

    return model_trace_fail(t->in, line_of(t), error,
                            "expected %s for \"%s\" of <%s>, found \"%.60s\"", expected, what,
                            element, found);
}

static bool on_step(fcd_trace *t, const char **names, const char **values, GError **error)
{
    int64_t time_ns;

    if (!number(t, attribute(names, values, "time"), "timestep", "time", 9,
                MODEL_TRACE_MAX_TIME_NS, &time_ns, error))
        return false;
    if (t->n_steps > 0 && time_ns <= t->step_ns) {
        g_autofree char *was = model_trace_seconds(t->step_ns);
        g_autofree char *is = model_trace_seconds(time_ns);

        return model_trace_fail(t->in, line_of(t), error,
                                "expected a time step after %s s, found one at %s s", was, is);
    }
    t->step_ns = time_ns;
    t->n_steps++;
    return true;
}

/* Canonical name: a vehicle's own id; others carry their kind, so that vehicle 1 and
 * person 1 stay two. */
static bool name_of(fcd_trace *t, node_kind kind, const char *id, char *name, GError **error)
{
    if (id == NULL)
        return model_trace_fail(t->in, line_of(t), error,
                                "expected attribute \"id\" of <%s>, found none",
                                kind_names[kind]);
    if (*id == '\0' || strlen(id) > MAX_NAME)
        return model_trace_fail(t->in, line_of(t), error,
                                "expected an id of 1 to %d bytes, found %zu", MAX_NAME,
                                strlen(id));
    for (const char *c = id; *c != '\0'; c++) {
        if ((unsigned char)*c < ' ')
            return model_trace_fail(t->in, line_of(t), error,
                                    "expected an id without control characters");
    }
    if (kind == KIND_VEHICLE)
        strcpy(name, id);
    else
        g_snprintf(name, MAX_NAME + 16, "%s:%s", kind_names[kind], id);
    return true;
}

/* ---- first pass -------------------------------------------------------------------- */

static uint32_t add_node(fcd_trace *t, node_kind kind, const char *name)
{
    fcd_node node = { .name = g_string_chunk_insert(t->names, name), .kind = kind,
                      .first_ns = t->step_ns, .begin_ns = t->step_ns,
                      .gap_first = NO_GAP, .gap_last = NO_GAP };

    g_array_append_val(t->nodes, node);
    g_hash_table_insert(t->index, (gpointer)node.name, GUINT_TO_POINTER(t->nodes->len));
    return t->nodes->len - 1;
}

/* The vehicle was away since its last step. A position that stands alone between two gaps is
 * no stay: the gap before it goes on. */
static void add_gap(fcd_trace *t, fcd_node *node)
{
    bool alone = node->begin_ns == node->last_ns;

    node->begin_ns = t->step_ns;
    if (alone && node->gap_last == NO_GAP) {
        node->first_ns = t->step_ns;
        return;
    }
    if (alone) {
        gap_at(t, node->gap_last)->to_ns = t->step_ns;
        return;
    }

    fcd_gap gap = { node->last_ns, t->step_ns, NO_GAP };

    g_array_append_val(t->gaps, gap);
    if (node->gap_last == NO_GAP)
        node->gap_first = t->gaps->len - 1;
    else
        gap_at(t, node->gap_last)->next = t->gaps->len - 1;
    node->gap_last = t->gaps->len - 1;
}

static bool scan_sample(fcd_trace *t, node_kind kind, const char *name, const fcd_point *point,
                        GError **error)
{
    uint32_t found = GPOINTER_TO_UINT(g_hash_table_lookup(t->index, name));
    fcd_node *node = node_at(t, found > 0 ? found - 1 : add_node(t, kind, name));

    if (node->kind != kind)
        return model_trace_fail(t->in, line_of(t), error,
                                "expected different names for a %s and a %s, found \"%s\" twice",
                                kind_names[node->kind], kind_names[kind], name);
    if (node->step == t->n_steps)
        return model_trace_fail(t->in, line_of(t), error,
                                "expected each %s once in a time step, found \"%s\" twice",
                                kind_names[kind], name);
    if (node->step > 0 && node->step + 1 < t->n_steps)
        add_gap(t, node);
    node->step = t->n_steps;
    node->last_ns = t->step_ns;
    model_trace_see_point(&t->base, point->x_mm, point->y_mm);
    return true;
}

/* ---- both passes ------------------------------------------------------------------- */

static bool on_node(fcd_trace *t, node_kind kind, const char **names, const char **values,
                    GError **error)
{
    char name[MAX_NAME + 16];
    const char *element = kind_names[kind];
    fcd_point point = { .t_ns = t->step_ns };

    if (!name_of(t, kind, attribute(names, values, "id"), name, error) ||
        !number(t, attribute(names, values, "x"), element, "x", 3,
                MODEL_TRACE_MAX_POSITION_MM, &point.x_mm, error) ||
        !number(t, attribute(names, values, "y"), element, "y", 3,
                MODEL_TRACE_MAX_POSITION_MM, &point.y_mm, error))
        return false;
    if (kind != KIND_VEHICLE && !t->persons) {
        t->ignored[kind]++;
        return true;
    }
    if (!t->streaming)
        return scan_sample(t, kind, name, &point, error);

    uint32_t found = GPOINTER_TO_UINT(g_hash_table_lookup(t->index, name));

    g_assert(found > 0);        /* the blocks are those of the first pass */

    fcd_sample sample = { found - 1, point };

    g_array_append_val(t->queue, sample);
    return true;
}

static void on_unknown(fcd_trace *t)
{
    if (t->unknown++ == 0)
        t->unknown_line = line_of(t);
}

static int kind_of(const char *element)
{
    for (int kind = 0; kind < N_KINDS; kind++) {
        if (strcmp(element, kind_names[kind]) == 0)
            return kind;
    }
    return -1;
}

static void on_start(GMarkupParseContext *markup, const char *element, const char **names,
                     const char **values, gpointer user, GError **error)
{
    fcd_trace *t = user;
    int kind = kind_of(element);

    (void)markup;
    t->depth++;
    if (t->depth == DEPTH_ROOT && strcmp(element, "fcd-export") != 0)
        model_trace_fail(t->in, line_of(t), error, "expected <fcd-export>, found <%.60s>",
                         element);
    else if (t->depth == DEPTH_STEP && strcmp(element, "timestep") == 0)
        on_step(t, names, values, error);
    else if (t->depth == DEPTH_STEP && kind >= 0)
        model_trace_fail(t->in, line_of(t), error, "expected <timestep>, found <%s>", element);
    else if (t->depth == DEPTH_NODE && kind >= 0)
        on_node(t, (node_kind)kind, names, values, error);
    else if (t->depth == DEPTH_STEP || t->depth == DEPTH_NODE)
        on_unknown(t);
}

static void on_end(GMarkupParseContext *markup, const char *element, gpointer user,
                   GError **error)
{
    (void)markup, (void)element, (void)error;
    ((fcd_trace *)user)->depth--;
}

/* SUMO writes its options into a comment: degrees are not metres. */
static void on_other(GMarkupParseContext *markup, const char *text, gsize len, gpointer user,
                     GError **error)
{
    fcd_trace *t = user;

    (void)markup;
    if (g_strstr_len(text, (gssize)len, "<fcd-output.geo value=\"true\"/>") != NULL)
        model_trace_fail(t->in, line_of(t), error,
                         "expected positions in metres, found degrees (fcd-output.geo)");
}

static const GMarkupParser parser = { on_start, on_end, NULL, on_other, NULL };

/* Errors of the XML itself read "Error on line 3 char 4: text". */
static void explain(fcd_trace *t, GError *cause, GError **error)
{
    if (cause->domain != G_MARKUP_ERROR) {
        g_propagate_error(error, cause);
        return;
    }

    const char *text = cause->message;
    const char *colon = g_str_has_prefix(text, "Error on line") ? strstr(text, ": ") : NULL;

    model_trace_fail(t->in, line_of(t), error, "expected well-formed XML, found: %s",
                     colon != NULL ? colon + 2 : text);
    g_error_free(cause);
}

static bool parse(fcd_trace *t, const char *text, size_t len, GError **error)
{
    GError *cause = NULL;

    if (g_markup_parse_context_parse(t->markup, text, (gssize)len, &cause))
        return true;
    explain(t, cause, error);
    return false;
}

/* ---- opening ----------------------------------------------------------------------- */

static bool scan_end(fcd_trace *t, GError **error)
{
    GError *cause = NULL;
    const char *open;

    if (g_markup_parse_context_end_parse(t->markup, &cause))
        return true;
    g_error_free(cause);
    open = t->depth > 0 ? g_markup_parse_context_get_element(t->markup) : "fcd-export";
    return model_trace_fail(t->in, line_of(t), error,
                            "expected </%s>, found the end of the file: cut off, or its writer"
                            " is still at work", open);
}

static bool scan(fcd_trace *t, GError **error)
{
    const char *text;
    size_t len;

    do {
        if (!model_trace_input_block(t->in, &text, &len, error))
            return false;
        if (len > 0 && !parse(t, text, len, error))
            return false;
    } while (len > 0);
    return scan_end(t, error);
}

static bool nobody(fcd_trace *t, GError **error)
{
    uint64_t others = t->ignored[KIND_PERSON] + t->ignored[KIND_CONTAINER];

    return model_trace_fail(t->in, 0, error, "expected a vehicle that stays for two time steps,"
                            " found none in %u time steps%s", t->n_steps,
                            others > 0 ? " (but persons or containers: see persons = on)" : "");
}

static void note_oddities(fcd_trace *t, uint32_t alone)
{
    for (int kind = KIND_PERSON; kind < N_KINDS; kind++) {
        if (t->ignored[kind] > 0)
            model_trace_note(&t->base, "%" G_GUINT64_FORMAT " positions of %ss ignored:"
                             " persons = off", t->ignored[kind], kind_names[kind]);
    }
    if (t->unknown > 0)
        model_trace_note(&t->base, "%" G_GUINT64_FORMAT " unknown elements ignored, the first "
                         "in line %" G_GINT64_FORMAT, t->unknown, t->unknown_line);
    if (alone > 0)
        model_trace_note(&t->base, "%u nodes are never in two time steps on end: they do not "
                         "appear", alone);
}

static bool summarise(fcd_trace *t, GError **error)
{
    uint32_t alone = 0;

    for (uint32_t i = 0; i < t->nodes->len; i++) {
        const fcd_node *node = node_at(t, i);

        if (node->first_ns == node->last_ns)
            alone++;
        else
            model_trace_see_life(&t->base, node->first_ns, node->last_ns);
    }
    if (alone == t->nodes->len)
        return nobody(t, error);
    t->base.n_nodes = t->nodes->len;
    note_oddities(t, alone);
    return true;
}

static void new_markup(fcd_trace *t)
{
    if (t->markup != NULL)
        g_markup_parse_context_free(t->markup);
    t->markup = g_markup_parse_context_new(&parser, 0, t, NULL);
    t->depth = 0;
    t->n_steps = 0;
}

static void fcd_close(model_trace *trace)
{
    fcd_trace *t = (fcd_trace *)trace;

    g_markup_parse_context_free(t->markup);
    g_hash_table_unref(t->index);
    g_string_chunk_free(t->names);
    g_array_unref(t->nodes);
    g_array_unref(t->gaps);
    g_array_unref(t->queue);
    model_trace_input_close(t->in);
    model_trace_clear(&t->base);
    g_free(t);
}

static model_trace *fcd_open(model_trace_input *in, bool persons, GError **error)
{
    fcd_trace *t = g_new0(fcd_trace, 1);

    model_trace_init(&t->base, &model_trace_fcd);
    t->in = in;
    t->persons = persons;
    t->index = g_hash_table_new(g_str_hash, g_str_equal);
    t->names = g_string_chunk_new(4096);
    t->nodes = g_array_new(FALSE, FALSE, sizeof(fcd_node));
    t->gaps = g_array_new(FALSE, FALSE, sizeof(fcd_gap));
    t->queue = g_array_new(FALSE, FALSE, sizeof(fcd_sample));
    new_markup(t);
    if (!scan(t, error) || !summarise(t, error)) {
        fcd_close(&t->base);
        return NULL;
    }
    return &t->base;
}

static const char *fcd_node_name(const model_trace *trace, uint32_t i)
{
    return node_at((const fcd_trace *)trace, i)->name;
}

static void fcd_life(const model_trace *trace, uint32_t i, int64_t *from_ns, int64_t *to_ns)
{
    const fcd_node *node = node_at((const fcd_trace *)trace, i);

    *from_ns = node->first_ns;
    *to_ns = node->last_ns;
}

/* ---- second pass ------------------------------------------------------------------- */

static void take_gap(const fcd_trace *t, fcd_node *node)
{
    const fcd_gap *gap = gap_at(t, node->gap_first);

    node->begin_ns = gap->to_ns;
    node->gap_first = gap->next;
}

static bool fcd_start(model_trace *trace, int64_t start_ns, GError **error)
{
    fcd_trace *t = (fcd_trace *)trace;

    for (uint32_t i = 0; i < t->nodes->len; i++) {
        fcd_node *node = node_at(t, i);

        node->begin_ns = node->first_ns;
        while (node->gap_first != NO_GAP && gap_at(t, node->gap_first)->from_ns <= start_ns)
            take_gap(t, node);
        node->begin_ns = MAX(node->begin_ns, start_ns);
        node->now_ns = node->at.t_ns = node->ahead.t_ns = INT64_MIN;
    }
    t->streaming = true;
    new_markup(t);
    return model_trace_input_rewind(t->in, error);
}

/* Parse a slice more into the queue. */
static bool fill_queue(fcd_trace *t, GError **error)
{
    size_t n;

    g_array_set_size(t->queue, 0);
    t->queue_at = 0;
    if (t->block_len == 0 &&
        !model_trace_input_block(t->in, &t->block, &t->block_len, error))
        return false;
    n = MIN(t->block_len, SLICE_BYTES);
    g_assert(n > 0);            /* the first pass saw the sample that is looked for */
    if (!parse(t, t->block, n, error))
        return false;
    t->block += n;
    t->block_len -= n;
    return true;
}

/* Take samples, of whichever node, until this one's next point is known. Nobody else's
 * next point is overtaken: this node is in the time step after `now`, so that nothing
 * beyond that is read. */
static bool look_ahead(fcd_trace *t, const fcd_node *wanted, GError **error)
{
    while (wanted->ahead.t_ns <= wanted->now_ns) {
        if (t->queue_at == t->queue->len) {
            if (!fill_queue(t, error))
                return false;
            continue;
        }

        const fcd_sample *sample = &g_array_index(t->queue, fcd_sample, t->queue_at++);
        fcd_node *node = node_at(t, sample->node);

        if (sample->point.t_ns <= node->begin_ns)
            node->at = sample->point;
        else
            node->ahead = sample->point;
    }
    return true;
}

static void give_empty(fcd_node *node, model_leg_kind kind, int64_t end_ns, model_leg *leg)
{
    *leg = (model_leg){ .kind = kind, .start_ns = node->now_ns, .end_ns = end_ns };
    node->now_ns = end_ns;
}

static bool fcd_next(model_trace *trace, uint32_t i, model_leg *leg, GError **error)
{
    fcd_trace *t = (fcd_trace *)trace;
    fcd_node *node = node_at(t, i);
    int64_t end_ns = node->gap_first != NO_GAP ? gap_at(t, node->gap_first)->from_ns
                                               : node->last_ns;

    if (node->now_ns < node->begin_ns) {
        give_empty(node, MODEL_LEG_ABSENT, node->begin_ns, leg);
        return true;
    }
    if (node->now_ns >= end_ns && node->gap_first != NO_GAP) {
        take_gap(t, node);
        give_empty(node, MODEL_LEG_ABSENT, node->begin_ns, leg);
        return true;
    }
    if (node->now_ns >= end_ns) {
        give_empty(node, MODEL_LEG_OVER, SIM_NEVER, leg);
        return true;
    }
    if (!look_ahead(t, node, error))
        return false;
    *leg = (model_leg){ .kind = MODEL_LEG_LINE, .start_ns = node->at.t_ns,
                        .end_ns = node->ahead.t_ns,
                        .x0_mm = node->at.x_mm, .y0_mm = node->at.y_mm,
                        .x1_mm = node->ahead.x_mm, .y1_mm = node->ahead.y_mm };
    node->at = node->ahead;
    node->now_ns = node->ahead.t_ns;
    return true;
}

const model_trace_class model_trace_fcd = {
    .name = "fcd",
    .open = fcd_open,
    .close = fcd_close,
    .node_name = fcd_node_name,
    .life = fcd_life,
    .start = fcd_start,
    .next = fcd_next,
};
