/* Mobility: nodes that follow a trace file. The format's own code gives legs in the
 * trace's time; here they become the run's: shifted, cut to begin at 0, for those nodes
 * alone that are there at some time of the run.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <stddef.h>
#include <string.h>

#include "models/mobility/mobility_kinds.h"
#include "models/mobility/trace.h"
#include "sim/engine/engine.h"

typedef struct trace_config {
    const char *file;
    int64_t format;
    bool persons;
    const char *trace_start;
} trace_config;

/* Format i + 1 of the key's choices. */
static const model_trace_class *const formats[] = {
    &model_trace_fcd,
    &model_trace_ns2,
    &model_trace_bonnmotion,
};

static const char *const format_names[] = { "auto", "fcd", "ns2", "bonnmotion", NULL };

static const sim_key trace_keys[] = {
    { "file", SIM_KEY_PATH, "", 0, 0, "the trace, plain or gzip",
      offsetof(trace_config, file), NULL },
    { "format", SIM_KEY_CHOICE, "auto", 0, 0,
      "SUMO FCD, ns-2 setdest or BonnMotion; auto: by its content",
      offsetof(trace_config, format), format_names },
    { "persons", SIM_KEY_BOOL, "off", 0, 0,
      "FCD: persons and containers are nodes too, person:ID and container:ID",
      offsetof(trace_config, persons), NULL },
    { "trace-start", SIM_KEY_STRING, "auto", 0, 0,
      "time in the trace at which the run begins, as 25200 s; auto: when its first node appears",
      offsetof(trace_config, trace_start), NULL },
};

struct model_mobility {
    model_trace *trace;
    int64_t start_ns;           /* the run's 0 in the trace's time */
    GArray *nodes;              /* uint32_t: the trace's number of each node */
    GPtrArray *notes;
    GError *failure;
};

/* ---- what is it? ------------------------------------------------------------------- */

static const model_trace_class *by_first_word(const char *word)
{
    int64_t value;

    if (word[0] == '<')
        return &model_trace_fcd;
    if (word[0] == '$' || strcmp(word, "set") == 0)
        return &model_trace_ns2;
    if (model_trace_decimal(word, 9, MODEL_TRACE_MAX_TIME_NS, &value) == NULL)
        return &model_trace_bonnmotion;
    return NULL;
}

/* By the first word that is no comment's. */
static const model_trace_class *sniff(model_trace_input *in, GError **error)
{
    model_trace_reader reader;
    model_trace_item item;
    char word[MODEL_TRACE_WORD];
    bool comments = false;

    model_trace_reader_init(&reader, in);
    while ((item = model_trace_read(&reader, word, error)) == MODEL_TRACE_NEWLINE ||
           (item == MODEL_TRACE_WORD_READ && word[0] == '#')) {
        comments |= item == MODEL_TRACE_WORD_READ;
        if (item == MODEL_TRACE_WORD_READ && !model_trace_skip_line(&reader, error))
            return NULL;
    }
    if (item == MODEL_TRACE_ERROR)
        return NULL;
    if (item == MODEL_TRACE_END) {
        model_trace_fail(in, 0, error, "expected a trace, found %s",
                         comments ? "comments alone" : "an empty file");
        return NULL;
    }

    const model_trace_class *format = by_first_word(word);

    if (format == NULL) {
        g_autofree char *found = g_strescape(word, NULL);

        model_trace_fail(in, reader.line, error, "expected a trace (SUMO FCD, ns-2 or "
                         "BonnMotion), found \"%.40s\"", found);
    }
    return format;
}

static model_trace *open_trace(const trace_config *c, const model_mobility_env *env,
                               GError **error)
{
    if (*c->file == '\0') {
        sim_config_fail(env->section, "file", error, "expected the path of a trace");
        return NULL;
    }

    model_trace_input *in = model_trace_input_open(c->file, env->section, error);

    if (in == NULL)
        return NULL;

    const model_trace_class *format = c->format > 0 ? formats[c->format - 1] : sniff(in, error);

    if (format == NULL || !model_trace_input_rewind(in, error)) {
        model_trace_input_close(in);
        return NULL;
    }
    return format->open(in, c->persons, error);
}

/* ---- when does it begin? ----------------------------------------------------------- */

/* "25200 s", "7 h"; auto: the trace's begin. */
static bool read_start(const char *text, const model_trace *trace, const sim_section *section,
                       int64_t *start_ns, GError **error)
{
    static const struct { const char *unit; int64_t factor; } units[] = {
        { "ms", 1 }, { "s", 1000 }, { "min", 60000 }, { "h", 3600000 },
    };
    const char *unit = strchr(text, ' ');
    int64_t value;

    *start_ns = trace->begin_ns;
    if (strcmp(text, "auto") == 0)
        return true;
    if (unit != NULL) {
        g_autofree char *number = g_strndup(text, (size_t)(unit - text));

        unit += strspn(unit, " ");
        for (size_t i = 0; i < G_N_ELEMENTS(units); i++) {
            if (strcmp(unit, units[i].unit) != 0 ||
                model_trace_decimal(number, 6, MODEL_TRACE_MAX_TIME_NS / units[i].factor,
                                    &value) != NULL)
                continue;
            *start_ns = value * units[i].factor;
            return true;
        }
    }
    return sim_config_fail(section, "trace-start", error,
                           "expected auto or a time such as 25200 s, found \"%s\"", text);
}

/* Nobody is there in [start, end): why? */
static bool fail_nobody(const model_mobility *m, const model_mobility_env *env, GError **error)
{
    g_autofree char *begin = model_trace_seconds(m->trace->begin_ns);
    g_autofree char *over = model_trace_seconds(m->trace->end_ns);
    g_autofree char *start = model_trace_seconds(m->start_ns);
    g_autofree char *duration = model_trace_seconds(env->end_ns);

    if (m->trace->end_ns <= m->start_ns)
        return sim_config_fail(env->section, "trace-start", error,
                               "trace ends at %s s, trace-start is %s s", over, start);
    if (m->start_ns == 0)
        return sim_config_fail(env->section, "trace-start", error,
                               "trace begins at %s s, run ends at %s s", begin, duration);
    return sim_config_fail(env->section, "trace-start", error, "trace begins at %s s, run covers "
                           "%s s of it from %s s on", begin, duration, start);
}

static int64_t end_in_trace(const model_mobility *m, const model_mobility_env *env)
{
    if (m->start_ns > 0 && env->end_ns > SIM_NEVER - m->start_ns)
        return SIM_NEVER;
    return m->start_ns + env->end_ns;
}

static void G_GNUC_PRINTF(2, 3) note(model_mobility *m, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_ptr_array_add(m->notes, g_strdup_vprintf(format, args));
    va_end(args);
}

static void note_choice(model_mobility *m, const model_mobility_env *env, uint32_t there)
{
    if (m->start_ns != 0) {
        g_autofree char *start = model_trace_seconds(m->start_ns);
        g_autofree char *shift = model_trace_seconds(-m->start_ns);

        note(m, "the run begins at %s s of the trace: time shifted by %s s", start, shift);
    }
    if (there < m->trace->n_nodes)
        note(m, "%u of the trace's %u nodes are there during the run", there,
             m->trace->n_nodes);
    if (m->nodes->len < there)
        note(m, "%u nodes asked for: the first ones of %u", m->nodes->len, there);
    else if (env->n_nodes > there)
        note(m, "%u nodes asked for, the trace has %u", env->n_nodes, there);
}

/* The nodes that live at some time of the run, those asked for at most. */
static bool choose_nodes(model_mobility *m, const model_mobility_env *env, GError **error)
{
    int64_t end_ns = end_in_trace(m, env);
    uint32_t there = 0;
    bool any = false;

    for (uint32_t i = 0; i < m->trace->n_nodes; i++) {
        int64_t from_ns, to_ns;

        m->trace->cls->life(m->trace, i, &from_ns, &to_ns);
        if (to_ns < m->start_ns || from_ns >= end_ns)
            continue;
        there++;
        if (env->n_nodes > 0 && m->nodes->len >= env->n_nodes)
            continue;
        any |= to_ns > m->start_ns && to_ns > from_ns;
        g_array_append_val(m->nodes, i);
    }
    if (!any)
        return fail_nobody(m, env, error);
    note_choice(m, env, there);
    return true;
}

/* ---- the model --------------------------------------------------------------------- */

static void trace_close(model_mobility *m)
{
    m->trace->cls->close(m->trace);
    g_array_unref(m->nodes);
    g_ptr_array_unref(m->notes);
    g_clear_error(&m->failure);
    g_free(m);
}

static model_mobility *trace_open(const void *config, const model_mobility_env *env,
                                  GError **error)
{
    const trace_config *c = config;
    model_trace *trace = open_trace(c, env, error);

    if (trace == NULL)
        return NULL;

    model_mobility *m = g_new0(model_mobility, 1);

    m->trace = trace;
    m->nodes = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    m->notes = g_ptr_array_new_with_free_func(g_free);
    if (!read_start(c->trace_start, trace, env->section, &m->start_ns, error) ||
        !choose_nodes(m, env, error) || !trace->cls->start(trace, m->start_ns, error)) {
        trace_close(m);
        return NULL;
    }
    return m;
}

static uint32_t trace_n_nodes(const model_mobility *m)
{
    return m->nodes->len;
}

static const char *trace_name(const model_mobility *m, uint32_t node)
{
    g_assert(node < m->nodes->len);
    return m->trace->cls->node_name(m->trace, g_array_index(m->nodes, uint32_t, node));
}

static bool trace_bounds(const model_mobility *m, int64_t *x_min_mm, int64_t *y_min_mm,
                         int64_t *x_max_mm, int64_t *y_max_mm)
{
    *x_min_mm = m->trace->x_min_mm;
    *y_min_mm = m->trace->y_min_mm;
    *x_max_mm = m->trace->x_max_mm;
    *y_max_mm = m->trace->y_max_mm;
    return true;
}

/* From the trace's time to the run's, the part before 0 cut off. */
static void shift(const model_mobility *m, model_leg *leg)
{
    if (leg->start_ns < m->start_ns) {
        if (leg->kind == MODEL_LEG_LINE) {
            int64_t x, y;

            model_leg_at(leg, m->start_ns, &x, &y);
            leg->x0_mm = x;
            leg->y0_mm = y;
        }
        leg->start_ns = m->start_ns;
    }
    leg->start_ns -= m->start_ns;
    if (leg->end_ns != SIM_NEVER)
        leg->end_ns -= m->start_ns;
}

static void trace_next(model_mobility *m, uint32_t node, model_leg *leg)
{
    uint32_t number = g_array_index(m->nodes, uint32_t, node);

    do {
        if (m->failure != NULL ||
            !m->trace->cls->next(m->trace, number, leg, &m->failure)) {
            model_leg_empty(leg, MODEL_LEG_OVER, 0, SIM_NEVER);
            return;
        }
        /* Also legs without length: two orders or waypoints at one time. */
    } while (leg->end_ns <= MAX(leg->start_ns, m->start_ns));
    shift(m, leg);
}

static bool trace_healthy(const model_mobility *m, GError **error)
{
    if (m->failure == NULL)
        return true;
    if (error != NULL)
        *error = g_error_copy(m->failure);
    return false;
}

static void trace_notes(const model_mobility *m, void (*line)(void *user, const char *text),
                        void *user)
{
    for (guint i = 0; i < m->trace->notes->len; i++)
        line(user, g_ptr_array_index(m->trace->notes, i));
    for (guint i = 0; i < m->notes->len; i++)
        line(user, g_ptr_array_index(m->notes, i));
}

static const model_mobility_class trace_class = {
    .open = trace_open,
    .close = trace_close,
    .n_nodes = trace_n_nodes,
    .name = trace_name,
    .bounds = trace_bounds,
    .next = trace_next,
    .healthy = trace_healthy,
    .notes = trace_notes,
};

const sim_variant model_mobility_trace = {
    .name = "trace",
    .help = "nodes follow a trace file: SUMO FCD, ns-2 setdest or BonnMotion",
    .keys = trace_keys,
    .n_keys = G_N_ELEMENTS(trace_keys),
    .size = sizeof(trace_config),
    .impl = &trace_class,
};
