/* What the tests of traces share.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "trace_support.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <unistd.h>

static sim_group group = { .name = "mobility" };
static const char *files[16];
static int lines[16];

static const sim_variant *trace_variant(void)
{
    size_t n;
    const sim_variant *v = model_mobility_variants(&n);

    while (strcmp(v->name, "trace") != 0)
        v++;
    return v;
}

static void *field(const sim_variant *v, void *config, const char *key)
{
    for (size_t i = 0; i < v->n_keys; i++) {
        if (strcmp(v->keys[i].name, key) == 0)
            return (char *)config + v->keys[i].offset;
    }
    cr_assert_fail("no key %s", key);
    return NULL;
}

static void add_note(void *user, const char *text)
{
    g_string_append_printf(user, "%s\n", text);
}

trace_run *trace_open_path(const char *path, trace_options options, GError **error)
{
    const sim_variant *v = trace_variant();
    g_autofree void *config = g_malloc0(v->size);
    sim_section section = { .group = &group, .name = "", .variant = v, .files = files,
                            .lines = lines, .file = "x.ini", .line = 3 };
    model_mobility_env env = {
        .seed = 1, .n_cells = 4, .width_mm = 1000, .height_mm = 1000,
        .n_nodes = options.n_nodes, .section = &section,
        .end_ns = (options.end_s > 0 ? options.end_s : 100000) * SIM_SECOND_NS,
    };

    for (int i = 0; i < 16; i++) {
        files[i] = "x.ini";
        lines[i] = 4;
    }
    *(const char **)field(v, config, "file") = path;
    *(int64_t *)field(v, config, "format") = options.format;
    *(bool *)field(v, config, "persons") = options.persons;
    *(const char **)field(v, config, "trace-start") =
        options.start != NULL ? options.start : "auto";

    const model_mobility_class *cls = v->impl;
    model_mobility *m = cls->open(config, &env, error);

    if (m == NULL)
        return NULL;

    trace_run *run = g_new0(trace_run, 1);

    run->cls = cls;
    run->m = m;
    run->n = cls->n_nodes(m);
    run->notes = g_string_new(NULL);
    cls->notes(m, add_note, run->notes);
    return run;
}

char *trace_write(const char *text, size_t len, bool gzip)
{
    char *path = NULL;
    int fd = g_file_open_tmp("mip6-trace-XXXXXX", &path, NULL);

    cr_assert(fd >= 0);
    close(fd);

    g_autoptr(GFile) file = g_file_new_for_path(path);
    g_autoptr(GOutputStream) out = G_OUTPUT_STREAM(
        g_file_replace(file, NULL, FALSE, G_FILE_CREATE_NONE, NULL, NULL));

    if (gzip) {
        g_autoptr(GConverter) zip = G_CONVERTER(
            g_zlib_compressor_new(G_ZLIB_COMPRESSOR_FORMAT_GZIP, 6));
        g_autoptr(GOutputStream) zipped = g_converter_output_stream_new(out, zip);

        cr_assert(g_output_stream_write_all(zipped, text, len, NULL, NULL, NULL));
        cr_assert(g_output_stream_close(zipped, NULL, NULL));
    } else {
        cr_assert(g_output_stream_write_all(out, text, len, NULL, NULL, NULL));
        cr_assert(g_output_stream_close(out, NULL, NULL));
    }
    return path;
}

trace_run *trace_open_text(const char *text, size_t len, bool gzip, trace_options options,
                           GError **error)
{
    g_autofree char *path = trace_write(text, len, gzip);
    trace_run *run = trace_open_path(path, options, error);

    g_unlink(path);
    return run;
}

void trace_free(trace_run *run)
{
    if (run->legs != NULL) {
        for (uint32_t i = 0; i < run->n; i++)
            g_array_unref(run->legs[i]);
        g_free(run->legs);
    }
    run->cls->close(run->m);
    g_string_free(run->notes, TRUE);
    g_free(run);
}

/* ---- driving: a heap of (time, node) ----------------------------------------------- */

typedef struct item {
    int64_t t_ns;
    uint32_t node;
} item;

static bool before(const item *a, const item *b)
{
    return a->t_ns != b->t_ns ? a->t_ns < b->t_ns : a->node < b->node;
}

static void sift_down(item *heap, uint32_t n, uint32_t i)
{
    for (;;) {
        uint32_t least = i;

        for (uint32_t c = 2 * i + 1; c <= 2 * i + 2 && c < n; c++) {
            if (before(&heap[c], &heap[least]))
                least = c;
        }
        if (least == i)
            return;

        item swap = heap[i];

        heap[i] = heap[least];
        heap[least] = swap;
        i = least;
    }
}

void trace_drive(trace_run *run, int64_t end_ns)
{
    g_autofree item *heap = g_new(item, run->n);
    uint32_t n = run->n;

    run->legs = g_new(GArray *, run->n);
    for (uint32_t i = 0; i < n; i++) {
        run->legs[i] = g_array_new(FALSE, FALSE, sizeof(model_leg));
        heap[i] = (item){ 0, i };
    }
    while (n > 0 && heap[0].t_ns < end_ns) {
        model_leg leg;

        run->cls->next(run->m, heap[0].node, &leg);
        g_array_append_val(run->legs[heap[0].node], leg);
        cr_assert(leg.start_ns == heap[0].t_ns ||
                  (leg.kind == MODEL_LEG_OVER && !run->cls->healthy(run->m, NULL)),
                  "a leg at %ld, not %ld", (long)leg.start_ns, (long)heap[0].t_ns);
        cr_assert(leg.end_ns > heap[0].t_ns);
        if (leg.kind == MODEL_LEG_OVER || leg.end_ns == SIM_NEVER)
            heap[0] = heap[--n];
        else
            heap[0].t_ns = leg.end_ns;
        sift_down(heap, n, 0);
    }
}

/* ---- questions --------------------------------------------------------------------- */

char *trace_data(const char *name)
{
    return g_build_filename("tests", "data", name, NULL);
}

char *trace_shared(const char *name)
{
    const char *shared = g_getenv("MIP6_SHARED");
    char *path = g_build_filename(shared != NULL ? shared : "../shared", "data", name, NULL);

    if (g_file_test(path, G_FILE_TEST_EXISTS))
        return path;
    fprintf(stderr, "skipped: no %s (set MIP6_SHARED)\n", path);
    g_free(path);
    return NULL;
}

uint32_t trace_node(const trace_run *run, const char *name)
{
    for (uint32_t i = 0; i < run->n; i++) {
        if (strcmp(run->cls->name(run->m, i), name) == 0)
            return i;
    }
    return UINT32_MAX;
}

bool trace_where(const trace_run *run, uint32_t node, int64_t t_ns, int64_t *x_mm,
                 int64_t *y_mm)
{
    cr_assert(node < run->n);
    for (guint i = 0; i < run->legs[node]->len; i++) {
        const model_leg *leg = &g_array_index(run->legs[node], model_leg, i);

        /* A node is at its last position until it is gone. */
        if (leg->kind == MODEL_LEG_LINE && leg->start_ns <= t_ns && t_ns <= leg->end_ns) {
            model_leg_at(leg, t_ns, x_mm, y_mm);
            return true;
        }
    }
    return false;
}

bool trace_span(const trace_run *run, uint32_t node, int64_t *from_ns, int64_t *to_ns)
{
    bool seen = false;

    for (guint i = 0; i < run->legs[node]->len; i++) {
        const model_leg *leg = &g_array_index(run->legs[node], model_leg, i);

        if (leg->kind != MODEL_LEG_LINE)
            continue;
        if (!seen)
            *from_ns = leg->start_ns;
        *to_ns = leg->end_ns;
        seen = true;
    }
    return seen;
}

static void expect_error(trace_run *run, GError *error, int code, const char *expected)
{
    cr_assert(run == NULL, "opened, but expected: %s", expected);
    cr_assert(error != NULL && error->domain == SIM_CONFIG_ERROR);
    cr_expect(error->code == code, "code %d: %s", error->code, error->message);
    cr_expect(strstr(error->message, expected) != NULL, "\"%s\" is not in \"%s\"", expected,
              error->message);
    cr_expect(strchr(error->message, '\n') == NULL);
    g_error_free(error);
}

void trace_expect_error(const char *path, trace_options options, int code, const char *expected)
{
    GError *error = NULL;
    trace_run *run = trace_open_path(path, options, &error);

    expect_error(run, error, code, expected);
}

void trace_expect_error_text(const char *text, trace_options options, const char *expected)
{
    for (int gzip = 0; gzip < 2; gzip++) {
        GError *error = NULL;
        trace_run *run = trace_open_text(text, strlen(text), gzip, options, &error);

        expect_error(run, error, SIM_ERROR_BAD, expected);
    }
}
