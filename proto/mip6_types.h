/* Types that every part of the library shares: addresses, time, errors,
 * causes of a drop, kinds of message. No function here has state.
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#ifndef MIP6_TYPES_H
#define MIP6_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* An IPv6 address in network order. Alignment 1, so that it may lie in a packet. */
typedef struct mip6_addr {
    uint8_t b[16];
} mip6_addr;

/* A link-layer address (EUI-48). All zero means "none". */
typedef struct mip6_lladdr {
    uint8_t b[6];
} mip6_lladdr;

#define MIP6_SECOND_NS INT64_C(1000000000)
#define MIP6_MS_NS INT64_C(1000000)

/* "Never": what mip6_*_next_expiry returns without a timer. */
#define MIP6_NEVER INT64_MAX

/* Results. 0 is success; every other one is negative. */
#define MIP6_ERRORS(X)                                                       \
    X(MALFORMED, -1, "packet is malformed")                                  \
    X(CHECKSUM, -2, "checksum is wrong")                                     \
    X(IGNORED, -3, "packet is valid but not for this node or state")         \
    X(NOMEM, -4, "out of memory")                                            \
    X(FULL, -5, "a bounded table is full")                                   \
    X(INVALID, -6, "argument or configuration is out of range")              \
    X(SPACE, -7, "output buffer is too small")

typedef enum mip6_error {
#define X(name, value, text) MIP6_ERR_##name = value,
    MIP6_ERRORS(X)
#undef X
} mip6_error;

/* Text for a result of this library, "success" for 0. Static storage. */
const char *mip6_strerror(int error);

/* Why a packet was dropped. The names are what results show. */
#define MIP6_DROPS(X)                                                            \
    X(NONE, "none")                                                              \
    X(TOO_SHORT, "too-short")           /* cut before the end of a fixed part */ \
    X(BAD_LENGTH, "bad-length")         /* a length field contradicts another */ \
    X(BAD_VALUE, "bad-value")           /* a field's value is forbidden */       \
    X(CHECKSUM, "checksum")                                                      \
    X(HOP_LIMIT, "hop-limit")           /* ND not from 255, or exhausted */      \
    X(UNKNOWN_HEADER, "unknown-header") /* next header not understood */         \
    X(UNKNOWN_MESSAGE, "unknown-message")                                        \
    X(NOT_FOR_US, "not-for-us")                                                  \
    X(NOT_ACCEPTED, "not-accepted") /* valid, but the state does not allow it */ \
    X(STALE_SEQUENCE, "stale-sequence")                                          \
    X(RATE_LIMITED, "rate-limited")                                              \
    X(NO_BINDING, "no-binding")                                                  \
    X(BAD_TUNNEL_SOURCE, "bad-tunnel-source")                                    \
    X(NESTING, "nesting") /* tunnel encapsulation limit, RFC 2473 4.1.1 */       \
    X(TOO_BIG, "too-big") /* above the tunnel MTU, RFC 2473 7.1 */               \
    X(UNREGISTERED, "unregistered") /* MN without binding has nowhere to send */ \
    X(NO_MEMORY, "no-memory")                                                    \
    X(REPLAYED, "replayed") /* ESP: the sequence number has come, or is too old */ \
    X(UNKNOWN_SPI, "unknown-spi") /* ESP: no such security association */

typedef enum mip6_drop {
#define X(name, text) MIP6_DROP_##name,
    MIP6_DROPS(X)
#undef X
        MIP6_N_DROPS
} mip6_drop;

/* Name of a cause, as in results ("too-short"). Static storage. */
const char *mip6_drop_name(mip6_drop cause);

/* Kinds of message, for counting and for actions. The names are what results
 * show. SWITCH is the draft's unsolicited DHAAD reply; PEER_* are between agents that
 * share state (mip6_peer.h). */
#define MIP6_MESSAGES(X)                                                     \
    X(NONE, "none")                                                          \
    X(DATA, "data")                                                          \
    X(RS, "router-solicitation")                                             \
    X(RA, "router-advertisement")                                            \
    X(NS, "neighbour-solicitation")                                          \
    X(NA, "neighbour-advertisement")                                         \
    X(DHAAD_REQUEST, "dhaad-request")                                        \
    X(DHAAD_REPLY, "dhaad-reply")                                            \
    X(SWITCH, "unsolicited-dhaad-reply")                                     \
    X(BRR, "binding-refresh-request")                                        \
    X(HOTI, "home-test-init")                                                \
    X(COTI, "care-of-test-init")                                             \
    X(HOT, "home-test")                                                      \
    X(COT, "care-of-test")                                                   \
    X(BU, "binding-update")                                                  \
    X(BA, "binding-acknowledgement")                                         \
    X(BE, "binding-error")                                                   \
    X(HAS, "home-agent-switch")                                              \
    X(ICMP_ERROR, "icmp-error")                                              \
    X(OTHER, "other")                                                        \
    X(PEER_HELLO, "peer-hello")                                              \
    X(PEER_ACK, "peer-acknowledgement")                                      \
    X(PEER_RECORDS, "peer-records")                                          \
    X(PEER_REQUEST, "peer-request")                                          \
    X(PEER_TRANSFER_END, "peer-transfer-end")                                \
    X(PEER_SYSTEM, "peer-message")                                           \
    X(IKE, "ike")                                                            \
    X(VRRP, "vrrp-advertisement")

typedef enum mip6_message_kind {
#define X(name, text) MIP6_MSG_##name,
    MIP6_MESSAGES(X)
#undef X
        MIP6_N_MESSAGES
} mip6_message_kind;

/* Name of a kind, as in results ("binding-update"). Static storage. */
const char *mip6_message_name(mip6_message_kind kind);

/* Address helpers. None of them fails. What each packet asks several times is inline. */
inline bool mip6_addr_equal(const mip6_addr *a, const mip6_addr *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}
inline bool mip6_addr_is_unspecified(const mip6_addr *a)
{
    return mip6_addr_equal(a, &(const mip6_addr){{0}});
}
inline bool mip6_addr_is_multicast(const mip6_addr *a)
{
    return a->b[0] == 0xff;
}
inline bool mip6_addr_is_link_local(const mip6_addr *a)
{
    return a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0x80;
}
/* True where the first `bits` (0..128) bits of both are the same. */
bool mip6_addr_same_prefix(const mip6_addr *a, const mip6_addr *b, unsigned bits);
/* ff02::1:ffXX:XXXX of an address. RFC 4291 section 2.7.1. */
mip6_addr mip6_addr_solicited_node(const mip6_addr *a);
/* ff02::1, all nodes; ff02::2, all routers. */
mip6_addr mip6_addr_all_nodes(void);
mip6_addr mip6_addr_all_routers(void);
/* Mobile IPv6 Home-Agents anycast address of a /64: prefix::fdff:ffff:ffff:fffe.
 * RFC 2526 section 2, RFC 6275 section 10.5. */
mip6_addr mip6_addr_ha_anycast(const mip6_addr *prefix);
/* fe80:: with the modified EUI-64 of a link-layer address. RFC 4291 appendix A. */
mip6_addr mip6_addr_link_local(const mip6_lladdr *ll);
/* prefix (first 64 bits of `prefix`) with the modified EUI-64 of `ll`. */
mip6_addr mip6_addr_from_lladdr(const mip6_addr *prefix, const mip6_lladdr *ll);

bool mip6_lladdr_equal(const mip6_lladdr *a, const mip6_lladdr *b);
bool mip6_lladdr_is_zero(const mip6_lladdr *a);
/* 33:33:xx:xx:xx:xx of a multicast address. RFC 2464 section 7. */
mip6_lladdr mip6_lladdr_multicast(const mip6_addr *group);

/* Text of an address, RFC 5952. out: at least MIP6_ADDR_TEXT bytes. Returns out. */
#define MIP6_ADDR_TEXT 46
char *mip6_addr_format(const mip6_addr *a, char out[MIP6_ADDR_TEXT]);
/* Reads RFC 4291 text. Returns 0 or MIP6_ERR_INVALID (out untouched). */
int mip6_addr_parse(const char *text, mip6_addr *out);

#endif
