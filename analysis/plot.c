/* See plot.h. SPDX-License-Identifier: GPL-3.0-or-later */

#include "analysis/plot.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "analysis/plot_draw.h"
#include "analysis/plot_runs.h"

static const analysis_figure *const figures[] = {
    &analysis_figure_load, &analysis_figure_lorenz, &analysis_figure_queue,
    &analysis_figure_nodes, &analysis_figure_delay, &analysis_figure_loss,
    &analysis_figure_moves, &analysis_figure_age, &analysis_figure_sweep,
    &analysis_figure_trade, &analysis_figure_outages, &analysis_figure_failure_queue,
    &analysis_figure_failure_nodes,
};

const analysis_figure *analysis_figure_at(size_t i)
{
    return i < G_N_ELEMENTS(figures) ? figures[i] : NULL;
}

const analysis_figure *analysis_figure_find(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(figures); i++)
        if (strcmp(figures[i]->name, name) == 0)
            return figures[i];
    return NULL;
}

static const char *const format_names[] = {"svg", "png", "pdf"};

const char *analysis_format_name(analysis_format format)
{
    return format_names[format];
}

bool analysis_format_find(const char *name, analysis_format *format)
{
    for (size_t i = 0; i < G_N_ELEMENTS(format_names); i++)
        if (g_ascii_strcasecmp(format_names[i], name) == 0) {
            *format = (analysis_format)i;
            return true;
        }
    return false;
}

/* ---- caption ------------------------------------------------------------------------------ */

static char *text_of(analysis_plot *p, const char *expression)
{
    g_autofree char *sql = g_strdup_printf("SELECT %s FROM run WHERE run_id IN (%s)", expression,
                                           p->ids);
    char *text = analysis_text(p->results, sql);
    return text ? text : g_strdup("?");
}

/* Scenario, what was run, code version; then the figure's own notes. */
static char *caption(analysis_plot *p)
{
    g_autofree char *scenario = text_of(p, "group_concat(DISTINCT scenario)");
    g_autofree char *seeds = text_of(p, "group_concat(DISTINCT seed)");
    g_autofree char *seconds = text_of(p, "max(coalesce(simulated_ns, 0)) / 1000000 / 1e3");
    g_autofree char *code = text_of(p, "group_concat(DISTINCT substr(code_version, 1, 12))");
    g_autofree char *runs = text_of(p, "count(*) || CASE count(*) WHEN 1 THEN ' run' ELSE"
                                       " ' runs' END");
    g_autofree char *unfinished = text_of(p, "sum(status <> 'complete')");
    GString *out = g_string_new(NULL);
    g_string_append_printf(out, "Scenario %s, seed %s, %s of %g s; code version %s", scenario,
                           seeds, runs, g_ascii_strtod(seconds, NULL), code);
    if (strcmp(unfinished, "0") != 0)
        g_string_append_printf(out, "; %s not complete", unfinished);
    g_string_append_printf(out, ".%s%s%s", p->notes->len > 0 ? " " : "", p->notes->str,
                           p->notes->len > 0 ? "." : "");
    return g_string_free(out, FALSE);
}

/* Lines of at most `width` characters; a word longer than that is cut. */
static GPtrArray *wrap(const char *text, long width)
{
    GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    const char *c = valid;
    while (*c) {
        long length = g_utf8_strlen(c, -1);
        const char *end = g_utf8_offset_to_pointer(c, MIN(length, width));
        if (length > width) {
            const char *blank = g_strrstr_len(c, end - c, " ");
            end = blank ? blank : end;
        }
        g_ptr_array_add(lines, g_strndup(c, (gsize)(end - c)));
        c = end + strspn(end, " ");
    }
    return lines;
}

/* ---- the script --------------------------------------------------------------------------- */

enum { CAPTION_WIDTH = 150, CAPTION_LINE = 14 };

/* Pixels of the SVG; PNG at twice that, PDF at 100 to the inch. */
static void put_terminal(GString *out, analysis_format format, int width, int height)
{
    char w[G_ASCII_DTOSTR_BUF_SIZE], h[G_ASCII_DTOSTR_BUF_SIZE];
    switch (format) {
    case ANALYSIS_SVG:
        g_string_append_printf(out, "set terminal svg size %d,%d noenhanced dashed "
                               "font 'sans-serif,13' background '#ffffff'\n", width, height);
        break;
    case ANALYSIS_PNG:
        g_string_append_printf(out, "set terminal pngcairo size %d,%d noenhanced "
                               "font 'sans-serif,10' fontscale 2 linewidth 2 pointscale 2 "
                               "background '#ffffff'\n", 2 * width, 2 * height);
        break;
    case ANALYSIS_PDF:
        g_ascii_formatd(w, sizeof w, "%.2f", width / 100.0);
        g_ascii_formatd(h, sizeof h, "%.2f", height / 100.0);
        g_string_append_printf(out, "set terminal pdfcairo size %sin,%sin noenhanced "
                               "font 'sans-serif,6.8' fontscale 1 linewidth 1.4 pointscale 0.6 "
                               "background '#ffffff'\n", w, h);
        break;
    }
}

static void put_caption(GString *out, const GPtrArray *lines)
{
    for (guint i = 0; i < lines->len; i++) {
        g_autofree char *text = analysis_plot_quote(g_ptr_array_index(lines, i));
        g_string_append_printf(out, "set label %u %s at screen 12. / W, screen %u. / H left "
                               "font SMALL tc rgb '#555555' noenhanced\n", 900 + i, text,
                               10 + CAPTION_LINE * (lines->len - 1 - i));
    }
}

static void put_empty(analysis_plot *p)
{
    g_autofree char *text = analysis_plot_quote(p->empty);
    g_string_truncate(p->script, 0);
    p->panels = 0;
    p->height = 0;
    p->bottom = 20;
    analysis_plot_add(p, "unset key; unset tics; unset border");
    analysis_plot_panel(p, 60, p->width - 14, 20, 160);
    analysis_plot_add(p, "set label 1 %s at graph 0.5,0.5 center font LARGE noenhanced", text);
    analysis_plot_add(p, "plot [0:1] [0:1] 2 notitle");
}

static char *script_of(analysis_plot *p, const analysis_figure *figure, const char *stem,
                       const GPtrArray *caption_lines)
{
    static const char *const small[] = {",9", ",7", ",5"}, *const large[] = {",14", ",11", ",7.4"};
    GString *out = g_string_new(NULL);
    int height = p->height + p->bottom + CAPTION_LINE * (int)caption_lines->len;
    g_autofree char *name = g_strdup_printf("%s.%s", stem,
                                            analysis_format_name(p->options->format));
    g_autofree char *picture = analysis_plot_quote(name);
    g_string_append_printf(out, "# %s (%s). In this folder: gnuplot THIS-FILE\n", figure->title,
                           figure->name);
    g_string_append(out, "set encoding utf8\n");
    put_terminal(out, p->options->format, p->width, height);
    g_string_append_printf(out, "set output %s\nW = %d; H = %d\n", picture, p->width, height);
    g_string_append_printf(out, "SMALL = '%s'; LARGE = '%s'\n", small[p->options->format],
                           large[p->options->format]);
    g_string_append(out, "set border 3; set tics nomirror out; set format '%g'\n"
                         "set grid ytics lc rgb '#dddddd' lt 1 lw 0.6\n");
    put_caption(out, caption_lines);
    if (p->panels > 1)
        g_string_append(out, "set multiplot\n");
    g_string_append(out, p->script->str);
    if (p->panels > 1)
        g_string_append(out, "unset multiplot\n");
    g_string_append(out, "set output\n");
    return g_string_free(out, FALSE);
}

static analysis_drawing *finish(analysis_plot *p, const analysis_figure *figure,
                                const char *stem)
{
    analysis_plot_close(p);
    if (p->empty)
        put_empty(p);
    analysis_drawing *d = g_new0(analysis_drawing, 1);
    d->caption = caption(p);
    g_autoptr(GPtrArray) lines = wrap(d->caption, CAPTION_WIDTH);
    d->script = script_of(p, figure, stem, lines);
    d->data = g_strdup(p->data->str);
    d->empty = g_strdup(p->empty);
    return d;
}

/* ---- drawing ------------------------------------------------------------------------------ */

static char *join_ids(const GArray *ids)
{
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < ids->len; i++)
        g_string_append_printf(out, "%s%" G_GINT64_FORMAT, i > 0 ? ", " : "",
                               g_array_index(ids, int64_t, i));
    return g_string_free(out, FALSE);
}

static void plot_clear(analysis_plot *p)
{
    g_strfreev(p->labels);
    g_ptr_array_unref(p->groups);
    g_free(p->ids);
    g_free(p->file);
    g_free(p->empty);
    g_string_free(p->script, TRUE);
    g_string_free(p->data, TRUE);
    g_string_free(p->notes, TRUE);
}

analysis_drawing *analysis_draw(analysis_results *results, const GArray *run_ids,
                                const analysis_figure *figure,
                                const analysis_plot_options *options, const char *stem,
                                GError **error)
{
    g_autofree char *file = g_strdup_printf("%s.dat", stem);
    analysis_plot p = {.results = results, .options = options, .width = 900, .top = 30,
                       .bottom = 76};
    p.groups = analysis_group_runs(results, (const int64_t *)(void *)run_ids->data, run_ids->len,
                                   error);
    if (!p.groups)
        return NULL;
    p.ids = join_ids(run_ids);
    p.labels = analysis_plot_labels(results, p.groups, p.ids);
    p.file = analysis_plot_quote(file);
    p.script = g_string_new(NULL);
    p.data = g_string_new(NULL);
    p.notes = g_string_new(NULL);
    figure->draw(&p);
    analysis_drawing *drawing = NULL;
    if (p.error)
        g_propagate_error(error, p.error);
    else
        drawing = finish(&p, figure, stem);
    if (drawing && !analysis_undamaged(results, error))
        g_clear_pointer(&drawing, analysis_drawing_free);
    plot_clear(&p);
    return drawing;
}

void analysis_drawing_free(analysis_drawing *d)
{
    if (!d)
        return;
    g_free(d->script);
    g_free(d->data);
    g_free(d->empty);
    g_free(d->caption);
    g_free(d);
}

/* ---- writing ------------------------------------------------------------------------------ */

static bool cannot(GError **error, const char *path, const char *text)
{
    g_set_error(error, ANALYSIS_ERROR, ANALYSIS_PLOT_CANNOT, "%s: %s", path, text);
    return false;
}

static bool put_file(const char *path, const char *text, GError **error)
{
    FILE *f = g_fopen(path, "w");
    if (!f)
        return cannot(error, path, g_strerror(errno));
    bool good = fputs(text, f) != EOF;
    if (fclose(f) != 0 || !good)
        return cannot(error, path, g_strerror(errno));
    return true;
}

/* gnuplot tells no failed write: the picture must be there and have its end. */
static bool is_whole(const char *path, analysis_format format, GError **error)
{
    static const char *const ends[] = {"</svg>", "IEND", "%%EOF"};
    g_autofree char *picture = NULL;
    gsize length = 0;
    bool good = g_file_get_contents(path, &picture, &length, NULL) && length > 0;
    const char *end = ends[format];
    gsize n = strlen(end), tail = MIN(length, 64);
    bool found = false;
    for (gsize i = length - tail; good && i + n <= length; i++)
        found = found || memcmp(picture + i, end, n) == 0;
    return found ? true : cannot(error, path, "gnuplot could not write the whole picture");
}

/* Run gnuplot in the folder, without the user's settings. */
static bool run_gnuplot(const char *folder, const char *script, GError **error)
{
    g_autofree char *program = g_find_program_in_path("gnuplot");
    if (!program) {
        g_set_error(error, ANALYSIS_ERROR, ANALYSIS_PLOT_CANNOT,
                    "gnuplot is not installed (Debian's package is gnuplot-nox)");
        return false;
    }
    g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(
        G_SUBPROCESS_FLAGS_STDERR_PIPE | G_SUBPROCESS_FLAGS_STDOUT_SILENCE);
    g_subprocess_launcher_set_cwd(launcher, folder);
    g_subprocess_launcher_setenv(launcher, "LC_ALL", "C.UTF-8", TRUE);
    g_autofree char *file = g_strdup_printf("./%s", script);
    g_autoptr(GSubprocess) child = g_subprocess_launcher_spawn(launcher, error, program, "-d",
                                                               file, NULL);
    g_autofree char *told = NULL;
    if (!child || !g_subprocess_communicate_utf8(child, NULL, NULL, NULL, &told, error))
        return false;
    if (g_subprocess_get_successful(child))
        return true;
    g_autofree char *text = g_strdup_printf("gnuplot failed: %s", g_strstrip(told ? told : ""));
    return cannot(error, script, text);
}

bool analysis_drawing_write(const analysis_drawing *d, const char *folder, const char *stem,
                            analysis_format format, GError **error)
{
    g_autofree char *script = g_strdup_printf("%s.gp", stem);
    g_autofree char *data = g_strdup_printf("%s.dat", stem);
    g_autofree char *name = g_strdup_printf("%s.%s", stem, analysis_format_name(format));
    g_autofree char *script_path = g_build_filename(folder, script, NULL);
    g_autofree char *data_path = g_build_filename(folder, data, NULL);
    g_autofree char *picture = g_build_filename(folder, name, NULL);
    if (g_mkdir_with_parents(folder, 0777) != 0)
        return cannot(error, folder, g_strerror(errno));
    if (!put_file(data_path, d->data, error) || !put_file(script_path, d->script, error))
        return false;
    if (g_unlink(picture) != 0 && errno != ENOENT)
        return cannot(error, picture, g_strerror(errno));
    return run_gnuplot(folder, script, error) && is_whole(picture, format, error);
}
