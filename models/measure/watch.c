/* From models to a tap.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/measure/watch.h"

#include <string.h>

#include "models/hosts/cn_host.h"
#include "models/hosts/ha_host.h"
#include "models/hosts/mn_host.h"
#include "models/network/access.h"
#include "models/network/core.h"
#include "models/network/sites.h"
#include "models/world_parts.h"

enum { LINK_HOME, LINK_CORE, N_OWN_LINKS };

#define NO_LINK UINT32_MAX

/* A packet that is handed to a link, or lost there. */
typedef struct happening {
    int64_t t_ns;
    uint32_t link;
    const char *from, *to;      /* from: where it was lost, too */
    const char *cause;          /* of a loss; NULL: sent */
    const sim_packet *packet;
    sim_packet *copy;           /* its own, not from the pool: packets there are counted */
} happening;

struct model_watch {
    model_world *world;
    sim_tap *tap;
    sim_id core;
    uint32_t *links;            /* by entity: routers, correspondents, agents */
    GSequence *ahead;           /* happening, by time */
    const sim_packet *last;     /* what was last sent, and when: a loss on that link */
    int64_t last_ns;
};

/* ---- names ---------------------------------------------------------------------------- */

/* The tap may keep it, and look at it when the run is over and there is no watch any more. */
static const char *name_of(const model_watch *watch, sim_id id)
{
    GHashTable *names = watch->world->names_told;
    char *name = g_hash_table_lookup(names, GUINT_TO_POINTER(id));
    if (!name) {
        name = g_strdup(sim_engine_name(watch->world->engine, id));
        g_hash_table_insert(names, GUINT_TO_POINTER(id), name);
    }
    return name;
}

/* Care-of addresses end as home addresses do. NULL: not a mobile node's. */
static const char *mobile_node(const model_watch *watch, const uint8_t address[16])
{
    mip6_addr a;
    memcpy(a.b, address, sizeof a.b);
    uint32_t node = model_directory_find(watch->world->directory, &a);
    if (node >= watch->world->n_nodes)
        return NULL;
    return name_of(watch, watch->world->nodes[node].account.node);
}

static void add_link(model_watch *watch, uint32_t *n, sim_id entity)
{
    watch->links[entity] = *n;
    if (watch->tap->cls->link)
        watch->tap->cls->link(watch->tap, *n, name_of(watch, entity));
    ++*n;
}

/* The first home link has its place already; of each, the members that never leave. */
static void add_sites(model_watch *watch, uint32_t *n)
{
    const model_world *w = watch->world;
    for (uint32_t i = 0; i < w->n_sites; i++) {
        sim_id link = model_home_link_account(w->sites[i].link)->node;
        if (i > 0)
            add_link(watch, n, link);
        watch->links[model_router_id(w->sites[i].router)] = watch->links[link];
    }
    for (uint32_t i = 0; i < w->n_agents; i++)
        watch->links[w->agents[i].id] =
            watch->links[model_home_link_account(model_site_of(w, i)->link)->node];
}

/* A node at home is on the only home link there is then. */
static uint32_t home_link_of(const model_watch *watch, sim_id member)
{
    return watch->world->n_sites == 1 ? (uint32_t)LINK_HOME : watch->links[member];
}

static bool is_router(const model_watch *watch, sim_id id)
{
    const model_world *w = watch->world;
    for (uint32_t i = 0; i < w->n_sites; i++)
        if (model_router_id(w->sites[i].router) == id)
            return true;
    return false;
}

static void add_links(model_watch *watch)
{
    const model_world *w = watch->world;
    uint32_t n = LINK_HOME;
    add_link(watch, &n, model_home_link_account(w->home_link)->node);
    add_link(watch, &n, watch->core);
    g_assert(n == N_OWN_LINKS);
    for (uint32_t i = 0; i < w->settings->access->routers; i++)
        add_link(watch, &n, model_access_account(w->access, i)->node);
    for (uint32_t i = 0; i < w->n_correspondents; i++)
        add_link(watch, &n, w->correspondents[i].id);
    add_sites(watch, &n);
}

/* ---- in order -------------------------------------------------------------------------- */

static gint by_time(gconstpointer a, gconstpointer b, gpointer user)
{
    (void)user;
    const happening *x = a, *y = b;
    return x->t_ns < y->t_ns ? -1 : x->t_ns > y->t_ns;
}

static void free_happening(gpointer p)
{
    happening *h = p;
    g_free(h->copy);
    g_free(h);
}

static void call(const model_watch *watch, const happening *h)
{
    const sim_tap_class *cls = watch->tap->cls;
    if (h->cause && cls->lost)
        cls->lost(watch->tap, h->t_ns, h->from, h->cause, h->packet);
    else if (!h->cause && cls->sent)
        cls->sent(watch->tap, h->link, h->t_ns, h->from, h->to, h->packet);
}

/* Tell what lies before t_ns, or at it where `at`. */
static void catch_up(model_watch *watch, int64_t t_ns, bool at)
{
    while (!g_sequence_is_empty(watch->ahead)) {
        GSequenceIter *first = g_sequence_get_begin_iter(watch->ahead);
        const happening *h = g_sequence_get(first);
        if (h->t_ns > t_ns || (h->t_ns == t_ns && !at))
            return;
        call(watch, h);
        g_sequence_remove(first);
    }
}

static void tell(model_watch *watch, happening *h)
{
    int64_t now = sim_now(watch->world->engine);
    catch_up(watch, now, true);
    if (h->t_ns <= now) {
        call(watch, h);
        return;
    }
    h->copy = g_memdup2(h->packet, sizeof *h->packet + h->packet->cap);
    h->packet = h->copy;
    g_sequence_insert_sorted(watch->ahead, g_memdup2(h, sizeof *h), by_time, NULL);
}

static void send(model_watch *watch, uint32_t link, int64_t t_ns, const char *from,
                 const char *to, const sim_packet *packet)
{
    watch->last = packet;
    watch->last_ns = t_ns;
    tell(watch, &(happening){.t_ns = t_ns, .link = link, .from = from, .to = to,
                             .packet = packet});
}

/* ---- what models call ----------------------------------------------------------------- */

/* An access router's link, not a correspondent's. */
static bool is_cell(const model_watch *watch, uint32_t link)
{
    return link - N_OWN_LINKS < (uint32_t)watch->world->settings->access->routers;
}

static void send_down(model_watch *watch, const model_link *link, const sim_packet *packet,
                      int64_t t_ns)
{
    const char *to = name_of(watch, link->to);
    uint32_t id = watch->links[link->to];
    if (is_cell(watch, id))
        send(watch, id, t_ns, to, mobile_node(watch, model_destination(packet)->b), packet);
    else
        send(watch, id, t_ns, name_of(watch, watch->core), to, packet);
}

static void send_up(model_watch *watch, const model_link *link, const sim_packet *packet,
                    int64_t t_ns)
{
    const char *from = name_of(watch, link->from);
    uint32_t id = watch->links[link->from];
    const char *node = is_cell(watch, id)
                           ? mobile_node(watch, packet->bytes + packet->head + 8) : NULL;
    if (node)
        send(watch, id, t_ns, node, from, packet);
    else
        send(watch, id, t_ns, from, name_of(watch, watch->core), packet);
}

void model_watch_link(model_watch *watch, const model_link *link, const sim_packet *packet,
                      int64_t extra_ns, int64_t arrives_ns, bool lost)
{
    int64_t now = sim_now(watch->world->engine);
    const char *core = name_of(watch, watch->core), *to = name_of(watch, link->to);
    if (link->from != watch->core)
        send_up(watch, link, packet, now);
    else if (!is_router(watch, link->to))
        send_down(watch, link, packet, now + extra_ns);
    else
        send(watch, LINK_CORE, now, core, to, packet);
    /* From an edge past the core, in one event. */
    if (link->from != watch->core && is_router(watch, link->to) && !lost)
        send(watch, LINK_CORE, arrives_ns - watch->world->settings->access->core_delay_ns, core,
             to, packet);
}

void model_watch_uplink(model_watch *watch, sim_id router, const sim_packet *packet)
{
    send(watch, LINK_CORE, sim_now(watch->world->engine), name_of(watch, router),
         name_of(watch, watch->core), packet);
}

void model_watch_frame(model_watch *watch, sim_id from, const sim_id *to,
                       const sim_packet *packet)
{
    send(watch, home_link_of(watch, from), sim_now(watch->world->engine), name_of(watch, from),
         to ? name_of(watch, *to) : NULL, packet);
}

/* What was just handed to a link that lies ahead is lost when it gets there. */
void model_watch_lost(model_watch *watch, sim_id node, unsigned cause, const sim_packet *packet)
{
    int64_t t_ns = sim_now(watch->world->engine);
    if (packet == watch->last)
        t_ns = MAX(t_ns, watch->last_ns);
    watch->last = NULL;
    tell(watch, &(happening){.t_ns = t_ns, .from = name_of(watch, node),
                             .cause = model_cause_name(cause), .packet = packet});
}

void model_watch_effect(model_watch *watch, sim_id node, int64_t t_ns, sim_channel channel,
                        const void *bytes, size_t len)
{
    if (!watch->tap->cls->effect)
        return;
    catch_up(watch, sim_now(watch->world->engine), true);
    watch->tap->cls->effect(watch->tap, t_ns, name_of(watch, node), channel, bytes, len);
}

/* ---- life ------------------------------------------------------------------------------ */

model_watch *model_watch_new(model_world *world, sim_tap *tap)
{
    model_watch *watch = g_new0(model_watch, 1);
    watch->world = world;
    watch->tap = tap;
    watch->core = model_core_id(world->core);
    if (!world->names_told)
        world->names_told = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    watch->links = g_new(uint32_t, sim_engine_n_entities(world->engine));
    watch->ahead = g_sequence_new(free_happening);
    add_links(watch);
    return watch;
}

void model_watch_finish(model_watch *watch, int64_t end_ns)
{
    catch_up(watch, end_ns, false);
}

void model_watch_free(model_watch *watch)
{
    if (!watch)
        return;
    g_sequence_free(watch->ahead);
    g_free(watch->links);
    g_free(watch);
}
