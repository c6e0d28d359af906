/* What the files of models/ipsec share.
 *
 *   ipsec.c            security associations: what goes out and comes in
 *   ipsec_initiator.c  IKEv2 at a mobile node
 *   ipsec_responder.c  IKEv2 at an agent: its queue
 *   ipsec_measure.c    figures
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef MODEL_IPSEC_INTERNAL_H
#define MODEL_IPSEC_INTERNAL_H

#include <assert.h>

#include "models/config/config_ipsec.h"
#include "models/config/config_system.h"
#include "models/hosts/ha_host.h"
#include "models/hosts/mn_host.h"
#include "models/measure/histogram.h"
#include "models/mobility/movement.h"
#include "models/systems/ipsec.h"
#include "models/systems/pieces.h"
#include "models/world_parts.h"

#define NO_MASTER UINT32_MAX

/* After so many Binding Updates without an answer a node begins IKE again. */
#define UNANSWERED 2

/* ---- a mobile node ---------------------------------------------------------------------- */

/* Its side of what it has with an agent, in one mode. */
typedef struct node_sa {
    struct node_sa *next;
    mip6_addr peer;             /* the agent */
    uint8_t mode;               /* mip6_sa_mode */
    uint8_t unanswered;         /* Binding Updates in a row */
    mip6_sa sa;
} node_sa;

/* An IKE exchange that it has begun. */
typedef struct handshake {
    struct handshake *next;
    mip6_addr peer;
    uint64_t spi_initiator, spi_responder;
    mip6_ike_exchange exchange;
    bool cookie;                /* the agent has asked for it */
    uint32_t spi_in;            /* of the child SA at hand */
    uint32_t sends;
    int64_t timeout_ns, next_ns, began_ns;
    sim_packet *held;           /* the Binding Update that waits for it; NULL: none */
} handshake;

typedef struct ipsec_node {
    node_sa *sas;
    handshake *handshakes;
    sim_timer timer;
    int64_t out_since_ns;       /* signalling is out because of an SA; -1: it is not */
    uint32_t draws;
} ipsec_node;

/* ---- an agent --------------------------------------------------------------------------- */

/* IKE with one node, from its first message on. */
typedef struct ike_session {
    GList link;                 /* of one of the agent's lists; data: the session itself */
    uint64_t spi_initiator, spi_responder;
    mip6_addr own;              /* address of the agent that was asked */
    mip6_addr home;             /* once it is authenticated */
    mip6_ike_exchange answered; /* the last exchange; 0: none yet */
    bool queued;                /* a request of it waits or is worked on */
    uint32_t child_spi;         /* as answered */
    bool half_open;             /* not authenticated yet */
    uint32_t boot;              /* of the agent, that it belongs to */
    int64_t began_ns;
} ike_session;

/* A request in the queue. */
typedef struct ike_job {
    struct ike_job *next;       /* first: pieces are given back by it */
    ike_session *session;
    mip6_ike request;
    mip6_addr from;
    int64_t arrived_ns;
} ike_job;

typedef struct ipsec_agent {
    mip6_sad **sads;            /* of its own address; of each group, where agents are virtual */
    GHashTable *sessions;       /* by spi_initiator; those of before a crash are nobody's */
    GQueue half_open, done;     /* ike_session, in the order in which they came to be */
    GQueue lost;                /* of before a crash: to be forgotten, a few at a time */
    uint32_t boot;              /* counted */
    ike_job *first, *last;      /* that wait; the first is worked on */
    uint32_t n_jobs;
    sim_timer timer;
    uint32_t draws;
    uint32_t peak;              /* of jobs, after the warm-up */
    model_histogram *wait;      /* from a request's arrival to its answer */
} ipsec_agent;

/* ---- figures ------------------------------------------------------------------------------ */

typedef struct ipsec_counts {
    uint64_t sealed, overhead_bytes;    /* packets, what ESP added */
    uint64_t payload, payload_overhead_bytes;   /* of these, the payload's */
    uint64_t replayed, unknown_spi, malformed, no_sa, unprotected;
    uint64_t handshakes, given_up, cookies, resent, ike_messages, ike_bytes;
} ipsec_counts;

struct model_ipsec {
    model_world *world;
    const model_ipsec_config *config;
    mip6_sa_state state;
    mip6_esp_suite suite;
    mip6_env env;
    sim_stream draws;
    ipsec_node *nodes;
    ipsec_agent *agents;
    model_pieces sas, handshakes;       /* node_sa, handshake */
    model_pieces sessions, jobs;        /* ike_session, ike_job */
    uint32_t n_sads;                    /* of each agent */
    uint32_t *masters;                  /* of each group: who served it last; NO_MASTER: nobody */
    ipsec_counts counts;                /* after the warm-up */
    uint64_t node_drops[MIP6_N_DROPS];  /* of the whole run */
    model_histogram *setup;             /* of handshakes: from the first request to the SA */
    GArray *outages, *unfinished;       /* int64_t ns, of signalling */
};

static inline ipsec_node *ipsec_node_of(const model_mn_host *h)
{
    return &model_mn_world(h)->ipsec->nodes[model_mn_index(h)];
}

static inline ipsec_agent *ipsec_agent_of(const model_ha_host *h)
{
    return &h->world->ipsec->agents[h->index];
}

static inline bool ipsec_measured(const model_ipsec *ipsec)
{
    return sim_now(ipsec->world->engine) >= ipsec->world->net.warm_up_ns;
}

#define IPSEC_COUNT(ipsec, what, n)             \
    do {                                        \
        if (ipsec_measured(ipsec))              \
            (ipsec)->counts.what += (n);        \
    } while (0)

/* ipsec.c */

/* The database of an agent that is for this address of it. */
mip6_sad *model_ipsec_sad(const model_ha_host *h, const mip6_addr *own);

/* An SPI, or half of an IKE SPI: of this owner, its next draw. */
uint32_t model_ipsec_draw(const model_ipsec *ipsec, const model_account *owner, uint32_t *draws);
/* NULL: there is none. */
node_sa *model_ipsec_node_sa(const ipsec_node *n, const mip6_addr *peer, mip6_sa_mode mode);
/* In place of what there was. */
void model_ipsec_node_sa_set(model_ipsec *ipsec, ipsec_node *n, const mip6_addr *peer,
                             mip6_sa_mode mode, const mip6_sa *sa);
/* Of all modes. */
void model_ipsec_node_sa_drop(model_ipsec *ipsec, ipsec_node *n, const mip6_addr *peer);
/* Does the node have a second pair, in tunnel mode? */
bool model_ipsec_wants_tunnel(const model_mn_host *h);
/* A Binding Update that has waited goes; there is an SA now. */
void model_ipsec_release(model_mn_host *h, sim_packet *packet, int64_t now_ns);
/* One of IKE's messages as an action for a host's signal; its bytes are in world->scratch. */
mip6_action model_ipsec_message(model_ipsec *ipsec, const mip6_addr *src, const mip6_addr *dst,
                                const mip6_ike *msg);

/* ipsec_initiator.c */

/* Begin IKE with `peer`, unless it runs; `packet` waits for it (NULL: nothing does). */
void model_ipsec_initiate(model_mn_host *h, const mip6_addr *peer, sim_packet *packet,
                          int64_t now_ns);
/* What waits for IKE with `peer` has been said otherwise. */
void model_ipsec_let_go(model_mn_host *h, const mip6_addr *peer);
/* An answer has come. */
void model_ipsec_answered(model_mn_host *h, const mip6_ike *msg, int64_t now_ns);
void model_ipsec_forget_handshakes(model_ipsec *ipsec, ipsec_node *n);

/* ipsec_responder.c */

/* Of a message from `from` to `own`; *cause: why it is lost, where it is. */
void model_ipsec_asked(model_ha_host *h, const mip6_ike *msg, const mip6_addr *from,
                       const mip6_addr *own, int64_t now_ns, unsigned *cause);
/* The agent is down: costs the same however many there are. */
void model_ipsec_forget_sessions(model_ipsec *ipsec, ipsec_agent *a);
void model_ipsec_responder_init(ipsec_agent *a);

/* ipsec_measure.c */

/* A node's signalling was lost because of an SA; the agent has acknowledged it again. */
void model_ipsec_out_begins(model_ipsec *ipsec, uint32_t node);
void model_ipsec_out_ends(model_ipsec *ipsec, uint32_t node);

#endif
