/* ESP for Mobile IPv6 signalling: real headers, no cryptography, and the database of security
 * associations (SAs) behind it. What is said of bytes, lengths, sequence numbers and windows is
 * RFC 4303's; the payload stays readable, the IV is the sequence number, the ICV is zero, so that
 * costs and outages are right and nothing is secret.
 *
 * Like everything here it has no I/O and no clock: who owns an agent or a node seals what leaves it
 * and opens what comes, beneath mip6.h.
 *
 *   RFC 4303 (ESP), RFC 4877 sections 4, 6 (which messages), RFC 7296 (only the frame of IKEv2)
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#ifndef MIP6_ESP_H
#define MIP6_ESP_H

#include "mip6.h"

#define MIP6_NH_ESP 50u
#define MIP6_ESP_HEADER 8u          /* SPI, sequence number */
#define MIP6_ESP_TRAILER 2u         /* pad length, next header */
#define MIP6_ESP_WINDOW 64u         /* replay window. RFC 4303 section 3.4.3 */

/* Lengths in bytes. AES-CBC with HMAC-SHA1-96 is 16, 12, 16. */
typedef struct mip6_esp_suite {
    uint8_t iv_len;                 /* at most 32 */
    uint8_t icv_len;                /* at most 64 */
    uint8_t block;                  /* payload, padding and trailer fill these; 4 to 64 */
} mip6_esp_suite;

/* What stands between two packets of one SA: it is this that a takeover may lose. */
typedef struct mip6_sa_counters {
    uint32_t sent;                  /* sequence number of the last packet sent */
    uint32_t top;                   /* highest one received */
    uint64_t window;                /* bit i: top - i has come */
} mip6_sa_counters;

/* Both directions with one peer, for one home address. */
typedef struct mip6_sa {
    mip6_addr home;                 /* selector */
    uint32_t spi_in, spi_out;       /* 0: there is no such SA */
    mip6_sa_counters now;
    mip6_sa_counters synced;        /* as they were when `period` began */
    uint32_t period;
    bool replay_off;                /* manual keys: any number is accepted */
} mip6_sa;

/* Transport mode protects BU, BA, Home Agent Switch; tunnel mode HoTI and HoT. */
typedef enum mip6_sa_mode { MIP6_SA_TRANSPORT, MIP6_SA_TUNNEL, MIP6_SA_MODES } mip6_sa_mode;

/* Bytes that ESP adds to `payload` bytes: header, IV, padding, trailer, ICV. */
uint32_t mip6_esp_overhead(const mip6_esp_suite *suite, uint32_t payload);

/* Put the upper layer of a packet into ESP: behind the extension headers, so that the Home Address
 * option and the type 2 routing header stay in sight (RFC 4877 section 4.2); of a tunnelled packet
 * the upper layer is the whole inner one, which makes it tunnel mode.
 *   packet     no virtual bytes; headroom of 8 + iv_len
 *   tailroom   writable bytes behind it; padding, trailer and ICV go there
 * Takes the next sequence number. Returns 0; MIP6_ERR_SPACE (room), MIP6_ERR_INVALID (malformed, or
 * too long), MIP6_ERR_FULL (no number is left, RFC 4303 section 3.3.3): unchanged then. */
int mip6_esp_seal(const mip6_esp_suite *suite, mip6_sa *sa, mip6_packet *packet,
                  uint32_t tailroom);

/* What is to be seen of an ESP packet without its SA. */
typedef struct mip6_esp_view {
    uint32_t spi, sequence;
    uint16_t offset;                /* of the ESP header */
    bool has_home;                  /* a Home Address option, or a type 2 routing header */
    mip6_addr home;
} mip6_esp_view;

/* Returns 0; MIP6_ERR_IGNORED: valid, and no ESP; MIP6_ERR_MALFORMED with its cause. */
int mip6_esp_look(const uint8_t *pkt, size_t len, mip6_esp_view *view, mip6_drop *cause);

/* Take ESP off again. The ICV, the padding, the selector and the replay window must hold; the
 * window moves only where all do. Returns 0, or MIP6_ERR_MALFORMED, MIP6_ERR_CHECKSUM (the ICV),
 * MIP6_ERR_IGNORED (MIP6_DROP_REPLAYED, or UNKNOWN_SPI where the home address in sight is not its)
 * with *cause; packet and SA are unchanged then. RFC 4303 section 3.4. */
int mip6_esp_open(const mip6_esp_suite *suite, mip6_sa *sa, mip6_packet *packet,
                  mip6_drop *cause);

/* A new period of synchronisation, counted by the host, has begun: what the counters are before
 * anything happens in it is what a standby knows. To be called before seal and open. */
void mip6_sa_begin_period(mip6_sa *sa, uint32_t period);

/* ---- The database of one agent ---------------------------------------------------------- */

typedef struct mip6_sad mip6_sad;

/* *env is kept by reference. secret: of its hash. NULL: no memory. */
mip6_sad *mip6_sad_new(const mip6_env *env, const uint64_t secret[2]);
void mip6_sad_free(mip6_sad *sad);
/* All SAs are lost. Costs the same however many: their memory goes back as others are added. */
void mip6_sad_clear(mip6_sad *sad);
/* An SA for this home address, its counters 0; one that was there is gone. Returns NULL where the
 * SPI is taken (or below 256, RFC 4303 section 2.1), or without memory; nothing is changed then. */
mip6_sa *mip6_sad_add(mip6_sad *sad, const mip6_addr *home, mip6_sa_mode mode, uint32_t spi_in,
                      uint32_t spi_out);
/* Both modes. There may be none. */
void mip6_sad_remove(mip6_sad *sad, const mip6_addr *home);
/* To send by, and to receive by; until the next call. NULL: there is none. */
mip6_sa *mip6_sad_find(const mip6_sad *sad, const mip6_addr *home, mip6_sa_mode mode);
mip6_sa *mip6_sad_find_spi(const mip6_sad *sad, uint32_t spi);
uint32_t mip6_sad_count(const mip6_sad *sad);

/* How much of an SA another agent has that takes over its home address. */
typedef enum mip6_sa_state {
    MIP6_SA_SYNCHRONISED,           /* all */
    MIP6_SA_BEHIND,                 /* its counters as they were when the last period began */
    MIP6_SA_LOST                    /* nothing: the SPI is unknown */
} mip6_sa_state;

/* `to` takes over a home address from `from`, which forgets it. period: the one at hand, of
 * mip6_sa_begin_period. Returns 0; MIP6_ERR_IGNORED: `from` had none; MIP6_ERR_NOMEM. */
int mip6_sad_take_over(mip6_sad *to, mip6_sad *from, const mip6_addr *home, mip6_sa_state state,
                       uint32_t period);
/* The same for all of them, in place: the agent goes down in this period, and what it has when it
 * comes back is what others kept for it. Costs the same however many: each SA goes through it when
 * it is next looked up. */
void mip6_sad_restart(mip6_sad *sad, mip6_sa_state state, uint32_t period);

/* ---- Frames of IKEv2 ---------------------------------------------------------------------- */

#define MIP6_IKE_PORT 500u
#define MIP6_IKE_HEADER 28u
#define MIP6_IKE_MIN 52u            /* header, one payload's, an SPI, a home address */

typedef enum mip6_ike_exchange {
    MIP6_IKE_SA_INIT = 34, MIP6_IKE_AUTH = 35, MIP6_IKE_CREATE_CHILD = 36
} mip6_ike_exchange;

/* Header of RFC 7296 section 3.1 and one payload that fills the message: what the payloads would
 * hold is not there, but for the SPI of the child SA and the home address. */
typedef struct mip6_ike {
    uint64_t spi_initiator, spi_responder;
    mip6_ike_exchange exchange;
    bool response;
    bool cookie;                    /* of SA_INIT: asks for one, or brings it (section 2.6) */
    uint32_t message_id;
    uint32_t child_spi;             /* of AUTH, CREATE_CHILD; 0: none */
    mip6_addr home;                 /* of these: whom the SA is for. RFC 4877 section 7.3 */
    uint32_t len;                   /* of the IKE message */
} mip6_ike;

/* A whole packet, IPv6 and UDP before it. msg->len bytes, from MIP6_IKE_MIN up. Returns its length,
 * MIP6_ERR_SPACE or MIP6_ERR_INVALID. */
int mip6_ike_encode(uint8_t *buf, size_t cap, const mip6_addr *src, const mip6_addr *dst,
                    const mip6_ike *msg);
/* Returns 0, MIP6_ERR_MALFORMED or MIP6_ERR_CHECKSUM with its cause. */
int mip6_ike_decode(const uint8_t *pkt, size_t len, mip6_ike *msg, mip6_drop *cause);

#endif
