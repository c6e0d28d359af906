/* The home link: a switch, its members and their groups.
 *
 * RFC 2464 section 7 (multicast frames), RFC 4861 section 7.2.1 (solicited-node groups).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/network/home_link.h"

#include <assert.h>
#include <glib.h>
#include <string.h>

#include "mip6_wire.h"
#include "models/measure/watch.h"
#include "models/network/address_set.h"

/* One member of one group. It ends with the member, without a word: an agent that fails has
 * joined the group of each of its nodes. What is left of it goes when the group is next used. */
typedef struct membership {
    uint32_t id : 24;       /* order of delivery */
    uint32_t joins : 8;
    uint32_t member, generation;
} membership;

enum { MAX_JOINS = 255 };
static_assert(SIM_MAX_ENTITIES <= 1 << 24, "an id has 24 bits");

/* Of these there is one for each home address, with one member as a rule. */
typedef struct group {
    mip6_addr address;      /* first: the set's key */
    union {
        struct {
            uint32_t n : 31;
            uint32_t is_many : 1;
            membership only;        /* one at most */
        };
        struct {
            uint32_t first_word;
            uint32_t cap;
            membership *many;       /* by id */
        };
    };
} group;

static_assert(sizeof(group) <= 32, "of these there are a million");

/* Frames that left in (down_at, lost_until] were still waiting when their sender went down. */
typedef struct outage {
    int64_t down_at_ns, lost_until_ns;
    unsigned cause;
} outage;

/* What is left of a member that left while frames of it were under way. */
typedef struct wake {
    outage outage;
    int64_t free_at_ns, last_arrival_ns;    /* of its port */
} wake;

typedef struct member {
    bool in_use, up;
    sim_id id;
    uint32_t generation;
    uint64_t lladdr;        /* 48 bits, the hash table's key */
    void *self;
    model_home_link_multicast *multicast;
    model_home_link_expect *expect;     /* NULL: frames are events */
    model_home_link_minds *minds;       /* NULL: each multicast */
    model_account *account;
    model_link out;         /* its port, towards the switch */
    outage outage;
    unsigned down_cause;    /* of what is lost while it is not up */
    uint32_t next_free;
} member;

/* Where the switch has last seen a source address that is no member's own: its port. */
typedef struct learned {
    uint32_t member, generation;
} learned;

/* A member as it was when a multicast began. */
typedef struct receiver {
    uint32_t member, generation;
} receiver;

struct model_home_link {
    model_net *net;
    const model_home_link_config *config;
    sim_id id;
    model_account account;
    model_detail detail;
    member *members;
    uint32_t n_members, cap_members, free;
    uint32_t *by_id;            /* entity -> member + 1 */
    size_t n_ids;
    GHashTable *wakes;          /* entity + 1 -> wake */
    GHashTable *by_lladdr;      /* &member.lladdr as a number -> member + 1 */
    GHashTable *learned;        /* shared addresses -> learned; NULL: there are none */
    model_address_set *groups;
    receiver *receivers;        /* of the multicast at hand */
    uint32_t cap_receivers;
};

static uint64_t lladdr_number(const uint8_t b[6])
{
    uint64_t x = 0;
    for (unsigned i = 0; i < 6; i++)
        x = x << 8 | b[i];
    return x;
}

static guint hash_number(gconstpointer key)
{
    uint64_t x = (uint64_t)(uintptr_t)key * UINT64_C(0x9e3779b97f4a7c15);
    return (guint)(x >> 32);
}

static const char *name_of(const model_home_link_config *config)
{
    return config->name ? config->name : "home-link";
}

model_home_link *model_home_link_new(model_net *net, const model_home_link_config *config)
{
    static_assert(sizeof(void *) >= 8, "a link-layer address is kept in a pointer");
    model_home_link *link = g_new0(model_home_link, 1);
    link->net = net;
    link->config = config;
    link->free = MODEL_NO_MEMBER;
    link->by_lladdr = g_hash_table_new(hash_number, NULL);
    link->wakes = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    link->groups = model_address_set_new(sizeof(group));
    model_account_init(&link->account, name_of(config), 0, MODEL_NO_CELL, &link->detail);
    return link;
}

static void free_members(group *g)
{
    if (g->is_many)
        g_free(g->many);
}

static void free_groups(model_address_set *groups)
{
    uint32_t at = 0;
    for (group *g; (g = model_address_set_next(groups, &at));)
        free_members(g);
    model_address_set_free(groups);
}

void model_home_link_free(model_home_link *link)
{
    if (!link)
        return;
    for (uint32_t i = 0; i < link->n_members; i++)
        model_link_clear(&link->members[i].out);
    g_hash_table_destroy(link->by_lladdr);
    g_clear_pointer(&link->learned, g_hash_table_destroy);
    free_groups(link->groups);
    g_hash_table_destroy(link->wakes);
    g_free(link->members);
    g_free(link->by_id);
    g_free(link->receivers);
    g_free(link);
}

model_account *model_home_link_account(model_home_link *link)
{
    link->account.node = link->id;
    return &link->account;
}

static member *member_at(model_home_link *link, uint32_t i)
{
    assert(i < link->n_members && link->members[i].in_use);
    return &link->members[i];
}

/* ---- Members ------------------------------------------------------------------- */

static uint32_t new_member(model_home_link *link)
{
    uint32_t i = link->free;
    if (i != MODEL_NO_MEMBER) {
        link->free = link->members[i].next_free;
        return i;
    }
    if (link->n_members == link->cap_members) {
        link->cap_members = link->cap_members ? 2 * link->cap_members : 16;
        link->members = g_renew(member, link->members, link->cap_members);
    }
    link->members[link->n_members] = (member){0};
    return link->n_members++;
}

static void map_id(model_home_link *link, sim_id id, uint32_t value)
{
    if (!link->by_id) {
        link->n_ids = sim_engine_n_entities(link->net->engine);
        link->by_id = g_new0(uint32_t, link->n_ids);
    }
    assert(id < link->n_ids);
    link->by_id[id] = value;
}

/* Frames of an entity arrive in order, whatever becomes of it meanwhile: one that comes back
 * finds its port as it left it. */
static void leave_wake(model_home_link *link, const member *m)
{
    if (m->out.last_arrival_ns <= sim_now(link->net->engine))
        return;
    wake *w = g_new(wake, 1);
    *w = (wake){m->outage, m->out.free_at_ns, m->out.last_arrival_ns};
    g_hash_table_insert(link->wakes, GUINT_TO_POINTER(m->id + 1), w);
}

static void take_wake(model_home_link *link, member *m)
{
    const wake *w = g_hash_table_lookup(link->wakes, GUINT_TO_POINTER(m->id + 1));
    if (!w)
        return;
    m->outage = w->outage;
    m->out.free_at_ns = w->free_at_ns;
    m->out.last_arrival_ns = w->last_arrival_ns;
    g_hash_table_remove(link->wakes, GUINT_TO_POINTER(m->id + 1));
}

uint32_t model_home_link_join(model_home_link *link, sim_id id, const mip6_lladdr *lladdr,
                              void *self, model_home_link_multicast *multicast,
                              model_account *account)
{
    uint32_t i = new_member(link);
    member *m = &link->members[i];
    uint32_t generation = m->generation + 1;
    *m = (member){
        .in_use = true, .up = true, .id = id, .generation = generation, .self = self,
        .lladdr = lladdr_number(lladdr->b), .multicast = multicast, .account = account,
        .outage = {.down_at_ns = -1, .lost_until_ns = -1}, .next_free = MODEL_NO_MEMBER};
    model_link_init(&m->out, link->net, &link->config->port, id, id, MODEL_HOME_LINK_PORT);
    take_wake(link, m);
    bool is_new = g_hash_table_insert(link->by_lladdr, (gpointer)(uintptr_t)m->lladdr,
                                      GUINT_TO_POINTER(i + 1));
    assert(is_new && "link-layer addresses are unique");
    assert(!link->by_id || link->by_id[id] == 0);
    map_id(link, id, i + 1);
    return i;
}

void model_home_link_ask(model_home_link *link, uint32_t i, model_home_link_expect *expect)
{
    member_at(link, i)->expect = expect;
}

void model_home_link_filter(model_home_link *link, uint32_t i, model_home_link_minds *minds)
{
    member_at(link, i)->minds = minds;
}

void model_home_link_leave(model_home_link *link, uint32_t i)
{
    member *m = member_at(link, i);
    model_home_link_set_up(link, i, false);
    leave_wake(link, m);
    g_hash_table_remove(link->by_lladdr, (gconstpointer)(uintptr_t)m->lladdr);
    map_id(link, m->id, 0);
    model_link_clear(&m->out);
    *m = (member){.generation = m->generation, .next_free = link->free};
    link->free = i;
}

void model_home_link_cut(model_home_link *link, uint32_t i, unsigned cause)
{
    member *m = member_at(link, i);
    int64_t now = sim_now(link->net->engine);
    if (m->up) {
        /* What waited at the outage before waits behind it still, where that is not over. */
        if (m->outage.lost_until_ns <= now)
            m->outage.down_at_ns = now;
        m->outage.lost_until_ns = m->out.free_at_ns;
        m->outage.cause = cause;
    }
    m->up = false;
    m->down_cause = cause;
}

void model_home_link_set_up(model_home_link *link, uint32_t i, bool up)
{
    if (up)
        member_at(link, i)->up = true;
    else
        model_home_link_cut(link, i, MODEL_CAUSE_AGENT_DOWN);
}

bool model_home_link_is_up(model_home_link *link, uint32_t i)
{
    return member_at(link, i)->up;
}

/* Why a frame never left, where its sender went down while it waited at its port; else NONE. */
static unsigned left_too_late(const model_home_link *link, sim_id sender, const sim_packet *frame)
{
    uint32_t i = sender < link->n_ids ? link->by_id[sender] : 0;
    const wake *w = i ? NULL : g_hash_table_lookup(link->wakes, GUINT_TO_POINTER(sender + 1));
    if (i == 0 && !w)
        return MIP6_DROP_NONE;
    const outage *o = i ? &link->members[i - 1].outage : &w->outage;
    bool late = frame->queued_ns > o->down_at_ns && frame->queued_ns <= o->lost_until_ns;
    return late ? o->cause : MIP6_DROP_NONE;
}

/* ---- Groups -------------------------------------------------------------------- */

static membership *members_of(group *g)
{
    return g->is_many ? g->many : &g->only;
}

/* Where a member stands in a group, or where it would stand. */
static uint32_t find_in_group(group *g, sim_id id)
{
    const membership *all = members_of(g);
    uint32_t low = 0, high = g->n;
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        if (all[mid].id < id)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static group *get_group(model_home_link *link, const mip6_addr *address)
{
    group *g = model_address_set_find(link->groups, address);
    return g ? g : model_address_set_add(link->groups, address);
}

/* Room for one more than one, or than there was. */
static void widen(group *g)
{
    uint32_t cap = g->is_many ? 2 * g->cap : 2;
    membership *all = g->is_many ? g_renew(membership, g->many, cap) : g_new(membership, cap);
    if (!g->is_many)
        all[0] = g->only;
    g->is_many = true;
    g->cap = cap;
    g->many = all;
}

static void insert_membership(group *g, uint32_t k, const membership *m)
{
    if (g->n == (g->is_many ? g->cap : 1))
        widen(g);
    membership *all = members_of(g);
    memmove(all + k + 1, all + k, (g->n - k) * sizeof *all);
    all[k] = *m;
    g->n++;
}

static bool is_current(const model_home_link *link, const membership *m)
{
    const member *who = &link->members[m->member];
    return who->in_use && who->generation == m->generation;
}

void model_home_link_group_join(model_home_link *link, uint32_t i, const mip6_addr *address)
{
    const member *m = member_at(link, i);
    group *g = get_group(link, address);
    uint32_t k = find_in_group(g, m->id);
    membership new = {m->id & 0xffffff, 1, i, m->generation}, *at = members_of(g) + k;
    if (k == g->n || at->id != m->id) {
        insert_membership(g, k, &new);
    } else if (is_current(link, at)) {
        assert(at->joins < MAX_JOINS);
        at->joins++;
    } else {
        *at = new;
    }
}

void model_home_link_group_leave(model_home_link *link, uint32_t i, const mip6_addr *address)
{
    const member *m = member_at(link, i);
    group *g = model_address_set_find(link->groups, address);
    assert(g && "left a group that nobody has joined");
    uint32_t k = find_in_group(g, m->id);
    membership *at = members_of(g) + k;
    assert(k < g->n && at->member == i && is_current(link, at));
    if (--at->joins > 0)
        return;
    g->n--;
    memmove(at, at + 1, (g->n - k) * sizeof *at);
    if (g->n > 0)
        return;
    free_members(g);
    model_address_set_remove(link->groups, g);
}

uint32_t model_home_link_group(const model_home_link *link, const mip6_addr *address, sim_id *out,
                               uint32_t most)
{
    group *g = model_address_set_find(link->groups, address);
    for (uint32_t k = 0; g && k < MIN(g->n, most); k++)
        out[k] = members_of(g)[k].id;
    return g ? g->n : 0;
}

/* ---- Frames -------------------------------------------------------------------- */

static bool is_multicast(const uint8_t lladdr[6])
{
    return lladdr[0] & 1;
}

/* The port that a shared address was last seen behind, while its member stays. */
static uint32_t find_learned(const model_home_link *link, gconstpointer key)
{
    const learned *l = link->learned ? g_hash_table_lookup(link->learned, key) : NULL;
    bool there = l && link->members[l->member].in_use &&
                 link->members[l->member].generation == l->generation;
    return there ? l->member + 1 : 0;
}

static void learn(model_home_link *link, const member *m, uint64_t source)
{
    if (!link->learned)
        link->learned = g_hash_table_new_full(hash_number, NULL, NULL, g_free);
    learned *l = g_new(learned, 1);
    *l = (learned){(uint32_t)(m - link->members), m->generation};
    g_hash_table_replace(link->learned, (gpointer)(uintptr_t)source, l);
}

/* The entity that gets the frame's event: the link itself for a multicast. *taker: the member,
 * if it is one. */
static bool find_destination(const model_home_link *link, const sim_packet *frame, sim_id *to,
                             const member **taker)
{
    if (is_multicast(frame->lladdr_dst)) {
        *to = link->id;
        return true;
    }
    gpointer key = (gpointer)(uintptr_t)lladdr_number(frame->lladdr_dst);
    uint32_t i = GPOINTER_TO_UINT(g_hash_table_lookup(link->by_lladdr, key));
    if (i == 0)
        i = find_learned(link, key);
    if (i == 0)
        return false;
    *taker = &link->members[i - 1];
    *to = (*taker)->id;
    return true;
}

static void write_source(sim_packet *frame, uint64_t lladdr)
{
    for (unsigned i = 0; i < 6; i++)
        frame->lladdr_src[i] = (uint8_t)(lladdr >> (40 - 8 * i));
}

/* False: its port was full. */
static bool transmit(model_home_link *link, member *m, sim_packet *frame)
{
    model_net *net = link->net;
    int64_t arrives = model_link_transmit(&m->out, frame, 0);
    sim_id to = 0;
    const member *taker = NULL;
    if (arrives == SIM_NEVER) {
        model_lose_sent(net, m->account, frame, MODEL_CAUSE_LINK_FULL);
        return false;
    }
    frame->hops++;
    bool found = find_destination(link, frame, &to, &taker) && to != m->id;
    if (__builtin_expect(net->watch != NULL, false))
        model_watch_frame(net->watch, m->id, found && to != link->id ? &to : NULL, frame);
    unsigned cause = MIP6_DROP_NONE;
    if (!found)
        cause = MODEL_CAUSE_STALE_NEIGHBOUR;
    else if (to != link->id)
        cause = model_link_loss(&m->out, frame, frame->hops, m->id, to);
    if (cause != MIP6_DROP_NONE)
        model_lose_sent(net, m->account, frame, cause);
    else if (!taker || !taker->expect ||
             !taker->expect(taker->self, m->id, arrives, frame))
        sim_post(net->engine, arrives, to, m->id, MODEL_HOME_LINK_PORT, frame);
    return true;
}

void model_home_link_send(model_home_link *link, uint32_t i, sim_packet *frame)
{
    member *m = member_at(link, i);
    if (!m->up) {
        model_lose_sent(link->net, m->account, frame, m->down_cause);
        return;
    }
    write_source(frame, m->lladdr);
    transmit(link, m, frame);
}

void model_home_link_send_as(model_home_link *link, uint32_t i, sim_packet *frame)
{
    member *m = member_at(link, i);
    uint64_t source = lladdr_number(frame->lladdr_src);
    assert(!is_multicast(frame->lladdr_src));
    if (!m->up)
        model_lose_sent(link->net, m->account, frame, m->down_cause);
    else if (transmit(link, m, frame) && source != m->lladdr)
        learn(link, m, source);
}

int64_t model_home_link_crossed_ns(const model_home_link *link)
{
    return sim_now(link->net->engine) + MAX(link->config->port.delay_ns, 1);
}

static unsigned loss_at_arrival(const model_home_link *link, uint32_t i, const sim_event *event)
{
    if (i == MODEL_NO_MEMBER)
        return MODEL_CAUSE_DETACHED;
    assert(i < link->n_members && link->members[i].in_use);
    if (!link->members[i].up)
        return link->members[i].down_cause;
    return left_too_late(link, event->src, event->payload);
}

sim_packet *model_home_link_receive(model_home_link *link, uint32_t i, model_account *account,
                                    const sim_event *event)
{
    assert(event->port == MODEL_HOME_LINK_PORT && event->payload);
    model_book_received(link->net, account);
    unsigned cause = loss_at_arrival(link, i, event);
    if (cause == MIP6_DROP_NONE)
        return event->payload;
    model_lose(link->net, account, event->payload, cause);
    return NULL;
}

/* Members may join and leave while a multicast is handed out: who gets it was settled when it
 * came. */
static void make_room(model_home_link *link, uint32_t n)
{
    if (n <= link->cap_receivers)
        return;
    link->cap_receivers = MAX(n, 2 * link->cap_receivers);
    link->receivers = g_renew(receiver, link->receivers, link->cap_receivers);
}

static uint32_t settle_receivers(model_home_link *link, group *g, sim_id sender)
{
    make_room(link, g->n);
    uint32_t n = 0, kept = 0;
    membership *all = members_of(g);
    for (uint32_t k = 0; k < g->n; k++) {
        const member *m = &link->members[all[k].member];
        if (!is_current(link, &all[k]))
            continue;
        all[kept++] = all[k];
        if (m->up && m->id != sender)
            link->receivers[n++] = (receiver){all[k].member, m->generation};
    }
    g->n = kept & INT32_MAX;
    return n;
}

static uint32_t all_but(model_home_link *link, sim_id sender)
{
    make_room(link, link->n_members);
    uint32_t n = 0;
    for (uint32_t i = 0; i < link->n_members; i++) {
        const member *m = &link->members[i];
        if (m->in_use && m->up && m->id != sender)
            link->receivers[n++] = (receiver){i, m->generation};
    }
    return n;
}

/* One copy for one member: made and lost here, or made, passed on, received and consumed. */
static void deliver_copy(model_home_link *link, const receiver *r, sim_packet *frame,
                         sim_id sender)
{
    member *m = &link->members[r->member];
    if (!m->in_use || m->generation != r->generation || !m->up)
        return;
    model_account *a = &link->account;
    model_book_copied(link->net, a);
    uint64_t sub = (uint64_t)frame->hops << 48 | m->lladdr;
    unsigned cause = model_link_loss(&m->out, frame, sub, sender, m->id);
    if (cause != MIP6_DROP_NONE) {
        model_lose_copy(link->net, a, m->id, sim_packet_ref(frame), cause);
        return;
    }
    a->forwarded++;
    link->net->in_flight++;
    model_book_received(link->net, m->account);
    m->account->consumed++;
    int64_t now = sim_now(link->net->engine);
    if (!m->minds || m->minds(m->self, frame, now))
        m->multicast(m->self, frame, now);
}

static void deliver_multicast(model_home_link *link, sim_packet *frame, sim_id sender)
{
    group *g = NULL;
    mip6_addr dst;
    if (frame->len >= MIP6_IPV6_HEADER && !link->config->floods) {
        memcpy(dst.b, sim_packet_data(frame) + 24, sizeof dst.b);
        g = model_address_set_find(link->groups, &dst);
    }
    uint32_t n = g ? settle_receivers(link, g, sender)
                 : link->config->floods ? all_but(link, sender) : 0;
    for (uint32_t k = 0; k < n; k++)
        deliver_copy(link, &link->receivers[k], frame, sender);
}

static void handle(void *self, const sim_event *event)
{
    model_home_link *link = self;
    sim_packet *frame = event->payload;
    model_book_received(link->net, &link->account);
    unsigned cause = left_too_late(link, event->src, frame);
    if (cause != MIP6_DROP_NONE) {
        model_lose(link->net, &link->account, frame, cause);
        return;
    }
    deliver_multicast(link, frame, event->src);
    model_consume(link->net, &link->account, frame);
}

static void discard(void *self, void *payload)
{
    model_home_link *link = self;
    sim_packet_unref(link->net->packets, payload);
}

void model_home_link_register(model_home_link *link)
{
    static const sim_entity_class cls = {
        .kind = "home-link", .handle = handle, .discard = discard};
    sim_engine_add(link->net->engine, name_of(link->config), &cls, link, &link->id);
}
