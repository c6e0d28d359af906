/* Keys and authenticators of return routability.
 *
 *   RFC 6275 sections 5.2.5, 5.2.6 and 6.2.7
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#include "auth.h"

#include <string.h>

#define MAX_MH 256      /* a mobility header with every option this library reads */
#define MH_CHECKSUM 4   /* where its checksum stands */

void mip6_auth_kbm(const mip6_shared *shared, const uint8_t home_token[8],
                   const uint8_t *coa_token, uint8_t kbm[MIP6_KBM_LEN])
{
    uint8_t tokens[16];
    size_t len = 8;
    memcpy(tokens, home_token, 8);
    if (coa_token) {
        memcpy(tokens + 8, coa_token, 8);
        len = 16;
    }
    shared->env.sha1(shared->env.user, tokens, len, kbm);
}

bool mip6_auth_compute(const mip6_shared *shared, const uint8_t kbm[MIP6_KBM_LEN],
                       const mip6_addr *care_of, const mip6_addr *correspondent,
                       const uint8_t *mh, size_t mh_len, uint8_t auth[MIP6_AUTH_LEN])
{
    uint8_t data[32 + MAX_MH], mac[20];
    if (mh_len < 6 + MIP6_AUTH_LEN || mh_len > MAX_MH)
        return false;
    memcpy(data, care_of->b, 16);
    memcpy(data + 16, correspondent->b, 16);
    memcpy(data + 32, mh, mh_len - MIP6_AUTH_LEN);
    memset(data + 32 + MH_CHECKSUM, 0, 2);
    shared->env.hmac_sha1(shared->env.user, kbm, MIP6_KBM_LEN, data,
                          32 + mh_len - MIP6_AUTH_LEN, mac);
    memcpy(auth, mac, MIP6_AUTH_LEN);
    return true;
}

bool mip6_auth_verify(const mip6_shared *shared, const uint8_t kbm[MIP6_KBM_LEN],
                      const mip6_addr *care_of, const mip6_addr *correspondent,
                      const uint8_t *pkt, const mip6_header *h,
                      const mip6_mobility_options *opt)
{
    uint8_t auth[MIP6_AUTH_LEN];
    size_t mh_len = 8u * (1u + pkt[h->upper_offset + 1u]);
    if (!opt->has_auth || mh_len > h->upper_len ||
        (size_t)opt->auth_offset + MIP6_AUTH_LEN != h->upper_offset + mh_len)
        return false;
    if (!mip6_auth_compute(shared, kbm, care_of, correspondent, pkt + h->upper_offset,
                           mh_len, auth))
        return false;
    uint8_t difference = 0;
    for (unsigned i = 0; i < MIP6_AUTH_LEN; i++)
        difference |= (uint8_t)(auth[i] ^ opt->auth[i]);
    return difference == 0;
}

void mip6_auth_sign(const mip6_shared *shared, const uint8_t kbm[MIP6_KBM_LEN],
                    const mip6_addr *care_of, const mip6_addr *correspondent,
                    uint8_t *pkt, size_t len, const mip6_mobility_options *opt)
{
    uint8_t auth[MIP6_AUTH_LEN];
    mip6_header h;
    mip6_drop cause;
    int err = mip6_decode_header(pkt, len, 0, &h, &cause);
    assert(err == 0 && (size_t)opt->auth_offset + MIP6_AUTH_LEN == len);
    bool ok = mip6_auth_compute(shared, kbm, care_of, correspondent, pkt + h.upper_offset,
                                len - h.upper_offset, auth);
    assert(ok);
    mip6_wire_auth_finish(pkt, len, opt->auth_offset, auth);
}
