/* A run: built, run, summed up.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "models/world.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "models/hosts/cn_host.h"
#include "models/hosts/ha_host.h"
#include "models/hosts/mn_host.h"
#include "models/measure/bound.h"
#include "models/measure/sampler.h"
#include "models/measure/watch.h"
#include "models/mobility/movement.h"
#include "models/network/access.h"
#include "models/network/core.h"
#include "models/network/sites.h"
#include "models/systems/haha_host.h"
#include "models/systems/ipsec.h"
#include "models/systems/virtual.h"
#include "models/traffic/flows.h"
#include "models/world_build.h"
#include "models/world_parts.h"

static uint64_t own_seed(const sim_config *config, const char *key, int64_t value, uint64_t seed)
{
    bool given = sim_section_given(sim_config_section(config, "scenario"), key);
    return given ? (uint64_t)value : seed;
}

static model_world *new_world(const sim_config *config, uint64_t seed, uint32_t replication,
                              sim_sink *sink, bool only_check, GError **error)
{
    model_settings *s = model_settings_new(config, error);
    if (!s)
        return NULL;
    model_world *w = g_new0(model_world, 1);
    w->settings = s;
    w->sink = sink;
    w->seed = seed;
    w->replication = replication;
    w->traffic_seed = own_seed(config, "traffic-seed", s->scenario->traffic_seed, seed);
    model_env_init(w, own_seed(config, "decision-seed", s->scenario->decision_seed, seed));
    if (!model_world_build(w, only_check, error)) {
        model_world_free(w);
        return NULL;
    }
    return w;
}

model_world *model_world_new(const sim_config *config, uint64_t seed, uint32_t replication,
                             sim_sink *sink, GError **error)
{
    return new_world(config, seed, replication, sink, false, error);
}

bool model_check(const sim_config *config, GError **error)
{
    model_settings *s = model_settings_new(config, error);
    if (!s)
        return false;
    model_world *w =
        new_world(config, (uint64_t)s->scenario->seed, 0, sim_sink_null(), true, error);
    bool good = w != NULL;
    model_world_free(w);
    model_settings_free(s);
    return good;
}

void model_world_free(model_world *w)
{
    if (!w)
        return;
    model_world_dismantle(w);
    model_settings_free(w->settings);
    g_free(w);
}

sim_engine *model_world_engine(model_world *w)
{
    return w->engine;
}

int64_t model_world_end_ns(const model_world *w)
{
    return w->end_ns;
}

/* ---- what parts need of the world ----------------------------------------------------------- */

uint32_t model_world_cell(model_world *w, sim_id node)
{
    return sim_fingerprint_add_cell(w->fingerprint, node);
}

/* The last number in a name, 0 without one. */
static uint64_t number_in(const char *name)
{
    size_t end = strlen(name);
    while (end > 0 && !g_ascii_isdigit(name[end - 1]))
        end--;
    size_t begin = end;
    while (begin > 0 && g_ascii_isdigit(name[begin - 1]))
        begin--;
    return g_ascii_strtoull(name + begin, NULL, 10);
}

uint32_t model_world_group_cell(model_world *w, const char *name, sim_id node)
{
    gpointer group = GSIZE_TO_POINTER((gsize)(number_in(name) / 1024));
    gsize cell = GPOINTER_TO_SIZE(g_hash_table_lookup(w->groups, group));
    if (cell == 0) {
        cell = (gsize)model_world_cell(w, node) + 1;
        g_hash_table_insert(w->groups, group, GSIZE_TO_POINTER(cell));
    }
    return (uint32_t)(cell - 1);
}

sim_packet *model_world_signal(model_world *w, model_account *account, const mip6_action *action,
                               uint64_t number)
{
    sim_packet *p = sim_packet_new(w->net.packets, action->len);
    memcpy(sim_packet_data(p), w->scratch, action->len);
    p->len = (uint16_t)action->len;
    p->message = (uint8_t)action->message;
    p->identity = model_identity(account->name_hash, action->message, number);
    p->created_ns = sim_now(w->engine);
    const mip6_addr *dst = model_destination(p);
    mip6_lladdr ll = action->has_lladdr ? action->dst
                     : mip6_addr_is_multicast(dst) ? mip6_lladdr_multicast(dst)
                                                   : w->router_lladdr;
    model_set_lladdr(p->lladdr_dst, &ll);
    model_book_originated(&w->net, account, p);
    return p;
}

unsigned model_new_drop(const uint64_t now[MIP6_N_DROPS], uint64_t last[MIP6_N_DROPS])
{
    unsigned cause = MIP6_DROP_NONE;
    for (unsigned i = MIP6_N_DROPS - 1; i > 0; i--)
        if (now[i] > last[i])
            cause = i;
    memcpy(last, now, MIP6_N_DROPS * sizeof *last);
    return cause == MIP6_DROP_NONE ? (unsigned)MIP6_DROP_NOT_ACCEPTED : cause;
}

/* ---- the run ------------------------------------------------------------------------------ */

static void write_losses(model_world *w, int64_t node, const model_detail *d)
{
    for (unsigned c = 0; c < MODEL_N_CAUSES; c++) {
        if (d->lost_packets[c] > 0)
            w->sink->cls->loss(w->sink, &(sim_row_loss){
                .node_id = node, .cause = model_cause_name(c),
                .packets = (int64_t)d->lost_packets[c], .bytes = (int64_t)d->lost_bytes[c]});
        if (d->lost_of_flows[c] > 0 && w->sink->cls->application_loss)
            w->sink->cls->application_loss(w->sink, &(sim_row_application_loss){
                .node_id = node, .cause = model_cause_name(c),
                .packets = (int64_t)d->lost_of_flows[c],
                .bytes = (int64_t)d->lost_bytes_of_flows[c]});
    }
}

static void write_detail(model_world *w, int64_t node, const model_detail *d, void *user)
{
    (void)user;
    write_losses(w, node, d);
    for (unsigned m = 0; m < MIP6_N_MESSAGES; m++)
        if (m != MIP6_MSG_DATA && d->sent_packets[m] > 0)
            w->sink->cls->signalling(w->sink, &(sim_row_signalling){
                .node_id = node, .message = mip6_message_name((mip6_message_kind)m),
                .packets = (int64_t)d->sent_packets[m], .bytes = (int64_t)d->sent_bytes[m]});
}

typedef void detail_function(model_world *w, int64_t node, const model_detail *d, void *user);

static void of_account(model_world *w, const model_account *a, detail_function *f, void *user)
{
    if (a->detail)
        f(w, a->node, a->detail, user);
}

/* All that losses and signalling are kept in. */
static void each_detail(model_world *w, detail_function *f, void *user)
{
    for (uint32_t i = 0; i < w->n_agents; i++)
        of_account(w, &w->agents[i].account, f, user);
    for (uint32_t i = 0; i < w->n_sites; i++) {
        of_account(w, model_router_account(w->sites[i].router), f, user);
        of_account(w, model_home_link_account(w->sites[i].link), f, user);
    }
    of_account(w, model_core_account(w->core), f, user);
    for (uint32_t i = 0; i < w->n_correspondents; i++)
        of_account(w, &w->correspondents[i].account, f, user);
    for (uint32_t i = 0; i < w->settings->access->routers; i++)
        of_account(w, model_access_account(w->access, i), f, user);
    f(w, SIM_NO_NODE, &w->mn_detail, user);
}

static void write_metric(model_world *w, const model_mn_host *h, const char *name, uint64_t value)
{
    w->sink->cls->metric(w->sink, &(sim_row_metric){
        .node_id = h->account.node, .name = name, .has_value = true, .value = (double)value,
        .unit = "packets"});
}

static void write_nodes(model_world *w)
{
    for (uint32_t i = 0; i < w->n_nodes; i++) {
        const model_mn_host *h = &w->nodes[i];
        write_metric(w, h, "node_in_packets", h->account.received);
        write_metric(w, h, "node_out_packets", h->account.originated);
        write_metric(w, h, "node_lost_packets", h->account.lost);
    }
}

/* Nodes that are there now, and how many of them are registered or at home. */
static uint64_t count_registered(const model_world *w, uint64_t *present)
{
    uint64_t n = 0;
    *present = 0;
    for (uint32_t i = 0; i < w->n_nodes; i++) {
        mip6_mn_figures f;
        if (!w->nodes[i].started || w->nodes[i].cell == MODEL_NO_CELL_HERE)
            continue;
        mip6_mn_get_figures(model_mn_of(&w->nodes[i]), &f);
        n += f.state == MIP6_MN_REGISTERED || f.state == MIP6_MN_HOME;
        ++*present;
    }
    return n;
}

static void add_lost(model_world *w, int64_t node, const model_detail *d, void *user)
{
    (void)w;
    (void)node;
    for (unsigned c = 0; c < MODEL_N_CAUSES; c++)
        *(uint64_t *)user += d->lost_of_flows[c];
}

/* Accounts of the whole run: what was sent is delivered, lost or on its way, flow by flow
 * and all together. */
static void check_sums(model_world *w)
{
    uint64_t lost = 0;
    each_detail(w, add_lost, &lost);
    assert(lost == model_flows_lost(w->flows));     /* every loss has its cause */
    const model_flow_totals *m = &w->net.measured;
    uint64_t in_flight = model_flows_in_flight(w->flows);
    assert(in_flight <= sim_packet_pool_live(w->net.packets));
    assert(m->sent - m->delivered - m->lost <= in_flight);
    /* What the library of all nodes dropped is booked under the cause that it counted. */
    const uint64_t *counted = mip6_shared_mn_drops(w->shared);
    for (unsigned i = MIP6_DROP_NONE + 1; i < MIP6_N_DROPS; i++)
        assert(w->mn_detail.lost_packets[i] <=
               counted[i] + model_ipsec_node_drops(w->ipsec, (mip6_drop)i));
}

static void finish(model_world *w)
{
    const model_flow_totals *m = &w->net.measured;
    uint64_t present;
    model_sampler_finish(w->sampler);
    check_sums(w);
    model_measure_totals totals = {
        .sent = m->sent, .delivered = m->delivered, .lost = m->lost,
        .in_flight = m->sent - m->delivered - m->lost,
        .signalling_bytes = w->net.signalling_bytes,
        .registered = count_registered(w, &present), .unfilled_lists = w->unfilled_lists,
        .handovers = model_movement_handovers(w->movement),
        .node_seconds = model_movement_node_seconds(w, sim_now(w->engine))};
    model_bound_sum(w->bound, &totals.bound);
    model_measure_finish(w->measure, &totals);
    if (w->ipsec)
        model_ipsec_finish(w->ipsec);
    if (w->virtual_agents)
        model_virtual_measure_finish(w);
    model_hahas_finish(w);
    each_detail(w, write_detail, NULL);
    if (w->settings->record->per_node)
        write_nodes(w);
}

void model_world_watch(model_world *w, sim_tap *tap)
{
    assert(!w->net.watch);
    w->net.watch = model_watch_new(w, tap);
}

sim_stop model_world_run(model_world *w)
{
    sim_stop stop = sim_engine_run(w->engine, w->end_ns);
    /* The last second's effects are booked in finish. */
    if (stop != SIM_STOP_FAILED)
        finish(w);
    if (w->net.watch)
        model_watch_finish(w->net.watch, sim_now(w->engine));
    g_clear_pointer(&w->net.watch, model_watch_free);
    return w->sink->failed ? SIM_STOP_FAILED : stop;
}

void model_world_fingerprint(const model_world *w, char out[33])
{
    sim_fingerprint_text(w->fingerprint, out);
}

static void policy_notes(const model_world *w, void (*line)(void *user, const char *text),
                         void *user)
{
    static const char *const what[MIP6_N_FAULTS] = {
        [MIP6_FAULT_BRANCH] = "a branch that does not exist",
        [MIP6_FAULT_PEER] = "a peer that does not exist",
        [MIP6_FAULT_CANDIDATE] = "a candidate that does not exist",
        [MIP6_FAULT_NO_LOAD] = "a peer without a load report",
    };
    for (int i = 0; i < MIP6_N_FAULTS; i++) {
        if (w->policy_faults[i] == 0)
            continue;
        g_autofree char *text = g_strdup_printf(
            "policy `%s` is faulty: it chose %s, %" G_GUINT64_FORMAT " times; nothing was done "
            "then",
            w->settings->policy_class->policy->name, what[i], w->policy_faults[i]);
        line(user, text);
    }
}

void model_world_notes(const model_world *w, void (*line)(void *user, const char *text),
                       void *user)
{
    model_movement_notes(w->movement, line, user);
    policy_notes(w, line, user);
    uint64_t present, registered = count_registered(w, &present);
    if (registered < present) {
        g_autofree char *text = g_strdup_printf(
            "%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " mobile nodes are not registered at "
            "the end", present - registered, present);
        line(user, text);
    }
    if (w->unfilled_lists > 0) {
        g_autofree char *text = g_strdup_printf(
            "%" G_GUINT64_FORMAT " agents did not know all others when the first node started",
            w->unfilled_lists);
        line(user, text);
    }
}
