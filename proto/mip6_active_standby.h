/* Active-standby: virtual home agents, each served by one of several members, all others ready to.
 *
 * A *group* is a virtual agent: a link-local and a global address, and a link-layer address of its
 * own. Each member has one mip6_ha for each group, configured with these and not with its own; by
 * VRRP (mip6_vrrp.h) one of them serves and the others stand by (mip6_ha_stand_by). This object
 * is one member's conductor: it runs the elections and makes its agents serve and stand by. The
 * host owns all, and polls the agents itself after each call of this one.
 *
 *     host                                  library
 *     ----                                  -------
 *     a packet came to ff02::12     ->  mip6_active_standby_receive
 *     next_expiry has come          ->  mip6_active_standby_expire
 *     then, until false             ->  mip6_active_standby_poll   -> send; it serves, stands by
 *     then, for each group          ->  mip6_ha_poll
 *
 * A member begins in Initialize and listens. Where it hears a master it stays there until its copy
 * of the group's bindings is complete; where it hears none for one master-down time it starts up
 * with what it has.
 *
 *   PROTOCOL 12; RFC 5798
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#ifndef MIP6_ACTIVE_STANDBY_H
#define MIP6_ACTIVE_STANDBY_H

#include "mip6.h"
#include "mip6_peer.h"
#include "mip6_vrrp.h"

#define MIP6_ACTIVE_STANDBY_GROUPS 32u

/* Kept by reference, with the arrays it points to: must outlive the object. */
typedef struct mip6_active_standby_config {
    uint8_t n_groups;                   /* 1 to MIP6_ACTIVE_STANDBY_GROUPS */
    const mip6_vrrp_config *vrrp;       /* of each group; VRIDs differ */
    mip6_ha *const *agents;             /* of each group; initialised, not started */
    bool before_ack;                    /* nodes are answered when all live members know it */
} mip6_active_standby_config;

typedef struct mip6_active_standby mip6_active_standby;

size_t mip6_active_standby_size(void);
/* storage: mip6_active_standby_size() bytes, aligned for any type, the caller's; so that there is
 * nothing to give back. */
mip6_active_standby *mip6_active_standby_init(void *storage,
                                              const mip6_active_standby_config *config,
                                              int64_t now_ns);
/* What the control plane calls of a system: for mip6_peers_init, with a cache for each group, and
 * this object as the system. */
const mip6_system_ops *mip6_active_standby_ops(void);
/* Before the start: bindings are copied through this endpoint, which the host starts, polls and
 * stops itself. Without it every member has what it got from nodes itself. */
void mip6_active_standby_share(mip6_active_standby *system, mip6_peers *peers);
/* All agents stand by, and listening begins. */
void mip6_active_standby_start(mip6_active_standby *system, int64_t now_ns);
/* Leave in good order: priority 0 where it is master, and all agents stand by for good. */
void mip6_active_standby_stop(mip6_active_standby *system, int64_t now_ns);
/* The copy of a group's bindings is what its master has: no more need to wait. */
void mip6_active_standby_loaded(mip6_active_standby *system, uint8_t group, int64_t now_ns);

/* A packet that came to ff02::12. Returns as mip6_vrrp_receive; a VRID that no group has:
 * MIP6_ERR_IGNORED. */
int mip6_active_standby_receive(mip6_active_standby *system, const uint8_t *pkt, size_t len,
                                int64_t now_ns);

typedef struct mip6_active_standby_action {
    mip6_vrrp_action_kind kind; /* SERVE and STAND_BY are news: it is done already */
    uint8_t group;
    uint32_t len;               /* of SEND: bytes written to buf; from the group's link-layer
                                 * address, to ff02::12 */
} mip6_active_standby_action;

/* buf: at least MIP6_VRRP_PACKET bytes. False: nothing more now. */
bool mip6_active_standby_poll(mip6_active_standby *system, mip6_active_standby_action *action,
                              uint8_t *buf, size_t cap, int64_t now_ns);
int64_t mip6_active_standby_next_expiry(const mip6_active_standby *system);
void mip6_active_standby_expire(mip6_active_standby *system, int64_t now_ns);

bool mip6_active_standby_serves(const mip6_active_standby *system, uint8_t group);
/* Does it wait in Initialize? */
bool mip6_active_standby_waits(const mip6_active_standby *system, uint8_t group);
/* A group's election. Borrowed. */
const mip6_vrrp *mip6_active_standby_vrrp(const mip6_active_standby *system, uint8_t group);

#endif
