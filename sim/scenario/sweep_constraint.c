/* What leaves points of a sweep out. See sweep.h. SPDX-License-Identifier: GPL-3.0-or-later */

#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "sim/scenario/lines.h"
#include "sim/scenario/nearest.h"
#include "sim/scenario/private.h"
#include "sim/scenario/sweep_private.h"
#include "sim/scenario/value.h"

enum { MAX_TERMS = 4 };

/* A key, a number, or a word. */
typedef struct term {
    sim_key_path path;          /* key NULL: none */
    char *text;
    double number;              /* of a text that is one */
    bool is_number;
} term;

typedef struct side {
    term terms[MAX_TERMS];
    size_t n;
} side;

typedef struct constraint {
    char *text;
    const char *place;
    const char *operator;       /* one of operators[] */
    side sides[2];
    sim_key_kind kind;          /* of keys with a unit; INT: none has */
    bool words;                 /* what is compared is no number */
} constraint;

/* The longer ones first. */
static const char *const operators[] = {"<=", ">=", "!=", "==", "<", ">", "="};

static bool G_GNUC_PRINTF(3, 4) bad(GPtrArray *errors, const constraint *c, const char *format,
                                    ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    sim_lines_error(errors, SIM_ERROR_BAD, c->place, 0, "[" SIM_SWEEP_GROUP "] `%s`: %s", c->text,
                    text);
    return false;
}

void sim_constraint_free(gpointer p)
{
    constraint *c = p;
    for (int s = 0; s < 2; s++)
        for (size_t i = 0; i < c->sides[s].n; i++) {
            sim_key_path_clear(&c->sides[s].terms[i].path);
            g_free(c->sides[s].terms[i].text);
        }
    g_free(c->text);
    g_free(c);
}

/* ---- reading ------------------------------------------------------------------------------ */

static bool has_unit(sim_key_kind kind)
{
    return sim_kind_is_number(kind) && kind != SIM_KEY_INT && kind != SIM_KEY_REAL;
}

/* A key that is none is told with the nearest one. */
static bool unknown_key(const constraint *c, const sim_key_path *path, const sim_sweep *sweep,
                        GPtrArray *errors)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (size_t i = 0; !path->group && i < sweep->n_groups; i++)
        g_ptr_array_add(names, (gpointer)sweep->groups[i]->name);
    for (size_t i = 0; path->group && i < path->group->n_keys; i++)
        g_ptr_array_add(names, (gpointer)path->group->keys[i].name);
    const char *word = path->group ? path->name : path->header;
    g_autofree char *hint = sim_nearest_hint(word, names);
    if (!path->group)
        return bad(errors, c, "there is no group [%s]%s", path->header, hint);
    return bad(errors, c, "[%s] has no key `%s`%s", path->header, path->name, hint);
}

static bool read_term(constraint *c, term *t, const sim_sweep *sweep, GPtrArray *errors)
{
    if (*t->text == '\0')
        return bad(errors, c, "something is missing beside the operator");
    char *end;
    t->number = g_ascii_strtod(t->text, &end);
    t->is_number = *end == '\0' && isfinite(t->number);
    if (g_ascii_isdigit(*t->text) || strchr("+-.", *t->text) ||
        !sim_key_path_find(&t->path, sweep, t->text))
        return true;
    if (!t->path.key)
        return unknown_key(c, &t->path, sweep, errors);
    if (!sim_kind_is_number(t->path.key->kind))
        c->words = true;
    else if (has_unit(t->path.key->kind) && has_unit(c->kind) && c->kind != t->path.key->kind)
        return bad(errors, c, "its keys have different units");
    else if (has_unit(t->path.key->kind))
        c->kind = t->path.key->kind;
    return true;
}

static bool read_side(constraint *c, side *s, const char *text, const sim_sweep *sweep,
                      GPtrArray *errors)
{
    g_auto(GStrv) parts = g_strsplit(text, "*", -1);
    for (char **part = parts; *part; part++) {
        if (s->n == MAX_TERMS)
            return bad(errors, c, "has over %d factors on a side", MAX_TERMS);
        term *t = &s->terms[s->n++];
        t->text = g_strdup(g_strstrip(*part));
        if (!read_term(c, t, sweep, errors))
            return false;
    }
    return s->n > 0 || bad(errors, c, "something is missing beside the operator");
}

/* Where the first operator is. */
static const char *find_operator(constraint *c)
{
    const char *at = strpbrk(c->text, "<>=!");
    for (size_t i = 0; at && !c->operator && i < G_N_ELEMENTS(operators); i++)
        if (g_str_has_prefix(at, operators[i]))
            c->operator = operators[i];
    return c->operator ? at : NULL;
}

/* The number that a word with a unit stands for. */
static bool read_unit(const constraint *c, term *t, GPtrArray *errors)
{
    if (t->path.key || t->is_number)
        return true;
    if (!has_unit(c->kind))
        return bad(errors, c, "`%s` is neither a key nor a number, and no key here has a unit",
                   t->text);
    sim_key key = {.name = "", .kind = c->kind, .def = ""};
    int64_t value = 0;
    g_autofree char *problem = sim_value_parse(&key, t->text, NULL, NULL, &value);
    if (problem)
        return bad(errors, c, "%s", problem);
    t->number = strcmp(t->text, "unlimited") == 0 ? (double)INFINITY : (double)value;
    return true;
}

/* How many factors of a side have the unit. */
static int units_of(const side *s)
{
    int n = 0;
    for (size_t i = 0; i < s->n; i++)
        n += s->terms[i].path.key ? has_unit(s->terms[i].path.key->kind) : !s->terms[i].is_number;
    return n;
}

static bool check_kinds(constraint *c, GPtrArray *errors)
{
    bool equality = *c->operator == '=' || *c->operator == '!';
    if (c->words)
        return (equality && c->sides[0].n == 1 && c->sides[1].n == 1) ||
               bad(errors, c, "what is no number can only be equal (=) or not (!=)");
    for (int s = 0; s < 2; s++)
        for (size_t i = 0; i < c->sides[s].n; i++)
            if (!read_unit(c, &c->sides[s].terms[i], errors))
                return false;
    return units_of(&c->sides[0]) == units_of(&c->sides[1]) ||
           bad(errors, c, "its sides have different units");
}

static void read_one(sim_sweep *sweep, const char *text, const char *place, GPtrArray *errors)
{
    constraint *c = g_new0(constraint, 1);
    c->text = g_strstrip(g_strdup(text));
    c->place = place;
    c->kind = SIM_KEY_INT;
    const char *at = find_operator(c);
    g_autofree char *left = at ? g_strndup(c->text, (size_t)(at - c->text)) : NULL;
    bool good = at ? read_side(c, &c->sides[0], left, sweep, errors) &&
                     read_side(c, &c->sides[1], at + strlen(c->operator), sweep, errors) &&
                     check_kinds(c, errors)
                   : bad(errors, c, "is no comparison, such as `home-agents.count <= 10`");
    if (good)
        g_ptr_array_add(sweep->constraints, c);
    else
        sim_constraint_free(c);
}

void sim_constraints_read(sim_sweep *sweep, const char *text, const char *place,
                          GPtrArray *errors)
{
    g_auto(GStrv) parts = g_strsplit(text, ",", -1);
    for (char **part = parts; *part; part++)
        read_one(sweep, *part, place, errors);
}

/* ---- holding ------------------------------------------------------------------------------ */

/* A key's value in a configuration: key NULL where it is not there. */
typedef struct found {
    const sim_section *section;
    const sim_key *key;
    const void *value;
} found;

static found find(const sim_config *config, const sim_key_path *path)
{
    found f = {0};
    for (size_t i = 0; i < config->n_sections && !f.section; i++) {
        const sim_section *s = &config->sections[i];
        const char *name = strchr(path->header, ' ');
        if (s->group == path->group && strcmp(s->name, name ? name + 1 : "") == 0)
            f.section = s;
    }
    for (size_t k = 0; f.section && k < sim_section_n_keys(f.section); k++)
        if (strcmp(sim_section_key(f.section, k)->name, path->name) == 0) {
            f.key = sim_section_key(f.section, k);
            f.value = sim_section_value(f.section, k);
        }
    return f;
}

static double number_of(const found *f)
{
    double d;
    int64_t i;
    if (f->key->kind == SIM_KEY_REAL) {
        memcpy(&d, f->value, sizeof d);
        return d;
    }
    memcpy(&i, f->value, sizeof i);
    bool unlimited = f->key->kind == SIM_KEY_RATE || f->key->kind == SIM_KEY_BYTES ||
                     f->key->kind == SIM_KEY_PACKETS;
    return unlimited && i == 0 ? (double)INFINITY : (double)i;
}

/* Products of decimals are not exact: what differs by less than a person can write is equal. */
static bool compare(double a, double b, const char *operator)
{
    bool finite = isfinite(a) && isfinite(b);
    bool same = a == b || (finite && fabs(a - b) <= 1e-12 * fmax(fabs(a), fabs(b)));
    switch (*operator) {
    case '<': return operator[1] == '=' ? same || a < b : !same && a < b;
    case '>': return operator[1] == '=' ? same || a > b : !same && a > b;
    case '!': return !same;
    default: return same;
    }
}

/* The text of a word or a key's value; of "hybrid:safe" both halves are compared. g_free. */
static char *word_of(const term *t, const found *f, const term *other)
{
    if (!t->path.key)
        return g_strdup(t->text);
    bool whole = f->section->variant && f->section->group->select && other->text &&
                 strchr(other->text, ':') && strcmp(f->section->group->select, t->path.name) == 0;
    return whole ? g_strdup(f->section->variant->name) : sim_value_print(f->key, f->value);
}

/* Does the configuration have all keys of a constraint? */
static bool applies(const constraint *c, const sim_config *config, found f[2][MAX_TERMS],
                    GPtrArray *errors, bool *good)
{
    bool all = true;
    for (int s = 0; s < 2; s++)
        for (size_t i = 0; i < c->sides[s].n; i++) {
            const term *t = &c->sides[s].terms[i];
            if (!t->path.key)
                continue;
            f[s][i] = find(config, &t->path);
            all = all && f[s][i].key;
            if (!f[s][i].section)
                *good = bad(errors, c, "there is no [%s] in the scenario", t->path.header);
        }
    return all;
}

static bool holds(const constraint *c, const sim_config *config, GPtrArray *errors)
{
    found f[2][MAX_TERMS] = {0};
    bool good = true;
    if (!applies(c, config, f, errors, &good) || !good)
        return good;
    if (c->words) {
        const term *l = &c->sides[0].terms[0], *r = &c->sides[1].terms[0];
        g_autofree char *a = word_of(l, &f[0][0], r), *b = word_of(r, &f[1][0], l);
        return (strcmp(a, b) == 0) == (*c->operator == '=');
    }
    double values[2] = {1, 1};
    for (int s = 0; s < 2; s++)
        for (size_t i = 0; i < c->sides[s].n; i++)
            values[s] *= c->sides[s].terms[i].path.key ? number_of(&f[s][i])
                                                       : c->sides[s].terms[i].number;
    return compare(values[0], values[1], c->operator);
}

bool sim_sweep_holds(const sim_sweep *sweep, const sim_config *config, GPtrArray *errors)
{
    for (guint i = 0; i < sweep->constraints->len; i++)
        if (!holds(g_ptr_array_index(sweep->constraints, i), config, errors))
            return false;
    return true;
}
