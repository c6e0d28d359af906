/* What all network elements of one run share, and how they account for packets.
 *
 * Every packet has one holder. It is received or originated or copied by a node, and
 * then forwarded, consumed or lost there; what is left is held:
 *
 *     received + originated + copied = forwarded + consumed + lost + held
 *
 * `held` is not computed from the others: whoever keeps a packet past the event that
 * brought it (a queue, a neighbour cache) calls model_hold and model_release, so a packet
 * that a handler forgets breaks the sum. Likewise the packets alive in the pool are
 * those held and those in flight on links. Both are checked each second, in release too.
 *
 * A multicast: the sender forwards one packet to the home link, an account of its own. The
 * link receives it, makes (copies) one copy for each member, forwards or loses that, and
 * consumes the original. Each member receives its copy and consumes it within the
 * call; all of that is booked by the link, since the bytes are lent, never copied.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

#ifndef MODEL_NET_H
#define MODEL_NET_H

#include "mip6_types.h"
#include "sim/engine/engine.h"
#include "sim/engine/fingerprint.h"
#include "sim/engine/packet.h"
#include "sim/engine/random.h"

/* Why the network lost a packet, after the library's own causes. */
#define MODEL_CAUSES(X)                                                             \
    X(QUEUE_FULL, "queue-full")         /* drop-tail at an agent's queue */         \
    X(LINK_FULL, "link-full")           /* drop-tail at a link */                   \
    X(LINK_LOSS, "link-loss")           /* the medium */                            \
    X(DETACHED, "detached")             /* the node has left that access router */  \
    X(NO_LINK, "no-link")               /* sent while without a link */             \
    X(NO_ROUTE, "no-route")                                                         \
    X(NO_NEIGHBOUR, "no-neighbour")     /* address resolution failed */             \
    X(RESOLVING, "resolution-queue-full") /* RFC 4861 7.2.2: the queue is small */ \
    X(SCRIPTED, "scripted-loss")        /* the scenario wants it: [loss NAME] */    \
    X(AGENT_DOWN, "agent-down")         /* the agent has failed */                  \
    X(STALE_NEIGHBOUR, "stale-neighbour") /* nobody has that link-layer address */  \
    X(AGENT_HUNG, "agent-hung")         /* it answers its neighbours alone */       \
    X(ISOLATED, "agent-isolated")       /* the agent's port is cut */             \
    X(NO_SA, "no-security-association") /* nothing to protect it with */           \
    X(UNPROTECTED, "unprotected")       /* came without the ESP that it must have */ \
    X(IKE_FULL, "ike-queue-full")       /* drop-tail at an agent's handshakes */

typedef enum model_cause {
    MODEL_CAUSE_FIRST = MIP6_N_DROPS - 1,
#define X(name, text) MODEL_CAUSE_##name,
    MODEL_CAUSES(X)
#undef X
        MODEL_N_CAUSES
} model_cause;      /* a mip6_drop is a model_cause too */

/* Name of a cause, the library's or the network's. Static storage. */
const char *model_cause_name(unsigned cause);

/* Loss by cause and signalling by message: one per agent, router, correspondent and access
 * router, one for all mobile nodes together. */
typedef struct model_detail {
    uint64_t lost_packets[MODEL_N_CAUSES], lost_bytes[MODEL_N_CAUSES];
    uint64_t lost_of_flows[MODEL_N_CAUSES], lost_bytes_of_flows[MODEL_N_CAUSES];   /* of those */
    uint64_t sent_packets[MIP6_N_MESSAGES], sent_bytes[MIP6_N_MESSAGES];
    uint64_t lost, lost_measured;       /* all causes; of these after the warm-up */
} model_detail;

#define MODEL_NO_CELL UINT32_MAX

/* A node's account, a cache line. received + originated + copied =
 * forwarded + consumed + lost + held, where held is what the node holds at that time; all modulo
 * 2^32, of which no second has so many. What is written of them counts a mobile node's alone, who
 * does not get there (mn_host.c). */
typedef struct model_account {
    uint32_t received, originated, copied;
    uint32_t forwarded, consumed, lost;
    uint32_t held;
    uint32_t made;              /* the owner's: numbers its messages */
    sim_id node;                /* its entity */
    uint32_t cell;              /* of the fingerprint; MODEL_NO_CELL: sends nothing */
    uint64_t name_hash;
    model_detail *detail;
    struct model_account *next_touched;     /* in the net's list of this second; NULL: not there */
} model_account;

/* Counters of one flow: sent = delivered + lost + in flight. Its packets are numbered with 32 bits,
 * and so are these. */
typedef struct model_flow_account {
    uint32_t sent, delivered, lost;
    uint32_t alive;             /* of flows.c's check; 0 otherwise */
} model_flow_account;

/* All flows, packets made after the warm-up. */
typedef struct model_flow_totals {
    uint64_t sent, delivered, lost;
} model_flow_totals;

typedef struct model_net {
    sim_engine *engine;
    sim_packet_pool *packets;
    sim_fingerprint *fingerprint;
    sim_stream loss;            /* draws of the media: by packet identity and hop */
    struct model_losses *losses;    /* those that the scenario names; NULL: none */
    model_flow_account *flows;  /* by sim_packet.flow */
    model_account *touched;
    int64_t warm_up_ns;
    uint64_t in_flight;         /* sent and not yet received or lost */
    uint64_t held;              /* over all accounts */
    model_flow_totals measured;
    uint64_t signalling_bytes;      /* likewise, of all senders */
    struct model_measure *failures; /* asks of what is lost; NULL: no agent fails */
    struct model_watch *watch;      /* models/measure/watch.h; NULL: nobody looks on */
} model_net;

/* Zero an account and name it. detail: outlives the account; may be shared; may be NULL.
 * The entity's id and cell may be set later, before the first packet is sent. */
void model_account_init(model_account *account, const char *name, sim_id node, uint32_t cell,
                        model_detail *detail);

/* A packet's identity: (sender, message, number of it). */
uint64_t model_identity(uint64_t name_hash, unsigned message, uint64_t number);

/* A packet that was in flight has come. */
void model_book_received(model_net *net, model_account *account);
/* A packet was made here. Counts its message and its flow. */
void model_book_originated(model_net *net, model_account *account, const sim_packet *packet);
/* A second packet was made from one (sim_packet_copy): a fragment, a second path. */
void model_book_copied(model_net *net, model_account *account);
/* A packet stays past this event, or does so no longer. */
void model_hold(model_net *net, model_account *account);
void model_release(model_net *net, model_account *account);
/* Booked by the node that puts a packet on a link, own or not, right before; the packet is in
 * flight then. Its fingerprint enters the wire channel: time, link-layer destination, real
 * bytes (the IPv6 header among them holds the length of the virtual ones). */
void model_book_sent(model_net *net, model_account *account, const sim_packet *packet);
/* Final: the packet's life ends here, where it was meant to (its flow counts it as
 * delivered); gives back the reference. */
void model_consume(model_net *net, model_account *account, sim_packet *packet);
/* Final: lost here; counts the flow's loss; gives back the reference. cause: model_cause or
 * mip6_drop. */
void model_lose(model_net *net, model_account *account, sim_packet *packet, unsigned cause);
/* The same for a copy for `receiver`, whose link's account is `account`. */
void model_lose_copy(model_net *net, model_account *account, sim_id receiver,
                     sim_packet *packet, unsigned cause);
/* As model_lose, for a packet that was booked as sent and never arrives: forwarded becomes lost. */
void model_lose_sent(model_net *net, model_account *account, sim_packet *packet,
                     unsigned cause);

/* Check the sum of every account touched since the last call, and that the pool's packets
 * are those held or in flight. Where one does not hold, says on stderr at which node and what is
 * missing, and aborts. Between events only. */
void model_net_check(model_net *net);

#endif
