/* mip6: Mobile IPv6 home agent, mobile node and correspondent as a library
 * without I/O, clock, threads or global state.
 *
 * The host (a simulator, a daemon) owns the memory of every object, tells it of
 * packets and of time, and carries out the actions it asks for:
 *
 *     host                                library
 *     ----                                -------
 *     a packet came in        ->  mip6_ha_forward, mip6_ha_receive
 *     next_expiry has come    ->  mip6_ha_expire
 *     then, until false       ->  mip6_ha_poll   -> send, join, proxy, tunnel
 *
 * After every call that is not a query the host polls until poll returns false and
 * reads next_expiry again. Time is nanoseconds from any origin; it is an argument
 * and never goes backwards.
 *
 *   RFC 6275 (Mobile IPv6), RFC 4861 (ND), RFC 4862 (DAD), RFC 2473 (tunnels),
 *   draft-deng-mip6-ha-loadbalance-01 (balancing)
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#ifndef MIP6_H
#define MIP6_H

#include "mip6_policy.h"
#include "mip6_types.h"
#include "mip6_wire.h"

/* ---- What the host gives -------------------------------------------------- */

/* What a random number is for. Draws of one purpose never shift another's. */
typedef enum mip6_random {
    MIP6_RANDOM_RA,         /* key: number of the advertisement */
    MIP6_RANDOM_DAD,        /* DAD, anycast delays and retransmission */
    MIP6_RANDOM_DHAAD,      /* shuffle; key: home address and identifier, mixed */
    MIP6_RANDOM_DECISION,   /* policy; key: number of the draw */
    MIP6_RANDOM_SECRET,     /* cookies, nonces, look-up hash, identifiers */
    MIP6_N_RANDOM
} mip6_random;

struct mip6_trace;

/* The environment. All callbacks get `user`; all but `trace` must be set. */
typedef struct mip6_env {
    void *user;
    /* Like malloc; may return NULL. The library asks for chunks, not for objects. */
    void *(*alloc)(void *user, size_t size);
    /* size is what was asked for. */
    void (*free)(void *user, void *ptr, size_t size);
    /* FIPS 180-4 and RFC 2104. */
    void (*sha1)(void *user, const uint8_t *data, size_t len, uint8_t out[20]);
    void (*hmac_sha1)(void *user, const uint8_t *key, size_t key_len,
                      const uint8_t *data, size_t len, uint8_t out[20]);
    /* 64 random bits: of the instance `cookie`, for `purpose`. A simulator returns
     * a pure function of (cookie, purpose, key); a daemon ignores them. */
    uint64_t (*random64)(void *user, uint64_t cookie, mip6_random purpose, uint64_t key);
    /* Told of each change of state, in the middle of the call that made it; must not
     * call back into the library. May be NULL. */
    void (*trace)(void *user, uint64_t cookie, const struct mip6_trace *trace);
} mip6_env;

/* Bounds of the pools for short-lived states, over all instances of one shared
 * object. 0 means unbounded. At a bound the operation fails, is counted, and is
 * tried again by its own timer. */
typedef struct mip6_limits {
    uint32_t dhaad;             /* mobile nodes in the middle of a DHAAD or handover */
    uint32_t route_optimised;   /* (mobile node, correspondent) pairs */
} mip6_limits;

/* Environment, pools and counters shared by many instances. */
typedef struct mip6_shared mip6_shared;

size_t mip6_shared_size(void);
/* storage: mip6_shared_size() bytes, aligned for any type, the caller's; must outlive
 * every instance. *env is copied. */
mip6_shared *mip6_shared_init(void *storage, const mip6_env *env, const mip6_limits *limits);
/* Gives the pools back. Every instance must have been freed before. */
void mip6_shared_free(mip6_shared *shared);

/* What is traced. `a` and `b` are per kind. */
typedef enum mip6_trace_kind {
    MIP6_TRACE_NONE,
    /* Home agent. home = the home address. */
    MIP6_TRACE_BINDING_NEW,         /* peer = care-of address; value = sequence */
    MIP6_TRACE_BINDING_REFRESHED,   /* the same */
    MIP6_TRACE_BINDING_DRAINING,    /* peer = the agent it moved to */
    MIP6_TRACE_BINDING_GONE,        /* code = mip6_gone; not of one who stands by */
    MIP6_TRACE_BINDING_REFUSED,     /* code = status of the BA */
    MIP6_TRACE_HANDOFF_SET,         /* peer = target; value = expiry ns */
    MIP6_TRACE_HANDOFF_CLEARED,     /* peer = target; code = mip6_handoff_end */
    MIP6_TRACE_DECISION,            /* decision != NULL */
    MIP6_TRACE_SWITCH_ANSWERED,     /* peer = target */
    MIP6_TRACE_SWITCH_UNANSWERED,   /* peer = target; value = resends so far */
    MIP6_TRACE_PEER_NEW,            /* peer = the agent's global address */
    MIP6_TRACE_PEER_GONE,           /* code 0 expired, 1 said goodbye, 2 H=0 */
    MIP6_TRACE_DAD_YIELDED,         /* peer = the prober's global address */
    MIP6_TRACE_DAD_DEFENDED,
    /* Mobile node. home = its home address. */
    MIP6_TRACE_MN_DHAAD_DONE,       /* value = number of addresses */
    MIP6_TRACE_MN_DHAAD_FAILED,
    MIP6_TRACE_MN_REGISTERED,       /* peer = agent; value = lifetime s; code 0 new
                                     * at this agent, 1 a refresh or a new care-of */
    MIP6_TRACE_MN_REFUSED,          /* peer = agent; code = status */
    MIP6_TRACE_MN_TIMEOUT,          /* peer = agent that never answered */
    MIP6_TRACE_MN_DEREGISTERED,     /* peer = agent; code = status */
    MIP6_TRACE_MN_SWITCH,           /* peer = the new agent */
    MIP6_TRACE_MN_SWITCH_IGNORED,   /* peer = sender; code = mip6_drop */
    MIP6_TRACE_MN_EXPIRED,          /* the binding ran out */
    MIP6_TRACE_MN_ROUTE_OPTIMISED,  /* peer = correspondent */
    /* Correspondent. */
    MIP6_TRACE_CN_BINDING_NEW,
    MIP6_TRACE_CN_BINDING_GONE,
    MIP6_TRACE_POLICY_FAULT,        /* home agent; code = mip6_policy_fault; value = it said */
    /* Mobile node. */
    MIP6_TRACE_MN_REDIRECTED,       /* peer = the agent to register with instead */
    MIP6_TRACE_MN_REDIRECT_IGNORED, /* peer = sender; code = mip6_drop */
    MIP6_N_TRACES
} mip6_trace_kind;

typedef enum mip6_gone { MIP6_GONE_DEREGISTERED, MIP6_GONE_EXPIRED, MIP6_GONE_DAD,
                         MIP6_GONE_DRAINED, MIP6_GONE_STOPPED } mip6_gone;
/* A policy chose what is not there. */
typedef enum mip6_policy_fault { MIP6_FAULT_BRANCH, MIP6_FAULT_PEER, MIP6_FAULT_CANDIDATE,
                                 MIP6_FAULT_NO_LOAD, MIP6_N_FAULTS } mip6_policy_fault;
typedef enum mip6_handoff_end { MIP6_HANDOFF_EXPIRED, MIP6_HANDOFF_TARGET_GONE,
                                MIP6_HANDOFF_RETURNED, MIP6_HANDOFF_EVICTED,
                                MIP6_HANDOFF_UNKNOWN, /* the node knows no Home Agent Switch */
                                MIP6_HANDOFF_TAKEN /* the node is served here, and knows it */
                              } mip6_handoff_end;

/* One decision to move, or to repeat a move. Row of the results' `decision`. */
typedef struct mip6_decision {
    mip6_branch branch;
    bool repeated;              /* the handoff table's recorded target again */
    uint16_t own_queue, own_count;
    uint16_t target_queue, target_count;
    int64_t information_age_ns; /* of the target's last report; -1: none */
} mip6_decision;

typedef struct mip6_trace {
    mip6_trace_kind kind;
    uint8_t code;
    int64_t now_ns;
    int64_t value;
    mip6_addr home;
    mip6_addr peer;
    const mip6_decision *decision;
} mip6_trace;

/* "binding-new" and so on. Static storage. */
const char *mip6_trace_name(mip6_trace_kind kind);

/* ---- Packets in ----------------------------------------------------------- */

/* What is known of a received packet besides its bytes. */
typedef struct mip6_rx {
    uint32_t ifindex;
    mip6_lladdr src;            /* a DAD probe has no other name for its sender */
    mip6_lladdr dst;
    uint32_t virtual_bytes;     /* zero bytes behind len that are not there */
} mip6_rx;

/* A packet on the data path, changed in place. */
typedef struct mip6_packet {
    uint8_t *data;              /* first byte of the IPv6 header */
    uint32_t len;               /* bytes at data */
    uint32_t headroom;          /* writable bytes in front of data; 64 are enough */
    uint32_t virtual_bytes;
} mip6_packet;

/* What to do with a packet of the data path. */
typedef enum mip6_verdict {
    MIP6_LOCAL,     /* for the library: give the same packet to ..._receive */
    MIP6_SEND_ON,   /* route the packet, as it now is, by its destination */
    MIP6_RELAY,     /* send it on the home link to route.next_hop */
    MIP6_DELIVER,   /* for the application: the packet is the inner one, in order */
    MIP6_DROP       /* lost; route.cause says why */
} mip6_verdict;

typedef struct mip6_route {
    mip6_drop cause;            /* of DROP */
    bool tunnelled;             /* an outer header was put on or taken off */
    bool draining;              /* by a binding that has moved on */
    mip6_lladdr next_hop;       /* of RELAY */
} mip6_route;

/* ---- Actions out ---------------------------------------------------------- */

typedef enum mip6_action_kind {
    MIP6_ACTION_SEND,           /* packet[0..len) */
    MIP6_ACTION_JOIN,           /* multicast group `addr` on `ifindex`; home addresses may */
    MIP6_ACTION_LEAVE,          /*   share a group: the host counts, one LEAVE a JOIN */
    MIP6_ACTION_PROXY_START,    /* take packets for `addr` on the home link */
    MIP6_ACTION_PROXY_STOP,
    MIP6_ACTION_TUNNEL_SET,     /* HA: addr = home, peer = care-of; MN: peer = agent */
    MIP6_ACTION_TUNNEL_GONE
} mip6_action_kind;

/* One thing to do. Filled by poll; the packet is built into the caller's buffer at
 * that moment, so that nothing is kept for it. */
typedef struct mip6_action {
    mip6_action_kind kind;
    mip6_message_kind message;  /* of SEND */
    uint32_t ifindex;
    uint32_t len;               /* of SEND: bytes written to buf */
    bool has_lladdr;            /* of SEND: dst is known; else route the packet */
    mip6_lladdr dst;
    mip6_addr addr;
    mip6_addr peer;
} mip6_action;

/* ---- Home agent ----------------------------------------------------------- */

/* Settings of load, reassignment and handoff: PROTOCOL's table. int64_t each, so
 * that mip6_ha_keys can describe them. Defaults come from a profile. */
typedef struct mip6_ha_tuning {
    int64_t load_option;            /* MIP6_LOAD_OPTION_* */
    int64_t reference_packets;      /* queue that counts as 100 % */
    int64_t reference_bytes;
    int64_t light_ppm;              /* LIGHT, 20 % */
    int64_t mn_count_unit;
    int64_t queue_signal;           /* MIP6_SIGNAL_* */
    int64_t queue_tau_ns;           /* EWMA's time constant, sampled every 1/16 */
    int64_t advertise_capacity;     /* option 254 */
    int64_t reg_timeout_floor_ns;   /* 0: MinRtrAdvInterval */
    int64_t reg_timeout_max_ns;     /* with QSI 0 */
    int64_t rate_limit;             /* MIP6_RATE_* */
    int64_t rate_per_s;             /* of FIXED; first rate of ADAPTIVE */
    int64_t rate_max_per_s;         /* of ADAPTIVE */
    int64_t one_unanswered;         /* per target */
    int64_t dwell_ra_intervals;     /* after any new registration, in MinRtrAdvInterval */
    int64_t resend;                 /* unanswered switches are sent again */
    int64_t resend_first_ns;        /* 5 s, doubling to resend_max */
    int64_t resend_max_ns;
    int64_t resend_count;
    int64_t handover;               /* MIP6_HANDOVER_* */
    int64_t handoff_lifetime_ns;
    int64_t handoff_bound;          /* entries */
    int64_t switch_message;         /* MIP6_SWITCH_*; not REGISTER with HOME_AGENT */
    int64_t drain_ns;               /* a leaving agent tells its nodes in it; 0: it tells none */
} mip6_ha_tuning;

enum { MIP6_LOAD_OPTION_253, MIP6_LOAD_OPTION_8 };
enum { MIP6_SIGNAL_INSTANTANEOUS, MIP6_SIGNAL_EWMA, MIP6_SIGNAL_RATE };
enum { MIP6_RATE_UNLIMITED, MIP6_RATE_FIXED, MIP6_RATE_ADAPTIVE };
enum { MIP6_HANDOVER_REGISTER, MIP6_HANDOVER_DEREGISTER, MIP6_HANDOVER_YIELD };
/* What moves a node: the draft's unsolicited DHAAD reply, or RFC 5142's message. */
enum { MIP6_SWITCH_DHAAD_REPLY, MIP6_SWITCH_HOME_AGENT };

/* Keys of mip6_ha_tuning. *n: how many. Static storage. */
const mip6_key *mip6_ha_keys(size_t *n);
void mip6_ha_tuning_defaults(mip6_profile profile, mip6_ha_tuning *out);
/* The default of one of these keys under a policy, which may have a preset for it. */
int64_t mip6_ha_key_default(const mip6_key *key, const mip6_policy *policy, mip6_profile profile);
/* All of them. */
void mip6_ha_tuning_under(const mip6_policy *policy, mip6_profile profile, mip6_ha_tuning *out);

/* Configuration of one agent. Kept by reference with all it points to: must outlive
 * the agent. Agents may share the tuning and the policy's settings. */
typedef struct mip6_ha_config {
    const mip6_ha_tuning *tuning;
    const mip6_policy *policy;
    const void *policy_config;      /* policy->config_size bytes */
    mip6_addr link_local;
    mip6_addr global;               /* inside the home prefix */
    uint8_t prefix_len;             /* 64 */
    mip6_lladdr lladdr;
    uint32_t ifindex;               /* of the home link */
    uint16_t preference;
    uint32_t capacity_kbps;
    bool legacy;                    /* knows no load option, never moves anyone */
    bool dad;                       /* RFC 6275 10.3.1; off only to show the draft */
    int64_t dad_timeout_ns;         /* RetransTimer, 1 s */
    int64_t ra_min_ns;              /* MinRtrAdvInterval, 1 s; Max is three times it */
    int64_t max_lifetime_s;         /* longest binding granted */
    int64_t sa_setup_delay_ns;      /* before the first BA of a new binding */
    int64_t refresh_advice_ppm;     /* of the lifetime granted, < 1e6, in a Binding Refresh
                                     * Advice option; 0: none. RFC 6275 10.3.1 */
    int64_t prefix_valid_s;         /* of the prefix information in RAs */
    uint32_t max_bindings;          /* 0: unbounded; status 130 at the bound */
    uint32_t tunnel_mtu;            /* path MTU to care-of addresses, 1500 */
    bool key_mobility;              /* K in acknowledgements: its IKE follows a node's moves */
} mip6_ha_config;

typedef struct mip6_ha mip6_ha;

size_t mip6_ha_size(void);
/* storage: mip6_ha_size() bytes, aligned for any type. Draws its secrets. Returns the
 * agent (the same address), or NULL where memory for its first chunk failed. */
mip6_ha *mip6_ha_init(void *storage, mip6_shared *shared, const mip6_ha_config *config,
                      uint64_t cookie, int64_t now_ns);
/* Gives its memory back, storage excepted. */
void mip6_ha_free(mip6_ha *ha);

/* Begin to serve: joins groups, sends advertisements. RFC 6275 section 10.5. */
void mip6_ha_start(mip6_ha *ha, int64_t now_ns);
/* Stop in good order. With drain_ns and another agent in the list its nodes are told first, by
 * Home Agent Switch, at the rate nodes / drain_ns (RFC 5142 sections 3.3, 5); new nodes and
 * refreshes get status 129. When nobody is left that may answer, and nothing drains, or at a
 * second call, an advertisement with lifetime 0 goes out, and nothing more. */
void mip6_ha_stop(mip6_ha *ha, int64_t now_ns);
/* When it had stopped, its last advertisement sent; MIP6_NEVER: not yet. */
int64_t mip6_ha_stopped_ns(const mip6_ha *ha);

typedef struct mip6_binding mip6_binding;   /* the library's own */
/* A packet from the home link of which mip6_ha_forward would do no more than to put it into the
 * tunnel of a node's binding, which leads to *care_of: that binding. NULL: not so, or it is not
 * certain. Changes nothing. */
mip6_binding *mip6_ha_would_tunnel(const mip6_ha *ha, const mip6_packet *packet,
                                   mip6_addr *care_of);
/* Do it. The library was told of nothing since that may have changed a binding. */
void mip6_ha_tunnel(mip6_ha *ha, mip6_binding *binding, mip6_packet *packet, int64_t now_ns);

/* Decide a packet that arrived: tunnel, reverse tunnel, relay; or LOCAL, the library's
 * own, which stays as it is. Whatever follows the packet's own length is cut off.
 * Synchronous, allocates nothing. Its one action is an ICMPv6 error, after DROP alone:
 * after other verdicts there is nothing to poll. What is sent on may be above
 * tunnel_mtu where the inner packet is at most 1280 bytes: then fragment it
 * (mip6_fragment); fragments to the agent are reassembled before this call. RFC 6275
 * sections 10.4.1, 10.4.5, RFC 2473 section 7.1. */
mip6_verdict mip6_ha_forward(mip6_ha *ha, const mip6_rx *rx, mip6_packet *packet,
                             mip6_route *route, int64_t now_ns);

/* Process a packet for the agent itself: ND, DHAAD, mobility header.
 * Returns 0, MIP6_ERR_MALFORMED, MIP6_ERR_CHECKSUM, MIP6_ERR_IGNORED (all dropped
 * and counted by cause, state unchanged), MIP6_ERR_NOMEM (state unchanged), or
 * MIP6_ERR_FULL where earlier actions were not polled (nothing was done). */
int mip6_ha_receive(mip6_ha *ha, const mip6_rx *rx, const uint8_t *pkt, size_t len,
                    int64_t now_ns);
/* The same for a packet that mip6_decode has taken: a host of many agents decodes a multicast
 * once for all of them. */
int mip6_ha_receive_decoded(mip6_ha *ha, const mip6_rx *rx, const mip6_header *h,
                            const mip6_message *msg, int64_t now_ns);
/* Does a neighbour advertisement concern any agent that is not in its target's solicited-node
 * group? False: all of them would but count it as dropped, and a host of many may spare them that,
 * if they have no keeper. */
bool mip6_shared_minds(const mip6_shared *shared, const mip6_addr *target);
/* A hint: an advertisement about this address comes soon. What tells that it is nobody's here is
 * brought into the cache meanwhile. */
void mip6_ha_foresee(mip6_ha *ha, const mip6_addr *target);

/* Next thing to do. buf: at least MIP6_MAX_PACKET bytes for a packet. False: nothing
 * more now. A look for a move happens here, one move a call. */
bool mip6_ha_poll(mip6_ha *ha, mip6_action *action, uint8_t *buf, size_t cap,
                  int64_t now_ns);

int64_t mip6_ha_next_expiry(const mip6_ha *ha);
void mip6_ha_expire(mip6_ha *ha, int64_t now_ns);

/* Occupancy inside which no decision can change; bounds are inclusive. */
typedef struct mip6_band {
    uint32_t packets_low, packets_high;
    uint64_t bytes_low, bytes_high;
} mip6_band;

void mip6_ha_queue_band(const mip6_ha *ha, mip6_band *out);
/* The forwarding queue now holds so much, outer headers and the packet in service
 * included. Call it at the instant the occupancy leaves the band; and, where it changed
 * since the last call, before receive, expire, poll and get_figures. */
void mip6_ha_queue_changed(mip6_ha *ha, uint32_t packets, uint64_t bytes, int64_t now_ns);

/* Figures for the host's records. */
typedef struct mip6_ha_figures {
    uint32_t mn_count;          /* valid home registrations, draining ones excluded */
    uint32_t draining;
    uint32_t tentative;         /* registrations under way */
    uint32_t handoff_entries;
    uint32_t peers;             /* of the Home Agents List, oneself excluded */
    uint16_t queue_wire;        /* Queue Size as it would be advertised now */
    bool serving;               /* started, and not told to stop */
    uint64_t drops[MIP6_N_DROPS];
    uint64_t handoff_full;      /* reassignments refused by the table's bound */
    uint64_t looks;             /* times the policy was asked */
} mip6_ha_figures;

void mip6_ha_get_figures(const mip6_ha *ha, mip6_ha_figures *out, int64_t now_ns);

/* One binding, for tests and invariants. */
typedef struct mip6_binding_info {
    mip6_addr home, care_of;
    uint16_t sequence;
    bool draining;
    bool tentative;             /* DAD is running */
    int64_t expires_ns;
    uint16_t lifetime_units;    /* granted */
    bool link_local;            /* the L flag */
} mip6_binding_info;

/* Looks up a home address. False: none. */
bool mip6_ha_find(const mip6_ha *ha, const mip6_addr *home, mip6_binding_info *out);
/* All of them one by one, in no order, where nothing changes meanwhile: the one behind that of
 * `home`; NULL: the first. False: no more. */
bool mip6_ha_next(const mip6_ha *ha, const mip6_addr *home, mip6_binding_info *out);

/* For a host that has several agents and their nodes in its hands, and moves a binding between
 * them itself: no message tells anybody, so that the host must see to all who need to know. In
 * one instant: mip6_mn_assign at the node, then these two, and neighbours' caches; a packet that
 * is on its way then still arrives, for the old binding drains.
 *
 * Take a binding as another agent has it (mip6_ha_find): valid at once, without DAD,
 * acknowledgement or announcement. Returns 0, MIP6_ERR_IGNORED (not serving, at max_bindings,
 * expired, or there is one that does not drain), MIP6_ERR_NOMEM or MIP6_ERR_FULL (poll first);
 * the state is unchanged then. */
int mip6_ha_install(mip6_ha *ha, const mip6_binding_info *info, int64_t now_ns);
/* The binding is another agent's now: `to`, its global address. It drains for
 * MAX_DELETE_BCE_TIMEOUT. Returns 0, MIP6_ERR_IGNORED (none that is valid) or MIP6_ERR_FULL. */
int mip6_ha_hand_on(mip6_ha *ha, const mip6_addr *home, const mip6_addr *to, int64_t now_ns);

/* ---- Home agents that share state (mip6_peer.h) ----------------------------- */

/* What happened to a binding or a handoff entry. */
typedef enum mip6_sync_kind {
    MIP6_SYNC_NEW = 1,          /* a binding; of a transfer, too */
    MIP6_SYNC_REFRESH,          /* of one that is there: sequence, care-of address, lifetime */
    MIP6_SYNC_GONE,             /* deregistered, or served by another agent now */
    MIP6_SYNC_HANDOFF,          /* an entry of the handoff table */
    MIP6_SYNC_HANDOFF_GONE,
    MIP6_N_SYNC_KINDS
} mip6_sync_kind;

/* A binding, or a handoff entry, as agents tell it to each other. */
typedef struct mip6_sync_record {
    mip6_sync_kind kind;
    uint8_t cache;              /* whose: mip6_peer.h */
    bool link_local;            /* the L flag */
    bool taken;                 /* from an agent that is gone, and no update has come since */
    uint16_t sequence;          /* of the last Binding Update; the deregistration's, if GONE */
    uint16_t lifetime_units;    /* granted */
    int64_t expires_ns;         /* by the clock of whoever holds it; of GONE: until when it is to be
                                 * remembered, past: not */
    mip6_addr home;
    mip6_addr care_of;          /* of a handoff entry: its target */
} mip6_sync_record;

/* Who must know what an agent's bindings are. All are called in the middle of a call of the
 * library, and must not call this agent. */
typedef struct mip6_keeper {
    /* A binding has become valid (after DAD), was refreshed, has been deregistered or yielded; a
     * handoff entry was made or cleared. Not told: what expires, for everyone has its time;
     * what mip6_ha_install, _hand_on, _take and a stopping agent do. record: borrowed, its cache
     * is 0. Comes before the acknowledgement of the same update. */
    void (*changed)(void *self, const mip6_sync_record *record);
    /* May the positive acknowledgement of this home address's update go out? False: it is held
     * back until mip6_ha_release_ack. A later update of it takes its place. */
    bool (*may_acknowledge)(void *self, const mip6_addr *home);
    /* * Another agent serves this address: its node registers here without DAD, for no other node
     * can have it. */
    bool (*knows)(void *self, const mip6_addr *home);
    /* * Packets for this address, which has no binding here, are to be taken on this link, and
     * tunnelled to *to: its care-of address, or the agent that serves it. */
    bool (*stands_in)(void *self, const mip6_addr *home, mip6_addr *to);
    /* * An agent that may tunnel what is for a node served here. */
    bool (*is_peer)(void *self, const mip6_addr *address);
    /* Copies of a binding that has ended may come back: its number is kept as long as they could
     * live, not only for MAX_DELETE_BCE_TIMEOUT, and shown as GONE. */
    bool keeps_ends;
    /* * May this node, which was taken over and has not answered, be called again now? */
    bool (*may_call)(void *self, const mip6_addr *home, int64_t now_ns);
} mip6_keeper;                  /* those marked * may be NULL */

/* ops NULL: nobody, as after init. ops and self: kept, not owned. */
void mip6_ha_set_keeper(mip6_ha *ha, const mip6_keeper *ops, void *self);
/* The acknowledgement that is held back for this update goes out at the next poll. Does nothing
 * where none is held, or that of a later update. */
void mip6_ha_release_ack(mip6_ha *ha, const mip6_addr *home, uint16_t sequence, int64_t now_ns);

/* Another agent's record into this cache: a binding is there, changed or gone at once, silently,
 * and with its groups joined; whether this agent serves or only stands by. NEW or REFRESH of one
 * that is there takes its place. Not told to the keeper, nor traced but for an end. Returns 0,
 * MIP6_ERR_IGNORED (nothing to do, at max_bindings, or expired), MIP6_ERR_NOMEM or MIP6_ERR_FULL
 * (poll first; not for what one message brings to an agent that was polled); the state is
 * unchanged then. */
int mip6_ha_take(mip6_ha *ha, const mip6_sync_record *record, int64_t now_ns);
/* What it has, as a record of kind NEW or HANDOFF, or, if ends are kept, GONE. False: nothing. */
bool mip6_ha_record(const mip6_ha *ha, const mip6_addr *home, bool handoff,
                    mip6_sync_record *out);
/* All bindings, ends and handoff entries, as mip6_system_ops.records wants them; *cursor: 0 at
 * first. */
uint32_t mip6_ha_records(const mip6_ha *ha, uint64_t *cursor, mip6_sync_record *out, uint32_t cap);
/* A whole cache is about to be taken: what is there and not taken until mip6_ha_load_end goes
 * then, a part at a time as it is polled. One that is begun again and again without an end
 * forgets after 16 times what the first had found. */
void mip6_ha_load_begin(mip6_ha *ha);
void mip6_ha_load_end(mip6_ha *ha, int64_t now_ns);

/* Stand by: no advertisements, no answers, no forwarding; bindings stay, with their groups, and
 * expire. mip6_ha_start makes it serve again, with them; neither looks at them, and an agent
 * that was never started stands by already. */
void mip6_ha_stand_by(mip6_ha *ha, int64_t now_ns);

/* Serve what an agent that is gone has served: as mip6_ha_install, then neighbours are told by an
 * override NA, and the node by Home Agent Switch, until its update comes (PROTOCOL 13). Returns as
 * mip6_ha_install does. */
int mip6_ha_take_over(mip6_ha *ha, const mip6_sync_record *record, int64_t now_ns);
/* Tell neighbours once more that the address is served here. Not where actions wait for poll. */
void mip6_ha_announce(mip6_ha *ha, const mip6_addr *home, int64_t now_ns);
/* Could it be a home address here? */
bool mip6_ha_could_bind(const mip6_ha *ha, const mip6_addr *home);
/* False: poll before any call that makes actions. */
bool mip6_ha_has_room(const mip6_ha *ha);
int64_t mip6_ha_now(const mip6_ha *ha);

struct mip6_load_report;
/* What an agent says of its load, and what it is told of another one whose advertisements it
 * cannot hear: an entry of the Home Agents List for so long. report NULL, or lifetime_ns 0: it is
 * gone. */
void mip6_ha_report(mip6_ha *ha, struct mip6_load_report *out);
void mip6_ha_hear_report(mip6_ha *ha, const mip6_addr *peer,
                         const struct mip6_load_report *report, int64_t lifetime_ns,
                         int64_t now_ns);

/* ---- Mobile node ---------------------------------------------------------- */

/* Configuration shared by many nodes; kept by reference. Times in ns. */
typedef struct mip6_mn_config {
    mip6_addr home_prefix;          /* /64 */
    uint32_t lifetime_s;            /* asked for, 120 */
    uint32_t refresh_ppm;           /* of the lifetime granted, 50 % */
    int64_t first_timeout_ns;       /* InitialBindackTimeoutFirstReg, 1.5 s */
    int64_t initial_timeout_ns;     /* INITIAL_BINDACK_TIMEOUT, 1 s */
    int64_t max_timeout_ns;         /* MAX_BINDACK_TIMEOUT, 32 s */
    int64_t dhaad_timeout_ns;       /* INITIAL_DHAAD_TIMEOUT, 3 s, doubling */
    uint32_t dhaad_retries;         /* DHAAD_RETRIES, 4 */
    int64_t dhaad_again_ns;         /* pause before a DHAAD after a failed one */
    uint32_t deregister_retries;    /* 3 */
    int64_t old_agent_ns;           /* MAX_DELETE_BCE_TIMEOUT, 10 s */
    int handover;                   /* MIP6_HANDOVER_* */
    bool return_after_dad;          /* after 134 go back to the old agent */
    uint32_t ro_lifetime_s;         /* MAX_RR_BINDING_LIFETIME, 420 */
    bool key_mobility;              /* K in Binding Updates to agents. RFC 6275 6.1.7 */
    bool any_agent;                 /* tunnels from every agent of the home prefix are accepted, not
                                     * from one's own alone: agents stand in for each other */
} mip6_mn_config;

/* The values of RFC 6275 sections 12 and 13, lifetime 120 s. */
void mip6_mn_config_defaults(mip6_mn_config *out);

typedef struct mip6_mn mip6_mn;

#define MIP6_MN_UNMODIFIED 1u       /* an RFC 6275 node: discards the draft's switch */
#define MIP6_MN_ROUTE_OPTIMISE 2u   /* tries return routability with correspondents */
#define MIP6_MN_REDIRECT 4u         /* can be redirected at a first registration (RFC 6463) */
#define MIP6_MN_HOME_AGENT_SWITCH 8u    /* knows RFC 5142's message; else it answers it with a
                                         * Binding Error of status 2 */

/* Bytes of a node, which the host may have as a part of what it keeps of it; aligned as a
 * pointer. They begin with the home address, which the host may read there. What a node is only
 * while it is at something is the shared object's. */
#define MIP6_MN_STORAGE 160
size_t mip6_mn_size(void);
mip6_mn *mip6_mn_init(void *storage, mip6_shared *shared, const mip6_mn_config *config,
                      const mip6_addr *home, uint32_t flags, uint64_t cookie);
void mip6_mn_free(mip6_mn *mn);

/* The node has a usable care-of address on a foreign link. Registers; starts DHAAD
 * where no agent is known. RFC 6275 sections 11.5.1, 11.7.1. */
void mip6_mn_attached(mip6_mn *mn, const mip6_addr *care_of, int64_t now_ns);
/* The node is on its home link. ll: its link-layer address there, which its override
 * NA announces. Deregisters. RFC 6275 section 11.5.5. */
void mip6_mn_attached_home(mip6_mn *mn, const mip6_lladdr *ll, int64_t now_ns);
/* The node has no link: nothing is sent until attached again; timers stand still. */
void mip6_mn_detached(mip6_mn *mn, int64_t now_ns);

/* A packet for the node (its care-of or home address, or multicast) came in whole:
 * fragments are put together first.
 *   DELIVER   packet is now what the application sees: tunnel and routing header taken
 *             off, checksum verified
 *   LOCAL     signalling; give packet, as it is now and before any other call, to
 *             mip6_mn_receive. route->tunnelled: the agent's tunnel was taken off
 *   DROP      counted in mip6_shared_mn_drops, too
 * May begin return routability with the sender, or answer a mobility header of an unknown type
 * (RFC 6275 9.2): poll afterwards.
 * RFC 6275 sections 11.3.3, 8.5. */
mip6_verdict mip6_mn_input(mip6_mn *mn, const mip6_rx *rx, mip6_packet *packet,
                           mip6_route *route, int64_t now_ns);
/* The application sends a packet with its home address as source. SEND_ON: tunnelled
 * to the agent, or with a Home Address option where the correspondent has a
 * binding, or plain at home. DROP UNREGISTERED: away without a binding. Needs 40 bytes
 * of headroom. RFC 6275 section 11.3.1. */
mip6_verdict mip6_mn_output(mip6_mn *mn, mip6_packet *packet, mip6_route *route,
                            int64_t now_ns);
/* Signalling. Returns as mip6_ha_receive does. */
int mip6_mn_receive(mip6_mn *mn, const mip6_rx *rx, const uint8_t *pkt, size_t len,
                    int64_t now_ns);
/* Interfaces are the host's matter: ifindex is 0 in every action of a node, and packets
 * are routed by their destination but for neighbour advertisements at home. TUNNEL_SET:
 * packets go through `peer` from now on. TUNNEL_GONE: none comes through `peer` any more. */
bool mip6_mn_poll(mip6_mn *mn, mip6_action *action, uint8_t *buf, size_t cap,
                  int64_t now_ns);
int64_t mip6_mn_next_expiry(const mip6_mn *mn);
void mip6_mn_expire(mip6_mn *mn, int64_t now_ns);

/* The host has found that nothing can be said to this agent, as where there is no security
 * association with it and the agent does not answer IKE: what is under way with it has failed, as
 * after its last retransmission. */
void mip6_mn_unreachable(mip6_mn *mn, const mip6_addr *agent, int64_t now_ns);

/* The host has moved the binding to another agent (mip6_ha_install): send there from now on. What
 * the agent before sends is accepted for old_agent_ns, what the one before that, no more. Returns
 * 0, MIP6_ERR_IGNORED (not registered away from home, at this agent already, or in the middle of a
 * registration: try later) or MIP6_ERR_NOMEM; the state is unchanged then. */
int mip6_mn_assign(mip6_mn *mn, const mip6_addr *agent, int64_t now_ns);

typedef enum mip6_mn_state {
    MIP6_MN_IDLE,           /* no link yet */
    MIP6_MN_DISCOVERING,    /* DHAAD */
    MIP6_MN_REGISTERING,    /* a BU is out, nothing registered */
    MIP6_MN_REGISTERED,
    MIP6_MN_RETURNING,      /* deregistering on the home link */
    MIP6_MN_HOME,
    MIP6_MN_GIVEN_UP        /* status 134 and no way back: silent until it is at home */
} mip6_mn_state;

/* Figures for the host's records. */
typedef struct mip6_mn_figures {
    mip6_mn_state state;
    mip6_addr agent;        /* unspecified: none */
    mip6_addr care_of;
    uint16_t sequence;      /* last one used */
    int64_t expires_ns;     /* of the binding as granted; MIP6_NEVER without one */
} mip6_mn_figures;

void mip6_mn_get_figures(const mip6_mn *mn, mip6_mn_figures *out);
/* Packets dropped by all nodes of this shared object, by cause. */
const uint64_t *mip6_shared_mn_drops(const mip6_shared *shared);

/* ---- Correspondent -------------------------------------------------------- */

typedef struct mip6_cn_config {
    mip6_addr address;
    bool route_optimise;    /* false: answers mobility headers with ICMPv6 errors */
    uint32_t max_bindings;  /* 0: unbounded; beyond, new ones get status 130 */
} mip6_cn_config;

typedef struct mip6_cn mip6_cn;

size_t mip6_cn_size(void);
/* *config is kept by reference. NULL: no memory for the cache's first part. */
mip6_cn *mip6_cn_init(void *storage, mip6_shared *shared, const mip6_cn_config *config,
                      uint64_t cookie, int64_t now_ns);
void mip6_cn_free(mip6_cn *cn);
/* As for the mobile node: DELIVER with the Home Address option taken off, LOCAL leaves the
 * packet untouched. A Home Address option without its binding is dropped and makes a
 * Binding Error: poll afterwards. RFC 6275 section 9.3.1. */
mip6_verdict mip6_cn_input(mip6_cn *cn, const mip6_rx *rx, mip6_packet *packet,
                           mip6_route *route, int64_t now_ns);
/* Always SEND_ON: with a type 2 routing header where a binding is. Needs 24 bytes of
 * headroom. RFC 6275 section 9.3.2. */
mip6_verdict mip6_cn_output(mip6_cn *cn, mip6_packet *packet, mip6_route *route,
                            int64_t now_ns);
/* Signalling. One answer waits for poll: another packet before it takes its place. */
int mip6_cn_receive(mip6_cn *cn, const mip6_rx *rx, const uint8_t *pkt, size_t len,
                    int64_t now_ns);
bool mip6_cn_poll(mip6_cn *cn, mip6_action *action, uint8_t *buf, size_t cap,
                  int64_t now_ns);
int64_t mip6_cn_next_expiry(const mip6_cn *cn);
void mip6_cn_expire(mip6_cn *cn, int64_t now_ns);
uint32_t mip6_cn_bindings(const mip6_cn *cn);
const uint64_t *mip6_cn_drops(const mip6_cn *cn);

#endif
