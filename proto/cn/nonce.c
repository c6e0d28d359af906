/* The correspondent's node key, nonces and keygen tokens.
 *
 *   RFC 6275 sections 5.2.1, 5.2.2, 5.2.5, 5.2.7, 9.4
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "cn.h"

#include <string.h>

static void draw_bytes(mip6_cn *cn, uint8_t out[8])
{
    uint64_t bits =
        mip6_shared_random(cn->shared, cn->cookie, MIP6_RANDOM_SECRET, cn->draws++);
    mip6_put32(out, (uint32_t)(bits >> 32));
    mip6_put32(out + 4, (uint32_t)bits);
}

void mip6_cn_nonces_forget(mip6_cn *cn)
{
    for (unsigned i = 0; i < CN_NONCES; i++)
        cn->nonces[i].born_ns = -1;
}

void mip6_cn_key_init(mip6_cn *cn)
{
    uint8_t bytes[24];
    for (unsigned i = 0; i < sizeof bytes; i += 8)
        draw_bytes(cn, bytes + i);
    memcpy(cn->key, bytes, sizeof cn->key);
    /* Not zero: after a restart an index must not name another nonce than before. */
    draw_bytes(cn, bytes);
    cn->nonce_index = mip6_get16(bytes);
    mip6_cn_nonces_forget(cn);
}

static const cn_nonce *find(const mip6_cn *cn, uint16_t index)
{
    const cn_nonce *nonce = &cn->nonces[index % CN_NONCES];
    return nonce->born_ns >= 0 && nonce->index == index ? nonce : NULL;
}

bool mip6_cn_nonce_valid(const mip6_cn *cn, uint16_t index, int64_t now_ns)
{
    const cn_nonce *nonce = find(cn, index);
    return nonce && now_ns - nonce->born_ns < CN_NONCE_LIFETIME_NS;
}

/* Made when one is needed: an idle correspondent has no timer for it. */
static uint16_t current_nonce(mip6_cn *cn, int64_t now_ns)
{
    const cn_nonce *nonce = find(cn, cn->nonce_index);
    if (nonce && now_ns - nonce->born_ns < CN_NONCE_PERIOD_NS)
        return cn->nonce_index;
    cn_nonce *fresh = &cn->nonces[++cn->nonce_index % CN_NONCES];
    fresh->index = cn->nonce_index;
    fresh->born_ns = now_ns;
    draw_bytes(cn, fresh->value);
    return cn->nonce_index;
}

void mip6_cn_token(const mip6_cn *cn, const mip6_addr *address, uint16_t index,
                   uint8_t which, uint8_t token[8])
{
    uint8_t data[16 + 8 + 1], mac[20];
    const cn_nonce *nonce = find(cn, index);
    assert(nonce);
    memcpy(data, address->b, 16);
    memcpy(data + 16, nonce->value, 8);
    data[24] = which;
    cn->shared->env.hmac_sha1(cn->shared->env.user, cn->key, sizeof cn->key, data,
                              sizeof data, mac);
    memcpy(token, mac, 8);
}

/* Sections 9.4.1 to 9.4.4: no state, the answer goes to where the question came from. */
int mip6_cn_on_test_init(mip6_cn *cn, const mip6_header *h, const mip6_message *m,
                         int64_t now_ns)
{
    bool home = m->kind == MIP6_MSG_HOTI;
    if (h->has_home || mip6_addr_is_unspecified(&h->src))
        return mip6_cn_ignore(cn, MIP6_DROP_NOT_ACCEPTED);
    mip6_message *reply =
        mip6_cn_reply(cn, &h->src, NULL, home ? MIP6_MSG_HOT : MIP6_MSG_COT);
    reply->u.rr.nonce_index = current_nonce(cn, now_ns);
    memcpy(reply->u.rr.cookie, m->u.rr.cookie, 8);
    mip6_cn_token(cn, &h->src, reply->u.rr.nonce_index, home ? 0 : 1, reply->u.rr.token);
    return 0;
}
