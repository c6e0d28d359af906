/* Packets to messages and back. Pure functions: no state, no allocation.
 *
 * One struct, mip6_message, holds any message this library understands, and one
 * pair of functions turns it into a whole IPv6 packet and back, checksums included:
 * what decode reads, encode writes.
 *
 *   RFC 8200 (IPv6), RFC 4443 (ICMPv6), RFC 4861 (ND), RFC 6275 section 6
 *   (mobility header, Home Address option, type 2 routing header, DHAAD),
 *   RFC 5142 (Home Agent Switch), RFC 6463 (Redirect), RFC 2473 (tunnels),
 *   draft-deng section 6 and 7.
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#ifndef MIP6_WIRE_H
#define MIP6_WIRE_H

#include "mip6_types.h"

/* Next-header values. */
enum {
    MIP6_NH_HOPOPTS = 0,
    MIP6_NH_UDP = 17,
    MIP6_NH_IPV6 = 41,
    MIP6_NH_ROUTING = 43,
    MIP6_NH_FRAGMENT = 44,
    MIP6_NH_ICMPV6 = 58,
    MIP6_NH_NONE = 59,
    MIP6_NH_DSTOPTS = 60,
    MIP6_NH_MOBILITY = 135,
};

#define MIP6_IPV6_HEADER 40u
#define MIP6_UDP_HEADER 8u
#define MIP6_HOA_HEADER 24u     /* destination options with a Home Address option */
#define MIP6_RH2_HEADER 24u     /* type 2 routing header */
#define MIP6_FRAGMENT_HEADER 8u
#define MIP6_MIN_MTU 1280u      /* RFC 8200 section 5 */
#define MIP6_DHAAD_MAX 77u      /* addresses of a reply within 1280 bytes */
#define MIP6_MAX_PACKET 1280u   /* the largest packet this library builds */

/* The IPv6 header and the extension headers this library knows. */
typedef struct mip6_header {
    mip6_addr src;          /* as in the IPv6 header */
    mip6_addr dst;          /* as in the IPv6 header */
    mip6_addr home;         /* Home Address option, if has_home. RFC 6275 6.3 */
    mip6_addr final;        /* type 2 routing header's address, if has_final. 6.4 */
    bool has_home;
    bool has_final;
    bool is_fragment;       /* a Fragment header with offset or more-fragments */
    bool has_encap_limit;   /* RFC 2473 4.1.1; decode only */
    uint8_t encap_limit;
    uint8_t hop_limit;
    uint8_t segments_left;  /* of the type 2 routing header: 1 or 0 */
    uint8_t next_header;    /* of the upper layer: 17, 41, 58, 135, 59 ... */
    uint16_t upper_offset;  /* where the upper layer begins; decode only */
    uint32_t upper_len;     /* its length, virtual bytes included; decode only */
    uint16_t fragment_offset;   /* in bytes; with is_fragment */
    bool more_fragments;
    uint32_t fragment_id;
} mip6_header;

/* The address that stands for the sender above IP: the home address where a
 * Home Address option is there. RFC 6275 section 6.1.1, 11.3.1. Borrowed. */
const mip6_addr *mip6_header_source(const mip6_header *h);
/* Likewise for the receiver: the type 2 routing header's address. Borrowed. */
const mip6_addr *mip6_header_destination(const mip6_header *h);

/* Prefix Information option. RFC 4861 section 4.6.2, RFC 6275 section 7.2. */
typedef struct mip6_prefix_info {
    mip6_addr prefix;       /* a whole address where router_address */
    uint8_t length;
    bool on_link;
    bool autonomous;
    bool router_address;    /* R, 0x20 */
    uint32_t valid_s;       /* UINT32_MAX: infinity */
    uint32_t preferred_s;
} mip6_prefix_info;

#define MIP6_RA_PREFIXES 4
#define MIP6_ND_LOAD_OPTION 253     /* RFC 4727; 8 as the draft prints it */
#define MIP6_ND_HA_INFO_OPTION 8    /* RFC 6275 section 7.4 */
#define MIP6_ND_CAPACITY_OPTION 254

/* Router advertisement. RFC 4861 section 4.2, RFC 6275 section 7.1. */
typedef struct mip6_ra {
    uint8_t cur_hop_limit;
    uint8_t flags;              /* M 0x80, O 0x40, H 0x20, Prf 0x18 (L is 0x10) */
    uint16_t router_lifetime_s;
    uint32_t reachable_ms;
    uint32_t retrans_ms;
    bool has_slla;              /* source link-layer address, option 1 */
    mip6_lladdr slla;
    uint8_t n_prefixes;         /* further ones are skipped, not an error */
    mip6_prefix_info prefixes[MIP6_RA_PREFIXES];
    bool has_mtu;
    uint32_t mtu;
    bool has_interval;          /* advertisement interval, option 7 */
    uint32_t interval_ms;
    bool has_ha_info;           /* option 8, as RFC 6275 reads its bytes; the draft's */
    uint16_t ha_preference;     /*   type 8 load option has queue size here */
    uint16_t ha_lifetime_s;     /*   and the MN count here */
    bool has_load;              /* option 253: draft section 7 */
    uint16_t load_queue;
    uint16_t load_mn_count;
    bool has_capacity;          /* option 254 */
    uint32_t capacity_kbps;
} mip6_ra;

#define MIP6_RA_MANAGED 0x80u
#define MIP6_RA_OTHER 0x40u
#define MIP6_RA_HOME_AGENT 0x20u
#define MIP6_RA_PRF 0x18u
#define MIP6_RA_LOAD 0x10u

/* Neighbour solicitation and advertisement. RFC 4861 sections 4.3, 4.4. */
typedef struct mip6_nd {
    mip6_addr target;
    bool router, solicited, override;   /* of an advertisement */
    bool has_lladdr;                    /* option 1 in an NS, 2 in an NA */
    mip6_lladdr lladdr;
} mip6_nd;

/* DHAAD request (144) and reply (145). RFC 6275 sections 6.5, 6.6. */
typedef struct mip6_dhaad {
    uint16_t id;
    uint16_t n;                     /* addresses of a reply */
    const mip6_addr *addresses;     /* borrowed: the packet's own bytes after decode */
} mip6_dhaad;

/* Binding Update flags. RFC 6275 section 6.1.7. */
#define MIP6_BU_ACK 0x8000u
#define MIP6_BU_HOME 0x4000u
#define MIP6_BU_LINK_LOCAL 0x2000u
#define MIP6_BU_KEY 0x1000u

#define MIP6_LIFETIME_UNIT_S 4u

/* What the mobility options of any message may hold. RFC 6275 section 6.2, RFC 6463
 * section 4. */
typedef struct mip6_mobility_options {
    bool has_alt_coa;           /* option 3 */
    mip6_addr alt_coa;
    bool has_nonces;            /* option 4 */
    uint16_t home_nonce;
    uint16_t coa_nonce;
    bool has_refresh;           /* option 2: Binding Refresh Advice, units of 4 s */
    uint16_t refresh_units;
    bool has_auth;              /* option 5: binding authorisation data, 96 bits */
    uint8_t auth[12];
    uint16_t auth_offset;       /* where auth stands in the packet; set by both ways */
    bool redirect_capable;      /* option 46; of a BU alone */
    bool has_redirect;          /* option 47 with K; of a BA alone */
    mip6_addr redirect;         /* the agent to register with */
} mip6_mobility_options;

typedef struct mip6_bu {
    uint16_t sequence;
    uint16_t flags;             /* MIP6_BU_* */
    uint16_t lifetime_units;    /* of 4 s; 0 deletes */
    mip6_mobility_options opt;
} mip6_bu;

typedef struct mip6_ba {
    uint8_t status;             /* MIP6_STATUS_* */
    bool key;                   /* K */
    uint16_t sequence;
    uint16_t lifetime_units;
    mip6_mobility_options opt;
} mip6_ba;

/* Binding Acknowledgement status. RFC 6275 section 6.1.8. */
enum {
    MIP6_STATUS_ACCEPTED = 0,
    MIP6_STATUS_PREFIX_DISCOVERY = 1,
    MIP6_STATUS_UNSPECIFIED = 128,
    MIP6_STATUS_PROHIBITED = 129,
    MIP6_STATUS_RESOURCES = 130,
    MIP6_STATUS_NO_HOME_REGISTRATION = 131,
    MIP6_STATUS_NOT_HOME_SUBNET = 132,
    MIP6_STATUS_NOT_HOME_AGENT = 133,
    MIP6_STATUS_DAD_FAILED = 134,
    MIP6_STATUS_SEQUENCE = 135,
    MIP6_STATUS_HOME_NONCE = 136,
    MIP6_STATUS_COA_NONCE = 137,
    MIP6_STATUS_NONCES = 138,
    MIP6_STATUS_TYPE_CHANGE = 139,
    MIP6_STATUS_BAD_COA = 174,
};

/* Binding Error. RFC 6275 section 6.1.9. */
typedef struct mip6_be {
    uint8_t status;             /* 1 no binding for the option, 2 unknown MH type */
    mip6_addr home;
} mip6_be;

/* HoTI, CoTI: cookie. HoT, CoT: nonce index, cookie, token. 6.1.3 to 6.1.6. */
typedef struct mip6_rr {
    uint16_t nonce_index;
    uint8_t cookie[8];
    uint8_t token[8];
} mip6_rr;

/* Home Agent Switch. RFC 5142 section 4. */
typedef struct mip6_has {
    uint8_t n;
    const mip6_addr *addresses;     /* borrowed */
    bool has_refresh;               /* Binding Refresh Advice */
    uint16_t refresh_units;
} mip6_has;

/* ICMPv6 types 1 to 4. RFC 4443 section 3. */
typedef struct mip6_icmp_error {
    uint8_t type;
    uint8_t code;
    uint32_t value;                 /* MTU of type 2, pointer of type 4 */
    const uint8_t *packet;          /* the invoking packet's first bytes; borrowed */
    uint16_t packet_len;
} mip6_icmp_error;

/* Any message. `kind` says which member holds. RS, DATA and OTHER have none:
 * DATA is UDP (checksum verified) or IPv6-in-IPv6, looked at by nobody further;
 * OTHER is an ICMPv6 type that is well-formed but not ours (MLD, echo, redirect). */
typedef struct mip6_message {
    mip6_message_kind kind;
    union {
        mip6_ra ra;
        mip6_nd nd;
        mip6_dhaad dhaad;
        mip6_bu bu;
        mip6_ba ba;
        mip6_be be;
        mip6_rr rr;
        mip6_has has;
        mip6_icmp_error icmp;
    } u;
} mip6_message;

/* Read the IPv6 header and extension headers.
 *   virtual_bytes  zero bytes that follow len without being there; every length
 *                  and checksum includes them
 *   cause          set where the result is not 0; may not be NULL
 * A payload length shorter than the bytes at hand leaves the rest unread (link
 * padding); a longer one is an error. Returns 0 or MIP6_ERR_MALFORMED (*h undefined). */
int mip6_decode_header(const uint8_t *pkt, size_t len, uint32_t virtual_bytes,
                       mip6_header *h, mip6_drop *cause);

/* Read a whole packet: header, checksum, message. Strict: what a specification
 * says MUST be dropped is an error with its cause. ND needs hop limit 255.
 * A fragment that is not whole is OTHER, and so is next header 59. Nothing outside
 * pkt[0..len) is read. Returns 0, MIP6_ERR_MALFORMED or MIP6_ERR_CHECKSUM (then *h and
 * *msg are undefined, but for cause UNKNOWN_MESSAGE: *h holds, so that a Binding
 * Error can be sent, RFC 6275 9.3.3). */
int mip6_decode(const uint8_t *pkt, size_t len, uint32_t virtual_bytes,
                mip6_header *h, mip6_message *msg, mip6_drop *cause);

/* Write a whole packet into buf, checksum included.
 *   h     src, dst, hop_limit, and home/final where has_home/has_final (then
 *         segments_left is written as 1, dst must be the care-of address)
 * For a BU or BA with has_auth the 12 bytes are written as given and
 * opt.auth_offset is set; see mip6_wire_auth_finish. The packet of an ICMPv6 error is
 * cut to what MIP6_MAX_PACKET takes. INVALID: a kind without an encoding (DATA, OTHER),
 * a field that mip6_decode would refuse, more than MIP6_MAX_PACKET bytes, a DHAAD request
 * with identifier 0. SWITCH writes identifier 0 whatever dhaad.id says; a DHAAD_REPLY
 * to a foreign request of identifier 0 keeps it. RS has no options.
 * Returns the length, or MIP6_ERR_SPACE or MIP6_ERR_INVALID. */
int mip6_encode(uint8_t *buf, size_t cap, const mip6_header *h, mip6_message *msg);

/* Put authenticator bytes at auth_offset and fix the mobility header's checksum. */
void mip6_wire_auth_finish(uint8_t *pkt, size_t len, uint16_t auth_offset,
                           const uint8_t auth[12]);

/* Write a 40-byte outer header in front of an inner packet.
 *   payload_len   bytes of the inner packet, virtual ones included
 * RFC 2473 section 3. out: 40 writable bytes. */
void mip6_tunnel_header(uint8_t *out, const mip6_addr *src, const mip6_addr *dst,
                        uint32_t payload_len, uint8_t hop_limit);

/* Write an IPv6 and UDP header (48 bytes) for a payload of `payload_len` zero bytes,
 * checksum included. The checksum stays right when a Home Address option or a type 2
 * routing header later moves src or dst there. */
void mip6_udp_header(uint8_t out[48], const mip6_addr *src, const mip6_addr *dst,
                     uint16_t src_port, uint16_t dst_port, uint32_t payload_len,
                     uint8_t hop_limit);

/* One's complement sum of an upper-layer packet with its pseudo-header, folded and
 * inverted: 0 over a packet whose checksum is right. Virtual zero bytes add only
 * their length. RFC 8200 section 8.1. */
uint16_t mip6_checksum(const mip6_addr *src, const mip6_addr *dst, uint8_t next_header,
                       const uint8_t *upper, size_t len, uint32_t virtual_bytes);

/* Split a packet above `mtu` into fragments (RFC 8200 section 4.5), the i-th at a
 * time: writes its real bytes into buf, its virtual tail into *virtual_out. Returns
 * the number of bytes written, 0 past the last fragment, MIP6_ERR_SPACE, or INVALID for
 * a packet that fits, has a Fragment header or is malformed, or mtu below MIP6_MIN_MTU. */
int mip6_fragment(const uint8_t *pkt, size_t len, uint32_t virtual_bytes, uint32_t mtu,
                  uint32_t id, unsigned i, uint8_t *buf, size_t cap, uint32_t *virtual_out);

/* Big-endian access, alignment 1. */
static inline uint16_t mip6_get16(const uint8_t *p)
{
    return (uint16_t)((uint16_t)(p[0] << 8) | p[1]);
}

static inline uint32_t mip6_get32(const uint8_t *p)
{
    return ((uint32_t)mip6_get16(p) << 16) | mip6_get16(p + 2);
}

static inline void mip6_put16(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static inline void mip6_put32(uint8_t *p, uint32_t v)
{
    mip6_put16(p, (uint16_t)(v >> 16));
    mip6_put16(p + 2, (uint16_t)v);
}

#endif
