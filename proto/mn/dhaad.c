/* Dynamic home agent address discovery, and the list that it gives.
 *
 *   RFC 6275 sections 11.4.1, 6.5, 6.6
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "mn.h"

#define LIST_ADDRESSES (sizeof((mn_list *)0)->addresses / sizeof(mip6_addr))

static void free_list(mip6_mn *mn, mn_addresses *list)
{
    mip6_pool_put_chain(&mn->shared->dhaad_lists, list->first, list->last, list->n);
    *list = (mn_addresses){NULL, NULL, 0};
}

void mip6_mn_dhaad_stop(mip6_mn *mn)
{
    mn_work *w = mn->work;
    free_list(mn, &w->list);
    w->dhaad_phase = MN_DHAAD_IDLE;
    w->dhaad_next_ns = MIP6_NEVER;
    w->dhaad_pending = false;
}

static void ask(mn_work *w, int64_t now_ns)
{
    w->dhaad_deferred = !mip6_mn_rate_take(&w->dhaad_rate, now_ns, &w->dhaad_next_ns);
    if (w->dhaad_deferred)
        return;
    w->dhaad_sends++;
    w->dhaad_pending = true;
    w->dhaad_next_ns = now_ns + w->dhaad_timeout_ns;
}

void mip6_mn_dhaad_start(mip6_mn *mn, int64_t now_ns)
{
    mn_work *w = mn->work;
    mip6_mn_dhaad_stop(mn);
    do {
        w->dhaad_id = (uint16_t)mip6_mn_draw(mn);
    } while (w->dhaad_id == 0);     /* 0 is the draft's switch: PROTOCOL 2 */
    w->dhaad_phase = MN_DHAAD_ASKING;
    w->dhaad_timeout_ns = mn->config->dhaad_timeout_ns;
    w->dhaad_sends = 0;
    ask(w, now_ns);
}

static void pause_discovery(mip6_mn *mn, int64_t now_ns)
{
    mip6_mn_dhaad_stop(mn);
    mn->work->dhaad_phase = MN_DHAAD_PAUSE;
    mn->work->dhaad_next_ns = now_ns + mn->config->dhaad_again_ns;
}

void mip6_mn_dhaad_expire(mip6_mn *mn, int64_t now_ns)
{
    mn_work *w = mn->work;
    if (now_ns < w->dhaad_next_ns)
        return;
    if (w->dhaad_phase == MN_DHAAD_PAUSE) {
        mip6_mn_dhaad_start(mn, now_ns);
    } else if (w->dhaad_deferred) {
        ask(w, now_ns);
    } else if (w->dhaad_sends <= mn->config->dhaad_retries) {
        w->dhaad_timeout_ns *= 2;
        ask(w, now_ns);
    } else {
        mip6_mn_trace(mn, MIP6_TRACE_MN_DHAAD_FAILED, NULL, 0, 0, now_ns);
        pause_discovery(mn, now_ns);
    }
}

int mip6_mn_dhaad_build(const mip6_mn *mn, uint8_t *buf, size_t cap)
{
    mip6_header h = {.src = mn->care_of, .hop_limit = MN_HOP_LIMIT};
    mip6_message m = {.kind = MIP6_MSG_DHAAD_REQUEST};
    h.dst = mip6_addr_ha_anycast(&mn->config->home_prefix);
    m.u.dhaad.id = mn->work->dhaad_id;
    return mip6_encode(buf, cap, &h, &m);
}

static bool usable(const mip6_addr *a)
{
    return !mip6_addr_is_unspecified(a) && !mip6_addr_is_multicast(a) &&
           !mip6_addr_is_link_local(a);
}

/* Appends to the list; false without memory. */
static bool append(mip6_mn *mn, mn_addresses *list, const mip6_addr *a)
{
    if (!list->last || list->last->n == LIST_ADDRESSES) {
        mip6_shared *s = mn->shared;
        mn_list *node = mip6_pool_get(&s->dhaad_lists, &s->env, sizeof *node);
        if (!node)
            return false;
        if (list->last)
            list->last->next = node;
        else
            list->first = node;
        list->last = node;
        list->n++;
    }
    list->last->addresses[list->last->n++] = *a;
    return true;
}

/* *n: usable addresses, those that failed last included. They are left out where
 * there is another. */
static int build_list(mip6_mn *mn, const mip6_dhaad *reply, mn_addresses *list, unsigned *n)
{
    const mip6_addr *avoid = &mn->work->avoid;
    unsigned avoided = 0;
    *list = (mn_addresses){NULL, NULL, 0};
    *n = 0;
    for (unsigned i = 0; i < reply->n; i++) {
        if (usable(&reply->addresses[i])) {
            ++*n;
            avoided += mip6_addr_equal(&reply->addresses[i], avoid);
        }
    }
    for (unsigned i = 0; i < reply->n; i++) {
        const mip6_addr *a = &reply->addresses[i];
        if (!usable(a) || (avoided < *n && mip6_addr_equal(a, avoid)))
            continue;
        if (!append(mn, list, a)) {
            free_list(mn, list);
            return MIP6_ERR_NOMEM;
        }
    }
    return 0;
}

int mip6_mn_on_dhaad(mip6_mn *mn, const mip6_header *h, const mip6_dhaad *reply,
                     int64_t now_ns)
{
    mn_work *w = mn->work;
    mn_addresses list;
    unsigned n;
    if (!w || w->dhaad_phase != MN_DHAAD_ASKING || reply->id != w->dhaad_id ||
        !mip6_addr_equal(&h->dst, &mn->care_of))
        return mip6_mn_ignore(mn, MIP6_DROP_NOT_ACCEPTED);
    int err = build_list(mn, reply, &list, &n);
    if (err)
        return err;     /* the next request gets another */
    if (list.n == 0)
        return mip6_mn_ignore(mn, MIP6_DROP_BAD_VALUE);
    mip6_mn_dhaad_stop(mn);
    w->list = list;
    mip6_mn_trace(mn, MIP6_TRACE_MN_DHAAD_DONE, &h->src, 0, n, now_ns);
    mip6_mn_next_agent(mn, false, now_ns);
    return 0;
}

void mip6_mn_next_agent(mip6_mn *mn, bool refused, int64_t now_ns)
{
    mn_work *w = mn->work;
    mn_list *list = w->list.first;
    bool exhausted = w->searching;  /* a list has come to its end already */
    w->searching = true;
    if (list) {
        mip6_addr agent = list->addresses[list->at++];
        if (list->at == list->n) {
            w->list.first = list->next;
            w->list.last = list->next ? w->list.last : NULL;
            w->list.n--;
            mip6_pool_put(&mn->shared->dhaad_lists, list);
        }
        mip6_mn_register(mn, &agent, now_ns);
    } else if (refused && exhausted) {
        pause_discovery(mn, now_ns);
    } else {
        mip6_mn_dhaad_start(mn, now_ns);
    }
}
