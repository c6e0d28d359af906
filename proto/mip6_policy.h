/* A balancing policy: what may be decided, on what it may look, and how it is
 * configured. This header alone is enough to write one, in this library or in a
 * shared object; policy/README.md shows both.
 *
 * A policy chooses. When it is asked, which bindings are offered, how often it may
 * act, and everything on the wire is the mechanism's, set by its own keys (see
 * mip6.h). A policy is never told whether the network is simulated.
 *
 * The same view, configuration, state and draws must give the same choice: a policy
 * keeps nothing but view->state (one is shared by all agents, runs and threads), reads no
 * clock, environment or file, draws by mip6_view_below alone, does not depend on the
 * values of pointers, and computes in integers (floating point differs by machine and
 * compiler). What it is given it may read during the call, and nothing but *state write.
 *
 *   draft-deng-mip6-ha-loadbalance-01 sections 7 and 8
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#ifndef MIP6_POLICY_H
#define MIP6_POLICY_H

#include "mip6_types.h"

/* Raised when anything in this file changes its meaning or layout. */
#define MIP6_POLICY_ABI 2u

/* Settings come in three named sets of defaults. */
typedef enum mip6_profile {
    MIP6_PROFILE_LITERAL,   /* the draft as printed */
    MIP6_PROFILE_SAFE,      /* what makes it work */
    MIP6_PROFILE_TUNED,     /* what makes it good */
    MIP6_N_PROFILES
} mip6_profile;

/* "literal", "safe", "tuned". Static storage. */
const char *mip6_profile_name(mip6_profile profile);
/* Returns the profile or -1. */
int mip6_profile_from_name(const char *name);

/* What the number of a key means. */
typedef enum mip6_unit {
    MIP6_UNIT_NONE,     /* a plain integer */
    MIP6_UNIT_NS,       /* a duration */
    MIP6_UNIT_BYTES,
    MIP6_UNIT_PPM,      /* a share, in millionths */
    MIP6_UNIT_PACKETS,
    MIP6_UNIT_PER_S,    /* events per second */
    MIP6_UNIT_BOOL,     /* 0 or 1: "off", "on" */
    MIP6_UNIT_CHOICE,   /* an index into names */
} mip6_unit;

/* One setting: an int64_t at `offset` in its struct. Tables of these describe
 * every setting of the library, so that a host can read, check and print them
 * without knowing any. */
typedef struct mip6_key {
    const char *name;           /* "reg-timeout-floor" */
    const char *help;           /* one line, with the section it comes from */
    mip6_unit unit;
    int64_t min, max;
    int64_t by_profile[MIP6_N_PROFILES];    /* defaults */
    size_t offset;
    const char *const *names;   /* of a CHOICE, NULL at the end */
} mip6_key;

/* Another default of one of the mechanism's keys (mip6_ha_keys), by name. */
typedef struct mip6_preset {
    const char *key;            /* "light" */
    int64_t by_profile[MIP6_N_PROFILES];
} mip6_preset;

/* Another home agent, as its advertisements describe it. */
typedef struct mip6_peer {
    mip6_addr address;          /* its global address */
    int64_t reported_at_ns;     /* when its last load report came */
    uint64_t sent_rate;         /* bytes/s of bindings switched there since then */
    uint32_t sent_count;        /* bindings switched there since then */
    uint32_t capacity_kbps;     /* 0: not advertised */
    uint16_t queue;             /* 0..65535, share of its reference queue */
    uint16_t mn_count;          /* in mn-count-unit */
    uint16_t unanswered;        /* switches sent there that nothing has answered yet */
    bool has_load;              /* false: legacy, never a candidate */
    bool blocked;               /* the mechanism would refuse a move there now */
} mip6_peer;

/* A binding that may be moved now. */
typedef struct mip6_candidate {
    mip6_addr home;
    uint64_t rate;              /* its tunnelled bytes/s, EWMA of 10 s */
    int64_t since_ns;           /* when its RegTIMEOUT began */
} mip6_candidate;

#define MIP6_MAX_CANDIDATES 16

/* All that a policy may look at. Valid during the call only. */
typedef struct mip6_view {
    int64_t now_ns;
    mip6_addr self;             /* own global address */
    uint16_t queue;             /* own queue as it would be advertised now, 0..65535 */
    uint16_t light;             /* LIGHT in the same unit */
    uint16_t mn_count;          /* own count as it would be advertised now */
    uint32_t capacity_kbps;     /* own; 0: not advertised */
    uint64_t queue_bytes;       /* own queue, in bytes of the same figure */
    uint64_t light_bytes;       /* LIGHT in bytes of the own reference */
    int64_t queue_tau_ns;       /* time constant behind the figure; 0: instantaneous */
    bool queue_is_rate;         /* the figure is what was forwarded in queue_tau_ns, of what the
                                 * capacity could: each agent has a reference of its own */
    uint32_t mn_count_unit;     /* bindings per unit of mn_count */
    uint32_t n_peers;           /* entries of the Home Agents List, oneself excluded */
    const mip6_peer *peers;     /* in the list's own order, not sorted; borrowed */
    uint32_t n_candidates;      /* 1..MIP6_MAX_CANDIDATES at a look, else 0 */
    const mip6_candidate *candidates;   /* oldest `since` first; borrowed */
    const void *config;         /* the policy's own settings, of config_size */
    void *state;                /* the policy's own memory, of state_size, zero at start */
    /* A uniform draw. Use `mip6_view_below`. */
    uint64_t (*random64)(const struct mip6_view *view);
    void *random_state;         /* the mechanism's */
} mip6_view;

/* A uniform number in [0, n), n >= 1, without bias. */
uint32_t mip6_view_below(const mip6_view *view, uint32_t n);
/* a * b / c without overflow in between; saturates. c > 0. */
uint64_t mip6_muldiv(uint64_t a, uint64_t b, uint64_t c);

/* Oneself, where an index into view->peers is asked for. */
#define MIP6_SELF UINT32_MAX

/* Which of two agents is lighter, in the draft's order: one whose queue is below LIGHT before
 * one whose is not; both below, the one with fewer nodes for its capacity; neither, the one
 * with the shorter queue. Capacities count where both are advertised. a, b: indices into
 * view->peers, of those with a load report, or MIP6_SELF. Returns below 0 where a is lighter,
 * above 0 where b is, 0 where they are alike. */
int mip6_view_compare(const mip6_view *view, uint32_t a, uint32_t b);

/* Which part of a rule fired; results show its name. */
typedef enum mip6_branch {
    MIP6_BRANCH_NONE,
    MIP6_BRANCH_QUEUE_LIGHT,    /* busy, and another agent is below LIGHT */
    MIP6_BRANCH_QUEUE_TOP,      /* busy, none is light, oneself among the top */
    MIP6_BRANCH_COUNT_TOP,      /* not busy, oneself among the top by MN count */
    MIP6_BRANCH_FIRST_BU,       /* a registration sent elsewhere */
    MIP6_BRANCH_THRESHOLD,
    MIP6_BRANCH_QUOTA,
    MIP6_N_BRANCHES
} mip6_branch;

/* "queue-light" and so on. Static storage. */
const char *mip6_branch_name(mip6_branch branch);

/* What was decided. `branch` NONE means: nothing now. A branch, peer or candidate that does not
 * exist, or a peer without a load report, is a fault of the policy: nothing is done, and it is
 * traced (MIP6_TRACE_POLICY_FAULT). */
typedef struct mip6_choice {
    mip6_branch branch;
    uint32_t peer;              /* index into view->peers */
    uint32_t candidate;         /* index into view->candidates, at a look */
} mip6_choice;

typedef struct mip6_policy {
    uint32_t abi;               /* MIP6_POLICY_ABI */
    const char *name;           /* "hybrid" */
    const char *help;           /* one line */
    bool advertises_load;       /* RAs carry the load option */
    size_t state_size;          /* bytes of view->state, at most MIP6_POLICY_MAX_STATE */
    size_t config_size;         /* bytes of view->config */
    const mip6_key *keys;       /* of config; NULL with n_keys 0 */
    size_t n_keys;
    /* What the mechanism's keys are by default under this policy, where that is another value
     * than usual; NULL with n_presets 0. A scenario may still set them. */
    const mip6_preset *presets;
    size_t n_presets;
    /* At a look for a move: evaluated anew before each move. NULL: never moves. */
    mip6_choice (*look)(const mip6_view *view);
    /* At a first BU, before DAD: may name another agent (candidates is empty).
     * NULL: serve it here. */
    mip6_choice (*first_bu)(const mip6_view *view);
    /* The preference to advertise; `configured` is the agent's own. NULL: that. */
    uint16_t (*preference)(const mip6_view *view, uint16_t configured);
} mip6_policy;

#define MIP6_POLICY_MAX_STATE 4096

/* A policy in a shared object ends with MIP6_POLICY_ENTRY(its mip6_policy). It defines the one
 * symbol that a host looks for, which returns the policy, static for as long as the object is
 * loaded; the host refuses one of another MIP6_POLICY_ABI. Inside this library it does nothing. */
#define MIP6_POLICY_ENTRY_NAME "mip6_policy_entry"
const mip6_policy *mip6_policy_entry(void);
#define MIP6_POLICY_ENTRY(policy)                                              \
    __attribute__((weak, visibility("default")))                               \
    const mip6_policy *mip6_policy_entry(void) { return &(policy); }

/* The policies of this library. NULL past the last one. Static storage. */
const mip6_policy *mip6_policy_at(size_t i);
/* By name, or NULL. */
const mip6_policy *mip6_policy_find(const char *name);

/* Fill `config` (config_size bytes) with a profile's defaults. */
void mip6_policy_defaults(const mip6_policy *policy, mip6_profile profile, void *config);

#endif
