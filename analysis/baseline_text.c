/* A baseline as text: printed and read. See baseline.h.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "analysis/baseline_private.h"
#include "analysis/compare.h"

/* ---- printing ------------------------------------------------------------------------------- */

static void put_value(GString *out, double value, const char *format)
{
    char digits[G_ASCII_DTOSTR_BUF_SIZE];
    g_string_append(out, isnan(value) ? "-"
                    : g_ascii_formatd(digits, sizeof digits, format, value));
}

/* "delay_p99 = 0.1204 +- 0.01 | 0.1187 0.1211 ...": mean and spread are for the reader. */
static void put_metric(GString *out, const analysis_baseline_metric *m, guint n)
{
    g_autofree double *x = g_new(double, MAX(n, 1));
    guint k = 0;
    for (guint i = 0; i < n; i++)
        if (!isnan(m->values[i]))
            x[k++] = m->values[i];
    analysis_sample s = analysis_sample_of(x, k);
    g_string_append_printf(out, "metric %s = ", m->name);
    put_value(out, s.mean, "%.4g");
    g_string_append(out, " +- ");
    put_value(out, s.sd, "%.2g");
    g_string_append(out, " |");
    for (guint i = 0; i < n; i++) {
        g_string_append_c(out, ' ');
        put_value(out, m->values[i], "%.7g");
    }
    g_string_append_c(out, '\n');
}

static void put_policy(GString *out, const analysis_baseline_policy *p)
{
    g_string_append_printf(out, "\n[%s]\nseed = %" G_GINT64_FORMAT "\nconfig_sha256 = %s\n",
                           p->policy, p->seed, p->config_sha256);
    for (guint i = 0; i < p->runs->len; i++) {
        const analysis_baseline_run *run = g_ptr_array_index(p->runs, i);
        g_string_append_printf(out, "fingerprint %" G_GINT64_FORMAT " = %s\n", run->replication,
                               run->fingerprint);
    }
    for (guint i = 0; i < p->metrics->len; i++)
        put_metric(out, g_ptr_array_index(p->metrics, i), p->runs->len);
    for (guint i = 0; i < p->runs->len; i++) {
        const analysis_baseline_run *run = g_ptr_array_index(p->runs, i);
        for (guint k = 0; k < run->traces->len; k++) {
            const analysis_trace *t = g_ptr_array_index(run->traces, k);
            g_string_append_printf(out, "trace %" G_GINT64_FORMAT " %s%s%s = %s\n",
                                   run->replication, t->node ? t->node : "", t->node ? " " : "",
                                   t->channel, t->digits);
        }
    }
}

void analysis_baseline_print(const analysis_baseline *b, GString *out)
{
    g_string_append_printf(out, ANALYSIS_BASELINE_HEAD ", written by `mip6sim bless` alone: LOG "
                           "says why.\n# metric: mean +- standard deviation | the value in each "
                           "run.\n# trace: a digit for each %" G_GINT64_FORMAT " s of a run, a "
                           "hash of what happened then.\n", b->window_s);
    g_string_append_printf(out, "format = " ANALYSIS_BASELINE_FORMAT "\nscenario = %s\nform = %s\n"
                           "code_version = %s\nwindow = %" G_GINT64_FORMAT " s\n", b->scenario,
                           b->form, b->code_version, b->window_s);
    for (guint i = 0; i < b->policies->len; i++)
        put_policy(out, g_ptr_array_index(b->policies, i));
}

/* ---- reading -------------------------------------------------------------------------------- */

typedef struct reader {
    const char *path;
    int line;
    analysis_baseline *b;
    analysis_baseline_policy *policy;       /* NULL: before the first */
    GError **error;
} reader;

static bool G_GNUC_PRINTF(2, 3) bad(const reader *r, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error(r->error, ANALYSIS_ERROR, ANALYSIS_ERROR_BAD, "%s:%d: %s (baselines are written by "
                "`mip6sim bless` alone)", r->path, r->line, text);
    return false;
}

static bool read_number(const reader *r, const char *text, gint64 least, gint64 *value)
{
    return g_ascii_string_to_signed(text, 10, least, G_MAXINT64, value, NULL) ||
           bad(r, "`%s` is no whole number", text);
}

static bool read_format(reader *r, const char *value)
{
    return strcmp(value, ANALYSIS_BASELINE_FORMAT) == 0 ||
           bad(r, "format `%s` is another version's; this one reads " ANALYSIS_BASELINE_FORMAT,
               value);
}

static bool read_window(reader *r, const char *value)
{
    g_autofree char *number = g_strndup(value, strcspn(value, " "));
    return read_number(r, number, 1, &r->b->window_s);
}

static void replace(char **at, const char *value)
{
    g_free(*at);
    *at = g_strdup(value);
}

/* A key before the first policy. */
static bool read_head(reader *r, const char *key, const char *value)
{
    if (strcmp(key, "format") == 0)
        return read_format(r, value);
    if (strcmp(key, "window") == 0)
        return read_window(r, value);
    if (strcmp(key, "scenario") == 0)
        replace(&r->b->scenario, value);
    else if (strcmp(key, "form") == 0)
        replace(&r->b->form, value);
    else if (strcmp(key, "code_version") == 0)
        replace(&r->b->code_version, value);
    else
        return bad(r, "there is no key `%s`", key);
    return true;
}

static bool is_hex(const char *text, size_t n)
{
    return strlen(text) == n && strspn(text, "0123456789abcdef") == n;
}

static bool read_fingerprint(reader *r, const char *which, const char *value)
{
    gint64 replication;
    if (!read_number(r, which, 1, &replication))
        return false;
    if (!is_hex(value, 32))
        return bad(r, "`%s` is no fingerprint of 32 hexadecimal digits", value);
    if (analysis_baseline_run_of(r->policy, replication) >= 0)
        return bad(r, "replication %s is there twice", which);
    if (r->policy->metrics->len > 0)
        return bad(r, "fingerprints stand before metrics");
    analysis_baseline_add_run(r->policy, replication, value);
    return true;
}

static bool read_one_value(const reader *r, const char *text, double *value)
{
    char *end;
    *value = strcmp(text, "-") == 0 ? NAN : g_ascii_strtod(text, &end);
    if (!isnan(*value) && *end == '\0')
        return true;
    return strcmp(text, "-") == 0 || bad(r, "`%s` is no number", text);
}

static bool read_metric(reader *r, const char *name, const char *value)
{
    const char *bar = strstr(value, "| ");
    g_auto(GStrv) words = g_strsplit(bar ? bar + 2 : "", " ", -1);
    guint n = g_strv_length(words), runs = r->policy->runs->len;
    if (!bar || n != runs)
        return bad(r, "metric %s has %u values for %u fingerprints", name, n, runs);
    if (analysis_baseline_metric_of(r->policy, name))
        return bad(r, "metric %s is there twice", name);
    analysis_baseline_metric *m = analysis_baseline_add_metric(r->policy, name);
    for (guint i = 0; i < n; i++)
        if (!read_one_value(r, words[i], &m->values[i]))
            return false;
    return true;
}

/* "1 ha0 wire" or "2 wire". */
static bool read_trace(reader *r, const char *which, const char *value)
{
    g_autofree char *first = g_strndup(which, strcspn(which, " "));
    const char *rest = which + strlen(first) + (which[strlen(first)] == ' ');
    gint64 replication;
    if (!read_number(r, first, 1, &replication))
        return false;
    int i = analysis_baseline_run_of(r->policy, replication);
    if (i < 0 || *rest == '\0' || strlen(value) > ANALYSIS_BASELINE_WINDOWS)
        return bad(r, "trace %s is of no run here", which);
    const char *blank = strrchr(rest, ' ');
    g_autofree char *node = blank ? g_strndup(rest, (size_t)(blank - rest)) : NULL;
    analysis_baseline_add_trace(g_ptr_array_index(r->policy->runs, i), node,
                                blank ? blank + 1 : rest, value);
    return true;
}

static bool read_of_policy(reader *r, const char *key, const char *value)
{
    const char *blank = strchr(key, ' '), *rest = blank ? blank + 1 : "";
    if (g_str_has_prefix(key, "fingerprint "))
        return read_fingerprint(r, rest, value);
    if (g_str_has_prefix(key, "metric "))
        return read_metric(r, rest, value);
    if (g_str_has_prefix(key, "trace "))
        return read_trace(r, rest, value);
    if (strcmp(key, "seed") == 0)
        return read_number(r, value, 0, &r->policy->seed);
    if (strcmp(key, "config_sha256") != 0)
        return bad(r, "there is no key `%s`", key);
    replace(&r->policy->config_sha256, value);
    return true;
}

static bool read_policy(reader *r, const char *line)
{
    size_t n = strlen(line);
    if (line[n - 1] != ']')
        return bad(r, "`%s` lacks a bracket", line);
    g_autofree char *label = g_strndup(line + 1, n - 2);
    if (analysis_baseline_find(r->b, label))
        return bad(r, "[%s] is there twice", label);
    r->policy = analysis_baseline_add_policy(r->b, label);
    return true;
}

static bool read_line(reader *r, char *line)
{
    g_strchomp(line);
    if (*line == '\0' || *line == '#')
        return true;
    if (*line == '[')
        return read_policy(r, line);
    const char *equals = g_strrstr(line, " = ");
    if (!equals)
        return bad(r, "`%.60s` is no line of a baseline", line);
    g_autofree char *key = g_strndup(line, (size_t)(equals - line));
    return r->policy ? read_of_policy(r, key, equals + 3) : read_head(r, key, equals + 3);
}

/* A file that was cut off may lack the figures of runs. */
static bool measured(const reader *r)
{
    for (guint i = 0; i < r->b->policies->len; i++) {
        const analysis_baseline_policy *p = g_ptr_array_index(r->b->policies, i);
        if (p->runs->len > 0 && p->metrics->len == 0)
            return bad(r, "the file ends before it says metrics of [%s]", p->policy);
    }
    return true;
}

static bool read_lines(reader *r, char *text)
{
    if (!g_str_has_prefix(text, ANALYSIS_BASELINE_HEAD))
        return bad(r, "is no baseline: the first line is not `" ANALYSIS_BASELINE_HEAD " ...`");
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++, r->line++)
        if (!read_line(r, *line))
            return false;
    r->line--;
    if (!g_str_has_suffix(text, "\n"))
        return bad(r, "the file ends in the middle of a line");
    if (!*r->b->scenario || r->b->window_s == 0)
        return bad(r, "the file ends before it says scenario and window");
    return measured(r);
}

analysis_baseline *analysis_baseline_read(const char *path, GError **error)
{
    g_autofree char *text = NULL;
    gsize n;
    GError *problem = NULL;
    if (!g_file_get_contents(path, &text, &n, &problem)) {
        if (!g_error_matches(problem, G_FILE_ERROR, G_FILE_ERROR_NOENT))
            g_set_error(error, ANALYSIS_ERROR, ANALYSIS_ERROR_CANNOT, "%s", problem->message);
        else
            g_propagate_error(error, g_steal_pointer(&problem));
        g_clear_error(&problem);
        return NULL;
    }
    g_autoptr(analysis_baseline) b = analysis_baseline_new("", "", "");
    b->path = g_strdup(path);
    reader r = {.path = path, .line = 1, .b = b, .error = error};
    if (strlen(text) != n) {
        bad(&r, "is no text");
        return NULL;
    }
    return read_lines(&r, text) ? g_steal_pointer(&b) : NULL;
}
