/* Return routability's keys and authenticators, for both ends.
 *
 *   RFC 6275 sections 5.2.5, 5.2.6 and 6.2.7
 *
 * SPDX-License-Identifier: BSD-2-Clause */

#ifndef MIP6_CORE_AUTH_H
#define MIP6_CORE_AUTH_H

#include "shared.h"

#define MIP6_KBM_LEN 20
#define MIP6_AUTH_LEN 12

/* Kbm = SHA1(home token | care-of token); without the latter (NULL) to delete. */
void mip6_auth_kbm(const mip6_shared *shared, const uint8_t home_token[8],
                   const uint8_t *coa_token, uint8_t kbm[MIP6_KBM_LEN]);

/* First(96, HMAC_SHA1(Kbm, care-of | correspondent | MH data)). The authenticator must
 * be the last thing in the packet.
 *   mh       the mobility header, mh_len bytes with the authenticator
 * Returns false where it is too short or too long to be one of this library's. */
bool mip6_auth_compute(const mip6_shared *shared, const uint8_t kbm[MIP6_KBM_LEN],
                       const mip6_addr *care_of, const mip6_addr *correspondent,
                       const uint8_t *mh, size_t mh_len, uint8_t auth[MIP6_AUTH_LEN]);

/* Does the authenticator of a decoded BU or BA hold, and is it the last option?
 *   pkt   the packet that h and opt were read from */
bool mip6_auth_verify(const mip6_shared *shared, const uint8_t kbm[MIP6_KBM_LEN],
                      const mip6_addr *care_of, const mip6_addr *correspondent,
                      const uint8_t *pkt, const mip6_header *h,
                      const mip6_mobility_options *opt);

/* Put the authenticator into a BU or BA of len bytes that mip6_encode has written with
 * its last option at opt->auth_offset. */
void mip6_auth_sign(const mip6_shared *shared, const uint8_t kbm[MIP6_KBM_LEN],
                    const mip6_addr *care_of, const mip6_addr *correspondent,
                    uint8_t *pkt, size_t len, const mip6_mobility_options *opt);

#endif
