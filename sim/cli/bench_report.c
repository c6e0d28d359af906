/* See bench_report.h. SPDX-License-Identifier: GPL-3.0-or-later */

#include "sim/cli/bench_report.h"

#include <string.h>
#include <unistd.h>

#include "version.h"

typedef struct row {
    char *name;
    const char *unit;
    GArray *values;         /* double, in rising order */
} row;

struct sim_figures {
    const char *what;
    GPtrArray *rows;
};

static void free_row(gpointer data)
{
    row *r = data;
    g_free(r->name);
    g_array_unref(r->values);
    g_free(r);
}

sim_figures *sim_figures_new(const char *what)
{
    sim_figures *f = g_new0(sim_figures, 1);
    f->what = what;
    f->rows = g_ptr_array_new_with_free_func(free_row);
    return f;
}

void sim_figures_free(sim_figures *f)
{
    if (!f)
        return;
    g_ptr_array_unref(f->rows);
    g_free(f);
}

static row *find(const sim_figures *f, const char *unit, const char *name)
{
    for (guint i = 0; i < f->rows->len; i++) {
        row *r = g_ptr_array_index(f->rows, i);
        if (strcmp(r->name, name) == 0 && strcmp(r->unit, unit) == 0)
            return r;
    }
    return NULL;
}

static gint by_value(gconstpointer a, gconstpointer b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void sim_figures_add(sim_figures *f, const char *unit, double value, const char *name, ...)
{
    va_list args;
    va_start(args, name);
    g_autofree char *text = g_strdup_vprintf(name, args);
    va_end(args);
    row *r = find(f, unit, text);
    if (!r) {
        r = g_new0(row, 1);
        r->name = g_steal_pointer(&text);
        r->unit = unit;
        r->values = g_array_new(FALSE, FALSE, sizeof(double));
        g_ptr_array_add(f->rows, r);
    }
    g_array_append_val(r->values, value);
    g_array_sort(r->values, by_value);
}

static double at(const row *r, guint i)
{
    return g_array_index(r->values, double, i);
}

static double median(const row *r)
{
    guint n = r->values->len;
    return (at(r, (n - 1) / 2) + at(r, n / 2)) / 2;
}

double sim_figures_median(const sim_figures *f, const char *unit, const char *name)
{
    const row *r = find(f, unit, name);
    g_assert(r);
    return median(r);
}

/* ---- the machine --------------------------------------------------------------------------- */

/* The model of the processor; "unknown" where the system does not tell. g_free. */
static char *processor(void)
{
    g_autofree char *text = NULL;
    const char *p = NULL;
    if (g_file_get_contents("/proc/cpuinfo", &text, NULL, NULL))
        p = strstr(text, "model name");
    p = p ? strchr(p, ':') : NULL;
    if (!p)
        return g_strdup("unknown");
    g_autofree char *model = g_strndup(p + 1, strcspn(p + 1, "\n"));
    return g_strdup(g_strstrip(model));
}

static long memory_mib(void)
{
    return (long)((double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE) / 1048576);
}

/* ---- output -------------------------------------------------------------------------------- */

/* Four digits, and never an exponent: "0.1234", "12.34", "1234567". */
static const char *number(char *buffer, gsize size, double x)
{
    double a = x < 0 ? -x : x;
    const char *format = a >= 1000 ? "%.0f" : a >= 100 ? "%.1f" : a >= 10 ? "%.2f"
                         : a >= 1 ? "%.3f" : "%.4f";
    return g_ascii_formatd(buffer, (gint)size, format, x);
}

enum { DIGITS = 64 };

char *sim_figures_text(const sim_figures *f)
{
    g_autofree char *cpu = processor();
    g_autoptr(GString) s = g_string_new(NULL);
    g_string_printf(s, "machine: %s, %u cores, %ld MiB\n%-46s %-13s %13s %13s %13s\n", cpu,
                    g_get_num_processors(), memory_mib(), f->what, "", "median", "least",
                    "largest");
    for (guint i = 0; i < f->rows->len; i++) {
        const row *r = g_ptr_array_index(f->rows, i);
        char a[DIGITS], b[DIGITS], c[DIGITS];
        g_string_append_printf(s, "  %-44s %-13s %13s %13s %13s\n", r->name, r->unit,
                               number(a, sizeof a, median(r)), number(b, sizeof b, at(r, 0)),
                               number(c, sizeof c, at(r, r->values->len - 1)));
    }
    return g_string_free(g_steal_pointer(&s), FALSE);
}

static void append_quoted(GString *s, const char *text)
{
    g_string_append_c(s, '"');
    for (const char *p = text; *p; p++)
        if ((unsigned char)*p < 0x20)
            g_string_append_printf(s, "\\u%04x", (unsigned)*p);
        else
            g_string_append_printf(s, *p == '"' || *p == '\\' ? "\\%c" : "%c", *p);
    g_string_append_c(s, '"');
}

static void append_member(GString *s, const char *name, double value)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    g_string_append_printf(s, ", \"%s\": %s", name, g_ascii_dtostr(text, sizeof text, value));
}

static void append_row(GString *s, const row *r)
{
    g_string_append(s, "{\"name\": ");
    append_quoted(s, r->name);
    g_string_append(s, ", \"unit\": ");
    append_quoted(s, r->unit);
    g_string_append_printf(s, ", \"n\": %u", r->values->len);
    append_member(s, "median", median(r));
    append_member(s, "least", at(r, 0));
    append_member(s, "largest", at(r, r->values->len - 1));
    g_string_append_c(s, '}');
}

char *sim_figures_json(const sim_figures *f)
{
    g_autofree char *cpu = processor();
    g_autoptr(GString) s = g_string_new("{\"bench\": ");
    append_quoted(s, f->what);
    g_string_append(s, ",\n \"machine\": {\"processor\": ");
    append_quoted(s, cpu);
    g_string_append_printf(s, ", \"cores\": %u, \"memory_mib\": %ld},\n"
                           " \"code_version\": \"" SIM_CODE_VERSION "\",\n \"rows\": [",
                           g_get_num_processors(), memory_mib());
    for (guint i = 0; i < f->rows->len; i++) {
        g_string_append(s, i ? ",\n  " : "\n  ");
        append_row(s, g_ptr_array_index(f->rows, i));
    }
    g_string_append(s, "]}\n");
    return g_string_free(g_steal_pointer(&s), FALSE);
}
