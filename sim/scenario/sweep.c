/* See sweep.h. SPDX-License-Identifier: GPL-3.0-or-later */

#include "sim/scenario/sweep.h"

#include <stdarg.h>
#include <string.h>

#include "sim/scenario/layers.h"
#include "sim/scenario/lines.h"
#include "sim/scenario/sweep_private.h"
#include "sim/scenario/value.h"

/* The key whose values are policies. */
#define POLICIES "policy.name"

enum { MAX_VALUES = 10000, MAX_DIGITS = 9 };

/* The values of one axis being read. */
typedef struct reader {
    sim_sweep *sweep;
    GPtrArray *errors;
    const char *place, *key_text;
    const sim_key *key;         /* without bounds; NULL: not known, told when points are read */
    sim_key plain;
    const char *folder;
    GPtrArray *values;          /* char *, as printed */
} reader;

/* Any value that a key can have. */
typedef union any {
    int64_t i;
    double d;
    bool b;
    const char *s;
    sim_times times;
    sim_prefix prefix;
} any;

static void G_GNUC_PRINTF(2, 3) bad(const reader *r, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    sim_lines_error(r->errors, SIM_ERROR_BAD, r->place, 0, "[" SIM_SWEEP_GROUP "] %s: %s",
                    r->key_text, text);
}

static const char *keep(sim_sweep *sweep, char *text)
{
    g_ptr_array_add(sweep->arena, text);
    return text;
}

/* ---- keys --------------------------------------------------------------------------------- */

static const sim_key *find_in(const sim_key *keys, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(keys[i].name, name) == 0)
            return &keys[i];
    return NULL;
}

static const sim_key *find_key(const sim_group *group, const char *name)
{
    const sim_key *key = find_in(group->keys, group->n_keys, name);
    for (size_t v = 0; !key && v < group->n_variants; v++)
        key = find_in(group->variants[v].keys, group->variants[v].n_keys, name);
    return key;
}

bool sim_key_path_find(sim_key_path *path, const sim_sweep *sweep, const char *text)
{
    *path = (sim_key_path){0};
    const char *dot = strrchr(text, '.');
    if (!dot || dot == text || dot[1] == '\0')
        return false;
    path->header = g_strndup(text, (size_t)(dot - text));
    path->name = g_strdup(dot + 1);
    g_autofree char *word = g_strndup(text, strcspn(path->header, " "));
    path->group = sim_scenario_group(sweep->groups, sweep->n_groups, word);
    path->key = path->group ? find_key(path->group, path->name) : NULL;
    return true;
}

void sim_key_path_clear(sim_key_path *path)
{
    g_free(path->header);
    g_free(path->name);
}

bool sim_kind_is_number(sim_key_kind kind)
{
    switch (kind) {
    case SIM_KEY_INT: case SIM_KEY_REAL: case SIM_KEY_TIME: case SIM_KEY_RATE: case SIM_KEY_BYTES:
    case SIM_KEY_PACKETS: case SIM_KEY_PER_S: case SIM_KEY_SHARE: case SIM_KEY_LENGTH:
    case SIM_KEY_SPEED:
        return true;
    default:
        return false;
    }
}

/* ---- values ------------------------------------------------------------------------------- */

/* The text as the value prints, so that `1000 ms` and `1 s` are the same; false, told. */
static bool add_value(reader *r, const char *text)
{
    any value;
    g_autofree char *printed = NULL;
    bool verbatim = !r->key || r->key->kind == SIM_KEY_PATH || r->key->kind == SIM_KEY_STRING;
    if (!verbatim) {
        g_autofree char *problem = sim_value_parse(&r->plain, text, r->folder, r->sweep->arena,
                                                   &value);
        if (problem) {
            bad(r, "%s", problem);
            return false;
        }
        printed = sim_value_print(&r->plain, &value);
    }
    const char *shown = printed ? printed : text;
    if (g_ptr_array_find_with_equal_func(r->values, shown, g_str_equal, NULL)) {
        bad(r, "`%s` is there twice", text);
        return false;
    }
    if (r->values->len >= MAX_VALUES) {
        bad(r, "has more than %d values", MAX_VALUES);
        return false;
    }
    g_ptr_array_add(r->values, g_strdup(shown));
    return true;
}

/* Digits behind the point. */
static int fraction_digits(const char *text)
{
    const char *point = strchr(text, '.');
    return point ? (int)strspn(point + 1, "0123456789") : 0;
}

/* A plain decimal in units of 10^-digits: REAL is counted in integers, so that a range has no
 * values such as 0.7999999. False: not such a number. */
static bool read_scaled(const char *text, int digits, int64_t *out)
{
    int behind = fraction_digits(text);
    g_autoptr(GString) all = g_string_new(NULL);
    for (const char *p = text; *p; p++)
        if (*p != '.')
            g_string_append_c(all, *p);
    for (int i = behind; i < digits; i++)
        g_string_append_c(all, '0');
    gint64 value;
    bool good = strspn(text, "+-.0123456789") == strlen(text) &&
                g_ascii_string_to_signed(*all->str == '+' ? all->str + 1 : all->str, 10,
                                         -(G_MAXINT64 / 4), G_MAXINT64 / 4, &value, NULL);
    *out = good ? value : 0;
    return good;
}

static char *print_scaled(int64_t value, int digits)
{
    GString *s = g_string_new(NULL);
    g_string_append_printf(s, "%0*" G_GINT64_FORMAT, digits + 1, ABS(value));
    if (digits > 0)
        g_string_insert_c(s, (gssize)s->len - digits, '.');
    if (value < 0)
        g_string_prepend_c(s, '-');
    return g_string_free(s, FALSE);
}

/* From, to, step of a range as integers; digits: REAL's. False, told. */
static bool read_ends(reader *r, char **ends, int *digits, int64_t at[3])
{
    *digits = 0;
    for (int i = 0; i < 3; i++)
        *digits = MAX(*digits, r->key->kind == SIM_KEY_REAL ? fraction_digits(ends[i]) : 0);
    for (int i = 0; i < 3; i++) {
        any value = {0};
        g_autofree char *problem = NULL;
        if (!g_ascii_isdigit(*ends[i]) && (!*ends[i] || !strchr("+-.", *ends[i])))
            problem = g_strdup_printf("`%s` is no end of a range", ends[i]);
        else if (r->key->kind != SIM_KEY_REAL)
            problem = sim_value_parse(&r->plain, ends[i], r->folder, r->sweep->arena, &value);
        else if (*digits > MAX_DIGITS || !read_scaled(ends[i], *digits, &value.i))
            problem = g_strdup_printf("`%s`: a range has ends such as `0.5`", ends[i]);
        if (problem) {
            bad(r, "%s", problem);
            return false;
        }
        at[i] = value.i;
    }
    return true;
}

static bool add_range_values(reader *r, const char *text, char **ends)
{
    int digits;
    int64_t at[3];
    if (!read_ends(r, ends, &digits, at))
        return false;
    const char *problem = at[2] <= 0 ? "has no step above nothing"
                          : at[1] < at[0] ? "ends before it begins" : NULL;
    if (!problem && (at[0] < -(G_MAXINT64 / 4) || at[1] > G_MAXINT64 / 4 ||
                     (at[1] - at[0]) / at[2] >= MAX_VALUES))
        problem = "has too many values";
    if (problem) {
        bad(r, "`%s` %s", text, problem);
        return false;
    }
    for (int64_t v = at[0]; v <= at[1]; v += MIN(at[2], G_MAXINT64 / 4)) {
        g_autofree char *one = r->key->kind == SIM_KEY_REAL ? print_scaled(v, digits)
                                                            : sim_value_print(&r->plain, &v);
        if (!add_value(r, one))
            return false;
    }
    return true;
}

/* "50 % .. 110 % step 10 %"; whole numbers may go without a step. */
static bool add_range(reader *r, const char *text)
{
    const char *dots = strstr(text, ".."), *step = strstr(dots, " step ");
    g_autofree char *from = g_strndup(text, (size_t)(dots - text));
    g_autofree char *to = step ? g_strndup(dots + 2, (size_t)(step - dots - 2))
                               : g_strdup(dots + 2);
    g_autofree char *by = g_strdup(step ? step + strlen(" step ") : "1");
    if (!step && r->key->kind != SIM_KEY_INT) {
        bad(r, "`%s` needs a step: `%s step ...`", text, text);
        return false;
    }
    char *ends[3] = {g_strstrip(from), g_strstrip(to), g_strstrip(by)};
    return add_range_values(r, text, ends);
}

static bool read_values(reader *r, const char *text)
{
    bool lists = r->key && r->key->kind == SIM_KEY_TIMES;
    g_auto(GStrv) parts = g_strsplit(text, lists || strchr(text, ';') ? ";" : ",", -1);
    for (char **part = parts; *part; part++) {
        g_strstrip(*part);
        bool range = r->key && sim_kind_is_number(r->key->kind) && strstr(*part, "..");
        if (**part == '\0') {
            bad(r, "a value is missing in `%s`", text);
            return false;
        }
        if (range ? !add_range(r, *part) : !add_value(r, *part))
            return false;
    }
    return true;
}

/* ---- axes --------------------------------------------------------------------------------- */

static void axis_free(gpointer p)
{
    sim_axis *axis = p;
    g_ptr_array_free(axis->texts, TRUE);
    g_free(axis);
}

/* The same key twice would make one of the two do nothing. */
static bool is_free_key(const reader *r, const sim_layers *layers, const sim_key_path *path)
{
    static const char *const not_swept[] = {"scenario.name", "scenario.replications"};
    for (size_t i = 0; i < G_N_ELEMENTS(not_swept); i++)
        if (strcmp(r->key_text, not_swept[i]) == 0) {
            bad(r, "this is not swept: it changes no run");
            return false;
        }
    const sim_given_group *g = g_hash_table_lookup(layers->by_header, path->header);
    const sim_given *given = g ? g_hash_table_lookup(g->keys, path->name) : NULL;
    if (!given || given->line > 0)
        return true;
    bad(r, "%s says another value; to sweep over others, --set '" SIM_SWEEP_GROUP ".%s=...'",
        given->file, r->key_text);
    return false;
}

/* A policy in a file: by its whole path, since policies are read as if the command line gave
 * them; and loaded, so that its keys can be swept. */
static void find_file(const reader *r, char **policy)
{
    size_t len = sim_scenario_is_file(*policy);
    if (len == 0 || !r->sweep->load)
        return;
    g_autofree char *file = g_strndup(*policy, len);
    g_autofree char *path = g_canonicalize_filename(file, r->folder);
    GError *error = NULL;
    if (!r->sweep->load(path, &error))
        bad(r, "%s", error->message);
    g_clear_error(&error);
    char *whole = g_strconcat(path, *policy + len, NULL);
    g_free(*policy);
    *policy = whole;
}

static void add_axis(reader *r)
{
    if (strcmp(r->key_text, POLICIES) == 0) {
        for (guint i = 0; i < r->values->len; i++)
            find_file(r, (char **)&g_ptr_array_index(r->values, i));
        r->sweep->policies = g_steal_pointer(&r->values);
        return;
    }
    sim_axis *axis = g_new0(sim_axis, 1);
    axis->key = r->key_text;
    axis->place = r->place;
    axis->folder = r->folder;
    axis->texts = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < r->values->len; i++)
        g_ptr_array_add(axis->texts, g_strdup_printf("%s=%s", axis->key,
                                                     (char *)g_ptr_array_index(r->values, i)));
    g_ptr_array_add(r->sweep->axes, axis);
}

static void read_axis(reader *r, const sim_layers *layers, const char *text)
{
    sim_key_path path;
    if (!sim_key_path_find(&path, r->sweep, r->key_text)) {
        bad(r, "a key to sweep over is written `group.key`");
    } else if (is_free_key(r, layers, &path)) {
        r->key = path.key;
        if (path.key) {
            r->plain = *path.key;
            r->plain.min = r->plain.max = 0;
        }
        if (read_values(r, text))
            add_axis(r);
    }
    sim_key_path_clear(&path);
}

/* "home-agent   ha0.capacity" -> "home-agent ha0.capacity", "group . key" is left. */
static char *fold_key(const char *key)
{
    g_auto(GStrv) words = g_strsplit_set(key, " \t", -1);
    GString *s = g_string_new(NULL);
    for (char **word = words; *word; word++)
        if (**word)
            g_string_append_printf(s, "%s%s", s->len ? " " : "", *word);
    return g_string_free(s, FALSE);
}

static bool is_constraint(const char *key)
{
    return strcmp(key, "constraint") == 0 || g_str_has_prefix(key, "constraint-");
}

static void read_line(sim_sweep *sweep, const sim_layers *layers, const sim_given *given,
                      GPtrArray *errors)
{
    if (*given->value == '\0')
        return;
    const char *place = keep(sweep, given->line > 0
                                    ? g_strdup_printf("%s:%d", given->file, given->line)
                                    : g_strdup(given->file));
    if (is_constraint(given->key)) {
        sim_constraints_read(sweep, given->value, place, errors);
        return;
    }
    reader r = {.sweep = sweep, .errors = errors, .place = place,
                .key_text = keep(sweep, fold_key(given->key)),
                .folder = keep(sweep, g_strdup(given->folder)),
                .values = g_ptr_array_new_with_free_func(g_free)};
    read_axis(&r, layers, given->value);
    if (r.values)
        g_ptr_array_free(r.values, TRUE);
}

/* ---- the group ---------------------------------------------------------------------------- */

static void count_points(sim_sweep *sweep, const char *file, GPtrArray *errors)
{
    sweep->n_points = 1;
    for (guint i = 0; i < sweep->axes->len; i++) {
        const sim_axis *axis = g_ptr_array_index(sweep->axes, i);
        sweep->n_points *= axis->texts->len;
        if (sweep->n_points > SIM_SWEEP_MAX_POINTS) {
            sim_lines_error(errors, SIM_ERROR_BAD, file, 0, "[" SIM_SWEEP_GROUP "] has more than "
                            "%d points", SIM_SWEEP_MAX_POINTS);
            return;
        }
    }
}

static void read_group(sim_sweep *sweep, const sim_layers *layers, const char *file,
                       GPtrArray *errors)
{
    const sim_given_group *g = g_hash_table_lookup(layers->by_header, SIM_SWEEP_GROUP);
    for (int others = 0; g && others <= 1; others++)    /* policies first: they bring keys */
        for (guint i = 0; i < g->order->len; i++) {
            const sim_given *given = g_ptr_array_index(g->order, i);
            if ((strcmp(given->key, POLICIES) != 0) == others)
                read_line(sweep, layers, given, errors);
        }
    if (!g)
        sim_lines_error(errors, SIM_ERROR_BAD, file, 0, "has no [" SIM_SWEEP_GROUP "] group: what "
                        "to sweep over is written there, as `group.key = value, value`");
    count_points(sweep, file, errors);
}

sim_sweep *sim_sweep_read(const sim_request *request, GPtrArray *errors)
{
    guint errors_before = errors->len;
    sim_sweep *sweep = g_new0(sim_sweep, 1);
    sweep->axes = g_ptr_array_new_with_free_func(axis_free);
    sweep->constraints = g_ptr_array_new_with_free_func(sim_constraint_free);
    sweep->arena = g_ptr_array_new_with_free_func(g_free);
    sweep->groups = request->groups;
    sweep->n_groups = request->n_groups;
    sweep->load = request->load;
    sim_layers *layers = sim_layers_read(request, sweep->arena, errors);
    if (errors->len == errors_before)
        read_group(sweep, layers, request->file, errors);
    sim_layers_free(layers);
    if (errors->len > errors_before)
        g_clear_pointer(&sweep, sim_sweep_free);
    return sweep;
}

void sim_sweep_free(sim_sweep *sweep)
{
    if (!sweep)
        return;
    g_ptr_array_free(sweep->axes, TRUE);
    g_ptr_array_free(sweep->constraints, TRUE);
    if (sweep->policies)
        g_ptr_array_free(sweep->policies, TRUE);
    g_ptr_array_free(sweep->arena, TRUE);
    g_free(sweep);
}

void sim_sweep_point(const sim_sweep *sweep, size_t i, sim_override *out)
{
    for (guint a = sweep->axes->len; a-- > 0;) {
        const sim_axis *axis = g_ptr_array_index(sweep->axes, a);
        out[a] = (sim_override){
            .option = axis->place, .folder = axis->folder,
            .text = g_ptr_array_index(axis->texts, i % axis->texts->len),
        };
        i /= axis->texts->len;
    }
}
