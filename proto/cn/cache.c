/* The correspondent's binding cache.
 *
 *   RFC 6275 sections 9.5, 9.6, 5.2.6 to 5.2.8
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "cn.h"

/* A Binding Refresh Request goes out this long before the end, or an eighth of the
 * lifetime, and once more at half of that. Later than the mobile node's own refresh. */
#define ASK_MARGIN_NS (5 * MIP6_SECOND_NS)

cn_binding *mip6_cn_find(const mip6_cn *cn, const mip6_addr *home)
{
    return (cn_binding *)(void *)mip6_index_find(&cn->index, home);
}

cn_binding *mip6_cn_find_live(const mip6_cn *cn, const mip6_addr *home, int64_t now_ns)
{
    cn_binding *b = cn->live ? mip6_cn_find(cn, home) : NULL;
    return b && !b->dead && now_ns < b->expires_ns ? b : NULL;
}

static void trace(const mip6_cn *cn, mip6_trace_kind kind, const cn_binding *b,
                  int64_t value, int64_t now_ns)
{
    mip6_trace t = {.kind = kind, .now_ns = now_ns, .value = value, .home = b->node.key,
                    .peer = b->care_of};
    mip6_shared_trace(cn->shared, cn->cookie, &t);
}

/* ---- Life of an entry */

static void stop_asking(mip6_cn *cn, cn_binding *b)
{
    b->ask_ns = MIP6_NEVER;
    if (!b->asking)
        return;
    cn_binding **link = &cn->ask;
    while (*link != b)
        link = &(*link)->ask_next;
    *link = b->ask_next;
    b->asking = false;
}

static void forget(mip6_cn *cn, cn_binding *b)
{
    stop_asking(cn, b);
    mip6_timer_cancel(&cn->timers, &b->timer);
    mip6_index_remove(&cn->index, &b->node);
    if (b->dead)
        cn->dead--;
    else
        cn->live--;
    mip6_pool_put(&cn->pool, b);
}

/* The binding ends. While its nonces live the entry stays, so that its Binding Update
 * cannot be played again; where there is no room for that, the nonces go instead. */
static void end(mip6_cn *cn, cn_binding *b, int64_t now_ns)
{
    int64_t keep_until_ns = b->accepted_ns + CN_NONCE_LIFETIME_NS;
    trace(cn, MIP6_TRACE_CN_BINDING_GONE, b, 0, now_ns);
    if (keep_until_ns <= now_ns) {
        forget(cn, b);
    } else if (cn->config->max_bindings != 0 && cn->dead >= cn->config->max_bindings) {
        forget(cn, b);
        mip6_cn_nonces_forget(cn);
    } else {
        stop_asking(cn, b);
        b->dead = true;
        cn->live--;
        cn->dead++;
        mip6_timer_set(&cn->timers, &b->timer, keep_until_ns);
    }
}

static void arm(mip6_cn *cn, cn_binding *b)
{
    int64_t due_ns = b->ask_ns < b->expires_ns ? b->ask_ns : b->expires_ns;
    mip6_timer_set(&cn->timers, &b->timer, due_ns);
}

/* Asks for a refresh where the binding is in use. Section 9.5.5. */
static void ask(mip6_cn *cn, cn_binding *b, int64_t now_ns)
{
    int64_t left_ns = b->expires_ns - now_ns;
    b->ask_ns = left_ns > MIP6_SECOND_NS ? now_ns + left_ns / 2 : MIP6_NEVER;
    if (b->used && !b->asking) {
        b->asking = true;
        b->ask_next = cn->ask;
        cn->ask = b;
    }
    arm(cn, b);
}

void mip6_cn_cache_expire(mip6_cn *cn, int64_t now_ns)
{
    while (mip6_timers_next(&cn->timers) <= now_ns) {
        cn_binding *b = (cn_binding *)(void *)((uint8_t *)cn->timers.root -
                                               offsetof(cn_binding, timer));
        if (b->dead)
            forget(cn, b);
        else if (now_ns >= b->expires_ns)
            end(cn, b, now_ns);
        else
            ask(cn, b, now_ns);
    }
}

static void accept(mip6_cn *cn, cn_binding *b, uint16_t units, int64_t now_ns)
{
    int64_t lifetime_ns = (int64_t)units * MIP6_LIFETIME_UNIT_S * MIP6_SECOND_NS;
    int64_t margin_ns = lifetime_ns / 8;
    if (margin_ns > ASK_MARGIN_NS)
        margin_ns = ASK_MARGIN_NS;
    stop_asking(cn, b);
    if (b->dead) {
        b->dead = false;
        cn->dead--;
        cn->live++;
    }
    b->used = false;
    b->accepted_ns = now_ns;
    b->expires_ns = now_ns + lifetime_ns;
    b->ask_ns = b->expires_ns - margin_ns;
    arm(cn, b);
}

static cn_binding *create(mip6_cn *cn, const mip6_addr *home)
{
    cn_binding *b = mip6_pool_get(&cn->pool, &cn->shared->env, sizeof *b);
    if (!b)
        return NULL;
    b->node.key = *home;
    b->ask_ns = MIP6_NEVER;
    mip6_index_insert(&cn->index, &cn->shared->env, &b->node);
    cn->live++;
    return b;
}

/* ---- Binding Updates */

/* What is known of one that passed the tests so far. */
typedef struct update {
    const mip6_header *h;
    const mip6_bu *bu;
    mip6_addr home;
    mip6_addr care_of;      /* as the authenticator takes it: home to delete */
    bool remove;
    uint8_t kbm[MIP6_KBM_LEN];
} update;

/* Section 9.5.4. sign: 136 to 138, and what is not return routability, go without. */
static void acknowledge(mip6_cn *cn, const update *u, uint8_t status, uint16_t sequence,
                        uint16_t units, bool sign)
{
    const mip6_addr *home = u->h->has_home ? &u->home : NULL;
    if (status < MIP6_STATUS_UNSPECIFIED && !(u->bu->flags & MIP6_BU_ACK))
        return;
    mip6_message *m = mip6_cn_reply(cn, &u->h->src, home, MIP6_MSG_BA);
    m->u.ba.status = status;
    m->u.ba.sequence = sequence;
    m->u.ba.lifetime_units = units;
    m->u.ba.opt.has_auth = sign;
    cn->reply_signed = sign;
    cn->sign_care_of = u->care_of;
    for (unsigned i = 0; i < MIP6_KBM_LEN; i++)
        cn->kbm[i] = u->kbm[i];
}

/* 0, or the status for nonces that have expired. To delete, the care-of one is not
 * looked at. */
static uint8_t check_nonces(const mip6_cn *cn, const update *u, int64_t now_ns)
{
    const mip6_mobility_options *opt = &u->bu->opt;
    bool home = mip6_cn_nonce_valid(cn, opt->home_nonce, now_ns);
    bool coa = u->remove || mip6_cn_nonce_valid(cn, opt->coa_nonce, now_ns);
    if (home)
        return coa ? 0 : MIP6_STATUS_COA_NONCE;
    return coa ? MIP6_STATUS_HOME_NONCE : MIP6_STATUS_NONCES;
}

static void make_key(const mip6_cn *cn, update *u)
{
    uint8_t home_token[8], coa_token[8];
    mip6_cn_token(cn, &u->home, u->bu->opt.home_nonce, 0, home_token);
    if (!u->remove)
        mip6_cn_token(cn, &u->care_of, u->bu->opt.coa_nonce, 1, coa_token);
    mip6_auth_kbm(cn->shared, home_token, u->remove ? NULL : coa_token, u->kbm);
}

static int cache(mip6_cn *cn, const update *u, cn_binding *b, int64_t now_ns)
{
    uint16_t units = u->bu->lifetime_units;
    uint16_t sequence = u->bu->sequence;
    bool grows = !b || b->dead;
    uint32_t max = cn->config->max_bindings;
    if (units > CN_MAX_LIFETIME_UNITS)
        units = CN_MAX_LIFETIME_UNITS;
    if (grows && max != 0 && cn->live >= max)
        b = NULL;
    else if (!b)
        b = create(cn, &u->home);
    if (!b) {
        acknowledge(cn, u, MIP6_STATUS_RESOURCES, sequence, 0, true);
        return 0;
    }
    b->care_of = u->care_of;
    b->sequence = sequence;
    accept(cn, b, units, now_ns);
    if (grows)
        trace(cn, MIP6_TRACE_CN_BINDING_NEW, b, (int64_t)units * MIP6_LIFETIME_UNIT_S,
              now_ns);
    acknowledge(cn, u, MIP6_STATUS_ACCEPTED, sequence, units, true);
    return 0;
}

static int uncache(mip6_cn *cn, const update *u, cn_binding *b, int64_t now_ns)
{
    if (b)
        b->sequence = u->bu->sequence;
    if (b && !b->dead) {
        b->accepted_ns = now_ns;
        end(cn, b, now_ns);
    }
    acknowledge(cn, u, MIP6_STATUS_ACCEPTED, u->bu->sequence, 0, true);
    return 0;
}

/* Section 9.5.1: last or one of the preceding 32767 is not greater. */
static bool newer(uint16_t sequence, uint16_t last)
{
    uint16_t ahead = (uint16_t)(sequence - last);
    return ahead != 0 && ahead < 0x8000;
}

static bool unicast(const mip6_addr *a)
{
    return !mip6_addr_is_unspecified(a) && !mip6_addr_is_multicast(a) &&
           !mip6_addr_is_link_local(a);
}

int mip6_cn_on_bu(mip6_cn *cn, const mip6_header *h, const mip6_bu *bu,
                  const uint8_t *pkt, int64_t now_ns)
{
    update u = {.h = h, .bu = bu, .home = *mip6_header_source(h)};
    u.care_of = bu->opt.has_alt_coa ? bu->opt.alt_coa : h->src;
    u.remove = bu->lifetime_units == 0 || mip6_addr_equal(&u.care_of, &u.home);
    if (!unicast(&u.home) || !unicast(&h->src) || !unicast(&u.care_of))
        return mip6_cn_ignore(cn, MIP6_DROP_BAD_VALUE);
    if (u.remove)
        u.care_of = u.home;
    if (bu->flags & MIP6_BU_HOME) {
        acknowledge(cn, &u, MIP6_STATUS_NO_HOME_REGISTRATION, bu->sequence, 0, false);
        return mip6_cn_ignore(cn, MIP6_DROP_NOT_ACCEPTED);
    }
    if (!bu->opt.has_nonces || !bu->opt.has_auth)
        return mip6_cn_ignore(cn, MIP6_DROP_NOT_ACCEPTED);
    uint8_t status = check_nonces(cn, &u, now_ns);
    if (status != 0) {
        acknowledge(cn, &u, status, bu->sequence, 0, false);
        return mip6_cn_ignore(cn, MIP6_DROP_NOT_ACCEPTED);
    }
    make_key(cn, &u);
    if (!mip6_auth_verify(cn->shared, u.kbm, &u.care_of, &cn->config->address, pkt, h,
                          &bu->opt))
        return mip6_cn_ignore(cn, MIP6_DROP_NOT_ACCEPTED);
    cn_binding *b = mip6_cn_find(cn, &u.home);
    if (b && !newer(bu->sequence, b->sequence)) {
        acknowledge(cn, &u, MIP6_STATUS_SEQUENCE, b->sequence, 0, true);
        return mip6_cn_ignore(cn, MIP6_DROP_STALE_SEQUENCE);
    }
    return u.remove ? uncache(cn, &u, b, now_ns) : cache(cn, &u, b, now_ns);
}
