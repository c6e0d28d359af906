/* Route optimisation: what a mobile node hears from its correspondents.
 *
 *   RFC 6275 sections 11.6.2, 11.7.3, 11.7.4, 11.3.5, 11.3.6
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "../core/auth.h"
#include "mn.h"

#include <string.h>

/* No more attempts with a correspondent that refuses. */
#define REFUSED_NS (300 * MIP6_SECOND_NS)
/* Nonces and sequence numbers that may be wrong in a row. */
#define MAX_FAILURES 3
/* The binding is renewed this long before its end, or a quarter of it. */
#define REFRESH_MARGIN_NS (10 * MIP6_SECOND_NS)

/* Cookies are secrets of this node; compared without an early exit all the same. */
static bool cookie_equal(const uint8_t a[8], const uint8_t b[8])
{
    uint8_t difference = 0;
    for (unsigned i = 0; i < 8; i++)
        difference |= (uint8_t)(a[i] ^ b[i]);
    return difference == 0;
}

int mip6_mn_on_hot(mip6_mn *mn, const mip6_header *h, const mip6_rr *rr, int64_t now_ns)
{
    mn_ro *ro = mip6_mn_ro_find(mn, &h->src);
    if (!ro || !ro->hoti.active || !mip6_addr_equal(&h->dst, &mn->home) || h->has_final ||
        !cookie_equal(rr->cookie, ro->home_cookie))
        return mip6_mn_ignore(mn, MIP6_DROP_NOT_ACCEPTED);
    mip6_mn_retry_stop(&ro->hoti);
    memcpy(ro->home_token, rr->token, 8);
    ro->home_nonce = rr->nonce_index;
    ro->home_token_ns = now_ns;
    mip6_mn_ro_start(mn, ro, now_ns);
    return 0;
}

int mip6_mn_on_cot(mip6_mn *mn, const mip6_header *h, const mip6_rr *rr, int64_t now_ns)
{
    mn_ro *ro = mip6_mn_ro_find(mn, &h->src);
    if (!ro || !ro->coti.active || !mip6_addr_equal(&h->dst, &mn->care_of) ||
        h->has_final || !cookie_equal(rr->cookie, ro->coa_cookie))
        return mip6_mn_ignore(mn, MIP6_DROP_NOT_ACCEPTED);
    mip6_mn_retry_stop(&ro->coti);
    memcpy(ro->coa_token, rr->token, 8);
    ro->coa_nonce = rr->nonce_index;
    ro->coa_token_ns = now_ns;
    mip6_mn_ro_start(mn, ro, now_ns);
    return 0;
}

static void accepted(mip6_mn *mn, mn_ro *ro, const mip6_ba *ba, int64_t now_ns)
{
    int64_t units = ba->lifetime_units;
    int64_t sent_ns = ba->sequence == ro->sequence ? ro->bu_last_ns : ro->bu_first_ns;
    bool was_bound = ro->bound;
    mip6_mn_retry_stop(&ro->bu);
    ro->failures = 0;
    if (ro->deregister) {
        mip6_mn_ro_remove(mn, ro);
        return;
    }
    if (units > ro->lifetime_units)
        units = ro->lifetime_units;
    if (units == 0) {
        mip6_mn_ro_pause(mn, ro, REFUSED_NS, now_ns);
        return;
    }
    int64_t lifetime_ns = units * MIP6_LIFETIME_UNIT_S * MIP6_SECOND_NS;
    int64_t margin_ns = lifetime_ns / 4;
    ro->bound = true;
    ro->expires_ns = sent_ns + lifetime_ns;
    ro->refresh_ns =
        ro->expires_ns - (margin_ns < REFRESH_MARGIN_NS ? margin_ns : REFRESH_MARGIN_NS);
    if (!was_bound)
        mip6_mn_trace(mn, MIP6_TRACE_MN_ROUTE_OPTIMISED, &ro->peer, 0,
                      lifetime_ns / MIP6_SECOND_NS, now_ns);
}

/* 136 to 138: the correspondent has forgotten a nonce. RFC 6275 section 5.2.7. */
static void nonce_expired(mip6_mn *mn, mn_ro *ro, uint8_t status, int64_t now_ns)
{
    mip6_mn_retry_stop(&ro->bu);
    if (status != MIP6_STATUS_COA_NONCE)
        ro->home_token_ns = -1;
    if (status != MIP6_STATUS_HOME_NONCE)
        ro->coa_token_ns = -1;
    mip6_mn_ro_start(mn, ro, now_ns);
}

static void refused(mip6_mn *mn, mn_ro *ro, const mip6_ba *ba, int64_t now_ns)
{
    mip6_mn_trace(mn, MIP6_TRACE_MN_REFUSED, &ro->peer, ba->status, 0, now_ns);
    bool correctable = ba->status >= MIP6_STATUS_SEQUENCE && ba->status <= MIP6_STATUS_NONCES;
    if (!correctable || ++ro->failures > MAX_FAILURES) {
        if (ro->deregister)
            mip6_mn_ro_remove(mn, ro);
        else
            mip6_mn_ro_pause(mn, ro, REFUSED_NS, now_ns);
    } else if (ba->status == MIP6_STATUS_SEQUENCE) {
        mip6_mn_retry_stop(&ro->bu);
        ro->sequence = ba->sequence;
        mip6_mn_ro_start(mn, ro, now_ns);
    } else {
        nonce_expired(mn, ro, ba->status, now_ns);
    }
}

/* RFC 6275 sections 11.7.3 and 9.5.4: 136 to 138 alone come without authenticator. */
static bool authentic(const mip6_mn *mn, const mn_ro *ro, const mip6_header *h,
                      const mip6_ba *ba, const uint8_t *pkt)
{
    uint8_t kbm[MIP6_KBM_LEN];
    if (ba->status >= MIP6_STATUS_HOME_NONCE && ba->status <= MIP6_STATUS_NONCES)
        return true;
    mip6_mn_ro_key(mn, ro, kbm);
    return mip6_auth_verify(mn->shared, kbm, &mn->care_of, &ro->peer, pkt, h, &ba->opt);
}

int mip6_mn_on_ro_ba(mip6_mn *mn, const mip6_header *h, const mip6_ba *ba,
                     const uint8_t *pkt, int64_t now_ns)
{
    mn_ro *ro = mip6_mn_ro_find(mn, &h->src);
    if (!ro->bu.active || ro->bu.sends == 0)
        return mip6_mn_ignore(mn, MIP6_DROP_NOT_ACCEPTED);
    if (ba->status != MIP6_STATUS_SEQUENCE &&
        (uint16_t)(ba->sequence - ro->first_seq) > (uint16_t)(ro->sequence - ro->first_seq))
        return mip6_mn_ignore(mn, MIP6_DROP_STALE_SEQUENCE);
    if (!authentic(mn, ro, h, ba, pkt))
        return mip6_mn_ignore(mn, MIP6_DROP_NOT_ACCEPTED);
    if (ba->status < MIP6_STATUS_UNSPECIFIED)
        accepted(mn, ro, ba, now_ns);
    else
        refused(mn, ro, ba, now_ns);
    return 0;
}

/* RFC 6275 section 11.7.4: only for correspondents of the Binding Update List. */
int mip6_mn_on_ro_brr(mip6_mn *mn, const mip6_header *h, int64_t now_ns)
{
    mn_ro *ro = mip6_mn_ro_find(mn, &h->src);
    if (!ro || ro->deregister || ro->expires_ns <= now_ns)
        return mip6_mn_ignore(mn, MIP6_DROP_NOT_ACCEPTED);
    mip6_mn_ro_start(mn, ro, now_ns);
    return 0;
}

/* RFC 6275 section 11.3.6. Without upper-layer information the entry goes; the first
 * packet through the tunnel begins anew, after a second so that rates hold. */
int mip6_mn_on_ro_be(mip6_mn *mn, const mip6_header *h, const mip6_be *be, int64_t now_ns)
{
    mn_ro *ro = mip6_mn_ro_find(mn, &h->src);
    bool waiting = ro->hoti.active || ro->coti.active || ro->bu.active;
    if (be->status == 1 && ro->bound && mip6_addr_equal(&be->home, &mn->home)) {
        mip6_mn_ro_pause(mn, ro, MIP6_SECOND_NS, now_ns);
    } else if (be->status == 2 && waiting) {
        return mip6_mn_on_ro_refused(mn, &h->src, now_ns);
    } else {
        return mip6_mn_ignore(mn, MIP6_DROP_NOT_ACCEPTED);
    }
    return 0;
}

int mip6_mn_on_ro_refused(mip6_mn *mn, const mip6_addr *peer, int64_t now_ns)
{
    mn_ro *ro = mip6_mn_ro_find(mn, peer);
    if (ro->deregister)
        mip6_mn_ro_remove(mn, ro);
    else
        mip6_mn_ro_pause(mn, ro, REFUSED_NS, now_ns);
    return 0;
}
