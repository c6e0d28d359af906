/* Inside the home agent: its state and what its files offer each other.
 *
 * Every entry point sets `now_ns`; functions here read it. Nothing here sends: files
 * put compact intents into a ring, and poll builds packets from them.
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#ifndef MIP6_HA_INTERNAL_H
#define MIP6_HA_INTERNAL_H

#include "core/index.h"
#include "core/shared.h"
#include "core/timer.h"
#include "core/window.h"
#include "mip6.h"

#define MIP6_HA_MAX_PEERS 256u          /* of the Home Agents List */
#define MIP6_HA_PEER_ADDRESSES 4u       /* global addresses of one entry */
#define MIP6_HA_RING 128u               /* intents; a power of two */
#define MIP6_HA_RESERVE 24u             /* more than any one step puts in */
#define MIP6_HA_PENDING_NA 16u          /* delayed anycast answers */
#define MIP6_HA_LIMITER_SETS 64u
#define MIP6_HA_LIMITER_WAYS 4u
#define MIP6_HA_HOP_LIMIT 64u
#define MIP6_HA_ND_HOP_LIMIT 255u

#define MIP6_HA_LOADS 16u               /* whole caches taken are numbered modulo this */

/* RFC 6275 section 12: MAX_DELETE_BCE_TIMEOUT. */
#define MIP6_HA_DELETE_NS (10 * MIP6_SECOND_NS)

/* ---- Binding cache -------------------------------------------------------- */

typedef enum mip6_binding_state {
    MIP6_BINDING_TENTATIVE, /* DAD or the security association is under way */
    MIP6_BINDING_VALID,
    MIP6_BINDING_DRAINING,  /* moved on: forwards, is counted and defended by nobody */
    MIP6_BINDING_DELETED    /* holds its sequence number alone. RFC 6275 10.3.2 */
} mip6_binding_state;

/* Orders of bindings by `since`, oldest first. Each is a FIFO, for all in it wait
 * equally long; so only heads are ever looked at. */
typedef enum mip6_order {
    MIP6_ORDER_NONE,
    MIP6_ORDER_FRESH,       /* since the registration: RegTIMEOUT and the dwell */
    MIP6_ORDER_RETURNED,    /* since a switch: RegTIMEOUT alone */
    MIP6_N_ORDERS
} mip6_order;

typedef struct mip6_binding {
    mip6_index_node node;           /* key: the home address */
    mip6_timer timer;               /* may be early: expires_ns decides */
    struct mip6_binding *next, *prev;   /* in its order */
    int64_t since_ns;
    int64_t expires_ns;             /* end of DAD, lifetime, draining or deletion */
    uint64_t rate_sum;              /* bytes, decayed; 1/256 */
    uint32_t rate_step;             /* up to which it is decayed */
    uint32_t ba_sent[MIP6_WINDOW_MESSAGES];
    mip6_addr care_of;
    uint16_t sequence;
    uint16_t lifetime_units;        /* granted */
    uint8_t state;                  /* mip6_binding_state */
    uint8_t order;                  /* mip6_order */
    uint8_t ba_n;
    bool link_local : 1;            /* L: its link-local address too */
    bool overridden : 1;            /* another node has announced the address since */
    bool no_switch : 1;             /* knows no Home Agent Switch, so that nothing moves it */
    uint8_t load : 4;               /* in which it was made or taken: copy.c */
} mip6_binding;

/* A million bindings with their mobile nodes fit a laptop: 384 bytes together. One
 * pointer more is the index's bucket; the heap has no storage of its own. */
_Static_assert(sizeof(mip6_binding) + sizeof(void *) <= 144 || sizeof(void *) != 8,
               "a binding has outgrown its bound");

/* ---- Handoff table -------------------------------------------------------- */

/* An agent that entries name. */
typedef struct mip6_target {
    struct mip6_target *next;
    struct mip6_handoff *first, *last;  /* of these entries, oldest first */
    mip6_addr address;              /* global */
    uint32_t n, waiting;            /* of the entries; of them those that wait */
    bool gone;                      /* no longer in the list: its entries are none */
} mip6_target;

typedef struct mip6_handoff {
    mip6_index_node node;           /* key: the home address */
    mip6_index_node told;           /* key: where the last Home Agent Switch went */
    mip6_timer timer;               /* the next resending; set while waiting */
    struct mip6_handoff *next, *prev;   /* by expiry, soonest first */
    struct mip6_handoff *same_next, *same_prev;     /* of one target */
    int64_t expires_ns;
    mip6_target *target;            /* the new agent */
    uint32_t sent[MIP6_WINDOW_MESSAGES];
    uint8_t n_sent;
    uint8_t resends;
    bool waiting;                   /* a switch is out that nothing answered */
    uint8_t load;                   /* as of a binding */
    bool is_told;                   /* `told` is in the index */
} mip6_handoff;

/* ---- Home Agents List ----------------------------------------------------- */

typedef struct mip6_list_entry {
    mip6_addr link_local;           /* the key */
    mip6_lladdr lladdr;             /* of its advertisements; zero: unknown */
    uint16_t preference;
    bool reported;                  /* its last advertisement had a load report */
    uint8_t n_addresses;
    int64_t expires_ns;
    mip6_addr addresses[MIP6_HA_PEER_ADDRESSES];
    int64_t valid_until_ns[MIP6_HA_PEER_ADDRESSES];
} mip6_list_entry;

/* ---- Neighbour cache, for relaying ---------------------------------------- */

typedef struct mip6_neighbour {
    mip6_index_node node;
    struct mip6_neighbour *next, *prev;     /* oldest first */
    mip6_lladdr lladdr;
} mip6_neighbour;

/* ---- Intents -------------------------------------------------------------- */

typedef struct mip6_intent {
    uint8_t kind;                   /* mip6_action_kind */
    uint8_t message;                /* mip6_message_kind of a SEND */
    uint8_t code;                   /* status of BA, BE */
    bool has_lladdr;
    bool routing_header;            /* BA: type 2, with `home` */
    bool router, solicited, override;   /* NA */
    bool last;                      /* RA with lifetime 0 */
    uint16_t sequence;              /* BA; identifier of a DHAAD reply */
    uint16_t lifetime_units;        /* BA; HAS: of the refresh advice, 0 for none */
    mip6_lladdr lladdr;
    mip6_addr dst;
    mip6_addr home;                 /* home address; target of ND */
    mip6_addr peer;                 /* SWITCH, HAS, BA with Redirect: the target; TUNNEL_SET:
                                     * care-of */
} mip6_intent;

/* An acknowledgement that waits for others to know what it says. */
typedef struct mip6_held {
    mip6_index_node node;           /* key: the home address */
    struct mip6_held *next;         /* of those released */
    mip6_intent ba;
} mip6_held;

typedef struct mip6_pending_na {
    int64_t due_ns;
    mip6_addr dst;
    mip6_lladdr lladdr;
} mip6_pending_na;

/* Rate of messages to one who has no binding. */
typedef struct mip6_limiter_slot {
    mip6_addr peer;
    uint32_t sent[MIP6_WINDOW_MESSAGES];
    uint8_t n;
    uint8_t message;
} mip6_limiter_slot;

/* ---- Load ----------------------------------------------------------------- */

/* Shares are in units of 1/(65535 * 65536): the upper 16 bits are Queue Size. */
#define MIP6_SHARE_ONE (UINT64_C(65535) << 16)

typedef struct mip6_load {
    uint32_t packets;               /* as the host said last */
    uint64_t bytes;
    uint64_t average_packets;       /* EWMA, 1/65536 */
    uint64_t average_bytes;         /* EWMA, 1/256; of MIP6_SIGNAL_RATE: bytes per tau */
    uint64_t forwarded;             /* bytes, since the last sample of a rate */
    int64_t sample_ns;              /* the next sample; MIP6_NEVER: at rest */
    uint64_t share;
    uint64_t share_low, share_high; /* no decision changes between them, inclusive */
    uint8_t qsi;                    /* 0..100 */
} mip6_load;

/* Bindings that a stopped agent gives back at one instant, or entries of a target that is gone, and
 * the time to the next lot. */
#define MIP6_HA_GIVE_BACK 256u
#define MIP6_HA_GIVE_BACK_NS MIP6_MS_NS

/* ---- The agent ------------------------------------------------------------ */

struct mip6_ha {
    mip6_shared *shared;
    const mip6_ha_config *config;
    const mip6_ha_tuning *tuning;
    uint64_t cookie;
    const mip6_keeper *keeper;      /* NULL: nobody */
    void *keeper_self;
    bool taking;                    /* another agent's word: no news to the keeper */
    bool sweeping;                  /* what the last load did not bring goes */
    uint8_t load_number;
    uint32_t sweep_bucket;
    mip6_index held;                /* no memory before the first */
    mip6_pool held_pool;
    mip6_held *released_first, *released_last;
    int64_t now_ns;
    int64_t next_ns;                /* what next_expiry returns */
    int64_t due_ns;                 /* timers up to here are being run */
    bool serving;
    bool standing_by;               /* hears advertisements, says nothing: standby.c */
    bool leaving;                   /* its nodes are being told: leave.c */
    bool stopping;                  /* bindings are being given back */
    uint32_t give_hint, give_left;  /* where, and how many more at this instant */
    int64_t leave_ns;               /* the next step of either */
    int64_t leave_step_ns;
    int64_t stopped_ns;
    mip6_addr anycast;
    void *policy_state;

    mip6_index bindings;
    mip6_timers binding_timers;
    mip6_pool binding_pool;
    struct { mip6_binding *first, *last; } order[MIP6_N_ORDERS];
    uint32_t mn_count, draining, tentative;

    mip6_index handoffs, told;
    mip6_timers resend_timers;
    mip6_pool handoff_pool;
    mip6_handoff *handoff_first, *handoff_last;
    mip6_pool target_pool;
    mip6_target *targets, *gone_targets;
    uint32_t n_gone;                /* entries of the latter */
    int64_t sweep_ns;               /* the next lot of them is cleared */

    mip6_index neighbours;          /* one secret for all three */
    mip6_addr foreseen;             /* an address, and its hash in them */
    uint64_t foreseen_hash;
    mip6_pool neighbour_pool;
    mip6_neighbour *neighbour_first, *neighbour_last;

    mip6_peer *peers;               /* the dense array that policies see */
    mip6_list_entry *entries;       /* the same order */
    uint32_t n_peers, max_peers;
    int64_t list_ns;                /* the first expiry in it */

    mip6_load load;

    int64_t ra_ns, last_ra_ns;
    uint64_t ra_draws, dad_draws, decision_draws;

    bool look_pending;
    int64_t look_ns;
    int64_t last_start_ns;          /* of a switch; INT64_MIN: none yet */
    int64_t rate_mhz;               /* switches per 1000 s */

    mip6_intent ring[MIP6_HA_RING];
    uint32_t ring_head, ring_tail;  /* free-running */
    mip6_pending_na pending[MIP6_HA_PENDING_NA];
    uint32_t n_pending;
    mip6_limiter_slot limiter[MIP6_HA_LIMITER_SETS][MIP6_HA_LIMITER_WAYS];

    /* One ICMPv6 error at a time: the invoking packet's first bytes. */
    uint8_t icmp_packet[MIP6_MIN_MTU - MIP6_IPV6_HEADER - 8];
    mip6_icmp_error icmp;
    bool icmp_pending;

    uint64_t drops[MIP6_N_DROPS];
    uint64_t handoff_full, looks;
    uint64_t scanned;               /* bindings that looks have touched */
};

/* ha.c */
/* Count a dropped packet. Returns `error`, for the caller to return. */
int mip6_ha_drop(mip6_ha *ha, mip6_drop cause, int error);
void mip6_ha_trace(const mip6_ha *ha, mip6_trace_kind kind, unsigned code, int64_t value,
                   const mip6_addr *home, const mip6_addr *peer);
void mip6_ha_set_now(mip6_ha *ha, int64_t now_ns);
void mip6_ha_update_next(mip6_ha *ha);
/* Run timers up to due_ns while the ring has room. True: something was done. */
bool mip6_ha_run_due(mip6_ha *ha);
/* An address that may be bound, register or be told: unicast and routable. */
bool mip6_ha_routable(const mip6_addr *a);
bool mip6_ha_on_home_link(const mip6_ha *ha, const mip6_addr *a);
/* All routers, and the solicited-node groups of what it answers for. */
void mip6_ha_push_groups(mip6_ha *ha, mip6_action_kind kind);

/* bcache.c */
mip6_binding *mip6_ha_binding(const mip6_ha *ha, const mip6_addr *home);
/* The binding that forwards for an address: valid or draining. */
mip6_binding *mip6_ha_forwarding(const mip6_ha *ha, const mip6_addr *home);
/* A home address to what it stands for: a binding whose link-local address it is, too. */
mip6_binding *mip6_ha_binding_of_target(const mip6_ha *ha, const mip6_addr *target);
/* A tentative binding that ends at expires_ns, or NULL without memory. */
mip6_binding *mip6_ha_binding_create(mip6_ha *ha, const mip6_addr *home);
void mip6_ha_binding_tentative(mip6_ha *ha, mip6_binding *b, int64_t expires_ns);
void mip6_ha_binding_valid(mip6_ha *ha, mip6_binding *b, int64_t expires_ns);
/* From any state: stop proxying where it did, keep it as `state`, DRAINING for
 * MAX_DELETE_BCE_TIMEOUT, DELETED until mip6_ha_end_ns. */
void mip6_ha_binding_retire(mip6_ha *ha, mip6_binding *b, mip6_binding_state state);
/* Until when the number of one that ends now is kept. */
int64_t mip6_ha_end_ns(const mip6_ha *ha, const mip6_binding *b);
/* From any state: it is gone. */
void mip6_ha_binding_remove(mip6_ha *ha, mip6_binding *b, mip6_gone why);
/* Its time, later or earlier. Later is O(1). */
void mip6_ha_binding_set_expiry(mip6_ha *ha, mip6_binding *b, int64_t expires_ns);
/* Deal with the first binding timer, which is due. */
void mip6_ha_binding_due(mip6_ha *ha);
void mip6_ha_order_append(mip6_ha *ha, mip6_binding *b, mip6_order order);
void mip6_ha_order_remove(mip6_ha *ha, mip6_binding *b);

/* rate.c */
void mip6_ha_rate_add(mip6_binding *b, uint64_t bytes, int64_t now_ns);
/* Bytes per second as of now_ns. */
uint64_t mip6_ha_rate(const mip6_binding *b, int64_t now_ns);

/* list.c */
void mip6_ha_list_free(mip6_ha *ha);
int mip6_ha_on_ra(mip6_ha *ha, const mip6_header *h, const mip6_ra *ra);
/* Drop what has expired. */
void mip6_ha_list_due(mip6_ha *ha);
/* Index of the agent that has a global address; -1: none. */
int mip6_ha_peer_of(const mip6_ha *ha, const mip6_addr *global);
/* The same by link-layer address. */
int mip6_ha_peer_of_lladdr(const mip6_ha *ha, const mip6_lladdr *ll);
/* Work out `blocked` anew. */
void mip6_ha_peer_unanswered(mip6_ha *ha, const mip6_addr *target, int64_t change);

/* load.c */
void mip6_ha_load_init(mip6_ha *ha);
void mip6_ha_load_sample(mip6_ha *ha);
/* The list has changed: where can a decision change now? */
void mip6_ha_load_bounds(mip6_ha *ha);
uint16_t mip6_ha_queue_wire(const mip6_ha *ha);
uint16_t mip6_ha_light(const mip6_ha *ha);
uint16_t mip6_ha_count_wire(const mip6_ha *ha);
/* Bytes behind the figure: instantaneous or averaged. */
uint64_t mip6_ha_queue_bytes(const mip6_ha *ha);
/* Bytes that the figure takes for 100 %: at least 1. */
uint64_t mip6_ha_reference_bytes(const mip6_ha *ha);

/* ra.c */
bool mip6_ha_advertises(const mip6_ha *ha);
/* The preference it advertises and sorts itself by. */
uint16_t mip6_ha_preference(mip6_ha *ha);
void mip6_ha_ra_start(mip6_ha *ha);
void mip6_ha_ra_due(mip6_ha *ha);
void mip6_ha_on_rs(mip6_ha *ha);
void mip6_ha_build_ra(mip6_ha *ha, bool last, mip6_ra *ra);

/* neighbour.c */
int mip6_ha_on_ns(mip6_ha *ha, const mip6_rx *rx, const mip6_header *h, const mip6_nd *ns);
int mip6_ha_on_na(mip6_ha *ha, const mip6_rx *rx, const mip6_nd *na);
void mip6_ha_pending_due(mip6_ha *ha);
int64_t mip6_ha_pending_next(const mip6_ha *ha);
const mip6_neighbour *mip6_ha_neighbour(const mip6_ha *ha, const mip6_addr *addr);
/* Best effort: without memory or room the oldest goes, or nothing is learnt. */
void mip6_ha_neighbour_learn(mip6_ha *ha, const mip6_addr *addr, const mip6_lladdr *ll);
void mip6_ha_neighbour_forget(mip6_ha *ha, const mip6_addr *addr);

/* dad.c */
/* Begin DAD for a tentative binding (RFC 6275 10.3.1, RFC 4862 5.4). */
void mip6_ha_dad_start(mip6_ha *ha, mip6_binding *b);
/* Nobody objected: serve it, acknowledge it. */
void mip6_ha_dad_done(mip6_ha *ha, mip6_binding *b);
/* Somebody has the address: status 134. */
void mip6_ha_dad_failed(mip6_ha *ha, mip6_binding *b);

/* dhaad.c */
int mip6_ha_on_dhaad_request(mip6_ha *ha, const mip6_header *h, const mip6_dhaad *request);
/* Fill addresses for a reply to (home, id). Returns how many. */
uint16_t mip6_ha_dhaad_addresses(mip6_ha *ha, const mip6_addr *home, uint16_t id,
                                 mip6_addr out[MIP6_DHAAD_MAX]);

/* register.c */
int mip6_ha_on_bu(mip6_ha *ha, const mip6_rx *rx, const mip6_header *h, const mip6_bu *bu);
/* Acknowledge an accepted binding to its care-of address. */
void mip6_ha_acknowledge(mip6_ha *ha, mip6_binding *b, uint8_t status);
/* 0, or 1 where the prefix ends no later than the binding. */
uint8_t mip6_ha_accepted_status(const mip6_ha *ha, const mip6_binding *b);

/* handoff.c */
/* The live entry of a home address, or NULL. */
mip6_handoff *mip6_ha_handoff(const mip6_ha *ha, const mip6_addr *home);
/* A new entry; the address has no live one. Returns 0, MIP6_ERR_FULL (counted) or
 * MIP6_ERR_NOMEM. *out: the entry. */
int mip6_ha_handoff_set(mip6_ha *ha, const mip6_addr *home, const mip6_addr *target,
                        mip6_handoff **out);
void mip6_ha_handoff_clear(mip6_ha *ha, mip6_handoff *e, mip6_handoff_end why);
/* The agent with this address is no longer in the list. */
void mip6_ha_handoff_target_gone(mip6_ha *ha, const mip6_addr *target);
/* Clear the next lot of entries whose target is gone. */
void mip6_ha_handoff_sweep(mip6_ha *ha);
void mip6_ha_handoff_due(mip6_ha *ha);
/* A switch is out: wait for its answer. */
void mip6_ha_handoff_wait(mip6_ha *ha, mip6_handoff *e);
/* It was answered; an entry that is not waiting is left as it is. */
void mip6_ha_handoff_answered(mip6_ha *ha, mip6_handoff *e);
/* Nothing is waited for any longer, without a verdict. */
void mip6_ha_handoff_unwait(mip6_ha *ha, mip6_handoff *e);
/* The first resend timer is due. */
void mip6_ha_resend_due(mip6_ha *ha);

/* reassign.c */
/* Something a look depends on has changed. */
void mip6_ha_trigger(mip6_ha *ha);
/* When will a look be worth it? Sets look_ns. */
void mip6_ha_look_schedule(mip6_ha *ha);
/* One look; true: one binding was moved. */
bool mip6_ha_look(mip6_ha *ha);
void mip6_ha_switch_result(mip6_ha *ha, bool answered);
/* The view of a policy, without candidates. */
void mip6_ha_view(mip6_ha *ha, mip6_view *view);
/* A switch by the table, because of a BU: the recorded target again. */
void mip6_ha_repeat_switch(mip6_ha *ha, mip6_handoff *e, const mip6_addr *care_of,
                           mip6_branch branch);
/* What the policy says to a first BU. True: to be served by *target; traced. */
bool mip6_ha_first_bu(mip6_ha *ha, const mip6_addr *home, mip6_addr *target);

/* switch.c */
/* The message that moves a node, rate-limited by the entry. RFC 6275 11.8. */
void mip6_ha_push_switch(mip6_ha *ha, mip6_handoff *e, const mip6_addr *care_of);
/* How long to wait for an answer before the resending `resends` + 1. RFC 5142 5.2. */
int64_t mip6_ha_resend_after_ns(const mip6_ha *ha, unsigned resends);
/* The entry is about to go. */
void mip6_ha_switch_forget(mip6_ha *ha, mip6_handoff *e);
/* A Binding Error: the node knows no Home Agent Switch. RFC 5142 section 5.3. */
int mip6_ha_on_be(mip6_ha *ha, const mip6_header *h, const mip6_be *be);

/* leave.c */
/* Tell all nodes, from now on. False: there is nobody to tell, or nowhere to go. */
bool mip6_ha_leave_begin(mip6_ha *ha);
/* The next step is due. */
void mip6_ha_leave_due(mip6_ha *ha);
/* A binding has come into an order: somebody to tell. */
void mip6_ha_leave_more(mip6_ha *ha);
/* The agent is leaving: is it time for the last word? Says it; true: it did. */
bool mip6_ha_leave_ends(mip6_ha *ha);
/* The last word: an advertisement with lifetime 0. */
void mip6_ha_leave_end(mip6_ha *ha);
/* A registration that a leaving agent does not take: one that is new, or whose node was told. */
bool mip6_ha_leave_refuses(const mip6_ha *ha, const mip6_addr *home, const mip6_binding *b);
/* One binding of a stopped agent. True: there was one, and more may follow now. */
bool mip6_ha_give_back(mip6_ha *ha);

/* standby.c */
/* From standing by: serve. */
void mip6_ha_resume(mip6_ha *ha);

/* keeper.c */
/* What has become of a binding, or of an entry, to whoever must know. */
void mip6_ha_tell(mip6_ha *ha, const mip6_binding *b, mip6_sync_kind kind);
void mip6_ha_tell_handoff(mip6_ha *ha, const mip6_handoff *e, mip6_sync_kind kind);
/* No positive acknowledgement now? Then mip6_ha_hold_back keeps it until it is released. */
bool mip6_ha_holds_back(mip6_ha *ha, const mip6_addr *home);
bool mip6_ha_may_call(const mip6_ha *ha, const mip6_addr *home);
void mip6_ha_hold_back(mip6_ha *ha, const mip6_intent *ba);
/* The first of those that were released goes out. */
void mip6_ha_released_due(mip6_ha *ha);

static inline bool mip6_ha_keeps_ends(const mip6_ha *ha)
{
    return ha->keeper && ha->keeper->keeps_ends;
}

/* copy.c */
/* One step of what mip6_ha_load_end began. */
void mip6_ha_sweep_due(mip6_ha *ha);

/* takeover.c */
/* Does this entry send the node here? */
bool mip6_ha_takes_over(const mip6_ha *ha, const mip6_handoff *e);
/* Its update has come: the entry goes. */
void mip6_ha_taken(mip6_ha *ha, mip6_handoff *e);

/* For an address without a binding here: is it to be taken nevertheless, and tunnelled to *to? */
static inline bool mip6_ha_stands_in(const mip6_ha *ha, const mip6_addr *home, mip6_addr *to)
{
    return ha->keeper && ha->keeper->stands_in && ha->keeper->stands_in(ha->keeper_self, home, to);
}

/* output.c */
bool mip6_ha_room(const mip6_ha *ha);
/* The next free intent, zeroed. There is room by mip6_ha_room. */
mip6_intent *mip6_ha_push(mip6_ha *ha, mip6_action_kind kind, mip6_message_kind message);
void mip6_ha_push_addr(mip6_ha *ha, mip6_action_kind kind, const mip6_addr *addr,
                       const mip6_addr *peer);
/* NA for `target` to all nodes: override, unsolicited. */
void mip6_ha_push_override_na(mip6_ha *ha, const mip6_addr *target);
/* BE, rate-limited. RFC 6275 9.3.3. */
void mip6_ha_push_be(mip6_ha *ha, const mip6_addr *dst, const mip6_addr *home, uint8_t status);
/* May another message of a kind go to a peer now? Notes it. */
bool mip6_ha_limit(mip6_ha *ha, const mip6_addr *peer, mip6_message_kind message);
/* An ICMPv6 error about a packet, at most one until the next poll. RFC 4443 2.4. */
void mip6_ha_push_icmp(mip6_ha *ha, const uint8_t *pkt, size_t len, uint8_t type,
                       uint8_t code, uint32_t value);

#endif
