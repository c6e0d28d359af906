/* Two streams of effects, side by side. The order in which effects of one instant were computed is
 * nothing, as for the fingerprint. SPDX-License-Identifier: GPL-3.0-or-later */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/cli/diff_private.h"
#include "sim/engine/config.h"
#include "sim/record/effects.h"

enum { KEPT = 4000, BEFORE = 6 };

typedef struct stream {
    const char *path;
    FILE *in;
    char *line;
    size_t room;
    sim_effect *next;           /* NULL: no more */
    bool whole, ours, same_code, same_config;
} stream;

void sim_effect_free(gpointer p)
{
    sim_effect *e = p;
    if (!e)
        return;
    g_free(e->line);
    g_strfreev(e->parts);
    g_free(e);
}

void sim_diff_event_clear(sim_diff_event *event)
{
    sim_effect_free(event->side[0]);
    sim_effect_free(event->side[1]);
    if (event->before)
        g_ptr_array_free(event->before, TRUE);
}

static sim_effect *parse(const char *line)
{
    g_auto(GStrv) parts = g_strsplit(line, " ", 4);
    if (g_strv_length(parts) != 4)
        return NULL;
    sim_effect *e = g_new0(sim_effect, 1);
    *e = (sim_effect){.t_ns = g_ascii_strtoll(parts[0], NULL, 10), .line = g_strdup(line),
                      .channel = parts[1], .hex = parts[2], .node = parts[3]};
    e->parts = g_steal_pointer(&parts);
    return e;
}

static bool says(const char *line, const char *word, const char *value)
{
    return g_str_has_prefix(line, word) && (!value || strcmp(line + strlen(word), value) == 0);
}

static void advance(stream *s, const char *code, const char *config)
{
    s->next = NULL;
    while (!s->next && getline(&s->line, &s->room, s->in) > 0) {
        s->line[strcspn(s->line, "\n")] = '\0';
        if (*s->line != '#') {
            s->next = parse(s->line);
            continue;
        }
        s->ours = s->ours || strcmp(s->line, SIM_EFFECTS_HEAD) == 0;
        s->same_code = s->same_code || says(s->line, "# code ", code);
        s->same_config = s->same_config || says(s->line, "# config ", config);
        s->whole = s->whole || strcmp(s->line, "# end") == 0;
    }
}

/* All of the next instant. */
static GPtrArray *read_instant(stream *s, int64_t t_ns)
{
    GPtrArray *list = g_ptr_array_new_with_free_func(sim_effect_free);
    while (s->next && s->next->t_ns == t_ns) {
        g_ptr_array_add(list, s->next);
        advance(s, NULL, NULL);
    }
    return list;
}

/* Take out of both what both have; `common`, where not NULL, gets it. */
static void strike_out(GPtrArray *a, GPtrArray *b, GPtrArray *common)
{
    for (guint i = 0; i < a->len;) {
        const sim_effect *e = g_ptr_array_index(a, i);
        guint k = 0;
        while (k < b->len && strcmp(e->line, ((sim_effect *)b->pdata[k])->line) != 0)
            k++;
        if (k == b->len) {
            i++;
            continue;
        }
        g_ptr_array_remove_index(b, k);
        if (common && !sim_effect_is_data(e))
            g_ptr_array_add(common, g_ptr_array_steal_index(a, i));
        else
            g_ptr_array_remove_index(a, i);
    }
    if (common && common->len > KEPT)
        g_ptr_array_remove_range(common, 0, common->len - KEPT);
}

static sim_effect *take_like(GPtrArray *list, const sim_effect *e)
{
    for (guint i = 0; i < list->len; i++) {
        const sim_effect *x = g_ptr_array_index(list, i);
        if (strcmp(x->node, e->node) == 0 && strcmp(x->channel, e->channel) == 0)
            return g_ptr_array_steal_index(list, i);
    }
    return NULL;
}

static bool has_like(const GPtrArray *list, const sim_effect *e)
{
    for (guint i = 0; i < list->len; i++) {
        const sim_effect *x = g_ptr_array_index(list, i);
        if (strcmp(x->node, e->node) == 0 && strcmp(x->channel, e->channel) == 0)
            return true;
    }
    return false;
}

/* Which side's first one tells more: the one that the other side lacks altogether came first on its
 * side, before what both did otherwise. */
static int choose(const GPtrArray *a, const GPtrArray *b)
{
    if (a->len == 0 || b->len == 0)
        return a->len == 0;
    return has_like(b, a->pdata[0]) && !has_like(a, b->pdata[0]);
}

/* What it did and what names its address. */
static void keep_before(sim_diff_event *event, const GPtrArray *common, GHashTable *addresses)
{
    const sim_effect *e = event->side[0] ? event->side[0] : event->side[1];
    const char *own = NULL;
    GHashTableIter at;
    gpointer address, name;
    for (g_hash_table_iter_init(&at, addresses); g_hash_table_iter_next(&at, &address, &name);)
        own = strcmp(name, e->node) == 0 ? address : own;
    for (guint i = common->len; i-- > 0 && event->before->len < BEFORE;) {
        sim_effect *x = g_ptr_array_index(common, i);
        if (strcmp(x->node, e->node) != 0 && !(own && strstr(x->hex, own)))
            continue;
        g_ptr_array_insert(event->before, 0, x);
        common->pdata[i] = NULL;
    }
}

static void find(stream *s, GHashTable *addresses, sim_diff_event *event)
{
    g_autoptr(GPtrArray) common = g_ptr_array_new_with_free_func(sim_effect_free);
    int other = 0;
    while (s[0].next || s[1].next) {
        int64_t t = MIN(s[0].next ? s[0].next->t_ns : G_MAXINT64,
                        s[1].next ? s[1].next->t_ns : G_MAXINT64);
        g_autoptr(GPtrArray) a = read_instant(&s[0], t), b = read_instant(&s[1], t);
        strike_out(a, b, event->found ? NULL : common);
        if (!event->found && a->len + b->len > 0) {
            event->found = true;
            int side = choose(a, b);
            event->side[side] = g_ptr_array_steal_index(side ? b : a, 0);
            other = !side;
            keep_before(event, common, addresses);
        }
        if (event->found && !event->side[other])
            event->side[other] = take_like(other ? b : a, event->side[!other]);
    }
}

static bool fail(GError **error, const char *format, const char *what)
{
    g_set_error(error, SIM_CONFIG_ERROR, SIM_ERROR_CANNOT, format, what);
    return false;
}

static bool check(const stream *s, int side, GError **error)
{
    const char *name = side ? "B" : "A";
    if (!s->ours || !s->whole)
        return fail(error, "the second run of %s told no effects, or not to their end", name);
    if (!s->same_code)
        return fail(error, "the second run of %s was of other code than the first", name);
    if (!s->same_config)
        return fail(error, "the second run of %s had another configuration than the first: a file "
                    "that it names has changed, or was not found", name);
    return true;
}

bool sim_diff_streams(const char *const paths[2], const char *const code[2],
                      const char *const config[2], GHashTable *addresses, sim_diff_event *event,
                      GError **error)
{
    stream s[2] = {{.path = paths[0]}, {.path = paths[1]}};
    bool good = true;
    *event = (sim_diff_event){.before = g_ptr_array_new_with_free_func(sim_effect_free)};
    for (int side = 0; side < 2; side++) {
        s[side].in = fopen(paths[side], "r");
        if (s[side].in)
            advance(&s[side], code[side], config[side]);
        good = good && s[side].in;
    }
    if (good)
        find(s, addresses, event);
    good = check(&s[0], 0, error) && check(&s[1], 1, error);
    for (int side = 0; side < 2; side++) {
        if (s[side].in)
            fclose(s[side].in);
        sim_effect_free(s[side].next);
        free(s[side].line);
    }
    return good;
}
