/* Inside a world: its parts, and how they reach each other. Only files that make up the
 * world include this.
 *
 *     cn -- core -- router == home link == agents        (or a router and a link each: sites.h)
 *            |
 *         access routers -- mobile nodes
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef MODEL_WORLD_PARTS_H
#define MODEL_WORLD_PARTS_H

#include "mip6.h"
#include "models/config/config.h"
#include "models/hosts/mn_host.h"
#include "models/measure/measure.h"
#include "models/net.h"
#include "models/network/address.h"
#include "models/network/home_link.h"
#include "models/network/router.h"
#include "models/world.h"
#include "sim/engine/block.h"

/* Who an instance of the library is: kind, incarnation (of an agent that came back) and
 * index, in its cookie. */
typedef enum model_kind { MODEL_KIND_HA = 1, MODEL_KIND_MN, MODEL_KIND_CN } model_kind;

static inline uint64_t model_cookie(model_kind kind, uint32_t incarnation, uint32_t index)
{
    return (uint64_t)kind << 56 | (uint64_t)(incarnation & 0xffffff) << 32 | index;
}

/* The environment of the library's instances. */
typedef struct model_env {
    sim_stream draws[MIP6_N_RANDOM];    /* one purpose each; index: the instance's name */
    sim_arena *memory;
    uint64_t bytes;                     /* that the library holds */
    uint64_t peak_bytes;
} model_env;

/* A multicast as agents hear it. */
enum { MODEL_HEARD_BY = 8 };
typedef struct model_heard {
    const sim_packet *packet;
    int64_t at_ns;
    bool valid;                         /* header and message hold */
    mip6_header header;
    mip6_message message;
    uint32_t n_concerned;               /* more than fit: each agent, else these alone */
    sim_id concerned[MODEL_HEARD_BY];
} model_heard;

struct model_ha_host;
struct model_virtual_agents;
struct model_cn_host;
struct model_core;
struct model_access;
struct model_flows;
struct model_sampler;
struct model_site;
struct model_bound;
struct model_oracle;
struct model_movement;
struct model_hahas;
struct model_ipsec;

struct model_world {
    model_settings *settings;
    sim_sink *sink;
    uint64_t seed, traffic_seed;
    uint32_t replication;
    int64_t end_ns;
    int64_t start_ns;           /* when mobile nodes begin to start */
    bool fuse;                  /* model_ahead_allowed */
    bool fuse_arrivals;         /* model_ahead_arrivals */

    sim_engine *engine;
    sim_fingerprint *fingerprint;
    model_net net;
    model_env env;
    mip6_shared *shared;
    model_directory *directory; /* home addresses; indices are those of mobile nodes */
    uint8_t scratch[MIP6_MAX_PACKET];   /* what poll writes into */

    model_home_link_config home_link_config;
    struct model_site *sites;
    uint32_t n_sites;
    model_home_link *home_link;     /* of the first site */
    model_router *router;
    mip6_lladdr router_lladdr;      /* of every site's */
    mip6_addr home_prefix;
    uint32_t path_mtu;          /* of the access links, which tunnels end behind */

    mip6_ha_tuning tuning;
    void *policy_config;
    struct model_ha_host *agents;
    uint32_t n_agents;
    struct model_virtual_agents *virtual_agents;    /* NULL: none */
    model_heard heard;          /* the last one */

    mip6_mn_config mn_config;
    model_detail mn_detail;     /* of all mobile nodes */
    uint64_t mn_drops[MIP6_N_DROPS];    /* the library's, as last seen */
    model_mn_host *nodes;       /* with the library's state of each */
    model_mn_at_home *at_home;  /* of each; NULL: nobody is ever there */
    uint32_t n_nodes;
    uint32_t n_base_nodes;      /* without the flash crowd */
    struct model_movement *movement;

    struct model_cn_host *correspondents;
    uint32_t n_correspondents;

    struct model_core *core;
    struct model_access *access;
    struct model_flows *flows;
    struct model_sampler *sampler;
    struct model_bound *bound;      /* NULL: not asked for */
    struct model_oracle *oracle;    /* NULL: another policy */
    struct model_hahas *hahas;      /* NULL: [system] says otherwise */
    struct model_ipsec *ipsec;      /* NULL: signalling is not protected */
    model_measure *measure;
    model_measure_setup setup;
    GHashTable *groups;         /* number / 1,024 -> cell of the fingerprint, plus one */
    GHashTable *names_told;     /* to who looks on: entity -> name; NULL: nobody ever did */
    int64_t next_second;        /* first one not closed */
    uint64_t policy_faults[MIP6_N_FAULTS];
    uint64_t unfilled_lists;    /* agents that did not know all others at start_ns */
};

static inline model_world *model_mn_world(const model_mn_host *host)
{
    char *detail = (char *)host->account.detail;
    return (model_world *)(void *)(detail - offsetof(model_world, mn_detail));
}

static inline uint32_t model_mn_index(const model_mn_host *host)
{
    return (uint32_t)(host - model_mn_world(host)->nodes);
}

/* Set up env and the library's shared object. */
void model_env_init(model_world *world, uint64_t decision_seed);
void model_env_free(model_world *world);

/* Cell of the fingerprint for a node by itself, and for a mobile node by the number in its
 * name, 1,024 to a cell. After sim_engine_seal. */
uint32_t model_world_cell(model_world *world, sim_id node);
uint32_t model_world_group_cell(model_world *world, const char *name, sim_id node);

/* A packet that the library made: SEND of `action`, its bytes in world->scratch. One
 * reference, booked as originated at `account`. number: per sender. */
sim_packet *model_world_signal(model_world *world, model_account *account,
                               const mip6_action *action, uint64_t number);

/* What the library is given of a packet: views, and taking back what it changed. */
static inline mip6_rx model_rx(const sim_packet *packet)
{
    mip6_rx rx = {.ifindex = packet->ifindex, .virtual_bytes = packet->virtual_bytes};
    for (int i = 0; i < 6; i++) {
        rx.src.b[i] = packet->lladdr_src[i];
        rx.dst.b[i] = packet->lladdr_dst[i];
    }
    return rx;
}

static inline mip6_packet model_lend(sim_packet *packet)
{
    return (mip6_packet){.data = packet->bytes + packet->head, .len = packet->len,
                         .headroom = packet->head, .virtual_bytes = packet->virtual_bytes};
}

static inline void model_take_back(sim_packet *packet, const mip6_packet *view)
{
    packet->head = (uint16_t)(view->data - packet->bytes);
    packet->len = (uint16_t)view->len;
    packet->virtual_bytes = view->virtual_bytes;
}

static inline void model_set_lladdr(uint8_t out[6], const mip6_lladdr *ll)
{
    for (int i = 0; i < 6; i++)
        out[i] = ll->b[i];
}

/* Destination address of a packet. Borrowed. */
static inline const mip6_addr *model_destination(const sim_packet *packet)
{
    return (const mip6_addr *)(const void *)(packet->bytes + packet->head + 24);
}

/* Packets carry in `flags` the agent that tunnelled them, plus one. */
#define MODEL_MAX_AGENTS 65534u

/* First cause of which `now` counts more than `last`, which is brought up to date. */
unsigned model_new_drop(const uint64_t now[MIP6_N_DROPS], uint64_t last[MIP6_N_DROPS]);

#endif
