/* Inside the correspondent: its state and what its parts offer to each other.
 *
 *   cn.c      life, timers, actions
 *   nonce.c   node key, nonces, tokens: RFC 6275 5.2.1 to 5.2.7, 9.4
 *   cache.c   binding cache and Binding Updates: 9.5, 9.6
 *   data.c    the data path: 9.3.1, 9.3.2
 *   error.c   Binding Errors and ICMPv6 errors: 9.3.3, RFC 4443
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#ifndef MIP6_CN_CN_H
#define MIP6_CN_CN_H

#include "../core/auth.h"
#include "../core/index.h"
#include "../core/shared.h"
#include "../core/timer.h"
#include "mip6.h"

#define CN_HOP_LIMIT 64
/* MAX_RR_BINDING_LIFETIME, MAX_NONCE_LIFETIME: RFC 6275 section 12. */
#define CN_MAX_LIFETIME_UNITS (420 / MIP6_LIFETIME_UNIT_S)
#define CN_NONCE_LIFETIME_NS (240 * MIP6_SECOND_NS)
/* A nonce is given out for so long: with 8 of them tokens live 210 to 240 s (5.2.7). */
#define CN_NONCE_PERIOD_NS (30 * MIP6_SECOND_NS)
#define CN_NONCES 16
#define CN_INVOKING (MIP6_MIN_MTU - MIP6_IPV6_HEADER - 8)

typedef struct cn_nonce {
    int64_t born_ns;        /* -1: none */
    uint16_t index;
    uint8_t value[8];
} cn_nonce;

/* An entry of the Binding Cache. After its end the sequence number is kept while the
 * nonces it was made with may still be used: sections 5.2.8 and 9.5.3. */
typedef struct cn_binding {
    mip6_index_node node;   /* key: home address */
    mip6_timer timer;       /* next of: ask for a refresh, end, forget */
    mip6_addr care_of;
    struct cn_binding *ask_next;
    int64_t accepted_ns;
    int64_t expires_ns;
    int64_t ask_ns;         /* next Binding Refresh Request; MIP6_NEVER: none */
    uint16_t sequence;
    bool dead;
    bool used;              /* sent to since it was accepted */
    bool asking;            /* in the list of those that poll has to ask */
} cn_binding;

struct mip6_cn {
    mip6_shared *shared;
    const mip6_cn_config *config;
    uint64_t cookie;
    uint64_t draws;
    uint8_t key[20];        /* Kcn */
    uint16_t nonce_index;   /* of the newest nonce */
    cn_nonce nonces[CN_NONCES];
    mip6_index index;
    mip6_pool pool;
    mip6_timers timers;
    uint32_t live, dead;
    cn_binding *ask;        /* Binding Refresh Requests to send */
    int64_t errors_ns;      /* bucket of error messages: when it was filled last */
    uint32_t errors_out;    /* taken out of it; 0: full */
    /* The answer that the next poll gives. */
    bool reply_pending;
    bool reply_signed;
    mip6_header reply_header;
    mip6_message reply;
    mip6_addr sign_care_of;
    uint8_t kbm[MIP6_KBM_LEN];
    uint8_t invoking[CN_INVOKING];
    uint64_t drops[MIP6_N_DROPS];
};

/* ---- cn.c */
/* Count a dropped packet. Returns MIP6_ERR_IGNORED. */
int mip6_cn_ignore(mip6_cn *cn, mip6_drop cause);
/* Prepare an answer to `dst`; home != NULL: by a type 2 routing header. */
mip6_message *mip6_cn_reply(mip6_cn *cn, const mip6_addr *dst, const mip6_addr *home,
                            mip6_message_kind kind);

/* ---- nonce.c */
void mip6_cn_key_init(mip6_cn *cn);
int mip6_cn_on_test_init(mip6_cn *cn, const mip6_header *h, const mip6_message *m,
                         int64_t now_ns);
/* Is the nonce of this index still good? */
bool mip6_cn_nonce_valid(const mip6_cn *cn, uint16_t index, int64_t now_ns);
/* First(64, HMAC_SHA1(Kcn, address | nonce | which)); the nonce is valid. */
void mip6_cn_token(const mip6_cn *cn, const mip6_addr *address, uint16_t index,
                   uint8_t which, uint8_t token[8]);
/* Every token that was given out is worthless from now on. Section 5.2.8. */
void mip6_cn_nonces_forget(mip6_cn *cn);

/* ---- cache.c */
/* The binding of a home address, dead ones included; NULL: none. */
cn_binding *mip6_cn_find(const mip6_cn *cn, const mip6_addr *home);
/* Likewise, and it may be used now. */
cn_binding *mip6_cn_find_live(const mip6_cn *cn, const mip6_addr *home, int64_t now_ns);
int mip6_cn_on_bu(mip6_cn *cn, const mip6_header *h, const mip6_bu *bu,
                  const uint8_t *pkt, int64_t now_ns);
void mip6_cn_cache_expire(mip6_cn *cn, int64_t now_ns);

/* ---- error.c */
/* A Binding Error, where the rate allows. */
void mip6_cn_binding_error(mip6_cn *cn, const mip6_header *h, uint8_t status,
                           int64_t now_ns);
/* An ICMPv6 parameter problem about pkt, where the rate allows. */
void mip6_cn_parameter_problem(mip6_cn *cn, const mip6_header *h, uint8_t code,
                               uint32_t pointer, const uint8_t *pkt, size_t len,
                               int64_t now_ns);
/* What a node without Mobile IPv6 answers. */
int mip6_cn_plain_receive(mip6_cn *cn, const mip6_header *h, const uint8_t *pkt,
                          size_t len, int64_t now_ns);

#endif
