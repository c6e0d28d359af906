/* VRRP version 3 for IPv6: which of several agents serves a virtual one.
 *
 * One instance per agent and virtual agent, in the manner of mip6_ha: the host owns the memory,
 * tells it of packets and of time, and carries out what it asks for:
 *
 *     host                                library
 *     ----                                -------
 *     a packet came to ff02::12   ->  mip6_vrrp_receive
 *     next_expiry has come        ->  mip6_vrrp_expire
 *     then, until false           ->  mip6_vrrp_poll   -> send, serve, stand by
 *
 *   RFC 5798 (5.1 format, 6.4 states, 7.3 the virtual link-layer address); PROTOCOL 12
 *
 * Accept_Mode is True, and nobody owns the virtual addresses: priorities are 1 to 254.
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#ifndef MIP6_VRRP_H
#define MIP6_VRRP_H

#include "mip6_wire.h"

#define MIP6_NH_VRRP 112
#define MIP6_VRRP_FIXED 8u
#define MIP6_VRRP_ADDRESSES 2u      /* virtual link-local, then virtual global */
#define MIP6_VRRP_PACKET (MIP6_IPV6_HEADER + MIP6_VRRP_FIXED + 16 * MIP6_VRRP_ADDRESSES)
#define MIP6_VRRP_MAX_PRIORITY 254
#define MIP6_VRRP_UNIT_NS (10 * MIP6_MS_NS)     /* of intervals on the wire: a centisecond */
#define MIP6_VRRP_MAX_INTERVAL_NS (4095 * MIP6_VRRP_UNIT_NS)

/* ff02::12. RFC 5798 section 5.1.2.2. */
mip6_addr mip6_addr_all_vrrp(void);
/* 00-00-5E-00-02-VRID. Section 7.3. */
mip6_lladdr mip6_vrrp_lladdr(uint8_t vrid);

/* ---- Packets ---------------------------------------------------------------------- */

/* An advertisement. Section 5.2. */
typedef struct mip6_vrrp_advert {
    mip6_addr source;               /* of the packet: the sender's own link-local address */
    uint8_t vrid;
    uint8_t priority;               /* 0: the sender gives up */
    uint8_t n;                      /* addresses, at least 1 */
    const mip6_addr *addresses;     /* borrowed: the packet's own bytes after decode */
    int64_t interval_ns;            /* a multiple of MIP6_VRRP_UNIT_NS, 1 to 4095 of them */
} mip6_vrrp_advert;

/* Read a whole packet, header and checksum too. What section 7.1 says MUST be verified is; beyond
 * it: the destination is ff02::12, the source and the first address are link-local (5.1.2.1,
 * 5.2.9), the interval is not 0, the count is that of the addresses, exactly.
 * Returns 0, MIP6_ERR_MALFORMED or MIP6_ERR_CHECKSUM with *cause set, *out undefined. */
int mip6_vrrp_decode(const uint8_t *pkt, size_t len, mip6_vrrp_advert *out, mip6_drop *cause);
/* Write one. Returns its length, MIP6_ERR_SPACE, or MIP6_ERR_INVALID for a field that decode
 * would refuse. */
int mip6_vrrp_encode(uint8_t *buf, size_t cap, const mip6_vrrp_advert *advert);

/* ---- Election --------------------------------------------------------------------- */

typedef enum mip6_vrrp_state {
    MIP6_VRRP_INITIALIZE,
    MIP6_VRRP_BACKUP,
    MIP6_VRRP_MASTER
} mip6_vrrp_state;

/* "initialize", "backup", "master". Static storage. */
const char *mip6_vrrp_state_name(mip6_vrrp_state state);

/* Kept by reference: must outlive the instance. */
typedef struct mip6_vrrp_config {
    uint8_t vrid;                   /* 1 to 255 */
    uint8_t priority;               /* 1 to 254 */
    bool preempt;
    int64_t interval_ns;            /* as in an advertisement */
    mip6_addr link_local;           /* the agent's own */
    mip6_addr addresses[MIP6_VRRP_ADDRESSES];
} mip6_vrrp_config;

/* PEERS 4: 254 - floor(253 rank / n), rank = (agent - group) mod n. n > 0. */
uint8_t mip6_vrrp_priority(uint32_t agent, uint32_t group, uint32_t n);
/* floor((256 - priority) interval / 256). Section 6.1, in ns. */
int64_t mip6_vrrp_skew_ns(uint8_t priority, int64_t interval_ns);
/* 3 interval + skew. */
int64_t mip6_vrrp_master_down_ns(uint8_t priority, int64_t interval_ns);

typedef enum mip6_vrrp_action_kind {
    MIP6_VRRP_SEND,         /* packet[0..len), from the virtual link-layer address, to ff02::12 */
    MIP6_VRRP_SERVE,        /* it is master now */
    MIP6_VRRP_STAND_BY      /* it is no longer */
} mip6_vrrp_action_kind;

typedef struct mip6_vrrp_action {
    mip6_vrrp_action_kind kind;
    uint32_t len;           /* of SEND: bytes written to buf */
} mip6_vrrp_action;

typedef struct mip6_vrrp mip6_vrrp;

size_t mip6_vrrp_size(void);
/* storage: mip6_vrrp_size() bytes, aligned for any type, the caller's. In Initialize. */
mip6_vrrp *mip6_vrrp_init(void *storage, const mip6_vrrp_config *config, int64_t now_ns);
/* The Startup event: to Backup. Nothing in another state. Section 6.4.1. */
void mip6_vrrp_startup(mip6_vrrp *vrrp, int64_t now_ns);
/* The Shutdown event: to Initialize; a master says so with priority 0. */
void mip6_vrrp_shutdown(mip6_vrrp *vrrp, int64_t now_ns);
/* In Initialize an advertisement is heard too, though nothing follows from it: when the last one
 * of this VRID came, so that a member that loads knows whether anybody serves. MIP6_NEVER: none. */
int64_t mip6_vrrp_heard_ns(const mip6_vrrp *vrrp);

/* A packet that came to ff02::12. Returns 0, MIP6_ERR_MALFORMED or MIP6_ERR_CHECKSUM (dropped and
 * counted), or MIP6_ERR_IGNORED: another VRID (not counted: one agent has many instances), or our
 * own address as the source (counted). Poll afterwards. */
int mip6_vrrp_receive(mip6_vrrp *vrrp, const uint8_t *pkt, size_t len, int64_t now_ns);
/* buf: at least MIP6_VRRP_PACKET bytes. False: nothing more now. */
bool mip6_vrrp_poll(mip6_vrrp *vrrp, mip6_vrrp_action *action, uint8_t *buf, size_t cap,
                    int64_t now_ns);
int64_t mip6_vrrp_next_expiry(const mip6_vrrp *vrrp);
void mip6_vrrp_expire(mip6_vrrp *vrrp, int64_t now_ns);

typedef struct mip6_vrrp_figures {
    mip6_vrrp_state state;
    int64_t master_interval_ns;     /* Master_Adver_Interval */
    uint64_t sent, received;
    uint64_t became_master;
    uint64_t mismatched;            /* received with other addresses than ours, and taken */
    uint64_t drops[MIP6_N_DROPS];
} mip6_vrrp_figures;

void mip6_vrrp_get_figures(const mip6_vrrp *vrrp, mip6_vrrp_figures *out);
mip6_vrrp_state mip6_vrrp_get_state(const mip6_vrrp *vrrp);

#endif
