/* Losses that a scenario names.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/measure/losses.h"

#include <assert.h>
#include <string.h>

#include "mip6_wire.h"
#include "models/hosts/cn_host.h"
#include "models/hosts/ha_host.h"
#include "models/hosts/mn_host.h"
#include "models/mobility/nearest.h"
#include "models/world_parts.h"

#define ANYBODY UINT32_MAX

/* Packets first to last of those that a rule fits, counted from 1. */
typedef struct range {
    uint64_t first, last;
} range;

typedef struct rule {
    const model_loss_config *config;
    sim_id from, to;            /* ANYBODY */
    GArray *ranges;             /* empty: all */
    GHashTable *seen;           /* identity -> lose it, plus one */
    uint64_t n;                 /* packets seen */
} rule;

struct model_losses {
    model_world *world;
    GArray *rules;
};

/* ---- from the settings ------------------------------------------------------------------ */

static bool read_range(const char *text, range *r)
{
    g_auto(GStrv) ends = g_strsplit(text, "-", 2);
    if (!ends[0] || !g_ascii_string_to_unsigned(g_strstrip(ends[0]), 10, 1, G_MAXINT64, &r->first,
                                                NULL))
        return false;
    r->last = r->first;
    if (!ends[1])
        return true;
    if (*g_strstrip(ends[1]) == '\0') {
        r->last = G_MAXUINT64;
        return true;
    }
    return g_ascii_string_to_unsigned(ends[1], 10, r->first, G_MAXINT64, &r->last, NULL);
}

static bool read_ranges(const sim_section *at, rule *r, GError **error)
{
    if (*r->config->nth == '\0')
        return true;
    g_auto(GStrv) parts = g_strsplit(r->config->nth, ",", -1);
    for (char **p = parts; *p; p++) {
        range one;
        if (!read_range(*p, &one))
            return sim_config_fail(at, "nth", error,
                                   "`%s` is neither a number from 1 up nor a range as 2-4 or 3-",
                                   g_strstrip(*p));
        g_array_append_val(r->ranges, one);
    }
    return true;
}

/* g_free. */
static char *nearest_node(const model_world *w, const char *name)
{
    char *nearest = NULL;
    unsigned best = UINT_MAX;
    for (size_t i = 0; i < sim_engine_n_entities(w->engine); i++) {
        const char *other = sim_engine_name(w->engine, (sim_id)i);
        unsigned d = model_name_distance(name, other);
        if (d < best) {
            best = d;
            g_free(nearest);
            nearest = g_strdup(other);
        }
    }
    return nearest;
}

static bool find_node(const model_world *w, const sim_section *at, const char *key,
                      const char *name, sim_id *id, GError **error)
{
    *id = ANYBODY;
    if (*name == '\0')
        return true;
    for (size_t i = 0; i < sim_engine_n_entities(w->engine); i++)
        if (strcmp(sim_engine_name(w->engine, (sim_id)i), name) == 0)
            *id = (sim_id)i;
    if (*id != ANYBODY)
        return true;
    g_autofree char *nearest = nearest_node(w, name);
    return sim_config_fail(at, key, error, "there is no node `%s`; the nearest name is `%s`", name,
                           nearest);
}

static bool read_rule(const model_world *w, const sim_section *at, rule *r, GError **error)
{
    const model_loss_config *c = r->config;
    if (c->stop_ns != 0 && c->stop_ns <= c->start_ns)
        return sim_config_fail(at, "stop", error, "not after start");
    return find_node(w, at, "from", c->from, &r->from, error) &&
           find_node(w, at, "to", c->to, &r->to, error) && read_ranges(at, r, error);
}

static void clear_rule(gpointer p)
{
    rule *r = p;
    g_array_free(r->ranges, TRUE);
    g_hash_table_destroy(r->seen);
}

static bool read_rules(model_losses *losses, GError **error)
{
    const sim_section *at;
    const sim_config *config = losses->world->settings->config;
    for (size_t i = 0; (at = sim_config_instance(config, "loss", i)); i++) {
        rule r = {.config = at->base, .ranges = g_array_new(FALSE, FALSE, sizeof(range)),
                  .seen = g_hash_table_new(NULL, NULL)};
        bool good = read_rule(losses->world, at, &r, error);
        g_array_append_val(losses->rules, r);
        if (!good)
            return false;
    }
    return true;
}

model_losses *model_losses_new(model_world *w, GError **error)
{
    if (!sim_config_instance(w->settings->config, "loss", 0))
        return NULL;
    model_losses *losses = g_new0(model_losses, 1);
    losses->world = w;
    losses->rules = g_array_new(FALSE, FALSE, sizeof(rule));
    g_array_set_clear_func(losses->rules, clear_rule);
    if (read_rules(losses, error))
        return losses;
    model_losses_free(losses);
    return NULL;
}

void model_losses_free(model_losses *losses)
{
    if (!losses)
        return;
    g_array_free(losses->rules, TRUE);
    g_free(losses);
}

/* ---- packets ------------------------------------------------------------------------------ */

/* Whose address it is: home and care-of addresses end alike. */
static sim_id owner(const model_world *w, const mip6_addr *a)
{
    uint32_t i = model_correspondent_of(a);
    if (i < w->n_correspondents)
        return w->correspondents[i].id;
    i = model_directory_find(w->directory, a);
    if (i < w->n_nodes)
        return w->nodes[i].account.node;
    if (i != MODEL_NO_INDEX && i - MODEL_FIRST_AGENT < w->n_agents)
        return w->agents[i - MODEL_FIRST_AGENT].id;
    return ANYBODY;
}

static bool fits_ends(const model_world *w, const rule *r, const sim_packet *packet, sim_id from,
                      sim_id to)
{
    mip6_header h;
    mip6_drop cause;
    const uint8_t *bytes = packet->bytes + packet->head;
    bool known = mip6_decode_header(bytes, packet->len, packet->virtual_bytes, &h, &cause) == 0;
    if (r->from != ANYBODY && r->from != from &&
        !(known && owner(w, mip6_header_source(&h)) == r->from))
        return false;
    return r->to == ANYBODY || r->to == to ||
           (known && owner(w, mip6_header_destination(&h)) == r->to);
}

static bool fits(const model_world *w, const rule *r, const sim_packet *packet, sim_id from,
                 sim_id to)
{
    const model_loss_config *c = r->config;
    int64_t now = sim_now(w->engine);
    if (c->message != MIP6_MSG_NONE && c->message != packet->message)
        return false;
    if (now < c->start_ns || (c->stop_ns != 0 && now >= c->stop_ns))
        return false;
    return fits_ends(w, r, packet, from, to);
}

static bool is_chosen(const rule *r, uint64_t n)
{
    for (guint i = 0; i < r->ranges->len; i++) {
        const range *one = &g_array_index(r->ranges, range, i);
        if (n >= one->first && n <= one->last)
            return true;
    }
    return r->ranges->len == 0;
}

/* What was said of a packet at its first link holds at the next, and for each copy. */
static bool count(rule *r, const sim_packet *packet)
{
    static_assert(sizeof(gpointer) >= sizeof packet->identity, "an identity is kept in a pointer");
    gpointer key = (gpointer)(uintptr_t)packet->identity;
    guint lose = GPOINTER_TO_UINT(g_hash_table_lookup(r->seen, key));
    if (lose == 0) {
        lose = is_chosen(r, ++r->n) ? 2 : 1;
        g_hash_table_insert(r->seen, key, GUINT_TO_POINTER(lose));
    }
    return lose == 2;
}

bool model_losses_take(model_losses *losses, const sim_packet *packet, sim_id from, sim_id to)
{
    bool lose = false;
    for (guint i = 0; i < losses->rules->len; i++) {
        rule *r = &g_array_index(losses->rules, rule, i);
        if (fits(losses->world, r, packet, from, to))
            lose = count(r, packet) || lose;
    }
    return lose;
}
