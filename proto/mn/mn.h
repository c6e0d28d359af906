/* Inside the mobile node: its state and what its parts offer to each other.
 *
 *   mn.c        life, links, timers, actions
 *   send.c      retransmission and rates: RFC 6275 11.8
 *   register.c  home registration: 11.7.1, 11.7.3
 *   redirect.c  being sent elsewhere by the first answer: RFC 6463
 *   dhaad.c     home agent discovery: 11.4.1
 *   switch.c    a reassignment and the old agent: draft section 8, RFC 5142
 *   home.c      returning home: 11.5.5
 *   receive.c   signalling in
 *   data.c      the data path: 11.3.1, 11.3.3
 *   ro.c, ro_receive.c   correspondents: 11.6, 11.7.2
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#ifndef MIP6_MN_MN_H
#define MIP6_MN_MN_H

#include "../core/shared.h"
#include "mip6.h"

/* MAX_UPDATE_RATE messages of a type to a peer within a second. RFC 6275 section 12. */
#define MN_RATE 3
/* Answers 135 that are followed at once; then the schedule decides. */
#define MN_MAX_RESYNC 3
/* Before an allocation that failed is tried again. */
#define MN_NOMEM_AGAIN_NS MIP6_SECOND_NS
#define MN_HOP_LIMIT 64

typedef enum mn_link { MN_LINK_NONE, MN_LINK_FOREIGN, MN_LINK_HOME } mn_link;

/* The last MN_RATE times of sending. Zeroed: nothing was sent yet. */
typedef struct mn_rate {
    int64_t newest_ns;
    uint32_t before_ns[MN_RATE - 1];    /* how long before that the others were, latest first;
                                         * UINT32_MAX: longer, or never */
} mn_rate;

/* One message that waits for its answer. */
typedef struct mn_retry {
    int64_t next_ns;        /* MIP6_NEVER: idle */
    int64_t timeout_ns;     /* that runs, or will after a deferred transmission */
    uint8_t sends;
    bool active;
    bool deferred;          /* by the rate; next_ns is when it may go */
    bool pending;           /* poll has to build it */
} mn_retry;

/* The rate of another agent than the current one. */
typedef struct mn_peer_rate {
    mip6_addr peer;
    mn_rate rate;
} mn_peer_rate;

/* A Binding Update to a home agent. */
typedef struct mn_txn {
    mip6_addr peer;
    mn_retry retry;
    int64_t first_ns;       /* when first_seq was sent */
    int64_t last_ns;
    uint16_t first_seq;     /* first_seq..last_seq are outstanding */
    uint16_t last_seq;
    uint16_t lifetime_units;
    uint8_t resyncs;
    bool redirectable;      /* carries Redirect-Capability */
} mn_txn;

/* Addresses of a DHAAD reply, in its order. From the shared pool. */
typedef struct mn_list {
    struct mn_list *next;
    uint16_t at, n;         /* addresses[at..n) are left */
    mip6_addr addresses[7];
} mn_list;

/* All of them: given back at once, since they are cold by then. */
typedef struct mn_addresses {
    mn_list *first, *last;
    uint32_t n;             /* of mn_list */
} mn_addresses;

typedef enum mn_dhaad_phase { MN_DHAAD_IDLE, MN_DHAAD_ASKING, MN_DHAAD_PAUSE } mn_dhaad_phase;

/* What a node has only while it is at something. From the shared pool. */
typedef struct mn_work {
    mn_txn reg;             /* registration, or deregistration at home */
    mn_txn old;             /* deregistration elsewhere, or keeping the old binding */
    int64_t old_until_ns;   /* old.peer still tunnels to us; MIP6_NEVER: it does not */
    mip6_addr target;       /* registered with once the old agent has let go */
    mip6_addr avoid;        /* failed last; not the first choice of a new list */
    mip6_addr gone;         /* of gone_pending */
    mip6_addr left;         /* by Home Agent Switch, and not gone back to by another before */
    int64_t left_until_ns;  /* MIP6_NEVER: no such agent */
    int64_t leave_by_ns;    /* when the current agent stops serving; MIP6_NEVER: unknown */
    mn_peer_rate others[4]; /* see mip6_mn_set_agent */
    int64_t others_until_ns;    /* from then on nothing in them matters; MIP6_NEVER: now */
    bool target_waits;
    bool searching;         /* reg.peer comes from a list, not from the current agent */
    bool told;              /* an agent has said where to register: not asked again before
                             * the next registration that succeeds */
    bool gone_pending;
    mn_addresses list;
    int64_t dhaad_next_ns;
    int64_t dhaad_timeout_ns;
    mn_rate dhaad_rate;
    uint16_t dhaad_id;
    uint8_t dhaad_sends;
    uint8_t dhaad_phase;
    bool dhaad_pending;
    bool dhaad_deferred;    /* by the rate, until dhaad_next_ns */
} mn_work;

/* A correspondent: an entry of the Binding Update List. From the shared pool. */
typedef struct mn_ro {
    struct mn_ro *next;
    mip6_addr peer;
    mip6_addr care_of;      /* of the care-of token and of the binding */
    mn_retry hoti, coti, bu;
    mn_rate hoti_rate, coti_rate, bu_rate;
    int64_t home_token_ns;  /* when it came; -1: none */
    int64_t coa_token_ns;
    int64_t bu_first_ns, bu_last_ns;
    int64_t expires_ns;     /* of the binding there; 0: none */
    int64_t refresh_ns;
    int64_t paused_until_ns; /* no attempt before; 0: not paused */
    uint8_t home_cookie[8], coa_cookie[8];
    uint8_t home_token[8], coa_token[8];
    uint16_t home_nonce, coa_nonce;
    uint16_t sequence, first_seq, lifetime_units;
    uint8_t failures;
    bool used;              /* traffic since the last refresh */
    bool deregister;        /* the node is at home */
    bool bound;             /* for care_of, until expires_ns */
} mn_ro;

/* Things to do that poll has not told yet. */
enum {
    MN_PEND_JOIN = 1u,
    MN_PEND_LEAVE = 2u,
    MN_PEND_TUNNEL_GONE = 4u,
    MN_PEND_TUNNEL_SET = 8u,
    MN_PEND_NA = 16u,
    MN_PEND_ANSWER = 32u,
    MN_PEND_ERROR = 64u     /* a Binding Error of status 2 */
};

/* mip6_mn.state */
enum {
    MN_REGISTERED = 1u,     /* `agent` has a binding until expires_ns */
    MN_RETURNING = 2u,      /* deregistering at home */
    MN_ABANDONED = 4u,      /* status 134: the home address may not be used again */
    MN_TUNNELLED = 8u,      /* the next packet to receive came out of the agent's tunnel */
    MN_AT_HOME = 16u,       /* last attached to the home link; holds the group of home */
    MN_KNOWN = 32u          /* the agent has acknowledged care_of */
};

struct mip6_mn {
    mip6_addr home;         /* first: mip6.h says so */
    mip6_shared *shared;
    const mip6_mn_config *config;
    uint64_t cookie;
    mn_work *work;          /* NULL at rest */
    mn_ro *ro;
    int64_t refresh_ns;     /* when to begin the next registration (at home: next NA) */
    int64_t expires_ns;     /* of the binding */
    mn_rate rate;           /* Binding Updates to `agent` */
    mip6_addr care_of;
    mip6_addr agent;        /* current or last; unspecified: none */
    mip6_addr other;        /* of MN_PEND_TUNNEL_GONE, else of MN_PEND_ANSWER or _ERROR */
    mip6_lladdr asker_ll;   /* of MN_PEND_ANSWER */
    mip6_lladdr ll;         /* at home */
    uint16_t sequence;      /* one counter for all agents: PROTOCOL 2 */
    uint8_t state;
    uint8_t pend;
    uint32_t error_tick;    /* of the last Binding Error */
    uint32_t draws : 24;    /* numbers of the secret draws: they may come again after so many */
    uint32_t flags : 4;     /* MIP6_MN_* */
    uint32_t link : 2;
    uint32_t na_left : 2;
};

_Static_assert(sizeof(struct mip6_mn) <= MIP6_MN_STORAGE, "a node at rest stays small");
_Static_assert(offsetof(struct mip6_mn, home) == 0, "the host reads it there");

/* ---- send.c */

/* Begin a message whose first timeout is timeout_ns. */
void mip6_mn_retry_start(mn_retry *r, int64_t timeout_ns);
void mip6_mn_retry_stop(mn_retry *r);
/* Takes a place in the window of a second; else *when_ns says when there is one. */
bool mip6_mn_rate_take(mn_rate *rate, int64_t now_ns, int64_t *when_ns);
/* From now on this is the current agent (unspecified: none); the rates of both agents stay
 * with them. Needs mn->work. */
void mip6_mn_set_agent(mip6_mn *mn, const mip6_addr *agent);
/* Transmit now, or as soon as the rate allows. True: now (pending is set). */
bool mip6_mn_retry_send(mn_retry *r, mn_rate *rate, int64_t now_ns);
typedef enum mn_due { MN_DUE_NOT, MN_DUE_SEND, MN_DUE_FAILED } mn_due;
/* Is it time? SEND: the timeout was doubled; the caller transmits. FAILED: `max_sends`
 * (0: no such bound) or the timeout max_ns passed without an answer. */
mn_due mip6_mn_retry_due(mn_retry *r, int64_t max_ns, unsigned max_sends, int64_t now_ns);

/* Send a Binding Update with a new sequence number, where the rate allows. */
void mip6_mn_txn_send(mip6_mn *mn, mn_txn *txn, int64_t now_ns);
void mip6_mn_txn_start(mip6_mn *mn, mn_txn *txn, const mip6_addr *peer,
                       uint16_t lifetime_units, int64_t timeout_ns, int64_t now_ns);
/* Build it. Returns its length. */
int mip6_mn_txn_build(const mip6_mn *mn, mn_txn *txn, uint8_t *buf, size_t cap);

/* ---- mn.c */

/* The short-lived state, made where there is none; NULL: no memory. */
mn_work *mip6_mn_get_work(mip6_mn *mn);
/* Begin what is due: registration, discovery, deregistration. Without memory: later. */
void mip6_mn_begin(mip6_mn *mn, int64_t now_ns);
/* The end of each public call: gives idle state back. */
void mip6_mn_settle(mip6_mn *mn);
void mip6_mn_trace(const mip6_mn *mn, mip6_trace_kind kind, const mip6_addr *peer,
                   uint8_t code, int64_t value, int64_t now_ns);
/* Count a dropped packet. Returns MIP6_ERR_IGNORED. */
int mip6_mn_ignore(const mip6_mn *mn, mip6_drop cause);
/* A secret draw. */
uint64_t mip6_mn_draw(mip6_mn *mn);

static inline bool mip6_mn_is(const mip6_mn *mn, unsigned state)
{
    return (mn->state & state) != 0;
}

/* ---- register.c */

/* Send a registration to `agent`. work is there. */
void mip6_mn_register(mip6_mn *mn, const mip6_addr *agent, int64_t now_ns);
/* Keep the binding at the current agent while a registration elsewhere runs. */
void mip6_mn_keep(mip6_mn *mn, int64_t now_ns);
/* The registration at reg.peer came to nothing. status 0: no answer. */
void mip6_mn_register_failed(mip6_mn *mn, uint8_t status, int64_t now_ns);
/* The binding at the current agent is no more. */
void mip6_mn_unregister(mip6_mn *mn);
int mip6_mn_on_ba(mip6_mn *mn, const mip6_header *h, const mip6_ba *ba, int64_t now_ns);

/* ---- redirect.c */

/* May a registration at `agent` be answered by a Redirect? */
bool mip6_mn_redirectable(const mip6_mn *mn, const mip6_addr *agent);
/* The answer to reg's Binding Update has a Redirect. True: followed, or late and dropped.
 * False: counted; the rest of the answer stands. */
bool mip6_mn_on_redirect(mip6_mn *mn, const mip6_ba *ba, int64_t now_ns);

/* ---- dhaad.c */
void mip6_mn_dhaad_start(mip6_mn *mn, int64_t now_ns);
void mip6_mn_dhaad_stop(mip6_mn *mn);
void mip6_mn_dhaad_expire(mip6_mn *mn, int64_t now_ns);
int mip6_mn_dhaad_build(const mip6_mn *mn, uint8_t *buf, size_t cap);
int mip6_mn_on_dhaad(mip6_mn *mn, const mip6_header *h, const mip6_dhaad *reply,
                     int64_t now_ns);
/* Register with the next address of the list, or discover: after a pause where the last
 * of a list has refused, else at once. */
void mip6_mn_next_agent(mip6_mn *mn, bool refused, int64_t now_ns);

/* ---- switch.c */
int mip6_mn_on_switch(mip6_mn *mn, const mip6_header *h, const mip6_dhaad *reply,
                      int64_t now_ns);
/* RFC 5142 section 6.1. */
int mip6_mn_on_has(mip6_mn *mn, const mip6_header *h, const mip6_has *has, int64_t now_ns);
/* The new agent, reg.peer, has accepted; `agent` is still the old one. */
void mip6_mn_switch_done(mip6_mn *mn, int64_t now_ns);
/* An answer to old's Binding Update; its sequence is checked. */
void mip6_mn_on_old_ba(mip6_mn *mn, const mip6_ba *ba, int64_t sent_ns, int64_t now_ns);
void mip6_mn_old_expire(mip6_mn *mn, int64_t now_ns);
/* Nobody answers there. */
void mip6_mn_old_failed(mip6_mn *mn, int64_t now_ns);
/* Receive nothing more from the agent that was left last. */
void mip6_mn_old_release(mip6_mn *mn);

/* ---- home.c */
void mip6_mn_home_begin(mip6_mn *mn, int64_t now_ns);
/* The binding is deregistered, or nobody answers. */
void mip6_mn_home_done(mip6_mn *mn, int64_t now_ns);
void mip6_mn_home_announce(mip6_mn *mn, int64_t now_ns);
void mip6_mn_home_leave(mip6_mn *mn);
int mip6_mn_on_ns(mip6_mn *mn, const mip6_rx *rx, const mip6_header *h, const mip6_nd *ns);
bool mip6_mn_home_poll(mip6_mn *mn, mip6_action *action, uint8_t *buf, size_t cap);

/* ---- ro.c */
mn_ro *mip6_mn_ro_find(const mip6_mn *mn, const mip6_addr *peer);
/* A packet of `peer` came through the tunnel. */
void mip6_mn_ro_heard(mip6_mn *mn, const mip6_addr *peer, int64_t now_ns);
/* What is missing: tests, or the Binding Update. */
void mip6_mn_ro_start(mip6_mn *mn, mn_ro *ro, int64_t now_ns);
/* A home registration was accepted: every correspondent learns the care-of address. */
void mip6_mn_ro_kick(mip6_mn *mn, int64_t now_ns);
/* Nothing can be sent for now: the care-of address changed or the binding is gone. */
void mip6_mn_ro_halt(mip6_mn *mn);
/* At home: deregister everywhere. */
void mip6_mn_ro_home(mip6_mn *mn, int64_t now_ns);
/* Forget deregistrations that have not ended: the node left home. */
void mip6_mn_ro_leave(mip6_mn *mn);
void mip6_mn_ro_pause(mip6_mn *mn, mn_ro *ro, int64_t ns, int64_t now_ns);
void mip6_mn_ro_remove(mip6_mn *mn, mn_ro *ro);
void mip6_mn_ro_clear(mip6_mn *mn);
void mip6_mn_ro_expire(mip6_mn *mn, int64_t now_ns);
int64_t mip6_mn_ro_next(const mip6_mn *mn);
bool mip6_mn_ro_poll(mip6_mn *mn, mip6_action *action, uint8_t *buf, size_t cap);
/* Kbm of the entry. RFC 6275 section 5.2.5. */
void mip6_mn_ro_key(const mip6_mn *mn, const mn_ro *ro, uint8_t kbm[20]);

/* ---- error.c */
/* A mobility header whose type is not known, from h->src. RFC 6275 sections 9.2, 9.3.3. */
void mip6_mn_unknown_type(mip6_mn *mn, const mip6_header *h, int64_t now_ns);
bool mip6_mn_error_poll(mip6_mn *mn, mip6_action *action, uint8_t *buf, size_t cap);

/* ---- ro_receive.c */
int mip6_mn_on_hot(mip6_mn *mn, const mip6_header *h, const mip6_rr *rr, int64_t now_ns);
int mip6_mn_on_cot(mip6_mn *mn, const mip6_header *h, const mip6_rr *rr, int64_t now_ns);
int mip6_mn_on_ro_ba(mip6_mn *mn, const mip6_header *h, const mip6_ba *ba,
                     const uint8_t *pkt, int64_t now_ns);
int mip6_mn_on_ro_brr(mip6_mn *mn, const mip6_header *h, int64_t now_ns);
int mip6_mn_on_ro_be(mip6_mn *mn, const mip6_header *h, const mip6_be *be, int64_t now_ns);
/* An ICMPv6 parameter problem about a packet to `peer`. */
int mip6_mn_on_ro_refused(mip6_mn *mn, const mip6_addr *peer, int64_t now_ns);

#endif
