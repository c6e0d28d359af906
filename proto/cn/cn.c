/* The correspondent: life, signalling, actions.
 *
 *   RFC 6275 section 9
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "cn.h"

#include <string.h>

size_t mip6_cn_size(void)
{
    return sizeof(struct mip6_cn);
}

static uint64_t draw(mip6_cn *cn)
{
    return mip6_shared_random(cn->shared, cn->cookie, MIP6_RANDOM_SECRET, cn->draws++);
}

mip6_cn *mip6_cn_init(void *storage, mip6_shared *shared, const mip6_cn_config *config,
                      uint64_t cookie, int64_t now_ns)
{
    mip6_cn *cn = storage;
    memset(cn, 0, sizeof *cn);
    cn->shared = shared;
    cn->config = config;
    cn->cookie = cookie;
    cn->errors_ns = now_ns;
    mip6_pool_init(&cn->pool, 0);
    if (config->route_optimise) {
        uint64_t secret[2] = {draw(cn), draw(cn)};
        if (mip6_index_init(&cn->index, &shared->env, secret) != 0)
            return NULL;
        mip6_cn_key_init(cn);
    }
    return cn;
}

void mip6_cn_free(mip6_cn *cn)
{
    if (cn->config->route_optimise)
        mip6_index_free(&cn->index, &cn->shared->env);
    mip6_pool_free(&cn->pool, &cn->shared->env);
}

int mip6_cn_ignore(mip6_cn *cn, mip6_drop cause)
{
    cn->drops[cause]++;
    return MIP6_ERR_IGNORED;
}

mip6_message *mip6_cn_reply(mip6_cn *cn, const mip6_addr *dst, const mip6_addr *home,
                            mip6_message_kind kind)
{
    mip6_header *h = &cn->reply_header;
    memset(h, 0, sizeof *h);
    memset(&cn->reply, 0, sizeof cn->reply);
    h->src = cn->config->address;
    h->dst = *dst;
    h->hop_limit = CN_HOP_LIMIT;
    if (home) {
        h->has_final = true;
        h->final = *home;
    }
    cn->reply.kind = kind;
    cn->reply_pending = true;
    cn->reply_signed = false;
    return &cn->reply;
}

static int optimising_receive(mip6_cn *cn, const mip6_rx *rx, const uint8_t *pkt,
                              size_t len, int64_t now_ns)
{
    mip6_header h;
    mip6_message m;
    mip6_drop cause = MIP6_DROP_NONE;
    h.next_header = MIP6_NH_NONE;
    int err = mip6_decode(pkt, len, rx->virtual_bytes, &h, &m, &cause);
    if (err) {
        mip6_cn_ignore(cn, cause);
        if (cause == MIP6_DROP_UNKNOWN_MESSAGE && h.next_header == MIP6_NH_MOBILITY &&
            mip6_addr_equal(&h.dst, &cn->config->address))
            mip6_cn_binding_error(cn, &h, 2, now_ns);
        return err;
    }
    if (!mip6_addr_equal(&h.dst, &cn->config->address) || h.has_final)
        return mip6_cn_ignore(cn, MIP6_DROP_NOT_FOR_US);
    switch (m.kind) {
    case MIP6_MSG_HOTI:
    case MIP6_MSG_COTI:
        return mip6_cn_on_test_init(cn, &h, &m, now_ns);
    case MIP6_MSG_BU:
        return mip6_cn_on_bu(cn, &h, &m.u.bu, pkt, now_ns);
    case MIP6_MSG_DATA:
    case MIP6_MSG_OTHER:
    case MIP6_MSG_ICMP_ERROR:
        return 0;
    default:
        return mip6_cn_ignore(cn, MIP6_DROP_NOT_ACCEPTED);
    }
}

int mip6_cn_receive(mip6_cn *cn, const mip6_rx *rx, const uint8_t *pkt, size_t len,
                    int64_t now_ns)
{
    mip6_header h;
    mip6_drop cause = MIP6_DROP_NONE;
    if (cn->config->route_optimise)
        return optimising_receive(cn, rx, pkt, len, now_ns);
    if (mip6_decode_header(pkt, len, rx->virtual_bytes, &h, &cause) != 0) {
        mip6_cn_ignore(cn, cause);
        return MIP6_ERR_MALFORMED;
    }
    if (!mip6_addr_equal(&h.dst, &cn->config->address))
        return mip6_cn_ignore(cn, MIP6_DROP_NOT_FOR_US);
    return mip6_cn_plain_receive(cn, &h, pkt, len, now_ns);
}

static int build_reply(mip6_cn *cn, uint8_t *buf, size_t cap)
{
    cn->reply_pending = false;
    int len = mip6_encode(buf, cap, &cn->reply_header, &cn->reply);
    if (len > 0 && cn->reply_signed)
        mip6_auth_sign(cn->shared, cn->kbm, &cn->sign_care_of, &cn->config->address, buf,
                       (size_t)len, &cn->reply.u.ba.opt);
    return len;
}

/* To the home address, never by the binding: RFC 6275 section 9.5.5. */
static int build_ask(mip6_cn *cn, uint8_t *buf, size_t cap)
{
    cn_binding *b = cn->ask;
    mip6_header h = {.src = cn->config->address, .dst = b->node.key,
                     .hop_limit = CN_HOP_LIMIT};
    mip6_message m = {.kind = MIP6_MSG_BRR};
    cn->ask = b->ask_next;
    b->ask_next = NULL;
    b->asking = false;
    return mip6_encode(buf, cap, &h, &m);
}

bool mip6_cn_poll(mip6_cn *cn, mip6_action *action, uint8_t *buf, size_t cap,
                  int64_t now_ns)
{
    int len = 0;
    (void)now_ns;
    assert(cap >= MIP6_MAX_PACKET);
    memset(action, 0, sizeof *action);
    if (cn->reply_pending) {
        action->message = cn->reply.kind;
        len = build_reply(cn, buf, cap);
    }
    /* An answer to an address that nothing may be sent to is none. */
    if (len <= 0 && cn->ask) {
        action->message = MIP6_MSG_BRR;
        len = build_ask(cn, buf, cap);
    }
    if (len <= 0)
        return false;
    action->kind = MIP6_ACTION_SEND;
    action->len = (uint32_t)len;
    return true;
}

int64_t mip6_cn_next_expiry(const mip6_cn *cn)
{
    return mip6_timers_next(&cn->timers);
}

void mip6_cn_expire(mip6_cn *cn, int64_t now_ns)
{
    mip6_cn_cache_expire(cn, now_ns);
}

uint32_t mip6_cn_bindings(const mip6_cn *cn)
{
    return cn->live;
}

const uint64_t *mip6_cn_drops(const mip6_cn *cn)
{
    return cn->drops;
}
