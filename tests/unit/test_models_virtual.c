/* models/systems/virtual: what members of a group say on the home link, from which address, and
 * when.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <math.h>

#include "mip6_peer.h"
#include "mip6_vrrp.h"
#include "models/config/config_system.h"
#include "models/systems/virtual.h"
#include "models/world_parts.h"
#include "world_fixture.h"

#define NODES 12
#define MS INT64_C(1000000)
#define S (1000 * MS)

/* An onlooker of the home link. */
typedef struct look {
    sim_tap tap;
    model_world *w;
    const char *spread;             /* keys of [mobile-nodes]; NULL: none */
    const char *moves;              /* those of [mobility]; NULL: nobody does */
    uint32_t home_link;
    unsigned adverts, to_groups, to_members, hellos, goodbyes, lists, answers;
    unsigned shortest;              /* addresses of a DHAAD reply, from lists_from_ns on */
    int64_t lists_from_ns;
    int64_t update_ns;              /* of the last update that is not told to members yet; -1 */
    int64_t slowest_ns;             /* from a refresh to the record of it */
    uint64_t stale;                 /* packets to where a node's last answer took it away from */
    mip6_addr answered[NODES][64];  /* care-of addresses of its answers, the last one first */
    unsigned n_answered[NODES];
    uint16_t sequence[NODES];       /* of that answer */
    int64_t answer_after_ns, answered_ns;   /* the first answer after that time; -1 */
} look;

static look *look_of(sim_tap *tap)
{
    return (look *)(void *)tap;
}

static void on_link(sim_tap *tap, uint32_t link, const char *name)
{
    if (g_str_equal(name, "home-link"))
        look_of(tap)->home_link = link;
}

/* UINT32_MAX: it is none. */
static uint32_t agent_named(const char *name)
{
    return g_str_has_prefix(name, "ha") ? (uint32_t)(name[2] - '0') : UINT32_MAX;
}

/* The group whose link-layer address this is; n: none. */
static uint32_t group_at(const model_world *w, const uint8_t lladdr[6])
{
    uint32_t g = 0;
    while (g < w->virtual_agents->n &&
           memcmp(w->virtual_agents->groups[g].lladdr.b, lladdr, 6) != 0)
        g++;
    return g;
}

static void between_members(look *l, int64_t t_ns, uint32_t from, const sim_packet *p,
                            const uint8_t *bytes)
{
    mip6_header h;
    mip6_peer_message msg;
    mip6_drop cause;
    cr_assert_eq(memcmp(p->lladdr_src, l->w->agents[from].lladdr.b, 6), 0);
    cr_assert_eq(mip6_peer_decode(bytes, p->len, &h, &msg, &cause, t_ns), 0);
    l->to_members++;
    l->hellos += msg.type == MIP6_PEER_HELLO;
    l->goodbyes += msg.type == MIP6_PEER_HELLO && msg.u.hello.goodbye;
    if (msg.type == MIP6_PEER_RECORDS && l->update_ns >= 0) {
        l->slowest_ns = MAX(l->slowest_ns, t_ns - l->update_ns);
        l->update_ns = -1;
    }
}

/* UINT32_MAX: it is none. */
static uint32_t node_of(const look *l, const mip6_addr *home)
{
    uint32_t node = model_directory_find(l->w->directory, home);
    return node < NODES ? node : UINT32_MAX;
}

static void tunnelled(look *l, const uint8_t *bytes)
{
    mip6_addr care_of, home;
    memcpy(&care_of, bytes + 24, sizeof care_of);
    memcpy(&home, bytes + MIP6_IPV6_HEADER + 24, sizeof home);
    uint32_t node = node_of(l, &home);
    if (node >= NODES || mip6_addr_equal(&care_of, &l->answered[node][0]))
        return;
    for (unsigned i = 1; i < l->n_answered[node]; i++)
        if (mip6_addr_equal(&care_of, &l->answered[node][i])) {
            l->stale++;
            return;
        }
}

static void answered(look *l, const mip6_header *h, uint16_t sequence)
{
    uint32_t node = node_of(l, mip6_header_destination(h));
    cr_assert_lt(node, NODES);
    if ((int16_t)(uint16_t)(sequence - l->sequence[node]) < 0)
        return;     /* an earlier one, by another master */
    l->sequence[node] = sequence;
    if (mip6_addr_equal(&l->answered[node][0], &h->dst))
        return;
    cr_assert_lt(l->n_answered[node], 63u);
    memmove(&l->answered[node][1], &l->answered[node][0],
            l->n_answered[node]++ * sizeof(mip6_addr));
    l->answered[node][0] = h->dst;
}

static void from_group(look *l, int64_t t_ns, const sim_packet *p, const uint8_t *bytes)
{
    mip6_header h;
    mip6_message msg;
    mip6_drop cause;
    uint32_t g = group_at(l->w, p->lladdr_src);
    cr_assert_lt(g, l->w->virtual_agents->n, "from an agent's own link-layer address");
    const model_virtual_group *group = &l->w->virtual_agents->groups[g];
    l->to_groups++;
    if (bytes[6] == MIP6_NH_IPV6) {
        cr_assert_eq(memcmp(bytes + 8, group->global.b, 16), 0, "a tunnel of another group");
        tunnelled(l, bytes);
    }
    if (bytes[6] == MIP6_NH_VRRP) {
        l->adverts++;
        cr_assert_eq(bytes[MIP6_IPV6_HEADER + 1], p->lladdr_src[5], "another group's VRID");
        return;
    }
    if (p->message == MIP6_MSG_DATA ||
        mip6_decode(bytes, p->len, p->virtual_bytes, &h, &msg, &cause) != 0)
        return;
    if (msg.kind == MIP6_MSG_DHAAD_REPLY && t_ns >= l->lists_from_ns) {
        l->lists++;
        l->shortest = MIN(l->shortest, msg.u.dhaad.n);
    }
    bool accepted = msg.kind == MIP6_MSG_BA && msg.u.ba.status < MIP6_STATUS_UNSPECIFIED;
    l->answers += accepted;
    if (accepted)
        answered(l, &h, msg.u.ba.sequence);
    if (accepted && t_ns > l->answer_after_ns && l->answered_ns < 0)
        l->answered_ns = t_ns;
}

static void on_sent(sim_tap *tap, uint32_t link, int64_t t_ns, const char *from, const char *to,
                    const sim_packet *p)
{
    look *l = look_of(tap);
    uint32_t agent = agent_named(from);
    const uint8_t *bytes = p->bytes + p->head;
    (void)to;
    if (link != l->home_link)
        return;
    if (agent == UINT32_MAX)
        l->update_ns = p->message == MIP6_MSG_BU && t_ns > 12 * S ? t_ns : l->update_ns;
    else if (mip6_peer_is(bytes, p->len))
        between_members(l, t_ns, agent, p, bytes);
    else
        from_group(l, t_ns, p, bytes);
}

static const sim_tap_class look_class = {.link = on_link, .sent = on_sent};

/* Who has become a master, when last, and what samples say. */
typedef struct masters_sink {
    names_sink names;
    sim_sink_class cls;
    unsigned taken;
    int64_t last_ns;
    int64_t nodes;                  /* of all agents at 35 s */
} masters_sink;

static void note_sample(sim_sink *s, const sim_row_ha_sample *row)
{
    ((masters_sink *)(void *)s)->nodes += row->t_ns == 35 * S ? row->mn_count : 0;
    tally_sample(s, row);
}

static void note_event(sim_sink *s, const sim_row_event *row)
{
    masters_sink *m = (masters_sink *)(void *)s;
    if (g_str_equal(row->kind, "group-taken")) {
        m->taken++;
        m->last_ns = row->t_ns;
    }
    tally_event(s, row);
}

static double run_it(const char *keys, look *l, masters_sink *m, const char *metric)
{
    char *refused = NULL;
    GError *error = NULL;
    g_autofree char *text = g_strdup_printf(
        "[scenario]\nduration = 60 s\nwarm-up = 5 s\n[home-agents]\ncount = 3\n"
        "[mobile-nodes]\ncount = %d\nlifetime = 20 s\nstart = 5 s\n%s[access]\nrouters = 100\n"
        "[mobility]\n%s"
        "[traffic]\nnode-rate = 20 kbit/s\npacket-size = 400 B\ndirection = both\nstart = 8 s\n"
        "[system]\nkind = active-standby\n%s", NODES,
        l->spread ? l->spread : "", l->moves ? l->moves : "model = static\n", keys);
    g_autoptr(sim_config) config = config_from(text, &refused);
    cr_assert_not_null(config, "%s", refused);
    names_init(&m->names);
    m->cls = m->names.cls;
    m->cls.event = note_event;
    m->cls.ha_sample = note_sample;
    m->names.tally.base.cls = &m->cls;
    l->tap.cls = &look_class;
    l->shortest = UINT_MAX;
    l->update_ns = l->answered_ns = -1;
    l->w = model_world_new(config, 7, 0, &m->names.tally.base, &error);
    cr_assert_not_null(l->w, "%s", error ? error->message : "");
    model_world_watch(l->w, &l->tap);
    cr_assert_eq(model_world_run(l->w), SIM_STOP_END);
    double value = tally_metric_of(&m->names.tally, metric);
    if (!l->moves)
        cr_assert_eq(tally_metric_of(&m->names.tally, "registered_at_end"), NODES);
    model_world_free(l->w);
    names_clear(&m->names);
    return value;
}

#define CRASH "[failure a]\nagent = ha0\nkind = crash\nat = 20 s\nuntil = 40 s\n"

/* Elections, signalling and tunnels: all have the group's own address for a source, or else the
 * switch would not learn where the master is. What members tell each other has theirs. */
Test(models_virtual, all_that_a_group_sends_is_from_its_own_address)
{
    look l = {0};
    masters_sink m = {0};
    run_it("groups = 3\n" CRASH, &l, &m, "takeovers");
    cr_assert_gt(l.adverts, 100);
    cr_assert_gt(l.to_groups, 1000);
    cr_assert_gt(l.to_members, 300);
    cr_assert_eq(l.goodbyes, 0);
}

/* The first master of a group has taken nothing over. */
Test(models_virtual, takeovers_are_those_after_the_first_master)
{
    look l = {0};
    masters_sink m = {0};
    cr_assert_eq(run_it("groups = 3\n", &l, &m, "takeovers"), 0);
    cr_assert_eq(m.taken, 3);
    l = (look){0};
    m = (masters_sink){0};
    cr_assert_eq(run_it("groups = 3\n" CRASH, &l, &m, "takeovers"), 2, "there and back");
    cr_assert_eq(m.taken, 5);
}

/* One host serves all groups from the beginning, and a switch sends nobody's multicast back to him:
 * nodes that ask hear of all three nevertheless. */
Test(models_virtual, a_group_knows_those_that_its_own_host_serves)
{
    look l = {.lists_from_ns = 15 * S, .spread = "start-window = 45 s\n"};
    masters_sink m = {0};
    run_it("groups = 3\n[home-agent ha1]\njoin = 55 s\n[home-agent ha2]\njoin = 55 s\n", &l, &m,
           "takeovers");
    cr_assert_gt(l.lists, 3);
    cr_assert_eq(l.shortest, 3);
}

/* Samples of a host that serves two groups have the nodes of both. */
Test(models_virtual, samples_are_of_all_groups_of_a_host)
{
    look l = {0};
    masters_sink m = {0};
    run_it("groups = 3\n" CRASH, &l, &m, "takeovers");
    cr_assert_eq(m.nodes, NODES);
}

Test(models_virtual, a_refresh_is_told_to_members_at_once)
{
    look l = {0};
    masters_sink m = {0};
    double updates = run_it("groups = 1\n", &l, &m, "updates_answered");
    cr_assert(l.slowest_ns > 0 && l.slowest_ns < 5 * MS, "%g ms", (double)l.slowest_ns / MS);
    cr_assert_eq((unsigned)updates, l.answers);
}

/* Answers that refuse are none. */
Test(models_virtual, updates_that_were_accepted_are_counted)
{
    look l = {0};
    masters_sink m = {0};
    double updates = run_it("groups = 3\n[policy]\nname = two-choices\n", &l, &m,
                            "updates_answered");
    cr_assert_eq((unsigned)updates, l.answers);
}

Test(models_virtual, who_leaves_says_goodbye_to_each_member)
{
    look l = {0};
    masters_sink m = {0};
    run_it("groups = 1\n[failure a]\nagent = ha0\nkind = leave\nat = 20 s\nuntil = 50 s\n", &l, &m,
           "takeovers");
    cr_assert_eq(l.goodbyes, 2);
}

/* Members do not wait for each other, and half of what they say is lost: who takes over tunnels to
 * where nodes were. The count is that of one who watches the link. Nodes hardly come back to a
 * cell: he could not tell an old address from one whose update was not answered. */
Test(models_virtual, packets_to_where_a_node_was_are_counted)
{
    look l = {.moves = "model = exponential-sojourn\nmean-sojourn = 3 s\n"};
    masters_sink m = {0};
    double stale = run_it("groups = 1\nsync = after-ack\n[home-link]\nloss = 50 %\n" CRASH, &l,
                          &m, "stale_care_of_sends");
    cr_assert(l.stale > 10 && fabs(stale - (double)l.stale) <= 2 + 0.05 * stale,
              "%g, seen %g", stale, (double)l.stale);
}

/* Keys of the control plane: hellos, how long one that is gone is waited for, and how fast it
 * loads when it is back. */
Test(models_virtual, the_keys_of_the_control_plane_are_its_own)
{
    look l = {0};
    masters_sink m = {0};
    run_it("groups = 1\nhello = 250 ms\n", &l, &m, "takeovers");
    cr_assert(l.hellos > 3 * 2 * 60 * 4 - 20 && l.hellos < 3 * 2 * 60 * 4 + 60, "%u", l.hellos);
    l = (look){.answer_after_ns = 24 * S};
    m = (masters_sink){0};
    run_it("groups = 1\nmissed = 12\n" CRASH, &l, &m, "takeovers");
    cr_assert(l.answered_ns > 31500 * MS && l.answered_ns < 34 * S, "%g s",
              (double)l.answered_ns / S);
    l = (look){0};
    m = (masters_sink){0};
    run_it("groups = 1\n" CRASH, &l, &m, "takeovers");
    int64_t soon = m.last_ns;
    l = (look){0};
    m = (masters_sink){0};
    run_it("groups = 1\nsync-rate = 2\n" CRASH, &l, &m, "takeovers");
    cr_assert(m.last_ns - soon > (NODES - 2) * S / 2 && m.last_ns - soon < (NODES + 4) * S / 2,
              "%g s", (double)(m.last_ns - soon) / S);
}
