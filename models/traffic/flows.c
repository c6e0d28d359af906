/* Flows: who sends what to whom, and when.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/traffic/flows.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "models/config/config_system.h"
#include "models/hosts/cn_host.h"
#include "models/hosts/mn_host.h"
#include "models/measure/bound.h"
#include "models/measure/repeats.h"
#include "models/traffic/traffic.h"
#include "models/world_parts.h"
#include "sim/engine/block.h"

enum { HEADER = MIP6_IPV6_HEADER + MIP6_UDP_HEADER, HOP_LIMIT = 64, PORT_SEND = 2 };

/* What the flows of one [traffic NAME], direction and correspondent have in common. */
typedef struct way {
    model_world *world;
    const sim_section *section;     /* [traffic NAME] */
    const model_traffic_settings *settings;
    const model_traffic_class *cls;
    uint32_t correspondent;
    uint32_t virtual_bytes;         /* of a packet behind its header */
    bool down;
    bool fits;                      /* a packet needs no fragments */
    uint8_t node_at;                /* where the node's interface identifier goes in `header` */
    uint8_t header[HEADER];         /* but for that and the checksum */
} way;

/* Of these there are a million: what others know is not here. */
typedef struct flow {
    const way *way;
    model_source source;
    uint64_t name_hash;
    sim_timer timer;
    int64_t next_ns;                /* of the next packet; SIM_NEVER: none */
    uint32_t node;
    uint16_t checksum;              /* of UDP, as it is in memory; all packets have the same */
} flow;

static_assert(sizeof(flow) == 80, "with its account a flow takes 96 bytes");

/* What is forgotten once the flow has started. */
typedef struct starting {
    int64_t rate_bps;
    sim_id id;
} starting;

struct model_flows {
    model_world *world;
    uint32_t n;
    flow *all;
    starting *starting;             /* NULL once they have */
    GPtrArray *ways;                /* arrays by correspondent */
    uint32_t next_checked;
    model_repeats *repeats;         /* NULL: agents share no state */
    GArray *alive;                  /* flows of the packets that are alive */
};

char *model_flow_name(const model_world *w, uint32_t node, const char *group, bool down)
{
    char buf[16];
    return g_strdup_printf("%s/%s%s%s", model_mn_host_name(w, node, buf), group,
                           *group ? "/" : "", down ? "down" : "up");
}

static char *flow_name(const model_world *w, const flow *f)
{
    return model_flow_name(w, f->node, f->way->section->name, f->way->down);
}

/* ---- sending ---------------------------------------------------------------------------- */

static int64_t stop_ns(const flow *f)
{
    int64_t stop = f->way->settings->stop_ns;
    return stop == 0 ? SIM_NEVER : stop;
}

static void arm(flow *f, sim_id id, int64_t at)
{
    f->next_ns = at < stop_ns(f) ? at : SIM_NEVER;
    if (f->next_ns != SIM_NEVER)
        sim_timer_set(f->way->world->engine, &f->timer, id, PORT_SEND, at);
}

enum { CHECKSUM_AT = MIP6_IPV6_HEADER + 6 };

static inline void write_header(const flow *f, uint8_t out[HEADER])
{
    const mip6_addr *home = model_mn_home(&f->way->world->nodes[f->node]);
    memcpy(out, f->way->header, HEADER);
    memcpy(out + f->way->node_at, home->b + 8, 8);
    memcpy(out + CHECKSUM_AT, &f->checksum, sizeof f->checksum);
}

static void send_packet(flow *f, sim_packet *p, uint32_t len, uint32_t virtual_bytes, int64_t now)
{
    model_world *w = f->way->world;
    p->len = (uint16_t)len;
    p->virtual_bytes = virtual_bytes;
    p->flow = (uint32_t)(f - w->flows->all);
    p->number = f->source.sent++;
    g_assert(f->source.sent != 0);
    p->identity = model_identity(f->name_hash, MIP6_MSG_DATA, p->number);
    p->message = MIP6_MSG_DATA;
    p->created_ns = now;
    if (f->way->down)
        model_cn_host_output(&w->correspondents[f->way->correspondent], p, now);
    else
        model_mn_host_output(&w->nodes[f->node], p, now);
}

/* Each fragment is a packet of the flow; nobody puts them together again, since nobody reads. */
static void send_fragments(flow *f, int64_t now)
{
    enum { ROOM = HEADER + MIP6_FRAGMENT_HEADER };
    model_world *w = f->way->world;
    uint32_t mtu = model_settings_inner_mtu(w->settings), id = f->source.sent;
    uint8_t header[HEADER];
    write_header(f, header);
    for (unsigned i = 0;; i++) {
        sim_packet *p = sim_packet_new(w->net.packets, ROOM);
        uint32_t rest;
        int len = mip6_fragment(header, HEADER, f->way->virtual_bytes, mtu, id, i,
                                sim_packet_data(p), ROOM, &rest);
        if (len <= 0) {
            g_assert(len == 0);
            sim_packet_unref(w->net.packets, p);
            return;
        }
        send_packet(f, p, (uint32_t)len, rest, now);
    }
}

static void send(flow *f, int64_t now)
{
    model_world *w = f->way->world;
    if (!f->way->fits) {
        send_fragments(f, now);
        return;
    }
    sim_packet *p = sim_packet_new(w->net.packets, HEADER);
    write_header(f, sim_packet_data(p));
    send_packet(f, p, HEADER, f->way->virtual_bytes, now);
}

static void handle(void *self, const sim_event *event)
{
    flow *f = self;
    const way *y = f->way;
    const model_mn_host *node = &y->world->nodes[f->node];
    __builtin_prefetch(&node->cell);
    __builtin_prefetch(&y->world->net.flows[f - y->world->flows->all]);
    sim_timer_fired(y->world->engine, &f->timer, event);
    int64_t next = y->cls->next(y->section->variant_data, &f->source, event->time_ns);
    if (node->gone)
        return;
    /* Nobody talks to, or is, a node that does not exist now. */
    if (node->cell != MODEL_NO_CELL_HERE)
        send(f, event->time_ns);
    arm(f, event->dst, next);
}

static const sim_entity_class flow_class = {.kind = "flow", .handle = handle};

/* ---- building --------------------------------------------------------------------------- */

/* Room for n more, to the flow. */
static void reserve(model_flows *flows, uint32_t n)
{
    flow *wider = sim_block_new((size_t)flows->n + n, sizeof *wider);
    if (flows->n > 0)
        memcpy(wider, flows->all, flows->n * sizeof *wider);
    sim_block_free(flows->all);
    flows->all = wider;
    flows->starting = g_renew(starting, flows->starting, (size_t)flows->n + n);
}

/* With all correspondents. Their addresses and the nodes' come later. */
static const way *add_ways(model_flows *flows, const sim_section *section, bool down)
{
    uint32_t n = flows->world->n_correspondents;
    way *ways = g_new0(way, n);
    uint32_t bytes = (uint32_t)((const model_traffic_settings *)section->base)->packet_bytes;
    for (uint32_t i = 0; i < n; i++)
        ways[i] = (way){.world = flows->world, .section = section, .settings = section->base,
                        .cls = section->variant->impl, .correspondent = i, .down = down,
                        .virtual_bytes = bytes - HEADER,
                        .fits = bytes <= model_settings_inner_mtu(flows->world->settings),
                        .node_at = down ? 24 + 8 : 8 + 8};
    g_ptr_array_add(flows->ways, ways);
    return ways;
}

static bool takes_part(const model_world *w, const sim_section *section, uint32_t node)
{
    const model_traffic_settings *t = section->base;
    char buf[16];
    g_autofree char *purpose = g_strconcat("traffic/", section->name, NULL);
    sim_stream draw = sim_stream_init(w->traffic_seed, w->replication,
                                      model_mn_host_name(w, node, buf), purpose);
    return sim_below(sim_stream_at(&draw, 0), 1000000) < (uint64_t)t->nodes_ppm;
}

/* One direction of a group: rates of the nodes that have it, a node's rank the same in both
 * directions; nodes of a flash crowd come on top, each with the mean. */
static void add_direction(model_flows *flows, const sim_section *section, const uint32_t *nodes,
                          uint32_t n, uint32_t n_base, int64_t total, bool down)
{
    const model_traffic_settings *t = section->base;
    model_world *w = flows->world;
    g_autofree int64_t *rates = g_new(int64_t, n);
    g_autofree char *purpose = g_strconcat("rates/", section->name, NULL);
    sim_stream ranks = sim_stream_init(w->traffic_seed, w->replication, "traffic", purpose);
    if (n_base == 0)
        return;
    if (t->rates == MODEL_RATES_ZIPF)
        model_rates_zipf(total, t->zipf_exponent, &ranks, n_base, rates);
    else
        model_rates_equal(total, n_base, rates);
    for (uint32_t i = n_base; i < n; i++)
        rates[i] = total / n_base;
    const way *ways = add_ways(flows, section, down);
    reserve(flows, n);
    for (uint32_t i = 0; i < n; i++) {
        if (rates[i] <= 0)
            continue;
        flows->starting[flows->n].rate_bps = rates[i];
        flows->all[flows->n++] = (flow){.way = ways, .node = nodes[i]};
    }
}

static void add_section(model_flows *flows, const sim_section *section)
{
    const model_traffic_settings *t = section->base;
    model_world *w = flows->world;
    g_autofree uint32_t *nodes = g_new(uint32_t, w->n_nodes);
    uint32_t n = 0, n_base = 0;
    for (uint32_t i = 0; i < w->n_nodes; i++) {
        if (!takes_part(w, section, i))
            continue;
        nodes[n++] = i;
        n_base += i < w->n_base_nodes;
    }
    int64_t total = model_settings_traffic_bps(w->settings, t, n_base);
    if (t->direction == MODEL_DIRECTION_BOTH)
        total /= 2;
    if (t->direction != MODEL_DIRECTION_UP)
        add_direction(flows, section, nodes, n, n_base, total, true);
    if (t->direction != MODEL_DIRECTION_DOWN)
        add_direction(flows, section, nodes, n, n_base, total, false);
}

model_flows *model_flows_new(model_world *w)
{
    model_flows *flows = g_new0(model_flows, 1);
    flows->world = w;
    flows->ways = g_ptr_array_new_with_free_func(g_free);
    const sim_section *section;
    for (size_t i = 0; (section = model_settings_traffic(w->settings, i)); i++)
        add_section(flows, section);
    for (uint32_t i = 0; i < flows->n; i++) {
        flow *f = &flows->all[i];
        g_autofree char *name = flow_name(w, f);
        sim_engine_add(w->engine, name, &flow_class, f, &flows->starting[i].id);
    }
    w->net.flows = sim_block_new(flows->n, sizeof *w->net.flows);
    if (model_system_is_active_standby(w->settings) || model_system_is_haha(w->settings))
        flows->repeats = model_repeats_new(flows->n);
    flows->alive = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    return flows;
}

/* A whole header, with the node's address or any of its prefix. */
static void make_header(const way *y, const mip6_addr *node, uint8_t out[HEADER])
{
    enum { PORT_CORRESPONDENT = 5004, PORT_NODE = 5005 };
    const mip6_addr *peer = &y->world->correspondents[y->correspondent].config.address;
    const mip6_addr *src = y->down ? peer : node, *dst = y->down ? node : peer;
    mip6_udp_header(out, src, dst, y->down ? PORT_CORRESPONDENT : PORT_NODE,
                    y->down ? PORT_NODE : PORT_CORRESPONDENT, y->virtual_bytes, HOP_LIMIT);
}

static void start_ways(const model_flows *flows)
{
    for (guint i = 0; i < flows->ways->len; i++)
        for (uint32_t k = 0; k < flows->world->n_correspondents; k++) {
            way *y = (way *)flows->ways->pdata[i] + k;
            make_header(y, &flows->world->home_prefix, y->header);
        }
}

static void start_one(flow *f, const starting *s)
{
    const model_world *w = f->way->world;
    uint8_t header[HEADER];
    g_autofree char *name = flow_name(w, f);
    f->name_hash = sim_hash_name(name);
    model_source_begin(&f->source, w->traffic_seed, w->replication, name);
    sim_stream peer = sim_stream_init(w->traffic_seed, w->replication, name, "correspondent");
    f->way += sim_below(sim_stream_at(&peer, 0), w->n_correspondents);
    const way *y = f->way;
    make_header(y, model_mn_home(&w->nodes[f->node]), header);
    memcpy(&f->checksum, header + CHECKSUM_AT, sizeof f->checksum);
    int64_t from = y->settings->start_ns;
    if (f->node >= w->n_base_nodes)
        from = MAX(from, w->settings->mobile_nodes->crowd_start_ns);
    arm(f, s->id, y->cls->start(y->section->variant_data, &f->source, s->rate_bps,
                                (uint32_t)y->settings->packet_bytes, from));
}

void model_flows_start(model_flows *flows)
{
    start_ways(flows);
    for (uint32_t i = 0; i < flows->n; i++)
        start_one(&flows->all[i], &flows->starting[i]);
    g_clear_pointer(&flows->starting, g_free);
}

void model_flows_free(model_flows *flows)
{
    if (!flows)
        return;
    model_repeats_free(flows->repeats);
    sim_block_free(flows->world->net.flows);
    flows->world->net.flows = NULL;
    sim_block_free(flows->all);
    g_free(flows->starting);
    g_ptr_array_free(flows->ways, TRUE);
    g_array_free(flows->alive, TRUE);
    g_free(flows);
}

uint32_t model_flows_n(const model_flows *flows)
{
    return flows->n;
}

uint32_t *model_flows_ends(const model_flows *flows)
{
    uint32_t *ends = g_new(uint32_t, flows->n + 1);
    bool probes = false;
    for (uint32_t i = 0; i < flows->n; i++)
        probes = probes || flows->all[i].way->settings->probe;
    for (uint32_t i = 0; i < flows->n; i++) {
        const flow *f = &flows->all[i];
        bool counts = f->way->settings->probe || !probes;
        ends[i] = counts ? 2 * f->node + f->way->down : UINT32_MAX;
    }
    return ends;
}

uint32_t model_flows_ahead(const model_flows *flows, uint32_t i, int64_t end_ns)
{
    const flow *f = &flows->all[i];
    model_source source = f->source;
    uint32_t n = 0;
    for (int64_t t = f->next_ns, end = MIN(end_ns, stop_ns(f)); t < end; n++)
        t = f->way->cls->next(f->way->section->variant_data, &source, t);
    int64_t bytes;
    return n * (uint32_t)model_settings_fragments(flows->world->settings,
                                                  f->way->settings->packet_bytes, &bytes);
}

uint32_t model_flows_node(const model_flows *flows, uint32_t i)
{
    return flows->all[i].node;
}

/* Fragments are packets, and are made together. */
uint64_t model_flows_queue_bytes(const model_flows *flows, uint32_t i, uint32_t packets)
{
    const flow *f = &flows->all[i];
    int64_t bytes, n = model_settings_fragments(flows->world->settings,
                                                f->way->settings->packet_bytes, &bytes);
    return packets / (uint64_t)n * (uint64_t)bytes +
           (f->way->down ? (uint64_t)packets * MIP6_IPV6_HEADER : 0);
}

/* ---- arriving --------------------------------------------------------------------------- */

static void delivered(model_world *w, const sim_packet *packet, uint32_t node, bool down)
{
    uint32_t via = packet->flags ? packet->flags - 1u : w->n_agents;
    if (via == w->n_agents)
        model_bound_bypassed(w->bound, packet->flow);
    if (w->flows->repeats)
        model_repeats_came(w->flows->repeats, packet->flow, packet->number);
    model_measure_delivered(w->measure, packet, node, via, down);
}

void model_flows_delivered_down(model_world *w, const sim_packet *packet, uint32_t node)
{
    if (packet->flow != SIM_NO_FLOW)
        delivered(w, packet, node, true);
}

void model_flows_delivered_up(model_world *w, const sim_packet *packet)
{
    if (packet->flow != SIM_NO_FLOW)
        delivered(w, packet, w->flows->all[packet->flow].node, false);
}

uint64_t model_flows_repeated(const model_flows *flows)
{
    return flows->repeats ? model_repeats_count(flows->repeats) : 0;
}

/* ---- conservation ----------------------------------------------------------------------- */

static void note_alive(void *user, const sim_packet *packet)
{
    model_flows *flows = user;
    flows->world->net.flows[packet->flow].alive++;
    g_array_append_val(flows->alive, packet->flow);
}

static bool flow_holds(const model_flows *flows, uint32_t i)
{
    const model_flow_account *a = &flows->world->net.flows[i];
    uint32_t gone = a->delivered + a->lost + a->alive;
    if (a->sent == gone)
        return true;
    g_autofree char *name = flow_name(flows->world, &flows->all[i]);
    fprintf(stderr, "mip6sim: packets are not conserved in the flow %s, in the second before"
            " %.3f s: %u %s\n  sent %u\n  delivered %u + lost %u + on their way %u\n", name,
            (double)sim_now(flows->world->engine) / 1e9,
            a->sent > gone ? a->sent - gone : gone - a->sent,
            a->sent > gone ? "vanished without a cause" : "more than were sent", a->sent,
            a->delivered, a->lost, a->alive);
    return false;
}

bool model_flows_check(model_flows *flows, bool all)
{
    enum { A_CALL = 65536 };
    bool good = true;
    sim_packet_pool_each(flows->world->net.packets, note_alive, flows);
    uint32_t n = all ? flows->n : MIN(flows->n, A_CALL);
    for (uint32_t k = 0; k < n; k++) {
        flows->next_checked = flows->next_checked + 1 < flows->n ? flows->next_checked + 1 : 0;
        good = flow_holds(flows, flows->next_checked) && good;
    }
    for (guint k = 0; k < flows->alive->len; k++) {
        uint32_t i = g_array_index(flows->alive, uint32_t, k);
        model_flow_account *a = &flows->world->net.flows[i];
        if (n < flows->n && a->alive > 0)
            good = flow_holds(flows, i) && good;
        a->alive = 0;
    }
    g_array_set_size(flows->alive, 0);
    return good;
}

uint64_t model_flows_lost(const model_flows *flows)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < flows->n; i++)
        sum += flows->world->net.flows[i].lost;
    return sum;
}

uint64_t model_flows_in_flight(const model_flows *flows)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < flows->n; i++) {
        const model_flow_account *a = &flows->world->net.flows[i];
        g_assert(a->sent >= a->delivered + a->lost);
        sum += a->sent - a->delivered - a->lost;
    }
    return sum;
}

int64_t model_flows_step_ns(const model_world *w)
{
    const model_settings *s = w->settings;
    int64_t step = SIM_NEVER;
    if (s->mobile_nodes->crowd > 0)
        step = s->mobile_nodes->crowd_start_ns;
    for (uint32_t i = 0; i < s->n_agents; i++)
        if (s->agents[i].own.join_ns > 0)
            step = MIN(step, s->agents[i].own.join_ns);
    const sim_section *section;
    for (size_t i = 0; (section = model_settings_traffic(s, i)); i++) {
        const model_traffic_settings *t = section->base;
        if (*section->name != '\0' && t->start_ns > 0)
            step = MIN(step, t->start_ns);
    }
    return step;
}
